/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad-dmarc(7): its records say what it tells of them, its tags are those that
 * there are, and its table of alignment is what ruad finds.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "dns/dkim_key.h"
#include "dns/dmarc_external.h"
#include "dns/dmarc_find.h"
#include "dns/spf.h"
#include "dns_zone.h"
#include "report/align.h"
#include "source.h"

static struct buf page;

/* The records of the page, and one that it does not show. */
static struct zone_row rows[20] = {
	{ "mailer.example", DNS_TXT, "v=spf1 ip4:203.0.113.0/24 -all" },
};
static size_t n_rows = 1;
static struct zone zone = { .rows = rows };
static const struct dns_source source = { zone_ask, &zone };

/* NAME. TXT "VALUE"; cuts the line. */
static void
read_record(char *line)
{
	char *type = strstr(line, ". TXT \""), *end;

	if (type == NULL)
		return;
	assert_true(n_rows + 1 < sizeof(rows) / sizeof(*rows));
	*type = '\0';
	type += strlen(". TXT \"");
	end = strchr(type, '"');
	assert_non_null(end);
	*end = '\0';
	rows[n_rows++] = (struct zone_row) { line, DNS_TXT, type };
}

static int
setup(void **state)
{
	static struct buf copy;
	struct err err = ERR_INIT;
	char name[300], *line, *rest;
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "%s/docs/ruad-dmarc.7", source_dir());
	assert_true((fd = open(name, O_RDONLY | O_CLOEXEC)) != -1);
	assert_int_equal(io_read_all(fd, 1 << 20, &page, &err), 0);
	close(fd);
	buf_add_str(&copy, buf_str(&page));
	for (line = strtok_r(copy.at, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		read_record(line);
	*state = &copy;
	return 0;
}

static int
teardown(void **state)
{
	buf_done(*state);
	buf_done(&page);
	arena_done(&zone.arena);
	return 0;
}

/* A copy of what is from one heading to the next, to be freed. */
static char *
section(const char *heading)
{
	const char *at = strstr(buf_str(&page), heading), *end;

	assert_non_null(at);
	end = strstr(at, "\n.S");
	assert_non_null(end);
	return xstrndup(at, (size_t)(end - at));
}

static void
check_spf(const char *ip, enum spf_result result, const char *path)
{
	const struct spf_query query = { .ip = ip, .domain = "example.org" };
	struct spf_verdict verdict;

	spf_check(&source, &query, &verdict);
	assert_string_equal(
	    spf_result_word(verdict.result), spf_result_word(result));
	assert_string_equal(verdict.path, path);
	spf_verdict_done(&verdict);
}

static void
the_spf_record_lets_pass_what_the_page_says(void **state)
{
	(void)state;
	check_spf("192.0.2.15", SPF_PASS, "ip4:192.0.2.0/28");
	check_spf("203.0.113.7", SPF_PASS,
	    "include:mailer.example > ip4:203.0.113.0/24");
	check_spf("192.0.2.16", SPF_FAIL, "-all");
}

static void
the_key_is_where_the_page_says(void **state)
{
	struct arena arena = { 0 };
	struct dkim_find found;

	(void)state;
	dkim_key_find(&source, "s1", "example.org", &arena, &found);
	assert_non_null(found.key);
	assert_string_equal(found.key->type_word, "rsa");
	assert_int_equal(found.key->nproblems, 0);
	/* The page leaves out most of it. */
	assert_int_equal(found.key->faults, DKIM_BIT(DKIM_BASE64));
	arena_done(&arena);
}

static void
the_dmarc_record_is_found_from_below(void **state)
{
	struct arena arena = { 0 };
	struct dmarc_discovery found;

	(void)state;
	assert_true(dmarc_find(&source, "a.news.example.org", &arena, &found));
	assert_int_equal(found.walk.place, DMARC_AT_ORGANIZATION);
	assert_string_equal(found.walk.organization, "example.org");
	assert_int_equal(found.walk.policy, DMARC_REJECT);
	assert_int_equal(found.walk.found->record->nproblems, 0);
	assert_int_equal(found.list.place, DMARC_AT_ORGANIZATION);
	assert_int_equal(found.list.policy, DMARC_REJECT);
	arena_done(&arena);
}

static void
the_other_organization_takes_reports(void **state)
{
	struct arena arena = { 0 };
	struct dmarc_external found;

	(void)state;
	assert_true(dmarc_external_find(
	    &source, "example.org", "reports.example", &arena, &found));
	assert_int_equal(found.verdict, DMARC_EXTERNAL_AUTHORIZED);
	assert_true(dmarc_external_find(
	    &source, "example.com", "reports.example", &arena, &found));
	assert_int_equal(found.verdict, DMARC_EXTERNAL_MISSING);
	arena_done(&arena);
}

/* Whether lines with "Li" have a word. */
static bool
has_tag(const char *text, const char *tag)
{
	char *copy = xstrdup(text), *line, *word, *rest, *words;
	bool is_there = false;

	for (line = strtok_r(copy, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, ".Li ", 4) != 0 &&
		    strncmp(line, ".It Li ", 7) != 0)
			continue;
		word = strtok_r(line, " ", &words);
		while ((word = strtok_r(NULL, " ", &words)) != NULL)
			if (strcmp(word, tag) == 0)
				is_there = true;
	}
	free(copy);
	return is_there;
}

static void
all_tags_are_there_and_those_that_are_gone(void **state)
{
	char *text = section(".Ss DMARC:"), *gone = strstr(text, "\n.El\n");
	const struct tag_known *k;

	(void)state;
	assert_non_null(gone);
	*gone++ = '\0';
	for (k = dmarc_kind.known; k->name != NULL; k++)
		if (has_tag(text, k->name) !=
		        (!k->is_obsolete && strcmp(k->name, "v") != 0) ||
		    has_tag(gone, k->name) != k->is_obsolete)
			fail_msg("ruad-dmarc(7): %s", k->name);
	free(text);
}

/* acts_as is what a test makes of p; DMARC_ABSENT: it is no test. */
static void
check_reading(const char *text, enum dmarc_policy p, enum dmarc_policy acts_as)
{
	struct arena arena = { 0 };
	struct dmarc_record r;

	dmarc_record_parse(text, &arena, &r);
	assert_true(r.rfc9989.is_used);
	assert_int_equal(r.rfc9989.p, p);
	assert_int_equal(r.rfc9989.is_testing, acts_as != DMARC_ABSENT);
	if (acts_as != DMARC_ABSENT)
		assert_int_equal(dmarc_policy_lower(p), acts_as);
	arena_done(&arena);
}

static void
tags_mean_what_the_page_says(void **state)
{
	(void)state;
	check_reading(
	    "v=DMARC1; rua=mailto:d@example.org", DMARC_NONE, DMARC_ABSENT);
	check_reading("v=DMARC1; p=reject", DMARC_REJECT, DMARC_ABSENT);
	check_reading(
	    "v=DMARC1; p=reject; t=y", DMARC_REJECT, DMARC_QUARANTINE);
	check_reading(
	    "v=DMARC1; p=quarantine; t=y", DMARC_QUARANTINE, DMARC_NONE);
}

static bool
passes(const char *word)
{
	if (strcmp(word, "pass") != 0)
		assert_string_equal(word, "fail");
	return strcmp(word, "pass") == 0;
}

/* By the list of public suffixes, and by a walk through the page's records. */
static void
check_pair(const char *from, const char *other, bool strict, bool aligned)
{
	struct arena arena = { 0 };

	if (align_domains(from, other, strict) != aligned ||
	    dmarc_is_aligned(&source, from, other, strict, &arena) !=
	        (aligned ? DMARC_YES : DMARC_NO))
		fail_msg(
		    "%s: %s, %s", strict ? "strict" : "relaxed", from, other);
	arena_done(&arena);
}

static void
the_table_of_alignment_is_true(void **state)
{
	char *text = section("\nFrom: "), *line, *rest;
	char from[64], other[64], strict[8], relaxed[8];
	int n_pass = 0, n_fail = 0;

	(void)state;
	line = strtok_r(text, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest)) != NULL && *line != '.') {
		assert_int_equal(sscanf(line, "%63s %63s %7s %7s", from, other,
		                     relaxed, strict),
		    4);
		check_pair(from, other, true, passes(strict));
		check_pair(from, other, false, passes(relaxed));
		*(passes(relaxed) ? &n_pass : &n_fail) += 1;
	}
	assert_true(n_pass >= 3 && n_fail >= 3);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_spf_record_lets_pass_what_the_page_says),
		cmocka_unit_test(the_key_is_where_the_page_says),
		cmocka_unit_test(the_dmarc_record_is_found_from_below),
		cmocka_unit_test(the_other_organization_takes_reports),
		cmocka_unit_test(all_tags_are_there_and_those_that_are_gone),
		cmocka_unit_test(tags_mean_what_the_page_says),
		cmocka_unit_test(the_table_of_alignment_is_true),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
