-- SPDX-License-Identifier: BSD-2-Clause
-- What failed when mail was to be encrypted
SELECT date, domain, org_name, result, mx, failed
  FROM v_tls_failure WHERE day BETWEEN :since AND :until
 ORDER BY day, failed DESC;
