/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_table: ruad.conf(5) has every setting with its type, range and default,
 * and no other; what is off in etc/ruad.conf shows the default.
 */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "conf/conf_table.h"

struct entry {
	const struct conf_key *keys, *key;
	char head[200];  /* what follows the name, as it is written */
	struct buf text; /* in plain words */
};

static struct entry entries[100];
static size_t n_entries;

static void
load(const char *path, struct buf *text)
{
	const char *src = getenv("RUAD_SRC");
	struct err err = ERR_INIT;
	char name[300];
	int fd;

	snprintf(name, sizeof(name), "%s/%s", src != NULL ? src : ".", path);
	assert_true((fd = open(name, O_RDONLY | O_CLOEXEC)) != -1);
	assert_int_equal(io_read_all(fd, 1 << 20, text, &err), 0);
	close(fd);
	buf_str(text);
}

/* --- the manual ----------------------------------------------------------- */

static bool
is_punctuation(const char *word)
{
	return word == NULL || (strchr(".,:;)", *word) != NULL && !word[1]);
}

static bool
is_macro(const char *word)
{
	return isupper((unsigned char)word[0]) &&
	    islower((unsigned char)word[1]) && word[2] == '\0';
}

static void
add_word(struct buf *text, const char *word, const char *quote)
{
	if (word != NULL && *quote == '\0' && is_punctuation(word) &&
	    text->len > 0)
		text->len--;
	buf_printf(text, "%s%s%s ", quote, word != NULL ? word : "", quote);
}

/* A line of mdoc(7) without its macros; Qq becomes quotes. */
static void
add_line(struct buf *text, char *line)
{
	char *rest, *word;
	bool quoted = false;

	if (*line != '.') {
		buf_printf(text, "%s ", line);
		return;
	}
	for (word = strtok_r(line + 1, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		if (strcmp(word, "Qq") == 0) {
			quoted = true;
			continue;
		}
		if (is_macro(word))
			continue;
		if (quoted && is_punctuation(word))
			add_word(text, NULL, "\"");
		add_word(
		    text, word, quoted && !is_punctuation(word) ? "\"" : "");
		quoted = false;
	}
	if (quoted)
		add_word(text, NULL, "\"");
}

static void
read_entry(const struct conf_key *keys, const char *line)
{
	struct entry *e = &entries[n_entries++];
	char name[40];

	assert_true(n_entries <= sizeof(entries) / sizeof(*entries));
	assert_int_equal(sscanf(line, "%39s = %199[^\n]", name, e->head), 2);
	e->keys = keys;
	e->key = conf_find_key(keys, name);
	if (e->key == NULL)
		fail_msg(
		    "ruad.conf(5) has \"%s\", which is not a setting", name);
}

static void
read_manual(void)
{
	static const struct {
		const char *section;
		const struct conf_key *keys;
	} sections[] = { { ".Sh SETTINGS", conf_root_keys },
		{ ".Ss Mailboxes", conf_mailbox_keys },
		{ ".Ss OAuth 2.0", conf_oauth2_keys },
		{ ".Ss Limits", conf_limits_keys },
		{ ".Ss Look-ups", conf_lookup_keys } };
	const struct conf_key *keys = NULL;
	struct buf text = { 0 };
	char *rest, *line;
	size_t i;

	load("docs/ruad.conf.5", &text);
	for (line = strtok_r(text.at, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, ".Sh ", 4) == 0 ||
		    strncmp(line, ".Ss ", 4) == 0)
			keys = NULL;
		for (i = 0; i < sizeof(sections) / sizeof(*sections); i++)
			if (strcmp(line, sections[i].section) == 0)
				keys = sections[i].keys;
		if (keys == NULL)
			continue;
		if (strncmp(line, ".It Ic ", 7) == 0)
			read_entry(keys, line + 7);
		else if (n_entries > 0 && entries[n_entries - 1].keys == keys)
			add_line(&entries[n_entries - 1].text, line);
	}
	buf_done(&text);
}

static struct entry *
find_entry(const struct conf_key *keys, const struct conf_key *key)
{
	struct entry *found = NULL;
	size_t i;

	for (i = 0; i < n_entries; i++)
		if (entries[i].keys == keys && entries[i].key == key) {
			if (found != NULL)
				fail_msg(
				    "ruad.conf(5) has \"%s\" twice", key->name);
			found = &entries[i];
		}
	if (found == NULL)
		fail_msg("ruad.conf(5) lacks \"%s\"", key->name);
	return found;
}

static void must_say(struct entry *e, bool wanted, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void
must_say(struct entry *e, bool wanted, const char *fmt, ...)
{
	char words[300];
	const char *at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	at = strstr(buf_str(&e->text), words);
	/* "The default is 1" is not said by "The default is 100". */
	if (at != NULL && isalnum((unsigned char)at[strlen(words)]))
		at = NULL;
	if ((at != NULL) != wanted)
		fail_msg("ruad.conf(5), %s: %s \"%s\": %s", e->key->name,
		    wanted ? "must say" : "must not say", words,
		    buf_str(&e->text));
}

#define ARGV_FORM \
	"No \\&[ Qo Ar program Qc , Qo Ar argument Qc , Ar ... No \\&] ;"

/* How each type is written; a value that ends in a blank only begins so. */
static const char *const forms[] = {
	[CONF_TEXT] = "Qq Ar ",
	[CONF_SECRET] = "Qq Ar ",
	[CONF_FILE] = "Qq Ar path ;",
	[CONF_WORD] = "Qq Ar ",
	[CONF_PORT] = "Ar number ;",
	[CONF_COUNT] = "Ar number ;",
	[CONF_DURATION] = "Qq Ar time ;",
	[CONF_SIZE] = "Qq Ar size ;",
	[CONF_BOOL] = "Ar true | false ;",
	[CONF_ARGV] = ARGV_FORM,
	[CONF_TEXTS] = "Bo Qo Ar name Qc , ... Bc ;",
	[CONF_FILES] = "Bo Qo Ar path Qc , ... Bc ;",
	[CONF_LIMITS] = "No { Ar ... No } ;",
	[CONF_LOOKUP] = "No { Ar ... No } ;",
	[CONF_OAUTH2] = "No { Ar ... No } ;",
	[CONF_MAILBOXES] = "\\&( No { Ar ... No } , ",
};

static void
check_type(struct entry *e)
{
	const char *form = forms[e->key->type];
	size_t n = strlen(form);

	if (form[n - 1] == ' ' ? strncmp(e->head, form, n) != 0
	                       : strcmp(e->head, form) != 0)
		fail_msg("ruad.conf(5), %s: \"%s\" must be written \"%s\"",
		    e->key->name, e->head, form);
}

static void
check_default(struct entry *e)
{
	const struct conf_key *key = e->key;
	/* Where the database is depends on how ruad was configured. */
	const char *def = strcmp(key->name, "database") == 0 ? key->example
	                                                     : key->def;

	if (def != NULL)
		must_say(e, true, "The default is %s", def);
	else if (key->type == CONF_PORT)
		must_say(e, true, "The default is %u with \"%s\", else %u",
		    conf_tls_port(CONF_TLS_IMPLICIT),
		    conf_tls_word(CONF_TLS_IMPLICIT),
		    conf_tls_port(CONF_TLS_NONE));
	else if (key->type == CONF_DURATION)
		must_say(e, true, "The default is the interval outside");
	else
		must_say(e, false, "default is");
}

static void
every_setting_is_in_the_manual_as_in_the_table(void **state)
{
	static const struct conf_key *const tables[] = { conf_root_keys,
		conf_limits_keys, conf_lookup_keys, conf_mailbox_keys,
		conf_oauth2_keys };
	const struct conf_key *key;
	const char *const *word, *quote;
	struct entry *e;
	size_t i;

	(void)state;
	read_manual();
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (key = tables[i]; key->name != NULL; key++) {
			e = find_entry(tables[i], key);
			quote = key->type == CONF_DURATION ||
			        key->type == CONF_SIZE
			    ? "\""
			    : "";
			check_type(e);
			check_default(e);
			must_say(e, key->is_required, "Required.");
			if (key->min != NULL)
				must_say(e, true, "from %s%s%s to %s%s%s",
				    quote, key->min, quote, quote, key->max,
				    quote);
			for (word = key->words; word != NULL && *word != NULL;
			     word++)
				if (**word != '\0')
					must_say(e, true, "\"%s\"", *word);
		}
	for (i = 0; i < n_entries; i++)
		buf_done(&entries[i].text);
}

/* --- the sample ----------------------------------------------------------- */

static void
check_sample(const struct conf_key *keys, const char *line)
{
	char name[40], value[200], port[8];
	const struct conf_key *key;
	const char *def;
	bool off = *line == '#';

	if (sscanf(line + off, "%39[a-z0-9_] = %199[^;]", name, value) != 2)
		return;
	if ((key = conf_find_key(keys, name)) == NULL)
		fail_msg(
		    "etc/ruad.conf has \"%s\", which is not a setting", name);
	def = key->def;
	if (key->type == CONF_PORT) {
		snprintf(
		    port, sizeof(port), "%u", conf_tls_port(CONF_TLS_IMPLICIT));
		def = port;
	}
	if (off && def != NULL && strcmp(def, value) != 0)
		fail_msg("etc/ruad.conf: the default of %s is %s, not %s", name,
		    def, value);
	if (off && def == NULL && strstr(line, "# no default") == NULL)
		fail_msg("etc/ruad.conf: %s has no default", name);
}

static void
what_is_off_in_the_sample_is_the_default(void **state)
{
	const struct conf_key *keys = conf_root_keys;
	struct buf text = { 0 };
	char *rest, *line;
	size_t n = 0;

	(void)state;
	load("etc/ruad.conf", &text);
	for (line = strtok_r(text.at, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " ");
		if (strncmp(line, "mailboxes", 9) == 0)
			keys = conf_mailbox_keys;
		else if (*line == '#' && line[1] == ' ')
			continue; /* words */
		else
			check_sample(keys, line);
		n++;
	}
	assert_true(n > 10);
	buf_done(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_setting_is_in_the_manual_as_in_the_table),
		cmocka_unit_test(what_is_off_in_the_sample_is_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
