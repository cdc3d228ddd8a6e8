/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_check.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/url.h"
#include "conf/conf_table.h"

#define MAILBOX_NAME_MAX 64
#define MAILBOX_HOST_MAX 253

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* --- outside of mailboxes ------------------------------------------------- */

void
conf_check_database(
    struct conf_reader *r, const config_setting_t *root, const char *path)
{
	if (path[0] != '/')
		conf_error(r, conf_member_place(r, root, "database"),
		    "database = \"%s\" must be an absolute path, as in %s",
		    path,
		    conf_example(conf_find_key(conf_root_keys, "database")));
}

void
conf_check_limits(struct conf_reader *r, const config_setting_t *s,
    const struct limits *limits)
{
	if (limits->mail_unpacked < limits->unpacked)
		conf_error(r, conf_place(r, s),
		    "mail_unpacked (all attachments of a message) cannot be "
		    "less than unpacked (one of them)");
}

void
conf_check_lookup(struct conf_reader *r, const config_setting_t *s,
    const struct conf_lookup *lookup)
{
	char *const *path;

	for (path = lookup->mmdb; path != NULL && *path != NULL; path++)
		conf_warn_unreadable(r, s, "mmdb", *path, R_OK);
}

/* --- who and where -------------------------------------------------------- */

static void
mailbox_check_name(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	size_t n = strlen(m->name), i;

	for (i = 0; i < n; i++)
		if (strchr(letters, m->name[i]) == NULL &&
		    strchr("0123456789._-", m->name[i]) == NULL)
			break;
	if (i < n || n == 0 || n > MAILBOX_NAME_MAX)
		conf_error(r, conf_member_place(r, s, "name"),
		    "name must be 1 to %d letters, digits, dots, underscores "
		    "or hyphens",
		    MAILBOX_NAME_MAX);
}

static void
mailbox_check_host(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	struct conf_place place = conf_member_place(r, s, "host");
	const char *host = m->host;
	size_t n = strlen(host);

	if (host[0] == '/') {
		if (m->tls != CONF_TLS_NONE)
			conf_error(r, place,
			    "host = \"%s\" is a Unix socket, which needs tls = "
			    "\"none\"",
			    host);
		return;
	}
	if (n == 0 || n > MAILBOX_HOST_MAX || strpbrk(host, " /@[]") != NULL) {
		conf_error(r, place,
		    "host = \"%s\" is not a host name, an IP address or the "
		    "path of a Unix socket",
		    host);
		return;
	}
	if (m->tls == CONF_TLS_NONE && !url_is_loopback(host))
		conf_error(r, conf_member_place(r, s, "tls"),
		    "tls = \"none\" would send the password unencrypted: it "
		    "is allowed on this machine only (host \"localhost\", "
		    "\"127.0.0.1\", \"::1\" or the path of a Unix socket)");
}

static void
mailbox_check_port(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	enum conf_tls other = m->tls == CONF_TLS_IMPLICIT ? CONF_TLS_STARTTLS
	                                                  : CONF_TLS_IMPLICIT;

	if (m->port == conf_tls_port(other))
		conf_warn(r, conf_member_place(r, s, "port"),
		    "port %u is unusual with tls = \"%s\": did you mean %u?",
		    m->port, conf_tls_word(m->tls), conf_tls_port(m->tls));
}

/* A SHA-256: 64 hexadecimal digits, or 43 of base64 and "=". */
static bool
mailbox_is_pin(const char *pin)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	size_t n = strlen(pin), i;

	if (n == 2 * SHA256_SIZE)
		return strspn(pin, hex) == n;
	if (n != 44 || pin[43] != '=')
		return false;
	for (i = 0; i < 43; i++)
		if (strchr(letters, pin[i]) == NULL &&
		    strchr("0123456789+/", pin[i]) == NULL)
			return false;
	return true;
}

static void
mailbox_check_trust(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	conf_warn_unreadable(r, s, "ca_file", m->ca_file, R_OK);
	if (m->pin_sha256 != NULL && !mailbox_is_pin(m->pin_sha256))
		conf_error(r, conf_member_place(r, s, "pin_sha256"),
		    "pin_sha256 must be the SHA-256 of the server's public "
		    "key, "
		    "as 64 hexadecimal digits or in base64");
}

/* --- folders -------------------------------------------------------------- */

/* Return whether two names are one folder: INBOX is the same in any case. */
static bool
mailbox_is_same_folder(const char *a, const char *b)
{
	return strcmp(a, b) == 0 ||
	    (strcasecmp(a, "INBOX") == 0 && strcasecmp(b, "INBOX") == 0);
}

static void
mailbox_check_folder(struct conf_reader *r, const config_setting_t *s,
    const char *key, const char *folder)
{
	size_t n = strlen(folder);
	/* DavMail's names of other people's folders begin so. */
	bool path = folder[0] == '/' && strchr(folder + 1, '/') != NULL;

	if (n > 0 &&
	    ((folder[0] == '/' && !path) || folder[n - 1] == '/' ||
	        strstr(folder, "//") != NULL))
		conf_error(r, conf_member_place(r, s, key),
		    "%s = \"%s\" has a level without a name: use / only "
		    "between levels, as in \"Reports/2026\"",
		    key, folder);
}

static void
mailbox_check_folders(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	const struct {
		const char *key, *name;
	} to[] = { { "archive", m->archive }, { "failed", m->failed },
		{ "other", m->other } };
	size_t i;

	if (m->folder[0] == '\0')
		conf_error(r, conf_member_place(r, s, "folder"),
		    "folder is empty: which folder should be read? (default "
		    "%s)",
		    conf_find_key(conf_mailbox_keys, "folder")->def);
	mailbox_check_folder(r, s, "folder", m->folder);
	for (i = 0; i < 3; i++) {
		mailbox_check_folder(r, s, to[i].key, to[i].name);
		if (m->folder[0] != '\0' &&
		    mailbox_is_same_folder(m->folder, to[i].name))
			conf_error(r, conf_member_place(r, s, to[i].key),
			    "%s = \"%s\" is the folder that is read: "
			    "messages cannot be moved there (\"\" leaves them "
			    "in place)",
			    to[i].key, to[i].name);
	}
}

/* --- whom to trust -------------------------------------------------------- */

static void
mailbox_check_senders(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	struct conf_place place = conf_member_place(r, s, "authserv_ids");
	size_t n = 0;

	for (; m->authserv_ids != NULL && m->authserv_ids[n] != NULL; n++)
		if (m->authserv_ids[n][0] == '\0')
			conf_error(
			    r, place, "authserv_ids contains an empty string");
	if (n > LIMIT_AUTHSERV_IDS)
		conf_error(r, place,
		    "authserv_ids contains more than %d entries",
		    LIMIT_AUTHSERV_IDS);
	if (n == 0 && m->require_verified)
		conf_error(r, conf_member_place(r, s, "require_verified"),
		    "require_verified needs authserv_ids, the servers whose "
		    "Authentication-Results are trusted");
}

/* --- the whole ------------------------------------------------------------ */

void
conf_check_mailbox(struct conf_reader *r, const config_setting_t *s,
    const struct conf_mailbox *m)
{
	const struct conf_key *key;

	for (key = conf_mailbox_keys; key->name != NULL; key++)
		if (key->is_required && !conf_is_set(s, key->name))
			conf_error(
			    r, conf_place(r, s), "%s is missing", key->name);
	if (m->name != NULL)
		mailbox_check_name(r, s, m);
	if (m->host != NULL)
		mailbox_check_host(r, s, m);
	if (m->user != NULL && m->user[0] == '\0')
		conf_error(r, conf_member_place(r, s, "user"), "user is empty");
	mailbox_check_port(r, s, m);
	mailbox_check_trust(r, s, m);
	conf_check_login(r, s, m);
	mailbox_check_folders(r, s, m);
	mailbox_check_senders(r, s, m);
}

/*
 * Return whether both log in to one account.  Another port may be another
 * server at the end of a tunnel, but not if both are the usual ones of IMAP.
 */
static bool
mailbox_is_same_account(
    const struct conf_mailbox *a, const struct conf_mailbox *b)
{
	bool a_usual = a->port == 993 || a->port == 143;
	bool b_usual = b->port == 993 || b->port == 143;

	return a->host != NULL && b->host != NULL && a->user != NULL &&
	    b->user != NULL && strcasecmp(a->host, b->host) == 0 &&
	    strcmp(a->user, b->user) == 0 &&
	    (a->port == b->port || (a_usual && b_usual));
}

void
conf_check_mailboxes(struct conf_reader *r)
{
	const struct conf_mailbox *m = r->conf->mailboxes.at;
	const struct conf_place *at = r->places.at;
	struct conf_place whole = { r->main, 0 };
	size_t i, j;

	if (r->conf->mailboxes.n == 0 && r->errors == 0)
		conf_error(r, whole,
		    "no mailbox is configured: add mailboxes = ( { name = "
		    "\"own\"; host = \"imap.example.org\"; user = "
		    "\"dmarc@example.org\"; password_file = "
		    "\"/etc/ruad/own.pass\"; } );");
	for (i = 0; i < r->conf->mailboxes.n; i++)
		for (j = 0; j < i; j++) {
			if (m[i].name != NULL && m[j].name != NULL &&
			    strcmp(m[i].name, m[j].name) == 0)
				conf_error(r, at[i],
				    "mailbox \"%s\": this name is already "
				    "used at %s:%u",
				    m[i].name, at[j].file, at[j].line);
			if (mailbox_is_same_account(&m[i], &m[j]) &&
			    mailbox_is_same_folder(m[i].folder, m[j].folder))
				conf_error(r, at[i],
				    "mailbox \"%s\": it reads the same folder "
				    "as "
				    "the mailbox at %s:%u (\"%s\" of %s at "
				    "%s), so each would take the other's mail",
				    m[i].name != NULL ? m[i].name : "",
				    at[j].file, at[j].line, m[i].folder,
				    m[i].user, m[i].host);
		}
}
