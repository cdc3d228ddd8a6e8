/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a message that announces a report has none, by what is in its place:
 * encrypted, taken away, elsewhere, half of it, or nothing at all (spec Q-97
 * to Q-101).  Runs in ruad-parse; input is any bytes.
 */
#ifndef RUAD_PARSE_MISSING_H
#define RUAD_PARSE_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "parse/mime.h"

/* How much the best reason says; those above MISSING_PART show a report. */
enum missing_rank {
	MISSING_NOTHING, /* nothing is there */
	MISSING_NAMED,   /* nothing but the name of its file */
	MISSING_PART,    /* a part that nobody reads */
	MISSING_EMPTY,
	MISSING_LINK,
	MISSING_HEADER, /* not separated from its body */
	MISSING_REMOVED,
	MISSING_DOCUMENT, /* damaged, among words */
	MISSING_OUTSIDE,
	MISSING_PIECE,
	MISSING_ENCRYPTED,
};

/* Zeroed before the first call. */
struct missing {
	enum missing_rank rank;
	bool named; /* a report's file is named in a text */
	const char *kind;
	char where[160];
	char filename[256];
	char text[400];
};

/* A part from which no report came; text: what it says, or NULL. */
void missing_by_leaf(
    struct missing *, const struct mime_leaf *, const char *text, size_t len);

/* A document among the words of a part that could not be read. */
void missing_note_document(
    struct missing *, const struct mime_leaf *, const struct err *);

/* An attachment with nothing in it. */
void missing_note_empty(struct missing *, const struct mime_leaf *);

#endif
