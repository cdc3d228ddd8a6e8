/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the defaults that depend on other settings; the table has all else.
 */
#ifndef RUAD_CONF_CONF_FILL_H
#define RUAD_CONF_CONF_FILL_H

#include "conf/conf.h"

/*
 * In a mailbox that is read: the port that goes with tls, and what a preset of
 * oauth2 knows.  Where empty means "none", an empty string becomes NULL.
 */
void conf_fill_mailbox(struct conf_mailbox *);

/* In lookup = { }: no server is the same as an empty one. */
void conf_fill_lookup(struct conf_lookup *);

/* When everything is read: the interval of mailboxes that have none. */
void conf_fill_intervals(struct conf *);

#endif
