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
#include "parse/failure.h"
#include "parse/hint.h"
#include "parse/mime.h"
#include "parse/other.h"
#include "parse/repair.h"
#include "parse/tlsrpt.h"
#include "parse/unpack.h"
#include "report/wire.h"

#define HEAD 2048             /* bytes that tell what a document is */
#define KEEP_MAX (1 << 20)    /* bytes of a buffer kept for the next */
#define ANSWER_MAX (48 << 20) /* bytes after which no report is begun */

struct input {
	struct limits limits;
	struct authres_options authres;
	struct unpack_budget budget;
	struct arena arena; /* the mail's facts */
	struct mail_facts facts;
	bool is_mail;
	const char *data; /* all of it */
	size_t len;
	struct buf *out;

	/* What was found so far. */
	int reports;
	int problems;
	bool too_many;
	bool refused;           /* for a limit */
	bool hinted;            /* something in it was meant as a report */
	char reason[800];       /* the first problem */
	const char *not_report; /* what a mail without report seems to be */
	bool has_text;          /* anything but white space */

	/* The failure report that was begun. */
	struct failure_reader *failure;
	enum { NO_FAILURE, FAILURE_PART, FAILURE_TEXT } has_failure;
	unsigned int failure_group;

	/* The part or file that is being read. */
	const struct mime_leaf *leaf;
	int documents; /* XML or JSON in it */
	int told;      /* problems in it */

	/* The document that is being read. */
	const char *name;
	enum unpack_kind kind;
	struct aggregate *aggregate; /* NULL: no XML */
	struct buf kept;             /* JSON; XML for a repair */
	bool keep;
	struct err err;
	char head[HEAD];
	size_t head_len;
};

struct input *
input_new(const struct input_options *options)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->limits = options->limits;
	in->authres = options->authres;
	in->failure = failure_new(options->keep_samples);
	return in;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	failure_free(in->failure);
	buf_done(&in->kept);
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
	in->refused |= strcmp(kind, "limit") == 0;
	in->hinted |= hint_is_report_name(in->leaf->filename) ||
	    hint_is_report_name(in->name);
	if (in->problems++ == 0)
		snprintf(in->reason, sizeof(in->reason), "%.240s%s%.510s",
		    where, where[0] != '\0' ? ": " : "", text);
}

/* --- documents ------------------------------------------------------------ */

/* borrowed for as long as the document is read */
static struct aggregate_hints
hints_of(const struct input *in)
{
	return (struct aggregate_hints) {
		.filename = in->name,
		.mail = in->is_mail ? &in->facts : NULL,
	};
}

static int
document_begin(void *arg, const char *name, enum unpack_kind kind)
{
	struct input *in = arg;
	struct aggregate_hints hints;

	in->name = name;
	in->kind = kind;
	in->err.class = ERR_NONE;
	in->head_len = 0;
	if (kind == UNPACK_OTHER)
		return 0;
	in->documents++;
	in->hinted |= unpack_is_container(in->leaf->data, in->leaf->len);
	if (in->reports == LIMIT_REPORTS || in->out->len > ANSWER_MAX) {
		in->too_many = true;
		return -1;
	}
	in->keep = true;
	in->kept.len = 0;
	hints = hints_of(in);
	if (kind == UNPACK_XML)
		in->aggregate = aggregate_new(&in->limits, &hints);
	return 0;
}

/* Keep what may have to be repaired.  -1: no need to go on. */
static int
document_keep(struct input *in, const char *data, size_t len)
{
	if (in->err.class != ERR_NONE && !aggregate_is_broken(in->aggregate))
		in->keep = false;
	if (in->keep && in->kept.len + len <= LIMIT_REPAIR) {
		buf_add(&in->kept, data, len);
		return 0;
	}
	in->keep = false;
	buf_done(&in->kept);
	return in->err.class != ERR_NONE ? -1 : 0;
}

static int
json_data(struct input *in, const char *data, size_t len)
{
	size_t room = LIMIT_JSON_SIZE - in->kept.len;

	/* Also of what is too large: it shows whether that is a report. */
	buf_add(&in->kept, data, len < room ? len : room);
	if (len <= room)
		return 0;
	return err_set(&in->err, ERR_LIMIT, "more than %lu bytes of JSON",
	    LIMIT_JSON_SIZE);
}

static int
document_data(void *arg, const char *data, size_t len)
{
	struct input *in = arg;
	size_t n = sizeof(in->head) - in->head_len;

	if (in->kind == UNPACK_JSON)
		return json_data(in, data, len);
	if (in->aggregate == NULL) {
		n = len < n ? len : n;
		memcpy(in->head + in->head_len, data, n);
		in->head_len += n;
		return in->head_len == sizeof(in->head) ? -1 : 0;
	}
	if (in->head_len == 0 && hint_is_html(data, len)) {
		err_set(&in->err, ERR_DATA, "a web page");
		in->keep = false;
		return -1;
	}
	in->head_len = 1;
	if (in->err.class == ERR_NONE)
		aggregate_push(in->aggregate, data, len, &in->err);
	return document_keep(in, data, len);
}

/* JSON that is no report is no problem: anybody may send some. */
static void
json_end(struct input *in, const struct err *why)
{
	struct tlsrpt_hints hints = { .filename = in->name };
	bool found;

	if (in->is_mail) {
		hints.mail = &in->facts;
		hints.domain = mime_read_field(
		    in->data, in->len, "tls-report-domain", &in->arena);
		hints.submitter = mime_read_field(
		    in->data, in->len, "tls-report-submitter", &in->arena);
	}
	if (why == NULL && in->err.class != ERR_NONE)
		why = &in->err;
	if (why == NULL &&
	    tlsrpt_read(in->kept.at, in->kept.len, &hints, in->out, &found,
	        &in->err) == 0) {
		in->reports += found;
		return;
	}
	if (hints.domain == NULL && hints.submitter == NULL &&
	    !hint_is_tls_report(in->leaf) && !hint_is_report_name(in->name) &&
	    !tlsrpt_is_likely(in->kept.at, in->kept.len))
		return;
	in->hinted = true;
	if (why == NULL)
		why = &in->err;
	add_problem(in, kind_of(why), why->text);
}

/* Neither XML nor JSON: Yahoo once sent "unused" (spec Q-27). */
static void
other_end(struct input *in)
{
	if (unpack_is_container(in->leaf->data, in->leaf->len) &&
	    (hint_is_blank(in->head, in->head_len) ||
	        (in->head_len < 10 &&
	            memmem(in->head, in->head_len, "unused", 6) != NULL)))
		in->not_report = "an empty report";
}

/* A repair may find several reports, or one with less in it. */
static bool
document_repair(struct input *in)
{
	struct aggregate_hints hints = hints_of(in);
	struct repair_result result;

	repair_run(&in->kept, &in->limits, &hints, LIMIT_REPORTS - in->reports,
	    in->out, &result);
	in->reports += result.reports;
	in->too_many |= result.too_many;
	if (result.reports == 0)
		return false;
	in->err.class = ERR_NONE;
	if (result.lost[0] != '\0')
		err_set(&in->err, ERR_DATA, "%s", result.lost);
	return true;
}

/* why: what was wrong with the archive around, or NULL. */
static void
xml_end(struct input *in, const struct err *why)
{
	bool likely, broken;

	/* What was cut off or refused before it showed what it is. */
	likely = hint_is_report_name(in->name) ||
	    (hint_is_promising(in->leaf) &&
	        (why != NULL || in->err.class == ERR_LIMIT));
	if (in->err.class == ERR_NONE &&
	    aggregate_finish(in->aggregate, in->out, &in->err) == 0) {
		in->reports++;
		likely = true;
	}
	if (aggregate_is_report(in->aggregate))
		likely = in->hinted = true;
	broken = aggregate_is_broken(in->aggregate);
	aggregate_free(in->aggregate);
	in->aggregate = NULL;
	if (broken && in->keep && (why == NULL || why->class == ERR_DATA) &&
	    document_repair(in)) {
		likely = true;
		if (in->err.class != ERR_NONE)
			why = NULL;
	}
	if (likely && why != NULL)
		add_problem(in, kind_of(why), why->text);
	else if (likely && in->err.class != ERR_NONE)
		add_problem(in, kind_of(&in->err), in->err.text);
}

static void
document_end(void *arg, const struct err *why)
{
	struct input *in = arg;

	if (in->aggregate != NULL)
		xml_end(in, why);
	else if (in->kind == UNPACK_JSON)
		json_end(in, why);
	else
		other_end(in);
	if (in->kept.cap > KEEP_MAX)
		buf_done(&in->kept);
	in->name = NULL;
}

/* --- failure reports ------------------------------------------------------ */

/* Nothing more of it will come. */
static void
end_failure(struct input *in)
{
	if (in->has_failure == NO_FAILURE)
		return;
	in->has_failure = NO_FAILURE;
	if (in->reports == LIMIT_REPORTS) {
		in->too_many = true;
		return;
	}
	failure_finish(in->failure, &in->facts, in->out);
	in->reports++;
}

static void
read_feedback(struct input *in)
{
	const struct mime_leaf *leaf = in->leaf;

	/* The text beside it said the same, for people. */
	if (in->has_failure == FAILURE_TEXT && in->failure_group == leaf->group)
		in->has_failure = NO_FAILURE;
	end_failure(in);
	switch (failure_read_fields(in->failure, leaf->data, leaf->len)) {
	case FAILURE_AUTH:
		in->has_failure = FAILURE_PART;
		in->failure_group = leaf->group;
		break;
	case FAILURE_ABUSE:
		in->not_report = "an abuse report (ARF)";
		break;
	case FAILURE_NOTHING:
		add_problem(in, "corrupt",
		    "a feedback report that says neither its type nor what "
		    "failed");
		break;
	}
}

/* Whether the leaf belongs to a failure report, and was read. */
static bool
read_failure_leaf(struct input *in, const char *type)
{
	const struct mime_leaf *leaf = in->leaf;
	bool ours = in->has_failure != NO_FAILURE &&
	    in->failure_group == leaf->group;

	if (leaf->sample != NULL) {
		if (ours)
			failure_read_sample(
			    in->failure, leaf->sample, leaf->sample_len);
		return true;
	}
	if (strcmp(type, "message/feedback-report") == 0) {
		read_feedback(in);
		return true;
	}
	if (ours && hint_is_header(leaf)) {
		failure_read_sample(in->failure, leaf->data, leaf->len);
		return true;
	}
	if (ours || (type[0] != '\0' && strcmp(type, "text/plain") != 0) ||
	    !failure_is_text(leaf->data, leaf->len))
		return false;
	end_failure(in);
	failure_read_text(in->failure, leaf->data, leaf->len);
	in->has_failure = FAILURE_TEXT;
	in->failure_group = leaf->group;
	return true;
}

/* --- parts ---------------------------------------------------------------- */

static void
unpack_leaf(struct input *in)
{
	const struct unpack_sink sink = { document_begin, document_data,
		document_end, in };
	const struct mime_leaf *leaf = in->leaf;
	struct err err = ERR_INIT;
	const char *why;

	if ((why = hint_unsupported(leaf)) != NULL)
		add_problem(in, "unsupported", why);
	else if (unpack_run(leaf->data, leaf->len, leaf->filename, &in->budget,
	             &sink, &err) == -1) {
		why = unpack_unsupported(leaf->data, leaf->len);
		add_problem(in, why != NULL ? "unsupported" : kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (in->documents > 0 || in->told > 0)
		return;
	else if (unpack_is_container(leaf->data, leaf->len)) {
		if (in->not_report == NULL)
			add_problem(
			    in, "empty", "there is no report in the archive");
	} else if (!hint_is_promising(leaf))
		return;
	else if (hint_is_blank(leaf->data, leaf->len))
		in->not_report = "an empty report";
	else
		add_problem(in, "corrupt",
		    "neither XML nor an archive, though it is called one");
}

static int
check_count(const struct input *in, struct err *err)
{
	if (!in->too_many)
		return 0;
	if (in->reports < LIMIT_REPORTS)
		return err_set(err, ERR_LIMIT,
		    "the reports in one mail are larger than %d MiB together",
		    ANSWER_MAX >> 20);
	return err_set(
	    err, ERR_LIMIT, "more than %d reports in one mail", LIMIT_REPORTS);
}

static int
read_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct input *in = arg;
	const char *type = leaf->type != NULL ? leaf->type : "";

	in->has_text = in->has_text || !hint_is_blank(leaf->data, leaf->len);
	if (in->not_report == NULL)
		in->not_report = other_by_part(
		    leaf->type, leaf->data, leaf->len);
	if (in->not_report == NULL && leaf->in_bounce)
		in->not_report = "a bounce";
	/* A bounced report is one of our own site's. */
	if (leaf->in_bounce || strcmp(type, "message/delivery-status") == 0)
		return 0;
	in->leaf = leaf;
	in->name = NULL;
	in->documents = in->told = 0;
	if (!read_failure_leaf(in, type))
		unpack_leaf(in);
	return check_count(in, err);
}

/* --- inputs --------------------------------------------------------------- */

/* What an input without a report is, in words. */
static const char *
describe_other(struct input *in, const char *data, size_t len)
{
	const char *what;

	if (in->not_report != NULL)
		return in->not_report;
	if (!in->is_mail)
		return "no report in this file";
	if ((what = other_by_header(data, len)) != NULL)
		return what;
	return in->has_text ? "no report in this mail" : "an empty mail";
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
	size_t used = strlen(in->reason);

	if (in->problems > 1)
		snprintf(in->reason + used, sizeof(in->reason) - used,
		    " (and %d more)", in->problems - 1);

	if (in->reports > 0) {
		write_verdict(
		    in, "report", in->problems > 0 ? in->reason : NULL);
		return INPUT_REPORT;
	}
	if (in->problems > 0 &&
	    (!in->is_mail || in->hinted || in->refused ||
	        hint_in_mail(&in->facts))) {
		write_verdict(in, "failed", in->reason);
		return INPUT_FAILED;
	}
	write_verdict(in, "other", describe_other(in, data, len));
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
	in->data = data;
	in->len = len;
	in->budget.each = in->limits.unpacked;
	in->budget.all = in->budget.left = in->limits.mail_unpacked;
	in->reports = in->problems = 0;
	in->reason[0] = '\0';
	in->too_many = in->has_text = in->refused = in->hinted = false;
	in->has_failure = NO_FAILURE;
	in->not_report = NULL;
	arena_reset(&in->arena);
	memset(&in->facts, 0, sizeof(in->facts));
	in->is_mail = mime_is_mail(data, len);
	if (in->is_mail) {
		mime_read_facts(data, len, &in->arena, &in->facts);
		if (in->authres.n > 0)
			in->facts.verified = authres_verify(
			    data, len, &in->facts, &in->authres);
		wire_write_mail(out, &in->facts);
		status = mime_walk(data, len, read_leaf, in, &err);
	} else if (hint_is_blank(data, len)) {
		add_input_problem(in, "empty", "the file is empty");
		status = 0;
	} else {
		if (name != NULL)
			leaf.filename = text_safe(safe, sizeof(safe), name);
		leaf.where = leaf.filename != NULL ? leaf.filename : "file";
		status = read_leaf(&leaf, in, &err);
	}
	end_failure(in);
	if (status == 0)
		status = check_count(in, &err);
	if (status == -1)
		add_input_problem(in, kind_of(&err), err.text);
	return judge(in, data, len);
}

void
input_refuse(const struct limits *limits, struct buf *out)
{
	struct input in = { .out = out };
	char text[256];

	snprintf(text, sizeof(text),
	    "larger than the limit of %llu bytes" LIMIT_RAISED_BY("message"),
	    (unsigned long long)limits->message);
	add_input_problem(&in, "limit", text);
	judge(&in, "", 0);
}
