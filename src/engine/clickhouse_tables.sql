-- SPDX-License-Identifier: BSD-2-Clause
-- The tables and views of ruad-feed-clickhouse, see ruad-feed(8), for one
-- server or a cluster; written for ClickHouse 18.16, the oldest supported.  It
-- may be applied again at any time: a table that is missing is added, and views
-- are renewed.  A column is not added: who changes a table gives it another
-- version, and here a step from the last one that was released.  What is
-- between two @ is replaced: pieces of store/rules.h, @ON_CLUSTER@, and before
-- an engine
--   @SHARD name@  each shard has its part, and its replicas have the same
--   @ALL name@    every server has all of it
-- A line that begins with @ONE@ or @MANY@ is for one server or for a cluster.
--
-- There are no transactions.  Each attempt to store a batch has a number of its
-- own, and a row of report_row says by it which rows of record_row count, so
-- that it is written after them: (batch, seq).  What an attempt that failed has
-- left is counted by nobody, and no row of record_row is ever read twice.
-- Names of tables that end in _row, _held or _shard are private.

CREATE DATABASE IF NOT EXISTS ruad @ON_CLUSTER@;

DROP TABLE IF EXISTS ruad.version_1 @ON_CLUSTER@;

-- --- tables -----------------------------------------------------------------

-- How far the feed of each collector is stored.  Beginning anew is a new
-- generation; older ones are forgotten when all of it is here: floor.
CREATE TABLE IF NOT EXISTS ruad.cursor_row @ON_CLUSTER@ (
    collector String,
    generation UInt64,
    floor UInt64,
    seq UInt64,
    cursor String,
    batch UInt64,
    written DateTime DEFAULT now()
) ENGINE = @ALL cursor@ReplacingMergeTree(seq)
ORDER BY (collector, generation, floor);

-- The lines of a batch, as ruactl feed --flat prints them: each batch makes a
-- table like this in memory, where a server that restarts loses it.
CREATE TABLE IF NOT EXISTS ruad.stage_row @ON_CLUSTER@ (
    op String, kind String, key String, seq UInt64, cursor String,
    collector String, n UInt32, m UInt32,
    filename Nullable(String), org_name String, org_email Nullable(String),
    extra_contact Nullable(String), external_id String, begin_ts Int64,
    end_ts Int64, day Int64, date String, domain String, p Nullable(String),
    sp Nullable(String), np Nullable(String), adkim Nullable(String),
    aspf Nullable(String), pct Nullable(Int64), fo Nullable(String),
    testing Nullable(String), discovery_method Nullable(String),
    generator Nullable(String), version Nullable(String),
    errors Nullable(String), quirks Nullable(String), partial UInt8,
    conflict UInt8, counted UInt8, reporter String, imported_ts Int64,
    raw Nullable(String),
    sender Nullable(String), verified Nullable(String),
    from_domain Nullable(String), sent_ts Nullable(Int64),
    reason Nullable(String), place Nullable(String), uid Nullable(Int64),
    ip String, messages UInt64, dmarc String, dkim Nullable(String),
    spf Nullable(String), cause String, disposition Nullable(String),
    header_from Nullable(String), envelope_from Nullable(String),
    envelope_to Nullable(String), auth_dkim String, auth_spf String,
    override String,
    ptr Nullable(String), ptr_domain Nullable(String), asn Nullable(Int64),
    as_name Nullable(String), country Nullable(String),
    sender_kind Nullable(String), first_day Nullable(Int64),
    lookup_ts Nullable(Int64),
    contact Nullable(String), type String, policy Nullable(String),
    mx_hosts Nullable(String), ok UInt64, failed UInt64, result String,
    sending_ip Nullable(String), mx Nullable(String),
    mx_helo Nullable(String), receiving_ip Nullable(String),
    reason_code Nullable(String), info Nullable(String),
    arrival_ts Nullable(Int64), reported_domain Nullable(String),
    feedback_type Nullable(String), auth_failure Nullable(String),
    delivery_result Nullable(String), mail_from Nullable(String),
    rcpt_to Nullable(String), subject Nullable(String), msgid Nullable(String),
    dkim_domain Nullable(String), dkim_selector Nullable(String),
    auth_results Nullable(String), identity_alignment Nullable(String),
    user_agent Nullable(String), incidents UInt64, sample Nullable(String)
) ENGINE = Memory;

-- The records of all reports, by the month of their day.  Anybody may date a
-- report as he likes: what is not of 2012 to 2099 is in one partition.  Most
-- questions are about one domain, of a month or of all time: its records are
-- together in each month, and in pieces so small that one day of all domains
-- does not read the whole month.
CREATE TABLE IF NOT EXISTS ruad.record_row @ON_CLUSTER@ (
    batch UInt64,
    seq UInt64,
    n UInt32,
    collector String,
    key FixedString(32),
    day Int64,
    date String, -- its date: ClickHouse knows none after 2105
    domain String,
    org_name String,
    external_id String,
    ip String, -- empty: NULL
    messages UInt64,
    dmarc String,
    dkim Nullable(String),
    spf Nullable(String),
    cause String,
    disposition Nullable(String),
    header_from Nullable(String),
    envelope_from Nullable(String),
    envelope_to Nullable(String),
    forwarding UInt8, -- a receiver takes it for forwarded
    spf_passed UInt8, -- for the envelope
    dkim_domain Array(Nullable(String)),
    dkim_selector Array(Nullable(String)),
    dkim_result Array(Nullable(String)),
    dkim_human_result Array(Nullable(String)),
    spf_domain Array(Nullable(String)),
    spf_scope Array(Nullable(String)),
    spf_result Array(Nullable(String)),
    spf_human_result Array(Nullable(String)),
    override_type Array(String),
    override_comment Array(Nullable(String)),
    override_forwarding Array(UInt8),
    override_changed Array(UInt8),
    raw Nullable(String),
    written DateTime DEFAULT now()
) ENGINE = @SHARD record@ReplacingMergeTree(written)
PARTITION BY if(day >= 1325376000 AND day < 4102444800,
    toYYYYMM(toDate(toUInt16(intDiv(day, 86400)))), 0)
ORDER BY (domain, day, batch, seq, n)
SETTINGS index_granularity = 1024;

-- Each report as each collector has it; held 0: it has it no more.
CREATE TABLE IF NOT EXISTS ruad.report_row @ON_CLUSTER@ (
    collector String,
    key FixedString(32),
    version UInt64, -- generation and seq
    generation UInt64,
    held UInt8,
    batch UInt64,
    seq UInt64,
    records UInt64,
    messages Nullable(UInt64), -- NULL: it has no records
    filename Nullable(String), org_name String, org_email Nullable(String),
    extra_contact Nullable(String), external_id String, begin_ts Int64,
    end_ts Int64, day Int64, date String, domain String, p Nullable(String),
    sp Nullable(String), np Nullable(String), adkim Nullable(String),
    aspf Nullable(String), pct Nullable(Int64), fo Nullable(String),
    testing Nullable(String), discovery_method Nullable(String),
    generator Nullable(String), format Nullable(String),
    errors Nullable(String), quirks Nullable(String), partial UInt8,
    conflict_there UInt8, counted_there UInt8, reporter String,
    imported_ts Int64, raw Nullable(String),
    sender Nullable(String), verified Nullable(String),
    from_domain Nullable(String), sent_ts Nullable(Int64),
    reason Nullable(String), place Nullable(String), uid Nullable(Int64),
    identity FixedString(32) MATERIALIZED SHA256(concat(
        toString(length(domain)), ':', domain,
        toString(length(reporter)), ':', reporter,
        toString(length(external_id)), ':', external_id,
        toString(begin_ts), ':', toString(end_ts)))
) ENGINE = @ALL report@ReplacingMergeTree(version)
ORDER BY (collector, key);

CREATE TABLE IF NOT EXISTS ruad.tls_row @ON_CLUSTER@ (
    collector String,
    key FixedString(32),
    version UInt64,
    generation UInt64,
    held UInt8,
    batch UInt64,
    seq UInt64,
    records UInt64, -- policies
    messages UInt64, -- sessions
    filename Nullable(String), org_name String, contact Nullable(String),
    external_id String, begin_ts Int64, end_ts Int64, day Int64, date String,
    imported_ts Int64, conflict_there UInt8, counted_there UInt8,
    quirks Nullable(String),
    sender Nullable(String), verified Nullable(String),
    from_domain Nullable(String), sent_ts Nullable(Int64),
    reason Nullable(String), place Nullable(String), uid Nullable(Int64)
) ENGINE = @ALL tls@ReplacingMergeTree(version)
ORDER BY (collector, key);
CREATE TABLE IF NOT EXISTS ruad.tls_policy_row @ON_CLUSTER@ (
    batch UInt64, seq UInt64, n UInt32,
    domain String, type String, policy Nullable(String),
    mx_hosts Nullable(String), ok UInt64, failed UInt64,
    written DateTime DEFAULT now()
) ENGINE = @ALL tls_policy@ReplacingMergeTree(written)
ORDER BY (batch, seq, n);
CREATE TABLE IF NOT EXISTS ruad.tls_failure_row @ON_CLUSTER@ (
    batch UInt64, seq UInt64, n UInt32, m UInt32,
    result String, failed UInt64, sending_ip Nullable(String),
    mx Nullable(String), mx_helo Nullable(String),
    receiving_ip Nullable(String), reason_code Nullable(String),
    info Nullable(String),
    written DateTime DEFAULT now()
) ENGINE = @ALL tls_failure@ReplacingMergeTree(written)
ORDER BY (batch, seq, n, m);

CREATE TABLE IF NOT EXISTS ruad.failure_row @ON_CLUSTER@ (
    collector String,
    key FixedString(32),
    version UInt64,
    generation UInt64,
    held UInt8,
    ip Nullable(String), arrival_ts Nullable(Int64),
    reported_domain Nullable(String), feedback_type Nullable(String),
    auth_failure Nullable(String), delivery_result Nullable(String),
    mail_from Nullable(String), rcpt_to Nullable(String),
    header_from Nullable(String), subject Nullable(String),
    msgid Nullable(String), dkim_domain Nullable(String),
    dkim_selector Nullable(String), auth_results Nullable(String),
    identity_alignment Nullable(String), user_agent Nullable(String),
    incidents UInt64, sample Nullable(String), quirks Nullable(String)
) ENGINE = @ALL failure@ReplacingMergeTree(version)
ORDER BY (collector, key);

CREATE TABLE IF NOT EXISTS ruad.source_row @ON_CLUSTER@ (
    collector String,
    ip String,
    version UInt64,
    generation UInt64,
    held UInt8,
    ptr Nullable(String), ptr_domain Nullable(String), asn Nullable(Int64),
    as_name Nullable(String), country Nullable(String),
    sender Nullable(String), sender_kind Nullable(String),
    first_day Nullable(Int64), lookup_ts Nullable(Int64)
) ENGINE = @ALL source@ReplacingMergeTree(version)
ORDER BY (collector, ip);

-- The days on which a collector first saw an address, as far as it knew then;
-- gone 1: it has forgotten the address.
CREATE TABLE IF NOT EXISTS ruad.seen_row @ON_CLUSTER@ (
    collector String,
    ip String,
    gone UInt8,
    first_day Int64,
    version UInt64
) ENGINE = @ALL seen@ReplacingMergeTree(version)
ORDER BY (ip, collector, gone, first_day);

-- --- what is held, and what counts ------------------------------------------

DROP TABLE IF EXISTS ruad.collector_held @ON_CLUSTER@;
CREATE VIEW ruad.collector_held @ON_CLUSTER@ AS
SELECT collector, max(floor) AS lowest
FROM ruad.cursor_row GROUP BY collector;

DROP TABLE IF EXISTS ruad.report_held @ON_CLUSTER@;
CREATE VIEW ruad.report_held @ON_CLUSTER@ AS
SELECT collector, key, batch, seq, records, messages, filename, org_name,
    org_email, extra_contact, external_id, begin_ts, end_ts, day, date, domain,
    p, sp, np, adkim, aspf, pct, fo, testing, discovery_method, generator,
    format, errors, quirks, partial, conflict_there, counted_there, reporter,
    imported_ts, raw, sender, verified, from_domain, sent_ts, reason, place,
    uid, identity
FROM (SELECT *, identity FROM ruad.report_row FINAL)
ANY LEFT JOIN ruad.collector_held USING collector
WHERE held AND generation >= lowest;

-- The newest day that is not in the future, and those before it, which are what
-- a view of the last days asks records for: once, and by their index.
DROP TABLE IF EXISTS ruad.day_held @ON_CLUSTER@;
CREATE VIEW ruad.day_held @ON_CLUSTER@ AS
SELECT last - ago * 86400 AS day, ago
FROM (SELECT max(day) AS last FROM ruad.report_held
    WHERE day <= toUnixTimestamp(now()))
ARRAY JOIN range(@RULE_SQL(RULE_READY_DAYS)@) AS ago;

-- Of the reports of one identity that count at a collector one counts here:
-- the verified one, the whole one, that of more messages, of more records, the
-- earlier, the one with the lower key; of the same from several collectors,
-- that of the lower name.  To sort by identity first is fast, and changes none.
DROP TABLE IF EXISTS ruad.report_counted @ON_CLUSTER@;
CREATE VIEW ruad.report_counted @ON_CLUSTER@ AS
SELECT batch, seq
FROM ruad.report_held
WHERE counted_there
ORDER BY identity, ifNull(verified, '') = 'pass' DESC, partial,
    ifNull(messages, 0) DESC, records DESC, imported_ts, key, collector
LIMIT 1 BY identity;

DROP TABLE IF EXISTS ruad.counted_held @ON_CLUSTER@;
CREATE VIEW ruad.counted_held @ON_CLUSTER@ AS
SELECT * FROM ruad.report_held
WHERE (batch, seq) IN (SELECT batch, seq FROM ruad.report_counted);

-- One row for each report, in the same order.
DROP TABLE IF EXISTS ruad.report @ON_CLUSTER@;
CREATE VIEW ruad.report @ON_CLUSTER@ AS -- a DMARC aggregate report
SELECT lower(hex(key)) AS id, filename, org_name, org_email, extra_contact,
    external_id, begin_ts, end_ts, day, date, domain, p, sp, np, adkim, aspf,
    pct, fo, testing, discovery_method, generator, format AS version, errors,
    quirks, partial,
    key IN (SELECT key FROM ruad.report_held WHERE conflict_there)
        OR identity IN (SELECT identity FROM ruad.report_held
            GROUP BY identity HAVING uniqExact(key) > 1) AS conflict,
    reporter, lower(hex(key)) AS content_sha256, imported_ts,
    (batch, seq) IN (SELECT batch, seq FROM ruad.report_counted) AS counted,
    raw, sender, verified, from_domain, sent_ts, reason, place, uid, records,
    messages, collector, seq
FROM ruad.report_held
ORDER BY key, counted_there DESC, ifNull(verified, '') = 'pass' DESC, partial,
    ifNull(messages, 0) DESC, records DESC, imported_ts, collector
LIMIT 1 BY key;

DROP TABLE IF EXISTS ruad.record_shard @ON_CLUSTER@;
CREATE VIEW ruad.record_shard @ON_CLUSTER@ AS
SELECT n, key, day, date, domain, org_name, external_id, ip, messages, dmarc,
    dkim, spf, cause, disposition, header_from, envelope_from, envelope_to,
    forwarding, spf_passed, dkim_domain, dkim_selector, dkim_result,
    dkim_human_result, spf_domain, spf_scope, spf_result, spf_human_result,
    override_type, override_comment, override_forwarding, override_changed, raw
FROM ruad.record_row
WHERE (batch, seq) IN (SELECT batch, seq FROM ruad.report_counted);

-- What is asked, and what is written.
DROP TABLE IF EXISTS ruad.record_held @ON_CLUSTER@;
@ONE@CREATE VIEW ruad.record_held AS SELECT * FROM ruad.record_shard;
@MANY@CREATE TABLE ruad.record_held @ON_CLUSTER@ AS ruad.record_shard
@MANY@ENGINE = Distributed(@CLUSTER@, ruad, record_shard);
@MANY@CREATE TABLE IF NOT EXISTS ruad.record_spread @ON_CLUSTER@
@MANY@AS ruad.record_row
@MANY@ENGINE = Distributed(@CLUSTER@, ruad, record_row, cityHash64(key));

-- The addresses of all records that are held, counted or not.
DROP TABLE IF EXISTS ruad.address_shard @ON_CLUSTER@;
CREATE VIEW ruad.address_shard @ON_CLUSTER@ AS
SELECT ip FROM ruad.record_row
WHERE ip != '' AND (batch, seq) IN (SELECT batch, seq FROM ruad.report_held);
DROP TABLE IF EXISTS ruad.address_held @ON_CLUSTER@;
@ONE@CREATE VIEW ruad.address_held AS SELECT * FROM ruad.address_shard;
@MANY@CREATE TABLE ruad.address_held @ON_CLUSTER@ AS ruad.address_shard
@MANY@ENGINE = Distributed(@CLUSTER@, ruad, address_shard);

DROP TABLE IF EXISTS ruad.source_held @ON_CLUSTER@;
CREATE VIEW ruad.source_held @ON_CLUSTER@ AS
SELECT collector, ip, ptr, ptr_domain, asn, as_name, country, sender,
    sender_kind, first_day, lookup_ts
FROM (SELECT * FROM ruad.source_row FINAL)
ANY LEFT JOIN ruad.collector_held USING collector
WHERE held AND generation >= lowest;

-- A sender that somebody named is first, then what was looked up last.
DROP TABLE IF EXISTS ruad.source_named @ON_CLUSTER@;
CREATE VIEW ruad.source_named @ON_CLUSTER@ AS
SELECT ip, ptr, ptr_domain, asn, as_name, country, sender, sender_kind,
    lookup_ts
FROM ruad.source_held
ORDER BY isNull(sender), isNull(lookup_ts), lookup_ts DESC, collector
LIMIT 1 BY ip;

DROP TABLE IF EXISTS ruad.failure_held @ON_CLUSTER@;
CREATE VIEW ruad.failure_held @ON_CLUSTER@ AS
SELECT * FROM (SELECT * FROM ruad.failure_row FINAL)
ANY LEFT JOIN ruad.collector_held USING collector
WHERE held AND generation >= lowest;

-- The first day at any collector.
DROP TABLE IF EXISTS ruad.seen_held @ON_CLUSTER@;
CREATE VIEW ruad.seen_held @ON_CLUSTER@ AS
SELECT ip, min(day) AS first_day
FROM (SELECT collector, ip, day, version
    FROM (SELECT collector, ip, first_day AS day, version
        FROM ruad.seen_row WHERE NOT gone)
    ANY LEFT JOIN (SELECT collector, ip, max(version) AS gone_at
        FROM ruad.seen_row WHERE gone GROUP BY collector, ip)
    USING collector, ip
    WHERE version > gone_at)
ANY LEFT JOIN ruad.collector_held USING collector
WHERE version >= lowest * @PIECE_GENERATION@
GROUP BY ip;

DROP TABLE IF EXISTS ruad.source @ON_CLUSTER@;
CREATE VIEW ruad.source @ON_CLUSTER@ AS -- an address that sent mail
SELECT ip, ptr, ptr_domain, asn, as_name, country, sender, sender_kind,
    first_day, lookup_ts
FROM (SELECT ip, day AS first_day
    FROM (SELECT DISTINCT ip
        FROM (SELECT ip FROM ruad.address_held GROUP BY ip
            UNION ALL SELECT ip FROM ruad.source_held
            UNION ALL SELECT assumeNotNull(ip) AS ip
                FROM ruad.failure_held WHERE isNotNull(ip)))
    ANY LEFT JOIN (SELECT ip, toNullable(first_day) AS day
        FROM ruad.seen_held) USING ip)
ANY LEFT JOIN ruad.source_named USING ip;

DROP TABLE IF EXISTS ruad.tls_held @ON_CLUSTER@;
CREATE VIEW ruad.tls_held @ON_CLUSTER@ AS
SELECT collector, key, batch, seq, records, messages, filename, org_name,
    contact, external_id, begin_ts, end_ts, day, date, imported_ts,
    conflict_there, counted_there, quirks, sender, verified, from_domain,
    sent_ts, reason, place, uid
FROM (SELECT * FROM ruad.tls_row FINAL)
ANY LEFT JOIN ruad.collector_held USING collector
WHERE held AND generation >= lowest;

-- As report_counted.
DROP TABLE IF EXISTS ruad.tls_counted @ON_CLUSTER@;
CREATE VIEW ruad.tls_counted @ON_CLUSTER@ AS
SELECT batch, seq
FROM (SELECT *, lower(org_name) AS organization FROM ruad.tls_held)
WHERE counted_there
ORDER BY ifNull(verified, '') = 'pass' DESC, messages DESC, records DESC,
    imported_ts, key, collector
LIMIT 1 BY organization, external_id, begin_ts, end_ts;

DROP TABLE IF EXISTS ruad.tls_report @ON_CLUSTER@;
CREATE VIEW ruad.tls_report @ON_CLUSTER@ AS -- an SMTP TLS report
SELECT lower(hex(key)) AS id, filename, org_name, contact, external_id,
    begin_ts, end_ts, day, date, imported_ts,
    lower(hex(key)) AS content_sha256,
    key IN (SELECT key FROM ruad.tls_held WHERE conflict_there)
        OR (lower(org_name), external_id, begin_ts, end_ts) IN (
            SELECT lower(org_name), external_id, begin_ts, end_ts
            FROM ruad.tls_held
            GROUP BY lower(org_name), external_id, begin_ts, end_ts
            HAVING uniqExact(key) > 1) AS conflict,
    quirks, (batch, seq) IN (SELECT batch, seq FROM ruad.tls_counted)
        AS counted, sender, verified, from_domain, batch, seq
FROM ruad.tls_held
ORDER BY counted_there DESC, ifNull(verified, '') = 'pass' DESC,
    messages DESC, records DESC, imported_ts, key, collector
LIMIT 1 BY key;
