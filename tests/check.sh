#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every test that a normal user can run.  "make check" calls this.  Whole
# logs stay in build/check; what failed is shown.  The last line says
# "N passed, N failed"; the exit status is 0 only when none failed.
# check.sh WAY [COUNT]...: the same on a busy or slow machine, see ways.sh.
# check.sh stage NAME: one stage of it.
# check.sh only NAME...: compile, and run these stages.
set -u
case ${1-} in
'' | stage | only) ;;
*) exec "$(dirname "$0")/ways.sh" "$@" ;;
esac
src=${RUAD_SRC:?run make check}
python=${PYTHON:-/usr/bin/python3}
make=${MAKE:-make}
corpus=${CORPUS:-$src/../shared/corpus}
logs=$PWD/build/check
unset MAKEFLAGS MFLAGS MAKELEVEL
RUAD_BUILD=$PWD/build/dev
# What Python has compiled is kept for this run, away from the sources.
unset PYTHONDONTWRITEBYTECODE
PYTHONPYCACHEPREFIX=$logs/python
# The sanitizer would keep 256 MB of freed memory, and touch a new page for
# nearly everything; 8 MB find what is used soon after.  The fuzzers have their
# own, see tests/fuzz/harness.sh.
ASAN_OPTIONS=quarantine_size_mb=8${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export RUAD_BUILD PYTHONPYCACHEPREFIX ASAN_OPTIONS

# What nproc says, or less where a control group limits the time.
cores()
{
	n=$(nproc)
	sed 's/^[0-9]*://' /proc/self/cgroup | while IFS=: read -r kind path; do
		case ,$kind, in
		,,) cat "/sys/fs/cgroup$path/cpu.max" ;;
		*,cpu,*) paste -d ' ' "/sys/fs/cgroup/cpu$path/cpu.cfs_quota_us" \
		    "/sys/fs/cgroup/cpu$path/cpu.cfs_period_us" ;;
		esac
	done 2>/dev/null | awk -v n="$n" '
	/^[0-9]+ [0-9]+$/ && n > $1 / $2 { n = $1 / $2 }
	END { print int(n) + (n > int(n)) }'
}
jobs=$(cores)
used=0 # seconds of CPU, of earlier stages in this shell

# See tests/system/longform.py.
[ -n "${RUAD_LONG-}" ] || export RUAD_SHORT=1

# stage NAME WHAT COMMAND...: say what it is, run it, count its tests, show it
# if it fails.
stage()
{
	name=$1
	log=$logs/$name.log
	printf '%-12s %s ...\n' "$name" "$2"
	shift 2
	start=$(date +%s)
	status=0
	"$@" >"$log" 2>&1 </dev/null || status=$?
	seconds=$(($(date +%s) - start))
	# CPU of this shell and of all that was waited for; $(times) would be that
	# of a subshell.
	times >"$log.times"
	cpu=$(tr ms '  ' <"$log.times" | awk -v before="$used" '
	    { now += 60 * ($1 + $3) + $2 + $4 }
	    END { printf "%d", now - before }')
	used=$((used + cpu))
	rm "$log.times"
	set -- $(count "$log" $status)
	echo "$name $1 $2" >>"$logs/counts"
	if [ "$2" -eq 0 ]; then
		printf '%-12s %5d passed  %4d s, %d s of CPU\n' \
		    "$name" "$1" "$seconds" "$cpu"
		return 0
	fi
	printf '%-12s %5d passed, %d failed  %d s, %d s of CPU; all in %s:\n%s\n' \
	    "$name" "$1" "$2" "$seconds" "$cpu" "build/check/$name.log" \
	    "$(tail -n 100 "$log" | sed 's/^/    /')"
	return 1
}

# Tests that passed and failed, by what cmocka and pytest say; a command that
# says nothing of the kind is one test.
count()
{
	awk -v status="$2" '
	/^\[  PASSED  \] [0-9]+ test/ { passed += $4; counted = 1 }
	/^\[  FAILED  \] [0-9]+ test/ { failed += $4; counted = 1 }
	/^=+ .* in [0-9.]+s.* =+$/ || /^[0-9]+ (passed|failed).* in [0-9.]+s/ {
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^passed/) passed += $(i - 1)
			if ($i ~ /^(failed|errors?)/) failed += $(i - 1)
		}
		counted = 1
	}
	END {
		if (!counted && status == 0)
			passed = 1
		if (status != 0 && failed == 0)
			failed = 1
		print passed + 0, failed + 0
	}' "$1"
}

finish()
{
	awk '{ passed += $2; failed += $3 }
	END {
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0
	}' "$logs/counts"
	exit
}

# run_unit VARIANT: as many programs at a time as there are cores, and one for
# those that wait; the log is in the order of their names, but what failed is at
# its end, where it is seen.
run_unit()
{
	apart=$logs/unit-$1
	rm -rf "$apart"
	mkdir -p "$apart"
	# Where ruad-web is not built, its tests are not either.
	grep -q '^WEB = yes' config.mk && without='^$' || without='^web_'
	set -- "$1" $(basename -s .c -a "$src"/tests/unit/*.c |
	    grep -v "$without")
	programs=build/$1/tests/unit
	shift
	printf '%s\n' "$@" | xargs -P $((jobs + 1)) -I '{}' sh -c '
		status=0
		timeout 1800 "$1/$3" >"$2/$3" 2>&1 </dev/null || status=$?
		echo $status >"$2/$3.status"' unit "$programs" "$apart" '{}'
	worst=0
	for program; do
		[ "$(cat "$apart/$program.status")" != 0 ] || {
			echo "--- $program"
			cat "$apart/$program"
		}
	done
	for program; do
		status=$(cat "$apart/$program.status")
		[ "$status" = 0 ] || {
			echo "--- $program"
			cat "$apart/$program"
			echo "$program: exit status $status"
			worst=1
		}
	done
	return $worst
}

run_pytest()
{
	"$python" -m pytest -q -p no:cacheprovider --color=no -ra "$@"
}

# Most of these tests wait for something, so that more than there are cores can
# run at once; each file is one process's.
run_pytest_wide()
{
	wide=$1
	shift
	# Else each of them would compile all tests.
	run_pytest --collect-only -q "$@" >/dev/null 2>&1
	run_pytest -n "$wide" --dist loadfile "$@"
}

# As it is packaged, see etc/debian/rules.
run_pytest_release()
{
	(
		RUAD_BUILD=$PWD/build/release
		run_pytest "$@"
	)
}

# The same ruad with the sanitizers in it, on the way that all mail takes.
run_pytest_asan()
{
	(
		RUAD_BUILD=$PWD/build/asan
		run_pytest "$@"
	)
}

# What is one after the other, because it needs the one before.
stages_of()
{
	for one; do
		case $one in
		asan) echo build-asan unit-asan replay filing-asan same ;;
		fuzz) echo build-fuzz fuzz ;;
		*) echo "$one" ;;
		esac
	done
}

run_stage()
{
	case $1 in
	asan)
		stage build-asan 'compile it with the sanitizers' \
		    $make -j"$jobs" B=asan all unit fuzzers || return
		run_stage unit-asan
		run_stage replay
		run_stage filing-asan
		run_stage same ;;
	replay)
		stage $1 'what the fuzzers start from, with the sanitizers' \
		    "$src/tests/fuzz/replay.sh" asan ;;
	fuzz)
		stage build-fuzz 'compile the fuzzers' \
		    $make -j"$jobs" B=fuzz fuzzers || return
		stage $1 'a minute of random input' \
		    "$src/tests/fuzz/run.sh" 60 || return
		sed -n 's/^.* executions$/    &/p' "$logs/fuzz.log" ;;
	lint)
		stage $1 'the quick half of make lint' \
		    "$src/tests/lint.sh" --fast ;;
	unit)
		stage $1 'each module' run_unit dev ;;
	unit-asan)
		stage $1 'each module, with the sanitizers' run_unit asan ;;
	unit-release)
		stage $1 'each module, as it is packaged' run_unit release ;;
	golden-release)
		stage $1 'messages, and what must be read in them, as packaged' \
		    run_pytest_release "$src/tests/golden" ;;
	filing-asan)
		stage $1 'mail on its way, with the sanitizers' \
		    run_pytest_asan "$src/tests/system/test_filing.py" ;;
	same)
		stage $1 'the same, whatever the place and the compiler' \
		    run_pytest "$src/tests/system/test_same.py" ;;
	golden)
		stage $1 'mails, and what must be read in them' \
		    run_pytest "$src/tests/golden" "$src/tests/explain" ;;
	system)
		stage $1 'the programs, with servers, systemd and a browser' \
		    run_pytest_wide $((3 * jobs)) "$src/tests/system" \
		    --ignore "$src/tests/system/test_same.py" \
		    ${RUAD_ELSEWHERE:+--ignore "$src/tests/system/$RUAD_ELSEWHERE"} ;;
	engine)
		stage $1 'engines beside the databases of two collectors' \
		    run_pytest "$src/tests/engine" ;;
	torture)
		stage $1 'everything fails once; some points of each kind' \
		    run_pytest_wide $((jobs + 1)) "$src/tests/torture" ;;
	corpus)
		stage $1 'real reports' "$python" "$src/tests/corpus.py" "$corpus" ;;
	*)
		echo "check: no stage $1" >&2
		exit 64 ;;
	esac
}

mkdir -p "$logs"
if [ "${1-}" = stage ]; then
	run_stage "${2:?of what name?}"
	exit
fi
rm -f "$logs/counts"
if [ "${1-}" = only ]; then
	shift
	stage build 'compile everything' $make -j"$jobs" B=dev all unit || finish
	for name; do
		"$0" stage "$name"
	done
	finish
fi
echo "All tests; this takes some minutes.  Whole logs are in build/check."
set -- system asan engine torture golden lint
if [ -n "${RUAD_LONG-}" ]; then
	unset RUAD_ELSEWHERE
	set -- "$@" unit
else
	export RUAD_ELSEWHERE=test_filing.py # in the stage filing-asan
fi
[ ! -d "$corpus" ] || set -- "$@" corpus
stage build 'compile everything' $make -j"$jobs" B=dev \
    all ${RUAD_LONG:+unit} || finish
# The system tests wait more than they compute, and many of the other stages are
# one process: so many are run beside them, those that last longest first.
printf '%s\n' "$@" | xargs -P $((jobs + 1)) -n 1 "$0" stage
# By the clock, so that nothing may run beside it.
[ -z "${RUAD_LONG-}" ] || {
	"$0" stage fuzz
	set -- "$@" fuzz
}
for name in $(stages_of "$@"); do
	grep -q "^$name " "$logs/counts" || {
		echo "$name: it did not end"
		echo "$name 0 1" >>"$logs/counts"
	}
done
finish
