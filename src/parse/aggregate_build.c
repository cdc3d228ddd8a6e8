/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_build.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/wire.h"

/*
 * Bytes of text one record, or the head of a report, may hold before further
 * results are dropped: with every byte escaped and every word kept twice it
 * still fits into LIMIT_LINE.
 */
#define TEXT_BUDGET (512 << 10)

/*
 * Bytes of JSON lines one report may become.  With a line more it still fits
 * into a buffer of 64 MiB, a third of what ruad-parse may have.
 */
#define LINES_BUDGET (52 << 20)

#define BIT(node) (UINT32_C(1) << (node))
#define RECORD_NODES (BIT(ROW) | BIT(EVALUATED) | BIT(IDENTIFIERS))

void
build_init(struct build *b, const struct limits *limits)
{
	memset(b, 0, sizeof(*b));
	element_start(b->next);
	b->max_records = limits->records;
	report_reset(&b->report.report);
}

void
build_done(struct build *b)
{
	record_done(&b->record.record);
	report_done(&b->report.report);
	arena_done(&b->report_text);
	arena_done(&b->record_text);
	array_done(&b->digests);
	buf_done(&b->canon);
	buf_done(&b->lines);
}

static void
text_begin(struct build *b, const struct element *e)
{
	b->leaf = e;
	b->text_len = 0;
	b->text_cut = false;
}

static void
text_append(struct build *b, const char *s, size_t n)
{
	size_t room = LIMIT_TEXT - b->text_len;

	if (b->text_len == 0)
		while (n > 0 && text_is_space(*s)) {
			s++;
			n--;
		}
	if (n > room) {
		while (n > room && text_is_space(s[n - 1]))
			n--;
		b->text_cut |= n > room;
		n = room;
	}
	memcpy(b->text + b->text_len, s, n);
	b->text_len += n;
}

/* The end of a text that was cut may be half a character. */
static void
text_drop_half_character(struct build *b)
{
	size_t n = b->text_len, i;

	for (i = 1; i <= 4 && i <= n; i++)
		if (((unsigned char)b->text[n - i] & 0xc0) != 0x80) {
			if (text_utf8_char(b->text + n - i, i, NULL) != i)
				b->text_len = n - i;
			return;
		}
}

static void
set_once(struct build *b, void *base, const struct element *e,
    struct arena *arena, size_t *used)
{
	const char **member = (const char **)((char *)base + e->offset);

	if (*member != NULL) {
		report_add_quirk(&b->report.report, "repeated-element");
		return;
	}
	*member = arena_strndup(arena, b->text, b->text_len);
	*used += b->text_len;
}

static void *
last(const struct array *list, size_t size)
{
	return (char *)list->at + (list->n - 1) * size;
}

/* The text of a leaf is complete: put it where it belongs. */
static void
text_end(struct build *b)
{
	const struct element *e = b->leaf;
	struct report *report = &b->report.report;
	struct record *record = &b->record.record;
	struct arena *arena = &b->record_text;
	size_t *used = &b->record_used;

	b->leaf = NULL;
	if (b->text_cut) {
		report_add_quirk(report, "long-value");
		text_drop_half_character(b);
	}
	while (b->text_len > 0 && text_is_space(b->text[b->text_len - 1]))
		b->text_len--;

	switch (e->target) {
	case TO_REPORT:
		set_once(b, &b->report, e, &b->report_text, &b->report_used);
		break;
	case TO_ERRORS:
		if (b->text_len == 0)
			break;
		if (report->errors.n == LIMIT_RESULTS ||
		    b->report_used > TEXT_BUDGET) {
			report_add_quirk(report, "many-results");
			break;
		}
		*(const char **)array_add(&report->errors,
		    sizeof(char *)) = arena_strndup(&b->report_text, b->text,
		    b->text_len);
		b->report_used += b->text_len;
		break;
	case TO_RECORD:
		set_once(b, &b->record, e, arena, used);
		break;
	case TO_LAST_DKIM:
		set_once(b, last(&record->auth_dkim, sizeof(struct auth_dkim)),
		    e, arena, used);
		break;
	case TO_LAST_SPF:
		set_once(b, last(&record->auth_spf, sizeof(struct auth_spf)), e,
		    arena, used);
		break;
	case TO_LAST_REASON:
		set_once(b, last(&record->overrides, sizeof(struct override)),
		    e, arena, used);
		break;
	case TO_NOTHING:
		break;
	}
}

/* One more result for the record, unless it has too many. */
static bool
add_result(struct build *b, struct array *list, size_t size)
{
	if (list->n == LIMIT_RESULTS || b->record_used > TEXT_BUDGET) {
		report_add_quirk(&b->report.report, "many-results");
		return false;
	}
	array_add(list, size);
	return true;
}

/* Is there room for one more? */
static int
record_check(const struct build *b, struct err *err)
{
	if (b->digests.n >= b->max_records)
		return err_set(err, ERR_LIMIT,
		    "the report holds more than %" PRIu64
		    " records" LIMIT_RAISED_BY("records"),
		    b->max_records);
	if (b->lines.len > LINES_BUDGET)
		return err_set(err, ERR_LIMIT,
		    "the report's records hold more than %d MiB of values",
		    LINES_BUDGET >> 20);
	return 0;
}

/* The modes of alignment.  Records before the policy go without. */
static void
policy_end(struct build *b)
{
	const struct report *r = &b->report.report;
	const char *domain = aggregate_word(r->domain);

	if (domain != NULL)
		domain = aggregate_read_domain(domain, &b->report_text);
	b->policy.domain = domain;
	b->policy.dkim_strict = r->adkim != NULL && (*r->adkim | 0x20) == 's';
	b->policy.spf_strict = r->aspf != NULL && (*r->aspf | 0x20) == 's';
}

static void
record_begin(struct build *b)
{
	record_reset(&b->record.record);
	b->record.count = NULL;
	arena_reset(&b->record_text);
	b->record_used = 0;
	b->seen &= ~RECORD_NODES;
}

static void
record_end(struct build *b)
{
	struct record *r = &b->record.record;
	struct alignment alignment;

	aggregate_read_record(&b->record, &b->report.report, &b->record_text);
	align_record(r, &b->policy, &alignment);
	r->cause = align_cause(r, &alignment);
	if (align_is_mismatch(r, &alignment))
		report_add_quirk(&b->report.report, "align-mismatch");
	if (b->report.header_from == NULL && r->header_from != NULL)
		b->report.header_from = arena_strndup(
		    &b->report_text, r->header_from, strlen(r->header_from));
	record_digest(r, &b->canon, array_add(&b->digests, DIGEST_SIZE));
	wire_write_record(&b->lines, r);
}

/* An element outside of feedback: the root, or a child of a strange root. */
static enum node
enter_outside(struct build *b, const char *name)
{
	if (element_is_root(name) && !b->feedback_seen) {
		b->feedback_seen = true;
		if (b->depth > 0)
			report_add_quirk(&b->report.report, "stray-root");
		return FEEDBACK;
	}
	if (b->depth > 0)
		return IGNORED;
	text_safe(b->root, sizeof(b->root), name);
	return OUTSIDE;
}

static enum node
enter_element(struct build *b, const struct element *e)
{
	struct record *r = &b->record.record;

	if (e->alias)
		report_add_quirk(&b->report.report, "alias-element");
	if (e->node != LEAF && !e->many) {
		if (b->seen & BIT(e->node)) {
			report_add_quirk(&b->report.report, "repeated-element");
			return IGNORED;
		}
		b->seen |= BIT(e->node);
	}
	switch (e->node) {
	case LEAF:
		text_begin(b, e);
		break;
	case RECORD:
		record_begin(b);
		break;
	case REASON:
		if (!add_result(b, &r->overrides, sizeof(struct override)))
			return IGNORED;
		break;
	case AUTH_DKIM:
		if (!add_result(b, &r->auth_dkim, sizeof(struct auth_dkim)))
			return IGNORED;
		break;
	case AUTH_SPF:
		if (!add_result(b, &r->auth_spf, sizeof(struct auth_spf)))
			return IGNORED;
		break;
	default:
		break;
	}
	return e->node;
}

static int
build_enter_element(struct build *b, const struct element *e, struct err *err)
{
	enum node node = IGNORED;

	if (e->node == RECORD && record_check(b, err) == -1)
		return -1;
	if (b->path[b->depth] != IGNORED)
		node = enter_element(b, e);
	b->path[++b->depth] = (uint8_t)node;
	return 0;
}

int
build_enter(struct build *b, const char *name, struct err *err)
{
	enum node parent = b->path[b->depth], node = IGNORED;
	const struct element *e;

	if (b->depth == LIMIT_XML_DEPTH)
		return err_set(err, ERR_LIMIT,
		    "the XML has elements nested deeper than %d levels",
		    LIMIT_XML_DEPTH);
	if (parent == OUTSIDE)
		node = enter_outside(b, name);
	else if ((e = element_find(parent, name, strlen(name), b->next)) !=
	    NULL)
		return build_enter_element(b, e, err);
	b->path[++b->depth] = (uint8_t)node;
	return 0;
}

bool
build_is_at_record(const struct build *b)
{
	return b->path[b->depth] == FEEDBACK;
}

int
build_record(struct build *b, const struct plain *p, struct err *err)
{
	const struct plain_item *item;

	for (item = p->items; item < p->items + p->n; item++) {
		if (item->element == NULL) {
			build_leave(b);
			continue;
		}
		if (build_enter_element(b, item->element, err) == -1)
			return -1;
		if (item->element->node == LEAF) {
			build_text(b, item->text, item->len);
			build_leave(b);
		}
	}
	return 0;
}

void
build_text(struct build *b, const char *s, size_t n)
{
	if (b->path[b->depth] == LEAF)
		text_append(b, s, n);
}

void
build_leave(struct build *b)
{
	switch (b->path[b->depth--]) {
	case LEAF:
		text_end(b);
		break;
	case POLICY:
		policy_end(b);
		break;
	case RECORD:
		record_end(b);
		break;
	default:
		break;
	}
}

/* What was repaired before we read it. */
static void
add_repairs(struct report *r, const struct aggregate_hints *hints)
{
	const char *const *names;
	size_t i;

	r->partial |= hints->partial;
	if (hints->repairs == NULL)
		return;
	names = hints->repairs->at;
	for (i = 0; i < hints->repairs->n; i++)
		report_add_quirk(r, names[i]);
}

void
build_finish(
    struct build *b, const struct aggregate_hints *hints, struct buf *out)
{
	struct report *r = &b->report.report;
	struct buf lines;

	if (!(b->seen & BIT(POLICY)))
		report_add_quirk(r, "no-policy");
	if (b->digests.n == 0)
		report_add_quirk(r, "no-records");
	add_repairs(r, hints);
	aggregate_read_meta(&b->report, hints, &b->report_text);
	r->records = (int64_t)b->digests.n;
	report_digest(r, &b->digests, r->content_sha256);

	wire_write_aggregate(out, r);
	if (out->len > b->lines.len) {
		buf_add(out, b->lines.at, b->lines.len);
		return;
	}
	/* Many records: put the head before them rather than copy them. */
	buf_reserve(&b->lines, out->len);
	memmove(b->lines.at + out->len, b->lines.at, b->lines.len);
	memcpy(b->lines.at, out->at, out->len);
	b->lines.len += out->len;
	lines = *out;
	*out = b->lines;
	b->lines = lines;
}
