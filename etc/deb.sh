#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# deb.sh: build the Debian packages of this tree, in build/deb.  "make deb" calls
# it, when what etc/debian/control names is installed.
#
# In a clone the package is of the commit that is checked out: of a release if
# its tag is there, or else of a version just before the next one.  In an
# unpacked tarball it is of the release.  DEB_BUILD_OPTIONS=nocheck builds
# without tests.
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
out=$PWD/build/deb
version=$("$src/etc/release/version.sh")
tree=$out/ruad-$version

rm -rf "$out"
mkdir -p "$tree"
debian_version=$version
# A clone that git cannot read is no release: git says why, and this ends.
if [ -e "$src/.git" ]; then
	git -C "$src" rev-parse --verify -q HEAD^0 >/dev/null
	# Of the commit, not of the clock: it is built alike tomorrow.
	date=$(git -C "$src" log -1 --format=%ct)
	git -C "$src" archive HEAD | tar -C "$tree" -x
	git -C "$src" describe --exact-match --match "v$version" \
	    >/dev/null 2>&1 ||
	    debian_version=$version~git$(date -u -d "@$date" +%Y%m%d%H%M%S)
	[ -z "$(git -C "$src" status --porcelain)" ] ||
	    echo 'deb: what is not committed will not be in the package'
else
	date=$(stat -c %Y "$src/docs/NEWS")
	tar -C "$src" -c --exclude=./build . | tar -C "$tree" -x
fi

mv "$tree/etc/debian" "$tree/debian"
cat >"$tree/debian/changelog" <<END
ruad ($debian_version-1) unstable; urgency=medium

  * What changed is in /usr/share/doc/ruad/changelog.gz.

 -- $(sed -n 's/^Maintainer: //p' "$tree/debian/control")  $(date -u -R -d "@$date")
END
echo "deb: building ruad $debian_version-1; the log is build/deb/log"
cd "$tree"
dpkg-buildpackage -b -us -uc -J"$(nproc)" >"$out/log" 2>&1 || {
	tail -n 60 "$out/log"
	exit 1
}
cd "$out"
rm -rf "$tree"
for file in ruad_*.deb ruad-web_*.deb; do
	echo "build/deb/$file: $(wc -c <"$file") bytes"
done
