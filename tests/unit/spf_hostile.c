/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that want to keep us busy: what is asked, kept and told is bounded,
 * and so is the time.
 */
#include <time.h>

#include "base/buf.h"
#include "dns/spf.h"
#include "spf_zone.h"

/* Every name answers with what a function writes. */
struct world {
	void (*write)(struct buf *, enum dns_type, const char *name);
	struct map answers;
	struct arena arena;
	int asked, different;
};

static const struct dns_answer *
world_ask(void *arg, enum dns_type type, const char *name)
{
	struct world *w = arg;
	const struct dns_answer **answer;
	struct buf text = { 0 };
	struct dns_builder b;
	char key[DNS_NAME + 8];
	int n = snprintf(key, sizeof(key), "%d %s", (int)type, name);

	assert_true(dns_is_name(name));
	w->asked++;
	w->answers.size = sizeof(*answer);
	answer = map_item(&w->answers, key, (size_t)n);
	if (*answer != NULL)
		return *answer;
	w->different++;
	w->write(&text, type, name);
	dns_begin(&b, &w->arena);
	if (text.len > 0) {
		char *line = text.at, *end;

		buf_str(&text);
		while (*line != '\0') {
			end = line + strcspn(line, "\n");
			if (*end == '\n')
				*end++ = '\0';
			zone_add(&b, type, line);
			line = end;
		}
	}
	*answer = dns_end(&b);
	buf_done(&text);
	return *answer;
}

/* CPU seconds for a piece of work that always is the same. */
static double
yardstick(void)
{
	clock_t start = clock();
	volatile uint64_t sum = 0;
	uint64_t i;

	for (i = 0; i < 20 * 1000 * 1000; i++)
		sum += i * i;
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Read it, judge two addresses, and find some thousands. */
static void
survive(void (*write)(struct buf *, enum dns_type, const char *),
    struct spf_map *map)
{
	struct world w = { .write = write };
	struct dns_source source = { world_ask, &w };
	struct spf_query q = {
		.domain = "example.org", .local = "x", .explain = true
	};
	static const char *const ips[] = { "203.0.113.1", "2001:db8::1" };
	double unit = yardstick(), spent;
	clock_t start = clock();
	struct spf_verdict v;
	char ip[50];
	int i;

	spf_read(&source, "example.org", map);
	assert_true(w.different <= 300 + 2 * SPF_RECORDS + 2);
	assert_true(map->nrecords <= SPF_RECORDS + SPF_RECORDS * 60);
	assert_true(map->nranges <= SPF_RANGES + 200);
	assert_true(map->nproblems <= 1000);
	for (i = 0; i < 2000; i++) {
		snprintf(ip, sizeof(ip), "198.51.%d.%d", i / 256, i % 256);
		spf_map_find(map, ip);
	}
	for (i = 0; i < 2; i++) {
		w.asked = 0;
		q.ip = ips[i];
		spf_check(&source, &q, &v);
		assert_true(w.asked <= SPF_QUESTIONS + 12);
		assert_true(strlen(v.path) <= 12 * 8200);
		spf_verdict_done(&v);
	}
	spent = (double)(clock() - start) / CLOCKS_PER_SEC;
	print_message("%d questions, %zu records, %zu ranges, %zu steps, "
	              "%zu problems, %.1f yardsticks\n",
	    w.different, map->nrecords, map->nranges, map->nops, map->nproblems,
	    spent / unit);
	assert_true(spent < 100 * unit);
	map_done(&w.answers);
	arena_done(&w.arena);
}

static void
repeat(struct buf *out, const char *term)
{
	size_t n = strlen(term);

	buf_add_str(out, "v=spf1");
	while (out->len + n < DNS_TEXT_MAX)
		buf_add_str(out, term);
}

/* Of each kind of term, as many as 8 KB hold. */
static const char *many;

static void
write_many(struct buf *out, enum dns_type type, const char *name)
{
	int i;

	if (type == DNS_TXT && strcmp(name, "example.org") == 0)
		repeat(out, many);
	else if (type == DNS_TXT && name[0] == 'x')
		buf_add_str(out, "v=spf1 ip4:192.0.2.0/24 -all");
	for (i = 0; type == DNS_MX && i < 10; i++)
		buf_printf(out, "%d mx%d.example.net\n", i, i);
	for (i = 0; (type == DNS_A || type == DNS_AAAA) && i < 120; i++)
		buf_printf(
		    out, type == DNS_A ? "192.0.2.%d\n" : "2001:db8::%d\n", i);
	for (i = 0; type == DNS_PTR && i < 90; i++)
		buf_printf(out, "h%d.example.net\n", i);
}

static void
a_record_of_a_thousand_terms_is_survived(void **state)
{
	static const char *const terms[] = { " a", " mx", " ptr", " x", " x=y",
		" include:x.example.net", " exists:%{i}.x.example.net",
		" ip4:192.0.2.1", " +all ip4:1", " redirect=x.example.net",
		" exp=%{s}%{s}%{s}", " exists:%{l}%{l}%{l}%{l}.example.net",
		" a:%{p}", " -include:example.org", "  ", " a|", " |a", "|-all",
		" a:%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}.%{d}" };
	struct spf_map map;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
		many = terms[i];
		survive(write_many, &map);
		spf_map_done(&map);
	}
}

/* Each record includes ten others, without end. */
static void
write_wide(struct buf *out, enum dns_type type, const char *name)
{
	int i;

	if (type != DNS_TXT)
		return;
	buf_add_str(out, "v=spf1");
	for (i = 0; i < 10; i++)
		buf_printf(out, " include:%c%.40s", 'a' + i, name);
	buf_add_str(out, " -all");
}

static void
a_tree_that_widens_without_end_is_survived(void **state)
{
	struct spf_map map;

	(void)state;
	survive(write_wide, &map);
	assert_true(map.is_cut);
	assert_true(map.lookups > SPF_LOOKUPS);
	assert_int_equal(spf_map_find(&map, "192.0.2.1").result, SPF_PERMERROR);
	spf_map_done(&map);
}

/* Few names, each of which includes all others: 10! ways through them. */
static void
write_mesh(struct buf *out, enum dns_type type, const char *name)
{
	int i;

	(void)name;
	if (type != DNS_TXT)
		return;
	buf_add_str(out, "v=spf1 ip4:192.0.2.0/28");
	for (i = 0; i < 10; i++)
		buf_printf(out, " include:m%d.example.net", i);
}

static void
a_mesh_of_includes_is_survived(void **state)
{
	struct spf_map map;

	(void)state;
	survive(write_mesh, &map);
	assert_true(map.is_cut);
	spf_map_done(&map);
}

/* A chain without end, of redirects or includes, by names as long as can be. */
static const char *link_kind;

static void
write_chain(struct buf *out, enum dns_type type, const char *name)
{
	int n = name[0] == 'n' ? (int)strtol(name + 1, NULL, 10) : 0;

	if (type == DNS_TXT)
		buf_printf(out,
		    "v=spf1 ip4:192.0.2.%d %sn%d.%060d.%060d.%060d."
		    "example.net",
		    n % 256, link_kind, n + 1, 1, 2, 3);
}

static void
a_chain_without_end_is_survived(void **state)
{
	static const char *const kinds[] = { "include:", "redirect=" };
	struct spf_map map;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		link_kind = kinds[i];
		survive(write_chain, &map);
		assert_true(map.is_cut);
		assert_int_equal(map.lookups, SPF_DEPTH + 1);
		assert_int_equal(
		    spf_map_find(&map, "203.0.113.1").result, SPF_PERMERROR);
		/* Each level's own addresses are known. */
		assert_int_equal(
		    spf_map_find(&map, "192.0.2.9").result, SPF_PASS);
		spf_map_done(&map);
	}
}

/* Ten includes, each with thousands of networks: more than is kept. */
static void
write_heavy(struct buf *out, enum dns_type type, const char *name)
{
	int i, k = name[0] == 'k' ? name[1] - '0' : -1;

	if (type != DNS_TXT)
		return;
	buf_add_str(out, "v=spf1");
	for (i = 0; k == -1 && i < 10; i++)
		buf_printf(out, " include:k%d.example.net", i);
	for (i = 0; k != -1 && i < 500; i++)
		buf_printf(out, " ip4:1%d.%d.%d.1", k, i / 200, i % 200);
	buf_add_str(out, " -all");
}

static void
more_ranges_than_are_kept_are_cut_and_the_rest_is_unknown(void **state)
{
	struct spf_map map;
	struct spf_found f;

	(void)state;
	survive(write_heavy, &map);
	assert_true(map.is_cut);
	assert_true(map.nranges >= SPF_RANGES && map.nranges < SPF_RANGES + 10);
	f = spf_map_find(&map, "10.0.5.1");
	assert_int_equal(f.result, SPF_PASS);
	assert_false(f.unknown);
	f = spf_map_find(&map, "19.2.99.1");
	assert_true(f.unknown);
	assert_int_equal(map.problems[map.nproblems - 1].kind == SPF_P_CUT ||
	        map.problems[0].kind == SPF_P_CUT,
	    true);
	spf_map_done(&map);
}

/* More than is kept of a record is no record, and no "no record" either. */
static void
write_long(struct buf *out, enum dns_type type, const char *name)
{
	(void)name;
	if (type == DNS_TXT) {
		repeat(out, " ip4:192.0.2.1");
		buf_add_str(out, " ip4:192.0.2.2 ip4:192.0.2.3 -all");
	}
}

static void
a_record_that_is_too_long_is_no_verdict(void **state)
{
	struct spf_map map;

	(void)state;
	survive(write_long, &map);
	assert_int_equal(map.records[0]->state, SPF_FAILED);
	assert_int_equal(map.problems[0].kind, SPF_P_CUT);
	assert_int_equal(spf_map_find(&map, "192.0.2.1").result, SPF_TEMPERROR);
	assert_true(spf_map_find(&map, "192.0.2.1").unknown);
	spf_map_done(&map);
}

static void
a_find_takes_no_time(void **state)
{
	struct zone_row rows[4] = { { "example.org", "TXT", NULL },
		{ "a.example.net", "TXT", NULL },
		{ "b.example.net", "TXT", NULL },
		{ "c.example.net", "TXT", NULL } };
	struct buf text[4] = { { 0 } };
	struct zone z = { .rows = rows, .n = 4 };
	struct dns_source source = zone_source(&z);
	struct spf_map map;
	clock_t start;
	char ip[50];
	double unit = yardstick(), spent;
	int i, k, passed = 0;

	(void)state;
	buf_add_str(&text[0],
	    "v=spf1 include:a.example.net "
	    "include:b.example.net include:c.example.net "
	    "-all");
	for (k = 1; k < 4; k++) {
		buf_add_str(&text[k], "v=spf1");
		for (i = 0; i < 100; i++)
			buf_printf(&text[k], " ip4:10.%d.%d.0/24", k, 2 * i);
		buf_add_str(&text[k], " ?all");
	}
	for (k = 0; k < 4; k++)
		rows[k].value = buf_str(&text[k]);
	spf_read(&source, "example.org", &map);
	start = clock();
	for (i = 0; i < 100000; i++) {
		snprintf(
		    ip, sizeof(ip), "10.%d.%d.%d", i % 5, i / 5 % 256, i % 256);
		passed += spf_map_find(&map, ip).result == SPF_PASS;
	}
	spent = (double)(clock() - start) / CLOCKS_PER_SEC;
	print_message("%zu ranges: %.0f ns an address, %d of 100,000 pass\n",
	    map.nranges, spent * 1e9 / 100000, passed);
	assert_true(spent < 100 * unit);
	assert_int_equal(map.nranges, 304);
	assert_true(passed > 10000 && passed < 50000);
	for (k = 0; k < 4; k++)
		buf_done(&text[k]);
	spf_map_done(&map);
	zone_done(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_a_thousand_terms_is_survived),
		cmocka_unit_test(a_tree_that_widens_without_end_is_survived),
		cmocka_unit_test(a_mesh_of_includes_is_survived),
		cmocka_unit_test(a_chain_without_end_is_survived),
		cmocka_unit_test(
		    more_ranges_than_are_kept_are_cut_and_the_rest_is_unknown),
		cmocka_unit_test(a_record_that_is_too_long_is_no_verdict),
		cmocka_unit_test(a_find_takes_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
