# SPDX-License-Identifier: BSD-2-Clause
# What run.sh and replay.sh have in common; they read it by ".".
python=${PYTHON:-/usr/bin/python3}
here=$(dirname "$0")
harnesses=$(basename -s .c -a "$here"/*.c | grep -vx replay)

# As under the limits of ruad-parse: what asks for too much memory gets none.
ASAN_OPTIONS=max_allocation_size_mb=192:allocator_may_return_null=1
ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=32
UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS
