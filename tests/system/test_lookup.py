# SPDX-License-Identifier: BSD-2-Clause
"""ruactl lookup against a private NSD and servers that misbehave: what is
believed, what is kept, when it is asked again, and what it costs at most."""

import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import pytest

from ctl import Ctl, report, FAIL
from nameserver import (EVIL, SERVFAIL, Question, address, empty, failing,
                        pack_name, record, reply, slow)
from patience import wait_until

DAY = 86400
REVERSE = '18.198.in-addr.arpa'
FORWARD = {'host.example': '''
    mx    A 198.18.0.1
    many  A 198.18.0.4
    many  A 198.18.0.9
    lies  A 203.0.113.7
    six   AAAA 2001:2::25
    '''}
NAMES = {REVERSE: '''
    1.0   PTR mx.host.example.
    3.0   PTR lies.host.example.
    4.0   PTR many.host.example.
    4.0   PTR lies.host.example.
    5.0   TXT "no name"
    ''', '2.0.0.0.1.0.0.2.ip6.arpa': '''
    5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR six.host.example.
    '''}
TRUTH = {                       # address: status, ptr, ptr_domain, ptr_claim
    '198.18.0.1': ('ok', 'mx.host.example', 'host.example', None),
    '198.18.0.2': ('none', None, None, None),
    '198.18.0.3': ('unconfirmed', None, None, 'lies.host.example'),
    '198.18.0.4': ('ok', 'many.host.example', 'host.example', None),
    '198.18.0.5': ('none', None, None, None),
    '2001:2::25': ('ok', 'six.host.example', 'host.example', None)}


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def fill(ctl, ips, name='a', **more):
    """A report about each address, the first one with the most messages."""
    ips = list(ips)
    ctl.put('in/%s.xml' % name, report(ident=name, rows=[
        (ip, 10 * (len(ips) - n), FAIL) for n, ip in enumerate(ips)], **more))
    ctl('import', 'in/%s.xml' % name)


def known(ctl):
    return {row[0]: row[1:] for row in ctl.query(
        'SELECT ip, lookup_status, ptr, ptr_domain, ptr_claim FROM source')}


@pytest.fixture
def server(nameserver):
    return nameserver({**FORWARD, **NAMES}).server


def test_a_name_is_believed_if_it_leads_back(ctl, server):
    fill(ctl, TRUTH)
    said = ctl('lookup', '--server=' + server)
    assert said == (
        'All domains: 6 sources, 0 not due, 6 asked at %s\n'
        '3 have a name, 2 have none, 1 has a name that does not lead back to '
        'it\n' % server)
    assert known(ctl) == TRUTH


def ages(ctl):
    """{address: (status, seconds until it is due again, tries)}"""
    now = time.time()
    return {ip: (status, next_ts - now, tries) for ip, status, next_ts, tries
            in ctl.query('SELECT ip, lookup_status, lookup_next_ts, '
                         'lookup_tries FROM source')}


def change(ctl, sql, *values):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute(sql, values)
    db.close()


def test_names_are_kept_for_their_age(ctl, server):
    fill(ctl, TRUTH)
    ctl('lookup', '--server=' + server)
    for ip, (status, left, tries) in ages(ctl).items():
        assert status == TRUTH[ip][0] and tries == 0
        days = 30 if status == 'ok' else 7
        assert days * DAY - 300 < left <= days * DAY, ip
    (row,) = ctl.json('lookup', '--server=' + server)
    assert (row['sources'], row['known'], row['due'], row['asked'],
            row['server']) == (6, 6, 0, 0, None)
    # What is old is asked for again; so is all of it, if one says so.
    change(ctl, 'UPDATE source SET lookup_next_ts = lookup_next_ts - ? '
           'WHERE ip = ?', 7 * DAY + 1, '198.18.0.2')
    (row,) = ctl.json('lookup', '--server=' + server)
    assert (row['known'], row['asked'], row['none']) == (5, 1, 1)
    (row,) = ctl.json('lookup', '--all', '--server=' + server)
    assert (row['known'], row['asked'], row['ok']) == (0, 6, 3)
    # A clock that was wrong once does not matter for ever.
    change(ctl, 'UPDATE source SET lookup_next_ts = 9999999999')
    assert ctl.json('lookup', '-n')[0]['due'] == 6


def test_what_was_seen_is_kept_with_its_changes(ctl, nameserver):
    ns = nameserver({**FORWARD, **NAMES})
    fill(ctl, ['198.18.0.1'])
    ctl('lookup', '--server=' + ns.server)
    ns.change({**FORWARD, REVERSE: '@ TXT x'})
    ctl('lookup', '--server=' + ns.server, '198.18.0.1')
    assert ctl.query('SELECT name, type, status, value FROM dns_record '
                     'ORDER BY id') == [
        ('1.0.18.198.in-addr.arpa', 'PTR', 'ok', 'mx.host.example'),
        ('mx.host.example', 'A', 'ok', '198.18.0.1'),
        ('1.0.18.198.in-addr.arpa', 'PTR', 'no_name', None)]


def test_a_name_that_no_longer_leads_back_goes(ctl, nameserver):
    ns = nameserver({**FORWARD, **NAMES})
    fill(ctl, ['198.18.0.1', '198.18.0.4'])
    ctl('lookup', '--server=' + ns.server)
    ns.change({'host.example': 'mx A 198.18.0.77', **NAMES})
    ctl('lookup', '--all', '--server=' + ns.server)
    assert known(ctl)['198.18.0.1'] == (
        'unconfirmed', None, None, 'mx.host.example')
    # Two names: the first one that there is.
    assert known(ctl)['198.18.0.4'][:3] == ('unconfirmed', None, None)
    # And it comes back, without the claim.
    ns.change({**FORWARD, **NAMES})
    ctl('lookup', '--all', '--server=' + ns.server)
    assert known(ctl)['198.18.0.1'] == TRUTH['198.18.0.1']


@pytest.mark.parametrize('kind', ['servfail', 'refused', 'silent', 'closed',
                                  'wrong_id', 'garbage'])
def test_a_failure_keeps_what_was_known(ctl, server, fake_nameserver, kind):
    fill(ctl, TRUTH)
    ctl('lookup', '--server=' + server)
    before = known(ctl)
    bad = fake_nameserver(kind)
    said = ctl('lookup', '--all', '--server=' + bad.server, code=69)
    assert ctl.error.endswith(' did not answer; what was known is kept\n')
    assert '6 did not answer (again in an hour, or later)\n' in said
    assert {ip: row[1:] for ip, row in known(ctl).items()} == {
        ip: row[1:] for ip, row in before.items()}
    for status, left, tries in ages(ctl).values():
        assert status == 'failed' and tries == 1 and 3300 < left <= 3600
    # How long it waits doubles, and begins anew with an answer.
    for tries, hours in ((2, 2), (3, 4), (5, 16), (6, 24), (9, 24)):
        change(ctl, 'UPDATE source SET lookup_next_ts = 0, lookup_tries = ?',
               tries - 1)
        ctl('lookup', '--limit=1', '--server=' + bad.server, code=69)
        got = max(ages(ctl).values(), key=lambda row: row[2])
        assert got[2] == tries and hours * 3600 - 300 < got[1] <= hours * 3600
        if kind in ('silent', 'wrong_id'):
            break               # once is enough: it takes its time
    ctl('lookup', '--all', '--server=' + server)
    assert known(ctl) == before
    assert {row[2] for row in ages(ctl).values()} == {0}


def many(n, first=0):
    return ['198.18.%d.%d' % (i // 250, i % 250 + 1)
            for i in range(first, first + n)]


@pytest.mark.parametrize('kind', ['silent', 'servfail', 'refused', 'closed'])
def test_a_dead_name_server_changes_nothing(ctl, fake_nameserver, kind):
    fill(ctl, many(60))
    bad = fake_nameserver(kind)
    before = ctl.query('SELECT * FROM source')
    ctl('lookup', '--rate=1000', '--server=' + bad.server, code=69)
    assert ctl.error.startswith('ruactl: no name server answers (20 questions '
                                'in a row failed at %s' % bad.server)
    assert ctl.error.endswith('): no name was changed\n')
    assert ctl.query('SELECT * FROM source') == before
    if kind == 'silent':
        # 20 to 35 questions, twice, and one more about loopback; those that
        # had not failed yet may have been asked once.
        counts = list(bad.counts().values())
        assert set(counts) <= {1, 2} and counts.count(2) >= 20
        assert 21 <= len(counts) <= 36
    elif kind != 'closed':
        assert 21 <= bad.count() <= 37


def test_dead_zones_are_not_the_name_servers_fault(ctl, fake_nameserver):
    """They are asked for later, or nothing else ever would be."""
    def answer(question):
        if question.name.endswith('.7.18.198.in-addr.arpa'):
            return failing(SERVFAIL)(question)
        return reply(question)
    bad = fake_nameserver(answer)
    # So many that the last one is not asked for before 20 have failed.
    fill(ctl, ['198.18.7.%d' % n for n in range(1, 37)] + ['198.18.0.1'])
    ctl('lookup', '--rate=1000', '--server=' + bad.server, code=69)
    assert ctl.error.startswith('ruactl: stopped: 20 questions in a row')
    assert ctl.error.endswith('; what was learned is kept\n')
    failed = ctl.query("SELECT ip FROM source WHERE lookup_status = 'failed'")
    assert 20 <= len(failed) <= 36
    assert bad.count('1.0.0.127.in-addr.arpa') == 1
    ctl('lookup', '--rate=1000', '--server=' + bad.server)
    assert known(ctl)['198.18.0.1'][0] == 'none'


# --- answers of enemies -----------------------------------------------------

def test_a_name_cannot_drive_a_terminal(ctl, fake_nameserver):
    bad = fake_nameserver('escape_codes')
    fill(ctl, ['198.18.0.1'])
    said = ctl('lookup', '--server=' + bad.server, '198.18.0.1')
    (status, ptr, domain, claim), = known(ctl).values()
    assert (status, ptr, domain, claim) == ('none', None, None, None)
    for text in (said, ctl('sources', 'example.org'),
                 ctl.terminal('why', 'example.org', '198.18.0.1'),
                 ctl.terminal('lookup', '-n', '198.18.0.1')):
        assert not any(ord(c) < 32 and c != '\n' for c in text), text
        assert '\x1b' not in text and '\x07' not in text


@pytest.mark.parametrize('ptr, a, status', [
    ([EVIL], ['198.18.0.1'], 'none'),
    (['a b.host.example'], ['198.18.0.1'], 'none'),
    ([''], ['198.18.0.1'], 'unconfirmed'),
    (['x' * 63 + '.' + 'y' * 63 + '.' + 'z' * 63 + '.host.example'],
     ['198.18.0.1'], 'ok'),
    (['MX.Host.Example'], ['198.18.0.1'], 'ok'),
    (['mx.host.example'], ['198.18.0.2', '198.18.0.1'], 'ok'),
    (['mx.host.example'], [], 'unconfirmed'),
    (['localhost'], ['127.0.0.1'], 'unconfirmed'),
    ([EVIL, 'mx.host.example'], ['198.18.0.1'], 'ok'),
    (['n%d.host.example' % n for n in range(5)], ['198.18.0.1'], 'ok')])
def test_only_a_name_that_has_the_address_counts(
        ctl, fake_nameserver, ptr, a, status):
    def answer(question):
        if question.kind == 'PTR':
            return reply(question, [record(None, 'PTR', pack_name(name))
                                    for name in ptr])
        return reply(question, [record(None, 'A', address(ip)) for ip in a])
    fill(ctl, ['198.18.0.1'])
    bad = fake_nameserver(answer)
    ctl('lookup', '--server=' + bad.server)
    got = known(ctl)['198.18.0.1']
    assert got[0] == status
    if status == 'ok':
        assert got[1] == sorted(ptr)[-1 if ptr[0] == EVIL else 0].lower()
        assert got[2] == ('host.example' if 'host' in got[1] else got[1])


def test_a_hundred_names_cost_five_questions(ctl, fake_nameserver):
    def answer(question):
        if question.kind == 'PTR':
            return reply(question, [
                record(None, 'PTR', pack_name('n%03d.host.example' % n))
                for n in range(100)])
        return reply(question, [record(None, 'A', address('198.18.0.9'))])
    fill(ctl, ['198.18.0.1'])
    bad = fake_nameserver(answer)
    ctl('lookup', '--server=' + bad.server)
    assert sum(kind == 'A' for _, kind in bad.counts()) == 5
    assert known(ctl)['198.18.0.1'][0] == 'unconfirmed'


def test_one_name_that_does_not_answer_decides_nothing(ctl, fake_nameserver):
    """The other one does not lead back, but this one may."""
    def answer(question):
        if question.kind == 'PTR':
            return reply(question, [
                record(None, 'PTR', pack_name(name))
                for name in ('a.host.example', 'b.host.example')])
        if question.name.startswith('a.'):
            return failing(SERVFAIL)(question)
        return reply(question, [record(None, 'A', address(
            '198.18.0.1' if confirmed else '198.18.0.9'))])
    fill(ctl, ['198.18.0.1'])
    bad = fake_nameserver(answer)
    confirmed = False
    ctl('lookup', '--server=' + bad.server)
    assert known(ctl)['198.18.0.1'] == ('failed', None, None, None)
    confirmed = True
    ctl('lookup', '--server=' + bad.server, '198.18.0.1')
    assert known(ctl)['198.18.0.1'][:2] == ('ok', 'b.host.example')


# --- who is asked, for what ---------------------------------------------------

INSIDE = ['10.1.2.3', '127.0.0.1', '192.168.1.1', '172.31.255.255',
          '169.254.1.1', '100.64.0.1', '0.0.0.1', '192.0.0.9', '192.0.2.1',
          '198.51.100.1', '203.0.113.255', '224.0.0.1', '255.255.255.255',
          '::1', '2001:db8::1', 'fe80::1', 'fd00::1', 'ff02::1', '100::1',
          '3fff:fff::1']


def test_what_nobody_has_is_never_asked_for(ctl, fake_nameserver):
    fill(ctl, INSIDE + ['198.18.0.1', '2600::1'])
    asked = fake_nameserver('empty')
    said = ctl('lookup', '--all', '--server=' + asked.server)
    assert '%d are private or reserved' % len(INSIDE) in said
    assert asked.count() == 2
    assert {row[0] for ip, row in known(ctl).items() if ip in INSIDE} == {None}
    ctl('lookup', '--server=' + asked.server, *INSIDE[:3])
    assert asked.count() == 2


def test_the_biggest_senders_come_first(ctl, fake_nameserver):
    fill(ctl, many(20))
    biggest = many(3, 12)       # not those that came first, nor last
    ctl.put('in/b.xml', report(ident='b', rows=[
        (ip, 1000, FAIL) for ip in biggest]))
    ctl('import', 'in/b.xml')
    asked = fake_nameserver('empty')
    said = ctl('lookup', '--limit=3', '--server=' + asked.server)
    assert '17 left: run it again\n' in said
    assert {ip for ip, row in known(ctl).items() if row[0]} == set(biggest)
    (row,) = ctl.json('lookup', '-n', '--limit=3')
    assert (row['sources'], row['known'], row['due'], row['asked'],
            row['dry_run']) == (20, 3, 17, 0, True)


def test_a_domain_has_its_own_sources(ctl, fake_nameserver):
    fill(ctl, many(3))
    fill(ctl, many(2, 100), 'b', domain='example.net')
    fill(ctl, many(1, 200), 'c', domain='news.example.net')
    asked = fake_nameserver('empty')
    assert ctl.json('lookup', '-n')[0]['sources'] == 6
    said = ctl('lookup', '--server=' + asked.server, 'example.net')
    assert said.startswith('example.net: 3 sources, 0 not due, 3 asked at ')
    assert {ip for ip, row in known(ctl).items() if row[0]} == {
        *many(2, 100), *many(1, 200)}
    assert ctl('lookup', 'example.com').startswith('No reports about')


def test_addresses_are_asked_for_at_once_and_shown(ctl, server):
    fill(ctl, TRUTH)
    ctl('lookup', '--server=' + server)
    rows = ctl.json('lookup', '--server=' + server, '198.18.0.1',
                    '2001:0002:0::25', '198.18.0.3')
    assert {row['ip']: (row['status'], row['ptr'], row['ptr_claim'])
            for row in rows} == {
        ip: (TRUTH[ip][0], TRUTH[ip][1], TRUTH[ip][3])
        for ip in ('198.18.0.1', '2001:2::25', '198.18.0.3')}
    said = ctl('lookup', '--server=' + server, '198.18.0.1')
    assert said.startswith('1 address, 1 asked at %s\n' % server)
    assert 'mx.host.example' in said


@pytest.mark.parametrize('args, code, error', [
    (['198.18.9.9'], 66, 'no report tells of mail from 198.18.9.9: only such '
     'addresses are looked up'),
    (['198.18.0.1', 'example.org'], 64, '"example.org" is not an IP address'),
    (['example.org', 'example.net'], 64, 'lookup takes one domain, or '
     'addresses'),
    (['--server=nowhere'], 64, '"nowhere" is not the address of a name '
     'server'),
    (['--rate=0'], 64, '--rate needs a number from 1 to 10000, not "0"'),
    (['--mmdb=none.mmdb'], 66, '--mmdb: none.mmdb does not exist'),
    (['-c', 'none.conf'], 66, 'cannot read none.conf'),
    (['--since=7d'], 64, '')])
def test_mistakes_are_told(ctl, args, code, error):
    fill(ctl, ['198.18.0.1'])
    ctl('lookup', *args, code=code)
    assert error in ctl.error and ctl.error.count('\n') >= 1
    assert known(ctl)['198.18.0.1'][0] is None


def test_nothing_is_created_by_a_wrong_path(ctl):
    ctl('lookup', code=66)
    assert 'there is no database' in ctl.error


SOCKETS = ['strace', '-f', '-qq', '-e', 'trace=socket,connect,sendto',
           '-o', 'trace']


def sockets(ctl, *args):
    """Those that a command opens, but for what is local."""
    done = subprocess.run(
        [*SOCKETS, ctl.program, *args], check=False, env=ctl.env,
        cwd=ctl.directory, stdout=subprocess.DEVNULL)
    assert done.returncode in (0, 1), args      # digest: there are problems
    text = (ctl.directory / 'trace').read_text()
    return [line for line in text.split('\n') if 'AF_INET' in line]


@pytest.mark.skipif(not shutil.which('strace'), reason='needs strace')
def test_only_lookup_itself_has_a_socket(ctl, server):
    fill(ctl, TRUTH)
    ctl('sender', 'add', 'Host', 'own', 'host.example')
    assert sockets(ctl, 'lookup', '-n') == []
    assert len(sockets(ctl, 'lookup', '--server=' + server)) > 0
    # All is known: nobody is asked.
    assert sockets(ctl, 'lookup', '--server=' + server) == []
    for args in (['sources', 'example.org'], ['why', 'example.org'], ['ready'],
                 ['digest'], ['metrics'], ['export', 'records'],
                 ['report', '-o', 'x.html'], ['198.18.0.1'],
                 ['sender', 'suggest'], ['query', 'networks', 'example.org']):
        assert sockets(ctl, *args) == [], args


# --- many, and beside others --------------------------------------------------

def measured(ctl, *args):
    """(CPU seconds, megabytes, seconds) of a command; see measure.c."""
    program, figures = ctl.directory / 'measure', ctl.directory / 'figures'
    subprocess.run(['cc', '-O1', '-o', program, os.path.join(
        os.path.dirname(__file__), 'measure.c')], check=True)
    start = time.monotonic()
    subprocess.run([program, figures, ctl.program, *args], env=ctl.env,
                   stdout=subprocess.DEVNULL, check=True)
    took = time.monotonic() - start
    status, killed, cpu, peak = map(int, figures.read_text().split())
    assert (status, killed) == (0, 0)
    return cpu / 1000, peak / 1024, took


def yardstick(ns):
    """CPU seconds of 4,000 questions by a plain socket."""
    before = time.process_time()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(('127.0.0.1', ns.port))
        for n in range(4000):
            s.send(Question(n, 'h1.host.example', 'A').wire())
            s.recv(512)
    return time.process_time() - before


def test_two_thousand_names_are_cheap(ctl, nameserver):
    ips = many(2000)
    zones = {REVERSE: '', 'host.example': ''}
    for n, ip in enumerate(ips):
        a, b = ip.split('.')[2:]
        zones[REVERSE] += '%s.%s PTR h%d.host.example.\n' % (b, a, n)
        zones['host.example'] += 'h%d A %s\n' % (n, ip)
    ns = nameserver(zones)
    fill(ctl, ips)
    cpu, size, took = measured(ctl, 'lookup', '--limit=2000',
                               '--rate=10000', '--server=' + ns.server)
    assert {row[0] for row in known(ctl).values()} == {'ok'}
    assert len({row[1] for row in known(ctl).values()}) == 2000
    print('2,000 names, 4,000 questions: %.2f s, %.2f s of CPU, %.1f MB' % (
        took, cpu, size))
    assert size < 20
    # Relative to as many questions without any work: python asks them.
    # About four times that, with the rows that are written.
    assert cpu < 12 * yardstick(ns)


def test_who_waits_at_a_terminal_sees_how_far_it_is(ctl, fake_nameserver):
    asked = fake_nameserver('empty')
    fill(ctl, many(120))
    said = ctl.terminal('lookup', '--rate=1000', '--server=' + asked.server,
                        stderr=True)
    assert said == '\r0 of 120\x1b[K\r50 of 120\x1b[K\r100 of 120\x1b[K' \
        '\r\x1b[K'
    assert ctl('lookup', '--all', '--server=' + asked.server, '198.18.0.1')
    assert ctl.error == ''


def test_others_write_meanwhile(ctl, server, tmp_path):
    """Imports go on while names are learned, and nothing is lost."""
    fill(ctl, many(300))
    with subprocess.Popen(
            [ctl.program, 'lookup', '--rate=150', '--server=' + server],
            env=ctl.env, stdout=subprocess.PIPE, text=True) as looking:
        n = 0
        while looking.poll() is None:
            fill(ctl, ['198.19.%d.1' % (n % 200)], 'more%d' % n)
            n += 1
        assert looking.returncode == 0, looking.stdout.read()
    assert n > 1
    rows = known(ctl)
    assert all(rows[ip][0] for ip in many(300))
    assert ctl.query('SELECT count(*) FROM report') == [(n + 1,)]
    assert ctl.query('PRAGMA integrity_check') == [('ok',)]


@pytest.mark.parametrize('after', [1, 60, 130])
def test_killed_it_leaves_what_was_committed(ctl, server, fake_nameserver,
                                             after):
    """Whole batches, and the next run does the rest."""
    asked = fake_nameserver('empty')
    fill(ctl, many(200))
    with subprocess.Popen(
            [ctl.program, 'lookup', '--rate=100', '--server=' + asked.server],
            env=ctl.env, stdout=subprocess.DEVNULL) as looking:
        wait_until(lambda: asked.count() >= after)
        looking.kill()
    done = [row for row in known(ctl).values() if row[0]]
    assert len(done) % 50 == 0 and len(done) <= 150
    assert ctl.query('PRAGMA integrity_check') == [('ok',)]
    ctl('lookup', '--rate=1000', '--server=' + asked.server)
    assert {row[0] for row in known(ctl).values()} == {'none'}


def test_a_slow_server_is_waited_for(ctl, fake_nameserver):
    bad = fake_nameserver(slow(0.3, empty))
    fill(ctl, many(10))
    said = ctl('lookup', '--server=' + bad.server)
    assert '10 have none\n' in said


# --- the database -------------------------------------------------------------

def test_an_older_database_is_refused(ctl, server):
    fill(ctl, ['198.18.0.1'])
    change(ctl, 'PRAGMA user_version = 3')
    ctl('lookup', '--server=' + server, code=78)
    assert 'written by an older ruad (schema version 3): start ruad once' in \
        ctl.error


@pytest.mark.skipif(os.getuid() != 0, reason='needs another user')
def test_who_may_not_write_is_told_who_may(build, fake_nameserver):
    # Not below pytest's own directory, which is for its user alone.
    with tempfile.TemporaryDirectory(prefix='ruad-test-', dir='/tmp') as path:
        os.chmod(path, 0o755)
        refuse_to_write(Ctl(build, pathlib.Path(path)), fake_nameserver)


def refuse_to_write(ctl, fake_nameserver):
    asked = fake_nameserver('empty')
    fill(ctl, ['198.18.0.1'])
    os.chmod(ctl.database, 0o644)
    os.chmod(os.path.dirname(ctl.database), 0o755)
    for name in os.listdir(os.path.dirname(ctl.database)):
        os.chmod(os.path.join(os.path.dirname(ctl.database), name), 0o644)
    done = subprocess.run(
        [ctl.program, 'lookup', '--server=' + asked.server], env=ctl.env,
        user=65534, group=65534, extra_groups=[], capture_output=True,
        check=False, text=True, cwd='/')
    assert done.returncode == 77, done.stderr
    assert done.stderr.endswith('; run: sudo -u root ruactl lookup\n')
    assert asked.count() == 0
    done = subprocess.run(
        [ctl.program, 'lookup', '-n'], env=ctl.env, user=65534, group=65534,
        extra_groups=[], capture_output=True, check=False, text=True, cwd='/')
    assert (done.returncode, done.stdout.split(',')[0]) == (
        0, 'All domains: 1 source')
