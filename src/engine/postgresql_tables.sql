-- SPDX-License-Identifier: BSD-2-Clause
-- The tables and views of ruad-feed-postgresql, see ruad-feed(8).  It may be
-- applied again at any time, in one transaction: what is missing is added, and
-- views and functions are renewed.  What is between two @ is SQL of
-- store/rules.h.
--
-- Reports come from strangers, and what they say of themselves may be long: no
-- index is on text of theirs, but on digests of it.

SET LOCAL client_min_messages = warning;
DO $$ BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'this database is encoded in %, but ruad needs UTF8: '
            'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0',
            current_setting('server_encoding');
    END IF;
END $$;
CREATE SCHEMA IF NOT EXISTS ruad;
SET LOCAL search_path = ruad, pg_temp;
CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL);
-- Alone, also while a batch is stored.
SELECT pg_advisory_xact_lock(1381318980);
DO $$
DECLARE
    found integer := (SELECT value FROM meta WHERE key = 'version');
BEGIN
    IF found > 1 THEN
        RAISE EXCEPTION 'the schema ruad has version %, which is newer than '
            'this ruad-feed-postgresql (1): upgrade ruad here', found;
    END IF;
    -- What leads here from an older version comes first, then all the rest.
END $$;

-- --- tables, which are private ----------------------------------------------

CREATE TABLE IF NOT EXISTS collector (
    id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    cursor text NOT NULL DEFAULT '0', -- what of its feed is here
    -- Beginning anew is a new generation; the old one goes when all is here.
    generation integer NOT NULL DEFAULT 1,
    epochs text[] NOT NULL DEFAULT '{}', -- of its databases, the newest last
    caught_up_at timestamptz, -- nothing more was in its feed
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Each report as each collector has it.  report_id is one for each content.
CREATE SEQUENCE IF NOT EXISTS report_ids;
CREATE TABLE IF NOT EXISTS report_held (
    report_id bigint NOT NULL,
    day bigint NOT NULL,
    collector_id smallint NOT NULL REFERENCES collector,
    generation integer NOT NULL,
    is_shown boolean NOT NULL DEFAULT false, -- one for each report_id
    is_counted boolean NOT NULL DEFAULT false, -- at most one of an identity
    is_conflict boolean NOT NULL DEFAULT false,
    key bytea NOT NULL,
    identity bytea NOT NULL,
    content bytea NOT NULL, -- of the lines with its records
    records bigint NOT NULL,
    messages bigint, -- NULL: it has no records
    -- what the collector says
    filename text, org_name text NOT NULL, org_email text, extra_contact text,
    external_id text NOT NULL, begin_ts bigint NOT NULL, end_ts bigint NOT NULL,
    domain text NOT NULL, p text, sp text, np text, adkim text, aspf text,
    pct bigint, fo text, testing text, discovery_method text, generator text,
    version text, errors text, quirks jsonb, partial bigint NOT NULL,
    conflict bigint NOT NULL, counted bigint NOT NULL, reporter text NOT NULL,
    imported_ts bigint NOT NULL, raw jsonb,
    -- of its message
    sender text, verified text, from_domain text, sent_ts bigint, reason text,
    place text, uid bigint,
    PRIMARY KEY (report_id, collector_id)
);
CREATE INDEX IF NOT EXISTS report_held_key ON report_held (key);
CREATE INDEX IF NOT EXISTS report_held_identity ON report_held (identity);
CREATE INDEX IF NOT EXISTS report_held_day ON report_held (day);

-- What many records have in common, once.
CREATE TABLE IF NOT EXISTS profile (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    header_from text,
    envelope_from text,
    auth_spf jsonb,
    override jsonb,
    raw jsonb,
    forwarding boolean NOT NULL, -- a receiver takes it for forwarded
    spf_passed boolean NOT NULL -- for the envelope
);
CREATE TABLE IF NOT EXISTS dkim_list (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    auth_dkim jsonb NOT NULL
);

-- One row for each address; of several collectors that know it, what one says.
CREATE TABLE IF NOT EXISTS source_row (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ip text NOT NULL UNIQUE,
    is_known boolean NOT NULL DEFAULT false, -- a collector has it
    ptr text, ptr_domain text, asn bigint, as_name text, country text,
    sender text, sender_kind text, first_day bigint, lookup_ts bigint
);
CREATE TABLE IF NOT EXISTS source_held (
    source_id integer NOT NULL REFERENCES source_row ON DELETE CASCADE,
    collector_id smallint NOT NULL REFERENCES collector,
    generation integer NOT NULL,
    ptr text, ptr_domain text, asn bigint, as_name text, country text,
    sender text, sender_kind text, first_day bigint, lookup_ts bigint,
    PRIMARY KEY (source_id, collector_id)
);
-- By records and failure reports, which may be all that is known of it.
CREATE TABLE IF NOT EXISTS source_seen (
    source_id integer NOT NULL REFERENCES source_row ON DELETE CASCADE,
    collector_id smallint NOT NULL REFERENCES collector,
    generation integer NOT NULL,
    first_day bigint,
    PRIMARY KEY (source_id, collector_id)
);

-- The records of a report, by month; make_partition() makes the parts.
CREATE TABLE IF NOT EXISTS record_row (
    report_id bigint NOT NULL,
    day bigint NOT NULL, -- of the report
    messages bigint NOT NULL,
    n integer NOT NULL, -- place in the report
    source_id integer,
    profile_id integer NOT NULL,
    dkim_list_id integer,
    dkim boolean,
    spf boolean,
    changed boolean NOT NULL, -- a reason changed what became of it
    cause text NOT NULL,
    disposition text,
    envelope_to text,
    PRIMARY KEY (report_id, n, day)
) PARTITION BY RANGE (day);
CREATE TABLE IF NOT EXISTS record_row_other PARTITION OF record_row DEFAULT;

CREATE TABLE IF NOT EXISTS failure_held (
    failure_id bigint NOT NULL,
    collector_id smallint NOT NULL REFERENCES collector,
    generation integer NOT NULL,
    is_shown boolean NOT NULL DEFAULT false,
    key bytea NOT NULL,
    arrival_ts bigint, reported_domain text, feedback_type text, ip text,
    auth_failure text, delivery_result text, mail_from text, rcpt_to text,
    header_from text, subject text, msgid text, dkim_domain text,
    dkim_selector text, auth_results text, identity_alignment text,
    user_agent text, incidents bigint NOT NULL, sample text, quirks jsonb,
    PRIMARY KEY (failure_id, collector_id)
);
CREATE INDEX IF NOT EXISTS failure_held_key ON failure_held (key);

CREATE TABLE IF NOT EXISTS tls_held (
    tls_report_id bigint NOT NULL,
    day bigint NOT NULL,
    collector_id smallint NOT NULL REFERENCES collector,
    generation integer NOT NULL,
    is_shown boolean NOT NULL DEFAULT false,
    is_counted boolean NOT NULL DEFAULT false,
    is_conflict boolean NOT NULL DEFAULT false,
    key bytea NOT NULL,
    identity bytea NOT NULL,
    records bigint NOT NULL, -- policies
    messages numeric NOT NULL, -- sessions
    filename text, org_name text NOT NULL, contact text,
    external_id text NOT NULL, begin_ts bigint NOT NULL, end_ts bigint NOT NULL,
    imported_ts bigint NOT NULL, conflict bigint NOT NULL,
    counted bigint NOT NULL, quirks jsonb,
    sender text, verified text, from_domain text, sent_ts bigint, reason text,
    place text, uid bigint,
    PRIMARY KEY (tls_report_id, collector_id)
);
CREATE INDEX IF NOT EXISTS tls_held_key ON tls_held (key);
CREATE INDEX IF NOT EXISTS tls_held_identity ON tls_held (identity);
CREATE TABLE IF NOT EXISTS tls_policy_row (
    tls_report_id bigint NOT NULL,
    n integer NOT NULL,
    domain text NOT NULL, type text NOT NULL, policy jsonb, mx_hosts jsonb,
    ok bigint NOT NULL, failed bigint NOT NULL, failures jsonb,
    PRIMARY KEY (tls_report_id, n)
);
