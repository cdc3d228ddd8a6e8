/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_edit.h"

#include <string.h>

#include "answer/dns_tag_words.h"

const char *
dns_edit_apply(
    struct dns_case *c, const struct dmarc_record *r, const struct dns_edit *e)
{
	struct dmarc_record without;

	if (e->moves) {
		dmarc_record_parse(
		    dns_tag_rewrite(c->findings, &r->tags, e->tag, NULL),
		    &c->arena, &without);
		r = &without;
	}
	return dns_tag_rewrite(c->findings, &r->tags, e->tag, e->value);
}

static const char *
apply(struct dns_case *c, const char *text, const struct dns_edit *e)
{
	struct dmarc_record r;

	dmarc_record_parse(text, &c->arena, &r);
	return dns_edit_apply(c, &r, e);
}

/* How much receivers refuse or set aside by it. */
static unsigned int
strength(const struct dmarc_record *r)
{
	enum dmarc_policy most = r->rfc9989.sp > r->rfc9989.p ? r->rfc9989.sp
	                                                      : r->rfc9989.p;

	return r->rfc9989.is_used && most > DMARC_NONE
	    ? (unsigned int)most * 101 + r->rfc7489.pct
	    : 0;
}

/* What begins with the record that is pasted, and not with the one in DNS. */
static const char *
effect(struct dns_case *c, const char *text)
{
	struct dmarc_record r;

	dmarc_record_parse(text, &c->arena, &r);
	return strength(&r) > strength(c->record) ? dns_case_effect(c, text)
	                                          : "";
}

static void
merge(struct dns_case *c, struct dns_finding *finding)
{
	const struct dns_finding *other = c->findings->findings.at;
	const char *text = c->record->text;
	size_t i;

	for (i = 0; i < c->findings->findings.n; i++)
		if (other[i].edit.tag != NULL && !other[i].edit.is_asked &&
		    other + i != finding)
			text = apply(c, text, &other[i].edit);
	text = apply(c, text, &finding->edit);
	dns_finding_set_value(c->findings, finding, text, effect(c, text));
}

void
dns_edit_merge(struct dns_case *c)
{
	struct dns_finding *finding = c->findings->findings.at;
	size_t i;

	for (i = 0; c->record != NULL && i < c->findings->findings.n; i++)
		if (finding[i].edit.tag != NULL)
			merge(c, &finding[i]);
}
