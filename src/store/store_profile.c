/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/canon.h"
#include "report/report.h"
#include "report/wire.h"
#include "store/store_priv.h"

#define DIGEST_KEPT 16

/* Remember the id of what has the key in the scratch. */
static void
keep(struct store *s, enum store_cache_of which, int64_t id)
{
	const struct buf *key = &s->scratch.key;

	store_cache_keep(s->cache[which], key->at, key->len,
	    &(struct store_cached) { .id = id });
}

/*
 * Find the id of what has the key in the scratch, from the cache or from the
 * table.  0: there is none, and the digest is bound to the statement that adds
 * it.
 */
static int
find(struct store *s, enum store_cache_of which, enum store_stmt look,
    enum store_stmt add, int64_t *id, struct err *err)
{
	const struct buf *key = &s->scratch.key;
	const struct store_cached *row;
	uint8_t *digest = s->scratch.key_digest;
	bool found;

	row = store_cache_find(s->cache[which], key->at, key->len);
	*id = row != NULL ? row->id : 0;
	if (row != NULL)
		return 0;
	sha256_hash(key->at, key->len, digest);
	sqlite3_bind_blob(s->stmt[look], 1, digest, DIGEST_KEPT, SQLITE_STATIC);
	sqlite3_bind_blob(s->stmt[add], 1, digest, DIGEST_KEPT, SQLITE_STATIC);
	if (store_run_row(s, look, "look for a profile", id, 1, &found, err) ==
	    -1)
		return -1;
	if (found)
		keep(s, which, *id);
	return 0;
}

/* Run a statement that adds the item number seq, with n texts, of id. */
static int
add_item(struct store *s, enum store_stmt which, int64_t id, size_t seq,
    const char *const *text, int n, struct err *err)
{
	sqlite3_stmt *st = s->stmt[which];
	int i;

	store_bind_int(st, 1, id);
	store_bind_int(st, 2, (int64_t)seq);
	for (i = 0; i < n; i++)
		store_bind_text(st, 3 + i, text[i]);
	return store_run(s, which, "add what records have in common", err);
}

static int
add_dkim(struct store *s, int64_t id, const struct array *list, struct err *err)
{
	const struct auth_dkim *a = list->at;
	int rc = 0;
	size_t i;

	for (i = 0; i < list->n && rc == 0; i++)
		rc = add_item(s, STMT_DKIM_ITEM_ADD, id, i,
		    (const char *[]) { a[i].domain, a[i].selector, a[i].result,
		        a[i].human_result },
		    4, err);
	return rc;
}

static int
add_spf(struct store *s, int64_t id, const struct array *list, struct err *err)
{
	const struct auth_spf *a = list->at;
	int rc = 0;
	size_t i;

	for (i = 0; i < list->n && rc == 0; i++)
		rc = add_item(s, STMT_SPF_ITEM_ADD, id, i,
		    (const char *[]) { a[i].domain, a[i].scope, a[i].result,
		        a[i].human_result },
		    4, err);
	return rc;
}

static int
add_overrides(
    struct store *s, int64_t id, const struct array *list, struct err *err)
{
	const struct override *o = list->at;
	int rc = 0;
	size_t i;

	for (i = 0; i < list->n && rc == 0; i++)
		rc = add_item(s, STMT_OVERRIDE_ITEM_ADD, id, i,
		    (const char *[]) { o[i].type, o[i].comment }, 2, err);
	return rc;
}

int
store_find_dkim(
    struct store *s, const struct array *list, int64_t *id, struct err *err)
{
	const struct auth_dkim *a = list->at;
	size_t i;

	*id = 0;
	if (list->n == 0)
		return 0;
	s->scratch.key.len = 0;
	for (i = 0; i < list->n; i++) {
		canon_str(&s->scratch.key, a[i].domain);
		canon_str(&s->scratch.key, a[i].selector);
		canon_str(&s->scratch.key, a[i].result);
		canon_str(&s->scratch.key, a[i].human_result);
	}
	if (find(s, STORE_CACHE_DKIM, STMT_DKIM_LIST_FIND, STMT_DKIM_LIST_ADD,
	        id, err) == -1)
		return -1;
	if (*id != 0)
		return 0;
	if (store_run(s, STMT_DKIM_LIST_ADD, "add DKIM results", err) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	if (add_dkim(s, *id, list, err) == -1)
		return -1;
	keep(s, STORE_CACHE_DKIM, *id);
	return 0;
}

static void
write_profile_key(struct buf *b, const struct record *r)
{
	const struct raw_word *raw = r->raw.at;
	const struct auth_spf *spf = r->auth_spf.at;
	const struct override *o = r->overrides.at;
	size_t i;

	b->len = 0;
	canon_str(b, r->header_from);
	canon_str(b, r->envelope_from);
	canon_int(b, (int64_t)r->raw.n);
	for (i = 0; i < r->raw.n; i++) {
		canon_str(b, raw[i].field);
		canon_str(b, raw[i].word);
	}
	canon_int(b, (int64_t)r->auth_spf.n);
	for (i = 0; i < r->auth_spf.n; i++) {
		canon_str(b, spf[i].domain);
		canon_str(b, spf[i].scope);
		canon_str(b, spf[i].result);
		canon_str(b, spf[i].human_result);
	}
	for (i = 0; i < r->overrides.n; i++) {
		canon_str(b, o[i].type);
		canon_str(b, o[i].comment);
	}
}

static const char *
write_raw(struct store *s, const struct record *r)
{
	if (r->raw.n == 0)
		return NULL;
	s->scratch.text.len = 0;
	wire_write_raw_words(&s->scratch.text, &r->raw);
	return buf_str(&s->scratch.text);
}

int
store_find_profile(
    struct store *s, const struct record *r, int64_t *id, struct err *err)
{
	sqlite3_stmt *add = s->stmt[STMT_PROFILE_ADD];

	write_profile_key(&s->scratch.key, r);
	if (find(s, STORE_CACHE_PROFILES, STMT_PROFILE_FIND, STMT_PROFILE_ADD,
	        id, err) == -1)
		return -1;
	if (*id != 0)
		return 0;
	store_bind_text(add, 2, r->header_from);
	store_bind_text(add, 3, r->envelope_from);
	store_bind_text(add, 4, write_raw(s, r));
	if (store_run(s, STMT_PROFILE_ADD, "add a profile", err) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	if (add_spf(s, *id, &r->auth_spf, err) == -1 ||
	    add_overrides(s, *id, &r->overrides, err) == -1)
		return -1;
	keep(s, STORE_CACHE_PROFILES, *id);
	return 0;
}
