/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/repair.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/mime_decode.h"
#include "parse/repair_tags.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct repair {
	struct buf *doc;
	const struct limits *limits;
	struct aggregate_hints hints;
	struct buf *out;
	struct repair_result *result;
	struct array quirks; /* of const char *: the repairs so far */
	bool as_labelled;    /* the declared encoding was undone */
};

/* --- characters ----------------------------------------------------------- */

static void
add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80)
		buf_add_char(out, (char)c);
	else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xf0 | c >> 18));
		buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

static uint32_t
utf16_unit(const char *p, bool big)
{
	const unsigned char *u = (const unsigned char *)p;

	return big ? (uint32_t)(u[0] << 8 | u[1])
	           : (uint32_t)(u[1] << 8 | u[0]);
}

/* UTF-16, with its mark or without, becomes UTF-8. */
static void
fix_utf16(struct repair *r)
{
	const char *p = r->doc->at, *end = p + r->doc->len;
	struct buf utf8 = { 0 };
	uint32_t c, low;
	bool big;

	if (end - p < 4)
		return;
	if (memcmp(p, "\xfe\xff", 2) == 0 || memcmp(p, "\0<", 2) == 0)
		big = true;
	else if (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "<\0", 2) == 0)
		big = false;
	else
		return;
	if (*p != '<' && *p != '\0')
		p += 2; /* the mark */
	for (; end - p >= 2; p += 2) {
		c = utf16_unit(p, big);
		low = end - p >= 4 ? utf16_unit(p + 2, big) : 0;
		if ((c & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			p += 2;
		} else if ((c & 0xf800) == 0xd800)
			c = 0xfffd;
		add_utf8(&utf8, c);
	}
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

/*
 * The declared encoding: its place within the document, *n its length.  NULL
 * when none is declared.
 */
static const char *
find_label(const struct buf *doc, size_t *n)
{
	const char *p, *end;

	if (doc->len < 6 || memcmp(doc->at, "<?xml", 5) != 0)
		return NULL;
	if ((end = memmem(doc->at, doc->len, "?>", 2)) == NULL)
		return NULL;
	p = memmem(doc->at, (size_t)(end - doc->at), "encoding", 8);
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

static bool
label_is(const char *label, size_t n, const char *const *names)
{
	for (; *names != NULL; names++)
		if (n == strlen(*names) && strncasecmp(label, *names, n) == 0)
			return true;
	return false;
}

static const char *const utf8_labels[] = { "utf-8", "utf8", "us-ascii", "ascii",
	NULL };
static const char *const latin_labels[] = { "iso-8859-1", "windows-1252",
	NULL };

/* What is not UTF-8, or no text, becomes U+FFFD, a run of it one. */
static bool
fix_characters(struct repair *r)
{
	struct buf *doc = r->doc, out = { 0 };
	const char *p, *end, *label;
	size_t n;
	bool gap = false;

	n = good_length(doc->at, doc->len);
	if (n == doc->len)
		return false;
	if (!text_is_utf8(doc->at, doc->len) &&
	    (label = find_label(doc, &n)) != NULL &&
	    label_is(label, n, latin_labels)) {
		/* As it says: only libxml2 does not know it. */
		mime_decode_charset(label, n, doc->at, doc->len, &out);
		r->as_labelled = true;
		buf_done(doc);
		*doc = out;
		return false;
	}
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
	const char *label, *root;
	char *p, *end = doc->at + doc->len, *q;
	size_t n, before_root = 0;
	bool wrong = false, ascii = true;

	for (n = 0; n < doc->len && ascii; n++)
		ascii = (unsigned char)doc->at[n] < 0x80;
	if (!r->as_labelled && (label = find_label(doc, &n)) != NULL &&
	    !label_is(label, n, utf8_labels))
		wrong = !ascii || !label_is(label, n, latin_labels);
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

	r->hints.repairs = &r->quirks;
	r->hints.partial = partial;
	a = aggregate_new(r->limits, &r->hints);
	status = aggregate_push(a, data, len, err);
	if (status == 0)
		status = aggregate_finish(a, r->out, err);
	if (status == 0) {
		r->result->reports++;
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

/* One report by itself: a missing tail, then damage. */
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
		    "not well-formed; %d of the %d reports in it are left out",
		    failed, seen);
}

void
repair_run(struct buf *doc, const struct limits *limits,
    const struct aggregate_hints *hints, int max, struct buf *out,
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
	struct repair r = { doc, limits, *hints, out, result, { 0 }, false };
	struct err err = ERR_INIT;
	size_t i, records;
	bool wrong;

	memset(result, 0, sizeof(*result));
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
