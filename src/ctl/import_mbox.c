/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/import_walk.h"

#define CHUNK 65536
#define FROM_LINE 1024 /* a longer line is not a From line */

/* The current message begins with its From line, unless bytes were dropped. */
struct mbox {
	const struct import_sink *sink;
	const char *path;
	const char *ledger;
	struct buf mail;  /* the message, as far as it was read */
	size_t looked;    /* the next one does not begin before this */
	uint64_t dropped; /* bytes of it that went by, over the limit */
	uint64_t n;       /* messages before it */
};

/*
 * Return whether s begins with a From line: "From ", and a time of day in it,
 * so that an unquoted sentence of a body does not split a message.  -1: more
 * must be read to know.
 */
static int
is_from_line(const char *s, size_t n, bool at_end)
{
	const char *nl;
	size_t i, len;

	if (n > FROM_LINE)
		n = FROM_LINE;
	if (memcmp(s, "From ", n < 5 ? n : 5) != 0)
		return 0;
	if ((nl = memchr(s, '\n', n)) == NULL)
		return at_end || n == FROM_LINE ? 0 : -1;
	len = (size_t)(nl - s);
	for (i = 7; i + 2 < len; i++)
		if (s[i] == ':' && s[i - 1] >= '0' && s[i - 1] <= '9' &&
		    s[i + 1] >= '0' && s[i + 1] <= '5' && s[i + 2] >= '0' &&
		    s[i + 2] <= '9')
			return 1;
	return 0;
}

/* Return where the next message begins, after an empty line; -1: not yet. */
static ssize_t
find_next(struct mbox *m, bool at_end)
{
	const char *s = m->mail.at, *p;
	size_t i, len = m->mail.len;
	int found;

	while ((p = memchr(s + m->looked, '\n', len - m->looked)) != NULL) {
		m->looked = (size_t)(p - s);
		i = m->looked + 1;
		if (i < len && s[i] == '\r')
			i++;
		if (i >= len)
			return -1;
		if (s[i++] == '\n') {
			found = is_from_line(s + i, len - i, at_end);
			if (found == -1)
				return -1;
			if (found == 1)
				return (ssize_t)i;
		}
		m->looked++;
	}
	m->looked = len;
	return -1;
}

/* Hand over the message that ends here, without its From line. */
static int
emit(struct mbox *m, size_t end, struct err *err)
{
	struct import_input in = { .in_mbox = true };
	const char *s = m->mail.at, *nl;
	size_t start = 0;
	char *path, *ledger;
	int rc;

	if (m->dropped == 0) {
		nl = memchr(s, '\n', end);
		start = nl != NULL ? (size_t)(nl - s) + 1 : end;
	}
	/* The empty line before a From line is the mbox's. */
	if (end >= start + 2 && memcmp(s + end - 2, "\n\n", 2) == 0)
		end--;
	else if (end >= start + 3 && memcmp(s + end - 3, "\n\r\n", 3) == 0)
		end -= 2;
	m->n++;
	xasprintf(&path, "%s#%llu", m->path, (unsigned long long)m->n);
	xasprintf(&ledger, "%s#%llu", m->ledger, (unsigned long long)m->n);
	in.path = path;
	in.ledger = ledger;
	in.size = end - start + m->dropped;
	if (in.size <= m->sink->max) {
		in.data = xmalloc(end - start + 1);
		memcpy(in.data, s + start, end - start);
	}
	rc = m->sink->input(m->sink->arg, &in, err);
	free(path);
	free(ledger);
	m->dropped = 0;
	return rc;
}

/* Hand over all messages but the last. */
static int
emit_complete(struct mbox *m, bool at_end, struct err *err)
{
	ssize_t at;

	while (!m->sink->is_stopped(m->sink->arg, -1) &&
	    (at = find_next(m, at_end)) != -1) {
		if (emit(m, (size_t)at, err) == -1)
			return -1;
		buf_consume(&m->mail, (size_t)at);
		m->looked = 0;
	}
	/* Over the limit: only its size and where it ends matter. */
	if (m->mail.len + m->dropped > m->sink->max + FROM_LINE) {
		m->dropped += m->looked;
		buf_consume(&m->mail, m->looked);
		m->looked = 0;
	}
	return 0;
}

int
import_split_mbox(const struct import_sink *sink, int fd, const char *path,
    const char *ledger, const char *start, size_t len, struct err *err)
{
	struct mbox m = { .sink = sink, .path = path, .ledger = ledger };
	struct err why = ERR_INIT;
	ssize_t n = 1;
	int rc = -1;

	buf_add(&m.mail, start, len);
	while (n != 0 && !sink->is_stopped(sink->arg, fd)) {
		n = read(fd, buf_reserve(&m.mail, CHUNK), CHUNK);
		if (n == -1) {
			err_set_errno(&why, ERR_DATA, "cannot read");
			sink->unreadable(sink->arg, path, &why);
			break;
		}
		m.mail.len += (size_t)n;
		if (emit_complete(&m, n == 0, err) == -1)
			goto out;
	}
	if (n == 0 && !sink->is_stopped(sink->arg, -1) &&
	    emit(&m, m.mail.len, err) == -1)
		goto out;
	rc = 0;
out:
	buf_done(&m.mail);
	return rc;
}
