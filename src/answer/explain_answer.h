/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message explained: what happened to it, who decided that, on what ground,
 * and what to change.  Judges the facts of report/explain.h; asks nobody and
 * prints nothing.  What anybody before the receiver can have written decides
 * nothing; what nobody can place is told as what the header says.
 */
#ifndef RUAD_ANSWER_EXPLAIN_ANSWER_H
#define RUAD_ANSWER_EXPLAIN_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/prose.h"
#include "base/mem.h"
#include "dns/dns.h"
#include "report/explain.h"
#include "report/report.h"
#include "report/status_code.h"

/* What happened. */
enum explain_outcome {
	EXPLAIN_UNKNOWN, /* nothing in it tells */
	EXPLAIN_REFUSED,
	EXPLAIN_GIVEN_UP, /* put off until no more attempts were made */
	EXPLAIN_DELAYED,  /* put off, it is tried again */
	EXPLAIN_SENT_ON,  /* a bounce that tells no failure */
	EXPLAIN_ACTED,    /* DMARC failed, and that had consequences */
	EXPLAIN_SPAM,     /* a filter took it for spam or worse */
	EXPLAIN_FAILED,   /* authentication failed, without consequences */
	EXPLAIN_PASSED,   /* it passed, and nothing speaks against it */
	EXPLAIN_OUTCOMES,
};

/*
 * On what ground, in the order in which they are looked for; the first that
 * holds is the headline.
 */
enum explain_ground {
	EXPLAIN_BY_STATUS, /* what a server answered; see status */
	EXPLAIN_BY_DMARC,
	EXPLAIN_BY_COMPAUTH, /* Microsoft's composite authentication */
	EXPLAIN_BY_FILTER,
	EXPLAIN_BY_FORWARDING,
	EXPLAIN_BY_RESULTS, /* of SPF, DKIM and DMARC alone */
	EXPLAIN_BY_NOTHING,
	EXPLAIN_BY_REPORT, /* what a failure report says of it */
	EXPLAIN_GROUNDS,
};

/* Words for programs: "refused", "dmarc". */
const char *explain_outcome_word(enum explain_outcome);
const char *explain_ground_word(enum explain_ground);

enum explain_aligned {
	EXPLAIN_ALIGNED_UNKNOWN, /* a domain is missing */
	EXPLAIN_ALIGNED,
	EXPLAIN_UNALIGNED,
};

/* NULL, "yes", "no". */
const char *explain_aligned_word(enum explain_aligned);

/* One line of the table.  Strings are foreign but identifier and why. */
struct explain_row {
	const char *identifier; /* "from", "spf", "dkim", "dmarc" */
	const char *domain;     /* NULL: not said */
	const char *selector;   /* of DKIM; NULL: not said */
	const char *result;     /* NULL: nobody judged it */
	const char *said;       /* the receiver's own words about it, or NULL */
	enum explain_aligned aligned; /* with From:, relaxed; not of from */
	const char *why; /* a clause: why it does not count; NULL: it does */
};

struct explain_failure;

/* All strings live as long as facts and answer do. */
struct explain_answer {
	const struct explain_failure *failure; /* NULL: of a message */
	enum explain_outcome outcome;
	enum explain_ground ground;
	/*
	 * Whether what decides stands where only the receiver wrote; false: it
	 * is what the header says.  Answers of servers are told as they are.
	 * Of a failure report: whether it is known who sent it.
	 */
	bool is_trusted;
	const char *receiver; /* who decided, as a name of people; or NULL */
	const char *headline; /* sentences */
	/* By status: the answer and its meaning; else zero. */
	const struct explain_reply *reply;
	const char *enhanced; /* of the answer, else of the Status field */
	struct status_meaning status;
	/* A word of cause.h that the results lead to; NULL: too little told. */
	const char *cause;
	struct array rows; /* of struct explain_row; from is the first */
	/* Three at most, the most important first, with records to write. */
	struct prose changes;
	/* Where the first of them is made: the sending host; "" if it is not
	 * known which, NULL: elsewhere. */
	const char *at;
	const char *at_ip;  /* its address, or NULL */
	struct prose notes; /* what else should be known */
	struct arena text;
	struct record record; /* the results, for cause */
};

#define EXPLAIN_CHANGES 3

/* Judge; the answer borrows from the facts, which have a form but none. */
void explain_answer_make(struct explain_answer *, const struct explain_facts *);

/*
 * The same with what is known of DNS, from today or from the database, for the
 * records to write; it changes no headline.  The source may be NULL.
 */
void explain_answer_make_known(struct explain_answer *,
    const struct explain_facts *, const struct dns_source *);
void explain_answer_done(struct explain_answer *);

#endif
