/* SPDX-License-Identifier: BSD-2-Clause */
/* oauth: what token servers answer, the file of the refresh token, URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "mail/oauth_priv.h"

#define SECRET "canary-secret-0123456789"
#define REFRESH "canary-refresh-0123456789"

static const struct oauth_source from = {
	.token_url = "https://login.example/token",
	.client_id = "the-client",
	.refresh_token_file = "/var/lib/ruad/x.refresh",
};

/* Of a client with a secret, and with a refresh token if refresh. */
static struct oauth_request
request(bool refresh)
{
	struct oauth_request r = { .from = &from,
		.host = "login.example",
		.secret = SECRET,
		.refresh = refresh ? REFRESH : NULL };

	return r;
}

/* Must be refused like this, in words without our secrets. */
static void
assert_says(bool refresh, long status, const char *json, enum err_class class,
    const char *const *words)
{
	struct oauth_request r = request(refresh);
	struct oauth_token token = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(
	    oauth_parse_answer(&r, status, json, strlen(json), &token, &err),
	    -1);
	assert_null(token.access);
	for (; *words != NULL; words++)
		if (strstr(err.text, *words) == NULL)
			fail_msg(
			    "\"%s\" does not say \"%s\"", err.text, *words);
	assert_int_equal(err.class, class);
	assert_null(strstr(err.text, "canary"));
	assert_non_null(strstr(err.text, "no token from login.example: "));
}

#define SAYS(refresh, status, json, class, ...) \
	assert_says(refresh, status, json, class, \
	    (const char *const[]) { __VA_ARGS__, NULL })

/* --- answers ------------------------------------------------------------- */

static void
a_token_is_taken_with_how_long_it_lasts(void **state)
{
	static const struct {
		const char *json;
		int64_t seconds;
		const char *refresh;
	} tries[] = {
		{ "{\"access_token\":\"abc\"}", 0, NULL },
		{ "{\"access_token\":\"abc\",\"expires_in\":3599,"
		  "\"token_type\":\"Bearer\"}",
		    3599, NULL },
		{ "{\"access_token\":\"abc\",\"expires_in\":\"3599\","
		  "\"token_type\":\"bearer\",\"refresh_token\":\"r\"}",
		    3599, "r" },
		{ "{\"access_token\":\"abc\",\"expires_in\":-5}", 0, NULL },
		{ "{\"access_token\":\"abc\",\"expires_in\":\"soon\"}", 0,
		    NULL },
		{ "{\"access_token\":\"abc\",\"expires_in\":[1]}", 0, NULL },
		{ "{\"access_token\":\"abc\",\"expires_in\":"
		  "9223372036854775807}",
		    366 * 86400, NULL },
		{ "{\"access_token\":\"abc\",\"refresh_token\":null,"
		  "\"scope\":7}",
		    0, NULL },
	};
	struct oauth_request r = request(true);
	struct oauth_token token;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		if (oauth_parse_answer(&r, 200, tries[i].json,
		        strlen(tries[i].json), &token, &err) == -1)
			fail_msg("%s: %s", tries[i].json, err.text);
		assert_string_equal(token.access, "abc");
		assert_int_equal(token.seconds, tries[i].seconds);
		if (tries[i].refresh == NULL)
			assert_null(token.refresh);
		else
			assert_string_equal(token.refresh, tries[i].refresh);
		oauth_token_done(&token);
		assert_null(token.access);
	}
}

static void
an_error_says_what_to_do(void **state)
{
	(void)state;
	SAYS(false, 401,
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS7000222"
	    ": The provided client secret keys are expired.\"}",
	    ERR_AUTH, "secret has expired", "Certificates & secrets",
	    "client_id the-client", "[AADSTS7000222]");
	SAYS(false, 401,
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS7000215"
	    ": Invalid client secret provided.\"}",
	    ERR_AUTH, "must be the secret's Value");
	SAYS(true, 400,
	    "{\"error\":\"invalid_grant\",\"error_description\":\"Token has "
	    "been expired or revoked.\"}",
	    ERR_AUTH, "expired or was revoked", "/var/lib/ruad/x.refresh",
	    "[invalid_grant: Token has been expired or revoked.]");
	/* Without a refresh token it cannot be that. */
	SAYS(false, 400, "{\"error\":\"invalid_grant\"}", ERR_AUTH,
	    "refused [invalid_grant]");
	SAYS(false, 400, "{\"error\":\"never heard of\"}", ERR_AUTH,
	    "refused [never heard of]");
	/* An error counts even where success is said. */
	SAYS(false, 200, "{\"error\":\"x\",\"access_token\":\"abc\"}", ERR_AUTH,
	    "refused [x]");
	SAYS(false, 503, "{\"error\":\"temporarily_unavailable\"}", ERR_AGAIN,
	    "temporarily unavailable");
}

static void
only_the_first_line_of_a_description_is_quoted(void **state)
{
	(void)state;
	SAYS(false, 400,
	    "{\"error\":\"x\",\"error_description\":\"one\\r\\nTrace ID: 1\"}",
	    ERR_AUTH, "[x: one]");
	SAYS(false, 400,
	    "{\"error\":\"x\",\"error_description\":\"one Trace ID: 1\"}",
	    ERR_AUTH, "[x: one]");
	SAYS(false, 400,
	    "{\"error\":\"x\",\"error_description\":\"a\\u001b[31mb\\u202ec\"}",
	    ERR_AUTH, "[x: a\\x1b[31mb\\u{202e}c]");
	SAYS(false, 400, "{\"error\":\"\\u0000x\"}", ERR_CONF, "not JSON");
}

static void
a_piece_of_a_secret_is_not_quoted(void **state)
{
	(void)state;
	SAYS(true, 400,
	    "{\"error\":\"x\",\"error_description\":\"not " SECRET "\"}",
	    ERR_AUTH, "refused [x]");
	SAYS(true, 400,
	    "{\"error\":\"x\",\"error_description\":\"cut: canary-refresh\"}",
	    ERR_AUTH, "refused [x]");
	SAYS(true, 400, "{\"error\":\"" REFRESH "\"}", ERR_AUTH, "refused []");
}

static void
what_is_no_answer_of_a_token_server_is_refused(void **state)
{
	static const char *const odd[] = { "[]", "7", "\"x\"", "null", "true",
		"{}", "{\"access_token\":null}", "{\"error\":{}}" };
	static const char *const not_json[] = { "", "<html>", "{", "{\"a\":1,}",
		"{\"a\":1,\"a\":2}", "{} x", "\xff", "nul" };
	char deep[60000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		SAYS(false, 200, odd[i], ERR_CONF, "is token_url correct?");
	for (i = 0; i < sizeof(not_json) / sizeof(*not_json); i++)
		SAYS(false, 200, not_json[i], ERR_CONF,
		    "is not JSON (HTTP 200)");
	SAYS(false, 404, "{}", ERR_CONF, "(HTTP 404)");
	SAYS(false, 201, "{\"access_token\":\"x\"}", ERR_CONF, "(HTTP 201)");
	SAYS(false, 307, "", ERR_CONF, "redirects to another URL");
	SAYS(false, 429, "", ERR_AGAIN, "too many requests");
	SAYS(false, 500, "{\"access_token\":\"x\"}", ERR_AGAIN,
	    "service failed");
	SAYS(false, 200, "{\"access_token\":\"x\",\"token_type\":\"mac\"}",
	    ERR_CONF, "Bearer");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	SAYS(false, 200, deep, ERR_CONF, "is not JSON");
}

static void
what_cannot_stand_in_a_login_or_a_file_is_no_token(void **state)
{
	static const char *const bad[] = { "", "a b", "a\\u0001b", "a\\nb",
		"\xc3\xa9" };
	char json[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(
		    json, sizeof(json), "{\"access_token\":\"%s\"}", bad[i]);
		SAYS(false, 200, json, ERR_NET, "not ASCII");
		snprintf(json, sizeof(json),
		    "{\"access_token\":\"x\",\"refresh_token\":\"%s\"}",
		    bad[i]);
		SAYS(true, 200, json, ERR_NET, "not ASCII");
	}
}

/* Cut anywhere, it is a token or an error, and never a crash. */
static void
an_answer_cut_anywhere_is_no_token(void **state)
{
	static const char json[] =
	    "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
	    "\"access_token\":\"canary-token-0123456789\"}";
	struct oauth_request r = request(true);
	struct oauth_token token;
	struct err err;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(json) - 1; n++) {
		assert_int_equal(
		    oauth_parse_answer(&r, 200, json, n, &token, &err), -1);
		assert_null(strstr(err.text, "canary"));
	}
	assert_int_equal(oauth_parse_answer(&r, 200, json, n, &token, &err), 0);
	oauth_token_done(&token);
}

/* Some bytes of good answers changed: a clean token, or words without one. */
static void
a_damaged_answer_does_no_harm(void **state)
{
	static const char *const answers[] = {
		"{\"access_token\":\"canary-token\",\"expires_in\":3599,"
		"\"refresh_token\":\"canary-new\",\"token_type\":\"Bearer\"}",
		"{\"error\":\"invalid_grant\",\"error_description\":"
		"\"AADSTS70008"
		": " REFRESH " has expired.\\r\\nTrace ID: 1\"}",
	};
	struct oauth_request r = request(true);
	struct oauth_token token;
	struct err err;
	char text[300];
	unsigned int seed = 1, i, k;
	size_t n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = strlen(answers[i % 2]);
		memcpy(text, answers[i % 2], n);
		for (k = 0; k <= i % 3; k++) {
			seed = seed * 1103515245 + 12345;
			text[(seed >> 8) % n] = (char)(seed >> 24);
		}
		if (oauth_parse_answer(&r, 200, text, n, &token, &err) == 0) {
			for (k = 0; token.access[k] != '\0'; k++)
				assert_in_range(token.access[k], 0x21, 0x7e);
			assert_in_range(token.seconds, 0, 366 * 86400);
			oauth_token_done(&token);
		} else if (i % 2 == 1)
			assert_null(strstr(err.text, "canary-refresh"));
		else
			assert_null(strstr(err.text, "canary"));
	}
}

static void
a_challenge_tells_its_status(void **state)
{
	(void)state;
	/* {"status":"401","schemes":"bearer","scope":"mail"} */
	assert_int_equal(
	    oauth_parse_challenge(" eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmV"
	                          "yIiwic2NvcGUiOiJtYWlsIn0=\r\n"),
	    401);
	/* {"status":"400"} */
	assert_int_equal(
	    oauth_parse_challenge("eyJzdGF0dXMiOiI0MDAifQ=="), 400);
	/* {"status":"4000"}, {"status":400}, 7, not JSON, not base64 */
	assert_int_equal(oauth_parse_challenge("eyJzdGF0dXMiOiI0MDAwIn0="), 0);
	assert_int_equal(oauth_parse_challenge("eyJzdGF0dXMiOjQwMH0="), 0);
	assert_int_equal(oauth_parse_challenge("Nw=="), 0);
	assert_int_equal(oauth_parse_challenge("AAAA"), 0);
	assert_int_equal(oauth_parse_challenge("*"), 0);
	assert_int_equal(oauth_parse_challenge(""), 0);
}

/* --- the file ------------------------------------------------------------ */

static char dir[64], path[100], fresh[110];

static int
make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/ruad-oauth-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/own.refresh", dir);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink(path);
	unlink(fresh);
	return rmdir(dir);
}

static void
put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
assert_holds(const char *text)
{
	struct stat st;
	char got[100] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(fread(got, 1, sizeof(got) - 1, f) > 0);
	assert_string_equal(got, text);
	assert_int_equal(fstat(fileno(f), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, strlen(text));
	fclose(f);
}

static struct oauth_file *
open_file(void)
{
	struct oauth_file *f = NULL;
	struct err err = ERR_INIT;

	if (oauth_file_open(&f, path, &err) == -1)
		fail_msg("%s", err.text);
	return f;
}

static void
a_new_token_takes_the_place_of_the_old_one(void **state)
{
	struct oauth_file *f;
	struct err err;

	(void)state;
	put("old\n");
	f = open_file();
	assert_string_equal(oauth_file_token(f), "old");
	assert_holds("old\n");
	assert_int_equal(oauth_file_replace(f, "new", &err), 0);
	assert_holds("new\n");
	oauth_file_close(f);
	assert_holds("new\n");
	assert_int_not_equal(access(fresh, F_OK), 0);
}

static void
without_a_new_token_nothing_is_left(void **state)
{
	struct oauth_file *f;

	(void)state;
	put("old\n");
	f = open_file();
	assert_int_equal(access(fresh, F_OK), 0);
	oauth_file_close(f);
	assert_holds("old\n");
	assert_int_not_equal(access(fresh, F_OK), 0);
	oauth_file_close(NULL);
}

static void
a_link_or_an_open_file_is_refused(void **state)
{
	struct oauth_file *f = NULL;
	struct err err;

	(void)state;
	assert_int_equal(oauth_file_open(&f, path, &err), -1);
	assert_int_equal(err.class, ERR_AUTH);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(oauth_file_open(&f, path, &err), -1);
	assert_non_null(strstr(err.text, "symbolic link"));
	assert_int_equal(unlink(path), 0);
	put("old\n");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(oauth_file_open(&f, path, &err), -1);
	assert_non_null(strstr(err.text, "others can read it"));
	assert_int_not_equal(access(fresh, F_OK), 0);
}

/* Twenty processes, each replaces "N" by "N + 1". */
static void
nobody_reads_a_token_that_another_is_spending(void **state)
{
	struct oauth_file *f;
	struct err err;
	char text[16];
	int i, status;

	(void)state;
	put("0\n");
	for (i = 0; i < 20; i++)
		if (fork() == 0) {
			if (oauth_file_open(&f, path, &err) == -1)
				_exit(1);
			snprintf(text, sizeof(text), "%d",
			    (int)strtol(oauth_file_token(f), NULL, 10) + 1);
			if (oauth_file_replace(f, text, &err) == -1)
				_exit(2);
			oauth_file_close(f);
			_exit(0);
		}
	for (i = 0; i < 20; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
	}
	assert_holds("20\n");
}

#define FILE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_taken_with_how_long_it_lasts),
		cmocka_unit_test(an_error_says_what_to_do),
		cmocka_unit_test(
		    only_the_first_line_of_a_description_is_quoted),
		cmocka_unit_test(a_piece_of_a_secret_is_not_quoted),
		cmocka_unit_test(
		    what_is_no_answer_of_a_token_server_is_refused),
		cmocka_unit_test(
		    what_cannot_stand_in_a_login_or_a_file_is_no_token),
		cmocka_unit_test(an_answer_cut_anywhere_is_no_token),
		cmocka_unit_test(a_damaged_answer_does_no_harm),
		cmocka_unit_test(a_challenge_tells_its_status),
		FILE_TEST(a_new_token_takes_the_place_of_the_old_one),
		FILE_TEST(without_a_new_token_nothing_is_left),
		FILE_TEST(a_link_or_an_open_file_is_refused),
		FILE_TEST(nobody_reads_a_token_that_another_is_spending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
