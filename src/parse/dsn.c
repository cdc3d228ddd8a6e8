/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dsn.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/date.h"
#include "parse/explain_text.h"
#include "parse/header_line.h"
#include "parse/mime_header.h"
#include "parse/smtp_reply.h"

/* --- message/delivery-status ---------------------------------------------- */

/* The reading of one part. */
struct reader {
	struct explain_bounce *bounce;
	struct explain_recipient *to; /* of this group; NULL: none yet */
	struct arena *arena;
	bool *is_cut;
	bool full;
	bool seen; /* any field of such a part */
};

/* Behind "rfc822;", "dns;": *type is what stands before, NULL: nothing. */
static const char *
skip_type(const struct mime_field *f, size_t *len, struct arena *arena,
    const char **type)
{
	size_t n = f->len;
	const char *p = text_trim(f->value, &n), *semi;

	semi = memchr(p, ';', n);
	*type = NULL;
	if (semi != NULL && memchr(p, ' ', (size_t)(semi - p)) == NULL) {
		*type = explain_text_name(p, (size_t)(semi - p), arena);
		n -= (size_t)(semi + 1 - p);
		p = semi + 1;
	}
	*len = n;
	return p;
}

static const char *
read_address(struct reader *r, const struct mime_field *f)
{
	const char *type;
	size_t n;
	const char *p = skip_type(f, &n, r->arena, &type);

	return explain_text_path(p, n, r->arena);
}

/* The first word: Gmail's says more behind it. */
static const char *
read_mta(struct reader *r, const struct mime_field *f)
{
	const char *type, *end;
	size_t n;
	const char *p = skip_type(f, &n, r->arena, &type);

	p = text_trim(p, &n);
	for (end = p; end < p + n && !text_is_space(*end) && *end != '('; end++)
		continue;
	return explain_text_name(p, (size_t)(end - p), r->arena);
}

/* "5.7.26", also of "5.7.26 (delivery not authorized)". */
static const char *
read_status(struct reader *r, const struct mime_field *f)
{
	const char *text = explain_text(f->value, f->len, r->arena);
	size_t n = text != NULL ? smtp_reply_enhanced(text) : 0;

	return n > 0 ? arena_strndup(r->arena, text, n) : NULL;
}

static void
read_diagnostic(struct reader *r, const struct mime_field *f)
{
	const char *type;
	size_t n;
	const char *p = skip_type(f, &n, r->arena, &type);

	r->to->diagnostic_type = type;
	r->to->diagnostic = explain_text(p, n, r->arena);
	smtp_reply_find(p, n, r->arena, &r->to->reply);
}

static const char *
read_word(struct reader *r, const struct mime_field *f)
{
	size_t n = f->len, i;
	const char *p = text_trim(f->value, &n);

	for (i = 0; i < n && !text_is_space(p[i]) && p[i] != '('; i++)
		continue;
	return explain_text_name(p, i, r->arena);
}

/* Of the whole message; return whether it is such a field. */
static bool
see_message_field(struct reader *r, const struct mime_field *f)
{
	struct explain_bounce *b = r->bounce;

	if (mime_field_is(f, "reporting-mta")) {
		if (b->reporting_mta == NULL)
			b->reporting_mta = read_mta(r, f);
	} else if (mime_field_is(f, "received-from-mta")) {
		if (b->received_from_mta == NULL)
			b->received_from_mta = read_mta(r, f);
	} else if (mime_field_is(f, "arrival-date")) {
		if (b->arrival == 0)
			b->arrival = date_read_header(f->value, f->len);
	} else
		return false;
	return true;
}

/* The recipient of this group, or NULL: there are too many. */
static struct explain_recipient *
recipient(struct reader *r)
{
	if (r->to != NULL || r->full)
		return r->to;
	if (r->bounce->recipients.n == LIMIT_EXPLAIN_RECIPIENTS) {
		*r->is_cut = r->full = true;
		return NULL;
	}
	return r->to = array_add(
	           &r->bounce->recipients, sizeof(struct explain_recipient));
}

/* Of a recipient; the first field of a name counts. */
static bool
see_recipient_field(struct reader *r, const struct mime_field *f)
{
	static const char *const names[] = { "final-recipient",
		"original-recipient", "action", "status", "diagnostic-code",
		"remote-mta", "last-attempt-date" };
	struct explain_recipient *to;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mime_field_is(f, names[i]))
			break;
	if (i == sizeof(names) / sizeof(names[0]))
		return false;
	if ((to = recipient(r)) == NULL)
		return true;
	if (i == 0 && to->address == NULL)
		to->address = read_address(r, f);
	else if (i == 1 && to->original_address == NULL)
		to->original_address = read_address(r, f);
	else if (i == 2 && to->action == NULL)
		to->action = read_word(r, f);
	else if (i == 3 && to->status == NULL)
		to->status = read_status(r, f);
	else if (i == 4 && to->diagnostic == NULL)
		read_diagnostic(r, f);
	else if (i == 5 && to->remote_mta == NULL)
		to->remote_mta = read_mta(r, f);
	else if (i == 6 && to->last_attempt == 0)
		to->last_attempt = date_read_header(f->value, f->len);
	return true;
}

bool
dsn_read(const char *p, size_t len, struct arena *arena,
    struct explain_bounce *bounce, bool *is_cut)
{
	struct reader r = {
		.bounce = bounce, .arena = arena, .is_cut = is_cut
	};
	const char *end = p + len, *last;
	struct mime_header h;
	struct mime_field f;

	while (p < end && !r.full) {
		mime_header_start(&h, p, (size_t)(end - p), false);
		r.to = NULL;
		last = p;
		for (; mime_header_next(&h, &f); last = f.value + f.len)
			if (see_message_field(&r, &f) ||
			    see_recipient_field(&r, &f))
				r.seen = true;
		/*
		 * A line that is no field ends a group, too; never back to it,
		 * for what is behind it was read.
		 */
		last = h.pos > last ? h.pos : last;
		p = last > p ? last : header_line_next(p, end);
	}
	return r.seen;
}

/* --- words ---------------------------------------------------------------- */

#define ANSWER_LINES 12 /* of one recipient that are looked at */

/*
 * An address by itself in a line, as "<a@example.org>:" or "  a@example.org":
 * what fails is named so in the bounces of Postfix, Exim, qmail and Exchange.
 */
static bool
read_line_address(
    const char *p, const char *end, struct arena *arena, const char **out)
{
	size_t n = (size_t)(end - p), i;
	const char *text = text_trim(p, &n), *close;

	if (n > 0 && text[0] == '<') {
		close = memchr(text, '>', n);
		if (close == NULL || memchr(text, '@', n) == NULL ||
		    memchr(text, '@', n) > (const void *)close)
			return false;
		*out = explain_text_path(text, n, arena);
		return close + 1 == text + n || close[1] == ':' ||
		    close[1] == '(';
	}
	if (n > 0 && text[n - 1] == ':')
		n--;
	if (n < 3 || memchr(text, '@', n) == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (text_is_space(text[i]) || strchr("<>()[],;:\"", text[i]))
			return false;
	*out = explain_text(text, n, arena);
	return true;
}

static size_t
indent(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return (size_t)(p - start);
}

/*
 * What is said below the line of an address, up to the next one or an empty
 * line.  An address that is further to the right belongs to what is said.
 */
static const char *
answer_end(const char *line, const char *end, struct arena *arena)
{
	const char *next, *ignored, *start = header_line_next(line, end), *p;
	const size_t column = indent(line, end);
	int lines;

	for (p = start, lines = 0; p < end && lines < ANSWER_LINES;
	     p = next, lines++) {
		next = header_line_next(p, end);
		if ((header_line_is_blank(p, next) && p != start) ||
		    (indent(p, next) <= column &&
		        read_line_address(p, next, arena, &ignored)))
			break;
	}
	return p;
}

static struct explain_recipient *
add_recipient(struct explain_bounce *b, const char *address, bool *is_cut)
{
	struct explain_recipient *to;

	if (b->recipients.n == LIMIT_EXPLAIN_RECIPIENTS) {
		*is_cut = true;
		return NULL;
	}
	to = array_add(&b->recipients, sizeof(*to));
	to->address = address;
	return to;
}

static bool
read_answer(struct explain_recipient *to, const char *p, const char *end,
    struct arena *arena)
{
	if (!smtp_reply_find(p, (size_t)(end - p), arena, &to->reply))
		return false;
	to->diagnostic = explain_text(p, (size_t)(end - p), arena);
	return true;
}

/* Whether words before it say that what follows is for good. */
static bool
is_final(const char *words, size_t n)
{
	static const char *const leads[] = {
		"This is a permanent error.",           /* Exim */
		"be delivered to one or more recipient" /* Postfix */
	};
	size_t i;

	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (memmem(words, n, leads[i], strlen(leads[i])) != NULL)
			return true;
	return false;
}

/*
 * "Unrouteable address" below an address: no server answered, but the one that
 * writes the bounce says why.
 */
static void
read_reason(struct explain_recipient *to, const char *words, const char *p,
    const char *end, struct arena *arena)
{
	to->diagnostic = explain_text(p, (size_t)(end - p), arena);
	to->reply.text = to->diagnostic;
	if (is_final(words, (size_t)(p - words)))
		to->action = "failed";
}

bool
dsn_has_answer(const struct explain_bounce *b)
{
	const struct explain_recipient *to = b->recipients.at;
	size_t i;

	for (i = 0; i < b->recipients.n; i++)
		if (to[i].reply.code != 0 || to[i].reply.enhanced != NULL ||
		    to[i].action != NULL)
			return true;
	return false;
}

const char *
dsn_read_words(const char *p, size_t len, struct arena *arena,
    struct explain_bounce *bounce, bool *is_cut)
{
	const char *end, *original, *stop, *line = p;
	const char *next, *address, *rest;
	struct explain_recipient *to;

	if (len == 0)
		return NULL;
	end = p + len;
	original = header_line_find(p, end);
	stop = original != NULL ? original : end;
	while (line < stop) {
		next = header_line_next(line, stop);
		if (!read_line_address(line, next, arena, &address)) {
			line = next;
			continue;
		}
		rest = memchr(line, '>', (size_t)(next - line));
		rest = rest != NULL ? rest + 1 : next;
		rest += rest < next && *rest == ':';
		line = answer_end(line, stop, arena);
		if ((to = add_recipient(bounce, address, is_cut)) == NULL)
			break;
		if (!read_answer(to, rest, line, arena))
			read_reason(to, p, rest, line, arena);
	}
	/* Nobody is named, but something was answered. */
	if (bounce->recipients.n == 0 &&
	    (to = add_recipient(bounce, NULL, is_cut)) != NULL &&
	    !read_answer(to, p, stop, arena))
		bounce->recipients.n = 0;
	return original;
}
