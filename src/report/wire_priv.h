/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables that say what a line looks like: walked by the writer
 * (wire.c) and the strict reader (wire_read.c), so that they cannot differ.
 * Used by report/wire.h and report/explain.h.
 */
#ifndef RUAD_REPORT_WIRE_PRIV_H
#define RUAD_REPORT_WIRE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"

enum wire_kind {
	WIRE_END,     /* of the table */
	WIRE_STRING,  /* const char * */
	WIRE_INT,     /* int64_t */
	WIRE_BOOL,    /* bool; left out when false */
	WIRE_SHA256,  /* uint8_t[32], as hexadecimal */
	WIRE_STRINGS, /* struct array of const char * */
	WIRE_OBJECTS, /* struct array of structs, see sub and size */
	WIRE_WORDS,   /* struct array of struct raw_word, as an object */
};

struct wire_field {
	enum wire_kind kind;
	const char *key; /* with quotes, colon and the comma before */
	size_t key_len;
	size_t offset;
	bool required;               /* written always; must be there */
	bool (*check)(const char *); /* WIRE_STRING: besides length; or NULL */
	int64_t min;                 /* WIRE_INT */
	int64_t max;    /* WIRE_INT; length or count of the others */
	int64_t absent; /* WIRE_INT, not required: the value left out */
	const struct wire_field *sub; /* WIRE_OBJECTS */
	size_t size;
};

struct wire_line_type {
	const char *start; /* {"type":"record" */
	size_t start_len;
	const struct wire_field *fields;
	size_t offset; /* of the struct within struct wire_reader */
};

#define WIRE_MAX_COUNT ((int64_t)1 << 53) /* what JSON readers keep exact */
#define WIRE_MAX_TIME 253402300799        /* the end of the year 9999 */

/* For the tables.  A member's name is its key, or that is given. */
#define KEY(s) .key = ",\"" s "\":", .key_len = sizeof(",\"" s "\":") - 1
#define OF_KEY(kind_, name, type, member) \
	.kind = kind_, KEY(name), .offset = offsetof(struct type, member)
#define OF(kind_, type, member) OF_KEY(kind_, #member, type, member)
#define STRING_KEY(name, type, member) \
	OF_KEY(WIRE_STRING, name, type, member), .max = LIMIT_TEXT
#define STRING(type, member) STRING_KEY(#member, type, member)
#define INT(type, member) OF(WIRE_INT, type, member)
#define LAST \
	{ \
		.kind = WIRE_END \
	}
#define START(word) \
	.start = "{\"type\":\"" word "\"", \
	.start_len = sizeof("{\"type\":\"" word "\"") - 1

/* A check: an address in the form of inet_ntop(). */
bool wire_is_ip(const char *);

/*
 * The key as it is in a line: without its first byte, the comma, when nothing
 * is before it in its object.
 */
static inline const char *
wire_key(const struct wire_field *f, bool is_first, size_t *len)
{
	*len = f->key_len - (is_first ? 1 : 0);
	return f->key + (is_first ? 1 : 0);
}

/* --- wire.c --------------------------------------------------------------- */

/* Append the line of the struct at base, with its newline. */
void wire_write_line(
    struct buf *, const struct wire_line_type *, const void *base);

/* --- wire_read.c ---------------------------------------------------------- */

/* Where the reader is in the line; end is its NUL. */
struct wire_cursor {
	char *p;
	char *end;
};

/* Take the line's type; return which of the n types, n: none. */
size_t wire_take_type(
    struct wire_cursor *, const struct wire_line_type *, size_t n);

/* Take all behind the type into the struct at base; false: it is malformed. */
bool wire_take_rest(
    struct wire_cursor *, const struct wire_line_type *, void *base);

/* --- wire_table.c --------------------------------------------------------- */

/* Indexed by enum wire_type. */
#define WIRE_TYPES 8
extern const struct wire_line_type wire_types[WIRE_TYPES];

#endif
