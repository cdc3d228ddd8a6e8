/* SPDX-License-Identifier: BSD-2-Clause */
/* Every version's SQL, and the steps between them. */
#ifndef RUAD_STORE_SCHEMA_H
#define RUAD_STORE_SCHEMA_H

#define SCHEMA_APPLICATION_ID 1381318980 /* 0x52554144, "RUAD" */
#define SCHEMA_VERSION 1

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
 * schema_migrations[n] leads from version n+1 to n+2; NULL ends the list.
 */
extern const char *const schema_migrations[];

#endif
