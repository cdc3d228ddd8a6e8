-- SPDX-License-Identifier: BSD-2-Clause
-- At which recipients mail of a domain fails
SELECT rec.envelope_to, sum(rec.messages) AS messages,
       coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)
           AS fail
  FROM report rep JOIN record rec ON rec.report_id = rep.id
 WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
   AND rec.envelope_to IS NOT NULL
 GROUP BY rec.envelope_to ORDER BY fail DESC, messages DESC;
