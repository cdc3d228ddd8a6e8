/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which results of authentication count: of all that a header tells, those that
 * the receiver itself wrote, or that bear its name where it would write them;
 * else those that nobody can place.
 */
#ifndef RUAD_ANSWER_EXPLAIN_RESULT_H
#define RUAD_ANSWER_EXPLAIN_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "report/explain.h"

struct explain_results {
	const struct explain_authres *first; /* field that counts, or NULL */
	bool is_trusted;                     /* only the receiver wrote there */
	const struct explain_result *spf;    /* each NULL: nobody judged it */
	const struct explain_result *dmarc;
	const struct explain_result *compauth;
	struct array dkim; /* of const struct explain_result *, in order */
	const struct explain_authres *dkim_field; /* that has these */
	size_t ignored; /* fields that anybody can have written */
};

/* Whether what stands there may decide. */
bool explain_is_trusted(const struct explain_place *);

/* The hop at which the message came to its receiver; NULL: none shows. */
const struct explain_hop *explain_border(const struct explain_header *);

/*
 * The same; NULL for a bounce, too: of the original in it the border may be the
 * sender's own.
 */
const struct explain_hop *explain_border_of(const struct explain_facts *);

/* results borrow from the header; zeroed by the caller. */
void explain_results_find(
    struct explain_results *, const struct explain_header *);
void explain_results_done(struct explain_results *);

/* The value of a property; ptype NULL: of any.  NULL: there is none. */
const char *explain_result_value(
    const struct explain_result *, const char *ptype, const char *property);

/* The domain in From that a result of DMARC is about; NULL: it is not said. */
const char *explain_dmarc_domain(const struct explain_result *);

/*
 * The value of a word in a comment such as "p=REJECT dis=NONE"; its length goes
 * to *len.  NULL: there is none.
 */
const char *explain_result_comment(
    const struct explain_result *, const char *word, size_t *len);

#endif
