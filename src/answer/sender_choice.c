/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_choice.h"

#include <stdlib.h>
#include <string.h>

#include "answer/sender_rows.h"

const char *const sender_sort_words[] = {
	[SENDER_SORT_USUAL] = "",
	[SENDER_SORT_NAME] = "name",
	[SENDER_SORT_MESSAGES] = "messages",
	[SENDER_SORT_FAILING] = "failing",
	[SENDER_SORT_LAST] = "last",
	NULL,
};

/* --- which ---------------------------------------------------------------- */

static bool
is_such(enum sender_which which, const struct sender *s)
{
	switch (which) {
	case SENDER_ALL:
		break;
	case SENDER_UNKNOWN:
		return s->counts.failed[SOURCE_UNKNOWN] > 0;
	case SENDER_FAILING:
		return sender_fail(&s->counts) > 0;
	case SENDER_NEW:
		return s->is_new;
	}
	return true;
}

static bool
has(const char *text, const char *word)
{
	return text != NULL && strcasestr(text, word) != NULL;
}

/* Whether a word is in its name, or in what is known of one of its sources. */
static bool
is_found(
    const struct sender_list *list, const struct sender *s, const char *word)
{
	const struct sender_source *source = (const struct sender_source *)
	                                         list->sources.at +
	    s->first;
	struct buf place = { 0 };
	bool found = has(s->who, word) || has(s->author, word) ||
	    has(s->also, word);
	size_t i;

	for (i = 0; i < s->n && !found; i++) {
		place.len = 0;
		sender_add_place(&place, &source[i]);
		found = has(source[i].ip, word) || has(buf_str(&place), word);
	}
	buf_done(&place);
	return found;
}

static bool
is_asked_for(const struct sender_filter *f, const struct sender_list *list,
    const struct sender *s)
{
	return is_such(f->which, s) &&
	    (f->class == 0 ||
	        (int)sender_class(s->kind, &s->counts) == f->class - 1) &&
	    (f->find == NULL || f->find[0] == '\0' ||
	        is_found(list, s, f->find));
}

/* --- order ---------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;
	const int order = strcasecmp(x->who, y->who);

	return order != 0 ? order : (x > y) - (x < y);
}

static int
compare_messages(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;

	if (x->counts.messages != y->counts.messages)
		return x->counts.messages < y->counts.messages ? 1 : -1;
	return (x > y) - (x < y);
}

static int
compare_last(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;

	if (x->counts.last_day != y->counts.last_day)
		return x->counts.last_day < y->counts.last_day ? 1 : -1;
	return compare_messages(a, b);
}

static void
sort(struct array *chosen, const struct sender_filter *f)
{
	int (*const compare[])(const void *, const void *) = {
		[SENDER_SORT_USUAL] = NULL,
		[SENDER_SORT_NAME] = compare_names,
		[SENDER_SORT_MESSAGES] = compare_messages,
		[SENDER_SORT_FAILING] = sender_compare_failing,
		[SENDER_SORT_LAST] = compare_last,
	};
	enum sender_sort by = f->sort;

	if (by == SENDER_SORT_USUAL &&
	    (f->which == SENDER_UNKNOWN || f->which == SENDER_FAILING))
		by = SENDER_SORT_FAILING;
	if (compare[by] != NULL && chosen->n > 0)
		qsort(chosen->at, chosen->n, sizeof(const struct sender *),
		    compare[by]);
}

/* --- all of it ------------------------------------------------------------ */

void
sender_choose(struct sender_choice *c, const struct sender_list *list,
    const struct sender_filter *f)
{
	struct array chosen = { 0 };
	const struct sender *s = list->senders.at;
	const struct sender **at;
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < list->senders.n; i++)
		if (is_asked_for(f, list, &s[i])) {
			*(const struct sender **)array_add(
			    &chosen, sizeof(s)) = &s[i];
			sender_add_counts(&c->counts, &s[i].counts);
			c->addresses += s[i].addresses;
		}
	sort(&chosen, f);
	at = chosen.at;
	for (i = 0; i < chosen.n; i++)
		*(size_t *)array_add(
		    &c->numbers, sizeof(size_t)) = (size_t)(at[i] - s);
	array_done(&chosen);
}

void
sender_choice_done(struct sender_choice *c)
{
	array_done(&c->numbers);
}
