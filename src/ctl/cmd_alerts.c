/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What began and what ended since the last time: first it is printed, then the
 * hooks are told, then the state is replaced.  Whoever is killed in between
 * tells it again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/alert.h"
#include "base/log.h"
#include "ctl/alert_hooks.h"
#include "ctl/alert_state.h"
#include "ctl/commands.h"

static const struct output_column columns[] = {
	{ "time", NULL, OUTPUT_TEXT, 0 },
	{ "event", NULL, OUTPUT_TEXT, 0 },
	{ "state", NULL, OUTPUT_TEXT, 0 },
	{ "key", NULL, OUTPUT_TEXT, 0 },
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "object", NULL, OUTPUT_TEXT, 0 },
	{ "since", NULL, OUTPUT_TEXT, 0 },
	{ "text", NULL, OUTPUT_TEXT, 0 },
	{ "command", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

struct telling {
	const struct options *options;
	struct alert_state state;
	struct alert_hooks hooks;
	struct query_db *db;
	struct alert_list list;
	struct array lines; /* of const char *: the alerts as JSON */
	struct array todo;  /* of struct alert_todo, of hooks that failed */
	struct arena strings;
	size_t failed; /* hooks */
};

/* --- printing ------------------------------------------------------------- */

static void
say(struct output *o, const struct alert_list *list)
{
	static const char marks[] = {
		[ALERT_ON] = '!',
		[ALERT_OFF] = '-',
		[ALERT_ONCE] = '*',
	};
	const struct alert *a = list->alerts.at;
	size_t i;

	for (i = 0; i < list->alerts.n; i++) {
		output_paragraph(o, 2, "%c %s", marks[a[i].state], a[i].text);
		if (a[i].command != NULL && a[i].state != ALERT_OFF)
			output_paragraph(o, 2, "  %s", a[i].command);
	}
	if (list->left_out > 0)
		output_line(
		    o, "%" PRId64 " more are not told.", list->left_out);
}

static int
print(struct telling *t, struct output *o, struct err *err)
{
	struct query *q;
	int rc;

	if (output_is_table(o)) {
		say(o, &t->list);
		return output_end(o, err);
	}
	if (alert_query(&q, t->db, &t->list, err) == -1)
		return -1;
	rc = output_rows(o, NULL, NULL, q, columns, NULL, err);
	query_free(q);
	return rc == -1 ? -1 : output_end(o, err);
}

static int
print_all(struct telling *t, struct err *err)
{
	struct output *o = options_new_output(t->options);
	int rc = print(t, o, err);

	output_free(o);
	return rc;
}

/* What hooks read. */
static int
make_lines(struct telling *t, struct err *err)
{
	struct output_options options;
	struct output *o;
	char *text = NULL, *line, *next;
	size_t n;
	FILE *stream = open_memstream(&text, &n);
	int rc;

	if (stream == NULL)
		return err_set_errno(err, ERR_AGAIN, "cannot write alerts");
	output_options_init(&options, OUTPUT_JSONL, stream);
	o = output_new(&options);
	rc = print(t, o, err);
	output_free(o);
	fclose(stream);
	for (line = text; rc == 0 && (next = strchr(line, '\n')) != NULL;
	     line = next + 1)
		*(const char **)array_add(&t->lines,
		    sizeof(const char *)) = arena_strndup(&t->strings, line,
		    (size_t)(next - line));
	free(text);
	return rc;
}

/* --- hooks ---------------------------------------------------------------- */

/* What a hook is to be told: what it missed, then what is new. */
static void
find_input(const struct telling *t, const char *hook, struct array *lines)
{
	const struct alert_todo *todo = t->state.todo.at;
	const char *const *line = t->lines.at;
	size_t i;

	for (i = 0; i < t->state.todo.n; i++)
		if (strcmp(todo[i].hook, hook) == 0)
			*(const char **)array_add(
			    lines, sizeof(const char *)) = todo[i].line;
	for (i = 0; i < t->lines.n; i++)
		*(const char **)array_add(
		    lines, sizeof(const char *)) = line[i];
}

static void
keep_todo(struct telling *t, const char *hook, const struct array *lines)
{
	const char *const *line = lines->at;
	size_t i = 0;

	if (lines->n > ALERT_TODO_MOST) {
		i = lines->n - ALERT_TODO_MOST;
		log_error("%s/%s is never told of the oldest %zu alerts: it "
		          "has failed for too long",
		    t->hooks.directory, hook, i);
	}
	for (; i < lines->n; i++)
		*(struct alert_todo *)array_add(
		    &t->todo, sizeof(struct alert_todo)) = (struct alert_todo) {
			.hook = hook, .line = line[i]
		};
}

static void
tell_hook(struct telling *t, const char *hook)
{
	struct array lines = { 0 };
	struct err err = ERR_INIT;
	struct buf input = { 0 };
	const char *const *line;
	size_t i;

	find_input(t, hook, &lines);
	line = lines.at;
	for (i = 0; i < lines.n; i++)
		buf_printf(&input, "%s\n", line[i]);
	if (lines.n > 0 &&
	    alert_hooks_run(&t->hooks, hook, &input, t->options->db, &err) ==
	        -1) {
		log_error("%s", err.text);
		keep_todo(t, hook, &lines);
		t->failed++;
	}
	array_done(&lines);
	buf_done(&input);
}

static void
tell_hooks(struct telling *t)
{
	const char *const *hook = t->hooks.names.at;
	size_t i;

	if (t->hooks.names.n == 0 && t->lines.n > 0)
		log_warning("%s has no hook that can be run: nobody was told",
		    t->hooks.directory);
	for (i = 0; i < t->hooks.names.n; i++)
		tell_hook(t, hook[i]);
}

/* --- all of it ------------------------------------------------------------ */

/*
 * The state is written before anybody is told, so that a full disk does not
 * make it told again and again.
 */
static int
tell_and_remember(struct telling *t, struct err *err)
{
	const bool has_hooks = t->options->exec != NULL;
	const size_t hooks = t->hooks.names.n;

	if (alert_state_prepare(&t->state, &t->list.marks,
	        has_hooks ? &t->todo : &t->state.todo, err) == -1)
		return -1;
	if (has_hooks)
		tell_hooks(t);
	if ((t->failed > 0 &&
	        alert_state_prepare(&t->state, &t->list.marks, &t->todo, err) ==
	            -1) ||
	    alert_state_commit(&t->state, err) == -1)
		return -1;
	if (t->failed > 0)
		return err_set(err, ERR_AGAIN,
		    "%zu of %zu hooks failed: the next run tells %s again",
		    t->failed, hooks, t->failed == 1 ? "it" : "them");
	return 0;
}

static int
run(struct telling *t, struct err *err)
{
	const struct options *options = t->options;
	int rc;

	if (alert_state_open(&t->state, options->state, err) == -1 ||
	    (options->exec != NULL &&
	        alert_hooks_find(&t->hooks, options->exec, err) == -1) ||
	    options_open_database(options, &t->db, err) == -1)
		return -1;
	rc = alert_load(
	    &t->list, t->db, t->state.is_first ? NULL : &t->state.marks, err);
	if (rc == 0)
		rc = print_all(t, err);
	if (rc == 0 && options->exec != NULL)
		rc = make_lines(t, err);
	/* Hooks may take long, and nobody is to wait for them. */
	query_close(t->db);
	t->db = NULL;
	return rc == -1 ? -1 : tell_and_remember(t, err);
}

int
cmd_alerts(const struct options *options, struct err *err)
{
	struct telling t = { .options = options, .state.lock = -1 };
	int rc;

	if (options->state == NULL)
		return err_set(err, ERR_USAGE,
		    "alerts needs --state=FILE, where it remembers what it has "
		    "told");
	rc = run(&t, err);
	query_close(t.db);
	alert_done(&t.list);
	alert_hooks_done(&t.hooks);
	alert_state_close(&t.state);
	array_done(&t.lines);
	array_done(&t.todo);
	arena_done(&t.strings);
	return rc;
}
