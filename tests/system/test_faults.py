# SPDX-License-Identifier: BSD-2-Clause
"""Whatever is killed, cut or lost: no mail is lost and none counts twice."""

import os
import random
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

import gen
import oracle
import rig as rigs
from dovecot import PASSWORD
from fakeimap import members
from longform import SHORT
from patience import SOON, Stopwatch, wait_until
from sampler import Sampler

POISON = 'Poison-' + 'a1b2c3'
# A ruad-parse that does something to the mail with the mark in it and passes
# all others on.  It speaks for the real one, frame by frame: a filter in
# front of it would need to know the frames, so it watches its bytes only.
STUB = '''#!/usr/bin/python3
import os, socket, subprocess, sys, threading, time
MARK = b'%s'
here, there = socket.socketpair()
real = subprocess.Popen(['REAL', *sys.argv[1:]], stdin=there, stdout=there)
there.close()
def back():
    while True:
        data = here.recv(65536)
        if not data:
            os._exit(0)
        while data:
            data = data[os.write(1, data):]
threading.Thread(target=back, daemon=True).start()
tail = b''
while True:
    data = os.read(0, 65536)
    if not data:
        break
    at = (tail + data).find(MARK) - len(tail)
    if at + len(tail) >= 0:
        here.sendall(data[:max(0, at)])
        time.sleep(0.2)
        %s
        data = data[max(0, at):]
    here.sendall(data)
    tail = data[-len(MARK):]
here.shutdown(socket.SHUT_WR)
time.sleep(60)
'''
CRASH = "os.kill(os.getpid(), 11)"
EXIT = "os._exit(3)"
LEAVE = "os._exit(0)"
HANG = "time.sleep(3600)"
NOTED = "open('%s', 'a').write('x'); "      # one letter for each try
LIE = r'''os.write(1, b'{"type":"verdict","status":"report"}\n' * 3)'''


def poisoned(index):
    mail = gen.mail('poison', index)
    return mail.data.replace(b'MIME-Version: 1.0',
                             b'X-Mark: %s\r\nMIME-Version: 1.0'
                             % POISON.encode(), 1)


@pytest.mark.parametrize('what', [CRASH, EXIT, LEAVE],
                         ids=['crash', 'exit', 'leave'])
def test_a_poison_mail_costs_only_itself(rig, what):
    rig.replace_parser(STUB % (POISON, what))
    m = rig.mailbox()
    good = rigs.reports('poison', 40)
    m.deliver(*good[:20])
    bad = m.deliver(poisoned(99))
    m.deliver(*good[20:])
    rig.once()
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    (attempts, reason), = rig.query("SELECT attempts, reason FROM message"
                                    " WHERE status = 'failed'")
    assert 1 <= attempts <= 2 and reason
    rig.once()
    assert m.holds('Failed', *bad)


def test_a_parser_that_lies_loses_no_mail(rig):
    """Who owns the parser owns what it says of a batch, and no more."""
    rig.replace_parser(STUB % (POISON, LIE))
    m = rig.mailbox()
    m.deliver(*rigs.reports('lie', 20), poisoned(97),
              *rigs.reports('lie', 20, first=20), stored=False)
    rig.check_rows = False
    rig.once()
    counts = m.counts()
    assert set(counts) == {'Archive', 'Failed'}
    assert counts['Failed'] <= 3
    reasons = rig.query("SELECT reason FROM message WHERE status = 'failed'")
    assert all('ruad-parse' in reason for reason, in reasons)


def test_a_mail_that_keeps_the_parser_busy_is_given_up(rig):
    """The one slow test: LIMIT_PARSE_WALL is half a minute, twice."""
    tries = rig.path('tries')
    rig.replace_parser(STUB % (POISON, NOTED % tries + HANG))
    m = rig.mailbox()
    good = rigs.reports('hang', 10)
    m.deliver(*good[:5])
    bad = m.deliver(poisoned(98))
    m.deliver(*good[5:])
    watch = Stopwatch()
    rig.once()
    assert 60 <= watch.seconds() < 60 + SOON
    assert m.holds('Archive', *good)
    assert m.holds('Failed', *bad)
    assert os.path.getsize(tries) == 2
    (reason,), = rig.query("SELECT reason FROM message"
                           " WHERE status = 'failed'")
    assert reason.endswith('reading it took too long'), reason


def test_a_parser_that_cannot_be_run_leaves_all_mail(rig):
    rig.replace_parser('#!/nonexistent\n')
    m = rig.mailbox()
    m.deliver(*rigs.reports('norun', 3), stored=False)
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code != 0 and 'ruad-parse' in result.log
    assert m.counts() == {'INBOX': 3}


def descendants(pid):
    found = []
    for child, name in rigs.children(pid):
        found.append((child, name))
        found += descendants(child)
    return found


def of_kind(kind, pid):
    """The processes of one kind of the ruad with this supervisor."""
    if kind == 'supervisor':
        return [pid]
    if kind == 'fetcher':
        return [p for p, name in rigs.children(pid) if name != 'ruad-parse']
    return [p for p, name in descendants(pid) if name == 'ruad-parse']


def kill_in_time(d, kind, delay):
    """SIGKILL to one of a kind, so long after it began; whether it was hit."""
    wait_until(lambda: d.process.poll() is not None or of_kind(kind, d.pid))
    try:
        d.process.wait(delay)
        return False
    except subprocess.TimeoutExpired:
        pass
    for victim in of_kind(kind, d.pid):
        try:
            os.kill(victim, signal.SIGKILL)
            return True
        except ProcessLookupError:
            pass
    return False


def left_in_inbox(m):
    return len(os.listdir(m.server.maildir(m.user) + '/cur'))


@pytest.mark.parametrize('batch', range(6))
def test_killed_at_random_moments_nothing_is_lost_or_doubled(rig, batch):
    rng = random.Random(batch)
    m = rig.mailbox()
    mails = rigs.reports('kill%d' % batch, 60)
    m.deliver(*mails)
    watch = Stopwatch()
    rig.once()
    length = watch.seconds()
    kinds = ['supervisor', 'fetcher', 'parser'] * 4
    rng.shuffle(kinds)
    kinds = kinds[:5 if SHORT else 10]
    for _ in range(100):
        if not kinds:
            break
        if left_in_inbox(m) < 40:
            more = rigs.reports('kill%d' % batch, 60, first=len(mails))
            mails += more
            m.deliver(*more)
        d = rig.start('-1')
        try:
            # As long as runs take now, on whatever machine: who has ended
            # before is not hit.
            if kill_in_time(d, kinds[-1], rng.uniform(0.0, length)):
                kinds.pop()
                length *= 1.2
            else:
                length *= 0.7
            d.wait()
        finally:
            d.kill()
        if os.path.exists(rig.database):
            db = oracle.connect(rig.database)
            assert db.execute('PRAGMA quick_check').fetchall() == [('ok',)]
            db.close()
    # What a killed supervisor left behind ends by itself.
    rig.once()
    assert m.holds('Archive', *mails)
    assert not kinds
    assert rig.query("SELECT count(*) FROM message WHERE status <> 'stored'"
                     ) == [(0,)]
    assert rig.query('SELECT count(*) FROM message'
                     ' WHERE filed_ts IS NULL') == [(0,)]


def test_after_the_death_of_a_fetcher_the_next_one_goes_on(rig):
    m = rig.mailbox(interval='1s')
    mails = rigs.reports('careful', 400, records=20)
    m.deliver(*mails)
    d = rig.start('-v')
    d.wait_for('own: uid 5')
    for pid, _ in rigs.children(d.pid):
        os.kill(pid, signal.SIGKILL)
    assert 'own' in d.wait_for('died|[Kk]illed')
    d.signal(signal.SIGUSR1)
    wait_until(lambda: not left_in_inbox(m))
    assert d.stop() == 0
    assert m.holds('Archive', *mails)


def test_a_slow_goodbye_does_no_harm(rig, fake):
    """While we wait for the answer to LOGOUT there is nothing left to do."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('goodbye', 3))
    server.hooks['LOGOUT'] = lambda session, tag, rest: time.sleep(0.4)
    result = rig.once()
    assert 'died' not in result.log
    assert m.counts() == {'Archive': 3}


def test_rows_are_durable_when_move_arrives(rig, fake):
    """P1: another process can read the rows before MOVE is answered."""
    mails = rigs.reports('durable', 30)
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*mails)
    moved, seen = [], []

    def look(session, tag, rest):
        moved.extend(members(rest.partition(' ')[0], sorted(session.selected)))
        db = oracle.connect(rig.database)
        seen.append((db.execute('SELECT count(*) FROM report').fetchone()[0],
                     [uid for uid, in db.execute(
                         "SELECT uid FROM message WHERE status = 'stored'"
                         ' ORDER BY uid')], sorted(moved)))
        db.close()
        return False

    server.hooks['UID MOVE'] = look
    rig.once()
    # On a busy machine there are some first, then the others.
    for reports, stored, uids in seen:
        assert (reports, stored) == (len(uids), uids)
    assert len(moved) == 30
    assert m.holds('Archive', *mails)


def test_the_answer_to_move_may_be_lost(rig, fake):
    """The mail is gone from the folder and the ledger did not hear of it."""
    mails = rigs.reports('lost', 5)
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*mails)

    def move_and_hang_up(session, tag, rest):
        session.do_uid_move(tag, rest)
        return True

    def lose(session, tag, rest):
        real = session.send
        session.send = lambda text: None
        session.do_uid_move(tag, rest)
        session.send = real
        session.close()
        return True

    server.hooks['UID MOVE'] = lose
    result = rig.run('-1', '-v')
    assert result.code != 0
    assert rig.statuses() == {'stored': 5}
    server.hooks['UID MOVE'] = move_and_hang_up
    rig.once()
    assert m.holds('Archive', *mails)
    assert rig.query('SELECT count(*) FROM message'
                     ' WHERE filed_ts IS NULL') == [(0,)]


@pytest.mark.parametrize('command', ['UID MOVE', 'UID FETCH', 'CREATE',
                                     'SELECT'])
def test_a_no_leaves_the_mail_and_says_so(rig, fake, command):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('no', 4)
    m.deliver(*mails)

    def no(session, tag, _):
        session.send('%s NO [SERVERBUG] internal error\r\n' % tag)
        return True

    server.hooks[command] = no
    result = rig.run('-1')
    assert result.code != 0
    assert sum(len(f) for f in server.folders.values()) == 4
    del server.hooks[command]
    rig.once()
    assert m.holds('Archive', *mails)


def test_a_no_after_half_of_a_fetch_is_no_success(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('half', 6)
    m.deliver(*mails)

    def half(session, tag, rest):
        if 'BODY' not in rest:
            return False
        for uid in (1, 2, 3):
            session.send_mail(uid, uid, rest)
        session.send('%s NO [SERVERBUG] internal error\r\n' % tag)
        return True

    server.hooks['UID FETCH'] = half
    assert rig.run('-1').code != 0
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *mails)


def test_a_connection_cut_anywhere_loses_and_doubles_nothing(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('cut', 3, records=1)
    m.deliver(*mails)
    rng = random.Random(5)
    total = sum(len(x.data) for x in mails) + 2500
    points = sorted(rng.sample(range(total), 40))
    for point in points:
        server.cut_after = point
        result = rig.run('-1')
        assert result.code in (0, 69, 75, 77), (point, result)
        assert sum(len(f) for f in server.folders.values()) == 3, point
        if not server.folders['INBOX']:
            break
    server.cut_after = None
    rig.once()
    assert m.holds('Archive', *mails)


def test_a_server_that_stalls_is_left_in_time(rig, fake):
    """SIGTERM ends a fetcher that waits for a silent server."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('stall', 3)
    m.deliver(*mails)
    server.stall_after = 6000
    d = rig.start()
    server.wait_for_session()
    wait_until(lambda: server.sessions[0].sent >= 6000)
    time.sleep(1)
    watch = Stopwatch()
    assert d.stop() == 0
    watch.assert_soon()
    server.stall_after = None
    rig.once()
    assert m.holds('Archive', *mails)


@pytest.mark.parametrize('answer', [
    '* 1 FETCH (UID 77 BODY[] {3}\r\nabc)\r\n',
    '* 1 FETCH (BODY[] {3}\r\nabc)\r\n',
    '* 1 FETCH (UID 1 BODY[] {4294967295}\r\nabc',
    '* 1 FETCH (UID 1 BODYSTRUCTURE ' + '(' * 100000 + '\r\n',
    '* 1 FETCH (UID 1 BODY[] "' + 'x' * 5000000 + '")\r\n',
    '+ [PERMANENTFLAGS (\x01\r\n',
    '* OK [PERMANENTFLAGS (\r\n',
    '* 99999999999999999999 EXISTS\r\n',
    '* BYE go away\r\n',
    '* XFOO bar baz\r\n',
    '* 1 FETCH (UID 1 BODY[] NIL)\r\n',
], ids=['wrong-uid', 'no-uid', 'huge-literal', 'deep', 'long-line', 'plus',
        'flags', 'exists', 'bye', 'unknown', 'nil'])
def test_a_mad_answer_to_fetch_loses_no_mail(rig, fake, answer):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('mad', 3)
    m.deliver(*mails)

    def mad(session, tag, rest):
        if 'BODY' not in rest:
            return False
        session.send(answer)
        session.send('%s OK done\r\n' % tag)
        return True

    server.hooks['UID FETCH'] = mad
    result = rig.run('-1')
    assert result.code in (0, 69, 75), result
    assert sum(len(f) for f in server.folders.values()) == 3
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *mails)


def test_mail_that_vanishes_under_way_is_no_error(rig, fake):
    """Somebody else moved it between our list and our fetch."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('vanish', 5)
    m.deliver(*mails)
    away = {}

    def vanish(session, tag, rest):
        if 'BODY' in rest and not away:
            away[3] = session.selected.pop(3)
            server.folders['Elsewhere'] = away
        return False

    server.hooks['UID FETCH'] = vanish
    rig.reports.remove(mails[2].report)
    rig.once()
    assert m.holds('Archive', *mails[:2], *mails[3:])


def test_a_database_that_is_locked_is_waited_for(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('locked', 2))
    rig.once()
    m.deliver(*rigs.reports('locked', 2, first=2))
    db = sqlite3.connect(rig.database, isolation_level=None)
    db.execute('BEGIN IMMEDIATE')
    d = rig.start('-1')
    time.sleep(2)
    assert d.process.poll() is None
    db.execute('ROLLBACK')
    db.close()
    assert d.wait() == 0
    assert m.counts() == {'Archive': 4}


@pytest.mark.parametrize('what', ['directory', 'symlink', 'text', 'foreign',
                                  'newer'])
def test_a_database_that_is_not_ours_is_refused(rig, what):
    m = rig.mailbox()
    m.deliver(*rigs.reports('notours', 2), stored=False)
    rig.check_rows = False
    os.mkdir(os.path.dirname(rig.database), 0o750)
    if what == 'directory':
        os.mkdir(rig.database)
    elif what == 'symlink':
        rig.write('elsewhere.db', '')
        os.symlink(rig.path('elsewhere.db'), rig.database)
    elif what == 'text':
        rig.write('db/ruad.db', 'This is not a database.\n' * 100, 0o640)
    else:
        db = sqlite3.connect(rig.database)
        db.execute('CREATE TABLE t (x)')
        if what == 'newer':
            db.execute('PRAGMA application_id = 1381318980')
            db.execute('PRAGMA user_version = 999')
        db.commit()
        db.close()
        os.chmod(rig.database, 0o640)
    result = rig.run('-1')
    assert result.code == 78, result.log
    assert rig.database in result.log
    assert m.counts() == {'INBOX': 2}
    rig.database = rig.path('none')         # nothing for check() to read


def test_a_full_disk_stops_the_poll_and_leaves_the_mail(rig):
    """As far as a limit on file sizes can play a full disk."""
    m = rig.mailbox()
    mails = rigs.reports('full', 200, records=30)
    m.deliver(*mails)
    rig.write_config()
    rig.check_rows = False
    wrapper = rig.write('limited', '#!/bin/sh\nulimit -f 300\n'
                        'exec %s "$@"\n' % rig.program, 0o755)
    real, rig.program = rig.program, wrapper
    result = rig.run('-1')
    assert result.code != 0
    assert sum(m.counts().values()) == 200
    rig.program, rig.check_rows = real, True
    rig.once()
    assert m.holds('Archive', *mails)


def test_no_process_takes_more_than_64_megabytes(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('memory', 1200, records=2),
              gen.mail('memory', 5000, 20000),
              *rigs.reports('memory', 6, first=6000, records=3000))
    d = rig.start('-1')
    sampler = Sampler()
    sampler.start(d.pid)
    code = d.wait()
    sampler.stop()
    assert code == 0
    peaks = {role: peak for role, (_, peak, _) in sampler.summary().items()}
    assert set(peaks) == {'supervisor', 'fetcher', 'ruad-parse'}
    assert all(0 < peak < 64 for peak in peaks.values()), peaks


def test_the_parser_is_locked_in_and_knows_no_password(rig, fake):
    """P6 and P17, looked at from outside while it has mail to read."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('locked-in', 30))
    wait = threading.Event()

    def look(session, tag, rest):
        if 'BODY' not in rest:
            return False
        uids = rest.split()[0]
        for uid in members(uids, sorted(session.selected)):
            session.send_mail(uid, uid, rest)
            if uid == 10:
                wait_until(lambda: has_mail(d.pid))
                facts.extend(facts_about(pid) for pid in parsers(d.pid))
        session.ok(tag)
        wait.set()
        return True

    facts = []
    server.hooks['UID FETCH'] = look
    d = rig.start('-1')
    assert d.wait() == 0 and wait.is_set()
    assert facts
    for status, links, memory in facts:
        assert status['Seccomp'].strip() == '2'
        assert status['NoNewPrivs'].strip() == '1'
        assert set(links) <= {'0', '1', '2'}, links
        assert not [x for x in links.values() if x.endswith('.db')]
        assert PASSWORD.encode() not in memory
    if os.getuid() == 0:                    # who can look into it finds the mail
        assert any(b'<feedback' in memory for _, _, memory in facts)


def parsers(pid):
    return [p for p, name in descendants(pid) if name == 'ruad-parse']


def has_mail(pid):
    """That its parser is in the sandbox, and has something to read."""
    try:
        found = [facts_about(p) for p in parsers(pid)]
    except OSError:
        return False            # it was one that only shows that it runs
    return any(status['Seccomp'].strip() == '2' and
               (b'<feedback' in memory or os.getuid() != 0)
               for status, _, memory in found)


def facts_about(pid):
    base = '/proc/%d/' % pid
    with open(base + 'status', encoding='ascii') as f:
        status = dict(line.split(':', 1) for line in f)
    links, memory = {}, b''
    try:
        links = {fd: os.readlink(base + 'fd/' + fd)
                 for fd in os.listdir(base + 'fd')}
        with open(base + 'maps', encoding='ascii') as maps, \
                open(base + 'mem', 'rb') as mem:
            for line in maps:
                span, mode = line.split()[:2]
                if not mode.startswith('rw'):
                    continue
                first, last = (int(x, 16) for x in span.split('-'))
                mem.seek(first)
                memory += mem.read(last - first)
    except PermissionError:
        pass                    # only root may look into it: good, too
    return status, links, memory
