/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/filing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define MOVE_MAILS 2000 /* of one MOVE command */
#define HOLLOW_MAX 2    /* MOVEs that move nothing before we copy */
#define LOOKS_MAX 4     /* in one go */

static const char all_statuses[] = "sdof";

const char *
filing_target(const struct conf_mailbox *mb, char status)
{
	if (status == 'f')
		return mb->failed;
	return status == 'o' ? mb->other : mb->archive;
}

static int
filing_ensure(struct filing *f, const char *folder, struct err *err)
{
	const char **known = f->ensured.at;
	size_t i;

	for (i = 0; i < f->ensured.n; i++)
		if (strcmp(known[i], folder) == 0)
			return 0;
	/* It may be there all the same: the answer to MOVE counts. */
	if (imap_ensure_folder(f->imap, folder, err) == -1 &&
	    imap_refusal(f->imap) == IMAP_NOT_REFUSED)
		return -1;
	*(const char **)array_add(&f->ensured, sizeof(folder)) = folder;
	return 0;
}

/* Into the ledger, by one of the store_set_*(). */
static int
filing_write(struct filing *f,
    int (*set)(
        struct store *, const int64_t *, size_t, const char *, struct err *),
    const int64_t *ids, size_t n, const char *folder, bool durable,
    struct err *err)
{
	if (n == 0)
		return 0;
	f->broken = true;
	if (ingest_join(f->ingest, err) == -1 ||
	    set(f->store, ids, n, folder, err) == -1 ||
	    (durable && ingest_pause(f->ingest, err) == -1))
		return -1;
	f->broken = false;
	return 0;
}

/* What is tried next, on disk first. */
static int
filing_begin(struct filing *f, uint32_t uid, struct err *err)
{
	f->broken = careful_note(f->careful, CAREFUL_FILE, uid, err) == -1;
	return f->broken ? -1 : 0;
}

/*
 * That they have been moved becomes durable with what is stored next: if it is
 * lost, the next poll finds them gone.
 */
static int
filing_note(struct filing *f, const int64_t *ids, size_t n, const char *folder,
    struct err *err)
{
	return filing_write(f, store_set_filed, ids, n, folder,
	    careful_is_on(f->careful, CAREFUL_FILE), err);
}

/*
 * Without MOVE: a copy, which is on disk before the mail goes.  A server that
 * has not moved what it said must prove that it has copied: 1, look for that.
 */
static int
filing_copy(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	if (imap_copy(f->imap, uids, n, folder, err) == -1)
		return -1;
	if (f->hollow > 0 && !imap_has_copied(f->imap) &&
	    !careful_is_on(f->careful, CAREFUL_FILE)) {
		f->look = true;
		return 1;
	}
	if (filing_write(f, store_set_copied, ids, n, folder, true, err) == -1)
		return -1;
	return imap_remove(f->imap, uids, n, err);
}

/* After a MOVE that did nothing or was refused: 1, look and go on otherwise. */
static int
filing_not_moved(struct filing *f, bool refused, struct err *err)
{
	f->look = true;
	if (!refused && ++f->hollow < HOLLOW_MAX)
		return 1;
	if (imap_forget_move(f->imap)) {
		log_warning("%s; messages are copied and expunged instead",
		    refused ? err->text
		            : "the server says that it has moved messages, and "
		              "has not");
		return 1;
	}
	if (refused) {
		err->class = ERR_AGAIN;
		return -1;
	}
	f->stuck = true;
	return 1;
}

/* By MOVE; only what has left the folder is filed. */
static int
filing_by_move(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	bool *left, refused;
	int64_t *gone;
	size_t i, k = 0;
	int rc;

	if (f->stuck) {
		f->for_good = true;
		return err_set(err, ERR_CONF,
		    "the server says that it has moved messages to %s, has "
		    "not, and offers no other way (UIDPLUS)",
		    folder);
	}
	left = xcalloc(n, sizeof(*left));
	gone = xcalloc(n, sizeof(*gone));
	rc = imap_move(f->imap, uids, n, folder, left, err);
	refused = rc == -1 && err->class == ERR_DATA;
	if (rc == 0) {
		for (i = 0; i < n; i++)
			if (!left[i])
				gone[k++] = ids[i];
		rc = filing_note(f, gone, k, folder, err);
	}
	free(left);
	free(gone);
	if (refused || (rc == 0 && k < n))
		return filing_not_moved(f, refused, err);
	return rc;
}

/* Move these; or this one, unless it has crashed us before.  1: look again. */
static int
filing_move_some(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, bool alone, const char *folder, struct err *err)
{
	const char *reason;
	int rc;

	(void)careful_attempts(f->careful, CAREFUL_FILE, uids[0], &reason);
	if (alone && reason != NULL) {
		log_error("uid %" PRIu32 ": ruad has crashed whenever it moved "
		          "this mail; it stays in %s",
		    uids[0], f->mailbox->folder);
		return filing_write(
		    f, store_set_stays, ids, n, f->mailbox->folder, true, err);
	}
	if (filing_begin(f, alone ? uids[0] : 0, err) == -1)
		return -1;
	if (folder != NULL && imap_move_how(f->imap) == IMAP_MOVE)
		return filing_by_move(f, uids, ids, n, folder, err);
	if (folder == NULL)
		rc = imap_remove(f->imap, uids, n, err);
	else
		rc = filing_copy(f, uids, ids, n, folder, err);
	return rc != 0 ? rc : filing_note(f, ids, n, folder, err);
}

static void
filing_warn_flags(struct filing *f, const char *folder)
{
	if (folder == NULL || f->warned ||
	    imap_move_how(f->imap) != IMAP_COPY_FLAG)
		return;
	f->warned = true;
	log_warning(
	    "the server can neither MOVE nor expunge single mails: they "
	    "are copied to %s, flagged as deleted, and stay visible "
	    "until you expunge",
	    folder);
}

/*
 * Move mails that all go to one folder: a command for each thousand.  NULL:
 * they have been copied, only the other half is left.
 */
static int
filing_move(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	bool alone = careful_is_on(f->careful, CAREFUL_FILE);
	size_t i, k;
	int rc;

	if (f->read_only) {
		f->for_good = true;
		return err_set(err, ERR_AUTH,
		    "the server lets %s only read the folder %s",
		    f->mailbox->user, f->mailbox->folder);
	}
	if (folder != NULL && filing_ensure(f, folder, err) == -1)
		return -1;
	filing_warn_flags(f, folder);
	for (i = 0; i < n; i += k) {
		k = alone ? 1 : n - i < MOVE_MAILS ? n - i : MOVE_MAILS;
		rc = filing_move_some(
		    f, uids + i, ids + i, k, alone, folder, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/*
 * All unfiled mails that go to this folder, whatever their status; NULL: that
 * have been copied, wherever.
 */
static int
filing_folder(struct filing *f, const struct store_unfiled *u, size_t n,
    const char *folder, struct err *err)
{
	uint32_t *uids = xcalloc(n, sizeof(*uids));
	int64_t *ids = xcalloc(n, sizeof(*ids));
	size_t i, k = 0;
	int rc = 0;

	for (i = 0; i < n; i++) {
		if (u[i].copied != (folder == NULL) ||
		    (folder != NULL &&
		        strcmp(filing_target(f->mailbox, u[i].status),
		            folder) != 0))
			continue;
		uids[k] = u[i].uid;
		ids[k++] = u[i].id;
	}
	if (k > 0)
		rc = filing_move(f, uids, ids, k, folder, err);
	free(uids);
	free(ids);
	return rc;
}

/* What a person can do about a refusal that does not pass. */
static void
filing_advise(const struct filing *f, struct err *refusal)
{
	const struct conf_mailbox *mb = f->mailbox;
	char what[256];
	char *why = xstrdup(refusal->text);

	if (imap_refusal(f->imap) == IMAP_OVER_QUOTA)
		snprintf(what, sizeof(what),
		    "make room in the mailbox or raise its quota");
	else if (f->repeated && !f->read_only && !f->stuck &&
	    imap_refusal(f->imap) != IMAP_REFUSED_FOR_GOOD)
		snprintf(what, sizeof(what), "ask whoever runs the server");
	else
		snprintf(what, sizeof(what),
		    "give %.60s the right to remove messages from %.60s and to "
		    "put them there",
		    mb->user, mb->folder);
	err_set(refusal, refusal->class,
	    "%.240s; messages are collected as ever and stay in %.60s: %s, or "
	    "let "
	    "them stay with archive = \"\"; failed = \"\";",
	    why, mb->folder, what);
	free(why);
}

/* Returns 0 after a refusal, too, but then no more is filed. */
static int
filing_refused(struct filing *f, const struct err *refusal, struct err *err)
{
	if (refusal->class == ERR_NET || f->broken) {
		*err = *refusal;
		return -1;
	}
	f->error = *refusal;
	f->for_good |= f->repeated ||
	    imap_refusal(f->imap) == IMAP_REFUSED_FOR_GOOD ||
	    imap_refusal(f->imap) == IMAP_OVER_QUOTA;
	if (f->for_good)
		filing_advise(f, &f->error);
	else
		log_warning("%s; they are stored and stay in %s for now",
		    refusal->text, f->mailbox->folder);
	return careful_filed(f->careful, err);
}

/* One go over all targets.  1: look again; -1: refused. */
static int
filing_pass(struct filing *f, const struct store_unfiled *u, size_t n,
    struct err *refusal)
{
	const char *folders[3] = { f->mailbox->archive, f->mailbox->failed,
		f->mailbox->other };
	size_t i, j;
	int rc;

	if (filing_folder(f, u, n, NULL, refusal) == -1)
		return -1;
	for (i = 0; i < 3; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(folders[i], folders[j]) == 0)
				break;
		if (folders[i][0] == '\0' || j < i)
			continue;
		rc = filing_folder(f, u, n, folders[i], refusal);
		if (rc == -1 && strncmp(refusal->text, "cannot move", 11) != 0)
			err_prepend(
			    refusal, "cannot move messages to %s", folders[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/*
 * Split off what the server does not list any more, and note it as gone if it
 * has listed all; u keeps the rest.
 */
static int
filing_forget_gone(struct filing *f, struct store_unfiled *u, size_t *n,
    const struct filing_list *list, struct err *err)
{
	int64_t *gone = xcalloc(*n, sizeof(*gone));
	size_t i, k = 0, kept = 0, ngone = 0;
	int rc = 0;

	for (i = 0; i < *n; i++) {
		while (k < list->n && list->mails[k].uid < u[i].uid)
			k++;
		if (k < list->n && list->mails[k].uid == u[i].uid)
			u[kept++] = u[i];
		else
			gone[ngone++] = u[i].id;
	}
	*n = kept;
	if (list->whole)
		rc = filing_note(f, gone, ngone, NULL, err);
	free(gone);
	return rc;
}

/*
 * What is to be filed of what the server lists, and of that, which is in its
 * target already.
 */
static int
filing_survey(struct filing *f, const struct filing_list *list,
    struct store_unfiled **u, size_t *n, struct err *err)
{
	if (store_load_unfiled(f->store, f->mailbox_id, f->mailbox->folder,
	        f->uidvalidity, all_statuses, u, n, err) == -1)
		return -1;
	if (filing_forget_gone(f, *u, n, list, err) == -1)
		return -1;
	/* Rather two copies than to crash here for ever. */
	if (*n == 0 || f->read_only ||
	    (imap_move_how(f->imap) == IMAP_MOVE && !f->look) ||
	    careful_is_on(f->careful, CAREFUL_FILE))
		return 0;
	if (filing_begin(f, 0, err) == -1 ||
	    filing_find_copies(f, *u, *n, list->mails, list->n, err) == -1)
		return -1;
	free(*u);
	*u = NULL;
	if (store_load_unfiled(f->store, f->mailbox_id, f->mailbox->folder,
	        f->uidvalidity, all_statuses, u, n, err) == -1)
		return -1;
	return filing_forget_gone(f, *u, n, list, err);
}

/* The same with the folder opened and listed anew. */
static int
filing_look(
    struct filing *f, struct store_unfiled **u, size_t *n, struct err *err)
{
	struct filing_list list = { NULL, 0, false };
	struct imap_mail *mails = NULL;
	struct imap_folder folder;
	int rc = -1;

	free(*u);
	*u = NULL;
	*n = 0;
	if (ingest_pause(f->ingest, err) == -1 ||
	    store_check_place(f->store, err) == -1 ||
	    imap_select(f->imap, f->mailbox->folder, &folder, err) == -1)
		return -1;
	if (folder.uidvalidity != f->uidvalidity)
		return err_set(err, ERR_AGAIN,
		    "the folder %s was given a new UIDVALIDITY just now",
		    f->mailbox->folder);
	if (imap_list(f->imap, 1, &mails, &list.n, err) == 0) {
		list.mails = mails;
		list.whole = imap_unlisted(f->imap) == 0;
		rc = filing_survey(f, &list, u, n, err);
	}
	free(mails);
	f->look = false;
	return rc;
}

/* Whether the poll before could not file either. */
static int
filing_remember(struct filing *f, struct err *err)
{
	char *unfiled, *alert;

	if (store_load_said(f->store, f->mailbox_id, &unfiled, &alert, err) ==
	    -1)
		return -1;
	f->repeated = unfiled != NULL;
	free(unfiled);
	free(alert);
	return 0;
}

/* Takes u. */
static int
filing_move_all(
    struct filing *f, struct store_unfiled *u, size_t n, struct err *err)
{
	struct err refusal = ERR_INIT;
	int rc, looks = 0;

	while ((rc = filing_pass(f, u, n, &refusal)) == 1) {
		if (looks++ == LOOKS_MAX) {
			rc = err_set(&refusal, ERR_AGAIN,
			    "the server does not move messages out of %s",
			    f->mailbox->folder);
			break;
		}
		if (filing_look(f, &u, &n, err) == -1) {
			free(u);
			return -1;
		}
	}
	free(u);
	if (rc == -1)
		return filing_refused(f, &refusal, err);
	return careful_filed(f->careful, err);
}

int
filing_start(struct filing *f, struct imap *imap, struct store *store,
    struct ingest *ingest, const struct conf_mailbox *mailbox,
    int64_t mailbox_id, const struct imap_folder *folder,
    const struct filing_list *list, struct err *err)
{
	struct store_unfiled *u = NULL;
	size_t n;

	f->imap = imap;
	f->store = store;
	f->ingest = ingest;
	f->mailbox = mailbox;
	f->mailbox_id = mailbox_id;
	f->uidvalidity = folder->uidvalidity;
	f->read_only = folder->read_only;
	if (store == NULL)
		return 0;
	if (store_check_place(store, err) == -1 ||
	    filing_remember(f, err) == -1)
		return -1;
	if (filing_survey(f, list, &u, &n, err) == -1) {
		free(u);
		return -1;
	}
	return filing_move_all(f, u, n, err);
}

int
filing_run(struct filing *f, struct err *err)
{
	char statuses[sizeof(all_statuses)];
	struct store_unfiled *u = NULL;
	size_t n, i, k = 0;

	if (f->store == NULL || f->error.class != ERR_NONE)
		return 0;
	if (f->look) {
		if (filing_look(f, &u, &n, err) == -1) {
			free(u);
			return -1;
		}
		return filing_move_all(f, u, n, err);
	}
	for (i = 0; all_statuses[i] != '\0'; i++)
		if (*filing_target(f->mailbox, all_statuses[i]) != '\0')
			statuses[k++] = all_statuses[i];
	statuses[k] = '\0';
	/* Rows that are not committed must not be seen here. */
	if (ingest_pause(f->ingest, err) == -1 ||
	    store_check_place(f->store, err) == -1 ||
	    store_load_unfiled(f->store, f->mailbox_id, f->mailbox->folder,
	        f->uidvalidity, statuses, &u, &n, err) == -1)
		return -1;
	return filing_move_all(f, u, n, err);
}

void
filing_look_first(struct filing *f)
{
	f->look = true;
}

int
filing_finish(struct filing *f, struct err *err)
{
	if (f->store != NULL && ingest_pause(f->ingest, err) == -1)
		return -1;
	if (f->error.class == ERR_NONE || f->for_good)
		return 0;
	*err = f->error;
	return -1;
}

const char *
filing_error(const struct filing *f)
{
	return f->error.class != ERR_NONE ? f->error.text : NULL;
}

void
filing_done(struct filing *f)
{
	array_done(&f->ensured);
}
