/* SPDX-License-Identifier: BSD-2-Clause */
/* ruad-parse --explain, run once. */
#ifndef RUAD_CTL_EXPLAIN_RUN_H
#define RUAD_CTL_EXPLAIN_RUN_H

#include "base/buf.h"
#include "base/err.h"
#include "report/explain.h"

/*
 * Let it read the descriptor to its end, and read what it tells into facts,
 * zeroed by the caller, which borrow from text.  our_id: whose results to
 * believe (--authserv-id), or NULL.  ERR_CONF: it cannot be run; ERR_DATA,
 * ERR_LIMIT: it ended by what it read; ERR_BUG: it tells what it must not.
 */
int explain_run(int fd, const char *our_id, struct buf *text,
    struct explain_facts *, struct err *);

/* The same of bytes, not empty, that are there. */
int explain_run_text(
    const struct buf *, struct buf *text, struct explain_facts *, struct err *);

#endif
