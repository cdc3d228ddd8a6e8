/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * records: any text is read as each kind of record, as a policy of MTA-STS, and
 * its bytes as a key; what is told of it fits together.
 */
#include "fuzz.h"

#include <nettle/base64.h>

#include "dns/bimi_record.h"
#include "dns/dkim_key.h"
#include "dns/dmarc_record.h"
#include "dns/mta_sts.h"
#include "dns/tlsrpt_record.h"

static void
must_be_list(const struct tag_list *list, size_t len)
{
	size_t i;

	MUST(list->nproblems <= TAG_PROBLEMS);
	MUST(list->version != TAG_VERSION_OTHER || list->nproblems == 0);
	for (i = 0; i < list->n; i++)
		MUST(strlen(list->tags[i].name) + strlen(list->tags[i].value) <
		    len);
	for (i = 0; i < list->nproblems; i++) {
		MUST(list->problems[i].fault < TAG_FAULTS);
		MUST(list->problems[i].tag != NULL);
	}
}

static void
must_be_uris(const struct report_uris *list)
{
	const struct report_uri *u;
	size_t i;

	MUST(list->n <= REPORT_URIS);
	MUST(report_uris_count_valid(list) <= list->n);
	for (i = 0; i < list->n; i++) {
		u = &list->uris[i];
		MUST(u->host == NULL || dns_is_name(u->host));
		MUST(u->fault == REPORT_URI_OK || u->mailbox == NULL);
		if (u->mailbox == NULL)
			continue;
		MUST(strcmp(strrchr(u->mailbox, '@') + 1, u->host) == 0);
	}
}

static void
see_dmarc(const char *text, struct arena *arena)
{
	struct dmarc_record r, again;

	dmarc_record_parse(text, arena, &r);
	must_be_list(&r.tags, strlen(text) + 1);
	must_be_uris(&r.rua);
	must_be_uris(&r.ruf);
	MUST(r.fo != 0 && r.pct <= 100);
	MUST(!r.rfc9989.is_used || r.version == TAG_VERSION_OK);
	MUST(!r.rfc9989.is_used || r.rfc7489.is_used);
	if (r.rfc9989.is_used)
		MUST(r.rfc9989.p >= DMARC_NONE && r.rfc9989.sp >= DMARC_NONE &&
		    r.rfc9989.np >= DMARC_NONE);
	if (r.rfc7489.is_used)
		MUST(r.rfc7489.np == r.rfc7489.sp &&
		    r.rfc7489.p >= DMARC_NONE && r.rfc7489.pct <= 100);
	dmarc_record_parse(r.text, arena, &again);
	MUST(again.version == r.version && again.p == r.p &&
	    again.nproblems == r.nproblems);
}

static void
see_key(const char *text, struct arena *arena)
{
	struct dkim_key key;

	dkim_key_parse(text, arena, &key);
	must_be_list(&key.tags, strlen(text) + 1);
	MUST(!key.is_usable || (key.faults & dkim_fatal) == 0);
	MUST(!key.is_usable || key.bits > 0);
	MUST(key.bits <= 8 * key.size);
	MUST(key.size <= strlen(text));
}

static void
see_others(const char *text, struct arena *arena)
{
	struct tlsrpt_record tls;
	struct mta_sts_record sts;
	struct bimi_record bimi;

	tlsrpt_record_parse(text, arena, &tls);
	must_be_list(&tls.tags, strlen(text) + 1);
	must_be_uris(&tls.rua);
	MUST(!tls.is_usable || tls.nmailto + tls.nhttps > 0);
	mta_sts_record_parse(text, arena, &sts);
	must_be_list(&sts.tags, strlen(text) + 1);
	MUST(!sts.is_usable || strlen(sts.id) <= 32);
	bimi_record_parse(text, arena, &bimi);
	must_be_list(&bimi.tags, strlen(text) + 1);
	MUST(!bimi.is_usable || !bimi.is_declined);
}

static void
see_policy(const uint8_t *data, size_t len, struct arena *arena)
{
	struct mta_sts_policy p;
	size_t i;

	mta_sts_policy_parse(data, len, arena, &p);
	MUST(p.nproblems <= TAG_PROBLEMS);
	for (i = 0; i < p.nmx; i++) {
		bool is_wild = strncmp(p.mx[i], "*.", 2) == 0;

		MUST(dns_is_name(p.mx[i] + (is_wild ? 2 : 0)));
		MUST(is_wild || mta_sts_match(p.mx[i], p.mx[i]));
		MUST(is_wild || mta_sts_find_mx(&p, p.mx[i]) != NULL);
	}
	if (p.is_usable)
		MUST(p.mode >= MTA_STS_NONE && p.max_age >= 0 &&
		    (p.nmx > 0 || p.mode == MTA_STS_NONE));
}

/* The bytes themselves as a key. */
static void
see_der(const uint8_t *data, size_t len, struct arena *arena)
{
	size_t n;
	char *text;

	if (len > 4096)
		len = 4096;
	n = BASE64_ENCODE_RAW_LENGTH(len);
	text = arena_alloc(arena, n + 3);
	memcpy(text, "p=", 3);
	base64_encode_raw(text + 2, len, data);
	text[n + 2] = '\0';
	see_key(text, arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena = { 0 };
	const char *text = arena_strndup(&arena, (const char *)data,
	    len < DNS_TEXT_MAX ? len : DNS_TEXT_MAX);

	see_dmarc(text, &arena);
	see_key(text, &arena);
	see_others(text, &arena);
	see_policy(data, len, &arena);
	see_der(data, len, &arena);
	arena_done(&arena);
	return 0;
}
