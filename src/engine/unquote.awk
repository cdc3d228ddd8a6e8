# SPDX-License-Identifier: BSD-2-Clause
# Strings of C, as the preprocessor leaves them, become the text they stand for.
{
	for (i = 1; i <= length($0); i++) {
		c = substr($0, i, 1)
		if (c == "\"")
			quoted = !quoted
		else if (quoted && c == "\\") {
			c = substr($0, ++i, 1)
			printf "%s", c == "n" ? "\n" : c
		} else if (quoted)
			printf "%s", c
	}
}
