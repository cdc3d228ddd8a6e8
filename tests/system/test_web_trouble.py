# SPDX-License-Identifier: BSD-2-Clause
"""ruad-web while there is something wrong with its database: a page that says
so, a line in the log that says what, and nobody who hangs; and the database as
soon as it is right again."""

import concurrent.futures
import os
import shutil
import sqlite3
import subprocess

import pytest

from ctl import Ctl, mail, report
from test_web import needs_web
from webserver import Web

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope='module')
def made(build, tmp_path_factory):
    """A database of one report."""
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('made'))
    one.put('a.eml', mail(report()))
    one('import', 'a.eml')
    return one.database


@pytest.fixture
def ctl(build, tmp_path, made):
    one = Ctl(build, tmp_path)
    os.mkdir(tmp_path / 'db')
    shutil.copy(made, one.database)
    return one


@pytest.fixture
def web(build, ctl, tmp_path):
    one = Web(build, tmp_path, ctl.database)
    yield one
    assert one.process.poll() is None
    one.stop()
    assert 'killed' not in one.log.read_text()


def must_work(web, domain='example.org'):
    assert web.get('/health').text == 'ok\n'
    for target in '/', '/all', '/reports':
        assert domain in web.get(target + '?since=1000d').text


def must_say(web, word, status=503, health=503):
    """On a page what is needed to know, in the log all of it, once."""
    for target in '/', '/all', '/d/example.org/senders', '/reports':
        reply = web.get(target, status)
        assert 'log of ruad-web' in reply.text
        assert web.path.rpartition('/')[0] not in reply.text
        assert 'example.org' not in reply.text.partition('<main')[2]
    assert web.ask('/health').status == health
    assert word in web.log.read_text()


def change(path, sql):
    with sqlite3.connect(path) as db:
        db.executescript(sql)
    db.close()


def test_it_is_of_a_newer_ruad(ctl, web):
    must_work(web)
    change(ctl.database, 'PRAGMA user_version = 999')
    must_say(web, 'newer')


def test_it_is_of_an_older_ruad(ctl, web):
    must_work(web)
    os.unlink(ctl.database)
    with open(HERE + '/../store/v2.sql', encoding='utf-8') as f:
        change(ctl.database, f.read())
    must_say(web, 'older ruad')
    ctl.put('b.eml', mail(report(domain='other.example', ident='b')))
    ctl('import', 'b.eml')
    must_work(web, 'other.example')


@pytest.mark.parametrize('what', [b'', b'x', b'<feedback/>' * 9000])
def test_it_is_no_database(ctl, web, what):
    with open(ctl.database, 'wb') as f:
        f.write(what)
    must_say(web, ctl.database)


def test_it_belongs_to_another_program(ctl, web):
    change(ctl.database, 'PRAGMA application_id = 1')
    must_say(web, 'ruad')


def test_it_is_a_directory(ctl, web):
    os.unlink(ctl.database)
    os.mkdir(ctl.database)
    must_say(web, ctl.database)


# Else root may read anything.
MAY_LITTLE = ('setpriv', '--bounding-set=-dac_override,-dac_read_search'
              ) if os.getuid() == 0 else ()


def test_its_user_may_not_read_it(build, ctl, tmp_path):
    os.chmod(ctl.database, 0)
    one = Web(build, tmp_path, ctl.database, within=MAY_LITTLE)
    try:
        must_say(one, 'permission to read %s: join the group' % ctl.database)
        os.chmod(ctl.database, 0o640)
        must_work(one)
        os.chmod(os.path.dirname(ctl.database), 0)
        must_say(one, 'cannot reach the database ' + ctl.database)
        os.chmod(os.path.dirname(ctl.database), 0o750)
        must_work(one)
    finally:
        os.chmod(os.path.dirname(ctl.database), 0o750)
        one.stop()


def test_its_user_may_not_even_look_for_it(build, ctl, tmp_path):
    """Before it starts, too: who joins the group need not start it again."""
    directory = os.path.dirname(ctl.database)
    os.chmod(directory, 0)
    one = Web(build, tmp_path, ctl.database, within=MAY_LITTLE)
    try:
        must_say(one, 'cannot reach the database ' + ctl.database)
        os.chmod(directory, 0o750)
        must_work(one)
    finally:
        os.chmod(directory, 0o750)
        one.stop()


def test_its_shm_was_not_copied(ctl, web):
    with sqlite3.connect(ctl.database) as db:
        db.execute('PRAGMA journal_mode = WAL')
        db.execute("INSERT INTO meta VALUES ('x', 'y')")
        db.commit()
        shutil.copy(ctl.database, ctl.database + '.copy')
        shutil.copy(ctl.database + '-wal', ctl.database + '.copy-wal')
    db.close()
    for tail in '', '-wal':
        os.replace(ctl.database + '.copy' + tail, ctl.database + tail)
    must_say(web, 'no -shm file')
    ctl('status')
    must_work(web)


def test_its_disk_is_full(build, ctl, made, tmp_path):
    """There is no room for -shm, which who reads has to make."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk],
                      check=False, capture_output=True).returncode != 0:
        pytest.skip('only root can mount a full disk')
    one = None
    try:
        shutil.copy(made, disk / 'ruad.db')
        with open(disk / 'filler', 'wb') as f, pytest.raises(OSError):
            while True:
                f.write(bytes(1 << 16))
                f.flush()
        one = Web(build, tmp_path, disk / 'ruad.db')
        must_work(one)
        assert sorted(os.listdir(disk)) == ['filler', 'ruad.db']
    finally:
        if one is not None:
            one.stop()
        subprocess.run(['umount', disk], check=True)


def test_pages_of_it_are_damaged(ctl, web):
    must_work(web)
    size = os.path.getsize(ctl.database)
    with open(ctl.database, 'r+b') as f:
        f.seek(4096)
        f.write(b'\xff' * (size - 4096))
    for target in '/', '/all', '/reports', '/d/example.org':
        assert web.ask(target).status in (500, 503), target
    assert ctl.database in web.log.read_text()
    assert 'malformed' in web.log.read_text()


def test_it_is_cut(ctl, web):
    os.truncate(ctl.database, 4096 * 3)
    for target in '/', '/all', '/reports', '/d/example.org':
        assert web.ask(target).status in (500, 503), target


def test_it_is_gone_and_comes_back(ctl, web):
    os.rename(ctl.database, ctl.database + '.away')
    must_say(web, 'no database')
    os.rename(ctl.database + '.away', ctl.database)
    must_work(web)


def test_it_is_replaced(ctl, web, made):
    """As "ruactl backup" of another day is put in its place."""
    other = ctl.database + '.new'
    for turn in range(20):
        shutil.copy(made, other)
        change(other, "UPDATE report SET domain = 'd%d.example'" % turn)
        os.rename(other, ctl.database)
        must_work(web, 'd%d.example' % turn)


def test_it_is_locked(ctl, web):
    """By a program that shares it with nobody; it is waited for a while."""
    db = sqlite3.connect(ctl.database, isolation_level=None)
    db.execute('PRAGMA locking_mode = EXCLUSIVE')
    db.execute('BEGIN EXCLUSIVE')
    reply = web.ask('/')
    assert reply.status == 503 and 'Unavailable' in reply.text
    assert web.ask('/health').status == 503
    assert 'locked' in web.log.read_text()
    db.execute('COMMIT')
    db.close()
    must_work(web)


def test_who_waits_while_others_are_answered_is_answered(
        build, ctl, tmp_path):
    """Each is waited for 2 seconds, the last ones for longer than a client
    may take to ask."""
    one = Web(build, tmp_path, ctl.database, '--workers=1')
    db = sqlite3.connect(ctl.database)
    db.execute('PRAGMA locking_mode = EXCLUSIVE')
    db.execute("UPDATE meta SET value = value WHERE key = 'x'")
    db.commit()
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        found = [reply.status for reply in clients.map(
            one.ask, ['/reports?since=%dd' % (n + 1) for n in range(16)])]
    db.close()
    one.stop()
    assert found == [503] * 16


def test_what_is_being_stored_is_seen_when_it_is_stored(ctl, web):
    """With a -wal and without one, and while one comes and goes."""
    assert not os.path.exists(ctl.database + '-wal')
    must_work(web)
    db = sqlite3.connect(ctl.database, isolation_level=None)
    try:
        for turn in range(100):
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE report SET domain = 'd%d.example'" % turn)
            if turn % 10 == 0:
                assert 'd%d.example' % turn not in web.get('/reports').text
            db.execute('COMMIT')
            assert 'd%d.example' % turn in web.get('/reports').text
            if turn % 7 == 0:
                db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            if turn % 5 == 0:
                db.close()
                db = sqlite3.connect(ctl.database, isolation_level=None)
    finally:
        db.close()


def test_it_is_a_link_to_elsewhere(build, ctl, tmp_path):
    """As where /var is too small: what is locked in is locked in there."""
    os.mkdir(tmp_path / 'elsewhere')
    os.rename(ctl.database, tmp_path / 'elsewhere' / 'x.db')
    os.symlink(tmp_path / 'elsewhere' / 'x.db', ctl.database)
    web = Web(build, tmp_path, ctl.database)
    try:
        must_work(web)
    finally:
        web.stop()
