#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bring the feed of a collector into PostgreSQL, see ruad-feed(8).  A batch is
# one transaction: its rows, and the cursor after it.  So it may be killed at
# any time, and whoever comes next goes on where the last batch ended.
set -eu
export LC_ALL=C PGCLIENTENCODING=UTF8 PGAPPNAME=ruad-feed-postgresql
engine=postgresql
needs=psql
format=
version=1
@feed@

print_usage()
{
	cat <<-END
		usage: ruad-feed-postgresql [--follow] [--anew] [--collector=NAME]
		           [--database=FILE] [--limit=N] [--pause=SECONDS]
		       ruad-feed-postgresql --create | --print-sql | --clean
		       ruad-feed-postgresql --forget=NAME
	END
}

own_option()
{
	return 1
}

# Who is cut off is noticed in minutes; else the kernel would wait two hours.
kept='keepalives_idle=60 keepalives_interval=20 keepalives_count=6 tcp_user_timeout=180000'

# Nothing of the user's own settings, and only what is asked for.
ask()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$kept" "$@"
}

# tell STATUS WHAT: end if psql failed, with 75 where another attempt may help.
tell()
{
	case $1 in
	0) ;;
	2)
		# It may answer again by now.
		! pg_isready -q || ask -c SELECT || fail 77 \
		    'PostgreSQL does not let this user into this database: see PGUSER, PGDATABASE, the password and pg_hba.conf'
		fail 75 'PostgreSQL cannot be reached; try again later' ;;
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

# Whether the schema is there and may be written: its version.
check_schema()
{
	run 'look for the schema ruad' "
		SELECT count(*) = 0 AS none,
		    bool_and(pg_has_role(nspowner, 'USAGE')) AS own,
		    has_database_privilege(current_database(), 'CREATE') AS may
		FROM pg_namespace WHERE nspname = 'ruad' \\gset
		\\if :none
		    SELECT CASE WHEN :'may' THEN 'none'
		        ELSE 'database ' || current_database() END;
		\\elif :own
		    SELECT to_regclass('ruad.meta') IS NULL AS none \\gset
		    \\if :none
		        \\echo none
		    \\else
		        SELECT value FROM ruad.meta WHERE key = 'version';
		    \\endif
		\\else
		    SELECT 'schema ' || pg_get_userbyid(nspowner)
		    FROM pg_namespace WHERE nspname = 'ruad';
		\\endif"
	case $action:$answer in
	*:schema*)
		fail 77 "the schema ruad belongs to ${answer#* }, and only its owner may write there: connect as ${answer#* }, or have that role granted" ;;
	create:database*)
		fail 77 "this user may not make a schema here: GRANT CREATE ON DATABASE ${answer#* }, as its owner" ;;
	create:none) ;;
	*:none | *:database*)
		fail 78 'no schema ruad: make it with ruad-feed-postgresql --create' ;;
	*)
		check_version 'the schema ruad' "$answer" ;;
	esac
}

parse_options "$@"
[ $action != print ] || exec cat "$sql"
check_schema
case $action in
create)
	status=0
	ask -1 -f "$sql" >/dev/null || status=$?
	tell $status 'create the schema ruad'
	exit 0 ;;
clean)
	run 'remove what is not used' 'SELECT ruad.clean();'
	exit 0 ;;
forget)
	run "look for $collector" \
	    "SELECT count(*) FROM ruad.collector WHERE name = :'collector';" \
	    -v collector="$collector"
	[ "$answer" != 0 ] || fail 66 "there is nothing of $collector"
	run "forget $collector" \
	    "BEGIN; SELECT ruad.forget_collector(:'collector'); COMMIT;" \
	    -v collector="$collector"
	exit 0 ;;
esac

# begin ANEW: to go on where the last batch ended, or from the beginning.
begin()
{
	run "begin the feed of $collector" \
	    "BEGIN; SELECT ruad.begin_feed(:'collector', :'anew'); COMMIT;" \
	    -v collector="$collector" -v anew="$1"
	after=$answer
}

# PostgreSQL has no room for U+0000, of which a JSON text may speak.
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

# Its answer is the cursor, "moved": another has stored something since, or
# "two": this is the database of another collector.
apply()
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

moved=0
caught_up=
store_batch()
{
	apply
	case $answer in
	moved)
		moved=$((moved + 1))
		[ $moved -lt 5 ] || fail 75 \
		    "another ruad-feed-postgresql is at work for $collector"
		begin false
		return ;;
	two)
		fail_of_two ;;
	"$after")
		caught_up=yes ;;
	esac
	moved=0
	after=$answer
}

# That nothing is left is stored once, too.
end_feed()
{
	[ -n "$caught_up" ] || store_batch
	[ -n "$caught_up" ]
}

begin_anew()
{
	begin true
	caught_up=
}

open_batch
if [ $action = anew ]; then
	begin true
else
	begin false
fi
feed_engine
