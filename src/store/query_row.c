/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/query_row.h"

#include <string.h>

static int
read_word(int *out, const struct query_field *field, const char *word,
    struct err *err)
{
	int i;

	for (i = 0; field->words[i] != NULL; i++)
		if (strcmp(word, field->words[i]) == 0) {
			*out = i;
			return 0;
		}
	return err_set(
	    err, ERR_BUG, "%s is not a word of %s", word, field->column);
}

/* Fields that stand in the order of the columns are found at once. */
static int
find_column(struct query *q, const char *name, int next)
{
	if (next < query_columns(q) &&
	    strcmp(query_column_name(q, next), name) == 0)
		return next;
	return query_column(q, name);
}

int
query_row_read(struct query *q, const struct query_field *fields, void *row,
    struct arena *strings, struct err *err)
{
	const struct query_field *field;
	struct query_value v;
	void *member;
	int column = -1;

	for (field = fields; field->column != NULL; field++) {
		column = find_column(q, field->column, column + 1);
		if (column == -1)
			return err_set(err, ERR_BUG,
			    "a question has no column %s", field->column);
		v = query_value(q, column);
		member = (char *)row + field->offset;
		switch (field->type) {
		case QUERY_INT:
			*(int64_t *)member = v.num;
			break;
		case QUERY_BOOL:
			*(bool *)member = v.num != 0;
			break;
		case QUERY_TEXT:
			*(const char **)member = v.null
			    ? NULL
			    : arena_strndup(strings, v.text, strlen(v.text));
			break;
		case QUERY_WORD:
			*(int *)member = 0;
			if (!v.null &&
			    read_word(member, field, v.text, err) == -1)
				return -1;
			break;
		}
	}
	return 0;
}
