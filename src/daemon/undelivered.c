/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/undelivered.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/log.h"

#define TRIES_AT_ONCE 2 /* at the next poll, whenever that is */
#define FIRST_WAIT 600  /* seconds, then three times as long, ... */
#define WAIT_MAX 86400

struct undelivered_mail {
	uint32_t uid;
	uint32_t size;
	char reason[256];
};

static int
compare_known(const void *a, const void *b)
{
	const struct store_undelivered *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static const struct store_undelivered *
find_known(const struct undelivered *l, uint32_t uid)
{
	const struct store_undelivered key = { .uid = uid };

	if (l->known.n == 0)
		return NULL;
	return bsearch(
	    &key, l->known.at, l->known.n, sizeof(key), compare_known);
}

/* Seconds until the next try, after so many. */
static int64_t
wait_after(int64_t tries)
{
	int64_t wait = FIRST_WAIT;

	if (tries < TRIES_AT_ONCE)
		return 0;
	for (; tries > TRIES_AT_ONCE && wait < WAIT_MAX; tries--)
		wait *= 3;
	return wait < WAIT_MAX ? wait : WAIT_MAX;
}

int
undelivered_start(struct undelivered *l, struct store *store,
    struct ingest *ingest, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const struct filing_list *list, uint32_t unlisted,
    struct err *err)
{
	struct store_undelivered *u = NULL;
	size_t i;
	char reason[128];

	l->store = store;
	l->ingest = ingest;
	l->mailbox_id = mailbox_id;
	l->folder = folder;
	l->uidvalidity = uidvalidity;
	if (store != NULL &&
	    store_load_undelivered(store, mailbox_id, folder, uidvalidity, &u,
	        &l->known.n, &l->stale, err) == -1)
		return -1;
	l->known.at = u;
	l->known.cap = l->known.n;
	for (i = 0; i < l->known.n; i++)
		if (list->whole && filing_list_find(list, u[i].uid) == NULL)
			undelivered_came(l, u[i].uid);
	if (unlisted > 0) {
		snprintf(reason, sizeof(reason),
		    "counts %" PRIu32 " more message%s than it lists", unlisted,
		    unlisted == 1 ? "" : "s");
		undelivered_add(l, 0, 0, reason, NULL);
	}
	return undelivered_write(l, err);
}

bool
undelivered_waits(const struct undelivered *l, uint32_t uid)
{
	const struct store_undelivered *u = find_known(l, uid);
	int64_t now = io_time();

	/* A clock that was wrong once must not hide a message. */
	return u != NULL && u->next_ts > now && u->next_ts <= now + WAIT_MAX;
}

void
undelivered_add(struct undelivered *l, uint32_t uid, uint32_t size,
    const char *reason, const struct err *refusal)
{
	const struct store_undelivered *u = find_known(l, uid);
	struct undelivered_mail *m = array_add(&l->found, sizeof(*m));

	m->uid = uid;
	m->size = size;
	snprintf(m->reason, sizeof(m->reason), "%s", reason);
	if (refusal == NULL || (u != NULL && u->tries >= TRIES_AT_ONCE))
		return;
	if (l->refused++ == 0)
		err_set(&l->error, ERR_AGAIN, "uid %" PRIu32 ": %s", uid,
		    refusal->text);
}

void
undelivered_came(struct undelivered *l, uint32_t uid)
{
	if (find_known(l, uid) != NULL)
		*(uint32_t *)array_add(&l->here, sizeof(uid)) = uid;
}

/* A warning when it is new; after that the database and ruactl show it. */
static void
log_mail(const struct undelivered_mail *m, int64_t tries, int64_t wait)
{
	enum log_level level = tries == 1 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG;

	if (m->uid == 0)
		log_event(level, NULL, NULL,
		    "the server %s; ruad looks again "
		    "at every poll",
		    m->reason);
	else if (wait == 0)
		log_event(level, NULL, NULL,
		    "uid %" PRIu32
		    ": the server %s; the message stays there and is asked "
		    "for again at the next poll",
		    m->uid, m->reason);
	else
		log_event(level, NULL, NULL,
		    "uid %" PRIu32 ": the server %s; tried in %" PRId64
		    " poll%s, again in %" PRId64 " min",
		    m->uid, m->reason, tries, tries == 1 ? "" : "s",
		    (wait + 59) / 60);
}

static int
write_mail(
    struct undelivered *l, const struct undelivered_mail *m, struct err *err)
{
	const struct store_undelivered *known = find_known(l, m->uid);
	struct store_undelivered u = { .uid = m->uid };
	int64_t wait;

	u.tries = known != NULL ? known->tries + 1 : 1;
	wait = m->uid == 0 ? 0 : wait_after(u.tries);
	u.next_ts = io_time() + wait;
	log_mail(m, u.tries, wait);
	if (l->store == NULL)
		return 0;
	return store_set_undelivered(l->store, l->mailbox_id, l->folder,
	    l->uidvalidity, &u, m->size > 0 ? (int64_t)m->size : -1, m->reason,
	    err);
}

static int
write_all(struct undelivered *l, struct err *err)
{
	const struct undelivered_mail *mails = l->found.at;
	const uint32_t *here = l->here.at;
	size_t i;

	if (l->stale) {
		if (store_forget_undelivered(l->store, l->mailbox_id, err) ==
		    -1)
			return -1;
		/* Those that still count are few, and asked for again. */
		l->stale = false;
	}
	for (i = 0; l->store != NULL && i < l->here.n; i++)
		if (store_delete_undelivered(l->store, l->mailbox_id, l->folder,
		        l->uidvalidity, here[i], err) == -1)
			return -1;
	for (i = 0; i < l->found.n; i++)
		if (write_mail(l, &mails[i], err) == -1)
			return -1;
	return 0;
}

int
undelivered_write(struct undelivered *l, struct err *err)
{
	if (l->found.n == 0 && l->here.n == 0 && !l->stale)
		return 0;
	if ((l->store != NULL && ingest_begin(l->ingest, err) == -1) ||
	    write_all(l, err) == -1)
		return -1;
	l->found.n = l->here.n = 0;
	return 0;
}

int
undelivered_finish(const struct undelivered *l, struct err *err)
{
	if (l->refused == 0)
		return 0;
	*err = l->error;
	if (l->refused > 1)
		err_prepend(err, "%zu messages were refused, the first of them",
		    l->refused);
	return -1;
}

void
undelivered_done(struct undelivered *l)
{
	array_done(&l->known);
	array_done(&l->found);
	array_done(&l->here);
}
