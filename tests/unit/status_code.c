/* SPDX-License-Identifier: BSD-2-Clause */
/* status_code: what an answer meant, and on what ground that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "report/status_code_table.h"
#include "status_code_texts.h"

/* --- the tables ----------------------------------------------------------- */

static void
assert_sentence(const char *s, bool is_verified)
{
	size_t n = strlen(s);

	if (n < 10 || n > 200 || s[0] < 'A' || s[0] > 'Z' || s[n - 1] != '.' ||
	    strstr(s, "  ") != NULL || strstr(s, "..") != NULL)
		fail_msg("not a sentence: %s", s);
	if (!is_verified && strstr(s, "robably") == NULL)
		fail_msg("said as certain: %s", s);
}

/* Lower case; no empty one among the words. */
static void
assert_words(const char *words)
{
	const char *s;

	for (s = words; *s != '\0'; s++)
		if ((*s >= 'A' && *s <= 'Z') || (unsigned char)*s > '~')
			fail_msg("never found: %s", words);
	if (words[0] == '|' || strstr(words, "||") != NULL ||
	    words[strlen(words) - 1] == '|' || words[0] == '\0')
		fail_msg("an empty word: %s", words);
}

/* A code that fits its own pattern, made of it. */
static void
assert_pattern(const char *pattern)
{
	struct status_number number = { 0, 0, 0 };
	int64_t reply;
	char text[24];
	size_t n;

	if (strlen(pattern) == 3) {
		assert_true(text_read_int(pattern, 400, 599, &reply));
		assert_true(status_number_fits(pattern, &number, reply));
		return;
	}
	n = strcspn(pattern, "-");
	assert_true(n < sizeof(text) && strlen(pattern) < sizeof(text));
	memcpy(text, pattern, n);
	text[n] = '\0';
	if (text[0] == 'x')
		text[0] = '4';
	if (text[n - 1] == '*')
		text[n - 1] = '9';
	if (!status_number_read(text, &number) ||
	    !status_number_fits(pattern, &number, 0))
		fail_msg("not a pattern: %s", pattern);
}

static void
each_row_has_a_sentence_a_source_and_its_year(void **state)
{
	const struct status_row *row;
	size_t i, n = status_row_count();

	(void)state;
	assert_true(n >= 120);
	for (i = 0; i < n; i++) {
		row = status_row_at(i);
		assert_sentence(row->meaning, row->is_verified);
		if (row->change != NULL)
			assert_sentence(row->change, true);
		assert_true(strlen(row->source) > 5);
		/* A code alone has no words that could say it. */
		if (strncmp(row->source, "the words of the answer", 23) == 0 &&
		    row->words == NULL)
			fail_msg("no words: %s", row->meaning);
		assert_in_range(row->year, 2002, 2026);
		assert_true(row->receiver < STATUS_RECEIVERS);
		assert_true(row->class < STATUS_CLASSES);
		assert_true(row->code != NULL || row->words != NULL);
		if (row->words != NULL)
			assert_words(row->words);
		if (row->code != NULL)
			assert_pattern(row->code);
	}
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Of two such rows only one would ever be found. */
static void
no_two_rows_ask_the_same(void **state)
{
	size_t i, j, n = status_row_count();
	const struct status_row *a, *b;

	(void)state;
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++) {
			a = status_row_at(i);
			b = status_row_at(j);
			if (a->receiver == b->receiver &&
			    is_same(a->code, b->code) &&
			    is_same(a->words, b->words))
				fail_msg("twice: %s %s",
				    a->code != NULL ? a->code : "-",
				    a->words != NULL ? a->words : "-");
		}
}

/* Every row can be the answer to something: the code and words that it has. */
static void
each_row_is_found_by_what_it_asks(void **state)
{
	size_t i, n = status_row_count();
	const struct status_row *row;
	struct status_text text;
	char words[200];
	size_t k;

	(void)state;
	for (i = 0; i < n; i++) {
		row = status_row_at(i);
		if (row->words == NULL)
			continue;
		assert_true(strlen(row->words) < sizeof(words));
		for (k = 0; row->words[k] != '\0'; k++)
			words[k] = row->words[k] == '|' ? ' '
			    : row->words[k] == '#'      ? '7'
			                                : row->words[k];
		words[k] = '\0';
		/* What is looked for in URLs. */
		if (strchr(words, '=') != NULL) {
			memmove(words + 11, words, k + 1);
			memcpy(words, "http://x/x?", 11);
		}
		status_text_read(&text, words);
		if (!status_text_has(&text, row->words))
			fail_msg("never found: %s", row->words);
	}
}

static void
classes_and_receivers_have_words_of_their_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < STATUS_CLASSES; i++) {
		assert_non_null(status_class_word(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    status_class_word(i), status_class_word(j));
	}
	for (i = 0; i < STATUS_RECEIVERS; i++) {
		assert_non_null(status_receiver_word(i));
		assert_non_null(status_receiver_name(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    status_receiver_word(i), status_receiver_word(j));
	}
	assert_true(STATUS_RECEIVERS > 15);
}

/* --- answers -------------------------------------------------------------- */

static void
answers_mean_what_they_say(void **state)
{
	size_t i, n = sizeof(answers) / sizeof(answers[0]);
	struct status_question q = { 0 };
	struct status_meaning m;
	const struct answer *a;
	int bad = 0;

	(void)state;
	assert_true(n >= 80);
	for (i = 0; i < n; i++) {
		a = &answers[i];
		q.remote_mta = a->remote_mta;
		q.code = a->code;
		q.enhanced = a->enhanced;
		q.text = a->text;
		status_code_find(&q, &m);
		if (m.receiver == a->receiver && m.class == a->class)
			continue;
		bad++;
		print_error("%s %s: %s %s, not %s %s (%s)\n",
		    a->enhanced != NULL ? a->enhanced : "-",
		    a->text != NULL ? a->text : "-",
		    status_receiver_word(m.receiver),
		    status_class_word(m.class),
		    status_receiver_word(a->receiver),
		    status_class_word(a->class), m.meaning);
	}
	assert_int_equal(bad, 0);
}

static struct status_meaning
ask(const char *remote, int code, const char *enhanced, const char *status,
    const char *text)
{
	struct status_question q = { .remote_mta = remote,
		.code = code,
		.enhanced = enhanced,
		.status = status,
		.text = text };
	struct status_meaning m;

	status_code_find(&q, &m);
	return m;
}

static void
the_code_of_the_answer_counts_before_that_of_the_bounce(void **state)
{
	struct status_meaning m;

	(void)state;
	m = ask("mx.example.net", 550, "5.7.23", "5.0.0", "No");
	assert_int_equal(m.class, STATUS_SPF);
	m = ask("mx.example.net", 550, "5.7.23", "5.1.1", "No");
	assert_int_equal(m.class, STATUS_SPF);
	/* In the middle of the text. */
	m = ask("mx.example.net", 550, NULL, "5.0.0",
	    "host mx.example.net said: 550-5.7.23 refused (4.7.1)");
	assert_int_equal(m.class, STATUS_SPF);
	m = ask("mx.example.net", 554, NULL, "5.1.1",
	    "Sorry, refused (#5.7.25) by 5.7.25.1");
	assert_int_equal(m.class, STATUS_REVERSE_DNS);
	m = ask(NULL, 0, NULL, "5.1.1", "Nobody here");
	assert_int_equal(m.class, STATUS_NO_USER);
	assert_int_equal(m.ground, STATUS_BY_CODE);
	assert_true(m.is_permanent && !m.is_temporary);
}

static void
an_address_is_not_a_code(void **state)
{
	struct status_meaning m;

	(void)state;
	m = ask("mx.example.net", 550, NULL, NULL, "No to 5.7.23.9");
	assert_int_equal(m.ground, STATUS_BY_REPLY);
	m = ask("mx.example.net", 550, NULL, NULL, "No to 192.5.7.23");
	assert_int_equal(m.ground, STATUS_BY_REPLY);
	m = ask("mx.example.net", 550, "5.7.2345", NULL, "No");
	assert_int_equal(m.ground, STATUS_BY_REPLY);
	m = ask("mx.example.net", 550, "3.7.1", NULL, "No");
	assert_int_equal(m.ground, STATUS_BY_REPLY);
}

static void
an_unknown_code_is_not_guessed(void **state)
{
	struct status_meaning m;

	(void)state;
	m = ask("mx.example.net", 550, "5.7.777", NULL, "Something");
	assert_int_equal(m.ground, STATUS_BY_SUBJECT);
	assert_int_equal(m.class, STATUS_OTHER);
	assert_string_equal(m.source, "RFC 3463");
	m = ask("mx.example.net", 0, "5.9.1", NULL, "Something");
	assert_int_equal(m.ground, STATUS_BY_NOTHING);
	assert_null(m.source);
	assert_true(m.is_permanent);
	assert_false(m.is_verified);
	assert_non_null(m.meaning);
	/* What Google calls so says nothing at others, and the reverse. */
	m = ask("mx.example.net", 550, "5.7.40", NULL, "Something");
	assert_int_equal(m.ground, STATUS_BY_SUBJECT);
	m = ask(GMAIL, 550, "5.7.509", NULL, "Something");
	assert_int_equal(m.ground, STATUS_BY_SUBJECT);
	m = ask(NULL, 0, NULL, NULL, NULL);
	assert_int_equal(m.ground, STATUS_BY_NOTHING);
	assert_false(m.is_permanent || m.is_temporary);
}

static void
the_reply_code_says_whether_it_is_final(void **state)
{
	struct status_meaning m = ask(GMAIL, 421, "5.7.32", NULL, "No");

	(void)state;
	assert_int_equal(m.class, STATUS_ALIGNMENT);
	assert_true(m.is_temporary && !m.is_permanent);
	m = ask(GMAIL, 0, "5.7.32", NULL, "No");
	assert_true(m.is_permanent);
}

static void
what_was_not_looked_up_is_called_probable(void **state)
{
	struct status_meaning m = ask(
	    "d1.ess.barracudanetworks.com", 550, NULL, NULL, "blocked");

	(void)state;
	assert_false(m.is_verified);
	assert_non_null(strstr(m.meaning, "probably"));
	/* By its number alone, and by what a hoster says of it. */
	m = ask("smtp.office365.com", 535, "5.7.139", NULL, NULL);
	assert_false(m.is_verified);
	assert_non_null(strstr(m.meaning, "probably"));
	m = ask("mx00.t-online.de", 554, NULL, NULL,
	    "IP=192.0.2.1 - Dialup/transient IP not allowed. (DIAL)");
	assert_false(m.is_verified);
	assert_non_null(strstr(m.meaning, "probably"));
	/* Whose number is not known: not even that. */
	m = ask("smtp.office365.com", 554, "5.2.252", NULL, NULL);
	assert_int_equal(m.ground, STATUS_BY_SUBJECT);
}

/* Foreign names and addresses in a text are not its words. */
static void
names_and_addresses_are_no_words(void **state)
{
	struct status_meaning m;

	(void)state;
	m = ask("mx.example.net", 550, "5.1.1", NULL,
	    "<spf@dmarc.example>: spf-fail.example refused; see "
	    "https://example.net/dmarc/policy/virus?spf=fail");
	assert_int_equal(m.ground, STATUS_BY_CODE);
	assert_int_equal(m.class, STATUS_NO_USER);
	m = ask("mx.example.net", 550, NULL, NULL,
	    "blocked using zen.spamhaus.org.example.net");
	assert_string_equal(m.meaning,
	    "The sending address is on a blocklist that the answer names.");
	m = ask("mx.example.net", 550, NULL, NULL, "antivirus was happy");
	assert_int_equal(m.ground, STATUS_BY_REPLY);
}

/* --- receivers ------------------------------------------------------------ */

static enum status_receiver
who(const char *remote, const char *host, const char *reporting,
    const char *text)
{
	struct status_question q = { .remote_mta = remote,
		.host = host,
		.reporting_mta = reporting,
		.text = text };

	return status_receiver_find(&q);
}

static void
receivers_are_known_by_host_and_by_words(void **state)
{
	const char *gsmtp = "550 5.7.1 No. ab1si2.3 - gsmtp";

	(void)state;
	assert_int_equal(
	    who("ASPMX.L.Google.COM.", NULL, NULL, NULL), STATUS_GOOGLE);
	assert_int_equal(
	    who("aspmx.l.google.com [192.0.2.1]", NULL, NULL, NULL),
	    STATUS_GOOGLE);
	assert_int_equal(who("notgoogle.com", NULL, NULL, NULL), STATUS_ANY);
	assert_int_equal(
	    who("google.com.example.net", NULL, NULL, NULL), STATUS_ANY);
	assert_int_equal(who("example-org.p-v1.mx.microsoft", NULL, NULL, NULL),
	    STATUS_MICROSOFT);
	assert_int_equal(
	    who("mx.example.net", NULL, NULL, gsmtp), STATUS_GOOGLE);
	assert_int_equal(
	    who(NULL, "mx00.t-online.de", NULL, gsmtp), STATUS_T_ONLINE);
	assert_int_equal(who(NULL, NULL, NULL, ""), STATUS_ANY);
	assert_int_equal(who("", "", "", NULL), STATUS_ANY);
	assert_int_equal(who("...", NULL, NULL, NULL), STATUS_ANY);
}

static void
hosts_are_sorted_and_find_themselves(void **state)
{
	const struct status_host *h = status_hosts;
	bool seen[STATUS_RECEIVERS] = { false };
	size_t i, known = 0;

	(void)state;
	for (i = 0; i < status_hosts_size; i++) {
		if (i > 0 && strcmp(h[i - 1].domain, h[i].domain) >= 0)
			fail_msg(
			    "%s comes before %s", h[i - 1].domain, h[i].domain);
		if (who(h[i].domain, NULL, NULL, NULL) != h[i].receiver)
			fail_msg("%s is found elsewhere", h[i].domain);
		known += !seen[h[i].receiver];
		seen[h[i].receiver] = true;
	}
	/* Each receiver has a host; the first of them is nobody. */
	assert_int_equal(known, STATUS_RECEIVERS - 1);
	for (i = 0; i < status_marks_size; i++)
		if (who("mx.example.net", NULL, NULL, status_marks[i].words) !=
		    status_marks[i].receiver)
			fail_msg(
			    "%s is found elsewhere", status_marks[i].words);
}

/* A reporting server is the sender's own, unless there is no other. */
static void
the_reporting_server_counts_only_alone(void **state)
{
	const char *google = "mail-a1.google.com";

	(void)state;
	assert_int_equal(who("mx.example.net", NULL, google, NULL), STATUS_ANY);
	assert_int_equal(who(NULL, "mx.example.net", google, NULL), STATUS_ANY);
	assert_int_equal(who(NULL, NULL, google, NULL), STATUS_GOOGLE);
}

/* That a client's name is quoted does not make it the receiver. */
static void
a_client_in_the_text_is_not_the_receiver(void **state)
{
	(void)state;
	assert_int_equal(
	    who("mx.example.net", NULL, NULL,
	        "Client host [a.outbound.protection.outlook.com] rejected"),
	    STATUS_ANY);
	assert_int_equal(who("mx.example.net", NULL, NULL,
	                     "Client host mout.gmx.net[192.0.2.1] rejected"),
	    STATUS_ANY);
	assert_int_equal(
	    who(NULL, NULL, NULL,
	        "No [DB5.eop-EUR03.prod.protection.outlook.com 2026]"),
	    STATUS_MICROSOFT);
}

static void
a_long_text_is_read_to_its_limit(void **state)
{
	char text[3 * STATUS_TEXT];
	struct status_meaning m;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	m = ask("mx.example.net", 550, NULL, NULL, text);
	assert_int_equal(m.ground, STATUS_BY_REPLY);
	memcpy(text + STATUS_TEXT, " user unknown ", 14);
	m = ask("mx.example.net", 550, NULL, NULL, text);
	assert_int_equal(m.ground, STATUS_BY_REPLY);
	memcpy(text, "user unknown ", 13);
	m = ask("mx.example.net", 550, NULL, NULL, text);
	assert_int_equal(m.class, STATUS_NO_USER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_a_sentence_a_source_and_its_year),
		cmocka_unit_test(no_two_rows_ask_the_same),
		cmocka_unit_test(each_row_is_found_by_what_it_asks),
		cmocka_unit_test(classes_and_receivers_have_words_of_their_own),
		cmocka_unit_test(answers_mean_what_they_say),
		cmocka_unit_test(
		    the_code_of_the_answer_counts_before_that_of_the_bounce),
		cmocka_unit_test(an_address_is_not_a_code),
		cmocka_unit_test(an_unknown_code_is_not_guessed),
		cmocka_unit_test(the_reply_code_says_whether_it_is_final),
		cmocka_unit_test(what_was_not_looked_up_is_called_probable),
		cmocka_unit_test(names_and_addresses_are_no_words),
		cmocka_unit_test(receivers_are_known_by_host_and_by_words),
		cmocka_unit_test(hosts_are_sorted_and_find_themselves),
		cmocka_unit_test(the_reporting_server_counts_only_alone),
		cmocka_unit_test(a_client_in_the_text_is_not_the_receiver),
		cmocka_unit_test(a_long_text_is_read_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
