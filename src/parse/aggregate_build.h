/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From XML elements to a report: which element means what, and records done
 * one by one.  Runs in ruad-parse between libxml2 (aggregate.c), or
 * aggregate_shortcut.c, and the rules for values (aggregate_record.c,
 * aggregate_meta.c); names and text come from anybody.  Elements count by name
 * and place, whatever their order, case or version; those that have another
 * namespace than the report are passed over, as are unknown ones.  Values that
 * stand elsewhere, as text or attributes, are put where they belong
 * (aggregate_assign.c); what cannot be put anywhere is kept as a raw word of
 * its record, or makes the report partial.
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
#include "parse/aggregate_shortcut.h"
#include "parse/aggregate_record.h"
#include "report/align.h"

/* One of several rows in a record; overrides: how many there are up to it. */
struct row_words {
	const char *source_ip, *count, *disposition, *dkim, *spf;
	size_t overrides;
};

/* One of several identifiers, and where one of several results begins. */
struct ident_words {
	const char *header_from, *envelope_from, *envelope_to;
};

struct auth_start {
	size_t dkim, spf;
};

/* One document on its way.  build_init(), build_done(). */
struct build {
	uint64_t max_records;
	const struct aggregate_context *context;
	uint8_t next[ELEMENT_NODES]; /* of element_find() */

	/* Where we are: what each open element is; path[0] is the document. */
	uint8_t path[LIMIT_XML_DEPTH + 1];
	size_t depth;
	size_t again; /* depth of a head or policy that came before; 0: none */
	const struct element *leaf; /* whose text is being read, or NULL */
	uint32_t seen;              /* containers that came, one bit each */
	bool feedback_seen;
	char root[64]; /* name of a root that is not feedback, safe */

	/* The namespace that is the report's own, besides none. */
	const char *space;
	bool space_known; /* although it is NULL */
	uint32_t foreign; /* containers passed over because of it */
	uint32_t strewn;  /* those of the head with text between elements */

	/* Of the leaf; else what stands between elements. */
	size_t text_len;
	bool text_cut;
	bool text_parted; /* an element ended or began within it */
	const char *attribute, *attribute2;     /* of the leaf */
	const char *stray[LIMIT_XML_DEPTH + 1]; /* text of each open element */

	/* What was read. */
	struct report_words report;
	struct align_policy policy;
	struct arena report_text;
	size_t report_used; /* bytes of text in it */
	struct record_words record;
	struct arena record_text;
	size_t record_used;
	size_t extras;               /* raw words that have no field */
	const struct element *first; /* that came of the result at hand */
	struct array rows;           /* of struct row_words, but the last */
	struct array idents;         /* of struct ident_words, but the last */
	struct array auths;          /* of struct auth_start */
	struct array digests;        /* of the records, uint8_t[SHA256_SIZE] */
	struct buf canon;            /* what a digest is of */
	struct buf lines;            /* the records, as they go on the wire */
	struct buf done;             /* reports before this one */
	size_t reports;              /* how many these are */
	size_t records;              /* and their records */
	char text[LIMIT_TEXT];       /* not cleared */
};

#define BIT(node) (UINT32_C(1) << (node))

/* Flags of an entry of path, beside its enum node. */
#define WRAPPER 0x80 /* but a list of what belongs into the node */

static inline enum node
build_node(const struct build *b)
{
	return (enum node)(b->path[b->depth] & ~WRAPPER);
}

static inline bool
node_in_record(enum node n)
{
	return n >= RECORD && n < LEAF;
}

void build_init(
    struct build *, const struct limits *, const struct aggregate_context *);
void build_done(struct build *);

/*
 * An element begins: its name without prefix, and its namespace, or NULL; both
 * borrowed for as long as the document.  ERR_LIMIT: depth, records, reports.
 */
int build_enter(
    struct build *, const char *name, const char *space, struct err *);

/* An attribute of the innermost element, of the report's own namespace. */
int build_attribute(
    struct build *, const char *name, const char *value, size_t, struct err *);

/* Some bytes of text within the innermost element, UTF-8. */
void build_text(struct build *, const char *, size_t);

/* The innermost element ends. */
int build_leave(struct build *, struct err *);

/* Whether the innermost open element holds records. */
static inline bool
build_is_at_record(const struct build *b)
{
	return build_node(b) == FEEDBACK;
}

/* Whether an element of that namespace is the report's own. */
bool build_is_own(const struct build *, const char *space);

/* All elements and texts of a record, there. */
int build_record(struct build *, const struct shortcut *, struct err *);

/*
 * The document has ended: fill what is missing, write the aggregate line to
 * out, its records after it; before it other reports of the document.
 */
void build_finish(struct build *, struct buf *out);

#endif
