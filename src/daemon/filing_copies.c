/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/filing_priv.h"

#define FETCH_MAILS 1000 /* of one command */
#define OTHER_MAILS 1000 /* that may have come to the target since */
#define COPY_BYTES ((uint64_t)64 << 20) /* of a message that is compared */

/* The search for copies in one folder. */
struct search {
	const char *to;
	struct array sizes; /* of uint32_t: of the messages that may be there */
	struct array digests; /* of uint8_t[SHA256_SIZE]: of what is there */
};

static int
compare_sizes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Collect the sizes of what may have been copied: copies have the same. */
static void
search_sizes(struct search *s, const struct filing *f,
    const struct store_unfiled *u, size_t n, const struct imap_mail *mails,
    size_t nmails)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		while (k < nmails && mails[k].uid < u[i].uid)
			k++;
		if (k < nmails && mails[k].uid == u[i].uid && !u[i].copied &&
		    mails[k].size <= COPY_BYTES &&
		    strcmp(filing_target(f->mailbox, u[i].status), s->to) == 0)
			*(uint32_t *)array_add(
			    &s->sizes, sizeof(uint32_t)) = mails[k].size;
	}
	if (s->sizes.n > 0)
		qsort(s->sizes.at, s->sizes.n, sizeof(uint32_t), compare_sizes);
}

static int
on_copy(uint32_t uid, char *data, size_t len, void *arg, struct err *err)
{
	struct search *s = arg;

	(void)uid;
	(void)err;
	sha256_hash(data, len, array_add(&s->digests, SHA256_SIZE));
	imap_free_mail(data);
	return 0;
}

/* Read what may be a copy, with the target open. */
static int
search_read(struct search *s, struct imap *imap, struct err *err)
{
	struct imap_mail *mails;
	uint32_t uids[FETCH_MAILS];
	bool taken[FETCH_MAILS];
	size_t n, i, k = 0;
	int rc;

	rc = imap_list_newest(imap, s->sizes.n + OTHER_MAILS, &mails, &n, err);
	if (rc == -1)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		if (bsearch(&mails[i].size, s->sizes.at, s->sizes.n,
		        sizeof(uint32_t), compare_sizes) != NULL)
			uids[k++] = mails[i].uid;
		if (k > 0 && (k == FETCH_MAILS || i + 1 == n)) {
			rc = imap_fetch(imap, IMAP_FETCH_WHOLE, uids, k,
			    COPY_BYTES, on_copy, s, taken, err);
			k = 0;
			/* What it refuses to show is not a copy by ruad. */
			if (rc == -1 && err->class == ERR_DATA)
				rc = 0;
		}
	}
	free(mails);
	return rc;
}

/* Return how many of the first n digests equal this one. */
static int64_t
count_same(const uint8_t *digests, size_t n, const uint8_t *digest)
{
	int64_t same = 0;
	size_t i;

	for (i = 0; i < n; i++)
		same += memcmp(digests + i * SHA256_SIZE, digest,
		            SHA256_SIZE) == 0;
	return same;
}

/* In a transaction. */
static int
search_note(const struct search *s, struct filing *f, struct err *err)
{
	const uint8_t *digest = s->digests.at;
	char hex[SHA256_HEX];
	size_t i, copies = 0;
	bool found;

	for (i = 0; i < s->digests.n; i++, digest += SHA256_SIZE) {
		if (store_find_copy(f->store, f->mailbox_id, f->mailbox->folder,
		        f->uidvalidity, sha256_hex(digest, hex), s->to,
		        1 + count_same(s->digests.at, i, digest), &found,
		        err) == -1)
			return -1;
		copies += found;
	}
	if (copies > 0)
		log_info(
		    "%zu message%s already in %s: the copy had been made, but "
		    "the answer of the server was lost",
		    copies, copies == 1 ? " is" : "s are", s->to);
	return 0;
}

static int
search_run(struct search *s, struct filing *f, struct err *err)
{
	struct imap_folder folder;
	struct err none = ERR_INIT;
	int rc = 0;

	if (imap_select(f->imap, s->to, &folder, &none) == 0)
		rc = search_read(s, f->imap, err);
	else if (none.class == ERR_NET) {
		*err = none;
		return -1;
	}
	/* Where there is no such folder there is no copy. */
	if (rc == -1 ||
	    imap_select(f->imap, f->mailbox->folder, &folder, err) == -1)
		return -1;
	if (folder.uidvalidity != f->uidvalidity)
		return err_set(err, ERR_AGAIN,
		    "the folder %s has just been given a new UIDVALIDITY",
		    f->mailbox->folder);
	if (ingest_begin(f->ingest, err) == -1 || search_note(s, f, err) == -1)
		return -1;
	return ingest_commit(f->ingest, err);
}

int
filing_find_copies(struct filing *f, const struct store_unfiled *u, size_t n,
    const struct imap_mail *mails, size_t nmails, struct err *err)
{
	const char *folders[FILING_TARGETS];
	size_t i, k = filing_targets(f->mailbox, folders);
	struct search s;
	int rc = 0;

	for (i = 0; i < k && rc == 0; i++) {
		s = (struct search) { .to = folders[i] };
		search_sizes(&s, f, u, n, mails, nmails);
		if (s.sizes.n > 0)
			rc = search_run(&s, f, err);
		array_done(&s.sizes);
		array_done(&s.digests);
	}
	return rc;
}
