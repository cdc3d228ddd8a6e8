/* SPDX-License-Identifier: BSD-2-Clause */
/* received: what each kind of host writes, and where the receiver begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "parse/received.h"

#define DATE "; Fri, 27 Nov 2026 09:15:08 +0000"
#define TIME 1795770908

static void
assert_text(const char *field, const char *is, const char *should)
{
	if (is == NULL && should == NULL)
		return;
	if (is == NULL || should == NULL || strcmp(is, should) != 0)
		fail_msg("%s: %s, not %s", field, is != NULL ? is : "none",
		    should != NULL ? should : "none");
}

static void
each_writer_is_understood(void **state)
{
	static const struct {
		const char *field;
		struct explain_hop hop;
	} all[] = {
		/* Postfix */
		{ " from mail.example.net (mx7.example.net [198.51.100.7])\n\t"
		  "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
		  "bits))\n\t(No client certificate requested)\n\tby "
		  "mx.example.org (Postfix) with ESMTPS id 4LtT\n\tfor "
		  "<anna@example.org>" DATE " (UTC)\n",
		    { .by = "mx.example.org",
		        .from_helo = "mail.example.net",
		        .from_name = "mx7.example.net",
		        .from_ip = "198.51.100.7",
		        .with = "ESMTPS",
		        .tls = "using TLSv1.3 with cipher "
		               "TLS_AES_256_GCM_SHA384 (256/256 bits)",
		        .id = "4LtT",
		        .for_address = "anna@example.org",
		        .time = TIME } },
		{ "from x (unknown [IPv6:2001:DB8::7]) by MX.example.org "
		  "(Postfix) with SMTP" DATE,
		    { .by = "mx.example.org",
		        .from_helo = "x",
		        .from_ip = "2001:db8::7",
		        .with = "SMTP",
		        .time = TIME } },
		/* a user who sends, and whose name is no host */
		{ "from laptop (p1.isp.example [203.0.113.9]) (Authenticated "
		  "sender: a@other.example) by mail.example.org with ESMTPSA",
		    { .by = "mail.example.org",
		        .from_helo = "laptop",
		        .from_name = "p1.isp.example",
		        .from_ip = "203.0.113.9",
		        .with = "ESMTPSA" } },
		{ "by mail.example.org (Postfix, from userid 1000) id 1A" DATE,
		    { .by = "mail.example.org", .id = "1A", .time = TIME } },
		/* Exim */
		{ "from mx7.example.net ([198.51.100.7]:4711 helo=mail) by "
		  "mx.example.org with esmtps  (TLS1.3) tls "
		  "TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from "
		  "<b@example.com>) id 1tG-000-1A for a@example.org" DATE,
		    { .by = "mx.example.org",
		        .from_helo = "mail",
		        .from_name = "mx7.example.net",
		        .from_ip = "198.51.100.7",
		        .with = "esmtps",
		        .tls = "TLS1.3",
		        .id = "1tG-000-1A",
		        .for_address = "a@example.org",
		        .time = TIME } },
		{ "from [198.51.100.7] (helo=mail.example.net) by mx with smtp",
		    { .by = "mx",
		        .from_helo = "mail.example.net",
		        .from_ip = "198.51.100.7",
		        .with = "smtp" } },
		/* Exchange */
		{ "from A.prod.outlook.com (2603:10a6:208:1::2) by "
		  "B.outlook.office365.com (2603:10a6:10:3b::8) with Microsoft "
		  "SMTP Server (version=TLS1_2, cipher=X) id 15.20.1.2 via "
		  "Frontend Transport" DATE,
		    { .by = "b.outlook.office365.com",
		        .from_helo = "a.prod.outlook.com",
		        .from_ip = "2603:10a6:208:1::2",
		        .with = "Microsoft SMTP Server",
		        .tls = "version=TLS1_2, cipher=X",
		        .id = "15.20.1.2",
		        .time = TIME } },
		/* Google */
		{ "by 2002:a05:6402:1::2 with SMTP id a12csp1" DATE,
		    { .by = "2002:a05:6402:1::2",
		        .with = "SMTP",
		        .id = "a12csp1",
		        .time = TIME } },
		/* Sendmail */
		{ "from mail (root@mx7.example.net. [198.51.100.7] (may be "
		  "forged)) by mx.example.org (8.17/8.17) with ESMTP id x",
		    { .by = "mx.example.org",
		        .from_helo = "mail",
		        .from_ip = "198.51.100.7",
		        .with = "ESMTP",
		        .id = "x" } },
		/* qmail, Yahoo */
		{ "from mx7.example.net (HELO mail.example.net) "
		  "(198.51.100.7) by mx.example.org with SMTP",
		    { .by = "mx.example.org",
		        .from_helo = "mail.example.net",
		        .from_name = "mx7.example.net",
		        .from_ip = "198.51.100.7",
		        .with = "SMTP" } },
		{ "from 198.51.100.7 (EHLO mail.example.net) by 10.1.1.1 with "
		  "SMTPs (version=TLS1_3 cipher=Y)",
		    { .by = "10.1.1.1",
		        .from_helo = "mail.example.net",
		        .from_ip = "198.51.100.7",
		        .with = "SMTPs",
		        .tls = "version=TLS1_3 cipher=Y" } },
		{ "(qmail 12 invoked by uid 89)" DATE, { .time = TIME } },
		/* nonsense */
		{ "", { .by = NULL } },
		{ "from by with id for;", { .from_helo = "by" } },
		{ "(((", { .by = NULL } },
		{ "from a (b; c) by d; no date",
		    { .by = "d", .from_helo = "a" } },
	};
	struct arena arena = { 0 };
	struct explain_hop h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		memset(&h, 0, sizeof(h));
		received_read(all[i].field, strlen(all[i].field), &arena, &h);
		print_message("%.60s\n", all[i].field);
		assert_text("by", h.by, all[i].hop.by);
		assert_text("helo", h.from_helo, all[i].hop.from_helo);
		assert_text("name", h.from_name, all[i].hop.from_name);
		assert_text("ip", h.from_ip, all[i].hop.from_ip);
		assert_text("with", h.with, all[i].hop.with);
		assert_text("tls", h.tls, all[i].hop.tls);
		assert_text("id", h.id, all[i].hop.id);
		assert_text("for", h.for_address, all[i].hop.for_address);
		assert_int_equal(h.time, all[i].hop.time);
	}
	arena_done(&arena);
}

#define FOREIGN \
	"from mail.example.net (mail.example.net [198.51.100.7]) by " \
	"mx.example.org"

/* The number of the border or edge among some fields, from the top. */
static int
find(int (*which)(const struct array *), const char *const *fields)
{
	struct array hops = { 0 };
	struct arena arena = { 0 };
	int border;

	for (; *fields != NULL; fields++)
		received_read(*fields, strlen(*fields), &arena,
		    array_add(&hops, sizeof(struct explain_hop)));
	border = which(&hops);
	array_done(&hops);
	arena_done(&arena);
	return border;
}

#define FIND(which, ...) \
	find(which, (const char *const[]) { __VA_ARGS__, NULL })
#define BORDER(...) FIND(received_border, __VA_ARGS__)
#define EDGE(...) FIND(received_edge, __VA_ARGS__)

static void
the_border_is_where_somebody_else_came_in(void **state)
{
	(void)state;
	/* Without an address, a client that names itself may be anybody. */
	assert_int_equal(BORDER("from win by mx.example.org with ESMTP"), 0);
	assert_int_equal(
	    BORDER("from mail.example.net by mx with ESMTP id 1"), 0);
	assert_int_equal(BORDER("from root by mx.example.org with local"), -1);
	assert_int_equal(BORDER("from mx by mx with ESMTP"), -1);
	assert_int_equal(
	    BORDER("from localhost by mx.example.org with ESMTP"), -1);
	assert_int_equal(BORDER(FOREIGN), 0);
	/* Inside: an address of nobody, a name of the same organization. */
	assert_int_equal(
	    BORDER("from mx (mx [10.1.2.3]) by imap.example.org", FOREIGN), 1);
	assert_int_equal(BORDER("from mx.example.org (mx.example.org "
	                        "[203.0.113.1]) by imap.example.org",
	                     FOREIGN),
	    1);
	assert_int_equal(
	    BORDER("from mx (mx [fd00::1]) by imap.example.org", FOREIGN), 1);
	assert_int_equal(BORDER("by imap.example.org with LMTP", FOREIGN), 1);
	assert_int_equal(BORDER("from a (a [127.0.0.1]) by b"), -1);
	assert_int_equal(BORDER("by imap.example.org"), -1);
}

static void
a_host_that_only_its_name_shows_to_be_inside_is_the_edge(void **state)
{
	static const char by_address[] =
	    "from mx (mx [10.1.2.3]) by imap.example.org";
	static const char by_name[] = "from c7.example.org (c7.example.org "
	                              "[203.0.113.7]) by mx.example.org";

	(void)state;
	assert_int_equal(EDGE(FOREIGN), 0);
	assert_int_equal(EDGE(by_address, FOREIGN), 1);
	assert_int_equal(EDGE(by_address, by_name, FOREIGN), 1);
	assert_int_equal(BORDER(by_address, by_name, FOREIGN), 2);
	assert_int_equal(EDGE(by_address), -1);
}

static void
a_name_that_the_client_gave_itself_proves_nothing(void **state)
{
	(void)state;
	assert_int_equal(BORDER("from mx.example.org (unknown [198.51.100.66]) "
	                        "by imap.example.org",
	                     FOREIGN),
	    0);
	assert_int_equal(BORDER("from mx.example.org (mx.example.org "
	                        "[198.51.100.66] (may be forged)) by "
	                        "imap.example.org",
	                     FOREIGN),
	    0);
	/* Exchange writes nothing else; then only its own networks count. */
	assert_int_equal(BORDER("from a.prod.outlook.com (198.51.100.66) by "
	                        "b.mail.protection.outlook.com (10.1.1.1)",
	                     FOREIGN),
	    0);
	assert_int_equal(BORDER("from a.prod.outlook.com (2603:10a6:1::2) by "
	                        "b.outlook.office365.com (2603:10a6:1::3)",
	                     FOREIGN),
	    1);
}

static void
customers_of_one_service_are_not_one_organization(void **state)
{
	(void)state;
	assert_int_equal(
	    BORDER("from x.outbound.protection.outlook.com (40.107.1.1) by "
	           "b.mail.protection.outlook.com (10.1.1.1)",
	        FOREIGN),
	    0);
	assert_int_equal(BORDER("from mail-x.google.com (mail-x.google.com. "
	                        "[209.85.1.1]) by mx.google.com with ESMTPS",
	                     FOREIGN),
	    0);
}

static void
an_id_is_the_receivers_by_organization_or_by_host(void **state)
{
	const struct explain_hop mx = { .by = "mx1.example.org" };
	const struct explain_hop none = { 0 };

	(void)state;
	assert_true(received_is_named_after(&mx, "mx1.example.org"));
	assert_true(received_is_named_after(&mx, "Example.ORG"));
	assert_true(received_is_named_after(&mx, "mx1"));
	assert_false(received_is_named_after(&mx, "mx2"));
	assert_false(received_is_named_after(&mx, "example.net"));
	assert_false(received_is_named_after(&mx, ""));
	assert_false(received_is_named_after(&mx, NULL));
	assert_false(received_is_named_after(&none, "mx1"));
}

/* Whatever name a stranger has or gives, the address is the server's word. */
static void
names_of_clients_hide_no_address(void **state)
{
	static const char *const all[] = {
		"by (unknown [198.51.100.9])",
		"with (unknown [198.51.100.9])",
		"for (unknown [198.51.100.9])",
		"id (unknown [198.51.100.9])",
		"via (unknown [198.51.100.9])",
		"from (unknown [198.51.100.9])",
		"[127.0.0.1] (unknown [198.51.100.9])",
		"x (127.0.0.1 [198.51.100.9] (may be forged))",
		"x (helo [198.51.100.9])",
		"x (tls.example.net [198.51.100.9])",
		"x (ssl.example.net [198.51.100.9]) (using TLSv1.3 with cipher "
		"X)",
		"x (authenticated.example.net [198.51.100.9])",
		"x (envelope.example.net [198.51.100.9])",
		"x (localhost [127.0.0.1]) (unknown [198.51.100.9])",
		"tls.example.net ([198.51.100.9]:2525 helo=[127.0.0.1])",
		"unknown (HELO [127.0.0.1]) (198.51.100.9)",
		"localhost (HELO localhost) (root@198.51.100.9)",
		"localhost (HELO localhost) (127.0.0.1@198.51.100.9)",
		"x (root@[198.51.100.9])",
		"x (198.51.100.9:2525)",
		"x (tls.example.net[198.51.100.9])",
	};
	struct explain_hop hop;
	struct arena arena = { 0 };
	char field[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(field, sizeof(field),
		    "from %s by mx.example.org (Postfix) with ESMTP id 1" DATE,
		    all[i]);
		hop = (struct explain_hop) { 0 };
		received_read(field, strlen(field), &arena, &hop);
		assert_text(all[i], hop.from_ip, "198.51.100.9");
		assert_text(all[i], hop.by, "mx.example.org");
	}
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_writer_is_understood),
		cmocka_unit_test(the_border_is_where_somebody_else_came_in),
		cmocka_unit_test(names_of_clients_hide_no_address),
		cmocka_unit_test(
		    a_host_that_only_its_name_shows_to_be_inside_is_the_edge),
		cmocka_unit_test(
		    a_name_that_the_client_gave_itself_proves_nothing),
		cmocka_unit_test(
		    customers_of_one_service_are_not_one_organization),
		cmocka_unit_test(
		    an_id_is_the_receivers_by_organization_or_by_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
