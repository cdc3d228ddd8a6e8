#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# root.sh SUITE: a bare Debian of that suite in $ROOTS/SUITE, made once, from
# the mirror that apt uses on this machine ($MIRROR, if set).  Prints the
# directory.  Nothing may change it: work on a copy.  Needs root.
set -eu
suite=${1:?which suite, bookworm or trixie?}
roots=${ROOTS:-$PWD/build/roots}
[ ! -d "$roots/$suite" ] || {
	echo "$roots/$suite"
	exit 0
}
"$(dirname "$0")/deps.sh" mmdebstrap debian-archive-keyring >&2

# What apt has here, of the suite asked for.
sources()
{
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' \
	    'Created-By: Packages' 'Origin: Debian' | sort -u |
	while read -r site release component; do
		case $release in
		*-backports) ;;
		*-security) echo "$site $suite-security $component" ;;
		*-updates) echo "$site $suite-updates $component" ;;
		*) echo "${MIRROR:-$site} $suite $component" ;;
		esac
	done | sed 's/^/deb /'
}

mkdir -p "$roots"
new=$(mktemp -d "$roots/$suite.new.XXXXXX")
trap 'rm -rf "$new"' EXIT
# A mirror of another day, or a clock of another day, is no reason to refuse:
# what apt here accepts is accepted there.
apt-config dump Acquire | grep '^Acquire::Check-' >"$new.conf" || :
set -- --variant=minbase --aptopt='Acquire::Languages "none"'
while read -r option; do
	set -- "$@" --aptopt="${option%;}"
done <"$new.conf"
rm -f "$new.conf"
echo "root: making a Debian $suite in $roots/$suite ..." >&2
sources | mmdebstrap --quiet "$@" "$suite" "$new" >&2
chmod 755 "$new"
mv "$new" "$roots/$suite"
echo "$roots/$suite"
