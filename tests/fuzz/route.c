/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route: what a stranger asks for is refused with a sentence, or is a view that
 * one URL leads to, which has no character of markup in it.
 */
#include "fuzz.h"
#include "base/text.h"
#include "web/route.h"

static void
must_be_word(const char *s, size_t size)
{
	const size_t n = strnlen(s, size);
	uint32_t cp;
	size_t i, len;

	MUST(n < size);
	for (i = 0; i < n; i += len) {
		len = text_utf8_char(s + i, n - i, &cp);
		MUST(len > 0 && !text_is_unsafe(cp));
	}
}

static void
must_be_url(const char *s)
{
	for (; *s != '\0'; s++)
		MUST(text_is_alnum(*s) || strchr("-._~:/?=&%", *s) != NULL);
}

static void
must_be_the_same(const struct view *v, const char *target)
{
	struct err err = ERR_INIT;
	struct buf again = { 0 };
	struct view other;

	MUST(route_read(&other, target, &err) == 0);
	MUST(other.page == v->page && other.format == v->format);
	MUST(strcmp(other.domain, v->domain) == 0);
	MUST(strcmp(other.who, v->who) == 0);
	route_add_target(&again, &other);
	MUST(strcmp(buf_str(&again), target) == 0);
	buf_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view from = { .page = VIEW_REPORTS };
	struct err err = ERR_INIT;
	struct buf target = { 0 };
	struct view v;
	char *text = xmalloc(size + 1);
	int status;

	memcpy(text, data, size);
	text[size] = '\0';
	status = route_read(&v, text, &err);
	free(text);
	MUST(status == 0 || status == 400 || status == 404 || status == 414);
	MUST((status == 0) == (err.text[0] == '\0'));
	if (status != 0)
		return 0;
	MUST(v.page < VIEW_PAGES && v.from >= 0 && v.from <= VIEW_MAX_FROM);
	MUST(v.before_id >= 0);
	must_be_word(v.domain, sizeof(v.domain));
	must_be_word(v.who, sizeof(v.who));
	must_be_word(v.reporter, sizeof(v.reporter));
	must_be_word(v.id, sizeof(v.id));
	must_be_word(v.find, sizeof(v.find));
	route_add_target(&target, &v);
	must_be_url(buf_str(&target));
	if (target.len <= ROUTE_TARGET) /* escapes may make it longer */
		must_be_the_same(&v, buf_str(&target));
	target.len = 0;
	route_add_url(&target, &from, &v);
	must_be_url(buf_str(&target));
	buf_done(&target);
	return 0;
}
