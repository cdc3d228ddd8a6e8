/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scripted IMAP server in a child process, on a loopback port.  It answers
 * each command with the first rule whose beginning fits, and keeps the lines
 * it got.
 */
#ifndef RUAD_TESTS_IMAP_SERVER_H
#define RUAD_TESTS_IMAP_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "mail/imap.h"
#include "mail/imap_priv.h"

/*
 * In reply "%t" stands for the tag.  NULL: no answer at all, for ever.  A
 * reply that ends in '!' is sent without it, then the connection closed.
 */
struct rule {
	const char *command;
	const char *reply;
};

struct server {
	pid_t pid;
	int log; /* what it got, to be read after it ended */
	struct guard_peer peer;
};

static const struct rule server_defaults[] = {
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n%t OK x\r\n" },
	{ "LOGIN", "%t OK x\r\n" },
	{ "LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n%t OK x\r\n" },
	{ "SELECT",
	    "* 3 EXISTS\r\n* OK [UIDVALIDITY 77] x\r\n"
	    "* OK [PERMANENTFLAGS (\\*)] x\r\n%t OK [READ-WRITE] x\r\n" },
	{ "LOGOUT", "* BYE see you\r\n%t OK x\r\n!" },
	{ NULL, NULL },
};

/* Everything the client may read; ends the child after limit bytes. */
static void
server_write(int fd, const char *data, size_t n, size_t *limit)
{
	if (n > *limit)
		n = *limit;
	*limit -= n;
	if ((n > 0 && send(fd, data, n, MSG_NOSIGNAL) == -1) || *limit == 0)
		_exit(0);
}

static void
server_answer(int fd, const struct rule *rules, const char *tag,
    const char *command, size_t *limit)
{
	const struct rule *r;
	const char *p, *mark;
	char data[8];

	for (r = rules; r->command != NULL; r++)
		if (strncasecmp(r->command, command, strlen(r->command)) == 0)
			break;
	if (r->command == NULL) {
		if (rules != server_defaults) {
			server_answer(fd, server_defaults, tag, command, limit);
			return;
		}
		server_write(fd, tag, strlen(tag), limit);
		server_write(fd, " BAD unknown\r\n", 14, limit);
		return;
	}
	if (r->reply == NULL) {
		while (read(fd, data, sizeof(data)) > 0)
			continue;
		_exit(0);
	}
	for (p = r->reply; (mark = strstr(p, "%t")) != NULL; p = mark + 2) {
		server_write(fd, p, (size_t)(mark - p), limit);
		server_write(fd, tag, strlen(tag), limit);
	}
	if (*p != '\0' && p[strlen(p) - 1] == '!') {
		server_write(fd, p, strlen(p) - 1, limit);
		_exit(0);
	}
	server_write(fd, p, strlen(p), limit);
}

static void
server_run(int listener, int log, const char *greeting,
    const struct rule *rules, size_t limit)
{
	char line[16384], *tag, *command;
	FILE *in;
	int fd, on = 1;

	if ((fd = accept(listener, NULL, NULL)) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    (in = fdopen(dup(fd), "r")) == NULL)
		_exit(1);
	server_write(fd, greeting, strlen(greeting), &limit);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (write(log, line, strlen(line)) == -1)
			_exit(1);
		tag = line;
		tag[strcspn(tag, "\r\n")] = '\0';
		if ((command = strchr(tag, ' ')) != NULL)
			*command++ = '\0';
		else
			command = tag; /* the answer to a "+" */
		server_answer(fd, rules, tag, command, &limit);
	}
	_exit(0);
}

/* Up to limit bytes are sent in all. */
static __attribute__((unused)) void
server_start(struct server *s, const char *greeting, const struct rule *rules,
    size_t limit)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	FILE *log = tmpfile();
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_non_null(log);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (void *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&sin, &len), 0);
	s->log = dup(fileno(log));
	fclose(log);
	s->pid = fork();
	assert_int_not_equal(s->pid, -1);
	if (s->pid == 0)
		server_run(listener, s->log, greeting, rules, limit);
	close(listener);
	s->peer = (struct guard_peer) { .host = "127.0.0.1",
		.port = ntohs(sin.sin_port),
		.tls = GUARD_TLS_NONE };
}

/* What it got, all commands. */
static __attribute__((unused)) const char *
server_stop(struct server *s)
{
	static char log[65536];
	ssize_t n;
	int status;

	kill(s->pid, SIGTERM);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	n = pread(s->log, log, sizeof(log) - 1, 0);
	assert_true(n >= 0);
	log[n] = '\0';
	close(s->log);
	return log;
}

#define GREETING "* OK ready\r\n"
#define PASSWORD "hunter2\"\\x"
#define ALL SIZE_MAX

/* A session with INBOX open, for the tests of what comes then. */
struct session {
	struct server server;
	struct imap *imap;
	struct err err;
	struct imap_folder folder;
};

static __attribute__((unused)) void
session_open(struct session *s, const struct rule *rules)
{
	memset(s, 0, sizeof(*s));
	server_start(&s->server, GREETING, rules, ALL);
	if (imap_open(&s->imap, &s->server.peer, "user", PASSWORD,
	        IMAP_AUTH_AUTO, &s->err) == -1)
		fail_msg("%s", s->err.text);
	s->imap->stall = 1;
	if (imap_select(s->imap, "INBOX", &s->folder, &s->err) == -1)
		fail_msg("%s", s->err.text);
}

static __attribute__((unused)) const char *
session_close(struct session *s)
{
	imap_close(s->imap);
	return server_stop(&s->server);
}

/* What imap_fetch() gave: "7=abc;9=de;". */
struct got {
	char text[1000];
	size_t stop_after;
	size_t n;
};

static __attribute__((unused)) int
take(uint32_t uid, char *data, size_t len, void *arg, struct err *err)
{
	struct got *got = arg;
	size_t used = strlen(got->text);

	snprintf(got->text + used, sizeof(got->text) - used, "%u=%.*s;",
	    (unsigned int)uid, (int)len, data);
	imap_free_mail(data);
	if (++got->n == got->stop_after)
		return err_set(err, ERR_LIMIT, "enough");
	return 0;
}

#endif
