/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_priv.h"

/*
 * What is known of the addresses seen last, so that a record whose address
 * was there before costs no SQL.  Direct-mapped: a newcomer takes the place.
 */
#define SLOT_BITS 14
#define SLOTS (1U << SLOT_BITS)
#define KEY_SIZE STORE_IP_KEY

struct slot {
	int64_t id; /* 0: free */
	int64_t first_day;
	int64_t last_day;
	uint8_t key[KEY_SIZE];
};

struct source_cache {
	struct slot slot[SLOTS];
	bool dirty; /* there is something to forget */
};

struct source_cache *
source_cache_new(void)
{
	return xcalloc(1, sizeof(struct source_cache));
}

void
source_cache_free(struct source_cache *c)
{
	free(c);
}

void
source_cache_forget(struct source_cache *c)
{
	if (c->dirty)
		memset(c, 0, sizeof(*c));
}

static struct slot *
slot_of(struct source_cache *c, const uint8_t key[static KEY_SIZE])
{
	uint64_t a, b;

	memcpy(&a, key, sizeof(a));
	memcpy(&b, key + sizeof(a), sizeof(b));
	a = (a ^ (b * UINT64_C(0x9e3779b97f4a7c15))) *
	    UINT64_C(0xff51afd7ed558ccd);
	/* Only the upper bits depend on all of the address. */
	return &c->slot[a >> (64 - SLOT_BITS)];
}

bool
store_read_ip(const char *ip, uint8_t key[static KEY_SIZE])
{
	if (strchr(ip, ':') != NULL)
		return inet_pton(AF_INET6, ip, key) == 1;
	memset(key, 0, 10);
	memset(key + 10, 0xff, 2);
	return inet_pton(AF_INET, ip, key + 12) == 1;
}

void
store_write_ip(const uint8_t key[static KEY_SIZE], char *text)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(key, v4, sizeof(v4)) == 0)
		inet_ntop(AF_INET, key + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, key, text, INET6_ADDRSTRLEN);
}

/* Fill the slot from the table; an address that is not there is added. */
static int
load(struct store *s, struct slot *slot, const char *ip,
    const uint8_t key[static KEY_SIZE], int64_t day, struct err *err)
{
	sqlite3_stmt *find = s->stmt[STMT_SOURCE_FIND];
	sqlite3_stmt *add = s->stmt[STMT_SOURCE_ADD];
	char text[INET6_ADDRSTRLEN];
	int64_t row[3];
	bool found;

	/* Of IPv4 there is one form only. */
	if (strchr(ip, ':') != NULL) {
		store_write_ip(key, text);
		ip = text;
	}
	store_bind_text(find, 1, ip);
	store_bind_int(find, 2, day);
	if (store_run_row(s, STMT_SOURCE_FIND, "look for a source", row, 3,
	        &found, err) == -1)
		return -1;
	if (!found) {
		sqlite3_bind_blob(add, 1, key, KEY_SIZE, SQLITE_STATIC);
		store_bind_int(add, 2, day);
		store_bind_text(add, 3, ip);
		if (store_run(s, STMT_SOURCE_ADD, "add a source", err) == -1)
			return -1;
		row[0] = sqlite3_last_insert_rowid(s->db);
		row[1] = row[2] = day;
	}
	slot->id = row[0];
	slot->first_day = row[1];
	slot->last_day = row[2];
	memcpy(slot->key, key, KEY_SIZE);
	s->sources->dirty = true;
	return 0;
}

int
store_find_source(
    struct store *s, const char *ip, int64_t day, int64_t *id, struct err *err)
{
	sqlite3_stmt *widen = s->stmt[STMT_SOURCE_WIDEN];
	uint8_t key[KEY_SIZE];
	struct slot *slot;

	if (!store_read_ip(ip, key))
		return err_set(err, ERR_BUG, "%s is not an address", ip);
	slot = slot_of(s->sources, key);
	if ((slot->id == 0 || memcmp(slot->key, key, KEY_SIZE) != 0) &&
	    load(s, slot, ip, key, day, err) == -1)
		return -1;
	if (day < slot->first_day || day > slot->last_day) {
		store_bind_int(widen, 1, slot->id);
		store_bind_int(widen, 2, day);
		if (store_run(s, STMT_SOURCE_WIDEN, "update a source", err) ==
		    -1)
			return -1;
		if (day < slot->first_day)
			slot->first_day = day;
		if (day > slot->last_day)
			slot->last_day = day;
	}
	*id = slot->id;
	return 0;
}
