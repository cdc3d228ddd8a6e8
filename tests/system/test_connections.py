# SPDX-License-Identifier: BSD-2-Clause
"""Servers limit how many connections an account may have: its mailboxes share
max_connections, and all of them are polled."""

import threading
import time

import pytest

import gen
from patience import wait_until

IDLE = 'IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE UIDPLUS MOVE IDLE'
FOLDERS = ['INBOX'] + ['Reports/%d' % i for i in range(1, 6)]


class Limit:
    """Counts who is logged in, and refuses one too many of a user."""

    def __init__(self, server, most):
        self.server, self.most = server, most
        self.lock = threading.Lock()
        self.refused, self.peak = [], 0
        server.hooks['AUTHENTICATE'] = self.authenticate

    def present(self, user):
        return [s for s in self.server.sessions if s.user == user
                and s.is_alive() and ('LOGOUT', '') not in s.commands]

    def authenticate(self, session, tag, rest):
        with self.lock:
            if len(self.present('rua')) < self.most:
                session.do_authenticate(tag, rest)
            else:
                self.refused.append(time.monotonic())
                session.send('%s NO [LIMIT] too many connections\r\n' % tag)
            self.peak = max(self.peak, len(self.present('rua')))
        return True


def polls(server):
    """How often each folder was opened."""
    selected = [rest.strip('"') for name, rest in server.commands
                if name == 'SELECT']
    return [selected.count(name) for name in FOLDERS]


def six_folders(rig, server, **options):
    boxes = []
    for i, name in enumerate(FOLDERS):
        server.folders.setdefault(name, {})
        m = rig.mailbox('box%d' % i, server=server, user='rua', folder=name,
                        archive='', failed='', **options)
        m.deliver(gen.mail('six', i), folder=name)
        boxes.append(m)
    return boxes


@pytest.mark.parametrize('setting, most', [(None, 4), (2, 2), (1, 1)])
def test_six_folders_of_one_account_do_not_lock_it(rig, fake, setting, most):
    server = fake(capability=IDLE)
    limit = Limit(server, most)
    if setting is not None:
        rig.settings['max_connections'] = setting
    six_folders(rig, server, interval='2s')
    d = rig.start()
    wait_until(lambda: min(polls(server)) >= 4)
    assert limit.refused == [], '%d too many' % len(limit.refused)
    assert limit.peak == most, 'what is allowed was not used'
    assert d.count('(?i)too many|warning|error') == 0
    # Those that wait for mail stay; only the others come and go.
    waiting = [s for s in limit.present('rua') if
               [c for c, _ in s.commands].count('IDLE') > 1]
    assert (len(waiting) >= most - 2) and len(waiting) < most
    assert d.stop() == 0


def test_who_is_due_again_does_not_pass_those_that_had_no_turn(rig, fake):
    """Where polls take so long that some are always due."""
    server = fake(capability=IDLE)
    limit = Limit(server, 1)
    rig.settings['max_connections'] = 1
    server.hooks['SELECT'] = lambda *_: time.sleep(.8) is not None
    six_folders(rig, server, interval='2s')
    d = rig.start()
    wait_until(lambda: min(polls(server)) >= 2)
    assert limit.refused == []
    assert d.stop() == 0


def test_one_that_waits_leaves_if_the_free_place_stays_taken(rig, fake):
    """A poll that does not end takes the place that was kept free."""
    server = fake(capability=IDLE)
    limit = Limit(server, 2)
    rig.settings['max_connections'] = 2
    rig.check_rows = False
    for name in ('slow', 'other'):
        server.folders[name] = {}
    release = threading.Event()

    def slow(session, tag, rest):
        if 'slow' in rest:
            while not release.is_set():
                time.sleep(0.5)
                session.send('* OK still here\r\n')
        return False

    server.hooks['SELECT'] = slow
    rig.mailbox('a', server=server, user='rua', interval='1h')
    rig.mailbox('b', server=server, user='rua', folder='slow', interval='1h')
    rig.mailbox('c', server=server, user='rua', folder='other',
                interval='1h')
    d = rig.start()
    wait_until(lambda: '"other"' in [r for n, r in server.commands
                                     if n == 'SELECT'])
    assert ('DONE', '') in server.commands
    assert limit.refused == [] and limit.peak == 2
    release.set()
    assert d.stop() == 0


def test_once_keeps_to_it_too(rig, fake):
    server = fake(capability=IDLE)
    limit = Limit(server, 4)
    six_folders(rig, server)
    rig.once()
    assert polls(server) == [1] * 6
    assert limit.refused == []


def test_a_reload_counts_those_that_are_about_to_leave(rig, fake):
    server = fake(capability=IDLE)
    limit = Limit(server, 4)
    six_folders(rig, server, interval='1h')
    d = rig.start()
    wait_until(lambda: min(polls(server)) >= 1)
    for m in rig.mailboxes:
        m.options['name'] += '-new'
    rig.check_rows = False              # read again under the new names
    rig.write_config()
    d.signal(1)
    wait_until(lambda: min(polls(server)) >= 2)
    assert limit.refused == []
    assert d.stop() == 0
