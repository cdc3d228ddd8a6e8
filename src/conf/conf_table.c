/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_table.h"

#define ROOT(member) offsetof(struct conf, member)
#define LIMIT(member) offsetof(struct limits, member)
#define LOOKUP(member) offsetof(struct conf_lookup, member)
#define BOX(member) offsetof(struct conf_mailbox, member)
#define OAUTH(member) offsetof(struct conf_oauth2, member)
#define INTERVAL_RANGE .min = "1s", .max = "7d"
#define TEXT_OF(x) TEXT_OF_2(x)
#define TEXT_OF_2(x) #x

/* Those of enum conf_tls, conf_auth, conf_grant and conf_preset. */
static const char *const tls_words[] = { "implicit", "starttls", "none", NULL };
static const uint16_t tls_ports[] = { 993, 143, 143 };
static const char *const auth_words[] = { "auto", "plain", "login",
	"scram-sha-256", "xoauth2", NULL };
static const char *const grant_words[] = { "", "client_credentials",
	"refresh_token", NULL };
static const char *const preset_words[] = { "", "microsoft", "google", NULL };

const struct conf_key conf_root_keys[] = {
	{ "database", CONF_TEXT, ROOT(database), .def = "\"" RUAD_DATABASE "\"",
	    .example = "\"/var/lib/ruad/ruad.db\"" },
	{ "interval", CONF_DURATION, ROOT(interval), .def = "\"15m\"",
	    INTERVAL_RANGE },
	{ "max_connections", CONF_COUNT, ROOT(max_connections), .def = "4",
	    .min = "1", .max = "100" },
	{ "include_dir", CONF_TEXT, ROOT(include_dir), .def = "\"conf.d\"",
	    .example = "\"/etc/ruad/conf.d\"" },
	{ "limits", CONF_LIMITS, ROOT(limits),
	    .example = "{ message = \"32M\"; }" },
	{ "lookup", CONF_LOOKUP, ROOT(lookup),
	    .example = "{ mmdb = [ \"/var/lib/GeoIP/lite.mmdb\" ]; }" },
	{ "mailboxes", CONF_MAILBOXES, ROOT(mailboxes), .is_required = true,
	    .example = "( { name = \"own\"; host = \"imap.example.org\"; ... "
	               "} )" },
	{ .name = NULL },
};

/* Numbers with a unit are sizes, and in quotes. */
#define LIMIT_TYPE_ CONF_COUNT
#define LIMIT_TYPE_M CONF_SIZE
#define LIMIT_QUOTE_
#define LIMIT_QUOTE_M "\""
#define LIMIT_MIN_ "1"
#define LIMIT_MIN_M "1k"
#define LIMIT_KEY(name, n, unit, most, most_unit) \
	{ #name, LIMIT_TYPE_##unit, LIMIT(name), \
		.def = LIMIT_QUOTE_##unit #n #unit LIMIT_QUOTE_##unit, \
		.min = LIMIT_MIN_##unit, .max = #most #most_unit },

const struct conf_key conf_limits_keys[] = {
	LIMITS_ALL(LIMIT_KEY) { .name = NULL },
};

const struct conf_key conf_lookup_keys[] = {
	{ "mmdb", CONF_FILES, LOOKUP(mmdb),
	    .example = "[ \"/var/lib/GeoIP/lite.mmdb\" ]" },
	{ "server", CONF_TEXT, LOOKUP(server),
	    .example = "\"127.0.0.1:5353\"" },
	{ "cymru", CONF_BOOL, LOOKUP(cymru), .def = "false" },
	{ .name = NULL },
};

const struct conf_key conf_mailbox_keys[] = {
	{ "name", CONF_TEXT, BOX(name), .is_required = true,
	    .example = "\"own\"" },
	{ "host", CONF_TEXT, BOX(host), .is_required = true,
	    .example = "\"imap.example.org\"" },
	{ "port", CONF_PORT, BOX(port), .example = "993", .min = "1",
	    .max = "65535" },
	{ "tls", CONF_WORD, BOX(tls), .def = "\"implicit\"",
	    .words = tls_words },
	{ "ca_file", CONF_FILE, BOX(ca_file),
	    .example = "\"/etc/ruad/ca.pem\"" },
	{ "pin_sha256", CONF_TEXT, BOX(pin_sha256),
	    .example = "\"d0b7a1...\" (64 hexadecimal digits)" },
	{ "auth", CONF_WORD, BOX(auth), .def = "\"auto\"",
	    .words = auth_words },
	{ "user", CONF_TEXT, BOX(user), .is_required = true,
	    .example = "\"dmarc@example.org\"" },
	{ "password", CONF_SECRET, BOX(password), .example = "\"...\"" },
	{ "password_file", CONF_FILE, BOX(password_file),
	    .example = "\"/etc/ruad/own.pass\"" },
	{ "password_credential", CONF_TEXT, BOX(password_credential),
	    .example = "\"own\"" },
	{ "password_command", CONF_ARGV, BOX(password_command),
	    .example = "[ \"/usr/bin/pass\", \"show\", \"own\" ]" },
	{ "token_command", CONF_ARGV, BOX(token_command),
	    .example = "[ \"/usr/local/bin/token\", \"own\" ]" },
	{ "oauth2", CONF_OAUTH2, BOX(oauth2),
	    .example = "{ grant = \"client_credentials\"; ... }" },
	{ "folder", CONF_TEXT, BOX(folder), .def = "\"INBOX\"" },
	{ "archive", CONF_TEXT, BOX(archive), .def = "\"Archive\"" },
	{ "failed", CONF_TEXT, BOX(failed), .def = "\"Failed\"" },
	{ "other", CONF_TEXT, BOX(other), .def = "\"\"" },
	{ "interval", CONF_DURATION, BOX(interval), .example = "\"15m\"",
	    INTERVAL_RANGE },
	{ "idle", CONF_BOOL, BOX(idle), .def = "true" },
	{ "authserv_ids", CONF_TEXTS, BOX(authserv_ids),
	    .example = "[ \"mx.example.org\" ]" },
	{ "received_hops", CONF_COUNT, BOX(received_hops), .def = "1",
	    .min = "0", .max = TEXT_OF(LIMIT_RECEIVED_HOPS) },
	{ "require_verified", CONF_BOOL, BOX(require_verified),
	    .def = "false" },
	{ "keep_samples", CONF_BOOL, BOX(keep_samples), .def = "false" },
	{ .name = NULL },
};

const struct conf_key conf_oauth2_keys[] = {
	{ "grant", CONF_WORD, OAUTH(grant), .is_required = true,
	    .words = grant_words, .example = "\"client_credentials\"" },
	{ "preset", CONF_WORD, OAUTH(preset), .words = preset_words,
	    .example = "\"microsoft\"" },
	{ "tenant", CONF_TEXT, OAUTH(tenant), .example = "\"example.org\"" },
	{ "client_id", CONF_TEXT, OAUTH(client_id), .is_required = true,
	    .example = "\"11111111-2222-3333-4444-555555555555\"" },
	{ "client_secret_file", CONF_FILE, OAUTH(client_secret_file),
	    .example = "\"/etc/ruad/own.secret\"" },
	{ "client_secret_credential", CONF_TEXT,
	    OAUTH(client_secret_credential), .example = "\"own\"" },
	{ "client_secret_command", CONF_ARGV, OAUTH(client_secret_command),
	    .example = "[ \"/usr/bin/pass\", \"show\", \"own\" ]" },
	{ "refresh_token_file", CONF_FILE, OAUTH(refresh_token_file),
	    .example = "\"/var/lib/ruad/own.refresh\"" },
	{ "scope", CONF_TEXT, OAUTH(scope),
	    .example = "\"https://mail.google.com/\"" },
	{ "token_url", CONF_TEXT, OAUTH(token_url),
	    .example = "\"https://login.example.org/token\"" },
	{ "ca_file", CONF_FILE, OAUTH(ca_file),
	    .example = "\"/etc/ruad/ca.pem\"" },
	{ .name = NULL },
};

const struct conf_key *
conf_find_key(const struct conf_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

const char *
conf_example(const struct conf_key *key)
{
	return key->example != NULL ? key->example : key->def;
}

const char *
conf_tls_word(enum conf_tls tls)
{
	return tls_words[tls];
}

uint16_t
conf_tls_port(enum conf_tls tls)
{
	return tls_ports[tls];
}
