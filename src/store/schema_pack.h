/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table report_pack, for a new database and for the steps that bring it.
 * Triggers take away what is no longer true, whoever deletes or changes a
 * record; one for new records would cost each of them too much: who adds some
 * to a report that is packed deletes its row.
 */
#ifndef RUAD_STORE_SCHEMA_PACK_H
#define RUAD_STORE_SCHEMA_PACK_H

#define SCHEMA_UNPACK(name, event) \
	"CREATE TRIGGER IF NOT EXISTS record_row_" name " AFTER " event \
	" ON record_row BEGIN" \
	" DELETE FROM report_pack WHERE report_id = old.report_id; END;\n"

#define SCHEMA_PACK \
	"CREATE TABLE IF NOT EXISTS report_pack ( -- record_row, see pack.h\n" \
	"    report_id INTEGER PRIMARY KEY\n" \
	"      REFERENCES report ON DELETE CASCADE,\n" \
	"    messages INTEGER NOT NULL,\n" \
	"    pass INTEGER NOT NULL,\n" \
	"    records BLOB NOT NULL\n" \
	") STRICT;\n" SCHEMA_UNPACK("deleted", "DELETE") \
	    SCHEMA_UNPACK("changed", "UPDATE")

#endif
