/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/aggregate_record.h"
#include "parse/date.h"
#include "parse/domain.h"
#include "parse/fallback.h"
#include "report/idn.h"

/* --- time ----------------------------------------------------------------- */

/* Spec.  False: not a time. */
static bool
read_time(const char *s, struct report *r, int64_t *out, int64_t *said)
{
	struct date d;

	if ((s = aggregate_word(s)) == NULL)
		return false;
	if (!date_read(s, strlen(s), &d)) {
		report_add_quirk(r, "bad-time");
		text_read_int(s, 1, TEXT_MAX_TIME, said);
		return false;
	}
	if (d.form != DATE_NUMBER || d.grouped)
		report_add_quirk(r, "time-text");
	else if (d.fraction)
		report_add_quirk(r, "time-fraction");
	if (d.scaled)
		report_add_quirk(r, "time-ms");
	*out = d.ts;
	return true;
}

/* begin and end, from the report or from around it; both always set. */
static void
read_period(struct report_words *words, const struct fallback *fallback,
    const struct mail_facts *mail)
{
	struct report *r = &words->report;
	struct fallback_period p = { 0 };

	p.has_begin = read_time(words->begin, r, &p.begin, &p.said_begin);
	p.has_end = read_time(words->end, r, &p.end, &p.said_end);
	fallback_fill_period(fallback, mail, &p, &r->quirks);
	r->begin_ts = p.begin;
	r->end_ts = p.end;
}

/* --- names ---------------------------------------------------------------- */

/* The address in "<a@b>", "mailto:a@b" or "Name <a@b>". */
static const char *
read_email(const char *s, struct arena *arena)
{
	const char *open, *close;
	size_t n;

	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	n = strlen(s);
	if ((open = strrchr(s, '<')) != NULL) {
		s = open + 1;
		close = strchr(s, '>');
		n = close != NULL ? (size_t)(close - s) : strlen(s);
	} else if (s[n - 1] == '>')
		n--;
	while (n > 0 && text_is_space(*s)) {
		s++;
		n--;
	}
	if (n >= 7 && strncasecmp(s, "mailto:", 7) == 0) {
		s += 7;
		n -= 7;
	}
	while (n > 0 && text_is_space(s[n - 1]))
		n--;
	return n > 0 ? arena_strndup(arena, s, n) : NULL;
}

/* The first domain among several candidates, normalised; or NULL. */
static const char *
first_domain(const char *const *from, size_t n, struct arena *arena)
{
	const char *domain;
	size_t i;

	for (i = 0; i < n; i++) {
		if (from[i] == NULL)
			continue;
		domain = aggregate_word(aggregate_read_domain(from[i], arena));
		if (domain != NULL)
			return domain;
	}
	return NULL;
}

/*
 * What was not in A-labels, or cannot be one, is kept beside its key.
 */
static const char *
check_domain(
    struct report *r, const char *word, const char *domain, struct arena *arena)
{
	struct raw_word *raw;
	bool is_changed = word != NULL && idn_is_foreign(word) &&
	    !idn_is_foreign(domain);

	aggregate_note_domain(&r->quirks, word, domain);
	if (!domain_is_possible(domain)) {
		report_add_quirk(r, "bad-domain");
		domain = domain_cut(domain, arena);
		is_changed = word != NULL && strcmp(word, domain) != 0;
	}
	if (is_changed) {
		raw = array_add(&r->raw, sizeof(*raw));
		raw->field = "domain";
		raw->word = word;
	}
	return domain;
}

/* Who reports, what about, under which id. */
static void
read_names(struct report_words *words, const struct fallback *fallback,
    const struct mail_facts *mail, struct arena *arena)
{
	struct report *r = &words->report;
	const char *from[] = { r->domain, fallback->domain,
		words->header_from };
	const char *email_domain = NULL, *word = aggregate_word(r->domain);

	r->org_email = read_email(r->org_email, arena);
	if (r->org_email != NULL && strchr(r->org_email, '@') != NULL)
		email_domain = aggregate_word(
		    aggregate_read_domain(r->org_email, arena));
	if (email_domain != NULL)
		email_domain = domain_cut(email_domain, arena);

	if ((r->org_name = aggregate_word(r->org_name)) == NULL) {
		report_add_quirk(r, "no-org-name");
		r->org_name = email_domain;
	}
	if (r->org_name == NULL)
		r->org_name = fallback->submitter;
	if (r->org_name == NULL && mail != NULL && mail->from_domain != NULL)
		r->org_name = fallback_copy(
		    mail->from_domain, strlen(mail->from_domain), arena);
	if (r->org_name == NULL)
		r->org_name = "unknown";
	r->reporter = email_domain;
	if (r->reporter == NULL)
		r->reporter = text_lower(
		    arena_strndup(arena, r->org_name, strlen(r->org_name)));

	if (word == NULL)
		report_add_quirk(r, "no-domain");
	r->domain = first_domain(from, sizeof(from) / sizeof(from[0]), arena);
	r->domain = r->domain == NULL ? "unknown"
	                              : check_domain(r, word, r->domain, arena);

	if ((r->external_id = aggregate_word(r->external_id)) == NULL) {
		report_add_quirk(r, "no-report-id");
		r->external_id = fallback->filename;
	}
	if (r->external_id == NULL)
		r->external_id = fallback->id;
	if (r->external_id == NULL)
		r->external_id = "unknown";
}

/* --- policy --------------------------------------------------------------- */

static const char *
read_lower(const char *s, struct arena *arena)
{
	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	return text_lower(arena_strndup(arena, s, strlen(s)));
}

/* Absent and empty are the same: p applies, never "none". */
static const char *
read_policy(struct report *r, const char *s, struct arena *arena)
{
	if ((s = read_lower(s, arena)) == NULL || report_is_policy(s))
		return s;
	report_add_quirk(r, "unknown-policy");
	return NULL;
}

/* "r", "relaxed", "S": the first letter says it. */
static const char *
read_mode(struct report *r, const char *s)
{
	if ((s = aggregate_word(s)) == NULL)
		return NULL;
	if (*s == 'r' || *s == 'R')
		return "r";
	if (*s == 's' || *s == 'S')
		return "s";
	report_add_quirk(r, "unknown-policy");
	return NULL;
}

void
aggregate_read_meta(struct report_words *words,
    const struct aggregate_context *context, struct arena *arena)
{
	struct report *r = &words->report;
	const char *pct = aggregate_word(words->pct);
	struct fallback fallback;

	fallback_read(&fallback, context->filename, context->mail, arena);
	fallback_read_id(
	    &fallback, aggregate_word(r->external_id), context->mail);
	r->filename = fallback.filename;
	read_period(words, &fallback, context->mail);
	read_names(words, &fallback, context->mail, arena);

	r->p = read_policy(r, r->p, arena);
	r->sp = read_policy(r, r->sp, arena);
	r->np = read_policy(r, r->np, arena);
	r->adkim = read_mode(r, r->adkim);
	r->aspf = read_mode(r, r->aspf);
	r->pct = -1;
	if (pct != NULL && !text_read_int(pct, 0, 100, &r->pct))
		report_add_quirk(r, "bad-pct");
	r->testing = read_lower(r->testing, arena);
	r->discovery_method = read_lower(r->discovery_method, arena);
	r->fo = aggregate_word(r->fo);
	r->generator = aggregate_word(r->generator);
	r->version = aggregate_word(r->version);
	r->extra_contact = aggregate_word(r->extra_contact);
}
