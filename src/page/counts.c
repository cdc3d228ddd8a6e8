/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/counts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

const struct counts_spark *
counts_spark(const struct counts *c, size_t sender)
{
	size_t i;

	if (!map_find(&c->sparks, &sender, sizeof(sender), &i))
		return NULL;
	return (const struct counts_spark *)c->sparks.items.at + i;
}

struct counts_reporter *
counts_reporter(struct counts *c, const char *org)
{
	char *key = text_lower(xstrdup(org));
	struct counts_reporter *r = map_item(&c->reporters, key, strlen(key));

	if (r->seen == NULL) {
		r->seen = xcalloc((size_t)c->time.ndays, 1);
		r->first = INT_MAX;
		r->name = xstrdup(org);
	} else if (strcmp(org, r->name) > 0) {
		free(r->name);
		r->name = xstrdup(org);
	}
	free(key);
	return r;
}

int
counts_query(struct query **q, struct query_db *db, const struct counts *c,
    const char *sql, const char *column, const char *rest, struct err *err)
{
	struct buf all = { NULL, 0, 0 };
	int rc;

	buf_add_str(&all, sql);
	if (c->domain != NULL && strcmp(column, "rep.domain") == 0)
		buf_add_str(&all,
		    " AND rep.domain IN"
		    " (SELECT value ->> 0 FROM json_each(?9)"
		    "  UNION ALL SELECT value ->> 0 FROM json_each(?10))");
	else if (c->domain != NULL)
		buf_printf(&all, " AND %s = ?3", column);
	if (rest != NULL)
		buf_add_str(&all, rest);
	rc = scope_query(q, db, buf_str(&all), &c->period, c->domain, err);
	buf_done(&all);
	return rc;
}

void
counts_done(struct counts *c)
{
	struct counts_reporter *r = c->reporters.items.at;
	size_t i;

	for (i = 0; i < c->reporters.items.n; i++) {
		free(r[i].name);
		free(r[i].seen);
	}
	map_done(&c->domains);
	map_done(&c->sparks);
	map_done(&c->alike);
	map_done(&c->subdomains);
	map_done(&c->reporters);
	map_done(&c->keys);
	map_done(&c->overrides);
	policies_done(&c->policies);
	scope_done(&c->scope);
}
