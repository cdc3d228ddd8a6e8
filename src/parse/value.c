/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/value.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define MAX_ADDRESS 96 /* no text of an address is longer, nor its zone */

/* --- addresses ------------------------------------------------------------ */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* What inet_pton() knows; text gets the form of the wire. */
static bool
read_strict(const char *s, char text[static INET6_ADDRSTRLEN])
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff };
	unsigned char addr[16];

	if (inet_pton(AF_INET, s, addr) == 1) {
		/* It takes no other form than that of the wire. */
		memcpy(text, s, strlen(s) + 1);
		return true;
	}
	if (inet_pton(AF_INET6, s, addr) != 1)
		return false;
	if (memcmp(addr, mapped, sizeof(mapped)) == 0)
		inet_ntop(
		    AF_INET, addr + sizeof(mapped), text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, addr, text, INET6_ADDRSTRLEN);
	return true;
}

/* "192.000.002.001": that all have three digits tells that none is octal. */
static void
drop_padding(char *s)
{
	char *from = s, *to = s;
	size_t i;

	if (strlen(s) != 15)
		return;
	for (i = 0; i < 15; i++)
		if (i % 4 == 3 ? s[i] != '.' : !is_digit(s[i]))
			return;
	for (i = 0; i < 4; i++) {
		while (*from == '0' && is_digit(from[1]))
			from++;
		while (is_digit(*from))
			*to++ = *from++;
		*to++ = *from++;
	}
}

/* ":25" behind an IPv4 address or eight groups: cut off. */
static void
drop_port(char *s)
{
	char *last = strrchr(s, ':'), *p;
	size_t colons = 0;

	for (p = s; *p != '\0'; p++)
		colons += *p == ':';
	if (last != NULL && (colons == 1 || colons == 8) && is_alnum(last[1]))
		*last = '\0';
	s[strcspn(s, "#")] = '\0';
}

/* One word: an address, and what may hang on to it. */
static bool
read_bare(const char *s, size_t n, char *out, bool *more)
{
	static const char *const prefixes[] = {
		"ipv6:", "ipv4:", "ip6:", "ip4:"
	};
	char word[MAX_ADDRESS], *slash;
	size_t i, len;

	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		len = strlen(prefixes[i]);
		if (n > len && strncasecmp(s, prefixes[i], len) == 0) {
			s += len;
			n -= len;
			break;
		}
	}
	if (n == 0 || n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';
	if ((slash = strchr(word, '/')) != NULL && is_digit(slash[1])) {
		*slash = '\0';
		*more = true;
	}
	word[strcspn(word, "%")] = '\0';
	if (read_strict(word, out))
		return true;
	*more = true;
	for (len = strlen(word); len > 0 && word[len - 1] == '.'; len--)
		word[len - 1] = '\0';
	drop_padding(word);
	if (read_strict(word, out))
		return true;
	drop_port(word);
	for (len = strlen(word); len > 0 && word[len - 1] == '.'; len--)
		word[len - 1] = '\0';
	return read_strict(word, out);
}

#define ENDS " \t\r\n,;()[]<>\"'"

/* The next word of the text, whatever stands before it. */
static size_t
next_word(const char **s)
{
	*s += strspn(*s, ENDS);
	return strcspn(*s, ENDS);
}

/* ":25" of "[2001:db8::1]:25" and the like is no second address. */
static bool
has_address(const char *s)
{
	char text[INET6_ADDRSTRLEN];
	bool more;
	size_t n;

	for (; (n = next_word(&s)) > 0; s += n)
		if (read_bare(s, n, text, &more))
			return true;
	return false;
}

const char *
value_read_address(const char *s, struct arena *arena, bool *more)
{
	char text[INET6_ADDRSTRLEN];
	bool extra = false, ignored;
	const char *p = s;
	size_t n;

	if (read_strict(s, text))
		return arena_strndup(arena, text, strlen(text));
	/* In "mail.example [192.0.2.1]" it is not the first word. */
	for (; (n = next_word(&p)) > 0; p += n, extra = true)
		if (read_bare(p, n, text, more != NULL ? more : &ignored))
			break;
	if (n == 0)
		return NULL;
	p += n;
	extra = extra || p[strspn(p, ENDS)] != '\0';
	if (has_address(p))
		return NULL;
	if (more != NULL)
		*more = *more || extra;
	return arena_strndup(arena, text, strlen(text));
}

/* --- counts --------------------------------------------------------------- */

/* A number on its way. */
struct number {
	const char *p;
	int64_t whole;
	bool grouped;
	bool rough; /* the fraction is not zero */
};

static void
add_digit(struct number *v, char c)
{
	if (__builtin_mul_overflow(v->whole, 10, &v->whole) ||
	    __builtin_add_overflow(v->whole, c - '0', &v->whole))
		v->whole = INT64_MAX;
}

/* What separates thousands: its length, 0 when it does not. */
static size_t
separator(const char *s)
{
	static const char *const marks[] = { ",", ".", " ", "'", "_",
		"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x99" };
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* "1,000,000", or as in India "10,00,000": the last group has three digits. */
static bool
read_groups(struct number *v)
{
	const char *p = v->p, *mark;
	size_t n = strspn(p, "0123456789"), len, last = 0;

	if (n == 0 || n > 3 || *p == '0' || (len = separator(p + n)) == 0)
		return false;
	mark = p + n;
	for (p = mark; strncmp(p, mark, len) == 0; p += len + last) {
		n = strspn(p + len, "0123456789");
		if (n != 3 && !(n == 2 && *mark == ','))
			break;
		last = n;
	}
	if (last != 3 || is_digit(*p))
		return false;
	for (; v->p < p; v->p++)
		if (is_digit(*v->p))
			add_digit(v, *v->p);
	v->grouped = true;
	return true;
}

/* ".50", then perhaps "e3", which moves digits before the point. */
static bool
read_fraction(struct number *v)
{
	const char *digits = v->p, *exponent;
	size_t n = 0, power = 0;

	if (*v->p == '.' || *v->p == ',') {
		digits = v->p + 1;
		n = strspn(digits, "0123456789");
		v->p = digits + n;
	}
	if ((*v->p | 0x20) == 'e' && !v->grouped) {
		exponent = v->p + 1 + (v->p[1] == '+');
		if (!is_digit(*exponent))
			return false;
		for (; is_digit(*exponent); exponent++)
			if (power < 100)
				power = 10 * power + (size_t)(*exponent - '0');
		v->p = exponent;
	}
	for (; power > 0; power--) {
		add_digit(v, n > 0 ? *digits : '0');
		digits += n > 0;
		n -= n > 0;
	}
	v->rough = strspn(digits, "0") < n;
	return true;
}

/* As nearly all are: digits that cannot overflow, no 0 before them. */
static bool
read_plain(const char *s, int64_t *out)
{
	const char *p;
	int64_t n = 0;

	for (p = s; is_digit(*p) && p - s < 18; p++)
		n = 10 * n + (*p - '0');
	*out = n;
	return *p == '\0' && p > s && (*s != '0' || p == s + 1);
}

enum value_count
value_read_count(const char *s, int64_t *out)
{
	struct number v = { .p = s };
	bool rough = false, plain;
	int64_t n;

	if (read_plain(s, &n)) {
		*out = n;
		return COUNT_PLAIN;
	}
	v.p += *v.p == '+';
	if (*v.p == '~') {
		rough = true;
		v.p += 1 + strspn(v.p + 1, " ");
	}
	if (!is_digit(*v.p))
		return COUNT_NONE;
	if (!read_groups(&v))
		for (; is_digit(*v.p); v.p++)
			add_digit(&v, *v.p);
	plain = *v.p == '\0' && !v.grouped && is_digit(*s) &&
	    (*s != '0' || s[1] == '\0');
	if (!read_fraction(&v))
		return COUNT_NONE;
	v.p += strspn(v.p, " \t\r\n");
	if (*v.p != '\0' && *v.p != '(')
		return COUNT_NONE;
	*out = v.whole;
	if (rough || v.rough)
		return COUNT_ROUGH;
	return plain ? COUNT_PLAIN : COUNT_OTHER;
}

/* --- words ---------------------------------------------------------------- */

/* Whether behind blanks another "name=value" begins, as in a header field. */
static bool
is_property(const char *s)
{
	s += strspn(s, " \t\r\n");
	while (is_alnum(*s) || *s == '.' || *s == '-' || *s == '_')
		s++;
	return *s == '=';
}

bool
value_read_word(const char *s, char out[static VALUE_WORD])
{
	static const char *const prefixes[] = {
		"dkim=", "spf=", "dmarc=", "result="
	};
	size_t i, n = 0;

	s += strspn(s, " \t\r\n\"'");
	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncasecmp(s, prefixes[i], strlen(prefixes[i])) == 0) {
			s += strlen(prefixes[i]);
			break;
		}
	for (; *s != '\0'; s++) {
		if (is_alnum(*s)) {
			if (n == VALUE_WORD - 1)
				return false;
			out[n++] = (char)(is_digit(*s) ? *s : *s | 0x20);
		} else if (text_is_space(*s)) {
			if (is_property(s))
				break;
		} else if (*s != '-' && *s != '_') {
			if (strchr("(;:,.\"'", *s) == NULL)
				return false;
			break;
		}
	}
	out[n] = '\0';
	return n > 0;
}
