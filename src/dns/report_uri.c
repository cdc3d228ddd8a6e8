/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/report_uri.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

const char *const report_uri_fault_words[] = {
	[REPORT_URI_OK] = "ok",
	[REPORT_URI_EMPTY] = "empty",
	[REPORT_URI_NO_SCHEME] = "no_scheme",
	[REPORT_URI_SCHEME] = "scheme",
	[REPORT_URI_ADDRESS] = "address",
	[REPORT_URI_ESCAPE] = "escape",
	[REPORT_URI_SIZE] = "size",
	[REPORT_URI_BYTES] = "bytes",
	[REPORT_URI_FAULTS] = NULL,
};

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Length of the scheme before ":" (RFC 3986, 3.1); 0: there is none. */
static size_t
scheme_length(const char *s)
{
	size_t n = 0;

	if (!text_is_letter(*s))
		return 0;
	while (text_is_alnum(s[n]) || is_one_of(s[n], "+-."))
		n++;
	return s[n] == ':' ? n : 0;
}

static int
hex_digit(char c)
{
	if (text_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode escapes in place; false: "%" without two digits, or of a NUL. */
static bool
decode(char *s)
{
	char *out = s;
	int high, low;

	for (; *s != '\0'; s++) {
		if (*s != '%') {
			*out++ = *s;
			continue;
		}
		high = hex_digit(s[1]);
		low = high >= 0 ? hex_digit(s[2]) : -1;
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*out++ = (char)(high << 4 | low);
		s += 2;
	}
	*out = '\0';
	return true;
}

/* Whether this can be before the "@" of an address (RFC 5322, 3.4.1). */
static bool
is_local_part(const char *s, size_t n)
{
	bool is_quoted = n > 2 && s[0] == '"' && s[n - 1] == '"';
	size_t i;

	for (i = 0; i < n; i++) {
		if (is_quoted ? s[i] < ' ' || s[i] > '~'
		              : !text_is_alnum(s[i]) &&
		            !is_one_of(s[i], "!#$%&'*+-/=?^_`{|}~."))
			return false;
	}
	return n > 0;
}

/*
 * Cut the size limit off what is behind the scheme: "!" digits and a unit of
 * powers of 1,024 (RFC 7489, 6.4).
 */
static enum report_uri_fault
cut_limit(char *rest, struct report_uri *u)
{
	static const char units[] = "kmgt";
	char *bang = strchr(rest, '!'), *s;
	const char *unit;
	uint64_t n = 0;
	int shift = 0;

	if (bang == NULL)
		return REPORT_URI_OK;
	if (strpbrk(bang + 1, "!@") != NULL)
		return REPORT_URI_ESCAPE;
	for (s = bang + 1; text_is_digit(*s); s++)
		n = n > (UINT64_MAX - 9) / 10 ? UINT64_MAX
		                              : 10 * n + (uint64_t)(*s - '0');
	if (s == bang + 1)
		return REPORT_URI_SIZE;
	if (*s != '\0') {
		unit = strchr(units, *s | 0x20);
		if (unit == NULL || s[1] != '\0')
			return REPORT_URI_SIZE;
		shift = 10 * (int)(unit - units + 1);
	}
	u->has_limit = true;
	u->limit = n > UINT64_MAX >> shift ? UINT64_MAX : n << shift;
	*bang = '\0';
	return REPORT_URI_OK;
}

/* A host in its one form; NULL: it is no name. */
static const char *
copy_host(struct arena *arena, const char *s)
{
	char name[DNS_NAME];

	return dns_write_name(s, name)
	    ? arena_strndup(arena, name, strlen(name))
	    : NULL;
}

/* rest: what is behind "mailto:", is changed (RFC 6068, 2). */
static enum report_uri_fault
parse_mailto(struct arena *arena, char *rest, struct report_uri *u)
{
	const char *host;
	char *at, *mailbox;
	size_t size;

	rest[strcspn(rest, "?#")] = '\0';
	if (!decode(rest))
		return REPORT_URI_ESCAPE;
	/* "//" may begin an address, but is always meant as in "https://". */
	at = strncmp(rest, "//", 2) != 0 ? strrchr(rest, '@') : NULL;
	if (at == NULL || !is_local_part(rest, (size_t)(at - rest)) ||
	    (host = copy_host(arena, at + 1)) == NULL)
		return REPORT_URI_ADDRESS;
	size = (size_t)(at - rest) + 1 + strlen(host) + 1;
	mailbox = arena_alloc(arena, size);
	snprintf(mailbox, size, "%.*s@%s", (int)(at - rest), rest, host);
	u->host = host;
	u->mailbox = mailbox;
	return REPORT_URI_OK;
}

/* rest: what is behind "https:", is changed.  Its host, or NULL. */
static const char *
parse_authority(struct arena *arena, char *rest)
{
	char *host, *at;

	if (strncmp(rest, "//", 2) != 0)
		return NULL;
	host = rest + 2;
	host[strcspn(host, "/?#")] = '\0';
	if ((at = strrchr(host, '@')) != NULL)
		host = at + 1;
	host[strcspn(host, ":")] = '\0';
	return copy_host(arena, host);
}

static bool
has_bad_bytes(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return true;
	return false;
}

/* All of it but the suggestion. */
static void
judge_uri(struct arena *arena, const char *text, enum report_uri_kind kind,
    struct report_uri *u)
{
	size_t n = scheme_length(text);
	char *rest;

	*u = (struct report_uri) { .text = text };
	if (n > 0)
		u->scheme = text_lower(arena_strndup(arena, text, n));
	if (*text == '\0')
		u->fault = REPORT_URI_EMPTY;
	else if (has_bad_bytes(text))
		u->fault = REPORT_URI_BYTES;
	else if (n == 0)
		u->fault = REPORT_URI_NO_SCHEME;
	if (u->fault != REPORT_URI_OK)
		return;
	rest = arena_strndup(arena, text + n + 1, strlen(text + n + 1));
	if (kind == REPORT_URI_DMARC)
		u->fault = cut_limit(rest, u);
	else if (strchr(rest, '!') != NULL)
		u->fault = REPORT_URI_ESCAPE;
	if (u->fault != REPORT_URI_OK)
		return;
	if (strcmp(u->scheme, "mailto") == 0) {
		u->fault = parse_mailto(arena, rest, u);
		return;
	}
	u->host = parse_authority(arena, rest);
	if (kind == REPORT_URI_DMARC || strcmp(u->scheme, "https") != 0)
		u->fault = REPORT_URI_SCHEME;
	else if (u->host == NULL)
		u->fault = REPORT_URI_ADDRESS;
}

/*
 * The same address with "mailto:", and without "//", "<", ">", white space and
 * the "\" of "\;"; NULL: that is no good either.
 */
static const char *
suggest_uri(
    struct arena *arena, const struct report_uri *u, enum report_uri_kind kind)
{
	const char *s = u->text;
	struct report_uri other;
	size_t n, size;
	char *uri;

	if (u->fault == REPORT_URI_SCHEME &&
	    (strlen(u->scheme) > 9 || text_distance(u->scheme, "mailto") > 2))
		return NULL;
	if (u->fault == REPORT_URI_EMPTY || u->fault == REPORT_URI_ESCAPE ||
	    u->fault == REPORT_URI_SIZE)
		return NULL;
	if (u->scheme != NULL)
		s += strlen(u->scheme) + 1;
	size = sizeof("mailto:") + strlen(s);
	uri = arena_alloc(arena, size);
	n = (size_t)snprintf(uri, size, "mailto:");
	for (; *s != '\0'; s++)
		if (!text_is_space(*s) && !is_one_of(*s, "/<>\\"))
			uri[n++] = *s;
	uri[n] = '\0';
	judge_uri(arena, uri, kind, &other);
	return other.fault == REPORT_URI_OK ? uri : NULL;
}

void
report_uris_parse(struct tag_list *list, const struct tag *tag,
    enum report_uri_kind kind, struct report_uris *out)
{
	struct report_uri *uris;
	const char *s = tag->value;
	size_t n, len;

	*out = (struct report_uris) { 0 };
	if (*s == '\0')
		return;
	uris = arena_alloc(list->arena, REPORT_URIS * sizeof(*uris));
	for (; out->n < REPORT_URIS; s += n + 1) {
		const char *start;
		struct report_uri *u = &uris[out->n++];

		len = n = strcspn(s, ",");
		start = text_trim(s, &len);
		judge_uri(list->arena, arena_strndup(list->arena, start, len),
		    kind, u);
		if (u->fault != REPORT_URI_OK) {
			u->suggestion = suggest_uri(list->arena, u, kind);
			tag_list_add(list, TAG_BAD_URI, tag->name, u->text,
			    u->suggestion);
		}
		if (s[n] == '\0')
			break;
	}
	out->uris = uris;
}

size_t
report_uris_count_valid(const struct report_uris *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += list->uris[i].fault == REPORT_URI_OK ||
		    list->uris[i].fault == REPORT_URI_SCHEME ||
		    list->uris[i].fault == REPORT_URI_ADDRESS;
	return n;
}
