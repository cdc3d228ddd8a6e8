/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/align.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define MAX_DOMAIN 253 /* RFC 1035, without the final dot */

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
align_domains(const char *a, const char *b, bool strict)
{
	char one[MAX_DOMAIN + 1], two[MAX_DOMAIN + 1];
	const char *org1, *org2;

	if (!domain_copy(one, a) || !domain_copy(two, b))
		return false;
	if (strcmp(one, two) == 0)
		return true;
	if (strict)
		return false;
	org1 = domain_organization(one);
	org2 = domain_organization(two);
	return org1 != NULL && org2 != NULL && strcmp(org1, org2) == 0;
}

/* Whether the domain is the policy's or under it. */
static bool
is_within(const char *domain, const char *policy)
{
	size_t n = strlen(domain), m = strlen(policy);

	return n >= m && strcasecmp(domain + n - m, policy) == 0 &&
	    (n == m || domain[n - m - 1] == '.');
}

/* Whether a name is of characters that align_domains() does not compare. */
static bool
is_foreign(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return true;
	return false;
}

/*
 * One result that passed.  The reporter may know other organizations than we
 * do: where it took the policy from is one too (RFC 7489 3.1.1, RFC 9989 4.10).
 */
static enum align_verdict
align_result(const struct record *r, const struct align_policy *policy,
    const char *domain, bool strict)
{
	const char *from = r->header_from;

	if (from == NULL || domain == NULL)
		return ALIGN_UNKNOWN;
	if (align_domains(from, domain, true))
		return ALIGN_PASS;
	if (is_foreign(from) || is_foreign(domain))
		return ALIGN_UNKNOWN;
	if (policy->domain != NULL && strict)
		return ALIGN_FAIL;
	if (align_domains(from, domain, false))
		return policy->domain != NULL ? ALIGN_PASS : ALIGN_UNKNOWN;
	if (policy->domain != NULL && is_within(from, policy->domain) &&
	    is_within(domain, policy->domain))
		return ALIGN_UNKNOWN;
	return ALIGN_FAIL;
}

/* The best of a method's results; a failure only if all of them are known. */
struct best {
	bool pass;
	bool fail;
	bool unknown;
};

static void
best_add(struct best *best, const char *result, enum align_verdict alignment)
{
	if (result == NULL)
		best->unknown = true;
	else if (strcmp(result, "pass") != 0 || alignment == ALIGN_FAIL)
		best->fail = true;
	else if (alignment == ALIGN_PASS)
		best->pass = true;
	else
		best->unknown = true;
}

static enum align_verdict
best_verdict(const struct best *best)
{
	if (best->pass)
		return ALIGN_PASS;
	return best->fail && !best->unknown ? ALIGN_FAIL : ALIGN_UNKNOWN;
}

void
align_record(const struct record *r, const struct align_policy *policy,
    struct alignment *out)
{
	const struct auth_dkim *d = r->auth_dkim.at;
	const struct auth_spf *s = r->auth_spf.at;
	struct best dkim = { false, false, false }, spf = dkim;
	bool is_null_sender;
	size_t i;

	for (i = 0; i < r->auth_dkim.n; i++)
		best_add(&dkim, d[i].result,
		    align_result(r, policy, d[i].domain, policy->dkim_strict));
	/*
	 * HELO counts only for the null sender, which has no other domain (RFC
	 * 7489 3.1.2; RFC 9989 never lets it count).
	 */
	is_null_sender = r->envelope_from != NULL && *r->envelope_from == '\0';
	for (i = 0; i < r->auth_spf.n; i++)
		if (is_null_sender || s[i].scope == NULL ||
		    strcmp(s[i].scope, "helo") != 0)
			best_add(&spf, s[i].result,
			    align_result(
			        r, policy, s[i].domain, policy->spf_strict));
	out->dkim = best_verdict(&dkim);
	out->spf = best_verdict(&spf);
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
