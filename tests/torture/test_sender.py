# SPDX-License-Identifier: BSD-2-Clause
"""ruactl sender add and remove, killed or without a disk at any point: the
database is as before or as after, never between."""

import errno
import itertools
import shutil
import sqlite3
import subprocess

import pytest

import torture
from ctl import Ctl, report
from patience import PATIENCE

CALLS = 'pwrite64,write,fsync,fdatasync,ftruncate,fallocate'
# With all points also more pages than the cache has: some go to the log before
# the transaction ends.
SOURCES = 30000 if torture.SECONDS else 3000
LAST = 4                        # calls that a short test tries, too: COMMIT
ADD = ('sender', 'add', 'letters', 'service', 'd=news.example', '10.0.0.0/17')
REMOVE = ('sender', 'remove', 'letters')


@pytest.fixture(scope='module')
def made(build, tmp_path_factory):
    """A database whose sources a rule of each kind names; a copy of it."""
    own = Ctl(build, tmp_path_factory.mktemp('sender'))
    rows = [('10.%d.%d.%d' % (i >> 16, i >> 8 & 255, i & 255), 1,
             ('pass', 'fail')) for i in range(SOURCES)]
    own.put('r.xml', report(rows=rows).replace(
        b'<domain>example.org</domain><selector>',
        b'<domain>news.example</domain><selector>'))
    own('import', 'r.xml')
    return own


def look(path):
    """What a command changes."""
    db = sqlite3.connect(path)
    try:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        assert not db.execute('PRAGMA foreign_key_check').fetchall()
        return [db.execute(sql).fetchall() for sql in (
            'SELECT label, kind FROM sender ORDER BY id',
            'SELECT match, value FROM sender_rule ORDER BY id',
            'SELECT count(*), sender_id, rule_id IS NULL FROM source'
            ' GROUP BY 2, 3')]
    finally:
        db.close()


def drop(path):
    for suffix in ('', '-wal', '-shm'):
        (path.parent / (path.name + suffix)).unlink(missing_ok=True)


@pytest.mark.parametrize('words, action', [
    (ADD, 'kill'), (ADD, errno.ENOSPC), (ADD, errno.EIO), (REMOVE, 'kill'),
    (REMOVE, errno.ENOSPC)])
def test_a_sender_is_there_or_not(request, made, inject, tmp_path, words,
                                  action):
    start, path = tmp_path / 'start.db', tmp_path / 'ruad.db'
    calls = str(tmp_path / 'injected')
    made('backup', str(start))
    if words is REMOVE:
        made('-d', str(start), *ADD)
        with sqlite3.connect(start) as db:
            db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    command = [made.program, '-d', str(path), *words]

    def run(when):
        drop(path)
        shutil.copy(start, path)
        done = subprocess.run(
            [*inject(calls, 'main', CALLS, when, action), *command],
            timeout=PATIENCE, stdin=subprocess.DEVNULL, capture_output=True,
            check=False)
        with open(calls, encoding='ascii') as f:
            return (done, *map(int, f.read().split()))

    shutil.copy(start, path)
    before = look(path)
    done, total, _ = run(0)
    assert done.returncode == 0 and total > 100
    after = look(path)
    assert before != after
    disturbed, seen = 0, [0, 0]
    for n in itertools.chain(range(total - LAST + 1, total + 1),
                             torture.points(total)):
        done, _, hits = run(n)
        if hits == 0:
            continue
        disturbed += 1
        have = look(path)
        assert have in (before, after), (n, have)
        seen[have == after] += 1
        if action != 'kill':
            assert done.returncode in (0, 69, 70, 71, 73, 74, 75), (n, done)
            # Where the last fsync failed it may have been done all the same.
            assert done.returncode != 0 or have == after, (n, done)
        again = subprocess.run(command, timeout=PATIENCE, check=False,
                               stdin=subprocess.DEVNULL, capture_output=True)
        assert again.returncode == (
            66 if words is REMOVE and have == after else 0), (n, again)
        assert look(path) == after, n
    assert disturbed > 2
    torture.note(request.node.name, disturbed=disturbed, calls=total,
                 before_and_after=tuple(seen))
