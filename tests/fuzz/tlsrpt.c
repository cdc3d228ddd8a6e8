/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsrpt: reports are lines that the strict reader takes, and all of them, no
 * more than were asked for; what is none appends nothing.
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
	const struct tlsrpt_context context[] = {
		{ "a.example!example.org!1735689600!1735775999!1.json", &mail,
		    "example.org", "a.example", NULL, NULL },
		{ .charset = "iso-2022-jp" },
	};
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	struct tlsrpt_result result;
	struct buf json = { 0 };

	if (len == 0)
		return 0;
	json.at = xmalloc(len);
	json.len = json.cap = len;
	memcpy(json.at, data, len);
	tlsrpt_is_likely(json.at, len);
	if (tlsrpt_read(&json, &context[data[len - 1] % 2], 2, &out, &result,
	        &err) == -1)
		must_be_error(&err);
	MUST(result.reports <= 2);
	if (result.reports > 0)
		must_be_report(&out);
	else
		MUST(out.len == 0);
	buf_done(&out);
	buf_done(&json);
	return 0;
}
