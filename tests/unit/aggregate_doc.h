/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of aggregate: the parts that a report is made of, and what
 * they check about every answer.
 */
#ifndef RUAD_TESTS_UNIT_AGGREGATE_DOC_H
#define RUAD_TESTS_UNIT_AGGREGATE_DOC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/aggregate.h"
#include "report/wire.h"

#define METADATA_(org, email, id, range) \
	"<report_metadata><org_name>" org "</org_name><email>" email \
	"</email><report_id>" id "</report_id><date_range>" range \
	"</date_range></report_metadata>"
#define RANGE "<begin>1735689600</begin><end>1735775999</end>"
#define METADATA METADATA_("Org", "d@reporter.example", "id1", RANGE)
#define POLICY_(more) \
	"<policy_published><domain>example.org</domain>" more \
	"</policy_published>"
#define POLICY POLICY_("<p>none</p>")
#define ROW_(ip, count, evaluated) \
	"<row><source_ip>" ip "</source_ip><count>" count \
	"</count><policy_evaluated>" evaluated "</policy_evaluated></row>"
#define EVALUATED \
	"<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
#define ROW ROW_("192.0.2.1", "2", EVALUATED)
#define IDENTIFIERS \
	"<identifiers><header_from>example.org</header_from></identifiers>"
#define AUTH_(more) "<auth_results>" more "</auth_results>"
#define DKIM "<dkim><domain>example.org</domain><result>pass</result></dkim>"
#define AUTH AUTH_(DKIM)
#define RECORD_(all) "<record>" all "</record>"
#define RECORD RECORD_(ROW IDENTIFIERS AUTH)
#define FEEDBACK(all) "<feedback>" all "</feedback>"

/* What one document gave. */
struct result {
	int rc;
	struct err err;
	bool is_report;
	struct buf out;
	struct wire_reader reader;
};

static inline void
result_done(struct result *r)
{
	buf_done(&r->out);
	wire_done(&r->reader);
}

/* The strict reader must take every line. */
static inline void
result_check(struct result *r)
{
	char *p = r->out.at, *end = r->out.at + r->out.len, *line, *nl;
	struct err err = ERR_INIT;
	size_t len;

	while (p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		assert_non_null(nl);
		len = (size_t)(nl - p);
		line = strndup(p, len);
		if (wire_read(&r->reader, line, len, &err) == -1)
			fail_msg("%s: %s", err.text, p);
		free(line);
		p = nl + 1;
	}
	assert_int_equal(r->reader.records_due, 0);
}

static inline struct result
run_bytes(const char *xml, size_t len, size_t piece,
    const struct aggregate_context *context, const struct limits *max)
{
	static const struct limits ordinary = LIMITS_DEFAULT;
	static const struct aggregate_context none;
	struct result r = { 0 };
	struct aggregate *a = aggregate_new(
	    max ? max : &ordinary, context ? context : &none);
	size_t i, n;

	for (i = 0; i < len && r.rc == 0; i += n) {
		n = len - i < piece ? len - i : piece;
		r.rc = aggregate_push(a, xml + i, n, &r.err);
	}
	if (r.rc == 0)
		r.rc = aggregate_finish(a, &r.out, &r.err);
	r.is_report = aggregate_is_report(a);
	assert_true((r.rc == -1) == (r.err.class != ERR_NONE));
	if (r.rc == -1)
		assert_int_equal(r.out.len, 0);
	aggregate_free(a);
	result_check(&r);
	return r;
}

static inline struct result
run(const char *xml, const struct aggregate_context *context)
{
	return run_bytes(xml, strlen(xml), 65536, context, NULL);
}

static inline void
assert_output(const char *xml, const char *want)
{
	struct result r = run(xml, NULL);

	if (r.rc == -1)
		fail_msg("%s: %s", r.err.text, xml);
	if (strstr(buf_str(&r.out), want) == NULL)
		fail_msg("no %s in %s", want, buf_str(&r.out));
	result_done(&r);
}

static inline void
assert_error(const char *xml, enum err_class class, const char *text)
{
	struct result r = run(xml, NULL);

	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, class);
	if (strstr(r.err.text, text) == NULL)
		fail_msg("no '%s' in '%s'", text, r.err.text);
	result_done(&r);
}

/* One word put into a document, and what must come out. */
struct word_case {
	const char *word;
	const char *json;  /* in the output; with a '!' before, not in it */
	const char *quirk; /* the only one, or NULL: none at all */
};

/* '~' in the document stands for the word. */
static inline void
check_words(const char *document, const struct word_case *c, size_t n,
    const struct aggregate_context *context)
{
	const char *at = strchr(document, '~');
	char quirk[64];
	struct result r;
	struct buf xml;
	size_t i;

	for (i = 0; i < n; i++) {
		memset(&xml, 0, sizeof(xml));
		buf_add(&xml, document, (size_t)(at - document));
		buf_add_str(&xml, c[i].word);
		buf_add_str(&xml, at + 1);
		r = run(buf_str(&xml), context);
		if (r.rc == -1)
			fail_msg("%s: %s", r.err.text, c[i].word);
		if (c[i].json[0] == '!'
		        ? strstr(buf_str(&r.out), c[i].json + 1) != NULL
		        : strstr(buf_str(&r.out), c[i].json) == NULL)
			fail_msg("'%s': %s not as it should be in %s",
			    c[i].word, c[i].json, buf_str(&r.out));
		snprintf(quirk, sizeof(quirk), "\"quirks\":[\"%s\"]",
		    c[i].quirk ? c[i].quirk : "");
		if (c[i].quirk == NULL
		        ? strstr(buf_str(&r.out), "quirks") != NULL
		        : strstr(buf_str(&r.out), quirk) == NULL)
			fail_msg("'%s': quirks are not %s in %s", c[i].word,
			    quirk, buf_str(&r.out));
		buf_done(&xml);
		result_done(&r);
	}
}

#define CHECK_WORDS(document, cases) \
	check_words(document, cases, sizeof(cases) / sizeof(cases[0]), NULL)

#endif
