/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf/conf_token.h"

#define SCAN_NESTING 10  /* brackets within brackets */
#define SCAN_INCLUDES 10 /* as in libconfig */

/* What may come next. */
enum scan_want {
	WANT_NAME,     /* or the end of the group */
	WANT_NAME_SEP, /* after a value */
	WANT_EQUALS,
	WANT_VALUE,
	WANT_ITEM,       /* after a comma of a list */
	WANT_ITEM_CLOSE, /* after the opening of a list */
	WANT_COMMA,      /* after an item */
};

struct scan_bracket {
	char close;
	struct conf_place place;
};

struct scan_name {
	const char *name;
	size_t depth; /* brackets around it */
	struct conf_place place;
};

struct conf_scan {
	struct conf_faults faults;
	struct arena arena; /* names */
	struct array open;  /* of struct scan_bracket */
	struct array names; /* of struct scan_name, in groups still open */
	enum scan_want want;
	struct conf_place secret; /* where a password was set last */
	int includes;
};

static void scan_file(
    struct conf_scan *, const char *, const struct conf_place *);

/* --- grammar -------------------------------------------------------------- */

/* password, and what people may write instead of client_secret_file. */
static bool
scan_is_secret_name(const char *name)
{
	return strcmp(name, "password") == 0 ||
	    strcmp(name, "client_secret") == 0 ||
	    strcmp(name, "refresh_token") == 0 || strcmp(name, "token") == 0;
}

/* Return whether this may be a piece of a password gone wrong. */
static bool
scan_is_secret(const struct conf_scan *s, struct conf_place place)
{
	return place.file == s->secret.file && place.line == s->secret.line;
}

/* Return a token as a message can show it. */
static const char *
scan_quote(const struct conf_scan *s, const struct conf_token *token,
    char out[static 64])
{
	if ((token->kind == TOKEN_WORD || token->kind == TOKEN_STRING) &&
	    scan_is_secret(s, token->place))
		return "...";
	return text_safe_len(out, 64, token->at, token->len);
}

static bool
scan_is_name(const struct conf_token *token)
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
scan_number(struct conf_scan *s, const struct conf_token *token,
    const char *word, long long n, bool is_long)
{
	if (errno == ERANGE || (!is_long && (n > INT32_MAX || n < INT32_MIN)))
		conf_fault(&s->faults, token->place,
		    "%s is too large for a number: write it in quotes, as in "
		    "\"50M\"",
		    word);
}

/* Check a word that must be a value: a number, true or false. */
static void
scan_bare_value(struct conf_scan *s, const struct conf_token *token)
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
		conf_fault(&s->faults, token->place,
		    "curly quotes are not accepted: use plain double quotes "
		    "(\")");
	} else {
		/* What is in single quotes is shown without them. */
		end = word + strspn(word, "'");
		end[strcspn(end, "'")] = '\0';
		conf_fault(&s->faults, token->place,
		    "strings need double quotes: \"%s\"",
		    is_secret ? "..." : end);
	}
}

static void
scan_open(struct conf_scan *s, const struct conf_token *token)
{
	struct scan_bracket *b = s->open.at;

	if (s->open.n > 0 && b[s->open.n - 1].close == ']') {
		conf_fault_end(&s->faults, token->place,
		    "only strings and numbers may be in [ ]: a list of groups "
		    "is written ( { ... }, { ... } )");
		return;
	}
	if (s->open.n == SCAN_NESTING) {
		conf_fault_end(
		    &s->faults, token->place, "too many nested brackets");
		return;
	}
	b = array_add(&s->open, sizeof(*b));
	b->place = token->place;
	b->close = *token->at == '(' ? ')' : *token->at == '[' ? ']' : '}';
	s->want = b->close == '}' ? WANT_NAME : WANT_ITEM_CLOSE;
}

/* After a value comes the next setting in a group, a comma in a list. */
static void
scan_value_done(struct conf_scan *s)
{
	const struct scan_bracket *b = s->open.at;

	s->want = s->open.n > 0 && b[s->open.n - 1].close != '}'
	    ? WANT_COMMA
	    : WANT_NAME_SEP;
}

static void
scan_close(struct conf_scan *s, const struct conf_token *token)
{
	const struct scan_bracket *open = s->open.at;
	const struct scan_name *names = s->names.at;

	if (s->open.n == 0) {
		conf_fault_end(
		    &s->faults, token->place, "unmatched %c", *token->at);
		return;
	}
	open += s->open.n - 1;
	if (open->close != *token->at) {
		conf_fault_end(&s->faults, token->place,
		    "expected %c to match the bracket at %s:%u, found %c",
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
scan_name(struct conf_scan *s, const struct conf_token *token)
{
	const struct scan_name *names = s->names.at;
	struct scan_name *added;
	char word[64];
	size_t i;

	if (token->kind != TOKEN_WORD || !scan_is_name(token)) {
		conf_fault_end(&s->faults, token->place,
		    "expected a setting (NAME = VALUE;), found \"%s\"",
		    scan_quote(s, token, word));
		return;
	}
	for (i = s->names.n; i-- > 0 && names[i].depth == s->open.n;)
		if (strlen(names[i].name) == token->len &&
		    memcmp(names[i].name, token->at, token->len) == 0)
			conf_fault(&s->faults, token->place,
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
scan_value(struct conf_scan *s, const struct conf_token *token)
{
	const struct scan_name *names = s->names.at;
	char word[64];

	if (s->want == WANT_VALUE &&
	    scan_is_secret_name(names[s->names.n - 1].name))
		s->secret = token->place; /* it may be on a line of its own */
	if (token->kind == TOKEN_OPEN) {
		scan_open(s, token);
	} else if (token->kind == TOKEN_STRING || token->kind == TOKEN_WORD) {
		if (token->kind == TOKEN_WORD)
			scan_bare_value(s, token);
		scan_value_done(s);
	} else if (s->want == WANT_ITEM && token->kind == TOKEN_CLOSE) {
		conf_fault_end(&s->faults, token->place,
		    "remove the comma before %c", *token->at);
	} else {
		conf_fault_end(&s->faults, token->place,
		    "missing value before \"%s\"", scan_quote(s, token, word));
	}
}

static void
scan_comma(struct conf_scan *s, const struct conf_token *token)
{
	const struct scan_bracket *open = s->open.at;
	char word[64];

	open += s->open.n - 1;
	if (token->kind == TOKEN_SEP && *token->at == ',')
		s->want = WANT_ITEM;
	else if (token->kind == TOKEN_CLOSE)
		scan_close(s, token);
	else if (token->kind == TOKEN_SEP || token->kind == TOKEN_EQUALS)
		conf_fault_end(&s->faults, token->place,
		    "expected a comma or %c to match the bracket at %s:%u, "
		    "found %c",
		    open->close, open->place.file, open->place.line,
		    *token->at);
	else
		conf_fault_end(&s->faults, token->place,
		    "missing comma before \"%s\"", scan_quote(s, token, word));
}

static void
scan_no_equals(struct conf_scan *s)
{
	const struct scan_name *last = s->names.at;
	bool is_secret;

	last += s->names.n - 1;
	is_secret = scan_is_secret(s, last->place) &&
	    !scan_is_secret_name(last->name);
	conf_fault_end(&s->faults, last->place,
	    "missing = after \"%s\" (NAME = VALUE;)",
	    is_secret ? "..." : last->name);
}

static void
scan_step(struct conf_scan *s, const struct conf_token *token)
{
	switch (s->want) {
	case WANT_NAME_SEP:
	case WANT_NAME:
		if (token->kind == TOKEN_CLOSE)
			scan_close(s, token);
		else if (token->kind == TOKEN_SEP && s->want == WANT_NAME_SEP)
			s->want = WANT_NAME;
		else
			scan_name(s, token);
		break;
	case WANT_EQUALS:
		if (token->kind == TOKEN_EQUALS)
			s->want = WANT_VALUE;
		else
			scan_no_equals(s);
		break;
	case WANT_ITEM_CLOSE:
		if (token->kind == TOKEN_CLOSE) {
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
scan_text(struct conf_scan *s, const struct buf *text, struct conf_place place)
{
	struct conf_text t = { text->at, text->at, text->at + text->len, place,
		s->includes == 0 };
	struct conf_token token;
	char *path, *name;

	if (conf_text_starts(&t, "\xef\xbb\xbf")) {
		conf_fault_end(&s->faults, place,
		    "the file begins with a byte order mark (BOM): save it as "
		    "UTF-8 without one");
		return;
	}
	for (conf_token_next(&s->faults, &t, &token);
	     token.kind != TOKEN_END && !s->faults.is_over;
	     conf_token_next(&s->faults, &t, &token)) {
		if (token.kind != TOKEN_INCLUDE) {
			scan_step(s, &token);
			continue;
		}
		name = xstrndup(token.at, token.len);
		path = conf_join(s->faults.r->dir, name);
		scan_file(s, path, &token.place);
		free(path);
		free(name);
	}
}

/* Scan a file that another one includes. */
static void
scan_file(struct conf_scan *s, const char *path, const struct conf_place *from)
{
	struct buf text = { 0 };
	struct conf_place place;

	if (s->includes == SCAN_INCLUDES) {
		conf_fault_end(
		    &s->faults, *from, "too many nested @include lines");
		return;
	}
	s->includes++;
	if (conf_reader_load(s->faults.r, path, from, &text, &place) == 0)
		scan_text(s, &text, place);
	else
		s->faults.is_over = true;
	s->includes--;
	buf_done(&text);
}

/* Report what is still open at the end of everything. */
static void
scan_end(struct conf_scan *s, struct conf_place whole)
{
	const struct scan_bracket *open = s->open.at;
	const struct scan_name *names = s->names.at;

	if (s->faults.is_over)
		return;
	if (s->want == WANT_EQUALS || s->want == WANT_VALUE)
		conf_fault(&s->faults, names[s->names.n - 1].place,
		    "the file ends before %s has a value",
		    names[s->names.n - 1].name);
	else if (s->open.n > 0)
		conf_fault(&s->faults, open[s->open.n - 1].place,
		    "the bracket opened here is never closed: missing %c",
		    open[s->open.n - 1].close);
	else if (s->want == WANT_ITEM)
		conf_fault(&s->faults, whole, "the file ends within a list");
}

int
conf_scan(struct conf_reader *r, const char *path, struct buf *text)
{
	struct conf_scan s = { .faults.r = r };
	struct conf_place place;
	size_t before = r->errors;

	if (conf_reader_load(r, path, NULL, text, &place) == 0) {
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
