/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad -t: check whether the database can be where it should be.  Changes
 * nothing.
 */
#ifndef RUAD_DAEMON_DATABASE_CHECK_H
#define RUAD_DAEMON_DATABASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Check it for the user of ruad.service, if called by root and if there is one;
 * else for the caller.  Set why to a sentence that names the user, in both
 * cases.
 */
bool database_check(const char *database, char *why, size_t size);

/* Return the name of a network file system by its f_type, or NULL. */
const char *database_check_remote(unsigned long type);

#endif
