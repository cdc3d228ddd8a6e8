/* SPDX-License-Identifier: BSD-2-Clause */
/* dkim_canon: header fields and bodies as DKIM hashes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/sha256.h"
#include "parse/dkim_canon.h"

#define MAX UINT64_MAX

static void
a_body_is_hashed_as_its_canonical_text(void **state)
{
	static const struct {
		const char *body, *simple, *relaxed;
	} rows[] = {
		{ "", "\r\n", "" },
		{ "\r\n", "\r\n", "" },
		{ "\r\n\r\n\r\n", "\r\n", "" },
		{ "a", "a\r\n", "a\r\n" },
		{ "a\r\n", "a\r\n", "a\r\n" },
		{ "a\r\n\r\n\r\n", "a\r\n", "a\r\n" },
		{ "\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n" },
		/* The example of RFC 6376, 3.4.5, in other letters. */
		{ " X \r\nY \t Z  \r\n\r\n\r\n", " X \r\nY \t Z  \r\n",
		    " X\r\nY Z\r\n" },
		/* Lines of blanks only. */
		{ " \t\r\n", " \t\r\n", "" },
		{ "a\r\n \t\r\nb\r\n \r\n", "a\r\n \t\r\nb\r\n \r\n",
		    "a\r\n\r\nb\r\n" },
		{ "a\r\n \t", "a\r\n \t\r\n", "a\r\n" },
		{ "a \t", "a \t\r\n", "a\r\n" },
		/* As a file has it. */
		{ "a \nb\n\nc\n\n", "a \r\nb\r\n\r\nc\r\n",
		    "a\r\nb\r\n\r\nc\r\n" },
		{ "a\r\nb\nc", "a\r\nb\r\nc\r\n", "a\r\nb\r\nc\r\n" },
		/* A carriage return alone is no line end. */
		{ "a\rb\r\n", "a\rb\r\n", "a\rb\r\n" },
		{ "a\r", "a\r\r\n", "a\r\r\n" },
		{ "a \r\r\n", "a \r\r\n", "a \r\r\n" },
		{ "\r\r\n", "\r\r\n", "\r\r\n" },
		{ "\xe4\t\t\xff\r\n", "\xe4\t\t\xff\r\n", "\xe4 \xff\r\n" },
	};
	uint8_t found[DKIM_HASH_SIZE], expected[SHA256_SIZE];
	const char *text;
	struct dkim_hash h;
	size_t i, n;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		text = i % 2 ? rows[i / 2].relaxed : rows[i / 2].simple;
		n = strlen(rows[i / 2].body);
		dkim_hash_init(&h, false, MAX);
		dkim_canon_body(&h, i % 2, rows[i / 2].body, n);
		assert_int_equal(h.len, strlen(text));
		assert_int_equal(dkim_hash_end(&h, found), SHA256_SIZE);
		sha256_hash(text, strlen(text), expected);
		assert_memory_equal(found, expected, SHA256_SIZE);
	}
}

static void
only_as_many_bytes_count_as_l_says(void **state)
{
	static const char body[] = "one  two\r\nthree\r\n\r\n";
	static const char canon[] = "one two\r\nthree\r\n";
	uint8_t found[DKIM_HASH_SIZE], expected[SHA256_SIZE];
	struct dkim_hash h;
	size_t max;

	(void)state;
	for (max = 0; max < sizeof(canon) + 3; max++) {
		dkim_hash_init(&h, false, max);
		dkim_canon_body(&h, true, body, sizeof(body) - 1);
		assert_int_equal(h.len, sizeof(canon) - 1);
		dkim_hash_end(&h, found);
		sha256_hash(canon,
		    max < sizeof(canon) ? max : sizeof(canon) - 1, expected);
		assert_memory_equal(found, expected, SHA256_SIZE);
	}
}

/* FIPS 180-4's test of a million letters, in pieces of every size. */
static void
a_hash_does_not_depend_on_the_pieces(void **state)
{
	static const uint8_t sha1[] = { 0x34, 0xaa, 0x97, 0x3c, 0xd4, 0xc4,
		0xda, 0xa4, 0xf6, 0x1e, 0xeb, 0x2b, 0xdb, 0xad, 0x27, 0x31,
		0x65, 0x34, 0x01, 0x6f };
	char piece[2000];
	uint8_t found[DKIM_HASH_SIZE];
	struct dkim_hash h;
	size_t n, left = 1000000;

	(void)state;
	memset(piece, 'a', sizeof(piece));
	dkim_hash_init(&h, true, MAX);
	for (n = 0; left > 0; left -= n) {
		n = (n + 1) % sizeof(piece);
		n = n < left ? n : left;
		dkim_hash_add(&h, piece, n);
	}
	assert_int_equal(dkim_hash_end(&h, found), sizeof(sha1));
	assert_memory_equal(found, sha1, sizeof(sha1));
}

static void
a_field_becomes_its_canonical_text(void **state)
{
	static const struct {
		const char *field, *simple, *relaxed;
	} rows[] = {
		{ "A: X\r\n", "A: X\r\n", "a:X\r\n" },
		{ "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n" },
		{ "SUBJect:AbC\r\n", "SUBJect:AbC\r\n", "subject:AbC\r\n" },
		{ "X: \r\n \r\n\ta\r\n", "X: \r\n \r\n\ta\r\n", "x:a\r\n" },
		{ "X:\r\n", "X:\r\n", "x:\r\n" },
		{ "X: \t \r\n", "X: \t \r\n", "x:\r\n" },
		/* As a file has it, and at its end. */
		{ "X: a\n b\n", "X: a\r\n b\r\n", "x:a b\r\n" },
		{ "X: a", "X: a\r\n", "x:a\r\n" },
		{ "X: a:b : c\r\n", "X: a:b : c\r\n", "x:a:b : c\r\n" },
	};
	struct mime_field f;
	struct buf out = { 0 };
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		f.name = rows[i].field;
		f.name_len = strcspn(f.name, " :");
		f.value = strchr(f.name, ':') + 1;
		f.len = len = strlen(f.value);
		out.len = 0;
		dkim_canon_field(&out, false, &f, NULL, 0);
		assert_string_equal(buf_str(&out), rows[i].simple);
		out.len = 0;
		dkim_canon_field(&out, true, &f, NULL, 0);
		assert_string_equal(buf_str(&out), rows[i].relaxed);
	}
	buf_done(&out);
}

/* RFC 6376, 3.5: b= is deleted with all white space around it. */
static void
a_part_can_be_left_out(void **state)
{
	static const char field[] = "S: a=1;\r\n b= x\r\n y ; c=2\r\n";
	struct mime_field f = { .name = field, .name_len = 1 };
	const char *cut = strchr(field, 'b') + 2;
	struct buf out = { 0 };

	(void)state;
	f.value = field + 2;
	f.len = strlen(f.value);
	dkim_canon_field(&out, false, &f, cut, strcspn(cut, ";"));
	assert_string_equal(buf_str(&out), "S: a=1;\r\n b=; c=2\r\n");
	out.len = 0;
	dkim_canon_field(&out, true, &f, cut, strcspn(cut, ";"));
	assert_string_equal(buf_str(&out), "s:a=1; b=; c=2\r\n");
	/* It is last: with the line end. */
	out.len = 0;
	dkim_canon_field(&out, false, &f, cut, strlen(cut));
	assert_string_equal(buf_str(&out), "S: a=1;\r\n b=\r\n");
	buf_done(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_hashed_as_its_canonical_text),
		cmocka_unit_test(only_as_many_bytes_count_as_l_says),
		cmocka_unit_test(a_hash_does_not_depend_on_the_pieces),
		cmocka_unit_test(a_field_becomes_its_canonical_text),
		cmocka_unit_test(a_part_can_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
