/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsrpt: a report is lines that the strict reader takes, and all of them;
 * what is none, or cannot be read, appends nothing.
 */
#include "fuzz.h"
#include "parse/tlsrpt.h"

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	tlsrpt_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct mail_facts mail = { .sender = "d@reporter.example",
		.from_domain = "reporter.example",
		.subject = "Report Domain: example.org Submitter: a.example "
		           "Report-ID: <1>",
		.sent_ts = 1735862400 };
	const struct tlsrpt_hints hints[] = {
		{ "a.example!example.org!1735689600!1735775999!1.json", &mail,
		    "example.org", "a.example" },
		{ NULL, NULL, NULL, NULL },
	};
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	bool found = false;
	char *json = xmalloc(len);

	if (len == 0)
		goto out;
	memcpy(json, data, len);
	tlsrpt_is_likely(json, len);
	if (tlsrpt_read(json, len, &hints[data[len - 1] % 2], &out, &found,
	        &err) == -1) {
		must_be_error(&err);
		MUST(out.len == 0);
	} else if (found)
		must_be_report(&out);
	else
		MUST(out.len == 0);
out:
	buf_done(&out);
	free(json);
	return 0;
}
