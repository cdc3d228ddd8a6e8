/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/unpack_form.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "parse/unpack.h"

#define JUNK_MAX 128 /* bytes that may stand before a document */

const char *
unpack_skip_blank(const char *p, const char *end)
{
	for (;;) {
		if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
			p += 3;
		else if (p < end && text_is_space(*p))
			p++;
		else
			return p;
	}
}

static bool
starts_with(const char *p, size_t len, const char *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(p, magic, magic_len) == 0;
}

#define STARTS(magic) starts_with(p, len, magic, sizeof(magic) - 1)

/* What is known here and read by nobody: why, or NULL. */
static const char *
unsupported_by_magic(const char *p, size_t len)
{
	if (STARTS("Rar!\x1a\x07"))
		return "RAR archives are not read";
	if (STARTS("\x78\x9f\x3e\x22"))
		return "winmail.dat (TNEF) is not read: ask the sender for "
		       "MIME";
	if (STARTS("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
		return "Outlook and Office files (.msg, .doc) are not read: "
		       "attach the report itself";
	return NULL;
}

/* Whether a document begins behind some bytes of junk (spec Q-30). */
static bool
has_junk_before(const char *p, size_t len)
{
	const char *start = memchr(p, '<', len < JUNK_MAX ? len : JUNK_MAX);

	if (start == NULL)
		return false;
	len -= (size_t)(start - p);
	p = start;
	return STARTS("<?xml") || STARTS("<feedback");
}

enum utf16
unpack_utf16(const char *p, size_t len)
{
	if (STARTS("\xff\xfe") || STARTS("<\0") || STARTS("{\0") ||
	    STARTS("[\0"))
		return UTF16_LITTLE;
	if (STARTS("\xfe\xff") || STARTS("\0<") || STARTS("\0{") ||
	    STARTS("\0["))
		return UTF16_BIG;
	return UTF16_NOT;
}

/* The first ASCII character of UTF-16 behind mark and white space, or 0. */
static char
utf16_first(const char *p, size_t len, enum utf16 order)
{
	size_t low = order == UTF16_BIG ? 1 : 0, i;

	for (i = 0; i + 1 < len; i += 2) {
		if (i == 0 && (STARTS("\xff\xfe") || STARTS("\xfe\xff")))
			continue;
		if (p[i + 1 - low] != '\0')
			return 0;
		if (!text_is_space(p[i + low]))
			return p[i + low];
	}
	return 0;
}

/* An object, or a list of objects: "[" begins a sentence, too. */
static bool
is_json(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && (*p == '[') && i < JUNK_MAX; i++)
		if (i > 0 && p[i] != '[' && !text_is_space(p[i]))
			return p[i] == '{' || p[i] == ']';
	return len > 0 && *p == '{';
}

enum form
unpack_form(const char *data, size_t data_len)
{
	const char *p;
	enum utf16 order;
	size_t len;
	char first;

	if (data_len == 0)
		return FORM_OTHER;
	p = unpack_skip_blank(data, data + data_len);
	if ((len = data_len - (size_t)(p - data)) == 0)
		return FORM_OTHER;
	if ((order = unpack_utf16(p, len)) != UTF16_NOT) {
		first = utf16_first(p, len, order);
		return first == '{' || first == '[' ? FORM_JSON : FORM_XML;
	}
	if (*p == '<')
		return FORM_XML;
	if (is_json(p, len))
		return FORM_JSON;
	if (STARTS("\x1f\x8b"))
		return FORM_GZIP;
	if (STARTS("PK\3\4") || STARTS("PK\5\6") || STARTS("PK00PK\3\4"))
		return FORM_ZIP;
	if (*p == 'x' && len > 2 &&
	    ((p[0] << 8) + (unsigned char)p[1]) % 31 == 0)
		return FORM_ZLIB;
	if (STARTS("BZh") && len > 10 && memcmp(p + 4, "1AY&SY", 6) == 0)
		return FORM_BZIP2;
	if (STARTS("\xfd"
	           "7zXZ\0"))
		return FORM_XZ;
	if (STARTS("\x28\xb5\x2f\xfd"))
		return FORM_ZSTD;
	if (STARTS("7z\xbc\xaf\x27\x1c"))
		return FORM_7ZIP;
	if (unsupported_by_magic(p, len) != NULL)
		return FORM_UNSUPPORTED;
	if (data_len > 262 && memcmp(data + 257, "ustar", 5) == 0)
		return FORM_TAR;
	return has_junk_before(p, len) ? FORM_XML : FORM_OTHER;
}

bool
unpack_is_container(const char *data, size_t len)
{
	return unpack_form(data, len) >= FORM_UNSUPPORTED;
}

bool
unpack_is_packed(const char *data, size_t len)
{
	enum form form = unpack_form(data, len);

	return form >= FORM_UNSUPPORTED &&
	    (form != FORM_ZLIB || len < 2 ||
	        memchr("\x01\x5e\x9c\xda",
	            unpack_skip_blank(data, data + len)[1], 4) != NULL);
}

const char *
unpack_unsupported(const char *data, size_t data_len)
{
	const char *p, *why;
	size_t len;

	if (!unpack_is_container(data, data_len))
		return NULL;
	p = unpack_skip_blank(data, data + data_len);
	len = data_len - (size_t)(p - data);
	if ((why = unsupported_by_magic(p, len)) != NULL)
		return why;
	/* Bit 0 of the flags in a zip's first local header. */
	if (STARTS("PK\3\4") && len > 6 && (p[6] & 1) != 0)
		return "the archive is encrypted";
	return NULL;
}
