/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_spf.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/align.h"

void
sender_spf_look(struct sender_list *list, struct sender_source *s,
    const char *own, struct sender_facts *facts)
{
	const struct sender_domain *d = (const struct sender_domain *)
	                                    list->domains.at +
	    s->domain;
	char buf[ALIGN_DOMAIN];
	const char *org = buf;

	s->in_spf = spf_known_find(list->spf, d->name, s->ip);
	facts->is_in_own_spf = s->in_spf.state == SPF_KNOWN_OWN;
	if (s->in_spf.through == NULL)
		return;
	if (!align_organization(s->in_spf.through, buf))
		org = s->in_spf.through;
	/* What the organization includes of itself is its own. */
	if (strcmp(org, own) == 0)
		facts->is_in_own_spf = true;
	else
		facts->include = (struct sender_proof) {
			.org = arena_strndup(&list->strings, org, strlen(org)),
			.service = service_find(s->in_spf.through),
		};
}

static const char *
domain_of(const struct sender_list *list, size_t domain)
{
	return ((const struct sender_domain *)list->domains.at)[domain].name;
}

void
sender_spf_add_source(struct buf *b, const struct sender_list *list,
    const struct sender_source *s)
{
	const enum source_class class = source_class_of_kind(s->kind);

	spf_known_add_sentence(b, &s->in_spf, domain_of(list, s->domain), s->ip,
	    class == SOURCE_FORWARDED || class == SOURCE_HOSTILE);
}

/* The term of the domain's own record that leads to the one that matched. */
static const char *
own_term(const struct spf_known *known)
{
	const struct spf_term *term = known->term;
	const struct spf_record *record = known->record;

	for (; record != NULL && record->parent != NULL;
	     record = record->parent)
		term = record->by;
	return term != NULL ? term->text : NULL;
}

#define SOME 3 /* that are named */

/* Up to SOME different words, and how many there were. */
struct some {
	const char *word[SOME];
	int64_t n, shown;
};

static void
add_word(struct some *some, const char *word)
{
	int64_t i;

	some->n++;
	for (i = 0; i < some->shown; i++)
		if (strcmp(some->word[i], word) == 0)
			return;
	if (some->shown < SOME)
		some->word[some->shown++] = word;
}

static void
write_some(struct buf *b, const struct some *some, bool has_more)
{
	int64_t i;

	for (i = 0; i < some->shown; i++)
		buf_printf(b, "%s%s", i > 0 ? ", " : "", some->word[i]);
	if (has_more)
		buf_add_str(b, ", ...");
}

static void
add_sum(struct buf *b, const struct sender *s, const char *domain,
    const struct some *in, const struct some *out)
{
	char n[TEXT_DIGITS], all[TEXT_DIGITS];

	buf_printf(b, "%s of its %s addresses %s in the SPF record of %s",
	    in->n == 0 ? "None" : text_group_digits(in->n, n),
	    text_group_digits(s->addresses, all), in->n <= 1 ? "is" : "are",
	    domain);
	if (in->n > 0) {
		buf_add_str(b, ", by ");
		write_some(b, in, in->shown == SOME && in->n > SOME);
	}
	if (in->n > 0 && out->n > 0) {
		buf_printf(
		    b, "; %s in no term: ", text_group_digits(out->n, n));
		write_some(b, out, out->n > out->shown);
	}
}

void
sender_spf_add_sentence(
    struct buf *b, const struct sender_list *list, const struct sender *s)
{
	const struct sender_source *source = list->sources.at;
	const char *domain = domain_of(list, s->domain);
	struct some in = { .n = 0 }, out = { .n = 0 };
	char day[PERIOD_DATE];
	size_t i;

	source += s->first;
	if (s->n == 1 || source->in_spf.state == SPF_KNOWN_NO_RECORD ||
	    source->in_spf.state == SPF_KNOWN_ERROR) {
		sender_spf_add_source(b, list, source);
		return;
	}
	for (i = 0; i < s->n; i++)
		switch (source[i].in_spf.state) {
		case SPF_KNOWN_OWN:
		case SPF_KNOWN_INCLUDE:
			if (own_term(&source[i].in_spf) != NULL)
				add_word(&in, own_term(&source[i].in_spf));
			break;
		case SPF_KNOWN_DENIED:
		case SPF_KNOWN_ABSENT:
			add_word(&out, source[i].ip);
			break;
		default:
			break;
		}
	if (in.n + out.n == 0)
		return;
	add_sum(b, s, domain, &in, &out);
	period_write_date(day, source->in_spf.asked_ts);
	buf_printf(b, " (looked up on %s).", day);
}
