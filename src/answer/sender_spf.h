/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SPF record of a domain, if it was looked up, says of a source. */
#ifndef RUAD_ANSWER_SENDER_SPF_H
#define RUAD_ANSWER_SENDER_SPF_H

#include "answer/sender_list.h"

/*
 * Set in_spf of a source, and of its facts those that the record tells.  own:
 * the organization of its domain.
 */
void sender_spf_look(struct sender_list *, struct sender_source *,
    const char *own, struct sender_facts *);

/*
 * Add whether the addresses of a sender are in the record, by which terms, and
 * which are not: one or two sentences.  Nothing if nothing is known.
 */
void sender_spf_add_sentence(
    struct buf *, const struct sender_list *, const struct sender *);

/* The same of one source. */
void sender_spf_add_source(
    struct buf *, const struct sender_list *, const struct sender_source *);

#endif
