/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/align.h"
#include "report/idn.h"
#include "report/service.h"
#include "store/store_priv.h"
#include "store/store_rule.h"

#define KEY_BITS 128
#define IPV4_BITS 32
#define MAX_NAME 253
#define MAX_LABEL 63
#define SHOWN 96

const char *const store_match_words[STORE_MATCHES] = { "cidr", "range",
	"ptr_domain", "spf_domain", "dkim_domain", "asn" };

#define REFUSE(text, ...) refuse(text, err, __VA_ARGS__)

/* What was typed, and what is wrong with it. */
static int __attribute__((format(printf, 3, 4)))
refuse(const char *text, struct err *err, const char *format, ...)
{
	char shown[SHOWN], why[320];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	text_safe(shown, sizeof(shown), text);
	return err_set(err, ERR_USAGE, "\"%s\" %s", shown, why);
}

/* --- addresses ------------------------------------------------------------ */

static bool
is_ipv4_like(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789.")] == '\0';
}

static bool
is_mapped(const uint8_t key[static STORE_IP_KEY])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(key, v4, sizeof(v4)) == 0;
}

/* text is the rule that ip is a part of. */
static int
read_address(const char *text, const char *ip, uint8_t key[static STORE_IP_KEY],
    struct err *err)
{
	size_t i, dots = 0;

	if (store_read_ip(ip, key))
		return 0;
	for (i = 0; ip[i] != '\0'; i++)
		dots += ip[i] == '.';
	if (!is_ipv4_like(ip))
		return REFUSE(text,
		    "has an address that is not one, such as "
		    "192.0.2.1 or 2001:db8::1");
	if (dots != 3)
		return REFUSE(text,
		    "is not an IP address, which has four numbers: a network "
		    "is written 192.0.2.0/24");
	return REFUSE(text,
	    "is not an IP address: each of its four numbers is 0 to 255, "
	    "without leading zeros");
}

/* Write the one form of a network, whatever its host bits were. */
static void
write_network(struct store_rule *r, int prefix)
{
	char shown[INET6_ADDRSTRLEN];
	bool is_v4 = is_mapped(r->lo) && prefix >= KEY_BITS - IPV4_BITS;

	if (is_v4)
		store_write_ip(r->lo, shown);
	else
		inet_ntop(AF_INET6, r->lo, shown, sizeof(shown));
	snprintf(r->value, sizeof(r->value), "%s/%d", shown,
	    is_v4 ? prefix - (KEY_BITS - IPV4_BITS) : prefix);
	r->match = STORE_MATCH_CIDR;
}

/* 192.0.2.0/24, or an address: a network of one. */
static int
read_network(const char *text, struct store_rule *r, struct err *err)
{
	const char *slash = strchr(text, '/');
	const size_t len = slash != NULL ? (size_t)(slash - text)
	                                 : strlen(text);
	int bits, i;
	int64_t prefix;
	char ip[64];

	snprintf(ip, sizeof(ip), "%.*s", (int)(len < 63 ? len : 63), text);
	if (read_address(text, ip, r->lo, err) == -1)
		return -1;
	bits = strchr(ip, ':') != NULL ? KEY_BITS : IPV4_BITS;
	prefix = bits;
	if (slash != NULL && !text_read_int(slash + 1, 0, bits, &prefix))
		return REFUSE(text,
		    "is not a network: the number after the slash is 0 to %d",
		    bits);
	memcpy(r->hi, r->lo, sizeof(r->hi));
	prefix += KEY_BITS - bits;
	for (i = (int)prefix; i < KEY_BITS; i++) {
		r->lo[i / 8] &= (uint8_t) ~(0x80U >> (i % 8));
		r->hi[i / 8] |= (uint8_t)(0x80U >> (i % 8));
	}
	write_network(r, (int)prefix);
	return 0;
}

static bool
bit_of(const uint8_t key[static STORE_IP_KEY], int i)
{
	return (key[i / 8] & (0x80U >> (i % 8))) != 0;
}

/* The prefix of the network that a range is; -1: it is none. */
static int
prefix_of(const struct store_rule *r)
{
	int prefix = 0, i;

	while (
	    prefix < KEY_BITS && bit_of(r->lo, prefix) == bit_of(r->hi, prefix))
		prefix++;
	for (i = prefix; i < KEY_BITS; i++)
		if (bit_of(r->lo, i) || !bit_of(r->hi, i))
			return -1;
	return prefix;
}

/* 192.0.2.10-192.0.2.20; one that is a network is written as one. */
static int
read_range(const char *text, struct store_rule *r, struct err *err)
{
	const char *minus = strchr(text, '-');
	char one[64], lo[INET6_ADDRSTRLEN], hi[INET6_ADDRSTRLEN];
	const size_t len = (size_t)(minus - text);
	int prefix;

	snprintf(one, sizeof(one), "%.*s", (int)(len < 63 ? len : 63), text);
	if (read_address(text, one, r->lo, err) == -1 ||
	    read_address(text, minus + 1, r->hi, err) == -1)
		return -1;
	if (is_mapped(r->lo) != is_mapped(r->hi))
		return REFUSE(text,
		    "is not a range: one of its ends is an IPv4 address, the "
		    "other one IPv6");
	if (memcmp(r->lo, r->hi, sizeof(r->lo)) > 0)
		return REFUSE(text,
		    "is not a range: its first address is above its last");
	if ((prefix = prefix_of(r)) != -1) {
		write_network(r, prefix);
		return 0;
	}
	store_write_ip(r->lo, lo);
	store_write_ip(r->hi, hi);
	snprintf(r->value, sizeof(r->value), "%s-%s", lo, hi);
	r->match = STORE_MATCH_RANGE;
	return 0;
}

/* --- domains -------------------------------------------------------------- */

/* What is wrong with a name in A-labels; NULL: nothing. */
static const char *
find_fault(const char *name)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *p = name;
	size_t len;

	if (strlen(name) > MAX_NAME)
		return "is not a domain: it is longer than 253 bytes";
	for (;; p += len + 1) {
		if ((len = strcspn(p, ".")) == 0)
			return "is not a domain: it has an empty label, where "
			       "nothing is between two dots";
		if (len > MAX_LABEL)
			return "is not a domain: one of its labels is longer "
			       "than 63 bytes";
		if (strspn(p, known) < len)
			return "is not a domain: it has characters that no "
			       "domain has";
		if (p[len] == '\0')
			break;
	}
	if (p[0] < 'a' || p[0] > 'z')
		return "is not a domain: the last label of one is letters";
	return NULL;
}

/* name: text without its d= or spf=. */
static int
read_domain(
    const char *text, const char *name, struct store_rule *r, struct err *err)
{
	char lower[sizeof(r->value)], ascii[IDN_SIZE], org[ALIGN_DOMAIN];
	const char *fault;
	size_t len;

	if (name[0] == '\0')
		return REFUSE(text, "lacks its domain (%sexample.com)", text);
	if (strncmp(name, "*.", 2) == 0)
		return REFUSE(text,
		    "has an asterisk: write the domain alone, whatever is "
		    "below it is matched too");
	if (idn_is_foreign(name)) {
		if (!idn_to_ascii(name, ascii))
			return REFUSE(text, "is not a domain that can exist");
		name = ascii;
	}
	/* What is cut is still too long. */
	snprintf(lower, sizeof(lower), "%s", name);
	len = strlen(text_lower(lower));
	/* One final dot is the root's. */
	if (len > 1 && len < sizeof(lower) - 1 && lower[len - 1] == '.')
		lower[len - 1] = '\0';
	if ((fault = find_fault(lower)) != NULL)
		return REFUSE(text, "%s", fault);
	if (!align_organization(lower, org))
		return REFUSE(text,
		    "is a public suffix, below which anybody can have a "
		    "domain: name one below it");
	snprintf(r->value, sizeof(r->value), "%s", lower);
	return 0;
}

/* --- all of them ---------------------------------------------------------- */

static int
read_asn(const char *text, struct store_rule *r, struct err *err)
{
	if (!text_read_int(text + 2, 1, UINT32_MAX, &r->asn))
		return REFUSE(
		    text, "is not an AS number: they are AS1 to AS4294967295");
	r->match = STORE_MATCH_ASN;
	snprintf(r->value, sizeof(r->value), "%" PRId64, r->asn);
	return 0;
}

/* Whether what is before the first minus can only be an address. */
static bool
is_range_like(const char *text)
{
	const char *minus = strchr(text, '-');

	return minus != NULL && minus > text &&
	    (memchr(text, ':', (size_t)(minus - text)) != NULL ||
	        (text + strspn(text, "0123456789.") == minus &&
	            (is_ipv4_like(minus + 1) || minus[1] == '\0' ||
	                strchr(minus, ':') != NULL)));
}

static int
read_any(const char *text, struct store_rule *r, struct err *err)
{
	if (strncasecmp(text, "d=", 2) == 0) {
		r->match = STORE_MATCH_DKIM;
		return read_domain(text, text + 2, r, err);
	}
	if (strncasecmp(text, "spf=", 4) == 0) {
		r->match = STORE_MATCH_SPF;
		return read_domain(text, text + 4, r, err);
	}
	if (strncasecmp(text, "AS", 2) == 0 && text[2] != '\0' &&
	    text[2 + strspn(text + 2, "0123456789")] == '\0')
		return read_asn(text, r, err);
	if (is_range_like(text))
		return read_range(text, r, err);
	if (strpbrk(text, "/:") != NULL || is_ipv4_like(text))
		return read_network(text, r, err);
	if (strchr(text, '.') == NULL && !idn_is_foreign(text))
		return REFUSE(text,
		    "is not a rule: use an address, a network (192.0.2.0/24), "
		    "a range (192.0.2.10-192.0.2.20), the domain of a "
		    "signature (d=example.com), of SPF (spf=example.com) or "
		    "of host names (example.com), or an AS (AS64500)");
	r->match = STORE_MATCH_PTR;
	return read_domain(text, text, r, err);
}

int
store_read_rule(const char *text, struct store_rule *out, struct err *err)
{
	struct store_rule r = { .match = STORE_MATCH_CIDR };

	if (read_any(text, &r, err) == -1)
		return -1;
	r.len = strlen(r.value);
	*out = r;
	return 0;
}

/* The first bytes of a key as a number. */
static int64_t
number_of(const uint8_t *key, int bytes)
{
	int64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | *key++;
	return n;
}

/* A /8 differs in 8 of its first 16 bits, a /32 of IPv6 in 16 of 48. */
int
store_check_rule(const char *text, const struct store_rule *r, struct err *err)
{
	const bool is_v4 = is_mapped(r->lo);
	const int first = is_v4 ? 12 : 0, bytes = is_v4 ? 2 : 6;
	const int64_t most = is_v4 ? 0xff : 0xffff;

	if (r->match != STORE_MATCH_CIDR && r->match != STORE_MATCH_RANGE)
		return 0;
	if (number_of(r->hi + first, bytes) - number_of(r->lo + first, bytes) <=
	    most)
		return 0;
	return REFUSE(text,
	    "is more than a sender has: name networks of /8, or /32 of IPv6, "
	    "or smaller ones");
}
