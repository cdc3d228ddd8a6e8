/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mailbox logs in with: a password or an access token.  Runs in the
 * fetcher and lives as long as that does: a token that is still good serves
 * its next connection too, and is never written anywhere.
 */
#ifndef RUAD_MAIL_CREDENTIAL_H
#define RUAD_MAIL_CREDENTIAL_H

#include <stdbool.h>

#include "mail/oauth.h"

/* Borrowed. */
struct credential_source {
	bool is_oauth;
	struct secret_source secret; /* unless is_oauth */
	struct oauth_source oauth;
};

/* What it borrows must last as long as it. */
struct credential *credential_new(const struct credential_source *);

/*
 * Get the password, or a token that is valid for some minutes more.  Give *out
 * to secret_free().  Errors: secret_load(), oauth_get_token().
 */
int credential_load(struct credential *, char **out, struct err *);

/* Call it when the server refused the token: the next one will be new. */
void credential_forget(struct credential *);

/* Overwrite and free; NULL is fine. */
void credential_free(struct credential *);

#endif
