/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/mem.h"
#include "report/align.h"
#include "report/content.h"
#include "store/store_priv.h"

/*
 * So many others one report is compared with, the one that counts first: who
 * floods an identity with reports that contradict each other costs us no more.
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
	bool has_all; /* that the one that is judged has */
	bool is_part; /* the other way round */
};

/* Reports of one identity, the one to be judged and the others. */
struct group {
	sqlite3 *db;
	const char *path;
	const struct kind *kind;
	struct rival self;
	struct rival others[MAX_RIVALS];
	size_t n;
	bool has_more; /* than these */
};

/* What differs between aggregate and TLS reports; ?1 is an id. */
struct kind {
	/*
	 * id, partial, domain of the verified sender, reporter of the
	 * identity, counted: itself, then others.
	 */
	const char *load;
	const char *remove;   /* keys may be off */
	const char *count;    /* it and its records */
	const char *discount; /* likewise */
	const char *mark;     /* ?2: whether they conflict */
	int (*load_content)(sqlite3 *, const char *path, int64_t id,
	    struct array *content, struct err *);
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
#define IN_ORDER " ORDER BY x.id = ?1 DESC, x.counted DESC, x.id LIMIT 10"

/* The rows change places; each statement is one of several. */
#define COLUMNS \
	"report_id, source_id, messages, cause, disposition, dkim, spf," \
	" profile_id, dkim_list_id, envelope_to"
#define MOVE(from, to) \
	"INSERT INTO " to " (" COLUMNS ") SELECT " COLUMNS " FROM " from \
	" WHERE report_id = ?1 ORDER BY id;" \
	"DELETE FROM " from " WHERE report_id = ?1"

static const struct kind aggregate = {
	"SELECT x.id, x.partial, " SENDER
	", x.reporter, x.counted" SAME_REPORT IN_ORDER,
	"DELETE FROM record_row WHERE report_id = ?1;"
	"DELETE FROM record_aside WHERE report_id = ?1;"
	"DELETE FROM report WHERE id = ?1",
	MOVE("record_aside",
	    "record_row") ";UPDATE report SET counted = 1 WHERE id = ?1",
	MOVE("record_row",
	    "record_aside") ";UPDATE report SET counted = 0 WHERE id = ?1",
	"UPDATE report SET conflict = ?2 WHERE conflict <> ?2 AND id IN"
	" (SELECT x.id" SAME_REPORT ")",
	store_load_content,
};

static const struct kind tls = {
	"SELECT x.id, 0, " SENDER ", NULL, x.counted" SAME_TLS IN_ORDER,
	"DELETE FROM tls_failure WHERE tls_policy_id IN"
	" (SELECT id FROM tls_policy WHERE tls_report_id = ?1);"
	"DELETE FROM tls_policy WHERE tls_report_id = ?1;"
	"DELETE FROM tls_report WHERE id = ?1",
	"UPDATE tls_report SET counted = 1 WHERE id = ?1",
	"UPDATE tls_report SET counted = 0 WHERE id = ?1",
	"UPDATE tls_report SET conflict = ?2 WHERE conflict <> ?2 AND id IN"
	" (SELECT x.id" SAME_TLS ")",
	store_load_tls_content,
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
load_sender(struct rival *x, sqlite3_stmt *st)
{
	const char *from = (const char *)sqlite3_column_text(st, 2);
	const char *reporter = (const char *)sqlite3_column_text(st, 3);

	if (from == NULL)
		return;
	x->trust = VERIFIED_SENDER;
	if (!align_organization(from, x->sender))
		x->sender[0] = '\0';
	else if (reporter != NULL && align_domains(from, reporter, false))
		x->trust = VERIFIED_REPORTER;
}

static int
group_load(struct group *g, int64_t id, struct err *err)
{
	sqlite3_stmt *st = NULL;
	struct rival *x = &g->self;
	int rc;

	rc = sqlite3_prepare_v2(g->db, g->kind->load, -1, &st, NULL);
	if (rc == SQLITE_OK)
		store_bind_int(st, 1, id);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		if ((rc = sqlite3_step(st)) != SQLITE_ROW)
			break;
		g->has_more = g->n == MAX_RIVALS;
		if (g->has_more)
			continue;
		x->id = sqlite3_column_int64(st, 0);
		x->is_partial = sqlite3_column_int(st, 1);
		load_sender(x, st);
		x->is_counted = sqlite3_column_int(st, 4);
		if (x != &g->self)
			g->n++;
		x = &g->others[g->n];
	}
	if (rc != SQLITE_DONE)
		store_sql_error(g->db, rc, g->path, doing, err);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
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
	if (best == was)
		return 0;
	if (was != NULL &&
	    group_change(g, g->kind->discount, was->id, 0, err) == -1)
		return -1;
	return group_change(g, g->kind->count, best->id, 0, err);
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
		    (g->self.is_counted &&
		        group_change(g, g->kind->count, better->id, 0, err) ==
		            -1))
			return -1;
		return group_change(
		    g, g->kind->mark, better->id, g->n > 1 || g->has_more, err);
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
	return group_change(
	    g, g->kind->mark, g->self.id, g->n > 0 || g->has_more, err);
}

static int
judge(sqlite3 *db, const char *path, const struct kind *kind, int64_t id,
    enum store_outcome *outcome, struct err *err)
{
	struct group g = { .db = db, .path = path, .kind = kind };

	*outcome = STORE_DUPLICATE;
	if (group_load(&g, id, err) == -1)
		return -1;
	if (g.self.id == 0) /* another has taken its place */
		return 0;
	if (group_compare(&g, err) == -1)
		return -1;
	return group_judge(&g, outcome, err);
}

int
store_judge_report(sqlite3 *db, const char *path, int64_t id,
    enum store_outcome *outcome, struct err *err)
{
	return judge(db, path, &aggregate, id, outcome, err);
}

int
store_judge_tls(sqlite3 *db, const char *path, int64_t id,
    enum store_outcome *outcome, struct err *err)
{
	return judge(db, path, &tls, id, outcome, err);
}
