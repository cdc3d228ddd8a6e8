/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded walk over the parts of a message (RFC 5322, 2045, 2046, 2047,
 * 2231). Runs in ruad-parse; input is any message anybody sends.  Iterative: no
 * input can exhaust the stack; capped in depth, parts and header bytes
 * (base/limits.h).  Content-Type, file name and encoding are hints, never
 * conditions.
 */
#ifndef RUAD_PARSE_MIME_H
#define RUAD_PARSE_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "report/report.h"

/* A part without parts, decoded; everything is borrowed for the call. */
struct mime_leaf {
	const char *where; /* "part 2", "part 3.1"; "body": a whole message */
	const char *type;  /* lower case "application/zip"; NULL if absent */
	const char *filename; /* decoded and joined, UTF-8; NULL if absent */
	const char *data;     /* transfer encoding undone */
	size_t len;
	/* Content-Type's value for mime_field_param(), or NULL. */
	const char *content_type;
	size_t content_type_len;
	bool odd_name;  /* the file name is not of the charset it declares */
	bool forwarded; /* inside a message/rfc822 */
	bool in_bounce; /* inside a multipart/report; delivery-status */
	/*
	 * The multipart around it by number, 0 if there is none.  Within the
	 * mail that a feedback report (RFC 5965) is about: of that report.
	 */
	unsigned int group;
	/* That message, from its header on; NULL: not within one. */
	const char *sample;
	size_t sample_len;
	/* The innermost message, from its header on; NULL: the outermost. */
	const char *mail;
	size_t mail_len;
	/* Its header, up to an empty line, has lines that are no fields. */
	bool unseparated;
};

/* -1 stops the walk and becomes its result. */
typedef int (*mime_leaf_fn)(const struct mime_leaf *, void *arg, struct err *);

/*
 * Whether this looks like a message rather than a bare report: header lines, or
 * an mbox "From " line before them.
 */
bool mime_is_mail(const char *, size_t);

/*
 * What the outer header says.  Strings live in the arena.  Never fails: what
 * is not there is NULL.
 */
void mime_read_facts(
    const char *mail, size_t len, struct arena *, struct mail_facts *);

/*
 * The outer header's first field of that name (lower case) as a text in the
 * arena; NULL when there is none, or nothing in it.
 */
const char *mime_read_field(
    const char *mail, size_t len, const char *name, struct arena *);

/*
 * The first address in a field: what stands in "<>", else the word with an "@".
 * Cuts [*pos, *stop) down to it.  False when there is none.
 */
bool mime_find_address(const char **pos, const char **stop);

/*
 * Call fn for every leaf in order.  ERR_LIMIT: the message passes a cap (fn may
 * have been called for the leaves before).  Bodies without transfer encoding
 * are handed over in place; others are decoded into memory of the walk.
 */
int mime_walk(
    const char *mail, size_t len, mime_leaf_fn, void *arg, struct err *);

#endif
