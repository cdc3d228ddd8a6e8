# SPDX-License-Identifier: BSD-2-Clause
"""How ruactl dns runs: all domains, without the network, as another user, and
with name servers that are silent, broken or hostile."""

import csv
import io
import json
import os
import re
import resource
import signal
import sqlite3
import stat
import subprocess

import pytest

from ctl import Ctl
from dnszones import TXT, ask, good, reports, told, zone_text
from nameserver import NOERROR, address, mx, pack_name, record, reply, \
    table, txt

ROWS = (('192.0.2.25', 100, ('pass', 'pass')),)
NAMES = ('a.example', 'b.example', 'c.example')


@pytest.fixture
def ctl(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    for name in NAMES:
        reports(ctl, name, rows=ROWS)
    return ctl


@pytest.fixture
def zones():
    """a is right, b has warnings, c errors."""
    changes = {
        'a.example': {},
        'b.example': {'_dmarc': TXT('v=DMARC1; p=reject; pct=50; '
                                    'rua=mailto:dmarc@{domain}')},
        'c.example': {'_dmarc': [], 's1._domainkey': []}}
    return {'example': '@ TXT "here"', **{
        name: zone_text({**good(), **change}, name)
        for name, change in changes.items()}}


def add_mailbox(ctl, user):
    with sqlite3.connect(ctl.database) as db:
        db.execute("INSERT INTO mailbox (name, server, username, folder,"
                   " last_poll_ts, last_ok_ts) VALUES ('own', 'x.example',"
                   " ?, 'INBOX', unixepoch(), unixepoch())", (user,))
    db.close()


def checks(answer):
    return sorted(answer['checks'], key=str)


# --- many domains, and none that is asked -----------------------------------

def test_all_domains_come_in_a_line_each_the_worst_first(ctl, zones,
                                                         nameserver):
    ns = nameserver(zones)
    option = '--server=' + ns.server
    rows = ctl('--format=csv', 'dns', option, code=1)
    assert [line.split(',')[0] for line in rows.split('\r\n')[1:-1]] == [
        '"c.example"', '"b.example"', '"a.example"']
    text = ctl('dns', option, code=1).split('\n')
    assert text[0].split() == ['domain', 'policy', 'errors', 'warnings',
                               'first']
    assert text[1].split()[:4] == ['c.example', '-', '2', '0']
    assert text[2].split()[:4] == ['b.example', 'reject', '0', '1']
    assert text[3].split() == ['a.example', 'reject', '0', '0', '-']
    # Without the record to publish, nothing leads to it.
    assert text[1].endswith(': anybody can send as it')
    shown = re.sub('\x1b\\[[0-9;]*m', '', ctl.terminal('dns', option))
    assert max(map(len, shown.split('\n'))) <= 80
    assert ctl.code == 1
    # What was seen was kept of all of them.
    assert ctl.query("SELECT name FROM dns_record WHERE type = 'MX'"
                     ' ORDER BY name') == [(name,) for name in NAMES]


def test_without_reports_there_is_nothing_to_list(build, tmp_path, nameserver,
                                                  zones):
    ctl = Ctl(build, tmp_path)
    ctl('import', ctl.put('x.eml', b'From: a@b.example\n\nhello\n'))
    ns = nameserver(zones)
    assert 'no domain is known' in ctl('dns', '--server=' + ns.server)
    assert told(ask(ctl, ns, 'a.example')) == ['K7I']


def test_offline_says_the_same_and_asks_nobody(ctl, zones, nameserver,
                                               tmp_path):
    ns = nameserver(zones)
    for _ in range(2):      # the second one knows since when it is so
        online = {name: ask(ctl, ns, name) for name in NAMES}
    ns.halt()
    for name, answer in online.items():
        again = ask(ctl, ns, name, offline=True)
        assert checks(again) == checks(answer)
        assert again['unknown'] == answer['unknown'] == []
        assert again['server'] is None and again['questions'] == 0
    trace = str(tmp_path / 'trace')
    subprocess.run(['strace', '-f', '-e', 'trace=socket', '-o', trace,
                    ctl.program, 'dns', '--offline', 'a.example'],
                   check=True, stdout=subprocess.DEVNULL,
                   env={**ctl.env, 'ASAN_OPTIONS': 'detect_leaks=0'})
    with open(trace, encoding='ascii') as f:
        assert 'socket(' not in f.read()
    text = ctl('dns', '--offline', 'a.example')
    assert re.match(r'a\.example, as it was seen on \d{4}-\d\d-\d\d\n', text)
    ctl('dns', '--offline', 'new.example', code=66)
    assert 'new.example was not looked up yet' in ctl.error


def test_programs_get_the_checks(ctl, zones, nameserver):
    option = '--server=' + nameserver(zones).server
    whole = json.loads(ctl('--format=json', 'dns', option, 'c.example',
                           code=1))
    assert list(whole) == ['domain', 'server', 'questions', 'errors',
                           'warnings', 'infos', 'more', 'checks', 'unknown',
                           'facts']
    assert [c['id'] for c in whole['checks']] == ['D1', 'K1', 'B1']
    lines = ctl('--format=jsonl', 'dns', option, 'c.example', code=1)
    assert [json.loads(line) for line in lines.splitlines()] == \
        whole['checks']
    rows = csv.DictReader(io.StringIO(ctl(
        '--format=csv', 'dns', option, 'c.example', code=1), newline=''))
    assert [(row['id'], row['text']) for row in rows] == [
        (c['id'], c['text']) for c in whole['checks']]


@pytest.mark.parametrize('authentic', [True, False])
def test_dnssec_is_the_resolvers_word(ctl, fake_nameserver, authentic):
    answers = {('a.example', 'NS'): [pack_name('ns.a.example')],
               ('ns.a.example', 'A'): [address('192.0.2.53')]}
    answer = ask(ctl, fake_nameserver(table(answers, authentic=authentic)),
                 'a.example')
    assert ('dnssec' in {f['key'] for f in answer['facts']}) is authentic
    assert 'G1W' not in told(answer)


def test_offline_a_domain_may_not_be_known(ctl, zones, nameserver):
    ns = nameserver(zones)
    ctl('dns', '--server=' + ns.server, 'c.example', code=1)
    rows = json.loads(ctl('--format=json', 'dns', '--offline', code=1))
    assert [(row['domain'], row['unknown']) for row in rows] == [
        ('c.example', 0), ('a.example', 1), ('b.example', 1)]
    assert 'not looked up yet' in ctl('dns', '--offline', code=1)
    assert ctl.error == ''              # an error was found, and counts first


def test_of_all_domains_the_exit_status_is_that_of_one(ctl, zones, nameserver):
    """0 means that each was looked at, and no error was found."""
    ns = nameserver(zones)
    for args in ['a.example'], []:
        ctl('dns', '--offline', *args, code=66)
        assert 'a.example was not looked up yet' in ctl.error
    assert ctl('dns', '--offline', code=66).count('not looked up yet') == 3
    for name in 'a.example', 'b.example':
        ctl('dns', '--server=' + ns.server, name)
    with sqlite3.connect(ctl.database) as db:
        db.execute("UPDATE report SET domain = 'a.example'"
                   " WHERE domain = 'c.example'")
    db.close()
    ctl('dns', '--server=' + ns.server)
    ctl('dns', '--offline')


def test_what_is_no_name_is_not_asked_for(build, tmp_path, nameserver, zones):
    """Reporters write anything as the policy domain."""
    ctl = Ctl(build, tmp_path)
    reports(ctl, 'not a name', rows=ROWS)
    reports(ctl, 'a.example', rows=ROWS)
    ns = nameserver(zones)
    rows = ctl.json('dns', '--server=' + ns.server)
    assert [row['domain'] for row in rows] == ['a.example']


def test_a_change_has_a_date(ctl, zones, nameserver):
    ns = nameserver(zones)
    ctl('dns', '--server=' + ns.server, 'a.example')
    rows = ctl.query('SELECT count(*) FROM dns_record')
    text = ctl('dns', '--server=' + ns.server, 'a.example')
    assert '(first seen on ' in text and 'changed' not in text
    assert ctl.query('SELECT count(*) FROM dns_record') == rows
    zones['a.example'] = zones['a.example'].replace('p=reject', 'p=quarantine')
    ns.change(zones)
    for _ in range(2):      # found out, and kept
        text = ctl('dns', '--server=' + ns.server, 'a.example')
        dmarc = text.split('DMARC ')[1].split('\nSPF ')[0]
        assert '(changed on ' in dmarc and '(first' not in dmarc
    assert ctl.query(
        "SELECT count(*) FROM dns_record WHERE name = '_dmarc.a.example'"
        " AND type = 'TXT'") == [(2,)]


@pytest.mark.skipif(os.getuid() != 0, reason='needs another user')
def test_who_may_not_write_gets_an_answer(ctl, zones, nameserver):
    ns = nameserver(zones)
    path = ctl.directory
    while path != path.parent:
        os.chmod(path, path.stat().st_mode | 0o055)
        path = path.parent
    directory = os.path.dirname(ctl.database)
    os.chmod(directory, 0o755)
    for name in os.listdir(directory):
        os.chmod(os.path.join(directory, name), 0o644)

    def run(*args):
        return subprocess.run(
            [ctl.program, 'dns', '--server=' + ns.server, *args], env=ctl.env,
            user=65534, group=65534, extra_groups=[], capture_output=True,
            check=False, text=True, cwd='/')
    for args, code in ((['a.example'], 0), ([], 1)):
        done = run(*args)
        assert (done.returncode, done.stderr) == (code, '')
        assert done.stdout.count('\nNot kept, ') == 1
        assert 'a.example' in done.stdout
    assert ctl.query('SELECT count(*) FROM dns_record') == [(0,)]
    assert not stat.S_IMODE(os.stat(ctl.database).st_mode) & 0o002


# --- name servers that do not answer, or not well ---------------------------

@pytest.mark.parametrize('kind', ['silent', 'closed', 'refused', 'garbage'])
def test_a_name_server_that_tells_nothing_is_no_verdict(ctl, fake_nameserver,
                                                        kind):
    bad = fake_nameserver(kind)
    for args in (['a.example'], []):
        assert ctl('dns', '--server=' + bad.server, *args, code=69) == ''
        assert 'no name server answers (%s)' % bad.server in ctl.error
    assert ctl.query('SELECT count(*) FROM dns_record') == [(0,)]


def test_a_stranger_s_domain_stops_nothing(ctl, fake_nameserver):
    """Anybody may send a report about any domain."""
    for domain in ('$(touch x).example', 'a b.example', 'a..example',
                   '*.example', 'x' * 64 + '.example', 'a.silent'):
        reports(ctl, domain)
    add_mailbox(ctl, 'dmarc@a.example')
    asked = []

    def answer(question):
        asked.append(question.name)
        return None if question.name.endswith('silent') else reply(question)
    server = '--server=' + fake_nameserver(answer).server
    listed = {r['domain']: r for r in json.loads(
        ctl('--format=json', 'dns', server, code=1))}
    assert set(listed) == {*NAMES, 'a.silent'}
    assert {listed[name]['id'] for name in NAMES} == {'D1'}
    assert listed['a.silent']['errors'] == 0
    assert 'a.silent: did not answer' in listed['a.silent']['text']
    assert all(re.fullmatch(r'[a-z0-9._-]+', name) for name in asked)
    out = ctl('check', '--dns', server, code=1)
    assert 'DNS (D1): a.example' in out
    assert "'dns'=10;" in out       # 3 of each, and that one says nothing
    out = ctl('check', '--dns', server, 'a.silent', 'b.silent', 'a.example',
              code=1)
    assert "'dns'=5;" in out and 'DNS (D1): a.example' in out


def test_domains_that_are_refused_do_not_keep_others_from_an_answer(
        ctl, zones, nameserver):
    for domain in ('a.test', 'b.test', 'c.test', 'd.test'):
        reports(ctl, domain)
    ns = nameserver({'e.test': zone_text(good(), 'e.test')})
    reports(ctl, 'e.test', rows=ROWS)
    listed = {r['domain']: r for r in json.loads(
        ctl('--format=json', 'dns', '--server=' + ns.server, code=69))}
    assert 'refused to answer' in ctl.error     # as of that one alone
    assert len(listed) == len(NAMES) + 5
    assert listed['e.test']['policy'] == 'reject'
    assert 'refused to answer' in listed['d.test']['text']


def test_what_cannot_be_kept_is_told_all_the_same(ctl, zones, nameserver):
    """A file system that is full, or a database that is locked."""
    add_mailbox(ctl, 'dmarc@a.example')
    ns = nameserver(zones)
    reader = sqlite3.connect(ctl.database)      # so that it can be opened
    reader.execute('SELECT count(*) FROM report').fetchall()

    def fill():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    for args, code in ((['dns', 'c.example'], 75), (['dns'], 75),
                       (['--format=json', 'dns', 'c.example'], 75),
                       (['check', '--dns'], 1)):
        done = subprocess.run(
            [ctl.program, *args, '--server=' + ns.server], env=ctl.env,
            capture_output=True, check=False, text=True, preexec_fn=fill)
        assert done.returncode == code
        assert 'c.example has no' in done.stdout
        if code == 75:
            assert 'what was seen is not kept: ' in done.stderr
    reader.close()
    ctl('dns', '--offline', 'c.example', code=66)
    assert ctl.query('PRAGMA integrity_check') == [('ok',)]


@pytest.mark.parametrize('user, address', [
    ('reports@a.example', 'reports@a.example'),
    ('a!b,c@a.example', 'dmarc@c.example'), ('reports', 'dmarc@c.example'),
    ('x;p=none@a.example', 'dmarc@c.example')])
def test_only_a_user_name_that_is_an_address_is_proposed(
        ctl, zones, nameserver, user, address):
    add_mailbox(ctl, user)
    answer = ask(ctl, nameserver(zones), 'c.example')
    assert [c['record'] for c in answer['checks'] if c['id'] == 'D1'] == [
        '_dmarc.c.example TXT "v=DMARC1; p=none; rua=mailto:%s"' % address]


def test_domains_known_longest_are_asked_first(ctl, fake_nameserver):
    reports(ctl, '0.example')
    asked = []

    def answer(question):
        asked.append(question.name)
        return reply(question)
    ctl('dns', '--server=' + fake_nameserver(answer).server, code=1)
    assert asked.index('_dmarc.a.example') < asked.index('_dmarc.0.example')


def test_a_broken_zone_is_told_and_nothing_of_its_records(ctl, zones,
                                                          nameserver):
    ns = nameserver({**zones, 'a.example': None})
    answer = ask(ctl, ns, 'a.example')
    assert told(answer) == ['G1W']
    assert {u['name'] for u in answer['unknown']} >= {
        'a.example', '_dmarc.a.example', 's1._domainkey.a.example',
        '_smtp._tls.a.example', '_mta-sts.a.example'}
    text = ctl('dns', '--server=' + ns.server, 'a.example')
    assert 'some of DNS did not answer' in text
    assert not re.search(r'^  (ERROR|info) ', text, re.M)


@pytest.mark.parametrize('part, expected', [
    ('_dmarc', 'dmarc'), ('s1._domainkey', 'dkim'), ('mx', 'mx'),
    ('_smtp._tls', 'tlsrpt'), ('_mta-sts', 'mta_sts'),
    ('default._bimi', 'bimi')])
def test_of_a_name_that_fails_nothing_follows(ctl, zones, nameserver, part,
                                              expected):
    """Each is a zone of its own that its servers do not have."""
    name = part + '.a.example'
    lines = [line for line in zones['a.example'].split('\n')
             if not line.startswith(part + ' ')]
    ns = nameserver({**zones, 'a.example': '\n'.join(lines), name: None})
    answer = ask(ctl, ns, 'a.example')
    assert told(answer) == []
    assert name in {u['name'] for u in answer['unknown']
                    if u['group'] in (expected, 'spf')}
    names = [(u['group'], u['name']) for u in answer['unknown']]
    assert len(names) == len(set(names))


def test_an_include_that_fails_makes_no_error(ctl, zones, nameserver):
    zones['a.example'] = zones['a.example'].replace(
        'v=spf1 mx', 'v=spf1 mx include:spf.dead.example')
    ns = nameserver({**zones, 'dead.example': None})
    answer = ask(ctl, ns, 'a.example')
    assert told(answer) == []
    assert [(u['name'], u['group']) for u in answer['unknown']] == [
        ('spf.dead.example', 'spf')]


# --- hostile ones -----------------------------------------------------------

def is_safe(text):
    return all(c == '\n' or c.isprintable() for c in text)


@pytest.mark.parametrize('kind', ['escape_codes', 'good', 'nul_in_text'])
def test_what_they_answer_cannot_drive_a_terminal(ctl, fake_nameserver, kind):
    bad = fake_nameserver(kind)
    for args in (['a.example'], []):
        done = subprocess.run(
            [ctl.program, 'dns', '--server=' + bad.server, *args],
            capture_output=True, check=False, env=ctl.env)
        assert done.returncode in (0, 1), done.stderr
        assert is_safe(done.stdout.decode())
        assert done.stdout.count(b'\n') < 200
    ask(ctl, bad, 'a.example')


EVIL = '\x1b[2J\x1b]0;x\x07"\\<script>\u202e'


def hostile(question):
    """Records that are meant as such, and as bad as they can be."""
    def answer(*data):
        return reply(question, [record(None, question.kind, d) for d in data],
                     rcode=NOERROR)
    name = question.name.lower()
    if question.kind in ('A', 'AAAA'):
        return answer(*[address(
            '192.0.2.%d' % n if question.kind == 'A' else '2001:db8::%x' % n)
            for n in range(100)])
    if question.kind == 'MX':
        return answer(*[mx(n, 'mx%d.%s' % (n, name[:60]))
                        for n in range(100)])
    if question.kind != 'TXT':
        return answer()
    if name.startswith('_dmarc.'):
        return answer(txt('v=DMARC1; p=reject; ' + EVIL + '=1; rua=' +
                          'x' * 100, *[
            'mailto:%s%d@h%d.example,' % (EVIL[:3], n, n)
            for n in range(200)]))
    if '_domainkey' in name:
        return answer(txt('v=DKIM1; k=' + EVIL), txt('v=DKIM1; p=' + EVIL))
    if name.startswith('_'):
        return answer(*[txt('v=STSv1; id=' + EVIL), txt(
            'v=TLSRPTv1; rua=' + EVIL)])
    # Ten includes of names that have ten includes, with no end.
    return answer(txt('v=spf1 %s %s ?all' % (EVIL[:6], ' '.join(
        'include:i%d.%s' % (n, name[-60:].lstrip('.'))
        for n in range(4)))), *[txt('x' * 250, 'y' * 250) for _ in range(80)])


def test_records_without_end_make_a_short_answer(ctl, fake_nameserver):
    bad = fake_nameserver(hostile)
    done = subprocess.run(
        [ctl.program, 'dns', '--server=' + bad.server, 'a.example'],
        capture_output=True, check=False, env=ctl.env)
    assert done.returncode == 1, done.stderr
    text = done.stdout.decode()
    assert is_safe(text) and '\u202e' not in text
    assert text.count('\n') < 200 and len(text) < 30000
    assert len({(q.name, q.kind) for q in bad.questions}) <= 200
    ask(ctl, bad, 'a.example')


def test_names_are_shown_as_people_write_them(build, tmp_path, nameserver):
    ctl = Ctl(build, tmp_path)
    name = 'xn--bcher-kva.example'
    reports(ctl, name, rows=ROWS)
    ns = nameserver({'example': '@ TXT "x"', name: zone_text(
        {**good(), '_dmarc': []}, name)})
    text = ctl('dns', '--server=' + ns.server, 'b\u00fccher.example', code=1)
    assert text.startswith('b\u00fccher.example, asked ')
    # but a record is for the zone file
    assert '        _dmarc.%s TXT "v=DMARC1; p=none; rua=mailto:dmarc@%s"' % (
        name, name) in text


@pytest.mark.parametrize('args, code, words', [
    (['no domain'], 64, 'not a domain name'),
    (['--offline', '--server=127.0.0.1', 'a.example'], 64, '--offline'),
    (['--offline', '--https', 'a.example'], 64, '--offline'),
    (['--https'], 64, '--https needs a domain'),
    (['--server=here', 'a.example'], 64, 'here'),
    (['--selector=a b', 'a.example'], 64, '--selector'),
    (['a.example', '192.0.2.1', 'x'], 64, 'usage')])
def test_mistakes_are_told(ctl, args, code, words):
    ctl('dns', *args, code=code)
    assert words in ctl.error


def test_a_name_that_does_not_exist_is_told_first(ctl, zones, nameserver):
    """It may be misspelled."""
    ns = nameserver(zones)
    answer = ask(ctl, ns, 'd.example')
    assert answer['checks'][0]['text'].startswith(
        'd.example does not exist in DNS.')
    # Another name below it is there, so that it exists.
    ns.change({**zones, 'd.example': 'x TXT "y"'})
    assert 'G1W' not in told(ask(ctl, ns, 'd.example'))


def test_a_top_level_domain_has_no_spf(ctl, zones, nameserver):
    answer = ask(ctl, nameserver(zones), 'example')
    assert not [c for c in answer['checks'] if c['id'].startswith('S')]
