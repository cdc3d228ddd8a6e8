/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "parse/pasted.h"
#include "parse/hint.h"
#include "parse/dissect_priv.h"
#include "parse/plaintext.h"
#include "parse/unpack_form.h"

#define FILES 16                      /* in uuencode within one text */
#define DOCUMENTS (4 * LIMIT_REPORTS) /* within one text, good or bad */

/* A document or file within the part, as if it were a part of its own. */
static void
read_within(struct dissect *d, const char *data, size_t len, const char *name)
{
	const struct mime_leaf *around = d->part.leaf;
	struct mime_leaf leaf = *around;
	struct err err = ERR_INIT;
	const char *why;

	leaf.data = data;
	leaf.len = len;
	if (name != NULL) {
		leaf.filename = name;
		leaf.type = NULL;
	}
	d->part.leaf = &leaf;
	d->doc.name = NULL;
	if (dissect_read_documents(d, &err) == -1) {
		why = unpack_unsupported(data, len);
		dissect_add_problem(d,
		    why != NULL ? "unsupported" : dissect_kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (name != NULL && d->part.documents == 0 &&
	    d->part.problems == 0)
		missing_by_leaf(&d->message.missing, &leaf, NULL, 0);
	d->part.leaf = around;
}

static void
read_files(struct dissect *d, const char *data, size_t len)
{
	char name[256];
	struct pasted e;
	int i;

	pasted_start(&e, data, len);
	for (i = 0; i < FILES && pasted_next_file(&e, &d->words.file); i++)
		read_within(d, d->words.file.at, d->words.file.len,
		    text_safe(name, sizeof(name), e.name));
	if (d->words.file.cap > DISSECT_KEEP_MAX)
		buf_done(&d->words.file);
}

static bool
has_either(const char *p, size_t n, const char *lower, const char *upper)
{
	return memmem(p, n, lower, strlen(lower)) != NULL ||
	    memmem(p, n, upper, strlen(upper)) != NULL;
}

/* A tag or two are what people write about, not a report. */
static bool
is_report(const char *p, size_t n)
{
	bool metadata = has_either(p, n, "report_metadata", "REPORT_METADATA");
	bool policy = has_either(p, n, "policy_published", "POLICY_PUBLISHED");

	return (metadata && policy) ||
	    ((metadata || policy) &&
	        has_either(p, n, "source_ip", "SOURCE_IP"));
}

/* What a reply quotes came before. */
static bool
is_old(struct dissect *d)
{
	return plaintext_has_quotes(d->part.leaf->data, d->part.leaf->len) &&
	    dissect_announce(d)->reply;
}

bool
dissect_is_talk(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;

	return unpack_form(leaf->data, leaf->len) == FORM_XML &&
	    (is_old(d) || !is_report(leaf->data, leaf->len));
}

/* A person may quote a piece of one: not to be read is no problem by itself. */
static void
read_documents(struct dissect *d, const char *data, size_t len)
{
	struct pasted e;
	int i;

	d->part.embedded = d->message.is_mail && d->part.leaf->filename == NULL;
	pasted_start(&e, data, len);
	for (i = 0; i < DOCUMENTS && !d->answer.too_many && pasted_next_xml(&e);
	     i++)
		if (is_report(e.doc, e.len))
			read_within(d, e.doc, e.len, NULL);
	pasted_start(&e, data, len);
	if (!d->answer.too_many && pasted_json(&e))
		read_within(d, e.doc, e.len, NULL);
	d->part.embedded = false;
}

/* Whether the part is a document, or begins with one, and not with words. */
static bool
is_document(const struct mime_leaf *leaf)
{
	const char *end = leaf->data + leaf->len;
	const char *p = unpack_skip_blank(leaf->data, end);
	enum form form = unpack_form(leaf->data, leaf->len);

	if (form == FORM_ZLIB)
		return unpack_is_packed(leaf->data, leaf->len);
	if (form != FORM_XML)
		return form != FORM_OTHER;
	return !hint_is_html(p, (size_t)(end - p)) &&
	    (*p != '<' || pasted_is_xml(p, end));
}

/* What has nothing of a document or file; most parts are asked this only. */
static bool
has_only_words(const char *data, size_t len)
{
	/* gzip's first byte is no character of a text. */
	if ((unsigned char)*data < ' ' && !text_is_space(*data))
		return true;
	return memchr(data, '<', len) == NULL &&
	    memchr(data, '{', len) == NULL && memchr(data, '&', len) == NULL &&
	    memmem(data, len, "begin", 5) == NULL;
}

bool
dissect_read_words(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;
	int reports = d->answer.reports, told = d->part.problems;
	const char *text;
	size_t len;

	if (leaf->len == 0 || has_only_words(leaf->data, leaf->len) ||
	    is_document(leaf) ||
	    (d->message.words_group != 0 &&
	        leaf->group == d->message.words_group))
		return false;
	if (!is_old(d)) {
		read_files(d, leaf->data, leaf->len);
		read_documents(d, leaf->data, leaf->len);
	}
	if (d->answer.reports == reports && d->part.problems == told &&
	    dissect_text(d, LIMIT_REPAIR, &text, &len) && text != leaf->data) {
		read_files(d, text, len);
		read_documents(d, text, len);
	}
	if (d->words.text.cap > DISSECT_KEEP_MAX)
		buf_done(&d->words.text);
	if (d->words.page.cap > DISSECT_KEEP_MAX)
		buf_done(&d->words.page);
	/* Both of an alternative say the same. */
	if (d->answer.reports > reports)
		d->message.words_group = leaf->group;
	return d->answer.reports > reports || d->part.problems > told;
}
