/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dns/dns.h"

#define MAX_NAME 253
#define MAX_LABEL 63

bool
dns_is_name(const char *name)
{
	size_t label = 0, n;

	for (n = 0; name[n] != '\0'; n++) {
		char c = name[n];

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			if (name[n + 1] == '\0')
				return n <= MAX_NAME;
			continue;
		}
		if (!(text_is_alnum(c) || c == '-' || c == '_') ||
		    ++label > MAX_LABEL)
			return false;
	}
	return n > 0 && n <= MAX_NAME;
}

bool
dns_write_name(const char *name, char out[static DNS_NAME])
{
	size_t n = strlen(name);

	if (!dns_is_name(name))
		return false;
	if (name[n - 1] == '.')
		n--;
	memcpy(out, name, n);
	out[n] = '\0';
	text_lower(out);
	return true;
}

bool
dns_reverse_name(const char *ip, char out[static DNS_NAME])
{
	uint8_t a[16];
	size_t i;

	if (inet_pton(AF_INET, ip, a) == 1) {
		snprintf(out, DNS_NAME, "%d.%d.%d.%d.in-addr.arpa", a[3], a[2],
		    a[1], a[0]);
		return true;
	}
	if (inet_pton(AF_INET6, ip, a) != 1)
		return false;
	for (i = 0; i < 16; i++)
		snprintf(out + 4 * i, DNS_NAME - 4 * i, "%x.%x.",
		    a[15 - i] & 15, a[15 - i] >> 4);
	snprintf(out + 64, DNS_NAME - 64, "ip6.arpa");
	return true;
}

const char *
dns_type_word(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_NS:
		return "NS";
	case DNS_CNAME:
		return "CNAME";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	case DNS_SPF:
		return "SPF";
	}
	return NULL;
}

void
dns_begin(struct dns_builder *b, struct arena *arena)
{
	*b = (struct dns_builder) { .arena = arena };
	b->answer = arena_alloc(arena, sizeof(*b->answer));
	*b->answer = (struct dns_answer) { .status = DNS_NONE };
}

static struct dns_record *
add(struct dns_builder *b)
{
	if (b->records.n >= DNS_RECORDS) {
		b->answer->is_cut = true;
		return NULL;
	}
	b->text_cap = b->ends_cap = 0;
	return array_add(&b->records, sizeof(struct dns_record));
}

void
dns_add_record(struct dns_builder *b, uint16_t preference, const char *text)
{
	struct dns_record *r = add(b);

	if (r == NULL)
		return;
	r->len = strlen(text);
	r->text = text_lower(arena_strndup(b->arena, text, r->len));
	r->preference = preference;
}

/* Room for n bytes where len are kept; what it leaves behind adds up to n. */
static void *
grow(struct dns_builder *b, const void *old, size_t len, size_t n, size_t *cap)
{
	void *at;

	if (n <= *cap)
		return (void *)(uintptr_t)old;
	*cap = n < 32 ? 64 : 2 * n;
	at = arena_alloc(b->arena, *cap);
	if (len > 0)
		memcpy(at, old, len);
	return at;
}

/* One more string of the TXT record that was added last. */
static void
append(struct dns_builder *b, struct dns_record *r, const char *s, size_t n)
{
	size_t size = r->nparts * sizeof(*r->ends), i;
	uint16_t *ends = grow(
	    b, r->ends, size, size + sizeof(*ends), &b->ends_cap);
	char *text;

	if (n > DNS_TEXT_MAX - r->len)
		n = DNS_TEXT_MAX - r->len;
	text = grow(b, r->text, r->len, r->len + n + 1, &b->text_cap);
	for (i = 0; i < n; i++)
		text[r->len + i] = s[i] == '\0' ? '?' : s[i];
	r->len += n;
	text[r->len] = '\0';
	ends[r->nparts++] = (uint16_t)r->len;
	r->text = text;
	r->ends = ends;
}

void
dns_add_text(struct dns_builder *b, const void *s, size_t n, bool is_new)
{
	struct dns_record *r;

	if (is_new || b->records.n == 0)
		r = add(b);
	else if (b->answer->is_cut)
		r = NULL; /* it goes on a record that was left out */
	else
		r = &((struct dns_record *)b->records.at)[b->records.n - 1];
	if (r != NULL)
		append(b, r, s, n);
}

static int
compare(const void *a, const void *b)
{
	const struct dns_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->text, y->text);
}

const struct dns_answer *
dns_end(struct dns_builder *b)
{
	struct dns_answer *answer = b->answer;
	size_t size = b->records.n * sizeof(struct dns_record);
	struct dns_record *records;

	if (b->records.n > 0) {
		qsort(b->records.at, b->records.n, sizeof(struct dns_record),
		    compare);
		records = arena_alloc(b->arena, size);
		memcpy(records, b->records.at, size);
		answer->records = records;
		answer->n = b->records.n;
		answer->status = DNS_OK;
	}
	array_done(&b->records);
	return answer;
}

const struct dns_answer *
dns_answer_none(
    struct arena *arena, enum dns_status status, const char *failure)
{
	struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

	*answer = (struct dns_answer) { .status = status };
	if (failure != NULL)
		answer->failure = arena_strndup(
		    arena, failure, strlen(failure));
	return answer;
}

static void
write_string(struct buf *out, const char *s, size_t n)
{
	size_t i;

	buf_add_char(out, '"');
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			buf_printf(out, "\\%03u", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void
write_record(struct buf *out, enum dns_type type, const struct dns_record *r)
{
	size_t i, at = 0;

	if (type == DNS_MX)
		buf_printf(out, "%u ", r->preference);
	if (type != DNS_TXT && type != DNS_SPF) {
		buf_add_str(out, r->text[0] != '\0' ? r->text : ".");
		return;
	}
	for (i = 0; i < r->nparts; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		write_string(out, r->text + at, r->ends[i] - at);
		at = r->ends[i];
	}
}

void
dns_write_records(
    struct buf *out, enum dns_type type, const struct dns_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->n; i++) {
		if (i > 0)
			buf_add_char(out, '\n');
		write_record(out, type, &answer->records[i]);
	}
}

/* One string in quotes, from *s on; false: it is none. */
static bool
read_string(const char **s, struct buf *out)
{
	const char *at = *s;

	out->len = 0;
	if (*at++ != '"')
		return false;
	while (*at != '"') {
		if (*at == '\0' || *at == '\n')
			return false;
		if (*at != '\\') {
			buf_add_char(out, *at++);
			continue;
		}
		at++;
		if (*at == '"' || *at == '\\') {
			buf_add_char(out, *at++);
		} else {
			int i, c = 0;

			for (i = 0; i < 3; i++, at++) {
				if (*at < '0' || *at > '9')
					return false;
				c = 10 * c + (*at - '0');
			}
			if (c > 255)
				return false;
			buf_add_char(out, (char)c);
		}
	}
	*s = at + 1;
	return true;
}

static bool
read_strings(struct dns_builder *b, const char *line, size_t n)
{
	const char *at = line, *end = line + n;
	struct buf s = { 0 };
	bool ok = true, is_new = true;

	while (ok && at < end) {
		ok = read_string(&at, &s);
		if (ok)
			dns_add_text(b, s.at, s.len, is_new);
		is_new = false;
		if (ok && at < end)
			ok = *at++ == ' ' && at < end;
	}
	buf_done(&s);
	return ok && !is_new;
}

static bool
read_plain(
    struct dns_builder *b, enum dns_type type, const char *line, size_t n)
{
	char *copy = xstrndup(line, n), *text = copy, *end;
	unsigned long preference = 0;
	bool ok = true;

	if (type == DNS_MX) {
		preference = strtoul(copy, &end, 10);
		ok = end != copy && *end == ' ' && preference <= UINT16_MAX;
		text = end + 1;
	}
	ok = ok && *text != '\0';
	if (ok)
		dns_add_record(b, (uint16_t)preference,
		    strcmp(text, ".") == 0 ? "" : text);
	free(copy);
	return ok;
}

bool
dns_read_records(struct dns_builder *b, enum dns_type type, const char *text)
{
	bool is_text = type == DNS_TXT || type == DNS_SPF;
	const char *line = text;
	size_t n;

	while (*line != '\0') {
		n = strcspn(line, "\n");
		if (!(is_text ? read_strings(b, line, n)
		              : read_plain(b, type, line, n)))
			return false;
		line += n;
		if (*line == '\n')
			line++;
	}
	return true;
}
