/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/io.h"
#include "base/log.h"
#include "daemon/careful.h"
#include "daemon/filing.h"
#include "daemon/line.h"
#include "daemon/linger.h"
#include "daemon/pulse.h"
#include "daemon/say.h"
#include "ingest/ingest.h"

#define BATCH_MAILS 1000 /* of one FETCH command */
#define BATCH_BYTES ((uint64_t)8 << 20)
#define CAREFUL_BATCH 100  /* mails read one by one, then filed */
#define PROGRESS_MAILS 200 /* from here on, a progress line */

volatile sig_atomic_t fetch_stop;

/* One poll; what comes before store lives as long as the fetcher. */
struct poll {
	const struct conf *conf;
	const struct conf_mailbox *mailbox;
	struct credential *credential;
	const struct fetch_options *options;
	struct pulse *pulse;
	struct imap *imap;   /* NULL: no session yet */
	struct store *store; /* NULL in a dry run */
	struct ingest *ingest;
	struct careful *careful; /* NULL in a dry run */
	struct filing filing;
	struct imap_folder folder;
	struct store_poll done; /* counted as it goes */
	struct say_counts counts;
	struct stages stages;
	int64_t parse_ms; /* CPU time of children before this poll */
	int64_t start_ms;
	size_t new_mails;
	int attempts;          /* at the mail that is fetched alone */
	bool ours;             /* if a FETCH ends now, it was not the server */
	bool broken;           /* the server did end one */
	struct err idle_error; /* what went wrong while the server was slow */
	bool progress;         /* a progress line instead of report lines */
};

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
		return err_set(err, ERR_AGAIN, "told to stop");
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
on_idle(void *arg, bool long_wait)
{
	struct poll *p = arg;

	if (fetch_stop)
		return err_set(&p->idle_error, ERR_AGAIN, "told to stop");
	return long_wait ? ingest_pause(p->ingest, &p->idle_error)
	                 : ingest_pump(p->ingest, &p->idle_error);
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
			    "the mail has %" PRIu32 " bytes; limits.message "
			    "is %" PRIu64,
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
			return err_set(err, ERR_AGAIN, "told to stop");
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
			return err_set(err, ERR_AGAIN, "told to stop");
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

/* Everything that happens with the folder open. */
static int
poll_folder(struct poll *p, struct err *err)
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

static void
on_bytes(void *arg)
{
	pulse_beat(arg);
}

/* Connect and log in. */
static int
poll_login(struct poll *p, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;
	struct guard_peer peer = conf_peer(mb);
	char *secret;
	int rc;

	peer.progress = on_bytes;
	peer.progress_arg = p->pulse;
	if (credential_load(p->credential, &secret, err) == -1)
		return -1;
	rc = imap_open(&p->imap, &peer, mb->user, secret, mb->auth, err);
	secret_free(secret);
	return rc;
}

static int
poll_log_in(struct poll *p, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;
	const struct credential_source source = conf_credential(mb);
	int rc;

	if (p->credential == NULL)
		p->credential = credential_new(&source);
	if ((rc = poll_login(p, err)) == -1 && err->class == ERR_EXPIRED) {
		log_debug("%s; trying once more with a new token", err->text);
		credential_forget(p->credential);
		rc = poll_login(p, err);
	}
	if (rc == -1)
		return -1;
	log_debug("logged in to %s (%s)", mb->host, imap_describe(p->imap));
	return 0;
}

/* Log in unless we are, and open the folder (anew). */
static int
poll_open(struct poll *p, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;

	if (p->imap == NULL && poll_log_in(p, err) == -1)
		return -1;
	if (imap_select(p->imap, mb->folder, &p->folder, err) == -1)
		return -1;
	p->done.uidvalidity = p->folder.uidvalidity;
	careful_start(p->careful, mb, p->folder.uidvalidity);
	return 0;
}

/* Our row in the database. */
static int
poll_register(struct poll *p, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;

	if (store_open(&p->store, p->conf->database, err) == -1 ||
	    store_begin(p->store, err) == -1)
		return -1;
	if (store_set_mailbox(p->store, mb->name, mb->host, mb->user,
	        mb->folder, &p->done.mailbox_id, err) == -1) {
		store_rollback(p->store);
		return -1;
	}
	if (store_commit(p->store, err) == -1)
		return -1;
	if (careful_open(&p->careful, p->conf->database, p->done.mailbox_id,
	        err) == -1) {
		p->done.mailbox_id = 0; /* this was no poll */
		return -1;
	}
	return 0;
}

/* Who may have been the cause, for the next poll. */
static enum careful_end
poll_end(const struct poll *p, int rc)
{
	if (rc == 0)
		return CAREFUL_WELL;
	/* The network breaks now and then: while mails come in, never mind. */
	if (!p->broken || p->idle_error.class != ERR_NONE || fetch_stop ||
	    (p->done.messages > 0 && !careful_is_on(p->careful, CAREFUL_READ)))
		return CAREFUL_PASSING;
	return CAREFUL_BROKEN;
}

/* Being told to stop is no failure. */
static void
poll_say_end(const struct poll *p, int rc, const struct err *err)
{
	bool failed = rc == -1 && !fetch_stop;

	if (p->progress && (size_t)p->done.messages < p->new_mails)
		fputc('\n', stderr);
	say_poll(&p->done, &p->counts, io_clock_ms() - p->start_ms,
	    p->options->dry_run, failed ? err : NULL,
	    strcmp(err->text, p->options->known_error) == 0);
	if (p->done.messages > 0)
		say_stages(&p->stages, stage_children_ms() - p->parse_ms);
	if (failed)
		line_say_more(p->options->line, LINE_FAILED,
		    imap_wait_asked(err->text), err->text);
}

/* What ends with a poll, not with the session. */
static void
poll_done(struct poll *p, int rc, const struct err *err)
{
	struct err ignored = ERR_INIT;

	if (p->store != NULL && p->done.mailbox_id != 0) {
		p->done.error = rc == -1 && !fetch_stop ? err->text : NULL;
		if (store_add_poll(p->store, &p->done, &ignored) == -1)
			log_warning("this poll could not be recorded: %s",
			    ignored.text);
	}
	store_close(p->store);
	filing_done(&p->filing);
	careful_close(p->careful);
}

/* One poll.  Returns an exit status. */
static int
poll_run(struct poll *p)
{
	struct ingest_options options = { .program = p->options->parser_program,
		.settings = conf_parser(p->conf, p->mailbox),
		.require_verified = p->mailbox->require_verified,
		.dry_run = p->options->dry_run,
		.result = on_result,
		.suspect = on_suspect,
		.release = on_release,
		.arg = p,
		.stages = &p->stages };
	struct err err = ERR_INIT, ignored = ERR_INIT;
	int rc = 0;

	pulse_beat(p->pulse);
	p->done.start_ts = io_time();
	p->start_ms = io_clock_ms();
	p->parse_ms = stage_children_ms();
	stage_enter(&p->stages, STAGE_OTHER);
	if (!p->options->dry_run)
		rc = poll_register(p, &err);
	if (rc == 0) {
		p->ingest = ingest_new(p->store, &options);
		if ((rc = poll_open(p, &err)) == 0) {
			imap_set_idle(p->imap, on_idle, p);
			rc = poll_folder(p, &err);
			imap_set_idle(p->imap, NULL, NULL);
		}
		if (p->idle_error.class != ERR_NONE)
			err = p->idle_error;
		/* A lost session may leave answers that can still be kept. */
		if (rc == -1 && err.class == ERR_NET)
			(void)ingest_flush(p->ingest, &ignored);
		ingest_free(p->ingest);
	}
	careful_finish(p->careful, poll_end(p, rc));
	stage_enter(&p->stages, STAGE_OTHER);
	poll_say_end(p, rc, &err);
	if (rc == -1) {
		imap_close(p->imap);
		p->imap = NULL;
	}
	poll_done(p, rc, &err);
	if (rc == -1 && fetch_stop)
		return 0;
	return rc == -1 ? err_exit_status(err.class) : 0;
}

/* Whether to poll again on this session; if not, *status may change. */
static bool
fetch_linger(struct linger *l, bool brought, int *status)
{
	struct err err = ERR_INIT;

	if (!imap_can_idle(l->imap))
		return false;
	line_say(l->pulse->line, LINE_REST);
	switch (linger_run(l, brought, &err)) {
	case LINGER_POLL:
		return true;
	case LINGER_LOST:
		if (fetch_stop)
			break;
		/* Servers restart, routers forget: the next poll will tell. */
		log_debug("lost the session while waiting: %s", err.text);
		line_say_more(
		    l->pulse->line, LINE_LOST, imap_wait_asked(err.text), "");
		*status = EX_TEMPFAIL;
		break;
	case LINGER_LEAVE:
		break;
	}
	return false;
}

int
fetch_run(const struct conf *conf, const struct conf_mailbox *mailbox,
    const struct fetch_options *options)
{
	struct pulse pulse = { options->line, options->beat_ms, 0 };
	struct linger linger = { .pulse = &pulse, .stop = &fetch_stop };
	struct credential *credential = NULL;
	struct imap *imap = NULL;
	struct poll p;
	int status;

	do {
		p = (struct poll) {
			.conf = conf,
			.mailbox = mailbox,
			.options = options,
			.pulse = &pulse,
			.credential = credential,
			.imap = imap,
		};
		status = poll_run(&p);
		credential = p.credential;
		imap = linger.imap = p.imap;
		if (imap == NULL || !options->linger || fetch_stop)
			break;
	} while (fetch_linger(&linger, p.new_mails > 0, &status));
	imap_close(imap);
	credential_free(credential);
	return status;
}
