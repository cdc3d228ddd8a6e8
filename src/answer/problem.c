/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/problem.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "answer/problem_known.h"
#include "answer/problem_rules.h"
#include "answer/problem_senders.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/query_row.h"

#define HOUR 3600

static const struct {
	const char *word;
	const char *command;
	const char *after; /* the domain in the command; NULL: it takes none */
} kinds[PROBLEM_KINDS] = {
	[PROBLEM_MAILBOX] = { "mailbox", "ruactl status", NULL },
	[PROBLEM_UNFILED] = { "unfiled", "ruactl status", NULL },
	[PROBLEM_UNDELIVERED] = { "undelivered", "ruactl status", NULL },
	[PROBLEM_UNREADABLE] = { "unreadable", "ruactl query unreadable",
	    NULL },
	[PROBLEM_CONFLICT] = { "conflict", "ruactl query conflicts", NULL },
	[PROBLEM_COMPLIANCE] = { "compliance", "ruactl failures ", "" },
	[PROBLEM_AT_RISK] = { "at_risk", NULL, NULL },
	[PROBLEM_STOPPED] = { "stopped", NULL, NULL },
	[PROBLEM_SENDER] = { "sender", "ruactl sources ", " --failing" },
	[PROBLEM_TLS] = { "tls", "ruactl tls ", "" },
	[PROBLEM_SILENT] = { "silent", "ruactl reporters", NULL },
	[PROBLEM_REPORTS] = { "reports", "ruactl status", NULL },
	[PROBLEM_LOG] = { "log", "ruactl status", NULL },
};

static const char *const classes[] = { "passing", "warning", "critical", NULL };

/* --- words ---------------------------------------------------------------- */

static const char *
plural(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

void
problem_add_age(struct buf *b, int64_t s)
{
	if (s < 2 * 60)
		buf_printf(b, "%" PRId64 " s", s);
	else if (s < 2 * HOUR)
		buf_printf(b, "%" PRId64 " min", s / 60);
	else if (s < 48 * HOUR)
		buf_printf(b, "%" PRId64 " h", s / HOUR);
	else
		buf_printf(b, "%" PRId64 " days", s / PERIOD_DAY);
}

static void
add_mailbox(struct buf *b, const struct problem *p)
{
	buf_printf(b, "%s: ", p->subject);
	if (p->class != PROBLEM_CRITICAL) {
		buf_add_str(b, p->detail);
		return;
	}
	if (p->of == 0)
		buf_add_str(b, "no good poll yet");
	else if (p->n < 0)
		buf_add_str(b, "the last good poll is in the future");
	else {
		buf_add_str(b, "no good poll for ");
		problem_add_age(b, p->n);
	}
	if (p->detail != NULL)
		buf_printf(b, " (%s)", p->detail);
}

/* 900 of 1000 as 90.0%, rounded down. */
static void
add_share(struct buf *b, int64_t n, int64_t of)
{
	const int64_t tenths = of > INT64_MAX / 1000 ? n / (of / 1000)
	                                             : 1000 * n / of;

	buf_printf(b, "%" PRId64 ".%" PRId64 "%%", tenths / 10, tenths % 10);
}

static void
add_hours(struct buf *b, int hours)
{
	if (hours > 48)
		buf_printf(b, " in the last %d days", hours / 24);
	else if (hours > 0)
		buf_printf(b, " in %d h", hours);
}

static void
add_text(struct buf *b, const struct problem *p, int hours)
{
	const char *messages = plural(p->n, "message", "messages");
	char n[TEXT_DIGITS], of[TEXT_DIGITS];

	text_group_digits(p->n, n);
	text_group_digits(p->of, of);
	switch (p->kind) {
	case PROBLEM_MAILBOX:
		add_mailbox(b, p);
		break;
	case PROBLEM_UNFILED:
		buf_printf(
		    b, "%s: messages stay unfiled (%s)", p->subject, p->detail);
		break;
	case PROBLEM_UNDELIVERED:
		buf_printf(b, "%s: %s %s not handed over by the server",
		    p->subject, n, messages);
		break;
	case PROBLEM_UNREADABLE:
		buf_printf(b, "%s %s could not be read", n, messages);
		add_hours(b, hours);
		break;
	case PROBLEM_CONFLICT:
		buf_printf(b, "%s %s another of the same id", n,
		    plural(p->n, "report contradicts", "reports contradict"));
		add_hours(b, hours);
		break;
	case PROBLEM_COMPLIANCE:
		buf_printf(b, "%s: ", p->subject);
		add_share(b, p->n, p->of);
		buf_add_str(b, " compliant, ");
		add_share(b, p->n_before, p->of_before);
		buf_add_str(b, " in the days before");
		break;
	case PROBLEM_SENDER:
		buf_printf(b, "%s of %s %s from your sender %s failed as %s", n,
		    of, plural(p->of, "message", "messages"), p->detail,
		    p->subject);
		break;
	case PROBLEM_TLS:
		buf_printf(b, "%s: %s of %s %s failed (%s)", p->subject, n, of,
		    plural(p->of, "TLS connection", "TLS connections"),
		    p->detail);
		break;
	case PROBLEM_SILENT:
		buf_printf(
		    b, "%s: silent for %" PRId64 " days", p->subject, p->n);
		break;
	case PROBLEM_REPORTS:
		buf_add_str(b, "no reports about these days");
		break;
	case PROBLEM_LOG:
		buf_printf(b,
		    "the -wal file has grown to %" PRId64 " MB: end the query "
		    "or the lock that keeps it",
		    p->n >> 20);
		break;
	case PROBLEM_AT_RISK:
	case PROBLEM_STOPPED:
	case PROBLEM_KINDS:
		break;
	}
}

static void
add_command(struct buf *b, const struct problem *p)
{
	if (kinds[p->kind].after == NULL)
		buf_add_str(b, kinds[p->kind].command);
	else if (subject_is_plain(p->subject))
		buf_printf(b, "%s%s%s", kinds[p->kind].command, p->subject,
		    kinds[p->kind].after);
	else
		buf_add_str(b, "ruactl summary");
}

static const char *
keep(struct problem_list *list, struct buf *b)
{
	const char *text = arena_strndup(&list->strings, b->at, b->len);

	b->len = 0;
	return text;
}

static void
add_words(struct problem_list *list, struct problem *p, int hours)
{
	struct buf b = { 0 };

	p->word = kinds[p->kind].word;
	add_text(&b, p, hours);
	p->text = keep(list, &b);
	add_command(&b, p);
	p->command = keep(list, &b);
	buf_done(&b);
}

/* --- the questions -------------------------------------------------------- */

static int
bind(struct query *q, struct query_db *db,
    const struct problem_question *question, struct err *err)
{
	const struct period *period = &question->period;
	const int64_t now = io_time();
	const bool any_day = period->first > period->last;
	const int64_t first = any_day ? INT64_MIN : period->first;
	const int64_t last = any_day ? INT64_MAX : period->last;
	const int64_t since = now - (int64_t)question->hours * HOUR;
	const int64_t values[] = {
		first,
		last,
		0,
		any_day ? first : first - (last - first + PERIOD_DAY),
		question->late_seconds,
		question->hours > 0 ? since : first,
		question->hours > 0 || any_day ? INT64_MAX : last + PERIOD_DAY,
		question->hours > 0 ? since : INT64_MIN,
	};
	int i, n = query_parameters(q);

	for (i = 1; i <= n && i <= (int)(sizeof(values) / sizeof(values[0]));
	     i++)
		if (i != 3)
			query_bind_int(q, i, values[i - 1]);
	if (n >= 3 && question->domain != NULL)
		query_bind_text(q, 3, question->domain);
	return scope_bind(q, db, question->domain, err);
}

static int
load_kind(struct problem_list *list, struct query_db *db,
    enum problem_kind kind, const struct problem_question *question,
    struct err *err)
{
	static const struct query_field fields[] = {
		{ "class", QUERY_WORD, offsetof(struct problem, class),
		    classes },
		QUERY_FIELD(QUERY_TEXT, problem, subject),
		QUERY_FIELD(QUERY_TEXT, problem, detail),
		QUERY_FIELD(QUERY_INT, problem, n),
		QUERY_FIELD(QUERY_INT, problem, of),
		QUERY_FIELD(QUERY_INT, problem, n_before),
		QUERY_FIELD(QUERY_INT, problem, of_before),
		{ 0 },
	};
	struct problem *p;
	struct query *q;
	int rc;

	if (query_new(&q, db, problem_rules[kind], err) == -1)
		return -1;
	rc = bind(q, db, question, err);
	while (rc == 0 && (rc = query_step(q, err)) == 1) {
		p = array_add(&list->problems, sizeof(*p));
		p->kind = kind;
		rc = query_row_read(q, fields, p, &list->strings, err);
		if (rc == 0)
			add_words(list, p, question->hours);
	}
	query_free(q);
	return rc;
}

/* Somebody keeps the log of the database from being copied into it. */
static void
load_log(struct problem_list *list, const struct problem_question *question)
{
	struct problem *p;
	struct buf wal = { 0 };
	struct stat st;

	buf_printf(&wal, "%s-wal", question->database);
	if (stat(buf_str(&wal), &st) == 0 && st.st_size > LIMIT_WAL) {
		p = array_add(&list->problems, sizeof(*p));
		p->kind = PROBLEM_LOG;
		p->class = PROBLEM_WARNING;
		p->n = st.st_size;
		add_words(list, p, 0);
	}
	buf_done(&wal);
}

/* What failed of senders that are known. */
static int
load_known(struct problem_list *list, struct query_db *db,
    const struct problem_question *question, struct err *err)
{
	const struct period *period = &question->period;
	const bool any_day = period->first > period->last;
	struct problem_known_list known;
	const struct problem_known *row;
	struct problem *p;
	size_t i;
	int rc;

	rc = problem_known_load(&known, db, any_day ? INT64_MIN : period->first,
	    any_day ? INT64_MAX : period->last, err);
	row = known.rows.at;
	for (i = 0; rc == 0 && i < known.rows.n; i++) {
		p = array_add(&list->problems, sizeof(*p));
		p->kind = PROBLEM_SENDER;
		p->class = PROBLEM_WARNING;
		p->subject = arena_strndup(
		    &list->strings, row[i].domain, strlen(row[i].domain));
		p->detail = arena_strndup(
		    &list->strings, row[i].label, strlen(row[i].label));
		p->n = row[i].fail;
		p->of = row[i].messages;
		add_words(list, p, question->hours);
	}
	problem_known_done(&known);
	return rc;
}

/* What the senders of all domains tell. */
static int
load_senders(struct problem_list *list, struct query_db *db,
    const struct problem_question *question, struct err *err)
{
	struct problem *p;
	size_t i = list->problems.n;

	if (problem_senders_load(list, db, question, err) == -1)
		return -1;
	p = list->problems.at;
	for (; i < list->problems.n; i++)
		p[i].word = kinds[p[i].kind].word;
	return 0;
}

int
problem_load(struct problem_list *list, struct query_db *db,
    const struct problem_question *question, struct err *err)
{
	int kind;

	memset(list, 0, sizeof(*list));
	for (kind = 0; kind < PROBLEM_KINDS; kind++) {
		if (kind == PROBLEM_AT_RISK &&
		    load_senders(list, db, question, err) == -1)
			return -1;
		if ((question->kinds & PROBLEM_BIT(kind)) == 0 ||
		    kind == PROBLEM_AT_RISK || kind == PROBLEM_STOPPED)
			continue;
		if (kind == PROBLEM_LOG)
			load_log(list, question);
		else if (kind == PROBLEM_SENDER) {
			if (load_known(list, db, question, err) == -1)
				return -1;
		} else if (load_kind(list, db, (enum problem_kind)kind,
		               question, err) == -1)
			return -1;
	}
	return 0;
}

void
problem_done(struct problem_list *list)
{
	array_done(&list->problems);
	arena_done(&list->strings);
	memset(list, 0, sizeof(*list));
}

int64_t
problem_sum(const struct problem_list *list, enum problem_kind kind)
{
	const struct problem *p = list->problems.at;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < list->problems.n; i++)
		if (p[i].kind == kind)
			sum += p[i].n;
	return sum;
}

/* --- rows ----------------------------------------------------------------- */

int
problem_query(struct query **q, struct query_db *db,
    const struct problem_list *list, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 0 AS kind, value ->> 1 AS subject,"
	    " value ->> 2 AS what, value ->> 3 AS command FROM json_each(?1)";
	const struct problem *p = list->problems.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < list->problems.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		json_add_item(&json, p[i].word);
		json_add_item(&json, p[i].subject);
		json_add_item(&json, p[i].text);
		json_add_item(&json, p[i].command);
		buf_add_char(&json, ']');
	}
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}
