/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads one DMARC aggregate report: RFC 7489 appendix C and RFC 9990 appendix
 * A in one lenient reader, in whatever namespace.  Runs in ruad-parse; input is
 * XML from anybody.  libxml2 as SAX2 push parser: no tree, no DTD, no
 * entities, no RECOVER; it is spared records in plain form
 * (aggregate_shortcut.h). Memory grows with the records' JSON lines only.
 */
#ifndef RUAD_PARSE_AGGREGATE_H
#define RUAD_PARSE_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/cost.h"
#include "report/report.h"

/*
 * What is known from around the report, used where the report does not say
 * (spec ).  Any of it may be NULL or 0; borrowed.
 */
struct aggregate_context {
	const char *filename; /* receiver!policy-domain!begin!end[!id].xml */
	const struct mail_facts *mail; /* NULL for a bare file */
	const char *charset;           /* of the part, for a document without */
	const struct array *repairs;   /* of const char *: quirks to note */
	bool partial;                  /* some of the report is missing */
	struct cost *cost;             /* pays for it; NULL: nobody */
	size_t taken;                  /* bytes of the answer before it */
};

struct aggregate;

/* Once per process, before the sandbox: libxml2's own set-up. */
void aggregate_init(void);

struct aggregate *aggregate_new(
    const struct limits *, const struct aggregate_context *);

/* Before the first bytes: it is UTF-8, whatever it declares. */
void aggregate_ignore_encoding(struct aggregate *);

/*
 * Feed the next bytes.  -1: this is not going to be a report; ERR_DATA says
 * why in words for a mail admin ("not well-formed XML at line 12: ...", "not
 * a DMARC report: the root element is html"), ERR_LIMIT which limit.
 */
int aggregate_push(struct aggregate *, const char *, size_t, struct err *);

/*
 * End of the document.  On success appends the aggregate line and its record
 * lines to out.  Nothing is appended on failure.
 */
int aggregate_finish(struct aggregate *, struct buf *out, struct err *);

/*
 * Whether this was meant to be a report: a <feedback> element was seen.  After
 * a failure it tells a broken report from XML of another kind.
 */
bool aggregate_is_report(const struct aggregate *);

/*
 * After a failure: whether it is the XML itself that is at fault, so that a
 * repair may help.  Not so when it is refused for a DTD or for its size.
 */
bool aggregate_is_broken(const struct aggregate *);

/* How many reports the document holds, all of which were written. */
int aggregate_reports(const struct aggregate *);

/* How many records were read. */
size_t aggregate_records(const struct aggregate *);

void aggregate_free(struct aggregate *);

#endif
