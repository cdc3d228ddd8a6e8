/* SPDX-License-Identifier: BSD-2-Clause */
/* What the oauth*.c share.  For nobody else but their test. */
#ifndef RUAD_MAIL_OAUTH_PRIV_H
#define RUAD_MAIL_OAUTH_PRIV_H

#include "base/buf.h"
#include "base/url.h"
#include "mail/oauth.h"

#define OAUTH_SECONDS 30 /* for all of one request */

/* One question to the endpoint.  Borrowed. */
struct oauth_request {
	const struct oauth_source *from;
	char host[URL_HOST]; /* of token_url, for messages */
	const char *secret;  /* NULL: none */
	const char *refresh; /* NULL: none */
};

/*
 * Read the token from an answer, or set err to what its absence means.  Neither
 * secret nor token is ever part of the message.
 */
int oauth_parse_answer(const struct oauth_request *, long http_status,
    const char *data, size_t len, struct oauth_token *, struct err *);

/*
 * The file with the refresh token: locked, so that nobody spends the token
 * twice; with room for a new one beside it, so that none is lost.
 */
struct oauth_file;
int oauth_file_open(struct oauth_file **, const char *path, struct err *);
/* Borrowed. */
const char *oauth_file_token(const struct oauth_file *);
/* The new token is on disk before this returns.  Call it once at most. */
int oauth_file_replace(struct oauth_file *, const char *token, struct err *);
/* NULL is fine. */
void oauth_file_close(struct oauth_file *);

#endif
