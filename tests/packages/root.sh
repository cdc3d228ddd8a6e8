#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# root.sh SUITE: a Debian of that suite that can be booted, with a user admin
# who may use sudo, in $ROOTS/SUITE-booted, made once.  Prints the directory.
# What autopkgtest needs is there too, not installed: the test has no network.
set -eu
here=$(dirname "$0")
bare=$("$here/../root.sh" "$1")
root=$bare-booted
[ -d "$root" ] || {
	rm -rf "$root.new"
	cp -a --reflink=auto "$bare" "$root.new"
	cp /etc/resolv.conf "$root.new/etc/resolv.conf"
	printf '#!/bin/sh\nexit 101\n' >"$root.new/usr/sbin/policy-rc.d"
	chmod 755 "$root.new/usr/sbin/policy-rc.d"
	unshare --mount --propagation private sh -eu -c '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		    DEBIAN_FRONTEND=noninteractive chroot "$1" sh -eu -c '\''
			apt-get -qq update
			apt-get -qq install -y --no-install-recommends \
			    systemd-sysv dbus sudo procps >/dev/null 2>&1
			# apt throws away what it has fetched, in some roots.
			rm -f /etc/apt/apt.conf.d/docker-clean
			apt-get -qq install -y --no-install-recommends -d \
			    autopkgtest curl dovecot-imapd dpkg-repack \
			    openssl dpkg-dev >/dev/null
		'\''' root "$root.new" >&2
	rm "$root.new/usr/sbin/policy-rc.d"
	chroot "$root.new" useradd -m -s /bin/bash admin
	echo 'admin ALL=(ALL) NOPASSWD: ALL' >"$root.new/etc/sudoers.d/admin"
	mv "$root.new" "$root"
}
echo "$root"
