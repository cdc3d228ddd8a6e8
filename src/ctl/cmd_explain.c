/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "answer/dns_history.h"
#include "answer/explain_answer.h"
#include "answer/explain_reports.h"
#include "base/io.h"
#include "ctl/commands.h"
#include "ctl/explain_ask.h"
#include "ctl/explain_print.h"
#include "ctl/explain_run.h"

/* "-", or nothing: standard input.  Returns the descriptor, or -1. */
static int
open_input(const struct options *options, const char **name, struct err *err)
{
	struct stat st;
	int fd, flags;

	*name = options->nargs > 0 ? options->args[0] : "-";
	if (strcmp(*name, "-") == 0) {
		*name = "standard input";
		if (options->nargs == 0 && isatty(STDIN_FILENO) == 1)
			fputs("Paste the header, the bounce or the answer of "
			      "the server, then press Ctrl-D on a line of its "
			      "own.\n",
			    stderr);
		/* What was closed main() has opened to write. */
		flags = fcntl(STDIN_FILENO, F_GETFL);
		if (flags == -1 || (flags & O_ACCMODE) == O_WRONLY)
			return err_set(err, ERR_INPUT,
			    "standard input is closed: name a file");
		return STDIN_FILENO;
	}
	fd = open(*name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return err_set_errno(err, ERR_INPUT, "%s", *name);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return err_set(err, ERR_INPUT,
		    "%s: is a directory; name one message in it", *name);
	}
	return fd;
}

/* db NULL: it could not be opened, err says why. */
static void
add_reports(struct explain_answer *answer, const struct explain_facts *facts,
    struct query_db *db, struct err *err)
{
	if (db != NULL &&
	    explain_reports_add(answer, facts, db, io_time(), err) == 0)
		return;
	/* Without a database, reports are not asked for. */
	if (db != NULL || err->class != ERR_INPUT)
		prose_add(&answer->notes,
		    "What reports have of it could not be read: %s.",
		    err->text);
}

/*
 * The database is optional.  today: what DNS says; NULL: what the database has
 * kept of it, if there is one.
 */
static int
show(const struct options *options, const struct explain_facts *facts,
    const struct explain_dns *dns, const struct dns_source *today,
    struct err *err)
{
	struct dns_history *history = NULL;
	struct explain_answer answer;
	struct err failed = ERR_INIT;
	struct query_db *db = NULL;
	struct dns_source kept;
	int rc;

	if (query_open(&db, options->db, &failed) == -1)
		db = NULL;
	if (today == NULL && db != NULL) {
		history = dns_history_new(db);
		kept = dns_history_source(history);
		today = &kept;
	}
	explain_answer_make_known(&answer, facts, today);
	add_reports(&answer, facts, db, &failed);
	rc = explain_print(options, &answer, facts, dns, err);
	explain_answer_done(&answer);
	dns_history_free(history);
	query_close(db);
	return rc;
}

static int
show_asked(const struct options *options, const struct explain_facts *facts,
    struct err *err)
{
	struct explain_ask asked;
	int rc;

	if (explain_ask(&asked, options, facts, err) == -1)
		return -1;
	rc = show(options, facts, &asked.dns, &asked.source, err);
	explain_ask_done(&asked);
	return rc;
}

int
cmd_explain(const struct options *options, struct err *err)
{
	struct explain_facts facts = { 0 };
	struct buf text = { 0 };
	const char *name;
	int fd, rc;

	if (explain_check_format(options, "explain", err) == -1 ||
	    explain_check_server(options, "explain", err) == -1)
		return -1;
	if ((fd = open_input(options, &name, err)) == -1)
		return -1;
	rc = explain_run(fd, options->our_id, &text, &facts, err);
	if (fd != STDIN_FILENO)
		close(fd);
	if (rc == 0 && strcmp(facts.form, "none") == 0)
		rc = err_set(err, ERR_DATA, "%s: nothing to explain: %s", name,
		    facts.reason != NULL ? facts.reason : "it is no message");
	if (rc == 0)
		rc = options->dns ? show_asked(options, &facts, err)
		                  : show(options, &facts, NULL, NULL, err);
	explain_facts_done(&facts);
	buf_done(&text);
	return rc == -1 ? -1 : EX_OK;
}
