# SPDX-License-Identifier: BSD-2-Clause
"""ruad.service under a real systemd: installed as README says, started,
watched, reloaded, killed and stopped, with every restriction of the unit."""

import os
import re
import shutil
import subprocess
import time

import pytest

import gen
import rig as rigs
from dovecot import PASSWORD
from longform import SHORT
from machine import Machine
from oauthrig import oauth2, place, tokend     # noqa: F401
from patience import PATIENCE
from tokend import CLIENT_SECRET, REFRESH

# pylint: disable=redefined-outer-name

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
DROP_IN = '/etc/systemd/system/ruad.service.d/'
ID_MAIL = 'MESSAGE_ID=255c547ce557105fc5192a1fbf42b86f'
ID_POLL = 'MESSAGE_ID=700f69b6e3424668df3ad738a4d3390d'

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')


@pytest.fixture(scope='module')
def booted(build):
    """A machine with ruad in it, installed as README says."""
    if os.path.basename(build) not in ('dev', 'release', 'clang'):
        pytest.skip('sanitizers do not live under this unit')
    m = Machine()
    try:
        m.boot()
    except (RuntimeError, OSError, subprocess.SubprocessError) as e:
        m.close()
        pytest.skip('no systemd can be booted here: %s' % e)
    try:
        subprocess.run(
            ['make', '-s', '-f', SOURCE + '/Makefile', 'srcdir=' + SOURCE,
             'B=' + os.path.basename(build), 'DESTDIR=' + m.path('/'),
             'install'], cwd=os.path.dirname(os.path.dirname(build)),
            stdout=subprocess.DEVNULL, check=True,
            env={'PATH': os.environ['PATH']})
        m.must('systemd-sysusers')
        m.must('systemd-tmpfiles', '--create', 'ruad.conf')
        m.must('systemctl', 'daemon-reload')
        yield m
    finally:
        m.close()


def holds(what):
    try:
        return what()
    except FileNotFoundError:
        return False            # a mail was moved while we looked


class Service:
    def __init__(self, machine, rig):
        self.machine, self.rig = machine, rig
        self.since = 0

    def mailbox(self, **options):
        return self.rig.mailbox(**{
            'password_file': '/etc/ruad/own.pass',
            'ca_file': '/etc/ruad/ca.crt', 'interval': '1h', **options})

    def configure(self):
        m = self.machine
        text = self.rig.config().replace(
            self.rig.database, '/var/lib/ruad/ruad.db')
        m.write('/etc/ruad/ruad.conf', text, 0o640, 'root:ruad')
        m.write('/etc/ruad/own.pass', PASSWORD + '\n', 0o600, 'ruad:ruad')
        shutil.copy(self.rig.server.ca, m.path('/etc/ruad/ca.crt'))

    def drop_in(self, text, name='test.conf'):
        self.machine.write(DROP_IN + name, text)
        self.machine.must('systemctl', 'daemon-reload')

    def example(self, name, *edits):
        """One of those that are installed, as an admin changes it."""
        path = self.machine.path('/usr/local/share/doc/ruad/systemd/' + name)
        with open(path, encoding='ascii') as f:
            text = f.read()
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        self.drop_in(text, name)

    def start(self):
        self.configure()
        self.machine.must('systemctl', 'start', 'ruad')

    def lines(self, *matches):
        """What ruad has told the journal since the test began."""
        return [e for e in self.machine.journal(*matches)
                if e.get('SYSLOG_IDENTIFIER') == 'ruad' and
                int(e['__REALTIME_TIMESTAMP']) >= self.since]

    def wait(self, what, look=0.05):
        deadline = time.monotonic() + PATIENCE
        while not holds(what):
            assert time.monotonic() < deadline, self.machine.log()
            time.sleep(look)

    def pid(self):
        return self.machine.show('MainPID')['MainPID']

    def family(self):
        """{name: its /proc/PID/status} of all processes of the service."""
        found = {}
        for pid in os.listdir(self.machine.path('/proc')):
            try:
                with open(self.machine.path('/proc/%s/status' % pid),
                          encoding='ascii') as f:
                    fields = dict(line.rstrip('\n').split(':\t', 1)
                                  for line in f if ':\t' in line)
            except OSError:
                continue
            if fields['Name'].startswith('ruad'):
                found[fields['Name']] = fields
        return found

    def reset(self):
        self.machine.must(
            'sh', '-c', 'systemctl stop ruad; rm -rf /var/lib/ruad/* %s; '
            'systemctl daemon-reload && systemctl reset-failed' % DROP_IN)
        self.since = time.time() * 1e6


@pytest.fixture
def service(booted, rig):
    s = Service(booted, rig)
    s.reset()
    yield s
    rig.outputs.append(booted.run('journalctl', '-o', 'export',
                                  '--no-pager').stdout)
    booted.run('systemctl', 'stop', 'ruad')
    # The rig looks at the database and the mails after this.  SQLite would
    # resolve the path to a file of this machine.
    source = booted.path('/var/lib/ruad')
    os.mkdir(rig.path('db'))
    for name in os.listdir(source):
        shutil.copy(source + '/' + name, rig.path('db'))


def test_the_service_collects_and_tells_how_it_is(service):
    m = service.mailbox()
    report = gen.mail('unit', 0)
    m.deliver(report, gen.plain_mail('person@example.org', 'Hi', 'x'))
    service.start()
    is_ready = service.machine.show('ActiveState', 'SubState', 'StatusText')
    assert is_ready['ActiveState'] == 'active', is_ready
    assert is_ready['SubState'] == 'running'
    assert '1 mailbox' in is_ready['StatusText']
    service.wait(lambda: m.counts() == {'Archive': 1, 'INBOX': 1})
    service.wait(lambda: service.lines(ID_POLL))
    state = os.stat(service.machine.path('/var/lib/ruad'))
    ruad = int(service.machine.must('id', '-u', 'ruad'))
    assert (state.st_uid, state.st_mode & 0o777) == (ruad, 0o750)


def test_the_journal_has_fields(service):
    m = service.mailbox()
    report = gen.mail('fields', 0)
    m.deliver(report, b'Subject: =?utf-8?Q?x=0APRIORITY=3D0?=\r\n'
              b'Content-Type: application/gzip; name="a!b!1!2.xml.gz"\r\n'
              b'Content-Transfer-Encoding: base64\r\n\r\nH4sI\r\n')
    service.start()
    service.wait(lambda: service.lines(ID_POLL))
    by_status = {e['RUAD_STATUS']: e for e in service.lines(ID_MAIL)}
    assert set(by_status) == {'stored', 'failed'}
    for e in by_status.values():
        assert e['_TRANSPORT'] == 'journal'
        assert e['SYSLOG_IDENTIFIER'] == 'ruad'
        assert e['RUAD_MAILBOX'] == m.name
    assert by_status['failed']['PRIORITY'] == '4'
    stored = by_status['stored']
    assert stored['PRIORITY'] == '6'
    assert stored['RUAD_DOMAIN'] == report.report.domain
    assert stored['RUAD_ORG'] == report.report.org_name
    assert stored['RUAD_RECORDS'] == str(len(report.report.records))
    poll, = service.lines(ID_POLL)
    assert (poll['RUAD_STATUS'], poll['RUAD_MAILS'],
            poll['RUAD_MAILS_FAILED']) == ('ok', '2', '1')
    assert not [e for e in service.lines() if e['PRIORITY'] < '3']


def test_the_one_line_of_a_short_life_is_the_units_too(service):
    """journald asks /proc whose line it is, when the process may be gone."""
    service.mailbox(password_file=None, password_command=['/bin/true'])
    service.rig.check_rows = False
    service.start()
    for n in range(1, 9 if SHORT else 21):
        service.wait(lambda n=n: len(service.lines(ID_POLL)) == n)
        service.wait(lambda: len(service.family()) == 1)
        # After a reload the same error is said again.
        service.machine.must('kill', '-HUP', service.pid())
    polls = service.lines(ID_POLL)
    assert [e.get('_SYSTEMD_UNIT') for e in polls] == [
        'ruad.service'] * len(polls)


def test_no_process_of_it_has_a_right_too_many(service):
    m = service.mailbox()
    m.deliver(*rigs.reports('rights', 200, records=300))
    service.start()
    seen = {}

    def locked_in():
        """The parser has its own filter besides the unit's."""
        seen.update(service.family())
        return 'ruad-parse' in seen and int(
            seen['ruad-parse']['Seccomp_filters']) > int(
            seen['ruad']['Seccomp_filters']) > 0

    service.wait(locked_in, look=0.01)
    for name, status in seen.items():
        assert status['NoNewPrivs'] == '1', name
        assert status['Seccomp'] == '2', name
        for what in ('CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
            assert int(status[what], 16) == 0, (name, what)
    service.wait(lambda: m.counts() == {'Archive': 200})


def test_it_can_run_nothing_and_write_nowhere(service):
    service.mailbox()
    service.start()
    inside = ['nsenter', '-t', service.pid(), '-m', '--']
    for program in ('/bin/sh', '/usr/bin/env', '/bin/true'):
        done = service.machine.run(*inside, program)
        assert done.returncode == 126 and 'Permission denied' in done.stderr
    with open(service.machine.path('/proc/%s/mounts' % service.pid()),
              encoding='utf-8') as f:
        mounts = {line.split()[1]: line.split()[3].split(',') for line in f}
    assert 'ro' in mounts['/'] and 'noexec' in mounts['/']
    assert 'rw' in mounts['/var/lib/ruad']
    assert 'rw' not in mounts.get('/etc', []) + mounts.get('/usr', [])
    limits = service.machine.show('MemoryMax', 'TasksMax')
    assert limits == {'MemoryMax': str(512 << 20), 'TasksMax': '192'}


def test_reload_takes_a_new_configuration_and_refuses_a_bad_one(service):
    one = service.mailbox(name='one')
    service.start()
    two = service.mailbox(name='two')
    two.deliver(gen.mail('reload', 0))
    service.configure()
    pid = service.pid()
    service.machine.must('systemctl', 'reload', 'ruad')
    service.wait(lambda: two.counts() == {'Archive': 1})
    one.options['nonsense'] = 1
    service.configure()
    service.machine.must('systemctl', 'reload', 'ruad')
    service.wait(lambda: [e for e in service.lines('PRIORITY=3')
                          if 'nonsense' in e['MESSAGE']])
    assert service.pid() == pid
    assert service.machine.show('ActiveState') == {'ActiveState': 'active'}
    del one.options['nonsense']


def test_a_bad_configuration_fails_once_and_says_why(service):
    m = service.mailbox()
    m.options['hots'] = 'x'
    service.configure()
    assert service.machine.run('systemctl', 'start', 'ruad').returncode != 0
    shown = service.machine.show('ActiveState', 'NRestarts', 'ExecMainStatus')
    assert shown == {'ActiveState': 'failed', 'NRestarts': '0',
                     'ExecMainStatus': '78'}
    said, = [e for e in service.lines('PRIORITY=3') if 'hots' in e['MESSAGE']]
    assert '/etc/ruad/ruad.conf:' in said['MESSAGE']
    service.rig.check_rows = False


def test_a_unit_that_forbids_the_sandbox_is_told_so(service):
    """systemd 252 leaves seccomp(2) out of @system-service, as others may."""
    service.drop_in('[Service]\nSystemCallFilter=~seccomp\n')
    service.mailbox()
    service.rig.check_rows = False
    service.configure()
    assert service.machine.run('systemctl', 'start', 'ruad').returncode != 0
    assert service.machine.show('ActiveState', 'ExecMainStatus') == {
        'ActiveState': 'failed', 'ExecMainStatus': '78'}
    said = [e['MESSAGE'] for e in service.machine.journal(
        'PRIORITY=3', '_SYSTEMD_UNIT=ruad.service')]
    assert any('a systemd unit must allow the system calls seccomp and '
               'landlock_*' in m for m in said), said


def test_a_supervisor_that_hangs_is_restarted(service):
    service.drop_in('[Service]\nWatchdogSec=2s\nRestartSec=100ms\n')
    m = service.mailbox()
    m.deliver(gen.mail('hang', 0))
    service.start()
    service.wait(lambda: m.counts() == {'Archive': 1})
    pid = service.pid()
    service.machine.must('kill', '-STOP', pid)
    m.deliver(gen.mail('hang', 1))
    service.wait(lambda: m.counts() == {'Archive': 2})
    assert service.pid() not in ('0', pid)
    assert service.machine.show('NRestarts') == {'NRestarts': '1'}


def test_whatever_is_killed_the_service_goes_on(service):
    service.drop_in('[Service]\nRestartSec=100ms\n')
    m = service.mailbox()
    m.deliver(*rigs.reports('killed', 300, records=20))
    service.start()
    service.wait(lambda: 'Archive' in m.counts())
    service.machine.must('kill', '-KILL', service.pid())
    service.wait(lambda: m.counts() == {'Archive': 300})


def test_stop_is_clean(service):
    m = service.mailbox()
    m.deliver(*rigs.reports('stop', 300, records=20), stored=False)
    service.rig.check_rows = False
    service.start()
    service.wait(lambda: 'ruad-parse' in service.family(), look=0.01)
    service.machine.must('systemctl', 'stop', 'ruad')
    # Not after TimeoutStopSec=, by force: then this is a timeout.
    shown = service.machine.show('ActiveState', 'Result', 'ExecMainStatus')
    assert shown == {'ActiveState': 'inactive', 'Result': 'success',
                     'ExecMainStatus': '0'}


def test_a_password_may_be_a_credential(service):
    service.example('credential.conf')
    m = service.mailbox(password_file=None, password_credential='own')
    m.deliver(gen.mail('credential', 0))
    service.configure()
    os.chown(service.machine.path('/etc/ruad/own.pass'), 0, 0)
    service.machine.must('systemctl', 'start', 'ruad')
    service.wait(lambda: m.counts() == {'Archive': 1})


def test_a_password_command_needs_the_drop_in(service):
    m = service.mailbox(password_file=None, password_command=[
        '/usr/bin/cat', '/etc/ruad/own.pass'])
    m.deliver(gen.mail('command', 0))
    service.start()
    service.wait(lambda: service.lines(ID_POLL, 'PRIORITY=3'))
    failed, = service.lines(ID_POLL, 'PRIORITY=3')
    assert '/usr/bin/cat' in failed['MESSAGE']
    assert m.counts() == {'INBOX': 1}
    service.example('password-command.conf')
    service.machine.must('systemctl', 'restart', 'ruad')
    service.wait(lambda: m.counts() == {'Archive': 1})
    inside = ['nsenter', '-t', service.pid(), '-m', '--']
    assert service.machine.run(*inside, '/bin/sh').returncode == 126


def test_a_refresh_token_is_replaced_in_the_state_directory(service, tokend):
    """The one secret that ruad writes, where the unit lets it."""
    tokend.rotate = True
    path = '/var/lib/ruad/own.refresh'
    service.machine.write(path, tokend.refresh + '\n', 0o600, 'ruad:ruad')
    service.machine.write('/etc/ruad/own.secret', CLIENT_SECRET + '\n', 0o600,
                          'ruad:ruad')
    m = service.mailbox(password_file=None, auth='xoauth2', oauth2=oauth2(
        service.rig, tokend, grant='refresh_token', refresh_token_file=path,
        client_secret_file='/etc/ruad/own.secret'))
    m.deliver(gen.mail('oauth', 0))
    service.start()
    service.wait(lambda: m.counts() == {'Archive': 1})
    with open(service.machine.path(path), encoding='ascii') as f:
        assert f.read() == tokend.refresh + '\n' != REFRESH + '0\n'
    service.machine.must('rm', path)        # no secret for check() to find


def test_a_member_of_the_group_reads_and_nobody_else(service):
    m = service.mailbox()
    m.deliver(gen.mail('group', 0))
    service.start()
    service.wait(lambda: m.counts() == {'Archive': 1})
    member = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--groups=ruad']
    other = member[:-1] + ['--clear-groups']
    sqlite = ['sqlite3', '-readonly', '/var/lib/ruad/ruad.db',
              'SELECT count(*) FROM report']
    status = ['/usr/local/bin/ruactl', 'status']
    for running in True, False:
        assert service.machine.must(*member, *sqlite) == '1\n'
        said = service.machine.must(*member, *status)
        assert 'own' in said
        assert service.machine.run(*other, *sqlite).returncode != 0
        assert service.machine.run(*other, *status).returncode == 77
        if running:
            service.machine.must('systemctl', 'stop', 'ruad')


def test_systemd_finds_no_mistake_in_the_unit(booted):
    done = booted.run('systemd-analyze', 'verify', '--man=no', 'ruad.service')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_the_catalog_explains_every_kind_of_line(service):
    with open(SOURCE + '/src/daemon/journal.c', encoding='ascii') as f:
        kinds = re.findall(r'#define ID_\w+ "([0-9a-f]{32})"', f.read())
    assert len(kinds) >= 5
    service.machine.must('journalctl', '--update-catalog')
    text = service.machine.must('journalctl', '--dump-catalog', *kinds)
    assert text.count('Defined-By: ruad') == len(kinds)
    service.mailbox(password_file='/etc/ruad/nothing')
    service.rig.check_rows = False
    service.start()
    service.wait(lambda: service.lines(ID_POLL))
    said = service.machine.must('journalctl', '-x', '--no-pager', ID_POLL)
    assert 'sudo -u ruad ruad -t -m own' in said


def test_a_drop_in_exposes_no_more(booted):
    for name in ('password-command.conf', 'credential.conf'):
        booted.must('sh', '-c', 'mkdir -p {0} && cp /usr/local/share/doc/ruad/'
                    'systemd/{1} {0}'.format(DROP_IN, name))
    booted.must('systemctl', 'daemon-reload')
    said = booted.must('systemd-analyze', 'security', '--no-pager',
                       'ruad.service')
    level = said.rpartition('exposure level for ruad.service:')[2].split()[0]
    assert float(level) <= 1.2, said
    booted.must('rm', '-r', DROP_IN)
