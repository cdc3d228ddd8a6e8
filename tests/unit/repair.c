/* SPDX-License-Identifier: BSD-2-Clause */
/* repair: each repair, alone and together, and what is beyond repair. */
#include "aggregate_doc.h"

#include "base/buf.h"
#include "base/limits.h"
#include "parse/repair.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define HEAD METADATA POLICY
#define GOOD FEEDBACK(HEAD RECORD)
#define RECORD_OF(ip) RECORD_(ROW_(ip, "1", EVALUATED) IDENTIFIERS AUTH)
#define BROKEN_RECORD "<record><row></record>"

struct answer {
	struct repair_result result;
	struct buf out;
	struct wire_reader reader;
};

static struct answer
repair_bytes(const char *xml, size_t len, int max)
{
	static const struct limits limits = LIMITS_DEFAULT;
	static const struct aggregate_context none;
	struct answer a = { 0 };
	struct buf doc = { 0 };
	struct result lines = { 0 };

	buf_add(&doc, xml, len);
	repair_run(&doc, &limits, &none, max, &a.out, &a.result);
	buf_done(&doc);
	/* The strict reader must take every line. */
	lines.out = a.out;
	result_check(&lines);
	wire_done(&lines.reader);
	assert_true(a.result.reports > 0 || a.out.len == 0);
	return a;
}

/* What must be in the answer; with '!' before: must not. */
static void
check(const char *xml, size_t len, const char *const *want, const char *lost)
{
	struct answer a = repair_bytes(xml, len, 100);

	if (a.result.reports == 0)
		fail_msg("not repaired: %s", xml);
	for (; *want != NULL; want++)
		if (**want == '!' ? strstr(buf_str(&a.out), *want + 1) != NULL
		                  : strstr(buf_str(&a.out), *want) == NULL)
			fail_msg("%s: not as it should be: %s", *want,
			    buf_str(&a.out));
	assert_string_equal(a.result.lost, lost);
	buf_done(&a.out);
}

#define WANT(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}
#define CHECK(xml, lost, ...) \
	check(xml, sizeof(xml) - 1, WANT(__VA_ARGS__), lost)

static void
check_hopeless(const char *xml)
{
	struct answer a = repair_bytes(xml, strlen(xml), 100);

	if (a.result.reports != 0)
		fail_msg("%s gave %s", xml, buf_str(&a.out));
	buf_done(&a.out);
}

static size_t
count(struct answer *a, const char *word)
{
	const char *p = buf_str(&a->out);
	size_t n = 0;

	for (; (p = strstr(p, word)) != NULL; p++)
		n++;
	return n;
}

static void
junk_at_both_ends_is_left_out(void **state)
{
	(void)state;
	CHECK("\xef\xbb\xbf\xef\xbb\xbf" DECLARATION GOOD, "",
	    "\"quirks\":[\"junk\"]", "!partial");
	CHECK("\0\0 hello" DECLARATION GOOD "\0\0\n", "",
	    "\"quirks\":[\"junk\"]");
	CHECK(DECLARATION GOOD "</html>bye", "", "\"quirks\":[\"junk\"]");
}

static void
what_is_no_character_becomes_one(void **state)
{
	(void)state;
	CHECK(DECLARATION "<feedback>" METADATA_("a\x91\x92"
	                                         "b",
	          "d@reporter.example", "i\1d", RANGE) POLICY RECORD
	    "</feedback>",
	    "",
	    "\"org_name\":\"a\xe2\x80\x98\xe2\x80\x99"
	    "b\"",
	    "\"external_id\":\"i\xef\xbf\xbd"
	    "d\"",
	    "\"quirks\":[\"bad-characters\"]", "!partial");
	/* U+FFFE is UTF-8 but no character of XML. */
	CHECK("<feedback>" METADATA_("a\xef\xbf\xbe"
	                             "b",
	          "d@reporter.example", "id", RANGE) POLICY RECORD
	    "</feedback>",
	    "",
	    "\"org_name\":\"a\xef\xbf\xbd"
	    "b\"");
}

static void
a_wrong_declaration_is_left_out(void **state)
{
	(void)state;
	CHECK("<?xml version=\"1.0\" encoding=\"utf-16\"?>" GOOD, "",
	    "\"quirks\":[\"bad-encoding\"]");
	CHECK("<?xml version='1.0' encoding='x-none'?>" GOOD, "",
	    "\"quirks\":[\"bad-encoding\"]");
	CHECK(
	    DECLARATION DECLARATION GOOD, "", "\"quirks\":[\"bad-encoding\"]");
}

static void
an_encoding_that_only_libxml2_does_not_know_is_no_quirk(void **state)
{
	(void)state;
	CHECK("<?xml version=\"1.0\" encoding=\"windows-1252\"?>"
	      "<feedback>" METADATA_("\xe4\x80", "d@reporter.example", "id",
	          RANGE) POLICY RECORD "</feedback>",
	    "", "\"org_name\":\"\xc3\xa4\xe2\x82\xac\"", "!quirks");
	CHECK("<?xml version=\"1.0\" encoding=\"windows-1252\"?>" GOOD, "",
	    "!quirks");
}

static void
utf16_is_repaired_like_anything_else(void **state)
{
	static const char xml[] = FEEDBACK(METADATA_(
	    "A & \xc3", "d@reporter.example", "id", RANGE) POLICY RECORD);
	struct buf utf16 = { 0 };
	size_t i;
	int big;

	(void)state;
	for (big = 0; big < 2; big++) {
		buf_add(&utf16, big ? "\xfe\xff" : "\xff\xfe", 2);
		for (i = 0; i < sizeof(xml) - 1; i++) {
			if (big)
				buf_add_char(&utf16, '\0');
			buf_add_char(&utf16, xml[i]);
			if (!big)
				buf_add_char(&utf16, '\0');
		}
		check(utf16.at, utf16.len,
		    WANT("\"org_name\":\"A & \xc3\x83\"",
		        "\"quirks\":[\"bare-ampersand\"]"),
		    "");
		buf_done(&utf16);
	}
}

static void
an_ampersand_stands_for_itself(void **state)
{
	(void)state;
	CHECK(DECLARATION "<feedback>" METADATA_("a&b &amp; &foo; &#0; &#x41;",
	          "d@reporter.example", "&", RANGE) POLICY
	    "<!-- & --><![CDATA[ & ]]>" RECORD "</feedback>",
	    "", "\"org_name\":\"a&b & &foo; &#0; A\"", "\"external_id\":\"&\"",
	    "\"quirks\":[\"bare-ampersand\"]", "!partial");
}

/* libxml2 would wait for the ";" until a limit is passed. */
static void
an_ampersand_in_a_large_report_is_found(void **state)
{
	struct buf xml = { 0 };
	struct result r;
	int i;

	(void)state;
	buf_add_str(&xml,
	    "<feedback>" METADATA_("a&b", "d@reporter.example", "id", RANGE)
	        POLICY);
	for (i = 0; i < 1000; i++)
		buf_add_str(&xml, RECORD);
	buf_add_str(&xml, "</feedback>");
	r = run_bytes(xml.at, xml.len, 65536, NULL, NULL);
	assert_int_equal(r.rc, -1);
	result_done(&r);
	check(xml.at, xml.len, WANT("\"org_name\":\"a&b\"", "\"records\":1000"),
	    "");
	buf_done(&xml);
}

static void
a_schema_that_does_not_end_is_left_out(void **state)
{
	(void)state;
	CHECK(DECLARATION "<xs:schema xmlns:xs=\"a\" b=\"c\">" GOOD, "",
	    "\"quirks\":[\"stray-root\"]", "\"records\":1", "!partial");
}

static void
a_cut_in_the_last_tag_costs_nothing(void **state)
{
	static const char xml[] = DECLARATION "<a:feedback>" HEAD RECORD
	                                      "</a:feedback";
	size_t i;

	(void)state;
	for (i = 0; i <= strlen("a:feedback"); i++)
		check(xml, sizeof(xml) - 1 - i,
		    WANT("\"quirks\":[\"truncated\"]", "\"records\":1",
		        "!partial"),
		    "");
	CHECK("<feedback>" HEAD "</feedback", "",
	    "\"quirks\":[\"no-records\",\"truncated\"]", "!partial");
}

static void
a_cut_anywhere_else_keeps_the_whole_records(void **state)
{
	static const char xml[] = "<feedback>" HEAD RECORD_OF("192.0.2.1")
	    RECORD_OF("192.0.2.2");
	const char *second = strstr(strstr(xml, "<record>") + 1, "<record>");
	size_t i;

	(void)state;
	check(xml, sizeof(xml) - 1,
	    WANT("\"partial\":true", "\"records\":2", "192.0.2.2"),
	    "cut off; 2 records kept");
	for (i = (size_t)(second - xml); i < sizeof(xml) - 1; i++)
		check(xml, i,
		    WANT("\"quirks\":[\"truncated\"]", "\"partial\":true",
		        "\"records\":1", "!192.0.2.2"),
		    "cut off; 1 record kept");
}

static void
a_cut_before_the_first_whole_record_is_beyond_repair(void **state)
{
	static const char xml[] = "<feedback>" HEAD RECORD;
	char cut[sizeof(xml)];
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(xml) - 1; i++) {
		memcpy(cut, xml, i);
		cut[i] = '\0';
		check_hopeless(cut);
	}
}

static void
documents_glued_together_are_read_one_by_one(void **state)
{
	struct answer a;
	static const char xml[] = DECLARATION GOOD "\n" DECLARATION FEEDBACK(
	    HEAD RECORD_OF("192.0.2.7")) "<feedback>" HEAD RECORD;

	(void)state;
	a = repair_bytes(xml, sizeof(xml) - 1, 100);
	assert_int_equal(a.result.reports, 3);
	assert_int_equal(count(&a, "\"concatenated\""), 3);
	assert_int_equal(count(&a, "\"truncated\""), 1);
	assert_int_equal(count(&a, "192.0.2.7"), 1);
	assert_string_equal(a.result.lost, "cut off; 1 record kept");
	buf_done(&a.out);

	a = repair_bytes(xml, sizeof(xml) - 1, 2);
	assert_int_equal(a.result.reports, 2);
	assert_true(a.result.too_many);
	buf_done(&a.out);
}

static void
one_bad_document_does_not_cost_the_others(void **state)
{
	static const char xml[] = GOOD "<feedback><report_metadata>" GOOD;
	struct answer a;

	(void)state;
	a = repair_bytes(xml, sizeof(xml) - 1, 100);
	assert_int_equal(a.result.reports, 2);
	assert_string_equal(a.result.lost,
	    "not well-formed; 1 of the 3 reports in it is left out");
	buf_done(&a.out);
}

static void
a_bracket_in_a_value_is_kept(void **state)
{
	(void)state;
	CHECK("<feedback>" METADATA_(
	          "a < b <c d> <e=f>", "<dmarc@reporter.example>", "<1", RANGE)
	          POLICY RECORD "</feedback>",
	    "", "\"org_name\":\"a < b <c d> <e=f>\"",
	    "\"org_email\":\"dmarc@reporter.example\"", "\"<1\"",
	    "\"quirks\":[\"bad-markup\"]", "!partial");
	CHECK("<feedback>" METADATA_("a</b>", "d@reporter.example", "id", RANGE)
	          POLICY RECORD "</feedback>",
	    "", "\"org_name\":\"a</b>\"", "!partial");
	CHECK("<feedback>" METADATA_("<org>", "d@reporter.example", "id", RANGE)
	          POLICY RECORD "</feedback>",
	    "", "\"org_name\":\"<org>\"", "!partial");
}

static void
a_damaged_record_is_left_out_and_its_neighbours_stay(void **state)
{
	static const char *const damaged[] = { BROKEN_RECORD,
		"<record><row><count>1</count></row>", "<record>",
		"<record></row></record>",
		"<record><row><count>1</row></record>" };
	struct buf xml = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		buf_printf(&xml, "<feedback>%s%s%s%s</feedback>", HEAD,
		    RECORD_OF("192.0.2.1"), damaged[i], RECORD_OF("192.0.2.3"));
		check(xml.at, xml.len,
		    WANT("\"quirks\":[\"bad-markup\"]", "\"partial\":true",
		        "\"records\":2", "192.0.2.1", "192.0.2.3"),
		    "not well-formed; 1 damaged record left out, 2 records "
		    "kept");
		buf_done(&xml);
	}
	check_hopeless("<feedback>" HEAD BROKEN_RECORD "</feedback>");
}

static void
damage_and_a_cut_are_repaired_together(void **state)
{
	(void)state;
	CHECK("junk<feedback>" METADATA_("A & B", "<a b>", "\x92", RANGE)
	          POLICY RECORD BROKEN_RECORD RECORD "<record><ro",
	    "cut off; 1 damaged record left out, 2 records kept",
	    "\"org_name\":\"A & B\"", "\"partial\":true", "\"junk\"",
	    "\"bad-characters\"", "\"bare-ampersand\"", "\"truncated\"",
	    "\"bad-markup\"");
}

static void
a_closing_tag_without_its_bracket_is_one(void **state)
{
	(void)state;
	CHECK("<feedback><report_metadata><report_id>id1/report_id>"
	      "<org_name>a/b>/org_name> <email>d@reporter.example</email>"
	      "<date_range>" RANGE
	      "</date_range></report_metadata>" POLICY RECORD "</feedback>",
	    "", "\"external_id\":\"id1\"", "\"org_name\":\"a/b>\"",
	    "\"begin_ts\":1735689600", "!partial");
}

static void
a_policy_without_end_is_closed(void **state)
{
	(void)state;
	CHECK("<feedback>" METADATA "<policy_published><domain>example.org"
	      "</domain><result></result></spf></auth_results></record>"
	      "</feedback>",
	    "not well-formed; 0 records kept", "\"domain\":\"example.org\"",
	    "\"quirks\":[\"unknown-element\",\"no-records\","
	    "\"bad-markup\"]",
	    "\"partial\":true");
	CHECK("<feedback>" HEAD RECORD "</row></record>" RECORD "</feedback>",
	    "not well-formed; 2 records kept", "\"partial\":true");
	check_hopeless("<feedback><report_metadata><org_name>a</org_name>"
	               "<policy_published></policy_published></feedback>");
}

static void
a_dtd_is_never_taken_away(void **state)
{
	(void)state;
	check_hopeless("<!DOCTYPE feedback [<!ENTITY a \"b\">]>" FEEDBACK(
	    METADATA_("&a; & b", "c", "d", RANGE) POLICY RECORD));
}

static void
what_is_no_report_is_not_repaired(void **state)
{
	(void)state;
	check_hopeless("<html><body>a & b <feedbacks></html>");
	check_hopeless("<");
	check_hopeless("<feedback");
	check_hopeless("<feedback><record>");
	check_hopeless("</feedback>");
	check_hopeless("<!-- <feedback></feedback>");
}

/* Every cut, at the worst places of the worst documents: time is linear. */
static void
hostile_documents_take_no_time(void **state)
{
	static const char *const pieces[] = { "<", "&", "<a b=\"", "<!--",
		"</a>", "<record>", "<feedback>", "<![CDATA[", "\1a", "<?xml ",
		"<a>", "<e><" };
	struct buf xml = { 0 };
	struct answer a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		buf_add_str(&xml, "<feedback>&" HEAD RECORD);
		while (xml.len < (1 << 20))
			buf_add_str(&xml, pieces[i]);
		a = repair_bytes(xml.at, xml.len, 100);
		assert_true(a.result.reports <= 100);
		buf_done(&a.out);
		buf_done(&xml);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(junk_at_both_ends_is_left_out),
		cmocka_unit_test(what_is_no_character_becomes_one),
		cmocka_unit_test(a_wrong_declaration_is_left_out),
		cmocka_unit_test(
		    an_encoding_that_only_libxml2_does_not_know_is_no_quirk),
		cmocka_unit_test(utf16_is_repaired_like_anything_else),
		cmocka_unit_test(an_ampersand_stands_for_itself),
		cmocka_unit_test(an_ampersand_in_a_large_report_is_found),
		cmocka_unit_test(a_schema_that_does_not_end_is_left_out),
		cmocka_unit_test(a_cut_in_the_last_tag_costs_nothing),
		cmocka_unit_test(a_cut_anywhere_else_keeps_the_whole_records),
		cmocka_unit_test(
		    a_cut_before_the_first_whole_record_is_beyond_repair),
		cmocka_unit_test(documents_glued_together_are_read_one_by_one),
		cmocka_unit_test(one_bad_document_does_not_cost_the_others),
		cmocka_unit_test(a_bracket_in_a_value_is_kept),
		cmocka_unit_test(
		    a_damaged_record_is_left_out_and_its_neighbours_stay),
		cmocka_unit_test(damage_and_a_cut_are_repaired_together),
		cmocka_unit_test(a_closing_tag_without_its_bracket_is_one),
		cmocka_unit_test(a_policy_without_end_is_closed),
		cmocka_unit_test(a_dtd_is_never_taken_away),
		cmocka_unit_test(what_is_no_report_is_not_repaired),
		cmocka_unit_test(hostile_documents_take_no_time),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
