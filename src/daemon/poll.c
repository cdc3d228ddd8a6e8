/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "mail/imap.h"

#define BATCH_MAILS 1000 /* of one FETCH command */
#define BATCH_BYTES ((uint64_t)8 << 20)
#define CAREFUL_BATCH 100  /* mails read one by one, then filed */
#define PROGRESS_MAILS 200 /* from here on, a progress line */

static void
show_progress(const struct poll *p)
{
	if (p->progress)
		fprintf(stderr, "\r%s: %" PRId64 " of %zu mails%s",
		    p->mailbox->name, p->done.messages, p->new_mails,
		    (size_t)p->done.messages == p->new_mails ? "\n" : "");
}

static void
on_result(void *arg, const struct ingest_result *r)
{
	struct poll *p = arg;
	uint32_t uid = (uint32_t)(uintptr_t)r->key;
	struct err ignored = ERR_INIT;

	(void)careful_acquit(p->careful, uid, &ignored);
	pulse_beat(p->pulse);
	if (strcmp(r->status, "doubtful") == 0) {
		poll_doubt(p, uid);
		return;
	}
	lacking_came(&p->lacking, uid);
	p->done.messages++;
	p->done.reports += r->reports;
	p->done.duplicates += r->duplicates;
	if (strcmp(r->status, "stored") == 0)
		p->counts.stored++;
	else if (strcmp(r->status, "duplicate") == 0)
		p->counts.duplicate++;
	else if (strcmp(r->status, "failed") == 0)
		p->counts.failed = ++p->done.invalid;
	else
		p->counts.other++;
	if (!p->progress || strcmp(r->status, "failed") == 0)
		say_mail(r, uid);
	else if (p->done.messages % 100 == 0 ||
	    (size_t)p->done.messages == p->new_mails)
		show_progress(p);
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
	struct poll *p = arg;

	return careful_accuse(
	    p->careful, (uint32_t)(uintptr_t)key, attempts, err);
}

int
poll_stop(struct poll *p, struct err *err)
{
	p->stopped = true;
	return err_set(err, ERR_AGAIN, "told to stop");
}

struct store_message
poll_message(
    const struct poll *p, uint32_t uid, uint64_t size, const char *sha256)
{
	struct store_message m = {
		.mailbox_id = p->done.mailbox_id,
		.folder = p->mailbox->folder,
		.uidvalidity = p->folder.uidvalidity,
		.uid = uid,
		.fetched_ts = io_time(),
		.size = (int64_t)size,
		.sha256 = sha256,
		.attempts = p->attempts,
	};

	return m;
}

/*
 * The server keeps us waiting: go on parsing and storing, and let other
 * writers in when it takes longer.
 */
static int
on_idle(void *arg, bool long_wait, struct pollfd *other)
{
	struct poll *p = arg;
	int more;

	if (fetch_stop)
		return poll_stop(p, &p->idle_error);
	more = ingest_pump(p->ingest, other, &p->idle_error);
	if (more != -1 && long_wait &&
	    ingest_pause(p->ingest, &p->idle_error) == -1)
		return -1;
	return more;
}

/* A mail that is not worth asking for. */
static int
poll_too_large(struct poll *p, const struct imap_mail *mail, struct err *err)
{
	struct store_message m = poll_message(p, mail->uid, mail->size, "");
	char reason[128];
	int rc;

	if ((rc = poll_take_again(p, mail->uid, mail->size, "", err)) != 0)
		return rc == 1 ? 0 : -1;
	snprintf(reason, sizeof(reason),
	    "the mail has %" PRIu32 " bytes, more than the limit of %" PRIu64
	    "; limits.message in ruad.conf raises it",
	    mail->size, p->conf->limits.message);
	return ingest_add_failed(
	    p->ingest, (void *)(uintptr_t)mail->uid, &m, reason, err);
}

/*
 * Take in as many of these mails as make one batch: fetch, and parse and store
 * as far as there is time.  Returns how many, or -1.
 */
static ssize_t
poll_batch(
    struct poll *p, const struct imap_mail *mails, size_t n, struct err *err)
{
	uint64_t bytes = 0;
	uint32_t uids[BATCH_MAILS];
	size_t i, nuids = 0;
	int rc = 0;

	for (i = 0; i < n && nuids < BATCH_MAILS; i++) {
		if (mails[i].size > p->conf->limits.message) {
			if (poll_too_large(p, &mails[i], err) == -1)
				return -1;
			continue;
		}
		if (nuids > 0 && bytes + mails[i].size > BATCH_BYTES)
			break;
		bytes += mails[i].size;
		uids[nuids++] = mails[i].uid;
	}
	stage_enter(&p->stages, STAGE_FETCH);
	if (nuids > 0)
		rc = poll_take(p, uids, nuids, err);
	stage_enter(&p->stages, STAGE_OTHER);
	return rc == -1 ? -1 : (ssize_t)i;
}

/* Take in one mail, alone, or give it up. */
static int
poll_suspect(struct poll *p, const struct imap_mail *mail, struct err *err)
{
	struct store_message m;
	const char *reason;

	p->attempts = careful_attempts(
	    p->careful, CAREFUL_READ, mail->uid, &reason);
	if (reason != NULL) {
		m = poll_message(p, mail->uid, mail->size, "");
		if (ingest_add_failed(p->ingest, (void *)(uintptr_t)mail->uid,
		        &m, reason, err) == -1)
			return -1;
	} else if (careful_note(p->careful, CAREFUL_READ, mail->uid, err) ==
	        -1 ||
	    poll_batch(p, mail, 1, err) == -1)
		return -1;
	p->attempts = 0;
	if (ingest_flush(p->ingest, err) == -1)
		return -1;
	return careful_pass(p->careful, 1, err);
}

/* As poll_batch(), but one by one: an earlier fetcher died of one of these. */
static ssize_t
poll_suspects(
    struct poll *p, const struct imap_mail *mails, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n && i < CAREFUL_BATCH; i++) {
		if (!careful_is_on(p->careful, CAREFUL_READ))
			break;
		pulse_beat(p->pulse);
		if (fetch_stop)
			return poll_stop(p, err);
		if (poll_suspect(p, &mails[i], err) == -1)
			return -1;
	}
	return (ssize_t)i;
}

static int
poll_file(struct poll *p, struct err *err)
{
	int rc;

	if (lacking_write(&p->lacking, err) == -1)
		return -1;
	stage_enter(&p->stages, STAGE_FILE);
	rc = filing_run(&p->filing, err);
	stage_enter(&p->stages, STAGE_OTHER);
	return rc;
}

static int
poll_mails(
    struct poll *p, const struct imap_mail *mails, size_t n, struct err *err)
{
	size_t i;
	ssize_t k;

	for (i = 0; i < n; i += (size_t)k) {
		pulse_beat(p->pulse);
		if (fetch_stop)
			return poll_stop(p, err);
		if (careful_is_on(p->careful, CAREFUL_READ))
			k = poll_suspects(p, mails + i, n - i, err);
		else if ((k = careful_note(p->careful, CAREFUL_READ, 0, err)) ==
		    0)
			k = poll_batch(p, mails + i, n - i, err);
		if (k == -1 || poll_file(p, err) == -1)
			return -1;
	}
	return 0;
}

/* All new mails; the one over which the server ended a session comes last. */
static int
poll_new(
    struct poll *p, const struct imap_mail *mails, size_t n, struct err *err)
{
	uint32_t first = careful_begin_behind(p->careful);
	size_t k = 0;

	while (k < n && mails[k].uid <= first)
		k++;
	if (n > 0 && careful_is_on(p->careful, CAREFUL_READ))
		log_warning("the last poll was cut short; to find out if a "
		            "mail did it, mails are read one by one now");
	if (poll_mails(p, mails + k, n - k, err) == -1)
		return -1;
	if (k > 0)
		careful_return(p->careful);
	if (poll_mails(p, mails, k, err) == -1 ||
	    ingest_flush(p->ingest, err) == -1 ||
	    careful_pass(p->careful, CAREFUL_MAILS, err) == -1)
		return -1;
	return poll_file(p, err);
}

/*
 * The ledger has this UID as filed, and the server lists it: a mail that came
 * back, or another one.  Whether to look at it.
 */
static int
poll_look(
    struct poll *p, const struct imap_mail *mail, bool *look, struct err *err)
{
	struct poll_again again = { .uid = mail->uid };

	if (store_look(p->store, p->done.mailbox_id, p->mailbox->folder,
	        p->folder.uidvalidity, mail->uid, &again.known, look,
	        err) == -1)
		return -1;
	if (again.known.stays)
		*look = false;
	if (*look)
		*(struct poll_again *)array_add(
		    &p->again, sizeof(again)) = again;
	return 0;
}

/* What of the ledger is of use: UIDs that it has, those not filed. */
struct ledger {
	uint32_t *known, *open;
	size_t nknown, nopen, k, o;
};

/* Whether this mail, the next of the list, is to be asked for. */
static int
poll_is_new(struct poll *p, struct ledger *l, const struct imap_mail *mail,
    bool *is_new, struct err *err)
{
	uint32_t uid = mail->uid;

	while (l->k < l->nknown && l->known[l->k] < uid)
		l->k++;
	while (l->o < l->nopen && l->open[l->o] < uid)
		l->o++;
	*is_new = false;
	if (l->k == l->nknown || l->known[l->k] != uid) {
		*is_new = !lacking_waits(&p->lacking, uid);
		return 0;
	}
	lacking_came(&p->lacking, uid);
	if (l->o < l->nopen && l->open[l->o] == uid)
		return 0;
	return poll_look(p, mail, is_new, err);
}

static int
poll_load_ledger(struct poll *p, struct ledger *l, struct err *err)
{
	uint32_t first = p->list.n > 0 ? p->list.mails[0].uid : 0;

	if (p->store == NULL || p->list.n == 0)
		return 0;
	if (store_load_uids(p->store, p->done.mailbox_id, p->mailbox->folder,
	        p->folder.uidvalidity, first, &l->known, &l->nknown, err) == -1)
		return -1;
	return store_load_open_uids(p->store, p->done.mailbox_id,
	    p->mailbox->folder, p->folder.uidvalidity, first, &l->open,
	    &l->nopen, err);
}

/*
 * Where single mails cannot be expunged, those that were filed are listed for
 * ever, flagged as deleted: forget them.
 */
static int
poll_not_flagged(
    struct poll *p, struct imap_mail *mails, size_t *n, struct err *err)
{
	struct poll_again *again = p->again.at;
	size_t nagain = p->again.n, i, a = 0, kept = 0;
	uint32_t *uids;
	bool *flagged;
	int rc;

	if (nagain == 0 || imap_can_expunge(p->imap))
		return 0;
	uids = xcalloc(nagain, sizeof(*uids));
	flagged = xcalloc(nagain, sizeof(*flagged));
	for (i = 0; i < nagain; i++)
		uids[i] = again[i].uid;
	rc = imap_find_deleted(p->imap, uids, nagain, flagged, err);
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

/* Those of the list that are to be asked for; free() them. */
static int
poll_only_new(struct poll *p, struct ledger *l, struct imap_mail **out,
    size_t *n, struct err *err)
{
	struct imap_mail *mails = xcalloc(p->list.n, sizeof(*mails));
	bool is_new;
	size_t i;
	int rc = 0;

	*n = 0;
	for (i = 0; rc == 0 && i < p->list.n; i++) {
		rc = poll_is_new(p, l, &p->list.mails[i], &is_new, err);
		if (rc == 0 && is_new)
			mails[(*n)++] = p->list.mails[i];
	}
	if (rc == 0)
		rc = poll_not_flagged(p, mails, n, err);
	if (rc == -1)
		free(mails);
	else
		*out = mails;
	return rc;
}

/*
 * What is in the folder.  If that is less than the server said when it was
 * opened, somebody may have removed some: open it anew before it is blamed.
 */
static int
poll_list(struct poll *p, struct imap_mail **mails, struct err *err)
{
	struct imap_folder again;

	if (imap_list(p->imap, 1, mails, &p->list.n, err) == -1)
		return -1;
	if (imap_unlisted(p->imap) > 0) {
		free(*mails);
		*mails = NULL;
		if (imap_select(p->imap, p->mailbox->folder, &again, err) ==
		        -1 ||
		    imap_list(p->imap, 1, mails, &p->list.n, err) == -1)
			return -1;
	}
	p->list.mails = *mails;
	p->list.whole = imap_unlisted(p->imap) == 0;
	if (p->list.n > 0)
		p->done.last_uid = p->list.mails[p->list.n - 1].uid;
	return 0;
}

static int
poll_open_folder(struct poll *p, struct imap_mail **new_mails, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;
	struct ledger l = { 0 };
	size_t n = 0;
	int rc = -1;

	p->filing.careful = p->careful;
	/* Before filing: what that moves is in the list, but not come again. */
	if (poll_load_ledger(p, &l, err) == 0 &&
	    lacking_start(&p->lacking, p->store, p->ingest, p->done.mailbox_id,
	        mb->folder, p->folder.uidvalidity, &p->list,
	        imap_unlisted(p->imap), err) == 0 &&
	    filing_start(&p->filing, p->imap, p->store, p->ingest, mb,
	        p->done.mailbox_id, &p->folder, &p->list, err) == 0)
		rc = poll_only_new(p, &l, new_mails, &n, err);
	free(l.known);
	free(l.open);
	if (rc == -1)
		return -1;
	p->new_mails = n;
	p->progress = n >= PROGRESS_MAILS && isatty(STDERR_FILENO);
	if (n > 0)
		log_debug("%zu new mail%s", n, n == 1 ? "" : "s");
	if (poll_new(p, *new_mails, n, err) == -1)
		return -1;
	p->done.filed = p->store != NULL;
	/* What could not be filed was said when it happened. */
	if (filing_finish(&p->filing, err) == -1)
		return -1;
	return lacking_finish(&p->lacking, err);
}

int
poll_folder(struct poll *p, struct err *err)
{
	struct imap_mail *mails = NULL, *new_mails = NULL;
	struct err ignored = ERR_INIT;
	int rc;

	imap_set_idle(p->imap, on_idle, p);
	if ((rc = poll_list(p, &mails, err)) == 0)
		rc = poll_open_folder(p, &new_mails, err);
	/* What is known of mails that were refused is not lost with them. */
	if (rc == -1 && p->refused)
		(void)lacking_write(&p->lacking, &ignored);
	imap_set_idle(p->imap, NULL, NULL);
	free(new_mails);
	free(mails);
	p->list = (struct filing_list) { NULL, 0, false };
	return rc;
}

void
poll_done(struct poll *p)
{
	lacking_done(&p->lacking);
	filing_done(&p->filing);
	array_done(&p->again);
	free(p->alert);
	free(p->unfiled_key);
}

struct ingest_options
poll_ingest_options(struct poll *p)
{
	return (struct ingest_options) {
		.program = p->options->parser_program,
		.settings = conf_parser(p->conf, p->mailbox),
		.require_verified = p->mailbox->require_verified,
		.dry_run = p->options->dry_run,
		.result = on_result,
		.suspect = on_suspect,
		.release = on_release,
		.arg = p,
		.stages = &p->stages,
	};
}
