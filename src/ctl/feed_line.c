/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/feed_line.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "ctl/feed_json.h"
#include "ctl/feed_record.h"
#include "ctl/report_columns.h"

#define PART_MAX 1000000 /* bytes of a line, but for one very long record */

const char *const feed_kind_words[FEED_KINDS] = {
	[FEED_REPORT] = "report",
	[FEED_FAILURE] = "failure",
	[FEED_TLS] = "tls",
	[FEED_SOURCE] = "source",
};

static const char *const head_sql[FEED_KINDS] = {
	[FEED_REPORT] =
	    "SELECT lower(hex(rep.content_sha256)) AS _key, " REPORT_COLUMNS
	    ", m.sender, m.verified, m.from_domain, m.sent_ts, m.reason,"
	    " coalesce(m.path, m.folder) AS place, m.uid,"
	    " iif(json_valid(rep.raw), rep.raw, NULL) AS raw"
	    " FROM report rep LEFT JOIN message m ON m.id = rep.message_id"
	    " WHERE rep.id = ?1",
	[FEED_FAILURE] =
	    "SELECT lower(hex(f.content_sha256)) AS _key, " FAILURE_COLUMNS
	    ", m.sender, m.verified, m.from_domain"
	    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
	    " LEFT JOIN message m ON m.id = f.message_id WHERE f.id = ?1",
	[FEED_TLS] =
	    "SELECT lower(hex(rep.content_sha256)) AS _key, rep.filename,"
	    " rep.org_name, rep.contact, rep.external_id, rep.begin_ts,"
	    " rep.end_ts, rep.day, date(rep.day, 'unixepoch') AS date,"
	    " rep.imported_ts, rep.conflict, rep.counted,"
	    " iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks,"
	    " m.sender, m.verified, m.from_domain"
	    " FROM tls_report rep LEFT JOIN message m ON m.id = rep.message_id"
	    " WHERE rep.id = ?1",
	[FEED_SOURCE] =
	    "SELECT s.ip AS _key, " SOURCE_COLUMNS ", s.first_day, s.lookup_ts"
	    " FROM source s LEFT JOIN sender snd ON snd.id = s.sender_id"
	    " WHERE s.id = ?1",
};

/* The member with the columns of head_sql. */
static const char *const head_names[FEED_KINDS] = { "report", "failure",
	"report", "source" };

static const char policies_sql[] =
    "SELECT pol.id AS _id, " POLICY_COLUMNS
    " FROM tls_policy pol WHERE tls_report_id = ?1 ORDER BY id";
static const char failures_sql[] =
    "SELECT seq + 1 AS m, result, failed, sending_ip, mx, mx_helo,"
    " receiving_ip, reason_code, info FROM tls_failure"
    " WHERE tls_policy_id = ?1 ORDER BY seq";

/* What a flat line of a part has of the whole. */
static const char of_report_sql[] =
    "SELECT domain, org_name, reporter, external_id, begin_ts, end_ts, day,"
    " date(day, 'unixepoch') AS date, counted FROM report WHERE id = ?1";
static const char of_tls_sql[] =
    "SELECT org_name, external_id, begin_ts, end_ts, day,"
    " date(day, 'unixepoch') AS date, counted FROM tls_report WHERE id = ?1";

static const char json_columns[] = " quirks raw policy mx_hosts ";

enum { POLICIES = FEED_KINDS, FAILURES, OF_REPORT, OF_TLS, STATEMENTS };

struct feed_lines {
	struct query_db *db;
	char *collector;
	bool flat;
	struct feed_records *records;
	struct query *query[STATEMENTS];
	struct buf line;
	struct buf head;  /* "report":{...} */
	struct buf items; /* of the part */
	struct buf item;
	const struct feed_change *change;
	char *key;
	int64_t part;
	feed_take *take;
	void *arg;
	bool is_done; /* nobody wants more */
};

struct feed_lines *
feed_lines_new(struct query_db *db, const char *collector, bool flat)
{
	struct feed_lines *f = xcalloc(1, sizeof(*f));

	f->db = db;
	f->collector = xstrdup(collector);
	f->flat = flat;
	f->records = feed_records_new(db, flat);
	return f;
}

void
feed_lines_free(struct feed_lines *f)
{
	int i;

	if (f == NULL)
		return;
	for (i = 0; i < STATEMENTS; i++)
		query_free(f->query[i]);
	feed_records_free(f->records);
	buf_done(&f->line);
	buf_done(&f->head);
	buf_done(&f->items);
	buf_done(&f->item);
	free(f->collector);
	free(f->key);
	free(f);
}

static int
ask(struct feed_lines *f, int which, const char *sql, int64_t id,
    struct err *err)
{
	struct query **q = &f->query[which];

	if (*q == NULL && query_new(q, f->db, sql, err) == -1)
		return -1;
	query_restart(*q);
	query_bind_int(*q, 1, id);
	return query_step(*q, err);
}

/* --- lines ---------------------------------------------------------------- */

/* Begin a line of this kind, or of a row of it. */
static void
begin(struct feed_lines *f, const char *op, const char *kind, const char *key)
{
	char cursor[FEED_CURSOR];

	feed_cursor_text(&f->change->cursor, cursor);
	f->line.len = 0;
	buf_add_char(&f->line, '{');
	json_add_member(&f->line, "op", op);
	json_add_member(&f->line, "kind", kind);
	json_add_member(&f->line, "key", key);
	json_add_member(&f->line, "epoch", f->change->cursor.epoch);
	json_add_member_int(&f->line, "seq", f->change->cursor.seq);
	json_add_member(&f->line, "cursor", cursor);
	json_add_member(&f->line, "collector", f->collector);
}

static void
end(struct feed_lines *f)
{
	buf_add_str(&f->line, "}\n");
	if (!f->is_done && !f->take(f->arg, &f->line))
		f->is_done = true;
}

/* A line with what is in items, and nothing is in them any more. */
static void
end_part(struct feed_lines *f, const char *items, bool is_last)
{
	begin(f, "put", feed_kind_words[f->change->kind], f->key);
	json_add_member_int(&f->line, "part", ++f->part);
	buf_add_str(&f->line, is_last ? ",\"last\":true" : ",\"last\":false");
	feed_json_add(&f->line, f->head.at, f->head.len);
	buf_add_str(&f->line, ",\"");
	buf_add_str(&f->line, items);
	buf_add_str(&f->line, "\":[");
	buf_add(&f->line, f->items.at, f->items.len);
	buf_add_char(&f->line, ']');
	end(f);
	f->items.len = 0;
}

/* Whether n more bytes of items make the line too long. */
static bool
is_full(const struct feed_lines *f, size_t n)
{
	return f->items.len > 0 &&
	    f->head.len + f->items.len + n + 1000 > PART_MAX;
}

/* --- records -------------------------------------------------------------- */

static int
add_records(struct feed_lines *f, bool counted, struct err *err)
{
	int64_t n = 0, id = f->change->row_id;
	int rc;

	f->items.len = 0;
	if (feed_records_begin(f->records, id, counted, err) == -1)
		return -1;
	while (!f->is_done) {
		f->item.len = 0;
		json_add_member_int(&f->item, "n", ++n);
		if ((rc = feed_records_next(f->records, &f->item, err)) != 1)
			break;
		if (is_full(f, f->item.len))
			end_part(f, "records", false);
		if (f->items.len > 0)
			buf_add_char(&f->items, ',');
		buf_add_char(&f->items, '{');
		buf_add(&f->items, f->item.at, f->item.len);
		buf_add_char(&f->items, '}');
	}
	if (f->is_done)
		return 1;
	if (rc == 0)
		end_part(f, "records", true);
	return rc == -1 ? -1 : 1;
}

static int
add_flat_records(struct feed_lines *f, bool counted, struct err *err)
{
	int64_t n = 0, id = f->change->row_id;
	int rc = 1;

	if (feed_records_begin(f->records, id, counted, err) == -1 ||
	    ask(f, OF_REPORT, of_report_sql, id, err) != 1)
		return -1;
	f->head.len = 0;
	feed_json_add_row(&f->head, f->query[OF_REPORT], true, "");
	query_restart(f->query[OF_REPORT]);
	while (!f->is_done && rc == 1) {
		f->item.len = 0;
		json_add_member_int(&f->item, "n", ++n);
		if ((rc = feed_records_next(f->records, &f->item, err)) != 1)
			break;
		begin(f, "put", "record", f->key);
		feed_json_add(&f->line, f->head.at, f->head.len);
		feed_json_add(&f->line, f->item.at, f->item.len);
		end(f);
	}
	return rc == -1 ? -1 : 1;
}

/* --- policies of TLS reports ---------------------------------------------- */

/*
 * One failure after the other; of a policy that is longer than a part the same
 * comes again in the next, with the failures that follow.
 */
static int
add_failures(struct feed_lines *f, int64_t policy_id, struct err *err)
{
	struct query *q;
	bool first = true;
	size_t start;
	int rc;

	rc = ask(f, FAILURES, failures_sql, policy_id, err);
	q = f->query[FAILURES];
	for (; rc == 1 && !f->is_done; rc = query_step(q, err)) {
		start = f->items.len;
		buf_add_str(&f->items, first ? "{" : ",{");
		feed_json_add_row(&f->items, q, false, "");
		buf_add_char(&f->items, '}');
		first = false;
		if (is_full(f, f->item.len) && start > f->item.len) {
			buf_add_str(&f->items, "]}");
			end_part(f, "policies", false);
			buf_add(&f->items, f->item.at, f->item.len);
			first = true;
		}
	}
	return rc;
}

static int
add_policies(struct feed_lines *f, struct err *err)
{
	struct query *q;
	int64_t n = 0;
	int rc;

	f->items.len = 0;
	rc = ask(f, POLICIES, policies_sql, f->change->row_id, err);
	q = f->query[POLICIES];
	for (; rc == 1 && !f->is_done; rc = query_step(q, err)) {
		f->item.len = 0;
		buf_add_char(&f->item, '{');
		json_add_member_int(&f->item, "n", ++n);
		feed_json_add_row(&f->item, q, false, json_columns);
		buf_add_str(&f->item, ",\"failures\":[");
		if (is_full(f, f->item.len))
			end_part(f, "policies", false);
		if (f->items.len > 0)
			buf_add_char(&f->items, ',');
		buf_add(&f->items, f->item.at, f->item.len);
		if (add_failures(f, query_named_int(q, "_id"), err) == -1)
			return -1;
		buf_add_str(&f->items, "]}");
	}
	if (rc == 0)
		end_part(f, "policies", true);
	return rc == -1 ? -1 : 1;
}

static int
add_flat_failures(
    struct feed_lines *f, int64_t policy_id, int64_t n, struct err *err)
{
	struct query *q;
	int rc;

	rc = ask(f, FAILURES, failures_sql, policy_id, err);
	q = f->query[FAILURES];
	for (; rc == 1 && !f->is_done; rc = query_step(q, err)) {
		begin(f, "put", "tls_failure", f->key);
		feed_json_add(&f->line, f->head.at, f->head.len);
		json_add_member_int(&f->line, "n", n);
		feed_json_add_row(&f->line, q, true, "");
		end(f);
	}
	return rc;
}

static int
add_flat_policies(struct feed_lines *f, struct err *err)
{
	int64_t n = 0, id = f->change->row_id;
	struct query *q;
	int rc;

	if (ask(f, OF_TLS, of_tls_sql, id, err) != 1)
		return -1;
	f->head.len = 0;
	feed_json_add_row(&f->head, f->query[OF_TLS], true, "");
	query_restart(f->query[OF_TLS]);
	rc = ask(f, POLICIES, policies_sql, id, err);
	q = f->query[POLICIES];
	for (; rc == 1 && !f->is_done; rc = query_step(q, err)) {
		begin(f, "put", "tls_policy", f->key);
		feed_json_add(&f->line, f->head.at, f->head.len);
		json_add_member_int(&f->line, "n", ++n);
		feed_json_add_row(&f->line, q, true, json_columns);
		end(f);
		if (add_flat_failures(f, query_named_int(q, "_id"), n, err) ==
		    -1)
			return -1;
	}
	return rc == -1 ? -1 : 1;
}

/* --- changes -------------------------------------------------------------- */

static void
write_del(struct feed_lines *f)
{
	begin(f, "del", feed_kind_words[f->change->kind], f->change->deleted);
	json_add_member(
	    &f->line, "why", f->change->is_pruned ? "pruned" : "replaced");
	end(f);
}

/* The row of the change, as a line or as the member of others. */
static void
add_head(struct feed_lines *f, struct query *q)
{
	enum feed_kind kind = f->change->kind;

	free(f->key);
	f->key = xstrdup(query_named_text(q, "_key"));
	f->part = 0;
	f->head.len = 0;
	if (f->flat) {
		begin(f, "put", feed_kind_words[kind], f->key);
		feed_json_add_row(&f->line, q, true, json_columns);
		end(f);
		return;
	}
	buf_printf(&f->head, "\"%s\":{", head_names[kind]);
	feed_json_add_row(&f->head, q, false, json_columns);
	buf_add_char(&f->head, '}');
	if (kind == FEED_FAILURE || kind == FEED_SOURCE) {
		begin(f, "put", feed_kind_words[kind], f->key);
		feed_json_add(&f->line, f->head.at, f->head.len);
		end(f);
	}
}

int
feed_lines_write(struct feed_lines *f, const struct feed_change *change,
    feed_take *take, void *arg, struct err *err)
{
	enum feed_kind kind = change->kind;
	bool counted = false;
	int rc;

	f->change = change;
	f->take = take;
	f->arg = arg;
	f->is_done = false;
	if (change->deleted != NULL) {
		write_del(f);
		return 1;
	}
	if ((rc = ask(f, kind, head_sql[kind], change->row_id, err)) != 1)
		return rc;
	add_head(f, f->query[kind]);
	if (kind == FEED_REPORT)
		counted = query_named_int(f->query[kind], "counted") != 0;
	query_restart(f->query[kind]);
	if (kind == FEED_REPORT)
		return f->flat ? add_flat_records(f, counted, err)
		               : add_records(f, counted, err);
	if (kind == FEED_TLS)
		return f->flat ? add_flat_policies(f, err)
		               : add_policies(f, err);
	return 1;
}
