/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * P: the policy that reporters saw, against the one that is published.  What a
 * record leaves out has its default, which is no difference (P3).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/period.h"
#include "base/buf.h"
#include "base/map.h"

#define CACHED_DAYS 3 /* what a receiver may be behind */

enum {
	STILL,
	BEFORE,
	DISAGREE,
	RULES,
};

const struct dns_rule dns_rules_seen[] = {
	[STILL] = { "P1", DNS_WARNING, "RFC 9990, 3.1",
	    "{name} still saw {what}, while {to} is published ({at}). Check "
	    "that all name servers of the domain answer the same",
	    NULL },
	[BEFORE] = { "P1", DNS_INFO, "RFC 9990, 3.1",
	    "{name} saw {what}; {to} is published now ({at}). Its next "
	    "reports should show that: look again",
	    NULL },
	[DISAGREE] = { "P2", DNS_WARNING, "RFC 9990, 3.1",
	    "{name} saw {what}, while others saw {to} on that day. Check "
	    "that all name servers of the domain answer the same",
	    NULL },
	[RULES] = { 0 },
};

static void
find(struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_SEEN, &dns_rules_seen[rule], name, w);
}

/* --- policies with their defaults ----------------------------------------- */

enum key { P, SP, NP, ADKIM, ASPF, PCT, T, KEYS };

static const char *const key_words[KEYS] = { "p", "sp", "np", "adkim", "aspf",
	"pct", "t" };

/* NULL: not said, and without a default that could be compared. */
struct policy {
	const char *of[KEYS];
};

static bool
is_same_key(const struct policy *a, const struct policy *b, int key)
{
	return a->of[key] == NULL || b->of[key] == NULL ||
	    strcasecmp(a->of[key], b->of[key]) == 0;
}

static bool
is_same(const struct policy *a, const struct policy *b)
{
	int key;

	for (key = 0; key < KEYS; key++)
		if (!is_same_key(a, b, key))
			return false;
	return true;
}

/* Whether sp differs only because p does, of which it is the default. */
static bool
is_implied(const struct policy *a, const struct policy *b, int key)
{
	return (key == SP || key == NP) && !is_same_key(a, b, P) &&
	    strcasecmp(a->of[key], a->of[P]) == 0 &&
	    strcasecmp(b->of[key], b->of[P]) == 0;
}

/* "p=none; adkim=s": what differs from the other one. */
static const char *
differences(struct dns_case *c, const struct policy *a, const struct policy *b)
{
	struct buf text = { 0 };
	const char *kept;
	int key;

	for (key = 0; key < KEYS; key++)
		if (!is_same_key(a, b, key) && !is_implied(a, b, key))
			buf_printf(&text, "%s%s=%s", text.len > 0 ? "; " : "",
			    key_words[key], a->of[key]);
	kept = dns_print(c->findings, "%s", buf_str(&text));
	buf_done(&text);
	return kept;
}

static const char *
number(struct dns_case *c, int64_t n)
{
	return dns_print(c->findings, "%" PRId64, n);
}

static struct policy
published(struct dns_case *c)
{
	const struct dmarc_record *r = c->record;
	const struct dmarc_reading *reading = &r->rfc9989;

	return (
	    struct policy) { .of = {
		                 [P] = dmarc_policy_word(reading->p),
		                 [SP] = dmarc_policy_word(reading->sp),
		                 [NP] = dmarc_policy_word(reading->np),
		                 [ADKIM] = r->adkim_strict ? "s" : "r",
		                 [ASPF] = r->aspf_strict ? "s" : "r",
		                 [PCT] = number(c, r->pct == -1 ? 100 : r->pct),
		                 [T] = r->is_testing ? "y" : "n",
		             } };
}

/* What a report says nothing of is as the RFC has it, or cannot be told. */
static struct policy
seen_by(struct dns_case *c, const struct dns_seen *s)
{
	return (
	    struct policy) { .of = {
		                 [P] = s->p,
		                 [SP] = s->sp != NULL ? s->sp : s->p,
		                 [NP] = s->np,
		                 [ADKIM] = s->adkim != NULL ? s->adkim : "r",
		                 [ASPF] = s->aspf != NULL ? s->aspf : "r",
		                 [PCT] = s->pct == -1 ? NULL
		                                      : number(c, s->pct),
		                 [T] = s->testing,
		             } };
}

/* --- P1: against DNS ------------------------------------------------------ */

/* Reporters that saw the same, the one with the newest report first. */
struct group {
	const struct dns_seen *first;
	size_t others;
};

static const char *
group_text(
    struct dns_case *c, const struct group *g, const char *differ, bool is_day)
{
	const char *date = dns_date(c->findings, g->first->day);

	if (g->others == 0)
		return dns_print(
		    c->findings, "%s of %s on %s", differ, c->domain, date);
	return dns_print(c->findings, "%s of %s on %s (as did %zu other%s%s)",
	    differ, c->domain, date, g->others, g->others == 1 ? "" : "s",
	    is_day ? "" : ", then or before");
}

static void
tell_groups(struct dns_case *c, const struct map *groups, int rule,
    const struct policy *now, struct dns_since since)
{
	const struct group *g = groups->items.at;
	const char *text = dns_case_since_text(c, since);
	struct policy seen;
	struct dns_words w;
	size_t i;

	for (i = 0; i < groups->items.n; i++) {
		seen = seen_by(c, g[i].first);
		w = (struct dns_words) {
			.what = group_text(
			    c, &g[i], differences(c, &seen, now), false),
			.to = differences(c, now, &seen),
			.at = text != NULL ? text : "since when, is not known",
		};
		find(c, rule, g[i].first->reporter, &w);
	}
}

static void
add_to_group(struct dns_case *c, struct map *groups, const struct dns_seen *s,
    const struct policy *seen, const struct policy *now)
{
	const char *differ = differences(c, seen, now);
	struct group *g = map_item(groups, differ, strlen(differ));

	if (g->first == NULL)
		g->first = s;
	else
		g->others++;
}

static void
check_published(struct dns_case *c, struct dns_since since)
{
	const int64_t late = since.ts + (int64_t)CACHED_DAYS * PERIOD_DAY;
	const struct dns_seen *s = c->facts->seen.at;
	const struct policy now = published(c);
	struct map still = { .size = sizeof(struct group) };
	struct map before = { .size = sizeof(struct group) };
	struct policy seen;
	size_t i, same = 0, old = 0;

	for (i = 0; i < c->facts->seen.n; i++) {
		seen = seen_by(c, &s[i]);
		if (seen.of[P] == NULL)
			continue;
		if (is_same(&seen, &now))
			same++;
		else if (since.is_change && s[i].end_ts <= since.ts)
			old++;
		else
			add_to_group(c,
			    since.is_known && s[i].begin_ts > late ? &still
			                                           : &before,
			    &s[i], &seen, &now);
	}
	tell_groups(c, &still, STILL, &now, since);
	tell_groups(c, &before, BEFORE, &now, since);
	map_done(&still);
	map_done(&before);
	if (same > 0)
		dns_note(c->findings, DNS_GROUP_SEEN, c->record_name, "same",
		    number(c, (int64_t)same),
		    "what is published: %zu reporter%s", same,
		    same == 1 ? "" : "s");
	if (old > 0)
		dns_note(c->findings, DNS_GROUP_SEEN, c->record_name, "old",
		    number(c, (int64_t)old),
		    "another policy, before it changed: %zu reporter%s", old,
		    old == 1 ? "" : "s");
}

/* --- P2: against each other ----------------------------------------------- */

/* How many reporters of that day saw the same as this one. */
static size_t
count_same(struct dns_case *c, int64_t day, const struct policy *as)
{
	const struct dns_seen *s = c->facts->seen.at;
	struct policy seen;
	size_t i, n = 0;

	for (i = 0; i < c->facts->seen.n; i++) {
		seen = seen_by(c, &s[i]);
		n += s[i].day == day && seen.of[P] != NULL &&
		    is_same(&seen, as);
	}
	return n;
}

/* What most of them saw on that day; of as many, what is published. */
static bool
find_most(struct dns_case *c, int64_t day, struct policy *most)
{
	const struct dns_seen *s = c->facts->seen.at;
	const struct policy now = published(c);
	struct policy seen;
	size_t i, n, best = 0, all = 0;

	for (i = 0; i < c->facts->seen.n; i++) {
		seen = seen_by(c, &s[i]);
		if (s[i].day != day || seen.of[P] == NULL)
			continue;
		all++;
		n = 2 * count_same(c, day, &seen) + is_same(&seen, &now);
		if (n > best) {
			best = n;
			*most = seen;
		}
	}
	return all > 1;
}

static void
check_each_other(struct dns_case *c, struct dns_since since)
{
	const struct dns_seen *s = c->facts->seen.at;
	struct map groups = { .size = sizeof(struct group) };
	struct policy seen, most;
	const struct group *g;
	int64_t day;
	struct dns_words w = { 0 };
	size_t i;

	if (c->facts->seen.n == 0)
		return;
	day = s[0].day; /* the newest */
	if (since.is_change &&
	    llabs((long long)(day - since.ts)) < CACHED_DAYS * PERIOD_DAY)
		return;
	if (!find_most(c, day, &most))
		return;
	for (i = 0; i < c->facts->seen.n; i++) {
		seen = seen_by(c, &s[i]);
		if (s[i].day == day && seen.of[P] != NULL &&
		    !is_same(&seen, &most))
			add_to_group(c, &groups, &s[i], &seen, &most);
	}
	g = groups.items.at;
	for (i = 0; i < groups.items.n; i++) {
		seen = seen_by(c, g[i].first);
		w.what = group_text(
		    c, &g[i], differences(c, &seen, &most), true);
		w.to = differences(c, &most, &seen);
		find(c, DISAGREE, g[i].first->reporter, &w);
	}
	map_done(&groups);
}

void
dns_check_seen(struct dns_case *c)
{
	struct dns_since since;

	if (c->record == NULL || !c->record->rfc9989.is_used)
		return;
	since = dns_case_since(
	    c, c->dmarc.walk.steps[0].answer, c->record_name, "v=DMARC1");
	check_published(c, since);
	check_each_other(c, since);
}
