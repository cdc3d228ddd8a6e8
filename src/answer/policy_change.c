/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/policy_change.h"

#include "store/rules.h"

/* Reporters leave out what they do not know: that is no change. */
#define SAME(column) \
	" AND (x." column " IS NULL OR new." column " IS NULL" \
	" OR x." column " = new." column ")"

const char policy_change_sql[] =
    "WITH new AS (SELECT domain, p, sp, np, adkim, aspf, pct,"
    "    min(day) AS first FROM report WHERE counted = 1"
    "  AND day BETWEEN ?1 AND ?2 GROUP BY domain, p, sp, np, adkim, aspf, pct)"
    " SELECT domain, date(first, 'unixepoch') AS first_date, p, sp, np, adkim,"
    "  aspf, pct, (SELECT x.p FROM report x WHERE x.domain = new.domain"
    "    AND x.counted = 1 AND x.day < new.first ORDER BY x.day DESC, x.id "
    "DESC LIMIT 1)"
    "    AS before_p"
    " FROM new WHERE EXISTS (SELECT 1 FROM report x"
    "   WHERE x.domain = new.domain AND x.day < new.first)"
    " AND NOT EXISTS (SELECT 1 FROM report x WHERE x.domain = new.domain"
    "   AND x.day < new.first AND x.day > (SELECT max(y.day) FROM report y"
    "     WHERE y.domain = new.domain AND y.day < new.first)"
    "     - " RULE_SQL(RULE_POLICY_DAYS) " * 86400" SAME("p") SAME("sp")
        SAME("np") SAME("adkim") SAME("aspf") SAME("pct") ")"
                                                          " ORDER BY domain, "
                                                          "first, p LIMIT ?4";
