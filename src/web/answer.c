/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "answer/cause.h"
#include "answer/reporter_find.h"
#include "base/io.h"
#include "base/sha256.h"
#include "web/frame.h"
#include "web/link.h"
#include "web/pages.h"
#include "web/route.h"

#define OK 200
#define MISSING 404
#define BROKEN 500
#define LATER 503
#define ROWS_MAX (8 << 20) /* bytes of CSV and JSON */
#define BUSY_MS 2000       /* for who has locked it; others wait meanwhile */
#define TRIES 3            /* to read what is written to meanwhile */

static const char html_type[] = "text/html; charset=utf-8";

/* --- refusals ------------------------------------------------------------- */

static const char *
title_of(int status)
{
	switch (status) {
	case 400:
		return "Bad request";
	case 401:
		return "Sign in";
	case 403:
		return "Refused";
	case MISSING:
		return "Not found";
	case 405:
		return "Read only";
	case 414:
		return "Too long";
	case 421:
		return "Unknown host";
	case 429:
		return "Wait";
	case LATER:
		return "Unavailable";
	default:
		return "Internal error";
	}
}

static void
refuse_target(
    struct answer *answer, int status, const char *text, const char *target)
{
	struct html h = { 0 };

	frame_write_refusal(&h, title_of(status), text, target);
	buf_done(&answer->body);
	answer->status = status;
	answer->type = html_type;
	answer->file = NULL;
	answer->body = h.out;
}

void
answer_refuse(struct answer *answer, int status, const char *text)
{
	refuse_target(answer, status, text, NULL);
}

void
answer_done(struct answer *answer)
{
	buf_done(&answer->body);
}

/* What is said of an error; what only the admin should know is in the log. */
static void
refuse(struct answer *answer, const struct ask *a, const struct err *err,
    const char *target)
{
	answer->err = *err;
	if (a->db == NULL)
		refuse_target(answer, LATER,
		    "The database cannot be read now; the log of ruad-web "
		    "says why",
		    NULL);
	else if (query_is_late(a->db))
		refuse_target(answer, LATER,
		    "This takes too long: choose fewer days, or one domain",
		    target);
	else if (err->class == ERR_INPUT)
		refuse_target(answer, MISSING, err->text, target);
	else if (err->class == ERR_USAGE)
		refuse_target(answer, 400, err->text, target);
	else
		refuse_target(answer, err->class == ERR_AGAIN ? LATER : BROKEN,
		    "The log of ruad-web says why", target);
}

/* --- answers -------------------------------------------------------------- */

static int
find_days(struct ask *a, const struct ask_page *page, struct err *err)
{
	const struct view *v = a->view;

	if (v->page == VIEW_DAY || v->page == VIEW_REPORT) {
		a->period.first = a->period.last = v->day;
		snprintf(a->period.text, sizeof(a->period.text), "1 day");
		return 0;
	}
	if (page->days == 0)
		return 0;
	return period_find(&a->period, &v->period,
	    v->only == SENDER_NEW ? 7 : page->days, page->of, a->db, a->domain,
	    err);
}

static int
begin(struct ask *a, const struct answer_settings *settings,
    const struct ask_page *page, struct err *err)
{
	int64_t nothing;

	if (query_open_within(&a->db, settings->db, BUSY_MS, err) == -1)
		return -1;
	query_set_deadline(a->db, settings->deadline_ms);
	/* Everything is of one moment, whatever ruad stores meanwhile. */
	if (query_one_int(a->db, "BEGIN", &nothing, err) == -1 ||
	    (a->view->reporter[0] != '\0' &&
	        reporter_find(a->db, a->view->reporter, &a->reporter, err) ==
	            -1) ||
	    find_days(a, page, err) == -1)
		return -1;
	return page->find != NULL ? page->find(a, &a->id, err) : 0;
}

/* Take the rows of an answer, up to a limit: a worker holds all of them. */
struct rows {
	struct buf text;
	bool is_full;
};

static ssize_t
take_rows(void *cookie, const char *data, size_t n)
{
	struct rows *rows = cookie;

	if (rows->text.len + n > ROWS_MAX) {
		rows->is_full = true;
		errno = EFBIG;
		return -1;
	}
	buf_add(&rows->text, data, n);
	return (ssize_t)n;
}

/* Nothing is cut: who asks would not see it. */
static int
refuse_rows(const struct ask *a, const struct ask_page *page, struct err *err)
{
	struct buf command = { 0 };

	frame_add_command(&command, a, page);
	err_set(err, ERR_USAGE,
	    "These are more than %d MB of rows: choose fewer days, or take "
	    "them from %s",
	    ROWS_MAX >> 20, buf_str(&command));
	buf_done(&command);
	return -1;
}

static int
write_rows(struct answer *answer, struct ask *a, const struct ask_page *page,
    struct err *err)
{
	const bool is_csv = a->view->format == VIEW_CSV;
	struct output_options options = { .now = a->now };
	struct rows rows = { 0 };
	int rc;

	options.format = is_csv ? OUTPUT_CSV : OUTPUT_JSON;
	options.stream = fopencookie(
	    &rows, "w", (cookie_io_functions_t) { .write = take_rows });
	if (options.stream == NULL)
		return err_set_errno(err, ERR_AGAIN, "cannot begin an answer");
	a->out = output_new(&options);
	rc = page->write(a, err);
	if (rc == 0)
		rc = output_end(a->out, err);
	output_free(a->out);
	fclose(options.stream);
	if (rc == 0) {
		answer->body = rows.text;
		answer->type = is_csv ? "text/csv; charset=utf-8"
		                      : "application/json";
		answer->file = is_csv ? "ruad.csv" : NULL;
		return 0;
	}
	buf_done(&rows.text);
	return rows.is_full ? refuse_rows(a, page, err) : -1;
}

static int
write_page(struct answer *answer, struct ask *a, const struct ask_page *page,
    struct err *err)
{
	frame_begin(a, page);
	if (page->write(a, err) == -1)
		return -1;
	frame_end(a, page);
	answer->type = html_type;
	answer->body = a->html.out;
	a->html.out = (struct buf) { 0 };
	return 0;
}

/*
 * false: it may be wrong, as the database was written to meanwhile, or was not
 * readable for a moment, in which a writer began.
 */
static bool
make_once(struct answer *answer, const struct answer_settings *settings,
    const struct view *v, const char *target)
{
	const struct ask_page *page = pages_find(v->page);
	struct err err = ERR_INIT;
	struct ask a = { .view = v,
		.domain = v->domain[0] != '\0' ? v->domain : NULL,
		.has_failures = settings->has_failures,
		.now = io_time() };
	const struct html_links links = { link_add_url, link_add_days_url, &a };
	bool ok;
	int rc;

	a.html.links = &links;
	rc = begin(&a, settings, page, &err);
	if (rc == 0)
		rc = v->format == VIEW_HTML
		    ? write_page(answer, &a, page, &err)
		    : write_rows(answer, &a, page, &err);
	answer->status = OK;
	if (rc == -1)
		refuse(answer, &a, &err, target);
	ok = a.db == NULL ||
	    (!query_is_overtaken(a.db) && err.class != ERR_AUTH);
	query_close(a.db);
	buf_done(&a.html.out);
	free(a.reporter);
	free(a.from);
	return ok;
}

static void
make(struct answer *answer, const struct answer_settings *settings,
    const struct view *v, const char *target)
{
	int tries = TRIES;

	while (!make_once(answer, settings, v, target)) {
		if (--tries == 0 && answer->err.class == ERR_AUTH)
			return; /* not for a moment only */
		answer_done(answer);
		memset(answer, 0, sizeof(*answer));
		if (tries == 0) {
			err_set(&answer->err, ERR_AGAIN,
			    "%s: it is written to all the time, and this "
			    "user cannot make its -shm file",
			    settings->db);
			refuse_target(answer, LATER,
			    "The database changes just now", NULL);
			return;
		}
	}
}

/* Whether the database can be read: for who watches the service. */
static void
make_health(struct answer *answer, const struct answer_settings *settings)
{
	struct query_db *db = NULL;

	answer->type = "text/plain; charset=utf-8";
	answer->status = OK;
	if (query_open_within(&db, settings->db, BUSY_MS, &answer->err) == -1)
		answer->status = LATER;
	query_close(db);
	buf_add_str(
	    &answer->body, answer->status == OK ? "ok\n" : "no database\n");
}

void
answer_make(struct answer *answer, const struct answer_settings *settings,
    const char *target)
{
	struct err err = ERR_INIT;
	struct view v;
	int status;

	memset(answer, 0, sizeof(*answer));
	status = route_read(&v, target, &err);
	if (status != 0)
		refuse_target(answer, status, err.text, target);
	else if (v.page == VIEW_HEALTH)
		make_health(answer, settings);
	else
		make(answer, settings, &v, target);
}

/* --- tags ----------------------------------------------------------------- */

#define SETTLED 2     /* seconds after which a file's time tells a change */
#define SAME_TIME 300 /* seconds for which "an hour ago" stays so */

/* Add what changes of a file when it is written to. */
static bool
add_state(struct buf *out, const char *db, const char *suffix, time_t now)
{
	char path[4200];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", db, suffix);
	if (stat(path, &st) == -1) {
		buf_add_str(out, "none ");
		return suffix[0] != '\0';
	}
	buf_printf(out, "%llu %lld %lld.%09ld ", (unsigned long long)st.st_ino,
	    (long long)st.st_size, (long long)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec);
	return st.st_mtim.tv_sec + SETTLED < now;
}

bool
answer_write_tag(char out[static ANSWER_TAG],
    const struct answer_settings *settings, const char *target)
{
	static const char digits[] = "0123456789abcdef";
	const time_t now = (time_t)io_time();
	uint8_t sha256[SHA256_SIZE];
	struct buf state = { 0 };
	size_t i, n = 0;
	bool ok;

	ok = add_state(&state, settings->db, "", now);
	ok = add_state(&state, settings->db, "-wal", now) && ok;
	buf_printf(&state, "%s %d %lld ", RUAD_VERSION, settings->has_failures,
	    (long long)now / SAME_TIME);
	buf_add_str(&state, target);
	sha256_hash(state.at, state.len, sha256);
	buf_done(&state);
	out[n++] = '"';
	for (i = 0; i < SHA256_SIZE; i++) {
		out[n++] = digits[sha256[i] >> 4];
		out[n++] = digits[sha256[i] & 15];
	}
	out[n++] = '"';
	out[n] = '\0';
	return ok;
}
