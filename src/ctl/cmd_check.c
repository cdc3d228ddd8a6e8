/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/commands.h"

#define DAY 86400
#define POLL_LIMIT (2 * 3600)

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
	int64_t oldest;  /* the largest age of a last good poll */
	struct buf what; /* the problems, or that there are none */
	struct buf perf;
};

#define LASTING "last_error_class IN ('permission', 'configuration', 'bug')"

static const char mailboxes_sql[] =
    "SELECT name, last_ok_ts, last_error, " LASTING
    " FROM mailbox WHERE active ORDER BY name";

/* What ended the poll, too, is told once. */
static const char lacking_sql[] =
    "SELECT name, iif(" LASTING " AND last_error = unfiled_error, NULL,"
    "   unfiled_error), (SELECT count(*) FROM undelivered"
    "   WHERE mailbox_id = mailbox.id)"
    " FROM mailbox WHERE active ORDER BY name";

static const char failed_sql[] =
    "SELECT count(*) FROM message WHERE status = 'failed'"
    " AND fetched_ts > unixepoch() - 86400";

static const char conflicts_sql[] =
    "SELECT (SELECT count(*) FROM report WHERE counted = 0"
    "  AND imported_ts > unixepoch() - 86400)"
    " + (SELECT count(*) FROM tls_report WHERE counted = 0"
    "  AND imported_ts > unixepoch() - 86400)";

static const char silent_sql[] =
    "SELECT org_name, days_silent FROM v_silent_reporter"
    " ORDER BY days_silent, org_name";

/* A '|' would begin the performance data. */
static void
add_foreign(struct buf *b, const char *text)
{
	char safe[160], *p;

	text_cut(text_safe(safe, sizeof(safe), text), 80);
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

/* Seconds as the largest unit that says enough. */
static void
add_age(struct buf *b, int64_t s)
{
	if (s < 120)
		buf_printf(b, "%" PRId64 " s", s);
	else if (s < 120 * 60)
		buf_printf(b, "%" PRId64 " min", s / 60);
	else if (s < 48 * 3600)
		buf_printf(b, "%" PRId64 " h", s / 3600);
	else
		buf_printf(b, "%" PRId64 " days", s / DAY);
}

/* What does not heal by itself is told before anything is late. */
static void
check_error(
    struct check *c, const char *name, const char *error, bool needs_person)
{
	struct buf *b;

	if (error == NULL || !needs_person)
		return;
	b = begin_problem(c, CHECK_WARNING);
	add_foreign(b, name);
	buf_add_str(b, ": ");
	add_foreign(b, error);
}

static void
check_mailbox(struct check *c, const char *name, const struct query_value *ok,
    const char *error, bool needs_person)
{
	int64_t age = ok->null ? 0 : c->now - ok->num;
	struct buf *b;

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
	/* A clock that was wrong once must not hide that nothing is polled. */
	if (!ok->null && age <= c->poll_limit && age >= -c->poll_limit) {
		check_error(c, name, error, needs_person);
		return;
	}
	b = begin_problem(c, CHECK_CRITICAL);
	add_foreign(b, name);
	if (ok->null)
		buf_add_str(b, ": no good poll yet");
	else if (age < 0)
		buf_add_str(b, ": the last good poll is in the future");
	else {
		buf_add_str(b, ": no good poll for ");
		add_age(b, age);
	}
	if (error != NULL) {
		buf_add_str(b, " (");
		add_foreign(b, error);
		buf_add_char(b, ')');
	}
}

static int
check_mailboxes(struct check *c, struct query_db *db, struct err *err)
{
	struct query_value ok;
	struct query *q;
	int step;

	if (query_new(&q, db, mailboxes_sql, err) == -1)
		return -1;
	while ((step = query_step(q, err)) == 1) {
		ok = query_value(q, 1);
		check_mailbox(c, query_value(q, 0).text, &ok,
		    query_value(q, 2).text, query_value(q, 3).num == 1);
	}
	query_free(q);
	if (step == 0 && c->mailboxes == 0)
		return err_set(err, ERR_CONF,
		    "no mailbox was polled yet: see ruad.conf(5)");
	return step;
}

/* What a mailbox is not rid of, though it is polled well. */
static int
check_lacking(struct check *c, struct query_db *db, struct err *err)
{
	const char *error;
	struct query *q;
	struct buf *b;
	int64_t n, all = 0;
	int step;

	if (query_new(&q, db, lacking_sql, err) == -1)
		return -1;
	while ((step = query_step(q, err)) == 1) {
		if ((n = query_value(q, 2).num) > 0) {
			b = begin_problem(c, CHECK_WARNING);
			add_foreign(b, query_value(q, 0).text);
			buf_printf(b,
			    ": %" PRId64 " message%s not handed over by the "
			    "server: ruactl status",
			    n, n == 1 ? "" : "s");
			all += n;
		}
		if ((error = query_value(q, 1).text) == NULL)
			continue;
		b = begin_problem(c, CHECK_WARNING);
		add_foreign(b, query_value(q, 0).text);
		buf_add_str(b, ": messages stay unfiled (");
		add_foreign(b, error);
		buf_add_char(b, ')');
	}
	query_free(q);
	buf_printf(&c->perf, " 'undelivered'=%" PRId64 ";0;;0", all);
	return step;
}

static int
check_failed(struct check *c, struct query_db *db, struct err *err)
{
	int64_t n = 0;

	if (query_one_int(db, failed_sql, &n, err) == -1)
		return -1;
	if (n > 0)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " %s could not be read in 24 h: ruactl status",
		    n, n == 1 ? "mail" : "mails");
	buf_printf(&c->perf, " 'failed'=%" PRId64 ";0;;0", n);
	return 0;
}

/* Who forges a report that is there already is seen here, too. */
static int
check_conflicts(struct check *c, struct query_db *db, struct err *err)
{
	int64_t n = 0;

	if (query_one_int(db, conflicts_sql, &n, err) == -1)
		return -1;
	if (n > 0)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " %s another in 24 h: ruactl query conflicts", n,
		    n == 1 ? "report contradicts" : "reports contradict");
	buf_printf(&c->perf, " 'conflicts'=%" PRId64 ";0;;0", n);
	return 0;
}

static int
check_reporters(struct check *c, struct query_db *db, struct err *err)
{
	struct query *q;
	struct buf *b;
	int64_t n = 0;
	int step;

	if (query_new(&q, db, silent_sql, err) == -1)
		return -1;
	while ((step = query_step(q, err)) == 1) {
		if (++n > 3)
			continue;
		b = begin_problem(c, CHECK_WARNING);
		add_foreign(b, query_value(q, 0).text);
		buf_printf(
		    b, " silent for %" PRId64 " days", query_value(q, 1).num);
	}
	query_free(q);
	if (n > 3)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "%" PRId64 " more reporter%s silent", n - 3,
		    n - 3 == 1 ? "" : "s");
	buf_printf(&c->perf, " 'silent_reporters'=%" PRId64 ";0;;0", n);
	return step;
}

/* Somebody keeps the log of the database from being copied into it. */
static void
check_wal(struct check *c, const char *database)
{
	struct stat st;
	char *wal;

	xasprintf(&wal, "%s-wal", database);
	if (stat(wal, &st) == 0 && st.st_size > LIMIT_WAL)
		buf_printf(begin_problem(c, CHECK_WARNING),
		    "the -wal file has grown to %lld MB: end the query or the "
		    "lock that keeps it",
		    (long long)st.st_size >> 20);
	free(wal);
}

static void
say_well(struct check *c)
{
	buf_printf(&c->what, "%" PRId64 " %s, last good poll ", c->mailboxes,
	    c->mailboxes == 1 ? "mailbox" : "mailboxes");
	if (c->oldest < 1) {
		buf_add_str(&c->what, "just now");
	} else {
		add_age(&c->what, c->oldest);
		buf_add_str(
		    &c->what, c->mailboxes == 1 ? " ago" : " ago or less");
	}
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
		                                      : POLL_LIMIT,
	};
	struct query_db *db = NULL;

	if (options_open_database(options, &db, err) == -1 ||
	    check_mailboxes(&c, db, err) == -1 ||
	    check_lacking(&c, db, err) == -1 ||
	    check_failed(&c, db, err) == -1 ||
	    check_conflicts(&c, db, err) == -1 ||
	    check_reporters(&c, db, err) == -1) {
		c.state = CHECK_UNKNOWN;
		c.what.len = c.perf.len = 0;
		add_foreign(&c.what, err->text);
	} else {
		check_wal(&c, options->db);
		if (c.state == CHECK_OK)
			say_well(&c);
	}
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
