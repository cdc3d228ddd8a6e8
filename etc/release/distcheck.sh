#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make distcheck: what make dist made can be built by somebody who has nothing
# but that: from a source that cannot be written to, out of tree, without
# autoconf and git; its unit and golden tests pass; it can be installed into a
# DESTDIR and nowhere else, and removed without a trace; and "make distclean"
# leaves what was unpacked.
set -eu
src=$(cd "$(dirname "$0")/../.." && pwd)
version=$("$src/etc/release/version.sh")
name=ruad-$version
dist=$PWD/build
make=${MAKE:-make}
python=${PYTHON:-/usr/bin/python3}
unset MAKEFLAGS MFLAGS MAKELEVEL RUAD_SRC RUAD_BUILD

fail()
{
	echo "make distcheck: $*" >&2
	exit 1
}

say()
{
	echo "distcheck: $*"
}

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# Programs that a release must not need.
mkdir "$work/bin"
for program in autoconf autom4te autoheader m4 git; do
	printf '#!/bin/sh\necho "%s was run: $*" >&2\nexit 1\n' $program \
	    >"$work/bin/$program"
	chmod 755 "$work/bin/$program"
done
PATH=$work/bin:$PATH

(cd "$dist" && sha256sum --quiet -c "$name.sha256")
tar -xzf "$dist/$name.tar.gz" -C "$work"
[ "$(ls "$work")" = "$(printf 'bin\n%s' "$name")" ] ||
    fail "$name.tar.gz contains more than $name"
chmod -R a-w "$work/$name"

say "configure and make, out of tree"
mkdir "$work/build"
cd "$work/build"
"../$name/configure" --prefix=/usr --libexecdir=/usr/libexec >configure.log ||
    fail "configure failed: $(tail -n 5 configure.log)"
$make -s -j"$(nproc)" all unit >make.log 2>&1 || fail "$(tail -n 20 make.log)"
[ ! -s make.log ] || ! grep -E 'warning:|was run:' make.log ||
    fail 'it is not built without warnings'
[ "$(build/release/ruad -V)" = "ruad $version" ] ||
    fail "ruad -V says $(build/release/ruad -V)"

say "unit and golden tests"
passed=0
for test in build/release/tests/unit/*; do
	[ -f "$test" ] && [ -x "$test" ] || continue
	RUAD_SRC=$work/$name "$test" >test.log 2>&1 || fail "$test: $(tail -n 20 test.log)"
	passed=$((passed + 1))
done
say "$passed unit tests passed"
RUAD_SRC=$work/$name RUAD_BUILD=$work/build/build/release \
    PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider \
    "$work/$name/tests/golden" >test.log 2>&1 || fail "$(tail -n 20 test.log)"
say "golden tests: $(tail -n 1 test.log)"

say "install and uninstall"
# As another user could not: nothing outside of DESTDIR is written to.
touch "$work/before"
root=$work/root
$make -s DESTDIR="$root" install >make.log 2>&1 || fail "$(cat make.log)"
find "$root" -type f | sed "s|^$root||" | sort >installed
for file in /usr/sbin/ruad /usr/bin/ruactl /usr/libexec/ruad/ruad-parse \
    /usr/libexec/ruad/ruad-fetch /etc/ruad/ruad.conf \
    /usr/share/man/man8/ruad.8; do
	grep -qx "$file" installed || fail "$file is not installed"
done
! grep -vE '^/(usr/(s?bin|lib|libexec|share)|etc/ruad)/' installed ||
    fail 'these are installed in odd places'
outside=$(find /usr /etc /var/lib -xdev -newer "$work/before" \
    -name '*rua[d]*' 2>/dev/null || :)
[ -z "$outside" ] || fail "installed outside of DESTDIR: $outside"
! grep -rl "$root" "$root" || fail 'these contain the path of DESTDIR'
# What an admin has changed stays.
cp -r "$root" "$work/changed"
echo '# mine' >>"$work/changed/etc/ruad/ruad.conf"
$make -s DESTDIR="$root" uninstall >make.log 2>&1 || fail "$(cat make.log)"
left=$(find "$root" -type f -o -name 'ruad*')
[ -z "$left" ] || fail "make uninstall leaves: $left"
$make -s DESTDIR="$work/changed" uninstall >make.log 2>&1 ||
    fail "$(cat make.log)"
left=$(cd "$work/changed" && find . -type f)
[ "$left" = ./etc/ruad/ruad.conf ] ||
    fail "make uninstall leaves of a changed configuration: $left"

say "make distclean, in the tree"
chmod -R u+w "$work/$name"
cd "$work/$name"
find . -type f | sort >"$work/unpacked"
./configure --prefix=/usr >/dev/null
$make -s build/release/ruad-parse >/dev/null
$make -s distclean
find . -type f | sort >"$work/cleaned"
cmp "$work/unpacked" "$work/cleaned" ||
    fail 'make distclean does not leave what was unpacked'
say "$name.tar.gz is fit for release"
