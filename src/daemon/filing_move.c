/* SPDX-License-Identifier: BSD-2-Clause */
/* How messages leave the folder: MOVE, or COPY and EXPUNGE, and the ledger. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/filing_priv.h"

#define MOVE_MAILS 2000   /* of one MOVE command */
#define EMPTY_MOVES_MAX 2 /* MOVEs that move nothing before ruad copies */

const char *
filing_target(const struct conf_mailbox *mb, char status)
{
	if (status == 'f')
		return mb->failed;
	return status == 'o' ? mb->other : mb->archive;
}

size_t
filing_targets(
    const struct conf_mailbox *mb, const char *out[static FILING_TARGETS])
{
	const char *folders[] = { mb->archive, mb->failed, mb->other };
	size_t i, j, n = 0;

	for (i = 0; i < FILING_TARGETS; i++) {
		for (j = 0; j < n && strcmp(out[j], folders[i]) != 0; j++)
			continue;
		if (j == n && folders[i][0] != '\0')
			out[n++] = folders[i];
	}
	return n;
}

static int
filing_ensure(struct filing *f, const char *folder, struct err *err)
{
	const char **known = f->ensured.at;
	size_t i;

	for (i = 0; i < f->ensured.n; i++)
		if (strcmp(known[i], folder) == 0)
			return 0;
	/* It may exist all the same: the answer to MOVE counts. */
	if (imap_ensure_folder(f->imap, folder, err) == -1 &&
	    imap_refusal(f->imap) == IMAP_NOT_REFUSED)
		return -1;
	*(const char **)array_add(&f->ensured, sizeof(folder)) = folder;
	return 0;
}

/* Write to the ledger, by one of the store_set_*(). */
static int
filing_write_ledger(struct filing *f,
    int (*set)(
        struct store *, const int64_t *, size_t, const char *, struct err *),
    const int64_t *ids, size_t n, const char *folder, bool durable,
    struct err *err)
{
	if (n == 0)
		return 0;
	f->broken = true;
	if (ingest_begin(f->ingest, err) == -1 ||
	    set(f->store, ids, n, folder, err) == -1 ||
	    (durable && ingest_commit(f->ingest, err) == -1))
		return -1;
	f->broken = false;
	return 0;
}

int
filing_begin(struct filing *f, uint32_t uid, struct err *err)
{
	f->broken = careful_begin(f->careful, CAREFUL_FILE, uid, err) == -1;
	return f->broken ? -1 : 0;
}

int
filing_set_filed(struct filing *f, const int64_t *ids, size_t n,
    const char *folder, struct err *err)
{
	return filing_write_ledger(f, store_set_filed, ids, n, folder,
	    careful_is_on(f->careful, CAREFUL_FILE), err);
}

/*
 * Without MOVE: a copy, noted on disk before the message is removed.  A server
 * that has not moved what it said must prove that it has copied: 1, check that.
 */
static int
filing_move_by_copy(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	if (imap_copy(f->imap, uids, n, folder, err) == -1)
		return -1;
	if (f->empty_moves > 0 && !imap_has_copied(f->imap) &&
	    !careful_is_on(f->careful, CAREFUL_FILE)) {
		f->look_first = true;
		return 1;
	}
	if (filing_write_ledger(
	        f, store_set_copied, ids, n, folder, true, err) == -1)
		return -1;
	return imap_remove(f->imap, uids, n, err);
}

/* After a MOVE that did nothing or was refused: 1, list anew and repeat. */
static int
filing_not_moved(struct filing *f, bool refused, struct err *err)
{
	f->look_first = true;
	if (!refused && ++f->empty_moves < EMPTY_MOVES_MAX)
		return 1;
	if (imap_forget_move(f->imap)) {
		log_warning("%s; messages are copied and expunged instead",
		    refused ? err->text
		            : "the server said that it moved messages, but did "
		              "not");
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
filing_move_by_move(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *err)
{
	bool *left, refused;
	int64_t *gone;
	size_t i, k = 0;
	int rc;

	if (f->stuck) {
		f->for_good = true;
		return err_set(err, ERR_CONF,
		    "the server said that it moved messages to %s, but did "
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
		rc = filing_set_filed(f, gone, k, folder, err);
	}
	free(left);
	free(gone);
	if (refused || (rc == 0 && k < n))
		return filing_not_moved(f, refused, err);
	return rc;
}

/* Move these; or this one, unless it has crashed ruad.  1: list and repeat. */
static int
filing_move_some(struct filing *f, const uint32_t *uids, const int64_t *ids,
    size_t n, bool alone, const char *folder, struct err *err)
{
	const char *reason;
	int rc;

	(void)careful_attempts(f->careful, CAREFUL_FILE, uids[0], &reason);
	if (alone && reason != NULL) {
		log_error("uid %" PRIu32 ": ruad has crashed each time it "
		          "moved this message; it stays in %s",
		    uids[0], f->mailbox->folder);
		return filing_write_ledger(
		    f, store_set_stays, ids, n, f->mailbox->folder, true, err);
	}
	if (filing_begin(f, alone ? uids[0] : 0, err) == -1)
		return -1;
	if (folder != NULL && imap_move_how(f->imap) == IMAP_MOVE)
		return filing_move_by_move(f, uids, ids, n, folder, err);
	if (folder == NULL)
		rc = imap_remove(f->imap, uids, n, err);
	else
		rc = filing_move_by_copy(f, uids, ids, n, folder, err);
	return rc != 0 ? rc : filing_set_filed(f, ids, n, folder, err);
}

static void
filing_warn_flags(struct filing *f, const char *folder)
{
	if (folder == NULL || f->warned ||
	    imap_move_how(f->imap) != IMAP_COPY_FLAG)
		return;
	f->warned = true;
	log_warning("the server can neither MOVE nor expunge single messages: "
	            "they are copied to %s, marked as deleted, and stay "
	            "visible until you expunge them",
	    folder);
}

int
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
