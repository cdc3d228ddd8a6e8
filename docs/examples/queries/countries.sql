-- SPDX-License-Identifier: BSD-2-Clause
-- From which countries mail of a domain comes
WITH one AS (
    SELECT rec.source_id, sum(rec.messages) AS messages,
           sum(iif(rec.dmarc = 'fail', rec.messages, 0)) AS fail
      FROM report rep
      JOIN record rec ON rec.report_id = rep.id
     WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
     GROUP BY rec.source_id)
SELECT s.country, count(s.id) AS addresses,
       sum(one.messages) AS messages, sum(one.fail) AS fail
  FROM one
  LEFT JOIN source s ON s.id = one.source_id
 GROUP BY s.country
 ORDER BY sum(one.messages) DESC, s.country;
