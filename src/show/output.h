/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How ruactl prints an answer: tables for people, CSV and JSON for programs.
 * Rows come from queries, and columns keep the database's names.  All text in
 * them is foreign: tables and CSV make it safe to print, JSON escapes it and
 * loses nothing.
 */
#ifndef RUAD_SHOW_OUTPUT_H
#define RUAD_SHOW_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "store/query.h"

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_CSV,
	OUTPUT_JSON,
	OUTPUT_JSONL, /* one object on each line */
};

struct output_options {
	enum output_format format;
	FILE *stream;
	bool fitted; /* cut columns to the width, group digits, draw bars */
	bool color;
	bool ascii;   /* the terminal does not know UTF-8 */
	bool names;   /* domain names in U-labels, where they are safe */
	size_t width; /* of the terminal */
	/* What people call an OUTPUT_WORD, or that word; NULL: the word. */
	const char *(*title_of_word)(const char *);
	int64_t now; /* what "12 min ago" counts from */
};

/* Read "table", "csv", "json" or "jsonl".  Returns false for another word. */
bool output_read_format(const char *, enum output_format *);

/*
 * Set what the stream and the environment (locale, NO_COLOR) ask for, and set
 * LC_CTYPE to a UTF-8 locale, which wcwidth() needs to count columns.
 */
void output_options_init(struct output_options *, enum output_format, FILE *);

/*
 * Set the same for a letter that is to be mailed: plain text of at most 72
 * columns, in ASCII unless the locale is UTF-8.
 */
void output_options_init_letter(
    struct output_options *, enum output_format, FILE *);

enum output_kind {
	OUTPUT_TEXT,
	OUTPUT_ID, /* a number that is a name: never 1,234 */
	OUTPUT_NUMBER,
	OUTPUT_BAD_NUMBER, /* red above 0 */
	OUTPUT_PERCENT,    /* green, yellow, red */
	OUTPUT_RESULT,     /* pass green, fail red */
	OUTPUT_LONG,       /* text; broken, not cut, if it ends a row */
	OUTPUT_ERROR,      /* the same, red */
	OUTPUT_WORD, /* for programs; in tables what opt->title_of_word says */
	OUTPUT_TIME, /* unix seconds; in tables "12 min ago" */
	OUTPUT_BOOL, /* 0 or 1; CSV: True, False; JSON: true, false */
	OUTPUT_JSON_TEXT,  /* the query must make sure that it is JSON */
	OUTPUT_TABLE_ONLY, /* text that is for people, not in CSV and JSON */
	OUTPUT_BAR,        /* a percentage, drawn; only if fitted */
	OUTPUT_SPARK,      /* output_add_spark_text(); only if fitted */
};

/*
 * How one column of a query is shown.  A table of these names every column of
 * its query, in any order, and ends with { 0 }; rows are shown in the order of
 * the query.
 */
struct output_column {
	const char *name;  /* as the query has it; in CSV and JSON */
	const char *title; /* in tables; NULL: not in tables */
	enum output_kind kind;
	int shrink; /* > 0: may be cut to so many characters; else: never */
};

/*
 * For shrink: without room the column is left out of the table; those with the
 * lowest number first.
 */
#define OUTPUT_LEAVE_OUT(n) (-(n))

/*
 * For shrink: the column is in the table only if it is not 0 or null in every
 * row.
 */
#define OUTPUT_IF_ANY INT_MIN

struct output;

/* Call output_end() before output_free(), which prints nothing. */
struct output *output_new(const struct output_options *);
void output_free(struct output *);

/*
 * Print all rows of the query.  With key NULL they are the whole document: an
 * array in JSON; else they are its member of this name.  CSV and JSON Lines
 * have one table: the first.  The title stands above a table that has rows;
 * NULL: none. *n gets the number of rows if n is not NULL.  ERR_BUG: a column
 * of the query is not in the table, or the other way round.
 */
int output_rows(struct output *, const char *key, const char *title,
    struct query *, const struct output_column *, int64_t *n, struct err *);

/*
 * Print the current row (query_step() returned 1) as one line for each value;
 * as members of the document in JSON; not at all in CSV and JSON Lines.
 * ERR_BUG: as output_rows().
 */
int output_fields(struct output *, struct query *, const struct output_column *,
    struct err *);

/*
 * Print a line for people; a blank one after a table comes by itself.  It is
 * broken at the width if the output is fitted.
 */
void output_line(struct output *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void output_blank(struct output *);

/* Print a line for people that is never broken: a command to be copied. */
void output_verbatim(struct output *, const char *);

/*
 * Print a paragraph for people, broken at the width in any output; its second
 * line and the others are indented by hang more than the first.
 */
void output_paragraph(struct output *, size_t hang, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* A word before a paragraph, in its colour. */
enum output_mark {
	OUTPUT_MARK_OK,
	OUTPUT_MARK_INFO,
	OUTPUT_MARK_WARNING,
	OUTPUT_MARK_ERROR,
	OUTPUT_MARK_UNKNOWN, /* it cannot be told */
};

/* Print "  warn  " and a paragraph beside it. */
#define OUTPUT_MARKED 8 /* columns before the paragraph */
void output_marked(struct output *, enum output_mark, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Return whether it is for people: then find out what only they see. */
bool output_is_table(const struct output *);

/* End the document and flush it.  ERR_AGAIN: it could not be written. */
int output_end(struct output *, struct err *);

#endif
