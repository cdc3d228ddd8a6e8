/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_input.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/charset.h"
#include "parse/dsn.h"
#include "parse/explain_encoded.h"
#include "parse/header_line.h"
#include "parse/mime_header.h"
#include "parse/smtp_reply.h"

/* --- bytes ---------------------------------------------------------------- */

static bool
starts_with(const struct explain_input *in, const char *bytes, size_t n)
{
	return in->len >= n && memcmp(in->data, bytes, n) == 0;
}

/* What was mended is the input now. */
static void
take_text(struct explain_input *in, struct buf *text)
{
	buf_done(&in->text);
	in->text = *text;
	memset(text, 0, sizeof(*text));
	in->data = buf_str(&in->text);
	in->len = in->text.len;
	in->is_intact = false;
}

/* As editors save it: a mark, UTF-16, line ends of CR only. */
static void
read_bytes(struct explain_input *in)
{
	struct buf text = { 0 };
	size_t i;

	if (starts_with(in, "\xef\xbb\xbf", 3)) {
		in->data += 3;
		in->len -= 3;
	} else if (starts_with(in, "\xff\xfe", 2) ||
	    starts_with(in, "\xfe\xff", 2)) {
		charset_decode_utf16(
		    in->data + 2, in->len - 2, in->data[0] == '\xfe', &text);
		take_text(in, &text);
	}
	if (in->len == 0 || memchr(in->data, '\n', in->len) != NULL ||
	    memchr(in->data, '\r', in->len) == NULL)
		return;
	buf_add(&text, in->data, in->len);
	for (i = 0; i < text.len; i++)
		if (text.at[i] == '\r')
			text.at[i] = '\n';
	take_text(in, &text);
}

/* --- mbox ----------------------------------------------------------------- */

/* Cut to the first message, its "From " line taken off, and count all. */
static void
read_mbox(struct explain_input *in)
{
	const char *end = in->data + in->len, *p, *next, *first_end = end;
	const char *start = header_line_next(in->data, end);
	bool after_blank = false, quoted = false;

	in->is_mbox = true;
	for (p = start; p < end; p = next) {
		next = header_line_next(p, end);
		if (after_blank && mime_is_from_line(p, next)) {
			if (in->messages++ == 1)
				first_end = p;
		}
		quoted = quoted ||
		    (in->messages == 1 && *p == '>' &&
		        mime_is_from_line(p + strspn(p, ">"), next));
		after_blank = header_line_is_blank(p, next);
	}
	in->data = start;
	in->len = (size_t)(first_end - start);
	/* A ">" that the mbox needed would be in the body's hash. */
	in->is_intact = in->is_intact && !quoted;
}

/* --- a header that was pasted --------------------------------------------- */

/* The lines of a pasted text. */
struct paste {
	const char *p;
	const char *end;
	char mark[8]; /* what each line begins with: "> ", blanks */
	size_t mark_len;
	bool doubled; /* every second line is empty */
	struct buf out;
	bool in_list; /* the field is a signature, whose h= has colons */
};

/* Behind blanks and ">" at the start of a line. */
static const char *
skip_mark(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '>'))
		p++;
	return p;
}

/* "from:to:subject" and the like, all of a line: more of h=. */
static bool
is_list_line(const char *p, const char *end)
{
	size_t n = (size_t)(end - p), i;

	p = text_trim(p, &n);
	for (i = 0; i < n; i++)
		if (!text_is_alnum(p[i]) && strchr(":-;_", p[i]) == NULL)
			return false;
	return true;
}

/* Whether a line without folding begins a field, rather than goes on. */
static bool
begins_field(const struct paste *t, const char *p, const char *end)
{
	size_t n = header_line_name(p, end);
	const char *value;

	if (n == 0 || (t->in_list && is_list_line(p, end)))
		return false;
	if (header_line_is_known(p, end))
		return true;
	value = (const char *)memchr(p, ':', (size_t)(end - p)) + 1;
	return memchr(p, '-', n) != NULL &&
	    (value == end || text_is_space(*value));
}

static bool
is_signature(const char *p, size_t n)
{
	return (n == 14 && strncasecmp(p, "dkim-signature", n) == 0) ||
	    (n == 21 && strncasecmp(p, "arc-message-signature", n) == 0);
}

/* The text of the next line, without mark and line end; false at the end. */
static bool
next_line(struct paste *t, const char **line, size_t *len)
{
	const char *next;
	size_t i;

	if (t->p >= t->end)
		return false;
	next = header_line_next(t->p, t->end);
	*line = t->p;
	*len = (size_t)(next - t->p);
	t->p = next;
	for (i = 0; i<t->mark_len && * len> 0 && **line == t->mark[i]; i++) {
		(*line)++;
		(*len)--;
	}
	while (*len > 0 &&
	    ((*line)[*len - 1] == '\n' || (*line)[*len - 1] == '\r'))
		(*len)--;
	return true;
}

static void
add_line(struct paste *t, const char *line, size_t len)
{
	const char *end = line + len;

	/* After the mark, blanks are folding. */
	if ((*line != ' ' && *line != '\t') && begins_field(t, line, end))
		t->in_list = is_signature(line, header_line_name(line, end));
	else {
		line = text_trim(line, &len);
		/* What comes before the first field is none. */
		if (t->out.len == 0)
			return;
		buf_add_char(&t->out, '\t');
	}
	buf_add(&t->out, line, len);
	buf_add_char(&t->out, '\n');
}

/*
 * Whether lines are empty and not in turn, as far as they are looked at, and
 * two fields are among them that are known: no text of a message.
 */
#define TURNS 20

static bool
is_doubled(struct paste t)
{
	const char *line;
	size_t len;
	int i, known = 0;
	bool blank;

	for (i = 0; i < TURNS && next_line(&t, &line, &len); i++) {
		blank = header_line_is_blank(line, line + len);
		if (blank != (i % 2 == 1))
			break;
		known += header_line_is_known(line, line + len);
	}
	return i >= 4 && known >= 2;
}

/* From the first known field on; false: there is none. */
static bool
start_paste(struct paste *t)
{
	const char *p, *next, *text;

	for (p = t->p; p < t->end; p = next) {
		next = header_line_next(p, t->end);
		text = skip_mark(p, next);
		if ((size_t)(text - p) > sizeof(t->mark) ||
		    !header_line_is_known(text, next))
			continue;
		t->p = p;
		t->mark_len = (size_t)(text - p);
		memcpy(t->mark, p, t->mark_len);
		t->doubled = is_doubled(*t);
		return true;
	}
	return false;
}

/* Bytes before and behind a pasted header that are kept. */
#define PASTE_WORDS (64 << 10)
#define PASTE_REST (1 << 20)

/* Write it as a header; what follows its empty line stays as it is. */
static bool
mend_paste(struct explain_input *in)
{
	struct paste t = { .p = in->data, .end = in->data + in->len };
	const char *line;
	size_t len;
	bool blank = false;

	if (!start_paste(&t))
		return false;
	len = (size_t)(t.p - in->data);
	buf_add(&in->words, in->data, len < PASTE_WORDS ? len : PASTE_WORDS);
	while (t.out.len <= LIMIT_MIME_HEADER && next_line(&t, &line, &len)) {
		if (len > 0 && !header_line_is_blank(line, line + len)) {
			add_line(&t, line, len);
			blank = false;
		} else if (!t.doubled || blank)
			break;
		else
			blank = true;
	}
	buf_add_char(&t.out, '\n');
	len = (size_t)(t.end - t.p);
	buf_add(&t.out, t.p, len < PASTE_REST ? len : PASTE_REST);
	take_text(in, &t.out);
	return true;
}

/* --- results without the name of their field ------------------------------ */

/* "spf=pass", "dkim=none" at p. */
static bool
is_result(const char *p, const char *end)
{
	static const char *const methods[] = { "spf", "dkim", "dmarc",
		"compauth", "arc", "iprev" };
	size_t i, n;

	for (n = 0; p + n < end && text_is_alnum(p[n]); n++)
		continue;
	if (p + n + 1 >= end || p[n] != '=' || !text_is_alnum(p[n + 1]))
		return false;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strlen(methods[i]) == n &&
		    strncasecmp(p, methods[i], n) == 0)
			return true;
	return false;
}

/* The first of them may come after "mx.example.org;". */
static bool
is_results(const struct explain_input *in)
{
	const char *p = in->data, *end = in->data + in->len, *host;

	while (p < end && (text_is_space(*p) || strchr("\"'`", *p) != NULL))
		p++;
	if (is_result(p, end))
		return true;
	for (host = p; p < end && *p != '\0' &&
	     (text_is_alnum(*p) || strchr(".-_", *p) != NULL);
	     p++)
		continue;
	if (p == host || p == end || *p != ';')
		return false;
	for (p++; p < end && text_is_space(*p); p++)
		continue;
	return is_result(p, end);
}

/* What is in a window of a mail program often is the value alone. */
static void
name_results(struct explain_input *in)
{
	const char *p = in->data, *end = in->data + in->len;
	struct buf text = { 0 };

	while (p < end && (text_is_space(*p) || strchr("\"'`", *p) != NULL))
		p++;
	buf_add_str(&text, "Authentication-Results: ");
	buf_add(&text, p, (size_t)(end - p));
	take_text(in, &text);
}

/* --- Gmail's page of a message -------------------------------------------- */

#define PAGE_LINES 64

/* "SPF:", and "PASS with IP ..." in a cell of its own, in any language. */
static bool
is_page_row(const char *p, const char *end)
{
	static const char *const names[] = { "SPF", "DKIM", "DMARC" };
	const size_t n = header_line_name(p, end);
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && memcmp(p, names[i], n) == 0)
			break;
	if (i == sizeof(names) / sizeof(names[0]))
		return false;
	value = (const char *)memchr(p, ':', (size_t)(end - p)) + 1;
	while (value < end && (text_is_space(*value) || *value == '\''))
		value++;
	return end - value > 1 && value[0] >= 'A' && value[0] <= 'Z' &&
	    value[1] >= 'A' && value[1] <= 'Z';
}

/* A field that no table has, and that a header has which was received. */
static bool
is_trace(const char *p, const char *end)
{
	static const char *const names[] = { "received", "return-path",
		"delivered-to", "authentication-results", "dkim-signature" };
	const size_t n = header_line_name(p, end);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncasecmp(p, names[i], n) == 0)
			return true;
	return false;
}

/*
 * Behind the table that Gmail's page has above the header, if it was copied
 * with it.  A message's own field of that name is not believed to be one.
 * Return whether there is such a table, and nothing that counts below it.
 */
static bool
skip_page(struct explain_input *in)
{
	const char *p = in->data, *end = in->data + in->len, *next;
	bool table = false, ended = false;
	int i;

	for (i = 0; i < PAGE_LINES && p < end; i++, p = next) {
		next = header_line_next(p, end);
		if (ended && header_line_is_known(p, next)) {
			in->len = (size_t)(end - p);
			in->data = p;
			in->is_intact = false;
			return false;
		}
		if (is_trace(p, next))
			return false;
		table = table || is_page_row(p, next);
		ended = table && (ended || header_line_is_blank(p, next));
	}
	return table;
}

/* --- what it is ----------------------------------------------------------- */

/* Every line is a field or folded, and there is a field that is known. */
static bool
is_header(const struct explain_input *in)
{
	const struct paste paste = { .p = in->data, .end = in->data + in->len };
	const char *p = in->data, *end = p + in->len, *next;
	bool known = false, first = true;

	if (is_doubled(paste))
		return false;

	for (; p < end && !header_line_is_blank(p, end); p = next) {
		next = header_line_next(p, end);
		if (header_line_name(p, next) > 0)
			known = known || header_line_is_known(p, next);
		else if (first || (*p != ' ' && *p != '\t'))
			return false;
		first = false;
	}
	return known;
}

static bool
has_body(const struct explain_input *in)
{
	struct mime_header h;
	struct mime_field f;

	mime_header_start(&h, in->data, in->len, true);
	while (mime_header_next(&h, &f))
		continue;
	for (; h.pos < h.end; h.pos++)
		if (!text_is_space(*h.pos))
			return true;
	return false;
}

/* Without a body, the empty line that would begin one is nothing that was sent.
 */
static void
cut_blank(struct explain_input *in)
{
	size_t n = in->len;

	while (n > 0 && text_is_space(in->data[n - 1]))
		n--;
	while (n < in->len && in->data[n] != '\n')
		n++;
	in->len = n < in->len ? n + 1 : n;
}

/*
 * Whether a server's answer is in the text, or words of a bounce; no more of it
 * is looked at.
 */
#define REPLY_MAX (64 << 10)

static bool
has_reply(const struct explain_input *in)
{
	const size_t len = in->len < REPLY_MAX ? in->len : REPLY_MAX;
	struct explain_bounce bounce = { 0 };
	struct array replies = { 0 };
	struct arena arena = { 0 };
	bool ignored, found;

	smtp_reply_find_all(in->data, len, &arena, &replies);
	found = replies.n > 0;
	if (!found) {
		dsn_read_words(in->data, len, &arena, &bounce, &ignored);
		found = dsn_has_answer(&bounce);
	}
	array_done(&bounce.recipients);
	array_done(&replies);
	arena_done(&arena);
	return found;
}

static void
skip_blank(struct explain_input *in)
{
	while (in->len > 0 && text_is_space(*in->data)) {
		in->data++;
		in->len--;
	}
}

void
explain_input_read(struct explain_input *in, const char *data, size_t len)
{
	static const char outlook[] = "\xd0\xcf\x11\xe0";
	struct buf text = { 0 };
	const char *line;

	in->data = data;
	in->len = len;
	in->messages = 1;
	in->is_intact = true;
	in->form = "none";
	read_bytes(in);
	/* Blanks before the first field may be those of a folded one. */
	line = in->data;
	skip_blank(in);
	if (in->len == 0) {
		in->reason = "it is empty";
		return;
	}
	while (
	    in->data > line && (in->data[-1] == ' ' || in->data[-1] == '\t')) {
		in->data--;
		in->len++;
	}
	if (starts_with(in, outlook, sizeof(outlook) - 1)) {
		in->reason =
		    "it is a file of Outlook, which is not read: save "
		    "the message as text, or copy its Internet headers";
		return;
	}
	if (explain_encoded_read(in->data, in->len, &text))
		take_text(in, &text);
	if (mime_is_from_line(in->data, in->data + in->len))
		read_mbox(in);
	if (skip_page(in) && !has_reply(in)) {
		in->reason = "it is the table of Gmail's page, not the header "
		             "below it: copy that";
		return;
	}
	if (is_header(in)) {
		in->form = has_body(in) ? "message" : "headers";
		if (strcmp(in->form, "headers") == 0)
			cut_blank(in);
		return;
	}
	if (is_results(in))
		name_results(in);
	/* An answer is seen before anything that its words may look like. */
	if (text_is_digit(*in->data) && has_reply(in))
		in->form = "reply";
	else if (mend_paste(in))
		in->form = "pasted";
	else if (has_reply(in))
		in->form = "reply";
	else
		in->reason = "there is no field of a message's header in it, "
		             "nor the answer of a mail server";
}

void
explain_input_done(struct explain_input *in)
{
	buf_done(&in->words);
	buf_done(&in->text);
	memset(in, 0, sizeof(*in));
}
