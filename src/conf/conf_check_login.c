/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/url.h"
#include "conf/conf_table.h"

/* Return which of the n keys is set, or NULL; report if more than one is. */
static const char *
login_find_one(struct conf_reader *r, const config_setting_t *s,
    const char *const *keys, size_t n)
{
	const char *first = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!conf_is_set(s, keys[i]))
			continue;
		if (first != NULL)
			conf_error(r, conf_member_place(r, s, keys[i]),
			    "%s and %s: only one of them may be set", first,
			    keys[i]);
		first = keys[i];
	}
	return first;
}

/* --- where a secret comes from -------------------------------------------- */

static void
login_check_literal(struct conf_reader *r, const config_setting_t *s)
{
	struct conf_place place = conf_member_place(r, s, "password");
	const struct conf_file *files = r->files.at;
	size_t i;

	for (i = 0; i < r->files.n; i++)
		if (files[i].name == place.file && files[i].is_exposed)
			conf_error(r, place,
			    "other users can read this file (mode %04o), so "
			    "it must not contain a password: run chmod 600, "
			    "or use password_file",
			    files[i].mode);
}

static void
login_check_file(struct conf_reader *r, const config_setting_t *s,
    const char *key, const char *path)
{
	const char *typed = NULL;
	struct stat st;

	if (path == NULL)
		return;
	(void)config_setting_lookup_string(s, key, &typed);
	if (path[0] == '\0')
		conf_error(r, conf_member_place(r, s, key), "%s is empty", key);
	else if (typed != NULL && typed[0] != '/' && access(path, F_OK) == -1)
		/* It may be the secret itself, which no message shows. */
		conf_error(r, conf_member_place(r, s, key),
		    "%s is not the path of an existing file: it must name "
		    "the file that contains the secret, such as "
		    "/etc/ruad/own.pass",
		    key);
	else if (access(path, R_OK) == 0 && stat(path, &st) == 0 &&
	    (st.st_mode & 077) != 0)
		conf_warn(r, conf_member_place(r, s, key),
		    "%s: other users can read \"%s\" (mode %04o), so ruad "
		    "will not use it: run chmod 600",
		    key, path, (unsigned int)st.st_mode & 07777);
	else
		conf_warn_unreadable(r, s, key, path, R_OK);
}

static void
login_check_credential(struct conf_reader *r, const config_setting_t *s,
    const char *key, const char *name)
{
	if (name != NULL &&
	    (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL))
		conf_error(r, conf_member_place(r, s, key),
		    "%s must be a name given in the unit's LoadCredential=, "
		    "not a path",
		    key);
}

static void
login_check_command(struct conf_reader *r, const config_setting_t *s,
    const char *key, char *const *argv)
{
	if (argv == NULL)
		return;
	if (argv[0][0] != '/')
		conf_error(r, conf_member_place(r, s, key),
		    "%s must begin with the full path of the program, as in "
		    "%s; no shell is used",
		    key,
		    conf_find_key(conf_mailbox_keys, "password_command")
		        ->example);
	else
		conf_warn_unreadable(r, s, key, argv[0], X_OK);
}

/* --- OAuth ---------------------------------------------------------------- */

/* Return whether a text is a domain or a GUID: it becomes part of a URL. */
static bool
login_is_tenant(const char *text)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	return text[0] != '\0' && strspn(text, legal) == strlen(text);
}

static void
login_check_preset(struct conf_reader *r, const config_setting_t *s,
    const struct conf_oauth2 *o)
{
	switch (o->preset) {
	case CONF_PRESET_MICROSOFT:
		if (o->tenant == NULL && o->token_url == NULL)
			conf_error(r, conf_place(r, s),
			    "preset = \"microsoft\" needs tenant, your "
			    "Directory (tenant) ID or domain");
		break;
	case CONF_PRESET_GOOGLE:
		if (o->grant == CONF_GRANT_CLIENT_CREDENTIALS)
			conf_error(r, conf_member_place(r, s, "grant"),
			    "Google opens no mailbox for client_credentials: "
			    "use grant = \"refresh_token\", or an app password "
			    "without oauth2");
		break;
	case CONF_PRESET_NONE:
		if (o->token_url == NULL && !conf_is_set(s, "preset"))
			conf_error(r, conf_place(r, s),
			    "token_url is missing: set it, or preset = "
			    "\"microsoft\" or \"google\"");
		break;
	}
	if (o->tenant == NULL)
		return;
	if (o->preset == CONF_PRESET_NONE && conf_is_set(s, "preset"))
		return; /* reported */
	if (o->preset != CONF_PRESET_MICROSOFT)
		conf_error(r, conf_member_place(r, s, "tenant"),
		    "tenant is only for preset = \"microsoft\"");
	else if (!login_is_tenant(o->tenant))
		conf_error(r, conf_member_place(r, s, "tenant"),
		    "tenant = \"%s\" is not a Directory (tenant) ID or a "
		    "domain",
		    o->tenant);
}

static void
login_check_grant(struct conf_reader *r, const config_setting_t *s,
    const struct conf_oauth2 *o, const char *secret)
{
	switch (o->grant) {
	case CONF_GRANT_CLIENT_CREDENTIALS:
		if (secret == NULL)
			conf_error(r, conf_place(r, s),
			    "grant = \"client_credentials\" needs the client "
			    "secret: set client_secret_file, "
			    "client_secret_command or "
			    "client_secret_credential");
		if (o->refresh_token_file != NULL)
			conf_error(r,
			    conf_member_place(r, s, "refresh_token_file"),
			    "refresh_token_file is only for grant = "
			    "\"refresh_token\"");
		break;
	case CONF_GRANT_REFRESH_TOKEN:
		if (o->refresh_token_file == NULL)
			conf_error(r, conf_place(r, s),
			    "grant = \"refresh_token\" needs "
			    "refresh_token_file, as in \"/var/lib/ruad/"
			    "own.refresh\"; ruad-quickstart(7) says how to get "
			    "a "
			    "refresh token");
		break;
	case CONF_GRANT_UNSET:
		if (!conf_is_set(s, "grant"))
			conf_error(r, conf_place(r, s),
			    "grant is missing: set \"client_credentials\" or "
			    "\"refresh_token\"");
		break;
	}
}

static void
login_check_oauth2(struct conf_reader *r, const config_setting_t *s,
    const struct conf_oauth2 *o)
{
	static const char *const secrets[] = { "client_secret_file",
		"client_secret_credential", "client_secret_command" };
	struct err err = ERR_INIT;
	const char *secret = login_find_one(r, s, secrets, 3);

	if (o->client_id == NULL || o->client_id[0] == '\0')
		conf_error(r, conf_member_place(r, s, "client_id"),
		    "client_id is missing: the ID of the client at the token "
		    "server");
	login_check_preset(r, s, o);
	login_check_grant(r, s, o, secret);
	if (o->token_url != NULL && url_check(o->token_url, NULL, &err) == -1)
		conf_error(r, conf_member_place(r, s, "token_url"),
		    "token_url: %s", err.text);
	login_check_file(r, s, "client_secret_file", o->client_secret_file);
	login_check_credential(
	    r, s, "client_secret_credential", o->client_secret_credential);
	login_check_command(
	    r, s, "client_secret_command", o->client_secret_command);
	login_check_file(r, s, "refresh_token_file", o->refresh_token_file);
	conf_warn_unreadable(r, s, "ca_file", o->ca_file, R_OK);
}

/* --- the whole ------------------------------------------------------------ */

/* xoauth2 and the ways to a token belong together. */
static void
login_check_auth(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m, const char *key)
{
	bool wanted = m->auth == CONF_AUTH_XOAUTH2;
	bool found = key != NULL &&
	    (strcmp(key, "token_command") == 0 || strcmp(key, "oauth2") == 0);

	if (key == NULL && wanted)
		conf_error(r, conf_member_place(r, s, "auth"),
		    "auth = \"xoauth2\" needs a token: set oauth2 = { } or "
		    "token_command");
	else if (key == NULL)
		conf_error(r, conf_place(r, s),
		    "the password is missing: set password_file, "
		    "password_command, password_credential or password");
	else if (wanted && !found)
		conf_error(r, conf_member_place(r, s, key),
		    "auth = \"xoauth2\" uses no password: set oauth2 = { } or "
		    "token_command instead of %s",
		    key);
	else if (!wanted && found)
		conf_error(r, conf_member_place(r, s, key),
		    "%s needs auth = \"xoauth2\"", key);
}

void
conf_check_login(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	static const char *const keys[] = { "password", "password_file",
		"password_credential", "password_command", "token_command",
		"oauth2" };
	const char *key = login_find_one(r, s, keys, 6);
	const config_setting_t *oauth2 = config_setting_get_member(s, "oauth2");

	login_check_auth(r, s, m, key);
	if (m->password != NULL) {
		login_check_literal(r, s);
		if (m->password[0] == '\0')
			conf_error(r, conf_member_place(r, s, "password"),
			    "password is empty");
	}
	login_check_file(r, s, "password_file", m->password_file);
	login_check_credential(
	    r, s, "password_credential", m->password_credential);
	login_check_command(r, s, "password_command", m->password_command);
	login_check_command(r, s, "token_command", m->token_command);
	if (m->oauth2.is_set)
		login_check_oauth2(r, oauth2, &m->oauth2);
}
