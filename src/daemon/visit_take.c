/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetch messages, and know those again that the ledger called filed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/visit.h"

volatile sig_atomic_t visit_stop;

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

/* --- what comes, and what does not ---------------------------------------- */

static int
on_mail(void *arg, uint32_t uid, char *data, size_t len, bool doubtful,
    struct err *err)
{
	struct visit *v = arg;
	struct store_message m;
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];
	int rc;

	progress_tell(v->progress);
	if (visit_stop) {
		imap_free_mail(data);
		return visit_leave(v, err);
	}
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

static void
on_undelivered(void *arg, uint32_t uid, uint32_t size, const char *reason,
    const struct err *refusal)
{
	struct visit *v = arg;

	undelivered_add(&v->undelivered, uid, size, reason, refusal);
}

void
visit_doubt(struct visit *v, uint32_t uid)
{
	const struct imap_mail *mail = filing_list_find(&v->list, uid);

	undelivered_add(&v->undelivered, uid, mail != NULL ? mail->size : 0,
	    imap_take_too_short, NULL);
}

int
visit_take(struct visit *v, uint32_t *uids, size_t n, struct err *err)
{
	struct imap_take *t = &v->take;

	t->imap = v->imap;
	t->max_message = v->conf->limits.message;
	t->mails = v->list.mails;
	t->n = v->list.n;
	t->mail = on_mail;
	t->undelivered = on_undelivered;
	t->arg = v;
	return imap_take_run(t, uids, n, err);
}
