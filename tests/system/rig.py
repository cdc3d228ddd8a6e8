# SPDX-License-Identifier: BSD-2-Clause
"""One ruad under test: its configuration, database and mailboxes.

A rig keeps count of what it delivered.  check() says whether all of it is
where it belongs; conftest calls it after every test.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter, namedtuple

import checker
import gen
import oracle
from dovecot import PASSWORD, digest, tied
from patience import PATIENCE

Result = namedtuple('Result', 'code out log lines')


class Mailbox:
    """options: keys of ruad.conf(5); None leaves a key out."""

    def __init__(self, rig, name, server, user, options):
        self.rig, self.name, self.server, self.user = rig, name, server, user
        self.options = {
            'name': name, 'host': 'localhost', 'user': user,
            'port': server.tls_port if server else 0,
            'ca_file': server.ca if server else None,
            'password_file': rig.password_file}
        self.options.update(options)
        self.before = Counter()

    def deliver(self, *mails, folder='INBOX', stored=True):
        """gen.Mail counts as a report to be stored, bytes do not."""
        data = [getattr(m, 'data', m) for m in mails]
        self.server.deliver(self.user, data, folder)
        self.before.update(digest(d) for d in data)
        if stored:
            self.rig.reports += [m.report for m in mails
                                 if hasattr(m, 'report')]
        return data

    def folders(self):
        return self.server.read_folders(self.user)

    def counts(self):
        """{folder: number of mails}, without empty folders."""
        return {name: n for name, n in
                self.server.count_folders(self.user).items() if n}

    def holds(self, folder, *mails):
        """Whether these mails, and no others, are in the folder."""
        want = Counter(digest(getattr(m, 'data', m)) for m in mails)
        return Counter(self.folders().get(folder, {})) == want


class Daemon:
    """A ruad that runs; its log lines come as they are written."""

    def __init__(self, args, env):
        self.process = subprocess.Popen(
            **tied(args, env), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors='replace', start_new_session=True)
        self.pid = self.process.pid
        self.lines = []
        self.arrived = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            with self.arrived:
                self.lines.append(line.rstrip('\n'))
                self.arrived.notify_all()

    def wait_for(self, pattern, timeout=PATIENCE, since=0):
        """The first line, from number since on, that the pattern is in."""
        deadline = time.monotonic() + timeout
        with self.arrived:
            while True:
                for line in self.lines[since:]:
                    if re.search(pattern, line):
                        return line
                left = deadline - time.monotonic()
                assert left > 0, 'no line with %r in:\n%s' % (
                    pattern, tail(self.lines))
                self.arrived.wait(left)

    def count(self, pattern):
        with self.arrived:
            return sum(bool(re.search(pattern, line)) for line in self.lines)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=PATIENCE):
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.wait(timeout)

    def wait(self, timeout=PATIENCE):
        code = self.process.wait(timeout)
        self.reader.join(timeout)
        return code

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def children(pid):
    """Processes whose parent this is, as (pid, name)."""
    found = []
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            with open('/proc/%s/stat' % entry, encoding='ascii',
                      errors='replace') as f:
                text = f.read()
        except OSError:
            continue
        name, rest = text.partition('(')[2].rpartition(')')[::2]
        if int(rest.split()[1]) == pid and rest.split()[0] != 'Z':
            found.append((int(entry), name))
    return found


def open_files(pid):
    """Where the descriptors of a process lead."""
    found = []
    for name in os.listdir('/proc/%d/fd' % pid):
        try:
            found.append(os.readlink('/proc/%d/fd/%s' % (pid, name)))
        except OSError:
            pass
    return found


def private_kib(pid):
    """Memory that a process shares with no other."""
    with open('/proc/%d/smaps_rollup' % pid, encoding='ascii') as f:
        return sum(int(line.split()[1]) for line in f
                   if line.startswith('Private_'))


class Rig:
    def __init__(self, build, server=None, user='rua'):
        self.build, self.server, self.user = build, server, user
        self.dir = tempfile.mkdtemp(prefix='ruad-test-')
        self.conf = os.path.join(self.dir, 'ruad.conf')
        self.database = os.path.join(self.dir, 'db', 'ruad.db')
        self.password_file = self.write('own.pass', PASSWORD + '\n')
        self.program = os.path.join(build, 'ruad')
        self.mailboxes, self.reports, self.outputs = [], [], []
        self.daemons = []
        self.settings, self.extra_environment = {}, {}
        self.check_rows = True

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def mailbox(self, name='own', server=None, user=None, **options):
        m = Mailbox(self, name, server or self.server,
                    user or '%s-%s' % (self.user, name), options)
        self.mailboxes.append(m)
        return m

    def config(self):
        text = 'database = %s;\n' % quote(self.database)
        for key, value in self.settings.items():
            text += '%s = %s;\n' % (key, quote(value))
        text += 'mailboxes = (\n'
        text += ',\n'.join('  { %s }' % ' '.join(
            '%s = %s;' % (key, quote(value))
            for key, value in m.options.items() if value is not None)
            for m in self.mailboxes)
        return text + '\n);\n'

    def write_config(self):
        """In one step: one that was started before may read it now."""
        os.replace(self.write('ruad.conf.new', self.config()), self.conf)
        return self.conf

    def environment(self):
        return {'PATH': os.environ['PATH'], 'HOME': self.dir,
                'LC_ALL': 'C.UTF-8', 'TZ': 'UTC',
                'MALLOC_PERTURB_': '165',   # freed memory must not be used
                **{k: v for k, v in os.environ.items()
                   if k.startswith(('ASAN_', 'UBSAN_'))},
                **self.extra_environment}

    def run(self, *args, timeout=PATIENCE, config=True):
        """ruad -c FILE ARGS; its exit status and what it said."""
        if config:
            self.write_config()
        done = subprocess.run(
            **tied([self.program, '-c', self.conf, *args],
                   self.environment()),
            timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors='replace', check=False)
        self.outputs += [done.stdout, done.stderr]
        return Result(done.returncode, done.stdout, done.stderr,
                      done.stderr.splitlines())

    def once(self, *args, timeout=PATIENCE, code=0):
        """One poll of everything, at debug level: secrets must not show."""
        result = self.run('-1', '-v', *args, timeout=timeout)
        assert result.code == code, 'exit status %d:\n%s' % (
            result.code, tail(result.lines))
        return result

    def start(self, *args, under=()):
        """At debug level: secrets must not show.  under: a command before."""
        self.write_config()
        d = Daemon([*under, self.program, '-c', self.conf, '-v', *args],
                   self.environment())
        self.daemons.append(d)
        return d

    def ruactl(self, *args):
        done = subprocess.run(
            [os.path.join(self.build, 'ruactl'), '-d', self.database, *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, env=self.environment(), check=False)
        self.outputs += [done.stdout, done.stderr]
        return Result(done.returncode, done.stdout, done.stderr,
                      done.stderr.splitlines())

    def query(self, sql, *values):
        db = oracle.connect(self.database)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def statuses(self):
        """{status: number of ledger rows}"""
        return dict(self.query(
            'SELECT status, count(*) FROM message GROUP BY status'))

    def replace_parser(self, script):
        """ruad beside a ruad-parse of our own.  REAL is the real one."""
        directory = self.path('bin')
        os.makedirs(directory, exist_ok=True)
        self.program = os.path.join(directory, 'ruad')
        if not os.path.exists(self.program):
            shutil.copy(os.path.join(self.build, 'ruad'), self.program)
        real = os.path.join(self.build, 'ruad-parse')
        self.write('bin/ruad-parse', script.replace('REAL', real), 0o755)

    def check(self):
        """All invariants, after whatever the test did."""
        for d in self.daemons:
            if d.process.poll() is None:
                d.kill()
            d.reader.join(PATIENCE)
            self.outputs.append('\n'.join(d.lines))
        if os.path.exists(self.database):
            checker.database(self.database)
            if self.check_rows:
                checker.rows(self.database, self.reports)
        else:
            assert not self.reports or not self.check_rows, 'no database'
        by_user = {}
        for m in self.mailboxes:
            if m.before:
                before = by_user.setdefault(
                    (m.server, m.user), (m, Counter()))[1]
                before.update(m.before)
        for m, before in by_user.values():
            checker.mails(before, m.folders())
        checker.no_secret(self.outputs, [self.dir], own=[self.password_file])

    def stop(self):
        for d in self.daemons:
            d.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def tail(lines, count=20):
    return '\n'.join(lines[-count:])


def quote(value):
    """A value in libconfig's words."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return '{ %s }' % ' '.join(
            '%s = %s;' % (k, quote(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return '[ %s ]' % ', '.join(map(quote, value))
    return '"%s"' % value.replace('\\', '\\\\').replace('"', '\\"')


def reports(seed, count, first=0, records=None):
    """Some mails, each with a report of its own."""
    return [gen.mail(seed, i, records) for i in range(first, first + count)]
