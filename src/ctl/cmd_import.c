/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/import_mailbox.h"
#include "ingest/ingest.h"
#include "base/program.h"
#include "store/store.h"

#define PROGRESS_MS 200
#define WAIT_MS 100 /* then let other writers in */
#define PARSERS_MAX 8

struct import {
	const struct options *options;
	struct limits limits;
	struct import_mailbox mailbox; /* conf NULL: of files */
	struct ingest *ingest;
	struct err wait_error; /* what went wrong while it waited */
	struct array paths; /* of char *, of the inputs; NULL: has a result */
	int64_t stored;
	int64_t known;
	int64_t other;
	int64_t failed;
	int64_t missing; /* paths */
	bool messages;   /* some inputs are messages of an mbox, not files */
	bool progress;
	int64_t progress_ms; /* when it was shown last */
};

static volatile sig_atomic_t import_stopped;

static void
on_signal(int sig)
{
	(void)sig;
	import_stopped = 1;
}

static sigset_t
stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

/*
 * The first signal asks the import to finish, the second one ends it.  They are
 * let in only in is_stopped(), so that none comes between check and wait.
 */
static void
catch_signals(void)
{
	const sigset_t set = stop_signals();
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	sa.sa_flags = (int)SA_RESETHAND;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Let signals in, and wait for one of these.  Return as poll(2). */
static int
wait_for(struct pollfd *p, nfds_t n, const struct timespec *time)
{
	sigset_t none;
	int rc;

	sigemptyset(&none);
	do
		rc = ppoll(p, n, time, &none);
	while (rc == -1 && errno == EINTR && !import_stopped);
	return rc;
}

/*
 * Wait until fd can be read, store what is answered meanwhile, and commit it if
 * that takes long.  False: something went wrong, or a signal came.
 */
static bool
wait_to_read(struct import *imp, int fd)
{
	const struct timespec at_once = { 0, 0 };
	const struct timespec a_while = { 0, WAIT_MS * 1000000L };
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { -1, POLLIN, 0 } };
	bool committed = false;
	int more = 1, n;

	while (!import_stopped) {
		n = wait_for(p, 2,
		    more            ? &at_once
		        : committed ? NULL
		                    : &a_while);
		if (p[0].revents != 0)
			return true;
		if (n == 0 && !more) {
			if (ingest_commit(imp->ingest, &imp->wait_error) == -1)
				return false;
			committed = true;
		}
		more = ingest_handle(imp->ingest, &p[1], &imp->wait_error);
		if (more == -1)
			return false;
		if (n > 0)
			committed = false;
	}
	return false;
}

static bool
is_stopped(void *arg, int fd)
{
	const struct timespec at_once = { 0, 0 };
	const sigset_t set = stop_signals();
	struct import *imp = arg;

	if (imp->wait_error.class != ERR_NONE)
		return true; /* ingest is of no more use */
	if (fd == -1)
		(void)wait_for(NULL, 0, &at_once);
	else
		(void)wait_to_read(imp, fd);
	if (import_stopped)
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	return import_stopped != 0 || imp->wait_error.class != ERR_NONE;
}

/* --- what people see ------------------------------------------------------ */

static void
clear_progress(struct import *imp)
{
	if (imp->progress && imp->progress_ms != 0) {
		fflush(stdout);
		fputs("\r\033[K", stderr);
	}
}

static void
show_progress(struct import *imp)
{
	char read[TEXT_DIGITS], stored[TEXT_DIGITS];
	int64_t now;

	if (!imp->progress)
		return;
	now = io_clock_ms();
	if (now - imp->progress_ms < PROGRESS_MS)
		return;
	imp->progress_ms = now;
	fprintf(stderr, "\r%s read, %s stored\033[K",
	    text_group_digits((int64_t)imp->paths.n, read),
	    text_group_digits(imp->stored, stored));
}

static void
add_safe(struct buf *b, const char *text)
{
	size_t size = 4 * strlen(text) + 8;

	text_safe(buf_reserve(b, size), size, text);
	b->len += strlen(b->at + b->len);
}

static void
print_outcome(struct import *imp, const char *path, const char *outcome,
    const char *reason)
{
	struct buf name = { 0 }, rest = { 0 };

	clear_progress(imp);
	buf_printf(&rest, ": %s", outcome);
	if (reason != NULL) {
		buf_add_str(&rest, ": ");
		add_safe(&rest, reason);
	}
	buf_add_char(&rest, '\0');
	text_cut(rest.at, LIMIT_REASON + 20);
	add_safe(&name, path);
	buf_add_char(&name, '\0');
	text_cut_within(name.at, LIMIT_SHOWN - text_columns(rest.at));
	printf("%s%s\n", name.at, rest.at);
	buf_done(&name);
	buf_done(&rest);
}

static void
print_count(struct import *imp)
{
	int64_t n = imp->stored + imp->known + imp->other + imp->failed;
	char all[TEXT_DIGITS], stored[TEXT_DIGITS], known[TEXT_DIGITS],
	    other[TEXT_DIGITS], failed[TEXT_DIGITS];

	clear_progress(imp);
	if (import_stopped)
		fputs("interrupted, run it again to continue: ", stdout);
	printf("%s %s%s: %s %s, %s known, %s other, %s failed\n",
	    text_group_digits(n, all), imp->messages ? "message" : "file",
	    n == 1 ? "" : "s", text_group_digits(imp->stored, stored),
	    imp->options->dry_run ? "readable" : "stored",
	    text_group_digits(imp->known, known),
	    text_group_digits(imp->other, other),
	    text_group_digits(imp->failed, failed));
}

/* --- between the walk and ingest ------------------------------------------ */

static void
on_result(void *arg, const struct ingest_result *result)
{
	struct import *imp = arg;
	char **path = (char **)imp->paths.at + (uintptr_t)result->key;
	const char *word = result->status;
	/* A stored input may contain something unreadable, too. */
	bool print = result->reason != NULL;

	if (strcmp(word, "doubtful") == 0) {
		imp->failed++;
		print_outcome(imp, *path, "failed",
		    "the server hands over only a part of it");
	} else if (strcmp(word, "stored") == 0)
		imp->stored++;
	else if (strcmp(word, "duplicate") == 0) {
		imp->known++;
		word = "known";
		print = imp->options->verbose;
	} else {
		if (strcmp(word, "failed") == 0)
			imp->failed++;
		else
			imp->other++;
		print = true;
	}
	if (print)
		print_outcome(imp, *path, word, result->reason);
	free(*path);
	*path = NULL;
}

static void
on_release(void *arg, void *key, char *data)
{
	(void)arg;
	(void)key;
	free(data);
}

static int
on_input(void *arg, const struct import_input *in, struct err *err)
{
	struct import *imp = arg;
	struct store_message message = { .path = in->ledger,
		.fetched_ts = io_time(),
		.size = (int64_t)in->size,
		.doubtful = in->doubtful,
		.sha256 = "" };
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX], reason[256];
	void *key = (void *)(uintptr_t)imp->paths.n;

	*(char **)array_add(&imp->paths, sizeof(char *)) = xstrdup(in->path);
	imp->messages |= in->in_mbox;
	show_progress(imp);
	if (in->data == NULL) {
		/* Those of a mailbox are in the configuration only. */
		snprintf(reason, sizeof(reason),
		    "%" PRIu64 " bytes, more than the limit of %" PRIu64 "%s",
		    in->size, imp->limits.message,
		    imp->mailbox.conf != NULL
		        ? "; limits.message in ruad.conf raises it"
		        : LIMIT_RAISED_BY("message"));
		return ingest_add_failed(
		    imp->ingest, key, &message, reason, err);
	}
	sha256_hash(in->data, (size_t)in->size, digest);
	message.sha256 = sha256_hex(digest, hex);
	return ingest_add(imp->ingest, key, &message, in->name, in->data,
	    (size_t)in->size, err);
}

static void
on_unreadable(void *arg, const char *path, const struct err *why)
{
	struct import *imp = arg;

	if (why->class == ERR_INPUT) {
		clear_progress(imp);
		log_error("%s: %s", path, why->text);
		imp->missing++;
		return;
	}
	imp->failed++;
	print_outcome(imp, path, "failed", why->text);
}

static int
import_all(struct import *imp, struct err *err)
{
	const struct import_sink sink = { imp->limits.message, on_input,
		on_unreadable, is_stopped, imp };
	struct err ignored = ERR_INIT;
	int i, rc = 0;

	if (imp->mailbox.conf != NULL)
		rc = import_mailbox_walk(&imp->mailbox, &sink, err);
	for (i = 0; rc == 0 && i < imp->options->nargs; i++)
		if (!is_stopped(imp, -1))
			rc = import_walk(&sink, imp->options->args[i], err);
	(void)is_stopped(imp, -1);
	if (imp->wait_error.class != ERR_NONE) {
		*err = imp->wait_error;
		return -1;
	}
	if (rc == -1)
		return -1;
	/* What came before a server failed is kept. */
	if (rc == 1) {
		(void)ingest_finish(imp->ingest, &ignored);
		return -1;
	}
	return ingest_finish(imp->ingest, err);
}

static int
exit_status(const struct import *imp)
{
	if (import_stopped)
		return EX_TEMPFAIL;
	if (imp->missing > 0)
		return EX_NOINPUT;
	return imp->failed > 0 ? EX_DATAERR : EX_OK;
}

/*
 * A message from a pipe is lost or bounced unless the exit status asks for it
 * again: until then a person can fix whatever is wrong with ruactl.
 */
static void
ask_again(const struct options *options, struct err *err)
{
	int i;

	for (i = 0; i < options->nargs; i++)
		if (strcmp(options->args[i], "-") == 0)
			err->class = ERR_AGAIN;
}

/* Use all processors but one, which is for storing. */
static int
count_parsers(void)
{
	cpu_set_t set;
	int n = 2;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	n = n > 2 ? n - 1 : 1;
	return n < PARSERS_MAX ? n : PARSERS_MAX;
}

/* What the command line may say together. */
static int
check_options(const struct options *o, struct err *err)
{
	if (o->mailbox == NULL && o->nargs == 0)
		return err_set(err, ERR_USAGE,
		    "usage: ruactl import [-nqv] PATH..., or --mailbox=NAME "
		    "[--folder=FOLDER]");
	if (o->mailbox == NULL && (o->folder != NULL || o->config != NULL))
		return err_set(err, ERR_USAGE,
		    "--folder and --config need --mailbox=NAME");
	if (o->mailbox != NULL && o->nargs > 0)
		return err_set(err, ERR_USAGE,
		    "import takes --mailbox or a PATH, not both");
	if (o->mailbox != NULL && o->limits_given)
		return err_set(err, ERR_USAGE,
		    "--limits is for files: those of ruad.conf are the limits "
		    "of a mailbox");
	return 0;
}

/* Read a mailbox as ruad would. */
static int
use_mailbox(struct import *imp, struct ingest_options *o, const char **database,
    struct err *err)
{
	const struct conf_mailbox *mb;

	if (import_mailbox_find(&imp->mailbox, imp->options, err) == -1)
		return -1;
	mb = imp->mailbox.mailbox;
	imp->limits = o->settings.limits = imp->mailbox.conf->limits;
	o->settings.authserv_ids = mb->authserv_ids;
	o->settings.received_hops = (int)mb->received_hops;
	o->settings.keep_samples = mb->keep_samples;
	o->require_verified = mb->require_verified;
	if (imp->options->is_usual_db)
		*database = imp->mailbox.conf->database;
	return 0;
}

int
cmd_import(const struct options *options, struct err *err)
{
	char *program = program_find_parser();
	struct import imp = { .options = options, .limits = options->limits };
	struct ingest_options ingest_options = { .program = program,
		.settings.limits = imp.limits,
		.settings.processes = count_parsers(),
		.dry_run = options->dry_run,
		.result = on_result,
		.release = on_release,
		.arg = &imp };
	const char *database = options->db;
	struct store *store = NULL;
	size_t i;
	int rc = -1;

	if (check_options(options, err) == -1 ||
	    (options->mailbox != NULL &&
	        use_mailbox(&imp, &ingest_options, &database, err) == -1))
		goto out;
	imp.messages = options->mailbox != NULL;
	imp.progress = !options->quiet && isatty(STDERR_FILENO) == 1;
	if (!options->dry_run && store_open(&store, database, err) == -1)
		goto out;
	catch_signals();
	imp.ingest = ingest_new(store, &ingest_options);
	rc = import_all(&imp, err);
	print_count(&imp);
	if (rc == 0)
		rc = exit_status(&imp);
	if (fflush(stdout) != 0 && rc != -1)
		rc = err_set_errno(err, ERR_AGAIN, "cannot write the output");
out:
	ingest_free(imp.ingest);
	store_close(store);
	for (i = 0; i < imp.paths.n; i++)
		free(((char **)imp.paths.at)[i]);
	array_done(&imp.paths);
	import_mailbox_done(&imp.mailbox);
	free(program);
	if (rc == -1)
		ask_again(options, err);
	return rc;
}
