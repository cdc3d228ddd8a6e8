/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer/scope.h"
#include "answer/sender_fold.h"
#include "answer/sender_network.h"
#include "answer/sender_signs.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/sum.h"
#include "base/text.h"
#include "store/rules.h"

/* --- senders -------------------------------------------------------------- */

/* What the sources of a sender have in common; a kind of key, then bytes. */
static void
write_key(struct buf *key, const struct sender_source *s, enum sender_by by)
{
	key->len = 0;
	buf_add(key, (const char *)&s->domain, sizeof(s->domain));
	if (by == SENDER_GROUPED && s->name.name != NULL) {
		buf_add_char(
		    key, s->name.evidence == SENDER_BY_RULE ? 'r' : 'n');
		buf_add_str(key, s->name.name);
	} else if (s->ip == NULL)
		buf_add_char(key, '-');
	else {
		buf_add_char(key, by == SENDER_ADDRESSES ? 'a' : 'w');
		buf_add(key, (const char *)s->key,
		    by == SENDER_ADDRESSES ? SENDER_KEY
		                           : sender_network_bytes(s->key));
	}
}

static void
add_source(struct sender *sender, const struct sender_source *s, bool is_first)
{
	if (is_first) {
		sender->is_new = true;
		sender->domain = s->domain;
		sender->who = s->name.name;
		sender->kind = s->kind;
		sender->evidence = s->name.evidence;
		sender->service = s->name.service;
		sender->author = s->name.author;
		sender->asn = s->asn;
		sender->country = s->country;
	}
	if (sender->asn != s->asn)
		sender->asn = 0;
	if (s->country == NULL || sender->country == NULL ||
	    strcmp(s->country, sender->country) != 0)
		sender->country = NULL;
	if (s->name.evidence < sender->evidence) {
		sender->evidence = s->name.evidence;
		sender->service = s->name.service;
	}
	/* Of a network only what all its sources agree on. */
	if (s->kind == NULL || sender->kind == NULL ||
	    strcmp(s->kind, sender->kind) != 0)
		sender->kind = NULL;
	if (sender->author == NULL)
		sender->author = s->name.author;
	sender->addresses += s->ip != NULL;
	sender_add_counts(&sender->counts, &s->counts);
	if (s->counts.failed[SOURCE_UNKNOWN] > 0)
		sender->signs |= s->signs;
	sender->n++;
}

/* How senders without a name of their own are called. */
static void
name_networks(struct sender_list *list, enum sender_by by)
{
	const struct sender_source *s = list->sources.at;
	struct sender *sender = list->senders.at;
	char network[SENDER_NETWORK];
	size_t i;

	for (i = 0; i < list->senders.n; i++) {
		s = (const struct sender_source *)list->sources.at +
		    sender[i].first;
		if (by == SENDER_GROUPED && sender[i].who != NULL)
			continue;
		if (by != SENDER_GROUPED || sender[i].who == NULL)
			sender[i].evidence = sender[i].addresses > 1
			    ? SENDER_BY_NETWORK
			    : SENDER_BY_ADDRESS;
		if (s->ip == NULL)
			sender[i].who = "no address";
		else if (sender[i].addresses == 1)
			sender[i].who = s->ip;
		else {
			sender_network_write(s->key, network);
			sender[i].who = arena_strndup(
			    &list->strings, network, strlen(network));
		}
	}
}

/* Of what a source that was there before is part: no news. */
static void
mark_old(struct map *keys, struct buf *key, const struct sender_source *s,
    enum sender_by by)
{
	size_t number;

	write_key(key, s, by);
	if (map_find(keys, key->at, key->len, &number))
		((struct sender *)keys->items.at)[number].is_new = false;
	if (by != SENDER_GROUPED)
		return;
	/* Its neighbours may have no name. */
	write_key(key, s, SENDER_NETWORKS);
	if (map_find(keys, key->at, key->len, &number))
		((struct sender *)keys->items.at)[number].is_new = false;
}

static void
find_old(const struct sender_list *list, struct map *keys, enum sender_by by)
{
	const struct sender_source *s = list->sources.at;
	struct buf key = { 0 };
	size_t i;

	for (i = 0; i < list->sources.n; i++)
		if (s[i].first_seen != 0 &&
		    s[i].first_seen < list->period.first)
			mark_old(keys, &key, &s[i], by);
	s = list->gone.at;
	for (i = 0; i < list->gone.n; i++)
		mark_old(keys, &key, &s[i], by);
	buf_done(&key);
}

static void
make_senders(struct sender_list *list, enum sender_by by)
{
	struct map keys = { .size = sizeof(struct sender) };
	struct sender_source *s = list->sources.at;
	struct buf key = { 0 };
	size_t i, known;

	for (i = 0; i < list->sources.n; i++) {
		known = keys.items.n;
		write_key(&key, &s[i], by);
		s[i].sender = map_number(&keys, key.at, key.len);
		add_source((struct sender *)keys.items.at + s[i].sender, &s[i],
		    s[i].sender == known);
	}
	find_old(list, &keys, by);
	list->senders = keys.items;
	keys.items = (struct array) { 0 };
	map_done(&keys);
	buf_done(&key);
}

/* --- order ---------------------------------------------------------------- */

static int
by_messages(const struct sender_counts *a, const struct sender_counts *b)
{
	return (a->messages < b->messages) - (a->messages > b->messages);
}

static int
compare_domains(const void *one, const void *other)
{
	const struct sender_domain *a = *(struct sender_domain *const *)one;
	const struct sender_domain *b = *(struct sender_domain *const *)other;
	const int order = by_messages(&a->counts, &b->counts);

	return order != 0 ? order : strcmp(a->name, b->name);
}

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare_senders(const void *one, const void *other)
{
	const struct sender *a = *(struct sender *const *)one;
	const struct sender *b = *(struct sender *const *)other;
	int order = (a->domain > b->domain) - (a->domain < b->domain);

	if (order == 0)
		order = by_messages(&a->counts, &b->counts);
	return order != 0 ? order : compare_texts(a->who, b->who);
}

static int
compare_sources(const void *one, const void *other)
{
	const struct sender_source *a = *(struct sender_source *const *)one;
	const struct sender_source *b = *(struct sender_source *const *)other;
	int order = (a->sender > b->sender) - (a->sender < b->sender);

	if (order == 0)
		order = by_messages(&a->counts, &b->counts);
	return order != 0 ? order : memcmp(a->key, b->key, SENDER_KEY);
}

/*
 * Bring each item to its place: order[i] is the one that belongs there.  Within
 * the array, which may be large.
 */
static void
arrange(struct array *array, size_t size, const char **order)
{
	char *at = array->at, *one = xmalloc(size);
	size_t i, k, from;

	for (i = 0; i < array->n; i++) {
		if (order[i] == NULL)
			continue;
		memcpy(one, at + i * size, size);
		for (k = i;; k = from) {
			from = (size_t)(order[k] - at) / size;
			order[k] = NULL;
			if (from == i)
				break;
			memcpy(at + k * size, at + from * size, size);
		}
		memcpy(at + k * size, one, size);
	}
	free(one);
}

/*
 * Sort an array; *places gets for each old number the new one, to be freed.
 */
static void
sort(struct array *array, size_t size,
    int (*compare)(const void *, const void *), size_t **places)
{
	const char **order = xcalloc(array->n + 1, sizeof(*order));
	const char *at = array->at;
	size_t i;

	*places = xcalloc(array->n + 1, sizeof(**places));
	for (i = 0; i < array->n; i++)
		order[i] = at + i * size;
	if (array->n > 0)
		qsort(order, array->n, sizeof(*order), compare);
	for (i = 0; i < array->n; i++)
		(*places)[(size_t)(order[i] - at) / size] = i;
	arrange(array, size, order);
	free(order);
}

static void
sort_domains(struct sender_list *list)
{
	struct sender_source *s = list->sources.at;
	size_t *places, i;

	sort(&list->domains, sizeof(struct sender_domain), compare_domains,
	    &places);
	for (i = 0; i < list->sources.n; i++)
		s[i].domain = places[s[i].domain];
	s = list->gone.at;
	for (i = 0; i < list->gone.n; i++)
		s[i].domain = places[s[i].domain];
	free(places);
}

static void
sort_senders(struct sender_list *list)
{
	struct sender_source *s = list->sources.at;
	struct sender *sender;
	size_t *places, i;

	sort(&list->senders, sizeof(struct sender), compare_senders, &places);
	for (i = 0; i < list->sources.n; i++)
		s[i].sender = places[s[i].sender];
	free(places);
	sort(&list->sources, sizeof(struct sender_source), compare_sources,
	    &places);
	free(places);
	s = list->sources.at;
	sender = list->senders.at;
	for (i = list->sources.n; i-- > 0;)
		sender[s[i].sender].first = i;
}

/* --- as whom else they pass ----------------------------------------------- */

static int
percent_of(int64_t part, const struct sender_counts *c)
{
	int64_t all = c->messages;

	sum_add(&all, c->before);
	return part >= all ? 100 : (int)(100.0 * (double)part / (double)all);
}

/* Of what its sources have, the most; of equal ones the first by name. */
static void
choose_also(struct sender *sender, const struct sender_source *s)
{
	struct map names = { .size = sizeof(int64_t) };
	const char *name;
	int64_t best = 0, *sum;
	size_t i;

	for (i = 0; i < sender->n; i++)
		if ((name = s[i].name.also) != NULL) {
			sum = map_item(&names, name, strlen(name));
			sum_add(sum, s[i].name.also_messages);
		}
	sum = names.items.at;
	for (i = 0; i < sender->n; i++) {
		size_t at;

		if ((name = s[i].name.also) == NULL ||
		    !map_find(&names, name, strlen(name), &at) ||
		    sum[at] < best)
			continue;
		if (sender->also == NULL || sum[at] > best ||
		    strcmp(name, sender->also) < 0)
			sender->also = name;
		best = sum[at];
	}
	sender->also_percent = percent_of(best, &sender->counts);
	map_done(&names);
}

static void
find_also(struct sender_list *list)
{
	struct sender *sender = list->senders.at;
	size_t i;

	for (i = 0; i < list->senders.n; i++)
		choose_also(&sender[i],
		    (const struct sender_source *)list->sources.at +
		        sender[i].first);
}

/* --- finding -------------------------------------------------------------- */

static void
index_sources(struct sender_list *list)
{
	const struct sender_source *s = list->sources.at;
	size_t i;

	for (i = 0; i < list->sources.n; i++) {
		const int64_t key[] = { (int64_t)s[i].domain, s[i].id };

		*(size_t *)map_item(
		    &list->by_source, key, sizeof(key)) = s[i].sender;
	}
}

/* Under each name of the scope, which senders can be asked for by. */
static int
index_names(struct sender_list *list, struct query_db *db, const char *domain,
    struct err *err)
{
	const struct sender_domain *d = list->domains.at;
	const struct scope_pair *pair;
	struct scope scope;
	size_t i, number;
	int rc;

	for (i = 0; i < list->domains.n; i++)
		*(size_t *)map_item(
		    &list->names, d[i].name, strlen(d[i].name)) = i;
	rc = scope_load(&scope, db, domain, err);
	pair = scope.pairs.at;
	for (i = 0; i < scope.pairs.n; i++)
		if (sender_list_find_domain(list, pair[i].shown, &number))
			*(size_t *)map_item(&list->names, pair[i].name,
			    strlen(pair[i].name)) = number;
	scope_done(&scope);
	return rc;
}

bool
sender_list_find_domain(
    const struct sender_list *list, const char *domain, size_t *number)
{
	size_t at;

	if (!map_find(&list->names, domain, strlen(domain), &at))
		return false;
	*number = ((const size_t *)list->names.items.at)[at];
	return true;
}

const struct sender *
sender_list_at(const struct sender_list *list, size_t domain, int64_t source_id)
{
	const int64_t key[] = { (int64_t)domain, source_id };
	size_t at;

	if (!map_find(&list->by_source, key, sizeof(key), &at))
		return NULL;
	at = ((const size_t *)list->by_source.items.at)[at];
	return (const struct sender *)list->senders.at + at;
}

const struct sender *
sender_list_find(
    const struct sender_list *list, const char *domain, int64_t source_id)
{
	size_t number;

	if (domain == NULL || !sender_list_find_domain(list, domain, &number))
		return NULL;
	return sender_list_at(list, number, source_id);
}

int
sender_compare_failing(const void *one, const void *other)
{
	const struct sender *a = *(const struct sender *const *)one;
	const struct sender *b = *(const struct sender *const *)other;
	const int64_t n = sender_fail(&a->counts);
	const int64_t m = sender_fail(&b->counts);

	if (n != m)
		return n < m ? 1 : -1;
	return (a > b) - (a < b);
}

bool
sender_is_called(const struct sender *s, const char *who)
{
	char *as_domain = subject_copy_domain(who);
	const bool is = strcasecmp(s->who, who) == 0 ||
	    strcasecmp(s->who, as_domain) == 0;

	free(as_domain);
	return is;
}

const struct sender *
sender_list_named(
    const struct sender_list *list, size_t domain, const char *who)
{
	const struct sender *s = list->senders.at;
	size_t i;

	for (i = 0; i < list->senders.n; i++)
		if (s[i].domain == domain && sender_is_called(&s[i], who))
			return &s[i];
	return NULL;
}

const char *
sender_list_nearest(
    const struct sender_list *list, size_t domain, const char *who)
{
	const struct sender *s = list->senders.at;
	const char *near = NULL;
	size_t i, distance, best = 4;

	for (i = 0; i < list->senders.n && strlen(who) < 64; i++)
		if (s[i].domain == domain && strlen(s[i].who) < 64 &&
		    (distance = text_distance(who, s[i].who)) < best) {
			best = distance;
			near = s[i].who;
		}
	return near;
}

/* --- all of it ------------------------------------------------------------ */

int
sender_list_load(struct sender_list *list, struct query_db *db,
    const struct sender_question *question, struct err *err)
{
	const struct period *period = &question->period;
	struct sender_load load;
	int rc;

	*list = (struct sender_list) { .period = *period,
		.by_source.size = sizeof(size_t),
		.names.size = sizeof(size_t) };
	if ((rc = sender_load(&load, db, question, err)) == 0)
		rc = sender_fold(list, &load, db, err);
	list->daily = load.daily;
	load.daily = (struct map) { 0 };
	list->records = load.records;
	load.records = (struct record_keep) { .size = 0 };
	sender_load_done(&load);
	if (rc == -1)
		return -1;
	sort_domains(list);
	sender_signs_find(list);
	make_senders(list, question->by);
	sort_senders(list);
	name_networks(list, question->by);
	find_also(list);
	index_sources(list);
	return index_names(list, db, question->domain, err);
}

void
sender_list_done(struct sender_list *list)
{
	array_done(&list->domains);
	array_done(&list->senders);
	array_done(&list->sources);
	array_done(&list->gone);
	map_done(&list->by_source);
	map_done(&list->names);
	map_done(&list->daily);
	record_keep_done(&list->records);
	spf_records_free(list->spf);
	arena_done(&list->strings);
	memset(list, 0, sizeof(*list));
}
