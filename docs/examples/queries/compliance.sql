-- SPDX-License-Identifier: BSD-2-Clause
-- Share of compliant mail of each domain
SELECT domain, sum(messages) AS messages, sum(fail) AS fail,
       10000 * sum(pass) / nullif(sum(messages), 0) / 100.0 AS pass_pct
  FROM v_daily WHERE day BETWEEN :since AND :until
 GROUP BY domain ORDER BY sum(messages) DESC;
