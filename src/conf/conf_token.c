/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_token.h"

#include <string.h>

#include "base/text.h"

__attribute__((format(printf, 3, 0))) static void
fault_say(
    struct conf_faults *f, struct conf_place place, const char *fmt, va_list ap)
{
	if (f->last.file != place.file || f->last.line != place.line)
		conf_verror(f->r, place, fmt, ap);
	f->last = place;
}

void
conf_fault(struct conf_faults *f, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_say(f, place, fmt, ap);
	va_end(ap);
}

void
conf_fault_end(
    struct conf_faults *f, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_say(f, place, fmt, ap);
	va_end(ap);
	f->is_over = true;
}

bool
conf_text_starts(const struct conf_text *t, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, what, n) == 0;
}

static void
token_line_comment(struct conf_faults *f, struct conf_text *t)
{
	while (t->p < t->end && *t->p != '\n')
		t->p++;
	if (t->p == t->end && !t->is_main)
		conf_fault(f, t->place,
		    "the last line is a comment, which must end with a "
		    "newline");
}

static void
token_block_comment(struct conf_faults *f, struct conf_text *t)
{
	struct conf_place from = t->place;

	for (t->p += 2; !conf_text_starts(t, "*/"); t->p++) {
		if (t->p == t->end) {
			conf_fault_end(f, from,
			    "the comment opened here is never closed: missing "
			    "*/");
			return;
		}
		if (*t->p == '\n')
			t->place.line++;
	}
	t->p += 2;
}

static void
token_skip(struct conf_faults *f, struct conf_text *t)
{
	while (t->p < t->end && !f->is_over) {
		if (*t->p == '\n')
			t->place.line++;
		if (text_is_space(*t->p) || *t->p == '\f')
			t->p++;
		else if (*t->p == '#' || conf_text_starts(t, "//"))
			token_line_comment(f, t);
		else if (conf_text_starts(t, "/*"))
			token_block_comment(f, t);
		else
			break;
	}
}

/* p is at the opening quote; the token gets what is between both. */
static void
token_string(
    struct conf_faults *f, struct conf_text *t, struct conf_token *token)
{
	token->kind = TOKEN_STRING;
	token->at = ++t->p;
	for (; t->p < t->end && *t->p != '"' && *t->p != '\n'; t->p++) {
		if (*t->p != '\\' || t->end - t->p < 2)
			continue;
		t->p++;
		if (conf_text_starts(t, "x00") || conf_text_starts(t, "X00"))
			conf_fault(
			    f, token->place, "a string cannot contain \\x00");
		if (*t->p == '\n')
			break;
	}
	token->len = (size_t)(t->p - token->at);
	if (t->p == t->end || *t->p == '\n')
		conf_fault(f, token->place,
		    "unterminated string: missing \" on this line");
	else
		t->p++;
}

/* Return whether only blanks are before p on its line. */
static bool
token_is_first(const struct conf_text *t)
{
	const char *p = t->p;

	while (p > t->start && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == t->start || p[-1] == '\n';
}

static void
token_include(
    struct conf_faults *f, struct conf_text *t, struct conf_token *token)
{
	bool is_first = token_is_first(t);
	const char *after = t->p + strlen("@include");

	t->p = after;
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
	if (!is_first || t->p == after || t->p == t->end || *t->p != '"') {
		conf_fault_end(f, token->place,
		    "write @include \"FILE\" on a line of its own");
		return;
	}
	token_string(f, t, token);
	token->kind = TOKEN_INCLUDE;
}

void
conf_token_next(
    struct conf_faults *f, struct conf_text *t, struct conf_token *token)
{
	static const char word_ends[] = " \t\r\n\f=:;,(){}[]\"#";

	memset(token, 0, sizeof(*token));
	token_skip(f, t);
	token->place = t->place;
	token->at = t->p;
	token->len = 1;
	if (t->p == t->end || f->is_over) {
		token->kind = TOKEN_END;
	} else if (*t->p == '"') {
		token_string(f, t, token);
	} else if (conf_text_starts(t, "@include")) {
		token_include(f, t, token);
	} else if (strchr("=:", *t->p) != NULL) {
		token->kind = TOKEN_EQUALS;
		t->p++;
	} else if (strchr(";,", *t->p) != NULL) {
		token->kind = TOKEN_SEP;
		t->p++;
	} else if (strchr("([{", *t->p) != NULL) {
		token->kind = TOKEN_OPEN;
		t->p++;
	} else if (strchr(")]}", *t->p) != NULL) {
		token->kind = TOKEN_CLOSE;
		t->p++;
	} else {
		token->kind = TOKEN_WORD;
		while (t->p < t->end && strchr(word_ends, *t->p) == NULL)
			t->p++;
		token->len = (size_t)(t->p - token->at);
	}
}
