/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that answer requests, each locked in and with one thread; and
 * the one that replaces those that end, which never sees a request.
 */
#ifndef RUAD_WEB_WORKER_H
#define RUAD_WEB_WORKER_H

#include "web/serve.h"

struct worker_settings {
	struct serve_settings serve;
	const char *directory; /* of the database */
	int n;                 /* of them */
};

/* Run until SIGTERM or SIGINT.  Returns 0, or -1 if none can work. */
int worker_run_all(const struct worker_settings *, int listener, struct err *);

#endif
