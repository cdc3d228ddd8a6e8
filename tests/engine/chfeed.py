# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed-clickhouse, and what its views say."""

import os
import subprocess

import chserver
from patience import PATIENCE


class Feed:
    """Into an engine of chserver, through its first server or another."""

    def __init__(self, build, engine):
        self.engine = engine
        self.server = engine.first
        self.program = build + '/ruad-feed-clickhouse'
        self.patience = PATIENCE
        self.env = {'PATH': '/usr/bin:/bin', 'HOME': engine.home,
                    'RUACTL': build + '/ruactl', 'TMPDIR': engine.home,
                    'RUAD_ENGINE_SQL': build + '/engine/clickhouse.sql'}

    def argv(self, args, server=None):
        return [self.program, '--config=' + (server or self.server).config,
                *args]

    def __call__(self, *args, code=0, server=None, env=None):
        done = subprocess.run(
            self.argv(args, server), env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, timeout=self.patience)
        assert done.returncode == code, (done.returncode, done.stderr)
        return done.stdout + done.stderr

    def args(self, collector, path, *more):
        return ['--collector=' + collector, '--database=' + path, *more]

    def all(self, databases, *more):
        """Everything of each of them: {collector: path}."""
        for name, path in databases.items():
            self(*self.args(name, path, *more))

    def start(self, *args, server=None):
        """In a group of processes that can be killed."""
        return subprocess.Popen(
            self.argv(args, server), env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)

    def create(self):
        self('--create', *self.engine.create)

    def fresh(self):
        """Nothing is in its tables, which are made if they are not there."""
        if self.server.query('EXISTS TABLE ruad.cursor_row') == [['0']]:
            self.create()
        for table in self.server.query(
                "SELECT name FROM system.tables WHERE database = 'ruad'"
                " AND name LIKE '%\\_row'"):
            self.server.query('TRUNCATE TABLE ruad.' + table[0])

    def rows(self, view):
        (found,) = self.tables([view])
        return found

    def tables(self, views):
        return tables_of(self.server, views)


def tables_of(server, views):
    """The rows of each of these views."""
    found = []
    for view in views:
        names, rows = server.rows('SELECT * FROM ruad.' + view)
        found.append([dict(zip(names, row)) for row in rows])
    return found


def left(engine):
    """Files that were not removed."""
    return [name for name in os.listdir(engine.home)
            if name.startswith('ruad-feed.')]


def is_doubled(server):
    """Whether a reader sees a record twice."""
    (row,) = server.query('SELECT count(), uniqExact(id) FROM ruad.record')
    return row[0] != row[1]


def skip_without(pytest, cluster=False):
    why = chserver.missing(cluster)
    if why:
        pytest.skip(why)
