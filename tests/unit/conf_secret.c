/* SPDX-License-Identifier: BSD-2-Clause */
/* conf: who may read and write its files, and that no secret is shown. */
#include "conf/conf.h"
#include "conf_help.h"

static void
a_password_is_refused_in_a_file_that_others_may_read(void **state)
{
	static const char with[] =
	    "mailboxes = ( { name = \"own\"; host = \"h\"; user = \"u\"; "
	    "password = \"pa\\\"ss\\\\word\"; } );";
	static const mode_t bad[] = { 0644, 0604, 0610, 0601 };
	char expected[256];
	struct conf *conf;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put("a.conf", bad[i], with);
		snprintf(expected, sizeof(expected),
		    "a.conf:1: error: mailbox \"own\": other users can read "
		    "this file (mode %04o), so it must not contain a "
		    "password: run chmod 600, or use password_file\n",
		    bad[i]);
		assert_refused("a.conf", expected);
	}
	put("a.conf", 0600, with);
	conf = load("a.conf");
	assert_string_equal(conf_find(conf, "own")->password, "pa\"ss\\word");
	conf_free(conf);
	/* The mode of the file that holds it counts, not that of the first. */
	mkdir("conf.d", 0755);
	put("a.conf", 0644, "");
	put("conf.d/own.conf", 0600, with);
	conf_free(load("a.conf"));
	put("a.conf", 0600, "");
	put("conf.d/own.conf", 0644, with);
	assert_refused("a.conf",
	    "conf.d/own.conf:1: error: mailbox \"own\": other users can read "
	    "this file (mode 0644), so it must not contain a password: run "
	    "chmod 600, or use password_file\n");
}

static void
a_group_may_read_a_password_only_if_root_owns_the_file(void **state)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;

	(void)state;
	put("a.conf", 0640,
	    "mailboxes = ( { name = \"own\"; host = \"h\"; user = \"u\"; "
	    "password = \"x\"; } );");
	assert_int_equal(
	    conf_load("a.conf", &conf, &report), geteuid() == 0 ? 0 : -1);
	conf_free(conf);
	buf_done(&report);
}

static void
assert_said(const char *path, const char *words)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;

	conf_free(conf_load(path, &conf, &report) == 0 ? conf : NULL);
	if (strstr(buf_str(&report), words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, buf_str(&report));
	buf_done(&report);
}

static void
what_others_can_write_is_refused(void **state)
{
	static const char good[] = "mailboxes = ( " MAILBOX("own") " );";

	(void)state;
	put("a.conf", 0644, good);
	conf_free(load("a.conf"));
	assert_int_equal(chmod("a.conf", 0664), 0);
	assert_said("a.conf", "(mode 0664)");
	assert_int_equal(chmod("a.conf", 0646), 0);
	assert_said("a.conf", "chmod go-w");
	assert_int_equal(chmod("a.conf", 0640), 0);
	mkdir("conf.d", 0755);
	put("conf.d/b.conf", 0644, "");
	conf_free(load("a.conf"));
	assert_int_equal(chmod("conf.d/b.conf", 0662), 0);
	assert_said("a.conf", "conf.d/b.conf: error: users other than");
	assert_int_equal(chmod("conf.d/b.conf", 0600), 0);
	assert_int_equal(chmod("conf.d", 0775), 0);
	assert_said("a.conf", "include_dir \"conf.d\": users other than");
	assert_int_equal(chmod("conf.d", 0755), 0);
	put("part", 0666, good);
	assert_int_equal(chmod("part", 0666), 0);
	put("a.conf", 0644, "@include \"part\"\n");
	assert_said("a.conf", "(mode 0666)");
}

static void
a_password_typed_for_its_file_is_not_shown(void **state)
{
	static const char *const keys[] = { "password_file = ",
		"oauth2 = { preset = \"google\"; client_id = \"i\"; "
		"refresh_token_file = \"/r\"; client_secret_file = " };
	struct buf report = { 0 };
	struct conf *conf = NULL;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		snprintf(text, sizeof(text),
		    "mailboxes = ( { name = \"own\"; host = \"h\"; user = "
		    "\"u\"; %s\"ca/nary\";%s } );",
		    keys[i], i > 0 ? " };" : "");
		put("a.conf", 0600, text);
		report.len = 0;
		assert_int_equal(conf_load("a.conf", &conf, &report), -1);
		assert_non_null(strstr(buf_str(&report), "is not the path of"));
		assert_null(strstr(buf_str(&report), "nary"));
	}
	buf_done(&report);
}

static void
a_password_file_that_others_can_read_is_reported(void **state)
{
	(void)state;
	put("own.pass", 0644, "x\n");
	put("a.conf", 0644,
	    "mailboxes = ( { name = \"own\"; host = \"h\"; user = \"u\"; "
	    "password_file = \"own.pass\"; } );");
	assert_said("a.conf", "(mode 0644), so ruad will not use it");
	assert_int_equal(chmod("own.pass", 0600), 0);
	conf_free(load("a.conf"));
}

static void
a_literal_password_is_never_written(void **state)
{
	struct buf out = { 0 };
	struct conf *conf;

	(void)state;
	put("a.conf", 0600,
	    "mailboxes = ( { name = \"own\"; host = \"h\"; user = \"u\"; "
	    "password = \"canary\"; } );");
	conf = load("a.conf");
	conf_write(conf, &out);
	assert_null(strstr(buf_str(&out), "canary"));
	assert_non_null(strstr(buf_str(&out), "password = \"****\";"));
	conf_free(conf);
	put("b.conf", 0600, buf_str(&out));
	conf_free(load("b.conf"));
	buf_done(&out);
}

static void
no_message_contains_a_piece_of_a_password(void **state)
{
	static const char *const wrong[] = {
		"password = canary;",
		"password = 'canary';",
		"password =\n  canary;",
		"password = \"x\"canary;",
		"password = \"x\" \"canary\";",
		"password = x;canary",
		"password = x=canary;",
		"password = \"canary;",
		"password = canary\";",
		"password canary;",
		"password = (canary);",
		"password = [ \"x\" \"canary\" ];",
		"password = \"canary\\n\";",
		"password = \"canary\"; password = \"canary\";",
		"oauth2 = { client_secret = canary; };",
		"oauth2 = { client_secret = \"canary\"; };",
		"oauth2 = { refresh_token = 'canary'; };",
		"token = canary;",
	};
	struct buf report = { 0 };
	struct conf *conf = NULL;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text),
		    "mailboxes = ( { name = \"own\"; host = \"h\"; user = "
		    "\"u\";\n%s } );",
		    wrong[i]);
		put("a.conf", 0600, text);
		report.len = 0;
		assert_int_equal(conf_load("a.conf", &conf, &report), -1);
		if (strstr(buf_str(&report), "canary") != NULL)
			fail_msg("%s: %s", wrong[i], buf_str(&report));
	}
	buf_done(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_password_is_refused_in_a_file_that_others_may_read),
		TEST(a_group_may_read_a_password_only_if_root_owns_the_file),
		TEST(what_others_can_write_is_refused),
		TEST(a_password_typed_for_its_file_is_not_shown),
		TEST(a_password_file_that_others_can_read_is_reported),
		TEST(a_literal_password_is_never_written),
		TEST(no_message_contains_a_piece_of_a_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
