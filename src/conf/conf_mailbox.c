/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/sha256.h"
#include "conf/conf_part.h"

#define MAILBOX_NAME_MAX 64
#define MAILBOX_HOST_MAX 253

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

struct conf_place
conf_member_place(
    const struct conf_reader *r, const config_setting_t *s, const char *key)
{
	const config_setting_t *member = config_setting_get_member(s, key);

	return conf_place(r, member != NULL ? member : s);
}

static bool
mailbox_is_set(const config_setting_t *s, const char *key)
{
	return config_setting_get_member(s, key) != NULL;
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
		    "a name is 1 to %d letters, digits, dots, underscores or "
		    "hyphens",
		    MAILBOX_NAME_MAX);
}

/* Addresses and names that cannot be another machine. */
static bool
mailbox_is_local(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return host[0] == '/' || strcasecmp(host, "localhost") == 0;
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
			    "host = \"%s\" is a unix socket, which needs tls = "
			    "\"none\"",
			    host);
		return;
	}
	if (n == 0 || n > MAILBOX_HOST_MAX || strpbrk(host, " /@[]") != NULL) {
		conf_error(r, place,
		    "host = \"%s\" is neither a host name, nor an address, "
		    "nor the path of a unix socket",
		    host);
		return;
	}
	if (m->tls == CONF_TLS_NONE && !mailbox_is_local(host))
		conf_error(r, conf_member_place(r, s, "tls"),
		    "tls = \"none\" would show the password to the network: "
		    "it is only for this machine (host \"localhost\", "
		    "\"127.0.0.1\", \"::1\" or the path of a unix socket)");
}

static void
mailbox_check_port(
    struct conf_reader *r, const config_setting_t *s, struct conf_mailbox *m)
{
	uint16_t usual = m->tls == CONF_TLS_IMPLICIT ? 993 : 143;
	uint16_t other = m->tls == CONF_TLS_IMPLICIT ? 143 : 993;

	if (m->port == other)
		conf_warn(r, conf_member_place(r, s, "port"),
		    "port %u is unusual with tls = \"%s\": did you mean %u?",
		    other, conf_tls_word(m->tls), usual);
	if (m->port == 0)
		m->port = usual;
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

void
conf_warn_unreadable(struct conf_reader *r, const config_setting_t *s,
    const char *key, const char *path, int how)
{
	if (path == NULL || access(path, how) == 0)
		return;
	conf_warn(r, conf_member_place(r, s, key),
	    "%s: \"%s\" cannot be %s: %s", key, path,
	    how == X_OK ? "run" : "read", strerror(errno));
}

void
conf_drop_empty(char **text)
{
	if (*text != NULL && (*text)[0] == '\0') {
		free(*text);
		*text = NULL;
	}
}

static void
mailbox_check_trust(
    struct conf_reader *r, const config_setting_t *s, struct conf_mailbox *m)
{
	conf_drop_empty(&m->ca_file);
	conf_drop_empty(&m->pin_sha256);
	conf_warn_unreadable(r, s, "ca_file", m->ca_file, R_OK);
	if (m->pin_sha256 != NULL && !mailbox_is_pin(m->pin_sha256))
		conf_error(r, conf_member_place(r, s, "pin_sha256"),
		    "pin_sha256 must be the SHA-256 of the server's public key "
		    "as 64 hexadecimal digits or in base64");
}

/* --- folders -------------------------------------------------------------- */

/* Whether two names are one folder: only INBOX comes in any case. */
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
		    "%s = \"%s\": a / stands between the levels of a folder, "
		    "as in \"Reports/2026\"",
		    key, folder);
}

static void
mailbox_check_folders(
    struct conf_reader *r, const config_setting_t *s, struct conf_mailbox *m)
{
	struct {
		const char *key, *def;
		char **name;
	} to[] = { { "archive", "Archive", &m->archive },
		{ "failed", "Failed", &m->failed },
		{ "other", "", &m->other } };
	size_t i;

	if (m->folder == NULL)
		m->folder = xstrdup("INBOX");
	if (m->folder[0] == '\0')
		conf_error(r, conf_member_place(r, s, "folder"),
		    "folder is empty: which one shall be read? (default "
		    "\"INBOX\")");
	mailbox_check_folder(r, s, "folder", m->folder);
	for (i = 0; i < 3; i++) {
		if (*to[i].name == NULL)
			*to[i].name = xstrdup(to[i].def);
		mailbox_check_folder(r, s, to[i].key, *to[i].name);
		if (m->folder[0] != '\0' &&
		    mailbox_is_same_folder(m->folder, *to[i].name))
			conf_error(r, conf_member_place(r, s, to[i].key),
			    "%s = \"%s\" is the folder that is read: mail "
			    "cannot be filed there (\"\" leaves it in place)",
			    to[i].key, *to[i].name);
	}
}

/* --- whom to believe ------------------------------------------------------ */

static void
mailbox_check_senders(
    struct conf_reader *r, const config_setting_t *s, struct conf_mailbox *m)
{
	size_t n = 0;

	if (!mailbox_is_set(s, "received_hops"))
		m->received_hops = 1;
	for (; m->authserv_ids != NULL && m->authserv_ids[n] != NULL; n++)
		if (m->authserv_ids[n][0] == '\0')
			conf_error(r, conf_member_place(r, s, "authserv_ids"),
			    "authserv_ids holds an empty text");
	if (n > LIMIT_AUTHSERV_IDS)
		conf_error(r, conf_member_place(r, s, "authserv_ids"),
		    "authserv_ids holds more than %d texts",
		    LIMIT_AUTHSERV_IDS);
	if (n == 0 && m->require_verified)
		conf_error(r, conf_member_place(r, s, "require_verified"),
		    "require_verified needs authserv_ids: whose "
		    "Authentication-Results shall be believed?");
}

/* --- the whole ------------------------------------------------------------ */

void
conf_check_mailbox(
    struct conf_reader *r, const config_setting_t *s, struct conf_mailbox *m)
{
	static const char *const required[] = { "name", "host", "user" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (!mailbox_is_set(s, required[i]))
			conf_error(
			    r, conf_place(r, s), "%s is missing", required[i]);
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
	if (!mailbox_is_set(s, "idle"))
		m->idle = true;
}

/*
 * Whether both log in to one account.  Another port may be another server
 * behind a tunnel, but not if both are the usual ones of IMAP.
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
	size_t i, j;

	for (i = 0; i < r->conf->mailboxes.n; i++)
		for (j = 0; j < i; j++) {
			if (m[i].name != NULL && m[j].name != NULL &&
			    strcmp(m[i].name, m[j].name) == 0)
				conf_error(r, at[i],
				    "mailbox \"%s\": the name is already used "
				    "at %s:%u",
				    m[i].name, at[j].file, at[j].line);
			if (mailbox_is_same_account(&m[i], &m[j]) &&
			    mailbox_is_same_folder(m[i].folder, m[j].folder))
				conf_error(r, at[i],
				    "mailbox \"%s\": it reads the same folder "
				    "as the mailbox at %s:%u (\"%s\" of %s at "
				    "%s): they would take each other's mail",
				    m[i].name != NULL ? m[i].name : "",
				    at[j].file, at[j].line, m[i].folder,
				    m[i].user, m[i].host);
		}
}
