/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "report/canon.h"
#include "report/report.h"
#include "report/wire.h"
#include "store/store_priv.h"

/*
 * The ids of what came last, so that what was there before costs no SQL.
 * Direct-mapped: a newcomer takes the place.  What is longer than most is not
 * kept, which bounds the memory.
 */
#define SLOTS 16384U /* a power of two */
#define KEY_MAX 192
#define DIGEST_KEPT 16

struct slot {
	int64_t id; /* 0: free */
	size_t len;
	char *key;
};

struct profile_cache {
	struct slot slot[SLOTS];
	bool dirty; /* there is something to forget */
};

struct profile_cache *
profile_cache_new(void)
{
	return xcalloc(1, sizeof(struct profile_cache));
}

void
profile_cache_forget(struct profile_cache *c)
{
	size_t i;

	for (i = 0; c->dirty && i < SLOTS; i++)
		c->slot[i].id = 0;
	c->dirty = false;
}

void
profile_cache_free(struct profile_cache *c)
{
	size_t i;

	for (i = 0; c != NULL && i < SLOTS; i++)
		free(c->slot[i].key);
	free(c);
}

static struct slot *
slot_of(struct profile_cache *c, const struct buf *key)
{
	uint64_t hash = key->len, word;
	size_t i, n;

	for (i = 0; i < key->len; i += n) {
		word = 0;
		n = key->len - i;
		if (n > sizeof(word))
			n = sizeof(word);
		memcpy(&word, key->at + i, n);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return &c->slot[hash % SLOTS];
}

static void
remember(struct profile_cache *c, const struct buf *key, int64_t id)
{
	struct slot *slot = slot_of(c, key);

	if (key->len > KEY_MAX)
		return;
	slot->key = xreallocarray(slot->key, key->len, 1);
	memcpy(slot->key, key->at, key->len);
	slot->len = key->len;
	slot->id = id;
	c->dirty = true;
}

/*
 * Whose key is in s->key, from the cache or from the table.  An id of 0: it is
 * not there, but its digest is bound to the statement that adds it.
 */
static int
find(struct store *s, struct profile_cache *c, enum store_stmt which,
    enum store_stmt add, int64_t *id, struct err *err)
{
	const struct slot *slot = slot_of(c, &s->key);
	bool found;

	*id = slot->id;
	if (slot->id != 0 && slot->len == s->key.len &&
	    memcmp(slot->key, s->key.at, slot->len) == 0)
		return 0;
	*id = 0;
	sha256_hash(s->key.at, s->key.len, s->key_digest);
	sqlite3_bind_blob(
	    s->stmt[which], 1, s->key_digest, DIGEST_KEPT, SQLITE_STATIC);
	sqlite3_bind_blob(
	    s->stmt[add], 1, s->key_digest, DIGEST_KEPT, SQLITE_STATIC);
	if (store_run_row(s, which, "look for a profile", id, 1, &found, err) ==
	    -1)
		return -1;
	if (found)
		remember(c, &s->key, *id);
	return 0;
}

static int
add_dkim(struct store *s, int64_t id, const struct array *list, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_DKIM_ITEM_ADD];
	const struct auth_dkim *a = list->at;
	size_t i;

	for (i = 0; i < list->n; i++) {
		store_bind_int(st, 1, id);
		store_bind_int(st, 2, (int64_t)i);
		store_bind_text(st, 3, a[i].domain);
		store_bind_text(st, 4, a[i].selector);
		store_bind_text(st, 5, a[i].result);
		store_bind_text(st, 6, a[i].human_result);
		if (store_run(
		        s, STMT_DKIM_ITEM_ADD, "add a DKIM result", err) == -1)
			return -1;
	}
	return 0;
}

static int
add_spf(struct store *s, int64_t id, const struct array *list, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SPF_ITEM_ADD];
	const struct auth_spf *a = list->at;
	size_t i;

	for (i = 0; i < list->n; i++) {
		store_bind_int(st, 1, id);
		store_bind_int(st, 2, (int64_t)i);
		store_bind_text(st, 3, a[i].domain);
		store_bind_text(st, 4, a[i].scope);
		store_bind_text(st, 5, a[i].result);
		store_bind_text(st, 6, a[i].human_result);
		if (store_run(s, STMT_SPF_ITEM_ADD, "add an SPF result", err) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
add_overrides(
    struct store *s, int64_t id, const struct array *list, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_OVERRIDE_ITEM_ADD];
	const struct override *o = list->at;
	size_t i;

	for (i = 0; i < list->n; i++) {
		store_bind_int(st, 1, id);
		store_bind_int(st, 2, (int64_t)i);
		store_bind_text(st, 3, o[i].type);
		store_bind_text(st, 4, o[i].comment);
		if (store_run(s, STMT_OVERRIDE_ITEM_ADD, "add a reason", err) ==
		    -1)
			return -1;
	}
	return 0;
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
	s->key.len = 0;
	for (i = 0; i < list->n; i++) {
		canon_str(&s->key, a[i].domain);
		canon_str(&s->key, a[i].selector);
		canon_str(&s->key, a[i].result);
		canon_str(&s->key, a[i].human_result);
	}
	if (find(s, s->dkim_lists, STMT_DKIM_LIST_FIND, STMT_DKIM_LIST_ADD, id,
	        err) == -1)
		return -1;
	if (*id != 0)
		return 0;
	if (store_run(s, STMT_DKIM_LIST_ADD, "add DKIM results", err) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	if (add_dkim(s, *id, list, err) == -1)
		return -1;
	remember(s->dkim_lists, &s->key, *id);
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
	s->text.len = 0;
	wire_write_raw_words(&s->text, &r->raw);
	return buf_str(&s->text);
}

int
store_find_profile(
    struct store *s, const struct record *r, int64_t *id, struct err *err)
{
	sqlite3_stmt *add = s->stmt[STMT_PROFILE_ADD];

	write_profile_key(&s->key, r);
	if (find(s, s->profiles, STMT_PROFILE_FIND, STMT_PROFILE_ADD, id,
	        err) == -1)
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
	remember(s->profiles, &s->key, *id);
	return 0;
}
