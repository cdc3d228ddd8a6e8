/* SPDX-License-Identifier: BSD-2-Clause */
/* mx: whether a domain takes mail, and through which servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dns/mx.h"
#include "dns_zone.h"

static const struct zone_row rows[] = {
	{ "good.example", DNS_MX, "20 b.example" },
	{ "good.example", DNS_MX, "10 A.example" },
	{ "a.example", DNS_A, "192.0.2.1" },
	{ "b.example", DNS_AAAA, "2001:db8::1" },
	{ "null.example", DNS_MX, "0 " },
	{ "mixed.example", DNS_MX, "0 " },
	{ "mixed.example", DNS_MX, "10 a.example" },
	{ "alias.example", DNS_MX, "10 cname.example" },
	{ "cname.example", DNS_CNAME, "a.example" },
	{ "dangling.example", DNS_MX, "10 lost.example" },
	{ "lost.example", DNS_CNAME, "nowhere.example" },
	{ "address.example", DNS_MX, "10 192.0.2.1" },
	{ "bare.example", DNS_A, "192.0.2.1" },
	{ "bare6.example", DNS_AAAA, "2001:db8::1" },
	{ "text.example", DNS_TXT, "hello" },
	{ "empty.example", DNS_MX, "10 text.example" },
	{ "gone.example", DNS_MX, "10 nowhere.example" },
	{ "failed.example", DNS_MX, NULL },
	{ "half.example", DNS_MX, "10 silent.example" },
	{ "half.example", DNS_MX, "20 nowhere.example" },
	{ "saved.example", DNS_MX, "10 silent.example" },
	{ "saved.example", DNS_MX, "20 a.example" },
	{ "silent.example", DNS_A, NULL },
	{ "silent.example", DNS_CNAME, NULL },
	{ "a6.example", DNS_A, NULL },
	{ "a6.example", DNS_AAAA, "2001:db8::1" },
	{ "six.example", DNS_MX, "10 a6.example" },
	{ "odd.example", DNS_MX, "10 a b" },
	{ "unsure.example", DNS_AAAA, NULL },
	{ NULL, 0, NULL },
};

static void
mail_is_taken_where_a_server_has_an_address(void **state)
{
	static const struct {
		const char *domain;
		enum mx_answer takes_mail;
		size_t n;
		bool is_null, is_implicit;
	} cases[] = {
		{ "good.example", MX_YES, 2, false, false },
		{ "GOOD.example.", MX_YES, 2, false, false },
		{ "null.example", MX_NO, 1, true, false },
		{ "mixed.example", MX_YES, 2, true, false },
		{ "alias.example", MX_YES, 1, false, false },
		{ "dangling.example", MX_NO, 1, false, false },
		{ "address.example", MX_NO, 1, false, false },
		{ "bare.example", MX_YES, 0, false, true },
		{ "bare6.example", MX_YES, 0, false, true },
		{ "text.example", MX_NO, 0, false, false },
		{ "empty.example", MX_NO, 1, false, false },
		{ "gone.example", MX_NO, 1, false, false },
		{ "nosuch.example", MX_NO, 0, false, false },
		{ "failed.example", MX_CANNOT_TELL, 0, false, false },
		{ "half.example", MX_CANNOT_TELL, 2, false, false },
		{ "saved.example", MX_YES, 2, false, false },
		{ "six.example", MX_YES, 1, false, false },
		{ "odd.example", MX_NO, 1, false, false },
		{ "unsure.example", MX_CANNOT_TELL, 0, false, false },
	};
	struct zone zone = { .rows = rows };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct mx_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(mx_find(&source, cases[i].domain, &arena, &facts));
		if (facts.takes_mail != cases[i].takes_mail ||
		    facts.n != cases[i].n ||
		    facts.is_null != cases[i].is_null ||
		    facts.is_implicit != cases[i].is_implicit)
			fail_msg("%s: %d %zu %d %d", cases[i].domain,
			    (int)facts.takes_mail, facts.n, facts.is_null,
			    facts.is_implicit);
	}
	assert_false(mx_find(&source, "a b", &arena, &facts));
	assert_false(mx_find(&source, "", &arena, &facts));
	arena_done(&zone.arena);
	arena_done(&arena);
}

static void
each_server_says_what_is_wrong_with_it(void **state)
{
	struct zone zone = { .rows = rows };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct mx_facts f;

	(void)state;
	assert_true(mx_find(&source, "unsure.example", &arena, &f));
	assert_string_equal(f.failed.name, "unsure.example");
	assert_int_equal(f.failed.type, DNS_AAAA);
	assert_true(mx_find(&source, "good.example", &arena, &f));
	assert_null(f.failed.name);
	assert_string_equal(f.targets[0].name, "a.example");
	assert_int_equal(f.targets[0].preference, 10);
	assert_int_equal(f.targets[0].is_alias, MX_NO);
	assert_string_equal(f.targets[1].name, "b.example");
	assert_int_equal(f.targets[1].status, DNS_NONE);
	assert_true(mx_find(&source, "mixed.example", &arena, &f));
	assert_true(f.is_null_mixed);
	assert_true(mx_find(&source, "null.example", &arena, &f));
	assert_false(f.is_null_mixed);
	assert_string_equal(f.targets[0].name, "");
	assert_true(mx_find(&source, "alias.example", &arena, &f));
	assert_int_equal(f.targets[0].is_alias, MX_YES);
	assert_string_equal(f.targets[0].canonical, "a.example");
	assert_int_equal(f.targets[0].has_address, MX_YES);
	assert_true(mx_find(&source, "address.example", &arena, &f));
	assert_true(f.targets[0].is_ip);
	assert_true(mx_find(&source, "half.example", &arena, &f));
	assert_string_equal(f.failed.name, "silent.example");
	assert_int_equal(f.failed.type, DNS_CNAME);
	assert_string_equal(f.failed.failure, "did not answer");
	assert_int_equal(f.targets[0].is_alias, MX_CANNOT_TELL);
	assert_int_equal(f.targets[0].has_address, MX_CANNOT_TELL);
	assert_int_equal(f.targets[1].has_address, MX_NO);
	assert_int_equal(f.targets[1].status, DNS_NO_NAME);
	arena_done(&zone.arena);
	arena_done(&arena);
}

static void
not_more_servers_are_asked_for_than_there_is_room(void **state)
{
	struct zone_row many[MX_TARGETS + 6];
	char names[MX_TARGETS + 5][32];
	struct zone zone = { .rows = many };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct mx_facts f;
	size_t i;

	(void)state;
	for (i = 0; i < MX_TARGETS + 5; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu mx%zu.example", i, i);
		many[i] = (struct zone_row) { "many.example", DNS_MX,
			names[i] };
	}
	many[i] = (struct zone_row) { .name = NULL };
	assert_true(mx_find(&source, "many.example", &arena, &f));
	assert_int_equal(f.n, MX_TARGETS);
	assert_true(f.is_cut);
	/* None of these has an address, but the others were not asked. */
	assert_int_equal(f.takes_mail, MX_CANNOT_TELL);
	assert_true(zone.nasked <= 1 + 3 * MX_TARGETS);
	arena_done(&zone.arena);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_is_taken_where_a_server_has_an_address),
		cmocka_unit_test(each_server_says_what_is_wrong_with_it),
		cmocka_unit_test(
		    not_more_servers_are_asked_for_than_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
