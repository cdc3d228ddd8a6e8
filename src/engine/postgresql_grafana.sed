# SPDX-License-Identifier: BSD-2-Clause
# The dashboard of docs/examples for the schema of ruad-feed-postgresql: the data
# source, how its targets are written, and collectors in place of mailboxes.
s/frser-sqlite-datasource/grafana-postgresql-datasource/
s/"uid": "ruad"/"uid": "ruad-postgresql"/
s/(ruad)"/(ruad, PostgreSQL)"/
s/The database of ruad, see ruad.db(5)/The schema of ruad in PostgreSQL, see ruad-feed(8)/
/"timeColumns"/d
s/"queryType": "table"/"format": "table"/
s/"queryType": "time series"/"format": "time_series"/
s/"queryText":/"rawSql":/
s/"rawQueryText":.*/"rawQuery": true,\n     "editorMode": "code"/
s/"Last good poll"/"Last change"/
s/Since the last good poll of the mailbox that waits longest\./Since the last change that came from the collector that is silent for longest./
s/max([^"]* FROM mailbox WHERE active = 1/max(extract(epoch FROM now() - changed_at)) AS age FROM v_collector/
s/"value": 7200/"value": 172800/
s/"Mailboxes"/"Collectors"/
s/SELECT name, server, [^"]*v_mailbox [^"]*/SELECT name, cursor, caught_up_at, changed_at FROM v_collector ORDER BY name/
