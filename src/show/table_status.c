/* SPDX-License-Identifier: BSD-2-Clause */
/* How messages are collected. */
#include "show/table.h"

static const char mailboxes_sql[] =
    "SELECT box.name, box.server, box.folder, box.active,"
    " iif(box.active, 'yes', 'no') AS active_word,"
    " box.last_poll_ts, box.last_ok_ts,"
    " count(msg.id) FILTER (WHERE msg.status IN ('stored', 'duplicate'))"
    "   AS stored,"
    " count(msg.id) FILTER (WHERE msg.status = 'failed') AS failed,"
    " count(msg.id) FILTER (WHERE msg.status = 'other') AS other,"
    " count(msg.id) FILTER (WHERE msg.filed_ts IS NULL"
    "   AND msg.status <> 'other') AS unfiled,"
    " box.last_error, box.unfiled_error"
    " FROM mailbox box LEFT JOIN message msg ON msg.mailbox_id = box.id"
    " GROUP BY box.id ORDER BY box.active DESC, box.name";

static const struct output_column mailboxes_columns[] = {
	{ "name", "mailbox", OUTPUT_TEXT, 6 },
	{ "server", "server", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "folder", "folder", OUTPUT_TEXT, 6 },
	{ "active", NULL, OUTPUT_NUMBER, 0 },
	{ "active_word", "active", OUTPUT_TABLE_ONLY, 0 },
	{ "last_poll_ts", "last poll", OUTPUT_TIME, 0 },
	{ "last_ok_ts", "last good", OUTPUT_TIME, 0 },
	{ "stored", "stored", OUTPUT_NUMBER, 0 },
	{ "failed", "failed", OUTPUT_BAD_NUMBER, 0 },
	{ "other", NULL, OUTPUT_NUMBER, 0 },
	{ "unfiled", "unfiled", OUTPUT_NUMBER, 0 },
	{ "last_error", "last error", OUTPUT_ERROR, 10 },
	{ "unfiled_error", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct table table_mailboxes = { mailboxes_sql, mailboxes_columns };

static const char unfiled_sql[] =
    "SELECT name AS mailbox, unfiled_error AS reason FROM mailbox"
    " WHERE active AND unfiled_error IS NOT NULL ORDER BY name";

static const struct output_column unfiled_columns[] = {
	{ "mailbox", "mailbox", OUTPUT_TEXT, 6 },
	{ "reason", "reason", OUTPUT_ERROR, 20 },
	{ 0 },
};

const struct table table_unfiled = { unfiled_sql, unfiled_columns };

static const char undelivered_sql[] =
    "SELECT u.last_ts, box.name AS mailbox, u.folder, u.uid,"
    " box.name || iif(u.uid = 0, '', ' uid ' || u.uid) AS message, u.size,"
    " u.tries, u.next_ts, 'the server ' || u.reason AS reason"
    " FROM undelivered u JOIN mailbox box ON box.id = u.mailbox_id"
    " WHERE box.active ORDER BY u.last_ts DESC, box.name, u.uid LIMIT 10";

static const struct output_column undelivered_columns[] = {
	{ "last_ts", "last try", OUTPUT_TIME, 0 },
	{ "mailbox", NULL, OUTPUT_TEXT, 0 },
	{ "folder", NULL, OUTPUT_TEXT, 0 },
	{ "uid", NULL, OUTPUT_NUMBER, 0 },
	{ "message", "message", OUTPUT_TABLE_ONLY, 12 },
	{ "size", NULL, OUTPUT_NUMBER, 0 },
	{ "tries", "tries", OUTPUT_NUMBER, 0 },
	{ "next_ts", NULL, OUTPUT_TIME, 0 },
	{ "reason", "reason", OUTPUT_ERROR, 20 },
	{ 0 },
};

const struct table table_undelivered = { undelivered_sql, undelivered_columns };

static const char imported_sql[] =
    "SELECT count(*) AS files, count(*) FILTER (WHERE status = 'other') AS "
    "other,"
    " count(*) FILTER (WHERE status = 'failed') AS failed,"
    " max(fetched_ts) AS last_ts"
    " FROM message WHERE mailbox_id IS NULL AND path IS NOT NULL"
    " HAVING count(*) > 0";

static const struct output_column imported_columns[] = {
	{ "files", "files", OUTPUT_NUMBER, 0 },
	{ "other", "no report", OUTPUT_NUMBER, 0 },
	{ "failed", "failed", OUTPUT_BAD_NUMBER, 0 },
	{ "last_ts", "last", OUTPUT_TIME, 0 },
	{ 0 },
};

const struct table table_imported = { imported_sql, imported_columns };

static const char polls_sql[] =
    "SELECT poll.start_ts, box.name AS mailbox, poll.messages, poll.error"
    " FROM poll JOIN mailbox box ON box.id = poll.mailbox_id"
    " WHERE poll.error IS NOT NULL ORDER BY poll.start_ts DESC, poll.id DESC"
    " LIMIT 10";

static const struct output_column polls_columns[] = {
	{ "start_ts", "when", OUTPUT_TIME, 0 },
	{ "mailbox", "mailbox", OUTPUT_TEXT, 6 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "error", "error", OUTPUT_ERROR, 10 },
	{ 0 },
};

const struct table table_polls = { polls_sql, polls_columns };

static const char failed_sql[] =
    "SELECT msg.fetched_ts, box.name AS mailbox, msg.folder, msg.uid,"
    " msg.path, coalesce(box.name || ' uid ' || msg.uid,"
    "   replace(msg.path, rtrim(msg.path, replace(msg.path, '/', '')), ''),"
    "   '?') AS mail,"
    " msg.sender, msg.subject, msg.size, msg.reason, msg.filed_to"
    " FROM message msg LEFT JOIN mailbox box ON box.id = msg.mailbox_id"
    " WHERE msg.status = 'failed'"
    " ORDER BY msg.fetched_ts DESC, msg.id DESC LIMIT 10";

static const struct output_column failed_columns[] = {
	{ "fetched_ts", "when", OUTPUT_TIME, 0 },
	{ "mailbox", NULL, OUTPUT_TEXT, 0 },
	{ "folder", NULL, OUTPUT_TEXT, 0 },
	{ "uid", NULL, OUTPUT_NUMBER, 0 },
	{ "path", NULL, OUTPUT_TEXT, 0 },
	{ "mail", "message", OUTPUT_TABLE_ONLY, 12 },
	{ "sender", NULL, OUTPUT_TEXT, 0 },
	{ "subject", NULL, OUTPUT_TEXT, 0 },
	{ "size", NULL, OUTPUT_NUMBER, 0 },
	{ "reason", "reason", OUTPUT_ERROR, 20 },
	{ "filed_to", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct table table_unreadable = { failed_sql, failed_columns };
