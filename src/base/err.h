/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went wrong, in one sentence, and what the caller should do next.
 * Used in every process.  The text may quote foreign bytes: err_set() makes
 * them safe to print.
 */
#ifndef RUAD_BASE_ERR_H
#define RUAD_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum err_class {
	ERR_NONE,
	ERR_AGAIN,   /* passing: nothing is wrong with the input, try later */
	ERR_NET,     /* the server cannot be reached or does not keep to IMAP */
	ERR_AUTH,    /* credentials or permissions: a person must act */
	ERR_EXPIRED, /* the same, unless a new credential helps: try one */
	ERR_CONF,    /* the configuration: a person must act */
	ERR_USAGE,   /* the command line */
	ERR_INPUT,   /* a file named by the user is not there */
	ERR_CREATE,  /* a file of ours cannot be created */
	ERR_DATA,    /* this one input cannot be read; others can */
	ERR_LIMIT,   /* this one input passes a limit; others can be read */
	ERR_BUG,     /* ruad is wrong */
};

#define ERR_CODE 32
struct err {
	enum err_class class;
	char text[512]; /* one sentence, no newline, no final full stop */
	/* Of err_quote(): where in text a server's words begin; 0: nowhere. */
	size_t words;
	char code[ERR_CODE];
};

#define ERR_INIT \
	{ \
		.class = ERR_NONE \
	}

/*
 * Set class and text.  Always returns -1, so that a failing function can say
 * "return err_set(err, ...)".
 */
int err_set(struct err *, enum err_class, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The same, with ": " and strerror(errno) added to the text; the class becomes
 * ERR_AGAIN if errno says what err_is_passing() knows.
 */
int err_set_errno(struct err *, enum err_class, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Append ": " and the words of a server; code is that of its
 * response, or "".  Servers vary their words (times, session ids).
 */
int err_quote(struct err *, const char *code, const char *words);

/*
 * What tells one error from another: class, ruad's own words, code.  Two polls
 * that fail with one key fail alike, whatever the server says.
 */
#define ERR_KEY 560
const char *err_key(const struct err *, char out[static ERR_KEY]);

/*
 * A class in a word for programs: passing, network, permission,
 * configuration, bug; "other" for those that no poll ends with.
 */
const char *err_class_word(enum err_class);

/* Put a text and ": " before the one that is there.  Always returns -1. */
int err_prepend(struct err *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* All three: so that analyzers see the -1, too. */
static inline int
err_minus_one(int rc)
{
	(void)rc;
	return -1;
}
#define err_set(...) err_minus_one(err_set(__VA_ARGS__))
#define err_set_errno(...) err_minus_one(err_set_errno(__VA_ARGS__))
#define err_quote(...) err_minus_one(err_quote(__VA_ARGS__))
#define err_prepend(...) err_minus_one(err_prepend(__VA_ARGS__))

/*
 * Whether an errno says nothing of what was asked for, only that the machine
 * lacks descriptors or memory, or that its disk cannot be read.
 */
bool err_is_passing(int error);

/* The exit status (sysexits(3)) that ruad(8) documents for this class. */
int err_exit_status(enum err_class);

#endif
