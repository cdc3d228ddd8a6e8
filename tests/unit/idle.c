/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: IDLE, and being told to wait; against a scripted server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "mail/imap.h"
#include "mail/imap_priv.h"

#include "imap_server.h"

/* After CAPABILITY, LOGIN, CAPABILITY, LIST and SELECT. */
#define IDLE_TAG "6"
#define DONE_OK \
	{ \
		"DONE", IDLE_TAG " OK done\r\n" \
	}
#define FETCH \
	{ \
		"UID FETCH", "* 1 FETCH (UID 7 RFC822.SIZE 9)\r\n%t OK x\r\n" \
	}

/* Whatever came in the IDLE, the session still works. */
static void
assert_works(struct session *s)
{
	struct imap_mail *mails;
	size_t n;

	if (imap_list(s->imap, 1, &mails, &n, &s->err) == -1)
		fail_msg("%s", s->err.text);
	assert_int_equal(n, 1);
	assert_int_equal(mails[0].uid, 7);
	free(mails);
}

static void
begin(struct session *s, const struct rule *rules)
{
	session_open(s, rules);
	if (imap_idle_begin(s->imap, &s->err) != 0)
		fail_msg("%s", s->err.text);
}

/* Until there is news. */
static void
hear(struct session *s)
{
	int64_t end = io_clock_ms() + 60000;
	bool over = false;

	while (!imap_has_news(s->imap)) {
		assert_true(io_clock_ms() < end);
		if (imap_idle_wait(s->imap, -1, 1000, &over, &s->err) == -1)
			fail_msg("%s", s->err.text);
		assert_false(over);
	}
}

static void
an_exists_is_news_and_the_session_goes_on(void **state)
{
	static const struct rule rules[] = {
		{ "IDLE",
		    "+ \r\n* OK Still here\r\n* 4 EXISTS\r\n* 1 RECENT\r\n" },
		DONE_OK, FETCH, { NULL, NULL }
	};
	struct session s;

	(void)state;
	begin(&s, rules);
	hear(&s);
	assert_int_equal(imap_idle_end(s.imap, 5, &s.err), 0);
	assert_works(&s);
	assert_int_equal(imap_select(s.imap, "INBOX", &s.folder, &s.err), 0);
	assert_false(imap_has_news(s.imap));
	assert_non_null(strstr(session_close(&s), "DONE"));
}

static void
what_else_is_said_in_an_idle_goes_by(void **state)
{
	static const struct rule rules[] = {
		{ "IDLE",
		    "* CAPABILITY IMAP4rev1 X\r\n+ idling\r\n* 2 EXPUNGE\r\n"
		    "* 3 FETCH (FLAGS (\\Seen) BODY[] {12}\r\n* 9 EXISTS\r\n"
		    " UID 3)\r\n* NO no alarm\r\n* LIST () \"/\" \"x\"\r\n"
		    "+ more\r\n* 3 EXISTS\r\n" },
		DONE_OK, FETCH, { NULL, NULL }
	};
	struct session s;

	(void)state;
	begin(&s, rules);
	hear(&s);
	assert_int_equal(imap_idle_end(s.imap, 5, &s.err), 0);
	assert_works(&s);
	session_close(&s);
}

static void
a_server_may_refuse(void **state)
{
	static const struct rule refusals[][3] = {
		{ { "IDLE", "%t NO not now\r\n" }, FETCH, { NULL, NULL } },
		{ { "IDLE", "%t BAD what?\r\n" }, FETCH, { NULL, NULL } },
		{ { "IDLE", "%t OK done\r\n" }, FETCH, { NULL, NULL } },
	};
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		session_open(&s, refusals[i]);
		assert_int_equal(imap_idle_begin(s.imap, &s.err), 1);
		assert_works(&s);
		assert_null(strstr(session_close(&s), "DONE"));
	}
}

static void
a_lost_session_says_why(void **state)
{
	static const struct {
		struct rule rules[3];
		const char *why;
	} cases[] = {
		{ { { "IDLE", "+ \r\n* BYE [UNAVAILABLE] night\r\n" } },
		    "ended the session: night" },
		{ { { "IDLE", "+ \r\n!" } }, "closed by the server" },
		{ { { "IDLE", "+ \r\nnonsense\r\n" } }, "not speak IMAP" },
		{ { { "IDLE", "+ \r\n* 99999999999 EXISTS\r\n" } },
		    "more than 32 bits" },
		{ { { "IDLE", "+ \r\n" }, { "DONE", NULL } },
		    "no answer within 1 s" },
	};
	bool over = false;
	struct session s;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		session_open(&s, cases[i].rules);
		rc = imap_idle_begin(s.imap, &s.err);
		if (rc == 0)
			rc = imap_idle_wait(s.imap, -1, 300, &over, &s.err);
		if (rc == 0)
			rc = imap_idle_wait(s.imap, -1, 300, &over, &s.err);
		if (rc == 0)
			rc = imap_idle_end(s.imap, 1, &s.err);
		assert_int_equal(rc, -1);
		assert_int_equal(s.err.class, ERR_NET);
		if (strstr(s.err.text, cases[i].why) == NULL)
			fail_msg("%s: not %s", s.err.text, cases[i].why);
		session_close(&s);
	}
}

/* From login to the list after IDLE.  -1: err says why. */
static int
whole_session(const struct guard_peer *peer, struct err *err)
{
	int64_t end = io_clock_ms() + 60000;
	struct imap_mail *mails = NULL;
	struct imap_folder folder;
	struct imap *imap = NULL;
	bool over = false;
	size_t n;
	int rc;

	rc = imap_open(&imap, peer, "user", PASSWORD, IMAP_AUTH_AUTO, err);
	if (rc == 0)
		rc = imap_select(imap, "INBOX", &folder, err);
	if (rc == 0)
		rc = imap_idle_begin(imap, err);
	while (rc == 0 && !over && !imap_has_news(imap)) {
		assert_true(io_clock_ms() < end);
		rc = imap_idle_wait(imap, -1, 1000, &over, err);
	}
	if (rc == 0)
		rc = imap_idle_end(imap, 5, err);
	if (rc == 0)
		rc = imap_list(imap, 1, &mails, &n, err);
	free(mails);
	imap_close(imap);
	return rc;
}

static void
cut_at_any_byte_it_ends_at_once(void **state)
{
	static const struct rule rules[] = {
		{ "IDLE",
		    "* OK wait\r\n+ idling\r\n* 2 EXPUNGE\r\n* 3 EXISTS\r\n" },
		DONE_OK, FETCH, { NULL, NULL }
	};
	int64_t start = io_clock_ms();
	struct server server;
	struct err err;
	size_t cut;
	int rc = -1;

	(void)state;
	for (cut = 1; rc == -1; cut++) {
		err = (struct err)ERR_INIT;
		server_start(&server, GREETING, rules, cut);
		rc = whole_session(&server.peer, &err);
		server_stop(&server);
		if (rc == -1)
			assert_int_equal(err.class, ERR_NET);
	}
	assert_int_equal(rc, 0);
	assert_true(cut > 300);
	print_message("cut at %zu bytes, %lld ms each\n", cut - 2,
	    (long long)(io_clock_ms() - start) / (long long)cut);
}

/* Neither an endless line nor an endless talk costs memory. */
static void
an_endless_line_ends_the_session(void **state)
{
	static char line[3 * 8192];
	struct rule rules[] = { { "IDLE", line }, { NULL, NULL } };
	bool over = false;
	struct session s;
	int rc, i;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "+ \r\n* ", 6);
	session_open(&s, rules);
	rc = imap_idle_begin(s.imap, &s.err);
	for (i = 0; i < 600 && rc == 0; i++)
		rc = imap_idle_wait(s.imap, -1, 100, &over, &s.err);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(s.err.text, "line longer than 8192"));
	session_close(&s);
}

static void
another_descriptor_ends_the_wait(void **state)
{
	static const struct rule rules[] = { { "IDLE", "+ \r\n" }, DONE_OK,
		FETCH, { NULL, NULL } };
	int64_t start = io_clock_ms();
	bool over = false;
	struct session s;
	int ends[2];

	(void)state;
	begin(&s, rules);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(
	    imap_idle_wait(s.imap, ends[0], 300000, &over, &s.err), 0);
	assert_true(io_clock_ms() - start < 200000);
	assert_int_equal(imap_idle_end(s.imap, 5, &s.err), 0);
	assert_works(&s);
	session_close(&s);
	close(ends[0]);
	close(ends[1]);
}

/* It is told before IDLE, in the answer to another command. */
static void
news_may_come_early(void **state)
{
	static const struct rule rules[] = {
		{ "UID FETCH",
		    "* 1 FETCH (UID 7 RFC822.SIZE 9)\r\n* 2 EXISTS\r\n"
		    "%t OK x\r\n" },
		{ NULL, NULL }
	};
	struct session s;

	(void)state;
	session_open(&s, rules);
	assert_false(imap_has_news(s.imap));
	assert_works(&s);
	assert_true(imap_has_news(s.imap));
	session_close(&s);
}

/* --- being told to wait -------------------------------------------------- */

static void
what_a_server_asks_for_is_understood(void **state)
{
	static const struct {
		const char *words;
		uint32_t seconds;
	} cases[] = {
		{ "Request is throttled. Suggested Backoff Time: 299961 "
		  "milliseconds",
		    300 },
		{ "suggested backoff time: 1 milliseconds", 1 },
		{ "Backoff Time: 0 milliseconds", 0 },
		{ "Backoff Time: 99999999999999999999999 milliseconds", 86400 },
		{ "Backoff Time: -5 milliseconds", 0 },
		{ "Backoff Time: 5 parsecs", 0 },
		{ "Backoff Time:", 0 },
		{ "Request is throttled", 120 },
		{ "Too many simultaneous connections. (Failure)", 120 },
		{ "Account exceeded command or bandwidth limits.", 7200 },
		{ "connection refused", 0 },
		{ "cannot make a pair of sockets: Too many open files", 0 },
		{ "", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (imap_wait_asked(cases[i].words) != cases[i].seconds)
			fail_msg("%s: %u", cases[i].words,
			    imap_wait_asked(cases[i].words));
}

static void
a_server_that_throttles_is_not_broken(void **state)
{
	static const struct rule rules[][2] = {
		{ { "UID FETCH",
		      "%t BAD Request is throttled. Suggested Backoff Time: "
		      "299961 milliseconds\r\n" },
		    { NULL, NULL } },
		{ { "UID FETCH", "%t NO [THROTTLED] slower\r\n" },
		    { NULL, NULL } },
		{ { "UID FETCH", "%t NO [LIMIT] slower\r\n" }, { NULL, NULL } },
	};
	struct imap_mail *mails;
	struct session s;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		session_open(&s, rules[i]);
		assert_int_equal(imap_list(s.imap, 1, &mails, &n, &s.err), -1);
		assert_int_equal(s.err.class, ERR_AGAIN);
		session_close(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exists_is_news_and_the_session_goes_on),
		cmocka_unit_test(what_else_is_said_in_an_idle_goes_by),
		cmocka_unit_test(a_server_may_refuse),
		cmocka_unit_test(a_lost_session_says_why),
		cmocka_unit_test(cut_at_any_byte_it_ends_at_once),
		cmocka_unit_test(an_endless_line_ends_the_session),
		cmocka_unit_test(another_descriptor_ends_the_wait),
		cmocka_unit_test(news_may_come_early),
		cmocka_unit_test(what_a_server_asks_for_is_understood),
		cmocka_unit_test(a_server_that_throttles_is_not_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
