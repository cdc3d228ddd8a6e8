-- SPDX-License-Identifier: BSD-2-Clause
-- Reports that contradict each other
SELECT reporter, domain, external_id, count(*) AS reports,
       group_concat(id, ' ') AS ids
  FROM report WHERE conflict = 1
 GROUP BY reporter, domain, external_id, begin_ts, end_ts
UNION ALL
SELECT max(org_name) || ' (TLS)', NULL, external_id, count(*),
       group_concat(id, ' ')
  FROM tls_report WHERE conflict = 1
 GROUP BY org_name COLLATE NOCASE, external_id, begin_ts, end_ts;
