#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh SECONDS [HARNESS...]: let the harnesses of tests/fuzz look for
# findings, SECONDS in all, as many at a time as there are processors.  What
# was worth keeping stays in build/fuzz/corpus; findings are in
# build/fuzz/found.  "make fuzz" calls this.
set -u
src=${RUAD_SRC:?run make fuzz}
seconds=${1:-60}
[ $# -eq 0 ] || shift
. "$(dirname "$0")/harness.sh"
out=$PWD/build/fuzz
jobs=${JOBS:-$(nproc)}
[ $# -gt 0 ] || set -- $harnesses
each=$((seconds / $#))
[ "$each" -gt 0 ] || each=1
mkdir -p "$out/found" "$out/log"
"$python" "$here/seeds.py" "$src" "$out/seeds" || exit 1

# run_one HARNESS SECONDS
run_one()
{
	mkdir -p "$out/corpus/$1" "$out/seeds/$1"
	dict=
	[ ! -e "$here/$1.dict" ] || dict=-dict=$here/$1.dict
	status=0
	"$out/tests/fuzz/$1" -max_total_time="$2" -timeout=60 -max_len=16384 \
	    -rss_limit_mb=512 -malloc_limit_mb=4096 -print_final_stats=1 \
	    $dict -artifact_prefix="$out/found/$1-" "$out/corpus/$1" \
	    "$out/seeds/$1" >"$out/log/$1" 2>&1 || status=$?
	ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/log/$1")
	printf '%-10s %9d executions\n' "$1" "${ran:-0}"
	[ "$status" -ne 0 ] || [ -z "$ran" ] || return 0
	echo "$1: exit status $status; all of it in build/fuzz/log/$1:"
	grep -E 'not so|ERROR|SUMMARY|runtime error|Test unit' "$out/log/$1" |
	    head -n 20 | sed 's/^/    /'
	return 1
}

# One process a processor takes every harness that is its turn.
run_some()
{
	turn=$1
	bad=0
	shift
	n=0
	for harness; do
		[ $((n % jobs)) -ne "$turn" ] || run_one "$harness" "$each" ||
		    bad=1
		n=$((n + 1))
	done
	return $bad
}

pids=
turn=0
while [ "$turn" -lt "$jobs" ]; do
	run_some "$turn" "$@" &
	pids="$pids $!"
	turn=$((turn + 1))
done
bad=0
for pid in $pids; do
	wait "$pid" || bad=1
done
exit $bad
