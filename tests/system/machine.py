# SPDX-License-Identifier: BSD-2-Clause
"""A systemd as PID 1, in namespaces of its own, to run ruad.service for real.

Its root is this machine's, or another one's, overlaid with memory: nothing that
happens there stays.  The network is this machine's, so that a private Dovecot
on loopback can be reached, or, for what may start servers, only a loopback.
Needs root, overlayfs, and cgroups that can be written.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def cgroup_roots():
    """Where new ones go: of version 1, below a quota that we may have."""
    with open('/proc/self/mounts', encoding='utf-8') as f:
        mounts = [line.split() for line in f]
    with open('/proc/self/cgroup', encoding='utf-8') as f:
        ours = [line.rstrip('\n').split(':', 2) for line in f]
    cpu = [path for _, names, path in ours if 'cpu' in names.split(',')]
    return [m[1] + (cpu[0].rstrip('/') if cpu and
                    m[2] == 'cgroup' and 'cpu' in m[3].split(',') else '')
            for m in mounts if m[2] in ('cgroup', 'cgroup2')]


class Machine:
    """root: of an installed Debian.  alone: without a network."""

    def __init__(self, root='/', alone=False):
        self.root, self.alone = root, alone
        self.dir = tempfile.mkdtemp(prefix='ruad-machine-')
        name = os.path.basename(self.dir)
        self.cgroups = [os.path.join(r, name) for r in cgroup_roots()]
        self.process = self.pid = None

    def enter(self):
        """In the child: a cgroup of its own in each hierarchy."""
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for path in self.cgroups:
            os.makedirs(path, exist_ok=True)
            if path.startswith('/sys/fs/cgroup/cpuset/'):
                for each in ('cpuset.cpus', 'cpuset.mems'):
                    with open(path + '/../' + each, encoding='ascii') as f:
                        text = f.read()
                    with open(path + '/' + each, 'w', encoding='ascii') as f:
                        f.write(text)
            with open(path + '/cgroup.procs', 'w', encoding='ascii') as f:
                f.write('0')

    def boot(self):
        self.process = subprocess.Popen(
            ['unshare', '--pid', '--fork', '--kill-child', '--mount',
             '--cgroup', '--uts', '--ipc', '--propagation', 'private',
             *(['--net'] if self.alone else []),
             'sh', HERE + '/machine.sh', self.dir, self.root,
             'alone' if self.alone else 'with-network'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, preexec_fn=self.enter)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError('it does not boot: '
                                   + self.process.stderr.read())
            self.find_pid()
            if self.pid and self.run('systemctl', 'is-active', '--quiet',
                                     'bare.target').returncode == 0:
                return self
            time.sleep(0.1)
        raise RuntimeError('it does not boot')

    def find_pid(self):
        path = '/proc/%d/task/%d/children' % ((self.process.pid,) * 2)
        with open(path, encoding='ascii') as f:
            children = f.read().split()
        if children:
            with open('/proc/%s/comm' % children[0], encoding='ascii') as f:
                if f.read() == 'systemd\n':
                    self.pid = children[0]

    def run(self, *args, timeout=PATIENCE, stdin=None):
        """A command in there, as root."""
        return subprocess.run(
            ['nsenter', '-t', self.pid, '-m', '-p', '-u', '-i', '-C', '-r',
             '-w', *(['-n'] if self.alone else []), *args],
            input=stdin, capture_output=True, text=True, errors='replace',
            timeout=timeout, check=False)

    def must(self, *args, **options):
        done = self.run(*args, **options)
        assert done.returncode == 0, '%s: %s%s\n%s' % (
            args, done.stdout, done.stderr, self.log())
        return done.stdout

    def path(self, path):
        """A file in there, as seen from here."""
        return '/proc/%s/root%s' % (self.pid, path)

    def write(self, path, text, mode=0o644, user=None):
        whole = self.path(path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(whole, mode)
        if user:
            self.must('chown', user, path)

    def show(self, *properties, unit='ruad.service'):
        text = self.must('systemctl', 'show', unit,
                         '-p', ','.join(properties))
        return dict(line.split('=', 1) for line in text.splitlines())

    def journal(self, *matches):
        """Entries, oldest first."""
        self.run('journalctl', '--sync')
        text = self.run('journalctl', '-o', 'json', '--no-pager', '-q',
                        *matches).stdout
        return [json.loads(line) for line in text.splitlines()]

    def log(self):
        return self.run('journalctl', '--no-pager', '-n', '60').stdout

    def close(self):
        if self.process is not None:
            self.process.kill()     # and with it, PID 1 and all
            self.process.wait()
            self.process.stderr.close()
        for path in self.cgroups:
            for _ in range(600):
                if remove_cgroup(path):
                    break
                time.sleep(0.1)
        shutil.rmtree(self.dir, ignore_errors=True)


def remove_cgroup(path):
    for parent, names, _ in os.walk(path, topdown=False):
        for name in names:
            try:
                os.rmdir(os.path.join(parent, name))
            except OSError:
                pass
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
