/* SPDX-License-Identifier: BSD-2-Clause */
/* dmarc_find: which record applies, and whose organization a domain is of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dns/dmarc_external.h"
#include "dns_zone.h"
#include "source.h"

/* --- against the rules worked out by dmarc_walk.py ------------------------ */

#define FIELDS 14

/* The rows of one zone, whose strings live with the text they are of. */
struct pairing {
	struct array rows; /* of struct zone_row */
	struct zone zone;
	struct buf out;
	size_t nnames, npairs;
};

static enum dns_type
type_of(const char *word)
{
	return strcmp(word, "A") == 0 ? DNS_A : DNS_TXT;
}

static void
add_row(struct pairing *p, char *const *field)
{
	struct zone_row *row = array_add(&p->rows, sizeof(*row));

	*row = (struct zone_row) { field[1], type_of(field[2]),
		strcmp(field[3], "!") != 0 ? field[3] : NULL };
}

static const char *
policy_or_dash(enum dmarc_policy policy)
{
	const char *word = dmarc_policy_word(policy);

	return word != NULL ? word : "-";
}

static void
add_way(struct buf *out, const struct dmarc_way *way)
{
	buf_printf(out, "\t%s\t%s\t%s\t%s", dmarc_place_words[way->place],
	    way->found != NULL ? way->found->domain : "-",
	    policy_or_dash(way->policy), way->tag != NULL ? way->tag : "-");
}

/* The same as a line N has from its third field on. */
static const char *
describe(const struct dmarc_discovery *d, struct buf *out)
{
	size_t i;

	out->len = 0;
	for (i = 0; i < d->walk.nsteps; i++)
		buf_printf(
		    out, "%s%s", i > 0 ? "," : "", d->walk.steps[i].name);
	buf_printf(out, "\t%s",
	    d->walk.organization != NULL ? d->walk.organization : "?");
	add_way(out, &d->walk);
	buf_printf(out, "\t%s", policy_or_dash(d->walk.acts_as));
	add_way(out, &d->list);
	return buf_str(out);
}

/* The fields of a line, which has no tabs any more, with tabs again. */
static const char *
join(char *const *field, size_t n, struct buf *out)
{
	size_t i;

	out->len = 0;
	for (i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? "\t" : "", field[i]);
	return buf_str(out);
}

static void
check_name(
    struct pairing *p, const struct dns_source *source, char *const *field)
{
	struct dmarc_discovery d;
	struct buf expected = { 0 };

	assert_true(dmarc_find(source, field[1], &p->zone.arena, &d));
	join(field + 2, 11, &expected);
	if (strcmp(describe(&d, &p->out), buf_str(&expected)) != 0)
		fail_msg("%s\n is %s\nnot %s", field[1], buf_str(&p->out),
		    buf_str(&expected));
	buf_done(&expected);
	p->nnames++;
}

static void
check_pair(
    struct pairing *p, const struct dns_source *source, char *const *field)
{
	enum dmarc_answer is = dmarc_is_aligned(
	    source, field[1], field[2], false, &p->zone.arena);

	/* Not both are always needed to know that it is not so. */
	if (is == DMARC_YES               ? strcmp(field[3], "yes") != 0
	        : is == DMARC_CANNOT_TELL ? strcmp(field[3], "?") != 0
	                                  : strcmp(field[3], "yes") == 0)
		fail_msg(
		    "%s %s: %s, not %d", field[1], field[2], field[3], (int)is);
	p->npairs++;
}

static void
check_line(struct pairing *p, char *line)
{
	struct dns_source source = { zone_ask, &p->zone };
	char *field[FIELDS] = { NULL };
	size_t n;

	for (n = 0; n < FIELDS && line != NULL; n++)
		field[n] = strsep(&line, "\t");
	assert_null(line);
	if (*field[0] == 'Z') {
		add_row(p, field);
		return;
	}
	if (*field[0] != 'E' && p->zone.rows == NULL) {
		*(struct zone_row *)array_add(&p->rows,
		    sizeof(
		        struct zone_row)) = (struct zone_row) { .name = NULL };
		p->zone.rows = p->rows.at;
	}
	if (*field[0] == 'N') {
		check_name(p, &source, field);
	} else if (*field[0] == 'A') {
		check_pair(p, &source, field);
	} else {
		array_done(&p->rows);
		p->zone.rows = NULL;
		arena_reset(&p->zone.arena);
	}
}

/* What the script prints. */
static char *
run_script(void)
{
	struct buf text = { 0 };
	char *script;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	xasprintf(&script, "%s/tests/unit/dmarc_walk.py", source_dir());
	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execl(
		    "/usr/bin/python3", "python3", "-B", script, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	free(script);
	while ((n = read(fds[0], buf_reserve(&text, 65536), 65536)) > 0)
		text.len += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	buf_add_char(&text, '\0');
	return text.at;
}

static void
five_thousand_names_are_read_as_the_rfcs_say(void **state)
{
	struct pairing p = { .nnames = 0 };
	char *text = run_script(), *rest = text, *line;

	(void)state;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			check_line(&p, line);
	assert_true(p.nnames > 5000);
	assert_true(p.npairs > 4000);
	array_done(&p.rows);
	arena_done(&p.zone.arena);
	buf_done(&p.out);
	free(text);
}

/* --- by hand -------------------------------------------------------------- */

struct example {
	struct zone zone;
	struct dns_source source;
	struct arena arena;
	struct dmarc_discovery d;
};

static void
find(struct example *e, const struct zone_row *rows, const char *domain)
{
	e->zone.rows = rows;
	e->source = (struct dns_source) { zone_ask, &e->zone };
	assert_true(dmarc_find(&e->source, domain, &e->arena, &e->d));
}

static void
done(struct example *e)
{
	arena_done(&e->zone.arena);
	arena_done(&e->arena);
}

/* The three examples of RFC 9989, 4.10.2, and those of 4.10 and 5.1.8. */
static void
the_examples_of_the_rfc_come_out_as_it_says(void **state)
{
	static const struct zone_row one[] = {
		{ "_dmarc.mail.example.com", DNS_TXT, "v=DMARC1; p=none" },
		{ "_dmarc.example.com", DNS_TXT, "v=DMARC1; p=reject" },
		{ NULL, 0, NULL },
	};
	static const struct zone_row two[] = {
		{ "_dmarc.mail.example.com", DNS_TXT,
		    "v=DMARC1; p=none; psd=n" },
		{ "_dmarc.example.com", DNS_TXT, "v=DMARC1; p=reject" },
		{ NULL, 0, NULL },
	};
	static const struct zone_row three[] = {
		{ "_dmarc.com", DNS_TXT, "v=DMARC1; p=none; psd=y" },
		{ NULL, 0, NULL },
	};
	static const char *const asked[DMARC_WALK] = {
		"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
		"_dmarc.g.h.i.j.mail.example.com",
		"_dmarc.h.i.j.mail.example.com",
		"_dmarc.i.j.mail.example.com",
		"_dmarc.j.mail.example.com",
		"_dmarc.mail.example.com",
		"_dmarc.example.com",
		"_dmarc.com",
	};
	struct example e = { 0 };
	size_t i;

	(void)state;
	find(&e, one, "a.mail.example.com");
	assert_string_equal(e.d.walk.organization, "example.com");
	assert_string_equal(e.d.walk.found->domain, "example.com");
	find(&e, two, "a.mail.example.com");
	assert_string_equal(e.d.walk.organization, "mail.example.com");
	assert_int_equal(e.d.walk.nsteps, 2);
	find(&e, three, "A.Mail.Example.COM.");
	assert_string_equal(e.d.domain, "a.mail.example.com");
	assert_string_equal(e.d.walk.organization, "example.com");
	assert_int_equal(e.d.walk.place, DMARC_AT_SUFFIX);
	assert_int_equal(e.d.list.place, DMARC_AT_NONE);
	find(&e, one, "a.b.c.d.e.f.g.h.i.j.mail.example.com");
	assert_int_equal(e.d.walk.nsteps, DMARC_WALK);
	for (i = 0; i < DMARC_WALK; i++)
		assert_string_equal(e.d.walk.steps[i].name, asked[i]);
	find(&e, one, "mail.a.b.c.d.e.f.g.example.com");
	assert_int_equal(e.d.walk.nsteps, DMARC_WALK);
	assert_string_equal(e.d.walk.steps[1].domain, "c.d.e.f.g.example.com");
	done(&e);
}

static void
both_ways_differ_where_the_rfcs_do(void **state)
{
	static const struct zone_row rows[] = {
		/* several at the domain: 7489 stops, 9989 goes on */
		{ "_dmarc.two.example.org", DNS_TXT, "v=DMARC1; p=none" },
		{ "_dmarc.two.example.org", DNS_TXT, "v=DMARC1; p=reject" },
		{ "two.example.org", DNS_A, "192.0.2.1" },
		{ "_dmarc.example.org", DNS_TXT,
		    "v=DMARC1; p=reject; sp=quarantine; np=none; t=y; "
		    "pct=20" },
		/* the walk sees the record of a name between */
		{ "_dmarc.b.example.net", DNS_TXT, "v=DMARC1; p=reject" },
		{ NULL, 0, NULL },
	};
	struct example e = { 0 };

	(void)state;
	find(&e, rows, "two.example.org");
	assert_int_equal(e.d.walk.steps[0].n, 2);
	assert_int_equal(e.d.walk.steps[0].ngood, 2);
	assert_null(e.d.walk.steps[0].record);
	assert_int_equal(e.d.walk.place, DMARC_AT_ORGANIZATION);
	assert_int_equal(e.d.walk.policy, DMARC_QUARANTINE);
	assert_int_equal(e.d.walk.acts_as, DMARC_NONE);
	assert_string_equal(e.d.walk.tag, "sp");
	assert_int_equal(e.d.list.place, DMARC_AT_NONE);
	assert_int_equal(e.d.list.nsteps, 1);

	find(&e, rows, "nosuch.example.org");
	assert_int_equal(e.d.exists, DMARC_NO);
	assert_int_equal(e.d.walk.policy, DMARC_NONE);
	assert_string_equal(e.d.walk.tag, "np");
	assert_int_equal(e.d.list.policy, DMARC_QUARANTINE);
	assert_int_equal(e.d.list.acts_as, DMARC_QUARANTINE);
	assert_int_equal(e.d.list.reading->pct, 20);

	find(&e, rows, "a.b.example.net");
	assert_string_equal(e.d.walk.organization, "b.example.net");
	assert_int_equal(e.d.walk.policy, DMARC_REJECT);
	assert_string_equal(e.d.list.organization, "example.net");
	assert_int_equal(e.d.list.place, DMARC_AT_NONE);
	done(&e);
}

static void
no_verdict_rests_on_a_question_without_an_answer(void **state)
{
	static const struct zone_row rows[] = {
		{ "_dmarc.own.example.org", DNS_TXT, "v=DMARC1; p=reject" },
		{ "_dmarc.example.org", DNS_TXT, NULL },
		{ "_dmarc.example.net", DNS_TXT,
		    "v=DMARC1; p=none; np=reject" },
		{ "x.example.net", DNS_A, NULL },
		{ "_dmarc.org", DNS_TXT, "v=DMARC1; p=none" },
		{ NULL, 0, NULL },
	};
	struct example e = { 0 };

	(void)state;
	find(&e, rows, "own.example.org");
	assert_int_equal(e.d.walk.place, DMARC_AT_DOMAIN);
	assert_int_equal(e.d.walk.policy, DMARC_REJECT);
	assert_null(e.d.walk.organization);
	assert_string_equal(e.d.walk.failed->name, "_dmarc.example.org");
	assert_string_equal(e.d.walk.failed->answer->failure, "did not answer");
	assert_int_equal(e.d.walk.nsteps, 2);

	find(&e, rows, "other.example.org");
	assert_int_equal(e.d.walk.place, DMARC_AT_UNKNOWN);
	assert_int_equal(e.d.list.place, DMARC_AT_UNKNOWN);
	assert_int_equal(e.d.walk.policy, DMARC_ABSENT);
	assert_null(e.d.walk.found);
	assert_null(e.d.walk.tag);

	find(&e, rows, "x.example.net");
	assert_int_equal(e.d.exists, DMARC_CANNOT_TELL);
	assert_int_equal(e.d.walk.place, DMARC_AT_ORGANIZATION);
	assert_int_equal(e.d.walk.policy, DMARC_ABSENT);
	assert_int_equal(e.d.list.policy, DMARC_NONE);
	done(&e);
}

static void
names_that_are_none_are_not_asked_for(void **state)
{
	static const struct zone_row rows[] = { { NULL, 0, NULL } };
	struct example e = { 0 };
	char name[300] = { 0 };
	size_t i;

	(void)state;
	e.zone.rows = rows;
	e.source = (struct dns_source) { zone_ask, &e.zone };
	assert_false(dmarc_find(&e.source, "", &e.arena, &e.d));
	assert_false(dmarc_find(&e.source, "a b", &e.arena, &e.d));
	assert_false(dmarc_find(&e.source, "a..b", &e.arena, &e.d));
	assert_null(dmarc_organization(&e.source, "ex\xc3\xa4mple", &e.arena));
	assert_int_equal(
	    dmarc_is_aligned(&e.source, "a b", "a b", false, &e.arena),
	    DMARC_NO);
	assert_int_equal(e.zone.nasked, 0);
	/* With "_dmarc." it would be too long: no record can be there. */
	for (i = 0; i < 252; i += 2)
		memcpy(name + i, "a.", 3);
	memcpy(name + i, "a", 2);
	find(&e, rows, name);
	assert_int_equal(e.d.walk.nsteps, DMARC_WALK);
	assert_int_equal(e.d.walk.place, DMARC_AT_NONE);
	assert_string_equal(e.d.walk.organization, name);
	find(&e, rows, "org");
	assert_int_equal(e.d.walk.nsteps, 1);
	assert_string_equal(e.d.list.organization, "org");
	done(&e);
}

static void
alignment_asks_no_more_than_it_must(void **state)
{
	static const struct zone_row rows[] = {
		{ "_dmarc.example.org", DNS_TXT, "v=DMARC1; p=none" },
		{ "_dmarc.b.example.org", DNS_TXT, "v=DMARC1; p=none; psd=n" },
		{ "_dmarc.bad.org", DNS_TXT, NULL },
		{ NULL, 0, NULL },
	};
	static const struct {
		const char *a, *b;
		bool strict;
		enum dmarc_answer expected;
		size_t nasked;
	} pairs[] = {
		{ "x.org", "X.ORG.", false, DMARC_YES, 0 },
		{ "x.org", "X.ORG.", true, DMARC_YES, 0 },
		{ "a.example.org", "example.org", true, DMARC_NO, 0 },
		{ "a.example.org", "example.com", false, DMARC_NO, 0 },
		{ "org", "example.com", false, DMARC_NO, 0 },
		{ "a.example.org", "example.org", false, DMARC_YES, 5 },
		{ "a.example.org", "c.other.org", false, DMARC_NO, 3 },
		{ "b.example.org", "example.org", false, DMARC_NO, 1 },
		{ "example.org", "x.b.example.org", false, DMARC_NO, 4 },
		{ "a.bad.org", "bad.org", false, DMARC_CANNOT_TELL, 3 },
		{ "a.bad.org", "example.org", false, DMARC_NO, 4 },
	};
	struct zone zone = { .rows = rows };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		enum dmarc_answer is;

		zone.nasked = 0;
		is = dmarc_is_aligned(
		    &source, pairs[i].a, pairs[i].b, pairs[i].strict, &arena);
		if (is != pairs[i].expected || zone.nasked != pairs[i].nasked)
			fail_msg("%s %s: %d, %zu", pairs[i].a, pairs[i].b,
			    (int)is, zone.nasked);
	}
	arena_done(&zone.arena);
	arena_done(&arena);
}

/* --- hosts in other organizations ----------------------------------------- */

#define AT(host) "example.org._report._dmarc." host

static const struct zone_row hosts[] = {
	{ "_dmarc.example.org", DNS_TXT, "v=DMARC1; p=none" },
	{ AT("good.example"), DNS_TXT, "v=DMARC1" },
	{ AT("good.example"), DNS_TXT, "something else" },
	{ AT("semicolon.example"), DNS_TXT, "v=DMARC1;" },
	{ AT("case.example"), DNS_TXT, "v=dmarc1" },
	{ AT("spf.example"), DNS_TXT, "v=spf1 -all" },
	{ AT("none.example"), DNS_A, "192.0.2.1" },
	{ "*._report._dmarc.wild.example", DNS_TXT, "v=DMARC1;" },
	{ AT("failed.example"), DNS_TXT, NULL },
	{ AT("over.example"), DNS_TXT,
	    "v=DMARC1; rua=mailto:other@over.example" },
	{ AT("abuse.example"), DNS_TXT,
	    "v=DMARC1; rua=mailto:a@abuse.example,mailto:b@victim.example" },
	/* the walk says that this is an organization of its own */
	{ "_dmarc.own.example.org", DNS_TXT, "v=DMARC1; p=none; psd=n" },
	/* and here it cannot say */
	{ "_dmarc.lost.example.org", DNS_TXT, NULL },
	{ NULL, 0, NULL },
};

static void
another_host_takes_reports_only_if_it_says_so(void **state)
{
	static const struct {
		const char *host;
		enum dmarc_external_verdict expected;
		size_t ngood, noverride;
		bool is_foreign;
	} rows[] = {
		{ "example.org", DMARC_EXTERNAL_SAME, 0, 0, false },
		{ "Mail.Example.ORG", DMARC_EXTERNAL_SAME, 0, 0, false },
		{ "good.example", DMARC_EXTERNAL_AUTHORIZED, 1, 0, false },
		{ "GOOD.example.", DMARC_EXTERNAL_AUTHORIZED, 1, 0, false },
		{ "semicolon.example", DMARC_EXTERNAL_AUTHORIZED, 1, 0, false },
		{ "wild.example", DMARC_EXTERNAL_AUTHORIZED, 1, 0, false },
		{ "case.example", DMARC_EXTERNAL_MISSING, 0, 0, false },
		{ "spf.example", DMARC_EXTERNAL_MISSING, 0, 0, false },
		{ "none.example", DMARC_EXTERNAL_MISSING, 0, 0, false },
		{ "nosuch.example", DMARC_EXTERNAL_MISSING, 0, 0, false },
		{ "failed.example", DMARC_EXTERNAL_FAILED, 0, 0, false },
		{ "over.example", DMARC_EXTERNAL_AUTHORIZED, 1, 1, false },
		{ "abuse.example", DMARC_EXTERNAL_AUTHORIZED, 1, 2, true },
		{ "own.example.org", DMARC_EXTERNAL_MISSING, 0, 0, false },
		{ "lost.example.org", DMARC_EXTERNAL_FAILED, 0, 0, false },
	};
	struct zone zone = { .rows = hosts };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct dmarc_external e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(dmarc_external_find(
		    &source, "example.org", rows[i].host, &arena, &e));
		if (e.verdict != rows[i].expected || e.ngood != rows[i].ngood ||
		    e.override.n != rows[i].noverride ||
		    e.is_override_foreign != rows[i].is_foreign)
			fail_msg("%s: %s %zu %zu", rows[i].host,
			    dmarc_external_words[e.verdict], e.ngood,
			    e.override.n);
	}
	assert_string_equal(e.failed.name, "_dmarc.lost.example.org");
	assert_string_equal(e.failed.failure, "did not answer");
	assert_true(dmarc_external_find(
	    &source, "lost.example.org", "example.org", &arena, &e));
	assert_string_equal(e.failed.name, "_dmarc.lost.example.org");
	assert_true(dmarc_external_find(
	    &source, "example.org", "failed.example", &arena, &e));
	assert_string_equal(e.failed.name, AT("failed.example"));
	assert_true(dmarc_external_find(
	    &source, "Example.org.", "GOOD.example", &arena, &e));
	assert_null(e.failed.name);
	assert_string_equal(e.name, AT("good.example"));
	assert_int_equal(e.n, 2);
	assert_int_equal(e.is_same_list, DMARC_NO);
	assert_false(
	    dmarc_external_find(&source, "example.org", "a b", &arena, &e));
	arena_done(&zone.arena);
	arena_done(&arena);
}

static void
a_name_that_dns_cannot_have_authorizes_nobody(void **state)
{
	struct zone zone = { .rows = hosts };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct dmarc_external e;
	char name[300] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 240; i += 2)
		memcpy(name + i, "a.", 3);
	memcpy(name + i, "org", 4);
	assert_true(
	    dmarc_external_find(&source, name, "good.example", &arena, &e));
	assert_int_equal(e.verdict, DMARC_EXTERNAL_TOO_LONG);
	assert_null(e.name);
	assert_null(e.answer);
	arena_done(&zone.arena);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_thousand_names_are_read_as_the_rfcs_say),
		cmocka_unit_test(the_examples_of_the_rfc_come_out_as_it_says),
		cmocka_unit_test(both_ways_differ_where_the_rfcs_do),
		cmocka_unit_test(
		    no_verdict_rests_on_a_question_without_an_answer),
		cmocka_unit_test(names_that_are_none_are_not_asked_for),
		cmocka_unit_test(alignment_asks_no_more_than_it_must),
		cmocka_unit_test(another_host_takes_reports_only_if_it_says_so),
		cmocka_unit_test(a_name_that_dns_cannot_have_authorizes_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
