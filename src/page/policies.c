/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/policies.h"

#include <stdlib.h>
#include <string.h>

struct policies
policies_new(void)
{
	return (struct policies) { .all.size = sizeof(struct policy),
		.days.size = sizeof(struct policy_day) };
}

void
policies_done(struct policies *all)
{
	map_done(&all->domains);
	map_done(&all->all);
	map_done(&all->days);
	buf_done(&all->key);
}

/* What holds where a report says nothing. */
static const char *
text_of(const char *const text[POLICY_TEXTS], int i)
{
	static const char *const missing[POLICY_TEXTS] = { "not stated",
		"not stated", "r", "r", "n", "100" };

	if (text[i] == NULL && i == POLICY_SP)
		i = POLICY_P;
	return text[i] != NULL ? text[i] : missing[i];
}

/* Its number; what makes it is its key, text by text. */
static size_t
number_of(struct policies *all, const char *const text[POLICY_TEXTS])
{
	struct buf *key = &all->key;
	struct policy *policy;
	const char *word;
	size_t number;
	int i;

	key->len = 0;
	for (i = 0; i < POLICY_TEXTS; i++) {
		word = text_of(text, i);
		buf_add(key, word, strlen(word) + 1);
	}
	number = map_number(&all->all, key->at, key->len);
	policy = (struct policy *)all->all.items.at + number;
	if (policy->text[0] != NULL)
		return number;
	word = map_key(&all->all, number);
	for (i = 0; i < POLICY_TEXTS; i++) {
		policy->text[i] = word;
		word += strlen(word) + 1;
	}
	return number;
}

void
policies_add(struct policies *all, const char *domain, int64_t day,
    const char *const text[POLICY_TEXTS])
{
	const size_t d = map_number(&all->domains, domain, strlen(domain));
	const size_t policy = number_of(all, text);
	const int64_t key[] = { (int64_t)d, day, (int64_t)policy };
	struct policy_day *s = map_item(&all->days, key, sizeof(key));

	s->domain = map_key(&all->domains, d);
	s->day = day;
	s->policy = policy;
	s->reports++;
}

static int
compare_policies(const struct policy *a, const struct policy *b)
{
	int i, order = 0;

	for (i = 0; order == 0 && i < POLICY_TEXTS; i++)
		order = strcmp(a->text[i], b->text[i]);
	return order;
}

static int
compare_days(const void *a, const void *b, void *arg)
{
	const struct policy_day *x = a, *y = b;
	const struct policy *policy = arg;
	int order = strcmp(x->domain, y->domain);

	if (order == 0)
		order = (x->day > y->day) - (x->day < y->day);
	if (order == 0)
		order = (x->reports < y->reports) - (x->reports > y->reports);
	return order != 0
	    ? order
	    : compare_policies(policy + x->policy, policy + y->policy);
}

void
policies_sort(struct policies *all)
{
	if (all->days.items.n > 0)
		qsort_r(all->days.items.at, all->days.items.n,
		    sizeof(struct policy_day), compare_days, all->all.items.at);
}
