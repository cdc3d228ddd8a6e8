/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON Lines between ruad-parse and whoever asked it: one object per line,
 * documented in ruad-parse(8).  Writer and reader walk the same table of
 * fields.  The writer always puts keys in the table's order and leaves out
 * what is NULL; the reader accepts nothing else, and checks every value as if
 * ruad-parse were an enemy (it has read what strangers sent): UTF-8, lengths,
 * words, addresses, ranges.
 *
 * The answer to one message or file is
 *     [mail] { aggregate record* | tls tls_policy* | failure | problem }*
 *     verdict
 */
#ifndef RUAD_REPORT_WIRE_H
#define RUAD_REPORT_WIRE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/failure_report.h"
#include "report/report.h"
#include "report/tls_report.h"

/* A part of the input that looked like a report and could not be read. */
struct wire_problem {
	const char *where; /* "part 2: report.zip: a.xml" */
	const char *kind;  /* corrupt, unsupported, limit, empty */
	const char *text;  /* one sentence */
};

/* Ends the answer. */
struct wire_verdict {
	const char *status; /* report, other, failed */
	const char *reason; /* NULL only when status is report */
};

enum wire_type {
	WIRE_MAIL,
	WIRE_AGGREGATE,
	WIRE_RECORD,
	WIRE_TLS,
	WIRE_TLS_POLICY,
	WIRE_FAILURE,
	WIRE_PROBLEM,
	WIRE_VERDICT,
};

/* Each appends one line with its newline. */
void wire_write_mail(struct buf *, const struct mail_facts *);
void wire_write_aggregate(struct buf *, const struct report *);
void wire_write_record(struct buf *, const struct record *);
void wire_write_tls(struct buf *, const struct tls_report *);
void wire_write_tls_policy(struct buf *, const struct tls_policy *);
void wire_write_failure(struct buf *, const struct failure_report *);
void wire_write_problem(struct buf *, const struct wire_problem *);
void wire_write_verdict(struct buf *, const struct wire_verdict *);

/* Append an array of struct raw_word as an object, for a database column. */
void wire_write_raw_words(struct buf *, const struct array *);

/*
 * Reads lines one by one and keeps count of what must come next.  What a line
 * said is in the member of its type, borrowed from the line, until the
 * next call.  Zero it (or wire_reset()) before the first line of an answer.
 */
struct wire_reader {
	enum wire_type type;
	struct mail_facts mail;
	struct report report;
	struct record record;
	struct tls_report tls;
	struct tls_policy tls_policy;
	struct failure_report failure;
	struct wire_problem problem;
	struct wire_verdict verdict;
	int64_t records_due;  /* records still to come for the last report */
	int64_t policies_due; /* the same of a TLS report */
	bool begun;           /* a line of this answer was read */
	bool report_seen;     /* an aggregate, tls or failure line was read */
};

/*
 * line: len bytes without the newline, changed in place; line[len] must be
 * writable.  ERR_BUG: the line is not what the writer writes; the answer can
 * not be believed.
 */
int wire_read(struct wire_reader *, char *line, size_t len, struct err *);

/* Ready for the next answer, keeping memory. */
void wire_reset(struct wire_reader *);
void wire_done(struct wire_reader *);

#endif
