-- SPDX-License-Identifier: BSD-2-Clause
-- All that is known of one address
SELECT date, domain, org_name, messages, cause, dkim_auth, spf_auth
  FROM v_record WHERE ip = :ip AND day BETWEEN :since AND :until
 ORDER BY day, id;
