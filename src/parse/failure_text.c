/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/failure_text.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define TEXT_MAX (16 << 10)  /* bytes of the findings in a text */
#define SEARCH_MAX (1 << 20) /* bytes in which they must begin */

static const char *const labels[FAILURE_LABELS] = { "Sender Domain",
	"Sender IP Address", "Received Date", "SPF Alignment", "DKIM Alignment",
	"DMARC Results" };

const char *
failure_label_name(enum failure_label label)
{
	return labels[label];
}

/* Behind the label at p, any white space in place of its blanks; or NULL. */
static const char *
skip_label(const char *p, const char *end, const char *label)
{
	for (; *label != '\0' && p < end; label++) {
		if (*label == ' ') {
			if (!text_is_space(*p))
				return NULL;
			while (p < end && text_is_space(*p))
				p++;
		} else if ((*p | 0x20) == (*label | 0x20))
			p++;
		else
			return NULL;
	}
	return *label == '\0' && p < end && *p == ':' ? p + 1 : NULL;
}

const char *
failure_find_label(const char *p, const char *end, enum failure_label *which,
    const char **value)
{
	const char *start = p;
	size_t i;

	for (; p < end; p++) {
		/* What is quoted still is said elsewhere. */
		if (*p == '>' && (p == start || p[-1] == '\n') &&
		    (p = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return NULL;
		if (strchr("sSrRdD", *p) == NULL || *p == '\0' ||
		    (p > start && !text_is_space(p[-1])))
			continue;
		for (i = 0; i < FAILURE_LABELS; i++)
			if ((*value = skip_label(p, end, labels[i])) != NULL) {
				*which = (enum failure_label)i;
				return p;
			}
	}
	return NULL;
}

/* "Word word:" at the start of a line: of something else. */
static bool
is_other_label(const char *p, const char *end)
{
	const char *start;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (start = p; p < end && p - start < 32; p++)
		if (*p == ':')
			return p > start;
		else if ((*p | 0x20) < 'a' || (*p | 0x20) > 'z')
			if (*p != ' ' && *p != '-')
				return false;
	return false;
}

static bool
is_line_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == end || *p == '\n';
}

/* A value ends with its paragraph, at a rule, or before another label. */
const char *
failure_value_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (end - p > 4 && memcmp(p, "-----", 5) == 0)
			return p;
		if (*p != '\n')
			continue;
		if (is_line_blank(p + 1, end) || is_other_label(p + 1, end))
			return p;
	}
	return end;
}

const char *
failure_find_copy(const char *p, const char *end)
{
	static const char last[] = "detected.";
	const char *copy;

	copy = memmem(p, (size_t)(end - p), last, sizeof(last) - 1);
	return copy != NULL ? copy + sizeof(last) - 1 : NULL;
}

static bool
find_other(const char *p, const char *end, enum failure_label wanted)
{
	const char *value;
	enum failure_label which;

	for (; (p = failure_find_label(p, end, &which, &value)) != NULL;
	     p = value)
		if (which == wanted)
			return true;
	return false;
}

const char *
failure_find_labels(const char *data, size_t len)
{
	const char *end = data + (len > SEARCH_MAX ? SEARCH_MAX : len);
	const char *p = data, *value, *near;
	enum failure_label which;

	/* Most texts do not have even that. */
	if (memmem(data, (size_t)(end - data), "ender", 5) == NULL &&
	    memmem(data, (size_t)(end - data), "ENDER", 5) == NULL)
		return NULL;
	while ((p = failure_find_label(p, end, &which, &value)) != NULL) {
		near = end - value > TEXT_MAX ? value + TEXT_MAX : end;
		if (which == FAILURE_DOMAIN)
			return find_other(value, near, FAILURE_ADDRESS) ? p
			                                                : NULL;
		if (which == FAILURE_ADDRESS)
			return find_other(value, near, FAILURE_DOMAIN) ? p
			                                               : NULL;
		p = value;
	}
	return NULL;
}

/* --- the fields of RFC 5965 within a text --------------------------------- */

static bool
is_name(const char *p, const char *end, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(end - p) > n && strncasecmp(p, name, n) == 0 &&
	    p[n] == ':';
}

static bool
is_field(const char *p, const char *end)
{
	const char *start = p;

	while (p < end &&
	    (*p == '-' || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')))
		p++;
	return p > start && p < end && *p == ':';
}

static const char *
next_line(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

/* Whether the fields from p on, up to an empty line, are those of a failure. */
static bool
are_of_failure(const char *p, const char *end)
{
	bool failure = false, about = false;

	if (end - p > TEXT_MAX)
		end = p + TEXT_MAX;
	for (; p < end && !is_line_blank(p, end); p = next_line(p, end)) {
		failure |= is_name(p, end, "auth-failure");
		about |= is_name(p, end, "source-ip") ||
		    is_name(p, end, "reported-domain");
	}
	return failure && about;
}

const char *
failure_find_fields(const char *data, size_t len)
{
	const char *end = data + (len > SEARCH_MAX ? SEARCH_MAX : len);
	const char *p, *first = NULL;

	for (p = data; p < end; p = next_line(p, end)) {
		if (!is_field(p, end)) {
			/* A folded line belongs to the field before. */
			if (*p != ' ' && *p != '\t')
				first = NULL;
			continue;
		}
		if (first == NULL)
			first = p;
		if (is_name(p, end, "feedback-type"))
			return are_of_failure(first, data + len) ? first : NULL;
	}
	return NULL;
}

const char *
failure_text_end(const char *p, const char *end)
{
	const char *rule;

	if (end - p > TEXT_MAX)
		end = p + TEXT_MAX;
	rule = memmem(p, (size_t)(end - p), "\n---", 4);
	return rule != NULL ? rule : end;
}
