/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_filter.h"

#include <string.h>
#include <strings.h>

#include "answer/explain_result.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Values of Microsoft, the most telling first; NULL: any. */
static const struct {
	const char *key;
	const char *value;
} telling[] = {
	{ "SFV", "BLK" },
	{ "SFV", "SKB" },
	{ "SFV", "SKS" },
	{ "CAT", NULL },
	{ "SFTY", NULL },
	{ "SFV", NULL },
	{ "SRV", NULL },
	{ "SCL", NULL },
	{ "dest", NULL },
};

/* A verdict under way: lower ranks are more telling. */
struct ranked {
	struct explain_filter_said said;
	size_t rank;
};

static bool
is_of(const struct explain_vendor *v, const char *vendor)
{
	return strcmp(v->vendor, vendor) == 0;
}

static const char *
key_of(const struct explain_vendor *v, const struct explain_item *item)
{
	if (strcasecmp(v->field, "X-MS-Exchange-Organization-SCL") == 0)
		return "SCL";
	return item->key != NULL ? item->key : "";
}

static size_t
rank_of(const char *key, const char *value)
{
	size_t i;

	for (i = 0; i < COUNT(telling); i++)
		if (strcasecmp(telling[i].key, key) == 0 &&
		    (telling[i].value == NULL ||
		        strcasecmp(telling[i].value, value) == 0))
			return i;
	return COUNT(telling);
}

/* Whether Microsoft writes a key into this field: elsewhere it is forged. */
static bool
is_written_in(const char *key, const char *field)
{
	if (strcasecmp(key, "dest") == 0)
		return strcasecmp(
		           field, "X-Microsoft-Antispam-Mailbox-Delivery") == 0;
	return strcasecmp(field, "X-Forefront-Antispam-Report") == 0 ||
	    strcasecmp(field, "X-MS-Exchange-Organization-SCL") == 0;
}

/* --- one field ------------------------------------------------------------ */

static void
find_microsoft(const struct explain_vendor *v, struct ranked *best)
{
	const struct explain_item *item = v->items.at;
	const struct status_word *word;
	const char *key;
	size_t i, rank;

	for (i = 0; i < v->items.n; i++) {
		key = key_of(v, &item[i]);
		if (item[i].value == NULL || !is_written_in(key, v->field))
			continue;
		/* BCL and the like alone set nothing aside. */
		rank = rank_of(key, item[i].value);
		if (rank == COUNT(telling))
			continue;
		word = microsoft_word_find(key, item[i].value);
		if (word == NULL || !word->is_bad || rank >= best->rank)
			continue;
		best->rank = rank;
		best->said = (struct explain_filter_said) { v, key,
			item[i].value, word };
	}
}

/* "default: True [12.30 / 15.00]; ..." */
static bool
is_true(const char *value)
{
	const char *colon = strchr(value, ':');

	if (colon == NULL)
		return false;
	colon += 1 + strspn(colon + 1, " \t");
	return strncasecmp(colon, "true", 4) == 0 && !text_is_alnum(colon[4]);
}

/* What a rule such as "inbound_notspam" is for. */
static const char *
rule_of(const char *value)
{
	static const char *const kinds[] = { "malware", "phish", "bulk",
		"spam" };
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (strcasestr(value, kinds[i]) != NULL &&
		    strcasestr(value, "not") == NULL)
			return kinds[i];
	return NULL;
}

/* The word in it that tells; NULL: none. */
static const char *
word_of(const struct explain_vendor *v, const struct explain_item *item)
{
	const char *key = item->key != NULL ? item->key : "";

	if (item->value == NULL)
		return NULL;
	if (strcasecmp(v->field, "X-Proofpoint-Spam-Details") == 0)
		return strcasecmp(key, "rule") == 0 ? rule_of(item->value)
		                                    : NULL;
	if (key[0] != '\0')
		return NULL;
	if (strcasecmp(v->field, "X-Spamd-Result") == 0)
		return is_true(item->value) ? "True" : NULL;
	return item->value;
}

static void
find_other(const struct explain_vendor *v, struct ranked *best)
{
	const struct explain_item *item = v->items.at;
	const struct status_word *word;
	const char *value;
	size_t i;

	/* Of "Yes, score=7.1 tests=NO" only the first word is the verdict. */
	for (i = 0; i < v->items.n; i++) {
		value = word_of(v, &item[i]);
		word = filter_word_find(v->field, value);
		if (word != NULL && word->is_bad &&
		    COUNT(telling) < best->rank) {
			best->rank = COUNT(telling);
			best->said = (struct explain_filter_said) { v,
				item[i].key != NULL && item[i].key[0] != '\0'
				    ? item[i].key
				    : v->field,
				item[i].value, word };
		}
		if (is_of(v, "spamassassin") || is_of(v, "barracuda"))
			break;
	}
}

/* The most telling value against the message; vendor NULL: none. */
static struct ranked
find_in(const struct explain_vendor *v)
{
	struct ranked best = { .rank = COUNT(telling) + 1 };

	if (is_of(v, "microsoft"))
		find_microsoft(v, &best);
	else
		find_other(v, &best);
	return best;
}

/* --- all fields ----------------------------------------------------------- */

/* How much it counts: 0 not at all, 1 if nothing else, 2 by its name, 3. */
static int
weight_of(const struct explain_vendor *v)
{
	const char *trust = v->place.trust;

	if (trust == NULL || strcmp(trust, "foreign") == 0)
		return 0;
	if (!explain_is_trusted(&v->place))
		return 1;
	if (strcmp(trust, "border") != 0)
		return 3;
	/* Of others nobody says that they take theirs out of what comes in. */
	return is_of(v, "microsoft") ? 2 : 0;
}

/*
 * Whether another field of this name counts as much and says otherwise: below
 * the border, or where nobody knows it, one of them may be a stranger's.
 */
static bool
is_disputed(const struct explain_header *h, const struct explain_vendor *v,
    const struct status_word *word)
{
	const struct explain_vendor *other = h->vendors.at;
	size_t i;

	if (weight_of(v) > 2)
		return false;
	for (i = 0; i < h->vendors.n; i++)
		if (&other[i] != v && strcmp(other[i].field, v->field) == 0 &&
		    weight_of(&other[i]) == weight_of(v) &&
		    find_in(&other[i]).said.word != word)
			return true;
	return false;
}

/* Whether a field of this name is there that counts for more. */
static bool
is_outdone(const struct explain_header *h, const struct explain_vendor *v)
{
	const struct explain_vendor *other = h->vendors.at;
	size_t i;

	for (i = 0; i < h->vendors.n; i++)
		if (strcmp(other[i].field, v->field) == 0 &&
		    weight_of(&other[i]) > weight_of(v))
			return true;
	return false;
}

void
explain_filter_find(struct explain_filter *f, const struct explain_header *h)
{
	const struct explain_vendor *v = h->vendors.at;
	struct ranked best = { 0 }, found;
	int most = 0, weight;
	size_t i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < h->vendors.n; i++) {
		weight = weight_of(&v[i]);
		found = find_in(&v[i]);
		if (found.said.word == NULL || is_outdone(h, &v[i]))
			continue;
		if (weight == 0) {
			if (f->foreign.word == NULL)
				f->foreign = found.said;
		} else if (is_disputed(h, &v[i], found.said.word)) {
			f->disputed = &v[i];
		} else if (weight > most ||
		    (weight == most && found.rank < best.rank)) {
			most = weight;
			best = found;
		}
	}
	f->bad = best.said;
	f->is_trusted = most > 1;
}

const char *
explain_filter_name(const struct explain_vendor *v)
{
	static const char *const names[][2] = {
		{ "microsoft", "Microsoft" },
		{ "google", "Google" },
		{ "yahoo", "Yahoo" },
		{ "apple", "Apple iCloud" },
		{ "rspamd", "Rspamd" },
		{ "spamassassin", "SpamAssassin" },
		{ "proofpoint", "Proofpoint" },
		{ "barracuda", "Barracuda" },
		{ "mimecast", "Mimecast" },
	};
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (is_of(v, names[i][0]))
			return names[i][1];
	return v->vendor;
}

/* Whether a value that is not against the message may explain its fate. */
static bool
is_worth_telling(const char *key, const char *value)
{
	static const char *const worth[][2] = { { "SFV", "SKN" },
		{ "SFV", "SKA" }, { "SFV", "SKQ" }, { "SFV", "SFE" },
		{ "SFV", "SKI" }, { "IPV", "CAL" }, { "SFTY", "9.25" },
		{ "dest", "I" }, { "dest", "C" } };
	size_t i;

	for (i = 0; i < COUNT(worth); i++)
		if (strcasecmp(worth[i][0], key) == 0 &&
		    strcasecmp(worth[i][1], value) == 0)
			return true;
	/* Of a bulk sender: a level that each receiver draws where it likes. */
	return strcasecmp(key, "BCL") == 0 && strcmp(value, "0") != 0;
}

bool
explain_filter_next(const struct explain_header *h, size_t *at,
    struct explain_filter_said *said)
{
	const struct explain_vendor *v = h->vendors.at;
	const struct explain_item *item;
	const struct status_word *word;
	size_t i, k, n = 0;

	for (i = 0; i < h->vendors.n; i++) {
		item = v[i].items.at;
		if (!is_of(&v[i], "microsoft") || weight_of(&v[i]) < 2 ||
		    is_outdone(h, &v[i]) ||
		    is_disputed(h, &v[i], find_in(&v[i]).said.word))
			continue;
		for (k = 0; k < v[i].items.n; k++) {
			if (item[k].value == NULL || item[k].key == NULL ||
			    n++ < *at ||
			    !is_worth_telling(item[k].key, item[k].value) ||
			    (word = microsoft_word_find(
			         item[k].key, item[k].value)) == NULL)
				continue;
			*at = n;
			*said = (struct explain_filter_said) { &v[i],
				item[k].key, item[k].value, word };
			return true;
		}
	}
	return false;
}
