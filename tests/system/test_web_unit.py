# SPDX-License-Identifier: BSD-2-Clause
"""ruad-web.socket and its service under a real systemd: not enabled, locked
in, and able to do their work with what ruad may store meanwhile."""

import os

import pytest

from ctl import report
from test_systemd import booted         # noqa: F401
from test_web import needs_web

# pylint: disable=redefined-outer-name

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')
SOCKET = '/run/ruad-web/http.sock'


@pytest.fixture
def served(build, booted):
    needs_web(build)
    booted.must('sh', '-c', 'install -d -o ruad -g ruad -m 750 /var/lib/ruad')
    booted.must('systemctl', 'start', 'ruad-web.socket')
    yield booted
    booted.run('systemctl', 'stop', 'ruad-web.socket', 'ruad-web.service')
    booted.must('rm', '-rf', '/var/lib/ruad')


def store(machine, **how):
    machine.write('/var/tmp/a.xml', report(**how).decode())
    machine.must('runuser', '-u', 'ruad', '--', '/usr/local/bin/ruactl',
                 'import', '/var/tmp/a.xml')


def ask(machine, target, user='www-data'):
    done = machine.run(
        'runuser', '-u', user, '--', 'curl', '-s', '-w', '\n%{http_code}',
        '--unix-socket', SOCKET, 'http://reports.example' + target)
    text, _, status = done.stdout.rpartition('\n')
    return int(status or 0), text


def test_it_shows_what_ruad_stores(served):
    assert served.show('ActiveState', unit='ruad-web.service') == {
        'ActiveState': 'inactive'}
    assert ask(served, '/')[0] == 503           # there is no database yet
    store(served)
    status, text = ask(served, '/')
    assert status == 200 and 'example.org' in text, served.log()
    store(served, domain='example.net', ident='r2')
    assert 'example.net' in ask(served, '/')[1]
    assert ask(served, '/d/example.org')[0] == 200
    assert served.show('ActiveState', 'NRestarts',
                       unit='ruad-web.service') == {
        'ActiveState': 'active', 'NRestarts': '0'}
    said = [entry['MESSAGE'] for entry in served.journal(
        '_SYSTEMD_UNIT=ruad-web.service')]
    assert not any('killed' in line for line in said), said


def test_only_the_web_server_may_ask(served):
    store(served)
    assert ask(served, '/', 'nobody')[0] == 0
    assert served.must('stat', '-c', '%a %G', SOCKET) == '660 www-data\n'
    pid = served.show('MainPID', unit='ruad-web.service')['MainPID']
    if pid == '0':
        assert ask(served, '/health') == (200, 'ok\n')
        pid = served.show('MainPID', unit='ruad-web.service')['MainPID']
    assert served.must('ps', '-o', 'user=', '-p', pid).strip() == 'ruad-web'


def test_nothing_is_enabled_by_itself_and_it_exposes_little(build, booted):
    needs_web(build)
    assert booted.run('systemctl', 'is-enabled',
                      'ruad-web.socket').stdout == 'disabled\n'
    done = booted.run('systemd-analyze', 'verify', '--man=no',
                      'ruad-web.service', 'ruad-web.socket')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    said = booted.must('systemd-analyze', 'security', '--no-pager',
                       'ruad-web.service')
    level = said.rpartition('level for ruad-web.service:')[2].split()[0]
    assert float(level) <= 1.2, said
