/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dkim_tags.h"

#include <string.h>

#include "base/text.h"

static const struct dkim_tag *
find(const struct dkim_tags *tags, const char *name, size_t len)
{
	const struct dkim_tag *t = tags->list.at;
	size_t i;

	for (i = 0; i < tags->list.n; i++)
		if (t[i].name_len == len && memcmp(t[i].name, name, len) == 0)
			return &t[i];
	return NULL;
}

const struct dkim_tag *
dkim_tags_find(const struct dkim_tags *tags, const char *name)
{
	return find(tags, name, strlen(name));
}

static bool
is_name(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || !text_is_letter(s[0]))
		return false;
	for (i = 1; i < n; i++)
		if (!text_is_alnum(s[i]) && s[i] != '_')
			return false;
	return true;
}

/* Read one of a list; what is wrong with it is the fault of all. */
static void
read_item(struct dkim_tags *tags, const char *item, size_t len)
{
	const char *equals = memchr(item, '=', len);
	struct dkim_tag t;

	if (equals == NULL) {
		tags->fault = "its list of tags has something that is not "
		              "NAME=VALUE";
		return;
	}
	t.name_len = (size_t)(equals - item);
	t.name = text_trim(item, &t.name_len);
	t.raw = equals + 1;
	t.raw_len = t.len = (size_t)(item + len - t.raw);
	t.value = text_trim(t.raw, &t.len);
	if (!is_name(t.name, t.name_len))
		tags->fault = "the name of one of its tags is not a word";
	else if (find(tags, t.name, t.name_len) != NULL)
		tags->fault = "one of its tags is there twice";
	*(struct dkim_tag *)array_add(&tags->list, sizeof(t)) = t;
}

void
dkim_tags_read(struct dkim_tags *tags, const char *value, size_t len)
{
	const char *p = value, *end = value + len, *semicolon;
	size_t n, rest;

	for (; p < end; p = semicolon + 1) {
		semicolon = memchr(p, ';', (size_t)(end - p));
		if (semicolon == NULL)
			semicolon = end;
		n = rest = (size_t)(semicolon - p);
		text_trim(p, &rest);
		/* Nothing may be behind the last one only. */
		if (rest == 0 && semicolon == end)
			return;
		if (tags->list.n == DKIM_TAGS) {
			tags->fault = "it has too many tags";
			return;
		}
		read_item(tags, p, n);
		if (semicolon == end)
			return;
	}
}

void
dkim_tags_done(struct dkim_tags *tags)
{
	array_done(&tags->list);
	*tags = (struct dkim_tags) { .fault = NULL };
}

char *
dkim_tag_text(const struct dkim_tag *t, struct arena *arena)
{
	char *out = arena_alloc(arena, t->len + 1);
	size_t i, n = 0;

	for (i = 0; i < t->len; i++)
		if (!text_is_space(t->value[i]))
			out[n++] = t->value[i] != '\0' ? t->value[i] : '?';
	out[n] = '\0';
	return out;
}
