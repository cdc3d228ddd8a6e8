/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: listing, fetching, folders and moving, against a scripted server. */
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

#include "imap_server.h"

#define ONE "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"

static const uint32_t wanted[] = { 7, 8, 9, 11 };
static bool taken[4], left[4]; /* of these */

/* --- listing ------------------------------------------------------------- */

static void
mails_are_listed_sorted_and_once(void **state)
{
	static const struct rule rules[] = {
		{ "UID FETCH",
		    "* 1 FETCH (UID 9 RFC822.SIZE 90)\r\n"
		    "* ESEARCH (TAG \"x\") UID ALL 1:3\r\n"
		    "* VANISHED 5\r\n"
		    "* 2 FETCH (RFC822.SIZE 70 UID 7)\r\n"
		    "* 2 FETCH (FLAGS (\\Seen) UID 8)\r\n"
		    "* 5 FETCH (UID 3 RFC822.SIZE 30)\r\n"
		    "* 6 FETCH (UID 0 RFC822.SIZE 1)\r\n"
		    "* 1 FETCH (UID 9 RFC822.SIZE 90)\r\n"
		    "* 4 EXISTS\r\n"
		    "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	struct imap_mail *mails;
	size_t n;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_list(s.imap, 5, &mails, &n, &s.err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(mails[0].uid, 7);
	assert_int_equal(mails[0].size, 70);
	assert_int_equal(mails[1].uid, 9);
	assert_int_equal(mails[1].size, 90);
	free(mails);
	assert_non_null(
	    strstr(session_close(&s), " UID FETCH 5:* (UID RFC822.SIZE)\r\n"));
}

static void
a_huge_folder_is_listed_in_windows_from_its_end(void **state)
{
	static const struct rule rules[] = {
		{ "SELECT", "* 120001 EXISTS\r\n%t OK [UIDVALIDITY 1] x\r\n" },
		{ "FETCH 70002:120001",
		    "* 120001 FETCH (UID 900 RFC822.SIZE 1)"
		    "\r\n%t OK x\r\n" },
		{ "FETCH 20002:70001",
		    "* 70001 FETCH (UID 800 RFC822.SIZE 2)"
		    "\r\n%t OK x\r\n" },
		{ "FETCH 1:20001",
		    "* 20001 FETCH (UID 700 RFC822.SIZE 3)"
		    "\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	struct imap_mail *mails;
	size_t n;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_list(s.imap, 1, &mails, &n, &s.err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(mails[0].uid, 700);
	assert_int_equal(mails[2].uid, 900);
	free(mails);
	session_close(&s);

	/* Those below the first UID of interest are not asked for. */
	session_open(&s, rules);
	assert_int_equal(imap_list(s.imap, 850, &mails, &n, &s.err), 0);
	assert_int_equal(n, 1);
	free(mails);
	assert_null(strstr(session_close(&s), "FETCH 1:20001"));
}

/* So many that they are listed in parts: the newest first. */
static void
what_one_list_cannot_hold_is_listed_after_it(void **state)
{
	static const struct rule rules[] = {
		{ "EXAMINE", "* 5 EXISTS\r\n%t OK [UIDVALIDITY 1] x\r\n" },
		{ "UID FETCH 1:*",
		    "* 4 FETCH (UID 40 RFC822.SIZE 1)\r\n"
		    "* 5 FETCH (UID 50 RFC822.SIZE 1)\r\n%t OK x\r\n" },
		/* Number 3 has gone meanwhile, and 40 has its number. */
		{ "FETCH 2:3",
		    "* 2 FETCH (UID 20 RFC822.SIZE 1)\r\n"
		    "* 3 FETCH (UID 40 RFC822.SIZE 1)\r\n%t OK x\r\n" },
		{ "FETCH 1:1",
		    "* 1 FETCH (UID 10 RFC822.SIZE 1)\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct imap_folder folder;
	struct imap_mail *mails;
	struct session s;
	size_t n;

	(void)state;
	session_open(&s, rules);
	s.imap->list_max = 2;
	assert_int_equal(imap_examine(s.imap, "INBOX", &folder, &s.err), 0);
	assert_int_equal(folder.exists, 5);
	assert_int_equal(imap_list(s.imap, 1, &mails, &n, &s.err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(mails[0].uid, 40);
	free(mails);
	assert_int_equal(imap_list_older(s.imap, 40, 2, &mails, &n, &s.err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(mails[0].uid, 10);
	assert_int_equal(mails[1].uid, 20);
	free(mails);
	/* All are listed. */
	assert_int_equal(imap_list_older(s.imap, 10, 5, &mails, &n, &s.err), 0);
	assert_int_equal(n, 0);
	assert_null(mails);
	session_close(&s);
}

static void
an_empty_folder_is_listed_without_asking(void **state)
{
	static const struct rule rules[] = {
		{ "SELECT", "* 0 EXISTS\r\n%t OK [UIDVALIDITY 1] x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	struct imap_mail *mails;
	size_t n = 1;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_list(s.imap, 1, &mails, &n, &s.err), 0);
	assert_int_equal(n, 0);
	assert_null(mails);
	assert_null(strstr(session_close(&s), "FETCH"));
}

static void
a_folder_that_is_not_there_is_a_matter_of_configuration(void **state)
{
	static const struct rule rules[] = {
		{ "SELECT \"INBOX\"", "%t OK [UIDVALIDITY 1] x\r\n" },
		{ "SELECT \"gone\"", "%t NO [NONEXISTENT] no such\r\n" },
		{ "SELECT \"busy\"", "%t NO [INUSE] locked\r\n" },
		{ "SELECT \"odd\"", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_select(s.imap, "gone", &s.folder, &s.err), -1);
	assert_int_equal(s.err.class, ERR_CONF);
	assert_string_equal(
	    s.err.text, "cannot open the folder \"gone\": no such");
	assert_int_equal(imap_select(s.imap, "busy", &s.folder, &s.err), -1);
	assert_int_equal(s.err.class, ERR_AGAIN);
	assert_int_equal(imap_select(s.imap, "odd", &s.folder, &s.err), -1);
	assert_int_equal(s.err.class, ERR_NET);
	assert_non_null(strstr(s.err.text, "no UIDVALIDITY"));
	session_close(&s);
}

/* --- fetching ------------------------------------------------------------ */

/* Fetch 7, 8, 9 and 11 with this answer. */
static int
fetch(const char *reply, struct got *got, struct err *err)
{
	const struct rule rules[] = { { "UID FETCH", reply }, { NULL, NULL } };
	struct session s;
	int rc;

	session_open(&s, rules);
	rc = imap_fetch(
	    s.imap, IMAP_FETCH_WHOLE, wanted, 4, 50, take, got, taken, err);
	assert_non_null(strstr(
	    session_close(&s), " UID FETCH 7:9,11 (UID BODY.PEEK[])\r\n"));
	return rc;
}

static void
assert_fetches(const char *reply, const char *want)
{
	struct got got = { 0 };
	struct err err = ERR_INIT;

	if (fetch(reply, &got, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(got.text, want);
}

static void
assert_fetch_fails(
    const char *reply, const char *want, enum err_class class, const char *why)
{
	struct got got = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(fetch(reply, &got, &err), -1);
	assert_string_equal(got.text, want);
	assert_int_equal(err.class, class);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void
mails_come_as_the_server_sends_them(void **state)
{
	(void)state;
	assert_fetches("* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"
	               "* 3 FETCH (BODY[] {2}\r\nde UID 9)\r\n"
	               "* 2 FETCH (FLAGS (\\Seen) UID 8 BODY[] {0}\r\n)\r\n"
	               "* 4 FETCH (UID 11 BODY[] {5}\r\n)\r\n1 )\r\n"
	               "%t OK x\r\n",
	    "7=abc;9=de;11=)\r\n1 ;");
}

static void
mails_unasked_doubled_and_missing_do_no_harm(void **state)
{
	(void)state;
	assert_fetches("* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"
	               "* 1 FETCH (UID 7 BODY[] {3}\r\nxyz)\r\n"
	               "* 1 FETCH (UID 10 BODY[] {3}\r\nxyz)\r\n"
	               "* 1 FETCH (BODY[] {3}\r\nxyz)\r\n"
	               "* 9 FETCH (FLAGS (\\Seen))\r\n"
	               "* 9 FETCH (FLAGS (\\Seen) UID 9)\r\n"
	               "* 1 FETCH (UID 8 BODY[HEADER] {1}\r\na)\r\n"
	               "* 1 FETCH (UID 8 BODY[]<5> {1}\r\na)\r\n"
	               "%t OK x\r\n",
	    "7=abc;");
	assert_fetches("%t OK x\r\n", "");
}

static void
bodies_without_a_literal_are_understood(void **state)
{
	(void)state;
	assert_fetches("* 1 FETCH (UID 7 BODY[] \"a\\\"b\")\r\n"
	               "* 1 FETCH (UID 8 BODY[] NIL)\r\n"
	               "* 1 FETCH (UID 9 BODY[] \"\")\r\n"
	               "* 1 FETCH (UID 11 BODY[] ~{3}\r\nabc)\r\n"
	               "%t OK x\r\n",
	    "7=a\"b;11=abc;");
}

static void
replies_that_libetpan_cannot_read_are_survived(void **state)
{
	(void)state;
	assert_fetches("* XFOO bar {5}\r\n* 1 F bar\r\n"
	               "* GENURLAUTH \"x\r\n"
	               "+ [PERMANENTFLAGS (\x01\r\n"
	               "* OK [PERMANENTFLAGS (\x01] x\r\n"
	               "* STATUS INBOX ()\r\n"
	               "* NO [BADCHARSET (] x\r\n"
	               "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"
	               "%t OK f\xc3\xa9tch\r\n",
	    "7=abc;");
}

static void
a_fetch_that_fails_keeps_what_came(void **state)
{
	(void)state;
	assert_fetch_fails(ONE "%t NO [SERVERBUG] oops\r\n", "7=abc;", ERR_DATA,
	    "cannot fetch messages: oops");
	assert_fetch_fails(ONE "%t BAD oops\r\n", "7=abc;", ERR_DATA, "oops");
	/* That is about all of them. */
	assert_fetch_fails(
	    ONE "%t NO [THROTTLED] slow\r\n", "7=abc;", ERR_AGAIN, "throttled");
	assert_fetch_fails(ONE "%t NO bandwidth limits exceeded\r\n", "7=abc;",
	    ERR_AGAIN, "bandwidth");
	assert_fetch_fails(ONE "* 2 FETCH (UID 8 BODY[] {30}\r\nabc!", "7=abc;",
	    ERR_NET, "127.0.0.1: connection closed by the server");
	assert_fetch_fails(ONE "* BYE bored\r\n!", "7=abc;", ERR_NET,
	    "127.0.0.1: the server ended the session: bored");
	assert_fetch_fails(ONE "* 2 FETCH (UID 8 BODY[] {3}\r\nabc\r\n",
	    "7=abc;", ERR_NET, "");
	assert_fetch_fails(ONE "* 2 FETCH (UID 8 XMAIL (1 2) BODY[] {1}\r\na)"
	                       "\r\n%t OK x\r\n",
	    "7=abc;", ERR_NET, "violated the IMAP protocol");
	assert_fetch_fails(ONE "* 2 FETCH (UID 8 BODY[] {4294967295}\r\n",
	    "7=abc;", ERR_NET, "literal larger than");
	assert_fetch_fails(
	    "* 2 FETCH (BODYSTRUCTURE ((((((((((((((((((((((((((((((((((\r\n",
	    "", ERR_NET, "more than 32 nested parentheses");
}

static void
a_server_that_stalls_is_left(void **state)
{
	int64_t t0 = io_clock_ms();

	(void)state;
	assert_fetch_fails(ONE "* 2 FETCH (UID 8 BODY[] {30}\r\nabc", "7=abc;",
	    ERR_NET, "no answer within 1 s");
	/* imap_close() does not wait for such a server. */
	assert_in_range(io_clock_ms() - t0, 900, 60000);
}

static void
the_receiver_can_stop_a_fetch(void **state)
{
	struct got got = { .stop_after = 1 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fetch(ONE "* 2 FETCH (UID 8 BODY[] {1}\r\na)\r\n"
	                           "%t OK x\r\n",
	                     &got, &err),
	    -1);
	assert_string_equal(got.text, "7=abc;");
	assert_int_equal(err.class, ERR_LIMIT);
	assert_string_equal(err.text, "enough");
}

/* --- folders and moving -------------------------------------------------- */

static void
a_missing_folder_is_created_and_subscribed(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 NAMESPACE\r\n"
		    "%t OK x\r\n" },
		{ "NAMESPACE",
		    "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL\r\n"
		    "%t OK x\r\n" },
		{ "LIST \"\" \"INBOX.there\"",
		    "* LIST () \".\" INBOX.there\r\n%t OK x\r\n" },
		{ "LIST \"\" \"INBOX.a*%\"",
		    "* LIST () \".\" \"INBOX.aa\"\r\n%t OK x\r\n" },
		{ "LIST \"\" \"INBOX.stub\"",
		    "* LIST (\\HasChildren \\Noselect) \".\" \"INBOX.stub\"\r\n"
		    "%t OK x\r\n" },
		{ "LIST", "%t OK x\r\n" },
		{ "CREATE \"INBOX.no", "%t NO [CANNOT] not that\r\n" },
		{ "CREATE \"INBOX.race", "%t NO [ALREADYEXISTS] x\r\n" },
		{ "CREATE", "%t OK x\r\n" },
		{ "SUBSCRIBE", "%t NO x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	const char *log;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_ensure_folder(s.imap, "there", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "a*%", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "stub", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "race", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "a \"q\"/b", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "inbox", &s.err), 0);
	assert_int_equal(imap_ensure_folder(s.imap, "no", &s.err), -1);
	assert_int_equal(s.err.class, ERR_CONF);
	assert_string_equal(
	    s.err.text, "cannot create the folder \"no\": not that");
	log = session_close(&s);
	assert_null(strstr(log, "CREATE \"INBOX.there\""));
	assert_null(strstr(log, "CREATE \"INBOX\""));
	assert_non_null(strstr(log, "CREATE \"INBOX.a*%\""));
	assert_non_null(strstr(log, "SUBSCRIBE \"INBOX.a*%\""));
	assert_non_null(strstr(log, "CREATE \"INBOX.stub\""));
	assert_non_null(strstr(log, "CREATE \"INBOX.a \\\"q\\\".b\""));
}

/* Move 7, 8, 9 and 11 to "new"; what the server got. */
static const char *
move(const struct rule *rules, int *rc, struct err *err)
{
	struct session s;

	session_open(&s, rules);
	if (imap_move_how(s.imap) == IMAP_MOVE)
		*rc = imap_move(s.imap, wanted, 4, "new", left, err);
	else if ((*rc = imap_copy(s.imap, wanted, 4, "new", err)) == 0)
		*rc = imap_remove(s.imap, wanted, 4, err);
	return session_close(&s);
}

static void
mails_are_moved_by_one_command(void **state)
{
	static const struct rule rules[] = {
		{ "UID MOVE",
		    "* OK [COPYUID 1 7:9 1:3] x\r\n* 1 EXPUNGE\r\n"
		    "* VANISHED 7\r\n%t OK x\r\n" },
		{ "UID FETCH", "* 1 FETCH (UID 9)\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	const char *log;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_move(s.imap, wanted, 4, "new", left, &s.err), 0);
	/* Not all went that were told to: those are looked for. */
	assert_true(!left[0] && !left[1] && left[2] && !left[3]);
	/* There were 3: what has gone is known without another SELECT. */
	assert_int_equal(s.imap->session->imap_selection_info->sel_exists, 2);
	log = session_close(&s);
	assert_non_null(strstr(log, " UID MOVE 7:9,11 \"new\"\r\n"));
	assert_non_null(strstr(log, " UID FETCH 7:9,11 (UID)\r\n"));
	assert_null(strstr(log, "EXPUNGE"));
	assert_null(strstr(log, "CLOSE"));
}

static void
without_move_just_these_uids_are_expunged(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"
		    "%t OK x\r\n" },
		{ "UID", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct err err = ERR_INIT;
	const char *log, *copy, *store, *expunge;
	int rc;

	(void)state;
	log = move(rules, &rc, &err);
	assert_int_equal(rc, 0);
	copy = strstr(log, " UID COPY 7:9,11 \"new\"\r\n");
	store = strstr(log, " UID STORE 7:9,11 +FLAGS.SILENT (\\Deleted)\r\n");
	expunge = strstr(log, " UID EXPUNGE 7:9,11\r\n");
	assert_true(copy != NULL && copy < store && store < expunge);
}

static void
without_uidplus_nothing_is_expunged(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY", "* CAPABILITY IMAP4rev1\r\n%t OK x\r\n" },
		{ "UID", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct err err = ERR_INIT;
	const char *log;
	int rc;

	(void)state;
	log = move(rules, &rc, &err);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(log, "\\Deleted"));
	assert_null(strstr(log, "EXPUNGE"));
	assert_null(strstr(log, "CLOSE"));
}

static void
nothing_is_deleted_when_the_copy_fails(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"
		    "%t OK x\r\n" },
		{ "UID COPY", "%t NO [OVERQUOTA] full\r\n" },
		{ "UID", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct err err = ERR_INIT;
	const char *log;
	int rc;

	(void)state;
	log = move(rules, &rc, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.class, ERR_AGAIN);
	assert_string_equal(
	    err.text, "cannot move messages to the folder \"new\": full");
	assert_null(strstr(log, "STORE"));
	assert_null(strstr(log, "EXPUNGE"));
}

static void
a_folder_gone_meanwhile_is_made_again_once(void **state)
{
	static const struct rule rules[] = {
		{ "UID MOVE", "%t NO [TRYCREATE] no such\r\n" },
		{ "LIST \"\" \"new\"", "%t OK x\r\n" },
		{ "CREATE", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct err err = ERR_INIT;
	const char *log, *p;
	int rc, n = 0;

	(void)state;
	log = move(rules, &rc, &err);
	assert_int_equal(rc, -1);
	for (p = log; (p = strstr(p, "UID MOVE")) != NULL; p++)
		n++;
	assert_int_equal(n, 2);
	assert_non_null(strstr(log, "CREATE \"new\""));
}

static void
mails_gone_meanwhile_make_it_look_again_and_move_the_rest(void **state)
{
	static const struct rule rules[] = {
		{ "UID MOVE", "%t NO [EXPUNGEISSUED] some are gone\r\n" },
		{ "NOOP", "* 2 EXPUNGE\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct err err = ERR_INIT;
	const char *log, *first, *noop;
	int rc;

	(void)state;
	log = move(rules, &rc, &err);
	assert_int_equal(rc, -1);
	first = strstr(log, "UID MOVE");
	assert_non_null(first);
	noop = strstr(first, "NOOP");
	assert_non_null(noop);
	assert_non_null(strstr(noop, "UID MOVE"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    mails_gone_meanwhile_make_it_look_again_and_move_the_rest),
		cmocka_unit_test(mails_are_listed_sorted_and_once),
		cmocka_unit_test(
		    a_huge_folder_is_listed_in_windows_from_its_end),
		cmocka_unit_test(what_one_list_cannot_hold_is_listed_after_it),
		cmocka_unit_test(an_empty_folder_is_listed_without_asking),
		cmocka_unit_test(
		    a_folder_that_is_not_there_is_a_matter_of_configuration),
		cmocka_unit_test(mails_come_as_the_server_sends_them),
		cmocka_unit_test(mails_unasked_doubled_and_missing_do_no_harm),
		cmocka_unit_test(bodies_without_a_literal_are_understood),
		cmocka_unit_test(
		    replies_that_libetpan_cannot_read_are_survived),
		cmocka_unit_test(a_fetch_that_fails_keeps_what_came),
		cmocka_unit_test(a_server_that_stalls_is_left),
		cmocka_unit_test(the_receiver_can_stop_a_fetch),
		cmocka_unit_test(a_missing_folder_is_created_and_subscribed),
		cmocka_unit_test(mails_are_moved_by_one_command),
		cmocka_unit_test(without_move_just_these_uids_are_expunged),
		cmocka_unit_test(without_uidplus_nothing_is_expunged),
		cmocka_unit_test(nothing_is_deleted_when_the_copy_fails),
		cmocka_unit_test(a_folder_gone_meanwhile_is_made_again_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
