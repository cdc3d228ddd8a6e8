/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate: every deviation of spec chapter 6, and the guards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "parse/aggregate.h"
#include "report/wire.h"

#define METADATA_(org, email, id, range) \
	"<report_metadata><org_name>" org "</org_name><email>" email \
	"</email><report_id>" id "</report_id><date_range>" range \
	"</date_range></report_metadata>"
#define RANGE "<begin>1735689600</begin><end>1735775999</end>"
#define METADATA METADATA_("Org", "d@reporter.example", "id1", RANGE)
#define POLICY_(more) \
	"<policy_published><domain>example.org</domain>" more \
	"</policy_published>"
#define POLICY POLICY_("<p>none</p>")
#define ROW_(ip, count, evaluated) \
	"<row><source_ip>" ip "</source_ip><count>" count \
	"</count><policy_evaluated>" evaluated "</policy_evaluated></row>"
#define EVALUATED \
	"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
#define ROW ROW_("192.0.2.1", "2", EVALUATED)
#define IDENTIFIERS \
	"<identifiers><header_from>example.org</header_from></identifiers>"
#define AUTH_(more) "<auth_results>" more "</auth_results>"
#define DKIM "<dkim><domain>example.org</domain><result>pass</result></dkim>"
#define AUTH AUTH_(DKIM)
#define RECORD_(all) "<record>" all "</record>"
#define RECORD RECORD_(ROW IDENTIFIERS AUTH)
#define FEEDBACK(all) "<feedback>" all "</feedback>"

static struct limits limits = LIMITS_DEFAULT;
static struct mail_facts mail = { .from_domain = "mta.example",
	.subject = "[Preview] Report domain: subject.example; "
	           "Submitter: {Sub Mitter}  Report-ID: <r1@x>",
	.sent_ts = 1735776100 };

/* What one document gave. */
struct result {
	int rc;
	struct err err;
	bool is_report;
	struct buf out;
	struct wire_reader reader;
};

static void
result_done(struct result *r)
{
	buf_done(&r->out);
	wire_done(&r->reader);
}

/* The strict reader must take every line. */
static void
result_check(struct result *r)
{
	char *p = r->out.at, *end = r->out.at + r->out.len, *line, *nl;
	struct err err = ERR_INIT;
	size_t len;

	while (p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		assert_non_null(nl);
		len = (size_t)(nl - p);
		line = strndup(p, len);
		if (wire_read(&r->reader, line, len, &err) == -1)
			fail_msg("%s: %s", err.text, p);
		free(line);
		p = nl + 1;
	}
	assert_int_equal(r->reader.records_due, 0);
}

static struct result
run_bytes(const char *xml, size_t len, size_t piece,
    const struct aggregate_hints *hints)
{
	static const struct aggregate_hints none;
	struct result r = { 0 };
	struct aggregate *a = aggregate_new(&limits, hints ? hints : &none);
	size_t i, n;

	for (i = 0; i < len && r.rc == 0; i += n) {
		n = len - i < piece ? len - i : piece;
		r.rc = aggregate_push(a, xml + i, n, &r.err);
	}
	if (r.rc == 0)
		r.rc = aggregate_finish(a, &r.out, &r.err);
	r.is_report = aggregate_is_report(a);
	assert_true((r.rc == -1) == (r.err.class != ERR_NONE));
	if (r.rc == -1)
		assert_int_equal(r.out.len, 0);
	aggregate_free(a);
	result_check(&r);
	return r;
}

static struct result
run(const char *xml, const struct aggregate_hints *hints)
{
	return run_bytes(xml, strlen(xml), 65536, hints);
}

static void
assert_output(const char *xml, const char *want)
{
	struct result r = run(xml, NULL);

	if (r.rc == -1)
		fail_msg("%s: %s", r.err.text, xml);
	if (strstr(buf_str(&r.out), want) == NULL)
		fail_msg("no %s in %s", want, buf_str(&r.out));
	result_done(&r);
}

static void
assert_error(const char *xml, enum err_class class, const char *text)
{
	struct result r = run(xml, NULL);

	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, class);
	if (strstr(r.err.text, text) == NULL)
		fail_msg("no '%s' in '%s'", text, r.err.text);
	result_done(&r);
}

/* One word put into a document, and what must come out. */
struct word_case {
	const char *word;
	const char *json;  /* in the output; with a '!' before, not in it */
	const char *quirk; /* the only one, or NULL: none at all */
};

/* '~' in the document stands for the word. */
static void
check_words(const char *document, const struct word_case *c, size_t n,
    const struct aggregate_hints *hints)
{
	const char *at = strchr(document, '~');
	char quirk[64];
	struct result r;
	struct buf xml;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&xml, 0, sizeof(xml));
		buf_add(&xml, document, (size_t)(at - document));
		buf_add_str(&xml, c[i].word);
		buf_add_str(&xml, at + 1);
		r = run(buf_str(&xml), hints);
		if (r.rc == -1)
			fail_msg("%s: %s", r.err.text, c[i].word);
		if (c[i].json[0] == '!'
		        ? strstr(buf_str(&r.out), c[i].json + 1) != NULL
		        : strstr(buf_str(&r.out), c[i].json) == NULL)
			fail_msg("'%s': %s not as it should be in %s",
			    c[i].word, c[i].json, buf_str(&r.out));
		snprintf(quirk, sizeof(quirk), "\"quirks\":[\"%s\"]",
		    c[i].quirk ? c[i].quirk : "");
		if (c[i].quirk == NULL
		        ? strstr(buf_str(&r.out), "quirks") != NULL
		        : strstr(buf_str(&r.out), quirk) == NULL)
			fail_msg("'%s': quirks are not %s in %s", c[i].word,
			    quirk, buf_str(&r.out));
		buf_done(&xml);
		result_done(&r);
	}
}

#define CHECK_WORDS(document, cases) \
	check_words(document, cases, sizeof(cases) / sizeof(cases[0]), NULL)

/* --- structure --------------------------------------------------------------
 */

static void
a_whole_report_comes_out_whole(void **state)
{
	static const char xml[] =
	    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\" "
	    "?>\n<feedback>"
	    "<version>1.0</version><report_metadata>"
	    "<org_name> Org &amp; Co </org_name>"
	    "<email>d@reporter.example</email>"
	    "<extra_contact_info>https://x.example/</extra_contact_info>"
	    "<report_id>a!b@c</report_id><date_range>" RANGE "</date_range>"
	    "<error>one</error><error>two</error><generator>g 1</generator>"
	    "</report_metadata><policy_published><domain>example.org</domain>"
	    "<discovery_method>treewalk</discovery_method><p>reject</p>"
	    "<sp>quarantine</sp><np>none</np><adkim>s</adkim><aspf>r</aspf>"
	    "<pct>50</pct><fo>0:d:s</fo><testing>y</testing>"
	    "</policy_published>"
	    "<record><row><source_ip>2001:db8::1</source_ip><count>7</count>"
	    "<policy_evaluated><disposition>pass</disposition>"
	    "<dkim>pass</dkim><spf>pass</spf><reason><type>local_policy</type>"
	    "<comment>arc=pass</comment></reason></policy_evaluated></row>"
	    "<identifiers><envelope_to>to.example</envelope_to>"
	    "<envelope_from>from.example</envelope_from>"
	    "<header_from>example.org</header_from></identifiers>"
	    "<auth_results><dkim><domain>example.org</domain>"
	    "<selector>S1</selector><result>pass</result>"
	    "<human_result>2048-bit key</human_result></dkim>"
	    "<spf><domain>from.example</domain><scope>mfrom</scope>"
	    "<result>softfail</result><human_result>hm</human_result></spf>"
	    "</auth_results></record></feedback>\n";
	static const char head[] =
	    "{\"type\":\"aggregate\",\"org_name\":\"Org & Co\","
	    "\"org_email\":\"d@reporter.example\","
	    "\"extra_contact\":\"https://x.example/\","
	    "\"external_id\":\"a!b@c\",\"begin_ts\":1735689600,"
	    "\"end_ts\":1735775999,\"domain\":\"example.org\","
	    "\"p\":\"reject\",\"sp\":\"quarantine\",\"np\":\"none\","
	    "\"adkim\":\"s\",\"aspf\":\"r\",\"pct\":50,\"fo\":\"0:d:s\","
	    "\"testing\":\"y\",\"discovery_method\":\"treewalk\","
	    "\"generator\":\"g 1\",\"version\":\"1.0\","
	    "\"reporter\":\"reporter.example\",\"errors\":[\"one\",\"two\"],"
	    "\"records\":1,\"content_sha256\":\"";
	static const char record[] =
	    "\"}\n{\"type\":\"record\",\"source_ip\":\"2001:db8::1\","
	    "\"messages\":7,\"disposition\":\"pass\",\"dkim\":\"pass\","
	    "\"spf\":\"pass\",\"cause\":\"aligned\","
	    "\"header_from\":\"example.org\","
	    "\"envelope_from\":\"from.example\","
	    "\"envelope_to\":\"to.example\",\"auth_dkim\":["
	    "{\"domain\":\"example.org\",\"selector\":\"S1\","
	    "\"result\":\"pass\",\"human_result\":\"2048-bit key\"}],"
	    "\"auth_spf\":[{\"domain\":\"from.example\","
	    "\"scope\":\"mfrom\",\"result\":\"softfail\","
	    "\"human_result\":\"hm\"}],\"overrides\":["
	    "{\"type\":\"local_policy\",\"comment\":\"arc=pass\"}]}\n";
	struct result r = run(xml, NULL);

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_true(r.is_report);
	assert_int_equal(r.out.len, sizeof(head) - 1 + 64 + sizeof(record) - 1);
	assert_memory_equal(r.out.at, head, sizeof(head) - 1);
	assert_string_equal(buf_str(&r.out) + sizeof(head) - 1 + 64, record);
	result_done(&r);
}

static void
order_case_prefix_and_namespace_do_not_matter(void **state)
{
	static const char *const same[] = {
		FEEDBACK(POLICY RECORD METADATA),
		FEEDBACK(RECORD METADATA POLICY),
		FEEDBACK(METADATA POLICY RECORD_(AUTH IDENTIFIERS ROW)),
		"<FeedBack>" METADATA POLICY "<RECORD>" ROW IDENTIFIERS AUTH
		"</RECORD></FeedBack>",
		"<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">" METADATA
		    POLICY RECORD "</feedback>",
		"<feedback xmlns=\"http//dmarc.org/dmarc-xml/0.1\">" METADATA
		    POLICY RECORD "</feedback>",
		"<ns:feedback xmlns:ns=\"x\">" METADATA POLICY RECORD
		"</ns:feedback>",
		/* Declared nowhere. */
		"<dmarc:feedback>" METADATA POLICY RECORD "</dmarc:feedback>",
		FEEDBACK(
		    "<extensions><record/></extensions>stray" METADATA
		    "<policy_unpublished/>" POLICY "<x>" RECORD "</x>" RECORD_(
		        ROW IDENTIFIERS AUTH "<row2/><e:x xmlns:e='u'>"
		                             "<row/></e:x>")),
		"<feedback a='1' b='2'><!-- <record/> --><?pi "
		"<record/>?>\t\r\n" METADATA POLICY RECORD "</feedback>",
	};
	struct result first = run(FEEDBACK(METADATA POLICY RECORD), NULL), r;
	size_t i;

	(void)state;
	assert_int_equal(first.rc, 0);
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		r = run(same[i], NULL);
		if (r.rc == -1)
			fail_msg("%s: %s", same[i], r.err.text);
		assert_string_equal(buf_str(&r.out), buf_str(&first.out));
		result_done(&r);
	}
	result_done(&first);
}

static void
feedback_may_be_a_child_of_a_stray_root(void **state)
{
	(void)state;
	assert_output(
	    "<schema><a/>" FEEDBACK(METADATA POLICY RECORD) "</schema>",
	    "\"quirks\":[\"stray-root\"],\"records\":1,");
	assert_error("<a><b>" FEEDBACK(METADATA POLICY) "</b></a>", ERR_DATA,
	    "not a DMARC report: the root element is <a>");
}

static void
the_order_of_records_does_not_change_the_hash(void **state)
{
#define OTHER RECORD_(ROW_("192.0.2.9", "3", EVALUATED) IDENTIFIERS AUTH)
	struct result a = run(FEEDBACK(METADATA POLICY RECORD OTHER), NULL);
	struct result b = run(FEEDBACK(OTHER METADATA RECORD POLICY), NULL);
	struct result c = run(FEEDBACK(METADATA POLICY RECORD RECORD), NULL);
	const char *end = strchr(buf_str(&a.out), '\n');
	size_t head = (size_t)(end - a.out.at);

	(void)state;
	assert_int_equal(a.out.len, b.out.len);
	assert_memory_equal(a.out.at, b.out.at, head);
	assert_memory_not_equal(a.out.at, b.out.at, a.out.len);
	assert_memory_not_equal(a.out.at, c.out.at, head);
	result_done(&a);
	result_done(&b);
	result_done(&c);
#undef OTHER
}

static void
a_repeated_element_does_not_replace_the_first(void **state)
{
	static const char quirk[] = "\"quirks\":[\"repeated-element\"]";
	static const char *const twice[] = {
		FEEDBACK(METADATA POLICY POLICY_("<sp>reject</sp>") RECORD),
		FEEDBACK(METADATA METADATA_("O", "x@y", "2", "") POLICY RECORD),
		FEEDBACK(METADATA POLICY_("<p>none</p><p>reject</p>") RECORD),
		FEEDBACK(METADATA POLICY RECORD_(
		    ROW ROW_("::1", "9", "") IDENTIFIERS AUTH)),
		FEEDBACK(METADATA POLICY RECORD_(ROW_("192.0.2.1",
		    "2</count><count>3", EVALUATED) IDENTIFIERS AUTH)),
	};
	struct result first = run(FEEDBACK(METADATA POLICY RECORD), NULL), r;
	char *sha = strstr(buf_str(&first.out), "\"records\":1,");
	size_t i;

	(void)state;
	assert_non_null(sha);
	for (i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		r = run(twice[i], NULL);
		assert_int_equal(r.rc, 0);
		assert_non_null(strstr(buf_str(&r.out), quirk));
		assert_non_null(strstr(buf_str(&r.out), sha));
		result_done(&r);
	}
	result_done(&first);
}

static void
a_report_without_records_is_kept(void **state)
{
	(void)state;
	assert_output(FEEDBACK(METADATA POLICY),
	    "\"quirks\":[\"no-records\"],\"records\":0,");
}

static void
all_results_of_a_record_are_kept_in_order(void **state)
{
	(void)state;
	assert_output(
	    FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_(
	        "<spf><domain>a.example</domain><result>fail</result></"
	        "spf>" DKIM
	        "<spf><domain>b.example</domain><scope>helo</scope></spf>" DKIM
	        "<dkim><result>none</result></dkim>"))),
	    "\"auth_dkim\":[{\"domain\":\"example.org\",\"result\":\"pass\"},"
	    "{\"domain\":\"example.org\",\"result\":\"pass\"},"
	    "{\"result\":\"none\"}],"
	    "\"auth_spf\":[{\"domain\":\"a.example\",\"result\":\"fail\"},"
	    "{\"domain\":\"b.example\",\"scope\":\"helo\"}]}");
}

/* --- values of a record ------------------------------------------------------
 */

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
		{ "192.0.2.7:25", "!{\"type\":\"record\",\"source_ip\"",
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
		{ "9007199254740992", "\"messages\":9007199254740992,", NULL },
		{ "9007199254740993", "\"messages\":9007199254740992,",
		    "bad-count" },
		{ "99999999999999999999999", "\"messages\":9007199254740992,",
		    "bad-count" },
		{ "", "\"messages\":1,", "bad-count" },
		{ "-1", "\"messages\":0,", "bad-count" },
		{ "-1", "\"raw\":{\"count\":\"-1\"}", "bad-count" },
		{ "1,234", "\"messages\":0,", "bad-count" },
		{ "many", "\"messages\":0,", "bad-count" },
		{ "0x10", "\"messages\":0,", "bad-count" },
		{ ".", "\"messages\":0,", "bad-count" },
		{ "3.x", "\"messages\":0,", "bad-count" },
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
		{ "pass", "\"spf\":\"pass\",\"cause\":\"spf_only\"", NULL },
		{ "Pass", "\"raw\":{\"spf\":\"Pass\"}", NULL },
		{ "FAIL", "\"spf\":\"fail\"", NULL },
		{ "none", "\"raw\":{\"spf\":\"none\"}", "unknown-word" },
		{ "none", "!\"spf\":\"fail\"", "unknown-word" },
		{ "softfail", "!\"spf\":\"fail\"", "unknown-word" },
		{ "softfail", "\"raw\":{\"spf\":\"softfail\"}",
		    "unknown-word" },
		{ "", "!\"spf\"", NULL },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW_(
	                "192.0.2.1", "2", "<spf>~</spf>") IDENTIFIERS AUTH)),
	    cases);
}

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
		{ "bogus", "!\"result\":\"", "unknown-word" },
		{ "bogus", "\"raw\":{\"auth_dkim[0].result\":\"bogus\"}",
		    "unknown-word" },
		{ "", "\"auth_dkim\":[{\"domain\":\"d.example\"}]}", NULL },
	};
	static const struct word_case spf[] = {
		{ "softfail", "\"result\":\"softfail\"", NULL },
		{ "policy", "\"result\":\"policy\"", NULL },
		{ "hardfail", "\"result\":\"fail\"", "mapped-word" },
		{ "unknown", "\"result\":\"temperror\"", "mapped-word" },
		{ "error", "\"result\":\"permerror\"", "mapped-word" },
		{ "error", "\"raw\":{\"auth_spf[0].result\":\"error\"}",
		    "mapped-word" },
		{ "bogus", "!\"result\":\"", "unknown-word" },
	};

	(void)state;
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_(
	        "<dkim><domain>d.example</domain><result>~</result></dkim>"))),
	    dkim);
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_(
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
		    "unknown-word" },
		{ "mailfrom", "!\"scope\":", "unknown-word" },
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
		    "\"header_from\":\"b\xc3\xbc"
		    "cher.example\"",
		    "u-label" },
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
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW
	                "<identifiers>"
	                "<header_from>a</header_from>~</identifiers>" AUTH)),
	    envelope_from);
}

static void
other_names_of_elements_are_understood(void **state)
{
	static const struct word_case cases[] = {
		{ "<identities><header_from>a</header_from></identities>",
		    "\"header_from\":\"a\"", "alias-element" },
		{ "<identifiers><headers_from>a</headers_from></identifiers>",
		    "\"header_from\":\"a\"", "alias-element" },
		{ "<identifiers><from>a</from></identifiers>",
		    "\"header_from\":\"a\"", "alias-element" },
	};

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA POLICY RECORD_(ROW "~" AUTH)), cases);
	assert_output(
	    FEEDBACK(METADATA POLICY_("<t>Y</t>") RECORD), "\"testing\":\"y\"");
}

/* --- values of the report
 * ----------------------------------------------------- */

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
		"1735689600 CET", "1.7e9", "0x10", "2025-13-01", "2025-01",
		"2025-01-01T00", "2025-01-01T25:00", "2025-01-01T00:00+x",
		"99999999999999999999", "1735689600.x" };
	struct word_case one = { .json = "\"begin_ts\":1735775999,"
		                         "\"end_ts\":1735775999,",
		.quirk = "no-period\",\"empty-period" };
	size_t i;

	(void)state;
	CHECK_WORDS(FEEDBACK(METADATA_("Org", "d@reporter.example", "id1", "~")
	                    POLICY RECORD),
	    cases);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		one.word = bad[i];
		check_words(
		    FEEDBACK(METADATA_("Org", "d@x", "id1",
		        "<begin>~</begin><end>1735775999</end>") POLICY RECORD),
		    &one, 1, NULL);
	}
}

static void
a_missing_period_comes_from_file_name_or_mail(void **state)
{
	static const struct aggregate_hints file = {
		.filename = "r.example!example.org!1735689600!1735775999!1.xml",
		.mail = &mail,
	}, header = { .mail = &mail }, nothing = { .filename = "report.xml" },
	   odd = { .filename = "/var/x!example.org!1735689600!x" };
	static const char none[] = FEEDBACK(
	    METADATA_("Org", "d@reporter.example", "id1", "") POLICY RECORD);
	static const struct {
		const struct aggregate_hints *hints;
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
		r = run(none, cases[i].hints);
		assert_int_equal(r.rc, 0);
		assert_non_null(strstr(buf_str(&r.out), cases[i].json));
		assert_non_null(strstr(buf_str(&r.out), "\"no-period\""));
		result_done(&r);
	}
}

/* Which of the fallbacks names the reporter, the domain and the report. */
static void
missing_names_come_from_around_the_report(void **state)
{
	static const struct aggregate_hints file = {
		.filename = "r.example!file.example!1!2.xml",
		.mail = &mail,
	}, header = { .mail = &mail }, none = { 0 };
	static const struct mail_facts bare = { .from_domain = "mta.example" };
	static const struct aggregate_hints from = { .mail = &bare };
	static const struct {
		const char *metadata, *policy, *record;
		const struct aggregate_hints *hints;
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
		r = run(buf_str(&xml), cases[i].hints);
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
	static const struct aggregate_hints hints = {
		.filename = "\xff!file.example!1!2", .mail = &bad
	};
	struct result r = run("<feedback/>", &hints);

	(void)state;
	assert_int_equal(r.rc, 0);
	assert_non_null(strstr(
	    buf_str(&r.out), "\"filename\":\"\\\\xff!file.example!1!2\""));
	assert_non_null(strstr(r.out.at, "\"domain\":\"file.example\""));
	assert_non_null(strstr(r.out.at, "\"org_name\":\"unknown\""));
	result_done(&r);
}

/* --- what is not a report
 * ------------------------------------------------------ */

static void
other_xml_is_not_called_a_broken_report(void **state)
{
	static const char *const other[] = { "<html><p>x</html>",
		"<testsuite/>", "<!DOCTYPE html><html/>", "", " ", "<",
		"<a><b></a>", "no xml" };
	static const char *const broken[] = { "<feedback>",
		"<feedback><record></feedback>",
		"<!DOCTYPE feedback><feedback/>",
		" <?xml version='1.0'?><feedback/>", "<ns:feedback><",
		"<?xml version='1.0' encoding='klingon'?><feedback/>" };
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		r = run(other[i], NULL);
		assert_int_equal(r.rc, -1);
		assert_int_equal(r.err.class, ERR_DATA);
		assert_false(r.is_report);
		result_done(&r);
	}
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		r = run(broken[i], NULL);
		assert_int_equal(r.rc, -1);
		assert_int_equal(r.err.class, ERR_DATA);
		if (!r.is_report)
			fail_msg("%s: %s", broken[i], r.err.text);
		result_done(&r);
	}
	assert_error("<html><p>x</html>", ERR_DATA,
	    "not a DMARC report: the root element is <html>");
	assert_error("<testsuite/>", ERR_DATA,
	    "not a DMARC report: the root element is <testsuite>");
}

static void
broken_xml_is_named_with_its_line(void **state)
{
	(void)state;
	assert_error("<feedback>\n<record>\n</feedback>", ERR_DATA,
	    "not well-formed XML in line 3: Opening and ending tag mismatch");
	assert_error("<feedback>\n\n<org>A & B</org></feedback>", ERR_DATA,
	    "not well-formed XML in line 3: ");
	assert_error("<feedback>&nbsp;</feedback>", ERR_DATA,
	    "not well-formed XML in line 1: Entity 'nbsp' not defined");
	assert_error("<feedback>\x91</feedback>", ERR_DATA,
	    "not well-formed XML in line 1: ");
	assert_error("<feedback/><feedback/>", ERR_DATA,
	    "not well-formed XML in line 1: Extra content at the end");
}

static void
a_cut_report_is_called_cut_wherever_it_is_cut(void **state)
{
	static const char xml[] =
	    "<?xml version='1.0'?>\n<feedback>"
	    "<?p i?><![CDATA[x]]>"
	    "<a b='c'>&#38;&#x26;&amp;b\xc3\xbc</a>" METADATA POLICY RECORD
	    "</feedback>";
	const size_t root = 22 + strlen("<feedback>");
	struct result r;
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(xml) - 1; i++) {
		r = run_bytes(xml, i, 65536, NULL);
		assert_int_equal(r.rc, -1);
		if (i >= root &&
		    strcmp(r.err.text, "the XML ends in the middle: line 2") !=
		        0)
			fail_msg("%.*s: %s", (int)i, xml, r.err.text);
		result_done(&r);
	}
}

static void
declarations_of_types_and_entities_are_refused(void **state)
{
	static const char *const attacks[] = {
		"<!DOCTYPE feedback><feedback/>",
		"<!DOCTYPE feedback SYSTEM 'file:///etc/passwd'><feedback/>",
		"<!DOCTYPE feedback [<!ENTITY a 'b'>]><feedback>&a;</feedback>",
		"<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]>"
		"<feedback/>",
		"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
		"<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
		"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>"
		"<feedback>&c;</feedback>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		assert_error(attacks[i], ERR_DATA,
		    "a document type declaration (DTD) is not allowed");
}

static void
bytes_may_come_in_any_pieces(void **state)
{
	static const char xml[] =
	    "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\r\n" FEEDBACK(
	        METADATA_("b\xc3\xbc"
	                  "cher &#x20ac; &lt;",
	            "d@x", "1", RANGE) "<!-- c --><![CDATA[ ]]>" POLICY RECORD
	            RECORD) "\r\n";
	struct result whole, r;
	size_t piece;

	(void)state;
	whole = run(xml, NULL);
	assert_int_equal(whole.rc, 0);
	assert_non_null(strstr(buf_str(&whole.out),
	    "b\xc3\xbc"
	    "cher \xe2\x82\xac <"));
	for (piece = 1; piece < 40; piece++) {
		r = run_bytes(xml, sizeof(xml) - 1, piece, NULL);
		assert_int_equal(r.rc, 0);
		assert_string_equal(buf_str(&r.out), buf_str(&whole.out));
		result_done(&r);
	}
	result_done(&whole);
}

static void
other_encodings_become_utf8(void **state)
{
	static const char latin1[] =
	    "<?xml version='1.0' encoding='ISO-8859-1'?>" FEEDBACK(
	        METADATA_("b\xfc"
	                  "cher",
	            "d@x", "1", RANGE) POLICY RECORD);
	static const char ascii[] =
	    "<?xml version='1.0' encoding='UTF-16'?>" FEEDBACK(
	        METADATA POLICY RECORD);
	char utf16[2 * sizeof(ascii)] = "\xff\xfe";
	struct result r;
	size_t i;

	(void)state;
	assert_output(latin1,
	    "\"org_name\":\"b\xc3\xbc"
	    "cher\"");
	for (i = 0; i < sizeof(ascii) - 1; i++) {
		utf16[2 + 2 * i] = ascii[i];
		utf16[3 + 2 * i] = '\0';
	}
	r = run_bytes(utf16, sizeof(utf16), 65536, NULL);
	assert_int_equal(r.rc, 0);
	assert_non_null(strstr(buf_str(&r.out), "\"records\":1,"));
	result_done(&r);
}

/* --- guards -----------------------------------------------------------------
 */

/* Repeat a piece of XML, with what comes before and after. */
static struct result
run_flood(const char *head, const char *piece, size_t n, const char *tail)
{
	struct buf xml = { 0 };
	struct result r;
	size_t i;

	buf_add_str(&xml, head);
	for (i = 0; i < n; i++) {
		if (strchr(piece, '%') != NULL)
			buf_printf(&xml, "<n%zu/>", i);
		else
			buf_add_str(&xml, piece);
	}
	buf_add_str(&xml, tail);
	r = run_bytes(xml.at, xml.len, 65536, NULL);
	buf_done(&xml);
	return r;
}

static void
floods_end_at_a_limit_and_soon(void **state)
{
	static const struct {
		const char *head, *piece, *tail, *text;
		size_t n;
	} floods[] = {
		{ "<feedback>", "<a>", "", "nested deeper than 32", 300000 },
		{ "<feedback>", "<n%/>", "</feedback>", "different names",
		    300000 },
		{ "<feedback ", "a='b' ", "/>", "without end", 300000 },
		{ "<feedback a='", "aaaaaaaa", "'/>", "without end", 300000 },
		{ "<feedback ", "xmlns:a='b' ", "/>", "without end", 100000 },
		{ "<feedback><!--", "aaaaaaaa", "--></feedback>", "without end",
		    300000 },
		{ "<feedback><?a ", "aaaaaaaa", "?></feedback>", "without end",
		    300000 },
		{ "<", "aaaaaaaaaa", "/>", "without end", 300000 },
		{ "<?xml version='1.0' ", "aaaaaaaaaa", "?><feedback/>", "",
		    300000 },
		{ "<!DOCTYPE ", "aaaaaaaaaa", "><feedback/>", "", 300000 },
	};
	clock_t start;
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		start = clock();
		r = run_flood(floods[i].head, floods[i].piece, floods[i].n,
		    floods[i].tail);
		assert_int_equal(r.rc, -1);
		if (strstr(r.err.text, floods[i].text) == NULL)
			fail_msg("%zu: %s", i, r.err.text);
		if (floods[i].text[0] != '\0')
			assert_int_equal(r.err.class, ERR_LIMIT);
		/* Unguarded, several of them take seconds to minutes. */
		assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
		result_done(&r);
	}
}

static void
a_comment_within_the_limit_is_no_flood(void **state)
{
	struct result r = run_flood("<feedback><!--", "aaaaaaaa", 7500,
	    "-->" METADATA POLICY RECORD "</feedback>");

	(void)state;
	assert_int_equal(r.rc, 0);
	result_done(&r);
}

static void
records_are_limited(void **state)
{
	struct result r;

	(void)state;
	limits.records = 100;
	r = run_flood("<feedback>" METADATA POLICY, RECORD, 100, "</feedback>");
	assert_int_equal(r.rc, 0);
	result_done(&r);
	r = run_flood("<feedback>" METADATA POLICY, RECORD, 101, "</feedback>");
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, ERR_LIMIT);
	assert_string_equal(
	    r.err.text, "the report holds more than 100 records");
	limits.records = 1000000;
	result_done(&r);
}

static size_t
count_of(const struct result *r, const char *what)
{
	const char *p = r->out.at, *end = p + r->out.len;
	size_t n = 0;

	while ((p = memmem(p, (size_t)(end - p), what, strlen(what))) != NULL) {
		p += strlen(what);
		n++;
	}
	return n;
}

static void
results_are_limited_in_number_and_size(void **state)
{
	static const char head[] = "<feedback>" METADATA POLICY
	                           "<record>" ROW IDENTIFIERS "<auth_results>";
	static const char tail[] = "</auth_results></record></feedback>";
	struct buf big = { 0 };
	struct result r;
	size_t i;

	(void)state;
	r = run_flood(head, DKIM, LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"result\":"), LIMIT_RESULTS);
	assert_int_equal(count_of(&r, "many-results"), 0);
	result_done(&r);
	r = run_flood(head, DKIM, LIMIT_RESULTS + 1, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"result\":"), LIMIT_RESULTS);
	assert_int_equal(count_of(&r, "many-results"), 1);
	result_done(&r);

	/* Every byte of it needs six on the wire, and is kept twice. */
	buf_add_str(&big, "<dkim><domain>A");
	for (i = 0; i < 4000; i++)
		buf_add_char(&big, '\t');
	buf_add_str(&big, "B</domain></dkim>");
	r = run_flood(head, buf_str(&big), LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_true(r.out.len < LIMIT_LINE);
	assert_int_equal(count_of(&r, "many-results"), 1);
	assert_true(count_of(&r, "{\"domain\":") > 100);
	result_done(&r);
	buf_done(&big);

	/* More raw words than a line may have. */
	r = run_flood(head,
	    "<spf><domain>A</domain><scope>B</scope><result>C</result></spf>"
	    "<dkim><domain>A</domain><result>C</result></dkim>",
	    LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "many-results"), 1);
	assert_int_equal(count_of(&r, "{\"domain\":"), 2 * LIMIT_RESULTS);
	result_done(&r);
}

static void
long_values_are_cut_between_characters(void **state)
{
	struct buf xml = { 0 };
	struct result r;
	size_t i, shift;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		xml.len = 0;
		buf_add_str(&xml,
		    "<feedback>" POLICY RECORD "<report_metadata>"
		    "<email>d@x</email><report_id>1</report_id>"
		    "<date_range>" RANGE "</date_range>"
		    "<org_name>");
		for (i = 0; i < shift; i++)
			buf_add_char(&xml, 'a');
		for (i = 0; i < LIMIT_TEXT; i++)
			buf_add_str(&xml, "\xe2\x82\xac");
		buf_add_str(&xml, "</org_name></report_metadata></feedback>");
		r = run(buf_str(&xml), NULL);
		assert_int_equal(r.rc, 0);
		assert_int_equal(
		    count_of(&r, "\xe2\x82\xac"), (LIMIT_TEXT - shift) / 3);
		assert_int_equal(count_of(&r, "[\"long-value\"]"), 1);
		result_done(&r);
	}
	buf_done(&xml);

	/* White space around a value is not part of it. */
	r = run_flood("<feedback>" METADATA POLICY RECORD "<version>", "    \n",
	    5000, "1.0</version></feedback>");
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"version\":\"1.0\""), 1);
	assert_int_equal(count_of(&r, "quirks"), 0);
	result_done(&r);
	r = run_flood("<feedback>" METADATA POLICY RECORD "<version>1.0",
	    "    \n", 5000, "</version></feedback>");
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"version\":\"1.0\""), 1);
	assert_int_equal(count_of(&r, "quirks"), 0);
	result_done(&r);
}

static void
after_a_failure_nothing_more_is_read(void **state)
{
	static const struct aggregate_hints none;
	struct aggregate *a = aggregate_new(&limits, &none);
	struct err err = ERR_INIT, again = ERR_INIT;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(aggregate_push(a, "<feedback></x>", 14, &err), -1);
	assert_int_equal(aggregate_push(a, "<a/>", 4, &again), -1);
	assert_string_equal(err.text, again.text);
	again = (struct err)ERR_INIT;
	assert_int_equal(aggregate_finish(a, &out, &again), -1);
	assert_string_equal(err.text, again.text);
	assert_int_equal(out.len, 0);
	aggregate_free(a);
	aggregate_free(NULL);
}

static void
output_is_appended_to_what_is_there(void **state)
{
	static const struct aggregate_hints none;
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	size_t i, first = 0;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct aggregate *a = aggregate_new(&limits, &none);
		struct buf xml = { 0 };
		size_t k;

		buf_add_str(&xml, "<feedback>" METADATA POLICY);
		for (k = 0; k < 50; k++)
			buf_add_str(&xml, RECORD);
		buf_add_str(&xml, "</feedback>");
		assert_int_equal(aggregate_push(a, xml.at, xml.len, &err), 0);
		assert_int_equal(aggregate_finish(a, &out, &err), 0);
		aggregate_free(a);
		buf_done(&xml);
		if (i == 0)
			first = out.len;
	}
	assert_int_equal(out.len, 2 * first);
	assert_memory_equal(out.at, out.at + first, first);
	buf_done(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_report_comes_out_whole),
		cmocka_unit_test(order_case_prefix_and_namespace_do_not_matter),
		cmocka_unit_test(feedback_may_be_a_child_of_a_stray_root),
		cmocka_unit_test(the_order_of_records_does_not_change_the_hash),
		cmocka_unit_test(a_repeated_element_does_not_replace_the_first),
		cmocka_unit_test(a_report_without_records_is_kept),
		cmocka_unit_test(all_results_of_a_record_are_kept_in_order),
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
		cmocka_unit_test(policies_are_legal_words_or_nothing),
		cmocka_unit_test(the_period_is_read_in_every_form),
		cmocka_unit_test(a_missing_period_comes_from_file_name_or_mail),
		cmocka_unit_test(missing_names_come_from_around_the_report),
		cmocka_unit_test(hints_that_are_not_utf8_do_no_harm),
		cmocka_unit_test(other_xml_is_not_called_a_broken_report),
		cmocka_unit_test(broken_xml_is_named_with_its_line),
		cmocka_unit_test(a_cut_report_is_called_cut_wherever_it_is_cut),
		cmocka_unit_test(
		    declarations_of_types_and_entities_are_refused),
		cmocka_unit_test(bytes_may_come_in_any_pieces),
		cmocka_unit_test(other_encodings_become_utf8),
		cmocka_unit_test(floods_end_at_a_limit_and_soon),
		cmocka_unit_test(a_comment_within_the_limit_is_no_flood),
		cmocka_unit_test(records_are_limited),
		cmocka_unit_test(results_are_limited_in_number_and_size),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(after_a_failure_nothing_more_is_read),
		cmocka_unit_test(output_is_appended_to_what_is_there),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
