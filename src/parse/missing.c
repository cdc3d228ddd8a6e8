/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/missing.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/announce_word.h"
#include "parse/hint.h"
#include "parse/mime_header.h"
#include "parse/missing_word.h"

#define PGP_MAX (64 << 10) /* bytes in which PGP must show itself */

static const char removed[] = "the attachment was removed on the way";

static bool
note(struct missing *m, enum missing_rank rank, const struct mime_leaf *leaf,
    const char *kind, const char *text)
{
	if (rank <= m->rank)
		return false;
	m->rank = rank;
	m->kind = kind;
	snprintf(m->where, sizeof(m->where), "%s", leaf->where);
	text_safe(m->filename, sizeof(m->filename),
	    leaf->filename != NULL ? leaf->filename : "");
	snprintf(m->text, sizeof(m->text), "%s", text);
	return true;
}

static bool
is_type(const struct mime_leaf *leaf, const char *type)
{
	return leaf->type != NULL && strcmp(leaf->type, type) == 0;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n, k = strlen(suffix);

	return name != NULL && (n = strlen(name)) >= k &&
	    strcasecmp(name + n - k, suffix) == 0;
}

/* --- PGP ------------------------------------------------------------------ */

/* A line of the armour (RFC 9580, 6.2). */
static bool
has_armour(const char *data, size_t len)
{
	static const char begin[] = "-----BEGIN PGP MESSAGE";
	const char *end = data + (len < PGP_MAX ? len : PGP_MAX), *p = data;

	if (len == 0)
		return false;
	for (; (p = memmem(p, (size_t)(end - p), begin, sizeof(begin) - 1)) !=
	     NULL;
	     p++)
		if (p == data || p[-1] == '\n')
			return true;
	return false;
}

static bool
is_pgp(const struct mime_leaf *leaf)
{
	return is_type(leaf, "application/pgp-encrypted") ||
	    is_type(leaf, "application/pgp") ||
	    is_type(leaf, "multipart/encrypted") ||
	    ends_with(leaf->filename, ".pgp") ||
	    ends_with(leaf->filename, ".gpg") ||
	    has_armour(leaf->data, leaf->len);
}

/* --- parts ---------------------------------------------------------------- */

/* What a reader of mail leaves in place of what it deleted. */
static bool
is_stub(const struct mime_leaf *leaf)
{
	return is_type(leaf, "text/x-moz-deleted") ||
	    (leaf->filename != NULL &&
	        missing_says_removed(leaf->filename, strlen(leaf->filename)));
}

static bool
is_deleted_by_mutt(const struct mime_leaf *leaf)
{
	struct buf type = { 0 };
	bool found;

	found = leaf->content_type != NULL &&
	    mime_field_param(leaf->content_type, leaf->content_type_len,
	        "access-type", &type, NULL) &&
	    strcasecmp(buf_str(&type), "x-mutt-deleted") == 0;
	buf_done(&type);
	return found;
}

/* Types of which no report would be missed. */
static bool
is_decoration(const struct mime_leaf *leaf)
{
	static const char *const types[] = { "image/", "text/", "message/",
		"multipart/", "application/pgp-signature",
		"application/pkcs7-signature", "application/x-pkcs7-signature",
		"application/pgp-keys" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (leaf->type != NULL &&
		    strncmp(leaf->type, types[i], strlen(types[i])) == 0)
			return strcmp(types[i], "text/") != 0 ||
			    leaf->filename == NULL;
	return leaf->type == NULL && leaf->filename == NULL;
}

static void
by_part(struct missing *m, const struct mime_leaf *leaf)
{
	const char *why = hint_unsupported(leaf);
	char text[160];

	if (why != NULL)
		note(m, MISSING_ENCRYPTED, leaf, "unsupported", why);
	else if (is_pgp(leaf))
		note(m, MISSING_ENCRYPTED, leaf, "unsupported",
		    "what is encrypted with PGP is not read");
	else if (is_type(leaf, "application/ms-tnef") ||
	    ends_with(leaf->filename, "winmail.dat"))
		note(m, MISSING_ENCRYPTED, leaf, "unsupported",
		    "winmail.dat (TNEF) is not read: ask the sender for MIME");
	else if (is_type(leaf, "message/partial"))
		note(m, MISSING_PIECE, leaf, "unsupported",
		    "only a piece of a message (message/partial): pieces are "
		    "not put together");
	else if (is_type(leaf, "message/external-body") &&
	    is_deleted_by_mutt(leaf))
		note(m, MISSING_REMOVED, leaf, "empty", removed);
	else if (is_type(leaf, "message/external-body"))
		note(m, MISSING_OUTSIDE, leaf, "unsupported",
		    "the report is not in the message but elsewhere "
		    "(message/external-body): it is not fetched");
	else if (is_stub(leaf))
		note(m, MISSING_REMOVED, leaf, "empty", removed);
	else if (leaf->unseparated && hint_is_blank(leaf->data, leaf->len))
		note(m, MISSING_HEADER, leaf, "corrupt",
		    "header and body are not separated by an empty line");
	else if (hint_is_blank(leaf->data, leaf->len)) {
		if (leaf->filename != NULL || !is_decoration(leaf))
			missing_note_empty(m, leaf);
	} else if (!is_decoration(leaf)) {
		snprintf(text, sizeof(text),
		    "the attachment is of a kind that is not read (%.100s)",
		    leaf->type != NULL ? leaf->type : "no type");
		note(m, MISSING_PART, leaf, "unsupported", text);
	}
}

/* --- texts ---------------------------------------------------------------- */

static void
by_text(struct missing *m, const struct mime_leaf *leaf, const char *text,
    size_t len)
{
	char sentence[400], name[200], safe[200] = "";
	const char *found;
	size_t n;

	if ((found = announce_find_file_name(text, len, &n)) != NULL) {
		m->named = true;
		n = n < sizeof(name) - 1 ? n : sizeof(name) - 1;
		memcpy(name, found, n);
		name[n] = '\0';
		text_safe(safe, sizeof(safe), name);
	}
	if (missing_says_removed(text, len) ||
	    (leaf->filename != NULL && missing_says_it_is_removed(text, len))) {
		snprintf(sentence, sizeof(sentence),
		    "the attachment%s%s%s was removed on the way, as the text "
		    "says",
		    found != NULL ? " \"" : "", safe,
		    found != NULL ? "\"" : "");
		note(m, MISSING_REMOVED, leaf, "empty", sentence);
	} else if (missing_says_linked(text, len)) {
		snprintf(sentence, sizeof(sentence),
		    "there is a link in place of the attachment%s%s%s: it is "
		    "not fetched",
		    found != NULL ? " \"" : "", safe,
		    found != NULL ? "\"" : "");
		note(m, MISSING_LINK, leaf, "empty", sentence);
	} else if (found != NULL && leaf->filename == NULL) {
		snprintf(sentence, sizeof(sentence),
		    "the text names the attachment \"%s\", which is not there",
		    safe);
		note(m, MISSING_NAMED, leaf, "empty", sentence);
	}
}

void
missing_by_leaf(struct missing *m, const struct mime_leaf *leaf,
    const char *text, size_t len)
{
	by_part(m, leaf);
	if (text != NULL && len > 0)
		by_text(m, leaf, text, len);
}

void
missing_note_document(
    struct missing *m, const struct mime_leaf *leaf, const struct err *err)
{
	note(m, MISSING_DOCUMENT, leaf,
	    err->class == ERR_LIMIT ? "limit" : "corrupt", err->text);
}

void
missing_note_empty(struct missing *m, const struct mime_leaf *leaf)
{
	note(m, MISSING_EMPTY, leaf, "empty", "the attachment is empty");
}
