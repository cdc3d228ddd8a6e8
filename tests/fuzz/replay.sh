#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# replay.sh VARIANT: what the harnesses start from, and some changes of it, see
# replay.c.  "make check" calls this, because it is quick; "make fuzz" is what
# looks for more.
set -u
src=${RUAD_SRC:?run make check}
python=${PYTHON:-/usr/bin/python3}
here=$(dirname "$0")
programs=$PWD/build/${1:?of what variant?}/tests/fuzz
out=$PWD/build/check/replay
rm -rf "$out"
"$python" "$here/seeds.py" "$src" "$out" || exit 1

# As under the limits of ruad-parse: what asks for too much memory gets none.
ASAN_OPTIONS=max_allocation_size_mb=192:allocator_may_return_null=1
ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=32
UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS

bad=0
for harness in $(basename -s .c -a "$here"/*.c | grep -vx replay); do
	status=0
	find "$out/$harness" -type f -exec "$programs/$harness" '{}' + \
	    2>"$out/log" || status=$?
	n=$(grep -c "^$out" "$out/log")
	printf '%-12s %5d inputs\n' "$harness" "$n"
	[ "$status" -ne 0 ] || [ "$n" -eq 0 ] || continue
	echo "$harness: exit status $status, at the last of these files:"
	tail -n 40 "$out/log" | sed 's/^/    /'
	bad=1
done
exit $bad
