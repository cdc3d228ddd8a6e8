/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: servers that do not hand over or move what they list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/mem.h"
#include "mail/imap.h"
#include "mail/imap_priv.h"
#include "mail/imap_take.h"

#include "imap_server.h"

static const uint32_t wanted[] = { 7, 8, 9 };

/* Fetch them as header and text from a server that answers so. */
static void
assert_parts(const char *reply, const char *want, bool seven, bool eight)
{
	const struct rule rules[] = { { "UID FETCH", reply }, { NULL, NULL } };
	struct session s;
	struct got got = { 0 };
	bool taken[3];

	session_open(&s, rules);
	if (imap_fetch(s.imap, IMAP_FETCH_PARTS, wanted, 3, 100, take, &got,
	        taken, &s.err) == -1)
		fail_msg("%s", s.err.text);
	assert_non_null(strstr(session_close(&s),
	    " UID FETCH 7:9 (UID BODY.PEEK[HEADER] BODY.PEEK[TEXT])\r\n"));
	assert_string_equal(got.text, want);
	assert_true(taken[0] == seven && taken[1] == eight && !taken[2]);
}

static void
header_and_text_become_one_mail(void **state)
{
	(void)state;
	assert_parts("* 1 FETCH (UID 7 BODY[HEADER] {8}\r\nA: b\r\n\r\n "
	             "BODY[TEXT] {4}\r\nabc\n)\r\n"
	             "* 2 FETCH (BODY[TEXT] \"de\" BODY[HEADER] {5}\r\nC: d\n "
	             "UID 8)\r\n%t OK x\r\n",
	    "7=A: b\r\n\r\nabc\n;8=C: d\n\r\nde;", true, true);
	/* Who answers another question than it was asked is understood. */
	assert_parts("* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n%t OK x\r\n",
	    "7=abc;", true, false);
}

static void
half_a_mail_is_none(void **state)
{
	(void)state;
	assert_parts("* 1 FETCH (UID 7 BODY[HEADER] {2}\r\n\r\n)\r\n"
	             "* 2 FETCH (UID 8 BODY[HEADER] NIL BODY[TEXT] \"a\")\r\n"
	             "* 3 FETCH (UID 9 BODY[HEADER] \"\" BODY[TEXT] \"a\")\r\n"
	             "%t OK x\r\n",
	    "", false, false);
	/* But a mail may have no text. */
	assert_parts("* 1 FETCH (UID 7 BODY[HEADER] {6}\r\nA: b\r\n BODY[TEXT] "
	             "\"\")\r\n%t OK x\r\n",
	    "7=A: b\r\n\r\n;", true, false);
}

static void
what_is_counted_is_looked_for_in_another_way(void **state)
{
	static const struct {
		const char *first, *second;
		size_t n;
		uint32_t unlisted;
	} cases[] = {
		{ "",
		    "* 1 FETCH (UID 7)\r\n* 2 FETCH (UID 8)\r\n"
		    "* 3 FETCH (UID 9)\r\n%t OK x\r\n",
		    3, 0 },
		{ "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n",
		    "* 1 FETCH (UID 7)\r\n* 3 FETCH (UID 9)\r\n%t OK x\r\n", 2,
		    1 },
		{ "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n"
		  "* 2 FETCH (UID 0 RFC822.SIZE 5)\r\n",
		    "%t BAD no such number\r\n", 1, 2 },
	};
	char reply[200];
	struct session s;
	struct imap_mail *mails;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule rules[] = { { "UID FETCH", reply },
			{ "FETCH 1:3 (UID)", cases[i].second },
			{ NULL, NULL } };

		snprintf(
		    reply, sizeof(reply), "%s%%t OK x\r\n", cases[i].first);
		session_open(&s, rules);
		assert_int_equal(imap_list(s.imap, 1, &mails, &n, &s.err), 0);
		assert_int_equal(n, cases[i].n);
		assert_int_equal(imap_unlisted(s.imap), cases[i].unlisted);
		assert_int_equal(mails[0].uid, 7);
		assert_int_equal(mails[0].size, i == 0 ? 0 : 5);
		free(mails);
		session_close(&s);
	}
}

static void
a_batch_ends_before_what_is_too_large(void **state)
{
	static struct imap_mail mails[IMAP_TAKE_MAILS + 1];
	static uint32_t uids[IMAP_TAKE_MAILS];
	const uint64_t max = 32 << 20;
	size_t i;

	(void)state;
	for (i = 0; i < IMAP_TAKE_MAILS + 1; i++)
		mails[i] = (struct imap_mail) { (uint32_t)i + 5, 100 };
	assert_int_equal(imap_take_batch(mails, IMAP_TAKE_MAILS + 1, max, uids),
	    IMAP_TAKE_MAILS);
	assert_int_equal(uids[IMAP_TAKE_MAILS - 1], IMAP_TAKE_MAILS + 4);
	mails[3].size = (uint32_t)max + 1;
	assert_int_equal(imap_take_batch(mails, 10, max, uids), 3);
	assert_int_equal(imap_take_batch(mails + 3, 7, max, uids), 0);
	/* One that is larger than a batch comes alone. */
	mails[0].size = 9 << 20;
	assert_int_equal(imap_take_batch(mails, 3, max, uids), 1);
	assert_int_equal(imap_take_batch(mails + 1, 0, max, uids), 0);
}

static void
a_refusal_is_known_by_its_code_and_words(void **state)
{
	static const struct {
		const char *reply;
		enum imap_refusal refusal;
		enum err_class class;
	} cases[] = {
		{ "%t BAD Command Error. 12\r\n", IMAP_REFUSED, ERR_DATA },
		{ "%t NO\r\n", IMAP_REFUSED, ERR_DATA },
		{ "%t NO no\r\n", IMAP_REFUSED, ERR_DATA },
		{ "%t NO [OVERQUOTA] x\r\n", IMAP_OVER_QUOTA, ERR_AGAIN },
		{ "%t NO Quota exceeded\r\n", IMAP_OVER_QUOTA, ERR_AGAIN },
		{ "%t NO [NOPERM] x\r\n", IMAP_REFUSED_FOR_GOOD, ERR_AUTH },
		{ "%t NO Mailbox is read-only\r\n", IMAP_REFUSED_FOR_GOOD,
		    ERR_AGAIN },
		{ "%t NO [INUSE] x\r\n", IMAP_REFUSED_FOR_NOW, ERR_AGAIN },
		{ "%t NO try again later\r\n", IMAP_REFUSED_FOR_NOW,
		    ERR_AGAIN },
		{ "%t NO [SERVERBUG] x\r\n", IMAP_REFUSED_FOR_NOW, ERR_AGAIN },
		{ "* BYE x\r\n!", IMAP_NOT_REFUSED, ERR_NET },
	};
	struct session s;
	bool left[3];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule rules[] = { { "UID MOVE", cases[i].reply },
			{ NULL, NULL } };

		session_open(&s, rules);
		assert_int_equal(
		    imap_move(s.imap, wanted, 3, "new", left, &s.err), -1);
		if (imap_refusal(s.imap) != cases[i].refusal ||
		    s.err.class != cases[i].class)
			fail_msg("%s: %d, %d", cases[i].reply,
			    (int)imap_refusal(s.imap), (int)s.err.class);
		session_close(&s);
	}
}

static void
a_move_may_leave_some(void **state)
{
	static const struct rule rules[] = {
		{ "UID MOVE", "* 1 EXPUNGE\r\n%t OK x\r\n" },
		{ "UID FETCH",
		    "* 1 FETCH (UID 8 FLAGS (\\Seen))\r\n"
		    "* 2 FETCH (UID 9 FLAGS (\\Deleted))\r\n"
		    "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	bool left[3];

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_move(s.imap, wanted, 3, "new", left, &s.err), 0);
	assert_true(!left[0] && left[1] && left[2]);
	assert_int_equal(imap_find_deleted(s.imap, wanted, 3, left, &s.err), 0);
	assert_true(!left[0] && !left[1] && left[2]);
	assert_true(imap_forget_move(s.imap));
	assert_int_equal(imap_move_how(s.imap), IMAP_COPY_EXPUNGE);
	assert_false(imap_forget_move(s.imap));
	session_close(&s);
}

static void
alerts_are_kept_and_made_safe(void **state)
{
	static const struct rule rules[] = {
		{ "NOOP",
		    "* OK [ALERT] disk \x1b[2J full\r\n"
		    "* NO [WEBALERT https://example.org/?a=1] go there\r\n"
		    "* OK [ALERT] disk \x1b[2J full\r\n"
		    "* OK not for people\r\n"
		    "%t NO [ALERT] is in the error\r\n" },
		{ NULL, NULL },
	};
	struct session s;

	(void)state;
	session_open(&s, rules);
	assert_string_equal(imap_alert(s.imap), "");
	imap_expect(s.imap);
	assert_int_equal(
	    imap_command(s.imap, "NOOP", ERR_AGAIN, "look", &s.err), -1);
	assert_string_equal(s.err.text, "look: is in the error");
	assert_string_equal(imap_alert(s.imap),
	    "disk \\x1b[2J full; https://example.org/?a=1; go there");
	session_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_text_become_one_mail),
		cmocka_unit_test(half_a_mail_is_none),
		cmocka_unit_test(what_is_counted_is_looked_for_in_another_way),
		cmocka_unit_test(a_batch_ends_before_what_is_too_large),
		cmocka_unit_test(a_refusal_is_known_by_its_code_and_words),
		cmocka_unit_test(a_move_may_leave_some),
		cmocka_unit_test(alerts_are_kept_and_made_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
