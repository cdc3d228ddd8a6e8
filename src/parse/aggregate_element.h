/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The elements of a report that we read: which stands where, and what becomes
 * of its text.  Runs in ruad-parse; the names that are looked up come from
 * anybody.
 */
#ifndef RUAD_PARSE_AGGREGATE_ELEMENT_H
#define RUAD_PARSE_AGGREGATE_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an element is.  Those before LEAF hold elements, LEAF holds text. */
enum node {
	OUTSIDE, /* the document, or a root that is not feedback */
	IGNORED,
	FEEDBACK,
	METADATA,
	DATE_RANGE,
	POLICY,
	RECORD,
	ROW,
	EVALUATED,
	IDENTIFIERS,
	AUTH_RESULTS,
	REASON,
	AUTH_DKIM,
	AUTH_SPF,
	LEAF,
};

/* Which struct an element's text goes to. */
enum target {
	TO_NOTHING,
	TO_REPORT,
	TO_ERRORS,
	TO_RECORD,
	TO_LAST_DKIM,
	TO_LAST_SPF,
	TO_LAST_REASON,
};
#define ELEMENT_NODES (LEAF + 1)

struct element {
	enum node parent;
	const char *name; /* lower case */
	size_t name_len;
	enum node node;
	enum target target;
	size_t offset;
	bool alias; /* not the name that the RFCs give it */
	bool many;  /* may come again in the same parent */
};

/*
 * What is likely to be looked up next, for each parent: most reports keep to
 * the order of the RFCs.
 */
void element_start(uint8_t next[static ELEMENT_NODES]);

/* The element of that name, in whatever case, in the parent; or NULL. */
const struct element *element_find(enum node parent, const char *name, size_t n,
    uint8_t next[static ELEMENT_NODES]);

/* Whether the name, in whatever case, is that of a report's root. */
bool element_is_root(const char *name);

/* Whether it is, in whatever case, the name of an element that we read. */
bool element_is_known(const char *name);

#endif
