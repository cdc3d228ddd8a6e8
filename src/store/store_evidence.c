/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources named by their address and by what reports prove of them.  A record
 * can only add evidence, so that the best of what came is the same in any
 * order.  What is taken away (a report that no longer counts, one that was
 * pruned) is noticed when all sources are named anew.
 */
#include <string.h>

#include "base/map.h"
#include "report/report.h"
#include "store/store_priv.h"
#include "store/store_rule.h"

/* Records that have these in common are evidence of the same. */
struct pair {
	int64_t profile, dkim_list;
};

struct found {
	int64_t source;
	int64_t rule; /* number in the rules */
};

/* What a pair proves: n numbers of rules, the first that wins first. */
struct proof {
	size_t first, n;
	bool is_known;
};

struct evidence {
	struct store *s;
	struct map proofs;   /* of struct proof, by struct pair */
	struct array proved; /* of size_t */
	struct arena strings;
};

static const struct store_rule *
rule_at(const struct store *s, size_t i)
{
	return (const struct store_rule *)s->rules.all.at + i;
}

/* --- what a record in the database says ----------------------------------- */

static const char *
keep(struct evidence *e, sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text == NULL ? NULL
	                    : arena_strndup(&e->strings, text, strlen(text));
}

static int
end_of(struct evidence *e, sqlite3_stmt *st, int rc, struct err *err)
{
	if (rc != SQLITE_DONE)
		store_sql_error(
		    e->s->db, rc, e->s->path, "read what passed", err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
read_profile(struct evidence *e, int64_t id, struct record *r, struct err *err)
{
	sqlite3_stmt *st = e->s->stmt[STMT_PROFILE_READ];
	struct auth_spf *a;
	int rc;

	store_bind_int(st, 1, id);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (r->header_from == NULL)
			r->header_from = keep(e, st, 0);
		a = array_add(&r->auth_spf, sizeof(*a));
		a->domain = keep(e, st, 1);
		a->scope = keep(e, st, 2);
		a->result = keep(e, st, 3);
	}
	return end_of(e, st, rc, err);
}

static int
read_signatures(
    struct evidence *e, int64_t id, struct record *r, struct err *err)
{
	sqlite3_stmt *st = e->s->stmt[STMT_DKIM_LIST_READ];
	struct auth_dkim *a;
	int rc;

	store_bind_int(st, 1, id);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		a = array_add(&r->auth_dkim, sizeof(*a));
		a->domain = keep(e, st, 0);
		a->result = keep(e, st, 1);
	}
	return end_of(e, st, rc, err);
}

/* What the pair proves, read once. */
static int
prove(struct evidence *e, const struct pair *pair, struct proof *out,
    struct err *err)
{
	struct proof *p = map_item(&e->proofs, pair, sizeof(*pair));
	const struct store_rules *rules = &e->s->rules;
	struct record r = { .header_from = NULL };
	size_t i;
	int rc;

	if (!p->is_known) {
		rc = read_profile(e, pair->profile, &r, err);
		if (rc == 0 && pair->dkim_list != 0)
			rc = read_signatures(e, pair->dkim_list, &r, err);
		p->first = e->proved.n;
		for (i = 0; i < rules->domains && rc == 0; i++)
			if (store_rule_has_record(
			        rule_at(e->s, rules->first_domain + i), &r)) {
				*(size_t *)array_add(&e->proved,
				    sizeof(size_t)) = rules->first_domain + i;
				p->n++;
			}
		p->is_known = true;
		array_done(&r.auth_spf);
		array_done(&r.auth_dkim);
		arena_reset(&e->strings);
		if (rc == -1)
			return -1;
	}
	*out = *p;
	return 0;
}

/* --- records -------------------------------------------------------------- */

/*
 * Read the records of a statement; found gets (source, rule) once each.
 */
static int
read_records(struct evidence *e, enum store_stmt which, struct map *found,
    struct err *err)
{
	sqlite3_stmt *st = e->s->stmt[which];
	struct found one = { 0 };
	struct proof p = { 0 };
	struct pair pair;
	size_t i;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		one.source = sqlite3_column_int64(st, 0);
		pair.profile = sqlite3_column_int64(st, 1);
		pair.dkim_list = sqlite3_column_int64(st, 2);
		if (prove(e, &pair, &p, err) == -1) {
			sqlite3_reset(st);
			return -1;
		}
		for (i = 0; i < p.n; i++) {
			one.rule = (int64_t)((
			    const size_t *)e->proved.at)[p.first + i];
			map_number(found, &one, sizeof(one));
		}
	}
	return end_of(e, st, rc, err);
}

static void
evidence_done(struct evidence *e)
{
	map_done(&e->proofs);
	array_done(&e->proved);
	arena_done(&e->strings);
}

/* --- as reports come ------------------------------------------------------ */

/* The number of the rule by which the source has its sender now. */
static int
find_present(struct store *s, int64_t source_id, size_t *n, struct err *err)
{
	int64_t id = 0;
	bool found;

	store_bind_int(s->stmt[STMT_SOURCE_RULE], 1, source_id);
	if (store_run_row(s, STMT_SOURCE_RULE, "look for a source", &id, 1,
	        &found, err) == -1)
		return -1;
	for (*n = 0; *n < s->rules.all.n && rule_at(s, *n)->id != id;)
		(*n)++;
	return 0;
}

int
store_name_source(struct store *s, int64_t source_id,
    const struct store_rule *rule, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SOURCE_NAME];

	store_bind_int(st, 1, source_id);
	store_bind_int_or_null(st, 2, rule != NULL ? rule->sender_id : 0, 0);
	store_bind_int_or_null(st, 3, rule != NULL ? rule->id : 0, 0);
	return store_run(s, STMT_SOURCE_NAME, "name a source", err);
}

/* Evidence for rule i: it names the source unless a better one did. */
static int
name_by(struct store *s, int64_t source_id, size_t i, struct err *err)
{
	struct store_cache *cache = s->cache[STORE_CACHE_NAMED];
	const struct store_cached *known;
	size_t present;

	known = store_cache_find(cache, &source_id, sizeof(source_id));
	if (known != NULL)
		present = (size_t)known->id - 1;
	else if (find_present(s, source_id, &present, err) == -1)
		return -1;
	if (i < present) {
		if (store_name_source(s, source_id, rule_at(s, i), err) == -1)
			return -1;
		present = i;
	} else if (known != NULL)
		return 0;
	store_cache_keep(cache, &source_id, sizeof(source_id),
	    &(struct store_cached) { .id = (int64_t)present + 1 });
	return 0;
}

int
store_name_by_record(
    struct store *s, int64_t source_id, const struct record *r, struct err *err)
{
	size_t i;

	if (store_load_rules(s, err) == -1)
		return -1;
	for (i = 0; i < s->rules.domains; i++)
		if (store_rule_has_record(
		        rule_at(s, s->rules.first_domain + i), r))
			return name_by(
			    s, source_id, s->rules.first_domain + i, err);
	return 0;
}

int
store_name_by_report(struct store *s, int64_t report_id, struct err *err)
{
	struct evidence e = { .s = s, .proofs.size = sizeof(struct proof) };
	struct map found = { 0 };
	struct found one;
	size_t i;
	int rc;

	if (store_load_rules(s, err) == -1)
		return -1;
	if (s->rules.domains == 0)
		return 0;
	store_bind_int(s->stmt[STMT_RECORDS_OF], 1, report_id);
	rc = read_records(&e, STMT_RECORDS_OF, &found, err);
	for (i = 0; i < found.keys.n && rc == 0; i++) {
		memcpy(&one, map_key(&found, i), sizeof(one));
		rc = name_by(s, one.source, (size_t)one.rule, err);
	}
	map_done(&found);
	evidence_done(&e);
	return rc;
}

/* --- all of them ---------------------------------------------------------- */

struct naming {
	struct store *s;
	struct map found;     /* struct found */
	struct array changes; /* of struct found; rule -1: none */
};

/* The number of the rule that wins; -1: none matches. */
static int64_t
judge_source(struct naming *n, int64_t id, const struct store_facts *facts)
{
	struct store_rule *rule = n->s->rules.all.at;
	struct found one = { .source = id };
	const struct store_rule *best = NULL;
	size_t i;

	for (i = 0; i < n->s->rules.all.n; i++) {
		one.rule = (int64_t)i;
		if (!store_rule_has_source(&rule[i], facts) &&
		    (n->found.keys.n == 0 ||
		        !map_has(&n->found, &one, sizeof(one))))
			continue;
		rule[i].cover.sources++;
		if (best == NULL)
			best = &rule[i];
		else if (rule[i].sender_id != best->sender_id) {
			rule[i].cover.taken++;
			rule[i].cover.taken_by = best->sender_id;
		}
	}
	return best != NULL ? best - rule : -1;
}

static int
judge_sources(struct naming *n, struct err *err)
{
	struct store *s = n->s;
	sqlite3_stmt *st = s->stmt[STMT_SOURCE_LIST];
	struct store_facts facts;
	struct found one;
	const void *key;
	int64_t sender_id, rule_id;
	const struct store_rule *rule;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		one.source = sqlite3_column_int64(st, 0);
		if ((key = sqlite3_column_blob(st, 1)) == NULL)
			continue;
		memcpy(facts.key, key, sizeof(facts.key));
		facts.ptr = (const char *)sqlite3_column_text(st, 2);
		facts.ptr_domain = (const char *)sqlite3_column_text(st, 3);
		facts.asn = sqlite3_column_int64(st, 4);
		sender_id = sqlite3_column_int64(st, 5);
		rule_id = sqlite3_column_int64(st, 6);
		one.rule = judge_source(n, one.source, &facts);
		rule = one.rule >= 0 ? rule_at(s, (size_t)one.rule) : NULL;
		if (sender_id != (rule != NULL ? rule->sender_id : 0) ||
		    rule_id != (rule != NULL ? rule->id : 0))
			*(struct found *)array_add(
			    &n->changes, sizeof(one)) = one;
	}
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "name sources", err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
change_sources(struct naming *n, struct err *err)
{
	const struct found *c = n->changes.at;
	size_t i;

	for (i = 0; i < n->changes.n; i++)
		if (store_name_source(n->s, c[i].source,
		        c[i].rule >= 0 ? rule_at(n->s, (size_t)c[i].rule)
		                       : NULL,
		        err) == -1)
			return -1;
	return 0;
}

int
store_name_all(struct store *s, struct err *err)
{
	struct evidence e = { .s = s, .proofs.size = sizeof(struct proof) };
	struct naming n = { .s = s };
	int rc = 0;

	/* Read anew: what they cover is counted from nothing. */
	store_forget(s);
	if (store_load_rules(s, err) == -1)
		return -1;
	if (s->rules.domains > 0)
		rc = read_records(&e, STMT_RECORDS_ALL, &n.found, err);
	if (rc == 0)
		rc = judge_sources(&n, err);
	if (rc == 0)
		rc = change_sources(&n, err);
	map_done(&n.found);
	array_done(&n.changes);
	evidence_done(&e);
	return rc;
}
