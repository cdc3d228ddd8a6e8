/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/reporter.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "report/align.h"
#include "report/idn.h"

/*
 * Organizations whose name is not the domain they send from, sorted; from
 * reports that they have sent to many.  Who uses one of these names must send
 * from one of its domains.
 */
static const struct {
	const char *name; /* case does not count */
	const char *domains[5];
} known[] = {
	{ "amazon-ses", { "amazonses.com", "amazon.com" } },
	{ "aol", { "aol.com", "yahoo.com", "yahooinc.com" } },
	{ "enterprise outlook", { "microsoft.com" } },
	{ "fastmail pty ltd", { "fastmaildmarc.com", "fastmail.com" } },
	{ "gmo pepabo, inc.",
	    { "heteml.jp", "lolipop.jp", "muumuu-domain.com", "pepabo.com" } },
	{ "gmx", { "gmx.net", "gmx.de" } },
	{ "godaddy.com", { "secureserver.net", "godaddy.com" } },
	{ "google inc.", { "google.com" } },
	{ "google llc", { "google.com" } },
	{ "google.com", { "google.com" } },
	{ "linkedin", { "linkedin.com" } },
	{ "mail.ru", { "mail.ru" } },
	{ "microsoft corporation", { "microsoft.com" } },
	{ "mimecast", { "mimecastreport.com", "mimecast.com" } },
	{ "outlook.com", { "microsoft.com" } },
	{ "protection.outlook.com", { "microsoft.com" } },
	{ "web.de", { "web.de" } },
	{ "xs4all.nl", { "xs4all.net", "xs4all.nl" } },
	{ "yahoo", { "yahooinc.com", "yahoo.com", "yahoo-inc.com" } },
	{ "yahoo inc.", { "yahooinc.com", "yahoo.com", "yahoo-inc.com" } },
	{ "yahoo! inc.", { "yahooinc.com", "yahoo.com", "yahoo-inc.com" } },
};

/* Services that report for receivers whose mail they filter. */
static const char *const services[] = { "dmarc25.jp", "iphmx.com" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_known_domain(size_t i, const char *domain)
{
	size_t k;

	for (k = 0; k < COUNT(known[i].domains); k++)
		if (known[i].domains[k] != NULL &&
		    strcmp(known[i].domains[k], domain) == 0)
			return true;
	return false;
}

static bool
is_service(const char *domain)
{
	size_t i;

	for (i = 0; i < COUNT(services); i++)
		if (strcmp(services[i], domain) == 0)
			return true;
	return false;
}

/* The organizational domain of an address or a domain. */
static bool
domain_of(const char *text, char out[static ALIGN_DOMAIN])
{
	const char *at;

	if (text == NULL)
		return false;
	at = strrchr(text, '@');
	return align_organization(at != NULL ? at + 1 : text, out);
}

bool
reporter_is_sender(
    const char *from, const char *organization, const char *email)
{
	char sender[ALIGN_DOMAIN], own[ALIGN_DOMAIN], address[ALIGN_DOMAIN];
	char ascii[IDN_SIZE];
	bool has_address;
	size_t i;

	if (!domain_of(from, sender))
		return false;
	has_address = email != NULL && strchr(email, '@') != NULL &&
	    domain_of(email, address);
	for (i = 0; i < COUNT(known) && organization != NULL; i++)
		if (strcasecmp(known[i].name, organization) == 0)
			return is_known_domain(i, sender);
	/* In A-labels: what looks like a domain is judged as the one it is. */
	if (organization != NULL && idn_is_foreign(organization) &&
	    idn_to_ascii(organization, ascii))
		organization = ascii;
	/* Single labels and texts with blanks are no domains. */
	if (organization != NULL && strpbrk(organization, " \t@,") == NULL &&
	    strchr(organization, '.') != NULL && domain_of(organization, own))
		return strcmp(own, sender) == 0 ||
		    (is_service(sender) && has_address &&
		        strcmp(address, sender) == 0);
	return has_address && strcmp(address, sender) == 0;
}
