/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

#define LIST_WINDOW 50000     /* mails listed by one command */
#define LIST_MAX 1000000      /* mails listed in all */
#define LIST_BYTES (6 << 20)  /* of lines about one window */
#define MAIL_BYTES 1024       /* of lines about one mail */
#define OTHER_BYTES (1 << 20) /* of lines that we did not ask for */
#define UNASKED_MAX 100       /* mails that we did not ask for */

/* --- sets of UIDs
 * ----------------------------------------------------------------- */

size_t
imap_add_set(struct buf *out, const uint32_t *uids, size_t n, size_t max)
{
	const size_t range_max = 2 * sizeof("4294967295");
	size_t start = out->len, i = 0, j;

	while (i < n && out->len - start + range_max <= max) {
		for (j = i; j + 1 < n && uids[j + 1] == uids[j] + 1; j++)
			continue;
		buf_printf(out, "%s%" PRIu32, i > 0 ? "," : "", uids[i]);
		if (j > i)
			buf_printf(out, ":%" PRIu32, uids[j]);
		i = j + 1;
	}
	return i;
}

/* --- listing
 * ---------------------------------------------------------------------- */

struct list_job {
	struct imap_job job;
	uint32_t from;
	size_t max;      /* that may be found */
	uint32_t lowest; /* UID that was told, from or not; at first the top */
	struct array found; /* of struct imap_mail */
};

/* The value of a static item of this type, or NULL. */
static struct mailimap_msg_att_static *
att_find(struct mailimap_msg_att *att, int type)
{
	struct mailimap_msg_att_item *item;
	clistiter *it;

	for (it = clist_begin(att->att_list); it != NULL; it = clist_next(it)) {
		item = clist_content(it);
		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static->att_type == type)
			return item->att_data.att_static;
	}
	return NULL;
}

static uint32_t
att_uid(struct mailimap_msg_att *att)
{
	const struct mailimap_msg_att_static *uid = att_find(
	    att, MAILIMAP_MSG_ATT_UID);

	return uid != NULL ? uid->att_data.att_uid : 0;
}

static void
list_add(struct imap_job *job, struct mailimap_msg_att *att)
{
	struct list_job *list = (struct list_job *)job;
	const struct mailimap_msg_att_static *size = att_find(
	    att, MAILIMAP_MSG_ATT_RFC822_SIZE);
	uint32_t uid = att_uid(att);
	struct imap_mail *mail;

	/* "n:*" names the last mail even if its UID is below n. */
	if (uid == 0 || size == NULL)
		return;
	if (uid < list->lowest)
		list->lowest = uid;
	if (uid < list->from || list->found.n >= list->max)
		return;
	mail = array_add(&list->found, sizeof(*mail));
	mail->uid = uid;
	mail->size = size->att_data.att_rfc822_size;
}

static int
list_compare(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Sort, and keep one of each UID; how many are left. */
static size_t
list_tidy(struct imap_mail *mails, size_t n)
{
	size_t i, kept = 0;

	for (i = 1; i < n; i++)
		if (mails[i].uid <= mails[i - 1].uid)
			break;
	if (i >= n)
		return n; /* as every server sends them */
	qsort(mails, n, sizeof(*mails), list_compare);
	for (i = 0; i < n; i++)
		if (kept == 0 || mails[i].uid != mails[kept - 1].uid)
			mails[kept++] = mails[i];
	return kept;
}

static int
list_command(
    struct imap *imap, struct list_job *list, const char *line, struct err *err)
{
	int rc;

	guard_expect_flow(imap->guard, imap->stall, LIST_BYTES, 8192);
	imap->job = &list->job;
	rc = imap_command(imap, line, ERR_AGAIN, "cannot list the mails", err);
	imap->job = NULL;
	return rc;
}

/*
 * libetpan keeps an answer until its end, so that of a huge folder is asked
 * for in windows: from the newest mails back until they are older than from.
 */
static int
list_windows(
    struct imap *imap, struct list_job *list, uint32_t exists, struct err *err)
{
	uint32_t last = exists, first, n;
	char line[80];

	while (last > 0 && list->lowest > list->from &&
	    list->found.n < list->max) {
		n = LIST_WINDOW;
		if (list->max - list->found.n < n)
			n = (uint32_t)(list->max - list->found.n);
		first = last > n ? last - n + 1 : 1;
		snprintf(line, sizeof(line),
		    "FETCH %" PRIu32 ":%" PRIu32 " (UID RFC822.SIZE)", first,
		    last);
		if (list_command(imap, list, line, err) == -1)
			return -1;
		last = first - 1;
	}
	return 0;
}

/* What was found, sorted. */
static void
list_give(struct list_job *list, struct imap_mail **out, size_t *n)
{
	if (list->found.n == 0) {
		array_done(&list->found);
		return;
	}
	*n = list_tidy(list->found.at, list->found.n);
	*out = list->found.at;
}

int
imap_list_newest(struct imap *imap, size_t max, struct imap_mail **out,
    size_t *n, struct err *err)
{
	const struct mailimap_selection_info *info = imap->session
	                                                 ->imap_selection_info;
	struct list_job list = { .job.fn = list_add,
		.from = 1,
		.max = max < LIST_MAX ? max : LIST_MAX,
		.lowest = UINT32_MAX };

	*out = NULL;
	*n = 0;
	if (info == NULL)
		return 0;
	if (list_windows(imap, &list, info->sel_exists, err) == -1) {
		array_done(&list.found);
		return -1;
	}
	list_give(&list, out, n);
	return 0;
}

int
imap_list(struct imap *imap, uint32_t from, struct imap_mail **out, size_t *n,
    struct err *err)
{
	const struct mailimap_selection_info *info = imap->session
	                                                 ->imap_selection_info;
	struct list_job list = { .job.fn = list_add,
		.from = from > 0 ? from : 1,
		.max = LIST_MAX,
		.lowest = UINT32_MAX };
	char line[80];
	int rc;

	*out = NULL;
	*n = 0;
	/* Some servers call "1:*" in an empty folder a mistake. */
	if (info == NULL || info->sel_exists == 0)
		return 0;
	snprintf(line, sizeof(line),
	    "UID FETCH %" PRIu32 ":* (UID RFC822.SIZE)", list.from);
	if (info->sel_exists <= LIST_WINDOW)
		rc = list_command(imap, &list, line, err);
	else
		rc = list_windows(imap, &list, info->sel_exists, err);
	if (rc == -1)
		array_done(&list.found);
	else
		list_give(&list, out, n);
	return rc;
}

/* --- fetching
 * --------------------------------------------------------------------- */

struct fetch_job {
	struct imap_job job;
	struct imap *imap;
	const uint32_t *uids;
	bool *seen; /* of each of uids */
	size_t n;
	size_t unasked;
	imap_mail_fn fn;
	void *arg;
	bool stopped; /* fn wants no more */
	struct err *err;
};

static int
fetch_compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The whole mail in this answer, or NULL if it tells something else. */
static struct mailimap_msg_att_body_section *
fetch_find_body(struct mailimap_msg_att *att)
{
	struct mailimap_msg_att_static *item = att_find(
	    att, MAILIMAP_MSG_ATT_BODY_SECTION);
	struct mailimap_msg_att_body_section *body;

	if (item == NULL)
		return NULL;
	body = item->att_data.att_body_section;
	if (body->sec_section != NULL || body->sec_origin_octet != 0 ||
	    body->sec_body_part == NULL)
		return NULL;
	return body;
}

static void
fetch_take(struct imap_job *base, struct mailimap_msg_att *att)
{
	struct fetch_job *job = (struct fetch_job *)base;
	struct mailimap_msg_att_body_section *body = fetch_find_body(att);
	uint32_t uid = att_uid(att);
	const uint32_t *at;
	char *data;

	if (body == NULL || job->stopped)
		return;
	at = bsearch(&uid, job->uids, job->n, sizeof(uid), fetch_compare);
	if (at == NULL || job->seen[at - job->uids]) {
		if (++job->unasked > UNASKED_MAX)
			guard_kill(job->imap->guard,
			    "the server sends mails that were not asked for");
		return;
	}
	job->seen[at - job->uids] = true;
	/* Take the bytes over: a copy would double the memory. */
	data = body->sec_body_part;
	body->sec_body_part = NULL;
	if (job->fn(uid, data, body->sec_length, job->arg, job->err) == -1) {
		job->stopped = true;
		guard_kill(job->imap->guard, "ended from our side");
	}
}

static int
fetch_run(struct fetch_job *job, const char *set, size_t n,
    uint64_t max_message, struct err *err)
{
	struct err ours = ERR_INIT;
	struct imap *imap = job->imap;
	char *line;
	int rc;

	xasprintf(&line, "UID FETCH %s (UID BODY.PEEK[])", set);
	/* RFC822.SIZE may lie, so a mail that passed by it can be larger. */
	guard_expect_flow(imap->guard, imap->stall,
	    n * MAIL_BYTES + OTHER_BYTES,
	    max_message + max_message / 4 + 65536);
	imap->job = &job->job;
	rc = imap_command(imap, line, ERR_AGAIN, "cannot fetch mails", &ours);
	imap->job = NULL;
	free(line);
	if (job->stopped)
		return -1; /* err is of fn */
	if (rc == -1)
		*err = ours;
	return rc;
}

int
imap_fetch(struct imap *imap, const uint32_t *uids, size_t n,
    uint64_t max_message, imap_mail_fn fn, void *arg, struct err *err)
{
	struct fetch_job job = { .job.fn = fetch_take,
		.imap = imap,
		.uids = uids,
		.n = n,
		.fn = fn,
		.arg = arg,
		.err = err };
	struct buf set = { 0 };
	size_t done = 0, k;
	int rc = 0;

	job.seen = xcalloc(n, sizeof(*job.seen));
	while (rc == 0 && done < n) {
		set.len = 0;
		k = imap_add_set(&set, uids + done, n - done, IMAP_COMMAND_MAX);
		rc = fetch_run(&job, buf_str(&set), k, max_message, err);
		done += k;
	}
	buf_done(&set);
	free(job.seen);
	return rc;
}

void
imap_free_mail(char *data)
{
	if (data != NULL)
		mailimap_nstring_free(data);
}
