/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Imports the messages of an IMAP folder.  "ruad --serve-folder" reads them and
 * keeps the password to itself; ruactl knows neither.  Nothing in the folder
 * changes.
 */
#ifndef RUAD_CTL_IMPORT_MAILBOX_H
#define RUAD_CTL_IMPORT_MAILBOX_H

#include "conf/conf.h"
#include "ctl/import_walk.h"
#include "ctl/options.h"

/* What the options name; conf is owned. */
struct import_mailbox {
	struct conf *conf;
	const struct conf_mailbox *mailbox;
	const char *folder;
};

/* ERR_USAGE: there is no such mailbox, or no folder where reports are filed. */
int import_mailbox_find(
    struct import_mailbox *, const struct options *, struct err *);

/*
 * Read all messages.  The ledger knows each by its URL (RFC 5092).  Returns as
 * import_walk(); or 1 with the error for which the rest could not be read.
 */
int import_mailbox_walk(
    const struct import_mailbox *, const struct import_sink *, struct err *);

void import_mailbox_done(struct import_mailbox *);

#endif
