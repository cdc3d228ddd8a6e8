# SPDX-License-Identifier: BSD-2-Clause
"""A disk that is full, and others who use the database at the same time."""

import os
import random
import shutil
import sqlite3
import subprocess
import threading

import pytest

import checker
import gen
import longform
import rig as rigs
import torture
from dovecot import digest, tied
from patience import PATIENCE, wait_until

DISK = 4 << 20


class Disk:
    """A small file system of memory, in a mount namespace of its own."""

    def __init__(self, path):
        os.makedirs(path, exist_ok=True)
        self.path = path
        self.holder = subprocess.Popen(
            **tied(['unshare', '-m', '--propagation', 'private', 'sh', '-c',
                    'mount -t tmpfs -o size=%d,mode=0750 tmpfs "$0" && echo ok'
                    ' && exec cat' % DISK, path]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        answer = self.holder.stdout.readline()
        if answer != 'ok\n':
            self.close()
            pytest.skip('no file system of memory here: ' + answer)
        self.outside = '/proc/%d/root%s' % (self.holder.pid, path)
        self.enter = ['nsenter', '-t', str(self.holder.pid), '-m', '--']

    def leave(self, free):
        """Fill it until so many bytes are free."""
        self.clear()
        with open(self.outside + '/ballast', 'wb') as f:
            left = os.statvfs(self.outside)
            f.write(b'x' * max(0, left.f_bavail * left.f_bsize - free))

    def copy(self, name, to):
        """The database, while nobody has it open.  SQLite itself would follow
        the link into the wrong file system."""
        for suffix in ('', '-wal'):
            path = '%s/%s%s' % (self.outside, name, suffix)
            if os.path.exists(to + suffix):
                os.unlink(to + suffix)
            if os.path.exists(path):
                shutil.copy(path, to + suffix)
        return os.path.exists(to)

    def clear(self):
        if os.path.exists(self.outside + '/ballast'):
            os.unlink(self.outside + '/ballast')

    def empty(self):
        for name in os.listdir(self.outside):
            os.unlink(self.outside + '/' + name)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdin.close()
        self.holder.stdout.close()


@pytest.fixture
def disk(rig):
    d = Disk(rig.path('disk'))
    yield d
    d.close()


def test_a_full_disk_leaves_the_mail_until_there_is_room(
        request, rig, fake, disk):
    """With room for so many pages, then for more, until all fits."""
    server = fake(tls='none')
    rig.mailbox(server=server, user='rua', tls='none', ca_file=None)
    rig.check_rows = False
    mails = rigs.reports('disk', 40, records=10)
    inside, copy, tries, full = disk.path + '/ruad.db', rig.path('db'), 0, 0
    step = 16384 if torture.SECONDS else 300000
    for free in range(0, DISK, step):
        server.folders = {'INBOX': {}}
        server.deliver(None, [m.data for m in mails])
        rig.database = inside
        rig.write_config()
        disk.leave(free)
        command = [*disk.enter, rig.program, '-c', rig.conf, '-1']
        result = run(rig, command)
        tries += 1
        assert result.returncode in (0, 75), (free, result)
        have = sorted(digest(data) for folder in server.folders.values()
                      for data in folder.values())
        assert have == sorted(digest(m.data) for m in mails), free
        full += result.returncode != 0
        if disk.copy('ruad.db', copy):
            db = sqlite3.connect(copy)
            assert db.execute('PRAGMA integrity_check').fetchall() == [
                ('ok',)], free
            db.close()
        disk.clear()
        again = run(rig, command)
        assert again.returncode == 0, (free, again)
        assert len(server.folders['Archive']) == len(mails), free
        disk.copy('ruad.db', copy)
        checker.database(copy)
        checker.rows(copy, [m.report for m in mails])
        disk.empty()
        if result.returncode == 0:
            break
    assert full and result.returncode == 0
    rig.database = rig.path('none')
    torture.note(request.node.name, sizes=tries, full=full)


def run(rig, command):
    done = subprocess.run(
        **tied(command, rig.environment()), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, errors='replace', timeout=PATIENCE,
        check=False)
    rig.outputs += [done.stdout, done.stderr]
    return done


def test_who_reads_for_long_keeps_nobody_from_writing(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('reader', 5))
    rig.once()
    reader = sqlite3.connect('file:%s?mode=ro' % rig.database, uri=True,
                             isolation_level=None)
    reader.execute('BEGIN')
    assert reader.execute('SELECT count(*) FROM report').fetchone() == (5,)
    for i in range(1, 5):
        m.deliver(*rigs.reports('reader', 30, first=i * 30, records=20))
        rig.once()
        assert reader.execute('SELECT count(*) FROM report').fetchone() == (
            5,)
    assert os.path.getsize(rig.database + '-wal') > 1 << 20
    reader.execute('COMMIT')
    assert reader.execute('SELECT count(*) FROM report').fetchone() == (125,)
    reader.close()
    rig.once()
    m.deliver(*rigs.reports('reader', 1, first=500))
    rig.once()
    # All of it has come into the database file.
    db = sqlite3.connect(rig.database)
    _, pages, done = db.execute('PRAGMA wal_checkpoint(PASSIVE)').fetchone()
    assert pages == done
    db.close()


@pytest.mark.skipif(not torture.SECONDS, reason='it takes half a minute: '
                    'make torture')
@pytest.mark.parametrize('command', ['LOGIN', 'UID MOVE'])
def test_who_writes_for_too_long_makes_the_poll_wait_for_the_next(
        scene, command):
    scene.new()
    lock = []

    def take(*_):
        if not lock:
            db = sqlite3.connect(scene.rig.database, isolation_level=None,
                                 check_same_thread=False)
            db.execute('BEGIN IMMEDIATE')
            lock.append(db)
        return False

    scene.server.hooks[command] = take
    scene.server.hooks['AUTHENTICATE'] = take if command == 'LOGIN' else None
    result = scene.run([])
    assert result.code == 75 and 'another program keeps it locked' in \
        result.log, result
    if command == 'LOGIN':
        assert set(scene.server.folders) == {'INBOX'}
    scene.server.hooks.clear()
    lock[0].execute('ROLLBACK')
    lock[0].close()
    scene.look('locked')
    scene.finish('locked')


def test_everybody_at_once_counts_nothing_twice(request, rig):
    """Two ruads, import of the same mails, prune, sender and backup."""
    m = rig.mailbox()
    mails = rigs.reports('everybody', 400 if torture.SECONDS else
                         60 if longform.SHORT else 120)
    path = rig.path('files')
    os.mkdir(path)
    for i, mail in enumerate(mails):
        with open('%s/%d.eml' % (path, i), 'wb') as f:
            f.write(mail.data)
    m.deliver(gen.mail('everybody', 10000))
    rig.once()
    m.deliver(*mails)
    rig.write_config()
    wrong, done, stop = [], {}, threading.Event()
    rng = random.Random(7)

    def again(name, make, codes):
        while not stop.is_set():
            result = run(rig, make())
            if result.returncode not in codes:
                wrong.append((name, result))
                return
            done[name] = done.get(name, 0) + 1

    ruactl = [os.path.join(rig.build, 'ruactl'), '-d', rig.database]
    poll = [rig.program, '-c', rig.conf, '-1']
    work = {
        'poll': (lambda: poll, (0, 75)),
        'poll beside': (lambda: poll, (0, 75)),
        'import': (lambda: [*ruactl, 'import', '-q', path], (0,)),
        'prune': (lambda: [*ruactl, 'prune', '--older-than=9000d'], (0,)),
        'sender': (lambda: [*ruactl, 'sender', 'add', 'net', 'own',
                            '192.0.2.%d' % rng.randrange(256)], (0,)),
        'backup': (lambda: [*ruactl, 'backup', '%s/backup%d' % (
            rig.dir, rng.getrandbits(60))], (0,)),
    }
    threads = [threading.Thread(target=again, args=(name, *what))
               for name, what in work.items()]
    for t in threads:
        t.start()
    times = 40 if torture.SECONDS else 2
    try:
        wait_until(lambda: wrong or all(
            done.get(name, 0) >= times for name in work))
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert not wrong, wrong
    rig.once()
    assert m.counts() == {'Archive': len(mails) + 1}
    torture.note(request.node.name, **done)
