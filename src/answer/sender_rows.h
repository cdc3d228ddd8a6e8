/* SPDX-License-Identifier: BSD-2-Clause */
/* Senders and sources of a list as rows to be shown. */
#ifndef RUAD_ANSWER_SENDER_ROWS_H
#define RUAD_ANSWER_SENDER_ROWS_H

#include "answer/sender_list.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/query.h"

/*
 * Prepare the senders as rows, in the order of their numbers, an array of
 * size_t: domain, who, evidence; kind, the admin's or else that of the service;
 * class; basis ("by SPF", "by you", for people); addresses; the counts from
 * messages to last_date; signs, which are JSON; author, trend and also.
 */
int sender_rows_query(struct query **, struct query_db *,
    const struct sender_list *, const struct array *numbers, struct err *);

/*
 * Prepare the sources of those senders as rows, in the list's order: ip, ptr,
 * ptr_domain, asn, as_name, country, sender and sender_kind (the admin's), who,
 * evidence, class, and the same from messages to signs; trend; also.  At most
 * limit of them; all if it is negative.
 */
int sender_rows_query_sources(struct query **, struct query_db *,
    const struct sender_list *, const struct array *numbers, int64_t limit,
    struct err *);

/*
 * Prepare one address as each domain of the list, the most messages first: the
 * columns of a source, without trend, and domain, basis and author.
 */
int sender_rows_query_address(struct query **, struct query_db *,
    const struct sender_list *, const char *ip, struct err *);

/* Return the class of a sender, or of a source, for all of its mail. */
enum source_class sender_class(const char *kind, const struct sender_counts *);

/*
 * Add what else is to be said of a sender: "by SPF", "by AS64500, NL", "a
 * customer of OVH", "Mailchimp's mail, handed over by example.net", "3% passes
 * as example.com"; nothing if there is nothing.
 */
void sender_add_basis(struct buf *, const struct sender *);

/* Add how it is known: "by you" if the admin named it, and the basis. */
void sender_add_known(struct buf *, const struct sender *);

/* Add the last part of a basis, which also is not NULL. */
void sender_add_also(struct buf *, const struct sender *);

/*
 * Add what was looked up of an address: "mx.example.net, AS64500 Example
 * Hosting, NL"; nothing if there is nothing.
 */
void sender_add_place(struct buf *, const struct sender_source *);

/* Add signs as an array of their words, in JSON. */
void sender_add_signs(struct buf *, unsigned int signs);

#endif
