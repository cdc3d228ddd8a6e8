/* SPDX-License-Identifier: BSD-2-Clause */
/* store: a forged copy displaces no real report, whichever comes first. */
#include "store_help.h"

#include "store/store.h"

/* A mail of its own with one report: what became of it. */
static enum store_outcome
arrive(struct store *s, const char *sha256, const char *verified,
    uint8_t content, bool partial)
{
	struct store_message m = help_message(0, 0, sha256);
	struct report r = help_report("id", content);
	enum store_outcome outcome;

	m.facts.verified = verified;
	r.partial = partial;
	ok(store_begin(s, &err));
	outcome = help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	help_check();
	return outcome;
}

#define REPORTS \
	"SELECT sha256, partial, conflict, counted FROM report JOIN message" \
	" ON message.id = message_id ORDER BY sha256"

static void
what_the_parser_says_of_the_sender_is_stored(void **state)
{
	struct mail_facts facts = { .verified = "fail",
		.from_domain = "example.net" };
	struct store_message m = help_message(0, 0, "aa");
	struct store *s = *state;

	m.facts = facts;
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_end_message(s, "other", NULL, 1, &err));
	ok(store_commit(s, &err));
	asked("fail|example.net", "SELECT verified, from_domain FROM message");
	/* The same file again, and nobody asks who sent it. */
	m = help_message(0, 0, "aa");
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_end_message(s, "other", NULL, 1, &err));
	ok(store_commit(s, &err));
	asked("NULL", "SELECT verified FROM message");
}

static void
the_same_content_belongs_to_the_verified_mail(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "forged", "fail", 1, false), STORE_NEW);
	assert_int_equal(arrive(s, "real", "pass", 1, false), STORE_DUPLICATE);
	asked("real|0|0|1", REPORTS);
	/* And stays there. */
	assert_int_equal(arrive(s, "x", "none", 1, false), STORE_DUPLICATE);
	assert_int_equal(arrive(s, "y", "pass", 1, false), STORE_DUPLICATE);
	asked("real|0|0|1", REPORTS);
}

static void
other_kinds_belong_to_the_verified_mail_too(void **state)
{
	struct tls_report tls = { .org_name = "o", .external_id = "i" };
	struct failure_report failure = { .incidents = 1 };
	struct store_message m = help_message(0, 0, "forged");
	struct store *s = *state;
	enum store_outcome outcome;
	int i;

	for (i = 0; i < 2; i++) {
		ok(store_begin(s, &err));
		ok(store_begin_message(s, &m, &err));
		ok(store_add_tls(s, &tls, &outcome, &err));
		ok(store_add_failure(s, &failure, &outcome, &err));
		ok(store_end_message(s, "stored", NULL, 1, &err));
		ok(store_commit(s, &err));
		m.sha256 = "real";
		m.facts.verified = "pass";
	}
	asked("1|real",
	    "SELECT count(*), sha256 FROM tls_report JOIN message"
	    " ON message.id = message_id");
	asked("1|real",
	    "SELECT count(*), sha256 FROM failure JOIN message"
	    " ON message.id = message_id");
	help_check();
}

static void
a_copy_without_a_mail_is_taken_over_too(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "a", NULL, 1, false), STORE_NEW);
	help_change("DELETE FROM message");
	assert_int_equal(arrive(s, "real", "pass", 1, false), STORE_DUPLICATE);
	asked("real|0|0|1", REPORTS);
}

static void
a_forged_complete_copy_does_not_replace_a_damaged_real_one(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "real", "pass", 1, true), STORE_NEW);
	assert_int_equal(arrive(s, "forged", "fail", 2, false), STORE_CONFLICT);
	asked("forged|0|1|0\nreal|1|1|1", REPORTS);
	/* Not even with the content that the damaged one has. */
	assert_int_equal(arrive(s, "f2", "fail", 1, false), STORE_DUPLICATE);
	asked("forged|0|1|0\nreal|1|1|1", REPORTS);
}

static void
a_damaged_real_copy_is_not_hidden_by_a_forged_complete_one(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "forged", "fail", 2, false), STORE_NEW);
	assert_int_equal(arrive(s, "real", "pass", 1, true), STORE_CONFLICT);
	asked("forged|0|1|0\nreal|1|1|1", REPORTS);
}

static void
a_complete_real_copy_replaces_every_damaged_one(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "forged", "none", 1, true), STORE_NEW);
	assert_int_equal(arrive(s, "real", "pass", 2, true), STORE_CONFLICT);
	assert_int_equal(arrive(s, "whole", "pass", 3, false), STORE_NEW);
	asked("whole|0|0|1", REPORTS);
}

static void
a_forged_damaged_copy_of_a_real_one_is_a_duplicate(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "real", "pass", 1, false), STORE_NEW);
	assert_int_equal(arrive(s, "forged", "fail", 2, true), STORE_DUPLICATE);
	asked("real|0|0|1", REPORTS);
}

static void
two_complete_copies_that_differ_are_both_kept(void **state)
{
	struct store *s = *state;

	assert_int_equal(arrive(s, "forged", "fail", 1, false), STORE_NEW);
	assert_int_equal(arrive(s, "real", "pass", 2, false), STORE_CONFLICT);
	asked("forged|0|1|0\nreal|0|1|1", REPORTS);
}

/* The organization that sends it names that of the identity as its address. */
static enum store_outcome
arrive_from(struct store *s, const char *domain, int n, bool partial)
{
	static const char *const ips[] = { "192.0.2.1", "192.0.2.2",
		"192.0.2.3" };
	struct store_message m = help_message(0, 0, domain);
	struct report r = help_report("id", (uint8_t)(10 * n + partial));
	enum store_outcome outcome;
	struct record record;
	int i;

	m.facts.verified = "pass";
	m.facts.from_domain = domain;
	r.org_name = domain;
	r.partial = partial;
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	for (i = 0; i < n && outcome != STORE_DUPLICATE; i++) {
		record = help_record(ips[i], 10);
		ok(store_add_record(s, &record, &err));
	}
	ok(store_end_report(s, &outcome, &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
	ok(store_commit(s, &err));
	help_check();
	return outcome;
}

static void
who_names_the_address_of_another_does_not_displace_him(void **state)
{
	static const char *const real[] = { "example.net",
		"reports.example.net" };
	struct store *s = *state;
	int real_first, damaged;

	for (real_first = 0; real_first < 2; real_first++)
		for (damaged = 0; damaged < 2; damaged++) {
			if (!real_first)
				arrive_from(s, "evil.example", 2, false);
			arrive_from(s, real[0], 1, damaged);
			if (real_first)
				arrive_from(s, "evil.example", 2, false);
			asked("evil.example|0|1|0\nexample.net|0|1|1",
			    "SELECT sha256, 0, conflict, counted FROM report"
			    " JOIN message ON message.id = message_id"
			    " ORDER BY sha256");
			asked("10", "SELECT sum(messages) FROM record");
			/* His own word on it does take its place. */
			arrive_from(s, real[1], 3, false);
			asked("evil.example|0|1|0\n"
			      "reports.example.net|0|1|1",
			    REPORTS);
			asked("30", "SELECT sum(messages) FROM record");
			help_change("DELETE FROM record_row");
			help_change("DELETE FROM record_aside");
			help_change("DELETE FROM report");
			help_change("DELETE FROM message");
		}
}

/* Whoever may speak for the address: a provider of many. */
static void
who_shares_the_address_of_another_displaces_nothing_of_his(void **state)
{
	struct store *s = *state;

	arrive_from(s, "small.example", 1, false);
	assert_int_equal(
	    arrive_from(s, "evil.example", 2, false), STORE_CONFLICT);
	asked("evil.example|0|1|0\nsmall.example|0|1|1", REPORTS);
	assert_int_equal(
	    arrive_from(s, "example.net", 3, false), STORE_CONFLICT);
	asked("1",
	    "SELECT count(*) FROM report JOIN message ON message.id ="
	    " message_id WHERE sha256 = 'small.example'");
}

int
main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown( \
	    f, help_setup_store, help_teardown_store)
	static const struct CMUnitTest tests[] = {
		TEST(what_the_parser_says_of_the_sender_is_stored),
		TEST(the_same_content_belongs_to_the_verified_mail),
		TEST(other_kinds_belong_to_the_verified_mail_too),
		TEST(a_copy_without_a_mail_is_taken_over_too),
		TEST(
		    a_forged_complete_copy_does_not_replace_a_damaged_real_one),
		TEST(
		    a_damaged_real_copy_is_not_hidden_by_a_forged_complete_one),
		TEST(a_complete_real_copy_replaces_every_damaged_one),
		TEST(a_forged_damaged_copy_of_a_real_one_is_a_duplicate),
		TEST(two_complete_copies_that_differ_are_both_kept),
		TEST(who_names_the_address_of_another_does_not_displace_him),
		TEST(
		    who_shares_the_address_of_another_displaces_nothing_of_his),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
