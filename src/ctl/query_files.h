/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queries that come with ruad: docs/examples/queries/NAME.sql, built in.
 * The first comment that is no licence says what each one answers.
 */
#ifndef RUAD_CTL_QUERY_FILES_H
#define RUAD_CTL_QUERY_FILES_H

struct query_file {
	const char *name;
	const char *sql; /* the whole file */
};

/* By name; the last one has no name. */
extern const struct query_file query_files[];

#endif
