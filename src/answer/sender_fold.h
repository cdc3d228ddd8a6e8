/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what reports say (sender_load.h) to the sources of a list: their counts,
 * days, names and signs.
 */
#ifndef RUAD_ANSWER_SENDER_FOLD_H
#define RUAD_ANSWER_SENDER_FOLD_H

#include "answer/sender_list.h"
#include "answer/sender_load.h"

/*
 * Fill domains and sources of a list, unsorted, with domain numbers as in the
 * load.  Sources without a record in the period are gone; what they sent
 * before counts for their domain.
 */
int sender_fold(struct sender_list *, const struct sender_load *,
    struct query_db *, struct err *);

#endif
