/* SPDX-License-Identifier: BSD-2-Clause */
/* imap: servers that break off or send rubbish. */
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

/* libetpan loses some bytes of replies that it cannot parse. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libetpan";
}

/* --- every byte ---------------------------------------------------------- */

static const struct rule whole_rules[] = {
	{ "CAPABILITY",
	    "* CAPABILITY IMAP4rev1 NAMESPACE UIDPLUS\r\n%t OK x\r\n" },
	{ "NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n%t OK x\r\n" },
	{ "UID FETCH 1:*", "* 1 FETCH (UID 7 RFC822.SIZE 3)\r\n%t OK x\r\n" },
	{ "UID FETCH", ONE "%t OK x\r\n" },
	{ "LIST", "* LIST () \"/\" \"other\"\r\n%t OK x\r\n" },
	{ "", "%t OK x\r\n" },
	{ NULL, NULL },
};

static const struct rule select_rules[] = {
	{ "SELECT", "* 1 EXISTS\r\n%t OK [UIDVALIDITY 9] x\r\n" },
	{ NULL, NULL },
};

/* A whole session with a server that sends so many bytes; did it work? */
static bool
whole_session(size_t limit)
{
	struct rule rules[sizeof(whole_rules) / sizeof(struct rule) + 1];
	const uint32_t uid = 7;
	struct err err = ERR_INIT;
	struct got got = { 0 };
	struct imap_folder folder;
	struct imap_mail *mails = NULL;
	struct imap *imap = NULL;
	struct server server;
	size_t n;
	bool ok, flags[1];

	rules[0] = select_rules[0];
	memcpy(rules + 1, whole_rules, sizeof(whole_rules));
	server_start(&server, GREETING, rules, limit);
	ok = imap_open(&imap, &server.peer, "user", PASSWORD, IMAP_AUTH_AUTO,
	         &err) == 0 &&
	    imap_select(imap, "INBOX", &folder, &err) == 0 &&
	    imap_list(imap, 1, &mails, &n, &err) == 0 &&
	    imap_fetch(imap, IMAP_FETCH_WHOLE, &uid, 1, 50, take, &got, flags,
	        &err) == 0 &&
	    imap_ensure_folder(imap, "new", &err) == 0 &&
	    imap_move(imap, &uid, 1, "new", flags, &err) == 0;
	if (!ok) {
		assert_int_equal(err.class, ERR_NET);
		assert_null(strstr(err.text, "hunter2"));
	}
	imap_close(imap);
	free(mails);
	server_stop(&server);
	return ok;
}

static void
a_server_cut_off_after_any_byte_is_an_error_at_once(void **state)
{
	int64_t t0 = io_clock_ms();
	size_t limit;

	(void)state;
	for (limit = 1; !whole_session(limit); limit++)
		assert_in_range(limit, 1, 2000);
	assert_in_range(limit, 300, 2000);
	assert_in_range(io_clock_ms() - t0, 1, 600000);
}

/* --- damage -------------------------------------------------------------- */

#define DAMAGED_SESSIONS 3000

/* All of a session, sent at once; the client's tags are known before. */
static const char transcript[] = GREETING
    "* CAPABILITY IMAP4rev1 NAMESPACE MOVE AUTH=X\r\n1 OK x\r\n"
    "2 OK [CAPABILITY IMAP4rev1 NAMESPACE MOVE] in\r\n"
    "* NAMESPACE ((\"INBOX.\" \".\")) ((\"~\" \"/\")) NIL\r\n3 OK x\r\n"
    "* FLAGS (\\Answered \\Seen $X)\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"
    "* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 9] x\r\n"
    "* OK [PERMANENTFLAGS (\\Seen \\*)] x\r\n"
    "4 OK [READ-WRITE] x\r\n"
    "* 1 FETCH (UID 7 RFC822.SIZE 3)\r\n"
    "* 2 FETCH (UID 8 RFC822.SIZE 5 FLAGS (\\Seen a))\r\n"
    "5 OK x\r\n"
    "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"
    "* 2 FETCH (FLAGS (\\Seen) INTERNALDATE "
    "\"17-Jul-1996 02:44:25 -0700\" UID 8 BODY[] \"a\\\\b\")\r\n"
    "* 3 FETCH (ENVELOPE (\"x\" \"s\" ((\"n\" NIL \"m\" \"h\")) NIL "
    "NIL NIL NIL NIL NIL \"<i>\") BODYSTRUCTURE (\"TEXT\" \"PLAIN\" "
    "(\"CHARSET\" \"X\") NIL NIL \"7BIT\" 3028 92 NIL NIL NIL))\r\n"
    "6 OK x\r\n"
    "* LIST (\\Noselect \\X) \".\" \"INBOX.new\"\r\n"
    "* LIST () NIL {3}\r\nabc\r\n7 OK x\r\n"
    "8 OK x\r\n9 NO [CANNOT] x\r\n"
    "* 1 EXPUNGE\r\n10 OK [COPYUID 1 2:3 4:5] x\r\n"
    "* BYE x\r\n11 OK x\r\n";

static uint32_t
random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Change, repeat or drop some runs of it; how long it is then. */
static size_t
transcript_damage(char *data, size_t room, uint32_t seed)
{
	static const char odd[] = "(){}\"\\[]*+ \r\n0129~%\xff\x01NIL";
	size_t n = sizeof(transcript) - 1, at, len, i;
	uint32_t rounds;

	memcpy(data, transcript, n);
	seed = seed * 2654435761u + 1;
	for (rounds = random_next(&seed) % 4; rounds > 0; rounds--) {
		at = random_next(&seed) % n;
		len = random_next(&seed) % 12 + 1;
		if (at + len > n)
			continue;
		switch (random_next(&seed) % 4) {
		case 0:
			for (i = 0; i < len / 4 + 1; i++)
				data[at + i] =
				    odd[random_next(&seed) % (sizeof(odd) - 1)];
			break;
		case 1:
			data[at] = (char)random_next(&seed);
			break;
		case 2:
			memmove(data + at, data + at + len, n - at - len);
			n -= len;
			break;
		default:
			if (n + len > room)
				break;
			memmove(data + at + len, data + at, n - at);
			n += len;
		}
	}
	return n;
}

static void __attribute__((noreturn)) damage_serve(int listener)
{
	char data[4096], got[4096];
	uint32_t i;
	size_t n;
	int fd;

	for (i = 0; i < DAMAGED_SESSIONS; i++) {
		if ((fd = accept(listener, NULL, NULL)) == -1)
			_exit(1);
		n = transcript_damage(data, sizeof(data), i);
		send(fd, data, n, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		while (read(fd, got, sizeof(got)) > 0)
			continue;
		close(fd);
	}
	_exit(0);
}

static void
random_damage_does_no_harm(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct guard_peer peer = { .host = "127.0.0.1", .tls = GUARD_TLS_NONE };
	socklen_t len = sizeof(sin);
	struct imap_folder folder;
	struct imap_mail *mails;
	struct imap *imap;
	struct err err;
	struct got got;
	int listener = socket(AF_INET, SOCK_STREAM, 0), i, good = 0;
	size_t n;
	bool flags[2];
	pid_t pid;

	(void)state;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (void *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&sin, &len), 0);
	peer.port = ntohs(sin.sin_port);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		damage_serve(listener);
	for (i = 0; i < DAMAGED_SESSIONS; i++) {
		imap = NULL;
		mails = NULL;
		err = (struct err)ERR_INIT;
		memset(&got, 0, sizeof(got));
		if (imap_open(&imap, &peer, "user", PASSWORD, IMAP_AUTH_LOGIN,
		        &err) == 0 &&
		    imap_select(imap, "INBOX", &folder, &err) == 0 &&
		    imap_list(imap, 1, &mails, &n, &err) == 0 &&
		    imap_fetch(imap, IMAP_FETCH_WHOLE, wanted, 2, 50, take,
		        &got, flags, &err) == 0 &&
		    imap_ensure_folder(imap, "new", &err) == 0 &&
		    imap_move(imap, wanted, 2, "new", flags, &err) == 0) {
			assert_int_equal(err.class, ERR_NONE);
			good++;
		} else {
			assert_int_not_equal(err.class, ERR_NONE);
			assert_int_not_equal(err.class, ERR_BUG);
			assert_int_not_equal(err.text[0], '\0');
		}
		assert_in_range(got.n, 0, 2);
		imap_close(imap);
		free(mails);
	}
	close(listener);
	assert_int_equal(waitpid(pid, &i, 0), pid);
	/* Without damage it works, so the damage was the reason. */
	assert_in_range(good, DAMAGED_SESSIONS / 8, DAMAGED_SESSIONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_server_cut_off_after_any_byte_is_an_error_at_once),
		cmocka_unit_test(random_damage_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
