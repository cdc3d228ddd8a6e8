/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of a mailbox in the structs of those that use them, so that conf
 * need not know mail and ingest.  What is returned borrows from the settings.
 */
#ifndef RUAD_DAEMON_ADAPT_H
#define RUAD_DAEMON_ADAPT_H

#include "conf/conf.h"
#include "ingest/parser.h"
#include "mail/credential.h"
#include "mail/guard.h"
#include "mail/imap.h"

struct guard_peer adapt_peer(const struct conf_mailbox *);
enum imap_auth adapt_auth(const struct conf_mailbox *);
struct credential_source adapt_credential(const struct conf_mailbox *);
struct parser_settings adapt_parser(
    const struct conf *, const struct conf_mailbox *);

#endif
