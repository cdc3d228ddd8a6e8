/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Senders as rows: who it is and how that is known, and its figures; behind
 * each, to be opened, why its mail fails and its addresses.
 */
#ifndef RUAD_PAGE_SENDER_TABLE_H
#define RUAD_PAGE_SENDER_TABLE_H

#include "base/err.h"
#include "page/panel.h"

/*
 * Write a table of those that were chosen, and the command that shows the rest.
 * What is behind a row is written once on a page: other rows of the same sender
 * lead there.
 */
int sender_table_write(struct panel *, const char *caption,
    const struct panel_chosen *, const char *command, struct err *);

#endif
