/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/bimi_record.h"

#include <string.h>
#include <strings.h>

static const struct tag_known known[] = {
	{ .name = "v" },
	{ .name = "l", .can_be_empty = true },
	{ .name = "a", .can_be_empty = true },
	{ .name = "avp" },
	{ .name = "lps", .can_be_empty = true },
	{ .name = NULL },
};

const struct tag_kind bimi_kind = {
	.version = "BIMI1",
	.known = known,
};

const char *const bimi_uri_fault_words[] = {
	[BIMI_URI_OK] = "ok",
	[BIMI_URI_EMPTY] = "empty",
	[BIMI_URI_NOT_HTTPS] = "not_https",
	[BIMI_URI_NOT_SVG] = "not_svg",
	[BIMI_URI_NOT_PEM] = "not_pem",
	[BIMI_URI_BAD] = "bad",
	[BIMI_URI_ABSENT] = "absent",
	[BIMI_URI_FAULTS] = NULL,
};

static bool
has_end(const char *s, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n > m && strncasecmp(s + n - m, end, m) == 0;
}

/* Whether there is a host that can be asked for, behind "https://". */
static bool
has_host(const char *s)
{
	char host[DNS_NAME];
	size_t n = strcspn(s, "/?#:");

	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, s, n);
	host[n] = '\0';
	return dns_is_name(host);
}

static enum bimi_uri_fault
judge_uri(const char *uri, bool is_evidence)
{
	const size_t scheme = strlen("https://");
	const char *s;
	size_t n;

	if (*uri == '\0')
		return BIMI_URI_EMPTY;
	for (s = uri; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
			return BIMI_URI_BAD;
	if (strncasecmp(uri, "https://", scheme) != 0)
		return BIMI_URI_NOT_HTTPS;
	if (!has_host(uri + scheme))
		return BIMI_URI_BAD;
	n = strcspn(uri, "?#");
	if (is_evidence)
		return has_end(uri, n, ".pem") ? BIMI_URI_OK : BIMI_URI_NOT_PEM;
	return has_end(uri, n, ".svg") || has_end(uri, n, ".svgz")
	    ? BIMI_URI_OK
	    : BIMI_URI_NOT_SVG;
}

static const char *
read_uri(struct tag_list *list, const char *name, enum bimi_uri_fault *fault)
{
	const struct tag *t = tag_list_find(list, name);

	*fault = BIMI_URI_ABSENT;
	if (t == NULL)
		return NULL;
	*fault = judge_uri(t->value, *name == 'a');
	if (*fault == BIMI_URI_NOT_HTTPS || *fault == BIMI_URI_BAD)
		tag_list_add(list, TAG_BAD_URI, t->name, t->value, NULL);
	return t->value;
}

void
bimi_record_parse(const char *text, struct arena *arena, struct bimi_record *r)
{
	struct tag_list *list = &r->tags;

	*r = (struct bimi_record) {
		.text = arena_strndup(arena, text, strlen(text)),
	};
	tag_list_begin(list, &bimi_kind, r->text, arena);
	r->version = list->version;
	r->location = read_uri(list, "l", &r->location_fault);
	r->evidence = read_uri(list, "a", &r->evidence_fault);
	if (r->location == NULL)
		tag_list_add(list, TAG_MISSING, "l", NULL, NULL);
	r->is_declined = r->version == TAG_VERSION_OK &&
	    r->location_fault == BIMI_URI_EMPTY &&
	    (r->evidence_fault == BIMI_URI_EMPTY ||
	        r->evidence_fault == BIMI_URI_ABSENT);
	/* How its name ends is no rule of the draft, what it is, is. */
	r->is_usable = r->version == TAG_VERSION_OK &&
	    (r->location_fault == BIMI_URI_OK ||
	        r->location_fault == BIMI_URI_NOT_SVG);
	tag_list_end(list);
	r->problems = list->problems;
	r->nproblems = list->nproblems;
}
