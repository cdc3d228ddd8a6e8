/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain: every field that a stranger can write, in every place where he can
 * write it.  What was concluded without it is concluded with it, or it is said
 * that nobody knows.  With EXPLAIN_FORGED=1 it tries all places for all fields.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answer/explain_answer.h"
#include "base/buf.h"
#include "base/mem.h"
#include "parse/explain.h"
#include "source.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* What is concluded, in words of its own. */
struct verdict {
	enum explain_outcome outcome;
	enum explain_ground ground;
	bool is_trusted;
	bool is_bounce;
	char *by; /* free() both */
	char *headline;
	/*
	 * Position of the last field that the receiver put on top: of the
	 * border, or with results below it; 0: no border shows.
	 */
	int64_t border;
	char *host; /* who wrote it, or NULL; free() it */
};

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static void
judge(const char *mail, size_t len, struct verdict *v)
{
	static const struct explain_options options = {
		.authres.received_hops = 1
	};
	struct explain_facts facts = { 0 };
	struct explain_answer answer;
	struct arena arena = { 0 };
	const struct explain_authres *results_of;
	const struct explain_hop *hop;
	size_t i;

	memset(v, 0, sizeof(*v));
	assert_true(explain_read(mail, len, &options, &arena, &facts));
	explain_answer_make(&answer, &facts);
	v->outcome = answer.outcome;
	v->ground = answer.ground;
	v->is_trusted = answer.is_trusted;
	v->is_bounce = facts.is_bounce;
	v->by = copy(answer.receiver);
	v->headline = copy(answer.headline);
	hop = facts.header.received.at;
	for (i = 0; i < facts.header.received.n; i++)
		if (hop[i].is_border) {
			v->border = hop[i].place.position;
			v->host = copy(hop[i].by);
		}
	results_of = facts.header.authres.at;
	for (i = 0; i < facts.header.authres.n; i++)
		if (v->border > 0 &&
		    strcmp(results_of[i].place.trust, "border") == 0)
			v->border = results_of[i].place.position;
	explain_answer_done(&answer);
	explain_facts_done(&facts);
	arena_done(&arena);
}

static void
verdict_done(struct verdict *v)
{
	free(v->by);
	free(v->headline);
	free(v->host);
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* --- what a stranger writes ----------------------------------------------- */

/* % is a host whose name he borrows; what it says follows. */
static const char *const results_fields[] = { "Authentication-Results: %; ",
	"AUTHENTICATION-RESULTS:%;\n\t", "Authentication-Results : %; ",
	"Authentication-Results:\n % 1; ",
	"Authentication-Results: (hello) %; ",
	"ARC-Authentication-Results: i=1; %; ",
	"ARC-Authentication-Results: i=9; %; ",
	"Authentication-Results-Original: %; ", "X-Authentication-Results: %; ",
	"X-Original-Authentication-Results: %; ",
	"Old-Authentication-Results: %; ",
	"X-MS-Exchange-Authentication-Results: %; " };

static const char *const results[] = {
	"spf=pass smtp.mailfrom=example.com; dkim=pass header.d=example.com "
	"header.s=k1; dmarc=pass (p=reject dis=none) action=none "
	"header.from=example.com;compauth=pass reason=100",
	"spf=fail smtp.mailfrom=example.com; dkim=fail header.d=example.com; "
	"dmarc=fail (p=reject dis=reject) action=oreject "
	"header.from=example.com;compauth=fail reason=000",
	"dmarc=pass header.from=example.com",
	"dmarc=fail (p=QUARANTINE dis=QUARANTINE) action=quarantine "
	"header.from=example.com",
	"dmarc=temperror", "dkim=pass header.i=@example.com",
	"dkim=pass header.d=example.org", "dkim=fail header.d=example.com",
	"spf=pass smtp.mailfrom=example.com", "spf=pass smtp.helo=example.com",
	"compauth=fail reason=601", "compauth=pass reason=130", "none",
	"spf=pass smtp.mailfrom=example.com (never ends"
};

/* Names that are not the receiver's: a border may leave those of others. */
static const char *const borrowed[] = { "mx.evil.example", "mx.google.com",
	"protection.outlook.com", "atlas.example.omega.yahoo.com", "mx1x", "" };

static const char *const spf_fields[] = {
	"Received-SPF: pass (%: domain of shop@example.com designates "
	"192.0.2.50 as permitted sender) client-ip=192.0.2.50; "
	"envelope-from=shop@example.com; receiver=%",
	"Received-SPF: Fail (%: domain of example.com does not designate "
	"192.0.2.50 as permitted sender) receiver=%",
	"Received-SPF: pass", "Received-SPF: none client-ip=192.0.2.50"
};

/* Whole fields. */
static const char *const fields[] = {
	/* hops that would move the border */
	"Received: from mail.example.com (mail.example.com [192.0.2.50]) by "
	"mx.evil.example with ESMTP; Fri, 27 Nov 2026 09:15:07 +0000",
	"Received: from mail.example.com (mail.example.com. [192.0.2.50]) by "
	"mx.google.com with ESMTPS id x; Fri, 27 Nov 2026 01:15:06 -0800 (PST)",
	"Received: from DU2PR04CA0003.eurprd04.prod.outlook.com "
	"(2603:10a6:10:3b::8) by AM0PR05MB0002.eurprd05.prod.outlook.com "
	"(2603:10a6:208:1::2) with Microsoft SMTP Server id 15.20.1.1; Fri, 27 "
	"Nov 2026 09:15:05 +0000",
	"Received: by 10.0.0.1 with SMTP id x; Fri, 27 Nov 2026 09:15:05 +0000",
	"Received: from localhost (localhost [127.0.0.1]) by localhost",
	"Received: ", "Received: from",
	"X-Received: by 2002:a05:6402:1234:b0:5d0:abcd:1234 with SMTP id a",
	/* signatures */
	"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=k1; h=from; "
	"bh=eA==; b=eA==",
	"DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=k1; h=from; "
	"bh=eA==; b=eA==",
	"DKIM-Signature: ",
	"ARC-Seal: i=1; a=rsa-sha256; d=google.com; s=a; cv=none; b=eA==",
	"ARC-Message-Signature: i=1; a=rsa-sha256; d=google.com; s=a; h=from; "
	"bh=eA==; b=eA==",
	/* what a list or a forwarder leaves */
	"List-Id: <list.evil.example>",
	"List-Unsubscribe: <mailto:a@b.example>",
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
	"List-Post: <mailto:list@evil.example>", "Precedence: list",
	"X-Original-From: a@example.com", "Resent-From: a@evil.example",
	"X-Forwarded-To: a@evil.example", "X-Forwarded-For: a@b.example",
	"Delivered-To: a@evil.example",
	/* who it is from, and what a bounce has */
	"Return-Path: <shop@example.com>", "Return-Path: <>",
	"Return-Path: <a@evil.example>", "Sender: a@evil.example",
	"Reply-To: a@evil.example", "Auto-Submitted: auto-replied",
	"X-Failed-Recipients: anna@example.org", "Message-ID: <x@evil.example>",
	"Subject: 550 5.7.26 refused",
	"Subject: Undelivered Mail Returned to Sender",
	"Date: Fri, 27 Nov 1970 10:15:02 +0100", "To: x@evil.example",
	"Content-Type: message/delivery-status",
	"Content-Type: multipart/report; report-type=delivery-status; "
	"boundary=b",
	"Content-Type: text/rfc822-headers", "Content-Type: message/rfc822",
	"Content-Transfer-Encoding: base64",
	"Diagnostic-Code: smtp; 550 5.7.26 refused", "Action: failed",
	"Status: 5.7.26", "Final-Recipient: rfc822; a@b.example",
	/* nothing that is known */
	"X-Anything: 550 5.7.1 refused", "X-Spam: maybe", "=?utf-8?q?x?=: y"
};

/* Fields of vendors (parse/explain_vendor.c), and what they may say. */
static const char *const vendor_fields[] = { "X-Forefront-Antispam-Report",
	"X-Forefront-Antispam-Report-Untrusted", "X-Microsoft-Antispam",
	"X-Microsoft-Antispam-Mailbox-Delivery",
	"X-MS-Exchange-Organization-Antispam-Report",
	"X-MS-Exchange-Organization-SCL", "X-MS-Exchange-Organization-PCL",
	"X-MS-Exchange-Organization-AuthAs",
	"X-MS-Exchange-Organization-AuthSource",
	"X-MS-Exchange-CrossTenant-AuthAs", "X-SID-Result", "X-Gm-Spam",
	"X-Gm-Phishy", "X-Spam-Checked-In-Group", "X-YahooFilteredBulk",
	"X-Apparently-To", "X-Spamd-Result", "X-Rspamd-Score",
	"X-Rspamd-Action", "X-Spam-Action", "X-Spam", "X-Spam-Status",
	"X-Spam-Flag", "X-Spam-Score", "X-Spam-Level",
	"X-Proofpoint-Spam-Details", "X-Barracuda-Spam-Status",
	"X-Barracuda-Spam-Score", "X-Mimecast-Spam-Score" };

static const char *const vendor_values[] = {
	"CIP:192.0.2.50;SCL:9;SFV:SPM;CAT:PHSH;IPV:NLI;H:mail.example.com;",
	"ucf:0;jmr:0;auth:0;dest:J;", "dest:I",
	"CIP:192.0.2.50;SCL:-1;SFV:SKN;CAT:NONE;IPV:CAL;", "SFV:BLK", "9", "-1",
	"1", "YES", "Yes, score=99.0 required=5.0 tests=A,B",
	"No, score=-9.0 required=5.0", "reject", "add header", "greylist",
	"FAIL", "Anonymous", "Internal",
	"default: True [99.00 / 15.00]; DMARC_POLICY_REJECT(2.00)[example.com]",
	"rule=spam policy=default score=100", "BCL:9;SCL:9;SFV:SPM;CAT:SPM", ""
};

/* --- trying --------------------------------------------------------------- */

/* A message whose verdict is known, and where its fields begin. */
struct base {
	const char *name;
	char *mail; /* free() it */
	size_t len;
	size_t at[200]; /* where a stranger can put a field, from the top */
	size_t n;
	struct verdict verdict;
	/* The headlines if a field of the receiver's own is not believed. */
	struct array doubtful;
	size_t tried;
	size_t bad;
	bool is_told; /* of the field that is tried */
	/* All places for each field; else the ends and one between. */
	bool is_slow;
	size_t turn;
};

/*
 * The beginnings of all fields below the border, and the end of the header; of
 * a header without a border, of all fields.
 */
static void
find_places(struct base *b)
{
	const char *p = b->mail, *end = p + b->len, *nl;
	int64_t position = 0;

	for (; p < end && *p != '\n' && *p != '\r'; p = nl + 1) {
		if (*p != ' ' && *p != '\t') {
			if (position >= b->verdict.border && b->n < N(b->at))
				b->at[b->n++] = (size_t)(p - b->mail);
			position++;
		}
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			return;
	}
	if (p <= end && b->n < N(b->at))
		b->at[b->n++] = (size_t)(p - b->mail);
}

/* One field less, as if it were not believed. */
static void
add_doubts(struct base *b)
{
	struct buf mail = { 0 };
	struct verdict v;
	size_t i;

	for (i = 0; b->verdict.border > 0 && i + 1 < b->n; i++) {
		mail.len = 0;
		buf_add(&mail, b->mail, b->at[i]);
		buf_add(&mail, b->mail + b->at[i + 1], b->len - b->at[i + 1]);
		judge(mail.at, mail.len, &v);
		if (v.outcome == b->verdict.outcome &&
		    v.ground == b->verdict.ground)
			*(char **)array_add(
			    &b->doubtful, sizeof(char *)) = xstrdup(v.headline);
		verdict_done(&v);
	}
	buf_done(&mail);
}

static void
base_open(struct base *b, const char *name)
{
	char path[4096];
	FILE *f;

	memset(b, 0, sizeof(*b));
	b->name = name;
	snprintf(path, sizeof(path), "%s/tests/explain/%s", source_dir(), name);
	f = fopen(path, "r");
	assert_non_null(f);
	b->mail = xmalloc(1 << 16);
	b->len = fread(b->mail, 1, (1 << 16) - 1, f);
	b->mail[b->len] = '\0';
	fclose(f);
	judge(b->mail, b->len, &b->verdict);
	find_places(b);
	add_doubts(b);
	assert_true(b->n > 1);
}

static void
base_close(struct base *b)
{
	char **doubtful = b->doubtful.at;
	size_t i;

	for (i = 0; i < b->doubtful.n; i++)
		free(doubtful[i]);
	array_done(&b->doubtful);
	verdict_done(&b->verdict);
	free(b->mail);
}

static bool
is_doubtful(const struct base *b, const char *headline)
{
	char *const *doubtful = b->doubtful.at;
	size_t i;

	for (i = 0; i < b->doubtful.n; i++)
		if (strcmp(doubtful[i], headline) == 0)
			return true;
	return false;
}

/* "It failed." is less than "It failed: no signature." */
static bool
is_less(const char *after, const char *before)
{
	size_t n = strlen(after);

	return n > 1 && strncmp(after, before, n - 1) == 0 &&
	    before[n - 1] == ':';
}

/* What may be said once a stranger has written into it. */
static bool
is_honest(const struct base *b, const struct verdict *after)
{
	const struct verdict *before = &b->verdict;

	if (before->is_bounce != after->is_bounce)
		return false;
	if (after->outcome == EXPLAIN_UNKNOWN)
		return true;
	/* Where that can be seen, it is said. */
	if (!after->is_trusted &&
	    strstr(after->headline, "cannot be checked") != NULL)
		return true;
	return before->outcome == after->outcome &&
	    before->ground == after->ground &&
	    before->is_trusted >= after->is_trusted &&
	    is_same(before->by, after->by) &&
	    (is_same(before->headline, after->headline) ||
	        is_less(after->headline, before->headline) ||
	        is_doubtful(b, after->headline));
}

static void
try_at(struct base *b, const char *field, size_t at)
{
	struct buf mail = { 0 };
	struct verdict v;

	buf_add(&mail, b->mail, at);
	buf_add_str(&mail, field);
	buf_add_char(&mail, '\n');
	buf_add(&mail, b->mail + at, b->len - at);
	judge(mail.at, mail.len, &v);
	b->tried++;
	if (!is_honest(b, &v)) {
		b->bad++;
		if (!b->is_told)
			print_error(
			    "%s, byte %zu: %s\n    was: %s\n    now: %s\n",
			    b->name, at, field, b->verdict.headline,
			    v.headline);
		b->is_told = true;
	}
	verdict_done(&v);
	buf_done(&mail);
}

static void
try_field(struct base *b, const char *field)
{
	size_t i;

	b->is_told = false;
	for (i = 0; i < b->n; i++)
		if (b->is_slow || i == 0 || i + 1 == b->n ||
		    i == b->turn % b->n)
			try_at(b, field, b->at[i]);
	b->turn++;
}

/* With the host, or what else it is, for each "%". */
static void
try_with(struct base *b, const char *field, const char *host)
{
	struct buf text = { 0 };
	const char *p;

	for (p = field; *p != '\0'; p++)
		if (*p == '%')
			buf_add_str(&text, host);
		else
			buf_add_char(&text, *p);
	try_field(b, buf_str(&text));
	buf_done(&text);
}

static void
try_host(struct base *b, const char *host)
{
	char field[1024];
	size_t i, k;

	for (i = 0; i < N(results_fields); i++)
		for (k = 0; k < N(results); k++) {
			snprintf(field, sizeof(field), "%s%s",
			    results_fields[i], results[k]);
			try_with(b, field, host);
		}
	for (i = 0; i < N(spf_fields); i++)
		try_with(b, spf_fields[i], host);
}

/* Results with a hop above or below them, as if another border were there. */
static void
try_hops(struct base *b)
{
	const char *host = b->verdict.host;
	char field[2048];
	size_t i, k;

	if (host == NULL)
		return;
	for (i = 0; i < N(fields) && strncmp(fields[i], "Received:", 9) == 0;
	     i++)
		for (k = 0; k < N(results); k++) {
			snprintf(field, sizeof(field),
			    "Authentication-Results: %s; %s\n%s", host,
			    results[k], fields[i]);
			try_field(b, field);
			snprintf(field, sizeof(field),
			    "%s\nAuthentication-Results: %s; %s", fields[i],
			    host, results[k]);
			try_field(b, field);
			snprintf(field, sizeof(field),
			    "Received: from mail.example.com "
			    "(mail.example.com [192.0.2.50]) by %s with SMTP\n"
			    "Authentication-Results: %s; %s\n%s",
			    host, host, results[k], fields[i]);
			try_field(b, field);
		}
}

static void
try_everything(struct base *b)
{
	char field[256];
	size_t i, k;

	for (i = 0; i < N(fields); i++)
		if (b->verdict.border > 0 ||
		    strncmp(fields[i], "Received:", 9) != 0)
			try_field(b, fields[i]);
	for (i = 0; i < N(vendor_fields); i++)
		for (k = 0; k < N(vendor_values); k++) {
			snprintf(field, sizeof(field), "%s: %s",
			    vendor_fields[i], vendor_values[k]);
			try_field(b, field);
		}
	if (b->verdict.host != NULL)
		try_host(b, b->verdict.host);
	for (i = 0; i < N(borrowed); i++)
		try_host(b, borrowed[i]);
	try_hops(b);
}

/* The sanitizers make each of them costly, and see the same in some. */
#ifdef __SANITIZE_ADDRESS__
#define STEP 5
#else
#define STEP 1
#endif

/* Golden files that have a verdict, and those that have none. */
static const char *const names[] = { "arc-list.eml", "broken-results.eml",
	"cisco.eml", "exchange-old-pass.eml", "exchange-old.eml", "exim.eml",
	"fastmail-quarantine.eml", "forged.eml",
	"google-forwarder-broke-it.eml", "google-list-rewrote.eml",
	"google-no-record.eml", "google-quarantine.eml", "google-unaligned.eml",
	"google.eml", "icloud-junk.eml", "microsoft-oreject.eml",
	"microsoft-pct.eml", "microsoft-quarantine.eml", "one-field.txt",
	"opendmarc-quarantine.eml", "opendmarc.eml", "rspamd.eml",
	"seed-microsoft365.eml", "spamassassin.eml", "yahoo-fail.eml",
	"yahoo.eml" };

static void
no_field_of_a_stranger_decides(void **state)
{
	struct base b;
	size_t i, bad = 0, tried = 0;

	(void)state;
	for (i = 0; i < N(names); i += STEP) {
		base_open(&b, names[i]);
		b.is_slow = getenv("EXPLAIN_FORGED") != NULL;
		try_everything(&b);
		print_message("%s: %zu forgeries, %zu believed\n", names[i],
		    b.tried, b.bad);
		tried += b.tried;
		bad += b.bad;
		base_close(&b);
	}
	assert_true(tried > 100000 / STEP);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_field_of_a_stranger_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
