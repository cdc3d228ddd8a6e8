/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What dissect.c, which takes an input apart, and dissect_document.c, which has
 * the documents in it read, share.  Runs in ruad-parse, within the sandbox.
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
#include "parse/failure.h"
#include "parse/dissect.h"
#include "parse/mime.h"
#include "parse/missing.h"
#include "parse/unpack.h"

#define DISSECT_HEAD 2048          /* bytes that tell what a document is */
#define DISSECT_KEEP_MAX (1 << 20) /* bytes of a buffer kept for the next */
#define DISSECT_ANSWER_MAX \
	(48 << 20)                /* bytes after which no report is begun \
	                           */
#define DISSECT_NOTICE (16 << 10) /* bytes of a gateway's notice */
#define DISSECT_WORDS (1 << 20)   /* bytes of words around a report */

#define DISSECT_WHERE (4 * 256 + 16) /* bytes of the name of a place */

/* A message in an archive, or an mbox: see dissect_message.c. */
struct dissect_message {
	bool is_message;
	bool is_mbox;
	bool skip;       /* the one that comes is too large */
	int n;           /* which of an mbox */
	struct buf text; /* what has come of it */
	size_t looked;   /* bytes of text that part no mails */
	/* Of that which we are within. */
	const char *within; /* its place, or NULL */
	int depth;
};

struct dissect {
	struct limits limits;
	struct authres_options authres;
	struct unpack_budget budget;
	struct cost cost;
	struct arena arena; /* the mail's facts */
	struct buf decoded; /* a file that was encoded */
	struct mail_facts facts;
	const char *tls_domain; /* fields of the mail, when they were read */
	const char *tls_submitter;
	bool tls_fields_read;
	const char *filename; /* of a file that is no mail, or NULL */
	bool is_mail;         /* also while a message in an archive is read */
	bool is_file;         /* the input is no mail */
	const char *data;     /* all of it */
	size_t len;
	struct buf *out;

	/* What was found so far. */
	int reports;
	int problems;
	bool too_many;
	bool refused;   /* for a limit */
	bool cost_told; /* it was told that there is too much to do */
	bool hinted;    /* something in it was meant as a report */
	char reason[8 * LIMIT_REASON]; /* the first problem */
	const char *not_report; /* what a mail without report seems to be */
	int messages;           /* in archives */
	bool has_text;          /* anything but white space */
	bool wrapped;           /* a problem: S/MIME */
	struct announce announce;
	bool announced;         /* the former was begun: dissect_announce() */
	struct missing missing; /* what was there in place of a report */

	/* The failure report that was begun. */
	struct failure_reader *failure;
	enum { NO_FAILURE, FAILURE_PART, FAILURE_TEXT } has_failure;
	unsigned int failure_group;

	/* The part or file that is being read. */
	const struct mime_leaf *leaf;
	bool is_packed;           /* it is a container */
	int documents;            /* XML or JSON in it */
	int told;                 /* problems in it */
	bool embedded;            /* what is read stands among words */
	unsigned int words_group; /* in which such were found */
	struct buf text;          /* what the part says to people */
	struct buf page;          /* the same of a web page, quoted */
	struct buf file;          /* that was within the text */

	/* The document that is being read. */
	const char *name;
	enum unpack_kind kind;
	struct aggregate *aggregate; /* NULL: no XML */
	struct dissect_message message;
	struct buf kept; /* JSON; XML for a repair */
	bool keep;
	struct buf utf8;    /* of XML in single bytes, piece by piece */
	struct buf charset; /* that the part declares */
	bool charset_read;  /* it was looked for */
	bool has_charset;   /* it was found */
	/* That it declares another charset, and is UTF-8 all the same. */
	struct {
		bool declared;
		bool is_utf8;
		const struct charset *set;
		size_t seen;    /* characters that are not ASCII */
		bool by_chance; /* of the first, some are not in the set */
		char rest[4];   /* the start of a character */
		size_t n_rest;
	} recoded;
	struct err err;
	char head[DISSECT_HEAD];
	size_t head_len;
};

/* One that the answer tells, of the part or document that is being read. */
void dissect_add_problem(struct dissect *, const char *kind, const char *text);

/* How many reports may be in it. */
int dissect_max_reports(const struct dissect *);

/* "part 2: report.zip: a.xml" */
void dissect_write_where(const struct dissect *, char *out, size_t size);

/* As a mime_leaf_fn, arg is the struct dissect. */
int dissect_read_leaf(const struct mime_leaf *, void *arg, struct err *);

/* Nothing more of the failure report that was begun will come. */
void dissect_end_failure(struct dissect *);

/*
 * An archive's entry that is neither XML nor JSON: begun; whether it is a
 * message, by its first bytes; more of it, -1: enough; ended, why as of an
 * unpack_sink.
 */
void dissect_message_begin(struct dissect *);
bool dissect_message_look(struct dissect *, const char *, size_t);
int dissect_message_data(struct dissect *, const char *, size_t);
void dissect_message_end(struct dissect *, const struct err *why);

/* "limit" or "corrupt". */
const char *dissect_kind_of(const struct err *);

/*
 * Find the documents in the part that is being read, and read them.  -1: see
 * unpack_run().
 */
int dissect_read_documents(struct dissect *, struct err *);

/*
 * What the part that is being read says to people, without tags and marks of
 * quoting: of a web page, or of words within the first max bytes; what a reply
 * quotes came before, and is left out.  False: it
 * says nothing.  Borrowed until the next call.
 */
bool dissect_text(struct dissect *, size_t max, const char **text, size_t *len);

/*
 * Whether XML behind words is none of a report, but what people write about,
 * or what a reply quotes.
 */
bool dissect_is_talk(struct dissect *);

/*
 * Read the reports and files among the words of the part, unless it is a
 * document itself.  Whether there was one.
 */
bool dissect_read_words(struct dissect *);

/* What the header announces; asked for, because few mails need it. */
struct announce *dissect_announce(struct dissect *);

/*
 * There is no report: whether the mail or file announces one, which is a
 * problem then.  problems: how many there were before it.
 */
void dissect_explain(
    struct dissect *, const char *data, size_t len, int problems);

#endif
