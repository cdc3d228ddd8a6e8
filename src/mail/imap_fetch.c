/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mail/imap_priv.h"

#define MAIL_BYTES 1024       /* of lines about one message */
#define OTHER_BYTES (1 << 20) /* of lines that nobody asked for */
#define UNASKED_MAX 100       /* messages that nobody asked for */

/* --- sets of UIDs ------------------------------------------------ */

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

/* --- what an answer holds ---------------------------------------- */

struct mailimap_msg_att_static *
imap_att_find(struct mailimap_msg_att *att, int type)
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

uint32_t
imap_att_uid(struct mailimap_msg_att *att)
{
	const struct mailimap_msg_att_static *uid = imap_att_find(
	    att, MAILIMAP_MSG_ATT_UID);

	return uid != NULL ? uid->att_data.att_uid : 0;
}

/* --- fetching ---------------------------------------------------- */

struct fetch_job {
	struct imap_job job;
	struct imap *imap;
	const uint32_t *uids;
	bool *seen;  /* of each of uids: something was told */
	bool *taken; /* fn took it */
	size_t n;
	size_t unasked;
	enum imap_fetch_how how;
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

/* What a part of the answer contains. */
enum fetch_part { FETCH_NOTHING, FETCH_WHOLE, FETCH_HEADER, FETCH_TEXT };

static enum fetch_part
fetch_part_of(const struct mailimap_msg_att_body_section *body)
{
	const struct mailimap_section_spec *spec;

	if (body->sec_origin_octet != 0 || body->sec_body_part == NULL)
		return FETCH_NOTHING;
	if (body->sec_section == NULL ||
	    (spec = body->sec_section->sec_spec) == NULL)
		return FETCH_WHOLE;
	if (spec->sec_type != MAILIMAP_SECTION_SPEC_SECTION_MSGTEXT)
		return FETCH_NOTHING;
	switch (spec->sec_data.sec_msgtext->sec_type) {
	case MAILIMAP_SECTION_MSGTEXT_HEADER:
		return FETCH_HEADER;
	case MAILIMAP_SECTION_MSGTEXT_TEXT:
		return FETCH_TEXT;
	default:
		return FETCH_NOTHING;
	}
}

/* This part in an answer, or NULL: it is not there, or said to be nothing. */
static struct mailimap_msg_att_body_section *
fetch_find_part(struct mailimap_msg_att *att, enum fetch_part part)
{
	struct mailimap_msg_att_item *item;
	struct mailimap_msg_att_static *value;
	clistiter *it;

	for (it = clist_begin(att->att_list); it != NULL; it = clist_next(it)) {
		item = clist_content(it);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		value = item->att_data.att_static;
		if (value->att_type == MAILIMAP_MSG_ATT_BODY_SECTION &&
		    fetch_part_of(value->att_data.att_body_section) == part)
			return value->att_data.att_body_section;
	}
	return NULL;
}

/* Header and text as one message, or NULL. */
static char *
fetch_join(struct mailimap_msg_att *att, size_t *len)
{
	struct mailimap_msg_att_body_section *header = fetch_find_part(
	    att, FETCH_HEADER);
	struct mailimap_msg_att_body_section *text = fetch_find_part(
	    att, FETCH_TEXT);
	MMAPString *all;
	size_t n;

	if (header == NULL || text == NULL || header->sec_length == 0)
		return NULL;
	n = header->sec_length;
	all = mmap_string_sized_new(n + text->sec_length + 3);
	if (all == NULL)
		return NULL;
	mmap_string_append_len(all, header->sec_body_part, n);
	/* The line between them belongs to the header, says RFC 3501. */
	if (n < 2 || header->sec_body_part[n - 1] != '\n' ||
	    (header->sec_body_part[n - 2] != '\n' &&
	        (n < 3 || header->sec_body_part[n - 3] != '\n')))
		mmap_string_append_len(all, "\r\n", 2);
	mmap_string_append_len(all, text->sec_body_part, text->sec_length);
	*len = all->len;
	if (mmap_string_ref(all) < 0) {
		mmap_string_free(all);
		return NULL;
	}
	return all->str;
}

/* The message in this answer, or NULL if there is none. */
static char *
fetch_body(
    const struct fetch_job *job, struct mailimap_msg_att *att, size_t *len)
{
	struct mailimap_msg_att_body_section *body = fetch_find_part(
	    att, FETCH_WHOLE);
	char *data;

	if (body == NULL)
		return job->how == IMAP_FETCH_PARTS ? fetch_join(att, len)
		                                    : NULL;
	/* No byte is no message, whatever its size is said to be. */
	if (body->sec_length == 0)
		return NULL;
	/* Take the bytes over: a copy would double the memory. */
	data = body->sec_body_part;
	body->sec_body_part = NULL;
	*len = body->sec_length;
	return data;
}

static void
fetch_unasked(struct fetch_job *job)
{
	if (++job->unasked > UNASKED_MAX)
		guard_kill(job->imap->guard,
		    "the server sends messages that nobody asked for");
}

static void
fetch_take(struct imap_job *base, struct mailimap_msg_att *att)
{
	struct fetch_job *job = (struct fetch_job *)base;
	uint32_t uid = imap_att_uid(att);
	const uint32_t *at;
	size_t len = 0;
	char *data;
	int rc;

	if (job->stopped || (data = fetch_body(job, att, &len)) == NULL)
		return;
	at = bsearch(&uid, job->uids, job->n, sizeof(uid), fetch_compare);
	if (at == NULL || job->seen[at - job->uids]) {
		imap_free_mail(data);
		fetch_unasked(job);
		return;
	}
	job->seen[at - job->uids] = true;
	rc = job->fn(uid, data, len, job->arg, job->err);
	if (rc == 0)
		job->taken[at - job->uids] = true;
	else if (rc == -1) {
		job->stopped = true;
		guard_kill(job->imap->guard, "ended by ruad");
	}
}

static int
fetch_run(struct fetch_job *job, const char *set, size_t n,
    uint64_t max_message, struct err *err)
{
	static const char *const items[] = {
		[IMAP_FETCH_WHOLE] = "BODY.PEEK[]",
		[IMAP_FETCH_PARTS] = "BODY.PEEK[HEADER] BODY.PEEK[TEXT]",
	};
	struct err ours = ERR_INIT;
	struct imap *imap = job->imap;
	char *line;
	int rc;

	xasprintf(&line, "UID FETCH %s (UID %s)", set, items[job->how]);
	guard_expect_flow(imap->guard, imap->stall,
	    n * MAIL_BYTES + OTHER_BYTES, LIMIT_FETCHED(max_message));
	imap->job = &job->job;
	rc = imap_try(imap, line, ERR_AGAIN, "cannot fetch messages", &ours);
	imap->job = NULL;
	free(line);
	if (job->stopped)
		return -1; /* err is of fn */
	/* That a message is "unavailable" says nothing of the others. */
	if (rc == -1 && ours.class != ERR_NET &&
	    imap_refusal(imap) != IMAP_NOT_REFUSED &&
	    imap_wait_asked(ours.text) == 0)
		ours.class = ERR_DATA;
	if (rc == -1)
		*err = ours;
	return rc;
}

int
imap_fetch(struct imap *imap, enum imap_fetch_how how, const uint32_t *uids,
    size_t n, uint64_t max_message, imap_mail_fn fn, void *arg, bool *taken,
    struct err *err)
{
	struct fetch_job job = { .job.fn = fetch_take,
		.imap = imap,
		.uids = uids,
		.taken = taken,
		.n = n,
		.how = how,
		.fn = fn,
		.arg = arg,
		.err = err };
	struct buf set = { 0 };
	size_t done = 0, k;
	int rc = 0;

	memset(taken, 0, n * sizeof(*taken));
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

uint64_t
imap_oversize(const struct imap *imap)
{
	return guard_oversize(imap->guard);
}

/* --- who is there ------------------------------------------------ */

struct find_job {
	struct imap_job job;
	const uint32_t *uids;
	bool *found;
	size_t n;
	bool deleted; /* only those with that flag */
};

static bool
find_is_deleted(struct mailimap_msg_att *att)
{
	struct mailimap_msg_att_item *item;
	struct mailimap_flag_fetch *flag;
	clistiter *it, *f;

	for (it = clist_begin(att->att_list); it != NULL; it = clist_next(it)) {
		item = clist_content(it);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_DYNAMIC ||
		    item->att_data.att_dyn->att_list == NULL)
			continue;
		for (f = clist_begin(item->att_data.att_dyn->att_list);
		     f != NULL; f = clist_next(f)) {
			flag = clist_content(f);
			if (flag->fl_type == MAILIMAP_FLAG_FETCH_OTHER &&
			    flag->fl_flag->fl_type == MAILIMAP_FLAG_DELETED)
				return true;
		}
	}
	return false;
}

static void
find_take(struct imap_job *base, struct mailimap_msg_att *att)
{
	struct find_job *job = (struct find_job *)base;
	uint32_t uid = imap_att_uid(att);
	const uint32_t *at = bsearch(
	    &uid, job->uids, job->n, sizeof(uid), fetch_compare);

	if (at != NULL && (!job->deleted || find_is_deleted(att)))
		job->found[at - job->uids] = true;
}

static int
find_run(struct imap *imap, struct find_job *job, struct err *err)
{
	struct buf line = { 0 };
	size_t done = 0;
	int rc = 0;

	memset(job->found, 0, job->n * sizeof(*job->found));
	while (rc == 0 && done < job->n) {
		line.len = 0;
		buf_add_str(&line, "UID FETCH ");
		done += imap_add_set(
		    &line, job->uids + done, job->n - done, IMAP_COMMAND_MAX);
		buf_add_str(&line, job->deleted ? " (UID FLAGS)" : " (UID)");
		guard_expect_flow(imap->guard, imap->stall,
		    job->n * MAIL_BYTES + OTHER_BYTES, 8192);
		imap->job = &job->job;
		rc = imap_try(imap, buf_str(&line), ERR_AGAIN,
		    "cannot see which messages exist", err);
		imap->job = NULL;
	}
	buf_done(&line);
	return rc;
}

int
imap_find(struct imap *imap, const uint32_t *uids, size_t n, bool *there,
    struct err *err)
{
	struct find_job job = { { find_take }, uids, .found = there, .n = n };

	return find_run(imap, &job, err);
}

int
imap_find_deleted(struct imap *imap, const uint32_t *uids, size_t n,
    bool *deleted, struct err *err)
{
	struct find_job job = { { find_take }, uids, .found = deleted, .n = n,
		.deleted = true };

	return find_run(imap, &job, err);
}
