/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF: whatever the records are, a check ends within its limits, an error has a
 * reason, and a map says the same as a check, or that it cannot tell.
 *
 * The input is lines: the address, the domain, then one record each, its type
 * first: "T example.org v=spf1 -all", A, 6 (AAAA), M (MX), P (PTR), S (SPF), F
 * (no answer).  A record of TXT has "|" between strings.
 */
#include "base/map.h"
#include "dns/spf.h"
#include "fuzz.h"

struct world {
	struct map answers; /* of struct dns_builder, by type and name */
	struct arena arena;
	int asked;
};

static enum dns_type
type_of(char c)
{
	switch (c) {
	case 'A':
		return DNS_A;
	case '6':
		return DNS_AAAA;
	case 'M':
		return DNS_MX;
	case 'P':
		return DNS_PTR;
	case 'S':
		return DNS_SPF;
	default:
		return DNS_TXT;
	}
}

static struct dns_builder *
builder(struct world *w, enum dns_type type, const char *name)
{
	char key[DNS_NAME + 8];
	int n = snprintf(key, sizeof(key), "%d %s", (int)type, name);
	struct dns_builder *b;

	b = map_item(&w->answers, key, (size_t)n);
	if (b->answer == NULL)
		dns_begin(b, &w->arena);
	return b;
}

static void
add_strings(struct dns_builder *b, const char *value)
{
	bool is_new = true;
	size_t n;

	do {
		n = strcspn(value, "|");
		dns_add_text(b, value, n, is_new);
		is_new = false;
		value += n;
	} while (*value++ == '|');
}

static void
add(struct world *w, char *line)
{
	char *name = line + 1, *value, out[DNS_NAME];
	enum dns_type type = type_of(*line);
	struct dns_builder *b;

	if (*name++ != ' ' || (value = strchr(name, ' ')) == NULL)
		return;
	*value++ = '\0';
	if (!dns_write_name(name, out))
		return;
	b = builder(w, type, out);
	if (*line == 'F')
		b->answer->status = DNS_FAILED;
	else if (type == DNS_TXT || type == DNS_SPF)
		add_strings(b, value);
	else /* a name has no final dot */
		dns_add_record(b, (uint16_t)strlen(value),
		    dns_write_name(value, out) ? out : value);
}

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct world *w = arg;
	struct dns_builder *b;
	char out[DNS_NAME];

	MUST(dns_write_name(name, out) && strcmp(name, out) == 0);
	w->asked++;
	b = builder(w, type, name);
	if (b->answer->status == DNS_FAILED || b->records.n == 0)
		return b->answer;
	return dns_end(b);
}

static void
check_record(const struct spf_map *map, const struct spf_record *r)
{
	int lookups = 0;
	size_t i;

	MUST((r->state == SPF_FOUND) == (r->text != NULL));
	MUST(r->depth <= SPF_DEPTH + 1);
	for (i = 0; i < r->nterms; i++) {
		const struct spf_term *t = &r->terms[i];

		MUST(strncmp(r->text + t->at, t->text, strlen(t->text)) == 0);
		MUST((t->kind == SPF_BAD) == (t->fault != SPF_FAULT_NONE));
		lookups += t->cost;
	}
	MUST(map->is_cut || r->lookups == lookups);
}

static void
check_map(const struct spf_map *map)
{
	struct buf path = { 0 };
	int voids = 0;
	size_t i;

	MUST(map->nrecords > 0);
	for (i = 0; i < map->nrecords; i++)
		check_record(map, map->records[i]);
	for (i = 0; i < map->nproblems; i++) {
		const struct spf_problem *p = &map->problems[i];

		MUST(p->kind < SPF_PROBLEMS);
		MUST((p->kind == SPF_P_FAILED) == (p->failure != NULL));
		MUST((p->kind == SPF_P_SYNTAX) == (p->fault != SPF_FAULT_NONE));
		voids += p->kind == SPF_P_VOID;
		path.len = 0;
		if (p->record != NULL)
			spf_write_path(&path, p->record, p->term);
	}
	MUST(voids <= map->voids4 || map->is_cut);
	MUST(map->is_cut || map->lookups == map->records[0]->lookups);
	buf_done(&path);
}

static void
check(struct world *w, const char *ip, const char *domain)
{
	struct dns_source source = { ask, w };
	struct spf_query q = { .ip = ip, .domain = domain, .explain = true };
	struct buf path = { 0 };
	struct spf_verdict v;
	struct spf_found f;
	struct spf_map map;

	spf_check(&source, &q, &v);
	MUST(w->asked <= SPF_QUESTIONS + 2 * (SPF_NAMES + 1) + 1);
	MUST((v.problem != NULL) ==
	    (v.result == SPF_TEMPERROR || v.result == SPF_PERMERROR));
	MUST(v.explanation == NULL || v.result == SPF_FAIL);
	spf_read(&source, domain, &map);
	check_map(&map);
	f = spf_map_find(&map, ip);
	if (f.record != NULL)
		spf_write_path(&path, f.record, f.term);
	MUST(f.unknown ||
	    (f.result == v.result && strcmp(buf_str(&path), v.path) == 0));
	MUST(!f.is_own || f.result == SPF_PASS);
	spf_map_cover(&map, ip);
	spf_map_done(&map);
	spf_verdict_done(&v);
	buf_done(&path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world w = { .answers.size = sizeof(struct dns_builder) };
	char *text = xstrndup((const char *)data, len), *at = text;
	const char *ip = strsep(&at, "\n"), *domain = strsep(&at, "\n");
	char *line;
	size_t i;

	while ((line = strsep(&at, "\n")) != NULL)
		if (*line != '\0')
			add(&w, line);
	if (domain != NULL)
		check(&w, ip, domain);
	for (i = 0; i < w.answers.keys.n; i++)
		array_done(
		    &((struct dns_builder *)w.answers.items.at)[i].records);
	map_done(&w.answers);
	arena_done(&w.arena);
	free(text);
	return 0;
}
