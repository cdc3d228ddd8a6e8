/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes messages from a server that may not hand over all that it lists: first
 * as wholes, then in parts, and where it refuses some, in smaller sets, until
 * it is known which do not come.  Runs in the fetcher.
 */
#ifndef RUAD_MAIL_IMAP_TAKE_H
#define RUAD_MAIL_IMAP_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "mail/imap.h"

#define IMAP_TAKE_MAILS 1000 /* of one FETCH command */

/* Follows "the server": why a message is not believed to be whole. */
extern const char imap_take_too_short[];

/* Zero what is not set.  Borrowed as long as it is used. */
struct imap_take {
	struct imap *imap;
	uint64_t max_message;
	const struct imap_mail *mails; /* as listed, sorted by UID */
	size_t n;
	/*
	 * A message has come; data as in imap_fetch().  doubtful: even in parts
	 * it is much shorter than listed.  -1 ends the session.
	 */
	int (*mail)(void *arg, uint32_t uid, char *data, size_t len,
	    bool doubtful, struct err *);
	/*
	 * One was not handed over in any way.  reason follows "the server";
	 * size 0: it lists none.  refusal: the sentence with which it said NO,
	 * or NULL.
	 */
	void (*undelivered)(void *arg, uint32_t uid, uint32_t size,
	    const char *reason, const struct err *refusal);
	void *arg;
	int refusals;      /* to FETCH single messages, in a row */
	bool refused;      /* so many that it was given up */
	bool ours;         /* if the session ends now, mail() ended it */
	bool broken;       /* the server did end it */
	uint64_t oversize; /* broken: over one that has this size; 0: not so */
};

/*
 * Find how many of these make one batch, and set uids to them.  It ends before
 * a message that is larger than max_message.
 */
size_t imap_take_batch(const struct imap_mail *, size_t n, uint64_t max_message,
    uint32_t uids[static IMAP_TAKE_MAILS]);

/*
 * Take these messages (sorted; uids is scratch afterwards).  -1 only for a lost
 * session, an error of mail(), or a server that refuses many.
 */
int imap_take_run(struct imap_take *, uint32_t *uids, size_t n, struct err *);

#endif
