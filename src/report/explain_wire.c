/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "report/explain.h"
#include "report/explain_priv.h"

/*
 * What is in a header beside its own line, and how many of each it may have,
 * in the order of the lines.
 */
static const struct {
	enum explain_type type;
	size_t offset; /* of the struct array within struct explain_header */
	size_t size;
	size_t max;
} lists[] = {
	{ EXPLAIN_HOP, offsetof(struct explain_header, received),
	    sizeof(struct explain_hop), LIMIT_EXPLAIN_HOPS },
	{ EXPLAIN_AUTHRES, offsetof(struct explain_header, authres),
	    sizeof(struct explain_authres), LIMIT_EXPLAIN_AUTHRES },
	{ EXPLAIN_SIGNATURE, offsetof(struct explain_header, signatures),
	    sizeof(struct explain_signature), LIMIT_EXPLAIN_SIGNATURES },
	{ EXPLAIN_VENDOR, offsetof(struct explain_header, vendors),
	    sizeof(struct explain_vendor), LIMIT_EXPLAIN_VENDORS },
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

static bool
has_header(const struct explain_facts *f)
{
	return strcmp(f->form, "message") == 0 ||
	    strcmp(f->form, "headers") == 0 || strcmp(f->form, "pasted") == 0;
}

/* --- the writer ----------------------------------------------------------- */

static void
write_list(
    struct buf *b, enum explain_type type, const struct array *a, size_t size)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		wire_write_line(
		    b, &explain_types[type], (const char *)a->at + i * size);
}

static void
write_header(
    struct buf *b, enum explain_type type, const struct explain_header *h)
{
	size_t i;

	wire_write_line(b, &explain_types[type], h);
	for (i = 0; i < LISTS; i++)
		write_list(b, lists[i].type,
		    (const struct array *)((const char *)h + lists[i].offset),
		    lists[i].size);
}

void
explain_wire_write(struct buf *b, const struct explain_facts *f)
{
	wire_write_line(b, &explain_types[EXPLAIN_INPUT], f);
	if (has_header(f))
		write_header(b, EXPLAIN_HEADER, &f->header);
	if (f->is_bounce) {
		wire_write_line(b, &explain_types[EXPLAIN_BOUNCE], &f->bounce);
		write_list(b, EXPLAIN_RECIPIENT, &f->bounce.recipients,
		    sizeof(struct explain_recipient));
		write_header(b, EXPLAIN_OUTER, &f->outer);
	}
	write_list(b, EXPLAIN_REPLY, &f->replies, sizeof(struct explain_reply));
	wire_write_line(b, &explain_types[EXPLAIN_END], f);
}

/* --- the reader ----------------------------------------------------------- */

/* Where the reading of an answer stands. */
struct reader {
	struct explain_facts *facts;
	struct explain_header *header; /* whose lines come */
	enum explain_type last;        /* line */
	bool begun;
};

/* A place in a list, NULL: it is full. */
static void *
add(struct array *a, size_t size, size_t max)
{
	return a->n < max ? array_add(a, size) : NULL;
}

/* The place of what is in a header, NULL: it may not come here. */
static void *
place_in_header(struct reader *r, enum explain_type type)
{
	size_t i;

	if (r->header == NULL || (r->last > type && r->last != EXPLAIN_OUTER))
		return NULL;
	for (i = 0; i < LISTS; i++)
		if (lists[i].type == type)
			return add((struct array *)((char *)r->header +
			               lists[i].offset),
			    lists[i].size, lists[i].max);
	return NULL;
}

/* The place of what a line of this type says; NULL: it may not come here. */
static void *
place_of(struct reader *r, enum explain_type type)
{
	struct explain_facts *f = r->facts;
	bool in_bounce = r->last == EXPLAIN_BOUNCE ||
	    r->last == EXPLAIN_RECIPIENT;

	if (!r->begun || type == EXPLAIN_INPUT)
		return !r->begun && type == EXPLAIN_INPUT ? f : NULL;
	switch (type) {
	case EXPLAIN_HEADER:
		if (r->last != EXPLAIN_INPUT || !has_header(f))
			return NULL;
		return r->header = &f->header;
	case EXPLAIN_BOUNCE:
		if (!f->is_bounce || r->header != &f->header)
			return NULL;
		r->header = NULL;
		return &f->bounce;
	case EXPLAIN_RECIPIENT:
		return in_bounce ? add(&f->bounce.recipients,
		                       sizeof(struct explain_recipient),
		                       LIMIT_EXPLAIN_RECIPIENTS)
		                 : NULL;
	case EXPLAIN_OUTER:
		return in_bounce ? r->header = &f->outer : NULL;
	case EXPLAIN_REPLY:
		return strcmp(f->form, "reply") == 0
		    ? add(&f->replies, sizeof(struct explain_reply),
		          LIMIT_EXPLAIN_REPLIES)
		    : NULL;
	case EXPLAIN_END:
		if (f->is_bounce)
			return r->header == &f->outer ? f : NULL;
		if (has_header(f))
			return r->header == &f->header ? f : NULL;
		return (f->replies.n > 0) == (strcmp(f->form, "reply") == 0)
		    ? f
		    : NULL;
	case EXPLAIN_INPUT:
	case EXPLAIN_HOP:
	case EXPLAIN_AUTHRES:
	case EXPLAIN_SIGNATURE:
	case EXPLAIN_VENDOR:
		break;
	}
	return place_in_header(r, type);
}

static int
read_line(struct reader *r, char *line, size_t len, struct err *err)
{
	struct wire_cursor c = { line, line + len };
	size_t type;
	void *place;

	line[len] = '\0';
	type = wire_take_type(&c, explain_types, EXPLAIN_TYPES);
	if (type == EXPLAIN_TYPES)
		return err_set(
		    err, ERR_BUG, "ruad-parse sent a line of an unknown type");
	place = place_of(r, (enum explain_type)type);
	if (place == NULL)
		return err_set(err, ERR_BUG,
		    "ruad-parse sent a line out of order (%s...)",
		    explain_types[type].start);
	if (!wire_take_rest(&c, &explain_types[type], place))
		return err_set(err, ERR_BUG,
		    "ruad-parse sent a malformed line (near byte %td of %s...)",
		    c.p - line, explain_types[type].start);
	r->last = (enum explain_type)type;
	r->begun = true;
	return 0;
}

int
explain_wire_read(
    struct explain_facts *f, char *text, size_t len, struct err *err)
{
	struct reader r = { .facts = f, .last = EXPLAIN_INPUT };
	char *p = text, *end = text + len, *nl;

	for (; p < end && r.last != EXPLAIN_END; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL) {
			err_set(err, ERR_BUG, "ruad-parse sent half a line");
			goto fail;
		}
		if (read_line(&r, p, (size_t)(nl - p), err) == -1)
			goto fail;
	}
	if (p == end && r.last == EXPLAIN_END)
		return 0;
	err_set(err, ERR_BUG, "ruad-parse sent %s",
	    p == end ? "an answer without its end" : "more than an answer");
fail:
	explain_facts_done(f);
	return -1;
}
