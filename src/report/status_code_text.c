/* SPDX-License-Identifier: BSD-2-Clause */
/* How texts and codes are compared with the rows of the tables. */
#include <string.h>

#include "base/text.h"
#include "report/status_code_table.h"

/* --- a text --------------------------------------------------------------- */

/* Ends a piece, which is a word, an address, a host or a URL. */
static bool
is_end(char c)
{
	return c == '\0' || text_is_space(c) || strchr("<>()[]{}\"',;|", c);
}

static bool
is_host_char(char c)
{
	return text_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Length of what may be a host name at s; *dotted: there is a dot in it. */
static size_t
host_len(const char *s, size_t n, bool *dotted)
{
	size_t i;

	*dotted = false;
	for (i = 0; i < n && is_host_char(s[i]); i++)
		if (s[i] == '.' && i > 0 && i + 1 < n &&
		    text_is_alnum(s[i - 1]) && text_is_alnum(s[i + 1]))
			*dotted = true;
	return i;
}

/* Two bytes at most for one that is read. */
struct writer {
	char *at;
};

static void
put(struct writer *w, char c)
{
	/* White space as one space; none at the start of another. */
	if (c == ' ' && w->at[-1] == ' ')
		return;
	*w->at++ = c;
}

static void
put_all(struct writer *w, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put(w, lower(s[i]));
}

/* One piece: an address is dropped, a URL or host goes to the hosts. */
static void
read_piece(struct writer *plain, struct writer *hosts, const char *s, size_t n)
{
	bool dotted = false;
	size_t i, len;

	if (memchr(s, '@', n) != NULL) {
		put(plain, '*');
		return;
	}
	len = host_len(s, n, &dotted);
	for (i = 0; i + 2 < n && memcmp(s + i, "://", 3) != 0; i++)
		continue;
	if (i + 2 < n || (dotted && len < n && s[len] == '/')) {
		put(plain, '*');
		put_all(hosts, s, n);
		put(hosts, ' ');
		return;
	}
	for (i = 0; i<n; i += len> 0 ? len : 1) {
		len = host_len(s + i, n - i, &dotted);
		if (dotted) {
			put(plain, '*');
			put_all(hosts, s + i, len);
			put(hosts, ' ');
		} else {
			put_all(plain, s + i, len > 0 ? len : 1);
		}
	}
}

void
status_text_read(struct status_text *t, const char *s)
{
	size_t n = s != NULL ? strnlen(s, STATUS_TEXT) : 0, i, from;
	struct writer plain, hosts;

	/* A space before all, for put() and for whole words. */
	t->plain[0] = t->hosts[0] = ' ';
	plain.at = t->plain + 1;
	hosts.at = t->hosts + 1;
	for (i = 0; i < n; i++) {
		for (from = i; i < n && !is_end(s[i]); i++)
			continue;
		if (i > from)
			read_piece(&plain, &hosts, s + from, i - from);
		if (i < n)
			put(&plain, text_is_space(s[i]) ? ' ' : s[i]);
	}
	*plain.at = *hosts.at = '\0';
	t->plain_len = (size_t)(plain.at - t->plain);
	t->hosts_len = (size_t)(hosts.at - t->hosts);
}

/* --- words in it ---------------------------------------------------------- */

/* Whether n bytes of a pattern are at s; "#" is a digit. */
static bool
is_at(const char *s, const char *pattern, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (pattern[i] == '#' ? !text_is_digit(s[i])
		                      : s[i] != pattern[i])
			return false;
	return true;
}

/* Whether a word ends before next, or begins after it. */
static bool
is_edge(char inner, char outer)
{
	return !text_is_alnum(inner) || !text_is_alnum(outer);
}

/* Where n bytes of a pattern are in s, which ends at end; NULL: nowhere. */
static const char *
find_at(const char *s, const char *end, const char *pattern, size_t n)
{
	size_t fixed = 0;

	/* What is before the first "#" is found fast. */
	while (fixed < n && pattern[fixed] != '#')
		fixed++;
	while (s < end &&
	    (s = memmem(s, (size_t)(end - s), pattern, fixed)) != NULL) {
		if (is_at(s, pattern, n))
			return s;
		s++;
	}
	return NULL;
}

static bool
has_word(const char *text, size_t len, const char *word, size_t n)
{
	bool is_open = word[n - 1] == '*';
	/* The first byte of the text is a space. */
	const char *s = text + 1, *end = text + len;

	n -= is_open;
	for (; (s = find_at(s, end, word, n)) != NULL; s++)
		if (is_edge(s[0], s[-1]) &&
		    (is_open || is_edge(s[n - 1], s[n])))
			return true;
	return false;
}

/* The same of a host, or what is in a URL; "-" and "_" are within a name. */
static bool
has_host(const char *hosts, size_t len, const char *word, size_t n)
{
	const char *s = hosts + 1, *end = hosts + len;
	bool is_free, is_whole;

	for (; (s = find_at(s, end, word, n)) != NULL; s++) {
		is_free = !text_is_alnum(s[-1]) && s[-1] != '-' && s[-1] != '_';
		is_whole = !is_host_char(s[n]) ||
		    (s[n] == '.' && !text_is_alnum(s[n + 1]));
		if (is_free && is_whole)
			return true;
	}
	return false;
}

bool
status_text_has(const struct status_text *t, const char *words)
{
	size_t n, i;

	for (;; words += n + 1) {
		n = strcspn(words, "|");
		i = strcspn(words, "./=");
		if (i < n ? !has_host(t->hosts, t->hosts_len, words, n)
		          : !has_word(t->plain, t->plain_len, words, n))
			return false;
		if (words[n] == '\0')
			return true;
	}
}

/* --- a code --------------------------------------------------------------- */

/* One to three digits at *s, which moves behind them; -1: there are none. */
static int
read_digits(const char **s)
{
	int value = 0, n = 0;

	while (n < 3 && text_is_digit(**s)) {
		value = value * 10 + (*(*s)++ - '0');
		n++;
	}
	return n > 0 && !text_is_digit(**s) ? value : -1;
}

/* The code at s, whatever comes behind it: there; NULL: there is none. */
static const char *
read_number(const char *s, struct status_number *number)
{
	struct status_number found;

	if ((*s != '2' && *s != '4' && *s != '5') || s[1] != '.')
		return NULL;
	found.class = *s - '0';
	s += 2;
	if ((found.subject = read_digits(&s)) == -1 || *s++ != '.' ||
	    (found.detail = read_digits(&s)) == -1)
		return NULL;
	*number = found;
	return s;
}

bool
status_number_read(const char *s, struct status_number *number)
{
	struct status_number found;
	const char *end = s != NULL ? read_number(s, &found) : NULL;

	if (end == NULL || *end != '\0')
		return false;
	*number = found;
	return true;
}

bool
status_number_find(const char *text, struct status_number *number)
{
	size_t n = text != NULL ? strnlen(text, STATUS_TEXT) : 0, i;
	struct status_number found;
	const char *end;

	for (i = 0; i < n; i++) {
		if (i > 0 && is_host_char(text[i - 1]) &&
		    !(text[i - 1] == '-' && i > 1 &&
		        text_is_digit(text[i - 2])))
			continue;
		end = read_number(text + i, &found);
		if (end == NULL || found.subject > 7 || text_is_alnum(*end) ||
		    (*end == '.' && text_is_alnum(end[1])))
			continue;
		*number = found;
		return true;
	}
	return false;
}

/* "26", "606-649" or "*" at s, and the end. */
static bool
is_detail(const char *s, int detail)
{
	int from, to;

	if (*s == '*')
		return true;
	from = to = read_digits(&s);
	if (*s == '-') {
		s++;
		to = read_digits(&s);
	}
	return from != -1 && detail >= from && detail <= to;
}

bool
status_number_fits(
    const char *pattern, const struct status_number *number, int64_t code)
{
	const char *s = pattern + 2;
	int reply;

	if (pattern[1] != '.') {
		s = pattern;
		reply = read_digits(&s);
		return reply == code;
	}
	if (number->class == 0 ||
	    (pattern[0] == 'x' ? number->class == 2
	                       : pattern[0] - '0' != number->class))
		return false;
	return read_digits(&s) == number->subject && *s == '.' &&
	    is_detail(s + 1, number->detail);
}
