# SPDX-License-Identifier: BSD-2-Clause
"""What ruactl answers, against the same computed here from its records."""

import datetime
import json
import sqlite3
import time

import pytest

from ctl import DAY, FAIL, PASS, Ctl, report
from test_ruactl import EVIL, UNSAFE

DKIM, SPF = ('pass', 'fail'), ('fail', 'pass')
TODAY = int(time.time()) // 86400 - DAY // 86400    # in days after DAY


def date(day):
    return str(datetime.date(2025, 3, 7) + datetime.timedelta(day))


# (reporter, domain, day after DAY, [(address, messages, results)])
REPORTS = [
    ('Big Mail', 'example.org', day, [
        ('192.0.2.1', 100 + day, PASS),
        ('192.0.2.2', 10, DKIM),
        ('2001:db8::25', 3, FAIL)] + ([('203.0.113.9', 7, FAIL)]
                                      if day > 34 else []))
    for day in range(40)] + [
    ('Little Mail', 'example.org', day, [('192.0.2.1', 5, SPF),
                                         ('2001:db8::25', 2, FAIL)])
    for day in range(20, 40, 2)] + [
    ('Third Mail', 'example.com', 12, [('192.0.2.1', 1, PASS),
                                       ('198.51.100.4', 50, FAIL)]),
    ('Third Mail', 'example.com', TODAY - 1, [('192.0.2.1', 4, PASS)]),
    ('Third Mail', 'example.com', TODAY - 2, [('192.0.2.1', 8, PASS)]),
    ('Liar', 'example.org', 40000, [('192.0.2.66', 1000, FAIL)]),
]


class Row:
    """One record with what its report says."""

    def __init__(self, org, domain, day, ip, messages, results):
        self.org, self.domain, self.day, self.ip = org, domain, day, ip
        self.messages, self.results = messages, results
        self.passed = 'pass' in results


ROWS = [Row(org, domain, day, *record)
        for org, domain, day, records in REPORTS for record in records]


def rows(domain=None, first=-100000, last=TODAY):
    return [row for row in ROWS if first <= row.day <= last and
            domain in (None, row.domain)]


def messages(those):
    return sum(row.messages for row in those)


@pytest.fixture(scope='module')
def asked(build, tmp_path_factory):
    ctl = Ctl(build, tmp_path_factory.mktemp('asked'))
    for i, (org, domain, day, records) in enumerate(REPORTS):
        ctl.put('in/%d.xml' % i, report(org, domain, 'r%d' % i, day, records))
    ctl('import', 'in')
    return ctl


def group(those, key):
    groups = {}
    for row in those:
        groups.setdefault(key(row), []).append(row)
    return groups


def share(part, whole):
    """In percent, rounded down to two digits."""
    return 10000 * part // whole / 100


# --- days -------------------------------------------------------------------

PERIODS = [
    (['--since=' + date(5), '--until=' + date(14)], 5, 14,
     '%s to %s' % (date(5), date(14))),
    (['--since=7d', '--until=' + date(14)], 8, 14, '7 days to ' + date(14)),
    (['--until=' + date(14)], -15, 14, '30 days to ' + date(14)),
    (['--day=' + date(12)], 12, 12, date(12)),
    (['--since=' + date(30)], 30, TODAY,
     '%s to %s' % (date(30), date(TODAY))),
    (['--since=5d'], TODAY - 4, TODAY, '5 days to ' + date(TODAY)),
    (['--since=1d'], TODAY, TODAY, date(TODAY)),
    (['--day=yesterday'], TODAY - 1, TODAY - 1, date(TODAY - 1)),
]


@pytest.mark.parametrize('options, first, last, text', PERIODS,
                         ids=range(len(PERIODS)))
def test_a_period_has_both_its_ends_and_nothing_else(
        asked, options, first, last, text):
    want = {}
    for row in rows(first=first, last=last):
        want.setdefault(row.domain, []).append(row)
    got = {row['domain']: row['messages']
           for row in asked.json('summary', *options)}
    assert got == {domain: messages(those) for domain, those in want.items()}
    assert {row['external_id'] for row in
            asked.json('reports', '-n', 999, *options)} == {
        'r%d' % i for i, one in enumerate(REPORTS) if first <= one[2] <= last}
    assert asked(*options).startswith('DMARC, %s\n' % text)


def test_without_a_period_a_domain_ends_with_its_newest_report(asked):
    out = asked('summary', 'example.org')
    assert out.startswith('DMARC, 30 days to %s\n' % date(39))
    assert asked.json('summary', 'example.org')[0]['messages'] == messages(
        rows('example.org', 10, 39))


def test_an_empty_period_says_where_the_reports_are(asked):
    out = asked('summary', 'example.org', '--day=' + date(41))
    assert 'No reports about example.org for these days.\n' in out
    assert 'Reports exist from %s to ' % date(0) in out
    assert max(map(len, out.splitlines())) <= 80
    assert 'No reports about nix.example.\n' in asked(
        'summary', 'nix.example', '--day=' + date(1))


@pytest.mark.parametrize('args, word', [
    (['--since=30'], 'not "30"'),
    (['--since=0d'], 'not "0d"'),
    (['--since=2025-02-30'], 'not "2025-02-30"'),
    (['--until=7d'], 'not "7d"'),
    (['--until=2025-03-07T10:00'], 'not "2025-03-07T10:00"'),
    (['--day=today'], 'not "today"'),
    (['--day=yesterday', '--since=7d'], '--day does not go with'),
    (['--since=2025-03-08', '--until=2025-03-07'], 'later than --until'),
    (['--since=9999-01-01'], 'later than today'),
    (['sources', '--new', '--failing', 'x'], 'takes only one of'),
    (['sources'], 'usage: ruactl sources [OPTION] DOMAIN [WHO]\n'),
    (['why', 'example.org', 'own', 'SPF'],
     'usage: ruactl why [-n N] DOMAIN [WHO]; a name with blanks needs quotes'),
    (['help', 'ready'], 'usage: ruactl help\n'),
    (['show', '1', '--day=yesterday'], 'unrecognized option'),
    (['--since=7d', 'status'], 'status does not take --since'),
])
def test_a_period_that_cannot_be_is_wrong_usage(asked, args, word):
    assert asked(*args, code=64) == ''
    assert word in asked.error


# --- sources ----------------------------------------------------------------

def sources_of(domain, first, last):
    result = {}
    for ip, those in group(rows(domain, first, last),
                           lambda row: row.ip).items():
        fail = messages(row for row in those if not row.passed)
        result[ip] = {
            'ip': ip, 'ptr': None, 'ptr_domain': None, 'as_name': None,
            'country': None, 'sender': None, 'sender_kind': None,
            'messages': messages(those),
            'pass_pct': share(messages(those) - fail, messages(those)),
            'pass': messages(those) - fail, 'fail': fail,
            'first_date': date(min(row.day for row in those)),
            'last_date': date(max(row.day for row in those))}
    return result


def check_sources(asked, want, order, *args):
    got = asked.json('sources', '--by=address', 'example.org', *args)
    assert {row['ip']: {key: row[key] for key in want.get(row['ip'], ())}
            for row in got} == want
    for row in got:
        assert row['fail'] == sum(
            row[key] for key in ('lost', 'suffers', 'stopped', 'unknown'))
    assert [row[order] for row in got] == sorted(
        (row[order] for row in want.values()), reverse=True)
    assert len(got) == len(want)


def test_sources_are_those_of_the_records(asked):
    check_sources(asked, sources_of('example.org', 10, 39), 'messages')
    check_sources(asked, sources_of('example.org', 3, 5), 'messages',
                  '--since=' + date(3), '--until=' + date(5))
    failing = {ip: row for ip, row in sources_of('example.org', 10, 39).items()
               if row['fail']}
    assert set(failing) == {'2001:db8::25', '203.0.113.9'}
    check_sources(asked, failing, 'fail', '--failing')
    check_sources(asked, failing, 'messages', '--unknown')
    new = {'203.0.113.9': sources_of('example.org', 33, 39)['203.0.113.9']}
    check_sources(asked, new, 'messages', '--new')
    check_sources(asked, {}, 'messages', '--new', '--day=' + date(39))


def test_sources_answer_first_and_then_show_the_rows(asked):
    those = rows('example.org', 10, 39)
    failing = [row for row in those if not row.passed]
    out = asked('sources', 'Example.ORG', '--failing', '-n1',
                '--by=address').splitlines()
    assert out[0] == 'example.org, 30 days to ' + date(39)
    assert out[1] == '2 failing sources: {0:,} messages, {0:,} failing'.format(
        messages(failing))
    assert out[3].split()[0] == 'ip' and out[4].split()[0] == '2001:db8::25'
    assert out[5:] == ['', '1 more: -n 2 shows all of them']
    out = asked('sources', 'example.org', '--by=network').splitlines()
    assert out[-1] == ('Addresses of one: ruactl sources example.org '
                       '--by=network WHO; of all: --by=address')


def test_of_the_addresses_of_one_sender_n_are_shown(asked, tmp_path):
    ctl = Ctl(asked.program.rpartition('/')[0], tmp_path)
    ctl.put('a.xml', report(rows=[('203.0.113.%d' % i, i, FAIL)
                                  for i in range(1, 53)]))
    ctl('import', 'a.xml')
    for by in [], ['--by=network']:
        command = ['sources', 'example.org', *by, '203.0.113.0/24']
        shown = ctl(*command, '-n', '2').splitlines()
        assert [row.split()[0] for row in shown[4:6]] == [
            '203.0.113.52', '203.0.113.51']
        assert shown[6:8] == ['', '50 more: -n 52 shows all of them']
        assert '\n2 more: -n 52 shows all of them\n' in ctl(*command)
        assert 'more:' not in ctl(*command, '-n', '52')
        assert len(ctl.json(*command)) == 52
        assert len(ctl.json(*command, '-n', '2')) == 2


def test_a_named_sender_is_known(asked, tmp_path):
    own = Ctl(asked.program.rpartition('/')[0], tmp_path)
    own.put('a.xml', report(rows=[('192.0.2.1', 9, FAIL),
                                  ('192.0.2.2', 8, FAIL)]))
    own('import', 'a.xml')
    db = sqlite3.connect(own.database)
    db.executescript(
        "INSERT INTO sender (id, label, kind) VALUES (1, 'Shop', 'service');"
        "UPDATE source SET sender_id = 1 WHERE ip = '192.0.2.1';"
        "UPDATE source SET ptr = 'mx.evil.example',"
        " ptr_domain = 'evil.example' WHERE ip = '192.0.2.2';")
    db.close()
    assert [row['ip'] for row in own.json(
        'sources', 'example.org', '--unknown', '--by=address')] == [
            '192.0.2.2']
    rows = own.json('sources', 'example.org')
    assert [(row['who'], row['evidence'], row['class'], row['addresses'])
            for row in rows] == [('Shop', 'rule', 'known', 1),
                                 ('evil.example', 'ptr_domain', 'unknown', 1)]
    out = own('sources', 'example.org', '--by=address').splitlines()
    assert [line.split()[1] for line in out[4:]] == ['Shop', 'evil.example']


def test_sources_that_are_none_say_what_to_do(asked):
    assert asked('sources', 'nix.example') == (
        'No reports about nix.example.\nAll domains: ruactl summary\n')
    assert asked.json('sources', 'nix.example', '--new') == []
    out = asked('sources', 'example.org', '--new', '--day=' + date(39))
    assert out == ('example.org, %s\n0 new senders, 0 addresses: 0 messages, 0 failing\n'
                   'All sources: ruactl sources example.org\n' % date(39))
    assert 'for these days' in asked('sources', 'example.org',
                                    '--day=' + date(41))


# --- failures ---------------------------------------------------------------

def arf(day, domain='example.org', ip='203.0.113.9', subject='Win'):
    when = time.strftime('%a, %d %b %Y 10:00:00 +0000',
                         time.gmtime(DAY + day * 86400))
    return ('From: abuse@receiver.example\nTo: ruf@example.org\n'
            'Subject: report\nMessage-ID: <%d.%s@receiver.example>\n'
            'MIME-Version: 1.0\nContent-Type: multipart/report; '
            'report-type=feedback-report; boundary=b\n\n'
            '--b\nContent-Type: text/plain\n\nA mail failed.\n'
            '--b\nContent-Type: message/feedback-report\n\n'
            'Feedback-Type: auth-failure\nUser-Agent: x/1\nVersion: 1\n'
            'Original-Mail-From: <bad@%s>\nArrival-Date: %s\n'
            'Source-IP: %s\nReported-Domain: %s\nAuth-Failure: dmarc\n'
            'Delivery-Result: reject\n\n'
            '--b\nContent-Type: text/rfc822-headers\n\n'
            'From: Boss <boss@%s>\nSubject: %s\n\n--b--\n'
            % (day, domain, domain, when, ip, domain, domain,
               subject)).encode()


def test_failures_are_those_of_the_records(asked):
    for options, first, last in ([], 10, 39), (['--day=' + date(36)], 36, 36):
        failing = [row for row in rows('example.org', first, last)
                   if not row.passed]
        groups = group(failing, lambda row: (row.ip, row.org))
        got = asked.json('failures', 'example.org', *options)
        assert got['failures'] == []
        assert {(row['ip'], row['org_name']): (row['messages'],
                                               row['last_date'])
                for row in got['failing']} == {
            key: (messages(those), date(max(row.day for row in those)))
            for key, those in groups.items()}
        assert {(row['cause'], row['disposition'], row['who'] == row['ip'])
                for row in got['failing']} == {('dkim_broken', 'none', True)}
        out = asked('failures', 'example.org', *options).splitlines()
        assert out[1] == '{:,} of {:,} messages failed, from 2 senders'.format(
            messages(failing), messages(rows('example.org', first, last)))
        assert out[4 + len(groups):] == [
            '', 'Explain one of them: ruactl why example.org WHO']
    assert asked('failures', 'example.org', '-n1').endswith(
        '\n\nOnly the first 1: -n 10 shows more\n'
        'Explain one of them: ruactl why example.org WHO\n')


def test_nothing_failed_is_an_answer(asked):
    assert asked('failures', 'example.com') == (
        'example.com, 30 days to %s\n0 of 12 messages failed, from 0 senders\n'
        % date(TODAY - 1))
    assert asked('failures', 'nix.example').startswith('No reports about nix')


def test_failure_reports_come_with_them(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('in/1.eml', arf(2))
    own.put('in/2.eml', arf(3, 'sub.example.org', subject='=?utf-8?q?=E2=80=AEred?='))
    own.put('in/3.eml', arf(3, 'notexample.org'))
    own.put('in/4.eml', arf(TODAY))
    own('import', 'in')
    out = own('failures', 'example.org')    # no aggregate report, and no lie
    assert out.startswith('Failure reports\n') and date(TODAY) in out
    own.put('a.xml', report(day=5, rows=[('192.0.2.1', 3, FAIL)]))
    own('import', 'a.xml')
    got = own.json('failures', 'example.org')
    assert [row['messages'] for row in got['failing']] == [3]
    assert [(row['arrival_ts'], row['reported_domain'])
            for row in got['failures']] == [
        (DAY + day * 86400 + 36000, domain) for day, domain in (
            (TODAY, 'example.org'), (3, 'sub.example.org'),
            (2, 'example.org'))]
    one = got['failures'][2]
    assert (one['ip'], one['auth_failure'], one['delivery_result'],
            one['header_from'], one['subject']) == (
        '203.0.113.9', 'dmarc', 'reject', 'boss@example.org', 'Win')
    out = own('failures', 'example.org', '--day=' + date(3))
    assert '\u202e' not in out and '\\u{202e}red' in out
    assert out.startswith('Failure reports\n') and out.count('\n') == 5
    assert out.endswith('\n\nExplain one of them: ruactl failures ID\n')
    shown = own.terminal('failures', 'example.org', env={'NO_COLOR': '1'})
    assert max(map(len, shown.splitlines())) <= 80


# --- TLS --------------------------------------------------------------------

# (reporter, day, [(domain, type, ok, [(result, mx, failed)])])
TLS = [('Google Inc.', day, [('example.org', 'sts', 100 + day, [
    ('certificate-expired', 'mx1.example.org', 2),
    ('starttls-not-supported', 'mx2.example.org', day)]),
    ('example.com', 'no-policy-found', 9, [])]) for day in range(1, 36)] + [
    ('Liar', 30000, [('example.org', 'sts', 1000000, [])])]


def tlsrpt(org, day, policies):
    stamp = [time.strftime('%Y-%m-%dT%H:%M:%SZ',
                           time.gmtime(DAY + day * 86400 + second))
             for second in (0, 86399)]
    return json.dumps({
        'organization-name': org, 'contact-info': 'a@receiver.example',
        'date-range': {'start-datetime': stamp[0], 'end-datetime': stamp[1]},
        'report-id': '%s %d' % (org, day),
        'policies': [{
            'policy': {'policy-type': kind, 'policy-domain': domain},
            'summary': {
                'total-successful-session-count': ok,
                'total-failure-session-count': sum(f[2] for f in failed)},
            'failure-details': [{
                'result-type': result, 'receiving-mx-hostname': mx,
                'failed-session-count': n} for result, mx, n in failed],
        } for domain, kind, ok, failed in policies]}).encode()


def test_tls_is_what_the_reports_say(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('a.xml', report())
    own('import', 'a.xml')
    assert own('tls', 'example.net') == (
        'No TLS reports about example.net.\n'
        'To receive them, publish this record in DNS:\n'
        '_smtp._tls.example.net TXT "v=TLSRPTv1; rua=mailto:ADDRESS"\n')
    assert own.json('tls') == {'policies': [], 'failures': []}
    for i, one in enumerate(TLS):
        own.put('in/%d.json' % i, tlsrpt(*one))
    own('import', 'in')
    for args, first, last in ([], 6, 35), (
            ['--since=' + date(3), '--until=' + date(4)], 3, 4):
        days = range(first, last + 1)
        ok, failed = sum(100 + d for d in days), sum(2 + d for d in days)
        got = own.json('tls', *args)
        assert got['policies'] == [
            {'domain': 'example.org', 'type': 'sts', 'ok': ok,
             'failed': failed, 'ok_pct': share(ok, ok + failed),
             'reports': len(days), 'reporters': 1, 'last_date': date(last)},
            {'domain': 'example.com', 'type': 'no-policy-found',
             'ok': 9 * len(days), 'failed': 0, 'ok_pct': 100.0,
             'reports': len(days), 'reporters': 1, 'last_date': date(last)}]
        assert [(row['result'], row['mx'], row['failed'])
                for row in got['failures']] == [
            ('starttls-not-supported', 'mx2.example.org', sum(days)),
            ('certificate-expired', 'mx1.example.org', 2 * len(days))]
        assert own.json('tls', 'example.com', *args) == {
            'policies': got['policies'][1:], 'failures': []}
    out = own('tls').splitlines()
    assert out[0] == 'TLS, 30 days to ' + date(35) and out[6] == 'What failed'
    shown = own.terminal('tls', env={'NO_COLOR': '1'})
    assert max(map(len, shown.splitlines())) <= 80
    assert own('tls', '--day=' + date(40)).endswith(
        'No TLS reports for these days.\nChange --since, --until or --day\n')


# --- reporters --------------------------------------------------------------

def test_reporters_are_those_of_the_reports(asked):
    for options, first, last in ([], TODAY - 90, TODAY - 1), (
            ['--since=' + date(-5), '--until=' + date(50)], -5, 50):
        reports = [one for one in REPORTS if first <= one[2] <= last]
        want = []
        for org, those in group(reports, lambda one: one[0]).items():
            days = [one[2] for one in those]
            want.append({
                'org_name': org, 'domains': len({one[1] for one in those}),
                'reports': len(those),
                'messages': sum(record[1] for one in those
                                for record in one[3]),
                'first_date': date(min(days)), 'last_date': date(max(days)),
                'days_silent': last - max(days)})
        got = asked.json('reporters', *options)
        for row in got:
            assert row.pop('avg_delay_hours') > -24
        assert got == sorted(want, key=lambda row: -row['messages'])
        assert len(got) == (3 if options else 1)


def test_reporters_for_people(asked):
    out = asked('reporters', '--until=' + date(41)).splitlines()
    assert out[0] == 'Reporters, 90 days to ' + date(41)
    assert out[2].split() == ['reporter', 'domains', 'reports', 'messages',
                              'first', 'day', 'last', 'day', 'silent']
    assert out[3].split() == [
        'Big', 'Mail', '1', '40',
        str(messages(row for row in ROWS if row.org == 'Big Mail')),
        date(0), date(39), '2']
    assert asked('reporters', '--day=' + date(41)).splitlines()[1] == (
        'No reports for these days.')


# --- ready ------------------------------------------------------------------

def test_ready_is_computed_from_the_records(asked):
    for args in [], ['--since=' + date(1), '--until=' + date(39)]:
        got = asked.json('ready', 'example.org', *args)[0]
        first = 1 if args else 10
        those = rows('example.org', first, 39)
        failing = [row for row in those if not row.passed]
        todo, text = got.pop('todo'), got.pop('text')
        assert got == {
            'domain': 'example.org', 'policy': 'none', 'sp': 'none',
            'np': None, 'pct': 100, 'testing': False,
            'policy_domain': 'example.org', 'days': 40 - first,
            'reporters': 2, 'messages': messages(those),
            'pass_pct': share(messages(those) - messages(failing),
                              messages(those)),
            'pass': messages(those) - messages(failing),
            'fail': messages(failing), 'lost': 0, 'suffers': 0, 'stopped': 0,
            'unknown': messages(failing),
            # Their envelope sender is the domain; of some often enough.
            'like_own': messages(row for row in failing if len({
                one.day for one in rows('example.org', 0, 39)
                if one.ip == row.ip and not one.passed}) >= 7),
            'verdict': 'name_senders',
            'thin': True, 'quarantine': False, 'reject': False}
        assert sum(task['messages'] for task in todo) == messages(failing)
        assert text[-1] == (
            'This rests on little: %d days by 2 reporters.' % (40 - first))
    assert {row['domain'] for row in
            asked.json('ready', '--until=' + date(39))} == {
        'example.org', 'example.com'}
    assert asked('ready', 'nix.example').startswith('No reports about nix')


def test_ready_gives_the_verdict_and_what_to_do(build, tmp_path):
    own = Ctl(build, tmp_path)
    for day in range(20):
        for org in 'One', 'Two', 'Three':
            own.put('in/%s%d.xml' % (org, day), report(
                org, ident=org + str(day), day=day, rows=[
                    ('192.0.2.1', 500, PASS), ('192.0.3.2', 5, FAIL),
                    ('192.0.4.3', 20, FAIL), ('192.0.5.4', 9, FAIL)]))
    own.put('in/future.xml', report('Liar', day=30000))
    own('import', 'in')

    def ready():
        row = own.json('ready', 'example.org')[0]
        view = own.query('SELECT days, messages FROM v_readiness')
        assert view == [(20, 60 * 534)] == [(20, row['messages'])]
        text = own('ready').partition('\n\nexample.org, p=none: ')[2]
        verdict, *lines = text.splitlines()
        while lines and lines[0].startswith(' '):
            del lines[0]            # the answers, which test_ready.py reads
        return [row[name] for name in (
            'lost', 'suffers', 'stopped', 'unknown')], row['verdict'], [
            verdict, *lines]
    find = 'To find out, the riskiest first:'
    kind = 'KIND is own, service, forwarder or hostile.'
    sign = 'messages failed: your domain is often its envelope sender'

    def task(ip, n):
        return ['  %s, %s %s' % (ip, n, sign),
                '    ruactl why example.org ' + ip,
                '    ruactl sender add NAME KIND ' + ip]
    assert ready() == ([0, 0, 0, 60 * 34], 'name_senders', [
        'name your senders first',
        'Name your senders first, which this helps with:',
        '  ruactl sender suggest example.org', find,
        *task('192.0.4.3', '1,200'), *task('192.0.5.4', 540),
        *task('192.0.3.2', 300), kind])
    own('sender', 'add', 'List', 'forwarder', '192.0.4.3')
    own('sender', 'add', 'Server', 'own', '192.0.2.1')
    assert ready() == ([0, 1200, 0, 840], 'check_unknown', [
        'check unknown senders first', find,
        *task('192.0.5.4', 540), *task('192.0.3.2', 300), kind])
    own('sender', 'add', 'Shop', 'service', '192.0.3.2')
    own('sender', 'add', 'Bot', 'hostile', '192.0.5.4')
    assert ready() == ([300, 1200, 540, 0], 'fix_senders', [
        'fix known senders first', 'To fix:', '  Shop, 300 messages failed',
        '    ruactl why example.org Shop'])


# --- all of them ------------------------------------------------------------

QUESTIONS = [['sources', 'example.org'], ['failures', 'example.org'],
             ['reporters'], ['ready'], ['tls'], ['sources', '\x1b[31m'],
             ['failures', '\u202ex'], ['tls', '\x1bx'], ['ready', '\x1bx']]


def test_hostile_names_are_inert_in_every_answer(build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, text in enumerate(EVIL):
        own.put('in/%02d.xml' % i, report(text, ident='%02d' % i,
                                          rows=[('192.0.2.1', 3, FAIL)]))
    own('import', 'in')
    for args in QUESTIONS:
        for form in 'table', 'csv', 'json', 'jsonl':
            out = own('--format=' + form, *args)
            assert not UNSAFE.search(out.replace('\r\n', '\n')), (form, args)


def test_an_empty_database_says_what_to_do(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    for args in QUESTIONS[:4]:
        assert own(*args).startswith('No reports in ')
        assert 'ruad -1' in own(*args)
    assert '_smtp._tls.DOMAIN TXT' in own('tls')
