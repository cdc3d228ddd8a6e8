/* SPDX-License-Identifier: BSD-2-Clause */
/* store: what a server does not hand over, and UIDs that come again. */
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

static void
set(struct store *s, uint32_t validity, uint32_t uid, int64_t tries,
    int64_t next)
{
	const struct store_undelivered u = { uid, tries, next };

	ok(store_begin(s, &err));
	ok(store_set_undelivered(s, mailbox, "INBOX", validity, &u,
	    uid == 9 ? -1 : 100, "hands nothing over", &err));
	ok(store_commit(s, &err));
}

static void
they_are_sorted_and_of_one_folder(void **state)
{
	struct store *s = *state;
	struct store_undelivered *u = NULL;
	size_t n = 0;
	bool stale = true;

	set(s, 1, UINT32_MAX, 1, 5);
	set(s, 1, 9, 1, 6);
	set(s, 1, 9, 2, 7);
	ok(store_load_undelivered(
	    s, mailbox, "INBOX", 1, &u, &n, &stale, &err));
	assert_true(n == 2 && !stale);
	assert_true(u[0].uid == 9 && u[0].tries == 2 && u[0].next_ts == 7);
	assert_true(u[1].uid == UINT32_MAX && u[1].tries == 1);
	free(u);
	asked("NULL|100",
	    "SELECT max(size) FILTER (WHERE uid = 9), max(size)"
	    " FROM undelivered");
	asked("1", "SELECT min(first_ts <= last_ts) FROM undelivered");
	set(s, 2, 9, 1, 6);
	ok(store_load_undelivered(
	    s, mailbox, "INBOX", 2, &u, &n, &stale, &err));
	assert_true(n == 1 && stale && u[0].tries == 1);
	free(u);
}

static void
one_that_came_is_forgotten_and_all_of_another_account(void **state)
{
	struct store *s = *state;
	int64_t id;

	set(s, 1, 7, 1, 5);
	set(s, 1, 8, 1, 5);
	ok(store_begin(s, &err));
	ok(store_delete_undelivered(s, mailbox, "INBOX", 1, 7, &err));
	ok(store_commit(s, &err));
	asked("8", "SELECT group_concat(uid) FROM undelivered");
	ok(store_begin(s, &err));
	ok(store_set_mailbox(
	    s, "own", "elsewhere.example", "rua", "INBOX", &id, &err));
	ok(store_commit(s, &err));
	assert_int_equal(id, mailbox);
	asked("0", "SELECT count(*) FROM undelivered");
}

static void
nothing_of_it_is_written_without_a_transaction(void **state)
{
	const struct store_undelivered u = { 1, 1, 1 };
	struct store *s = *state;

	refused(ERR_BUG,
	    store_set_undelivered(s, mailbox, "INBOX", 1, &u, 1, "x", &err));
	refused(
	    ERR_BUG, store_delete_undelivered(s, mailbox, "INBOX", 1, 1, &err));
	refused(ERR_BUG, store_forget_undelivered(s, mailbox, &err));
	refused(ERR_BUG, store_set_unfiled(s, 1, &err));
	refused(ERR_BUG, store_release_uid(s, 1, &err));
}

/* UID 5 stored, and filed to this folder. */
static int64_t
file_one(struct store *s, const char *to)
{
	struct store_message m = help_message(mailbox, 5, "abcd");
	struct store_known known;
	bool found = false;

	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_end_message(s, "other", NULL, 1, &err));
	ok(store_look(
	    s, mailbox, m.folder, m.uidvalidity, 5, &known, &found, &err));
	assert_true(found && !known.stays);
	assert_string_equal(known.sha256, "abcd");
	ok(store_set_filed(s, &known.id, 1, "Archive", &err));
	if (to != NULL)
		ok(store_set_stays(s, &known.id, 1, to, &err));
	ok(store_commit(s, &err));
	return known.id;
}

static size_t
count_open(struct store *s)
{
	const struct store_message m = help_message(mailbox, 5, "abcd");
	uint32_t *uids = NULL;
	size_t n = 99;

	ok(store_load_open_uids(
	    s, mailbox, m.folder, m.uidvalidity, 1, &uids, &n, &err));
	free(uids);
	return n;
}

static void
a_filed_mail_can_be_filed_again(void **state)
{
	struct store *s = *state;
	int64_t id = file_one(s, NULL);

	assert_int_equal(count_open(s), 0);
	ok(store_begin(s, &err));
	ok(store_set_unfiled(s, id, &err));
	ok(store_commit(s, &err));
	assert_int_equal(count_open(s), 1);
	asked("NULL|NULL", "SELECT filed_to, filed_ts FROM message");
}

static void
one_that_stays_is_known_to(void **state)
{
	const struct store_message m = help_message(mailbox, 5, "abcd");
	struct store *s = *state;
	struct store_known known;
	bool found = false;

	file_one(s, m.folder);
	ok(store_look(
	    s, mailbox, m.folder, m.uidvalidity, 5, &known, &found, &err));
	assert_true(found && known.stays);
}

static void
a_uid_can_be_another_mails(void **state)
{
	struct store_message m = help_message(mailbox, 5, "ef01");
	struct store *s = *state;
	int64_t id = file_one(s, NULL);

	ok(store_begin(s, &err));
	ok(store_release_uid(s, id, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_end_message(s, "other", NULL, 1, &err));
	ok(store_commit(s, &err));
	asked("abcd|NULL",
	    "SELECT sha256, uidvalidity FROM message"
	    " WHERE filed_ts IS NOT NULL");
	asked("2", "SELECT count(*) FROM message");
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown(name, setup, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(they_are_sorted_and_of_one_folder),
		t(one_that_came_is_forgotten_and_all_of_another_account),
		t(nothing_of_it_is_written_without_a_transaction),
		t(a_filed_mail_can_be_filed_again),
		t(one_that_stays_is_known_to),
		t(a_uid_can_be_another_mails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
