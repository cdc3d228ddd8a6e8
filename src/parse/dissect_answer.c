/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "parse/dissect_priv.h"
#include "parse/hint.h"
#include "report/wire.h"

void
dissect_begin_message(struct dissect *d, const char *data, size_t len,
    bool is_mail, struct arena *arena)
{
	struct dissect_message *m = &d->message;

	memset(m, 0, sizeof(*m));
	m->data = data;
	m->len = len;
	m->is_mail = is_mail;
	m->arena = arena;
	if (is_mail)
		mime_read_facts(data, len, arena, &m->facts);
}

/* As far as each is known and says more. */
void
dissect_write_where(const struct dissect *d, char *out, size_t size)
{
	const char *const parts[] = { d->message.within, d->part.leaf->where,
		d->part.leaf->filename, d->doc.name };
	char safe[256];
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < 4 && used < size; i++) {
		if (parts[i] == NULL || (i > 0 && parts[i] == parts[i - 1]))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    used > 0 ? ": " : "",
		    text_safe(safe, sizeof(safe), parts[i]));
	}
}

int
dissect_max_reports(const struct dissect *d)
{
	return d->answer.is_file ? LIMIT_FILE_REPORTS : LIMIT_REPORTS;
}

const char *
dissect_kind_of(const struct err *err)
{
	return err->class == ERR_LIMIT ? "limit" : "corrupt";
}

void
dissect_add_problem(struct dissect *d, const char *kind, const char *text)
{
	char where[DISSECT_WHERE], safe[4 * LIMIT_REASON];
	const struct wire_problem p = { where, kind, safe };
	size_t used;

	dissect_write_where(d, where, sizeof(where));
	text_cut(text_safe(safe, sizeof(safe), text), LIMIT_REASON);
	if (d->answer.problems < LIMIT_PROBLEMS)
		wire_write_problem(d->answer.out, &p);
	d->part.problems++;
	if (strcmp(kind, "limit") == 0) {
		d->answer.refused = true;
		d->answer.cost_said |= d->answer.cost.refused;
	}
	d->answer.hinted |= hint_is_report_name(d->part.leaf->filename) ||
	    hint_is_report_name(d->doc.name);
	if (d->answer.problems++ > 0)
		return;
	/* The sentence matters more than the names. */
	if (where[0] != '\0') {
		used = text_columns(safe) + 2;
		text_cut_within(
		    where, used + 60 < LIMIT_REASON ? LIMIT_REASON - used : 60);
	}
	snprintf(d->answer.reason, sizeof(d->answer.reason), "%s%s%s", where,
	    where[0] != '\0' ? ": " : "", safe);
	text_cut(d->answer.reason, LIMIT_REASON);
}
