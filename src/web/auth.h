/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may look: a file of lines USER:HASH, hashes as crypt(5) has them, and
 * what browsers send of it ("Basic", RFC 7617).
 */
#ifndef RUAD_WEB_AUTH_H
#define RUAD_WEB_AUTH_H

#include "base/err.h"

struct auth;

enum auth_answer {
	AUTH_YES,
	AUTH_NO,
	AUTH_LATER, /* somebody guesses: one wrong word a second is looked at */
};

/* Load it; ERR_CONF: it is not such a file, or others can read it. */
int auth_load(struct auth **, const char *path, struct err *);
void auth_free(struct auth *);

/* Judge the field Authorization of a request; NULL: there is none. */
enum auth_answer auth_check(struct auth *, const char *field);

#endif
