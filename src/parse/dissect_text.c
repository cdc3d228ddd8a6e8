/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parse/announce.h"
#include "parse/dissect_priv.h"
#include "parse/hint.h"
#include "parse/plaintext.h"
#include "parse/unpack_form.h"

void
dissect_done_words(struct dissect_words *words)
{
	buf_done(&words->text);
	buf_done(&words->page);
	buf_done(&words->file);
}

static bool
is_page(const struct mime_leaf *leaf)
{
	const char *end = leaf->data + leaf->len;
	const char *p = unpack_skip_blank(leaf->data, end);

	return hint_is_html(p, (size_t)(end - p)) ||
	    (leaf->type != NULL && strcmp(leaf->type, "text/html") == 0);
}

struct announce *
dissect_announce(struct dissect *d)
{
	struct announce *a = &d->message.announce;

	if (d->message.announced)
		return a;
	d->message.announced = true;
	memset(a, 0, sizeof(*a));
	if (d->message.is_mail)
		announce_by_header(
		    a, d->message.data, d->message.len, &d->message.facts);
	return a;
}

bool
dissect_text(struct dissect *d, size_t max, const char **text, size_t *len)
{
	const struct mime_leaf *leaf = d->part.leaf;
	const char *data = leaf->data;
	size_t n = leaf->len < max ? leaf->len : max;

	if ((leaf->type != NULL && strncmp(leaf->type, "text/", 5) != 0) ||
	    unpack_is_packed(leaf->data, leaf->len))
		return false;
	if (is_page(leaf)) {
		d->words.page.len = 0;
		plaintext_from_html(data, n, &d->words.page);
		data = d->words.page.at;
		n = d->words.page.len;
	}
	if (n > 0 && plaintext_has_quotes(data, n)) {
		d->words.text.len = 0;
		plaintext_unquote(
		    data, n, dissect_announce(d)->reply, &d->words.text);
		data = d->words.text.at;
		n = d->words.text.len;
	}
	*text = data;
	*len = n;
	return n > 0;
}
