/* SPDX-License-Identifier: BSD-2-Clause */
/* S14, S15: the SPF record and those who were seen to send. */
#include <stdlib.h>
#include <string.h>

#include "answer/dns_case.h"
#include "answer/period.h"

#define SHARE 100 /* one message of so many makes a source worth telling */

enum {
	UNUSED,
	MISSING,
	RULES,
};

const struct dns_rule dns_rules_spf_senders[] = {
	[UNUSED] = { "S14", DNS_INFO, NULL,
	    "{name}: nobody in {what} was seen to send in its name in {n} days "
	    "of reports.|If it is no longer needed, publish this record",
	    "{name} TXT {value}" },
	[MISSING] = { "S15", DNS_WARNING, "RFC 7208, 4.6.2",
	    "{name}: {what} sent {n} messages with your signature and is in no "
	    "term of the SPF record.|If it is yours, and does not only "
	    "forward, add {to}",
	    "{name} TXT {value}" },
	[RULES] = { 0 },
};

static void
find(struct dns_case *c, int rule, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_SPF, &dns_rules_spf_senders[rule],
	    c->domain, w);
}

/* The term of the domain's own record by which one came to a record. */
static const struct spf_term *
first_step(const struct spf_record *r, const struct spf_term *t)
{
	while (r->parent != NULL) {
		t = r->by;
		r = r->parent;
	}
	return t;
}

/* Whether a record, or one it leads to, depends on more than addresses. */
static bool
is_dynamic(const struct spf_record *r, int depth)
{
	size_t i;

	if (r == NULL || r->state != SPF_FOUND || depth > SPF_DEPTH)
		return true;
	for (i = 0; i < r->nterms; i++)
		if (r->terms[i].kind == SPF_EXISTS ||
		    r->terms[i].kind == SPF_PTR || r->terms[i].macros != 0 ||
		    ((r->terms[i].kind == SPF_INCLUDE ||
		         r->terms[i].kind == SPF_REDIRECT) &&
		        is_dynamic(r->terms[i].to, depth + 1)))
			return true;
	return false;
}

/*
 * An edited record with the end that S7 asks for: what is pasted for one of
 * them must not bring back the other.  all: where its "all" is.
 */
static const char *
ended(struct dns_case *c, const char *text, size_t all)
{
	const struct spf_record *r = c->spf.records[0];

	if (r->all != NULL && r->all->result == SPF_NEUTRAL)
		return dns_print(
		    c->findings, "%.*s~%s", (int)all, text, text + all + 1);
	if (r->all == NULL && r->redirect == NULL)
		return dns_print(c->findings, "%s ~all", text);
	return text;
}

/* The domain's record without a term. */
static const char *
without(struct dns_case *c, const struct spf_term *t)
{
	const struct spf_record *r = c->spf.records[0];
	const char *text = r->text;
	size_t end = t->at + strlen(t->text), all = 0;

	end += strspn(text + end, " ");
	if (r->all != NULL) /* what comes after it is not read */
		all = r->all->at - (end - t->at);
	if (text[end] == '\0' && t->at > 0)
		text = dns_print(c->findings, "%.*s", (int)(t->at - 1), text);
	else
		text = dns_print(
		    c->findings, "%.*s%s", (int)t->at, text, text + end);
	return ended(c, text, all);
}

/* The domain's record with a term more, which comes before its "all". */
static const char *
with(struct dns_case *c, const char *term)
{
	const struct spf_record *r = c->spf.records[0];
	struct buf value = { 0 };
	const char *text;

	spf_write_with(&value, r, term);
	text = ended(c, buf_str(&value),
	    r->all != NULL ? r->all->at + strlen(term) + 1 : 0);
	text = dns_print(c->findings, "%s", text);
	buf_done(&value);
	return text;
}

static void
check_includes(struct dns_case *c)
{
	const struct spf_record *r = c->spf.records[0];
	const struct dns_sender *s = c->facts->senders.at;
	const int64_t days = (c->facts->now - c->facts->first_day) / PERIOD_DAY;
	struct dns_words w = { .n = DNS_FACTS_DAYS };
	bool *is_used;
	size_t i;

	if (c->facts->senders_cut || c->facts->senders.n == 0 ||
	    c->facts->first_day == 0 || days < DNS_FACTS_DAYS)
		return;
	is_used = xcalloc(r->nterms + 1, sizeof(*is_used));
	for (i = 0; i < c->facts->senders.n; i++) {
		struct spf_found found = spf_map_cover(&c->spf, s[i].ip);
		const struct spf_term *t;

		if (found.term == NULL)
			continue;
		t = first_step(found.record, found.term);
		if (t >= r->terms && t < r->terms + r->nterms)
			is_used[t - r->terms] = true;
	}
	for (i = 0; i < r->nterms; i++)
		if (r->terms[i].kind == SPF_INCLUDE && !is_used[i] &&
		    !is_dynamic(r->terms[i].to, 0)) {
			w.what = r->terms[i].text;
			w.value = without(c, &r->terms[i]);
			find(c, UNUSED, &w);
		}
	free(is_used);
}

static void
check_missing(struct dns_case *c)
{
	const struct dns_sender *s = c->facts->senders.at;
	struct dns_words w = { 0 };
	struct buf term = { 0 };
	struct spf_found found;
	size_t i;

	for (i = 0; i < c->facts->senders.n; i++) {
		if (s[i].is_forwarder ||
		    s[i].signed_only * SHARE <= c->facts->messages)
			continue;
		found = spf_map_find(&c->spf, s[i].ip);
		if (found.result == SPF_PASS || found.unknown || found.failed ||
		    spf_map_cover(&c->spf, s[i].ip).term != NULL)
			continue;
		term.len = 0;
		if (!spf_write_term(&term, s[i].ip))
			continue;
		w.what = s[i].ip;
		w.n = s[i].signed_only;
		w.to = buf_str(&term);
		w.value = with(c, w.to);
		find(c, MISSING, &w);
	}
	buf_done(&term);
}

void
dns_check_spf_senders(struct dns_case *c)
{
	if (!c->has_spf || c->spf.failed || c->spf.is_cut ||
	    c->spf.records[0]->state != SPF_FOUND || c->spf.records[0]->has_bad)
		return;
	check_includes(c);
	check_missing(c);
}
