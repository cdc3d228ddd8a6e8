# SPDX-License-Identifier: BSD-2-Clause
"""Every view, against the same computed here from what was put in."""

import datetime
import json
import os
import sqlite3
import time
from collections import namedtuple

import pytest

import gen
import reasons
from ctl import FAIL, PASS, Ctl, report
from ctl import DAY as FIRST_DAY

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
DAY = 86400
TODAY = int(time.time()) // DAY * DAY
LAST = TODAY - 9 * DAY          # of data; the reporters may have fallen silent
DOMAINS = ('one.example', 'two.example', 'three.example')
Row = namedtuple('Row', gen.Report._fields[:-1] + tuple(
    f if f not in gen.Report._fields else 'r_' + f
    for f in gen.Record._fields) + ('dmarc', 'who', 'kind'))


def date(day):
    return str(datetime.date.fromtimestamp(day + DAY // 2))


def made():
    """Reports of 60 days; the newest reporter came last week."""
    reports = []
    for i in range(240):
        reports.append(gen.mail(
            'views', i, records=3 + i % 5, domain=DOMAINS[i * i // 2 % 3],
            reporter=gen.REPORTERS[i % 3 + (i % 24 == 0) * 4],
            day=LAST - (i * 7 % 60) * DAY).report)
    for i in range(5):
        reports.append(gen.mail(
            'views late', i, records=6, domain=DOMAINS[0],
            reporter=gen.REPORTERS[7], day=LAST - i * DAY).report)
    for i in range(20):         # every day, and suddenly no more
        reports.append(gen.mail(
            'views daily', i, records=1, domain=DOMAINS[i % 2],
            reporter=gen.REPORTERS[3], day=LAST - i * DAY).report)
    return reports


REPORTS = made()
SENDERS = {}                    # address: (label, kind)


def name_senders():
    count = {}
    for r in REPORTS:
        for record in r.records:
            count[record.ip] = count.get(record.ip, 0) + 1
    often = sorted(ip for ip in count if count[ip] > 3)
    for i, who in enumerate([('Own', 'own'), ('Shop', 'service'),
                             ('List', 'forwarder'), ('Bot', 'hostile')]):
        for ip in often[i * 3:i * 3 + 3]:
            SENDERS[ip] = who


name_senders()
ROWS = [Row(*r[:-1], *record,
            'pass' if 'pass' in (record.dkim, record.spf) else 'fail',
            *SENDERS.get(record.ip, (None, None)))
        for r in REPORTS for record in r.records]
TLS = [{
    'organization-name': 'TLS ' + who, 'contact-info': 'a@tls.example',
    'report-id': '%s-%d' % (who, day), 'date-range': {
        'start-datetime': '%sT00:00:00Z' % date(LAST - day * DAY),
        'end-datetime': '%sT23:59:59Z' % date(LAST - day * DAY)},
    'policies': [{
        'policy': {'policy-type': kind, 'policy-domain': DOMAINS[0],
                   'policy-string': [], 'mx-host': ['mx.one.example']},
        'summary': {'total-successful-session-count': 10 * day,
                    'total-failure-session-count': 5},
        'failure-details': [
            {'result-type': 'certificate-expired', 'sending-mta-ip':
             '192.0.2.5', 'receiving-ip': '192.0.2.9', 'receiving-mx-hostname':
             'mx.one.example', 'failed-session-count': 3},
            {'result-type': 'validation-failure',
             'failed-session-count': 2}]}
        for kind in kinds]}
    for who, day, kinds in (('A', 1, ['sts']), ('A', 2, ['sts', 'tlsa']),
                            ('B', 1, ['sts']))]


@pytest.fixture(scope='module')
def db(build, tmp_path_factory):
    ctl = Ctl(build, tmp_path_factory.mktemp('views'))
    for i, r in enumerate(REPORTS):
        style = next(one.style for one in gen.REPORTERS
                     if one.org == r.org_name)
        ctl.put('in/%d.xml' % i, gen.xml(r, style))
    for i, tls in enumerate(TLS):
        ctl.put('in/tls%d.json' % i, json.dumps(tls).encode())
    ctl('import', 'in')
    for ip, (label, kind) in SENDERS.items():
        ctl('sender', 'add', label, kind, ip)
    # What no view that looks at the last days may be misled by.
    ctl.put('liar.xml', report('Liar', day=40000, domain='liar.example'))
    ctl('import', 'liar.xml')
    conn = sqlite3.connect(ctl.database)
    conn.row_factory = sqlite3.Row
    yield conn
    conn.close()


def ask(db, view, where="domain <> 'liar.example'"):
    """Rows as a sorted list of dictionaries' items."""
    return order(dict(row) for row in db.execute(
        'SELECT * FROM %s%s' % (view, ' WHERE ' + where if where else '')))


def order(those):
    return sorted(those, key=lambda row: repr(sorted(row.items())))


def group(those, *names):
    groups = {}
    for row in those:
        groups.setdefault(tuple(getattr(row, n) for n in names),
                          []).append(row)
    return groups.items()


def count(those, **wanted):
    return sum(row.messages for row in those
               if all(getattr(row, n) == v for n, v in wanted.items()))


def percent(part, whole):
    """With two digits, cut: 100 is all."""
    return 10000 * part // whole / 100 if whole else None


def days(those):
    every = [row.day for row in those]
    return {'first_date': date(min(every)), 'last_date': date(max(every))}


# Behind record, auth_dkim, auth_spf and override; not public.
OURS = {'record_row', 'record_words', 'profile', 'spf_item', 'override_item',
        'dkim_list', 'dkim_item', 'record_aside', 'record_any',
        'override_words', 'report_pack'}
UNKNOWN = {'ptr': None, 'as_name': None, 'country': None}


def test_no_view_is_forgotten_here(db):
    with open(__file__, encoding='utf-8') as f:
        text = f.read()
    names = [row[0] for row in db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'view'"
        " AND name LIKE 'v\\_%' ESCAPE '\\'")]
    assert len(names) == 22
    assert [n for n in names if ", '%s'" % n not in text] == []


def test_the_manual_has_every_table_view_and_column(db):
    page = os.path.join(ROOT, 'docs', 'ruad.db.5')
    with open(page, encoding='utf-8') as f:
        text = f.read().replace('\\\n', '')
    told = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(' ')[2].partition(' ')
        if line.startswith('.It Vt'):
            columns = told.setdefault(rest, set())
        elif line.startswith('.It Va') and told:
            columns.update(rest.split(' , '))
    for (name,) in db.execute("SELECT name FROM sqlite_schema"
                              " WHERE type IN ('table', 'view')"
                              " AND name NOT LIKE 'sqlite%'"):
        if name in OURS:
            assert name not in text
            continue
        have = {row[1] for row in db.execute(
            'PRAGMA table_xinfo(%s)' % name)}
        assert told.pop(name) | {'id'} == have | {'id'}, name
    assert told == {}


def test_record(db):
    def listed(those, form):
        return ' '.join(form % tuple(v or '' for v in one)
                        for one in those) or None
    got = ask(db, 'v_record')
    for row in got:
        assert row.pop('id') > 0
    assert order(got) == order({
        'day': row.day, 'date': date(row.day), 'domain': row.domain,
        'header_from': row.header_from, 'org_name': row.org_name,
        'external_id': row.external_id, 'ip': row.ip, 'ptr': None,
        'ptr_domain': None, 'asn': None, 'as_name': None, 'country': None,
        'sender': row.who, 'sender_kind': row.kind,
        'messages': row.messages, 'dmarc': row.dmarc, 'dkim': row.dkim,
        'spf': row.spf, 'cause': row.cause, 'disposition': row.disposition,
        'envelope_from': row.envelope_from, 'envelope_to': row.envelope_to,
        'dkim_auth': listed((a[:3] for a in row.auth_dkim), '%s/%s=%s'),
        'spf_auth': listed((a[::2] for a in row.auth_spf), '%s=%s'),
        'overrides': listed((o[:1] for o in row.overrides), '%s'),
    } for row in ROWS)


def test_daily(db):
    assert ask(db, 'v_daily') == order({
        'day': day, 'date': date(day), 'domain': domain,
        'messages': count(those), 'pass': count(those, dmarc='pass'),
        'fail': count(those, dmarc='fail'),
        'pass_pct': percent(count(those, dmarc='pass'), count(those)),
        'dkim_aligned': count(those, dkim='pass'),
        'spf_aligned': count(those, spf='pass'),
        'quarantined': count(those, disposition='quarantine'),
        'rejected': count(those, disposition='reject'),
    } for (day, domain), those in group(ROWS, 'day', 'domain'))


def sources():
    return [{
        'domain': domain, 'ip': ip, 'ptr_domain': None, **UNKNOWN,
        'sender': those[0].who, 'sender_kind': those[0].kind,
        'class': class_of(those),
        'messages': count(those), 'pass': count(those, dmarc='pass'),
        'fail': count(those, dmarc='fail'), **days(those),
    } for (domain, ip), those in group(ROWS, 'domain', 'ip')]


def class_of(those):
    if those[0].kind:
        return {'own': 'known', 'service': 'known', 'forwarder': 'forwarded',
                'hostile': 'hostile'}[those[0].kind]
    failing = [row for row in those if row.dmarc == 'fail']
    return 'compliant' if not failing else 'forwarded' if all(
        map(forwarded, failing)) else 'unknown'


def test_source_and_unknown(db):
    assert ask(db, 'v_source') == order(sources())
    assert ask(db, 'v_unknown') == order(
        {name: row[name] for name in (
            'domain', 'ip', 'ptr', 'as_name', 'country', 'messages', 'fail',
            'first_date', 'last_date')}
        for row in sources() if row['class'] == 'unknown')
    assert {row['class'] for row in sources()} >= {
        'compliant', 'known', 'forwarded', 'unknown'}


def test_source_daily(db):
    assert ask(db, 'v_source_daily') == order({
        'day': day, 'domain': domain, 'ip': ip,
        'who': those[0].who or ip, 'sender_kind': those[0].kind,
        'class': class_of(those),
        'messages': count(those), 'pass': count(those, dmarc='pass'),
        'fail': count(those, dmarc='fail'),
        'unknown': sum(row.messages for row in those if row.dmarc == 'fail' and
                       not row.kind and not forwarded(row)),
    } for (day, domain, ip), those in group(ROWS, 'day', 'domain', 'ip'))


def test_failing(db):
    assert ask(db, 'v_failing') == order({
        'day': day, 'date': date(day), 'domain': domain, 'org_name': org,
        'ip': ip, 'who': those[0].who, 'cause': cause,
        'disposition': disposition, 'messages': count(those),
    } for (day, domain, org, ip, cause, disposition), those in group(
        (row for row in ROWS if row.dmarc == 'fail'),
        'day', 'domain', 'org_name', 'ip', 'cause', 'disposition'))


def test_cause(db):
    assert ask(db, 'v_cause') == order({
        'day': day, 'domain': domain, 'cause': cause,
        'messages': count(those),
    } for (day, domain, cause), those in group(
        ROWS, 'day', 'domain', 'cause'))


def forwarded(row):
    return any(reasons.forwarding(*o) for o in row.overrides)


def test_forwarded(db):
    assert ask(db, 'v_forwarded') == order({
        'day': day, 'date': date(day), 'domain': domain, 'ip': ip,
        'ptr_domain': None, 'envelope_from': envelope, 'dmarc': dmarc,
        'cause': cause, 'messages': count(those),
    } for (day, domain, ip, envelope, dmarc, cause), those in group(
        (row for row in ROWS if row.kind == 'forwarder' or row.kind is None and (
            forwarded(row) or row.cause == 'dkim_only' and
            not reasons.has_envelope(row.auth_spf))),
        'day', 'domain', 'ip', 'envelope_from', 'dmarc', 'cause'))


def test_readiness(db):
    want = []
    recent = [row for row in ROWS if row.day > LAST - 30 * DAY]
    for (domain,), those in group(recent, 'domain'):
        lost = count(those, dmarc='fail', kind='own') + count(
            those, dmarc='fail', kind='service')
        stopped = count(those, dmarc='fail', kind='hostile')
        suffer = sum(row.messages for row in those if row.dmarc == 'fail' and (
            row.kind == 'forwarder' or
            row.kind is None and forwarded(row)))
        reporters = len({row.org_name for row in those})
        newest = [r for r in REPORTS if r.domain == domain and r.day == max(
            row.day for row in those)]
        want.append({
            'domain': domain, 'policy': newest[-1].p,
            'days': len({row.day for row in those}), 'reporters': reporters,
            'messages': count(those),
            'pass_pct': percent(count(those, dmarc='pass'), count(those)),
            'fail': count(those, dmarc='fail'),
            'lost': lost, 'suffers': suffer, 'stopped': stopped,
            'unknown': count(those, dmarc='fail') - lost - suffer - stopped})
    got = ask(db, 'v_readiness', None)
    # Which of the reports of a day came last depends on the order of files.
    policies = {row['domain']: row.pop('policy') for row in got}
    for row in want:
        assert policies[row['domain']] in {
            r.p for r in REPORTS if r.domain == row['domain'] and
            r.day == max(x.day for x in REPORTS
                         if x.domain == row['domain'])}
        row.pop('policy')
    assert order(got) == order(want)


def test_new_source(db):
    first = {ip: min(row.day for row in those)
             for (ip,), those in group(ROWS, 'ip')}
    fresh = [row for row in ROWS if first[row.ip] > LAST - 7 * DAY]
    assert len(fresh) > 5
    assert ask(db, 'v_new_source') == order({
        'domain': domain, 'ip': ip, 'ptr': None, 'as_name': None,
        'sender': those[0].who, 'first_date': date(first[ip]),
        'messages': count(those), 'pass': count(those, dmarc='pass'),
    } for (domain, ip), those in group(fresh, 'domain', 'ip'))


def test_reporter(db):
    want = []
    for (org,), those in group(REPORTS, 'org_name'):
        want.append({
            'org_name': org, 'domains': len({r.domain for r in those}),
            'reports': len(those), 'messages': count(
                row for row in ROWS if row.org_name == org), **days(those),
            'days_silent': (LAST - max(r.day for r in those)) // DAY})
    got = ask(db, 'v_reporter', "org_name <> 'Liar'")
    now = db.execute('SELECT avg(imported_ts) FROM report').fetchone()[0]
    for row in got:
        ends = [r.end_ts for r in REPORTS if r.org_name == row['org_name']]
        assert abs(row.pop('avg_delay_hours') - (
            now - sum(ends) / len(ends)) / 3600) < 0.2
    assert order(got) == order(want)
    liar = ask(db, 'v_reporter', "org_name = 'Liar'")
    assert liar[0]['days_silent'] == 0


def test_silent_reporter(db):
    """LAST is nine days ago; two of these nobody could have reported."""
    daily = [org for (org,), those in group(REPORTS, 'org_name')
             if len({r.day for r in those if r.day > LAST - 14 * DAY}) == 14]
    assert gen.REPORTERS[3].org in daily
    assert len(daily) < len({r.org_name for r in REPORTS})
    assert ask(db, 'v_silent_reporter', None) == order({
        'org_name': org, 'domains': len({
            r.domain for r in REPORTS
            if r.org_name == org and r.day >= TODAY - 46 * DAY}),
        'last_date': date(LAST), 'days_silent': 7} for org in daily)


def test_override(db):
    those = [(row.day, row.domain, row.org_name, o[0], o[1],
              row.disposition, row.messages)
             for row in ROWS for o in row.overrides if reasons.changed(
                 row.dmarc == 'pass', row.disposition,
                 row.header_from == row.domain, row.p, row.sp, row.np)]
    sums = {}
    for one in those:
        sums[one[:-1]] = sums.get(one[:-1], 0) + one[-1]
    names = ('day', 'domain', 'org_name', 'type', 'comment', 'disposition')
    assert len(sums) > 10
    assert ask(db, 'v_override') == order(
        {**dict(zip(names, key)), 'messages': n} for key, n in sums.items())


def test_selector(db):
    groups = {}
    for row in ROWS:
        for a in row.auth_dkim:
            groups.setdefault((row.domain, *a[:3]), []).append(row)
    assert ask(db, 'v_selector') == order({
        'domain': domain, 'd': d, 's': s, 'result': result,
        'messages': count(those), **days(those),
    } for (domain, d, s, result), those in groups.items())


def test_policy(db):
    names = ('domain', 'p', 'sp', 'np', 'adkim', 'aspf', 'pct', 'testing')
    assert ask(db, 'v_policy') == order(
        {**dict(zip(names, key)), 'reports': len(those), **days(those)}
        for key, those in group(REPORTS, *names))


def test_subdomain(db):
    assert ask(db, 'v_subdomain') == order({
        'domain': domain, 'header_from': name, 'messages': count(those),
        'fail': count(those, dmarc='fail'),
    } for (domain, name), those in group(
        (row for row in ROWS if row.header_from != row.domain),
        'domain', 'header_from'))


def tls_rows():
    for one in TLS:
        start = one['date-range']['start-datetime'][:10]
        for p in one['policies']:
            yield one, start, p, {
                'day': int(datetime.datetime.fromisoformat(
                    start + 'T00:00:00+00:00').timestamp()),
                'date': start, 'domain': p['policy']['policy-domain'],
                'type': p['policy']['policy-type']}


def test_tls_daily(db):
    sums = {}
    for _, _, p, key in tls_rows():
        both = sums.setdefault(tuple(key.items()), [0, 0])
        both[0] += p['summary']['total-successful-session-count']
        both[1] += p['summary']['total-failure-session-count']
    assert ask(db, 'v_tls_daily') == order({
        **dict(key), 'ok': ok, 'failed': failed,
        'ok_pct': percent(ok, ok + failed)}
        for key, (ok, failed) in sums.items())


def test_tls_failure(db):
    assert ask(db, 'v_tls_failure') == order({
        **key, 'org_name': one['organization-name'],
        'result': f['result-type'], 'mx': f.get('receiving-mx-hostname'),
        'receiving_ip': f.get('receiving-ip'),
        'sending_ip': f.get('sending-mta-ip'), 'reason_code': None,
        'failed': f['failed-session-count']}
        for one, _, p, key in tls_rows() for f in p['failure-details'])


# --- collection itself ------------------------------------------------------

def cut(xml):
    return xml[:xml.rindex(b'<record>') + 40]


@pytest.fixture(scope='module')
def odd(build, tmp_path_factory):
    """Two reports in conflict, a damaged one, a mailbox that vouches."""
    ctl = Ctl(build, tmp_path_factory.mktemp('odd'))
    ctl.put('in/1.xml', report(ident='same', rows=[('192.0.2.1', 7, PASS)]))
    ctl.put('in/2.xml', report(ident='same', rows=[('192.0.2.1', 9, FAIL),
                                                   ('192.0.2.2', 1, FAIL)]))
    ctl.put('in/3.xml', report(ident='alone'))
    ctl.put('in/4.xml', cut(report(ident='cut', rows=[
        ('192.0.2.1', 5, PASS), ('192.0.2.2', 5, PASS)])))
    ctl('import', 'in')
    conn = sqlite3.connect(ctl.database)
    conn.row_factory = sqlite3.Row
    conn.executescript("""
        INSERT INTO mailbox (id, name, server, username, folder, last_ok_ts,
            last_error) VALUES (1, 'own', 'imap.example', 'rua', 'INBOX', 86400,
            'no way'), (2, 'none', 'imap.example', 'x', 'INBOX', NULL, NULL);
        UPDATE message SET mailbox_id = 1, folder = 'INBOX', path = NULL,
            uid = 17, sender = 'rua@receiver.example', from_domain =
            'receiver.example', verified = 'pass'
            WHERE id = (SELECT message_id FROM report
                WHERE external_id = 'alone');
        INSERT INTO message (mailbox_id, fetched_ts, sha256, status)
            VALUES (1, 1, 'x', 'failed');""")
    yield conn
    conn.close()


def test_conflict(odd):
    got = sorted(ask(odd, 'v_conflict', None), key=lambda r: r['messages'])
    for row in got:
        assert odd.execute('SELECT conflict, external_id FROM report'
                           ' WHERE id = ?', [row.pop('report_id')]
                           ).fetchone()[:] == (1, 'same')
        assert row.pop('imported').startswith('20')
    assert got == [{
        'reporter': 'receiver.example', 'domain': 'example.org',
        'external_id': 'same', 'day': FIRST_DAY, 'date': '2025-03-07',
        'org_name': 'Receiver Inc.', 'records': records,
        'messages': messages, 'partial': 0, 'verified': None,
        'mail_from': None, 'counted': counted}
        for records, messages, counted in ((1, 7, 1), (2, 10, 0))]


def test_partial(odd):
    (row,) = ask(odd, 'v_partial', None)
    assert (row['external_id'], row['records'], row['messages'],
            row['domain'], row['date']) == ('cut', 1, 5, 'example.org',
                                            '2025-03-07')
    assert row['place'].endswith('in/4.xml')
    assert json.loads(row['quirks'])


def test_unverified(odd):
    got = ask(odd, 'v_unverified', None)
    assert sorted(row['external_id'] for row in got) == ['cut', 'same', 'same']
    assert {row['verified'] for row in got} == {'none'}
    odd.execute("UPDATE message SET verified = 'fail'"
                " WHERE verified = 'pass'")
    try:
        (row,) = ask(odd, 'v_unverified', "external_id = 'alone'")
        assert (row['verified'], row['from_domain'], row['mail_from']) == (
            'fail', 'receiver.example', 'rua@receiver.example')
    finally:
        odd.rollback()


def test_mailbox(odd):
    assert ask(odd, 'v_mailbox', None) == order([
        {'name': 'own', 'server': 'imap.example', 'folder': 'INBOX',
         'active': 1, 'last_ok': '1970-01-02 00:00:00',
         'last_error': 'no way', 'messages': 2, 'bad': 1},
        {'name': 'none', 'server': 'imap.example', 'folder': 'INBOX',
         'active': 1, 'last_ok': None, 'last_error': None, 'messages': 0,
         'bad': 0}])
