/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why_load.h"

#include <stddef.h>
#include <string.h>

#include "answer/scope.h"
#include "store/query_row.h"

/*
 * Of records that are alike, ?1 as why_records_write() tells them.  id is one
 * of the records that tell a story; what is not compared (comments) is told of
 * it.  ip and address_messages are of the address with the most messages of the
 * story.
 */
static const char why_sql[] =
    "WITH alike AS (SELECT value ->> 0 AS id, value ->> 1 AS org_name,"
    "    value ->> 2 AS adkim, value ->> 3 AS aspf, value ->> 4 AS messages,"
    "    value ->> 5 AS records, value ->> 6 AS first_day,"
    "    value ->> 7 AS last_day FROM json_each(?1)),"
    " r AS MATERIALIZED ("
    "  SELECT alike.*, rec.source_id, s.ip, snd.kind, rec.header_from,"
    "    rec.dmarc, rec.dkim, rec.spf, rec.cause, rec.disposition,"
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
    "  FROM alike CROSS JOIN record rec ON rec.id = alike.id"
    "  LEFT JOIN source s ON s.id = rec.source_id"
    "  LEFT JOIN sender snd ON snd.id = s.sender_id),"
    " told AS (SELECT *, json_array(header_from, dkim, spf, cause, disposition,"
    "    adkim, aspf, null_sender, auth_dkim, auth_spf, override, forwarding,"
    "    kind) AS story FROM r),"
    " counted AS (SELECT *, sum(messages) OVER"
    "    (PARTITION BY story, source_id) AS of_address FROM told)"
    " SELECT min(id) AS id, header_from, sum(messages) AS messages,"
    "  sum(records) AS records, dmarc, dkim, spf, cause, disposition, adkim,"
    "  aspf, auth_dkim, auth_spf, override,"
    "  date(min(first_day), 'unixepoch') AS first_date,"
    "  date(max(last_day), 'unixepoch') AS last_date,"
    "  json_group_array(DISTINCT org_name) AS reporters,"
    "  forwarding, kind, count(DISTINCT ip) AS addresses,"
    "  nullif(substr(max(printf('%020d', of_address) || coalesce(ip, '')), 21),"
    "    '') AS ip, NULL AS evidence, NULL AS advice,"
    "  null_sender, group_concat(DISTINCT org_name || char(31)) AS names,"
    "  count(*) OVER () AS stories"
    " FROM counted GROUP BY story"
    " ORDER BY dmarc = 'fail' DESC, sum(messages) DESC, min(id) LIMIT ?2";

static const char record_sql[] =
    "SELECT rec.id, rec.header_from, rec.messages, 1 AS records, rec.dmarc,"
    "  rec.dkim, rec.spf, rec.cause, rec.disposition,"
    "  coalesce(rep.adkim, 'r') AS adkim, coalesce(rep.aspf, 'r') AS aspf,"
    "  date(rep.day, 'unixepoch') AS first_date,"
    "  date(rep.day, 'unixepoch') AS last_date,"
    "  rec.envelope_from = '' AS null_sender, s.ip, snd.kind,"
    "  s.ip IS NOT NULL AS addresses,"
    "  rep.org_name || char(31) AS names, 1 AS stories"
    " FROM record rec JOIN report rep ON rep.id = rec.report_id"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE rec.id = ?1";

/* Of the domain itself, else of a policy domain that stands for it. */
static const char policy_sql[] = SCOPE_WITH_PARTS
    "SELECT iif(dom.part IS NULL, x.p, coalesce(x.sp, x.p)) AS policy FROM dom "
    "CROSS JOIN report x ON x.domain = dom.name"
    "   AND x.day BETWEEN ?1 AND ?2 WHERE x.counted = 1"
    "   ORDER BY x.domain = ?3 DESC, x.day DESC, x.id DESC LIMIT 1";

static const char days_sql[] =
    "SELECT date(first_day, 'unixepoch') AS first_date,"
    " date(last_day, 'unixepoch') AS last_date FROM source WHERE ip = ?1";

/* --- whose mail ----------------------------------------------------------- */

/* The first row of a question, which is freed; without one all stays. */
static int
read_first(struct query *q, const struct query_field *fields, void *row,
    struct arena *strings, struct err *err)
{
	int rc;

	if ((rc = query_step(q, err)) == 1)
		rc = query_row_read(q, fields, row, strings, err);
	query_free(q);
	return rc;
}

int
why_find_policy(struct why_source *source, struct query_db *db,
    const struct period *period, struct err *err)
{
	static const struct query_field fields[] = {
		QUERY_FIELD(QUERY_TEXT, why_source, policy),
		{ 0 },
	};
	struct query *q;

	if (scope_query(&q, db, policy_sql, period, source->domain, err) == -1)
		return -1;
	return read_first(q, fields, source, &source->strings, err);
}

int
why_find_days(struct why_source *source, struct query_db *db, struct err *err)
{
	static const struct query_field fields[] = {
		QUERY_FIELD(QUERY_TEXT, why_source, first_date),
		QUERY_FIELD(QUERY_TEXT, why_source, last_date),
		{ 0 },
	};
	struct query *q;

	if (query_new(&q, db, days_sql, err) == -1)
		return -1;
	query_bind_text(q, 1, source->ip);
	return read_first(q, fields, source, &source->strings, err);
}

void
why_source_done(struct why_source *source)
{
	arena_done(&source->strings);
}

/* --- one story ------------------------------------------------------------ */

int
why_query(struct query **q, struct query_db *db, struct why_records *records,
    int64_t limit, struct err *err)
{
	struct buf json = { 0 };

	if (query_new(q, db, why_sql, err) == -1)
		return -1;
	why_records_write(records, &json);
	query_bind_text(*q, 1, buf_str(&json));
	query_bind_int(*q, 2, limit);
	buf_done(&json);
	return 0;
}

int
why_query_record(
    struct query **q, struct query_db *db, int64_t record, struct err *err)
{
	if (query_new(q, db, record_sql, err) == -1)
		return -1;
	query_bind_int(*q, 1, record);
	return 0;
}

/* A DKIM or SPF result, or a reason, by what is not its own: what. */
struct result_row {
	int64_t what;
	const char *text[4];
	bool forwarding, changed;
};

static void
add_result(struct why *w, const struct result_row *r)
{
	const char *const *text = r->text;

	switch (r->what) {
	case 1:
		*(struct auth_dkim *)array_add(&w->record.auth_dkim,
		    sizeof(struct auth_dkim)) = (struct auth_dkim) { text[0],
			text[1], text[2], text[3] };
		break;
	case 2:
		*(struct auth_spf *)array_add(&w->record.auth_spf,
		    sizeof(struct auth_spf)) = (struct auth_spf) { text[0],
			text[1], text[2], text[3] };
		break;
	default:
		*(struct why_reason *)array_add(&w->reasons,
		    sizeof(struct why_reason)) = (struct why_reason) { text[0],
			text[1], r->forwarding, r->changed };
	}
}

/* The results of one record, and the reasons that came with it, in order. */
static int
load_results(struct why_story *story, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 AS what, seq, domain AS a, selector AS b, result AS c,"
	    "   human_result AS d, 0 AS forwarding, 0 AS changed"
	    "   FROM auth_dkim WHERE record_id = ?1"
	    " UNION ALL SELECT 2, seq, domain, scope, result, human_result,"
	    "   0, 0 FROM auth_spf WHERE record_id = ?1"
	    " UNION ALL SELECT 3, seq, type, comment, NULL, NULL,"
	    "   forwarding, changed"
	    "   FROM override WHERE record_id = ?1 ORDER BY what, seq";
	static const struct query_field fields[] = {
		QUERY_FIELD(QUERY_INT, result_row, what),
		{ "a", QUERY_TEXT, offsetof(struct result_row, text[0]), NULL },
		{ "b", QUERY_TEXT, offsetof(struct result_row, text[1]), NULL },
		{ "c", QUERY_TEXT, offsetof(struct result_row, text[2]), NULL },
		{ "d", QUERY_TEXT, offsetof(struct result_row, text[3]), NULL },
		QUERY_FIELD(QUERY_BOOL, result_row, forwarding),
		QUERY_FIELD(QUERY_BOOL, result_row, changed),
		{ 0 },
	};
	struct result_row row;
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	query_bind_int(q, 1, story->id);
	while ((rc = query_step(q, err)) == 1) {
		rc = query_row_read(q, fields, &row, &story->strings, err);
		if (rc == -1)
			break;
		add_result(&story->why, &row);
	}
	query_free(q);
	return rc;
}

/* Whom evidence names: a host name's owner or an AS says little. */
static void
set_sender(struct why *w, const struct sender *s)
{
	if (s == NULL)
		return;
	w->in_own_spf = s->evidence == SENDER_BY_OWN_SPF;
	w->in_include = s->evidence == SENDER_BY_INCLUDE;
	if (s->evidence >= SENDER_BY_PTR && s->evidence <= SENDER_BY_DKIM)
		w->who = s->who;
}

int
why_load_story(struct why_story *story, struct query *q, struct query_db *db,
    const struct why_source *source, struct err *err)
{
#define STORY(type, column, member) \
	{ \
		column, type, offsetof(struct why_story, member), NULL \
	}
	static const struct query_field fields[] = {
		STORY(QUERY_INT, "id", id),
		STORY(QUERY_INT, "messages", messages),
		STORY(QUERY_INT, "records", records),
		STORY(QUERY_INT, "stories", stories),
		STORY(QUERY_INT, "addresses", addresses),
		STORY(QUERY_TEXT, "ip", why.ip),
		STORY(QUERY_TEXT, "kind", why.kind),
		STORY(QUERY_TEXT, "dmarc", dmarc),
		STORY(QUERY_TEXT, "cause", cause),
		STORY(QUERY_TEXT, "adkim", adkim),
		STORY(QUERY_TEXT, "aspf", aspf),
		STORY(QUERY_TEXT, "first_date", first_date),
		STORY(QUERY_TEXT, "last_date", last_date),
		STORY(QUERY_TEXT, "names", names),
		STORY(QUERY_BOOL, "null_sender", has_null_sender),
		STORY(QUERY_TEXT, "header_from", why.record.header_from),
		STORY(QUERY_TEXT, "dkim", why.record.dkim),
		STORY(QUERY_TEXT, "spf", why.record.spf),
		STORY(QUERY_TEXT, "disposition", why.record.disposition),
		{ 0 },
	};
#undef STORY
	struct why *w = &story->why;

	*story = (struct why_story) { .why = { .domain = source->domain,
		                          .policy = source->policy } };
	if (query_row_read(q, fields, story, &story->strings, err) == -1)
		return -1;
	set_sender(w, source->sender);
	w->record.envelope_from = story->has_null_sender ? "" : NULL;
	w->dkim_strict = strcmp(story->adkim, "s") == 0;
	w->spf_strict = strcmp(story->aspf, "s") == 0;
	if (load_results(story, db, err) == -1)
		return -1;
	why_align(w);
	return 0;
}

void
why_story_done(struct why_story *story)
{
	record_done(&story->why.record);
	array_done(&story->why.reasons);
	arena_done(&story->strings);
}
