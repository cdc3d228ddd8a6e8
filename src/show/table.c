/* SPDX-License-Identifier: BSD-2-Clause */
#include "show/table.h"

#include "answer/scope.h"

#define LIMIT_PARAMETER 4
#define REPORTER_PARAMETER 11
#define ID_PARAMETER 12
#define FAILING_PARAMETER 13

int
table_query(struct query **q, struct query_db *db, const char *sql,
    const struct table_question *question, struct err *err)
{
	if (query_new(q, db, sql, err) == -1)
		return -1;
	if (query_parameters(*q) == 0)
		return 0;
	query_free(*q);
	if (scope_query(q, db, sql, &question->period, question->domain, err) ==
	    -1)
		return -1;
	if (query_parameters(*q) >= LIMIT_PARAMETER)
		query_bind_int(*q, LIMIT_PARAMETER, question->limit);
	if (query_parameters(*q) >= REPORTER_PARAMETER &&
	    question->reporter != NULL)
		query_bind_text(*q, REPORTER_PARAMETER, question->reporter);
	if (query_parameters(*q) >= FAILING_PARAMETER &&
	    question->external_id != NULL)
		query_bind_text(*q, ID_PARAMETER, question->external_id);
	if (query_parameters(*q) >= FAILING_PARAMETER &&
	    question->has_failing != NULL)
		query_bind_int(*q, FAILING_PARAMETER, *question->has_failing);
	if (query_parameters(*q) > TABLE_BEFORE && question->before_id != 0) {
		query_bind_int(*q, TABLE_BEFORE, question->before_day);
		query_bind_int(*q, TABLE_BEFORE + 1, question->before_id);
	}
	return 0;
}

int
table_query_records(struct query **q, struct query_db *db, int64_t id,
    const bool *has_failing, int64_t limit, struct err *err)
{
	if (query_new(q, db, table_records.sql, err) == -1)
		return -1;
	query_bind_int(*q, 1, id);
	if (has_failing != NULL)
		query_bind_text(*q, 2, *has_failing ? "fail" : "pass");
	query_bind_int(*q, 3, limit);
	return 0;
}
