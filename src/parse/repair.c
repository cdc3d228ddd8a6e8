/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/repair.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/charset.h"
#include "parse/repair_tags.h"
#include "parse/unpack_form.h"

#define DECLARATION_MAX 1024       /* bytes of an XML declaration */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct repair {
	struct buf *doc;
	const struct limits *limits;
	struct aggregate_context context;
	struct buf *out;
	struct repair_result *result;
	struct array quirks; /* of const char *: the repairs so far */
	bool as_labelled;    /* the declared encoding was undone */
};

/* --- characters ----------------------------------------------------------- */

/* UTF-16, with its mark or without, becomes UTF-8. */
static void
fix_utf16(struct repair *r)
{
	const char *p = r->doc->at, *end = p + r->doc->len;
	struct buf utf8 = { 0 };
	enum utf16 order;

	if (end - p < 4 ||
	    (order = unpack_utf16(p, (size_t)(end - p))) == UTF16_NOT)
		return;
	if (*p != '<' && *p != '\0')
		p += 2; /* the mark */
	charset_decode_utf16(p, (size_t)(end - p), order == UTF16_BIG, &utf8);
	buf_done(r->doc);
	*r->doc = utf8;
	r->as_labelled = true;
}

/* Byte order marks, NULs and white space at both ends, junk before "<". */
static bool
fix_ends(struct repair *r)
{
	struct buf *doc = r->doc;
	const char *start = memchr(doc->at, '<', doc->len);
	size_t n = start != NULL ? (size_t)(start - doc->at) : 0,
	       len = doc->len;

	while (len > 0 &&
	    (text_is_space(doc->at[len - 1]) || doc->at[len - 1] == '\0'))
		len--;
	if (n == 0 && memchr(doc->at + len, '\0', doc->len - len) == NULL)
		return false;
	doc->len = len;
	buf_consume(doc, n);
	return true;
}

/* Whether XML may hold the character. */
static bool
is_xml_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0xfffe && c != 0xffff;
}

/* Bytes that are text as it should be. */
static size_t
good_length(const char *p, size_t len)
{
	uint32_t c;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = text_utf8_char(p + i, len - i, &c);
		if (n == 0 || !is_xml_char(c))
			break;
	}
	return i;
}

const char *
repair_find_label(const char *data, size_t len, size_t *n)
{
	const char *p, *end;

	if (len < 6 || memcmp(data, "<?xml", 5) != 0)
		return NULL;
	if (len > DECLARATION_MAX)
		len = DECLARATION_MAX;
	if ((end = memmem(data, len, "?>", 2)) == NULL)
		return NULL;
	p = memmem(data, (size_t)(end - data), "encoding", 8);
	if (p == NULL)
		return NULL;
	for (p += 8; p < end && (text_is_space(*p) || *p == '='); p++)
		continue;
	if (p == end || (*p != '"' && *p != '\''))
		return NULL;
	p++;
	for (*n = 0; p + *n < end && p[*n] != p[-1]; (*n)++)
		continue;
	return p;
}

/* The character set of what is declared; NULL: nothing, or unknown. */
static const struct charset *
label_charset(const struct repair *r)
{
	const char *label;
	size_t n;

	if ((label = repair_find_label(r->doc->at, r->doc->len, &n)) == NULL)
		return NULL;
	return charset_find(label, n);
}

/*
 * What is not UTF-8 becomes it: from what the document declares, else from
 * what the message does.
 */
static bool
recode(struct repair *r)
{
	const struct charset *sets[2] = { label_charset(r),
		r->context.charset != NULL ? charset_find(r->context.charset,
		                                 strlen(r->context.charset))
		                           : NULL };
	bool utf8 = text_is_utf8(r->doc->at, r->doc->len);
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (sets[i] == NULL || charset_is_utf8(sets[i]) ||
		    (utf8 && !charset_is_stateful(sets[i])))
			continue;
		/* It may be cut off within a character. */
		if (charset_decode(sets[i], r->doc->at, r->doc->len, &out) ==
		    CHARSET_BAD)
			continue;
		r->as_labelled = true;
		buf_done(r->doc);
		*r->doc = out;
		return true;
	}
	buf_done(&out);
	return false;
}

/*
 * What is not UTF-8, and not what it is declared to be, is windows-1252.  What
 * is no text becomes U+FFFD, a run of it one.
 */
static bool
fix_characters(struct repair *r)
{
	struct buf *doc = r->doc, out = { 0 };
	const char *p, *end;
	bool fixed, gap = false;
	size_t n;

	if (good_length(doc->at, doc->len) == doc->len)
		return false;
	recode(r);
	fixed = charset_mend(doc->at, doc->len, &out);
	buf_done(doc);
	*doc = out;
	if (good_length(doc->at, doc->len) == doc->len)
		return fixed;
	memset(&out, 0, sizeof(out));
	for (p = doc->at, end = p + doc->len; p < end;) {
		n = good_length(p, (size_t)(end - p));
		buf_add(&out, p, n);
		p += n;
		if (p == end)
			break;
		if (n > 0 || !gap)
			buf_add_str(&out, REPLACEMENT);
		gap = true;
		/* A legal but unwanted character goes as a whole. */
		n = text_utf8_char(p, (size_t)(end - p), NULL);
		p += n > 0 ? n : 1;
	}
	buf_done(doc);
	*doc = out;
	return true;
}

/* Blank every XML declaration: it is UTF-8 by now.  Whether one was wrong. */
static bool
fix_declaration(struct repair *r)
{
	struct buf *doc = r->doc;
	const struct charset *set = label_charset(r);
	const char *root;
	char *p, *end = doc->at + doc->len, *q;
	size_t n, before_root = 0;
	bool wrong = false, ascii = true;

	for (n = 0; n < doc->len && ascii; n++)
		ascii = (unsigned char)doc->at[n] < 0x80;
	/* A gateway that recodes says so. */
	if (r->context.charset != NULL && set != NULL &&
	    charset_find(r->context.charset, strlen(r->context.charset)) ==
	        charset_find("utf-8", 5))
		wrong = false;
	else if (!r->as_labelled &&
	    repair_find_label(doc->at, doc->len, &n) != NULL &&
	    (set == NULL || !charset_is_utf8(set)))
		wrong = set == NULL || !(ascii && charset_is_single(set));
	root = memmem(doc->at, doc->len, "feedback", 8);
	for (p = doc->at;
	     (p = memmem(p, (size_t)(end - p), "<?xml", 5)) != NULL; p = q) {
		q = p + 5;
		if (q == end || !text_is_space(*q))
			continue;
		if (root != NULL && p < root && before_root++ > 0)
			wrong = true;
		if ((q = memmem(p, (size_t)(end - p), "?>", 2)) == NULL)
			break;
		q += 2;
		memset(p, ' ', (size_t)(q - p));
	}
	for (n = 0; n < doc->len && text_is_space(doc->at[n]); n++)
		continue;
	buf_consume(doc, n);
	return wrong;
}

static bool
fix_schema(struct repair *r)
{
	return repair_schema(r->doc);
}

/* --- ampersands ----------------------------------------------------------- */

/* Whether the reference after "&", up to its ";", is one that XML knows. */
static bool
is_reference(const char *p, const char *end)
{
	static const char *const names[] = { "amp;", "lt;", "gt;", "quot;",
		"apos;" };
	uint32_t c = 0, digit, base = 10;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((size_t)(end - p) >= strlen(names[i]) &&
		    memcmp(p, names[i], strlen(names[i])) == 0)
			return true;
	if (p == end || *p++ != '#')
		return false;
	if (p < end && *p == 'x') {
		base = 16;
		p++;
	}
	for (i = 0; p < end && i < 8; i++, p++) {
		if (*p >= '0' && *p <= '9')
			digit = (uint32_t)(*p - '0');
		else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')
			digit = (uint32_t)((*p | 0x20) - 'a' + 10);
		else
			break;
		if (digit >= base)
			return false;
		c = c * base + digit;
		if (c > 0x10ffff)
			return false;
	}
	return i > 0 && p < end && *p == ';' && is_xml_char(c) &&
	    (c & 0xfffff800) != 0xd800;
}

/* Within comments and CDATA it is no reference. */
static const char *
skip_verbatim(const char *p, const char *end)
{
	const char *close = NULL;
	size_t n = (size_t)(end - p);

	if (n > 4 && memcmp(p, "<!--", 4) == 0)
		close = memmem(p + 4, n - 4, "-->", 3);
	else if (n > 9 && memcmp(p, "<![CDATA[", 9) == 0)
		close = memmem(p + 9, n - 9, "]]>", 3);
	else
		return p + 1;
	return close != NULL ? close : end;
}

static bool
fix_ampersands(struct repair *r)
{
	const char *p = r->doc->at, *end = p + r->doc->len, *done = p;
	struct buf out = { 0 };

	while (p < end) {
		if (*p == '<')
			p = skip_verbatim(p, end);
		else if (*p++ == '&' && !is_reference(p, end)) {
			buf_add(&out, done, (size_t)(p - done));
			buf_add_str(&out, "amp;");
			done = p;
		}
	}
	if (out.len == 0)
		return false;
	buf_add(&out, done, (size_t)(end - done));
	buf_done(r->doc);
	*r->doc = out;
	return true;
}

/* --- attempts ------------------------------------------------------------- */

static void
add_quirk(struct repair *r, const char *name)
{
	*(const char **)array_add(&r->quirks, sizeof(char *)) = name;
}

/* Read what we have now.  *records: how many there were. */
static int
attempt(struct repair *r, const char *data, size_t len, bool partial,
    size_t *records, struct err *err)
{
	struct aggregate *a;
	int status;

	r->context.repairs = &r->quirks;
	r->context.partial = partial;
	r->context.taken = r->out->len;
	a = aggregate_new(r->limits, &r->context);
	status = aggregate_push(a, data, len, err);
	if (status == 0)
		status = aggregate_finish(a, r->out, err);
	if (status == 0) {
		r->result->reports += aggregate_reports(a);
		*records = aggregate_records(a);
	}
	aggregate_free(a);
	return status;
}

/* For a mail admin. */
static void
say_lost(struct repair_result *result, bool cut, size_t dropped, size_t records)
{
	char damaged[64] = "";

	if (dropped > 0)
		snprintf(damaged, sizeof(damaged),
		    "%zu damaged record%s left out, ", dropped,
		    dropped == 1 ? "" : "s");
	snprintf(result->lost, sizeof(result->lost), "%s; %s%zu record%s kept",
	    cut ? "cut off" : "not well-formed", damaged, records,
	    records == 1 ? "" : "s");
}

/*
 * One report by itself: a missing tail, then damage.  fix_characters() has run
 * before, on which repair_markup() relies.
 */
static int
repair_report(struct repair *r, const char *data, size_t len, bool one)
{
	struct err err = ERR_INIT;
	struct buf doc = { 0 };
	size_t records = 0, dropped = 0;
	bool lost = false, cut;
	int status;

	if (attempt(r, data, len, false, &records, &err) == 0)
		return 0;
	/* Then it was not for what stood around it. */
	if (one)
		r->quirks.n--;
	buf_add(&doc, data, len);
	if (repair_tail(&doc, &lost))
		add_quirk(r, "truncated");
	status = attempt(r, doc.at, doc.len, lost, &records, &err);
	cut = lost;
	if (status == -1 && repair_markup(&doc, &lost, &dropped)) {
		add_quirk(r, "bad-markup");
		status = attempt(r, doc.at, doc.len, lost, &records, &err);
	}
	buf_done(&doc);
	if (status == 0 && lost && r->result->lost[0] == '\0')
		say_lost(r->result, cut, dropped, records);
	return status;
}

/* Every report in the document by itself. */
static void
repair_reports(struct repair *r, int max)
{
	const char *data = r->doc->at;
	size_t len = r->doc->len, pos = 0, start, n, quirks;
	int seen = 0, failed = 0;
	bool one;

	one = repair_next_report(data, len, &pos, &start, &n) &&
	    !repair_has_report(data + pos, len - pos);
	add_quirk(r, one ? "junk" : "concatenated");
	quirks = r->quirks.n;
	for (pos = 0; repair_next_report(data, len, &pos, &start, &n); seen++) {
		if (seen == max) {
			r->result->too_many = true;
			break;
		}
		r->quirks.n = quirks;
		failed += repair_report(r, data + start, n, one) == -1;
	}
	if (failed > 0 && r->result->reports > 0)
		snprintf(r->result->lost, sizeof(r->result->lost),
		    "not well-formed; %d of the %d reports in it %s left out",
		    failed, seen, failed == 1 ? "is" : "are");
}

void
repair_run(struct buf *doc, const struct limits *limits,
    const struct aggregate_context *context, int max, struct buf *out,
    struct repair_result *result)
{
	static const struct {
		bool (*fix)(struct repair *);
		const char *quirk;
	} steps[] = {
		{ fix_ends, "junk" },
		{ fix_characters, "bad-characters" },
		{ fix_declaration, "bad-encoding" },
		{ fix_schema, "stray-root" },
		{ fix_ampersands, "bare-ampersand" },
	};
	struct repair r = { doc, limits, *context, out, result, { 0 }, false };
	struct err err = ERR_INIT;
	size_t i, records;
	bool wrong;

	memset(result, 0, sizeof(*result));
	if (cost_pay(context->cost, doc->len * COST_REPAIR_BYTE, &err) == -1)
		return;
	fix_utf16(&r);
	/* A document type declaration is refused, not repaired. */
	if (memmem(doc->at, doc->len, "<!DOCTYPE", 9) != NULL ||
	    !repair_has_report(doc->at, doc->len))
		return;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		wrong = steps[i].fix(&r);
		if (wrong)
			add_quirk(&r, steps[i].quirk);
		/* A declaration that is right may still be not for libxml2. */
		else if (steps[i].fix != fix_declaration)
			continue;
		if (attempt(&r, doc->at, doc->len, false, &records, &err) == 0)
			goto out;
	}
	repair_reports(&r, max);
out:
	array_done(&r.quirks);
}
