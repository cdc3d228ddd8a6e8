/* SPDX-License-Identifier: BSD-2-Clause */
/* pasted, plaintext: documents and files among words, texts without their
 * marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/pasted.h"
#include "parse/plaintext.h"

/* A copy of exact size, for the sanitizer to watch its ends. */
static char *
copy_of(const char *s)
{
	size_t n = strlen(s);
	char *copy = malloc(n > 0 ? n : 1);

	assert_non_null(copy);
	memcpy(copy, s, n);
	return copy;
}

static void
assert_xml(const char *text, const char *expected)
{
	char *copy = copy_of(text);
	struct buf found = { 0 };
	struct pasted e;

	pasted_start(&e, copy, strlen(text));
	while (pasted_next_xml(&e))
		buf_printf(&found, "[%.*s]", (int)e.len, e.doc);
	assert_string_equal(buf_str(&found), expected);
	buf_done(&found);
	free(copy);
}

static void
reports_are_found_among_words(void **state)
{
	(void)state;
	assert_xml(
	    "a <b> <feedback>x</feedback> c", "[<feedback>x</feedback>]");
	assert_xml("a <?xml version='1.0'?>\n<feedback>x</feedback>\n",
	    "[<?xml version='1.0'?>\n<feedback>x</feedback>]");
	assert_xml("<feedback a='b'>1</feedback >, <FEEDBACK>2</FEEDBACK>",
	    "[<feedback a='b'>1</feedback >][<FEEDBACK>2</FEEDBACK>]");
	assert_xml("x <n:feedback>1</feedback></n:feedback> y",
	    "[<n:feedback>1</feedback></n:feedback>]");
	assert_xml("<feedbacks><feedback>1</feedback></feedbacks> y",
	    "[<feedbacks><feedback>1</feedback></feedbacks>]");
	/* Without its end it goes on. */
	assert_xml("x <feedback>1 words", "[<feedback>1 words]");
	assert_xml("<feedback", "");
	assert_xml("<feed back> <myfeedback> feedback>", "");
	assert_xml("", "");
}

static void
assert_json(const char *text, const char *expected)
{
	char *copy = copy_of(text);
	struct buf found = { 0 };
	struct pasted e;

	pasted_start(&e, copy, strlen(text));
	if (pasted_json(&e))
		buf_add(&found, e.doc, e.len);
	assert_string_equal(buf_str(&found), expected);
	buf_done(&found);
	free(copy);
}

static void
tls_reports_are_found_among_words(void **state)
{
	(void)state;
	assert_json("a {b} { \"c\": \"}\\\"\", \"policies\": [{}] } d",
	    "{ \"c\": \"}\\\"\", \"policies\": [{}] }");
	assert_json("{\"a\": 1} {\"policies\": []}", "{\"policies\": []}");
	assert_json("lone {\" brace {\"policies\": []}", "{\"policies\": []}");
	assert_json("cut {\"policies\": [", "{\"policies\": [");
	assert_json("{\"policy\": []}", "");
	assert_json("\"policies\" {", "");
	assert_json("", "");
}

static void
assert_files(const char *text, const char *expected)
{
	char *copy = copy_of(text);
	struct buf found = { 0 }, file = { 0 };
	struct pasted e;

	pasted_start(&e, copy, strlen(text));
	while (pasted_next_file(&e, &file))
		buf_printf(&found, "%s=%.*s;", e.name, (int)file.len, file.at);
	assert_string_equal(buf_str(&found), expected);
	buf_done(&found);
	buf_done(&file);
	free(copy);
}

static void
uuencode_is_undone(void **state)
{
	(void)state;
	assert_files("x\nbegin 644 a b.gz\n#86)C\n`\nend\ny\n", "a b.gz=abc;");
	assert_files(
	    "begin 0644 a\r\n#86)C\r\n!80``\r\n \r\nend\r\n", "a=abca;");
	/* Blanks at the ends of lines are lost, or the end is. */
	assert_files("begin 644 a\n%86)C  \n", "a=abc;");
	assert_files("begin 644 a\n#86)C", "a=abc;");
	assert_files(
	    "begin 644 a\n#86)C\nend\nbegin 600 b\n!80``\nend\n", "a=abc;b=a;");
	assert_files("begin-base64 644 a\nYWJj\nZA==\n====\nx", "a=abcd;");
	assert_files("begin-base64 644 a\nYWJj", "a=abc;");
	/* But a line does not say more than it can. */
	assert_files("begin 644 a\n#86)C\nM\nM\nend\n", "a=abc;");
	assert_files("begin 644 a\nM\nM\n", "");
	assert_files("begin 644 words\nand more words\n", "");
	assert_files("begin 9 a\n#86)C\n", "");
	assert_files("begin 644 \n#86)C\n", "");
	assert_files(" begin 644 a\n#86)C\n", "");
	assert_files("begin 644 a", "");
	assert_files("begin 644 a\n", "");
}

static void
assert_page(const char *page, const char *expected)
{
	char *copy = copy_of(page);
	struct buf text = { 0 };

	plaintext_from_html(copy, strlen(page), &text);
	assert_string_equal(buf_str(&text), expected);
	buf_done(&text);
	free(copy);
}

static void
pages_become_texts(void **state)
{
	(void)state;
	assert_page("<p>a<br/>b</p><td>c</td>d", "a\nb\n c d");
	/* One line of a browser is one, wherever the source's lines end. */
	assert_page("a<br>\r\nb<br><br>c", "a\nb\n\nc");
	assert_page("<div>a</div>\n<div>b</div><p>c</p>", "a\nb\nc\n");
	assert_page("a\n\n<div>b", "a\n\nb");
	assert_page(
	    "&lt;a&gt;&amp;&quot;&apos;&#60;&#x3E;&nbsp;.", "<a>&\"'<> .");
	assert_page("a<!-- b <p> -->c<b title='x'>d</b>", "acd");
	assert_page("<style>p { }</style>a<SCRIPT>b</SCRIPT>c", "ac");
	assert_page("<a href=\"https://x/y\">b</a><A name='z'>c</A>",
	    " https://x/y bc");
	/* What is no tag and no reference. */
	assert_page(
	    "1 < 2 <3 a&b &x; &#1; &#xzz;", "1 < 2 <3 a&b &x; &#1; &#xzz;");
	assert_page("a<b", "a<b");
	assert_page("a<!-- b", "a<!-- b");
	assert_page("a<style>b", "ab");
	assert_page("&", "&");
	assert_page("<", "<");
	assert_page("", "");
}

static void
assert_unquoted(const char *text, bool drop, const char *expected)
{
	char *copy = copy_of(text);
	struct buf out = { 0 };

	plaintext_unquote(copy, strlen(text), drop, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_done(&out);
	free(copy);
}

static void
quotes_are_taken_away(void **state)
{
	(void)state;
	assert_unquoted("a\n> b\n>  c\n>> d\n> > e\n>\n | f\n", false,
	    "a\nb\n c\nd\ne\n\nf\n");
	assert_unquoted("a\n> b\n>> c\nd > e\n", true, "a\nd > e\n");
	assert_unquoted("  a\n", false, "  a\n");
	assert_unquoted(">", false, "");
	assert_true(plaintext_has_quotes("a\n> b", 5));
	assert_true(plaintext_has_quotes(">", 1));
	assert_true(plaintext_has_quotes(" > b", 4));
	assert_false(plaintext_has_quotes("a > b\n<c>", 9));
	assert_false(plaintext_has_quotes("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_found_among_words),
		cmocka_unit_test(tls_reports_are_found_among_words),
		cmocka_unit_test(uuencode_is_undone),
		cmocka_unit_test(pages_become_texts),
		cmocka_unit_test(quotes_are_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
