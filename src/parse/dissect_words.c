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

static bool
is_page(const struct mime_leaf *leaf)
{
	const char *end = leaf->data + leaf->len;
	const char *p = unpack_skip_blank(leaf->data, end);

	return hint_is_html(p, (size_t)(end - p)) ||
	    (leaf->type != NULL && strcmp(leaf->type, "text/html") == 0);
}

bool
dissect_text(struct dissect *in, size_t max, const char **text, size_t *len)
{
	const struct mime_leaf *leaf = in->leaf;
	const char *data = leaf->data;
	size_t n = leaf->len < max ? leaf->len : max;

	if ((leaf->type != NULL && strncmp(leaf->type, "text/", 5) != 0) ||
	    unpack_is_packed(leaf->data, leaf->len))
		return false;
	if (is_page(leaf)) {
		in->page.len = 0;
		plaintext_from_html(data, n, &in->page);
		data = in->page.at;
		n = in->page.len;
	}
	if (n > 0 && plaintext_has_quotes(data, n)) {
		in->text.len = 0;
		plaintext_unquote(
		    data, n, dissect_announce(in)->reply, &in->text);
		data = in->text.at;
		n = in->text.len;
	}
	*text = data;
	*len = n;
	return n > 0;
}

/* A document or file within the part, as if it were a part of its own. */
static void
read_within(struct dissect *in, const char *data, size_t len, const char *name)
{
	const struct mime_leaf *around = in->leaf;
	struct mime_leaf leaf = *around;
	struct err err = ERR_INIT;
	const char *why;

	leaf.data = data;
	leaf.len = len;
	if (name != NULL) {
		leaf.filename = name;
		leaf.type = NULL;
	}
	in->leaf = &leaf;
	in->name = NULL;
	if (dissect_read_documents(in, &err) == -1) {
		why = unpack_unsupported(data, len);
		dissect_add_problem(in,
		    why != NULL ? "unsupported" : dissect_kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (name != NULL && in->documents == 0 && in->told == 0)
		missing_by_leaf(&in->missing, &leaf, NULL, 0);
	in->leaf = around;
}

static void
read_files(struct dissect *in, const char *data, size_t len)
{
	char name[256];
	struct pasted e;
	int i;

	pasted_start(&e, data, len);
	for (i = 0; i < FILES && pasted_next_file(&e, &in->file); i++)
		read_within(in, in->file.at, in->file.len,
		    text_safe(name, sizeof(name), e.name));
	if (in->file.cap > DISSECT_KEEP_MAX)
		buf_done(&in->file);
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
is_old(struct dissect *in)
{
	return plaintext_has_quotes(in->leaf->data, in->leaf->len) &&
	    dissect_announce(in)->reply;
}

bool
dissect_is_talk(struct dissect *in)
{
	const struct mime_leaf *leaf = in->leaf;

	return unpack_form(leaf->data, leaf->len) == FORM_XML &&
	    (is_old(in) || !is_report(leaf->data, leaf->len));
}

/* A person may quote a piece of one: not to be read is no problem by itself. */
static void
read_documents(struct dissect *in, const char *data, size_t len)
{
	struct pasted e;
	int i;

	in->embedded = in->is_mail && in->leaf->filename == NULL;
	pasted_start(&e, data, len);
	for (i = 0; i < DOCUMENTS && !in->too_many && pasted_next_xml(&e); i++)
		if (is_report(e.doc, e.len))
			read_within(in, e.doc, e.len, NULL);
	pasted_start(&e, data, len);
	if (!in->too_many && pasted_json(&e))
		read_within(in, e.doc, e.len, NULL);
	in->embedded = false;
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
dissect_read_words(struct dissect *in)
{
	const struct mime_leaf *leaf = in->leaf;
	int reports = in->reports, told = in->told;
	const char *text;
	size_t len;

	if (leaf->len == 0 || has_only_words(leaf->data, leaf->len) ||
	    is_document(leaf) ||
	    (in->words_group != 0 && leaf->group == in->words_group))
		return false;
	if (!is_old(in)) {
		read_files(in, leaf->data, leaf->len);
		read_documents(in, leaf->data, leaf->len);
	}
	if (in->reports == reports && in->told == told &&
	    dissect_text(in, LIMIT_REPAIR, &text, &len) && text != leaf->data) {
		read_files(in, text, len);
		read_documents(in, text, len);
	}
	if (in->text.cap > DISSECT_KEEP_MAX)
		buf_done(&in->text);
	if (in->page.cap > DISSECT_KEEP_MAX)
		buf_done(&in->page);
	/* Both of an alternative say the same. */
	if (in->reports > reports)
		in->words_group = leaf->group;
	return in->reports > reports || in->told > told;
}
