/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dmarc_record.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct tag_known known[] = {
	{ .name = "v" },
	{ .name = "p" },
	{ .name = "sp" },
	{ .name = "np" },
	{ .name = "adkim" },
	{ .name = "aspf" },
	{ .name = "rua" },
	{ .name = "ruf" },
	{ .name = "fo" },
	{ .name = "psd" },
	{ .name = "t" },
	{ .name = "pct", .is_obsolete = true },
	{ .name = "rf", .is_obsolete = true },
	{ .name = "ri", .is_obsolete = true },
	{ .name = NULL },
};

const struct tag_kind dmarc_kind = {
	.version = "DMARC1",
	.is_caseless = true,
	.known = known,
};

static const char *const policies[] = { "none", "quarantine", "reject", NULL };

const char *
dmarc_policy_word(enum dmarc_policy policy)
{
	return policy < DMARC_NONE ? NULL : policies[policy - DMARC_NONE];
}

enum dmarc_policy
dmarc_policy_lower(enum dmarc_policy policy)
{
	return policy > DMARC_NONE ? policy - 1 : policy;
}

static enum dmarc_policy
read_policy(struct tag_list *list, const char *name)
{
	const struct tag *t = tag_list_find(list, name);
	int word;

	if (t == NULL)
		return DMARC_ABSENT;
	word = tag_list_word(list, t, policies);
	return word < 0 ? DMARC_INVALID
	                : (enum dmarc_policy)((int)DMARC_NONE + word);
}

static bool
read_mode(struct tag_list *list, const char *name, bool *is_there)
{
	static const char *const modes[] = { "r", "s", NULL };
	const struct tag *t = tag_list_find(list, name);

	*is_there = t != NULL;
	return t != NULL && tag_list_word(list, t, modes) == 1;
}

static void
read_flags(struct tag_list *list, struct dmarc_record *r)
{
	static const char *const psds[] = { "u", "y", "n", NULL };
	static const char *const yes_or_no[] = { "n", "y", NULL };
	const struct tag *t = tag_list_find(list, "psd");
	int word;

	r->has_psd = t != NULL;
	word = t != NULL ? tag_list_word(list, t, psds) : -1;
	r->psd = word < 0 ? DMARC_PSD_UNKNOWN : (enum dmarc_psd)word;
	t = tag_list_find(list, "t");
	r->has_t = t != NULL;
	r->is_testing = t != NULL && tag_list_word(list, t, yes_or_no) == 1;
}

/* One option of fo; 0: it is none. */
static unsigned int
fo_bit(const char *s, size_t n)
{
	const char *at = n == 1 ? strchr("01ds", *s | 0x20) : NULL;

	if (n == 1 && (*s == '0' || *s == '1'))
		return *s == '0' ? DMARC_FO_ALL : DMARC_FO_ANY;
	return at == NULL ? 0 : *at == 'd' ? DMARC_FO_DKIM : DMARC_FO_SPF;
}

/*
 * Each at most once, "0" and "1" not both (RFC 9989, 4.7 and 4.8); what is
 * understood counts.
 */
static void
read_fo(struct tag_list *list, struct dmarc_record *r)
{
	const struct tag *t = tag_list_find(list, "fo");
	const unsigned int both = DMARC_FO_ALL | DMARC_FO_ANY;
	unsigned int fo = 0, bit;
	bool is_good = true;
	const char *s, *part;
	size_t n, len;

	r->has_fo = t != NULL;
	r->fo = DMARC_FO_ALL;
	if (t == NULL || *t->value == '\0')
		return;
	for (s = t->value;; s += n + 1) {
		len = n = strcspn(s, ":");
		part = text_trim(s, &len);
		bit = fo_bit(part, len);
		is_good = is_good && bit != 0 && (fo & bit) == 0;
		fo |= bit;
		if (s[n] == '\0')
			break;
	}
	if (!is_good || (fo & both) == both)
		tag_list_add(list, TAG_BAD_VALUE, t->name, t->value, NULL);
	if (fo != 0)
		r->fo = fo;
}

/* Those that RFC 9989 took away. */
static void
read_obsolete(struct tag_list *list, struct dmarc_record *r)
{
	const struct tag *t = tag_list_find(list, "pct");

	r->pct = t != NULL ? tag_list_number(list, t, 100) : -1;
	t = tag_list_find(list, "ri");
	r->ri = t != NULL ? tag_list_number(list, t, UINT32_MAX) : -1;
	t = tag_list_find(list, "rf");
	r->rf = t != NULL ? t->value : NULL;
}

static void
read_uris(struct tag_list *list, struct dmarc_record *r)
{
	const struct tag *t = tag_list_find(list, "rua");

	r->has_rua = t != NULL;
	if (t != NULL)
		report_uris_parse(list, t, REPORT_URI_DMARC, &r->rua);
	t = tag_list_find(list, "ruf");
	r->has_ruf = t != NULL;
	if (t != NULL)
		report_uris_parse(list, t, REPORT_URI_DMARC, &r->ruf);
	t = tag_list_find(list, "fo");
	if (t != NULL && !r->has_ruf)
		tag_list_add(list, TAG_WITHOUT, t->name, "ruf", NULL);
}

/*
 * What p, sp and np come to.  np is DMARC_ABSENT for who does not know it (RFC
 * 7489).
 */
static void
read_as(const struct dmarc_record *r, enum dmarc_policy np,
    struct dmarc_reading *as)
{
	bool is_invalid = r->p == DMARC_INVALID || r->sp == DMARC_INVALID ||
	    np == DMARC_INVALID;

	as->is_used = r->version == TAG_VERSION_OK;
	as->p = r->p;
	as->sp = r->sp;
	as->np = np;
	if (is_invalid || r->p == DMARC_ABSENT) {
		as->is_used = as->is_used &&
		    report_uris_count_valid(&r->rua) > 0;
		as->is_fallback = as->is_used;
		as->p = DMARC_NONE;
	}
	if (is_invalid || as->sp == DMARC_ABSENT)
		as->sp = as->p;
	if (is_invalid || as->np == DMARC_ABSENT)
		as->np = as->sp;
}

void
dmarc_record_parse(
    const char *text, struct arena *arena, struct dmarc_record *r)
{
	struct tag_list *list = &r->tags;

	*r = (struct dmarc_record) {
		.text = arena_strndup(arena, text, strlen(text)),
	};
	tag_list_begin(list, &dmarc_kind, r->text, arena);
	r->version = list->version;
	r->is_p_second = list->n > 1 &&
	    strcasecmp(list->tags[1].name, "p") == 0;
	if (tag_list_find(list, "p") == NULL)
		tag_list_add(list, TAG_MISSING, "p", NULL, NULL);
	r->p = read_policy(list, "p");
	r->sp = read_policy(list, "sp");
	r->np = read_policy(list, "np");
	r->adkim_strict = read_mode(list, "adkim", &r->has_adkim);
	r->aspf_strict = read_mode(list, "aspf", &r->has_aspf);
	read_flags(list, r);
	read_fo(list, r);
	read_obsolete(list, r);
	read_uris(list, r);
	tag_list_end(list);
	r->problems = list->problems;
	r->nproblems = list->nproblems;

	read_as(r, r->np, &r->rfc9989);
	r->rfc9989.is_testing = r->is_testing;
	r->rfc9989.pct = 100;
	r->rfc9989.psd = r->psd;
	read_as(r, DMARC_ABSENT, &r->rfc7489);
	r->rfc7489.pct = r->pct >= 0 ? (unsigned int)r->pct : 100;
}
