/* SPDX-License-Identifier: BSD-2-Clause */
/* store: which rule names a source, before its mail came and after. */
#include "store_help.h"

#include "store/store_priv.h"

/* --- mail ------------------------------------------------------------------
 */

struct mail {
	const char *ip;
	const char *signer, *dkim; /* NULL: no signature */
	const char *envelope, *spf;
	const char *helo; /* it passed; NULL: none */
};

static struct record
record_of(const struct mail *m)
{
	struct record r = help_record(m->ip, 10);
	struct auth_dkim *d;
	struct auth_spf *a;

	if (m->signer != NULL) {
		d = array_add(&r.auth_dkim, sizeof(*d));
		d->domain = m->signer;
		d->result = m->dkim;
	}
	if (m->envelope != NULL) {
		a = array_add(&r.auth_spf, sizeof(*a));
		a->domain = m->envelope;
		a->result = m->spf;
	}
	if (m->helo != NULL) {
		a = array_add(&r.auth_spf, sizeof(*a));
		a->domain = m->helo;
		a->scope = "helo";
		a->result = "pass";
	}
	return r;
}

/* One report with these records, in a transaction. */
static enum store_outcome
take(struct store *s, const char *id, uint8_t content, const struct mail *mail,
    size_t n)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report(id, content);
	enum store_outcome outcome;
	struct record rec;
	size_t i;

	r.records = (int64_t)n;
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	for (i = 0; i < n && outcome != STORE_DUPLICATE; i++) {
		rec = record_of(&mail[i]);
		ok(store_add_record(s, &rec, &err));
		array_done(&rec.auth_dkim);
		array_done(&rec.auth_spf);
	}
	ok(store_end_report(s, &outcome, &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
	return outcome;
}

struct wanted {
	const char *label;
	const char *rules[4];
};

static void
add_senders(struct store *s, const struct wanted *w, size_t n)
{
	int64_t id;
	size_t i, k;

	for (i = 0; i < n; i++) {
		ok(store_set_sender(s, w[i].label, "service", &id, &err));
		for (k = 0; k < 4 && w[i].rules[k] != NULL; k++)
			ok(store_add_rule(s, id, w[i].rules[k], &err));
	}
	ok(store_apply_senders(s, &err));
}

static const char named[] =
    "SELECT ip, label FROM source s LEFT JOIN sender d ON d.id = s.sender_id"
    " ORDER BY s.ip_key";

/* Whether naming all of them anew changes anything. */
static void
expect(struct store *s, const char *expected)
{
	asked(expected, named);
	ok(store_begin(s, &err));
	ok(store_apply_senders(s, &err));
	ok(store_commit(s, &err));
	asked(expected, named);
	asked("0",
	    "SELECT count(*) FROM source WHERE sender_id IS NOT"
	    " (SELECT sender_id FROM sender_rule r WHERE r.id = rule_id)");
}

/*
 * The same rules and the same mail in the orders in which they can come; every
 * order names alike.
 */
static void
expect_in_any_order(const struct mail *mail, size_t n,
    const struct wanted *senders, size_t nsenders, const char *expected)
{
	struct store *s;
	char id[24];
	size_t i, k;
	int order;

	for (order = 0; order < 4; order++) {
		help_unlink();
		s = help_open();
		ok(store_begin(s, &err));
		if (order > 0)
			add_senders(s, senders, order == 3 ? 1 : nsenders);
		for (i = 0; i < n; i++) {
			k = order == 2 ? n - 1 - i : i;
			snprintf(id, sizeof(id), "%zu", k);
			take(s, id, 1, &mail[k], 1);
		}
		if (order == 0 || order == 3)
			add_senders(s, senders, nsenders);
		ok(store_commit(s, &err));
		expect(s, expected);
		store_close(s);
	}
	help_check();
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
only_what_passed_is_evidence(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.1", "news.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.2", "k.news.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.3", "news.example", "fail", NULL, NULL, NULL },
		{ "192.0.2.4", "fakenews.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.5", "example", "pass", NULL, NULL, NULL },
		{ "192.0.2.6", NULL, NULL, "b.crm.example", "pass", NULL },
		{ "192.0.2.7", NULL, NULL, "crm.example", "softfail", NULL },
		{ "192.0.2.8", NULL, NULL, "crm.example", "neutral", NULL },
		{ "192.0.2.9", NULL, NULL, NULL, NULL, "mx.crm.example" },
		{ "192.0.2.10", NULL, NULL, "a.example", "pass",
		    "mx.crm.example" },
		{ NULL, "news.example", "pass", NULL, NULL, NULL },
	};
	static const struct wanted senders[] = {
		{ "News", { "d=news.example.", NULL } },
		{ "CRM", { "spf=CRM.example", NULL } },
	};

	(void)state;
	expect_in_any_order(mail, COUNT(mail), senders, COUNT(senders),
	    "192.0.2.1|News\n192.0.2.2|News\n192.0.2.3|NULL\n"
	    "192.0.2.4|NULL\n192.0.2.5|NULL\n192.0.2.6|CRM\n"
	    "192.0.2.7|NULL\n192.0.2.8|NULL\n192.0.2.9|CRM\n"
	    "192.0.2.10|NULL");
}

static void
a_signature_does_not_name_who_hands_the_message_over(void **state)
{
	/* All are signed by the service, as somebody of example.org. */
	static const struct mail mail[] = {
		{ "192.0.2.1", "news.example", "pass", "news.example", "pass",
		    NULL },
		{ "192.0.2.2", "news.example", "pass", "list.example", "pass",
		    NULL },
		{ "192.0.2.3", "news.example", "pass", "example.org", "pass",
		    NULL },
		{ "192.0.2.4", "news.example", "pass", "b.example.org", "pass",
		    NULL },
		{ "192.0.2.5", "news.example", "pass", "b.news.example", "fail",
		    NULL },
		{ "192.0.2.6", "news.example", "pass", "news.example",
		    "softfail", NULL },
		{ "192.0.2.7", "news.example", "pass", "news.example", "none",
		    NULL },
		{ "192.0.2.8", "news.example", "pass", "list.example", "fail",
		    NULL },
		{ "192.0.2.9", "news.example", "pass", NULL, NULL,
		    "mx.list.example" },
		{ "192.0.2.10", "news.example", "pass", "example.org", "pass",
		    "mx.list.example" },
	};
	static const struct wanted senders[] = {
		{ "News", { "d=news.example", NULL } },
	};

	(void)state;
	expect_in_any_order(mail, COUNT(mail), senders, COUNT(senders),
	    "192.0.2.1|News\n192.0.2.2|NULL\n192.0.2.3|News\n"
	    "192.0.2.4|News\n192.0.2.5|NULL\n192.0.2.6|NULL\n"
	    "192.0.2.7|News\n192.0.2.8|News\n192.0.2.9|News\n"
	    "192.0.2.10|News");
}

static void
the_strongest_rule_wins_whatever_came_first(void **state)
{
	static const struct mail mail[] = {
		/* By DKIM in one report, by SPF in another. */
		{ "192.0.2.1", "one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.1", NULL, NULL, "two.example", "pass", NULL },
		{ "192.0.2.2", NULL, NULL, "two.example", "pass", NULL },
		{ "192.0.2.2", "one.example", "pass", NULL, NULL, NULL },
		/* The longer domain is the narrower one. */
		{ "192.0.2.3", "k.one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.4", "one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.4", "k.one.example", "pass", NULL, NULL, NULL },
		/* The address is known better. */
		{ "198.51.100.10", "one.example", "pass", NULL, NULL, NULL },
		{ "198.51.100.11", NULL, NULL, "two.example", "pass", NULL },
		{ "198.51.100.21", NULL, NULL, NULL, NULL, NULL },
		{ "2001:db8::15", NULL, NULL, NULL, NULL, NULL },
		{ "2001:db8::21", NULL, NULL, NULL, NULL, NULL },
	};
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
		{ "Two", { "spf=two.example", "198.51.100.0/24", NULL } },
		{ "Range",
		    { "198.51.100.10-198.51.100.20",
		        "2001:db8::10-2001:db8::20", NULL } },
		{ "K", { "d=k.one.example", "2001:db8::/32", NULL } },
	};

	(void)state;
	expect_in_any_order(mail, COUNT(mail), senders, COUNT(senders),
	    "192.0.2.1|Two\n192.0.2.2|Two\n192.0.2.3|K\n192.0.2.4|K\n"
	    "198.51.100.10|Range\n198.51.100.11|Range\n198.51.100.21|Two\n"
	    "2001:db8::15|Range\n2001:db8::21|K");
}

static void
the_narrower_of_ranges_that_overlap_wins(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.16", NULL, NULL, NULL, NULL, NULL },
		{ "192.0.2.25", NULL, NULL, NULL, NULL, NULL },
		{ "192.0.2.250", NULL, NULL, NULL, NULL, NULL },
		{ "192.0.3.5", NULL, NULL, NULL, NULL, NULL },
	};
	static const struct wanted senders[] = {
		{ "wide", { "192.0.2.15-192.0.2.30", NULL } },
		{ "narrow", { "192.0.2.10-192.0.2.20", NULL } },
		{ "net", { "192.0.2.0/24", NULL } },
		{ "across", { "192.0.2.240-192.0.3.10", NULL } },
	};

	(void)state;
	expect_in_any_order(mail, COUNT(mail), senders, COUNT(senders),
	    "192.0.2.16|narrow\n192.0.2.25|wide\n192.0.2.250|across\n"
	    "192.0.3.5|across");
}

/* Names of hosts and AS come by look-ups: they are there before the rules. */
static void
names_of_hosts_and_systems_have_their_place(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.1", "one.example", "pass", "two.example", "pass",
		    NULL },
		{ "192.0.2.2", NULL, NULL, "two.example", "pass", NULL },
		{ "192.0.2.3", "one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.4", NULL, NULL, NULL, NULL, NULL },
		{ "192.0.2.5", NULL, NULL, NULL, NULL, NULL },
	};
	static const struct wanted senders[] = {
		{ "AS", { "AS64500", NULL } },
		{ "One", { "d=one.example", NULL } },
		{ "Two", { "spf=two.example", NULL } },
		{ "PTR", { "mail.host.example", NULL } },
	};
	struct store *s = help_open();

	(void)state;
	ok(store_begin(s, &err));
	take(s, "id", 1, mail, COUNT(mail));
	ok(store_commit(s, &err));
	help_change("UPDATE source SET asn = 64500;"
	            "UPDATE source SET ptr = 'mx1.mail.host.example',"
	            " ptr_domain = 'host.example' WHERE ip = '192.0.2.1';"
	            "UPDATE source SET ptr = 'mx1.xmail.host.example',"
	            " ptr_domain = 'host.example' WHERE ip = '192.0.2.5'");
	ok(store_begin(s, &err));
	add_senders(s, senders, COUNT(senders));
	ok(store_commit(s, &err));
	expect(s,
	    "192.0.2.1|PTR\n192.0.2.2|Two\n192.0.2.3|One\n192.0.2.4|AS\n"
	    "192.0.2.5|AS");
	store_close(s);
}

/* --- rules that go, reports that are taken back -----------------------------
 */

static void
what_a_rule_named_goes_with_it(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.1", "one.example", "pass", "two.example", "pass",
		    NULL },
		{ "192.0.2.2", NULL, NULL, "two.example", "pass", NULL },
	};
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", "192.0.2.1", NULL } },
		{ "Two", { "spf=two.example", NULL } },
	};
	struct store *s = help_open();
	int64_t id;

	(void)state;
	ok(store_begin(s, &err));
	add_senders(s, senders, COUNT(senders));
	take(s, "id", 1, mail, COUNT(mail));
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|One\n192.0.2.2|Two");
	ok(store_begin(s, &err));
	ok(store_find_sender(s, "One", &id, &err));
	ok(store_remove_rule(s, id, "192.0.2.1/32", &err));
	refused(ERR_INPUT, store_remove_rule(s, id, "192.0.2.1", &err));
	refused(ERR_INPUT, store_remove_rule(s, id, "spf=two.example", &err));
	ok(store_apply_senders(s, &err));
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|Two\n192.0.2.2|Two");
	ok(store_begin(s, &err));
	ok(store_find_sender(s, "Two", &id, &err));
	ok(store_remove_sender(s, id, &err));
	ok(store_apply_senders(s, &err));
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|NULL\n192.0.2.2|NULL");
	/* And what comes has no sender either. */
	ok(store_begin(s, &err));
	take(s, "more", 1, mail, COUNT(mail));
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|NULL\n192.0.2.2|NULL");
	store_close(s);
	help_check();
}

static void
a_report_that_takes_the_place_of_another_names_too(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.1", "one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.2", "one.example", "pass", NULL, NULL, NULL },
	};
	static const struct mail rival[] = {
		{ "192.0.2.3", "one.example", "pass", NULL, NULL, NULL },
	};
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
	};
	struct store *s = help_open();

	(void)state;
	ok(store_begin(s, &err));
	add_senders(s, senders, COUNT(senders));
	assert_int_equal(take(s, "id", 1, mail, 1), STORE_NEW);
	assert_int_equal(take(s, "id", 2, mail, 2), STORE_NEW);
	/* It contradicts the other and does not count. */
	assert_int_equal(take(s, "id", 3, rival, 1), STORE_CONFLICT);
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|One\n192.0.2.2|One\n192.0.2.3|NULL");
	store_close(s);
	help_check();
}

static void
a_message_that_is_taken_back_names_nobody(void **state)
{
	static const struct mail mail = { "192.0.2.1", "one.example", "pass",
		NULL, NULL, NULL };
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
	};
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct record rec = help_record("192.0.2.1", 1);
	struct record good = record_of(&mail);
	enum store_outcome outcome;
	struct store *s = help_open();

	(void)state;
	ok(store_begin(s, &err));
	add_senders(s, senders, COUNT(senders));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	ok(store_add_record(s, &rec, &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
	ok(store_begin_message(s, &m, &err));
	r = help_report("other", 1);
	ok(store_add_report(s, &r, &outcome, &err));
	ok(store_add_record(s, &good, &err));
	ok(store_cancel_message(s, &err));
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|NULL");
	/* The next one does. */
	ok(store_begin(s, &err));
	take(s, "other", 1, &mail, 1);
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|One");
	array_done(&good.auth_dkim);
	array_done(&good.auth_spf);
	store_close(s);
}

/* Another process names senders while this one stores. */
static void
rules_of_another_process_are_noticed(void **state)
{
	static const struct mail mail = { "192.0.2.1", "one.example", "pass",
		NULL, NULL, NULL };
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
	};
	struct store *s = help_open(), *other = help_open();

	(void)state;
	ok(store_begin(s, &err));
	take(s, "id", 1, &mail, 1);
	ok(store_commit(s, &err));
	ok(store_begin(other, &err));
	add_senders(other, senders, COUNT(senders));
	ok(store_remove_sender(other, 1, &err));
	add_senders(other, senders, COUNT(senders));
	ok(store_commit(other, &err));
	help_change("UPDATE source SET sender_id = NULL, rule_id = NULL");
	ok(store_begin(s, &err));
	take(s, "two", 1, &mail, 1);
	ok(store_commit(s, &err));
	expect(s, "192.0.2.1|One");
	store_close(other);
	store_close(s);
}

/* --- what they cost, what they cover ----------------------------------------
 */

static int
runs(struct store *s, enum store_stmt which)
{
	return sqlite3_stmt_status(s->stmt[which], SQLITE_STMTSTATUS_RUN, 0);
}

static void
evidence_costs_nothing_twice(void **state)
{
	static const struct mail mail = { "192.0.2.1", "one.example", "pass",
		NULL, NULL, NULL };
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
	};
	struct store *s = help_open();
	char id[16];
	int i;

	(void)state;
	ok(store_begin(s, &err));
	for (i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		take(s, id, 1, &mail, 1);
	}
	assert_int_equal(runs(s, STMT_RULE_LIST), 1);
	assert_int_equal(runs(s, STMT_SOURCE_RULE), 0);
	ok(store_apply_senders(s, &err));
	assert_int_equal(runs(s, STMT_RECORDS_ALL), 0);
	add_senders(s, senders, COUNT(senders));
	assert_int_equal(runs(s, STMT_RECORDS_ALL), 1);
	assert_int_equal(runs(s, STMT_PROFILE_READ), 1);
	/* Once, and its trigger. */
	assert_int_equal(runs(s, STMT_SOURCE_NAME), 2);
	for (i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "b%d", i);
		take(s, id, 1, &mail, 1);
	}
	ok(store_commit(s, &err));
	assert_int_equal(runs(s, STMT_SOURCE_RULE), 1);
	assert_int_equal(runs(s, STMT_SOURCE_NAME), 2);
	store_close(s);
}

static void
a_rule_knows_what_it_covers(void **state)
{
	static const struct mail mail[] = {
		{ "192.0.2.1", "one.example", "pass", NULL, NULL, NULL },
		{ "192.0.2.2", "one.example", "pass", "two.example", "fail",
		    NULL },
		{ "192.0.2.3", NULL, NULL, "two.example", "pass", NULL },
	};
	static const struct wanted senders[] = {
		{ "One",
		    { "d=one.example", "192.0.2.1", "198.51.100.0/24", NULL } },
		{ "Net", { "192.0.2.2/31", "spf=two.example", NULL } },
	};
	struct store_count count;
	struct store_cover c;
	struct store *s = help_open();
	int64_t one, net;

	(void)state;
	ok(store_begin(s, &err));
	take(s, "id", 1, mail, COUNT(mail));
	add_senders(s, senders, COUNT(senders));
	ok(store_find_sender(s, "One", &one, &err));
	ok(store_find_sender(s, "Net", &net, &err));
	ok(store_find_cover(s, "D=one.example", &c, &err));
	assert_int_equal(c.sources, 2);
	assert_int_equal(c.taken, 1);
	assert_int_equal(c.taken_by, net);
	ok(store_find_cover(s, "192.0.2.1/32", &c, &err));
	assert_int_equal(c.sources, 1);
	assert_int_equal(c.taken, 0);
	assert_int_equal(c.taken_by, 0);
	ok(store_find_cover(s, "198.51.100.0/24", &c, &err));
	assert_int_equal(c.sources, 0);
	/* Its own stronger rule takes nothing from it. */
	ok(store_find_cover(s, "spf=two.example", &c, &err));
	assert_int_equal(c.sources, 1);
	assert_int_equal(c.taken, 0);
	refused(ERR_INPUT, store_find_cover(s, "AS1", &c, &err));
	refused(ERR_USAGE, store_find_cover(s, "AS0", &c, &err));
	ok(store_count_sender(s, net, 1699920000, 1700092800, &count, &err));
	assert_int_equal(count.sources, 2);
	assert_int_equal(count.messages, 20);
	ok(store_count_sender(s, one, 0, 86400, &count, &err));
	assert_int_equal(count.sources, 1);
	assert_int_equal(count.messages, 0);
	store_rollback(s);
	asked("0", "SELECT count(*) FROM sender");
	store_close(s);
}

static void
a_rule_belongs_to_one_sender(void **state)
{
	static const struct wanted senders[] = {
		{ "One", { "d=one.example", NULL } },
		{ "Two", { NULL } },
	};
	struct store *s = help_open();
	int64_t id;

	(void)state;
	ok(store_begin(s, &err));
	add_senders(s, senders, COUNT(senders));
	ok(store_find_sender(s, "Two", &id, &err));
	refused(ERR_USAGE, store_add_rule(s, id, "D=ONE.example", &err));
	/* Another kind of the same domain is another rule. */
	ok(store_add_rule(s, id, "spf=one.example", &err));
	ok(store_add_rule(s, id, "spf=one.example", &err));
	ok(store_add_rule(s, id, "one.example", &err));
	ok(store_commit(s, &err));
	asked("dkim_domain|1\nptr_domain|2\nspf_domain|2",
	    "SELECT match, sender_id FROM sender_rule ORDER BY match");
	store_close(s);
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(only_what_passed_is_evidence),
		t(a_signature_does_not_name_who_hands_the_message_over),
		t(the_strongest_rule_wins_whatever_came_first),
		t(the_narrower_of_ranges_that_overlap_wins),
		t(names_of_hosts_and_systems_have_their_place),
		t(what_a_rule_named_goes_with_it),
		t(a_report_that_takes_the_place_of_another_names_too),
		t(a_message_that_is_taken_back_names_nobody),
		t(rules_of_another_process_are_noticed),
		t(evidence_costs_nothing_twice),
		t(a_rule_knows_what_it_covers),
		t(a_rule_belongs_to_one_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
