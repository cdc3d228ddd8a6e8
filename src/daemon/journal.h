/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that ruad(8) documents, with their fields for the journal: one for
 * each message and each poll, and what an admin must know.  Runs in the fetcher
 * and in the supervisor.
 */
#ifndef RUAD_DAEMON_JOURNAL_H
#define RUAD_DAEMON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/stopwatch.h"
#include "ingest/ingest.h"
#include "store/store.h"

/* Messages of a poll by what became of them. */
struct journal_counts {
	int64_t stored;
	int64_t duplicate;
	int64_t other; /* no report, or in the ledger already */
	int64_t failed;
};

/* One message was taken in. */
void journal_mail(const struct ingest_result *, uint32_t uid);

/* Warn if its -wal file has grown too large. */
void journal_wal(const struct store *, const char *path);

/* Warn if the database is a new one in the place of another. */
void journal_database(const struct store *, const char *path);

/* It is of an older schema version, and is brought up to date. */
void journal_update(const char *path, int from, int to);

/* That is done, if it was to be. */
void journal_updated(const struct store *, const char *path);

/*
 * A poll ended; err is NULL if well.  ms is what it took.  An error that is
 * known was logged before, and is logged with -v only.
 */
void journal_poll(const struct store_poll *, const struct journal_counts *,
    int64_t ms, bool dry_run, const struct err *, bool known);

/* With -v: where the time of a poll went; of ruad-parse the CPU time. */
void journal_stages(const struct stopwatch *, int64_t parse_ms);

/* A fetcher died of a signal. */
void journal_crash(const char *mailbox, int signal);

/*
 * This many polls of a mailbox in a row failed; repeated: the last error was
 * logged before, and so nothing more is, unless it becomes serious.
 */
void journal_failing(
    const char *mailbox, int fails, int64_t next_seconds, bool repeated);

/* A poll went well after so many that did not. */
void journal_recovered(const char *mailbox, int fails);

/* What conf_load() reports, a line each; the buffer is taken apart. */
void journal_conf(struct buf *);

#endif
