/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/input.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/aggregate.h"
#include "parse/mime.h"
#include "parse/mime_header.h"
#include "parse/unpack.h"
#include "report/wire.h"

#define HEAD 2048 /* bytes of JSON that tell what it is */

struct input {
	struct limits limits;
	struct unpack_budget budget;
	struct arena arena; /* the mail's facts */
	struct mail_facts facts;
	bool is_mail;
	struct buf *out;

	/* What was found so far. */
	int reports;
	int problems;
	bool too_many;
	char reason[800];       /* the first problem */
	const char *not_read;   /* a kind of report that no code reads yet */
	const char *not_report; /* what a mail without report seems to be */

	/* The part or file that is being read. */
	const struct mime_leaf *leaf;
	int documents; /* XML or JSON in it */
	int told;      /* problems in it */

	/* The document that is being read. */
	const char *name;
	struct aggregate *aggregate; /* NULL: JSON */
	struct err err;
	char head[HEAD];
	size_t head_len;
};

struct input *
input_new(const struct limits *limits)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->limits = *limits;
	return in;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	arena_done(&in->arena);
	free(in);
}

/* --- problems ------------------------------------------------------------- */

/* "part 2: report.zip: a.xml", as far as each is known and says more. */
static void
write_where(const struct input *in, char *out, size_t size)
{
	const char *const parts[] = { in->leaf->where, in->leaf->filename,
		in->name };
	char safe[256];
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < 3; i++) {
		if (parts[i] == NULL || (i > 0 && parts[i] == parts[i - 1]))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    used > 0 ? ": " : "",
		    text_safe(safe, sizeof(safe), parts[i]));
	}
}

static const char *
kind_of(const struct err *err)
{
	return err->class == ERR_LIMIT ? "limit" : "corrupt";
}

static void
add_problem(struct input *in, const char *kind, const char *text)
{
	char where[3 * 256 + 8];
	const struct wire_problem p = { where, kind, text };

	write_where(in, where, sizeof(where));
	wire_write_problem(in->out, &p);
	in->told++;
	/* Left where it is until a version comes that reads it. */
	if (in->not_read != NULL && strcmp(kind, "unsupported") == 0)
		return;
	if (in->problems++ == 0)
		snprintf(in->reason, sizeof(in->reason), "%.240s%s%.510s",
		    where, where[0] != '\0' ? ": " : "", text);
}

/* --- documents ------------------------------------------------------------ */

static int
document_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct input *in = arg;
	const struct aggregate_hints hints = {
		.filename = name,
		.mail = in->is_mail ? &in->facts : NULL,
	};

	if (kind == UNPACK_OTHER)
		return -1;
	in->documents++;
	if (in->reports == LIMIT_REPORTS) {
		in->too_many = true;
		return -1;
	}
	in->name = name;
	in->err.class = ERR_NONE;
	in->head_len = 0;
	if (kind == UNPACK_XML)
		in->aggregate = aggregate_new(&in->limits, &hints);
	return 0;
}

/* Web pages and pictures are not worth a parser. */
static bool
is_html(const char *data, size_t len)
{
	return (len > 5 && strncasecmp(data, "<html", 5) == 0) ||
	    (len > 14 && strncasecmp(data, "<!doctype html", 14) == 0);
}

static int
document_data(void *arg, const char *data, size_t len)
{
	struct input *in = arg;
	size_t n = sizeof(in->head) - in->head_len;

	if (in->aggregate == NULL) {
		n = len < n ? len : n;
		memcpy(in->head + in->head_len, data, n);
		in->head_len += n;
		return in->head_len == sizeof(in->head) ? -1 : 0;
	}
	if (in->head_len == 0 && is_html(data, len)) {
		err_set(&in->err, ERR_DATA, "a web page");
		return -1;
	}
	in->head_len = 1;
	return aggregate_push(in->aggregate, data, len, &in->err);
}

/* receiver!domain!begin!end: named like a report (RFC 7489 7.2.1.1). */
static bool
is_report_name(const char *name)
{
	const char *bang = name != NULL ? strchr(name, '!') : NULL;

	return bang != NULL && strchr(bang + 1, '!') != NULL;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && strcasecmp(name + n - k, suffix) == 0;
}

/* Whether its name or type promises a report: only asked for complaints. */
static bool
is_promising(const struct mime_leaf *leaf)
{
	static const char *const suffixes[] = { ".xml", ".gz", ".zip", ".tgz",
		".7z", ".xz", ".zst", ".bz2", ".zlib" };
	static const char *const types[] = { "application/zip",
		"application/gzip", "application/x-gzip", "application/x-zip",
		"application/x-zip-compressed", "application/xml" };
	size_t i;

	if (leaf->filename != NULL)
		for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
			if (ends_with(leaf->filename, suffixes[i]))
				return true;
	if (leaf->type != NULL)
		for (i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (strcmp(leaf->type, types[i]) == 0)
				return true;
	return false;
}

static bool
has(const struct input *in, const char *word)
{
	return memmem(in->head, in->head_len, word, strlen(word)) != NULL;
}

static void
json_end(struct input *in)
{
	if (!has(in, "\"organization-name\"") && !has(in, "\"policies\"") &&
	    !has(in, "\"date-range\""))
		return;
	in->not_read = "an SMTP TLS report (not read yet)";
	add_problem(in, "unsupported", "SMTP TLS reports are not read yet");
}

/* why: what was wrong with the archive around, or NULL. */
static void
document_end(void *arg, const struct err *why)
{
	struct input *in = arg;
	bool likely;

	if (in->aggregate == NULL) {
		json_end(in);
		in->name = NULL;
		return;
	}
	/* What was cut off or refused before it showed what it is. */
	likely = is_report_name(in->name) ||
	    (is_promising(in->leaf) &&
	        (why != NULL || in->err.class == ERR_LIMIT));
	if (in->err.class == ERR_NONE &&
	    aggregate_finish(in->aggregate, in->out, &in->err) == 0) {
		in->reports++;
		likely = true;
	} else
		likely = likely || aggregate_is_report(in->aggregate);
	if (likely && why != NULL)
		add_problem(in, kind_of(why), why->text);
	else if (likely && in->err.class != ERR_NONE)
		add_problem(in, kind_of(&in->err), in->err.text);
	aggregate_free(in->aggregate);
	in->aggregate = NULL;
	in->name = NULL;
}

/* --- parts ---------------------------------------------------------------- */

static bool
is_blank(const char *data, size_t len)
{
	while (len > 0 && text_is_space(data[len - 1]))
		len--;
	return len == 0;
}

static void
unpack_leaf(struct input *in)
{
	const struct unpack_sink sink = { document_begin, document_data,
		document_end, in };
	const struct mime_leaf *leaf = in->leaf;
	struct err err = ERR_INIT;
	const char *why;

	if (unpack_run(leaf->data, leaf->len, leaf->filename, &in->budget,
	        &sink, &err) == -1) {
		why = unpack_unsupported(leaf->data, leaf->len);
		add_problem(in, why != NULL ? "unsupported" : kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (in->documents > 0 || in->told > 0)
		return;
	else if (unpack_is_container(leaf->data, leaf->len))
		add_problem(in, "empty", "there is no report in the archive");
	else if (!is_promising(leaf))
		return;
	else if (is_blank(leaf->data, leaf->len))
		add_problem(in, "empty", "the attachment is empty");
	else
		add_problem(in, "corrupt",
		    "neither XML nor an archive, though it is called one");
}

static int
read_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct input *in = arg;
	const char *type = leaf->type != NULL ? leaf->type : "";

	/* A bounced report is one of our own site's. */
	if (leaf->in_bounce || strcmp(type, "message/delivery-status") == 0) {
		in->not_report = "a bounce";
		return 0;
	}
	in->leaf = leaf;
	in->name = NULL;
	in->documents = in->told = 0;
	if (strcmp(type, "message/feedback-report") == 0) {
		in->not_read = "a DMARC failure report (not read yet)";
		add_problem(in, "unsupported",
		    "DMARC failure reports are not read yet");
		return 0;
	}
	unpack_leaf(in);
	if (in->too_many)
		return err_set(err, ERR_LIMIT,
		    "more than %d reports in one mail", LIMIT_REPORTS);
	return 0;
}

/* --- inputs --------------------------------------------------------------- */

static bool
is_automatic(const char *data, size_t len)
{
	struct mime_header h;
	struct mime_field f;
	const char *p, *end;

	mime_header_start(&h, data, len, true);
	while (mime_header_next(&h, &f)) {
		if (!mime_field_is(&f, "auto-submitted"))
			continue;
		end = f.value + f.len;
		for (p = f.value; p < end && text_is_space(*p); p++)
			continue;
		return end - p >= 2 && strncasecmp(p, "no", 2) != 0;
	}
	return false;
}

static void
write_verdict(struct input *in, const char *status, const char *reason)
{
	const struct wire_verdict v = { status, reason };

	wire_write_verdict(in->out, &v);
}

static enum input_verdict
judge(struct input *in, const char *data, size_t len)
{
	const char *reason = in->not_report;
	size_t used = strlen(in->reason);

	if (in->problems > 1)
		snprintf(in->reason + used, sizeof(in->reason) - used,
		    " (and %d more)", in->problems - 1);

	if (in->reports > 0) {
		write_verdict(
		    in, "report", in->problems > 0 ? in->reason : NULL);
		return INPUT_REPORT;
	}
	if (in->problems > 0) {
		write_verdict(in, "failed", in->reason);
		return INPUT_FAILED;
	}
	if (in->not_read != NULL)
		reason = in->not_read;
	else if (reason == NULL && in->is_mail && is_automatic(data, len))
		reason = "an automatic reply";
	else if (reason == NULL)
		reason = in->is_mail ? "no report in this mail"
		                     : "no report in this file";
	write_verdict(in, "other", reason);
	return INPUT_OTHER;
}

/* For problems of the input as a whole. */
static void
add_input_problem(struct input *in, const char *kind, const char *text)
{
	static const struct mime_leaf mail = { .where = "mail" },
	                              file = { .where = "file" };

	in->leaf = in->is_mail ? &mail : &file;
	in->name = NULL;
	add_problem(in, kind, text);
}

enum input_verdict
input_run(struct input *in, const char *data, size_t len, const char *name,
    struct buf *out)
{
	struct mime_leaf leaf = { .data = data, .len = len };
	struct err err = ERR_INIT;
	char safe[256];
	int status;

	in->out = out;
	in->budget.each = in->limits.unpacked;
	in->budget.left = in->limits.mail_unpacked;
	in->reports = in->problems = 0;
	in->reason[0] = '\0';
	in->too_many = false;
	in->not_read = in->not_report = NULL;
	arena_reset(&in->arena);
	in->is_mail = mime_is_mail(data, len);
	if (in->is_mail) {
		mime_read_facts(data, len, &in->arena, &in->facts);
		wire_write_mail(out, &in->facts);
		status = mime_walk(data, len, read_leaf, in, &err);
	} else if (is_blank(data, len)) {
		add_input_problem(in, "empty", "the file is empty");
		status = 0;
	} else {
		if (name != NULL)
			leaf.filename = text_safe(safe, sizeof(safe), name);
		leaf.where = leaf.filename != NULL ? leaf.filename : "file";
		status = read_leaf(&leaf, in, &err);
	}
	if (status == -1)
		add_input_problem(in, kind_of(&err), err.text);
	return judge(in, data, len);
}

void
input_refuse(const struct limits *limits, struct buf *out)
{
	struct input in = { .out = out };
	char text[128];

	snprintf(text, sizeof(text), "larger than the limit of %llu bytes",
	    (unsigned long long)limits->message);
	add_input_problem(&in, "limit", text);
	judge(&in, "", 0);
}
