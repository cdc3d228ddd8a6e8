# SPDX-License-Identifier: BSD-2-Clause
"""Servers that are dead or refuse: they delay only each other, and are told
when a person must act, once."""

import signal
import socket
import threading

import pytest

import gen
from patience import wait_until
from test_longlife import start_quietly

DEAD = 60
HEALTHY = 4


class Silent:
    """Accepts whoever comes, never says a word."""

    def __init__(self):
        self.sockets = []
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.port = self.tls_port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                self.sockets.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.sockets:
            s.close()


@pytest.fixture
def silent():
    server = Silent()
    yield server
    server.close()


def test_dead_mailboxes_do_not_starve_the_living(rig, fake, silent):
    """More dead ones than there are places, and before all others in the
    configuration; each that lives is polled again and again before a dead
    one has its second turn."""
    for i in range(DEAD):
        rig.mailbox('dead%02d' % i, host='127.0.0.1', port=silent.port,
                    tls='none', interval='1s')
    server = fake(tls='none')
    rig.check_rows = False              # of the dead ones there are none
    for i in range(HEALTHY):
        rig.mailbox('live%d' % i, server=server, user='user%d' % i,
                    tls='none', interval='1s', archive='', failed='')
    server.deliver(None, [gen.mail('dead', 0).data])
    d = rig.start()

    def polled():
        return [server.logins.count('user%d' % i) for i in range(HEALTHY)]
    wait_until(lambda: min(polled()) >= 3)
    assert len(silent.sockets) <= DEAD, 'dead ones came twice before'
    # They are not given up either.
    wait_until(lambda: len(silent.sockets) >= DEAD)
    before = polled()
    wait_until(lambda: all(now >= was + 3 for now, was in
                           zip(polled(), before)))
    assert len(silent.sockets) < 2 * DEAD
    assert d.stop() == 0


def test_what_a_person_must_mend_is_a_warning_at_once(rig):
    m = rig.mailbox()
    m.deliver(gen.mail('warn', 0))
    rig.once()
    assert rig.ruactl('check').code == 0
    m.options['password_file'] = rig.write('wrong.pass', 'sesame\n')
    rig.check_rows = False
    assert rig.run('-1').code == 77
    check = rig.ruactl('check')
    assert check.code == 1, check.out
    assert check.out.startswith('RUAD WARNING: own: ')
    m.options['password_file'] = rig.password_file
    rig.once()
    assert rig.ruactl('check').code == 0


def test_an_error_worded_anew_each_time_is_said_once(rig, fake):
    server = fake()
    count = []

    def refuse(session, tag, _rest):
        count.append(None)
        session.send('%s NO [UNAVAILABLE] try later (0.%03d secs, id %x)\r\n'
                     % (tag, len(count), 7919 * len(count)))
        return True
    server.hooks['SELECT'] = refuse
    rig.mailbox(server=server, user='rua', interval='1s')
    rig.check_rows = False
    d = start_quietly(rig)
    for tries in (1, 2, 3):
        wait_until(lambda n=tries: len(count) >= n)
        d.signal(signal.SIGUSR1)
    wait_until(lambda: len(count) >= 4)
    assert d.stop() == 0
    assert d.count('try later') == 1, d.lines
