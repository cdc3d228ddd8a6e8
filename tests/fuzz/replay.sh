#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# replay.sh VARIANT: what the harnesses start from, and some changes of it, see
# replay.c.  "make check" calls this, because it is quick; "make fuzz" is what
# looks for more.
set -u
src=${RUAD_SRC:?run make check}
. "$(dirname "$0")/harness.sh"
programs=$PWD/build/${1:?of what variant?}/tests/fuzz
out=$PWD/build/check/replay
rm -rf "$out"
"$python" "$here/seeds.py" "$src" "$out" || exit 1

bad=0
for harness in $harnesses; do
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
