/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/serve_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/login.h"
#include "ingest/folder_pipe.h"
#include "mail/imap_take.h"

#define TRIES 2 /* at a message over which the server ends the session */
/* Without any message in between: then it is not about single messages. */
#define ENDED_MAX (1 + 8 * TRIES)
#define REFUSED_MAX 5

struct serve {
	const struct conf *conf;
	const struct conf_mailbox *mailbox;
	const char *name; /* of the folder */
	int fd;
	struct progress progress;
	struct credential *credential;
	struct imap *imap; /* NULL: no session */
	struct imap_folder folder;
	struct imap_take take;
	struct imap_mail *mails; /* a part of the folder, sorted */
	size_t n;
	bool *done;   /* of each: it was written, or said to be missing */
	size_t alone; /* those before this index are asked for one by one */
	int tries;    /* at the one that is asked for alone */
	int ended;    /* sessions in a row, without any message in between */
	int refused;  /* likewise: times that the server refused many */
};

static int
compare_mails(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static void
set_done(struct serve *s, uint32_t uid)
{
	const struct imap_mail key = { .uid = uid }, *mail;

	mail = bsearch(&key, s->mails, s->n, sizeof(key), compare_mails);
	if (mail != NULL)
		s->done[mail - s->mails] = true;
}

/* --- what the server hands over, and what not ---------------------------- */

static int
on_mail(void *arg, uint32_t uid, char *data, size_t len, bool doubtful,
    struct err *err)
{
	struct serve *s = arg;
	int rc;

	progress_tell(&s->progress);
	rc = folder_pipe_write_message(s->fd, uid, data, len, doubtful, err);
	imap_free_mail(data);
	set_done(s, uid);
	s->ended = s->refused = 0;
	return rc;
}

static int
write_missing(struct serve *s, uint32_t uid, const char *why, struct err *err)
{
	char reason[300];

	snprintf(reason, sizeof(reason), "the server %s", why);
	set_done(s, uid);
	return folder_pipe_write_missing(s->fd, uid, reason, err);
}

static void
on_undelivered(void *arg, uint32_t uid, uint32_t size, const char *reason,
    const struct err *refusal)
{
	struct err ignored = ERR_INIT; /* the next write fails, too */

	(void)size;
	(void)refusal;
	(void)write_missing(arg, uid, reason, &ignored);
}

/* --- sessions ------------------------------------------------------------- */

static int
open_folder(struct serve *s, struct err *err)
{
	uint32_t before = s->folder.uidvalidity;

	progress_tell(&s->progress);
	if (login_open(s->mailbox, &s->credential, &s->progress, &s->imap,
	        err) == -1 ||
	    imap_examine(s->imap, s->name, &s->folder, err) == -1)
		return -1;
	s->take.imap = s->imap;
	if (before != 0 && s->folder.uidvalidity != before)
		return err_set(err, ERR_AGAIN,
		    "the folder \"%s\" was replaced while it was read: its "
		    "UIDVALIDITY changed",
		    s->name);
	return 0;
}

/* It came, but is far larger than it was said to be. */
static int
write_oversize(struct serve *s, uint32_t uid, struct err *err)
{
	s->ended = s->tries = 0;
	set_done(s, uid);
	return folder_pipe_write_large(s->fd, uid, s->take.oversize, err);
}

/* It was asked for alone, and the session ended. */
static int
accuse(struct serve *s, uint32_t uid, struct err *err)
{
	if (s->take.oversize != 0)
		return write_oversize(s, uid, err);
	if (++s->tries < TRIES)
		return 0;
	s->tries = 0;
	return write_missing(
	    s, uid, "ends the session when it is asked for this message", err);
}

/*
 * The session ended while these k were asked for: look for the one over which
 * it did.
 */
static int
look_for_culprit(struct serve *s, size_t i, size_t k, struct err *err)
{
	if (++s->ended > ENDED_MAX)
		return -1;
	if (k > 1)
		s->alone = i + k;
	else if (!s->done[i] && accuse(s, s->mails[i].uid, err) == -1)
		return -1;
	log_debug("%s; connecting again", err->text);
	imap_close(s->imap);
	s->imap = NULL;
	return open_folder(s, err);
}

/*
 * A server that refuses many in a row is asked for the others all the same,
 * unless it refuses them, too.
 */
static int
go_on(struct serve *s, size_t i, size_t k, struct err *err)
{
	struct imap_take *t = &s->take;

	if (t->refused) {
		t->refused = false;
		t->refusals = 0;
		return ++s->refused < REFUSED_MAX ? 0 : -1;
	}
	if (err->class != ERR_NET || !t->broken)
		return -1;
	t->broken = false;
	return look_for_culprit(s, i, k, err);
}

/* --- the folder ----------------------------------------------------------- */

/*
 * How many may be asked for at once from the one at i on, which is not done:
 * where many were refused, what follows may have come before.
 */
static size_t
count_open(const struct serve *s, size_t i)
{
	size_t n = 1;

	if (i < s->alone)
		return 1;
	while (i + n < s->n && !s->done[i + n])
		n++;
	return n;
}

/* Take in some, from the one at i on.  */
static int
serve_batch(struct serve *s, size_t i, struct err *err)
{
	uint64_t max = s->conf->limits.message;
	uint32_t uids[IMAP_TAKE_MAILS];
	size_t k;

	if (s->mails[i].size > max) {
		s->done[i] = true;
		return folder_pipe_write_large(
		    s->fd, s->mails[i].uid, s->mails[i].size, err);
	}
	k = imap_take_batch(s->mails + i, count_open(s, i), max, uids);
	if (imap_take_run(&s->take, uids, k, err) == -1)
		return go_on(s, i, k, err);
	/* Those that were neither taken nor refused have gone. */
	for (s->tries = 0; k > 0; k--)
		s->done[i + k - 1] = true;
	return 0;
}

static int
serve_part(struct serve *s, struct err *err)
{
	size_t i;
	int rc = 0;

	s->done = xcalloc(s->n, sizeof(*s->done));
	s->alone = 0;
	s->take.mails = s->mails;
	s->take.n = s->n;
	for (i = 0; rc == 0 && i < s->n;) {
		progress_tell(&s->progress);
		if (s->done[i])
			i++;
		else
			rc = serve_batch(s, i, err);
	}
	free(s->done);
	s->done = NULL;
	return rc;
}

static int
write_unlisted(struct serve *s, uint32_t unlisted, struct err *err)
{
	char why[100];

	if (unlisted == 0)
		return 0;
	snprintf(why, sizeof(why),
	    "counts %" PRIu32 " more message%s than it lists", unlisted,
	    unlisted == 1 ? "" : "s");
	return write_missing(s, 0, why, err);
}

/* List the folder; anew if less is listed than it is said to contain. */
static int
list(struct serve *s, struct err *err)
{
	if (imap_list(s->imap, 1, &s->mails, &s->n, err) == -1)
		return -1;
	if (imap_unlisted(s->imap) == 0)
		return 0;
	free(s->mails);
	s->mails = NULL;
	if (imap_examine(s->imap, s->name, &s->folder, err) == -1)
		return -1;
	return imap_list(s->imap, 1, &s->mails, &s->n, err);
}

static int
serve_all(struct serve *s, struct err *err)
{
	size_t listed = 0;
	uint32_t lowest;

	if (open_folder(s, err) == -1 || list(s, err) == -1 ||
	    folder_pipe_write_folder(
	        s->fd, s->folder.uidvalidity, s->folder.exists, err) == -1 ||
	    write_unlisted(s, imap_unlisted(s->imap), err) == -1)
		return -1;
	while (s->n > 0) {
		listed += s->n;
		lowest = s->mails[0].uid;
		if (serve_part(s, err) == -1)
			return -1;
		free(s->mails);
		s->mails = NULL;
		if (imap_list_older(
		        s->imap, lowest, listed, &s->mails, &s->n, err) == -1)
			return -1;
	}
	return folder_pipe_write_end(s->fd, err);
}

int
serve_folder_run(const struct conf *conf, const struct conf_mailbox *mailbox,
    const char *folder)
{
	struct serve s = { .conf = conf,
		.mailbox = mailbox,
		.name = folder,
		.fd = STDOUT_FILENO,
		.progress = { .channel = -1 },
		.take = { .max_message = conf->limits.message,
		    .mail = on_mail,
		    .undelivered = on_undelivered } };
	struct err err = ERR_INIT, ignored = ERR_INIT;
	int rc;

	s.take.arg = &s;
	log_set_mailbox(mailbox->name);
	if ((rc = serve_all(&s, &err)) == -1)
		(void)folder_pipe_write_failed(s.fd, &err, &ignored);
	free(s.mails);
	imap_close(s.imap);
	credential_free(s.credential);
	return rc == -1 ? err_exit_status(err.class) : 0;
}
