/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS reports and failure reports in the store. */
#include "base/mem.h"
#include "store/store.h"
#include "store_help.h"

static struct tls_report
tls_report(const char *id, uint8_t content)
{
	struct tls_report r = { .org_name = "Example Org",
		.external_id = id,
		.begin_ts = 1700006400,
		.end_ts = 1700092799,
		.policies = 1 };

	memset(r.content_sha256, content, sizeof(r.content_sha256));
	memcpy(r.content_sha256, id, strlen(id));
	return r;
}

static struct failure_report
failure(const char *ip, uint8_t content)
{
	struct failure_report f = { .arrival_ts = 1700010000,
		.feedback_type = "auth-failure",
		.reported_domain = "example.org",
		.source_ip = ip,
		.incidents = 1 };

	memset(f.content_sha256, content, sizeof(f.content_sha256));
	return f;
}

/* A transaction with a mail that was begun. */
static void
begin(struct store *s, uint32_t uid)
{
	struct store_message m = help_message(1, uid, "aa");

	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
}

static void
end(struct store *s, const char *status)
{
	ok(store_end_message(s, status, NULL, 1, &err));
	ok(store_commit(s, &err));
}

/* Alone in a mail. */
static enum store_outcome
store_tls(struct store *s, uint32_t uid, const struct tls_report *r)
{
	const struct tls_policy p = { .domain = "example.org",
		.type = r->content_sha256[31] == 1 ? "sts" : "tlsa",
		.ok = 9 - r->content_sha256[31],
		.failed = r->content_sha256[31] };
	enum store_outcome outcome = STORE_NEW;

	begin(s, uid);
	ok(store_add_tls(s, r, &outcome, &err));
	if (outcome != STORE_DUPLICATE)
		ok(store_add_tls_policy(s, &p, &err));
	ok(store_end_report(s, &outcome, &err));
	end(s, outcome == STORE_DUPLICATE ? "duplicate" : "stored");
	return outcome;
}

static enum store_outcome
store_failure(struct store *s, uint32_t uid, const struct failure_report *f)
{
	enum store_outcome outcome = STORE_CONFLICT;

	begin(s, uid);
	ok(store_add_failure(s, f, &outcome, &err));
	end(s, outcome == STORE_DUPLICATE ? "duplicate" : "stored");
	return outcome;
}

static void
a_tls_report_is_stored_with_policies_and_failures(void **state)
{
	struct tls_report r = tls_report("id1", 1);
	struct tls_policy p = {
		.domain = "example.org", .type = "sts", .ok = 40, .failed = 3
	};
	struct tls_failure *f;
	enum store_outcome outcome = STORE_DUPLICATE;
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	r.filename = "a.json";
	r.contact = "tls@example.net";
	*(const char **)array_add(&r.quirks, sizeof(char *)) = "zone-missing";
	*(const char **)array_add(&p.policy, sizeof(char *)) = "mode: \"x\"";
	*(const char **)array_add(&p.mx_hosts, sizeof(char *)) = "*.a.example";
	f = array_add(&p.failures, sizeof(*f));
	f->result = "certificate-expired";
	f->failed = 2;
	f->sending_ip = "192.0.2.7";
	f->mx = "mx.example.org";
	f->mx_helo = "helo";
	f->receiving_ip = "192.0.2.8";
	f->reason_code = "code";
	f->info = "https://example.net/1";
	f = array_add(&p.failures, sizeof(*f));
	f->result = "validation-failure";
	f->failed = 1;

	begin(s, 1);
	ok(store_add_tls(s, &r, &outcome, &err));
	ok(store_add_tls_policy(s, &p, &err));
	p.policy.n = p.mx_hosts.n = p.failures.n = 0;
	p.type = "tlsa";
	ok(store_add_tls_policy(s, &p, &err));
	end(s, "stored");
	store_close(s);

	assert_int_equal(outcome, STORE_NEW);
	asked("1|a.json|Example Org|tls@example.net|id1|1700006400|"
	      "1700092799|1700006400|0|[\"zone-missing\"]|32",
	    "SELECT message_id, filename, org_name, contact, external_id,"
	    " begin_ts, end_ts, day, conflict, quirks, length(content_sha256)"
	    " FROM tls_report");
	asked("1|example.org|sts|[\"mode: \\\"x\\\"\"]|[\"*.a.example\"]|40|3\n"
	      "1|example.org|tlsa|NULL|NULL|40|3",
	    "SELECT tls_report_id, domain, type, policy, mx_hosts, ok, failed"
	    " FROM tls_policy ORDER BY id");
	asked("1|0|certificate-expired|2|192.0.2.7|mx.example.org|helo|"
	      "192.0.2.8|code|https://example.net/1\n"
	      "1|1|validation-failure|1|NULL|NULL|NULL|NULL|NULL|NULL",
	    "SELECT * FROM tls_failure ORDER BY tls_policy_id, seq");
	/* The same sessions, seen as sts and as tlsa. */
	asked("2023-11-15|sts|40|3\n2023-11-15|tlsa|40|3",
	    "SELECT date, type, ok, failed FROM v_tls_daily ORDER BY type");
	array_done(&r.quirks);
	tls_policy_done(&p);
}

static void
a_second_copy_of_a_tls_report_is_a_duplicate(void **state)
{
	struct tls_report r = tls_report("id1", 1);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	assert_int_equal(store_tls(s, 1, &r), STORE_NEW);
	r.filename = "another-name.json";
	assert_int_equal(store_tls(s, 2, &r), STORE_DUPLICATE);
	store_close(s);
	asked("1|0", "SELECT count(*), sum(conflict) FROM tls_report");
	asked("1", "SELECT count(*) FROM tls_policy");
}

static void
the_same_tls_identity_with_other_content_is_kept_and_marked(void **state)
{
	struct tls_report r = tls_report("id1", 1),
	                  other = tls_report("id1", 2);
	struct tls_report third = tls_report("id1", 3);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	assert_int_equal(store_tls(s, 1, &r), STORE_NEW);
	assert_int_equal(store_tls(s, 2, &other), STORE_CONFLICT);
	assert_int_equal(store_tls(s, 3, &third), STORE_CONFLICT);
	store_close(s);
	asked("3|3|1",
	    "SELECT count(*), sum(conflict), sum(counted) FROM tls_report");
	asked("3", "SELECT count(*) FROM tls_policy");
}

/* A TLS report of these policies, each with this many sessions. */
static enum store_outcome
store_sessions(struct store *s, uint32_t uid, const char *org,
    const char *contact, bool verified, int sts, int tlsa)
{
	struct store_message m = help_message(1, uid, "aa");
	struct tls_report r = tls_report("id1", (uint8_t)uid);
	struct tls_policy p = {
		.domain = "example.org", .type = "sts", .ok = sts
	};
	enum store_outcome outcome;

	r.org_name = org;
	r.contact = contact;
	m.facts.verified = verified ? "pass" : NULL;
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_tls(s, &r, &outcome, &err));
	if (outcome != STORE_DUPLICATE && sts > 0)
		ok(store_add_tls_policy(s, &p, &err));
	p.type = "tlsa";
	p.ok = tlsa;
	if (outcome != STORE_DUPLICATE && tlsa > 0)
		ok(store_add_tls_policy(s, &p, &err));
	ok(store_end_report(s, &outcome, &err));
	end(s, "stored");
	return outcome;
}

static void
a_tls_report_counts_once_in_any_form(void **state)
{
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	assert_int_equal(
	    store_sessions(s, 1, "Org", "a", false, 40, 0), STORE_NEW);
	assert_int_equal(
	    store_sessions(s, 2, "ORG", "b", false, 40, 0), STORE_DUPLICATE);
	/* All of it, and then a part again. */
	assert_int_equal(
	    store_sessions(s, 3, "Org", "a", false, 40, 7), STORE_NEW);
	assert_int_equal(
	    store_sessions(s, 4, "Org", "a", false, 0, 7), STORE_DUPLICATE);
	asked("1|0|47",
	    "SELECT count(*), sum(conflict), (SELECT sum(ok) FROM"
	    " v_tls_daily) FROM tls_report");
	/* A verified one counts, whatever a forged one has. */
	assert_int_equal(
	    store_sessions(s, 5, "Org", "c", true, 40, 0), STORE_CONFLICT);
	assert_int_equal(
	    store_sessions(s, 6, "Org", "d", false, 40, 9), STORE_CONFLICT);
	asked("3|3|1|40",
	    "SELECT count(*), sum(conflict), sum(counted), (SELECT"
	    " sum(ok) FROM v_tls_daily) FROM tls_report");
	assert_int_equal(
	    store_sessions(s, 7, "Org", "c", true, 40, 7), STORE_DUPLICATE);
	asked("2|47",
	    "SELECT count(*), (SELECT sum(ok) FROM v_tls_daily)"
	    " FROM tls_report");
	store_close(s);
	help_check();
}

/* Google's report-id is a day and a domain: others may use the same. */
static void
another_organization_or_period_is_no_conflict(void **state)
{
	struct tls_report r = tls_report("id1", 1),
	                  other = tls_report("id1", 2);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	assert_int_equal(store_tls(s, 1, &r), STORE_NEW);
	other.org_name = "Another Org";
	assert_int_equal(store_tls(s, 2, &other), STORE_NEW);
	other = tls_report("id1", 3);
	other.begin_ts += 86400;
	other.end_ts += 86400;
	assert_int_equal(store_tls(s, 3, &other), STORE_NEW);
	store_close(s);
	asked("3|0", "SELECT count(*), sum(conflict) FROM tls_report");
}

static void
a_policy_needs_a_tls_report(void **state)
{
	struct tls_report r = tls_report("id1", 1);
	struct tls_policy p = { .domain = "example.org", .type = "sts" };
	enum store_outcome outcome;
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	refused(ERR_BUG, store_add_tls(s, &r, &outcome, &err));
	ok(store_begin(s, &err));
	refused(ERR_BUG, store_add_tls(s, &r, &outcome, &err));
	ok(store_commit(s, &err));
	begin(s, 1);
	refused(ERR_BUG, store_add_tls_policy(s, &p, &err));
	ok(store_add_tls(s, &r, &outcome, &err));
	ok(store_add_tls(s, &r, &outcome, &err));
	assert_int_equal(outcome, STORE_DUPLICATE);
	refused(ERR_BUG, store_add_tls_policy(s, &p, &err));
	end(s, "stored");
	store_close(s);
}

static void
a_failure_report_is_stored(void **state)
{
	struct failure_report f = failure("192.0.2.1", 1);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	f.auth_failure = "dmarc";
	f.delivery_result = "reject";
	f.mail_from = "";
	f.rcpt_to = "a@example.net, b@example.net";
	f.header_from = "ceo@example.org";
	f.subject = "pay this";
	f.msgid = "1@example.org";
	f.dkim_domain = "example.com";
	f.dkim_selector = "s1";
	f.auth_results = "mx.example.net; dmarc=fail";
	f.identity_alignment = "none";
	f.user_agent = "Lua/1.0";
	f.incidents = 3;
	*(const char **)array_add(&f.quirks, sizeof(char *)) = "q";
	assert_int_equal(store_failure(s, 1, &f), STORE_NEW);
	store_close(s);
	asked("1|1700010000|auth-failure|example.org|192.0.2.1|dmarc|reject|",
	    "SELECT message_id, arrival_ts, feedback_type, reported_domain, ip,"
	    " auth_failure, delivery_result, mail_from"
	    " FROM failure JOIN source ON source.id = source_id");
	asked("a@example.net, b@example.net|ceo@example.org|pay this|"
	      "1@example.org|example.com|s1|mx.example.net; dmarc=fail|none|"
	      "Lua/1.0|3|NULL|[\"q\"]|32",
	    "SELECT rcpt_to, header_from, subject, msgid, dkim_domain,"
	    " dkim_selector, auth_results, identity_alignment, user_agent,"
	    " incidents, sample, quirks, length(content_sha256) FROM failure");
	array_done(&f.quirks);
}

static void
a_second_copy_of_a_failure_report_is_a_duplicate(void **state)
{
	struct failure_report f = failure("192.0.2.1", 1), other = f;
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	other.content_sha256[0] = 2;
	assert_int_equal(store_failure(s, 1, &f), STORE_NEW);
	assert_int_equal(store_failure(s, 2, &f), STORE_DUPLICATE);
	assert_int_equal(store_failure(s, 3, &other), STORE_NEW);
	store_close(s);
	asked("2", "SELECT count(*) FROM failure");
}

static void
a_failing_mail_widens_the_days_of_its_source(void **state)
{
	struct failure_report f = failure("2001:db8::1", 1);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	store_failure(s, 1, &f);
	f.content_sha256[0] = 2;
	f.arrival_ts += 2 * 86400;
	store_failure(s, 2, &f);
	store_close(s);
	asked("2001:db8::1|1700006400|1700179200",
	    "SELECT ip, first_day, last_day FROM source");
}

static void
a_failure_report_may_say_next_to_nothing(void **state)
{
	struct failure_report f = failure(NULL, 1);
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	f.arrival_ts = 0;
	f.feedback_type = f.reported_domain = NULL;
	store_failure(s, 1, &f);
	f.content_sha256[0] = 2;
	f.source_ip = "192.0.2.1";
	store_failure(s, 2, &f);
	store_close(s);
	asked("NULL|NULL|NULL|NULL|1\nNULL|NULL|NULL|1|1",
	    "SELECT arrival_ts, feedback_type, reported_domain, source_id,"
	    " incidents FROM failure ORDER BY id");
	/* Nobody knows when: it was today. */
	asked("1|1",
	    "SELECT first_day % 86400 = 0,"
	    " unixepoch() - first_day BETWEEN 0 AND 90000 FROM source");
}

static void
a_mail_that_is_taken_back_takes_its_reports_with_it(void **state)
{
	struct tls_report r = tls_report("id1", 1);
	struct tls_policy p = { .domain = "example.org", .type = "sts" };
	struct failure_report f = failure("192.0.2.1", 1);
	enum store_outcome outcome;
	struct store *s = help_open();

	(void)state;
	help_mailbox(s);
	begin(s, 1);
	ok(store_add_tls(s, &r, &outcome, &err));
	ok(store_add_tls_policy(s, &p, &err));
	ok(store_add_failure(s, &f, &outcome, &err));
	ok(store_cancel_message(s, &err));
	refused(ERR_BUG, store_add_tls_policy(s, &p, &err));
	ok(store_commit(s, &err));
	asked("0|0|0|0",
	    "SELECT (SELECT count(*) FROM tls_report),"
	    " (SELECT count(*) FROM tls_policy),"
	    " (SELECT count(*) FROM failure), (SELECT count(*) FROM source)");
	assert_int_equal(store_failure(s, 2, &f), STORE_NEW);
	store_close(s);
	help_check();
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tls_report_is_stored_with_policies_and_failures),
		TEST(a_second_copy_of_a_tls_report_is_a_duplicate),
		TEST(
		    the_same_tls_identity_with_other_content_is_kept_and_marked),
		TEST(a_tls_report_counts_once_in_any_form),
		TEST(another_organization_or_period_is_no_conflict),
		TEST(a_policy_needs_a_tls_report),
		TEST(a_failure_report_is_stored),
		TEST(a_second_copy_of_a_failure_report_is_a_duplicate),
		TEST(a_failing_mail_widens_the_days_of_its_source),
		TEST(a_failure_report_may_say_next_to_nothing),
		TEST(a_mail_that_is_taken_back_takes_its_reports_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
