/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/reporter_find.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define LONGEST 64   /* a name that can be meant by mistake */
#define FARTHEST 3   /* edits that a mistake has */
#define IS_IN_NAME 0 /* better than any edit */

/* From the newest report on, so that it takes long only for a stranger. */
static const char name_sql[] =
    "SELECT org_name FROM report WHERE org_name = ?1 COLLATE NOCASE"
    " ORDER BY id DESC LIMIT 1";

/* The most active first. */
static const char all_sql[] =
    "SELECT max(org_name) AS org_name, max(reporter) AS reporter FROM report"
    " GROUP BY org_name COLLATE NOCASE ORDER BY count(*) DESC, 1";

/* Whether a word of three letters or more is in a name, in any case. */
static bool
is_within(const char *word, const char *name)
{
	const size_t len = strlen(word);

	for (; len >= 3 && strlen(name) >= len; name++)
		if (strncasecmp(name, word, len) == 0)
			return true;
	return false;
}

static size_t
distance_to(const char *word, const char *name)
{
	char *a, *b;
	size_t distance;

	if (is_within(word, name))
		return IS_IN_NAME;
	if (strlen(word) >= LONGEST || strlen(name) >= LONGEST)
		return SIZE_MAX;
	a = text_lower(xstrdup(word));
	b = text_lower(xstrdup(name));
	distance = text_distance(a, b);
	free(a);
	free(b);
	return 2 * distance < strlen(word) ? distance : SIZE_MAX;
}

/* The nearest so far. */
struct near {
	char *name;
	size_t distance;
};

static void
consider(
    struct near *near, const char *word, const char *name, const char *domain)
{
	size_t distance = distance_to(word, name), other;

	if (domain != NULL && (other = distance_to(word, domain)) < distance)
		distance = other;
	if (distance >= near->distance)
		return;
	near->distance = distance;
	free(near->name);
	near->name = xstrdup(name);
}

/* Say that there is none of this name, and which is the nearest. */
static int
refuse(struct query_db *db, const char *word, struct err *err)
{
	struct near near = { .distance = FARTHEST + 1 };
	struct query *q;
	int rc;

	if (query_new(&q, db, all_sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1)
		consider(&near, word, query_named_text(q, "org_name"),
		    query_named_text(q, "reporter"));
	query_free(q);
	if (rc == 0)
		err_set(err, ERR_INPUT,
		    "no reporter is called \"%s\"%s%s%s: ruactl reporters "
		    "lists them",
		    word, near.name != NULL ? " (did you mean \"" : "",
		    near.name != NULL ? near.name : "",
		    near.name != NULL ? "\"?)" : "");
	free(near.name);
	return -1;
}

int
reporter_find(
    struct query_db *db, const char *word, char **name, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, name_sql, err) == -1)
		return -1;
	query_bind_text(q, 1, word);
	if ((rc = query_step(q, err)) == 1)
		*name = xstrdup(query_named_text(q, "org_name"));
	query_free(q);
	if (rc == 0)
		return refuse(db, word, err);
	return rc == -1 ? -1 : 0;
}
