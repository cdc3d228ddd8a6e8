/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words: what is found among words lies within them, and the search goes on
 * behind it; a page becomes no longer by being read.
 */
#include "fuzz.h"
#include "parse/announce_word.h"
#include "parse/pasted.h"
#include "parse/missing_word.h"
#include "parse/plaintext.h"

static void
see_documents(const char *text, size_t len)
{
	const char *last = text, *end = text + len;
	struct pasted e;

	pasted_start(&e, text, len);
	while (pasted_next_xml(&e)) {
		MUST(e.doc >= last && e.len > 0 &&
		    e.len <= (size_t)(end - e.doc));
		MUST(e.at == e.doc + e.len);
		MUST(*e.doc == '<');
		last = e.at;
	}
	pasted_start(&e, text, len);
	if (pasted_json(&e)) {
		MUST(e.doc >= text && e.len > 0);
		MUST(e.len <= (size_t)(end - e.doc) && *e.doc == '{');
	}
}

static void
see_files(const char *text, size_t len)
{
	const char *last = text, *end = text + len;
	struct buf file = { 0 };
	struct pasted e;

	pasted_start(&e, text, len);
	while (pasted_next_file(&e, &file)) {
		MUST(e.at > last && e.at <= end);
		MUST(file.len <= (size_t)(e.at - last));
		MUST(e.name[0] != '\0');
		last = e.at;
	}
	buf_done(&file);
}

static void
see_words(const char *text, size_t len)
{
	struct buf s = { 0 };
	const char *name;
	size_t n = 0;
	bool first;

	name = announce_find_file_name(text, len, &n);
	if (name != NULL)
		MUST(name >= text && n > 0 && n <= len - (size_t)(name - text));
	announce_sentence(text, len, &first);
	missing_says_removed(text, len);
	missing_says_linked(text, len);

	buf_add(&s, text, len < 4096 ? len : 4096);
	announce_subject(buf_str(&s));
	announce_prefix(buf_str(&s));
	announce_sender(buf_str(&s));
	buf_done(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct buf page = { 0 }, plain = { 0 };

	see_documents(text, len);
	see_files(text, len);
	see_words(text, len);
	plaintext_from_html(text, len, &page);
	MUST(page.len <= 2 * len);
	plaintext_unquote(text, len, false, &plain);
	MUST(plain.len <= len);
	plaintext_has_quotes(text, len);
	plain.len = 0;
	plaintext_unquote(text, len, true, &plain);
	MUST(plain.len <= len);
	buf_done(&page);
	buf_done(&plain);
	return 0;
}
