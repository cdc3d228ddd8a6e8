/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"
#include "mail/imap_priv.h"

#define IDLE_SECONDS 60      /* for the "+" */
#define IDLE_BYTES (4 << 20) /* of news in one IDLE; none of it is kept */
#define IDLE_LITERAL 8192

/* The tagged reply is there or on its way: take it. */
static int
idle_take_reply(struct imap *imap, struct err *err)
{
	int rc = -1;

	if (mailstream_read_line(imap->session->imap_stream,
	        imap->session->imap_stream_buffer) == NULL)
		imap_lost(imap, err);
	else
		rc = imap_await(imap, ERR_AGAIN, "IDLE", err);
	guard_set_idling(imap->guard, false);
	return rc;
}

bool
imap_can_idle(const struct imap *imap)
{
	return imap_has(imap, "IDLE");
}

int
imap_idle_begin(struct imap *imap, struct err *err)
{
	int64_t end = io_clock_ms() + IDLE_SECONDS * 1000, left;
	struct buf line = { 0 };
	int rc;

	guard_expect(imap->guard, IDLE_SECONDS, IDLE_BYTES, IDLE_LITERAL);
	guard_set_idling(imap->guard, true);
	buf_printf(&line, "%d IDLE\r\n", ++imap->session->imap_tag);
	rc = imap_send(imap, line.at, line.len, err);
	buf_done(&line);
	if (rc == -1)
		return -1;
	while (guard_reply(imap->guard)->status == GUARD_NONE) {
		if (guard_is_continued(imap->guard))
			return 0;
		if ((left = end - io_clock_ms()) <= 0)
			guard_kill(imap->guard, "no answer to IDLE");
		if (guard_listen(imap->guard, -1, left) == -1)
			return imap_lost(imap, err);
	}
	/* Refused, or done before it began: both are no IDLE. */
	if (idle_take_reply(imap, err) == -1 &&
	    guard_fault(imap->guard)[0] != '\0')
		return -1;
	return 1;
}

int
imap_idle_wait(
    struct imap *imap, int other, int64_t ms, bool *over, struct err *err)
{
	if (guard_listen(imap->guard, other, ms) == -1)
		return imap_lost(imap, err);
	*over = guard_reply(imap->guard)->status != GUARD_NONE;
	return 0;
}

int
imap_idle_end(struct imap *imap, int seconds, struct err *err)
{
	if (guard_reply(imap->guard)->status == GUARD_NONE) {
		guard_expect(imap->guard, seconds, IDLE_BYTES, IDLE_LITERAL);
		if (imap_send(imap, "DONE\r\n", 6, err) == -1)
			return -1;
	}
	return idle_take_reply(imap, err);
}

bool
imap_has_news(const struct imap *imap)
{
	return guard_has_news(imap->guard);
}
