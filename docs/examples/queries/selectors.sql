-- SPDX-License-Identifier: BSD-2-Clause
-- DKIM keys in use for a domain, and their results
SELECT a.domain AS d, a.selector AS s, a.result,
       sum(rec.messages) AS messages,
       date(max(rep.day), 'unixepoch') AS last_date
  FROM report rep
  JOIN record rec ON rec.report_id = rep.id
  JOIN auth_dkim a ON a.record_id = rec.id
 WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
 GROUP BY a.domain, a.selector, a.result
 ORDER BY sum(rec.messages) DESC;
