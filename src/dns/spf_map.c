/* SPDX-License-Identifier: BSD-2-Clause */
/* All records of a domain, and what they say of any address. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf_advice.h"
#include "dns/spf_tree.h"

/* Letters that are known without a message: of the domain. */
#define KNOWN (SPF_MACRO('d') | SPF_MACRO('o'))

static void
keep(struct spf_map *map, struct spf_walk *w)
{
	map->nrecords = w->records.n;
	map->records = w->records.at;
	map->nproblems = w->problems.n;
	map->problems = w->problems.at;
	map->nops = w->ops.n;
	map->ops = w->ops.at;
	map->nranges = w->nranges;
	map->lookups = w->lookups;
	map->voids4 = w->voids4;
	map->voids6 = w->voids6;
	map->is_cut = w->is_cut;
	map->failed = w->failed;
	map->has_unknown = w->has_unknown;
	map_done(&w->asked);
}

void
spf_read(
    const struct dns_source *source, const char *domain, struct spf_map *map)
{
	struct spf_place all = { NULL, NULL };
	struct spf_walk w = { .source = source, .arena = &map->arena };

	memset(map, 0, sizeof(*map));
	w.families = SPF_BOTH;
	w.unknown = ~(uint32_t)KNOWN;
	map->domain = arena_strndup(w.arena, domain, strlen(domain));
	w.macros.sender_domain = map->domain;
	spf_tree_walk(&w, domain);
	if (!spf_walk_goes_on(&w)) {
		w.is_cut = true;
		spf_walk_end(&w, all, SPF_BOTH, SPF_TEMPERROR, SPF_P_CUT);
	}
	spf_advise(&w);
	keep(map, &w);
}

void
spf_map_done(struct spf_map *map)
{
	free(map->records);
	free(map->problems);
	free(map->ops);
	arena_done(&map->arena);
}

static bool
is_own(const struct spf_op *op)
{
	enum spf_kind kind;

	if (op->step != SPF_RANGE || op->record->parent != NULL ||
	    op->result != SPF_PASS)
		return false;
	kind = op->term->kind;
	return kind == SPF_IP4 || kind == SPF_IP6 || kind == SPF_A ||
	    kind == SPF_MX;
}

struct spf_found
spf_map_find(const struct spf_map *map, const char *ip)
{
	struct spf_address address = spf_address(ip);
	struct spf_found found = { .result = SPF_NONE };
	struct spf_judge j;
	size_t i = 0;

	if (address.family == 0)
		return found;
	spf_judge_begin(&j, &address);
	while (i < map->nops && !j.decided) {
		const struct spf_op *op = &map->ops[i++];

		if (op->step == SPF_RANGE && !spf_in_range(&address, op))
			continue;
		spf_judge_step(&j, op);
		if (j.leaving > 0) {
			/* The include that does not match is left at once. */
			j.depth = j.leaving - 1;
			j.leaving = 0;
			i = j.within[j.depth]->next;
		}
	}
	found.result = j.result;
	found.record = map->records[0];
	found.unknown = spf_judge_doubts(&j);
	if (j.by == NULL)
		return found;
	found.record = j.by->record;
	found.term = j.by->term;
	found.is_own = is_own(j.by);
	if (j.by->step == SPF_END) {
		found.failed = j.by->why == SPF_P_FAILED;
		found.unknown = found.unknown || j.by->why == SPF_P_CUT;
	}
	return found;
}

struct spf_found
spf_map_cover(const struct spf_map *map, const char *ip)
{
	struct spf_address address = spf_address(ip);
	struct spf_found found = { .result = SPF_NONE };
	const struct spf_op *op;
	size_t i;

	for (i = 0; i < map->nops && address.family != 0; i++) {
		op = &map->ops[i];
		if (op->step != SPF_RANGE || !spf_in_range(&address, op) ||
		    op->term->kind == SPF_ALL || op->term->kind == SPF_EXISTS)
			continue;
		found.result = op->result;
		found.record = op->record;
		found.term = op->term;
		found.is_own = is_own(op);
		break;
	}
	return found;
}

void
spf_write_path(
    struct buf *out, const struct spf_record *r, const struct spf_term *t)
{
	const struct spf_term *way[SPF_DEPTH + 2];
	size_t n = 0;

	if (t != NULL)
		way[n++] = t;
	for (; r != NULL && r->by != NULL && n < SPF_DEPTH + 2; r = r->parent)
		way[n++] = r->by;
	while (n-- > 0) {
		buf_add_str(out, way[n]->text);
		if (n > 0)
			buf_add_str(out, " > ");
	}
}

bool
spf_write_term(struct buf *out, const char *ip)
{
	struct spf_address address = spf_address(ip);
	char text[INET6_ADDRSTRLEN];
	bool is4 = address.family == SPF_IPV4;

	if (address.family == 0)
		return false;
	inet_ntop(is4 ? AF_INET : AF_INET6, address.ip, text, sizeof(text));
	buf_add_str(out, is4 ? "ip4:" : "ip6:");
	buf_add_str(out, text);
	return true;
}

void
spf_write_with(struct buf *out, const struct spf_record *r, const char *term)
{
	const struct spf_term *end = r->all != NULL ? r->all : r->redirect;
	const size_t at = end != NULL ? end->at : strlen(r->text);

	buf_add(out, r->text, at);
	if (at > 0 && r->text[at - 1] != ' ')
		buf_add_char(out, ' ');
	buf_add_str(out, term);
	if (end != NULL)
		buf_printf(out, " %s", r->text + at);
}
