/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * So that no mail can stop its mailbox for ever: what was being done when a
 * fetcher died, on disk.  Runs in the fetcher.  After such a death the next
 * fetcher is careful: it reads one mail at a time, and notes which before it
 * asks for it.  What dies is told by a signal handler from what is killed, so
 * that an ordinary poll writes once and not for each mail.  All this is in the
 * file DATABASE.lock, which also keeps two ruads from polling one mailbox.
 *
 * Every function but careful_open() takes NULL (a dry run) for "not careful".
 */
#ifndef RUAD_DAEMON_CAREFUL_H
#define RUAD_DAEMON_CAREFUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"

/* Mails that can have been under way, unanswered, when a fetcher died. */
#define CAREFUL_MAILS 3000

#define CAREFUL_TRIES 2 /* that ended with a crash; as LIMIT_PARSE_TRIES */
#define CAREFUL_KILLS 5 /* in a row, by somebody else */

enum careful_stage { CAREFUL_READ, CAREFUL_FILE };

struct careful;

/*
 * Lock the mailbox and learn how the last fetcher ended.  ERR_AGAIN: another
 * ruad is polling it.  The process needs no other: it has the signal handlers.
 */
int careful_open(
    struct careful **, const char *database, int64_t mailbox_id, struct err *);
void careful_close(struct careful *);

/*
 * Whether mailboxes were polled into a database of this name before: its lock
 * file outlives it.
 */
bool careful_remembers(const char *database);

/*
 * The folder is open.  Nobody is accused by what was noted about another
 * account or folder, or before it got this UIDVALIDITY.
 */
void careful_start(
    struct careful *, const struct conf_mailbox *, uint32_t uidvalidity);

/* Whether to take the next mail alone. */
bool careful_is_on(const struct careful *, enum careful_stage);

/*
 * UID behind which to begin, because the server ended the session over that
 * mail; it comes last.  0: none.
 */
uint32_t careful_begin_behind(const struct careful *);

/* What was put off comes now: take it alone again. */
void careful_return(struct careful *);

/*
 * How often this mail has crashed us or ruad-parse.  *reason: why it must not
 * be tried again, borrowed; or NULL.
 */
int careful_attempts(const struct careful *, enum careful_stage, uint32_t uid,
    const char **reason);

/*
 * Before mails are read or moved: this one alone, or several with uid 0 (which
 * costs nothing but the first time).  On disk when it returns.
 */
int careful_note(
    struct careful *, enum careful_stage, uint32_t uid, struct err *);

/*
 * It is known already that this mail has cost so many attempts, the one under
 * way too; and after that, that it has an outcome.
 */
int careful_accuse(struct careful *, uint32_t uid, int attempts, struct err *);
int careful_acquit(struct careful *, uint32_t uid, struct err *);

/* So many suspects have an outcome, or there are no more. */
int careful_pass(struct careful *, size_t mails, struct err *);

/* Filing was done, or refused in order. */
int careful_filed(struct careful *, struct err *);

enum careful_end {
	CAREFUL_WELL,    /* all was done */
	CAREFUL_PASSING, /* a fault that is not the mail's: as if not begun */
	CAREFUL_BROKEN,  /* the server ended it while mails were read */
};
/* The poll is over; another may follow. */
void careful_finish(struct careful *, enum careful_end);

/* In a handler of SIGTERM: being killed from now on means nothing. */
void careful_on_stop(void);

#endif
