/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_assign.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/date.h"
#include "parse/value.h"

#define MAX_EXTRAS LIMIT_RESULTS

static const char *
copy_text(struct build *b, enum node n, const char *s, size_t len)
{
	if (node_in_record(n)) {
		b->record_used += len;
		return arena_strndup(&b->record_text, s, len);
	}
	b->report_used += len;
	return arena_strndup(&b->report_text, s, len);
}

/* Whether a text says anything: "," and "--" do not. */
static bool
says_something(const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		if ((*s >= '0' && *s <= '9') || (unsigned char)*s >= 0x80 ||
		    ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
			return true;
	return false;
}

/* A value of the record that has no field; of the head: it is partial. */
static void
add_extra(struct build *b, enum node n, const char *name, const char *text,
    size_t len)
{
	struct report *r = &b->report.report;
	struct raw_word *raw;
	char field[96];

	if (!says_something(text, len))
		return;
	if (!node_in_record(n)) {
		r->partial = true;
		return;
	}
	if (b->extras == MAX_EXTRAS || b->record_used > TEXT_BUDGET) {
		report_add_quirk(r, "many-results");
		r->partial = true;
		return;
	}
	snprintf(field, sizeof(field), "extra[%zu].%.64s", b->extras++, name);
	raw = array_add(&b->record.record.raw, sizeof(*raw));
	raw->field = copy_text(b, n, field, strlen(field));
	raw->word = copy_text(b, n, text, len);
}

/* --- leaves --------------------------------------------------------------- */

static bool
is_text(const struct build *b, const char *s)
{
	return strncmp(s, b->text, b->text_len) == 0 && s[b->text_len] == '\0';
}

/* The first counts, unless it is empty; the others are kept. */
static void
set_once(struct build *b, void *base, const struct element *e, enum node n)
{
	const char **member = (const char **)((char *)base + e->offset);

	if (*member == NULL && (n != POLICY || b->again == 0)) {
		*member = copy_text(b, n, b->text, b->text_len);
		return;
	}
	report_add_quirk(&b->report.report, "repeated-element");
	if (b->text_len == 0 || (*member != NULL && is_text(b, *member)))
		return;
	if (*member != NULL && **member == '\0')
		*member = copy_text(b, n, b->text, b->text_len);
	else
		add_extra(b, n, e->name, b->text, b->text_len);
}

static void *
last(const struct array *list, size_t size)
{
	return (char *)list->at + (list->n - 1) * size;
}

static bool
is_whole(const struct record *r, enum target target)
{
	const struct auth_dkim *d;
	const struct auth_spf *s;

	if (target == TO_LAST_DKIM) {
		d = last(&r->auth_dkim, sizeof(*d));
		return d->domain != NULL && d->result != NULL;
	}
	if (target == TO_LAST_SPF) {
		s = last(&r->auth_spf, sizeof(*s));
		return s->domain != NULL && s->result != NULL;
	}
	return true;
}

bool
assign_result(struct build *b, struct array *list, size_t size)
{
	if (list->n == LIMIT_RESULTS || b->record_used > TEXT_BUDGET) {
		report_add_quirk(&b->report.report, "many-results");
		return false;
	}
	array_add(list, size);
	b->first = NULL;
	return true;
}

/*
 * A value of the last result.  When the one that came first comes once more,
 * another result begins that has no element of its own.
 */
static void
set_result(
    struct build *b, struct array *list, size_t size, const struct element *e)
{
	const char **member;

	member = (const char **)((char *)last(list, size) + e->offset);
	if (b->first == e && b->text_len > 0 && *member != NULL &&
	    !is_text(b, *member) && is_whole(&b->record.record, e->target)) {
		report_add_quirk(&b->report.report, "repeated-element");
		if (!assign_result(b, list, size))
			return;
	}
	if (b->first == NULL)
		b->first = e;
	set_once(b, last(list, size), e, e->parent);
}

static void
add_error(struct build *b)
{
	struct report *report = &b->report.report;

	if (b->text_len == 0)
		return;
	if (report->errors.n == LIMIT_RESULTS || b->report_used > TEXT_BUDGET) {
		report_add_quirk(report, "many-results");
		return;
	}
	*(const char **)array_add(&report->errors, sizeof(char *)) = copy_text(
	    b, METADATA, b->text, b->text_len);
}

static void
use_attribute(struct build *b, const struct element *e)
{
	if (b->attribute == NULL || b->text_len > 0)
		return;
	report_add_quirk(&b->report.report, "attribute-value");
	b->text_len = strlen(b->attribute);
	memcpy(b->text, b->attribute, b->text_len);
	if (b->attribute2 != NULL)
		add_extra(b, e->parent, e->name, b->attribute2,
		    strlen(b->attribute2));
}

void
assign_leaf(struct build *b, const struct element *e)
{
	struct record *record = &b->record.record;

	use_attribute(b, e);
	switch (e->target) {
	case TO_REPORT:
		set_once(b, &b->report, e, e->parent);
		break;
	case TO_ERRORS:
		add_error(b);
		break;
	case TO_RECORD:
		set_once(b, &b->record, e, e->parent);
		break;
	case TO_LAST_DKIM:
		set_result(b, &record->auth_dkim, sizeof(struct auth_dkim), e);
		break;
	case TO_LAST_SPF:
		set_result(b, &record->auth_spf, sizeof(struct auth_spf), e);
		break;
	case TO_LAST_REASON:
		set_result(b, &record->overrides, sizeof(struct override), e);
		break;
	case TO_NOTHING:
		break;
	}
}

/* Of no meaning for the value. */
static bool
is_label(const char *name)
{
	return strcasecmp(name, "lang") == 0 || strcasecmp(name, "id") == 0 ||
	    strcasecmp(name, "nil") == 0 || strcasecmp(name, "null") == 0;
}

void
assign_attribute(
    struct build *b, const char *name, const char *value, size_t len)
{
	enum node n = build_node(b);

	value = text_trim(value, &len);
	if (len == 0 || is_label(name))
		return;
	if (len > LIMIT_TEXT) {
		report_add_quirk(&b->report.report, "long-value");
		for (len = LIMIT_TEXT; (value[len] & 0xc0) == 0x80; len--)
			continue;
	}
	if (n != LEAF) {
		if (node_in_record(n))
			add_extra(b, n, name, value, len);
		return;
	}
	n = b->leaf->parent;
	if (b->attribute == NULL)
		b->attribute = copy_text(b, n, value, len);
	else if (b->attribute2 == NULL) {
		b->attribute2 = copy_text(b, n, value, len);
		if (strcasecmp(name, "value") == 0) {
			value = b->attribute;
			b->attribute = b->attribute2;
			b->attribute2 = value;
		}
	}
}

/* --- text between elements ------------------------------------------------ */

void
assign_stray(struct build *b)
{
	enum node n = build_node(b);
	size_t len = b->text_len;

	while (len > 0 && text_is_space(b->text[len - 1]))
		len--;
	b->text_len = 0;
	if (b->text_cut)
		report_add_quirk(&b->report.report, "long-value");
	if (!says_something(b->text, len))
		return;
	/* Nobody knows what it means, but it is of this record. */
	if (n == UNKNOWN) {
		add_extra(b, RECORD, "text", b->text, len);
		return;
	}
	if ((node_in_record(n) || n == DATE_RANGE) &&
	    b->stray[b->depth] == NULL && b->record_used <= TEXT_BUDGET) {
		b->stray[b->depth] = copy_text(b, n, b->text, len);
		return;
	}
	/* Of an unknown element nobody says that it is missing. */
	if (!node_in_record(n) && (b->path[b->depth] & WRAPPER) != 0)
		return;
	report_add_quirk(&b->report.report, "stray-text");
	if (node_in_record(n))
		add_extra(b, n, "text", b->text, len);
	else
		b->strewn |= BIT(n);
}

/* A word, to the first of these members that is empty. */
static bool
fill(const char **member, const char **other, const char *text)
{
	if (*member != NULL && **member != '\0') {
		if (other == NULL || (*other != NULL && **other != '\0'))
			return false;
		member = other;
	}
	*member = text;
	return true;
}

/* Behind the mark at p that separates a word from what explains it. */
static const char *
behind_word(const char *p)
{
	return p + strspn(p, " \t\r\n:;,");
}

/* How long the type of a reason is that begins the text, or 0. */
static size_t
type_length(const char *text)
{
	static const char *const types[] = { "forwarded", "sampled_out",
		"trusted_forwarder", "mailing_list", "local_policy",
		"policy_test_mode", "other" };
	size_t i, n = strcspn(text, " \t\r\n:;,(");

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == n &&
		    strncasecmp(types[i], text, n) == 0)
			return n;
	return 0;
}

/* "forwarded", or a sentence; "forwarded: because" is both. */
static bool
fill_reason(struct build *b, struct override *o, const char *text)
{
	size_t n = strcspn(text, " \t\r\n:;,(");

	if (text[n] == '\0')
		return fill(&o->type, &o->comment, text);
	if (o->type != NULL && *o->type != '\0')
		return fill(&o->comment, NULL, text);
	if (type_length(text) > 0) {
		o->type = copy_text(b, REASON, text, n);
		text = behind_word(text + n);
	}
	return fill(&o->comment, NULL, text) ||
	    (o->type == NULL && fill(&o->type, NULL, text));
}

static bool
fill_disposition(struct record *r, const char *text)
{
	static const char *const words[] = { "none", "pass", "quarantine",
		"reject", "quarantined", "rejected" };
	char word[VALUE_WORD];
	size_t i;

	if (!value_read_word(text, word))
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return fill(&r->disposition, NULL, text);
	return false;
}

static bool
fill_address(struct build *b, const char *text)
{
	return value_read_address(text, &b->record_text, NULL) != NULL &&
	    fill(&b->record.record.source_ip, NULL, text);
}

/* "1795219200 - 1795305599", "2026-11-21/2026-11-22" */
static bool
fill_range(struct build *b, const char *text)
{
	static const char *const marks[] = { " to ", " - ", "..", "/", ";", ",",
		"-", " " };
	struct date d;
	const char *p;
	size_t i, n, len = strlen(text);

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if ((p = strstr(text, marks[i])) == NULL)
			continue;
		n = strlen(marks[i]);
		if (!date_read(text, (size_t)(p - text), &d) ||
		    !date_read(p + n, len - (size_t)(p + n - text), &d))
			continue;
		return fill(&b->report.begin, NULL,
		           copy_text(
		               b, DATE_RANGE, text, (size_t)(p - text))) &&
		    fill(&b->report.end, NULL, p + n);
	}
	return false;
}

static bool
fill_node(struct build *b, enum node n, const char *text)
{
	struct record *r = &b->record.record;
	struct auth_dkim *d;
	struct auth_spf *s;

	switch (n) {
	case REASON:
		return fill_reason(
		    b, last(&r->overrides, sizeof(struct override)), text);
	case AUTH_DKIM:
		d = last(&r->auth_dkim, sizeof(*d));
		return fill(&d->result, &d->human_result, text);
	case AUTH_SPF:
		s = last(&r->auth_spf, sizeof(*s));
		return fill(&s->result, &s->human_result, text);
	case EVALUATED:
		return fill_disposition(r, text);
	case IDENTIFIERS:
		return strpbrk(text, " \t\r\n") == NULL &&
		    strchr(text, '.') != NULL &&
		    fill(&r->header_from, NULL, text);
	case ROW:
		return fill_address(b, text);
	case DATE_RANGE:
		return fill_range(b, text);
	default:
		return false;
	}
}

void
assign_text(struct build *b, enum node n, bool wrapper, const char *text)
{
	struct array *reasons = &b->record.record.overrides;
	bool filled;

	/* <reasons>forwarded</reasons> */
	if (wrapper && n == EVALUATED && type_length(text) > 0)
		filled = assign_result(b, reasons, sizeof(struct override)) &&
		    fill_node(b, REASON, text);
	else
		filled = !wrapper && fill_node(b, n, text);
	if (filled) {
		report_add_quirk(&b->report.report, "bare-value");
		return;
	}
	report_add_quirk(&b->report.report, "stray-text");
	add_extra(b, n, "text", text, strlen(text));
}

/* --- several rows --------------------------------------------------------- */

/* Too many of what a record should have once. */
static bool
has_room(struct build *b, const struct array *list)
{
	if (list->n < LIMIT_RESULTS)
		return true;
	report_add_quirk(&b->report.report, "many-results");
	b->report.report.partial = true;
	return false;
}

static void
save_row(struct build *b)
{
	struct record *r = &b->record.record;

	*(struct row_words *)array_add(&b->rows,
	    sizeof(struct row_words)) = (struct row_words) { r->source_ip,
		b->record.count, r->disposition, r->dkim, r->spf,
		r->overrides.n };
	r->source_ip = r->disposition = r->dkim = r->spf = NULL;
	b->record.count = NULL;
}

static void
save_identifiers(struct build *b)
{
	struct record *r = &b->record.record;

	*(struct ident_words *)array_add(&b->idents,
	    sizeof(struct ident_words)) = (struct ident_words) { r->header_from,
		r->envelope_from, r->envelope_to };
	r->header_from = r->envelope_from = r->envelope_to = NULL;
}

bool
assign_row(struct build *b)
{
	if (!has_room(b, &b->rows))
		return false;
	report_add_quirk(&b->report.report, "several-rows");
	save_row(b);
	return true;
}

bool
assign_identifiers(struct build *b)
{
	if (!has_room(b, &b->idents))
		return false;
	save_identifiers(b);
	return true;
}

void
assign_results(struct build *b)
{
	struct record *r = &b->record.record;

	if (b->auths.n < LIMIT_RESULTS)
		*(struct auth_start *)array_add(&b->auths,
		    sizeof(struct auth_start)) = (struct auth_start) {
			r->auth_dkim.n, r->auth_spf.n
		};
}

/* Identifiers that belong to no row, or say again what the first say. */
static void
drop_identifiers(struct build *b)
{
	const struct ident_words *all = b->idents.at;
	const char *const names[] = { "header_from", "envelope_from",
		"envelope_to" };
	const char *first[3], *other[3];
	size_t i, k;

	report_add_quirk(&b->report.report, "repeated-element");
	for (i = 1; i < b->idents.n; i++) {
		memcpy(first, &all[0], sizeof(first));
		memcpy(other, &all[i], sizeof(other));
		for (k = 0; k < 3; k++)
			if (other[k] != NULL &&
			    (first[k] == NULL ||
			        strcmp(first[k], other[k]) != 0))
				add_extra(b, IDENTIFIERS, names[k], other[k],
				    strlen(other[k]));
	}
}

size_t
assign_rows(struct build *b)
{
	struct record *r = &b->record.record;
	const struct ident_words *first;

	if (b->rows.n == 0 && b->idents.n == 0)
		return 1;
	if (b->idents.n > 0)
		save_identifiers(b);
	if (b->rows.n > 0)
		save_row(b);
	if (b->idents.n > 0 && b->idents.n != b->rows.n) {
		drop_identifiers(b);
		first = b->idents.at;
		r->header_from = first->header_from;
		r->envelope_from = first->envelope_from;
		r->envelope_to = first->envelope_to;
		b->idents.n = 0;
	}
	return b->rows.n > 0 ? b->rows.n : 1;
}

/* The items from one to another of all, copied. */
static void
take(struct array *out, const struct array *all, size_t size, size_t from,
    size_t to)
{
	out->n = 0;
	for (; from < to; from++)
		memcpy(
		    array_add(out, size), (char *)all->at + from * size, size);
}

void
assign_take_row(struct build *b, const struct record *all, size_t i)
{
	struct record *r = &b->record.record;
	const struct row_words *row = (const struct row_words *)b->rows.at + i;
	const struct ident_words *ident = b->idents.at;
	const struct auth_start *auth = b->auths.at;
	bool each = b->auths.n == b->rows.n;
	size_t n = b->rows.n;

	r->source_ip = row->source_ip;
	b->record.count = row->count;
	r->disposition = row->disposition;
	r->dkim = row->dkim;
	r->spf = row->spf;
	r->header_from = all->header_from;
	r->envelope_from = all->envelope_from;
	r->envelope_to = all->envelope_to;
	if (b->idents.n > 0) {
		r->header_from = ident[i].header_from;
		r->envelope_from = ident[i].envelope_from;
		r->envelope_to = ident[i].envelope_to;
	}
	take(&r->auth_dkim, &all->auth_dkim, sizeof(struct auth_dkim),
	    each ? auth[i].dkim : 0,
	    each && i + 1 < n ? auth[i + 1].dkim : all->auth_dkim.n);
	take(&r->auth_spf, &all->auth_spf, sizeof(struct auth_spf),
	    each ? auth[i].spf : 0,
	    each && i + 1 < n ? auth[i + 1].spf : all->auth_spf.n);
	take(&r->overrides, &all->overrides, sizeof(struct override),
	    i > 0 ? row[-1].overrides : 0, row->overrides);
	take(&r->raw, &all->raw, sizeof(struct raw_word), 0,
	    i == 0 ? all->raw.n : 0);
}
