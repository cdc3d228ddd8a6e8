/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad.conf(5), over libconfig.  Runs in ruad, which forks its fetchers with
 * the result.  The file is trusted, its author is human: every error is found
 * in one run and reported as "file:line: error: sentence".  The way down:
 *
 *	conf        load, find, free
 *	conf_scan   is the text well formed?  over conf_token
 *	conf_read   libconfig's tree -> structs, by conf_table
 *	conf_fill   defaults that depend on other settings
 *	conf_check  is it legal?  and conf_check_login
 *	conf_reader the report, files and places: the floor
 */
#ifndef RUAD_CONF_CONF_H
#define RUAD_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"

#define CONF_PATH RUAD_SYSCONFDIR "/ruad/ruad.conf"

enum conf_tls {
	CONF_TLS_IMPLICIT,
	CONF_TLS_STARTTLS,
	CONF_TLS_NONE, /* this machine only */
};

enum conf_auth {
	CONF_AUTH_AUTO,
	CONF_AUTH_PLAIN,
	CONF_AUTH_LOGIN,
	CONF_AUTH_SCRAM_SHA_256,
	CONF_AUTH_XOAUTH2,
};

enum conf_grant {
	CONF_GRANT_UNSET,
	CONF_GRANT_CLIENT_CREDENTIALS,
	CONF_GRANT_REFRESH_TOKEN,
};

enum conf_preset {
	CONF_PRESET_NONE,
	CONF_PRESET_MICROSOFT,
	CONF_PRESET_GOOGLE,
};

/* oauth2 = { }, with what the preset knows. */
struct conf_oauth2 {
	bool is_set;
	enum conf_grant grant;
	enum conf_preset preset;
	char *tenant;
	char *client_id;
	char *client_secret_file; /* one of these three, or none */
	char *client_secret_credential;
	char **client_secret_command;
	char *refresh_token_file;
	char *scope;
	char *token_url;
	char *ca_file; /* NULL: the system's authorities */
};

struct conf_mailbox {
	char *name;
	char *host;
	char *user;
	uint16_t port;
	enum conf_tls tls;
	char *ca_file;    /* NULL: the system's authorities */
	char *pin_sha256; /* NULL: none */
	enum conf_auth auth;
	char *password; /* literal; exactly one of these six */
	char *password_file;
	char *password_credential;
	char **password_command; /* argv, NULL-terminated */
	char **token_command;
	struct conf_oauth2 oauth2;
	char *folder;
	char *archive; /* "" leaves messages in place; so do the next two */
	char *failed;
	char *other;
	int64_t interval;    /* seconds between polls */
	bool idle;           /* wait for mail between polls */
	char **authserv_ids; /* NULL-terminated; NULL: none */
	uint64_t received_hops;
	bool require_verified;
	bool keep_samples;
};

/* lookup = { }, of ruactl lookup. */
struct conf_lookup {
	char **mmdb;  /* paths; NULL-terminated; NULL: none */
	char *server; /* as ruactl --server takes it; NULL: resolv.conf's */
	bool cymru;
};

struct conf {
	char *path;     /* absolute, so that SIGHUP finds it again */
	char *database; /* absolute */
	int64_t interval;
	uint64_t max_connections; /* of one account at the same time */
	char *include_dir;        /* as set; "": none */
	struct limits limits;
	struct conf_lookup lookup;
	struct array mailboxes; /* of struct conf_mailbox */
};

/*
 * Load and check a configuration.  0: *out is to be given to conf_free(), and
 * report may contain warnings.  -1: nothing is returned, and report has a line
 * for every error and warning; errno says what the machine lacks to read it
 * (descriptors, memory, a disk without faults), or is 0.
 */
int conf_load(const char *path, struct conf **out, struct buf *report);
void conf_free(struct conf *);

/* Return the mailbox of this name, or NULL. */
const struct conf_mailbox *conf_find(const struct conf *, const char *name);

/* Write what is in effect, for ruad -T: a literal password as "****". */
void conf_write(const struct conf *, struct buf *);

#endif
