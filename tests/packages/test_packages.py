# SPDX-License-Identifier: BSD-2-Clause
"""The Debian packages, as an admin meets them: built, installed, configured,
upgraded, removed and purged, in a bare Debian of each of $SUITES with systemd
running.  build/packages/SUITE.txt has every command and what it said.
BUILT=DIR takes the packages of DIR/SUITE, of an earlier run, instead of
building them.

The tests of one suite go on from each other, in the order of this file; after
one that fails, those that need what it has done are skipped.  The mail server
is a private one of this machine.
"""

import functools
import glob
import hashlib
import os
import re
import shutil
import subprocess

import pytest

import gen
from dovecot import PASSWORD, Dovecot
from machine import Machine
from patience import PATIENCE, wait_until

# pylint: disable=redefined-outer-name

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
LOGS = os.path.abspath('build/packages')
BUILT = os.environ.get('BUILT')
LONG = 12 * PATIENCE            # for what compiles and tests everything
CONFIG = '/etc/ruad/ruad.conf'
DATABASE = '/var/lib/ruad/ruad.db'
PACKAGES = 'ruad', 'ruad-web'

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')


@pytest.fixture(scope='module')
def server():
    with Dovecot() as s:
        yield s


def bootable(suite):
    return subprocess.run(
        [HERE + '/root.sh', suite], stdout=subprocess.PIPE, text=True,
        check=True).stdout.strip()


class Admin:
    """Somebody with a new Debian, who can use sudo."""

    def __init__(self, suite, server):
        self.suite, self.server = suite, server
        self.machine = Machine(bootable(suite)).boot()
        self.messages = 0
        self.passed = {'test_make_deb'} if BUILT else set()
        os.makedirs(LOGS, exist_ok=True)
        self.transcript = open('%s/%s.txt' % (LOGS, suite), 'w',
                               encoding='utf-8')

    def close(self):
        self.transcript.close()
        self.machine.close()

    def try_(self, command, directory='/home/admin'):
        done = self.machine.run(
            'runuser', '-u', 'admin', '--', 'env', '-i', 'HOME=/home/admin',
            'LC_ALL=C.UTF-8', 'PATH=/usr/local/bin:/usr/bin:/bin',
            'DEBIAN_FRONTEND=noninteractive', 'sh', '-c',
            'cd %s && exec 2>&1; %s' % (directory, command), timeout=LONG)
        text = re.sub(r'(?m)^\(Reading database \.\.\. *(\d+%)?\n', '',
                      done.stdout)
        print('$ %s\n%s' % (command, text), file=self.transcript, flush=True)
        return done.returncode, text

    def does(self, command, directory='/home/admin'):
        status, text = self.try_(command, directory)
        assert status == 0, '%s: %s\n%s' % (command, text, self.machine.log())
        return text

    def note(self, text):
        print('# %s\n' % text, file=self.transcript, flush=True)

    def deliver(self):
        self.messages += 1
        self.server.deliver(self.suite, [gen.mail(
            'package', self.messages, domain='example.org').data])

    def archived(self):
        return self.server.count_folders(self.suite).get('Archive', 0)

    def wait_for_all(self):
        try:
            wait_until(lambda: self.archived() == self.messages)
        except AssertionError as e:
            raise AssertionError(self.machine.log()) from e

    def reports(self):
        text = self.does('sudo -u ruad ruactl reports --format=csv')
        return len(text.splitlines()) - 1

    def pid(self, unit='ruad.service'):
        return self.machine.show('MainPID', unit=unit)['MainPID']

    def state(self, unit='ruad.service'):
        return self.machine.show('ActiveState', unit=unit)['ActiveState']

    def holds(self, path):
        with open(self.machine.path(path), 'rb') as f:
            return hashlib.sha256(f.read()).hexdigest()


@pytest.fixture(scope='module',
                params=os.environ.get('SUITES', 'bookworm trixie').split())
def admin(request, server):
    one = Admin(request.param, server)
    try:
        yield one
    finally:
        one.close()


def step(*needed):
    """A test that goes on from those, which must have passed."""
    def decorate(test):
        @functools.wraps(test)
        def run(admin):
            for other in needed:
                if other.__name__ not in admin.passed:
                    pytest.skip('%s has not passed on %s' % (
                        other.__name__, admin.suite))
            test(admin)
            admin.passed.add(test.__name__)
        return run
    return decorate


def keep_packages(admin):
    """Those that were built there, here; or the other way round."""
    there = admin.machine.path('/home/admin/ruad/build/deb')
    here = os.path.join(BUILT or LOGS, admin.suite)
    source, target = (here, there) if BUILT else (there, here)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def bring(machine, path, *command):
    """What a git command of this tree writes, as a file there."""
    with open(machine.path(path), 'wb') as f:
        subprocess.run(['git', '-C', SOURCE, *command], stdout=f, check=True)


def clone(admin, directory):
    """git clone, but of what is not on the network."""
    bring(admin.machine, '/srv/ruad.git', 'bundle', 'create', '-q', '-',
          'HEAD', '--tags')
    admin.does('git -c advice.detachedHead=false -c init.defaultBranch=main '
               'clone -q /srv/ruad.git ' + directory)


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, text
    return match.group(1)


@step()
def test_a_clone(admin):
    admin.does('cat /etc/debian_version; uname -r; dpkg-query -W | wc -l')
    admin.does('sudo apt-get -qq update')
    admin.does('sudo apt-get install -y --no-install-recommends git make '
               '| grep -E "newly|Need|After"')
    clone(admin, '/home/admin/ruad')


@step(test_a_clone)
def test_what_deps_costs(admin):
    """The figures of "make deps": as apt gives them."""
    for target in 'deps', 'deps-demo', 'deps-tests':
        status, text = admin.try_(
            'sudo apt-get install --assume-no --no-install-recommends '
            '$(make -n %s | sed "s/.*deps.sh//") | '
            'grep -E "newly|Need|After"' % target, '/home/admin/ruad')
        assert status == 0
        if target == 'deps':
            assert int(found(r'(\d+) newly installed', text)) < 130, text


@step(test_what_deps_costs)
def test_what_make_installs_starts_nothing(admin):
    """As root: a server that is there for the demo, and for tests."""
    wanted = admin.does('make -n deps', '/home/admin/ruad')
    assert not re.search('dovecot|nsd|nginx|chromium', wanted)
    admin.does('make deps-demo', '/home/admin/ruad')
    for unit in 'dovecot.service', 'nsd.service':
        assert admin.machine.show('LoadState', unit=unit)['LoadState'] in (
            'loaded', 'not-found')
        assert admin.state(unit) == 'inactive'
        assert admin.machine.run('systemctl', 'is-enabled', unit
                                 ).stdout != 'enabled\n'
    assert not admin.machine.run('pgrep', '-x', 'dovecot|nsd').stdout


@pytest.mark.skipif(bool(BUILT), reason='BUILT is set')
@step(test_a_clone)
def test_make_deb(admin):
    admin.does('make deb', '/home/admin/ruad')
    log = admin.does('grep -E "^(unit|golden)-release" build/deb/log',
                     '/home/admin/ruad')
    assert len(re.findall(r'-release +[1-9]\d* passed +\d+ s', log)) == 2
    files = admin.does('ls -l build/deb', '/home/admin/ruad')
    for name in PACKAGES:
        assert len(re.findall(r' %s_\S+\.deb\n' % name, files)) == 1


@pytest.mark.skipif(bool(BUILT), reason='BUILT is set')
@step(test_make_deb)
def test_another_build_elsewhere_is_the_same_to_the_byte(admin):
    admin.does('sudo install -d -o admin /srv/a-longer-name')
    clone(admin, '/srv/a-longer-name/ruad')
    admin.does('umask 027; TZ=Asia/Tokyo DEB_BUILD_OPTIONS=nocheck make deb',
               '/srv/a-longer-name/ruad')
    for name in PACKAGES:
        sums = admin.does('sha256sum /srv/a-longer-name/ruad/build/deb/%s_*.deb'
                          ' /home/admin/ruad/build/deb/%s_*.deb' % (name, name))
        first, second = [line.split()[0] for line in sums.splitlines()]
        assert first == second


@step(test_make_deb)
def test_lintian_finds_nothing_that_is_not_explained(admin):
    keep_packages(admin)
    admin.does('sudo apt-get -qq install -y --no-install-recommends lintian '
               '>/dev/null')
    said = admin.does('lintian --fail-on error,warning build/deb/*.changes',
                      '/home/admin/ruad')
    assert not re.search('^[EW]:', said, re.M), said


@step(test_make_deb)
def test_install(admin):
    keep_packages(admin)
    before = set(admin.does('dpkg-query -W -f "\\${Package}\n"').split())
    said = admin.does('sudo apt-get install -y ./build/deb/ruad_*.deb',
                      '/home/admin/ruad')
    assert 'Setting up ruad ' in said
    after = set(admin.does('dpkg-query -W -f "\\${Package}\n"').split())
    assert 'ruad' in after - before
    units = re.findall(r'(?m)^.*/systemd/system/([^/\s]+\.(?:service|timer))$',
                       admin.does('dpkg -L ruad'))
    assert {'ruad.service', 'ruad-lookup.timer'} < set(units)
    assert 'ruad-web.service' not in units
    for unit in units:
        state = admin.machine.run('systemctl', 'is-enabled', unit).stdout
        assert state in (['enabled\n'] if unit == 'ruad.service' else
                         ['disabled\n', 'static\n']), unit
    assert admin.machine.must('id', '-nG', 'ruad-alert').split() == [
        'ruad-alert', 'ruad']
    assert admin.state() == 'inactive'
    ids = admin.machine.must('stat', '-c', '%a %U %G', CONFIG,
                             '/var/lib/ruad').splitlines()
    assert ids == ['640 root ruad', '750 ruad ruad']
    done = admin.machine.run(
        'systemd-analyze', 'verify', '--man=no',
        *(unit.replace('@.', '@postgresql.') for unit in units))
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    admin.does('man -w ruad ruactl ruad.conf || ls /usr/share/man/man8')


@step(test_install)
def test_nothing_starts_before_it_is_configured(admin):
    admin.try_('sudo systemctl start ruad')
    assert admin.state() == 'inactive'
    assert admin.pid() == '0'
    said = admin.does('sudo journalctl -u ruad --no-pager')
    assert 'not started: edit /etc/ruad/ruad.conf first' in said


@step(test_install)
def test_from_the_configuration_to_reports_in_the_database(admin):
    admin.deliver()
    shutil.copy(admin.server.ca, admin.machine.path('/etc/ruad/ca.crt'))
    admin.does(
        'sudo sed -i -e \'s/"imap.example.org"/"localhost"/\' '
        '-e \'s/"dmarc@example.org"/"%s"/\' -e \'s/#port = 993/port = %d/\' '
        '-e \'s|#ca_file = [^;]*|ca_file = "/etc/ruad/ca.crt"|\' %s' % (
            admin.suite, admin.server.tls_port, CONFIG))
    admin.does('sudo install -m 600 -o ruad -g ruad /dev/null '
               '/etc/ruad/own.pass')
    admin.does('echo %s | sudo tee /etc/ruad/own.pass >/dev/null' % PASSWORD)
    admin.does('sudo -u ruad ruad -t -m own')
    admin.does('sudo systemctl enable --now ruad')
    admin.wait_for_all()
    assert 'active (running)' in admin.does(
        'systemctl status --no-pager ruad')
    assert admin.reports() == 1
    said = admin.does('sudo -u ruad ruactl')
    assert 'example.org' in said
    # Whatever else it is, it is as locked in as the unit says.
    said = admin.machine.must('systemd-analyze', 'security', '--no-pager',
                              'ruad.service')
    level = said.rpartition('exposure level for ruad.service:')[2].split()[0]
    assert float(level) <= 1.2, said


def ask_web(admin, target):
    """What the web server gets at the socket."""
    return admin.does(
        'sudo -u www-data curl -sSf --unix-socket /run/ruad-web/http.sock '
        "'http://localhost%s'" % target)


@step(test_from_the_configuration_to_reports_in_the_database)
def test_its_pages_are_there_once_the_socket_is_enabled(admin):
    admin.does('sudo apt-get install -y --no-install-recommends curl '
               './build/deb/ruad-web_*.deb', '/home/admin/ruad')
    listed = admin.does('dpkg -L ruad-web')
    for name in ('/usr/sbin/ruad-web', '/usr/share/man/man8/ruad-web.8.gz',
                 '/usr/lib/sysusers.d/ruad-web.conf'):
        assert name + '\n' in listed
    for unit in 'ruad-web.socket', 'ruad-web.service':
        assert '/systemd/system/%s\n' % unit in listed
        assert admin.state(unit) == 'inactive'
    assert admin.machine.run('systemctl', 'is-enabled', 'ruad-web.socket'
                             ).stdout == 'disabled\n'
    done = admin.machine.run('systemd-analyze', 'verify', '--man=no',
                             'ruad-web.service', 'ruad-web.socket')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    assert admin.machine.must('id', '-nG', 'ruad-web').split() == [
        'ruad-web', 'ruad']
    admin.does('sudo systemctl enable --now ruad-web.socket')
    assert admin.pid('ruad-web.service') == '0'
    assert ask_web(admin, '/?format=csv') == admin.does(
        'sudo -u ruad ruactl summary --format=csv')
    page = ask_web(admin, '/')
    assert page.startswith('<!DOCTYPE html>') and 'example.org' in page
    assert admin.pid('ruad-web.service') != '0'
    said = admin.machine.must('systemd-analyze', 'security', '--no-pager',
                              'ruad-web.service')
    level = said.rpartition('level for ruad-web.service:')[2].split()[0]
    assert float(level) <= 1.2, said


def package(admin, name):
    """Its file, here."""
    directory = os.path.join(BUILT or LOGS, admin.suite)
    file, = [n for n in os.listdir(directory)
             if re.fullmatch(name + r'_.*\.deb', n)]
    return os.path.join(directory, file)


def next_packages(admin, version):
    """The same programs as a later version with another sample."""
    for package_name in PACKAGES:
        tree = '%s/next-%s' % (LOGS, admin.suite)
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(['dpkg-deb', '-R', package(admin, package_name), tree],
                       check=True)
        with open(tree + '/DEBIAN/control', encoding='utf-8') as f:
            text = f.read()
        text = re.sub('^Version: .*', 'Version: ' + version, text, flags=re.M)
        text = re.sub(r'ruad \(= [^)]*\)', 'ruad (= %s)' % version, text)
        with open(tree + '/DEBIAN/control', 'w', encoding='utf-8') as f:
            f.write(text)
        for name in CONFIG, '/usr/share/ruad/ruad.conf':
            if os.path.exists(tree + name):
                with open(tree + name, 'a', encoding='utf-8') as f:
                    f.write('# A later sample.\n')
        subprocess.run(['dpkg-deb', '--root-owner-group', '-b', tree,
                        admin.machine.path('/home/admin/next-%s.deb'
                                           % package_name)],
                       stdout=subprocess.DEVNULL, check=True)


# An engine of the admin's own, which is never done.
FEED = 'ruad-feed@own.service'
FEED_LINK = '/etc/systemd/system/multi-user.target.wants/' + FEED
UPGRADE = ('sudo apt-get install -y -o Dpkg::Options::=--force-confold '
           './next-*.deb')


@step(test_its_pages_are_there_once_the_socket_is_enabled)
def test_an_upgrade_keeps_everything_and_restarts_what_runs(admin):
    next_packages(admin, '9.1-1')
    before = admin.holds(CONFIG), admin.holds('/etc/ruad/own.pass')
    admin.machine.write('/usr/sbin/ruad-feed-own',
                        '#!/bin/sh\nexec sleep infinity\n', 0o755)
    admin.does('sudo systemctl enable --now ' + FEED)
    units = 'ruad.service', FEED, 'ruad-web.service'
    pids = [admin.pid(unit) for unit in units]
    admin.does(UPGRADE)
    assert (admin.holds(CONFIG), admin.holds('/etc/ruad/own.pass')) == before
    assert admin.machine.must('stat', '-c', '%a %U %G',
                              CONFIG) == '640 root ruad\n'
    assert admin.state() == 'active'
    for unit, pid in zip(units, pids):
        assert admin.pid(unit) not in ('0', pid), unit
    assert admin.state('ruad-web.socket') == 'active'
    assert admin.reports() == 1
    admin.deliver()
    admin.wait_for_all()
    assert admin.reports() == 2
    assert '<h1' in ask_web(admin, '/')


@step(test_an_upgrade_keeps_everything_and_restarts_what_runs)
def test_an_upgrade_does_not_start_what_is_stopped(admin):
    admin.does('sudo systemctl stop ruad ruad-web.socket ruad-web.service')
    next_packages(admin, '9.2-1')
    admin.does(UPGRADE)
    for unit in 'ruad.service', 'ruad-web.socket', 'ruad-web.service':
        assert admin.state(unit) == 'inactive', unit
    admin.does('sudo systemctl start ruad ruad-web.socket')
    assert admin.state() == 'active'
    assert '<h1' in ask_web(admin, '/')


@step(test_an_upgrade_does_not_start_what_is_stopped)
def test_removed_it_is_stopped_and_all_that_is_the_admins_is_kept(admin):
    pid = admin.pid()
    config = admin.holds(CONFIG)
    web = admin.pid('ruad-web.service')
    admin.does('sudo apt-get remove -y ruad-web')
    assert not os.path.exists(admin.machine.path('/proc/' + web))
    for unit in 'ruad-web.socket', 'ruad-web.service':
        assert admin.state(unit) == 'inactive', unit
    assert admin.pid() == pid
    admin.does('sudo apt-get remove -y ruad')
    assert not os.path.exists(admin.machine.path('/proc/' + pid))
    assert not os.path.exists(admin.machine.path('/usr/sbin/ruad'))
    assert admin.pid(FEED) == '0'
    assert os.path.lexists(admin.machine.path(FEED_LINK))
    assert admin.holds(CONFIG) == config
    assert os.path.getsize(admin.machine.path(DATABASE)) > 0
    admin.does('sudo apt-get install -y ./next-*.deb')
    assert admin.state() == 'inactive'
    assert admin.state('ruad-web.socket') == 'inactive'
    assert admin.reports() == 2
    admin.deliver()
    admin.does('sudo systemctl enable --now ruad ruad-web.socket')
    admin.wait_for_all()
    assert admin.reports() == 3
    assert '<h1' in ask_web(admin, '/')


@step(test_removed_it_is_stopped_and_all_that_is_the_admins_is_kept)
def test_purged_it_keeps_the_database_and_says_so(admin):
    said = admin.does('sudo apt-get purge -y ruad ruad-web')
    assert 'the database in /var/lib/ruad is kept' in said
    assert 'rm -r /var/lib/ruad' in said
    assert os.path.getsize(admin.machine.path(DATABASE)) > 0
    assert not os.path.exists(admin.machine.path(CONFIG))
    for name in ('/etc/systemd/system/multi-user.target.wants/ruad.service',
                 '/etc/systemd/system/sockets.target.wants/ruad-web.socket',
                 FEED_LINK, '/usr/share/doc/ruad-web', '/usr/share/ruad', '/usr/share/doc/ruad',
                 '/usr/libexec/ruad'):
        assert not os.path.lexists(admin.machine.path(name)), name
    admin.does('sudo rm -r /var/lib/ruad')
    admin.does('sudo apt-get install -y ./next-ruad.deb')
    said = admin.does('sudo apt-get purge -y ruad')
    assert 'is kept' not in said
    assert not os.path.exists(admin.machine.path('/var/lib/ruad'))


@step(test_make_deb)
def test_its_own_tests_pass(admin):
    """debian/tests, by autopkgtest, where no network is.  It need not isolate
    them: this is a machine of its own."""
    m = Machine(bootable(admin.suite), alone=True)
    try:
        m.boot()
        bring(m, '/srv/ruad.tar', 'archive', '--prefix=ruad/', 'HEAD')
        m.must('tar', '-C', '/srv', '-xf', '/srv/ruad.tar')
        for name in PACKAGES:
            shutil.copy(package(admin, name), m.path('/srv'))
        # What it depends on has been fetched before.
        archives = '/var/cache/apt/archives/'
        for path in glob.glob(admin.machine.path(archives + '*.deb')):
            shutil.copy(path, m.path(archives))
        m.must('sh', '-c', 'cd /srv/ruad && mv etc/debian debian && '
               'cat >debian/changelog', stdin='ruad (0-1) unstable; '
               'urgency=medium\n\n  * .\n\n -- The ruad authors '
               '<ruad@example.org>  Sun, 29 Nov 2026 00:00:00 +0000\n')
        env = ['env', '-i', 'LC_ALL=C.UTF-8', 'PATH=/usr/sbin:/usr/bin:/sbin:'
               '/bin', 'DEBIAN_FRONTEND=noninteractive', 'HOME=/root']
        m.must(*env, 'apt-get', '-qq', 'install', '-y',
               '--no-install-recommends', 'autopkgtest', 'dpkg-dev')
        done = m.run(*env, 'sh', '-c', 'exec 2>&1; autopkgtest '
                     '--no-built-binaries /srv/ruad*_*.deb /srv/ruad '
                     '--ignore-restrictions=isolation-container -- null',
                     timeout=LONG)
        admin.note('autopkgtest, without a network')
        admin.note(done.stdout)
        results = dict(re.findall(r'^(\S+) +(PASS|FAIL|SKIP)', done.stdout,
                                  re.M))
        assert results == dict.fromkeys(
            ('sample', 'web', 'poll', 'upgrade'),
            'PASS'), done.stdout + m.log()
    finally:
        m.close()
