/* SPDX-License-Identifier: BSD-2-Clause */
#include "conf/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf_check.h"
#include "conf/conf_fill.h"
#include "conf/conf_read.h"
#include "conf/conf_reader.h"
#include "conf/conf_scan.h"
#include "conf/conf_table.h"

/* --- load ----------------------------------------------------------------- */

/*
 * libconfig looks for @include files in the working directory, so this is
 * where ruad.conf is while it reads.
 */
static int
load_parse(struct conf_reader *r, config_t *config, const char *text)
{
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	if (r->dir[0] != '\0' && chdir(r->dir) == -1)
		goto out;
	rc = config_read_string(config, text) ? 0 : -1;
	/*
	 * Started by sudo, ruad may lack permission to return to the old
	 * directory: any directory will do.
	 */
	if (r->dir[0] != '\0' && fchdir(cwd) == -1 && chdir("/") == -1)
		rc = -1;
out:
	if (cwd != -1)
		close(cwd);
	return rc;
}

static void
load_file(struct conf_reader *r, const char *path,
    void (*read)(struct conf_reader *, const config_setting_t *))
{
	struct buf text = { 0 };
	struct conf_place place = { path, 0 };
	size_t first = r->files.n;
	config_t config;

	config_init(&config);
	if (conf_scan(r, path, &text) == -1)
		goto out;
	r->current = ((struct conf_file *)r->files.at)[first].name;
	if (load_parse(r, &config, buf_str(&text)) == -1) {
		place.line = (unsigned int)config_error_line(&config);
		if (config_error_file(&config) != NULL)
			place.file = config_error_file(&config);
		conf_error(r, place, "this line cannot be read: %s",
		    config_error_text(&config) != NULL
		        ? config_error_text(&config)
		        : "its directory cannot be entered");
		goto out;
	}
	read(r, config_root_setting(&config));
out:
	config_destroy(&config);
	buf_done(&text);
}

static int
load_is_dropin(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 &&
	    strcmp(entry->d_name + n - 5, ".conf") == 0;
}

/* By bytes, so that the order does not depend on the locale. */
static int
load_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Read each *.conf in include_dir, which may be missing unless it is set. */
static void
load_dir(struct conf_reader *r)
{
	struct conf_place whole = { r->main, 0 };
	struct dirent **entries = NULL;
	char *dir, *path;
	bool is_set = r->include_dir.file != NULL;
	struct conf_place place = is_set ? r->include_dir : whole;
	struct stat st;
	int i, n;

	if (r->conf->include_dir[0] == '\0')
		return;
	dir = conf_join(r->dir, r->conf->include_dir);
	if (stat(dir, &st) == 0 && (st.st_mode & 022) != 0) {
		conf_error(r, place,
		    "include_dir \"%s\": users other than its owner can write "
		    "this directory (mode %04o), and could add mailboxes: run "
		    "chmod go-w",
		    dir, (unsigned int)st.st_mode & 07777);
		free(dir);
		return;
	}
	n = scandir(dir, &entries, load_is_dropin, load_compare);
	if (n == -1 && (errno != ENOENT || is_set)) {
		conf_note_fault(r, errno);
		conf_error(r, place, "include_dir \"%s\" cannot be read: %s",
		    dir, strerror(errno));
	}
	for (i = 0; i < n; i++) {
		path = conf_join(dir, entries[i]->d_name);
		load_file(r, path, conf_read_dropin);
		free(path);
		free(entries[i]);
	}
	free(entries);
	free(dir);
}

int
conf_load(const char *path, struct conf **out, struct buf *report)
{
	struct conf *conf = xcalloc(1, sizeof(*conf));
	const char *slash = strrchr(path, '/');
	struct conf_reader r;
	int rc = -1;

	conf_reader_init(&r, path, conf, report);
	conf->path = conf_join(r.root, slash != NULL ? slash + 1 : path);
	conf_read_defaults(&r);
	load_file(&r, path, conf_read);
	/* Without the main file it is not known which directory counts. */
	if (r.current != NULL)
		load_dir(&r);
	conf_fill_intervals(conf);
	conf_check_mailboxes(&r);
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

/* --- free and find -------------------------------------------------------- */

static void
free_strings(char **strings)
{
	char **p;

	for (p = strings; p != NULL && *p != NULL; p++)
		free(*p);
	free(strings);
}

static void
free_group(const struct conf_key *keys, void *group)
{
	void *value;

	for (; keys->name != NULL; keys++) {
		value = (char *)group + keys->offset;
		if (keys->type == CONF_SECRET && *(char **)value != NULL)
			explicit_bzero(
			    *(char **)value, strlen(*(char **)value));
		if (keys->type <= CONF_FILE)
			free(*(char **)value);
		else if (keys->type == CONF_ARGV || keys->type == CONF_TEXTS ||
		    keys->type == CONF_FILES)
			free_strings(*(char ***)value);
		else if (keys->type == CONF_LOOKUP)
			free_group(conf_lookup_keys, value);
		else if (keys->type == CONF_OAUTH2)
			free_group(conf_oauth2_keys, value);
	}
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
		free_group(conf_mailbox_keys, &m[i]);
	array_done(&conf->mailboxes);
	free_group(conf_root_keys, conf);
	free(conf->path);
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
