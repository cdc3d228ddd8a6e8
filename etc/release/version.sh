#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Print the version, which is in configure.ac and nowhere else.
set -eu
sed -n 's/^AC_INIT(\[ruad\], \[\([^]]*\)\].*/\1/p' \
    "$(dirname "$0")/../../configure.ac"
