/* SPDX-License-Identifier: BSD-2-Clause */
/* sender_name: what proves who a source is, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <inttypes.h>

#include "answer/sender_name.h"
#include "answer/sender_network.h"

#define MAX 4

/* Messages by organization; NULL ends the list. */
struct proof {
	const char *org;
	int64_t messages;
};

struct known {
	const char *what;
	struct sender_facts facts;
	struct proof spf[MAX], dkim[MAX], author[MAX];
	int64_t own_spf;
	/* expected */
	enum sender_evidence evidence;
	const char *name;
	const char *author_name;
	const char *service; /* by which, or of which it is a customer */
	const char *also;    /* who else passed, and for how many */
	int64_t also_messages;
};

static const struct known table[] = {
	{ "nothing passed", .evidence = SENDER_BY_ADDRESS },
	{ "the admin knows best", { .label = "Shop", .ptr_domain = "mcsv.net" },
	    { { "sendgrid.net", 9 } }, .evidence = SENDER_BY_RULE,
	    .name = "Shop" },
	{ "a service by its host name", { .ptr_domain = "mcsv.net" },
	    { { "sendgrid.net", 9 } }, .evidence = SENDER_BY_PTR,
	    .name = "Mailchimp", .service = "Mailchimp", .also = "SendGrid",
	    .also_messages = 9 },
	{ "a service by SPF", .spf = { { "mcsv.net", 9 } },
	    .evidence = SENDER_BY_SPF, .name = "Mailchimp",
	    .service = "Mailchimp" },
	{ "another organization by SPF", .spf = { { "news.example", 9 } },
	    .evidence = SENDER_BY_SPF, .name = "news.example" },
	{ "most messages decide",
	    .spf = { { "a.example", 4 }, { "b.example", 5 } },
	    .evidence = SENDER_BY_SPF, .name = "b.example", .also = "a.example",
	    .also_messages = 4 },
	{ "domains of one service count together",
	    .spf = { { "b.example", 5 }, { "mcsv.net", 3 },
	        { "mcdlv.net", 3 } },
	    .evidence = SENDER_BY_SPF, .name = "Mailchimp",
	    .service = "Mailchimp", .also = "b.example", .also_messages = 5 },
	{ "of equal ones the first by name",
	    .spf = { { "b.example", 5 }, { "a.example", 5 } },
	    .evidence = SENDER_BY_SPF, .name = "a.example", .also = "b.example",
	    .also_messages = 5 },
	{ "a service by a signature", .dkim = { { "mcsv.net", 9 } },
	    .evidence = SENDER_BY_DKIM, .name = "Mailchimp",
	    .service = "Mailchimp" },
	{ "a service with a return path of the domain",
	    .dkim = { { "mcsv.net", 9 } }, .own_spf = 10,
	    .evidence = SENDER_BY_DKIM, .name = "Mailchimp",
	    .service = "Mailchimp" },
	{ "few signatures name nobody", .dkim = { { "mcsv.net", 4 } },
	    .own_spf = 10, .evidence = SENDER_BY_OWN_SPF, .name = "own SPF",
	    .also = "Mailchimp", .also_messages = 4 },
	{ "its own SPF record", .own_spf = 1, .evidence = SENDER_BY_OWN_SPF,
	    .name = "own SPF" },
	{ "own SPF passes for more than the other",
	    .spf = { { "a.example", 4 } }, .own_spf = 5,
	    .evidence = SENDER_BY_OWN_SPF, .name = "own SPF",
	    .also = "a.example", .also_messages = 4 },
	{ "handed over by somebody else", .spf = { { "list.example", 9 } },
	    .author = { { "mcsv.net", 9 } }, .evidence = SENDER_BY_SPF,
	    .name = "list.example", .author_name = "Mailchimp" },
	{ "handed over now and then", .spf = { { "list.example", 9 } },
	    .author = { { "mcsv.net", 4 } }, .evidence = SENDER_BY_SPF,
	    .name = "list.example", .also = "Mailchimp", .also_messages = 4 },
	{ "beside the one that it is handed over by",
	    .spf = { { "list.example", 9 }, { "a.example", 1 } },
	    .dkim = { { "list.example", 7 }, { "b.example", 2 } },
	    .author = { { "mcsv.net", 6 }, { "sendgrid.net", 3 } },
	    .evidence = SENDER_BY_SPF, .name = "list.example",
	    .author_name = "Mailchimp", .also = "SendGrid",
	    .also_messages = 3 },
	{ "a host name of a service, and what passes there",
	    { .ptr_domain = "mcsv.net" },
	    { { "a.example", 2 }, { "mcsv.net", 9 } },
	    .evidence = SENDER_BY_PTR, .name = "Mailchimp",
	    .service = "Mailchimp", .also = "a.example", .also_messages = 2 },
	{ "handed over by nobody knows whom", .author = { { "mcsv.net", 9 } },
	    .evidence = SENDER_BY_ADDRESS, .author_name = "Mailchimp" },
	{ "a customer of a host has no name", .spf = { { "amazonaws.com", 9 } },
	    .evidence = SENDER_BY_ADDRESS, .service = "Amazon Web Services" },
	{ "a host name", { .ptr_domain = "other.example" },
	    .evidence = SENDER_BY_PTR_DOMAIN, .name = "other.example" },
	{ "a network's owner", { .as_name = "Example Hosting" },
	    .evidence = SENDER_BY_AS, .name = "Example Hosting" },
};

static void
add(struct array *proofs, const struct proof *p)
{
	size_t i;

	for (i = 0; i < MAX && p[i].org != NULL; i++)
		sender_proof_add(
		    proofs, p[i].org, service_find(p[i].org), p[i].messages);
}

static void
check_text(const char *what, const char *got, const char *want)
{
	if (got == NULL || want == NULL ? got != want : strcmp(got, want) != 0)
		fail_msg("%s: %s, not %s", what, got != NULL ? got : "nothing",
		    want != NULL ? want : "nothing");
}

static void
what_passed_names_a_source(void **state)
{
	const struct known *k;
	struct sender_proofs proofs;
	struct sender_name n;

	(void)state;
	for (k = table; k < table + sizeof(table) / sizeof(table[0]); k++) {
		proofs = (struct sender_proofs) { .own_spf = k->own_spf };
		add(&proofs.spf, k->spf);
		add(&proofs.dkim, k->dkim);
		add(&proofs.author, k->author);
		sender_name_find(&n, &k->facts, &proofs);
		check_text(k->what, sender_evidence_words[n.evidence],
		    sender_evidence_words[k->evidence]);
		check_text(k->what, n.name, k->name);
		check_text(k->what, n.author, k->author_name);
		check_text(k->what, n.service != NULL ? n.service->name : NULL,
		    k->service);
		check_text(k->what, n.also, k->also);
		if (n.also_messages != k->also_messages)
			fail_msg("%s: %" PRId64 " messages", k->what,
			    n.also_messages);
		sender_proofs_done(&proofs);
	}
}

static void
a_network_is_a_24_or_a_64(void **state)
{
	static const char *const pairs[][2] = {
		{ "192.0.2.77", "192.0.2.0/24" },
		{ "0.0.0.0", "0.0.0.0/24" },
		{ "255.255.255.255", "255.255.255.0/24" },
		{ "2001:db8:0:25::9", "2001:db8:0:25::/64" },
		{ "2001:db8::1:2:3:4", "2001:db8::/64" },
		{ "::1", "::/64" },
	};
	uint8_t key[SENDER_KEY], none[SENDER_KEY] = { 0 };
	char text[SENDER_NETWORK];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		sender_network_read(pairs[i][0], key);
		sender_network_write(key, text);
		assert_string_equal(text, pairs[i][1]);
	}
	sender_network_read(NULL, key);
	assert_memory_equal(key, none, sizeof(none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_passed_names_a_source),
		cmocka_unit_test(a_network_is_a_24_or_a_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
