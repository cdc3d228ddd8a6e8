/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf_check.h"
#include "conf/conf_fill.h"
#include "conf/conf_table.h"

#define CONF_TEXT_MAX 1000 /* bytes of one string */

static void read_group(struct conf_reader *, const config_setting_t *,
    const struct conf_key *, void *);

/* --- strings -------------------------------------------------------------- */

static void
read_wrong_type(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, const char *expected)
{
	conf_error(r, conf_place(r, s), "%s must be %s, as in %s = %s",
	    key->name, expected, key->name, conf_example(key));
}

/* Return a string, not endless and without control bytes, or NULL (reported).
 */
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
		    "%s contains a line break or another control character "
		    "(a backslash is written \\\\)",
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
		read_wrong_type(r, s, key, "a string in quotes");
		return NULL;
	}
	text = read_string(r, s, key->name);
	if (text == NULL || key->type == CONF_SECRET ||
	    text_is_utf8(text, strlen(text)))
		return text;
	conf_error(r, conf_place(r, s), "%s is not valid UTF-8", key->name);
	return NULL;
}

static void
read_copy(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, char **out)
{
	const char *text = read_text(r, s, key);

	if (text == NULL)
		return;
	free(*out); /* the default */
	*out = key->type == CONF_FILE && text[0] != '\0'
	    ? conf_join(r->root, text)
	    : xstrdup(text);
}

_Static_assert(sizeof(enum conf_tls) == sizeof(unsigned int) &&
        sizeof(enum conf_auth) == sizeof(unsigned int) &&
        sizeof(enum conf_grant) == sizeof(unsigned int) &&
        sizeof(enum conf_preset) == sizeof(unsigned int),
    "read_word() and conf_write() take these for unsigned int");

static void
read_word(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, unsigned int *out)
{
	const char *text = read_text(r, s, key);
	const char *const *word;
	char list[128] = "";

	if (text == NULL)
		return;
	for (word = key->words; *word != NULL; word++) {
		if (**word == '\0')
			continue;
		if (strcmp(*word, text) == 0) {
			*out = (unsigned int)(word - key->words);
			return;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    "%s\"%s\"",
		    list[0] == '\0'       ? ""
		        : word[1] == NULL ? " or "
		                          : ", ",
		    *word);
	}
	conf_error(r, conf_place(r, s), "%s must be %s, not \"%s\"", key->name,
	    list, text);
}

static void
read_texts(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, char ***out)
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
		read_wrong_type(r, s, key,
		    key->type == CONF_ARGV
		        ? "a list of strings, the program and its arguments"
		        : key->type == CONF_FILES ? "a list of paths"
		                                  : "a list of strings");
		return;
	}
	argv = xcalloc((size_t)n + 1, sizeof(*argv));
	for (i = 0; i < n; i++) {
		item = config_setting_get_elem(s, (unsigned int)i);
		text = read_string(r, item, key->name);
		argv[i] = text != NULL && key->type == CONF_FILES
		    ? conf_join(r->root, text)
		    : xstrdup(text != NULL ? text : "");
	}
	*out = argv;
}

/* --- numbers -------------------------------------------------------------- */

/* How numbers with a unit are written, and are explained. */
static const struct {
	const char *what, *units;
} with_unit[] = {
	[CONF_DURATION] = { "a time", "a unit (s, m, h or d)" },
	[CONF_SIZE] = { "a size", "a unit (k, M or G)" },
};

static bool
number_has_unit(const struct conf_key *key)
{
	return key->type == CONF_DURATION || key->type == CONF_SIZE;
}

static bool
number_parse(const struct conf_key *key, const char *text, int64_t *n)
{
	uint64_t size;

	if (key->type == CONF_DURATION)
		return text_read_duration(text, n);
	if (key->type != CONF_SIZE)
		return text_read_int(text, INT64_MIN, INT64_MAX, n);
	if (!text_read_size(text, &size))
		return false;
	*n = size < INT64_MAX ? (int64_t)size : INT64_MAX;
	return true;
}

/* Report a number that should be in quotes, or a text that is not one. */
static void
number_explain(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, const char *text)
{
	const struct conf_place place = conf_place(r, s);

	if (text != NULL && number_has_unit(key))
		conf_error(r, place,
		    "%s = \"%s\" is not %s: use a number and %s, as in %s",
		    key->name, text, with_unit[key->type].what,
		    with_unit[key->type].units, conf_example(key));
	else if (text != NULL)
		conf_error(r, place,
		    "%s = \"%s\" is not a number, as in %s = %s", key->name,
		    text, key->name, conf_example(key));
	else
		conf_error(r, place,
		    "%s must be in quotes, with %s, as in %s = %s", key->name,
		    with_unit[key->type].units, key->name, conf_example(key));
}

static bool
read_number(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key, int64_t *n)
{
	int type = config_setting_type(s);
	const char *text, *quote = number_has_unit(key) ? "\"" : "";
	int64_t min, max;

	if (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) {
		*n = config_setting_get_int64(s);
		if (number_has_unit(key)) {
			number_explain(r, s, key, NULL);
			return false;
		}
	} else if (key->type == CONF_PORT) {
		read_wrong_type(r, s, key, "a number without quotes");
		return false;
	} else if (key->type == CONF_COUNT && type != CONFIG_TYPE_STRING) {
		read_wrong_type(r, s, key, "a number");
		return false;
	} else if ((text = read_text(r, s, key)) == NULL) {
		return false;
	} else if (!number_parse(key, text, n)) {
		number_explain(r, s, key, text);
		return false;
	}
	if (number_parse(key, key->min, &min) &&
	    number_parse(key, key->max, &max) && *n >= min && *n <= max)
		return true;
	conf_error(r, conf_place(r, s), "%s must be from %s%s%s to %s%s%s",
	    key->name, quote, key->min, quote, quote, key->max, quote);
	return false;
}

/* --- groups --------------------------------------------------------------- */

/* Return the setting that was probably meant, or NULL. */
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
	else if (conf_find_key(conf_mailbox_keys, name) != NULL)
		conf_error(r, place, "\"%s\" belongs inside a mailbox", name);
	else if (conf_find_key(conf_oauth2_keys, name) != NULL)
		conf_error(
		    r, place, "\"%s\" belongs inside oauth2 = { }", name);
	else if (conf_find_key(conf_limits_keys, name) != NULL)
		conf_error(
		    r, place, "\"%s\" belongs inside limits = { }", name);
	else if (conf_find_key(conf_lookup_keys, name) != NULL)
		conf_error(
		    r, place, "\"%s\" belongs inside lookup = { }", name);
	else if (conf_find_key(conf_root_keys, name) != NULL)
		conf_error(r, place, "\"%s\" belongs at the top level", name);
	else
		conf_error(r, place, "unknown setting \"%s\"", name);
}

/* Read as if the group began with a line for each setting with a default. */
static void
read_defaults(struct conf_reader *r, const struct conf_key *keys, void *out)
{
	const struct conf_key *key;
	struct buf text = { 0 };
	config_t config;

	for (key = keys; key->name != NULL; key++)
		if (key->def != NULL)
			buf_printf(&text, "%s = %s;\n", key->name, key->def);
	config_init(&config);
	if (config_read_string(&config, buf_str(&text)))
		read_group(r, config_root_setting(&config), keys, out);
	config_destroy(&config);
	buf_done(&text);
}

static bool
read_is_group(struct conf_reader *r, const config_setting_t *s,
    const struct conf_key *key)
{
	if (config_setting_is_group(s))
		return true;
	read_wrong_type(r, s, key, "a group in braces");
	return false;
}

static void
read_limits(
    struct conf_reader *r, const config_setting_t *s, struct limits *out)
{
	snprintf(r->subject, sizeof(r->subject), "limits: ");
	read_group(r, s, conf_limits_keys, out);
	conf_check_limits(r, s, out);
	r->subject[0] = '\0';
}

static void
read_lookup(
    struct conf_reader *r, const config_setting_t *s, struct conf_lookup *out)
{
	snprintf(r->subject, sizeof(r->subject), "lookup: ");
	read_group(r, s, conf_lookup_keys, out);
	conf_fill_lookup(out);
	conf_check_lookup(r, s, out);
	r->subject[0] = '\0';
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
	read_defaults(r, conf_mailbox_keys, m);
	read_group(r, s, conf_mailbox_keys, m);
	conf_fill_mailbox(m);
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
	int64_t n;

	switch (key->type) {
	case CONF_TEXT:
	case CONF_SECRET:
	case CONF_FILE:
		read_copy(r, s, key, out);
		break;
	case CONF_WORD:
		read_word(r, s, key, out);
		break;
	case CONF_PORT:
		if (read_number(r, s, key, &n))
			*(uint16_t *)out = (uint16_t)n;
		break;
	case CONF_COUNT:
	case CONF_SIZE:
		if (read_number(r, s, key, &n))
			*(uint64_t *)out = (uint64_t)n;
		break;
	case CONF_DURATION:
		if (read_number(r, s, key, &n))
			*(int64_t *)out = n;
		break;
	case CONF_ARGV:
	case CONF_TEXTS:
	case CONF_FILES:
		read_texts(r, s, key, out);
		break;
	case CONF_BOOL:
		if (config_setting_type(s) == CONFIG_TYPE_BOOL)
			*(bool *)out = config_setting_get_bool(s);
		else
			read_wrong_type(r, s, key, "true or false");
		break;
	case CONF_LIMITS:
		if (read_is_group(r, s, key))
			read_limits(r, s, out);
		break;
	case CONF_LOOKUP:
		if (read_is_group(r, s, key))
			read_lookup(r, s, out);
		break;
	case CONF_OAUTH2:
		if (!read_is_group(r, s, key))
			break;
		((struct conf_oauth2 *)out)->is_set = true;
		read_group(r, s, conf_oauth2_keys, out);
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
		key = conf_find_key(keys, config_setting_name(s));
		if (key == NULL)
			read_unknown(r, s, keys);
		else
			read_value(r, s, key, (char *)out + key->offset);
	}
}

void
conf_read_defaults(struct conf_reader *r)
{
	read_defaults(r, conf_root_keys, r->conf);
	read_defaults(r, conf_limits_keys, &r->conf->limits);
	read_defaults(r, conf_lookup_keys, &r->conf->lookup);
}

void
conf_read(struct conf_reader *r, const config_setting_t *root)
{
	const char *dir;

	read_group(r, root, conf_root_keys, r->conf);
	/* In place of one that was refused, the default takes effect. */
	if (config_setting_lookup_string(root, "include_dir", &dir) &&
	    strcmp(dir, r->conf->include_dir) == 0)
		r->include_dir = conf_member_place(r, root, "include_dir");
	conf_check_database(r, root, r->conf->database);
}

void
conf_read_dropin(struct conf_reader *r, const config_setting_t *root)
{
	const struct conf_key *key = conf_find_key(conf_root_keys, "mailboxes");
	const config_setting_t *s;
	int i;

	for (i = 0; i < config_setting_length(root); i++) {
		s = config_setting_get_elem(root, (unsigned int)i);
		if (strcmp(config_setting_name(s), key->name) == 0)
			read_mailboxes(r, s, key);
		else
			conf_error(r, conf_place(r, s),
			    "\"%s\" does not belong here: a file in "
			    "include_dir may contain only mailboxes",
			    config_setting_name(s));
	}
}
