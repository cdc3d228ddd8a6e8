# SPDX-License-Identifier: BSD-2-Clause
"""ruactl digest, against the same computed here, and its exit status."""

import ipaddress
import json
import re
import sqlite3
import subprocess
import time

import pytest

import truth
from ctl import FAIL, PASS, Ctl, report
from patience import PATIENCE
from test_questions import TODAY, tlsrpt
from test_why import document, one_record
from test_questions import date as day_date
from test_ruactl import EVIL, UNSAFE
from truth import date, failing, group, messages, passes

FIRST, LAST = truth.LAST - 6 * 86400, truth.LAST
PERIOD = ['--since=' + date(FIRST), '--until=' + date(LAST)]


@pytest.fixture(scope='module')
def known(build, tmp_path_factory):
    return truth.Truth(build, tmp_path_factory.mktemp('known'))


def ask(ctl, *args):
    """What is in the letter; the exit status says whether it has problems."""
    done = subprocess.run([ctl.program, 'digest', '--format=json', *args],
                          env=ctl.env, stdout=subprocess.PIPE, timeout=PATIENCE,
                          check=False)
    letter = json.loads(done.stdout)
    assert done.returncode == (1 if letter['problems'] else 0)
    return letter


def share(part, whole):
    return 10000 * part // whole / 100 if whole else None


# --- the tables -------------------------------------------------------------

def test_domains_are_compared_with_the_days_before(known):
    told = 0
    for last in range(13, truth.DAYS, 5):
        last = truth.FIRST + last * 86400
        first = last - 6 * 86400
        want, dropped = [], []
        for domain, rows in group(known.find(first=first, last=last),
                                  lambda row: row.report.domain).items():
            before = known.find(domain, first - 7 * 86400, first - 86400)
            good, old = filter(passes, rows), filter(passes, before)
            good, old = messages(good), messages(old)
            fail = messages(rows) - good
            now = share(good, messages(rows))
            then = share(old, messages(before))
            want.append({'domain': domain, 'messages': messages(rows),
                         'pass_pct': now, 'before_pct': then, 'fail': fail})
            if fail >= 10 and before and (good * 100 / messages(rows) <=
                                          old * 100 / messages(before) - 2):
                dropped.append((-fail, domain, '%s: %.1f%% compliant, %.1f%% '
                                'in the days before' % (
                                    domain, int(now * 10) / 10,
                                    int(then * 10) / 10)))
        got = ask(known.ctl, '--since=' + date(first),
                  '--until=' + date(last))
        assert got['domains'] == sorted(
            want, key=lambda row: (-row['messages'], row['domain']))
        assert [one[1:] for one in sorted(dropped)] == [
            (row['subject'], row['what']) for row in got['problems']
            if row['kind'] == 'compliance']
        told += len(dropped)
    assert told > 3


def network_of(ip):
    bits = 24 if ':' not in ip else 64
    return ipaddress.ip_network('%s/%d' % (ip, bits), strict=False)


def test_new_senders_are_those_of_no_earlier_report(known):
    """Nobody is named here: senders are what SPF proves, or networks."""
    got = ask(known.ctl, *PERIOD)['senders']
    assert [row['messages'] for row in got] == sorted(
        (row['messages'] for row in got), reverse=True)
    want = {}
    before = {(row.report.domain, network_of(row.record.ip))
              for row in known.rows if LAST - 60 * 86400 < row.report.day < FIRST}
    for row in known.find(first=FIRST):
        key = row.report.domain, network_of(row.record.ip)
        if key not in before:
            want.setdefault(key, []).append(row)
    networks = [row for row in got if row['evidence'] in (
        'network', 'address')]
    assert len(networks) > 5
    for row in networks:
        key = row['domain'], network_of(row['who'].split('/')[0])
        rows = want[key]
        assert row['messages'] <= messages(rows)
        if row['evidence'] == 'address':
            assert row['addresses'] == 1
    out = known.ctl('digest', *PERIOD, code=1)
    assert out.count('\nThe first 10 of them\n') == 1


def test_new_policies_are_those_that_no_report_before_told(known):
    def policy(r):
        return r.p, r.sp, r.np, r.adkim, r.aspf, r.pct

    def same(a, b):
        return all(x == y or None in (x, y) for x, y in zip(a, b))
    found = 0
    for last in range(truth.DAYS - 1, 5, -6):
        first = truth.FIRST + (last - 4) * 86400
        last = truth.FIRST + last * 86400
        want = set()
        for r in known.reports:
            if not first <= r.day <= last:
                continue
            day = min(x.day for x in known.reports
                      if x.domain == r.domain and policy(x) == policy(r)
                      and x.day >= first)
            old = [x for x in known.reports
                   if x.domain == r.domain and x.day < day]
            # Those of 30 days count.
            newest = max((x.day for x in old), default=0)
            recent = [x for x in old if x.day > newest - 30 * 86400]
            if old and not any(same(policy(x), policy(r)) for x in recent):
                want.add((r.domain, date(day), *policy(r)))
        got = {tuple(row.values())[:-1] for row in ask(
            known.ctl, '--since=' + date(first),
            '--until=' + date(last))['policies']}
        assert got == want
        found += len(want)
    assert found


def test_a_policy_that_changed_is_told_with_the_one_before(build, tmp_path):
    own = Ctl(build, tmp_path)
    for day, p in (-20, 'none'), (-10, 'none'), (-3, 'quarantine'):
        own.put('in/%d.xml' % day, report(ident=str(day), day=TODAY + day,
                                          p=p, rows=[('192.0.2.1', 9, PASS)]))
    own.put('in/new.xml', report(domain='new.example', day=TODAY - 2))
    own('import', 'in')
    assert ask(own)['policies'] == [{
        'domain': 'example.org', 'first_date': day_date(TODAY - 3),
        'p': 'quarantine', 'sp': 'quarantine', 'np': None, 'adkim': 'r',
        'aspf': 'r', 'pct': 100, 'before_p': 'none'}]
    assert ask(own, '--since=2d')['policies'] == []
    out = own('digest').splitlines()
    assert out[:2] == ['DMARC, 7 days to ' + day_date(TODAY),
                       'Nothing to do.']
    assert out[-1].split() == ['example.org', day_date(TODAY - 3),
                               'quarantine', 'quarantine', '-', 'r', 'r',
                               '100', 'none']


# --- problems ---------------------------------------------------------------

@pytest.fixture
def sick(build, tmp_path):
    own = Ctl(build, tmp_path)
    for day in range(-30, 0):
        own.put('in/%d.xml' % day, report(ident=str(day), day=TODAY + day,
                                          rows=[('192.0.2.1', 90, PASS)]))
        if day < -6:
            own.put('in/s%d.xml' % day, report('Gone', 'example.com', str(day),
                                               TODAY + day))
    own('import', 'in')
    return own


def problems(own):
    return [(row['kind'], row['subject'], row['what'], row['command'])
            for row in ask(own)['problems']]


SILENT = ('silent', 'Gone', 'Gone: silent for 5 days',
          'ruactl reporters')


def test_who_stopped_to_report_is_told(sick):
    assert problems(sick) == [SILENT]


def test_what_cannot_be_read_is_told(sick):
    assert problems(sick) == [SILENT]
    sick.put('bad.xml', b'<?xml version="1.0"?><feedback><report_metadata>')
    sick('import', 'bad.xml', code=65)
    assert problems(sick) == [
        ('unreadable', None, '1 message could not be read',
         'ruactl query unreadable'), SILENT]


def test_a_mailbox_that_is_not_read_is_told(sick):
    db = sqlite3.connect(sick.database)
    now = int(time.time())
    for i, (active, ok, error) in enumerate([
            (1, now, None), (1, 1700000000, 'no route'), (1, None, None),
            (0, None, 'gone'), (1, now, 'wrong password')]):
        db.execute('INSERT INTO mailbox (name, server, username, folder,'
                   " active, last_ok_ts, last_error) VALUES (?, 's', 'u', 'f',"
                   ' ?, ?, ?)', ('m%d' % i, active, ok, error))
    db.commit()
    db.close()
    got = problems(sick)
    assert [row[:2] for row in got] == [
        ('mailbox', 'm1'), ('mailbox', 'm2'), ('mailbox', 'm4'),
        SILENT[:2]]
    assert re.fullmatch(r'm1: no good poll for \d{4} days \(no route\)',
                        got[0][2])
    assert got[1][2] == 'm2: no good poll yet'
    assert got[2][2] == 'm4: wrong password'


def test_compliance_that_dropped_is_told(sick):
    sick.put('fail.xml', report(ident='x', day=TODAY - 3,
                                rows=[('192.0.2.66', 60, FAIL)]))
    sick('import', 'fail.xml')
    # 6 days of 90, which passed, and these
    assert problems(sick)[0] == (
        'compliance', 'example.org',
        'example.org: 90.0% compliant, 100.0% in the days before',
        'ruactl failures example.org')


def test_a_known_sender_that_fails_is_told(sick):
    sick.put('fail.xml', report(ident='x', day=TODAY - 3, rows=[
        ('192.0.2.2', 1, FAIL), ('192.0.2.3', 5, PASS)]))
    sick('import', 'fail.xml')
    assert problems(sick) == [SILENT]
    sick('sender', 'add', 'Shop', 'service', '192.0.2.2/31')
    assert problems(sick) == [
        ('sender', 'example.org', '1 of 6 messages from your sender Shop failed '
         'as example.org', 'ruactl sources example.org --failing'), SILENT]
    sick('sender', 'add', 'Shop', 'hostile', '192.0.2.2/31')
    assert problems(sick) == [SILENT]


def test_a_domain_at_p_reject_that_loses_own_mail_is_told(sick):
    for day in range(-20, 0):
        for org in 'Receiver Inc.', 'Two', 'Three':
            sick.put('r%s%d.xml' % (org, day), report(
                org, 'example.net', '%s %d' % (org, day), TODAY + day,
                p='reject', rows=[
                    ('192.0.2.9', 90, PASS), ('192.0.2.8', 1, FAIL)]))
    sick('import', *('r%s%d.xml' % (org, day) for day in range(-20, 0)
                     for org in ('Receiver Inc.', 'Two', 'Three')))
    known = problems(sick)
    assert 'at_risk' not in {row[0] for row in known}
    assert 'named hostile' not in sick('digest', code=1)
    sick('sender', 'add', 'Shop', 'service', '192.0.2.8')
    assert problems(sick)[:-1] == [
        ('at_risk', 'example.net', 'example.net: p=reject, and 60 messages '
         'from your named senders failed', 'ruactl ready example.net'),
        ('sender', 'example.net', '18 of 18 messages from your sender Shop '
         'failed as example.net', 'ruactl sources example.net --failing')]
    polled(sick)
    assert ('example.net: p=reject, and 60 messages from your named senders '
            'failed;') in sick('check', code=1)
    sick('sender', 'add', 'Shop', 'hostile', '192.0.2.8')
    assert problems(sick) == known
    assert ('\n18 messages from senders that you named hostile failed, as they '
            'should.\n') in sick('digest', code=1)
    assert 'p=reject' not in sick('check', code=1)


def polled(own):
    with sqlite3.connect(own.database) as db:
        db.execute('INSERT INTO mailbox (name, server, username, folder,'
                   " active, last_ok_ts) VALUES ('own', 's', 'u', 'f', 1, ?)",
                   (int(time.time()),))


# The keys of a domain are changed: one of its servers is forgotten, and SPF
# goes on passing there.
KEYS = {'old': ('example.org', 's1', 'pass'),
        'new': ('example.org', 's2', 'pass'),
        'forgotten': ('example.org', 's1', 'fail')}


def rotate(own, others, days=20, turned=5, last=-1):
    """others: addresses that still sign with the old key in the end."""
    for day in range(last - days + 1, last + 1):
        is_new = day > last - turned
        own.put('k/%d.xml' % day, document([
            one_record(9, [KEYS['new' if is_new and ip not in others else
                                'forgotten' if is_new else 'old']],
                       [('example.org', 'mfrom', 'pass')],
                       ('fail' if is_new and ip in others else 'pass', 'pass'),
                       ip=ip)
            for ip in ('192.0.2.24', '192.0.2.25', '192.0.2.26', '192.0.2.27',
                       '192.0.2.28')], ident='k%d' % day, day=TODAY + day))
    own('import', 'k')


def stopped(own):
    return [(row['what'], row['command']) for row in ask(own)['problems']
            if row['kind'] == 'stopped']


@pytest.mark.parametrize('named', [False, True])
def test_a_server_that_was_forgotten_when_keys_changed_is_told(
        build, tmp_path, named):
    own = Ctl(build, tmp_path)
    rotate(own, ['192.0.2.25'])
    who, word = ('Our servers (192.0.2.25)', "'Our servers'") if named else (
        '192.0.2.25', '192.0.2.25')
    if named:
        own('sender', 'add', 'Our servers', 'own', '192.0.2.0/24')
    line = ('DKIM of %s stopped passing as example.org on %s: it still signs '
            'with the selector s1, others with s2' % (
                who, day_date(TODAY - 5)))
    command = 'ruactl why example.org ' + word
    assert stopped(own) == [(line, command)]
    polled(own)
    assert line[:100] in own('check', code=1)
    assert ' '.join(own('digest', code=1).split()).count(
        '! %s %s ' % (line, command)) == 1
    own('sender', 'add', 'Not us', 'forwarder', '192.0.2.25')
    assert not stopped(own)
    assert 'stopped' not in own('check')


def test_many_that_were_forgotten_are_one_line(build, tmp_path):
    own = Ctl(build, tmp_path)
    rotate(own, ['192.0.2.24', '192.0.2.25', '192.0.2.26', '192.0.2.27'])
    assert stopped(own) == [(
        'DKIM of 192.0.2.24, 192.0.2.25, 192.0.2.26 and 1 more stopped passing '
        'as example.org on %s: they still sign with the selector s1, others '
        'with s2' % day_date(TODAY - 5), "ruactl why example.org 'own SPF'")]


@pytest.mark.parametrize('turned, told', [(2, False), (3, True), (17, True),
                                          (18, False)])
def test_three_days_are_needed_of_each(build, tmp_path, turned, told):
    own = Ctl(build, tmp_path)
    rotate(own, ['192.0.2.25'], turned=turned)
    assert bool(stopped(own)) == told


def test_what_stopped_long_ago_and_sends_no_more_is_not_told(build, tmp_path):
    own = Ctl(build, tmp_path)
    rotate(own, ['192.0.2.25'], last=-8)
    own.put('new.xml', report(day=TODAY - 1, rows=[('192.0.2.24', 1, PASS)]))
    own('import', 'new.xml')
    assert not stopped(own)
    assert ask(own, '--since=14d')['problems'][0]['kind'] == 'stopped'
    # And check looks at the last week.
    polled(own)
    assert 'stopped' not in own('check', code=1)


@pytest.mark.parametrize('failed, told', [(1, False), (2, True)])
def test_tls_that_fails_is_told_from_one_percent_on(sick, failed, told):
    sick.put('t.json', tlsrpt('Google Inc.', TODAY - 2, [
        ('example.org', 'sts', 199 - failed,
         [('certificate-expired', 'mx.example.org', failed)])]))
    sick('import', 't.json')
    tls = ('tls', 'example.org', 'example.org: %d of 199 TLS connections '
           'failed (sts)' % failed, 'ruactl tls example.org')
    assert problems(sick) == ([tls] if told else []) + [SILENT]


def test_a_command_is_nothing_else_to_a_shell(sick):
    for i, domain in enumerate(('$(reboot).example', '--help', 'a;b.example')):
        sick.put('t%d.json' % i, tlsrpt('G', TODAY - 2, [
            (domain, 'sts', 1, [('validation-failure', 'mx', 9)])]))
    sick('import', 't0.json', 't1.json', 't2.json')
    assert {row[3] for row in problems(sick)} == {
        'ruactl summary', 'ruactl reporters', 'ruactl query conflicts'}


# --- the letter -------------------------------------------------------------

def test_nothing_to_do_is_said_and_exits_with_0(build, tmp_path):
    own = Ctl(build, tmp_path)
    for day in range(-9, 0):
        own.put('in/%d.xml' % day, report(ident=str(day), day=TODAY + day))
    own('import', 'in')
    assert own('digest', code=0) == (
        'DMARC, 7 days to %s\nNothing to do.\n\nDomains\n'
        'domain      messages compliant before failing\n'
        'example.org       60    100.0%% 100.0%%       0\n' % day_date(TODAY))
    assert ask(own)['problems'] == []


def test_problems_come_first(sick):
    out = sick('digest', code=1).splitlines()
    assert out[1:4] == ['1 thing needs attention:', '! ' + SILENT[2],
                        '  ruactl reporters']
    assert sick('digest', '--format=csv', code=1).splitlines() == [
        'kind,subject,what,command', ','.join('"%s"' % x for x in SILENT)]


def test_days_without_reports_are_a_problem(known):
    out = known.ctl('digest', code=1)
    assert '! no reports about these days\n  ruactl status\n' in out
    assert 'There are some' not in out


def test_an_empty_database_says_what_to_do(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    out = own('digest', code=1)
    assert 'no reports about these days' in out and 'ruad -1' in out


def test_a_letter_is_72_columns_wide_whatever_is_in_it(build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, text in enumerate(EVIL):
        own.put('in/%d.xml' % i, report(
            text * 9, 'x' * 60 + '.example', str(i), TODAY - 2,
            [('2001:db8:1111:2222:3333:4444:5555:6%03d' % i, 99999, FAIL)]))
        own.put('in/%d.json' % i, tlsrpt(text, TODAY - 3, [
            (text * 9, 'sts', 1, [('validation-failure', 'mx', 9)])]))
    own('import', 'in')
    for env in {}, {'LC_ALL': 'C'}, {'COLUMNS': '200'}:
        out = own('digest', code=1, env=env)
        assert max(map(len, out.splitlines())) <= 72
        assert not UNSAFE.search(out) and '\x1b' not in out
        assert env != {'LC_ALL': 'C'} or out.isascii()
    shown = own.terminal('digest')
    assert '\x1b' not in shown and own.code == 1
