/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: XOAUTH2 against a scripted server.  AUTHENTICATE is its command 2. */
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

#define TOKEN "canary-t0ken"
/* user=user^Aauth=Bearer canary-t0ken^A^A */
#define MESSAGE "dXNlcj11c2VyAWF1dGg9QmVhcmVyIGNhbmFyeS10MGtlbgEB"
#define CHALLENGE "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n" /* {"status":"401"} */
#define OFFER \
	{ \
		"CAPABILITY", \
		    "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 " \
		    "UIDPLUS\r\n" \
		    "%t OK x\r\n" \
	}

static const struct rule good[] = {
	OFFER,
	{ "AUTHENTICATE XOAUTH2", "+ \r\n" },
	{ MESSAGE, "* CAPABILITY IMAP4rev1 X\r\n2 OK in\r\n" },
	{ NULL, NULL },
};

static int
open_session(
    const struct rule *rules, size_t limit, struct err *err, const char **log)
{
	struct imap *imap = NULL;
	struct server server;
	int rc;

	server_start(&server, GREETING, rules, limit);
	rc = imap_open(
	    &imap, &server.peer, "user", TOKEN, IMAP_AUTH_XOAUTH2, err);
	if (rc == 0)
		assert_string_equal(
		    imap_describe(imap), "no TLS, XOAUTH2, UIDPLUS");
	imap_close(imap);
	*log = server_stop(&server);
	return rc;
}

static void
the_token_goes_with_the_user_in_one_line(void **state)
{
	struct err err;
	const char *log;

	(void)state;
	if (open_session(good, ALL, &err, &log) == -1)
		fail_msg("%s", err.text);
	assert_non_null(
	    strstr(log, "2 AUTHENTICATE XOAUTH2\r\n" MESSAGE "\r\n3 "));
	assert_null(strstr(log, TOKEN));
}

static void
a_refused_token_may_have_expired(void **state)
{
	static const struct {
		const char *reply, *after; /* the message, the empty line */
		enum err_class class;
		const char *why;
	} tries[] = {
		{ CHALLENGE, "2 NO no way\r\n", ERR_EXPIRED,
		    "the server refused the login of user by XOAUTH2: no way "
		    "(401): is the account" },
		{ "* OK wait\r\n" CHALLENGE, "* OK x\r\n2 NO no way\r\n",
		    ERR_EXPIRED, "no way (401)" },
		{ CHALLENGE, "2 NO [AUTHENTICATIONFAILED] no\r\n", ERR_EXPIRED,
		    "no (401)" },
		{ "2 NO AUTHENTICATE failed.\r\n", "", ERR_EXPIRED,
		    "XOAUTH2: AUTHENTICATE failed.: is" },
		{ "+ *\r\n", "2 NO no\r\n", ERR_EXPIRED, "no: is" },
		{ "+ \r\n", "2 NO no\r\n", ERR_EXPIRED, "no: is" },
		{ CHALLENGE, "2 BAD no\r\n", ERR_EXPIRED,
		    "it rejected the command (401)" },
		{ CHALLENGE, "2 NO [UNAVAILABLE] later\r\n", ERR_AGAIN,
		    "later" },
		{ "2 NO Server Unavailable. 15\r\n", "", ERR_AGAIN, "15" },
		{ CHALLENGE, CHALLENGE, ERR_NET, "violated the IMAP protocol" },
		{ "* BYE go away\r\n!", "", ERR_NET, "go away" },
		{ CHALLENGE, "!", ERR_NET, "connection closed by the server" },
		{ "2 NO " MESSAGE "\r\n", "", ERR_EXPIRED,
		    "contains part of the secret" },
		{ "2 NO what is " TOKEN "?\r\n", "", ERR_EXPIRED,
		    "contains part of the secret" },
	};
	struct rule rules[] = { OFFER, good[1], { MESSAGE, NULL },
		{ "LOGOUT", "!" }, { "", NULL }, { NULL, NULL } };
	const char *log;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		rules[2].reply = tries[i].reply;
		rules[4].reply = tries[i].after;
		assert_int_equal(open_session(rules, ALL, &err, &log), -1);
		if (strstr(err.text, tries[i].why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.text,
			    tries[i].why);
		assert_int_equal(err.class, tries[i].class);
		assert_null(strstr(err.text, "canary"));
		assert_null(strstr(err.text, "dXNlcj11c2Vy"));
		if (tries[i].after[0] != '\0')
			assert_non_null(strstr(log, MESSAGE "\r\n\r\n"));
	}
}

static void
nothing_is_sent_where_xoauth2_is_not_offered(void **state)
{
	static const struct rule rules[] = {
		{ "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%t OK x\r\n" },
		{ NULL, NULL },
	};
	const char *log;
	struct err err;

	(void)state;
	assert_int_equal(open_session(rules, ALL, &err, &log), -1);
	assert_non_null(strstr(err.text, "does not offer AUTH=XOAUTH2"));
	assert_int_equal(err.class, ERR_AUTH);
	assert_null(strstr(log, "AUTHENTICATE"));
}

static void
a_server_cut_off_after_any_byte_is_an_error_at_once(void **state)
{
	static const struct rule refused[] = {
		OFFER,
		{ "AUTHENTICATE XOAUTH2", "+ \r\n" },
		{ MESSAGE, CHALLENGE },
		{ "LOGOUT", "!" },
		{ "", "2 NO no\r\n" },
		{ NULL, NULL },
	};
	int64_t t0 = io_clock_ms();
	const char *log;
	struct err err;
	size_t limit;

	(void)state;
	for (limit = 1; open_session(good, limit, &err, &log) == -1; limit++) {
		assert_int_equal(err.class, ERR_NET);
		assert_null(strstr(err.text, "canary"));
		assert_in_range(limit, 1, 1000);
	}
	assert_in_range(limit, 100, 1000);
	for (limit = 1; open_session(refused, limit, &err, &log) == -1 &&
	     err.class != ERR_EXPIRED;
	     limit++) {
		assert_int_equal(err.class, ERR_NET);
		assert_in_range(limit, 1, 1000);
	}
	assert_in_range(io_clock_ms() - t0, 1, 600000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_token_goes_with_the_user_in_one_line),
		cmocka_unit_test(a_refused_token_may_have_expired),
		cmocka_unit_test(nothing_is_sent_where_xoauth2_is_not_offered),
		cmocka_unit_test(
		    a_server_cut_off_after_any_byte_is_an_error_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
