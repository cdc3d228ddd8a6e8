#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sign.sh [KEY]: sign build/ruad-VERSION.sha256, which has the checksums of all
# that is released, with this key or GnuPG's default one.  The signature is
# detached, build/ruad-VERSION.sha256.asc.  What is not a release is not signed:
# there must be a tag, and the checksums must be right.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
version=$("$src/etc/release/version.sh")
sums=ruad-$version.sha256

git -C "$src" rev-parse -q --verify "v$version^0" >/dev/null || {
	echo "make dist-sign: there is no tag v$version: docs/HACKING says" \
	    'what comes first' >&2
	exit 1
}
cd build
sha256sum --quiet -c "$sums"
rm -f "$sums.asc"
gpg --armor --detach-sign ${1:+--local-user "$1"} --output "$sums.asc" "$sums"
gpg --verify "$sums.asc" "$sums"
