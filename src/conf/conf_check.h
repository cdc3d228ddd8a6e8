/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports what is not legal, or does not go together, in settings that are
 * read and filled in.  Changes nothing but the report.
 */
#ifndef RUAD_CONF_CONF_CHECK_H
#define RUAD_CONF_CONF_CHECK_H

#include "conf/conf_reader.h"

void conf_check_database(
    struct conf_reader *, const config_setting_t *root, const char *path);
void conf_check_limits(
    struct conf_reader *, const config_setting_t *, const struct limits *);
void conf_check_lookup(
    struct conf_reader *, const config_setting_t *, const struct conf_lookup *);
void conf_check_mailbox(struct conf_reader *, const config_setting_t *,
    const struct conf_mailbox *);

/* The part of a mailbox that is about passwords and tokens. */
void conf_check_login(struct conf_reader *, const config_setting_t *,
    const struct conf_mailbox *);

/* When everything is read: that there are mailboxes, and each reads its own. */
void conf_check_mailboxes(struct conf_reader *);

#endif
