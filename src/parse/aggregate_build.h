/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From XML elements to a report: which element means what, and records done
 * one by one.  Runs in ruad-parse between libxml2 (aggregate.c), or
 * aggregate_plain.c, and the rules for values (aggregate_record.c,
 * aggregate_meta.c); names and text come from anybody.  Elements count by name
 * and place, whatever their order, case, namespace or version; unknown ones are
 * passed over.
 */
#ifndef RUAD_PARSE_AGGREGATE_BUILD_H
#define RUAD_PARSE_AGGREGATE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/aggregate_element.h"
#include "parse/aggregate_meta.h"
#include "parse/aggregate_plain.h"
#include "parse/aggregate_record.h"
#include "report/align.h"

/* One document on its way.  build_init(), build_done(). */
struct build {
	uint64_t max_records;
	uint8_t next[ELEMENT_NODES]; /* of element_find() */

	/* Where we are: what each open element is; path[0] is the document. */
	uint8_t path[LIMIT_XML_DEPTH + 1];
	size_t depth;
	const struct element *leaf; /* whose text is being read, or NULL */
	uint32_t seen;              /* containers that came, one bit each */
	bool feedback_seen;
	char root[64]; /* name of a root that is not feedback, safe */

	char text[LIMIT_TEXT];
	size_t text_len;
	bool text_cut;

	/* What was read. */
	struct report_words report;
	struct align_policy policy;
	struct arena report_text;
	size_t report_used; /* bytes of text in it */
	struct record_words record;
	struct arena record_text;
	size_t record_used;
	struct array digests; /* of the records, uint8_t[DIGEST_SIZE] */
	struct buf canon;     /* what a digest is of */
	struct buf lines;     /* the records, as they go on the wire */
};

void build_init(struct build *, const struct limits *);
void build_done(struct build *);

/* An element begins.  Its name without prefix.  ERR_LIMIT: depth, records. */
int build_enter(struct build *, const char *name, struct err *);

/* Some bytes of text within the innermost element, UTF-8. */
void build_text(struct build *, const char *, size_t);

/* The innermost element ends. */
void build_leave(struct build *);

/* Whether the innermost open element is feedback. */
bool build_is_at_record(const struct build *);

/* All elements and texts of a record, there. */
int build_record(struct build *, const struct plain *, struct err *);

/*
 * The document has ended: fill what is missing, write the aggregate line to
 * out, its records after it.
 */
void build_finish(
    struct build *, const struct aggregate_hints *, struct buf *out);

#endif
