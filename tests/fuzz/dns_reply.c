/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns_reply: whatever a name server sends, what is told of it is whole: text
 * without NULs, names that can be asked for, and what the database keeps of it
 * is read back as it was.  The first byte chooses the type, and whether the
 * question is repeated as it was, so that more is read than that.
 */
#include <arpa/inet.h>

#include "dns/dns_reply.h"
#include "fuzz.h"

#define NAME "example.org"
#define HEADER 12

static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_PTR,
	DNS_MX, DNS_TXT, DNS_AAAA, DNS_SPF };

static void
must_be_name(const char *name)
{
	char lower[DNS_NAME];

	if (name[0] == '\0')
		return;
	MUST(dns_write_name(name, lower));
	MUST(strcmp(name, lower) == 0);
}

static void
must_be_record(enum dns_type type, const struct dns_record *r)
{
	uint8_t address[16];
	size_t i;

	MUST(strlen(r->text) == r->len);
	switch (type) {
	case DNS_A:
		MUST(inet_pton(AF_INET, r->text, address) == 1);
		break;
	case DNS_AAAA:
		MUST(inet_pton(AF_INET6, r->text, address) == 1);
		break;
	case DNS_TXT:
	case DNS_SPF:
		MUST(r->nparts > 0 && r->len <= DNS_TEXT_MAX);
		for (i = 1; i < r->nparts; i++)
			MUST(r->ends[i] >= r->ends[i - 1]);
		MUST(r->ends[r->nparts - 1] == r->len);
		break;
	default:
		must_be_name(r->text);
	}
}

static void
must_be_kept(enum dns_type type, const struct dns_answer *a)
{
	struct buf first = { 0 }, second = { 0 };
	struct arena arena = { 0 };
	struct dns_builder b;

	dns_write_records(&first, type, a);
	dns_begin(&b, &arena);
	MUST(dns_read_records(&b, type, buf_str(&first)));
	dns_write_records(&second, type, dns_end(&b));
	MUST(strcmp(buf_str(&first), buf_str(&second)) == 0);
	buf_done(&first);
	buf_done(&second);
	arena_done(&arena);
}

static void
see(enum dns_type type, const uint8_t *data, size_t len)
{
	struct arena arena = { 0 };
	const struct dns_answer *a = dns_reply_read(
	    &arena, type, NAME, data, len, 1);
	size_t i;

	MUST(a->asked_ts == 1);
	MUST((a->status == DNS_FAILED) == (a->failure != NULL));
	MUST((a->status == DNS_OK) == (a->n > 0));
	MUST(a->n <= DNS_RECORDS && (a->n == DNS_RECORDS || !a->is_cut));
	if (a->canonical != NULL)
		must_be_name(a->canonical);
	for (i = 0; i < a->n; i++)
		must_be_record(type, &a->records[i]);
	if (a->status == DNS_OK)
		must_be_kept(type, a);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char asked[] = "\7example\3org";
	enum dns_type type;
	struct buf reply = { 0 };

	if (len < 1 + HEADER)
		return 0;
	type = types[data[0] % 8];
	if (data[0] & 8) {
		see(type, data + 1, len - 1);
		return 0;
	}
	buf_add(&reply, data + 1, HEADER);
	reply.at[2] = (char)(0x80 | (reply.at[2] & 0x05));
	reply.at[4] = 0;
	reply.at[5] = 1;
	buf_add(&reply, asked, sizeof(asked));
	buf_add_char(&reply, 0);
	buf_add_char(&reply, (char)type);
	buf_add(&reply, "\0\1", 2);
	buf_add(&reply, data + 1 + HEADER, len - 1 - HEADER);
	see(type, (const uint8_t *)reply.at, reply.len);
	buf_done(&reply);
	return 0;
}
