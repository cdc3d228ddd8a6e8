/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/alert_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/alert.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/sha256.h"
#include "base/text.h"

#define HEAD "ruad-alerts "
#define VERSION "1"
#define MOST (UINT64_C(64) << 20) /* bytes of a file */
#define FIELDS 12                 /* of a line of a mark */

/* --- one field ------------------------------------------------------------ */

static void
add_field(struct buf *b, const char *text)
{
	buf_add_char(b, '\t');
	if (text == NULL) {
		buf_add_str(b, "\\N");
		return;
	}
	for (; *text != '\0'; text++)
		switch (*text) {
		case '\\':
			buf_add_str(b, "\\\\");
			break;
		case '\t':
			buf_add_str(b, "\\t");
			break;
		case '\n':
			buf_add_str(b, "\\n");
			break;
		default:
			buf_add_char(b, *text);
		}
}

static void
add_number(struct buf *b, int64_t number)
{
	buf_printf(b, "\t%" PRId64, number);
}

/* In place; false: it is not a field of ours. */
static bool
read_field(const char **field, char *text)
{
	char *to = text;

	*field = text;
	if (strcmp(text, "\\N") == 0) {
		*field = NULL;
		return true;
	}
	for (; *text != '\0'; text++) {
		if (*text != '\\') {
			*to++ = *text;
			continue;
		}
		text++;
		if (*text == '\\')
			*to++ = '\\';
		else if (*text == 't')
			*to++ = '\t';
		else if (*text == 'n')
			*to++ = '\n';
		else
			return false;
	}
	*to = '\0';
	return true;
}

/* --- writing -------------------------------------------------------------- */

static void
add_mark(struct buf *b, const struct alert_mark *m)
{
	buf_add_str(b, "mark");
	add_field(b, alert_words[m->kind]);
	add_field(b, m->domain);
	add_field(b, m->object);
	add_field(b, m->detail);
	add_field(b, m->ip);
	add_field(b, m->next);
	add_number(b, m->number);
	add_number(b, m->since_ts);
	add_number(b, m->gone_ts);
	add_number(b, m->is_quiet);
	add_field(b, m->command);
	buf_add_char(b, '\n');
}

static void
add_todo(struct buf *b, const struct alert_todo *t)
{
	buf_add_str(b, "todo");
	add_field(b, t->hook);
	add_field(b, t->line);
	buf_add_char(b, '\n');
}

static void
add_end(struct buf *b)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];

	sha256_hash(b->at, b->len, digest);
	buf_printf(b, "end\t%s\n", sha256_hex(digest, hex));
}

static int
write_file(const char *path, const struct buf *b, struct err *err)
{
	int fd, rc = 0;

	fd = open(
	    path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_set_errno(err, ERR_CREATE, "cannot create %s", path);
	if (io_write(fd, b->at, b->len) == -1 || fsync(fd) == -1)
		rc = err_set_errno(err, ERR_CREATE, "cannot write %s", path);
	if (close(fd) == -1 && rc == 0)
		rc = err_set_errno(err, ERR_CREATE, "cannot write %s", path);
	return rc;
}

static void
write_path(struct buf *b, const struct alert_state *s, const char *end)
{
	buf_printf(b, "%s.%s", s->file, end);
	buf_str(b);
}

int
alert_state_prepare(const struct alert_state *s, const struct array *marks,
    const struct array *todo, struct err *err)
{
	const struct alert_mark *m = marks->at;
	const struct alert_todo *t = todo->at;
	struct buf text = { 0 }, path = { 0 };
	size_t i;
	int rc;

	buf_add_str(&text, HEAD VERSION "\n");
	for (i = 0; i < marks->n; i++)
		add_mark(&text, &m[i]);
	for (i = 0; i < todo->n; i++)
		add_todo(&text, &t[i]);
	add_end(&text);
	write_path(&path, s, "tmp");
	rc = write_file(path.at, &text, err);
	buf_done(&path);
	buf_done(&text);
	return rc;
}

int
alert_state_commit(const struct alert_state *s, struct err *err)
{
	struct buf path = { 0 };
	int rc = 0;

	write_path(&path, s, "tmp");
	if (rename(path.at, s->file) == -1 || io_sync_directory(s->file) == -1)
		rc = err_set_errno(
		    err, ERR_CREATE, "cannot replace %s", s->file);
	buf_done(&path);
	return rc;
}

/* --- reading -------------------------------------------------------------- */

static int
find_kind(const char *word)
{
	int i;

	for (i = 0; word != NULL && alert_words[i] != NULL; i++)
		if (strcmp(word, alert_words[i]) == 0)
			return i;
	return -1;
}

static bool
read_number(const char *text, int64_t min, int64_t *out)
{
	return text != NULL && text_read_int(text, min, INT64_MAX, out);
}

/* Cut a line into its fields; the first one is the word before them. */
static bool
read_fields(const char **field, size_t n, char *line)
{
	char *tab;
	size_t i;

	for (i = 0; i < n; i++) {
		tab = strchr(line, '\t');
		if ((tab == NULL) != (i + 1 == n))
			return false;
		if (tab != NULL)
			*tab = '\0';
		if (!read_field(&field[i], line))
			return false;
		if (tab != NULL)
			line = tab + 1;
	}
	return true;
}

static bool
read_mark(struct alert_state *s, char *line)
{
	const char *field[FIELDS];
	struct alert_mark m = { 0 };
	int64_t quiet;
	int kind;

	if (!read_fields(field, FIELDS, line) ||
	    (kind = find_kind(field[1])) == -1 ||
	    !read_number(field[7], INT64_MIN, &m.number) ||
	    !read_number(field[8], INT64_MIN, &m.since_ts) ||
	    !read_number(field[9], 0, &m.gone_ts) ||
	    !read_number(field[10], 0, &quiet))
		return false;
	m.kind = (enum alert_kind)kind;
	m.domain = field[2];
	m.object = field[3];
	m.detail = field[4];
	m.ip = field[5];
	m.next = field[6];
	m.is_quiet = quiet != 0;
	m.command = field[11];
	*(struct alert_mark *)array_add(&s->marks, sizeof(m)) = m;
	return true;
}

static bool
read_todo(struct alert_state *s, char *line)
{
	const char *field[3];

	if (!read_fields(field, 3, line) || field[1] == NULL ||
	    field[2] == NULL)
		return false;
	*(struct alert_todo *)array_add(&s->todo,
	    sizeof(struct alert_todo)) = (struct alert_todo) { .hook = field[1],
		.line = field[2] };
	return true;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Whether the last line is the checksum of the others, which it is cut from. */
static bool
check_end(char *text, size_t n)
{
	struct buf b = { 0 };
	char *last;
	bool ok;

	if (n == 0 || strlen(text) != n || text[n - 1] != '\n')
		return false;
	text[n - 1] = '\0';
	last = strrchr(text, '\n');
	text[n - 1] = '\n';
	if (last == NULL)
		return false;
	last++;
	buf_add(&b, text, (size_t)(last - text));
	add_end(&b);
	ok = b.len == n && memcmp(b.at, text, n) == 0;
	buf_done(&b);
	*last = '\0';
	return ok;
}

static int
refuse(const struct alert_state *s, const char *what, struct err *err)
{
	return err_set(err, ERR_DATA,
	    "%s %s: nothing was changed; name another file, or remove it to "
	    "begin anew",
	    s->file, what);
}

static int
read_text(struct alert_state *s, char *text, size_t n, struct err *err)
{
	char *line, *next;
	bool ok = true;

	if (!begins(text, HEAD))
		return refuse(s,
		    n == 0 ? "is empty"
		           : "is not a state file of ruactl alerts",
		    err);
	if (!begins(text, HEAD VERSION "\n"))
		return refuse(
		    s, "was written by another version of ruactl", err);
	if (!check_end(text, n))
		return refuse(s, "is damaged", err);
	line = strchr(text, '\n');
	for (line++; ok && *line != '\0'; line = next) {
		next = strchr(line, '\n');
		*next++ = '\0';
		ok = begins(line, "mark\t") ? read_mark(s, line)
		                            : read_todo(s, line);
	}
	return ok ? 0 : refuse(s, "is damaged", err);
}

static int
read_file(struct alert_state *s, int fd, struct err *err)
{
	struct buf b = { 0 };
	struct stat st;
	char *text;
	int rc;

	if (fstat(fd, &st) == -1)
		return err_set_errno(err, ERR_INPUT, "cannot read %s", s->file);
	if (!S_ISREG(st.st_mode))
		return refuse(s, "is not a file", err);
	if ((rc = io_read_all(fd, MOST, &b, err)) == 0) {
		text = arena_strndup(&s->strings, buf_str(&b), b.len);
		rc = read_text(s, text, b.len, err);
	} else if (err->class == ERR_LIMIT)
		refuse(s, "is too large", err);
	buf_done(&b);
	return rc;
}

static int
lock(struct alert_state *s, struct err *err)
{
	struct buf path = { 0 };
	int rc = 0;

	write_path(&path, s, "lock");
	s->lock = open(
	    path.at, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock == -1)
		rc = err_set_errno(err, ERR_CREATE, "cannot open %s", path.at);
	else if (flock(s->lock, LOCK_EX | LOCK_NB) == -1)
		rc = errno == EWOULDBLOCK
		    ? err_set(err, ERR_AGAIN,
		          "another ruactl alerts is at work with %s", s->file)
		    : err_set_errno(err, ERR_CREATE, "cannot lock %s", path.at);
	buf_done(&path);
	return rc;
}

int
alert_state_open(struct alert_state *s, const char *file, struct err *err)
{
	char *real = realpath(file, NULL);
	int fd, rc;

	*s = (struct alert_state) { .file = file, .lock = -1 };
	if (real != NULL)
		s->file = arena_strndup(&s->strings, real, strlen(real));
	free(real);
	if (lock(s, err) == -1)
		return -1;
	fd = open(s->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		s->is_first = true;
		return 0;
	}
	if (fd == -1)
		return err_set_errno(err, ERR_INPUT, "cannot read %s", s->file);
	rc = read_file(s, fd, err);
	close(fd);
	return rc;
}

void
alert_state_close(struct alert_state *s)
{
	if (s->lock != -1)
		close(s->lock);
	array_done(&s->marks);
	array_done(&s->todo);
	arena_done(&s->strings);
}
