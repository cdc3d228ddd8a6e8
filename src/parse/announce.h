/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a message says that it carries a report: by its subject, sender,
 * types, file names or text, in the languages that reporters write.  What a
 * person, a bounce or a newsletter says about reports is no announcement.  Runs
 * in ruad-parse; input is any bytes.
 */
#ifndef RUAD_PARSE_ANNOUNCE_H
#define RUAD_PARSE_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>

#include "parse/mime.h"
#include "report/report.h"

enum announce_level {
	ANNOUNCE_NOT,
	ANNOUNCE_MAYBE, /* something else must say that a report was there */
	ANNOUNCE_CLEAR, /* it is one, or should have been */
};

/* Zeroed before the first call. */
struct announce {
	bool clear;   /* by its types and names */
	bool words;   /* in a reporter's own words */
	bool maybe;   /* something like it */
	bool talk;    /* the subject is of what is said about reports */
	bool answer;  /* somebody's answer, or a machine's */
	bool reply;   /* the former, by a person */
	bool forward; /* by hand: the subject is of what was forwarded */
	bool bulk;    /* a list or newsletter */
	bool machine; /* sent by one, to all appearance */
};

/* The outer header, and what was read out of it. */
void announce_by_header(
    struct announce *, const char *mail, size_t len, const struct mail_facts *);

/* The header of a message within the message. */
void announce_by_nested(struct announce *, const char *mail, size_t len);

/* The type and name of a part; of a bare file: its name. */
void announce_by_leaf(struct announce *, const struct mime_leaf *);

/* A text for people, without marks of quoting. */
void announce_by_text(struct announce *, const char *, size_t len);

enum announce_level announce_level(const struct announce *);

#endif
