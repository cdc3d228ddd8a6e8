/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_write.h"

#include <string.h>

#include "report/wire.h"

void
write_record(struct build *b)
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
	record_digest(r, &b->canon, array_add(&b->digests, SHA256_SIZE));
	wire_write_record(&b->lines, r);
}

/* What was repaired before we read it. */
static void
add_repairs(struct report *r, const struct aggregate_context *context)
{
	const char *const *names;
	size_t i;

	r->partial |= context->partial;
	if (context->repairs == NULL)
		return;
	names = context->repairs->at;
	for (i = 0; i < context->repairs->n; i++)
		report_add_quirk(r, names[i]);
}

/* All that is missing was there, but for its namespace. */
static void
check_foreign(struct build *b)
{
	uint32_t missing = b->foreign & ~b->seen;

	if ((missing & (BIT(METADATA) | BIT(POLICY))) == 0 &&
	    ((b->foreign & BIT(RECORD)) == 0 || b->digests.n > 0))
		return;
	report_add_quirk(&b->report.report, "foreign-namespace");
	b->report.report.partial = true;
}

/*
 * Text between the elements of the head is of no use where they are all there;
 * else it may be what is missing.
 */
static void
check_strewn(struct build *b)
{
	struct report *r = &b->report.report;

	if (((b->strewn & BIT(FEEDBACK)) != 0 &&
	        (~b->seen & (BIT(METADATA) | BIT(POLICY))) != 0) ||
	    ((b->strewn & BIT(METADATA)) != 0 &&
	        (r->org_name == NULL || r->external_id == NULL)) ||
	    ((b->strewn & BIT(POLICY)) != 0 &&
	        (r->domain == NULL || r->p == NULL)))
		r->partial = true;
}

void
write_report(struct build *b, struct buf *out)
{
	struct report *r = &b->report.report;
	struct buf lines;

	if (!(b->seen & BIT(POLICY)))
		report_add_quirk(r, "no-policy");
	if (b->digests.n == 0)
		report_add_quirk(r, "no-records");
	check_foreign(b);
	check_strewn(b);
	add_repairs(r, b->context);
	aggregate_read_meta(&b->report, b->context, &b->report_text);
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
