/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mime: the walk ends; a leaf is no larger than the mail, and all of it can be
 * read; what the header says passes the strict reader.
 */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "parse/mime.h"

struct walk {
	size_t mail_len;
	size_t leaves;
	unsigned int sum;
};

static int
see_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct walk *w = arg;
	size_t i;

	MUST(++w->leaves <= LIMIT_MIME_PARTS);
	MUST(leaf->len <= w->mail_len);
	MUST(leaf->where != NULL && leaf->where[0] != '\0');
	for (i = 0; i < leaf->len; i++)
		w->sum += (unsigned char)leaf->data[i];
	if (leaf->filename != NULL)
		MUST(text_is_utf8(leaf->filename, strlen(leaf->filename)));
	for (i = 0; leaf->type != NULL && leaf->type[i] != '\0'; i++)
		MUST(leaf->type[i] < 'A' || leaf->type[i] > 'Z');
	/* Whoever is called may stop the walk. */
	if (leaf->len == 7)
		return err_set(err, ERR_BUG, "enough");
	return 0;
}

static void
see_facts(const char *mail, size_t len)
{
	struct mail_facts facts = { 0 };
	struct wire_reader r = { 0 };
	struct arena arena = { 0 };
	struct buf out = { 0 };

	mime_read_facts(mail, len, &arena, &facts);
	wire_write_mail(&out, &facts);
	must_be_lines(&r, &out);
	MUST(r.begun);
	wire_done(&r);
	buf_done(&out);
	arena_done(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *mail = (const char *)data;
	struct walk first = { .mail_len = len }, again = { .mail_len = len };
	struct err err = ERR_INIT;
	int status;

	mime_is_mail(mail, len);
	see_facts(mail, len);
	status = mime_walk(mail, len, see_leaf, &first, &err);
	if (status == -1)
		MUST(err.class == ERR_LIMIT || err.class == ERR_BUG);
	MUST(mime_walk(mail, len, see_leaf, &again, &err) == status);
	MUST(first.leaves == again.leaves && first.sum == again.sum);
	return 0;
}
