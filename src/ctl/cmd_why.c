/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/mem.h"
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/why_words.h"

#define DAYS 30
#define ROWS 10 /* for people */

/*
 * Records that tell the same story are one row, the failing ones first, then
 * the most messages; id is one of them.  What is not compared (comments) is
 * told of that one.
 */
static const char why_sql[] = SCOPE_WITH
    ", r AS MATERIALIZED ("
    "  SELECT rec.id, rep.day, rep.org_name, rec.header_from, rec.messages,"
    "    rec.dmarc, rec.dkim, rec.spf, rec.cause, rec.disposition,"
    "    coalesce(rep.adkim, 'r') AS adkim, coalesce(rep.aspf, 'r') AS aspf,"
    "    rec.envelope_from = '' AS null_sender,"
    "    (SELECT json_group_array(json_object('domain', domain,"
    "      'selector', selector, 'result', result)) FROM (SELECT *"
    "        FROM auth_dkim WHERE record_id = rec.id ORDER BY seq))"
    "      AS auth_dkim,"
    "    (SELECT json_group_array(json_object('domain', domain,"
    "      'scope', scope, 'result', result)) FROM (SELECT *"
    "        FROM auth_spf WHERE record_id = rec.id ORDER BY seq))"
    "      AS auth_spf,"
    "    (SELECT json_group_array(type) FROM (SELECT *"
    "        FROM override WHERE record_id = rec.id ORDER BY seq))"
    "      AS override,"
    "    EXISTS (SELECT 1 FROM override o WHERE o.record_id = rec.id"
    "      AND o.forwarding) AS forwarding"
    "  FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "    AND rep.day BETWEEN ?1 AND ?2"
    "  CROSS JOIN record rec ON rec.report_id = rep.id WHERE"
    "    rec.source_id = (SELECT id FROM source WHERE ip = ?4))"
    " SELECT min(id) AS id, header_from, sum(messages) AS messages,"
    "  count(*) AS records, dmarc, dkim, spf, cause, disposition, adkim, aspf,"
    "  auth_dkim, auth_spf, override,"
    "  date(min(day), 'unixepoch') AS first_date,"
    "  date(max(day), 'unixepoch') AS last_date,"
    "  json_group_array(DISTINCT org_name) AS reporters,"
    "  forwarding,"
    "  null_sender, group_concat(DISTINCT org_name || char(31)) AS names,"
    "  count(*) OVER () AS stories"
    " FROM r GROUP BY header_from, dmarc, dkim, spf, cause, disposition,"
    "  adkim, aspf, null_sender, auth_dkim, auth_spf, override, forwarding"
    " ORDER BY dmarc = 'fail' DESC, sum(messages) DESC, min(id) LIMIT ?5";

enum column {
	COL_ID,
	COL_FROM,
	COL_MESSAGES,
	COL_RECORDS,
	COL_DMARC,
	COL_DKIM,
	COL_SPF,
	COL_CAUSE,
	COL_DISPOSITION,
	COL_ADKIM,
	COL_ASPF,
	COL_FIRST = 14,
	COL_LAST,
	COL_NULL_SENDER = 18,
	COL_NAMES,
	COL_STORIES,
};

/* In tables they are told, not shown. */
static const struct output_column why_columns[] = {
	{ "id", NULL, OUTPUT_ID, 0 },
	{ "header_from", NULL, OUTPUT_TEXT, 0 },
	{ "messages", NULL, OUTPUT_NUMBER, 0 },
	{ "records", NULL, OUTPUT_NUMBER, 0 },
	{ "dmarc", NULL, OUTPUT_TEXT, 0 },
	{ "dkim", NULL, OUTPUT_TEXT, 0 },
	{ "spf", NULL, OUTPUT_TEXT, 0 },
	{ "cause", NULL, OUTPUT_TEXT, 0 },
	{ "disposition", NULL, OUTPUT_TEXT, 0 },
	{ "adkim", NULL, OUTPUT_TEXT, 0 },
	{ "aspf", NULL, OUTPUT_TEXT, 0 },
	{ "auth_dkim", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "auth_spf", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "override", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "first_date", NULL, OUTPUT_TEXT, 0 },
	{ "last_date", NULL, OUTPUT_TEXT, 0 },
	{ "reporters", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "forwarding", NULL, OUTPUT_BOOL, 0 },
	{ "null_sender", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ "names", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ "stories", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ 0 },
};

static const char count_sql[] = SCOPE_WITH
    "SELECT coalesce(sum(rec.messages), 0),"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0),"
    " count(*), coalesce((SELECT x.p FROM report x"
    "   WHERE x.domain = ?3 AND x.day BETWEEN ?1 AND ?2"
    "   AND x.counted = 1"
    "   ORDER BY x.day DESC, x.id DESC LIMIT 1),"
    "   (SELECT x.p FROM dom CROSS JOIN report x ON x.domain = dom.name"
    "   AND x.day BETWEEN ?1 AND ?2 WHERE x.counted = 1"
    "   ORDER BY x.day DESC, x.id DESC LIMIT 1))"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id WHERE"
    "   rec.source_id = (SELECT id FROM source WHERE ip = ?4)";

static const char source_sql[] =
    "SELECT snd.kind, trim(coalesce(snd.label || ' (' || snd.kind || ')', '')"
    "   || coalesce(', ' || s.ptr, '') || coalesce(', AS' || s.asn, '')"
    "   || coalesce(', ' || s.as_name, '') || coalesce(', ' || s.country, ''),"
    "   ', ') AS who,"
    " date(s.first_day, 'unixepoch'), date(s.last_day, 'unixepoch')"
    " FROM source s LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE s.ip = ?4";

struct question {
	const struct options *options;
	struct output *o;
	struct query_db *db;
	struct period period;
	char *domain;
	char ip[SUBJECT_ADDRESS];
	int64_t messages, fail, records;
	char *policy; /* what follows: NULL if it is not known */
	char *kind;   /* of the sender */
	char *who;
	char *first, *last; /* days of the source */
};

static int
ask(const struct question *a, const char *sql, struct query **q,
    struct err *err)
{
	if (scope_query(q, a->db, sql, &a->period, a->domain, err) == -1)
		return -1;
	query_bind_text(*q, 4, a->ip);
	return 0;
}

/* --- the head ------------------------------------------------------------- */

static int
read_source(struct question *a, struct err *err)
{
	struct query *q;
	int rc;

	if (ask(a, source_sql, &q, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		a->kind = xstrdup_null(query_value(q, 0).text);
		a->who = xstrdup(query_value(q, 1).text);
		a->first = xstrdup_null(query_value(q, 2).text);
		a->last = xstrdup_null(query_value(q, 3).text);
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static int
read_counts(struct question *a, struct err *err)
{
	struct query *q;
	int rc;

	if (ask(a, count_sql, &q, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		a->messages = query_value(q, 0).num;
		a->fail = query_value(q, 1).num;
		a->records = query_value(q, 2).num;
		a->policy = xstrdup_null(query_value(q, 3).text);
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static void
say_head(const struct question *a)
{
	output_say(a->o, "%s from %s, %s", a->domain, a->ip, a->period.text);
	if (a->who != NULL && a->who[0] != '\0')
		output_say(a->o, "%s", a->who);
	output_say(a->o, "%" PRId64 " of %" PRId64 " %s failed DMARC, p=%s",
	    a->fail, a->messages, a->messages == 1 ? "message" : "messages",
	    a->policy != NULL ? a->policy : "?");
}

/* There are reports about the domain, but nothing in them of this address. */
static void
say_nothing(const struct question *a)
{
	output_say(a->o, "No mail as %s from %s in %s.", a->domain, a->ip,
	    a->period.text);
	if (a->first != NULL && a->last != NULL)
		output_say(a->o,
		    "The address sent, as any domain, from %s to %s: "
		    "--since=%s",
		    a->first, a->last, a->first);
	output_say(a->o, "Who sent: ruactl sources %s", a->domain);
}

/* --- one story ------------------------------------------------------------ */

static const char *
copy(struct arena *strings, const struct query_value *v)
{
	return v->null ? NULL
	               : arena_strndup(strings, v->text, strlen(v->text));
}

/* The results of one record, and the reasons that came with it, in order. */
static int
load_results(struct query_db *db, int64_t id, struct why *w,
    struct arena *strings, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 AS what, seq, domain, selector, result, human_result,"
	    "   0, 0 FROM auth_dkim WHERE record_id = ?1"
	    " UNION ALL SELECT 2, seq, domain, scope, result, human_result,"
	    "   0, 0 FROM auth_spf WHERE record_id = ?1"
	    " UNION ALL SELECT 3, seq, type, comment, NULL, NULL,"
	    "   forwarding, changed"
	    "   FROM override WHERE record_id = ?1 ORDER BY what, seq";
	struct record *r = &w->record;
	const char *text[4];
	struct query_value v;
	struct query *q;
	int i, rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	query_bind_int(q, 1, id);
	while ((rc = query_step(q, err)) == 1) {
		for (i = 0; i < 4; i++) {
			v = query_value(q, 2 + i);
			text[i] = copy(strings, &v);
		}
		switch (query_value(q, 0).num) {
		case 1:
			*(struct auth_dkim *)array_add(&r->auth_dkim,
			    sizeof(struct auth_dkim)) = (struct auth_dkim) {
				text[0], text[1], text[2], text[3]
			};
			break;
		case 2:
			*(struct auth_spf *)array_add(&r->auth_spf,
			    sizeof(struct auth_spf)) = (struct auth_spf) {
				text[0], text[1], text[2], text[3]
			};
			break;
		default:
			*(struct why_reason *)array_add(&w->reasons,
			    sizeof(struct why_reason)) = (struct why_reason) {
				text[0], text[1], query_value(q, 6).num != 0,
				query_value(q, 7).num != 0
			};
		}
	}
	query_free(q);
	return rc;
}

/* "A, B and 3 more" of names that each end with a separator. */
static void
add_names(struct buf *out, const char *names)
{
	static const char end[] = "\x1f";
	int n = 0;
	size_t len;

	for (; *names != '\0'; names += len) {
		len = strcspn(names, end);
		if (++n <= 3) {
			buf_add_str(out, n > 1 ? ", " : "");
			buf_add(out, names, len);
		}
		len += names[len] != '\0';
		len += names[len] == ',';
	}
	if (n > 3)
		buf_printf(out, " and %d more", n - 3);
}

static void
say_title(const struct question *a, struct query *q, int n)
{
	int64_t messages = query_value(q, COL_MESSAGES).num;
	int64_t records = query_value(q, COL_RECORDS).num;
	struct query_value from = query_value(q, COL_FROM);
	struct query_value disposition = query_value(q, COL_DISPOSITION);
	const char *first = query_value(q, COL_FIRST).text;
	const char *last = query_value(q, COL_LAST).text;
	struct buf names = { 0 };

	output_say(a->o, "%s", "");
	output_explain(a->o, 3, "%d. %" PRId64 " %s %s: %s", n, messages,
	    messages == 1 ? "message" : "messages",
	    strcmp(query_value(q, COL_DMARC).text, "pass") == 0 ? "passed"
	                                                        : "failed",
	    cause_what(query_value(q, COL_CAUSE).text));
	add_names(&names, query_value(q, COL_NAMES).text);
	output_explain(a->o, 2, "   %s%s%s, %" PRId64 " %s by %s", first,
	    strcmp(first, last) == 0 ? "" : " to ",
	    strcmp(first, last) == 0 ? "" : last, records,
	    records == 1 ? "record" : "records", buf_str(&names));
	output_explain(a->o, 2,
	    "   From: %s, adkim=%s, aspf=%s, disposition %s",
	    from.null ? "(not said)" : from.text,
	    query_value(q, COL_ADKIM).text, query_value(q, COL_ASPF).text,
	    disposition.null ? "(not said)" : disposition.text);
	buf_done(&names);
}

/* The story of the row at hand. */
static int
tell(const struct question *a, struct query *q, int n, struct err *err)
{
	struct why w = { .ip = a->ip,
		.domain = a->domain,
		.policy = a->policy,
		.kind = a->kind };
	struct arena strings = { 0 };
	struct query_value v;
	int rc;

	say_title(a, q, n);
	v = query_value(q, COL_FROM);
	w.record.header_from = copy(&strings, &v);
	v = query_value(q, COL_DKIM);
	w.record.dkim = copy(&strings, &v);
	v = query_value(q, COL_SPF);
	w.record.spf = copy(&strings, &v);
	v = query_value(q, COL_DISPOSITION);
	w.record.disposition = copy(&strings, &v);
	v = query_value(q, COL_NULL_SENDER);
	w.record.envelope_from = v.num == 1 ? "" : NULL;
	w.dkim_strict = strcmp(query_value(q, COL_ADKIM).text, "s") == 0;
	w.spf_strict = strcmp(query_value(q, COL_ASPF).text, "s") == 0;
	rc = load_results(a->db, query_value(q, COL_ID).num, &w, &strings, err);
	if (rc == 0) {
		why_align(&w);
		why_say_evidence(a->o, &w, 3);
		why_say_advice(a->o, &w, 3);
	}
	record_done(&w.record);
	array_done(&w.reasons);
	arena_done(&strings);
	return rc;
}

static int
tell_all(const struct question *a, struct err *err)
{
	int64_t limit = a->options->limit > 0 ? a->options->limit : ROWS,
	        all = 0;
	struct query *q;
	int n = 0, rc;

	if (ask(a, why_sql, &q, err) == -1)
		return -1;
	query_bind_int(q, 5, limit);
	while ((rc = query_step(q, err)) == 1) {
		all = query_value(q, COL_STORIES).num;
		if (tell(a, q, ++n, err) == -1) {
			rc = -1;
			break;
		}
	}
	query_free(q);
	if (rc == 0 && all > n) {
		output_say(a->o, "%s", "");
		output_say(a->o,
		    "%" PRId64 " more like these: -n %" PRId64
		    " shows all of them",
		    all - n, all);
	}
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

static int
show_rows(const struct question *a, struct err *err)
{
	struct query *q;
	int rc;

	if (ask(a, why_sql, &q, err) == -1)
		return -1;
	query_bind_int(q, 5, options_row_limit(a->options));
	rc = output_rows(a->o, NULL, NULL, q, why_columns, NULL, err);
	query_free(q);
	return rc;
}

static int
answer(struct question *a, struct err *err)
{
	int64_t reports = 0;

	if (!output_is_table(a->o))
		return show_rows(a, err);
	if (scope_count_reports(a->db, &a->period, a->domain, &reports, err) ==
	    -1)
		return -1;
	if (reports == 0)
		return listing_say_empty(
		    a->options, a->o, a->db, a->domain, err);
	if (read_source(a, err) == -1 || read_counts(a, err) == -1)
		return -1;
	if (a->records == 0) {
		say_nothing(a);
		return 0;
	}
	say_head(a);
	return tell_all(a, err);
}

int
cmd_why(const struct options *options, struct err *err)
{
	struct question a = { .options = options,
		.o = options_new_output(options) };
	int rc = -1;

	a.domain = options_copy_domain(options);
	if (subject_read_address(options->args[1], a.ip, err) == -1 ||
	    options_open_database(options, &a.db, err) == -1 ||
	    period_find(&a.period, &options->period, DAYS, PERIOD_OF_REPORTS,
	        a.db, a.domain, err) == -1 ||
	    answer(&a, err) == -1)
		goto out;
	rc = output_end(a.o, err);
out:
	query_close(a.db);
	output_free(a.o);
	free(a.domain);
	free(a.policy);
	free(a.kind);
	free(a.who);
	free(a.first);
	free(a.last);
	return rc;
}
