-- SPDX-License-Identifier: BSD-2-Clause
-- When receivers saw which policy of a domain
SELECT first_date, last_date, p, sp, np, adkim, aspf, pct, testing,
       reports
  FROM v_policy WHERE domain = :domain ORDER BY first_date, last_date;
