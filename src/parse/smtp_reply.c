/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/smtp_reply.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/explain_text.h"
#include "parse/smtp_log.h"
#include "parse/value.h"

#define CODE 3 /* digits */

size_t
smtp_reply_enhanced(const char *s)
{
	size_t n, part, digits;

	if (s[0] != '2' && s[0] != '4' && s[0] != '5')
		return 0;
	for (n = 1, part = 0; part < 2; part++) {
		if (s[n++] != '.')
			return 0;
		for (digits = 0; text_is_digit(s[n]); digits++)
			n++;
		if (digits == 0 || digits > 3)
			return 0;
	}
	/* Not an address, nor "5.7.x". */
	return s[n] == '.' && text_is_alnum(s[n + 1]) ? 0
	    : text_is_alnum(s[n])                     ? 0
	                                              : n;
}

static bool
is_code(const char *s)
{
	return (s[0] == '2' || s[0] == '4' || s[0] == '5') && s[1] >= '0' &&
	    s[1] <= '5' && text_is_digit(s[2]) &&
	    (s[CODE] == ' ' || s[CODE] == '-' || s[CODE] == '\0');
}

/*
 * "550, b'5.7.1 ...'" of Python's smtplib: the length of what is between the
 * code and the answer's words; 0: it is not written so.
 */
static size_t
python_length(const char *s)
{
	size_t n;

	if (*s < '2' || *s > '5' || !text_is_digit(s[1]) ||
	    !text_is_digit(s[2]) || s[CODE] != ',')
		return 0;
	n = 1 + (s[CODE + 1] == ' ');
	n += s[CODE + n] == 'b';
	return s[CODE + n] == '\'' || s[CODE + n] == '"' ? n + 1 : 0;
}

/* Where an answer stands in a text. */
struct place {
	const char *code;     /* NULL: none */
	const char *enhanced; /* NULL: none */
	size_t len;           /* of enhanced */
	const char *text;
	char quote; /* that ends it, or '\0' */
};

/* A code with nothing but blanks and signs before it begins an answer. */
static bool
is_led(const char *text, const char *p)
{
	while (p > text && p[-1] == ' ')
		p--;
	return p == text || strchr(":;='\"(<#|>", p[-1]) != NULL;
}

/* "dsn=2.0.0, stat=Sent" of Sendmail, which quotes no code. */
static bool
is_dsn(const char *text, const char *p)
{
	return p - text >= 4 && memcmp(p - 4, "dsn=", 4) == 0;
}

/* What begins at p, which no letter or digit is before. */
static bool
read_place(const char *text, const char *p, struct place *out)
{
	const char *start = p;
	const size_t python = python_length(p);

	memset(out, 0, sizeof(*out));
	if (python > 0) {
		out->code = p;
		p += CODE + python;
		out->quote = p[-1];
	} else if (is_code(p)) {
		out->code = p;
		p += CODE;
		while (*p == ' ' || *p == '-' || *p == '#')
			p++;
	} else if (*p == '2' && !is_dsn(text, p))
		return false;
	out->len = smtp_reply_enhanced(p);
	if (out->len > 0) {
		out->enhanced = p;
		p += out->len;
	} else if (out->code == NULL || !is_led(text, out->code))
		return false;
	out->text = p;
	if (python > 0)
		return true;
	if (start > text && (start[-1] == '\'' || start[-1] == '"'))
		out->quote = start[-1];
	return true;
}

/* From p on, which is in the text. */
static bool
find_place(const char *text, const char *p, struct place *best)
{
	struct place place;
	bool found = false;

	for (; *p != '\0'; p++) {
		if (!text_is_digit(*p) ||
		    (p > text && (text_is_alnum(p[-1]) || p[-1] == '.')) ||
		    !read_place(text, p, &place))
			continue;
		if (place.code != NULL && place.enhanced != NULL) {
			*best = place;
			return true;
		}
		if (!found || (best->code == NULL && place.code != NULL))
			*best = place;
		found = true;
	}
	return found;
}

/* --- the text ------------------------------------------------------------- */

/* How many bytes at p are the codes again, of the answer's next line. */
static size_t
codes_again(const char *p, const struct place *place)
{
	size_t n = 0;

	if (place->code == NULL || strncmp(p, place->code, CODE) != 0 ||
	    (p[CODE] != '-' && p[CODE] != ' '))
		return 0;
	n = CODE + 1;
	if (place->enhanced == NULL)
		/* Else it is a number in the text. */
		return p[CODE] == '-' || place->code[CODE] == '-' ? n : 0;
	if (strncmp(p + n, place->enhanced, place->len) != 0 ||
	    text_is_alnum(p[n + place->len]))
		return 0;
	return n + place->len;
}

/*
 * Behind ", status=deferred (", which Postfix has before the cause; Sendmail
 * also writes ", stat=User unknown".
 */
static const char *
skip_status(const char *p)
{
	static const char *const leads[] = { ", status=", ", stat=" };
	size_t i, n, word;

	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		n = strlen(leads[i]);
		if (strncmp(p, leads[i], n) != 0)
			continue;
		word = n + strcspn(p + n, " ");
		return strncmp(p + word, " (", 2) == 0 ? p + word + 2
		    : i == 1                           ? p + n
		                                       : p;
	}
	return p;
}

/* Where Postfix goes on by itself: to which command it was, and from whom. */
static const char *
text_end(const char *p)
{
	const char *end = strstr(p, " (in reply to ");

	if (end == NULL && strstr(p, " proto=") != NULL)
		end = strstr(p, "; from=<");
	return end != NULL ? end : p + strlen(p);
}

/* How many ")" at the end belong to a "(" before the answer. */
static size_t
closers(const char *p, size_t len)
{
	size_t i, open = 0, n = 0;

	for (i = 0; i < len; i++) {
		open += p[i] == '(';
		if (p[i] != ')')
			n = 0;
		else if (open > 0)
			open--;
		else
			n++;
	}
	return n;
}

static const char *
read_text(const struct place *place, struct arena *arena)
{
	const char *p = place->text, *end, *quote;
	struct buf out = { 0 };
	const char *text;
	size_t n;

	/* Exchange has it in quotes. */
	p = skip_status(p);
	end = text_end(p);
	end -= closers(p, (size_t)(end - p));
	quote = place->quote != '\0'
	    ? memrchr(p, place->quote, (size_t)(end - p))
	    : NULL;
	/* "{'a@example.org': (550, b'5.1.1 ...')}" */
	if (quote != NULL && quote + 1 + strspn(quote + 1, ")}], ") >= end)
		end = quote;
	while (p < end && (*p == ',' || *p == ':' || *p == ';'))
		p++;
	while (p < end) {
		n = p[-1] == ' ' ? codes_again(p, place) : 0;
		if (n > 0)
			p += n;
		else
			buf_add_char(&out, *p++);
	}
	text = explain_text(out.at, out.len, arena);
	buf_done(&out);
	return text;
}

/* --- the host ------------------------------------------------------------- */

static size_t
name_length(const char *p)
{
	size_t n = 0;

	while (text_is_alnum(p[n]) || p[n] == '.' || p[n] == '-' ||
	    p[n] == '_' || p[n] == ':')
		n++;
	while (n > 0 && (p[n - 1] == '.' || p[n - 1] == ':'))
		n--;
	return n;
}

static const char *
read_ip(const char *p, size_t n, struct arena *arena)
{
	char text[64];

	if (n >= sizeof(text))
		return NULL;
	memcpy(text, p, n);
	text[n] = '\0';
	return value_read_address(text, arena, NULL);
}

/* "mx.example.org[192.0.2.1]", "mx.example.org. [192.0.2.1]:25". */
static bool
read_host(const char *p, struct arena *arena, struct explain_reply *reply)
{
	size_t n = name_length(p);
	const char *ip;

	if (n == 0 || memchr(p, '.', n) == NULL)
		return false;
	if ((ip = read_ip(p, n, arena)) != NULL) {
		reply->host_ip = ip;
		return true;
	}
	reply->host = explain_text_name(p, n, arena);
	p += n + strspn(p + n, ". ");
	if (*p == '[' || *p == '(') {
		p++;
		n = name_length(p);
		reply->host_ip = n > 0 ? read_ip(p, n, arena) : NULL;
	}
	return true;
}

/* Who answered, as Postfix, Exim, Sendmail and qmail write it before. */
static void
find_host(const char *text, const char *end, struct arena *arena,
    struct explain_reply *reply)
{
	static const char *const leads[] = { "host ",
		"H=", "relay=", "Connected to ", "server ", "server at " };
	const char *p;
	size_t i;

	for (p = text; p < end; p++) {
		if (p > text && text_is_alnum(p[-1]))
			continue;
		for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
			if (strncasecmp(p, leads[i], strlen(leads[i])) == 0 &&
			    read_host(p + strlen(leads[i]), arena, reply))
				return;
	}
}

/* --- one answer, many answers --------------------------------------------- */

static int64_t
read_code(const char *p)
{
	return 100 * (p[0] - '0') + 10 * (p[1] - '0') + (p[2] - '0');
}

bool
smtp_reply_find(
    const char *p, size_t len, struct arena *arena, struct explain_reply *out)
{
	const char *text = explain_text(p, len, arena);
	struct smtp_log_exim log;
	struct place place = { 0 };
	bool is_log;

	memset(out, 0, sizeof(*out));
	if (text == NULL)
		return false;
	is_log = smtp_log_exim_read(text, &log);
	if (!is_log)
		log.reason = text;
	if (log.reason == NULL || !find_place(text, log.reason, &place)) {
		if (!is_log)
			return false;
		place.text = log.reason;
		if (log.reason != NULL && log.reason[-1] == '"')
			place.quote = '"';
	}
	if (place.code != NULL)
		out->code = read_code(place.code);
	if (place.enhanced != NULL)
		out->enhanced = arena_strndup(arena, place.enhanced, place.len);
	if (place.text != NULL)
		out->text = read_text(&place, arena);
	if (!log.is_own && !smtp_log_is_own(text))
		find_host(text,
		    place.code != NULL           ? place.code
		        : place.enhanced != NULL ? place.enhanced
		        : place.text != NULL     ? place.text
		                                 : text + strlen(text),
		    arena, out);
	return true;
}

/* The lines of one answer, as far as it is known. */
struct lines {
	const char *start; /* NULL: none */
	const char *end;
	char code[CODE]; /* its lines begin with it */
	bool coded;
	bool more;      /* a line "550-" said that another follows */
	const char *to; /* of RCPT TO, when this is the answer to that */
};

/* Behind blanks and what marks lines of a session. */
static const char *
line_text(const char *p, const char *end)
{
	while (p < end && (text_is_space(*p) || *p == '<' || *p == '>'))
		p++;
	return p;
}

static bool
begins_with_code(const char *p, const char *end)
{
	char text[CODE + 2] = { 0 };
	size_t n = (size_t)(end - p);

	memcpy(text, p, n < CODE + 1 ? n : CODE + 1);
	if (text_is_space(text[CODE]))
		text[CODE] = ' ';
	return is_code(text);
}

/* "Nov 27 09:15:08 mail postfix/smtp[7]: ...": a line of a log. */
static bool
begins_with_time(const char *p, const char *end)
{
	static const char form[] = "00:00:00";
	size_t at, i;

	for (at = 0; at < 24 && (size_t)(end - p) >= at + strlen(form); at++) {
		for (i = 0; form[i] != '\0'; i++)
			if (form[i] == ':' ? p[at + i] != ':'
			                   : !text_is_digit(p[at + i]))
				break;
		if (form[i] == '\0')
			return true;
	}
	return false;
}

/* What a client says in a session: no more of the answer before. */
static bool
is_command(const char *p, const char *end)
{
	static const char *const commands[] = { "MAIL FROM:", "RCPT TO:",
		"EHLO ", "HELO ", "DATA\n", "DATA\r", "QUIT\n", "QUIT\r" };
	size_t i, n;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		n = strlen(commands[i]);
		if ((size_t)(end - p) >= n && memcmp(p, commands[i], n) == 0)
			return true;
	}
	return false;
}

static void
end_answer(struct lines *l, struct arena *arena, struct array *out)
{
	struct explain_reply reply;
	const size_t n = l->start != NULL ? (size_t)(l->end - l->start) : 0;

	if (n > 0 && out->n < LIMIT_EXPLAIN_REPLIES &&
	    smtp_reply_find(l->start, n, arena, &reply)) {
		smtp_log_read(explain_text(l->start, n, arena), arena, &reply);
		if (reply.to == NULL)
			reply.to = l->to;
		*(struct explain_reply *)array_add(out, sizeof(reply)) = reply;
	}
	memset(l, 0, sizeof(*l));
}

void
smtp_reply_find_all(
    const char *p, size_t len, struct arena *arena, struct array *out)
{
	const char *end = p + len, *nl, *text;
	struct explain_reply reply;
	struct lines l = { 0 };
	const char *to = NULL;
	bool coded = true, same, after_answer;

	for (; p < end && out->n < LIMIT_EXPLAIN_REPLIES; p = nl) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl != NULL ? nl + 1 : end;
		text = line_text(p, nl);
		after_answer = coded;
		coded = begins_with_code(text, nl);
		same = coded && l.coded && l.more &&
		    memcmp(text, l.code, CODE) == 0;
		if (text == nl ||
		    (!coded &&
		        (begins_with_time(text, nl) || is_command(text, nl))))
			end_answer(&l, arena, out);
		if (text == nl) /* an empty line */
			continue;
		if (coded && !same) {
			end_answer(&l, arena, out);
			l.start = text;
			l.coded = true;
			l.to = to;
			memcpy(l.code, text, CODE);
		} else if (!coded && (!l.coded || !l.more) &&
		    smtp_reply_find(text, (size_t)(nl - text), arena, &reply)) {
			end_answer(&l, arena, out);
			l.start = text;
		}
		if (coded)
			l.more = text + CODE < nl && text[CODE] == '-';
		l.end = nl;
		/* Where commands are not sent in one go. */
		to = !coded && after_answer ? smtp_log_rcpt(text, nl, arena)
		                            : NULL;
	}
	end_answer(&l, arena, out);
}
