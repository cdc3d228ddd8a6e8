/* SPDX-License-Identifier: BSD-2-Clause */
/* service: who sends for others, and how a domain leads to it. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <libpsl.h>

#include "report/align.h"
#include "report/service.h"
#include "report/service_table.h"

/* --- the table ------------------------------------------------------------ */

static void
assert_sorted(const struct service *table, size_t n, const char *kinds)
{
	size_t i;

	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(table[i - 1].domain, table[i].domain) >= 0)
			fail_msg("%s comes before %s", table[i - 1].domain,
			    table[i].domain);
		if (strstr(kinds, service_kind_word(table[i].kind)) == NULL)
			fail_msg("%s is not of %s", table[i].domain, kinds);
	}
}

static void
each_table_is_sorted_and_of_its_kinds(void **state)
{
	(void)state;
	assert_sorted(service_bulk, service_bulk_size, "service");
	assert_sorted(
	    service_mail, service_mail_size, "mailbox gateway forwarder");
	assert_sorted(service_host, service_host_size, "host isp");
}

/* In two tables, one of both would never be found. */
static void
each_domain_finds_itself(void **state)
{
	size_t i, n = service_count();

	(void)state;
	assert_true(
	    n == service_bulk_size + service_mail_size + service_host_size);
	for (i = 0; i < n; i++)
		if (service_find(service_at(i)->domain) != service_at(i))
			fail_msg("%s is found elsewhere, or not at all",
			    service_at(i)->domain);
}

static bool
is_host_name(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0' &&
	    strstr(s, "..") == NULL && s[0] != '.' && s[strlen(s) - 1] != '.';
}

/*
 * Below a suffix of a registry.  One of a company, below which its customers
 * register, has an owner and may be in the table.
 */
static void
each_domain_is_registered_by_somebody(void **state)
{
	const psl_ctx_t *psl = psl_builtin();
	char organization[ALIGN_DOMAIN];
	const char *domain;
	size_t i;

	(void)state;
	assert_non_null(psl);
	for (i = 0; i < service_count(); i++) {
		domain = service_at(i)->domain;
		if (!is_host_name(domain) || strchr(domain, '.') == NULL)
			fail_msg("%s is no domain in lower case", domain);
		if (align_organization(domain, organization))
			continue;
		if (psl_is_public_suffix2(psl, domain, PSL_TYPE_ICANN))
			fail_msg("%s is a public suffix", domain);
	}
	assert_false(align_organization("co.uk", organization));
	assert_true(psl_is_public_suffix2(psl, "co.uk", PSL_TYPE_ICANN));
}

/* Letters and digits only: "Mail.ru" and "mail ru" are one. */
static bool
is_same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a != '\0' && !isalnum((unsigned char)*a))
			a++;
		while (*b != '\0' && !isalnum((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

static void
each_service_has_one_name_and_kind(void **state)
{
	const struct service *a, *b;
	size_t i, k;

	(void)state;
	for (i = 0; i < service_count(); i++)
		for (k = 0; k < i; k++) {
			a = service_at(i);
			b = service_at(k);
			if (strcmp(a->name, b->name) == 0) {
				if (a->kind != b->kind)
					fail_msg("%s, %s: two kinds of %s",
					    a->domain, b->domain, a->name);
			} else if (is_same_name(a->name, b->name))
				fail_msg("%s and %s", a->name, b->name);
		}
}

/* Of letters and digits; what a shell would need to be told is in none. */
static bool
is_plain(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr(" .-&", *p) == NULL)
			return false;
	return p != s && p - s <= 30 && s[0] != ' ' && p[-1] != ' ';
}

/* They are printed in tables of 80 columns, and in commands to be copied. */
static void
each_fact_can_be_printed(void **state)
{
	const struct service *s;
	size_t i, length;

	(void)state;
	for (i = 0; i < service_count(); i++) {
		s = service_at(i);
		if (!is_plain(s->name) ||
		    (service_is_name(s->kind) && strchr(s->name, '&') != NULL))
			fail_msg("%s: \"%s\"", s->domain, s->name);
		length = strlen(s->from);
		if (strcmp(s->from, SERVICE_OWN) != 0 &&
		    (length < 8 ||
		        strspn(s->from + length - 4, "0123456789") != 4))
			fail_msg("%s is from \"%s\"", s->domain, s->from);
	}
}

static void
at_least_150_services_are_known(void **state)
{
	size_t i, k, names = 0;

	(void)state;
	for (i = 0; i < service_count(); i++) {
		for (k = 0; k < i; k++)
			if (strcmp(service_at(i)->name, service_at(k)->name) ==
			    0)
				break;
		names += k == i;
	}
	assert_true(names >= 150);
	assert_true(service_count() >= 350);
}

/* --- kinds ---------------------------------------------------------------- */

static void
each_kind_has_its_word(void **state)
{
	static const char *const words[SERVICE_KINDS] = { "service", "mailbox",
		"gateway", "forwarder", "host", "isp" };
	bool is_used[SERVICE_KINDS] = { false };
	size_t i;

	(void)state;
	for (i = 0; i < SERVICE_KINDS; i++)
		assert_string_equal(
		    service_kind_word((enum service_kind)i), words[i]);
	for (i = 0; i < service_count(); i++)
		is_used[service_at(i)->kind] = true;
	for (i = 0; i < SERVICE_KINDS; i++)
		assert_true(is_used[i]);
}

static void
hosts_and_providers_name_no_sender(void **state)
{
	(void)state;
	assert_true(service_is_name(SERVICE_SERVICE));
	assert_true(service_is_name(SERVICE_MAILBOX));
	assert_true(service_is_name(SERVICE_GATEWAY));
	assert_true(service_is_name(SERVICE_FORWARDER));
	assert_false(service_is_name(SERVICE_HOST));
	assert_false(service_is_name(SERVICE_ISP));
}

/* --- looking up ----------------------------------------------------------- */

static void
assert_name(const char *domain, const char *name)
{
	const struct service *s = service_find(domain);

	if (s == NULL)
		fail_msg("%s is of nobody", domain);
	assert_string_equal(s->name, name);
}

static void
a_domain_and_all_below_it_are_found(void **state)
{
	(void)state;
	assert_name("mcsv.net", "Mailchimp");
	assert_name("mail12.suw11.mcsv.net", "Mailchimp");
	assert_name("eu-west-1.amazonses.com", "Amazon SES");
	assert_name("a.b.c.d.e.f.g.h.i.j.k.l.sendgrid.net", "SendGrid");
}

static void
case_and_a_final_dot_do_not_count(void **state)
{
	(void)state;
	assert_name("MCSV.NET", "Mailchimp");
	assert_name("mail1.Mcsv.nEt.", "Mailchimp");
	assert_name("mcsv.net.", "Mailchimp");
}

static void
the_longest_domain_wins(void **state)
{
	(void)state;
	assert_name("outlook.com", "Outlook.com");
	assert_name("mail-a.outbound.protection.outlook.com", "Microsoft 365");
	assert_name("eur01.outlook.com", "Outlook.com");
	assert_name("smtp.mail-out.ovh.net", "OVHcloud Mail");
	assert_name("vps1.ovh.net", "OVHcloud");
	assert_name("a.abo.wanadoo.fr", "Orange Internet");
	assert_name("smtp.wanadoo.fr", "Orange");
}

static void
labels_are_compared_whole(void **state)
{
	(void)state;
	assert_null(service_find("notmcsv.net"));
	assert_null(service_find("mail.not-mcsv.net"));
	assert_null(service_find("csv.net"));
	assert_null(service_find("mcsv.net.example"));
	assert_null(service_find("mcsv.netx"));
	assert_null(service_find("mcsvxnet"));
	assert_null(service_find("net"));
	assert_null(service_find("com"));
	assert_null(service_find("example.org"));
}

static void
what_is_no_domain_is_of_nobody(void **state)
{
	static const char *const others[] = { "", ".", "..", "...", " ", "@",
		"mcsv.net..", "mcsv.net ", "mcsv.net\n", "mcsv..net",
		"user@mcsv.net", "198.51.100.7", "[198.51.100.7]",
		"2001:db8::1", "\xff\xfe.\x80", "mcsv\xc2\xad.net",
		"mcsv.net\x1b[0m", "xn--", "<mcsv.net>" };
	size_t i;

	(void)state;
	assert_null(service_find(NULL));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (service_find(others[i]) != NULL)
			fail_msg("\"%s\"", others[i]);
}

/* RFC 1035: 253 characters, and a dot. */
static void
a_name_that_is_too_long_is_of_nobody(void **state)
{
	static const char end[] = ".mcsv.net";
	size_t length;
	char *name;

	(void)state;
	name = malloc(100001);
	assert_non_null(name);
	for (length = 245; length <= 256; length++) {
		memset(name, 'a', length);
		memcpy(name + length - strlen(end), end, sizeof(end));
		if (length <= 253)
			assert_name(name, "Mailchimp");
		else
			assert_null(service_find(name));
	}
	memset(name, 'a', 253);
	memcpy(name + 253 - strlen(end), ".mcsv.net.", 11);
	assert_name(name, "Mailchimp");
	memset(name, '.', 100000);
	memcpy(name + 100000 - strlen(end), end, sizeof(end));
	assert_null(service_find(name));
	free(name);
}

static void
no_byte_breaks_the_search(void **state)
{
	char name[12];
	unsigned i, k;

	(void)state;
	for (i = 1; i < 256; i++)
		for (k = 0; k < 8; k++) {
			memcpy(name, "mcsv.net", 9);
			name[k] = (char)i;
			if (strcasecmp(name, "mcsv.net") == 0)
				assert_name(name, "Mailchimp");
			else if (k < 4 || i != '.')
				assert_null(service_find(name));
			else
				(void)service_find(name);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_table_is_sorted_and_of_its_kinds),
		cmocka_unit_test(each_domain_finds_itself),
		cmocka_unit_test(each_domain_is_registered_by_somebody),
		cmocka_unit_test(each_service_has_one_name_and_kind),
		cmocka_unit_test(each_fact_can_be_printed),
		cmocka_unit_test(at_least_150_services_are_known),
		cmocka_unit_test(each_kind_has_its_word),
		cmocka_unit_test(hosts_and_providers_name_no_sender),
		cmocka_unit_test(a_domain_and_all_below_it_are_found),
		cmocka_unit_test(case_and_a_final_dot_do_not_count),
		cmocka_unit_test(the_longest_domain_wins),
		cmocka_unit_test(labels_are_compared_whole),
		cmocka_unit_test(what_is_no_domain_is_of_nobody),
		cmocka_unit_test(a_name_that_is_too_long_is_of_nobody),
		cmocka_unit_test(no_byte_breaks_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
