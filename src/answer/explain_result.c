/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_result.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "report/status_code.h"

bool
explain_is_trusted(const struct explain_place *place)
{
	return place->trust != NULL &&
	    (strcmp(place->trust, "ours") == 0 ||
	        strcmp(place->trust, "receiver") == 0 ||
	        strcmp(place->trust, "border") == 0);
}

const struct explain_hop *
explain_border(const struct explain_header *h)
{
	const struct explain_hop *hop = h->received.at;
	size_t i;

	for (i = 0; i < h->received.n; i++)
		if (hop[i].is_border)
			return &hop[i];
	return NULL;
}

const struct explain_hop *
explain_border_of(const struct explain_facts *facts)
{
	return facts->is_bounce ? NULL : explain_border(&facts->header);
}

/*
 * Whether the receiver is a service that is known to remove from what strangers
 * send the fields that bear its own name (RFC 8601, 5).
 */
static bool
is_careful(const struct explain_header *h)
{
	const struct explain_hop *border = explain_border(h);
	const struct status_question who = { .host = border != NULL ? border->by
		                                                    : NULL };
	enum status_receiver receiver;

	receiver = status_receiver_find(&who);
	return receiver == STATUS_GOOGLE || receiver == STATUS_MICROSOFT ||
	    receiver == STATUS_YAHOO;
}

/* How much a field counts. */
enum level {
	NOT_AT_ALL,
	UNPLACED, /* nobody can place it */
	NAMED,    /* it bears the receiver's name, as a forged one would */
	CERTAIN,  /* only the receiver wrote there */
	OURS,
};

/*
 * Whether it is the first of its kind below the border: Google, Microsoft and
 * Yahoo write one there, with all they found.
 */
static bool
is_topmost(const struct explain_header *h, const struct explain_authres *a)
{
	const struct explain_authres *other;

	for (other = h->authres.at; other < a; other++)
		if (strcmp(other->kind, a->kind) == 0 && !other->is_broken &&
		    other->place.trust != NULL &&
		    strcmp(other->place.trust, "border") == 0)
			return false;
	return true;
}

static enum level
level_of(const struct explain_header *h, const struct explain_authres *a,
    bool careful)
{
	const char *trust = a->place.trust;

	/* What a seal covers repeats what the field of the same hop says. */
	if (a->is_broken || trust == NULL ||
	    (strcmp(a->kind, "ar") != 0 && strcmp(a->kind, "spf") != 0))
		return NOT_AT_ALL;
	if (strcmp(trust, "ours") == 0)
		return OURS;
	if (strcmp(trust, "border") == 0 && careful)
		return is_topmost(h, a) ? CERTAIN : NOT_AT_ALL;
	if (strcmp(trust, "border") == 0)
		return NAMED;
	if (explain_is_trusted(&a->place))
		return CERTAIN;
	return strcmp(trust, "unknown") == 0 ? UNPLACED : NOT_AT_ALL;
}

/* Only Microsoft's own field has compauth; it has no id, or one of its own. */
static bool
is_microsoft(const struct explain_authres *field)
{
	const struct status_question who = { .host = field->id };

	return field->id == NULL ||
	    status_receiver_find(&who) == STATUS_MICROSOFT;
}

/*
 * Two results of DMARC in one field: words of the sender within it, such as the
 * local part in a comment, may have been taken for one.  Neither is sure then,
 * and what speaks against the message is told.
 */
static void
dispute(struct explain_results *r, const struct explain_authres *field,
    const struct explain_result *result)
{
	const struct explain_result *all = field->results.at;
	size_t i = 0;

	while (i < field->results.n && &all[i] != r->dmarc)
		i++;
	if (i == field->results.n || strcmp(result->method, "dmarc") != 0 ||
	    strcmp(result->result, r->dmarc->result) == 0)
		return;
	r->is_trusted = false;
	if (strcmp(r->dmarc->result, "pass") == 0)
		r->dmarc = result;
}

/*
 * Of each method what the topmost field says that has it: it was written last,
 * and what is below it may be an inner host's, or forged.  Return whether it
 * was taken.
 */
static bool
add_result(struct explain_results *r, const struct explain_authres *field,
    const struct explain_result *result)
{
	const struct explain_result **one = NULL;

	if (strcmp(result->method, "dkim") == 0) {
		if (r->dkim_field == NULL)
			r->dkim_field = field;
		if (r->dkim_field != field)
			return false;
		*(const struct explain_result **)array_add(
		    &r->dkim, sizeof(result)) = result;
		return true;
	}
	if (strcmp(result->method, "spf") == 0)
		one = &r->spf;
	else if (strcmp(result->method, "dmarc") == 0)
		one = &r->dmarc;
	else if (strcmp(result->method, "compauth") == 0 && is_microsoft(field))
		one = &r->compauth;
	if (one == NULL)
		return false;
	if (*one != NULL) {
		dispute(r, field, result);
		return false;
	}
	*one = result;
	return true;
}

static void
add_fields(struct explain_results *r, const struct explain_header *h,
    enum level level, bool careful, const char *kind)
{
	const struct explain_authres *field = h->authres.at;
	const struct explain_result *result;
	size_t i, k;

	for (i = 0; i < h->authres.n; i++) {
		if (level_of(h, &field[i], careful) != level ||
		    strcmp(field[i].kind, kind) != 0)
			continue;
		if (r->first == NULL && field[i].results.n > 0)
			r->first = &field[i];
		result = field[i].results.at;
		for (k = 0; k < field[i].results.n; k++)
			if (add_result(r, &field[i], &result[k]) &&
			    level < CERTAIN)
				r->is_trusted = false;
	}
}

void
explain_results_find(struct explain_results *r, const struct explain_header *h)
{
	const struct explain_authres *field = h->authres.at;
	const bool careful = is_careful(h);
	enum level most = NOT_AT_ALL, level, least;
	size_t i;

	for (i = 0; i < h->authres.n; i++) {
		level = level_of(h, &field[i], careful);
		if (field[i].results.n > 0 && level > most)
			most = level;
		if (field[i].is_broken || field[i].place.trust == NULL ||
		    strcmp(field[i].place.trust, "foreign") == 0)
			r->ignored++;
	}
	if (most == NOT_AT_ALL)
		return;
	r->is_trusted = most >= CERTAIN;
	/* Postfix puts results of SPF above its own field, others below it. */
	least = most == CERTAIN ? NAMED : most;
	for (level = most; level >= least; level--) {
		add_fields(r, h, level, careful, "ar");
		add_fields(r, h, level, careful, "spf");
	}
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

const char *
explain_dmarc_domain(const struct explain_result *dmarc)
{
	const char *domain = explain_result_value(dmarc, "header", "from");

	/* Cisco writes "dmarc=pass (p=none dis=none) d=example.org". */
	return domain != NULL ? domain : explain_result_value(dmarc, "", "d");
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
