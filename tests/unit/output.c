/* SPDX-License-Identifier: BSD-2-Clause */
/* output: tables, CSV and JSON, whatever the text in them wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "show/output.h"
#include "store/store.h"

static struct query_db *db;
static char directory[] = "/tmp/ruad-output-XXXXXX";

static int
open_database(void **state)
{
	struct output_options options;
	struct store *store;
	struct err err = ERR_INIT;
	char *path;

	(void)state;
	output_options_init(&options, OUTPUT_TABLE, stdout); /* the locale */
	if (mkdtemp(directory) == NULL)
		return -1;
	xasprintf(&path, "%s/ruad.db", directory);
	if (store_open(&store, path, &err) == -1)
		return -1;
	store_close(store);
	if (query_open(&db, path, &err) == -1)
		return -1;
	free(path);
	return 0;
}

static int
remove_database(void **state)
{
	static const char *const files[] = { "ruad.db", "ruad.db-wal",
		"ruad.db-shm", "." };
	char *path;
	size_t i;

	(void)state;
	query_close(db);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		xasprintf(&path, "%s/%s", directory, files[i]);
		unlink(path);
		free(path);
	}
	return rmdir(directory);
}

/* Where an output goes, and what is to be asked for it. */
struct page {
	struct output_options options;
	struct output *output;
	char *text;
	size_t len;
	int64_t rows;
};

static void
page_begin(struct page *p, enum output_format format)
{
	memset(p, 0, sizeof(*p));
	p->options.format = format;
	p->options.width = 80;
	p->options.now = 1000000;
	p->options.stream = open_memstream(&p->text, &p->len);
	p->output = output_new(&p->options);
}

static void
page_terminal(struct page *p, size_t width)
{
	output_free(p->output);
	p->options.fitted = true;
	p->options.width = width;
	p->output = output_new(&p->options);
}

static void
page_rows(struct page *p, const char *key, const char *sql, const char *text,
    const struct output_column *columns)
{
	struct err err = ERR_INIT;
	struct query *q;

	assert_int_equal(query_new(&q, db, sql, &err), 0);
	if (text != NULL)
		query_bind_text(q, 1, text);
	assert_int_equal(
	    output_rows(p->output, key, NULL, q, columns, &p->rows, &err), 0);
	query_free(q);
}

static const char *
page_end(struct page *p)
{
	struct err err = ERR_INIT;

	assert_int_equal(output_end(p->output, &err), 0);
	output_free(p->output);
	p->output = NULL;
	return p->text;
}

static void
page_done(struct page *p)
{
	fclose(p->options.stream);
	free(p->text);
}

/* All rows of one query in one form; free() it. */
static char *
write_rows(enum output_format format, const char *sql, const char *text,
    const struct output_column *columns)
{
	struct page p;
	char *copy;

	page_begin(&p, format);
	page_rows(&p, NULL, sql, text, columns);
	copy = xstrdup(page_end(&p));
	page_done(&p);
	return copy;
}

static void
check_rows(enum output_format format, const char *sql, const char *text,
    const struct output_column *columns, const char *want)
{
	char *got = write_rows(format, sql, text, columns);

	assert_string_equal(got, want);
	free(got);
}

static const struct output_column one_text[] = {
	{ "word", "what", OUTPUT_TEXT, 4 },
	{ 0 },
};
static const char one_sql[] = "SELECT ?1 AS word";

static const struct output_column kinds[] = {
	{ "id", "id", OUTPUT_ID, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ "pass_pct", "compliant", OUTPUT_PERCENT, 0 },
	{ "dkim", "dkim", OUTPUT_RESULT, 0 },
	{ "start_ts", "when", OUTPUT_TIME, 0 },
	{ "shown", "seen", OUTPUT_TABLE_ONLY, 0 }, /* in any order */
	{ "day", NULL, OUTPUT_NUMBER, 0 },
	{ "quirks", "words", OUTPUT_JSON_TEXT, 0 },
	{ 0 },
};
static const char kinds_sql[] =
    "SELECT 1234 AS id, 84210 AS messages, 7 AS fail, 99.99 AS pass_pct,"
    " 'pass' AS dkim, 999280 AS start_ts, 5 AS day,"
    " '[\"a\",\"b\"]' AS quirks, 'x' AS shown"
    " UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ''";

static void
a_table_for_a_pipe_is_plain(void **state)
{
	(void)state;
	check_rows(OUTPUT_TABLE, kinds_sql, NULL, kinds,
	    "  id messages failing compliant dkim when       words seen\n"
	    "1234    84210       7     99.9% pass 12 min ago a b   x\n"
	    "   2        -       -         - -    -          -     -\n");
}

static void
a_table_for_a_terminal_groups_digits_but_not_names(void **state)
{
	struct page p;

	(void)state;
	page_begin(&p, OUTPUT_TABLE);
	page_terminal(&p, 80);
	page_rows(&p, NULL, kinds_sql, NULL, kinds);
	assert_non_null(strstr(page_end(&p),
	    "1234   84,210       7     99.9% pass 12 min ago a b   x\n"));
	page_done(&p);
}

static void
colour_marks_good_and_bad_only_when_asked_for(void **state)
{
	struct page p;

	(void)state;
	page_begin(&p, OUTPUT_TABLE);
	p.options.color = true;
	page_terminal(&p, 80);
	page_rows(&p, NULL, kinds_sql, NULL, kinds);
	page_end(&p);
	assert_non_null(strstr(p.text, "\033[31m"));
	assert_non_null(strstr(p.text, "\033[32mpass\033[0m"));
	page_done(&p);
}

static void
csv_has_the_names_of_the_database(void **state)
{
	(void)state;
	check_rows(OUTPUT_CSV, kinds_sql, NULL, kinds,
	    "id,messages,fail,pass_pct,dkim,start_ts,day,quirks\r\n"
	    "1234,84210,7,99.99,\"pass\",999280,5,\"[\"\"a\"\",\"\"b\"\"]\"\r\n"
	    "2,,,,,,,\r\n");
}

static void
json_has_numbers_null_and_nested_values(void **state)
{
	(void)state;
	check_rows(OUTPUT_JSON, kinds_sql, NULL, kinds,
	    "[\n{\"id\":1234,\"messages\":84210,\"fail\":7,\"pass_pct\":99.99,"
	    "\"dkim\":\"pass\",\"start_ts\":999280,\"day\":5,"
	    "\"quirks\":[\"a\",\"b\"]},\n"
	    "{\"id\":2,\"messages\":null,\"fail\":null,\"pass_pct\":null,"
	    "\"dkim\":null,\"start_ts\":null,\"day\":null,\"quirks\":null}\n"
	    "]\n");
}

static void
no_rows_are_an_empty_answer_in_every_form(void **state)
{
	static const char none[] = "SELECT 1 AS word WHERE 0";

	(void)state;
	check_rows(OUTPUT_TABLE, none, NULL, one_text, "");
	check_rows(OUTPUT_CSV, none, NULL, one_text, "word\r\n");
	check_rows(OUTPUT_JSON, none, NULL, one_text, "[]\n");
}

static void
several_tables_are_parted_in_every_form(void **state)
{
	static const char *const want[] = {
		"what\n1\n\nwhat\n2\n\nthe end\n",
		"word\r\n1\r\n",
		"{\n\"a\":[\n{\"word\":1}\n],\n\"b\":[\n{\"word\":2}\n]\n}\n",
	};
	struct page p;
	int format;

	(void)state;
	for (format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		page_begin(&p, (enum output_format)format);
		page_rows(&p, "a", "SELECT 1 AS word", NULL, one_text);
		assert_int_equal(p.rows, 1);
		page_rows(&p, "b", "SELECT 2 AS word", NULL, one_text);
		output_line(p.output, "the end");
		assert_string_equal(page_end(&p), want[format]);
		page_done(&p);
	}
}

static void
fields_are_lines_or_members(void **state)
{
	static const char *const want[] = {
		"id           1234\nmessages     84210\nfailing      7\n"
		"compliant    99.9%\ndkim         pass\nwhen         12 min "
		"ago\n"
		"words        a b\nseen         x\n",
		"",
		"{\n\"id\":1234,\n\"messages\":84210,\n\"fail\":7,\n"
		"\"pass_pct\":99.99,\n\"dkim\":\"pass\",\n\"start_ts\":999280,"
		"\n"
		"\"day\":5,\n\"quirks\":[\"a\",\"b\"]\n}\n",
	};
	struct err err = ERR_INIT;
	struct query *q;
	struct page p;
	int format;

	(void)state;
	for (format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		page_begin(&p, (enum output_format)format);
		assert_int_equal(query_new(&q, db, kinds_sql, &err), 0);
		assert_int_equal(query_step(q, &err), 1);
		assert_int_equal(output_fields(p.output, q, kinds, &err), 0);
		query_free(q);
		assert_string_equal(page_end(&p), want[format]);
		page_done(&p);
	}
}

static void
a_column_without_a_name_in_both_query_and_table_is_a_bug(void **state)
{
	static const char *const wrong[] = { "SELECT 1 AS other",
		"SELECT 1 AS word, 2 AS other", "SELECT 1 AS word, 2 AS word" };
	static const struct output_column two[] = {
		{ "word", "word", OUTPUT_TEXT, 0 },
		{ "more", NULL, OUTPUT_TEXT, 0 },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct query *q;
	struct page p;
	size_t i;
	int format;

	(void)state;
	for (format = OUTPUT_TABLE; format <= OUTPUT_JSONL; format++)
		for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			page_begin(&p, (enum output_format)format);
			assert_int_equal(query_new(&q, db, wrong[i], &err), 0);
			assert_int_equal(output_rows(p.output, NULL, NULL, q,
			                     one_text, NULL, &err),
			    -1);
			assert_int_equal(err.class, ERR_BUG);
			assert_int_equal(
			    output_fields(p.output, q, two, &err), -1);
			assert_int_equal(err.class, ERR_BUG);
			query_free(q);
			assert_string_equal(page_end(&p), "");
			page_done(&p);
		}
}

static void
a_share_is_rounded_down_so_that_100_means_all(void **state)
{
	static const struct output_column share[] = {
		{ "pct", "share", OUTPUT_PERCENT, 0 },
		{ 0 },
	};

	(void)state;
	check_rows(OUTPUT_TABLE, "SELECT 99.999 AS pct UNION ALL SELECT 100.0",
	    NULL, share, " share\n 99.9%\n100.0%\n");
}

static void
times_are_told_as_people_do(void **state)
{
	static const struct output_column when[] = {
		{ "ts", "when", OUTPUT_TIME, 0 },
		{ 0 },
	};

	(void)state;
	check_rows(OUTPUT_TABLE,
	    "WITH t(ts) AS (VALUES (1000000), (999999), (996401), (996400),"
	    " (913600), (13600), (1000500)) SELECT ts FROM t",
	    NULL, when,
	    "when\nnow\n1 s ago\n59 min ago\n1 h ago\n1 d ago\n11 d ago\n"
	    "in the future\n");
}

/* --- foreign text --------------------------------------------------------- */

static const char *const unsafe[] = {
	"\xc2\x9b",         /* C1: another ESC [ */
	"\xe2\x80\xae",     /* right-to-left override */
	"\xe2\x80\xa8",     /* line separator */
	"\xef\xbb\xbf",     /* byte order mark */
	"\xf3\xa0\x80\x81", /* tag */
	"\xff\xfe",         /* not UTF-8 */
	"\r\n",
};
#define NUNSAFE (sizeof(unsafe) / sizeof(unsafe[0]))

/* Ends of lines apart, nothing in it moves a cursor. */
static void
assert_inert(const char *text, const char *ends)
{
	char safe[1024];
	size_t n;

	for (; *text != '\0'; text += n) {
		if ((n = strspn(text, ends)) > 0)
			continue;
		n = text_utf8_char(text, strlen(text), NULL);
		assert_true(n > 0);
		text_safe_len(safe, sizeof(safe), text, n);
		assert_memory_equal(safe, text, n);
	}
}

static void
check_inert(const char *text)
{
	static const char *const ends[] = { "\n", "\r\n", "\n" };
	static const int lines[] = { 2, 2, 3 };
	char *got, *p;
	int format, n;

	for (format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		got = write_rows(
		    (enum output_format)format, one_sql, text, one_text);
		assert_inert(got, ends[format]);
		for (n = 0, p = got; (p = strchr(p, '\n')) != NULL; p++)
			n++;
		assert_int_equal(n, lines[format]);
		free(got);
	}
}

static void
no_byte_drives_a_terminal_in_any_form(void **state)
{
	char text[] = "a?b";
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		text[1] = (char)c;
		check_inert(text);
	}
}

static void
no_unicode_control_does_either(void **state)
{
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < NUNSAFE; i++) {
		snprintf(text, sizeof(text), "a%sb", unsafe[i]);
		check_inert(text);
	}
}

static void
json_loses_nothing(void **state)
{
	(void)state;
	check_rows(OUTPUT_JSON, one_sql,
	    "\"\\ \033[31m\n\xc3\xa9\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81",
	    one_text,
	    "[\n{\"word\":\"\\\"\\\\ \\u001b[31m\\u000a\xc3\xa9\\u009b\\u202e"
	    "\\udb40\\udc01\"}\n]\n");
}

static void
json_within_json_is_made_inert_too(void **state)
{
	static const struct output_column json[] = {
		{ "word", NULL, OUTPUT_JSON_TEXT, 0 },
		{ 0 },
	};

	(void)state;
	check_rows(OUTPUT_JSON, one_sql, "{\"a\": [1,\n\"\\n\xc2\x9b\"]}", json,
	    "[\n{\"word\":{\"a\": [1, \"\\n\\u009b\"]}}\n]\n");
}

static void
csv_text_is_never_a_formula(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\"" },
		{ "+1+1", "\"'+1+1\"" },
		{ "-2+3", "\"'-2+3\"" },
		{ "@SUM(1)", "\"'@SUM(1)\"" },
		{ "\t=1", "\"\\x09=1\"" },
		{ "\r=1", "\"\\x0d=1\"" },
		{ "-12", "\"-12\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"x\", y", "\"say \"\"x\"\", y\"" },
		{ "", "\"\"" },
	};
	char want[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(want, sizeof(want), "word\r\n%s\r\n", cases[i].want);
		check_rows(OUTPUT_CSV, one_sql, cases[i].text, one_text, want);
	}
}

#define X33 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
a_pipe_gets_all_of_a_long_text(void **state)
{
	(void)state;
	check_rows(OUTPUT_TABLE, "SELECT printf('%.*c', 99, 'x') AS word", NULL,
	    one_text, "what\n" X33 X33 X33 "\n");
}

static void
a_terminal_without_utf8_gets_ascii(void **state)
{
	struct page p;

	(void)state;
	page_begin(&p, OUTPUT_TABLE);
	p.options.ascii = true;
	page_terminal(&p, 20);
	page_rows(&p, NULL, one_sql, "Z\xc3\xbcrich, and more of it", one_text);
	assert_string_equal(page_end(&p), "what\nZ\\u{00fc}rich, and ~\n");
	page_done(&p);
}

static void
a_full_disk_is_noticed(void **state)
{
	struct output_options options = { .format = OUTPUT_JSON };
	struct err err = ERR_INIT;
	struct output *o;
	struct query *q;

	(void)state;
	options.stream = fopen("/dev/full", "w");
	assert_non_null(options.stream);
	o = output_new(&options);
	assert_int_equal(query_new(&q, db, "SELECT 1 AS word", &err), 0);
	assert_int_equal(
	    output_rows(o, NULL, NULL, q, one_text, NULL, &err), 0);
	assert_int_equal(output_end(o, &err), -1);
	assert_int_equal(err.class, ERR_AGAIN);
	query_free(q);
	output_free(o);
	fclose(options.stream);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_for_a_pipe_is_plain),
		cmocka_unit_test(
		    a_table_for_a_terminal_groups_digits_but_not_names),
		cmocka_unit_test(colour_marks_good_and_bad_only_when_asked_for),
		cmocka_unit_test(csv_has_the_names_of_the_database),
		cmocka_unit_test(json_has_numbers_null_and_nested_values),
		cmocka_unit_test(no_rows_are_an_empty_answer_in_every_form),
		cmocka_unit_test(several_tables_are_parted_in_every_form),
		cmocka_unit_test(fields_are_lines_or_members),
		cmocka_unit_test(
		    a_column_without_a_name_in_both_query_and_table_is_a_bug),
		cmocka_unit_test(a_share_is_rounded_down_so_that_100_means_all),
		cmocka_unit_test(times_are_told_as_people_do),
		cmocka_unit_test(no_byte_drives_a_terminal_in_any_form),
		cmocka_unit_test(no_unicode_control_does_either),
		cmocka_unit_test(json_loses_nothing),
		cmocka_unit_test(json_within_json_is_made_inert_too),
		cmocka_unit_test(csv_text_is_never_a_formula),
		cmocka_unit_test(a_pipe_gets_all_of_a_long_text),
		cmocka_unit_test(a_terminal_without_utf8_gets_ascii),
		cmocka_unit_test(a_full_disk_is_noticed),
	};

	return cmocka_run_group_tests_name(
	    "output", tests, open_database, remove_database);
}
