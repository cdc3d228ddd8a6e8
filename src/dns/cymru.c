/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/cymru.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define FIELD 80
#define NARROW 8 /* bits of the widest network that is announced */

bool
cymru_write_origin(const char *ip, char out[static DNS_NAME])
{
	static const char v4[] = ".in-addr.arpa", v6[] = ".ip6.arpa";
	char name[DNS_NAME], *end;
	const char *zone = "origin.asn.cymru.com";

	if (!dns_reverse_name(ip, name))
		return false;
	if ((end = strstr(name, v4)) == NULL) {
		end = strstr(name, v6);
		zone = "origin6.asn.cymru.com";
	}
	if (end == NULL)
		return false;
	snprintf(out, DNS_NAME, "%.*s.%s", (int)(end - name), name, zone);
	return true;
}

void
cymru_write_as(int64_t asn, char out[static DNS_NAME])
{
	snprintf(out, DNS_NAME, "as%" PRId64 ".asn.cymru.com", asn);
}

/* The nth field between bars, trimmed; false: there are not so many. */
static bool
find_field(const char *text, int n, const char **field, size_t *len)
{
	while (n-- > 0) {
		if ((text = strchr(text, '|')) == NULL)
			return false;
		text++;
	}
	*len = strcspn(text, "|");
	*field = text_trim(text, len);
	return true;
}

/* The same as a string; false: also if it is too long for any that is right. */
static bool
read_field(const char *text, int n, char out[static FIELD])
{
	const char *field;
	size_t len;

	if (!find_field(text, n, &field, &len) || len >= FIELD)
		return false;
	memcpy(out, field, len);
	out[len] = '\0';
	return true;
}

static bool
read_first_as(const char *text, int64_t *asn)
{
	char field[FIELD];

	if (!read_field(text, 0, field))
		return false;
	field[strcspn(field, " ")] = '\0';
	return text_read_int(field, 1, UINT32_MAX, asn);
}

bool
cymru_read_origin(const char *text, struct cymru_origin *out)
{
	struct cymru_origin o = { .bits = 0 };
	char field[FIELD], *slash;
	int64_t bits;

	if (!read_first_as(text, &o.asn) || !read_field(text, 1, field) ||
	    (slash = strchr(field, '/')) == NULL)
		return false;
	*slash = '\0';
	o.is_v6 = strchr(field, ':') != NULL;
	if (inet_pton(o.is_v6 ? AF_INET6 : AF_INET, field, o.first) != 1 ||
	    !text_read_int(slash + 1, NARROW, o.is_v6 ? 128 : 32, &bits))
		return false;
	o.bits = (int)bits;
	if (read_field(text, 2, field) && strlen(field) == 2 &&
	    field[0] >= 'A' && field[0] <= 'Z' && field[1] >= 'A' &&
	    field[1] <= 'Z')
		memcpy(o.country, field, sizeof(o.country));
	*out = o;
	return true;
}

bool
cymru_has_address(const struct cymru_origin *o, const char *ip)
{
	uint8_t address[16] = { 0 };
	int i;

	if (inet_pton(o->is_v6 ? AF_INET6 : AF_INET, ip, address) != 1)
		return false;
	for (i = 0; i < o->bits; i++)
		if (((address[i / 8] ^ o->first[i / 8]) >> (7 - i % 8) & 1) !=
		    0)
			return false;
	return true;
}

bool
cymru_read_as(const char *text, int64_t asn, char name[static GEO_NAME])
{
	const char *field;
	int64_t about;
	size_t len;

	if (!read_first_as(text, &about) || about != asn ||
	    !find_field(text, 4, &field, &len) || len == 0)
		return false;
	text_safe_len(name, GEO_NAME, field, len);
	return true;
}
