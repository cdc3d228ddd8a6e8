# SPDX-License-Identifier: BSD-2-Clause
"""A mail or an answer that kills what reads it stops nothing else."""

import os
import re
import signal
import subprocess

import pytest

import gen
import rig as rigs
from dovecot import digest
from fakeimap import members
from patience import PATIENCE, wait_until
from test_copies import PLAIN
from test_faults import HANG, NOTED, POISON, STUB, descendants, poisoned
from test_idle import settle

HERE = os.path.dirname(os.path.abspath(__file__))
CRASHED, CAREFUL = 70, 'one by one'


@pytest.fixture(scope='session')
def crash(tmp_path_factory):
    path = str(tmp_path_factory.mktemp('crash') / 'crash.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-D_GNU_SOURCE', '-O1',
                    '-Wno-infinite-recursion', '-shared', '-fPIC', '-o', path,
                    os.path.join(HERE, 'crash.c')], check=True)
    return path


def die_at(rig, crash, at, how, mark=POISON):
    """From now on ruad dies when the mark passes there."""
    rig.extra_environment.update(LD_PRELOAD=crash, CRASH_MARK=mark,
                                 CRASH_AT=at, CRASH_HOW=how)


def deliver_with_poison(m, seed, count, index):
    good = rigs.reports(seed, count)
    m.deliver(*good[:index])
    bad = m.deliver(poisoned(index))
    m.deliver(*good[index:])
    return good, bad


def kill(family):
    for pid, _ in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def accused(rig):
    """Attempts that the file beside the database says a mail has cost."""
    try:
        with open(rig.database + '.lock', 'rb') as f:
            slot = f.read()[64:96]      # of mailbox 1
    except FileNotFoundError:
        return 0
    return slot[14] if slot[16:17] == b'C' else 0


def failures(rig):
    return rig.query("SELECT attempts, reason FROM message"
                     " WHERE status = 'failed'")


@pytest.mark.parametrize('at, how', [
    ('sendmsg', 'segv'), ('sendmsg', 'abort'), ('sendmsg', 'stack'),
    ('recv', 'segv')])
def test_a_mail_that_crashes_the_fetcher_is_given_up_after_two(
        rig, crash, at, how):
    m = rig.mailbox()
    good, bad = deliver_with_poison(m, 'fatal', 99, 50)
    die_at(rig, crash, at, how)
    log = []
    for code in (CRASHED, CRASHED, 0):
        result = rig.run('-1', '-v')
        assert result.code == code, result.log
        log.append(result.log)
    assert CAREFUL not in log[0] and CAREFUL in log[1] and CAREFUL in log[2]
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    assert rig.statuses() == {'stored': 99, 'failed': 1}
    (attempts, reason), = failures(rig)
    assert attempts == 2 and 'crashed' in reason
    # And then all is as ever.
    more = rigs.reports('fatal', 3, first=200)
    m.deliver(*more)
    assert CAREFUL not in rig.once().log
    assert m.holds('Archive', *good, *more)


def test_a_fatal_mail_delays_the_others_by_less_than_a_minute(rig, crash):
    m = rig.mailbox(interval='1h')
    first = gen.mail('delay', 500)
    m.deliver(first)
    die_at(rig, crash, 'sendmsg', 'segv')
    d = rig.start()
    wait_until(lambda: m.holds('Archive', first))
    settle()
    # From now on mail is announced to a fetcher that has done well.
    good, bad = deliver_with_poison(m, 'delay', 99, 10)
    wait_until(lambda: not m.counts().get('INBOX'))
    assert d.stop() == 0
    # It died twice; what it waited for after that is the delay.
    assert d.count('died') == 2
    waits = [int(re.search(r'next try in (\d+) s', line)[1])
             for line in d.lines if 'next try in' in line]
    assert len(waits) == 2 and sum(waits) < 60, waits
    assert m.holds('Archive', first, *good)
    assert m.holds('Failed', *bad)


def test_two_fatal_mails_are_found_out_one_after_the_other(rig, crash):
    m = rig.mailbox()
    good, bad = deliver_with_poison(m, 'two', 30, 5)
    bad += m.deliver(poisoned(77))
    more = rigs.reports('two', 10, first=100)
    m.deliver(*more)
    die_at(rig, crash, 'sendmsg', 'abort')
    codes = []
    while not codes or codes[-1] == CRASHED:
        codes.append(rig.run('-1').code)
    assert codes[-1] == 0 and len(codes) <= 5
    assert m.holds('Archive', *good, *more)
    assert m.holds('Failed', *bad)
    assert [a for a, _ in failures(rig)] == [2, 2]


def test_who_is_killed_from_outside_blames_no_mail_soon(rig, crash):
    """Five times over the same mail is another matter."""
    m = rig.mailbox()
    good, bad = deliver_with_poison(m, 'oom', 20, 8)
    die_at(rig, crash, 'sendmsg', 'kill')
    for _ in range(6):
        assert rig.run('-1').code == CRASHED
        assert failures(rig) == []
    assert rig.run('-1').code == 0
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    (_, reason), = failures(rig)
    assert 'killed' in reason


def test_killed_but_not_by_the_mail_stores_it_after_all(rig, crash):
    m = rig.mailbox()
    good = rigs.reports('oom', 20)
    m.deliver(*good[:8])
    m.deliver(poisoned(8), stored=False)
    rig.reports.append(gen.mail('poison', 8).report)
    m.deliver(*good[8:])
    die_at(rig, crash, 'sendmsg', 'kill')
    for _ in range(4):
        assert rig.run('-1').code == CRASHED
    rig.extra_environment.clear()
    rig.once()
    assert m.counts() == {'Archive': 21}


def test_an_answer_to_move_that_crashes_us_leaves_that_mail(
        rig, crash, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('fatal-move', 20)
    m.deliver(*mails)

    def move(session, tag, rest):
        if 7 in members(rest.split()[0], sorted(session.selected)):
            session.send('* OK %s\r\n' % POISON)
            session.close()
            return True
        return False

    server.hooks['UID MOVE'] = move
    die_at(rig, crash, 'recv', 'segv')
    codes = []
    while not codes or codes[-1] == CRASHED:
        result = rig.run('-1')
        codes.append(result.code)
        assert len(codes) < 6
    assert result.code == 0 and 'uid 7: ' in result.log
    assert m.holds('INBOX', mails[6])
    assert len(server.folders['Archive']) == 19
    assert rig.statuses() == {'stored': 20}
    assert CAREFUL not in rig.once().log


@pytest.mark.parametrize('command', ['STORE', 'EXPUNGE', 'COPY', 'FETCH'])
def test_an_answer_to_the_parts_of_a_move_crashes_us_not_for_ever(
        rig, crash, fake, command):
    server = fake(capability=PLAIN + ' UIDPLUS')
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('fatal-copy', 12)
    m.deliver(*mails[:9], gen.person_mail())    # that stays: UIDs go on

    def answer(session, tag, rest):
        # FETCH of INBOX is before, that of the archive looks for copies.
        if command == 'FETCH' and session.selected is server.folders['INBOX'] \
                or command != 'FETCH' and 7 not in members(
                    rest.split()[0], sorted(session.selected)):
            return False
        session.send('* OK %s\r\n' % POISON)
        session.close()
        return True

    def lost(session, tag, rest):
        session.copy(rest)
        session.close()
        return True

    if command == 'FETCH':
        server.hooks['UID COPY'] = lost
        assert rig.run('-1').code == 69
        del server.hooks['UID COPY']
        server.hooks['FETCH'] = answer
    else:
        server.hooks['UID ' + command] = answer
    die_at(rig, crash, 'recv', 'segv')
    codes = []
    while not codes or codes[-1] == CRASHED:
        codes.append(rig.run('-1').code)
        assert len(codes) < 7
    assert codes[-1] == 0 and CRASHED in codes
    # It goes on: new mail is stored, and all that is not mail 7 is filed.
    m.deliver(*mails[9:])
    rig.once()
    assert rig.statuses() == {'stored': 12, 'other': 1}
    archived = server.read_folders(None)['Archive']
    assert set(archived) | {digest(mails[6].data)} == set(
        digest(x.data) for x in mails)
    assert len(server.folders['INBOX']) == 1 + (command != 'FETCH')
    m.before.clear()                    # some are there twice, none is lost


def test_a_server_whose_greeting_kills_us_costs_no_mail(rig, crash, fake):
    server = fake()
    m, other = rig.mailbox(server=server, user='rua'), rig.mailbox('other')
    mails = rigs.reports('fatal-hello', 5)
    m.deliver(*mails)
    server.hooks['NAMESPACE'] = lambda session, tag, rest: session.send(
        '* OK %s\r\n' % POISON)
    die_at(rig, crash, 'recv', 'abort')
    for i in range(4):
        other.deliver(gen.mail('fatal-other', i))
        assert rig.run('-1').code == CRASHED
    assert other.counts() == {'Archive': 4}
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *mails)


@pytest.mark.parametrize('answer, code', [
    (None, 69), ('NO [SERVERBUG] internal error', 75),
    ('BAD what is the matter?', 75)], ids=['gone', 'no', 'bad'])
def test_a_mail_that_ends_the_session_does_not_block_the_others(
        rig, fake, answer, code):
    """A server that cannot give out some of its mails."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('breaks', 30)
    m.deliver(*mails)
    bad = {4, 20}

    def fetch(session, tag, rest):
        if 'BODY' not in rest:
            return False
        order = sorted(session.selected)
        for uid in members(rest.split()[0], order):
            if uid in bad:
                if answer is None:
                    session.close()
                else:
                    session.send('%s %s\r\n' % (tag, answer))
                return True
            session.send_mail(order.index(uid) + 1, uid, rest)
        session.ok(tag)
        return True

    server.hooks['UID FETCH'] = fetch
    for _ in range(8):
        assert rig.run('-1').code == code
        if sorted(server.folders['INBOX']) == [4, 20]:
            break
    assert sorted(server.folders['INBOX']) == [4, 20]
    assert rig.statuses() == {'stored': 28}
    bad.clear()
    rig.once()
    assert m.holds('Archive', *mails)


def test_a_stop_in_the_middle_is_no_death(rig):
    """Neither SIGTERM nor the SIGKILL that the supervisor sends after it."""
    tries = rig.path('tries')
    rig.replace_parser(STUB % (POISON, NOTED % tries + HANG))
    m = rig.mailbox()
    good, _ = deliver_with_poison(m, 'stop', 20, 10)
    rig.check_rows = False
    d = rig.start()
    wait_until(lambda: os.path.exists(tries))
    family = descendants(d.pid)
    d.signal(signal.SIGTERM)
    assert d.process.wait(PATIENCE) == 0
    kill(family)                # the stand-in would hang for ever
    rig.program = os.path.join(rig.build, 'ruad')
    result = rig.once()
    assert CAREFUL not in result.log
    assert m.counts() == {'Archive': 21}
    assert len(good) == 20


def test_a_mail_that_hangs_is_tried_twice_over_all_restarts(rig):
    """Everything is killed while it hangs, so that nobody could say so."""
    tries = rig.path('tries')
    rig.replace_parser(STUB % (POISON, NOTED % tries + HANG))
    m = rig.mailbox()
    good, bad = deliver_with_poison(m, 'restart', 40, 20)
    for n in range(2):
        d = rig.start()
        wait_until(lambda: accused(rig) == n + 1)
        kill(descendants(d.pid) + [(d.pid, 'ruad')])
        d.kill()
    result = rig.once()
    # The third run did not hand it to anybody.
    assert os.path.getsize(tries) == 2
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    (attempts, _), = failures(rig)
    assert attempts == 2
    line, = [x for x in result.lines if 'failed: ' in x]
    assert re.search('twice', line)
