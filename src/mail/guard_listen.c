/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "mail/guard_priv.h"

void
guard_set_idling(struct guard *g, bool on)
{
	g->scan.idling = on;
	g->scan.continued = false;
}

bool
guard_is_continued(const struct guard *g)
{
	return g->scan.continued;
}

bool
guard_has_news(const struct guard *g)
{
	return g->scan.news;
}

void
guard_forget_news(struct guard *g)
{
	g->scan.news = false;
}

const char *
guard_told(const struct guard *g)
{
	return g->scan.told;
}

void
guard_forget_told(struct guard *g)
{
	g->scan.told[0] = '\0';
}

uint32_t
guard_expunged(const struct guard *g)
{
	return g->scan.expunged;
}

void
guard_forget_expunged(struct guard *g)
{
	g->scan.expunged = 0;
}

const char *
guard_alert(const struct guard *g)
{
	return g->scan.alert;
}

void
guard_forget_alert(struct guard *g)
{
	g->scan.alert[0] = '\0';
}

/* Look at what is in raw, up to a tagged reply.  -1: the fault is set. */
static int
guard_scan_there(struct guard *g)
{
	uint64_t have;
	size_t len;

	while (g->scan.reply.status == GUARD_NONE) {
		if (g->scan.literal > 0) {
			have = g->raw_len - g->raw_at;
			if (have > g->scan.literal)
				have = g->scan.literal;
			if (have == 0)
				break;
			guard_drop_segment(g, (size_t)have);
			guard_scan_skip(&g->scan, have);
			continue;
		}
		if ((len = guard_find_segment(g)) == 0)
			break;
		if (guard_scan_segment(&g->scan, g->raw + g->raw_at, len) == -1)
			return -1;
		guard_drop_segment(g, len);
	}
	if (g->scan.bye[0] != '\0')
		return guard_closed(g);
	if (g->scan.literal == 0 &&
	    g->raw_len - g->raw_at > GUARD_SCAN_LINE_MAX &&
	    g->scan.reply.status == GUARD_NONE)
		return guard_scan_set_fault(
		    &g->scan, "line longer than %d bytes", GUARD_SCAN_LINE_MAX);
	return 0;
}

int
guard_listen(struct guard *g, int other, int64_t ms)
{
	struct pollfd p[2] = { { g->fd, POLLIN, 0 }, { other, POLLIN, 0 } };
	bool news = g->scan.news, continued = g->scan.continued;
	ssize_t k;

	if (g->fault[0] != '\0' || guard_scan_there(g) == -1)
		return -1;
	/* Something came before this could wait for it, or is in TLS. */
	if (g->scan.news != news || g->scan.reply.status != GUARD_NONE ||
	    g->scan.continued != continued ||
	    (g->session != NULL && gnutls_record_check_pending(g->session) > 0))
		ms = 0;
	switch (poll(p, 2, ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms)) {
	case -1:
		if (errno == EINTR)
			return 0;
		return guard_scan_set_fault(
		    &g->scan, "poll: %s", strerror(errno));
	case 0:
		if (g->session == NULL ||
		    gnutls_record_check_pending(g->session) == 0)
			return 0;
		break;
	default:
		if (p[0].revents == 0)
			return 0;
	}
	g->listening = true;
	k = guard_fill(g);
	g->listening = false;
	return k == -1 ? -1 : guard_scan_there(g);
}
