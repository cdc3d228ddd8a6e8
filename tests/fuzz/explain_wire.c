/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_wire: an answer that the strict reader takes is written back as it
 * was; any other is refused in words.
 */
#include "fuzz.h"
#include "report/explain.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct explain_facts facts = { 0 };
	struct err err = ERR_INIT;
	struct buf back = { 0 };
	char *text = xmalloc(len + 1);

	if (len > 0)
		memcpy(text, data, len);
	if (explain_wire_read(&facts, text, len, &err) == 0) {
		explain_wire_write(&back, &facts);
		MUST(back.len == len);
		MUST(memcmp(back.at, data, len) == 0);
	} else {
		MUST(err.class == ERR_BUG && err.text[0] != '\0');
		MUST(facts.header.received.at == NULL);
	}
	explain_facts_done(&facts);
	buf_done(&back);
	free(text);
	return 0;
}
