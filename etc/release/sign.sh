#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# sign.sh [KEY]: sign build/ruad-VERSION.sha256, which has the checksums of all
# that is released, with this key or GnuPG's default one.  The signature is
# detached, build/ruad-VERSION.sha256.asc.  What is not a release is not signed:
# there must be a tag, and the checksums must be right.  Users have the public
# key from etc/release/key.asc: what that of the tag does not verify is deleted.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
version=$("$src/etc/release/version.sh")
sums=ruad-$version.sha256

fail()
{
	echo "make dist-sign: $*: docs/HACKING says what comes first" >&2
	exit 1
}

git -C "$src" rev-parse -q --verify "v$version^0" >/dev/null ||
    fail "there is no tag v$version"
key=$(git -C "$src" show "v$version:etc/release/key.asc" 2>/dev/null) ||
    fail "v$version has no etc/release/key.asc"
cd build
sha256sum --quiet -c "$sums"
rm -f "$sums.asc"
ring=$(mktemp)
trap 'rm -f "$ring"' EXIT
echo "$key" | gpg --dearmor >"$ring"
gpg --armor --detach-sign ${1:+--local-user "$1"} --output "$sums.asc" "$sums"
gpgv --keyring "$ring" "$sums.asc" "$sums" || {
	rm -f "$sums.asc"
	fail "etc/release/key.asc of v$version is of another key"
}
