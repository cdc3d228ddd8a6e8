/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire: a line that the strict reader takes is written back as it was, so that
 * nothing has two forms; the others are refused in words.
 */
#include "fuzz.h"

static void
write_back(struct buf *b, const struct wire_reader *r)
{
	switch (r->type) {
	case WIRE_MAIL:
		wire_write_mail(b, &r->mail);
		break;
	case WIRE_AGGREGATE:
		wire_write_aggregate(b, &r->report);
		break;
	case WIRE_RECORD:
		wire_write_record(b, &r->record);
		break;
	case WIRE_TLS:
		wire_write_tls(b, &r->tls);
		break;
	case WIRE_TLS_POLICY:
		wire_write_tls_policy(b, &r->tls_policy);
		break;
	case WIRE_FAILURE:
		wire_write_failure(b, &r->failure);
		break;
	case WIRE_PROBLEM:
		wire_write_problem(b, &r->problem);
		break;
	case WIRE_VERDICT:
		wire_write_verdict(b, &r->verdict);
		break;
	}
}

static void
see_line(struct wire_reader *r, const char *text, size_t len)
{
	struct err err = ERR_INIT;
	struct buf back = { 0 };
	char *line = xmalloc(len + 1);

	memcpy(line, text, len);
	if (wire_read(r, line, len, &err) == 0) {
		write_back(&back, r);
		MUST(back.len == len + 1 && back.at[len] == '\n');
		MUST(memcmp(back.at, text, len) == 0);
	} else
		MUST(err.class == ERR_BUG && err.text[0] != '\0');
	buf_done(&back);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len, *nl;
	struct wire_reader r = { 0 };

	while (p < end) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		/* Every second line stands where one of many must. */
		see_line(&r, p, (size_t)(nl - p));
		r.records_due = r.policies_due = !r.records_due;
		p = nl < end ? nl + 1 : end;
	}
	wire_done(&r);
	return 0;
}
