# SPDX-License-Identifier: BSD-2-Clause
"""Nobody is asked, and nobody is told anything, but by a command that says so:
lookup, dns without --offline, and check, explain and failures with --dns."""

import os
import re
import subprocess

import pytest

import gen
from ctl import FAIL, PASS, Ctl, mail, report
from patience import PATIENCE

# What each command is run with.
COMMANDS = {
    'summary': (['summary'], ['summary', 'example.org'], []),
    'status': (['status'],),
    'check': (['check'], ['check', '--poll=2h']),
    'metrics': (['metrics'],),
    'reports': (['reports'], ['reports', 'example.org']),
    'sources': (['sources', 'example.org'],
                ['sources', 'example.org', '192.0.2.2'],
                ['sources', '--by=network', 'example.org']),
    'failures': (['failures', 'example.org'], ['failures', '1']),
    'why': (['why', 'example.org'], ['why', 'example.org', '192.0.2.2']),
    'explain': (['explain', 'signed'], ['explain', '--our-id=x', 'first']),
    'reporters': (['reporters'],),
    'ready': (['ready'], ['ready', 'example.org']),
    'tls': (['tls'], ['tls', 'example.org']),
    'report': (['report', '-o', 'page.html'],
               ['report', '-o', '-', 'example.org']),
    'show': (['show', '1'],),
    'digest': (['digest'],),
    'alerts': (['alerts', '--state=state'], ['alerts', '--state=state']),
    'query': (['query'],),           # and each that is built in
    'sender': (['sender'],
               ['sender', 'add', 'example.org', 'own', '192.0.2.1'],
               ['sender', 'add', 'example.org', 'service', 'example.net'],
               ['sender', 'suggest', 'example.org'],
               ['sender', 'remove', 'example.org', '192.0.2.1']),
    'export': (['export', 'records'], ['export', 'reports'],
               ['export', 'failures'], ['export', 'tls'],
               ['export', 'records', '--columns=parsedmarc']),
    'feed': (['feed'], ['feed', '--flat', '--cursor=cursor', 'report']),
    'import': (['import', '-n', 'mail'], ['import', 'mail'],
               ['import', 'mail']),
    'backup': (['backup', 'copy.db'],),
    'prune': (['prune', '-n', '--older-than=400d'],
              ['prune', '--older-than=400d']),
    'help': (['help'],),
    '192.0.2.1': (['192.0.2.1'], ['192.0.2.9'], ['2001:db8::1']),
    'dns': (['dns', '--offline', 'example.org'], ['dns', '--offline']),
    '': (['-V'], ['--help']),
}
EXPLAINED = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..',
                         'explain')
FAILURE = b"""From: ruf@receiver.example
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Auth-Failure: dmarc
Reported-Domain: example.org
Source-IP: 192.0.2.2
Authentication-Results: mx.receiver.example; dkim=fail header.d=example.org
"""
# They ask whenever they are called.
ASKING = {'lookup'}
FAMILY = re.compile(r'\b(socket\(|connect\(|bind\(|send(?:to|msg|mmsg)\().*?'
                    r'\b([AP]F_\w+)')


@pytest.fixture
def db(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    os.mkdir(tmp_path / 'db')
    rows = [('192.0.2.1', 100, PASS), ('192.0.2.2', 50, FAIL),
            ('2001:db8::1', 5, FAIL)]
    (tmp_path / 'mail').write_bytes(mail(report(rows=rows)))
    (tmp_path / 'first').write_bytes(mail(report(rows=rows, ident='r2')))
    (tmp_path / 'signed').write_bytes(explained('google.eml'))
    (tmp_path / 'failure').write_bytes(FAILURE)
    ctl('import', '-q', 'first', 'failure')
    return ctl


def explained(name):
    with open(os.path.join(EXPLAINED, name), 'rb') as f:
        return f.read()


def families(log):
    """The address families that a process used, but for those of a pipe."""
    with open(log, encoding='utf-8', errors='replace') as f:
        return {family for _, family in FAMILY.findall(f.read())}


def commands(ctl):
    return re.findall(r'^  ruactl (\S+) ', ctl('--help'), re.M)


def traced(ctl, *words):
    """The families, and the exit status."""
    log = str(ctl.directory / 'trace')
    done = subprocess.run(
        ['strace', '-f', '-e', 'trace=%network,execve', '-o', log,
         ctl.program, *words], stdin=subprocess.DEVNULL, check=False,
        capture_output=True, timeout=PATIENCE, cwd=ctl.directory,
        env=ctl.env)
    with open(log, encoding='utf-8', errors='replace') as f:
        assert 'execve' in f.read(), done.stderr           # it was seen
    assert done.returncode not in (64, 66, 70), (words, done.stderr)
    return families(log), done.returncode


def test_every_command_is_looked_at(db):
    assert set(commands(db)) - ASKING == set(COMMANDS) - {''}


@pytest.mark.parametrize('name', COMMANDS)
def test_no_command_asks_anybody(db, nameserver, name):
    # Even where there is something that was looked up before.
    ns = nameserver({'example.org': '@ TXT "v=spf1 ip4:192.0.2.1 -all"'})
    subprocess.run([db.program, 'dns', '--server=' + ns.server,
                    'example.org'], check=False, capture_output=True,
                   timeout=PATIENCE, env=db.env)
    runs = list(COMMANDS[name])
    if name == 'query':
        values = {'IP': '192.0.2.1', 'DOMAIN': 'example.org'}
        runs += [['query', *(values.get(word, word) for word in
                             re.split(r' {2,}', line)[0].split())]
                 for line in db('query').splitlines()]
        assert len(runs) > 5
    for words in runs:
        assert traced(db, *words)[0] <= {'AF_UNIX'}, words


@pytest.mark.parametrize('name', [
    'seed-microsoft365.eml', 'bounce-postfix.eml', 'arc-list.eml',
    'reply-gmail.txt', 'forged.eml'])
def test_explain_asks_nobody_without_dns(db, name):
    """Neither with a database nor without."""
    (db.directory / 'message').write_bytes(explained(name))
    for more in [], ['-d', str(db.directory / 'none.db')]:
        used, code = traced(db, *more, 'explain', 'message')
        assert (used <= {'AF_UNIX'}, code) == (True, 0), used


def test_ruad_parse_asks_nobody(build, tmp_path):
    log = str(tmp_path / 'trace')
    done = subprocess.run(
        ['strace', '-f', '-e', 'trace=%network', '-o', log,
         build + '/ruad-parse'], input=gen.mail('network', 0).data,
        capture_output=True, timeout=PATIENCE, check=False)
    assert b'"type":"aggregate"' in done.stdout, done.stderr
    assert families(log) == set()


def test_ruad_talks_to_its_mailbox_alone(rig, tmp_path):
    mailbox = rig.mailbox()
    mailbox.deliver(gen.mail('network', 0))
    log = str(tmp_path / 'trace')
    d = rig.start('-1', under=['strace', '-f', '-e', 'trace=%network',
                               '-o', log])
    assert d.wait() == 0
    with open(log, encoding='utf-8', errors='replace') as f:
        trace = f.read()
    peers = set(re.findall(r'sin6?_port=htons\((\d+)\)', '\n'.join(
        line for line in trace.split('\n') if 'connect(' in line)))
    # getaddrinfo() connects a UDP socket, without sending, to sort addresses.
    assert peers - {'0'} == {str(mailbox.server.tls_port)}
    assert families(log) <= {'AF_UNIX', 'AF_INET', 'AF_INET6', 'AF_NETLINK'}


def test_who_asks_is_seen(db, fake_nameserver):
    """That the tests above would find it."""
    server = fake_nameserver('nxdomain')
    assert traced(db, 'dns', '--server=' + server.server,
                  'example.org')[0] == {'AF_INET'}
    asked = server.count()
    assert asked > 0
    assert traced(db, 'explain', '--dns', '--server=' + server.server,
                  'signed')[0] == {'AF_INET'}
    assert server.count() > asked
