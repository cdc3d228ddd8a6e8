/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A visit is one poll of a mailbox: IMAP in, rows out, messages filed.  Runs in
 * the fetcher.  Calls point down:
 *   visit.c         log in, open folder and database, run, record how it went
 *   visit_folder.c  which messages are new, and in which batches they are taken
 *   visit_take.c    fetch a batch
 */
#ifndef RUAD_DAEMON_VISIT_H
#define RUAD_DAEMON_VISIT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "daemon/careful.h"
#include "daemon/filing.h"
#include "daemon/journal.h"
#include "daemon/progress.h"
#include "daemon/undelivered.h"
#include "ingest/ingest.h"
#include "mail/credential.h"
#include "mail/imap_take.h"

/* Set by a signal handler: finish what is begun and leave. */
extern volatile sig_atomic_t visit_stop;

/* A UID that the ledger calls filed and that the server lists again. */
struct visit_again {
	uint32_t uid;
	struct store_known known;
};

/* What comes before store is given, and lives as long as the fetcher. */
struct visit {
	const struct conf *conf;
	const struct conf_mailbox *mailbox;
	const char *parser_program;
	bool dry_run;            /* change nothing anywhere */
	const char *known_error; /* err_key() not to be logged again; "" */
	struct progress *progress;
	struct credential *credential; /* made if NULL */
	struct imap *imap;             /* NULL: no session yet */
	struct store *store;           /* NULL in a dry run */
	struct ingest *ingest;
	struct careful *careful; /* NULL in a dry run */
	struct filing filing;
	struct undelivered undelivered;
	struct imap_folder folder;
	struct filing_list list; /* all that is in the folder */
	struct imap_take take;
	struct array again;     /* of struct visit_again, sorted */
	struct store_poll done; /* counted as it goes */
	char *alert;            /* of done, as is this: */
	char *unfiled_key;
	struct journal_counts counts;
	struct stopwatch stopwatch;
	int64_t parse_ms; /* CPU time of children before this poll */
	int64_t start_ms;
	size_t new_mails;
	int attempts;          /* at the message that is fetched alone */
	bool stopped;          /* ruad was told to */
	struct err idle_error; /* what went wrong while the server was slow */
	bool counting;         /* on a terminal: one line that counts */
};

/*
 * Poll once.  Sets credential and imap, which is NULL after a failure; the rest
 * is done with.  Logs and records how it went, and returns an exit status.
 */
int visit_run(struct visit *);

/* --- visit_folder.c ----------------------------------------------------- */

/* How the messages are to be taken in. */
struct ingest_options visit_ingest_options(struct visit *);

/* Do everything that is done with the folder open. */
int visit_folder(struct visit *, struct err *);

/* --- visit_take.c ------------------------------------------------------- */

/*
 * Fetch these messages (sorted; uids is scratch afterwards) and give them to
 * ingest.  Those that the server does not hand over in any way are undelivered;
 * -1 only for a lost session, a local error, or a server that refuses many.
 */
int visit_take(struct visit *, uint32_t *uids, size_t n, struct err *);

/*
 * A message with these bytes has come or is known: return 1 if it was filed
 * before and need not be read again, 0 if it is another.  sha256 "": not
 * downloaded.
 */
int visit_take_again(struct visit *, uint32_t uid, uint64_t size,
    const char *sha256, struct err *);

/* Note a message that did not come whole. */
void visit_doubt(struct visit *, uint32_t uid);

/* Return what the ledger is told of a message. */
struct store_message visit_message(
    const struct visit *, uint32_t uid, uint64_t size, const char *sha256);

/* End the visit because the fetcher was told to stop.  Always -1. */
int visit_leave(struct visit *, struct err *);

#endif
