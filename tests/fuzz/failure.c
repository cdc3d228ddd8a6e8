/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * failure: the strict reader takes the line; the sample's body changes nothing
 * in it, and its header is there only when it was asked for.
 */
#include "fuzz.h"
#include "parse/failure.h"

/* Input: a byte of choices, the report part, a NUL, the sample. */
struct parts {
	unsigned char choice;
	const char *report;
	size_t report_len;
	const char *sample; /* or NULL */
	size_t sample_len;
};

static void
parts_split(struct parts *p, const char *data, size_t len)
{
	const char *nul = memchr(data + 1, '\0', len - 1);
	const char *end = data + len;

	*p = (struct parts) { (unsigned char)*data, data + 1, len - 1, NULL,
		0 };
	if (nul == NULL)
		return;
	p->report_len = (size_t)(nul - p->report);
	p->sample = nul + 1;
	p->sample_len = (size_t)(end - p->sample);
}

static void
read_report(const struct parts *p, const char *more, struct buf *out)
{
	static const struct mail_facts mail = { .subject = "Report",
		.sent_ts = 1795305600 };
	struct failure_reader *f = failure_new(p->choice & 1);
	struct buf sample = { 0 };

	if (p->choice & 2)
		failure_read_text(f, p->report, p->report_len);
	else
		failure_read_fields(f, p->report, p->report_len);
	if (p->sample != NULL) {
		buf_add(&sample, p->sample, p->sample_len);
		buf_add_str(&sample, more);
		failure_read_sample(f, sample.at, sample.len);
	}
	failure_finish(f, &mail, out);
	failure_free(f);
	buf_done(&sample);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf line = { 0 }, other = { 0 };
	struct parts p;

	if (len == 0)
		return 0;
	parts_split(&p, (const char *)data, len);
	failure_is_text(p.report, p.report_len);
	read_report(&p, "\n\nIn the body", &line);
	must_be_report(&line);
	if ((p.choice & 1) == 0)
		MUST(strstr(buf_str(&line), ",\"sample\":") == NULL);
	read_report(&p, "\n\nElsewhere\nSubject: Body\n", &other);
	MUST(line.len == other.len && memcmp(line.at, other.at, line.len) == 0);
	buf_done(&line);
	buf_done(&other);
	return 0;
}
