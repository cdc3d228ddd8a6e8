/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of explain_answer.h share. */
#ifndef RUAD_ANSWER_EXPLAIN_PRIV_H
#define RUAD_ANSWER_EXPLAIN_PRIV_H

#include "answer/explain_answer.h"
#include "answer/explain_failure.h"
#include "answer/explain_filter.h"
#include "answer/explain_result.h"

/* One question under way. */
struct explain_case {
	const struct explain_facts *facts;
	const struct explain_header *header;
	const struct explain_failure *failure; /* NULL: a message */
	struct explain_results results;
	struct explain_filter filter;
	struct explain_answer *answer;
	/* Domain of the only address in From:; without any From:, the one that
	 * DMARC was judged for; or NULL. */
	const char *from;
	const struct dns_source *known; /* NULL: nothing is known of DNS */
};

/* Whom advice is about, as far as it is known. */
struct explain_subject {
	const char *from;
	const char *envelope; /* domain of the envelope sender */
	const char *ip;       /* of the server that gave it to its receiver */
	const char *host;     /* its name */
};

/* The answer's reply is set before. */
void explain_subject_find(struct explain_case *, struct explain_subject *);

/* Whether the answer says of SPF, as Google's does: "SPF [...] = permerror". */
bool explain_says_permerror(const struct explain_case *);

/* Fill rows, record and cause. */
void explain_rows_make(struct explain_case *);

/* Whether a result of DKIM is about a signature: neither none nor unknown. */
bool explain_is_of_signature(const char *result);

/* Whether a signature of the domain in From: is there, good or not. */
bool explain_has_aligned_signature(const struct explain_case *);

/*
 * Whether a list or forwarder sent it on, by results that count and by what the
 * header says, which anybody can have written.
 */
bool explain_is_sent_on(struct explain_case *);

/* By what servers answered; false: there is no such answer. */
bool explain_judge_status(struct explain_case *);

/* Whether the results that count make DMARC pass. */
bool explain_is_authentic(const struct explain_answer *);

/* Whether DMARC passed; where nobody says that, whether it would. */
bool explain_is_proven(const struct explain_case *);

/* ": only ..."; "" if what is there does not tell. */
const char *explain_because(const struct explain_case *);

/*
 * By what a failure report says became of the message, and by what it says
 * failed; false: it is about a message, or the report does not say the first.
 */
bool explain_judge_delivery(struct explain_case *);
bool explain_judge_failure(struct explain_case *);
void explain_failure_add_notes(struct explain_case *);

/* Fill changes, once the headline stands. */
void explain_changes_make(struct explain_case *);

#endif
