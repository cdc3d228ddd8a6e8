#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boot systemd in a copy of a root, $2, that is thrown away: run by machine.py in
# new pid, mount, cgroup, uts and ipc namespaces, and if $3 is "alone" in a new
# one of the network.  $1 is an empty directory.
set -eu
dir=$1
lower=$2
[ "$3" != alone ] || ip link set lo up
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay "$dir/root" \
    -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work"
cd "$dir/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
# As here: one hierarchy of cgroups, or those of version 1 besides.
if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
	mount -t cgroup2 cgroup2 sys/fs/cgroup
else
	mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do
	: >dev/$node
	mount --bind /dev/$node dev/$node
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs tmpfs dev/shm

# Nothing of this machine's own starts: only what a test starts.  Units that are
# made from its files would be made anew at each reload.
if [ "$lower" = / ]; then
	rm -rf etc/systemd/system
	mkdir -p etc/systemd/system-generators
	for generator in usr/lib/systemd/system-generators/*; do
		ln -sf /dev/null "etc/systemd/system-generators/${generator##*/}"
	done
else
	cp /etc/resolv.conf etc/resolv.conf
	echo debian >etc/hostname
	echo '127.0.0.1 localhost debian' >etc/hosts
fi
mkdir -p etc/systemd/system old
: >etc/fstab
# Of another root also D-Bus, by which who is not root asks systemd.
bus=
[ "$lower" = / ] || bus=dbus.socket
cat >etc/systemd/system/bare.target <<END
[Unit]
Description=nothing but the journal
Requires=systemd-journald.service $bus
After=systemd-journald.service $bus
END
for unit in systemd-tmpfiles-setup systemd-udevd systemd-udev-trigger \
    systemd-random-seed \
    systemd-update-utmp systemd-networkd systemd-resolved systemd-timesyncd \
    systemd-sysctl systemd-modules-load networking; do
	ln -sf /dev/null etc/systemd/system/$unit.service
done
pivot_root . old
umount -l old
mount --make-rshared /
exec env -i container=ruad PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=bare.target --log-target=journal
