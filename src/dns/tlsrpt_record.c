/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/tlsrpt_record.h"

#include <string.h>

static const struct tag_known known[] = {
	{ .name = "v" },
	{ .name = "rua" },
	{ .name = NULL },
};

const struct tag_kind tlsrpt_kind = {
	.version = "TLSRPTv1",
	.has_plain_version = true,
	.known = known,
};

static void
count_uris(struct tlsrpt_record *r)
{
	size_t i;

	for (i = 0; i < r->rua.n; i++) {
		if (r->rua.uris[i].fault != REPORT_URI_OK)
			continue;
		if (r->rua.uris[i].mailbox != NULL)
			r->nmailto++;
		else
			r->nhttps++;
	}
}

void
tlsrpt_record_parse(
    const char *text, struct arena *arena, struct tlsrpt_record *r)
{
	struct tag_list *list = &r->tags;
	const struct tag *rua;

	*r = (struct tlsrpt_record) {
		.text = arena_strndup(arena, text, strlen(text)),
	};
	tag_list_begin(list, &tlsrpt_kind, r->text, arena);
	r->version = list->version;
	rua = tag_list_find(list, "rua");
	r->has_rua = rua != NULL;
	if (rua != NULL)
		report_uris_parse(list, rua, REPORT_URI_TLS, &r->rua);
	else
		tag_list_add(list, TAG_MISSING, "rua", NULL, NULL);
	count_uris(r);
	r->is_usable = r->version == TAG_VERSION_OK &&
	    r->nmailto + r->nhttps > 0;
	tag_list_end(list);
	r->problems = list->problems;
	r->nproblems = list->nproblems;
}
