/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetch messages from a server that may not hand over all it lists. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/visit.h"

#define SHORT_BYTES 1024 /* that may be missing from any message */
#define REFUSALS_MAX 8   /* in a row: then it is not about one message */
#define HEADER_MAX 16384 /* where a stand-in is looked for */

/* One FETCH command. */
struct take {
	struct visit *visit;
	enum imap_fetch_how how;
	const uint32_t *uids;
	size_t n;
	const char **why; /* of each: why what was handed over is not it */
};

volatile sig_atomic_t visit_stop;

static const char nothing[] = "lists this message but does not hand it over";
static const char stand_in[] =
    "hands over a note that it could not retrieve the message";
static const char too_short[] =
    "hands over far fewer bytes than it says the message has";

static int
compare_uid(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Return the size that the server says; 0: none. */
static uint32_t
listed_size(const struct visit *v, uint32_t uid)
{
	const struct imap_mail *mail = filing_list_find(&v->list, uid);

	return mail != NULL ? mail->size : 0;
}

int
visit_leave(struct visit *v, struct err *err)
{
	v->stopped = true;
	return err_set(err, ERR_AGAIN, "told to stop");
}

struct store_message
visit_message(
    const struct visit *v, uint32_t uid, uint64_t size, const char *sha256)
{
	struct store_message m = {
		.mailbox_id = v->done.mailbox_id,
		.folder = v->mailbox->folder,
		.uidvalidity = v->folder.uidvalidity,
		.uid = uid,
		.fetched_ts = io_time(),
		.size = (int64_t)size,
		.sha256 = sha256,
		.attempts = v->attempts,
	};

	return m;
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

/* --- a UID that the ledger called filed ----------------------------------- */

static int
compare_again(const void *a, const void *b)
{
	const struct visit_again *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static const struct visit_again *
find_again(const struct visit *v, uint32_t uid)
{
	const struct visit_again key = { .uid = uid };

	if (v->again.n == 0)
		return NULL;
	return bsearch(
	    &key, v->again.at, v->again.n, sizeof(key), compare_again);
}

int
visit_take_again(struct visit *v, uint32_t uid, uint64_t size,
    const char *sha256, struct err *err)
{
	const struct visit_again *again = find_again(v, uid);
	bool same;

	if (again == NULL)
		return 0;
	same = sha256[0] != '\0' ? strcmp(again->known.sha256, sha256) == 0
	                         : again->known.sha256[0] == '\0' &&
	        again->known.size == (int64_t)size;
	if (ingest_begin(v->ingest, err) == -1)
		return -1;
	if (!same) {
		log_warning("uid %" PRIu32
		            ": the server has given this UID to another "
		            "message under the same UIDVALIDITY",
		    uid);
		return store_release_uid(v->store, again->known.id, err);
	}
	log_info("uid %" PRIu32
	         ": this message was filed and is back; filing it again",
	    uid);
	filing_look_first(&v->filing);
	if (store_set_unfiled(v->store, again->known.id, err) == -1)
		return -1;
	return 1;
}

/* --- one message --------------------------------------------------------- */

/* Refuse what is not the message, or not all of it.  Always 1. */
static int
turn_down(struct take *t, uint32_t uid, char *data, const char *why)
{
	const uint32_t *at = bsearch(
	    &uid, t->uids, t->n, sizeof(uid), compare_uid);

	imap_free_mail(data);
	if (at != NULL)
		t->why[at - t->uids] = why;
	return 1;
}

/* 1: ask for it in another way. */
static int
take_mail(struct take *t, uint32_t uid, char *data, size_t len, struct err *err)
{
	struct visit *v = t->visit;
	bool doubtful = is_short(listed_size(v, uid), len);
	struct store_message m;
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];
	int rc;

	if (is_stand_in(data, len))
		return turn_down(t, uid, data, stand_in);
	if (doubtful && t->how == IMAP_FETCH_WHOLE)
		return turn_down(t, uid, data, too_short);
	v->refusals = 0;
	sha256_hash(data, len, digest);
	sha256_hex(digest, hex);
	if ((rc = visit_take_again(v, uid, len, hex, err)) != 0) {
		imap_free_mail(data);
		return rc == 1 ? 0 : -1;
	}
	m = visit_message(v, uid, len, hex);
	m.doubtful = doubtful;
	return ingest_add(
	    v->ingest, (void *)(uintptr_t)uid, &m, NULL, data, len, err);
}

static int
on_mail(uint32_t uid, char *data, size_t len, void *arg, struct err *err)
{
	struct take *t = arg;
	int rc;

	progress_tell(t->visit->progress);
	t->visit->ours = true;
	if (visit_stop) {
		imap_free_mail(data);
		return visit_leave(t->visit, err);
	}
	rc = take_mail(t, uid, data, len, err);
	if (rc != -1)
		t->visit->ours = false;
	return rc;
}

void
visit_doubt(struct visit *v, uint32_t uid)
{
	undelivered_add(
	    &v->undelivered, uid, listed_size(v, uid), too_short, NULL);
}

/* --- those that do not come ----------------------------------------------- */

/*
 * One command.  Those not taken are left in uids and why, *n of them.  -1: the
 * session is lost, or with ERR_DATA, one was refused.
 */
static int
take_some(struct visit *v, enum imap_fetch_how how, uint32_t *uids,
    const char **why, size_t *n, struct err *err)
{
	struct take t = { v, how, uids, *n, why };
	bool *taken = xcalloc(*n, sizeof(*taken));
	size_t i, k = 0;
	int rc;

	rc = imap_fetch(v->imap, how, uids, *n, v->conf->limits.message,
	    on_mail, &t, taken, err);
	for (i = 0; i < *n; i++)
		if (!taken[i]) {
			why[k] = why[i];
			uids[k++] = uids[i];
		}
	*n = k;
	free(taken);
	if (rc == -1 && err->class != ERR_DATA)
		v->broken = !v->ours;
	return rc;
}

/* These were asked for in both ways: note those that are still listed. */
static int
give_up(struct visit *v, const uint32_t *uids, const char **why, size_t n,
    const struct err *refusal, struct err *err)
{
	bool *there = xcalloc(n, sizeof(*there));
	char reason[256];
	size_t i;

	/* If it does not answer this, all of them are. */
	if (imap_find(v->imap, uids, n, there, err) == -1) {
		if (imap_refusal(v->imap) == IMAP_NOT_REFUSED) {
			v->broken = true;
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
		undelivered_add(&v->undelivered, uids[i],
		    listed_size(v, uids[i]),
		    refusal != NULL      ? reason
		        : why[i] != NULL ? why[i]
		                         : nothing,
		    refusal);
	}
	free(there);
	if (refusal == NULL || ++v->refusals < REFUSALS_MAX)
		return 0;
	v->refused = true;
	return err_set(err, ERR_AGAIN, "uid %" PRIu32 " and %d before it: %s",
	    uids[0], REFUSALS_MAX - 1, refusal->text);
}

/* Fetch in parts; refusal: how the server refused the whole, or NULL. */
static int
take_parts(struct visit *v, uint32_t *uids, const char **why, size_t n,
    const struct err *refusal, struct err *err)
{
	struct err ours = ERR_INIT;
	size_t left = n, i;

	if (take_some(v, IMAP_FETCH_PARTS, uids, why, &left, &ours) == -1) {
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
		return give_up(v, uids, why, left, refusal, err);
	for (i = 0; i < left; i++)
		if (take_parts(v, uids + i, why + i, 1, NULL, err) == -1)
			return -1;
	return 0;
}

/*
 * Fetch as wholes.  If the server refuses one of many, ask for them in two
 * halves, and so on until it is alone.
 */
static int
take_wholes(struct visit *v, uint32_t *uids, const char **why, size_t n,
    struct err *err)
{
	struct err ours = ERR_INIT;
	size_t left = n;

	if (take_some(v, IMAP_FETCH_WHOLE, uids, why, &left, &ours) == -1 &&
	    ours.class != ERR_DATA) {
		*err = ours;
		return -1;
	}
	if (left == 0)
		return 0;
	if (ours.class != ERR_DATA || left == 1)
		return take_parts(v, uids, why, left,
		    ours.class == ERR_DATA ? &ours : NULL, err);
	if (take_wholes(v, uids, why, left / 2, err) == -1)
		return -1;
	return take_wholes(
	    v, uids + left / 2, why + left / 2, left - left / 2, err);
}

int
visit_take(struct visit *v, uint32_t *uids, size_t n, struct err *err)
{
	const char **why = xcalloc(n, sizeof(*why));
	int rc;

	v->ours = false;
	rc = take_wholes(v, uids, why, n, err);
	free(why);
	return rc;
}
