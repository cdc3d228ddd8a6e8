/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dissect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/failure.h"
#include "parse/hint.h"
#include "parse/dissect_priv.h"
#include "parse/mime.h"
#include "parse/mime_body.h"
#include "parse/nonreport.h"
#include "parse/unpack.h"
#include "parse/unpack_form.h"
#include "report/wire.h"

struct dissect *
dissect_new(const struct dissect_options *options)
{
	struct dissect *in = xcalloc(1, sizeof(*in));

	in->limits = options->limits;
	in->authres = options->authres;
	in->failure = failure_new(options->keep_samples);
	return in;
}

void
dissect_free(struct dissect *in)
{
	if (in == NULL)
		return;
	failure_free(in->failure);
	buf_done(&in->kept);
	buf_done(&in->charset);
	buf_done(&in->utf8);
	buf_done(&in->decoded);
	buf_done(&in->text);
	buf_done(&in->page);
	buf_done(&in->file);
	arena_done(&in->arena);
	free(in);
}

/* --- problems ------------------------------------------------------------- */

/* "part 2: report.zip: a.xml", as far as each is known and says more. */
void
dissect_write_where(const struct dissect *in, char *out, size_t size)
{
	const char *const parts[] = { in->message.within, in->leaf->where,
		in->leaf->filename, in->name };
	char safe[256];
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < 4 && used < size; i++) {
		if (parts[i] == NULL || (i > 0 && parts[i] == parts[i - 1]))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    used > 0 ? ": " : "",
		    text_safe(safe, sizeof(safe), parts[i]));
	}
}

int
dissect_max_reports(const struct dissect *in)
{
	return in->is_file ? LIMIT_FILE_REPORTS : LIMIT_REPORTS;
}

const char *
dissect_kind_of(const struct err *err)
{
	return err->class == ERR_LIMIT ? "limit" : "corrupt";
}

void
dissect_add_problem(struct dissect *in, const char *kind, const char *text)
{
	char where[DISSECT_WHERE], safe[4 * LIMIT_REASON];
	const struct wire_problem p = { where, kind, safe };
	size_t used;

	dissect_write_where(in, where, sizeof(where));
	text_cut(text_safe(safe, sizeof(safe), text), LIMIT_REASON);
	if (in->problems < LIMIT_PROBLEMS)
		wire_write_problem(in->out, &p);
	in->told++;
	if (strcmp(kind, "limit") == 0) {
		in->refused = true;
		in->cost_told |= in->cost.refused;
	}
	in->hinted |= hint_is_report_name(in->leaf->filename) ||
	    hint_is_report_name(in->name);
	if (in->problems++ > 0)
		return;
	/* The sentence matters more than the names. */
	if (where[0] != '\0') {
		used = text_columns(safe) + 2;
		text_cut_within(
		    where, used + 60 < LIMIT_REASON ? LIMIT_REASON - used : 60);
	}
	snprintf(in->reason, sizeof(in->reason), "%s%s%s", where,
	    where[0] != '\0' ? ": " : "", safe);
	text_cut(in->reason, LIMIT_REASON);
}

/* --- failure reports ------------------------------------------------------ */

/* Nothing more of it will come. */
void
dissect_end_failure(struct dissect *in)
{
	if (in->has_failure == NO_FAILURE)
		return;
	in->has_failure = NO_FAILURE;
	if (in->reports == dissect_max_reports(in)) {
		in->too_many = true;
		return;
	}
	failure_finish(in->failure, &in->facts, in->out);
	in->reports++;
}

static void
read_feedback(struct dissect *in)
{
	const struct mime_leaf *leaf = in->leaf;

	/* The text beside it said the same, for people. */
	if (in->has_failure == FAILURE_TEXT && in->failure_group == leaf->group)
		in->has_failure = NO_FAILURE;
	dissect_end_failure(in);
	switch (failure_read_fields(in->failure, leaf->data, leaf->len)) {
	case FAILURE_AUTH:
		in->has_failure = FAILURE_PART;
		in->failure_group = leaf->group;
		break;
	case FAILURE_ABUSE:
		in->not_report = "an abuse report (ARF)";
		break;
	case FAILURE_NOTHING:
		dissect_add_problem(in, "corrupt",
		    hint_is_blank(leaf->data, leaf->len)
		        ? "an empty feedback report, or header and body are "
		          "not separated by an empty line"
		        : "a feedback report that says neither its type nor "
		          "what failed");
		break;
	}
}

/*
 * A failure report for people (spec F-1), or one without MIME, whatever is
 * around it.
 */
static bool
read_failure_text(struct dissect *in)
{
	const char *text = in->leaf->data;
	size_t len = in->leaf->len;
	bool labels;

	/* What is not read is not searched, either. */
	if (len > DISSECT_WORDS)
		len = DISSECT_WORDS;
	if (len == 0 ||
	    (memmem(text, len, "ender", 5) == NULL &&
	        memmem(text, len, "eedback-", 8) == NULL) ||
	    !dissect_text(in, DISSECT_WORDS, &text, &len))
		return false;
	labels = failure_is_text(text, len);
	if (!labels && !failure_has_fields(text, len))
		return false;
	dissect_end_failure(in);
	if (labels)
		failure_read_text(in->failure, text, len);
	else
		failure_read_among(in->failure, text, len);
	in->has_failure = FAILURE_TEXT;
	in->failure_group = in->leaf->group;
	return true;
}

/* Whether the leaf belongs to a failure report, and was read. */
static bool
read_failure_leaf(struct dissect *in, const char *type)
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
	if (ours || (type[0] != '\0' && strncmp(type, "text/", 5) != 0))
		return false;
	return read_failure_text(in);
}

/* --- parts ---------------------------------------------------------------- */

/* S/MIME: that of a person is nobody's business. */
static void
add_wrapped(struct dissect *in, const char *why)
{
	in->wrapped |= in->problems == 0;
	dissect_add_problem(in, "unsupported", why);
}

/* Some who take an attachment away leave its name to their words about it. */
static void
add_misnamed(struct dissect *in)
{
	struct missing m = { 0 };
	const char *text = NULL;
	size_t len = 0;

	if (dissect_text(in, DISSECT_NOTICE, &text, &len) ||
	    in->leaf->len < DISSECT_NOTICE) {

		missing_by_leaf(&m, in->leaf,
		    text != NULL ? text : in->leaf->data,
		    text != NULL ? len : in->leaf->len);
	}
	if (m.rank >= MISSING_REMOVED)
		dissect_add_problem(in, m.kind, m.text);
	else
		dissect_add_problem(in, "corrupt",
		    "neither XML nor an archive, though it is called one");
}

/* A few words before a document may be a person's, who asks about it. */
static int
read_documents(struct dissect *in, struct err *err)
{
	const struct mime_leaf *leaf = in->leaf;
	const char *end = leaf->data + leaf->len;
	const char *p = unpack_skip_blank(leaf->data, end);
	int status;

	in->embedded = in->is_mail && leaf->filename == NULL &&
	    (leaf->type == NULL || strcmp(leaf->type, "text/plain") == 0) &&
	    p < end && *p != '<';
	status = in->embedded && dissect_is_talk(in)
	    ? 0
	    : dissect_read_documents(in, err);
	in->embedded = false;
	return status;
}

static void
unpack_leaf(struct dissect *in)
{
	const struct mime_leaf *leaf = in->leaf;
	struct err err = ERR_INIT;
	const char *why;

	if ((why = hint_unsupported(leaf)) != NULL)
		add_wrapped(in, why);
	else if (dissect_read_words(in))
		return;
	else if (read_documents(in, &err) == -1) {
		why = unpack_unsupported(leaf->data, leaf->len);
		dissect_add_problem(in,
		    why != NULL ? "unsupported" : dissect_kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (in->documents > 0 || in->told > 0)
		return;
	else if (unpack_is_packed(leaf->data, leaf->len)) {
		if (in->not_report == NULL)
			dissect_add_problem(
			    in, "empty", "there is no report in the archive");
	} else if (!hint_is_promising(leaf))
		return;
	else if (hint_is_blank(leaf->data, leaf->len))
		in->not_report = "an empty report";
	else
		add_misnamed(in);
}

static int
check_count(struct dissect *in, struct err *err)
{
	if (in->cost.refused)
		return cost_pay(&in->cost, 0, err);
	if (!in->too_many)
		return 0;
	if (in->reports < dissect_max_reports(in))
		return err_set(err, ERR_LIMIT,
		    "the reports in one mail are larger than %d MiB together",
		    DISSECT_ANSWER_MAX >> 20);
	return err_set(err, ERR_LIMIT, "more than %d reports in one %s",
	    dissect_max_reports(in), in->is_file ? "file" : "mail");
}

int
dissect_read_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct dissect *in = arg;
	const char *type = leaf->type != NULL ? leaf->type : "";

	if (cost_pay(&in->cost, COST_PART, err) == -1)
		return -1;
	in->has_text = in->has_text || !hint_is_blank(leaf->data, leaf->len);
	if (in->not_report == NULL)
		in->not_report = nonreport_by_part(
		    leaf->type, leaf->data, leaf->len);
	if (in->not_report == NULL && leaf->in_bounce)
		in->not_report = "a bounce";
	/* A bounced report is one of our own site's. */
	if (leaf->in_bounce || strcmp(type, "message/delivery-status") == 0)
		return 0;
	/* Of these there is nothing, or half of it. */
	if (strcmp(type, "message/partial") == 0 ||
	    strcmp(type, "message/external-body") == 0)
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
describe_other(struct dissect *in, const char *data, size_t len)
{
	const char *what;

	if (in->not_report != NULL)
		return in->not_report;
	if (!in->is_mail)
		return "no report in this file";
	if ((what = nonreport_by_header(data, len)) != NULL)
		return what;
	return in->has_text ? "no report in this mail" : "an empty mail";
}

static void
write_verdict(struct dissect *in, const char *status, const char *reason)
{
	const struct wire_verdict v = { status, reason };

	wire_write_verdict(in->out, &v);
}

static enum dissect_verdict
judge(struct dissect *in, const char *data, size_t len)
{
	size_t used;

	if (in->reports == 0)
		dissect_explain(in, data, len, 0);
	used = strlen(in->reason);
	if (in->problems > 1)
		snprintf(in->reason + used, sizeof(in->reason) - used,
		    " (and %d more)", in->problems - 1);

	if (in->reports > 0) {
		write_verdict(
		    in, "report", in->problems > 0 ? in->reason : NULL);
		return DISSECT_REPORT;
	}
	if (in->problems > 0 &&
	    (!in->is_mail || in->hinted || in->refused ||
	        (hint_in_mail(&in->facts) && !in->wrapped))) {
		write_verdict(in, "failed", in->reason);
		return DISSECT_FAILED;
	}
	write_verdict(in, "other", describe_other(in, data, len));
	return DISSECT_OTHER;
}

/* For problems of the input as a whole. */
static void
add_input_problem(struct dissect *in, const char *kind, const char *text)
{
	static const struct mime_leaf mail = { .where = "mail" },
	                              file = { .where = "file" };

	in->leaf = in->is_mail ? &mail : &file;
	in->name = NULL;
	dissect_add_problem(in, kind, text);
}

enum dissect_verdict
dissect_run(struct dissect *in, const char *data, size_t len, const char *name,
    struct buf *out)
{
	struct mime_leaf leaf = { 0 };
	struct err err = ERR_INIT;
	char safe[256];
	int status;

	if (in->decoded.cap > DISSECT_KEEP_MAX)
		buf_done(&in->decoded);
	in->is_mail = mime_is_mail(data, len);
	if (!in->is_mail) {
		mime_body_decode(MIME_PLAIN, &data, &len, &in->decoded);
		in->is_mail = mime_is_mail(data, len);
	}
	leaf.data = in->data = data;
	leaf.len = in->len = len;
	in->out = out;
	in->budget.each = in->limits.unpacked;
	in->budget.all = in->budget.left = in->limits.mail_unpacked;
	in->budget.entries = in->is_mail ? LIMIT_ARCHIVE_ENTRIES
	                                 : LIMIT_FILE_ENTRIES;
	in->is_file = !in->is_mail;
	in->reports = in->problems = in->messages = 0;
	in->budget.cost = &in->cost;
	cost_start(&in->cost, &in->limits);
	in->cost_told = in->tls_fields_read = false;
	in->reason[0] = '\0';
	in->too_many = in->has_text = in->refused = in->hinted = false;
	in->wrapped = false;
	in->has_failure = NO_FAILURE;
	in->not_report = NULL;
	in->words_group = 0;
	in->announced = false;
	memset(&in->missing, 0, sizeof(in->missing));
	arena_reset(&in->arena);
	memset(&in->facts, 0, sizeof(in->facts));
	in->filename = NULL;
	if (in->is_mail) {
		mime_read_facts(data, len, &in->arena, &in->facts);
		if (in->authres.n > 0)
			in->facts.verified = authres_verify(
			    data, len, &in->facts, &in->authres);
		wire_write_mail(out, &in->facts);
		status = mime_walk(data, len, dissect_read_leaf, in, &err);
	} else if (hint_is_blank(data, len)) {
		add_input_problem(in, "empty", "the file is empty");
		status = 0;
	} else {
		if (name != NULL)
			leaf.filename = text_safe(safe, sizeof(safe), name);
		in->filename = leaf.filename;
		leaf.where = leaf.filename != NULL ? leaf.filename : "file";
		status = dissect_read_leaf(&leaf, in, &err);
	}
	dissect_end_failure(in);
	if (status == 0)
		status = check_count(in, &err);
	if (status == -1 && !in->cost_told)
		add_input_problem(in, dissect_kind_of(&err), err.text);
	return judge(in, data, len);
}

void
dissect_refuse(const struct limits *limits, struct buf *out)
{
	struct dissect in = { .out = out };
	char text[256];

	snprintf(text, sizeof(text),
	    "larger than the limit of %llu bytes" LIMIT_RAISED_BY("message"),
	    (unsigned long long)limits->message);
	add_input_problem(&in, "limit", text);
	judge(&in, "", 0);
}
