/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between two polls of one session: waits for mail by IDLE (RFC 2177) until
 * the supervisor says what to do.  Runs in the fetcher, which has no database
 * and no ruad-parse open meanwhile.
 */
#ifndef RUAD_DAEMON_LINGER_H
#define RUAD_DAEMON_LINGER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/progress.h"
#include "mail/imap.h"

struct linger {
	struct imap *imap;
	struct progress *progress;
	const volatile sig_atomic_t *stop;
	int64_t gap_ms; /* until it reports mail again; zero it at first */
	bool woken;     /* the last poll was due to mail that was announced */
};

enum linger_end {
	LINGER_POLL,  /* told to: the session is ready */
	LINGER_LEAVE, /* told to, or the server does not want IDLE */
	LINGER_LOST,  /* the session: err says why */
};

/*
 * Wait.  The folder is selected, and the poll has ended well; brought: it found
 * new messages.
 */
enum linger_end linger_run(struct linger *, bool brought, struct err *);

#endif
