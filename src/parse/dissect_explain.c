/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "parse/charset.h"
#include "parse/dissect_priv.h"
#include "parse/mime_header.h"

/* Bytes of all texts that are searched, which is done often. */
#define ALL_WORDS (64 << 10)

/* What is looked at for the second time. */
struct second {
	struct dissect *d;
	const char *mail; /* the nested one around the last part */
	size_t words;     /* bytes that may still be searched */
	struct buf utf8;  /* a text */
};

/* The words are known in UTF-8. */
static void
recode(struct second *s, const struct mime_leaf *leaf, const char **text,
    size_t *len)
{
	const struct charset *set = NULL;
	struct buf label = { 0 };

	if (leaf->content_type != NULL &&
	    mime_field_param(leaf->content_type, leaf->content_type_len,
	        "charset", &label, NULL))
		set = charset_find(buf_str(&label), label.len);
	buf_done(&label);
	s->utf8.len = 0;
	if (set != NULL && !charset_is_utf8(set) &&
	    charset_decode(set, *text, *len, &s->utf8) != CHARSET_BAD) {
		*text = s->utf8.at;
		*len = s->utf8.len;
	} else if (!text_is_utf8(*text, *len)) {
		s->utf8.len = 0;
		charset_mend(*text, *len, &s->utf8);
		*text = s->utf8.at;
		*len = s->utf8.len;
	}
}

static int
see_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct second *s = arg;
	struct dissect *d = s->d;
	const char *text = NULL;
	size_t len = 0;

	(void)err;
	if (leaf->in_bounce || leaf->sample != NULL)
		return 0;
	if (leaf->mail != NULL && leaf->mail != s->mail)
		announce_by_nested(
		    &d->message.announce, leaf->mail, leaf->mail_len);
	s->mail = leaf->mail;
	announce_by_leaf(&d->message.announce, leaf);
	d->part.leaf = leaf;
	if (s->words > 0 &&
	    dissect_text(d,
	        s->words < DISSECT_NOTICE ? s->words : DISSECT_NOTICE, &text,
	        &len)) {
		s->words -= len < s->words ? len : s->words;
		recode(s, leaf, &text, &len);
		announce_by_text(&d->message.announce, text, len);
	}
	missing_by_leaf(&d->message.missing, leaf, text, len);
	return 0;
}

/* Whether what is known shows that a report was meant. */
static bool
is_announced(const struct dissect *d, bool has_problem)
{
	switch (announce_level(&d->message.announce)) {
	case ANNOUNCE_CLEAR:
		return true;
	case ANNOUNCE_MAYBE:
		/* Newsletters have links, too. */
		return has_problem || d->message.missing.rank > MISSING_LINK ||
		    (d->message.missing.rank == MISSING_LINK &&
		        d->message.missing.named);
	case ANNOUNCE_NOT:
		break;
	}
	return false;
}

static void
add_missing(struct dissect *d)
{
	const struct missing *m = &d->message.missing;
	const struct mime_leaf leaf = {
		.where = m->rank != MISSING_NOTHING ? m->where
		    : d->message.is_mail            ? "mail"
		                                    : "file",
		.filename = m->filename[0] != '\0' ? m->filename : NULL,
	};

	d->part.leaf = &leaf;
	d->doc.name = NULL;
	if (m->rank != MISSING_NOTHING)
		dissect_add_problem(d, m->kind, m->text);
	else
		dissect_add_problem(d, "empty",
		    "it announces a report, but nothing is attached");
	d->part.leaf = NULL;
}

void
dissect_explain(struct dissect *d, const char *data, size_t len, int problems)
{
	static const char empty[] = "an empty report";
	struct second s = { .d = d, .words = ALL_WORDS };
	struct mime_leaf leaf = { .data = data, .len = len };
	struct err err = ERR_INIT;
	const bool has_problem = d->answer.problems > problems;

	/* What it is instead is known, or it was refused as a whole. */
	if (d->answer.refused || len == 0 ||
	    (d->message.not_report != NULL &&
	        strcmp(d->message.not_report, empty) != 0))
		return;
	if (d->message.is_mail) {
		if (!dissect_announce(d)->answer)
			mime_walk(data, len, see_leaf, &s, &err);
	} else {
		dissect_announce(d);
		leaf.where = d->answer.filename != NULL ? d->answer.filename
		                                        : "file";
		leaf.filename = d->answer.filename;
		see_leaf(&leaf, &s, &err);
	}
	buf_done(&s.utf8);
	if (!is_announced(d, has_problem))
		return;
	d->answer.hinted = true;
	if (!has_problem)
		add_missing(d);
}
