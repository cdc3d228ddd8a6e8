/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime_header.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/mime_decode.h"

#define MAX_SEGMENTS 100 /* name*0 to name*99 */

/* --- fields --------------------------------------------------------------- */

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

bool
mime_is_from_line(const char *p, const char *end)
{
	if (end - p <= 5 || memcmp(p, "From ", 5) != 0)
		return false;
	for (p += 5; p < end && (*p == ' ' || *p == '\t'); p++)
		continue;
	return p == end || *p != ':';
}

void
mime_header_start(struct mime_header *h, const char *data, size_t len, bool top)
{
	/* What was decoded to nothing is nowhere. */
	if (data == NULL)
		data = "";
	h->start = h->pos = data;
	h->end = data + len;
	h->junk = NULL;
	h->too_long = false;
	if (!top)
		return;
	while (h->pos < h->end && text_is_space(*h->pos))
		h->pos++;
	if (h->end - h->pos > 6 &&
	    mime_is_from_line(h->pos + (*h->pos == '>'), h->end))
		h->pos = line_end(h->pos, h->end);
	h->start = h->pos;
}

/* The end of the block without an empty line: see mime_header_next(). */
static bool
header_end(struct mime_header *h)
{
	if (h->junk != NULL) {
		h->pos = h->junk;
		h->too_long = false;
	}
	return false;
}

bool
mime_header_next(struct mime_header *h, struct mime_field *f)
{
	const char *p = h->pos, *next = h->pos;
	bool is_field;

	for (; h->pos < h->end; h->pos = next) {
		next = line_end(h->pos, h->end);
		if (*h->pos == '\n' ||
		    (*h->pos == '\r' && next - h->pos == 2 &&
		        h->pos[1] == '\n')) {
			h->pos = next;
			return false;
		}
		if (next - h->pos >= 2 && memcmp(h->pos, "--", 2) == 0)
			return header_end(h);
		f->name = p = h->pos;
		while (p < next && is_name_char(*p))
			p++;
		f->name_len = (size_t)(p - f->name);
		while (p < next && (*p == ' ' || *p == '\t'))
			p++;
		is_field = f->name_len != 0 && p < next && *p == ':';
		if (!is_field && h->junk == NULL)
			h->junk = h->pos;
		if (h->junk == h->start ||
		    (h->too_long = next - h->start > LIMIT_MIME_HEADER))
			return header_end(h);
		if (is_field)
			break;
	}
	if (h->pos == h->end)
		return header_end(h);
	while (next < h->end && (*next == ' ' || *next == '\t')) {
		next = line_end(next, h->end);
		if ((h->too_long = next - h->start > LIMIT_MIME_HEADER))
			return header_end(h);
	}
	f->value = p + 1;
	f->len = (size_t)(next - f->value);
	h->pos = next;
	return true;
}

bool
mime_field_is(const struct mime_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	    strncasecmp(name, f->name, f->name_len) == 0;
}

/* --- encoded words, RFC 2047 ---------------------------------------------- */

struct word {
	const char *charset;
	size_t charset_len;
	char encoding; /* 'b' or 'q' */
	const char *text;
	size_t len;
	const char *end; /* behind "?=" */
};

/* Whether an encoded word starts at p, which is at "=?". */
static bool
word_read(const char *p, const char *end, struct word *w)
{
	const char *q;
	size_t n;

	w->charset = p += 2;
	n = (size_t)(end - p);
	if ((q = memchr(p, '?', n < 64 ? n : 64)) == NULL || q == p ||
	    end - q < 4 || q[2] != '?')
		return false;
	w->charset_len = (size_t)(q - p);
	/* RFC 2231 section 5: "charset*language". */
	if ((p = memchr(p, '*', w->charset_len)) != NULL)
		w->charset_len = (size_t)(p - w->charset);
	w->encoding = (char)(q[1] | 0x20);
	if (w->encoding != 'b' && w->encoding != 'q')
		return false;
	w->text = q + 3;
	q = memchr(w->text, '?', (size_t)(end - w->text));
	if (q == NULL || end - q < 2 || q[1] != '=')
		return false;
	w->len = (size_t)(q - w->text);
	w->end = q + 2;
	return true;
}

/* Words that cannot be decoded: as they came, but for the folds. */
static void
words_keep(const char *p, const char *end, struct buf *out)
{
	for (; p < end; p++)
		if (*p > ' ' && *p < 0x7f)
			buf_add_char(out, *p);
		else if (out->len > 0 && out->at[out->len - 1] != ' ')
			buf_add_char(out, ' ');
}

/*
 * A run of encoded words with white space only between them is one text:
 * bytes of the same character set are put together before they are decoded,
 * for some writers cut within a character.  Returns where the run ends.
 */
static const char *
words_decode(struct word *w, const char *end, struct buf *out, bool *odd)
{
	struct buf bytes = { 0 };
	struct word next;
	const char *p, *start = w->charset - 2;
	bool more;

	do {
		if (w->encoding == 'b')
			mime_decode_base64(w->text, w->len, &bytes);
		else
			mime_decode_qp(w->text, w->len, true, &bytes);
		for (p = w->end; p < end && text_is_space(*p); p++)
			continue;
		more = end - p > 2 && p[0] == '=' && p[1] == '?' &&
		    word_read(p, end, &next);
		if (!more || next.charset_len != w->charset_len ||
		    strncasecmp(next.charset, w->charset, w->charset_len) !=
		        0) {
			if (!mime_decode_text(w->charset, w->charset_len,
			        bytes.at, bytes.len, out, odd))
				words_keep(start, more ? p : w->end, out);
			start = p;
			bytes.len = 0;
		}
		p = w->end;
		if (more)
			*w = next;
	} while (more && out->len + bytes.len <= LIMIT_TEXT);
	buf_done(&bytes);
	return p;
}

/* Plain text of a header: folds become one space. */
static const char *
plain_copy(const char *p, const char *end, struct buf *out, bool *odd)
{
	const char *q = p;

	while (q < end && *q != '\r' && *q != '\n' &&
	    !(*q == '=' && end - q > 2 && q[1] == '?' && q != p))
		q++;
	mime_decode_text(NULL, 0, p, (size_t)(q - p), out, odd);
	if (q < end && *q != '=') {
		while (q < end && text_is_space(*q))
			q++;
		buf_add_char(out, ' ');
	}
	return q;
}

void
mime_cut(struct buf *b, size_t max)
{
	if (b->len <= max)
		return;
	b->len = max;
	while (b->len > 0 && ((unsigned char)b->at[b->len] & 0xc0) == 0x80)
		b->len--;
}

static void
text_decode(const char *p, size_t len, struct buf *out, bool *odd)
{
	const char *end;
	struct word w;

	if (len == 0)
		return;
	end = p + len;
	while (p < end && out->len <= LIMIT_TEXT) {
		if (end - p > 2 && p[0] == '=' && p[1] == '?' &&
		    word_read(p, end, &w))
			p = words_decode(&w, end, out, odd);
		else
			p = plain_copy(p, end, out, odd);
	}
	mime_cut(out, LIMIT_TEXT);
}

const char *
mime_field_text(const char *value, size_t len, struct arena *arena, bool *odd)
{
	struct buf out = { 0 };
	const char *text = NULL;
	size_t start = 0;
	bool unused = false;

	while (len > 0 && text_is_space(*value)) {
		value++;
		len--;
	}
	text_decode(value, len, &out, odd != NULL ? odd : &unused);
	while (start < out.len && out.at[start] == ' ')
		start++;
	while (out.len > start && out.at[out.len - 1] == ' ')
		out.len--;
	if (out.len > start)
		text = arena_strndup(arena, out.at + start, out.len - start);
	buf_done(&out);
	return text;
}

/* --- parameters ----------------------------------------------------------- */

struct param {
	const char *name;
	size_t name_len;
	const char *value;
	size_t len;
	bool quoted;
};

const char *
mime_comment_end(const char *p, const char *end)
{
	size_t depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* The same, or p if there is none. */
static const char *
skip_comment(const char *p, const char *end)
{
	const char *behind = mime_comment_end(p, end);

	return behind != NULL ? behind : p;
}

/*
 * Behind white space and comments.  closed: whether all comments so far had
 * an end; behind one that has none there is no other, which bounds the work.
 */
static const char *
skip_comments(const char *p, const char *end, bool *closed)
{
	const char *q;

	for (;;) {
		while (p < end && text_is_space(*p))
			p++;
		if (p == end || *p != '(' || !*closed)
			return p;
		q = skip_comment(p, end);
		*closed = q != p;
		p = q;
	}
}

const char *
mime_skip_comments(const char *p, const char *end)
{
	bool closed = true;

	return skip_comments(p, end, &closed);
}

/* From p to the end of this parameter, its ";" or the end of the field. */
static const char *
param_skip(const char *p, const char *end, bool *closed)
{
	bool quoted = false;
	const char *q;

	for (; p < end; p++) {
		if (*p == '\\' && quoted && p + 1 < end)
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == ';' && !quoted)
			break;
		else if (*p == '(' && !quoted && *closed) {
			q = skip_comment(p, end);
			*closed = q != p;
			p = *closed ? q - 1 : p;
		}
	}
	return p;
}

/* Reads the parameter at *p, which is behind a ";". */
static bool
param_next(const char **pos, const char *end, struct param *out, bool *closed)
{
	const char *p = *pos, *stop, *eq;

	for (; p < end; p = stop + 1) {
		stop = param_skip(p, end, closed);
		p = skip_comments(p, stop, closed);
		eq = memchr(p, '=', (size_t)(stop - p));
		if (eq == NULL) {
			if (stop == end)
				break;
			continue;
		}
		*pos = stop < end ? stop + 1 : end;
		out->name = p;
		while (p < eq && !text_is_space(*p) && *p != '(')
			p++;
		out->name_len = (size_t)(p - out->name);
		p = skip_comments(eq + 1, stop, closed);
		while (stop > p && text_is_space(stop[-1]))
			stop--;
		out->quoted = p < stop && *p == '"';
		if (out->quoted)
			p++;
		out->value = p;
		out->len = (size_t)(stop - p);
		return true;
	}
	*pos = end;
	return false;
}

/* Whether blanks and brackets belong to it: in a file's, without quotes. */
static bool
is_name(const struct param *p)
{
	return p->name_len >= 4 &&
	    (strncasecmp(p->name, "name", 4) == 0 ||
	        (p->name_len >= 8 && strncasecmp(p->name, "filename", 8) == 0));
}

/* The bytes of a value: up to the closing quote, backslashes undone. */
static void
param_value(const struct param *p, struct buf *out)
{
	bool word = !p->quoted && !is_name(p);
	size_t i;

	for (i = 0; i < p->len; i++) {
		if (p->quoted && p->value[i] == '"')
			break;
		if (word && (text_is_space(p->value[i]) || p->value[i] == '('))
			break;
		if (p->quoted && p->value[i] == '\\' && i + 1 < p->len)
			i++;
		if (p->value[i] != '\r' && p->value[i] != '\n')
			buf_add_char(out, p->value[i]);
	}
}

/* "name", "name*", "name*3", "name*3*": which segment, which is extended. */
static bool
param_matches(
    const struct param *p, const char *name, int *segment, bool *extended)
{
	const char *q = p->name, *end = p->name + p->name_len;
	size_t n = strlen(name);

	*segment = -1;
	*extended = false;
	if (p->name_len < n || strncasecmp(q, name, n) != 0)
		return false;
	if ((q += n) == end)
		return true;
	if (*q++ != '*')
		return false;
	*extended = q == end;
	if (*extended)
		return true;
	for (*segment = 0; q < end && *q >= '0' && *q <= '9'; q++) {
		*segment = *segment * 10 + (*q - '0');
		if (*segment >= MAX_SEGMENTS)
			return false;
	}
	*extended = end - q == 1 && *q == '*';
	return q == end || *extended;
}

static void
percent_decode(const char *s, size_t len, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '%' && len - i > 2 && s[i + 1] != '\0' &&
		    s[i + 2] != '\0' &&
		    (high = strchr(digits, s[i + 1] | 0x20)) != NULL &&
		    (low = strchr(digits, s[i + 2] | 0x20)) != NULL) {
			buf_add_char(
			    out, (char)((high - digits) << 4 | (low - digits)));
			i += 2;
		} else
			buf_add_char(out, s[i]);
	}
}

/* charset'language'percent-encoded: the first segment names the charset. */
static void
extended_decode(const struct buf *raw, struct buf *out, bool *odd)
{
	const char *q1, *q2 = NULL, *end = raw->at + raw->len;
	struct buf bytes = { 0 };

	if ((q1 = memchr(raw->at, '\'', raw->len)) != NULL)
		q2 = memchr(q1 + 1, '\'', (size_t)(end - q1 - 1));
	if (q2 != NULL) {
		percent_decode(q2 + 1, (size_t)(end - q2 - 1), &bytes);
		if (!mime_decode_text(raw->at, (size_t)(q1 - raw->at), bytes.at,
		        bytes.len, out, odd))
			mime_decode_text(NULL, 0, raw->at, raw->len, out, odd);
	} else {
		percent_decode(raw->at, raw->len, &bytes);
		mime_decode_text(NULL, 0, bytes.at, bytes.len, out, odd);
	}
	buf_done(&bytes);
}

/*
 * The segments in order, up to the first that is missing.  A "%" in a plain
 * segment among extended ones becomes "_": it is not the start of an escape.
 */
static void
segments_join(const struct param *segments, const bool *extended,
    struct buf *out, bool *odd)
{
	struct buf raw = { 0 };
	size_t i, from;

	for (i = 0; i < MAX_SEGMENTS && segments[i].name != NULL; i++) {
		from = raw.len;
		param_value(&segments[i], &raw);
		if (!extended[i] && extended[0])
			for (; from < raw.len; from++)
				if (raw.at[from] == '%')
					raw.at[from] = '_';
		if (raw.len > 4 * LIMIT_TEXT)
			break;
	}
	if (raw.len != 0 && extended[0])
		extended_decode(&raw, out, odd);
	else
		text_decode(raw.at, raw.len, out, odd);
	buf_done(&raw);
}

bool
mime_field_param(
    const char *value, size_t len, const char *name, struct buf *out, bool *odd)
{
	struct param segments[MAX_SEGMENTS], p, plain = { 0 }, star = { 0 };
	bool extended[MAX_SEGMENTS], is_extended, closed = true;
	const char *end = value + len, *pos;
	struct buf raw = { 0 };
	int i, n = 0;
	bool unused = false;

	if (odd == NULL)
		odd = &unused;
	out->len = 0;
	pos = param_skip(value, end, &closed);
	if (pos < end)
		pos++;
	while (param_next(&pos, end, &p, &closed)) {
		if (!param_matches(&p, name, &i, &is_extended))
			continue;
		if (i == -1 && is_extended)
			star = p;
		else if (i == -1 && plain.name == NULL)
			plain = p;
		else if (i >= 0) {
			for (; n <= i; n++)
				segments[n].name = NULL;
			segments[i] = p;
			extended[i] = is_extended;
		}
	}
	if (n > 0 && n < MAX_SEGMENTS)
		segments[n].name = NULL;
	if (star.name != NULL) {
		param_value(&star, &raw);
		if (raw.len != 0)
			extended_decode(&raw, out, odd);
	} else if (n > 0 && segments[0].name != NULL)
		segments_join(segments, extended, out, odd);
	else if (plain.name != NULL) {
		param_value(&plain, &raw);
		text_decode(raw.at, raw.len, out, odd);
	} else
		return false;
	buf_done(&raw);
	mime_cut(out, LIMIT_TEXT);
	return true;
}
