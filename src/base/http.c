/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/http.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/text.h"

#define ROOM (HTTP_MOST + 1024) /* bytes, with the first line */
#define GRACE 5                 /* s after which ruad-fetch itself is late */

/* --- ruad-fetch -------------------------------------------------- */

/* Give it the socket as input and output.  Returns an errno. */
static int
spawn(const char *program, const struct http_request *r, int fd, pid_t *pid)
{
	char *argv[7] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	size_t n = 0, i;
	int error;

	argv[n++] = xstrdup("ruad-fetch");
	xasprintf(&argv[n++], "--seconds=%d", r->seconds);
	if (r->form != NULL)
		argv[n++] = xstrdup("--post");
	if (r->ca_file != NULL)
		xasprintf(&argv[n++], "--ca-file=%s", r->ca_file);
	if (r->connect_to != NULL)
		xasprintf(&argv[n++], "--connect-to=%s", r->connect_to);
	argv[n++] = xstrdup(r->url);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawn(pid, program, &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	for (i = 0; i < n; i++)
		free(argv[i]);
	return error;
}

/* All of the form; an end before it shows in the answer. */
static void
send_form(int fd, const struct buf *form)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < form->len) {
		n = send(fd, form->at + sent, form->len - sent, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0)
			sent += (size_t)n;
	}
}

/* All it writes until it ends, or the time is up. */
static void
read_all(struct buf *bytes, int fd, int seconds)
{
	const int64_t until = io_clock_ms() + seconds * INT64_C(1000);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;

	buf_reserve(bytes, ROOM);
	while (bytes->len < ROOM && (left = until - io_clock_ms()) > 0) {
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, bytes->at + bytes->len, ROOM - bytes->len);
		if (n == 0 || (n == -1 && errno != EINTR))
			return;
		if (n > 0)
			bytes->len += (size_t)n;
	}
}

/* --- what it answers --------------------------------------------- */

/* "200 123 text/plain", and the body behind it. */
static bool
read_answered(struct http_answer *a, char *line, char *body)
{
	char *size = strchr(line, ' '), *type;
	int64_t status, len;

	if (size == NULL || (type = strchr(size + 1, ' ')) == NULL)
		return false;
	*size++ = *type++ = '\0';
	if (!text_read_int(line, 0, 999, &status) ||
	    !text_read_int(size, 0, HTTP_MOST, &len) ||
	    (size_t)len != a->bytes.len - (size_t)(body - a->bytes.at))
		return false;
	a->end = HTTP_ANSWERED;
	a->status = (int)status;
	a->type = type;
	a->body = body;
	a->len = (size_t)len;
	return true;
}

/* "late", "unreachable WHY", or an answer.  false: nothing of the kind. */
static bool
read_end(struct http_answer *a)
{
	static const struct {
		const char *word;
		enum http_end end;
	} ends[] = {
		{ "late", HTTP_LATE },
		{ "unreachable", HTTP_UNREACHABLE },
		{ "untrusted", HTTP_UNTRUSTED },
		{ "long", HTTP_LONG },
		{ "ca-file", HTTP_CA_FILE },
		{ "unreadable", HTTP_UNREADABLE },
	};
	char *line = a->bytes.at, *end;
	size_t i, n;

	end = memchr(line, '\n', a->bytes.len);
	if (end == NULL)
		return false;
	*end = '\0';
	a->why = "";
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = strlen(ends[i].word);
		if (strncmp(line, ends[i].word, n) != 0 ||
		    (line[n] != ' ' && line[n] != '\0'))
			continue;
		a->end = ends[i].end;
		a->why = line[n] == ' ' ? line + n + 1 : line + n;
		return true;
	}
	return read_answered(a, line, end + 1);
}

int
http_ask(const struct http_request *r, struct http_answer *a, struct err *err)
{
	char *program = program_find_fetch();
	int fds[2] = { -1, -1 }, error;
	pid_t pid;

	http_done(a);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1) {
		free(program);
		return err_set_errno(err, ERR_AGAIN, "cannot run ruad-fetch");
	}
	error = spawn(program, r, fds[1], &pid);
	close(fds[1]);
	if (error != 0) {
		errno = error;
		err_set_errno(err, ERR_CONF, "cannot run %s", program);
		goto out;
	}
	if (r->form != NULL)
		send_form(fds[0], r->form);
	shutdown(fds[0], SHUT_WR);
	read_all(&a->bytes, fds[0], r->seconds + GRACE);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	if (!read_end(a)) {
		error = -1;
		err_set(err, ERR_AGAIN, "%s gave no answer", program);
	}
out:
	close(fds[0]);
	free(program);
	return error == 0 ? 0 : -1;
}

void
http_done(struct http_answer *a)
{
	buf_wipe(&a->bytes);
	memset(a, 0, sizeof(*a));
}
