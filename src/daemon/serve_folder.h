/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad --serve-folder: reads all messages of a folder and writes them to
 * standard output (ingest/folder_pipe.h), for ruactl import.  The folder is
 * opened read-only, and nothing in it changes.
 */
#ifndef RUAD_DAEMON_SERVE_FOLDER_H
#define RUAD_DAEMON_SERVE_FOLDER_H

#include "conf/conf.h"

/*
 * Read what a poll would read, in the same ways.  A message over which the
 * server ends the session is left out, and said.  Return an exit status.
 */
int serve_folder_run(
    const struct conf *, const struct conf_mailbox *, const char *folder);

#endif
