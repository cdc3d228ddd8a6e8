/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
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

static int
poll_stop(struct poll *p, struct err *err)
{
	p->stopped = true;
	return err_set(err, ERR_AGAIN, "told to stop");
}

static struct store_message
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

static int
on_mail(uint32_t uid, char *data, size_t len, void *arg, struct err *err)
{
	struct poll *p = arg;
	struct store_message m;
	uint8_t digest[DIGEST_SIZE];
	char hex[DIGEST_HEX];

	pulse_beat(p->pulse);
	p->ours = true;
	if (fetch_stop) {
		imap_free_mail(data);
		return poll_stop(p, err);
	}
	digest_sha256(data, len, digest);
	m = poll_message(p, uid, len, digest_hex(digest, hex));
	if (ingest_add(p->ingest, (void *)(uintptr_t)uid, &m, NULL, data, len,
	        err) == -1)
		return -1;
	p->ours = false;
	return 0;
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

/*
 * Take in as many of these mails as make one batch: fetch, and parse and store
 * as far as there is time.  Returns how many, or -1.
 */
static ssize_t
poll_batch(
    struct poll *p, const struct imap_mail *mails, size_t n, struct err *err)
{
	uint64_t bytes = 0, max = p->conf->limits.message;
	struct store_message m;
	char reason[128];
	uint32_t uids[BATCH_MAILS];
	size_t i, nuids = 0;
	int rc = 0;

	for (i = 0; i < n && nuids < BATCH_MAILS; i++) {
		if (mails[i].size > max) {
			snprintf(reason, sizeof(reason),
			    "the mail has %" PRIu32 " bytes, more than the "
			    "limit of %" PRIu64
			    "; limits.message in ruad.conf raises it",
			    mails[i].size, max);
			m = poll_message(p, mails[i].uid, mails[i].size, "");
			if (ingest_add_failed(p->ingest,
			        (void *)(uintptr_t)mails[i].uid, &m, reason,
			        err) == -1)
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
		rc = imap_fetch(p->imap, uids, nuids, max, on_mail, p, err);
	stage_enter(&p->stages, STAGE_OTHER);
	if (rc == -1) {
		p->broken = !p->ours;
		return -1;
	}
	return (ssize_t)i;
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

/* Drop from the sorted list what is in the ledger. */
static int
poll_only_new(
    struct poll *p, struct imap_mail *mails, size_t *n, struct err *err)
{
	uint32_t *known = NULL;
	size_t nknown = 0, i, k = 0, kept = 0;

	if (p->store != NULL && *n > 0 &&
	    store_load_uids(p->store, p->done.mailbox_id, p->mailbox->folder,
	        p->folder.uidvalidity, mails[0].uid, &known, &nknown,
	        err) == -1)
		return -1;
	for (i = 0; i < *n; i++) {
		while (k < nknown && known[k] < mails[i].uid)
			k++;
		if (k == nknown || known[k] != mails[i].uid)
			mails[kept++] = mails[i];
	}
	free(known);
	*n = kept;
	return 0;
}

static int
poll_open_folder(struct poll *p, struct err *err)
{
	struct imap_mail *mails = NULL;
	size_t n;
	int rc = -1;

	if (imap_list(p->imap, 1, &mails, &n, err) == -1)
		return -1;
	if (n > 0)
		p->done.last_uid = mails[n - 1].uid;
	p->filing.careful = p->careful;
	if (filing_start(&p->filing, p->imap, p->store, p->ingest, p->mailbox,
	        p->done.mailbox_id, p->folder.uidvalidity, mails, n,
	        err) == -1 ||
	    poll_only_new(p, mails, &n, err) == -1)
		goto out;
	p->new_mails = n;
	p->progress = n >= PROGRESS_MAILS && isatty(STDERR_FILENO);
	if (n > 0)
		log_debug("%zu new mails", n);
	if (poll_new(p, mails, n, err) == -1)
		goto out;
	/* What could not be filed was said when it happened. */
	rc = filing_finish(&p->filing, err);
out:
	free(mails);
	return rc;
}

int
poll_folder(struct poll *p, struct err *err)
{
	int rc;

	imap_set_idle(p->imap, on_idle, p);
	rc = poll_open_folder(p, err);
	imap_set_idle(p->imap, NULL, NULL);
	return rc;
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
