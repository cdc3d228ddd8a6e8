/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/cache.h"

#include <stdio.h>
#include <string.h>

#define OK 200

bool
cache_find(const struct cache *c, const char *tag, struct answer *answer)
{
	const struct cache_entry *e = c->entries;
	int i = 0;

	while (i < CACHE_ANSWERS && strcmp(e[i].tag, tag) != 0)
		i++;
	if (i == CACHE_ANSWERS)
		return false;
	memset(answer, 0, sizeof(*answer));
	answer->status = OK;
	answer->type = e[i].type;
	answer->file = e[i].file;
	buf_add(&answer->body, e[i].body.at, e[i].body.len);
	return true;
}

void
cache_keep(struct cache *c, const char *tag, const struct answer *answer)
{
	struct cache_entry *e = &c->entries[c->next];

	if (answer->status != OK || answer->body.len > CACHE_BYTES)
		return;
	buf_done(&e->body);
	snprintf(e->tag, sizeof(e->tag), "%s", tag);
	e->type = answer->type;
	e->file = answer->file;
	buf_add(&e->body, answer->body.at, answer->body.len);
	c->next = (c->next + 1) % CACHE_ANSWERS;
}

void
cache_done(struct cache *c)
{
	int i;

	for (i = 0; i < CACHE_ANSWERS; i++)
		buf_done(&c->entries[i].body);
}
