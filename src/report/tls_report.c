/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/tls_report.h"

#include <string.h>

#include "report/canon.h"

void
tls_report_done(struct tls_report *r)
{
	array_done(&r->quirks);
	memset(r, 0, sizeof(*r));
}

void
tls_report_reset(struct tls_report *r)
{
	struct array quirks = r->quirks;

	quirks.n = 0;
	memset(r, 0, sizeof(*r));
	r->quirks = quirks;
}

void
tls_policy_done(struct tls_policy *p)
{
	array_done(&p->policy);
	array_done(&p->mx_hosts);
	array_done(&p->failures);
	memset(p, 0, sizeof(*p));
}

void
tls_policy_reset(struct tls_policy *p)
{
	struct array policy = p->policy, mx_hosts = p->mx_hosts;
	struct array failures = p->failures;

	policy.n = mx_hosts.n = failures.n = 0;
	memset(p, 0, sizeof(*p));
	p->policy = policy;
	p->mx_hosts = mx_hosts;
	p->failures = failures;
}

void
tls_policy_digest(const struct tls_policy *p, uint8_t out[static SHA256_SIZE])
{
	const struct tls_failure *f = p->failures.at;
	struct array digests = { 0 };
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < p->failures.n; i++) {
		b.len = 0;
		canon_str(&b, f[i].result);
		canon_int(&b, f[i].failed);
		canon_str(&b, f[i].sending_ip);
		canon_str(&b, f[i].mx);
		canon_str(&b, f[i].mx_helo);
		canon_str(&b, f[i].receiving_ip);
		canon_str(&b, f[i].reason_code);
		canon_str(&b, f[i].info);
		sha256_hash(b.at, b.len, array_add(&digests, SHA256_SIZE));
	}
	b.len = 0;
	canon_str(&b, p->domain);
	canon_str(&b, p->type);
	canon_strs(&b, &p->policy);
	canon_strs(&b, &p->mx_hosts);
	canon_int(&b, p->ok);
	canon_int(&b, p->failed);
	canon_digests(&b, &digests);
	sha256_hash(b.at, b.len, out);
	array_done(&digests);
	buf_done(&b);
}

void
tls_report_digest(const struct tls_report *r, struct array *policies,
    uint8_t out[static SHA256_SIZE])
{
	struct buf b = { 0 };

	canon_str(&b, r->org_name);
	canon_str(&b, r->contact);
	canon_str(&b, r->external_id);
	canon_int(&b, r->begin_ts);
	canon_int(&b, r->end_ts);
	canon_digests(&b, policies);
	sha256_hash(b.at, b.len, out);
	buf_done(&b);
}
