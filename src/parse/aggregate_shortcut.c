/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/aggregate_shortcut.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define DEPTH 8 /* elements within elements: more than a record has */

static const char start[] = "<record>";
#define START_LEN (sizeof(start) - 1)

/* Where the reading stands; end is one past the last byte. */
struct cursor {
	const char *p;
	const char *end;
	size_t lines;
};

static void
skip_blanks(struct cursor *c)
{
	const char *p = c->p;
	size_t lines = 0;

	for (; p < c->end && text_is_space(*p); p++)
		lines += *p == '\n';
	c->p = p;
	c->lines += lines;
}

static bool
take(struct cursor *c, const char *s, size_t n)
{
	if ((size_t)(c->end - c->p) < n || memcmp(c->p, s, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* "name>" */
static bool
take_name(struct cursor *c, const struct element *e)
{
	return take(c, e->name, e->name_len) && take(c, ">", 1);
}

/* "name>" of an element that the parent may hold; NULL: something else. */
static const struct element *
read_name(struct cursor *c, enum node parent, uint8_t *next)
{
	const struct element *e;
	const char *p = c->p;

	while (p < c->end && ((*p >= 'a' && *p <= 'z') || *p == '_'))
		p++;
	e = element_find(parent, c->p, (size_t)(p - c->p), next);
	c->p = p;
	return e != NULL && take(c, ">", 1) ? e : NULL;
}

/* Text that has no meaning but itself, on one line. */
static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '<' && c != '&' && c != ']';
}

/* The text of a leaf, and its end. */
static bool
read_leaf(struct cursor *c, struct shortcut_item *item)
{
	const char *p = c->p;

	while (p < c->end && is_plain(*p))
		p++;
	item->text = c->p;
	item->len = (size_t)(p - c->p);
	c->p = p;
	return item->len <= LIMIT_TEXT && take(c, "</", 2) &&
	    take_name(c, item->element);
}

size_t
shortcut_read(struct shortcut *plain, const char *data, size_t len)
{
	const struct element *open[DEPTH], *e;
	struct cursor c = { data, data + len, 0 };
	struct shortcut_item *item = plain->items;
	size_t depth = 0;

	skip_blanks(&c);
	if ((size_t)(c.end - c.p) < START_LEN ||
	    memcmp(c.p, start, START_LEN) != 0)
		return 0;
	do {
		skip_blanks(&c);
		if (!take(&c, "<", 1) || item == plain->items + SHORTCUT_ITEMS)
			return 0;
		item->element = NULL;
		if (depth > 0 && take(&c, "/", 1)) {
			if (!take_name(&c, open[--depth]))
				return 0;
		} else {
			e = read_name(&c,
			    depth > 0 ? open[depth - 1]->node : FEEDBACK,
			    plain->next);
			if ((item->element = e) == NULL)
				return 0;
			if (e->node != LEAF) {
				if (depth == DEPTH)
					return 0;
				open[depth++] = e;
			} else if (!read_leaf(&c, item))
				return 0;
		}
		item++;
	} while (depth > 0);
	plain->n = (size_t)(item - plain->items);
	plain->lines = c.lines;
	return (size_t)(c.p - data);
}

size_t
shortcut_skip(const char *data, size_t len)
{
	const char *p;
	size_t n;

	if (len <= 1)
		return len;
	if ((p = memmem(data + 1, len - 1, start, START_LEN)) == NULL)
		return len;
	n = (size_t)(p - data);
	/* What libxml2 says of bad UTF-16 and CDATA depends on the pieces. */
	if (memchr(data, '\0', n) != NULL || memmem(data, n, "<!", 2) != NULL)
		return len;
	return n;
}
