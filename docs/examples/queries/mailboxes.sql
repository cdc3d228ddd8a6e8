-- SPDX-License-Identifier: BSD-2-Clause
-- Mailboxes, and whether they can be read
SELECT name, server, folder, active, last_ok, last_error
  FROM v_mailbox ORDER BY name;
