/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of filing share.  Calls point down: filing.c (what is filed,
 * and what a refusal means), filing_copies.c, filing_move.c.
 */
#ifndef RUAD_DAEMON_FILING_PRIV_H
#define RUAD_DAEMON_FILING_PRIV_H

#include "daemon/filing.h"

/* --- filing_copies.c ---------------------------------------------------- */

/*
 * Without MOVE, when the answer to COPY was lost: note which of the unfiled
 * messages, all of them in the folder, are in their target already.
 */
int filing_find_copies(struct filing *, const struct store_unfiled *, size_t n,
    const struct imap_mail *mails, size_t nmails, struct err *);

/* --- filing_move.c ------------------------------------------------------ */

/*
 * Return where a message with this status (its first letter) belongs; "": it
 * stays where it is.
 */
const char *filing_target(const struct conf_mailbox *, char status);

/* Set the folders to which anything is filed, each once; return how many. */
#define FILING_TARGETS 3
size_t filing_targets(
    const struct conf_mailbox *, const char * [static FILING_TARGETS]);

/* Put on disk what is tried next: this message alone, or with uid 0, many. */
int filing_begin(struct filing *, uint32_t uid, struct err *);

/*
 * Enter them in the ledger as filed to this folder; NULL: by somebody else.
 * That becomes durable with what is stored next: if it is lost, the next poll
 * finds them gone.
 */
int filing_set_filed(struct filing *, const int64_t *ids, size_t n,
    const char *folder, struct err *);

/*
 * Move messages that all go to one folder, a thousand or two with a command;
 * NULL: they have been copied, only the other half is left.  1: look how far
 * they came, and try again.
 */
int filing_move(struct filing *, const uint32_t *uids, const int64_t *ids,
    size_t n, const char *folder, struct err *);

#endif
