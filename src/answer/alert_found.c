/* SPDX-License-Identifier: BSD-2-Clause */
/* What the finders share. */
#include <string.h>

#include "answer/alert_find.h"

struct alert_found *
alert_find_add(
    struct alert_look *look, enum alert_sight sight, enum alert_kind kind)
{
	struct alert_found *f = array_add(look->found, sizeof(*f));

	f->sight = sight;
	f->mark.kind = kind;
	f->mark.since_ts = look->now;
	return f;
}

void
alert_find_hold(struct alert_look *look, const struct alert_mark *m)
{
	alert_find_add(look, ALERT_HOLDS, m->kind)->of = m;
}

const char *
alert_find_copy(struct alert_look *look, const char *text)
{
	return text == NULL ? NULL
	                    : arena_strndup(look->strings, text, strlen(text));
}
