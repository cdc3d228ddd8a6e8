# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed@clickhouse.service under a real systemd, set up as ruad-feed(8)
says, with a server beside it: locked in, and able to do its work."""

import os

import pytest

import chfeed
from test_postgresql_unit import feed_more, run_as, stop, store
from test_systemd import booted         # noqa: F401

# pylint: disable=redefined-outer-name

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0,
                       reason='to boot a systemd, one must be root'),
    pytest.mark.skipif(os.environ.get('RUAD_ENGINES') != 'all',
                       reason='make check-engines')]
UNIT = 'ruad-feed@clickhouse.service'
CONFIG = '/etc/ruad/clickhouse.xml'


@pytest.fixture
def server(booted, clickhouse, build):
    feed = chfeed.Feed(build, clickhouse)
    feed.create()
    feed.fresh()
    with open(clickhouse.first.config, encoding='ascii') as f:
        booted.write(CONFIG, f.read(), 0o640, 'root:ruad')
    booted.write('/etc/ruad/feed-clickhouse.env', 'RUAD_CLICKHOUSE_CONFIG=%s\n'
                 'RUAD_OPTIONS=--collector=mx9 --pause=1\n' % CONFIG)
    booted.must('install', '-d', '-o', 'ruad', '-g', 'ruad', '-m', '750',
                '/var/lib/ruad')
    run_as(booted, 'ruad', 'ruad-feed-clickhouse', '--config=' + CONFIG,
           '--create')
    return clickhouse.first


def test_it_feeds_until_it_is_stopped(booted, server):
    store(booted, 'r1')
    booted.must('systemctl', 'enable', '--now', UNIT)
    try:
        feed_more(booted, UNIT, lambda: server.query(
            'SELECT sum(messages) FROM ruad.v_daily')[0][0])
        assert server.query('SELECT name FROM ruad.v_collector') == [['mx9']]
        stop(booted, UNIT)
    finally:
        booted.must('systemctl', 'disable', '--now', UNIT)
