/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unpack: never gives more than its budget; begin, data and end come in this
 * order, for each document; documents start with what they are.
 */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "parse/unpack.h"
#include "parse/unpack_form.h"

#define EACH (1 << 20)
#define LEFT (EACH / 2)

struct seen {
	size_t documents;
	size_t ended;
	size_t bytes; /* of all documents */
	size_t first; /* bytes of this document */
	enum unpack_kind kind;
	unsigned int say; /* bits: refuse a document, refuse its data */
	bool open;
};

static int
see_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct seen *s = arg;

	MUST(!s->open);
	if (name != NULL)
		MUST(text_is_utf8(name, strlen(name)));
	if (s->say & 1 && s->documents++ % 2 == 0)
		return -1;
	s->open = true;
	s->first = 0;
	s->kind = kind;
	return 0;
}

static int
see_data(void *arg, const char *data, size_t len)
{
	struct seen *s = arg;

	MUST(s->open && len > 0);
	if (s->first == 0 && s->kind == UNPACK_JSON)
		MUST(unpack_form(data, len) == FORM_JSON);
	if (s->first == 0 && s->kind == UNPACK_XML)
		MUST(unpack_form(data, len) == FORM_XML);
	s->first += len;
	s->bytes += len;
	return s->say & 2 && s->bytes % 2 == 0 ? -1 : 0;
}

static void
see_end(void *arg, const struct err *err)
{
	struct seen *s = arg;

	MUST(s->open);
	s->open = false;
	s->ended++;
	if (err != NULL)
		must_be_error(err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen s = { .say = len > 0 ? data[len - 1] / 64U : 0 };
	const struct unpack_sink sink = { see_begin, see_data, see_end, &s };
	struct unpack_budget budget = { EACH, LEFT, LEFT,
		.entries = LIMIT_ARCHIVE_ENTRIES };
	struct err err = ERR_INIT;
	bool packed = unpack_is_container((const char *)data, len);

	unpack_unsupported((const char *)data, len);
	if (unpack_run((const char *)data, len, "blob", &budget, &sink, &err) ==
	    -1)
		must_be_error(&err);
	MUST(!s.open);
	MUST(budget.left <= LEFT);
	MUST(s.bytes <= (packed ? LEFT - budget.left : len));
	return 0;
}
