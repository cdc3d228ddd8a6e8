/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "report/idn.h"
#include "store/schema.h"
#include "store/schema_change.h"
#include "store/schema_pack.h"
#include "store/store_priv.h"

/*
 * Version 1 is that of ruad 0.1.  What a step adds stands in schema_sql in the
 * same words and the same order, columns at the end of their table: a database
 * that was brought up to date and a new one must not differ.  With NOT NULL and
 * a DEFAULT a column costs nothing, however many rows there are.  What is
 * judged in this step is packed, which version 6 brings to the others.
 */
static const char step_2[] =
    "ALTER TABLE report ADD COLUMN counted INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE tls_report ADD COLUMN counted INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE report ADD COLUMN raw TEXT;"
    "CREATE TABLE record_aside ("
    " id INTEGER PRIMARY KEY,"
    " report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,"
    " source_id INTEGER,"
    " messages INTEGER NOT NULL,"
    " cause INTEGER NOT NULL,"
    " disposition INTEGER,"
    " dkim INTEGER,"
    " spf INTEGER,"
    " profile_id INTEGER NOT NULL,"
    " dkim_list_id INTEGER,"
    " envelope_to TEXT"
    ") STRICT;"
    "CREATE INDEX record_aside_report ON record_aside (report_id);"
    "ALTER TABLE mailbox ADD COLUMN unfiled_error TEXT;"
    "ALTER TABLE mailbox ADD COLUMN alert TEXT;"
    "ALTER TABLE mailbox ADD COLUMN last_error_class TEXT;"
    "ALTER TABLE mailbox ADD COLUMN unfiled_key TEXT;"
    "CREATE TABLE undelivered ("
    " mailbox_id INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,"
    " folder TEXT NOT NULL,"
    " uidvalidity INTEGER NOT NULL,"
    " uid INTEGER NOT NULL,"
    " size INTEGER,"
    " reason TEXT NOT NULL,"
    " tries INTEGER NOT NULL,"
    " first_ts INTEGER NOT NULL,"
    " last_ts INTEGER NOT NULL,"
    " next_ts INTEGER NOT NULL,"
    " PRIMARY KEY (mailbox_id, folder, uidvalidity, uid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX report_aside ON report (day) WHERE counted = 0;"
    "DROP INDEX tls_report_identity;"
    "CREATE INDEX tls_report_identity"
    " ON tls_report (external_id, begin_ts, end_ts);" SCHEMA_PACK;

/*
 * Names that version 1 kept as they came.  Their profiles keep the digest of
 * that, which is of nothing that comes now: those are other profiles.
 */
#define A_LABELS(table, column) \
	"UPDATE " table " SET " column " = a_label(" column ") WHERE " column \
	" GLOB '*[^ -~]*';"

/* clang-format off */
static const char names_2[] =
	A_LABELS("report", "domain")
	A_LABELS("report", "reporter")
	A_LABELS("profile", "header_from")
	A_LABELS("profile", "envelope_from")
	A_LABELS("record_row", "envelope_to")
	A_LABELS("spf_item", "domain")
	A_LABELS("dkim_item", "domain")
	A_LABELS("failure", "reported_domain")
	A_LABELS("failure", "dkim_domain")
	A_LABELS("tls_policy", "domain");
/* clang-format on */

/* Until they are judged, the first of each identity counts. */
static const char once_2[] =
    "UPDATE report SET counted = 0 WHERE EXISTS (SELECT 1 FROM report x"
    " WHERE x.domain = report.domain AND x.day = report.day"
    " AND x.external_id = report.external_id"
    " AND x.reporter = report.reporter AND x.begin_ts = report.begin_ts"
    " AND x.end_ts = report.end_ts AND x.id < report.id);"
    "INSERT INTO record_aside (id, report_id, source_id, messages, cause,"
    " disposition, dkim, spf, profile_id, dkim_list_id, envelope_to)"
    " SELECT id, report_id, source_id, messages, cause, disposition, dkim,"
    " spf, profile_id, dkim_list_id, envelope_to FROM record_row"
    " WHERE report_id IN (SELECT id FROM report WHERE counted = 0);"
    "DELETE FROM record_row"
    " WHERE report_id IN (SELECT id FROM report WHERE counted = 0);"
    "UPDATE tls_report SET counted = 0 WHERE EXISTS"
    " (SELECT 1 FROM tls_report x WHERE x.external_id ="
    " tls_report.external_id AND x.begin_ts = tls_report.begin_ts"
    " AND x.end_ts = tls_report.end_ts AND x.org_name ="
    " tls_report.org_name COLLATE NOCASE AND x.id < tls_report.id);";

/* What has no A-labels stays as it is. */
static void
a_label(sqlite3_context *c, int n, sqlite3_value **values)
{
	const char *name = (const char *)sqlite3_value_text(values[0]);
	char ascii[IDN_SIZE];

	(void)n;
	if (name != NULL && idn_to_ascii(name, ascii))
		sqlite3_result_text(c, ascii, -1, SQLITE_TRANSIENT);
	else
		sqlite3_result_value(c, values[0]);
}

/*
 * What version 1 kept of one identity it kept with the others, marked: each is
 * judged as if it came now.  They are few.
 */
static int
judge_all(sqlite3 *db, const char *path, bool is_tls, const char *sql,
    struct err *err)
{
	struct store_cache *counted = store_cache_new();
	enum store_outcome ignored;
	struct array ids = { 0 };
	sqlite3_stmt *st = NULL;
	size_t i;
	int rc;

	rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		*(int64_t *)array_add(
		    &ids, sizeof(int64_t)) = sqlite3_column_int64(st, 0);
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		store_sql_error(db, rc, path, "compare its reports", err);
	sqlite3_finalize(st);
	rc = rc == SQLITE_DONE ? 0 : -1;
	for (i = 0; i < ids.n && rc == 0; i++)
		rc = (is_tls ? store_judge_tls : store_judge_report)(db, path,
		    counted, ((const int64_t *)ids.at)[i], &ignored, err);
	store_cache_free(counted);
	array_done(&ids);
	return rc;
}

static int
run_2(sqlite3 *db, const char *path, struct err *err)
{
	static const char doing[] = "update it from schema version 1 to 2";
	int rc;

	rc = sqlite3_create_function_v2(db, "a_label", 1,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, a_label, NULL, NULL,
	    NULL);
	if (rc != SQLITE_OK)
		return store_sql_error(db, rc, path, doing, err);
	if (store_exec(db, path, names_2, doing, err) == -1 ||
	    store_exec(db, path, once_2, doing, err) == -1 ||
	    judge_all(db, path, false,
	        "SELECT id FROM report WHERE counted = 0 ORDER BY id",
	        err) == -1)
		return -1;
	return judge_all(db, path, true,
	    "SELECT id FROM tls_report WHERE counted = 0 ORDER BY id", err);
}

/*
 * Rules of more kinds.  The table is made anew under its own name, so that it
 * has the text of a new one.  Rules of version 2 were those of networks, PTR
 * domains and AS, in this order.
 */
static const char step_3[] =
    "DROP INDEX sender_rule_network;"
    "ALTER TABLE sender_rule RENAME TO sender_rule_2;"
    "CREATE TABLE sender_rule (\n"
    "    id INTEGER PRIMARY KEY,\n"
    "    sender_id INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,\n"
    "    match TEXT NOT NULL CHECK\n"
    "      (match IN ('cidr', 'range', 'ptr_domain', 'spf_domain',\n"
    "      'dkim_domain', 'asn')),\n"
    "    -- 192.0.2.0/24, 192.0.2.1-192.0.2.9, outlook.com, 15169\n"
    "    value TEXT NOT NULL,\n"
    "    ip_lo BLOB CHECK (ip_lo IS NULL OR length(ip_lo) = 16),\n"
    "    ip_hi BLOB CHECK (ip_hi IS NULL OR length(ip_hi) = 16),\n"
    "    UNIQUE (sender_id, match, value)\n"
    ") STRICT;"
    "INSERT INTO sender_rule (id, sender_id, match, value, ip_lo, ip_hi)"
    " SELECT id, sender_id, match, value, ip_lo, ip_hi FROM sender_rule_2;"
    "DROP TABLE sender_rule_2;"
    "ALTER TABLE source ADD COLUMN rule_id INTEGER;"
    "UPDATE source SET rule_id = (SELECT id FROM sender_rule r"
    " WHERE r.sender_id = source.sender_id"
    " AND ((match = 'cidr' AND source.ip_key BETWEEN ip_lo AND ip_hi)"
    " OR (match = 'ptr_domain' AND source.ptr_domain = value)"
    " OR (match = 'asn' AND source.asn = CAST(value AS INTEGER)))"
    " ORDER BY match = 'cidr' DESC, match = 'ptr_domain' DESC,"
    " ip_lo DESC, ip_hi, r.id LIMIT 1) WHERE sender_id IS NOT NULL;";

/* What look-ups tell. */
static const char step_4[] =
    "ALTER TABLE source ADD COLUMN ptr_claim TEXT;"
    "ALTER TABLE source ADD COLUMN lookup_status TEXT;"
    "ALTER TABLE source ADD COLUMN lookup_next_ts INTEGER;"
    "ALTER TABLE source ADD COLUMN lookup_tries INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE dns_record ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " type TEXT NOT NULL,"
    " status TEXT NOT NULL CHECK (status IN ('ok', 'none', 'no_name')),"
    " value TEXT,"
    " first_ts INTEGER NOT NULL,"
    " last_ts INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX dns_record_name ON dns_record (name, type);";

/* What others are told: all that is there, as if it came now. */
static const char step_5[] = SCHEMA_CHANGE SCHEMA_CHANGE_ALL;

/*
 * Who replaces a row by its number is told of, too; and all records once more,
 * as questions about a year want them.
 */
static const char step_6[] = SCHEMA_REPLACED SCHEMA_PACK;

const struct schema_step schema_steps[] = {
	{ step_2, run_2 },
	{ step_3, NULL },
	{ step_4, NULL },
	{ step_5, NULL },
	{ step_6, store_pack_all },
	{ NULL, NULL },
};
