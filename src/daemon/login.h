/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs in to a mailbox with what its settings say.  Runs in the fetcher. */
#ifndef RUAD_DAEMON_LOGIN_H
#define RUAD_DAEMON_LOGIN_H

#include "conf/conf.h"
#include "daemon/progress.h"
#include "mail/credential.h"
#include "mail/imap.h"

/*
 * Connect and log in; with a new token if the server refuses an old one.  Makes
 * the credential if it is NULL: it serves the next login, too.  Errors as
 * credential_load() and imap_open().
 */
int login_open(const struct conf_mailbox *, struct credential **,
    struct progress *, struct imap **, struct err *);

#endif
