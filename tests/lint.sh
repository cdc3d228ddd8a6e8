#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a compiler run does not say.  "make lint" runs all of it, "make check"
# the fast part (--fast).  Each check is one line: "name: ok" or its findings.
set -u
src=${RUAD_SRC:?run make lint}
python=${PYTHON:-/usr/bin/python3}
make=${MAKE:-make}
logs=$PWD/build/lint
jobs=$(nproc)
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p "$logs"
bad=0

# check NAME COMMAND...: it is silent and succeeds, or it is shown.
check()
{
	local name=$1 log=$logs/$1.log
	shift
	if "$@" >"$log" 2>&1 && ! [ -s "$log" ]; then
		echo "$name: ok"
	else
		echo "$name: findings, all in build/lint/$name.log:"
		tail -n 60 "$log" | sed 's/^/    /'
		bad=1
	fi
}

c_files()
{
	find "$src/src" "$src/tests" -name '*.[ch]' | sort
}

long_files()
{
	find "$src/src" "$src/tests" -type f \
	    \( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' \) \
	    -exec awk 'FNR == 601 { print FILENAME ": over 600 lines" }' {} +
}

# A test waits for what must happen, see tests/system/patience.py.
impatient()
{
	grep -nE 'timeout=[0-9]+[,)]|\.(wait|stop)\([0-9]+\)' \
	    "$src"/tests/*/test_*.py
	return 0
}

# Our pages refer to each other, so they must be found as if installed.
# Whether pages of others are installed here says nothing about ours.
manual_pages()
{
	local page name
	for page in "$src"/docs/*.[1578]; do
		[ -e "$page" ] || continue
		mandoc -T lint -W style "$page" 2>&1 |
		    grep -vE 'outdated mandoc.db|referenced manual not found'
		sed -nE 's/^\.Xr (ruad[^ ]*|ruactl) ([0-9]).*/\1.\2/p' "$page"
	done | sort -u | while read -r name; do
		case $name in
		mandoc:*) echo "$name" ;;
		*) [ -e "$src/docs/$name" ] || echo "no page docs/$name" ;;
		esac
	done
}

# The newest heading of NEWS names the version and the schema of this tree.
news()
{
	local version schema
	version=$("$src/etc/release/version.sh")
	schema=$(sed -n 's/^#define SCHEMA_VERSION //p' \
	    "$src/src/store/schema.h")
	grep -E '^[0-9]+\.' "$src/docs/NEWS" | head -n 1 |
	    grep -vE "^$version \(.*\), database schema $schema\$"
	return 0
}

formatted()
{
	c_files | xargs -r clang-format --dry-run -Werror
}

# Compile these targets in a variant; only warnings are worth a line.
variant()
{
	local b=$1
	shift
	rm -rf "build/$b"
	set -- -j"$jobs" B="$b" "$@"
	$make "$@" >"$logs/build-$b.log" 2>&1 || tail -n 5 "$logs/build-$b.log"
	grep -E '(warning|error):' "$logs/build-$b.log" | sort -u
	return 0
}

# clang-analyzer-* and bugprone-* less what fights this style: neighbouring
# parameters of one type, and the annex K functions that glibc does not have.
TIDY=clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters
TIDY=$TIDY,-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition
TIDY=$TIDY,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication*
TIDY=$TIDY,-bugprone-narrowing-conversions,-bugprone-macro-parentheses
TIDY=$TIDY,-bugprone-not-null-terminated-result
TIDY=$TIDY,-clang-analyzer-optin.performance.Padding
TIDY=$TIDY,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling
DEFINES='-D_GNU_SOURCE -DRUAD_VERSION="x" -DRUAD_SYSCONFDIR="x"
	-DRUAD_DATABASE="x" -DRUAD_PATH="x" -DRUAD_PARSE_PATH="x" -DRUAD_FETCH_PATH="x"'

tidy()
{
	local flags
	flags=$(pkg-config --cflags libxml-2.0)
	# shellcheck disable=SC2086 # the flags are meant to be split
	find "$src/src" -name '*.c' -print0 | sort -z |
	    xargs -0 -P"$jobs" -I{} clang-tidy --quiet --checks="-*,$TIDY" \
	    {} -- -std=c17 $DEFINES -I"$src/src" $flags 2>&1 |
	    grep -E -A3 '(warning|error):' | grep -v '^--$'
	return 0
}

cpp_check()
{
	# shellcheck disable=SC2086
	cppcheck --quiet --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --error-exitcode=1 -j"$jobs" $DEFINES \
	    -I"$src/src" --suppress=missingIncludeSystem "$src/src"
}

# Another C library than glibc, see base/port.h: it compiles.  Its compiler must
# find the headers of the other libraries and of Linux, but none of glibc's.  Not
# ruad-web, which may be left out: Debian's musl has no crypt.h.
musl()
{
	local inc=$logs/include dir name
	rm -rf "$inc"
	mkdir -p "$inc"
	for dir in /usr/include "/usr/include/$(gcc -print-multiarch)"; do
		for name in ares archive asm asm-generic curl gmp gnutls idn2 \
		    jansson libconfig libetpan libpsl libxml2 linux maxminddb \
		    nettle seccomp sqlite3 unicode zconf zlib; do
			find "$dir" -maxdepth 1 \( -name "$name" -o \
			    -name "$name*.h" \) -exec ln -sf -t "$inc" {} +
		done
	done
	# shellcheck disable=SC2086
	find "$src/src" -name '*.c' -not -path '*/src/web/*' -print0 | sort -z |
	    xargs -0 -P"$jobs" -I{} musl-gcc -fsyntax-only -std=c17 -Wall \
	    -Wextra $DEFINES -I"$src/src" -idirafter "$inc" \
	    -idirafter "$inc/libxml2" {}
}

check format formatted
check words "$python" "$src/tests/banned.py"
check length long_files
check patience impatient
check layers "$python" "$src/tests/layers.py"
check manuals manual_pages
check news news
check named "$python" "$src/tests/named.py"
[ "${1-}" = --fast ] && exit $bad
check gcc variant dev all unit
check clang variant clang all unit
check analyzer variant analyzer all
check musl musl
check clang-tidy tidy
check cppcheck cpp_check
exit $bad
