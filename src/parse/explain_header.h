/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One header block to struct explain_header: its fields in order, where each
 * stands and who can have written it.  Runs in ruad-parse; input is any bytes,
 * which LIMIT_EXPLAIN_... bound.
 */
#ifndef RUAD_PARSE_EXPLAIN_HEADER_H
#define RUAD_PARSE_EXPLAIN_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "parse/authres.h"
#include "report/explain.h"

/* Whom to believe. */
struct explain_options {
	struct authres_options authres;
	bool hops_given; /* authres.received_hops is what was asked for */
};

/*
 * header: zeroed.  damage: why no signature can be verified (a string
 * constant); NULL: it is as it was sent.  A header that does not end has no
 * body.  Strings in the arena, or constant.
 */
void explain_header_read(const char *mail, size_t len, const char *damage,
    const struct explain_options *, struct arena *, struct explain_header *);

#endif
