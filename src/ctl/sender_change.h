/* SPDX-License-Identifier: BSD-2-Clause */
/* Change senders and their rules, and say what that changes. */
#ifndef RUAD_CTL_SENDER_CHANGE_H
#define RUAD_CTL_SENDER_CHANGE_H

#include "base/err.h"
#include "ctl/options.h"
#include "store/query.h"

/*
 * Add rules to a sender, or remove some or the whole sender, and print how many
 * sources and messages it covered before and covers now, and what is wrong with
 * the rules.  options->args: the verb, the name, then as the verb has them.
 * Returns the exit status, or -1.
 */
int sender_change_add(const struct options *, struct query_db *, struct err *);
int sender_change_remove(
    const struct options *, struct query_db *, struct err *);

#endif
