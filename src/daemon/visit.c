/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/login.h"

/* Log in unless that is done, and open the folder (anew). */
static int
visit_open(struct visit *v, struct err *err)
{
	const struct conf_mailbox *mb = v->mailbox;

	if (v->imap == NULL &&
	    login_open(mb, &v->credential, v->progress, &v->imap, err) == -1)
		return -1;
	if (imap_select(v->imap, mb->folder, &v->folder, err) == -1)
		return -1;
	channel_send(v->progress->channel, CHANNEL_OPEN);
	v->done.uidvalidity = v->folder.uidvalidity;
	careful_set_folder(v->careful, mb, v->folder.uidvalidity);
	return 0;
}

static bool
on_update(void *arg)
{
	struct visit *v = arg;

	progress_tell(v->progress);
	return !visit_stop;
}

/* Open the database, enter the mailbox, and lock it. */
static int
visit_register(struct visit *v, struct err *err)
{
	const struct conf_mailbox *mb = v->mailbox;

	const struct store_watch watch = { journal_update, on_update, v };

	if (store_open_watched(&v->store, v->conf->database, &watch, err) == -1)
		return -1;
	journal_updated(v->store, v->conf->database);
	journal_database(v->store, v->conf->database);
	if (store_begin(v->store, err) == -1)
		return -1;
	if (store_set_mailbox(v->store, mb->name, mb->host, mb->user,
	        mb->folder, &v->done.mailbox_id, err) == -1) {
		store_rollback(v->store);
		return -1;
	}
	if (store_commit(v->store, err) == -1)
		return -1;
	if (careful_open(&v->careful, v->conf->database, v->done.mailbox_id,
	        err) == -1) {
		v->done.mailbox_id = 0; /* this was not a poll */
		return -1;
	}
	return 0;
}

/* Return what may have been the cause, for the next poll. */
static enum careful_how
visit_judge(const struct visit *v, int rc)
{
	if (rc == 0)
		return CAREFUL_WELL;
	/* The network breaks now and then: while messages come in, ignore that.
	 */
	if (!v->take.broken || v->idle_error.class != ERR_NONE || visit_stop ||
	    (v->done.messages > 0 && !careful_is_on(v->careful, CAREFUL_READ)))
		return CAREFUL_STOPPED;
	return CAREFUL_BROKEN;
}

/* Being told to stop is not a failure. */
static void
visit_log_end(const struct visit *v, int rc, const struct err *err)
{
	bool failed = rc == -1 && !visit_stop;
	char key[ERR_KEY];

	if (v->counting && (size_t)v->done.messages < v->new_mails)
		fputc('\n', stderr);
	journal_poll(&v->done, &v->counts, io_clock_ms() - v->start_ms,
	    v->dry_run, failed ? err : NULL,
	    strcmp(err_key(err, key), v->known_error) == 0);
	if (v->done.messages > 0)
		journal_stages(
		    &v->stopwatch, stopwatch_children_ms() - v->parse_ms);
	if (failed)
		channel_send_more(v->progress->channel, CHANNEL_FAILED,
		    imap_wait_asked(err->text), key);
}

static void
visit_done(struct visit *v)
{
	undelivered_done(&v->undelivered);
	filing_done(&v->filing);
	array_done(&v->again);
	free(v->alert);
	free(v->unfiled_key);
}

/* End what ends with a poll, not with the session. */
static void
visit_record(struct visit *v, int rc, const struct err *err)
{
	struct err ignored = ERR_INIT;

	if (v->store != NULL && v->done.mailbox_id != 0) {
		v->done.error = rc == -1 && !visit_stop ? err->text : NULL;
		v->done.error_class = err_class_word(err->class);
		if (store_add_poll(v->store, &v->done, &ignored) == -1)
			log_warning("this poll could not be recorded: %s",
			    ignored.text);
	}
	if (v->done.messages > 0)
		journal_wal(v->store, v->conf->database);
	store_close(v->store);
	visit_done(v);
	careful_close(v->careful);
}

/* Log what the server wants people to know and what stays unfiled: once. */
static void
visit_log_server(struct visit *v)
{
	char *unfiled = NULL, *alert = NULL;
	struct err ignored = ERR_INIT;
	char key[ERR_KEY];

	if (v->imap == NULL)
		return;
	v->done.unfiled_error = filing_error(&v->filing);
	if (v->done.unfiled_error != NULL)
		v->done.unfiled_key = v->unfiled_key = xstrdup(
		    err_key(&v->filing.error, key));
	if (imap_alert(v->imap)[0] != '\0')
		v->done.alert = v->alert = xstrdup(imap_alert(v->imap));
	if (v->store != NULL)
		(void)store_load_said(
		    v->store, v->done.mailbox_id, &unfiled, &alert, &ignored);
	if (v->done.alert != NULL &&
	    (alert == NULL || strcmp(alert, v->done.alert) != 0))
		log_warning("%s has a message for you: %s", v->mailbox->host,
		    v->done.alert);
	if (v->filing.for_good)
		log_event(
		    unfiled == NULL || strcmp(unfiled, v->done.unfiled_key) != 0
		        ? LOG_LEVEL_WARNING
		        : LOG_LEVEL_DEBUG,
		    NULL, NULL, "%s", v->done.unfiled_error);
	free(unfiled);
	free(alert);
}

int
visit_run(struct visit *v)
{
	const struct ingest_options options = visit_ingest_options(v);
	struct err err = ERR_INIT, ignored = ERR_INIT;
	int rc = 0;

	progress_tell(v->progress);
	v->done.start_ts = io_time();
	v->start_ms = io_clock_ms();
	v->parse_ms = stopwatch_children_ms();
	stopwatch_switch(&v->stopwatch, STOPWATCH_OTHER);
	if (!v->dry_run)
		rc = visit_register(v, &err);
	if (rc == 0) {
		v->ingest = ingest_new(v->store, &options);
		if ((rc = visit_open(v, &err)) == 0)
			rc = visit_folder(v, &err);
		visit_log_server(v);
		if (v->idle_error.class != ERR_NONE)
			err = v->idle_error;
		/* A lost session may leave answers that can still be kept. */
		if (rc == -1 && (err.class == ERR_NET || v->take.refused))
			(void)ingest_finish(v->ingest, &ignored);
		else if (v->stopped)
			(void)ingest_commit(v->ingest, &ignored);
		ingest_free(v->ingest);
	}
	careful_end(v->careful, visit_judge(v, rc));
	stopwatch_switch(&v->stopwatch, STOPWATCH_OTHER);
	visit_log_end(v, rc, &err);
	if (rc == -1) {
		imap_close(v->imap);
		v->imap = NULL;
	}
	visit_record(v, rc, &err);
	if (rc == -1 && visit_stop)
		return 0;
	return rc == -1 ? err_exit_status(err.class) : 0;
}
