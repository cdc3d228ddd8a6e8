/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"

#define SHOWN 100       /* columns of a foreign word within a sentence */
#define VALUE_MOST 2000 /* bytes of a record that people may paste */
#define STRING_MOST 255 /* of one string of it (RFC 1035, 3.3) */

const char *
dns_severity_word(enum dns_severity s)
{
	static const char *const words[] = { "error", "warning", "info" };

	return words[s];
}

static const struct {
	const char *word, *title;
} groups[DNS_GROUPS] = {
	[DNS_GROUP_SERVERS] = { "servers", "Zone" },
	[DNS_GROUP_DMARC] = { "dmarc", "DMARC" },
	[DNS_GROUP_RUA] = { "rua", "Reports to" },
	[DNS_GROUP_SPF] = { "spf", "SPF" },
	[DNS_GROUP_DKIM] = { "dkim", "DKIM" },
	[DNS_GROUP_SEEN] = { "seen", "Receivers saw" },
	[DNS_GROUP_TLSRPT] = { "tlsrpt", "TLS reports" },
	[DNS_GROUP_STS] = { "mta_sts", "MTA-STS" },
	[DNS_GROUP_MX] = { "mx", "MX" },
	[DNS_GROUP_BIMI] = { "bimi", "BIMI" },
};

const char *
dns_group_word(enum dns_group g)
{
	return groups[g].word;
}

const char *
dns_group_title(enum dns_group g)
{
	return groups[g].title;
}

void
dns_findings_done(struct dns_findings *f)
{
	array_done(&f->findings);
	array_done(&f->notes);
	array_done(&f->unknown);
	arena_done(&f->arena);
	memset(f, 0, sizeof(*f));
}

static const char *
keep(struct dns_findings *f, const char *s)
{
	return s != NULL ? arena_strndup(&f->arena, s, strlen(s)) : NULL;
}

const char *
dns_print(struct dns_findings *f, const char *fmt, ...)
{
	const char *kept;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		abort();
	kept = arena_strndup(&f->arena, text, (size_t)n);
	free(text);
	return kept;
}

const char *
dns_date(struct dns_findings *f, int64_t ts)
{
	time_t t = (time_t)ts;
	char date[32];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%d", &tm) == 0)
		return "?";
	return keep(f, date);
}

/* --- templates ------------------------------------------------------------ */

/* A foreign word, safe and short. */
static void
add_shown(struct buf *out, const char *word)
{
	char safe[4 * SHOWN + 8];

	text_safe(safe, sizeof(safe), word != NULL ? word : "?");
	buf_add_str(out, text_cut(safe, SHOWN));
}

static void
add_number(struct buf *out, int64_t n)
{
	char digits[TEXT_DIGITS];

	buf_add_str(out, text_group_digits(n, digits));
}

bool
dns_write_strings(struct buf *out, const char *value)
{
	size_t i, n = value != NULL ? strlen(value) : 0;

	if (n == 0 || n > VALUE_MOST)
		return false;
	for (i = 0; i < n; i++) {
		if (value[i] < ' ' || value[i] > '~')
			return false;
		if (i % STRING_MOST == 0)
			buf_add_str(out, i == 0 ? "\"" : "\" \"");
		if (value[i] == '"' || value[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, value[i]);
	}
	buf_add_char(out, '"');
	return true;
}

/* A word of a sentence, or a name of a record: that must be whole. */
static bool
add_foreign(struct buf *out, const char *word, bool is_record)
{
	if (!is_record) {
		add_shown(out, word);
		return word != NULL;
	}
	if (word == NULL || !dns_is_name(word))
		return false;
	buf_add_str(out, word);
	return true;
}

/* What stands at "{"; false: it cannot be filled in. */
static bool
add_word(struct buf *out, const char *at, size_t n, const char *name,
    const struct dns_words *w, bool is_record)
{
	const struct {
		const char *word, *text;
	} texts[] = { { "{name}", name }, { "{what}", w->what },
		{ "{to}", w->to }, { "{at}", w->at } };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strlen(texts[i].word) == n &&
		    memcmp(at, texts[i].word, n) == 0)
			return add_foreign(out, texts[i].text, is_record);
	if (n == 3 && at[1] == 'n')
		add_number(out, w->n);
	else if (n == 3 && at[1] == 'm')
		add_number(out, w->m);
	else if (n == 7 && memcmp(at, "{value}", n) == 0)
		return dns_write_strings(out, w->value);
	else
		buf_add(out, at, n);
	return true;
}

static bool
fill_in(struct buf *out, const char *template, const char *name,
    const struct dns_words *w, bool is_record)
{
	bool is_whole = true;
	const char *end;

	for (; *template != '\0'; template = end) {
		if (*template == '{' && (end = strchr(template, '}')) != NULL) {
			end++;
			is_whole &= add_word(out, template,
			    (size_t)(end - template), name, w, is_record);
			continue;
		}
		end = template + 1;
		buf_add_char(out, *template);
	}
	return is_whole;
}

/* The text, and, before a record, what leads to it. */
static void
add_text(struct buf *out, const struct dns_rule *rule, const char *name,
    const struct dns_words *w, bool has_record)
{
	const char *lead = strchr(rule->text, '|');
	char *first;

	first = lead != NULL ? xstrndup(rule->text, (size_t)(lead - rule->text))
	                     : xstrdup(rule->text);
	fill_in(out, first, name, w, false);
	free(first);
	if (lead == NULL)
		return;
	if (has_record) {
		buf_add_char(out, ' ');
		fill_in(out, lead + 1, name, w, false);
	} else if (out->len > 0 && out->at[out->len - 1] == '.')
		out->len--;
}

/* --- adding --------------------------------------------------------------- */

static void
count(struct dns_findings *f, enum dns_severity severity)
{
	switch (severity) {
	case DNS_ERROR:
		f->errors++;
		break;
	case DNS_WARNING:
		f->warnings++;
		break;
	case DNS_INFO:
		f->infos++;
		break;
	}
}

void
dns_find(struct dns_findings *f, enum dns_group group,
    const struct dns_rule *rule, const char *name,
    const struct dns_words *words)
{
	static const struct dns_words none;
	const struct dns_words *w = words != NULL ? words : &none;
	struct buf text = { 0 }, clause = { 0 }, record = { 0 };
	struct dns_finding *finding = f->findings.at;
	bool has_record;
	size_t i, same = 0;

	has_record = rule->record != NULL &&
	    fill_in(&record, rule->record, name, w, true);
	add_text(&text, rule, name, w, has_record);
	for (i = 0; i < f->findings.n; i++)
		if (finding[i].rule == rule) {
			same++;
			if (strcmp(finding[i].name, name) == 0 &&
			    strcmp(finding[i].text, buf_str(&text)) == 0)
				goto out;
		}
	if (same >= DNS_FINDINGS_MOST) {
		f->more++;
		goto out;
	}
	finding = array_add(&f->findings, sizeof(*finding));
	finding->rule = rule;
	finding->group = group;
	finding->id = rule->id;
	finding->severity = rule->severity;
	finding->rfc = rule->rfc;
	finding->name = keep(f, name);
	finding->text = keep(f, buf_str(&text));
	add_text(&clause, rule, name, w, false);
	finding->clause = keep(f, buf_str(&clause));
	finding->record = has_record ? keep(f, buf_str(&record)) : NULL;
	finding->edit = (struct dns_edit) { 0 };
	if (has_record && w->edit != NULL) {
		finding->edit = *w->edit;
		finding->edit.tag = keep(f, w->edit->tag);
		finding->edit.value = keep(f, w->edit->value);
	}
	count(f, rule->severity);
out:
	buf_done(&text);
	buf_done(&clause);
	buf_done(&record);
}

void
dns_finding_set_value(struct dns_findings *f, struct dns_finding *finding,
    const char *value, const char *caution)
{
	const struct dns_words w = { .value = value };
	struct buf record = { 0 };

	if (fill_in(&record, finding->rule->record, finding->name, &w, true)) {
		finding->record = keep(f, buf_str(&record));
		finding->text = dns_print(f, "%s%s", finding->text, caution);
	}
	buf_done(&record);
}

void
dns_note(struct dns_findings *f, enum dns_group group, const char *name,
    const char *key, const char *value, const char *text, ...)
{
	struct dns_note *note = array_add(&f->notes, sizeof(*note));
	char *shown = NULL;
	va_list ap;

	note->group = group;
	note->name = keep(f, name);
	note->key = keep(f, key);
	note->value = keep(f, value);
	if (text == NULL)
		return;
	va_start(ap, text);
	if (vasprintf(&shown, text, ap) == -1)
		abort();
	va_end(ap);
	note->text = keep(f, shown);
	free(shown);
}

void
dns_note_record(struct dns_findings *f, enum dns_group group, const char *name,
    const char *value, const char *since)
{
	struct dns_note *note;

	dns_note(f, group, name, "record", value, NULL);
	note = (struct dns_note *)f->notes.at + f->notes.n - 1;
	note->is_record = true;
	note->since = keep(f, since);
	if (since != NULL)
		dns_note(f, group, name, "since", since, NULL);
}

void
dns_cannot_tell(struct dns_findings *f, enum dns_group group,
    enum dns_type type, const char *name, const char *failure)
{
	struct dns_unknown *u = f->unknown.at;
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < f->unknown.n; i++)
		if (u[i].group == group && strcmp(u[i].name, name) == 0)
			return;
	if (failure == NULL)
		failure = "did not answer";
	add_shown(&text, name);
	buf_printf(&text, " %s: ", dns_type_word(type));
	add_shown(&text, failure);
	buf_add_str(&text, ": cannot tell");
	u = array_add(&f->unknown, sizeof(*u));
	u->group = group;
	u->type = type;
	u->name = keep(f, name);
	u->failure = keep(f, failure);
	u->text = keep(f, buf_str(&text));
	buf_done(&text);
}

const struct dns_answer *
dns_look(struct dns_findings *f, enum dns_group group,
    const struct dns_source *source, enum dns_type type, const char *name)
{
	const struct dns_answer *answer = dns_ask(source, type, name);

	if (answer->status == DNS_FAILED)
		dns_cannot_tell(f, group, type, name, answer->failure);
	return answer;
}

/* Stable: within a rule, in the order in which they were found. */
void
dns_findings_sort(struct dns_findings *f)
{
	struct dns_finding *at = f->findings.at, moved;
	size_t i, j;

	for (i = 1; i < f->findings.n; i++) {
		moved = at[i];
		for (j = i; j > 0 &&
		     (at[j - 1].group > moved.group ||
		         (at[j - 1].group == moved.group &&
		             at[j - 1].severity > moved.severity));
		     j--)
			at[j] = at[j - 1];
		at[j] = moved;
	}
}
