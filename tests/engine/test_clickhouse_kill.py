# SPDX-License-Identifier: BSD-2-Clause
"""Consumers, servers of ClickHouse, their ZooKeeper and collectors are killed at
any moment, and nothing is lost or doubled.  RUAD_KILLS: how many times, 300 if
it is not set."""

import os
import time

import pytest

import chfeed
import chserver
import truth_of
import world
from chaos import Chaos
from patience import PATIENCE

KILLS = int(os.environ.get('RUAD_KILLS') or 300)
ALL = os.environ.get('RUAD_ENGINES') == 'all'

pytestmark = pytest.mark.skipif(not ALL, reason='make check-engines')


# Of an address whose first report was replaced before the engine saw it, only
# the collector knows the first day.
EXACT = [view for view in truth_of.VIEWS if view != 'v_new_source']


def lacks(path, feed, view):
    have = truth_of.comparable(view, feed.rows(view))
    return [row for row in truth_of.comparable(view, truth_of.ask(path, view))
            if row not in have]


class Reader:
    """Of any server: it must never see a record twice."""

    def __init__(self, engine):
        self.engine = engine
        self.looks = 0

    def look(self, rng):
        server = rng.choice(self.engine.servers)
        try:
            doubled = chfeed.is_doubled(server)
        except (OSError, AssertionError):
            return                      # it, or another, does not answer
        assert not doubled
        self.looks += 1


def break_some(engine, rng):
    """Kill one server, or two, or ZooKeeper, and start it again."""
    chance = rng.random()
    if engine.zookeeper and chance < .15:
        some = [engine.zookeeper]
    else:
        some = rng.sample(engine.servers, min(
            len(engine.servers), 2 if chance < .4 else 1))
    for program in some:
        program.kill()
    time.sleep(rng.random())
    engine.revive()


@pytest.mark.parametrize('kind', [chserver.One, chserver.Cluster],
                         ids=lambda e: e.__name__)
def test_whatever_is_killed_nothing_is_lost_or_doubled(kind, build, tmp_path):
    chfeed.skip_without(pytest, kind is chserver.Cluster)
    made = world.World(build, tmp_path / 'world', seed=KILLS, size=48,
                       records=4)
    with kind() as engine:
        feed = chfeed.Feed(build, engine)
        feed.create()
        reader = Reader(engine)

        def consume(collector, rng):
            reader.look(rng)
            return feed.start(*feed.args(
                collector.name, collector.database, '--follow', '--pause=1',
                '--limit=%d' % rng.choice((20, 60, 200))),
                server=rng.choice(engine.servers))
        chaos = Chaos(made, consume, lambda rng: break_some(engine, rng),
                      kills=KILLS, seed=KILLS)
        kills = chaos.run()
        made.settle()
        print('killed', kills, 'looks', reader.looks)
        engine.revive()
        finish(feed, made.databases())
        path = truth_of.truth(build, made.databases(),
                              str(tmp_path / 'truth.db'))
        wait_for_same(engine)
        for server in engine.servers:
            feed.server = server
            assert not truth_of.differences(path, feed.tables, EXACT)
            assert not lacks(path, feed, 'v_new_source')
            assert not chfeed.is_doubled(server)
        assert sum(kills[name] for name in chaos.wanted) >= KILLS, kills


def finish(feed, databases):
    """To the end of each feed.  A replica that was killed needs some time to
    see that its last session is over, and says 75 meanwhile."""
    for name, path in databases.items():
        end = time.monotonic() + PATIENCE
        while True:
            process = feed.start(*feed.args(name, path))
            said = process.stderr.read()
            process.stderr.close()
            if process.wait() == 0:
                break
            assert process.returncode == 75, said
            assert time.monotonic() < end, said


def wait_for_same(engine):
    """Until all replicas have what one has."""
    end = time.monotonic() + PATIENCE
    while len(engine.servers) > 1 and any(
            server.query('SELECT sum(queue_size), sum(is_readonly),'
                         ' sum(log_max_index - log_pointer + 1)'
                         ' FROM system.replicas') != [['0', '0', '0']]
            for server in engine.servers):
        assert time.monotonic() < end
        time.sleep(.2)
