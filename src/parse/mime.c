/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/mime_body.h"
#include "parse/mime_guess.h"
#include "parse/mime_header.h"

/*
 * Why no input takes more than linear time: the walk goes forward only.  Each
 * line that starts with "--" is compared once with the boundaries that are
 * open, at most LIMIT_MIME_DEPTH of MIME_BOUNDARY bytes.  Whether a multipart
 * has any part is learnt from the search that looks for its end anyway; what
 * is searched again for a boundary that the header does not name is at most
 * GUESSES times the message.  A header block is given up after
 * LIMIT_MIME_HEADER bytes, and the decoded copies of nested messages after
 * LIMIT_MIME_NESTED.
 */
#define GUESSES 4

/* A multipart, or a message/rfc822, which has no boundary. */
struct level {
	char boundary[MIME_BOUNDARY];
	size_t len; /* 0: message/rfc822 */
	unsigned int child;
	bool report;   /* multipart/report; report-type=delivery-status */
	bool feedback; /* the same of feedback-report */
	bool digest;   /* multipart/digest: of messages, if nothing is said */
	bool forwarded;
	bool in_bounce;
	unsigned int group;
	const char *sample;
	size_t sample_len;
	const char *mail; /* the innermost message/rfc822 */
	size_t mail_len;
};

/* Where a line with a boundary stands. */
struct delimiter {
	const char *start; /* of the line, without the line end before it */
	const char *next;  /* the line after */
	size_t level;      /* index; NONE: there is none up to the end */
	bool closes;
};
#define NONE ((size_t)-1)

/* The message, or a nested one that was encoded. */
struct source {
	const char *at;
	const char *end;
	struct buf decoded;
	size_t base;            /* its levels begin here */
	struct delimiter after; /* what follows it in the source around it */
};

/* What the header of a part says. */
struct part {
	struct buf type;
	struct buf filename;
	bool odd_name;
	struct mime_field content_type; /* value NULL: there is none */
	struct level level;             /* when it is a multipart */
	enum mime_encoding encoding;
	bool multipart;
	bool rfc822;
	bool unseparated; /* from its body, by an empty line */
};

struct walk {
	size_t depth;
	size_t n_sources;
	struct part part;
	struct buf decoded;
	struct buf param;
	unsigned int leaves;
	unsigned int groups;
	size_t nested; /* bytes of nested messages that were decoded */
	size_t spare;  /* bytes that may be searched again */
	mime_leaf_fn fn;
	void *arg;
	struct err *err;
	/* Cleared when they are used. */
	struct level levels[LIMIT_MIME_DEPTH];
	struct source sources[LIMIT_MIME_DEPTH + 1];
};

bool
mime_is_mail(const char *data, size_t len)
{
	struct mime_header h;
	struct mime_field f;

	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	mime_header_start(&h, data, len, true);
	return mime_header_next(&h, &f) || h.too_long;
}

/* --- the header of a part ------------------------------------------------- */

/* "type/subtype" in lower case, the rest of the field left alone. */
static void
read_type(const struct mime_field *f, struct buf *out)
{
	const char *p = f->value, *end = p + f->len;

	out->len = 0;
	p = mime_skip_comments(p, end);
	while (p < end && *p != ';' && *p != '(' && !text_is_space(*p) &&
	    *p > ' ' && out->len < 127)
		buf_add_char(out, *p++);
	text_lower((char *)buf_str(out));
}

static void
read_report_type(struct walk *w, const struct mime_field *f)
{
	struct part *p = &w->part;
	const char *type;

	if (strcmp(p->type.at, "multipart/report") != 0 ||
	    !mime_field_param(f->value, f->len, "report-type", &w->param, NULL))
		return;
	type = buf_str(&w->param);
	p->level.report = strcasecmp(type, "delivery-status") == 0;
	p->level.feedback = strcasecmp(type, "feedback-report") == 0;
}

static void
read_content_type(struct walk *w, const struct mime_field *f)
{
	struct part *p = &w->part;

	read_type(f, &p->type);
	p->multipart = p->rfc822 = false;
	p->content_type = *f;
	p->level.report = p->level.feedback = false;
	p->level.len = 0;
	if (strncmp(p->type.at, "multipart/", 10) == 0) {
		p->multipart = true;
		p->level.digest = strcmp(p->type.at, "multipart/digest") == 0;
		if (mime_field_param(
		        f->value, f->len, "boundary", &w->param, NULL) &&
		    w->param.len <= MIME_BOUNDARY) {
			p->level.len = w->param.len;
			memcpy(p->level.boundary, buf_str(&w->param),
			    w->param.len);
		}
		read_report_type(w, f);
	} else if (strcmp(p->type.at, "message/rfc822") == 0 ||
	    strcmp(p->type.at, "message/global") == 0)
		p->rfc822 = true;
	if (p->filename.len == 0)
		mime_field_param(
		    f->value, f->len, "name", &p->filename, &p->odd_name);
}

static void
read_encoding(struct part *p, const struct mime_field *f)
{
	const char *v = f->value;
	size_t n = f->len;

	while (n > 0 && text_is_space(*v)) {
		v++;
		n--;
	}
	if (n >= 6 && strncasecmp(v, "base64", 6) == 0)
		p->encoding = MIME_BASE64;
	else if (n >= 16 && strncasecmp(v, "quoted-printable", 16) == 0)
		p->encoding = MIME_QP;
}

/* Reads the header block at *pos and goes behind it. */
static int
read_part(struct walk *w, const char **pos, const char *end, bool top)
{
	struct part *p = &w->part;
	struct mime_header h;
	struct mime_field f;

	p->type.len = p->filename.len = 0;
	p->encoding = MIME_PLAIN;
	p->content_type.value = NULL;
	p->odd_name = false;
	p->multipart = p->rfc822 = false;
	mime_header_start(&h, *pos, (size_t)(end - *pos), top);
	while (mime_header_next(&h, &f)) {
		if ((f.name[0] | 0x20) != 'c')
			continue;
		/* Trustwave writes "ContentType:" (spec Q-3). */
		if (mime_field_is(&f, "content-type") ||
		    mime_field_is(&f, "contenttype"))
			read_content_type(w, &f);
		else if (mime_field_is(&f, "content-transfer-encoding"))
			read_encoding(p, &f);
		else if (mime_field_is(&f, "content-disposition") &&
		    mime_field_param(
		        f.value, f.len, "filename", &w->param, &p->odd_name) &&
		    w->param.len > 0) {
			p->filename.len = 0;
			buf_add(&p->filename, w->param.at, w->param.len);
		}
	}
	*pos = h.pos;
	p->unseparated = h.junk != NULL && h.pos != h.junk;
	if (h.too_long)
		return err_set(w->err, ERR_LIMIT,
		    "the header of a part is larger than %d KiB",
		    LIMIT_MIME_HEADER >> 10);
	return 0;
}

/* --- boundaries ----------------------------------------------------------- */

/* What may stand behind a boundary: white space only. */
static bool
is_rest_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == end || *p == '\n';
}

/* line is behind the "--" at the start of a line. */
static bool
match_boundary(const struct walk *w, const char *line, const char *end,
    struct delimiter *d)
{
	size_t base = w->sources[w->n_sources - 1].base, left, i;
	const struct level *l;
	const char *rest;

	left = (size_t)(end - line);
	for (i = w->depth; i-- > base;) {
		l = &w->levels[i];
		if (l->len == 0 || l->len > left || l->boundary[0] != *line ||
		    memcmp(l->boundary, line, l->len) != 0)
			continue;
		rest = line + l->len;
		d->closes = end - rest >= 2 && memcmp(rest, "--", 2) == 0;
		if (d->closes)
			rest += 2;
		if (!is_rest_blank(rest, end))
			continue;
		rest = memchr(rest, '\n', (size_t)(end - rest));
		d->next = rest != NULL ? rest + 1 : end;
		d->level = i;
		return true;
	}
	return false;
}

/* The next boundary line of the innermost source at or behind p. */
static void
find_delimiter(const struct walk *w, const char *p, struct delimiter *d)
{
	const struct source *s = &w->sources[w->n_sources - 1];
	const char *dash = p;

	while (w->depth > s->base && s->end - dash >= 2 &&
	    (dash = memchr(dash, '-', (size_t)(s->end - dash) - 1)) != NULL) {
		if (dash[1] != '-' || (dash > s->at && dash[-1] != '\n')) {
			dash++;
			continue;
		}
		if (match_boundary(w, dash + 2, s->end, d)) {
			d->start = dash;
			if (d->start > p && d->start[-1] == '\n')
				d->start--;
			if (d->start > p && d->start[-1] == '\r')
				d->start--;
			return;
		}
		dash += 2;
	}
	d->start = d->next = s->end;
	d->level = NONE;
	d->closes = true;
}

/* --- leaves --------------------------------------------------------------- */

/* l: of a multipart; NULL: a message/rfc822, which is [mail, end). */
static int
push_level(
    struct walk *w, const struct level *l, const char *mail, const char *end)
{
	const struct level *around = w->depth > 0 ? &w->levels[w->depth - 1]
	                                          : NULL;
	struct level *to;

	if (w->depth == LIMIT_MIME_DEPTH)
		return err_set(w->err, ERR_LIMIT,
		    "parts are nested more than %d deep", LIMIT_MIME_DEPTH);
	to = &w->levels[w->depth++];
	memset(to, 0, sizeof(*to));
	if (around != NULL) {
		to->forwarded = around->forwarded;
		to->in_bounce = around->in_bounce;
		to->group = around->group;
		to->sample = around->sample;
		to->sample_len = around->sample_len;
		to->mail = around->mail;
		to->mail_len = around->mail_len;
	}
	if (l == NULL) {
		to->mail = mail;
		to->mail_len = (size_t)(end - mail);
		to->forwarded = true;
		if (around != NULL && around->report)
			to->in_bounce = true;
		if (around != NULL && around->feedback && !to->sample) {
			to->sample = mail;
			to->sample_len = (size_t)(end - mail);
		}
		return 0;
	}
	to->len = l->len;
	memcpy(to->boundary, l->boundary, l->len);
	to->report = l->report;
	to->feedback = l->feedback;
	to->digest = l->digest;
	if (to->sample == NULL)
		to->group = ++w->groups;
	return 0;
}

/*
 * A nested message that its part does not call one, or that was encoded: read
 * on in its decoded copy, if there is one in w->decoded.
 */
static int
push_source(struct walk *w, const char *mail, const char *end,
    const struct delimiter *after)
{
	struct source *s;

	if (mail != w->decoded.at)
		w->decoded.len = 0;
	if (w->decoded.len > LIMIT_MIME_NESTED - w->nested)
		return err_set(w->err, ERR_LIMIT,
		    "messages within messages decode to more than %d MiB",
		    LIMIT_MIME_NESTED >> 20);
	if (push_level(w, NULL, mail, end) == -1)
		return -1;
	w->nested += w->decoded.len;
	s = &w->sources[w->n_sources++];
	if (mail == w->decoded.at) {
		s->decoded = w->decoded;
		memset(&w->decoded, 0, sizeof(w->decoded));
	} else
		memset(&s->decoded, 0, sizeof(s->decoded));
	s->at = mail;
	s->end = end;
	s->base = w->depth;
	s->after = *after;
	return 0;
}

/* "part 3.1", out of the counters of the multiparts around. */
static void
write_where(const struct walk *w, char *out, size_t size)
{
	size_t i, used = 0;

	snprintf(out, size, "body");
	for (i = 0; i < w->depth; i++) {
		if (w->levels[i].len == 0)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%u",
		    used == 0 ? "part " : ".", w->levels[i].child);
	}
}

static bool
ends_with_eml(const struct buf *name)
{
	return name->len > 4 &&
	    strncasecmp(name->at + name->len - 4, ".eml", 4) == 0;
}

/*
 * Hands over the part whose body is [body, d->start).  1: it is a message,
 * which is now the innermost source.
 */
static int
give_leaf(struct walk *w, const char *body, const struct delimiter *d)
{
	char where[16 + LIMIT_MIME_DEPTH * 11];
	struct level *l = w->depth > 0 ? &w->levels[w->depth - 1] : NULL;
	struct part *p = &w->part;
	struct mime_leaf leaf = { 0 };

	leaf.data = body;
	leaf.len = (size_t)(d->start - body);
	mime_body_decode(p->encoding, &leaf.data, &leaf.len, &w->decoded);
	if (leaf.len == 0)
		leaf.data = body;
	if (p->rfc822 || ends_with_eml(&p->filename)
	        ? mime_is_mail(leaf.data, leaf.len)
	        : mime_is_unnamed_mail(buf_str(&p->type), leaf.data, leaf.len))
		return push_source(w, leaf.data, leaf.data + leaf.len, d) == -1
		    ? -1
		    : 1;
	if (++w->leaves > LIMIT_MIME_PARTS)
		return err_set(
		    w->err, ERR_LIMIT, "more than %d parts", LIMIT_MIME_PARTS);
	write_where(w, where, sizeof(where));
	leaf.where = where;
	leaf.type = p->type.len != 0 ? buf_str(&p->type) : NULL;
	leaf.filename = p->filename.len != 0 ? buf_str(&p->filename) : NULL;
	leaf.odd_name = p->odd_name;
	leaf.content_type = p->content_type.value;
	leaf.content_type_len = p->content_type.len;
	leaf.forwarded = l != NULL && l->forwarded;
	leaf.in_bounce = l != NULL && l->in_bounce;
	if (l != NULL) {
		leaf.group = l->group;
		leaf.sample = l->sample;
		leaf.sample_len = l->sample_len;
		leaf.mail = l->mail;
		leaf.mail_len = l->mail_len;
	}
	leaf.unseparated = p->unseparated;
	/* Not every bounce or feedback report says report-type. */
	if (l != NULL && leaf.type != NULL &&
	    strcmp(leaf.type, "message/delivery-status") == 0)
		l->report = true;
	if (l != NULL && leaf.type != NULL &&
	    strcmp(leaf.type, "message/feedback-report") == 0)
		l->feedback = true;
	return w->fn(&leaf, w->arg, w->err);
}

/* --- the walk ------------------------------------------------------------- */

/*
 * Goes into the multipart at body.  0: it has no part, and *d is what follows
 * it.  A boundary that the header does not name, or that is not there, is
 * looked for in the body (spec Q-102).
 */
static int
enter_multipart(struct walk *w, const char *body, struct delimiter *d)
{
	const char *end = w->sources[w->n_sources - 1].end;
	struct level *l = &w->part.level;
	int try;

	for (try = 0; try < 2; try++) {
		if (l->len > 0) {
			if (push_level(w, l, body, end) == -1)
				return -1;
			find_delimiter(w, body, d);
			if (d->level == w->depth - 1)
				return 1;
			w->depth--;
		} else
			find_delimiter(w, body, d);
		if ((size_t)(d->start - body) > w->spare)
			return 0;
		w->spare -= (size_t)(d->start - body);
		l->len = mime_guess_boundary(
		    body, d->start, l->digest, l->boundary);
		if (l->len == 0)
			return 0;
	}
	return 0;
}

/* What the part is, by what stands around it and at the start of its body. */
static void
guess_type(struct walk *w, const char *body, const char *end)
{
	struct part *p = &w->part;

	if (p->type.len == 0 && w->depth > w->sources[w->n_sources - 1].base &&
	    w->levels[w->depth - 1].digest)
		p->rfc822 = true; /* RFC 2046, 5.1.5 */
	else if (p->encoding == MIME_PLAIN &&
	    (p->type.len == 0 || strcmp(p->type.at, "text/plain") == 0) &&
	    mime_starts_with_part(body, end)) {
		p->multipart = true;
		memset(&p->level, 0, sizeof(p->level));
	}
}

/*
 * One part: its header at *pos, then either the part within it is next, or it
 * was a leaf and *d is what follows it.  Returns 1 when *pos is the start of
 * the next header.
 */
static int
walk_part(struct walk *w, const char **pos, bool top, struct delimiter *d)
{
	const char *end = w->sources[w->n_sources - 1].end, *body;
	struct part *p = &w->part;
	int status;

	if (read_part(w, pos, end, top) == -1)
		return -1;
	body = *pos;
	if (!p->multipart)
		guess_type(w, body, end);
	if (p->multipart) {
		if ((status = enter_multipart(w, body, d)) != 0)
			return status == 1 ? 0 : -1;
		/* It has no parts: try it as a leaf. */
	} else if (p->rfc822 && p->encoding == MIME_PLAIN &&
	    !mime_body_is_base64(body, (size_t)(end - body))) {
		*pos = body;
		return push_level(w, NULL, body, end) == -1 ? -1 : 1;
	} else
		find_delimiter(w, body, d);
	if ((status = give_leaf(w, body, d)) == 1)
		*pos = w->sources[w->n_sources - 1].at;
	return status;
}

/*
 * What a delimiter means.  True when a part begins at *pos; false when the
 * walk is over.
 */
static bool
walk_delimiter(struct walk *w, const char **pos, struct delimiter *d)
{
	struct source *s;

	for (;;) {
		s = &w->sources[w->n_sources - 1];
		if (d->level == NONE) {
			w->depth = s->base;
			if (w->n_sources == 1)
				return false;
			w->depth--; /* the message/rfc822 around it */
			*d = s->after;
			buf_done(&s->decoded);
			w->n_sources--;
			continue;
		}
		if (!d->closes) {
			w->depth = d->level + 1;
			w->levels[d->level].child++;
			*pos = d->next;
			return true;
		}
		w->depth = d->level;
		find_delimiter(w, d->next, d);
	}
}

int
mime_walk(
    const char *mail, size_t len, mime_leaf_fn fn, void *arg, struct err *err)
{
	struct walk *w = xmalloc(sizeof(*w));
	struct delimiter d;
	const char *pos = mail;
	bool top = true;
	int status;

	memset(w, 0, offsetof(struct walk, levels));
	if (len >= 3 && memcmp(mail, "\xef\xbb\xbf", 3) == 0)
		pos += 3;
	w->fn = fn;
	w->arg = arg;
	w->err = err;
	w->spare = len < SIZE_MAX / GUESSES ? GUESSES * len : SIZE_MAX;
	w->sources[0] = (struct source) { .at = pos, .end = mail + len };
	w->n_sources = 1;
	do {
		if ((status = walk_part(w, &pos, top, &d)) == -1)
			break;
		top = status == 1;
	} while (status == 1 || walk_delimiter(w, &pos, &d));

	while (w->n_sources > 0)
		buf_done(&w->sources[--w->n_sources].decoded);
	buf_done(&w->part.type);
	buf_done(&w->part.filename);
	buf_done(&w->decoded);
	buf_done(&w->param);
	free(w);
	return status == -1 ? -1 : 0;
}
