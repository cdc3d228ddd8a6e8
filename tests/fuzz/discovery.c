/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * discovery: whatever DNS answers, the walk and what else asks it come to an
 * end, and nothing is told that rests on a question without an answer.
 *
 * The first two lines are names; of each other line, which answers one new
 * question, the first byte says how.
 */
#include "fuzz.h"

#include "base/map.h"
#include "dns/dkim_key.h"
#include "dns/dmarc_external.h"
#include "dns/mx.h"

#define QUESTIONS 200 /* of all that is asked for here */

struct script {
	struct arena arena;
	struct map answers; /* by type and name: const struct dns_answer * */
	const char *at, *end;
	bool is_failing; /* a question had no answer */
};

/* The next line, of at most 255 bytes. */
static const char *
next_line(struct script *s)
{
	const char *start = s->at;
	const char *nl = memchr(start, '\n', (size_t)(s->end - start));
	size_t n = (size_t)((nl != NULL ? nl : s->end) - start);

	s->at = nl != NULL ? nl + 1 : s->end;
	return arena_strndup(&s->arena, start, n < 255 ? n : 255);
}

static const struct dns_answer *
make_answer(struct script *s, enum dns_type type)
{
	const char *line = next_line(s);
	struct dns_builder b;

	switch (*line) {
	case '!':
		s->is_failing = true;
		return dns_answer_none(&s->arena, DNS_FAILED, "failed");
	case '0':
		return dns_answer_none(&s->arena, DNS_NONE, NULL);
	case '\0':
	case 'x':
		return dns_answer_none(&s->arena, DNS_NO_NAME, NULL);
	default:
		break;
	}
	dns_begin(&b, &s->arena);
	do {
		if (type == DNS_TXT)
			dns_add_text(&b, line + 1, strlen(line + 1), true);
		else
			dns_add_record(&b, (uint16_t)*line, line + 1);
		if (*line != '+')
			break;
		line = next_line(s);
	} while (*line != '\0');
	return dns_end(&b);
}

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct script *s = arg;
	struct buf key = { 0 };
	const struct dns_answer **answer;
	size_t before = s->answers.items.n;

	if (!dns_is_name(name))
		return dns_answer_none(&s->arena, DNS_NO_NAME, NULL);
	buf_printf(&key, "%d %s", (int)type, name);
	answer = map_item(&s->answers, key.at, key.len);
	buf_done(&key);
	if (s->answers.items.n > before)
		*answer = make_answer(s, type);
	MUST(s->answers.items.n < QUESTIONS);
	return *answer;
}

static void
must_be_way(const struct dmarc_way *way, const char *domain)
{
	size_t i;

	MUST(way->nsteps > 0 && way->nsteps <= DMARC_WALK);
	for (i = 0; i < way->nsteps; i++) {
		const struct dmarc_step *step = &way->steps[i];
		size_t n = strlen(domain), m = strlen(step->domain);

		MUST(m <= n && strcmp(domain + n - m, step->domain) == 0);
		MUST((step->ngood == 1) == (step->record != NULL));
		MUST((step == way->failed) ==
		    (step->answer->status == DNS_FAILED));
	}
	MUST((way->found != NULL) ==
	    (way->place != DMARC_AT_NONE && way->place != DMARC_AT_UNKNOWN));
	MUST((way->found != NULL) == (way->reading != NULL));
	MUST((way->policy >= DMARC_NONE) == (way->tag != NULL));
	MUST(way->acts_as <= way->policy);
	MUST(way->policy == DMARC_ABSENT || way->reading->is_used);
	if (way->place == DMARC_AT_UNKNOWN)
		MUST(way->failed != NULL && way->policy == DMARC_ABSENT);
	if (way->place != DMARC_AT_DOMAIN && way->failed != NULL)
		MUST(way->place == DMARC_AT_UNKNOWN);
}

static void
see_discovery(const struct dns_source *source, const char *domain,
    const char *host, struct arena *arena)
{
	struct dmarc_discovery d;
	struct dmarc_external e;
	const char *organization;

	if (!dmarc_find(source, domain, arena, &d))
		return;
	must_be_way(&d.walk, d.domain);
	must_be_way(&d.list, d.domain);
	MUST((d.walk.organization == NULL) == (d.walk.failed != NULL));
	organization = dmarc_organization(source, domain, arena);
	MUST((organization == NULL) == (d.walk.organization == NULL));
	MUST(organization == NULL ||
	    strcmp(organization, d.walk.organization) == 0);
	MUST(dmarc_is_aligned(source, domain, host, false, arena) ==
	    dmarc_is_aligned(source, host, domain, false, arena));
	if (!dmarc_external_find(source, domain, host, arena, &e))
		return;
	MUST(e.verdict != DMARC_EXTERNAL_MISSING ||
	    e.answer->status != DNS_FAILED);
	MUST((e.verdict == DMARC_EXTERNAL_AUTHORIZED) == (e.ngood > 0));
	MUST((e.verdict == DMARC_EXTERNAL_FAILED) == (e.failed.name != NULL));
}

static void
see_others(const struct dns_source *source, const char *domain,
    const char *host, struct arena *arena)
{
	struct mx_facts facts;
	struct dkim_find key;

	if (mx_find(source, domain, arena, &facts)) {
		MUST(facts.n <= MX_TARGETS);
		MUST(facts.answer->status != DNS_FAILED ||
		    facts.takes_mail == MX_CANNOT_TELL);
		MUST(facts.takes_mail != MX_CANNOT_TELL || facts.is_cut ||
		    facts.failed.name != NULL);
	}
	dkim_key_find(source, host, domain, arena, &key);
	MUST((key.name == NULL) == (key.answer == NULL));
	MUST((key.key != NULL) == (key.nkeys == 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct script s = {
		.answers = { .size = sizeof(struct dns_answer *) },
		.at = (const char *)data,
		.end = (const char *)data + len,
	};
	struct dns_source source = { ask, &s };
	struct arena arena = { 0 };
	const char *domain = next_line(&s), *host = next_line(&s);

	see_discovery(&source, domain, host, &arena);
	see_others(&source, domain, host, &arena);
	if (!s.is_failing && dns_is_name(domain) && dns_is_name(host))
		MUST(dmarc_is_aligned(&source, domain, host, false, &arena) !=
		    DMARC_CANNOT_TELL);
	map_done(&s.answers);
	arena_done(&s.arena);
	arena_done(&arena);
	return 0;
}
