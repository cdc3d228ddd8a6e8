/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/failure.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/aggregate_record.h"
#include "parse/domain.h"
#include "parse/date.h"
#include "parse/failure_text.h"
#include "parse/hint.h"
#include "parse/mime.h"
#include "parse/mime_decode.h"
#include "parse/mime_header.h"
#include "parse/value.h"
#include "report/canon.h"
#include "report/failure_report.h"
#include "report/wire.h"

struct failure_reader {
	struct arena arena;
	struct failure_report failure;
	bool keep_samples;
	bool has_sample;
	bool odd_text; /* bytes of no declared charset in what is stored */
	int64_t received_ts;     /* Received-Date:, the old Arrival-Date: */
	const char *from_domain; /* of the sample */
	struct buf canon;        /* what the digest is of */
	struct buf rcpt;         /* Original-Rcpt-To:, joined */
	struct buf text;         /* a value that is being put together */
};

struct failure_reader *
failure_new(bool keep_samples)
{
	struct failure_reader *r = xcalloc(1, sizeof(*r));

	r->keep_samples = keep_samples;
	return r;
}

void
failure_free(struct failure_reader *r)
{
	if (r == NULL)
		return;
	arena_done(&r->arena);
	failure_report_done(&r->failure);
	buf_done(&r->canon);
	buf_done(&r->rcpt);
	buf_done(&r->text);
	free(r);
}

static void
begin(struct failure_reader *r)
{
	arena_reset(&r->arena);
	failure_report_reset(&r->failure);
	r->odd_text = false;
	r->has_sample = false;
	r->received_ts = 0;
	r->from_domain = NULL;
	r->canon.len = r->rcpt.len = 0;
}

/* --- values --------------------------------------------------------------- */

/* The first word of a value, in lower case if asked; NULL when empty. */
static const char *
read_word(struct failure_reader *r, const char *text, bool lower)
{
	char *word;
	size_t n;

	if (text == NULL || (n = strcspn(text, " \t(;,")) == 0)
		return NULL;
	word = arena_strndup(&r->arena, text, n);
	return lower ? text_lower(word) : word;
}

/* The address of a path, without its angle brackets; "" is the null sender. */
static const char *
read_path(struct failure_reader *r, const char *text)
{
	const char *end;

	if (text == NULL)
		return "";
	if (text[0] != '<')
		return text;
	end = strchr(++text, '>');
	return arena_strndup(
	    &r->arena, text, end != NULL ? (size_t)(end - text) : strlen(text));
}

static void
read_recipient(struct failure_reader *r, const char *text)
{
	const char *path = read_path(r, text);
	size_t n = strlen(path);

	if (n == 0 || r->rcpt.len + 2 + n > LIMIT_TEXT)
		return;
	if (r->rcpt.len > 0)
		buf_add_str(&r->rcpt, ", ");
	buf_add(&r->rcpt, path, n);
}

/* OpenDMARC writes the host's name behind it (spec F-6). */
static void
read_source(struct failure_reader *r, const char *text)
{
	struct failure_report *f = &r->failure;
	bool more = false;

	if (text == NULL)
		return;
	f->source_ip = value_read_address(text, &r->arena, &more);
	if (f->source_ip == NULL)
		failure_report_add_quirk(f, "bad-source-ip");
	else if (more)
		failure_report_add_quirk(f, "source-with-name");
}

/* RFC 6591's words, and what else is said (spec F-7). */
static void
read_delivery(struct failure_reader *r, const char *text)
{
	static const char *const legal[] = { "delivered", "spam", "policy",
		"reject", "other" };
	static const struct {
		const char *part, *word;
	} also[] = { { "deliver", "delivered" }, { "accept", "delivered" },
		{ "reject", "reject" }, { "spam", "spam" },
		{ "quarantine", "spam" }, { "policy", "policy" } };
	struct failure_report *f = &r->failure;
	size_t i;

	if (text == NULL)
		return;
	for (i = 0; i < sizeof(legal) / sizeof(*legal); i++)
		if (strcasecmp(text, legal[i]) == 0) {
			f->delivery_result = legal[i];
			return;
		}
	failure_report_add_quirk(f, "mapped-word");
	f->delivery_result = "other";
	for (i = 0; i < sizeof(also) / sizeof(*also); i++)
		if (strcasestr(text, also[i].part) != NULL) {
			f->delivery_result = also[i].word;
			return;
		}
}

static void
read_incidents(struct failure_reader *r, const char *text)
{
	int64_t n = 0;
	enum value_count kind;

	if (text == NULL)
		return;
	kind = value_read_count(text, &n);
	r->failure.incidents = n < 1 ? 1 : n > INT32_MAX ? INT32_MAX : n;
	if (kind < COUNT_OTHER || r->failure.incidents != n)
		failure_report_add_quirk(&r->failure, "bad-count");
}

/* 0 when it is none (spec Q-122). */
static int64_t
read_time(struct failure_reader *r, const struct mime_field *field)
{
	size_t len = field->len;
	struct date d;

	if (text_trim(field->value, &len) == NULL || len == 0)
		return 0;
	if (!date_read(field->value, field->len, &d)) {
		failure_report_add_quirk(&r->failure, "bad-time");
		return 0;
	}
	if (d.form == DATE_NUMBER)
		failure_report_add_quirk(&r->failure, "time-number");
	else if (d.form == DATE_ISO)
		failure_report_add_quirk(&r->failure, "time-text");
	return d.ts;
}

static const char *
read_domain(struct failure_reader *r, const char *text)
{
	const char *word = read_word(r, text, false);

	if (word != NULL)
		word = aggregate_word(aggregate_read_domain(word, &r->arena));
	aggregate_note_domain(&r->failure.quirks, text, word);
	if (word == NULL || domain_is_possible(word))
		return word;
	failure_report_add_quirk(&r->failure, "bad-domain");
	return domain_cut(word, &r->arena);
}

/* --- the report part ------------------------------------------------------ */

/* What makes two copies equal: names and values, however they were folded. */
static void
note_field(
    struct failure_reader *r, const struct mime_field *f, const char *text)
{
	size_t i;

	for (i = 0; i < f->name_len; i++)
		buf_add_char(&r->canon,
		    (char)(f->name[i] >= 'A' && f->name[i] <= 'Z'
		            ? f->name[i] | 0x20
		            : f->name[i]));
	buf_add_char(&r->canon, '\0');
	canon_str(&r->canon, text);
}

/* The first of its name counts, but for recipients. */
static void
read_field(struct failure_reader *r, const struct mime_field *field)
{
	struct failure_report *f = &r->failure;
	const char *text = mime_field_text(
	    field->value, field->len, &r->arena, &r->odd_text);

	note_field(r, field, text);
#define IS(name, member) (mime_field_is(field, name) && f->member == NULL)
	if (IS("feedback-type", feedback_type))
		f->feedback_type = read_word(r, text, true);
	else if (IS("user-agent", user_agent))
		f->user_agent = text;
	else if (IS("source-ip", source_ip))
		read_source(r, text);
	else if (IS("reported-domain", reported_domain))
		f->reported_domain = read_domain(r, text);
	else if (IS("auth-failure", auth_failure))
		f->auth_failure = read_word(r, text, true);
	else if (IS("delivery-result", delivery_result))
		read_delivery(r, text);
	else if (IS("original-mail-from", mail_from))
		f->mail_from = read_path(r, text);
	else if (IS("dkim-domain", dkim_domain))
		f->dkim_domain = read_domain(r, text);
	else if (IS("dkim-selector", dkim_selector))
		f->dkim_selector = read_word(r, text, false);
	else if (IS("authentication-results", auth_results))
		f->auth_results = text;
	else if (IS("identity-alignment", identity_alignment))
		f->identity_alignment = text;
#undef IS
	else if (mime_field_is(field, "original-rcpt-to"))
		read_recipient(r, text);
	else if (mime_field_is(field, "incidents"))
		read_incidents(r, text);
	else if (mime_field_is(field, "arrival-date") && f->arrival_ts == 0)
		f->arrival_ts = read_time(r, field);
	else if (mime_field_is(field, "received-date") && r->received_ts == 0)
		r->received_ts = read_time(r, field);
}

/* after: behind them, and the empty line */
static enum failure_kind
read_fields(
    struct failure_reader *r, const char *data, size_t len, const char **after)
{
	struct failure_report *f = &r->failure;
	struct mime_header h;
	struct mime_field field;

	begin(r);
	mime_header_start(&h, data, len, true);
	while (mime_header_next(&h, &field))
		read_field(r, &field);
	*after = h.pos;
	if (f->feedback_type != NULL)
		return strcmp(f->feedback_type, "auth-failure") == 0
		    ? FAILURE_AUTH
		    : FAILURE_ABUSE;
	if (f->auth_failure == NULL && f->auth_results == NULL &&
	    f->identity_alignment == NULL)
		return FAILURE_NOTHING;
	failure_report_add_quirk(f, "no-feedback-type");
	return FAILURE_AUTH;
}

enum failure_kind
failure_read_fields(struct failure_reader *r, const char *data, size_t len)
{
	const char *after;
	enum failure_kind kind = read_fields(r, data, len, &after);

	if (kind != FAILURE_NOTHING ||
	    (after = failure_find_fields(data, len)) == NULL)
		return kind;
	return read_fields(r, after, len - (size_t)(after - data), &after);
}

/* --- texts for people ----------------------------------------------------- */

bool
failure_has_fields(const char *data, size_t len)
{
	return failure_find_fields(data, len) != NULL;
}

void
failure_read_among(struct failure_reader *r, const char *data, size_t len)
{
	const char *end = data + len, *p = failure_find_fields(data, len);

	if (p == NULL)
		return;
	read_fields(r, p, (size_t)(end - p), &p);
	failure_report_add_quirk(&r->failure, "no-feedback-part");
	while (p < end && text_is_space(*p))
		p++;
	if (mime_is_mail(p, (size_t)(end - p)))
		failure_read_sample(r, p, (size_t)(end - p));
}

/* The value as a field, for the digest; its text. */
static const char *
label_text(struct failure_reader *r, enum failure_label which,
    const char *value, const char *end)
{
	const struct mime_field f = { failure_label_name(which),
		strlen(failure_label_name(which)), value,
		(size_t)(end - value) };
	const char *text = mime_field_text(
	    f.value, f.len, &r->arena, &r->odd_text);

	note_field(r, &f, text);
	return text;
}

/* These three are what the gateway found; keep its words. */
static void
read_finding(
    struct failure_reader *r, enum failure_label which, const char *text)
{
	if (text == NULL || r->text.len + strlen(text) + 32 > LIMIT_TEXT)
		return;
	buf_printf(&r->text, "%s%s: %s", r->text.len > 0 ? "; " : "",
	    failure_label_name(which), text);
	if (which == FAILURE_RESULTS)
		read_delivery(r, text);
}

static void
read_label(struct failure_reader *r, enum failure_label which,
    const char *value, const char *end)
{
	struct failure_report *f = &r->failure;
	const char *text = label_text(r, which, value, end);

	const struct mime_field field = { .value = value,
		.len = (size_t)(end - value) };

	switch (which) {
	case FAILURE_DOMAIN:
		f->reported_domain = read_domain(r, text);
		break;
	case FAILURE_ADDRESS:
		read_source(r, text);
		break;
	case FAILURE_DATE:
		f->arrival_ts = read_time(r, &field);
		break;
	default:
		read_finding(r, which, text);
	}
}

bool
failure_is_text(const char *data, size_t len)
{
	return failure_find_labels(data, len) != NULL;
}

void
failure_read_text(struct failure_reader *r, const char *data, size_t len)
{
	const char *end = data + len, *p, *next, *stop, *value, *copy;
	struct failure_report *f = &r->failure;
	enum failure_label which, following;
	bool seen[FAILURE_LABELS] = { false };

	begin(r);
	r->text.len = 0;
	if ((p = failure_find_labels(data, len)) != NULL)
		data = p;
	stop = failure_text_end(data, end);
	p = failure_find_label(data, stop, &which, &value);
	while (p != NULL) {
		const char *after;

		next = failure_find_label(value, stop, &following, &after);
		if (!seen[which])
			read_label(r, which, value,
			    failure_value_end(
			        value, next != NULL ? next : stop));
		seen[which] = true;
		p = next;
		which = following;
		value = after;
	}
	if (r->text.len > 0)
		f->auth_results = arena_strndup(
		    &r->arena, r->text.at, r->text.len);
	f->feedback_type = "auth-failure";
	f->auth_failure = "dmarc";
	failure_report_add_quirk(f, "no-feedback-part");
	if ((copy = failure_find_copy(data, end)) != NULL)
		failure_read_sample(r, copy, (size_t)(end - copy));
}

/* --- the sample ----------------------------------------------------------- */

/* A tag of a DKIM-Signature: (RFC 6376, 3.2) without white space; or NULL. */
static const char *
read_tag(struct failure_reader *r, const struct mime_field *f, char tag)
{
	const char *p = f->value, *end = p + f->len, *semi;

	for (; p < end; p = semi + 1) {
		if ((semi = memchr(p, ';', (size_t)(end - p))) == NULL)
			semi = end;
		while (p < semi && text_is_space(*p))
			p++;
		if (p == semi || *p++ != tag)
			continue;
		while (p < semi && text_is_space(*p))
			p++;
		if (p == semi || *p++ != '=')
			continue;
		r->text.len = 0;
		for (; p < semi && r->text.len < LIMIT_TEXT; p++)
			if (!text_is_space(*p))
				buf_add_char(&r->text, *p);
		return mime_field_text(
		    buf_str(&r->text), r->text.len, &r->arena, NULL);
	}
	return NULL;
}

/* The report's own domain and selector go first. */
static void
read_signature(struct failure_reader *r, const struct mime_field *field)
{
	struct failure_report *f = &r->failure;
	const char *domain;

	if (f->dkim_selector != NULL)
		return;
	domain = read_domain(r, read_tag(r, field, 'd'));
	if (domain == NULL ||
	    (f->dkim_domain != NULL && strcmp(f->dkim_domain, domain) != 0))
		return;
	f->dkim_domain = domain;
	f->dkim_selector = read_tag(r, field, 's');
}

/* The block as it is, for people: lines of UTF-8. */
static void
keep_sample(struct failure_reader *r, const char *p, size_t len)
{
	const char *end = p + len, *nl;
	bool odd = false; /* that is no matter: it is not taken apart */
	size_t n;

	r->text.len = 0;
	while (p < end && r->text.len < LIMIT_SAMPLE) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		n = (size_t)(nl - p);
		if (n > 0 && p[n - 1] == '\r')
			n--;
		mime_decode_text(NULL, 0, p, n, &r->text, &odd);
		buf_add_char(&r->text, '\n');
		p = nl < end ? nl + 1 : end;
	}
	mime_cut(&r->text, LIMIT_SAMPLE);
	r->failure.sample = arena_strndup(&r->arena, r->text.at, r->text.len);
}

void
failure_read_sample(struct failure_reader *r, const char *data, size_t len)
{
	struct failure_report *f = &r->failure;
	struct mail_facts facts;
	struct mime_header h;
	struct mime_field field;
	const char *text;

	if (r->has_sample)
		return;
	r->has_sample = true;
	mime_read_facts(data, len, &r->arena, &facts);
	f->header_from = facts.sender;
	f->subject = facts.subject;
	f->msgid = facts.msgid;
	r->odd_text |= facts.odd_text;
	r->from_domain = facts.from_domain;
	mime_header_start(&h, data, len, true);
	while (mime_header_next(&h, &field)) {
		text = mime_field_text(field.value, field.len, &r->arena, NULL);
		note_field(r, &field, text);
		/* Below the topmost are the sender's own, if any. */
		if (mime_field_is(&field, "authentication-results") &&
		    f->auth_results == NULL && text != NULL) {
			f->auth_results = text;
			failure_report_add_quirk(f, "derived-results");
		} else if (mime_field_is(&field, "dkim-signature"))
			read_signature(r, &field);
	}
	if (r->keep_samples && h.pos > h.start)
		keep_sample(r, h.start, (size_t)(h.pos - h.start));
}

/* --- the line ------------------------------------------------------------- */

void
failure_finish(
    struct failure_reader *r, const struct mail_facts *mail, struct buf *out)
{
	struct failure_report *f = &r->failure;

	if (f->arrival_ts == 0)
		f->arrival_ts = r->received_ts;
	if (f->arrival_ts == 0 && mail->sent_ts != 0) {
		f->arrival_ts = mail->sent_ts;
		canon_int(&r->canon, mail->sent_ts); /* tells two apart */
		failure_report_add_quirk(f, "derived-arrival");
	}
	if (f->reported_domain == NULL && r->from_domain != NULL) {
		f->reported_domain = r->from_domain;
		failure_report_add_quirk(f, "derived-domain");
	}
	if (!r->has_sample)
		failure_report_add_quirk(f, "no-sample");
	if (r->odd_text || mail->odd_text)
		failure_report_add_quirk(f, "bad-charset");
	if (r->rcpt.len > 0)
		f->rcpt_to = arena_strndup(&r->arena, r->rcpt.at, r->rcpt.len);
	sha256_hash(r->canon.at, r->canon.len, f->content_sha256);
	wire_write_failure(out, f);
}
