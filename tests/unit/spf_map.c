/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of a domain's records, and of addresses by them. */
#include "dns/spf.h"
#include "spf_zone.h"

#define N(rows) sizeof(rows) / sizeof(*(rows))

static void
read_domain(
    struct zone *z, const struct zone_row *rows, size_t n, struct spf_map *map)
{
	struct dns_source source;

	*z = (struct zone) { .rows = rows, .n = n };
	source = zone_source(z);
	spf_read(&source, "example.org", map);
}

/* One problem as "kind path name number". */
static void
write_problem(struct buf *out, const struct spf_problem *p)
{
	buf_add_str(out, spf_problem_word(p->kind));
	if (p->record != NULL && (p->term != NULL || p->record->by != NULL)) {
		buf_add_str(out, " [");
		spf_write_path(out, p->record, p->term);
		buf_add_char(out, ']');
	}
	if (p->name != NULL)
		buf_printf(out, " %s", p->name);
	if (p->type != 0)
		buf_printf(out, " %s", dns_type_word(p->type));
	if (p->failure != NULL)
		buf_printf(out, " %s", p->failure);
	if (p->fault != SPF_FAULT_NONE)
		buf_printf(out, " %s", spf_fault_word(p->fault));
	if (p->number != 0)
		buf_printf(out, " %d", p->number);
	buf_add_char(out, '\n');
}

/* The problems of example.org with these rows are these lines, in order. */
static void
expect(const struct zone_row *rows, size_t n, const char *lines)
{
	struct buf out = { 0 };
	struct spf_map map;
	struct zone z;
	size_t i;

	read_domain(&z, rows, n, &map);
	for (i = 0; i < map.nproblems; i++)
		write_problem(&out, &map.problems[i]);
	assert_string_equal(buf_str(&out), lines);
	buf_done(&out);
	spf_map_done(&map);
	zone_done(&z);
}

static void
expect_record(const char *text, const char *lines)
{
	struct zone_row rows[] = { { "example.org", "TXT", text },
		{ "example.org", "A", "192.0.2.1" },
		{ "example.org", "AAAA", "2001:db8::1" },
		{ "mail.example.net", "A", "192.0.2.9" },
		{ "mail.example.net", "AAAA", "2001:db8::9" },
		{ "spf.example.net", "TXT", "v=spf1 ip4:192.0.2.0/24 -all" } };

	expect(rows, N(rows), lines);
}

static void
each_fault_of_a_record_is_told(void **state)
{
	(void)state;
	expect_record("v=spf1 a -all", "");
	expect_record("v=spf1 +all", "all_pass [+all]\n");
	expect_record("v=spf1 ?all", "all_neutral [?all]\n");
	expect_record("v=spf1 ~all", "all_softfail [~all]\n");
	expect_record("v=spf1 a", "no_all\n");
	expect_record("v=spf1", "no_all\n");
	expect_record("v=spf1 -all a x=y ptr",
	    "after_all [a]\nunknown_modifier [x=y]\n"
	    "ptr [ptr]\nafter_all [ptr]\n");
	expect_record("v=spf1 redirect=spf.example.net -all",
	    "redirect_ignored [redirect=spf.example.net]\n");
	expect_record("v=spf1 redirect=spf.example.net", "");
	expect_record("v=spf1 ptr -all", "ptr [ptr]\n");
	expect_record("v=spf1 ip4:192.0.0.0/15 ip6:2001:db8::/31 -all",
	    "wide [ip4:192.0.0.0/15] 15\nwide [ip6:2001:db8::/31] 31\n");
	expect_record("v=spf1 ip4:192.0.0.0/16 ip6:2001:db8::/32 -all", "");
	expect_record(
	    "v=spf1 ip4:2001:db8::1 -all", "syntax [ip4:2001:db8::1] family\n");
	expect_record("v=spf1 moo ip4:192.0.2 -all",
	    "syntax [moo] unknown_mechanism\nsyntax [ip4:192.0.2] address\n");
	expect_record("v=spf1 exists:%{p}.example.org -all",
	    "macro_ptr [exists:%{p}.example.org]\n");
	expect_record("v=spf1 exists:%{l1r-}.example.org -all",
	    "macro_sender [exists:%{l1r-}.example.org]\n");
	expect_record("v=spf1 exists:%{i}.example.org -all", "");
	expect_record("v=spf1 a include:spf.example.net A +a -all",
	    "repeated [A]\nrepeated [+a]\n");
	expect_record("v=spf1 include:%{d}x..y.example.net -all",
	    "bad_name [include:%{d}x..y.example.net] "
	    "example.orgx..y.example.net\n");
}

static void
strings_joined_without_a_blank_are_told(void **state)
{
	(void)state;
	expect_record("v=spf1 a:mail.example.net|-all",
	    "void [a:mail.example.net-all] mail.example.net-all A\nno_all\n"
	    "glued [a:mail.example.net-all] -all\n");
	expect_record("v=spf1 ip4:192.0.2.1|ip4:192.0.2.2 -all",
	    "syntax [ip4:192.0.2.1ip4:192.0.2.2] address\n"
	    "glued [ip4:192.0.2.1ip4:192.0.2.2] ip4:192.0.2.2\n");
	expect_record("v=spf1 a|mx -all",
	    "syntax [amx] unknown_mechanism\nglued [amx] mx\n");
	/* These are cut somewhere, and right. */
	expect_record("v=spf1 a:mail.exam|ple.net -|all", "");
	expect_record("v=spf1 a:mail|.example.net| -all", "");
	expect_record("v=spf1 a:m|ail.example.net -a|ll", "");
	expect_record("v=spf1| a:mail.example.net -all", "");
}

static void
what_is_no_record_but_meant_as_one_is_told(void **state)
{
	static const struct zone_row glued[] = { { "example.org", "TXT",
	    "v=spf1|a -all" } };
	static const struct zone_row quoted[] = { { "example.org", "TXT",
		                                      "\"v=spf1 a -all\"" },
		{ "example.org", "TXT", "spf2.0/pra a -all" },
		{ "example.org", "TXT", "google-site-verification=x" } };
	static const struct zone_row old[] = { { "example.org", "SPF",
	    "v=spf1 a -all" } };
	static const struct zone_row two[] = { { "example.org", "TXT",
		                                   "v=spf1 a -all" },
		{ "example.org", "TXT", "v=spf1 mx -all" },
		{ "example.org", "A", "192.0.2.1" } };
	static const struct zone_row both[] = { { "example.org", "TXT",
		                                    "v=spf1 a -all" },
		{ "example.org", "TXT", "v=spf1.0 mx -all" },
		{ "example.org", "A", "192.0.2.1" } };
	static const struct zone_row failed[] = { { "example.org", "FAIL",
	    NULL } };

	(void)state;
	expect(NULL, 0, "missing example.org TXT\n");
	expect(
	    glued, N(glued), "missing example.org TXT\nversion v=spf1a -all\n");
	expect(quoted, N(quoted),
	    "missing example.org TXT\nversion \"v=spf1 a -all\"\n");
	expect(old, N(old), "missing example.org TXT\ntype_spf example.org\n");
	expect(two, N(two), "several example.org TXT 2\n");
	expect(both, N(both), "version v=spf1.0 mx -all\n");
	expect(failed, N(failed), "no_answer example.org TXT did not answer\n");
}

static void
what_includes_lead_to_is_told(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT",
		    "v=spf1 include:none.example.net include:two.example.net "
		    "include:silent.example.net include:loop.example.net "
		    "a:gone.example.net mx:gone.example.net -all" },
		{ "none.example.net", "TXT", "v=spf1include:x.example.net" },
		{ "two.example.net", "TXT", "v=spf1 +all" },
		{ "two.example.net", "TXT", "v=spf1 -all" },
		{ "silent.example.net", "FAIL", NULL },
		{ "loop.example.net", "TXT",
		    "v=spf1 redirect=loop2.example.net" },
		{ "loop2.example.net", "TXT", "v=spf1 include:example.org" },
	};

	(void)state;
	expect(rows, N(rows),
	    "missing [include:none.example.net] none.example.net TXT\n"
	    "several [include:two.example.net] two.example.net TXT 2\n"
	    "no_answer [include:silent.example.net] silent.example.net TXT "
	    "did not answer\n"
	    "loop [include:loop.example.net > redirect=loop2.example.net > "
	    "include:example.org] example.org\n"
	    "void [a:gone.example.net] gone.example.net A\n"
	    "void [mx:gone.example.net] gone.example.net MX\n"
	    "version [include:none.example.net > include:none.example.net] "
	    "v=spf1include:x.example.net\n");
}

static void
terms_that_look_up_are_counted_and_each_include_costs_its_own(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT",
		    "v=spf1 a mx include:a.example.net ip4:192.0.2.7 "
		    "include:b.example.net redirect=c.example.net" },
		{ "example.org", "A", "192.0.2.1" },
		{ "example.org", "AAAA", "2001:db8::1" },
		{ "example.org", "MX", "1 example.org" },
		{ "a.example.net", "TXT",
		    "v=spf1 include:b.example.net a:example.org -all a a a" },
		{ "b.example.net", "TXT",
		    "v=spf1 exists:%{i}.example.net include:leaf.example.net" },
		{ "leaf.example.net", "TXT", "v=spf1 ip4:192.0.2.0/30 -all" },
		{ "c.example.net", "TXT",
		    "v=spf1 include:leaf.example.net -all" },
	};
	struct spf_map map;
	struct zone z;
	struct spf_term *t;

	(void)state;
	read_domain(&z, rows, N(rows), &map);
	assert_int_equal(map.lookups, 12);
	t = map.records[0]->terms;
	assert_int_equal(map.records[0]->own_lookups, 5);
	assert_int_equal(map.records[0]->lookups, 12);
	assert_int_equal(t[0].cost, 1);
	assert_int_equal(t[1].cost, 1);
	assert_int_equal(t[2].cost, 5); /* itself, b, exists, leaf, a */
	assert_string_equal(t[2].to->domain, "a.example.net");
	assert_int_equal(t[2].to->lookups, 4);
	assert_int_equal(t[2].to->own_lookups, 2);
	assert_int_equal(t[3].cost, 0);
	assert_int_equal(t[4].cost, 3);
	assert_int_equal(t[5].cost, 2);
	assert_int_equal(map.nrecords, 8);
	assert_string_equal(map.records[2]->domain, "b.example.net");
	assert_ptr_equal(map.records[2]->parent, map.records[1]);
	assert_int_equal(map.records[3]->depth, 3);
	assert_true(map.has_unknown);
	assert_int_equal(map.voids4, 0);
	assert_int_equal(map.problems[0].kind, SPF_P_LOOKUPS);
	assert_int_equal(map.problems[0].number, 12);
	/* What comes before the limit still holds. */
	assert_int_equal(spf_map_find(&map, "192.0.2.1").result, SPF_PASS);
	assert_int_equal(
	    spf_map_find(&map, "198.51.100.1").result, SPF_PERMERROR);
	spf_map_done(&map);
	zone_done(&z);
}

static void
nine_and_ten_are_near_the_limit(void **state)
{
	static const struct zone_row nine = { "example.org", "TXT",
		"v=spf1 a/24 a/25 a/26 a/27 a/28 a/29 a/30 a/31 a/32 -all" };
	static const struct zone_row eight = { "example.org", "TXT",
		"v=spf1 a/24 a/25 a/26 a/27 a/28 a/29 a/30 a/31 -all" };
	struct zone_row rows[3] = { nine, { "example.org", "A", "192.0.2.1" },
		{ "example.org", "AAAA", "2001:db8::1" } };

	(void)state;
	expect(rows, 3, "near_limit 9\n");
	rows[0] = eight;
	expect(rows, 3, "");
}

static void
void_lookups_are_counted_for_both_families(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT",
		    "v=spf1 a:g1.example.net a:four.example.net "
		    "a:g2.example.net "
		    "mx:g3.example.net -all" },
		{ "four.example.net", "A", "192.0.2.4" },
	};
	struct spf_map map;
	struct zone z;

	(void)state;
	read_domain(&z, rows, N(rows), &map);
	assert_int_equal(map.voids4, 3);
	assert_int_equal(map.voids6, 4);
	spf_map_done(&map);
	zone_done(&z);
	/* A name with an address of one family is there. */
	expect(rows, N(rows),
	    "void [a:g1.example.net] g1.example.net A\n"
	    "void [a:g2.example.net] g2.example.net A\n"
	    "void [mx:g3.example.net] g3.example.net MX\n"
	    "too_many_voids 3\n");
}

/* That is harmless, unless IPv6 addresses come after them. */
static void
names_without_ipv6_do_harm_only_before_ipv6_addresses(void **state)
{
	struct zone_row rows[] = {
		{ "example.org", "TXT", NULL },
		{ "h1.example.org", "A", "192.0.2.1" },
		{ "h2.example.org", "A", "192.0.2.2" },
		{ "h3.example.org", "A", "192.0.2.3" },
		{ "spf.example.net", "TXT",
		    "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/64 -all" },
	};

	(void)state;
	rows[0].value = "v=spf1 a:h1.example.org a:h2.example.org "
	                "a:h3.example.org ip4:192.0.2.9 -all";
	expect(rows, N(rows), "");
	rows[0].value = "v=spf1 ip6:2001:db8::1 a:h1.example.org "
	                "a:h2.example.org a:h3.example.org -all";
	expect(rows, N(rows), "");
	rows[0].value = "v=spf1 a:h1.example.org a:h2.example.org "
	                "a:h3.example.org -ip6:2001:db8::1 all";
	expect(rows, N(rows), "all_pass [all]\n");
	rows[0].value = "v=spf1 a:h1.example.org a:h2.example.org "
	                "a:h3.example.org include:spf.example.net -all";
	expect(rows, N(rows),
	    "too_many_voids_ipv6 "
	    "[include:spf.example.net > ip6:2001:db8::/64] 3\n");
}

static void
sizes_that_do_not_fit_are_told(void **state)
{
	char text[700] = "v=spf1";
	struct zone_row row = { "example.org", "TXT", text };
	int i;

	(void)state;
	for (i = 0; i < 30; i++)
		snprintf(text + strlen(text), 30, " ip4:192.0.2.%d", i);
	snprintf(text + strlen(text), 30, " -all");
	expect(&row, 1, "answer_size 493\nstring_size 451\n");
}

static void
addresses_are_found_with_the_way_to_them(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT",
		    "v=spf1 ip4:192.0.2.7 a:mail.example.org "
		    "include:spf.example.net mx -all" },
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "mail.example.org", "AAAA", "2001:db8::1" },
		{ "example.org", "MX", "5 mx.example.org" },
		{ "mx.example.org", "A", "192.0.2.2" },
		{ "mx.example.org", "AAAA", "2001:db8::2" },
		{ "spf.example.net", "TXT",
		    "v=spf1 -ip4:198.51.100.9 ip4:198.51.100.0/24 ?all" },
	};
	static const struct {
		const char *ip, *result, *path;
		bool is_own;
	} cases[] = {
		{ "192.0.2.7", "pass", "ip4:192.0.2.7", true },
		{ "::ffff:192.0.2.7", "pass", "ip4:192.0.2.7", true },
		{ "192.0.2.1", "pass", "a:mail.example.org", true },
		{ "2001:db8::1", "pass", "a:mail.example.org", true },
		{ "2001:db8::2", "pass", "mx", true },
		{ "198.51.100.1", "pass",
		    "include:spf.example.net > ip4:198.51.100.0/24", false },
		{ "198.51.100.9", "fail", "-all", false },
		{ "203.0.113.1", "fail", "-all", false },
		{ "no address", "none", "", false },
	};
	struct buf path = { 0 };
	struct spf_map map;
	struct zone z;
	size_t i;

	(void)state;
	read_domain(&z, rows, N(rows), &map);
	for (i = 0; i < N(cases); i++) {
		struct spf_found f = spf_map_find(&map, cases[i].ip);

		path.len = 0;
		spf_write_path(&path, f.record, f.term);
		assert_string_equal(spf_result_word(f.result), cases[i].result);
		assert_string_equal(buf_str(&path), cases[i].path);
		assert_int_equal(f.is_own, cases[i].is_own);
		assert_false(f.unknown);
		assert_false(f.failed);
	}
	/* The first term that names it, which may be one that forbids it. */
	assert_int_equal(spf_map_cover(&map, "198.51.100.9").result, SPF_FAIL);
	assert_string_equal(spf_map_cover(&map, "198.51.100.1").term->text,
	    "ip4:198.51.100.0/24");
	assert_null(spf_map_cover(&map, "203.0.113.1").term);
	assert_int_equal(spf_map_cover(&map, "203.0.113.1").result, SPF_NONE);
	assert_null(spf_map_cover(&map, "").term);
	buf_done(&path);
	spf_map_done(&map);
	zone_done(&z);
}

/*
 * A term that depends on the message makes a result unknown unless it would
 * change nothing.
 */
static void
what_depends_on_the_message_is_unknown(void **state)
{
	static const struct {
		const char *text, *ip, *result;
		bool unknown;
	} cases[] = {
		{ "v=spf1 ip4:192.0.2.1 exists:%{i}.example.net -all",
		    "192.0.2.1", "pass", false },
		{ "v=spf1 exists:%{i}.example.net ip4:192.0.2.1 -all",
		    "192.0.2.1", "pass", false },
		{ "v=spf1 exists:%{i}.example.net ip4:192.0.2.1 -all",
		    "192.0.2.2", "fail", true },
		{ "v=spf1 -exists:%{i}.example.net ip4:192.0.2.1 -all",
		    "192.0.2.1", "pass", true },
		{ "v=spf1 -exists:%{i}.example.net ip4:192.0.2.1 -all",
		    "192.0.2.2", "fail", false },
		{ "v=spf1 ptr -all", "192.0.2.2", "fail", true },
		{ "v=spf1 exists:%{i}.example.net +all", "192.0.2.2", "pass",
		    false },
		/* Its names may be three void look-ups. */
		{ "v=spf1 ptr +all", "192.0.2.2", "pass", true },
		{ "v=spf1 include:%{i}.example.net +all", "192.0.2.2", "pass",
		    true },
		{ "v=spf1 redirect=%{l}.example.net", "192.0.2.2", "neutral",
		    true },
		/* The domain is known. */
		{ "v=spf1 include:%{d}.example.net -all", "192.0.2.2", "pass",
		    false },
		{ "v=spf1 include:%{o}.example.net -all", "192.0.2.9", "fail",
		    false },
		/* Within an include a pass is the include's, others pass on. */
		{ "v=spf1 -include:maybe.example.net +all", "192.0.2.2", "pass",
		    true },
		{ "v=spf1 -include:maybe.example.net -all", "192.0.2.2", "fail",
		    false },
		{ "v=spf1 include:no.example.net +all", "192.0.2.2", "pass",
		    true },
		/* It may be the third void look-up, or may not. */
		{ "v=spf1 a:x.example.net a:y.example.net "
		  "exists:%{i}.z.example "
		  "+all",
		    "192.0.2.2", "pass", true },
		{ "v=spf1 a:x.example.net exists:%{i}.z.example +all",
		    "192.0.2.2", "pass", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		struct zone_row rows[] = { { "example.org", "TXT", NULL },
			{ "example.org.example.net", "TXT",
			    "v=spf1 ip4:192.0.2.2" },
			{ "maybe.example.net", "TXT",
			    "v=spf1 exists:%{l}.example.net -all" },
			{ "no.example.net", "TXT",
			    "v=spf1 -exists:%{l}.example.net +all" } };
		struct spf_found f;
		struct spf_map map;
		struct zone z;

		rows[0].value = cases[i].text;
		read_domain(&z, rows, N(rows), &map);
		f = spf_map_find(&map, cases[i].ip);
		assert_string_equal(spf_result_word(f.result), cases[i].result);
		if (f.unknown != cases[i].unknown)
			fail_msg("%s", cases[i].text);
		assert_false(f.failed);
		spf_map_done(&map);
		zone_done(&z);
	}
}

/* From stored answers: what was never asked is no verdict. */
static const struct dns_answer *
ask_history(void *arg, enum dns_type type, const char *name)
{
	static const struct dns_answer unknown = { .status = DNS_FAILED,
		.failure = "not looked up yet" };

	if (strcmp(name, "new.example.net") == 0)
		return &unknown;
	return zone_ask(arg, type, name);
}

static void
what_was_not_looked_up_is_no_verdict(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT",
		    "v=spf1 ip4:192.0.2.1 include:new.example.net "
		    "ip4:192.0.2.3 -all" },
	};
	struct zone z = { .rows = rows, .n = N(rows) };
	struct dns_source source = { ask_history, &z };
	struct spf_query q = { .domain = "example.org" };
	struct spf_verdict v;
	struct spf_found f;
	struct spf_map map;

	(void)state;
	spf_read(&source, "example.org", &map);
	assert_true(map.failed);
	assert_int_equal(map.records[1]->state, SPF_FAILED);
	assert_string_equal(map.records[1]->failure, "not looked up yet");
	f = spf_map_find(&map, "192.0.2.1");
	assert_int_equal(f.result, SPF_PASS);
	assert_false(f.failed);
	f = spf_map_find(&map, "192.0.2.3");
	assert_int_equal(f.result, SPF_TEMPERROR);
	assert_true(f.failed);
	assert_string_equal(f.term->text, "include:new.example.net");
	f = spf_map_cover(&map, "192.0.2.3");
	assert_string_equal(f.term->text, "ip4:192.0.2.3");
	assert_true(f.is_own);
	spf_map_done(&map);

	q.ip = "192.0.2.3";
	spf_check(&source, &q, &v);
	assert_int_equal(v.result, SPF_TEMPERROR);
	assert_int_equal(v.problem->kind, SPF_P_FAILED);
	assert_string_equal(v.problem->failure, "not looked up yet");
	assert_string_equal(v.problem->name, "new.example.net");
	spf_verdict_done(&v);
	zone_done(&z);
}

static void
a_term_is_written_for_an_address(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_true(spf_write_term(&b, "192.0.2.77"));
	assert_true(spf_write_term(&b, "2001:DB8:0:0::1"));
	assert_true(spf_write_term(&b, "::ffff:192.0.2.1"));
	assert_false(spf_write_term(&b, "192.0.2"));
	assert_string_equal(
	    buf_str(&b), "ip4:192.0.2.77ip6:2001:db8::1ip4:192.0.2.1");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_of_a_record_is_told),
		cmocka_unit_test(strings_joined_without_a_blank_are_told),
		cmocka_unit_test(what_is_no_record_but_meant_as_one_is_told),
		cmocka_unit_test(what_includes_lead_to_is_told),
		cmocka_unit_test(
		    terms_that_look_up_are_counted_and_each_include_costs_its_own),
		cmocka_unit_test(nine_and_ten_are_near_the_limit),
		cmocka_unit_test(void_lookups_are_counted_for_both_families),
		cmocka_unit_test(
		    names_without_ipv6_do_harm_only_before_ipv6_addresses),
		cmocka_unit_test(sizes_that_do_not_fit_are_told),
		cmocka_unit_test(addresses_are_found_with_the_way_to_them),
		cmocka_unit_test(what_depends_on_the_message_is_unknown),
		cmocka_unit_test(what_was_not_looked_up_is_no_verdict),
		cmocka_unit_test(a_term_is_written_for_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
