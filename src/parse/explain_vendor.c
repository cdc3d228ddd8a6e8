/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_vendor.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/explain_text.h"

enum syntax {
	ONE,    /* a value */
	COLONS, /* "SCL:5;SFV:SPM;" */
	EQUALS, /* "Yes, score=7.1 required=5.0 tests=A,B" */
};

static const struct {
	const char *vendor;
	const char *field;
	enum syntax syntax;
} fields[] = {
	{ "microsoft", "X-Forefront-Antispam-Report", COLONS },
	{ "microsoft", "X-Microsoft-Antispam", COLONS },
	{ "microsoft", "X-Microsoft-Antispam-Mailbox-Delivery", COLONS },
	{ "microsoft", "X-MS-Exchange-Organization-Antispam-Report", COLONS },
	{ "microsoft", "X-MS-Exchange-Organization-SCL", ONE },
	{ "microsoft", "X-MS-Exchange-Organization-PCL", ONE },
	{ "microsoft", "X-MS-Exchange-Organization-AuthAs", ONE },
	{ "microsoft", "X-MS-Exchange-Organization-AuthSource", ONE },
	{ "microsoft", "X-MS-Exchange-CrossTenant-AuthAs", ONE },
	{ "microsoft", "X-SID-Result", ONE },
	{ "google", "X-Gm-Spam", ONE },
	{ "google", "X-Gm-Phishy", ONE },
	{ "google", "X-Spam-Checked-In-Group", ONE },
	{ "yahoo", "X-YahooFilteredBulk", ONE },
	{ "yahoo", "X-Apparently-To", ONE },
	{ "apple", "X-Apple-MoveToFolder", ONE },
	{ "rspamd", "X-Spamd-Result", ONE },
	{ "rspamd", "X-Rspamd-Score", ONE },
	{ "rspamd", "X-Rspamd-Action", ONE },
	{ "rspamd", "X-Spam-Action", ONE },
	{ "rspamd", "X-Spam", ONE },
	{ "spamassassin", "X-Spam-Status", EQUALS },
	{ "spamassassin", "X-Spam-Flag", ONE },
	{ "spamassassin", "X-Spam-Score", ONE },
	{ "spamassassin", "X-Spam-Level", ONE },
	{ "proofpoint", "X-Proofpoint-Spam-Details", EQUALS },
	{ "barracuda", "X-Barracuda-Spam-Status", EQUALS },
	{ "barracuda", "X-Barracuda-Spam-Score", ONE },
	{ "mimecast", "X-Mimecast-Spam-Score", ONE },
};

/* The items of one field. */
struct items {
	struct array *items;
	struct arena *arena;
	bool *is_cut;
};

/* False when there is no room. */
static bool
add_item(struct items *to, const char *key, size_t key_len, const char *value,
    size_t len)
{
	struct explain_item *item;

	if (to->items->n == LIMIT_EXPLAIN_ITEMS) {
		*to->is_cut = true;
		return false;
	}
	item = array_add(to->items, sizeof(*item));
	item->key = explain_text_or_empty(key, key_len, to->arena);
	item->value = explain_text_or_empty(value, len, to->arena);
	return true;
}

static void
read_colons(struct items *to, const char *p, const char *end)
{
	const char *stop, *colon;
	bool room = true;
	size_t n;

	for (; p < end && room; p = stop < end ? stop + 1 : end) {
		stop = memchr(p, ';', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		n = (size_t)(stop - p);
		p = text_trim(p, &n);
		if (n == 0)
			continue;
		colon = memchr(p, ':', n);
		room = colon != NULL
		    ? add_item(to, p, (size_t)(colon - p), colon + 1,
		          (size_t)(p + n - colon - 1))
		    : add_item(to, "", 0, p, n);
	}
}

/* The next word up to white space, "=" or a comma. */
static const char *
word_end(const char *p, const char *end)
{
	while (p < end && !text_is_space(*p) && *p != '=' && *p != ',' &&
	    *p != ';')
		p++;
	return p;
}

/*
 * A value ends with a space; but "A,B, C" is one list, unless C has a value
 * itself, and so is "[A=1, B=2]".
 */
static const char *
value_end(const char *p, const char *end)
{
	const char *next, *stop;

	if (p < end && *p == '[' &&
	    (stop = memchr(p, ']', (size_t)(end - p))) != NULL)
		return stop + 1;
	while (p < end && *p != ';' && !text_is_space(*p)) {
		if (*p++ != ',')
			continue;
		for (next = p; next < end && text_is_space(*next); next++)
			continue;
		stop = word_end(next, end);
		if (stop < end && *stop == '=')
			return p - 1;
		p = stop;
	}
	return p;
}

static void
read_equals(struct items *to, const char *p, const char *end)
{
	const char *start, *eq;
	bool room = true;

	while (p < end && room) {
		if (text_is_space(*p) || *p == ',' || *p == ';') {
			p++;
			continue;
		}
		start = p;
		p = eq = word_end(p, end);
		if (p < end && *p == '=') {
			p = value_end(p + 1, end);
			room = add_item(to, start, (size_t)(eq - start), eq + 1,
			    (size_t)(p - eq - 1));
		} else
			room = add_item(to, "", 0, start, (size_t)(p - start));
	}
}

bool
explain_vendor_read(const struct mime_field *f, struct arena *arena,
    struct explain_vendor *v, bool *is_cut)
{
	struct items to = { &v->items, arena, is_cut };
	const char *end = f->value + f->len;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (mime_field_is(f, fields[i].field))
			break;
	if (i == sizeof(fields) / sizeof(fields[0]))
		return false;
	v->vendor = fields[i].vendor;
	v->field = fields[i].field;
	switch (fields[i].syntax) {
	case COLONS:
		read_colons(&to, f->value, end);
		break;
	case EQUALS:
		read_equals(&to, f->value, end);
		break;
	case ONE:
		add_item(&to, "", 0, f->value, f->len);
		break;
	}
	return true;
}
