/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages in archives: each is read as a mail by itself, with its own header
 * as hints, one after the other as they come out.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/text.h"
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
 * Whether s begins with the line that parts the mails of an mbox: "From ", and
 * a time of day.
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
max_messages(const struct dissect *in)
{
	return in->is_file ? LIMIT_FILE_MESSAGES : LIMIT_MAIL_MESSAGES;
}

/* Read [mail, mail + len); -1: no more are to be read. */
static int
read_message(struct dissect *in, const char *mail, size_t len)
{
	const struct dissect_message outer = in->message;
	const struct mime_leaf *leaf = in->leaf;
	const struct mail_facts facts = in->facts;
	const struct arena arena = in->arena;
	const struct announce announce = in->announce;
	const bool announced = in->announced;
	const struct missing missing = in->missing;
	const char *not_report = in->not_report;
	const unsigned int words_group = in->words_group;
	const char *data = in->data, *name = in->name;
	const size_t data_len = in->len;
	const bool is_mail = in->is_mail, is_packed = in->is_packed;
	char entry[DISSECT_WHERE], within[DISSECT_WHERE];
	struct err err = ERR_INIT;
	int status, documents = in->documents, told = in->told;
	int reports = in->reports, problems = in->problems;

	if (in->messages == max_messages(in)) {
		err_set(&in->err, ERR_LIMIT,
		    "more than %d messages in the archives of one %s",
		    in->messages, in->is_file ? "file" : "mail");
		return -1;
	}
	if (cost_pay(&in->cost, COST_MESSAGE + len * COST_MESSAGE_BYTE,
	        &in->err) == -1)
		return -1;
	in->messages++;
	dissect_write_where(in, entry, sizeof(entry));
	if (outer.is_mbox)
		snprintf(within, sizeof(within), "%.1000s#%d", entry, outer.n);
	else
		snprintf(within, sizeof(within), "%s", entry);
	memset(&in->message, 0, sizeof(in->message));
	in->message.within = within;
	in->message.depth = outer.depth + 1;
	in->data = mail;
	in->len = len;
	in->is_mail = true;
	in->tls_fields_read = false;
	dissect_end_failure(in);
	memset(&in->arena, 0, sizeof(in->arena));
	in->announced = false;
	memset(&in->missing, 0, sizeof(in->missing));
	in->not_report = NULL;
	in->words_group = 0;
	mime_read_facts(mail, len, &in->arena, &in->facts);
	status = mime_walk(mail, len, dissect_read_leaf, in, &err);
	dissect_end_failure(in);
	if (status == 0 && in->reports == reports)
		dissect_explain(in, mail, len, problems);
	buf_done(&in->message.text);
	arena_done(&in->arena);

	in->message = outer;
	in->arena = arena;
	in->announce = announce;
	in->announced = announced;
	in->missing = missing;
	in->words_group = words_group;
	if (not_report != NULL)
		in->not_report = not_report;
	in->leaf = leaf;
	in->facts = facts;
	in->data = data;
	in->len = data_len;
	in->is_mail = is_mail;
	in->is_packed = is_packed;
	in->tls_fields_read = in->charset_read = false;
	in->name = name;
	in->documents = documents;
	in->told = told;
	in->kind = UNPACK_OTHER;
	in->err.class = ERR_NONE;
	if (status == -1 && !in->too_many && !in->cost_told)
		dissect_add_problem(in, dissect_kind_of(&err), err.text);
	return in->too_many || in->cost.refused ? -1 : 0;
}

void
dissect_message_begin(struct dissect *in)
{
	struct dissect_message *m = &in->message;

	m->is_message = m->is_mbox = m->skip = false;
	m->n = 0;
	m->looked = 0;
	m->text.len = 0;
}

bool
dissect_message_look(struct dissect *in, const char *data, size_t len)
{
	struct dissect_message *m = &in->message;

	m->is_mbox = is_from_line(data, len);
	m->is_message = m->is_mbox || is_header(data, len);
	if (m->is_message) {
		in->documents++;
		m->n = 1;
	}
	return m->is_message;
}

/* All but the last mail of an mbox, which may go on. */
static int
read_complete(struct dissect *in)
{
	struct dissect_message *m = &in->message;
	const char *s = m->text.at, *p;
	size_t start = 0, at;
	int status = 0;

	while (status == 0 &&
	    (p = memchr(s + m->looked, '\n', m->text.len - m->looked)) !=
	        NULL) {
		at = (size_t)(p - s) + 1;
		if (at < m->text.len && s[at] == '\r')
			at++;
		/* The next line is looked at when all of it is there. */
		if (m->text.len - at < FROM_LINE + 1)
			break;
		if (s[at] == '\n' &&
		    is_from_line(s + at + 1, m->text.len - at - 1)) {
			if (!m->skip)
				status = read_message(
				    in, s + start, at + 1 - start);
			m->skip = false;
			m->n++;
			start = at + 1;
		}
		m->looked = (size_t)(p - s) + 1;
	}
	if (p == NULL)
		m->looked = m->text.len;
	buf_consume(&m->text, start);
	m->looked -= start < m->looked ? start : m->looked;
	return status;
}

int
dissect_message_data(struct dissect *in, const char *data, size_t len)
{
	struct dissect_message *m = &in->message;

	if (m->depth == LIMIT_MESSAGE_DEPTH)
		return err_set(&in->err, ERR_LIMIT,
		    "archives in messages are nested more than %d deep",
		    LIMIT_MESSAGE_DEPTH);
	buf_add(&m->text, data, len);
	if (m->is_mbox && read_complete(in) == -1)
		return -1;
	if (m->text.len <= LIMIT_PACKED_MESSAGE)
		return 0;
	if (!m->skip)
		dissect_add_problem(
		    in, "limit", "a message in it is larger than 16 MiB");
	m->skip = true;
	if (!m->is_mbox)
		return -1;
	/* Only where it ends matters. */
	buf_consume(&m->text, m->looked);
	m->looked = 0;
	return 0;
}

void
dissect_message_end(struct dissect *in, const struct err *why)
{
	struct dissect_message *m = &in->message;
	char pad[FROM_LINE + 2];

	if (m->is_mbox && in->err.class == ERR_NONE) {
		/* So that the last lines are looked at, too. */
		memset(pad, '\n', sizeof(pad));
		buf_add(&m->text, pad, sizeof(pad));
		read_complete(in);
		m->text.len -= sizeof(pad);
	}
	if (!m->skip && in->err.class == ERR_NONE && m->text.len > 0)
		read_message(in, m->text.at, m->text.len);
	if (why == NULL && in->err.class != ERR_NONE)
		why = &in->err;
	if (why != NULL && !in->too_many)
		dissect_add_problem(in, dissect_kind_of(why), why->text);
	buf_done(&m->text);
	m->is_message = false;
}
