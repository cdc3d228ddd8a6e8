/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authres: one of three words; what stands below the Received: fields of
 * strangers changes nothing, whatever is above; without an id all is none.
 */
#include "fuzz.h"
#include "parse/authres.h"
#include "parse/mime.h"

#define STRANGERS "\r\nReceived: from a by b\r\nReceived: from c by d\r\n"

static const char *
verify(const char *header, size_t len, const char *below, size_t ids, int hops)
{
	const struct authres_options options = {
		.ids = { "mx.example.org", AUTHRES_MICROSOFT },
		.n = ids,
		.received_hops = hops,
	};
	struct mail_facts facts = { 0 };
	struct arena arena = { 0 };
	struct buf mail = { 0 };
	const char *word;

	buf_add(&mail, header, len);
	buf_add_str(&mail, below);
	buf_add_str(&mail, "\r\nbody\r\n");
	mime_read_facts(mail.at, mail.len, &arena, &facts);
	word = authres_verify(mail.at, mail.len, &facts, &options);
	MUST(strcmp(word, "pass") == 0 || strcmp(word, "fail") == 0 ||
	    strcmp(word, "none") == 0);
	arena_done(&arena);
	buf_done(&mail);
	return word;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *header = (const char *)data;
	int hops = len > 0 ? data[len - 1] % 2 : 0;
	const char *word = verify(header, len, STRANGERS, 2, hops);
	const char *forged = verify(header, len,
	    STRANGERS "Authentication-Results: mx.example.org; "
	              "dmarc=pass header.from=example.org\r\n",
	    2, hops);

	MUST(strcmp(word, forged) == 0);
	MUST(strcmp(verify(header, len, STRANGERS, 0, hops), "none") == 0);
	return 0;
}
