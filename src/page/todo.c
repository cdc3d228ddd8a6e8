/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/todo.h"

#include "answer/ready_words.h"
#include "page/panel.h"

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
	bool is_link;

	ready_add_task(&text, t);
	html_printf(h, "<li>");
	is_link = html_begin_target(h, HTML_SENDER, t->domain, t->who);
	html_printf(h, "%.600s", buf_str(&text));
	html_end_link(h, is_link);
	html_printf(h, ".");
	if (!is_link)
		write_command(h, t->look);
	write_command(h, t->command);
	html_printf(h, "</li>\n");
	buf_done(&text);
}

size_t
todo_write(struct html *h, const struct ready_list *list, const struct ready *r,
    size_t max)
{
	const struct ready_task *t = ready_tasks(list, r);
	const size_t n = ready_tasks_shown(list, r, max);
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
	if (n > 0)
		html_printf(h, "</ul>\n");
	return n;
}
