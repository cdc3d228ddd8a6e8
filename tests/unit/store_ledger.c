/* SPDX-License-Identifier: BSD-2-Clause */
/* store: mailboxes, polls, and what is known of each mail. */
#include "store_help.h"

#include "store/store.h"

static int64_t mailbox;

static int
setup(void **state)
{
	if (help_setup_store(state) == -1)
		return -1;
	mailbox = help_mailbox(*state);
	return 0;
}

/* A mail without a report. */
static void
add_mail(struct store *s, const struct store_message *m, const char *status)
{
	ok(store_begin_message(s, m, &err));
	ok(store_end_message(s, status, NULL, 1, &err));
}

/* UIDs 30, 10, 20, 40 as stored, duplicate, other, failed. */
static void
add_four(struct store *s)
{
	const char *const status[] = { "stored", "duplicate", "other",
		"failed" };
	const char *const sha256[] = { "a1", "a2", "a3", "a4" };
	const uint32_t uid[] = { 30, 10, 20, 40 };
	struct store_message m;
	int i;

	ok(store_begin(s, &err));
	for (i = 0; i < 4; i++) {
		m = help_message(mailbox, uid[i], sha256[i]);
		add_mail(s, &m, status[i]);
	}
	ok(store_commit(s, &err));
}

static size_t
count_uids(struct store *s, int64_t id, const char *folder, uint32_t validity)
{
	uint32_t *uids = NULL;
	size_t n = 99;

	ok(store_load_uids(s, id, folder, validity, 1, &uids, &n, &err));
	free(uids);
	return n;
}

static size_t
count_unfiled(struct store *s, uint32_t validity, const char *statuses)
{
	struct store_unfiled *u = NULL;
	size_t n = 99;

	ok(store_load_unfiled(
	    s, mailbox, "INBOX", validity, statuses, &u, &n, &err));
	free(u);
	return n;
}

static void
known_uids_are_sorted_and_of_this_folder_only(void **state)
{
	struct store *s = *state;
	uint32_t *uids = NULL;
	size_t n = 0;

	add_four(s);
	ok(store_load_uids(s, mailbox, "INBOX", 7, 1, &uids, &n, &err));
	assert_int_equal(n, 4);
	assert_int_equal(uids[0], 10);
	assert_int_equal(uids[1], 20);
	assert_int_equal(uids[2], 30);
	assert_int_equal(uids[3], 40);
	free(uids);
	ok(store_load_uids(s, mailbox, "INBOX", 7, 30, &uids, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(uids[0], 30);
	free(uids);
	assert_int_equal(count_uids(s, mailbox, "INBOX", 8), 0);
	assert_int_equal(count_uids(s, mailbox, "Other", 7), 0);
	assert_int_equal(count_uids(s, mailbox + 1, "INBOX", 7), 0);
}

static void
the_highest_uid_is_kept(void **state)
{
	struct store_message m = help_message(mailbox, UINT32_MAX, "ab");
	struct store *s = *state;
	uint32_t *uids = NULL;
	size_t n = 0;

	m.uidvalidity = UINT32_MAX;
	ok(store_begin(s, &err));
	add_mail(s, &m, "other");
	ok(store_commit(s, &err));
	ok(store_load_uids(
	    s, mailbox, "INBOX", UINT32_MAX, 1, &uids, &n, &err));
	assert_int_equal(n, 1);
	assert_true(uids[0] == UINT32_MAX);
	free(uids);
}

static void
unfiled_mails_are_found_by_status(void **state)
{
	struct store_unfiled *u = NULL;
	struct store *s = *state;
	size_t n = 0;

	add_four(s);
	ok(store_load_unfiled(s, mailbox, "INBOX", 7, "sdf", &u, &n, &err));
	assert_int_equal(n, 3);
	assert_int_equal(u[0].uid, 10);
	assert_int_equal(u[0].status, 'd');
	assert_int_equal(u[1].uid, 30);
	assert_int_equal(u[1].status, 's');
	assert_int_equal(u[1].id, 1);
	assert_int_equal(u[2].uid, 40);
	assert_int_equal(u[2].status, 'f');
	free(u);
	assert_int_equal(count_unfiled(s, 7, "o"), 1);
	assert_int_equal(count_unfiled(s, 7, "sdof"), 4);
	assert_int_equal(count_unfiled(s, 7, ""), 0);
	assert_int_equal(count_unfiled(s, 8, "sdof"), 0);
}

static void
filed_mails_are_known_but_not_unfiled(void **state)
{
	const int64_t moved[] = { 1, 4 }, gone[] = { 2 };
	struct store *s = *state;

	add_four(s);
	ok(store_begin(s, &err));
	ok(store_set_filed(s, moved, 2, "Archive", &err));
	ok(store_set_filed(s, gone, 1, NULL, &err));
	ok(store_commit(s, &err));
	assert_int_equal(count_unfiled(s, 7, "sdof"), 1);
	assert_int_equal(count_uids(s, mailbox, "INBOX", 7), 4);
	asked("Archive|1\nNULL|1\nNULL|NULL\nArchive|1",
	    "SELECT filed_to, filed_ts > 1700000000 FROM message ORDER BY id");
}

static void
a_mail_begun_again_is_the_same_entry(void **state)
{
	struct store_message m = help_message(mailbox, 30, "a1");
	const int64_t ids[] = { 1 };
	struct store *s = *state;

	add_four(s);
	ok(store_begin(s, &err));
	ok(store_set_filed(s, ids, 1, "Archive", &err));
	ok(store_commit(s, &err));

	m.sha256 = "a9";
	m.facts.subject = "new";
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_end_message(s, "failed", "crash", 2, &err));
	ok(store_commit(s, &err));
	asked("1|a9|failed|crash|2|new|NULL|NULL",
	    "SELECT id, sha256, status, reason, attempts, subject, filed_to,"
	    " filed_ts FROM message WHERE uid = 30");
	asked("4", "SELECT count(*) FROM message");
}

static void
a_file_imported_again_is_the_same_entry(void **state)
{
	struct store_message m = {
		.path = "/a.eml", .fetched_ts = 1, .size = 2, .sha256 = "aa"
	};
	struct store *s = *state;

	ok(store_begin(s, &err));
	add_mail(s, &m, "failed");
	add_mail(s, &m, "other");
	m.path = "/b.eml";
	add_mail(s, &m, "other");
	m.sha256 = "bb";
	add_mail(s, &m, "other");
	m.path = NULL;
	add_mail(s, &m, "other");
	add_mail(s, &m, "stored");
	ok(store_commit(s, &err));
	asked("/a.eml|aa|other\n/b.eml|aa|other\n/b.eml|bb|other\n"
	      "NULL|bb|stored",
	    "SELECT path, sha256, status FROM message ORDER BY id");
}

static bool
adopt(struct store *s, uint32_t validity, uint32_t uid, const char *sha256)
{
	bool found = false;

	ok(store_adopt(
	    s, mailbox, "INBOX", validity, uid, sha256, &found, &err));
	return found;
}

static void
a_new_uidvalidity_adopts_unfiled_mails_once(void **state)
{
	const int64_t filed[] = { 4 };
	struct store *s = *state;

	add_four(s);
	ok(store_begin(s, &err));
	ok(store_set_filed(s, filed, 1, "Failed", &err));
	assert_false(adopt(s, 7, 1, "a1"));
	assert_true(adopt(s, 8, 1, "a1"));
	assert_false(adopt(s, 8, 2, "a1"));
	assert_false(adopt(s, 8, 3, "a4"));
	assert_false(adopt(s, 8, 4, "unknown"));
	assert_true(adopt(s, 8, 5, "a3"));
	ok(store_commit(s, &err));
	asked("8|1|stored\n7|10|duplicate\n8|5|other\n7|40|failed",
	    "SELECT uidvalidity, uid, status FROM message ORDER BY id");
	assert_int_equal(count_uids(s, mailbox, "INBOX", 8), 2);
	assert_int_equal(count_unfiled(s, 8, "sdof"), 2);
}

static void
mails_that_were_never_downloaded_are_not_adopted(void **state)
{
	struct store_message m = help_message(mailbox, 1, "");
	struct store *s = *state;

	ok(store_begin(s, &err));
	add_mail(s, &m, "failed");
	assert_false(adopt(s, 8, 1, ""));
	ok(store_commit(s, &err));
}

static void
two_copies_of_a_mail_are_adopted_one_by_one(void **state)
{
	struct store_message m = help_message(mailbox, 1, "aa");
	struct store *s = *state;

	ok(store_begin(s, &err));
	add_mail(s, &m, "stored");
	m.uid = 2;
	add_mail(s, &m, "duplicate");
	assert_true(adopt(s, 8, 11, "aa"));
	assert_true(adopt(s, 8, 12, "aa"));
	assert_false(adopt(s, 8, 13, "aa"));
	ok(store_commit(s, &err));
	asked("11|stored\n12|duplicate",
	    "SELECT uid, status FROM message ORDER BY id");
}

static int64_t
set_mailbox(struct store *s, const char *name, const char *server,
    const char *username, const char *folder)
{
	int64_t id = 0;

	ok(store_begin(s, &err));
	ok(store_set_mailbox(s, name, server, username, folder, &id, &err));
	ok(store_commit(s, &err));
	return id;
}

static void
a_mailbox_is_known_by_its_name(void **state)
{
	struct store *s = *state;

	assert_int_equal(
	    set_mailbox(s, "own", "imap.example.org", "rua", "INBOX"), mailbox);
	assert_int_not_equal(
	    set_mailbox(s, "two", "imap.example.org", "rua", "INBOX"), mailbox);
	assert_int_equal(
	    set_mailbox(s, "own", "imap.example.org", "rua", "dmarc"), mailbox);
	asked("own|imap.example.org|rua|dmarc|1\n"
	      "two|imap.example.org|rua|INBOX|1",
	    "SELECT name, server, username, folder, active FROM mailbox"
	    " ORDER BY id");
}

static void
another_account_makes_old_uids_unknown(void **state)
{
	struct store *s = *state;

	add_four(s);
	set_mailbox(s, "own", "imap.example.org", "rua", "dmarc");
	assert_int_equal(count_uids(s, mailbox, "INBOX", 7), 4);
	set_mailbox(s, "own", "imap.example.com", "rua", "INBOX");
	assert_int_equal(count_uids(s, mailbox, "INBOX", 7), 0);
	/* Only the name of the server was new: the mail is still there. */
	ok(store_begin(s, &err));
	assert_true(adopt(s, 7, 1, "a1"));
	ok(store_commit(s, &err));
	set_mailbox(s, "own", "imap.example.com", "other", "INBOX");
	assert_int_equal(count_uids(s, mailbox, "INBOX", 7), 0);
	asked("4", "SELECT count(*) FROM message");
}

static void
mailboxes_that_are_gone_are_not_active(void **state)
{
	const char *const names[] = { "two", "three" };
	struct store *s = *state;

	set_mailbox(s, "two", "imap.example.org", "rua", "INBOX");
	ok(store_set_active(s, names, 2, &err));
	asked("own|0\ntwo|1", "SELECT name, active FROM mailbox ORDER BY id");
	ok(store_set_active(s, NULL, 0, &err));
	asked("own|0\ntwo|0", "SELECT name, active FROM mailbox ORDER BY id");
	set_mailbox(s, "own", "imap.example.org", "rua", "INBOX");
	asked("own|1\ntwo|0", "SELECT name, active FROM mailbox ORDER BY id");
}

static void
polls_that_did_something_are_kept(void **state)
{
	struct store_poll p = { .mailbox_id = mailbox,
		.start_ts = 1700000000,
		.messages = 4,
		.reports = 3,
		.duplicates = 2,
		.invalid = 1,
		.uidvalidity = 7,
		.last_uid = 40 };
	struct store *s = *state;

	ok(store_add_poll(s, &p, &err));
	asked("1|1700000000|1|4|3|2|1|NULL",
	    "SELECT mailbox_id, start_ts, end_ts > start_ts, messages,"
	    " reports, duplicates, invalid, error FROM poll");
	asked("7|40|1|1|NULL",
	    "SELECT uidvalidity, last_uid, last_poll_ts > 1700000000,"
	    " last_ok_ts = last_poll_ts, last_error FROM mailbox");
}

static void
idle_polls_only_touch_the_mailbox(void **state)
{
	struct store_poll p = { .mailbox_id = mailbox, .start_ts = 1700000000 };
	struct store *s = *state;

	ok(store_add_poll(s, &p, &err));
	asked("0", "SELECT count(*) FROM poll");
	asked("1|1",
	    "SELECT last_poll_ts > 1700000000,"
	    " last_ok_ts = last_poll_ts FROM mailbox");
}

static void
a_failed_poll_says_why_until_a_good_one(void **state)
{
	struct store_poll p = { .mailbox_id = mailbox,
		.start_ts = 1700000000,
		.uidvalidity = 7,
		.last_uid = 40 };
	struct store *s = *state;

	ok(store_add_poll(s, &p, &err));
	help_change("UPDATE mailbox SET last_ok_ts = 5, last_poll_ts = 5");
	p.error = "no route to host";
	p.uidvalidity = p.last_uid = 0;
	ok(store_add_poll(s, &p, &err));
	asked("no route to host|5|1|7|40",
	    "SELECT last_error, last_ok_ts, last_poll_ts > 5, uidvalidity,"
	    " last_uid FROM mailbox");
	asked("no route to host", "SELECT error FROM poll");
	p.error = NULL;
	ok(store_add_poll(s, &p, &err));
	asked("NULL|1", "SELECT last_error, last_ok_ts > 5 FROM mailbox");
	asked("1", "SELECT count(*) FROM poll");
}

static void
a_poll_of_no_mailbox_is_not_stored(void **state)
{
	struct store_poll p = { .mailbox_id = 4711, .messages = 1 };
	struct store *s = *state;

	refused(ERR_BUG, store_add_poll(s, &p, &err));
	asked("0", "SELECT count(*) FROM poll");
	/* And the transaction is over. */
	ok(store_begin(s, &err));
	store_rollback(s);
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown(name, setup, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(known_uids_are_sorted_and_of_this_folder_only),
		t(the_highest_uid_is_kept),
		t(unfiled_mails_are_found_by_status),
		t(filed_mails_are_known_but_not_unfiled),
		t(a_mail_begun_again_is_the_same_entry),
		t(a_file_imported_again_is_the_same_entry),
		t(a_new_uidvalidity_adopts_unfiled_mails_once),
		t(mails_that_were_never_downloaded_are_not_adopted),
		t(two_copies_of_a_mail_are_adopted_one_by_one),
		t(a_mailbox_is_known_by_its_name),
		t(another_account_makes_old_uids_unknown),
		t(mailboxes_that_are_gone_are_not_active),
		t(polls_that_did_something_are_kept),
		t(idle_polls_only_touch_the_mailbox),
		t(a_failed_poll_says_why_until_a_good_one),
		t(a_poll_of_no_mailbox_is_not_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
