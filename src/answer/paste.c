/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/paste.h"

#include <stdio.h>
#include <string.h>

#include "answer/dns_finding.h"
#include "answer/dns_tag_words.h"
#include "dns/dmarc_find.h"
#include "dns/spf.h"

/* "NAME TXT "VALUE""; begin precedes the name: "_dmarc.". */
static void
add_txt(
    struct prose *p, const char *begin, const char *domain, const char *value)
{
	struct buf strings = { 0 }, whole = { 0 };

	if (domain != NULL) {
		buf_add_str(&whole, begin);
		buf_add_str(&whole, domain);
	}
	/* As it is written: what is in capitals is to be filled in. */
	if (domain != NULL && dns_is_name(buf_str(&whole)) &&
	    dns_write_strings(&strings, value))
		prose_add_record(
		    p, "%s TXT %s", buf_str(&whole), buf_str(&strings));
	buf_done(&whole);
	buf_done(&strings);
}

void
paste_spf(struct prose *p, const char *domain, const char *ip)
{
	struct buf value = { 0 };

	buf_add_str(&value, "v=spf1 ");
	if (ip != NULL && spf_write_term(&value, ip)) {
		buf_add_str(&value, " ~all");
		add_txt(p, "", domain, buf_str(&value));
	}
	buf_done(&value);
}

void
paste_spf_with(struct prose *p, const struct dns_source *known,
    const char *domain, const char *ip)
{
	struct buf term = { 0 }, value = { 0 };
	const struct spf_record *r;
	struct spf_map map;

	if (known == NULL || domain == NULL || ip == NULL ||
	    !dns_is_name(domain) || !spf_write_term(&term, ip)) {
		buf_done(&term);
		return;
	}
	spf_read(known, domain, &map);
	r = map.records[0];
	if (r->state == SPF_FOUND && !r->has_bad) {
		spf_write_with(&value, r, buf_str(&term));
		add_txt(p, "", domain, buf_str(&value));
	}
	spf_map_done(&map);
	buf_done(&term);
	buf_done(&value);
}

void
paste_key(struct prose *p, const char *selector, const char *domain)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s._domainkey.",
	    selector != NULL && selector[0] != '\0' ? selector : "SELECTOR");
	add_txt(p, buf_str(&name), domain, "v=DKIM1; k=rsa; p=KEY");
	buf_done(&name);
}

void
paste_dmarc_without(struct prose *p, const struct dns_source *known,
    const char *domain, const char *tag)
{
	struct dns_findings made = { 0 }; /* the strings of a new record */
	struct dmarc_discovery found;
	struct arena arena = { 0 };

	if (known != NULL && domain != NULL &&
	    dmarc_find(known, domain, &arena, &found) &&
	    found.walk.found != NULL && found.walk.found->record != NULL)
		add_txt(p, "", found.walk.found->name,
		    dns_tag_rewrite(
		        &made, &found.walk.found->record->tags, tag, NULL));
	dns_findings_done(&made);
	arena_done(&arena);
}

void
paste_dmarc(struct prose *p, const char *domain)
{
	struct buf value = { 0 };

	if (domain == NULL || !dns_is_name(domain))
		return;
	buf_printf(&value, "v=DMARC1; p=none; rua=mailto:dmarc@%s", domain);
	add_txt(p, "_dmarc.", domain, buf_str(&value));
	buf_done(&value);
}

void
paste_ptr(struct prose *p, const char *ip, const char *host)
{
	char name[DNS_NAME], target[DNS_NAME];

	if (ip == NULL || !dns_reverse_name(ip, name))
		return;
	if (host == NULL || strchr(host, '.') == NULL ||
	    !dns_write_name(host, target))
		snprintf(target, sizeof(target), "HOST");
	prose_add_record(p, "%s. PTR %s.", name, target);
}
