/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message as signatures see it: its fields, with no byte changed, and its
 * body; and the hashes over them (RFC 6376, 3.7; RFC 8617, 5.1.1).  Runs in
 * ruad-parse; input is any bytes.
 */
#ifndef RUAD_PARSE_DKIM_MESSAGE_H
#define RUAD_PARSE_DKIM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "parse/dkim_canon.h"
#include "parse/mime_header.h"

/* The three fields of a set of ARC (RFC 8617, 4.1), as they are hashed. */
enum arc_field {
	ARC_RESULTS, /* ARC-Authentication-Results */
	ARC_MESSAGE, /* ARC-Message-Signature */
	ARC_SEAL,
	ARC_FIELDS, /* none of them */
};

struct dkim_field {
	struct mime_field field;
	enum arc_field arc;
	int64_t instance; /* i= of ARC; 0: none that is good */
	bool is_used;     /* by the signature that is being hashed */
};

/* A hash of the body that was computed already. */
struct dkim_body {
	bool is_relaxed;
	bool is_sha1;
	uint64_t max;
	uint64_t len; /* of the whole body, canonicalized */
	uint8_t hash[DKIM_HASH_SIZE];
};

#define DKIM_BODIES 6 /* hashes of one body; each costs time */

struct dkim_message {
	struct array fields; /* of struct dkim_field, from the top */
	const char *body;    /* NULL: the header did not end */
	size_t body_len;
	bool was_lf;         /* a line ended with LF alone */
	const char *problem; /* why nothing can be hashed: a sentence; NULL */
	struct array bodies; /* of struct dkim_body */
};

/*
 * Cut a message into fields and body, which it borrows.  It begins with its
 * first field, or with a "From " line of an mbox.  problem: that of the caller,
 * because of which nothing can be hashed (a string constant); NULL: none.
 */
void dkim_message_init(
    struct dkim_message *, const char *, size_t len, const char *problem);
void dkim_message_done(struct dkim_message *);

/* The field whose name is at this place; NULL: there is none. */
struct dkim_field *dkim_message_find(
    const struct dkim_message *, const char *name);

/*
 * Append the fields that h= names, canonicalized (RFC 6376, 5.4.2): of those of
 * one name the lowest first; own, the signature itself, is none of them.
 */
void dkim_message_add_signed(struct dkim_message *, const char *h, size_t len,
    bool is_relaxed, const struct dkim_field *own, struct buf *);

/*
 * Append the fields that a seal signs but itself (RFC 8617, 5.1.1); is_failed:
 * its cv= is fail, then only those of its own set (5.1.2).  Returns why it
 * cannot be: a sentence; NULL: it could.
 */
const char *dkim_message_add_sealed(struct dkim_message *,
    const struct dkim_field *own, bool is_failed, struct buf *);

/*
 * Hash the body, of which there must be one.  NULL: that many hashes of it were
 * computed already that this one is not worth its time.
 */
const struct dkim_body *dkim_message_hash_body(
    struct dkim_message *, bool is_relaxed, bool is_sha1, uint64_t max);

#endif
