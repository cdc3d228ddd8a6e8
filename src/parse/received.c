/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/received.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/mime_header.h"
#include "parse/date.h"
#include "parse/explain_text.h"
#include "parse/value.h"

#define TOKEN_MAX 1024 /* bytes of a word or comment that are looked at */

/* A piece of the text. */
struct span {
	const char *p;
	size_t n;
};

enum clause { NO_CLAUSE, FROM, BY, VIA, WITH, ID, FOR, CLAUSES };

static const char *const keywords[CLAUSES] = { [FROM] = "from",
	[BY] = "by",
	[VIA] = "via",
	[WITH] = "with",
	[ID] = "id",
	[FOR] = "for" };

/* The reading of one field. */
struct reader {
	const char *p;
	const char *end;
	struct arena *arena;
	struct explain_hop *hop;
	enum clause clause;
	bool closed;                /* there was a comment in it */
	struct span words[CLAUSES]; /* from the first to the last of each */
	struct span date;           /* behind the last ";" */
	bool has_from_name;         /* the word after "from" is what DNS says */
	bool is_bracketed;          /* from_ip stood in brackets */
	bool forged;                /* "may be forged" */
};

/* --- words and comments --------------------------------------------------- */

static bool
is_word(const struct span *s, const char *word)
{
	return s->n == strlen(word) && strncasecmp(s->p, word, s->n) == 0;
}

static bool
has_text(const struct span *s, const char *text)
{
	size_t n = strlen(text), i;

	for (i = 0; i + n <= s->n; i++)
		if (strncasecmp(s->p + i, text, n) == 0)
			return true;
	return false;
}

/* The next run of what is not white space within a comment. */
static bool
next_token(const char **p, const char *end, struct span *out)
{
	while (*p < end &&
	    (text_is_space(**p) || **p == '(' || **p == ')' || **p == ',' ||
	        **p == ';'))
		(*p)++;
	out->p = *p;
	while (*p < end && !text_is_space(**p) && **p != '(' && **p != ')' &&
	    **p != ',' && **p != ';')
		(*p)++;
	out->n = (size_t)(*p - out->p);
	return out->n > 0;
}

/* The address in a token such as "[192.0.2.1]:25"; NULL: none. */
static const char *
read_ip(const struct reader *r, const struct span *token)
{
	char text[80];
	bool more = false;
	const char *ip;

	if (token->n == 0 || token->n >= sizeof(text))
		return NULL;
	memcpy(text, token->p, token->n);
	text[token->n] = '\0';
	ip = value_read_address(text, r->arena, &more);
	/* "10.1.2.3.example.net" is a name. */
	return more && text[0] != '[' ? NULL : ip;
}

/* --- the client ----------------------------------------------------------- */

/* A name by DNS: "mail.example.org.", "user@mail.example.org". */
static void
read_name(struct reader *r, struct span token)
{
	const char *at = memchr(token.p, '@', token.n);

	if (at != NULL) {
		token.n -= (size_t)(at + 1 - token.p);
		token.p = at + 1;
	}
	while (token.n > 0 && token.p[token.n - 1] == '.')
		token.n--;
	/* Not "3.5", nor a port behind an address. */
	if (r->hop->from_name == NULL && token.n > 0 &&
	    text_is_letter(token.p[token.n - 1]) &&
	    memchr(token.p, '.', token.n) != NULL)
		r->hop->from_name = explain_text_name(
		    token.p, token.n, r->arena);
}

/*
 * Names are the client's to choose, HELO and by DNS, and may look like an
 * address; what is in brackets the server wrote, and behind these names.
 */
static void
add_ip(struct reader *r, const struct span *token, const char *ip)
{
	const bool is_bracketed = token->p[0] == '[';

	if (r->hop->from_ip == NULL || is_bracketed)
		r->hop->from_ip = ip;
	r->is_bracketed = r->is_bracketed || is_bracketed;
}

/* "(mail.example.org [192.0.2.1])" and the like, behind "from". */
static void
read_client(struct reader *r, const struct span *comment)
{
	const char *p = comment->p, *end = p + comment->n, *ip;
	struct span token;

	r->forged = r->forged || has_text(comment, "may be forged");
	while (next_token(&p, end, &token)) {
		if (is_word(&token, "helo") || is_word(&token, "ehlo")) {
			if (!next_token(&p, end, &token))
				break;
			r->has_from_name = true;
			r->hop->from_helo = explain_text_name(
			    token.p, token.n, r->arena);
		} else if (token.n > 5 &&
		    strncasecmp(token.p, "helo=", 5) == 0) {
			r->has_from_name = true;
			r->hop->from_helo = explain_text_name(
			    token.p + 5, token.n - 5, r->arena);
		} else if ((ip = read_ip(r, &token)) != NULL)
			add_ip(r, &token, ip);
		else if (memchr(token.p, '=', token.n) == NULL)
			read_name(r, token);
	}
}

/* Of somebody else than the client's host. */
static bool
is_aside(const struct span *comment)
{
	return has_text(comment, "authenticated") ||
	    has_text(comment, "envelope") || has_text(comment, "client ");
}

static bool
is_tls(const struct span *comment)
{
	return has_text(comment, "tls") || has_text(comment, "cipher") ||
	    has_text(comment, "ssl");
}

/* Whether an address in brackets is in it. */
static bool
has_bracketed(const struct reader *r, const struct span *comment)
{
	const char *p = comment->p, *end = p + comment->n;
	struct span token;

	while (next_token(&p, end, &token))
		if (token.p[0] == '[' && read_ip(r, &token) != NULL)
			return true;
	return false;
}

/* Whether it is the client's, whose name may be "tls.example.org". */
static bool
is_client(const struct reader *r, const struct span *comment)
{
	if (r->clause != FROM)
		return false;
	if (is_tls(comment) || is_aside(comment))
		return !r->is_bracketed && has_bracketed(r, comment);
	return true;
}

static void
read_comment(struct reader *r, const struct span *comment)
{
	struct span head = *comment;

	if (head.n > TOKEN_MAX)
		head.n = TOKEN_MAX;
	if (is_client(r, &head))
		read_client(r, &head);
	else if (is_tls(&head) && r->hop->tls == NULL)
		r->hop->tls = explain_text(head.p, head.n, r->arena);
}

/* --- the field ------------------------------------------------------------ */

static enum clause
find_keyword(const struct span *word)
{
	int c;

	for (c = FROM; c < CLAUSES; c++)
		if (is_word(word, keywords[c]))
			return (enum clause)c;
	return NO_CLAUSE;
}

/* A word: it begins a clause, or belongs to the one that was begun. */
static void
add_word(struct reader *r, const struct span *word)
{
	enum clause next = find_keyword(word);
	struct span *words = &r->words[r->clause];

	/* A client that calls itself "by", behind "from". */
	if (r->clause == FROM && words->n == 0 && !r->closed)
		next = NO_CLAUSE;
	/* A second "from" is a word. */
	if (next != NO_CLAUSE && r->words[next].p == NULL) {
		r->clause = next;
		r->closed = false;
		r->words[next].p = word->p + word->n;
	} else if (words->n == 0)
		*words = *word;
	else if (r->clause == WITH && !r->closed && words->n < TOKEN_MAX)
		/* "Microsoft SMTP Server" */
		words->n = (size_t)(word->p + word->n - words->p);
}

/* Cut the text into clauses; comments are read as they come. */
static void
read_clauses(struct reader *r)
{
	const char *behind;
	struct span s;

	while (r->p < r->end) {
		s.p = r->p;
		if (text_is_space(*r->p))
			r->p++;
		else if (*r->p == '(') {
			behind = mime_comment_end(r->p, r->end);
			r->p = behind != NULL ? behind : r->end;
			s.p++;
			s.n = (size_t)(r->p - s.p);
			if (s.n > 0 && s.p[s.n - 1] == ')')
				s.n--;
			r->closed = true;
			read_comment(r, &s);
		} else if (*r->p == ';') {
			r->date.p = ++r->p;
			r->date.n = (size_t)(r->end - r->date.p);
		} else {
			while (r->p < r->end && !text_is_space(*r->p) &&
			    *r->p != '(' && *r->p != ';')
				r->p++;
			s.n = (size_t)(r->p - s.p);
			if (r->date.p == NULL)
				add_word(r, &s);
		}
	}
}

static void
read_from(struct reader *r)
{
	const struct span *word = &r->words[FROM];
	struct explain_hop *hop = r->hop;
	const char *ip = read_ip(r, word);
	bool is_name = word->n > 0 && ip == NULL && !is_word(word, "unknown");

	if (ip != NULL && hop->from_ip == NULL)
		hop->from_ip = ip;
	/* "(helo [192.0.2.1])": of a client whose name in DNS is "helo". */
	if (hop->from_ip == NULL && hop->from_helo != NULL)
		hop->from_ip = read_ip(r,
		    &(struct span) { hop->from_helo, strlen(hop->from_helo) });
	if (r->has_from_name) {
		if (is_name && hop->from_name == NULL)
			read_name(r, *word);
	} else if (word->n > 0 && !is_word(word, "unknown"))
		hop->from_helo = explain_text_name(word->p, word->n, r->arena);
	if (r->forged)
		hop->from_name = NULL;
}

void
received_read(
    const char *p, size_t len, struct arena *arena, struct explain_hop *hop)
{
	struct reader r = {
		.p = p, .end = p + len, .arena = arena, .hop = hop
	};
	const struct span *w = r.words;

	read_clauses(&r);
	read_from(&r);
	hop->by = explain_text_name(w[BY].p, w[BY].n, arena);
	hop->with = explain_text(w[WITH].p, w[WITH].n, arena);
	hop->id = explain_text(w[ID].p, w[ID].n, arena);
	hop->for_address = explain_text_path(w[FOR].p, w[FOR].n, arena);
	if (r.date.n > 0)
		hop->time = date_read_header(r.date.p, r.date.n);
}
