/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer/cause.h"
#include "answer/subject.h"
#include "base/io.h"
#include "dns/dns.h"

#define ROWS 50

int
options_add_file(struct options *options, const char *path, struct err *err)
{
	if (options->nmmdb == OPTIONS_FILES)
		return err_set(err, ERR_USAGE,
		    "--mmdb may be given %d times at most", OPTIONS_FILES);
	options->mmdb[options->nmmdb++] = path;
	return 0;
}

int
options_load_conf(const char *path, struct conf **out, struct err *err)
{
	struct buf report = { 0 };
	int rc = 0;

	if (access(path, R_OK) == -1)
		return err_set_errno(err,
		    errno == EACCES ? ERR_AUTH : ERR_INPUT, "cannot read %s",
		    path);
	io_forbid_core(); /* it can contain passwords */
	if (conf_load(path, out, &report) == -1)
		rc = err_set(err, ERR_CONF,
		    "%s has errors: ruad -t -c %s shows them", path, path);
	buf_done(&report);
	return rc;
}

int
options_add_selector(
    struct options *options, const char *selector, struct err *err)
{
	if (!dns_is_name(selector) || strstr(selector, "_domainkey") != NULL)
		return err_set(err, ERR_USAGE,
		    "--selector needs the s= of a DKIM signature, such as "
		    "s2024, not \"%s\"",
		    selector);
	if (options->nselectors == OPTIONS_SELECTORS)
		return err_set(err, ERR_USAGE,
		    "--selector can be given %d times at most",
		    OPTIONS_SELECTORS);
	options->selectors[options->nselectors++] = selector;
	return 0;
}

int
options_set_our_id(struct options *options, const char *id, struct err *err)
{
	if (id[0] == '\0' || strlen(id) >= DNS_NAME ||
	    strpbrk(id, " \t\r\n;\"()") != NULL)
		return err_set(err, ERR_USAGE,
		    "--our-id needs the name that begins your server's "
		    "Authentication-Results, not \"%s\"",
		    id);
	options->our_id = id;
	return 0;
}

/* Say how there could be one, if there is none.  Always -1. */
static int
no_database(struct err *err)
{
	char text[sizeof(err->text)];

	if (err->class == ERR_INPUT) {
		snprintf(text, sizeof(text), "%s", err->text);
		err_set(err, ERR_INPUT,
		    "%s; \"ruactl import\" creates one; to use another, "
		    "give -d or set $RUAD_DB",
		    text);
	}
	return -1;
}

int
options_open_database(
    const struct options *options, struct query_db **db, struct err *err)
{
	if (query_open(db, options->db, err) == 0)
		return 0;
	return no_database(err);
}

int
options_open_old_database(
    const struct options *options, struct query_db **db, struct err *err)
{
	if (query_open_old(db, options->db, err) == 0)
		return 0;
	return no_database(err);
}

struct output *
options_new_output(const struct options *options)
{
	struct output_options out;

	output_options_init(&out, options->format, stdout);
	out.title_of_word = cause_brief;
	return output_new(&out);
}

char *
options_copy_domain(const struct options *options)
{
	return options->nargs > 0 ? subject_copy_domain(options->args[0])
	                          : NULL;
}

int64_t
options_row_limit(const struct options *options)
{
	if (options->limit > 0)
		return options->limit;
	return options->format == OUTPUT_TABLE ? ROWS : -1;
}
