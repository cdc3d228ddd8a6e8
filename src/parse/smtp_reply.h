/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server answered, "550-5.7.26 ...", within what others wrote about it:
 * a bounce, a line of a log, an error of a program (RFC 5321, 4.2; RFC 3463).
 * Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_SMTP_REPLY_H
#define RUAD_PARSE_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "report/explain.h"

/* "5.7.26", of the classes 2, 4 and 5: its length; 0: there is none at s. */
size_t smtp_reply_enhanced(const char *s);

/*
 * Find the answer in a text, of which LIMIT_TEXT bytes are looked at: a code
 * with an enhanced one, else a code alone, else an enhanced one alone, else
 * what a line of Exim's log says without any.  False: there is none, and the
 * struct is zeroed.  Strings in the arena.
 */
bool smtp_reply_find(
    const char *, size_t, struct arena *, struct explain_reply *);

/*
 * Add the answers in a text of many lines, which an answer may take several
 * of, to an array of struct explain_reply; at most LIMIT_EXPLAIN_REPLIES.
 */
void smtp_reply_find_all(
    const char *, size_t, struct arena *, struct array *out);

#endif
