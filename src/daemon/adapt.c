/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/adapt.h"

static const enum guard_tls tls_of[] = {
	[CONF_TLS_IMPLICIT] = GUARD_TLS_IMPLICIT,
	[CONF_TLS_STARTTLS] = GUARD_TLS_STARTTLS,
	[CONF_TLS_NONE] = GUARD_TLS_NONE,
};

static const enum imap_auth auth_of[] = {
	[CONF_AUTH_AUTO] = IMAP_AUTH_AUTO,
	[CONF_AUTH_PLAIN] = IMAP_AUTH_PLAIN,
	[CONF_AUTH_LOGIN] = IMAP_AUTH_LOGIN,
	[CONF_AUTH_SCRAM_SHA_256] = IMAP_AUTH_SCRAM_SHA_256,
	[CONF_AUTH_XOAUTH2] = IMAP_AUTH_XOAUTH2,
};

enum imap_auth
adapt_auth(const struct conf_mailbox *m)
{
	return auth_of[m->auth];
}

struct guard_peer
adapt_peer(const struct conf_mailbox *m)
{
	struct guard_peer peer = {
		.host = m->host,
		.port = m->port,
		.tls = tls_of[m->tls],
		.ca_file = m->ca_file,
		.pin_sha256 = m->pin_sha256,
	};

	return peer;
}

struct parser_settings
adapt_parser(const struct conf *conf, const struct conf_mailbox *m)
{
	struct parser_settings settings = {
		.limits = conf->limits,
		.authserv_ids = m->authserv_ids,
		.received_hops = (int)m->received_hops,
		.keep_samples = m->keep_samples,
	};

	return settings;
}

static struct oauth_source
adapt_oauth(const struct conf_oauth2 *o)
{
	struct oauth_source source = {
		.grant = o->grant == CONF_GRANT_REFRESH_TOKEN
		    ? OAUTH_REFRESH_TOKEN
		    : OAUTH_CLIENT_CREDENTIALS,
		.token_url = o->token_url,
		.ca_file = o->ca_file,
		.client_id = o->client_id,
		.scope = o->scope,
		.client_secret = {
		    .name = "client_secret",
		    .file = o->client_secret_file,
		    .credential = o->client_secret_credential,
		    .command = (const char *const *)o->client_secret_command,
		},
		.refresh_token_file = o->refresh_token_file,
	};

	return source;
}

struct credential_source
adapt_credential(const struct conf_mailbox *m)
{
	struct credential_source source = {
		.is_oauth = m->oauth2.is_set,
		.secret = {
		    .literal = m->password,
		    .file = m->password_file,
		    .credential = m->password_credential,
		    .command = (const char *const *)m->password_command,
		},
		.oauth = adapt_oauth(&m->oauth2),
	};

	if (m->token_command != NULL) {
		source.secret.name = "token";
		source.secret.command = (const char *const *)m->token_command;
	}
	return source;
}
