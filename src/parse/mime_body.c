/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime_body.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/mime_decode.h"
#include "parse/unpack_form.h"

#define ROUNDS 3             /* encodings within encodings */
#define SNIFF_DIGITS 64      /* base64 digits that show what is in them */
#define SNIFF_TAR 384        /* the same of a tar archive */
#define SNIFF_TEXT 48        /* bytes that show that they are text */
#define DIGITS_MIN 16        /* of a line that is no word of a text */
#define SEARCH (64 << 10)    /* bytes of words before the first line */
#define QP_SEARCH (16 << 10) /* bytes that tell quoted-printable */

/* --- lines of base64 ------------------------------------------------------ */

static bool
is_digit(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' ||
	    c == '_';
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

/* Behind blanks and the marks of quoting. */
static const char *
skip_quoting(const char *p, const char *end)
{
	while (p < end && (*p == '>' || *p == '|' || *p == ' ' || *p == '\t'))
		p++;
	return p;
}

static size_t
count_digits(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && is_digit(*p))
		p++;
	return (size_t)(p - start);
}

/* Nothing but whole groups of digits, of which the last may be padded. */
static bool
is_base64_line(const char *p, const char *end)
{
	size_t n, pad = 0;

	p = skip_quoting(p, end);
	while (end > p && text_is_space(end[-1]))
		end--;
	n = count_digits(p, end);
	for (p += n; p < end && *p == '='; p++)
		pad++;
	return p == end && n > 1 && pad < 3 && (n + pad) % 4 == 0;
}

/* "Feedback-Type: auth-failure" */
static bool
is_field(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && is_digit(*p))
		p++;
	return p > start && p < end && *p == ':';
}

/* --- what base64 holds ---------------------------------------------------- */

/* Whether it may be the start of a text; of a document in any charset. */
static bool
is_text(const char *p, size_t len)
{
	bool document = *p == '<' || *p == '{' || *p == '[';
	uint32_t c;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = text_utf8_char(p + i, len - i, &c);
		/* A character may be cut at the end. */
		if (n == 0 && !document && len - i > 3)
			return false;
		n = n != 0 ? n : 1;
		if ((unsigned char)p[i] < 0x20 && !text_is_space(p[i]))
			return false;
		if (p[i] == 0x7f)
			return false;
	}
	return true;
}

/*
 * Nothing that chance makes out of words.  text: words, too, which the base64
 * within a text or a field may well be.
 */
static bool
is_known(const char *p, size_t len, bool text)
{
	enum form form = unpack_form(p, len);

	if (form == FORM_ZLIB)
		return strchr("\x01\x5e\x9c\xda", p[1]) != NULL;
	/* UTF-16 shows by the byte order mark and an ASCII character. */
	if (unpack_utf16(p, len) != UTF16_NOT)
		return form != FORM_OTHER;
	if (form >= FORM_UNSUPPORTED)
		return true;
	return (text || form != FORM_OTHER || is_field(p, p + len)) &&
	    len >= 12 && is_text(p, len < SNIFF_TEXT ? len : SNIFF_TEXT);
}

/* Whether base64 of something known begins at p; text: see is_known(). */
static bool
sniff_base64(const char *p, const char *end, bool text)
{
	char digits[SNIFF_TAR];
	struct buf out = { 0 };
	size_t n = 0, max = text ? SNIFF_TAR : SNIFF_DIGITS;
	bool known;

	if ((size_t)(end - p) > 3 * max)
		end = p + 3 * max;
	for (; p < end && n < max; p++) {
		if (is_digit(*p))
			digits[n++] = *p == '-' ? '+' : *p == '_' ? '/' : *p;
		else if (*p == '=' || (n >= SNIFF_DIGITS && !text_is_space(*p)))
			break;
		else if (!text_is_space(*p) && *p != '>')
			return false;
	}
	if (n < 8)
		return false;
	mime_decode_base64(digits, n, &out);
	known = is_known(out.at, out.len, text);
	buf_done(&out);
	return known;
}

/*
 * Where the base64 begins: at once, or behind words, when the line is long
 * enough to be no word itself.  Not within a header: it has base64 of its own.
 * NULL: nowhere.
 */
static const char *
find_base64(const char *p, const char *end)
{
	const char *stop = end, *start, *line;

	while (p < end && text_is_space(*p))
		p++;
	if (p < end && sniff_base64(p, end, true))
		return p;
	/* It is something else, or no words. */
	if (is_field(p, end) ? end - p < 8 || strncasecmp(p, "content-", 8) != 0
	                     : is_base64_line(p, line_end(p, end)))
		return NULL;
	if ((size_t)(end - p) > SEARCH)
		stop = p + SEARCH;
	for (line = p; line < stop; line = line_end(line, end)) {
		start = skip_quoting(line, end);
		if (count_digits(start, end) >= DIGITS_MIN &&
		    sniff_base64(start, end, false))
			return start;
	}
	return NULL;
}

bool
mime_body_is_base64(const char *data, size_t len)
{
	const char *p = data, *end = data + len;

	while (p < end && text_is_space(*p))
		p++;
	return p < end && sniff_base64(p, end, true);
}

/* --- base64 --------------------------------------------------------------- */

/* How the lines of a body are written. */
struct lines {
	const char *end; /* behind the last of them */
	bool url;        /* RFC 4648 section 5: "-" and "_" for "+" and "/" */
	bool soft;       /* quoted-printable on top of it */
};

/* A line that is no base64 though it may have letters: a footer. */
static bool
is_footer(const char *p, const char *end, bool declared)
{
	size_t blanks = 0, foreign = 0;
	const char *q;

	while (end > p && text_is_space(end[-1]))
		end--;
	if (end - p >= 2 && memcmp(p, "--", 2) == 0)
		return true;
	for (q = p; q < end && (*q == '_' || *q == '-'); q++)
		continue;
	if (q == end && q - p > 2)
		return true;
	for (q = skip_quoting(p, end); q < end && !declared; q++) {
		blanks += *q == ' ';
		foreign += !is_digit(*q) && *q != '=' && *q != ' ';
	}
	return blanks > 1 || foreign > 1;
}

/*
 * Whether a "=" at the end of a line, behind last, is a soft line break: the
 * bits that padding leaves over are 0, and what did not fit into a line may
 * be short.
 */
static bool
is_soft(char last, size_t next_line)
{
	static const char zeros[] = "AEIMQUYcgkosw048";

	return strchr(zeros, last) == NULL || (next_line > 1 && next_line < 6);
}

static void
read_lines(const char *p, const char *end, bool declared, struct lines *l)
{
	const char *next, *q;
	bool plain = false, url = false;
	char last = 0; /* before a "=" that ended the line before */

	l->soft = memmem(p, (size_t)(end - p), "=3D", 3) != NULL;
	for (; p < end; p = next) {
		next = line_end(p, end);
		if (is_footer(p, next, declared))
			break;
		q = skip_quoting(p, next);
		l->soft |= last != 0 && is_soft(last, (size_t)(next - q));
		for (; q < next; q++) {
			plain |= *q == '+' || *q == '/';
			url |= *q == '-' || *q == '_';
		}
		while (q > p && text_is_space(q[-1]))
			q--;
		last = q - p > 70 && q[-1] == '=' && is_digit(q[-2]) ? q[-2]
		                                                     : 0;
	}
	l->end = p;
	l->url = url && !plain;
}

/* Behind padding at p: where the next piece begins, NULL when none does. */
static const char *
next_piece(const char *p, const char *end)
{
	const char *line;

	while (p < end && *p == '=')
		p++;
	if (count_digits(p, end - p > 4 ? p + 4 : end) == 4)
		return p;
	while (p < end && text_is_space(*p))
		p++;
	line = line_end(p, end);
	return p < end && is_base64_line(p, line) ? p : NULL;
}

/* Piece by piece: some writers encode so, each with its own padding. */
static void
base64_decode(const char *p, const char *end, bool declared, struct buf *out)
{
	struct buf quoted = { 0 }, plain = { 0 };
	struct lines lines;
	const char *pad;
	size_t i;

	read_lines(p, end, declared, &lines);
	end = lines.end;
	if (lines.soft) {
		mime_decode_qp(p, (size_t)(end - p), false, &quoted);
		p = quoted.at;
		end = p + quoted.len;
	}
	if (lines.url) {
		buf_add(&plain, p, (size_t)(end - p));
		for (i = 0; i < plain.len; i++)
			if (plain.at[i] == '-' || plain.at[i] == '_')
				plain.at[i] = plain.at[i] == '-' ? '+' : '/';
		p = plain.at;
		end = p + plain.len;
	}
	while (p != NULL && p < end) {
		pad = memchr(p, '=', (size_t)(end - p));
		mime_decode_base64(
		    p, (size_t)((pad != NULL ? pad : end) - p), out);
		p = pad != NULL ? next_piece(pad, end) : NULL;
	}
	buf_done(&quoted);
	buf_done(&plain);
}

/* --- quoted-printable ----------------------------------------------------- */

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/*
 * Whether it is a document, a header or an archive, and nobody but a writer of
 * quoted-printable can have written it: every "=" begins an escape or ends a
 * line, and some stand for "=" itself, for a byte order mark or the start of an
 * archive, or end lines that were too long.
 */
static bool
is_qp(const char *p, size_t len)
{
	const char *start, *end = p + len, *q;
	bool sure = false;

	while (p < end && text_is_space(*p))
		p++;
	start = p;
	if (p == end || (strchr("<{[=P", *p) == NULL && !is_field(p, end)))
		return false;
	len = (size_t)(end - p);
	end = p + (len < QP_SEARCH ? len : QP_SEARCH);
	for (; (p = memchr(p, '=', (size_t)(end - p))) != NULL; p++) {
		for (q = p + 1; q < end && (*q == ' ' || *q == '\r'); q++)
			continue;
		if (q < end && *q == '\n') {
			sure = true;
			continue;
		}
		if (end - p < 3)
			break;
		if (!is_hex(p[1]) || !is_hex(p[2]))
			return false;
		sure |= memcmp(p, "=3D", 3) == 0 || memcmp(p, "=3d", 3) == 0 ||
		    p == start || (p - start == 2 && p[1] == '0');
	}
	return sure;
}

/* --- both ----------------------------------------------------------------- */

/* What is not declared. */
static bool
undo_unsaid(const char *data, size_t len, struct buf *out)
{
	const char *start = NULL;
	enum form form = unpack_form(data, len);

	if (len == 0 || (form >= FORM_UNSUPPORTED && form != FORM_ZLIB))
		return false;
	if (form == FORM_OTHER || form == FORM_ZLIB)
		start = find_base64(data, data + len);
	if (start != NULL)
		base64_decode(start, data + len, false, out);
	else if (is_qp(data, len))
		mime_decode_qp(data, len, false, out);
	else
		return false;
	return true;
}

/* Whether it is what it should become, in spite of its declaration. */
static bool
is_plain(const char *data, size_t len)
{
	enum form form = unpack_form(data, len);

	if (form != FORM_OTHER && form != FORM_ZLIB)
		return true;
	while (len > 0 && text_is_space(*data)) {
		data++;
		len--;
	}
	return is_field(data, data + len) &&
	    find_base64(data, data + len) == NULL;
}

static bool
undo_declared(
    enum mime_encoding declared, const char *data, size_t len, struct buf *out)
{
	const char *start, *end = data + len;

	if (declared == MIME_BASE64 && !is_plain(data, len)) {
		if (mime_decode_base64(data, len, out))
			return true;
		out->len = 0;
		start = find_base64(data, end);
		base64_decode(start != NULL ? start : data, end, true, out);
		return true;
	}
	if (declared == MIME_QP &&
	    (unpack_form(data, len) < FORM_UNSUPPORTED ||
	        unpack_form(data, len) == FORM_ZLIB)) {
		mime_decode_qp(data, len, false, out);
		return true;
	}
	return false;
}

void
mime_body_decode(enum mime_encoding declared, const char **data, size_t *len,
    struct buf *out)
{
	struct buf next = { 0 }, old;
	int i;

	out->len = 0;
	if (declared != MIME_PLAIN &&
	    undo_declared(declared, *data, *len, out)) {
		*data = out->at;
		*len = out->len;
	}
	for (i = 0; i < ROUNDS && undo_unsaid(*data, *len, &next); i++) {
		old = *out;
		*out = next;
		next = old;
		next.len = 0;
		*data = out->at;
		*len = out->len;
	}
	buf_done(&next);
}
