# SPDX-License-Identifier: BSD-2-Clause
"""ruad under systemd: what it tells, and how well its unit locks it in."""

import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

import gen
from patience import PATIENCE

SOURCE = os.environ.get('RUAD_SRC', '.')


@pytest.fixture
def systemd(rig):
    """The other end of NOTIFY_SOCKET."""
    path = os.path.join(rig.dir, 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(PATIENCE)
        ordinary = rig.environment
        rig.environment = lambda: {**ordinary(), 'NOTIFY_SOCKET': path}
        yield s


def hear(systemd, what):
    """Wait for a message with this in it."""
    heard = []
    while True:
        heard.append(systemd.recv(4096).decode())
        if what in heard[-1]:
            return heard


def test_systemd_hears_of_start_reload_polls_and_stop(rig, systemd):
    m = rig.mailbox(interval='1h')
    m.deliver(gen.mail('systemd', 0))
    d = rig.start()
    assert hear(systemd, 'READY=1')[-1].startswith('READY=1\nSTATUS=')
    hear(systemd, 'the last poll, of own, went well')
    d.signal(signal.SIGHUP)
    hear(systemd, 'RELOADING=1')
    hear(systemd, 'READY=1')
    d.signal(signal.SIGTERM)
    hear(systemd, 'STOPPING=1')
    assert d.wait() == 0


def test_nothing_is_ready_before_the_configuration_is_good(rig, systemd):
    rig.mailbox()
    rig.write_config()
    with open(rig.conf, 'a', encoding='utf-8') as f:
        f.write('nonsense = 1;\n')
    assert rig.run(config=False).code == 78
    systemd.settimeout(0.2)
    with pytest.raises(TimeoutError):
        systemd.recv(4096)


@pytest.mark.parametrize('name, most', [
    ('ruad', 1.2), ('ruad-lookup', 1.2), ('ruad-feed@', 1.2),
    ('ruad-web', 1.2)])
def test_the_unit_exposes_little(tmp_path, name, most):
    unit = tmp_path / ('%s.service' % name)
    with open('%s/systemd/%s.service' % (SOURCE, name), encoding='ascii') as f:
        unit.write_text(f.read().replace('@sbindir@', '/usr/sbin')
                        .replace('@libexecdir@', '/usr/libexec')
                        .replace('@bindir@', '/usr/bin')
                        .replace('@sysconfdir@', '/etc'))
    assert shutil.which('systemd-analyze')
    said = subprocess.run(
        ['systemd-analyze', 'security', '--offline=yes', '--no-pager',
         str(unit)], capture_output=True, text=True, check=False).stdout
    level, = re.findall(r'Overall exposure level for \S+: ([0-9.]+)', said)
    assert float(level) <= most, said


def test_the_manual_has_every_field_and_message_id():
    with open(SOURCE + '/src/daemon/journal.c', encoding='ascii') as f:
        words = set(re.findall(r'"(RUAD_\w+|[0-9a-f]{32})"', f.read()))
    with open(SOURCE + '/docs/ruad.8', encoding='ascii') as f:
        manual = f.read()
    assert len(words) > 20
    assert [w for w in words if w not in manual] == []
