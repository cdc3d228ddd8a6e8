#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make dist: what is released, below build/:
#   ruad-VERSION.tar.gz		the source, with a configure script
#   ruad-VERSION.spdx.json	the libraries that it is built with (sbom.sh)
#   ruad-VERSION.sha256		the checksums of both, which is what is signed
# Of the tag of this version, or, if there is none yet, of HEAD.  The same
# commit gives the same tarball, whenever and wherever this runs, as long as it
# is the same autoconf.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
out=$PWD/build
umask 022

fail()
{
	echo "make dist: $*" >&2
	exit 1
}

git -C "$src" rev-parse -q --verify HEAD^0 >/dev/null 2>&1 ||
    fail "this is not a clone of the repository, of which it makes an archive"
command -v autoconf >/dev/null || fail 'autoconf is missing: run "make deps"'

version=$("$src/etc/release/version.sh")
revision=v$version
git -C "$src" rev-parse -q --verify "$revision^0" >/dev/null || revision=HEAD
name=ruad-$version
seconds=$(git -C "$src" log -1 --format=%ct "$revision")

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$src" -c tar.umask=0022 archive --prefix="$name/" "$revision" | tar -x -C "$work"
cd "$work/$name"
[ "$(etc/release/version.sh)" = "$version" ] ||
    fail "$revision is not version $version: configure.ac says" \
        "$(etc/release/version.sh)"
autoconf
rm -rf autom4te.cache
cd ..
tar --sort=name --mtime="@$seconds" --owner=0 --group=0 --numeric-owner \
    --format=gnu -cf - "$name" | gzip -9n >"$out/$name.tar.gz"

cd "$out"
"$work/$name/etc/release/sbom.sh" "$name.tar.gz" "$seconds" >"$name.spdx.json"
sha256sum "$name.tar.gz" "$name.spdx.json" >"$name.sha256"
schema=$(sed -n 's/^#define SCHEMA_VERSION //p' \
    "$work/$name/src/store/schema.h")
echo "build/$name.tar.gz: $revision, database schema $schema"
