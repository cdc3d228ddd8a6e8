/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the client does without any server.  With arguments it is the program
 * that tests/system/test_dns_client.py runs against servers: NAME=VALUE are
 * options; questions are on standard input, "TYPE NAME" a line, answers on
 * standard output, JSON a line, and then the counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/text.h"
#include "dns/dns_client.h"

/* --- the program -----------------------------------------------------------
 */

static const char *const statuses[] = {
	[DNS_OK] = "ok",
	[DNS_NONE] = "none",
	[DNS_NO_NAME] = "no name",
	[DNS_FAILED] = "failed",
};

struct asked {
	enum dns_type type;
	char name[512];
	bool again; /* ask for what a PTR record names, too */
	struct dns_client *client;
	struct asked *next;
};

static void
put(struct buf *b)
{
	buf_add_str(b, "}\n");
	fwrite(b->at, 1, b->len, stdout);
	buf_done(b);
}

static void
on_answer(void *arg, const struct dns_answer *a)
{
	struct asked *q = arg;
	struct buf b = { 0 }, records = { 0 };

	dns_write_records(&records, q->type, a);
	buf_add_char(&b, '{');
	json_add_member(&b, "type", dns_type_word(q->type));
	json_add_member(&b, "name", q->name);
	json_add_member(&b, "status", statuses[a->status]);
	json_add_member(&b, "failure", a->failure);
	json_add_member(&b, "canonical", a->canonical);
	json_add_member_int(&b, "authentic", a->is_authentic);
	json_add_member_int(&b, "cut", a->is_cut);
	json_add_member_int(&b, "asked", a->asked_ts != 0);
	json_add_member_int(&b, "n", (int64_t)a->n);
	json_add_member(&b, "records", buf_str(&records));
	put(&b);
	buf_done(&records);
	if (q->again && a->status == DNS_OK)
		dns_client_start(
		    q->client, DNS_A, a->records[0].text, NULL, NULL);
}

static long
peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (f != NULL && kb == 0 && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "VmHWM: %ld", &kb);
	if (f != NULL)
		fclose(f);
	return kb;
}

static void
put_counts(const struct dns_client *client, const struct err *err)
{
	const struct dns_counts *n = dns_client_counts(client);
	struct rusage used;
	struct buf b = { 0 };

	getrusage(RUSAGE_SELF, &used);
	buf_add_char(&b, '{');
	json_add_member_int(&b, "asked", (int64_t)n->asked);
	json_add_member_int(&b, "sent", (int64_t)n->sent);
	json_add_member_int(&b, "answered", (int64_t)n->answered);
	json_add_member_int(&b, "failed", (int64_t)n->failed);
	json_add_member_int(&b, "not_asked", (int64_t)n->not_asked);
	json_add_member_int(&b, "in_a_row", (int64_t)n->in_a_row);
	json_add_member(&b, "servers", dns_client_servers(client));
	json_add_member_int(&b, "patience", dns_client_patience_ms(client));
	json_add_member(&b, "error", err->class == ERR_NONE ? NULL : err->text);
	json_add_member_int(&b, "cpu_us",
	    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	        used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	json_add_member_int(&b, "peak_kb", peak_kb());
	put(&b);
}

static bool
read_type(const char *word, enum dns_type *type)
{
	int i;

	for (i = 1; i < 100; i++) {
		const char *known = dns_type_word((enum dns_type)i);

		if (known != NULL && strcmp(known, word) == 0) {
			*type = (enum dns_type)i;
			return true;
		}
	}
	return false;
}

static int
read_number(const char *text)
{
	int64_t n;

	if (!text_read_int(text, 0, INT32_MAX, &n))
		exit(2);
	return (int)n;
}

struct how {
	struct dns_options options;
	bool by_source, again, forget;
};

static void
read_option(struct how *how, const char *word)
{
	const char *value = strchr(word, '=');
	const struct {
		const char *name;
		int *n;
	} numbers[] = {
		{ "wait=", &how->options.timeout_ms },
		{ "tries=", &how->options.tries },
		{ "in_flight=", &how->options.in_flight },
		{ "per_second=", &how->options.per_second },
		{ "most=", &how->options.most },
		{ "deadline=", &how->options.deadline_ms },
		{ "give_up=", &how->options.give_up_after },
	};
	size_t i;

	if (value == NULL)
		exit(2);
	value++;
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (strncmp(word, numbers[i].name, strlen(numbers[i].name)) ==
		    0)
			*numbers[i].n = read_number(value);
	if (strncmp(word, "servers=", 8) == 0)
		how->options.servers = value;
	else if (strncmp(word, "resolv_conf=", 12) == 0)
		how->options.resolv_conf = value;
	else if (strncmp(word, "source=", 7) == 0)
		how->by_source = true;
	else if (strncmp(word, "again=", 6) == 0)
		how->again = true;
	else if (strncmp(word, "forget=", 7) == 0)
		how->forget = true;
}

static void
answer_all(struct dns_client *client, const struct how *how)
{
	struct dns_source source = dns_client_source(client);
	struct err err = ERR_INIT;
	struct asked *all = NULL, *q;
	char line[600], word[16], name[512];
	enum dns_type type;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "%15s %511s", word, name) != 2 ||
		    !read_type(word, &type))
			exit(2);
		q = xcalloc(1, sizeof(*q));
		*q = (struct asked) { type, "", how->again, client, all };
		snprintf(q->name, sizeof(q->name), "%s", name);
		all = q;
		if (how->by_source)
			on_answer(q, dns_ask(&source, type, name));
		else
			dns_client_start(client, type, name, on_answer, q);
		if (how->forget) {
			dns_client_run(client, &err);
			dns_client_forget(client);
		}
	}
	dns_client_run(client, &err);
	put_counts(client, &err);
	for (; (q = all) != NULL; free(q))
		all = q->next;
}

static int
program(char **words)
{
	struct how how = { .options = DNS_OPTIONS_DOMAIN };
	struct err err = ERR_INIT;
	struct dns_client *client;

	for (; *words != NULL; words++)
		read_option(&how, *words);
	if ((client = dns_client_new(&how.options, &err)) == NULL) {
		fprintf(stderr, "%s\n", err.text);
		return err_exit_status(err.class);
	}
	answer_all(client, &how);
	dns_client_free(client);
	return 0;
}

/* --- the tests -------------------------------------------------------------
 */

static struct dns_client *
client_of(const char *servers, struct err *err)
{
	struct dns_options options = DNS_OPTIONS_DOMAIN;

	*err = (struct err)ERR_INIT;
	options.servers = servers;
	return dns_client_new(&options, err);
}

static void
servers_are_addresses_with_ports(void **state)
{
	static const char *const good[][2] = {
		{ "192.0.2.1", "192.0.2.1:53" },
		{ "192.0.2.1:5300", "192.0.2.1:5300" },
		{ "2001:db8::1", "[2001:db8::1]:53" },
		{ "[2001:db8::1]", "[2001:db8::1]:53" },
		{ "[2001:DB8::1]:5300", "[2001:db8::1]:5300" },
		{ "192.0.2.1, ::1,127.0.0.1:1",
		    "192.0.2.1:53, [::1]:53, 127.0.0.1:1" },
	};
	static const char *const bad[] = { "", ",", "192.0.2.1,", "192.0.2",
		"ns.example.org", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:x",
		"192.0.2.1:65536", "[192.0.2.1]:53", "[::1", "[::1]53", "[]",
		"fe80::1%eth0", "1.1.1.1 2.2.2.2" };
	struct dns_client *c;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		c = client_of(good[i][0], &err);
		assert_non_null(c);
		assert_string_equal(dns_client_servers(c), good[i][1]);
		dns_client_free(c);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(client_of(bad[i], &err));
		assert_int_equal(err.class, ERR_USAGE);
		assert_non_null(strstr(err.text, "address of a name server"));
	}
	assert_null(client_of("::1,::1,::1,::1", &err));
	assert_int_equal(err.class, ERR_USAGE);
	assert_non_null(strstr(err.text, "more than 3"));
}

/* The servers that a file names, or the error. */
static char *
from_file(const char *text, struct err *err)
{
	struct dns_options options = DNS_OPTIONS_MANY;
	char path[] = "/tmp/ruad-resolv-XXXXXX", *names = NULL;
	struct dns_client *c;
	int fd = mkstemp(path);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	options.resolv_conf = path;
	*err = (struct err)ERR_INIT;
	c = dns_client_new(&options, err);
	if (c != NULL)
		names = xstrdup(dns_client_servers(c));
	else {
		assert_int_equal(err->class, ERR_NET);
		assert_non_null(strstr(err->text, path));
	}
	dns_client_free(c);
	unlink(path);
	return names;
}

static void
the_machine_names_its_servers(void **state)
{
	static const char *const files[][2] = {
		{ "nameserver 192.0.2.1\n", "192.0.2.1:53" },
		{ "nameserver\t192.0.2.1", "192.0.2.1:53" },
		{ "# nameserver 192.0.2.9\n;nameserver 192.0.2.8\n"
		  "search example.org\nnameserver  ::1  # here\n"
		  "nameserver 192.0.2.1;x\noptions rotate\n",
		    "[::1]:53, 192.0.2.1:53" },
		{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
		  "nameserver 192.0.2.3\nnameserver 192.0.2.4\n",
		    "192.0.2.1:53, 192.0.2.2:53, 192.0.2.3:53" },
		{ "nameserver fe80::1%eth0\nnameserver 192.0.2.1\n",
		    "192.0.2.1:53" },
	};
	static const char *const none[] = { "", "\n\n", "nameserver\n",
		"nameserver \n", "nameservers 192.0.2.1\n",
		"nameserver example.org\n", "nameserver fe80::1%eth0\n",
		"options x" };
	struct dns_options options = DNS_OPTIONS_MANY;
	struct err err = ERR_INIT;
	char *names;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		names = from_file(files[i][0], &err);
		assert_non_null(names);
		assert_string_equal(names, files[i][1]);
		free(names);
	}
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_null(from_file(none[i], &err));
	options.resolv_conf = "/nonexistent/resolv.conf";
	assert_null(dns_client_new(&options, &err));
	assert_int_equal(err.class, ERR_NET);
	assert_non_null(strstr(err.text, "/nonexistent/resolv.conf"));
}

static void
note(void *arg, const struct dns_answer *a)
{
	const struct dns_answer **out = arg;

	assert_null(*out);
	*out = a;
}

static void
what_is_not_a_name_is_not_asked(void **state)
{
	const struct dns_answer *a = NULL, *b = NULL;
	struct dns_source source;
	struct dns_client *c;
	struct err err;

	(void)state;
	c = client_of("127.0.0.1:1", &err);
	source = dns_client_source(c);
	assert_int_equal(dns_ask(&source, DNS_TXT, "a b")->status, DNS_NO_NAME);
	assert_int_equal(dns_ask(&source, DNS_PTR, "")->status, DNS_NO_NAME);
	dns_client_start(c, DNS_TXT, "..", note, &a);
	assert_null(a);
	dns_client_start(c, DNS_TXT, "..", note, &b);
	assert_int_equal(dns_client_run(c, &err), 0);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_int_equal(a->status, DNS_NO_NAME);
	assert_int_equal(dns_client_counts(c)->asked, 0);
	dns_client_free(c);
	dns_client_free(NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_addresses_with_ports),
		cmocka_unit_test(the_machine_names_its_servers),
		cmocka_unit_test(what_is_not_a_name_is_not_asked),
	};

	if (argc > 1)
		return program(argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
