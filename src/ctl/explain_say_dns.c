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
}

void
explain_say_dns(struct output *o, const struct explain_dns *d)
{
	const struct explain_signature *s = d->header->signatures.at;
	size_t i;

	if (d->n == 0 && !d->has_dmarc && d->spf_domain == NULL)
		return;
	output_blank(o);
	output_line(o,
	    "By the records of today, which may not be those of "
	    "then:");
	for (i = 0; i < d->n; i++)
		output_paragraph(o, 4, "  %s of %s, s=%s: %s",
		    strcmp(s[i].kind, "dkim") == 0 ? "DKIM signature"
		        : strcmp(s[i].kind, "seal") == 0
		        ? "ARC seal"
		        : "ARC message signature",
		    or_not_said(s[i].d), or_not_said(s[i].s),
		    explain_dns_result(d->verdicts[i].result));
	if (d->arc.status != ARC_CHAIN_NONE)
		output_paragraph(o, 4, "  ARC chain: %s",
		    d->arc.status == ARC_CHAIN_PASS       ? "it is good"
		        : d->arc.status == ARC_CHAIN_FAIL ? "it is broken"
		                                          : "cannot tell");
	if (d->spf_domain != NULL)
		output_paragraph(o, 4, "  SPF of %s for %s: %s%s",
		    d->spf_domain, d->spf_ip, spf_result_word(d->spf),
		    d->spf == SPF_TEMPERROR ? ", DNS did not answer" : "");
	if (d->has_dmarc)
		say_dmarc(o, d);
}

void
explain_add_dns(struct buf *b, const struct explain_dns *d)
{
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
		buf_add_char(b, '}');
	}
	buf_add_char(b, ']');
	json_add_member(b, "arc", arc_status_words[d->arc.status]);
	json_add_member(
	    b, "spf", d->spf_domain != NULL ? spf_result_word(d->spf) : NULL);
	way = d->has_dmarc ? &d->dmarc.walk : NULL;
	json_add_member(
	    b, "dmarc", way != NULL ? dmarc_place_words[way->place] : NULL);
	json_add_member(b, "record",
	    way != NULL && way->found != NULL && way->found->record != NULL
	        ? way->found->record->text
	        : NULL);
	buf_add_char(b, '}');
}
