/* SPDX-License-Identifier: BSD-2-Clause */
/* route: targets of requests, what they mean, and URLs back to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/route.h"
#include "web/serve.h"

static int
read_target(struct view *v, const char *target)
{
	struct err err = ERR_INIT;
	const int status = route_read(v, target, &err);

	assert_true((status == 0) == (err.text[0] == '\0'));
	return status;
}

static void
assert_target(const struct view *v, const char *want)
{
	struct buf out = { 0 };

	route_add_target(&out, v);
	assert_string_equal(buf_str(&out), want);
	buf_done(&out);
}

static void
each_page_has_one_target(void **state)
{
	static const struct {
		const char *target;
		enum view_page page;
	} pages[] = {
		{ "/", VIEW_OVERVIEW },
		{ "/all", VIEW_ALL },
		{ "/d/example.org", VIEW_DOMAIN },
		{ "/d/example.org/senders", VIEW_SENDERS },
		{ "/d/example.org/sender?who=Mail%20Inc.", VIEW_SENDER },
		{ "/d/example.org/dns", VIEW_DNS },
		{ "/d/example.org/failures", VIEW_FAILURES },
		{ "/d/example.org/day/2026-11-01", VIEW_DAY },
		{ "/a/192.0.2.1", VIEW_ADDRESS },
		{ "/a/2001:db8::1", VIEW_ADDRESS },
		{ "/r/example.org/2026-11-01/0123456789abcdef", VIEW_REPORT },
		{ "/reports", VIEW_REPORTS },
		{ "/reporters", VIEW_REPORTERS },
		{ "/ready", VIEW_READY },
		{ "/tls", VIEW_TLS },
		{ "/unreadable", VIEW_UNREADABLE },
		{ "/collection", VIEW_COLLECTION },
		{ "/health", VIEW_HEALTH },
	};
	struct view v;
	size_t i;

	(void)state;
	assert_int_equal(sizeof(pages) / sizeof(pages[0]), VIEW_PAGES + 1);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		assert_int_equal(read_target(&v, pages[i].target), 0);
		assert_int_equal(v.page, pages[i].page);
		assert_target(&v, pages[i].target);
	}
}

static void
filters_are_read_and_written_in_one_order(void **state)
{
	struct view v;

	(void)state;
	assert_int_equal(
	    read_target(&v,
	        "/d/EXAMPLE.org/senders?format=json&from=100&sort=failing&"
	        "only=unknown&by=network&find=a+b%2b&until=2026-11-30&"
	        "class=known&"
	        "since=2026-11-01&&"),
	    0);
	assert_string_equal(v.domain, "example.org");
	assert_string_equal(v.find, "a b+");
	assert_int_equal(v.only, SENDER_UNKNOWN);
	assert_int_equal(v.class, SOURCE_KNOWN + 1);
	assert_int_equal(v.by, SENDER_NETWORKS);
	assert_int_equal(v.sort, SENDER_SORT_FAILING);
	assert_int_equal(v.format, VIEW_JSON);
	assert_int_equal(v.from, 100);
	assert_int_equal(v.period.since, 1793491200);
	assert_target(&v,
	    "/d/example.org/senders?since=2026-11-01&until=2026-11-30&"
	    "find=a%20b%2B&only=unknown&class=known&by=network&sort=failing&"
	    "from=100&"
	    "format=json");
	assert_int_equal(read_target(&v, "/reports?since=30d&result=fail"), 0);
	assert_int_equal(v.period.days, 30);
	assert_target(&v, "/reports?since=30d&result=fail");
	assert_int_equal(read_target(&v, "/reports?before=2026-11-01.4711"), 0);
	assert_int_equal(v.before_day, 1793491200);
	assert_int_equal(v.before_id, 4711);
	assert_target(&v, "/reports?before=2026-11-01.4711");
}

/* Forms send all of their fields. */
static void
an_empty_filter_is_none(void **state)
{
	struct view v;

	(void)state;
	assert_int_equal(
	    read_target(
	        &v, "/reports?domain=&since=&until=&id=&result=&before"),
	    0);
	assert_target(&v, "/reports");
	assert_int_equal(read_target(&v, "/tls?"), 0);
	assert_target(&v, "/tls");
}

static void
names_are_as_the_database_has_them(void **state)
{
	struct view v;

	(void)state;
	assert_int_equal(read_target(&v, "/d/B%c3%bccher.Example./dns"), 0);
	assert_string_equal(v.domain, "xn--bcher-kva.example");
	assert_int_equal(read_target(&v, "/a/2001:DB8:0::1"), 0);
	assert_string_equal(v.ip, "2001:db8::1");
}

static void
what_is_no_page_is_missing(void **state)
{
	static const char *const targets[] = { "//", "/d", "/d/", "/d//senders",
		"/d/x/y", "/d/example.org/", "/d/example.org/senders/",
		"/reports/", "/nope", "/d/..", "/d/../reports", "/.", "/..",
		"/d/%2e%2e/dns", "/d/a%2Fb", "/d/example.org..",
		"/d/example.org/day/2026-02-30", "/d/example.org/day/yesterday",
		"/d/example.org/day/x", "/a/192.0.2.300", "/a/x",
		"/r/example.org/2026-11-01/0123",
		"/r/example.org/2026-11-01/0123456789ABCDEF",
		"/r/example.org/x/0123456789abcdef", "/a/b/c/d/e/f",
		"/index.html", "/favicon.ico", "/health/x" };
	struct view v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (read_target(&v, targets[i]) != 404)
			fail_msg("%s", targets[i]);
}

static void
what_cannot_be_asked_is_refused(void **state)
{
	static const char *const targets[] = { "", "*", "reports",
		"http://example.org/", "/d/%", "/d/%4", "/d/%zz", "/d/%00",
		"/d/a%00b", "/d/%0a", "/d/%ff", "/d/%c0%af", "/d/%e2%80%ae",
		"/d/\xff", "/\\", "/#x", "/reports?who=x", "/?x=1",
		"/health?format=json", "/reports?id=%00", "/reports?id=%",
		"/d/x/senders?only=all", "/d/x/senders?from=-1",
		"/d/x/senders?from=9999999999", "/d/x/senders?find=a&find=b",
		"/reports?since=0d", "/reports?since=2026-13-01",
		"/reports?until=30d", "/reports?from=100",
		"/reports?before=4711", "/reports?before=2026-11-01",
		"/reports?before=2026-11-01.0", "/reports?before=30d.4711",
		"/reports?before=2026-11-01.4711x",
		"/d/x/senders?before=2026-11-01.4711",
		"/reports?since=2026-11-02&until=2026-11-01",
		"/reports?format=xml", "/?since=99999999d" };
	struct view v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (read_target(&v, targets[i]) != 400)
			fail_msg("%s", targets[i]);
}

static void
long_ones_are_refused(void **state)
{
	char target[3000];
	struct view v;

	(void)state;
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(read_target(&v, target), 414);
	target[600] = '\0';
	assert_int_equal(read_target(&v, target), 414);
	memcpy(target, "/d/", 3);
	target[3 + 256] = '\0';
	assert_int_equal(read_target(&v, target), 414);
	target[3 + 255] = '\0';
	assert_int_equal(read_target(&v, target), 0);
}

static void
assert_url(const char *from, const char *to, const char *want)
{
	struct view a, b;
	struct buf out = { 0 };

	assert_int_equal(read_target(&a, from), 0);
	assert_int_equal(read_target(&b, to), 0);
	route_add_url(&out, &a, &b);
	assert_string_equal(buf_str(&out), want);
	buf_done(&out);
}

/* So that they hold below any path of a proxy. */
static void
urls_are_relative(void **state)
{
	(void)state;
	assert_url("/", "/reports", "./reports");
	assert_url("/reports", "/", "./");
	assert_url(
	    "/reports?since=7d", "/reports?since=30d", "./reports?since=30d");
	assert_url("/d/example.org", "/", "./../");
	assert_url("/d/example.org/senders", "/d/example.org",
	    "./../../d/example.org");
	assert_url("/r/example.org/2026-11-01/0123456789abcdef", "/a/::1",
	    "./../../../a/::1");
}

static void
urls_have_no_character_that_is_markup(void **state)
{
	struct view v = { .page = VIEW_SENDER };
	const struct view from = { .page = VIEW_OVERVIEW };
	struct buf out = { 0 };
	const char *s;

	(void)state;
	snprintf(v.domain, sizeof(v.domain), "a\"b<c>/../?d#e&f'g h");
	snprintf(v.who, sizeof(v.who), "\"><script>alert('1')</script>&x=%%");
	route_add_url(&out, &from, &v);
	for (s = buf_str(&out); *s != '\0'; s++)
		assert_null(strchr("\"'<>\\ #", *s));
	assert_null(strstr(buf_str(&out), "/../"));
	buf_done(&out);
}

/* A browser at the page of a view: "./", as many "../" as it is deep, a path.
 */
static void
assert_leads_back(const struct view *from, const struct view *to)
{
	struct buf here = { 0 }, url = { 0 }, want = { 0 };
	struct view back;
	const char *s;
	size_t depth = 0;

	route_add_target(&here, from);
	for (s = buf_str(&here) + 1; *s != '\0' && *s != '?'; s++)
		depth += *s == '/';
	assert_true(route_add_foreign_url(&url, from, to));
	s = buf_str(&url);
	assert_memory_equal(s, "./", 2);
	for (s += 2; strncmp(s, "../", 3) == 0; s += 3)
		depth--;
	assert_int_equal(depth, 0);
	here.len = 0;
	buf_printf(&here, "/%s", s);
	assert_int_equal(read_target(&back, buf_str(&here)), 0);
	assert_int_equal(back.page, to->page);
	assert_string_equal(back.domain, to->domain);
	assert_string_equal(back.who, to->who);
	assert_string_equal(back.reporter, to->reporter);
	assert_string_equal(back.id, to->id);
	assert_string_equal(back.find, to->find);
	route_add_target(&want, to);
	assert_target(&back, buf_str(&want));
	buf_done(&here);
	buf_done(&url);
	buf_done(&want);
}

/* A word of a stranger, of the pieces that mean something somewhere. */
static void
write_word(char out[static VIEW_TEXT], unsigned int *state)
{
	static const char *const pieces[] = { "a", "example.org", "/", "..",
		".", "%", "%2f", "%00", "?", "#", "&", "=", "+", " ", "\\", ":",
		";", "'", "\"", "<", ">", "@", "\xc3\xbc", "\xe4\xb8\xad", "-",
		"xn--", "javascript:", "//", "~", "A" };
	size_t n = 0;

	out[0] = '\0';
	do {
		*state = *state * 1103515245U + 12345U;
		n += (size_t)snprintf(out + n, VIEW_TEXT - n, "%s",
		    pieces[(*state >> 16) %
		        (sizeof(pieces) / sizeof(*pieces))]);
	} while (n < 60 && (*state >> 24) % 5 != 0);
}

static void
what_is_written_is_read(void **state)
{
	const struct view froms[] = {
		{ .page = VIEW_OVERVIEW },
		{ .page = VIEW_DAY, .domain = "example.org" },
		{ .page = VIEW_SENDER, .domain = "example.org", .who = "x/y" }
	};
	unsigned int chance = 1, i, linked = 0;
	struct buf out = { 0 };
	char word[VIEW_TEXT];
	struct view v;

	(void)state;
	for (i = 0; i < 30000; i++) {
		memset(&v, 0, sizeof(v));
		write_word(word, &chance);
		v.page = i % 2 ? VIEW_SENDER : VIEW_REPORTS;
		snprintf(v.domain, sizeof(v.domain), "example.org");
		snprintf(v.who, sizeof(v.who), "%s", i % 2 ? word : "");
		snprintf(
		    v.reporter, sizeof(v.reporter), "%s", i % 2 ? "" : word);
		snprintf(v.id, sizeof(v.id), "%s", i % 2 ? "" : word);
		assert_leads_back(&froms[i % 3], &v);
		v = (struct view) { .page = VIEW_SENDERS };
		snprintf(v.domain, sizeof(v.domain), "%.200s", word);
		snprintf(v.find, sizeof(v.find), "%s", word);
		out.len = 0;
		if (route_add_foreign_url(&out, &froms[i % 3], &v)) {
			assert_leads_back(&froms[i % 3], &v);
			linked++;
		} else
			assert_int_equal(out.len, 0);
	}
	assert_true(linked > 1000);
	buf_done(&out);
}

/* Nothing is linked rather than something else. */
static void
names_without_a_url_are_not_linked(void **state)
{
	static const char *const domains[] = { "", ".", "..", "a/b",
		"A.example", "a.example.", "a...", "a\nb", "a\xe2\x80\xae",
		"\xff", "b\xc3\xbc.example" };
	const struct view from = { .page = VIEW_OVERVIEW };
	struct view v;
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		v = (struct view) { .page = VIEW_DOMAIN };
		snprintf(v.domain, sizeof(v.domain), "%s", domains[i]);
		if (route_add_foreign_url(&out, &from, &v))
			fail_msg("%s", domains[i]);
	}
	assert_int_equal(out.len, 0);
}

static void
only_names_of_its_own_are_its_host(void **state)
{
	static const char *const hosts[] = { "localhost", "[::1]",
		"Reports.example.org", NULL };
	static const char *const good[] = { "localhost", "LOCALHOST:8461",
		"[::1]", "[::1]:80", "reports.example.org:443" };
	static const char *const bad[] = { "", "example.org", "localhost.evil",
		"evil.localhost", "localhost:80@evil", "localhost:x", "::1",
		"[::1", "[::1]x", "localhost ", "reports.example.org." };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!serve_is_host(hosts, good[i]))
			fail_msg("%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (serve_is_host(hosts, bad[i]))
			fail_msg("%s", bad[i]);
	assert_false(serve_is_host(hosts, NULL));
	assert_true(serve_is_host(NULL, NULL));
}

static void
a_tag_is_found_among_others(void **state)
{
	static const char *const good[] = { "\"a1\"", "W/\"a1\"", " \"a1\" ",
		"\"x\", \"a1\"", "W/\"x\",W/\"a1\",\"y\"", ",, \"a1\"",
		"\"x,\" , \"a1\"" };
	static const char *const bad[] = { "", " ", ",", "a1", "\"a1", "\"a\"",
		"\"a11\"", "\"A1\"", "w/\"a1\"", "W/", "W/ \"a1\"", "\"",
		"\"x\" \"", "*", "x, \"a1\"", "\"\"", "\"x\", W" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!serve_has_tag(good[i], "\"a1\""))
			fail_msg("%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (serve_has_tag(bad[i], "\"a1\""))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_has_one_target),
		cmocka_unit_test(filters_are_read_and_written_in_one_order),
		cmocka_unit_test(an_empty_filter_is_none),
		cmocka_unit_test(names_are_as_the_database_has_them),
		cmocka_unit_test(what_is_no_page_is_missing),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(long_ones_are_refused),
		cmocka_unit_test(urls_are_relative),
		cmocka_unit_test(urls_have_no_character_that_is_markup),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(names_without_a_url_are_not_linked),
		cmocka_unit_test(only_names_of_its_own_are_its_host),
		cmocka_unit_test(a_tag_is_found_among_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
