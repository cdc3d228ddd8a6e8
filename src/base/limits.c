/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/limits.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define MOST_OF(name, n, unit, max, max_unit) \
	{ #name, offsetof(struct limits, name), \
		UINT64_C(max) LIMITS_UNIT_##max_unit, #max #max_unit },
#define WRITTEN_OF(name, n, unit, max, max_unit) #name "=" #n #unit ","

static const struct {
	const char *name;
	size_t offset;
	uint64_t max;
	const char *max_text;
} names[] = { LIMITS_ALL(MOST_OF) };
#define NAMES (sizeof(names) / sizeof(*names))

/* All of them as a list, with a comma more at its end. */
static const char written[] = LIMITS_ALL(WRITTEN_OF);

static int
read_limit(struct limits *l, const char *item, size_t len, struct err *err)
{
	const char *equals = memchr(item, '=', len);
	char value[24];
	size_t i, n;
	uint64_t number;

	n = equals != NULL ? (size_t)(equals - item) : len;
	for (i = 0; i < NAMES; i++)
		if (strlen(names[i].name) == n &&
		    memcmp(names[i].name, item, n) == 0)
			break;
	if (i == NAMES || equals == NULL)
		return err_set(err, ERR_USAGE,
		    "\"%.*s\" is not a limit: write limits as %.*s",
		    len < 64 ? (int)len : 64, item, (int)sizeof(written) - 2,
		    written);
	item = equals + 1;
	len -= n + 1;
	n = len < sizeof(value) ? len : sizeof(value) - 1;
	memcpy(value, item, n);
	value[n] = '\0';
	if (n < len || !text_read_size(value, &number) || number == 0 ||
	    number > names[i].max)
		return err_set(err, ERR_USAGE,
		    "the limit %s must be a number from 1 to %s, not \"%s\"",
		    names[i].name, names[i].max_text, value);
	*(uint64_t *)((char *)l + names[i].offset) = number;
	return 0;
}

int
limits_read(struct limits *l, const char *list, struct err *err)
{
	struct limits new = *l;
	const char *p = list;
	size_t n;

	for (;; p += n + 1) {
		n = strcspn(p, ",");
		if (read_limit(&new, p, n, err) == -1)
			return -1;
		if (p[n] == '\0')
			break;
	}
	/* All attachments may have what one of them may. */
	if (new.mail_unpacked < new.unpacked)
		new.mail_unpacked = new.unpacked;
	*l = new;
	return 0;
}
