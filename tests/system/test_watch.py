# SPDX-License-Identifier: BSD-2-Clause
"""What watches ruad: ruactl check and ruactl metrics."""

import re
import sqlite3
import time
from collections import Counter

import pytest

from ctl import DAY as FIRST_DAY
from ctl import FAIL, PASS, Ctl, report
from test_why import GOOD_DKIM, document, one_record

DAY = 86400
TODAY = int(time.time()) // DAY * DAY


@pytest.fixture
def ctl(build, tmp_path):
    """A database with reports on no day, and no mailbox."""
    made = Ctl(build, tmp_path)
    made.put('old.xml', report(day=-300))
    made('import', 'old.xml')
    return made


def change(ctl, sql, *values):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute(sql, values)
    db.close()


def add_mailbox(ctl, name, age, active=1, error=None, error_class=None):
    change(ctl, 'INSERT INTO mailbox (name, server, username, folder, active,'
           ' last_ok_ts, last_error, last_error_class)'
           ' VALUES (?, ?, ?, ?, ?, ?, ?, ?)', name,
           'imap.example.org', 'rua', 'INBOX', active,
           None if age is None else int(time.time()) - age, error,
           error_class)


def add_reports(ctl, org, last, days=14, gap=None):
    """One on each day; the last so many days before today."""
    for i in range(days):
        if i != gap:
            change(ctl, 'INSERT INTO report (org_name, external_id, begin_ts,'
                   ' end_ts, day, domain, reporter, content_sha256,'
                   " imported_ts) VALUES (?1, ?2, ?3, ?3 + 86399, ?3,"
                   " 'example.org', ?1, randomblob(32), ?3)", org, str(i),
                   TODAY - (last + i) * DAY)


def perf(line):
    """The performance data, as a monitoring system takes it apart."""
    text = line.rstrip('\n').partition('|')[2].strip()
    found = re.findall(r"'([^'=]+)'=(U|\d+)s?;(\d*);(\d*);0(?: |$)", text)
    assert ' '.join(re.findall(r"'[^']+'=\S+", text)) == text
    assert len(found) == text.count('=')
    return {label: value for label, value, _, _ in found}


@pytest.mark.parametrize('error_class,state', [
    ('passing', 0), ('network', 0), ('permission', 1), ('configuration', 1),
    ('bug', 1)])
def test_only_what_does_not_heal_is_a_warning_at_once(
        ctl, error_class, state):
    add_mailbox(ctl, 'own', 60, error='a | b', error_class=error_class)
    line = ctl('check', code=state)
    assert ('RUAD WARNING: own: a / b |' in line) == (state == 1)


@pytest.mark.parametrize('error_class', ['permission', 'passing'])
def test_what_keeps_messages_unfiled_is_told_once(ctl, error_class):
    add_mailbox(ctl, 'own', 60, error='no rights', error_class=error_class)
    change(ctl, "UPDATE mailbox SET unfiled_error = 'no rights'")
    assert ctl('check', code=1).count('no rights') == 1
    assert ctl('digest', code=1).count('no rights') == 1
    change(ctl, "UPDATE mailbox SET last_error = NULL")
    assert 'messages stay unfiled (no rights)' in ctl('check', code=1)
    assert 'own: messages stay unfiled (no rights)' in ' '.join(
        ctl('digest', code=1).split())
    change(ctl, "UPDATE mailbox SET last_error = 'other',"
           " last_error_class = 'permission'")
    line = ctl('check', code=1)
    assert 'own: other; own: messages stay unfiled (no rights)' in line


def test_well(ctl):
    add_mailbox(ctl, 'main', 300)
    add_reports(ctl, 'Big Mail', 1)
    line = ctl('check')
    assert re.fullmatch(r"RUAD OK: 1 mailbox, last good poll 5 min ago \| "
                        r"'good_poll_main'=3\d\ds;;7200;0 "
                        r"'undelivered'=0;0;;0 'failed'=0;0;;0 "
                        r"'conflicts'=0;0;;0 "
                        r"'silent_reporters'=0;0;;0\n", line), line
    add_mailbox(ctl, 'other', 90)
    assert ctl('check').startswith(
        'RUAD OK: 2 mailboxes, last good poll 5 min ago or less |')


@pytest.mark.parametrize('age, option, code', [
    (7100, [], 0), (7300, [], 2), (7300, ['--poll=3h'], 0),
    (120, ['--poll=1m'], 2), (None, [], 2), (-7300, [], 2), (-60, [], 0)])
def test_a_mailbox_without_a_good_poll_is_critical(ctl, age, option, code):
    add_mailbox(ctl, 'well', 0)
    add_mailbox(ctl, 'main', age, error='login failed | badly')
    line = ctl('check', *option, code=code)
    assert line.startswith('RUAD CRITICAL: main: ' if code else 'RUAD OK: ')
    if code:
        assert '(login failed / badly) | ' in line
    assert line.count('\n') == 1 and line.count('|') == 1
    assert set(perf(line)) == {'good_poll_main', 'good_poll_well', 'failed',
                               'undelivered', 'conflicts',
                               'silent_reporters'}


def test_a_mailbox_that_is_not_active_is_not_watched(ctl):
    add_mailbox(ctl, 'main', 60)
    add_mailbox(ctl, 'gone', 10**6, active=0)
    assert 'gone' not in ctl('check')


def test_mails_that_failed_lately_are_a_warning(ctl):
    add_mailbox(ctl, 'main', 60)
    ctl.put('bad.xml', b'<feedback><report_metadata>')
    ctl('import', 'bad.xml', code=65)
    line = ctl('check', code=1)
    assert line.startswith('RUAD WARNING: 1 message could not be read in 24 '
                           'h: ruactl query unreadable | ')
    assert perf(line)['failed'] == '1'
    change(ctl, "UPDATE message SET fetched_ts = unixepoch() - 86460")
    assert perf(ctl('check'))['failed'] == '0'


@pytest.mark.parametrize('last, days, gap, silent', [
    (4, 14, None, None), (5, 14, None, 3), (32, 14, None, 30),
    (33, 14, None, None), (5, 13, None, None), (5, 14, 6, None),
    (5, 15, 14, 3), (-3, 14, None, None)])
def test_a_daily_reporter_that_stopped_is_a_warning(ctl, last, days, gap,
                                                    silent):
    add_mailbox(ctl, 'main', 60)
    add_reports(ctl, 'Big | Mail', last, days, gap)
    line = ctl('check', code=0 if silent is None else 1)
    if silent is not None:
        assert line.startswith('RUAD WARNING: Big / Mail: silent for %d days '
                               '|' % silent)
    assert perf(line)['silent_reporters'] == str(int(silent is not None))


def test_many_silent_reporters_stay_one_line(ctl):
    add_mailbox(ctl, 'main', 10**5)
    for i in range(5):
        add_reports(ctl, 'Org %d' % i, 6)
    line = ctl('check', code=2)
    assert ('RUAD CRITICAL: main: no good poll for 27 h; Org 0: silent for 4 '
            'days; Org 1: silent for 4 days; Org 2: silent for 4 days; 2 more '
            'silent reporters | ') in line
    assert perf(line)['silent_reporters'] == '5'


def test_what_cannot_be_checked_is_unknown(ctl):
    assert ctl('check', code=3) == (
        'RUAD UNKNOWN: no mailbox was polled yet: see ruad.conf(5)\n')
    assert ctl('-d', 'none.db', 'check', code=3).startswith(
        'RUAD UNKNOWN: there is no database at ')
    ctl('check', '--poll=soon', code=64)
    assert '--poll needs a duration such as' in ctl.error
    ctl('check', '--poll=0', code=64)


def test_a_hostile_name_forges_nothing(ctl):
    add_mailbox(ctl, "a'b|c=d\n\033[31m", 10**6)
    line = ctl('check', code=2)
    assert line.count('\n') == 1 and '\033' not in line
    assert line.count('|') == 1
    assert perf(line)['good_poll_a_b_c_d__[31m']


# --- metrics ----------------------------------------------------------------

def samples(text):
    """The text format as its specification has it: {(name, labels): value}."""
    found, types = {}, {}
    for line in text.splitlines():
        if line.startswith('#'):
            word, name, rest = line[2:].split(' ', 2)
            assert rest
            if word == 'TYPE':
                assert rest == 'gauge' and name not in types
                types[name] = rest
            else:
                assert word == 'HELP'
            continue
        match = re.fullmatch(r'([a-z_]+)(?:{(.*)})? (\d+)', line)
        name, labels, value = match.groups()
        pairs = re.findall(r'([a-z_]+)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)',
                           labels or '')
        assert ','.join('%s="%s"' % pair for pair in pairs) == (labels or '')
        key = name, *((label, re.sub(r'\\(.)', r'\1', text))
                      for label, text in pairs)
        assert name in types and key not in found
        found[key] = int(value)
    assert {key[0] for key in found} <= set(types)
    return found


def test_metrics_count_what_was_reported(ctl):
    ctl.put('in/1.xml', report('Big Mail', 'example.com', 'a', 0, rows=(
        ('192.0.2.1', 990, PASS), ('192.0.2.2', 10, FAIL),
        ('192.0.2.3', 5, ('fail', 'pass')))))
    ctl.put('in/2.xml', report('Big Mail', 'example.com', 'b', 1, rows=(
        ('192.0.2.1', 7, FAIL),)))
    ctl.put('in/bad.xml', b'<feedback><report_metadata>')
    ctl.put('in/other.txt', b'How are you?')
    ctl('import', 'in', code=65)
    add_mailbox(ctl, 'main', 60)
    add_mailbox(ctl, 'never', None)
    add_mailbox(ctl, 'gone', 60, active=0)
    assert FIRST_DAY < TODAY
    found = samples(ctl('metrics'))
    polled = found.pop(('ruad_mailbox_last_good_poll_timestamp_seconds',
                        ('mailbox', 'main')))
    assert ctl.query("SELECT last_ok_ts FROM mailbox WHERE name = 'main'"
                     ) == [(polled,)]
    assert found == {
        ('ruad_messages', ('domain', 'example.com'), ('result', 'pass')): 995,
        ('ruad_messages', ('domain', 'example.com'), ('result', 'fail')): 17,
        ('ruad_messages', ('domain', 'example.org'), ('result', 'pass')): 10,
        ('ruad_messages', ('domain', 'example.org'), ('result', 'fail')): 0,
        **{('ruad_%s_messages' % result, ('domain', domain),
            ('class', name)): n if name == 'unknown' else 0
           for result, domain, n in (
               ('failed', 'example.com', 17), ('failed', 'example.org', 0),
               ('passed', 'example.com', 995), ('passed', 'example.org', 10))
           for name in ('known', 'forwarded', 'hostile', 'unknown')},
        # The newest report about example.org is older than 30 days.
        ('ruad_domain_ready', ('domain', 'example.com'), ('policy', 'none'),
         ('verdict', 'too_little')): 0,
        ('ruad_reports', ('domain', 'example.com')): 2,
        ('ruad_reports', ('domain', 'example.org')): 1,
        ('ruad_tls_reports',): 0,
        ('ruad_failure_reports',): 0,
        ('ruad_conflicts', ('type', 'aggregate')): 0,
        ('ruad_conflicts', ('type', 'tls')): 0,
        ('ruad_mails', ('status', 'stored')): 3,
        ('ruad_mails', ('status', 'duplicate')): 0,
        ('ruad_mails', ('status', 'other')): 1,
        ('ruad_mails', ('status', 'failed')): 1,
        ('ruad_mailbox_last_good_poll_timestamp_seconds',
         ('mailbox', 'never')): 0,
        ('ruad_mailbox_last_poll_timestamp_seconds',
         ('mailbox', 'main')): 0,
        ('ruad_mailbox_last_poll_timestamp_seconds',
         ('mailbox', 'never')): 0,
    }


def test_failing_mail_is_counted_by_whose_it_is(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('r.xml', document([
        one_record(1 << i, ip='192.0.2.%d' % (i // 2),
                   reasons=[('forwarded', None)] if i % 2 else [])
        for i in range(10)] + [one_record(999, [GOOD_DKIM], verdict=(
            'pass', 'fail'))]))
    own('import', 'r.xml')
    for i, kind in enumerate(('own', 'service', 'forwarder', 'hostile')):
        own('sender', 'add', kind, kind, '192.0.2.%d' % i)
    want = {'known': 1 + 2 + 4 + 8, 'forwarded': 16 + 32 + 512,
            'hostile': 64 + 128, 'unknown': 256}
    assert {key[2][1]: value for key, value in samples(own('metrics')).items()
            if key[0] == 'ruad_failed_messages'} == want
    assert own.json('ready')[0]['fail'] == sum(want.values())
    got = Counter()
    for row in own.json('export', 'records'):
        got[row['class']] += row['messages']
    assert got == {'compliant': 999, **want}


def test_passing_mail_is_counted_by_who_sent_it(build, tmp_path):
    own = Ctl(build, tmp_path)
    own('import', own.put('r.xml', document([
        one_record(1 << i, [GOOD_DKIM], ip='192.0.2.%d' % i, verdict=(
            'pass', 'fail'), reasons=[('forwarded', None)] if i > 3 else [])
        for i in range(6)] + [one_record(999, ip='192.0.2.3')])))
    for i, kind in enumerate(('own', 'service', 'forwarder', 'hostile')):
        own('sender', 'add', kind, kind, '192.0.2.%d' % i)
    found = samples(own('metrics'))
    assert {key[2][1]: value for key, value in found.items()
            if key[0] == 'ruad_passed_messages'} == {
        'known': 1 + 2, 'forwarded': 4, 'hostile': 8, 'unknown': 16 + 32}
    assert {key[1:]: value for key, value in found.items()
            if key[0] == 'ruad_failed_sender_messages'} == {
        (('domain', 'example.org'), ('sender', 'hostile'),
         ('class', 'hostile')): 999}


def test_metrics_have_the_verdicts_of_ready(build, tmp_path):
    own = Ctl(build, tmp_path)
    for day in range(20):
        for org in 'One', 'Two', 'Three':
            for domain, rows in (
                    ('good.example', ()), ('new.example', (
                        ('192.0.2.9', 50, FAIL),))):
                own.put('in/%d-%s-%s' % (day, org, domain), report(
                    org, domain, org + str(day), day - 19, rows=(
                        ('192.0.2.1', 500, PASS), *rows)))
    own('import', 'in')
    own('sender', 'add', 'mine', 'own', '192.0.2.1')
    judged = {row['domain']: row for row in own.json('ready')}
    assert judged['good.example']['verdict'] == 'ready', judged
    assert judged['new.example']['verdict'] == 'check_unknown'
    found = samples(own('metrics'))
    assert {key[1:]: value for key, value in found.items()
            if key[0] == 'ruad_domain_ready'} == {
        (('domain', name), ('policy', row['policy']),
         ('verdict', row['verdict'])): int(name == 'good.example')
        for name, row in judged.items()}
    # Each of them is one of the 14 days in a row that a reporter needs.
    last = own.query('SELECT max(day) FROM report')[0][0]
    assert {key[1][1]: value for key, value in found.items()
            if key[0] == 'ruad_reporter_last_day_timestamp_seconds'} == {
        'One': last, 'Two': last, 'Three': last}


def test_a_hostile_name_forges_no_sample(ctl):
    add_mailbox(ctl, 'a"} 1\nruad_messages 9\\\033', 60)
    text = ctl('metrics')
    assert '\033' not in text
    assert ('ruad_mailbox_last_poll_timestamp_seconds', (
        'mailbox', 'a"} 1\\x0aruad_messages 9\\\\x1b')) in samples(text)


def test_metrics_without_a_database_print_nothing(ctl):
    assert ctl('-d', 'none.db', 'metrics', code=66) == ''
