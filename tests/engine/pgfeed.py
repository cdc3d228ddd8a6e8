# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed-postgresql, and what its views say."""

import json
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
        """Nothing is there."""
        self.server.psql('DROP SCHEMA IF EXISTS ruad CASCADE',
                         database=self.database)
        self('--create')

    def rows(self, view):
        text = self.server.psql(
            'SELECT row_to_json(x) FROM ruad.%s x' % view,
            database=self.database)
        return [json.loads(line) for line in text.split('\n') if line]


def left(server):
    """Files that were not removed."""
    return [name for name in os.listdir(server.directory)
            if name.startswith('ruad-feed.')]
