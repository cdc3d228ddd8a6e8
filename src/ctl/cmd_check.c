/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answer/problem.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/check_dns.h"
#include "ctl/commands.h"

#define SILENT_SHOWN 3
#define ALARMS_SHOWN 5
#define CLAUSE 160 /* columns of a problem, which has foreign words */

/* What Nagios and its successors expect of a plugin. */
enum check_state {
	CHECK_OK,
	CHECK_WARNING,
	CHECK_CRITICAL,
	CHECK_UNKNOWN,
};

struct check {
	enum check_state state;
	int64_t now;
	int64_t poll_limit;
	int64_t mailboxes;
	int64_t silent;  /* reporters */
	int64_t oldest;  /* the largest age of a last good poll */
	int64_t alarms;  /* of DNS */
	int64_t domains; /* whose DNS was asked for */
	struct buf what; /* the problems, or that there are none */
	struct buf perf;
};

/* What the line has figures of, whether that is a problem or not. */
static const char mailboxes_sql[] =
    "SELECT name, last_ok_ts FROM mailbox WHERE active ORDER BY name";

/* A '|' would begin the performance data. */
static void
add_foreign(struct buf *b, const char *text, size_t columns)
{
	char safe[512], *p;

	text_cut(text_safe(safe, sizeof(safe), text), columns);
	for (p = safe; (p = strchr(p, '|')) != NULL;)
		*p = '/';
	buf_add_str(b, safe);
}

/* Only plain characters are sure to pass every program. */
static void
add_label(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(b,
		    *text > ' ' && *text <= '~' &&
		            strchr("|'=\"\\", *text) == NULL
		        ? *text
		        : '_');
}

static struct buf *
begin_problem(struct check *c, enum check_state state)
{
	if (state > c->state)
		c->state = state;
	if (c->what.len > 0)
		buf_add_str(&c->what, "; ");
	return &c->what;
}

static void
add_mailbox(struct check *c, const char *name, const struct query_value *ok)
{
	const int64_t age = ok->null ? 0 : c->now - ok->num;

	c->mailboxes++;
	buf_add_str(&c->perf, " 'good_poll_");
	add_label(&c->perf, name);
	if (ok->null || age < -c->poll_limit)
		buf_printf(&c->perf, "'=U;;%" PRId64 ";0", c->poll_limit);
	else
		buf_printf(&c->perf, "'=%" PRId64 "s;;%" PRId64 ";0",
		    age < 0 ? 0 : age, c->poll_limit);
	if (age > c->oldest)
		c->oldest = age;
}

static int
add_mailboxes(struct check *c, struct query_db *db, struct err *err)
{
	struct query_value ok;
	struct query *q;
	int step;

	if (query_new(&q, db, mailboxes_sql, err) == -1)
		return -1;
	while ((step = query_step(q, err)) == 1) {
		ok = query_value(q, query_column(q, "last_ok_ts"));
		add_mailbox(
		    c, query_value(q, query_column(q, "name")).text, &ok);
	}
	query_free(q);
	if (step == 0 && c->mailboxes == 0)
		return err_set(err, ERR_CONF,
		    "no mailbox was polled yet: see ruad.conf(5)");
	return step;
}

/* Whether the clause is a bare count, and the command says what it is of. */
static bool
is_count(enum problem_kind kind)
{
	return kind == PROBLEM_UNDELIVERED || kind == PROBLEM_UNREADABLE ||
	    kind == PROBLEM_CONFLICT;
}

/* What may heal by itself is no problem of the one who is called for it. */
static void
add_problem(struct check *c, const struct problem *p)
{
	struct buf *b;

	if (p->class == PROBLEM_PASSING)
		return;
	if (p->kind == PROBLEM_SILENT && ++c->silent > SILENT_SHOWN)
		return;
	b = begin_problem(
	    c, p->class == PROBLEM_CRITICAL ? CHECK_CRITICAL : CHECK_WARNING);
	add_foreign(b, p->text, CLAUSE);
	if (is_count(p->kind))
		buf_printf(b, ": %s", p->command);
}

static void
add_problems(struct check *c, const struct problem_list *list)
{
	const struct problem *p = list->problems.at;
	size_t i;

	for (i = 0; i < list->problems.n; i++)
		add_problem(c, &p[i]);
	if (c->silent > SILENT_SHOWN)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " more silent %s", c->silent - SILENT_SHOWN,
		    c->silent - SILENT_SHOWN == 1 ? "reporter" : "reporters");
	buf_printf(&c->perf,
	    " 'undelivered'=%" PRId64 ";0;;0 'failed'=%" PRId64
	    ";0;;0 'conflicts'=%" PRId64 ";0;;0 'silent_reporters'=%" PRId64
	    ";0;;0",
	    problem_sum(list, PROBLEM_UNDELIVERED),
	    problem_sum(list, PROBLEM_UNREADABLE),
	    problem_sum(list, PROBLEM_CONFLICT), c->silent);
}

static int
check_problems(
    struct check *c, struct query_db *db, const char *database, struct err *err)
{
	const struct problem_question question = {
		.kinds = PROBLEM_BIT(PROBLEM_MAILBOX) |
		    PROBLEM_BIT(PROBLEM_UNFILED) |
		    PROBLEM_BIT(PROBLEM_UNDELIVERED) |
		    PROBLEM_BIT(PROBLEM_UNREADABLE) |
		    PROBLEM_BIT(PROBLEM_CONFLICT) |
		    PROBLEM_BIT(PROBLEM_AT_RISK) |
		    PROBLEM_BIT(PROBLEM_STOPPED) | PROBLEM_BIT(PROBLEM_SILENT) |
		    PROBLEM_BIT(PROBLEM_LOG),
		.period = { .first = 0, .last = -1 },
		.hours = 24,
		.late_seconds = c->poll_limit,
		.database = database,
	};
	struct problem_list list;
	int rc = problem_load(&list, db, &question, err);

	if (rc == 0)
		add_problems(c, &list);
	problem_done(&list);
	return rc;
}

/* --- DNS ------------------------------------------------------------------ */

static void
add_alarm(void *arg, const struct dns_alarm *alarm)
{
	struct check *c = arg;
	struct buf clause = { 0 };

	if (++c->alarms > ALARMS_SHOWN)
		return;
	buf_printf(&clause, "DNS (%s): %s", alarm->id, alarm->text);
	add_foreign(begin_problem(c, CHECK_WARNING), buf_str(&clause), CLAUSE);
	buf_done(&clause);
}

static int
check_names(struct check *c, const struct options *options, struct query_db *db,
    struct err *err)
{
	struct check_dns dns;

	if (!options->dns)
		return options->nargs == 0
		    ? 0
		    : err_set(err, ERR_USAGE, "domains are for check --dns: %s",
		          options->args[0]);
	if (check_dns_run(&dns, options, db, add_alarm, c, err) == -1)
		return -1;
	if (c->alarms > ALARMS_SHOWN)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " more: ruactl dns", c->alarms - ALARMS_SHOWN);
	if (dns.silent.class != ERR_NONE)
		add_foreign(
		    begin_problem(c, CHECK_WARNING), dns.silent.text, CLAUSE);
	if (dns.unkept.class != ERR_NONE && dns.unkept.class != ERR_AUTH)
		add_foreign(
		    begin_problem(c, CHECK_WARNING), dns.unkept.text, CLAUSE);
	if (dns.left_out > 0)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " %s more than check --dns asks for: name "
		    "those that are yours",
		    dns.left_out, dns.left_out == 1 ? "domain" : "domains");
	c->domains = dns.domains;
	buf_printf(&c->perf, " 'dns'=%" PRId64 ";0;;0", c->alarms);
	return 0;
}

static void
say_well(struct check *c)
{
	buf_printf(&c->what, "%" PRId64 " %s, last good poll ", c->mailboxes,
	    c->mailboxes == 1 ? "mailbox" : "mailboxes");
	if (c->oldest < 1) {
		buf_add_str(&c->what, "just now");
	} else {
		problem_add_age(&c->what, c->oldest);
		buf_add_str(
		    &c->what, c->mailboxes == 1 ? " ago" : " ago or less");
	}
	if (c->domains > 0)
		buf_printf(&c->what, ", DNS of %" PRId64 " %s", c->domains,
		    c->domains == 1 ? "domain" : "domains");
}

/* What one line has beside the state and the performance data. */
static size_t
room_for_what(struct check *c)
{
	size_t taken = sizeof("RUAD CRITICAL:  |") + c->perf.len;

	return taken + 120 < LIMIT_SHOWN ? LIMIT_SHOWN - taken : 120;
}

int
cmd_check(const struct options *options, struct err *err)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };
	struct check c = {
		.now = io_time(),
		.poll_limit = options->poll_limit > 0 ? options->poll_limit
		                                      : PROBLEM_LATE,
	};
	struct query_db *db = NULL;

	if (options_open_database(options, &db, err) == -1 ||
	    add_mailboxes(&c, db, err) == -1 ||
	    check_problems(&c, db, options->db, err) == -1 ||
	    check_names(&c, options, db, err) == -1) {
		c.state = CHECK_UNKNOWN;
		c.what.len = c.perf.len = 0;
		add_foreign(&c.what, err->text, CLAUSE);
	} else if (c.state == CHECK_OK)
		say_well(&c);
	buf_add_char(&c.what, '\0');
	text_cut(c.what.at, room_for_what(&c));
	printf("RUAD %s: %s%s%s\n", words[c.state], c.what.at,
	    c.perf.len > 0 ? " |" : "", buf_str(&c.perf));
	if (fflush(stdout) != 0 || ferror(stdout))
		c.state = CHECK_UNKNOWN;
	query_close(db);
	buf_done(&c.what);
	buf_done(&c.perf);
	return (int)c.state;
}
