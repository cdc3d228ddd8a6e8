/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "report/align.h"

#define PARAMETER 9 /* of SCOPE_WITH */
#define OF_PARTS 10 /* of SCOPE_WITH_PARTS */

static const char domains_sql[] =
    "WITH RECURSIVE " SCOPE_EVERY
    " named AS (SELECT name FROM every WHERE name IS NOT NULL)"
    " SELECT name FROM named";

/* All policy domains, read once for all questions to a database. */
struct names {
	struct array names; /* of struct name, by organization, then name */
	struct arena text;
};

struct name {
	const char *name;
	const char *organization; /* "": it has none */
};

static void
names_free(void *names)
{
	struct names *n = names;

	array_done(&n->names);
	arena_done(&n->text);
	free(n);
}

static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int rc = strcmp(x->organization, y->organization);

	return rc != 0 ? rc : strcmp(x->name, y->name);
}

static int
names_read(struct names *n, struct query_db *db, struct err *err)
{
	char org[ALIGN_DOMAIN];
	const char *text;
	struct name *name;
	struct query *q;
	int rc;

	if (query_new(&q, db, domains_sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		text = query_value(q, 0).text;
		if (!align_organization(text, org))
			org[0] = '\0';
		name = array_add(&n->names, sizeof(*name));
		name->name = arena_strndup(&n->text, text, strlen(text));
		name->organization = arena_strndup(&n->text, org, strlen(org));
	}
	query_free(q);
	if (n->names.n > 0)
		qsort(n->names.at, n->names.n, sizeof(struct name),
		    compare_names);
	return rc;
}

static const struct names *
names_load(struct query_db *db, struct err *err)
{
	void **slot = query_slot(db, names_free);
	struct names *n;

	if (*slot == NULL) {
		n = xcalloc(1, sizeof(*n));
		if (names_read(n, db, err) == -1) {
			names_free(n);
			return NULL;
		}
		*slot = n;
	}
	return *slot;
}

static const char *
copy(struct scope *s, const char *name)
{
	return arena_strndup(&s->text, name, strlen(name));
}

static void
add(struct scope *s, const char *name)
{
	struct scope_pair *pair = array_add(&s->pairs, sizeof(*pair));

	pair->name = pair->shown = copy(s, name);
}

static int
compare(const void *name, const void *pair)
{
	return strcmp(name, ((const struct scope_pair *)pair)->name);
}

static int
compare_pairs(const void *a, const void *b)
{
	return compare(((const struct scope_pair *)a)->name, b);
}

static const struct scope_pair *
find(const struct scope *s, const char *name)
{
	if (s->pairs.n == 0)
		return NULL;
	return bsearch(
	    name, s->pairs.at, s->pairs.n, sizeof(struct scope_pair), compare);
}

/* The first name of the organization, or where it would be. */
static size_t
find_organization(const struct names *n, const char *organization)
{
	const struct name *name = n->names.at;
	size_t low = 0, high = n->names.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(name[middle].organization, organization) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* All names, or those of an organization; by name. */
static int
add_names(struct scope *s, struct query_db *db, const char *organization,
    struct err *err)
{
	const struct names *n = names_load(db, err);
	const struct name *name;
	size_t i;

	if (n == NULL)
		return -1;
	name = n->names.at;
	i = organization != NULL ? find_organization(n, organization) : 0;
	for (; i < n->names.n &&
	     (organization == NULL ||
	         strcmp(name[i].organization, organization) == 0);
	     i++)
		add(s, name[i].name);
	if (organization == NULL && s->pairs.n > 0)
		qsort(s->pairs.at, s->pairs.n, sizeof(struct scope_pair),
		    compare_pairs);
	return 0;
}

/* Under an organization of which somebody asks, or that has reports. */
static void
fold(struct scope *s, const char *organization)
{
	struct scope_pair *pair = s->pairs.at;
	const struct scope_pair *other;
	char org[ALIGN_DOMAIN];
	size_t i;

	for (i = 0; i < s->pairs.n; i++) {
		if (organization != NULL)
			pair[i].shown = organization;
		else if (align_organization(pair[i].name, org) &&
		    (other = find(s, org)) != NULL)
			pair[i].shown = other->name;
	}
}

int
scope_load(
    struct scope *s, struct query_db *db, const char *domain, struct err *err)
{
	char org[ALIGN_DOMAIN];

	memset(s, 0, sizeof(*s));
	if (domain == NULL) {
		if (add_names(s, db, NULL, err) == -1)
			return -1;
		fold(s, NULL);
	} else if (align_organization(domain, org) &&
	    strcmp(org, domain) == 0) {
		if (add_names(s, db, domain, err) == -1)
			return -1;
		fold(s, copy(s, domain));
	} else
		add(s, domain);
	return 0;
}

void
scope_done(struct scope *s)
{
	array_done(&s->pairs);
	arena_done(&s->text);
	memset(s, 0, sizeof(*s));
}

const char *
scope_shown(const struct scope *s, const char *name)
{
	const struct scope_pair *pair = find(s, name);

	return pair != NULL ? pair->shown : name;
}

/* [["news.example.org","example.org"],...] */
static void
write_json(struct buf *out, const struct scope *s)
{
	const struct scope_pair *pair = s->pairs.at;
	size_t i;

	buf_add_char(out, '[');
	for (i = 0; i < s->pairs.n; i++) {
		buf_add_str(out, i > 0 ? ",[" : "[");
		json_add_string(out, pair[i].name);
		buf_add_char(out, ',');
		json_add_string(out, pair[i].shown);
		buf_add_char(out, ']');
	}
	buf_add_char(out, ']');
}

/*
 * The organization of a subdomain: reports about it tell of the part that has
 * the subdomain in From:.
 */
static void
bind_part(struct query *q, const char *domain)
{
	struct buf json = { 0 };
	char org[ALIGN_DOMAIN];

	buf_add_char(&json, '[');
	if (domain != NULL && align_organization(domain, org) &&
	    strcmp(org, domain) != 0) {
		buf_add_char(&json, '[');
		json_add_string(&json, org);
		buf_add_char(&json, ',');
		json_add_string(&json, domain);
		buf_add_char(&json, ']');
	}
	buf_add_char(&json, ']');
	query_bind_text(q, OF_PARTS, buf_str(&json));
	buf_done(&json);
}

int
scope_bind(
    struct query *q, struct query_db *db, const char *domain, struct err *err)
{
	struct buf json = { 0 };
	struct scope s;
	int rc;

	if (query_parameters(q) < PARAMETER)
		return 0;
	if ((rc = scope_load(&s, db, domain, err)) == 0) {
		write_json(&json, &s);
		query_bind_text(q, PARAMETER, buf_str(&json));
		if (query_parameters(q) >= OF_PARTS)
			bind_part(q, domain);
	}
	buf_done(&json);
	scope_done(&s);
	return rc;
}

int
scope_query(struct query **q, struct query_db *db, const char *sql,
    const struct period *period, const char *domain, struct err *err)
{
	if (query_new(q, db, sql, err) == -1)
		return -1;
	query_bind_int(*q, 1, period->first);
	query_bind_int(*q, 2, period->last);
	if (domain != NULL)
		query_bind_text(*q, 3, domain);
	if (scope_bind(*q, db, domain, err) == 0)
		return 0;
	query_free(*q);
	return -1;
}
