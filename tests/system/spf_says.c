/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For test_spf_pairs.py: what ruad's SPF says of zones on standard input.
 * Lines of fields with tabs between them: "zone" begins another zone; "r",
 * name, type, value in hexadecimal; "q", address, domain, local part, HELO,
 * which is answered by a line: result, look-ups, void ones, what a map says (or
 * "?"), path.
 */
#include "base/buf.h"
#include "unit/spf_zone.h"

static char *
next(char **at)
{
	char *field = strsep(at, "\t");

	return field != NULL ? field : (char *)"";
}

static const char *
from_hex(struct arena *arena, const char *hex)
{
	size_t i, n = strlen(hex) / 2;
	char *out = arena_alloc(arena, n + 1);
	unsigned int byte;

	for (i = 0; i < n; i++) {
		sscanf(hex + 2 * i, "%2x", &byte);
		out[i] = (char)byte;
	}
	out[n] = '\0';
	return out;
}

static void
add(struct array *rows, struct arena *arena, char *at)
{
	struct zone_row *r = array_add(rows, sizeof(*r));
	const char *name = next(&at), *type = next(&at);

	r->name = arena_strndup(arena, name, strlen(name));
	r->type = arena_strndup(arena, type, strlen(type));
	r->value = from_hex(arena, next(&at));
}

static void
answer(const struct dns_source *source, char *at)
{
	struct spf_query q = { 0 };
	struct spf_found found;
	struct spf_verdict v;
	struct spf_map map;

	q.ip = next(&at);
	q.domain = next(&at);
	q.local = next(&at);
	q.helo = next(&at);
	spf_check(source, &q, &v);
	spf_read(source, q.domain, &map);
	found = spf_map_find(&map, q.ip);
	printf("%s\t%d\t%d\t%s\t%s\n", spf_result_word(v.result), v.lookups,
	    v.voids, found.unknown ? "?" : spf_result_word(found.result),
	    v.path);
	spf_map_done(&map);
	spf_verdict_done(&v);
}

int
main(void)
{
	struct zone z = { 0 };
	struct dns_source source = zone_source(&z);
	struct array rows = { 0 };
	struct arena arena = { 0 };
	char *line = NULL, *at, *verb;
	size_t size = 0;

	while (getline(&line, &size, stdin) != -1) {
		line[strcspn(line, "\n")] = '\0';
		at = line;
		verb = next(&at);
		if (strcmp(verb, "zone") == 0) {
			zone_done(&z);
			z = (struct zone) { 0 };
			array_done(&rows);
			arena_reset(&arena);
		} else if (strcmp(verb, "r") == 0) {
			add(&rows, &arena, at);
			z.rows = rows.at;
			z.n = rows.n;
		} else {
			answer(&source, at);
		}
	}
	free(line);
	zone_done(&z);
	array_done(&rows);
	arena_done(&arena);
	return 0;
}
