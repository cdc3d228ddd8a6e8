/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/wire.h"

#include "base/json.h"
#include "report/wire_priv.h"

void
wire_write_raw_words(struct buf *b, const struct array *a)
{
	const struct raw_word *w = a->at;
	size_t i;

	buf_add_char(b, '{');
	for (i = 0; i < a->n; i++) {
		if (i > 0)
			buf_add_char(b, ',');
		json_add_string(b, w[i].field);
		buf_add_char(b, ':');
		json_add_string(b, w[i].word);
	}
	buf_add_char(b, '}');
}

static void write_fields(
    struct buf *, const struct wire_field *, const char *, bool);

static void
write_objects(struct buf *b, const struct wire_field *f, const struct array *a)
{
	size_t i;

	buf_add_char(b, '[');
	for (i = 0; i < a->n; i++) {
		buf_add_str(b, i > 0 ? ",{" : "{");
		write_fields(
		    b, f->sub, (const char *)a->at + i * f->size, true);
		buf_add_char(b, '}');
	}
	buf_add_char(b, ']');
}

/* Whether the writer leaves this field out. */
static bool
is_absent(const struct wire_field *f, const void *member)
{
	switch (f->kind) {
	case WIRE_STRING:
		return *(const char *const *)member == NULL;
	case WIRE_INT:
		return !f->required && *(const int64_t *)member == f->absent;
	case WIRE_BOOL:
		return !*(const bool *)member;
	case WIRE_STRINGS:
	case WIRE_OBJECTS:
	case WIRE_WORDS:
		return ((const struct array *)member)->n == 0;
	case WIRE_SHA256:
	case WIRE_END:
		break;
	}
	return false;
}

static void
write_value(struct buf *b, const struct wire_field *f, const void *member)
{
	char hex[SHA256_HEX];

	switch (f->kind) {
	case WIRE_STRING:
		json_add_string(b, *(const char *const *)member);
		break;
	case WIRE_INT:
		buf_add_int(b, *(const int64_t *)member);
		break;
	case WIRE_BOOL:
		buf_add_str(b, "true");
		break;
	case WIRE_SHA256:
		json_add_string(b, sha256_hex(member, hex));
		break;
	case WIRE_STRINGS:
		json_add_strings(b, member);
		break;
	case WIRE_OBJECTS:
		write_objects(b, f, member);
		break;
	case WIRE_WORDS:
		wire_write_raw_words(b, member);
		break;
	case WIRE_END:
		break;
	}
}

static void
write_fields(
    struct buf *b, const struct wire_field *f, const char *base, bool is_first)
{
	const char *key;
	size_t len;

	for (; f->kind != WIRE_END; f++) {
		if (is_absent(f, base + f->offset))
			continue;
		key = wire_key(f, is_first, &len);
		buf_add(b, key, len);
		is_first = false;
		write_value(b, f, base + f->offset);
	}
}

void
wire_write_line(struct buf *b, const struct wire_line_type *t, const void *base)
{
	buf_add(b, t->start, t->start_len);
	write_fields(b, t->fields, base, false);
	buf_add_str(b, "}\n");
}

void
wire_write_mail(struct buf *b, const struct mail_facts *m)
{
	wire_write_line(b, &wire_types[WIRE_MAIL], m);
}

void
wire_write_aggregate(struct buf *b, const struct report *r)
{
	wire_write_line(b, &wire_types[WIRE_AGGREGATE], r);
}

void
wire_write_record(struct buf *b, const struct record *r)
{
	wire_write_line(b, &wire_types[WIRE_RECORD], r);
}

void
wire_write_tls(struct buf *b, const struct tls_report *r)
{
	wire_write_line(b, &wire_types[WIRE_TLS], r);
}

void
wire_write_tls_policy(struct buf *b, const struct tls_policy *p)
{
	wire_write_line(b, &wire_types[WIRE_TLS_POLICY], p);
}

void
wire_write_failure(struct buf *b, const struct failure_report *f)
{
	wire_write_line(b, &wire_types[WIRE_FAILURE], f);
}

void
wire_write_problem(struct buf *b, const struct wire_problem *p)
{
	wire_write_line(b, &wire_types[WIRE_PROBLEM], p);
}

void
wire_write_verdict(struct buf *b, const struct wire_verdict *v)
{
	wire_write_line(b, &wire_types[WIRE_VERDICT], v);
}
