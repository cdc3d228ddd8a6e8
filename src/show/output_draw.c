/* SPDX-License-Identifier: BSD-2-Clause */
#include "show/output_draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#define BLOCKS 8
#define MAX_VALUES 40000 /* days in a period, see period.c */

static const char *const spark_blocks[2][BLOCKS] = {
	{ "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
	    "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88" },
	{ "_", ".", ":", "-", "=", "+", "*", "#" },
};

/* Eighths of a column, from the left. */
static const char *const bar_blocks[BLOCKS] = { "", "\xe2\x96\x8f",
	"\xe2\x96\x8e", "\xe2\x96\x8d", "\xe2\x96\x8c", "\xe2\x96\x8b",
	"\xe2\x96\x8a", "\xe2\x96\x89" };

size_t
output_fit(const char *text, size_t max, size_t *width)
{
	size_t left = strlen(text), used = 0, n;
	uint32_t c;
	int w;

	*width = 0;
	for (; left > 0; used += n, left -= n) {
		n = text_utf8_char(text + used, left, &c);
		w = wcwidth((wchar_t)c);
		if (w > 0 && *width + (size_t)w > max)
			break;
		*width += w > 0 ? (size_t)w : 0;
	}
	return used;
}

/* Columns that no line may pass. */
static size_t
hard_width(const struct output_options *opt)
{
	return opt->fitted ? opt->width : LIMIT_SHOWN;
}

/* Begin a line at the margin. */
static size_t
break_line(struct buf *out, size_t margin)
{
	buf_printf(out, "\n%*s", (int)margin, "");
	return margin;
}

/* A word that is wider than a line: broken where the line ends. */
static size_t
add_broken(const struct output_options *opt, struct buf *out, const char *word,
    size_t column, size_t margin)
{
	size_t n, width;

	while (*word != '\0') {
		n = output_fit(word, hard_width(opt) - column, &width);
		if (n == 0 && column > margin) {
			column = break_line(out, margin);
			continue;
		}
		if (n == 0) /* not even one character has room */
			n = output_fit(word, 2, &width);
		buf_add(out, word, n);
		column += width;
		word += n;
		if (*word != '\0')
			column = break_line(out, margin);
	}
	return column;
}

void
output_add_lines(const struct output_options *opt, struct buf *out,
    const char *text, size_t hang)
{
	const size_t hard = hard_width(opt);
	size_t first = strspn(text, " "), column = first, margin;
	size_t n, width, spaces = 0;
	bool is_long;
	char *word;

	/* However narrow: a word has some room. */
	if (first + hang + 8 > opt->width)
		hang = 0;
	margin = first + hang;
	buf_printf(out, "%*s", (int)first, "");
	for (text += first; *text != '\0'; text += n + spaces) {
		n = strcspn(text, " ");
		word = xstrndup(text, n);
		output_fit(word, SIZE_MAX, &width);
		is_long = hard > margin && margin + width > hard;
		if (column > first && column + spaces + width > opt->width &&
		    (!is_long || column + spaces >= opt->width))
			column = break_line(out, margin);
		else {
			buf_printf(out, "%*s", (int)spaces, "");
			column += spaces;
		}
		if (is_long)
			column = add_broken(opt, out, word, column, margin);
		else {
			buf_add(out, word, n);
			column += width;
		}
		free(word);
		spaces = strspn(text + n, " ");
	}
}

static void
add_spark(const struct output_options *opt, struct buf *out,
    const double *values, size_t n, size_t max)
{
	size_t blocks = n < max ? n : max, i, k, first, behind, level;
	double *heights = xcalloc(blocks + 1, sizeof(*heights)), highest = 0;

	for (i = 0; i < blocks; i++) {
		first = i * n / blocks;
		behind = (i + 1) * n / blocks;
		for (k = first; k < behind; k++)
			heights[i] += values[k] / (double)(behind - first);
		if (heights[i] > highest)
			highest = heights[i];
	}
	for (i = 0; i < blocks; i++) {
		level = 0;
		if (heights[i] > 0)
			level = 1 +
			    (size_t)(heights[i] / highest * (BLOCKS - 2) + 0.5);
		if (level >= BLOCKS)
			level = BLOCKS - 1;
		buf_add_str(out, spark_blocks[opt->ascii][level]);
	}
	free(heights);
}

void
output_add_spark_text(
    const struct output_options *opt, struct buf *out, const char *text)
{
	double *values;
	char *end;
	size_t n, slot;

	n = strtoul(text, &end, 10);
	if (n == 0 || n > MAX_VALUES)
		return;
	values = xcalloc(n, sizeof(*values));
	while (*end == ' ') {
		slot = strtoul(end, &end, 10);
		if (*end != ':')
			break;
		if (slot < n)
			values[slot] = strtod(end + 1, &end);
		else
			strtod(end + 1, &end);
	}
	add_spark(opt, out, values, n,
	    opt->width >= 120       ? 30
	        : opt->width >= 100 ? 15
	                            : 10);
	free(values);
}

void
output_add_bar(const struct output_options *opt, struct buf *out, double share,
    size_t width)
{
	size_t parts = opt->ascii ? 1 : BLOCKS, full, i;

	if (!(share > 0))
		share = 0;
	full = share >= 1 ? width * parts
	                  : (size_t)(share * (double)(width * parts));
	if (full == 0 && share > 0)
		full = 1;
	for (i = 0; i < full / parts; i++)
		buf_add_str(out, opt->ascii ? "#" : "\xe2\x96\x88");
	if (full % parts > 0)
		buf_add_str(out, bar_blocks[full % parts]);
	i += full % parts > 0;
	for (; i < width; i++)
		buf_add_char(out, opt->ascii ? '.' : ' ');
}
