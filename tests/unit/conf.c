/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf: each tests/conf/NAME.conf must give the messages of NAME.txt, and
 * what is read must survive being written and read again.
 */
#include "conf/conf.h"
#include "conf/conf_table.h"
#include "conf_help.h"
#include "source.h"

#include "base/io.h"

/* --- golden messages ------------------------------------------------------ */

static int
close_to_others(
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	bool secret = strcmp(path + ftw->base, "own.pass") == 0;

	(void)flag;
	return chmod(path, st->st_mode & (secret ? 0700 : 0755));
}

/* Into the directory of the cases; a checkout's modes depend on its umask. */
static void
go_to_cases(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/tests/conf", source_dir());
	assert_int_equal(chdir(path), 0);
	assert_int_equal(nftw(".", close_to_others, 8, FTW_PHYS), 0);
}

static void
check_golden(const char *name)
{
	struct buf report = { 0 }, expected = { 0 };
	struct conf *conf = NULL;
	struct err err = ERR_INIT;
	char path[300];
	int fd, rc;

	rc = conf_load(name, &conf, &report);
	snprintf(path, sizeof(path), "%.*stxt", (int)strlen(name) - 4, name);
	assert_true((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1);
	assert_int_equal(io_read_all(fd, 1 << 20, &expected, &err), 0);
	close(fd);
	if (strcmp(buf_str(&report), buf_str(&expected)) != 0)
		fail_msg("%s: expected\n%sbut got\n%s", name,
		    buf_str(&expected), buf_str(&report));
	assert_int_equal(
	    rc, strstr(buf_str(&report), ": error: ") != NULL ? -1 : 0);
	conf_free(conf);
	buf_done(&report);
	buf_done(&expected);
}

static void
every_case_gives_the_messages_written_beside_it(void **state)
{
	const struct dirent *entry;
	size_t n, cases = 0;
	DIR *dir;

	(void)state;
	go_to_cases();
	assert_non_null(dir = opendir("."));
	while ((entry = readdir(dir)) != NULL) {
		n = strlen(entry->d_name);
		if (n < 5 || strcmp(entry->d_name + n - 5, ".conf") != 0)
			continue;
		check_golden(entry->d_name);
		cases++;
	}
	closedir(dir);
	assert_true(cases > 30);
}

/* --- what is read --------------------------------------------------------- */

static void
defaults_are_filled_in(void **state)
{
	const struct conf_mailbox *m;
	struct conf *conf;

	(void)state;
	put("a.conf", 0644, "mailboxes = ( " MAILBOX("own") " );");
	conf = load("a.conf");
	assert_string_equal(conf->database, RUAD_DATABASE);
	assert_int_equal(conf->interval, 900);
	assert_int_equal(conf->max_connections, 4);
	assert_int_equal(conf->limits.message, 32 << 20);
	assert_int_equal(conf->limits.records, 1000000);
	assert_int_equal(conf->mailboxes.n, 1);
	assert_null(conf_find(conf, "other"));
	assert_non_null(m = conf_find(conf, "own"));
	assert_int_equal(m->port, 993);
	assert_int_equal(m->tls, CONF_TLS_IMPLICIT);
	assert_int_equal(m->auth, CONF_AUTH_AUTO);
	assert_string_equal(m->folder, "INBOX");
	assert_string_equal(m->archive, "Archive");
	assert_string_equal(m->failed, "Failed");
	assert_string_equal(m->other, "");
	assert_int_equal(m->interval, 900);
	assert_true(m->idle);
	assert_null(m->ca_file);
	conf_free(conf);
}

static void
add_defaults(struct buf *text, const struct conf_key *keys)
{
	for (; keys->name != NULL; keys++)
		if (keys->def != NULL)
			buf_printf(text, "%s = %s; ", keys->name, keys->def);
}

static void
defaults_that_are_written_down_change_nothing(void **state)
{
	static const char mailbox[] = "mailboxes = ( { name = \"own\"; host = "
	                              "\"h\"; user = \"u\"; "
	                              "password_credential = \"x\"; ";
	struct buf text = { 0 }, without = { 0 }, with = { 0 };
	struct conf *conf;

	(void)state;
	buf_printf(&text, "%s } );", mailbox);
	put("a.conf", 0644, buf_str(&text));
	conf = load("a.conf");
	conf_write(conf, &without);
	conf_free(conf);
	text.len = 0;
	mkdir("conf.d", 0755);
	add_defaults(&text, conf_root_keys);
	buf_add_str(&text, "limits = { ");
	add_defaults(&text, conf_limits_keys);
	buf_printf(&text, "}; %s", mailbox);
	add_defaults(&text, conf_mailbox_keys);
	buf_add_str(&text, " } );");
	put("a.conf", 0644, buf_str(&text));
	conf = load("a.conf");
	conf_write(conf, &with);
	conf_free(conf);
	assert_string_equal(buf_str(&with), buf_str(&without));
	buf_done(&text);
	buf_done(&without);
	buf_done(&with);
}

static void
starttls_and_none_default_to_port_143(void **state)
{
	struct conf *conf;

	(void)state;
	put("a.conf", 0644,
	    "mailboxes = ( { name = \"s\"; host = \"h\"; user = \"u\"; tls = "
	    "\"starttls\"; password_credential = \"x\"; }, { name = \"n\"; "
	    "host = \"::1\"; user = \"u\"; tls = \"none\"; "
	    "password_credential = \"x\"; } );");
	conf = load("a.conf");
	assert_int_equal(conf_find(conf, "s")->port, 143);
	assert_int_equal(conf_find(conf, "n")->port, 143);
	assert_int_equal(conf_find(conf, "n")->tls, CONF_TLS_NONE);
	conf_free(conf);
}

static void
a_mailbox_without_interval_takes_the_general_one_wherever_that_is_set(
    void **state)
{
	struct conf *conf;

	(void)state;
	put("a.conf", 0644,
	    "mailboxes = ( " MAILBOX("own") " ); interval = \"2h\";");
	conf = load("a.conf");
	assert_int_equal(conf_find(conf, "own")->interval, 7200);
	conf_free(conf);
}

static void
relative_paths_start_where_the_file_is(void **state)
{
	struct conf *conf;
	char expected[128];

	(void)state;
	mkdir("etc", 0755);
	put("etc/own.pass", 0600, "x\n");
	put("etc/part", 0644,
	    "{ name = \"own\"; host = \"h\"; user = \"u\"; password_file = "
	    "\"own.pass\"; }\n");
	put("etc/a.conf", 0644, "mailboxes = (\n@include \"part\"\n);");
	conf = load("etc/a.conf");
	snprintf(expected, sizeof(expected), "%s/etc/own.pass", tmp);
	assert_string_equal(conf_find(conf, "own")->password_file, expected);
	snprintf(expected, sizeof(expected), "%s/etc/a.conf", tmp);
	assert_string_equal(conf->path, expected);
	conf_free(conf);
	/* The working directory is what it was. */
	assert_int_equal(access("etc/a.conf", R_OK), 0);
}

static void
conf_d_is_read_in_the_order_of_its_bytes(void **state)
{
	const struct conf_mailbox *m;
	struct conf *conf;

	(void)state;
	put("a.conf", 0644, "mailboxes = ( " MAILBOX("m") " );");
	mkdir("conf.d", 0755);
	put("conf.d/b.conf", 0644, "mailboxes = ( " MAILBOX("b") " );");
	put("conf.d/B.conf", 0644, "mailboxes = ( " MAILBOX("z") " );");
	put("conf.d/10.conf", 0644, "mailboxes = ( " MAILBOX("10") " );");
	put("conf.d/b.conf~", 0644, "left by an editor");
	conf = load("a.conf");
	m = conf->mailboxes.at;
	assert_int_equal(conf->mailboxes.n, 4);
	assert_string_equal(m[0].name, "m");
	assert_string_equal(m[1].name, "10");
	assert_string_equal(m[2].name, "z");
	assert_string_equal(m[3].name, "b");
	conf_free(conf);
	put("a.conf", 0644,
	    "include_dir = \"\"; mailboxes = ( " MAILBOX("m") " );");
	conf = load("a.conf");
	assert_int_equal(conf->mailboxes.n, 1);
	conf_free(conf);
	put("conf.d/10.conf", 0644, "mailboxes = ( { naem = 1; } );");
	put("a.conf", 0644, "");
	assert_refused("a.conf",
	    "conf.d/10.conf:1: error: mailbox 1: unknown setting \"naem\": "
	    "did you mean \"name\"?\n"
	    "conf.d/10.conf:1: error: mailbox 1: name is missing\n"
	    "conf.d/10.conf:1: error: mailbox 1: host is missing\n"
	    "conf.d/10.conf:1: error: mailbox 1: user is missing\n"
	    "conf.d/10.conf:1: error: mailbox 1: the password is missing: set "
	    "password_file, password_command, password_credential or "
	    "password\n");
}

static void
a_missing_or_unreadable_file_is_named(void **state)
{
	char long_name[300];

	(void)state;
	assert_refused("none.conf",
	    "none.conf: error: no such file; create it, see ruad.conf(5), or "
	    "name another with -c\n");
	assert_refused(".", ".: error: not a regular file\n");
	mkfifo("fifo", 0600);
	assert_refused("fifo", "fifo: error: not a regular file\n");
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(access(long_name, F_OK), -1);
	put("secret.conf", 0, "");
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(chdir("/"), 0);
	snprintf(long_name, sizeof(long_name), "%s/secret.conf", tmp);
	{
		struct buf report = { 0 };
		struct conf *conf = NULL;

		assert_int_equal(conf_load(long_name, &conf, &report), -1);
		assert_non_null(strstr(buf_str(&report), "error: user \""));
		assert_non_null(
		    strstr(buf_str(&report), "may not read this file\n"));
		buf_done(&report);
	}
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void
bytes_that_are_not_text_are_refused(void **state)
{
	FILE *f = fopen("a.conf", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fwrite("a = 1;\0", 1, 7, f), 7);
	assert_int_equal(fclose(f), 0);
	assert_refused("a.conf",
	    "a.conf: error: not a text file: it contains NUL bytes\n");
}

static void
a_message_cannot_drive_a_terminal(void **state)
{
	(void)state;
	put("a.conf", 0644, "database = \"/x\"; a\x1b[31mb = 1;");
	assert_refused("a.conf",
	    "a.conf:1: error: expected a setting (NAME = VALUE;), found "
	    "\"a\\x1b\"\n");
	put("a.conf", 0644, "mailboxes = ( { name = \"a\\x1b[31m\"; } );");
	assert_refused("a.conf",
	    "a.conf:1: error: mailbox \"a\\x1b[31m\": name contains a line "
	    "break or another control character (a backslash is written "
	    "\\\\)\n"
	    "a.conf:1: error: mailbox \"a\\x1b[31m\": host is missing\n"
	    "a.conf:1: error: mailbox \"a\\x1b[31m\": user is missing\n"
	    "a.conf:1: error: mailbox \"a\\x1b[31m\": the password is missing: "
	    "set password_file, password_command, password_credential or "
	    "password\n");
}

/*
 * libconfig ends the process when it includes a directory, and accepts what
 * is cut: whatever the cut, conf_load() must return, and an error have a line.
 */
static void
a_file_cut_anywhere_is_either_read_or_explained(void **state)
{
	static const char whole[] =
	    "interval = \"5m\"; # a\n/* b */ limits = { message = \"1M\"; "
	    "unpacked = \"2M\" };\nmailboxes = ( " MAILBOX(
	        "a") ",\n{ name = \"\\x62\"; host = \"h\"; user = \"u\"; "
	             "port = 0x90; password_command = [ \"/bin/echo\", "
	             "\"\\\"\" ]; } );\n";
	char cut[sizeof(whole)];
	struct buf report = { 0 };
	struct conf *conf;
	size_t n;
	int rc;

	(void)state;
	for (n = 0; n < sizeof(whole); n++) {
		memcpy(cut, whole, n);
		cut[n] = '\0';
		put("a.conf", 0644, cut);
		conf = NULL;
		report.len = 0;
		rc = conf_load("a.conf", &conf, &report);
		assert_int_equal(rc, n + 3 < sizeof(whole) ? -1 : 0);
		if (rc == -1)
			assert_memory_equal(buf_str(&report), "a.conf:", 7);
		assert_null(strstr(buf_str(&report), "syntax error"));
		conf_free(conf);
	}
	buf_done(&report);
}

/* --- what is written ------------------------------------------------------ */

static void
the_effective_config_reads_back_as_itself(void **state)
{
	struct buf first = { 0 }, second = { 0 };
	struct conf *conf;

	(void)state;
	go_to_cases();
	conf = load("good.conf");
	assert_int_equal(conf->mailboxes.n, 9);
	free(conf->path);
	assert_true(asprintf(&conf->path, "%s/good.conf", tmp) > 0);
	conf_write(conf, &first);
	conf_free(conf);
	assert_int_equal(chdir(tmp), 0);
	put("good.conf", 0600, buf_str(&first));
	conf = load("good.conf");
	assert_int_equal(conf->mailboxes.n, 9);
	assert_true(conf_find(conf, "own")->idle);
	assert_false(conf_find(conf, "A.b_c-9")->idle);
	conf_write(conf, &second);
	conf_free(conf);
	assert_string_equal(buf_str(&first), buf_str(&second));
	buf_done(&first);
	buf_done(&second);
}

static void
the_sample_that_is_installed_is_right(void **state)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;
	char path[300];

	(void)state;
	snprintf(path, sizeof(path), "%s/etc/ruad.conf", source_dir());
	assert_int_equal(conf_load(path, &conf, &report), 0);
	assert_int_equal(conf->mailboxes.n, 1);
	assert_null(strstr(buf_str(&report), "error"));
	conf_free(conf);
	buf_done(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_case_gives_the_messages_written_beside_it),
		TEST(defaults_are_filled_in),
		TEST(defaults_that_are_written_down_change_nothing),
		TEST(starttls_and_none_default_to_port_143),
		TEST(
		    a_mailbox_without_interval_takes_the_general_one_wherever_that_is_set),
		TEST(relative_paths_start_where_the_file_is),
		TEST(conf_d_is_read_in_the_order_of_its_bytes),
		TEST(a_missing_or_unreadable_file_is_named),
		TEST(bytes_that_are_not_text_are_refused),
		TEST(a_message_cannot_drive_a_terminal),
		TEST(a_file_cut_anywhere_is_either_read_or_explained),
		TEST(the_effective_config_reads_back_as_itself),
		TEST(the_sample_that_is_installed_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
