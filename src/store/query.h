/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-only questions for ruactl.  Opens the database so that nothing can be
 * changed through it; statements are ours, values are bound.
 */
#ifndef RUAD_STORE_QUERY_H
#define RUAD_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct query_db;

/* ERR_INPUT: there is no database; ERR_CONF: not ruad's, or newer than this
 * ruad. */
int query_open(struct query_db **, const char *path, struct err *);

/* The same, but wait no longer than so for whoever has locked it. */
int query_open_within(
    struct query_db **, const char *path, int busy_ms, struct err *);

/*
 * Whether what was read may be wrong: the database was read as if nobody could
 * write to it, which is done where there is no -wal and none can be made, and
 * somebody did.
 */
bool query_is_overtaken(const struct query_db *);

/* As query_open(), but it may be older, too: only to copy it. */
int query_open_old(struct query_db **, const char *path, struct err *);

/*
 * A database of today's version in memory, with nothing in it and no file, for
 * questions that need none; the second one tells it from others.
 */
int query_open_empty(struct query_db **, struct err *);
bool query_is_empty(const struct query_db *);
void query_close(struct query_db *);

/*
 * End the question that is under way after so many milliseconds of CPU time of
 * this process, and every later one, with an error; and tell whether they are
 * over.  On a busy machine nothing else can be promised.
 */
void query_set_deadline(struct query_db *, int64_t ms);
bool query_is_late(const struct query_db *);

/*
 * A place for what the caller loads once for all questions to a database; NULL
 * at first.  done() frees what is in it when the database is closed.
 */
void **query_slot(struct query_db *, void (*done)(void *));

/*
 * Copy the database as it is at this moment to a new file, mode 0640, which
 * is whole and sound, or not there.  Writers need not wait.  ERR_CREATE: the
 * file is there already, or cannot be made.  ERR_CONF: the database is damaged.
 */
int query_backup(struct query_db *, const char *file, struct err *);

/* One value of a row; text is borrowed until the next row. */
struct query_value {
	bool null;
	bool is_int;
	bool is_real;
	int64_t num;
	double real;
	const char *text; /* UTF-8, BLOBs in hexadecimal; NULL if null */
};

struct query;

/*
 * Prepare one of ruad's own statements; '?' parameters are bound in order with
 * query_bind_*(), counted from 1.
 */
int query_new(
    struct query **, struct query_db *, const char *sql, struct err *);
void query_bind_int(struct query *, int, int64_t);

/* However long: what is bound is ruad's own, such as many rows as JSON. */
void query_bind_text(struct query *, int, const char *);

/* Parameters, counted from 1, and ":since"; NULL: it has no name. */
int query_parameters(const struct query *);
const char *query_parameter_name(const struct query *, int);

/* 1: a row is there; 0: no more; -1: error. */
int query_step(struct query *, struct err *);

/* Begin anew, with other values bound to its parameters. */
void query_restart(struct query *);
int query_columns(const struct query *);
const char *query_column_name(const struct query *, int);

/* Return the number of the column of this name; -1: there is none. */
int query_column(const struct query *, const char *name);

struct query_value query_value(struct query *, int);

/*
 * The same for where each row counts: a number, 0 if null; a text that is
 * stored as one, NULL if null, borrowed until the next row.
 */
int64_t query_int(struct query *, int);
const char *query_text(struct query *, int);

/* Bytes that are stored as such, borrowed likewise; NULL if null. */
const void *query_blob(struct query *, int, size_t *);

/*
 * The same of the column of this name, for few rows; for many, find the numbers
 * of n columns once.  The program ends when the statement, which is ruad's own,
 * has no such column.
 */
int64_t query_named_int(struct query *, const char *name);
const char *query_named_text(struct query *, const char *name);
bool query_named_null(struct query *, const char *name);
void query_find_columns(
    const struct query *, const char *const *names, size_t n, int *columns);
void query_free(struct query *);

/* The first number that a statement without parameters gives. */
int query_one_int(struct query_db *, const char *sql, int64_t *, struct err *);

/*
 * Before the first query_step(): rows are kept as they come.  After the last
 * one query_again() begins anew with the first, and asks nothing; then only
 * query_value() knows what is in a row.
 */
void query_keep(struct query *);

/*
 * Put a text in the place of a value of the row at hand, which is kept: words
 * for people beside those for programs.
 */
void query_keep_text(struct query *, int column, const char *);

void query_again(struct query *);

#endif
