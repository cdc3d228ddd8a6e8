/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dmarc_find.h"

#include <stdio.h>
#include <string.h>

#include "report/align.h"

#define PREFIX "_dmarc."

const char *const dmarc_place_words[] = {
	[DMARC_AT_NONE] = "none",
	[DMARC_AT_DOMAIN] = "domain",
	[DMARC_AT_ORGANIZATION] = "organization",
	[DMARC_AT_SUFFIX] = "suffix",
	[DMARC_AT_UNKNOWN] = "unknown",
	NULL,
};

/* --- one name ------------------------------------------------------------- */

static void
read_records(struct dmarc_step *step, struct arena *arena)
{
	const struct dns_answer *answer = step->answer;
	struct dmarc_record *records;
	size_t i;

	if (answer->n == 0)
		return;
	records = arena_alloc(arena, answer->n * sizeof(*records));
	for (i = 0; i < answer->n; i++) {
		dmarc_record_parse(answer->records[i].text, arena, &records[i]);
		if (records[i].version != TAG_VERSION_OK)
			continue;
		step->record = ++step->ngood == 1 ? &records[i] : NULL;
	}
	step->n = answer->n;
	step->records = records;
}

/* Ask about one more domain; false: no answer. */
static bool
ask(struct dmarc_way *way, const struct dns_source *source, const char *domain,
    struct arena *arena)
{
	struct dmarc_step *step = &way->steps[way->nsteps++];
	size_t size = sizeof(PREFIX) + strlen(domain);
	char *name = arena_alloc(arena, size);

	snprintf(name, size, PREFIX "%s", domain);
	*step = (struct dmarc_step) { .domain = domain, .name = name };
	step->answer = dns_ask(source, DNS_TXT, name);
	if (step->answer->status == DNS_FAILED) {
		way->failed = step;
		return false;
	}
	read_records(step, arena);
	return true;
}

static enum dmarc_psd
psd_of(const struct dmarc_step *step)
{
	return step->record != NULL ? step->record->psd : DMARC_PSD_UNKNOWN;
}

/* --- the walk of RFC 9989, 4.10 ------------------------------------------- */

static size_t
count_labels(const char *domain)
{
	size_t n = 1;

	for (; *domain != '\0'; domain++)
		n += *domain == '.';
	return n;
}

/*
 * The domain without its first label, or what is left of it when seven labels
 * remain (steps 3, 4 and 7); NULL: nothing is left.
 */
static const char *
shorten(const char *domain)
{
	size_t labels = count_labels(domain);
	const char *dot;

	do {
		if ((dot = strchr(domain, '.')) == NULL)
			return NULL;
		domain = dot + 1;
		labels--;
	} while (labels >= DMARC_WALK);
	return domain;
}

/* Ask about the domain and what is above it, until a record says psd=. */
static void
walk(struct dmarc_way *way, const struct dns_source *source, const char *domain,
    struct arena *arena)
{
	const char *at;

	for (at = domain; at != NULL; at = shorten(at))
		if (!ask(way, source, at, arena) ||
		    psd_of(&way->steps[way->nsteps - 1]) != DMARC_PSD_UNKNOWN)
			return;
}

/* The one label more of the domain that is below a step's. */
static const char *
one_below(const char *domain, const struct dmarc_step *step)
{
	const char *at = domain + strlen(domain) - strlen(step->domain) - 1;

	while (at > domain && at[-1] != '.')
		at--;
	return at;
}

/* The organizational domain of a walk without a failure (4.10.2). */
static const char *
select_organization(const struct dmarc_way *way, const char *domain)
{
	const struct dmarc_step *last = &way->steps[way->nsteps - 1];
	size_t i;

	if (psd_of(last) == DMARC_PSD_NO)
		return last->domain;
	if (psd_of(last) == DMARC_PSD_YES && way->nsteps > 1)
		return one_below(domain, last);
	for (i = way->nsteps; i > 0; i--)
		if (way->steps[i - 1].record != NULL)
			return way->steps[i - 1].domain;
	return domain;
}

/* The step of this domain, if there is a record; NULL otherwise. */
static const struct dmarc_step *
find_step(const struct dmarc_way *way, const char *domain)
{
	size_t i;

	for (i = 0; i < way->nsteps; i++)
		if (strcmp(way->steps[i].domain, domain) == 0)
			return way->steps[i].record != NULL ? &way->steps[i]
			                                    : NULL;
	return NULL;
}

/* The record of the domain, of its organization, of its suffix (4.10.1). */
static void
choose_by_walk(struct dmarc_way *way)
{
	const struct dmarc_step *last = &way->steps[way->nsteps - 1];

	if (way->steps[0].record != NULL) {
		way->place = DMARC_AT_DOMAIN;
		way->found = &way->steps[0];
	} else if (way->failed != NULL) {
		way->place = DMARC_AT_UNKNOWN;
	} else if ((way->found = find_step(way, way->organization)) != NULL) {
		way->place = DMARC_AT_ORGANIZATION;
	} else if (psd_of(last) == DMARC_PSD_YES) {
		way->place = DMARC_AT_SUFFIX;
		way->found = last;
	}
	if (way->found != NULL)
		way->reading = &way->found->record->rfc9989;
}

static void
find_by_walk(struct dmarc_way *way, const struct dns_source *source,
    const char *domain, struct arena *arena)
{
	walk(way, source, domain, arena);
	if (way->failed == NULL)
		way->organization = select_organization(way, domain);
	choose_by_walk(way);
}

/* --- RFC 7489, 6.6.3 ------------------------------------------------------ */

static void
find_by_list(struct dmarc_way *way, const struct dns_source *source,
    const char *domain, struct arena *arena)
{
	char name[ALIGN_DOMAIN];
	const struct dmarc_step *step = &way->steps[0];

	way->organization = domain;
	if (align_organization(domain, name))
		way->organization = arena_strndup(arena, name, strlen(name));
	ask(way, source, domain, arena);
	if (way->failed == NULL && step->ngood == 0 &&
	    strcmp(way->organization, domain) != 0) {
		step = &way->steps[1];
		ask(way, source, way->organization, arena);
	}
	if (way->failed != NULL) {
		way->place = DMARC_AT_UNKNOWN;
	} else if (step->record != NULL) {
		way->place = step == way->steps ? DMARC_AT_DOMAIN
		                                : DMARC_AT_ORGANIZATION;
		way->found = step;
		way->reading = &step->record->rfc7489;
	}
}

/* --- what follows --------------------------------------------------------- */

static enum dmarc_answer
ask_existence(const struct dns_source *source, const char *domain)
{
	switch (dns_ask(source, DNS_A, domain)->status) {
	case DNS_NO_NAME:
		return DMARC_NO;
	case DNS_FAILED:
		return DMARC_CANNOT_TELL;
	default:
		return DMARC_YES;
	}
}

/* Which tag it is that applies; the reading has what it says. */
static const char *
tag_of(const struct dmarc_way *way, enum dmarc_answer exists, bool has_np)
{
	const struct dmarc_record *r = way->found->record;
	bool is_invalid = r->p == DMARC_INVALID || r->sp == DMARC_INVALID ||
	    (has_np && r->np == DMARC_INVALID);

	if (way->place == DMARC_AT_DOMAIN || is_invalid)
		return "p";
	if (has_np && exists == DMARC_NO && r->np != DMARC_ABSENT)
		return "np";
	return r->sp != DMARC_ABSENT ? "sp" : "p";
}

static void
apply(struct dmarc_way *way, enum dmarc_answer exists, bool has_np)
{
	const struct dmarc_reading *as = way->reading;

	if (as == NULL || !as->is_used)
		return;
	if (way->place == DMARC_AT_DOMAIN)
		way->policy = as->p;
	else if (exists == DMARC_CANNOT_TELL && as->np != as->sp)
		return;
	else
		way->policy = exists == DMARC_NO ? as->np : as->sp;
	way->tag = tag_of(way, exists, has_np);
	way->acts_as = as->is_testing ? dmarc_policy_lower(way->policy)
	                              : way->policy;
}

bool
dmarc_find(const struct dns_source *source, const char *domain,
    struct arena *arena, struct dmarc_discovery *out)
{
	char name[DNS_NAME];

	if (!dns_write_name(domain, name))
		return false;
	*out = (struct dmarc_discovery) { .exists = DMARC_YES };
	out->domain = arena_strndup(arena, name, strlen(name));
	find_by_walk(&out->walk, source, out->domain, arena);
	find_by_list(&out->list, source, out->domain, arena);
	if (out->walk.place == DMARC_AT_ORGANIZATION ||
	    out->walk.place == DMARC_AT_SUFFIX ||
	    out->list.place == DMARC_AT_ORGANIZATION)
		out->exists = ask_existence(source, out->domain);
	apply(&out->walk, out->exists, true);
	apply(&out->list, out->exists, false);
	return true;
}

/* The walk alone; the domain in its one form, or NULL: it is none. */
static const char *
walk_from(struct dmarc_way *way, const struct dns_source *source,
    const char *domain, struct arena *arena)
{
	char name[DNS_NAME];

	*way = (struct dmarc_way) { .nsteps = 0 };
	if (!dns_write_name(domain, name))
		return NULL;
	domain = arena_strndup(arena, name, strlen(name));
	walk(way, source, domain, arena);
	return domain;
}

const char *
dmarc_organization(
    const struct dns_source *source, const char *domain, struct arena *arena)
{
	struct dmarc_way way;

	domain = walk_from(&way, source, domain, arena);
	return domain != NULL && way.failed == NULL
	    ? select_organization(&way, domain)
	    : NULL;
}

struct dns_unanswered
dmarc_find_unanswered(
    const struct dns_source *source, const char *domain, struct arena *arena)
{
	struct dns_unanswered question = { .type = DNS_TXT };
	struct dmarc_way way;

	walk_from(&way, source, domain, arena);
	if (way.failed != NULL) {
		question.name = way.failed->name;
		question.failure = way.failed->answer->failure;
	}
	return question;
}

/* --- alignment ------------------------------------------------------------ */

/* Whether both end in the same label; without that, no parent is of both. */
static bool
has_same_end(const char *a, const char *b)
{
	const char *dot = strrchr(a, '.');

	return align_is_within(b, dot != NULL ? dot + 1 : a);
}

enum dmarc_answer
dmarc_is_aligned(const struct dns_source *source, const char *a, const char *b,
    bool strict, struct arena *arena)
{
	char one[DNS_NAME], two[DNS_NAME];
	const char *org, *other;

	if (!dns_write_name(a, one) || !dns_write_name(b, two))
		return DMARC_NO;
	if (strcmp(one, two) == 0)
		return DMARC_YES;
	if (strict || !has_same_end(one, two))
		return DMARC_NO;
	/* An organization has its domains under it: one may be enough. */
	org = dmarc_organization(source, one, arena);
	if (org != NULL && !align_is_within(two, org))
		return DMARC_NO;
	other = dmarc_organization(source, two, arena);
	if (other != NULL && !align_is_within(one, other))
		return DMARC_NO;
	if (org == NULL || other == NULL)
		return DMARC_CANNOT_TELL;
	return strcmp(org, other) == 0 ? DMARC_YES : DMARC_NO;
}
