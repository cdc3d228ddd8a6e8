# SPDX-License-Identifier: BSD-2-Clause
"""Everything that one ruad makes of all golden inputs and some mails more, but
for the clock and what is random: two that differ in locale, time zone or
compiler must agree."""

import os
import re
import shutil
import sqlite3
import subprocess

import rig as rigs
from patience import PATIENCE

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden')
CLOCK = {'fetched_ts', 'imported_ts', 'filed_ts', 'ts'}
RANDOM = {'token'}              # and the epoch of the feed


def inputs(directory):
    """A directory to import."""
    os.mkdir(directory)
    for name in os.listdir(GOLDEN):
        if not name.startswith(('.', '_')) and not name.endswith(
                ('.jsonl', '.py')):
            shutil.copy(os.path.join(GOLDEN, name), directory)
    for n, mail in enumerate(rigs.reports('same', 40)):
        with open('%s/gen-%02d.eml' % (directory, n), 'wb') as f:
            f.write(mail.data)


def outcome(build, directory, where, env):
    """{what: its lines}; where is a new directory for the database."""
    database = os.path.join(where, 'ruad.db')
    os.makedirs(where)

    def ruactl(*args):
        done = subprocess.run(
            [os.path.join(build, 'ruactl'), '-d', database, *args],
            capture_output=True, cwd=os.path.dirname(directory), timeout=PATIENCE,
            check=False, env={'PATH': os.environ['PATH'], **env})
        assert done.returncode in (0, 65), done.stderr
        assert not done.stderr, done.stderr
        return re.sub(rb'"imported_ts":\d+', b'', done.stdout).splitlines()

    found = {'import': ruactl('import', os.path.basename(directory))}
    for what in 'records', 'reports', 'failures', 'tls':
        found['export ' + what] = ruactl('--format=jsonl', 'export', what)
        assert found['export ' + what]
    db = sqlite3.connect(database)
    try:
        for table, in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                ' ORDER BY name').fetchall():
            columns = [row[1] for row in db.execute(
                'PRAGMA table_info(%s)' % table)
                       if row[1] not in CLOCK | RANDOM]
            found[table] = sorted(map(repr, db.execute(
                'SELECT %s FROM %s WHERE %s' % (
                    ', '.join('"%s"' % c for c in columns), table,
                    "key <> 'feed_epoch'" if table == 'meta' else 'true'))))
    finally:
        db.close()
    return found


def differences(one, other):
    assert set(one) == set(other)
    return ['%s: %r and %r' % (what, a, b) for what in one
            for a, b in zip(one[what], other[what]) if a != b][:5] + [
                '%s: %d and %d' % (what, len(one[what]), len(other[what]))
                for what in one if len(one[what]) != len(other[what])]
