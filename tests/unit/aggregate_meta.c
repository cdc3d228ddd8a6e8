/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate_meta: the head of a report and what stands in for it. */
#include "parse/aggregate.h"
#include "aggregate_doc.h"

static struct mail_facts mail = { .from_domain = "mta.example",
	.subject = "[Preview] Report domain: subject.example; "
	           "Submitter: {Sub Mitter}  Report-ID: <r1@x>",
	.sent_ts = 1735776100 };

static void
policies_are_legal_words_or_nothing(void **state)
{
	static const struct word_case cases[] = {
		{ "<p>Reject</p>", "\"p\":\"reject\"", NULL },
		{ "<p>none</p>", "!\"sp\"", NULL },
		{ "<sp/><np> </np>", "!\"sp\"", NULL },
		{ "<sp/><np> </np>", "!\"np\"", NULL },
		{ "<sp>nil</sp>", "!\"sp\"", "unknown-policy" },
		{ "<p>pass</p>", "!\"p\":", "unknown-policy" },
		{ "<np>quarantine</np>", "\"np\":\"quarantine\"", NULL },
		{ "<adkim>Strict</adkim>", "\"adkim\":\"s\"", NULL },
		{ "<aspf>relaxed</aspf>", "\"aspf\":\"r\"", NULL },
		{ "<aspf/>", "!aspf", NULL },
		{ "<aspf>x</aspf>", "!aspf", "unknown-policy" },
		{ "<pct>100</pct>", "\"pct\":100", NULL },
		{ "<pct>0</pct>", "\"pct\":0", NULL },
		{ "<pct/>", "!\"pct\"", NULL },
		{ "<pct>101</pct>", "!\"pct\"", "bad-pct" },
		{ "<pct>all</pct>", "!\"pct\"", "bad-pct" },
		{ "<fo>1:d</fo>", "\"fo\":\"1:d\"", NULL },
		{ "<discovery_method>PSL</discovery_method>",
		    "\"discovery_method\":\"psl\"", NULL },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY_("~") RECORD), cases);
}

static void
the_period_is_read_in_every_form(void **state)
{
	static const struct word_case cases[] = {
		{ "<begin> 1735689600\n</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,", NULL },
		{ "<begin>1735689600000</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-ms" },
		{ "<begin>1735689600123456</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-ms" },
		{ "<begin>1735689600123456789</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-ms" },
		{ "<begin>1735689600.25</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-fraction" },
		{ "<begin>2025-01-01T00:00:00Z</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-text" },
		{ "<begin>2025-01-01 02:00:00.5+02:00</begin>"
		  "<end>2025-01-01T18:59:59-0500</end>",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "time-text" },
		{ "<begin>Wed, 1 Jan 2025 01:00:00 +0100</begin>"
		  "<end>2025-01-02 07:59:59 GMT+8</end>",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "time-text" },
		{ "<begin>1,735,689,600</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-text" },
		{ "<begin>2025-01-01</begin><end>1735775999</end>",
		    "\"begin_ts\":1735689600,", "time-text" },
		{ "<begin>2024-02-29</begin><end>1709251199</end>",
		    "\"begin_ts\":1709164800,", "time-text" },
		{ "<end>1735689600</end><begin>1735775999</begin>",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "swapped-period" },
		{ "<begin>1735689600</begin><end>1735689600</end>",
		    "\"end_ts\":1735689600,", "empty-period" },
		{ "<begin>1735689600</begin><end>1735783201</end>",
		    "\"end_ts\":1735783201,", "long-period" },
		{ "<begin>1735689600</begin><end>1735783200</end>",
		    "\"end_ts\":1735783200,", NULL },
		{ "<begin>1293840000</begin><end>1293926399</end>",
		    "\"begin_ts\":1293840000,", "time-implausible" },
		{ "<begin>9735689600</begin><end>9735689601</end>",
		    "\"begin_ts\":9735689600,", "time-implausible" },
	};
	static const char *const bad[] = { "", "0", "-1735689600", "soon",
		"1735689600 CET", "1.7e9", "173568960", "17356896000",
		"01/02/2025", "0x10", "2025-13-01", "2025-01", "2025-01-01T00",
		"2025-01-01T25:00", "2025-01-01T00:00+x",
		"99999999999999999999", "1735689600.x" };
	struct word_case one = { .json = "\"begin_ts\":1735775999,"
		                         "\"end_ts\":1735775999," };
	size_t i;

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA_("Org", "d@reporter.example", "id1", "~")
	                    POLICY RECORD),
	    cases);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		one.word = bad[i];
		one.quirk = bad[i][0] == '\0'
		    ? "no-period\",\"empty-period"
		    : "bad-time\",\"no-period\",\"empty-period";
		check_words(
		    FEEDBACK(METADATA_("Org", "d@x", "id1",
		        "<begin>~</begin><end>1735775999</end>") POLICY RECORD),
		    &one, 1, NULL);
	}
}

static void
a_missing_period_comes_from_file_name_or_mail(void **state)
{
	static const struct aggregate_context file = {
		.filename = "r.example!example.org!1735689600!1735775999!1.xml",
		.mail = &mail,
	}, header = { .mail = &mail }, nothing = { .filename = "report.xml" },
	   odd = { .filename = "/var/x!example.org!1735689600!x" };
	static const char none[] = FEEDBACK(
	    METADATA_("Org", "d@reporter.example", "id1", "") POLICY RECORD);
	static const struct {
		const struct aggregate_context *context;
		const char *json;
	} cases[] = {
		{ &file, "\"begin_ts\":1735689600,\"end_ts\":1735775999," },
		{ &header, "\"begin_ts\":1735776000,\"end_ts\":1735862399," },
		{ &nothing, "\"begin_ts\":0,\"end_ts\":0," },
		{ &odd, "\"begin_ts\":1735689600,\"end_ts\":1735689600," },
	};
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = run(none, cases[i].context);
		assert_int_equal(r.rc, 0);
		assert_non_null(strstr(buf_str(&r.out), cases[i].json));
		assert_non_null(strstr(buf_str(&r.out), "\"no-period\""));
		result_done(&r);
	}
}

static void
ends_of_different_places_are_no_period_of_years(void **state)
{
	static const struct {
		const char *range, *name;
		const char *json, *quirk;
	} cases[] = {
		/* One from the name. */
		{ "<begin>1735689600</begin><end>soon</end>",
		    "r!example.org!1735689600!1735775999.xml",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "bad-time\",\"no-period" },
		{ "<end>1735775999</end>", "r!example.org!20250101!1.xml",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "no-period" },
		/* Not when that is of another year. */
		{ "<begin>1735689600</begin>",
		    "r!example.org!1835689600!1835775999.xml",
		    "\"begin_ts\":1735689600,\"end_ts\":1735689600,",
		    "no-period\",\"empty-period" },
		{ "<end>1735775999</end>",
		    "r!example.org!1635689600!1635775999.xml",
		    "\"begin_ts\":1735775999,\"end_ts\":1735775999,",
		    "no-period\",\"empty-period" },
		/* A digit is wrong. */
		{ "<begin>1635689600</begin><end>1735775999</end>",
		    "r!example.org!1735689600!1735775999.xml",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "bad-time" },
		{ "<begin>1635689600</begin><end>1735775999</end>", "r.xml",
		    "\"begin_ts\":1635689600,\"end_ts\":1735775999,",
		    "long-period" },
	};
	struct aggregate_context context = { 0 };
	struct word_case one;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		context.filename = cases[i].name;
		one = (struct word_case) { cases[i].range, cases[i].json,
			cases[i].quirk };
		check_words(
		    FEEDBACK(METADATA_("Org", "d@x", "id1", "~") POLICY RECORD),
		    &one, 1, &context);
	}
}

/* Examples in drafts of the RFC begin in 1975 or 1979. */
static void
two_small_numbers_count_when_nothing_else_is_known(void **state)
{
	static const struct aggregate_context sent = { .mail = &mail };
	static const char doc[] = FEEDBACK(
	    METADATA_("Org", "d@x", "id1", "~") POLICY RECORD);
	static const struct word_case cases[] = {
		{ "<begin>161212415</begin><end>161221511</end>",
		    "\"begin_ts\":161212415,\"end_ts\":161221511,",
		    "bad-time\",\"no-period\",\"time-implausible" },
		{ "<begin>161212415</begin><end>1735775999</end>",
		    "\"begin_ts\":1735775999,\"end_ts\":1735775999,",
		    "bad-time\",\"no-period\",\"empty-period" },
	}, known[] = { { "<begin>161212415</begin><end>161221511</end>",
		"\"begin_ts\":1735776000,", "bad-time\",\"no-period" } };

	(void)state;
	CHECK_WORDS(doc, cases);
	check_words(doc, known, 1, &sent);
}

static void
the_id_may_tell_the_period(void **state)
{
	static const struct aggregate_context early = { .mail = &mail };
	static const char doc[] = FEEDBACK(
	    METADATA_("Org", "d@x", "~", "<begin>?</begin>") POLICY RECORD);
	static const struct word_case cases[] = {
		{ "example.org.1735689600.1735775999",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "bad-time\",\"no-period" },
		{ "example.org:1735775999",
		    "\"begin_ts\":1735775999,\"end_ts\":1735775999,",
		    "bad-time\",\"no-period\",\"empty-period" },
		{ "1234", "\"begin_ts\":0,\"end_ts\":0,",
		    "bad-time\",\"no-period\",\"time-implausible\","
		    "\"empty-period" },
	}, other[] = { { "1111111111", "\"begin_ts\":1735776000,",
		"bad-time\",\"no-period" } };

	(void)state;
	check_words(doc, cases, 3, NULL);
	check_words(doc, other, 1, &early);
}

/* Which of the fallbacks names the reporter, the domain and the report. */
static void
missing_names_come_from_around_the_report(void **state)
{
	static const struct aggregate_context file = {
		.filename = "r.example!file.example!1!2.xml",
		.mail = &mail,
	}, header = { .mail = &mail }, none = { 0 };
	static const struct mail_facts bare = { .from_domain = "mta.example" };
	static const struct aggregate_context from = { .mail = &bare };
	static const struct {
		const char *metadata, *policy, *record;
		const struct aggregate_context *context;
		const char *json;
	} cases[] = {
		{ METADATA_("", "Joe &lt;d@R.example&gt;", "1", RANGE), POLICY,
		    RECORD, &file,
		    "\"org_name\":\"r.example\","
		    "\"org_email\":\"d@R.example\"" },
		{ METADATA_("", "", "1", RANGE), POLICY, RECORD, &header,
		    "\"org_name\":\"Sub Mitter\"" },
		{ METADATA_("", "", "1", RANGE), POLICY, RECORD, &header,
		    "\"reporter\":\"sub mitter\"" },
		{ METADATA_(" ", "", "1", RANGE), POLICY, RECORD, &from,
		    "\"org_name\":\"mta.example\"" },
		{ METADATA_("", "", "1", RANGE), POLICY, RECORD, &none,
		    "\"org_name\":\"unknown\"" },
		{ METADATA_("Org", "mailto:d@R.example", "1", RANGE), POLICY,
		    RECORD, &none, "\"reporter\":\"r.example\"" },
		{ METADATA_("Org X", "nobody", "1", RANGE), POLICY, RECORD,
		    &none, "\"reporter\":\"org x\"" },
		{ METADATA, "", RECORD, &file, "\"domain\":\"file.example\"" },
		{ METADATA, "", RECORD, &header,
		    "\"domain\":\"subject.example\"" },
		{ METADATA, "", RECORD, &none, "\"domain\":\"example.org\"" },
		{ METADATA, "", "", &none, "\"domain\":\"unknown\"" },
		{ METADATA,
		    "<policy_published><domain> A.Example. </domain>"
		    "</policy_published>",
		    RECORD, &none, "\"domain\":\"a.example\"" },
		{ METADATA_("O", "d@x", "", RANGE), POLICY, RECORD, &file,
		    "\"external_id\":\"r.example!file.example!1!2.xml\"" },
		{ METADATA_("O", "d@x", "", RANGE), POLICY, RECORD, &header,
		    "\"external_id\":\"r1@x\"" },
		{ METADATA_("O", "d@x", "", RANGE), POLICY, RECORD, &none,
		    "\"external_id\":\"unknown\"" },
		{ METADATA_("O", "d@x", "&lt;a@b!c:d$&gt;", RANGE), POLICY,
		    RECORD, &file, "\"external_id\":\"<a@b!c:d$>\"" },
		{ "", "", RECORD, &none,
		    "\"quirks\":[\"no-policy\","
		    "\"no-period\",\"time-implausible\",\"empty-period\","
		    "\"no-org-name\",\"no-domain\",\"no-report-id\"]" },
	};
	struct buf xml = { 0 };
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		xml.len = 0;
		buf_printf(&xml, "<feedback>%s%s%s</feedback>",
		    cases[i].metadata, cases[i].policy, cases[i].record);
		r = run(buf_str(&xml), cases[i].context);
		assert_int_equal(r.rc, 0);
		if (strstr(buf_str(&r.out), cases[i].json) == NULL)
			fail_msg("no %s in %s", cases[i].json, r.out.at);
		result_done(&r);
	}
	buf_done(&xml);
}

static void
hints_that_are_not_utf8_do_no_harm(void **state)
{
	static const struct mail_facts bad = { .from_domain = "\xff",
		.subject = "Report Domain: \xff Submitter: \xfe" };
	static const struct aggregate_context context = {
		.filename = "\xff!file.example!1!2", .mail = &bad
	};
	struct result r = run("<feedback/>", &context);

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_non_null(strstr(
	    buf_str(&r.out), "\"filename\":\"\\\\xff!file.example!1!2\""));
	assert_non_null(strstr(r.out.at, "\"domain\":\"file.example\""));
	assert_non_null(strstr(r.out.at, "\"org_name\":\"unknown\""));
	result_done(&r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_are_legal_words_or_nothing),
		cmocka_unit_test(the_period_is_read_in_every_form),
		cmocka_unit_test(a_missing_period_comes_from_file_name_or_mail),
		cmocka_unit_test(
		    ends_of_different_places_are_no_period_of_years),
		cmocka_unit_test(
		    two_small_numbers_count_when_nothing_else_is_known),
		cmocka_unit_test(the_id_may_tell_the_period),
		cmocka_unit_test(missing_names_come_from_around_the_report),
		cmocka_unit_test(hints_that_are_not_utf8_do_no_harm),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
