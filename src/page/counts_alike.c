/* SPDX-License-Identifier: BSD-2-Clause */
/* What messages that are alike have in common: subdomains and keys. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/sum.h"
#include "page/counts.h"
#include "report/align.h"

static const struct counts_alike *
alike_at(const struct counts *c, int64_t number)
{
	return (const struct counts_alike *)c->alike.items.at + number;
}

/* Bind ?1, [1,2,3]: the profiles or the lists, numbered as what is alike. */
static int
ask(struct query **q, struct query_db *db, const struct counts *c,
    const char *sql, bool is_profiles, struct err *err)
{
	const struct counts_alike *a = c->alike.items.at;
	struct buf json = { NULL, 0, 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < c->alike.items.n; i++)
		buf_printf(&json, "%s%" PRId64, i > 0 ? "," : "",
		    is_profiles ? a[i].profile : a[i].list);
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}

/* --- subdomains ----------------------------------------------------------- */

enum { FROM_NUMBER, FROM_NAME, FROM_COLUMNS };

static const char *const from_names[FROM_COLUMNS] = { "number", "header_from" };

static const char from_sql[] =
    "SELECT j.key AS number, p.header_from FROM json_each(?1) j"
    " CROSS JOIN profile p ON p.id = j.value";

static void
count_subdomain(
    struct counts *c, const struct counts_alike *a, const char *name)
{
	struct counts_subdomain *sub;
	struct buf key = { NULL, 0, 0 };
	size_t i;

	buf_printf(&key, "%zu ", a->domain);
	buf_add_str(&key, name);
	i = map_number(&c->subdomains, key.at, key.len);
	buf_done(&key);
	sub = (struct counts_subdomain *)c->subdomains.items.at + i;
	sub->domain = a->domain;
	sub->name = strchr(map_key(&c->subdomains, i), ' ') + 1;
	sum_add(&sub->messages, a->messages);
	sum_add(&sub->fail, a->fail);
}

int
counts_load_subdomains(struct counts *c, struct query_db *db, struct err *err)
{
	const struct counts_alike *a;
	struct query *q;
	const char *name;
	int at[FROM_COLUMNS], rc;

	if (ask(&q, db, c, from_sql, true, err) == -1)
		return -1;
	query_find_columns(q, from_names, FROM_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		a = alike_at(c, query_int(q, at[FROM_NUMBER]));
		name = query_text(q, at[FROM_NAME]);
		if (name != NULL &&
		    strcmp(name, map_key(&c->domains, a->domain)) != 0)
			count_subdomain(c, a, name);
	}
	query_free(q);
	return rc;
}

/* --- keys ----------------------------------------------------------------- */

enum { KEY_NUMBER, KEY_D, KEY_S, KEY_PASSED, KEY_COLUMNS };

static const char *const key_names[KEY_COLUMNS] = { "number", "d", "s",
	"passed" };

static const char keys_sql[] =
    "SELECT j.key AS number, coalesce(i.domain, '') AS d,"
    " coalesce(i.selector, '') AS s, i.result IS 'pass' AS passed"
    " FROM json_each(?1) j CROSS JOIN dkim_item i"
    "   ON i.dkim_list_id = j.value";

static struct counts_key *
key_of(struct counts *c, struct buf *text, size_t domain, const char *d,
    const char *s)
{
	struct counts_key *key;
	size_t i;

	text->len = 0;
	buf_add(text, (const char *)&domain, sizeof(domain));
	buf_add(text, d, strlen(d) + 1);
	buf_add_str(text, s);
	i = map_number(&c->keys, text->at, text->len);
	key = (struct counts_key *)c->keys.items.at + i;
	if (key->d != NULL)
		return key;
	key->domain = domain;
	key->d = map_key(&c->keys, i) + sizeof(domain);
	key->s = key->d + strlen(key->d) + 1;
	key->own = align_domains(d, map_key(&c->domains, domain), false);
	key->first = INT_MAX;
	return key;
}

int
counts_load_keys(struct counts *c, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	const struct counts_alike *a;
	struct counts_key *key;
	struct query *q;
	int at[KEY_COLUMNS], rc;

	if (ask(&q, db, c, keys_sql, false, err) == -1)
		return -1;
	query_find_columns(q, key_names, KEY_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		a = alike_at(c, query_int(q, at[KEY_NUMBER]));
		key = key_of(c, &text, a->domain, query_text(q, at[KEY_D]),
		    query_text(q, at[KEY_S]));
		sum_add(
		    query_int(q, at[KEY_PASSED]) != 0 ? &key->good : &key->bad,
		    a->messages);
		key->first = a->first < key->first ? a->first : key->first;
		key->last = a->last > key->last ? a->last : key->last;
	}
	query_free(q);
	buf_done(&text);
	return rc;
}
