/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate: what a document is made of, and what is no report. */
#include "parse/aggregate.h"
#include "aggregate_doc.h"

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
	    "<dkim>pass</dkim><spf>fail</spf><reason><type>local_policy</type>"
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
	    "\"spf\":\"fail\",\"cause\":\"dkim_only\","
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
		FEEDBACK("<extensions><record/></extensions>" METADATA
		         "<policy_unpublished/>" POLICY "<x>1</x>" RECORD_(
		             ROW IDENTIFIERS AUTH "<other/><e:x xmlns:e='u'>"
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

#define NS2 "urn:ietf:params:xml:ns:dmarc-2.0"
#define X_ROW \
	"<x:row xmlns:x='u'><x:count>7</x:count></x:row><x:auth_results " \
	"xmlns:x='u'><x:spf><x:domain>a.example</x:domain><x:result>pass" \
	"</x:result></x:spf></x:auth_results>"
#define FULL(p, d) \
	"<" p "record" d "><" p "row><" p "count>2</" p "count><" p \
	"source_ip>192.0.2.1</" p "source_ip><" p "policy_evaluated><" p \
	"disposition>none</" p "disposition><" p "dkim>pass</" p "dkim><" p \
	"spf>fail</" p "spf></" p "policy_evaluated></" p "row><" p \
	"identifiers><" p "header_from>example.org</" p "header_from></" p \
	"identifiers><" p "auth_results><" p "dkim><" p \
	"domain>example.org</" p "domain><" p "result>pass</" p "result></" p \
	"dkim></" p "auth_results></" p "record>"

/* What is the report's own, and what is an extension of it. */
static void
another_namespace_is_an_extension(void **state)
{
	static const char *const same[] = {
		"<feedback xmlns='" NS2 "'>" METADATA POLICY RECORD_(
		    X_ROW ROW IDENTIFIERS AUTH X_ROW) "</feedback>",
		"<feedback xmlns='" NS2 "' xmlns:x='u'><x:report_metadata>"
		"<x:org_name>Not me</x:org_name></x:report_metadata>" METADATA
		    POLICY RECORD "<x:record/></feedback>",
		"<feedback xmlns='" NS2
		"'><record xmlns='u'/>" METADATA POLICY RECORD "</feedback>",
		"<d:feedback xmlns:d='any'>" METADATA POLICY FULL("d:", "")
		    X_ROW "</d:feedback>",
		/* With the prefix bound elsewhere, or to another name. */
		"<feedback xmlns='any'>" METADATA POLICY FULL(
		    "e:", " xmlns:e='any'") "</feedback>",
		"<feedback xmlns='any'><report_metadata xmlns=''>"
		"<org_name>Org</org_name><email>d@reporter.example</email>"
		"<report_id>id1</report_id><date_range>" RANGE
		"</date_range></report_metadata>" POLICY RECORD "</feedback>",
		/* Unprefixed records of another namespace, plain or not. */
		"<d:feedback xmlns:d='any' xmlns='u'>" RECORD
		"<d:report_metadata xmlns=''>"
		"<org_name>Org</org_name><email>d@reporter.example</email>"
		"<report_id>id1</report_id><date_range>" RANGE
		"</date_range></d:report_metadata>"
		"<policy_published xmlns=''><domain>example.org</domain>"
		"<p>none</p></policy_published>" FULL("d:", "") RECORD
		"</d:feedback>",
		/* No namespace at the root: that of its first child. */
		"<feedback>" FULL("d:", " xmlns:d='any'") METADATA POLICY X_ROW
		"</feedback>",
		"<feedback>" METADATA POLICY RECORD X_ROW
		"<x:record xmlns:x='u'/></feedback>",
		"<d:feedback>" METADATA POLICY FULL(
		    "d:", "") "<x:record/></d:feedback>",
	};
	struct result first = run(FEEDBACK(METADATA POLICY RECORD), NULL), r;
	size_t i, piece;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		for (piece = 1; piece < 5000; piece += 4998) {
			r = run_bytes(
			    same[i], strlen(same[i]), piece, NULL, NULL);
			if (r.rc == -1)
				fail_msg("%s: %s", same[i], r.err.text);
			assert_string_equal(
			    buf_str(&r.out), buf_str(&first.out));
			result_done(&r);
		}
	result_done(&first);
	/* A report with nothing in it says so. */
	assert_output("<feedback xmlns='" NS2
	              "'><d:record xmlns:d='u'/>" METADATA POLICY "</feedback>",
	    "\"quirks\":[\"no-records\",\"foreign-namespace\"],"
	    "\"partial\":true");
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
		FEEDBACK(METADATA POLICY RECORD_(ROW_("192.0.2.1",
		    "2</count><count>2", EVALUATED) IDENTIFIERS AUTH)),
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
		/* What says the same costs nothing. */
		assert_int_equal(
		    i == 3, strstr(r.out.at, "\"partial\":true") == NULL);
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
		r = run_bytes(xml, i, 65536, NULL, NULL);
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
		r = run_bytes(xml, sizeof(xml) - 1, piece, NULL, NULL);
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
	r = run_bytes(utf16, sizeof(utf16), 65536, NULL, NULL);
	assert_int_equal(r.rc, 0);
	assert_non_null(strstr(buf_str(&r.out), "\"records\":1,"));
	result_done(&r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_report_comes_out_whole),
		cmocka_unit_test(order_case_prefix_and_namespace_do_not_matter),
		cmocka_unit_test(another_namespace_is_an_extension),
		cmocka_unit_test(feedback_may_be_a_child_of_a_stray_root),
		cmocka_unit_test(the_order_of_records_does_not_change_the_hash),
		cmocka_unit_test(a_repeated_element_does_not_replace_the_first),
		cmocka_unit_test(a_report_without_records_is_kept),
		cmocka_unit_test(all_results_of_a_record_are_kept_in_order),
		cmocka_unit_test(other_xml_is_not_called_a_broken_report),
		cmocka_unit_test(broken_xml_is_named_with_its_line),
		cmocka_unit_test(a_cut_report_is_called_cut_wherever_it_is_cut),
		cmocka_unit_test(
		    declarations_of_types_and_entities_are_refused),
		cmocka_unit_test(bytes_may_come_in_any_pieces),
		cmocka_unit_test(other_encodings_become_utf8),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
