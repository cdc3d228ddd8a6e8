#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# For programs in alert.d that are shell scripts: what "ruactl alerts" gives
# them is one JSON object in a line.
# shellcheck disable=SC2154

# value NAME: the string of this name in $event; nothing if there is none.  In
# a string a quote has a backslash before it, so that no string looks like
# this; "text" and "command" have no other escapes.
value()
{
	printf '%s\n' "$event" |
	    sed -n 's/.*"'"$1"'":"\(\(\\.\|[^"\\]\)*\)".*/\1/p' |
	    sed 's/\\\(.\)/\1/g'
}
