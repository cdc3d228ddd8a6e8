/* SPDX-License-Identifier: BSD-2-Clause */
/* url: where a secret may go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/url.h"

static void
secrets_go_by_https_or_to_this_machine(void **state)
{
	static const char *const good[] = { "https://login.example/token",
		"https://login.example:8443/a?b=c", "http://127.0.0.1/",
		"http://127.1.2.3:80/x", "http://localhost:8080/token",
		"http://LOCALHOST/", "http://[::1]:80/", "https://127.0.0.1/",
		"https://login.example:65535/", "https://login.example:00443/",
		"https://log_in-2.example./" };
	static const char *const bad[] = { "", "login.example/token",
		"http://login.example/", "http://127.0.0.1.example/",
		"http://localhost.example/", "http://128.0.0.1/",
		"http://[::2]/", "ftp://127.0.0.1/", "file:///etc/passwd",
		"https://me@login.example/", "https://:x@login.example/",
		"http://127.0.0.1@login.example/", "https://",
		"http://0.0.0.0/", "https://a b/" };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (url_check(good[i], NULL, &err) == -1)
			fail_msg("%s: %s", good[i], err.text);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (url_check(bad[i], NULL, &err) == 0)
			fail_msg("%s", bad[i]);
		assert_int_equal(err.class, ERR_CONF);
	}
}

static void
what_two_programs_could_read_differently_is_not_a_url(void **state)
{
	static const char *const bad[] = { "http://localhost\\.example/",
		"http://127.0.0.1\t.example/", "http://[::1].example/",
		"http://[::1", "http://[127.0.0.1]/", "http://localhost:/",
		"http://localhost:80.example/", "http://localhost:800000/",
		"http://127.0.0.1%2eexample/", "http://[localhost]/",
		"://localhost/", "https:///token", "https://[]/",
		"https://login.example:65536/", "https://login.example:99999/",
		"https://login,example/", "https://login.example;x/",
		"https://login&example/", "https://$login.example/",
		"https://'login.example'/", "https://login!(*)=example/" };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (url_check(bad[i], NULL, &err) == 0)
			fail_msg("%s", bad[i]);
}

static void
the_host_comes_without_port_and_brackets(void **state)
{
	char host[URL_HOST];
	struct err err;

	(void)state;
	assert_int_equal(
	    url_check("https://login.example:8443/a?b", host, &err), 0);
	assert_string_equal(host, "login.example");
	assert_int_equal(url_check("http://[::1]:80", host, &err), 0);
	assert_string_equal(host, "::1");
	assert_int_equal(url_check("HTTPS://x?y", host, &err), 0);
	assert_string_equal(host, "x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_go_by_https_or_to_this_machine),
		cmocka_unit_test(
		    what_two_programs_could_read_differently_is_not_a_url),
		cmocka_unit_test(the_host_comes_without_port_and_brackets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
