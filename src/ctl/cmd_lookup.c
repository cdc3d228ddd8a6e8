/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "conf/conf.h"
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/lookup_run.h"
#include "ctl/lookup_say.h"

#define RATE 20 /* questions a second, unless another number is asked for */

/* The command under way. */
struct lookup {
	const struct options *options;
	struct conf *conf; /* NULL: none was read */
	const char *database;
	char *domain;
	struct array ips; /* of const char * */
	struct arena text;
	struct lookup_run run;
};

/* --- settings ------------------------------------------------------------- */

/* Options that leave nothing to ruad.conf. */
static bool
needs_conf(const struct options *options)
{
	return options->config != NULL || options->nmmdb == 0 ||
	    options->server == NULL;
}

/*
 * What -c names must be right.  The usual file need not be there, and need not
 * be readable for everybody who asks.
 */
static int
load_conf(struct lookup *l, struct err *err)
{
	const char *path = l->options->config != NULL ? l->options->config
	                                              : CONF_PATH;
	int rc;

	if (!needs_conf(l->options) ||
	    (l->options->config == NULL && access(path, F_OK) == -1 &&
	        errno == ENOENT))
		return 0;
	rc = options_load_conf(path, &l->conf, err);
	if (rc == -1 && l->options->config == NULL) {
		if (!l->options->dry_run)
			prose_add(&l->run.warnings,
			    "%s; its settings for look-ups are not used",
			    err->text);
		*err = (struct err)ERR_INIT;
		rc = 0;
	}
	return rc;
}

static int
open_files(struct lookup *l, struct err *err)
{
	const char *const *paths = l->options->mmdb;
	const char *from = "--mmdb";
	size_t n = (size_t)l->options->nmmdb;

	if (n == 0 && l->conf != NULL && l->conf->lookup.mmdb != NULL) {
		paths = (const char *const *)l->conf->lookup.mmdb;
		from = "lookup.mmdb";
		while (paths[n] != NULL)
			n++;
	}
	if (n == 0)
		return 0;
	if (geo_open(&l->run.geo, paths, n, err) == -1)
		return err_prepend(err, "%s", from);
	return 0;
}

static void
warn_of_files(struct lookup *l)
{
	struct geo_file f;
	int64_t days;
	size_t i;

	for (i = 0; i < geo_count(l->run.geo); i++) {
		f = geo_at(l->run.geo, i);
		if ((days = geo_days_old(&f, l->run.question.now)) > 0)
			prose_add(&l->run.warnings,
			    "%s is %lld days old: AS and country may be wrong",
			    f.path, (long long)days);
		if (f.is_damaged)
			prose_add(&l->run.warnings,
			    "%s is damaged: get it again", f.path);
	}
}

static int
settle(struct lookup *l, struct err *err)
{
	const struct dns_options usual = DNS_OPTIONS_MANY;
	const struct options *o = l->options;
	struct lookup_run *run = &l->run;

	if (load_conf(l, err) == -1)
		return -1;
	run->dns = usual;
	run->dns.per_second = o->rate > 0 ? (int)o->rate : RATE;
	run->dns.servers = o->server;
	if (o->server == NULL && l->conf != NULL)
		run->dns.servers = l->conf->lookup.server;
	run->asks_cymru = o->cymru ||
	    (l->conf != NULL && l->conf->lookup.cymru);
	l->database = o->db;
	if (o->config != NULL && l->conf != NULL && o->is_usual_db)
		l->database = l->conf->database;
	return o->dry_run ? 0 : open_files(l, err);
}

/* --- which sources -------------------------------------------------------- */

/* A domain, or addresses, or nothing. */
static int
read_arguments(struct lookup *l, struct err *err)
{
	const struct options *o = l->options;
	struct lookup_question *q = &l->run.question;
	char ip[SUBJECT_ADDRESS];
	int i;

	q->now = io_time();
	q->all = o->all;
	q->limit = o->limit > 0 ? o->limit : LOOKUP_LIMIT;
	if (o->nargs == 0)
		return 0;
	if (!subject_is_like_address(o->args[0])) {
		if (o->nargs > 1 || subject_is_like_network(o->args[0]))
			return err_set(err, ERR_USAGE,
			    "lookup takes one domain, or addresses, but no "
			    "network");
		l->domain = options_copy_domain(o);
		q->domain = l->domain;
		return 0;
	}
	for (i = 0; i < o->nargs; i++) {
		if (subject_read_address(o->args[i], ip, err) == -1)
			return -1;
		*(const char **)array_add(&l->ips,
		    sizeof(char *)) = arena_strndup(&l->text, ip, strlen(ip));
	}
	q->ips = (const char *const *)l->ips.at;
	q->n = l->ips.n;
	if (o->limit == 0)
		q->limit = o->nargs;
	return 0;
}

/* --- the database --------------------------------------------------------- */

/* Say who may write it. */
static int
open_store(struct lookup *l, struct err *err)
{
	const struct passwd *owner;
	char text[sizeof(err->text)];
	struct stat st;

	if (store_open(&l->run.store, l->database, err) == 0)
		return 0;
	if (err->class == ERR_AUTH && stat(l->database, &st) == 0 &&
	    (owner = getpwuid(st.st_uid)) != NULL) {
		memcpy(text, err->text, sizeof(text));
		err_set(err, ERR_AUTH, "%s; run: sudo -u %s ruactl lookup",
		    text, owner->pw_name);
	}
	return -1;
}

static int
open_database(struct lookup *l, struct err *err)
{
	struct options options = *l->options;

	options.db = l->database;
	/* First for reading: a mistyped path must not create a database. */
	if (options_open_database(&options, &l->run.db, err) == -1)
		return -1;
	return l->options->dry_run ? 0 : open_store(l, err);
}

static int
run(struct lookup *l, struct err *err)
{
	struct output *o;
	int rc;

	if (read_arguments(l, err) == -1 || settle(l, err) == -1 ||
	    open_database(l, err) == -1 || lookup_run(&l->run, err) == -1)
		return -1;
	warn_of_files(l);
	o = options_new_output(l->options);
	if (l->run.plan.sources == 0 && output_is_table(o))
		rc = listing_explain_empty(
		    l->options, o, l->run.db, l->domain, err);
	else
		rc = lookup_say(o, &l->run, err);
	if (rc == 0)
		rc = output_end(o, err);
	output_free(o);
	if (rc == 0 && l->run.stopped.class != ERR_NONE)
		return err_set(err, ERR_NET,
		    "stopped: %s; what was learned is kept",
		    l->run.stopped.text);
	if (rc == 0 && l->run.is_silent)
		return err_set(err, ERR_NET,
		    "%s did not answer; what was known is kept",
		    l->run.servers);
	return rc;
}

int
cmd_lookup(const struct options *options, struct err *err)
{
	struct lookup l = { .options = options };
	int rc;

	rc = run(&l, err);
	query_close(l.run.db);
	lookup_run_done(&l.run);
	conf_free(l.conf);
	array_done(&l.ips);
	arena_done(&l.text);
	free(l.domain);
	return rc;
}
