/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words in which reporters announce their reports, and in which others
 * say that they only answer or forward, in many languages (spec Q-101).  Runs
 * in ruad-parse; input is any text.  Pure.
 */
#ifndef RUAD_PARSE_ANNOUNCE_WORD_H
#define RUAD_PARSE_ANNOUNCE_WORD_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes before the first colon, also a wide one; 0: there is none. */
size_t announce_find_colon(const char *);

/* How long the colon at s is. */
size_t announce_colon(const char *s);

enum announce_prefix {
	PREFIX_OTHER,
	PREFIX_ANSWER,  /* "Re", "Automatic reply" */
	PREFIX_FORWARD, /* "Fwd" */
	PREFIX_WARNING, /* "EXTERNAL", "SPAM": of a gateway */
};

/* What stands before a colon at the start of a subject. */
enum announce_prefix announce_prefix(const char *);

enum announce_subject {
	SUBJECT_OTHER,
	SUBJECT_FORM,        /* "Report Domain: x Submitter: y", translated */
	SUBJECT_FORM_WITHIN, /* the same behind other words */
	SUBJECT_TITLE,       /* "DMARC Failure Report for example.org" */
	SUBJECT_ABOUT,       /* nothing, or of reports in some way */
	SUBJECT_TALK,        /* a newsletter, a question */
};

/* A subject without prefixes. */
enum announce_subject announce_subject(const char *);

enum announce_sender {
	SENDER_OTHER,
	SENDER_MACHINE, /* noreply@ and its kin */
	SENDER_DMARC,   /* has something to do with it */
	SENDER_REPORTS, /* noreply-dmarc-support@: sends nothing else */
};

/* An address. */
enum announce_sender announce_sender(const char *);

/* receiver!domain!begin!end, with begin and end in digits; or NULL. */
bool announce_is_file_name(const char *);

/* The same within a text: where it begins, and how long it is. */
const char *announce_find_file_name(
    const char *text, size_t len, size_t *name_len);

/*
 * Whether a text says "This is an aggregate report of ..." in some language;
 * first: before anything else.  Looks at the first few kilobytes.
 */
bool announce_sentence(const char *text, size_t len, bool *first);

#endif
