#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Install the Debian packages named as arguments, as far as they are missing;
# NAME? only where Debian has it.  Tests start servers of their own: what is
# installed for them here neither runs as a service nor is enabled.
set -eu
servers='dovecot nsd prometheus postgresql clickhouse-server zookeeper nginx'
policy=/usr/sbin/policy-rc.d

missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "${p%\?}" 2>/dev/null |
	    grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "deps: this is not Debian; install what these packages hold:$missing" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "deps: run as root, or install sudo; missing:$missing" >&2
		exit 1
	fi
	# shellcheck disable=SC2086 # the list is meant to be split
	exec sudo "$0" $missing
fi

# Those that are not here yet.
quiet=
for s in $servers; do
	[ -e "/lib/systemd/system/$s.service" ] || [ -e "/etc/init.d/$s" ] ||
	    quiet="$quiet $s"
done
# A policy of the admin's own is left alone.
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	cat >"$policy" <<-END
		#!/bin/sh
		# For the time of "make deps", "make demo" or "make check" of ruad.
		for s in$quiet; do
		    case \$1 in "\$s" | "\$s".*) exit 101 ;; esac
		done
		exit 0
	END
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
some=$missing
missing=
for p in $some; do
	case $p in
	*\?)
		p=${p%\?}
		if ! apt-cache -q policy "$p" | grep -q 'Candidate: [^(]'; then
			echo "deps: this Debian has no $p"
			continue
		fi ;;
	esac
	missing="$missing $p"
done
[ -n "$missing" ] || exit 0

echo "deps: installing these Debian packages:$missing"
# Two packages may exclude each other, such as those of one library for GnuTLS
# and for OpenSSL.
# shellcheck disable=SC2086
gone=$(apt-get -s -qq install --no-install-recommends $missing |
    sed -n 's/^Remv \([^ ]*\).*/ \1/p' | tr -d '\n')
[ -z "$gone" ] || echo "deps: these go, since they exclude others:$gone"
# shellcheck disable=SC2086
apt-get -qq install -y --no-install-recommends $missing >/dev/null
for s in $quiet; do
	if [ -e "/lib/systemd/system/$s.service" ] &&
	    command -v systemctl >/dev/null; then
		systemctl -q disable "$s.service" >/dev/null 2>&1 ||
		    echo "deps: cannot disable $s.service" >&2
	elif [ -e "/etc/init.d/$s" ]; then
		update-rc.d "$s" disable
	fi
done
echo "deps: done"
