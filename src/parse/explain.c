/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/dsn.h"
#include "parse/explain_input.h"
#include "parse/explain_text.h"
#include "parse/failure.h"
#include "parse/mime.h"
#include "parse/mime_header.h"
#include "parse/smtp_reply.h"

#define WORDS_MAX (64 << 10) /* bytes of words for people that are searched */

/* The reading of one input. */
struct reader {
	struct explain_facts *facts;
	const struct explain_options *options;
	struct arena *arena;
	struct explain_header original; /* within the message, if any */
	bool has_original;
	bool has_attached; /* it is a whole message */
	bool has_status;   /* a delivery-status part */
	struct buf words;  /* of text parts */
};

/* --- a bounce ------------------------------------------------------------- */

static bool
is_type(const struct mime_leaf *leaf, const char *type)
{
	return leaf->type != NULL && strcmp(leaf->type, type) == 0;
}

static void
read_original(struct reader *r, const char *mail, size_t len)
{
	if (r->has_original || len == 0)
		return;
	r->has_original = true;
	explain_header_read(mail, len,
	    "a bounce may have cut or changed the message", r->options,
	    r->arena, &r->original);
}

/* Not a report on abuse. */
static bool
is_failure(const struct mime_leaf *leaf)
{
	struct failure_reader *reader = failure_new(false);
	const bool is = failure_read_fields(reader, leaf->data, leaf->len) ==
	    FAILURE_AUTH;

	failure_free(reader);
	return is;
}

/* A mime_leaf_fn, arg is the struct reader. */
static int
see_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct reader *r = arg;
	size_t room = WORDS_MAX - r->words.len;

	(void)err;
	if (leaf->mail != NULL) {
		r->has_attached = true;
		read_original(r, leaf->mail, leaf->mail_len);
	} else if (is_type(leaf, "message/delivery-status") ||
	    is_type(leaf, "message/global-delivery-status"))
		r->has_status = dsn_read(leaf->data, leaf->len, r->arena,
		                    &r->facts->bounce,
		                    &r->facts->outer.is_cut) ||
		    r->has_status;
	else if (is_type(leaf, "text/rfc822-headers") ||
	    is_type(leaf, "text/rfc822-header") ||
	    is_type(leaf, "message/rfc822-headers") ||
	    is_type(leaf, "message/global-headers"))
		read_original(r, leaf->data, leaf->len);
	else if (is_type(leaf, "message/feedback-report"))
		r->facts->is_failure = is_failure(leaf) || r->facts->is_failure;
	else if (leaf->type == NULL || is_type(leaf, "text/plain"))
		buf_add(
		    &r->words, leaf->data, leaf->len < room ? leaf->len : room);
	return 0;
}

/*
 * Who sends bounces, by the name before the "@".  What they write into other
 * fields makes no bounce of a message: anybody can write that.
 */
static bool
is_daemon(const struct explain_header *h)
{
	static const char *const names[] = { "mailer-daemon", "postmaster",
		"mail-daemon", "mailerdaemon" };
	static const char exchange[] = "microsoftexchange";
	const struct explain_address *from = h->from.at;
	size_t i, n;

	if (h->from.n == 0)
		return false;
	n = strcspn(from[0].address, "@");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n &&
		    strncasecmp(from[0].address, names[i], n) == 0)
			return true;
	return strncasecmp(from[0].address, exchange, sizeof(exchange) - 1) ==
	    0;
}

/* "X-Failed-Recipients: a@example.org, b@example.org" of Exim and Gmail. */
static void
read_failed(struct reader *r, const char *list)
{
	struct array *to = &r->facts->bounce.recipients;
	struct explain_recipient *first = to->at;
	size_t n;

	if (to->n > 0) {
		/* An answer that stands under nobody's name. */
		if (to->n == 1 && first->address == NULL &&
		    strchr(list, ',') == NULL)
			first->address = list;
		return;
	}
	for (; *list != '\0' && to->n < LIMIT_EXPLAIN_RECIPIENTS; list += n) {
		n = strcspn(list, ",");
		((struct explain_recipient *)array_add(to, sizeof(*first)))
		    ->address = explain_text(list, n, r->arena);
		n += strspn(list + n, ", \t");
	}
}

/* Only words say that it is one: return whether they do. */
static bool
read_words(struct reader *r, const char *mail, size_t len)
{
	struct explain_bounce *b = &r->facts->bounce;
	const char *failed = mime_read_field(
	    mail, len, "x-failed-recipients", r->arena);
	const char *original;

	if (!is_daemon(&r->facts->header))
		return false;
	original = dsn_read_words(
	    r->words.at, r->words.len, r->arena, b, &r->facts->outer.is_cut);
	if (failed != NULL)
		read_failed(r, failed);
	if (failed == NULL && !dsn_has_answer(b))
		return false;
	if (original != NULL)
		read_original(r, original,
		    (size_t)(r->words.at + r->words.len - original));
	return true;
}

/* The facts are those of the original now, the message's own beside them. */
static void
become_bounce(struct reader *r, const char *form)
{
	struct explain_facts *f = r->facts;
	bool is_cut = f->outer.is_cut;

	f->is_bounce = true;
	f->bounce.form = form;
	f->bounce.has_original = r->has_original;
	f->outer = f->header;
	f->outer.is_cut = f->outer.is_cut || is_cut;
	f->header = r->original;
	memset(&r->original, 0, sizeof(r->original));
}

static void
read_message(struct reader *r, const char *mail, size_t len)
{
	struct err err = ERR_INIT;

	explain_header_read(mail, len,
	    r->facts->is_intact ? NULL
	                        : "it had to be mended, or lines were quoted",
	    r->options, r->arena, &r->facts->header);
	/* A message of too many parts is explained by its header. */
	if (mime_walk(mail, len, see_leaf, r, &err) == -1)
		r->facts->header.is_cut = true;
	if (r->has_status)
		become_bounce(r, "dsn");
	else if (read_words(r, mail, len))
		become_bounce(r, "words");
	else
		r->facts->has_attached = r->has_attached;
}

/* "550 5.7.26 ..." and below it the header of the message, pasted. */
static void
read_paste(struct reader *r, const struct explain_input *in)
{
	struct explain_bounce *b = &r->facts->bounce;

	read_message(r, in->data, in->len);
	if (r->facts->is_bounce || in->words.len == 0)
		return;
	dsn_read_words(
	    in->words.at, in->words.len, r->arena, b, &r->facts->header.is_cut);
	if (!dsn_has_answer(b))
		return;
	r->facts->is_bounce = true;
	b->form = "words";
	b->has_original = true;
}

/* Answers below the addresses that they are about: the words of a bounce. */
static void
take_recipients(struct explain_facts *f)
{
	const struct explain_recipient *to = f->bounce.recipients.at;
	struct explain_reply *reply;
	size_t i;

	array_done(&f->replies);
	for (i = 0;
	     i < f->bounce.recipients.n && f->replies.n < LIMIT_EXPLAIN_REPLIES;
	     i++) {
		if (to[i].reply.code == 0 && to[i].reply.enhanced == NULL &&
		    to[i].action == NULL)
			continue;
		reply = array_add(&f->replies, sizeof(*reply));
		*reply = to[i].reply;
		reply->to = to[i].address;
		if (to[i].action != NULL)
			reply->fate = "bounced";
	}
}

/* Answers alone, or below words; there is one at least. */
static void
read_replies(struct reader *r, const char *p, size_t len)
{
	struct explain_facts *f = r->facts;
	const struct explain_recipient *to;
	struct explain_reply *reply;
	bool ignored = false;
	size_t i;

	smtp_reply_find_all(p, len, r->arena, &f->replies);
	reply = f->replies.at;
	dsn_read_words(p, len, r->arena, &f->bounce, &ignored);
	to = f->bounce.recipients.at;
	if (f->bounce.recipients.n == 0 || to[0].address == NULL)
		return;
	if (dsn_has_answer(&f->bounce))
		take_recipients(f);
	else if (f->bounce.recipients.n == 1)
		for (i = 0; i < f->replies.n; i++)
			if (reply[i].to == NULL)
				reply[i].to = to[0].address;
}

/* --- all ------------------------------------------------------------------ */

bool
explain_read(const char *data, size_t len,
    const struct explain_options *options, struct arena *arena,
    struct explain_facts *facts)
{
	struct reader r = {
		.facts = facts, .options = options, .arena = arena
	};
	struct explain_input in = { 0 };

	explain_input_read(&in, data, len);
	facts->form = in.form;
	facts->reason = in.reason;
	facts->is_mbox = in.is_mbox;
	facts->messages = in.messages;
	facts->is_intact = in.is_intact;
	if (strcmp(in.form, "pasted") == 0)
		read_paste(&r, &in);
	else if (strcmp(in.form, "reply") == 0)
		read_replies(
		    &r, in.data, in.len < WORDS_MAX ? in.len : WORDS_MAX);
	else if (in.reason == NULL)
		read_message(&r, in.data, in.len);
	if (!facts->is_bounce)
		array_done(&facts->bounce.recipients);
	explain_header_done(&r.original);
	buf_done(&r.words);
	explain_input_done(&in);
	return facts->reason == NULL;
}

void
explain_refuse(const struct limits *limits, struct arena *arena,
    struct explain_facts *facts)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "it is larger than the limit of %llu bytes: its header alone will "
	    "do",
	    (unsigned long long)limits->message);
	facts->form = "none";
	facts->reason = arena_strndup(arena, text, strlen(text));
}
