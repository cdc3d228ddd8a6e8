/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/buf.h"
#include "ctl/html_facts.h"

static const char keys_sql[] =
    "SELECT rep.domain, rep.day, rec.messages, coalesce(a.domain, ''),"
    " coalesce(a.selector, ''), a.result IS 'pass'"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " JOIN auth_dkim a ON a.record_id = rec.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Whether one is the other, or a name below it. */
static bool
is_below(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);

	return n >= m && strcmp(name + n - m, parent) == 0 &&
	    (n == m || name[n - m - 1] == '.');
}

static struct facts_key *
key_of(struct facts *f, struct buf *text, const char *name, const char *d,
    const char *s)
{
	const size_t domain = map_number(&f->domain_names, name, strlen(name));
	struct facts_key *key;
	size_t i;

	text->len = 0;
	buf_add(text, &domain, sizeof(domain));
	buf_add(text, d, strlen(d) + 1);
	buf_add_str(text, s);
	i = map_number(&f->key_names, text->at, text->len);
	if (i < f->keys.n)
		return (struct facts_key *)f->keys.at + i;
	key = array_add(&f->keys, sizeof(*key));
	key->domain = domain;
	key->d = map_key(&f->key_names, i) + sizeof(domain);
	key->s = key->d + strlen(key->d) + 1;
	key->own = key->d[0] != '\0' &&
	    (is_below(d, name) || is_below(name, d));
	key->first = INT32_MAX;
	return key;
}

int
facts_load_keys(struct facts *f, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	struct facts_key *key;
	struct query *q;
	int32_t day;
	int rc;

	if (facts_query(&q, db, f, keys_sql, "rep.domain", NULL, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		key = key_of(f, &text, query_value(q, 0).text,
		    query_value(q, 3).text, query_value(q, 4).text);
		day = (int32_t)((query_value(q, 1).num - f->first) /
		    PERIOD_DAY);
		facts_add(query_value(q, 5).num != 0 ? &key->good : &key->bad,
		    query_value(q, 2).num);
		key->first = day < key->first ? day : key->first;
		key->last = day > key->last ? day : key->last;
	}
	query_free(q);
	buf_done(&text);
	return rc;
}
