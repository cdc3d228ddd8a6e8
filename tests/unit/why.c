/* SPDX-License-Identifier: BSD-2-Clause */
/* What ruactl why says of a record: whole sentences, whatever it holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answer/why.h"
#include "base/buf.h"
#include "base/mem.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Evidence and advice about one record, a paragraph a line; free() it. */
static char *
tell(struct why *w)
{
	struct prose evidence = { 0 }, advice = { 0 };
	struct buf text = { 0 };
	const char *paragraph;
	size_t i;

	why_align(w);
	why_add_evidence(&evidence, w);
	why_add_advice(&advice, w);
	for (i = 0; (paragraph = prose_at(&evidence, i)) != NULL; i++)
		buf_printf(&text, "%s\n", paragraph);
	for (i = 0; (paragraph = prose_at(&advice, i)) != NULL; i++)
		buf_printf(&text, "> %s\n", paragraph);
	buf_add_char(&text, '\0');
	prose_done(&evidence);
	prose_done(&advice);
	return text.at;
}

/* --- every combination ---------------------------------------------------- */

static const char *const domains[] = { "example.org", "mail.example.org",
	"other.example", "", NULL };
static const char *const results[] = { "pass", "fail", "none", "permerror",
	"temperror", "policy", "neutral", "softfail", "", NULL };
static const char *const verdicts[] = { "pass", "fail", NULL };
static const char *const froms[] = { "example.org", "news.example.org", "",
	"not a domain",
	"b\xc3\xbc"
	"cher.example.org",
	NULL, "org" };
static const char *const kinds[] = { NULL, "own", "service", "forwarder",
	"hostile" };
static const char *const policies[] = { "reject", "none", NULL };
static const char *const words[] = { "local_policy", "", "mailing_list",
	"something", NULL, "forwarded", "other" };
static const char *const selectors[] = { "s1", "", NULL };

/* What cannot stand in a sentence of ours. */
static void
assert_is_sentence(const char *line, const char *all)
{
	static const char *const never[] = { "(null)", "  ", " .", " ,", "()",
		"((", "\"\"", "= ", "=.", "=,", ". .", "..", "and ." };
	size_t i, n = strlen(line);

	for (i = 0; i < N(never); i++)
		if (strstr(line, never[i]) != NULL)
			fail_msg("\"%s\" in: %s\n%s", never[i], line, all);
	if (n < 8 || (line[n - 1] != '.' && line[n - 1] != ':'))
		fail_msg("half a sentence: %s\n%s", line, all);
}

static void
assert_is_told(const char *text)
{
	char *copy = xstrdup(text), *rest = copy, *line, *last = NULL;

	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		assert_is_sentence(line, text);
		if (last != NULL && last[strlen(last) - 1] == ':')
			assert_int_equal(line[0], '>');
		last = line;
	}
	assert_non_null(last);
	if (last[0] != '>' || last[strlen(last) - 1] != '.')
		fail_msg("the last word is no advice:\n%s", text);
	free(copy);
}

/* n counts the combinations; what stands in no loop goes by it. */
static void
check_one(const struct auth_dkim *dkim, const struct auth_spf *spf,
    const char *dkim_said, const char *spf_said, size_t n)
{
	struct why_reason reason = { words[n % N(words)],
		n % 4 == 0 ? "because" : "", n % 3 == 0, n % 5 < 2 };
	struct auth_dkim d = *dkim;
	struct auth_spf s = *spf;
	struct why w = { .ip = n % 2 == 0 ? "192.0.2.7" : "2001:db8::7",
		.domain = "example.org",
		.policy = policies[n / 2 % N(policies)],
		.kind = kinds[n % N(kinds)],
		.dkim_strict = n % 11 < 4,
		.spf_strict = n % 13 < 5,
		.who = n % 7 < 3 ? "Mailchimp" : NULL,
		.in_own_spf = n % 29 < 7,
		.in_include = n % 7 == 1 };
	char *text;

	w.record.header_from = froms[n % N(froms)];
	w.record.envelope_from = n % 17 < 4 ? "" : NULL;
	w.record.dkim = dkim_said;
	w.record.spf = spf_said;
	w.record.disposition = n % 19 < 9 ? "none" : NULL;
	d.selector = selectors[n % N(selectors)];
	if (d.human_result != NULL)
		w.record.auth_dkim = (struct array) { &d, 1, 1 };
	if (s.human_result != NULL)
		w.record.auth_spf = (struct array) { &s, 1, 1 };
	if (n % 23 < 11)
		w.reasons = (struct array) { &reason, 1, 1 };
	text = tell(&w);
	assert_is_told(text);
	free(text);
}

/* The i-th result, of whatever domain; the last ones have none at all. */
static struct auth_dkim
nth_dkim(size_t i)
{
	return (struct auth_dkim) { domains[i / N(results) % N(domains)], NULL,
		results[i % N(results)],
		i < N(domains) * N(results) ? "" : NULL };
}

static struct auth_spf
nth_spf(size_t i)
{
	struct auth_dkim d = nth_dkim(i / 2);

	return (struct auth_spf) { d.domain, i % 2 == 0 ? "helo" : NULL,
		d.result, d.human_result };
}

static void
every_answer_is_whole_sentences(void **state)
{
	const size_t results_of_dkim = N(domains) * N(results) + 1;
	struct auth_dkim dkim;
	struct auth_spf spf;
	size_t i, j, k, n = 0;

	(void)state;
	for (i = 0; i < results_of_dkim; i++)
		for (j = 0; j < 2 * results_of_dkim; j++)
			for (k = 0; k < 9; k++) {
				dkim = nth_dkim(i);
				spf = nth_spf(j);
				check_one(&dkim, &spf, verdicts[k % 3],
				    verdicts[k / 3], n++);
			}
	assert_true(n > 40000);
}

/* --- what passed and is not there ----------------------------------------- */

static void
assert_told(struct why *w, const char *want)
{
	char *text = tell(w);

	if (strstr(text, want) == NULL)
		fail_msg("not \"%s\" in:\n%s", want, text);
	free(text);
}

static struct why
passing(const char *dkim, const char *spf)
{
	return (struct why) { .ip = "192.0.2.7",
		.domain = "example.org",
		.policy = "reject",
		.record = {
		    .header_from = "example.org", .dkim = dkim, .spf = spf } };
}

static void
what_passed_and_is_not_listed_is_said(void **state)
{
	static const char advice[] =
	    "> Use an envelope sender (return path) of your domain, such as "
	    "bounce.example.org, and add 192.0.2.7 to its SPF record.\n";
	struct auth_dkim odd = { "example.org", "s1", NULL, NULL };
	struct auth_spf helo = { "example.org", "helo", "pass", NULL };
	struct why w = passing("pass", "fail");

	(void)state;
	assert_told(&w,
	    "DKIM: the receiver says that it passes, but the report lists no "
	    "signature.\nSPF: the report lists no result.\n> If you do not "
	    "know this source, it forwards your mail: nothing to do. If you "
	    "do:\n");
	assert_told(&w, advice);
	w.record.auth_dkim = (struct array) { &odd, 1, 1 };
	assert_told(&w,
	    "DKIM: the receiver says that it passes, but the report does not "
	    "say by which signature.\n");
	assert_told(&w, advice);
	w = passing("fail", "pass");
	assert_told(&w,
	    "DKIM: the report lists no signature.\nSPF: the receiver says that "
	    "it passes, but the report lists no result.\n");
	w.record.auth_spf = (struct array) { &helo, 1, 1 };
	assert_told(&w,
	    "but HELO does not count for DMARC.\nSPF: the receiver says that "
	    "it passes, but the report does not say by which result.\n");
}

static void
what_may_be_what_passed_is_not_missed(void **state)
{
	struct auth_dkim foreign = { "b\xc3\xbc"
		                     "cher.example",
		"s1", "pass", NULL };
	struct why w = passing("pass", "fail");
	char *text;

	(void)state;
	w.record.auth_dkim = (struct array) { &foreign, 1, 1 };
	text = tell(&w);
	assert_non_null(strstr(text,
	    "is good, and aligned only if the receiver takes it for the same "
	    "organization as example.org.\n"));
	assert_null(strstr(text, "the receiver says"));
	free(text);
}

static void
a_result_without_a_domain_is_told_as_such(void **state)
{
	struct auth_dkim d = { NULL, NULL, "pass", NULL };
	struct auth_spf s = { NULL, NULL, "pass", NULL };
	struct why w = passing("fail", "fail");

	(void)state;
	w.record.auth_dkim = (struct array) { &d, 1, 1 };
	w.record.auth_spf = (struct array) { &s, 1, 1 };
	assert_told(&w,
	    "DKIM: the signature d=(not said) s=(not said) is good, and "
	    "whether it is aligned depends on its domain, which the report "
	    "does not name.\nSPF: an unnamed domain (envelope sender) lets "
	    "this address send, and whether it is aligned depends "
	    "on its domain, which the report does not name.\n");
}

/* --- whom evidence names -------------------------------------------------- */

static void
who_is_named_is_asked_about_by_name(void **state)
{
	struct why w = passing("fail", "fail");
	char *text;

	(void)state;
	w.who = "Mailchimp";
	assert_told(&w,
	    "> If Mailchimp does not send for you, somebody forges your "
	    "domain there, or it forwards mail: nothing to do, p=reject stops "
	    "it. If it does:\n> Sign its mail");
	w.in_include = true;
	assert_told(&w,
	    "> Your SPF record includes Mailchimp: if it does not send for "
	    "you, take it out of the record. If it does:\n> Sign its mail");
	w.who = NULL;
	w.in_include = false;
	w.in_own_spf = true;
	assert_told(&w,
	    "> Your SPF record lets it send: if it is not yours, take it out "
	    "of the record. If it is:\n> Sign its mail");
	/* The admin's word comes first. */
	w.kind = "own";
	text = tell(&w);
	assert_null(strstr(text, "If it is"));
	free(text);
	w = passing("pass", "fail");
	w.who = "Mailchimp";
	assert_told(&w,
	    "> If Mailchimp does not send for you, it forwards your mail: "
	    "nothing to do. If it does:\n> Use an envelope sender");
}

/* --- reasons -------------------------------------------------------------- */

static void
what_the_receiver_did_is_told_from_what_it_only_said(void **state)
{
	struct why_reason reason = { "local_policy", "arc=pass", true, true };
	struct why w = passing("fail", "fail");

	(void)state;
	w.reasons = (struct array) { &reason, 1, 1 };
	assert_told(&w,
	    "Exception: local_policy, the receiver trusts the ARC chain of "
	    "the forwarder (\"arc=pass\").\n> Forwarded, without a "
	    "signature of example.org");
	w.kind = "own"; /* what a receiver says makes it no forwarder */
	assert_told(&w, "> Sign its mail with DKIM, d=example.org.\n");
	w.record.disposition = "none";
	reason = (struct why_reason) { "local_policy", "arc=fail", false,
		false };
	assert_told(&w,
	    "Reason given: local_policy, the receiver has its own rules "
	    "(\"arc=fail\"); it changed nothing.\n");
	w.record.disposition = NULL;
	assert_told(&w, "its own rules (\"arc=fail\").\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_is_whole_sentences),
		cmocka_unit_test(what_passed_and_is_not_listed_is_said),
		cmocka_unit_test(what_may_be_what_passed_is_not_missed),
		cmocka_unit_test(a_result_without_a_domain_is_told_as_such),
		cmocka_unit_test(who_is_named_is_asked_about_by_name),
		cmocka_unit_test(
		    what_the_receiver_did_is_told_from_what_it_only_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
