/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/fetch.h"

#include <sysexits.h>

#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/linger.h"
#include "daemon/visit.h"

void
fetch_on_stop(int sig)
{
	(void)sig;
	visit_stop = 1;
	careful_on_stop();
}

/* Whether to poll again on this session; if not, *status may change. */
static bool
fetch_linger(struct linger *l, bool brought, int *status)
{
	struct err err = ERR_INIT;

	if (!imap_can_idle(l->imap))
		return false;
	channel_send(l->progress->channel, CHANNEL_WAITING);
	switch (linger_run(l, brought, &err)) {
	case LINGER_POLL:
		return true;
	case LINGER_LOST:
		if (visit_stop)
			break;
		/* Servers restart, routers forget: the next poll will tell. */
		log_debug("lost the session while waiting: %s", err.text);
		channel_send_more(l->progress->channel, CHANNEL_LOST,
		    imap_wait_asked(err.text), "");
		*status = EX_TEMPFAIL;
		break;
	case LINGER_LEAVE:
		break;
	}
	return false;
}

int
fetch_run(const struct conf *conf, const struct conf_mailbox *mailbox,
    const struct fetch_options *options)
{
	struct progress progress = { options->channel, options->tell_ms, 0 };
	struct linger linger = { .progress = &progress, .stop = &visit_stop };
	const char *known_error = options->known_error;
	struct credential *credential = NULL;
	struct imap *imap = NULL;
	struct visit v;
	int status;

	do {
		v = (struct visit) {
			.conf = conf,
			.mailbox = mailbox,
			.parser_program = options->parser_program,
			.dry_run = options->dry_run,
			.known_error = known_error,
			.progress = &progress,
			.credential = credential,
			.imap = imap,
		};
		status = visit_run(&v);
		credential = v.credential;
		imap = linger.imap = v.imap;
		if (imap == NULL || !options->linger || visit_stop)
			break;
		known_error = ""; /* it is over; say it if it comes back */
	} while (fetch_linger(&linger, v.new_mails > 0, &status));
	imap_close(imap);
	credential_free(credential);
	return status;
}
