/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "parse/received.h"
#include "report/align.h"
#include "report/service.h"

/* A network, of addresses that inet_pton() reads. */
struct network {
	const char *address;
	unsigned int bits;
};

/* Of nobody: these hosts stand behind the border (RFC 6890). */
static const struct network inner[] = { { "10.0.0.0", 8 }, { "172.16.0.0", 12 },
	{ "192.168.0.0", 16 }, { "100.64.0.0", 10 }, { "127.0.0.0", 8 },
	{ "169.254.0.0", 16 }, { "::1", 128 }, { "fc00::", 7 },
	{ "fe80::", 10 } };

/*
 * Between hosts of Microsoft 365, which name themselves in several domains
 * (as in public headers, 2026; others of 2603:1000::/24 are Azure's
 * customers').
 */
static const struct network microsoft[] = { { "2603:1096::", 32 },
	{ "2603:10a6::", 32 }, { "2603:10b6::", 32 }, { "2603:10c6::", 32 },
	{ "2603:10d6::", 32 }, { "2a01:111:f400::", 48 },
	{ "2a01:111:f403::", 48 }, { "40.92.0.0", 15 }, { "40.107.0.0", 16 },
	{ "52.100.0.0", 14 }, { "104.47.0.0", 17 } };

/* The organizations whose hosts have names in several domains. */
static const struct {
	const char *domain;
	const char *service;
} names[] = {
	{ "outlook.com", "microsoft" },
	{ "office365.com", "microsoft" },
	{ "exchangelabs.com", "microsoft" },
	{ "office365.us", "microsoft" },
	{ "hotmail.com", "microsoft" },
	{ "microsoft.com", "microsoft" },
	{ "google.com", "google" },
	{ "googlemail.com", "google" },
	{ "gmail.com", "google" },
	{ "yahoo.com", "yahoo" },
	{ "yahoo.net", "yahoo" },
	{ "yahoodns.net", "yahoo" },
	{ "aol.com", "yahoo" },
	{ "icloud.com", "apple" },
	{ "me.com", "apple" },
	{ "mac.com", "apple" },
};

/* Within names of a single label, as Apple's hosts write them (2026). */
static const char *const apple[] = { "-mailgateway-", "-icloudmta-" };

static bool
is_in(const char *ip, const struct network *n, size_t count)
{
	unsigned char a[16], b[16];
	unsigned int bytes, rest;
	const int family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	size_t i;

	if (inet_pton(family, ip, a) != 1)
		return false;
	for (i = 0; i < count; i++) {
		if (inet_pton(family, n[i].address, b) != 1)
			continue;
		bytes = n[i].bits / 8;
		rest = n[i].bits % 8;
		if (memcmp(a, b, bytes) == 0 &&
		    (rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0))
			return true;
	}
	return false;
}

#define IS_IN(ip, networks) \
	is_in(ip, networks, sizeof(networks) / sizeof((networks)[0]))

static const char *
service_of(const char *host)
{
	size_t i;

	for (i = 0; host != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (align_domains(host, names[i].domain, false))
			return names[i].service;
	if (host == NULL || strchr(host, '.') != NULL)
		return NULL;
	for (i = 0; i < sizeof(apple) / sizeof(apple[0]); i++)
		if (strstr(host, apple[i]) != NULL)
			return "apple";
	return NULL;
}

const char *
received_service(const struct explain_hop *hop)
{
	return service_of(hop->by);
}

/* Anybody's message leaves Microsoft 365 through these. */
static bool
is_outbound(const char *host)
{
	static const char end[] = ".outbound.protection.outlook.com";
	size_t n = host != NULL ? strlen(host) : 0;

	return n > sizeof(end) - 1 &&
	    strcmp(host + n - sizeof(end) + 1, end) == 0;
}

static bool
is_same_service(const char *a, const char *b)
{
	const char *s = service_of(a), *t = service_of(b);

	return s != NULL && t != NULL && strcmp(s, t) == 0;
}

/* How a hop shows that it is from one host of the receiver to another. */
enum inner { NOT_INNER, BY_NAME, BY_ADDRESS };

/* "with local" of Exim, "with LMTP", "via Frontend Transport" by mapi. */
static bool
is_local(const char *with)
{
	static const char *const words[] = { "local", "lmtp", "lmtps", "lmtpsa",
		"mapi", "userid", "uid", "http", "https" };
	size_t i, n = with != NULL ? strcspn(with, " ") : 0;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n &&
		    strncasecmp(with, words[i], n) == 0)
			return true;
	return false;
}

/*
 * Without an address.  A client that names itself, and is not local by its name
 * or the way it came, may be anybody.
 */
static enum inner
inner_by_name(const struct explain_hop *h)
{
	const char *name = h->from_name != NULL ? h->from_name : h->from_helo;

	return name == NULL || is_local(h->with) ||
	        strcmp(name, "localhost") == 0 ||
	        (h->by != NULL &&
	            (strcmp(name, h->by) == 0 ||
	                align_domains(name, h->by, false) ||
	                is_same_service(name, h->by)))
	    ? BY_ADDRESS
	    : NOT_INNER;
}

static enum inner
inner_of(const struct explain_hop *h)
{
	const struct service *service;
	const char *name = h->from_name != NULL ? h->from_name : h->from_helo;

	if (h->from_ip == NULL)
		return inner_by_name(h);
	if (IS_IN(h->from_ip, inner))
		return BY_ADDRESS;
	if (IS_IN(h->from_ip, microsoft) && is_same_service(name, h->by))
		return is_outbound(name) ? NOT_INNER : BY_ADDRESS;
	/* A name that the client gave itself proves nothing. */
	if (h->from_name == NULL || h->by == NULL ||
	    !align_domains(h->from_name, h->by, false))
		return NOT_INNER;
	/* From one customer to another. */
	service = service_find(h->by);
	return service == NULL || service->kind != SERVICE_MAILBOX ? BY_NAME
	                                                           : NOT_INNER;
}

/* The topmost that shows less than that; -1: none. */
static int
find_less(const struct array *hops, enum inner than)
{
	const struct explain_hop *h = hops->at;
	size_t i;

	for (i = 0; i < hops->n; i++)
		if (inner_of(&h[i]) < than)
			return (int)i;
	return -1;
}

int
received_border(const struct array *hops)
{
	return find_less(hops, BY_NAME);
}

int
received_edge(const struct array *hops)
{
	return find_less(hops, BY_ADDRESS);
}

bool
received_is_named_after(const struct explain_hop *hop, const char *name)
{
	size_t n;

	if (hop->by == NULL || name == NULL)
		return false;
	n = strcspn(hop->by, ".");
	return align_domains(hop->by, name, false) ||
	    is_same_service(hop->by, name) ||
	    (n > 0 && strlen(name) == n && strncasecmp(hop->by, name, n) == 0);
}
