-- SPDX-License-Identifier: BSD-2-Clause
-- Your domains, and the policy seen last
SELECT domain, p, count(*) AS reports,
       date(max(day), 'unixepoch') AS last_date
  FROM report GROUP BY domain ORDER BY domain;
