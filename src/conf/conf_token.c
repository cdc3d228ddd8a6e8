/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "conf/conf_scan.h"

bool
scan_is_new(struct scan *s, struct conf_place place)
{
	bool is_new = s->bad.file != place.file || s->bad.line != place.line;

	s->bad = place;
	return is_new;
}

bool
scan_starts(const struct scan_text *t, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(t->end - t->p) >= n && memcmp(t->p, what, n) == 0;
}

static void
scan_line_comment(struct scan *s, struct scan_text *t)
{
	while (t->p < t->end && *t->p != '\n')
		t->p++;
	if (t->p == t->end && !t->is_main)
		scan_error(s, t->place,
		    "the last line is a comment and must "
		    "end with a line feed");
}

static void
scan_block_comment(struct scan *s, struct scan_text *t)
{
	struct conf_place from = t->place;

	for (t->p += 2; !scan_starts(t, "*/"); t->p++) {
		if (t->p == t->end) {
			scan_stop(s, from,
			    "the comment that begins here is "
			    "never closed: */ is missing");
			return;
		}
		if (*t->p == '\n')
			t->place.line++;
	}
	t->p += 2;
}

static void
scan_skip(struct scan *s, struct scan_text *t)
{
	while (t->p < t->end && !s->is_over) {
		if (*t->p == '\n')
			t->place.line++;
		if (text_is_space(*t->p) || *t->p == '\f')
			t->p++;
		else if (*t->p == '#' || scan_starts(t, "//"))
			scan_line_comment(s, t);
		else if (scan_starts(t, "/*"))
			scan_block_comment(s, t);
		else
			break;
	}
}

/* p is at the opening quote; the token gets what stands between both. */
static void
scan_string(struct scan *s, struct scan_text *t, struct scan_token *token)
{
	token->kind = SCAN_STRING;
	token->at = ++t->p;
	for (; t->p < t->end && *t->p != '"' && *t->p != '\n'; t->p++) {
		if (*t->p != '\\' || t->end - t->p < 2)
			continue;
		t->p++;
		if (scan_starts(t, "x00") || scan_starts(t, "X00"))
			scan_error(s, token->place, "a text cannot hold \\x00");
		if (*t->p == '\n')
			break;
	}
	token->len = (size_t)(t->p - token->at);
	if (t->p == t->end || *t->p == '\n')
		scan_error(s, token->place,
		    "a quote is missing: the text that "
		    "begins with a quote on this line "
		    "does not end on it");
	else
		t->p++;
}

/* Whether only blanks stand before p on its line. */
static bool
scan_is_first(const struct scan_text *t)
{
	const char *p = t->p;

	while (p > t->start && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == t->start || p[-1] == '\n';
}

static void
scan_include(struct scan *s, struct scan_text *t, struct scan_token *token)
{
	bool is_first = scan_is_first(t);
	const char *behind = t->p + strlen("@include");

	t->p = behind;
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
	if (!is_first || t->p == behind || t->p == t->end || *t->p != '"') {
		scan_stop(s, token->place,
		    "write @include \"FILE\" on a line "
		    "of its own");
		return;
	}
	scan_string(s, t, token);
	token->kind = SCAN_INCLUDE;
}

void
scan_token(struct scan *s, struct scan_text *t, struct scan_token *token)
{
	static const char word_ends[] = " \t\r\n\f=:;,(){}[]\"#";

	memset(token, 0, sizeof(*token));
	scan_skip(s, t);
	token->place = t->place;
	token->at = t->p;
	token->len = 1;
	if (t->p == t->end || s->is_over) {
		token->kind = SCAN_END;
	} else if (*t->p == '"') {
		scan_string(s, t, token);
	} else if (scan_starts(t, "@include")) {
		scan_include(s, t, token);
	} else if (strchr("=:", *t->p) != NULL) {
		token->kind = SCAN_EQUALS;
		t->p++;
	} else if (strchr(";,", *t->p) != NULL) {
		token->kind = SCAN_SEP;
		t->p++;
	} else if (strchr("([{", *t->p) != NULL) {
		token->kind = SCAN_OPEN;
		t->p++;
	} else if (strchr(")]}", *t->p) != NULL) {
		token->kind = SCAN_CLOSE;
		t->p++;
	} else {
		token->kind = SCAN_WORD;
		while (t->p < t->end && strchr(word_ends, *t->p) == NULL)
			t->p++;
		token->len = (size_t)(t->p - token->at);
	}
}
