/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of a directory that are told of alerts, each on its own. */
#ifndef RUAD_CTL_ALERT_HOOKS_H
#define RUAD_CTL_ALERT_HOOKS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* That one may take, and more for each alert: some tell them one by one. */
#define ALERT_HOOK_SECONDS 60
#define ALERT_HOOK_MORE 1

struct alert_hooks {
	char *directory;    /* its whole path */
	struct array names; /* of const char *, sorted */
	struct arena strings;
};

/*
 * Find them: files that can be executed, with names of letters, digits, "-" and
 * "_".  ERR_CONF: somebody else could change one of them; then none is to be
 * run.  alert_hooks_done() comes in any case.
 */
int alert_hooks_find(struct alert_hooks *, const char *directory, struct err *);
void alert_hooks_done(struct alert_hooks *);

/*
 * Run one, with its input on stdin, its output to stderr, and no variables but
 * PATH, LANG, CREDENTIALS_DIRECTORY, RUAD_DB (the database) and others that
 * begin with RUAD_.  ERR_AGAIN: it could not be run, did not exit with 0, or
 * took too long and was killed.
 */
int alert_hooks_run(const struct alert_hooks *, const char *name,
    const struct buf *input, const char *database, struct err *);

#endif
