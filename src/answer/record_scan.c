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
#define REPORTS(packed, join, texts) \
	SCOPE_WITH_PARTS \
	" SELECT rep.id, rep.day, dom.shown AS domain," \
	" dom.name <> dom.shown AS under, dom.part, " packed texts \
	" FROM dom CROSS JOIN report rep ON rep.domain = dom.name" \
	"   AND rep.day BETWEEN ?1 AND ?2" join \
	" WHERE ?11 IS NULL OR dom.shown IN " OF_ADDRESS
#define TEXTS \
	", rep.org_name, coalesce(rep.adkim, 'r') AS adkim," \
	" coalesce(rep.aspf, 'r') AS aspf"

/* Whether records were kept, and whether there are texts. */
static const char *const reports_sql[2][2] = {
	{ REPORTS(RECORD_PACKED, RECORD_PACK_JOIN, ""),
	    REPORTS(RECORD_PACKED, RECORD_PACK_JOIN, TEXTS) },
	{ REPORTS(RECORD_NOT_PACKED, "", ""),
	    REPORTS(RECORD_NOT_PACKED, "", TEXTS) },
};

struct scanning {
	const struct record_scan_question *question;
	struct record_scan scan;
	struct query *reports;
	struct record_reader *records;
	int of[REP_COLUMNS];
};

static int
start_records(struct scanning *s, struct err *err)
{
	const struct record_scan_question *question = s->question;
	const int64_t report = s->scan.report;
	const bool is_part = query_text(s->reports, s->of[REP_PART]) != NULL;

	if (record_reader_start(s->records, s->reports, s->of[REP_PACKED],
	        report, is_part, err) == -1)
		return -1;
	if (question->keep != NULL)
		record_reader_keep(s->records, question->keep, report);
	return 0;
}

static int
start_report(struct scanning *s, struct err *err)
{
	struct query *q = s->reports;
	struct record_scan *scan = &s->scan;

	scan->report = query_int(q, s->of[REP_ID]);
	scan->day = query_int(q, s->of[REP_DAY]);
	scan->domain = query_text(q, s->of[REP_DOMAIN]);
	scan->is_under = query_int(q, s->of[REP_UNDER]) != 0;
	if (s->question->has_texts) {
		scan->org_name = query_text(q, s->of[REP_ORG]);
		scan->adkim = query_text(q, s->of[REP_ADKIM]);
		scan->aspf = query_text(q, s->of[REP_ASPF]);
	}
	return start_records(s, err);
}

static int
read_records(
    struct scanning *s, record_scan_visit *visit, void *arg, struct err *err)
{
	const struct map *sources = s->question->sources;
	struct pack_record r;
	int rc;

	while ((rc = record_reader_next(s->records, &r, err)) == 1)
		if (sources == NULL ||
		    map_has(sources, &r.source, sizeof(r.source)))
			visit(arg, &s->scan, &r);
	return rc;
}

static int
read_reports(
    struct scanning *s, record_scan_visit *visit, void *arg, struct err *err)
{
	const struct record_scan_question *q = s->question;
	int rc;

	query_find_columns(
	    s->reports, names, q->has_texts ? REP_COLUMNS : REP_ORG, s->of);
	if (q->ip != NULL) {
		query_bind_text(s->reports, OF_IP, q->ip);
		query_bind_int(s->reports, OF_FIRST, q->first);
	}
	while ((rc = query_step(s->reports, err)) == 1)
		if (start_report(s, err) == -1 ||
		    read_records(s, visit, arg, err) == -1)
			return -1;
	return rc;
}

int
record_scan_run(struct query_db *db, const struct record_scan_question *q,
    record_scan_visit *visit, void *arg, struct err *err)
{
	struct scanning s = { .question = q };
	const bool is_kept = q->kept != NULL && record_keep_has(q->kept);
	int rc = -1;

	if (scope_query(&s.reports, db, reports_sql[is_kept][q->has_texts],
	        &q->period, q->domain, err) == -1)
		return -1;
	if (record_reader_new(&s.records, db, q->domain, q->kept, err) == 0)
		rc = read_reports(&s, visit, arg, err);
	record_reader_free(s.records);
	query_free(s.reports);
	return rc;
}
