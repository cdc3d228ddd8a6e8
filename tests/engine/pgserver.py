# SPDX-License-Identifier: BSD-2-Clause
"""A PostgreSQL of its own, on a socket in a directory of its own."""

import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

PATIENCE = 300


def programs():
    """Where the server's programs are, the newest first; None: nowhere."""
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin'), reverse=True,
                   key=lambda path: int(path.split('/')[4]))
    return found[0] if found and shutil.which('psql') else None


def nobody():
    """It refuses to be run by root."""
    if os.getuid() != 0:
        return {}
    for name in 'postgres', 'nobody':
        try:
            user = pwd.getpwnam(name)
            return {'user': user.pw_uid, 'group': user.pw_gid,
                    'extra_groups': []}
        except KeyError:
            pass
    raise LookupError('no user to run PostgreSQL as')


def is_alive(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8') as f:
            return f.read().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


class Postgres:
    """with Postgres() as server: ..., or start() and stop().  What it has
    written is durable against kill -9 of its processes, not of the machine."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='ruad-pg-', dir='/tmp')
        self.data = self.directory + '/data'
        self.run_as = nobody()
        if self.run_as:
            os.chown(self.directory, self.run_as['user'],
                     self.run_as['group'])
        self.process = None
        # Not Debian's psql, a script that looks for the real one each time; the
        # tests of units use that.
        self.env = {'PATH': '%s:/usr/bin:/bin' % programs(),
                    'LANG': 'C.UTF-8',
                    'PGHOST': self.directory, 'PGUSER': 'postgres',
                    'PGDATABASE': 'ruad', 'PGCONNECT_TIMEOUT': '60'}
        try:
            self.run('initdb', '-D', self.data, '-U', 'postgres', '-A',
                     'trust', '-E', 'UTF8', '--locale=C.UTF-8',
                     '--no-sync', '--no-instructions')
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise

    def __enter__(self):
        try:
            self.start()
            self.psql('CREATE DATABASE ruad', database='postgres')
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *args):
        self.stop()

    def run(self, name, *args):
        done = subprocess.run(
            [programs() + '/' + name, *args], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, cwd=self.directory, check=False,
            env={'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8'}, **self.run_as)
        assert done.returncode == 0, done.stderr

    def start(self):
        """Start it, and wait until it answers."""
        with open(self.directory + '/log', 'ab') as log:
            self.process = subprocess.Popen(
                [programs() + '/postgres', '-D', self.data, '-k',
                 self.directory, '-c', 'listen_addresses=', '-c', 'fsync=off',
                 '-c', 'full_page_writes=off', '-c', 'max_connections=20',
                 '-c', 'unix_socket_permissions=0777',
                 '-c', 'shared_buffers=128MB'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory, env={'LANG': 'C.UTF-8'},
                start_new_session=True, **self.run_as)
        self.wait()

    def wait(self):
        end = time.monotonic() + PATIENCE
        while subprocess.run(
                ['psql', '-X', '-q', '-d', 'postgres', '-c', 'SELECT 1'],
                env=self.env, check=False, stdin=subprocess.DEVNULL,
                capture_output=True).returncode != 0:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(.05)

    def log(self):
        with open(self.directory + '/log', encoding='utf-8',
                  errors='replace') as f:
            return f.read()[-4000:]

    def children(self):
        """The pids of its processes."""
        with open('/proc/%d/task/%d/children' % (
                self.process.pid, self.process.pid), encoding='ascii') as f:
            return [int(pid) for pid in f.read().split()]

    def kill(self):
        """kill -9 of all its processes at once, as when power fails."""
        self.process.send_signal(signal.SIGSTOP)        # it forks no more
        children = self.children()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.kill()
        self.process.wait()
        for pid in children:
            while is_alive(pid):
                time.sleep(.01)

    def kill_one(self, rng):
        """One of them, after which it restarts all others by itself."""
        children = self.children()
        if children:
            pid = rng.choice(children)
            os.kill(pid, signal.SIGKILL)
            while pid in self.children():
                time.sleep(.01)
        self.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def psql(self, sql, *args, database='ruad', user='postgres'):
        """What it answers, one line a row, columns apart by U+001F."""
        done = subprocess.run(
            ['psql', '-X', '-q', '-A', '-t', '-F', '\x1f', '-v',
             'ON_ERROR_STOP=1', '-d', database, '-U', user, *args],
            input=sql, capture_output=True, text=True, env=self.env,
            check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self, queries, **options):
        """To each of these, whose rows are JSON; one psql costs as much as many
        of them."""
        found = []
        for line in self.psql(''.join(
                '\\echo next\n%s;\n' % sql for sql in queries),
                              **options).split('\n'):
            if line == 'next':
                found.append([])
            elif line:
                found[-1].append(json.loads(line))
        return found
