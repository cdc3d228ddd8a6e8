/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/guard_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define TAG_MAX 14        /* libetpan's tags are decimal ints */
#define CAPABILITY_MAX 64 /* bytes of one capability's name */

/* A run of bytes that shrinks from its front. */
struct span {
	const char *at;
	size_t n;
};

int
guard_scan_set_fault(struct guard_scan *s, const char *fmt, ...)
{
	char text[GUARD_FAULT];
	va_list ap;

	if (s->fault[0] != '\0')
		return -1;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	text_safe(s->fault, GUARD_FAULT, text);
	return -1;
}

void
guard_scan_done(struct guard_scan *s)
{
	buf_done(&s->out);
}

size_t
guard_scan_take(struct guard_scan *s, char *dst, size_t n)
{
	size_t left = s->out.len - s->out_at;

	if (n > left)
		n = left;
	if (n == 0)
		return 0;
	memcpy(dst, s->out.at + s->out_at, n);
	s->out_at += n;
	if (s->out_at == s->out.len)
		s->out_at = s->out.len = 0;
	return n;
}

void
guard_scan_skip(struct guard_scan *s, uint64_t n)
{
	s->literal -= n;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cut the bytes up to the next space off the front, and the spaces. */
static struct span
span_word(struct span *from)
{
	struct span word = { from->at, 0 };

	while (word.n < from->n && word.at[word.n] != ' ')
		word.n++;
	from->at += word.n;
	from->n -= word.n;
	while (from->n > 0 && *from->at == ' ') {
		from->at++;
		from->n--;
	}
	return word;
}

static bool
span_is(struct span a, const char *word)
{
	return a.n == strlen(word) && strncasecmp(a.at, word, a.n) == 0;
}

/* A decimal number that fits 32 bits, which libetpan does not check. */
static bool
span_read_number(struct span a, uint32_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (a.n == 0 || a.n > 10)
		return false;
	for (i = 0; i < a.n; i++) {
		if (!is_digit(a.at[i]))
			return false;
		n = n * 10 + (uint64_t)(a.at[i] - '0');
	}
	if (n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* The capabilities that libetpan can read, each with a space before it. */
static void
scan_add_capabilities(struct guard_scan *s, struct span list)
{
	struct span one;
	size_t i;

	while (list.n > 0) {
		one = span_word(&list);
		for (i = 0; i < one.n; i++)
			if (!is_alnum(one.at[i]) &&
			    memchr("-+=._/:", one.at[i], 7) == NULL)
				break;
		if (one.n == 0 || i < one.n || one.n > CAPABILITY_MAX ||
		    one.at[one.n - 1] == '=')
			continue;
		buf_add_char(&s->out, ' ');
		buf_add(&s->out, one.at, one.n);
	}
}

/*
 * Split "[CODE arguments] text".  Only its first word and what is known of
 * its arguments go on; text is what remains.
 */
static void
span_code(struct span *text, struct span *code, struct span *args)
{
	const char *end;

	code->n = args->n = 0;
	if (text->n == 0 || text->at[0] != '[' ||
	    (end = memchr(text->at, ']', text->n)) == NULL)
		return;
	args->at = text->at + 1;
	args->n = (size_t)(end - args->at);
	*code = span_word(args);
	text->n -= (size_t)(end + 1 - text->at);
	text->at = end + 1;
	while (text->n > 0 && *text->at == ' ') {
		text->at++;
		text->n--;
	}
}

/* "[UIDVALIDITY n] " or "[CAPABILITY ...] ", the codes libetpan may store. */
static bool
scan_add_code(struct guard_scan *s, struct span code, struct span args)
{
	uint32_t n;

	if (span_is(code, "UIDVALIDITY") && span_read_number(args, &n)) {
		buf_printf(&s->out, "[UIDVALIDITY %lu] ", (unsigned long)n);
		return true;
	}
	if (span_is(code, "CAPABILITY")) {
		/* IMAP4rev1 twice is harmless, none at all is not IMAP. */
		buf_add_str(&s->out, "[CAPABILITY IMAP4rev1");
		scan_add_capabilities(s, args);
		buf_add_str(&s->out, "] ");
		return true;
	}
	return false;
}

/*
 * Words that must be shown to people (RFC 3501 7.1), and the address at which
 * Google wants to see them; words of a NO are in the error already.
 */
static void
scan_keep_alert(struct guard_scan *s, struct span code, struct span args,
    struct span text, bool refusal)
{
	bool web = span_is(code, "WEBALERT");
	char safe[sizeof(s->alert)];
	size_t len = strlen(s->alert);

	if (!web && !span_is(code, "ALERT"))
		return;
	if (web && args.n > 0) {
		text_safe_len(safe, sizeof(safe), args.at, args.n);
		if (strstr(s->alert, safe) == NULL)
			len += (size_t)snprintf(s->alert + len,
			    sizeof(s->alert) - len, "%s%.200s",
			    len > 0 ? "; " : "", safe);
	}
	if (refusal || text.n == 0 || len + 3 >= sizeof(s->alert))
		return;
	text_safe_len(safe, sizeof(safe), text.at, text.n);
	if (strstr(s->alert, safe) == NULL)
		snprintf(s->alert + len, sizeof(s->alert) - len, "%s%.190s",
		    len > 0 ? "; " : "", safe);
}

static enum guard_status
span_status(struct span word)
{
	if (span_is(word, "OK"))
		return GUARD_OK;
	if (span_is(word, "NO"))
		return GUARD_NO;
	if (span_is(word, "BAD"))
		return GUARD_BAD;
	return GUARD_NONE;
}

static int
scan_not_imap(struct guard_scan *s, struct span line)
{
	char text[64];

	text_safe_len(text, sizeof(text), line.at, line.n);
	return guard_scan_set_fault(
	    s, "the server does not speak IMAP: \"%s\"", text);
}

/* A tagged reply: kept for guard_reply(), a plain one made for libetpan. */
static int
scan_tagged(struct guard_scan *s, struct span line)
{
	static const char *const words[] = { "", "OK", "NO", "BAD" };
	struct guard_reply *r = &s->reply;
	struct span rest = line, tag = span_word(&rest), code, args;
	enum guard_status status = span_status(span_word(&rest));
	size_t i;

	for (i = 0; i < tag.n; i++)
		if (!is_alnum(tag.at[i]))
			break;
	if (tag.n == 0 || i < tag.n || tag.n > TAG_MAX || status == GUARD_NONE)
		return scan_not_imap(s, line);
	span_code(&rest, &code, &args);
	scan_keep_alert(s, code, args, rest, status != GUARD_OK);
	r->status = status;
	for (i = 0; i < code.n && i + 1 < sizeof(r->code); i++)
		r->code[i] = is_alnum(code.at[i]) ? code.at[i] : '-';
	r->code[i] = '\0';
	for (i = 0; r->code[i] != '\0'; i++)
		if (r->code[i] >= 'a' && r->code[i] <= 'z')
			r->code[i] -= 'a' - 'A';
	text_safe_len(r->text, sizeof(r->text), rest.at, rest.n);

	buf_add(&s->out, tag.at, tag.n);
	buf_printf(&s->out, " %s ", words[status]);
	scan_add_code(s, code, args);
	buf_add_str(&s->out, "x\r\n");
	return 0;
}

/* An untagged OK matters for its code only; what it says is for people. */
static void
scan_untagged_ok(struct guard_scan *s, struct span rest)
{
	struct span code, args;
	size_t mark = s->out.len;

	span_code(&rest, &code, &args);
	scan_keep_alert(s, code, args, rest, false);
	if (s->idling)
		return;
	buf_add_str(&s->out, "* OK ");
	if (scan_add_code(s, code, args))
		buf_add_str(&s->out, "x\r\n");
	else
		s->out.len = mark;
}

/* libetpan gets base64 or nothing: it reads anything else as a text code. */
static void
scan_continue(struct guard_scan *s, struct span line)
{
	size_t i;

	s->continued = s->idling;
	if (!s->let_continue)
		return;
	line.at++;
	line.n--;
	if (line.n > 0 && *line.at == ' ') {
		line.at++;
		line.n--;
	}
	for (i = 0; i < line.n; i++)
		if (!is_alnum(line.at[i]) &&
		    memchr("+/=", line.at[i], 3) == NULL)
			line.n = 0;
	buf_add_str(&s->out, "+ ");
	buf_add(&s->out, line.at, line.n);
	buf_add_str(&s->out, "\r\n");
}

/* "{n}", "{n+}" or "~{n}" at the end of a segment: its start, or NULL. */
static const char *
scan_find_literal(struct span seg, uint64_t *size)
{
	const char *p = seg.at + seg.n, *digits_end;
	uint64_t n = 0, unit = 1;

	if (seg.n < 3 || *--p != '}')
		return NULL;
	if (p[-1] == '+')
		p--;
	digits_end = p;
	while (p > seg.at && is_digit(p[-1])) {
		p--;
		/* Too big for a cap is all that needs to be known. */
		if (digits_end - p <= 18) {
			n += unit * (uint64_t)(*p - '0');
			unit *= 10;
		} else if (*p != '0')
			n = INT64_MAX;
	}
	if (p == digits_end || p == seg.at || p[-1] != '{')
		return NULL;
	p--;
	if (p > seg.at && p[-1] == '~')
		p--;
	if (p == seg.at || (p[-1] != ' ' && p[-1] != '('))
		return NULL;
	*size = n;
	return p;
}

/*
 * The lexical shape of data for libetpan: quotes that close, parentheses that
 * do not nest without end, braces only where they announce a literal.
 */
static int
scan_check_shape(struct guard_scan *s, const char *p, const char *end)
{
	bool quoted = false;

	for (; p < end; p++) {
		if (*p == '\0' || *p == '\r')
			return guard_scan_set_fault(
			    s, "control character in a reply");
		if (quoted) {
			if (*p == '\\' && p + 1 < end &&
			    (p[1] == '"' || p[1] == '\\'))
				p++;
			else if (*p == '"')
				quoted = false;
		} else if (*p == '"')
			quoted = true;
		else if (*p == '{' || *p == '}')
			return guard_scan_set_fault(
			    s, "malformed literal in a reply");
		else if (*p == '(' && ++s->depth > GUARD_SCAN_DEPTH_MAX)
			return guard_scan_set_fault(s,
			    "more than %d nested parentheses",
			    GUARD_SCAN_DEPTH_MAX);
		else if (*p == ')' && s->depth > 0)
			s->depth--;
	}
	if (quoted)
		return guard_scan_set_fault(
		    s, "unterminated quoted string in a reply");
	return 0;
}

/* A segment of a reply with data, of which literals can be part. */
static int
scan_data(struct guard_scan *s, struct span seg)
{
	const char *end = seg.at + seg.n, *tail;
	uint64_t size = 0;

	if ((tail = scan_find_literal(seg, &size)) != NULL) {
		if (size > s->max_literal) {
			s->oversize = size;
			return guard_scan_set_fault(s,
			    "literal larger than %llu bytes",
			    (unsigned long long)s->max_literal);
		}
		end = tail;
	}
	s->inside = tail != NULL;
	if (!s->pass) {
		/* Dropped bytes count: nothing else would bound them. */
		if (size > s->budget)
			return guard_scan_set_fault(
			    s, "answer longer than expected");
		s->budget -= size;
	} else {
		if (scan_check_shape(s, seg.at, end) == -1)
			return -1;
		buf_add(&s->out, seg.at, (size_t)(end - seg.at));
		if (tail != NULL)
			buf_printf(&s->out, "{%llu}", (unsigned long long)size);
		buf_add_str(&s->out, "\r\n");
	}
	s->literal = size;
	return 0;
}

/* A whole reply for people; one with a literal has no end here. */
static void
scan_keep_told(struct guard_scan *s, const char *at, size_t n)
{
	size_t len = strlen(s->told);

	if (s->idling || n + 16 > sizeof(s->told) - len)
		return;
	text_safe_len(s->told + len, sizeof(s->told) - len - 1, at, n);
	len = strlen(s->told);
	s->told[len] = '\n';
	s->told[len + 1] = '\0';
}

/* Which untagged replies libetpan may see; everything else is dropped. */
static int
scan_untagged(struct guard_scan *s, struct span seg)
{
	struct span rest = seg, word, args;
	uint32_t n;

	span_word(&rest); /* the star */
	word = span_word(&rest);
	if (span_is(word, "OK")) {
		scan_untagged_ok(s, rest);
		return 0;
	}
	if (span_is(word, "NO") || span_is(word, "BAD")) {
		span_code(&rest, &word, &args);
		scan_keep_alert(s, word, args, rest, false);
		return 0;
	}
	if (span_is(word, "PREAUTH"))
		return 0;
	if (span_is(word, "BYE")) {
		span_code(&rest, &word, &args);
		scan_keep_alert(s, word, args, rest, true);
		text_safe_len(s->bye, sizeof(s->bye), rest.at, rest.n);
		return 0;
	}
	if (span_is(word, "CAPABILITY") && !s->idling) {
		buf_add_str(&s->out, "* CAPABILITY IMAP4rev1");
		scan_add_capabilities(s, rest);
		buf_add_str(&s->out, "\r\n");
		return 0;
	}
	if (span_is(word, "MYRIGHTS") || span_is(word, "QUOTA"))
		scan_keep_told(s, word.at, seg.n - (size_t)(word.at - seg.at));
	s->pass = span_is(word, "LIST") || span_is(word, "NAMESPACE");
	if (word.n > 0 && is_digit(word.at[0])) {
		if (!span_read_number(word, &n))
			return guard_scan_set_fault(
			    s, "number of more than 32 bits in a reply");
		word = span_word(&rest);
		s->pass = span_is(word, "EXISTS") || span_is(word, "EXPUNGE") ||
		    span_is(word, "FETCH");
		s->news |= span_is(word, "EXISTS");
		s->expunged += span_is(word, "EXPUNGE");
	}
	/* libetpan keeps ten times the bytes of all but messages. */
	s->pass &= !s->idling && (!s->fetching || span_is(word, "FETCH"));
	return scan_data(s, seg);
}

/* Without its line end.  -1: the reply is too long. */
static int
scan_strip(struct guard_scan *s, struct span *seg)
{
	s->line += seg->n;
	if (s->line > GUARD_SCAN_LINE_MAX)
		return guard_scan_set_fault(
		    s, "line longer than %d bytes", GUARD_SCAN_LINE_MAX);
	if (seg->n > s->budget)
		return guard_scan_set_fault(s, "answer longer than expected");
	s->budget -= seg->n;
	seg->n--;
	if (seg->n > 0 && seg->at[seg->n - 1] == '\r')
		seg->n--;
	return 0;
}

int
guard_scan_segment(struct guard_scan *s, const char *at, size_t len)
{
	struct span seg = { at, len };
	int rc = 0;

	if (!s->inside) {
		s->line = 0;
		s->depth = 0;
		s->pass = false;
	}
	if (scan_strip(s, &seg) == -1)
		return -1;
	if (s->inside)
		rc = scan_data(s, seg);
	else if (seg.n == 0)
		return 0;
	else if (seg.at[0] == '+')
		scan_continue(s, seg);
	else if (seg.n > 1 && seg.at[0] == '*' && seg.at[1] == ' ')
		rc = scan_untagged(s, seg);
	else
		rc = scan_tagged(s, seg);
	return rc;
}

int
guard_scan_greeting(struct guard_scan *s, const char *at, size_t len,
    enum guard_scan_greeting *out)
{
	struct span seg = { at, len }, rest, star, word, code, args;

	s->line = 0;
	if (scan_strip(s, &seg) == -1)
		return -1;
	rest = seg;
	star = span_word(&rest);
	word = span_word(&rest);
	if (!span_is(star, "*"))
		return scan_not_imap(s, seg);
	if (span_is(word, "OK"))
		*out = GUARD_SCAN_GREETING_OK;
	else if (span_is(word, "PREAUTH"))
		*out = GUARD_SCAN_GREETING_PREAUTH;
	else if (span_is(word, "BYE"))
		*out = GUARD_SCAN_GREETING_BYE;
	else
		return scan_not_imap(s, seg);
	span_code(&rest, &code, &args);
	scan_keep_alert(s, code, args, rest, *out != GUARD_SCAN_GREETING_OK);
	text_safe_len(s->bye, sizeof(s->bye), rest.at, rest.n);
	if (*out == GUARD_SCAN_GREETING_OK) {
		s->bye[0] = '\0';
		buf_add_str(&s->out, "* OK ready\r\n");
	}
	return 0;
}
