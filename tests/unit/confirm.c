/* SPDX-License-Identifier: BSD-2-Clause */
/* confirm, dns_range, cymru: what of foreign answers is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "dns/confirm.h"
#include "dns/cymru.h"
#include "dns/dns_range.h"

/* --- names that lead back ------------------------------------------------- */

static struct arena arena;

static int
free_arena(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* "a b": records; "!": DNS_FAILED; "?": not asked; "": none. */
static const struct dns_answer *
answer_of(const char *text)
{
	struct dns_builder b;
	struct dns_answer *answer;
	char copy[400], *rest, *word;

	dns_begin(&b, &arena);
	answer = b.answer;
	answer->asked_ts = 1;
	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		if (word[0] != '!' && word[0] != '?')
			dns_add_record(&b, 0, word);
	dns_end(&b);
	if (text[0] == '!' || text[0] == '?') {
		answer->status = DNS_FAILED;
		answer->failure = "did not answer";
		answer->asked_ts = text[0] == '!';
	}
	return answer;
}

static void
names_are_confirmed_by_their_addresses(void **state)
{
	static const struct {
		const char *ip, *ptr;
		const char *addresses[6]; /* of its names, sorted */
		enum confirm_status status;
		const char *name;
	} cases[] = {
		{ "192.0.2.1", "a.example", { "192.0.2.1" }, CONFIRM_OK,
		    "a.example" },
		{ "192.0.2.1", "a.example", { "192.0.2.9 192.0.2.1" },
		    CONFIRM_OK, "a.example" },
		{ "2001:db8::1", "a.example", { "2001:db8::1" }, CONFIRM_OK,
		    "a.example" },
		{ "192.0.2.1", "", { "" }, CONFIRM_NONE, NULL },
		{ "192.0.2.1", "!", { "" }, CONFIRM_FAILED, NULL },
		{ "192.0.2.1", "?", { "" }, CONFIRM_NOT_ASKED, NULL },
		{ "192.0.2.1", "a.example", { "" }, CONFIRM_UNCONFIRMED,
		    "a.example" },
		{ "192.0.2.1", "a.example", { "192.0.2.10" },
		    CONFIRM_UNCONFIRMED, "a.example" },
		{ "192.0.2.1", "a.example", { "!" }, CONFIRM_FAILED, NULL },
		{ "192.0.2.1", "a.example", { "?" }, CONFIRM_NOT_ASKED, NULL },
		{ "192.0.2.1", "a.example b.example", { "!", "192.0.2.1" },
		    CONFIRM_OK, "b.example" },
		{ "192.0.2.1", "a.example b.example", { "!", "192.0.2.2" },
		    CONFIRM_FAILED, NULL },
		{ "192.0.2.1", "a.example b.example", { "192.0.2.2", "!" },
		    CONFIRM_FAILED, NULL },
		{ "192.0.2.1", "a.example b.example", { "?", "!" },
		    CONFIRM_NOT_ASKED, NULL },
		{ "192.0.2.1", "a.example b.example", { "!", "?" },
		    CONFIRM_NOT_ASKED, NULL },
		/* The sixth is not tried. */
		{ "192.0.2.1", "a.x b.x c.x d.x e.x f.x",
		    { "", "", "", "", "", "192.0.2.1" }, CONFIRM_UNCONFIRMED,
		    "a.x" },
		/* What is no host name is not tried. */
		{ "192.0.2.1", "a,b.example", { "192.0.2.1" },
		    CONFIRM_UNCONFIRMED, "a,b.example" },
	};
	enum confirm_status status;
	struct confirm c;
	const char *name;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&c, 0, sizeof(c));
		snprintf(c.ip, sizeof(c.ip), "%s", cases[i].ip);
		assert_int_equal(confirm_judge(&c, &name), CONFIRM_NOT_ASKED);
		confirm_take_ptr(&c, answer_of(cases[i].ptr));
		assert_true(c.n <= CONFIRM_NAMES);
		for (k = 0; k < c.n; k++)
			c.names[k].answer = answer_of(cases[i].addresses[k]);
		status = confirm_judge(&c, &name);
		if (status != cases[i].status ||
		    (name == NULL) != (cases[i].name == NULL) ||
		    (name != NULL && strcmp(name, cases[i].name) != 0))
			fail_msg("%zu: %d %s", i, status,
			    name != NULL ? name : "(none)");
	}
	snprintf(c.ip, sizeof(c.ip), "2001:db8::1");
	assert_int_equal(confirm_type(&c), DNS_AAAA);
	snprintf(c.ip, sizeof(c.ip), "192.0.2.1");
	assert_int_equal(confirm_type(&c), DNS_A);
}

/* --- who is asked for ----------------------------------------------------- */

static void
addresses_that_nobody_has_are_not_public(void **state)
{
	static const char *const inside[] = { "0.0.0.0", "0.255.255.255",
		"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.1", "169.254.0.0", "169.254.255.255", "172.16.0.0",
		"172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0",
		"192.168.255.255", "198.51.100.77", "203.0.113.0", "224.0.0.0",
		"239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1",
		"::ffff:8.8.8.8", "64:ff9b::1", "100::", "100::ffff",
		"2001:db8::", "2001:db8:ffff::1",
		"3fff::", "3fff:fff::", "fc00::", "fdff::1", "fe80::1",
		"febf::1", "fec0::1", "ff00::", "ff02::1", "", "x", "1.2.3",
		"192.0.2.1 ", "1::2::3" };
	static const char *const public[] = { "1.0.0.0", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255",
		"192.169.0.0", "198.18.0.1", "198.51.99.255", "198.51.101.0",
		"203.0.112.255", "203.0.114.0", "223.255.255.255",
		"2001:db7:ffff::1", "2001:db9::", "2600::1", "3ffe::1",
		"3fff:1000::", "2001:2::1", "fbff::1", "100:0:0:1::" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (dns_range_is_public(inside[i]))
			fail_msg("%s is public", inside[i]);
	for (i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		if (!dns_range_is_public(public[i]))
			fail_msg("%s is not public", public[i]);
}

/* --- Team Cymru ----------------------------------------------------------- */

static void
questions_to_team_cymru_are_written(void **state)
{
	char name[DNS_NAME];

	(void)state;
	assert_true(cymru_write_origin("192.0.2.25", name));
	assert_string_equal(name, "25.2.0.192.origin.asn.cymru.com");
	assert_true(cymru_write_origin("2001:db8::1", name));
	assert_string_equal(name,
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	    ".origin6.asn.cymru.com");
	assert_false(cymru_write_origin("x", name));
	cymru_write_as(4294967295, name);
	assert_string_equal(name, "as4294967295.asn.cymru.com");
}

static void
its_answers_are_read(void **state)
{
	struct cymru_origin o;
	char name[GEO_NAME];

	(void)state;
	assert_true(cymru_read_origin(
	    "64500 64501 | 192.0.2.0/24 | NL | ripencc | 2001-01-01", &o));
	assert_int_equal(o.asn, 64500);
	assert_string_equal(o.country, "NL");
	assert_true(cymru_has_address(&o, "192.0.2.0"));
	assert_true(cymru_has_address(&o, "192.0.2.255"));
	assert_false(cymru_has_address(&o, "192.0.3.0"));
	assert_false(cymru_has_address(&o, "2001:db8::1"));
	assert_true(
	    cymru_read_origin("64500|2001:db8:8000::/33|EU|x|y|z|||", &o));
	assert_true(cymru_has_address(&o, "2001:db8:8000::1"));
	assert_false(cymru_has_address(&o, "2001:db8:7fff::1"));
	assert_true(cymru_read_origin("1 | 10.0.0.0/8 | n1 |", &o));
	assert_string_equal(o.country, "");
	assert_true(cymru_read_origin("1 | 10.0.0.1/32", &o));
	assert_true(cymru_has_address(&o, "10.0.0.1"));
	assert_false(cymru_has_address(&o, "10.0.0.0"));
	assert_true(cymru_read_as(
	    "64500 | NL | ripencc | 2001-01-01 | EXAMPLE-AS", 64500, name));
	assert_string_equal(name, "EXAMPLE-AS");
	assert_true(cymru_read_as("1 ||||a\033[2J", 1, name));
	assert_string_equal(name, "a\\x1b[2J");
}

static void
what_is_no_answer_of_it_is_not_read(void **state)
{
	static const char *const bad[] = { "", "|", "||||", "64500",
		"x | 192.0.2.0/24", "0 | 192.0.2.0/24", "-1 | 192.0.2.0/24",
		"4294967296 | 192.0.2.0/24", "64500 | 192.0.2.0",
		"64500 | 192.0.2.0/", "64500 | 192.0.2.0/33",
		"64500 | 0.0.0.0/0", "64500 | ::/0", "64500 | ::/129",
		"64500 | 192.0.2/24", "64500 | x/24", "64500 | /24",
		" | 192.0.2.0/24" };
	struct cymru_origin o;
	char name[GEO_NAME];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cymru_read_origin(bad[i], &o))
			fail_msg("%s", bad[i]);
	assert_false(cymru_read_as("64500 | NL | x | y | NAME", 64501, name));
	assert_false(cymru_read_as("64500 | NL | x | NAME", 64500, name));
	assert_false(cymru_read_as("64500 | NL | x | y |  ", 64500, name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_confirmed_by_their_addresses),
		cmocka_unit_test(addresses_that_nobody_has_are_not_public),
		cmocka_unit_test(questions_to_team_cymru_are_written),
		cmocka_unit_test(its_answers_are_read),
		cmocka_unit_test(what_is_no_answer_of_it_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, free_arena);
}
