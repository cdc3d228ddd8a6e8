/* SPDX-License-Identifier: BSD-2-Clause */
/* What spf_map_find() says is what spf_check() says, whatever the records. */
#include "dns/spf.h"
#include "spf_random.h"

#define TREES 4000

static const char *const results[] = { "none", "neutral", "pass", "fail",
	"softfail", "temperror", "permerror" };

static void
compare(const struct spf_map *map, const struct dns_source *source,
    const char *domain, const char *ip, int counts[])
{
	struct spf_found found = spf_map_find(map, ip);
	struct spf_query q = { .ip = ip, .domain = domain };
	struct buf path = { 0 };
	struct spf_verdict v;

	spf_check(source, &q, &v);
	if (found.record != NULL)
		spf_write_path(&path, found.record, found.term);
	if (found.result != v.result || strcmp(buf_str(&path), v.path) != 0)
		fail_msg("%s %s: %s (%s) instead of %s (%s)", domain, ip,
		    spf_result_word(found.result), buf_str(&path),
		    spf_result_word(v.result), v.path);
	assert_string_equal(spf_result_word(v.result), results[v.result]);
	assert_false(found.unknown);
	assert_int_equal(
	    found.failed, v.problem != NULL && v.problem->kind == SPF_P_FAILED);
	if (found.is_own)
		assert_ptr_equal(found.record, map->records[0]);
	/* Whoever is allowed is covered by a term that says so. */
	if (v.result == SPF_PASS && v.term->kind != SPF_ALL &&
	    v.term->kind != SPF_EXISTS)
		assert_non_null(spf_map_cover(map, ip).term);
	counts[v.result]++;
	spf_verdict_done(&v);
	buf_done(&path);
}

static void
grow_and_compare(uint64_t seed, int terms, unsigned int failures,
    unsigned int errors, int counts[])
{
	struct chance c = { seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct tree t = { 0 };
	struct zone z = { 0 };
	struct dns_source source = zone_source(&z);
	struct spf_map map;
	char ip[50];
	int i, asked;

	tree_grow(&t, &c, terms, failures, errors);
	z.rows = t.rows.at;
	z.n = t.rows.n;
	spf_read(&source, "d0.example.org", &map);
	assert_false(map.is_cut);
	for (i = 0; i < 40; i++) {
		if (i < 20)
			snprintf(ip, sizeof(ip), "192.0.2.%d", i);
		else
			snprintf(ip, sizeof(ip), "2001:db8::%x", i - 20);
		asked = z.asked;
		spf_map_find(&map, ip);
		assert_int_equal(z.asked, asked);
		compare(&map, &source, "d0.example.org", ip, counts);
	}
	spf_map_done(&map);
	zone_done(&z);
	tree_done(&t);
}

static void
a_map_says_what_a_check_says(void **state)
{
	const char *more = getenv("SPF_TREES");
	int i, n = more != NULL ? (int)strtol(more, NULL, 10) : TREES;
	int counts[7] = { 0 };

	(void)state;
	for (i = 0; i < n; i++)
		grow_and_compare((uint64_t)i, 1 + i % 7, i % 3 == 0 ? 60 : 0,
		    i % 4 == 0 ? 20 : 0, counts);
	for (i = 0; i < 7; i++) {
		print_message("%s %d\n", results[i], counts[i]);
		/* Each result came often enough to be tested. */
		assert_true(counts[i] > n / 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_says_what_a_check_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
