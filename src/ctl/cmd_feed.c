/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ctl/commands.h"
#include "ctl/feed_cursor.h"
#include "ctl/feed_line.h"

#define FOLLOW_MS 1000
#define BATCH 1000 /* changes of one moment of the database */
#define DRAIN_MS 10
#define STALLED_MS 1000 /* for who is told to stop, and nobody reads */
#define BLOCK 262144    /* bytes to be written at once */
#define HOST_NAME 256

struct feed {
	const struct options *options;
	struct feed_cursor cursor; /* of the last change that was looked at */
	bool kinds[FEED_KINDS];    /* wanted */
	char collector[HOST_NAME];
	int64_t left; /* changes that may still be printed; -1: any number */
	struct buf out;
	int signals; /* tell of SIGINT and SIGTERM; -1: they just end it */
	bool is_unread;
	bool is_stopped;
	struct err err; /* of writing */
};

/* --- where lines go ------------------------------------------------------- */

/*
 * Wait until a little can be written without waiting any more.  A signal is
 * heeded at once when nobody reads: false, as if the reader were gone.
 */
static bool
is_writable(struct feed *f)
{
	struct pollfd fds[] = { { .fd = STDOUT_FILENO, .events = POLLOUT },
		{ .fd = -1, .events = POLLIN } };
	int rc;

	do {
		fds[1].fd = f->is_stopped ? -1 : f->signals;
		rc = poll(fds, 2, f->is_stopped ? STALLED_MS : -1);
		f->is_stopped |= rc > 0 && fds[1].revents != 0;
	} while (rc != 0 && fds[0].revents == 0);
	return rc != 0;
}

static bool
flush(struct feed *f)
{
	size_t n, done = 0;
	int rc = 0;

	for (; done < f->out.len && rc == 0; done += n) {
		if (!is_writable(f)) {
			f->is_unread = true;
			break;
		}
		n = f->out.len - done < PIPE_BUF ? f->out.len - done : PIPE_BUF;
		rc = io_write(STDOUT_FILENO, f->out.at + done, n);
	}
	f->out.len = 0;
	if (rc == 0)
		return !f->is_unread;
	f->is_unread = errno == EPIPE;
	if (!f->is_unread)
		err_set_errno(
		    &f->err, ERR_AGAIN, "cannot write standard output");
	return false;
}

static bool
take_line(void *arg, const struct buf *line)
{
	struct feed *f = arg;

	buf_add(&f->out, line->at, line->len);
	return f->out.len < BLOCK || flush(f);
}

/* Whether there is a signal, or nobody reads any more, within so long. */
static bool
is_ended(struct feed *f, int ms)
{
	struct pollfd fds[] = { { .fd = f->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO } };

	if (poll(fds, 2, ms) <= 0)
		return false;
	f->is_stopped |= fds[0].revents != 0;
	f->is_unread |= (fds[1].revents & (POLLERR | POLLHUP)) != 0;
	return f->is_stopped || f->is_unread;
}

/* Whether all that was printed is in a file for good, or was read. */
static bool
is_taken(struct feed *f)
{
	struct stat st;
	int n = 0;

	if (fstat(STDOUT_FILENO, &st) == -1)
		return false;
	if (S_ISREG(st.st_mode))
		return fsync(STDOUT_FILENO) == 0;
	if (!S_ISFIFO(st.st_mode))
		return true;
	while (ioctl(STDOUT_FILENO, FIONREAD, &n) == 0 && n > 0) {
		if (f->is_stopped || f->is_unread)
			return false;
		is_ended(f, DRAIN_MS);
	}
	is_ended(f, 0);
	return n == 0 && !f->is_unread;
}

/* --- changes -------------------------------------------------------------- */

/* Of puts of one row only the last has something to tell. */
static const char changes_sql[] =
    "WITH some AS MATERIALIZED (SELECT * FROM change WHERE seq > ?1"
    "   ORDER BY seq LIMIT ?2)"
    " SELECT seq, kind, op, row_id, key, why, token,"
    " op = 'put' AND seq <> max(seq) OVER (PARTITION BY kind, row_id, op)"
    " AS is_old FROM some ORDER BY seq";

static bool
find_kind(const char *word, enum feed_kind *kind)
{
	int i;

	for (i = 0; i < FEED_KINDS; i++)
		if (strcmp(word, feed_kind_words[i]) == 0) {
			*kind = (enum feed_kind)i;
			return true;
		}
	return false;
}

/* Look at one change, which is printed if it is wanted.  1, 0: done, -1. */
static int
look(struct feed *f, struct feed_lines *lines, struct query *q, struct err *err)
{
	struct feed_change c = { .cursor = f->cursor };
	int rc = 0;

	c.cursor.seq = query_int(q, 0);
	c.cursor.token = query_int(q, 6);
	c.row_id = query_int(q, 3);
	if (strcmp(query_text(q, 2), "del") == 0)
		c.deleted = query_text(q, 4);
	c.is_pruned = query_text(q, 5) != NULL;
	if (!query_int(q, 7) && find_kind(query_text(q, 1), &c.kind) &&
	    f->kinds[c.kind])
		rc = feed_lines_write(lines, &c, take_line, f, err);
	if (rc == -1 || f->err.class != ERR_NONE || f->is_unread)
		return rc == -1 ? -1 : 0;
	f->cursor = c.cursor;
	if (rc == 1 && f->left > 0)
		f->left--;
	return 1;
}

/* The next changes, of one moment.  1: there may be more; 0: no; -1. */
static int
print_some(struct feed *f, struct query_db *db, struct err *err)
{
	struct feed_lines *lines;
	struct query *q = NULL;
	int n = 0, rc = -1;

	lines = feed_lines_new(db, f->collector, f->options->flat);
	if (feed_cursor_check(&f->cursor, db, err) == -1 ||
	    query_new(&q, db, changes_sql, err) == -1)
		goto out;
	query_bind_int(q, 1, f->cursor.seq);
	query_bind_int(q, 2, BATCH);
	while (f->left != 0 && (rc = query_step(q, err)) == 1) {
		n++;
		if ((rc = look(f, lines, q, err)) != 1)
			break;
	}
	if (f->left == 0)
		rc = 0;
	else if (rc == 0)
		rc = n == BATCH && f->err.class == ERR_NONE && !f->is_unread;
out:
	query_free(q);
	feed_lines_free(lines);
	return rc;
}

/* One statement that changes nothing. */
static int
run(struct query_db *db, const char *sql, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	rc = query_step(q, err);
	query_free(q);
	return rc;
}

/*
 * The same of a database that is opened for it: while the feed is followed it
 * may become another one, restored or moved here.
 */
static int
print_batch(struct feed *f, struct err *err)
{
	struct query_db *db = NULL;
	int rc = -1;

	if (options_open_database(f->options, &db, err) == 0 &&
	    run(db, "BEGIN", err) == 0)
		rc = print_some(f, db, err);
	query_close(db);
	if (rc == -1)
		return -1;
	if (!f->is_unread && f->err.class == ERR_NONE && !flush(f))
		rc = 0;
	if (f->err.class != ERR_NONE) {
		*err = f->err;
		return -1;
	}
	if (f->is_unread || f->options->cursor == NULL)
		return rc;
	if (!is_taken(f))
		return 0;
	return feed_cursor_store(&f->cursor, f->options->cursor, err) == -1
	    ? -1
	    : rc;
}

/* Print changes until a signal comes, nobody reads any more, or all are. */
static int
print_all(struct feed *f, struct err *err)
{
	int rc;

	do {
		if ((rc = print_batch(f, err)) == -1)
			return -1;
		if (f->left == 0 || (rc == 0 && !f->options->follow))
			return 0;
	} while (!f->is_unread && !f->is_stopped &&
	    !is_ended(f, rc == 1 ? 0 : FOLLOW_MS));
	return 0;
}

/* --- the command ---------------------------------------------------------- */

/*
 * Signals are asked for between batches, so that no line is cut and the cursor
 * is that of what was printed.
 */
static int
catch_signals(struct feed *f, struct err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGPIPE, &ignore, NULL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    (f->signals = signalfd(-1, &set, SFD_CLOEXEC)) == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot wait for signals");
	return 0;
}

static int
read_kinds(struct feed *f, struct err *err)
{
	enum feed_kind kind;
	int i;

	for (i = 0; i < FEED_KINDS; i++)
		f->kinds[i] = f->options->nargs == 0;
	for (i = 0; i < f->options->nargs; i++) {
		if (!find_kind(f->options->args[i], &kind))
			return err_set(err, ERR_USAGE,
			    "the feed has no \"%s\": it has report, failure, "
			    "tls and source",
			    f->options->args[i]);
		f->kinds[kind] = true;
	}
	return 0;
}

static int
read_cursor(struct feed *f, struct err *err)
{
	const struct options *o = f->options;

	if (o->after != NULL && o->cursor != NULL)
		return err_set(err, ERR_USAGE,
		    "feed takes only one of --after and --cursor");
	if (o->cursor != NULL)
		return feed_cursor_load(&f->cursor, o->cursor, err);
	if (o->after != NULL && !feed_cursor_read(&f->cursor, o->after))
		return err_set(err, ERR_USAGE,
		    "--after needs the cursor of the last line that you have, "
		    "or 0, not \"%s\"",
		    o->after);
	return 0;
}

static int
read_collector(struct feed *f, struct err *err)
{
	const char *name = f->options->collector;

	if (name == NULL) {
		if (gethostname(f->collector, sizeof(f->collector) - 1) == -1)
			return err_set_errno(
			    err, ERR_AGAIN, "cannot get the host name");
		return 0;
	}
	if (name[0] == '\0' || strlen(name) >= sizeof(f->collector))
		return err_set(err, ERR_USAGE,
		    "--collector needs a name of at most %zu bytes",
		    sizeof(f->collector) - 1);
	snprintf(f->collector, sizeof(f->collector), "%s", name);
	return 0;
}

int
cmd_feed(const struct options *options, struct err *err)
{
	struct feed f = { .options = options,
		.left = options->limit > 0 ? options->limit : -1,
		.signals = -1 };
	int rc = -1;

	if (options->format != OUTPUT_TABLE && options->format != OUTPUT_JSONL)
		return err_set(err, ERR_USAGE, "a feed is always JSON Lines");
	if (read_kinds(&f, err) == 0 && read_cursor(&f, err) == 0 &&
	    read_collector(&f, err) == 0 && catch_signals(&f, err) == 0)
		rc = print_all(&f, err);
	if (f.signals != -1)
		close(f.signals);
	buf_done(&f.out);
	return rc;
}
