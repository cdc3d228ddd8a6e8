/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of ruactl dns: each says what, where, and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "answer/dns_case.h"
#include "base/map.h"

static const struct dns_rule *const tables[] = {
#define TABLE(name) dns_rules_##name,
	DNS_CHECKS(TABLE)
#undef TABLE
};
#define NTABLES (sizeof(tables) / sizeof(tables[0]))

typedef void check_fn(const struct dns_rule *);

static void
for_each(check_fn *check)
{
	const struct dns_rule *r;
	size_t i, n = 0;

	for (i = 0; i < NTABLES; i++)
		for (r = tables[i]; r->id != NULL; r++, n++)
			check(r);
	assert_true(n > 100);
}

static bool
has_word(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(text, *words) != NULL)
			return true;
	return false;
}

/* --- where, and what to do ------------------------------------------------ */

static void
names_a_place(const struct dns_rule *r)
{
	if (strncmp(r->text, "{name}", 6) != 0)
		fail_msg("%s does not begin with the name: %s", r->id, r->text);
}

static void
each_begins_with_the_name_it_is_about(void **state)
{
	(void)state;
	for_each(names_a_place);
}

static void
says_what_to_do(const struct dns_rule *r)
{
	static const char *const words[] = { "Publish", "publish", "Remove",
		"remove", "Correct", "correct", "Delete", "Name ", "Sign ",
		"Write", "Put ", "Add ", "Merge", "Leave out", "Check that",
		"Move it", "Give it", "Let the", "Look at", "Take ", "take rua",
		"look again", NULL };

	if (r->severity != DNS_INFO && r->record == NULL &&
	    !has_word(r->text, words))
		fail_msg("%s does not say what to do: %s", r->id, r->text);
}

static void
each_says_what_to_do_or_has_a_record(void **state)
{
	(void)state;
	for_each(says_what_to_do);
}

static void
leads_to_its_record(const struct dns_rule *r)
{
	if ((r->record != NULL) != (strchr(r->text, '|') != NULL))
		fail_msg("%s: its record and \"|\" go together", r->id);
	if (r->record != NULL && strncmp(r->record, "{name} ", 7) != 0 &&
	    strncmp(r->record, "{at} ", 5) != 0)
		fail_msg("%s: %s", r->id, r->record);
}

static void
a_record_has_words_that_lead_to_it(void **state)
{
	(void)state;
	for_each(leads_to_its_record);
}

/* --- form ----------------------------------------------------------------- */

static void
is_a_sentence(const struct dns_rule *r)
{
	const char *end = r->text + strlen(r->text) - 1;

	if (strchr(".,:; ", *end) != NULL)
		fail_msg("%s ends with \"%c\": %s", r->id, *end, r->text);
	if (strstr(r->text, "|") != NULL && strstr(r->text, ".|") == NULL)
		fail_msg(
		    "%s: no sentence ends before \"|\": %s", r->id, r->text);
	if (strstr(r->text, "mails ") != NULL)
		fail_msg("%s: %s", r->id, r->text);
	if (strlen(r->text) > 320)
		fail_msg("%s is long: %s", r->id, r->text);
}

static void
each_is_a_short_sentence(void **state)
{
	(void)state;
	for_each(is_a_sentence);
}

static void
cites_its_rfc(const struct dns_rule *r)
{
	/* ruad's own advice, which no RFC gives */
	static const char *const own[] = { "R6", "K7", "K8", "S14", NULL };

	if (r->rfc == NULL && !has_word(r->id, own))
		fail_msg("%s cites nothing: %s", r->id, r->text);
	if (r->rfc != NULL && strncmp(r->rfc, "RFC ", 4) != 0 &&
	    strcmp(r->rfc, "BIMI draft") != 0)
		fail_msg("%s: %s", r->id, r->rfc);
}

static void
each_cites_its_rfc(void **state)
{
	(void)state;
	for_each(cites_its_rfc);
}

/* --- which ---------------------------------------------------------------- */

static struct map ids;

static void
take_id(const struct dns_rule *r)
{
	map_number(&ids, r->id, strlen(r->id));
}

/* P3 is that defaults do not differ: there is nothing to be told. */
static void
all_checks_are_there(void **state)
{
	static const struct {
		char letter;
		int n;
	} groups[] = { { 'D', 16 }, { 'R', 8 }, { 'S', 17 }, { 'K', 8 },
		{ 'P', 2 }, { 'T', 3 }, { 'M', 4 }, { 'X', 1 }, { 'B', 1 },
		{ 'G', 1 } };
	char id[16];
	size_t i, all = 0;
	int k;

	(void)state;
	for_each(take_id);
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (k = 1; k <= groups[i].n; k++, all++) {
			snprintf(id, sizeof(id), "%c%d", groups[i].letter, k);
			if (!map_has(&ids, id, strlen(id)))
				fail_msg("there is no check %s", id);
		}
	assert_int_equal(ids.keys.n, all);
	map_done(&ids);
}

/* --- templates ------------------------------------------------------------ */

static void
what_is_filled_in_is_safe_and_short(void **state)
{
	static const struct dns_rule rule = { "D1", DNS_ERROR, NULL,
		"{name}: {what}, {n}.|Publish {to}", "{name} TXT {value}" };
	char longer[3000];
	struct dns_findings f = { 0 };
	struct dns_words w = {
		.what = "\033[2J\n", .to = "x", .n = 12345, .value = "a\"b\\c"
	};
	const struct dns_finding *at;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	dns_find(&f, DNS_GROUP_DMARC, &rule, "a", &w);
	w.value = longer;
	dns_find(&f, DNS_GROUP_DMARC, &rule, "b", &w);
	w.value = "\xff";
	w.what = longer;
	dns_find(&f, DNS_GROUP_DMARC, &rule, "c", &w);
	dns_find(&f, DNS_GROUP_DMARC, &rule, "c", &w); /* the same */
	at = f.findings.at;
	assert_int_equal(f.findings.n, 3);
	assert_int_equal(f.errors, 3);
	assert_string_equal(at[0].text, "a: \\x1b[2J\\x0a, 12,345. Publish x");
	assert_string_equal(at[0].record, "a TXT \"a\\\"b\\\\c\"");
	assert_string_equal(at[1].text, "b: \\x1b[2J\\x0a, 12,345");
	assert_null(at[1].record);
	assert_true(strlen(at[2].text) < 130);
	assert_null(at[2].record);
	dns_findings_done(&f);
}

static void
a_long_record_is_of_several_strings(void **state)
{
	static const struct dns_rule rule = { "D1", DNS_ERROR, NULL,
		"{name}.|Publish", "{name} TXT {value}" };
	struct dns_findings f = { 0 };
	struct dns_words w = { 0 };
	const struct dns_finding *at;
	char value[301];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	w.value = value;
	dns_find(&f, DNS_GROUP_DMARC, &rule, "a", &w);
	at = f.findings.at;
	assert_int_equal(strlen(at->record), strlen("a TXT \"\" \"\"") + 300);
	assert_memory_equal(at->record + 7 + 255, "\" \"x", 4);
	dns_findings_done(&f);
}

static void
many_of_one_kind_are_counted(void **state)
{
	static const struct dns_rule rule = { "K1", DNS_ERROR, NULL,
		"{name}: {n}", NULL };
	struct dns_findings f = { 0 };
	struct dns_words w = { 0 };

	(void)state;
	for (w.n = 0; w.n < 100; w.n++)
		dns_find(&f, DNS_GROUP_DKIM, &rule, "a", &w);
	assert_int_equal(f.findings.n, DNS_FINDINGS_MOST);
	assert_int_equal(f.more, 100 - DNS_FINDINGS_MOST);
	dns_findings_done(&f);
}

static void
what_cannot_be_told_is_said_once_in_each_group(void **state)
{
	struct dns_findings f = { 0 };
	const struct dns_unknown *u;

	(void)state;
	dns_cannot_tell(&f, DNS_GROUP_MX, DNS_MX, "a.example", NULL);
	dns_cannot_tell(&f, DNS_GROUP_SPF, DNS_TXT, "a.example", "refused");
	dns_cannot_tell(&f, DNS_GROUP_SPF, DNS_A, "a.example", "refused");
	dns_cannot_tell(&f, DNS_GROUP_SPF, DNS_TXT, "b.example", "refused");
	u = f.unknown.at;
	assert_int_equal(f.unknown.n, 3);
	assert_int_equal(u[1].group, DNS_GROUP_SPF);
	assert_string_equal(
	    u[0].text, "a.example MX: did not answer: cannot tell");
	assert_int_equal(f.findings.n, 0);
	dns_findings_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_begins_with_the_name_it_is_about),
		cmocka_unit_test(each_says_what_to_do_or_has_a_record),
		cmocka_unit_test(a_record_has_words_that_lead_to_it),
		cmocka_unit_test(each_is_a_short_sentence),
		cmocka_unit_test(each_cites_its_rfc),
		cmocka_unit_test(all_checks_are_there),
		cmocka_unit_test(what_is_filled_in_is_safe_and_short),
		cmocka_unit_test(a_long_record_is_of_several_strings),
		cmocka_unit_test(many_of_one_kind_are_counted),
		cmocka_unit_test(
		    what_cannot_be_told_is_said_once_in_each_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
