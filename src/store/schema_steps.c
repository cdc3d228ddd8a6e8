/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "store/schema.h"

/*
 * Version 1 is that of ruad 0.1.  What a step adds stands in schema_sql in the
 * same words and the same order, columns at the end of their table: a database
 * that was brought up to date and a new one must not differ.  With NOT NULL and
 * a DEFAULT a column costs nothing, however many rows there are.
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
    "CREATE INDEX record_aside_report ON record_aside (report_id);";

const struct schema_step schema_steps[] = {
	{ step_2, NULL },
	{ NULL, NULL },
};
