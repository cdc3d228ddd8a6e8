-- SPDX-License-Identifier: BSD-2-Clause
-- Who fails as a domain, and why
SELECT ip, who, cause, sum(messages) AS messages FROM v_failing
 WHERE domain = :domain AND day BETWEEN :since AND :until
 GROUP BY ip, cause ORDER BY sum(messages) DESC, ip;
