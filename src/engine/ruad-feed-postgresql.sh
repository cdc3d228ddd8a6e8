#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bring the feed of a collector into PostgreSQL, see ruad-feed(8).  A batch is
# one transaction: its rows, and the cursor after it.  So it may be killed at
# any time, and whoever comes next goes on where the last batch ended.
set -eu
export LC_ALL=C PGCLIENTENCODING=UTF8 PGAPPNAME=ruad-feed-postgresql
ruactl=${RUACTL:-@bindir@/ruactl}
sql=${RUAD_ENGINE_SQL:-@sharedir@/postgresql.sql}
version=1
collector=$(uname -n)
database=
limit=2000
pause=5
follow=
action=feed

# say EXIT_STATUS SENTENCE
fail()
{
	echo "ruad-feed-postgresql: $2" >&2
	exit "$1"
}

usage()
{
	cat <<-END
		usage: ruad-feed-postgresql [--follow] [--anew] [--collector=NAME]
		           [--database=FILE] [--limit=N] [--pause=SECONDS]
		       ruad-feed-postgresql --create | --print-sql | --clean
		       ruad-feed-postgresql --forget=NAME
	END
}

# Nothing of the user's own settings, and only what is asked for.
ask()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

is_number()
{
	case $1 in
	'' | 0* | *[!0-9]* | ???????*) return 1 ;;
	esac
}

for word; do
	value=${word#*=}
	case $word in
	--follow) follow=yes ;;
	--anew) action=anew ;;
	--create) action=create ;;
	--print-sql) action=print ;;
	--clean) action=clean ;;
	--forget=?*) action=forget collector=$value ;;
	--collector=?*) collector=$value ;;
	--database=?*) database=$value ;;
	--limit=*)
		is_number "$value" || fail 64 "--limit needs a number of changes"
		limit=$value ;;
	--pause=*)
		is_number "$value" || fail 64 "--pause needs a number of seconds"
		pause=$value ;;
	--help) usage; exit 0 ;;
	*)
		usage >&2
		fail 64 "there is no option $word" ;;
	esac
done
command -v psql >/dev/null ||
    fail 69 'psql is missing: install postgresql-client'

# tell STATUS WHAT: end if psql failed, with 75 where another attempt may help.
tell()
{
	case $1 in
	0) ;;
	2) fail 75 'PostgreSQL cannot be reached; try again later' ;;
	*) fail 70 "cannot $2" ;;
	esac
}

# run WHAT SQL [PSQL_OPTION...]: its answer is in answer.
run()
{
	what=$1
	text=$2
	shift 2
	status=0
	answer=$(printf '%s\n' "$text" | ask "$@") || status=$?
	tell $status "$what"
}

case $action in
print)
	exec cat "$sql" ;;
create)
	status=0
	ask -1 -f "$sql" >/dev/null || status=$?
	tell $status 'create the schema ruad'
	exit 0 ;;
clean)
	run 'remove what is not used' 'SELECT ruad.clean();'
	exit 0 ;;
forget)
	run "forget $collector" \
	    "BEGIN; SELECT ruad.forget_collector(:'collector'); COMMIT;" \
	    -v collector="$collector"
	exit 0 ;;
esac

run 'look for the schema ruad' "
	SELECT to_regclass('ruad.meta') IS NOT NULL AS there \\gset
	\\if :there
	SELECT value FROM ruad.meta WHERE key = 'version';
	\\else
	\\echo none
	\\endif"
case $answer in
"$version") ;;
none)
	fail 78 'no schema ruad: make it with ruad-feed-postgresql --create' ;;
*)
	fail 78 "the schema ruad has version $answer, not $version: run ruad-feed-postgresql --create of the newest ruad" ;;
esac

# begin ANEW: to go on where the last batch ended, or from the beginning.
begin()
{
	run "begin the feed of $collector" \
	    "BEGIN; SELECT ruad.begin_feed(:'collector', :'anew'); COMMIT;" \
	    -v collector="$collector" -v anew="$1"
	after=$answer
}

# A file without a name, of which nothing stays when this is killed.
batch=$(mktemp "${TMPDIR:-/tmp}/ruad-feed.XXXXXX")
exec 4<>"$batch"
rm -f "$batch"
batch=/dev/fd/4

# The batch; PostgreSQL has no room for U+0000, of which a JSON text may speak.
lines()
{
	if grep -q '\\u0000' $batch; then
		sed -e ':again' \
		    -e 's/\(\(^\|[^\\]\)\(\\\\\)*\)\\u0000/\1\\ufffd/g' \
		    -e 't again' $batch
	else
		cat $batch
	fi
}

# Its answer is the cursor, or "moved": another has stored something since.
store()
{
	status=0
	answer=$(lines | ask -v collector="$collector" -v after="$after" \
	    -v limit="$limit" -f /dev/fd/3 3<<-'END'
		BEGIN ISOLATION LEVEL READ COMMITTED;
		CREATE TEMP TABLE stage (n bigint GENERATED ALWAYS AS IDENTITY,
		    j jsonb) ON COMMIT DROP;
		-- It lives too short to be compressed.
		ALTER TABLE stage ALTER j SET STORAGE EXTERNAL;
		\copy stage (j) FROM pstdin WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')
		SELECT ruad.apply(:'collector', :'after', :limit);
		COMMIT;
		END
	) || status=$?
	tell $status "store the changes after $after"
}

if [ $action = anew ]; then
	begin true
else
	begin false
fi
moved=0
caught_up=
while :; do
	status=0
	"$ruactl" ${database:+--database="$database"} feed --after="$after" \
	    --limit="$limit" --collector="$collector" >$batch || status=$?
	if [ $status -eq 65 ] && [ "$after" != 0 ]; then
		# Another database, an older one, or one that has forgotten too
		# much: it has said so.  What is here stays until all is here.
		echo "ruad-feed-postgresql: beginning anew; what is stored stays meanwhile" >&2
		begin true
		caught_up=
		continue
	fi
	[ $status -eq 0 ] || exit $status
	if [ ! -s $batch ] && [ -n "$caught_up" ]; then
		[ -n "$follow" ] || exit 0
		sleep "$pause"
		continue
	fi
	store
	if [ "$answer" = moved ]; then
		moved=$((moved + 1))
		[ $moved -lt 5 ] || fail 75 \
		    "another ruad-feed-postgresql is at work for $collector"
		begin false
		continue
	fi
	moved=0
	[ "$answer" != "$after" ] || caught_up=yes
	after=$answer
done
