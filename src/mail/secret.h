/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords, client secrets and tokens: from a file, a command, a systemd
 * credential or the config.  Runs in the fetcher.  A secret is never logged,
 * nor part of an error text.
 */
#ifndef RUAD_MAIL_SECRET_H
#define RUAD_MAIL_SECRET_H

#include <stdbool.h>

#include "base/err.h"

#define SECRET_MAX 16384 /* bytes of a secret, and of what holds it */

/* Where a secret comes from: exactly one is set besides name.  Borrowed. */
struct secret_source {
	const char *name; /* "token", for messages; NULL: "password" */
	const char *literal;
	const char *file;           /* first line of it */
	const char *credential;     /* a file in $CREDENTIALS_DIRECTORY */
	const char *const *command; /* argv, NULL-terminated; first line */
};

/*
 * Get the secret.  *out is NUL-terminated; give it to secret_free().  ERR_AUTH:
 * missing, not readable, empty, readable by others (file: group and other
 * bits must be clear unless root owns it and it is in the credentials
 * directory), CR LF or NUL inside, command failed or took longer than 30 s
 * (its stderr is that of ruad).
 */
int secret_load(const struct secret_source *, char **out, struct err *);

/* Return whether a text contains part of the secret, by more than chance. */
bool secret_is_in(const char *secret, const char *text);

/* Overwrite and free; NULL is fine. */
void secret_free(char *);

#endif
