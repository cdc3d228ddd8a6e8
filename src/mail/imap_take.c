/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/imap_take.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define BATCH_BYTES ((uint64_t)8 << 20)
#define SHORT_BYTES 1024 /* that may be missing from any message */
#define REFUSALS_MAX 8   /* in a row: then it is not about one message */
#define HEADER_MAX 16384 /* where a stand-in is looked for */

/* One FETCH command. */
struct take {
	struct imap_take *t;
	enum imap_fetch_how how;
	const uint32_t *uids;
	size_t n;
	const char **why; /* of each: why what was handed over is not it */
};

const char imap_take_too_short[] =
    "hands over far fewer bytes than it says the message has";

static const char nothing[] = "lists this message but does not hand it over";
static const char stand_in[] =
    "hands over a note that it could not retrieve the message";

static int
compare_uid(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
compare_mail(const void *a, const void *b)
{
	const struct imap_mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Return the size that the server says; 0: none. */
static uint32_t
listed_size(const struct imap_take *t, uint32_t uid)
{
	const struct imap_mail key = { .uid = uid }, *mail;

	if (t->n == 0)
		return 0;
	mail = bsearch(&key, t->mails, t->n, sizeof(key), compare_mail);
	return mail != NULL ? mail->size : 0;
}

size_t
imap_take_batch(const struct imap_mail *mails, size_t n, uint64_t max_message,
    uint32_t uids[static IMAP_TAKE_MAILS])
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < n && i < IMAP_TAKE_MAILS; i++) {
		if (mails[i].size > max_message ||
		    (i > 0 && bytes + mails[i].size > BATCH_BYTES))
			break;
		bytes += mails[i].size;
		uids[i] = mails[i].uid;
	}
	return i;
}

/* --- is it the message? -------------------------------------------------- */

/* The sizes that Exchange lists are guesses, but not this far off. */
static bool
is_short(uint32_t size, size_t len)
{
	return len < size / 2 && size - len > SHORT_BYTES;
}

/* Return whether the header has a field with this beginning, folded or not. */
static bool
has_field(const char *header, size_t len, const char *name, const char *value)
{
	const char *line = header, *end = header + len, *lf, *p;
	size_t n = strlen(name);

	for (; line < end; line = lf + 1) {
		if ((lf = memchr(line, '\n', (size_t)(end - line))) == NULL)
			lf = end - 1;
		if ((size_t)(lf - line) <= n || strncasecmp(line, name, n) != 0)
			continue;
		p = line + n;
		while (p < end && (*p == ' ' || *p == '\r' || *p == '\n'))
			p++;
		if ((size_t)(end - p) >= strlen(value) &&
		    strncasecmp(p, value, strlen(value)) == 0)
			return true;
	}
	return false;
}

/*
 * Exchange puts a text of its own in place of a message that it cannot convert.
 * No server received that: anybody can send its words, but not without a
 * Received field.
 */
static bool
is_stand_in(const char *data, size_t len)
{
	const char *end;
	size_t header = len < HEADER_MAX ? len : HEADER_MAX;

	if ((end = memmem(data, header, "\n\r\n", 3)) != NULL ||
	    (end = memmem(data, header, "\n\n", 2)) != NULL)
		header = (size_t)(end + 1 - data);
	if (has_field(data, header, "Received:", "") ||
	    has_field(data, header, "Return-Path:", "") ||
	    has_field(data, header, "Message-ID:", ""))
		return false;
	return has_field(data, header,
	           "Subject:", "Retrieval using the IMAP4 protocol failed") ||
	    has_field(data, header, "From:", "Microsoft Exchange") ||
	    has_field(data, header, "From:", "\"Microsoft Exchange");
}

/* --- one message --------------------------------------------------------- */

/* Refuse what is not the message, or not all of it.  Always 1. */
static int
turn_down(struct take *take, uint32_t uid, char *data, const char *why)
{
	const uint32_t *at = bsearch(
	    &uid, take->uids, take->n, sizeof(uid), compare_uid);

	imap_free_mail(data);
	if (at != NULL)
		take->why[at - take->uids] = why;
	return 1;
}

/* 1: ask for it in another way. */
static int
on_mail(uint32_t uid, char *data, size_t len, void *arg, struct err *err)
{
	struct take *take = arg;
	struct imap_take *t = take->t;
	bool doubtful = is_short(listed_size(t, uid), len);
	int rc;

	if (is_stand_in(data, len))
		return turn_down(take, uid, data, stand_in);
	if (doubtful && take->how == IMAP_FETCH_WHOLE)
		return turn_down(take, uid, data, imap_take_too_short);
	t->refusals = 0;
	t->ours = true;
	rc = t->mail(t->arg, uid, data, len, doubtful, err);
	if (rc != -1)
		t->ours = false;
	return rc;
}

/* --- those that do not come ----------------------------------------------- */

/*
 * One command.  Those not taken are left in uids and why, *n of them.  -1: the
 * session is lost, or with ERR_DATA, one was refused.
 */
static int
take_some(struct imap_take *t, enum imap_fetch_how how, uint32_t *uids,
    const char **why, size_t *n, struct err *err)
{
	struct take take = { t, how, uids, *n, why };
	bool *taken = xcalloc(*n, sizeof(*taken));
	size_t i, k = 0;
	int rc;

	rc = imap_fetch(
	    t->imap, how, uids, *n, t->max_message, on_mail, &take, taken, err);
	for (i = 0; i < *n; i++)
		if (!taken[i]) {
			why[k] = why[i];
			uids[k++] = uids[i];
		}
	*n = k;
	free(taken);
	if (rc == -1 && err->class != ERR_DATA) {
		t->broken = !t->ours;
		t->oversize = imap_oversize(t->imap);
	}
	return rc;
}

/* These were asked for in both ways: note those that are still listed. */
static int
give_up(struct imap_take *t, const uint32_t *uids, const char **why, size_t n,
    const struct err *refusal, struct err *err)
{
	bool *there = xcalloc(n, sizeof(*there));
	char reason[256];
	size_t i;

	/* If it does not answer this, all of them are. */
	if (imap_find(t->imap, uids, n, there, err) == -1) {
		if (imap_refusal(t->imap) == IMAP_NOT_REFUSED) {
			t->broken = true;
			free(there);
			return -1;
		}
		memset(there, true, n * sizeof(*there));
	}
	for (i = 0; i < n; i++) {
		if (!there[i])
			continue;
		if (refusal != NULL)
			snprintf(reason, sizeof(reason),
			    "refuses to hand over this message: %.200s",
			    refusal->text);
		t->undelivered(t->arg, uids[i], listed_size(t, uids[i]),
		    refusal != NULL      ? reason
		        : why[i] != NULL ? why[i]
		                         : nothing,
		    refusal);
	}
	free(there);
	if (refusal == NULL || ++t->refusals < REFUSALS_MAX)
		return 0;
	t->refused = true;
	return err_set(err, ERR_AGAIN, "uid %" PRIu32 " and %d before it: %s",
	    uids[0], REFUSALS_MAX - 1, refusal->text);
}

/* Fetch in parts; refusal: how the server refused the whole, or NULL. */
static int
take_parts(struct imap_take *t, uint32_t *uids, const char **why, size_t n,
    const struct err *refusal, struct err *err)
{
	struct err ours = ERR_INIT;
	size_t left = n, i;

	if (take_some(t, IMAP_FETCH_PARTS, uids, why, &left, &ours) == -1) {
		if (ours.class != ERR_DATA) {
			*err = ours;
			return -1;
		}
		if (refusal == NULL)
			refusal = &ours;
	}
	if (left == 0)
		return 0;
	if (ours.class != ERR_DATA || left == 1)
		return give_up(t, uids, why, left, refusal, err);
	for (i = 0; i < left; i++)
		if (take_parts(t, uids + i, why + i, 1, NULL, err) == -1)
			return -1;
	return 0;
}

/*
 * Fetch as wholes.  If the server refuses one of many, ask for them in two
 * halves, and so on until it is alone.
 */
static int
take_wholes(struct imap_take *t, uint32_t *uids, const char **why, size_t n,
    struct err *err)
{
	struct err ours = ERR_INIT;
	size_t left = n;

	if (take_some(t, IMAP_FETCH_WHOLE, uids, why, &left, &ours) == -1 &&
	    ours.class != ERR_DATA) {
		*err = ours;
		return -1;
	}
	if (left == 0)
		return 0;
	if (ours.class != ERR_DATA || left == 1)
		return take_parts(t, uids, why, left,
		    ours.class == ERR_DATA ? &ours : NULL, err);
	if (take_wholes(t, uids, why, left / 2, err) == -1)
		return -1;
	return take_wholes(
	    t, uids + left / 2, why + left / 2, left - left / 2, err);
}

int
imap_take_run(struct imap_take *t, uint32_t *uids, size_t n, struct err *err)
{
	const char **why = xcalloc(n, sizeof(*why));
	int rc;

	t->ours = false;
	t->oversize = 0;
	rc = take_wholes(t, uids, why, n, err);
	free(why);
	return rc;
}
