/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/feed_json.h"

#include <string.h>

#include "base/json.h"

void
feed_json_add(struct buf *b, const char *members, size_t n)
{
	if (n > 0 && b->len > 0 && b->at[b->len - 1] != '{')
		buf_add_char(b, ',');
	buf_add(b, members, n);
}

static bool
is_in(const char *name, const char *list)
{
	size_t n = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name)) != NULL) {
		if (at > list && at[-1] == ' ' && at[n] == ' ')
			return true;
		at += n;
	}
	return false;
}

static void
add_json(struct buf *b, const char *name, const char *json)
{
	feed_json_add(b, "\"", 1);
	buf_add_str(b, name);
	buf_add_str(b, "\":");
	json_add_json(b, json);
}

void
feed_json_add_row(struct buf *b, struct query *q, bool flat, const char *json)
{
	struct query_value v;
	const char *name;
	int i, n = query_columns(q);

	for (i = 0; i < n; i++) {
		name = query_column_name(q, i);
		if (name[0] == '_')
			continue;
		v = query_value(q, i);
		if (v.null && flat)
			continue;
		if (v.is_int)
			json_add_member_int(b, name, v.num);
		else if (v.null || flat || !is_in(name, json))
			json_add_member(b, name, v.text);
		else
			add_json(b, name, v.text);
	}
}
