/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table that says what a line looks like: walked by the writer
 * (wire.c) and the strict reader (wire_read.c), so that they cannot differ.
 */
#ifndef RUAD_REPORT_WIRE_PRIV_H
#define RUAD_REPORT_WIRE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Indexed by enum wire_type. */
#define WIRE_TYPES 8
extern const struct wire_line_type wire_types[WIRE_TYPES];

#endif
