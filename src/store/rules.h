/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of judgement that views and questions share, each once: who a
 * source is to the owner of a domain, and when a domain is ready for
 * p=reject.  They are lists and numbers for C, and pieces of SQL; a .sql file
 * takes one as @RULE_NAME(column)@.
 */
#ifndef RUAD_STORE_RULES_H
#define RUAD_STORE_RULES_H

/* A number in SQL. */
#define RULE_SQL(number) RULE_SQL_TEXT(number)
#define RULE_SQL_TEXT(number) #number

/*
 * What the kind of a sender (sender.kind) makes of mail that fails, X(kind,
 * class).  Nobody's is forwarded if a receiver says so, else unknown.
 */
#define RULE_KINDS(X) \
	X(own, known) \
	X(service, known) \
	X(forwarder, forwarded) \
	X(hostile, hostile)

#define RULE_WHEN(kind, class) " WHEN '" #kind "' THEN '" #class "'"

/* clang-format off */
/* The class of mail that fails; forwarded: a receiver says so (override). */
#define RULE_CLASS(kind, forwarded) \
	"CASE " #kind RULE_KINDS(RULE_WHEN) \
	" ELSE iif(" #forwarded ", 'forwarded', 'unknown') END"

/* The class of any record rec, with its sender snd. */
#define RULE_RECORD_CLASS \
	"iif(rec.dmarc = 'pass', 'compliant', " \
	RULE_CLASS(snd.kind, EXISTS (SELECT 1 FROM override o \
	    WHERE o.record_id = rec.id AND o.forwarding)) ")"

/* Whether the admin named the sender as own or as a service in use. */
#define RULE_IS_KNOWN(kind) \
	"(CASE " #kind RULE_KINDS(RULE_WHEN) " END IS 'known')"

/*
 * The best name that SQL knows; of what passed only sender_name.h makes names.
 */
#define RULE_WHO(sender, source) \
	"coalesce(" #sender ".label, " #source ".ptr_domain, " #source \
	".as_name, 'AS' || " #source ".asn)"

/* Percent to two places, cut and not rounded: 100 means all, 0 nothing. */
#define RULE_PERCENT(part, all) \
	"(10000 * coalesce(" #part ", 0) / nullif(" #all ", 0) / 100.0)"

/* A rule of sender_rule as ruactl sender takes it. */
#define RULE_TEXT(match, value) \
	"(CASE " #match " WHEN 'asn' THEN 'AS' WHEN 'dkim_domain' THEN 'd='" \
	" WHEN 'spf_domain' THEN 'spf=' ELSE '' END || " #value ")"

/* The days that a verdict looks at. */
#define RULE_READY_DAYS 30

/*
 * With reports of fewer days or reporters there is no verdict, unless the first
 * report about the domain is so many days old: then there will be no more.
 */
#define RULE_MIN_DAYS 14
#define RULE_MIN_REPORTERS 3
#define RULE_WAIT_DAYS 30

/* A reporter of so many days in a row is silent after days without a report. */
#define RULE_DAILY_DAYS 14
#define RULE_SILENT_DAYS 3

/* A policy that no report told for so many days is a new one. */
#define RULE_POLICY_DAYS 30

/*
 * A new sender whom nobody knows weighs something if so many of its messages
 * failed in a week, as a domain of which there were reports so long before.
 */
#define RULE_NEW_MESSAGES 10
#define RULE_NEW_DAYS 14

/* All is in doubt when the newest report is of more days ago. */
#define RULE_STALE_DAYS 3

/*
 * Seconds from the end of a report's period until it was sent: of its message
 * the Date, if it is between the begin of the period and the arrival, else the
 * arrival.  At most a year, so that one wrong time does not make an average.
 */
#define RULE_DELAY(message, report) \
	"min(max(iif(" #message ".sent_ts BETWEEN " #report ".begin_ts AND " \
	#report ".imported_ts, " #message ".sent_ts, " #report \
	".imported_ts) - " #report ".end_ts, 0), 31536000)"

/* A result stopped: it passed on so many days, and on none of as many after. */
#define RULE_STOPPED_DAYS 3

/* What comes on so many days comes again and again. */
#define RULE_STEADY_DAYS 7

/* How far a question looks back, at least, for what passed before. */
#define RULE_BEFORE_DAYS 60

/*
 * What is too much for p=reject, in percent of all messages: failing mail that
 * is forwarded, and that of which nobody knows whose it is; and how much of the
 * latter is too much for p=quarantine.
 */
#define RULE_FORWARDED_PERCENT 1
#define RULE_UNKNOWN_PERCENT 1
#define RULE_UNKNOWN_QUARANTINE_PERCENT 5
/* clang-format on */

#endif
