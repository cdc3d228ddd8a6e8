# SPDX-License-Identifier: BSD-2-Clause
"""ruactl feed: where it begins, and how it goes on."""

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import termios
import time

import pytest

from ctl import Ctl, report
from mirror import (CUT, OTHER, WHOLE, Mirror, add, change, feed,
                    import_golden, rows, same)
from patience import PATIENCE

@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


@pytest.fixture(scope='module')
def golden(build, tmp_path_factory):
    made = Ctl(build, tmp_path_factory.mktemp('feed'))
    import_golden(made)
    return made


# --- cursors ----------------------------------------------------------------

def test_a_cursor_of_another_database_is_refused(ctl, golden):
    add(ctl, 'whole.xml', WHOLE)
    feed(ctl, '--after=' + feed(golden)[-1]['cursor'], code=65)
    assert 'of another database' in ctl.error
    assert '--after=0' in ctl.error


def test_a_restored_backup_is_told(ctl):
    add(ctl, 'whole.xml', WHOLE)
    ctl('backup', 'backup.db')
    at_backup = feed(ctl)[-1]['cursor']
    add(ctl, 'other.xml', OTHER)
    cursor = feed(ctl)[-1]['cursor']
    for suffix in '-wal', '-shm':
        if os.path.exists(str(ctl.database) + suffix):
            os.unlink(str(ctl.database) + suffix)
    shutil.copy(ctl.directory / 'backup.db', ctl.database)
    feed(ctl, '--after=' + cursor, code=65)
    assert 'restored from a backup' in ctl.error
    # Until then all is the same: no need to begin anew.
    assert feed(ctl, '--after=' + at_backup) == []
    # It goes on, past the number of the cursor, with the very same report.
    add(ctl, 'other.xml', OTHER)
    add(ctl, 'more.xml', report(ident='r3', day=2, rows=rows(9)))
    feed(ctl, '--after=' + cursor, code=65)
    assert 'restored from a backup' in ctl.error
    feed(ctl, '--after=%d' % (10 ** 9), code=65)
    same(ctl, Mirror().follow(ctl))


def test_deletions_that_are_forgotten_are_told(ctl):
    add(ctl, 'whole.xml', WHOLE)
    early = feed(ctl)[-1]['cursor']
    add(ctl, 'cut.xml', CUT.replace(b'r1', b'r4'))
    add(ctl, 'other.xml', OTHER)
    ctl('sender', 'add', 'shop', 'service', '192.0.2.1')
    change(ctl, "DELETE FROM report WHERE external_id = 'r2'")
    late = Mirror().follow(ctl)
    change(ctl, 'UPDATE change SET ts = ts - 31 * 86400')
    ctl('sender', 'add', 'shop', 'service', '192.0.2.2')
    ctl('prune', '--older-than=9999d')
    feed(ctl, '--after=' + early, code=65)
    assert 'is forgotten' in ctl.error
    feed(ctl, '--after=1', code=65)
    assert 'is forgotten' in ctl.error
    # Who had seen them goes on; who begins anew has all.
    same(ctl, late.follow(ctl))
    anew = Mirror().follow(ctl)
    same(ctl, anew)
    # Of each row one change is left; of what is gone none.
    db = sqlite3.connect(ctl.database)
    assert db.execute(
        "SELECT count(*) FROM change WHERE seq < (SELECT value FROM meta"
        " WHERE key = 'feed_floor') AND op = 'del'").fetchone() == (0,)
    db.close()


def test_who_begins_after_that_may_stop_anywhere(ctl):
    """Also before the number up to which deletions are forgotten."""
    for i in range(6):
        add(ctl, 'a.xml', report(ident='r%d' % i, day=i, rows=rows(1)))
    change(ctl, "DELETE FROM report WHERE external_id = 'r0'")
    change(ctl, 'UPDATE change SET ts = ts - 31 * 86400')
    ctl('prune', '--older-than=9999d')
    mirror = Mirror()
    while lines := feed(ctl, '--after=' + mirror.cursor, '--limit=1'):
        mirror.apply(lines)
        late = lines[-1]['cursor']
    same(ctl, mirror)
    # What is deleted while he reads he is told.
    first = feed(ctl, '--limit=1')[-1]['cursor']
    change(ctl, "DELETE FROM report WHERE external_id = 'r1'")
    assert [line['op'] for line in feed(ctl, '--after=' + first)][-1] == 'del'
    # And if that is forgotten in its turn, too.
    change(ctl, 'UPDATE change SET ts = ts - 31 * 86400')
    add(ctl, 'a.xml', report(ident='r7', day=7, rows=rows(1)))
    ctl('prune', '--older-than=9999d')
    for cursor in first, late:
        feed(ctl, '--after=' + cursor, code=65)
        assert 'is forgotten' in ctl.error


def test_prune_forgets_nothing_that_is_young(ctl):
    add(ctl, 'cut.xml', CUT)
    early = feed(ctl)[0]['cursor']
    add(ctl, 'whole.xml', WHOLE)
    before = feed(ctl, '--after=' + early)
    ctl('prune', '--older-than=9999d')
    assert feed(ctl, '--after=' + early) == before != []


@pytest.mark.parametrize('cursor', [
    '', 'x', '-1', '1.2', '0123456789abcdef', '0123456789abcdef.1',
    '0123456789abcdef..1', '0123456789abcdef.1.', '0123456789ABCDEF.1.1',
    '0123456789abcdef.1.1.1.', '0123456789abcdef.1.1.1.1',
    '0123456789abcdef.1.1.x', '9' * 30, '0123456789abcdef.%s.1' % ('9' * 40)])
def test_what_is_no_cursor(ctl, cursor):
    add(ctl, 'whole.xml', WHOLE)
    feed(ctl, '--after=' + cursor, code=64)
    assert '--after needs the cursor' in ctl.error
    if cursor:
        path = ctl.directory / 'cursor'
        path.write_text(cursor + '\n', encoding='ascii')
        feed(ctl, '--cursor=' + str(path), code=65)
        assert str(path) in ctl.error
        assert path.read_text(encoding='ascii') == cursor + '\n'


def test_wrong_words(ctl):
    add(ctl, 'whole.xml', WHOLE)
    for args, said in (
            (('records',), 'the feed has no "records"'),
            (('--after=0', '--cursor=x'), 'only one of --after and --cursor'),
            (('--format=csv',), 'always JSON Lines'),
            (('--limit=0',), 'at least 1'),
            (('--collector=',), '--collector needs a name'),
            (('--collector=' + 'x' * 300,), '--collector needs a name')):
        ctl('feed', *args, code=64)
        assert said in ctl.error


def test_there_is_no_database_yet(ctl):
    ctl('feed', code=66)
    assert 'there is no database' in ctl.error


# --- a cursor in a file -----------------------------------------------------

def test_a_cursor_in_a_file_gives_each_line_once(ctl):
    path = ctl.directory / 'cursor'
    args = '--cursor=' + str(path)
    add(ctl, 'whole.xml', WHOLE)
    got = feed(ctl, args)
    assert got == feed(ctl)
    assert path.read_text(encoding='ascii') == got[-1]['cursor'] + '\n'
    assert feed(ctl, args) == []
    add(ctl, 'other.xml', OTHER)
    more = feed(ctl, args)
    assert got + more == feed(ctl)
    with open(ctl.directory / 'out', 'wb') as out:
        add(ctl, 'third.xml', report(ident='r3', day=2, rows=rows(2)))
        subprocess.run([ctl.program, 'feed', args], env=ctl.env, stdout=out,
                       timeout=PATIENCE, check=True)
    assert feed(ctl, args) == []


def test_what_was_not_read_is_not_behind_the_cursor(ctl):
    path = ctl.directory / 'cursor'
    add(ctl, 'a.xml', report(rows=rows(200)))
    process = subprocess.Popen(
        [ctl.program, 'feed', 'report', '--cursor=' + str(path)], env=ctl.env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(1)
    process.stdout.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b''
    process.stderr.close()
    assert not path.exists()


def test_a_cursor_that_cannot_be_written_is_an_error(ctl):
    add(ctl, 'whole.xml', WHOLE)
    ctl('feed', '--cursor=/nowhere/cursor', code=73)
    assert 'cannot create /nowhere/cursor' in ctl.error


def test_a_cursor_in_what_is_no_file_is_refused_before_all(ctl):
    add(ctl, 'whole.xml', WHOLE)
    ctl('feed', '--cursor=', code=64)
    assert '--cursor needs the name of a file' in ctl.error
    os.mkfifo(ctl.directory / 'fifo')
    ctl('feed', '--cursor=fifo', code=65)
    assert 'no cursor of ruactl feed in fifo' in ctl.error
    os.mkdir(ctl.directory / 'directory')
    ctl('feed', '--cursor=directory', code=66)
    assert 'cannot read directory: Is a directory' in ctl.error


# --- follow -----------------------------------------------------------------

class Follower:
    def __init__(self, ctl, *args):
        self.process = subprocess.Popen(
            [ctl.program, 'feed', '--follow', *args], env=ctl.env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def lines(self, count):
        return [json.loads(self.process.stdout.readline())
                for _ in range(count)]

    def end(self):
        """Its exit status, the rest of its output, and what it said."""
        rest, error = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest, error


@pytest.fixture
def follow():
    followers = []

    def start(*args):
        followers.append(Follower(*args))
        return followers[-1]
    yield start
    for one in followers:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_follow_goes_on_until_it_is_told_to_stop(ctl, follow, number):
    add(ctl, 'whole.xml', WHOLE)
    path = ctl.directory / 'cursor'
    follower = follow(ctl, 'report', '--cursor=' + str(path))
    got = follower.lines(1)
    add(ctl, 'other.xml', OTHER)
    got += follower.lines(1)
    change(ctl, "DELETE FROM report WHERE external_id = 'r1'")
    got += follower.lines(1)
    assert [line['op'] for line in got] == ['put', 'put', 'del']
    assert follower.process.poll() is None
    follower.process.send_signal(number)
    assert follower.end() == (0, b'', b'')
    assert feed(ctl, 'report', '--cursor=' + str(path)) == []


def test_follow_ends_when_nobody_reads_any_more(ctl, follow):
    add(ctl, 'whole.xml', WHOLE)
    idle = follow(ctl, 'report')
    idle.lines(1)
    idle.process.stdout.close()
    assert idle.process.wait(PATIENCE) == 0
    assert idle.process.stderr.read() == b''
    change(ctl, 'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1'
           ' FROM n WHERE i < 3000) INSERT INTO failure (incidents, sample,'
           ' content_sha256) SELECT 1, hex(randomblob(500)), randomblob(32)'
           ' FROM n')
    busy = follow(ctl, 'failure')
    assert busy.lines(1)[0]['failure']['incidents'] == 1
    busy.process.stdout.close()
    assert busy.process.wait(PATIENCE) == 0
    assert busy.process.stderr.read() == b''


@pytest.mark.parametrize('args', [(), ('--follow',), ('--cursor=cursor',)])
def test_it_can_be_stopped_while_its_reader_sleeps(ctl, args):
    add(ctl, 'a.xml', report(rows=rows(200)))
    reader, writer = os.pipe()
    size = fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ)
    process = subprocess.Popen(
        [ctl.program, 'feed', *args], env=ctl.env, cwd=ctl.directory,
        stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    end = time.monotonic() + PATIENCE
    while int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, b'1234'),
                         sys.byteorder) < size:
        assert time.monotonic() < end
        time.sleep(.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b''
    process.stderr.close()
    os.close(reader)
    assert not (ctl.directory / 'cursor').exists()


def test_follow_tells_that_a_backup_was_restored(ctl, follow):
    add(ctl, 'whole.xml', WHOLE)
    ctl('backup', 'backup.db')
    add(ctl, 'other.xml', OTHER)
    follower = follow(ctl, 'report')
    follower.lines(2)
    os.rename(ctl.directory / 'backup.db', ctl.database)
    for suffix in '-wal', '-shm':
        os.unlink(str(ctl.database) + suffix)
    status, rest, error = follower.end()
    assert (status, rest) == (65, b'')
    assert b'restored from a backup' in error


def test_a_full_disk_is_an_error(ctl):
    add(ctl, 'whole.xml', WHOLE)
    with open('/dev/full', 'w', encoding='ascii') as full:
        done = subprocess.run(
            [ctl.program, 'feed'], env=ctl.env, stdout=full,
            stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    assert done.returncode == 75 and b'cannot write' in done.stderr


def test_a_database_of_version_1_tells_all_once_it_is_migrated(build, tmp_path):
    own = Ctl(build, tmp_path)
    os.mkdir(os.path.dirname(own.database))
    path = os.path.join(os.path.dirname(__file__), '../store/v1.sql')
    with open(path, encoding='utf-8') as sql:
        db = sqlite3.connect(own.database)
        db.executescript(sql.read())
        db.close()
    own('feed', code=78)
    assert 'start ruad once' in own.error
    add(own, 'whole.xml', WHOLE)
    mirror = Mirror().follow(own)
    same(own, mirror)
    assert len(mirror.rows['report']) > 5 and mirror.rows['tls']
