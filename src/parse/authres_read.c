/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/authres_read.h"

#include <string.h>

#include "base/text.h"

/* --- tokens --------------------------------------------------------------- */

/* From "(" to behind its ")": comments nest. */
static void
read_comment(struct authres_read *r)
{
	const char *start = r->p + 1;
	size_t depth = 0;

	for (; r->p < r->end; r->p++) {
		if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
		else if (*r->p == '(')
			depth++;
		else if (*r->p == ')' && --depth == 0) {
			if (r->comment != NULL)
				r->comment(
				    start, (size_t)(r->p - start), r->arg);
			r->p++;
			return;
		}
	}
	r->broken = true;
}

static void
skip_cfws(struct authres_read *r)
{
	while (r->p < r->end && (text_is_space(*r->p) || *r->p == '('))
		if (*r->p == '(')
			read_comment(r);
		else
			r->p++;
}

static void
add_char(char *out, size_t *n, char ch)
{
	if (*n < AUTHRES_WORD)
		out[(*n)++] = ch == '\0' ? ' ' : ch;
}

static void
read_quoted(struct authres_read *r, char *out, size_t *n)
{
	for (r->p++; r->p < r->end && *r->p != '"'; r->p++) {
		if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
		add_char(out, n, *r->p);
	}
	if (r->p == r->end)
		r->broken = true;
	else
		r->p++;
}

static bool
read_word(struct authres_read *r, const char *stop, char *out)
{
	const char *start;
	size_t n = 0;

	skip_cfws(r);
	start = r->p;
	while (r->p < r->end && !text_is_space(*r->p) && *r->p != '(' &&
	    (*r->p == '\0' || strchr(stop, *r->p) == NULL)) {
		if (*r->p == '"')
			read_quoted(r, out, &n);
		else
			add_char(out, &n, *r->p++);
	}
	/* What is too long is nothing that anybody looks for. */
	out[n < AUTHRES_WORD ? n : 0] = '\0';
	return r->p > start;
}

bool
authres_read_word(struct authres_read *r, const char *stop)
{
	return read_word(r, stop, r->value);
}

/* Pass over this sign, if it is next. */
static bool
read_sign(struct authres_read *r, char sign)
{
	skip_cfws(r);
	if (r->p == r->end || *r->p != sign)
		return false;
	r->p++;
	return true;
}

/* Behind the next ";" that is neither quoted nor in a comment. */
static void
skip_result(struct authres_read *r)
{
	while (r->p < r->end && !r->broken && !read_sign(r, ';'))
		if (!read_word(r, ";", r->value) && r->p < r->end)
			r->p++;
}

/* --- the parts ------------------------------------------------------------ */

void
authres_read_start(struct authres_read *r, const char *value, size_t len)
{
	r->p = value;
	r->end = value + len;
	r->broken = r->inside = false;
	r->method[0] = r->result[0] = r->name[0] = r->value[0] = '\0';
}

int
authres_read_instance(struct authres_read *r)
{
	const char *start = r->p;
	int64_t n;

	if (read_word(r, ";=", r->name) && strcmp(r->name, "i") == 0 &&
	    read_sign(r, '=') && read_word(r, ";", r->value) &&
	    text_read_int(r->value, 1, 1000, &n) && read_sign(r, ';'))
		return (int)n;
	r->p = start;
	r->broken = false;
	return 0;
}

enum authres_id
authres_read_id(struct authres_read *r)
{
	const char *start = r->p;

	r->value[0] = '\0';
	if (!read_word(r, ";=", r->value))
		return AUTHRES_ID_BROKEN;
	if (read_sign(r, '=')) {
		r->p = start;
		return AUTHRES_NO_ID;
	}
	if (read_word(r, ";=", r->name) && strcmp(r->name, "1") != 0)
		return AUTHRES_ID_BROKEN;
	return !r->broken && read_sign(r, ';') ? AUTHRES_ID : AUTHRES_ID_BROKEN;
}

bool
authres_read_result(struct authres_read *r)
{
	while (r->p < r->end && !r->broken) {
		if (r->inside)
			skip_result(r);
		r->inside = true;
		if (!read_word(r, ";=/", r->method))
			continue;
		if (read_sign(r, '/'))
			read_word(r, ";=", r->value);
		if (read_sign(r, '=') && read_word(r, ";", r->result))
			return true;
	}
	if (r->inside)
		skip_result(r);
	r->inside = false;
	return false;
}

bool
authres_read_property(struct authres_read *r)
{
	while (read_word(r, ";=", r->name)) {
		if (!read_sign(r, '='))
			continue;
		read_word(r, ";", r->value);
		return true;
	}
	return false;
}
