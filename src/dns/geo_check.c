/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/geo_check.h"

/* Types of the format that are not just so many bytes. */
enum {
	TYPE_EXTENDED = 0,
	TYPE_POINTER = 1,
	TYPE_MAP = 7,
	TYPE_ARRAY = 11,
	TYPE_CONTAINER = 12,
	TYPE_END = 13,
	TYPE_BOOL = 14,
	TYPE_FLOAT = 15,
};

struct walk {
	const uint8_t *data;
	size_t size;
	size_t at;    /* of the next byte */
	size_t items; /* so far */
};

static bool
read_number(struct walk *w, size_t n, size_t *out)
{
	size_t number = 0;

	if (n > w->size - w->at)
		return false;
	while (n-- > 0)
		number = number << 8 | w->data[w->at++];
	*out = number;
	return true;
}

/* The control byte and what belongs to it. */
static bool
read_control(struct walk *w, size_t *type, size_t *size)
{
	static const size_t from[] = { 29, 285, 65821 };
	size_t control, more;

	if (!read_number(w, 1, &control))
		return false;
	*type = control >> 5;
	*size = control & 31;
	if (*type == TYPE_EXTENDED) {
		if (!read_number(w, 1, type))
			return false;
		*type += 7;
	}
	if (*type == TYPE_POINTER || *size < 29)
		return true;
	more = *size - 28;
	if (!read_number(w, more, size))
		return false;
	*size += from[more - 1];
	return true;
}

/* control: its five lower bits (the size of how it is written, and bits). */
static bool
read_pointer(struct walk *w, size_t control, size_t *place)
{
	static const size_t from[] = { 0, 2048, 526336, 0 };
	const size_t n = (control >> 3 & 3) + 1;

	if (!read_number(w, n, place))
		return false;
	if (n < 4)
		*place += ((control & 7) << (8 * n)) + from[n - 1];
	return true;
}

static bool check(struct walk *w, int depth);

static bool
check_pointer(struct walk *w, size_t control, int depth)
{
	size_t place, after;
	bool ok;

	if (!read_pointer(w, control, &place) || place >= w->size)
		return false;
	after = w->at;
	w->at = place;
	ok = check(w, depth + 1);
	w->at = after;
	return ok;
}

/* The value at w->at, which is moved behind it. */
static bool
check(struct walk *w, int depth)
{
	size_t type, size;

	if (depth > GEO_CHECK_DEPTH || w->items++ >= GEO_CHECK_ITEMS ||
	    !read_control(w, &type, &size))
		return false;
	switch (type) {
	case TYPE_POINTER:
		return check_pointer(w, size, depth);
	case TYPE_MAP:
		size *= 2;
		/* FALLTHROUGH */
	case TYPE_ARRAY:
		for (; size > 0; size--)
			if (!check(w, depth + 1))
				return false;
		return true;
	case TYPE_BOOL:
		return true;
	case TYPE_CONTAINER:
	case TYPE_END:
		return false;
	}
	if (type > TYPE_FLOAT || size > w->size - w->at)
		return false;
	w->at += size;
	return true;
}

bool
geo_check_value(const uint8_t *data, size_t size, size_t at)
{
	struct walk w = { .data = data, .size = size, .at = at };

	return at < size && check(&w, 0);
}
