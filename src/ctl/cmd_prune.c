/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "base/io.h"
#include "ctl/commands.h"
#include "store/store_prune.h"

#define DAY 86400

static const char *
s(int64_t n)
{
	return n == 1 ? "" : "s";
}

static int
print_counts(
    const char *done, const int64_t n[STORE_PRUNE_KINDS], struct err *err)
{
	printf("%s: %" PRId64 " report%s, %" PRId64 " TLS report%s, %" PRId64
	       " failure report%s\n",
	    done, n[STORE_PRUNE_REPORTS], s(n[STORE_PRUNE_REPORTS]),
	    n[STORE_PRUNE_TLS_REPORTS], s(n[STORE_PRUNE_TLS_REPORTS]),
	    n[STORE_PRUNE_FAILURES], s(n[STORE_PRUNE_FAILURES]));
	printf("%s: %" PRId64 " %s, %" PRId64 " poll%s, %" PRId64
	       " DNS record%s\n",
	    done, n[STORE_PRUNE_MAILS],
	    n[STORE_PRUNE_MAILS] == 1 ? "message or file"
	                              : "messages and files",
	    n[STORE_PRUNE_POLLS], s(n[STORE_PRUNE_POLLS]), n[STORE_PRUNE_DNS],
	    s(n[STORE_PRUNE_DNS]));
	if (fflush(stdout) != 0 || ferror(stdout))
		return err_set_errno(err, ERR_AGAIN, "cannot write the output");
	return 0;
}

int
cmd_prune(const struct options *options, struct err *err)
{
	int64_t now = io_time(), before, n[STORE_PRUNE_KINDS] = { 0 };
	struct query_db *db = NULL;
	struct store *s = NULL;
	int rc = -1;

	if (options->older_than < DAY || options->older_than > now)
		return err_set(err, ERR_USAGE,
		    "prune needs --older-than, at least 1d, such as "
		    "--older-than=400d");
	before = (now - options->older_than) / DAY * DAY;
	if (options_open_database(options, &db, err) == -1)
		goto out;
	if (options->dry_run) {
		if (store_prune_count(db, before, n, err) == -1)
			goto out;
	} else if (store_open(&s, options->db, err) == -1 ||
	    store_prune_delete(s, before, n, err) == -1)
		goto out;
	rc = print_counts(
	    options->dry_run ? "would delete" : "deleted", n, err);
out:
	store_close(s);
	query_close(db);
	return rc;
}
