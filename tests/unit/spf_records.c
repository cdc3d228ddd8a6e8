/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF by the scenarios of the published test suite for RFC 7208: what is done
 * before there is a record, which one is taken, and how it is read.
 */
#include "dns/spf.h"
#include "spf_zone.h"

#define LONG_62 "a2345678901234567890123456789012345678901234567890123456789012"
#define LONG_63 LONG_62 "3"
#define LONG_64 LONG_63 "4"

static void
a_domain_that_cannot_be_asked_for_has_no_result(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.com", "FAIL", NULL },
		{ "example.org", "TXT", "v=spf1 -all exp=why.example.org" },
		{ "why.example.org", "TXT", "%{l}" },
		{ LONG_63 ".example.com", "TXT", "v=spf1 -all" },
		{ "localhost", "TXT", "v=spf1 -all" },
	};
	static const struct spf_case cases[] = {
		{ "a label of 64", "a@" LONG_64 ".example.com", 0, "none", "",
		    0 },
		{ "a label of 63", "a@" LONG_63 ".example.com", 0, "fail",
		    "-all", 0 },
		{ "empty labels", "a@b...example.com", 0, "none", "", 0 },
		{ "HELO of one label", "", 0, "none", "", "localhost" },
		{ "HELO with an address", "", 0, "none", "", "[192.0.2.1]" },
		{ "a domain with an address", "a@[192.0.2.1]", 0, "none", "",
		    0 },
		{ "no local part", "@example.org", 0, "fail", "exp: postmaster",
		    0 },
		{ "nothing at all", "", 0, "none", "", "" },
		{ "no such name", "a@no.example.org", 0, "none", "", 0 },
		{ "no address", "a@example.org", "192.0.2", "none", "", 0 },
		{ "a name with a blank", "a@ex ample.org", 0, "none", "", 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
records_are_of_visible_ascii(void **state)
{
	static const struct zone_row rows[] = {
		{ "bom.example.org", "TXT",
		    "v=spf1 a:\xef\xbb\xbfmail.example.org -all" },
		{ "high.example.org", "TXT",
		    "v=spf1 \x80"
		    "a:mail.example.org -all" },
		{ "dash.example.org", "TXT",
		    "v=spf1 a:mail.example.org \x96"
		    "all" },
		{ "other.example.org", "TXT",
		    "v=spf1 a:mail.example.org -all" },
		{ "other.example.org", "TXT", "\x96" },
		{ "cr.example.org", "TXT",
		    "v=spf1 a:cr.example.org\rptr -all" },
		{ "cr.example.org", "A", "192.0.2.1" },
		{ "tab.example.org", "TXT", "v=spf1\ta -all" },
		{ "tab2.example.org", "TXT", "v=spf1 a\t-all" },
		{ "blanks.example.org", "TXT", "v=spf1   a    -all  " },
		{ "mail.example.org", "A", "192.0.2.7" },
		{ "mod.example.org", "TXT", "v=spf1 x=\xc3\xa4 -all" },
	};
	static const struct spf_case cases[] = {
		{ "a byte order mark", "a@bom.example.org", 0, "permerror",
		    NULL, 0 },
		{ "a byte before a mechanism", "a@high.example.org", 0,
		    "permerror", NULL, 0 },
		{ "a typographic dash", "a@dash.example.org", 0, "permerror",
		    "\x96"
		    "all",
		    0 },
		{ "other records do not matter", "a@other.example.org", 0,
		    "fail", "-all", 0 },
		{ "a carriage return", "a@cr.example.org", 0, "permerror", NULL,
		    0 },
		{ "a tab after the version", "a@tab.example.org", 0, "none",
		    NULL, 0 },
		{ "a tab", "a@tab2.example.org", 0, "permerror", "a\t-all", 0 },
		{ "several blanks", "a@blanks.example.org", 0, "fail", "-all",
		    0 },
		{ "in a modifier", "a@mod.example.org", 0, "permerror", NULL,
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
only_txt_records_count_and_a_failure_is_not_absence(void **state)
{
	static const struct zone_row rows[] = {
		{ "both.example.org", "TXT", "v=spf1 -all" },
		{ "both.example.org", "SPF", "v=spf1 +all" },
		{ "txt.example.org", "TXT", "v=spf1 -all" },
		{ "old.example.org", "SPF", "v=spf1 -all" },
		{ "silent99.example.org", "TXT", "v=spf1 -all" },
		{ "silent99.example.org", "FAIL SPF", NULL },
		{ "silent16.example.org", "SPF", "v=spf1 -all" },
		{ "silent16.example.org", "FAIL TXT", NULL },
		{ "odd.example.org", "SPF", "v=spf3 -all" },
		{ "odd.example.org", "FAIL TXT", NULL },
		{ "silent.example.org", "FAIL", NULL },
	};
	static const struct spf_case cases[] = {
		{ "both types", "a@both.example.org", 0, "fail", NULL, 0 },
		{ "TXT", "a@txt.example.org", 0, "fail", NULL, 0 },
		{ "type SPF alone", "a@old.example.org", 0, "none", NULL, 0 },
		{ "type SPF is silent", "a@silent99.example.org", 0, "fail",
		    NULL, 0 },
		{ "TXT is silent", "a@silent16.example.org", 0, "temperror",
		    NULL, 0 },
		{ "TXT is silent, SPF is another", "a@odd.example.org", 0,
		    "temperror", NULL, 0 },
		{ "all is silent", "a@silent.example.org", 0, "temperror", NULL,
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
one_record_is_selected(void **state)
{
	static const struct zone_row rows[] = {
		{ "glued.example.org", "TXT", "v=spf1|mx" },
		{ "empty.example.org", "TXT", "v=spf1" },
		{ "ten.example.org", "TXT", "v=spf10" },
		{ "ten.example.org", "TXT", "v=spf1 mx" },
		{ "ten.example.org", "MX", "0 mail.example.org" },
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "over.example.org", "SPF", "v=spf1 +all" },
		{ "over.example.org", "TXT", "v=spf1 -all" },
		{ "two.example.org", "TXT", "v=spf1 -all" },
		{ "two.example.org", "TXT", "v=spf1 +all" },
		{ "case.example.org", "TXT", "v=spf1 -all" },
		{ "case.example.org", "TXT", "V=sPf1 +all" },
		{ "same.example.org", "TXT", "v=spf1 -all" },
		{ "same.example.org", "TXT", "v=spf1 -all" },
		{ "old2.example.org", "SPF", "V=spf1 -all" },
		{ "old2.example.org", "SPF", "v=spf1 -all" },
		{ "old2.example.org", "TXT", "v=spf1 +all" },
		{ "soft.example.org", "TXT", "v=SpF1 ~all" },
		{ "joined.example.org", "TXT", "v=spf1 ip4:192.0.|2.1 -a|ll" },
		{ "blank.example.org", "TXT", " v=spf1 -all" },
	};
	static const struct spf_case cases[] = {
		{ "strings are joined without a blank", "a@glued.example.org",
		    0, "none", NULL, 0 },
		{ "nothing but the version", "a@empty.example.org", 0,
		    "neutral", "", 0 },
		{ "another version beside", "a@ten.example.org", 0, "pass",
		    "mx", 0 },
		{ "type SPF does not override", "a@over.example.org", 0, "fail",
		    NULL, 0 },
		{ "two records", "a@two.example.org", 0, "permerror", NULL, 0 },
		{ "two, one in capitals", "a@case.example.org", 0, "permerror",
		    NULL, 0 },
		{ "two that are the same", "a@same.example.org", 0, "permerror",
		    NULL, 0 },
		{ "two of type SPF", "a@old2.example.org", 0, "pass", NULL, 0 },
		{ "no TXT record", "a@mail.example.org", 0, "none", NULL, 0 },
		{ "capitals", "a@soft.example.org", 0, "softfail", NULL, 0 },
		{ "strings within terms", "a@joined.example.org", 0, "pass",
		    "ip4:192.0.2.1", 0 },
		{ "a blank before", "a@blank.example.org", 0, "none", NULL, 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
the_whole_record_must_be_right(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "t1.example.org", "TXT", "v=spf1 ip4:192.0.2.1 -all moo" },
		{ "t2.example.org", "TXT",
		    "v=spf1 x.y-far_out=man:dog/cat ip4:192.0.2.1 -all" },
		{ "t3.example.org", "TXT",
		    "v=spf1 x.y/far_out=man:dog/cat ip4:192.0.2.1 -all" },
		{ "t4.example.org", "TXT",
		    "v=spf1 x.y:far_out=man:dog/cat ip4:192.0.2.1 -all" },
		{ "t5.example.org", "TXT",
		    "v=spf1 redirect=t5.example.org ~all" },
		{ "t6.example.org", "TXT",
		    "v=spf1 redirect=t2.example.org ip4:192.0.2.9" },
		{ "t7.example.org", "TXT", "v=spf1 ip4:192.0.2.1" },
		{ "t8.example.org", "TXT",
		    "v=spf1 ip4:192.0.2.1 redirect:t2.example.org" },
		{ "t9.example.org", "TXT", "v=spf1 a:foo-bar -all" },
		{ "t10.example.org", "TXT",
		    "v=spf1 a:mail.example...org -all" },
		{ "t11.example.org", "TXT",
		    "v=spf1 a:" LONG_64 ".example.org -all" },
		{ "t12.example.org", "TXT", "v=spf1 a:%{H}.bar -all" },
		{ "t13.example.org", "TXT", "v=spf1 - all" },
		{ "t14.example.org", "TXT", "v=spf1 -redirect=t2.example.org" },
		{ "t15.example.org", "TXT", "v=spf1 !all" },
		{ "t16.example.org", "TXT", "v=spf1 -all ip4:192.0.2.1 moo:x" },
		{ "t17.example.org", "TXT", "v=spf1 ++all" },
		{ "t18.example.org", "TXT", "v=spf1 IP4:192.0.2.1 -ALL" },
		{ "t19.example.org", "TXT", "v=spf1 ip4:192.0.2.1, -all" },
		{ "t20.example.org", "TXT", "v=spf1 REDIRECT=t18.example.org" },
	};
	static const struct spf_case cases[] = {
		{ "an error behind the match", "a@t1.example.org", 0,
		    "permerror", "moo", 0 },
		{ "the name of a modifier", "a@t2.example.org", 0, "pass", NULL,
		    0 },
		{ "a slash before =", "a@t3.example.org", 0, "permerror", NULL,
		    0 },
		{ "a colon before =", "a@t4.example.org", 0, "permerror", NULL,
		    0 },
		{ "redirect is last, also if it is first", "a@t5.example.org",
		    0, "softfail", "~all", 0 },
		{ "redirect is followed", "a@t6.example.org", 0, "pass",
		    "redirect=t2.example.org > ip4:192.0.2.1", 0 },
		{ "redirect, no match", "a@t6.example.org", "192.0.2.5", "fail",
		    "redirect=t2.example.org > -all", 0 },
		{ "nothing matches", "a@t7.example.org", "192.0.2.5", "neutral",
		    "", 0 },
		{ "redirect is no mechanism", "a@t8.example.org", 0,
		    "permerror", "redirect:t2.example.org", 0 },
		{ "one label", "a@t9.example.org", 0, "permerror", NULL, 0 },
		/* RFC 7208 leaves open what these three are. */
		{ "empty labels", "a@t10.example.org", 0, "fail", NULL, 0 },
		{ "a long label", "a@t11.example.org", 0, "fail", NULL, 0 },
		{ "a long label by a macro", "a@t12.example.org", 0, "fail",
		    NULL, "%%%%%%%%%%%%%%%%%%%%%%" },
		{ "a qualifier alone", "a@t13.example.org", 0, "permerror", "-",
		    0 },
		{ "a qualifier of a modifier", "a@t14.example.org", 0,
		    "permerror", NULL, 0 },
		{ "no such qualifier", "a@t15.example.org", 0, "permerror",
		    NULL, 0 },
		{ "an error after all", "a@t16.example.org", 0, "permerror",
		    "moo:x", 0 },
		{ "two qualifiers", "a@t17.example.org", 0, "permerror", NULL,
		    0 },
		{ "capitals", "a@t18.example.org", 0, "pass", "IP4:192.0.2.1",
		    0 },
		{ "commas", "a@t19.example.org", 0, "permerror",
		    "ip4:192.0.2.1,", 0 },
		{ "REDIRECT", "a@t20.example.org", 0, "pass", NULL, 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

/* What the sentence about an error needs is there. */
static void
a_wrong_term_says_what_is_wrong(void **state)
{
	static const struct {
		const char *term;
		enum spf_fault fault;
	} cases[] = {
		{ "moo", SPF_FAULT_MECHANISM },
		{ "ipv4:192.0.2.1", SPF_FAULT_MECHANISM },
		{ "=x", SPF_FAULT_MECHANISM },
		{ "ip4:192.0.2", SPF_FAULT_ADDRESS },
		{ "ip4:192.0.2.01", SPF_FAULT_ADDRESS },
		{ "ip4:mail.example.org", SPF_FAULT_ADDRESS },
		{ "ip4:2001:db8::1", SPF_FAULT_FAMILY },
		{ "ip4:2001:db8::/32", SPF_FAULT_FAMILY },
		{ "ip6:192.0.2.1", SPF_FAULT_FAMILY },
		{ "ip4:192.0.2.1/33", SPF_FAULT_PREFIX },
		{ "ip4:192.0.2.1/", SPF_FAULT_PREFIX },
		{ "ip4:192.0.2.1//24", SPF_FAULT_PREFIX },
		{ "ip4/24", SPF_FAULT_PREFIX },
		{ "ip6:2001:db8::/129", SPF_FAULT_PREFIX },
		{ "a/24/64", SPF_FAULT_PREFIX },
		{ "a:mail.example.org/x", SPF_FAULT_PREFIX },
		{ "a/", SPF_FAULT_PREFIX },
		{ "mx//", SPF_FAULT_PREFIX },
		{ "mx/4294967296", SPF_FAULT_PREFIX },
		{ "include:example", SPF_FAULT_DOMAIN },
		{ "a:192.0.2.1", SPF_FAULT_DOMAIN },
		{ "a:mail.example.org:25", SPF_FAULT_DOMAIN },
		{ "redirect=-all", SPF_FAULT_DOMAIN },
		{ "include", SPF_FAULT_MISSING },
		{ "include:", SPF_FAULT_MISSING },
		{ "exists", SPF_FAULT_MISSING },
		{ "ip4", SPF_FAULT_MISSING },
		{ "ip6:", SPF_FAULT_MISSING },
		{ "a:", SPF_FAULT_MISSING },
		{ "exp=", SPF_FAULT_MISSING },
		{ "redirect=", SPF_FAULT_MISSING },
		{ "-all:x", SPF_FAULT_ARGUMENT },
		{ "all/0", SPF_FAULT_ARGUMENT },
		{ "include:example.org/24", SPF_FAULT_ARGUMENT },
		{ "ptr/24", SPF_FAULT_ARGUMENT },
		{ "exists:%{x}.example.org", SPF_FAULT_MACRO },
		{ "exists:%{i.example.org", SPF_FAULT_MACRO },
		{ "x=%a", SPF_FAULT_MACRO },
		{ "+", SPF_FAULT_QUALIFIER },
		{ "?exp=a.example.org", SPF_FAULT_QUALIFIER },
		{ "\xe2\x80\x93"
		  "all",
		    SPF_FAULT_BYTE },
		{ "all\x01", SPF_FAULT_BYTE },
	};
	struct arena arena = { 0 };
	struct zone z = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct zone_row row = { "example.org", "TXT", NULL };
		struct spf_case c = { cases[i].term, "example.org", NULL, NULL,
			NULL, NULL };
		struct spf_verdict v;
		char text[100];

		snprintf(text, sizeof(text), "v=spf1 %s -all", cases[i].term);
		row.value = text;
		z = (struct zone) { .rows = &row, .n = 1 };
		judge_case(&c, &z, &v);
		assert_int_equal(v.result, SPF_PERMERROR);
		assert_int_equal(v.problem->kind, SPF_P_SYNTAX);
		assert_string_equal(spf_fault_word(v.problem->fault),
		    spf_fault_word(cases[i].fault));
		assert_string_equal(v.problem->term->text, cases[i].term);
		assert_string_equal(v.problem->record->domain, "example.org");
		assert_int_equal(v.problem->term->at, strlen("v=spf1 "));
		spf_verdict_done(&v);
		zone_done(&z);
	}
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_domain_that_cannot_be_asked_for_has_no_result),
		cmocka_unit_test(records_are_of_visible_ascii),
		cmocka_unit_test(
		    only_txt_records_count_and_a_failure_is_not_absence),
		cmocka_unit_test(one_record_is_selected),
		cmocka_unit_test(the_whole_record_must_be_right),
		cmocka_unit_test(a_wrong_term_says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
