# SPDX-License-Identifier: BSD-2-Clause
"""What befalls a daemon in a year: hangs, clocks, suspend, dead name servers,
servers that have enough of us."""

import os
import re
import select
import signal
import struct
import subprocess
import time

import pytest

import gen
import rig as rigs
from patience import Stopwatch, wait_until
from test_careful import crash, die_at, failures    # noqa: F401
from test_faults import POISON, poisoned
from test_idle import IDLE, fetchers, idling, settle
from test_service import hear, systemd               # noqa: F401

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR, DAY = 3600, 86400


@pytest.fixture(scope='session')
def world_so(tmp_path_factory):
    path = str(tmp_path_factory.mktemp('world') / 'world.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-D_GNU_SOURCE', '-O1',
                    '-shared', '-fPIC', '-o', path,
                    os.path.join(HERE, 'world.c')], check=True)
    return path


@pytest.fixture
def world(rig, world_so):
    """Changes the world in which ruad lives."""
    path = rig.path('world')
    state = {'wall': 0, 'suspended': 0, 'no_names': 0}

    def change(**changes):
        state.update(changes)
        with open(path, 'r+b' if os.path.exists(path) else 'wb') as f:
            f.write(struct.pack('qqq', *state.values()))
    change()
    rig.extra_environment.update(WORLD=path, LD_PRELOAD=world_so)
    return change


@pytest.fixture
def watchdog(rig, build, dovecot):
    """As if the unit had WatchdogSec=, which shortens ruad's own limit of
    silence: to some seconds, or to twenty times what a poll takes here."""
    yardstick = rigs.Rig(build, dovecot, rig.user + '-yardstick')
    try:
        yardstick.mailbox().deliver(gen.mail('yardstick', 0))
        watch = Stopwatch()
        yardstick.once()
        limit = max(4, round(20 * watch.seconds()))
    finally:
        yardstick.stop()
    rig.extra_environment['WATCHDOG_USEC'] = str(limit * 10**6)
    return limit


# --- hangs ------------------------------------------------------------------

def test_a_fetcher_that_is_stopped_is_found(rig, watchdog):
    m = rig.mailbox(interval='1h')
    m.deliver(gen.mail('stopped', 0))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 1})
    wait_until(lambda: len(fetchers(d)) == 1)
    settle()
    pid, = fetchers(d)
    os.kill(pid, signal.SIGSTOP)
    watch = Stopwatch()
    m.deliver(gen.mail('stopped', 1))
    d.wait_for('own: the fetcher made no progress for %d s' % watchdog)
    print('found after %.1f s, the limit is %d s' % (
        watch.seconds(), watchdog))
    d.wait_for('the fetcher died')
    d.signal(signal.SIGUSR1)
    wait_until(lambda: m.counts() == {'Archive': 2})
    assert d.stop() == 0


def test_a_fetcher_that_is_stopped_amid_a_poll_is_found(rig, fake, watchdog):
    server = fake()

    def fetch(session, tag, rest):
        if server.hooks.pop('UID MOVE', None):
            os.kill(fetchers(d)[0], signal.SIGSTOP)
    server.hooks['UID MOVE'] = fetch
    m = rig.mailbox(server=server, interval='1h')
    mails = rigs.reports('amid', 20)
    m.deliver(*mails)
    d = rig.start()
    d.wait_for('the fetcher made no progress')
    d.wait_for('the fetcher died')
    d.signal(signal.SIGUSR1)
    wait_until(lambda: m.counts() == {'Archive': 20})
    assert m.holds('Archive', *mails)
    assert d.stop() == 0


def test_a_fetcher_that_loops_over_a_mail_is_found(rig, crash, watchdog):
    """It is ended as by its own leash: the mail is known, and given up."""
    m = rig.mailbox(interval='1h', idle=False)
    good = rigs.reports('loops', 20)
    m.deliver(*good[:10])
    bad = m.deliver(poisoned(10))
    m.deliver(*good[10:])
    die_at(rig, crash, 'sendmsg', 'loop', POISON)
    d = rig.start()
    for found in (1, 2):
        wait_until(lambda n=found: d.count('the fetcher died') == n)
        d.signal(signal.SIGUSR1)
    wait_until(lambda: m.counts() == {'Archive': 20, 'Failed': 1})
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    (attempts, _), = failures(rig)
    assert attempts == 2
    assert d.count('the fetcher made no progress') == 2
    assert d.stop() == 0


@pytest.mark.parametrize('idle', [True, False], ids=['idle', 'gone'])
def test_systemd_is_told_that_all_is_well(rig, systemd, watchdog, idle):
    """With a fetcher that tells of its progress, and with none: then nothing
    but ruad's own clock wakes it."""
    rig.mailbox(interval='1h', idle=idle)
    d = rig.start()
    hear(systemd, 'went well')
    wait_until(lambda: len(fetchers(d)) == idle)
    settle()
    while select.select([systemd], [], [], 0)[0]:
        systemd.recv(4096)              # of the time until then
    hear(systemd, 'WATCHDOG=1')
    gaps = []
    for _ in range(9):
        watch = Stopwatch()
        hear(systemd, 'WATCHDOG=1')
        gaps.append(watch.seconds())
    # Twice as often as must be, also when nothing happens.  Not each time:
    # a machine may have other things to do.
    assert sorted(gaps)[4] < watchdog / 2, gaps
    assert len(fetchers(d)) == idle
    assert d.count('made no progress') == 0
    assert d.stop() == 0


def test_no_watchdog_is_no_word(rig, systemd):
    rig.mailbox(interval='1s')
    d = rig.start()
    hear(systemd, 'went well')
    time.sleep(1)
    d.signal(signal.SIGTERM)
    assert 'WATCHDOG' not in ''.join(hear(systemd, 'STOPPING=1'))
    assert d.wait() == 0


# --- clocks -----------------------------------------------------------------

def test_the_wall_clock_jumps_and_nothing_else(rig, fake, world):
    server = fake(capability=IDLE)
    m = rig.mailbox(server=server, interval='1s')
    d = rig.start()

    def looks():
        return server.names().count('SELECT')
    wait_until(lambda: looks() >= 1)
    for number, off in enumerate((30 * DAY, -30 * DAY, 0)):
        wait_until(lambda: idling(server))
        world(wall=off)
        before, watch = looks(), Stopwatch()
        m.deliver(gen.mail('jump', number))
        wait_until(lambda n=number: m.counts() == {'Archive': n + 1})
        wait_until(lambda b=before: looks() >= b + 2)
        made = looks() - before
        assert made <= 4 + watch.seconds(), 'it polls too often'
        # The last poll is of now, whatever the clock said before.
        now = time.time() + off
        (last,), = rig.query('SELECT last_ok_ts FROM mailbox')
        assert abs(last - now) < DAY
    assert len(server.sessions) == 1
    assert rig.ruactl('check').code == 0
    assert d.count('made no progress') == 0
    assert d.stop() == 0


def test_after_a_suspend_it_polls_soon(rig, fake, world, watchdog, systemd):
    server = fake(capability=IDLE)
    server.hooks['IDLE'] = lambda session, tag, rest: tell_nothing(
        session, tag)
    m = rig.mailbox(server=server, interval='2h')
    d = rig.start()
    wait_until(lambda: idling(server))
    hear(systemd, 'went well')          # now it knows when the next is due
    m.deliver(gen.mail('suspend', 0))
    time.sleep(1)
    assert m.counts() == {'INBOX': 1}
    world(suspended=3 * HOUR)
    watch = Stopwatch()
    wait_until(lambda: m.counts() == {'Archive': 1})
    print('polled %.1f s after the machine woke' % watch.seconds())
    # Nobody was silent: the time that the machine slept does not count.
    assert d.count('made no progress') == 0
    assert d.stop() == 0


def tell_nothing(session, tag):
    """An IDLE in which no mail is announced: servers lose notifications."""
    session.send('+ \r\n')
    assert session.line() == 'DONE'
    session.commands.append(('DONE', ''))
    session.ok(tag)
    return True


def test_idle_is_begun_anew_before_anybody_forgets_it(rig, fake, world,
                                                      watchdog):
    """After 9 minutes; by the clock of the test, that is soon."""
    server = fake(capability=IDLE)
    rig.mailbox(server=server, interval='2h')
    d = rig.start()

    def idles():
        return server.names().count('IDLE')
    for n in range(1, 4):
        wait_until(lambda n=n: idles() == n and idling(server))
        time.sleep(watchdog / 8)        # a look at the clock, and some more
        world(suspended=(2 * n - 1) * 8 * 60)
        time.sleep(watchdog * 3 / 8)
        assert idles() == n, 'not before its time'
        world(suspended=2 * n * 8 * 60)
    wait_until(lambda: idles() == 4)
    assert server.names().count('DONE') == 3
    assert server.names().count('SELECT') == 1
    assert len(server.sessions) == 1
    assert d.stop() == 0


# --- servers that cannot be reached -----------------------------------------

def test_names_cannot_be_found_for_hours(rig, world, watchdog):
    m = rig.mailbox(interval='1h')
    m.deliver(gen.mail('names', 0))
    world(no_names=1)
    d = start_quietly(rig)
    d.wait_for('cannot find its address')
    for tries in range(1, 21):
        wait_until(lambda n=tries: polls(rig) >= n)
        d.signal(signal.SIGUSR1)
    wait_until(lambda: polls(rig) == 21 and is_alone(d))
    time.sleep(0.5)
    said = d.count('cannot find its address')
    print('20 tries, %d lines' % len(d.lines))
    assert said == 1
    assert d.count('5 polls in a row failed') == 1
    assert len(d.lines) <= 5, rigs.tail(d.lines)
    # It is visible elsewhere meanwhile.
    check = rig.ruactl('check')
    assert check.code == 2 and 'cannot find its address' in check.out
    # After some hours it is said again.
    world(suspended=7 * HOUR)
    wait_until(lambda: d.count('cannot find its address') == 2)
    wait_until(lambda: polls(rig) == 22 and is_alone(d))
    time.sleep(0.5)
    # And when names are back it mends itself, by its own clock.
    world(no_names=0, suspended=9 * HOUR)
    wait_until(lambda: m.counts() == {'Archive': 1})
    d.wait_for('polls succeed again, after 2[0-9] failures')
    assert rig.ruactl('check').code == 0
    assert d.stop() == 0


def is_alone(d):
    """The supervisor has heard that its last fetcher ended."""
    with open('/proc/%d/task/%d/children' % (d.pid, d.pid),
              encoding='ascii') as f:
        return not f.read().split()


def start_quietly(rig):
    """Without -v, which says everything every time."""
    rig.write_config()
    d = rigs.Daemon([rig.program, '-c', rig.conf], rig.environment())
    rig.daemons.append(d)
    return d


def test_an_error_that_comes_back_is_said_again(rig, fake):
    """Also if the one process that had it before went on well meanwhile."""
    server = fake(capability=IDLE)

    def select(session, tag, _rest):
        session.send('%s NO [UNAVAILABLE] disk is away\r\n' % tag)
        return True
    server.hooks['SELECT'] = select
    rig.mailbox(server=server, interval='1h')
    d = start_quietly(rig)
    d.wait_for('disk is away')
    wait_until(lambda: is_alone(d))
    del server.hooks['SELECT']
    d.signal(signal.SIGUSR1)
    d.wait_for('polls succeed again, after 1 failure')
    wait_until(lambda: idling(server))
    server.hooks['SELECT'] = select
    d.signal(signal.SIGUSR1)
    wait_until(lambda: d.count('disk is away') == 2)
    assert len(server.sessions) == 2
    assert d.stop() == 0


def polls(rig):
    return rig.query('SELECT count(*) FROM poll')[0][0]


def test_another_error_is_said_at_once(rig, fake, world):
    server = fake()
    rig.mailbox(server=server, interval='1h')
    world(no_names=1)
    d = rig.start()
    d.wait_for('cannot find its address')
    d.wait_for('next try in 3[0-3] s')
    world(no_names=0)
    server.greeting = '* BYE not today'
    d.signal(signal.SIGUSR1)
    d.wait_for('the server is busy: not today')
    assert d.stop() == 0


@pytest.mark.parametrize('words, least, most', [
    ('BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds',
     300, 331),
    ('NO [THROTTLED] slower, please', 120, 133),
    ('NO [INUSE] somebody else has it', 30, 34),
    ('NO [LIMIT] Too many simultaneous connections', 120, 133)])
def test_a_server_that_wants_to_be_left_alone_is(rig, fake, words, least,
                                                 most):
    server = fake(capability=IDLE)

    def select(session, tag, _rest):
        session.send('%s %s\r\n' % (tag, words))
        return True
    server.hooks['SELECT'] = select
    rig.mailbox(server=server, interval='1h')
    d = rig.start()
    line = d.wait_for('next try in')
    seconds = int(re.search(r'in (\d+) s', line)[1])
    assert least <= seconds <= most
    assert d.stop() == 0


def test_a_greeting_that_says_no_is_obeyed(rig, fake):
    server = fake(greeting='* BYE Too many connections from your host')
    rig.mailbox(server=server, interval='1h')
    d = rig.start()
    d.wait_for('the server is busy: Too many connections from your host')
    line = d.wait_for('next try in')
    assert 120 <= int(re.search(r'in (\d+) s', line)[1]) <= 133
    assert d.count('(?i)error') == 0
    assert server.received == b''
    assert d.stop() == 0


def test_a_mailbox_that_went_silent_is_visible(rig, special_dovecot):
    server = special_dovecot()
    rig.mailbox('well', interval='1s')
    rig.mailbox('ill', server=server, interval='1s')
    d = rig.start()
    for name in ('well', 'ill'):
        d.wait_for(name + ': nothing new')
    wait_until(lambda: rig.query('SELECT count(last_ok_ts) FROM mailbox') ==
               [(2,)])
    assert rig.ruactl('check', '--poll=1h').code == 0
    server.halt()
    # In a session, or between two of them.
    d.wait_for('ill: (lost the session|.*refused)')

    def refused():
        d.signal(signal.SIGUSR1)        # in vain while its fetcher ends
        return d.count('ill: .*refused') > 0
    wait_until(refused)

    def age(name):
        said = rig.ruactl('check', '--poll=1h').out
        return int(re.search(r"'good_poll_%s'=(\d+)s;;3600;0" % name, said)[1])
    wait_until(lambda: age('ill') > 2 * age('well') + 4)
    limit = age('ill') - 1
    said = rig.ruactl('check', '--poll=%ds' % limit)
    assert said.code == 2
    assert said.out.startswith('RUAD CRITICAL: ill: no good poll for ')
    assert 'refused' in said.out
    assert re.search(r"'good_poll_ill'=\d+s;;%d;0" % limit, said.out)
    assert re.search(r"'good_poll_well'=\d+s;;%d;0" % limit, said.out)
    assert d.stop() == 0
