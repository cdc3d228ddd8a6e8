/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A field with results of authentication, cut into its parts (RFC 8601, 2.2):
 * Authentication-Results in all its dialects, also without an id.  Says what
 * is written and believes nothing.  Runs in ruad-parse; input is any bytes.
 * Pure; looks at each byte a bounded number of times.
 */
#ifndef RUAD_PARSE_AUTHRES_READ_H
#define RUAD_PARSE_AUTHRES_READ_H

#include <stdbool.h>
#include <stddef.h>

/* A word may be longer than any domain or address; then it is read as "". */
#define AUTHRES_WORD 512

/*
 * Zero it but for comment and arg, then authres_read_start().  Words have their
 * quotes taken off, a NUL in them is a space, and they are not UTF-8 by any
 * right.
 */
struct authres_read {
	const char *p;
	const char *end;
	bool broken; /* a comment or quoted string does not end */
	bool inside; /* a result, whose ";" has not come */
	/* What was read last. */
	char method[AUTHRES_WORD];
	char result[AUTHRES_WORD];
	char name[AUTHRES_WORD]; /* of a property: "smtp.mailfrom" */
	char value[AUTHRES_WORD];
	/* Called for each comment, without its parentheses; or NULL. */
	void (*comment)(const char *, size_t, void *arg);
	void *arg;
};

void authres_read_start(struct authres_read *, const char *, size_t);

/*
 * "i=1;", with which ARC-Authentication-Results begins (RFC 8617, 4.1.1):
 * its number, 0: it does not begin so, and nothing is passed over.
 */
int authres_read_instance(struct authres_read *);

enum authres_id {
	AUTHRES_ID,        /* in value; the first result is next */
	AUTHRES_NO_ID,     /* it begins with a result, as Microsoft's do */
	AUTHRES_ID_BROKEN, /* in value, perhaps; there is no ";" behind it or
	                    * the version is not 1 */
};

/* The authserv-id and the version. */
enum authres_id authres_read_id(struct authres_read *);

/*
 * The next "method=result", passing over what is none, and over what is left
 * of the one before.  False at the end.
 */
bool authres_read_result(struct authres_read *);

/*
 * The next "name=value" of the result, passing over words by themselves.
 * False at the result's end.
 */
bool authres_read_property(struct authres_read *);

/* The next word, to value; what ends it, besides blanks, is in stop. */
bool authres_read_word(struct authres_read *, const char *stop);

#endif
