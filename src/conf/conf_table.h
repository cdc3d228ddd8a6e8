/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of ruad.conf: name, type, range, default and example of each,
 * in one place.  conf_read fills structs by it, conf_write prints them, and
 * tests/unit/conf_manual.c compares ruad.conf(5) and etc/ruad.conf with it.
 */
#ifndef RUAD_CONF_CONF_TABLE_H
#define RUAD_CONF_CONF_TABLE_H

#include "conf/conf.h"

enum conf_type {
	CONF_TEXT,     /* char *; so are the next two, and no others */
	CONF_SECRET,   /* text that is never shown */
	CONF_FILE,     /* a path, made absolute */
	CONF_WORD,     /* an enum: one of the words */
	CONF_PORT,     /* uint16_t, without quotes */
	CONF_COUNT,    /* uint64_t, with quotes or without */
	CONF_DURATION, /* int64_t, "15m" */
	CONF_SIZE,     /* uint64_t, "50M" */
	CONF_BOOL,
	CONF_ARGV,   /* char **, [ "/usr/bin/pass", "show" ] */
	CONF_TEXTS,  /* char **, [ "mx.example.org" ] */
	CONF_FILES,  /* the same, of paths, made absolute */
	CONF_LIMITS, /* struct limits, a group */
	CONF_LOOKUP, /* struct conf_lookup, a group */
	CONF_OAUTH2, /* struct conf_oauth2, a group */
	CONF_MAILBOXES,
};

struct conf_key {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	size_t offset; /* of the member in its struct */
	/*
	 * A value as it is written.  def is what is taken if nothing is set;
	 * NULL: nothing, or what conf_fill() says.  example NULL: def is one.
	 */
	const char *def, *example;
	const char *min, *max; /* of numbers, both included, without quotes */
	const char *const *words; /* by the enum; "" is "not set"; NULL ends */
	bool is_required;
};

extern const struct conf_key conf_root_keys[];
extern const struct conf_key conf_limits_keys[];
extern const struct conf_key conf_lookup_keys[];
extern const struct conf_key conf_mailbox_keys[];
extern const struct conf_key conf_oauth2_keys[];

/* Return the setting of this name, or NULL. */
const struct conf_key *conf_find_key(const struct conf_key *, const char *name);

/* Return a value as it is written. */
const char *conf_example(const struct conf_key *);

/* Return the word of a mode of TLS, and the port that servers use with it. */
const char *conf_tls_word(enum conf_tls);
uint16_t conf_tls_port(enum conf_tls);

#endif
