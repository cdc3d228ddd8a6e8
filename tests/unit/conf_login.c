/* SPDX-License-Identifier: BSD-2-Clause */
/* conf: what the settings of a login become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"

static char tmp[64];

static int
make_tmp(void **state)
{
	(void)state;
	snprintf(tmp, sizeof(tmp), "/tmp/ruad-conf-XXXXXX");
	return mkdtemp(tmp) != NULL ? chdir(tmp) : -1;
}

static int
remove_tmp(void **state)
{
	(void)state;
	return unlink("a.conf") == -1 || chdir("/") == -1 ? -1 : rmdir(tmp);
}

/* One mailbox with these settings. */
static struct conf *
load(const char *settings)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;
	FILE *f = fopen("a.conf", "w");
	int rc;

	assert_non_null(f);
	assert_true(fprintf(f,
	                "mailboxes = ( { name = \"own\"; host = \"h\"; user "
	                "= \"u\"; auth = \"xoauth2\"; %s } );",
	                settings) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod("a.conf", 0600), 0); /* it is a secret too */
	rc = conf_load("a.conf", &conf, &report);
	assert_string_equal(buf_str(&report), "");
	assert_int_equal(rc, 0);
	buf_done(&report);
	return conf;
}

static void
a_preset_knows_where_tokens_are_and_for_what(void **state)
{
	static const struct {
		const char *text, *url, *scope;
	} tries[] = {
		{ "grant = \"client_credentials\"; preset = \"microsoft\"; "
		  "tenant = \"t.example\"; client_secret_credential = \"s\";",
		    "https://login.microsoftonline.com/t.example/oauth2/v2.0/"
		    "token",
		    "https://outlook.office365.com/.default" },
		{ "grant = \"refresh_token\"; preset = \"microsoft\"; "
		  "tenant = \"common\"; refresh_token_file = \"a.conf\";",
		    "https://login.microsoftonline.com/common/oauth2/v2.0/"
		    "token",
		    "https://outlook.office.com/IMAP.AccessAsUser.All "
		    "offline_access" },
		{ "grant = \"refresh_token\"; preset = \"google\"; "
		  "refresh_token_file = \"a.conf\";",
		    "https://oauth2.googleapis.com/token", NULL },
		/* What is set is kept. */
		{ "grant = \"client_credentials\"; preset = \"microsoft\"; "
		  "token_url = \"https://us.example/\"; scope = \"us\"; "
		  "client_secret_credential = \"s\";",
		    "https://us.example/", "us" },
	};
	const struct conf_oauth2 *o;
	struct conf *conf;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		snprintf(text, sizeof(text),
		    "oauth2 = { client_id = \"c\"; %s };", tries[i].text);
		conf = load(text);
		o = &((const struct conf_mailbox *)conf->mailboxes.at)->oauth2;
		assert_true(o->is_set);
		assert_string_equal(o->token_url, tries[i].url);
		if (tries[i].scope == NULL)
			assert_null(o->scope);
		else
			assert_string_equal(o->scope, tries[i].scope);
		assert_string_equal(o->client_id, "c");
		conf_free(conf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preset_knows_where_tokens_are_and_for_what),
	};

	return cmocka_run_group_tests(tests, make_tmp, remove_tmp);
}
