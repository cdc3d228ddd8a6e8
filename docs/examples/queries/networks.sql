-- SPDX-License-Identifier: BSD-2-Clause
-- Who sends as a domain, by network (/24 and /64)
SELECT min(s.ip) AS ip, count(DISTINCT s.id) AS sources,
       sum(rec.messages) AS messages,
       coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)
           AS fail
  FROM report rep
  JOIN record rec ON rec.report_id = rep.id
  JOIN source s ON s.id = rec.source_id
 WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
 GROUP BY substr(s.ip_key, 1, iif(s.family = 4, 15, 8))
 ORDER BY sum(rec.messages) DESC, ip;
