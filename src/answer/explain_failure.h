/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A failure report in the database, explained as a message is: its fields, and
 * the header of the message where it was kept, become facts.  What the report
 * itself says decides; of the header, whose writer nobody knows, nothing does.
 */
#ifndef RUAD_ANSWER_EXPLAIN_FAILURE_H
#define RUAD_ANSWER_EXPLAIN_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/explain_answer.h"
#include "base/buf.h"
#include "store/query.h"

/* As in report/failure_report.h; NULL: not said. */
struct explain_failure {
	int64_t id;
	int64_t arrival_ts;  /* 0: not known */
	const char *arrival; /* the same, for people */
	const char *reported_domain;
	const char *source_ip;
	const char *auth_failure;
	const char *delivery_result;
	const char *mail_from;
	const char *rcpt_to;
	const char *header_from;
	const char *subject;
	const char *msgid;
	const char *dkim_domain;
	const char *dkim_selector;
	const char *auth_results;
	/* They are of the message's own header: its sender may have put them */
	bool is_derived;
	const char *sample;
	int64_t incidents;
	/* Of the message that the report came in. */
	const char *sender;
	const char *from_domain;
	bool is_verified; /* our own server authenticated its sender */
	struct arena text;
};

/* Return 1, 0 if there is none of this id, or -1; zeroed by the caller. */
int explain_failure_load(
    struct explain_failure *, struct query_db *, int64_t id, struct err *);
void explain_failure_done(struct explain_failure *);

/*
 * Append what ruad-parse --explain is to read of it: a header whose first field
 * has the results, if there are any.  Nothing, where nothing was kept.
 */
void explain_failure_add_text(const struct explain_failure *, struct buf *);

/*
 * Put what the report says into the facts read of that text, or into zeroed
 * ones if there was none.  They borrow from the report.
 */
void explain_failure_add_facts(
    struct explain_failure *, struct explain_facts *);

/* Judge, as explain_answer_make_known() does. */
void explain_failure_make(struct explain_answer *, const struct explain_facts *,
    const struct explain_failure *, const struct dns_source *known);

#endif
