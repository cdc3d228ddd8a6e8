/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "report/wire.h"
#include "report/wire_priv.h"

#define MAX_DIGITS 18 /* any such number fits */

/* The last byte first: keys begin alike, but seldom end in the same place. */
static bool
take(struct wire_cursor *c, const char *text, size_t len)
{
	if ((size_t)(c->end - c->p) < len || c->p[len - 1] != text[len - 1] ||
	    memcmp(c->p, text, len) != 0)
		return false;
	c->p += len;
	return true;
}

static bool
take_char(struct wire_cursor *c, char ch)
{
	if (c->p == c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static bool
read_hex4(struct wire_cursor *c, uint32_t *out)
{
	uint32_t v = 0;
	int i;

	if (c->end - c->p < 4)
		return false;
	for (i = 0; i < 4; i++, c->p++) {
		v <<= 4;
		if (*c->p >= '0' && *c->p <= '9')
			v |= (uint32_t)(*c->p - '0');
		else if (*c->p >= 'a' && *c->p <= 'f')
			v |= (uint32_t)(*c->p - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* What follows a backslash; the writer knows only \" \\ and \uXXXX. */
static bool
read_escape(struct wire_cursor *c, char **out)
{
	uint32_t v, low;

	if (c->p == c->end)
		return false;
	if (*c->p == '"' || *c->p == '\\') {
		*(*out)++ = *c->p++;
		return true;
	}
	if (!take_char(c, 'u') || !read_hex4(c, &v) || v == 0)
		return false;
	if (v >= 0xd800 && v <= 0xdbff) {
		if (!take(c, "\\u", 2) || !read_hex4(c, &low) || low < 0xdc00 ||
		    low > 0xdfff)
			return false;
		v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
	} else if (v >= 0xdc00 && v <= 0xdfff)
		return false;
	/* What is safe has one form: itself. */
	if (!text_is_unsafe(v))
		return false;
	*out += text_put_utf8(*out, v);
	return true;
}

static bool
is_plain(char ch)
{
	return (unsigned char)(ch - 0x20) < 0x5f && ch != '"' && ch != '\\';
}

/*
 * A string, unescaped in place (it can only get shorter) and terminated where
 * its closing quote was or before.
 */
static bool
read_string(struct wire_cursor *c, int64_t max, char **out)
{
	char *start, *w;
	uint32_t cp;
	size_t n;

	if (!take_char(c, '"'))
		return false;
	start = c->p;
	/* At the end there is a NUL. */
	while (is_plain(*c->p))
		c->p++;
	w = c->p;
	for (;;) {
		if (c->p == c->end)
			return false;
		if (*c->p == '"')
			break;
		if (*c->p == '\\') {
			c->p++;
			if (!read_escape(c, &w))
				return false;
			continue;
		}
		n = 1;
		if (*c->p < 0x20 || *c->p >= 0x7f) {
			n = text_utf8_char(c->p, (size_t)(c->end - c->p), &cp);
			if (n == 0 || text_is_unsafe(cp))
				return false;
		}
		if (w != c->p)
			memmove(w, c->p, n);
		w += n;
		c->p += n;
	}
	c->p++;
	*w = '\0';
	*out = start;
	return w - start <= max;
}

static bool
read_int(struct wire_cursor *c, int64_t min, int64_t max, int64_t *out)
{
	const char *start;
	bool negative = take_char(c, '-');
	int64_t n = 0;

	for (start = c->p; c->p < c->end && *c->p >= '0' && *c->p <= '9';
	     c->p++) {
		if (c->p - start == MAX_DIGITS)
			return false;
		n = 10 * n + (*c->p - '0');
	}
	/* One number has one form: no -0, no leading zero. */
	if (c->p == start || (*start == '0' && (negative || c->p - start > 1)))
		return false;
	if (negative)
		n = -n;
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

static bool
read_sha256(struct wire_cursor *c, uint8_t out[static SHA256_SIZE])
{
	char hex[SHA256_HEX], *s;
	size_t i;
	uint8_t v;

	if (!read_string(c, SHA256_HEX - 1, &s) || strlen(s) != SHA256_HEX - 1)
		return false;
	for (i = 0; i < SHA256_HEX - 1; i++) {
		if (s[i] >= '0' && s[i] <= '9')
			v = (uint8_t)(s[i] - '0');
		else if (s[i] >= 'a' && s[i] <= 'f')
			v = (uint8_t)(s[i] - 'a' + 10);
		else
			return false;
		out[i / 2] = (uint8_t)(i % 2 == 0 ? v << 4 : out[i / 2] | v);
	}
	return strcmp(sha256_hex(out, hex), s) == 0;
}

static bool read_fields(
    struct wire_cursor *, const struct wire_field *, char *, bool);

/* The items of an array or object whose opening bracket has been taken. */
static bool
read_items(struct wire_cursor *c, const struct wire_field *f, struct array *a)
{
	const int64_t max_text = LIMIT_TEXT;
	char close = f->kind == WIRE_WORDS ? '}' : ']', *s, *key;
	struct raw_word *w;

	for (;;) {
		if ((int64_t)a->n == f->max)
			return false;
		if (f->kind == WIRE_OBJECTS) {
			if (!take_char(c, '{') ||
			    !read_fields(
			        c, f->sub, array_add(a, f->size), true) ||
			    !take_char(c, '}'))
				return false;
		} else if (f->kind == WIRE_STRINGS) {
			if (!read_string(c, max_text, &s))
				return false;
			*(const char **)array_add(a, sizeof(s)) = s;
		} else {
			if (!read_string(c, max_text, &key) ||
			    !take_char(c, ':') || !read_string(c, max_text, &s))
				return false;
			w = array_add(a, sizeof(*w));
			w->field = key;
			w->word = s;
		}
		if (take_char(c, close))
			return true;
		if (!take_char(c, ','))
			return false;
	}
}

static bool
read_value(struct wire_cursor *c, const struct wire_field *f, void *member)
{
	char *s;

	switch (f->kind) {
	case WIRE_STRING:
		if (!read_string(c, f->max, &s) ||
		    (f->check != NULL && !f->check(s)))
			return false;
		*(const char **)member = s;
		return true;
	case WIRE_INT:
		return read_int(c, f->min, f->max, member) &&
		    (f->required || *(int64_t *)member != f->absent);
	case WIRE_BOOL:
		*(bool *)member = true;
		return take(c, "true", 4);
	case WIRE_SHA256:
		return read_sha256(c, member);
	case WIRE_STRINGS:
	case WIRE_OBJECTS:
		return take_char(c, '[') && read_items(c, f, member);
	case WIRE_WORDS:
		return take_char(c, '{') && read_items(c, f, member);
	case WIRE_END:
		break;
	}
	return false;
}

static void
set_absent(const struct wire_field *f, void *member)
{
	if (f->kind == WIRE_STRING)
		*(const char **)member = NULL;
	else if (f->kind == WIRE_INT)
		*(int64_t *)member = f->absent;
	else if (f->kind == WIRE_BOOL)
		*(bool *)member = false;
}

/* The fields of one object, in the table's order and nothing else. */
static bool
read_fields(struct wire_cursor *c, const struct wire_field *f, char *base,
    bool is_first)
{
	const char *key;
	size_t len;

	for (; f->kind != WIRE_END; f++) {
		key = wire_key(f, is_first, &len);
		if (take(c, key, len)) {
			if (!read_value(c, f, base + f->offset))
				return false;
			is_first = false;
			continue;
		}
		if (f->required || f->kind == WIRE_SHA256)
			return false;
		set_absent(f, base + f->offset);
	}
	return true;
}

size_t
wire_take_type(
    struct wire_cursor *c, const struct wire_line_type *types, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (take(c, types[i].start, types[i].start_len))
			break;
	return i;
}

bool
wire_take_rest(
    struct wire_cursor *c, const struct wire_line_type *t, void *base)
{
	return read_fields(c, t->fields, base, false) && take_char(c, '}') &&
	    c->p == c->end;
}

/* Return whether this line may come here in an answer, and what must follow. */
static bool
check_order(struct wire_reader *r)
{
	bool record_due = r->records_due > 0, policy_due = r->policies_due > 0;

	if (r->type == WIRE_RECORD) {
		r->records_due--;
		return record_due;
	}
	if (r->type == WIRE_TLS_POLICY) {
		r->policies_due--;
		return policy_due;
	}
	if (record_due || policy_due)
		return false;
	switch (r->type) {
	case WIRE_MAIL:
		return !r->begun;
	case WIRE_AGGREGATE:
		r->report_seen = true;
		r->records_due = r->report.records;
		break;
	case WIRE_TLS:
		r->report_seen = true;
		r->policies_due = r->tls.policies;
		break;
	case WIRE_FAILURE:
		r->report_seen = true;
		break;
	case WIRE_VERDICT:
		return r->report_seen ==
		    (strcmp(r->verdict.status, "report") == 0) &&
		    (r->report_seen || r->verdict.reason != NULL);
	case WIRE_PROBLEM:
	case WIRE_RECORD:
	case WIRE_TLS_POLICY:
		break;
	}
	return true;
}

/* Empty what this line fills, keeping memory. */
static void
reset_line(struct wire_reader *r)
{
	if (r->type == WIRE_AGGREGATE)
		report_reset(&r->report);
	else if (r->type == WIRE_RECORD)
		record_reset(&r->record);
	else if (r->type == WIRE_TLS)
		tls_report_reset(&r->tls);
	else if (r->type == WIRE_TLS_POLICY)
		tls_policy_reset(&r->tls_policy);
	else if (r->type == WIRE_FAILURE)
		failure_report_reset(&r->failure);
}

int
wire_read(struct wire_reader *r, char *line, size_t len, struct err *err)
{
	struct wire_cursor c = { line, line + len };
	const struct wire_line_type *t;
	size_t i;

	line[len] = '\0';
	if ((i = wire_take_type(&c, wire_types, WIRE_TYPES)) == WIRE_TYPES)
		return err_set(
		    err, ERR_BUG, "ruad-parse sent a line of an unknown type");
	t = &wire_types[i];
	r->type = (enum wire_type)i;
	reset_line(r);
	if (!wire_take_rest(&c, t, (char *)r + t->offset))
		return err_set(err, ERR_BUG,
		    "ruad-parse sent a malformed line (near byte %td of %s...)",
		    c.p - line, t->start);
	if (!check_order(r))
		return err_set(err, ERR_BUG,
		    "ruad-parse sent a line out of order (%s...)", t->start);
	r->begun = true;
	return 0;
}

void
wire_reset(struct wire_reader *r)
{
	r->begun = r->report_seen = false;
	r->records_due = r->policies_due = 0;
}

void
wire_done(struct wire_reader *r)
{
	report_done(&r->report);
	record_done(&r->record);
	tls_report_done(&r->tls);
	tls_policy_done(&r->tls_policy);
	failure_report_done(&r->failure);
	memset(r, 0, sizeof(*r));
}
