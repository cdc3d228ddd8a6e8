/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "report/idn.h"
#include "parse/domain.h"
#include "parse/value.h"

#define MAX_RAW (4 * LIMIT_RESULTS)

/* One record on its way from words to values. */
struct reading {
	struct record *record;
	struct report *report;
	struct arena *arena;
};

/* Words that are in no RFC and what they mean (spec ). */
struct meaning {
	const char *word;
	const char *means;
};

static const struct meaning results[] = {
	{ "hardfail", "fail" },
	{ "unknown", "temperror" },
	{ "error", "permerror" },
	{ "invalid", "permerror" },
	{ "permfail", "permerror" },
	{ "permfailure", "permerror" },
	{ "permanenterror", "permerror" },
	{ "permanentfail", "permerror" },
	{ "permanentfailure", "permerror" },
	{ "tempfail", "temperror" },
	{ "tempfailure", "temperror" },
	{ "temporaryerror", "temperror" },
	{ "temporaryfail", "temperror" },
	{ "temporaryfailure", "temperror" },
	{ "transienterror", "temperror" },
	{ "passed", "pass" },
	{ "failed", "fail" },
	{ "failure", "fail" },
	{ "softfail", "fail" }, /* of DKIM: for SPF it is a legal word */
	{ NULL, NULL },
};

static const struct meaning verdicts[] = {
	{ "passed", "pass" },
	{ "failed", "fail" },
	{ "failure", "fail" },
	{ NULL, NULL },
};

static const struct meaning dispositions[] = {
	{ "quarantined", "quarantine" },
	{ "rejected", "reject" },
	{ NULL, NULL },
};

static const struct meaning scopes[] = {
	{ "mailfrom", "mfrom" },
	{ "envelopefrom", "mfrom" },
	{ "ehlo", "helo" },
	{ NULL, NULL },
};

const char *
aggregate_word(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

const char *
aggregate_read_domain(const char *s, struct arena *arena)
{
	char ascii[IDN_SIZE];
	const char *p, *at;
	char *copy;
	size_t n;

	while (*s == '<' || text_is_space(*s))
		s++;
	n = strlen(s);
	while (n > 0 && (s[n - 1] == '>' || text_is_space(s[n - 1])))
		n--;
	if ((at = memrchr(s, '@', n)) != NULL) {
		n -= (size_t)(at + 1 - s);
		s = at + 1;
	}
	if (n > 0 && s[n - 1] == '.')
		n--;
	for (p = s; p < s + n; p++)
		if ((*p >= 'A' && *p <= 'Z') || (unsigned char)*p >= 0x80)
			break;
	if (p == s + n && s[n] == '\0')
		return s;
	copy = text_lower(arena_strndup(arena, s, n));
	if (!idn_is_foreign(copy) || !idn_to_ascii(copy, ascii))
		return copy;
	return arena_strndup(arena, ascii, strlen(ascii));
}

void
aggregate_note_domain(
    struct array *quirks, const char *word, const char *domain)
{
	const char *at;

	if (word == NULL || domain == NULL)
		return;
	at = strrchr(word, '@');
	if (idn_is_foreign(domain))
		quirk_add(quirks, "no-a-label");
	else if (idn_is_foreign(at != NULL ? at : word))
		quirk_add(quirks, "u-label");
}

/* Keep the report's own word for a field. */
static void __attribute__((format(printf, 3, 4)))
reading_keep(struct reading *in, const char *word, const char *fmt, ...)
{
	struct raw_word *raw;
	char field[64];
	va_list ap;
	int n;

	if (in->record->raw.n == MAX_RAW) {
		report_add_quirk(in->report, "many-results");
		return;
	}
	va_start(ap, fmt);
	n = vsnprintf(field, sizeof(field), fmt, ap);
	va_end(ap);
	raw = array_add(&in->record->raw, sizeof(*raw));
	raw->field = arena_strndup(in->arena, field, (size_t)n);
	raw->word = word;
}

static const char *
reading_lower(struct reading *in, const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			return text_lower(
			    arena_strndup(in->arena, s, strlen(s)));
	return s;
}

/*
 * A word of a fixed set, or NULL with a quirk; some other words have a meaning
 * there.
 */
static const char *
reading_word(struct reading *in, const char *word,
    bool (*is_legal)(const char *), const struct meaning *m)
{
	char bare[VALUE_WORD];
	const char *lower;

	if ((word = aggregate_word(word)) == NULL)
		return NULL;
	lower = reading_lower(in, word);
	if (is_legal(lower))
		return lower;
	if (value_read_word(word, bare)) {
		while (m->word != NULL && strcmp(bare, m->word) != 0)
			m++;
		if (is_legal(bare) || m->word != NULL) {
			report_add_quirk(in->report, "mapped-word");
			return is_legal(bare)
			    ? arena_strndup(in->arena, bare, strlen(bare))
			    : m->means;
		}
	}
	report_add_quirk(in->report, "unknown-word");
	return NULL;
}

static const char *
reading_domain(struct reading *in, const char *word)
{
	const char *domain;

	if ((word = aggregate_word(word)) == NULL || domain_is_plain(word))
		return word;
	domain = aggregate_read_domain(word, in->arena);
	if (strchr(word, '@') != NULL)
		report_add_quirk(in->report, "address-for-domain");
	aggregate_note_domain(&in->report->quirks, word, domain);
	if (*domain == '\0' || domain_is_possible(domain))
		return domain;
	report_add_quirk(in->report, "bad-domain");
	return domain_cut(domain, in->arena);
}

/* Whether a value is no longer what the report said. */
static bool
is_changed(const char *word, const char *value)
{
	if ((word = aggregate_word(word)) == NULL)
		return false;
	return value == NULL || (value != word && strcmp(word, value) != 0);
}

static bool
is_aligned_result(const char *s)
{
	return strcmp(s, "pass") == 0 || strcmp(s, "fail") == 0;
}

static bool
is_scope(const char *s)
{
	return strcmp(s, "mfrom") == 0 || strcmp(s, "helo") == 0;
}

/*
 * Spec Q-83.  A row stands for at least one message, whatever its count says;
 * where that is not known, the report is not whole.
 */
static void
reading_count(struct reading *in, const char *word)
{
	struct record *r = in->record;
	enum value_count kind;

	r->messages = 1;
	if ((word = aggregate_word(word)) == NULL) {
		report_add_quirk(in->report, "bad-count");
		return;
	}
	kind = value_read_count(word, &r->messages);
	if (kind == COUNT_NONE || kind == COUNT_ROUGH) {
		report_add_quirk(in->report, "bad-count");
		in->report->partial = true;
	}
	if (r->messages > REPORT_MAX_COUNT) {
		r->messages = REPORT_MAX_COUNT;
		kind = COUNT_OTHER;
		report_add_quirk(in->report, "bad-count");
	}
	if (kind != COUNT_PLAIN)
		reading_keep(in, word, "count");
}

static void
reading_row(struct reading *in, const char *count)
{
	struct record *r = in->record;
	const char *word;

	word = aggregate_word(r->source_ip);
	r->source_ip = word != NULL ? value_read_address(word, in->arena, NULL)
	                            : NULL;
	if (r->source_ip == NULL)
		report_add_quirk(in->report, "bad-source-ip");
	if (is_changed(word, r->source_ip))
		reading_keep(in, word, "source_ip");

	reading_count(in, count);

	word = r->disposition;
	r->disposition = reading_word(
	    in, word, report_is_disposition, dispositions);
	if (is_changed(word, r->disposition))
		reading_keep(in, word, "disposition");

	word = r->dkim;
	r->dkim = reading_word(in, word, is_aligned_result, verdicts);
	if (is_changed(word, r->dkim))
		reading_keep(in, word, "dkim");

	word = r->spf;
	r->spf = reading_word(in, word, is_aligned_result, verdicts);
	if (is_changed(word, r->spf))
		reading_keep(in, word, "spf");
}

static void
reading_identifiers(struct reading *in)
{
	struct record *r = in->record;
	const char *word, *domain;

	word = r->header_from;
	r->header_from = aggregate_word(reading_domain(in, word));
	if (r->header_from == NULL)
		report_add_quirk(in->report, "no-header-from");
	if (is_changed(word, r->header_from))
		reading_keep(in, word, "header_from");

	/*
	 * Present and empty is the null sender; so is "<>".  An address without
	 * a domain says nothing.
	 */
	if ((word = r->envelope_from) != NULL && *word != '\0') {
		domain = reading_domain(in, word);
		r->envelope_from = *domain == '\0' && strchr(word, '@') != NULL
		    ? NULL
		    : domain;
		if (is_changed(word, r->envelope_from))
			reading_keep(in, word, "envelope_from");
	}

	word = r->envelope_to;
	r->envelope_to = aggregate_word(reading_domain(in, word));
	if (is_changed(word, r->envelope_to))
		reading_keep(in, word, "envelope_to");
}

static void
reading_dkim(struct reading *in)
{
	struct array *list = &in->record->auth_dkim;
	struct auth_dkim *all = list->at, *d;
	const char *word;
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (aggregate_word(all[i].domain) == NULL &&
		    aggregate_word(all[i].result) == NULL) {
			report_add_quirk(in->report, "empty-result");
			continue;
		}
		d = &all[n];
		*d = all[i];
		word = d->domain;
		d->domain = aggregate_word(reading_domain(in, word));
		if (is_changed(word, d->domain))
			reading_keep(in, word, "auth_dkim[%zu].domain", n);
		word = d->result;
		d->result = reading_word(
		    in, word, report_is_dkim_result, results);
		if (is_changed(word, d->result))
			reading_keep(in, word, "auth_dkim[%zu].result", n);
		d->selector = aggregate_word(d->selector);
		d->human_result = aggregate_word(d->human_result);
		n++;
	}
	list->n = n;
}

static void
reading_spf(struct reading *in)
{
	struct array *list = &in->record->auth_spf;
	struct auth_spf *all = list->at, *s;
	const char *word;
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		if (aggregate_word(all[i].domain) == NULL &&
		    aggregate_word(all[i].result) == NULL) {
			report_add_quirk(in->report, "empty-result");
			continue;
		}
		s = &all[n];
		*s = all[i];
		word = s->domain;
		s->domain = aggregate_word(reading_domain(in, word));
		if (is_changed(word, s->domain))
			reading_keep(in, word, "auth_spf[%zu].domain", n);
		word = s->scope;
		s->scope = reading_word(in, word, is_scope, scopes);
		if (is_changed(word, s->scope))
			reading_keep(in, word, "auth_spf[%zu].scope", n);
		word = s->result;
		s->result = reading_word(
		    in, word, report_is_spf_result, results);
		if (is_changed(word, s->result))
			reading_keep(in, word, "auth_spf[%zu].result", n);
		s->human_result = aggregate_word(s->human_result);
		n++;
	}
	list->n = n;
}

/* A type of the RFCs, however it is written; any other is kept. */
static const char *
reading_type(struct reading *in, const char *word)
{
	static const struct {
		const char *bare, *type;
	} known[] = { { "forwarded", "forwarded" },
		{ "sampledout", "sampled_out" },
		{ "trustedforwarder", "trusted_forwarder" },
		{ "mailinglist", "mailing_list" },
		{ "localpolicy", "local_policy" },
		{ "policytestmode", "policy_test_mode" },
		{ "other", "other" } };
	const char *lower = reading_lower(in, word);
	char bare[VALUE_WORD];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(lower, known[i].type) == 0)
			return lower;
	if (!value_read_word(word, bare))
		return lower;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(bare, known[i].bare) == 0) {
			report_add_quirk(in->report, "mapped-word");
			return known[i].type;
		}
	return lower;
}

/* Any type is kept; RFC 9990 and RFC 7489 do not agree on the list. */
static void
reading_overrides(struct reading *in)
{
	struct array *list = &in->record->overrides;
	struct override *all = list->at, *o;
	const char *word;
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		o = &all[n];
		*o = all[i];
		word = aggregate_word(o->type);
		o->comment = aggregate_word(o->comment);
		if (word == NULL) {
			report_add_quirk(in->report, "reason-without-type");
			if (o->comment == NULL)
				continue;
			o->type = "other";
		} else {
			o->type = reading_type(in, word);
			if (is_changed(word, o->type))
				reading_keep(
				    in, word, "overrides[%zu].type", n);
		}
		n++;
	}
	list->n = n;
}

void
aggregate_read_record(
    struct record_words *words, struct report *report, struct arena *arena)
{
	struct reading in = { &words->record, report, arena };

	reading_row(&in, words->count);
	reading_identifiers(&in);
	reading_dkim(&in);
	reading_spf(&in);
	reading_overrides(&in);
	if (words->record.auth_dkim.n + words->record.auth_spf.n == 0)
		report_add_quirk(report, "no-auth-results");
}
