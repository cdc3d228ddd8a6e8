/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody wants explained: a message, a header, a header that was copied
 * out of a window and lost its folding, an mbox, an answer of a server; and
 * its text as a header block can be read.  Runs in ruad-parse; input is any
 * bytes.
 */
#ifndef RUAD_PARSE_EXPLAIN_INPUT_H
#define RUAD_PARSE_EXPLAIN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct explain_input {
	const char *form;   /* as in struct explain_facts */
	const char *reason; /* of none */
	const char *data;   /* borrowed from the input, or from text */
	size_t len;
	bool is_mbox;
	int64_t messages;
	bool is_intact;
	struct buf words; /* what stood before a pasted header */
	struct buf text;  /* what was mended */
};

/* Zero it; what it borrows from must live as long. */
void explain_input_read(struct explain_input *, const char *, size_t);
void explain_input_done(struct explain_input *);

#endif
