/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/answer.h"

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
#include "web/pages.h"
#include "web/route.h"

#define OK 200
#define MISSING 404
#define BROKEN 500
#define LATER 503

static const char html_type[] = "text/html; charset=utf-8";

/* --- refusals ------------------------------------------------------------- */

static const char *
title_of(int status)
{
	switch (status) {
	case 400:
		return "This cannot be asked";
	case 401:
		return "Who are you?";
	case 403:
		return "Not from there";
	case MISSING:
		return "Not found";
	case 405:
		return "Read only";
	case 414:
		return "Too long";
	case 421:
		return "Another host";
	case LATER:
		return "Not now";
	default:
		return "That did not work";
	}
}

void
answer_refuse(struct answer *answer, int status, const char *text)
{
	struct html h = { 0 };

	frame_write_refusal(&h, title_of(status), text);
	buf_done(&answer->body);
	answer->status = status;
	answer->type = html_type;
	answer->file = NULL;
	answer->body = h.out;
}

void
answer_done(struct answer *answer)
{
	buf_done(&answer->body);
}

/* What is said of an error; what only the admin should know is in the log. */
static void
refuse(struct answer *answer, const struct ask *a, const struct err *err)
{
	answer->err = *err;
	if (a->db == NULL)
		answer_refuse(answer, LATER,
		    "The database cannot be read now; the log of ruad-web "
		    "says why");
	else if (query_is_late(a->db))
		answer_refuse(answer, LATER,
		    "This takes too long: choose fewer days, or one domain");
	else if (err->class == ERR_INPUT)
		answer_refuse(answer, MISSING, err->text);
	else if (err->class == ERR_USAGE)
		answer_refuse(answer, 400, err->text);
	else
		answer_refuse(answer, err->class == ERR_AGAIN ? LATER : BROKEN,
		    "The log of ruad-web says why");
}

/* --- answers -------------------------------------------------------------- */

static int
find_days(struct ask *a, const struct ask_page *page, struct err *err)
{
	const struct view *v = a->view;

	if (v->page == VIEW_DAY) {
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

	if (query_open(&a->db, settings->db, err) == -1)
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

static int
write_rows(struct answer *answer, struct ask *a, const struct ask_page *page,
    struct err *err)
{
	struct output_options options = { .now = a->now };
	const bool is_csv = a->view->format == VIEW_CSV;
	char *text = NULL;
	size_t len = 0;
	int rc;

	options.format = is_csv ? OUTPUT_CSV : OUTPUT_JSON;
	options.stream = open_memstream(&text, &len);
	if (options.stream == NULL)
		return err_set_errno(err, ERR_AGAIN, "cannot begin an answer");
	a->out = output_new(&options);
	rc = page->write(a, err);
	if (rc == 0)
		rc = output_end(a->out, err);
	output_free(a->out);
	fclose(options.stream);
	if (rc == 0) {
		answer->body = (struct buf) { text, len, len + 1 };
		answer->type = is_csv ? "text/csv; charset=utf-8"
		                      : "application/json";
		answer->file = is_csv ? "ruad.csv" : NULL;
	} else
		free(text);
	return rc;
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

static void
make(struct answer *answer, const struct answer_settings *settings,
    const struct view *v)
{
	const struct ask_page *page = pages_find(v->page);
	struct err err = ERR_INIT;
	struct ask a = { .view = v,
		.domain = v->domain[0] != '\0' ? v->domain : NULL,
		.has_failures = settings->has_failures,
		.now = io_time() };
	const struct html_links links = { ask_add_url, &a };
	int rc;

	a.html.links = &links;
	rc = begin(&a, settings, page, &err);
	if (rc == 0)
		rc = v->format == VIEW_HTML
		    ? write_page(answer, &a, page, &err)
		    : write_rows(answer, &a, page, &err);
	answer->status = OK;
	if (rc == -1)
		refuse(answer, &a, &err);
	query_close(a.db);
	buf_done(&a.html.out);
	free(a.reporter);
}

/* Whether the database can be read: for who watches the service. */
static void
make_health(struct answer *answer, const struct answer_settings *settings)
{
	struct query_db *db = NULL;

	answer->type = "text/plain; charset=utf-8";
	answer->status = OK;
	if (query_open(&db, settings->db, &answer->err) == -1)
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
		answer_refuse(answer, status, err.text);
	else if (v.page == VIEW_HEALTH)
		make_health(answer, settings);
	else
		make(answer, settings, &v);
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
