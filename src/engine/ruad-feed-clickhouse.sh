#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Bring the feed of a collector into ClickHouse, see ruad-feed(8).  There are no
# transactions: what is written first is not counted before what is written
# last, so this may be killed at any time, and a batch that was not stored to
# its end is stored anew, see clickhouse_tables.sql.
set -eu
export LC_ALL=C
engine=clickhouse
needs=clickhouse-client
format=--flat
version=1
config=${RUAD_CLICKHOUSE_CONFIG:-}
cluster=
quorum=
@feed@

print_usage()
{
	cat <<-END
		usage: ruad-feed-clickhouse [--follow] [--anew] [--collector=NAME]
		           [--database=FILE] [--limit=N] [--pause=SECONDS]
		           [--quorum=N] [--config=FILE]
		       ruad-feed-clickhouse --create | --print-sql [--cluster=NAME]
		           [--config=FILE]
		       ruad-feed-clickhouse --clean [--config=FILE]
		       ruad-feed-clickhouse --forget=NAME [--config=FILE]
	END
}

# Names of collectors and clusters are written into SQL, and a table's, which is
# a file's, has each byte of a collector's in two digits.
is_name()
{
	case $1 in
	'' | *[!A-Za-z0-9._-]*) return 1 ;;
	esac
	[ ${#1} -le 100 ]
}

own_option()
{
	case $1 in
	--config=?*) config=$2 ;;
	--cluster=?*) cluster=$2 ;;
	--quorum=[0-9]) quorum=$2 ;;
	--quorum=*) fail 64 '--quorum needs a number, 0 to 9' ;;
	*) return 1 ;;
	esac
}

parse_options "$@"
is_name "$collector" || fail 64 \
    'the name of a collector has letters, digits, dots, dashes and underscores, at most 100'
[ -z "$cluster" ] || is_name "$cluster" || fail 64 \
    'the name of a cluster has letters, digits, dots, dashes and underscores, at most 100'
[ -z "$config" ] || [ -r "$config" ] || fail 66 "cannot read $config"

# Distributed writes are done when they are told to be done.  Whether a block of
# rows was there before is for clickhouse_tables.sql to know.
ask()
{
	clickhouse-client ${config:+--config-file="$config"} \
	    --insert_distributed_sync=1 --insert_deduplicate=0 \
	    --input_format_skip_unknown_fields=1 "$@" 2>$said
}

# complain STATUS SENTENCE: end, with what the server said, or the client, in a
# few lines at most.
complain()
{
	only=Exception:
	grep -q "$only" $said || only=.
	sed -n "/$only/{s/^/    /;p;}" $said | cut -c 1-400 |
	    head -n 4 >&2
	# Users, their passwords, networks, databases, and readonly.
	! grep -q 'Code: \(164\|19[2-5]\|291\)[.,]' $said || fail 77 \
	    'ClickHouse does not let this user do it: see --config, and users.xml of the server'
	# Tables and columns.
	! grep -q 'Code: \(16\|47\|60\)[.,]' $said || fail 78 \
	    'the tables of the database ruad are not those of this ruad: --create adds a table, but no column; DROP DATABASE ruad, then --create, and each feed begins anew'
	fail "$1" "$2"
}

# run WHAT SQL [OPTION...]: its answer is in answer.
run()
{
	what=$1
	text=$2
	shift 2
	answer=$(ask "$@" -n -q "$text") ||
	    complain 75 "cannot $what; try again later"
}

# The text of SQL files for one server, or for a cluster.
print_sql()
{
	if [ -z "$cluster" ]; then
		set -- -e '/^@MANY@/d' -e 's/^@ONE@//' \
		    -e 's/ @ON_CLUSTER@//' -e 's/@\(SHARD\|ALL\) [a-z_]*@//'
	else
		set -- -e '/^@ONE@/d' -e 's/^@MANY@//' \
		    -e "s/@ON_CLUSTER@/ON CLUSTER '$cluster'/" \
		    -e "s/@CLUSTER@/'$cluster'/" \
		    -e "s|@SHARD \([a-z_]*\)@\([A-Za-z]*\)(|Replicated\2('/ruad/{shard}/\1', '{replica}', |" \
		    -e "s|@ALL \([a-z_]*\)@\([A-Za-z]*\)(|Replicated\2('/ruad/all/\1', '{shard}-{replica}', |"
	fi
	sed -e '/@EACH_BATCH@/,$d' "$@" "$sql"
}

open_batch
open_file 9
said=/dev/fd/9
if [ $action = print ]; then
	print_sql
	exit
fi

# No version: --create did not come to its end, or did not begin.
run 'look for the database ruad' "SELECT name FROM system.tables
	WHERE database = 'ruad' AND (match(name, '^version_[0-9]{1,6}$')
	OR name = 'record_spread') ORDER BY name"
case $action:$answer in
*:*version_*) check_version 'the database ruad' "${answer##*version_}" ;;
create:*) ;;
*) fail 78 'no database ruad: make it with ruad-feed-clickhouse --create' ;;
esac
if [ $action = create ]; then
	print_sql >$batch
	ask -n <$batch >/dev/null ||
	    complain 70 'cannot create the database ruad'
	exit 0
fi
case $answer in
record_spread*) records=record_spread quorum=${quorum:-2} ;;
*) records=record_row quorum=0 ;;
esac

# What is stored of the feed: generation, floor and after.
where="SELECT generation, floor, cursor FROM ruad.cursor_row
	WHERE collector = '$collector'
	ORDER BY generation DESC, floor DESC, seq DESC LIMIT 1"
take()
{
	if [ -n "$answer" ]; then
		IFS='	' read -r generation floor after <<-END
			$answer
		END
	else
		generation=1 floor=0 after=0
	fi
}

begin()
{
	run "see how far $collector is" "$where"
	take
}

# set_cursor WHAT GENERATION FLOOR SEQ CURSOR
set_cursor()
{
	run "$1" "INSERT INTO ruad.cursor_row (collector, generation, floor, seq,
		cursor, batch) VALUES ('$collector', $2, $3, $4, '$5', 0)" \
	    --insert_quorum="$quorum"
}

begin_anew()
{
	set_cursor "begin the feed of $collector anew" $((generation + 1)) \
	    "$floor" 0 0
	begin
}

# All of this generation is here: forget what older ones had.
end_feed()
{
	[ "$floor" != "$generation" ] || return 0
	seq=${after#*.}
	seq=${seq%%.*}
	set_cursor "forget what $collector had before" "$generation" \
	    "$generation" "$seq" "$after"
	begin
}

case $action in
forget)
	begin
	[ -n "$answer" ] || fail 66 "there is nothing of $collector"
	floor=$((generation + 1))
	set_cursor "forget $collector" $floor $floor 0 0
	# What comes next has a row of its own: this one tells where it ended.
	set_cursor "forget $collector" $((floor + 1)) $floor 0 0
	exit 0 ;;
clean)
	on_cluster=
	if [ $records = record_spread ]; then
		run 'see what the cluster is' "SELECT extract(engine_full,
			'[(][^A-Za-z0-9._-]?([A-Za-z0-9._-]+)')
			FROM system.tables WHERE database = 'ruad'
			AND name = 'record_spread'"
		on_cluster="ON CLUSTER '$answer'"
	fi
	for table in record_row tls_policy_row tls_failure_row; do
		head=report_row
		[ $table = record_row ] || head=tls_row
		run 'remove what nobody counts' "
			ALTER TABLE ruad.$table $on_cluster DELETE
			WHERE written < now() - 86400 AND (batch, seq) NOT IN
			(SELECT batch, seq FROM ruad.$head)"
	done
	exit 0 ;;
esac

mine=stage_$(printf '%s' "$collector" | od -An -v -tx1 | tr -d ' \n')

# Store what is in $batch.  Each attempt has a number of its own.
store()
{
	number=$(od -An -N8 -tu8 /dev/urandom | tr -d ' ')
	stage=${mine}_$number
	ask -n -q "CREATE TABLE ruad.$stage AS ruad.stage_row ENGINE = Memory;
		INSERT INTO ruad.$stage FORMAT JSONEachRow" <$batch ||
	    return 1
	answer=$({
		sed -e '1,/@EACH_BATCH@/d; s/@STAGE@/'$stage'/g' \
		    -e "s/@BATCH@/toUInt64($number)/g; s/@RECORDS@/$records/" \
		    -e "s/@GENERATION@/toUInt64($generation)/g" \
		    -e "s/@FLOOR@/toUInt64($floor)/" "$sql"
		echo "DROP TABLE ruad.$stage; $where"
	} | ask -n --insert_quorum="$quorum")
}

# Take its answer; whether it has brought the feed further.
is_further()
{
	before=$generation.$after
	take
	[ "$generation.$after" != "$before" ]
}

# What attempts have left that were killed.
drop_stages()
{
	run 'look for what was left' "SELECT concat('DROP TABLE IF EXISTS ruad.',
		name, ';') FROM system.tables WHERE database = 'ruad'
		AND name LIKE '${mine}\\_%'"
	[ -z "$answer" ] || run 'remove what was left' "$answer"
}

# A database that comes back after another had its place is not one that was
# restored, which keeps its epoch: two machines have the same name, and each
# would undo for ever what the other did.
check_epoch()
{
	new=$(sed -n '1s/.*"epoch":"\([0-9a-f]*\)","seq".*/\1/p' $batch)
	run "see what databases $collector had" "
		SELECT substring(cursor, 1, 16) AS epoch FROM ruad.cursor_row
		WHERE collector = '$collector' AND cursor != '0'
		AND generation > (SELECT max(generation) FROM ruad.cursor_row
			WHERE collector = '$collector' AND cursor = '0'
			AND floor = generation)
		ORDER BY generation DESC, seq DESC LIMIT 1 BY epoch"
	case $answer in
	'' | "$new"*) ;;
	*"$new"*) fail_of_two ;;
	esac
}

tries=0
store_batch()
{
	[ "$after" != 0 ] || check_epoch
	if store && is_further; then
		tries=0
	elif [ $tries -lt 4 ]; then
		# Another consumer was writing, or a server is away.
		tries=$((tries + 1))
		sleep $tries
		drop_stages
		begin
	else
		complain 75 "cannot store the changes after $after; try again later"
	fi
}

begin
[ $action != anew ] || begin_anew
drop_stages
feed_engine
