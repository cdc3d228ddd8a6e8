# SPDX-License-Identifier: BSD-2-Clause
"""What keeps a database in order: ruactl backup."""

import os
import sqlite3
import stat
import subprocess

import pytest

from ctl import FAIL, PASS, Ctl, report


@pytest.fixture
def ctl(build, tmp_path):
    made = Ctl(build, tmp_path)
    for i in range(3):
        made.put('in/%d.xml' % i, report(ident=str(i), day=i, rows=(
            ('192.0.2.%d' % i, 10, PASS), ('198.51.100.7', 3, FAIL))))
    made('import', 'in')
    return made


def dump(path):
    db = sqlite3.connect(path)
    try:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        return list(db.iterdump())
    finally:
        db.close()


# --- backup -----------------------------------------------------------------

def test_a_backup_is_the_whole_database_in_one_file(ctl):
    os.umask(0o077)
    try:
        assert ctl('backup', 'copy.db') == '' == ctl.error
    finally:
        os.umask(0o022)
    copy = ctl.directory / 'copy.db'
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert [path.name for path in ctl.directory.iterdir()
            if path.name.startswith('copy')] == ['copy.db']
    assert dump(copy) == dump(ctl.database)
    assert ctl('-d', 'copy.db') == ctl()
    ctl.put('new.xml', report(ident='new'))
    ctl('-d', 'copy.db', 'import', 'new.xml')


def test_a_backup_is_of_one_moment_while_others_write(ctl):
    db = sqlite3.connect(ctl.database, isolation_level=None)
    db.execute('BEGIN IMMEDIATE')
    db.execute("UPDATE report SET org_name = 'changed'")
    ctl('backup', 'before.db')
    db.execute('COMMIT')
    ctl('backup', 'after.db')
    names = [ctl.json('-d', name, 'reports')[0]['org_name']
             for name in ('before.db', 'after.db')]
    assert names == ['Receiver Inc.', 'changed']
    db.close()


def test_a_backup_replaces_nothing(ctl):
    there = ctl.put('there', b'mine')
    os.symlink('nowhere', ctl.directory / 'link')
    for name in 'there', 'link', 'db', ctl.database:
        assert ctl('backup', name, code=73) == ''
        assert 'is there already: name another file' in ctl.error
    assert there.read_bytes() == b'mine'
    ctl('backup', 'none/copy.db', code=73)
    assert sorted(path.name for path in ctl.directory.iterdir()) == [
        'db', 'in', 'link', 'there']


def test_a_backup_that_does_not_fit_leaves_nothing(ctl):
    done = subprocess.run(
        ['sh', '-c', 'trap "" XFSZ; ulimit -f 40; exec "$0" backup copy.db',
         ctl.program], cwd=ctl.directory, env=ctl.env, capture_output=True,
        timeout=60, check=False)
    assert done.returncode == 75, done.stderr
    assert done.stderr.startswith(b'ruactl: ')
    assert not [path for path in ctl.directory.iterdir()
                if path.name.startswith('copy')]
    ctl('-d', 'none.db', 'backup', 'copy.db', code=66)
    assert not (ctl.directory / 'copy.db').exists()
