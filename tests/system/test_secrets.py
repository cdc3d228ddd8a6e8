# SPDX-License-Identifier: BSD-2-Clause
"""Where a credential must not be: in a core, in what ruactl gives away, and,
in no spelling, anywhere that checker.no_secret() looks after each test."""

import base64
import os
import shutil
import time

import pytest

import checker
import rig as rigs
from dovecot import MAIL_UID, PASSWORD
from fakeimap import members
from patience import PATIENCE


def processes(pid, name='supervisor'):
    """All of a family."""
    found = [(pid, name)]
    for child in rigs.children(pid):
        found += processes(*child)
    return found


def test_no_process_can_leave_a_core(rig, fake):
    """Nor be looked into by others of the same user: /proc/PID is root's."""
    server = fake()
    found = {}

    def look(session, tag, rest):
        if 'BODY' not in rest:
            return False
        for uid in members(rest.split()[0], sorted(session.selected)):
            session.send_mail(uid, uid, rest)
        deadline = time.monotonic() + PATIENCE
        # A ruad-parse that has just begun knows nothing yet.
        while (len(found) < 3 or any(o for _, o in found.values())) and \
                time.monotonic() < deadline:
            for pid, name in processes(d.pid):
                with open('/proc/%d/limits' % pid, encoding='ascii') as f:
                    core, = [line.split()[4:6] for line in f
                             if line.startswith('Max core file size')]
                found[name] = core, os.stat('/proc/%d/fd' % pid).st_uid
        session.ok(tag)
        return True

    server.hooks['UID FETCH'] = look
    m = rig.mailbox(server=server, user='rua', ca_file=rig.path('ca.crt'))
    shutil.copy(server.ca, rig.path('ca.crt'))
    m.deliver(*rigs.reports('core', 30))
    under = []
    if os.getuid() == 0:
        # Root's own are root's in any case.
        under = ['setpriv', '--reuid=%d' % MAIL_UID, '--regid=%d' % MAIL_UID,
                 '--clear-groups']
        rig.write_config()
        # They may not be let in where ruad was built.
        for name in 'ruad', 'ruad-parse':
            shutil.copy(os.path.join(os.path.dirname(rig.program), name),
                        rig.path(name))
        rig.program = rig.path('ruad')
        for parent, _, names in os.walk(rig.dir):
            for path in [parent] + [os.path.join(parent, n) for n in names]:
                os.chown(path, MAIL_UID, MAIL_UID)
    rig.write_config = lambda: rig.conf
    d = rig.start('-1', under=under)
    assert d.wait() == 0, rigs.tail(d.lines)
    assert set(found) == {'supervisor', 'ruad', 'ruad-parse'}
    for name, (core, owner) in found.items():
        assert core == ['0', '0'], name
        assert owner == 0, name + ' is dumpable'


def test_what_ruactl_gives_away_holds_no_credential(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('export', 3))
    rig.once()
    for args in ('export', 'records'), ('export', '--format=csv', 'reports'), ('status',), (
            'metrics',), ('check',), ('backup', rig.path('backup.db')):
        assert rig.ruactl(*args).code in (0, 1, 2), args
    assert os.path.getsize(rig.path('backup.db')) > 0
    # And check() looks into all of it.


@pytest.mark.parametrize('form', [
    lambda s: s, lambda s: base64.b64encode(b'\0u\0' + s),
    lambda s: base64.b64encode(b'u' + s), lambda s: s.hex().encode()])
def test_the_checker_finds_a_credential_in_any_spelling(tmp_path, form):
    text = b'x %s y' % form(PASSWORD.encode())
    with pytest.raises(AssertionError):
        checker.no_secret([text.decode()])
    (tmp_path / 'core').write_bytes(text)
    with pytest.raises(AssertionError):
        checker.no_secret(directories=[str(tmp_path)])
    checker.no_secret(['nothing'], [str(tmp_path)], own=[str(tmp_path / 'core')])
