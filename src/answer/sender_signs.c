/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_signs.h"

#include <string.h>

#include "base/buf.h"
#include "store/rules.h"

const char *const sender_sign_words[] = { "network", "envelope", "name",
	"service", "stopped", "regular", "spf_record", NULL };

const char *
sender_sign_title(enum sender_sign sign)
{
	static const char *const titles[SENDER_SIGNS] = {
		[SENDER_SIGN_NETWORK] = "it is next to servers of yours",
		[SENDER_SIGN_ENVELOPE] =
		    "your domain is often its envelope sender",
		[SENDER_SIGN_NAME] = "its host name is under your domain",
		[SENDER_SIGN_SERVICE] =
		    "it is a service that organizations use",
		[SENDER_SIGN_STOPPED] = "it passed before and stopped passing",
		[SENDER_SIGN_REGULAR] =
		    "it passes as another domain day after day",
		[SENDER_SIGN_RECORD] = "your SPF record has its address",
	};

	return titles[sign];
}

void
sender_signs_add(struct buf *b, unsigned int signs, const char *between)
{
	bool is_first = true;
	int i;

	for (i = 0; i < SENDER_SIGNS; i++)
		if ((signs & SENDER_SIGN_BIT(i)) != 0) {
			buf_add_str(b, is_first ? "" : between);
			buf_add_str(b, sender_sign_title((enum sender_sign)i));
			is_first = false;
		}
}

/*
 * What an own server shares with its neighbours, or a service with itself, as a
 * key: the domain, a letter, the thing.
 */
static void
write_key(struct buf *key, size_t domain, char letter, const void *at, size_t n)
{
	key->len = 0;
	buf_add(key, (const char *)&domain, sizeof(domain));
	buf_add_char(key, letter);
	buf_add(key, at, n);
}

/*
 * A passing own sender: the admin says so, or the domain's SPF record does of a
 * source that nobody named and that no service is known to have.
 */
static bool
is_own(const struct sender_source *s)
{
	if (s->ip == NULL || s->counts.pass == 0)
		return false;
	if (s->kind != NULL)
		return strcmp(s->kind, "own") == 0;
	return s->passes_own_spf && s->name.passes_as == NULL;
}

static void
note_own(struct map *known, struct buf *key, const struct sender_source *s)
{
	const struct service *service = s->name.passes_as;

	if (is_own(s)) {
		write_key(
		    key, s->domain, 'w', s->key, sender_network_bytes(s->key));
		map_number(known, key->at, key->len);
		if (s->asn != 0) {
			write_key(key, s->domain, 'a', &s->asn, sizeof(s->asn));
			map_number(known, key->at, key->len);
		}
	}
	if (service != NULL && s->counts.pass > 0) {
		write_key(
		    key, s->domain, 's', service->name, strlen(service->name));
		map_number(known, key->at, key->len);
	}
}

static bool
is_neighbour(
    const struct map *known, struct buf *key, const struct sender_source *s)
{
	if (s->ip == NULL)
		return false;
	write_key(key, s->domain, 'w', s->key, sender_network_bytes(s->key));
	if (map_has(known, key->at, key->len))
		return true;
	write_key(key, s->domain, 'a', &s->asn, sizeof(s->asn));
	return s->asn != 0 && map_has(known, key->at, key->len);
}

/*
 * A service that sends for organizations, or anything of which mail of the
 * domain passes.
 */
static bool
is_service(
    const struct map *known, struct buf *key, const struct sender_source *s)
{
	const struct service *service = s->name.passes_as;

	if (service == NULL)
		return false;
	write_key(key, s->domain, 's', service->name, strlen(service->name));
	return service->kind == SERVICE_SERVICE ||
	    map_has(known, key->at, key->len);
}

/* The days of all addresses of a name: services spread their mail. */
static uint64_t *
other_days_of(struct map *days, struct buf *key, const struct sender_source *s)
{
	if (s->name.name != NULL)
		write_key(
		    key, s->domain, 'n', s->name.name, strlen(s->name.name));
	else
		write_key(key, s->domain, 'i', s->key, SENDER_KEY);
	return map_item(days, key->at, key->len);
}

/* Take the sign from those that did not come on days enough. */
static void
check_regular(struct sender_list *list, struct buf *key)
{
	struct map days = { .size = sizeof(uint64_t) };
	struct sender_source *s = list->sources.at;
	size_t i;

	for (i = 0; i < list->sources.n; i++)
		if (s[i].other_days != 0)
			*other_days_of(&days, key, &s[i]) |= s[i].other_days;
	for (i = 0; i < list->sources.n; i++)
		if ((s[i].signs & SENDER_SIGN_BIT(SENDER_SIGN_REGULAR)) != 0 &&
		    __builtin_popcountll(*other_days_of(&days, key, &s[i])) <
		        RULE_STEADY_DAYS)
			s[i].signs &= ~SENDER_SIGN_BIT(SENDER_SIGN_REGULAR);
	map_done(&days);
}

void
sender_signs_find(struct sender_list *list)
{
	struct sender_source *s = list->sources.at;
	struct map known = { 0 };
	struct buf key = { 0 };
	size_t i;

	for (i = 0; i < list->sources.n; i++)
		note_own(&known, &key, &s[i]);
	for (i = 0; i < list->sources.n; i++) {
		if (is_neighbour(&known, &key, &s[i]))
			s[i].signs |= SENDER_SIGN_BIT(SENDER_SIGN_NETWORK);
		if (is_service(&known, &key, &s[i]))
			s[i].signs |= SENDER_SIGN_BIT(SENDER_SIGN_SERVICE);
	}
	check_regular(list, &key);
	map_done(&known);
	buf_done(&key);
}
