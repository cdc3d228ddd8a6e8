/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queries that come with ruad, built into ruactl: each is a file
 * docs/examples/queries/NAME.sql.  Its first comment after the licence says
 * what it answers.
 */
#ifndef RUAD_CTL_QUERY_FILES_H
#define RUAD_CTL_QUERY_FILES_H

struct query_file {
	const char *name;
	const char *sql; /* the whole file */
};

/* Sorted by name; the last one has none. */
extern const struct query_file query_files[];

#endif
