/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between conf_token.c, which cuts a configuration into tokens, and
 * conf_scan.c, which checks their order.  Runs in the supervisor, on trusted
 * files.
 */
#ifndef RUAD_CONF_CONF_SCAN_H
#define RUAD_CONF_CONF_SCAN_H

#include "conf/conf_part.h"

enum scan_kind {
	SCAN_END,
	SCAN_WORD, /* a name, number or true/false; or text without quotes */
	SCAN_STRING,
	SCAN_EQUALS,
	SCAN_SEP, /* ; or , */
	SCAN_OPEN,
	SCAN_CLOSE,
	SCAN_INCLUDE, /* at and len: the file's name */
};

struct scan_token {
	enum scan_kind kind;
	const char *at;
	size_t len;
	struct conf_place place;
};

/* What may come next. */
enum scan_want {
	WANT_NAME,     /* or the end of the group */
	WANT_NAME_SEP, /* behind a value */
	WANT_EQUALS,
	WANT_VALUE,
	WANT_ITEM,       /* behind a comma of a list */
	WANT_ITEM_CLOSE, /* behind the opening of a list */
	WANT_COMMA,      /* behind an item */
};

struct scan_bracket {
	char close;
	struct conf_place place;
};

struct scan_name {
	const char *name;
	size_t depth; /* brackets around it */
	struct conf_place place;
};

/* One text, and how far it is read. */
struct scan_text {
	const char *start, *p, *end;
	struct conf_place place;
	bool is_main;
};

struct scan {
	struct conf_reader *r;
	struct arena arena; /* names */
	struct array open;  /* of struct scan_bracket */
	struct array names; /* of struct scan_name, in groups still open */
	enum scan_want want;
	struct conf_place bad;    /* the last error: one a line is enough */
	struct conf_place secret; /* where a password was set last */
	int includes;
	bool is_over; /* what follows cannot be understood */
};

/* The next token; SCAN_END for ever at the end or when s->is_over. */
void scan_token(struct scan *, struct scan_text *, struct scan_token *);

/* Whether what is left begins with these characters. */
bool scan_starts(const struct scan_text *, const char *);

/* Whether this is the first error on its line: the others follow from it. */
bool scan_is_new(struct scan *, struct conf_place);

#define scan_error(s, at, ...) \
	do { \
		if (scan_is_new(s, at)) \
			conf_error((s)->r, at, __VA_ARGS__); \
	} while (0)

/* An error behind which nothing can be understood. */
#define scan_stop(s, at, ...) \
	do { \
		scan_error(s, at, __VA_ARGS__); \
		(s)->is_over = true; \
	} while (0)

#endif
