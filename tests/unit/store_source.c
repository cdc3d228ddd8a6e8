/* SPDX-License-Identifier: BSD-2-Clause */
/* store: addresses have one row, whatever the cache knows of them. */
#include "store_help.h"

#include "store/store_priv.h"

static void
addresses_have_one_row_and_the_days_they_were_seen(void **state)
{
	const char *ips[] = { "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1" };
	struct store_message m = help_message(0, 0, "ab");
	struct store *s = *state;
	struct report r;
	int i;

	ok(store_begin(s, &err));
	for (i = 0; i < 3; i++) {
		r = help_report("id", (uint8_t)i);
		r.begin_ts += (i == 1 ? -3 : i) * 86400;
		r.end_ts += (i == 1 ? -3 : i) * 86400;
		help_store(s, &m, &r, ips[i]);
	}
	ok(store_commit(s, &err));
	asked("192.0.2.1|00000000000000000000FFFFC0000201|4|1699747200|"
	      "1700179200",
	    "SELECT ip, hex(ip_key), family, first_day, last_day FROM source");
	asked("3|1", "SELECT count(*), count(DISTINCT source_id) FROM record");
}

static void
a_source_that_somebody_else_deleted_comes_back(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	help_change("DELETE FROM record_row; DELETE FROM source");
	r = help_report("other", 1);
	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	asked("192.0.2.1",
	    "SELECT ip FROM record JOIN source"
	    " ON source.id = source_id");
	help_check();
}

static void
begin_report(struct store *s)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	enum store_outcome outcome;

	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
}

static void
end_report(struct store *s)
{
	ok(store_end_message(s, "stored", NULL, 1, &err));
	ok(store_commit(s, &err));
}

/* As they come from one sender: they are looked for in the table once. */
static void
neighbours_leave_each_other_in_the_cache(void **state)
{
	struct store *s = *state;
	struct record rec;
	char ip[32];
	int i;

	begin_report(s);
	for (i = 0; i < 2000; i++) {
		snprintf(ip, sizeof(ip),
		    i % 2 == 0 ? "10.1.2.%d" : "2001:db8::%d", i % 200);
		rec = help_record(ip, 1);
		ok(store_add_record(s, &rec, &err));
	}
	assert_in_range(sqlite3_stmt_status(s->stmt[STMT_SOURCE_FIND],
	                    SQLITE_STMTSTATUS_RUN, 0),
	    200, 240);
	end_report(s);
}

static void
many_addresses_do_not_mix(void **state)
{
	struct store *s = *state;
	struct record rec;
	char ip[32];
	int i;

	/* More than the cache has places for, each twice. */
	begin_report(s);
	for (i = 0; i < 40000; i++) {
		snprintf(
		    ip, sizeof(ip), "10.1.%d.%d", i % 20000 / 200, i % 200);
		rec = help_record(ip, i % 20000);
		ok(store_add_record(s, &rec, &err));
	}
	end_report(s);
	asked("20000|40000|0",
	    "SELECT count(DISTINCT ip), count(*), sum(ip <> '10.1.' ||"
	    " (messages / 200) || '.' || (messages % 200))"
	    " FROM record JOIN source ON source.id = source_id");
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown( \
	    name, help_setup_store, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(addresses_have_one_row_and_the_days_they_were_seen),
		t(a_source_that_somebody_else_deleted_comes_back),
		t(neighbours_leave_each_other_in_the_cache),
		t(many_addresses_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
