/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "dns/spf_syntax.h"

#define VERSION "v=spf1"

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
spf_is_record(const char *text, size_t len)
{
	size_t n = strlen(VERSION);

	return len >= n && strncasecmp(text, VERSION, n) == 0 &&
	    (len == n || text[n] == ' ');
}

bool
spf_is_lookup(const struct spf_term *t)
{
	switch (t->kind) {
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
	case SPF_REDIRECT:
		return true;
	default:
		return false;
	}
}

static enum spf_fault set_domain(
    struct arena *arena, struct spf_term *t, const char *s, size_t n);

/*
 * A decimal number without leading zeros at the end of the n bytes at s, after
 * a "/": its value, and *n is where the "/" is; -1: there is none, or it is
 * more than most.
 */
static int
cut_prefix(const char *s, size_t *n, int most)
{
	size_t i = *n, start;
	int value = 0;

	while (i > 0 && is_digit(s[i - 1]))
		i--;
	if (i == *n || i == 0 || s[i - 1] != '/')
		return -1;
	for (start = i; i < *n && value <= most; i++)
		value = 10 * value + (s[i] - '0');
	if (value > most || (s[start] == '0' && *n - start > 1))
		return -1;
	*n = start - 1;
	return value;
}

/* ":" ip [ "/" prefix ] of ip4 and ip6 (5.6). */
static enum spf_fault
read_network(struct spf_term *t, const char *s, size_t n)
{
	bool is4 = t->kind == SPF_IP4;
	char address[INET6_ADDRSTRLEN];
	const char *slash;
	uint8_t other[16];
	size_t len;
	int prefix;

	if (n < 2 || *s != ':')
		return n == 0 || *s == ':' ? SPF_FAULT_MISSING
		                           : SPF_FAULT_PREFIX;
	s++;
	n--;
	slash = memchr(s, '/', n);
	len = slash != NULL ? (size_t)(slash - s) : n;
	if (len >= sizeof(address))
		return SPF_FAULT_ADDRESS;
	memcpy(address, s, len);
	address[len] = '\0';
	if (inet_pton(is4 ? AF_INET : AF_INET6, address, t->ip) != 1)
		return inet_pton(is4 ? AF_INET6 : AF_INET, address, other) == 1
		    ? SPF_FAULT_FAMILY
		    : SPF_FAULT_ADDRESS;
	t->prefix4 = 32;
	t->prefix6 = 128;
	if (slash == NULL)
		return SPF_FAULT_NONE;
	prefix = cut_prefix(s, &n, is4 ? 32 : 128);
	if (prefix == -1 || n != len)
		return SPF_FAULT_PREFIX;
	*(is4 ? &t->prefix4 : &t->prefix6) = prefix;
	return SPF_FAULT_NONE;
}

/* [ ":" domain ] [ "/" prefix4 ] [ "//" prefix6 ] of a and mx (5.3, 5.4). */
static enum spf_fault
read_host(struct arena *arena, struct spf_term *t, const char *s, size_t n)
{
	size_t before = n;
	int prefix = cut_prefix(s, &n, 128);

	t->prefix4 = 32;
	t->prefix6 = 128;
	if (prefix != -1 && n > 0 && s[n - 1] == '/') {
		t->prefix6 = prefix;
		n--;
		prefix = cut_prefix(s, &n, 32);
	} else if (prefix != -1) {
		n = before; /* it has one slash: an IPv4 prefix */
		prefix = cut_prefix(s, &n, 32);
	}
	if (prefix != -1)
		t->prefix4 = prefix;
	if (n == 0)
		return SPF_FAULT_NONE;
	if (*s != ':')
		return SPF_FAULT_PREFIX;
	return set_domain(arena, t, s + 1, n - 1);
}

/* ":" domain of include and exists, [ ":" domain ] of ptr. */
static enum spf_fault
read_target(struct arena *arena, struct spf_term *t, const char *s, size_t n)
{
	if (n == 0)
		return t->kind == SPF_PTR ? SPF_FAULT_NONE : SPF_FAULT_MISSING;
	if (*s != ':')
		return SPF_FAULT_ARGUMENT;
	return set_domain(arena, t, s + 1, n - 1);
}

/*
 * domain-spec (7.1): visible characters and macros, at the end a macro or a dot
 * and a label that can be of a top-level domain.
 */
static bool
is_domain_spec(const char *s, size_t n)
{
	size_t i, dot = SIZE_MAX, macro_end = 0, start;
	bool only_digits = true;

	for (i = 0; i < n; i++) {
		if (s[i] == '%') {
			if (s[i + 1] != '{')
				i++;
			else
				while (s[i] != '}')
					i++;
			macro_end = i + 1;
		} else if (s[i] == '.' && i + 1 < n) {
			dot = i;
		}
	}
	if (macro_end == n)
		return true;
	if (dot == SIZE_MAX || dot < macro_end)
		return false;
	start = dot + 1;
	if (s[n - 1] == '.')
		n--;
	if (start >= n || s[start] == '-' || s[n - 1] == '-')
		return false;
	for (i = start; i < n; i++) {
		if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-')
			return false;
		only_digits = only_digits && is_digit(s[i]);
	}
	return !only_digits;
}

static enum spf_fault
set_domain(struct arena *arena, struct spf_term *t, const char *s, size_t n)
{
	size_t i;

	if (n == 0)
		return SPF_FAULT_MISSING;
	t->domain = arena_strndup(arena, s, n);
	if (!spf_check_macros(t->domain, n, false, &t->macros))
		return SPF_FAULT_MACRO;
	if (is_domain_spec(t->domain, n))
		return SPF_FAULT_NONE;
	/* "include:a.example/24", "a:a.example/": worth another sentence */
	for (i = n; i > 0 && s[i - 1] != '.' && s[i - 1] != '/'; i--)
		;
	if (i > 0 && s[i - 1] == '/')
		return t->kind == SPF_A || t->kind == SPF_MX
		    ? SPF_FAULT_PREFIX
		    : SPF_FAULT_ARGUMENT;
	return SPF_FAULT_DOMAIN;
}

static const struct {
	const char *name;
	enum spf_kind kind;
} mechanisms[] = { { "all", SPF_ALL }, { "include", SPF_INCLUDE },
	{ "a", SPF_A }, { "mx", SPF_MX }, { "ptr", SPF_PTR },
	{ "ip4", SPF_IP4 }, { "ip6", SPF_IP6 }, { "exists", SPF_EXISTS } };

static bool
is_word(const char *s, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

static enum spf_kind
mechanism(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (is_word(name, n, mechanisms[i].name))
			return mechanisms[i].kind;
	return SPF_BAD;
}

/* The mechanism without its qualifier; its name has len bytes. */
static enum spf_fault
read_mechanism(struct arena *arena, struct spf_term *t, const char *s, size_t n,
    size_t len)
{
	t->kind = mechanism(s, len);
	if (t->kind == SPF_BAD)
		return len == 0 ? SPF_FAULT_QUALIFIER : SPF_FAULT_MECHANISM;
	s += len;
	n -= len;
	switch (t->kind) {
	case SPF_ALL:
		return n == 0 ? SPF_FAULT_NONE : SPF_FAULT_ARGUMENT;
	case SPF_IP4:
	case SPF_IP6:
		return read_network(t, s, n);
	case SPF_A:
	case SPF_MX:
		return read_host(arena, t, s, n);
	default:
		return read_target(arena, t, s, n);
	}
}

/* NAME=VALUE; its name has len bytes. */
static enum spf_fault
read_modifier(struct arena *arena, struct spf_term *t, const char *s, size_t n,
    size_t len)
{
	size_t i;

	if (len == 0 || !is_alpha(s[0]))
		return SPF_FAULT_MECHANISM;
	for (i = 1; i < len; i++)
		if (!is_alpha(s[i]) && !is_digit(s[i]) && s[i] != '-' &&
		    s[i] != '_' && s[i] != '.')
			return SPF_FAULT_MECHANISM;
	if (is_word(s, len, "redirect"))
		t->kind = SPF_REDIRECT;
	else if (is_word(s, len, "exp"))
		t->kind = SPF_EXP;
	else
		t->kind = SPF_MODIFIER;
	s += len + 1;
	n -= len + 1;
	if (t->kind != SPF_MODIFIER)
		return set_domain(arena, t, s, n);
	return spf_check_macros(s, n, false, &t->macros) ? SPF_FAULT_NONE
	                                                 : SPF_FAULT_MACRO;
}

static enum spf_fault
read_term(struct arena *arena, struct spf_term *t, const char *s, size_t n)
{
	static const char signs[] = "+-~?";
	static const enum spf_result results[] = { SPF_PASS, SPF_FAIL,
		SPF_SOFTFAIL, SPF_NEUTRAL };
	const char *sign;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < '!' || s[i] > '~')
			return SPF_FAULT_BYTE;
	t->result = SPF_PASS;
	sign = strchr(signs, s[0]);
	if (sign != NULL) {
		t->result = results[sign - signs];
		s++;
		n--;
	}
	for (i = 0; i < n && s[i] != ':' && s[i] != '/' && s[i] != '='; i++)
		;
	if (i == n || s[i] != '=')
		return read_mechanism(arena, t, s, n, i);
	if (sign != NULL)
		return SPF_FAULT_QUALIFIER;
	return read_modifier(arena, t, s, n, i);
}

void
spf_read_term(
    struct arena *arena, const char *text, size_t len, struct spf_term *t)
{
	*t = (struct spf_term) { .text = arena_strndup(arena, text, len) };
	t->fault = read_term(arena, t, t->text, len);
	if (t->fault != SPF_FAULT_NONE) {
		t->kind = SPF_BAD;
		t->domain = NULL;
		t->macros = 0;
	}
}

/* A second redirect= or exp= is an error (6); others are only kept in mind. */
static void
note(struct spf_record *r, struct spf_term *t, const struct spf_term **exp)
{
	const struct spf_term **first = NULL;

	if (t->kind == SPF_REDIRECT)
		first = &r->redirect;
	else if (t->kind == SPF_EXP)
		first = exp;
	if (first != NULL && *first != NULL) {
		t->kind = SPF_BAD;
		t->fault = SPF_FAULT_REPEATED;
	} else if (first != NULL) {
		*first = t;
	}
	if (t->kind == SPF_ALL && r->all == NULL)
		r->all = t;
	if (t->kind == SPF_BAD)
		r->has_bad = true;
}

void
spf_read_terms(struct arena *arena, struct spf_record *r)
{
	const char *at = r->text + strlen(VERSION), *s;
	const struct spf_term *exp = NULL;
	size_t i, n = 0;

	for (s = at; *s != '\0'; s++)
		if (*s != ' ' && s[-1] == ' ')
			n++;
	r->terms = arena_alloc(arena, (n + 1) * sizeof(*r->terms));
	r->nterms = n;
	for (i = 0; i < n; i++) {
		struct spf_term *t = &r->terms[i];

		at += strspn(at, " ");
		n = strcspn(at, " ");
		spf_read_term(arena, at, n, t);
		t->at = (size_t)(at - r->text);
		at += n;
		n = r->nterms;
		note(r, t, &exp);
	}
	/* What follows "all" is never looked at (5.1, 6.1). */
	for (i = 0; i < n; i++) {
		if (r->all != NULL &&
		    (r->terms[i].kind == SPF_REDIRECT || &r->terms[i] > r->all))
			continue;
		r->own_lookups += spf_is_lookup(&r->terms[i]);
	}
}
