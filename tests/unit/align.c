/* SPDX-License-Identifier: BSD-2-Clause */
/* align: which domains belong together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/align.h"

struct pair {
	const char *a;
	const char *b;
};

/* Alignment does not depend on which of the two is asked about. */
static void
check_pairs(const struct pair *p, bool strict, bool relaxed)
{
	for (; p->a != NULL; p++) {
		if (align_domains(p->a, p->b, true) != strict ||
		    align_domains(p->b, p->a, true) != strict)
			fail_msg("strict: %s, %s", p->a, p->b);
		if (align_domains(p->a, p->b, false) != relaxed ||
		    align_domains(p->b, p->a, false) != relaxed)
			fail_msg("relaxed: %s, %s", p->a, p->b);
	}
}

static void
equal_domains_are_aligned_in_both_modes(void **state)
{
	static const struct pair pairs[] = {
		{ "example.com", "example.com" },
		{ "Example.COM", "example.com" },
		{ "example.com.", "example.com" },
		{ "mail.example.co.uk.", "MAIL.example.co.uk" },
		{ "xn--bcher-kva.example", "XN--BCHER-KVA.example" },
		{ "localhost", "localhost" },
		{ "com", "com" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "b\xc3\xbc"
		  "cher.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, true, true);
}

static void
one_organization_is_aligned_in_relaxed_mode_only(void **state)
{
	static const struct pair pairs[] = {
		{ "mail.example.com", "example.com" },
		{ "a.example.com", "b.c.d.example.com." },
		{ "A.Example.Com", "example.com" },
		{ "example.co.uk", "news.example.co.uk" },
		{ "a.example.co.jp", "b.example.co.jp" },
		{ "a.xn--bcher-kva.com", "xn--bcher-kva.com" },
		/* exceptions of the list: !www.ck, !city.kawasaki.jp */
		{ "a.www.ck", "www.ck" },
		{ "a.city.kawasaki.jp", "city.kawasaki.jp" },
		/* a name that the list does not know: the last two labels */
		{ "a.example.unknown-tld", "example.unknown-tld" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, true);
}

static void
what_only_looks_related_is_never_aligned(void **state)
{
	static const struct pair pairs[] = {
		{ "example.com", "example.net" },
		{ "example.com", "notexample.com" },
		{ "example.com", "com" },
		{ "example.com", "example.com.example.net" },
		{ "a.co.uk", "b.co.uk" },
		{ "co.uk", "example.co.uk" },
		{ "a.github.io", "b.github.io" },
		{ "a.example.ck", "b.other.ck" },
		{ "a.localhost", "b.localhost" },
		{ "localhost", "a.localhost" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, false);
}

static void
addresses_have_no_organization(void **state)
{
	static const struct pair pairs[] = {
		{ "192.0.2.1", "198.51.2.1" },
		{ "192.0.2.1.", "198.51.2.1" },
		{ "[192.0.2.1]", "[198.51.2.1]" },
		{ "::ffff:192.0.2.1", "::1:198.51.2.1" },
		{ "[IPv6:::ffff:192.0.2.1]", "[IPv6:::1:198.51.2.1]" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, false);
}

static void
what_is_no_name_is_aligned_with_nothing(void **state)
{
	static char longer[512];
	const struct pair pairs[] = {
		{ "", "" },
		{ ".", "." },
		{ "", "example.com" },
		{ ".example.com", "example.com" },
		{ "a..example.com", "example.com" },
		{ "..", "example.com" },
		{ "example.com..", "example.com" },
		{ "a.example.com..", "b.example.com.." },
		{ longer, "example.com" },
		{ longer, longer },
		{ "a.b\xc3\xbc"
		  "cher.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ NULL, NULL },
	};

	(void)state;
	memset(longer, 'a', 300);
	memcpy(longer + 300, ".example.com", sizeof(".example.com"));
	check_pairs(pairs, false, false);
	assert_false(align_domains(NULL, NULL, true));
	assert_false(align_domains(NULL, "example.com", false));
	assert_false(align_domains("example.com", NULL, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_domains_are_aligned_in_both_modes),
		cmocka_unit_test(
		    one_organization_is_aligned_in_relaxed_mode_only),
		cmocka_unit_test(what_only_looks_related_is_never_aligned),
		cmocka_unit_test(addresses_have_no_organization),
		cmocka_unit_test(what_is_no_name_is_aligned_with_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
