/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_say_dns.h"

#include <string.h>

#include "base/json.h"

static const char *
or_not_said(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "(not said)";
}

static void
say_dmarc(struct output *o, const struct explain_dns *d)
{
	const struct dmarc_way *way = &d->dmarc.walk;

	if (way->place == DMARC_AT_UNKNOWN)
		output_paragraph(o, 4,
		    "  DMARC of %s: cannot tell, DNS did not answer",
		    d->dmarc.domain);
	else if (way->place == DMARC_AT_NONE || way->found == NULL)
		output_paragraph(
		    o, 4, "  DMARC of %s: there is no record", d->dmarc.domain);
	else
		output_paragraph(o, 4, "  DMARC of %s: %s says %s",
		    d->dmarc.domain, way->found->name,
		    way->found->record != NULL ? way->found->record->text
		                               : "nothing that counts");
	if (d->has_policy)
		output_paragraph(o, 4, "  By all that, DMARC %s",
		    d->passes == DMARC_YES ? "passes today"
		        : d->passes == DMARC_NO
		        ? "fails today"
		        : "may pass or not: cannot tell");
}

/* ", NOT aligned (strict)" */
static const char *
alignment_of(
    const struct explain_dns *d, enum dmarc_answer aligned, bool strict)
{
	if (!d->has_policy)
		return "";
	if (aligned == DMARC_YES)
		return ", aligned";
	if (aligned == DMARC_CANNOT_TELL)
		return ", cannot tell whether aligned";
	return strict ? ", NOT aligned (the policy asks for the very same "
	                "domain)"
	              : ", NOT aligned";
}

void
explain_say_dns(struct output *o, const struct explain_dns *d)
{
	const struct explain_signature *s = d->header->signatures.at;
	const struct dmarc_record *r = d->has_policy
	    ? d->dmarc.walk.found->record
	    : NULL;
	const bool adkim = r != NULL && r->adkim_strict;
	const bool aspf = r != NULL && r->aspf_strict;
	struct buf text = { 0 };
	size_t i;

	if (d->n == 0 && !d->has_dmarc && d->spf_domain == NULL)
		return;
	output_blank(o);
	output_line(o,
	    "By the records of today, which may not be those of "
	    "then:");
	for (i = 0; i < d->n; i++) {
		text.len = 0;
		explain_dns_add_signature(&text, d, i);
		output_paragraph(o, 4, "  %s of %s, s=%s%s: %s",
		    strcmp(s[i].kind, "dkim") == 0 ? "DKIM signature"
		        : strcmp(s[i].kind, "seal") == 0
		        ? "ARC seal"
		        : "ARC message signature",
		    or_not_said(s[i].d), or_not_said(s[i].s),
		    strcmp(s[i].kind, "dkim") == 0
		        ? alignment_of(d, d->aligned[i], adkim)
		        : "",
		    buf_str(&text));
	}
	buf_done(&text);
	if (d->arc.status != ARC_CHAIN_NONE)
		output_paragraph(o, 4, "  ARC chain: %s",
		    d->arc.status == ARC_CHAIN_PASS       ? "it is good"
		        : d->arc.status == ARC_CHAIN_FAIL ? "it is broken"
		                                          : "cannot tell");
	if (d->spf_domain != NULL)
		output_paragraph(o, 4, "  SPF of %s%s for %s%s: %s%s",
		    d->spf_domain,
		    d->spf_is_helo ? " (by HELO, for there is no sender)" : "",
		    d->spf_ip, alignment_of(d, d->spf_aligned, aspf),
		    spf_result_word(d->spf),
		    d->spf == SPF_TEMPERROR ? ", DNS did not answer" : "");
	if (d->has_dmarc)
		say_dmarc(o, d);
}

void
explain_add_dns(struct buf *b, const struct explain_dns *d)
{
	static const char *const answer_words[] = { [DMARC_NO] = "no",
		[DMARC_YES] = "yes",
		[DMARC_CANNOT_TELL] = "unknown" };
	const struct dkim_key *key;
	struct buf text = { 0 };
	const struct explain_signature *s;
	const struct dmarc_way *way;
	size_t i;

	if (d == NULL) {
		buf_add_str(b, ",\"dns\":null");
		return;
	}
	s = d->header->signatures.at;
	buf_add_str(b, ",\"dns\":{\"signatures\":[");
	for (i = 0; i < d->n; i++) {
		buf_add_str(b, i > 0 ? ",{" : "{");
		json_add_member(b, "kind", s[i].kind);
		json_add_member(b, "domain", s[i].d);
		json_add_member(b, "selector", s[i].s);
		json_add_member(
		    b, "result", signature_words[d->verdicts[i].result]);
		json_add_member(b, "aligned",
		    d->has_policy && strcmp(s[i].kind, "dkim") == 0
		        ? answer_words[d->aligned[i]]
		        : NULL);
		key = d->verdicts[i].key;
		if (key != NULL && key->bits > 0)
			json_add_member_int(b, "bits", key->bits);
		else
			buf_add_str(b, ",\"bits\":null");
		text.len = 0;
		explain_dns_add_signature(&text, d, i);
		json_add_member(b, "text", buf_str(&text));
		buf_add_char(b, '}');
	}
	buf_done(&text);
	buf_add_char(b, ']');
	json_add_member(b, "arc", arc_status_words[d->arc.status]);
	json_add_member(
	    b, "spf", d->spf_domain != NULL ? spf_result_word(d->spf) : NULL);
	json_add_member(b, "spf_domain", d->spf_domain);
	json_add_member(b, "spf_aligned",
	    d->has_policy && d->spf_domain != NULL
	        ? answer_words[d->spf_aligned]
	        : NULL);
	way = d->has_dmarc ? &d->dmarc.walk : NULL;
	json_add_member(
	    b, "dmarc", way != NULL ? dmarc_place_words[way->place] : NULL);
	json_add_member(b, "record",
	    way != NULL && way->found != NULL && way->found->record != NULL
	        ? way->found->record->text
	        : NULL);
	json_add_member(
	    b, "passes", d->has_policy ? answer_words[d->passes] : NULL);
	buf_add_char(b, '}');
}
