/* SPDX-License-Identifier: BSD-2-Clause */
/* What is behind the row of a sender. */
#ifndef RUAD_PAGE_SENDER_DETAIL_H
#define RUAD_PAGE_SENDER_DETAIL_H

#include <stdbool.h>

#include "base/err.h"
#include "page/panel.h"

/* Tell whether there is more to be said than its row does. */
bool sender_detail_is_any(const struct panel *, const struct sender *);

/*
 * Write why its mail fails, if it does, as a record of the largest part of that
 * tells; and its addresses.
 */
int sender_detail_write(struct panel *, const struct sender *, struct err *);

/* Return the main cause of what failed, in words; NULL: nothing did. */
const char *sender_detail_cause(const struct sender *);

#endif
