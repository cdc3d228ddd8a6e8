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
