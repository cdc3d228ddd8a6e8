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
	IGNORED, /* an extension, and all that is in it */
	UNKNOWN, /* of no known name, and what is in it */
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
	INNER, /* within a LEAF, whose text its own becomes */
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

/*
 * The element of that name where the parent does not hold it itself: within one
 * of those that it holds ("count" in record for "count" in row), or, if it is
 * no LEAF or the only one of its name, one level up or more ("identifiers" in
 * row).  NULL: no such place.
 */
const struct element *element_find_near(enum node parent, const char *name);

/* The LEAF of that name in the parent or near it, for an attribute. */
const struct element *element_find_leaf(enum node parent, const char *name);

/*
 * Whether an unknown element is but a list of such as the parent may hold:
 * "reasons", "record_list".
 */
bool element_is_wrapper(enum node parent, const char *name);

/*
 * Whether it is an extension, whatever is in it (RFC 9990, and drafts of it).
 */
bool element_is_extension(const char *name);

/* Whether it is, in whatever case, the name of an element that holds others. */
bool element_holds_others(const char *name);

/* Whether the name, in whatever case, is that of a report's root. */
bool element_is_root(const char *name);

/* Whether it is, in whatever case, the name of an element that we read. */
bool element_is_known(const char *name);

#endif
