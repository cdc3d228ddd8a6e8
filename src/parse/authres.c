/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/authres.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/mime_header.h"
#include "report/align.h"

#define MAX_TOKEN 512 /* no domain or address is longer */

enum method { DMARC, DKIM, SPF, METHODS };

static const struct {
	const char *name;
	const char *property; /* whose value is what was authenticated */
	const char *other;    /* takes its place; or NULL */
} methods[METHODS] = {
	[DMARC] = { "dmarc", "header.from", NULL },
	[DKIM] = { "dkim", "header.d", "header.i" },
	[SPF] = { "spf", "smtp.mailfrom", NULL },
};

/* What was found of one method. */
struct found {
	unsigned int field; /* the number of the field it is from; 0: none */
	bool pass;          /* and aligned */
	bool fail;
};

struct verifier {
	const struct authres_options *options;
	const char *from; /* domain */
	struct found found[METHODS];
	unsigned int field;
};

/* --- tokens --------------------------------------------------------------- */

struct cursor {
	const char *p;
	const char *end;
	bool broken; /* a comment or quote does not end */
	char text[MAX_TOKEN];
};

/* From "(" to behind its ")": comments nest. */
static void
skip_comment(struct cursor *c)
{
	size_t depth = 0;

	for (; c->p < c->end; c->p++) {
		if (*c->p == '\\' && c->p + 1 < c->end)
			c->p++;
		else if (*c->p == '(')
			depth++;
		else if (*c->p == ')' && --depth == 0) {
			c->p++;
			return;
		}
	}
	c->broken = true;
}

static void
skip_cfws(struct cursor *c)
{
	while (c->p < c->end && (text_is_space(*c->p) || *c->p == '('))
		if (*c->p == '(')
			skip_comment(c);
		else
			c->p++;
}

static void
add_char(struct cursor *c, size_t *n, char ch)
{
	if (*n < MAX_TOKEN)
		c->text[(*n)++] = ch == '\0' ? ' ' : ch;
}

static void
read_quoted(struct cursor *c, size_t *n)
{
	for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p + 1 < c->end)
			c->p++;
		add_char(c, n, *c->p);
	}
	if (c->p == c->end)
		c->broken = true;
	else
		c->p++;
}

/*
 * A word, with its quotes taken off, to c->text; false when there is none.
 * stop: what ends it, besides white space and comments.
 */
static bool
read_word(struct cursor *c, const char *stop)
{
	const char *start;
	size_t n = 0;

	skip_cfws(c);
	start = c->p;
	while (c->p < c->end && !text_is_space(*c->p) && *c->p != '(' &&
	    (*c->p == '\0' || strchr(stop, *c->p) == NULL)) {
		if (*c->p == '"')
			read_quoted(c, &n);
		else
			add_char(c, &n, *c->p++);
	}
	/* What is too long is nothing that we look for. */
	c->text[n < MAX_TOKEN ? n : 0] = '\0';
	return c->p > start;
}

static bool
read_sign(struct cursor *c, char sign)
{
	skip_cfws(c);
	if (c->p == c->end || *c->p != sign)
		return false;
	c->p++;
	return true;
}

/* Behind the next ";" that is neither quoted nor in a comment. */
static void
skip_result(struct cursor *c)
{
	while (c->p < c->end && !c->broken && !read_sign(c, ';'))
		if (!read_word(c, ";") && c->p < c->end)
			c->p++;
}

/* --- one field ------------------------------------------------------------ */

static bool
is_listed(const struct verifier *v, const char *id)
{
	size_t i;

	for (i = 0; i < v->options->n; i++)
		if (strcasecmp(v->options->ids[i], id) == 0)
			return true;
	return false;
}

/*
 * The authserv-id and the version: whether the field is to be believed, the
 * cursor then at the first result.
 */
static bool
read_id(struct verifier *v, struct cursor *c)
{
	const char *start = c->p;
	bool known;

	if (!read_word(c, ";="))
		return false;
	if (read_sign(c, '=')) {
		/* Microsoft begins with the first result. */
		c->p = start;
		return is_listed(v, AUTHRES_MICROSOFT);
	}
	known = is_listed(v, c->text) &&
	    strcasecmp(c->text, AUTHRES_MICROSOFT) != 0;
	if (read_word(c, ";=") && strcmp(c->text, "1") != 0)
		return false;
	return known && !c->broken && read_sign(c, ';');
}

/* What was authenticated is the domain in From:, or aligned with it. */
static bool
is_ours(const struct verifier *v, enum method m, const char *identity)
{
	const char *at = strrchr(identity, '@');
	char domain[MAX_TOKEN];
	size_t n;

	if (at != NULL)
		identity = at + 1;
	n = strcspn(identity, ">");
	memcpy(domain, identity, n);
	domain[n] = '\0';
	return align_domains(v->from, domain, m == DMARC);
}

static int
find_method(const char *name)
{
	int m;

	for (m = 0; m < METHODS; m++)
		if (strcasecmp(methods[m].name, name) == 0)
			return m;
	return -1;
}

/* The properties of a result that passed, up to its ";". */
static bool
read_properties(const struct verifier *v, struct cursor *c, enum method m)
{
	bool ours = false, by_other = false, seen = false;
	bool property, other;

	while (read_word(c, ";=")) {
		property = strcasecmp(c->text, methods[m].property) == 0;
		other = methods[m].other != NULL &&
		    strcasecmp(c->text, methods[m].other) == 0;
		if (!read_sign(c, '='))
			continue;
		read_word(c, ";");
		if (property && !seen) {
			ours = is_ours(v, m, c->text);
			seen = true;
		} else if (other)
			by_other = is_ours(v, m, c->text);
	}
	return seen ? ours : by_other;
}

/* "dkim=pass header.d=example.org", the cursor behind its ";" then. */
static void
read_result(struct verifier *v, struct cursor *c)
{
	struct found *found;
	bool pass, fail, ours;
	int m;

	if (!read_word(c, ";=/")) {
		skip_result(c);
		return;
	}
	m = find_method(c->text);
	if (read_sign(c, '/'))
		read_word(c, ";=");
	if (m == -1 || !read_sign(c, '=') || !read_word(c, ";")) {
		skip_result(c);
		return;
	}
	pass = strcasecmp(c->text, "pass") == 0;
	fail = strcasecmp(c->text, "fail") == 0;
	ours = read_properties(v, c, (enum method)m);
	skip_result(c);
	found = &v->found[m];
	if (c->broken || (found->field != 0 && found->field != v->field))
		return;
	found->field = v->field;
	found->pass = found->pass || (pass && ours);
	found->fail = found->fail || fail;
}

/* False when nothing below may be read. */
static bool
read_field(struct verifier *v, const struct mime_field *f)
{
	struct cursor c = { .p = f->value, .end = f->value + f->len };
	struct found before[METHODS];

	/* With a space before the ":" our border may not know it. */
	if (f->name[f->name_len] != ':' || !read_id(v, &c))
		return true;
	memcpy(before, v->found, sizeof(before));
	v->field++;
	while (c.p < c.end && !c.broken)
		read_result(v, &c);
	if (c.broken)
		memcpy(v->found, before, sizeof(before));
	return !c.broken;
}

/* --- the mail ------------------------------------------------------------- */

/* How many addresses there are in From:, also in a broken one. */
static int
count_addresses(const struct mime_field *f)
{
	struct cursor c = { .p = f->value, .end = f->value + f->len };
	bool at = false;
	int n = 0;

	while (c.p < c.end) {
		while (read_word(&c, ","))
			at = at || strchr(c.text, '@') != NULL;
		n += at;
		at = false;
		if (c.p < c.end)
			c.p++;
	}
	return n;
}

const char *
authres_verify(const char *mail, size_t len, const struct mail_facts *facts,
    const struct authres_options *options)
{
	struct verifier v = { .options = options, .from = facts->from_domain };
	int received = 0, addresses = 0;
	bool reads = true;
	struct mime_header h;
	struct mime_field f;

	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f)) {
		if (mime_field_is(&f, "from"))
			addresses += count_addresses(&f);
		else if (mime_field_is(&f, "received"))
			reads = reads && ++received <= options->received_hops;
		else if (reads && mime_field_is(&f, "authentication-results"))
			reads = read_field(&v, &f);
	}
	if (v.field == 0)
		return "none";
	if (addresses != 1 || v.from == NULL || v.found[DMARC].fail)
		return "fail";
	if (v.found[DMARC].pass || v.found[DKIM].pass || v.found[SPF].pass)
		return "pass";
	return v.found[DMARC].field != 0 || v.found[DKIM].field != 0 ||
	        v.found[SPF].field != 0
	    ? "fail"
	    : "none";
}
