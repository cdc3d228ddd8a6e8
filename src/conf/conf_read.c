/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf_part.h"

#define CONF_TEXT_MAX 1000 /* bytes of one text */

/* --- the settings --------------------------------------------------------- */

#define ROOT(member) offsetof(struct conf, member)
#define BOX(member) offsetof(struct conf_mailbox, member)
#define LIMIT(member) offsetof(struct limits, member)

#define WEEK (7 * 86400)
#define KIB 1024LL
#define MIB (1024 * KIB)

const struct conf_key conf_root_keys[] = {
	{ "database", CONF_TEXT, ROOT(database), "\"/var/lib/ruad/ruad.db\"", 0,
	    0 },
	{ "interval", CONF_DURATION, ROOT(interval), "\"15m\"", 1, WEEK },
	{ "max_connections", CONF_COUNT, ROOT(max_connections), "4", 1, 100 },
	{ "include_dir", CONF_TEXT, ROOT(include_dir), "\"/etc/ruad/conf.d\"",
	    0, 0 },
	{ "limits", CONF_LIMITS, ROOT(limits), "{ message = \"32M\"; }", 0, 0 },
	{ "mailboxes", CONF_MAILBOXES, ROOT(mailboxes),
	    "( { name = \"own\"; host = \"imap.example.org\"; ... } )", 0, 0 },
	{ NULL, CONF_TEXT, 0, NULL, 0, 0 },
};

const struct conf_key conf_mailbox_keys[] = {
	{ "name", CONF_TEXT, BOX(name), "\"own\"", 0, 0 },
	{ "host", CONF_TEXT, BOX(host), "\"imap.example.org\"", 0, 0 },
	{ "port", CONF_PORT, BOX(port), "993", 1, 65535 },
	{ "tls", CONF_TLS, BOX(tls), "\"implicit\"", 0, 0 },
	{ "ca_file", CONF_FILE, BOX(ca_file), "\"/etc/ruad/ca.pem\"", 0, 0 },
	{ "pin_sha256", CONF_TEXT, BOX(pin_sha256),
	    "\"d0b7a1...\" (64 hexadecimal digits)", 0, 0 },
	{ "auth", CONF_AUTH, BOX(auth), "\"auto\"", 0, 0 },
	{ "user", CONF_TEXT, BOX(user), "\"dmarc@example.org\"", 0, 0 },
	{ "password", CONF_SECRET, BOX(password), "\"...\"", 0, 0 },
	{ "password_file", CONF_FILE, BOX(password_file),
	    "\"/etc/ruad/own.pass\"", 0, 0 },
	{ "password_credential", CONF_TEXT, BOX(password_credential), "\"own\"",
	    0, 0 },
	{ "password_command", CONF_ARGV, BOX(password_command),
	    "[ \"/usr/bin/pass\", \"show\", \"own\" ]", 0, 0 },
	{ "token_command", CONF_ARGV, BOX(token_command),
	    "[ \"/usr/local/bin/token\", \"own\" ]", 0, 0 },
	{ "oauth2", CONF_OAUTH2, BOX(oauth2),
	    "{ grant = \"client_credentials\"; ... }", 0, 0 },
	{ "folder", CONF_TEXT, BOX(folder), "\"INBOX\"", 0, 0 },
	{ "archive", CONF_TEXT, BOX(archive), "\"Archive\"", 0, 0 },
	{ "failed", CONF_TEXT, BOX(failed), "\"Failed\"", 0, 0 },
	{ "other", CONF_TEXT, BOX(other), "\"\"", 0, 0 },
	{ "interval", CONF_DURATION, BOX(interval), "\"15m\"", 1, WEEK },
	{ "idle", CONF_BOOL, BOX(idle), "true", 0, 0 },
	{ "authserv_ids", CONF_TEXTS, BOX(authserv_ids),
	    "[ \"mx.example.org\" ]", 0, 0 },
	{ "received_hops", CONF_COUNT, BOX(received_hops), "1", 0, 50 },
	{ "require_verified", CONF_BOOL, BOX(require_verified), "false", 0, 0 },
	{ "keep_samples", CONF_BOOL, BOX(keep_samples), "false", 0, 0 },
	{ NULL, CONF_TEXT, 0, NULL, 0, 0 },
};

const struct conf_key conf_limits_keys[] = {
	{ "message", CONF_SIZE, LIMIT(message), "\"32M\"", KIB,
	    LIMIT_MAX_MESSAGE },
	{ "unpacked", CONF_SIZE, LIMIT(unpacked), "\"64M\"", KIB,
	    LIMIT_MAX_UNPACKED },
	{ "mail_unpacked", CONF_SIZE, LIMIT(mail_unpacked), "\"128M\"", KIB,
	    LIMIT_MAX_MAIL_UNPACKED },
	{ "records", CONF_COUNT, LIMIT(records), "1000000", 1,
	    LIMIT_MAX_RECORDS },
	{ NULL, CONF_TEXT, 0, NULL, 0, 0 },
};

static const char *const tls_words[] = {
	[CONF_TLS_IMPLICIT] = "implicit",
	[CONF_TLS_STARTTLS] = "starttls",
	[CONF_TLS_NONE] = "none",
};

static const char *const auth_words[] = {
	[CONF_AUTH_AUTO] = "auto",
	[CONF_AUTH_PLAIN] = "plain",
	[CONF_AUTH_LOGIN] = "login",
	[CONF_AUTH_SCRAM_SHA_256] = "scram-sha-256",
	[CONF_AUTH_XOAUTH2] = "xoauth2",
};

const char *
conf_tls_word(enum conf_tls tls)
{
	return tls_words[tls];
}

const char *
conf_auth_word(enum conf_auth auth)
{
	return auth_words[auth];
}

/* --- values --------------------------------------------------------------- */

static void
read_wrong_type(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, const char *expected)
{
	conf_error(r, conf_place(r, s), "%s must be %s, as in %s = %s",
	    key->name, expected, key->name, key->example);
}

/* The text of a setting or NULL (reported): no control bytes, not endless. */
static const char *
read_string(struct conf_reader *r, const config_setting_t *s, const char *name)
{
	const char *text = config_setting_get_string(s), *p;

	if (strlen(text) > CONF_TEXT_MAX) {
		conf_error(r, conf_place(r, s), "%s is longer than %d bytes",
		    name, CONF_TEXT_MAX);
		return NULL;
	}
	for (p = text; *p != '\0'; p++) {
		if ((unsigned char)*p >= ' ' && *p != '\x7f')
			continue;
		conf_error(r, conf_place(r, s),
		    "%s holds a line end or another control character (in "
		    "quotes, a backslash is written \\\\)",
		    name);
		return NULL;
	}
	return text;
}

static const char *
read_text(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key)
{
	const char *text;

	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		read_wrong_type(r, s, key, "text in quotes");
		return NULL;
	}
	text = read_string(r, s, key->name);
	if (text == NULL || key->type == CONF_SECRET ||
	    text_is_utf8(text, strlen(text)))
		return text;
	conf_error(r, conf_place(r, s), "%s is not UTF-8", key->name);
	return NULL;
}

/* Which of the words a text is; -1: none, reported. */
static int
read_word(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, const char *const *words, int n)
{
	const char *text = read_text(r, s, key);
	char list[128] = "";
	int i;

	if (text == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    "%s\"%s\"",
		    i == 0           ? ""
		        : i == n - 1 ? " or "
		                     : ", ",
		    words[i]);
	}
	conf_error(r, conf_place(r, s), "%s must be %s, not \"%s\"", key->name,
	    list, text);
	return -1;
}

static bool
read_is_integer(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT ||
	    config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool
read_is_within(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, int64_t n, const char *min, const char *max)
{
	if (n >= key->min && n <= key->max)
		return true;
	conf_error(r, conf_place(r, s),
	    "%s is out of range: it must be from %s to %s", key->name, min,
	    max);
	return false;
}

static void
read_port(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, uint16_t *out)
{
	if (!read_is_integer(s))
		read_wrong_type(r, s, key, "a number without quotes");
	else if (read_is_within(
	             r, s, key, config_setting_get_int64(s), "1", "65535"))
		*out = (uint16_t)config_setting_get_int64(s);
}

static void
read_duration(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, int64_t *out)
{
	const char *text;
	int64_t seconds;

	if (read_is_integer(s)) {
		conf_error(r, conf_place(r, s),
		    "%s needs quotes and a unit (s, m, h or d): %s = \"%llds\"",
		    key->name, key->name, config_setting_get_int64(s));
		return;
	}
	if ((text = read_text(r, s, key)) == NULL)
		return;
	if (!text_read_duration(text, &seconds))
		conf_error(r, conf_place(r, s),
		    "%s = \"%s\" is not a time: write a number and s, m, h or "
		    "d, as in %s",
		    key->name, text, key->example);
	else if (read_is_within(r, s, key, seconds, "\"1s\"", "\"7d\""))
		*out = seconds;
}

static void
read_size(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, uint64_t *out)
{
	const char *text;
	char max[24];
	uint64_t size;

	if (read_is_integer(s)) {
		conf_error(r, conf_place(r, s),
		    "%s needs quotes, and may have a unit (k, M or G): %s = "
		    "\"%lld\" or %s",
		    key->name, key->name, config_setting_get_int64(s),
		    key->example);
		return;
	}
	if ((text = read_text(r, s, key)) == NULL)
		return;
	snprintf(max, sizeof(max), "\"%lldM\"", (long long)key->max / MIB);
	if (!text_read_size(text, &size))
		conf_error(r, conf_place(r, s),
		    "%s = \"%s\" is not a size: write a number and k, M or G, "
		    "as in %s",
		    key->name, text, key->example);
	else if (read_is_within(r, s, key, (int64_t)size, "\"1k\"", max))
		*out = size;
}

static void
read_count(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, uint64_t *out)
{
	const char *text;
	char min[24], max[24];
	int64_t n;

	if (read_is_integer(s)) {
		n = config_setting_get_int64(s);
	} else if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		read_wrong_type(r, s, key, "a number");
		return;
	} else if ((text = read_text(r, s, key)) == NULL) {
		return;
	} else if (!text_read_int(text, INT64_MIN, INT64_MAX, &n)) {
		conf_error(r, conf_place(r, s),
		    "%s = \"%s\" is not a number, as in %s = %s", key->name,
		    text, key->name, key->example);
		return;
	}
	snprintf(min, sizeof(min), "%lld", (long long)key->min);
	snprintf(max, sizeof(max), "%lld", (long long)key->max);
	if (read_is_within(r, s, key, n, min, max))
		*out = (uint64_t)n;
}

static void
read_bool(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, bool *out)
{
	if (config_setting_type(s) == CONFIG_TYPE_BOOL)
		*out = config_setting_get_bool(s);
	else
		read_wrong_type(r, s, key, "true or false");
}

static void
read_texts(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, const char *wanted, char ***out)
{
	const config_setting_t *item;
	const char *text;
	char **argv;
	int i, n = 0;

	if (config_setting_is_array(s) || config_setting_is_list(s))
		n = config_setting_length(s);
	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(s, (unsigned int)i);
		if (config_setting_type(item) != CONFIG_TYPE_STRING)
			n = 0;
	}
	if (n == 0) {
		read_wrong_type(r, s, key, wanted);
		return;
	}
	argv = xcalloc((size_t)n + 1, sizeof(*argv));
	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(s, (unsigned int)i);
		text = read_string(r, item, key->name);
		argv[i] = xstrdup(text != NULL ? text : "");
	}
	*out = argv;
}

/* --- groups --------------------------------------------------------------- */

static void read_group(struct conf_reader *, const config_setting_t *,
    const struct conf_key *, void *);

static const struct conf_key *
read_find_key(const struct conf_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

/* The setting that was probably meant, or NULL. */
static const char *
read_guess(const struct conf_key *keys, const char *name)
{
	const char *best = NULL;
	size_t len, d, best_d = SIZE_MAX;

	for (; keys->name != NULL; keys++) {
		len = strlen(keys->name);
		d = text_distance(keys->name, name);
		if (d < best_d && d < len && (d <= 2 || d <= len / 3)) {
			best_d = d;
			best = keys->name;
		}
	}
	return best;
}

static void
read_unknown(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *keys)
{
	const char *name = config_setting_name(s), *guess;
	struct conf_place place = conf_place(r, s);

	if ((guess = read_guess(keys, name)) != NULL)
		conf_error(r, place,
		    "unknown setting \"%s\": did you mean \"%s\"?", name,
		    guess);
	else if (read_find_key(conf_mailbox_keys, name) != NULL)
		conf_error(r, place, "\"%s\" belongs inside a mailbox", name);
	else if (read_find_key(conf_oauth2_keys, name) != NULL)
		conf_error(
		    r, place, "\"%s\" belongs inside oauth2 = { }", name);
	else if (read_find_key(conf_limits_keys, name) != NULL)
		conf_error(
		    r, place, "\"%s\" belongs inside limits = { }", name);
	else if (read_find_key(conf_root_keys, name) != NULL)
		conf_error(r, place,
		    "\"%s\" belongs outside of all mailboxes and limits", name);
	else
		conf_error(r, place, "unknown setting \"%s\"", name);
}

static void
read_limits(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, struct limits *out)
{
	if (!config_setting_is_group(s)) {
		read_wrong_type(r, s, key, "a group in braces");
		return;
	}
	snprintf(r->subject, sizeof(r->subject), "limits: ");
	read_group(r, s, conf_limits_keys, out);
	if (out->mail_unpacked < out->unpacked)
		conf_error(r, conf_place(r, s),
		    "mail_unpacked (all attachments of a mail) cannot be less "
		    "than unpacked (one of them)");
	r->subject[0] = '\0';
}

static void
read_oauth2(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, struct conf_oauth2 *out)
{
	if (!config_setting_is_group(s)) {
		read_wrong_type(r, s, key, "a group in braces");
		return;
	}
	out->is_set = true;
	read_group(r, s, conf_oauth2_keys, out);
}

static void
read_mailbox(struct conf_reader *r, const config_setting_t *s, int number)
{
	struct conf_mailbox *m = array_add(
	    &r->conf->mailboxes, sizeof(struct conf_mailbox));
	struct conf_place *place = array_add(
	    &r->places, sizeof(struct conf_place));
	const char *name;
	char safe[72];

	*place = conf_place(r, s);
	if (config_setting_lookup_string(s, "name", &name))
		snprintf(r->subject, sizeof(r->subject),
		    "mailbox \"%s\": ", text_safe(safe, sizeof(safe), name));
	else
		snprintf(
		    r->subject, sizeof(r->subject), "mailbox %d: ", number);
	read_group(r, s, conf_mailbox_keys, m);
	conf_check_mailbox(r, s, m);
	r->subject[0] = '\0';
}

static void
read_mailboxes(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key)
{
	const config_setting_t *item;
	int i;

	if (!config_setting_is_list(s)) {
		read_wrong_type(r, s, key, "a list of groups");
		return;
	}
	for (i = 0; i < config_setting_length(s); i++) {
		item = config_setting_get_elem(s, (unsigned int)i);
		if (config_setting_is_group(item))
			read_mailbox(r, item, i + 1);
		else
			read_wrong_type(r, item, key, "a list of groups");
	}
}

static void
read_value(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, void *out)
{
	const char *text;
	int word;

	switch (key->type) {
	case CONF_TEXT:
	case CONF_SECRET:
		if ((text = read_text(r, s, key)) != NULL)
			*(char **)out = xstrdup(text);
		break;
	case CONF_FILE:
		if ((text = read_text(r, s, key)) != NULL)
			*(char **)out = text[0] == '\0'
			    ? xstrdup("")
			    : conf_join(r->root, text);
		break;
	case CONF_TLS:
		if ((word = read_word(r, s, key, tls_words, 3)) != -1)
			*(enum conf_tls *)out = (enum conf_tls)word;
		break;
	case CONF_AUTH:
		if ((word = read_word(r, s, key, auth_words, 5)) != -1)
			*(enum conf_auth *)out = (enum conf_auth)word;
		break;
	case CONF_PORT:
		read_port(r, s, key, out);
		break;
	case CONF_DURATION:
		read_duration(r, s, key, out);
		break;
	case CONF_SIZE:
		read_size(r, s, key, out);
		break;
	case CONF_COUNT:
		read_count(r, s, key, out);
		break;
	case CONF_ARGV:
		read_texts(r, s, key,
		    "a list of texts: the program and its arguments", out);
		break;
	case CONF_TEXTS:
		read_texts(r, s, key, "a list of texts", out);
		break;
	case CONF_BOOL:
		read_bool(r, s, key, out);
		break;
	case CONF_LIMITS:
		read_limits(r, s, key, out);
		break;
	case CONF_OAUTH2:
		read_oauth2(r, s, key, out);
		break;
	case CONF_GRANT:
		word = read_word(r, s, key, conf_grant_words, CONF_GRANTS);
		*(enum conf_grant *)out = (enum conf_grant)(word + 1);
		break;
	case CONF_PRESET:
		word = read_word(r, s, key, conf_preset_words, CONF_PRESETS);
		*(enum conf_preset *)out = (enum conf_preset)(word + 1);
		break;
	case CONF_MAILBOXES:
		read_mailboxes(r, s, key);
		break;
	}
}

static void
read_group(struct conf_reader *r, const config_setting_t *group,
    const struct conf_key *keys, void *out)
{
	const config_setting_t *s;
	const struct conf_key *key;
	int i;

	for (i = 0; i < config_setting_length(group); i++) {
		s = config_setting_get_elem(group, (unsigned int)i);
		key = read_find_key(keys, config_setting_name(s));
		if (key == NULL)
			read_unknown(r, s, keys);
		else
			read_value(r, s, key, (char *)out + key->offset);
	}
}

void
conf_read(
    struct conf_reader *r, const config_setting_t *root, bool only_mailboxes)
{
	const config_setting_t *s;
	int i;

	if (!only_mailboxes) {
		read_group(r, root, conf_root_keys, r->conf);
		s = config_setting_get_member(root, "include_dir");
		if (s != NULL)
			r->include_dir = conf_place(r, s);
		s = config_setting_get_member(root, "database");
		if (s != NULL && r->conf->database != NULL &&
		    r->conf->database[0] != '/')
			conf_error(r, conf_place(r, s),
			    "database = \"%s\" must be an absolute path, as in "
			    "\"/var/lib/ruad/ruad.db\"",
			    r->conf->database);
		return;
	}
	for (i = 0; i < config_setting_length(root); i++) {
		s = config_setting_get_elem(root, (unsigned int)i);
		if (strcmp(config_setting_name(s), "mailboxes") == 0)
			read_mailboxes(
			    r, s, read_find_key(conf_root_keys, "mailboxes"));
		else
			conf_error(r, conf_place(r, s),
			    "\"%s\" does not belong here: a file of "
			    "include_dir holds only mailboxes",
			    config_setting_name(s));
	}
}
