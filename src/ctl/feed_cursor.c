/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/feed_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"

#define ANEW \
	"; begin anew, with --after=0 or without the file of the cursor, and " \
	"without what you have of it"

static bool
is_epoch(const char *s, size_t n)
{
	return n == FEED_EPOCH - 1 && strspn(s, "0123456789abcdef") >= n;
}

/* The number at *at, up to the next dot or the end, which *at is then. */
static bool
read_number(const char **at, int64_t *n)
{
	size_t len = strcspn(*at, ".");
	char text[24];

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	*at += len;
	return text_read_int(text, 0, INT64_MAX, n);
}

bool
feed_cursor_read(struct feed_cursor *c, const char *text)
{
	int64_t *numbers[] = { &c->seq, &c->token, &c->since };
	const char *at = strchr(text, '.');
	int i;

	memset(c, 0, sizeof(*c));
	if (at == NULL)
		return text_read_int(text, 0, INT64_MAX, &c->seq);
	if (!is_epoch(text, (size_t)(at - text)))
		return false;
	memcpy(c->epoch, text, FEED_EPOCH - 1);
	for (i = 0; i < 3 && *at == '.'; i++) {
		at++;
		if (!read_number(&at, numbers[i]))
			return false;
	}
	return i >= 2 && *at == '\0';
}

void
feed_cursor_text(const struct feed_cursor *c, char text[static FEED_CURSOR])
{
	int n = snprintf(text, FEED_CURSOR, "%s.%" PRId64 ".%" PRId64, c->epoch,
	    c->seq, c->token);

	if (c->since != 0)
		snprintf(
		    text + n, (size_t)(FEED_CURSOR - n), ".%" PRId64, c->since);
}

/* What of a cursor the database has: of its last change, too. */
static const char check_sql[] =
    "SELECT coalesce((SELECT value FROM meta WHERE key = 'feed_epoch'), '')"
    " AS epoch,"
    " coalesce((SELECT CAST(value AS INTEGER) FROM meta"
    "   WHERE key = 'feed_floor'), 0) AS floor,"
    " coalesce((SELECT max(seq) FROM change), 0) AS last,"
    " coalesce((SELECT token FROM change WHERE seq = ?1), -1) AS token";

static int
check(struct feed_cursor *c, struct query *q, struct err *err)
{
	const char *epoch = query_named_text(q, "epoch");
	int64_t floor = query_named_int(q, "floor");
	bool is_bare = c->epoch[0] == '\0';

	if (!is_epoch(epoch, strlen(epoch)))
		return err_set(err, ERR_CONF,
		    "the database has no feed_epoch in its table meta: restore "
		    "it from a backup");
	if (!is_bare && strcmp(c->epoch, epoch) != 0)
		return err_set(err, ERR_DATA,
		    "the cursor is of another database, with epoch %s, and "
		    "this one has epoch %s" ANEW,
		    c->epoch, epoch);
	snprintf(c->epoch, sizeof(c->epoch), "%s", epoch);
	if (c->seq == 0) {
		c->since = floor > 0 ? query_named_int(q, "last") : 0;
		return 0;
	}
	if (c->seq >= floor)
		c->since = 0;
	if (c->seq > query_named_int(q, "last") ||
	    (!is_bare && c->seq >= floor &&
	        query_named_int(q, "token") != c->token))
		return err_set(err, ERR_DATA,
		    "the database does not know change %" PRId64
		    " as the cursor does: it was restored from a backup" ANEW,
		    c->seq);
	if (c->seq < floor && c->since < floor)
		return err_set(err, ERR_DATA,
		    "what was deleted between change %" PRId64 " and %" PRId64
		    " is forgotten, because it was more than 30 days ago" ANEW,
		    c->seq, floor);
	return 0;
}

int
feed_cursor_check(struct feed_cursor *c, struct query_db *db, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, check_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, c->seq);
	if ((rc = query_step(q, err)) == 1)
		rc = check(c, q, err);
	query_free(q);
	return rc;
}

int
feed_cursor_load(struct feed_cursor *c, const char *path, struct err *err)
{
	struct buf b = { 0 };
	int fd, rc = 0;

	memset(c, 0, sizeof(*c));
	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return errno == ENOENT
		    ? 0
		    : err_set_errno(err, ERR_INPUT, "cannot read %s", path);
	if (io_read_all(fd, FEED_CURSOR, &b, err) == -1)
		rc = err->class == ERR_LIMIT
		    ? err_set(err, ERR_DATA, "%s: more than a cursor", path)
		    : err_set_errno(err, ERR_INPUT, "cannot read %s", path);
	close(fd);
	if (rc == 0) {
		if (b.len > 0 && b.at[b.len - 1] == '\n')
			b.len--;
		buf_add_char(&b, '\0');
		if (strlen(b.at) + 1 != b.len || !feed_cursor_read(c, b.at))
			rc = err_set(err, ERR_DATA,
			    "there is no cursor of ruactl feed in %s: name "
			    "another file, or delete it to begin anew",
			    path);
	}
	buf_done(&b);
	return rc;
}

int
feed_cursor_store(
    const struct feed_cursor *c, const char *path, struct err *err)
{
	char text[FEED_CURSOR];
	size_t n;

	feed_cursor_text(c, text);
	n = strlen(text);
	text[n++] = '\n'; /* in the place of the NUL */
	return io_replace(path, text, n, err);
}
