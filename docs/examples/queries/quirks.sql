-- SPDX-License-Identifier: BSD-2-Clause
-- Which reporters deviate from the standard, and how
SELECT rep.org_name, quirk.value AS quirk, count(*) AS reports
  FROM report rep, json_each(rep.quirks) quirk
 WHERE rep.day BETWEEN :since AND :until
 GROUP BY rep.org_name, quirk.value ORDER BY count(*) DESC;
