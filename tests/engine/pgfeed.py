# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed-postgresql, and what its views say."""

import os
import subprocess

from patience import PATIENCE


class Feed:
    """Into a database of the server's."""

    def __init__(self, build, server, database='ruad'):
        self.server, self.database = server, database
        self.program = build + '/ruad-feed-postgresql'
        self.patience = PATIENCE
        self.env = {**server.env, 'PGDATABASE': database,
                    'RUACTL': build + '/ruactl', 'TMPDIR': server.directory,
                    'RUAD_ENGINE_SQL': build + '/engine/postgresql.sql'}

    def __call__(self, *args, code=0):
        done = subprocess.run(
            [self.program, *args], env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=self.patience)
        assert done.returncode == code, (done.returncode, done.stderr)
        return done.stdout + done.stderr

    def args(self, collector, path, *more):
        return ['--collector=' + collector, '--database=' + path, *more]

    def all(self, databases, *more):
        """Everything of each of them: {collector: path}."""
        for name, path in databases.items():
            self(*self.args(name, path, *more))

    def start(self, *args):
        """In a group of processes that can be killed."""
        return subprocess.Popen(
            [self.program, *args], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)

    def fresh(self):
        """Nothing is there; as --create makes it, see the tests of that."""
        self.server.psql(
            '\\o /dev/null\nBEGIN; DROP SCHEMA IF EXISTS ruad CASCADE;\n'
            '\\i %s\nCOMMIT;' % self.env['RUAD_ENGINE_SQL'],
            database=self.database)

    def rows(self, view):
        (found,) = self.tables([view])
        return found

    def tables(self, views):
        """The rows of each of these views."""
        return self.server.answers(
            ['SELECT row_to_json(x) FROM ruad.%s x' % view for view in views],
            database=self.database)


def left(server):
    """Files that were not removed."""
    return [name for name in os.listdir(server.directory)
            if name.startswith('ruad-feed.')]
