#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every point of every fault: run.sh SECONDS [PYTEST ARGUMENT...].  Each test
# may take so many seconds; "make torture" calls this.
set -eu
src=${RUAD_SRC:?run make torture}
TORTURE_SECONDS=$1
shift
TORTURE_FIGURES=$PWD/build/torture/figures
RUAD_BUILD=$PWD/build/dev
export TORTURE_SECONDS TORTURE_FIGURES RUAD_BUILD PYTHONDONTWRITEBYTECODE=1
mkdir -p build/torture
: >"$TORTURE_FIGURES"
status=0
"${PYTHON:-/usr/bin/python3}" -m pytest -q -p no:cacheprovider --color=no -ra \
    "$src/tests/torture" "$@" || status=$?
cat "$TORTURE_FIGURES"
exit $status
