-- SPDX-License-Identifier: BSD-2-Clause
-- Reports that contradict each other
SELECT reporter, domain, external_id, count(*) AS reports,
       group_concat(id, ' ') AS ids
  FROM report WHERE conflict = 1
 GROUP BY reporter, domain, external_id, begin_ts, end_ts;
