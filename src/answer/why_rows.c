/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why_rows.h"

#include "base/buf.h"
#include "base/json.h"

static void
keep_prose(struct query *q, const char *column, const struct prose *prose)
{
	struct buf json = { 0 };

	json_add_strings(&json, &prose->paragraphs);
	query_keep_text(q, query_column(q, column), buf_str(&json));
	buf_done(&json);
}

static int
keep_story(struct query *q, struct query_db *db,
    const struct why_source *source, struct err *err)
{
	struct prose evidence = { 0 }, advice = { 0 };
	struct why_story story;
	int rc;

	if ((rc = why_load_story(&story, q, db, source, err)) == 0) {
		why_add_evidence(&evidence, &story.why);
		why_add_advice(&advice, &story.why);
		keep_prose(q, "evidence", &evidence);
		keep_prose(q, "advice", &advice);
	}
	why_story_done(&story);
	prose_done(&evidence);
	prose_done(&advice);
	return rc;
}

int
why_rows_query(struct query **out, struct query_db *db,
    const struct why_source *source, struct why_records *records, int64_t limit,
    struct err *err)
{
	struct query *q;
	int rc;

	if (why_query(&q, db, records, limit, err) == -1)
		return -1;
	query_keep(q);
	while ((rc = query_step(q, err)) == 1)
		if ((rc = keep_story(q, db, source, err)) == -1)
			break;
	query_again(q);
	if (rc == 0)
		*out = q;
	else
		query_free(q);
	return rc;
}
