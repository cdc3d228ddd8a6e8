/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "report/wire.h"
#include "store/store.h"
#include "store/store_priv.h"

/* Binds ?1 to ?6 of the statements that look for an identity. */
static void
bind_identity(sqlite3_stmt *st, const struct report *r)
{
	/* The day follows from the period, but leads the index. */
	store_bind_text(st, 1, r->external_id);
	store_bind_text(st, 2, r->domain);
	store_bind_text(st, 3, r->reporter);
	store_bind_int(st, 4, r->begin_ts);
	store_bind_int(st, 5, r->end_ts);
	store_bind_int(st, 6, report_day(r->begin_ts, r->end_ts));
}

static void
bind_digest(sqlite3_stmt *st, int i, const struct report *r)
{
	sqlite3_bind_blob(
	    st, i, r->content_sha256, sizeof(r->content_sha256), SQLITE_STATIC);
}

/* Which report of the identity counts; what it proves names sources. */
static int
judge(struct store *s, int64_t id, enum store_outcome *outcome, struct err *err)
{
	if (store_judge_report(s->db, s->path, s->cache[STORE_CACHE_COUNTED],
	        id, outcome, err) == -1)
		return -1;
	return store_name_by_report(s, id, err);
}

/*
 * Look for the report.  The very same content is known without its records;
 * other content of the identity is compared when they are there.
 */
static int
compare(struct store *s, const struct report *r, enum store_outcome *outcome,
    struct err *err)
{
	static const char doing[] = "look for a report";
	enum store_outcome ignored;
	int64_t same[3]; /* id, partial, verified */
	bool found;

	/* The usual case: without a rival there is no copy either. */
	*outcome = STORE_NEW;
	bind_identity(s->stmt[STMT_REPORT_RIVAL], r);
	if (store_run_row(s, STMT_REPORT_RIVAL, doing, NULL, 0, &found, err) ==
	    -1)
		return -1;
	if (!found)
		return 0;

	*outcome = STORE_CONFLICT;
	bind_identity(s->stmt[STMT_REPORT_SAME], r);
	bind_digest(s->stmt[STMT_REPORT_SAME], 7, r);
	if (store_run_row(s, STMT_REPORT_SAME, doing, same, 3, &found, err) ==
	    -1)
		return -1;
	if (!found)
		return 0;
	if (same[1] && !r->partial && same[2] <= s->is_verified) {
		/* What it says of its records is all the same. */
		store_bind_int(s->stmt[STMT_REPORT_DELETE], 1, same[0]);
		return store_run(
		    s, STMT_REPORT_DELETE, "replace a damaged report", err);
	}
	*outcome = STORE_DUPLICATE;
	if (same[2] >= s->is_verified)
		return 0;
	if (store_take_over(s, STMT_REPORT_TAKE, same[0], err) == -1)
		return -1;
	return judge(s, same[0], &ignored, err);
}

/* The errors in one text, with its NUL. */
static void
join_errors(struct buf *b, const struct report *r)
{
	const char *const *errors = r->errors.at;
	size_t i;

	for (i = 0; i < r->errors.n; i++) {
		if (i > 0)
			buf_add_str(b, "; ");
		buf_add_str(b, errors[i]);
	}
	buf_add_char(b, '\0');
}

/* In the order of STMT_REPORT_ADD. */
static int
add_report(
    struct store *s, const struct report *r, bool conflict, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_REPORT_ADD];
	size_t quirks, raw;
	int i = 7;

	/* All texts first, then their places: the buffer may move. */
	s->scratch.text.len = 0;
	join_errors(&s->scratch.text, r);
	quirks = s->scratch.text.len;
	json_add_strings(&s->scratch.text, &r->quirks);
	buf_add_char(&s->scratch.text, '\0');
	raw = s->scratch.text.len;
	wire_write_raw_words(&s->scratch.text, &r->raw);
	buf_add_char(&s->scratch.text, '\0');

	bind_identity(st, r);
	store_bind_int(st, i++, s->message_id);
	store_bind_text(st, i++, r->filename);
	store_bind_text(st, i++, r->org_name);
	store_bind_text(st, i++, r->org_email);
	store_bind_text(st, i++, r->extra_contact);
	store_bind_text(st, i++, r->p);
	store_bind_text(st, i++, r->sp);
	store_bind_text(st, i++, r->np);
	store_bind_text(st, i++, r->adkim);
	store_bind_text(st, i++, r->aspf);
	store_bind_int_or_null(st, i++, r->pct, -1);
	store_bind_text(st, i++, r->fo);
	store_bind_text(st, i++, r->testing);
	store_bind_text(st, i++, r->discovery_method);
	store_bind_text(st, i++, r->generator);
	store_bind_text(st, i++, r->version);
	store_bind_text(st, i++, r->errors.n > 0 ? s->scratch.text.at : NULL);
	store_bind_text(
	    st, i++, r->quirks.n > 0 ? s->scratch.text.at + quirks : NULL);
	store_bind_int(st, i++, r->partial);
	store_bind_int(st, i++, conflict);
	bind_digest(st, i++, r);
	store_bind_int(st, i++, io_time());
	store_bind_text(
	    st, i++, r->raw.n > 0 ? s->scratch.text.at + raw : NULL);
	return store_run(s, STMT_REPORT_ADD, "add a report", err);
}

int
store_add_report(struct store *s, const struct report *r,
    enum store_outcome *outcome, struct err *err)
{
	enum store_outcome found;

	if (store_check_begun(s, "add a report", err) == -1 ||
	    store_end_report(s, &found, err) == -1 ||
	    compare(s, r, &found, err) == -1)
		return -1;
	if (found != STORE_DUPLICATE) {
		s->report_day = report_day(r->begin_ts, r->end_ts);
		if (add_report(s, r, found == STORE_CONFLICT, err) == -1)
			return -1;
		s->report_id = sqlite3_last_insert_rowid(s->db);
		s->is_rival = found == STORE_CONFLICT;
	}
	*outcome = found;
	return 0;
}

int
store_end_report(struct store *s, enum store_outcome *outcome, struct err *err)
{
	int64_t id = s->report_id, tls_id = s->tls_report_id;
	bool is_rival = s->is_rival, is_tls_rival = s->is_tls_rival;

	if (id != 0 && !is_rival &&
	    store_pack_write(s->db, s->stmt[STMT_PACK_SET], s->path, id,
	        &s->pack, err) == -1)
		return -1;
	store_forget_report(s);
	if (is_rival)
		return judge(s, id, outcome, err);
	if (is_tls_rival)
		return store_judge_tls(s->db, s->path,
		    s->cache[STORE_CACHE_COUNTED_TLS], tls_id, outcome, err);
	return 0;
}

/* The numbers of record_row; the view record has the words for them. */
static const char *const causes[] = { "aligned", "dkim_only", "spf_only",
	"dkim_unaligned", "spf_unaligned", "dkim_broken", "no_auth", NULL };
static const char *const dispositions[] = { "none", "pass", "quarantine",
	"reject", NULL };
static const char *const results[] = { "fail", "pass", NULL };

/*
 * Return its number, -1 without a word.  Another word is -1 for the table, too,
 * which refuses it.
 */
static int
bind_word(sqlite3_stmt *st, int i, const char *const words[], const char *word)
{
	int n;

	if (word == NULL) {
		sqlite3_bind_null(st, i);
		return -1;
	}
	for (n = 0; words[n] != NULL && strcmp(words[n], word) != 0;)
		n++;
	if (words[n] == NULL)
		n = -1;
	store_bind_int(st, i, n);
	return n;
}

int
store_add_record(struct store *s, const struct record *r, struct err *err)
{
	enum store_stmt add = s->is_rival ? STMT_RECORD_ADD_ASIDE
	                                  : STMT_RECORD_ADD;
	struct pack_record packed = { .messages = r->messages };
	sqlite3_stmt *st = s->stmt[add];
	int dkim, spf;

	if (store_check_writing(s, "add a record", err) == -1)
		return -1;
	if (s->report_id == 0)
		return err_set(err, ERR_BUG,
		    "%s: cannot add a record: no report was added", s->path);
	if (r->source_ip != NULL &&
	    store_find_source(
	        s, r->source_ip, s->report_day, &packed.source, err) == -1)
		return -1;
	if (packed.source != 0 && !s->is_rival &&
	    store_name_by_record(s, packed.source, r, err) == -1)
		return -1;
	if (store_find_profile(s, r, &packed.profile, err) == -1 ||
	    store_find_dkim(s, &r->auth_dkim, &packed.signatures, err) == -1)
		return -1;
	store_bind_int(st, 1, s->report_id);
	store_bind_int_or_null(st, 2, packed.source, 0);
	store_bind_int(st, 3, r->messages);
	packed.cause = bind_word(st, 4, causes, r->cause);
	packed.disposition = bind_word(st, 5, dispositions, r->disposition);
	dkim = bind_word(st, 6, results, r->dkim);
	spf = bind_word(st, 7, results, r->spf);
	packed.dkim = dkim == 1;
	packed.spf = spf == 1;
	packed.has_dkim = dkim >= 0;
	packed.has_spf = spf >= 0;
	store_bind_int(st, 8, packed.profile);
	store_bind_int_or_null(st, 9, packed.signatures, 0);
	store_bind_text(st, 10, r->envelope_to);
	if (store_run(s, add, "add a record", err) == -1)
		return -1;
	packed.id = sqlite3_last_insert_rowid(s->db);
	store_pack_add(&s->pack, &packed);
	return 0;
}
