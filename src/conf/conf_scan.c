/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf_scan.h"

#define SCAN_NESTING 10  /* brackets within brackets */
#define SCAN_INCLUDES 10 /* as in libconfig */

static void scan_file(struct scan *, const char *, const struct conf_place *);

/* --- grammar -------------------------------------------------------------- */

/* password, and what somebody may write instead of client_secret_file. */
static bool
scan_is_secret_name(const char *name)
{
	return strcmp(name, "password") == 0 ||
	    strcmp(name, "client_secret") == 0 ||
	    strcmp(name, "refresh_token") == 0 || strcmp(name, "token") == 0;
}

/* Whether what stands here may be a piece of a password gone wrong. */
static bool
scan_is_secret(const struct scan *s, struct conf_place place)
{
	return place.file == s->secret.file && place.line == s->secret.line;
}

/* A token as it can stand in a message. */
static const char *
scan_quote(
    const struct scan *s, const struct scan_token *token, char out[static 64])
{
	if ((token->kind == SCAN_WORD || token->kind == SCAN_STRING) &&
	    scan_is_secret(s, token->place))
		return "...";
	return text_safe_len(out, 64, token->at, token->len);
}

static bool
scan_is_name(const struct scan_token *token)
{
	static const char start[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ*";
	size_t i;

	if (strchr(start, token->at[0]) == NULL)
		return false;
	for (i = 1; i < token->len; i++)
		if (strchr(start, token->at[i]) == NULL &&
		    strchr("-_0123456789", token->at[i]) == NULL)
			return false;
	return true;
}

/*
 * libconfig 1.5 reads 3000000000 as -1294967296 and 0xffffffff as -1, without
 * an error.
 */
static void
scan_number(struct scan *s, const struct scan_token *token, const char *word,
    long long n, bool is_long)
{
	if (errno == ERANGE || (!is_long && (n > INT32_MAX || n < INT32_MIN)))
		scan_error(s, token->place,
		    "%s is too large for a number without quotes: write it as "
		    "text, as in \"50M\"",
		    word);
}

/* A word where a value must stand: a number, true or false. */
static void
scan_bare_value(struct scan *s, const struct scan_token *token)
{
	static const char curly[] = "\xe2\x80\x9c";
	char word[64], lower[64], *end;
	bool is_secret = scan_is_secret(s, token->place);
	long long n;

	text_safe_len(word, sizeof(word), token->at, token->len);
	text_lower(memcpy(lower, word, sizeof(lower)));
	if (strcmp(lower, "true") == 0 || strcmp(lower, "false") == 0)
		return;
	errno = 0;
	n = strtoll(word, &end, strncmp(lower, "0x", 2) == 0 ? 16 : 10);
	if (end != word && *end == '\0') {
		scan_number(s, token, is_secret ? "..." : word, n, false);
	} else if (end != word &&
	    (strcmp(end, "L") == 0 || strcmp(end, "LL") == 0)) {
		scan_number(s, token, is_secret ? "..." : word, n, true);
	} else if (memmem(word, strlen(word), curly, 3) != NULL) {
		scan_error(s, token->place,
		    "typographic quotes do not count: write plain ones (\")");
	} else {
		/* What stands in single quotes is shown without them. */
		end = word + strspn(word, "'");
		end[strcspn(end, "'")] = '\0';
		scan_error(s, token->place,
		    "text must stand in double quotes: \"%s\"",
		    is_secret ? "..." : end);
	}
}

static void
scan_open(struct scan *s, const struct scan_token *token)
{
	struct scan_bracket *b = s->open.at;

	if (s->open.n > 0 && b[s->open.n - 1].close == ']') {
		scan_stop(s, token->place,
		    "only texts or numbers may stand "
		    "between [ and ]: a list of groups "
		    "is written ( { ... }, { ... } )");
		return;
	}
	if (s->open.n == SCAN_NESTING) {
		scan_stop(s, token->place, "too many brackets within brackets");
		return;
	}
	b = array_add(&s->open, sizeof(*b));
	b->place = token->place;
	b->close = *token->at == '(' ? ')' : *token->at == '[' ? ']' : '}';
	s->want = b->close == '}' ? WANT_NAME : WANT_ITEM_CLOSE;
}

/* Behind a value: in a group the next setting follows, in a list a comma. */
static void
scan_value_done(struct scan *s)
{
	const struct scan_bracket *b = s->open.at;

	s->want = s->open.n > 0 && b[s->open.n - 1].close != '}'
	    ? WANT_COMMA
	    : WANT_NAME_SEP;
}

static void
scan_close(struct scan *s, const struct scan_token *token)
{
	const struct scan_bracket *open = s->open.at;
	const struct scan_name *names = s->names.at;

	if (s->open.n == 0) {
		scan_stop(s, token->place,
		    "nothing is open that this %c could "
		    "close",
		    *token->at);
		return;
	}
	open += s->open.n - 1;
	if (open->close != *token->at) {
		scan_stop(s, token->place,
		    "expected %c here, to close what was opened at %s:%u, "
		    "found %c",
		    open->close, open->place.file, open->place.line,
		    *token->at);
		return;
	}
	while (s->names.n > 0 && names[s->names.n - 1].depth >= s->open.n)
		s->names.n--;
	s->open.n--;
	scan_value_done(s);
}

static void
scan_name(struct scan *s, const struct scan_token *token)
{
	const struct scan_name *names = s->names.at;
	struct scan_name *added;
	char word[64];
	size_t i;

	if (token->kind != SCAN_WORD || !scan_is_name(token)) {
		scan_stop(s, token->place,
		    "expected the name of a setting, found \"%s\": a setting "
		    "is written NAME = VALUE;",
		    scan_quote(s, token, word));
		return;
	}
	for (i = s->names.n; i-- > 0 && names[i].depth == s->open.n;)
		if (strlen(names[i].name) == token->len &&
		    memcmp(names[i].name, token->at, token->len) == 0)
			scan_error(s, token->place,
			    "%s is already set at %s:%u", names[i].name,
			    names[i].place.file, names[i].place.line);
	added = array_add(&s->names, sizeof(*added));
	added->name = arena_strndup(&s->arena, token->at, token->len);
	added->depth = s->open.n;
	added->place = token->place;
	if (scan_is_secret_name(added->name))
		s->secret = token->place;
	s->want = WANT_EQUALS;
}

static void
scan_value(struct scan *s, const struct scan_token *token)
{
	const struct scan_name *names = s->names.at;
	char word[64];

	if (s->want == WANT_VALUE &&
	    scan_is_secret_name(names[s->names.n - 1].name))
		s->secret = token->place; /* it may be on a line of its own */
	if (token->kind == SCAN_OPEN) {
		scan_open(s, token);
	} else if (token->kind == SCAN_STRING || token->kind == SCAN_WORD) {
		if (token->kind == SCAN_WORD)
			scan_bare_value(s, token);
		scan_value_done(s);
	} else if (s->want == WANT_ITEM && token->kind == SCAN_CLOSE) {
		scan_stop(s, token->place, "no comma may stand before %c",
		    *token->at);
	} else {
		scan_stop(s, token->place, "a value is missing before \"%s\"",
		    scan_quote(s, token, word));
	}
}

static void
scan_comma(struct scan *s, const struct scan_token *token)
{
	const struct scan_bracket *open = s->open.at;
	char word[64];

	open += s->open.n - 1;
	if (token->kind == SCAN_SEP && *token->at == ',')
		s->want = WANT_ITEM;
	else if (token->kind == SCAN_CLOSE)
		scan_close(s, token);
	else if (token->kind == SCAN_SEP || token->kind == SCAN_EQUALS)
		scan_stop(s, token->place,
		    "expected a comma or %c here, to go on with or to close "
		    "what was opened at %s:%u, found %c",
		    open->close, open->place.file, open->place.line,
		    *token->at);
	else
		scan_stop(s, token->place, "a comma is missing before \"%s\"",
		    scan_quote(s, token, word));
}

static void
scan_no_equals(struct scan *s)
{
	const struct scan_name *last = s->names.at;
	bool is_secret;

	last += s->names.n - 1;
	is_secret = scan_is_secret(s, last->place) &&
	    !scan_is_secret_name(last->name);
	scan_stop(s, last->place,
	    "a setting is written NAME = VALUE; but behind \"%s\" there is no "
	    "equals sign",
	    is_secret ? "..." : last->name);
}

static void
scan_step(struct scan *s, const struct scan_token *token)
{
	switch (s->want) {
	case WANT_NAME_SEP:
	case WANT_NAME:
		if (token->kind == SCAN_CLOSE)
			scan_close(s, token);
		else if (token->kind == SCAN_SEP && s->want == WANT_NAME_SEP)
			s->want = WANT_NAME;
		else
			scan_name(s, token);
		break;
	case WANT_EQUALS:
		if (token->kind == SCAN_EQUALS)
			s->want = WANT_VALUE;
		else
			scan_no_equals(s);
		break;
	case WANT_ITEM_CLOSE:
		if (token->kind == SCAN_CLOSE) {
			scan_close(s, token);
			break;
		}
		/* FALLTHROUGH */
	case WANT_ITEM:
	case WANT_VALUE:
		scan_value(s, token);
		break;
	case WANT_COMMA:
		scan_comma(s, token);
		break;
	}
}

/* --- whole files ---------------------------------------------------------- */

static void
scan_text(struct scan *s, const struct buf *text, struct conf_place place)
{
	struct scan_text t = { text->at, text->at, text->at + text->len, place,
		s->includes == 0 };
	struct scan_token token;
	char *path, *name;

	if (scan_starts(&t, "\xef\xbb\xbf")) {
		scan_stop(s, place,
		    "the file begins with a byte order mark: "
		    "save it as UTF-8 without one (BOM)");
		return;
	}
	for (scan_token(s, &t, &token); token.kind != SCAN_END && !s->is_over;
	     scan_token(s, &t, &token)) {
		if (token.kind != SCAN_INCLUDE) {
			scan_step(s, &token);
			continue;
		}
		name = xstrndup(token.at, token.len);
		path = conf_join(s->r->dir, name);
		scan_file(s, path, &token.place);
		free(path);
		free(name);
	}
}

/* A file that another one includes. */
static void
scan_file(struct scan *s, const char *path, const struct conf_place *from)
{
	struct buf text = { 0 };
	struct conf_place place;

	if (s->includes == SCAN_INCLUDES) {
		scan_stop(s, *from, "too many files include each other");
		return;
	}
	s->includes++;
	if (conf_slurp(s->r, path, from, &text, &place) == 0)
		scan_text(s, &text, place);
	else
		s->is_over = true;
	s->includes--;
	buf_done(&text);
}

/* What is still open at the end of everything. */
static void
scan_end(struct scan *s, struct conf_place whole)
{
	const struct scan_bracket *open = s->open.at;
	const struct scan_name *names = s->names.at;

	if (s->is_over)
		return;
	if (s->want == WANT_EQUALS || s->want == WANT_VALUE)
		scan_error(s, names[s->names.n - 1].place,
		    "the file ends before %s has a value",
		    names[s->names.n - 1].name);
	else if (s->open.n > 0)
		scan_error(s, open[s->open.n - 1].place,
		    "the bracket that opens here is never closed: %c is "
		    "missing",
		    open[s->open.n - 1].close);
	else if (s->want == WANT_ITEM)
		scan_error(s, whole, "the file ends within a list");
}

int
conf_scan(struct conf_reader *r, const char *path, struct buf *text)
{
	struct scan s = { .r = r };
	struct conf_place place;
	size_t before = r->errors;

	if (conf_slurp(r, path, NULL, text, &place) == 0) {
		/* Without it libconfig trips over a comment at the end. */
		buf_add_char(text, '\n');
		scan_text(&s, text, place);
		scan_end(&s, place);
	}
	array_done(&s.open);
	array_done(&s.names);
	arena_done(&s.arena);
	return r->errors == before ? 0 : -1;
}
