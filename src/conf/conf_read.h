/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns libconfig's tree into structs, by the table; has each group checked. */
#ifndef RUAD_CONF_CONF_READ_H
#define RUAD_CONF_CONF_READ_H

#include "conf/conf_reader.h"

/* Begin a configuration with the defaults of the table. */
void conf_read_defaults(struct conf_reader *);

/* Read a whole file, or one of include_dir: it may have mailboxes only. */
void conf_read(struct conf_reader *, const config_setting_t *root);
void conf_read_dropin(struct conf_reader *, const config_setting_t *root);

#endif
