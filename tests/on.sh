#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# on.sh SUITE [STAGE]...: build this tree on that Debian, and run the stages of
# check.sh that are named, in a root of its own.  "make check-on" calls this.
# on.sh SUITE -- COMMAND...: run a command in the tree there instead.
#
# $ROOTS/SUITE is as root.sh made it, $ROOTS/SUITE-check a copy with $PACKAGES
# in it, which is kept, and so is what was built there.  Nothing is installed
# or started here.  The network and the control groups are this machine's, for
# apt and for the tests that boot a systemd.  Needs root.
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
suite=${1:?which suite, bookworm or trixie?}
shift
[ "$(id -u)" = 0 ] || {
	echo 'on.sh: run this as root: it mounts a root of its own' >&2
	exit 77
}
bare=$("$src/tests/root.sh" "$suite")
root=$bare-check
tree=/usr/src/ruad

# One at a time: the tree there is replaced.
exec 9>"$root.lock"
flock 9
if [ ! -d "$root" ]; then
	rm -rf "$root.new"
	cp -a --reflink=auto "$bare" "$root.new"
	printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
	chmod 755 "$root.new/usr/sbin/policy-rc.d"
	mv "$root.new" "$root"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A bare root has none, and would ask a name server for localhost.
printf '127.0.0.1 localhost %s\n' "$(basename "$root")" >"$root/etc/hosts"

# This tree as it is; of the last one there, only what was built is kept.
mkdir -p "$root$tree"
find "$root$tree" -mindepth 1 -maxdepth 1 ! -name build ! -name configure \
    ! -name config.mk ! -name config.status -exec rm -rf '{}' +
tar -C "$src" -c --exclude=./build --exclude=./.git --exclude=./configure \
    --exclude=./config.mk --exclude=./config.status --exclude=./config.log \
    --exclude=./autom4te.cache --exclude=__pycache__ . |
    tar -C "$root$tree" -x

if [ "${1-}" = -- ]; then
	shift
else
	set -- tests/check.sh only "$@"
fi
# Namespaces, and not chroot(2): who is in one of those cannot make any.
exec unshare --mount --pid --fork --kill-child --uts --propagation private \
    sh -eu -c '
	root=$1
	tree=$2
	shift 2
	hostname "$(basename "$root")"
	mount --bind "$root" "$root"
	cd "$root"
	mount --rbind /sys sys
	mount --rbind /dev dev
	mount -t proc proc proc
	mount -t tmpfs -o mode=755 tmpfs run
	mkdir -p old
	pivot_root . old
	umount -l old
	rmdir old
	cd "$tree"
	exec env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
	    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    PACKAGES="${PACKAGES-}" RUAD_SRC="$tree" \
	    sh -eu -c '\''tests/deps.sh $PACKAGES; exec "$@"'\'' on "$@"
' on "$root" "$tree" "$@"
