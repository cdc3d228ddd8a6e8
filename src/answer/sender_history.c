/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_history.h"

#include "answer/scope.h"

/* clang-format off */
static const char history_sql[] = SCOPE_WITH_PARTS
    " SELECT rep.day, rep.org_name, count(DISTINCT rep.id) AS reports,"
    "  coalesce(sum(rec.messages) FILTER"
    "    (WHERE rec.dkim = 'pass' AND rec.spf = 'pass'), 0) AS both,"
    "  coalesce(sum(rec.messages) FILTER (WHERE rec.dkim = 'pass'"
    "    AND rec.spf IS NOT 'pass'), 0) AS dkim,"
    "  coalesce(sum(rec.messages) FILTER (WHERE rec.spf = 'pass'"
    "    AND rec.dkim IS NOT 'pass'), 0) AS spf,"
    "  coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)"
    "    AS fail"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id"
    "   AND coalesce(rec.source_id, 0) IN (SELECT value FROM json_each(?4))"
    "   AND " SCOPE_IS_PART("rec.header_from")
    " GROUP BY rep.day, rep.org_name";
/* clang-format on */

int
sender_history_query(struct query **q, struct query_db *db,
    const struct period *period, const char *domain, const char *ids,
    struct err *err)
{
	if (scope_query(q, db, history_sql, period, domain, err) == -1)
		return -1;
	query_bind_text(*q, 4, ids);
	return 0;
}
