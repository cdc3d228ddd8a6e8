/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/mem.h"
#include "report/align.h"
#include "report/content.h"
#include "store/store_priv.h"

/*
 * How many others one report is compared with: the one that counts, and those
 * that come first in the index.  Nothing here reads all of an identity, but
 * where it is not known which one counts: whoever floods an identity with
 * reports that contradict each other makes each of them cost the same.
 */
#define MAX_RIVALS 8

/* An error's part in "cannot ...". */
static const char doing[] = "compare reports";

/* How well it is known who sent it. */
enum trust {
	NOT_VERIFIED,
	VERIFIED_SENDER,   /* who may have named any reporter's address */
	VERIFIED_REPORTER, /* the one of the identity */
};

struct rival {
	int64_t id;
	bool is_partial;
	enum trust trust;
	char sender[ALIGN_DOMAIN]; /* its organization; "": not verified */
	bool is_counted;
	bool is_marked; /* as in conflict with others */
	bool has_all;   /* that the one that is judged has */
	bool is_part;   /* the other way round */
};

/* Reports of one identity, the one to be judged and the others. */
struct group {
	sqlite3 *db;
	const char *path;
	const struct kind *kind;
	struct store_cache *cache; /* of the ids that count, or NULL */
	uint8_t key[SHA256_SIZE];  /* of the identity, in it */
	struct rival self;
	struct rival others[MAX_RIVALS];
	size_t n;
	bool has_more; /* than these; they are marked */
};

/* What differs between aggregate and TLS reports; ?1 is an id. */
struct kind {
	const char *identity; /* of it, as one text */
	const char *load;     /* it, as a row for rival_load() */
	const char *load_others;
	const char *find_counted;
	const char *check_counted; /* ?2: which may be it */
	const char *remove;        /* keys may be off */
	const char *count;         /* it and its records */
	const char *discount;      /* likewise */
	const char *mark;          /* ?2: whether it conflicts */
	int (*load_content)(sqlite3 *, const char *path, int64_t id,
	    struct array *content, struct err *);
	/* What follows count, or NULL. */
	int (*pack)(sqlite3 *, const char *path, int64_t id, struct err *);
};

#define SENDER \
	"(SELECT coalesce(m.from_domain, '') FROM message m" \
	" WHERE m.id = x.message_id AND m.verified = 'pass')"

/* Of the reports x of the same identity as n, which is ?1. */
#define SAME_REPORT \
	" FROM report n CROSS JOIN report x ON x.domain = n.domain" \
	" AND x.day = n.day AND x.external_id = n.external_id" \
	" AND x.reporter = n.reporter AND x.begin_ts = n.begin_ts" \
	" AND x.end_ts = n.end_ts WHERE n.id = ?1"
#define SAME_TLS \
	" FROM tls_report n CROSS JOIN tls_report x" \
	" ON x.external_id = n.external_id AND x.begin_ts = n.begin_ts" \
	" AND x.end_ts = n.end_ts" \
	" AND x.org_name = n.org_name COLLATE NOCASE WHERE n.id = ?1"
/* Itself, the one that counts, and one more than there is room for. */
#define SOME " LIMIT 10"
#define COUNTED " AND x.counted"

/* The rows change places; each statement is one of several. */
#define COLUMNS \
	"report_id, source_id, messages, cause, disposition, dkim, spf," \
	" profile_id, dkim_list_id, envelope_to"
#define MOVE(from, to) \
	"INSERT INTO " to " (" COLUMNS ") SELECT " COLUMNS " FROM " from \
	" WHERE report_id = ?1 ORDER BY id;" \
	"DELETE FROM " from " WHERE report_id = ?1"

#define REPORT_ROW \
	"SELECT x.id, x.partial, " SENDER ", x.reporter, x.counted, " \
	"x.conflict"
#define TLS_ROW "SELECT x.id, 0, " SENDER ", NULL, x.counted, x.conflict"

static const struct kind aggregate = {
	"SELECT domain || ' ' || reporter || ' ' || begin_ts || ' ' || end_ts"
	" || ' ' || external_id FROM report WHERE id = ?1",
	REPORT_ROW " FROM report x WHERE x.id = ?1",
	REPORT_ROW SAME_REPORT SOME,
	REPORT_ROW SAME_REPORT COUNTED " LIMIT 1",
	REPORT_ROW SAME_REPORT COUNTED " AND x.id = ?2",
	"DELETE FROM record_row WHERE report_id = ?1;"
	"DELETE FROM record_aside WHERE report_id = ?1;"
	"DELETE FROM report WHERE id = ?1",
	MOVE("record_aside",
	    "record_row") ";UPDATE report SET counted = 1 WHERE id = ?1",
	MOVE("record_row",
	    "record_aside") ";UPDATE report SET counted = 0 WHERE id = ?1",
	"UPDATE report SET conflict = ?2 WHERE id = ?1",
	store_load_content,
	store_pack_report,
};

static const struct kind tls = {
	"SELECT lower(org_name) || ' ' || begin_ts || ' ' || end_ts || ' ' ||"
	" external_id FROM tls_report WHERE id = ?1",
	TLS_ROW " FROM tls_report x WHERE x.id = ?1",
	TLS_ROW SAME_TLS SOME,
	TLS_ROW SAME_TLS COUNTED " LIMIT 1",
	TLS_ROW SAME_TLS COUNTED " AND x.id = ?2",
	"DELETE FROM tls_failure WHERE tls_policy_id IN"
	" (SELECT id FROM tls_policy WHERE tls_report_id = ?1);"
	"DELETE FROM tls_policy WHERE tls_report_id = ?1;"
	"DELETE FROM tls_report WHERE id = ?1",
	"UPDATE tls_report SET counted = 1 WHERE id = ?1",
	"UPDATE tls_report SET counted = 0 WHERE id = ?1",
	"UPDATE tls_report SET conflict = ?2 WHERE id = ?1",
	store_load_tls_content,
	NULL,
};

/* Each of the statements in sql, with ?1 and ?2. */
static int
group_change(struct group *g, const char *sql, int64_t id, int64_t value,
    struct err *err)
{
	sqlite3_stmt *st;
	int rc = SQLITE_DONE;

	while (*sql != '\0' && rc == SQLITE_DONE) {
		rc = sqlite3_prepare_v2(g->db, sql, -1, &st, &sql);
		if (rc != SQLITE_OK)
			break;
		store_bind_int(st, 1, id);
		/* Refused where there is no ?2. */
		store_bind_int(st, 2, value);
		rc = sqlite3_step(st);
		sqlite3_finalize(st);
	}
	if (rc != SQLITE_DONE)
		return store_sql_error(g->db, rc, g->path, doing, err);
	return 0;
}

static void
rival_load(struct rival *x, sqlite3_stmt *st)
{
	const char *from = (const char *)sqlite3_column_text(st, 2);
	const char *reporter = (const char *)sqlite3_column_text(st, 3);

	memset(x, 0, sizeof(*x));
	x->id = sqlite3_column_int64(st, 0);
	x->is_partial = sqlite3_column_int(st, 1);
	x->is_counted = sqlite3_column_int(st, 4);
	x->is_marked = sqlite3_column_int(st, 5);
	if (from == NULL)
		return;
	x->trust = VERIFIED_SENDER;
	if (!align_organization(from, x->sender))
		x->sender[0] = '\0';
	else if (reporter != NULL && align_domains(from, reporter, false))
		x->trust = VERIFIED_REPORTER;
}

/* Load the rows of sql, with ?1 the id and ?2 other, at most n of them. */
static int
group_query(struct group *g, const char *sql, int64_t id, int64_t other,
    struct rival *x, size_t *n, struct err *err)
{
	sqlite3_stmt *st = NULL;
	size_t max = *n;
	int rc;

	*n = 0;
	rc = sqlite3_prepare_v2(g->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		store_bind_int(st, 1, id);
		/* Refused where there is no ?2. */
		store_bind_int(st, 2, other);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW && *n < max)
			rival_load(&x[(*n)++], st);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_sql_error(g->db, rc, g->path, doing, err);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

/* The key of the identity in the cache. */
static int
group_load_key(struct group *g, int64_t id, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(g->db, g->kind->identity, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		store_bind_int(st, 1, id);
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW)
		sha256_hash(sqlite3_column_text(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0), g->key);
	else
		store_sql_error(g->db, rc, g->path, doing, err);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

/* Load the one that counts, if it is another, as the first of the others. */
static int
group_load_counted(struct group *g, struct err *err)
{
	const struct store_cached *known = NULL;

	if (g->self.is_counted)
		return 0;
	if (g->cache != NULL &&
	    (known = store_cache_find(g->cache, g->key, sizeof(g->key))) !=
	        NULL) {
		g->n = 1;
		if (group_query(g, g->kind->check_counted, g->self.id,
		        known->id, g->others, &g->n, err) == -1)
			return -1;
	}
	if (g->n == 1)
		return 0;
	g->n = 1;
	return group_query(
	    g, g->kind->find_counted, g->self.id, 0, g->others, &g->n, err);
}

static int
group_load(struct group *g, int64_t id, struct err *err)
{
	struct rival some[MAX_RIVALS + 2];
	size_t i, n = 1;

	if (group_query(g, g->kind->load, id, 0, &g->self, &n, err) == -1)
		return -1;
	if (n == 0) /* another has taken its place */
		return 0;
	n = MAX_RIVALS + 2;
	if (group_load_key(g, id, err) == -1 ||
	    group_load_counted(g, err) == -1 ||
	    group_query(g, g->kind->load_others, id, 0, some, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (some[i].id == id ||
		    (g->n > 0 && some[i].id == g->others[0].id))
			continue;
		if (g->n == MAX_RIVALS)
			g->has_more = true;
		else
			g->others[g->n++] = some[i];
	}
	return 0;
}

static int
group_compare(struct group *g, struct err *err)
{
	struct array content = { 0 }, other = { 0 };
	struct rival *x;
	size_t i;
	int rc;

	rc = g->kind->load_content(g->db, g->path, g->self.id, &content, err);
	for (i = 0; i < g->n && rc == 0; i++) {
		x = &g->others[i];
		rc = g->kind->load_content(g->db, g->path, x->id, &other, err);
		x->has_all = content_has(&other, &content);
		x->is_part = content_has(&content, &other);
	}
	array_done(&content);
	array_done(&other);
	return rc;
}

/*
 * Whether a takes the place of b: it is not less verified nor from somebody
 * else, so that nobody can displace a real report with a forged one, and it is
 * whole where b is damaged, or has all that b has.
 */
static bool
is_better(
    const struct rival *a, bool has_all, bool is_part, const struct rival *b)
{
	bool is_same = has_all && is_part;

	if (a->trust != b->trust && is_same)
		return a->trust > b->trust;
	if (a->trust < b->trust)
		return false;
	if (b->trust != NOT_VERIFIED && !is_same &&
	    strcmp(a->sender, b->sender) != 0)
		return false;
	if (a->is_partial != b->is_partial)
		return b->is_partial;
	return has_all;
}

/* Of two that contradict each other; the first stays if they are equals. */
static bool
is_preferred(const struct rival *a, const struct rival *b)
{
	if (a->trust != b->trust)
		return a->trust > b->trust;
	return a->is_partial < b->is_partial;
}

/* Which of the others takes its place, or NULL. */
static struct rival *
group_find_better(struct group *g)
{
	struct rival *x;

	for (x = g->others; x < g->others + g->n; x++)
		if (is_better(x, x->has_all, x->is_part, &g->self))
			return x;
	return NULL;
}

static int
group_remove(struct group *g, const struct rival *x, struct err *err)
{
	return group_change(g, g->kind->remove, x->id, 0, err);
}

/* Remove those whose place it takes. */
static int
group_replace(struct group *g, bool *is_heir, struct err *err)
{
	struct rival *x;
	size_t i, kept = 0;

	for (i = 0; i < g->n; i++) {
		x = &g->others[i];
		if (!is_better(&g->self, x->is_part, x->has_all, x)) {
			g->others[kept++] = *x;
			continue;
		}
		*is_heir |= x->is_counted;
		if (group_remove(g, x, err) == -1)
			return -1;
	}
	g->n = kept;
	return 0;
}

/* It is the one that counts, and is found at once the next time. */
static int
group_count(struct group *g, const struct rival *x, struct err *err)
{
	struct store_cached row = { .id = x->id };

	if (g->cache != NULL)
		store_cache_keep(g->cache, g->key, sizeof(g->key), &row);
	if (x->is_counted)
		return 0;
	if (group_change(g, g->kind->count, x->id, 0, err) == -1)
		return -1;
	return g->kind->pack == NULL
	    ? 0
	    : g->kind->pack(g->db, g->path, x->id, err);
}

/* Mark those that stay; of one that is alone the mark goes. */
static int
group_mark(struct group *g, const struct rival *self, struct err *err)
{
	bool conflict = g->n + (self != NULL ? 1 : 0) > 1 || g->has_more;
	const struct rival *x;
	size_t i;

	for (i = 0; i <= g->n; i++) {
		x = i < g->n ? &g->others[i] : self;
		if (x != NULL && x->is_marked != conflict &&
		    group_change(g, g->kind->mark, x->id, conflict, err) == -1)
			return -1;
	}
	return 0;
}

/* One of them is counted: heir, or who was, unless another is preferred. */
static int
group_elect(struct group *g, struct rival *heir, struct err *err)
{
	struct rival *was = NULL, *best = heir, *x;
	size_t i;

	for (i = 0; i <= g->n; i++) {
		x = i < g->n ? &g->others[i] : &g->self;
		if (x->is_counted)
			was = x;
	}
	if (best == NULL)
		best = was;
	for (i = 0; i <= g->n; i++) {
		x = i < g->n ? &g->others[i] : &g->self;
		if (best == NULL || is_preferred(x, best))
			best = x;
	}
	if (was != NULL && was != best &&
	    group_change(g, g->kind->discount, was->id, 0, err) == -1)
		return -1;
	return group_count(g, best, err);
}

static int
group_judge(struct group *g, enum store_outcome *outcome, struct err *err)
{
	const struct rival *better = group_find_better(g);
	bool is_heir = false;
	size_t i;

	*outcome = STORE_DUPLICATE;
	if (better != NULL) {
		if (group_remove(g, &g->self, err) == -1 ||
		    (g->self.is_counted && group_count(g, better, err) == -1))
			return -1;
		return group_mark(g, NULL, err);
	}
	for (i = 0; i < g->n; i++)
		if (g->others[i].has_all && g->others[i].is_part)
			break;
	if (i == g->n)
		*outcome = STORE_NEW;
	if (group_replace(g, &is_heir, err) == -1 ||
	    group_elect(g, is_heir ? &g->self : NULL, err) == -1)
		return -1;
	if (*outcome == STORE_NEW && g->n > 0)
		*outcome = STORE_CONFLICT;
	return group_mark(g, &g->self, err);
}

static int
judge(struct group *g, int64_t id, enum store_outcome *outcome, struct err *err)
{
	*outcome = STORE_DUPLICATE;
	if (group_load(g, id, err) == -1)
		return -1;
	if (g->self.id == 0)
		return 0;
	if (group_compare(g, err) == -1)
		return -1;
	return group_judge(g, outcome, err);
}

int
store_judge_report(sqlite3 *db, const char *path, struct store_cache *counted,
    int64_t id, enum store_outcome *outcome, struct err *err)
{
	struct group g = {
		.db = db, .path = path, .kind = &aggregate, .cache = counted
	};

	return judge(&g, id, outcome, err);
}

int
store_judge_tls(sqlite3 *db, const char *path, struct store_cache *counted,
    int64_t id, enum store_outcome *outcome, struct err *err)
{
	struct group g = {
		.db = db, .path = path, .kind = &tls, .cache = counted
	};

	return judge(&g, id, outcome, err);
}
