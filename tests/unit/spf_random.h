/* SPDX-License-Identifier: BSD-2-Clause */
/* For the tests of SPF: trees of records by chance, always the same ones. */
#ifndef RUAD_TESTS_SPF_RANDOM_H
#define RUAD_TESTS_SPF_RANDOM_H

#include "base/buf.h"
#include "spf_zone.h"

struct chance {
	uint64_t state;
};

static inline uint32_t
chance(struct chance *c, uint32_t below)
{
	c->state = c->state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (uint32_t)(c->state >> 33) % below;
}

static inline bool
maybe(struct chance *c, uint32_t percent)
{
	return chance(c, 100) < percent;
}

/* Few names and few addresses, so that much of it meets. */
#define TREE_DOMAINS 8
#define TREE_HOSTS 6

struct tree {
	struct array rows; /* struct zone_row */
	struct arena arena;
};

static inline const char *
tree_name(struct tree *t, bool is_domain, unsigned int n)
{
	char text[40];

	snprintf(
	    text, sizeof(text), "%c%u.example.org", is_domain ? 'd' : 'h', n);
	return arena_strndup(&t->arena, text, strlen(text));
}

static inline void
tree_add(struct tree *t, const char *name, const char *type, const char *value)
{
	struct zone_row *r = array_add(&t->rows, sizeof(*r));

	*r = (struct zone_row) { name, type, value };
}

static inline void
tree_ip(struct buf *out, struct chance *c, bool is4)
{
	if (is4)
		buf_printf(out, "192.0.2.%u", chance(c, 16));
	else
		buf_printf(out, "2001:db8::%x", chance(c, 16));
}

static inline void
tree_host(struct buf *out, struct chance *c)
{
	buf_printf(out, "h%u.example.org", chance(c, TREE_HOSTS + 2));
}

static inline void
tree_term(struct buf *out, struct chance *c, unsigned int errors)
{
	static const char *const signs[] = { "", "", "", "+", "-", "~", "?" };
	static const char *const bad[] = { "moo", "ip4:192.0.2", "a:x",
		"include", "all:x", "a/99", "x=%z" };

	if (errors > 0 && chance(c, 1000) < errors) {
		buf_add_str(out, bad[chance(c, 7)]);
		return;
	}
	buf_add_str(out, signs[chance(c, 7)]);
	switch (chance(c, 16)) {
	case 0:
	case 1:
	case 2:
		buf_add_str(out, "ip4:");
		tree_ip(out, c, true);
		if (maybe(c, 40))
			buf_printf(out, "/%u", 26 + chance(c, 7));
		break;
	case 3:
		buf_add_str(out, "ip6:");
		tree_ip(out, c, false);
		if (maybe(c, 40))
			buf_printf(out, "/%u", 122 + chance(c, 7));
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		buf_printf(out, "include:d%u.example.org",
		    chance(c, TREE_DOMAINS + (maybe(c, 5) ? 2 : 0)));
		break;
	case 9:
	case 10:
		buf_add_str(out, "a");
		if (maybe(c, 80)) {
			buf_add_str(out, ":");
			tree_host(out, c);
		}
		if (maybe(c, 30))
			buf_printf(out, "/%u", 28 + chance(c, 5));
		if (maybe(c, 30))
			buf_printf(out, "//%u", 124 + chance(c, 5));
		break;
	case 11:
	case 12:
		buf_add_str(out, "mx");
		if (maybe(c, 70))
			buf_printf(
			    out, ":d%u.example.org", chance(c, TREE_DOMAINS));
		break;
	case 13:
		buf_add_str(out, "exists:");
		tree_host(out, c);
		break;
	default:
		buf_add_str(out, maybe(c, 30) ? "all" : "ip4:198.51.100.0/24");
	}
}

static inline void
tree_record(struct tree *t, struct chance *c, const char *name, int terms,
    unsigned int errors)
{
	struct buf text = { 0 };
	int i, n = (int)chance(c, (uint32_t)terms + 1);

	buf_add_str(&text, "v=spf1");
	for (i = 0; i < n; i++) {
		buf_add_char(&text, ' ');
		tree_term(&text, c, errors);
	}
	if (maybe(c, 15))
		buf_printf(&text, " redirect=d%u.example.org",
		    chance(c, TREE_DOMAINS + 1));
	else if (maybe(c, 60))
		buf_add_str(&text, maybe(c, 50) ? " -all" : " ~all");
	tree_add(
	    t, name, "TXT", arena_strndup(&t->arena, buf_str(&text), text.len));
	buf_done(&text);
}

/*
 * Some domains d0.example.org and so on, and hosts h0.example.org; failures and
 * errors are per 1000 names and terms.
 */
static inline void
tree_grow(struct tree *t, struct chance *c, int terms, unsigned int failures,
    unsigned int errors)
{
	struct buf text = { 0 };
	unsigned int i, k;
	const char *name;

	for (i = 0; i < TREE_DOMAINS + TREE_HOSTS; i++) {
		bool is_domain = i < TREE_DOMAINS;

		name = tree_name(
		    t, is_domain, is_domain ? i : i - TREE_DOMAINS);
		tree_add(t, name, "NAME", NULL);
		if (chance(c, 1000) < failures)
			tree_add(t, name,
			    maybe(c, 50)       ? "FAIL"
			        : maybe(c, 50) ? "FAIL A"
			                       : "FAIL AAAA",
			    NULL);
		if (is_domain && maybe(c, 97))
			tree_record(t, c, name, terms, errors);
		for (k = chance(c, 4); is_domain && k > 0; k--) {
			text.len = 0;
			buf_printf(&text, "%u ", k);
			tree_host(&text, c);
			tree_add(t, name, "MX",
			    arena_strndup(&t->arena, buf_str(&text), text.len));
		}
		for (k = maybe(c, 85) ? 1 + chance(c, 2) : 0; k > 0; k--) {
			bool is4 = maybe(c, 60);

			text.len = 0;
			tree_ip(&text, c, is4);
			tree_add(t, name, is4 ? "A" : "AAAA",
			    arena_strndup(&t->arena, buf_str(&text), text.len));
		}
	}
	buf_done(&text);
}

static inline void
tree_done(struct tree *t)
{
	array_done(&t->rows);
	arena_done(&t->arena);
}

#endif
