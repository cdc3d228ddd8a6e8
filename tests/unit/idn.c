/* SPDX-License-Identifier: BSD-2-Clause */
/* idn: one key for a name however it is written, and which are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "report/idn.h"

#define BUECHER "xn--bcher-kva.example"

static void
is_key(const char *name, const char *key)
{
	char out[IDN_SIZE] = "untouched";
	bool good = idn_to_ascii(name, out);

	if (good != (key != NULL) ||
	    strcmp(out, key != NULL ? key : "untouched") != 0)
		fail_msg("%s: %s", name, out);
}

static void
every_spelling_has_the_same_key(void **state)
{
	(void)state;
	is_key("bücher.example", BUECHER);
	is_key("BÜCHER.Example", BUECHER);
	is_key("bu\xcc\x88"
	       "cher.example",
	    BUECHER); /* decomposed */
	is_key("bücher\xe3\x80\x82"
	       "example",
	    BUECHER); /* U+3002 */
	is_key("bücher.example.", BUECHER);
	is_key("xn--bcher-kva.example", BUECHER);
	is_key("XN--BCHER-KVA.EXAMPLE", BUECHER);
	is_key("\xef\xbd\x82ücher.example", BUECHER); /* fullwidth b */
	is_key("_dmarc.bücher.example", "_dmarc." BUECHER);
	is_key("xn--bcher-kva.bücher.example", "xn--bcher-kva." BUECHER);
	is_key("faß.example", "xn--fa-hia.example"); /* not "fass" */
	is_key("例え.テスト", "xn--r8jz45g.xn--zckzah");
	is_key("example.org", "example.org");
}

static void
what_is_no_name_has_no_key(void **state)
{
	char much[2000];

	(void)state;
	is_key("bü cher.example", NULL);
	is_key("bü\xc2\xa0"
	       "cher.example",
	    NULL); /* a no-break space */
	is_key("-ü.example", NULL);
	is_key("☃.example", NULL);
	is_key("a/ü.example", NULL);
	is_key("ü\xff.example", NULL);
	is_key("\xe2\x80\x8dü.example", NULL); /* a joiner that joins nothing */
	is_key("", NULL);
	is_key(".", NULL);
	memset(much, 'a', sizeof(much));
	memcpy(much + sizeof(much) - 4, ".ü", 4);
	is_key(much, NULL);
	/* 253 bytes are allowed, and no more. */
	snprintf(much, sizeof(much), "ü.%s.%s.%s.%s",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	is_key(much, NULL);
}

static void
is_shown(const char *name, const char *shown)
{
	char out[IDN_SHOWN] = "as it is";

	idn_to_shown(name, strlen(name), out);
	if (strcmp(out, shown != NULL ? shown : "as it is") != 0)
		fail_msg("%s: %s", name, out);
}

/* The A-labels of a name, which are then what is shown of it, or not. */
static void
is_safe(const char *name, bool safe)
{
	char ascii[IDN_SIZE];

	assert_true(idn_to_ascii(name, ascii));
	is_shown(ascii, safe ? name : NULL);
}

static void
names_of_one_script_are_shown(void **state)
{
	static const char *const names[] = { "bücher.example",
		"news.bücher.example", "_dmarc.bücher.example", "łódź.example",
		"straße.example", "việt.example", "почта.example",
		"москва2.example", "ελλάδα.example", "例え.テスト",
		"xあア漢.example", "한국漢.example", "हिन्दी.example",
		"ไทย.example" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_safe(names[i], true);
}

static void
what_may_be_taken_for_another_name_stays_as_it_is(void **state)
{
	static const char *const names[] = {
		"\xd0\xb0pple.example",         /* one Cyrillic a */
		"xn--80ak6aa92e.example",       /* all Cyrillic, "apple" */
		"\xd1\x81\xd0\xbe\xd1\x81.com", /* Cyrillic "coc" */
		"\xce\xbf\xce\xbd.example",     /* Greek "ov" */
		"αж.example",                   /* two alphabets */
		"aж.example", "한あ.example",   /* no language has both */
		"aя.bücher.example", "ıssue.example", /* a dotless i */
		"שלום.example",                       /* right to left */
		"a\xcc\xb8x.example",                 /* a stroke through it */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_safe(names[i], false);
	is_shown("example.org", NULL);
	is_shown("xn--", NULL);
	is_shown("xn--a", NULL);
	is_shown("xn--bcher-kva-.example", NULL);
	/* The A-label of capitals is nobody's. */
	is_shown("xn--bcher-2pa.example", NULL);
	is_shown("xn--example-.example", NULL);
}

/* No bytes crash it, and what is shown leads back. */
static void
what_is_shown_leads_back_to_its_key(void **state)
{
	static const char *const bits[] = { "xn--", "-", "a", "kva", "zz9", ".",
		"\xc3\xbc", "\xe3\x80\x82", "\xff", "80", "_", "bcher" };
	char name[64], out[IDN_SHOWN], ascii[IDN_SIZE];
	unsigned int seed = 1, i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		name[0] = '\0';
		for (k = 0; k < 6; k++) {
			seed = seed * 1103515245U + 12345U;
			strncat(name,
			    bits[(seed >> 16) % (sizeof(bits) / sizeof(*bits))],
			    sizeof(name) - strlen(name) - 1);
		}
		if (idn_to_ascii(name, ascii))
			assert_true(strlen(ascii) < IDN_SIZE - 2 &&
			    !idn_is_foreign(ascii));
		if (idn_to_shown(name, strlen(name), out)) {
			assert_true(idn_to_ascii(out, ascii));
			assert_string_equal(ascii, name);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_has_the_same_key),
		cmocka_unit_test(what_is_no_name_has_no_key),
		cmocka_unit_test(names_of_one_script_are_shown),
		cmocka_unit_test(
		    what_may_be_taken_for_another_name_stays_as_it_is),
		cmocka_unit_test(what_is_shown_leads_back_to_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
