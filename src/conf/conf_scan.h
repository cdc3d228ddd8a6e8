/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the text of a configuration before libconfig reads it, which would
 * misread some of it, and of the rest say only "syntax error".
 */
#ifndef RUAD_CONF_CONF_SCAN_H
#define RUAD_CONF_CONF_SCAN_H

#include "conf/conf_reader.h"

/*
 * Read a file and all that it includes, and report what is wrong.  -1:
 * something was reported, libconfig must not see it.
 */
int conf_scan(struct conf_reader *, const char *path, struct buf *text);

#endif
