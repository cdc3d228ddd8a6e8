/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_authres.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/authres_read.h"
#include "parse/explain_text.h"
#include "report/explain_priv.h"

const char *
explain_authres_kind(const char *name, size_t len)
{
	/* Microsoft and its gateways keep those of others under such names. */
	static const struct {
		const char *name;
		const char *kind;
	} kinds[] = {
		{ "authentication-results", "ar" },
		{ "arc-authentication-results", "arc" },
		{ "authentication-results-original", "orig" },
		{ "x-authentication-results", "orig" },
		{ "x-original-authentication-results", "orig" },
		{ "old-authentication-results", "orig" },
		{ "x-arc-authentication-results", "orig" },
		{ "x-ms-exchange-authentication-results", "orig" },
		{ "received-spf", "spf" },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == len &&
		    strncasecmp(kinds[i].name, name, len) == 0)
			return kinds[i].kind;
	return NULL;
}

/* What is being read.  A comment belongs to the result before it. */
struct reading {
	struct explain_authres *a;
	struct explain_result *result;
	struct arena *arena;
	bool *is_cut;
	struct authres_read r;
};

static const char *
keep(struct reading *g, const char *word)
{
	return explain_text_or_empty(word, strlen(word), g->arena);
}

static char *
keep_lower(struct reading *g, const char *word)
{
	const char *text = keep(g, word);

	return text_lower(arena_strndup(g->arena, text, strlen(text)));
}

static void
add_comment(const char *p, size_t n, void *arg)
{
	struct reading *g = arg;
	const char *text;

	if (g->result == NULL || (text = explain_text(p, n, g->arena)) == NULL)
		return;
	if (g->result->comments.n == LIMIT_EXPLAIN_PROPERTIES)
		*g->is_cut = true;
	else
		*(const char **)array_add(
		    &g->result->comments, sizeof(text)) = text;
}

/* NULL when there is no room for it. */
static struct explain_result *
add_result(struct reading *g, const char *method, const char *result)
{
	if (g->a->results.n == LIMIT_EXPLAIN_RESULTS) {
		*g->is_cut = true;
		return NULL;
	}
	g->result = array_add(&g->a->results, sizeof(*g->result));
	g->result->method = keep_lower(g, method);
	g->result->result = keep_lower(g, result);
	return g->result;
}

/* What was read last: "smtp.mailfrom" and its value. */
static void
add_property(struct reading *g)
{
	struct explain_property *p;
	char *name = keep_lower(g, g->r.name), *dot = strchr(name, '.');

	if (strcmp(name, "reason") == 0 && g->result->reason == NULL) {
		g->result->reason = keep(g, g->r.value);
		return;
	}
	if (g->result->properties.n == LIMIT_EXPLAIN_PROPERTIES) {
		*g->is_cut = true;
		return;
	}
	p = array_add(&g->result->properties, sizeof(*p));
	if (dot != NULL) {
		*dot = '\0';
		p->ptype = name;
		p->property = dot + 1;
	} else {
		p->ptype = "";
		p->property = name;
	}
	p->value = keep(g, g->r.value);
}

static void
read_results(struct reading *g)
{
	struct authres_read *r = &g->r;

	while (authres_read_result(r) &&
	    add_result(g, r->method, r->result) != NULL)
		while (authres_read_property(r))
			add_property(g);
}

static void
read_ar(struct reading *g)
{
	const bool is_arc = strcmp(g->a->kind, "arc") == 0;
	enum authres_id id;

	if (is_arc)
		g->a->instance = authres_read_instance(&g->r);
	if (g->a->instance > EXPLAIN_MAX_INSTANCE)
		g->a->instance = 0;
	id = authres_read_id(&g->r);
	if (id != AUTHRES_NO_ID)
		g->a->id = explain_text(
		    g->r.value, strlen(g->r.value), g->arena);
	read_results(g);
	/* An id by itself has no results. */
	if (id == AUTHRES_ID_BROKEN && g->a->results.n > 0)
		g->a->is_broken = true;
}

/* --- Received-SPF --------------------------------------------------------- */

static bool
is_host_char(char c)
{
	return text_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/* "(mx.example.org: domain of ...)", or "receiver=": who says so. */
static const char *
spf_id(struct reading *g)
{
	const struct explain_property *p = g->result->properties.at;
	const char *const *comments = g->result->comments.at;
	const char *id = g->result->comments.n > 0 ? comments[0] : "";
	size_t n, i;

	for (n = 0; is_host_char(id[n]); n++)
		continue;
	if (n > 0 && id[n] == ':' && memchr(id, '.', n) != NULL)
		return explain_text_name(id, n, g->arena);
	for (i = 0; i < g->result->properties.n; i++)
		if (strcmp(p[i].property, "receiver") == 0 &&
		    strchr(p[i].value, '.') != NULL)
			return p[i].value;
	return NULL;
}

static void
read_spf(struct reading *g)
{
	struct authres_read *r = &g->r;

	/* The result first, so that its comment is known as its own. */
	if (!authres_read_word(r, ";=") || r->value[0] == '\0' ||
	    add_result(g, "spf", r->value) == NULL)
		return;
	while (r->p < r->end && !r->broken)
		if (authres_read_property(r))
			add_property(g);
		else if (r->p < r->end)
			r->p++;
	g->a->id = spf_id(g);
}

void
explain_authres_read(const char *p, size_t len, struct arena *arena,
    struct explain_authres *a, bool *is_cut)
{
	struct reading g = { .a = a, .arena = arena, .is_cut = is_cut };

	g.r.comment = add_comment;
	g.r.arg = &g;
	authres_read_start(&g.r, p, len);
	if (strcmp(a->kind, "spf") == 0)
		read_spf(&g);
	else
		read_ar(&g);
	a->is_broken = a->is_broken || g.r.broken;
}
