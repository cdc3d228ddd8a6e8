/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_header.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/date.h"
#include "parse/dkim_message.h"
#include "parse/dkim_sig.h"
#include "parse/explain_authres.h"
#include "parse/explain_text.h"
#include "parse/explain_vendor.h"
#include "parse/mime.h"
#include "parse/mime_header.h"
#include "parse/received.h"

/* The reading of one header. */
struct reader {
	struct explain_header *h;
	struct arena *arena;
	struct dkim_message *signed_message;
	int64_t received;      /* fields so far */
	unsigned int once[16]; /* see once[] */
};

/* --- fields that say one thing -------------------------------------------- */

enum syntax { TEXT, LOWER, DECODED, PATH, ADDRESS, MSGID, LIST_ID };

static const struct {
	const char *name;
	size_t offset;
	enum syntax syntax;
} simple[] = {
#define OF(member) offsetof(struct explain_header, member)
	{ "sender", OF(sender), ADDRESS },
	{ "reply-to", OF(reply_to), ADDRESS },
	{ "return-path", OF(return_path), PATH },
	{ "message-id", OF(msgid), MSGID },
	{ "subject", OF(subject), DECODED },
	{ "delivered-to", OF(delivered_to), PATH },
	{ "list-id", OF(list_id), LIST_ID },
	{ "list-unsubscribe", OF(list_unsubscribe), TEXT },
	{ "list-unsubscribe-post", OF(list_unsubscribe_post), TEXT },
	{ "list-post", OF(list_post), TEXT },
	{ "precedence", OF(precedence), LOWER },
	{ "auto-submitted", OF(auto_submitted), LOWER },
	{ "x-original-from", OF(original_from), ADDRESS },
	{ "resent-from", OF(resent_from), ADDRESS },
	{ "x-forwarded-to", OF(forwarded_to), TEXT },
	{ "x-forwarded-for", OF(forwarded_for), TEXT },
#undef OF
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 5322, 3.6: at most once. */
static const char *const once[] = { "from", "sender", "reply-to", "to", "cc",
	"bcc", "message-id", "in-reply-to", "references", "subject", "date" };

static_assert(COUNT(once) <= COUNT(((struct reader *)0)->once), "room");

/* What stands between the last "<" and the ">" after it. */
static const char *
read_list_id(const struct mime_field *f, struct arena *arena)
{
	const char *open = memrchr(f->value, '<', f->len), *close;
	const char *end = f->value + f->len;

	if (open == NULL ||
	    (close = memchr(open, '>', (size_t)(end - open))) == NULL)
		return explain_text(f->value, f->len, arena);
	return explain_text_name(open + 1, (size_t)(close - open - 1), arena);
}

static const char *
read_msgid(const struct mime_field *f, struct arena *arena)
{
	size_t n = f->len;
	const char *p = text_trim(f->value, &n);

	return explain_text_path(p, n, arena);
}

static const char *
read_address(const struct mime_field *f, struct arena *arena)
{
	const char *start = f->value, *stop = f->value + f->len;

	if (!mime_find_address(&start, &stop))
		return explain_text(f->value, f->len, arena);
	return explain_text(start, (size_t)(stop - start), arena);
}

static const char *
read_simple(const struct mime_field *f, enum syntax s, struct arena *arena)
{
	switch (s) {
	case TEXT:
		break;
	case LOWER:
		return explain_text_name(f->value, f->len, arena);
	case DECODED:
		return mime_field_text(f->value, f->len, arena, NULL);
	case PATH:
		return explain_text_path(f->value, f->len, arena);
	case ADDRESS:
		return read_address(f, arena);
	case MSGID:
		return read_msgid(f, arena);
	case LIST_ID:
		return read_list_id(f, arena);
	}
	return explain_text(f->value, f->len, arena);
}

static void
see_simple(struct reader *r, const struct mime_field *f)
{
	const char **out;
	size_t i;

	for (i = 0; i < COUNT(simple); i++) {
		out = (const char **)((char *)r->h + simple[i].offset);
		if (mime_field_is(f, simple[i].name) && *out == NULL)
			*out = read_simple(f, simple[i].syntax, r->arena);
	}
	if (r->h->date == 0 && mime_field_is(f, "date"))
		r->h->date = date_read_header(f->value, f->len);
	for (i = 0; i < COUNT(once); i++)
		if (mime_field_is(f, once[i]) && ++r->once[i] == 2)
			*(const char **)array_add(
			    &r->h->repeated, sizeof(char *)) = once[i];
}

/* --- fields that stand in lists ------------------------------------------- */

/* Room for one more, at its place; NULL: there are too many. */
static void *
add(struct reader *r, struct array *a, size_t size, size_t max, size_t place)
{
	struct explain_place *p;
	char *item;

	if (a->n == max) {
		r->h->is_cut = true;
		return NULL;
	}
	item = array_add(a, size);
	p = (struct explain_place *)(item + place);
	p->position = r->h->fields;
	p->received_above = r->received;
	p->trust = "foreign";
	return item;
}

#define ADD(r, list, type, max) \
	add(r, &(r)->h->list, sizeof(struct type), max, \
	    offsetof(struct type, place))

static void
see_received(struct reader *r, const struct mime_field *f)
{
	struct explain_hop *hop = ADD(
	    r, received, explain_hop, LIMIT_EXPLAIN_HOPS);

	r->received++;
	if (hop != NULL)
		received_read(f->value, f->len, r->arena, hop);
}

static void
see_authres(struct reader *r, const struct mime_field *f, const char *kind)
{
	struct explain_authres *a = ADD(
	    r, authres, explain_authres, LIMIT_EXPLAIN_AUTHRES);

	if (a == NULL)
		return;
	a->kind = kind;
	explain_authres_read(f->value, f->len, r->arena, a, &r->h->is_cut);
	/* With a space before the ":" the border may not know it. */
	if (f->name[f->name_len] != ':')
		a->is_broken = true;
}

static void
see_signature(struct reader *r, const struct mime_field *f)
{
	struct explain_signature *s = ADD(
	    r, signatures, explain_signature, LIMIT_EXPLAIN_SIGNATURES);

	if (s != NULL)
		dkim_sig_read(r->signed_message, f, r->arena, s);
}

static void
see_vendor(struct reader *r, const struct mime_field *f)
{
	struct explain_vendor v = { 0 }, *place;

	if (!explain_vendor_read(f, r->arena, &v, &r->h->is_cut))
		return;
	place = ADD(r, vendors, explain_vendor, LIMIT_EXPLAIN_VENDORS);
	if (place == NULL) {
		array_done(&v.items);
		return;
	}
	v.place = place->place;
	*place = v;
}

static void
see_field(struct reader *r, const struct mime_field *f)
{
	const char *kind;

	r->h->fields++;
	see_simple(r, f);
	if (mime_field_is(f, "from")) {
		r->h->from_fields++;
		explain_text_addresses(
		    f->value, f->len, &r->h->from, r->arena, &r->h->is_cut);
	} else if (mime_field_is(f, "received"))
		see_received(r, f);
	else if ((kind = explain_authres_kind(f->name, f->name_len)) != NULL)
		see_authres(r, f, kind);
	else if (dkim_sig_kind(f) != NULL)
		see_signature(r, f);
	else
		see_vendor(r, f);
}

/* --- who can have written it ---------------------------------------------- */

/* Where the receiver begins. */
struct border {
	const struct explain_hop *hop; /* NULL: none shows */
	int64_t edge;  /* the position down to which it is certain */
	int64_t below; /* the position of the next Received field below it */
	const struct explain_options *options;
};

static bool
is_listed(const struct authres_options *options, const char *id)
{
	size_t i;

	for (i = 0; i < options->n; i++)
		if (strcasecmp(options->ids[i],
		        id != NULL ? id : AUTHRES_MICROSOFT) == 0)
			return true;
	return false;
}

/* Of a hop: by the place alone. */
static const char *
trust_of_hop(const struct border *b, const struct explain_place *p)
{
	if (b->hop == NULL)
		return "unknown";
	return p->position <= b->hop->place.position ? "receiver" : "foreign";
}

/* Of what a stranger would like to be believed. */
static const char *
trust_of_place(const struct border *b, const struct explain_place *p)
{
	if (b->hop == NULL)
		return "unknown";
	return p->position <= b->edge ? "receiver" : "foreign";
}

/* What says by its id who wrote it. */
static const char *
trust_of_id(
    const struct border *b, const struct explain_place *p, const char *id)
{
	const char *trust = trust_of_place(b, p);

	if (b->hop != NULL && strcmp(trust, "foreign") == 0 &&
	    p->position < b->below && received_is_named_after(b->hop, id))
		trust = "border";
	return trust;
}

static const char *
trust_of_authres(const struct border *b, const struct explain_authres *a)
{
	const struct authres_options *o = &b->options->authres;
	const char *trust;

	if (strcmp(a->kind, "orig") == 0 || a->is_broken)
		return "foreign";
	trust = trust_of_id(b, &a->place, a->id);
	if (strcmp(a->kind, "ar") != 0 || !is_listed(o, a->id))
		return trust;
	if (b->options->hops_given || b->hop == NULL)
		return a->place.received_above <= o->received_hops ? "ours"
		                                                   : "foreign";
	return strcmp(trust, "foreign") == 0 &&
	        a->place.received_above > o->received_hops
	    ? trust
	    : "ours";
}

static const char *
trust_of_vendor(const struct border *b, const struct explain_vendor *v)
{
	const char *trust = trust_of_place(b, &v->place), *service;

	if (strcmp(trust, "foreign") != 0)
		return trust;
	service = received_service(b->hop);
	return service != NULL && strcmp(service, v->vendor) == 0 ? "border"
	                                                          : trust;
}

static void
find_border(struct border *b, struct explain_header *h)
{
	struct explain_hop *hops = h->received.at;
	int n = received_border(&h->received);
	int edge = received_edge(&h->received);

	if (b->options->hops_given)
		n = edge = b->options->authres.received_hops - 1;
	if (n < 0 || (size_t)n >= h->received.n)
		return;
	hops[n].is_border = true;
	b->hop = &hops[n];
	b->edge = hops[edge].place.position;
	b->below = (size_t)n + 1 < h->received.n ? hops[n + 1].place.position
	                                         : INT64_MAX;
}

static void
set_trust(struct explain_header *h, const struct explain_options *options)
{
	struct border b = { .options = options };
	struct explain_hop *hops = h->received.at;
	struct explain_authres *a = h->authres.at;
	struct explain_signature *s = h->signatures.at;
	struct explain_vendor *v = h->vendors.at;
	size_t i;

	find_border(&b, h);
	for (i = 0; i < h->received.n; i++)
		hops[i].place.trust = trust_of_hop(&b, &hops[i].place);
	for (i = 0; i < h->authres.n; i++)
		a[i].place.trust = trust_of_authres(&b, &a[i]);
	for (i = 0; i < h->signatures.n; i++)
		s[i].place.trust = trust_of_place(&b, &s[i].place);
	for (i = 0; i < h->vendors.n; i++)
		v[i].place.trust = trust_of_vendor(&b, &v[i]);
}

/* --- the header ----------------------------------------------------------- */

void
explain_header_read(const char *mail, size_t len, const char *damage,
    const struct explain_options *options, struct arena *arena,
    struct explain_header *out)
{
	struct dkim_message m = { 0 };
	struct reader r = { .h = out, .arena = arena, .signed_message = &m };
	struct mime_header h;
	struct mime_field f;

	dkim_message_init(&m, mail, len, damage);
	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f)) {
		if (out->fields == LIMIT_EXPLAIN_FIELDS) {
			out->is_cut = true;
			break;
		}
		see_field(&r, &f);
	}
	out->is_cut = out->is_cut || h.too_long;
	set_trust(out, options);
	dkim_message_done(&m);
}
