-- SPDX-License-Identifier: BSD-2-Clause
-- Messages and files that could not be read
SELECT datetime(fetched_ts, 'unixepoch') AS fetched,
       coalesce(path, folder) AS place, uid, sender, reason
  FROM message WHERE status = 'failed' ORDER BY fetched_ts DESC;
