-- SPDX-License-Identifier: BSD-2-Clause
-- A batch of the feed becomes rows.

-- The reports of pg_temp.line: put or gone, each with its records.
CREATE OR REPLACE FUNCTION apply_reports(who collector) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    CREATE TEMP TABLE put ON COMMIT DROP AS
    SELECT NULL::bigint AS report_id, decode(l.key, 'hex') AS key, l.born,
        r.day, sha256(convert_to(jsonb_build_array(r.domain, r.reporter,
            r.external_id, r.begin_ts, r.end_ts)::text, 'UTF8')) AS identity,
        l.content, r.filename, r.org_name, r.org_email, r.extra_contact,
        r.external_id, r.begin_ts, r.end_ts, r.domain, r.p, r.sp, r.np,
        r.adkim, r.aspf, r.pct, r.fo, r.testing, r.discovery_method,
        r.generator, r.version, r.errors, r.quirks, r.partial, r.conflict,
        r.counted, r.reporter, r.imported_ts, r.raw, r.sender, r.verified,
        r.from_domain, r.sent_ts, r.reason, r.place, r.uid
    FROM (SELECT key, born,
            (array_agg(j->'report' ORDER BY part))[1] AS report,
            sha256(string_agg(sha256(convert_to((j->'records')::text, 'UTF8')),
                '' ORDER BY part)) AS content
        FROM pg_temp.line JOIN pg_temp.stage USING (n)
        WHERE kind = 'report' GROUP BY key, born) l,
    LATERAL jsonb_to_record(l.report) AS r(day bigint, filename text,
        org_name text, org_email text, extra_contact text, external_id text,
        begin_ts bigint, end_ts bigint, domain text, p text, sp text, np text,
        adkim text, aspf text, pct bigint, fo text, testing text,
        discovery_method text, generator text, version text, errors text,
        quirks jsonb, partial bigint, conflict bigint, counted bigint,
        reporter text, imported_ts bigint, raw jsonb, sender text,
        verified text, from_domain text, sent_ts bigint, reason text,
        place text, uid bigint);
    ANALYZE put;

    -- What this collector no longer has, or has otherwise.
    CREATE TEMP TABLE touched (identity bytea, report_id bigint, day bigint)
        ON COMMIT DROP;
    WITH lost AS (DELETE FROM report_held
        WHERE collector_id = who.id AND key IN
            (SELECT decode(key, 'hex') FROM pg_temp.del WHERE kind = 'report')
        RETURNING identity, report_id, day)
    INSERT INTO touched SELECT * FROM lost;
    UPDATE put SET report_id = h.report_id FROM report_held h
        WHERE h.key = put.key;
    CREATE TEMP TABLE known ON COMMIT DROP AS
    SELECT DISTINCT put.report_id FROM put
        JOIN report_held h USING (report_id)
        WHERE h.content = put.content;
    WITH lost AS (DELETE FROM report_held h USING put
        WHERE h.collector_id = who.id AND h.report_id = put.report_id
        RETURNING h.identity, h.report_id, h.day)
    INSERT INTO touched SELECT * FROM lost;
    -- As rows came to the collector, so that the newest is the newest here.
    UPDATE put SET report_id = new.id
        FROM (SELECT key, nextval('report_ids') AS id FROM (SELECT key
            FROM put WHERE report_id IS NULL ORDER BY born) k) new
        WHERE put.key = new.key;

    CREATE TEMP TABLE rec ON COMMIT DROP AS
    SELECT put.report_id, put.day, r.n, r.ip, r.messages, r.cause,
        r.disposition, r.dkim = 'pass' AS dkim, r.spf = 'pass' AS spf,
        r.envelope_to, r.header_from, r.envelope_from, r.raw,
        nullif(r.auth_dkim, '[]') AS auth_dkim,
        nullif(r.auth_spf, '[]') AS auth_spf,
        CASE WHEN r.override <> '[]' THEN (SELECT jsonb_agg(o - 'changed'
            ORDER BY i) FROM jsonb_array_elements(r.override)
            WITH ORDINALITY AS e(o, i)) END AS override,
        coalesce(r.override @? '$[*] ? (@.changed == true || @.changed == 1)',
            false) AS changed,
        r.first_day, NULL::bytea AS profile, NULL::bytea AS list
    FROM pg_temp.line l JOIN put ON put.key = decode(l.key, 'hex')
    JOIN pg_temp.stage s ON s.n = l.n,
    LATERAL jsonb_to_recordset(s.j->'records') AS r(n integer, ip text,
        messages bigint, dkim text, spf text, cause text, disposition text,
        header_from text, envelope_from text, envelope_to text,
        auth_dkim jsonb, auth_spf jsonb, override jsonb, raw jsonb,
        first_day bigint)
    WHERE l.kind = 'report';
    INSERT INTO seen SELECT ip, min(least(day, first_day)) FROM rec
        WHERE ip IS NOT NULL GROUP BY ip;
    INSERT INTO report_held (report_id, day, collector_id, generation, key,
        identity, content, records, messages, filename, org_name, org_email,
        extra_contact, external_id, begin_ts, end_ts, domain, p, sp, np, adkim,
        aspf, pct, fo, testing, discovery_method, generator, version, errors,
        quirks, partial, conflict, counted, reporter, imported_ts, raw, sender,
        verified, from_domain, sent_ts, reason, place, uid)
    SELECT report_id, day, who.id, who.generation, key, identity, content,
        coalesce(sum.records, 0), sum.messages, filename, org_name, org_email,
        extra_contact, external_id, begin_ts, end_ts, domain, p, sp, np, adkim,
        aspf, pct, fo, testing, discovery_method, generator, version, errors,
        quirks, partial, conflict, counted, reporter, imported_ts, raw, sender,
        verified, from_domain, sent_ts, reason, place, uid
    FROM put LEFT JOIN (SELECT report_id, count(*) AS records,
        sum(messages) AS messages FROM rec GROUP BY report_id) sum
        USING (report_id);
    INSERT INTO touched SELECT identity, report_id, day FROM put;

    -- Of records that are here as they are nothing changes.
    DELETE FROM rec WHERE report_id IN (SELECT report_id FROM known);
    DELETE FROM put WHERE report_id IN (SELECT report_id FROM known);
    ANALYZE rec;
    PERFORM make_partition(day) FROM (SELECT DISTINCT day FROM put) d;
    DELETE FROM record_row r USING (SELECT DISTINCT report_id, day FROM put) p
        WHERE r.report_id = p.report_id AND r.day = p.day;
    PERFORM add_records(who);
    DELETE FROM record_row r USING (SELECT DISTINCT report_id, day
            FROM touched t WHERE NOT EXISTS (SELECT FROM report_held h
                WHERE h.report_id = t.report_id)) gone
        WHERE r.report_id = gone.report_id AND r.day = gone.day;
    PERFORM judge_reports();
END $$;

-- Add the rows of pg_temp.rec, and what they have in common.
CREATE OR REPLACE FUNCTION add_records(who collector) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    UPDATE rec SET profile = sha256(convert_to(jsonb_build_array(header_from,
            envelope_from, auth_spf, override, raw)::text, 'UTF8')),
        list = sha256(convert_to(auth_dkim::text, 'UTF8'));
    INSERT INTO profile (digest, header_from, envelope_from, auth_spf,
        override, raw, forwarding, spf_passed)
    SELECT DISTINCT ON (r.profile) r.profile, r.header_from, r.envelope_from,
        r.auth_spf, r.override, r.raw, coalesce(r.override @?
            '$[*] ? (@.forwarding == true || @.forwarding == 1)', false),
        coalesce(r.auth_spf @?
            '$[*] ? (@.result == "pass" && @.scope != "helo")', false)
    FROM rec r
    WHERE NOT EXISTS (SELECT FROM profile p WHERE p.digest = r.profile);
    INSERT INTO dkim_list (digest, auth_dkim)
    SELECT DISTINCT ON (r.list) r.list, r.auth_dkim FROM rec r
    WHERE r.list IS NOT NULL
        AND NOT EXISTS (SELECT FROM dkim_list d WHERE d.digest = r.list);
    INSERT INTO source_row (ip) SELECT DISTINCT r.ip FROM rec r
    WHERE r.ip IS NOT NULL
        AND NOT EXISTS (SELECT FROM source_row s WHERE s.ip = r.ip);
    INSERT INTO record_row (report_id, day, messages, n, source_id, profile_id,
        dkim_list_id, dkim, spf, changed, cause, disposition, envelope_to)
    SELECT r.report_id, r.day, r.messages, r.n, s.id, p.id, d.id, r.dkim,
        r.spf, r.changed, r.cause, r.disposition, r.envelope_to
    FROM rec r JOIN profile p ON p.digest = r.profile
    LEFT JOIN dkim_list d ON d.digest = r.list
    LEFT JOIN source_row s ON s.ip = r.ip;
END $$;

-- After the others, which have filled pg_temp.seen.
CREATE OR REPLACE FUNCTION apply_sources(who collector, caught_up boolean)
    RETURNS void LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    CREATE TEMP TABLE put_source ON COMMIT DROP AS
    SELECT l.key AS ip, r.*
    FROM pg_temp.line l JOIN pg_temp.stage s USING (n),
    LATERAL jsonb_to_record(s.j->'source') AS r(ptr text, ptr_domain text,
        asn bigint, as_name text, country text, sender text, sender_kind text,
        first_day bigint, lookup_ts bigint)
    WHERE l.kind = 'source';
    CREATE TEMP TABLE touched_source (source_id integer) ON COMMIT DROP;
    INSERT INTO source_row (ip)
    SELECT new.ip FROM (SELECT ip FROM put_source UNION SELECT ip FROM seen) new
        WHERE NOT EXISTS (SELECT FROM source_row s WHERE s.ip = new.ip);
    INSERT INTO touched_source SELECT s.id FROM source_row s
        WHERE s.ip IN (SELECT ip FROM put_source UNION ALL
            SELECT key FROM pg_temp.del WHERE kind = 'source');
    DELETE FROM source_held WHERE collector_id = who.id
        AND source_id IN (SELECT source_id FROM touched_source);
    INSERT INTO source_held
    SELECT s.id, who.id, who.generation, p.ptr, p.ptr_domain, p.asn, p.as_name,
        p.country, p.sender, p.sender_kind, p.first_day, p.lookup_ts
    FROM put_source p JOIN source_row s USING (ip);

    DELETE FROM source_seen n USING source_row s, pg_temp.del d
        WHERE n.collector_id = who.id AND n.source_id = s.id
            AND d.kind = 'source' AND d.key = s.ip;
    WITH new AS (INSERT INTO source_seen AS n
        SELECT s.id, who.id, who.generation, min(seen.first_day)
        FROM seen JOIN source_row s USING (ip) GROUP BY s.id
        ON CONFLICT (source_id, collector_id) DO UPDATE
        SET generation = excluded.generation, first_day = CASE
            WHEN n.generation < excluded.generation THEN excluded.first_day
            ELSE least(n.first_day, excluded.first_day) END
        WHERE n.generation < excluded.generation
            OR excluded.first_day < n.first_day OR n.first_day IS NULL
        RETURNING n.source_id)
    INSERT INTO touched_source SELECT * FROM new;
    IF caught_up THEN
        WITH lost AS (DELETE FROM source_held WHERE collector_id = who.id
            AND generation < who.generation RETURNING source_id)
        INSERT INTO touched_source SELECT * FROM lost;
        WITH lost AS (DELETE FROM source_seen WHERE collector_id = who.id
            AND generation < who.generation RETURNING source_id)
        INSERT INTO touched_source SELECT * FROM lost;
    END IF;
    PERFORM judge_sources();
END $$;

CREATE OR REPLACE FUNCTION apply_failures(who collector) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    CREATE TEMP TABLE touched_failure (failure_id bigint) ON COMMIT DROP;
    CREATE TEMP TABLE put_failure ON COMMIT DROP AS
    SELECT NULL::bigint AS failure_id, decode(l.key, 'hex') AS key, l.born,
        r.*
    FROM pg_temp.line l JOIN pg_temp.stage s USING (n),
    LATERAL jsonb_to_record(s.j->'failure') AS r(
        arrival_ts bigint, reported_domain text, feedback_type text, ip text,
        auth_failure text, delivery_result text, mail_from text, rcpt_to text,
        header_from text, subject text, msgid text, dkim_domain text,
        dkim_selector text, auth_results text, identity_alignment text,
        user_agent text, incidents bigint, sample text, quirks jsonb)
    WHERE l.kind = 'failure';
    WITH lost AS (DELETE FROM failure_held
        WHERE collector_id = who.id AND key IN (SELECT decode(key, 'hex')
            FROM pg_temp.del WHERE kind = 'failure')
        RETURNING failure_id)
    INSERT INTO touched_failure SELECT * FROM lost;
    UPDATE put_failure SET failure_id = h.failure_id FROM failure_held h
        WHERE h.key = put_failure.key;
    DELETE FROM failure_held h USING put_failure p
        WHERE h.collector_id = who.id AND h.failure_id = p.failure_id;
    UPDATE put_failure SET failure_id = new.id
        FROM (SELECT key, nextval('report_ids') AS id FROM (SELECT key
            FROM put_failure WHERE failure_id IS NULL ORDER BY born) k) new
        WHERE put_failure.key = new.key;
    INSERT INTO failure_held (failure_id, collector_id, generation, key,
        arrival_ts, reported_domain, feedback_type, ip, auth_failure,
        delivery_result, mail_from, rcpt_to, header_from, subject, msgid,
        dkim_domain, dkim_selector, auth_results, identity_alignment,
        user_agent, incidents, sample, quirks)
    SELECT failure_id, who.id, who.generation, key, arrival_ts,
        reported_domain, feedback_type, ip, auth_failure, delivery_result,
        mail_from, rcpt_to, header_from, subject, msgid, dkim_domain,
        dkim_selector, auth_results, identity_alignment, user_agent, incidents,
        sample, quirks
    FROM put_failure;
    INSERT INTO touched_failure SELECT failure_id FROM put_failure;
    INSERT INTO seen SELECT ip, arrival_ts - arrival_ts % 86400 FROM put_failure
        WHERE ip IS NOT NULL;
    PERFORM judge_failures();
END $$;

CREATE OR REPLACE FUNCTION judge_failures() RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    UPDATE failure_held h SET is_shown = j.is_shown
    FROM (SELECT f.failure_id, f.collector_id, row_number() OVER
            (PARTITION BY f.failure_id ORDER BY c.name COLLATE "C") = 1
            AS is_shown
        FROM failure_held f JOIN collector c ON c.id = f.collector_id
        WHERE f.failure_id IN (SELECT failure_id FROM touched_failure)) j
    WHERE h.failure_id = j.failure_id AND h.collector_id = j.collector_id
        AND h.is_shown <> j.is_shown;
END $$;

CREATE OR REPLACE FUNCTION apply_tls(who collector) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    CREATE TEMP TABLE put_tls ON COMMIT DROP AS
    SELECT NULL::bigint AS id, decode(l.key, 'hex') AS key, l.born, r.*,
        sha256(convert_to(jsonb_build_array(nocase(r.org_name), r.external_id,
            r.begin_ts, r.end_ts)::text, 'UTF8')) AS identity
    FROM (SELECT key, born, (array_agg(j->'report' ORDER BY part))[1] AS report
        FROM pg_temp.line JOIN pg_temp.stage USING (n)
        WHERE kind = 'tls' GROUP BY key, born) l,
    LATERAL jsonb_to_record(l.report) AS r(day bigint, filename text,
        org_name text, contact text, external_id text, begin_ts bigint,
        end_ts bigint, imported_ts bigint, conflict bigint, counted bigint,
        quirks jsonb, sender text, verified text, from_domain text,
        sent_ts bigint, reason text, place text, uid bigint);
    CREATE TEMP TABLE touched_tls (identity bytea, tls_report_id bigint)
        ON COMMIT DROP;
    WITH lost AS (DELETE FROM tls_held
        WHERE collector_id = who.id AND key IN
            (SELECT decode(key, 'hex') FROM pg_temp.del WHERE kind = 'tls')
        RETURNING identity, tls_report_id)
    INSERT INTO touched_tls SELECT * FROM lost;
    UPDATE put_tls SET id = h.tls_report_id FROM tls_held h
        WHERE h.key = put_tls.key;
    DELETE FROM tls_held h USING put_tls p
        WHERE h.collector_id = who.id AND h.tls_report_id = p.id;
    UPDATE put_tls SET id = new.id
        FROM (SELECT key, nextval('report_ids') AS id FROM (SELECT key
            FROM put_tls WHERE id IS NULL ORDER BY born) k) new
        WHERE put_tls.key = new.key;
    DELETE FROM tls_policy_row
        WHERE tls_report_id IN (SELECT id FROM put_tls);
    -- A policy with many failures comes in several parts.
    INSERT INTO tls_policy_row (tls_report_id, n, domain, type, policy,
        mx_hosts, ok, failed, failures)
    SELECT one.id, one.n, one.domain, one.type, one.policy, one.mx_hosts,
        one.ok, one.failed, (SELECT jsonb_agg(f ORDER BY e.part, i)
            FROM unnest(one.failures) WITH ORDINALITY AS e(list, part),
            jsonb_array_elements(e.list) WITH ORDINALITY AS i(f, i))
    FROM (SELECT p.id, r.n, min(r.domain) AS domain, min(r.type) AS type,
            (array_agg(r.policy))[1] AS policy,
            (array_agg(r.mx_hosts))[1] AS mx_hosts, min(r.ok) AS ok,
            min(r.failed) AS failed,
            array_agg(r.failures ORDER BY l.part) AS failures
        FROM pg_temp.line l JOIN put_tls p ON p.key = decode(l.key, 'hex')
        JOIN pg_temp.stage s ON s.n = l.n,
        LATERAL jsonb_to_recordset(s.j->'policies') AS r(n integer,
            domain text, type text, policy jsonb, mx_hosts jsonb, ok bigint,
            failed bigint, failures jsonb)
        WHERE l.kind = 'tls'
        GROUP BY p.id, r.n) one;
    INSERT INTO tls_held (tls_report_id, day, collector_id, generation, key,
        identity, records, messages, filename, org_name, contact, external_id,
        begin_ts, end_ts, imported_ts, conflict, counted, quirks, sender,
        verified, from_domain, sent_ts, reason, place, uid)
    SELECT p.id, day, who.id, who.generation, key, identity,
        coalesce(sum.records, 0), coalesce(sum.messages, 0), filename,
        org_name, contact, external_id, begin_ts, end_ts, imported_ts,
        conflict, counted, quirks, sender, verified, from_domain, sent_ts,
        reason, place, uid
    FROM put_tls p LEFT JOIN (SELECT tls_report_id, count(*) AS records,
            sum(ok::numeric + failed) AS messages
        FROM tls_policy_row WHERE tls_report_id IN (SELECT id FROM put_tls)
        GROUP BY tls_report_id) sum
        ON sum.tls_report_id = p.id;
    INSERT INTO touched_tls SELECT identity, id FROM put_tls;
    DELETE FROM tls_policy_row p WHERE p.tls_report_id IN
        (SELECT t.tls_report_id FROM touched_tls t WHERE NOT EXISTS
            (SELECT FROM tls_held h WHERE h.tls_report_id = t.tls_report_id));
    PERFORM judge_tls();
END $$;

-- A batch that began after a cursor, its lines in pg_temp.stage: all of it, or
-- an error.  With fewer changes than most its feed had no more.  Nothing was
-- done if the answer is 'moved', another has been here since, or 'two', the
-- feed is that of another collector with the same name.
CREATE OR REPLACE FUNCTION apply(collector_name text, after_cursor text,
        most bigint) RETURNS text
    LANGUAGE plpgsql SET search_path = ruad, pg_temp SET jit = off AS $$
DECLARE
    who collector;
    bad record;
    caught_up boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(1381318980);
    SELECT * INTO who FROM collector WHERE name = collector_name;
    IF who.cursor IS DISTINCT FROM after_cursor THEN
        RETURN 'moved';
    END IF;
    who.epochs := note_epoch(who);
    IF who.epochs IS NULL THEN
        RETURN 'two';
    END IF;
    -- Of each key the last put after all that it was deleted before.
    CREATE TEMP TABLE line ON COMMIT DROP AS
    SELECT s.n, r.seq, r.kind, r.op, r.key, coalesce(r.part, 1) AS part,
        coalesce(r.last, true) AS is_last, r.cursor, r.collector,
        NULL::bigint AS born
    FROM stage s, LATERAL jsonb_to_record(s.j) AS r(seq bigint, kind text,
        op text, key text, part integer, last boolean, cursor text,
        collector text);
    ANALYZE line;
    caught_up := (SELECT count(DISTINCT seq) FROM line) < most;
    SELECT * INTO bad FROM line WHERE collector <> collector_name
        OR op NOT IN ('put', 'del') OR seq IS NULL OR key IS NULL
        OR kind NOT IN ('report', 'tls', 'failure', 'source') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the feed has a line that is not known here: '
            'collector %, kind %, op %', bad.collector, bad.kind, bad.op;
    END IF;
    SELECT cursor INTO who.cursor FROM line ORDER BY seq DESC, part DESC
        LIMIT 1;
    who.cursor := coalesce(who.cursor, after_cursor);
    CREATE TEMP TABLE del ON COMMIT DROP AS
    SELECT kind, key, max(seq) AS seq FROM line WHERE op = 'del'
        GROUP BY kind, key;
    DELETE FROM line l WHERE op = 'del' OR EXISTS (SELECT FROM del d
        WHERE d.kind = l.kind AND d.key = l.key AND d.seq > l.seq);
    UPDATE line l SET born = o.born FROM (SELECT kind, key, min(seq) AS born,
            max(seq) AS seq FROM line GROUP BY kind, key) o
        WHERE o.kind = l.kind AND o.key = l.key AND o.seq = l.seq;
    DELETE FROM line WHERE born IS NULL;
    SELECT kind, key INTO bad FROM line GROUP BY kind, key
        HAVING count(*) <> max(part) OR NOT bool_or(is_last);
    IF FOUND THEN
        RAISE EXCEPTION 'the feed was cut off in % %', bad.kind, bad.key;
    END IF;
    -- The old generation goes in the same breath as the new one is complete.
    IF caught_up THEN
        PERFORM forget(who);
    END IF;
    CREATE TEMP TABLE seen (ip text, first_day bigint) ON COMMIT DROP;
    PERFORM apply_reports(who);
    PERFORM apply_failures(who);
    PERFORM apply_tls(who);
    PERFORM apply_sources(who, caught_up);
    UPDATE collector c SET cursor = who.cursor, epochs = who.epochs,
            changed_at = CASE WHEN who.cursor = after_cursor THEN changed_at
                ELSE now() END,
            caught_up_at = CASE WHEN caught_up THEN now() ELSE caught_up_at END
        WHERE id = who.id;
    RETURN who.cursor;
END $$;

-- A database that comes back after another had its place is not one that was
-- restored, which keeps its epoch: two machines have the same name, and each
-- would undo for ever what the other did: NULL.
CREATE OR REPLACE FUNCTION note_epoch(who collector) RETURNS text[]
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
DECLARE
    epoch text := (SELECT j->>'epoch' FROM stage LIMIT 1);
BEGIN
    IF epoch IS NULL OR epoch = who.epochs[cardinality(who.epochs)] THEN
        RETURN who.epochs;
    ELSIF epoch = ANY (who.epochs) THEN
        RETURN NULL;
    END IF;
    RETURN who.epochs || epoch;
END $$;

-- What an older generation had, and the new one has not, is as if deleted.
CREATE OR REPLACE FUNCTION forget(who collector) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    INSERT INTO del
    SELECT old.kind, old.key, 0
    FROM (SELECT 'report' AS kind, encode(key, 'hex') AS key FROM report_held
            WHERE collector_id = who.id AND generation < who.generation
        UNION ALL SELECT 'failure', encode(key, 'hex') FROM failure_held
            WHERE collector_id = who.id AND generation < who.generation
        UNION ALL SELECT 'tls', encode(key, 'hex') FROM tls_held
            WHERE collector_id = who.id AND generation < who.generation) old
    WHERE NOT EXISTS (SELECT FROM line l
        WHERE l.kind = old.kind AND l.key = old.key);
END $$;

-- Begin the feed of a collector, or begin it anew.
CREATE OR REPLACE FUNCTION begin_feed(collector_name text, anew boolean)
    RETURNS text LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1381318980);
    INSERT INTO collector (name) SELECT collector_name WHERE NOT EXISTS
        (SELECT FROM collector WHERE name = collector_name);
    IF anew THEN
        UPDATE collector SET cursor = '0', generation = generation + 1,
            caught_up_at = NULL
        WHERE name = collector_name;
    END IF;
    RETURN (SELECT cursor FROM collector WHERE name = collector_name);
END $$;

-- A collector that is no more: all that only it had goes.
CREATE OR REPLACE FUNCTION forget_collector(collector_name text) RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM collector WHERE name = collector_name) THEN
        RAISE EXCEPTION 'no collector is called %', collector_name;
    END IF;
    PERFORM begin_feed(collector_name, true);
    CREATE TEMP TABLE stage (n bigint, j jsonb) ON COMMIT DROP;
    PERFORM apply(collector_name, '0', 1);
    DELETE FROM collector WHERE name = collector_name;
END $$;

-- What no record refers to any more, and partitions without any.
CREATE OR REPLACE FUNCTION clean() RETURNS void
    LANGUAGE plpgsql SET search_path = ruad, pg_temp AS $$
DECLARE
    part regclass;
    is_empty boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(1381318980);
    DELETE FROM profile p WHERE NOT EXISTS
        (SELECT FROM record_row r WHERE r.profile_id = p.id);
    DELETE FROM dkim_list d WHERE NOT EXISTS
        (SELECT FROM record_row r WHERE r.dkim_list_id = d.id);
    DELETE FROM source_row s WHERE NOT is_known AND NOT EXISTS
            (SELECT FROM record_row r WHERE r.source_id = s.id);
    FOR part IN SELECT inhrelid FROM pg_inherits
        WHERE inhparent = 'record_row'::regclass
            AND inhrelid <> 'record_row_other'::regclass LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', part)
            INTO is_empty;
        IF is_empty THEN
            EXECUTE format('DROP TABLE %s', part);
        END IF;
    END LOOP;
END $$;
