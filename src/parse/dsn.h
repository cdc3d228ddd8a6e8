/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bounce says about the delivery: message/delivery-status (RFC 3464),
 * or only words for people, as Exim, qmail and others write them.  Runs in
 * ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_DSN_H
#define RUAD_PARSE_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "report/explain.h"

/*
 * Read a delivery-status part into the bounce, adding its recipients; strings
 * in the arena.  Return whether there was any field of such a part.  *is_cut
 * is set when there are too many recipients.
 */
bool dsn_read(const char *, size_t, struct arena *, struct explain_bounce *,
    bool *is_cut);

/*
 * Look for recipients and answers in words for people, up to where the
 * original begins; return where that is, NULL: it is not there.
 */
const char *dsn_read_words(const char *, size_t, struct arena *,
    struct explain_bounce *, bool *is_cut);

/* Whether these words have an answer, or say that a recipient failed. */
bool dsn_has_answer(const struct explain_bounce *);

#endif
