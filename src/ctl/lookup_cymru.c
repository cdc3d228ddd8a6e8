/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_cymru.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "dns/cymru.h"

struct lookup_cymru {
	struct dns_client *client;
	struct array origins; /* of struct cymru_origin */
	struct map names;     /* of struct as_name, by number */
};

struct as_name {
	char text[GEO_NAME];
};

/* An address for which somebody asks now. */
struct asked {
	struct lookup_cymru *cymru;
	const char *ip;
	bool is_done; /* also if nothing came of it */
};

struct lookup_cymru *
lookup_cymru_new(const struct dns_options *options, struct err *err)
{
	struct lookup_cymru *c = xcalloc(1, sizeof(*c));

	c->names.size = sizeof(struct as_name);
	if ((c->client = dns_client_new(options, err)) == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
lookup_cymru_free(struct lookup_cymru *c)
{
	if (c == NULL)
		return;
	dns_client_free(c->client);
	array_done(&c->origins);
	map_done(&c->names);
	free(c);
}

static const struct cymru_origin *
find_origin(const struct lookup_cymru *c, const char *ip)
{
	const struct cymru_origin *o = c->origins.at, *best = NULL;
	size_t i;

	for (i = 0; i < c->origins.n; i++)
		if (cymru_has_address(&o[i], ip) &&
		    (best == NULL || o[i].bits > best->bits))
			best = &o[i];
	return best;
}

static void
on_origin(void *arg, const struct dns_answer *answer)
{
	struct asked *a = arg;
	struct cymru_origin origin, best = { .bits = 0 };
	size_t i;

	a->is_done = true;
	/* Of several networks the narrowest one. */
	for (i = 0; i < answer->n; i++)
		if (cymru_read_origin(answer->records[i].text, &origin) &&
		    cymru_has_address(&origin, a->ip) &&
		    origin.bits > best.bits)
			best = origin;
	if (best.bits > 0)
		*(struct cymru_origin *)array_add(
		    &a->cymru->origins, sizeof(best)) = best;
}

/* 192.0.2, or 2001:db8:1: those of which one answer may tell all. */
static void
write_neighbours(const char *ip, char out[static DNS_NAME])
{
	static const int labels[] = { 1, 20 };
	char *at = out;
	int i, n;

	if (!dns_reverse_name(ip, out))
		return;
	n = labels[strchr(ip, ':') != NULL];
	for (i = 0; i < n && (at = strchr(at, '.')) != NULL; i++)
		at++;
	if (at != NULL)
		memmove(out, at, strlen(at) + 1);
}

/* Ask for one of each network of which nothing is known yet. */
static size_t
start_some(struct lookup_cymru *c, struct asked *asked, size_t n)
{
	struct map near = { 0 };
	char name[DNS_NAME];
	size_t i, before, started = 0;

	for (i = 0; i < n; i++) {
		if (asked[i].is_done ||
		    (asked[i].is_done = find_origin(c, asked[i].ip) != NULL))
			continue;
		write_neighbours(asked[i].ip, name);
		before = near.keys.n;
		if (map_number(&near, name, strlen(name)) != before)
			continue;
		if (!cymru_write_origin(asked[i].ip, name)) {
			asked[i].is_done = true;
			continue;
		}
		dns_client_start(
		    c->client, DNS_TXT, name, on_origin, &asked[i]);
		started++;
	}
	map_done(&near);
	return started;
}

/* The name of an AS under way. */
struct as_asked {
	struct lookup_cymru *cymru;
	int64_t asn;
};

static void
on_as(void *arg, const struct dns_answer *answer)
{
	const struct as_asked *a = arg;
	struct as_name *name;
	size_t i;

	if (answer->status == DNS_FAILED)
		return;
	name = map_item(&a->cymru->names, &a->asn, sizeof(a->asn));
	for (i = 0; i < answer->n && name->text[0] == '\0'; i++)
		cymru_read_as(answer->records[i].text, a->asn, name->text);
}

static int
find_names(struct lookup_cymru *c, const struct lookup_cymru_item *items,
    size_t n, struct err *err)
{
	struct as_asked *asked = xcalloc(n + 1, sizeof(*asked));
	char name[DNS_NAME];
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		asked[i].cymru = c;
		asked[i].asn = items[i].found.asn;
		if (asked[i].asn == 0 ||
		    map_has(&c->names, &asked[i].asn, sizeof(asked[i].asn)))
			continue;
		cymru_write_as(asked[i].asn, name);
		dns_client_start(c->client, DNS_TXT, name, on_as, &asked[i]);
	}
	rc = dns_client_run(c->client, err);
	free(asked);
	return rc;
}

/* What is known now. */
static void
fill_in(struct lookup_cymru *c, struct lookup_cymru_item *items, size_t n)
{
	const struct cymru_origin *o;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((o = find_origin(c, items[i].ip)) == NULL)
			continue;
		items[i].found.asn = o->asn;
		memcpy(items[i].found.country, o->country, sizeof(o->country));
	}
}

static void
fill_in_names(struct lookup_cymru *c, struct lookup_cymru_item *items, size_t n)
{
	const struct as_name *names = c->names.items.at;
	size_t i, k;

	for (i = 0; i < n; i++)
		if (map_find(&c->names, &items[i].found.asn,
		        sizeof(items[i].found.asn), &k))
			memcpy(items[i].found.as_name, names[k].text,
			    sizeof(items[i].found.as_name));
}

int
lookup_cymru_find(struct lookup_cymru *c, struct lookup_cymru_item *items,
    size_t n, struct err *err)
{
	struct asked *asked = xcalloc(n + 1, sizeof(*asked));
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		asked[i].cymru = c;
		asked[i].ip = items[i].ip;
	}
	while (rc == 0 && start_some(c, asked, n) > 0)
		rc = dns_client_run(c->client, err);
	fill_in(c, items, n);
	if (rc == 0)
		rc = find_names(c, items, n, err);
	fill_in_names(c, items, n);
	dns_client_forget(c->client);
	free(asked);
	return rc;
}
