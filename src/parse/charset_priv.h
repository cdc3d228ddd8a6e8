/* SPDX-License-Identifier: BSD-2-Clause */
/* What charset.c, which decodes, needs of charset_table.c. */
#ifndef RUAD_PARSE_CHARSET_PRIV_H
#define RUAD_PARSE_CHARSET_PRIV_H

#include <stddef.h>

enum charset_kind {
	TABLE,  /* single bytes, by their table here */
	SINGLE, /* the same, by iconv */
	MULTI,
	STATEFUL,
	UTF8,
	UTF16, /* the byte order by its mark, else by where the NULs are */
	UTF16_LE,
	UTF16_BE,
	LATIN, /* windows-1252 */
};

struct charset {
	const char *name;   /* for people */
	const char *source; /* iconv's name; NULL: it is not asked */
	const char *high;   /* of a TABLE, see there */
	enum charset_kind kind;
	/* Other names: lower case, letters and digits only, a blank between. */
	const char *aliases;
};

#define CHARSET_MAX 64

extern const struct charset charset_table[];
extern const size_t charset_count;

#endif
