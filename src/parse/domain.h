/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a word of a report can be a domain, and what stands for it if not.
 * Runs in ruad-parse; the words come from anybody.  Pure.
 */
#ifndef RUAD_PARSE_DOMAIN_H
#define RUAD_PARSE_DOMAIN_H

#include <stdbool.h>

#include "base/mem.h"

/*
 * Whether this is a domain as nearly all reports have it, which nothing need be
 * done to: at most 253 bytes in labels of 1 to 63 lower case letters, digits,
 * hyphens and underscores, without the final dot.  It is possible, too.
 */
bool domain_is_plain(const char *);

/*
 * At most 253 bytes (RFC 1035) in labels of 1 to 63 characters, letters,
 * digits, hyphens and underscores; of what is not ASCII all but blanks and what
 * text_safe() escapes.  An address literal of SMTP, such as [192.0.2.1], is
 * possible, too: HELO can say it.
 */
bool domain_is_possible(const char *);

/*
 * A key for what is no domain: itself, or, if it is longer than a domain, its
 * beginning and "...", so that no cut makes it one.  In the arena if it is not
 * s.
 */
const char *domain_cut(const char *s, struct arena *);

#endif
