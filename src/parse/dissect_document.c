/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "parse/aggregate.h"
#include "parse/charset.h"
#include "parse/hint.h"
#include "parse/dissect_priv.h"
#include "parse/mime_header.h"
#include "parse/repair.h"
#include "parse/tlsrpt.h"
#include "parse/unpack.h"

/* borrowed for as long as the document is read */
static struct aggregate_context
hints_of(struct dissect *d)
{
	return (struct aggregate_context) {
		.filename = d->doc.name,
		.mail = d->message.is_mail ? &d->message.facts : NULL,
		.cost = &d->answer.cost,
		.taken = d->answer.out->len,
	};
}

/* The character set of Content-Type: once for a part, when it is wanted. */
static const char *
part_charset(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;

	if (!d->part.charset_read) {
		d->part.charset_read = true;
		d->part.charset = leaf->content_type != NULL &&
		        mime_field_param(leaf->content_type,
		            leaf->content_type_len, "charset", &d->charset,
		            NULL)
		    ? buf_str(&d->charset)
		    : NULL;
	}
	return d->part.charset;
}

/* --- documents that were recoded ------------------------------------------ */

#define CHANCE 3 /* characters that are not UTF-8 by chance */

/*
 * Gateways recode text to UTF-8 and leave the declaration as it was, so that
 * every other character becomes two.  It is UTF-8 when what it then says was
 * in the declared character set before, or is long.  That is told for sets of
 * single bytes only; for others, the message must say so.
 */
static bool
may_be_recoded(struct dissect *d, const char *data, size_t len)
{
	const char *label, *charset;
	const struct charset *set, *outer;
	size_t n;

	if ((label = repair_find_label(data, len, &n)) == NULL ||
	    (set = charset_find(label, n)) == NULL || charset_is_utf8(set))
		return false;
	d->doc.recoded.set = set;
	if (charset_is_single(set))
		return true;
	charset = part_charset(d);
	outer = charset != NULL ? charset_find(charset, strlen(charset)) : NULL;
	return outer != NULL && charset_is_utf8(outer);
}

static void
see_character(struct dissect *d, uint32_t c)
{
	if (c < 0x80)
		return;
	d->doc.recoded.seen++;
	if (d->doc.recoded.seen <= CHANCE &&
	    charset_is_single(d->doc.recoded.set) &&
	    !charset_can_say(d->doc.recoded.set, c))
		d->doc.recoded.by_chance = true;
}

/* Look at the next bytes; characters may be cut between two calls. */
static void
look_for_utf8(struct dissect *d, const char *data, size_t len)
{
	size_t n, room, i = 0;
	uint32_t c;

	while (d->doc.recoded.n_rest > 0 && i < len) {
		room = sizeof(d->doc.recoded.rest) - d->doc.recoded.n_rest;
		if (room == 0 || ((unsigned char)data[i] & 0xc0) != 0x80)
			break;
		d->doc.recoded.rest[d->doc.recoded.n_rest++] = data[i++];
		if (text_utf8_char(
		        d->doc.recoded.rest, d->doc.recoded.n_rest, &c) == 0)
			continue;
		d->doc.recoded.n_rest = 0;
		see_character(d, c);
	}
	if (d->doc.recoded.n_rest > 0 && i < len)
		d->doc.recoded.is_utf8 = false;
	for (; i < len && d->doc.recoded.is_utf8; i += n) {
		if ((n = text_utf8_char(data + i, len - i, &c)) > 0) {
			see_character(d, c);
			continue;
		}
		if (len - i > 3) {
			d->doc.recoded.is_utf8 = false;
			break;
		}
		d->doc.recoded.n_rest = len - i;
		memcpy(d->doc.recoded.rest, data + i, len - i);
		break;
	}
}

/* Declared to be in single bytes, which libxml2 is spared. */
static bool
is_single(const struct dissect *d)
{
	return d->doc.recoded.set != NULL &&
	    charset_is_single(d->doc.recoded.set);
}

/* What is not in its character set goes on as it is: libxml2 refuses it. */
static void
push_xml(struct dissect *d, const char *data, size_t len)
{
	d->utf8.len = 0;
	if (is_single(d) &&
	    charset_decode(d->doc.recoded.set, data, len, &d->utf8) ==
	        CHARSET_GOOD)
		aggregate_push(
		    d->doc.aggregate, d->utf8.at, d->utf8.len, &d->doc.err);
	else
		aggregate_push(d->doc.aggregate, data, len, &d->doc.err);
}

static void
recoded_look(struct dissect *d, const char *data, size_t len)
{
	if (d->doc.head_len == 0) {
		d->doc.recoded.declared = may_be_recoded(d, data, len);
		if (is_single(d))
			aggregate_ignore_encoding(d->doc.aggregate);
	}
	if (d->doc.recoded.declared && d->doc.recoded.is_utf8)
		look_for_utf8(d, data, len);
}

static bool
is_recoded(const struct dissect *d)
{
	return d->doc.recoded.declared && d->doc.recoded.is_utf8 &&
	    d->doc.keep &&
	    (d->doc.recoded.seen > CHANCE ||
	        (d->doc.recoded.seen > 0 && !d->doc.recoded.by_chance));
}

/* --- XML, JSON and others ------------------------------------------------- */

static int
document_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct dissect *d = arg;
	struct aggregate_context context;

	memset(&d->doc, 0, sizeof(d->doc));
	d->doc.kind = kind;
	if (kind == UNPACK_OTHER) {
		d->doc.name = name;
		return 0;
	}
	d->part.documents++;
	d->answer.hinted |= !d->part.embedded && d->part.is_packed;
	if (d->answer.reports == dissect_max_reports(d) ||
	    d->answer.out->len > DISSECT_ANSWER_MAX) {
		d->answer.too_many = true;
		return -1;
	}
	d->doc.name = name;
	d->message.facts.odd_name = d->part.leaf->odd_name &&
	    name == d->part.leaf->filename;
	d->doc.recoded.is_utf8 = true;
	d->doc.keep = true;
	d->kept.len = 0;
	context = hints_of(d);
	if (kind == UNPACK_XML)
		d->doc.aggregate = aggregate_new(&d->options.limits, &context);
	return 0;
}

/* Keep what may have to be repaired.  -1: no need to go on. */
static int
document_keep(struct dissect *d, const char *data, size_t len)
{
	if (d->doc.err.class != ERR_NONE &&
	    !aggregate_is_broken(d->doc.aggregate))
		d->doc.keep = false;
	if (d->doc.keep && d->kept.len + len <= LIMIT_REPAIR) {
		buf_add(&d->kept, data, len);
		return 0;
	}
	d->doc.keep = false;
	buf_done(&d->kept);
	return d->doc.err.class != ERR_NONE ? -1 : 0;
}

static int
json_data(struct dissect *d, const char *data, size_t len)
{
	size_t room = LIMIT_JSON_SIZE - d->kept.len;

	/* Also of what is too large: it shows whether that is a report. */
	buf_add(&d->kept, data, len < room ? len : room);
	if (len <= room)
		return 0;
	return err_set(&d->doc.err, ERR_LIMIT, "more than %lu bytes of JSON",
	    LIMIT_JSON_SIZE);
}

/* Plain ones are the walk's. */
static bool
may_hold_message(const struct dissect *d)
{
	return unpack_is_container(d->part.leaf->data, d->part.leaf->len);
}

static int
document_data(void *arg, const char *data, size_t len)
{
	struct dissect *d = arg;
	size_t n = sizeof(d->doc.head) - d->doc.head_len;

	if (d->doc.kind == UNPACK_JSON)
		return json_data(d, data, len);
	if (d->doc.entry.is_message)
		return dissect_message_data(d, data, len);
	if (d->doc.aggregate == NULL) {
		if (d->doc.head_len == 0 && may_hold_message(d) &&
		    dissect_message_look(d, data, len))
			return dissect_message_data(d, data, len);
		n = len < n ? len : n;
		memcpy(d->doc.head + d->doc.head_len, data, n);
		d->doc.head_len += n;
		return d->doc.head_len == sizeof(d->doc.head) ? -1 : 0;
	}
	if (d->doc.head_len == 0 && hint_is_html(data, len)) {
		err_set(&d->doc.err, ERR_DATA, "a web page");
		d->doc.keep = false;
		return -1;
	}
	recoded_look(d, data, len);
	d->doc.head_len = 1;
	if (d->doc.err.class == ERR_NONE)
		push_xml(d, data, len);
	return document_keep(d, data, len);
}

/* Once for a message: an archive may hold very many documents. */
static void
read_tls_fields(struct dissect *d)
{
	if (d->message.tls_fields_read)
		return;
	d->message.tls_fields_read = true;
	d->message.tls_domain = mime_read_field(d->message.data, d->message.len,
	    "tls-report-domain", d->message.arena);
	d->message.tls_submitter = mime_read_field(d->message.data,
	    d->message.len, "tls-report-submitter", d->message.arena);
}

/* JSON that is no report is no problem: anybody may send some. */
static void
json_end(struct dissect *d, const struct err *why)
{
	struct tlsrpt_context context = { .filename = d->doc.name,
		.cost = &d->answer.cost };
	struct tlsrpt_result result = { 0 };

	if (d->message.is_mail) {
		context.mail = &d->message.facts;
		read_tls_fields(d);
		context.domain = d->message.tls_domain;
		context.submitter = d->message.tls_submitter;
	}
	if (why == NULL && d->doc.err.class != ERR_NONE)
		why = &d->doc.err;
	if (why == NULL) {
		context.charset = part_charset(d);
		why = tlsrpt_read(&d->kept, &context,
		          dissect_max_reports(d) - d->answer.reports,
		          d->answer.out, &result, &d->doc.err) == -1
		    ? &d->doc.err
		    : NULL;
		d->answer.reports += result.reports;
		d->answer.too_many |= result.too_many;
		if (why == NULL)
			return;
	}
	if (context.domain == NULL && context.submitter == NULL &&
	    !hint_is_tls_report(d->part.leaf) &&
	    !hint_is_report_name(d->doc.name) && result.reports == 0 &&
	    !tlsrpt_is_likely(d->kept.at, d->kept.len))
		return;
	if (d->part.embedded && result.reports == 0) {
		missing_note_document(&d->message.missing, d->part.leaf, why);
		return;
	}
	d->answer.hinted = true;
	dissect_add_problem(d, dissect_kind_of(why), why->text);
}

/* Neither XML nor JSON: Yahoo once sent "unused" (spec Q-27). */
static void
other_end(struct dissect *d)
{
	if (d->part.is_packed &&
	    (hint_is_blank(d->doc.head, d->doc.head_len) ||
	        (d->doc.head_len < 10 &&
	            memmem(d->doc.head, d->doc.head_len, "unused", 6) !=
	                NULL))) {
		d->message.not_report = "an empty report";
		missing_note_empty(&d->message.missing, d->part.leaf);
	}
}

/* A repair may find several reports, or one with less in it. */
static bool
document_repair(struct dissect *d)
{
	struct aggregate_context context = hints_of(d);
	struct repair_result result;

	context.charset = part_charset(d);
	repair_run(&d->kept, &d->options.limits, &context,
	    dissect_max_reports(d) - d->answer.reports, d->answer.out, &result);
	d->answer.reports += result.reports;
	d->answer.too_many |= result.too_many;
	if (result.reports == 0)
		return false;
	d->doc.err.class = ERR_NONE;
	if (result.lost[0] != '\0')
		err_set(&d->doc.err, ERR_DATA, "%s", result.lost);
	return true;
}

/* why: what was wrong with the archive around, or NULL. */
static void
xml_end(struct dissect *d, const struct err *why)
{
	int reports = d->answer.reports;
	bool likely, broken;

	/* What was cut off or refused before it showed what it is. */
	likely = hint_is_report_name(d->doc.name) ||
	    (hint_is_promising(d->part.leaf) &&
	        (why != NULL || d->doc.err.class == ERR_LIMIT));
	if (d->doc.err.class == ERR_NONE && !is_recoded(d) &&
	    aggregate_finish(d->doc.aggregate, d->answer.out, &d->doc.err) ==
	        0) {
		d->answer.reports += aggregate_reports(d->doc.aggregate);
		likely = true;
	}
	if (aggregate_is_report(d->doc.aggregate)) {
		likely = true;
		d->answer.hinted |= !d->part.embedded;
	}
	broken = aggregate_is_broken(d->doc.aggregate) || is_recoded(d);
	aggregate_free(d->doc.aggregate);
	d->doc.aggregate = NULL;
	if (broken && d->doc.keep && (why == NULL || why->class == ERR_DATA) &&
	    document_repair(d)) {
		likely = true;
		if (d->doc.err.class != ERR_NONE)
			why = NULL;
	}
	if (d->answer.cost.refused && d->doc.err.class != ERR_NONE) {
		likely = true;
		why = NULL;
		(void)cost_pay(&d->answer.cost, 0, &d->doc.err);
	}
	if (why == NULL && d->doc.err.class != ERR_NONE)
		why = &d->doc.err;
	if (!likely || why == NULL)
		return;
	if (d->part.embedded && d->answer.reports == reports)
		missing_note_document(&d->message.missing, d->part.leaf, why);
	else
		dissect_add_problem(d, dissect_kind_of(why), why->text);
}

static void
document_end(void *arg, const struct err *why)
{
	struct dissect *d = arg;

	if (d->doc.aggregate != NULL)
		xml_end(d, why);
	else if (d->doc.kind == UNPACK_JSON)
		json_end(d, why);
	else if (d->doc.entry.is_message)
		dissect_message_end(d, why);
	else
		other_end(d);
	if (d->kept.cap > DISSECT_KEEP_MAX)
		buf_done(&d->kept);
	d->doc.name = NULL;
}

int
dissect_read_documents(struct dissect *d, struct err *err)
{
	const struct unpack_sink sink = { document_begin, document_data,
		document_end, d };
	const struct mime_leaf *leaf = d->part.leaf;

	d->part.is_packed = unpack_is_container(leaf->data, leaf->len);
	d->part.charset_read = false;
	return unpack_run(leaf->data, leaf->len, leaf->filename,
	    &d->answer.budget, &sink, err);
}
