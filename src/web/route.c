/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/source_class.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "web/route_priv.h"

#define SEGMENTS 4

#define BAD 400
#define MISSING 404
#define TOO_LONG 414

/* --- parts of a target ---------------------------------------------------- */

static int
hex_digit(char c)
{
	if (text_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Whether all of it may be in a word: no control character, valid UTF-8. */
static bool
is_clean(const char *s, size_t n)
{
	size_t i, len;
	uint32_t cp;

	for (i = 0; i < n; i += len)
		if ((len = text_utf8_char(s + i, n - i, &cp)) == 0 ||
		    text_is_unsafe(cp))
			return false;
	return true;
}

/* Undo percent-encoding (RFC 3986, 2.1); '+' is a space in a query only. */
static int
decode(const char *s, size_t n, bool is_query, char out[static VIEW_TEXT],
    struct err *err)
{
	size_t i, len = 0;
	int high, low;

	for (i = 0; i < n; i++) {
		if (len == VIEW_TEXT - 1) {
			err_set(err, ERR_USAGE,
			    "A part of this address is too long");
			return TOO_LONG;
		}
		out[len] = is_query && s[i] == '+' ? ' ' : s[i];
		if (s[i] == '%') {
			high = i + 2 < n ? hex_digit(s[i + 1]) : -1;
			low = high != -1 ? hex_digit(s[i + 2]) : -1;
			if (i + 2 < n && low != -1) {
				out[len] = (char)(high * 16 + low);
				i += 2;
			} else {
				err_set(err, ERR_USAGE,
				    "%% in an address must be followed by two "
				    "hexadecimal digits");
				return BAD;
			}
		}
		len++;
	}
	out[len] = '\0';
	if (!is_clean(out, len)) {
		err_set(err, ERR_USAGE,
		    "This address contains characters that are not allowed");
		return BAD;
	}
	return 0;
}

static int
copy(char *out, size_t size, const char *word, struct err *err)
{
	const size_t len = strlen(word);

	if (len >= size) {
		err_set(err, ERR_USAGE, "A part of this address is too long");
		return TOO_LONG;
	}
	memcpy(out, word, len + 1);
	return 0;
}

/* Into the form that the database has, which must have no other such form. */
static int
read_domain(struct view *v, const char *word, struct err *err)
{
	char *domain = subject_copy_domain(word);
	char *again = subject_copy_domain(domain);
	int status = copy(v->domain, sizeof(v->domain), domain, err);

	if (status == 0 && (domain[0] == '\0' || strcmp(domain, again) != 0)) {
		err_set(err, ERR_USAGE, "This is not a domain");
		status = MISSING;
	}
	free(domain);
	free(again);
	return status;
}

/* --- parameters ----------------------------------------------------------- */

static int
find_word(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (words[i][0] != '\0' && strcmp(words[i], word) == 0)
			return i;
	return -1;
}

/* "a, b or c" */
static void
add_words(struct buf *b, const char *const *words)
{
	bool is_first = true;

	for (; *words != NULL; words++) {
		if ((*words)[0] == '\0')
			continue;
		if (!is_first)
			buf_add_str(b, words[1] == NULL ? " or " : ", ");
		buf_add_str(b, *words);
		is_first = false;
	}
}

/* A word of a list; *out gets its number. */
static int
read_word(const char *const *words, const char *name, const char *word,
    int *out, struct err *err)
{
	struct buf list = { 0 };

	if ((*out = find_word(words, word)) != -1)
		return 0;
	add_words(&list, words);
	err_set(err, ERR_USAGE, "%s takes %s, not \"%s\"", name, buf_str(&list),
	    word);
	buf_done(&list);
	return BAD;
}

/* What is an option of ruactl is a filter here: "since", not "--since". */
static int
refuse_days(struct err *err)
{
	const char *quoted;
	char *at = err->text;

	while ((at = strstr(at, "--")) != NULL &&
	    ((quoted = strchr(err->text, '"')) == NULL || at < quoted))
		memmove(at, at + 2, strlen(at + 2) + 1);
	return BAD;
}

static int
read_days(struct view *v, enum period_option option, const char *word,
    struct err *err)
{
	return period_read(&v->period, option, word, err) == -1
	    ? refuse_days(err)
	    : 0;
}

static int
read_from(struct view *v, const char *word, struct err *err)
{
	if (text_read_int(word, 0, VIEW_MAX_FROM, &v->from))
		return 0;
	err_set(err, ERR_USAGE, "from must be a row number, not \"%s\"", word);
	return BAD;
}

/* "2026-11-01.4711": a report's day and id. */
static int
read_before(struct view *v, const char *word, struct err *err)
{
	const char *dot = strchr(word, '.');
	struct period_choice choice = { 0 };
	char day[PERIOD_DATE];

	if (dot != NULL && text_is_digit(word[0]) &&
	    (size_t)(dot - word) < sizeof(day) &&
	    snprintf(day, sizeof(day), "%.*s", (int)(dot - word), word) > 0 &&
	    period_read(&choice, PERIOD_ONE_DAY, day, err) == 0 &&
	    text_read_int(dot + 1, 1, INT64_MAX, &v->before_id)) {
		v->before_day = choice.until;
		return 0;
	}
	err_set(err, ERR_USAGE,
	    "before is the day and the id of a report, not \"%s\"", word);
	return BAD;
}

static int
read_value(
    struct view *v, enum route_which which, const char *word, struct err *err)
{
	const char *name = route_table[which].name;
	int n = 0, status = 0;

	switch (which) {
	case ROUTE_SINCE:
		return read_days(v, PERIOD_SINCE, word, err);
	case ROUTE_UNTIL:
		return read_days(v, PERIOD_UNTIL, word, err);
	case ROUTE_DOMAIN:
		return read_domain(v, word, err);
	case ROUTE_WHO:
		return copy(v->who, sizeof(v->who), word, err);
	case ROUTE_REPORTER:
		return copy(v->reporter, sizeof(v->reporter), word, err);
	case ROUTE_ID:
		return copy(v->id, sizeof(v->id), word, err);
	case ROUTE_FIND:
		return copy(v->find, sizeof(v->find), word, err);
	case ROUTE_ONLY:
		status = read_word(route_only_words, name, word, &n, err);
		v->only = status == 0 ? (enum sender_which)n : SENDER_ALL;
		return status;
	case ROUTE_CLASS:
		status = read_word(source_class_words, name, word, &n, err);
		v->class = status == 0 ? n + 1 : 0;
		return status;
	case ROUTE_BY:
		status = read_word(route_by_words, name, word, &n, err);
		v->by = status == 0 ? (enum sender_by)n : SENDER_GROUPED;
		return status;
	case ROUTE_SORT:
		status = read_word(sender_sort_words, name, word, &n, err);
		v->sort = status == 0 ? (enum sender_sort)n : SENDER_SORT_USUAL;
		return status;
	case ROUTE_RESULT:
		status = read_word(route_result_words, name, word, &n, err);
		v->result = status == 0 ? (enum view_result)n : VIEW_ANY_RESULT;
		return status;
	case ROUTE_FROM:
		return read_from(v, word, err);
	case ROUTE_BEFORE:
		return read_before(v, word, err);
	case ROUTE_FORMAT:
		status = read_word(route_format_words, name, word, &n, err);
		v->format = status == 0 ? (enum view_format)n : VIEW_HTML;
		return status;
	}
	return status;
}

/* "NAME=VALUE"; forms send those that are empty, too. */
static int
read_parameter(struct view *v, const char *s, size_t n, unsigned int *seen,
    struct err *err)
{
	const char *equals = memchr(s, '=', n);
	const size_t len = equals != NULL ? (size_t)(equals - s) : n;
	char name[VIEW_TEXT], value[VIEW_TEXT];
	unsigned int i = 0;
	int status;

	if ((status = decode(s, len, true, name, err)) != 0)
		return status;
	while (i < ROUTE_PARAMETERS && strcmp(route_table[i].name, name) != 0)
		i++;
	if (i == ROUTE_PARAMETERS ||
	    (route_table[i].pages & ROUTE_BIT(v->page)) == 0) {
		err_set(err, ERR_USAGE, "This page has no filter \"%s\"", name);
		return BAD;
	}
	if (*seen & (1U << i)) {
		err_set(err, ERR_USAGE, "%s is given twice", name);
		return BAD;
	}
	*seen |= (1U << i);
	if (equals == NULL)
		return 0;
	status = decode(equals + 1, n - len - 1, true, value, err);
	if (status != 0 || value[0] == '\0')
		return status;
	return read_value(v, (enum route_which)i, value, err);
}

static int
read_query(struct view *v, const char *s, struct err *err)
{
	unsigned int seen = 0;
	size_t n;
	int status = 0;

	for (; status == 0 && *s != '\0'; s += n + (s[n] == '&')) {
		n = strcspn(s, "&");
		if (n > 0)
			status = read_parameter(v, s, n, &seen, err);
	}
	if (status == 0 && period_check(&v->period, err) == -1)
		status = refuse_days(err);
	return status;
}

/* --- the path ------------------------------------------------------------- */

static int
no_page(struct err *err)
{
	err_set(err, ERR_USAGE, "There is no such page");
	return MISSING;
}

static int
read_day(struct view *v, const char *word, struct err *err)
{
	struct period_choice choice = { 0 };

	if (!text_is_digit(word[0]) ||
	    period_read(&choice, PERIOD_ONE_DAY, word, err) == -1)
		return no_page(err);
	v->day = choice.until;
	return 0;
}

static int
read_of_domain(
    struct view *v, char at[SEGMENTS][VIEW_TEXT], int n, struct err *err)
{
	static const struct {
		const char *word;
		enum view_page page;
	} pages[] = {
		{ "senders", VIEW_SENDERS },
		{ "sender", VIEW_SENDER },
		{ "dns", VIEW_DNS },
		{ "failures", VIEW_FAILURES },
	};
	size_t i;

	if (n == 2) {
		v->page = VIEW_DOMAIN;
		return read_domain(v, at[1], err);
	}
	if (n == 4 && strcmp(at[2], "day") == 0) {
		v->page = VIEW_DAY;
		if (read_day(v, at[3], err) != 0)
			return MISSING;
		return read_domain(v, at[1], err);
	}
	for (i = 0; n == 3 && i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(at[2], pages[i].word) == 0) {
			v->page = pages[i].page;
			return read_domain(v, at[1], err);
		}
	return no_page(err);
}

static bool
is_key(const char *s)
{
	size_t n = 0;

	while (text_is_digit(s[n]) || (s[n] >= 'a' && s[n] <= 'f'))
		n++;
	return n == VIEW_KEY - 1 && s[n] == '\0';
}

static int
read_report(struct view *v, char at[SEGMENTS][VIEW_TEXT], struct err *err)
{
	v->page = VIEW_REPORT;
	if (!is_key(at[3]) || read_day(v, at[2], err) != 0)
		return no_page(err);
	memcpy(v->key, at[3], VIEW_KEY);
	return read_domain(v, at[1], err);
}

static int
read_address(struct view *v, const char *word, struct err *err)
{
	v->page = VIEW_ADDRESS;
	return subject_read_address(word, v->ip, err) == -1 ? MISSING : 0;
}

static int
read_segments(
    struct view *v, char at[SEGMENTS][VIEW_TEXT], int n, struct err *err)
{
	size_t i;

	for (i = 0; n == 1 && route_single[i].word != NULL; i++)
		if (strcmp(at[0], route_single[i].word) == 0) {
			v->page = route_single[i].page;
			return 0;
		}
	if (n >= 2 && strcmp(at[0], "d") == 0)
		return read_of_domain(v, at, n, err);
	if (n == 2 && strcmp(at[0], "a") == 0)
		return read_address(v, at[1], err);
	if (n == 4 && strcmp(at[0], "r") == 0)
		return read_report(v, at, err);
	return no_page(err);
}

static int
read_path(struct view *v, const char *s, size_t n, struct err *err)
{
	char at[SEGMENTS][VIEW_TEXT];
	const char *slash;
	size_t len;
	int count = 0, status;

	for (;; s += len + 1, n -= len + 1) {
		slash = memchr(s, '/', n);
		len = slash != NULL ? (size_t)(slash - s) : n;
		if (count == SEGMENTS)
			return no_page(err);
		if ((status = decode(s, len, false, at[count], err)) != 0)
			return status;
		/* Those that a browser or a proxy would read as something
		 * else. */
		if (strchr(at[count], '/') != NULL ||
		    strcmp(at[count], ".") == 0 || strcmp(at[count], "..") == 0)
			return no_page(err);
		count++;
		if (len == n)
			break;
	}
	return read_segments(v, at, count, err);
}

int
route_read(struct view *v, const char *target, struct err *err)
{
	const size_t path = strcspn(target, "?");
	int status;

	memset(v, 0, sizeof(*v));
	if (strlen(target) > ROUTE_TARGET) {
		err_set(err, ERR_USAGE, "This address is too long");
		return TOO_LONG;
	}
	if (target[0] != '/' || strpbrk(target, "#\\") != NULL) {
		err_set(err, ERR_USAGE, "This is not the address of a page");
		return BAD;
	}
	if ((status = read_path(v, target + 1, path - 1, err)) != 0)
		return status;
	if (target[path] == '?')
		return read_query(v, target + path + 1, err);
	return 0;
}
