/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of senders: those that stopped passing, and new ones.  What a sender is
 * called may change from day to day, as its addresses are looked up; so a mark
 * has one of its addresses, and is of the sender that has it now.
 */
#include <string.h>

#include "answer/alert_find.h"
#include "answer/alert_words.h"
#include "answer/problem_senders.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/text.h"
#include "store/rules.h"

#define WEEK ((UINT64_C(1) << 7) - 1) /* days of results */
#define MONTH ((UINT64_C(1) << RULE_READY_DAYS) - 1)

/* The sources of a list by domain and address. */
struct finder {
	const struct sender_list *list;
	struct map by_ip; /* number in domains, address -> number */
	struct buf key;
};

static void
write_key(struct finder *f, size_t domain, const char *ip)
{
	f->key.len = 0;
	buf_printf(&f->key, "%zu %s", domain, ip);
}

static void
finder_init(struct finder *f, const struct sender_list *list)
{
	const struct sender_source *s = list->sources.at;
	size_t i;

	*f = (struct finder) { .list = list, .by_ip.size = sizeof(size_t) };
	for (i = 0; i < list->sources.n; i++)
		if (s[i].ip != NULL) {
			write_key(f, s[i].domain, s[i].ip);
			*(size_t *)map_item(
			    &f->by_ip, f->key.at, f->key.len) = i;
		}
}

static void
finder_done(struct finder *f)
{
	map_done(&f->by_ip);
	buf_done(&f->key);
}

static const struct sender_source *
finder_find(struct finder *f, const char *domain, const char *ip)
{
	const struct sender_source *s = f->list->sources.at;
	size_t number, at;

	if (domain == NULL || ip == NULL ||
	    !sender_list_find_domain(f->list, domain, &number))
		return NULL;
	write_key(f, number, ip);
	if (!map_find(&f->by_ip, f->key.at, f->key.len, &at))
		return NULL;
	return &s[((const size_t *)f->by_ip.items.at)[at]];
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

/*
 * The mark of a sender that has this address: by one of the addresses that it
 * has now, else by its name.
 */
static const struct alert_mark *
find_mark(struct finder *f, const struct alert_look *look,
    const struct alert_mark *is)
{
	const struct sender_source *s = finder_find(f, is->domain, is->ip);
	const struct alert_mark *m = look->before;
	const struct sender_source *other;
	size_t i;

	for (i = 0; i < look->n_before; i++) {
		if (m[i].kind != is->kind ||
		    !is_same(m[i].domain, is->domain) ||
		    !is_same(m[i].detail, is->detail))
			continue;
		other = finder_find(f, m[i].domain, m[i].ip);
		if (s != NULL && other != NULL
		        ? s->sender == other->sender
		        : is_same(m[i].object, is->object))
			return &m[i];
	}
	return NULL;
}

/* --- what stopped --------------------------------------------------------- */

static void
add_stopped(struct alert_look *look, struct finder *f, const struct problem *p,
    enum alert_sight sight)
{
	struct alert_found *found = alert_find_add(
	    look, sight, ALERT_STOPPED_PASSING);
	struct alert_mark *m = &found->mark;

	m->domain = alert_find_copy(look, p->subject);
	m->object = alert_find_copy(look, p->detail);
	m->detail = p->result;
	m->ip = alert_find_copy(look, p->ip);
	m->command = alert_find_copy(look, p->command);
	m->since_ts = p->day;
	found->text = alert_find_copy(look, p->text);
	found->of = find_mark(f, look, m);
}

/*
 * The days on which it passed are too old to be looked at, and it has not
 * passed since.
 */
static bool
is_failing(const struct sender_source *s, const char *result)
{
	const struct sender_days *days = &s->dmarc;

	if (is_same(result, "dkim"))
		days = &s->dkim;
	else if (is_same(result, "spf"))
		days = &s->spf;
	return days->pass == 0 && (days->fail & MONTH) != 0 &&
	    (s->kind == NULL || source_class_of_kind(s->kind) == SOURCE_KNOWN);
}

static void
look_at_stopped(struct alert_look *look, struct finder *f)
{
	const struct alert_mark *m = look->before;
	const struct sender_source *s;
	struct problem_list week = { 0 }, month = { 0 };
	const struct problem *p;
	size_t i;

	problem_senders_find_stopped(&week, look->ready.senders, WEEK);
	problem_senders_find_stopped(&month, look->ready.senders, MONTH);
	p = week.problems.at;
	for (i = 0; !look->is_stale && i < week.problems.n; i++)
		add_stopped(look, f, &p[i], ALERT_BEGINS);
	p = month.problems.at;
	for (i = 0; i < month.problems.n; i++)
		add_stopped(look, f, &p[i], ALERT_HOLDS);
	for (i = 0; i < look->n_before; i++)
		if (m[i].kind == ALERT_STOPPED_PASSING &&
		    (s = finder_find(f, m[i].domain, m[i].ip)) != NULL &&
		    is_failing(s, m[i].detail))
			alert_find_hold(look, &m[i]);
	problem_done(&week);
	problem_done(&month);
}

/* --- new sources ---------------------------------------------------------- */

/* Of a domain that was known long enough to tell what is new. */
static bool
is_of_weight(
    const struct alert_look *look, const struct sender *s, const char *domain)
{
	const struct ready *r = ready_find(&look->ready, domain);

	return s->is_new && s->kind == NULL && s->addresses > 0 &&
	    s->counts.failed[SOURCE_UNKNOWN] >= RULE_NEW_MESSAGES &&
	    r != NULL &&
	    r->first_day <=
	    look->week.first - RULE_NEW_DAYS * (int64_t)PERIOD_DAY;
}

/* Of an address, or "no address" has none. */
static const char *
address_of(const struct sender_list *list, const struct sender *s)
{
	const struct sender_source *source = list->sources.at;
	size_t i;

	for (i = s->first; i < s->first + s->n; i++)
		if (source[i].ip != NULL)
			return source[i].ip;
	return NULL;
}

static void
add_text(struct alert_look *look, struct alert_found *f, const struct sender *s)
{
	char n[TEXT_DIGITS], of[TEXT_DIGITS];
	struct buf command = { 0 };

	f->text = arena_printf(look->strings,
	    "%s: a new source, %s: %s of %s messages failed", f->mark.domain,
	    f->mark.object,
	    text_group_digits(s->counts.failed[SOURCE_UNKNOWN], n),
	    text_group_digits(s->counts.messages, of));
	buf_add_str(&command, "ruactl why ");
	subject_add_argument(&command, f->mark.domain);
	buf_add_char(&command, ' ');
	subject_add_argument(&command, f->mark.object);
	f->mark.command = alert_find_copy(look, buf_str(&command));
	buf_done(&command);
}

/* Those that are more than a domain may have. */
static void
add_more(struct alert_look *look, const char *domain, int64_t n)
{
	struct alert_found *f = alert_find_add(
	    look, ALERT_BEGINS, ALERT_NEW_SOURCE);
	struct buf command = { 0 };

	f->mark.domain = alert_find_copy(look, domain);
	f->text = arena_printf(
	    look->strings, "%s: %lld more new sources", domain, (long long)n);
	buf_add_str(&command, "ruactl sources --new ");
	subject_add_argument(&command, domain);
	f->mark.command = alert_find_copy(look, buf_str(&command));
	buf_done(&command);
}

static int64_t
count_marks(const struct alert_look *look, const char *domain)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < look->n_before; i++)
		n += look->before[i].kind == ALERT_NEW_SOURCE &&
		    look->before[i].object != NULL &&
		    is_same(look->before[i].domain, domain);
	return n;
}

static void
add_new(struct alert_look *look, const struct alert_mark *is,
    const struct alert_mark *of, const struct sender *s)
{
	struct alert_found *f = alert_find_add(
	    look, ALERT_BEGINS, ALERT_NEW_SOURCE);

	f->of = of;
	f->mark.domain = alert_find_copy(look, is->domain);
	f->mark.object = alert_find_copy(look, is->object);
	f->mark.ip = alert_find_copy(look, is->ip);
	f->mark.since_ts = s->counts.first_day;
	add_text(look, f, s);
}

/* Senders of a domain stand together, the most messages first. */
static void
look_at_new(struct alert_look *look, struct finder *f)
{
	const struct sender_list *list = f->list;
	const struct sender_domain *d = list->domains.at;
	const struct sender *s = list->senders.at;
	struct alert_mark is = { .kind = ALERT_NEW_SOURCE };
	const struct alert_mark *of;
	int64_t n = 0, more = 0;
	size_t i;

	for (i = 0; i < list->senders.n; i++) {
		is.domain = d[s[i].domain].name;
		if (i == 0 || s[i].domain != s[i - 1].domain) {
			n = count_marks(look, is.domain);
			more = 0;
		}
		if (is_of_weight(look, &s[i], is.domain)) {
			is.object = s[i].who;
			is.ip = address_of(list, &s[i]);
			of = find_mark(f, look, &is);
			if (of == NULL && n++ >= ALERT_NEW_MOST)
				more++;
			else
				add_new(look, &is, of, &s[i]);
		}
		if (more > 0 &&
		    (i + 1 == list->senders.n ||
		        s[i + 1].domain != s[i].domain))
			add_more(look, is.domain, more);
	}
}

static int
find_new(struct alert_look *look, struct err *err)
{
	const struct sender_question question = { .period = look->week };
	struct sender_list list;
	struct finder f = { 0 };
	int rc = sender_list_load(&list, look->db, &question, err);

	if (rc == 0) {
		finder_init(&f, &list);
		look_at_new(look, &f);
		finder_done(&f);
	}
	sender_list_done(&list);
	return rc;
}

/* It stays new until somebody names it, or nothing of it fails for long. */
static void
hold_new(struct alert_look *look, struct finder *f)
{
	const struct sender *senders = f->list->senders.at;
	const struct sender_source *s;
	size_t i;

	for (i = 0; i < look->n_before; i++) {
		const struct alert_mark *m = &look->before[i];

		if (m->kind != ALERT_NEW_SOURCE)
			continue;
		if (m->object == NULL) {
			if (look->is_stale)
				alert_find_hold(look, m);
		} else if ((s = finder_find(f, m->domain, m->ip)) != NULL &&
		    s->kind == NULL &&
		    senders[s->sender].counts.failed[SOURCE_UNKNOWN] > 0)
			alert_find_hold(look, m);
	}
}

/* --- all of it ------------------------------------------------------------ */

int
alert_find_senders(struct alert_look *look, struct err *err)
{
	struct finder month;

	finder_init(&month, look->ready.senders);
	look_at_stopped(look, &month);
	hold_new(look, &month);
	finder_done(&month);
	return look->is_stale ? 0 : find_new(look, err);
}
