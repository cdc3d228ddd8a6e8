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
hints_of(struct dissect *in)
{
	return (struct aggregate_context) {
		.filename = in->name,
		.mail = in->is_mail ? &in->facts : NULL,
		.cost = &in->cost,
		.taken = in->out->len,
	};
}

/* The character set of Content-Type: once for a part, when it is wanted. */
static const char *
part_charset(struct dissect *in)
{
	const struct mime_leaf *leaf = in->leaf;

	if (!in->charset_read) {
		in->charset_read = true;
		in->has_charset = leaf->content_type != NULL &&
		    mime_field_param(leaf->content_type, leaf->content_type_len,
		        "charset", &in->charset, NULL);
	}
	return in->has_charset ? buf_str(&in->charset) : NULL;
}

/* --- documents that were recoded ------------------------------------------ */

#define CHANCE 3 /* characters that are not UTF-8 by chance */

/*
 * Gateways recode text to UTF-8 and leave the declaration as it was, so that
 * every other character becomes two.  It is UTF-8 when what it then says was
 * in the declared character set before, or is long.  That is told for sets of
 * single bytes only; for others, the mail must say so.
 */
static bool
may_be_recoded(struct dissect *in, const char *data, size_t len)
{
	const char *label, *charset;
	const struct charset *set, *outer;
	size_t n;

	if ((label = repair_find_label(data, len, &n)) == NULL ||
	    (set = charset_find(label, n)) == NULL || charset_is_utf8(set))
		return false;
	in->recoded.set = set;
	if (charset_is_single(set))
		return true;
	charset = part_charset(in);
	outer = charset != NULL ? charset_find(charset, strlen(charset)) : NULL;
	return outer != NULL && charset_is_utf8(outer);
}

static void
see_character(struct dissect *in, uint32_t c)
{
	if (c < 0x80)
		return;
	in->recoded.seen++;
	if (in->recoded.seen <= CHANCE && charset_is_single(in->recoded.set) &&
	    !charset_can_say(in->recoded.set, c))
		in->recoded.by_chance = true;
}

/* Look at the next bytes; characters may be cut between two calls. */
static void
look_for_utf8(struct dissect *in, const char *data, size_t len)
{
	size_t n, room, i = 0;
	uint32_t c;

	while (in->recoded.n_rest > 0 && i < len) {
		room = sizeof(in->recoded.rest) - in->recoded.n_rest;
		if (room == 0 || ((unsigned char)data[i] & 0xc0) != 0x80)
			break;
		in->recoded.rest[in->recoded.n_rest++] = data[i++];
		if (text_utf8_char(in->recoded.rest, in->recoded.n_rest, &c) ==
		    0)
			continue;
		in->recoded.n_rest = 0;
		see_character(in, c);
	}
	if (in->recoded.n_rest > 0 && i < len)
		in->recoded.is_utf8 = false;
	for (; i < len && in->recoded.is_utf8; i += n) {
		if ((n = text_utf8_char(data + i, len - i, &c)) > 0) {
			see_character(in, c);
			continue;
		}
		if (len - i > 3) {
			in->recoded.is_utf8 = false;
			break;
		}
		in->recoded.n_rest = len - i;
		memcpy(in->recoded.rest, data + i, len - i);
		break;
	}
}

/* Declared to be in single bytes, which libxml2 is spared. */
static bool
is_single(const struct dissect *in)
{
	return in->recoded.set != NULL && charset_is_single(in->recoded.set);
}

/* What is not in its character set goes on as it is: libxml2 refuses it. */
static void
push_xml(struct dissect *in, const char *data, size_t len)
{
	in->utf8.len = 0;
	if (is_single(in) &&
	    charset_decode(in->recoded.set, data, len, &in->utf8) ==
	        CHARSET_GOOD)
		aggregate_push(
		    in->aggregate, in->utf8.at, in->utf8.len, &in->err);
	else
		aggregate_push(in->aggregate, data, len, &in->err);
}

static void
recoded_look(struct dissect *in, const char *data, size_t len)
{
	if (in->head_len == 0) {
		in->recoded.declared = may_be_recoded(in, data, len);
		if (is_single(in))
			aggregate_ignore_encoding(in->aggregate);
	}
	if (in->recoded.declared && in->recoded.is_utf8)
		look_for_utf8(in, data, len);
}

static bool
is_recoded(const struct dissect *in)
{
	return in->recoded.declared && in->recoded.is_utf8 && in->keep &&
	    (in->recoded.seen > CHANCE ||
	        (in->recoded.seen > 0 && !in->recoded.by_chance));
}

/* --- XML, JSON and others ------------------------------------------------- */

static int
document_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct dissect *in = arg;
	struct aggregate_context context;

	in->name = name;
	in->facts.odd_name = in->leaf->odd_name && name == in->leaf->filename;
	in->kind = kind;
	in->err.class = ERR_NONE;
	in->head_len = 0;
	memset(&in->recoded, 0, sizeof(in->recoded));
	in->recoded.is_utf8 = true;
	if (kind == UNPACK_OTHER) {
		dissect_message_begin(in);
		return 0;
	}
	in->documents++;
	in->hinted |= !in->embedded && in->is_packed;
	if (in->reports == dissect_max_reports(in) ||
	    in->out->len > DISSECT_ANSWER_MAX) {
		in->too_many = true;
		return -1;
	}
	in->keep = true;
	in->kept.len = 0;
	context = hints_of(in);
	if (kind == UNPACK_XML)
		in->aggregate = aggregate_new(&in->limits, &context);
	return 0;
}

/* Keep what may have to be repaired.  -1: no need to go on. */
static int
document_keep(struct dissect *in, const char *data, size_t len)
{
	if (in->err.class != ERR_NONE && !aggregate_is_broken(in->aggregate))
		in->keep = false;
	if (in->keep && in->kept.len + len <= LIMIT_REPAIR) {
		buf_add(&in->kept, data, len);
		return 0;
	}
	in->keep = false;
	buf_done(&in->kept);
	return in->err.class != ERR_NONE ? -1 : 0;
}

static int
json_data(struct dissect *in, const char *data, size_t len)
{
	size_t room = LIMIT_JSON_SIZE - in->kept.len;

	/* Also of what is too large: it shows whether that is a report. */
	buf_add(&in->kept, data, len < room ? len : room);
	if (len <= room)
		return 0;
	return err_set(&in->err, ERR_LIMIT, "more than %lu bytes of JSON",
	    LIMIT_JSON_SIZE);
}

/* Plain ones are the walk's. */
static bool
may_hold_message(const struct dissect *in)
{
	return unpack_is_container(in->leaf->data, in->leaf->len);
}

static int
document_data(void *arg, const char *data, size_t len)
{
	struct dissect *in = arg;
	size_t n = sizeof(in->head) - in->head_len;

	if (in->kind == UNPACK_JSON)
		return json_data(in, data, len);
	if (in->message.is_message)
		return dissect_message_data(in, data, len);
	if (in->aggregate == NULL) {
		if (in->head_len == 0 && may_hold_message(in) &&
		    dissect_message_look(in, data, len))
			return dissect_message_data(in, data, len);
		n = len < n ? len : n;
		memcpy(in->head + in->head_len, data, n);
		in->head_len += n;
		return in->head_len == sizeof(in->head) ? -1 : 0;
	}
	if (in->head_len == 0 && hint_is_html(data, len)) {
		err_set(&in->err, ERR_DATA, "a web page");
		in->keep = false;
		return -1;
	}
	recoded_look(in, data, len);
	in->head_len = 1;
	if (in->err.class == ERR_NONE)
		push_xml(in, data, len);
	return document_keep(in, data, len);
}

/* Once for a mail: an archive may hold very many documents. */
static void
read_tls_fields(struct dissect *in)
{
	if (in->tls_fields_read)
		return;
	in->tls_fields_read = true;
	in->tls_domain = mime_read_field(
	    in->data, in->len, "tls-report-domain", &in->arena);
	in->tls_submitter = mime_read_field(
	    in->data, in->len, "tls-report-submitter", &in->arena);
}

/* JSON that is no report is no problem: anybody may send some. */
static void
json_end(struct dissect *in, const struct err *why)
{
	struct tlsrpt_context context = { .filename = in->name,
		.cost = &in->cost };
	struct tlsrpt_result result = { 0 };

	if (in->is_mail) {
		context.mail = &in->facts;
		read_tls_fields(in);
		context.domain = in->tls_domain;
		context.submitter = in->tls_submitter;
	}
	if (why == NULL && in->err.class != ERR_NONE)
		why = &in->err;
	if (why == NULL) {
		context.charset = part_charset(in);
		why = tlsrpt_read(&in->kept, &context,
		          dissect_max_reports(in) - in->reports, in->out,
		          &result, &in->err) == -1
		    ? &in->err
		    : NULL;
		in->reports += result.reports;
		in->too_many |= result.too_many;
		if (why == NULL)
			return;
	}
	if (context.domain == NULL && context.submitter == NULL &&
	    !hint_is_tls_report(in->leaf) && !hint_is_report_name(in->name) &&
	    result.reports == 0 && !tlsrpt_is_likely(in->kept.at, in->kept.len))
		return;
	if (in->embedded && result.reports == 0) {
		missing_note_document(&in->missing, in->leaf, why);
		return;
	}
	in->hinted = true;
	dissect_add_problem(in, dissect_kind_of(why), why->text);
}

/* Neither XML nor JSON: Yahoo once sent "unused" (spec Q-27). */
static void
other_end(struct dissect *in)
{
	if (in->is_packed &&
	    (hint_is_blank(in->head, in->head_len) ||
	        (in->head_len < 10 &&
	            memmem(in->head, in->head_len, "unused", 6) != NULL))) {
		in->not_report = "an empty report";
		missing_note_empty(&in->missing, in->leaf);
	}
}

/* A repair may find several reports, or one with less in it. */
static bool
document_repair(struct dissect *in)
{
	struct aggregate_context context = hints_of(in);
	struct repair_result result;

	context.charset = part_charset(in);
	repair_run(&in->kept, &in->limits, &context,
	    dissect_max_reports(in) - in->reports, in->out, &result);
	in->reports += result.reports;
	in->too_many |= result.too_many;
	if (result.reports == 0)
		return false;
	in->err.class = ERR_NONE;
	if (result.lost[0] != '\0')
		err_set(&in->err, ERR_DATA, "%s", result.lost);
	return true;
}

/* why: what was wrong with the archive around, or NULL. */
static void
xml_end(struct dissect *in, const struct err *why)
{
	int reports = in->reports;
	bool likely, broken;

	/* What was cut off or refused before it showed what it is. */
	likely = hint_is_report_name(in->name) ||
	    (hint_is_promising(in->leaf) &&
	        (why != NULL || in->err.class == ERR_LIMIT));
	if (in->err.class == ERR_NONE && !is_recoded(in) &&
	    aggregate_finish(in->aggregate, in->out, &in->err) == 0) {
		in->reports += aggregate_reports(in->aggregate);
		likely = true;
	}
	if (aggregate_is_report(in->aggregate)) {
		likely = true;
		in->hinted |= !in->embedded;
	}
	broken = aggregate_is_broken(in->aggregate) || is_recoded(in);
	aggregate_free(in->aggregate);
	in->aggregate = NULL;
	if (broken && in->keep && (why == NULL || why->class == ERR_DATA) &&
	    document_repair(in)) {
		likely = true;
		if (in->err.class != ERR_NONE)
			why = NULL;
	}
	if (in->cost.refused && in->err.class != ERR_NONE) {
		likely = true;
		why = NULL;
		(void)cost_pay(&in->cost, 0, &in->err);
	}
	if (why == NULL && in->err.class != ERR_NONE)
		why = &in->err;
	if (!likely || why == NULL)
		return;
	if (in->embedded && in->reports == reports)
		missing_note_document(&in->missing, in->leaf, why);
	else
		dissect_add_problem(in, dissect_kind_of(why), why->text);
}

static void
document_end(void *arg, const struct err *why)
{
	struct dissect *in = arg;

	if (in->aggregate != NULL)
		xml_end(in, why);
	else if (in->kind == UNPACK_JSON)
		json_end(in, why);
	else if (in->message.is_message)
		dissect_message_end(in, why);
	else
		other_end(in);
	if (in->kept.cap > DISSECT_KEEP_MAX)
		buf_done(&in->kept);
	in->name = NULL;
}

int
dissect_read_documents(struct dissect *in, struct err *err)
{
	const struct unpack_sink sink = { document_begin, document_data,
		document_end, in };
	const struct mime_leaf *leaf = in->leaf;

	in->is_packed = unpack_is_container(leaf->data, leaf->len);
	in->charset_read = false;
	return unpack_run(
	    leaf->data, leaf->len, leaf->filename, &in->budget, &sink, err);
}
