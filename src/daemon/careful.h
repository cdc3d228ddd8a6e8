/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fetcher was doing when it died, on disk, so that no message can stop
 * its mailbox for ever.  Runs in the fetcher.  After such a death the next
 * fetcher is careful: it reads one message at a time, and notes which before
 * it asks for it.  All this is in the file DATABASE.lock, which also prevents
 * two fetchers from polling one mailbox: 32 bytes for each mailbox and stage.
 *
 * What is written, and when (each on disk before the function returns):
 *   careful_begin        before messages are read or moved: this UID, or 0 for
 *                        many, which an ordinary poll writes once
 *   careful_set_crashes  ruad-parse died: this UID and how often, "crashed"
 *   careful_set_outcome  that UID has an outcome: 0 again
 *   careful_pass         the last suspect has an outcome: 0 again
 * and without waiting for the disk:
 *   careful_set_filed    filing is done: nothing
 *   careful_end          nothing, or how it ended
 *   a signal handler     the one byte that says how it ended
 *
 * What the next fetcher makes of how it ended:
 *   how        of many (UID 0)             of one UID
 *   killed     is careful                  +1 kill; after five it has failed
 *   crashed    is careful; each of them    +1 try; after two it has failed, or
 *              has cost one try            if that was filing, it stays
 *   stopped    forgets it; a careful one   the same; no try
 *              goes on being careful
 *   broken     is careful                  no try; it is read last
 * Kills are by others (SIGKILL, the kernel, systemd), broken is a session that
 * the server ended, or out of memory.  Tries are counted before they are made,
 * and taken back if the fetcher did not crash.
 *
 * Why not in the ledger?  A note costs the same there (a commit and an
 * fdatasync(2) both take 4 ms on a plain disk), and the lock needs a file in
 * any case.  But only the dying process can tell a crash from a kill for good:
 * the supervisor, which sees the signal, has no database and may be killed
 * before the next fetcher starts, and then a fatal message would be tried a
 * third time, or be blamed for what an administrator or the kernel did.  A
 * signal handler can write a byte to a file, and nothing to SQLite; SQLite may
 * be what crashed.  A note also needs no lock that a reader of the database
 * holds, no room on a full disk, and does not commit the batch under way.
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

/* Messages that can have been under way, unanswered, when a fetcher died. */
#define CAREFUL_MAILS 3000

#define CAREFUL_TRIES 2 /* that ended with a crash; as LIMIT_PARSE_TRIES */
#define CAREFUL_KILLS 5 /* in a row, by somebody else */

enum careful_stage { CAREFUL_READ, CAREFUL_FILE };

struct careful;

/*
 * Lock the mailbox and learn how the last fetcher ended.  ERR_AGAIN: another
 * ruad is polling it.  A process needs one: it has the signal handlers.
 */
int careful_open(
    struct careful **, const char *database, int64_t mailbox_id, struct err *);
void careful_close(struct careful *);

/*
 * Return whether mailboxes were polled into a database of this name before: its
 * lock file outlives it.
 */
bool careful_has_file(const char *database);

/*
 * The folder is open.  What was noted about another account or folder, or
 * before this one got this UIDVALIDITY, counts for no UID.
 */
void careful_set_folder(
    struct careful *, const struct conf_mailbox *, uint32_t uidvalidity);

/* Return whether to take the next message alone. */
bool careful_is_on(const struct careful *, enum careful_stage);

/* Return the UID that is to be read last, because of "broken"; 0: none. */
uint32_t careful_last_uid(const struct careful *);

/* What was put off comes now: take it alone again. */
void careful_set_suspects(struct careful *);

/*
 * Return how often this message has crashed ruad or ruad-parse.  *reason: why
 * it must not be tried again, borrowed; or NULL.
 */
int careful_attempts(const struct careful *, enum careful_stage, uint32_t uid,
    const char **reason);

/* See the first table.  careful_pass(): so many suspects have an outcome. */
int careful_begin(
    struct careful *, enum careful_stage, uint32_t uid, struct err *);
int careful_set_crashes(
    struct careful *, uint32_t uid, int attempts, struct err *);
int careful_set_outcome(struct careful *, uint32_t uid, struct err *);
int careful_pass(struct careful *, size_t, struct err *);
int careful_set_filed(struct careful *, struct err *);

enum careful_how {
	CAREFUL_WELL,    /* all was done */
	CAREFUL_STOPPED, /* a fault that is not a message's: as if not begun */
	CAREFUL_BROKEN,  /* the server ended it while messages were read */
};
/* The poll is over; another may follow. */
void careful_end(struct careful *, enum careful_how);

/* In a handler of SIGTERM: being killed from now on counts as stopped. */
void careful_on_stop(void);

#endif
