# SPDX-License-Identifier: BSD-2-Clause
# What every ruad-feed-ENGINE does in the same way; "make" puts it into each of
# them in place of @feed@.  Before it these are set:
#   engine   its name
#   needs    the program that asks the engine
#   version  of what --create makes
#   format   the option of ruactl feed for its lines, if any
# and these functions are its own:
#   print_usage
#   own_option WORD VALUE
#                 take an option; false: it is unknown
#   begin_anew    the feed is another one: go on from its beginning
#   store_batch   $batch; sets after to what is stored then
#   end_feed      nothing is after $after; false: look again, at once
ruactl=${RUACTL:-@bindir@/ruactl}
sql=${RUAD_ENGINE_SQL:-@sharedir@/$engine.sql}
collector=$(uname -n)
database=
limit=2000
pause=5
follow=
action=feed

say()
{
	echo "ruad-feed-$engine: $1" >&2
}

# fail EXIT_STATUS SENTENCE
fail()
{
	say "$2"
	exit "$1"
}

is_number()
{
	case $1 in
	'' | 0* | *[!0-9]* | ???????*) return 1 ;;
	esac
}

parse_options()
{
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
			is_number "$value" ||
			    fail 64 '--limit needs a number of changes'
			limit=$value ;;
		--pause=*)
			is_number "$value" ||
			    fail 64 '--pause needs a number of seconds'
			pause=$value ;;
		--help)
			print_usage
			exit 0 ;;
		*)
			own_option "$word" "$value" || {
				print_usage >&2
				fail 64 "there is no option $word"
			} ;;
		esac
	done
	command -v "$needs" >/dev/null ||
	    fail 69 "$needs is missing: install it"
	[ -r "$sql" ] || fail 66 "cannot read $sql: install ruad anew"
}

# open_file FD: a file without a name, of which nothing stays when this is
# killed, but an empty one if that is just before it loses its name.
open_file()
{
	name=$(mktemp "${TMPDIR:-/tmp}/ruad-feed.XXXXXX") ||
	    fail 73 "cannot write into ${TMPDIR:-/tmp}"
	eval "exec $1<>\"\$name\""
	rm -f "$name"
}

open_batch()
{
	open_file 8
	batch=/dev/fd/8
}

# What comes after $after.  False: the feed is another one than what is stored,
# and has said so.
read_batch()
{
	status=0
	"$ruactl" ${database:+--database="$database"} feed $format \
	    --after="$after" --limit="$limit" --collector="$collector" \
	    >$batch || status=$?
	case $status in
	0) return 0 ;;
	65)
		# Another database, an older one, or one that has forgotten too
		# much.  What is here stays until all is here.
		[ "$after" != 0 ] || exit 65
		say 'beginning anew; what is stored stays meanwhile'
		return 1 ;;
	126 | 127)
		fail 69 "cannot run $ruactl: install ruad, or set RUACTL" ;;
	*)
		exit $status ;;
	esac
}

# No engine knows which of two databases is the collector's, and each would undo
# for ever what the other did.
fail_of_two()
{
	fail 64 "two databases have the collector name $collector: give each its own with --collector, and then run ruad-feed-$engine --forget=$collector"
}

# check_version WHAT FOUND: end if what is there belongs to another ruad.
check_version()
{
	case $2 in
	'' | *[!0-9]*)
		fail 78 "$1 has no version: something else made or changed it; remove it, then ruad-feed-$engine --create, and each feed begins anew" ;;
	esac
	if [ "$2" -gt "$version" ]; then
		fail 78 "$1 has version $2, which is newer than this ruad-feed-$engine ($version): upgrade ruad here"
	elif [ "$2" -lt "$version" ] && [ $action != create ]; then
		fail 78 "$1 has version $2, not $version: ruad-feed-$engine --create brings it there"
	fi
}

# Bring one batch after the other into the engine.
feed_engine()
{
	while :; do
		read_batch || {
			begin_anew
			continue
		}
		if [ -s $batch ]; then
			store_batch
		else
			end_feed || continue
			[ -n "$follow" ] || exit 0
			sleep "$pause"
		fi
	done
}
