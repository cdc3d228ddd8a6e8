/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a blob is, by its first bytes.  Runs in ruad-parse; input is any bytes
 * of an attachment or an archive.  Only for unpack.c.
 */
#ifndef RUAD_PARSE_UNPACK_FORM_H
#define RUAD_PARSE_UNPACK_FORM_H

#include <stddef.h>

/* What a run of bytes is, by its first bytes. */
enum form {
	FORM_XML,
	FORM_JSON,
	FORM_OTHER,
	FORM_UNSUPPORTED, /* the first that is a container */
	FORM_GZIP,
	FORM_ZLIB,
	FORM_BZIP2,
	FORM_XZ,
	FORM_ZSTD,
	FORM_ZIP,
	FORM_TAR,
	FORM_7ZIP,
};

enum form unpack_form(const char *, size_t);

/* The byte order of UTF-16 with its mark, or that begins with "<", "{", "[". */
enum utf16 {
	UTF16_NOT,
	UTF16_LITTLE,
	UTF16_BIG,
};

enum utf16 unpack_utf16(const char *, size_t);

/* Behind byte order marks and white space. */
const char *unpack_skip_blank(const char *p, const char *end);

#endif
