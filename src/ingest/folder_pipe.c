/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/folder_pipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/text.h"

#define CHUNK 65536
#define LINE_MAX_BYTES 1024 /* longer than any that is written */

/* --- writing -------------------------------------------------------------- */

static int
pipe_write(int fd, const void *data, size_t len, struct err *err)
{
	if (io_write(fd, data, len) == -1)
		return err_set_errno(
		    err, ERR_AGAIN, "cannot write the messages");
	return 0;
}

static int __attribute__((format(printf, 3, 4)))
pipe_print(int fd, struct err *err, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return err_set(err, ERR_BUG, "a line is too long to be sent");
	return pipe_write(fd, line, (size_t)n, err);
}

int
folder_pipe_write_folder(
    int fd, uint32_t uidvalidity, uint64_t messages, struct err *err)
{
	return pipe_print(fd, err,
	    "folder " RUAD_VERSION " %" PRIu32 " %" PRIu64 "\n", uidvalidity,
	    messages);
}

int
folder_pipe_write_message(int fd, uint32_t uid, const char *data, size_t len,
    bool is_short, struct err *err)
{
	if (pipe_print(fd, err, "message %" PRIu32 " %zu %s\n", uid, len,
	        is_short ? "short" : "whole") == -1)
		return -1;
	return pipe_write(fd, data, len, err);
}

int
folder_pipe_write_large(int fd, uint32_t uid, uint64_t size, struct err *err)
{
	return pipe_print(
	    fd, err, "large %" PRIu32 " %" PRIu64 "\n", uid, size);
}

int
folder_pipe_write_missing(
    int fd, uint32_t uid, const char *reason, struct err *err)
{
	char safe[300];

	text_safe(safe, sizeof(safe), reason);
	return pipe_print(fd, err, "missing %" PRIu32 " %s\n", uid, safe);
}

int
folder_pipe_write_end(int fd, struct err *err)
{
	return pipe_print(fd, err, "end\n");
}

int
folder_pipe_write_failed(int fd, const struct err *why, struct err *err)
{
	return pipe_print(
	    fd, err, "failed %d %s\n", (int)why->class, why->text);
}

/* --- reading -------------------------------------------------------------- */

static int
pipe_wrong(struct err *err)
{
	return err_set(err, ERR_BUG, "what ruad sends is not understood");
}

/* Cut the next word off; NULL: there is none. */
static char *
pipe_word(char **rest)
{
	char *word = *rest, *end;

	if (word == NULL || *word == '\0')
		return NULL;
	end = strchr(word, ' ');
	*rest = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	return word;
}

static bool
pipe_number(char **rest, uint64_t max, uint64_t *out)
{
	const char *word = pipe_word(rest);
	int64_t n;

	if (word == NULL ||
	    !text_read_int(
	        word, 0, max > INT64_MAX ? INT64_MAX : (int64_t)max, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}

static bool
pipe_uid(char **rest, uint32_t *out)
{
	uint64_t n;

	if (!pipe_number(rest, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

static int
read_folder(struct folder_pipe *p, char *rest, struct folder_pipe_item *item,
    struct err *err)
{
	const char *version = pipe_word(&rest);

	if (p->begun || version == NULL)
		return pipe_wrong(err);
	if (strcmp(version, RUAD_VERSION) != 0)
		return err_set(err, ERR_CONF,
		    "ruad has version %.40s, and ruactl " RUAD_VERSION
		    ": install both anew",
		    version);
	item->kind = FOLDER_PIPE_FOLDER;
	if (!pipe_uid(&rest, &item->uidvalidity) ||
	    !pipe_number(&rest, UINT64_MAX, &item->messages))
		return pipe_wrong(err);
	p->begun = true;
	return 1;
}

static int
read_failed(char *rest, struct err *err)
{
	uint64_t class;

	if (!pipe_number(&rest, ERR_BUG, &class) || class == ERR_NONE ||
	    rest == NULL)
		return pipe_wrong(err);
	return err_set(err, (enum err_class) class, "%s", rest);
}

/* The line of a message; its bytes may still be missing. */
static int
read_message(const struct folder_pipe *p, char *rest,
    struct folder_pipe_item *item, struct err *err)
{
	const char *how;

	item->kind = FOLDER_PIPE_MESSAGE;
	if (!pipe_uid(&rest, &item->uid) ||
	    !pipe_number(&rest, p->max_size, &item->size) ||
	    (how = pipe_word(&rest)) == NULL)
		return pipe_wrong(err);
	item->is_short = strcmp(how, "short") == 0;
	return 1;
}

static int
read_line(struct folder_pipe *p, char *line, struct folder_pipe_item *item,
    struct err *err)
{
	char *rest = line;
	const char *word = pipe_word(&rest);

	if (word == NULL)
		return pipe_wrong(err);
	if (strcmp(word, "failed") == 0)
		return read_failed(rest, err);
	if (strcmp(word, "folder") == 0)
		return read_folder(p, rest, item, err);
	if (!p->begun)
		return pipe_wrong(err);
	if (strcmp(word, "message") == 0)
		return read_message(p, rest, item, err);
	if (strcmp(word, "end") == 0) {
		item->kind = FOLDER_PIPE_END;
		return 1;
	}
	item->kind = FOLDER_PIPE_LARGE;
	if (strcmp(word, "large") == 0 && pipe_uid(&rest, &item->uid) &&
	    pipe_number(&rest, UINT64_MAX, &item->size))
		return 1;
	item->kind = FOLDER_PIPE_MISSING;
	if (strcmp(word, "missing") == 0 && pipe_uid(&rest, &item->uid) &&
	    rest != NULL) {
		snprintf(item->reason, sizeof(item->reason), "%s", rest);
		return 1;
	}
	return pipe_wrong(err);
}

int
folder_pipe_next(
    struct folder_pipe *p, struct folder_pipe_item *item, struct err *err)
{
	char line[LINE_MAX_BYTES];
	const char *lf;
	size_t len;
	int rc;

	memset(item, 0, sizeof(*item));
	lf = p->in.len > 0 ? memchr(p->in.at, '\n', p->in.len) : NULL;
	if (lf == NULL)
		return p->in.len < sizeof(line) ? 0 : pipe_wrong(err);
	len = (size_t)(lf - p->in.at);
	if (len >= sizeof(line))
		return pipe_wrong(err);
	memcpy(line, p->in.at, len);
	line[len] = '\0';
	if ((rc = read_line(p, line, item, err)) != 1)
		return rc;
	len++;
	if (item->kind == FOLDER_PIPE_MESSAGE) {
		if (p->in.len - len < item->size)
			return 0;
		item->data = xmalloc((size_t)item->size + 1);
		memcpy(item->data, p->in.at + len, (size_t)item->size);
		len += (size_t)item->size;
	}
	buf_consume(&p->in, len);
	return 1;
}

int
folder_pipe_fill(struct folder_pipe *p, struct err *err)
{
	ssize_t n;

	do
		n = read(p->fd, buf_reserve(&p->in, CHUNK), CHUNK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return err_set_errno(
		    err, ERR_AGAIN, "cannot read what ruad sends");
	if (n == 0)
		return err_set(err, ERR_AGAIN,
		    "ruad ended before it had sent all messages");
	p->in.len += (size_t)n;
	return 0;
}

void
folder_pipe_done(struct folder_pipe *p)
{
	buf_done(&p->in);
}
