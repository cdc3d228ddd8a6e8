-- SPDX-License-Identifier: BSD-2-Clause
-- DNS records of a domain, and when they were seen
SELECT name, type, date(first_ts, 'unixepoch') AS first_date,
       date(last_ts, 'unixepoch') AS last_date, status, value
  FROM dns_record
 WHERE name = :domain
    OR substr(name, -length(:domain) - 1) = '.' || :domain
 ORDER BY name, type, id DESC;
