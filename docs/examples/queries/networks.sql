-- SPDX-License-Identifier: BSD-2-Clause
-- Who sends as a domain, by sender, AS or network
WITH one AS (
    SELECT rec.source_id, sum(rec.messages) AS messages,
           sum(iif(rec.dmarc = 'fail', rec.messages, 0)) AS fail,
           min(rep.day) AS first_day, max(rep.day) AS last_day
      FROM report rep
      JOIN record rec ON rec.report_id = rep.id
     WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
     GROUP BY rec.source_id)
SELECT coalesce(snd.label,
           'AS' || s.asn || coalesce(' ' || max(s.as_name), ''),
           iif(count(s.id) = 1, max(s.ip), n.network),
           'no address') AS who, snd.kind,
       count(s.id) AS addresses, sum(one.messages) AS messages,
       sum(one.fail) AS fail,
       date(min(one.first_day), 'unixepoch') AS first_date,
       date(max(one.last_day), 'unixepoch') AS last_date
  FROM one
  LEFT JOIN source s ON s.id = one.source_id
  LEFT JOIN sender snd ON snd.id = s.sender_id
  LEFT JOIN source_network n ON n.id = s.id
 GROUP BY coalesce(snd.id, 'AS' || s.asn, n.network)
 ORDER BY sum(one.messages) DESC, who;
