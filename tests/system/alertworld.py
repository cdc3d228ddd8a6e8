# SPDX-License-Identifier: BSD-2-Clause
"""ruactl alerts with a clock of its own and reports that come day by day."""

import json
import os
import sqlite3
import struct
import subprocess
import time

import pytest

from ctl import DAY, PASS, Ctl, report

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR = 3600


def compile_world(directory):
    """The clock of world.c, to be preloaded."""
    path = str(directory / 'world.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-D_GNU_SOURCE', '-O1',
                    '-shared', '-fPIC', '-o', path,
                    os.path.join(HERE, 'world.c')], check=True)
    return path


class Alerted(Ctl):
    """Days are counted from DAY; what is of day 5 comes on day 6 at 6:00."""

    def __init__(self, build, directory, world_so):
        super().__init__(build, directory)
        self.world = directory / 'world'
        self.env.update(WORLD=str(self.world), LD_PRELOAD=world_so)
        self.state = directory / 'state'
        self.n = 0
        self.waiting = {}       # day: the reports about it
        self.at(0)

    def at(self, day, hour=8, minute=0, steady=0):
        self.now = DAY + day * 86400 + hour * HOUR + minute * 60
        wall = self.now - int(time.time())
        with open(self.world, 'r+b' if self.world.exists() else 'wb') as f:
            f.write(struct.pack('qqqq', wall, 0, 0, steady))
        come = [self.waiting.pop(of) for of in sorted(self.waiting)
                if of < day]
        self.add(*[document for documents in come for document in documents])

    def add(self, *documents):
        """Import reports and whatever else comes in a file."""
        paths = []
        if not documents:
            return
        for data in documents:
            self.n += 1
            paths.append(self.put('in/%d' % self.n, data))
        self('import', *paths)

    def change(self, sql, *values):
        with sqlite3.connect(self.database) as db:
            db.execute(sql, values)
        db.close()

    def alerts(self, *args, code=0, env=()):
        out = self('alerts', '--state=%s' % self.state, '--format=jsonl',
                   *args, code=code, env=env)
        return [json.loads(line) for line in out.splitlines()]

    def told(self, *args, **options):
        """The same, short."""
        return [(a['event'], a['state'], a['object'])
                for a in self.alerts(*args, **options)]

    def fill(self, days, rows_of_day, **options):
        """Reports that come day by day."""
        for day in range(days):
            self.waiting[day] = self.usual(day, rows_of_day(day), **options)

    def walk(self, first, last, step=1, **options):
        """What is told when alerts run each day."""
        told = []
        for n, day in enumerate(range(first, last + 1, step)):
            self.at(day + 1, 8, n)
            told += [(day, *one) for one in self.told(**options)]
        return told

    def usual(self, day, rows=(('192.0.2.1', 90, PASS),), p='none',
              orgs=('Big', 'Two', 'Three'), domain='example.org'):
        """The reports of a day."""
        return [report(org, domain, '%s %s %d' % (org, domain, day), day, rows,
                       p) for org in orgs]


@pytest.fixture(scope='session')
def world_so(tmp_path_factory):
    return compile_world(tmp_path_factory.mktemp('world'))


@pytest.fixture
def own(build, tmp_path, world_so):
    return Alerted(build, tmp_path, world_so)
