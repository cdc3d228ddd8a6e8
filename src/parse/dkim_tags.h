/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tags of a signature's field (RFC 6376, 3.2), where they are in the
 * message.  Runs in ruad-parse; input is any bytes.
 */
#ifndef RUAD_PARSE_DKIM_TAGS_H
#define RUAD_PARSE_DKIM_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Borrowed from the field. */
struct dkim_tag {
	const char *name;
	size_t name_len;
	const char *raw; /* all between "=" and ";": value and white space */
	size_t raw_len;
	const char *value; /* without white space at both ends */
	size_t len;
};

#define DKIM_TAGS 100 /* of one field; with more it is not read */

struct dkim_tags {
	struct array list; /* of struct dkim_tag, in order */
	const char *fault; /* why it is no list of tags: a sentence; NULL */
};

/* Read a field's value; zeroed by the caller, dkim_tags_done() frees. */
void dkim_tags_read(struct dkim_tags *, const char *value, size_t len);
void dkim_tags_done(struct dkim_tags *);

/* The first tag of this name, whose case counts; NULL: there is none. */
const struct dkim_tag *dkim_tags_find(const struct dkim_tags *, const char *);

/* A tag's value without any white space, NUL-terminated, in the arena. */
char *dkim_tag_text(const struct dkim_tag *, struct arena *);

#endif
