/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts the text of a configuration into tokens, for conf_scan. */
#ifndef RUAD_CONF_CONF_TOKEN_H
#define RUAD_CONF_CONF_TOKEN_H

#include "conf/conf_reader.h"

enum conf_token_kind {
	TOKEN_END,
	TOKEN_WORD, /* a name, number or true/false; or text without quotes */
	TOKEN_STRING,
	TOKEN_EQUALS,
	TOKEN_SEP, /* ; or , */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_INCLUDE, /* at and len: the file's name */
};

struct conf_token {
	enum conf_token_kind kind;
	const char *at;
	size_t len;
	struct conf_place place;
};

/* One text, and how far it is read. */
struct conf_text {
	const char *start, *p, *end;
	struct conf_place place;
	bool is_main; /* no other file includes it */
};

/* The errors of one file and of those that it includes. */
struct conf_faults {
	struct conf_reader *r;
	struct conf_place last; /* one error a line: others follow from it */
	bool is_over;           /* what follows cannot be understood */
};

/* Read the next token; TOKEN_END for ever at the end or after is_over. */
void conf_token_next(
    struct conf_faults *, struct conf_text *, struct conf_token *);

/* Return whether what is left begins with these characters. */
bool conf_text_starts(const struct conf_text *, const char *);

/* Report an error unless its line has one; conf_fault_end() sets is_over. */
void conf_fault(struct conf_faults *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void conf_fault_end(struct conf_faults *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#endif
