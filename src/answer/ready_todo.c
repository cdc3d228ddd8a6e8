/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_todo.h"

#include <stdlib.h>
#include <string.h>

#include "answer/ready_judge.h"
#include "answer/sender_rule.h"
#include "answer/subject.h"
#include "base/buf.h"

/* Rules of one command, which is to fit a line; of more addresses networks. */
#define RULES 4
#define ADDRESSES 2

static const char *
keep(struct ready_list *list, struct buf *b)
{
	const char *text = arena_strndup(&list->strings, buf_str(b), b->len);

	buf_done(b);
	return text;
}

/* --- the command that settles it ------------------------------------------ */

/* The word for the kind, if what is known suggests one. */
static const char *
kind_of(const struct sender *s)
{
	if (s->service != NULL && s->service->kind == SERVICE_SERVICE)
		return "service";
	if (s->service != NULL && s->service->kind == SERVICE_FORWARDER)
		return "forwarder";
	return s->evidence == SENDER_BY_OWN_SPF ? "own" : "KIND";
}

static bool
has_name(const struct sender *s)
{
	return s->evidence < SENDER_BY_NETWORK &&
	    s->evidence != SENDER_BY_OWN_SPF;
}

/* How a rule covers a source: by what proved its name, else by its place. */
static void
write_rule(struct buf *rule, const struct sender_source *s, bool by_network)
{
	char network[SENDER_NETWORK];

	rule->len = 0;
	if (sender_rule_add(rule, s))
		return;
	/* What can be no rule is in no command. */
	if (s->name.proof != NULL && !subject_is_plain(s->name.proof))
		return;
	if (by_network && s->ip != NULL) {
		sender_network_write(s->key, network);
		buf_add_str(rule, network);
	} else if (s->ip != NULL)
		buf_add_str(rule, s->ip);
}

/* Collect the rules for what is unknown of a sender, and has a sign if any. */
static void
find_rules(struct map *rules, const struct sender_source *s, size_t n,
    bool has_signs, bool by_network)
{
	struct buf rule = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i].counts.failed[SOURCE_UNKNOWN] == 0 ||
		    (has_signs && s[i].signs == 0))
			continue;
		write_rule(&rule, &s[i], by_network);
		if (rule.len > 0)
			map_number(rules, rule.at, rule.len);
	}
	buf_done(&rule);
}

/* NULL: reports had no address that a rule could name. */
static const char *
settle(struct ready_list *list, const struct sender *s)
{
	const struct sender_source *sources = (const struct sender_source *)
	                                          list->senders->sources.at +
	    s->first;
	struct map rules = { 0 };
	struct buf b = { 0 };
	size_t i;

	find_rules(&rules, sources, s->n, s->signs != 0, false);
	if (rules.keys.n > ADDRESSES) {
		map_done(&rules);
		rules = (struct map) { 0 };
		find_rules(&rules, sources, s->n, s->signs != 0, true);
	}
	if (rules.keys.n == 0)
		return NULL;
	buf_add_str(&b, "ruactl sender add ");
	subject_add_argument(
	    &b, has_name(s) && s->who[0] != '-' ? s->who : "NAME");
	buf_printf(&b, " %s", kind_of(s));
	for (i = 0; i < rules.keys.n && i < RULES; i++) {
		buf_add_char(&b, ' ');
		subject_add_argument(&b, map_key(&rules, i));
	}
	map_done(&rules);
	return keep(list, &b);
}

/* --- tasks ---------------------------------------------------------------- */

static const char *
look(struct ready_list *list, const char *domain, const char *who)
{
	struct buf b = { 0 };

	buf_add_str(&b, "ruactl why ");
	subject_add_argument(&b, domain);
	buf_add_char(&b, ' ');
	subject_add_argument(&b, who);
	return keep(list, &b);
}

static const char *
say_signs(struct ready_list *list, unsigned int signs)
{
	struct buf b = { 0 };

	sender_signs_add(&b, signs, "; ");
	return keep(list, &b);
}

static void
add_task(struct ready_list *list, const struct ready *r, const struct sender *s,
    enum ready_task_kind kind, int64_t messages)
{
	struct ready_task *t;

	if (messages == 0)
		return;
	t = array_add(&list->tasks, sizeof(*t));
	t->kind = kind;
	t->domain = r->domain;
	t->who = s->who;
	t->messages = messages;
	t->addresses = s->addresses;
	t->signs = kind == READY_TASK_NAME ? s->signs : 0;
	t->why = say_signs(list, t->signs);
	t->look = look(list, r->domain, s->who);
	t->command = kind == READY_TASK_NAME ? settle(list, s) : NULL;
}

static int
compare(const void *one, const void *other)
{
	const struct ready_task *a = one, *b = other;
	const int risk_a = ready_risk(a->signs), risk_b = ready_risk(b->signs);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (risk_a != risk_b)
		return risk_a > risk_b ? -1 : 1;
	if (a->messages != b->messages)
		return a->messages > b->messages ? -1 : 1;
	return strcmp(a->who, b->who);
}

void
ready_todo_find(struct ready_list *list)
{
	const struct sender_domain *d = list->senders->domains.at;
	const struct sender *s = list->senders->senders.at;
	struct ready *r = list->rows.at;
	size_t i, k = 0;

	/* Rows and senders are in the order of domains, rows leave some out. */
	for (i = 0; i < list->rows.n; i++) {
		r[i].first_task = list->tasks.n;
		for (; k < list->senders->senders.n; k++) {
			const char *name = d[s[k].domain].name;

			if (strcmp(name, r[i].domain) != 0)
				break;
			add_task(list, &r[i], &s[k], READY_TASK_FIX,
			    s[k].counts.failed[SOURCE_KNOWN]);
			add_task(list, &r[i], &s[k], READY_TASK_NAME,
			    s[k].counts.failed[SOURCE_UNKNOWN]);
		}
		r[i].tasks = list->tasks.n - r[i].first_task;
		if (r[i].tasks > 1)
			qsort((struct ready_task *)list->tasks.at +
			        r[i].first_task,
			    r[i].tasks, sizeof(struct ready_task), compare);
	}
}
