/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate_assign: values that stand in another place than they should. */
#include "parse/aggregate.h"
#include "aggregate_doc.h"

#define EV_(more) ROW_("192.0.2.1", "2", EVALUATED more)
#define DOC_REASON FEEDBACK(METADATA POLICY RECORD_(EV_("~") IDENTIFIERS AUTH))
#define DOC_AUTH FEEDBACK(METADATA POLICY RECORD_(ROW IDENTIFIERS AUTH_("~")))
#define DOC_RECORD FEEDBACK(METADATA POLICY RECORD_("~"))

static void
text_in_place_of_children_is_a_value(void **state)
{
	static const struct word_case reasons[] = {
		{ "<reason>sampled_out</reason>",
		    "\"overrides\":[{\"type\":\"sampled_out\"}]",
		    "bare-value" },
		{ "<reason>\n Forwarded </reason>",
		    "\"overrides\":[{\"type\":\"forwarded\"}]", "bare-value" },
		{ "<reason>local_policy: arc=pass</reason>",
		    "[{\"type\":\"local_policy\",\"comment\":"
		    "\"arc=pass\"}]",
		    "bare-value" },
		{ "<reason>local_policy (arc=pass)</reason>",
		    "\"comment\":\"(arc=pass)\"}]", "bare-value" },
		{ "<reasons>Forwarded</reasons>",
		    "\"overrides\":[{\"type\":\"forwarded\"}]",
		    "wrapped-element\",\"bare-value" },
		{ "<reasons>none</reasons>",
		    "\"raw\":{\"extra[0].text\":\"none\"}",
		    "wrapped-element\",\"stray-text" },
		{ "<reason>we know him</reason>",
		    "[{\"type\":\"other\",\"comment\":\"we know him\"}]",
		    "bare-value\",\"reason-without-type" },
		{ "<reason><type>forwarded</type>by a list</reason>",
		    "[{\"type\":\"forwarded\",\"comment\":\"by a list\"}]",
		    "bare-value" },
		{ "<reason>x<type>a</type><comment>b</comment></reason>",
		    "\"raw\":{\"extra[0].text\":\"x\"}", "stray-text" },
		{ "<reason><type>a</type>,<comment>b</comment>;</reason>",
		    "!raw", NULL },
		{ "<reason><type>a</type><type>b</type></reason>",
		    "[{\"type\":\"a\"},{\"type\":\"b\"}]", "repeated-element" },
		{ "<reason><type>a</type><comment>1</comment>"
		  "<type>b</type><comment>2</comment></reason>",
		    "[{\"type\":\"a\",\"comment\":\"1\"},"
		    "{\"type\":\"b\",\"comment\":\"2\"}]",
		    "repeated-element" },
		{ "<reason><type>a</type><comment>1</comment>"
		  "<comment>2</comment></reason>",
		    "\"raw\":{\"extra[0].comment\":\"2\"}",
		    "repeated-element" },
		{ "quarantine?", "\"raw\":{\"extra[0].text\":\"quarantine?\"}",
		    "stray-text" },
	};
	static const struct word_case auth[] = {
		{ "<dkim>pass</dkim>", "\"auth_dkim\":[{\"result\":\"pass\"}]",
		    "bare-value" },
		{ "<spf>Soft Fail</spf>",
		    "\"auth_spf\":[{\"result\":\"softfail\"}]",
		    "bare-value\",\"mapped-word" },
		{ "<spf><domain>a.example</domain>pass</spf>",
		    "[{\"domain\":\"a.example\",\"result\":\"pass\"}]",
		    "bare-value" },
		{ "<dkim><domain>a.example</domain><result>pass</result>ok"
		  "</dkim>",
		    "\"human_result\":\"ok\"",
		    "bare-value\",\"align-mismatch" },
		{ "dkim=pass<dkim/>",
		    "\"raw\":{\"extra[0].text\":\"dkim=pass\"}",
		    "stray-text\",\"empty-result\",\"no-auth-results" },
		{ "<dkim><result>pass</result><domain>a.example</domain>"
		  "<result>fail</result><domain>b.example</domain></dkim>",
		    "[{\"domain\":\"a.example\",\"result\":\"pass\"},"
		    "{\"domain\":\"b.example\",\"result\":\"fail\"}]",
		    "repeated-element\",\"align-mismatch" },
		{ "<dkim><domain>a.example</domain><result>fail</result>"
		  "<result>pass</result></dkim>",
		    "\"raw\":{\"extra[0].result\":\"pass\"}",
		    "repeated-element\",\"align-mismatch" },
	};
	static const struct word_case ranges[] = {
		{ "1735689600-1735775999",
		    "\"begin_ts\":1735689600,\"end_ts\":1735775999,",
		    "bare-value" },
		{ "2025-01-01/2025-01-02",
		    "\"begin_ts\":1735689600,\"end_ts\":1735776000,",
		    "bare-value\",\"time-text" },
		{ "yesterday", "\"partial\":true",
		    "stray-text\",\"no-period\",\"time-implausible\","
		    "\"empty-period" },
	};

	(void)state;
	CHECK_WORDS(DOC_REASON, reasons);
	CHECK_WORDS(DOC_AUTH, auth);
	CHECK_WORDS(FEEDBACK(METADATA_("Org", "d@x", "id1", "~") POLICY RECORD),
	    ranges);
	CHECK_WORDS(FEEDBACK(METADATA "~" POLICY RECORD),
	    ((const struct word_case[]) {
	        { "stray", "!partial", "stray-text" } }));
	CHECK_WORDS(
	    FEEDBACK(METADATA "<policy_published>~</policy_published>" RECORD),
	    ((const struct word_case[]) {
	        { "<domain>a.example</domain>p=none", "\"partial\":true",
	            "stray-text" },
	        { "<domain>a.example</domain>11<p>none</p>", "!partial",
	            "stray-text" } }));
	CHECK_WORDS(
	    FEEDBACK(METADATA POLICY RECORD_("<row>~<count>2</count></row>"
	                                     "<identifiers>example.org"
	                                     "</identifiers>" AUTH)),
	    ((const struct word_case[]) { { "192.0.2.9:25",
	        "\"source_ip\":\"192.0.2.9\"", "bare-value" } }));
}

static void
an_attribute_is_as_good_as_a_child(void **state)
{
	static const struct word_case reasons[] = {
		{ "<reason type='local_policy' comment='a &amp; b&lt;'/>",
		    "[{\"type\":\"local_policy\",\"comment\":\"a & b<\"}]",
		    "attribute-value" },
		{ "<reason Type=' x '><comment lang='en'>c</comment></reason>",
		    "[{\"type\":\"x\",\"comment\":\"c\"}]", "attribute-value" },
		{ "<reason type='x'>c d</reason>",
		    "[{\"type\":\"x\",\"comment\":\"c d\"}]",
		    "attribute-value\",\"bare-value" },
		{ "<reason><type value='x'/></reason>", "[{\"type\":\"x\"}]",
		    "attribute-value" },
		{ "<reason><type a='z' value='x'/></reason>",
		    "\"raw\":{\"extra[0].type\":\"z\"}", "attribute-value" },
		{ "<reason kind='x'><type>y</type></reason>",
		    "\"raw\":{\"extra[0].kind\":\"x\"}", NULL },
		{ "<reason type='x'><type>y</type></reason>",
		    "[{\"type\":\"x\"},{\"type\":\"y\"}]",
		    "attribute-value\",\"repeated-element" },
		{ "<reason f:type='x' xmlns:f='u'><type>y</type></reason>",
		    "[{\"type\":\"y\"}]", NULL },
	};
	static const struct word_case records[] = {
		{ "<row source_ip='192.0.2.9' count='7'>"
		  "<policy_evaluated disposition='none' dkim='pass' "
		  "spf='fail'/></row>" IDENTIFIERS AUTH,
		    "\"source_ip\":\"192.0.2.9\",\"messages\":7,"
		    "\"disposition\":\"none\",\"dkim\":\"pass\"",
		    "attribute-value" },
		{ ROW "<identifiers header_from='example.org'/>"
		      "<auth_results><dkim domain='example.org' "
		      "selector='s' result='pass'/></auth_results>",
		    "\"auth_dkim\":[{\"domain\":\"example.org\","
		    "\"selector\":\"s\",\"result\":\"pass\"}]",
		    "attribute-value" },
		{ "<row><source_ip addr='192.0.2.9'/><count "
		  "n='7'/></row>" IDENTIFIERS AUTH,
		    "\"source_ip\":\"192.0.2.9\",\"messages\":7,",
		    "attribute-value" },
	};

	(void)state;
	CHECK_WORDS(DOC_REASON, reasons);
	CHECK_WORDS(DOC_RECORD, records);
	assert_output("<feedback version='1.0'>" METADATA
	              "<policy_published domain='a.example' p='reject'/>" RECORD
	              "</feedback>",
	    "\"domain\":\"a.example\",\"p\":\"reject\",\"version\":\"1.0\"");
	assert_output(
	    "<feedback><report_metadata org_name='O' email='d@x' "
	    "report_id='1'><date_range begin='1735689600' end='1735775999'/>"
	    "</report_metadata>" POLICY RECORD "</feedback>",
	    "\"external_id\":\"1\",\"begin_ts\":1735689600,");
}

static void
wrappers_are_seen_through(void **state)
{
	static const struct word_case reasons[] = {
		{ "<reasons><reason><type>a</type></reason>"
		  "<reason>b</reason></reasons>",
		    "[{\"type\":\"a\"},{\"type\":\"b\"}]",
		    "wrapped-element\",\"bare-value" },
		{ "<policy_override_reasons><reason><type>a</type></reason>"
		  "</policy_override_reasons>",
		    "[{\"type\":\"a\"}]", "wrapped-element" },
		{ "<reasons>a, b</reasons>",
		    "\"raw\":{\"extra[0].text\":\"a, b\"}",
		    "wrapped-element\",\"stray-text" },
		{ "<x><reason><type>a</type></reason></x>", "\"partial\":true",
		    "unknown-element" },
		{ "<x>y</x>", "!partial", NULL },
	};
	static const struct word_case records[] = {
		{ "<records>" RECORD RECORD "</records>", "\"records\":2,",
		    "wrapped-element" },
		{ "<record_list><records>" RECORD "</records>" RECORD
		  "</record_list>",
		    "\"records\":2,", "wrapped-element" },
		{ "<x>" RECORD "</x>", "\"partial\":true",
		    "unknown-element\",\"no-records" },
		{ "<extension>" RECORD "</extension>", "!partial",
		    "no-records" },
	};
	static const struct word_case places[] = {
		{ "<source_ip>192.0.2.9</source_ip><count>3</count>" IDENTIFIERS
		        AUTH,
		    "\"source_ip\":\"192.0.2.9\",\"messages\":3,",
		    "misplaced-element" },
		{ "<row><count>3</count>" IDENTIFIERS AUTH "</row>",
		    "\"header_from\":\"example.org\"",
		    "misplaced-element\",\"bad-source-ip" },
		{ ROW IDENTIFIERS DKIM,
		    "\"auth_dkim\":[{\"domain\":\"example.org\"",
		    "misplaced-element" },
		{ ROW IDENTIFIERS "<auth_results><count>9</count>" DKIM
		                  "</auth_results>",
		    "\"raw\":{\"extra[0].count\":\"9\"}",
		    "misplaced-element\",\"repeated-element" },
		{ ROW IDENTIFIERS AUTH "<org_name>x</org_name>",
		    "\"partial\":true", "unknown-element" },
		/* What no one knows is kept, but not what is an extension. */
		{ ROW IDENTIFIERS AUTH "<foo>a<b>c</b></foo>",
		    "\"raw\":{\"extra[0].text\":\"a\","
		    "\"extra[1].text\":\"c\"}",
		    NULL },
		{ ROW IDENTIFIERS AUTH "<extension><foo>a</foo></extension>",
		    "!raw", NULL },
		{ "<row><source_ip><ip>192.0.2.9</ip></source_ip>"
		  "<count><n>3</n></count></row>" IDENTIFIERS AUTH,
		    "\"source_ip\":\"192.0.2.9\",\"messages\":3,",
		    "nested-value" },
	};

	(void)state;
	CHECK_WORDS(DOC_REASON, reasons);
	CHECK_WORDS(FEEDBACK(METADATA POLICY "~"), records);
	CHECK_WORDS(DOC_RECORD, places);
	assert_output(
	    "<feedback><report_metadata><org_name>O</org_name>"
	    "<error><text>one</text> <text>more</text></error><errors>"
	    "<error>two</error></errors></report_metadata>" POLICY RECORD
	    "</feedback>",
	    "\"errors\":[\"one more\",\"two\"]");
}

#define ROW_OF(n) ROW_("192.0.2." n, n, EVALUATED)
#define IDS_(from) \
	"<identifiers><header_from>" from "</header_from></identifiers>"
#define SPF_(domain) \
	"<spf><domain>" domain "</domain><result>pass</result></spf>"

/* Where each line is and what it has; nothing of a row is lost. */
static void
each_row_is_a_record(void **state)
{
	struct result r;

	(void)state;
	r = run(FEEDBACK(METADATA POLICY RECORD_(ROW_("192.0.2.1", "1",
	            EVALUATED "<reason><type>a</type></reason>") ROW_OF("2")
	                IDENTIFIERS AUTH)),
	    NULL);
	assert_non_null(strstr(
	    buf_str(&r.out), "\"quirks\":[\"several-rows\"],\"records\":2,"));
	assert_non_null(strstr(r.out.at,
	    "{\"type\":\"record\",\"source_ip\":\"192.0.2.1\","
	    "\"messages\":1,\"disposition\":\"none\",\"dkim\":\"pass\","
	    "\"spf\":\"fail\",\"cause\":\"dkim_only\","
	    "\"header_from\":\"example.org\",\"auth_dkim\":[{\"domain\":"
	    "\"example.org\",\"result\":\"pass\"}],"
	    "\"overrides\":[{\"type\":\"a\"}]}\n"
	    "{\"type\":\"record\",\"source_ip\":\"192.0.2.2\","
	    "\"messages\":2,\"disposition\":\"none\",\"dkim\":\"pass\","
	    "\"spf\":\"fail\",\"cause\":\"dkim_only\","
	    "\"header_from\":\"example.org\",\"auth_dkim\":[{\"domain\":"
	    "\"example.org\",\"result\":\"pass\"}]}\n"));
	result_done(&r);
	/* Records without a border between them. */
	r = run(FEEDBACK(METADATA POLICY RECORD_(ROW_OF("1") IDS_("a.example")
	                AUTH_(SPF_("x.example")) ROW_OF("2") IDS_("b.example")
	                    AUTH_(SPF_("y.example") SPF_("z.example")))),
	    NULL);
	assert_non_null(strstr(buf_str(&r.out),
	    "\"header_from\":\"a.example\",\"auth_spf\":[{\"domain\":"
	    "\"x.example\",\"result\":\"pass\"}]}\n"));
	assert_non_null(strstr(r.out.at,
	    "\"header_from\":\"b.example\",\"auth_spf\":[{\"domain\":"
	    "\"y.example\",\"result\":\"pass\"},{\"domain\":"
	    "\"z.example\",\"result\":\"pass\"}]}\n"));
	result_done(&r);
	/* Identifiers that belong to no row. */
	assert_output(FEEDBACK(METADATA POLICY RECORD_(
	                  ROW IDS_("a.example") IDS_("b.example") AUTH)),
	    "\"raw\":{\"extra[0].header_from\":\"b.example\"}");
	assert_output(
	    FEEDBACK(METADATA POLICY RECORD_(ROW_OF("1") ROW_OF("2") ROW_OF("3")
	            IDS_("a.example") IDS_("b.example") AUTH)),
	    "\"quirks\":[\"several-rows\",\"repeated-element\",\"align-"
	    "mismatch\"],"
	    "\"records\":3,");
	/* As many as the limit lets be. */
	assert_output(FEEDBACK(METADATA POLICY RECORD_(
	                  IDENTIFIERS AUTH ROW_OF("1") ROW_OF("2"))),
	    "\"messages\":2,\"disposition\":\"none\",\"dkim\":\"pass\","
	    "\"spf\":\"fail\",\"cause\":\"dkim_only\","
	    "\"header_from\":\"example.org\"");
}

static void
rows_are_limited_as_records_are(void **state)
{
	static const struct limits few = { 1 << 20, 1 << 20, 1 << 20, 3 };
	static const char four[] = FEEDBACK(
	    METADATA POLICY RECORD_(ROW ROW ROW ROW IDENTIFIERS AUTH));
	struct buf b = { 0 };
	struct result r;
	size_t i;

	(void)state;
	r = run_bytes(four, sizeof(four) - 1, sizeof(four), NULL, &few);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, ERR_LIMIT);
	result_done(&r);
	buf_add_str(&b, "<feedback>" METADATA POLICY "<record>");
	for (i = 0; i < LIMIT_RESULTS + 10; i++)
		buf_add_str(&b, ROW);
	buf_add_str(&b, IDENTIFIERS AUTH "</record></feedback>");
	r = run(buf_str(&b), NULL);
	assert_int_equal(r.rc, 0);
	assert_non_null(strstr(buf_str(&r.out),
	    "\"many-results\"],\"partial\":true,\"records\":1001,"));
	result_done(&r);
	buf_done(&b);
}

/* How many reports come out of a document. */
static int
count_reports(const char *xml, const char *quirk)
{
	struct result r = run(xml, NULL);
	const char *p = buf_str(&r.out);
	int n = 0;

	if (r.rc == -1)
		fail_msg("%s: %s", r.err.text, xml);
	if (quirk != NULL && strstr(p, quirk) == NULL)
		fail_msg("no %s in %s", quirk, p);
	for (; (p = strstr(p, "\"type\":\"aggregate\"")) != NULL; p++)
		n++;
	result_done(&r);
	return n;
}

static void
a_list_of_reports_is_read_to_its_end(void **state)
{
	static const char one[] = FEEDBACK(METADATA POLICY RECORD);

	(void)state;
	assert_int_equal(count_reports(one, NULL), 1);
	assert_int_equal(
	    count_reports("<feedbacks>" FEEDBACK(METADATA POLICY RECORD RECORD)
	                      FEEDBACK(METADATA POLICY RECORD)
	                          FEEDBACK(METADATA RECORD) "</feedbacks>",
	        "stray-root"),
	    3);
	assert_int_equal(
	    count_reports("<feedback>" FEEDBACK(METADATA POLICY)
	                      FEEDBACK(METADATA POLICY RECORD) "</feedback>",
	        "stray-root"),
	    2);
	/* Not when the outer one is a report. */
	assert_int_equal(count_reports("<feedback>" METADATA FEEDBACK(
	                                   POLICY RECORD) "</feedback>",
	                     "\"records\":1,"),
	    1);
}

static void
reports_in_one_document_are_limited(void **state)
{
	struct buf b = { 0 };
	struct result r;
	int i;

	(void)state;
	buf_add_str(&b, "<x>");
	for (i = 0; i < LIMIT_REPORTS; i++)
		buf_add_str(&b, FEEDBACK(METADATA POLICY RECORD));
	buf_add_str(&b, "</x>");
	assert_int_equal(count_reports(buf_str(&b), NULL), LIMIT_REPORTS);
	b.len -= 4;
	buf_add_str(&b, FEEDBACK("") "</x>");
	r = run(buf_str(&b), NULL);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, ERR_LIMIT);
	result_done(&r);
	buf_done(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_in_place_of_children_is_a_value),
		cmocka_unit_test(an_attribute_is_as_good_as_a_child),
		cmocka_unit_test(wrappers_are_seen_through),
		cmocka_unit_test(each_row_is_a_record),
		cmocka_unit_test(rows_are_limited_as_records_are),
		cmocka_unit_test(a_list_of_reports_is_read_to_its_end),
		cmocka_unit_test(reports_in_one_document_are_limited),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
