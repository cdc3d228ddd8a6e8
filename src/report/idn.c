/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/idn.h"

#include <idn2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MAX_NAME (IDN_SIZE - 3) /* RFC 1035, without the final dot */

enum script {
	COMMON, /* ASCII digits and hyphen */
	LATIN,
	GREEK,
	CYRILLIC,
	HAN,
	KANA,
	HANGUL,
	BOPOMOFO,
	OTHER, /* OTHER + n: the nth block of Indic scripts, and Thai */
};

/*
 * What may be shown.  Not those that read from right to left, nor letters that
 * few know; combining marks have become one with their letter or are none.
 */
static const struct range {
	uint32_t first, last;
	enum script script;
} ranges[] = {
	{ '-', '-', COMMON },
	{ '0', '9', COMMON },
	{ '_', '_', COMMON },
	{ 'a', 'z', LATIN },
	{ 0xdf, 0xf6, LATIN },
	{ 0xf8, 0x130, LATIN },
	{ 0x132, 0x137, LATIN },
	{ 0x139, 0x17e, LATIN },
	{ 0x218, 0x21b, LATIN },
	{ 0x3ac, 0x3ce, GREEK },
	{ 0x430, 0x45f, CYRILLIC },
	{ 0x490, 0x491, CYRILLIC },
	{ 0x900, 0x97f, OTHER },
	{ 0x980, 0x9ff, OTHER + 1 },
	{ 0xa00, 0xa7f, OTHER + 2 },
	{ 0xa80, 0xaff, OTHER + 3 },
	{ 0xb00, 0xb7f, OTHER + 4 },
	{ 0xb80, 0xbff, OTHER + 5 },
	{ 0xc00, 0xc7f, OTHER + 6 },
	{ 0xc80, 0xcff, OTHER + 7 },
	{ 0xd00, 0xd7f, OTHER + 8 },
	{ 0xe00, 0xe7f, OTHER + 9 },
	{ 0x1e00, 0x1e99, LATIN },
	{ 0x1ea0, 0x1eff, LATIN },
	{ 0x3005, 0x3007, HAN },
	{ 0x3041, 0x3096, KANA },
	{ 0x30a1, 0x30fe, KANA },
	{ 0x3105, 0x312f, BOPOMOFO },
	{ 0x3400, 0x4dbf, HAN },
	{ 0x4e00, 0x9fff, HAN },
	{ 0xac00, 0xd7a3, HANGUL },
	{ 0x20000, 0x2fa1f, HAN },
};

/* Which scripts one label may hold together: Japanese, Korean, Chinese. */
static const uint32_t together[] = {
	1U << HAN | 1U << KANA | 1U << LATIN,
	1U << HAN | 1U << HANGUL | 1U << LATIN,
	1U << HAN | 1U << BOPOMOFO | 1U << LATIN,
};

/* Letters that look like ASCII: a label of nothing else is not shown. */
static const uint32_t lookalikes[] = { 0x3b1, 0x3b9, 0x3ba, 0x3bd, 0x3bf, 0x3c1,
	0x3c4, 0x3c5, 0x3c7, 0x3c9, 0x430, 0x433, 0x435, 0x43a, 0x43c, 0x43e,
	0x43f, 0x440, 0x441, 0x442, 0x443, 0x445, 0x44a, 0x44c, 0x455, 0x456,
	0x458 };

bool
idn_is_foreign(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return true;
	return false;
}

/* UTS 46 makes of some characters ASCII that is in no name. */
static bool
is_name(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

bool
idn_to_ascii(const char *name, char out[static IDN_SIZE])
{
	char *ascii = NULL;
	bool good = false;
	size_t n;

	/* A-labels take no fewer bytes than UTF-8 does characters. */
	if (strlen(name) >= 4 * IDN_SIZE ||
	    idn2_to_ascii_8z(
	        name, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
		return false;
	n = strlen(ascii);
	while (n > 0 && ascii[n - 1] == '.')
		n--;
	ascii[n] = '\0';
	if (n > 0 && n <= MAX_NAME && is_name(text_lower(ascii))) {
		memcpy(out, ascii, n + 1);
		good = true;
	}
	idn2_free(ascii);
	return good;
}

/* -1: none that may be shown. */
static int
script_of(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return (int)ranges[i].script;
	return -1;
}

static bool
is_lookalike(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++)
		if (lookalikes[i] == c)
			return true;
	return false;
}

/* Whether these scripts stand together in labels of an honest language. */
static bool
is_one_language(uint32_t scripts)
{
	size_t i;

	scripts &= ~(1U << COMMON);
	if ((scripts & (scripts - 1)) == 0)
		return true;
	for (i = 0; i < sizeof(together) / sizeof(together[0]); i++)
		if ((scripts & ~together[i]) == 0)
			return true;
	return false;
}

/* Each label is read for itself. */
static bool
is_plain_to_people(const char *s)
{
	uint32_t scripts = 0, c = 0;
	bool foreign = false, distinct = false;
	size_t n, left = strlen(s);
	int script;

	for (;; s += n, left -= n) {
		if (left == 0 || *s == '.') {
			if (!is_one_language(scripts) || (foreign && !distinct))
				return false;
			if (left == 0)
				return true;
			scripts = 0;
			foreign = distinct = false;
			n = 1;
			continue;
		}
		if ((n = text_utf8_char(s, left, &c)) == 0 ||
		    (script = script_of(c)) == -1)
			return false;
		scripts |= 1U << script;
		foreign |= c >= 0x80;
		distinct |= c >= 0x80 && !is_lookalike(c);
	}
}

bool
idn_to_shown(const char *name, size_t n, char out[static IDN_SHOWN])
{
	char ascii[IDN_SIZE], again[IDN_SIZE], *shown = NULL;
	bool good = false;

	if (n >= sizeof(ascii))
		return false;
	memcpy(ascii, name, n);
	ascii[n] = '\0';
	if (idn2_to_unicode_8z8z(ascii, &shown, 0) != IDN2_OK)
		return false;
	/* What does not lead back is somebody else's name. */
	if (idn_is_foreign(shown) && strlen(shown) < IDN_SHOWN &&
	    is_plain_to_people(shown) && idn_to_ascii(shown, again) &&
	    strcmp(again, ascii) == 0) {
		snprintf(out, IDN_SHOWN, "%s", shown);
		good = true;
	}
	idn2_free(shown);
	return good;
}
