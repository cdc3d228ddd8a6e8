/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/charset.h"
#include "parse/tlsrpt.h"
#include "parse/tlsrpt_priv.h"
#include "parse/unpack_form.h"

/* --- before jansson sees it ----------------------------------------------- */

static int
check_limits(size_t depth, size_t values, struct err *err)
{
	if (depth > LIMIT_JSON_DEPTH)
		return err_set(err, ERR_LIMIT,
		    "JSON values are nested more than %d deep",
		    LIMIT_JSON_DEPTH);
	if (values > LIMIT_JSON_VALUES)
		return err_set(err, ERR_LIMIT,
		    "more than %d values in one JSON document",
		    LIMIT_JSON_VALUES);
	return 0;
}

/* UTF-16, or another character set that the part declares. */
static bool
recode(struct buf *json, const char *label)
{
	const struct charset *set;
	enum utf16 order = unpack_utf16(json->at, json->len);
	struct buf out = { 0 };
	bool done = false;
	size_t mark;

	if (order != UTF16_NOT) {
		mark = json->at[0] == '\xff' || json->at[0] == '\xfe' ? 2 : 0;
		charset_decode_utf16(json->at + mark, json->len - mark,
		    order == UTF16_BIG, &out);
		done = true;
	} else if (label != NULL &&
	    (set = charset_find(label, strlen(label))) != NULL &&
	    (charset_is_stateful(set) || !text_is_utf8(json->at, json->len)))
		done = charset_decode(set, json->at, json->len, &out) !=
		    CHARSET_BAD;
	if (!done) {
		buf_done(&out);
		return false;
	}
	buf_done(json);
	*json = out;
	return true;
}

/* Into UTF-8.  Whether there were bytes that are none of it. */
static bool
read_characters(struct buf *json, const char *label)
{
	struct buf out = { 0 };

	if (recode(json, label) || text_is_utf8(json->at, json->len))
		return false;
	charset_mend(json->at, json->len, &out);
	buf_done(json);
	*json = out;
	return true;
}

/* Measure it; control characters in strings are no JSON but do no harm. */
static int
prepare(
    char *json, size_t len, bool *repaired, struct cost *cost, struct err *err)
{
	size_t i, n, depth = 0, values = 0, foreign = 0;
	bool quoted = false;

	for (i = 0; i < len; i += n) {
		if ((n = text_utf8_char(json + i, len - i, NULL)) == 0 ||
		    (quoted && (unsigned char)json[i] < 0x20)) {
			json[i] = n == 0 ? '?' : ' ';
			n = 1;
			*repaired = true;
		} else if (json[i] == '"')
			quoted = !quoted;
		else if (quoted) {
			/* A character, perhaps as an escape. */
			foreign += n > 1 || json[i] == '\\';
			/* The byte behind it ends no string. */
			if (json[i] == '\\' && i + 1 < len &&
			    (json[i + 1] == '"' || json[i + 1] == '\\'))
				n = 2;
		} else if (json[i] == '{' || json[i] == '[') {
			depth++;
			values++;
		} else if (json[i] == ',')
			values++;
		else if ((json[i] == '}' || json[i] == ']') && depth > 0)
			depth--;
		if (check_limits(depth, values, err) == -1)
			return -1;
	}
	return cost_pay(cost,
	    COST_JSON + len * COST_JSON_BYTE + values * COST_JSON_VALUE +
	        foreign * 2 * COST_FOREIGN,
	    err);
}

/* --- which of it are reports ---------------------------------------------- */

static const char *const report_keys[] = { "organization-name", "date-range",
	"report-id", "policies" };
#define REPORT_KEYS (sizeof(report_keys) / sizeof(*report_keys))

/* Any two of its members tell a report; each alone may be anybody's. */
static bool
is_report(const json_t *root)
{
	size_t i, n = 0;

	for (i = 0; i < REPORT_KEYS; i++)
		n += json_object_get(root, report_keys[i]) != NULL;
	return n >= 2;
}

/* The same of what cannot be read. */
bool
tlsrpt_is_likely(const char *json, size_t len)
{
	char quoted[32];
	size_t i, n = 0;

	for (i = 0; i < REPORT_KEYS; i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\"", report_keys[i]);
		n += memmem(json, len, quoted, strlen(quoted)) != NULL;
	}
	return n >= 2;
}

/* What the finding of reports has come to. */
struct finder {
	const struct tlsrpt_context *context;
	bool repaired;
	struct buf *out;
	int max;
	struct tlsrpt_result *result;
};

/*
 * A report, a list of them, or an object around: as deep as the document,
 * which was measured.
 */
static void
find_reports(struct finder *f, const json_t *v)
{
	const char *key;
	json_t *member;
	size_t i;

	if (is_report(v)) {
		if (f->result->reports < f->max) {
			tlsrpt_write(v, f->context, f->repaired, f->out);
			f->result->reports++;
		} else
			f->result->too_many = true;
		return;
	}
	json_array_foreach(v, i, member) find_reports(f, member);
	json_object_foreach((json_t *)(uintptr_t)v, key, member)
	    find_reports(f, member);
}

/* What may stand between two documents; in_list: whose "[" was passed over. */
static const char *
skip_between(const char *p, const char *end, bool in_list)
{
	/* RFC 7464 begins each with a record separator. */
	while (p < end &&
	    (text_is_space(*p) || *p == '\x1e' || *p == '\0' || *p == ',' ||
	        (in_list && *p == ']')))
		p++;
	return p;
}

/* The next line that begins with an object; end when there is none. */
static const char *
next_object(const char *p, const char *end)
{
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = skip_between(p, end, false);
		if (p < end && *p == '{')
			return p;
	}
	return end;
}

static void
set_error(const char *start, const char *doc, const json_error_t *why,
    struct err *err)
{
	int line = why->line;

	if (err->class != ERR_NONE)
		return;
	for (; start < doc; start++)
		line += *start == '\n';
	err_set(err, ERR_DATA, "not well-formed JSON at line %d: %s", line,
	    why->text);
}

/*
 * One document, or several, one after the other.  What is broken costs what
 * follows up to the next line with an object, and of a list its end.
 */
static void
read_documents(struct finder *f, const struct buf *json, struct err *err)
{
	/* Of half a character nothing is left. */
	const char *start = json->len > 0 ? json->at : "";
	const char *end = start + json->len, *p = start;
	json_error_t why;
	json_t *root;
	size_t spent = 0; /* bytes that were read in vain */
	bool in_list = false;

	if (skip_between(p, end, false) == end)
		err_set(err, ERR_DATA, "it contains no JSON");
	while ((p = skip_between(p, end, in_list)) < end) {
		root = json_loadb(p, (size_t)(end - p),
		    TLSRPT_LOAD_FLAGS | JSON_DISABLE_EOF_CHECK, &why);
		if (root != NULL) {
			find_reports(f, root);
			json_decref(root);
			p += why.position;
			continue;
		}
		set_error(start, p, &why, err);
		if (*p == '[' && !in_list) {
			in_list = true;
			p++;
			continue;
		}
		/* The next may be within what this one did not end. */
		spent += (size_t)why.position;
		p = next_object(
		    spent < json->len ? p + 1 : p + why.position, end);
	}
}

int
tlsrpt_read(struct buf *json, const struct tlsrpt_context *context, int max,
    struct buf *out, struct tlsrpt_result *result, struct err *err)
{
	struct finder f = { context, false, out, max, result };

	memset(result, 0, sizeof(*result));
	f.repaired = read_characters(json, context->charset);
	if (prepare(json->at, json->len, &f.repaired, context->cost, err) == -1)
		return -1;
	err->class = ERR_NONE;
	read_documents(&f, json, err);
	return err->class == ERR_NONE ? 0 : -1;
}
