/* SPDX-License-Identifier: BSD-2-Clause */
/* The newest version's SQL, and the steps that lead to it. */
#ifndef RUAD_STORE_SCHEMA_H
#define RUAD_STORE_SCHEMA_H

struct err;
struct sqlite3;

#define SCHEMA_APPLICATION_ID 1381318980 /* 0x52554144, "RUAD" */
#define SCHEMA_VERSION 6

/* Tables and indexes of SCHEMA_VERSION, for an empty database. */
extern const char schema_sql[];

/* All views; those that are there make room. */
extern const char schema_views_sql[];

/*
 * A row for each record without a row that it refers to by a column that is no
 * key: beside PRAGMA foreign_key_check, what must give none.
 */
extern const char schema_orphans_sql[];

/*
 * A step to the next version: SQL, then what SQL cannot do (NULL: nothing),
 * both in the one transaction of all steps, with keys off and the old views
 * there. path is for errors.
 */
struct schema_step {
	const char *sql;
	int (*run)(struct sqlite3 *, const char *path, struct err *);
};

/*
 * schema_steps[n] leads from version n+1 to n+2; one without SQL ends the list.
 */
extern const struct schema_step schema_steps[];

#endif
