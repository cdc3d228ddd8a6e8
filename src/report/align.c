/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/align.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MAX_DOMAIN (ALIGN_DOMAIN - 1) /* RFC 1035, without the final dot */

/* Lower case, no final dot.  False when it cannot be a domain name. */
static bool
domain_copy(char out[MAX_DOMAIN + 1], const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0 || n > MAX_DOMAIN)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	text_lower(out);
	return true;
}

/*
 * The organizational domain, within the domain; NULL when it has none.  A name
 * that is not ASCII has none: libpsl would convert it, and no U-label is worth
 * that code.
 */
static const char *
domain_organization(const char *domain)
{
	unsigned char addr[4];
	const char *p;

	for (p = domain; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80 || *p == ':' ||
		    (*p == '.' && (p == domain || p[1] == '.' || p[1] == '\0')))
			return NULL;
	if (inet_pton(AF_INET, domain, addr) == 1 || *domain == '[')
		return NULL;
	return psl_registrable_domain(psl_builtin(), domain);
}

bool
align_is_within(const char *name, const char *domain)
{
	size_t n = strlen(name), m = strlen(domain);

	return n >= m && strcmp(name + n - m, domain) == 0 &&
	    (n == m || name[n - m - 1] == '.');
}

/* Its last two labels; an organization has no less. */
static const char *
domain_tail(const char *domain)
{
	const char *dot = strrchr(domain, '.');

	if (dot != NULL)
		dot = memrchr(domain, '.', (size_t)(dot - domain));
	return dot != NULL ? dot + 1 : domain;
}

/* Whether both are of one organization. */
static bool
is_related(const char *one, const char *two)
{
	const char *org, *other;

	/* Of most that are not, this tells without the list. */
	if (strcmp(domain_tail(one), domain_tail(two)) != 0)
		return false;
	if ((org = domain_organization(one)) == NULL ||
	    !align_is_within(two, org))
		return false;
	other = domain_organization(two);
	return other != NULL && strcmp(other, org) == 0;
}

bool
align_domains(const char *a, const char *b, bool strict)
{
	char one[MAX_DOMAIN + 1], two[MAX_DOMAIN + 1];

	if (!domain_copy(one, a) || !domain_copy(two, b))
		return false;
	if (strcmp(one, two) == 0)
		return true;
	return !strict && is_related(one, two);
}

bool
align_organization(const char *s, char out[static ALIGN_DOMAIN])
{
	char domain[MAX_DOMAIN + 1];
	const char *org;

	if (!domain_copy(domain, s) ||
	    (org = domain_organization(domain)) == NULL)
		return false;
	snprintf(out, ALIGN_DOMAIN, "%s", org);
	return true;
}

/* Whether a name is of characters that we do not compare. */
static bool
is_foreign(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return true;
	return false;
}

/* header_from, read once for all results of a record. */
struct author {
	char domain[MAX_DOMAIN + 1];
	bool is_known;
	bool is_within_policy;
};

static void
author_read(struct author *author, const struct record *r,
    const struct align_policy *policy)
{
	author->is_known = domain_copy(author->domain, r->header_from);
	if (!author->is_known)
		return;
	author->is_within_policy = policy->domain != NULL &&
	    align_is_within(author->domain, policy->domain);
}

/*
 * One result that passed.  We have the list of public suffixes, the reporter
 * perhaps another one or the DNS (RFC 9989 4.10): for relaxed alignment both
 * the list and the domain that it took the policy from must say the same.
 */
static enum align_verdict
align_result(const struct author *author, const struct align_policy *policy,
    const char *passed, bool strict)
{
	char domain[MAX_DOMAIN + 1];
	bool is_listed, is_within_policy;

	if (!author->is_known || !domain_copy(domain, passed))
		return ALIGN_UNKNOWN;
	if (strcmp(author->domain, domain) == 0)
		return ALIGN_PASS;
	if (is_foreign(author->domain) || is_foreign(domain))
		return ALIGN_UNKNOWN;
	if (policy->domain != NULL && strict)
		return ALIGN_FAIL;
	is_listed = is_related(author->domain, domain);
	is_within_policy = author->is_within_policy &&
	    align_is_within(domain, policy->domain);
	if (is_listed != is_within_policy)
		return ALIGN_UNKNOWN;
	return is_listed ? ALIGN_PASS : ALIGN_FAIL;
}

/* The results of one method: one pass is enough, for a failure all count. */
struct method {
	const struct author *author;
	const struct align_policy *policy;
	bool strict;
	bool pass;
	bool fail;
	bool unknown;
};

static void
method_add(struct method *m, const char *result, const char *domain)
{
	enum align_verdict verdict = ALIGN_FAIL;

	if (m->pass)
		return;
	if (result == NULL)
		verdict = ALIGN_UNKNOWN;
	else if (strcmp(result, "pass") == 0)
		verdict = align_result(m->author, m->policy, domain, m->strict);
	m->pass = verdict == ALIGN_PASS;
	m->fail |= verdict == ALIGN_FAIL;
	m->unknown |= verdict == ALIGN_UNKNOWN;
}

static enum align_verdict
method_verdict(const struct method *m)
{
	if (m->pass)
		return ALIGN_PASS;
	return m->fail && !m->unknown ? ALIGN_FAIL : ALIGN_UNKNOWN;
}

void
align_record(const struct record *r, const struct align_policy *policy,
    struct alignment *out)
{
	const struct auth_dkim *d = r->auth_dkim.at;
	const struct auth_spf *s = r->auth_spf.at;
	struct author author;
	struct method dkim = { .author = &author,
		.policy = policy,
		.strict = policy->dkim_strict };
	struct method spf = { .author = &author,
		.policy = policy,
		.strict = policy->spf_strict };
	bool is_null_sender;
	size_t i;

	author_read(&author, r, policy);
	for (i = 0; i < r->auth_dkim.n; i++)
		method_add(&dkim, d[i].result, d[i].domain);
	/*
	 * HELO counts only for the null sender, which has no other domain (RFC
	 * 7489 3.1.2; RFC 9989 never lets it count).
	 */
	is_null_sender = r->envelope_from != NULL && *r->envelope_from == '\0';
	for (i = 0; i < r->auth_spf.n; i++)
		if (is_null_sender || s[i].scope == NULL ||
		    strcmp(s[i].scope, "helo") != 0)
			method_add(&spf, s[i].result, s[i].domain);
	out->dkim = method_verdict(&dkim);
	out->spf = method_verdict(&spf);
}

static const char *
verdict_or(const char *said, enum align_verdict recomputed)
{
	if (said != NULL || recomputed == ALIGN_UNKNOWN)
		return said;
	return recomputed == ALIGN_PASS ? "pass" : "fail";
}

const char *
align_cause(const struct record *r, const struct alignment *recomputed)
{
	struct record known = *r;

	known.dkim = verdict_or(r->dkim, recomputed->dkim);
	known.spf = verdict_or(r->spf, recomputed->spf);
	return record_cause(&known);
}

static bool
is_contradiction(const char *said, enum align_verdict recomputed)
{
	return said != NULL && recomputed != ALIGN_UNKNOWN &&
	    (strcmp(said, "pass") == 0) != (recomputed == ALIGN_PASS);
}

bool
align_is_mismatch(const struct record *r, const struct alignment *recomputed)
{
	return is_contradiction(r->dkim, recomputed->dkim) ||
	    is_contradiction(r->spf, recomputed->spf);
}
