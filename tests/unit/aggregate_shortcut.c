/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate_shortcut: what is read without libxml2 is read as libxml2 would. */
#include "parse/aggregate_shortcut.h"
#include "aggregate_doc.h"
#include "base/limits.h"
#include <time.h>

#define PRETTY \
	"\n  <record>\r\n\t<row>\n<source_ip>192.0.2.1</source_ip>\n" \
	"<count> 2 </count></row>\n" IDENTIFIERS AUTH "\n  </record>"

static struct shortcut plain;

static size_t
taken(const char *s)
{
	element_start(plain.next);
	return shortcut_read(&plain, s, strlen(s));
}

static void
a_record_as_most_write_it_is_plain(void **state)
{
	const struct shortcut_item *item = plain.items;

	(void)state;
	assert_int_equal(taken(RECORD "<"), strlen(RECORD));
	assert_int_equal(plain.lines, 0);
	assert_int_equal(taken(PRETTY "\n"), strlen(PRETTY));
	assert_int_equal(plain.lines, 6);
	assert_string_equal(item[0].element->name, "record");
	assert_string_equal(item[1].element->name, "row");
	assert_string_equal(item[2].element->name, "source_ip");
	assert_memory_equal(item[2].text, "192.0.2.1<", 10);
	assert_int_equal(item[2].len, 9);
	assert_int_equal(item[3].len, 3);
	assert_null(item[4].element);
	assert_null(item[plain.n - 1].element);
}

static void
all_else_is_left_to_libxml2(void **state)
{
	static const char *const others[] = {
		"",
		" ",
		"<recor",
		"<record>",
		"</record>",
		"<row></row>",
		"<Record>" ROW "</Record>",
		"<record a='1'>" ROW "</record>",
		"<record >" ROW "</record>",
		"<record/>",
		"x<record>" ROW "</record>",
		RECORD_(ROW "x"),
		RECORD_(ROW "<!-- -->"),
		RECORD_(ROW "<?pi?>"),
		RECORD_(ROW "<unknown></unknown>"),
		RECORD_(ROW "<p:row></p:row>"),
		RECORD_(ROW "<count>1</count>"),
		RECORD_("<row><count>1</row></count>"),
		RECORD_("<row><count>1</Count></row>"),
		RECORD_("<row><count>1</count ></row>"),
		RECORD_("<row><count><x></x></count></row>"),
		RECORD_("<row><count>&#49;</count></row>"),
		RECORD_("<row><count>]]></count></row>"),
		RECORD_("<row><count>1\n</count></row>"),
		RECORD_("<row><count>\xc3\xa4</count></row>"),
		RECORD_("<row><count>\x01</count></row>"),
		RECORD_("<row><count>\x7f</count></row>"),
		RECORD_("<record></record>"),
	};
	char record[] = RECORD;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (taken(others[i]) != 0)
			fail_msg("%s", others[i]);
	/* Also what is not all there. */
	for (i = sizeof(record) - 1; i-- > 0;) {
		record[i] = '\0';
		assert_int_equal(taken(record), 0);
	}
}

static void
a_record_that_is_too_large_is_left_to_libxml2(void **state)
{
	struct buf b = { 0 };
	size_t i;

	(void)state;
	buf_add_str(&b, "<record><row><count>");
	for (i = 0; i < LIMIT_TEXT; i++)
		buf_add_char(&b, '1');
	buf_add_str(&b, "</count></row></record>");
	assert_int_equal(taken(buf_str(&b)), b.len);
	b.len -= strlen("</count></row></record>");
	buf_add_str(&b, "1</count></row></record>");
	assert_int_equal(taken(buf_str(&b)), 0);
	b.len = 0;
	buf_add_str(&b, "<record><auth_results>");
	for (i = 0; i < SHORTCUT_ITEMS; i++)
		buf_add_str(&b, DKIM);
	buf_add_str(&b, "</auth_results></record>");
	assert_int_equal(taken(buf_str(&b)), 0);
	buf_done(&b);
}

/* In single bytes no record is ever all there. */
static void
libxml2_says_the_same(void **state)
{
	static const struct limits few = { 1 << 20, 1 << 20, 1 << 20, 3 };
	static const char *const docs[] = {
		FEEDBACK(METADATA POLICY PRETTY RECORD PRETTY),
		FEEDBACK(RECORD METADATA RECORD POLICY "\n" RECORD),
		"<?xml version='1.0' encoding='UTF-8'?>\n<d:feedback "
		"xmlns:d='u'>" METADATA POLICY PRETTY "</d:feedback>",
		"<?xml version='1.0' encoding='ISO-8859-1'?>\n" FEEDBACK(
		    METADATA POLICY PRETTY "\xe4" RECORD),
		"<schema>\n" FEEDBACK(METADATA POLICY PRETTY) "</schema>",
		/* Of these only some are plain, or none. */
		FEEDBACK(METADATA POLICY RECORD_(ROW "<x/>") PRETTY),
		FEEDBACK(METADATA POLICY "<x>" RECORD "</x>" RECORD),
		FEEDBACK("<!--" RECORD "-->" METADATA "<![CDATA[" RECORD
		         "]]>" POLICY "<?x " RECORD "?>" RECORD),
		FEEDBACK(METADATA POLICY "&amp;" RECORD "]" RECORD),
		FEEDBACK("<org_name>" RECORD "</org_name>" METADATA POLICY),
		"<x>" RECORD "</x>",
		RECORD,
		/* Quirks. */
		FEEDBACK(
		    METADATA POLICY RECORD_(ROW ROW IDENTIFIERS AUTH AUTH)),
		FEEDBACK(METADATA POLICY RECORD_(
		    "<row><count>1</count><count>2</count></row>"
		    "<identities><from>x.example</from></identities>")),
		/* Lines of errors. */
		"<feedback>\n" METADATA POLICY PRETTY "\n" PRETTY "\n",
		"<feedback>\n" METADATA POLICY PRETTY "\n<x>\n",
		"<feedback>\n" METADATA POLICY "\n\n",
		"<feedback>\n" METADATA POLICY PRETTY "\n<x y></feedback>",
		"<feedback>\n" METADATA POLICY PRETTY "\n</record></feedback>",
		"<feedback>\n" METADATA POLICY PRETTY PRETTY "\n&x;</feedback>",
		FEEDBACK(METADATA) PRETTY,
		/* One more than may be. */
		FEEDBACK(METADATA POLICY RECORD RECORD RECORD),
		FEEDBACK(METADATA POLICY RECORD PRETTY RECORD RECORD),
	};
	struct result whole, bytes;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		len = strlen(docs[i]);
		whole = run_bytes(docs[i], len, len, NULL, &few);
		bytes = run_bytes(docs[i], len, 1, NULL, &few);
		if (whole.rc != bytes.rc ||
		    (whole.rc == -1 &&
		        strcmp(whole.err.text, bytes.err.text) != 0))
			fail_msg("%s: %s; %s", docs[i], whole.err.text,
			    bytes.err.text);
		assert_int_equal(whole.is_report, bytes.is_report);
		assert_string_equal(buf_str(&whole.out), buf_str(&bytes.out));
		result_done(&whole);
		result_done(&bytes);
	}
}

/* What looks like records, or like the way to one, must not take long. */
static void
floods_are_looked_at_once(void **state)
{
	static const char *const floods[][2] = {
		{ "<feedback>" METADATA POLICY, RECORD }, /* the yardstick */
		{ "<feedback>", " " },
		{ "<feedback>" RECORD, " " },
		{ "<feedback><record>", " " },
		{ "<feedback><record>", "<record></record>" },
		{ "<feedback><x>", "<record></record>" },
	};
	struct buf b = { 0 };
	struct result r;
	clock_t begin, honest = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		b.len = 0;
		buf_add_str(&b, floods[i][0]);
		while (b.len < 8 << 20)
			buf_add_str(&b, floods[i][1]);
		begin = clock();
		r = run_bytes(b.at, b.len, b.len, NULL, NULL);
		assert_int_equal(r.rc, -1);
		if (i == 0)
			honest = clock() - begin;
		/* Looked at for each piece, blanks took some seconds. */
		if (clock() - begin > 5 * honest)
			fail_msg("%s %s", floods[i][0], floods[i][1]);
		result_done(&r);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_as_most_write_it_is_plain),
		cmocka_unit_test(all_else_is_left_to_libxml2),
		cmocka_unit_test(a_record_that_is_too_large_is_left_to_libxml2),
		cmocka_unit_test(libxml2_says_the_same),
		cmocka_unit_test(floods_are_looked_at_once),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
