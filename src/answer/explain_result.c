/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_result.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

bool
explain_is_trusted(const struct explain_place *place)
{
	return place->trust != NULL &&
	    (strcmp(place->trust, "ours") == 0 ||
	        strcmp(place->trust, "receiver") == 0 ||
	        strcmp(place->trust, "border") == 0);
}

/* How much a field counts; 0: not at all. */
static int
weight(const struct explain_authres *a)
{
	/* What a seal covers repeats what the field of the same hop says. */
	if (a->is_broken || a->place.trust == NULL ||
	    (strcmp(a->kind, "ar") != 0 && strcmp(a->kind, "spf") != 0))
		return 0;
	if (strcmp(a->place.trust, "ours") == 0)
		return 3;
	if (explain_is_trusted(&a->place))
		return 2;
	return strcmp(a->place.trust, "unknown") == 0 ? 1 : 0;
}

static void
add_result(struct explain_results *r, const struct explain_authres *field,
    const struct explain_result *result, int64_t *dkim_hop)
{
	if (strcmp(result->method, "dkim") == 0) {
		/* Those of one hop: an inner one judges them again. */
		if (*dkim_hop == -1)
			*dkim_hop = field->place.received_above;
		if (*dkim_hop != field->place.received_above)
			return;
		*(const struct explain_result **)array_add(
		    &r->dkim, sizeof(result)) = result;
	} else if (strcmp(result->method, "spf") == 0) {
		if (r->spf == NULL)
			r->spf = result;
	} else if (strcmp(result->method, "dmarc") == 0) {
		if (r->dmarc == NULL)
			r->dmarc = result;
	} else if (strcmp(result->method, "compauth") == 0) {
		if (r->compauth == NULL)
			r->compauth = result;
	}
}

static void
add_fields(struct explain_results *r, const struct explain_header *h, int least,
    const char *kind)
{
	const struct explain_authres *field = h->authres.at;
	const struct explain_result *result;
	int64_t dkim_hop = -1;
	size_t i, k;

	for (i = 0; i < h->authres.n; i++) {
		if (weight(&field[i]) != least ||
		    strcmp(field[i].kind, kind) != 0)
			continue;
		if (r->first == NULL && field[i].results.n > 0)
			r->first = &field[i];
		result = field[i].results.at;
		for (k = 0; k < field[i].results.n; k++)
			add_result(r, &field[i], &result[k], &dkim_hop);
	}
}

void
explain_results_find(struct explain_results *r, const struct explain_header *h)
{
	const struct explain_authres *field = h->authres.at;
	int most = 0;
	size_t i;

	for (i = 0; i < h->authres.n; i++) {
		if (field[i].results.n > 0 && weight(&field[i]) > most)
			most = weight(&field[i]);
		if (field[i].is_broken || field[i].place.trust == NULL ||
		    strcmp(field[i].place.trust, "foreign") == 0)
			r->ignored++;
	}
	if (most == 0)
		return;
	r->is_trusted = most > 1;
	add_fields(r, h, most, "ar");
	add_fields(r, h, most, "spf");
}

void
explain_results_done(struct explain_results *r)
{
	array_done(&r->dkim);
}

const char *
explain_result_value(const struct explain_result *result, const char *ptype,
    const char *property)
{
	const struct explain_property *p;
	size_t i;

	if (result == NULL)
		return NULL;
	p = result->properties.at;
	for (i = 0; i < result->properties.n; i++)
		if (p[i].property != NULL &&
		    strcmp(p[i].property, property) == 0 &&
		    (ptype == NULL ||
		        (p[i].ptype != NULL &&
		            strcmp(p[i].ptype, ptype) == 0)) &&
		    p[i].value != NULL && p[i].value[0] != '\0')
			return p[i].value;
	return NULL;
}

/* In one comment: words are apart by blanks, ";" or ",". */
static const char *
find_word(const char *comment, const char *word, size_t *len)
{
	static const char apart[] = " \t;,";
	const size_t n = strlen(word);
	const char *s = comment;

	while (*s != '\0') {
		s += strspn(s, apart);
		*len = strcspn(s, apart);
		if (*len > n + 1 && strncasecmp(s, word, n) == 0 &&
		    s[n] == '=') {
			*len -= n + 1;
			return s + n + 1;
		}
		s += *len;
	}
	return NULL;
}

const char *
explain_result_comment(
    const struct explain_result *result, const char *word, size_t *len)
{
	const char *const *comment;
	const char *found;
	size_t i;

	if (result == NULL)
		return NULL;
	comment = result->comments.at;
	for (i = 0; i < result->comments.n; i++)
		if (comment[i] != NULL &&
		    (found = find_word(comment[i], word, len)) != NULL)
			return found;
	return NULL;
}
