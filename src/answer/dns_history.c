/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/map.h"

#define KEY (DNS_NAME + 8)

struct dns_history {
	struct query_db *db;
	struct arena arena;
	struct map known; /* type and name -> const struct dns_answer * */
	struct err err;   /* the first */
};

static const char rows_sql[] =
    "SELECT status, value, first_ts, last_ts FROM dns_record"
    " WHERE name = ?1 AND type = ?2 ORDER BY id DESC LIMIT ?3";

struct dns_history *
dns_history_new(struct query_db *db)
{
	struct dns_history *h = xcalloc(1, sizeof(*h));

	h->db = db;
	h->known.size = sizeof(const struct dns_answer *);
	return h;
}

void
dns_history_free(struct dns_history *h)
{
	if (h == NULL)
		return;
	map_done(&h->known);
	arena_done(&h->arena);
	free(h);
}

/* NULL: this is no row of ours. */
static const struct dns_answer *
read_row(struct dns_history *h, enum dns_type type, struct query *q)
{
	const char *status = query_text(q, 0), *value = query_text(q, 1);
	struct dns_answer *answer;
	struct dns_builder b;
	bool ok;

	if (status == NULL)
		return NULL;
	dns_begin(&b, &h->arena);
	answer = b.answer;
	ok = value == NULL || dns_read_records(&b, type, value);
	dns_end(&b);
	if (strcmp(status, "no_name") == 0)
		answer->status = DNS_NO_NAME;
	ok = ok && (strcmp(status, "ok") == 0) == (answer->n > 0);
	answer->asked_ts = query_int(q, 3);
	return ok ? answer : NULL;
}

int
dns_history_changes(struct dns_history *h, enum dns_type type, const char *name,
    struct array *changes, struct err *err)
{
	const struct dns_answer *answer;
	struct dns_change *change;
	struct query *q = NULL;
	char lower[DNS_NAME];
	int rc;

	if (!dns_write_name(name, lower))
		return 0;
	if (query_new(&q, h->db, rows_sql, err) == -1)
		return -1;
	query_bind_text(q, 1, lower);
	query_bind_text(q, 2, dns_type_word(type));
	query_bind_int(q, 3, -1);
	while ((rc = query_step(q, err)) == 1) {
		answer = read_row(h, type, q);
		if (answer == NULL)
			continue;
		change = array_add(changes, sizeof(*change));
		change->answer = answer;
		change->first_ts = query_int(q, 2);
		change->last_ts = query_int(q, 3);
	}
	query_free(q);
	return rc;
}

/* The records that count, those that begin with a word. */
static void
write_records(struct buf *b, const struct dns_answer *answer, const char *begin)
{
	size_t i;

	for (i = 0; i < answer->n; i++)
		if (strncasecmp(
		        answer->records[i].text, begin, strlen(begin)) == 0)
			buf_printf(b, "%s\n", answer->records[i].text);
}

static bool
is_same(
    const struct dns_answer *a, const struct dns_answer *b, const char *begin)
{
	struct buf left = { 0 }, right = { 0 };
	bool same;

	write_records(&left, a, begin);
	write_records(&right, b, begin);
	same = strcmp(buf_str(&left), buf_str(&right)) == 0;
	buf_done(&left);
	buf_done(&right);
	return same;
}

int
dns_history_since(struct dns_history *h, const struct dns_answer *answer,
    const char *name, const char *begin, struct dns_since *since,
    struct err *err)
{
	struct array changes = { 0 };
	const struct dns_change *change;
	size_t i = 0;

	*since = (struct dns_since) { .is_known = false };
	if (answer->status == DNS_FAILED)
		return 0;
	if (dns_history_changes(h, DNS_TXT, name, &changes, err) == -1) {
		array_done(&changes);
		return -1;
	}
	change = changes.at;
	since->is_known = changes.n > 0;
	since->ts = changes.n > 0 ? answer->asked_ts : 0;
	while (i < changes.n && is_same(change[i].answer, answer, begin))
		since->ts = change[i++].first_ts;
	since->is_change = i < changes.n;
	array_done(&changes);
	return 0;
}

static const struct dns_answer *
find(struct dns_history *h, enum dns_type type, const char *name)
{
	const struct dns_answer *answer = NULL;
	struct query *q = NULL;
	struct err err = ERR_INIT;
	int rc;

	rc = query_new(&q, h->db, rows_sql, &err);
	if (rc == 0) {
		query_bind_text(q, 1, name);
		query_bind_text(q, 2, dns_type_word(type));
		query_bind_int(q, 3, 1);
		rc = query_step(q, &err);
	}
	if (rc == 1)
		answer = read_row(h, type, q);
	if (rc == -1 && h->err.class == ERR_NONE)
		h->err = err;
	query_free(q);
	if (answer == NULL)
		answer = dns_answer_none(
		    &h->arena, DNS_FAILED, "not looked up yet");
	return answer;
}

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct dns_history *h = arg;
	const struct dns_answer **known;
	char lower[DNS_NAME], key[KEY];
	int n;

	if (!dns_write_name(name, lower))
		return dns_answer_none(&h->arena, DNS_NO_NAME, NULL);
	n = snprintf(key, sizeof(key), "%d %s", (int)type, lower);
	known = map_item(&h->known, key, (size_t)n);
	if (*known == NULL)
		*known = find(h, type, lower);
	return *known;
}

struct dns_source
dns_history_source(struct dns_history *h)
{
	return (struct dns_source) { .ask = ask, .arg = h };
}

int
dns_history_check(const struct dns_history *h, struct err *err)
{
	if (h->err.class == ERR_NONE)
		return 0;
	*err = h->err;
	return -1;
}

bool
dns_history_has_file(
    struct dns_history *h, const char *name, const char *id, const char *sha256)
{
	static const char sql[] =
	    "SELECT 1 FROM dns_record WHERE name = ?1 AND type = 'FILE'"
	    " AND substr(value, 1, length(?2) + 1) = ?2 || ' '"
	    " AND value <> ?2 || ' ' || ?3 LIMIT 1";
	struct query *q = NULL;
	struct err err = ERR_INIT;
	int rc;

	rc = query_new(&q, h->db, sql, &err);
	if (rc == 0) {
		query_bind_text(q, 1, name);
		query_bind_text(q, 2, id);
		query_bind_text(q, 3, sha256);
		rc = query_step(q, &err);
	}
	if (rc == -1 && h->err.class == ERR_NONE)
		h->err = err;
	query_free(q);
	return rc == 1;
}
