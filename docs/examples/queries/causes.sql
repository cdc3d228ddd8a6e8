-- SPDX-License-Identifier: BSD-2-Clause
-- How mail of a domain was aligned or not
SELECT cause, sum(messages) AS messages FROM v_cause
 WHERE domain = :domain AND day BETWEEN :since AND :until
 GROUP BY cause ORDER BY sum(messages) DESC;
