/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of a question as structs: columns are found by their names. */
#ifndef RUAD_STORE_QUERY_ROW_H
#define RUAD_STORE_QUERY_ROW_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

enum query_field_type {
	QUERY_INT,  /* int64_t; 0 if null */
	QUERY_BOOL, /* bool; false if null */
	QUERY_TEXT, /* const char *, of the arena; NULL if null */
	QUERY_WORD, /* int or enum: the place in words; 0 if null */
};

/* One column, and the member of the struct that takes it. */
struct query_field {
	const char *column;
	enum query_field_type type;
	size_t offset;
	const char *const *words; /* NULL ends them */
};

/* The field of a member that has the name of its column. */
#define QUERY_FIELD(type, row, member) \
	{ \
#member, type, offsetof(struct row, member), NULL \
	}

/*
 * Read the row at hand into a struct, whose strings last as long as the arena.
 * The table of fields ends with { 0 }.  ERR_BUG: the question
 * has no such column, or the row a word that is not in the list.
 */
int query_row_read(struct query *, const struct query_field *, void *row,
    struct arena *, struct err *);

#endif
