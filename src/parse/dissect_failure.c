/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "parse/dissect_priv.h"
#include "parse/failure.h"
#include "parse/hint.h"

void
dissect_end_failure(struct dissect *d)
{
	if (d->message.has_failure == NO_FAILURE)
		return;
	d->message.has_failure = NO_FAILURE;
	if (d->answer.reports == dissect_max_reports(d)) {
		d->answer.too_many = true;
		return;
	}
	failure_finish(d->failure, &d->message.facts, d->answer.out);
	d->answer.reports++;
}

static void
read_feedback(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;

	/* The text beside it said the same, for people. */
	if (d->message.has_failure == FAILURE_TEXT &&
	    d->message.failure_group == leaf->group)
		d->message.has_failure = NO_FAILURE;
	dissect_end_failure(d);
	switch (failure_read_fields(d->failure, leaf->data, leaf->len)) {
	case FAILURE_AUTH:
		d->message.has_failure = FAILURE_PART;
		d->message.failure_group = leaf->group;
		break;
	case FAILURE_ABUSE:
		d->message.not_report = "an abuse report (ARF)";
		break;
	case FAILURE_NOTHING:
		dissect_add_problem(d, "corrupt",
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
read_failure_text(struct dissect *d)
{
	const char *text = d->part.leaf->data;
	size_t len = d->part.leaf->len;
	bool labels;

	/* What is not read is not searched, either. */
	if (len > DISSECT_WORDS)
		len = DISSECT_WORDS;
	if (len == 0 ||
	    (memmem(text, len, "ender", 5) == NULL &&
	        memmem(text, len, "eedback-", 8) == NULL) ||
	    !dissect_text(d, DISSECT_WORDS, &text, &len))
		return false;
	labels = failure_is_text(text, len);
	if (!labels && !failure_has_fields(text, len))
		return false;
	dissect_end_failure(d);
	if (labels)
		failure_read_text(d->failure, text, len);
	else
		failure_read_among(d->failure, text, len);
	d->message.has_failure = FAILURE_TEXT;
	d->message.failure_group = d->part.leaf->group;
	return true;
}

bool
dissect_read_failure(struct dissect *d)
{
	const struct mime_leaf *leaf = d->part.leaf;
	const char *type = leaf->type != NULL ? leaf->type : "";
	bool ours = d->message.has_failure != NO_FAILURE &&
	    d->message.failure_group == leaf->group;

	if (leaf->sample != NULL) {
		if (ours)
			failure_read_sample(
			    d->failure, leaf->sample, leaf->sample_len);
		return true;
	}
	if (strcmp(type, "message/feedback-report") == 0) {
		read_feedback(d);
		return true;
	}
	if (ours && hint_is_header(leaf)) {
		failure_read_sample(d->failure, leaf->data, leaf->len);
		return true;
	}
	if (ours || (type[0] != '\0' && strncmp(type, "text/", 5) != 0))
		return false;
	return read_failure_text(d);
}
