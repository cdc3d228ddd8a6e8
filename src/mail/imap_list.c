/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

#define LIST_WINDOW 50000    /* messages listed by one command */
#define LIST_BYTES (6 << 20) /* of lines about one window */

struct list_job {
	struct imap_job job;
	uint32_t from;
	uint32_t before; /* UIDs from this one on do not count; 0: all do */
	size_t max;      /* that may be found */
	bool any_size;   /* a message without its size counts, too */
	uint32_t lowest; /* UID that was told, from or not; at first the top */
	struct array found; /* of struct imap_mail */
};

static void
list_add(struct imap_job *job, struct mailimap_msg_att *att)
{
	struct list_job *list = (struct list_job *)job;
	const struct mailimap_msg_att_static *size = imap_att_find(
	    att, MAILIMAP_MSG_ATT_RFC822_SIZE);
	uint32_t uid = imap_att_uid(att);
	struct imap_mail *mail;

	/* "n:*" names the last message even if its UID is below n. */
	if (uid == 0 || (size == NULL && !list->any_size))
		return;
	if (uid < list->lowest)
		list->lowest = uid;
	if (uid < list->from || list->found.n >= list->max ||
	    (list->before != 0 && uid >= list->before))
		return;
	mail = array_add(&list->found, sizeof(*mail));
	mail->uid = uid;
	mail->size = size != NULL ? size->att_data.att_rfc822_size : 0;
}

static int
list_compare(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid > y->uid ? 1 : -1;
	return (x->size < y->size) - (x->size > y->size);
}

/* Sort, and keep one of each UID, with its size; how many are left. */
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
	rc = imap_command(
	    imap, line, ERR_AGAIN, "cannot list the messages", err);
	imap->job = NULL;
	return rc;
}

/*
 * libetpan keeps an answer until its end, so that of a huge folder is asked
 * for in windows: from the newest messages back until they are older than from.
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
		    "FETCH %" PRIu32 ":%" PRIu32 " (UID%s)", first, last,
		    list->any_size ? "" : " RFC822.SIZE");
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
	*n = list->found.n = list_tidy(list->found.at, list->found.n);
	*out = list->found.at;
}

/*
 * The answer holds fewer messages than the folder is said to: ask in another
 * way for their UIDs alone, by number.  A server that knows the size of none is
 * understood so, too.
 */
static int
list_rest(
    struct imap *imap, struct list_job *list, uint32_t exists, struct err *err)
{
	if (list->found.n > 0)
		list->found.n = list_tidy(list->found.at, list->found.n);
	if (list->from > 1 || list->found.n >= exists ||
	    exists > imap->list_max)
		return 0;
	list->any_size = true;
	list->max = imap->list_max + list->found.n;
	list->lowest = UINT32_MAX;
	if (list_windows(imap, list, exists, err) == -1) {
		/* There may be fewer by now, and it dislikes that. */
		if (guard_fault(imap->guard)[0] != '\0')
			return -1;
	}
	if (list->found.n > 0)
		list->found.n = list_tidy(list->found.at, list->found.n);
	if (list->found.n < exists)
		imap->unlisted = exists - (uint32_t)list->found.n;
	return 0;
}

uint32_t
imap_unlisted(const struct imap *imap)
{
	return imap->unlisted;
}

int
imap_list_older(struct imap *imap, uint32_t before, size_t listed,
    struct imap_mail **out, size_t *n, struct err *err)
{
	const struct mailimap_selection_info *info = imap->session
	                                                 ->imap_selection_info;
	struct list_job list = { .job.fn = list_add,
		.from = 1,
		.before = before,
		.max = imap->list_max,
		.lowest = UINT32_MAX };

	*out = NULL;
	*n = 0;
	if (info == NULL || info->sel_exists <= imap->list_max ||
	    info->sel_exists <= listed)
		return 0;
	/*
	 * What others have removed in the meantime has moved the older ones to
	 * lower numbers: these are among the first of them.
	 */
	if (list_windows(
	        imap, &list, info->sel_exists - (uint32_t)listed, err) == -1) {
		array_done(&list.found);
		return -1;
	}
	list_give(&list, out, n);
	return 0;
}

int
imap_list_newest(struct imap *imap, size_t max, struct imap_mail **out,
    size_t *n, struct err *err)
{
	const struct mailimap_selection_info *info = imap->session
	                                                 ->imap_selection_info;
	struct list_job list = { .job.fn = list_add,
		.from = 1,
		.max = max < imap->list_max ? max : imap->list_max,
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
		.max = imap->list_max,
		.lowest = UINT32_MAX };
	char line[80];
	int rc;

	*out = NULL;
	*n = 0;
	imap->unlisted = 0;
	/* Some servers call "1:*" in an empty folder a mistake. */
	if (info == NULL || info->sel_exists == 0)
		return 0;
	snprintf(line, sizeof(line),
	    "UID FETCH %" PRIu32 ":* (UID RFC822.SIZE)", list.from);
	if (info->sel_exists <= LIST_WINDOW)
		rc = list_command(imap, &list, line, err);
	else
		rc = list_windows(imap, &list, info->sel_exists, err);
	if (rc == 0)
		rc = list_rest(imap, &list, info->sel_exists, err);
	if (rc == -1)
		array_done(&list.found);
	else
		list_give(&list, out, n);
	return rc;
}
