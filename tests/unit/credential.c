/* SPDX-License-Identifier: BSD-2-Clause */
/* credential: how long a token is kept.  The token server is a function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "mail/credential.h"

static int asked;
static int64_t lifetime; /* -1: it refuses */

int
oauth_get_token(
    const struct oauth_source *from, struct oauth_token *out, struct err *err)
{
	assert_string_equal(from->client_id, "x");
	asked++;
	if (lifetime == -1)
		return err_set(err, ERR_AUTH, "no");
	xasprintf(&out->access, "token%d", asked);
	out->refresh = NULL;
	out->seconds = lifetime;
	return 0;
}

static int
start(void **state)
{
	static const struct credential_source from = { .is_oauth = true,
		.oauth = { .client_id = "x" } };

	asked = 0;
	*state = credential_new(&from);
	return 0;
}

static int
finish(void **state)
{
	credential_free(*state);
	return 0;
}

static void
assert_loads(struct credential *c, const char *token)
{
	struct err err;
	char *got = NULL;

	assert_int_equal(credential_load(c, &got, &err), 0);
	assert_string_equal(got, token);
	secret_free(got);
}

static void
a_token_serves_again_while_it_is_good(void **state)
{
	lifetime = 3600;
	assert_loads(*state, "token1");
	assert_loads(*state, "token1");
	assert_int_equal(asked, 1);
}

static void
a_token_is_renewed_before_it_expires(void **state)
{
	const struct timespec nap = { 1, 100 * 1000 * 1000 };

	lifetime = 2;
	assert_loads(*state, "token1");
	nanosleep(&nap, NULL);
	assert_loads(*state, "token2");
}

static void
a_token_that_may_end_any_time_serves_once(void **state)
{
	lifetime = 0;
	assert_loads(*state, "token1");
	assert_loads(*state, "token2");
}

static void
a_refused_token_is_forgotten(void **state)
{
	lifetime = 3600;
	assert_loads(*state, "token1");
	credential_forget(*state);
	assert_loads(*state, "token2");
	assert_int_equal(asked, 2);
}

static void
an_error_leaves_nothing_behind(void **state)
{
	struct err err;
	char *got = NULL;

	lifetime = -1;
	assert_int_equal(credential_load(*state, &got, &err), -1);
	assert_null(got);
	assert_int_equal(err.class, ERR_AUTH);
	lifetime = 3600;
	assert_loads(*state, "token2");
}

static void
a_password_is_loaded_each_time(void **state)
{
	static const struct credential_source from = {
		.secret = { .literal = "hunter2" }
	};
	struct credential *c = credential_new(&from);

	(void)state;
	assert_loads(c, "hunter2");
	credential_forget(c);
	assert_loads(c, "hunter2");
	credential_free(c);
	credential_free(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_serves_again_while_it_is_good),
		TEST(a_token_is_renewed_before_it_expires),
		TEST(a_token_that_may_end_any_time_serves_once),
		TEST(a_refused_token_is_forgotten),
		TEST(an_error_leaves_nothing_behind),
		cmocka_unit_test(a_password_is_loaded_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
