/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define LABEL_MAX 32 /* letters and digits of a name */
#define SLOTS 1024   /* of a hash of all names */

enum kind {
	SINGLE,
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
	const char *source; /* iconv's name; NULL: built in */
	enum kind kind;
	/* Other names: lower case, letters and digits only, a blank between. */
	const char *aliases;
};

/*
 * Where a name is used for more than it means, it is what it is used for: the
 * Encoding Standard of the WHATWG says so for gb2312, big5, euc-kr, shift_jis,
 * iso-8859-1, -9 and -11.
 */
static const struct charset charsets[] = {
	{ "utf-8 us-ascii", NULL, UTF8,
	    "utf8 usascii ascii unicode11utf8 utf8mb4 "
	    "ansix341968 iso646us us 646 cp65001" },
	{ "utf-16", NULL, UTF16, "utf16 unicode ucs2 iso10646ucs2 csunicode" },
	{ "utf-16le", NULL, UTF16_LE, "utf16le ucs2le unicodefeff" },
	{ "utf-16be", NULL, UTF16_BE, "utf16be ucs2be unicodefffe" },
	{ "windows-1252 iso-8859-1", NULL, LATIN,
	    "windows1252 cp1252 xcp1252 iso88591 iso885911987 latin1 l1 cp819 "
	    "ibm819 isoir100 ansi csisolatin1 8859 88591 win1252 ms1252" },
	{ "iso-8859-2", "ISO-8859-2", SINGLE,
	    "iso88592 iso885921987 latin2 "
	    "l2 isoir101 csisolatin2" },
	{ "iso-8859-3", "ISO-8859-3", SINGLE,
	    "iso88593 iso885931988 latin3 "
	    "l3 isoir109 csisolatin3" },
	{ "iso-8859-4", "ISO-8859-4", SINGLE,
	    "iso88594 iso885941988 latin4 "
	    "l4 isoir110 csisolatin4" },
	{ "iso-8859-5", "ISO-8859-5", SINGLE,
	    "iso88595 iso885951988 cyrillic isoir144 csisolatincyrillic" },
	{ "iso-8859-6", "ISO-8859-6", SINGLE,
	    "iso88596 iso885961987 iso88596e iso88596i arabic isoir127 "
	    "ecma114 asmo708 csisolatinarabic" },
	{ "iso-8859-7", "ISO-8859-7", SINGLE,
	    "iso88597 iso885971987 greek greek8 isoir126 ecma118 elot928 "
	    "suneugreek csisolatingreek" },
	{ "iso-8859-8", "ISO-8859-8", SINGLE,
	    "iso88598 iso885981988 iso88598i iso88598e hebrew logical visual "
	    "isoir138 csisolatinhebrew" },
	{ "iso-8859-10", "ISO-8859-10", SINGLE,
	    "iso885910 latin6 l6 isoir157 csisolatin6" },
	{ "iso-8859-13", "ISO-8859-13", SINGLE, "iso885913 latin7 l7" },
	{ "iso-8859-14", "ISO-8859-14", SINGLE, "iso885914 latin8 l8" },
	{ "iso-8859-15", "ISO-8859-15", SINGLE,
	    "iso885915 latin9 l9 latin0 csisolatin9" },
	{ "iso-8859-16", "ISO-8859-16", SINGLE, "iso885916 latin10 l10" },
	{ "windows-1250", "CP1250", SINGLE,
	    "windows1250 cp1250 xcp1250 win1250 ms1250 msee" },
	{ "windows-1251", "CP1251", SINGLE,
	    "windows1251 cp1251 xcp1251 win1251 ms1251 mscyrl" },
	{ "windows-1253", "CP1253", SINGLE,
	    "windows1253 cp1253 xcp1253 win1253 ms1253 msgreek" },
	{ "windows-1254 iso-8859-9", "CP1254", SINGLE,
	    "windows1254 cp1254 xcp1254 win1254 ms1254 msturk iso88599 "
	    "iso885991989 latin5 l5 isoir148 csisolatin5 turkish" },
	{ "windows-1255", "CP1255", SINGLE,
	    "windows1255 cp1255 xcp1255 win1255 ms1255 mshebr" },
	{ "windows-1256", "CP1256", SINGLE,
	    "windows1256 cp1256 xcp1256 win1256 ms1256 msarab" },
	{ "windows-1257", "CP1257", SINGLE,
	    "windows1257 cp1257 xcp1257 win1257 ms1257 winbaltrim" },
	{ "windows-1258", "CP1258", SINGLE,
	    "windows1258 cp1258 xcp1258 win1258 ms1258" },
	{ "windows-874 tis-620 iso-8859-11", "CP874", SINGLE,
	    "windows874 cp874 xcp874 dos874 ibm874 tis620 tis6200 tis62025331 "
	    "iso885911 thai" },
	{ "koi8-r", "KOI8-R", SINGLE, "koi8r koi8 koi cskoi8r" },
	{ "koi8-u", "KOI8-U", SINGLE, "koi8u koi8ru" },
	{ "cp437", "IBM437", SINGLE, "ibm437 cp437 437 cspc8codepage437" },
	{ "cp850", "IBM850", SINGLE, "ibm850 cp850 850 cspc850multilingual" },
	{ "cp852", "IBM852", SINGLE, "ibm852 cp852 852 cspcp852" },
	{ "cp855", "IBM855", SINGLE, "ibm855 cp855 855 csibm855" },
	{ "cp857", "IBM857", SINGLE, "ibm857 cp857 857 csibm857" },
	{ "cp866", "IBM866", SINGLE, "ibm866 cp866 866 csibm866 xcp866" },
	{ "macintosh", "MACINTOSH", SINGLE,
	    "macintosh mac xmacroman macroman csmacintosh" },
	{ "gb18030 gbk gb2312", "GB18030", MULTI,
	    "gb18030 gb2312 gb23121980 gb231280 csgb2312 csgb231280 chinese "
	    "isoir58 gbk xgbk cp936 windows936 ms936 euccn xeuccn" },
	{ "big5 big5-hkscs", "BIG5-HKSCS", MULTI,
	    "big5 big5hkscs cnbig5 xxbig5 csbig5 cp950 windows950 ms950 "
	    "big5eten "
	    "big5tw" },
	{ "euc-tw", "EUC-TW", MULTI, "euctw xeuctw cns11643" },
	{ "euc-kr ks_c_5601-1987 windows-949", "UHC", MULTI,
	    "euckr xeuckr cseuckr ksc5601 ksc56011987 ksc56011989 ks5601 "
	    "csksc56011987 isoir149 korean cp949 windows949 ms949 uhc "
	    "xwindows949 "
	    "kscksc5601" },
	{ "shift_jis windows-31j", "CP932", MULTI,
	    "shiftjis xshiftjis sjis xsjis mskanji ms932 cp932 windows31j "
	    "cswindows31j csshiftjis windows932 cp943 ibm943 shiftjis2004" },
	{ "euc-jp", "EUC-JP-MS", MULTI,
	    "eucjp xeucjp eucjpms cseucpkdfmtjapanese eucjpwin ujis cp51932 "
	    "eucjis" },
	{ "iso-2022-jp", "ISO-2022-JP-3", STATEFUL,
	    "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms "
	    "csiso2022jp csiso2022jp2 cp50220 cp50221 cp50222 jis" },
	{ "iso-2022-kr", "ISO-2022-KR", STATEFUL, "iso2022kr csiso2022kr" },
	{ "iso-2022-cn", "ISO-2022-CN-EXT", STATEFUL,
	    "iso2022cn iso2022cnext csiso2022cn" },
	{ "utf-7", "UTF-7", STATEFUL,
	    "utf7 unicode11utf7 csunicode11utf7 xunicode20utf7" },
};

#define COUNT (sizeof(charsets) / sizeof(*charsets))

/* The descriptors of those that iconv has; state is reset before each use. */
static iconv_t tables[COUNT];
static bool is_open[COUNT];

/* All names, open addressing. */
static struct slot {
	const char *name; /* within aliases */
	size_t len;
	size_t charset;
} slots[SLOTS];

/* Where the name is, or the empty slot where it belongs. */
static struct slot *
find_slot(const char *name, size_t len)
{
	uint32_t hash = 2166136261;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619;
	for (i = hash % SLOTS; slots[i].name != NULL; i = (i + 1) % SLOTS)
		if (slots[i].len == len &&
		    memcmp(slots[i].name, name, len) == 0)
			break;
	return &slots[i];
}

static void
add_names(size_t charset)
{
	const char *p = charsets[charset].aliases;
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		*find_slot(p, n) = (struct slot) { p, n, charset };
	}
}

void
charset_init(void)
{
	size_t i;

	if (is_open[0])
		return;
	for (i = 0; i < COUNT; i++) {
		if (charsets[i].source != NULL)
			tables[i] = iconv_open("UTF-8", charsets[i].source);
		is_open[i] = charsets[i].source == NULL ||
		    tables[i] != (iconv_t)-1;
		add_names(i);
	}
}

void
charset_list(bool there, struct buf *out)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		if (is_open[i] == there)
			buf_printf(out, "%s%s", out->len > 0 ? " " : "",
			    charsets[i].name);
}

/* --- names ---------------------------------------------------------------- */

const struct charset *
charset_find(const char *label, size_t len)
{
	const struct slot *slot;
	char name[LABEL_MAX];
	size_t i, n = 0;
	char c;

	for (i = 0; i < len; i++) {
		c = label[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
			continue;
		if (n == sizeof(name))
			return NULL;
		name[n++] = c;
	}
	if (n == 0)
		return NULL;
	charset_init();
	slot = find_slot(name, n);
	if (slot->name == NULL || !is_open[slot->charset])
		return NULL;
	return &charsets[slot->charset];
}

bool
charset_is_utf8(const struct charset *c)
{
	return c->kind == UTF8;
}

bool
charset_is_single(const struct charset *c)
{
	return c->kind == SINGLE || c->kind == LATIN;
}

bool
charset_is_stateful(const struct charset *c)
{
	return c->kind == STATEFUL;
}

/* --- what is built in ----------------------------------------------------- */

void
charset_add_utf8(struct buf *out, unsigned int c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
		return;
	}
	if (c < 0x800)
		buf_add_char(out, (char)(0xc0 | c >> 6));
	else {
		if (c < 0x10000)
			buf_add_char(out, (char)(0xe0 | c >> 12));
		else {
			buf_add_char(out, (char)(0xf0 | c >> 18));
			buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* windows-1252's 0x80 to 0x9f; where it has nothing, as the WHATWG says. */
static const uint16_t latin_high[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, /* 80 */
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,   /* 88 */
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, /* 90 */
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178, /* 98 */
};

static void
add_latin(struct buf *out, unsigned char c)
{
	charset_add_utf8(out, c < 0x80 || c >= 0xa0 ? c : latin_high[c - 0x80]);
}

static uint32_t
utf16_unit(const char *p, bool big)
{
	const unsigned char *u = (const unsigned char *)p;

	return big ? (uint32_t)(u[0] << 8 | u[1])
	           : (uint32_t)(u[1] << 8 | u[0]);
}

void
charset_decode_utf16(const char *p, size_t len, bool big, struct buf *out)
{
	const char *end = p + len;
	uint32_t c, low;

	for (; end - p >= 2; p += 2) {
		c = utf16_unit(p, big);
		low = end - p >= 4 ? utf16_unit(p + 2, big) : 0;
		if ((c & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			p += 2;
		} else if ((c & 0xf800) == 0xd800)
			c = 0xfffd;
		charset_add_utf8(out, c);
	}
}

/* Without a mark: RFC 2781 says big endian, NULs know better. */
static void
decode_utf16(const char *p, size_t len, struct buf *out)
{
	size_t i, even = 0, odd = 0;

	if (len >= 2 &&
	    (memcmp(p, "\xfe\xff", 2) == 0 || memcmp(p, "\xff\xfe", 2) == 0)) {
		charset_decode_utf16(p + 2, len - 2, *p == '\xfe', out);
		return;
	}
	for (i = 0; i + 1 < len; i += 2) {
		even += p[i] == '\0';
		odd += p[i + 1] == '\0';
	}
	charset_decode_utf16(p, len, odd <= even, out);
}

bool
charset_mend(const char *s, size_t len, struct buf *out)
{
	size_t i, n, good = 0, bad = 0;
	bool single;

	for (i = 0; i < len; i += n) {
		n = text_utf8_char(s + i, len - i, NULL);
		good += n > 1;
		bad += n == 0;
		n = n != 0 ? n : 1;
	}
	if (bad == 0) {
		buf_add(out, s, len);
		return false;
	}
	/* By chance two bytes of another charset are one character. */
	single = good > bad;
	for (i = 0; i < len; i += n) {
		n = single ? text_utf8_char(s + i, len - i, NULL) : 0;
		if (n > 1)
			buf_add(out, s + i, n);
		else {
			add_latin(out, (unsigned char)s[i]);
			n = 1;
		}
	}
	return true;
}

/* --- iconv ---------------------------------------------------------------- */

static enum charset_result
decode_iconv(iconv_t table, const char *s, size_t len, struct buf *out)
{
	enum charset_result result = CHARSET_GOOD;
	size_t before = out->len, left, room;
	char *in = (char *)(uintptr_t)s, *to;
	bool flush = false;

	iconv(table, NULL, NULL, NULL, NULL);
	for (left = len;;) {
		to = buf_reserve(out, left + 64);
		room = out->cap - out->len;
		errno = 0;
		iconv(table, flush ? NULL : &in, flush ? NULL : &left, &to,
		    &room);
		out->len = (size_t)(to - out->at);
		if (errno == E2BIG)
			continue;
		if (errno == EILSEQ) {
			out->len = before;
			return CHARSET_BAD;
		}
		if (errno == EINVAL)
			result = CHARSET_CUT;
		if (flush)
			return result;
		flush = true;
	}
}

enum charset_result
charset_decode(
    const struct charset *c, const char *s, size_t len, struct buf *out)
{
	size_t i;

	switch (c->kind) {
	case UTF8:
		if (!text_is_utf8(s, len))
			return CHARSET_BAD;
		buf_add(out, s, len);
		return CHARSET_GOOD;
	case UTF16:
		decode_utf16(s, len, out);
		break;
	case UTF16_LE:
	case UTF16_BE:
		charset_decode_utf16(s, len, c->kind == UTF16_BE, out);
		break;
	case LATIN:
		for (i = 0; i < len; i++)
			add_latin(out, (unsigned char)s[i]);
		return CHARSET_GOOD;
	default:
		return decode_iconv(tables[c - charsets], s, len, out);
	}
	return len % 2 == 0 ? CHARSET_GOOD : CHARSET_CUT;
}

bool
charset_can_say(const struct charset *set, unsigned int wanted)
{
	struct buf out = { 0 };
	uint32_t c;
	int byte;
	bool found = false;
	char one;

	for (byte = 0x80; byte < 0x100 && !found; byte++) {
		one = (char)byte;
		out.len = 0;
		found = charset_decode(set, &one, 1, &out) == CHARSET_GOOD &&
		    text_utf8_char(out.at, out.len, &c) > 0 && c == wanted;
	}
	buf_done(&out);
	return found;
}
