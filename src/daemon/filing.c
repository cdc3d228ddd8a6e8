/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/filing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define MOVE_MAILS 2000 /* of one MOVE command */

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
	if (imap_ensure_folder(f->imap, folder, err) == -1)
		return -1;
	*(const char **)array_add(&f->ensured, sizeof(folder)) = folder;
	return 0;
}

/* Into the ledger, by one of store_set_copied() and store_set_filed(). */
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

/* Without MOVE: a copy, which is on disk before the mail goes. */
static int
filing_copy(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	if (imap_copy(f->imap, uids, n, folder, err) == -1 ||
	    filing_write(f, store_set_copied, ids, n, folder, true, err) == -1)
		return -1;
	return imap_remove(f->imap, uids, n, err);
}

/* Move these; or this one, unless it has crashed us before. */
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
		return filing_note(f, ids, n, f->mailbox->folder, err);
	}
	if (filing_begin(f, alone ? uids[0] : 0, err) == -1)
		return -1;
	if (folder == NULL)
		rc = imap_remove(f->imap, uids, n, err);
	else if (imap_move_how(f->imap) == IMAP_MOVE)
		rc = imap_move(f->imap, uids, n, folder, err);
	else
		rc = filing_copy(f, uids, ids, n, folder, err);
	return rc == -1 ? -1 : filing_note(f, ids, n, folder, err);
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

	if (folder != NULL && filing_ensure(f, folder, err) == -1)
		return -1;
	if (folder != NULL && !f->warned &&
	    imap_move_how(f->imap) == IMAP_COPY_FLAG) {
		f->warned = true;
		log_warning("the server can neither MOVE nor expunge single "
		            "mails: they are copied to %s, flagged as "
		            "deleted, and stay visible until you expunge",
		    folder);
	}
	for (i = 0; i < n; i += k) {
		k = alone ? 1 : n - i < MOVE_MAILS ? n - i : MOVE_MAILS;
		if (filing_move_some(
		        f, uids + i, ids + i, k, alone, folder, err) == -1)
			return -1;
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

/* Returns 0 after a refusal, too, but then no more is filed. */
static int
filing_refused(struct filing *f, const struct err *refusal, struct err *err)
{
	if (refusal->class == ERR_NET || f->broken) {
		*err = *refusal;
		return -1;
	}
	f->error = *refusal;
	log_warning("%s; they are stored and stay in %s for now", refusal->text,
	    f->mailbox->folder);
	return careful_filed(f->careful, err);
}

static int
filing_move_all(
    struct filing *f, const struct store_unfiled *u, size_t n, struct err *err)
{
	const char *folders[3] = { f->mailbox->archive, f->mailbox->failed,
		f->mailbox->other };
	struct err refusal = ERR_INIT;
	size_t i, j;

	if (filing_folder(f, u, n, NULL, &refusal) == -1)
		return filing_refused(f, &refusal, err);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(folders[i], folders[j]) == 0)
				break;
		if (folders[i][0] == '\0' || j < i)
			continue;
		if (filing_folder(f, u, n, folders[i], &refusal) == 0)
			continue;
		err_prepend(&refusal, "cannot move mails to %s", folders[i]);
		return filing_refused(f, &refusal, err);
	}
	return careful_filed(f->careful, err);
}

/* Split off and note what is no longer in the folder; u keeps the rest. */
static int
filing_forget_gone(struct filing *f, struct store_unfiled *u, size_t *n,
    const struct imap_mail *mails, size_t nmails, struct err *err)
{
	int64_t *gone = xcalloc(*n, sizeof(*gone));
	size_t i, k = 0, kept = 0, ngone = 0;
	int rc;

	for (i = 0; i < *n; i++) {
		while (k < nmails && mails[k].uid < u[i].uid)
			k++;
		if (k < nmails && mails[k].uid == u[i].uid)
			u[kept++] = u[i];
		else
			gone[ngone++] = u[i].id;
	}
	*n = kept;
	rc = filing_note(f, gone, ngone, NULL, err);
	free(gone);
	return rc;
}

int
filing_start(struct filing *f, struct imap *imap, struct store *store,
    struct ingest *ingest, const struct conf_mailbox *mailbox,
    int64_t mailbox_id, uint32_t uidvalidity, const struct imap_mail *mails,
    size_t nmails, struct err *err)
{
	struct store_unfiled *u = NULL;
	size_t n;
	int rc = -1;

	f->imap = imap;
	f->store = store;
	f->ingest = ingest;
	f->mailbox = mailbox;
	f->mailbox_id = mailbox_id;
	f->uidvalidity = uidvalidity;
	if (store == NULL)
		return 0;
	if (store_check_place(store, err) == -1)
		return -1;
	if (store_load_unfiled(store, mailbox_id, mailbox->folder, uidvalidity,
	        all_statuses, &u, &n, err) == -1)
		return -1;
	if (filing_forget_gone(f, u, &n, mails, nmails, err) == -1)
		goto out;
	/* Rather two copies than to crash here for ever. */
	if (n > 0 && imap_move_how(imap) != IMAP_MOVE &&
	    !careful_is_on(f->careful, CAREFUL_FILE)) {
		if (filing_begin(f, 0, err) == -1 ||
		    filing_find_copies(f, u, n, mails, nmails, err) == -1)
			goto out;
		free(u);
		u = NULL;
		if (store_load_unfiled(store, mailbox_id, mailbox->folder,
		        uidvalidity, all_statuses, &u, &n, err) == -1)
			goto out;
	}
	rc = filing_move_all(f, u, n, err);
out:
	free(u);
	return rc;
}

int
filing_run(struct filing *f, struct err *err)
{
	char statuses[sizeof(all_statuses)];
	struct store_unfiled *u = NULL;
	size_t n, i, k = 0;
	int rc;

	if (f->store == NULL || f->error.class != ERR_NONE)
		return 0;
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
	rc = filing_move_all(f, u, n, err);
	free(u);
	return rc;
}

int
filing_finish(struct filing *f, struct err *err)
{
	if (f->store != NULL && ingest_pause(f->ingest, err) == -1)
		return -1;
	if (f->error.class == ERR_NONE)
		return 0;
	*err = f->error;
	return -1;
}

void
filing_done(struct filing *f)
{
	array_done(&f->ensured);
}
