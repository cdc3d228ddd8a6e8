-- SPDX-License-Identifier: BSD-2-Clause
-- @EACH_BATCH@: what is above is done once, what follows for each batch.
-- Store the lines of a batch, which are in a table of their own, see
-- clickhouse_tables.sql.  The order matters: rows, what says that they count,
-- how far that is.  If the server restarts meanwhile, that table is empty, and
-- all that follows adds nothing.

INSERT INTO ruad.@RECORDS@ (batch, seq, n, collector, key, day, date,
    domain, org_name, external_id, ip, messages, dmarc, dkim, spf, cause,
    disposition, header_from, envelope_from, envelope_to, forwarding,
    spf_passed, dkim_domain, dkim_selector, dkim_result, dkim_human_result,
    spf_domain, spf_scope, spf_result, spf_human_result,
    override_type, override_comment, override_forwarding, override_changed,
    raw)
SELECT @BATCH@, seq, n, collector, toFixedString(unhex(key), 32), day, date,
    domain, org_name, external_id, ip, messages, dmarc, dkim, spf, cause,
    disposition, header_from, envelope_from, envelope_to,
    arrayExists(o -> @PIECE_IS(o, forwarding)@, overrides),
    arrayExists(a -> visitParamExtractString(a, 'scope') != 'helo'
        AND visitParamExtractString(a, 'result') = 'pass', spfs),
    @PIECE_TEXTS(dkims, domain)@, @PIECE_TEXTS(dkims, selector)@,
    @PIECE_TEXTS(dkims, result)@, @PIECE_TEXTS(dkims, human_result)@,
    @PIECE_TEXTS(spfs, domain)@, @PIECE_TEXTS(spfs, scope)@,
    @PIECE_TEXTS(spfs, result)@, @PIECE_TEXTS(spfs, human_result)@,
    arrayMap(o -> visitParamExtractString(o, 'type'), overrides),
    @PIECE_TEXTS(overrides, comment)@,
    arrayMap(o -> @PIECE_IS(o, forwarding)@, overrides),
    arrayMap(o -> @PIECE_IS(o, changed)@, overrides),
    raw
FROM (SELECT *, @PIECE_OBJECTS(auth_dkim)@ AS dkims,
        @PIECE_OBJECTS(auth_spf)@ AS spfs,
        @PIECE_OBJECTS(override)@ AS overrides
    FROM ruad.@STAGE@ WHERE op = 'put' AND kind = 'record');

INSERT INTO ruad.tls_policy_row (batch, seq, n, domain, type, policy, mx_hosts,
    ok, failed)
SELECT @BATCH@, seq, n, domain, type, policy, mx_hosts, ok, failed
FROM ruad.@STAGE@ WHERE op = 'put' AND kind = 'tls_policy';

INSERT INTO ruad.tls_failure_row (batch, seq, n, m, result, failed, sending_ip,
    mx, mx_helo, receiving_ip, reason_code, info)
SELECT @BATCH@, seq, n, m, result, failed, sending_ip, mx, mx_helo,
    receiving_ip, reason_code, info
FROM ruad.@STAGE@ WHERE op = 'put' AND kind = 'tls_failure';

INSERT INTO ruad.source_row (collector, ip, version, generation, held, ptr,
    ptr_domain, asn, as_name, country, sender, sender_kind, first_day,
    lookup_ts)
SELECT collector, key, @PIECE_VERSION(seq)@, @GENERATION@, op = 'put', ptr,
    ptr_domain, asn, as_name, country, sender, sender_kind, first_day,
    lookup_ts
FROM ruad.@STAGE@ WHERE kind = 'source';

INSERT INTO ruad.seen_row (collector, ip, gone, first_day, version)
SELECT collector, ip, 0, min(least(day, ifNull(first_day, day))),
    max(@PIECE_VERSION(seq)@)
FROM ruad.@STAGE@ WHERE op = 'put' AND kind = 'record' AND ip != ''
GROUP BY collector, ip;

INSERT INTO ruad.seen_row (collector, ip, gone, first_day, version)
SELECT collector, key, 1, 0, @PIECE_VERSION(seq)@
FROM ruad.@STAGE@ WHERE op = 'del' AND kind = 'source';

INSERT INTO ruad.failure_row (collector, key, version, generation, held, ip,
    arrival_ts, reported_domain, feedback_type, auth_failure, delivery_result,
    mail_from, rcpt_to, header_from, subject, msgid, dkim_domain,
    dkim_selector, auth_results, identity_alignment, user_agent, incidents,
    sample, quirks)
SELECT collector, toFixedString(unhex(key), 32), @PIECE_VERSION(seq)@,
    @GENERATION@, op = 'put', nullIf(ip, ''), arrival_ts, reported_domain,
    feedback_type, auth_failure, delivery_result, mail_from, rcpt_to,
    header_from, subject, msgid, dkim_domain, dkim_selector, auth_results,
    identity_alignment, user_agent, incidents, sample, quirks
FROM ruad.@STAGE@ WHERE kind = 'failure';

INSERT INTO ruad.tls_row (collector, key, version, generation, held, batch,
    seq, records, messages, filename, org_name, contact, external_id, begin_ts,
    end_ts, day, date, imported_ts, conflict_there, counted_there, quirks,
    sender, verified, from_domain, sent_ts, reason, place, uid)
SELECT collector, toFixedString(unhex(key), 32), @PIECE_VERSION(seq)@,
    @GENERATION@, op = 'put', @BATCH@, seq, policies, sessions, filename,
    org_name, contact, external_id, begin_ts, end_ts, day, date, imported_ts,
    conflict, counted, quirks, sender, verified, from_domain, sent_ts, reason,
    place, uid
FROM (SELECT * FROM ruad.@STAGE@ WHERE kind = 'tls')
ANY LEFT JOIN (SELECT seq, count() AS policies, sum(ok + failed) AS sessions
    FROM ruad.@STAGE@ WHERE kind = 'tls_policy' GROUP BY seq) USING seq;

INSERT INTO ruad.report_row (collector, key, version, generation, held, batch,
    seq, records, messages, filename, org_name, org_email, extra_contact,
    external_id, begin_ts, end_ts, day, date, domain, p, sp, np, adkim, aspf,
    pct, fo, testing, discovery_method, generator, format, errors, quirks,
    partial, conflict_there, counted_there, reporter, imported_ts, raw, sender,
    verified, from_domain, sent_ts, reason, place, uid)
SELECT collector, toFixedString(unhex(key), 32), @PIECE_VERSION(seq)@,
    @GENERATION@, op = 'put', @BATCH@, seq, rows, if(rows = 0, NULL, total),
    filename, org_name, org_email, extra_contact, external_id, begin_ts, end_ts,
    day, date, domain, p, sp, np, adkim, aspf, pct, fo, testing,
    discovery_method, generator, version, errors, quirks, partial, conflict,
    counted, reporter, imported_ts, raw, sender, verified, from_domain, sent_ts,
    reason, place, uid
FROM (SELECT * FROM ruad.@STAGE@ WHERE kind = 'report')
ANY LEFT JOIN (SELECT seq, count() AS rows, sum(messages) AS total
    FROM ruad.@STAGE@ WHERE kind = 'record' GROUP BY seq) USING seq;

INSERT INTO ruad.cursor_row (collector, generation, floor, seq, cursor, batch)
SELECT collector, @GENERATION@, @FLOOR@, seq, cursor, @BATCH@
FROM ruad.@STAGE@ ORDER BY seq DESC LIMIT 1;
