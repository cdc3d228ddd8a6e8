/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queries that come with ruad: docs/examples/queries/NAME.sql, built in.
 * The first comment that is no licence says what each one answers.
 */
#ifndef RUAD_CTL_QUERIES_H
#define RUAD_CTL_QUERIES_H

struct queries_file {
	const char *name;
	const char *sql; /* the whole file */
};

/* By name; the last one has no name. */
extern const struct queries_file queries_files[];

#endif
