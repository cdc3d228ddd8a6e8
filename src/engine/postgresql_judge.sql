-- SPDX-License-Identifier: BSD-2-Clause
-- What SQL of store/rules.h needs, partitions, and which report counts.

-- What the SQL of store/rules.h calls, and PostgreSQL does not have.
CREATE OR REPLACE FUNCTION iif(boolean, text, text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT CASE WHEN $1 THEN $2 ELSE $3 END';
CREATE OR REPLACE FUNCTION iif(boolean, bigint, bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT CASE WHEN $1 THEN $2 ELSE $3 END';
CREATE OR REPLACE FUNCTION min(bigint, bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT least($1, $2)';
CREATE OR REPLACE FUNCTION max(bigint, bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT greatest($1, $2)';

-- Dates of the years 1 to 9999; a report may say anything.
CREATE OR REPLACE FUNCTION ts_date(bigint) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN $1 BETWEEN -62135596800 AND 253402300799
        THEN date '1970-01-01' + floor($1 / 86400.0)::integer END$$;
CREATE OR REPLACE FUNCTION ts_time(bigint) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$SELECT CASE WHEN $1 BETWEEN -62135596800 AND 253402300799
        THEN timestamp '1970-01-01' + $1 * interval '1 second' END$$;
CREATE OR REPLACE FUNCTION now_ts() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE AS
    'SELECT floor(extract(epoch FROM now()))::bigint';
-- As SQLite compares without regard to case: that of ASCII.
CREATE OR REPLACE FUNCTION nocase(text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT lower($1 COLLATE "C") COLLATE "C"';

-- A partition for the month of a day, if it may have one: DMARC reports began
-- in 2012, and anybody may date one as he likes.  Rows of other months are in
-- record_row_other until the month is near.  It is for the next batch to do
-- where a reader is in the way.
CREATE OR REPLACE FUNCTION make_partition(wanted bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp
    SET lock_timeout = '5s' AS $$
DECLARE
    month date := date_trunc('month', ts_date(wanted)::timestamp);
    since bigint := extract(epoch FROM month);
    until bigint := extract(epoch FROM month + interval '1 month');
    name text := 'record_row_' || to_char(month, 'YYYY_MM');
BEGIN
    IF wanted < extract(epoch FROM timestamp '2012-01-01')
        OR wanted > now_ts() + 40 * 86400 OR to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE record_row INCLUDING ALL)', name);
    LOCK TABLE record_row_other IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH moved AS (DELETE FROM record_row_other'
        ' WHERE day >= %s AND day < %s RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', since, until, name);
    EXECUTE format('ALTER TABLE record_row ATTACH PARTITION %I'
        ' FOR VALUES FROM (%s) TO (%s)', name, since, until);
EXCEPTION WHEN lock_not_available THEN
    RETURN;
END $$;

-- Of each identity in touched, which reports are shown and which one counts:
-- of those that count at a collector the verified one, the whole one, that of
-- more messages, of more records, the earlier, the one with the lower key.
CREATE OR REPLACE FUNCTION judge_reports() RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    UPDATE report_held h SET is_shown = j.is_shown, is_counted = j.is_counted,
        is_conflict = j.is_conflict
    FROM (SELECT report_id, collector_id,
            row_number() OVER (PARTITION BY report_id ORDER BY place) = 1
                AS is_shown,
            place = 1 AND counted = 1 AS is_counted,
            max(conflict) OVER (PARTITION BY report_id) = 1
                OR max(report_id) OVER (PARTITION BY identity)
                <> min(report_id) OVER (PARTITION BY identity) AS is_conflict
        FROM (SELECT r.report_id, r.collector_id, r.identity, r.counted,
                r.conflict, row_number() OVER (PARTITION BY r.identity
                    ORDER BY r.counted DESC,
                        coalesce(r.verified, '') = 'pass' DESC, r.partial,
                        coalesce(r.messages, 0) DESC, r.records DESC,
                        r.imported_ts, r.key, c.name COLLATE "C") AS place
            FROM report_held r JOIN collector c ON c.id = r.collector_id
            WHERE r.identity IN (SELECT identity FROM pg_temp.touched)) one) j
    WHERE h.report_id = j.report_id AND h.collector_id = j.collector_id
        AND (h.is_shown, h.is_counted, h.is_conflict)
        IS DISTINCT FROM (j.is_shown, j.is_counted, j.is_conflict);
END $$;

CREATE OR REPLACE FUNCTION judge_tls() RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    UPDATE tls_held h SET is_shown = j.is_shown, is_counted = j.is_counted,
        is_conflict = j.is_conflict
    FROM (SELECT tls_report_id, collector_id,
            row_number() OVER (PARTITION BY tls_report_id ORDER BY place) = 1
                AS is_shown,
            place = 1 AND counted = 1 AS is_counted,
            max(conflict) OVER (PARTITION BY tls_report_id) = 1
                OR max(tls_report_id) OVER (PARTITION BY identity)
                <> min(tls_report_id) OVER (PARTITION BY identity)
                AS is_conflict
        FROM (SELECT r.tls_report_id, r.collector_id, r.identity, r.counted,
                r.conflict, row_number() OVER (PARTITION BY r.identity
                    ORDER BY r.counted DESC,
                        coalesce(r.verified, '') = 'pass' DESC,
                        r.messages DESC, r.records DESC, r.imported_ts, r.key,
                        c.name COLLATE "C") AS place
            FROM tls_held r JOIN collector c ON c.id = r.collector_id
            WHERE r.identity IN (SELECT identity FROM pg_temp.touched_tls)
            ) one) j
    WHERE h.tls_report_id = j.tls_report_id AND h.collector_id = j.collector_id
        AND (h.is_shown, h.is_counted, h.is_conflict)
        IS DISTINCT FROM (j.is_shown, j.is_counted, j.is_conflict);
END $$;

-- What is known of the sources in touched_source: a sender that somebody named
-- is first, then what was looked up last; first_day is the first anywhere.
CREATE OR REPLACE FUNCTION judge_sources() RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    UPDATE source_row s SET is_known = j.is_known, ptr = j.ptr,
        ptr_domain = j.ptr_domain, asn = j.asn, as_name = j.as_name,
        country = j.country, sender = j.sender, sender_kind = j.sender_kind,
        first_day = j.first_day, lookup_ts = j.lookup_ts
    FROM (SELECT DISTINCT ON (t.source_id) t.source_id, h.ptr, h.ptr_domain,
            h.asn, h.as_name, h.country, h.sender, h.sender_kind, h.lookup_ts,
            seen.times > 0 OR h.source_id IS NOT NULL AS is_known,
            least(min(h.first_day) OVER (PARTITION BY t.source_id),
                seen.first_day) AS first_day
        FROM (SELECT DISTINCT source_id FROM pg_temp.touched_source) t
        LEFT JOIN source_held h ON h.source_id = t.source_id
        LEFT JOIN collector c ON c.id = h.collector_id,
        LATERAL (SELECT count(*) AS times, min(first_day) AS first_day
            FROM source_seen WHERE source_id = t.source_id) seen
        ORDER BY t.source_id, h.sender IS NULL, h.lookup_ts DESC NULLS LAST,
            c.name COLLATE "C") j
    WHERE s.id = j.source_id
        AND (s.is_known, s.ptr, s.ptr_domain, s.asn, s.as_name, s.country,
            s.sender, s.sender_kind, s.first_day, s.lookup_ts)
        IS DISTINCT FROM (j.is_known, j.ptr, j.ptr_domain, j.asn, j.as_name,
            j.country, j.sender, j.sender_kind, j.first_day, j.lookup_ts);
END $$;
