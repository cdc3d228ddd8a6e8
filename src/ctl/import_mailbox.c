/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_mailbox.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/folder_pipe.h"
#include "base/program.h"

/* What is under way. */
struct reading {
	const struct import_mailbox *m;
	const struct import_sink *sink;
	struct folder_pipe pipe;
	uint32_t uidvalidity;
	struct buf path, ledger; /* of one message */
	pid_t pid;
};

int
import_mailbox_find(
    struct import_mailbox *m, const struct options *options, struct err *err)
{
	const char *path = options->config != NULL ? options->config
	                                           : CONF_PATH;

	if (options_load_conf(path, &m->conf, err) == -1)
		return -1;
	m->mailbox = conf_find(m->conf, options->mailbox);
	if (m->mailbox == NULL)
		return err_set(err, ERR_USAGE, "%s has no mailbox \"%s\"",
		    m->conf->path, options->mailbox);
	m->folder = options->folder != NULL ? options->folder
	                                    : m->mailbox->archive;
	if (m->folder[0] == '\0' && options->folder == NULL)
		m->folder = m->mailbox->folder; /* reports stay there */
	if (m->folder[0] == '\0')
		return err_set(err, ERR_USAGE, "--folder needs a name");
	return 0;
}

/* --- what a message is called --------------------------------------------- */

/* As RFC 5092 and 3986 want it: all but the unreserved in %XX, "/" too. */
static void
add_encoded(struct buf *b, const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if (isascii(*p) && (isalnum(*p) || strchr("-._~", *p) != NULL))
			buf_add_char(b, (char)*p);
		else
			buf_printf(b, "%%%02X", *p);
}

static void
name_message(struct reading *r, uint32_t uid)
{
	const struct conf_mailbox *mb = r->m->mailbox;

	r->path.len = r->ledger.len = 0;
	buf_printf(&r->path, "%s: %s", mb->name, r->m->folder);
	if (uid != 0)
		buf_printf(&r->path, ": uid %" PRIu32, uid);
	buf_add_str(&r->ledger, "imap://");
	add_encoded(&r->ledger, mb->user);
	buf_add_char(&r->ledger, '@');
	add_encoded(&r->ledger, mb->host);
	buf_printf(&r->ledger, ":%u/", mb->port);
	add_encoded(&r->ledger, r->m->folder);
	buf_printf(&r->ledger, ";UIDVALIDITY=%" PRIu32 "/;UID=%" PRIu32,
	    r->uidvalidity, uid);
}

/* --- what comes ----------------------------------------------------------- */

/* Return 1 after the last. */
static int
take_item(struct reading *r, struct folder_pipe_item *item, struct err *err)
{
	struct import_input in = { .in_mbox = true,
		.size = item->size,
		.doubtful = item->is_short,
		.data = item->data };
	struct err why = ERR_INIT;

	switch (item->kind) {
	case FOLDER_PIPE_FOLDER:
		r->uidvalidity = item->uidvalidity;
		return 0;
	case FOLDER_PIPE_MISSING:
		name_message(r, item->uid);
		err_set(&why, ERR_DATA, "%s", item->reason);
		r->sink->unreadable(r->sink->arg, buf_str(&r->path), &why);
		return 0;
	case FOLDER_PIPE_MESSAGE:
	case FOLDER_PIPE_LARGE:
		name_message(r, item->uid);
		in.path = buf_str(&r->path);
		in.ledger = buf_str(&r->ledger);
		return r->sink->input(r->sink->arg, &in, err);
	case FOLDER_PIPE_END:
		break;
	}
	return 1;
}

static int
read_all(struct reading *r, struct err *err)
{
	struct folder_pipe_item item;
	int fd, rc;

	for (;;) {
		rc = folder_pipe_next(&r->pipe, &item, err);
		if (rc == -1)
			return 1;
		fd = rc == 0 ? r->pipe.fd : -1;
		if (rc == 1 && (rc = take_item(r, &item, err)) != 0)
			return rc == 1 ? 0 : -1;
		if (r->sink->is_stopped(r->sink->arg, fd))
			return 0;
		if (fd != -1 && folder_pipe_fill(&r->pipe, err) == -1)
			return 1;
	}
}

/* --- ruad ----------------------------------------------------------------- */

/* In the child: only exec follows. */
static void
run(const struct import_mailbox *m, const char *program, int out)
{
	char *conf = NULL, *mailbox = NULL, *folder = NULL;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	/* Nobody else reads what it writes. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	xasprintf(&conf, "--config=%s", m->conf->path);
	xasprintf(&mailbox, "--mailbox=%s", m->mailbox->name);
	xasprintf(&folder, "--serve-folder=%s", m->folder);
	/* ruactl blocks signals while it stores. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null != -1)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	execl(program, "ruad", conf, mailbox, folder, (char *)NULL);
	_exit(127);
}

static int
start(struct reading *r, const char *program, struct err *err)
{
	int fds[2];

	if (access(program, X_OK) == -1)
		return err_set_errno(err, ERR_CONF, "cannot run %s", program);
	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot make a pipe");
	if ((r->pid = fork()) == 0)
		run(r->m, program, fds[1]);
	close(fds[1]);
	r->pipe.fd = fds[0];
	if (r->pid == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot start ruad");
	return 0;
}

/* If it ended before its time, it said why on standard error. */
static void
stop(struct reading *r)
{
	if (r->pipe.fd != -1)
		close(r->pipe.fd);
	if (r->pid > 0) {
		kill(r->pid, SIGTERM);
		while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
}

int
import_mailbox_walk(const struct import_mailbox *m,
    const struct import_sink *sink, struct err *err)
{
	char *program = program_find_ruad();
	struct reading r = { .m = m,
		.sink = sink,
		.pipe = { .fd = -1, .max_size = LIMIT_FETCHED(sink->max) },
		.pid = -1 };
	int rc;

	rc = start(&r, program, err) == 0 ? read_all(&r, err) : 1;
	stop(&r);
	folder_pipe_done(&r.pipe);
	buf_done(&r.path);
	buf_done(&r.ledger);
	free(program);
	return rc;
}

void
import_mailbox_done(struct import_mailbox *m)
{
	conf_free(m->conf);
}
