-- SPDX-License-Identifier: BSD-2-Clause
-- Who probably forwards mail of a domain
SELECT ip, ptr_domain, sum(messages) AS messages,
       coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0) AS fail
  FROM v_forwarded
 WHERE domain = :domain AND day BETWEEN :since AND :until
 GROUP BY ip ORDER BY sum(messages) DESC, ip;
