/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dkim_message.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"

static const char *const arc_names[] = {
	[ARC_RESULTS] = "arc-authentication-results",
	[ARC_MESSAGE] = "arc-message-signature",
	[ARC_SEAL] = "arc-seal",
};

/* --- fields --------------------------------------------------------------- */

/* Behind the line that p is in. */
static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

static bool
is_empty_line(const char *p, const char *next)
{
	return (next - p == 1 && p[0] == '\n') ||
	    (next - p == 2 && p[0] == '\r' && p[1] == '\n');
}

/* Behind the field at p, folded lines and all. */
static const char *
field_end(const char *p, const char *end)
{
	const char *next = line_end(p, end);

	while (next < end && (*next == ' ' || *next == '\t'))
		next = line_end(next, end);
	return next;
}

/* RFC 5322, 2.2 and 4.5.8: any visible ASCII, then perhaps white space. */
static bool
field_read(const char *p, const char *end, struct mime_field *f)
{
	f->name = p;
	while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
		p++;
	f->name_len = (size_t)(p - f->name);
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (f->name_len == 0 || p == end || *p != ':')
		return false;
	f->value = p + 1;
	f->len = (size_t)(end - f->value);
	return true;
}

/* The number that "i=" begins with in [p, end); 0: it is none, or too high. */
static int64_t
read_instance(const char *p, const char *end)
{
	int64_t n = 0;

	p = mime_skip_comments(p, end);
	if (p == end || *p != 'i')
		return 0;
	p = mime_skip_comments(p + 1, end);
	if (p == end || *p != '=')
		return 0;
	p = mime_skip_comments(p + 1, end);
	for (; p < end && text_is_digit(*p); p++)
		if ((n = 10 * n + (*p - '0')) > LIMIT_ARC_SETS)
			return 0;
	return mime_skip_comments(p, end) == end ? n : 0;
}

/* Of results it comes first (RFC 8617, 4.1.1), else it is one of the tags. */
static int64_t
find_instance(const struct mime_field *f, bool is_first)
{
	const char *p = f->value, *end = p + f->len, *semicolon;
	int64_t n;

	for (; p < end; p = semicolon + 1) {
		semicolon = memchr(p, ';', (size_t)(end - p));
		if (semicolon == NULL)
			semicolon = end;
		n = read_instance(p, semicolon);
		if (n != 0 || is_first || semicolon == end)
			return n;
	}
	return 0;
}

static void
add_field(struct dkim_message *m, const struct mime_field *f)
{
	struct dkim_field *field = array_add(&m->fields, sizeof(*field));
	unsigned int i;

	field->field = *f;
	for (i = 0; i < ARC_FIELDS && !mime_field_is(f, arc_names[i]); i++)
		continue;
	field->arc = (enum arc_field)i;
	if (i < ARC_FIELDS)
		field->instance = find_instance(f, i == ARC_RESULTS);
}

static bool
has_lone_lf(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (p == start || p[-1] != '\r')
			return true;
		p++;
	}
	return false;
}

void
dkim_message_init(
    struct dkim_message *m, const char *text, size_t len, const char *problem)
{
	const char *p = text, *end = text + len, *next;
	struct mime_field f;

	*m = (struct dkim_message) { .problem = problem };
	if (len == 0)
		return;
	m->was_lf = has_lone_lf(text, end);
	if (mime_is_from_line(p, end))
		p = line_end(p, end);
	for (; p < end; p = next) {
		next = field_end(p, end);
		if (is_empty_line(p, line_end(p, end))) {
			m->body = line_end(p, end);
			m->body_len = (size_t)(end - m->body);
			break;
		}
		if (m->problem != NULL)
			continue;
		if (next - text > LIMIT_MIME_HEADER ||
		    m->fields.n == LIMIT_EXPLAIN_FIELDS)
			m->problem = "the header is too long";
		else if (!field_read(p, next, &f))
			m->problem =
			    "the header has a line that is not a field";
		else
			add_field(m, &f);
	}
}

void
dkim_message_done(struct dkim_message *m)
{
	array_done(&m->fields);
	array_done(&m->bodies);
	*m = (struct dkim_message) { .problem = NULL };
}

struct dkim_field *
dkim_message_find(const struct dkim_message *m, const char *name)
{
	struct dkim_field *f = m->fields.at;
	size_t i;

	for (i = 0; i < m->fields.n; i++)
		if (f[i].field.name == name)
			return &f[i];
	return NULL;
}

/* --- what is signed ------------------------------------------------------- */

/* The lowest field of that name that is not used. */
static struct dkim_field *
choose(const struct dkim_message *m, const char *name, size_t len,
    const struct dkim_field *own)
{
	struct dkim_field *f = m->fields.at;
	size_t i = m->fields.n;

	while (i-- > 0)
		if (!f[i].is_used && &f[i] != own &&
		    f[i].field.name_len == len &&
		    strncasecmp(f[i].field.name, name, len) == 0)
			return &f[i];
	return NULL;
}

void
dkim_message_add_signed(struct dkim_message *m, const char *h, size_t len,
    bool is_relaxed, const struct dkim_field *own, struct buf *out)
{
	const char *p = h, *end = h + len, *colon, *name;
	struct dkim_field *f = m->fields.at;
	size_t i, n;

	for (i = 0; i < m->fields.n; i++)
		f[i].is_used = false;
	for (; p < end; p = colon + 1) {
		colon = memchr(p, ':', (size_t)(end - p));
		if (colon == NULL)
			colon = end;
		n = (size_t)(colon - p);
		name = text_trim(p, &n);
		/* One that is not there is signed as that: as nothing. */
		if ((f = choose(m, name, n, own)) != NULL) {
			f->is_used = true;
			dkim_canon_field(out, is_relaxed, &f->field, NULL, 0);
		}
		if (colon == end)
			return;
	}
}

/* The three fields of a set; false: one is missing or there twice. */
static bool
find_set(const struct dkim_message *m, int64_t instance,
    const struct dkim_field *set[static ARC_FIELDS])
{
	const struct dkim_field *f = m->fields.at;
	unsigned int i;
	size_t n;

	for (i = 0; i < ARC_FIELDS; i++)
		set[i] = NULL;
	for (n = m->fields.n; n > 0; n--, f++) {
		if (f->arc == ARC_FIELDS || f->instance != instance)
			continue;
		if (set[f->arc] != NULL)
			return false;
		set[f->arc] = f;
	}
	return set[ARC_RESULTS] != NULL && set[ARC_MESSAGE] != NULL &&
	    set[ARC_SEAL] != NULL;
}

const char *
dkim_message_add_sealed(struct dkim_message *m, const struct dkim_field *own,
    bool is_failed, struct buf *out)
{
	const struct dkim_field *set[ARC_FIELDS];
	int64_t i = is_failed ? own->instance : 1;
	unsigned int k;

	if (own->instance == 0)
		return "it is of no set of the chain";
	for (; i <= own->instance; i++) {
		if (!find_set(m, i, set))
			return "a set that it seals is not complete";
		for (k = 0; k < ARC_FIELDS; k++)
			if (set[k] != own)
				dkim_canon_field(
				    out, true, &set[k]->field, NULL, 0);
	}
	return NULL;
}

/* --- body ----------------------------------------------------------------- */

const struct dkim_body *
dkim_message_hash_body(
    struct dkim_message *m, bool is_relaxed, bool is_sha1, uint64_t max)
{
	struct dkim_body *b = m->bodies.at;
	struct dkim_hash hash;
	size_t i;

	for (i = 0; i < m->bodies.n; i++, b++)
		if (b->is_relaxed == is_relaxed && b->is_sha1 == is_sha1 &&
		    b->max == max)
			return b;
	if (m->bodies.n == DKIM_BODIES)
		return NULL;
	b = array_add(&m->bodies, sizeof(*b));
	b->is_relaxed = is_relaxed;
	b->is_sha1 = is_sha1;
	b->max = max;
	dkim_hash_init(&hash, is_sha1, max);
	dkim_canon_body(&hash, is_relaxed, m->body, m->body_len);
	b->len = hash.len;
	dkim_hash_end(&hash, b->hash);
	return b;
}
