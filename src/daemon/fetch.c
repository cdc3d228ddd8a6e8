/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/line.h"
#include "daemon/linger.h"
#include "daemon/poll.h"

volatile sig_atomic_t fetch_stop;

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
	line_say(p->options->line, LINE_OPEN);
	p->done.uidvalidity = p->folder.uidvalidity;
	careful_start(p->careful, mb, p->folder.uidvalidity);
	return 0;
}

/* Our row in the database. */
static int
poll_register(struct poll *p, struct err *err)
{
	const struct conf_mailbox *mb = p->mailbox;

	if (store_open(&p->store, p->conf->database, err) == -1)
		return -1;
	say_database(p->store, p->conf->database);
	if (store_begin(p->store, err) == -1)
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
	char key[ERR_KEY];

	if (p->progress && (size_t)p->done.messages < p->new_mails)
		fputc('\n', stderr);
	say_poll(&p->done, &p->counts, io_clock_ms() - p->start_ms,
	    p->options->dry_run, failed ? err : NULL,
	    strcmp(err_key(err, key), p->options->known_error) == 0);
	if (p->done.messages > 0)
		say_stages(&p->stages, stage_children_ms() - p->parse_ms);
	if (failed)
		line_say_more(p->options->line, LINE_FAILED,
		    imap_wait_asked(err->text), key);
}

/* What ends with a poll, not with the session. */
static void
poll_record(struct poll *p, int rc, const struct err *err)
{
	struct err ignored = ERR_INIT;

	if (p->store != NULL && p->done.mailbox_id != 0) {
		p->done.error = rc == -1 && !fetch_stop ? err->text : NULL;
		p->done.error_class = err_class_word(err->class);
		if (store_add_poll(p->store, &p->done, &ignored) == -1)
			log_warning("this poll could not be recorded: %s",
			    ignored.text);
	}
	if (p->done.messages > 0)
		say_wal(p->store, p->conf->database);
	store_close(p->store);
	poll_done(p);
	careful_close(p->careful);
}

/* What the server wants to be told, and what stays unfiled: once. */
static void
poll_say_server(struct poll *p)
{
	char *unfiled = NULL, *alert = NULL;
	struct err ignored = ERR_INIT;
	char key[ERR_KEY];

	if (p->imap == NULL)
		return;
	p->done.unfiled_error = filing_error(&p->filing);
	if (p->done.unfiled_error != NULL)
		p->done.unfiled_key = p->unfiled_key = xstrdup(
		    err_key(&p->filing.error, key));
	if (imap_alert(p->imap)[0] != '\0')
		p->done.alert = p->alert = xstrdup(imap_alert(p->imap));
	if (p->store != NULL)
		(void)store_load_said(
		    p->store, p->done.mailbox_id, &unfiled, &alert, &ignored);
	if (p->done.alert != NULL &&
	    (alert == NULL || strcmp(alert, p->done.alert) != 0))
		log_warning("%s has a message for you: %s", p->mailbox->host,
		    p->done.alert);
	if (p->filing.for_good)
		log_event(
		    unfiled == NULL || strcmp(unfiled, p->done.unfiled_key) != 0
		        ? LOG_LEVEL_WARNING
		        : LOG_LEVEL_DEBUG,
		    NULL, NULL, "%s", p->done.unfiled_error);
	free(unfiled);
	free(alert);
}

/* One poll.  Returns an exit status. */
static int
poll_run(struct poll *p)
{
	const struct ingest_options options = poll_ingest_options(p);
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
		if ((rc = poll_open(p, &err)) == 0)
			rc = poll_folder(p, &err);
		poll_say_server(p);
		if (p->idle_error.class != ERR_NONE)
			err = p->idle_error;
		/* A lost session may leave answers that can still be kept. */
		if (rc == -1 && (err.class == ERR_NET || p->refused))
			(void)ingest_flush(p->ingest, &ignored);
		else if (p->stopped)
			(void)ingest_pause(p->ingest, &ignored);
		ingest_free(p->ingest);
	}
	careful_finish(p->careful, poll_end(p, rc));
	stage_enter(&p->stages, STAGE_OTHER);
	poll_say_end(p, rc, &err);
	if (rc == -1) {
		imap_close(p->imap);
		p->imap = NULL;
	}
	poll_record(p, rc, &err);
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
	struct fetch_options ours = *options;
	struct credential *credential = NULL;
	struct imap *imap = NULL;
	struct poll p;
	int status;

	do {
		p = (struct poll) {
			.conf = conf,
			.mailbox = mailbox,
			.options = &ours,
			.pulse = &pulse,
			.credential = credential,
			.imap = imap,
		};
		status = poll_run(&p);
		credential = p.credential;
		imap = linger.imap = p.imap;
		if (imap == NULL || !options->linger || fetch_stop)
			break;
		ours.known_error = ""; /* it is over; say it if it comes back */
	} while (fetch_linger(&linger, p.new_mails > 0, &status));
	imap_close(imap);
	credential_free(credential);
	return status;
}
