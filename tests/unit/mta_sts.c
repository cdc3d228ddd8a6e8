/* SPDX-License-Identifier: BSD-2-Clause */
/* mta_sts: the record, the policy, and which servers it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dns/mta_sts.h"

static void
the_record_has_a_version_and_an_id(void **state)
{
	static const struct {
		const char *text;
		enum tag_version version;
		bool is_usable;
		const char *id;
		size_t nproblems;
	} rows[] = {
		{ "v=STSv1; id=20261129;", TAG_VERSION_OK, true, "20261129",
		    0 },
		{ "v=STSv1;id=a", TAG_VERSION_OK, true, "a", 0 },
		{ "v=STSv1; id = A9 ; x=y", TAG_VERSION_OK, true, "A9", 1 },
		{ "v=STSv1 ; id=1", TAG_VERSION_OK, true, "1", 1 },
		{ "v=STSv1; id=2026-11-29", TAG_VERSION_OK, false, "2026-11-29",
		    1 },
		{ "v=STSv1; id=", TAG_VERSION_OK, false, "", 1 },
		{ "v=STSv1; id=12345678901234567890123456789012",
		    TAG_VERSION_OK, true, "12345678901234567890123456789012",
		    0 },
		{ "v=STSv1; id=123456789012345678901234567890123",
		    TAG_VERSION_OK, false, "123456789012345678901234567890123",
		    1 },
		{ "v=STSv1; id=\xc3\xa4", TAG_VERSION_OK, false, "\xc3\xa4",
		    2 },
		{ "v=STSv1; ID=1", TAG_VERSION_OK, false, NULL, 2 },
		{ "v=STSv1; di=1", TAG_VERSION_OK, false, NULL, 2 },
		{ "v=STSv1", TAG_VERSION_OK, false, NULL, 1 },
		{ "v=STSv1; id=1; id=2", TAG_VERSION_OK, true, "1", 1 },
		{ " v=STSv1; id=1", TAG_VERSION_BAD, false, "1", 2 },
		{ "v = STSv1; id=1", TAG_VERSION_BAD, false, "1", 1 },
		{ "v=stsv1; id=1", TAG_VERSION_CASE, false, "1", 0 },
		{ "V=STSv1; id=1", TAG_VERSION_CASE, false, "1", 1 },
		{ "v=STSv2; id=1", TAG_VERSION_BAD, false, "1", 0 },
		{ "v=STSv1 id=1", TAG_VERSION_BAD, false, NULL, 2 },
		{ "id=1; v=STSv1", TAG_VERSION_NOT_FIRST, false, "1", 0 },
		{ "id=1", TAG_VERSION_ABSENT, false, "1", 0 },
		{ "v=spf1 -all", TAG_VERSION_OTHER, false, NULL, 0 },
		{ "", TAG_VERSION_OTHER, false, NULL, 0 },
	};
	struct arena arena = { 0 };
	struct mta_sts_record r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mta_sts_record_parse(rows[i].text, &arena, &r);
		if (r.version != rows[i].version ||
		    r.is_usable != rows[i].is_usable ||
		    r.nproblems != rows[i].nproblems)
			fail_msg("%s: %s %d %zu", rows[i].text,
			    tag_version_words[r.version], r.is_usable,
			    r.nproblems);
		if (rows[i].id == NULL)
			assert_null(r.id);
		else
			assert_string_equal(r.id, rows[i].id);
	}
	arena_done(&arena);
}

struct row {
	const char *file;
	const char *reading; /* usable or not, mode, age, patterns, problems */
};

static const char *
describe(const struct mta_sts_policy *p, struct buf *out)
{
	const char *mode = mta_sts_mode_word(p->mode);
	const struct mta_sts_problem *problem;
	size_t i;

	out->len = 0;
	buf_printf(out, "%s %s %lld", p->is_usable ? "usable" : "useless",
	    mode != NULL ? mode : "-", (long long)p->max_age);
	for (i = 0; i < p->nmx; i++)
		buf_printf(out, " %s", p->mx[i]);
	for (i = 0; i < p->nproblems; i++) {
		problem = &p->problems[i];
		buf_printf(out, " %zu:%s", problem->line,
		    mta_sts_fault_words[problem->fault]);
		if (problem->suggestion != NULL)
			buf_printf(out, ">%s", problem->suggestion);
	}
	return buf_str(out);
}

static void
check_rows(const struct row *row)
{
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct mta_sts_policy p;

	for (; row->file != NULL; row++) {
		mta_sts_policy_parse(row->file, strlen(row->file), &arena, &p);
		if (strcmp(describe(&p, &out), row->reading) != 0)
			fail_msg("%s: %s", row->file, buf_str(&out));
	}
	buf_done(&out);
	arena_done(&arena);
}

#define V "version: STSv1\n"
#define AGE "max_age: 604800\n"

static void
policies_are_read_line_by_line(void **state)
{
	static const struct row rows[] = {
		{ V "mode: enforce\nmx: mx.example.org\nmx: "
		    "*.example.net\n" AGE,
		    "usable enforce 604800 mx.example.org *.example.net" },
		{ "version: STSv1\r\nmode: testing\r\nmx: MX.Example.ORG.\r\n"
		  "max_age: 86400\r\n",
		    "usable testing 86400 mx.example.org" },
		{ "max_age:31557600\nmode:none\nversion:STSv1",
		    "usable none 31557600" },
		{ V "\n\nmode :  enforce \nmx\t: a.b\t\n" AGE "\n",
		    "usable enforce 604800 a.b" },
		{ V "mode: enforce\nmx: a.b\n" AGE "x-new: 1\nmodee: none\n",
		    "usable enforce 604800 a.b 5:unknown_key "
		    "6:unknown_key>mode" },
		{ V "mode: enforce\nmode: none\nmx: a.b\n" AGE "max_age: 1\n",
		    "usable enforce 604800 a.b 3:twice 6:twice" },
		{ V "mode: none\n" AGE, "usable none 604800" },
		{ V "mode: enforce\n" AGE, "useless enforce 604800 0:no_mx" },
		{ V "mode: Enforce\nmx: a.b\n" AGE,
		    "useless - 604800 a.b 2:bad_mode>enforce" },
		{ V "mode: enforced\nmx: a.b\n" AGE,
		    "useless - 604800 a.b 2:bad_mode>enforce" },
		{ V "mode: report\nmx: a.b\n" AGE,
		    "useless - 604800 a.b 2:bad_mode" },
		{ "version: stsv1\nmode: none\n" AGE,
		    "useless none 604800 1:bad_version>STSv1" },
		{ "version: 1\nmode: none\n" AGE,
		    "useless none 604800 1:bad_version" },
		{ "mode: none\n" AGE, "useless none 604800 0:no_version" },
		{ V "mode: none\nmax_age: 31557601\n",
		    "useless none -1 3:bad_max_age" },
		{ V "mode: none\nmax_age: -1\n",
		    "useless none -1 3:bad_max_age" },
		{ V "mode: none\nmax_age: +1\n",
		    "useless none -1 3:bad_max_age" },
		{ V "mode: none\nmax_age: 1 day\n",
		    "useless none -1 3:bad_max_age" },
		{ V "mode: none\nmax_age:\n", "useless none -1 3:bad_max_age" },
		{ V "mode: none\nmax_age: 0\n", "usable none 0" },
		{ V "mode: none\n", "useless none -1 0:no_max_age" },
		{ V "mode: enforce\nmx: *\nmx: *.\nmx: a.*.b\nmx:\nmx: a b\n"
		    "mx: .example.org\nmx: mx.example.org\n" AGE,
		    "useless enforce 604800 mx.example.org 3:bad_mx 4:bad_mx "
		    "5:bad_mx 6:bad_mx 7:bad_mx 8:bad_mx" },
		{ "version STSv1\nmode: none\n" AGE,
		    "useless none 604800 1:no_colon 0:no_version" },
		{ "<html>",
		    "useless - -1 1:no_colon 0:no_version 0:no_mode 0:no_mx "
		    "0:no_max_age" },
		{ "",
		    "useless - -1 0:no_version 0:no_mode 0:no_mx "
		    "0:no_max_age" },
		{ V "mode: none\nabc: \xff\n" AGE,
		    "useless none 604800 0:bad_bytes 3:unknown_key" },
		{ NULL, NULL },
	};

	(void)state;
	check_rows(rows);
}

static void
files_of_any_bytes_and_size_are_read(void **state)
{
	static const char nul[] = V "mode: none\0\n" AGE;
	struct arena arena = { 0 };
	struct buf file = { 0 };
	struct mta_sts_policy p;

	size_t i;

	(void)state;
	for (i = 0; i < MTA_STS_FAULTS; i++)
		assert_non_null(mta_sts_fault_words[i]);
	assert_null(mta_sts_fault_words[i]);
	mta_sts_policy_parse(nul, sizeof(nul) - 1, &arena, &p);
	assert_false(p.is_usable);
	assert_int_equal(p.problems[0].fault, MTA_STS_BAD_BYTES);
	mta_sts_policy_parse(NULL, 0, &arena, &p);
	assert_false(p.is_usable);
	while (file.len < MTA_STS_SIZE - 100)
		buf_add_str(&file, "junk\n");
	buf_add_str(&file, V "mode: none\n" AGE);
	mta_sts_policy_parse(file.at, file.len, &arena, &p);
	assert_int_equal(p.nproblems, TAG_PROBLEMS);
	assert_int_equal(p.mode, MTA_STS_NONE);
	assert_false(p.is_usable);
	while (file.len <= MTA_STS_SIZE)
		buf_add_str(&file, "a:b\n");
	mta_sts_policy_parse(file.at, file.len, &arena, &p);
	assert_int_equal(p.problems[0].fault, MTA_STS_TOO_LONG);
	buf_done(&file);
	arena_done(&arena);
}

static void
a_star_is_for_one_label(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool is_match;
	} rows[] = {
		{ "mx.example.org", "mx.example.org", true },
		{ "MX.example.org.", "mx.EXAMPLE.org", true },
		{ "mx.example.org", "mx.example.org.", true },
		{ "mx.example.org", "mx2.example.org", false },
		{ "example.org", "mx.example.org", false },
		{ "*.example.org", "mx.example.org", true },
		{ "*.EXAMPLE.org", "mx.example.org", true },
		{ "*.example.org", "example.org", false },
		{ "*.example.org", "a.b.example.org", false },
		{ "*.example.org", "xexample.org", false },
		{ "*.org", "example.org", true },
		{ "*.", "example.org", false },
		{ "*", "example", false },
		{ "m*.example.org", "mx.example.org", false },
		{ "*.*.org", "mx.example.org", false },
		{ "*.example.org", "*.example.org", false },
		{ "", "", false },
		{ "*.example.org", "", false },
		{ "*.example.org", ".example.org", false },
	};
	static const char *const mx[] = { "mx.example.org", "*.example.net" };
	struct mta_sts_policy p = { .nmx = 2, .mx = mx };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (mta_sts_match(rows[i].pattern, rows[i].host) !=
		    rows[i].is_match)
			fail_msg("%s %s", rows[i].pattern, rows[i].host);
	assert_string_equal(mta_sts_find_mx(&p, "A.example.net"), mx[1]);
	assert_null(mta_sts_find_mx(&p, "example.net"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_record_has_a_version_and_an_id),
		cmocka_unit_test(policies_are_read_line_by_line),
		cmocka_unit_test(files_of_any_bytes_and_size_are_read),
		cmocka_unit_test(a_star_is_for_one_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
