/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access tokens from an OAuth 2.0 token endpoint (RFC 6749), by ruad-fetch.
 * Runs in the fetcher.  The endpoint is believed as far as its certificate
 * goes: its answer is bounded in bytes and time, and no word of it reaches a
 * log unchecked.  Secrets and tokens stay in memory that is wiped.
 */
#ifndef RUAD_MAIL_OAUTH_H
#define RUAD_MAIL_OAUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mail/secret.h"

enum oauth_grant {
	OAUTH_CLIENT_CREDENTIALS, /* RFC 6749, 4.4 */
	OAUTH_REFRESH_TOKEN,      /* RFC 6749, 6 */
};

/* How to get a token.  Borrowed. */
struct oauth_source {
	enum oauth_grant grant;
	const char *token_url;
	const char *ca_file; /* PEM; NULL: the system's authorities */
	const char *client_id;
	const char *scope;                  /* NULL: none is sent */
	struct secret_source client_secret; /* nothing set: none is sent */
	const char *refresh_token_file;     /* OAUTH_REFRESH_TOKEN */
};

struct oauth_token {
	char *access;  /* visible ASCII */
	char *refresh; /* a new refresh token that is not stored yet */
	int64_t
	    seconds; /* that access is valid; 0: the endpoint does not say */
};

/*
 * Ask the endpoint, once.  A refresh token that comes with the answer is on
 * the disk, in place of the old one, before this returns.  ERR_AUTH: the
 * secret, the grant or a file is wrong, or the endpoint's identity could not
 * be verified (nothing was sent); ERR_CONF: a setting is wrong; ERR_NET,
 * ERR_AGAIN: not now.  Give the token to oauth_token_done().
 */
int oauth_get_token(
    const struct oauth_source *, struct oauth_token *, struct err *);

/* Wipe and free what is in it. */
void oauth_token_done(struct oauth_token *);

/*
 * Return the "status" of the JSON in base64 with which a server answers XOAUTH2
 * before it says NO, such as 401.  0: there is none.
 */
int oauth_parse_challenge(const char *base64);

#endif
