/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_build.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "parse/aggregate_collect.h"
#include "parse/aggregate_assign.h"
#include "parse/aggregate_write.h"
#include "parse/cost.h"

/*
 * Bytes of JSON lines one report may become.  With a line more it still fits
 * into a buffer of 64 MiB, a third of what ruad-parse may have.
 */
#define LINES_BUDGET (52 << 20)

/* With those of all reports before it in the message. */
#define ANSWER_BUDGET (55 << 20)

#define RECORD_NODES (BIT(ROW) | BIT(EVALUATED) | BIT(IDENTIFIERS))

void
build_init(struct build *b, const struct limits *limits,
    const struct aggregate_context *context)
{
	memset(b, 0, offsetof(struct build, text));
	element_start(b->next);
	b->max_records = limits->records;
	b->context = context;
	report_reset(&b->report.report);
}

void
build_done(struct build *b)
{
	record_done(&b->record.record);
	report_done(&b->report.report);
	arena_done(&b->report_text);
	arena_done(&b->record_text);
	array_done(&b->rows);
	array_done(&b->idents);
	array_done(&b->auths);
	array_done(&b->digests);
	buf_done(&b->canon);
	buf_done(&b->lines);
	buf_done(&b->done);
}

/* --- records -------------------------------------------------------------- */

/* Is there room for one more? */
static int
record_check(const struct build *b, struct err *err)
{
	if (b->digests.n >= b->max_records)
		return err_set(err, ERR_LIMIT,
		    "the report contains more than %" PRIu64
		    " records" LIMIT_RAISED_BY("records"),
		    b->max_records);
	if (b->lines.len + 2 * b->done.len > LINES_BUDGET)
		return err_set(err, ERR_LIMIT,
		    "the report's records hold more than %d MiB of values",
		    LINES_BUDGET >> 20);
	if (b->context->taken + b->done.len + b->lines.len > ANSWER_BUDGET)
		return err_set(err, ERR_LIMIT,
		    "the reports in one message are larger than %d MiB "
		    "together",
		    ANSWER_BUDGET >> 20);
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
	b->extras = 0;
	b->rows.n = b->idents.n = b->auths.n = 0;
	b->seen &= ~RECORD_NODES;
}

/* Each row is a record, with the identifiers and results that all have. */
static int
record_end(struct build *b, struct err *err)
{
	size_t i, n = assign_rows(b);
	struct record all;
	int status = 0;

	if (b->rows.n == 0) {
		write_record(b);
		return 0;
	}
	all = b->record.record;
	memset(&b->record.record, 0, sizeof(all));
	for (i = 0; i < n && status == 0; i++) {
		assign_take_row(b, &all, i);
		write_record(b);
		if (i + 1 < n)
			status = record_check(b, err);
	}
	record_done(&all);
	return status;
}

/* --- reports -------------------------------------------------------------- */

/* Another report begins in the same document. */
static int
report_next(struct build *b, struct err *err)
{
	struct report_words none = { 0 };

	if (b->reports + 1 == LIMIT_REPORTS)
		return err_set(err, ERR_LIMIT,
		    "the document contains more than %d reports",
		    LIMIT_REPORTS);
	write_report(b, &b->done);
	b->reports++;
	b->records += b->digests.n;
	report_done(&b->report.report);
	b->report = none;
	report_reset(&b->report.report);
	memset(&b->policy, 0, sizeof(b->policy));
	arena_reset(&b->report_text);
	b->report_used = 0;
	b->digests.n = 0;
	b->lines.len = 0;
	b->seen = b->foreign = b->strewn = 0;
	b->space = NULL;
	b->space_known = false;
	return record_check(b, err);
}

/* --- elements ------------------------------------------------------------- */

/*
 * Whether an element is the report's own.  Where the root has no namespace,
 * that of its first child counts.
 */
static bool
is_own(struct build *b, enum node parent, const char *name, const char *space)
{
	const struct element *e;

	if (build_is_own(b, space) && b->space_known)
		return true;
	e = element_find(parent, name, strlen(name), b->next);
	if (parent == FEEDBACK && e != NULL && !b->space_known) {
		b->space = space;
		b->space_known = true;
		return true;
	}
	if (space == NULL)
		return true;
	if (e != NULL && e->node != LEAF)
		b->foreign |= BIT(e->node);
	return false;
}

/* An element outside of feedback: the root, or a child of a strange root. */
static int
enter_outside(
    struct build *b, const char *name, const char *space, struct err *err)
{
	enum node node = IGNORED;

	if (element_is_root(name)) {
		if (b->feedback_seen && report_next(b, err) == -1)
			return -1;
		b->feedback_seen = true;
		b->space = space;
		b->space_known = space != NULL;
		if (b->depth > 0)
			report_add_quirk(&b->report.report, "stray-root");
		node = FEEDBACK;
	} else if (b->depth == 0) {
		text_safe(b->root, sizeof(b->root), name);
		node = OUTSIDE;
	}
	b->path[++b->depth] = (uint8_t)node;
	return 0;
}

/* One that came before: of rows and identifiers a record may have several. */
static bool
enter_again(struct build *b, enum node node)
{
	switch (node) {
	case ROW:
		b->seen &= ~BIT(EVALUATED);
		return assign_row(b);
	case IDENTIFIERS:
		return assign_identifiers(b);
	case METADATA:
	case POLICY:
		if (b->again == 0)
			b->again = b->depth + 1;
		break;
	default:
		break;
	}
	report_add_quirk(&b->report.report, "repeated-element");
	return true;
}

static enum node
enter_element(struct build *b, const struct element *e)
{
	struct record *r = &b->record.record;

	if (e->alias)
		report_add_quirk(&b->report.report, "alias-element");
	if (e->node != LEAF && !e->many) {
		if ((b->seen & BIT(e->node)) != 0 && !enter_again(b, e->node))
			return IGNORED;
		b->seen |= BIT(e->node);
	}
	switch (e->node) {
	case LEAF:
		collect_begin(b, e);
		break;
	case RECORD:
		record_begin(b);
		break;
	case AUTH_RESULTS:
		assign_results(b);
		break;
	case REASON:
		if (!assign_result(b, &r->overrides, sizeof(struct override)))
			return IGNORED;
		break;
	case AUTH_DKIM:
		if (!assign_result(b, &r->auth_dkim, sizeof(struct auth_dkim)))
			return IGNORED;
		break;
	case AUTH_SPF:
		if (!assign_result(b, &r->auth_spf, sizeof(struct auth_spf)))
			return IGNORED;
		break;
	default:
		break;
	}
	return e->node;
}

static int
enter_node(struct build *b, enum node node)
{
	b->path[++b->depth] = (uint8_t)node;
	b->stray[b->depth] = NULL;
	return 0;
}

static int
enter(struct build *b, const struct element *e, struct err *err)
{
	if (e->node == RECORD && record_check(b, err) == -1)
		return -1;
	return enter_node(b, enter_element(b, e));
}

/* Within an unknown element nothing has a place. */
static enum node
enter_unknown(struct build *b, const char *name)
{
	if (element_is_extension(name))
		return IGNORED;
	if (element_holds_others(name)) {
		report_add_quirk(&b->report.report, "unknown-element");
		b->report.report.partial = true;
	}
	return UNKNOWN;
}

/* An element that we know, and that the parent should not hold. */
static int
enter_misplaced(struct build *b, enum node parent, const char *name,
    const char *space, struct err *err)
{
	struct report *r = &b->report.report;
	const struct element *e;
	enum node node = UNKNOWN;

	if (cost_pay(b->context->cost, COST_XML_STRANGE, err) == -1)
		return -1;
	if (parent == FEEDBACK && element_is_root(name)) {
		if (b->seen == 0 && b->digests.n == 0) {
			/* Then the outer one is but a root. */
			b->path[b->depth] = OUTSIDE;
			b->feedback_seen = false;
			return enter_outside(b, name, space, err);
		}
		report_add_quirk(r, "stray-root");
		node = FEEDBACK | WRAPPER;
	} else if ((e = element_find_near(parent, name)) != NULL) {
		report_add_quirk(r, "misplaced-element");
		return enter(b, e, err);
	} else {
		report_add_quirk(r, "unknown-element");
		r->partial = true;
	}
	return enter_node(b, node);
}

/* An element that the parent should not hold. */
static int
enter_strange(struct build *b, enum node parent, const char *name,
    const char *space, struct err *err)
{
	if (element_is_known(name))
		return enter_misplaced(b, parent, name, space, err);
	if (element_is_wrapper(parent, name)) {
		report_add_quirk(&b->report.report, "wrapped-element");
		return enter_node(b, parent | WRAPPER);
	}
	return enter_node(b, element_is_extension(name) ? IGNORED : UNKNOWN);
}

int
build_enter(
    struct build *b, const char *name, const char *space, struct err *err)
{
	enum node parent = build_node(b), node = IGNORED;
	const struct element *e;

	if (b->depth == LIMIT_XML_DEPTH)
		return err_set(err, ERR_LIMIT,
		    "the XML has elements nested deeper than %d levels",
		    LIMIT_XML_DEPTH);
	if (b->leaf == NULL && b->text_len > 0)
		collect_between(b);
	if (parent == OUTSIDE)
		return enter_outside(b, name, space, err);
	if (parent != IGNORED && is_own(b, parent, name, space)) {
		if ((e = element_find(parent, name, strlen(name), b->next)) !=
		    NULL)
			return enter(b, e, err);
		if (parent == UNKNOWN)
			node = enter_unknown(b, name);
		else if (parent != LEAF && parent != INNER)
			return enter_strange(b, parent, name, space, err);
		else {
			report_add_quirk(&b->report.report, "nested-value");
			b->text_parted = true;
			node = INNER;
		}
	}
	b->path[++b->depth] = (uint8_t)node;
	return 0;
}

bool
build_is_own(const struct build *b, const char *space)
{
	if (space == NULL || space == b->space)
		return true;
	return b->space != NULL && strcmp(space, b->space) == 0;
}

int
build_attribute(struct build *b, const char *name, const char *value,
    size_t len, struct err *err)
{
	enum node n = build_node(b);
	const struct element *e;

	if (n == OUTSIDE || n == IGNORED || n == UNKNOWN || n == INNER)
		return 0;
	if (n == LEAF || (b->path[b->depth] & WRAPPER) != 0 ||
	    (e = element_find_leaf(n, name)) == NULL) {
		assign_attribute(b, name, value, len);
		return 0;
	}
	report_add_quirk(&b->report.report, "attribute-value");
	if (b->depth == LIMIT_XML_DEPTH)
		return 0;
	if (enter(b, e, err) == -1)
		return -1;
	build_text(b, value, len);
	return build_leave(b, err);
}

/* One that has no attribute, nor anything but characters for themselves. */
static void
take_leaf(struct build *b, const struct shortcut_item *item)
{
	const char *text = item->text;

	b->text_len = item->len;
	text = text_trim(text, &b->text_len);
	memcpy(b->text, text, b->text_len);
	if (item->element->alias)
		report_add_quirk(&b->report.report, "alias-element");
	b->attribute = b->attribute2 = NULL;
	assign_leaf(b, item->element);
	b->text_len = 0;
}

int
build_record(struct build *b, const struct shortcut *p, struct err *err)
{
	const struct shortcut_item *item;

	if (b->text_len > 0)
		collect_between(b);
	for (item = p->items; item < p->items + p->n; item++) {
		if (item->element == NULL) {
			if (build_leave(b, err) == -1)
				return -1;
			continue;
		}
		/* Of too many rows all is passed over. */
		if (build_node(b) == IGNORED) {
			b->path[++b->depth] = IGNORED;
			if (item->element->node == LEAF)
				b->depth--;
			continue;
		}
		if (item->element->node == LEAF)
			take_leaf(b, item);
		else if (enter(b, item->element, err) == -1)
			return -1;
	}
	return 0;
}

static bool
is_in_record(const struct build *b)
{
	size_t i;

	for (i = b->depth; i > 0; i--)
		if ((b->path[i] & ~WRAPPER) == RECORD)
			return true;
	return false;
}

void
build_text(struct build *b, const char *s, size_t n)
{
	enum node node = build_node(b);

	if (node != OUTSIDE && node != IGNORED &&
	    (node != UNKNOWN || is_in_record(b)))
		collect_append(b, s, n);
}

int
build_leave(struct build *b, struct err *err)
{
	bool wrapper = (b->path[b->depth] & WRAPPER) != 0;
	enum node node = build_node(b);

	if (b->leaf == NULL) {
		if (b->text_len > 0)
			collect_between(b);
		if (node >= FEEDBACK && b->stray[b->depth] != NULL) {
			assign_text(b, node, wrapper, b->stray[b->depth]);
			b->stray[b->depth] = NULL;
		}
	}
	if (b->again == b->depth)
		b->again = 0;
	b->depth--;
	if (wrapper)
		return 0;
	switch (node) {
	case LEAF:
		collect_end(b);
		break;
	case INNER:
		b->text_parted = true;
		break;
	case POLICY:
		if (b->policy.domain == NULL)
			policy_end(b);
		break;
	case RECORD:
		return record_end(b, err);
	default:
		break;
	}
	return 0;
}

void
build_finish(struct build *b, struct buf *out)
{
	struct buf done;

	if (b->reports == 0) {
		write_report(b, out);
		return;
	}
	write_report(b, &b->done);
	if (out->len > 0)
		buf_add(out, b->done.at, b->done.len);
	else {
		done = *out;
		*out = b->done;
		b->done = done;
	}
}
