/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_rows.h"

#include "answer/prose.h"
#include "answer/ready_answer.h"
#include "answer/ready_judge.h"
#include "answer/ready_words.h"
#include "answer/sender_rows.h"
#include "base/json.h"
#include "store/rules.h"

/* Yes and no as 1 and 0. */
static void
add_answer(struct buf *json, int answer)
{
	if (answer < 0)
		json_add_item(json, NULL);
	else
		json_add_item_int(json, answer);
}

/* --- arrays --------------------------------------------------------------- */

static void
add_task(struct buf *todo, const struct ready_task *t)
{
	static const char *const kinds[] = { "fix", "name" };

	buf_add_str(todo, todo->len > 1 ? ",{" : "{");
	json_add_member(todo, "task", kinds[t->kind]);
	json_add_member(todo, "who", t->who);
	json_add_member_int(todo, "messages", t->messages);
	json_add_member_int(todo, "addresses", t->addresses);
	buf_add_str(todo, ",\"signs\":");
	sender_add_signs(todo, t->signs);
	json_add_member(todo, "why", t->why);
	json_add_member(todo, "look", t->look);
	json_add_member(todo, "command", t->command);
	buf_add_char(todo, '}');
}

static void
add_todo(struct buf *json, const struct ready_list *list, const struct ready *r)
{
	const struct ready_task *t = ready_tasks(list, r);
	struct buf todo = { 0 };
	size_t i;

	buf_add_char(&todo, '[');
	for (i = 0; i < r->tasks; i++)
		add_task(&todo, &t[i]);
	buf_add_char(&todo, ']');
	json_add_item(json, buf_str(&todo));
	buf_done(&todo);
}

static void
add_sentences(struct buf *json, const struct ready *r)
{
	struct prose prose = { 0 };
	struct buf text = { 0 };
	size_t i;

	ready_answer_add(&prose, r);
	buf_add_char(&text, '[');
	for (i = 0; prose_at(&prose, i) != NULL; i++)
		json_add_item(&text, prose_at(&prose, i));
	buf_add_char(&text, ']');
	json_add_item(json, buf_str(&text));
	prose_done(&prose);
	buf_done(&text);
}

/* clang-format off */
#define PASS_PCT RULE_PERCENT(value ->> 10, value ->> 9)
/* clang-format on */

/* --- rows ----------------------------------------------------------------- */

/* In the order of the question below. */
static void
add_row(struct buf *json, const struct ready_list *list, const struct ready *r)
{
	json_add_item(json, r->domain);
	json_add_item(json, r->policy);
	json_add_item(json, r->sp);
	json_add_item(json, r->np);
	json_add_item_int(json, r->pct);
	json_add_item_int(json, r->is_testing);
	json_add_item(json, r->policy_domain);
	json_add_item_int(json, r->days);
	json_add_item_int(json, r->reporters);
	json_add_item_int(json, r->messages);
	json_add_item_int(json, r->pass);
	json_add_item_int(json, r->fail);
	json_add_item_int(json, r->lost);
	json_add_item_int(json, r->suffers);
	json_add_item_int(json, r->stopped);
	json_add_item_int(json, r->unknown);
	json_add_item_int(json, r->like_own);
	json_add_item(json, ready_verdict_words[r->verdict]);
	json_add_item(json, ready_title(r));
	json_add_item_int(json, r->is_thin);
	add_answer(json, ready_for_quarantine(r));
	add_answer(json, ready_for_reject(r));
	add_sentences(json, r);
	add_todo(json, list, r);
}

int
ready_rows_query(struct query **q, struct query_db *db,
    const struct ready_list *list, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS domain, value ->> 1 AS policy,"
	    " value ->> 2 AS sp, value ->> 3 AS np, value ->> 4 AS pct,"
	    " value ->> 5 AS testing, value ->> 6 AS policy_domain,"
	    " value ->> 7 AS days, value ->> 8 AS reporters,"
	    " value ->> 9 AS messages,"
	    " " PASS_PCT " AS pass_pct,"
	    " value ->> 10 AS pass, value ->> 11 AS fail,"
	    " value ->> 12 AS lost, value ->> 13 AS suffers,"
	    " value ->> 14 AS stopped, value ->> 15 AS unknown,"
	    " value ->> 16 AS like_own, value ->> 17 AS verdict,"
	    " value ->> 18 AS title, value ->> 19 AS thin,"
	    " value ->> 20 AS quarantine, value ->> 21 AS reject,"
	    " value ->> 22 AS text, value ->> 23 AS todo FROM json_each(?1)";
	const struct ready *r = list->rows.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < list->rows.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		add_row(&json, list, &r[i]);
		buf_add_char(&json, ']');
	}
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}
