-- SPDX-License-Identifier: BSD-2-Clause
-- A database of schema version 5: never to be changed.  What tests/store/v4.sql
-- has, migrated, with what the feed tells of it, and of a deletion.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('feed_epoch','6237a9a35cbb0f32');
INSERT INTO meta VALUES('views','6945dc02a8498d5c5b79680775ab27a0fd3d51da6288e0bb547367c535f80f03');
CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- as in ruad.conf
    server TEXT NOT NULL,
    username TEXT NOT NULL,
    folder TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    uidvalidity INTEGER,
    last_uid INTEGER,
    last_poll_ts INTEGER,
    last_ok_ts INTEGER,
    last_error TEXT
, unfiled_error TEXT, alert TEXT, last_error_class TEXT, unfiled_key TEXT) STRICT;
CREATE TABLE poll (
    id INTEGER PRIMARY KEY,
    mailbox_id INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    start_ts INTEGER NOT NULL,
    end_ts INTEGER,
    messages INTEGER NOT NULL DEFAULT 0,
    reports INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    invalid INTEGER NOT NULL DEFAULT 0,
    error TEXT
) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    -- NULL: imported file
    mailbox_id INTEGER REFERENCES mailbox ON DELETE SET NULL,
    folder TEXT,
    uidvalidity INTEGER,
    uid INTEGER,
    path TEXT, -- imported file, NULL for IMAP
    msgid TEXT,
    sender TEXT,
    subject TEXT,
    sent_ts INTEGER,
    fetched_ts INTEGER NOT NULL,
    size INTEGER,
    sha256 TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
      status = 'stored' OR status = 'duplicate' OR
      status = 'other' OR status = 'failed'),
    reason TEXT, -- why 'failed', or what a 'stored' mail also held
    from_domain TEXT,
    -- pass, fail, none: did our own MTA authenticate this mail
    verified TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    filed_to TEXT, -- folder it was moved to
    filed_ts INTEGER, -- NULL: not yet moved
    UNIQUE (mailbox_id, folder, uidvalidity, uid)
) STRICT;
INSERT INTO message VALUES(1,NULL,NULL,NULL,NULL,'plain.xml',NULL,NULL,NULL,NULL,1764806400,1149,'0337ec288f6bed1d1432ec40c2df5ffb23caae6f10c507f46239349fb2165384','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(2,NULL,NULL,NULL,NULL,'same-1.xml',NULL,NULL,NULL,NULL,1764806400,1149,'c94619f8f893131b15478c4a3041eb5e40e1a0671ed216bc1e5b50e830201a25','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(3,NULL,NULL,NULL,NULL,'same-2.xml',NULL,NULL,NULL,NULL,1764806400,1191,'cac4d40cb34fa8bb3bc59d0f8cc8fa2d4e442d75fcdd8056a45dfe3f9847ab48','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(4,NULL,NULL,NULL,NULL,'same-3.xml',NULL,NULL,NULL,NULL,1764806400,1573,'59213d85b246fea230f062119001c4d475449f6abd4fe05877c2dbd754b42b60','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(5,NULL,NULL,NULL,NULL,'part.xml',NULL,NULL,NULL,NULL,1764806400,1153,'da09d03d21456b380eff48c388d85c1fa76c0c4c9b6d902f66b551299bec89a0','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(6,NULL,NULL,NULL,NULL,'all.xml',NULL,NULL,NULL,NULL,1764806400,1575,'1b0a59911fa53a2efe7cb96ea736377849ce0ebca889a007e4d9a6d2d4e33edb','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(7,NULL,NULL,NULL,NULL,'real-1.xml',NULL,NULL,NULL,NULL,1764806400,1151,'170efa8624446b11136d36b396c4150a1ea45b0ed115c0903cf0ded3b732bba1','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(8,NULL,NULL,NULL,NULL,'real-2.xml',NULL,NULL,NULL,NULL,1764806400,1151,'ba7c2a7811853a9cb8bc07090cdf6bc3200998a7d6dfac8e6d9392a0e4397376','stored',NULL,NULL,'pass',1,NULL,NULL);
INSERT INTO message VALUES(9,NULL,NULL,NULL,NULL,'torn-1.xml',NULL,NULL,NULL,NULL,1764806400,1573,'7c2c9e42320c62dd09d55cc553e1f2e82d77571e7549eb1ecb953e589576d723','stored','torn-1.xml: not well-formed; 1 damaged record left out, 2 records kept',NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(10,NULL,NULL,NULL,NULL,'torn-2.xml',NULL,NULL,NULL,NULL,1764806400,1573,'9730bf1a901c4fd549616f867b2f16671238322bb63ca55cff41e9ff227eb7b8','stored','torn-2.xml: not well-formed; 1 damaged record left out, 2 records kept',NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(11,NULL,NULL,NULL,NULL,'idn-1.xml',NULL,NULL,NULL,NULL,1764806400,758,'6f81c10ed41d4e9ec536f633c6ddfc70beafbf1a719f17c79925bd0a3da509e3','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(12,NULL,NULL,NULL,NULL,'idn-2.xml',NULL,NULL,NULL,NULL,1764806400,829,'1bbed5f6105c383a7b04d299e1a668c323203f1f55bb8e7b1fdc989a90b7a097','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(13,NULL,NULL,NULL,NULL,'idn-3.xml',NULL,NULL,NULL,NULL,1764806400,750,'7c2fa8a710a2729829dc364db1d212c7e24b90591ff5b3b61df144b84d14d617','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(14,NULL,NULL,NULL,NULL,'idn-4.xml',NULL,NULL,NULL,NULL,1764806400,740,'08b9ebd9660a4ec15290d40055005e3f62355090911921fde1ed0edb43231aef','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(15,NULL,NULL,NULL,NULL,'tls-1.json',NULL,NULL,NULL,NULL,1764806400,347,'18cab7ac27feb0140f257c2865974fbcd32cd0da583fd3bf73a00ee47df2b0b3','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(16,NULL,NULL,NULL,NULL,'tls-2.json',NULL,NULL,NULL,NULL,1764806400,348,'f600a8f09e21e0c133077662ee940eb356840e503da4289f9717005a757f6086','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(17,NULL,NULL,NULL,NULL,'tls-3.json',NULL,NULL,NULL,NULL,1764806400,346,'2437fc785e73eabb981dfbad6328353c3e39edb1288a0711d8f1005e36eba64b','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(18,NULL,NULL,NULL,NULL,'tls-4.json',NULL,NULL,NULL,NULL,1764806400,346,'228faa55270054911ef2ee9160aabc522e9394eed69731b9daab722a8e7fde42','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(19,NULL,NULL,NULL,NULL,'tls-5.json',NULL,NULL,NULL,NULL,1764806400,354,'961a1ebcd7f48ebdf83f9908eb8a19dce2bbd1f98c47d079125470832b483f90','stored',NULL,NULL,NULL,1,NULL,NULL);
INSERT INTO message VALUES(20,NULL,NULL,NULL,NULL,'empty.xml',NULL,NULL,NULL,NULL,1796022391,30,'337b542d90c2839b3c2915ae3fb8d94a66c117a778d1d4a6e783f06d5495235b','failed','file: the file is empty',NULL,NULL,1,NULL,NULL);
CREATE TABLE sender ( -- what the admin says about a source
    id INTEGER PRIMARY KEY,
    label TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK
      (kind IN ('own', 'service', 'forwarder', 'hostile')),
    note TEXT
) STRICT;
INSERT INTO sender VALUES(1,'our servers','own',NULL);
INSERT INTO sender VALUES(2,'mail.example','service',NULL);
INSERT INTO sender VALUES(3,'AS','forwarder',NULL);
INSERT INTO sender VALUES(4,'newsletter','service',NULL);
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    ip TEXT NOT NULL UNIQUE, -- inet_ntop() form, RFC 5952
    -- IPv4 as ::ffff:a.b.c.d
    ip_key BLOB NOT NULL CHECK (length(ip_key) = 16),
    family INTEGER GENERATED ALWAYS AS
      (CASE WHEN instr(ip, ':') > 0 THEN 6 ELSE 4 END) VIRTUAL,
    ptr TEXT, -- forward-confirmed reverse name
    ptr_domain TEXT, -- its organizational domain
    asn INTEGER,
    as_name TEXT,
    country TEXT,
    lookup_ts INTEGER,
    sender_id INTEGER REFERENCES sender ON DELETE SET NULL,
    first_day INTEGER,
    last_day INTEGER
, rule_id INTEGER, ptr_claim TEXT, lookup_status TEXT, lookup_next_ts INTEGER, lookup_tries INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO source VALUES(1,'192.0.2.1',X'00000000000000000000ffffc0000201',NULL,NULL,NULL,NULL,NULL,NULL,1,1764633600,1764633600,2,NULL,NULL,NULL,0);
INSERT INTO source VALUES(2,'192.0.2.2',X'00000000000000000000ffffc0000202','mx.mail.example','mail.example',64500,'EXAMPLE',NULL,1764720000,2,1764633600,1764633600,3,NULL,'ok',1767312000,0);
INSERT INTO source VALUES(3,'192.0.2.3',X'00000000000000000000ffffc0000203',NULL,NULL,64501,NULL,NULL,1764720000,3,1764633600,1764633600,5,'mx.elsewhere.example','unconfirmed',1767312000,0);
INSERT INTO source VALUES(4,'192.0.2.10',X'00000000000000000000ffffc000020a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1764633600,1764633600,NULL,NULL,'failed',1764806400,2);
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    message_id INTEGER REFERENCES message ON DELETE SET NULL,
    filename TEXT,
    org_name TEXT NOT NULL,
    org_email TEXT,
    extra_contact TEXT,
    external_id TEXT NOT NULL, -- <report_id>
    begin_ts INTEGER NOT NULL,
    end_ts INTEGER NOT NULL,
    day INTEGER NOT NULL,
    domain TEXT NOT NULL,
    p TEXT,
    sp TEXT,
    np TEXT, -- RFC 9990
    adkim TEXT,
    aspf TEXT,
    pct INTEGER, -- RFC 7489 only
    fo TEXT,
    testing TEXT, -- RFC 9990
    discovery_method TEXT, -- RFC 9990
    generator TEXT, -- RFC 9990
    version TEXT,
    errors TEXT,
    -- JSON array of the deviations met, see ruad-quirks(7)
    quirks TEXT,
    -- 1: damaged; only what was certain is here
    partial INTEGER NOT NULL DEFAULT 0,
    -- 1: same identity as another report, other content
    conflict INTEGER NOT NULL DEFAULT 0,
    -- domain of <email>, else org_name: part of the identity
    reporter TEXT NOT NULL,
    -- of the canonical content: equal = the same report again
    content_sha256 BLOB NOT NULL,
    imported_ts INTEGER NOT NULL
, counted INTEGER NOT NULL DEFAULT 1, raw TEXT) STRICT;
INSERT INTO report VALUES(1,1,'plain.xml','One','dmarc@one.example',NULL,'a1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'one.example',X'd0f4eca874315288f0c8df50d18232ba4e6d16cd3d53de34cf507852920629b6',1764806400,1,NULL);
INSERT INTO report VALUES(2,2,'same-1.xml','Two','dmarc@two.example',NULL,'b1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'two.example',X'63d327be3edcbc6b68933bedbb7105778ff334e87fdd7cf588886c13907d7f7c',1764806400,1,NULL);
INSERT INTO report VALUES(6,6,'all.xml','Three','dmarc@three.example',NULL,'c1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'three.example',X'6654ae2c1e5789922d429faa408936c1f21e73ca174c625cc6181fab13f0f2b1',1764806400,1,NULL);
INSERT INTO report VALUES(7,7,'real-1.xml','Four','dmarc@four.example',NULL,'d1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1,'four.example',X'4266647345fb0c54770f36c55c4b8d1385fad22194ae1695e5179c7857567870',1764806400,0,NULL);
INSERT INTO report VALUES(8,8,'real-2.xml','Four','dmarc@four.example',NULL,'d1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,1,'four.example',X'3422c7140ff49a92952523490ae7c529931228bc16563407089c3037ad238a3e',1764806400,1,NULL);
INSERT INTO report VALUES(9,9,'torn-1.xml','Five','dmarc@five.example',NULL,'e1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'["bad-markup"]',1,1,'five.example',X'b7ca14f3074a02822ac6919b0ded79b0577b891fd9cba5c942606fa162001e60',1764806400,1,NULL);
INSERT INTO report VALUES(10,10,'torn-2.xml','Five','dmarc@five.example',NULL,'e1',1764633600,1764719999,1764633600,'example.org','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'["bad-markup"]',1,1,'five.example',X'121418678b6a85fa8d4d5e0f4f930c6962ab246dbb2cc1013f99a70c9a9cc197',1764806400,0,NULL);
INSERT INTO report VALUES(11,11,'idn-1.xml','Six','dmarc@six.example',NULL,'f1',1764633600,1764719999,1764633600,'xn--bcher-kva.example','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,'six.example',X'ec0c986009116e22d84800b93bd647d2cfbc0613e89273eb0fb0bfc3a6a2b4f0',1764806400,1,NULL);
INSERT INTO report VALUES(12,12,'idn-2.xml','Seven','dmarc@seven.example',NULL,'f2',1764633600,1764719999,1764633600,'xn--bcher-kva.example','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'["u-label","align-mismatch"]',0,0,'seven.example',X'955bd56ff8a102450a8c70bbb110215daad53b5a1e2ab57ea58821e873ee0fa7',1764806400,1,NULL);
INSERT INTO report VALUES(13,13,'idn-3.xml','Eight','dmarc@eight.example',NULL,'f3',1764633600,1764719999,1764633600,'xn--bcher-kva.example','none',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'["u-label"]',0,0,'eight.example',X'b2ec3ddbe1b0c81fcc5048bdcaa69ac9f6bebda1d5bf09da51c2a38eeef8c174',1764806400,1,NULL);
CREATE TABLE profile ( -- what records of many reports have in common
    id INTEGER PRIMARY KEY,
    -- of the columns below, spf_item and override_item
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 16),
    header_from TEXT,
    envelope_from TEXT, -- '' is the null sender, NULL is absent
    -- JSON object: the report's own words where they were normalised
    raw TEXT
) STRICT;
INSERT INTO profile VALUES(1,X'857ca89994fdca5debc650f335833933','example.org',NULL,NULL);
INSERT INTO profile VALUES(2,X'99c8d408d2a956969d2a35530d9f665a','xn--bcher-kva.example',NULL,NULL);
INSERT INTO profile VALUES(3,X'754b15f6559d896b9d22d6a9b29678aa','xn--bcher-kva.example','xn--bcher-kva.example',NULL);
INSERT INTO profile VALUES(4,X'404cc6943a33f0595a7eaef2f02040da','xn--bcher-kva.example',NULL,'{"header_from":"BÜCHER.example"}');
INSERT INTO profile VALUES(5,X'10bd3f2efe46468a307eaf258d93afce','xn--bcher-kva.example',NULL,NULL);
CREATE TABLE spf_item (
    profile_id INTEGER NOT NULL REFERENCES profile ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    domain TEXT,
    scope TEXT,
    result TEXT,
    human_result TEXT,
    PRIMARY KEY (profile_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO spf_item VALUES(1,0,'bounce.example.net',NULL,'pass',NULL);
INSERT INTO spf_item VALUES(2,0,'bounce.example.net',NULL,'pass',NULL);
INSERT INTO spf_item VALUES(3,0,'xn--bcher-kva.example',NULL,'pass',NULL);
INSERT INTO spf_item VALUES(4,0,'bounce.example.net',NULL,'pass',NULL);
INSERT INTO spf_item VALUES(5,0,'bounce.example.net',NULL,'pass',NULL);
CREATE TABLE override_item (
    profile_id INTEGER NOT NULL REFERENCES profile ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    comment TEXT,
    PRIMARY KEY (profile_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE dkim_list ( -- DKIM results that came together
    id INTEGER PRIMARY KEY,
    -- of its dkim_item
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 16)
) STRICT;
INSERT INTO dkim_list VALUES(1,X'1bda2e4380e6c8366df2f332f2f6848e');
INSERT INTO dkim_list VALUES(2,X'c79a8326df3e5d59da0d0c5f17f23d74');
INSERT INTO dkim_list VALUES(3,X'3d0e92b34289d0e68cd7978d8ad085f8');
INSERT INTO dkim_list VALUES(4,X'bb340e792b58b9fb45633f68d509744b');
CREATE TABLE dkim_item (
    dkim_list_id INTEGER NOT NULL REFERENCES dkim_list ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    domain TEXT,
    selector TEXT,
    result TEXT,
    human_result TEXT,
    PRIMARY KEY (dkim_list_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO dkim_item VALUES(1,0,'example.org','s1','pass',NULL);
INSERT INTO dkim_item VALUES(2,0,'xn--bcher-kva.example','s1','pass',NULL);
INSERT INTO dkim_item VALUES(3,0,'xn--bcher-kva.example','s1','fail',NULL);
INSERT INTO dkim_item VALUES(4,0,'xn--bcher-kva.example','s1','pass',NULL);
CREATE TABLE record_row ( -- the view record says what the numbers mean
    id INTEGER PRIMARY KEY,
    report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
    source_id INTEGER,
    messages INTEGER NOT NULL CHECK (messages >= 0),
    cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 6),
    disposition INTEGER CHECK (disposition BETWEEN 0 AND 3),
    dkim INTEGER CHECK (dkim BETWEEN 0 AND 1),
    spf INTEGER CHECK (spf BETWEEN 0 AND 1),
    profile_id INTEGER NOT NULL,
    dkim_list_id INTEGER, -- NULL: it has none
    envelope_to TEXT
) STRICT;
INSERT INTO record_row VALUES(1,1,1,3,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(2,1,2,5,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(3,2,1,3,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(4,2,2,5,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(19,9,1,3,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(20,9,3,2,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(23,11,4,3,1,0,1,0,2,2,NULL);
INSERT INTO record_row VALUES(24,12,4,3,4,0,0,0,3,3,'xn--bcher-kva.example');
INSERT INTO record_row VALUES(25,13,4,3,1,0,1,0,4,2,NULL);
INSERT INTO record_row VALUES(26,6,1,3,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(27,6,2,5,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(28,6,3,2,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(29,8,2,5,1,0,1,0,1,1,NULL);
INSERT INTO record_row VALUES(30,8,3,2,1,0,1,0,1,1,NULL);
CREATE TABLE failure (
    id INTEGER PRIMARY KEY,
    message_id INTEGER REFERENCES message ON DELETE SET NULL,
    arrival_ts INTEGER,
    reported_domain TEXT,
    feedback_type TEXT, -- auth-failure, abuse ...
    source_id INTEGER REFERENCES source,
    auth_failure TEXT,
    delivery_result TEXT,
    mail_from TEXT,
    rcpt_to TEXT,
    header_from TEXT,
    subject TEXT,
    msgid TEXT,
    dkim_domain TEXT,
    dkim_selector TEXT,
    auth_results TEXT,
    identity_alignment TEXT, -- as sent: two RFCs mean opposites
    user_agent TEXT,
    incidents INTEGER NOT NULL DEFAULT 1,
    sample TEXT, -- headers only, and only if the config asks for it
    quirks TEXT, -- JSON array
    content_sha256 BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE tls_report (
    id INTEGER PRIMARY KEY,
    message_id INTEGER REFERENCES message ON DELETE SET NULL,
    filename TEXT,
    org_name TEXT NOT NULL,
    contact TEXT,
    external_id TEXT NOT NULL, -- report-id
    begin_ts INTEGER NOT NULL,
    end_ts INTEGER NOT NULL,
    day INTEGER NOT NULL,
    imported_ts INTEGER NOT NULL,
    content_sha256 BLOB NOT NULL UNIQUE,
    conflict INTEGER NOT NULL DEFAULT 0,
    quirks TEXT -- JSON array
, counted INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO tls_report VALUES(1,15,'tls-1.json','One','tls@one.example','t1',1764633600,1764719999,1764633600,1764806400,X'0e23bdab21e078dea0e60004ed8ebe257e11b1fa3bb772c4755fd46475e20cb1',0,NULL,1);
INSERT INTO tls_report VALUES(3,17,'tls-3.json','One','tls@one.example','t2',1764633600,1764719999,1764633600,1764806400,X'4dd420632df57a2598b661bae6c024af5961bf4ddf099c13873d1fabc6de9b33',1,NULL,1);
INSERT INTO tls_report VALUES(4,18,'tls-4.json','One','tls@one.example','t2',1764633600,1764719999,1764633600,1764806400,X'39bb37a3672744e58a0da905427590f5d71d55711adb8dbc5cb861df3b40c17e',1,NULL,0);
CREATE TABLE tls_policy (
    id INTEGER PRIMARY KEY,
    tls_report_id INTEGER NOT NULL
      REFERENCES tls_report ON DELETE CASCADE,
    domain TEXT NOT NULL,
    type TEXT NOT NULL, -- sts, tlsa, no-policy-found
    policy TEXT, -- JSON array of strings
    mx_hosts TEXT, -- JSON array of strings
    ok INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT;
INSERT INTO tls_policy VALUES(1,1,'example.org','sts',NULL,NULL,10,0);
INSERT INTO tls_policy VALUES(3,3,'example.org','sts',NULL,NULL,7,0);
INSERT INTO tls_policy VALUES(4,4,'example.org','sts',NULL,NULL,9,0);
CREATE TABLE tls_failure (
    tls_policy_id INTEGER NOT NULL
      REFERENCES tls_policy ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    result TEXT NOT NULL,
    failed INTEGER NOT NULL,
    sending_ip TEXT,
    mx TEXT,
    mx_helo TEXT,
    receiving_ip TEXT,
    reason_code TEXT,
    info TEXT,
    PRIMARY KEY (tls_policy_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE record_aside ( id INTEGER PRIMARY KEY, report_id INTEGER NOT NULL REFERENCES report ON DELETE CASCADE, source_id INTEGER, messages INTEGER NOT NULL, cause INTEGER NOT NULL, disposition INTEGER, dkim INTEGER, spf INTEGER, profile_id INTEGER NOT NULL, dkim_list_id INTEGER, envelope_to TEXT) STRICT;
INSERT INTO record_aside VALUES(21,10,2,5,1,0,1,0,1,1,NULL);
INSERT INTO record_aside VALUES(22,10,3,2,1,0,1,0,1,1,NULL);
INSERT INTO record_aside VALUES(27,7,1,3,1,0,1,0,1,1,NULL);
INSERT INTO record_aside VALUES(28,7,2,5,1,0,1,0,1,1,NULL);
CREATE TABLE undelivered ( mailbox_id INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE, folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, size INTEGER, reason TEXT NOT NULL, tries INTEGER NOT NULL, first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL, next_ts INTEGER NOT NULL, PRIMARY KEY (mailbox_id, folder, uidvalidity, uid)) STRICT, WITHOUT ROWID;
CREATE TABLE sender_rule (
    id INTEGER PRIMARY KEY,
    sender_id INTEGER NOT NULL REFERENCES sender ON DELETE CASCADE,
    match TEXT NOT NULL CHECK
      (match IN ('cidr', 'range', 'ptr_domain', 'spf_domain',
      'dkim_domain', 'asn')),
    -- 192.0.2.0/24, 192.0.2.1-192.0.2.9, outlook.com, 15169
    value TEXT NOT NULL,
    ip_lo BLOB CHECK (ip_lo IS NULL OR length(ip_lo) = 16),
    ip_hi BLOB CHECK (ip_hi IS NULL OR length(ip_hi) = 16),
    UNIQUE (sender_id, match, value)
) STRICT;
INSERT INTO sender_rule VALUES(2,1,'cidr','192.0.2.1/32',X'00000000000000000000ffffc0000201',X'00000000000000000000ffffc0000201');
INSERT INTO sender_rule VALUES(3,2,'ptr_domain','mail.example',NULL,NULL);
INSERT INTO sender_rule VALUES(4,2,'asn','64500',NULL,NULL);
INSERT INTO sender_rule VALUES(5,3,'asn','64501',NULL,NULL);
INSERT INTO sender_rule VALUES(6,3,'asn','64502',NULL,NULL);
INSERT INTO sender_rule VALUES(7,4,'dkim_domain','mail.example',NULL,NULL);
INSERT INTO sender_rule VALUES(8,4,'spf_domain','bounce.mail.example',NULL,NULL);
INSERT INTO sender_rule VALUES(9,4,'range','203.0.113.1-203.0.113.9',X'00000000000000000000ffffcb007101',X'00000000000000000000ffffcb007109');
CREATE TABLE dns_record ( id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('ok', 'none', 'no_name')), value TEXT, first_ts INTEGER NOT NULL, last_ts INTEGER NOT NULL) STRICT;
INSERT INTO dns_record VALUES(1,'_dmarc.example.org','TXT','ok','"v=DMARC1; p=none; rua=mailto:dmarc@example.org"',1764720000,1764806400);
INSERT INTO dns_record VALUES(2,'example.org','TXT','none',NULL,1764720000,1764720000);
INSERT INTO dns_record VALUES(3,'mta-sts.example.org','A','no_name',NULL,1764720000,1764720000);
CREATE TABLE change ( -- what ruactl feed tells
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ts INTEGER NOT NULL,
    kind TEXT NOT NULL, -- report, failure, tls, source
    op TEXT NOT NULL, -- put, del
    row_id INTEGER NOT NULL, -- of report, failure, tls_report, source
    key TEXT, -- of what was deleted
    why TEXT, -- pruned; NULL: another took its place
    token INTEGER NOT NULL -- at random
) STRICT;
INSERT INTO change VALUES(1,1796022391,'source','put',1,NULL,NULL,1113344834);
INSERT INTO change VALUES(2,1796022391,'source','put',2,NULL,NULL,2061234733);
INSERT INTO change VALUES(3,1796022391,'source','put',3,NULL,NULL,1519408576);
INSERT INTO change VALUES(4,1796022391,'report','put',1,NULL,NULL,276284913);
INSERT INTO change VALUES(5,1796022391,'report','put',2,NULL,NULL,1958221723);
INSERT INTO change VALUES(6,1796022391,'report','put',6,NULL,NULL,522526962);
INSERT INTO change VALUES(7,1796022391,'report','put',7,NULL,NULL,1375160005);
INSERT INTO change VALUES(8,1796022391,'report','put',8,NULL,NULL,1536416999);
INSERT INTO change VALUES(9,1796022391,'report','put',9,NULL,NULL,104035030);
INSERT INTO change VALUES(10,1796022391,'report','put',10,NULL,NULL,862058414);
INSERT INTO change VALUES(11,1796022391,'report','put',11,NULL,NULL,1012653386);
INSERT INTO change VALUES(12,1796022391,'report','put',12,NULL,NULL,977405314);
INSERT INTO change VALUES(13,1796022391,'report','put',13,NULL,NULL,1362147541);
INSERT INTO change VALUES(14,1796022391,'tls','put',1,NULL,NULL,1250055169);
INSERT INTO change VALUES(15,1796022391,'tls','put',3,NULL,NULL,1845146441);
INSERT INTO change VALUES(16,1796022391,'tls','put',4,NULL,NULL,1838133878);
INSERT INTO change VALUES(17,1796022391,'tls','put',5,NULL,NULL,634067749);
INSERT INTO change VALUES(18,1796022418,'tls','del',5,'d8d823b7dee3b08172e2fde726d90ff18f43b4a6b0ef1df8af1f1ffc82efbfc9',NULL,669258267);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('change',18);
CREATE INDEX message_sha256 ON message (substr(sha256, 1, 16))
    WHERE filed_ts IS NULL;
CREATE INDEX message_unfiled
    ON message (mailbox_id, folder, uidvalidity, uid)
    WHERE filed_ts IS NULL AND mailbox_id IS NOT NULL;
CREATE INDEX message_failed ON message (fetched_ts)
    WHERE status = 'failed';
CREATE INDEX report_message ON report (message_id);
CREATE UNIQUE INDEX report_domain_day
    ON report (domain, day, external_id, content_sha256);
CREATE INDEX report_day ON report (day);
CREATE INDEX record_report ON record_row (report_id);
CREATE INDEX source_ptr_domain ON source (ptr_domain) WHERE ptr_domain IS NOT NULL;
CREATE INDEX source_sender ON source (sender_id) WHERE sender_id IS NOT NULL;
CREATE INDEX failure_arrival ON failure (arrival_ts);
CREATE INDEX failure_message ON failure (message_id);
CREATE INDEX tls_report_day ON tls_report (day);
CREATE INDEX tls_report_message ON tls_report (message_id);
CREATE INDEX tls_policy_report ON tls_policy (tls_report_id);
CREATE INDEX poll_mailbox ON poll (mailbox_id, start_ts);
CREATE INDEX record_aside_report ON record_aside (report_id);
CREATE INDEX report_aside ON report (day) WHERE counted = 0;
CREATE INDEX tls_report_identity ON tls_report (external_id, begin_ts, end_ts);
CREATE INDEX dns_record_name ON dns_record (name, type);
CREATE TRIGGER report_added AFTER INSERT ON report BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'report', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER report_deleted AFTER DELETE ON report BEGIN INSERT INTO change (ts, kind, op, row_id, key, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'report', 'del', old.id, lower(hex(old.content_sha256)), random() & 2147483647); END;
CREATE TRIGGER report_changed AFTER UPDATE ON report BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'report', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER failure_added AFTER INSERT ON failure BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'failure', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER failure_deleted AFTER DELETE ON failure BEGIN INSERT INTO change (ts, kind, op, row_id, key, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'failure', 'del', old.id, lower(hex(old.content_sha256)), random() & 2147483647); END;
CREATE TRIGGER failure_changed AFTER UPDATE ON failure BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'failure', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER tls_report_added AFTER INSERT ON tls_report BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'tls', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER tls_report_deleted AFTER DELETE ON tls_report BEGIN INSERT INTO change (ts, kind, op, row_id, key, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'tls', 'del', old.id, lower(hex(old.content_sha256)), random() & 2147483647); END;
CREATE TRIGGER tls_report_changed AFTER UPDATE ON tls_report BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'tls', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER source_deleted AFTER DELETE ON source BEGIN INSERT INTO change (ts, kind, op, row_id, key, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'source', 'del', old.id, old.ip, random() & 2147483647); END;
CREATE TRIGGER source_changed AFTER UPDATE OF sender_id, ptr, ptr_domain, asn, as_name, country, lookup_ts ON source WHEN old.sender_id IS NOT new.sender_id OR old.ptr IS NOT new.ptr OR old.ptr_domain IS NOT new.ptr_domain OR old.asn IS NOT new.asn OR old.as_name IS NOT new.as_name OR old.country IS NOT new.country OR old.lookup_ts IS NOT new.lookup_ts BEGIN INSERT INTO change (ts, kind, op, row_id, token) VALUES (CAST(strftime('%s', 'now') AS INTEGER), 'source', 'put', new.id, random() & 2147483647); END;
CREATE TRIGGER sender_changed AFTER UPDATE ON sender WHEN old.label IS NOT new.label OR old.kind IS NOT new.kind BEGIN INSERT INTO change (ts, kind, op, row_id, token) SELECT CAST(strftime('%s', 'now') AS INTEGER), 'source', 'put', id, random() & 2147483647 FROM source WHERE sender_id = new.id; END;
CREATE VIEW record_words AS -- ours: record_row, in words
SELECT id, report_id, source_id, messages,
    CASE disposition WHEN 0 THEN 'none' WHEN 1 THEN 'pass'
        WHEN 2 THEN 'quarantine' WHEN 3 THEN 'reject' END AS disposition,
    CASE dkim WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS dkim,
    CASE spf WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS spf,
    iif(dkim = 1 OR spf = 1, 'pass', 'fail') AS dmarc,
    CASE cause WHEN 0 THEN 'aligned' WHEN 1 THEN 'dkim_only'
        WHEN 2 THEN 'spf_only' WHEN 3 THEN 'dkim_unaligned'
        WHEN 4 THEN 'spf_unaligned' WHEN 5 THEN 'dkim_broken'
        ELSE 'no_auth' END AS cause,
    profile_id, dkim_list_id, envelope_to
FROM record_row
;
CREATE VIEW record_any AS -- ours: also of reports that are not counted
SELECT id, report_id, source_id, messages,
    CASE disposition WHEN 0 THEN 'none' WHEN 1 THEN 'pass'
        WHEN 2 THEN 'quarantine' WHEN 3 THEN 'reject' END AS disposition,
    CASE dkim WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS dkim,
    CASE spf WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS spf,
    iif(dkim = 1 OR spf = 1, 'pass', 'fail') AS dmarc,
    CASE cause WHEN 0 THEN 'aligned' WHEN 1 THEN 'dkim_only'
        WHEN 2 THEN 'spf_only' WHEN 3 THEN 'dkim_unaligned'
        WHEN 4 THEN 'spf_unaligned' WHEN 5 THEN 'dkim_broken'
        ELSE 'no_auth' END AS cause,
    profile_id, dkim_list_id, envelope_to
FROM (SELECT id, report_id, source_id, messages, cause, disposition, dkim,
        spf, profile_id, dkim_list_id, envelope_to FROM record_row
    UNION ALL SELECT -id, report_id, source_id, messages, cause, disposition,
        dkim, spf, profile_id, dkim_list_id, envelope_to FROM record_aside)
;
CREATE VIEW record AS -- one row for each record of a report that counts
SELECT r.id, r.report_id, r.source_id, r.messages, r.disposition, r.dkim,
    r.spf, r.dmarc, r.cause,
    (SELECT p.header_from FROM profile p WHERE p.id = r.profile_id)
        AS header_from,
    (SELECT p.envelope_from FROM profile p WHERE p.id = r.profile_id)
        AS envelope_from,
    r.envelope_to,
    (SELECT p.raw FROM profile p WHERE p.id = r.profile_id) AS raw
FROM record_words r
;
CREATE VIEW auth_dkim AS -- DKIM results of a record
SELECT r.id AS record_id, i.seq, i.domain, i.selector, i.result,
    i.human_result
FROM record_row r CROSS JOIN dkim_item i ON i.dkim_list_id = r.dkim_list_id
;
CREATE VIEW auth_spf AS -- SPF results of a record
SELECT r.id AS record_id, i.seq, i.domain, i.scope, i.result, i.human_result
FROM record_row r CROSS JOIN spf_item i ON i.profile_id = r.profile_id
;
CREATE VIEW override_words AS -- ours: override_item, and what it means
SELECT i.profile_id, i.seq, i.type, i.comment,
    (i.type IN ('forwarded', 'trusted_forwarder', 'mailing_list')
        OR (i.type = 'local_policy' AND (
            SELECT word GLOB 'arc[^a-z0-9]*' AND ltrim(substr(word, 4),
                char(9, 10, 13) || ' "''(:=-') || ' ' GLOB 'pass[^a-z0-9]*'
            FROM (SELECT lower(ltrim(i.comment,
                char(9, 10, 13) || ' "''`(<[{')) AS word)))) IS TRUE
        AS forwarding
FROM override_item i
;
CREATE VIEW override AS -- why a receiver did not apply the policy
SELECT r.id AS record_id, i.seq, i.type, i.comment, i.forwarding,
    (SELECT CASE WHEN r.dkim = 1 OR r.spf = 1 THEN r.disposition > 1
            WHEN p.header_from <> rep.domain
                THEN done NOT IN (coalesce(rep.sp, rep.p, 'none'),
                    coalesce(rep.np, rep.sp, rep.p, 'none'))
            ELSE done <> coalesce(rep.p, 'none') END
        FROM report rep, profile p, (SELECT CASE r.disposition
            WHEN 3 THEN 'reject' WHEN 2 THEN 'quarantine'
            ELSE 'none' END AS done)
        WHERE rep.id = r.report_id AND p.id = r.profile_id
            AND r.disposition IS NOT NULL) IS TRUE
        AS changed
FROM record_row r CROSS JOIN override_words i ON i.profile_id = r.profile_id
;
CREATE VIEW source_network AS -- the /24 or /64 of each source
SELECT id, CASE WHEN family = 4 THEN rtrim(ip, '0123456789') || '0/24'
    WHEN text LIKE '%:0:0:0' THEN substr(text, 1, length(text) - 6) || '::/64'
    WHEN text LIKE '%:0:0' THEN substr(text, 1, length(text) - 4) || '::/64'
    WHEN text LIKE '%:0' THEN substr(text, 1, length(text) - 2) || '::/64'
    ELSE text || '::/64' END AS network
FROM (SELECT id, ip, family, lower(iif(g1 = '', 0, g1) || ':'
        || iif(g2 = '', 0, g2) || ':' || iif(g3 = '', 0, g3) || ':'
        || iif(g4 = '', 0, g4)) AS text
    FROM (SELECT id, ip, family, ltrim(substr(hex(ip_key), 1, 4), '0') AS g1,
            ltrim(substr(hex(ip_key), 5, 4), '0') AS g2,
            ltrim(substr(hex(ip_key), 9, 4), '0') AS g3,
            ltrim(substr(hex(ip_key), 13, 4), '0') AS g4
        FROM source))
;
CREATE VIEW v_record AS -- everything about one record on one line
SELECT rec.id, rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, p.header_from, rep.org_name, rep.external_id,
    s.ip, s.ptr, s.ptr_domain, s.asn, s.as_name, s.country,
    snd.label AS sender, snd.kind AS sender_kind,
    rec.messages, rec.dmarc, rec.dkim, rec.spf, rec.cause,
    rec.disposition, p.envelope_from, rec.envelope_to,
    (SELECT group_concat(coalesce(a.domain, '') || '/' ||
         coalesce(a.selector, '') || '=' ||
         coalesce(a.result, ''), ' ')
     FROM dkim_item a WHERE a.dkim_list_id = rec.dkim_list_id) AS dkim_auth,
    (SELECT group_concat(coalesce(a.domain, '') || '=' ||
         coalesce(a.result, ''), ' ')
     FROM spf_item a WHERE a.profile_id = rec.profile_id) AS spf_auth,
    (SELECT group_concat(o.type, ' ')
     FROM override_item o WHERE o.profile_id = rec.profile_id) AS overrides
FROM record_words rec
JOIN report rep ON rep.id = rec.report_id
CROSS JOIN profile p ON p.id = rec.profile_id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
;
CREATE VIEW v_daily AS -- compliance of each domain, day by day
SELECT day, date(day, 'unixepoch') AS date, domain,
    sum(messages) AS messages,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0)
        AS pass,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
        AS fail,
    round(100.0 *
        coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0)
        / nullif(sum(messages), 0), 2) AS pass_pct,
    coalesce(sum(messages) FILTER (WHERE dkim = 'pass'), 0)
        AS dkim_aligned,
    coalesce(sum(messages) FILTER (WHERE spf = 'pass'), 0)
        AS spf_aligned,
    coalesce(sum(messages)
        FILTER (WHERE disposition = 'quarantine'), 0)
        AS quarantined,
    coalesce(sum(messages)
        FILTER (WHERE disposition = 'reject'), 0) AS rejected
FROM report rep CROSS JOIN record ON report_id = rep.id
GROUP BY day, domain
;
CREATE VIEW v_source AS -- who sends as each domain
SELECT g.domain, s.ip, s.ptr, s.ptr_domain, s.as_name, s.country,
    snd.label AS sender, snd.kind AS sender_kind,
    CASE WHEN snd.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE CASE snd.kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(g.unknown = 0, 'forwarded', 'unknown') END END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    date(g.first_day, 'unixepoch') AS first_date,
    date(g.last_day, 'unixepoch') AS last_date
FROM (SELECT rep.domain, rec.source_id, sum(rec.messages) AS messages,
        sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)) AS pass,
        sum(CASE WHEN rec.dkim = 1 OR rec.spf = 1 THEN 0
            WHEN EXISTS (SELECT 1 FROM override_words o
                WHERE o.profile_id = rec.profile_id AND o.forwarding) THEN 0
            ELSE rec.messages END) AS unknown,
        min(rep.day) AS first_day, max(rep.day) AS last_day
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    GROUP BY rec.source_id, rep.domain) g
LEFT JOIN source s ON s.id = g.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
;
CREATE VIEW v_unknown AS -- mail of them failed, and nobody has judged it
SELECT domain, ip, ptr, as_name, country, messages, fail,
    first_date, last_date
FROM v_source WHERE class = 'unknown'
;
CREATE VIEW v_failing AS -- failing mail by source and receiver
SELECT rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, rep.org_name, s.ip,
    coalesce(snd.label, s.ptr_domain, s.as_name, 'AS' || s.asn) AS who,
    rec.cause, rec.disposition, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record rec ON rec.report_id = rep.id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE rec.dmarc = 'fail'
GROUP BY rep.day, rep.domain, rep.org_name, s.id, rec.cause,
    rec.disposition
;
CREATE VIEW v_cause AS -- how mail of each domain was (not) aligned
SELECT day, domain, cause, sum(messages) AS messages
FROM report rep CROSS JOIN record ON report_id = rep.id
GROUP BY day, domain, cause
;
CREATE VIEW v_forwarded AS -- probable forwarding
SELECT rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, s.ip, s.ptr_domain, rec.envelope_from,
    rec.dmarc, rec.cause, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record rec ON rec.report_id = rep.id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE CASE snd.kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(0, 'forwarded', 'unknown') END = 'forwarded'
   OR (snd.kind IS NULL AND (EXISTS (SELECT 1 FROM override o
           WHERE o.record_id = rec.id AND o.forwarding)
       OR (rec.cause = 'dkim_only' AND NOT EXISTS (SELECT 1 FROM auth_spf a
           WHERE a.record_id = rec.id AND a.scope IS NOT 'helo'
               AND a.result = 'pass'))))
GROUP BY rep.day, rep.domain, s.id, rec.envelope_from, rec.dmarc,
    rec.cause
;
CREATE VIEW v_readiness AS -- what p=reject would have stopped
WITH span AS (
    SELECT max(day) AS until,
        max(day) - (30 - 1) * 86400 AS since
    FROM report WHERE day <= CAST(strftime('%s', 'now') AS INTEGER)),
f AS (
    SELECT rep.domain, rep.day, rec.messages, rec.dmarc,
        rep.org_name, snd.kind,
        EXISTS (SELECT 1 FROM override o
            WHERE o.record_id = rec.id AND o.forwarding) AS fwd
    FROM report rep
    CROSS JOIN record rec ON rec.report_id = rep.id
    LEFT JOIN source s ON s.id = rec.source_id
    LEFT JOIN sender snd ON snd.id = s.sender_id
    WHERE rep.day >= (SELECT since FROM span)
        AND rep.day <= (SELECT until FROM span)),
a AS (
    SELECT domain, count(DISTINCT day) AS days,
        count(DISTINCT lower(org_name)) AS reporters,
        sum(messages) AS messages,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
            AS fail,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND CASE kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(fwd, 'forwarded', 'unknown') END = 'known'), 0) AS lost,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND CASE kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(fwd, 'forwarded', 'unknown') END = 'forwarded'), 0) AS suffers,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND CASE kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(fwd, 'forwarded', 'unknown') END = 'hostile'), 0) AS stopped
    FROM f GROUP BY domain)
SELECT a.domain,
    (SELECT p FROM report r WHERE r.domain = a.domain AND r.counted = 1
        AND r.p IS NOT NULL AND r.day <= (SELECT until FROM span)
     ORDER BY r.day DESC, r.id DESC LIMIT 1) AS policy,
    days, reporters, messages,
    round(100.0 * (messages - fail) / nullif(messages, 0), 2) AS pass_pct,
    fail, lost, suffers, stopped, fail - lost - suffers - stopped AS unknown
FROM a
;
CREATE VIEW v_new_source AS -- first seen in the last 7 days of data
SELECT rep.domain, s.ip, s.ptr, s.as_name, snd.label AS sender,
    date(s.first_day, 'unixepoch') AS first_date,
    sum(rec.messages) AS messages,
    coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'pass'), 0)
        AS pass
FROM (SELECT max(day) AS until, max(day) - 6 * 86400 AS since FROM report
    WHERE day <= CAST(strftime('%s', 'now') AS INTEGER)) span
JOIN report rep ON rep.day BETWEEN span.since AND span.until
JOIN record rec ON rec.report_id = rep.id
JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE s.first_day >= span.since
GROUP BY rep.domain, s.id
;
CREATE VIEW v_reporter AS -- who reports, and who stopped
SELECT rep.org_name, count(DISTINCT rep.domain) AS domains,
    count(*) AS reports,
    sum((SELECT sum(rec.messages) FROM record rec
        WHERE rec.report_id = rep.id)) AS messages,
    date(min(rep.day), 'unixepoch') AS first_date,
    date(max(rep.day), 'unixepoch') AS last_date,
    max(0, ((SELECT max(day) FROM report
        WHERE day <= CAST(strftime('%s', 'now') AS INTEGER))
        - max(rep.day)) / 86400) AS days_silent,
    round(avg(min(max(iif(msg.sent_ts BETWEEN rep.begin_ts AND rep.imported_ts, msg.sent_ts, rep.imported_ts) - rep.end_ts, 0), 31536000)) / 3600.0, 1) AS avg_delay_hours
FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id
WHERE rep.counted = 1
GROUP BY rep.org_name COLLATE NOCASE
;
CREATE VIEW v_silent_reporter AS -- reported on 14 days in a row, then stopped
WITH today AS (
    SELECT CAST(strftime('%s', 'now', 'start of day') AS INTEGER) AS day),
last AS (
    SELECT org_name, max(day) AS day, count(DISTINCT domain) AS domains
    FROM report
    WHERE day BETWEEN (SELECT day - 46 * 86400 FROM today)
        AND (SELECT day FROM today) AND counted = 1
    GROUP BY org_name COLLATE NOCASE)
SELECT last.org_name, last.domains, date(last.day, 'unixepoch') AS last_date,
    (today.day - last.day) / 86400 - 2 AS days_silent
FROM last, today
WHERE (today.day - last.day) / 86400 - 2
        BETWEEN 3 AND 30
    AND (SELECT count(DISTINCT rep.day) FROM report rep
        WHERE rep.day > last.day - 14 * 86400
        AND rep.day <= last.day AND rep.counted = 1
        AND rep.org_name = last.org_name COLLATE NOCASE)
        = 14
;
CREATE VIEW v_conflict AS -- same reporter, id and period, other content
SELECT rep.reporter, rep.domain, rep.external_id, rep.day,
    date(rep.day, 'unixepoch') AS date, rep.id AS report_id, rep.org_name,
    (SELECT count(*) FROM record_row rec WHERE rec.report_id = rep.id)
        + (SELECT count(*) FROM record_aside rec
            WHERE rec.report_id = rep.id) AS records,
    (SELECT sum(messages) FROM (SELECT messages FROM record_row rec
            WHERE rec.report_id = rep.id
        UNION ALL SELECT messages FROM record_aside rec
            WHERE rec.report_id = rep.id)) AS messages,
    rep.partial, m.verified, m.sender AS mail_from,
    datetime(rep.imported_ts, 'unixepoch') AS imported, rep.counted
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE rep.conflict = 1
;
CREATE VIEW v_partial AS -- damaged reports: only what was certain is stored
SELECT rep.day, date(rep.day, 'unixepoch') AS date, rep.domain, rep.org_name,
    rep.external_id, rep.id AS report_id,
    (SELECT count(*) FROM record_row rec WHERE rec.report_id = rep.id)
        + (SELECT count(*) FROM record_aside rec
            WHERE rec.report_id = rep.id) AS records,
    (SELECT sum(messages) FROM (SELECT messages FROM record_row rec
            WHERE rec.report_id = rep.id
        UNION ALL SELECT messages FROM record_aside rec
            WHERE rec.report_id = rep.id)) AS messages,
    rep.quirks, m.reason, coalesce(m.path, m.folder) AS place, m.uid
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE rep.partial = 1
;
CREATE VIEW v_unverified AS -- reports in mail that nobody vouches for
SELECT rep.day, date(rep.day, 'unixepoch') AS date, rep.domain, rep.org_name,
    rep.org_email, rep.external_id, rep.id AS report_id,
    coalesce(m.verified, 'none') AS verified, m.from_domain,
    m.sender AS mail_from, rep.conflict
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE coalesce(m.verified, 'none') <> 'pass'
;
CREATE VIEW v_override AS -- policy not applied, and why
SELECT rep.day, rep.domain, rep.org_name, o.type, o.comment,
    rec.disposition, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record_words rec ON rec.report_id = rep.id
CROSS JOIN override o ON o.record_id = rec.id
WHERE o.changed
GROUP BY rep.day, rep.domain, rep.org_name, o.type, o.comment,
    rec.disposition
;
CREATE VIEW v_selector AS -- DKIM keys seen in use
SELECT DISTINCT g.domain, i.domain AS d, i.selector AS s, i.result,
    sum(g.messages) OVER same AS messages,
    date(min(g.first_day) OVER same, 'unixepoch') AS first_date,
    date(max(g.last_day) OVER same, 'unixepoch') AS last_date
FROM (SELECT rep.domain, rec.dkim_list_id, sum(rec.messages) AS messages,
        min(rep.day) AS first_day, max(rep.day) AS last_day
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    WHERE rec.dkim_list_id IS NOT NULL
    GROUP BY rec.dkim_list_id, rep.domain) g
JOIN dkim_item i ON i.dkim_list_id = g.dkim_list_id
WINDOW same AS (PARTITION BY g.domain, i.domain, i.selector, i.result)
;
CREATE VIEW v_policy AS -- policy that receivers saw, and when
SELECT domain, p, sp, np, adkim, aspf, pct, testing,
    count(*) AS reports,
    date(min(day), 'unixepoch') AS first_date,
    date(max(day), 'unixepoch') AS last_date
FROM report WHERE counted = 1
GROUP BY domain, p, sp, np, adkim, aspf, pct, testing
;
CREATE VIEW v_subdomain AS -- subdomains that send
SELECT domain, header_from, sum(messages) AS messages,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
        AS fail
FROM record JOIN report rep ON rep.id = report_id
WHERE header_from <> domain GROUP BY domain, header_from
;
CREATE VIEW v_tls_daily AS -- TLS sessions, day by day
SELECT r.day, date(r.day, 'unixepoch') AS date, p.domain, p.type,
    sum(p.ok) AS ok, sum(p.failed) AS failed,
    round(100.0 * sum(p.ok) /
        nullif(sum(p.ok) + sum(p.failed), 0), 2) AS ok_pct
FROM tls_policy p JOIN tls_report r ON r.id = p.tls_report_id
WHERE r.counted = 1
GROUP BY r.day, p.domain, p.type
;
CREATE VIEW v_tls_failure AS -- TLS sessions that failed, and why
SELECT r.day, date(r.day, 'unixepoch') AS date, p.domain, p.type,
    r.org_name, f.result, f.mx, f.receiving_ip, f.sending_ip,
    f.reason_code, sum(f.failed) AS failed
FROM tls_failure f
JOIN tls_policy p ON p.id = f.tls_policy_id
JOIN tls_report r ON r.id = p.tls_report_id
WHERE r.counted = 1
GROUP BY r.day, p.domain, p.type, r.org_name, f.result, f.mx,
    f.receiving_ip, f.sending_ip, f.reason_code
;
CREATE VIEW v_mailbox AS -- is collection itself healthy
SELECT m.name, m.server, m.folder, m.active,
    datetime(m.last_ok_ts, 'unixepoch') AS last_ok, m.last_error,
    (SELECT count(*) FROM message x
     WHERE x.mailbox_id = m.id) AS messages,
    (SELECT count(*) FROM message x
     WHERE x.mailbox_id = m.id AND x.status = 'failed') AS bad
FROM mailbox m
;
CREATE VIEW v_source_daily AS -- v_source by day, for dashboards
SELECT g.day, g.domain, s.ip,
    coalesce(coalesce(snd.label, s.ptr_domain, s.as_name, 'AS' || s.asn), s.ip) AS who,
    snd.kind AS sender_kind,
    CASE WHEN snd.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE CASE snd.kind WHEN 'own' THEN 'known' WHEN 'service' THEN 'known' WHEN 'forwarder' THEN 'forwarded' WHEN 'hostile' THEN 'hostile' ELSE iif(g.unknown = 0, 'forwarded', 'unknown') END END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    iif(snd.kind IS NULL, g.unknown, 0) AS unknown
FROM (SELECT rep.day, rep.domain, rec.source_id, sum(rec.messages) AS messages,
        sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)) AS pass,
        sum(CASE WHEN rec.dkim = 1 OR rec.spf = 1 THEN 0
            WHEN EXISTS (SELECT 1 FROM override_words o
                WHERE o.profile_id = rec.profile_id AND o.forwarding) THEN 0
            ELSE rec.messages END) AS unknown
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    GROUP BY rep.domain, rep.day, rec.source_id) g
LEFT JOIN source s ON s.id = g.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
;
PRAGMA application_id = 1381318980;
PRAGMA user_version = 5;
COMMIT;
