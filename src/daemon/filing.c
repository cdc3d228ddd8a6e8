/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/filing_priv.h"

#define LOOKS_MAX 4 /* in one go */

static const char all_statuses[] = "sdof";

/*
 * Move all unfiled messages that belong to this folder, whatever their status;
 * NULL: all that have been copied, to any folder.
 */
static int
filing_move_to(struct filing *f, const struct store_unfiled *u, size_t n,
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

/* Add what a person can do about a refusal that does not pass. */
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
		snprintf(
		    what, sizeof(what), "ask the administrator of the server");
	else
		snprintf(what, sizeof(what),
		    "give %.60s the right to remove messages from %.60s and to "
		    "add them there",
		    mb->user, mb->folder);
	err_set(refusal, refusal->class,
	    "%.240s; messages are still collected, but stay in %.60s: %s, or "
	    "leave them there with archive = \"\"; failed = \"\";",
	    why, mb->folder, what);
	free(why);
}

/* Return 0 after a refusal, too, but then no more is filed. */
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
		log_warning(
		    "%s; their reports are stored, and they stay in %s for now",
		    refusal->text, f->mailbox->folder);
	return careful_set_filed(f->careful, err);
}

/* One pass over all targets.  1: list anew and repeat; -1: refused. */
static int
filing_move_by_folder(struct filing *f, const struct store_unfiled *u, size_t n,
    struct err *refusal)
{
	const char *folders[FILING_TARGETS];
	size_t i, k = filing_targets(f->mailbox, folders);
	int rc;

	if (filing_move_to(f, u, n, NULL, refusal) == -1)
		return -1;
	for (i = 0; i < k; i++) {
		rc = filing_move_to(f, u, n, folders[i], refusal);
		if (rc == -1 && strncmp(refusal->text, "cannot move", 11) != 0)
			err_prepend(
			    refusal, "cannot move messages to %s", folders[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/*
 * Split off what the server no longer lists, and note it as gone if it has
 * listed all; u keeps the rest.
 */
static int
filing_split_gone(struct filing *f, struct store_unfiled *u, size_t *n,
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
		rc = filing_set_filed(f, gone, ngone, NULL, err);
	free(gone);
	return rc;
}

/*
 * Load what is to be filed of what the server lists, and find out which of that
 * is already in its target.
 */
static int
filing_find_unfiled(struct filing *f, const struct filing_list *list,
    struct store_unfiled **u, size_t *n, struct err *err)
{
	if (store_load_unfiled(f->store, f->mailbox_id, f->mailbox->folder,
	        f->uidvalidity, all_statuses, u, n, err) == -1)
		return -1;
	if (filing_split_gone(f, *u, n, list, err) == -1)
		return -1;
	/* Two copies are better than a crash here for ever. */
	if (*n == 0 || f->read_only ||
	    (imap_move_how(f->imap) == IMAP_MOVE && !f->look_first) ||
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
	return filing_split_gone(f, *u, n, list, err);
}

/* The same with the folder opened and listed anew. */
static int
filing_list_again(
    struct filing *f, struct store_unfiled **u, size_t *n, struct err *err)
{
	struct filing_list list = { NULL, 0, false };
	struct imap_mail *mails = NULL;
	struct imap_folder folder;
	int rc = -1;

	free(*u);
	*u = NULL;
	*n = 0;
	if (ingest_commit(f->ingest, err) == -1 ||
	    store_check_place(f->store, err) == -1 ||
	    imap_select(f->imap, f->mailbox->folder, &folder, err) == -1)
		return -1;
	if (folder.uidvalidity != f->uidvalidity)
		return err_set(err, ERR_AGAIN,
		    "the folder %s has just been given a new UIDVALIDITY",
		    f->mailbox->folder);
	if (imap_list(f->imap, 1, &mails, &list.n, err) == 0) {
		list.mails = mails;
		list.whole = imap_unlisted(f->imap) == 0;
		rc = filing_find_unfiled(f, &list, u, n, err);
	}
	free(mails);
	f->look_first = false;
	return rc;
}

/* Load whether the poll before could not file either. */
static int
filing_load_last(struct filing *f, struct err *err)
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

	while ((rc = filing_move_by_folder(f, u, n, &refusal)) == 1) {
		if (looks++ == LOOKS_MAX) {
			rc = err_set(&refusal, ERR_AGAIN,
			    "the server does not move messages out of %s",
			    f->mailbox->folder);
			break;
		}
		if (filing_list_again(f, &u, &n, err) == -1) {
			free(u);
			return -1;
		}
	}
	free(u);
	if (rc == -1)
		return filing_refused(f, &refusal, err);
	return careful_set_filed(f->careful, err);
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
	    filing_load_last(f, err) == -1)
		return -1;
	if (filing_find_unfiled(f, list, &u, &n, err) == -1) {
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
	if (f->look_first) {
		if (filing_list_again(f, &u, &n, err) == -1) {
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
	if (ingest_commit(f->ingest, err) == -1 ||
	    store_check_place(f->store, err) == -1 ||
	    store_load_unfiled(f->store, f->mailbox_id, f->mailbox->folder,
	        f->uidvalidity, statuses, &u, &n, err) == -1)
		return -1;
	return filing_move_all(f, u, n, err);
}

static int
compare_mails(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

const struct imap_mail *
filing_list_find(const struct filing_list *list, uint32_t uid)
{
	const struct imap_mail key = { .uid = uid };

	if (list->n == 0)
		return NULL;
	return bsearch(&key, list->mails, list->n, sizeof(key), compare_mails);
}

void
filing_look_first(struct filing *f)
{
	f->look_first = true;
}

int
filing_finish(struct filing *f, struct err *err)
{
	if (f->store != NULL && ingest_commit(f->ingest, err) == -1)
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
