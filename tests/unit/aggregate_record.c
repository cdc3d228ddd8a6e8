/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate_record: every value of a record, spec 6D and 6E. */
#include "parse/aggregate.h"
#include "aggregate_doc.h"

static void
addresses_become_canonical(void **state)
{
	static const struct word_case cases[] = {
		{ "192.0.2.7", "\"source_ip\":\"192.0.2.7\"", NULL },
		{ "192.0.2.7", "!raw", NULL },
		{ "\n 192.0.2.7\t", "!raw", NULL },
		{ "2001:db8::1", "!raw", NULL },
		{ "2001:DB8:0:0::1", "\"source_ip\":\"2001:db8::1\"", NULL },
		{ "2001:DB8:0:0::1",
		    "\"raw\":{\"source_ip\":"
		    "\"2001:DB8:0:0::1\"}",
		    NULL },
		{ "::ffff:192.0.2.7", "\"source_ip\":\"192.0.2.7\"", NULL },
		{ "::ffff:192.0.2.7", "\"source_ip\":\"::ffff:192", NULL },
		{ "[192.0.2.7]", "\"source_ip\":\"192.0.2.7\"", NULL },
		{ "[IPv6:2001:db8::1]", "\"source_ip\":\"2001:db8::1\"", NULL },
		{ "ipv6:2001:db8::1", "\"source_ip\":\"2001:db8::1\"", NULL },
		{ "fe80::1%eth0", "\"source_ip\":\"fe80::1\"", NULL },
		{ "", "!source_ip", "bad-source-ip" },
		{ "mail.example", "\"raw\":{\"source_ip\":\"mail.example\"}",
		    "bad-source-ip" },
		{ "192.0.2.07", "!\"source_ip\":\"192.0.2.7\"",
		    "bad-source-ip" },
		{ "192.0.2.7:25", "\"source_ip\":\"192.0.2.7\"", NULL },
		{ "192.0.2.7:25", "\"raw\":{\"source_ip\":\"192.0.2.7:25\"}",
		    NULL },
		{ "192.0.2.7, 192.0.2.8", "!{\"type\":\"record\",\"source_ip\"",
		    "bad-source-ip" },
		{ "i", "\"raw\":{\"source_ip\":\"i\"}", "bad-source-ip" },
		{ "[", "\"raw\":{\"source_ip\":\"[\"}", "bad-source-ip" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(
	                ROW_("~", "2", EVALUATED) IDENTIFIERS AUTH)),
	    cases);
	assert_output(FEEDBACK(METADATA POLICY RECORD_(
	                  "<row><count>1</count></row>" IDENTIFIERS AUTH)),
	    "{\"type\":\"record\",\"messages\":1,");
}

static void
counts_are_numbers_or_say_so(void **state)
{
	static const struct word_case cases[] = {
		{ "3", "\"messages\":3,", NULL },
		{ "3", "!raw", NULL },
		{ " 3\n", "!raw", NULL },
		{ "0", "\"messages\":0,", NULL },
		{ "3.0", "\"messages\":3,", NULL },
		{ "3.0", "\"raw\":{\"count\":\"3.0\"}", NULL },
		{ "+3", "\"messages\":3,", NULL },
		{ "4294967296", "\"messages\":4294967296,", NULL },
		{ "4294967297", "\"messages\":4294967296,", "bad-count" },
		{ "99999999999999999999999", "\"messages\":4294967296,",
		    "bad-count" },
		{ "", "\"messages\":1,", "bad-count" },
		{ "-1", "\"messages\":1,", "bad-count" },
		{ "-1", "\"raw\":{\"count\":\"-1\"}", "bad-count" },
		{ "1,234", "\"messages\":1234,", NULL },
		{ "1,234", "\"raw\":{\"count\":\"1,234\"}", NULL },
		{ "1,234", "!partial", NULL },
		{ "", "!partial", "bad-count" },
		{ "~5", "\"messages\":5,", "bad-count" },
		{ "~5", "\"raw\":{\"count\":\"~5\"}", "bad-count" },
		{ "~5", "\"partial\":true", "bad-count" },
		{ "many", "\"partial\":true", "bad-count" },
		{ "many", "\"messages\":1,", "bad-count" },
		{ "0x10", "\"messages\":1,", "bad-count" },
		{ ".", "\"messages\":1,", "bad-count" },
		{ "3.x", "\"messages\":1,", "bad-count" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(
	                ROW_("192.0.2.1", "~", EVALUATED) IDENTIFIERS AUTH)),
	    cases);
}

static void
dispositions_are_the_legal_words(void **state)
{
	static const struct word_case cases[] = {
		{ "none", "\"disposition\":\"none\"", NULL },
		{ "pass", "\"disposition\":\"pass\"", NULL },
		{ "quarantine", "\"disposition\":\"quarantine\"", NULL },
		{ "\nreject ", "\"disposition\":\"reject\"", NULL },
		{ " reject", "!raw", NULL },
		{ "Reject", "\"disposition\":\"reject\"", NULL },
		{ "Reject", "\"raw\":{\"disposition\":\"Reject\"}", NULL },
		{ "15", "\"raw\":{\"disposition\":\"15\"}", "unknown-word" },
		{ "15", "!\"disposition\":\"15\",", "unknown-word" },
		{ "", "!disposition", NULL },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW_("192.0.2.1", "2",
	                "<disposition>~</disposition>") IDENTIFIERS AUTH)),
	    cases);
}

static void
aligned_results_are_pass_or_fail_or_nothing(void **state)
{
	static const struct word_case cases[] = {
		{ "pass", "\"spf\":\"pass\",\"cause\":\"aligned\"", NULL },
		{ "Pass", "\"raw\":{\"spf\":\"Pass\"}", NULL },
		{ "FAIL", "\"spf\":\"fail\"", NULL },
		{ "none", "\"raw\":{\"spf\":\"none\"}", "unknown-word" },
		{ "none", "!\"spf\":\"fail\"", "unknown-word" },
		{ "softfail", "!\"spf\":\"fail\"", "unknown-word" },
		{ "softfail", "\"raw\":{\"spf\":\"softfail\"}",
		    "unknown-word" },
		{ "pass (aligned)", "\"spf\":\"pass\"", "mapped-word" },
		{ "hard-fail", "!\"spf\":\"fail\"", "unknown-word" },
		{ "", "!\"spf\"", NULL },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW_(
	                "192.0.2.1", "2", "<spf>~</spf>") IDENTIFIERS AUTH)),
	    cases);
}

#define NO_VERDICT ROW_("192.0.2.1", "2", "<disposition>none</disposition>")

static void
results_of_dkim_and_spf_are_mapped(void **state)
{
	static const struct word_case dkim[] = {
		{ "pass", "\"result\":\"pass\"", NULL },
		{ "policy", "\"result\":\"policy\"", NULL },
		{ "Pass", "\"raw\":{\"auth_dkim[0].result\":\"Pass\"}", NULL },
		{ "hardfail", "\"result\":\"fail\"", "mapped-word" },
		{ "softfail", "\"result\":\"fail\"", "mapped-word" },
		{ "unknown", "\"result\":\"temperror\"", "mapped-word" },
		{ "Error", "\"result\":\"permerror\"", "mapped-word" },
		{ "invalid", "\"result\":\"permerror\"", "mapped-word" },
		{ "invalid", "\"raw\":{\"auth_dkim[0].result\":\"invalid\"}",
		    "mapped-word" },
		{ "permfail", "\"result\":\"permerror\"", "mapped-word" },
		{ "perm error", "\"result\":\"permerror\"", "mapped-word" },
		{ "TempFail", "\"result\":\"temperror\"", "mapped-word" },
		{ "Temp-Error",
		    "\"raw\":{\"auth_dkim[0].result\":\"Temp-Error\"}",
		    "mapped-word" },
		{ "pass (good signature)", "\"result\":\"pass\"",
		    "mapped-word" },
		{ "bogus", "!\"result\":\"", "unknown-word" },
		{ "bogus", "\"raw\":{\"auth_dkim[0].result\":\"bogus\"}",
		    "unknown-word" },
		{ "", "\"auth_dkim\":[{\"domain\":\"d.example\"}]}", NULL },
	};
	static const struct word_case spf[] = {
		{ "softfail", "\"result\":\"softfail\"", NULL },
		{ "policy", "\"result\":\"policy\"", NULL },
		{ "hardfail", "\"result\":\"fail\"", "mapped-word" },
		{ "soft fail", "\"result\":\"softfail\"", "mapped-word" },
		{ "unknown", "\"result\":\"temperror\"", "mapped-word" },
		{ "error", "\"result\":\"permerror\"", "mapped-word" },
		{ "error", "\"raw\":{\"auth_spf[0].result\":\"error\"}",
		    "mapped-word" },
		{ "bogus", "!\"result\":\"", "unknown-word" },
	};

	(void)state;
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(NO_VERDICT IDENTIFIERS AUTH_(
	        "<dkim><domain>d.example</domain><result>~</result></dkim>"))),
	    dkim);
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(NO_VERDICT IDENTIFIERS AUTH_(
	        "<spf><domain>d.example</domain><result>~</result></spf>"))),
	    spf);
}

static void
a_scope_is_mfrom_or_helo(void **state)
{
	static const struct word_case cases[] = {
		{ "mfrom", "\"scope\":\"mfrom\"", NULL },
		{ "HELO", "\"scope\":\"helo\"", NULL },
		{ "mailfrom", "\"raw\":{\"auth_spf[0].scope\":\"mailfrom\"}",
		    "mapped-word" },
		{ "Mail From", "\"scope\":\"mfrom\"", "mapped-word" },
		{ "header", "!\"scope\":", "unknown-word" },
		{ "", "!scope", NULL },
	};

	(void)state;
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_(
	        "<spf><domain>d.example</domain><scope>~</scope></spf>"))),
	    cases);
}

static void
empty_results_and_selectors_are_dropped(void **state)
{
	static const struct word_case cases[] = {
		{ "<domain/><result></result><selector>s</selector>",
		    "\"auth_dkim\":[{\"domain\":\"example.org\","
		    "\"result\":\"pass\"}]",
		    "empty-result" },
		{ "<domain> </domain>", "!{}", "empty-result" },
		{ "<domain/><result>Fail</result>",
		    "\"auth_dkim\":["
		    "{\"result\":\"fail\"},{\"domain\":",
		    NULL },
		{ "<domain>a</domain><selector/><human_result/>",
		    "\"auth_dkim\":[{\"domain\":\"a\"},", NULL },
		{ "<domain>a</domain><selector>Sel</selector>",
		    "\"selector\":\"Sel\"", NULL },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(
	                ROW IDENTIFIERS AUTH_("<dkim>~</dkim>" DKIM))),
	    cases);
	/* The index of a raw word counts what is kept. */
	assert_output(FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_(
	                  "<spf/><spf><domain>A.example</domain></spf>"))),
	    "\"raw\":{\"auth_spf[0].domain\":\"A.example\"}");
	assert_output(FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS)),
	    "\"quirks\":[\"no-auth-results\"]");
}

static void
reasons_are_kept_unless_empty(void **state)
{
	static const struct word_case cases[] = {
		{ "<type>forwarded</type>",
		    "\"overrides\":[{\"type\":\"forwarded\"}]", NULL },
		{ "<type>Local_Policy</type><comment>c</comment>",
		    "\"overrides\":[{\"type\":\"local_policy\","
		    "\"comment\":\"c\"}]",
		    NULL },
		{ "<type>Local_Policy</type>",
		    "\"raw\":{\"overrides[0].type\":\"Local_Policy\"}", NULL },
		{ "<type>arc</type>", "\"type\":\"arc\"", NULL },
		{ "<type>Mailing List</type>",
		    "\"overrides\":[{\"type\":\"mailing_list\"}],\"raw\":"
		    "{\"overrides[0].type\":\"Mailing List\"}",
		    "mapped-word" },
		{ "<type>sampled-out (pct)</type>", "\"type\":\"sampled_out\"",
		    "mapped-word" },
		{ "<type>a b</type>", "\"type\":\"a b\"", NULL },
		{ "<type/><comment/>", "!overrides", "reason-without-type" },
		{ "<comment>c</comment>",
		    "\"overrides\":[{\"type\":\"other\","
		    "\"comment\":\"c\"}]",
		    "reason-without-type" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW_("192.0.2.1", "2",
	                "<reason>~</reason>") IDENTIFIERS AUTH)),
	    cases);
}

static void
domains_become_lower_case_names(void **state)
{
	static const struct word_case header_from[] = {
		{ "example.org", "\"header_from\":\"example.org\"", NULL },
		{ "example.org", "!raw", NULL },
		{ " EXAMPLE.Org.", "\"header_from\":\"example.org\"", NULL },
		{ " EXAMPLE.Org.",
		    "\"raw\":{\"header_from\":"
		    "\"EXAMPLE.Org.\"}",
		    NULL },
		{ "&lt;example.org&gt;", "\"header_from\":\"example.org\"",
		    NULL },
		{ "joe@Example.org", "\"header_from\":\"example.org\"",
		    "address-for-domain" },
		{ "b\xc3\xbc"
		  "cher.example",
		    "\"header_from\":\"xn--bcher-kva.example\"",
		    "u-label\",\"align-mismatch" },
		{ "", "!header_from", "no-header-from" },
		{ ".", "\"raw\":{\"header_from\":\".\"}", "no-header-from" },
	};
	static const struct word_case envelope_from[] = {
		{ "<envelope_from>a.example</envelope_from>",
		    "\"envelope_from\":\"a.example\"", NULL },
		{ "<envelope_from/>", "\"envelope_from\":\"\"", NULL },
		{ "<envelope_from> </envelope_from>", "\"envelope_from\":\"\"",
		    NULL },
		{ "<envelope_from>&lt;&gt;</envelope_from>",
		    "\"envelope_from\":\"\"", NULL },
		{ "<envelope_from>&lt;&gt;</envelope_from>",
		    "\"raw\":{\"envelope_from\":\"<>\"}", NULL },
		{ "", "!envelope_from", NULL },
		{ "<envelope_from>joe@a.example</envelope_from>",
		    "\"envelope_from\":\"a.example\"", "address-for-domain" },
		{ "<envelope_from>joe@</envelope_from>",
		    "!\"envelope_from\":\"\"", "address-for-domain" },
		{ "<envelope_to/>", "!envelope_to", NULL },
		{ "<envelope_to>joe@B.example</envelope_to>",
		    "\"envelope_to\":\"b.example\"", "address-for-domain" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(
	                ROW "<identifiers>"
	                    "<header_from>~</header_from></identifiers>" AUTH)),
	    header_from);
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(ROW
	        "<identifiers>"
	        "<header_from>example.org</header_from>~</identifiers>" AUTH)),
	    envelope_from);
}

static void
other_names_of_elements_are_understood(void **state)
{
	static const struct word_case cases[] = {
		{ "<identities><header_from>example.org</header_from></"
		  "identities>",
		    "\"header_from\":\"example.org\"", "alias-element" },
		{ "<identifiers><headers_from>example.org</headers_from></"
		  "identifiers>",
		    "\"header_from\":\"example.org\"", "alias-element" },
		{ "<identifiers><from>example.org</from></identifiers>",
		    "\"header_from\":\"example.org\"", "alias-element" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW "~" AUTH)), cases);
	assert_output(
	    FEEDBACK(METADATA POLICY_("<t>Y</t>") RECORD), "\"testing\":\"y\"");
}

#define SAYS(dkim, spf) \
	ROW_("192.0.2.1", "1", \
	    "<disposition>none</disposition><dkim>" dkim "</dkim><spf>" spf \
	    "</spf>")
#define SUB_DKIM \
	"<dkim><domain>a.example.org</domain><result>pass</result></dkim>"

static void
verdicts_that_do_not_follow_are_noticed(void **state)
{
	static const struct word_case modes[] = {
		{ "", "\"cause\":\"dkim_only\"", NULL },
		{ "<adkim>r</adkim>", "\"cause\":\"dkim_only\"", NULL },
		{ "<aspf>s</aspf>", "\"cause\":\"dkim_only\"", NULL },
		{ "<adkim> Strict </adkim>", "\"cause\":\"dkim_only\"",
		    "align-mismatch" },
	};
	static const struct word_case results[] = {
		{ "pass", "\"cause\":\"dkim_only\"", NULL },
		{ "fail", "\"dkim\":\"fail\"", "align-mismatch" },
		{ "fail", "\"cause\":\"dkim_unaligned\"", "align-mismatch" },
		{ "", "\"cause\":\"dkim_only\"", NULL },
		{ "", "!\"dkim\":\"pass\"", NULL },
		{ "none", "\"cause\":\"dkim_only\"", "unknown-word" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY_("~") RECORD_(
	                SAYS("pass", "fail") IDENTIFIERS AUTH_(SUB_DKIM))),
	    modes);
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(
	                SAYS("~", "fail") IDENTIFIERS AUTH_(SUB_DKIM))),
	    results);
	/* A record before the policy: the mode is not known. */
	CHECK_WORDS(FEEDBACK(METADATA RECORD_(SAYS("pass", "fail")
	                    IDENTIFIERS AUTH_(SUB_DKIM)) POLICY_("~")),
	    ((const struct word_case[]) {
	        { "<adkim>s</adkim>", "\"cause\":\"dkim_only\"", NULL } }));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_become_canonical),
		cmocka_unit_test(counts_are_numbers_or_say_so),
		cmocka_unit_test(dispositions_are_the_legal_words),
		cmocka_unit_test(aligned_results_are_pass_or_fail_or_nothing),
		cmocka_unit_test(results_of_dkim_and_spf_are_mapped),
		cmocka_unit_test(a_scope_is_mfrom_or_helo),
		cmocka_unit_test(empty_results_and_selectors_are_dropped),
		cmocka_unit_test(reasons_are_kept_unless_empty),
		cmocka_unit_test(domains_become_lower_case_names),
		cmocka_unit_test(other_names_of_elements_are_understood),
		cmocka_unit_test(verdicts_that_do_not_follow_are_noticed),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
