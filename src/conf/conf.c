/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "conf/conf_part.h"

#define CONF_FILE_MAX (16U << 20) /* bytes of one file */

/* --- the report ----------------------------------------------------------- */

__attribute__((format(printf, 4, 0))) static void
conf_say(struct conf_reader *r, struct conf_place place, const char *level,
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
conf_error(struct conf_reader *r, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_say(r, place, "error", fmt, ap);
	va_end(ap);
	r->errors++;
}

void
conf_warn(struct conf_reader *r, struct conf_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_say(r, place, "warning", fmt, ap);
	va_end(ap);
}

/* --- files ---------------------------------------------------------------- */

static void
slurp_error(struct conf_reader *r, const char *path,
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
slurp_fault(char *out, size_t size, int fault, bool is_main)
{
	const struct passwd *pw = getpwuid(geteuid());
	char uid[24];

	snprintf(uid, sizeof(uid), "%u", (unsigned int)geteuid());
	if (fault == EACCES)
		snprintf(out, size, "user \"%s\" may not read it",
		    pw != NULL ? pw->pw_name : uid);
	else if (fault == ENOENT)
		snprintf(out, size, "there is no such file%s",
		    is_main ? "; write one, see ruad.conf(5), or name "
		              "another with -c"
		            : "");
	else
		snprintf(out, size, "it cannot be read: %s", strerror(fault));
}

/* Remember what says nothing about the configuration. */
static void
note_fault(struct conf_reader *r, int fault)
{
	if (err_is_passing(fault))
		r->fault = fault;
}

int
conf_slurp(struct conf_reader *r, const char *path,
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
		note_fault(r, errno);
		slurp_fault(why, sizeof(why), errno, path == r->main);
		slurp_error(r, path, from, why);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		slurp_error(r, path, from, "it is not a regular file");
		goto out;
	}
	if ((st.st_mode & 022) != 0) {
		snprintf(why, sizeof(why),
		    "others than its owner can write it (mode %04o), and "
		    "could have ruad run commands or send passwords "
		    "elsewhere: chmod go-w",
		    (unsigned int)st.st_mode & 07777);
		slurp_error(r, path, from, why);
		goto out;
	}
	if (io_read_all(fd, CONF_FILE_MAX, text, &err) == -1) {
		if (err.class == ERR_AGAIN)
			note_fault(r, errno);
		slurp_error(r, path, from, err.text);
		goto out;
	}
	if (text->len > 0 && memchr(text->at, '\0', text->len) != NULL) {
		slurp_error(r, path, from,
		    "it is not a text file: it holds "
		    "NUL bytes");
		goto out;
	}
	/* The group of a file of root's is the one he chose for ruad. */
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

/* --- files ---------------------------------------------------------------- */

/*
 * libconfig looks for @include files in the working directory, so this is
 * where ruad.conf is while it reads.
 */
static int
conf_parse(struct conf_reader *r, config_t *config, const char *text)
{
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	if (r->dir[0] != '\0' && chdir(r->dir) == -1)
		goto out;
	rc = config_read_string(config, text) ? 0 : -1;
	/* Having come by sudo we may not be able to go back: any will do. */
	if (r->dir[0] != '\0' && fchdir(cwd) == -1 && chdir("/") == -1)
		rc = -1;
out:
	if (cwd != -1)
		close(cwd);
	return rc;
}

static void
conf_read_file(struct conf_reader *r, const char *path, bool only_mailboxes)
{
	struct buf text = { 0 };
	struct conf_place place = { path, 0 };
	size_t first = r->files.n;
	config_t config;

	config_init(&config);
	if (conf_scan(r, path, &text) == -1)
		goto out;
	r->current = ((struct conf_file *)r->files.at)[first].name;
	if (conf_parse(r, &config, buf_str(&text)) == -1) {
		place.line = (unsigned int)config_error_line(&config);
		if (config_error_file(&config) != NULL)
			place.file = config_error_file(&config);
		conf_error(r, place, "this line cannot be read: %s",
		    config_error_text(&config) != NULL
		        ? config_error_text(&config)
		        : "its directory cannot be entered");
		goto out;
	}
	conf_read(r, config_root_setting(&config), only_mailboxes);
out:
	config_destroy(&config);
	buf_done(&text);
}

static int
conf_is_dropin(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 &&
	    strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* By bytes: the order must not depend on the locale. */
static int
conf_compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Read each *.conf of include_dir; one that nobody asked for may be missing. */
static void
conf_read_dir(struct conf_reader *r)
{
	struct conf_place whole = { r->main, 0 };
	struct dirent **entries = NULL;
	char *dir, *path;
	const char *name = r->conf->include_dir;
	struct stat st;
	int i, n;

	if (name != NULL && name[0] == '\0')
		return;
	dir = conf_join(r->dir, name != NULL ? name : "conf.d");
	if (stat(dir, &st) == 0 && (st.st_mode & 022) != 0) {
		conf_error(r,
		    r->include_dir.file != NULL ? r->include_dir : whole,
		    "include_dir \"%s\": others than its owner can write it "
		    "(mode %04o), and could add mailboxes of their own: chmod "
		    "go-w",
		    dir, (unsigned int)st.st_mode & 07777);
		free(dir);
		return;
	}
	n = scandir(dir, &entries, conf_is_dropin, conf_compare_entries);
	if (n == -1 && (errno != ENOENT || name != NULL)) {
		note_fault(r, errno);
		conf_error(r,
		    r->include_dir.file != NULL ? r->include_dir : whole,
		    "include_dir \"%s\" cannot be read: %s", dir,
		    strerror(errno));
	}
	for (i = 0; i < n; i++) {
		path = conf_join(dir, entries[i]->d_name);
		conf_read_file(r, path, true);
		free(path);
		free(entries[i]);
	}
	free(entries);
	free(dir);
}

/* --- the whole ------------------------------------------------------------ */

/* The directory of a path, absolute or as it is written ("" for none). */
static char *
conf_dir(const char *path, bool is_absolute)
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

/* What can only be said when everything is read. */
static void
conf_finish(struct conf_reader *r)
{
	struct conf *conf = r->conf;
	struct conf_mailbox *m = conf->mailboxes.at;
	struct conf_place whole = { r->main, 0 };
	size_t i;

	if (conf->mailboxes.n == 0 && r->errors == 0)
		conf_error(r, whole,
		    "no mailbox is configured: add mailboxes = ( { name = "
		    "\"own\"; host = \"imap.example.org\"; user = "
		    "\"dmarc@example.org\"; password_file = "
		    "\"/etc/ruad/own.pass\"; } );");
	if (conf->interval == 0)
		conf->interval = CONF_INTERVAL;
	if (conf->max_connections == 0)
		conf->max_connections = CONF_CONNECTIONS;
	for (i = 0; i < conf->mailboxes.n; i++)
		if (m[i].interval == 0)
			m[i].interval = conf->interval;
	if (conf->database == NULL)
		conf->database = xstrdup(RUAD_DATABASE);
	conf_check_mailboxes(r);
}

static void
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

int
conf_load(const char *path, struct conf **out, struct buf *report)
{
	static const struct limits limits = LIMITS_DEFAULT;
	struct conf *conf = xcalloc(1, sizeof(*conf));
	struct conf_reader r = { .conf = conf, .report = report, .main = path };
	const char *slash = strrchr(path, '/');
	int rc = -1;

	r.dir = conf_dir(path, false);
	r.root = conf_dir(path, true);
	conf->path = conf_join(r.root, slash != NULL ? slash + 1 : path);
	conf->limits = limits;
	conf_read_file(&r, path, false);
	/* Without the main file it is not known which directory counts. */
	if (r.current != NULL)
		conf_read_dir(&r);
	conf_finish(&r);
	if (r.errors == 0) {
		*out = conf;
		conf = NULL;
		rc = 0;
	}
	conf_reader_done(&r);
	conf_free(conf);
	errno = r.fault;
	return rc;
}

static void
conf_free_texts(char **texts)
{
	char **text;

	for (text = texts; text != NULL && *text != NULL; text++)
		free(*text);
	free(texts);
}

static void
conf_free_oauth2(struct conf_oauth2 *o)
{
	conf_free_texts(o->client_secret_command);
	free(o->tenant);
	free(o->client_id);
	free(o->client_secret_file);
	free(o->client_secret_credential);
	free(o->refresh_token_file);
	free(o->scope);
	free(o->token_url);
	free(o->ca_file);
}

static void
conf_free_mailbox(struct conf_mailbox *m)
{
	if (m->password != NULL)
		explicit_bzero(m->password, strlen(m->password));
	conf_free_texts(m->password_command);
	conf_free_texts(m->token_command);
	conf_free_oauth2(&m->oauth2);
	conf_free_texts(m->authserv_ids);
	free(m->name);
	free(m->host);
	free(m->user);
	free(m->ca_file);
	free(m->pin_sha256);
	free(m->password);
	free(m->password_file);
	free(m->password_credential);
	free(m->folder);
	free(m->archive);
	free(m->failed);
	free(m->other);
}

void
conf_free(struct conf *conf)
{
	struct conf_mailbox *m;
	size_t i;

	if (conf == NULL)
		return;
	m = conf->mailboxes.at;
	for (i = 0; i < conf->mailboxes.n; i++)
		conf_free_mailbox(&m[i]);
	array_done(&conf->mailboxes);
	free(conf->path);
	free(conf->database);
	free(conf->include_dir);
	free(conf);
}

const struct conf_mailbox *
conf_find(const struct conf *conf, const char *name)
{
	const struct conf_mailbox *m = conf->mailboxes.at;
	size_t i;

	for (i = 0; i < conf->mailboxes.n; i++)
		if (strcmp(m[i].name, name) == 0)
			return &m[i];
	return NULL;
}
