# SPDX-License-Identifier: BSD-2-Clause
"""Consumers, PostgreSQL and collectors are killed at any moment, and nothing is
lost or doubled.  RUAD_KILLS: how many times; 300 of "make check-engines"."""

import os
import sqlite3

import longform
import truth_of
import world
from chaos import Chaos
from pgfeed import Feed

KILLS = int(os.environ.get('RUAD_KILLS') or (
    300 if os.environ.get('RUAD_ENGINES') == 'all' else 8))


def figures(path):
    """Rows and sums of all reports, those that are not counted too."""
    db = sqlite3.connect(path)
    both = ('(SELECT messages FROM record_row UNION ALL'
            ' SELECT messages FROM record_aside)')
    found = [db.execute(sql).fetchone()[0] for sql in (
        'SELECT count(*) FROM report', 'SELECT sum(counted) FROM report',
        'SELECT count(*) FROM ' + both, 'SELECT sum(messages) FROM ' + both,
        'SELECT sum(messages) FROM record_row',
        'SELECT count(*) FROM failure', 'SELECT count(*) FROM tls_report',
        'SELECT sum(counted) FROM tls_report',
        'SELECT count(*) FROM tls_policy')]
    db.close()
    return found


SAME = '''SELECT (SELECT count(*) FROM ruad.report),
    (SELECT sum(counted) FROM ruad.report),
    (SELECT count(*) FROM ruad.record_row),
    (SELECT sum(messages) FROM ruad.record_row),
    (SELECT sum(messages) FROM ruad.record),
    (SELECT count(*) FROM ruad.failure), (SELECT count(*) FROM ruad.tls_report),
    (SELECT sum(counted) FROM ruad.tls_report),
    (SELECT count(*) FROM ruad.tls_policy)'''


def test_whatever_is_killed_nothing_is_lost_or_doubled(
        build, postgres, tmp_path):
    feed = Feed(build, postgres)
    feed.fresh()
    made = world.World(build, tmp_path / 'world', seed=KILLS,
                       size=24 if longform.SHORT else 48, records=4)

    def consume(collector, rng):
        return feed.start(*feed.args(
            collector.name, collector.database, '--follow', '--pause=1',
            '--limit=%d' % rng.choice((3, 20, 200))))

    def break_engine(rng):
        if rng.random() < .5:
            postgres.kill()
            postgres.start()
        else:
            postgres.kill_one(rng)
    chaos = Chaos(made, consume, break_engine, kills=KILLS, seed=KILLS,
                  lives=1 if longform.SHORT else 2)
    kills = chaos.run()
    print('killed', kills)

    def compare(name):
        feed.all(made.databases())
        path = truth_of.truth(build, made.databases(), str(tmp_path / name))
        have = postgres.psql(SAME).strip().split('\x1f')
        assert list(map(int, have)) == figures(path)
        return path
    # To settle has all reports told once more, also those that were lost.
    compare('before.db')
    made.settle()
    path = compare('truth.db')
    assert not truth_of.differences(path, feed.tables)
    assert sum(kills[name] for name in chaos.wanted) >= KILLS, kills
