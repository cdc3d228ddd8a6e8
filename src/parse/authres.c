/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/authres.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "parse/authres_read.h"
#include "parse/mime_header.h"
#include "report/align.h"

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

/* Whether the field, by its id, is to be believed. */
static bool
read_id(const struct verifier *v, struct authres_read *r)
{
	switch (authres_read_id(r)) {
	case AUTHRES_ID:
		return strcasecmp(r->value, AUTHRES_MICROSOFT) != 0 &&
		    is_listed(v, r->value);
	case AUTHRES_NO_ID:
		/* Microsoft begins with the first result. */
		return is_listed(v, AUTHRES_MICROSOFT);
	case AUTHRES_ID_BROKEN:
		break;
	}
	return false;
}

/* What was authenticated is the domain in From:, or aligned with it. */
static bool
is_ours(const struct verifier *v, enum method m, const char *identity)
{
	const char *at = strrchr(identity, '@');
	char domain[AUTHRES_WORD];
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

/* Whether the properties of a result show that it is about From:. */
static bool
read_properties(const struct verifier *v, struct authres_read *r, enum method m)
{
	bool ours = false, by_other = false, seen = false;

	while (authres_read_property(r)) {
		if (strcasecmp(r->name, methods[m].property) == 0 && !seen) {
			ours = is_ours(v, m, r->value);
			seen = true;
		} else if (methods[m].other != NULL &&
		    strcasecmp(r->name, methods[m].other) == 0)
			by_other = is_ours(v, m, r->value);
	}
	return seen ? ours : by_other;
}

static void
read_result(struct verifier *v, struct authres_read *r)
{
	int m = find_method(r->method);
	struct found *found;
	bool ours;

	if (m == -1)
		return;
	ours = read_properties(v, r, (enum method)m);
	found = &v->found[m];
	if (found->field != 0 && found->field != v->field)
		return;
	found->field = v->field;
	if (strcasecmp(r->result, "pass") == 0)
		found->pass = found->pass || ours;
	else if (strcasecmp(r->result, "fail") == 0)
		found->fail = true;
}

/* False when nothing below may be read. */
static bool
read_field(struct verifier *v, const struct mime_field *f)
{
	struct authres_read r = { 0 };
	struct found before[METHODS];

	authres_read_start(&r, f->value, f->len);
	/* With a space before the ":" our border may not know it. */
	if (f->name[f->name_len] != ':' || !read_id(v, &r))
		return true;
	memcpy(before, v->found, sizeof(before));
	v->field++;
	while (authres_read_result(&r))
		read_result(v, &r);
	if (r.broken)
		memcpy(v->found, before, sizeof(before));
	return !r.broken;
}

/* --- the mail ------------------------------------------------------------- */

/* How many addresses there are in From:, also in a broken one. */
static int
count_addresses(const struct mime_field *f)
{
	struct authres_read r = { 0 };
	bool at = false;
	int n = 0;

	authres_read_start(&r, f->value, f->len);
	while (r.p < r.end) {
		while (authres_read_word(&r, ","))
			at = at || strchr(r.value, '@') != NULL;
		n += at;
		at = false;
		if (r.p < r.end)
			r.p++;
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
