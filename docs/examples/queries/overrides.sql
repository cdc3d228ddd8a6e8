-- SPDX-License-Identifier: BSD-2-Clause
-- Policies that receivers did not apply, and why
SELECT domain, org_name, type, comment, sum(messages) AS messages
  FROM v_override WHERE day BETWEEN :since AND :until
 GROUP BY domain, org_name, type, comment
 ORDER BY sum(messages) DESC;
