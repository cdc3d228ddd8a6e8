/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"

#define CONF_FILE_MAX (16U << 20) /* bytes of one file */

/* The directory of a path, absolute or as it is written ("" for none). */
static char *
reader_dir(const char *path, bool is_absolute)
{
	const char *slash = strrchr(path, '/');
	char *dir, *cwd, *joined;

	dir = slash == NULL ? xstrdup("")
	    : slash == path ? xstrdup("/")
	                    : xstrndup(path, (size_t)(slash - path));
	if (!is_absolute || dir[0] == '/')
		return dir;
	if ((cwd = getcwd(NULL, 0)) == NULL)
		return dir;
	joined = dir[0] != '\0' ? conf_join(cwd, dir) : xstrdup(cwd);
	free(cwd);
	free(dir);
	return joined;
}

void
conf_reader_init(struct conf_reader *r, const char *path, struct conf *conf,
    struct buf *report)
{
	*r = (struct conf_reader) {
		.conf = conf,
		.report = report,
		.main = path,
		.dir = reader_dir(path, false),
		.root = reader_dir(path, true),
	};
}

void
conf_reader_done(struct conf_reader *r)
{
	struct conf_file *files = r->files.at;
	size_t i;

	for (i = 0; i < r->files.n; i++)
		free(files[i].name);
	array_done(&r->files);
	array_done(&r->places);
	free(r->dir);
	free(r->root);
}

/* --- the report ----------------------------------------------------------- */

__attribute__((format(printf, 4, 0))) static void
reader_say(struct conf_reader *r, struct conf_place place, const char *level,
    const char *fmt, va_list ap)
{
	char text[1024], safe[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	buf_add_str(r->report, text_safe(safe, sizeof(safe), place.file));
	if (place.line > 0)
		buf_printf(r->report, ":%u", place.line);
	buf_printf(r->report, ": %s: %s%s\n", level, r->subject,
	    text_safe(safe, sizeof(safe), text));
}

void
conf_verror(
    struct conf_reader *r, struct conf_place place, const char *fmt, va_list ap)
{
	reader_say(r, place, "error", fmt, ap);
	r->errors++;
}

void
conf_error(struct conf_reader *r, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_verror(r, place, fmt, ap);
	va_end(ap);
}

void
conf_warn(struct conf_reader *r, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reader_say(r, place, "warning", fmt, ap);
	va_end(ap);
}

void
conf_warn_unreadable(struct conf_reader *r, const config_setting_t *s,
    const char *key, const char *path, int how)
{
	if (path == NULL || access(path, how) == 0)
		return;
	conf_warn(r, conf_member_place(r, s, key), "%s: cannot %s \"%s\": %s",
	    key, how == X_OK ? "run" : "read", path, strerror(errno));
}

void
conf_note_fault(struct conf_reader *r, int fault)
{
	if (err_is_passing(fault))
		r->fault = fault;
}

/* --- places --------------------------------------------------------------- */

char *
conf_join(const char *dir, const char *path)
{
	char *joined;

	if (path[0] == '/' || dir[0] == '\0')
		return xstrdup(path);
	xasprintf(&joined, "%s%s%s", dir,
	    dir[strlen(dir) - 1] == '/' ? "" : "/", path);
	return joined;
}

struct conf_place
conf_place(const struct conf_reader *r, const config_setting_t *at)
{
	const struct conf_file *files = r->files.at;
	const char *name = config_setting_source_file(at);
	struct conf_place place = { r->current,
		config_setting_source_line(at) };
	char *path;
	size_t i;

	if (name != NULL) {
		path = conf_join(r->dir, name);
		for (i = 0; i < r->files.n; i++)
			if (strcmp(files[i].name, path) == 0)
				place.file = files[i].name;
		free(path);
	}
	return place;
}

struct conf_place
conf_member_place(
    const struct conf_reader *r, const config_setting_t *s, const char *key)
{
	const config_setting_t *member = config_setting_get_member(s, key);

	return conf_place(r, member != NULL ? member : s);
}

bool
conf_is_set(const config_setting_t *s, const char *key)
{
	return config_setting_get_member(s, key) != NULL;
}

/* --- files ---------------------------------------------------------------- */

static void
load_error(struct conf_reader *r, const char *path,
    const struct conf_place *from, const char *what)
{
	struct conf_place whole = { path, 0 };

	if (from != NULL)
		conf_error(r, *from, "@include \"%s\": %s", path, what);
	else
		conf_error(r, whole, "%s", what);
}

/* Why open() or read() failed, in words for the one who installs ruad. */
static void
load_explain(char *out, size_t size, int fault, bool is_main)
{
	const struct passwd *pw = getpwuid(geteuid());
	char uid[24];

	snprintf(uid, sizeof(uid), "%u", (unsigned int)geteuid());
	if (fault == EACCES)
		snprintf(out, size, "user \"%s\" may not read this file",
		    pw != NULL ? pw->pw_name : uid);
	else if (fault == ENOENT)
		snprintf(out, size, "no such file%s",
		    is_main ? "; create it, see ruad.conf(5), or name another "
		              "with -c"
		            : "");
	else
		snprintf(out, size, "cannot be read: %s", strerror(fault));
}

int
conf_reader_load(struct conf_reader *r, const char *path,
    const struct conf_place *from, struct buf *text, struct conf_place *place)
{
	struct conf_file *file;
	struct stat st;
	struct err err = ERR_INIT;
	unsigned int others;
	char why[256];
	int rc = -1, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		conf_note_fault(r, errno);
		load_explain(why, sizeof(why), errno, path == r->main);
		load_error(r, path, from, why);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		load_error(r, path, from, "not a regular file");
		goto out;
	}
	if ((st.st_mode & 022) != 0) {
		snprintf(why, sizeof(why),
		    "users other than its owner can write this file (mode "
		    "%04o), and could make ruad run commands or send "
		    "passwords elsewhere: run chmod go-w",
		    (unsigned int)st.st_mode & 07777);
		load_error(r, path, from, why);
		goto out;
	}
	if (io_read_all(fd, CONF_FILE_MAX, text, &err) == -1) {
		if (err.class == ERR_AGAIN)
			conf_note_fault(r, errno);
		load_error(r, path, from, err.text);
		goto out;
	}
	if (text->len > 0 && memchr(text->at, '\0', text->len) != NULL) {
		load_error(
		    r, path, from, "not a text file: it contains NUL bytes");
		goto out;
	}
	/* The group of a file of root's is the one chosen for ruad. */
	others = st.st_mode & (st.st_uid == 0 ? 037 : 077);
	file = array_add(&r->files, sizeof(*file));
	file->name = xstrdup(path);
	file->mode = st.st_mode & 07777;
	file->is_exposed = others != 0;
	place->file = file->name;
	place->line = 1;
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	return rc;
}
