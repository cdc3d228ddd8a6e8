/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/record_scan.h"

#include "answer/scope.h"

enum {
	REP_ID,
	REP_DAY,
	REP_DOMAIN,
	REP_UNDER,
	REP_PART,
	REP_PACKED,
	REP_ORG,
	REP_ADKIM,
	REP_ASPF,
	REP_COLUMNS
};

static const char *const names[REP_COLUMNS] = { "id", "day", "domain", "under",
	"part", "packed", "org_name", "adkim", "aspf" };

#define OF_IP 11
#define OF_FIRST 12

/*
 * The domains as which the address ?11 sent from ?12 to ?2.  No index has the
 * records of a source, but its days are known, and one record is enough.
 */
#define OF_ADDRESS \
	"(SELECT d.shown FROM source s CROSS JOIN dom d WHERE s.ip = ?11" \
	"   AND EXISTS (SELECT 1 FROM report rep CROSS JOIN record_row rec" \
	"     ON rec.report_id = rep.id WHERE rep.domain = d.name" \
	"     AND rep.day BETWEEN max(?12, coalesce(s.first_day, 0))" \
	"       AND min(?2, coalesce(s.last_day, ?2))" \
	"     AND rec.source_id = s.id))"

/* Without texts, the index of domain and day has all that is wanted. */
#define REPORTS(texts) \
	SCOPE_WITH_PARTS \
	" SELECT rep.id, rep.day, dom.shown AS domain," \
	" dom.name <> dom.shown AS under, dom.part, " RECORD_PACKED texts \
	" FROM dom CROSS JOIN report rep ON rep.domain = dom.name" \
	"   AND rep.day BETWEEN ?1 AND ?2" RECORD_PACK_JOIN \
	" WHERE ?11 IS NULL OR dom.shown IN " OF_ADDRESS

static const char reports_sql[] = REPORTS("");
static const char texts_sql[] = REPORTS(
    ", rep.org_name, coalesce(rep.adkim, 'r') AS adkim,"
    " coalesce(rep.aspf, 'r') AS aspf");

int
record_scan_begin(struct record_scan *s, struct query_db *db,
    const struct record_scan_question *q, struct err *err)
{
	s->has_texts = q->has_texts;
	s->sources = q->sources;
	if (scope_query(&s->reports, db, s->has_texts ? texts_sql : reports_sql,
	        &q->period, q->domain, err) == -1 ||
	    record_reader_new(&s->records, db, q->domain, err) == -1)
		return -1;
	query_find_columns(
	    s->reports, names, s->has_texts ? REP_COLUMNS : REP_ORG, s->of);
	if (q->ip != NULL) {
		query_bind_text(s->reports, OF_IP, q->ip);
		query_bind_int(s->reports, OF_FIRST, q->first);
	}
	return 0;
}

void
record_scan_end(struct record_scan *s)
{
	record_reader_free(s->records);
	query_free(s->reports);
	*s = (struct record_scan) { 0 };
}

static void
start_report(struct record_scan *s)
{
	struct query *q = s->reports;

	s->report = query_int(q, s->of[REP_ID]);
	s->day = query_int(q, s->of[REP_DAY]);
	s->domain = query_text(q, s->of[REP_DOMAIN]);
	s->is_under = query_int(q, s->of[REP_UNDER]) != 0;
	if (s->has_texts) {
		s->org_name = query_text(q, s->of[REP_ORG]);
		s->adkim = query_text(q, s->of[REP_ADKIM]);
		s->aspf = query_text(q, s->of[REP_ASPF]);
	}
	record_reader_start(s->records, q, s->of[REP_PACKED], s->report,
	    query_text(q, s->of[REP_PART]) != NULL);
}

static bool
is_asked(const struct record_scan *s, const struct pack_record *r)
{
	return s->sources == NULL ||
	    map_has(s->sources, &r->source, sizeof(r->source));
}

int
record_scan_next(
    struct record_scan *s, struct pack_record *record, struct err *err)
{
	int rc;

	for (;;) {
		while (s->has_report) {
			rc = record_reader_next(s->records, record, err);
			if (rc == -1 || (rc == 1 && is_asked(s, record)))
				return rc;
			s->has_report = rc == 1;
		}
		rc = query_step(s->reports, err);
		s->has_report = rc == 1;
		if (rc != 1)
			return rc;
		start_report(s);
	}
}
