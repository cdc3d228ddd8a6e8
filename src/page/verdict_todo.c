/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_words.h"
#include "page/verdict.h"

#define TASKS 8

static void
write_command(struct html *h, const char *command)
{
	if (command == NULL || !panel_is_typable(command))
		return;
	html_code(h, command);
}

static void
write_task(struct html *h, const struct ready_task *t)
{
	struct buf text = { 0 };

	ready_add_task(&text, t);
	html_printf(h, "<li>%.600s.", buf_str(&text));
	write_command(h, t->look);
	write_command(h, t->command);
	html_printf(h, "</li>\n");
	buf_done(&text);
}

void
verdict_write_todo(struct panel *p, const struct ready *r)
{
	const struct ready_task *t = ready_tasks(&p->ready, r);
	const size_t n = ready_tasks_shown(&p->ready, r, TASKS);
	struct html *h = &p->html;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0 && t[i].kind != t[i - 1].kind)
			html_printf(h, "</ul>\n");
		if (i == 0 || t[i].kind != t[i - 1].kind)
			html_printf(h, "<h3>%s</h3>\n<ul class=\"todo\">\n",
			    t[i].kind == READY_TASK_FIX
			        ? "To fix"
			        : "To find out, the riskiest first");
		write_task(h, &t[i]);
	}
	if (i > 0)
		html_printf(h, "</ul>\n");
	if (r->tasks > n)
		panel_write_more(p, (int64_t)(r->tasks - n),
		    t[n].kind == READY_TASK_FIX ? "sources --failing"
		                                : "sources --unknown");
}
