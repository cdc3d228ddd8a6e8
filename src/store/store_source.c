/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <string.h>

#include "store/store_priv.h"

#define KEY_SIZE STORE_IP_KEY

/*
 * Add the address, and name it after its network.  These are two statements,
 * because a name is told to others (schema_change.h), and an address is not.
 */
static int
add_source(struct store *s, const uint8_t key[static KEY_SIZE], const char *ip,
    int64_t day, int64_t *id, struct err *err)
{
	const struct store_rule *rule;
	struct store_facts facts = { .asn = 0 };
	sqlite3_stmt *add = s->stmt[STMT_SOURCE_ADD];

	memcpy(facts.key, key, sizeof(facts.key));
	if (store_load_rules(s, err) == -1)
		return -1;
	rule = store_find_rule(&s->rules, &facts);
	sqlite3_bind_blob(add, 1, key, KEY_SIZE, SQLITE_STATIC);
	store_bind_int(add, 2, day);
	store_bind_text(add, 3, ip);
	if (store_run(s, STMT_SOURCE_ADD, "add a source", err) == -1)
		return -1;
	*id = sqlite3_last_insert_rowid(s->db);
	return rule != NULL ? store_name_source(s, *id, rule, err) : 0;
}

/* Read the row of this address; an address without one gets it. */
static int
load(struct store *s, struct store_cached *row, const char *ip,
    const uint8_t key[static KEY_SIZE], int64_t day, struct err *err)
{
	sqlite3_stmt *find = s->stmt[STMT_SOURCE_FIND];
	char text[INET6_ADDRSTRLEN];
	int64_t values[3] = { 0, day, day };
	bool found;

	/* Of IPv4 there is one form only. */
	if (strchr(ip, ':') != NULL) {
		store_write_ip(key, text);
		ip = text;
	}
	store_bind_text(find, 1, ip);
	store_bind_int(find, 2, day);
	if (store_run_row(s, STMT_SOURCE_FIND, "look for a source", values, 3,
	        &found, err) == -1)
		return -1;
	if (!found && add_source(s, key, ip, day, &values[0], err) == -1)
		return -1;
	row->id = values[0];
	row->first_day = values[1];
	row->last_day = values[2];
	return 0;
}

int
store_find_source(
    struct store *s, const char *ip, int64_t day, int64_t *id, struct err *err)
{
	struct store_cache *cache = s->cache[STORE_CACHE_SOURCES];
	sqlite3_stmt *widen = s->stmt[STMT_SOURCE_WIDEN];
	const struct store_cached *known;
	struct store_cached row;
	uint8_t key[KEY_SIZE];
	bool wider;

	if (!store_read_ip(ip, key))
		return err_set(err, ERR_BUG, "%s is not an address", ip);
	if ((known = store_cache_find(cache, key, KEY_SIZE)) != NULL)
		row = *known;
	else if (load(s, &row, ip, key, day, err) == -1)
		return -1;
	wider = day < row.first_day || day > row.last_day;
	if (wider) {
		store_bind_int(widen, 1, row.id);
		store_bind_int(widen, 2, day);
		if (store_run(s, STMT_SOURCE_WIDEN, "update a source", err) ==
		    -1)
			return -1;
		if (day < row.first_day)
			row.first_day = day;
		if (day > row.last_day)
			row.last_day = day;
	}
	if (known == NULL || wider)
		store_cache_keep(cache, key, KEY_SIZE, &row);
	*id = row.id;
	return 0;
}
