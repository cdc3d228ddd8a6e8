/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad -t: whether the database can be where it is to be.  Looks and changes
 * nothing.
 */
#ifndef RUAD_DAEMON_DATABASE_CHECK_H
#define RUAD_DAEMON_DATABASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * As root, for the user that ruad.service runs as, if there is one; else for
 * who runs this.  False: why says why not, and for which user; true: it says
 * for which user all is well.
 */
bool database_check(const char *database, char *why, size_t size);

/* The name of a file system of another machine by its f_type, or NULL. */
const char *database_check_remote(unsigned long type);

#endif
