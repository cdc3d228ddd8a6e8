/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_collect.h"

#include <string.h>

#include "base/text.h"
#include "parse/aggregate_assign.h"

void
collect_begin(struct build *b, const struct element *e)
{
	b->leaf = e;
	b->attribute = b->attribute2 = NULL;
}

void
collect_append(struct build *b, const char *s, size_t n)
{
	size_t room;

	/* The words of two elements within a leaf do not run together. */
	if (b->text_parted && n > 0) {
		b->text_parted = false;
		if (b->text_len > 0 && b->text_len < LIMIT_TEXT &&
		    !text_is_space(*s) &&
		    !text_is_space(b->text[b->text_len - 1]))
			b->text[b->text_len++] = ' ';
	}
	room = LIMIT_TEXT - b->text_len;
	if (b->text_len == 0)
		while (n > 0 && text_is_space(*s)) {
			s++;
			n--;
		}
	if (n > room) {
		while (n > room && text_is_space(s[n - 1]))
			n--;
		b->text_cut |= n > room;
		n = room;
	}
	memcpy(b->text + b->text_len, s, n);
	b->text_len += n;
}

/* The end of a text that was cut may be half a character. */
static void
drop_half_character(struct build *b)
{
	size_t n = b->text_len, i;

	for (i = 1; i <= 4 && i <= n; i++)
		if (((unsigned char)b->text[n - i] & 0xc0) != 0x80) {
			if (text_utf8_char(b->text + n - i, i, NULL) != i)
				b->text_len = n - i;
			return;
		}
}

void
collect_end(struct build *b)
{
	const struct element *e = b->leaf;

	b->leaf = NULL;
	b->text_parted = false;
	if (b->text_cut) {
		report_add_quirk(&b->report.report, "long-value");
		drop_half_character(b);
		b->text_cut = false;
	}
	while (b->text_len > 0 && text_is_space(b->text[b->text_len - 1]))
		b->text_len--;
	assign_leaf(b, e);
	b->text_len = 0;
}

void
collect_between(struct build *b)
{
	if (b->text_cut)
		drop_half_character(b);
	assign_stray(b);
	b->text_cut = false;
}
