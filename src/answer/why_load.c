/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why_load.h"

#include <stddef.h>
#include <string.h>

#include "answer/scope.h"
#include "store/query_row.h"

/*
 * id is one of the records that tell a story; what is not compared (comments)
 * is told of that one.
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

static const char record_sql[] =
    "SELECT rec.id, rec.header_from, rec.messages, 1 AS records, rec.dmarc,"
    "  rec.dkim, rec.spf, rec.cause, rec.disposition,"
    "  coalesce(rep.adkim, 'r') AS adkim, coalesce(rep.aspf, 'r') AS aspf,"
    "  date(rep.day, 'unixepoch') AS first_date,"
    "  date(rep.day, 'unixepoch') AS last_date,"
    "  rec.envelope_from = '' AS null_sender,"
    "  rep.org_name || char(31) AS names, 1 AS stories"
    " FROM record rec JOIN report rep ON rep.id = rec.report_id"
    " WHERE rec.id = ?1";

static const char count_sql[] = SCOPE_WITH
    "SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)"
    "   AS fail,"
    " count(*) AS records, coalesce((SELECT x.p FROM report x"
    "   WHERE x.domain = ?3 AND x.day BETWEEN ?1 AND ?2"
    "   AND x.counted = 1"
    "   ORDER BY x.day DESC, x.id DESC LIMIT 1),"
    "   (SELECT x.p FROM dom CROSS JOIN report x ON x.domain = dom.name"
    "   AND x.day BETWEEN ?1 AND ?2 WHERE x.counted = 1"
    "   ORDER BY x.day DESC, x.id DESC LIMIT 1)) AS policy"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id WHERE"
    "   rec.source_id = (SELECT id FROM source WHERE ip = ?4)";

static const char source_sql[] =
    "SELECT snd.kind, trim(coalesce(snd.label || ' (' || snd.kind || ')', '')"
    "   || coalesce(', ' || s.ptr, '') || coalesce(', AS' || s.asn, '')"
    "   || coalesce(', ' || s.as_name, '') || coalesce(', ' || s.country, ''),"
    "   ', ') AS who,"
    " date(s.first_day, 'unixepoch') AS first_date,"
    " date(s.last_day, 'unixepoch') AS last_date"
    " FROM source s LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE s.ip = ?4";

/* --- the source ----------------------------------------------------------- */

static int
ask(struct query **q, struct query_db *db, const char *sql,
    const struct period *period, const char *domain, const char *ip,
    struct err *err)
{
	if (scope_query(q, db, sql, period, domain, err) == -1)
		return -1;
	query_bind_text(*q, 4, ip);
	return 0;
}

static int
load_row(struct why_source *source, struct query_db *db, const char *sql,
    const struct query_field *fields, const struct period *period,
    struct err *err)
{
	struct query *q;
	int rc;

	if (ask(&q, db, sql, period, source->domain, source->ip, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		rc = query_row_read(q, fields, source, &source->strings, err);
	query_free(q);
	return rc;
}

int
why_load_source(struct why_source *source, struct query_db *db,
    const struct period *period, const char *domain, const char *ip,
    struct err *err)
{
	static const struct query_field names[] = {
		QUERY_FIELD(QUERY_TEXT, why_source, kind),
		QUERY_FIELD(QUERY_TEXT, why_source, who),
		QUERY_FIELD(QUERY_TEXT, why_source, first_date),
		QUERY_FIELD(QUERY_TEXT, why_source, last_date),
		{ 0 },
	};
	static const struct query_field counts[] = {
		QUERY_FIELD(QUERY_INT, why_source, messages),
		QUERY_FIELD(QUERY_INT, why_source, fail),
		QUERY_FIELD(QUERY_INT, why_source, records),
		QUERY_FIELD(QUERY_TEXT, why_source, policy),
		{ 0 },
	};

	*source = (struct why_source) { .domain = domain, .ip = ip };
	if (load_row(source, db, source_sql, names, period, err) == -1 ||
	    load_row(source, db, count_sql, counts, period, err) == -1)
		return -1;
	return 0;
}

void
why_source_done(struct why_source *source)
{
	arena_done(&source->strings);
}

/* --- one story ------------------------------------------------------------ */

int
why_query(struct query **q, struct query_db *db, const struct period *period,
    const char *domain, const char *ip, int64_t limit, struct err *err)
{
	if (ask(q, db, why_sql, period, domain, ip, err) == -1)
		return -1;
	query_bind_int(*q, 5, limit);
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

	*story = (struct why_story) { .why = { .ip = source->ip,
		                          .domain = source->domain,
		                          .policy = source->policy,
		                          .kind = source->kind } };
	if (query_row_read(q, fields, story, &story->strings, err) == -1)
		return -1;
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
