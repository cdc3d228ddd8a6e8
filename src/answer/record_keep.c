/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/record_keep.h"

#include <string.h>

#include "base/mem.h"

#define ROOM (8 << 20)

void
record_keep_add(
    struct record_keep *keep, int64_t report, const uint8_t *bytes, size_t len)
{
	struct record_kept *kept;

	if (len > ROOM - keep->size)
		return;
	kept = map_item(&keep->reports, &report, sizeof(report));
	if (kept->at != NULL)
		return;
	keep->size += len;
	kept->at = (const uint8_t *)arena_strndup(
	    &keep->bytes, (const char *)bytes, len);
	kept->len = len;
}

bool
record_keep_has(const struct record_keep *keep)
{
	return keep->reports.items.n > 0;
}

struct record_kept
record_keep_find(const struct record_keep *keep, int64_t report)
{
	size_t i;

	if (!map_find(&keep->reports, &report, sizeof(report), &i))
		return (struct record_kept) { NULL, 0 };
	return ((const struct record_kept *)keep->reports.items.at)[i];
}

void
record_keep_done(struct record_keep *keep)
{
	map_done(&keep->reports);
	arena_done(&keep->bytes);
	memset(keep, 0, sizeof(*keep));
}
