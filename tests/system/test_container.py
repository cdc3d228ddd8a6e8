# SPDX-License-Identifier: BSD-2-Clause
"""ruad where a container is: a root that cannot be written to, a user that
nobody knows, no systemd, no log but standard error."""

import os
import subprocess
import sys

import pytest

import gen
from patience import wait_until

UID = 54321
# What is writable is the directory of the test; /dev has null and nothing else.
INSIDE = '''
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
for place in /run /tmp /var/tmp /dev/shm; do
    case $1/ in $place/*) continue ;; esac
    mount -t tmpfs -o ro tmpfs $place
done
mkdir "$1/dev"; : >"$1/dev/null"
mount --bind /dev/null "$1/dev/null"
mount --rbind "$1/dev" /dev
mount -o remount,bind,ro /
shift
exec setpriv --reuid %d --regid %d --clear-groups --no-new-privs \
    --bounding-set=-all "$@"
''' % (UID, UID)


def can_unshare():
    return os.geteuid() == 0 and subprocess.run(
        ['unshare', '-m', 'true'], capture_output=True, check=False
    ).returncode == 0


pytestmark = pytest.mark.skipif(
    not can_unshare(), reason='needs root and mount namespaces')


@pytest.fixture
def inside(rig, certificates):
    """The beginning of a command that is to run in there."""
    # The rig's directory may be below /tmp, and so may the certificates.
    rig.write('ca.crt', open(certificates + '/ca.crt', encoding='ascii').read(),
              0o644)
    m = rig.mailbox(interval='1h', ca_file=rig.path('ca.crt'))
    os.mkdir(os.path.dirname(rig.database))
    for name in '', 'db', 'own.pass':
        os.chown(os.path.join(rig.dir, name), UID, UID)
    write = rig.write_config
    rig.write_config = lambda: os.chown(write(), UID, UID)
    return m, ['unshare', '-m', 'sh', '-c', INSIDE, 'sh', rig.dir]


def readable(path):
    while path != '/':
        if not os.stat(path).st_mode & 0o005:
            return False
        path = os.path.dirname(path)
    return True


def test_it_polls_without_systemd_as_any_user(rig, build, inside):
    m, under = inside
    if not readable(os.path.join(build, 'ruad')):
        pytest.skip('the build cannot be read by others')
    m.deliver(gen.mail('container', 1))
    seen = subprocess.run(
        [*under, sys.executable, '-c', 'import os; assert os.getuid() == %d;'
         ' assert not os.path.exists("/dev/log"); open("/var/tmp/x", "w")'
         % UID], capture_output=True, text=True, check=False,
        env=rig.environment())
    assert 'Read-only file system' in seen.stderr
    subprocess.run(['rm', '-rf', rig.path('dev')], check=True)
    d = rig.start(under=under)
    assert d.wait_for('1 mailbox').startswith('ruad: ')
    d.wait_for('^own: uid 1: ')
    wait_until(lambda: m.counts() == {'Archive': 1})
    assert d.stop() == 0
    assert rig.statuses() == {'stored': 1}
    assert os.stat(rig.database).st_uid == UID


def test_ruactl_works_there_too(rig, build, inside):
    m, under = inside
    if not readable(os.path.join(build, 'ruad')):
        pytest.skip('the build cannot be read by others')
    m.deliver(gen.mail('container', 2))
    d = rig.start('-1', under=under)
    assert d.wait() == 0
    for args in ([], ['status'], ['check'], ['report', '-o', '-']):
        subprocess.run(['rm', '-rf', rig.path('dev')], check=True)
        done = subprocess.run(
            [*under, os.path.join(build, 'ruactl'), '-d', rig.database, *args],
            capture_output=True, text=True, check=False, env=rig.environment())
        assert done.returncode == 0 and done.stdout, done.stderr
