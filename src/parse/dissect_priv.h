/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of dissect share, in the order in which they call each other:
 * each calls only those before it.  But a message in an archive is read as the
 * outer one is: dissect_message.c calls dissect_read_leaf(), to
 * LIMIT_MESSAGE_DEPTH.  Runs in ruad-parse, within the sandbox.
 */
#ifndef RUAD_PARSE_DISSECT_PRIV_H
#define RUAD_PARSE_DISSECT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/aggregate.h"
#include "parse/announce.h"
#include "parse/authres.h"
#include "parse/charset.h"
#include "parse/dissect.h"
#include "parse/failure.h"
#include "parse/mime.h"
#include "parse/missing.h"
#include "parse/unpack.h"

#define DISSECT_HEAD 2048            /* bytes that tell what a document is */
#define DISSECT_KEEP_MAX (1 << 20)   /* bytes of a buffer kept for the next */
#define DISSECT_NOTICE (16 << 10)    /* bytes of a gateway's notice */
#define DISSECT_WORDS (1 << 20)      /* bytes of words around a report */
#define DISSECT_WHERE (4 * 256 + 16) /* bytes of the name of a place */
/* Bytes of an answer after which no report is begun. */
#define DISSECT_ANSWER_MAX (48 << 20)

/*
 * What is known lives as long as what it is about: the program, the answer to
 * one input, a message, a part of it, a document in that.  What begins is
 * zeroed as a whole, so that nothing is left of the one before.  A message in
 * an archive has the three inner ones to itself while it is read.
 */

/* The answer to one input. */
struct dissect_answer {
	struct unpack_budget budget;
	struct cost cost;
	const char *filename; /* of a file that is not a message, or NULL */
	bool is_file;         /* the input is not a message */
	struct buf *out;
	int reports;
	int problems;
	int messages; /* in archives */
	bool too_many;
	bool refused;   /* for a limit */
	bool cost_said; /* a problem says that there is too much to do */
	bool hinted;    /* something in it was meant as a report */
	bool wrapped;   /* a problem: S/MIME */
	bool has_text;  /* anything but white space */
	char reason[8 * LIMIT_REASON]; /* the first problem */
};

/* One message, or the file. */
struct dissect_message {
	const char *data; /* all of it */
	size_t len;
	bool is_mail;
	const char *within;  /* the place of a message in an archive, or NULL */
	int depth;           /* how many are around it */
	struct arena *arena; /* of its facts */
	struct mail_facts facts;
	const char *tls_domain; /* header fields, once they were read */
	const char *tls_submitter;
	bool tls_fields_read;
	const char *not_report; /* what it seems to be instead of a report */
	struct announce announce;
	bool announced;           /* announce was begun: dissect_announce() */
	struct missing missing;   /* what is in place of a report */
	unsigned int words_group; /* in which reports among words were found */
	/* The failure report that was begun. */
	enum { NO_FAILURE, FAILURE_PART, FAILURE_TEXT } has_failure;
	unsigned int failure_group;
};

/* One part of a message, or the file. */
struct dissect_part {
	const struct mime_leaf *leaf;
	bool is_packed;      /* it is a container */
	bool embedded;       /* what is read is among words */
	int documents;       /* XML or JSON in it */
	int problems;        /* in it */
	const char *charset; /* that it declares, or NULL */
	bool charset_read;   /* it was looked for */
};

/* An archive's entry that may be a message or an mbox: dissect_message.c. */
struct dissect_entry {
	bool is_message;
	bool is_mbox;
	bool skip;       /* the message that comes is too large */
	int n;           /* which of an mbox */
	struct buf text; /* what has come of it; freed when the entry ends */
	size_t looked;   /* bytes of text in which no message begins */
};

/* A part may declare another character set, and be UTF-8 all the same. */
struct dissect_recoded {
	bool declared;
	bool is_utf8;
	const struct charset *set;
	size_t seen;    /* characters that are not ASCII */
	bool by_chance; /* of the first, some are not in the set */
	char rest[4];   /* the start of a character */
	size_t n_rest;
};

/* One document, or another file, in a part. */
struct dissect_document {
	const char *name; /* borrowed while it is read, or NULL */
	enum unpack_kind kind;
	struct aggregate *aggregate; /* NULL: not XML */
	struct dissect_entry entry;
	struct dissect_recoded recoded;
	bool keep; /* kept has all of it so far */
	struct err err;
	size_t head_len;
	char head[DISSECT_HEAD];
};

/*
 * What was found in the words of a part.  It is being read while a message in
 * it is, which has its own.
 */
struct dissect_words {
	struct buf text; /* what the part says to people */
	struct buf page; /* the same of a web page, quoted */
	struct buf file; /* that was among words */
};

struct dissect {
	struct dissect_options options;
	struct failure_reader *failure;
	/* Their memory is used again. */
	struct arena arena;
	struct buf decoded; /* a file that was encoded */
	struct buf charset; /* that a part declares */
	struct dissect_words words;
	struct buf kept; /* JSON; XML for a repair */
	struct buf utf8; /* of XML in single bytes, piece by piece */

	struct dissect_answer answer;
	struct dissect_message message;
	struct dissect_part part;
	struct dissect_document doc;
};

/* --- dissect_answer.c: what is found goes here ---------------------------- */

/* Write a problem of the part or document that is being read. */
void dissect_add_problem(struct dissect *, const char *kind, const char *text);

/* The kind of such a problem: "limit" or "corrupt". */
const char *dissect_kind_of(const struct err *);

/* Write what is being read, such as "part 2: report.zip: a.xml". */
void dissect_write_where(const struct dissect *, char *out, size_t size);

/* Return how many reports the input may contain. */
int dissect_max_reports(const struct dissect *);

/* Begin a message: forget what is known of the one before. */
void dissect_begin_message(
    struct dissect *, const char *, size_t len, bool is_mail, struct arena *);

/* --- dissect_text.c ------------------------------------------------------- */

/*
 * Find what the part says to people in its first max bytes, without tags, marks
 * of quoting, and what a reply quotes.  Return whether it says anything.
 * Borrowed until the next call.
 */
bool dissect_text(struct dissect *, size_t max, const char **text, size_t *len);

/* Return what the header announces, read now if it was not yet. */
struct announce *dissect_announce(struct dissect *);

void dissect_done_words(struct dissect_words *);

/* --- dissect_failure.c ---------------------------------------------------- */

/* Read the part if it belongs to a failure report; return whether it does. */
bool dissect_read_failure(struct dissect *);

/* Write the failure report that was begun, if any: no more of it will come. */
void dissect_end_failure(struct dissect *);

/* --- dissect_explain.c ---------------------------------------------------- */

/*
 * There is no report: if the message or file announces one, write that as a
 * problem.  problems: how many there were before it.
 */
void dissect_explain(
    struct dissect *, const char *data, size_t len, int problems);

/* --- dissect_message.c ---------------------------------------------------- */

/*
 * An archive's entry that is neither XML nor JSON: return whether it is a
 * message, by its first bytes; take more of it, -1: enough; end it, why as of
 * an unpack_sink.
 */
bool dissect_message_look(struct dissect *, const char *, size_t);
int dissect_message_data(struct dissect *, const char *, size_t);
void dissect_message_end(struct dissect *, const struct err *why);

/* --- dissect_document.c --------------------------------------------------- */

/* Find and read the documents in the part.  -1: see unpack_run(). */
int dissect_read_documents(struct dissect *, struct err *);

/* --- dissect_words.c ------------------------------------------------------ */

/*
 * Return whether XML after some words is not a report, but what people write
 * about, or what a reply quotes.
 */
bool dissect_is_talk(struct dissect *);

/*
 * Read the reports and files among the words of the part, unless it is a
 * document itself.  Return whether there was one.
 */
bool dissect_read_words(struct dissect *);

/* --- dissect.c ------------------------------------------------------------ */

/* Read a part.  A mime_leaf_fn, arg is the struct dissect. */
int dissect_read_leaf(const struct mime_leaf *, void *arg, struct err *);

#endif
