# SPDX-License-Identifier: BSD-2-Clause
"""The units of ruad-timers(8) under a real systemd: not enabled, locked in, and
what they tell and write."""

import email
import email.policy
import os
import re
import stat
import time

import pytest

from ctl import DAY, FAIL, report
from receivers import Receiver, SmtpHandler
from patience import wait_until
from test_systemd import booted         # noqa: F401

# pylint: disable=redefined-outer-name

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')
NAMES = ['alert', 'backup', 'digest', 'dns', 'metrics', 'prune', 'report']
UNITS = ['ruad-%s.service' % name for name in NAMES] + [
    'ruad-failed@x.service']
TIMERS = ['ruad-%s.timer' % name for name in NAMES]
ETC = '/etc/systemd/system/'
EXAMPLES = '/usr/local/share/doc/ruad/systemd/'
DB = '/var/lib/ruad/ruad.db'
TODAY = int(time.time()) // 86400 * 86400


class Host:
    def __init__(self, machine):
        self.machine = machine
        self.name = machine.must('uname', '-n').strip()
        self.since = 0

    def drop_in(self, unit, *lines, name='test.conf'):
        self.machine.write('%s%s.d/%s' % (ETC, unit, name),
                           '[Service]\n' + '\n'.join(lines) + '\n')
        self.machine.must('systemctl', 'daemon-reload')

    def example(self, name, unit, *edits):
        """One of those that are installed, as an admin changes it."""
        with open(self.machine.path(EXAMPLES + name), encoding='ascii') as f:
            text = f.read()
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        self.machine.write('%s%s.d/%s' % (ETC, unit, name), text)
        self.machine.must('systemctl', 'daemon-reload')

    def start(self, unit, status=0):
        """Start it by hand; the exit status is its main process's."""
        self.machine.run('systemctl', 'start', unit)
        shown = self.machine.show('Result', 'ExecMainStatus', unit=unit)
        assert shown == {'Result': 'exit-code' if status else 'success',
                         'ExecMainStatus': str(status)}, self.machine.log()

    def said(self, unit):
        return [e['MESSAGE'] for e in self.machine.journal(
            '_SYSTEMD_UNIT=' + unit)
            if int(e['__REALTIME_TIMESTAMP']) >= self.since]

    def ruactl(self, *args):
        return self.machine.must('runuser', '-u', 'ruad', '--',
                                 '/usr/local/bin/ruactl', *args)

    def store(self, xml):
        self.machine.write('/var/tmp/in.xml', xml.decode())
        self.ruactl('import', '-q', '/var/tmp/in.xml')

    def reset(self):
        # What a unit keeps is made by systemd, with the right owner.
        self.machine.must(
            'sh', '-c', 'rm -rf /var/lib/ruad/* /var/lib/ruad-* /srv/* '
            '/etc/ruad/alert.d/* %sruad*.d; rm -f /etc/ruad/*.curl; '
            'systemctl daemon-reload && systemctl reset-failed && '
            'systemd-tmpfiles --create ruad.conf' % ETC)
        self.since = time.time() * 1e6


@pytest.fixture
def host(booted):
    one = Host(booted)
    one.reset()
    return one


@pytest.fixture
def mail(host):
    """A mail server of this machine, which all that send use."""
    one = Receiver(SmtpHandler)
    host.drop_in('ruad-.service', 'Environment=RUAD_SMTP=smtp://127.0.0.1:%d'
                 % one.port, name='0-smtp.conf')
    yield one
    one.close()


def parsed(data):
    message = email.message_from_bytes(data.replace(b'\r\n', b'\n'),
                                       policy=email.policy.default)
    assert not message.defects and message['Date'].datetime
    assert message['Auto-Submitted'] == 'auto-generated'
    return message


def today(rows, ident='today', ago=0, **options):
    """A report of today, or of so many days ago."""
    return report(day=(TODAY - DAY) // 86400 - ago, rows=rows, ident=ident,
                  **options)


# --- as they are installed --------------------------------------------------

def test_nothing_is_enabled_by_itself(booted):
    assert booted.run('systemctl', 'is-enabled', *TIMERS).stdout == (
        'disabled\n' * len(TIMERS))
    booted.must('systemctl', 'enable', '--now', *TIMERS)
    for timer in TIMERS:
        shown = booted.show('ActiveState', 'NextElapseUSecRealtime',
                            unit=timer)
        assert shown['ActiveState'] == 'active'
        assert shown['NextElapseUSecRealtime']
    booted.must('systemctl', 'disable', '--now', *TIMERS)
    booted.must('systemctl', 'stop',
                *['ruad-%s.service' % name for name in NAMES])


def test_systemd_finds_no_mistake_in_them(booted):
    done = booted.run('systemd-analyze', 'verify', '--man=no', *UNITS, *TIMERS)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


@pytest.mark.parametrize('unit', UNITS)
def test_they_are_locked_in(host, unit):
    host.example('mailto.conf', 'ruad-.service')
    if unit == 'ruad-alert.service':
        host.example('webhook.conf', unit)
    said = host.machine.must('systemd-analyze', 'security', '--no-pager', unit)
    level = said.rpartition('level for %s:' % unit)[2].split()[0]
    assert float(level) <= 1.5, said


def test_no_unit_has_a_place_that_was_not_filled_in(booted):
    text = booted.must('sh', '-c', 'cd /usr/local/lib/systemd/system && '
                       'cat ruad* && cd /usr/local/libexec/ruad && '
                       'cat ruad-[sdb]* hooks/*')
    assert not re.findall(r'@[a-z]+@', text)
    assert text.count('NoNewPrivileges=yes') == text.count('\n[Service]\n') > 8


def test_what_manuals_name_is_there(booted):
    text = booted.must('sh', '-c', 'cat /usr/local/share/man/man?/ruad*')
    paths = set(re.findall(r'/usr/(?:local/)?(?:libexec|share/doc)/ruad[\w./-]*',
                           text))
    assert len(paths) > 6
    booted.must('ls', '-d', *paths)


# --- digest -----------------------------------------------------------------

def test_a_digest_comes_when_there_is_something_to_do(host, mail):
    host.example('mailto.conf', 'ruad-.service', (
        'postmaster@example.org', 'admin@example.org other'))
    host.store(today([('192.0.2.1', 100, FAIL)], p='reject'))
    host.ruactl('sender', 'add', 'Büro', 'own', '192.0.2.1')
    host.start('ruad-digest.service')
    one, = mail.got
    assert one.sender == 'FROM:<admin@example.org>'
    assert one.recipients == ['TO:<admin@example.org>', 'TO:<other@localhost>']
    message = parsed(one.data)
    want = host.machine.run('runuser', '-u', 'ruad', '--',
                            '/usr/local/bin/ruactl', 'digest')
    assert want.returncode == 1
    told, = re.findall(r'^(\d+ things? needs? attention):$', want.stdout, re.M)
    assert message['Subject'] == '%s: DMARC digest, %s' % (host.name, told)
    assert message['To'] == 'admin@example.org, other@localhost'
    assert message['From'] == 'admin@example.org'
    assert message.get_content() == want.stdout
    assert 'Büro' in want.stdout


def test_no_digest_comes_when_there_is_nothing_to_do(host, mail):
    host.store(today([('192.0.2.1', 100, ('pass', 'pass'))]))
    host.start('ruad-digest.service')
    assert not mail.got
    host.drop_in('ruad-digest.service', 'Environment=RUAD_ALWAYS=yes RUAD_OPTIONS=--since=3d')
    host.start('ruad-digest.service')
    one, = mail.got
    message = parsed(one.data)
    assert message['Subject'] == host.name + ': DMARC digest, nothing to do'
    assert message['Content-Transfer-Encoding'] == '7bit'
    assert message.get_content() == host.ruactl('digest', '--since=3d')
    assert message['To'] == 'root@localhost'


def test_without_a_database_the_digest_fails(host, mail):
    host.start('ruad-digest.service', 66)
    assert any('there is no database' in line
               for line in host.said('ruad-digest.service'))
    assert not mail.got


def test_a_mail_server_that_refuses_is_told(host, mail):
    host.store(today([('192.0.2.1', 100, FAIL)]))
    mail.server.refuses = True
    host.drop_in('ruad-digest.service', 'Environment=RUAD_ALWAYS=yes')
    host.start('ruad-digest.service', 75)
    assert any('no mail server takes the message at smtp://127.0.0.1:' in line
               for line in host.said('ruad-digest.service'))
    mail.server.refuses = False
    host.start('ruad-digest.service')
    assert len(mail.got) == 1


FAKE_SENDMAIL = '''#!/bin/sh
echo "$@" >/srv/outbox/args
exec cat >/srv/outbox/message
'''


def test_a_program_takes_the_message_instead_of_a_server(host):
    host.store(today([('192.0.2.1', 100, ('pass', 'pass'))]))
    host.drop_in('ruad-digest.service', 'Environment=RUAD_ALWAYS=yes',
                 'Environment=RUAD_SENDMAIL=/srv/sendmail',
                 'ReadWritePaths=-/srv/outbox')
    host.start('ruad-digest.service', 69)
    assert any('cannot run /srv/sendmail' in line
               for line in host.said('ruad-digest.service'))
    host.machine.write('/srv/sendmail', FAKE_SENDMAIL, 0o755)
    host.start('ruad-digest.service', 75)
    host.machine.must('install', '-d', '-o', 'ruad-alert', '/srv/outbox')
    host.start('ruad-digest.service')
    read = host.machine.must('cat', '/srv/outbox/args', '/srv/outbox/message')
    args, _, data = read.partition('\n')
    assert args == '-i -t'
    message = parsed(data.encode())
    assert message['Subject'] == host.name + ': DMARC digest, nothing to do'
    assert message.get_content() == host.ruactl('digest')


# --- what fails -------------------------------------------------------------

def test_who_wants_to_know_is_told_of_a_unit_that_failed(host, mail):
    host.example('on-failure.conf', 'ruad-prune.service')
    host.start('ruad-prune.service', 78)
    assert any('RUAD_OLDER_THAN is not set: say with "systemctl edit' in line
               for line in host.said('ruad-prune.service')), host.machine.log()
    wait_until(lambda: mail.got)
    message = parsed(mail.got[0].data)
    assert message['Subject'] == host.name + ': ruad-prune.service failed'
    assert message.get_content() == (
        'ruad-prune.service failed. This tells why:\n\n'
        '    journalctl -u ruad-prune.service -n 50\n')


def test_who_wants_to_know_is_told_that_ruad_is_down(host, mail):
    host.example('on-failure.conf', 'ruad.service')
    host.machine.must('cp', '-p', '/etc/ruad/ruad.conf', '/srv/sample')
    host.machine.must('sh', '-c', 'echo nonsense >>/etc/ruad/ruad.conf')
    host.start('ruad.service', 78)
    host.machine.must('cp', '-p', '/srv/sample', '/etc/ruad/ruad.conf')
    wait_until(lambda: mail.got)
    assert parsed(mail.got[0].data)['Subject'] == (
        host.name + ': ruad.service failed')
    host.machine.must('systemctl', 'reset-failed', 'ruad.service')


# --- files ------------------------------------------------------------------

def mode(host, path):
    return stat.S_IMODE(os.stat(host.machine.path(path)).st_mode)


def test_a_page_is_written_for_a_web_server(host):
    host.store(today([('192.0.2.1', 100, FAIL)]))
    page = '/var/lib/ruad-report/index.html'
    host.drop_in('ruad-report.service', 'Group=www-data',
                 'Environment=RUAD_OPTIONS=--since=3d')
    for _ in range(2):
        host.start('ruad-report.service')
        text = host.machine.must(
            'setpriv', '--reuid=www-data', '--regid=www-data',
            '--clear-groups', 'cat', page)
        assert 'example.org' in text and text.endswith('</html>\n')
        assert os.listdir(host.machine.path('/var/lib/ruad-report')) == [
            'index.html']
    assert (mode(host, page), mode(host, '/var/lib/ruad-report')) == (
        0o640, 0o750)


def test_numbers_for_the_node_exporter_are_replaced_whole(host):
    host.start('ruad-metrics.service', 66)
    assert not os.path.exists(
        host.machine.path('/var/lib/ruad-metrics/ruad.prom'))
    host.store(today([('192.0.2.1', 100, FAIL)]))
    host.start('ruad-metrics.service')
    text = host.machine.must('setpriv', '--reuid=nobody', '--regid=nogroup',
                             '--clear-groups', 'cat',
                             '/var/lib/ruad-metrics/ruad.prom')
    assert text == host.ruactl('metrics')
    host.machine.must('mv', DB, DB + '.gone')
    host.start('ruad-metrics.service', 66)
    host.machine.must('mv', DB + '.gone', DB)
    with open(host.machine.path('/var/lib/ruad-metrics/ruad.prom'),
              encoding='utf-8') as f:
        assert f.read() == text


def backups(host):
    return sorted(os.listdir(host.machine.path('/var/lib/ruad-backup')))


def test_backups_are_made_and_the_oldest_go(host):
    host.store(today([('192.0.2.1', 100, FAIL)]))
    host.drop_in('ruad-backup.service', 'Environment=RUAD_KEEP=3')
    host.start('ruad-backup.service')
    first, = backups(host)
    assert re.fullmatch(r'ruad-\d{4}-\d\d-\d\dT\d{6}Z\.db', first)
    path = '/var/lib/ruad-backup/'
    assert (mode(host, path + first), mode(host, path)) == (0o640, 0o750)
    assert host.ruactl('-d', path + first, 'reports', '--format=csv'
                       ) == host.ruactl('reports', '--format=csv')
    old = ['ruad-2026-01-0%dT020000Z.db' % day for day in range(1, 6)]
    mine = ['mine.db', old[0] + '.sha256', old[0] + '.tar.gz']
    for name in old + mine + ['.ruad-backup.new.a1B2c3', '.ruad-backup.new']:
        host.machine.must('install', '-o', 'ruad', '-m', '640', '/dev/null',
                          path + name)
    # What is damaged pushes nothing out.
    kept = host.machine.must('cat', '/var/tmp/in.xml')
    page = host.machine.must('sqlite3', DB, 'PRAGMA wal_checkpoint(TRUNCATE);'
                             "SELECT rootpage FROM sqlite_schema WHERE name ="
                             " 'report_day'").split()[-1]
    host.machine.must('dd', 'if=/dev/zero', 'of=' + DB, 'bs=4096', 'count=1',
                      'seek=%d' % (int(page) - 1), 'conv=notrunc')
    time.sleep(1)               # until its file would have another name
    host.start('ruad-backup.service', 78)
    assert backups(host) == sorted(old + mine + [first])
    assert any('is damaged' in line
               for line in host.said('ruad-backup.service'))
    host.machine.must('sh', '-c', 'rm -f %s*' % DB)
    host.store(kept.encode())
    host.start('ruad-backup.service')
    assert backups(host)[:-1] == mine + [old[4], first]
    host.drop_in('ruad-backup.service', 'Environment=RUAD_KEEP=all')
    host.start('ruad-backup.service', 78)
    assert len(backups(host)) == 6


def test_what_is_old_is_deleted_once_somebody_said_how_old(host):
    host.store(today([('192.0.2.1', 100, FAIL)]))
    host.store(today([('192.0.2.1', 5, FAIL)], 'old', 100))
    host.start('ruad-prune.service', 78)
    assert host.ruactl('reports', '--format=csv').count('\n') == 3
    host.drop_in('ruad-prune.service', 'Environment=RUAD_OLDER_THAN=400d')
    host.start('ruad-prune.service')
    assert host.ruactl('reports', '--format=csv').count('\n') == 3
    host.drop_in('ruad-prune.service', 'Environment=RUAD_OLDER_THAN=60d')
    host.start('ruad-prune.service')
    assert host.ruactl('reports', '--format=csv').count('\n') == 2
    assert any(line.startswith('deleted: 1 report,')
               for line in host.said('ruad-prune.service'))


def test_no_service_of_them_can_change_what_it_should_not(host):
    """They read the database, and only two write there."""
    host.store(today([('192.0.2.1', 100, FAIL)]))
    for name in NAMES:
        unit = 'ruad-%s.service' % name
        host.drop_in(unit, 'ExecStart=', 'ExecStart=/bin/sh -c '
                     '"id -un; for f in /var/lib/ruad/x /etc/x /usr/x; do '
                     'if echo >$f; then echo wrote $f; fi; done; '
                     'if cat /etc/ruad/ruad.conf; then echo read; fi" ')
        host.machine.must('systemctl', 'start', unit)
        said = host.said(unit)
        is_alert = name in ('alert', 'digest')
        assert ('ruad-alert' if is_alert else 'ruad') in said, said
        assert [line for line in said if line.startswith('wrote')] == (
            ['wrote /var/lib/ruad/x'] if name in ('dns', 'prune') else []), said
        assert ('read' in said) != is_alert
