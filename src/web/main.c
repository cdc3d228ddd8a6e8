/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad-web: what reports tell, as web pages.  Whoever can reach it may send
 * anything; it can read the database and nothing else.
 */
#include <libgen.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/port.h"
#include "web/listen.h"
#include "web/lock.h"
#include "web/options.h"
#include "web/worker.h"

#define DEADLINE_MS 5000 /* of CPU time, for one page */

/* What can only be reached from this machine is called so. */
static const char *const local_hosts[] = { "localhost", "127.0.0.1", "[::1]",
	NULL };

/*
 * The database as an absolute path, through all links: its place is fixed.  It
 * need not be there yet, unless it is a link.
 */
static int
find_database(const char *name, char **path, char **directory, struct err *err)
{
	char *real = realpath(name, NULL);
	char *at = xstrdup(real != NULL ? real : name);
	struct stat st;
	int rc = -1;

	free(real);
	real = xstrdup(at);
	if (stat(name, &st) == 0 && S_ISDIR(st.st_mode)) {
		err_set(err, ERR_INPUT,
		    "%s is a directory: the database must be a file", name);
		goto out;
	}
	if (lstat(real, &st) == 0 && S_ISLNK(st.st_mode)) {
		err_set(err, ERR_INPUT,
		    "%s is a link to what is not there: name the file itself",
		    name);
		goto out;
	}
	*directory = realpath(dirname(at), NULL);
	if (*directory == NULL || stat(*directory, &st) == -1 ||
	    !S_ISDIR(st.st_mode)) {
		err_set(err, ERR_INPUT,
		    "there is no directory of %s that can be reached: name the "
		    "database by -d",
		    name);
		goto out;
	}
	xasprintf(path, "%s/%s", (*directory)[1] == '\0' ? "" : *directory,
	    basename(real));
	rc = 0;
out:
	free(at);
	free(real);
	return rc;
}

static int
check_access(
    const struct options *o, const struct listen_socket *s, struct err *err)
{
	if (s->is_local || o->auth_file != NULL || o->no_auth)
		return 0;
	return err_set(err, ERR_CONF,
	    "%s can be reached from other machines: give --auth-file, or "
	    "--no-auth if anybody may look",
	    s->name);
}

/* Only systemd begins it again, when somebody asks. */
static int
check_idle(
    const struct options *o, const struct listen_socket *s, struct err *err)
{
	if (o->idle == 0 || s->is_given)
		return 0;
	return err_set(err, ERR_USAGE,
	    "--idle is for a socket that systemd gives: nobody else would "
	    "start ruad-web again");
}

static const char *const *
hosts_of(const struct options *o, const struct listen_socket *s)
{
	if (o->nhosts > 0)
		return o->hosts;
	return s->is_local && !s->is_unix ? local_hosts : NULL;
}

/* All workers write there when they are asked. */
static _Atomic int64_t *
share_clock(struct err *err)
{
	_Atomic int64_t *at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		err_set_errno(err, ERR_AGAIN, "cannot share memory");
		return NULL;
	}
	*at = io_clock_ms();
	return at;
}

static int
run(const struct options *o, struct err *err)
{
	struct worker_settings w = { .n = o->workers };
	char *db = NULL, *directory = NULL;
	struct auth *auth = NULL;
	struct listen_socket s;
	int rc = -1;

	if (listen_open(&s, o->listen, err) == -1 ||
	    check_access(o, &s, err) == -1 || check_idle(o, &s, err) == -1 ||
	    find_database(o->db, &db, &directory, err) == -1 ||
	    (o->auth_file != NULL && auth_load(&auth, o->auth_file, err) == -1))
		goto out;
	w.directory = directory;
	w.serve.answer.db = db;
	w.serve.answer.has_failures = o->show_failures;
	w.serve.answer.deadline_ms = DEADLINE_MS;
	w.serve.hosts = hosts_of(o, &s);
	w.serve.auth = auth;
	w.serve.is_verbose = o->verbose;
	w.serve.idle_ms = o->idle * 1000;
	if ((w.serve.asked_ms = share_clock(err)) == NULL)
		goto out;
	log_notice(
	    "serving %s at %s, sandbox: %s", db, s.name, lock_describe());
	rc = worker_run_all(&w, s.fd, err);
out:
	auth_free(auth);
	free(db);
	free(directory);
	return rc;
}

int
main(int argc, char **argv)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct options options;
	struct err err = ERR_INIT;
	int rc;

	log_set_name("ruad-web");
	log_open(NULL);
	/* What libc would look for in files later, when there are none. */
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	/* Until it is quiet, see serve.c. */
	port_tune_heap(16 << 20, 64 << 20);
	rc = options_read(&options, argc, argv, &err);
	if (rc == 1)
		return EX_OK;
	if (rc == 0) {
		sigaction(SIGPIPE, &ignore, NULL);
		io_forbid_core();
		rc = run(&options, &err);
	}
	if (rc == -1) {
		log_error("%s", err.text);
		return err_exit_status(err.class);
	}
	return EX_OK;
}
