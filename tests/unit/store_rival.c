/* SPDX-License-Identifier: BSD-2-Clause */
/* store: what a flood of reports that contradict each other costs. */
#include "store_help.h"

#include "store/store_priv.h"

/* A report that contradicts all others: one record, as many messages. */
static void
add_aggregate(struct store *s, int i)
{
	struct report r = help_report("id", 0);
	struct record rec = help_record("192.0.2.1", i);
	enum store_outcome outcome;

	memcpy(r.content_sha256 + 8, &i, sizeof(i));
	ok(store_add_report(s, &r, &outcome, &err));
	ok(store_add_record(s, &rec, &err));
	ok(store_end_report(s, &outcome, &err));
	assert_int_equal(outcome, i == 1 ? STORE_NEW : STORE_CONFLICT);
}

static void
add_tls(struct store *s, int i)
{
	struct tls_report r = { .org_name = "Example Org",
		.external_id = "id",
		.begin_ts = 1700006400,
		.end_ts = 1700092799,
		.policies = 1 };
	struct tls_policy p = {
		.domain = "example.org", .type = "sts", .ok = i
	};
	enum store_outcome outcome;

	memcpy(r.content_sha256, &i, sizeof(i));
	ok(store_add_tls(s, &r, &outcome, &err));
	ok(store_add_tls_policy(s, &p, &err));
	ok(store_end_report(s, &outcome, &err));
	assert_int_equal(outcome, i == 1 ? STORE_NEW : STORE_CONFLICT);
}

static int
count_steps(void *arg)
{
	++*(int64_t *)arg;
	return 0;
}

/* How much SQLite does, in its own steps, until there are so many reports. */
static int64_t
flood(struct store *s, void (*add)(struct store *, int), int first, int last)
{
	char path[16], sha256[65];
	struct store_message m;
	int64_t steps = 0;
	int i;

	sqlite3_progress_handler(s->db, 10, count_steps, &steps);
	ok(store_begin(s, &err));
	for (i = first; i <= last; i++) {
		snprintf(path, sizeof(path), "%d", i);
		snprintf(sha256, sizeof(sha256), "%016d%048d", i, 0);
		m = help_message(0, 0, sha256);
		m.path = path;
		ok(store_begin_message(s, &m, &err));
		add(s, i);
		ok(store_end_message(s, "stored", NULL, 1, &err));
	}
	ok(store_commit(s, &err));
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	return steps;
}

static void
assert_linear(struct store *s, void (*add)(struct store *, int))
{
	int64_t few = flood(s, add, 1, 125);
	int64_t many = few + flood(s, add, 126, 500);

	if (many > few * 43 / 10)
		fail_msg("125 took %lld steps, 500 %lld", (long long)few,
		    (long long)many);
}

static void
each_of_many_contradicting_reports_costs_the_same(void **state)
{
	assert_linear(*state, add_aggregate);
	asked("500|500|1",
	    "SELECT count(*), sum(conflict), sum(counted) FROM report");
	asked("1", "SELECT sum(messages) FROM record");
	help_check();
	help_check_packed();
}

static void
and_so_does_each_tls_report(void **state)
{
	assert_linear(*state, add_tls);
	asked("500|500|1",
	    "SELECT count(*), sum(conflict), sum(counted) FROM tls_report");
	asked("1",
	    "SELECT sum(ok) FROM tls_policy JOIN tls_report"
	    " ON tls_report.id = tls_report_id WHERE counted");
	help_check();
	help_check_packed();
}

int
main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown( \
	    f, help_setup_store, help_teardown_store)
	static const struct CMUnitTest tests[] = {
		TEST(each_of_many_contradicting_reports_costs_the_same),
		TEST(and_so_does_each_tls_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
