/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dissect.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	struct dissect *d = xcalloc(1, sizeof(*d));

	d->options = *options;
	d->failure = failure_new(options->keep_samples);
	return d;
}

void
dissect_free(struct dissect *d)
{
	if (d == NULL)
		return;
	failure_free(d->failure);
	buf_done(&d->kept);
	buf_done(&d->charset);
	buf_done(&d->utf8);
	buf_done(&d->decoded);
	dissect_done_words(&d->words);
	arena_done(&d->arena);
	free(d);
}

/* --- parts ---------------------------------------------------------------- */

static void
part_begin(struct dissect *d, const struct mime_leaf *leaf)
{
	memset(&d->part, 0, sizeof(d->part));
	d->part.leaf = leaf;
	d->doc.name = NULL;
}

/* S/MIME: that of a person is nobody's business. */
static void
add_wrapped(struct dissect *d, const char *why)
{
	d->answer.wrapped |= d->answer.problems == 0;
	dissect_add_problem(d, "unsupported", why);
}

/* Some who take an attachment away leave its name to their words about it. */
static void
add_misnamed(struct dissect *d)
{
	struct missing m = { 0 };
	const char *text = NULL;
	size_t len = 0;

	if (dissect_text(d, DISSECT_NOTICE, &text, &len) ||
	    d->part.leaf->len < DISSECT_NOTICE) {

		missing_by_leaf(&m, d->part.leaf,
		    text != NULL ? text : d->part.leaf->data,
		    text != NULL ? len : d->part.leaf->len);
	}
	if (m.rank >= MISSING_REMOVED)
		dissect_add_problem(d, m.kind, m.text);
	else
		dissect_add_problem(d, "corrupt",
		    "neither XML nor an archive, though it is called one");
}

/* A few words before a document may be a person's, who asks about it. */
static int
read_documents(struct dissect *d, struct err *err)
{
	const struct mime_leaf *leaf = d->part.leaf;
	const char *end = leaf->data + leaf->len;
	const char *p = unpack_skip_blank(leaf->data, end);
	int status;

	d->part.embedded = d->message.is_mail && leaf->filename == NULL &&
	    (leaf->type == NULL || strcmp(leaf->type, "text/plain") == 0) &&
	    p < end && *p != '<';
	status = d->part.embedded && dissect_is_talk(d)
	    ? 0
	    : dissect_read_documents(d, err);
	d->part.embedded = false;
	return status;
}

static void
unpack_leaf(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;
	struct err err = ERR_INIT;
	const char *why;

	if ((why = hint_unsupported(leaf)) != NULL)
		add_wrapped(d, why);
	else if (dissect_read_words(d))
		return;
	else if (read_documents(d, &err) == -1) {
		why = unpack_unsupported(leaf->data, leaf->len);
		dissect_add_problem(d,
		    why != NULL ? "unsupported" : dissect_kind_of(&err),
		    why != NULL ? why : err.text);
	} else if (d->part.documents > 0 || d->part.problems > 0)
		return;
	else if (unpack_is_packed(leaf->data, leaf->len)) {
		if (d->message.not_report == NULL)
			dissect_add_problem(
			    d, "empty", "there is no report in the archive");
	} else if (!hint_is_promising(leaf))
		return;
	else if (hint_is_blank(leaf->data, leaf->len))
		d->message.not_report = "an empty report";
	else
		add_misnamed(d);
}

static int
check_count(struct dissect *d, struct err *err)
{
	if (d->answer.cost.refused)
		return cost_pay(&d->answer.cost, 0, err);
	if (!d->answer.too_many)
		return 0;
	if (d->answer.reports < dissect_max_reports(d))
		return err_set(err, ERR_LIMIT,
		    "the reports in one message are larger than %d MiB "
		    "together",
		    DISSECT_ANSWER_MAX >> 20);
	return err_set(err, ERR_LIMIT, "more than %d reports in one %s",
	    dissect_max_reports(d), d->answer.is_file ? "file" : "mail");
}

int
dissect_read_leaf(const struct mime_leaf *leaf, void *arg, struct err *err)
{
	struct dissect *d = arg;
	const char *type = leaf->type != NULL ? leaf->type : "";

	if (cost_pay(&d->answer.cost, COST_PART, err) == -1)
		return -1;
	d->answer.has_text = d->answer.has_text ||
	    !hint_is_blank(leaf->data, leaf->len);
	if (d->message.not_report == NULL)
		d->message.not_report = nonreport_by_part(
		    leaf->type, leaf->data, leaf->len);
	if (d->message.not_report == NULL && leaf->in_bounce)
		d->message.not_report = "a bounce";
	/* A bounced report is one of our own site's. */
	if (leaf->in_bounce || strcmp(type, "message/delivery-status") == 0)
		return 0;
	/* Of these there is nothing, or half of it. */
	if (strcmp(type, "message/partial") == 0 ||
	    strcmp(type, "message/external-body") == 0)
		return 0;
	part_begin(d, leaf);
	if (!dissect_read_failure(d))
		unpack_leaf(d);
	return check_count(d, err);
}

/* --- inputs --------------------------------------------------------------- */

/* What an input without a report is, in words. */
static const char *
describe_other(struct dissect *d, const char *data, size_t len)
{
	const char *what;

	if (d->message.not_report != NULL)
		return d->message.not_report;
	if (!d->message.is_mail)
		return "no report in this file";
	if ((what = nonreport_by_header(data, len)) != NULL)
		return what;
	return d->answer.has_text ? "no report in this message"
	                          : "an empty message";
}

static void
write_verdict(struct dissect *d, const char *status, const char *reason)
{
	const struct wire_verdict v = { status, reason };

	wire_write_verdict(d->answer.out, &v);
}

static enum dissect_verdict
judge(struct dissect *d, const char *data, size_t len)
{
	size_t used;

	if (d->answer.reports == 0)
		dissect_explain(d, data, len, 0);
	used = strlen(d->answer.reason);
	if (d->answer.problems > 1)
		snprintf(d->answer.reason + used,
		    sizeof(d->answer.reason) - used, " (and %d more)",
		    d->answer.problems - 1);

	if (d->answer.reports > 0) {
		write_verdict(d, "report",
		    d->answer.problems > 0 ? d->answer.reason : NULL);
		return DISSECT_REPORT;
	}
	if (d->answer.problems > 0 &&
	    (!d->message.is_mail || d->answer.hinted || d->answer.refused ||
	        (hint_in_mail(&d->message.facts) && !d->answer.wrapped))) {
		write_verdict(d, "failed", d->answer.reason);
		return DISSECT_FAILED;
	}
	write_verdict(d, "other", describe_other(d, data, len));
	return DISSECT_OTHER;
}

/* For problems of the input as a whole. */
static void
add_input_problem(struct dissect *d, const char *kind, const char *text)
{
	static const struct mime_leaf mail = { .where = "mail" },
	                              file = { .where = "file" };

	part_begin(d, d->message.is_mail ? &mail : &file);
	dissect_add_problem(d, kind, text);
}

static void
answer_begin(struct dissect *d, bool is_mail, struct buf *out)
{
	struct dissect_answer *a = &d->answer;

	memset(a, 0, sizeof(*a));
	a->out = out;
	a->is_file = !is_mail;
	a->budget.each = d->options.limits.unpacked;
	a->budget.all = a->budget.left = d->options.limits.mail_unpacked;
	a->budget.entries = is_mail ? LIMIT_ARCHIVE_ENTRIES
	                            : LIMIT_FILE_ENTRIES;
	a->budget.cost = &a->cost;
	cost_start(&a->cost, &d->options.limits);
}

enum dissect_verdict
dissect_run(struct dissect *d, const char *data, size_t len, const char *name,
    struct buf *out)
{
	struct mime_leaf leaf = { 0 };
	struct err err = ERR_INIT;
	char safe[256];
	int status;

	if (d->decoded.cap > DISSECT_KEEP_MAX)
		buf_done(&d->decoded);
	if (!mime_is_mail(data, len))
		mime_body_decode(MIME_PLAIN, &data, &len, &d->decoded);
	answer_begin(d, mime_is_mail(data, len), out);
	arena_reset(&d->arena);
	dissect_begin_message(d, data, len, !d->answer.is_file, &d->arena);
	leaf.data = data;
	leaf.len = len;
	if (d->message.is_mail) {
		if (d->options.authres.n > 0)
			d->message.facts.verified = authres_verify(
			    data, len, &d->message.facts, &d->options.authres);
		wire_write_mail(out, &d->message.facts);
		status = mime_walk(data, len, dissect_read_leaf, d, &err);
	} else if (hint_is_blank(data, len)) {
		add_input_problem(d, "empty", "the file is empty");
		status = 0;
	} else {
		if (name != NULL)
			leaf.filename = text_safe(safe, sizeof(safe), name);
		d->answer.filename = leaf.filename;
		leaf.where = leaf.filename != NULL ? leaf.filename : "file";
		status = dissect_read_leaf(&leaf, d, &err);
	}
	dissect_end_failure(d);
	if (status == 0)
		status = check_count(d, &err);
	if (status == -1 && !d->answer.cost_said)
		add_input_problem(d, dissect_kind_of(&err), err.text);
	return judge(d, data, len);
}

void
dissect_refuse(const struct limits *limits, struct buf *out)
{
	struct dissect d = { .answer.out = out };
	char text[256];

	snprintf(text, sizeof(text),
	    "larger than the limit of %llu bytes" LIMIT_RAISED_BY("message"),
	    (unsigned long long)limits->message);
	add_input_problem(&d, "limit", text);
	judge(&d, "", 0);
}
