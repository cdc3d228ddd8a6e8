/* SPDX-License-Identifier: BSD-2-Clause */
/* tlsrpt_record and bimi_record: what asks for TLS reports, and for a logo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dns/bimi_record.h"
#include "dns/tlsrpt_record.h"

struct row {
	const char *text;
	const char *reading;
};

static void
add_problems(struct buf *out, const struct tag_problem *p, size_t n)
{
	for (; n > 0; n--, p++) {
		buf_printf(out, " %s:%s", tag_fault_words[p->fault], p->tag);
		if (p->suggestion != NULL)
			buf_printf(out, ">%s", p->suggestion);
	}
}

static void
tls_reports_go_by_mail_or_https(void **state)
{
	static const struct row rows[] = {
		{ "v=TLSRPTv1; rua=mailto:t@example.org", "usable ok 1 0" },
		{ "v=TLSRPTv1;rua=mailto:t@example.org;", "usable ok 1 0" },
		{ "v=TLSRPTv1; rua=https://example.org/t", "usable ok 0 1" },
		{ "v=TLSRPTv1; rua=mailto:t@example.org, HTTPS://u@x.example:"
		  "8443?y",
		    "usable ok 1 1" },
		{ "v=TLSRPTv1; x=y; rua=mailto:t@example.org",
		    "usable ok 1 0 unknown:x" },
		{ "v=TLSRPTv1 ; rua=mailto:t@example.org",
		    "usable ok 1 0 bad_space:v" },
		{ "v=TLSRPTv1; rau=mailto:t@example.org",
		    "useless ok 0 0 unknown:rau>rua missing:rua" },
		{ "v=TLSRPTv1; RUA=mailto:t@example.org",
		    "useless ok 0 0 case:RUA>rua missing:rua" },
		{ "v=TLSRPTv1; rua=", "useless ok 0 0 empty_value:rua" },
		{ "v=TLSRPTv1", "useless ok 0 0 missing:rua" },
		{ "v=TLSRPTv1; rua=t@example.org",
		    "useless ok 0 0 bad_uri:rua>mailto:t@example.org" },
		{ "v=TLSRPTv1; rua=http://example.org/t",
		    "useless ok 0 0 bad_uri:rua" },
		{ "v=TLSRPTv1; rua=https:/example.org/t",
		    "useless ok 0 0 bad_uri:rua" },
		{ "v=TLSRPTv1; rua=https://[2001:db8::1]/t",
		    "useless ok 0 0 bad_uri:rua" },
		{ "v=TLSRPTv1; rua=mailto:t@example.org!10m",
		    "useless ok 0 0 bad_uri:rua" },
		{ "v=TLSRPTv1; rua=mailto:t@example.org,mailto:",
		    "usable ok 1 0 bad_uri:rua" },
		{ "v=TLSRPTv1; rua=mailto:t@example.org; rua=mailto:u@x.y",
		    "usable ok 1 0 twice:rua" },
		{ "v=tlsrptv1; rua=mailto:t@example.org", "useless case 1 0" },
		{ "v=TLSRPTv2; rua=mailto:t@example.org", "useless bad 1 0" },
		{ "v=TLSRPT1; rua=mailto:t@example.org", "useless bad 1 0" },
		{ "v= TLSRPTv1; rua=mailto:t@example.org",
		    "useless bad 1 0 bad_space:v" },
		{ "\tv=TLSRPTv1; rua=mailto:t@example.org",
		    "useless bad 1 0 bad_space:v bad_space:v" },
		{ "rua=mailto:t@example.org; v=TLSRPTv1",
		    "useless not_first 1 0" },
		{ "rua=mailto:t@example.org", "useless absent 1 0" },
		{ "v=DMARC1; rua=mailto:t@example.org", "useless other 1 0" },
		{ "", "useless other 0 0" },
		{ NULL, NULL },
	};
	const struct row *row;
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct tlsrpt_record r;

	(void)state;
	for (row = rows; row->text != NULL; row++) {
		tlsrpt_record_parse(row->text, &arena, &r);
		out.len = 0;
		buf_printf(&out, "%s %s %zu %zu",
		    r.is_usable ? "usable" : "useless",
		    tag_version_words[r.version], r.nmailto, r.nhttps);
		add_problems(&out, r.problems, r.nproblems);
		if (strcmp(buf_str(&out), row->reading) != 0)
			fail_msg("%s: %s", row->text, buf_str(&out));
	}
	buf_done(&out);
	arena_done(&arena);
}

static void
a_logo_is_an_svg_at_https(void **state)
{
	static const struct row rows[] = {
		{ "v=BIMI1; l=https://example.org/l.svg", "usable ok absent" },
		{ "v=BIMI1; l=https://example.org/l.SVGZ; a=",
		    "usable ok empty" },
		{ "v=BIMI1;l=https://example.org/l.svg?v=2;a=https://"
		  "example.org/e.pem;",
		    "usable ok ok" },
		{ "v=BIMI1; l=https://example.org/l.svg; a=https://x.example/"
		  "e.crt; avp=brand; lps=",
		    "usable ok not_pem" },
		{ "v=BIMI1; l=; a=;", "declined empty empty" },
		{ "v=BIMI1; l=", "declined empty absent" },
		{ "v=BIMI1; l=; a=https://example.org/e.pem",
		    "useless empty ok" },
		{ "v=BIMI1; l=https://example.org/l.png",
		    "usable not_svg absent" },
		{ "v=BIMI1; l=https://example.org/.svg?x.png",
		    "usable ok absent" },
		{ "v=BIMI1; l=http://example.org/l.svg",
		    "useless not_https absent bad_uri:l" },
		{ "v=BIMI1; l=example.org/l.svg",
		    "useless not_https absent bad_uri:l" },
		{ "v=BIMI1; l=https:///l.svg", "useless bad absent bad_uri:l" },
		{ "v=BIMI1; l=https://exa mple.org/l.svg",
		    "useless bad absent bad_uri:l" },
		{ "v=BIMI1; l=https://example.org/\xff.svg",
		    "useless bad absent bad_bytes:l bad_uri:l" },
		{ "v=BIMI1; a=https://example.org/e.pem",
		    "useless absent ok missing:l" },
		{ "v=bimi1; l=https://example.org/l.svg", "useless ok absent" },
		{ "v=BIMI1", "useless absent absent missing:l" },
		{ "l=https://example.org/l.svg", "useless ok absent" },
		{ "v=spf1 -all", "useless absent absent" },
		{ "", "useless absent absent" },
		{ NULL, NULL },
	};
	const struct row *row;
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct bimi_record r;

	(void)state;
	for (row = rows; row->text != NULL; row++) {
		bimi_record_parse(row->text, &arena, &r);
		out.len = 0;
		buf_printf(&out, "%s %s %s",
		    r.is_declined     ? "declined"
		        : r.is_usable ? "usable"
		                      : "useless",
		    bimi_uri_fault_words[r.location_fault],
		    bimi_uri_fault_words[r.evidence_fault]);
		add_problems(&out, r.problems, r.nproblems);
		if (strcmp(buf_str(&out), row->reading) != 0)
			fail_msg("%s: %s", row->text, buf_str(&out));
	}
	buf_done(&out);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_reports_go_by_mail_or_https),
		cmocka_unit_test(a_logo_is_an_svg_at_https),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
