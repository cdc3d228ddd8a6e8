/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/repair_tags.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/aggregate_element.h"

#define NAME_MAX_LEN 63 /* no known element has a longer one */

/*
 * These stand for a "<" that is to be written as "&lt;", and for a "/" that is
 * to be written as "</", until all are found: what is read meanwhile keeps its
 * place.  They cannot be in the document by themselves, because
 * fix_characters() in repair.c has replaced all characters that XML does not
 * allow, and a reference such as "&#1;" is still its letters.
 */
#define ESCAPE_LATER '\1'
#define SLASH_LATER '\2'

enum tag_kind {
	TAG_OPEN,
	TAG_CLOSE,
	TAG_EMPTY,
	TAG_OTHER, /* comment, CDATA, declaration, instruction */
	TAG_BAD,   /* a "<" that begins none of these */
	TAG_CUT,   /* begins here and does not end */
	TAG_NONE,  /* no "<" any more */
};

struct tag {
	enum tag_kind kind;
	size_t at;
	size_t end;
	const char *name; /* with its prefix */
	size_t name_len;
};

/* The elements that are open. */
struct stack {
	struct tag tags[LIMIT_XML_DEPTH];
	size_t n;
};

/* --- tags ----------------------------------------------------------------- */

static bool
is_name_byte(char c, bool first)
{
	unsigned char u = (unsigned char)c;

	if ((u | 0x20) >= 'a' && (u | 0x20) <= 'z')
		return true;
	if (u >= 0x80 || u == '_' || u == ':')
		return true;
	return !first && ((u >= '0' && u <= '9') || u == '-' || u == '.');
}

static const char *
skip_name(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && is_name_byte(*p, p == start))
		p++;
	return p;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && text_is_space(*p))
		p++;
	return p;
}

/* One attribute.  NULL when it is none; end when it is cut. */
static const char *
skip_attribute(const char *p, const char *end)
{
	const char *name = p;
	char quote;

	p = skip_name(p, end);
	if (p == name)
		return NULL;
	p = skip_space(p, end);
	if (p == end)
		return end;
	if (*p != '=')
		return NULL;
	p = skip_space(p + 1, end);
	if (p == end)
		return end;
	quote = *p++;
	if (quote != '"' && quote != '\'')
		return NULL;
	for (; p < end && *p != quote; p++)
		if (*p == '<')
			return NULL;
	return p < end ? p + 1 : end;
}

/* What follows the name of a tag. */
static enum tag_kind
read_rest(const char *p, const char *end, enum tag_kind kind, const char **out)
{
	const char *space;

	for (;;) {
		space = p;
		p = skip_space(p, end);
		*out = p + 1;
		if (p == end)
			return TAG_CUT;
		if (*p == '>')
			return kind;
		if (kind == TAG_CLOSE)
			return TAG_BAD;
		if (*p == '/') {
			*out = p + 2;
			if (p + 1 == end)
				return TAG_CUT;
			return p[1] == '>' ? TAG_EMPTY : TAG_BAD;
		}
		if (p == space || (p = skip_attribute(p, end)) == NULL)
			return TAG_BAD;
	}
}

/* Comments and the like, which end with a fixed string. */
static bool
read_other(const char *p, const char *end, struct tag *t, const char **out)
{
	static const struct {
		const char *start, *end;
	} kinds[] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" }, { "<?", "?>" },
		{ "<!", ">" } };
	const char *found;
	size_t i, n;

	if (end - p < 2 || (p[1] != '!' && p[1] != '?'))
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n = strlen(kinds[i].start);
		if ((size_t)(end - p) < n || memcmp(p, kinds[i].start, n) != 0)
			continue;
		found = memmem(p + n, (size_t)(end - p) - n, kinds[i].end,
		    strlen(kinds[i].end));
		t->kind = found != NULL ? TAG_OTHER : TAG_CUT;
		*out = found != NULL ? found + strlen(kinds[i].end) : end;
		return true;
	}
	return false;
}

static struct tag
next_tag(const char *data, size_t len, size_t from)
{
	const char *end = data + len, *p, *rest;
	struct tag t = { .kind = TAG_NONE, .at = len, .end = len };

	if (from >= len || (p = memchr(data + from, '<', len - from)) == NULL)
		return t;
	t.at = (size_t)(p - data);
	if (!read_other(p, end, &t, &rest)) {
		t.kind = TAG_OPEN;
		if (++p < end && *p == '/') {
			t.kind = TAG_CLOSE;
			p++;
		}
		t.name = p;
		rest = skip_name(p, end);
		t.name_len = (size_t)(rest - p);
		if (rest == end)
			t.kind = TAG_CUT;
		else if (rest == p)
			t.kind = TAG_BAD;
		else
			t.kind = read_rest(rest, end, t.kind, &rest);
	}
	if (t.kind == TAG_CUT)
		t.end = len;
	else if (t.kind == TAG_BAD)
		t.end = t.at + 1;
	else
		t.end = (size_t)(rest - data);
	return t;
}

/* The local name as a string; "" when it is longer than any that we know. */
static const char *
local_name(const struct tag *t, char out[static NAME_MAX_LEN + 1])
{
	const char *colon = memrchr(t->name, ':', t->name_len);
	const char *name = colon != NULL ? colon + 1 : t->name;
	size_t n = t->name_len - (size_t)(name - t->name);

	if (n > NAME_MAX_LEN)
		n = 0;
	memcpy(out, name, n);
	out[n] = '\0';
	return out;
}

static bool
tag_is(const struct tag *t, const char *name)
{
	size_t n = strlen(name);
	const char *local;

	if (t->name_len < n)
		return false;
	local = t->name + t->name_len - n;
	return (local == t->name || local[-1] == ':') &&
	    strncasecmp(local, name, n) == 0;
}

static bool
tag_is_known(const struct tag *t)
{
	char local[NAME_MAX_LEN + 1];

	return element_is_known(local_name(t, local));
}

/* --- which elements are open ---------------------------------------------- */

static bool
stack_push(struct stack *s, const struct tag *t)
{
	if (s->n == LIMIT_XML_DEPTH)
		return false;
	s->tags[s->n++] = *t;
	return true;
}

/*
 * The place of the element that this tag closes, or s->n; in which case its
 * letters are does not matter.
 */
static size_t
stack_find(const struct stack *s, const struct tag *t)
{
	size_t i;

	for (i = s->n; i > 0; i--)
		if (s->tags[i - 1].name_len == t->name_len &&
		    strncasecmp(s->tags[i - 1].name, t->name, t->name_len) == 0)
			return i - 1;
	return s->n;
}

/* --- several documents, strange roots ------------------------------------- */

bool
repair_has_report(const char *data, size_t len)
{
	struct tag t = { .end = 0 };

	for (;;) {
		t = next_tag(data, len, t.end);
		if (t.kind == TAG_NONE)
			return false;
		if (t.name != NULL && tag_is(&t, "feedback"))
			return true;
	}
}

bool
repair_next_report(const char *data, size_t len, size_t *pos, size_t *start,
    size_t *report_len)
{
	bool found = false;
	struct tag t = { .end = *pos };

	for (;;) {
		t = next_tag(data, len, t.end);
		if (t.kind == TAG_NONE || t.kind == TAG_CUT)
			break;
		if (t.kind == TAG_OPEN && tag_is(&t, "feedback")) {
			if (found) {
				t.end = t.at;
				break;
			}
			found = true;
			*start = t.at;
		} else if (found && t.kind == TAG_CLOSE &&
		    tag_is(&t, "feedback"))
			break;
	}
	*pos = t.end;
	if (found)
		*report_len = t.end - *start;
	return found;
}

bool
repair_schema(struct buf *doc)
{
	struct tag t = { .end = 0 };
	bool found = false;

	for (;;) {
		t = next_tag(doc->at, doc->len, t.end);
		if (t.kind == TAG_NONE || t.kind == TAG_CUT)
			return found;
		if (t.kind == TAG_OPEN && !found && tag_is(&t, "feedback"))
			return false;
		if ((t.kind == TAG_OPEN || t.kind == TAG_CLOSE) &&
		    tag_is(&t, "schema")) {
			memset(doc->at + t.at, ' ', t.end - t.at);
			found = true;
		}
	}
}

/* --- a missing tail ------------------------------------------------------- */

/* What has been whole so far. */
struct whole {
	size_t end; /* of the last child of feedback */
	bool metadata;
	bool record;
};

/* An element is closed that is at this place in the stack. */
static void
whole_close(struct whole *w, struct stack *s, size_t i, const struct tag *t)
{
	if (i == 1) {
		w->end = t->end;
		w->metadata |= tag_is(t, "report_metadata");
		w->record |= tag_is(t, "record");
	}
	s->n = i;
}

bool
repair_tail(struct buf *doc, bool *lost)
{
	struct tag t = { .end = 0 };
	struct stack s = { .n = 0 };
	struct whole whole = { .end = 0 };
	char root[NAME_MAX_LEN + 1];
	size_t i;

	for (;;) {
		t = next_tag(doc->at, doc->len, t.end);
		if (t.kind == TAG_NONE || t.kind == TAG_CUT)
			break;
		if (t.kind == TAG_OPEN && !stack_push(&s, &t))
			return false;
		if (t.kind == TAG_CLOSE && (i = stack_find(&s, &t)) < s.n)
			whole_close(&whole, &s, i, &t);
	}
	if (s.n == 0 || s.tags[0].name_len >= sizeof(root))
		return false;
	/* "</feedb", "</feedback": the end of the report is there. */
	*lost = s.n > 1 || t.kind == TAG_NONE || doc->len - t.at < 2 ||
	    doc->at[t.at + 1] != '/';
	if (*lost && !(whole.metadata && whole.record))
		return false;
	memcpy(root, s.tags[0].name, s.tags[0].name_len);
	root[s.tags[0].name_len] = '\0';
	doc->len = whole.end > s.tags[0].end ? whole.end : s.tags[0].end;
	buf_printf(doc, "</%s>", root);
	return true;
}

/* --- damage --------------------------------------------------------------- */

/* A report whose tags are being put in order. */
struct mending {
	char *data;
	size_t len;
	struct stack stack;
	size_t record; /* its place in the stack; 0: not within one */
	bool damaged;  /* the record is */
	bool policy;   /* there is one */
	bool torn;     /* something is missing outside of records */
	bool hopeless; /* nobody knows what belongs where */
	bool changed;
	size_t kept; /* records */
	size_t dropped;
	struct array missing; /* of struct tag: to be closed at its .end */
};

static void
mend_drop_record(struct mending *m, size_t end)
{
	size_t start = m->stack.tags[m->record].at;

	memset(m->data + start, ' ', end - start);
	m->stack.n = m->record;
	m->record = 0;
	m->dropped++;
	m->changed = true;
}

static bool
mend_open(struct mending *m, const struct tag *t)
{
	bool record = tag_is(t, "record");

	/* The one before has no end. */
	if (record && m->record != 0)
		mend_drop_record(m, t->at);
	if (!stack_push(&m->stack, t))
		return false;
	m->policy |= tag_is(t, "policy_published");
	if (record && m->stack.n > 1) {
		m->record = m->stack.n - 1;
		m->damaged = false;
	}
	return true;
}

/* "<a>text/a>": only the bracket of the closing tag is missing. */
static bool
mend_slash(struct mending *m, const struct tag *inner)
{
	const char *p = m->data + inner->end, *end;
	size_t n = inner->name_len + 2;

	if ((end = memchr(p, '<', m->len - inner->end)) == NULL)
		return false;
	while (end > p && text_is_space(end[-1]))
		end--;
	if ((size_t)(end - p) < n || end[-1] != '>' || *(end - n) != '/' ||
	    memcmp(end - n + 1, inner->name, inner->name_len) != 0)
		return false;
	m->data[end - n - m->data] = SLASH_LATER;
	return true;
}

/*
 * An element has no end, but the one around it has: it is text such as "<a>",
 * or damage.
 */
static void
mend_unclosed(struct mending *m, const struct tag *inner, size_t end)
{
	struct tag *missing;

	m->changed = true;
	if (!tag_is_known(inner))
		m->data[inner->at] = ESCAPE_LATER;
	else if (mend_slash(m, inner))
		return;
	else if (m->record != 0)
		m->damaged = true;
	else {
		missing = array_add(&m->missing, sizeof(*missing));
		*missing = *inner;
		missing->end = end;
		m->hopeless |= tag_is(inner, "report_metadata");
	}
}

/* A tag closes nothing: text such as "</a>", or what it closed is lost. */
static void
mend_stray(struct mending *m, const struct tag *t)
{
	m->changed = true;
	if (!tag_is_known(t)) {
		m->data[t->at] = ESCAPE_LATER;
		return;
	}
	memset(m->data + t->at, ' ', t->end - t->at);
	m->damaged = true;
	m->torn |= m->record == 0;
}

/* "<Row>" and "</row>": as it was opened, so it is closed. */
static void
mend_case(struct mending *m, const struct tag *open, const struct tag *t)
{
	if (memcmp(open->name, t->name, t->name_len) == 0)
		return;
	memcpy(m->data + (t->name - m->data), open->name, t->name_len);
	m->changed = true;
}

static void
mend_close(struct mending *m, const struct tag *t)
{
	struct stack *s = &m->stack;
	size_t i = stack_find(s, t), j;

	if (i == s->n) {
		mend_stray(m, t);
		return;
	}
	mend_case(m, &s->tags[i], t);
	if (i < m->record)
		mend_drop_record(m, t->at);
	for (j = s->n; j > i + 1; j--)
		mend_unclosed(m, &s->tags[j - 1], t->at);
	s->n = i;
	if (i == 0 || i != m->record)
		return;
	if (m->damaged)
		mend_drop_record(m, t->end);
	else
		m->kept++;
	m->record = 0;
}

/* Put "&lt;" where it was marked, and the tags that are missing. */
static void
mend_write(const struct mending *m, struct buf *out)
{
	const struct tag *missing = m->missing.at;
	size_t pos, end, i;

	for (pos = 0, i = 0; pos < m->len; pos = end) {
		for (; i < m->missing.n && missing[i].end == pos; i++) {
			buf_add_str(out, "</");
			buf_add(out, missing[i].name, missing[i].name_len);
			buf_add_char(out, '>');
		}
		if (m->data[pos] == ESCAPE_LATER ||
		    m->data[pos] == SLASH_LATER) {
			buf_add_str(
			    out, m->data[pos] == SLASH_LATER ? "</" : "&lt;");
			end = pos + 1;
			continue;
		}
		for (end = pos + 1; end < m->len; end++)
			if (m->data[end] == ESCAPE_LATER ||
			    m->data[end] == SLASH_LATER ||
			    (i < m->missing.n && missing[i].end == end))
				break;
		buf_add(out, m->data + pos, end - pos);
	}
}

bool
repair_markup(struct buf *doc, bool *lost, size_t *dropped)
{
	struct mending m = { .data = doc->at, .len = doc->len };
	struct tag t = { .end = 0 };
	struct buf out = { 0 };
	bool ok = true;

	while (ok) {
		t = next_tag(m.data, m.len, t.end);
		if (t.kind == TAG_NONE || t.kind == TAG_CUT)
			break;
		if (t.kind == TAG_BAD) {
			m.data[t.at] = ESCAPE_LATER;
			m.changed = true;
		} else if (t.kind == TAG_OPEN)
			ok = mend_open(&m, &t);
		else if (t.kind == TAG_CLOSE)
			mend_close(&m, &t);
	}
	*dropped = m.dropped;
	*lost |= m.dropped > 0 || m.missing.n > 0 || m.torn;
	ok = ok && m.changed && !m.hopeless &&
	    (m.kept > 0 || (m.dropped == 0 && m.policy));
	if (ok) {
		mend_write(&m, &out);
		buf_done(doc);
		*doc = out;
	}
	array_done(&m.missing);
	return ok;
}
