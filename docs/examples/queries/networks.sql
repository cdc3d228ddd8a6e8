-- SPDX-License-Identifier: BSD-2-Clause
-- Who sends as a domain, by sender or network
SELECT coalesce(snd.label, iif(count(DISTINCT s.id) = 1, max(s.ip),
           n.network), 'no address') AS who, snd.kind,
       count(DISTINCT s.id) AS addresses, sum(rec.messages) AS messages,
       coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)
           AS fail,
       date(min(rep.day), 'unixepoch') AS first_date,
       date(max(rep.day), 'unixepoch') AS last_date
  FROM report rep
  JOIN record rec ON rec.report_id = rep.id
  LEFT JOIN source s ON s.id = rec.source_id
  LEFT JOIN sender snd ON snd.id = s.sender_id
  LEFT JOIN source_network n ON n.id = s.id
 WHERE rep.domain = :domain AND rep.day BETWEEN :since AND :until
 GROUP BY coalesce(snd.id, n.network)
 ORDER BY sum(rec.messages) DESC, who;
