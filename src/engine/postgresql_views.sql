-- SPDX-License-Identifier: BSD-2-Clause
-- The views of ruad.db(5), and who may read them.

CREATE OR REPLACE VIEW report AS
SELECT report_id AS id, filename, org_name, org_email, extra_contact,
    external_id, begin_ts, end_ts, day, domain, p, sp, np, adkim, aspf, pct,
    fo, testing, discovery_method, generator, version, errors, quirks, partial,
    is_conflict::integer AS conflict, reporter, key AS content_sha256,
    imported_ts, is_counted::integer AS counted, raw, sender, verified,
    from_domain, sent_ts, reason, place, uid
FROM report_held WHERE is_shown;

-- A number of its own has no record here: that of its report, and its place.
CREATE OR REPLACE FUNCTION record_id(bigint, integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT ($1 << 28) + $2';

CREATE OR REPLACE VIEW record_words AS
SELECT rec.report_id, rec.day, rec.n, rec.source_id, rec.messages,
    rec.disposition,
    CASE rec.dkim WHEN true THEN 'pass' WHEN false THEN 'fail' END AS dkim,
    CASE rec.spf WHEN true THEN 'pass' WHEN false THEN 'fail' END AS spf,
    CASE WHEN rec.dkim OR rec.spf THEN 'pass' ELSE 'fail' END AS dmarc,
    rec.cause, rec.profile_id, rec.dkim_list_id, rec.envelope_to, rec.changed,
    rep.domain, rep.org_name, rep.external_id
FROM report_held rep JOIN record_row rec USING (report_id)
WHERE rep.is_counted;

CREATE OR REPLACE VIEW record AS
SELECT record_id(r.report_id, r.n) AS id, r.report_id, r.source_id, r.messages,
    r.disposition, r.dkim, r.spf, r.dmarc, r.cause, p.header_from,
    p.envelope_from, r.envelope_to, p.raw
FROM record_words r JOIN profile p ON p.id = r.profile_id;

CREATE OR REPLACE VIEW auth_dkim AS
SELECT record_id(r.report_id, r.n) AS record_id, i.seq - 1 AS seq, a.domain,
    a.selector, a.result, a.human_result
FROM record_words r JOIN dkim_list d ON d.id = r.dkim_list_id,
LATERAL jsonb_array_elements(d.auth_dkim) WITH ORDINALITY AS i(item, seq),
LATERAL jsonb_to_record(i.item) AS a(domain text, selector text, result text,
    human_result text);

CREATE OR REPLACE VIEW auth_spf AS
SELECT record_id(r.report_id, r.n) AS record_id, i.seq - 1 AS seq, a.domain,
    a.scope, a.result, a.human_result
FROM record_words r JOIN profile p ON p.id = r.profile_id,
LATERAL jsonb_array_elements(p.auth_spf) WITH ORDINALITY AS i(item, seq),
LATERAL jsonb_to_record(i.item) AS a(domain text, scope text, result text,
    human_result text);

CREATE OR REPLACE VIEW override AS
SELECT record_id(r.report_id, r.n) AS record_id, i.seq - 1 AS seq,
    i.item->>'type' AS type, i.item->>'comment' AS comment,
    (coalesce(i.item->>'forwarding', '') IN ('1', 'true'))::integer
        AS forwarding, r.changed::integer AS changed
FROM record_words r JOIN profile p ON p.id = r.profile_id,
LATERAL jsonb_array_elements(p.override) WITH ORDINALITY AS i(item, seq);

CREATE OR REPLACE VIEW source AS
SELECT id, ip, ptr, ptr_domain, asn, as_name, country, sender, sender_kind,
    first_day, lookup_ts
FROM source_row WHERE is_known;

CREATE OR REPLACE VIEW source_network AS
SELECT id, CASE WHEN strpos(ip, ':') = 0
    THEN regexp_replace(ip, '[0-9]+$', '0/24')
    ELSE regexp_replace(network(set_masklen(ip::inet, 64))::text, '^::/64$',
        '0::/64') END AS network
FROM source;

CREATE OR REPLACE VIEW failure AS
SELECT f.failure_id AS id, f.arrival_ts, f.reported_domain, f.feedback_type,
    f.ip, f.auth_failure, f.delivery_result, f.mail_from, f.rcpt_to,
    f.header_from, f.subject, f.msgid, f.dkim_domain, f.dkim_selector,
    f.auth_results, f.identity_alignment, f.user_agent, f.incidents, f.sample,
    f.quirks, f.key AS content_sha256
FROM failure_held f WHERE f.is_shown;

CREATE OR REPLACE VIEW tls_report AS
SELECT tls_report_id AS id, filename, org_name, contact, external_id, begin_ts,
    end_ts, day, imported_ts, key AS content_sha256,
    is_conflict::integer AS conflict, quirks, is_counted::integer AS counted
FROM tls_held WHERE is_shown;

CREATE OR REPLACE VIEW tls_policy AS
SELECT record_id(tls_report_id, n) AS id, tls_report_id, domain, type, policy,
    mx_hosts, ok, failed
FROM tls_policy_row;

CREATE OR REPLACE VIEW tls_failure AS
SELECT record_id(p.tls_report_id, p.n) AS tls_policy_id, i.seq - 1 AS seq,
    f.result, f.failed, f.sending_ip, f.mx, f.mx_helo, f.receiving_ip,
    f.reason_code, f.info
FROM tls_policy_row p,
LATERAL jsonb_array_elements(p.failures) WITH ORDINALITY AS i(item, seq),
LATERAL jsonb_to_record(i.item) AS f(result text, failed bigint,
    sending_ip text, mx text, mx_helo text, receiving_ip text,
    reason_code text, info text);

-- As the tables sender and source of the collectors are one here.
CREATE OR REPLACE VIEW source_named AS
SELECT id, ip, ptr, ptr_domain, asn, as_name, country, sender AS label,
    sender_kind AS kind, first_day
FROM source_row;

CREATE OR REPLACE VIEW v_record AS
SELECT record_id(rec.report_id, rec.n) AS id, rec.day, ts_date(rec.day) AS date,
    rec.domain, p.header_from, rec.org_name, rec.external_id, s.ip, s.ptr,
    s.ptr_domain, s.asn, s.as_name, s.country, s.label AS sender,
    s.kind AS sender_kind, rec.messages, rec.dmarc, rec.dkim, rec.spf,
    rec.cause, rec.disposition, p.envelope_from, rec.envelope_to,
    (SELECT string_agg(coalesce(a->>'domain', '') || '/'
            || coalesce(a->>'selector', '') || '='
            || coalesce(a->>'result', ''), ' ' ORDER BY i)
        FROM dkim_list d, jsonb_array_elements(d.auth_dkim)
            WITH ORDINALITY AS e(a, i)
        WHERE d.id = rec.dkim_list_id) AS dkim_auth,
    (SELECT string_agg(coalesce(a->>'domain', '') || '='
            || coalesce(a->>'result', ''), ' ' ORDER BY i)
        FROM jsonb_array_elements(p.auth_spf) WITH ORDINALITY AS e(a, i))
        AS spf_auth,
    (SELECT string_agg(o->>'type', ' ' ORDER BY i)
        FROM jsonb_array_elements(p.override) WITH ORDINALITY AS e(o, i))
        AS overrides
FROM record_words rec
JOIN profile p ON p.id = rec.profile_id
LEFT JOIN source_named s ON s.id = rec.source_id;

CREATE OR REPLACE VIEW v_daily AS
SELECT day, ts_date(day) AS date, domain, messages, pass,
    messages - pass AS fail,
    trunc(100.0 * pass / nullif(messages, 0), 2) AS pass_pct, dkim_aligned,
    spf_aligned, quarantined, rejected
FROM (SELECT rec.day, rep.domain, sum(rec.messages)::bigint AS messages,
        coalesce(sum(rec.messages) FILTER (WHERE rec.dkim OR rec.spf),
            0)::bigint AS pass,
        coalesce(sum(rec.messages) FILTER (WHERE rec.dkim), 0)::bigint
            AS dkim_aligned,
        coalesce(sum(rec.messages) FILTER (WHERE rec.spf), 0)::bigint
            AS spf_aligned,
        coalesce(sum(rec.messages) FILTER
            (WHERE rec.disposition = 'quarantine'), 0)::bigint AS quarantined,
        coalesce(sum(rec.messages) FILTER (WHERE rec.disposition = 'reject'),
            0)::bigint AS rejected
    FROM report_held rep JOIN record_row rec USING (report_id)
    WHERE rep.is_counted
    GROUP BY rec.day, rep.domain) g;

CREATE OR REPLACE VIEW v_source AS
SELECT g.domain, s.ip, s.ptr, s.ptr_domain, s.as_name, s.country,
    s.label AS sender, s.kind AS sender_kind,
    CASE WHEN s.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE @RULE_CLASS(s.kind, g.unknown = 0)@ END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    ts_date(g.first_day) AS first_date, ts_date(g.last_day) AS last_date
FROM (SELECT rep.domain, rec.source_id, sum(rec.messages)::bigint AS messages,
        coalesce(sum(rec.messages) FILTER (WHERE rec.dkim OR rec.spf),
            0)::bigint AS pass,
        coalesce(sum(rec.messages) FILTER (WHERE (rec.dkim OR rec.spf)
            IS NOT TRUE AND NOT p.forwarding), 0)::bigint AS unknown,
        min(rec.day) AS first_day, max(rec.day) AS last_day
    FROM report_held rep JOIN record_row rec USING (report_id)
    JOIN profile p ON p.id = rec.profile_id
    WHERE rep.is_counted
    GROUP BY rec.source_id, rep.domain) g
LEFT JOIN source_named s ON s.id = g.source_id;

CREATE OR REPLACE VIEW v_unknown AS
SELECT domain, ip, ptr, as_name, country, messages, fail, first_date, last_date
FROM v_source WHERE class = 'unknown';

CREATE OR REPLACE VIEW v_failing AS
SELECT g.day, ts_date(g.day) AS date, g.domain, g.org_name, s.ip,
    @RULE_WHO(s, s)@ AS who, g.cause, g.disposition, g.messages
FROM (SELECT rec.day, rep.domain, rep.org_name, rec.source_id, rec.cause,
        rec.disposition, sum(rec.messages)::bigint AS messages
    FROM report_held rep JOIN record_row rec USING (report_id)
    WHERE rep.is_counted AND (rec.dkim OR rec.spf) IS NOT TRUE
    GROUP BY rec.day, rep.domain, rep.org_name, rec.source_id, rec.cause,
        rec.disposition) g
LEFT JOIN source_named s ON s.id = g.source_id;

CREATE OR REPLACE VIEW v_cause AS
SELECT rec.day, rep.domain, rec.cause, sum(rec.messages)::bigint AS messages
FROM report_held rep JOIN record_row rec USING (report_id)
WHERE rep.is_counted
GROUP BY rec.day, rep.domain, rec.cause;

CREATE OR REPLACE VIEW v_forwarded AS
SELECT rec.day, ts_date(rec.day) AS date, rec.domain, s.ip, s.ptr_domain,
    p.envelope_from, rec.dmarc, rec.cause, sum(rec.messages)::bigint AS messages
FROM record_words rec
JOIN profile p ON p.id = rec.profile_id
LEFT JOIN source_named s ON s.id = rec.source_id
WHERE @RULE_CLASS(s.kind, false)@ = 'forwarded'
    OR (s.kind IS NULL AND (p.forwarding
        OR (rec.cause = 'dkim_only' AND NOT p.spf_passed)))
GROUP BY rec.day, rec.domain, s.id, s.ip, s.ptr_domain, p.envelope_from,
    rec.dmarc, rec.cause;

CREATE OR REPLACE VIEW v_readiness AS
WITH span AS (
    SELECT max(day) AS until,
        max(day) - (@RULE_SQL(RULE_READY_DAYS)@ - 1) * 86400 AS since
    FROM report_held WHERE is_shown AND day <= now_ts()),
f AS (
    SELECT rep.domain, rec.day, rec.messages,
        (rec.dkim OR rec.spf) IS NOT TRUE AS failed, rep.org_name,
        @RULE_CLASS(s.kind, p.forwarding)@ AS class
    FROM report_held rep
    JOIN record_row rec USING (report_id)
    JOIN profile p ON p.id = rec.profile_id
    LEFT JOIN source_named s ON s.id = rec.source_id
    WHERE rep.is_counted AND rec.day >= (SELECT since FROM span)
        AND rec.day <= (SELECT until FROM span)
        AND rep.day >= (SELECT since FROM span)),
a AS (
    SELECT domain, count(DISTINCT day) AS days,
        count(DISTINCT nocase(org_name)) AS reporters,
        sum(messages)::bigint AS messages,
        coalesce(sum(messages) FILTER (WHERE failed), 0)::bigint AS fail,
        coalesce(sum(messages) FILTER (WHERE failed AND class = 'known'),
            0)::bigint AS lost,
        coalesce(sum(messages) FILTER (WHERE failed AND class = 'forwarded'),
            0)::bigint AS suffers,
        coalesce(sum(messages) FILTER (WHERE failed AND class = 'hostile'),
            0)::bigint AS stopped
    FROM f GROUP BY domain)
SELECT a.domain,
    (SELECT r.p FROM report_held r WHERE r.domain = a.domain AND r.is_counted
        AND r.p IS NOT NULL AND r.day <= (SELECT until FROM span)
     ORDER BY r.day DESC, r.imported_ts DESC, r.report_id DESC LIMIT 1)
        AS policy,
    days, reporters, messages,
    trunc(100.0 * (messages - fail) / nullif(messages, 0), 2) AS pass_pct,
    fail, lost, suffers, stopped, fail - lost - suffers - stopped AS unknown
FROM a;

CREATE OR REPLACE VIEW v_new_source AS
SELECT rep.domain, s.ip, s.ptr, s.as_name, s.label AS sender,
    ts_date(s.first_day) AS first_date, sum(rec.messages)::bigint AS messages,
    coalesce(sum(rec.messages) FILTER (WHERE rec.dkim OR rec.spf), 0)::bigint
        AS pass
FROM (SELECT max(day) AS until, max(day) - 6 * 86400 AS since
    FROM report_held WHERE is_shown AND day <= now_ts()) span
JOIN record_row rec ON rec.day BETWEEN span.since AND span.until
JOIN report_held rep ON rep.report_id = rec.report_id AND rep.is_counted
JOIN source_named s ON s.id = rec.source_id
WHERE s.first_day >= span.since
GROUP BY rep.domain, s.id, s.ip, s.ptr, s.as_name, s.label, s.first_day;

-- Of the ways in which its name is written, the one of its newest report.
CREATE OR REPLACE VIEW v_reporter AS
SELECT (array_agg(rep.org_name ORDER BY rep.day DESC, rep.report_id DESC))[1]
        AS org_name,
    count(DISTINCT rep.domain) AS domains, count(*) AS reports,
    sum(rep.messages)::bigint AS messages,
    ts_date(min(rep.day)) AS first_date, ts_date(max(rep.day)) AS last_date,
    greatest(0, ((SELECT max(day) FROM report_held
        WHERE is_shown AND day <= now_ts()) - max(rep.day)) / 86400)
        AS days_silent,
    round(avg(@RULE_DELAY(rep, rep)@) / 3600.0, 1) AS avg_delay_hours
FROM report_held rep
WHERE rep.is_counted
GROUP BY nocase(rep.org_name);

CREATE OR REPLACE VIEW v_silent_reporter AS
WITH today AS (SELECT now_ts() / 86400 * 86400 AS day),
last AS (
    SELECT nocase(org_name) AS who,
        (array_agg(org_name ORDER BY day DESC, report_id DESC))[1] AS org_name,
        max(day) AS day, count(DISTINCT domain) AS domains
    FROM report_held
    WHERE day BETWEEN (SELECT day - 46 * 86400 FROM today)
        AND (SELECT day FROM today) AND is_counted
    GROUP BY nocase(org_name))
SELECT last.org_name, last.domains, ts_date(last.day) AS last_date,
    (today.day - last.day) / 86400 - 2 AS days_silent
FROM last, today
WHERE (today.day - last.day) / 86400 - 2
        BETWEEN @RULE_SQL(RULE_SILENT_DAYS)@ AND 30
    AND (SELECT count(DISTINCT rep.day) FROM report_held rep
        WHERE rep.day > last.day - @RULE_SQL(RULE_DAILY_DAYS)@ * 86400
            AND rep.day <= last.day AND rep.is_counted
            AND nocase(rep.org_name) = last.who)
        = @RULE_SQL(RULE_DAILY_DAYS)@;

CREATE OR REPLACE VIEW v_conflict AS
SELECT rep.reporter, rep.domain, rep.external_id, rep.day,
    ts_date(rep.day) AS date, rep.report_id, rep.org_name, rep.records,
    rep.messages, rep.partial, rep.verified, rep.sender AS mail_from,
    ts_time(rep.imported_ts) AS imported, rep.is_counted::integer AS counted
FROM report_held rep WHERE rep.is_shown AND rep.is_conflict;

CREATE OR REPLACE VIEW v_partial AS
SELECT rep.day, ts_date(rep.day) AS date, rep.domain, rep.org_name,
    rep.external_id, rep.report_id, rep.records, rep.messages, rep.quirks,
    rep.reason, rep.place, rep.uid
FROM report_held rep WHERE rep.is_shown AND rep.partial = 1;

CREATE OR REPLACE VIEW v_unverified AS
SELECT rep.day, ts_date(rep.day) AS date, rep.domain, rep.org_name,
    rep.org_email, rep.external_id, rep.report_id,
    coalesce(rep.verified, 'none') AS verified, rep.from_domain,
    rep.sender AS mail_from, rep.is_conflict::integer AS conflict
FROM report_held rep
WHERE rep.is_shown AND coalesce(rep.verified, 'none') <> 'pass';

CREATE OR REPLACE VIEW v_override AS
SELECT rec.day, rec.domain, rec.org_name, i.item->>'type' AS type,
    i.item->>'comment' AS comment, rec.disposition,
    sum(rec.messages)::bigint AS messages
FROM record_words rec JOIN profile p ON p.id = rec.profile_id,
LATERAL jsonb_array_elements(p.override) AS i(item)
WHERE rec.changed
GROUP BY rec.day, rec.domain, rec.org_name, i.item->>'type',
    i.item->>'comment', rec.disposition;

CREATE OR REPLACE VIEW v_selector AS
SELECT g.domain, a.domain AS d, a.selector AS s, a.result,
    sum(g.messages)::bigint AS messages,
    ts_date(min(g.first_day)) AS first_date,
    ts_date(max(g.last_day)) AS last_date
FROM (SELECT rep.domain, rec.dkim_list_id, sum(rec.messages) AS messages,
        min(rec.day) AS first_day, max(rec.day) AS last_day
    FROM report_held rep JOIN record_row rec USING (report_id)
    WHERE rep.is_counted AND rec.dkim_list_id IS NOT NULL
    GROUP BY rec.dkim_list_id, rep.domain) g
JOIN dkim_list l ON l.id = g.dkim_list_id,
LATERAL jsonb_to_recordset(l.auth_dkim)
    AS a(domain text, selector text, result text)
GROUP BY g.domain, a.domain, a.selector, a.result;

CREATE OR REPLACE VIEW v_policy AS
SELECT domain, p, sp, np, adkim, aspf, pct, testing, count(*) AS reports,
    ts_date(min(day)) AS first_date, ts_date(max(day)) AS last_date
FROM report_held WHERE is_counted
GROUP BY domain, p, sp, np, adkim, aspf, pct, testing;

CREATE OR REPLACE VIEW v_subdomain AS
SELECT rec.domain, p.header_from, sum(rec.messages)::bigint AS messages,
    coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)::bigint
        AS fail
FROM record_words rec JOIN profile p ON p.id = rec.profile_id
WHERE p.header_from <> rec.domain
GROUP BY rec.domain, p.header_from;

CREATE OR REPLACE VIEW v_tls_daily AS
SELECT r.day, ts_date(r.day) AS date, p.domain, p.type,
    sum(p.ok)::bigint AS ok, sum(p.failed)::bigint AS failed,
    trunc(100.0 * sum(p.ok) / nullif(sum(p.ok) + sum(p.failed), 0), 2) AS ok_pct
FROM tls_policy_row p JOIN tls_held r USING (tls_report_id)
WHERE r.is_counted
GROUP BY r.day, p.domain, p.type;

CREATE OR REPLACE VIEW v_tls_failure AS
SELECT r.day, ts_date(r.day) AS date, p.domain, p.type, r.org_name, f.result,
    f.mx, f.receiving_ip, f.sending_ip, f.reason_code,
    sum(f.failed)::bigint AS failed
FROM tls_policy_row p JOIN tls_held r USING (tls_report_id),
LATERAL jsonb_to_recordset(p.failures) AS f(result text, failed bigint,
    sending_ip text, mx text, receiving_ip text, reason_code text)
WHERE r.is_counted
GROUP BY r.day, p.domain, p.type, r.org_name, f.result, f.mx, f.receiving_ip,
    f.sending_ip, f.reason_code;

CREATE OR REPLACE VIEW v_source_daily AS
SELECT g.day, g.domain, s.ip, coalesce(@RULE_WHO(s, s)@, s.ip) AS who,
    s.kind AS sender_kind,
    CASE WHEN s.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE @RULE_CLASS(s.kind, g.unknown = 0)@ END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    CASE WHEN s.kind IS NULL THEN g.unknown ELSE 0 END AS unknown
FROM (SELECT rec.day, rep.domain, rec.source_id,
        sum(rec.messages)::bigint AS messages,
        coalesce(sum(rec.messages) FILTER (WHERE rec.dkim OR rec.spf),
            0)::bigint AS pass,
        coalesce(sum(rec.messages) FILTER (WHERE (rec.dkim OR rec.spf)
            IS NOT TRUE AND NOT p.forwarding), 0)::bigint AS unknown
    FROM report_held rep JOIN record_row rec USING (report_id)
    JOIN profile p ON p.id = rec.profile_id
    WHERE rep.is_counted
    GROUP BY rep.domain, rec.day, rec.source_id) g
LEFT JOIN source_named s ON s.id = g.source_id;

-- How far the feed of each collector has come.
CREATE OR REPLACE VIEW v_collector AS
SELECT name, cursor, generation, caught_up_at, changed_at FROM collector;

-- --- who may read -----------------------------------------------------------

-- ruad_reader sees all views but those of failure reports, which have
-- addresses and subjects of people.  It is made where that is allowed.
DO $$
DECLARE
    view name;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ruad_reader') THEN
        CREATE ROLE ruad_reader NOLOGIN;
    END IF;
    GRANT USAGE ON SCHEMA ruad TO ruad_reader;
    FOR view IN SELECT table_name FROM information_schema.views
        WHERE table_schema = 'ruad' AND table_name <> 'failure' LOOP
        EXECUTE format('GRANT SELECT ON %I TO ruad_reader', view);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'the role ruad_reader cannot be made: %', SQLERRM;
END $$;

INSERT INTO meta VALUES ('version', '1')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
