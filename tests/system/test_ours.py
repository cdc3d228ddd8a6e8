# SPDX-License-Identifier: BSD-2-Clause
"""What stands where the database should be and is not ours is refused by
every program, at once, and not touched."""

import hashlib
import os
import shutil
import sqlite3

import pytest

import gen
import rig as rigs

READERS = (('summary',), ('status',), ('reports',), ('export', 'records'),
           ('check',), ('metrics',))


def tail_cut(rig, path):
    size = os.path.getsize(path)
    os.truncate(path, size // 2)


def header_damaged(rig, path):
    with open(path, 'r+b') as f:
        f.seek(100)
        f.write(b'\xff' * 3000)


def newer(rig, path):
    db = sqlite3.connect(path)
    db.execute('PRAGMA user_version = 999')
    db.close()


def foreign(rig, path):
    os.unlink(path)
    db = sqlite3.connect(path)
    db.execute('CREATE TABLE report (id INTEGER)')
    db.commit()
    db.close()


def text(rig, path):
    os.unlink(path)
    rig.write('db/ruad.db', 'This is not a database.\n' * 100, 0o640)


def link(rig, path):
    os.rename(path, rig.path('elsewhere.db'))
    os.symlink(rig.path('elsewhere.db'), path)


def directory(rig, path):
    os.unlink(path)
    os.mkdir(path)


def fifo(rig, path):
    os.unlink(path)
    os.mkfifo(path, 0o640)


KINDS = [tail_cut, header_damaged, newer, foreign, text, link, directory, fifo]


def state(path):
    """What is there, without following a link or opening a pipe."""
    s = os.lstat(path)
    content = None
    if os.path.isfile(path):
        with open(path, 'rb') as f:
            content = hashlib.sha256(f.read()).hexdigest()
    return s.st_mode, s.st_uid, s.st_ino, content


@pytest.mark.parametrize('kind', KINDS, ids=lambda f: f.__name__)
def test_what_is_not_ours_is_refused_by_all(rig, kind):
    m = rig.mailbox()
    m.deliver(*rigs.reports('ours', 3))
    rig.once()
    for suffix in '-wal', '-shm':
        if os.path.exists(rig.database + suffix):
            os.unlink(rig.database + suffix)
    kind(rig, rig.database)
    before = state(rig.database)
    m.deliver(gen.mail('ours', 3), stored=False)
    result = rig.run('-1')
    assert result.code == 78, result.log
    assert rig.database in result.log
    rig.write('more.eml', gen.mail('ours', 4).data.decode())
    for args in READERS + (('import', rig.path('more.eml')),
                           ('prune', '--older-than=400d'),
                           ('backup', rig.path('copy.db'))):
        said = rig.ruactl(*args)
        assert said.code not in (0, 70), (args, said.out, said.log)
        assert said.code < 128, (args, said.log)
        assert rig.database in said.log + said.out, (args, said.log)
    assert state(rig.database) == before
    assert m.counts() == {'Archive': 3, 'INBOX': 1}
    rig.check_rows = False
    if os.path.isdir(rig.database):
        os.rmdir(rig.database)
    else:
        os.unlink(rig.database)
    shutil.rmtree(rig.path('db'))
