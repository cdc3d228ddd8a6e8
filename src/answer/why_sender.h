/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why mail of senders fails, a paragraph for each: told by the records that
 * failed most.  Senders that nobody named and that show no sign of being the
 * admin's own are many, and are put together.
 */
#ifndef RUAD_ANSWER_WHY_SENDER_H
#define RUAD_ANSWER_WHY_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/prose.h"
#include "answer/sender_list.h"
#include "answer/sender_suggest.h"
#include "answer/why_load.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

/* The failing senders of a list, the most failing messages first. */
struct why_senders {
	struct array told;   /* of const struct sender *: those with a story */
	struct array others; /* the same: those that are put together */
	int64_t messages, fail; /* of all senders of the list */
	int64_t other_fail;     /* of the others */
	struct sender_suggestions suggestions;
};

/*
 * Choose them; the list must outlive it.  why_senders_done() comes in any case.
 */
int why_senders_choose(struct why_senders *, struct query_db *,
    const struct sender_list *, struct err *);
void why_senders_done(struct why_senders *);

/* The source of a sender with the most failing messages; NULL: none fails. */
const struct sender_source *why_sender_worst(
    const struct sender_list *, const struct sender *);

/*
 * Add who it is and how that is known: "Mailchimp, by SPF", "Mailchimp's mail,
 * handed over by example.net", "our servers (own)".
 */
void why_sender_add_title(struct buf *, const struct sender *);

/*
 * Add the same and what is known of one of its sources (NULL: of none): host
 * name, AS, country.  Nothing if nobody knows anything.
 */
void why_sender_add_who(
    struct buf *, const struct sender *, const struct sender_source *);

/* Add by what signs it may be the admin's own, a sentence; nothing: by none. */
void why_sender_add_signs(struct buf *, unsigned int signs);

/* What is to be said of one sender: evidence and advice are zeroed first. */
struct why_sender {
	const struct sender *sender;
	const struct sender_source *worst; /* as why_sender_worst() */
	char cause[16];                    /* of most of what failed; a word */
	struct prose evidence, advice;
	const char *command; /* that names it, of the suggestions; NULL: none */
};

/* Load it, short or whole; why_sender_done() comes in any case. */
int why_sender_load(struct why_sender *, struct query_db *,
    const struct sender_list *, const struct why_senders *,
    const struct sender *, const struct why_source *, bool is_short,
    struct err *);
void why_sender_done(struct why_sender *);

/* "214 more sources of which nothing passed ..."; "": there are none. */
void why_senders_add_others(struct buf *, const struct why_senders *);

/*
 * Prepare all failing senders as rows for programs, at most limit (-1: all):
 * domain, who, basis (a word of sender_evidence_words), kind, class, addresses,
 * messages, fail, lost, suffers, stopped, unknown, first_date, last_date, ip
 * (the worst), cause, signs, author, evidence, advice, command.
 */
int why_senders_query(struct query **, struct query_db *,
    const struct sender_list *, const struct why_source *, int64_t limit,
    struct err *);

#endif
