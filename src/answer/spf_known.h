/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether an address is in the SPF record of a domain, by what was seen of the
 * record when it was looked up: nobody is asked.
 */
#ifndef RUAD_ANSWER_SPF_KNOWN_H
#define RUAD_ANSWER_SPF_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/spf.h"
#include "store/query.h"

enum spf_known_state {
	SPF_KNOWN_NOTHING, /* the record, or a part of it, was not looked up */
	SPF_KNOWN_NO_RECORD,
	SPF_KNOWN_ERROR, /* receivers get permerror for this address */
	/* It passes, by a term of the record, or of what it redirects to. */
	SPF_KNOWN_OWN,
	SPF_KNOWN_INCLUDE, /* it passes, by what is included */
	SPF_KNOWN_DEPENDS, /* on the message: exists with macros, ptr */
	SPF_KNOWN_DENIED,  /* a term has it, and does not let it pass */
	SPF_KNOWN_ABSENT,  /* no term has it */
	SPF_KNOWN_STATES,
};

/* The words for programs; NULL for SPF_KNOWN_NOTHING. */
const char *spf_known_word(enum spf_known_state);

struct spf_known {
	enum spf_known_state state;
	/* The term and its record; NULL: none */
	const struct spf_record *record;
	const struct spf_term *term;
	/* SPF_KNOWN_INCLUDE: the domain that the record itself includes */
	const char *through;
	int64_t asked_ts; /* when the record was seen last */
};

/* The records of the domains that were asked about. */
struct spf_records;

/* The database must outlive it. */
struct spf_records *spf_records_new(struct query_db *);
void spf_records_free(struct spf_records *);

/*
 * What is known of an address; ip NULL: nothing.  What is in it lives as long
 * as the records.
 */
struct spf_known spf_known_find(
    struct spf_records *, const char *domain, const char *ip);

/* Whether the record of a domain was looked up, and when. */
bool spf_records_have(
    struct spf_records *, const char *domain, int64_t *asked_ts);

/* Add the way to its term: "include:mail.example > ip4:192.0.2.0/25". */
void spf_known_add_path(struct buf *, const struct spf_known *);

/*
 * Add a sentence about one address, with the day of what was looked up: "Your
 * SPF record has it by include:mail.example ...".  is_foreign: nobody would add
 * it to the record (a forwarder, a forger).  Nothing if nothing is known.
 */
void spf_known_add_sentence(struct buf *, const struct spf_known *,
    const char *domain, const char *ip, bool is_foreign);

#endif
