/* SPDX-License-Identifier: BSD-2-Clause */
/* What was seen in DNS: kept by the store, read again by answer/. */
#include "store_help.h"

#include "answer/dns_history.h"
#include "store/store.h"

static void
see(struct store *s, const char *type, const char *status, const char *value,
    int64_t ts)
{
	const struct store_dns seen = {
		.name = "example.org",
		.type = type,
		.status = status,
		.value = value,
		.ts = ts,
	};

	ok(store_begin(s, &err));
	ok(store_keep_dns(s, &seen, &err));
	ok(store_commit(s, &err));
}

static const char rows[] =
    "SELECT type, status, value, first_ts, last_ts FROM dns_record ORDER BY id";

static void
a_change_is_a_row_and_no_change_is_none(void **state)
{
	struct store *s = *state;

	see(s, "TXT", "ok", "\"v=spf1 -all\"", 100);
	see(s, "TXT", "ok", "\"v=spf1 -all\"", 200);
	see(s, "MX", "none", NULL, 200);
	see(s, "MX", "none", NULL, 300);
	see(s, "TXT", "no_name", NULL, 300);
	see(s, "TXT", "ok", "\"v=spf1 -all\"", 400);
	asked("TXT|ok|\"v=spf1 -all\"|100|200\nMX|none|NULL|200|300\n"
	      "TXT|no_name|NULL|300|300\nTXT|ok|\"v=spf1 -all\"|400|400",
	    rows);
}

static void
a_clock_that_goes_back_does_not_bring_old_records_back(void **state)
{
	struct store *s = *state;

	see(s, "TXT", "ok", "\"a\"", 900);
	see(s, "TXT", "ok", "\"b\"", 500);
	see(s, "TXT", "ok", "\"b\"", 600);
	asked("TXT|ok|\"a\"|900|900\nTXT|ok|\"b\"|500|600", rows);
}

static void
what_changes_daily_does_not_fill_the_disk(void **state)
{
	struct store *s = *state;
	char value[32];
	int i;

	see(s, "A", "ok", "192.0.2.1", 1);
	for (i = 1; i <= STORE_DNS_CHANGES + 20; i++) {
		snprintf(value, sizeof(value), "\"%d\"", i);
		see(s, "TXT", "ok", value, i);
	}
	asked("1|100|\"120\"|\"21\"",
	    "SELECT (SELECT count(*) FROM dns_record WHERE type = 'A'),"
	    " count(*), (SELECT value FROM dns_record ORDER BY id DESC),"
	    " (SELECT value FROM dns_record WHERE type = 'TXT' ORDER BY id)"
	    " FROM dns_record WHERE type = 'TXT'");
}

static void
failures_are_no_answers(void **state)
{
	const struct store_dns seen = {
		.name = "example.org",
		.type = "TXT",
		.status = "failed",
		.ts = 1,
	};
	struct store *s = *state;
	struct err refused = ERR_INIT;

	ok(store_begin(s, &err));
	assert_int_equal(store_keep_dns(s, &seen, &refused), -1);
	store_rollback(s);
	asked("0", "SELECT count(*) FROM dns_record");
}

static void
the_newest_answer_is_given_and_others_are_not_known(void **state)
{
	struct store *s = *state;
	struct query_db *db = NULL;
	struct dns_history *h;
	struct dns_source source;
	struct array changes = { 0 };
	const struct dns_change *change;
	const struct dns_answer *a;

	see(s, "TXT", "ok", "\"v=spf1 \" \"-all\"\n\"x\"", 100);
	see(s, "TXT", "no_name", NULL, 200);
	see(s, "TXT", "ok", "\"v=spf1 ?all\"", 300);
	see(s, "MX", "none", NULL, 300);
	see(s, "A", "ok", "192.0.2.1", 300);
	help_change("UPDATE dns_record SET value = NULL WHERE type = 'A'");
	ok(query_open(&db, help_db, &err));
	h = dns_history_new(db);
	source = dns_history_source(h);
	a = dns_ask(&source, DNS_TXT, "Example.org.");
	assert_int_equal(a->status, DNS_OK);
	assert_int_equal(a->n, 1);
	assert_string_equal(a->records[0].text, "v=spf1 ?all");
	assert_int_equal(a->asked_ts, 300);
	assert_ptr_equal(dns_ask(&source, DNS_TXT, "example.org"), a);
	a = dns_ask(&source, DNS_MX, "example.org");
	assert_int_equal(a->status, DNS_NONE);
	/* Who can write the database can write nonsense. */
	a = dns_ask(&source, DNS_A, "example.org");
	assert_int_equal(a->status, DNS_FAILED);
	a = dns_ask(&source, DNS_AAAA, "example.org");
	assert_int_equal(a->status, DNS_FAILED);
	assert_string_equal(a->failure, "not looked up yet");
	a = dns_ask(&source, DNS_A, "a b");
	assert_int_equal(a->status, DNS_NO_NAME);
	ok(dns_history_changes(h, DNS_TXT, "example.org", &changes, &err));
	assert_int_equal(changes.n, 3);
	change = changes.at;
	assert_int_equal(change[1].answer->status, DNS_NO_NAME);
	assert_int_equal(change[1].first_ts, 200);
	assert_int_equal(change[2].answer->n, 2);
	assert_int_equal(change[2].answer->records[0].nparts, 2);
	ok(dns_history_check(h, &err));
	array_done(&changes);
	dns_history_free(h);
	query_close(db);
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown( \
	    name, help_setup_store, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(a_change_is_a_row_and_no_change_is_none),
		t(a_clock_that_goes_back_does_not_bring_old_records_back),
		t(what_changes_daily_does_not_fill_the_disk),
		t(failures_are_no_answers),
		t(the_newest_answer_is_given_and_others_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
