/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/record_reader.h"

#include <stdlib.h>

#include "answer/scope.h"
#include "base/map.h"
#include "base/mem.h"

struct record_reader {
	const char *part;
	struct pack_reader pack;
	const struct record_keep *kept; /* NULL: nothing was */
	struct query *packs; /* of report_pack; NULL: nothing was kept */
	struct query *rows;  /* of record_row */
	int at[10];          /* its columns */
	struct query *from;  /* whether a profile is of the part */
	struct map profiles; /* of bool: the same, once it is known */
	bool is_packed, is_part;
};

enum {
	ROW_ID,
	ROW_SOURCE,
	ROW_MESSAGES,
	ROW_CAUSE,
	ROW_DISPOSITION,
	ROW_DKIM,
	ROW_SPF,
	ROW_PROFILE,
	ROW_SIGNATURES,
	ROW_COLUMNS
};

static const char *const row_names[ROW_COLUMNS] = { "id", "source_id",
	"messages", "cause", "disposition", "dkim", "spf", "profile_id",
	"dkim_list_id" };

static const char rows_sql[] =
    "SELECT id, source_id, messages, cause,"
    " coalesce(disposition, -1) AS disposition, dkim, spf, profile_id,"
    " dkim_list_id FROM record_row WHERE report_id = ?1";

static const char packs_sql[] =
    "SELECT records FROM report_pack WHERE report_id = ?1";

static const char from_sql[] =
    "WITH dom(part) AS (SELECT ?2) SELECT 1 FROM dom CROSS JOIN profile p"
    " WHERE p.id = ?1 AND " SCOPE_IS_PART("p.header_from");

int
record_reader_new(struct record_reader **out, struct query_db *db,
    const char *part, const struct record_keep *kept, struct err *err)
{
	struct record_reader *r = xcalloc(1, sizeof(*r));

	r->part = part;
	r->profiles.size = sizeof(bool);
	if (kept != NULL && record_keep_has(kept))
		r->kept = kept;
	if ((r->kept != NULL &&
	        query_new(&r->packs, db, packs_sql, err) == -1) ||
	    query_new(&r->rows, db, rows_sql, err) == -1 ||
	    query_new(&r->from, db, from_sql, err) == -1) {
		record_reader_free(r);
		return -1;
	}
	query_find_columns(r->rows, row_names, ROW_COLUMNS, r->at);
	*out = r;
	return 0;
}

void
record_reader_free(struct record_reader *r)
{
	if (r == NULL)
		return;
	query_free(r->packs);
	query_free(r->rows);
	query_free(r->from);
	map_done(&r->profiles);
	free(r);
}

/* What was kept of a report, or else is in its row; at is NULL without one. */
static int
find_packed(struct record_reader *r, int64_t report, struct record_kept *out,
    struct err *err)
{
	int rc;

	*out = record_keep_find(r->kept, report);
	if (out->at != NULL)
		return 0;
	query_restart(r->packs);
	query_bind_int(r->packs, 1, report);
	if ((rc = query_step(r->packs, err)) == 1)
		out->at = query_blob(r->packs, 0, &out->len);
	return rc == -1 ? -1 : 0;
}

int
record_reader_start(struct record_reader *r, struct query *q, int packed,
    int64_t report, bool is_part, struct err *err)
{
	struct record_kept pack;

	if (r->kept == NULL)
		pack.at = query_blob(q, packed, &pack.len);
	else if (find_packed(r, report, &pack, err) == -1)
		return -1;
	r->is_part = is_part;
	r->is_packed = pack.at != NULL;
	if (r->is_packed) {
		r->pack = (struct pack_reader) { pack.at, pack.at + pack.len,
			0 };
		return 0;
	}
	query_restart(r->rows);
	query_bind_int(r->rows, 1, report);
	return 0;
}

void
record_reader_keep(
    const struct record_reader *r, struct record_keep *keep, int64_t report)
{
	if (r->is_packed)
		record_keep_add(keep, report, r->pack.at,
		    (size_t)(r->pack.end - r->pack.at));
}

static int
read_row(struct record_reader *r, struct pack_record *out, struct err *err)
{
	struct query *q = r->rows;
	const int rc = query_step(q, err);

	if (rc != 1)
		return rc;
	*out = (struct pack_record) {
		.id = query_int(q, r->at[ROW_ID]),
		.messages = query_int(q, r->at[ROW_MESSAGES]),
		.source = query_int(q, r->at[ROW_SOURCE]),
		.signatures = query_int(q, r->at[ROW_SIGNATURES]),
		.profile = query_int(q, r->at[ROW_PROFILE]),
		.cause = (int)query_int(q, r->at[ROW_CAUSE]),
		.disposition = (int)query_int(q, r->at[ROW_DISPOSITION]),
		.dkim = query_int(q, r->at[ROW_DKIM]) == 1,
		.spf = query_int(q, r->at[ROW_SPF]) == 1,
		.has_dkim = !query_value(q, r->at[ROW_DKIM]).null,
		.has_spf = !query_value(q, r->at[ROW_SPF]).null,
	};
	return 1;
}

static int
read_packed(struct record_reader *r, struct pack_record *out, struct err *err)
{
	const int rc = pack_next(&r->pack, out);

	return rc == -1 ? err_set(err, ERR_CONF,
	                      "the database is damaged (report_pack): restore "
	                      "it from a backup, or move it away and import "
	                      "the archive folder again")
	                : rc;
}

/* Few profiles: each is looked up once. */
static int
find_part(
    struct record_reader *r, int64_t profile, bool *is_part, struct err *err)
{
	const size_t known = r->profiles.items.n;
	const size_t i = map_number(&r->profiles, &profile, sizeof(profile));
	int rc;

	if (i == known) {
		query_restart(r->from);
		query_bind_int(r->from, 1, profile);
		query_bind_text(r->from, 2, r->part);
		if ((rc = query_step(r->from, err)) == -1)
			return -1;
		((bool *)r->profiles.items.at)[i] = rc == 1;
	}
	*is_part = ((const bool *)r->profiles.items.at)[i];
	return 0;
}

int
record_reader_next(
    struct record_reader *r, struct pack_record *out, struct err *err)
{
	bool is_it = true;
	int rc;

	do {
		rc = r->is_packed ? read_packed(r, out, err)
		                  : read_row(r, out, err);
		if (rc == 1 && r->is_part &&
		    find_part(r, out->profile, &is_it, err) == -1)
			return -1;
	} while (rc == 1 && !is_it);
	return rc;
}
