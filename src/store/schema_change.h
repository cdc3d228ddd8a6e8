/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table change and what writes it, for a new database and for the step that
 * brings it: ruactl feed tells others what was stored, changed and deleted.
 *
 * Triggers write it, so that it is of the transaction of the change, whoever
 * makes one, an admin with sqlite3 too, even by INSERT OR REPLACE, of which no
 * trigger for deletions hears.  A put names a row, which the feed then
 * reads as it is; a del has the key of what is gone.  AUTOINCREMENT never gives
 * a number twice.  The token is random: whoever comes back with the number and
 * the token of the last change that he knows has seen this history, and not
 * that of a database that was restored from a backup and went on.
 */
#ifndef RUAD_STORE_SCHEMA_CHANGE_H
#define RUAD_STORE_SCHEMA_CHANGE_H

#define SCHEMA_NOW "CAST(strftime('%s', 'now') AS INTEGER)"
#define SCHEMA_TOKEN "random() & 2147483647"

#define SCHEMA_PUT_HEAD "INSERT INTO change (ts, kind, op, row_id, token)"
#define SCHEMA_PUT(kind, rows) \
	SCHEMA_PUT_HEAD " SELECT " SCHEMA_NOW ", '" kind \
	                "', 'put', id, " SCHEMA_TOKEN " FROM " rows ";"

#define SCHEMA_PUT_TRIGGER(table, name, event, kind) \
	"CREATE TRIGGER " table "_" name " AFTER " event \
	" BEGIN " SCHEMA_PUT_HEAD " VALUES (" SCHEMA_NOW ", '" kind \
	"', 'put', new.id, " SCHEMA_TOKEN "); END;\n"
#define SCHEMA_DEL_TRIGGER(table, kind, key) \
	"CREATE TRIGGER " table "_deleted AFTER DELETE ON " table " BEGIN" \
	" INSERT INTO change (ts, kind, op, row_id, key, token) VALUES " \
	"(" SCHEMA_NOW ", '" kind "', 'del', old.id, " key ", " SCHEMA_TOKEN \
	"); END;\n"

/* It may be OR IGNORE, too: what is there is told again. */
#define SCHEMA_REPLACE_TRIGGER(table, kind, key) \
	"CREATE TRIGGER IF NOT EXISTS " table \
	"_replaced BEFORE INSERT ON " table \
	" WHEN EXISTS (SELECT 1 FROM " table " WHERE id = new.id) BEGIN" \
	" INSERT INTO change (ts, kind, op, row_id, key, token) " \
	"SELECT " SCHEMA_NOW ", '" kind "', 'del', old.id, " key \
	", " SCHEMA_TOKEN " FROM " table \
	" AS old WHERE id = new.id; " SCHEMA_PUT_HEAD " VALUES (" SCHEMA_NOW \
	", '" kind "', 'put', new.id, " SCHEMA_TOKEN "); END;\n"

#define SCHEMA_TRIGGERS(table, kind, key) \
	SCHEMA_PUT_TRIGGER(table, "added", "INSERT ON " table, kind) \
	SCHEMA_DEL_TRIGGER(table, kind, key)

#define SCHEMA_IS_OTHER(column) "old." column " IS NOT new." column

/* clang-format off */
/*
 * A source comes with the records that it is in; it is told by itself when more
 * than its address is known.  Nearly all that are new are nothing but that.
 */
#define SCHEMA_SOURCE_KNOWN \
	"source WHERE sender_id IS NOT NULL OR lookup_ts IS NOT NULL OR" \
	" coalesce(ptr, ptr_domain, asn, as_name, country) IS NOT NULL"
#define SCHEMA_SOURCE_COLUMNS \
	"sender_id, ptr, ptr_domain, asn, as_name, country, lookup_ts"

#define SCHEMA_CHANGE \
	"CREATE TABLE change ( -- what ruactl feed tells\n" \
	"    seq INTEGER PRIMARY KEY AUTOINCREMENT,\n" \
	"    ts INTEGER NOT NULL,\n" \
	"    kind TEXT NOT NULL, -- report, failure, tls, source\n" \
	"    op TEXT NOT NULL, -- put, del\n" \
	"    row_id INTEGER NOT NULL, -- of report, failure, tls_report, " \
	"source\n" \
	"    key TEXT, -- of what was deleted\n" \
	"    why TEXT, -- pruned; NULL: another took its place\n" \
	"    token INTEGER NOT NULL -- at random\n" \
	") STRICT;\n" \
	SCHEMA_TRIGGERS("report", "report", "lower(hex(old.content_sha256))") \
	SCHEMA_PUT_TRIGGER("report", "changed", "UPDATE ON report", "report") \
	SCHEMA_TRIGGERS("failure", "failure", "lower(hex(old.content_sha256))") \
	SCHEMA_PUT_TRIGGER("failure", "changed", "UPDATE ON failure", "failure") \
	SCHEMA_TRIGGERS("tls_report", "tls", "lower(hex(old.content_sha256))") \
	SCHEMA_PUT_TRIGGER("tls_report", "changed", "UPDATE ON tls_report", \
	    "tls") \
	SCHEMA_DEL_TRIGGER("source", "source", "old.ip") \
	SCHEMA_PUT_TRIGGER("source", "changed", "UPDATE OF " \
	    SCHEMA_SOURCE_COLUMNS " ON source WHEN " \
	    SCHEMA_IS_OTHER("sender_id") " OR " SCHEMA_IS_OTHER("ptr") " OR " \
	    SCHEMA_IS_OTHER("ptr_domain") " OR " SCHEMA_IS_OTHER("asn") " OR " \
	    SCHEMA_IS_OTHER("as_name") " OR " SCHEMA_IS_OTHER("country") " OR " \
	    SCHEMA_IS_OTHER("lookup_ts"), "source") \
	"CREATE TRIGGER sender_changed AFTER UPDATE ON sender WHEN " \
	SCHEMA_IS_OTHER("label") " OR " SCHEMA_IS_OTHER("kind") " BEGIN " \
	SCHEMA_PUT("source", "source WHERE sender_id = new.id") " END;\n" \
	"INSERT INTO meta (key, value)" \
	" VALUES ('feed_epoch', lower(hex(randomblob(8))));\n"

/*
 * Of version 6.  Some databases of version 5 have them already, as that was
 * never released.
 */
#define SCHEMA_REPLACED \
	SCHEMA_REPLACE_TRIGGER("report", "report", \
	    "lower(hex(old.content_sha256))") \
	SCHEMA_REPLACE_TRIGGER("failure", "failure", \
	    "lower(hex(old.content_sha256))") \
	SCHEMA_REPLACE_TRIGGER("tls_report", "tls", \
	    "lower(hex(old.content_sha256))")

/* What is in a database that had no table change. */
#define SCHEMA_CHANGE_ALL \
	SCHEMA_PUT("source", SCHEMA_SOURCE_KNOWN " ORDER BY id") \
	SCHEMA_PUT("report", "report ORDER BY id") \
	SCHEMA_PUT("failure", "failure ORDER BY id") \
	SCHEMA_PUT("tls", "tls_report ORDER BY id")
/* clang-format on */

#endif
