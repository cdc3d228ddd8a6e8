/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/sender_ranges.h"
#include "answer/sender_rows.h"
#include "answer/sender_rule.h"
#include "answer/subject.h"
#include "base/json.h"
#include "base/sum.h"
#include "store/query_row.h"

#define MAX_NAME 63   /* bytes of a name to give, or of a domain to tell */
#define MAX_RULES 300 /* bytes of the rules of one command */

struct finding {
	struct sender_suggestions *out;
	const struct sender_list *list;
	struct map kinds;    /* of const char *: names that were given */
	struct map groups;   /* of struct group, by what write_group() adds */
	struct array spots;  /* of all sources */
	struct map commands; /* -> number in out->all */
};

/* What an address without a name of its own seems to be. */
enum address_kind {
	ADDRESS_STRANGE, /* nothing to suggest */
	ADDRESS_OWN,
	ADDRESS_OWN_GUESS,
	ADDRESS_FORWARDER,
	ADDRESS_FORWARDER_GUESS,
};

/* Addresses of a network, as one domain, that seem to be the same. */
struct group {
	enum address_kind kind;
	const struct sender_source *source; /* one of them */
	struct sender_counts counts;
	unsigned int signs;
};

/* What a sender seems to be. */
struct guess {
	const char *kind;      /* NULL: there is nothing to suggest */
	const char *condition; /* as in struct sender_suggestion */
	const char *reason;
	unsigned int signs;
};

static const char *
keep(struct finding *f, const char *text)
{
	return arena_strndup(&f->out->strings, text, strlen(text));
}

/* --- what it seems to be -------------------------------------------------- */

/*
 * Whether mail passes by DKIM alone, as it does when somebody forwards it; of
 * all that is known of n sources.
 */
static bool
is_dkim_only(const struct sender_source *source, size_t n)
{
	uint64_t dkim = 0, spf = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		dkim |= source[i].dkim.pass;
		spf |= source[i].spf.pass;
	}
	return dkim != 0 && spf == 0;
}

static bool
is_forwarded(const char *kind, const struct sender_counts *c)
{
	return sender_class(kind, c) == SOURCE_FORWARDED;
}

static bool
is_by_proof(enum sender_evidence evidence)
{
	return evidence > SENDER_BY_RULE && evidence <= SENDER_BY_DKIM;
}

static const char *
say_signs(struct finding *f, unsigned int signs)
{
	struct buf b = { 0 };
	const char *text;

	sender_signs_add(&b, signs, ", ");
	text = keep(f, buf_str(&b));
	buf_done(&b);
	return text;
}

/* "passes as Mailchimp by SPF". */
static const char *
say_proof(struct finding *f, const struct sender *s)
{
	struct buf b = { 0 };
	const char *text;

	buf_printf(&b, "%s %s %s", s->counts.pass > 0 ? "passes as" : "it is",
	    s->who, sender_evidence_title(s->evidence));
	if (s->signs != 0) {
		buf_add_str(&b, ", ");
		sender_signs_add(&b, s->signs, ", ");
	}
	text = keep(f, buf_str(&b));
	buf_done(&b);
	return text;
}

static const char forwards[] = "if it forwards your mail";
static const char yours[] = "if it is yours";
static const char said[] = "receivers say that it is forwarded";
static const char alone[] = "only DKIM passes, as in forwarded mail";

/* Judge a sender that passing results name. */
static void
judge_sender(struct finding *f, const struct sender *s, struct guess *g)
{
	const struct sender_source *source = f->list->sources.at;
	const enum service_kind kind = s->service != NULL ? s->service->kind
	                                                  : SERVICE_KINDS;
	const unsigned int others = s->signs &
	    ~(unsigned int)SENDER_SIGN_BIT(SENDER_SIGN_SERVICE);
	const bool is_said = is_forwarded(s->kind, &s->counts);
	const bool is_alone = is_dkim_only(source + s->first, s->n);

	*g = (struct guess) { .signs = s->signs };
	if (s->counts.pass == 0 && s->signs == 0 && !is_said)
		return;
	g->kind = "service";
	g->reason = say_proof(f, s);
	if (kind == SERVICE_SERVICE || kind == SERVICE_GATEWAY)
		g->condition = s->counts.pass > 0 ? NULL : yours;
	else if (kind == SERVICE_FORWARDER ||
	    ((is_said || is_alone) && others == 0)) {
		g->kind = "forwarder";
		g->condition = is_said ? NULL : forwards;
		if (is_said || is_alone)
			g->reason = is_said ? said : alone;
	} else
		g->condition = yours;
}

/* Judge an address that nothing names. */
static enum address_kind
judge_address(const struct sender_source *s)
{
	const bool is_said = is_forwarded(s->kind, &s->counts);

	if (s->name.evidence == SENDER_BY_OWN_SPF)
		return ADDRESS_OWN;
	if (s->counts.failed[SOURCE_UNKNOWN] > 0 && s->signs != 0)
		return ADDRESS_OWN_GUESS;
	if (is_said)
		return ADDRESS_FORWARDER;
	if (s->counts.pass == 0)
		return ADDRESS_STRANGE;
	return is_dkim_only(s, 1) ? ADDRESS_FORWARDER_GUESS : ADDRESS_OWN_GUESS;
}

static void
guess_of_group(struct finding *f, const struct group *group, struct guess *g)
{
	*g = (struct guess) { .kind = "own", .signs = group->signs };
	switch (group->kind) {
	case ADDRESS_STRANGE:
		g->kind = NULL;
		break;
	case ADDRESS_OWN:
		g->reason = "SPF passes for the domain itself";
		break;
	case ADDRESS_OWN_GUESS:
		g->condition = yours;
		g->reason = group->signs != 0 ? say_signs(f, group->signs)
		                              : "passes for the domain";
		break;
	case ADDRESS_FORWARDER:
		g->kind = "forwarder";
		g->reason = said;
		break;
	case ADDRESS_FORWARDER_GUESS:
		g->kind = "forwarder";
		g->condition = forwards;
		g->reason = alone;
		break;
	}
}

/* --- rules ---------------------------------------------------------------- */

/* The rule by what proved the name; false: there is none that is safe. */
static bool
add_proof(struct finding *f, struct array *rules, struct map *known,
    const struct sender_source *s)
{
	struct buf text = { 0 };
	const bool is_safe = sender_rule_add(&text, s);

	if (is_safe && !map_has(known, text.at, text.len)) {
		map_number(known, text.at, text.len);
		*(const char **)array_add(rules, sizeof(const char *)) = keep(
		    f, buf_str(&text));
	}
	buf_done(&text);
	return is_safe;
}

/* --- one suggestion ------------------------------------------------------- */

/* A name that the admin gave to another kind of sender stays that. */
static const char *
choose_name(struct finding *f, const char *name, const char *kind)
{
	const char *given;
	char other[2 * MAX_NAME];
	size_t at;

	if (!map_find(&f->kinds, name, strlen(name), &at))
		return keep(f, name);
	given = ((const char *const *)f->kinds.items.at)[at];
	if (strcmp(given, kind) == 0)
		return keep(f, name);
	snprintf(other, sizeof(other), "%.*s, %s", MAX_NAME - 12, name, kind);
	return keep(f, other);
}

static void
sum(struct sender_suggestion *to, const struct sender_counts *c,
    unsigned int signs)
{
	sum_add(&to->messages, c->messages);
	sum_add(&to->fail, sender_fail(c));
	to->signs |= signs;
}

/* Add it, or to the one that has the same command. */
static void
add_command(struct finding *f, size_t sender, const struct guess *g,
    const char *name, const char *rules, const struct sender_counts *c)
{
	const struct sender_domain *d = f->list->domains.at;
	const struct sender *s = f->list->senders.at;
	struct sender_suggestion *made;
	struct buf command = { 0 };
	size_t n;

	buf_add_str(&command, "ruactl sender add ");
	subject_add_argument(&command, name);
	buf_printf(&command, " %s %s", g->kind, rules);
	n = map_number(&f->commands, command.at, command.len);
	if (n == f->out->all.n) {
		made = array_add(&f->out->all, sizeof(*made));
		*made = (struct sender_suggestion) {
			.domain = d[s[sender].domain].name,
			.sender = sender,
			.who = name,
			.kind = g->kind,
			.rules = keep(f, rules),
			.command = keep(f, buf_str(&command)),
			.reason = g->reason,
			.condition = g->condition,
		};
	}
	buf_done(&command);
	sum((struct sender_suggestion *)f->out->all.at + n, c, g->signs);
}

/* As many commands as the rules need; the first has the numbers. */
static void
add_commands(struct finding *f, size_t sender, const struct guess *g,
    const char *name, const struct array *rules, const struct sender_counts *c)
{
	const struct sender_counts nothing = { 0 };
	const char *const *rule = rules->at;
	struct buf text = { 0 };
	size_t i;

	name = choose_name(f, name, g->kind);
	for (i = 0; i < rules->n; i++) {
		if (text.len > 0)
			buf_add_char(&text, ' ');
		buf_add_str(&text, rule[i]);
		if (i + 1 < rules->n && text.len < MAX_RULES)
			continue;
		add_command(f, sender, g, name, buf_str(&text), c);
		c = &nothing;
		text.len = 0;
	}
	buf_done(&text);
}

/* --- senders -------------------------------------------------------------- */

/* By name: what proved it of its sources. */
static void
suggest_sender(struct finding *f, const struct sender *s)
{
	const struct sender_source *source = f->list->sources.at;
	struct sender_counts counts = { 0 };
	struct array rules = { 0 };
	struct map known = { 0 };
	bool is_left_out = strlen(s->who) > MAX_NAME;
	struct guess g;
	size_t i;

	judge_sender(f, s, &g);
	if (g.kind == NULL)
		return;
	for (i = s->first; i < s->first + s->n && !is_left_out; i++) {
		if (!is_by_proof(source[i].name.evidence))
			continue;
		if (add_proof(f, &rules, &known, &source[i]))
			sender_add_counts(&counts, &source[i].counts);
		else
			is_left_out = true;
	}
	if (is_left_out)
		f->out->left_out++;
	else if (rules.n > 0)
		add_commands(f,
		    (size_t)(s - (const struct sender *)f->list->senders.at),
		    &g, s->who, &rules, &counts);
	map_done(&known);
	array_done(&rules);
}

/* --- addresses ------------------------------------------------------------ */

/* Return the number of the group of a source; -1: it has none. */
static int
add_to_group(struct finding *f, const struct sender_source *s)
{
	const enum address_kind kind = judge_address(s);
	struct buf key = { 0 };
	struct group *group;

	if (s->kind != NULL || is_by_proof(s->name.evidence) ||
	    kind == ADDRESS_STRANGE)
		return -1;
	buf_add(&key, (const char *)&s->domain, sizeof(s->domain));
	buf_add_char(&key, (char)kind);
	buf_add(&key, (const char *)s->key, sender_network_bytes(s->key));
	group = map_item(&f->groups, key.at, key.len);
	buf_done(&key);
	group->kind = kind;
	group->source = s;
	sender_add_counts(&group->counts, &s->counts);
	if (s->counts.failed[SOURCE_UNKNOWN] > 0)
		group->signs |= s->signs;
	return (int)(group - (struct group *)f->groups.items.at);
}

static void
add_spot(struct finding *f, const uint8_t key[static SENDER_KEY], int group)
{
	struct sender_spot *spot = array_add(&f->spots, sizeof(*spot));

	memcpy(spot->key, key, SENDER_KEY);
	spot->group = group;
}

/* Whatever else reports ever told of, as any domain, is in no range. */
static int
find_groups(struct finding *f, struct query_db *db, struct err *err)
{
	const struct sender_source *s = f->list->sources.at;
	uint8_t key[SENDER_KEY];
	struct query *q;
	size_t i;
	int rc;

	for (i = 0; i < f->list->sources.n; i++)
		if (s[i].ip != NULL)
			add_spot(f, s[i].key, add_to_group(f, &s[i]));
	if (query_new(&q, db, "SELECT ip FROM source", err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		sender_network_read(query_text(q, 0), key);
		add_spot(f, key, -1);
	}
	query_free(q);
	sender_ranges_sort(&f->spots);
	return rc;
}

static void
suggest_group(struct finding *f, size_t number)
{
	const struct group *group = (const struct group *)f->groups.items.at +
	    number;
	struct array rules = { 0 };
	struct guess g;

	guess_of_group(f, group, &g);
	sender_ranges_add(&rules, &f->out->strings, &f->spots, (int)number,
	    group->source->key);
	add_commands(f, group->source->sender, &g,
	    strcmp(g.kind, "own") == 0 ? "own servers" : "forwarders", &rules,
	    &group->counts);
	array_done(&rules);
}

/* --- order ---------------------------------------------------------------- */

static int
compare(const void *one, const void *other)
{
	const struct sender_suggestion *a = one, *b = other;

	if ((a->signs != 0) != (b->signs != 0))
		return a->signs != 0 ? -1 : 1;
	if (a->signs != 0 && a->fail != b->fail)
		return a->fail > b->fail ? -1 : 1;
	if (a->messages != b->messages)
		return a->messages > b->messages ? -1 : 1;
	return strcmp(a->command, b->command);
}

static void
index_commands(struct sender_suggestions *s, size_t senders)
{
	const struct sender_suggestion *all = s->all.at;
	const char **command;
	size_t i;

	for (i = 0; i < senders; i++)
		array_add(&s->commands, sizeof(*command));
	command = s->commands.at;
	for (i = 0; i < s->all.n; i++)
		command[all[i].sender] = command[all[i].sender] == NULL
		    ? all[i].command
		    : "";
}

static int
read_kinds(struct finding *f, struct query_db *db, struct err *err)
{
	struct query *q;
	const char *name;
	int rc;

	if (query_new(&q, db, "SELECT label, kind FROM sender", err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		name = query_named_text(q, "label");
		*(const char **)map_item(&f->kinds, name, strlen(name)) = keep(
		    f, query_named_text(q, "kind"));
	}
	query_free(q);
	return rc;
}

int
sender_suggest_find(struct sender_suggestions *out, struct query_db *db,
    const struct sender_list *list, int64_t domain, struct err *err)
{
	const struct sender *s = list->senders.at;
	struct finding f = { .out = out,
		.list = list,
		.kinds.size = sizeof(const char *),
		.groups.size = sizeof(struct group) };
	const struct group *group;
	size_t i;
	int rc;

	*out = (struct sender_suggestions) { 0 };
	if ((rc = read_kinds(&f, db, err)) == 0)
		rc = find_groups(&f, db, err);
	for (i = 0; i < list->senders.n && rc == 0; i++)
		if ((domain < 0 || s[i].domain == (size_t)domain) &&
		    is_by_proof(s[i].evidence))
			suggest_sender(&f, &s[i]);
	group = f.groups.items.at;
	for (i = 0; i < f.groups.items.n; i++)
		if (domain < 0 || group[i].source->domain == (size_t)domain)
			suggest_group(&f, i);
	if (out->all.n > 1)
		qsort(out->all.at, out->all.n, sizeof(struct sender_suggestion),
		    compare);
	index_commands(out, list->senders.n);
	map_done(&f.kinds);
	map_done(&f.groups);
	map_done(&f.commands);
	array_done(&f.spots);
	return rc;
}

const char *
sender_suggest_command(const struct sender_suggestions *s, size_t sender)
{
	const char *const *command = s->commands.at;

	return sender < s->commands.n && command[sender] != NULL &&
	        command[sender][0] != '\0'
	    ? command[sender]
	    : NULL;
}

void
sender_suggest_done(struct sender_suggestions *s)
{
	array_done(&s->all);
	array_done(&s->commands);
	arena_done(&s->strings);
}

/* --- rows for programs ---------------------------------------------------- */

static void
add_row(struct buf *json, const struct sender_suggestion *s)
{
	struct buf signs = { 0 };

	buf_add_str(json, json->len > 1 ? ",[" : "[");
	sender_add_signs(&signs, s->signs);
	json_add_item(json, s->command);
	json_add_item(json, s->domain);
	json_add_item(json, s->who);
	json_add_item(json, s->kind);
	json_add_item(json, s->rules);
	json_add_item(json, buf_str(&signs));
	json_add_item(json, s->reason);
	json_add_item(json, s->condition);
	json_add_item_int(json, s->messages);
	json_add_item_int(json, s->fail);
	buf_add_char(json, ']');
	buf_done(&signs);
}

int
sender_suggest_query(struct query **q, struct query_db *db,
    const struct sender_suggestions *s, int64_t limit, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS command, value ->> 1 AS domain,"
	    " value ->> 2 AS who, value ->> 3 AS kind, value ->> 4 AS rule,"
	    " value ->> 8 AS messages, value ->> 9 AS fail,"
	    " value ->> 5 AS signs, value ->> 6 AS reason,"
	    " value ->> 7 AS condition FROM json_each(?1)";
	const struct sender_suggestion *all = s->all.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < s->all.n && (limit < 0 || (int64_t)i < limit); i++)
		add_row(&json, &all[i]);
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}
