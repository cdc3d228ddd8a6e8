-- SPDX-License-Identifier: BSD-2-Clause
-- Subdomains of a domain that send
SELECT rec.header_from, sum(rec.messages) AS messages,
       coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)
           AS fail
  FROM report rep JOIN record rec ON rec.report_id = rep.id
 WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
   AND rec.header_from <> rep.domain
 GROUP BY rec.header_from ORDER BY sum(rec.messages) DESC;
