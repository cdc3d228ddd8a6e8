/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: the figures count a report once, in whatever forms and order it came,
 * and whoever vouches for which of them.
 */
#include "store_help.h"

#include "store/store_priv.h"

#define FORMS 6

/* One form of a report: how many messages of each of four addresses. */
struct form {
	int messages[4];
	bool partial;
	const char *org_name;
};

/*
 * A part; the same regrouped, under a name in other case; all; two that are
 * damaged in other places; and one that contradicts.
 */
static const struct form forms[FORMS] = {
	{ { 3, 5, 0, 0 }, false, "Example Org" },
	{ { -3, 5, 0, 0 }, false, "EXAMPLE ORG" },
	{ { 3, 5, 2, 0 }, false, "Example Org" },
	{ { 3, 0, 2, 0 }, true, "Example Org" },
	{ { 0, 5, 2, 0 }, true, "Example Org" },
	{ { 3, 5, 0, 7 }, false, "Example Org" },
};

static void
add_record(struct store *s, const char *ip, int messages)
{
	struct auth_dkim dkim[] = { { "example.org", "s1", "pass", NULL },
		{ "example.net", "s2", "fail", NULL } };
	struct record r = help_record(ip, messages);
	struct auth_dkim other = dkim[0];

	r.auth_dkim = (struct array) { dkim, 2, 2 };
	if (messages < 0) {
		/* In two records, and the results the other way round. */
		dkim[0] = dkim[1];
		dkim[1] = other;
		r.messages = 1;
		ok(store_add_record(s, &r, &err));
		r.messages = -messages - 1;
	}
	ok(store_add_record(s, &r, &err));
}

static enum store_outcome
arrive(struct store *s, int n, bool verified)
{
	static const char *const ips[] = { "192.0.2.1", "192.0.2.2",
		"192.0.2.3", "192.0.2.4" };
	struct store_message m = help_message(0, 0, "ab");
	const struct form *form = &forms[n];
	struct report r = help_report("id", (uint8_t)n);
	enum store_outcome outcome;
	int i;

	r.org_name = form->org_name;
	r.partial = form->partial;
	m.facts.verified = verified ? "pass" : "none";
	m.path = verified ? "real" : "forged";
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	for (i = 0; i < 4 && outcome != STORE_DUPLICATE; i++)
		if (form->messages[i] != 0)
			add_record(s, ips[i], form->messages[i]);
	ok(store_end_report(s, &outcome, &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
	ok(store_commit(s, &err));
	return outcome;
}

static int
total(int n)
{
	int i, sum = 0;

	for (i = 0; i < 4; i++)
		sum += abs(forms[n].messages[i]);
	return sum;
}

/* Whether a has all of b. */
static bool
has(int a, int b)
{
	int i;

	for (i = 0; i < 4; i++)
		if (forms[b].messages[i] != 0 &&
		    abs(forms[a].messages[i]) != abs(forms[b].messages[i]))
			return false;
	return true;
}

/* Whether b is nothing beside a, by the rules of ruad.db(5). */
static bool
beats(int a, bool a_verified, int b, bool b_verified)
{
	if (a_verified != b_verified)
		return a_verified;
	if (forms[a].partial != forms[b].partial)
		return forms[b].partial;
	return has(a, b) && total(a) > total(b);
}

/* What is stored: which sum counts, and five facts that must hold. */
static const char state_sql[] =
    "SELECT (SELECT sum(messages) FROM record), sum(counted) = 1"
    " AND sum(counted AND coalesce(m.verified, '') = 'pass')"
    "   = (SELECT max(verified = 'pass') FROM message JOIN report"
    "     ON message_id = message.id)"
    " AND min(conflict = (SELECT count(*) > 1 FROM report))"
    " AND NOT EXISTS (SELECT 1 FROM record_row WHERE report_id IN"
    "   (SELECT id FROM report WHERE counted = 0))"
    " AND NOT EXISTS (SELECT 1 FROM record_aside WHERE report_id IN"
    "   (SELECT id FROM report WHERE counted = 1))"
    " FROM report r LEFT JOIN message m ON m.id = r.message_id";

/* Whether the sum is one that these n forms may add up to. */
static void
check_sum(sqlite3_stmt *st, const int *order, int n, unsigned int verified)
{
	char context[64];
	size_t len = 0;
	int i, k, sum;
	bool beaten;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(context + len, sizeof(context) - len,
		    " %d%s", order[i], verified >> order[i] & 1 ? "v" : "");
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	sum = sqlite3_column_int(st, 0);
	if (sqlite3_column_int(st, 1) != 1)
		fail_msg("%s: which counts?", context);
	sqlite3_reset(st);
	for (i = 0; i < n; i++) {
		beaten = false;
		for (k = 0; k < n; k++)
			beaten |= beats(order[k], verified >> order[k] & 1,
			    order[i], verified >> order[i] & 1);
		if (!beaten && total(order[i]) == sum)
			return;
	}
	fail_msg("%s: %d messages", context, sum);
}

/* All orders of these, each once. */
static bool
next_order(int *order, int n)
{
	int i, k, swap;

	for (i = n - 2; i >= 0 && order[i] > order[i + 1];)
		i--;
	if (i < 0)
		return false;
	for (k = n - 1; order[k] < order[i];)
		k--;
	swap = order[i], order[i] = order[k], order[k] = swap;
	for (i++, k = n - 1; i < k; i++, k--)
		swap = order[i], order[i] = order[k], order[k] = swap;
	return true;
}

static void
try_orders(struct store *s, int *order, int n, unsigned int verified)
{
	sqlite3_stmt *st = NULL;
	int i;

	assert_int_equal(
	    sqlite3_prepare_v2(s->db, state_sql, -1, &st, NULL), SQLITE_OK);
	do {
		assert_int_equal(sqlite3_exec(s->db,
		                     "DELETE FROM record_aside;"
		                     "DELETE FROM record_row;"
		                     "DELETE FROM report; DELETE FROM message",
		                     NULL, NULL, NULL),
		    SQLITE_OK);
		for (i = 0; i < n; i++)
			arrive(s, order[i], verified >> order[i] & 1);
		check_sum(st, order, n, verified);
		/* All of it again changes nothing. */
		for (i = 0; i < n; i++)
			assert_int_equal(
			    arrive(s, order[i], false), STORE_DUPLICATE);
		check_sum(st, order, n, verified);
	} while (next_order(order, n));
	sqlite3_finalize(st);
}

/*
 * Of each three forms, and of all that do not contradict each other; with
 * RUAD_SHORT the first, the last or all are vouched for.
 */
static void
any_order_and_any_vouching_give_the_same_sum(void **state)
{
	int order[FORMS], a, b, c;
	unsigned int verified;
	bool is_short = getenv("RUAD_SHORT") != NULL;
	struct store *s = *state;

	sqlite3_exec(s->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	for (a = 0; a < FORMS; a++)
		for (b = a + 1; b < FORMS; b++)
			for (c = b + 1; c < FORMS; c++)
				for (verified = is_short; verified < 8;
				     verified += is_short ? 3 : 1) {
					order[0] = a, order[1] = b,
					order[2] = c;
					try_orders(s, order, 3,
					    (verified & 1) << a |
					        (verified >> 1 & 1) << b |
					        (verified >> 2) << c);
				}
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
		TEST(any_order_and_any_vouching_give_the_same_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
