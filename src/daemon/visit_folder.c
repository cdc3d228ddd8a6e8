/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/adapt.h"
#include "mail/imap.h"

#define CAREFUL_BATCH 100  /* messages read one by one, then filed */
#define PROGRESS_MAILS 200 /* from here on, a progress line */

static void
show_progress(const struct visit *v)
{
	if (v->counting)
		fprintf(stderr, "\r%s: %" PRId64 " of %zu messages%s",
		    v->mailbox->name, v->done.messages, v->new_mails,
		    (size_t)v->done.messages == v->new_mails ? "\n" : "");
}

static void
on_result(void *arg, const struct ingest_result *r)
{
	struct visit *v = arg;
	uint32_t uid = (uint32_t)(uintptr_t)r->key;
	struct err ignored = ERR_INIT;

	(void)careful_set_outcome(v->careful, uid, &ignored);
	progress_tell(v->progress);
	if (strcmp(r->status, "doubtful") == 0) {
		visit_doubt(v, uid);
		return;
	}
	undelivered_came(&v->undelivered, uid);
	v->done.messages++;
	v->done.reports += r->reports;
	v->done.duplicates += r->duplicates;
	if (strcmp(r->status, "stored") == 0)
		v->counts.stored++;
	else if (strcmp(r->status, "duplicate") == 0)
		v->counts.duplicate++;
	else if (strcmp(r->status, "failed") == 0)
		v->counts.failed = ++v->done.invalid;
	else
		v->counts.other++;
	if (!v->counting || strcmp(r->status, "failed") == 0)
		journal_mail(r, uid);
	else if (v->done.messages % 100 == 0 ||
	    (size_t)v->done.messages == v->new_mails)
		show_progress(v);
}

static void
on_release(void *arg, void *key, char *data)
{
	(void)arg;
	(void)key;
	imap_free_mail(data);
}

static int
on_suspect(void *arg, void *key, int attempts, struct err *err)
{
	struct visit *v = arg;

	return careful_set_crashes(
	    v->careful, (uint32_t)(uintptr_t)key, attempts, err);
}

/*
 * The server keeps ruad waiting: go on parsing and storing, and let other
 * writers in if it takes long.
 */
static int
on_idle(void *arg, bool long_wait, struct pollfd *other)
{
	struct visit *v = arg;
	int more;

	if (visit_stop)
		return visit_leave(v, &v->idle_error);
	more = ingest_handle(v->ingest, other, &v->idle_error);
	if (more != -1 && long_wait &&
	    ingest_commit(v->ingest, &v->idle_error) == -1)
		return -1;
	return more;
}

/* Enter a message that is too large to ask for. */
static int
visit_add_too_large(
    struct visit *v, const struct imap_mail *mail, struct err *err)
{
	struct store_message m = visit_message(v, mail->uid, mail->size, "");
	char reason[128];
	int rc;

	if ((rc = visit_take_again(v, mail->uid, mail->size, "", err)) != 0)
		return rc == 1 ? 0 : -1;
	snprintf(reason, sizeof(reason),
	    "the message has %" PRIu32 " bytes, more than the limit of %" PRIu64
	    "; raise limits.message in ruad.conf",
	    mail->size, v->conf->limits.message);
	return ingest_add_failed(
	    v->ingest, (void *)(uintptr_t)mail->uid, &m, reason, err);
}

/*
 * Take in as many of these messages as make one batch: fetch, and parse and
 * store as far as there is time.  Return how many, or -1.
 */
static ssize_t
visit_take_batch(
    struct visit *v, const struct imap_mail *mails, size_t n, struct err *err)
{
	uint64_t max = v->conf->limits.message;
	uint32_t uids[IMAP_TAKE_MAILS];
	size_t i, k;
	int rc = 0;

	for (i = 0; i < n && mails[i].size > max; i++)
		if (visit_add_too_large(v, &mails[i], err) == -1)
			return -1;
	k = imap_take_batch(mails + i, n - i, max, uids);
	stopwatch_switch(&v->stopwatch, STOPWATCH_FETCH);
	if (k > 0)
		rc = visit_take(v, uids, k, err);
	stopwatch_switch(&v->stopwatch, STOPWATCH_OTHER);
	return rc == -1 ? -1 : (ssize_t)(i + k);
}

/* Take in one message, alone, or give it up. */
static int
visit_take_suspect(
    struct visit *v, const struct imap_mail *mail, struct err *err)
{
	struct store_message m;
	const char *reason;

	v->attempts = careful_attempts(
	    v->careful, CAREFUL_READ, mail->uid, &reason);
	if (reason != NULL) {
		m = visit_message(v, mail->uid, mail->size, "");
		if (ingest_add_failed(v->ingest, (void *)(uintptr_t)mail->uid,
		        &m, reason, err) == -1)
			return -1;
	} else if (careful_begin(v->careful, CAREFUL_READ, mail->uid, err) ==
	        -1 ||
	    visit_take_batch(v, mail, 1, err) == -1)
		return -1;
	v->attempts = 0;
	if (ingest_finish(v->ingest, err) == -1)
		return -1;
	return careful_pass(v->careful, 1, err);
}

/* The same one by one: an earlier fetcher died of one of these. */
static ssize_t
visit_take_suspects(
    struct visit *v, const struct imap_mail *mails, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n && i < CAREFUL_BATCH; i++) {
		if (!careful_is_on(v->careful, CAREFUL_READ))
			break;
		progress_tell(v->progress);
		if (visit_stop)
			return visit_leave(v, err);
		if (visit_take_suspect(v, &mails[i], err) == -1)
			return -1;
	}
	return (ssize_t)i;
}

static int
visit_file(struct visit *v, struct err *err)
{
	int rc;

	if (undelivered_write(&v->undelivered, err) == -1)
		return -1;
	stopwatch_switch(&v->stopwatch, STOPWATCH_FILE);
	rc = filing_run(&v->filing, err);
	stopwatch_switch(&v->stopwatch, STOPWATCH_OTHER);
	return rc;
}

static int
visit_take_mails(
    struct visit *v, const struct imap_mail *mails, size_t n, struct err *err)
{
	size_t i;
	ssize_t k;

	for (i = 0; i < n; i += (size_t)k) {
		progress_tell(v->progress);
		if (visit_stop)
			return visit_leave(v, err);
		if (careful_is_on(v->careful, CAREFUL_READ))
			k = visit_take_suspects(v, mails + i, n - i, err);
		else if ((k = careful_begin(
		              v->careful, CAREFUL_READ, 0, err)) == 0)
			k = visit_take_batch(v, mails + i, n - i, err);
		if (k == -1 || visit_file(v, err) == -1)
			return -1;
	}
	return 0;
}

/* Take in all; the one over which the server ended a session comes last. */
static int
visit_take_new(
    struct visit *v, const struct imap_mail *mails, size_t n, struct err *err)
{
	uint32_t first = careful_last_uid(v->careful);
	size_t k = 0;

	while (k < n && mails[k].uid <= first)
		k++;
	if (n > 0 && careful_is_on(v->careful, CAREFUL_READ))
		log_warning(
		    "the last poll was cut short; to find out whether a "
		    "message caused it, messages are now read one by one");
	if (visit_take_mails(v, mails + k, n - k, err) == -1)
		return -1;
	if (k > 0)
		careful_set_suspects(v->careful);
	if (visit_take_mails(v, mails, k, err) == -1 ||
	    ingest_finish(v->ingest, err) == -1 ||
	    careful_pass(v->careful, CAREFUL_MAILS, err) == -1)
		return -1;
	return visit_file(v, err);
}

/*
 * The ledger has this UID as filed, and the server lists it: a message that
 * came back, or another one.  Find out whether to read it.
 */
static int
visit_look_again(
    struct visit *v, const struct imap_mail *mail, bool *look, struct err *err)
{
	struct visit_again again = { .uid = mail->uid };

	if (store_look(v->store, v->done.mailbox_id, v->mailbox->folder,
	        v->folder.uidvalidity, mail->uid, &again.known, look,
	        err) == -1)
		return -1;
	if (again.known.stays)
		*look = false;
	if (*look)
		*(struct visit_again *)array_add(
		    &v->again, sizeof(again)) = again;
	return 0;
}

/* The UIDs that the ledger has, and those of them that are not filed. */
struct ledger_uids {
	uint32_t *known, *open;
	size_t nknown, nopen, k, o;
};

/* Find out whether this one, the next of the list, is to be asked for. */
static int
visit_is_new(struct visit *v, struct ledger_uids *l,
    const struct imap_mail *mail, bool *is_new, struct err *err)
{
	uint32_t uid = mail->uid;

	while (l->k < l->nknown && l->known[l->k] < uid)
		l->k++;
	while (l->o < l->nopen && l->open[l->o] < uid)
		l->o++;
	*is_new = false;
	if (l->k == l->nknown || l->known[l->k] != uid) {
		*is_new = !undelivered_waits(&v->undelivered, uid);
		return 0;
	}
	undelivered_came(&v->undelivered, uid);
	if (l->o < l->nopen && l->open[l->o] == uid)
		return 0;
	return visit_look_again(v, mail, is_new, err);
}

static int
visit_load_ledger(struct visit *v, struct ledger_uids *l, struct err *err)
{
	uint32_t first = v->list.n > 0 ? v->list.mails[0].uid : 0;

	if (v->store == NULL || v->list.n == 0)
		return 0;
	if (store_load_uids(v->store, v->done.mailbox_id, v->mailbox->folder,
	        v->folder.uidvalidity, first, &l->known, &l->nknown, err) == -1)
		return -1;
	return store_load_open_uids(v->store, v->done.mailbox_id,
	    v->mailbox->folder, v->folder.uidvalidity, first, &l->open,
	    &l->nopen, err);
}

/*
 * Where single messages cannot be expunged, those that were filed are listed
 * for ever, marked as deleted: drop them.
 */
static int
visit_drop_flagged(
    struct visit *v, struct imap_mail *mails, size_t *n, struct err *err)
{
	struct visit_again *again = v->again.at;
	size_t nagain = v->again.n, i, a = 0, kept = 0;
	uint32_t *uids;
	bool *flagged;
	int rc;

	if (nagain == 0 || imap_can_expunge(v->imap))
		return 0;
	uids = xcalloc(nagain, sizeof(*uids));
	flagged = xcalloc(nagain, sizeof(*flagged));
	for (i = 0; i < nagain; i++)
		uids[i] = again[i].uid;
	rc = imap_find_deleted(v->imap, uids, nagain, flagged, err);
	for (i = 0; rc == 0 && i < *n; i++) {
		while (a < nagain && uids[a] < mails[i].uid)
			a++;
		if (a == nagain || uids[a] != mails[i].uid || !flagged[a])
			mails[kept++] = mails[i];
	}
	if (rc == 0)
		*n = kept;
	free(uids);
	free(flagged);
	return rc;
}

/* Find those of the list that are to be asked for; free() them. */
static int
visit_find_new(struct visit *v, struct ledger_uids *l, struct imap_mail **out,
    size_t *n, struct err *err)
{
	struct imap_mail *mails = xcalloc(v->list.n, sizeof(*mails));
	bool is_new;
	size_t i;
	int rc = 0;

	*n = 0;
	for (i = 0; rc == 0 && i < v->list.n; i++) {
		rc = visit_is_new(v, l, &v->list.mails[i], &is_new, err);
		if (rc == 0 && is_new)
			mails[(*n)++] = v->list.mails[i];
	}
	if (rc == 0)
		rc = visit_drop_flagged(v, mails, n, err);
	if (rc == -1)
		free(mails);
	else
		*out = mails;
	return rc;
}

/*
 * List the folder.  If that is less than the server said when it was opened,
 * somebody may have removed some: open it anew before it is blamed.
 */
static int
visit_list(struct visit *v, struct imap_mail **mails, struct err *err)
{
	struct imap_folder again;

	if (imap_list(v->imap, 1, mails, &v->list.n, err) == -1)
		return -1;
	if (imap_unlisted(v->imap) > 0) {
		free(*mails);
		*mails = NULL;
		if (imap_select(v->imap, v->mailbox->folder, &again, err) ==
		        -1 ||
		    imap_list(v->imap, 1, mails, &v->list.n, err) == -1)
			return -1;
	}
	v->list.mails = *mails;
	v->list.whole = imap_unlisted(v->imap) == 0;
	if (v->list.n > 0)
		v->done.last_uid = v->list.mails[v->list.n - 1].uid;
	return 0;
}

static int
visit_take_folder(
    struct visit *v, struct imap_mail **new_mails, struct err *err)
{
	const struct conf_mailbox *mb = v->mailbox;
	struct ledger_uids l = { 0 };
	size_t n = 0;
	int rc = -1;

	v->filing.careful = v->careful;
	/* Before filing: what that moves is in the list, but not come again. */
	if (visit_load_ledger(v, &l, err) == 0 &&
	    undelivered_start(&v->undelivered, v->store, v->ingest,
	        v->done.mailbox_id, mb->folder, v->folder.uidvalidity, &v->list,
	        imap_unlisted(v->imap), err) == 0 &&
	    filing_start(&v->filing, v->imap, v->store, v->ingest, mb,
	        v->done.mailbox_id, &v->folder, &v->list, err) == 0)
		rc = visit_find_new(v, &l, new_mails, &n, err);
	free(l.known);
	free(l.open);
	if (rc == -1)
		return -1;
	v->new_mails = n;
	v->counting = n >= PROGRESS_MAILS && isatty(STDERR_FILENO);
	if (n > 0)
		log_debug("%zu new message%s", n, n == 1 ? "" : "s");
	if (visit_take_new(v, *new_mails, n, err) == -1)
		return -1;
	v->done.filed = v->store != NULL;
	/* What could not be filed was said when it happened. */
	if (filing_finish(&v->filing, err) == -1)
		return -1;
	return undelivered_finish(&v->undelivered, err);
}

int
visit_folder(struct visit *v, struct err *err)
{
	struct imap_mail *mails = NULL, *new_mails = NULL;
	struct err ignored = ERR_INIT;
	int rc;

	imap_set_idle(v->imap, on_idle, v);
	if ((rc = visit_list(v, &mails, err)) == 0)
		rc = visit_take_folder(v, &new_mails, err);
	/* Keep what is known of the messages that were refused. */
	if (rc == -1 && v->take.refused)
		(void)undelivered_write(&v->undelivered, &ignored);
	imap_set_idle(v->imap, NULL, NULL);
	free(new_mails);
	free(mails);
	v->list = (struct filing_list) { NULL, 0, false };
	return rc;
}

struct ingest_options
visit_ingest_options(struct visit *v)
{
	return (struct ingest_options) {
		.program = v->parser_program,
		.settings = adapt_parser(v->conf, v->mailbox),
		.require_verified = v->mailbox->require_verified,
		.dry_run = v->dry_run,
		.result = on_result,
		.suspect = on_suspect,
		.release = on_release,
		.arg = v,
		.stopwatch = &v->stopwatch,
	};
}
