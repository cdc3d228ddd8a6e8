/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents and files among the words of a text: a report pasted or forwarded
 * within the body, or below a gateway's warning (spec Q-104), and uuencode
 * .  Runs in ruad-parse; input is any bytes.  Pure; looks at each byte
 * a bounded number of times.
 */
#ifndef RUAD_PARSE_EMBED_H
#define RUAD_PARSE_EMBED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct embed {
	const char *at; /* where the next is looked for */
	const char *end;
	/* What was found. */
	const char *doc;
	size_t len;
	char name[256]; /* of a file */
};

void embed_start(struct embed *, const char *, size_t len);

/*
 * Whether it begins as XML may: with a declaration of any kind, a comment or
 * the root of a report; a tag of another name is one of HTML's.
 */
bool embed_is_xml(const char *p, const char *end);

/* The next aggregate report in XML, from its declaration to its last tag. */
bool embed_next_xml(struct embed *);

/* The one TLS report in JSON, from its first to its last brace. */
bool embed_json(struct embed *);

/* The next file in uuencode or "begin-base64", decoded into out. */
bool embed_next_file(struct embed *, struct buf *out);

#endif
