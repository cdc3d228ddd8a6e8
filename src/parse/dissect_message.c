/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in archives: each is read as a message by itself, with its own
 * header as hints, one after the other as they come out.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "parse/dissect_priv.h"
#include "parse/mime.h"
#include "parse/mime_header.h"

#define FROM_LINE 1024 /* bytes; a longer one is none */

/* Whether a header begins so, and not a text that has a colon somewhere. */
static bool
is_header(const char *data, size_t len)
{
	static const char *const names[] = { "arc-", "authentication-results",
		"auto-submitted", "bcc", "cc", "content-", "contenttype",
		"date", "delivered-to", "dkim-", "domainkey-", "envelope-to",
		"from", "importance", "in-reply-to", "list-", "message-id",
		"mime-version", "old-", "precedence", "priority", "received",
		"references", "reply-to", "resent-", "return-path", "sender",
		"status", "subject", "thread-", "tls-report-", "to",
		"user-agent", "x-" };
	struct mime_header h;
	struct mime_field f;
	size_t i, n;

	mime_header_start(&h, data, len, true);
	if (!mime_header_next(&h, &f))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		n = strlen(names[i]);
		if (names[i][n - 1] == '-' ? f.name_len > n : f.name_len == n)
			if (strncasecmp(f.name, names[i], n) == 0)
				return true;
	}
	return false;
}

/*
 * Whether s begins with the line that parts the messages of an mbox: "From ",
 * and a time of day.
 */
static bool
is_from_line(const char *s, size_t len)
{
	const char *nl;
	size_t i;

	if (len < 5 || memcmp(s, "From ", 5) != 0 ||
	    (nl = memchr(s, '\n', len < FROM_LINE ? len : FROM_LINE)) == NULL)
		return false;
	for (i = 7, len = (size_t)(nl - s); i + 2 < len; i++)
		if (s[i] == ':' && s[i - 1] >= '0' && s[i - 1] <= '9' &&
		    s[i + 1] >= '0' && s[i + 1] <= '5' && s[i + 2] >= '0' &&
		    s[i + 2] <= '9')
			return true;
	return false;
}

static int
max_messages(const struct dissect *d)
{
	return d->answer.is_file ? LIMIT_FILE_MESSAGES : LIMIT_MAIL_MESSAGES;
}

/* Read [mail, mail + len); -1: no more are to be read. */
static int
read_message(struct dissect *d, const char *mail, size_t len)
{
	const struct dissect_message message = d->message;
	const struct dissect_part part = d->part;
	const struct dissect_document doc = d->doc;
	const struct dissect_words words = d->words;
	const struct dissect_entry *e = &doc.entry;
	struct arena arena = { 0 };
	char entry[DISSECT_WHERE], within[DISSECT_WHERE];
	struct err err = ERR_INIT;
	int reports = d->answer.reports, problems = d->answer.problems;
	const char *not_report;
	int status;

	if (d->answer.messages == max_messages(d)) {
		err_set(&d->doc.err, ERR_LIMIT,
		    "more than %d messages in the archives of one %s",
		    d->answer.messages, d->answer.is_file ? "file" : "mail");
		return -1;
	}
	if (cost_pay(&d->answer.cost, COST_MESSAGE + len * COST_MESSAGE_BYTE,
	        &d->doc.err) == -1)
		return -1;
	d->answer.messages++;
	dissect_end_failure(d);
	dissect_write_where(d, entry, sizeof(entry));
	if (e->is_mbox)
		snprintf(within, sizeof(within), "%.1000s#%d", entry, e->n);
	else
		snprintf(within, sizeof(within), "%s", entry);
	memset(&d->doc, 0, sizeof(d->doc));
	memset(&d->words, 0, sizeof(d->words));
	dissect_begin_message(d, mail, len, true, &arena);
	d->message.within = within;
	d->message.depth = message.depth + 1;
	status = mime_walk(mail, len, dissect_read_leaf, d, &err);
	dissect_end_failure(d);
	if (status == 0 && d->answer.reports == reports)
		dissect_explain(d, mail, len, problems);
	not_report = d->message.not_report;
	arena_done(&arena);
	dissect_done_words(&d->words);

	d->message = message;
	d->message.has_failure = NO_FAILURE;
	if (message.not_report == NULL)
		d->message.not_report = not_report;
	d->part = part;
	d->part.charset_read = false;
	d->doc = doc;
	d->words = words;
	if (status == -1 && !d->answer.too_many && !d->answer.cost_said)
		dissect_add_problem(d, dissect_kind_of(&err), err.text);
	return d->answer.too_many || d->answer.cost.refused ? -1 : 0;
}

bool
dissect_message_look(struct dissect *d, const char *data, size_t len)
{
	struct dissect_entry *e = &d->doc.entry;

	e->is_mbox = is_from_line(data, len);
	e->is_message = e->is_mbox || is_header(data, len);
	if (e->is_message) {
		d->part.documents++;
		e->n = 1;
	}
	return e->is_message;
}

/* All but the last message of an mbox, which may go on. */
static int
read_complete(struct dissect *d)
{
	struct dissect_entry *e = &d->doc.entry;
	const char *s = e->text.at, *p;
	size_t start = 0, at;
	int status = 0;

	while (status == 0 &&
	    (p = memchr(s + e->looked, '\n', e->text.len - e->looked)) !=
	        NULL) {
		at = (size_t)(p - s) + 1;
		if (at < e->text.len && s[at] == '\r')
			at++;
		/* The next line is looked at when all of it is there. */
		if (e->text.len - at < FROM_LINE + 1)
			break;
		if (s[at] == '\n' &&
		    is_from_line(s + at + 1, e->text.len - at - 1)) {
			if (!e->skip)
				status = read_message(
				    d, s + start, at + 1 - start);
			e->skip = false;
			e->n++;
			start = at + 1;
		}
		e->looked = (size_t)(p - s) + 1;
	}
	if (p == NULL)
		e->looked = e->text.len;
	buf_consume(&e->text, start);
	e->looked -= start < e->looked ? start : e->looked;
	return status;
}

int
dissect_message_data(struct dissect *d, const char *data, size_t len)
{
	struct dissect_entry *e = &d->doc.entry;

	if (d->message.depth == LIMIT_MESSAGE_DEPTH)
		return err_set(&d->doc.err, ERR_LIMIT,
		    "archives in messages are nested more than %d deep",
		    LIMIT_MESSAGE_DEPTH);
	buf_add(&e->text, data, len);
	if (e->is_mbox && read_complete(d) == -1)
		return -1;
	if (e->text.len <= LIMIT_PACKED_MESSAGE)
		return 0;
	if (!e->skip)
		dissect_add_problem(
		    d, "limit", "a message in it is larger than 16 MiB");
	e->skip = true;
	if (!e->is_mbox)
		return -1;
	/* Only where it ends matters. */
	buf_consume(&e->text, e->looked);
	e->looked = 0;
	return 0;
}

void
dissect_message_end(struct dissect *d, const struct err *why)
{
	struct dissect_entry *e = &d->doc.entry;
	char pad[FROM_LINE + 2];

	if (e->is_mbox && d->doc.err.class == ERR_NONE) {
		/* So that the last lines are looked at, too. */
		memset(pad, '\n', sizeof(pad));
		buf_add(&e->text, pad, sizeof(pad));
		read_complete(d);
		e->text.len -= sizeof(pad);
	}
	if (!e->skip && d->doc.err.class == ERR_NONE && e->text.len > 0)
		read_message(d, e->text.at, e->text.len);
	if (why == NULL && d->doc.err.class != ERR_NONE)
		why = &d->doc.err;
	if (why != NULL && !d->answer.too_many)
		dissect_add_problem(d, dissect_kind_of(why), why->text);
	buf_done(&e->text);
	e->is_message = false;
}
