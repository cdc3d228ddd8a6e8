#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ways.sh WAY [COUNT]...: all tests, on a machine that is not ours alone.
#
#   alone      as "make check" does it
#   busy       beside four busy loops
#   quota      in a cgroup that gets 40 % of one core
#   one-core   on one core
#
# "tests/check.sh WAY" and "make check-ways" call this.  It prints a table; the
# exit status is 0 only when everything could be run and none failed.
set -u
src=${RUAD_SRC:-$(cd "$(dirname "$0")/.." && pwd)}
PYTHON=${PYTHON:-/usr/bin/python3}
RUAD_SRC=$src
export RUAD_SRC PYTHON
logs=$PWD/build/check
table=$logs/ways
loops=
group=
bad=0

usage()
{
	sed -n '3,8s/^# \{0,1\}//p' "$0" >&2
	exit 64
}

cleanup()
{
	for pid in $loops; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	loops=
	[ -n "$group" ] || return 0
	# What has just ended may take a moment to leave.
	tries=0
	until rmdir "$group" 2>/dev/null; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ]; then
			echo "ways: cannot remove $group" >&2
			break
		fi
		sleep 0.1
	done
	group=
}

# They end with this script, however it ends.
start_loops()
{
	for _ in 1 2 3 4; do
		sh -c 'while kill -0 "$1" 2>/dev/null; do
			i=0
			while [ $i -lt 100000 ]; do i=$((i + 1)); done
		done' busy $$ &
		loops="$loops $!"
	done
}

# make_group: a cgroup of either version with the quota; or says why not.
make_group()
{
	name=ruad-check-$$
	v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ { print $2; exit }' \
	    /proc/self/mounts)
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	if [ -n "$v1" ]; then
		why=$(mkdir "$v1/$name" 2>&1) || return 1
		group=$v1/$name
		why=$(echo 100000 2>&1 >"$group/cpu.cfs_period_us" &&
		    echo 40000 2>&1 >"$group/cpu.cfs_quota_us") || return 1
	elif [ -n "$v2" ] && grep -qw cpu "$v2/cgroup.controllers"; then
		why=$(echo +cpu 2>&1 >"$v2/cgroup.subtree_control") || return 1
		why=$(mkdir "$v2/$name" 2>&1) || return 1
		group=$v2/$name
		why=$(echo '40000 100000' 2>&1 >"$group/cpu.max") || return 1
	else
		why='no cgroup hierarchy with the cpu controller is mounted'
		return 1
	fi
}

# run_way WAY NUMBER
run_way()
{
	log=$logs/way-$1-$2.log
	if [ "$1" = quota ] && ! make_group; then
		printf '%-9s %3d  not run: %s\n' "$1" "$2" "$why" >>"$table"
		cleanup
		bad=1
		return
	fi
	[ "$1" != busy ] || start_loops
	echo "== $1, number $2: all tests; what they say is in $log too"
	start=$(date +%s)
	{
		case $1 in
		quota)
			sh -c 'echo $$ >"$1/cgroup.procs" && exec "$2"' \
			    quota "$group" "$check" ;;
		one-core)
			taskset -c 0 "$check" ;;
		*)
			"$check" ;;
		esac
	} 2>&1 </dev/null | tee "$log"
	cleanup
	said=$(sed -n \
	    's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
	passed=${said% *}
	failed=${said#* }
	[ "${failed:-1}" = 0 ] || bad=1
	printf '%-9s %3d %7s %7s %8d\n' "$1" "$2" "${passed:--}" "${failed:--}" \
	    $(($(date +%s) - start)) >>"$table"
}

[ $# -gt 0 ] || usage
for word; do
	case $word in
	alone | busy | quota | one-core | [1-9] | [1-9][0-9]) ;;
	*) usage ;;
	esac
done
mkdir -p "$logs"
printf '%-9s %3s %7s %7s %8s\n' way run passed failed seconds >"$table"
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
check=${CHECK:-$src/tests/check.sh}     # another one, to try this script
while [ $# -gt 0 ]; do
	way=$1
	count=1
	shift
	case $way in
	[0-9]*) usage ;;
	esac
	case ${1-} in
	[0-9]*)
		count=$1
		shift ;;
	esac
	number=1
	while [ "$number" -le "$count" ]; do
		run_way "$way" "$number"
		number=$((number + 1))
	done
done
cat "$table"
exit $bad
