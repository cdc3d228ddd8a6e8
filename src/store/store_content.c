/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "report/content.h"
#include "store/store_priv.h"

/* What this many profiles and lists of DKIM results have is kept. */
#define SLOTS 2048U /* a power of two */

enum { RECORDS, SPF, OVERRIDES, DKIM, STATEMENTS };

#define COLUMNS \
	"source_id, messages, disposition, dkim, spf, envelope_to," \
	" profile_id, dkim_list_id"

static const char *const statements[STATEMENTS] = {
	[RECORDS] = "SELECT s.ip, r.messages, r.disposition, r.dkim, r.spf,"
	            " r.envelope_to, r.profile_id, p.header_from,"
	            " p.envelope_from, coalesce(r.dkim_list_id, 0)"
	            " FROM (SELECT " COLUMNS " FROM record_row"
	            " WHERE report_id = ?1 UNION ALL"
	            " SELECT " COLUMNS " FROM record_aside"
	            " WHERE report_id = ?1) r"
	            " CROSS JOIN profile p ON p.id = r.profile_id"
	            " LEFT JOIN source s ON s.id = r.source_id",
	[SPF] = "SELECT domain, scope, result, human_result FROM spf_item"
	        " WHERE profile_id = ?1",
	[OVERRIDES] = "SELECT type, comment FROM override_item"
	              " WHERE profile_id = ?1",
	[DKIM] = "SELECT domain, selector, result, human_result"
	         " FROM dkim_item WHERE dkim_list_id = ?1",
};

struct slot {
	int64_t id; /* 0: free, or of no DKIM results */
	uint8_t digest[SHA256_SIZE];
};

struct loading {
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	struct record record;
	struct arena arena; /* of its lists */
	struct buf scratch;
	struct slot profiles[SLOTS];
	struct slot dkim_lists[SLOTS];
};

static const char *
text_of(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}

static const char *
keep(struct loading *l, sqlite3_stmt *st, int i)
{
	const char *s = text_of(st, i);

	return s != NULL ? arena_strndup(&l->arena, s, strlen(s)) : NULL;
}

static int
load_spf(struct loading *l, int64_t profile)
{
	sqlite3_stmt *st = l->st[SPF];
	struct auth_spf *a;
	int rc;

	l->record.auth_spf.n = 0;
	store_bind_int(st, 1, profile);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		a = array_add(&l->record.auth_spf, sizeof(*a));
		a->domain = keep(l, st, 0);
		a->scope = keep(l, st, 1);
		a->result = keep(l, st, 2);
		a->human_result = keep(l, st, 3);
	}
	sqlite3_reset(st);
	return rc;
}

static int
load_overrides(struct loading *l, int64_t profile)
{
	sqlite3_stmt *st = l->st[OVERRIDES];
	struct override *o;
	int rc;

	l->record.overrides.n = 0;
	store_bind_int(st, 1, profile);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		o = array_add(&l->record.overrides, sizeof(*o));
		o->type = keep(l, st, 0);
		o->comment = keep(l, st, 1);
	}
	sqlite3_reset(st);
	return rc;
}

static int
load_dkim(struct loading *l, int64_t list)
{
	sqlite3_stmt *st = l->st[DKIM];
	struct auth_dkim *a;
	int rc;

	l->record.auth_dkim.n = 0;
	store_bind_int(st, 1, list);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		a = array_add(&l->record.auth_dkim, sizeof(*a));
		a->domain = keep(l, st, 0);
		a->selector = keep(l, st, 1);
		a->result = keep(l, st, 2);
		a->human_result = keep(l, st, 3);
	}
	sqlite3_reset(st);
	return rc;
}

/* The row of RECORDS that st is at, and what it shares with others. */
static int
add_row(struct loading *l, struct array *content)
{
	sqlite3_stmt *st = l->st[RECORDS];
	int64_t profile = sqlite3_column_int64(st, 6);
	int64_t list = sqlite3_column_int64(st, 9);
	struct slot *p = &l->profiles[profile % SLOTS];
	struct slot *d = &l->dkim_lists[list % SLOTS];
	struct record *r = &l->record;
	int rc = SQLITE_DONE;

	if (p->id != profile) {
		r->header_from = text_of(st, 7);
		r->envelope_from = text_of(st, 8);
		if ((rc = load_spf(l, profile)) != SQLITE_DONE ||
		    (rc = load_overrides(l, profile)) != SQLITE_DONE)
			return rc;
		content_digest_profile(r, &l->scratch, p->digest);
		p->id = profile;
	}
	if (d->id != list) {
		if ((rc = load_dkim(l, list)) != SQLITE_DONE)
			return rc;
		content_digest_dkim(&r->auth_dkim, &l->scratch, d->digest);
		d->id = list;
	}
	r->source_ip = text_of(st, 0);
	r->messages = sqlite3_column_int64(st, 1);
	/* The words, as their numbers. */
	r->disposition = text_of(st, 2);
	r->dkim = text_of(st, 3);
	r->spf = text_of(st, 4);
	r->envelope_to = text_of(st, 5);
	content_add_record(content, r, p->digest, d->digest, &l->scratch);
	arena_reset(&l->arena);
	return rc;
}

static struct loading *
loading_new(sqlite3 *db)
{
	struct loading *l = xcalloc(1, sizeof(*l));

	l->db = db;
	/* That of no results, in the slot of the id 0. */
	content_digest_dkim(
	    &l->record.auth_dkim, &l->scratch, l->dkim_lists[0].digest);
	return l;
}

static void
loading_free(struct loading *l)
{
	int i;

	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(l->st[i]);
	record_done(&l->record);
	arena_done(&l->arena);
	buf_done(&l->scratch);
	free(l);
}

int
store_load_content(sqlite3 *db, const char *path, int64_t report_id,
    struct array *content, struct err *err)
{
	struct loading *l = loading_new(db);
	int i, rc = SQLITE_OK;

	content->n = 0;
	for (i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v2(db, statements[i], -1, &l->st[i], NULL);
	if (rc == SQLITE_OK)
		store_bind_int(l->st[RECORDS], 1, report_id);
	while (rc == SQLITE_OK || rc == SQLITE_DONE) {
		rc = sqlite3_step(l->st[RECORDS]);
		if (rc != SQLITE_ROW)
			break;
		rc = add_row(l, content);
	}
	if (rc != SQLITE_DONE)
		store_sql_error(db, rc, path, "compare reports", err);
	loading_free(l);
	content_close(content);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* --- TLS reports --------------------------------------------------------- */

static const char tls_policies[] =
    "SELECT id, domain, type, ok, failed FROM tls_policy"
    " WHERE tls_report_id = ?1";
static const char tls_failures[] =
    "SELECT result, failed, sending_ip, mx, mx_helo, receiving_ip,"
    " reason_code, info FROM tls_failure WHERE tls_policy_id = ?1";

static int
load_tls_failures(
    sqlite3_stmt *st, int64_t policy, struct array *list, struct arena *arena)
{
	const char *text[8];
	struct tls_failure *f;
	int i, rc;

	list->n = 0;
	store_bind_int(st, 1, policy);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (i = 0; i < 8; i++) {
			text[i] = text_of(st, i);
			if (text[i] != NULL)
				text[i] = arena_strndup(
				    arena, text[i], strlen(text[i]));
		}
		f = array_add(list, sizeof(*f));
		*f = (struct tls_failure) { .result = text[0],
			.failed = sqlite3_column_int64(st, 1),
			.sending_ip = text[2],
			.mx = text[3],
			.mx_helo = text[4],
			.receiving_ip = text[5],
			.reason_code = text[6],
			.info = text[7] };
	}
	sqlite3_reset(st);
	return rc;
}

int
store_load_tls_content(sqlite3 *db, const char *path, int64_t id,
    struct array *content, struct err *err)
{
	sqlite3_stmt *policies = NULL, *failures = NULL;
	struct tls_policy p = { 0 };
	struct arena arena = { 0 };
	struct buf scratch = { 0 };
	int rc;

	content->n = 0;
	rc = sqlite3_prepare_v2(db, tls_policies, -1, &policies, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(db, tls_failures, -1, &failures, NULL);
	if (rc == SQLITE_OK)
		store_bind_int(policies, 1, id);
	while (rc == SQLITE_OK || rc == SQLITE_DONE) {
		if ((rc = sqlite3_step(policies)) != SQLITE_ROW)
			break;
		rc = load_tls_failures(failures,
		    sqlite3_column_int64(policies, 0), &p.failures, &arena);
		p.domain = text_of(policies, 1);
		p.type = text_of(policies, 2);
		p.ok = sqlite3_column_int64(policies, 3);
		p.failed = sqlite3_column_int64(policies, 4);
		content_add_tls(content, &p, &scratch);
		arena_reset(&arena);
	}
	if (rc != SQLITE_DONE)
		store_sql_error(db, rc, path, "compare TLS reports", err);
	sqlite3_finalize(policies);
	sqlite3_finalize(failures);
	tls_policy_done(&p);
	arena_done(&arena);
	buf_done(&scratch);
	content_close(content);
	return rc == SQLITE_DONE ? 0 : -1;
}
