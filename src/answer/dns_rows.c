/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_rows.h"

#include "base/buf.h"
#include "base/json.h"

int
dns_rows_query(struct query **q, struct query_db *db, const char *sql,
    const char *json, struct err *err)
{
	if (query_new(q, db, sql, err) == -1)
		return -1;
	query_bind_text(*q, 1, json);
	return 0;
}

static int
end(struct query **q, struct query_db *db, const char *sql, struct buf *json,
    struct err *err)
{
	int rc;

	buf_add_char(json, ']');
	rc = dns_rows_query(q, db, sql, buf_str(json), err);
	buf_done(json);
	return rc;
}

int
dns_rows_head(struct query **q, struct query_db *db, const char *domain,
    const char *server, int64_t questions, const struct dns_findings *f,
    struct err *err)
{
	static const char sql[] =
	    "SELECT ?1 ->> 0 AS domain, ?1 ->> 1 AS server,"
	    " ?1 ->> 2 AS questions, ?1 ->> 3 AS errors, ?1 ->> 4 AS warnings,"
	    " ?1 ->> 5 AS infos, ?1 ->> 6 AS more";
	struct buf json = { 0 };
	int rc;

	buf_add_char(&json, '[');
	json_add_item(&json, domain);
	json_add_item(&json, server);
	json_add_item_int(&json, questions);
	json_add_item_int(&json, f->errors);
	json_add_item_int(&json, f->warnings);
	json_add_item_int(&json, f->infos);
	json_add_item_int(&json, f->more);
	buf_add_char(&json, ']');
	rc = dns_rows_query(q, db, sql, buf_str(&json), err);
	buf_done(&json);
	return rc;
}

int
dns_rows_findings(struct query **q, struct query_db *db,
    const struct dns_findings *f, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS id, value ->> 1 AS severity,"
	    " value ->> 2 AS name, value ->> 3 AS text,"
	    " value ->> 4 AS record, value ->> 5 AS rfc FROM json_each(?1)";
	const struct dns_finding *at = f->findings.at;
	struct buf json = { 0 };
	size_t i;

	buf_add_char(&json, '[');
	for (i = 0; i < f->findings.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		json_add_item(&json, at[i].id);
		json_add_item(&json, dns_severity_word(at[i].severity));
		json_add_item(&json, at[i].name);
		json_add_item(&json, at[i].text);
		json_add_item(&json, at[i].record);
		json_add_item(&json, at[i].rfc);
		buf_add_char(&json, ']');
	}
	return end(q, db, sql, &json, err);
}

int
dns_rows_notes(struct query **q, struct query_db *db,
    const struct dns_findings *f, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS \"group\", value ->> 1 AS name,"
	    " value ->> 2 AS key, value ->> 3 AS value FROM json_each(?1)";
	const struct dns_note *at = f->notes.at;
	struct buf json = { 0 };
	size_t i;

	buf_add_char(&json, '[');
	for (i = 0; i < f->notes.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		json_add_item(&json, dns_group_word(at[i].group));
		json_add_item(&json, at[i].name);
		json_add_item(&json, at[i].key);
		json_add_item(&json, at[i].value);
		buf_add_char(&json, ']');
	}
	return end(q, db, sql, &json, err);
}

int
dns_rows_unknown(struct query **q, struct query_db *db,
    const struct dns_findings *f, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS \"group\", value ->> 1 AS name,"
	    " value ->> 2 AS type, value ->> 3 AS failure FROM json_each(?1)";
	const struct dns_unknown *at = f->unknown.at;
	struct buf json = { 0 };
	size_t i;

	buf_add_char(&json, '[');
	for (i = 0; i < f->unknown.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		json_add_item(&json, dns_group_word(at[i].group));
		json_add_item(&json, at[i].name);
		json_add_item(&json, dns_type_word(at[i].type));
		json_add_item(&json, at[i].failure);
		buf_add_char(&json, ']');
	}
	return end(q, db, sql, &json, err);
}
