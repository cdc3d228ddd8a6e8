/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name of a source by what reports prove of it.  Pure.  Anybody can claim
 * a domain, so that only results of "pass" are evidence, and of them only those
 * of other organizations than the domain's own tell a name: a passing SPF
 * domain says who handed the mail over, a passing signature who wrote it.
 */
#ifndef RUAD_ANSWER_SENDER_NAME_H
#define RUAD_ANSWER_SENDER_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "report/service.h"

/* What a name rests on, the best first. */
enum sender_evidence {
	SENDER_BY_RULE, /* the admin said so */
	SENDER_BY_PTR,  /* a service, by its confirmed host name */
	SENDER_BY_SPF,
	/* What the domain's SPF record includes has its address. */
	SENDER_BY_INCLUDE,
	SENDER_BY_DKIM,
	/* SPF passes for the domain itself, or its record has the address */
	SENDER_BY_OWN_SPF,
	SENDER_BY_PTR_DOMAIN,
	SENDER_BY_AS,
	SENDER_BY_NETWORK, /* no evidence: several addresses of a network */
	SENDER_BY_ADDRESS, /* no evidence */
	SENDER_EVIDENCES,
};

/* The words for programs, in this order; NULL ends them. */
extern const char *const sender_evidence_words[];

/* "by SPF": the same for people, to follow a name; "" where that says it. */
const char *sender_evidence_title(enum sender_evidence);

/* An organization that passed, and for how many messages. */
struct sender_proof {
	const char *org; /* organizational domain, or the domain itself */
	const struct service *service; /* NULL: of none that is known */
	int64_t messages;
};

/* What is proved of one source; all zero: nothing. */
struct sender_proofs {
	struct array spf;    /* of struct sender_proof, other organizations */
	struct array dkim;   /* the same, where SPF does not say otherwise */
	struct array author; /* the same, where SPF names somebody else */
	int64_t own_spf; /* messages for which the domain's own SPF passed */
};

/* Add messages to an organization in one of the arrays; org is borrowed. */
void sender_proof_add(
    struct array *, const char *org, const struct service *, int64_t messages);
void sender_proofs_done(struct sender_proofs *);

/* What else is known of the source; NULL where nothing is. */
struct sender_facts {
	const char *label;      /* of the admin's sender */
	const char *ptr_domain; /* of the confirmed host name */
	const char *as_name;
	/* By the domain's SPF record, if it was looked up: a term of its own
	 * has the address, or that of another organization (org). */
	bool is_in_own_spf;
	struct sender_proof include;
};

struct sender_name {
	enum sender_evidence evidence;
	/* NULL: by network or address, which have no name of their own. */
	const char *name;
	/* The service by which it has the name, or of which it is a customer.
	 */
	const struct service *service;
	/* The organization that passed and gave the name; NULL: none did. */
	const char *proof;
	/*
	 * Whose mail it is, if signatures name somebody else: "Mailchimp's
	 * mail, handed over by example.net"; NULL: nobody else's.
	 */
	const char *author;
	/*
	 * Who else passed: of identities that neither name nor author tells the
	 * one with the most messages, and how many; NULL: nobody did, or it has
	 * no name that this could contradict.
	 */
	const char *also;
	int64_t also_messages;
	/* The service that evidence tells, whoever the admin says it is. */
	const struct service *passes_as;
};

/*
 * Name a source.  The strings are borrowed from what was given; the proofs are
 * sorted, so that it takes no longer than n log n however many a forger sends.
 */
void sender_name_find(
    struct sender_name *, const struct sender_facts *, struct sender_proofs *);

#endif
