/* SPDX-License-Identifier: BSD-2-Clause */
#include "show/output.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "show/output_draw.h"
#include "show/output_table.h"
#include "show/output_value.h"

#define LETTER_WIDTH 72
#define FIELD 13 /* columns that the title of a field takes */

struct output {
	struct output_options opt;
	bool begun;      /* something was printed */
	bool table_last; /* and it was a table */
	bool in_object;  /* JSON: members of one object */
	bool rows_done;  /* CSV, JSON Lines: the one table was printed */
};

bool
output_read_format(const char *word, enum output_format *out)
{
	static const char *const words[] = { "table", "csv", "json", "jsonl" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum output_format)i;
			return true;
		}
	return false;
}

/*
 * Return whether the locale is UTF-8, and make it so: else wcwidth() would know
 * the width of ASCII only.
 */
static bool
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") != NULL &&
	    strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return true;
	setlocale(LC_CTYPE, "C.UTF-8");
	return false;
}

void
output_options_init(
    struct output_options *opt, enum output_format format, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t n;

	memset(opt, 0, sizeof(*opt));
	opt->format = format;
	opt->stream = stream;
	opt->now = io_time();
	opt->fitted = isatty(fileno(stream)) == 1;
	opt->color = opt->fitted && (no_color == NULL || no_color[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
	opt->width = 80;
	if (columns != NULL && text_read_int(columns, 20, 10000, &n))
		opt->width = (size_t)n;
	else if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		opt->width = size.ws_col;
	opt->names = set_locale();
	opt->ascii = !opt->names && opt->fitted;
}

void
output_options_init_letter(
    struct output_options *opt, enum output_format format, FILE *stream)
{
	memset(opt, 0, sizeof(*opt));
	opt->format = format;
	opt->stream = stream;
	opt->now = io_time();
	opt->fitted = true;
	opt->width = LETTER_WIDTH;
	opt->names = set_locale();
	opt->ascii = !opt->names;
}

struct output *
output_new(const struct output_options *opt)
{
	struct output *o = xcalloc(1, sizeof(*o));

	o->opt = *opt;
	return o;
}

void
output_free(struct output *o)
{
	free(o);
}

/* --- tables of rows ------------------------------------------------------- */

static bool
is_right(enum output_kind kind)
{
	return kind == OUTPUT_ID || kind == OUTPUT_NUMBER ||
	    kind == OUTPUT_BAD_NUMBER || kind == OUTPUT_PERCENT;
}

static bool
is_drawn(enum output_kind kind)
{
	return kind == OUTPUT_BAR || kind == OUTPUT_SPARK;
}

/* Return whether a column is in CSV and JSON. */
static bool
is_data(enum output_kind kind)
{
	return kind != OUTPUT_TABLE_ONLY && !is_drawn(kind);
}

static bool
is_in_table(const struct output *o, const struct output_column *column)
{
	return column->title != NULL &&
	    (o->opt.fitted || !is_drawn(column->kind));
}

static void
write_buf(struct output *o, struct buf *b)
{
	if (b->len == 0)
		return;
	/* Errors stay in the stream: output_end() asks. */
	fwrite(b->at, 1, b->len, o->opt.stream);
	b->len = 0;
}

/* There are no more where nobody takes them: output_end() says that. */
static int
next_row(const struct output *o, struct query *q, struct err *err)
{
	return ferror(o->opt.stream) ? 0 : query_step(q, err);
}

static int
find_column(struct query *q, const char *name)
{
	int i = 0;

	while (
	    i < query_columns(q) && strcmp(query_column_name(q, i), name) != 0)
		i++;
	return i;
}

/* The columns in the order of the query; free() them. */
static struct output_column *
bind_columns(
    struct query *q, const struct output_column *columns, struct err *err)
{
	int i, n = query_columns(q);
	struct output_column *bound = xcalloc((size_t)n + 1, sizeof(*bound));

	for (; columns->name != NULL; columns++) {
		i = find_column(q, columns->name);
		if (i == n) {
			err_set(err, ERR_BUG, "the query has no column %s",
			    columns->name);
			goto bug;
		}
		bound[i] = *columns;
	}
	for (i = 0; i < n; i++)
		if (bound[i].name == NULL) {
			err_set(err, ERR_BUG, "no table shows column %s",
			    query_column_name(q, i));
			goto bug;
		}
	return bound;
bug:
	free(bound);
	return NULL;
}

/* An error at the end of a row has room for all of it. */
static void
add_columns(const struct output *o, struct output_table *t,
    const struct output_column *columns)
{
	const struct output_column *last = NULL;

	for (; columns->name != NULL; columns++)
		if (is_in_table(o, columns)) {
			output_table_add_column(t, columns->title,
			    is_right(columns->kind), columns->shrink);
			last = columns;
		}
	if (o->opt.fitted && last != NULL &&
	    (last->kind == OUTPUT_LONG || last->kind == OUTPUT_ERROR))
		output_table_wrap_last(t);
}

static void
add_row(struct output *o, struct output_table *t, struct query *q,
    const struct output_column *columns)
{
	struct query_value v;
	struct buf shown = { 0 };
	int i;

	for (i = 0; columns[i].name != NULL; i++) {
		if (!is_in_table(o, &columns[i]))
			continue;
		v = query_value(q, i);
		shown.len = 0;
		output_add_shown(&o->opt, &shown, columns[i].kind, &v);
		output_table_add_cell(
		    t, buf_str(&shown), output_color(columns[i].kind, &v));
	}
	buf_done(&shown);
}

static int
write_table(struct output *o, const char *title, struct query *q,
    const struct output_column *columns, int64_t *n, struct err *err)
{
	struct output_table *t = output_table_new(&o->opt);
	int step;

	add_columns(o, t, columns);
	while ((step = query_step(q, err)) == 1) {
		add_row(o, t, q, columns);
		(*n)++;
	}
	if (step == 0 && *n > 0) {
		if (o->begun)
			fputc('\n', o->opt.stream);
		o->table_last = false;
		if (title != NULL)
			output_line(o, "%s", title);
		output_table_print(t);
		o->begun = o->table_last = true;
	}
	output_table_free(t);
	return step;
}

static int
write_csv(struct output *o, struct query *q,
    const struct output_column *columns, int64_t *n, struct err *err)
{
	struct buf line = { 0 };
	struct query_value v;
	const char *separator = "";
	int i, step;

	for (i = 0; columns[i].name != NULL; i++) {
		if (!is_data(columns[i].kind))
			continue;
		buf_add_str(&line, separator);
		separator = ",";
		buf_add_str(&line, columns[i].name);
	}
	buf_add_str(&line, "\r\n");
	while ((step = next_row(o, q, err)) == 1) {
		separator = "";
		for (i = 0; columns[i].name != NULL; i++) {
			if (!is_data(columns[i].kind))
				continue;
			buf_add_str(&line, separator);
			separator = ",";
			v = query_value(q, i);
			output_add_csv(&line, columns[i].kind, &v);
		}
		buf_add_str(&line, "\r\n");
		write_buf(o, &line);
		(*n)++;
	}
	write_buf(o, &line);
	buf_done(&line);
	return step;
}

static void
add_json_member(
    struct buf *out, struct query *q, int i, const struct output_column *column)
{
	struct query_value v = query_value(q, i);

	buf_printf(out, "\"%s\":", column->name);
	output_add_json(out, column->kind, &v);
}

static void
add_json_row(
    struct buf *out, struct query *q, const struct output_column *columns)
{
	const char *separator = "{";
	int i;

	for (i = 0; columns[i].name != NULL; i++) {
		if (!is_data(columns[i].kind))
			continue;
		buf_add_str(out, separator);
		separator = ",";
		add_json_member(out, q, i, &columns[i]);
	}
	buf_add_char(out, '}');
}

static int
write_jsonl(struct output *o, struct query *q,
    const struct output_column *columns, int64_t *n, struct err *err)
{
	struct buf line = { 0 };
	int step;

	while ((step = next_row(o, q, err)) == 1) {
		add_json_row(&line, q, columns);
		buf_add_char(&line, '\n');
		write_buf(o, &line);
		(*n)++;
	}
	buf_done(&line);
	return step;
}

/* Begin a member of the one object that the document is. */
static void
begin_json_member(struct output *o, struct buf *out, const char *key)
{
	buf_add_str(out, o->in_object ? ",\n" : "{\n");
	o->in_object = true;
	if (key != NULL)
		buf_printf(out, "\"%s\":", key);
}

static int
write_json(struct output *o, const char *key, struct query *q,
    const struct output_column *columns, int64_t *n, struct err *err)
{
	struct buf line = { 0 };
	int step;

	if (key != NULL)
		begin_json_member(o, &line, key);
	buf_add_char(&line, '[');
	while ((step = next_row(o, q, err)) == 1) {
		buf_add_str(&line, *n > 0 ? ",\n" : "\n");
		add_json_row(&line, q, columns);
		write_buf(o, &line);
		(*n)++;
	}
	buf_add_str(&line, *n > 0 ? "\n]" : "]");
	if (key == NULL)
		buf_add_char(&line, '\n');
	write_buf(o, &line);
	buf_done(&line);
	return step;
}

int
output_rows(struct output *o, const char *key, const char *title,
    struct query *q, const struct output_column *columns, int64_t *n,
    struct err *err)
{
	struct output_column *bound = bind_columns(q, columns, err);
	int64_t rows = 0;
	int rc = 0;

	if (bound == NULL)
		return -1;
	switch (o->opt.format) {
	case OUTPUT_TABLE:
		rc = write_table(o, title, q, bound, &rows, err);
		break;
	case OUTPUT_CSV:
		if (!o->rows_done)
			rc = write_csv(o, q, bound, &rows, err);
		o->rows_done = true;
		break;
	case OUTPUT_JSON:
		rc = write_json(o, key, q, bound, &rows, err);
		break;
	case OUTPUT_JSONL:
		if (!o->rows_done)
			rc = write_jsonl(o, q, bound, &rows, err);
		o->rows_done = true;
		break;
	}
	free(bound);
	if (rc == 0 && n != NULL)
		*n = rows;
	return rc;
}

/* --- what is not rows ----------------------------------------------------- */

/* Add a line that is broken only if the output is fitted or it is endless. */
static void
add_line(const struct output *o, struct buf *out, const char *text, size_t hang)
{
	struct output_options opt = o->opt;

	if (!opt.fitted)
		opt.width = LIMIT_SHOWN;
	output_add_lines(&opt, out, text, hang);
}

/* Add a field; a long value continues below itself. */
static void
add_field(const struct output *o, struct buf *out,
    const struct output_column *column, const struct query_value *v)
{
	struct buf line = { 0 };

	buf_printf(&line, "%-*s ", FIELD - 1, column->title);
	output_add_shown(&o->opt, &line, column->kind, v);
	add_line(o, out, buf_str(&line), FIELD);
	buf_add_char(out, '\n');
	buf_done(&line);
}

int
output_fields(struct output *o, struct query *q,
    const struct output_column *columns, struct err *err)
{
	struct output_column *bound = bind_columns(q, columns, err), *c;
	struct buf line = { 0 };
	struct query_value v;

	if (bound == NULL)
		return -1;
	for (c = bound; c->name != NULL; c++) {
		v = query_value(q, (int)(c - bound));
		if (o->opt.format == OUTPUT_JSON && is_data(c->kind)) {
			begin_json_member(o, &line, NULL);
			add_json_member(&line, q, (int)(c - bound), c);
		} else if (o->opt.format == OUTPUT_TABLE && c->title != NULL &&
		    !v.null) {
			add_field(o, &line, c, &v);
			o->begun = true;
		}
	}
	free(bound);
	write_buf(o, &line);
	buf_done(&line);
	return 0;
}

static void
write_text(struct output *o, const char *text, bool is_broken, size_t hang)
{
	struct buf safe = { 0 }, lines = { 0 };

	if (o->table_last)
		buf_add_char(&lines, '\n');
	o->table_last = false;
	o->begun = true;
	output_add_safe(&o->opt, &safe, text);
	if (is_broken)
		output_add_lines(&o->opt, &lines, buf_str(&safe), hang);
	else
		add_line(o, &lines, buf_str(&safe), hang);
	buf_add_char(&lines, '\n');
	write_buf(o, &lines);
	buf_done(&lines);
	buf_done(&safe);
}

static void __attribute__((format(printf, 4, 0))) write_format(
    struct output *o, bool is_broken, size_t hang, const char *fmt, va_list ap)
{
	char *text;

	if (o->opt.format != OUTPUT_TABLE || vasprintf(&text, fmt, ap) == -1)
		return;
	write_text(o, text, is_broken, hang);
	free(text);
}

void
output_line(struct output *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_format(o, o->opt.fitted, 2, fmt, ap);
	va_end(ap);
}

void
output_blank(struct output *o)
{
	output_line(o, "%s", "");
}

void
output_verbatim(struct output *o, const char *text)
{
	struct output_options opt = o->opt;
	struct buf line = { 0 };

	opt.names = false;
	if (o->opt.format != OUTPUT_TABLE)
		return;
	if (o->table_last)
		buf_add_char(&line, '\n');
	o->table_last = false;
	o->begun = true;
	output_add_safe(&opt, &line, text);
	buf_add_char(&line, '\n');
	write_buf(o, &line);
	buf_done(&line);
}

void
output_paragraph(struct output *o, size_t hang, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_format(o, true, hang, fmt, ap);
	va_end(ap);
}

void
output_marked(struct output *o, enum output_mark mark, const char *fmt, ...)
{
	static const char *const words[] = {
		[OUTPUT_MARK_OK] = "ok",
		[OUTPUT_MARK_INFO] = "info",
		[OUTPUT_MARK_WARNING] = "warn",
		[OUTPUT_MARK_ERROR] = "ERROR",
		[OUTPUT_MARK_UNKNOWN] = "?",
	};
	const char *color = o->opt.color ? output_mark_color(mark) : NULL;
	struct buf safe = { 0 }, lines = { 0 };
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = o->opt.format == OUTPUT_TABLE ? vasprintf(&text, fmt, ap) : -1;
	va_end(ap);
	if (n == -1)
		return;
	if (o->table_last)
		fputc('\n', o->opt.stream);
	o->table_last = false;
	o->begun = true;
	buf_printf(&safe, "  %-*s", OUTPUT_MARKED - 2, words[mark]);
	output_add_safe(&o->opt, &safe, text);
	output_add_lines(&o->opt, &lines, buf_str(&safe), OUTPUT_MARKED - 2);
	buf_add_char(&lines, '\n');
	if (color != NULL) {
		n = 2 + (int)strlen(words[mark]);
		fprintf(
		    o->opt.stream, "%s%.*s\033[0m", color, n, buf_str(&lines));
		buf_consume(&lines, (size_t)n);
	}
	write_buf(o, &lines);
	buf_done(&lines);
	buf_done(&safe);
	free(text);
}

bool
output_is_table(const struct output *o)
{
	return o->opt.format == OUTPUT_TABLE;
}

int
output_end(struct output *o, struct err *err)
{
	if (o->in_object)
		fputs("\n}\n", o->opt.stream);
	o->in_object = false;
	if (fflush(o->opt.stream) != 0 || ferror(o->opt.stream))
		return err_set_errno(err, ERR_AGAIN, "cannot write the output");
	return 0;
}
