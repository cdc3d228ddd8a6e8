# SPDX-License-Identifier: BSD-2-Clause
"""Collectors, consumers and the engine, each killed at any moment.

Each collector's steps are done one after the other, and again when they were
killed; now and then its database is replaced by a backup.  Beside them one
consumer of each collector after the other is started and killed.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

from patience import PATIENCE


def kill_group(process):
    """True: something of it was alive."""
    alive = process.poll() is None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return alive


class Chaos:
    """consume(collector, rng): a consumer's Popen, in a group of its own;
    break_engine(rng): kill it and have it answer again, or None; lives: about
    how long a consumer does, in seconds."""

    def __init__(self, world, consume, break_engine=None, kills=30, seed=1,
                 lives=2):
        self.world, self.consume = world, consume
        self.break_engine = break_engine
        self.seed = seed
        # Of each kind so many; what goes on meanwhile is not killed.
        steps, engines = kills // 3, kills // 6 if break_engine else 0
        self.wanted = {'step': steps, 'consumer': kills - steps - engines,
                       'engine': engines}
        self.kills = {'step': 0, 'consumer': 0, 'engine': 0, 'restored': 0}
        self.lock = threading.Lock()
        self.failed = []
        # How long things last here, so that kills come in the midst of them.
        self.usual = {'step': .2, 'consumer': lives}

    def add(self, what):
        with self.lock:
            self.kills[what] += 1

    def is_enough(self, what):
        return self.kills[what] >= self.wanted[what]

    def is_over(self):
        return self.failed or all(map(self.is_enough, self.wanted))

    def let_live(self, process, what, rng):
        """Wait for it some time; False: it was killed."""
        start = time.monotonic()
        try:
            code = process.wait(
                PATIENCE if what == 'step' and self.is_enough(what) else
                rng.random() * 1.3 * self.usual[what])
        except subprocess.TimeoutExpired:
            self.usual[what] = max(self.usual[what],
                                   .6 * (time.monotonic() - start))
            return False
        lasted = time.monotonic() - start
        self.usual[what] = .8 * self.usual[what] + .2 * lasted
        return code in (0, 1)

    # --- what may be killed ---------------------------------------------------

    def collector(self, collector, steps):
        """The steps of one collector, then others like them."""
        rng = random.Random('%d %s' % (self.seed, collector.name))
        backup = collector.database + '.backup'
        while not self.is_over():
            for step in steps:
                if rng.random() < .05 and os.path.exists(collector.database):
                    self.restore(collector, backup)
                self.step(step, rng)
                if self.is_over():
                    return
                if self.is_enough('step'):
                    time.sleep(.3)      # the others need something to do
            with self.lock:
                steps = [s for s in self.world.make(24, 4)
                         if s.collector is collector]

    def step(self, step, rng):
        for _ in range(3):
            process = step.start()
            if process is None:
                return
            if self.let_live(process, 'step', rng):
                kill_group(process)     # what it may have left
                return
            if kill_group(process):
                self.add('step')

    def restore(self, collector, backup):
        """Put the last backup in its place, and make the next one."""
        db = sqlite3.connect(collector.database, timeout=300)
        with sqlite3.connect(backup + '.new') as copy:
            db.backup(copy)
        copy.close()
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
        db.close()
        if os.path.exists(backup):
            for tail in '-wal', '-shm':
                if os.path.exists(collector.database + tail):
                    os.unlink(collector.database + tail)
            shutil.copy(backup, backup + '.old')
            os.rename(backup + '.old', collector.database)
            self.add('restored')
        os.rename(backup + '.new', backup)

    def consumers(self, collector):
        rng = random.Random('%d consumer %s' % (self.seed, collector.name))
        while not self.is_over():
            if not os.path.exists(collector.database):
                time.sleep(.05)
                continue
            process = self.consume(collector, rng)
            if self.let_live(process, 'consumer', rng):
                continue
            if rng.random() < .2 and process.poll() is None:
                process.kill()          # and not its children
                process.wait()
                self.add('consumer')
            elif kill_group(process):
                self.add('consumer')

    def engine(self):
        rng = random.Random('%d engine' % self.seed)
        while not self.is_over():
            time.sleep(rng.random() * 3 * self.usual['consumer'])
            if not self.is_over():
                self.break_engine(rng)
                self.add('engine')

    # --- all together ---------------------------------------------------------

    def guarded(self, run, *args):
        try:
            run(*args)
        except BaseException as e:
            self.failed.append(repr(e))
            raise

    def run(self):
        threads = []
        for collector in self.world.collectors:
            steps = [s for s in self.world.steps if s.collector is collector]
            threads += [(self.collector, collector, steps),
                        (self.consumers, collector)]
        if self.break_engine:
            threads.append((self.engine,))
        threads = [threading.Thread(target=self.guarded, args=one)
                   for one in threads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.failed, self.failed
        return self.kills
