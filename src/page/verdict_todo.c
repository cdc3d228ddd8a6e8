/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/todo.h"
#include "page/verdict.h"

#define TASKS 8

void
verdict_write_todo(struct panel *p, const struct ready *r)
{
	const size_t n = todo_write(&p->html, &p->ready, r, TASKS);

	if (r->tasks > n)
		panel_write_more(p, (int64_t)(r->tasks - n),
		    ready_tasks(&p->ready, r)[n].kind == READY_TASK_FIX
		        ? "sources --failing"
		        : "sources --unknown");
}
