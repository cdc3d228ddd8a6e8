/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words in which gateways, list servers and readers of mail say that they
 * took an attachment away, in many languages (spec Q-98).  Runs in
 * ruad-parse; input is any text.  Pure.
 */
#ifndef RUAD_PARSE_MISSING_WORD_H
#define RUAD_PARSE_MISSING_WORD_H

#include <stdbool.h>
#include <stddef.h>

/* That an attachment was removed, blocked or the like. */
bool missing_says_removed(const char *, size_t);

/* The same of something that is named elsewhere. */
bool missing_says_it_is_removed(const char *, size_t);

/* That it lies behind a link. */
bool missing_says_linked(const char *, size_t);

#endif
