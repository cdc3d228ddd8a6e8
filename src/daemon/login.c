/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/login.h"

#include "base/log.h"
#include "daemon/adapt.h"

static void
on_bytes(void *arg)
{
	progress_tell(arg);
}

static int
login_try(const struct conf_mailbox *mb, struct credential *credential,
    struct progress *progress, struct imap **imap, struct err *err)
{
	struct guard_peer peer = adapt_peer(mb);
	char *secret;
	int rc;

	peer.progress = on_bytes;
	peer.progress_arg = progress;
	if (credential_load(credential, &secret, err) == -1)
		return -1;
	rc = imap_open(imap, &peer, mb->user, secret, adapt_auth(mb), err);
	secret_free(secret);
	return rc;
}

int
login_open(const struct conf_mailbox *mb, struct credential **credential,
    struct progress *progress, struct imap **imap, struct err *err)
{
	const struct credential_source source = adapt_credential(mb);
	int rc;

	if (*credential == NULL)
		*credential = credential_new(&source);
	rc = login_try(mb, *credential, progress, imap, err);
	if (rc == -1 && err->class == ERR_EXPIRED) {
		log_debug("%s; trying once more with a new token", err->text);
		credential_forget(*credential);
		rc = login_try(mb, *credential, progress, imap, err);
	}
	if (rc == -1)
		return -1;
	log_debug("logged in to %s (%s)", mb->host, imap_describe(*imap));
	return 0;
}
