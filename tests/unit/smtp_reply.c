/* SPDX-License-Identifier: BSD-2-Clause */
/* smtp_reply: the answer of a server within what others say about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "parse/smtp_reply.h"

static void
assert_text(const char *is, const char *should)
{
	if (should == NULL)
		assert_null(is);
	else {
		assert_non_null(is);
		assert_string_equal(is, should);
	}
}

static void
an_enhanced_code_is_no_address_and_no_version(void **state)
{
	(void)state;
	assert_int_equal(smtp_reply_enhanced("5.7.26"), 6);
	assert_int_equal(smtp_reply_enhanced("5.7.509 x"), 7);
	assert_int_equal(smtp_reply_enhanced("2.0.0."), 5);
	assert_int_equal(smtp_reply_enhanced("4.7.2.1"), 0);
	assert_int_equal(smtp_reply_enhanced("5.7.x"), 0);
	assert_int_equal(smtp_reply_enhanced("5.7"), 0);
	assert_int_equal(smtp_reply_enhanced("5.7.2600"), 0);
	assert_int_equal(smtp_reply_enhanced("3.0.0"), 0);
	assert_int_equal(smtp_reply_enhanced("5.7.26a"), 0);
	assert_int_equal(smtp_reply_enhanced(""), 0);
}

static void
an_answer_is_found_within_words(void **state)
{
	static const struct {
		const char *text;
		struct explain_reply reply;
	} all[] = {
		{ "550 5.7.1 no",
		    { 550, "5.7.1", "no", NULL, NULL, NULL, NULL } },
		{ "550-5.7.26 a\n550-5.7.26 b\n550 5.7.26 c",
		    { 550, "5.7.26", "a b c", NULL, NULL, NULL, NULL } },
		{ "550-a\n550 b",
		    { 550, NULL, "a b", NULL, NULL, NULL, NULL } },
		{ "550 more than 550 of them",
		    { 550, NULL, "more than 550 of them", NULL, NULL, NULL,
		        NULL } },
		{ "550", { 550, NULL, NULL, NULL, NULL, NULL, NULL } },
		{ "550 #5.1.0 Address rejected",
		    { 550, "5.1.0", "Address rejected", NULL, NULL, NULL,
		        NULL } },
		{ "host mx.example.org[192.0.2.1] said: 550 5.7.1 no (in reply "
		  "to RCPT TO command)",
		    { 550, "5.7.1", "no", "mx.example.org", "192.0.2.1", NULL,
		        NULL } },
		{ "H=mx.example.org [2001:db8::1]:25: SMTP error: 421 4.7.0 x",
		    { 421, "4.7.0", "x", "mx.example.org", "2001:db8::1", NULL,
		        NULL } },
		{ "relay=mx.example.org. [192.0.2.1], dsn=5.7.26, stat=Service "
		  "unavailable",
		    { 0, "5.7.26", "Service unavailable", "mx.example.org",
		        "192.0.2.1", NULL, NULL } },
		{ "Remote Server returned '550 5.7.509 Access denied'",
		    { 550, "5.7.509", "Access denied", NULL, NULL, NULL,
		        NULL } },
		{ "It said: 554 go away",
		    { 554, NULL, "go away", NULL, NULL, NULL, NULL } },
		/* The code with an enhanced one, wherever it stands. */
		{ "250 ok, then 451 4.3.0 later",
		    { 451, "4.3.0", "later", NULL, NULL, NULL, NULL } },
	};
	struct arena arena = { 0 };
	struct explain_reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		print_message("%s\n", all[i].text);
		assert_true(smtp_reply_find(
		    all[i].text, strlen(all[i].text), &arena, &r));
		assert_int_equal(r.code, all[i].reply.code);
		assert_text(r.enhanced, all[i].reply.enhanced);
		assert_text(r.text, all[i].reply.text);
		assert_text(r.host, all[i].reply.host);
		assert_text(r.host_ip, all[i].reply.host_ip);
	}
	arena_done(&arena);
}

static void
a_log_says_for_whom_and_what_became_of_it(void **state)
{
	static const struct {
		const char *text;
		const char *to;
		const char *fate;
	} all[] = {
		{ "Nov 27 10:15:04 mx postfix/smtp[1]: A: to=<a@example.net>, "
		  "orig_to=<b@example.org>, "
		  "relay=mx.example.net[192.0.2.1]:25, "
		  "dsn=2.0.0, status=sent (250 2.0.0 Ok)",
		    "a@example.net", "sent" },
		{ "A: to=<a@example.net>, relay=none, dsn=4.0.0, "
		  "status=deferred (host mx.example.net[192.0.2.1] refused to "
		  "talk to me: 554 no, status=sent)",
		    "a@example.net", "deferred" },
		{ "A: to=<a@example.net>, dsn=5.1.1, status=bounced (host x "
		  "said: 550 5.1.1 no)",
		    "a@example.net", "bounced" },
		{ "NOQUEUE: reject: RCPT from x[192.0.2.1]: 450 4.7.25 no; "
		  "from=<x@example.com> to=<a@example.org> proto=ESMTP",
		    "a@example.org", NULL },
		{ "A: to=<a@example.net>, mailer=esmtp, relay=mx.example.net. "
		  "[192.0.2.1], dsn=2.0.0, stat=Sent (Ok: queued)",
		    "a@example.net", "sent" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z ** a@example.net R=x "
		  "T=y H=mx.example.net [192.0.2.1]: SMTP error after RCPT "
		  "TO:<b@example.net>: 550 5.1.1 no",
		    "a@example.net", "bounced" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z == a <a@example.net> "
		  "R=x defer (-46): 421 4.7.0 later",
		    "a@example.net", "deferred" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z => a@example.net R=x "
		  "C=\"250 2.0.0 OK\"",
		    "a@example.net", "sent" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z => a@example.net R=x",
		    "a@example.net", "sent" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z ** a@example.net: "
		  "Unrouteable address",
		    "a@example.net", "bounced" },
		{ "2026-11-27 10:20:33 H=x [192.0.2.1] F=<x@example.com> "
		  "rejected RCPT <a@example.net>: relay not permitted",
		    "a@example.net", "rejected" },
		{ "A: ruleset=check_rcpt, arg1=<a@example.net>, relay=x "
		  "[192.0.2.1], reject=550 5.7.1 <a@example.net>... no",
		    "a@example.net", NULL },
		{ "A: ruleset=check_relay, arg1=a@example.net, relay=x "
		  "[192.0.2.1], reject=550 5.7.1 no",
		    NULL, NULL },
		/* By syslog, with its time or without. */
		{ "Nov 27 10:20:33 mail exim[12]: 2026-11-27 10:20:33 "
		  "1vOaBc-0003xy-2Z ** a@example.net: Unrouteable address",
		    "a@example.net", "bounced" },
		{ "2026-11-27T10:20:33.123456+01:00 mail exim4[12]: "
		  "1vOaBc-0003xy-2Z == a@example.net R=x defer (-1): later",
		    "a@example.net", "deferred" },
		{ "Nov 27 10:20:33 mail exim[12]: H=x [192.0.2.1] rejected "
		  "RCPT <a@example.net>",
		    "a@example.net", "rejected" },
		{ "2026-11-27 10:20:33 H=x [192.0.2.1] F=<x@example.com> "
		  "temporarily rejected RCPT <a@example.net>",
		    "a@example.net", "deferred" },
		{ "2026-11-27 10:20:33 1vOaBc-0003xy-2Z H=x [192.0.2.1] "
		  "F=<a@example.com> rejected after DATA: spam",
		    NULL, "rejected" },
		{ "SMTP error after RCPT TO:<a@example.net>: 550 5.1.1 no",
		    "a@example.net", NULL },
		{ "RCPT TO:<a@example.net>\n550 5.1.1 no", "a@example.net",
		    NULL },
		/* Sent in one go: whose answer it is, nobody knows. */
		{ "RCPT TO:<a@example.net>\nRCPT TO:<b@example.net>\n"
		  "550 5.1.1 no",
		    NULL, NULL },
		{ "550 5.1.1 a == b, auto=<a@example.net> bounced", NULL,
		    NULL },
		{ "550 5.1.1 to=nobody", NULL, NULL },
	};
	const struct explain_reply *r;
	struct array replies;
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		print_message("%s\n", all[i].text);
		memset(&replies, 0, sizeof(replies));
		smtp_reply_find_all(
		    all[i].text, strlen(all[i].text), &arena, &replies);
		assert_int_equal(replies.n, 1);
		r = replies.at;
		assert_text(r->to, all[i].to);
		assert_text(r->fate, all[i].fate);
		array_done(&replies);
	}
	arena_done(&arena);
}

static void
a_line_of_exim_needs_no_code(void **state)
{
	static const char client[] = "2026-11-27 10:20:33 H=mail.example.com "
	                             "[192.0.2.1] X=TLS1.3:AES_256:256 CV=no "
	                             "F=<x@example.com> ";
	static const char delivery[] =
	    "2026-11-27 10:20:33 1vOaBc-0003xy-2Z ** "
	    "a@example.net T=y H=mx.example.net "
	    "[192.0.2.2] X=TLS1.3:AES_256:256 "
	    "DN=\"CN=a: 550 b\"";
	static const struct {
		const char *line;
		const char *rest;
		int code;
		const char *text;
		const char *host;
	} all[] = {
		/* H= is the client that was refused; 256 are bits. */
		{ client, "rejected RCPT <a@example.net>: no", 0, "no", NULL },
		{ client, "rejected after DATA: 550 no", 550, "no", NULL },
		{ client, "rejected RCPT <a@example.net>", 0, NULL, NULL },
		{ delivery, ": 550 no", 550, "no", "mx.example.net" },
		{ delivery, ": no", 0, "no", "mx.example.net" },
		{ delivery, "", 0, NULL, "mx.example.net" },
	};
	struct explain_reply r;
	struct arena arena = { 0 };
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		text = arena_printf(&arena, "%s%s", all[i].line, all[i].rest);
		print_message("%s\n", text);
		assert_true(smtp_reply_find(text, strlen(text), &arena, &r));
		assert_int_equal(r.code, all[i].code);
		assert_text(r.text, all[i].text);
		assert_text(r.host, all[i].host);
	}
	/* Nor did the client answer in Sendmail's. */
	text = "A: ruleset=check_rcpt, relay=mail.example.com [192.0.2.1], "
	       "reject=550 5.7.1 no";
	assert_true(smtp_reply_find(text, strlen(text), &arena, &r));
	assert_int_equal(r.code, 550);
	assert_text(r.host, NULL);
	/* What only looks like one. */
	assert_false(
	    smtp_reply_find("2026-11-27 H=x rejected it: no", 30, &arena, &r));
	assert_false(smtp_reply_find(
	    "H=x rejected RCPT <a@b.example>: no", 35, &arena, &r));
	arena_done(&arena);
}

static void
the_text_is_what_was_answered(void **state)
{
	static const char *const all[][2] = {
		{ "A: dsn=4.4.1, status=deferred (connect to x: timed out)",
		    "connect to x: timed out" },
		{ "(host x said: 554 no (really) (BL))", "no (really) (BL)" },
		{ "RCPT from x[192.0.2.1]: 554 5.7.1 no; from=<a@example.com> "
		  "to=<b@example.net> proto=ESMTP helo=<x>",
		    "no" },
		{ "554 5.7.1 no; from=<a@example.com>, they say",
		    "no; from=<a@example.com>, they say" },
		{ "A: to=<a@example.net>, dsn=5.1.1, stat=User unknown",
		    "User unknown" },
		/* Nothing is between the status and what ends an answer. */
		{ "A: dsn=4.0.0, status=deferred (in reply to end of DATA)",
		    "in reply to end of DATA" },
		{ "A: dsn=5.1.2, stat=Host unknown (Name server: x: not found)",
		    "Host unknown (Name server: x: not found)" },
		{ "Error: (535, b'5.7.8 no')", "no" },
		{ "{'a@example.org': (550, b\"5.1.1 it's no\")}", "it's no" },
		{ "250 2.1.0 ok\nRCPT TO:<a@example.net>\n", "ok" },
	};
	const struct explain_reply *r;
	struct array replies;
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		print_message("%s\n", all[i][0]);
		memset(&replies, 0, sizeof(replies));
		smtp_reply_find_all(
		    all[i][0], strlen(all[i][0]), &arena, &replies);
		assert_int_equal(replies.n, 1);
		r = replies.at;
		assert_text(r->text, all[i][1]);
		array_done(&replies);
	}
	arena_done(&arena);
}

static void
numbers_in_words_are_no_answers(void **state)
{
	static const char *const all[] = { "", " ", "we sent 500 messages",
		"version 5.7.26.1", "192.0.2.1", "in 550ms", "5.7", "x550 5",
		"call 5551234", "the 2.0.1 release" };
	struct arena arena = { 0 };
	struct explain_reply r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (smtp_reply_find(all[i], strlen(all[i]), &arena, &r))
			fail_msg("%s: an answer", all[i]);
	arena_done(&arena);
}

/* How many answers are in a text. */
static size_t
count(const char *text, int64_t first)
{
	struct array out = { 0 };
	struct arena arena = { 0 };
	const struct explain_reply *r;
	size_t n;

	smtp_reply_find_all(text, strlen(text), &arena, &out);
	n = out.n;
	r = out.at;
	if (n > 0)
		assert_int_equal(r[0].code, first);
	array_done(&out);
	arena_done(&arena);
	return n;
}

static void
lines_of_one_answer_are_one(void **state)
{
	char many[16 * (LIMIT_EXPLAIN_REPLIES + 9) + 1] = "";
	size_t i;

	(void)state;
	assert_int_equal(count("550-5.7.26 a\r\n550 5.7.26 b\r\n", 550), 1);
	assert_int_equal(count("550-5.7.26 a\nmore\n550 5.7.26 b", 550), 1);
	assert_int_equal(count("550 5.7.1 a\nand more of it\n", 550), 1);
	assert_int_equal(count("550 5.7.1 a\n550 5.7.1 b\n", 550), 2);
	assert_int_equal(count("550-5.7.1 a\n451 4.7.1 b\n", 550), 2);
	assert_int_equal(count("550-5.7.1 a\n\n550 5.7.1 b\n", 550), 2);
	assert_int_equal(count("<<< 554 5.7.1 a\n>>> QUIT\n", 554), 1);
	assert_int_equal(count("Dear all,\nnothing\n", 0), 0);
	for (i = 0; i < LIMIT_EXPLAIN_REPLIES + 9; i++)
		memcpy(many + 12 * i, "550 5.7.1 a\n", 13);
	assert_int_equal(count(many, 550), LIMIT_EXPLAIN_REPLIES);
}

static void
a_line_of_a_log_ends_its_answer(void **state)
{
	static const char log[] =
	    "Nov 27 09:15:08 mx smtp[7]: A1: to=<a@example.net>, "
	    "relay=mx.example.net[192.0.2.1]:25, status=sent (250 2.0.0 ok "
	    "(it is queued))\n"
	    "Nov 27 09:15:09 mx qmgr[8]: A1: removed\n"
	    "2026-11-27T09:15:10 x C=\"451 4.7.1 later\"\n"
	    "2026-11-27T09:15:11 x Completed\n";
	struct arena arena = { 0 };
	struct array out = { 0 };
	const struct explain_reply *r;

	(void)state;
	smtp_reply_find_all(log, strlen(log), &arena, &out);
	r = out.at;
	assert_int_equal(out.n, 2);
	assert_int_equal(r[0].code, 250);
	assert_text(r[0].text, "ok (it is queued)");
	assert_text(r[0].host, "mx.example.net");
	assert_int_equal(r[1].code, 451);
	assert_text(r[1].text, "later");
	array_done(&out);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_enhanced_code_is_no_address_and_no_version),
		cmocka_unit_test(an_answer_is_found_within_words),
		cmocka_unit_test(a_log_says_for_whom_and_what_became_of_it),
		cmocka_unit_test(a_line_of_exim_needs_no_code),
		cmocka_unit_test(the_text_is_what_was_answered),
		cmocka_unit_test(numbers_in_words_are_no_answers),
		cmocka_unit_test(lines_of_one_answer_are_one),
		cmocka_unit_test(a_line_of_a_log_ends_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
