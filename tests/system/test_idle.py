# SPDX-License-Identifier: BSD-2-Clause
"""Mail is collected when it arrives: IDLE, and life without it."""

import signal
import time
from collections import Counter

import pytest

import fakeimap
import gen
import rig as rigs
from longform import SHORT
from patience import Stopwatch, wait_until

IDLE = fakeimap.CAPABILITY + ' IDLE'


def idling(server, count=1):
    """That so many sessions sit in an IDLE."""
    return sum(bool(s.commands) and s.commands[-1][0] == 'IDLE' and
               s.is_alive() for s in server.sessions) >= count


def settle():
    """Dovecot may overlook, for half a minute, what somebody puts into a
    Maildir within the second in which it looked there itself."""
    time.sleep(1.1)


def fetchers(d):
    return [pid for pid, _ in rigs.children(d.pid)]


def test_mail_is_stored_and_filed_when_it_arrives(rig):
    m = rig.mailbox(interval='1h')
    m.deliver(gen.mail('idle', 0))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 1})
    for i in range(1, 4):
        settle()
        watch = Stopwatch()
        m.deliver(gen.mail('idle', i))
        wait_until(lambda i=i: m.counts() == {'Archive': i + 1})
        print('from delivery to archive: %.2f s' % watch.seconds())
    # All that on one session, and long before the interval is over.
    assert rig.server.login_attempts(m.user) == 1
    assert d.stop() == 0


def test_a_fetcher_that_waits_holds_neither_database_nor_parser(rig):
    m = rig.mailbox(interval='1h')
    m.deliver(*rigs.reports('hold', 30))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 30})
    wait_until(lambda: len(fetchers(d)) == 1)
    pid, = fetchers(d)
    wait_until(lambda: rigs.children(pid) == [])
    wait_until(lambda: not [f for f in rigs.open_files(pid)
                            if 'ruad.db' in f])
    # Another ruad may poll the same mailbox meanwhile.  Nothing is delivered
    # before, or it would meet the one that is told of it.
    rig.once()
    m.deliver(gen.mail('hold', 30))
    wait_until(lambda: m.counts() == {'Archive': 31})
    assert d.stop() == 0


def test_mail_that_arrives_during_the_poll_is_seen(rig, fake):
    """EXISTS comes in the answer to another command, before IDLE."""
    server = fake(capability=IDLE)
    late = gen.mail('race', 1)

    def move(session, tag, _rest):
        if server.hooks.pop('UID MOVE', None):
            m.deliver(late)
            session.send('* 2 EXISTS\r\n')
        session.do_uid_move(tag, _rest)
        return True
    server.hooks['UID MOVE'] = move
    m = rig.mailbox(server=server, interval='1h')
    m.deliver(gen.mail('race', 0))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 2})
    assert len(server.sessions) == 1
    assert d.stop() == 0


def test_without_idle_it_is_polled(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, interval='1s')
    d = rig.start()
    wait_until(lambda: len(server.sessions) >= 2)
    m.deliver(gen.mail('poll', 0))
    wait_until(lambda: m.counts() == {'Archive': 1})
    assert 'IDLE' not in server.names()
    assert d.stop() == 0


def test_idle_false_is_obeyed(rig, fake):
    server = fake(capability=IDLE)
    m = rig.mailbox(server=server, interval='1s', idle=False)
    d = rig.start()
    wait_until(lambda: len(server.sessions) >= 2)
    m.deliver(gen.mail('never', 0))
    wait_until(lambda: m.counts() == {'Archive': 1})
    assert 'IDLE' not in server.names()
    assert d.stop() == 0


@pytest.mark.parametrize('answer', [
    '%s NO not now', '%s BAD what is IDLE?', '%s OK done already',
    '+ idling\r\n%s OK that was all'])
def test_a_server_that_refuses_idle_is_polled(rig, fake, answer):
    server = fake(capability=IDLE)

    def idle(session, tag, _rest):
        first, _, second = (answer % tag).rpartition('\r\n')
        if first:
            session.send(first + '\r\n')
            time.sleep(0.3)
        session.send(second + '\r\n')
        return True
    server.hooks['IDLE'] = idle
    m = rig.mailbox(server=server, interval='1s')
    d = rig.start('-v')
    wait_until(lambda: len(server.sessions) >= 2)
    m.deliver(gen.mail('refused', 0))
    wait_until(lambda: m.counts() == {'Archive': 1})
    assert d.count('next try') == 0
    assert d.stop() == 0
    for session in server.sessions:
        assert [c for c, _ in session.commands].count('IDLE') <= 1


@pytest.mark.parametrize('words', ['* BYE go away\r\n', '', '+ \r\n'])
def test_a_server_that_ends_the_session_is_not_pestered(rig, fake, words):
    """The first time it is tried again soon, then less and less."""
    server = fake(capability=IDLE)

    def idle(session, _tag, _rest):
        session.send(words)
        raise fakeimap.Gone
    server.hooks['IDLE'] = idle
    m = rig.mailbox(server=server, interval='1h')
    m.deliver(gen.mail('bye', 0))
    d = rig.start('-v')
    d.wait_for('lost the session')
    assert m.counts() == {'Archive': 1}
    time.sleep(1)
    assert len(server.sessions) == 1
    # Nothing is wrong with the mailbox: what was there was collected.
    assert rig.query('SELECT last_error FROM mailbox') == [(None,)]
    d.signal(signal.SIGUSR1)
    wait_until(lambda: len(server.sessions) == 2)
    assert d.stop() == 0


def test_a_server_that_cries_wolf_is_believed_less(rig, fake):
    server = fake(capability=IDLE)

    def idle(session, tag, _rest):
        session.send('+ \r\n')
        while not session.has_input(0.01):
            session.send('* 1 EXISTS\r\n')
        assert session.line() == 'DONE'
        session.ok(tag)
        return True
    server.hooks['IDLE'] = idle
    rig.mailbox(server=server, interval='1h')
    d = rig.start()
    start = time.monotonic()
    wait_until(lambda: server.names().count('SELECT') >= 3)
    time.sleep(2)
    looks = server.names().count('SELECT')
    seconds = time.monotonic() - start
    assert looks <= 3 + seconds / 2, (looks, seconds)
    assert d.stop() == 0


def test_the_server_restarts(rig, special_dovecot):
    server = special_dovecot()
    m = rig.mailbox(server=server, interval='1h')
    m.deliver(gen.mail('restart', 0))
    d = rig.start('-v')
    wait_until(lambda: m.counts() == {'Archive': 1})
    settle()
    server.halt()
    d.wait_for('lost the session while waiting')
    server.start()
    d.signal(signal.SIGUSR1)        # instead of half a minute
    wait_until(lambda: len(server.logins()) >= 2)
    d.wait_for('nothing new')
    settle()
    m.deliver(gen.mail('restart', 1))
    wait_until(lambda: m.counts() == {'Archive': 2})
    assert d.count('(?i)error|fail') == d.count('0 failed')
    assert d.stop() == 0


def test_signals_reach_a_fetcher_that_waits(rig, fake):
    server = fake(capability=IDLE)
    m = rig.mailbox(server=server, interval='1h')
    d = rig.start()
    wait_until(lambda: idling(server))
    # SIGUSR1: a poll at once, on the same session.
    polls = server.names().count('SELECT')
    d.signal(signal.SIGUSR1)
    wait_until(lambda: server.names().count('SELECT') == polls + 1)
    wait_until(lambda: idling(server))
    assert len(server.sessions) == 1
    # SIGHUP: a new fetcher, with the new configuration.
    m.options['archive'] = 'Elsewhere'
    rig.write_config()
    d.signal(signal.SIGHUP)
    wait_until(lambda: idling(server) and len(server.sessions) == 2)
    wait_until(lambda: not server.sessions[0].is_alive())
    m.deliver(gen.mail('signal', 0))
    wait_until(lambda: m.counts() == {'Elsewhere': 1})
    wait_until(lambda: idling(server))
    # A mailbox that is taken out: its session ends.
    rig.write('ruad.conf', rig.config().replace('"own"', '"other"', 1))
    d.signal(signal.SIGHUP)
    wait_until(lambda: idling(server) and len(server.sessions) == 3)
    wait_until(lambda: not server.sessions[1].is_alive())
    # SIGTERM: the end, with good manners.
    assert d.stop() == 0
    for session in server.sessions:
        wait_until(lambda s=session: not s.is_alive())
        assert [c for c, _ in session.commands][-2:] == ['DONE', 'LOGOUT']


def test_many_that_wait_leave_room_for_all(rig):
    count = 20 if SHORT else 40
    boxes = [rig.mailbox('box%02d' % i, interval='1h') for i in range(count)]
    for i, m in enumerate(boxes):
        m.deliver(gen.mail('many', i))
    d = rig.start()
    wait_until(lambda: all(m.counts() == {'Archive': 1} for m in boxes))
    wait_until(lambda: len(fetchers(d)) == count)
    settle()
    for i, m in enumerate(boxes):
        m.deliver(gen.mail('many', count + i))
    wait_until(lambda: all(m.counts() == {'Archive': 2} for m in boxes))
    own = [rigs.private_kib(pid) for pid in fetchers(d)]
    print('%d fetchers that wait: %d KiB of their own each, %d at most'
          % (count, sum(own) / count, max(own)))
    assert d.stop() == 0


def test_of_very_many_some_do_not_wait_and_all_are_polled(rig, fake):
    server = fake(capability=IDLE)
    # Who leaves may take its time: nobody else leaves for that.
    server.hooks['LOGOUT'] = lambda session, tag, rest: time.sleep(1)
    for i in range(67):
        rig.mailbox('box%02d' % i, server=server, user='user%02d' % i,
                    interval='2s')
    d = rig.start()

    def settled():
        """Do three come and go, and the others stay?"""
        before = list(server.logins)
        wait_until(lambda: len(server.logins) >= len(before) + 9)
        guests = set(Counter(server.logins) - Counter(before))
        return len(guests) <= 3
    wait_until(settled)
    per_user = Counter(server.logins)
    assert len(per_user) == 67
    assert sorted(per_user.values())[:64] == [1] * 64
    assert d.stop() == 0


def test_a_server_that_is_dumb_does_not_delay_the_stop(rig, fake):
    server = fake(capability=IDLE)

    def idle(session, _tag, _rest):
        session.send('+ \r\n')
        session.stall()
        raise fakeimap.Gone
    server.hooks['IDLE'] = idle
    rig.mailbox(server=server, interval='1h')
    d = rig.start()
    wait_until(lambda: idling(server))
    time.sleep(0.3)
    watch = Stopwatch()
    assert d.stop() == 0
    watch.assert_soon()
