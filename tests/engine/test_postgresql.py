# SPDX-License-Identifier: BSD-2-Clause
"""The views of PostgreSQL say what those of SQLite say."""

import pytest

import edges
import longform
import truth_of
import world
from pgfeed import Feed, left


# Of changes in a batch, each of which starts psql.
SMALL = '--limit=%d' % (29 if longform.SHORT else 7)


@pytest.fixture(scope='module')
def feed(build, postgres):
    one = Feed(build, postgres)
    one('--create')
    return one


@pytest.mark.parametrize('name', ['mx1', 'mx2'])
def test_a_collector_has_the_same_figures_there(feed, made, name):
    path = made.databases()[name]
    feed.fresh()
    feed(*feed.args(name, path, SMALL))
    assert not truth_of.differences(path, feed.tables)
    assert not left(feed.server)


def test_two_collectors_are_counted_once(feed, made, build, tmp_path):
    feed.fresh()
    feed.all(made.databases(), SMALL)
    path = truth_of.truth(build, made.databases(), str(tmp_path / 'truth.db'))
    assert not truth_of.differences(path, feed.tables)


def test_rules_have_the_same_borders_there(feed, build, tmp_path):
    own = world.Collector(build, tmp_path / 'mx1', 'mx1')
    edges.fill(own)
    feed.fresh()
    feed(*feed.args('mx1', own.database))
    assert not truth_of.differences(own.database, feed.tables)
