/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: names, opening a session, folders; against a scripted server. */
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

static const struct rule no_rules[] = { { NULL, NULL } };

/* Open must fail like this; what the server got. */
static const char *
assert_refused(const char *greeting, const struct rule *rules,
    enum imap_auth auth, enum err_class class, const char *why)
{
	struct err err = ERR_INIT;
	struct imap *imap = NULL;
	struct server server;

	server_start(&server, greeting, rules, ALL);
	assert_int_equal(
	    imap_open(&imap, &server.peer, "user", PASSWORD, auth, &err), -1);
	assert_null(imap);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
	assert_int_equal(err.class, class);
	assert_null(strstr(err.text, "hunter2"));
	return server_stop(&server);
}

/* --- names and sets ------------------------------------------------------ */

static void
names_become_modified_utf7(void **state)
{
	static const struct {
		const char *utf8, *utf7;
	} names[] = {
		{ "Archive", "Archive" },
		{ "", "" },
		{ "a & b", "a &- b" },
		{ "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
		{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c"
		  "\xac\xe8\xaa\x9e",
		    "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
		{ "\xf0\x9f\x93\xac", "&2D3c7A-" },
		{ "\xc3\xa9&", "&AOk-&-" },
		{ "a\xff", NULL },
	};
	size_t i;
	char *got;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		got = imap_utf7(names[i].utf8);
		if (names[i].utf7 == NULL)
			assert_null(got);
		else
			assert_string_equal(got, names[i].utf7);
		free(got);
	}
}

static void
folders_get_the_servers_separator_and_prefix(void **state)
{
	static const struct {
		char separator;
		const char *prefix, *folder, *name; /* NULL: an error */
	} tries[] = {
		{ '/', "", "Archive/2026", "Archive/2026" },
		{ '.', "", "Archive/2026", "Archive.2026" },
		{ '.', "INBOX.", "Archive", "INBOX.Archive" },
		{ '.', "INBOX.", "INBOX.Archive", "INBOX.Archive" },
		{ '.', "INBOX.", "INBOX/Archive", "INBOX.Archive" },
		{ '.', "INBOX.", "inbox", "INBOX" },
		{ '/', "", "InBoX", "INBOX" },
		{ '.', "", "v1.0", NULL },
		{ '/', "", "v1.0", "v1.0" },
		{ '\0', "", "a/b", NULL },
		{ '\0', "", "a", "a" },
		{ '/', "", "/a", NULL },
		{ '/', "", "a/", NULL },
		{ '/', "", "a//b", NULL },
		{ '/', "", "", NULL },
		{ '/', "", "a\r\nb", NULL },
		{ '/', "", "a\x7f", NULL },
		{ '/', "", "a\xc3", NULL },
		{ '.', "", "\xc3\xa9/b", "&AOk-.b" },
	};
	struct imap imap = { 0 };
	struct err err;
	size_t i;
	char *name;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		imap.separator = tries[i].separator;
		imap.prefix = xstrdup(tries[i].prefix);
		name = imap_folder_name(&imap, tries[i].folder, &err);
		if (tries[i].name == NULL) {
			assert_null(name);
			assert_int_equal(err.class, ERR_CONF);
		} else {
			assert_non_null(name);
			assert_string_equal(name, tries[i].name);
		}
		free(name);
		free(imap.prefix);
	}
}

static void
sets_hold_what_was_asked_for_and_nothing_else(void **state)
{
	static const uint32_t some[] = { 1, 2, 3, 5, 7, 8, 4294967294,
		4294967295 };
	struct buf set = { 0 };

	(void)state;
	assert_int_equal(imap_add_set(&set, some, 8, 1000), 8);
	assert_string_equal(buf_str(&set), "1:3,5,7:8,4294967294:4294967295");
	buf_done(&set);
	assert_int_equal(imap_add_set(&set, some, 1, 1000), 1);
	assert_string_equal(buf_str(&set), "1");
	buf_done(&set);
}

static void
a_set_that_is_too_long_is_cut(void **state)
{
	uint32_t uids[1000], i;
	struct buf set = { 0 };
	size_t done = 0, k, rounds = 0;

	(void)state;
	for (i = 0; i < 1000; i++)
		uids[i] = 4000000000 + 2 * i;
	while (done < 1000) {
		k = imap_add_set(&set, uids + done, 1000 - done, 7900);
		assert_in_range(k, 1, 1000);
		assert_in_range(set.len, 10, 7900);
		done += k;
		set.len = 0;
		rounds++;
	}
	assert_int_equal(done, 1000);
	assert_int_equal(rounds, 2);
	buf_done(&set);
}

/* --- opening ------------------------------------------------------------- */

static void
a_greeting_other_than_ok_ends_it_before_any_command(void **state)
{
	(void)state;
	assert_string_equal(assert_refused("* PREAUTH hi\r\n", no_rules,
	                        IMAP_AUTH_AUTO, ERR_AUTH, "PREAUTH"),
	    "");
	assert_string_equal(assert_refused("* BYE too many users\r\n", no_rules,
	                        IMAP_AUTH_AUTO, ERR_AGAIN, "too many users"),
	    "");
	assert_string_equal(
	    assert_refused("SSH-2.0-x\r\n", no_rules, IMAP_AUTH_AUTO, ERR_NET,
	        "does not speak IMAP: \"SSH-2.0-x\""),
	    "");
}

static void
login_quotes_what_needs_quoting(void **state)
{
	struct session s;

	(void)state;
	session_open(&s, no_rules);
	assert_int_equal(s.folder.uidvalidity, 77);
	assert_int_equal(s.folder.exists, 3);
	assert_string_equal(imap_describe(s.imap), "no TLS, LOGIN, MOVE");
	assert_non_null(strstr(
	    session_close(&s), " LOGIN \"user\" \"hunter2\\\"\\\\x\"\r\n"));
}

static void
plain_is_preferred_to_login_and_carries_every_byte(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%t OK x\r\n" },
		{ "AUTHENTICATE PLAIN", "* CAPABILITY IMAP4rev1\r\n+ \r\n" },
		{ "AHVzZXIAaHVudGVyMiJceA==", "2 OK [CAPABILITY MOVE] x\r\n" },
		{ NULL, NULL },
	};
	struct session s;
	const char *log;

	(void)state;
	session_open(&s, rules);
	assert_string_equal(imap_describe(s.imap), "no TLS, PLAIN, MOVE");
	assert_int_equal(imap_move_how(s.imap), IMAP_MOVE);
	log = session_close(&s);
	assert_null(strstr(log, "LOGIN"));
	/* The capabilities came with the OK: asked for only once. */
	assert_null(strstr(strstr(log, "CAPABILITY") + 1, "CAPABILITY"));
}

static void
a_refused_login_tells_whose_fault_it_is(void **state)
{
	static const struct {
		const char *reply;
		enum err_class class;
		const char *why;
	} tries[] = {
		{ "%t NO [AUTHENTICATIONFAILED] no way\r\n", ERR_AUTH,
		    "the server refused the login of user by LOGIN: no way" },
		{ "%t NO no\r\n", ERR_AUTH, "login of user" },
		{ "%t NO [UNAVAILABLE] later\r\n", ERR_AGAIN, "later" },
		{ "%t NO [INUSE] later\r\n", ERR_AGAIN, "later" },
		{ "%t NO [LIMIT] later\r\n", ERR_AGAIN, "later" },
		{ "%t NO Too many connections\r\n", ERR_AGAIN, "Too many" },
		{ "%t NO bad: hunter2\"\\x\r\n", ERR_AUTH, "login of user" },
		{ "%t BAD LOGIN user \"hunter2\r\n", ERR_AUTH, "login of" },
		{ "* BYE go away\r\n!", ERR_NET, "go away" },
		{ "!", ERR_NET, "connection closed by the server" },
		{ "99 OK x\r\n", ERR_NET, "violated the IMAP protocol" },
	};
	struct rule rules[] = { { "LOGIN", NULL }, { NULL, NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		rules[0].reply = tries[i].reply;
		assert_refused(GREETING, rules, IMAP_AUTH_AUTO, tries[i].class,
		    tries[i].why);
	}
}

static void
nothing_is_sent_when_no_way_to_log_in_is_offered(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};

	(void)state;
	assert_null(strstr(assert_refused(GREETING, rules, IMAP_AUTH_AUTO,
	                       ERR_AUTH, "does not offer"),
	    "hunter2"));
	assert_null(strstr(assert_refused(GREETING, rules, IMAP_AUTH_LOGIN,
	                       ERR_AUTH, "does not offer LOGIN"),
	    "hunter2"));
	assert_null(strstr(assert_refused(GREETING, no_rules, IMAP_AUTH_PLAIN,
	                       ERR_AUTH, "does not offer AUTH=PLAIN"),
	    "hunter2"));
	assert_null(
	    strstr(assert_refused(GREETING, no_rules, IMAP_AUTH_SCRAM_SHA_256,
	               ERR_AUTH, "does not offer SCRAM-SHA-256"),
	        "hunter2"));
}

static void
a_server_that_cannot_prove_itself_fails_scram(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 AUTH=SCRAM-SHA-256\r\n"
		    "%t OK x\r\n" },
		{ "AUTHENTICATE", "+ \r\n" },
		{ "", "+ cj1ldmlsLHM9c2FsdCxpPTE=\r\n" },
		{ NULL, NULL },
	};

	(void)state;
	assert_null(strstr(assert_refused(GREETING, rules, IMAP_AUTH_AUTO,
	                       ERR_AUTH, "did not prove"),
	    "hunter2"));
}

static void
a_capability_command_without_an_answer_is_survived(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY", "%t OK x\r\n" },
		{ NULL, NULL },
	};
	struct session s;

	(void)state;
	session_open(&s, rules);
	assert_int_equal(imap_move_how(s.imap), IMAP_COPY_FLAG);
	session_close(&s);
}

/* --- STARTTLS ------------------------------------------------------------ */

static void
starttls_that_is_refused_or_stripped_ends_it(void **state)
{
	static const char *const replies[] = { "%t NO not now\r\n",
		"%t BAD what\r\n",
		"%t OK go\r\n* OK [CAPABILITY AUTH=PLAIN] x\r\n2 OK x\r\n",
		("%t OK go\r\n" GREETING) };
	struct rule rules[] = { { "STARTTLS", NULL }, { NULL, NULL } };
	struct err err;
	struct imap *imap;
	struct server server;
	const char *log;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		rules[0].reply = replies[i];
		server_start(&server, GREETING, rules, ALL);
		server.peer.tls = GUARD_TLS_STARTTLS;
		server.peer.ca_file = NULL;
		assert_int_equal(imap_open(&imap, &server.peer, "user",
		                     PASSWORD, IMAP_AUTH_AUTO, &err),
		    -1);
		assert_int_equal(err.class, ERR_AUTH);
		log = server_stop(&server);
		assert_null(strstr(log, "LOGIN"));
		assert_null(strstr(log, "hunter2"));
		assert_null(strstr(log, "AUTHENTICATE"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_modified_utf7),
		cmocka_unit_test(folders_get_the_servers_separator_and_prefix),
		cmocka_unit_test(sets_hold_what_was_asked_for_and_nothing_else),
		cmocka_unit_test(a_set_that_is_too_long_is_cut),
		cmocka_unit_test(
		    a_greeting_other_than_ok_ends_it_before_any_command),
		cmocka_unit_test(login_quotes_what_needs_quoting),
		cmocka_unit_test(
		    plain_is_preferred_to_login_and_carries_every_byte),
		cmocka_unit_test(a_refused_login_tells_whose_fault_it_is),
		cmocka_unit_test(
		    nothing_is_sent_when_no_way_to_log_in_is_offered),
		cmocka_unit_test(a_server_that_cannot_prove_itself_fails_scram),
		cmocka_unit_test(
		    a_capability_command_without_an_answer_is_survived),
		cmocka_unit_test(starttls_that_is_refused_or_stripped_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
