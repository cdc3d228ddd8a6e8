#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every test that a normal user can run.  "make check" calls this.  Whole
# logs stay in build/check; what failed is shown.  The last line says
# "N passed, N failed"; the exit status is 0 only when none failed.
# check.sh WAY [COUNT]...: the same on a busy or slow machine, see ways.sh.
set -u
[ $# -eq 0 ] || exec "$(dirname "$0")/ways.sh" "$@"
src=${RUAD_SRC:?run make check}
python=${PYTHON:-/usr/bin/python3}
make=${MAKE:-make}
corpus=${CORPUS:-$src/../shared/corpus}
logs=$PWD/build/check
jobs=$(nproc)
unset MAKEFLAGS MFLAGS MAKELEVEL
RUAD_BUILD=$PWD/build/dev
export RUAD_BUILD PYTHONDONTWRITEBYTECODE=1
passed=0
failed=0
mkdir -p "$logs"

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
	set -- $(count "$log" $status)
	passed=$((passed + $1))
	failed=$((failed + $2))
	if [ "$2" -eq 0 ]; then
		printf '%-12s %5d passed  %4d s\n' '' "$1" "$seconds"
		return 0
	fi
	printf '%-12s %5d passed, %d failed  %d s; all of it in %s:\n' \
	    '' "$1" "$2" "$seconds" "build/check/$name.log"
	tail -n 100 "$log" | sed 's/^/    /'
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
	printf '%d passed, %d failed\n' "$passed" "$failed"
	[ "$failed" -eq 0 ] || exit 1
	exit 0
}

# run_unit VARIANT: as many programs at a time as there are cores, and one for
# those that wait; the log is in the order of their names, whichever ends first.
run_unit()
{
	apart=$logs/unit-$1
	rm -rf "$apart"
	mkdir -p "$apart"
	set -- "$1" $(basename -s .c -a "$src"/tests/unit/*.c)
	programs=build/$1/tests/unit
	shift
	printf '%s\n' "$@" | xargs -P $((jobs + 1)) -I '{}' sh -c '
		status=0
		timeout 1800 "$1/$3" >"$2/$3" 2>&1 </dev/null || status=$?
		echo $status >"$2/$3.status"' unit "$programs" "$apart" '{}'
	worst=0
	for name; do
		echo "--- $name"
		cat "$apart/$name"
		status=$(cat "$apart/$name.status")
		[ "$status" = 0 ] || {
			echo "$name: exit status $status"
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
	run_pytest -n $((jobs + 1)) --dist loadfile "$@"
}

# The same ruad with the sanitizers in it, on the way that all mail takes.
run_pytest_asan()
{
	(
		RUAD_BUILD=$PWD/build/asan
		run_pytest "$@"
	)
}

run_corpus()
{
	"$python" "$src/tests/corpus.py" "$corpus"
}

echo "All tests; this takes some minutes.  Whole logs are in build/check."
stage build 'compile everything' $make -j"$jobs" B=dev all unit || finish
stage lint 'the quick half of make lint' "$src/tests/lint.sh" --fast
stage unit 'each module' run_unit dev
if stage build-asan 'compile it with the sanitizers' \
    $make -j"$jobs" B=asan all unit; then
	stage unit-asan 'each module, with the sanitizers' run_unit asan
	stage filing-asan 'mail on its way, with the sanitizers' \
	    run_pytest_asan "$src/tests/system/test_filing.py"
fi
if stage build-fuzz 'compile the fuzzers' \
    $make -j"$jobs" B=fuzz fuzzers; then
	stage fuzz 'a minute of random input' "$src/tests/fuzz/run.sh" 60
	sed -n 's/^.* executions$/    &/p' "$logs/fuzz.log"
fi
[ ! -d "$src/tests/golden" ] ||
    stage golden 'mails, and what must be read in them' \
    run_pytest "$src/tests/golden" "$src/tests/explain"
stage system 'the programs, with servers, systemd and a browser' \
    run_pytest_wide "$src/tests/system"
stage torture 'everything fails once; some points of each kind' \
    run_pytest_wide "$src/tests/torture"
[ ! -e "$src/tests/corpus.py" ] || [ ! -d "$corpus" ] ||
    stage corpus 'real reports' run_corpus
finish
