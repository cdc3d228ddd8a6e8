/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people ask about, as they type it: domains and addresses, brought into
 * the form that the database has.
 */
#ifndef RUAD_ANSWER_SUBJECT_H
#define RUAD_ANSWER_SUBJECT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* A domain in lower case, in A-labels, without a dot at its end. */
char *subject_copy_domain(const char *);

/* Whether a domain can be part of a command that people copy to a shell. */
bool subject_is_plain(const char *);

/* Return such a domain for a command, else the word DOMAIN. */
const char *subject_plain_domain(const char *);

/*
 * Add a word to a command of ruactl, after a space, whatever is in it: a shell
 * takes it as one argument, and ruactl for no option.
 */
void subject_add_argument(struct buf *, const char *);

/* Add such as "--find=" with any value, or "--new" with NULL. */
void subject_add_option(struct buf *, const char *option, const char *value);

/* Whether a word can only be meant as an address, or as a network such as
 * 192.0.2.0/24, well written or not. */
bool subject_is_like_address(const char *);
bool subject_is_like_network(const char *);

/* An IP address as the database has it; ERR_USAGE: it is not one. */
#define SUBJECT_ADDRESS 46
int subject_read_address(
    const char *, char out[static SUBJECT_ADDRESS], struct err *);

#endif
