/* SPDX-License-Identifier: BSD-2-Clause */
/* charset: names found, bytes decoded or refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <iconv.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "parse/charset.h"

static const struct charset *
find(const char *label)
{
	return charset_find(label, strlen(label));
}

/* Of a copy of exact size, for the sanitizer to watch its ends. */
static void
assert_decoded(const char *label, const char *bytes, size_t len,
    enum charset_result result, const char *text)
{
	const struct charset *c = find(label);
	struct buf out = { 0 };
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	assert_non_null(c);
	memcpy(copy, bytes, len);
	copy = realloc(copy, len > 0 ? len : 1);
	buf_add_char(&out, '>');
	assert_int_equal(charset_decode(c, copy, len, &out), result);
	assert_string_equal(buf_str(&out) + 1, text);
	buf_done(&out);
	free(copy);
}

#define DECODED(label, bytes, text) \
	assert_decoded(label, bytes, sizeof(bytes) - 1, CHARSET_GOOD, text)

static void
names_are_found_however_they_are_written(void **state)
{
	static const char *const same[][2] = { { "utf-8", "UTF8" },
		{ "utf-8", "us-ascii" }, { "utf-8", "ANSI_X3.4-1968" },
		{ "windows-1252", "ISO_8859-1" }, { "windows-1252", "latin1" },
		{ "windows-1252", "iso-8859-1:1987" }, { "gbk", "GB2312" },
		{ "gbk", "gb_2312-80" }, { "gbk", "cp936" },
		{ "euc-kr", "ks_c_5601-1987" }, { "euc-kr", "cp949" },
		{ "shift_jis", "Shift-JIS" }, { "shift_jis", "x-sjis" },
		{ "shift_jis", "windows-31j" }, { "big5", "cp950" },
		{ "iso-8859-9", "windows-1254" }, { "tis-620", "windows-874" },
		{ "iso-8859-8", "ISO-8859-8-I" }, { "utf-16", "unicode" },
		{ "iso-2022-jp", "ISO-2022-JP-2" }, { "koi8-r", " KOI8_R " } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_non_null(find(same[i][0]));
		assert_ptr_equal(find(same[i][0]), find(same[i][1]));
	}
	assert_ptr_not_equal(find("iso-8859-2"), find("iso-8859-1"));
	assert_null(find(""));
	assert_null(find("-"));
	assert_null(find("x-unknown"));
	assert_null(find("utf-8utf-8utf-8utf-8utf-8utf-8utf-8utf-8utf-8"));
}

static void
what_they_are_is_known(void **state)
{
	(void)state;
	assert_true(charset_is_utf8(find("utf-8")));
	assert_false(charset_is_utf8(find("utf-16")));
	assert_true(charset_is_single(find("iso-8859-1")));
	assert_true(charset_is_single(find("koi8-r")));
	assert_false(charset_is_single(find("gbk")));
	assert_true(charset_is_stateful(find("iso-2022-jp")));
	assert_false(charset_is_stateful(find("shift_jis")));
}

static void
bytes_become_utf8(void **state)
{
	(void)state;
	DECODED("utf-8", "a\xc3\xa9", "a\xc3\xa9");
	DECODED("iso-8859-1", "\xe9\x80", "\xc3\xa9\xe2\x82\xac");
	DECODED("iso-8859-2", "\xb1", "\xc4\x85");
	DECODED("iso-8859-15", "\xa4", "\xe2\x82\xac");
	DECODED("windows-1251", "\xd1", "\xd0\xa1");
	DECODED("cp850", "\x81", "\xc3\xbc");
	DECODED("gb2312", "\xb7\xa2", "\xe5\x8f\x91");
	/* Not in GB 2312, but often called so. */
	DECODED("gb2312", "\xb0\x6c", "\xe7\x99\xbc");
	DECODED("big5", "\xb5\x6f", "\xe7\x99\xbc");
	DECODED("euc-kr", "\xc3\xbb", "\xec\xb2\xad");
	DECODED("shift_jis", "\x90\xbf", "\xe8\xab\x8b");
	DECODED("euc-jp", "\xc0\xc1", "\xe8\xab\x8b");
	DECODED("utf-7", "+AOk-", "\xc3\xa9");
	DECODED("utf-16", "\xff\xfe\x3d\xd8\0\xde", "\xf0\x9f\x98\x80");
	DECODED("utf-16", "a\0b\0", "ab");
	DECODED("utf-16", "\0a\0b", "ab");
	DECODED("utf-16le",
	    "\x3d\xd8"
	    "a\0",
	    "\xef\xbf\xbd"
	    "a");
	DECODED("big5", "", "");
}

/* ISO-2022 has states: one text may not go on where another ended. */
static void
each_text_begins_anew(void **state)
{
	(void)state;
	DECODED("iso-2022-jp", "\x1b$B@A", "\xe8\xab\x8b");
	DECODED("iso-2022-jp", "@A", "@A");
	assert_decoded("iso-2022-jp", "\x1b$B@", 4, CHARSET_CUT, "");
	DECODED("iso-2022-jp", "@A", "@A");
}

static void
what_is_none_of_it_is_told(void **state)
{
	(void)state;
	assert_decoded("gbk", "a\xff\xff", 3, CHARSET_BAD, "");
	assert_decoded("gbk", "a\xb7", 2, CHARSET_CUT, "a");
	assert_decoded("utf-8", "a\xff", 2, CHARSET_BAD, "");
	assert_decoded("utf-16le", "a\0b", 3, CHARSET_CUT, "a");
}

static void
assert_mended(const char *bytes, bool was_bad, const char *text)
{
	struct buf out = { 0 };

	assert_int_equal(charset_mend(bytes, strlen(bytes), &out), was_bad);
	assert_string_equal(buf_str(&out), text);
	buf_done(&out);
}

static void
what_should_be_utf8_is_else_windows_1252(void **state)
{
	(void)state;
	assert_mended("", false, "");
	assert_mended("a\xc3\xa9", false, "a\xc3\xa9");
	assert_mended("a\xe9", true, "a\xc3\xa9");
	assert_mended("\xe9 \xc3\xa9 \xc3\xa9", true,
	    "\xc3\xa9 \xc3\xa9 "
	    "\xc3\xa9");
	assert_mended("\xc3\xa9 \xe9", true, "\xc3\xa9 \xc3\xa9");
	/* Two of four bytes are one character of UTF-8 by chance. */
	assert_mended(
	    "\xb7\xa2\xc6\xb1", true, "\xc2\xb7\xc2\xa2\xc3\x86\xc2\xb1");
	assert_mended("\x81", true, "\xc2\x81");
}

/* One byte, by iconv; out holds what becomes of it, or "". */
static void
ask_iconv(iconv_t table, char byte, char out[8])
{
	char *in = &byte, *to = out;
	size_t left = 1, room = 7;

	iconv(table, NULL, NULL, NULL, NULL);
	if (iconv(table, &in, &left, &to, &room) == (size_t)-1)
		to = out;
	*to = '\0';
}

/* Our tables of single bytes are those of iconv. */
static void
single_bytes_are_what_iconv_says(void **state)
{
	static const char *const sets[][2] = { { "windows-1250", "CP1250" },
		{ "windows-1251", "CP1251" }, { "windows-1252", "CP1252" },
		{ "windows-1253", "CP1253" }, { "windows-1254", "CP1254" },
		{ "windows-1256", "CP1256" }, { "windows-1257", "CP1257" },
		{ "windows-874", "CP874" }, { "iso-8859-2", "ISO-8859-2" },
		{ "iso-8859-3", "ISO-8859-3" }, { "iso-8859-4", "ISO-8859-4" },
		{ "iso-8859-5", "ISO-8859-5" }, { "iso-8859-6", "ISO-8859-6" },
		{ "iso-8859-7", "ISO-8859-7" }, { "iso-8859-8", "ISO-8859-8" },
		{ "iso-8859-10", "ISO-8859-10" },
		{ "iso-8859-13", "ISO-8859-13" },
		{ "iso-8859-14", "ISO-8859-14" },
		{ "iso-8859-15", "ISO-8859-15" },
		{ "iso-8859-16", "ISO-8859-16" }, { "koi8-r", "KOI8-R" },
		{ "koi8-u", "KOI8-U" }, { "cp437", "IBM437" },
		{ "cp850", "IBM850" }, { "cp852", "IBM852" },
		{ "cp855", "IBM855" }, { "cp857", "IBM857" },
		{ "cp866", "IBM866" }, { "macintosh", "MACINTOSH" } };
	struct buf out = { 0 };
	enum charset_result r;
	char text[8], byte;
	size_t i, c;
	iconv_t table;

	(void)state;
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		table = iconv_open("UTF-8", sets[i][1]);
		assert_true(table != (iconv_t)-1);
		for (c = 0; c < 256; c++) {
			byte = (char)c;
			ask_iconv(table, byte, text);
			out.len = 0;
			r = charset_decode(find(sets[i][0]), &byte, 1, &out);
			/* The WHATWG has controls where it has nothing. */
			if (i == 2 && text[0] == '\0' && c != 0)
				continue;
			if (c == 0)
				assert_int_equal(out.len, 1);
			else
				assert_string_equal(buf_str(&out), text);
			assert_int_equal(
			    r == CHARSET_BAD, c != 0 && text[0] == '\0');
		}
		iconv_close(table);
	}
	buf_done(&out);
}

/* All that there are, with all bytes there are: nothing but UTF-8 comes out. */
static void
nothing_but_utf8_comes_out(void **state)
{
	struct buf names = { 0 }, out = { 0 };
	char bytes[3 * 256 * 2], *name, *rest;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i % 3 == 0 ? i / 3 : i * 7 + i / 256);
	charset_init();
	charset_list(true, &names);
	rest = names.at;
	buf_str(&names);
	while ((name = strsep(&rest, " ")) != NULL) {
		const struct charset *c = find(name);

		assert_non_null(c);
		for (i = 0; i + 6 <= sizeof(bytes); i++) {
			out.len = 0;
			charset_decode(c, bytes + i, 6, &out);
			assert_true(text_is_utf8(out.at, out.len));
		}
		n++;
	}
	assert_true(n > 50);
	buf_done(&out);
	buf_done(&names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_however_they_are_written),
		cmocka_unit_test(what_they_are_is_known),
		cmocka_unit_test(bytes_become_utf8),
		cmocka_unit_test(each_text_begins_anew),
		cmocka_unit_test(what_is_none_of_it_is_told),
		cmocka_unit_test(what_should_be_utf8_is_else_windows_1252),
		cmocka_unit_test(single_bytes_are_what_iconv_says),
		cmocka_unit_test(nothing_but_utf8_comes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
