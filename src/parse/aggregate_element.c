/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_element.h"

#include <string.h>
#include <strings.h>

#include "parse/aggregate_meta.h"
#include "parse/aggregate_record.h"

#define NAME(name) name, sizeof(name) - 1
#define HOLDS(parent, name, node) \
	{ \
		parent, NAME(name), node, TO_NOTHING, 0, false, false \
	}
#define HOLDS_MANY(parent, name, node) \
	{ \
		parent, NAME(name), node, TO_NOTHING, 0, false, true \
	}
#define TEXT(parent, name, target, type, member) \
	{ \
		parent, NAME(name), LEAF, target, \
		    offsetof(struct type, member), false, false \
	}
#define ALIAS(parent, name, target, type, member) \
	{ \
		parent, NAME(name), LEAF, target, \
		    offsetof(struct type, member), true, false \
	}

/*
 * RFC 7489 appendix C and RFC 9990 appendix A together; see spec 1.1.  Those of
 * one parent stand together.
 */
static const struct element elements[] = {
	TEXT(FEEDBACK, "version", TO_REPORT, report_words, report.version),
	HOLDS(FEEDBACK, "report_metadata", METADATA),
	HOLDS(FEEDBACK, "policy_published", POLICY),
	HOLDS_MANY(FEEDBACK, "record", RECORD),

	TEXT(METADATA, "org_name", TO_REPORT, report_words, report.org_name),
	TEXT(METADATA, "email", TO_REPORT, report_words, report.org_email),
	TEXT(METADATA, "extra_contact_info", TO_REPORT, report_words,
	    report.extra_contact),
	TEXT(
	    METADATA, "report_id", TO_REPORT, report_words, report.external_id),
	HOLDS(METADATA, "date_range", DATE_RANGE),
	{ METADATA, NAME("error"), LEAF, TO_ERRORS, 0, false, true },
	TEXT(METADATA, "generator", TO_REPORT, report_words, report.generator),

	TEXT(DATE_RANGE, "begin", TO_REPORT, report_words, begin),
	TEXT(DATE_RANGE, "end", TO_REPORT, report_words, end),

	TEXT(POLICY, "domain", TO_REPORT, report_words, report.domain),
	TEXT(POLICY, "discovery_method", TO_REPORT, report_words,
	    report.discovery_method),
	TEXT(POLICY, "p", TO_REPORT, report_words, report.p),
	TEXT(POLICY, "sp", TO_REPORT, report_words, report.sp),
	TEXT(POLICY, "np", TO_REPORT, report_words, report.np),
	TEXT(POLICY, "adkim", TO_REPORT, report_words, report.adkim),
	TEXT(POLICY, "aspf", TO_REPORT, report_words, report.aspf),
	TEXT(POLICY, "pct", TO_REPORT, report_words, pct),
	TEXT(POLICY, "fo", TO_REPORT, report_words, report.fo),
	TEXT(POLICY, "testing", TO_REPORT, report_words, report.testing),
	ALIAS(POLICY, "t", TO_REPORT, report_words, report.testing),

	HOLDS(RECORD, "row", ROW),
	HOLDS(RECORD, "identifiers", IDENTIFIERS),
	{ RECORD, NAME("identities"), IDENTIFIERS, TO_NOTHING, 0, true, false },
	HOLDS_MANY(RECORD, "auth_results", AUTH_RESULTS),

	TEXT(ROW, "source_ip", TO_RECORD, record_words, record.source_ip),
	TEXT(ROW, "count", TO_RECORD, record_words, count),
	HOLDS(ROW, "policy_evaluated", EVALUATED),

	TEXT(EVALUATED, "disposition", TO_RECORD, record_words,
	    record.disposition),
	TEXT(EVALUATED, "dkim", TO_RECORD, record_words, record.dkim),
	TEXT(EVALUATED, "spf", TO_RECORD, record_words, record.spf),
	HOLDS_MANY(EVALUATED, "reason", REASON),

	TEXT(REASON, "type", TO_LAST_REASON, override, type),
	TEXT(REASON, "comment", TO_LAST_REASON, override, comment),

	TEXT(IDENTIFIERS, "header_from", TO_RECORD, record_words,
	    record.header_from),
	ALIAS(IDENTIFIERS, "headers_from", TO_RECORD, record_words,
	    record.header_from),
	ALIAS(IDENTIFIERS, "from", TO_RECORD, record_words, record.header_from),
	TEXT(IDENTIFIERS, "envelope_from", TO_RECORD, record_words,
	    record.envelope_from),
	TEXT(IDENTIFIERS, "envelope_to", TO_RECORD, record_words,
	    record.envelope_to),

	HOLDS_MANY(AUTH_RESULTS, "dkim", AUTH_DKIM),
	HOLDS_MANY(AUTH_RESULTS, "spf", AUTH_SPF),

	TEXT(AUTH_DKIM, "domain", TO_LAST_DKIM, auth_dkim, domain),
	TEXT(AUTH_DKIM, "selector", TO_LAST_DKIM, auth_dkim, selector),
	TEXT(AUTH_DKIM, "result", TO_LAST_DKIM, auth_dkim, result),
	TEXT(AUTH_DKIM, "human_result", TO_LAST_DKIM, auth_dkim, human_result),

	TEXT(AUTH_SPF, "domain", TO_LAST_SPF, auth_spf, domain),
	TEXT(AUTH_SPF, "scope", TO_LAST_SPF, auth_spf, scope),
	TEXT(AUTH_SPF, "result", TO_LAST_SPF, auth_spf, result),
	TEXT(AUTH_SPF, "human_result", TO_LAST_SPF, auth_spf, human_result),
};

#define N_ELEMENTS (sizeof(elements) / sizeof(elements[0]))
#define SLOTS 256

/*
 * Elements by what their names have in common, so that a name costs next to
 * nothing, whatever it is.  Made of the table above at the first use, and
 * constant from then on.  0 is none, else one more than the place.
 */
struct chains {
	uint8_t first[SLOTS];
	uint8_t next[N_ELEMENTS];
};
static struct {
	bool made;
	struct chains names;   /* all, by name_slot() */
	struct chains holders; /* such as lists may be of, by letter_slot() */
} by;

static size_t
letter_slot(char c)
{
	return (unsigned char)(c | 0x20) % SLOTS;
}

/* n > 0 */
static size_t
name_slot(const char *name, size_t n)
{
	return (letter_slot(name[0]) + 5 * letter_slot(name[n - 1]) + 7 * n) %
	    SLOTS;
}

static void
chain(struct chains *c, size_t slot, size_t i)
{
	c->next[i] = c->first[slot];
	c->first[slot] = (uint8_t)(i + 1);
}

static bool
is_list_item(const struct element *e)
{
	return e->node != LEAF || e->many;
}

static void
make_chains(void)
{
	const struct element *e;
	size_t i;

	/* From the end, for each chain to keep the order of the table. */
	for (i = N_ELEMENTS; i-- > 0;) {
		e = &elements[i];
		chain(&by.names, name_slot(e->name, e->name_len), i);
		if (is_list_item(e))
			chain(&by.holders, letter_slot(e->name[0]), i);
	}
	by.made = true;
}

static const struct element *
chain_at(uint8_t place)
{
	return place != 0 ? &elements[place - 1] : NULL;
}

static bool
is_name(const struct element *e, const char *name, size_t n)
{
	return n == e->name_len &&
	    (memcmp(name, e->name, n) == 0 ||
	        strncasecmp(name, e->name, n) == 0);
}

/* The first element of that name in the table at or behind e. */
static const struct element *
named_from(const struct element *e, const char *name, size_t n)
{
	while (e != NULL && !is_name(e, name, n))
		e = chain_at(by.names.next[e - elements]);
	return e;
}

static const struct element *
named_first(const char *name, size_t n)
{
	if (n == 0)
		return NULL;
	if (!by.made)
		make_chains();
	return named_from(
	    chain_at(by.names.first[name_slot(name, n)]), name, n);
}

static const struct element *
named_next(const struct element *e, const char *name, size_t n)
{
	return named_from(chain_at(by.names.next[e - elements]), name, n);
}

void
element_start(uint8_t next[static ELEMENT_NODES])
{
	size_t i;

	memset(next, 0, ELEMENT_NODES);
	for (i = N_ELEMENTS; i-- > 0;)
		next[elements[i].parent] = (uint8_t)i;
}

const struct element *
element_find(enum node parent, const char *name, size_t n,
    uint8_t next[static ELEMENT_NODES])
{
	const struct element *e;
	size_t i = next[parent];

	if (i < N_ELEMENTS && elements[i].parent == parent &&
	    is_name(&elements[i], name, n))
		e = &elements[i];
	else
		for (e = named_first(name, n);
		     e != NULL && e->parent != parent;)
			e = named_next(e, name, n);
	if (e != NULL)
		next[parent] = (uint8_t)(e - elements + 1);
	return e;
}

/* Where each belongs. */
static const enum node above[ELEMENT_NODES] = {
	[METADATA] = FEEDBACK,
	[DATE_RANGE] = METADATA,
	[POLICY] = FEEDBACK,
	[RECORD] = FEEDBACK,
	[ROW] = RECORD,
	[EVALUATED] = ROW,
	[IDENTIFIERS] = RECORD,
	[AUTH_RESULTS] = RECORD,
	[REASON] = EVALUATED,
	[AUTH_DKIM] = AUTH_RESULTS,
	[AUTH_SPF] = AUTH_RESULTS,
};

/* Of these there are several: what stands outside of them is in none. */
static bool
is_one_of_many(enum node n)
{
	return n == RECORD || n == REASON || n == AUTH_DKIM || n == AUTH_SPF;
}

/* How many levels n lies below top; -1 when it does not, or in one of many. */
static int
levels_below(enum node n, enum node top)
{
	int levels = 0;

	for (; n != top; n = above[n], levels++)
		if (above[n] == OUTSIDE || is_one_of_many(n))
			return -1;
	return levels;
}

/* The nearest element of that name in or below top. */
static const struct element *
find_below(enum node top, const char *name, size_t n, bool holds, bool leaf)
{
	const struct element *e, *best = NULL;
	int levels, least = ELEMENT_NODES;

	for (e = named_first(name, n); e != NULL; e = named_next(e, name, n)) {
		if (!(e->node == LEAF ? leaf : holds))
			continue;
		levels = levels_below(e->parent, top);
		if (levels != -1 && levels < least) {
			least = levels;
			best = e;
		}
	}
	return best;
}

const struct element *
element_find_near(enum node parent, const char *name)
{
	const struct element *e;
	size_t n = strlen(name);
	enum node top = parent;
	bool leaf;

	if ((e = named_first(name, n)) == NULL)
		return NULL;
	/*
	 * Of a name that only one element has everybody knows where it belongs;
	 * nobody knows whose "domain" it is that stands in feedback.
	 */
	leaf = named_next(e, name, n) == NULL;
	e = find_below(parent, name, n, true, leaf || parent != FEEDBACK);
	leaf = leaf && !is_one_of_many(parent);
	while (e == NULL && top != RECORD && top != FEEDBACK) {
		top = above[top];
		e = find_below(top, name, n, true, leaf);
	}
	return e;
}

const struct element *
element_find_leaf(enum node parent, const char *name)
{
	const struct element *e;

	e = find_below(parent, name, strlen(name), false, true);
	return e != NULL && (parent != FEEDBACK || e->parent == FEEDBACK)
	    ? e
	    : NULL;
}

/* Whether the name goes on with that of something that the parent may hold. */
static bool
holds_here(enum node parent, const char *name)
{
	const struct element *e;

	for (e = chain_at(by.holders.first[letter_slot(*name)]); e != NULL;
	     e = chain_at(by.holders.next[e - elements]))
		if ((name[1] | 0x20) == e->name[1] &&
		    strncasecmp(name, e->name, e->name_len) == 0 &&
		    levels_below(e->parent, parent) != -1)
			return true;
	return false;
}

bool
element_is_wrapper(enum node parent, const char *name)
{
	static const char *const lists[] = { "list", "items", "entries",
		"results" };
	size_t i;

	if (strlen(name) < sizeof("rows") - 1)
		return false;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if ((*name | 0x20) == lists[i][0] &&
		    strcasecmp(name, lists[i]) == 0)
			return true;
	if (!by.made)
		make_chains();
	for (; *name != '\0'; name++)
		if (holds_here(parent, name))
			return true;
	return false;
}

bool
element_is_extension(const char *name)
{
	return (*name | 0x20) == 'e' &&
	    (strcasecmp(name, "extension") == 0 ||
	        strcasecmp(name, "extensions") == 0);
}

bool
element_holds_others(const char *name)
{
	const struct element *e;
	size_t n = strlen(name);

	for (e = named_first(name, n); e != NULL; e = named_next(e, name, n))
		if (e->node != LEAF)
			return true;
	return element_is_root(name);
}

bool
element_is_root(const char *name)
{
	return (*name | 0x20) == 'f' && strcasecmp(name, "feedback") == 0;
}

bool
element_is_known(const char *name)
{
	return named_first(name, strlen(name)) != NULL || element_is_root(name);
}
