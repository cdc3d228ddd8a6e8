/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/https_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "dns/mta_sts.h"
#include "ingest/program.h"

#define MOST (MTA_STS_SIZE + 1024) /* bytes, with the first line */
#define SECONDS 15                 /* ruad-fetch gives up before */

/* In the child: only exec follows. */
static void
run(const char *program, const char *url, const char *address, int out)
{
	char *to = NULL;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	xasprintf(&to, "--connect-to=%s", address);
	if (null != -1)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(program, "ruad-fetch", to, url, (char *)NULL);
	_exit(127);
}

/* All it writes until it ends, or the time is up. */
static void
read_all(struct buf *bytes, int fd)
{
	const int64_t until = io_clock_ms() + SECONDS * 1000;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;

	while (bytes->len < MOST && (left = until - io_clock_ms()) > 0) {
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, buf_reserve(bytes, MOST - bytes->len),
		    MOST - bytes->len);
		if (n <= 0)
			return;
		bytes->len += (size_t)n;
	}
}

/* The first line; the rest is the body. */
static void
read_answer(struct https_fetch *f)
{
	struct dns_https *a = &f->answer;
	char *line = f->bytes.at, *end, *word;
	int64_t len;

	end = f->bytes.len > 0 ? memchr(line, '\n', f->bytes.len) : NULL;
	a->is_unknown = true;
	a->failure = "could not be fetched: ruad-fetch gave no answer";
	if (end == NULL)
		return;
	*end = '\0';
	if (strncmp(line, "unknown ", 8) == 0)
		a->failure = line + 8;
	else if (strncmp(line, "failed ", 7) == 0) {
		a->is_unknown = false;
		a->failure = line + 7;
	} else if ((word = strchr(line, ' ')) != NULL) {
		*word++ = '\0';
		a->type = strchr(word, ' ');
		if (a->type == NULL)
			return;
		word[a->type - word] = '\0';
		a->type++;
		if (!text_read_int(word, 0, MTA_STS_SIZE, &len) ||
		    (size_t)len != f->bytes.len - (size_t)(end + 1 - line))
			return;
		a->is_unknown = false;
		a->failure = NULL;
		a->status = line;
		a->body = end + 1;
		a->len = (size_t)len;
	}
}

const struct dns_https *
https_fetch_get(void *arg, const char *url, const char *address)
{
	struct https_fetch *f = arg;
	char *program = program_find_fetch();
	int fds[2] = { -1, -1 };
	pid_t pid = -1;

	https_fetch_done(f);
	if (pipe2(fds, O_CLOEXEC) == 0 && (pid = fork()) == 0)
		run(program, url, address, fds[1]);
	if (fds[1] != -1)
		close(fds[1]);
	if (pid > 0) {
		read_all(&f->bytes, fds[0]);
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	if (fds[0] != -1)
		close(fds[0]);
	f->answer.url = url;
	read_answer(f);
	free(program);
	return &f->answer;
}

void
https_fetch_done(struct https_fetch *f)
{
	buf_done(&f->bytes);
	memset(f, 0, sizeof(*f));
}
