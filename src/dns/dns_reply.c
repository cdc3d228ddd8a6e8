/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dns/dns_reply.h"

#define HEADER 12
#define FLAG_QR 0x8000
#define FLAG_OPCODE 0x7800
#define FLAG_AA 0x0400
#define FLAG_TC 0x0200
#define FLAG_RA 0x0080
#define FLAG_AD 0x0020 /* RFC 4035, 3.2.3 */
#define CLASS_IN 1
#define TYPE_SOA 6
#define MAX_HOPS 128   /* pointers in one name, which has 127 labels at most */
#define MAX_ALIASES 16 /* resolvers follow no more */
#define WIRE_NAME 255  /* RFC 1035, 2.3.4 */

static const char unreadable[] = "sent an answer that cannot be read";

struct reply {
	const uint8_t *at;
	size_t len;
	unsigned flags;
	size_t answers, answers_at;
	size_t authority, authority_at;
};

/* A name as it is on the wire, without pointers, letters in lower case. */
struct wire_name {
	size_t len;
	uint8_t at[WIRE_NAME];
};

struct rr {
	struct wire_name owner;
	unsigned type, class;
	size_t at, len; /* of its data */
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool
add_label(struct wire_name *name, const uint8_t *label, size_t n)
{
	size_t i;

	if (name->len + n + 1 > WIRE_NAME)
		return false;
	name->at[name->len++] = (uint8_t)n;
	for (i = 0; i < n; i++) {
		uint8_t c = label[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		name->at[name->len++] = c;
	}
	return true;
}

/*
 * The name at *at, which is then behind it.  A pointer leads to before where
 * the name, or what an earlier pointer led to, began: so there is an end.
 */
static bool
read_name(const struct reply *r, size_t *at, struct wire_name *name)
{
	size_t p = *at, first = p, n;
	int hops = 0;

	name->len = 0;
	for (;;) {
		if (p >= r->len)
			return false;
		n = r->at[p];
		if (n >= 0xc0) {
			if (p + 2 > r->len || ++hops > MAX_HOPS)
				return false;
			if (hops == 1)
				*at = p + 2;
			p = get16(r->at + p) & 0x3fff;
			if (p >= first)
				return false;
			first = p;
			continue;
		}
		if (n > 63 || n + 1 > r->len - p ||
		    !add_label(name, r->at + p + 1, n))
			return false;
		p += n + 1;
		if (n == 0)
			break;
	}
	if (hops == 0)
		*at = p;
	return true;
}

static bool
is_same(const struct wire_name *a, const struct wire_name *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* Whether a name is at or below another one. */
static bool
is_within(const struct wire_name *name, const struct wire_name *parent)
{
	size_t at = 0;

	while (name->len - at > parent->len)
		at += name->at[at] + 1;
	return name->len - at == parent->len &&
	    memcmp(name->at + at, parent->at, parent->len) == 0;
}

/* false: it is not a name that anybody can ask for, nor the root. */
static bool
write_name(const struct wire_name *name, char out[static DNS_NAME])
{
	size_t at = 0, n;
	char *s = out;

	while ((n = name->at[at++]) > 0) {
		if (memchr(name->at + at, '.', n) != NULL ||
		    memchr(name->at + at, '\0', n) != NULL)
			return false;
		if (s > out)
			*s++ = '.';
		memcpy(s, name->at + at, n);
		s += n;
		at += n;
	}
	*s = '\0';
	return s == out || dns_is_name(out);
}

static void
from_text(const char *text, struct wire_name *name)
{
	size_t n;

	for (name->len = 0; *text != '\0'; text += n + (text[n] == '.')) {
		n = strcspn(text, ".");
		add_label(name, (const uint8_t *)text, n);
	}
	add_label(name, NULL, 0);
}

static bool
read_rr(const struct reply *r, size_t *at, struct rr *rr)
{
	const uint8_t *p;

	if (!read_name(r, at, &rr->owner) || r->len - *at < 10)
		return false;
	p = r->at + *at;
	rr->type = get16(p);
	rr->class = get16(p + 2);
	rr->len = get16(p + 8);
	rr->at = *at + 10;
	if (rr->len > r->len - rr->at)
		return false;
	*at = rr->at + rr->len;
	return true;
}

static bool
skip_section(const struct reply *r, size_t n, size_t *at)
{
	struct rr rr;

	while (n-- > 0)
		if (!read_rr(r, at, &rr))
			return false;
	return true;
}

/* NULL, or what is wrong. */
static const char *
read_head(struct reply *r, enum dns_type type, const struct wire_name *asked)
{
	struct wire_name name;
	size_t at = HEADER;

	if (r->len < HEADER)
		return unreadable;
	r->flags = get16(r->at + 2);
	r->answers = get16(r->at + 6);
	r->authority = get16(r->at + 8);
	if (!(r->flags & FLAG_QR) || (r->flags & FLAG_OPCODE) != 0)
		return unreadable;
	switch (dns_reply_rcode(r->at, r->len)) {
	case DNS_RCODE_OK:
	case DNS_RCODE_NXDOMAIN:
		break;
	default:
		return dns_reply_failure(dns_reply_rcode(r->at, r->len));
	}
	if (get16(r->at + 4) != 1 || !read_name(r, &at, &name) ||
	    r->len - at < 4)
		return unreadable;
	if (!is_same(&name, asked) || get16(r->at + at) != (unsigned)type ||
	    get16(r->at + at + 2) != CLASS_IN)
		return "sent an answer to another question";
	if (r->flags & FLAG_TC)
		return "sent only a part of its answer";
	r->answers_at = at += 4;
	if (!skip_section(r, r->answers, &at))
		return unreadable;
	r->authority_at = at;
	return skip_section(r, r->authority, &at) ? NULL : unreadable;
}

/* The next record of this owner and type, from *at on; *n are left. */
static bool
next_rr(const struct reply *r, size_t *at, size_t *n,
    const struct wire_name *owner, unsigned type, struct rr *rr)
{
	while (*n > 0 && read_rr(r, at, rr)) {
		--*n;
		if (rr->type == type && rr->class == CLASS_IN &&
		    is_same(&rr->owner, owner))
			return true;
	}
	return false;
}

/* Where the aliases of a name lead; NULL, or what is wrong with them. */
static const char *
follow(const struct reply *r, struct wire_name *name, int *aliases)
{
	struct wire_name target;
	struct rr rr;
	size_t at, n;

	for (*aliases = 0;; ++*aliases) {
		at = r->answers_at;
		n = r->answers;
		if (!next_rr(r, &at, &n, name, DNS_CNAME, &rr))
			return NULL;
		if (*aliases == MAX_ALIASES)
			return "sent aliases without an end";
		at = rr.at;
		if (!read_name(r, &at, &target) || at != rr.at + rr.len)
			return unreadable;
		*name = target;
	}
}

/* What a record adds: something, nothing since its name is odd, or an error. */
enum added { ADDED, ADDED_NOTHING, ADDED_BROKEN };

static enum added
add_name(struct dns_builder *b, const struct reply *r, const struct rr *rr)
{
	uint16_t preference = 0;
	size_t at = rr->at;
	struct wire_name name;
	char text[DNS_NAME];

	if (rr->type == DNS_MX) {
		if (rr->len < 2)
			return ADDED_BROKEN;
		preference = (uint16_t)get16(r->at + at);
		at += 2;
	}
	if (!read_name(r, &at, &name) || at != rr->at + rr->len)
		return ADDED_BROKEN;
	if (!write_name(&name, text))
		return ADDED_NOTHING;
	dns_add_record(b, preference, text);
	return ADDED;
}

static enum added
add_address(struct dns_builder *b, const struct reply *r, const struct rr *rr)
{
	bool is_a = rr->type == DNS_A;
	char text[INET6_ADDRSTRLEN];

	if (rr->len != (is_a ? 4 : 16))
		return ADDED_BROKEN;
	inet_ntop(
	    is_a ? AF_INET : AF_INET6, r->at + rr->at, text, sizeof(text));
	dns_add_record(b, 0, text);
	return ADDED;
}

static enum added
add_strings(struct dns_builder *b, const struct reply *r, const struct rr *rr)
{
	size_t at = rr->at, end = rr->at + rr->len, n;

	for (n = at; n < end; n += 1 + (size_t)r->at[n])
		;
	if (n != end || rr->len == 0)
		return ADDED_BROKEN;
	for (; at < end; at += 1 + n) {
		n = r->at[at];
		dns_add_text(b, r->at + at + 1, n, at == rr->at);
	}
	return ADDED;
}

static enum added
add(struct dns_builder *b, const struct reply *r, const struct rr *rr)
{
	switch ((enum dns_type)rr->type) {
	case DNS_A:
	case DNS_AAAA:
		return add_address(b, r, rr);
	case DNS_TXT:
	case DNS_SPF:
		return add_strings(b, r, rr);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
	case DNS_MX:
		return add_name(b, r, rr);
	}
	return ADDED_BROKEN;
}

/*
 * That a reply without records means that there are none: an authoritative
 * server that does not look further sends a referral, or an alias only.
 */
static const char *
check_none(const struct reply *r, const struct wire_name *name, bool is_alias)
{
	size_t at = r->authority_at, n;
	bool has_ns = false, has_soa = false;
	struct rr rr;

	for (n = r->authority; n > 0 && read_rr(r, &at, &rr); n--) {
		has_ns |= rr.type == DNS_NS;
		has_soa |= rr.type == TYPE_SOA && is_within(name, &rr.owner);
	}
	if (has_soa)
		return NULL;
	if (is_alias && !(r->flags & FLAG_RA))
		return "sent an alias that it did not follow, as a resolver "
		       "does";
	if (has_ns && !(r->flags & FLAG_AA))
		return "named other servers, as no resolver does";
	return NULL;
}

/* Add the records of a name; NULL, or what is wrong. */
static const char *
add_all(struct dns_builder *b, const struct reply *r, enum dns_type type,
    const struct wire_name *name, bool is_alias)
{
	size_t at = r->answers_at, n = r->answers, odd = 0;
	struct rr rr;

	while (next_rr(r, &at, &n, name, type, &rr))
		switch (add(b, r, &rr)) {
		case ADDED:
			break;
		case ADDED_NOTHING:
			odd++;
			break;
		case ADDED_BROKEN:
			return unreadable;
		}
	if (b->records.n > 0)
		return dns_reply_rcode(r->at, r->len) == DNS_RCODE_OK
		    ? NULL
		    : "sent an answer that contradicts itself";
	if (odd > 0)
		return type == DNS_PTR ? NULL
		                       : "sent a name with impossible letters";
	if (dns_reply_rcode(r->at, r->len) == DNS_RCODE_OK)
		return check_none(r, name, is_alias);
	b->answer->status = DNS_NO_NAME;
	return NULL;
}

enum dns_rcode
dns_reply_rcode(const void *bytes, size_t len)
{
	return len < HEADER
	    ? DNS_RCODE_NONE
	    : (enum dns_rcode)(((const uint8_t *)bytes)[3] & 15);
}

const char *
dns_reply_failure(enum dns_rcode rcode)
{
	switch (rcode) {
	case DNS_RCODE_NONE:
		return unreadable;
	case DNS_RCODE_FORMERR:
		return "answered FORMERR";
	case DNS_RCODE_SERVFAIL:
		return "answered SERVFAIL";
	case DNS_RCODE_NOTIMP:
		return "answered NOTIMP";
	case DNS_RCODE_REFUSED:
		return "refused to answer";
	default:
		return "answered with an error";
	}
}

static const struct dns_answer *
fail(struct arena *arena, const char *why, int64_t now)
{
	struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

	*answer = (struct dns_answer) {
		.status = DNS_FAILED,
		.failure = why,
		.asked_ts = now,
	};
	return answer;
}

const struct dns_answer *
dns_reply_read(struct arena *arena, enum dns_type type, const char *text,
    const void *bytes, size_t len, int64_t now)
{
	struct reply r = { .at = bytes, .len = len };
	struct wire_name name;
	struct dns_builder b;
	int aliases = 0;
	const char *why;
	char canonical[DNS_NAME];

	from_text(text, &name);
	why = read_head(&r, type, &name);
	if (why == NULL && type != DNS_CNAME)
		why = follow(&r, &name, &aliases);
	if (why != NULL)
		return fail(arena, why, now);
	dns_begin(&b, arena);
	why = add_all(&b, &r, type, &name, aliases > 0);
	if (why != NULL) {
		array_done(&b.records);
		return fail(arena, why, now);
	}
	b.answer->asked_ts = now;
	b.answer->is_authentic = r.flags & FLAG_AD;
	if (aliases > 0 && write_name(&name, canonical))
		b.answer->canonical = arena_strndup(
		    arena, canonical, strlen(canonical));
	return dns_end(&b);
}
