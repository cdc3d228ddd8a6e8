/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime_guess.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/mime_header.h"

#define BLANK_MAX 1024 /* bytes of empty lines before a first part */
#define NAME_MAX_LEN 64

/* Whether a field begins at p: any, or one that only parts have. */
static bool
is_field(const char *p, const char *end, bool any)
{
	static const char content[] = "content";
	const char *q = p;

	if (!any &&
	    ((size_t)(end - p) < sizeof(content) ||
	        strncasecmp(p, content, sizeof(content) - 1) != 0))
		return false;
	while (q < end && q - p<NAME_MAX_LEN && * q> ' ' && *q != ':' &&
	    *q != 0x7f)
		q++;
	return q > p && q < end && *q == ':';
}

/* p is at "--", at the start of a line: the length of the word behind it. */
static size_t
read_boundary(const char *p, const char *end, bool digest)
{
	const char *word = p + 2, *stop, *next;

	next = memchr(word, '\n', (size_t)(end - word));
	if (next == NULL)
		return 0;
	for (stop = next; stop > word && text_is_space(stop[-1]); stop--)
		continue;
	next++;
	if (stop == word || stop - word > MIME_BOUNDARY || text_is_space(*word))
		return 0;
	if (!is_field(next, end, digest) &&
	    !(digest && next < end && (*next == '\r' || *next == '\n')))
		return 0;
	return (size_t)(stop - word);
}

size_t
mime_guess_boundary(const char *body, const char *end, bool digest,
    char boundary[MIME_BOUNDARY])
{
	const char *p = body;
	size_t n;

	while (end - p > 2) {
		if (p[0] == '-' && p[1] == '-' &&
		    (n = read_boundary(p, end, digest)) > 0) {
			memcpy(boundary, p + 2, n);
			return n;
		}
		if ((p = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return 0;
		p++;
	}
	return 0;
}

bool
mime_starts_with_part(const char *body, const char *end)
{
	const char *p = body;

	while (p < end && p - body < BLANK_MAX && text_is_space(*p))
		p++;
	return end - p > 2 && p[0] == '-' && p[1] == '-' &&
	    (p == body || p[-1] == '\n') && read_boundary(p, end, false) > 0;
}

bool
mime_is_unnamed_mail(const char *type, const char *data, size_t len)
{
	struct mime_header h;
	struct mime_field f;
	bool from = false, version = false;

	if (type[0] == '\0' || strncmp(type, "text/", 5) == 0 ||
	    strncmp(type, "message/", 8) == 0)
		return false;
	mime_header_start(&h, data, len, true);
	while (mime_header_next(&h, &f)) {
		from |= mime_field_is(&f, "from");
		version |= mime_field_is(&f, "mime-version");
	}
	return from && version;
}
