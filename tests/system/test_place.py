# SPDX-License-Identifier: BSD-2-Clause
"""The database's files are removed or replaced while ruad works with them:
nothing is moved that is not in the file to which the path leads."""

import glob
import os
import shutil
import sqlite3

import pytest

import gen
import rig as rigs


def remove_all(rig):
    for path in glob.glob(rig.database + '*'):
        if not path.endswith('.lock'):
            os.unlink(path)


def remove_wal(rig):
    os.unlink(rig.database + '-wal')


def remove_shm(rig):
    os.unlink(rig.database + '-shm')


def put_back_a_backup(rig):
    remove_all(rig)
    shutil.copy(rig.path('backup'), rig.database)


@pytest.mark.parametrize('change', [
    remove_all, remove_wal, remove_shm, put_back_a_backup])
def test_nothing_is_moved_that_is_not_in_the_file(rig, fake, change):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    first = gen.mail('place', 0)
    m.deliver(first)
    rig.once()
    assert rig.ruactl('backup', rig.path('backup')).code == 0
    done = []

    def hook(_session, _tag, _rest):
        if not done:
            done.append(True)
            change(rig)
        return False

    m.deliver(*rigs.reports('place', 5, first=1))
    server.hooks['UID FETCH'] = hook
    rig.check_rows = False
    moves = server.names().count('UID MOVE')
    result = rig.run('-1')
    assert result.code == 75, result.log
    assert 'was removed or replaced' in result.log
    assert m.counts() == {'INBOX': 5, 'Archive': 1}
    assert server.names().count('UID MOVE') == moves
    # The next poll has the database that is there now, and all of the mail.
    server.hooks.clear()
    result = rig.run('-1')
    assert result.code == 0, result.log
    assert m.counts() == {'Archive': 6}
    assert rig.query("SELECT count(*) FROM message WHERE status = 'stored'") \
        == [(5 if change is remove_all else 6,)]
    assert ('a new, empty database' in result.log) == \
        (change is remove_all)


def test_a_first_database_is_nothing_to_speak_of(rig):
    m = rig.mailbox()
    m.deliver(gen.mail('first', 0))
    assert 'begins here' not in rig.once().log


def test_a_log_that_grows_and_grows_is_told(rig):
    """A reader that does not end keeps it from being copied."""
    m = rig.mailbox()
    m.deliver(gen.mail('wal', 0))
    rig.once()
    reader = sqlite3.connect(rig.database)
    reader.execute('BEGIN')
    reader.execute('SELECT count(*) FROM message').fetchone()
    m.deliver(gen.mail('wal', 1))
    assert 'has grown' not in rig.once().log
    os.truncate(rig.database + '-wal', 300 << 20)       # zeros count as none
    check = rig.ruactl('check')
    assert check.code == 1
    assert 'the -wal file has grown to 300 MB' in check.out
    m.deliver(gen.mail('wal', 2))
    assert '-wal has grown to 300 MB' in rig.once().log
    reader.close()
