# SPDX-License-Identifier: BSD-2-Clause
"""The views of ClickHouse say what those of SQLite say, on one server and in a
cluster that is asked through one of its servers."""

import os
import re
import sqlite3
import subprocess
import time
from functools import partial

import pytest

import chfeed
import chserver
import edges
import longform
import truth_of
import world
from patience import PATIENCE
from world import DAY

# A cluster is big, and the rest takes a minute.
ALL = os.environ.get('RUAD_ENGINES') == 'all'
ENGINES = [chserver.One] + [chserver.Cluster] * ALL
long = pytest.mark.skipif(not ALL, reason='make check-engines')
# Changes in a batch, each of which starts some clients.
LIMIT = '--limit=%d' % (60 if ALL else 180)


@pytest.fixture(scope='module', params=ENGINES, ids=lambda e: e.__name__)
def feed(request, build):
    if request.param is chserver.One:
        engine = request.getfixturevalue('clickhouse')
    else:
        chfeed.skip_without(pytest, cluster=True)
        engine = request.getfixturevalue('cluster')
    one = chfeed.Feed(build, engine)
    one.create()
    yield one


@pytest.fixture(scope='module')
def cluster():
    with chserver.Cluster() as engine:
        yield engine


@pytest.mark.parametrize('name', ['mx1'] + ['mx2'] * ALL)
def test_a_collector_has_the_same_figures_there(feed, made, name):
    path = made.databases()[name]
    feed.fresh()
    feed(*feed.args(name, path, LIMIT))
    assert not truth_of.differences(path, feed.tables)
    nothing_is_left(feed)


def nothing_is_left(feed):
    assert not chfeed.left(feed.engine)
    assert not stages(feed)


def stages(feed):
    return feed.server.query(
        "SELECT name FROM system.tables WHERE database = 'ruad'"
        " AND name LIKE 'stage\\_%' AND name != 'stage_row'")


def test_two_collectors_are_counted_once(feed, made, build, tmp_path):
    feed.fresh()
    feed.all(made.databases(), LIMIT)
    path = truth_of.truth(build, made.databases(), str(tmp_path / 'truth.db'))
    assert not truth_of.differences(path, feed.tables)
    # Whatever server is asked.
    for server in feed.engine.servers:
        end = time.monotonic() + PATIENCE
        while found := truth_of.differences(
                path, partial(chfeed.tables_of, server), ['v_daily']):
            assert time.monotonic() < end, found
            time.sleep(.1)


# What readers ask for, see ruad-feed(8).
HANDED_DOWN = {'enable_optimize_predicate_expression': 1}


def test_a_filter_reaches_the_records_and_changes_nothing(feed, made):
    """feed has both collectors."""
    (domain, day), = feed.server.query(
        'SELECT domain, max(day) FROM ruad.v_failing GROUP BY domain'
        ' ORDER BY count() DESC LIMIT 1')
    filters = ["domain = '%s'" % domain, 'day >= %d' % (int(day) - 9 * DAY)]
    names = {}
    for view, column in feed.server.query(
            "SELECT table, name FROM system.columns WHERE database = 'ruad'"):
        names.setdefault(view, set()).add(column)
    for view in (*truth_of.VIEWS, 'report'):
        where = ' AND '.join(one for one in filters
                             if one.split()[0] in names[view])
        if not where:
            continue
        sql = 'SELECT * FROM ruad.%s WHERE %s' % (view, where)
        want, most = feed.server.read(sql)
        have, some = feed.server.read(sql, **HANDED_DOWN)
        assert sorted(map(repr, have)) == sorted(map(repr, want)), view
        assert some < most or view != 'v_daily', (some, most)


@long
def test_no_filter_that_is_handed_down_changes_anything(feed, made):
    for view in (*truth_of.VIEWS, 'report', 'source', 'failure', 'tls_report'):
        rows = feed.rows(view)
        for name, value in rows[len(rows) // 2].items() if rows else ():
            if isinstance(value, (str, int)):
                sql = 'SELECT * FROM ruad.%s WHERE %s = %s' % (
                    view, name, quoted(value))
                assert sorted(map(repr, feed.server.read(
                    sql, **HANDED_DOWN)[0])) == sorted(map(
                        repr, feed.server.read(sql)[0])), sql


def quoted(value):
    if isinstance(value, int):
        return str(value)
    return "'%s'" % value.replace('\\', '\\\\').replace("'", "\\'")


def test_rules_have_the_same_borders_there(feed, build, tmp_path):
    own = world.Collector(build, tmp_path / 'mx1', 'mx1')
    edges.fill(own)
    feed.fresh()
    feed(*feed.args('mx1', own.database))
    assert not truth_of.differences(own.database, feed.tables)


@long
def test_again_adds_nothing(feed, made):
    feed.fresh()
    feed.all(made.databases())
    before = {view: truth_of.comparable(view, feed.rows(view))
              for view in truth_of.VIEWS}
    feed.all(made.databases())
    feed.create()
    feed.all(made.databases(), '--anew', '--limit=70')
    after = {view: truth_of.comparable(view, feed.rows(view))
             for view in truth_of.VIEWS}
    assert after == before
    assert not chfeed.is_doubled(feed.server)


@long
def test_what_one_deletes_stays_if_the_other_has_it(feed, made, build, copy,
                                                    tmp_path):
    both = {name: copy(name) for name in made.databases()}
    feed.fresh()
    feed.all(both)
    subprocess.run(
        [build + '/ruactl', '-d', both['mx1'], 'prune', '--older-than=30d'],
        check=True, stdout=subprocess.DEVNULL)
    feed.all(both)
    truth = truth_of.truth(build, both, str(tmp_path / 'truth.db'))
    assert not truth_of.differences(truth, feed.tables)


def test_nothing_vanishes_while_it_begins_anew(feed, made, copy):
    """The same reports in a database that is another one."""
    feed.fresh()
    path = made.databases()['mx1']
    feed(*feed.args('mx1', path))
    other = copy('mx1')
    db = sqlite3.connect(other)
    with db:
        db.execute("UPDATE meta SET value = 'feedfeedfeedfeed'"
                   " WHERE key = 'feed_epoch'")
    db.close()
    process = feed.start(*feed.args('mx1', other, LIMIT))
    seen = set()
    while process.poll() is None:
        seen.add(tuple(feed.server.query(
            'SELECT count(), sum(messages) FROM ruad.record')[0]))
        time.sleep(.03 if longform.SHORT else 0)
    process.stderr.close()
    assert process.returncode == 0
    assert seen == {tuple(str(n) for n in sqlite3.connect(path).execute(
        'SELECT count(*), sum(messages) FROM record').fetchone())}
    assert feed.server.query(
        "SELECT max(generation), max(floor) FROM ruad.cursor_row"
        " WHERE cursor LIKE 'feedfeedfeedfeed.%'") == [['2', '2']]
    assert not truth_of.differences(path, feed.tables)
    nothing_is_left(feed)


@long
def test_another_database_takes_the_place_of_the_first(feed, made):
    feed.fresh()
    databases = made.databases()
    feed(*feed.args('mx1', databases['mx1']))
    feed(*feed.args('mx1', databases['mx2'], '--limit=50'))
    assert not truth_of.differences(databases['mx2'], feed.tables)


@long
def test_two_machines_of_one_name_are_told(feed, made):
    feed.fresh()
    first, second = made.databases()['mx1'], made.databases()['mx2']
    feed(*feed.args('mx1', first))
    feed(*feed.args('mx1', second))     # as if it were a new one
    feed(*feed.args('mx1', second, '--anew'))
    said = feed(*feed.args('mx1', first), code=64)
    assert 'two databases have the collector name mx1' in said
    feed('--forget=mx1')
    feed(*feed.args('mx1', first))
    assert not truth_of.differences(first, feed.tables, ['v_record'])


@long
def test_a_restored_backup_is_what_counts(feed, made, build, copy):
    feed.fresh()
    path, old = copy('mx1'), copy('mx1')
    subprocess.run(
        [build + '/ruactl', '-d', path, 'prune', '--older-than=40d'],
        check=True, stdout=subprocess.DEVNULL)
    feed(*feed.args('mx1', path))
    feed(*feed.args('mx1', old))
    assert not truth_of.differences(old, feed.tables)


@long
def test_a_collector_is_forgotten(feed, made):
    feed.fresh()
    feed.all(made.databases())
    assert sorted(row['name'] for row in feed.rows('v_collector')) == [
        'mx1', 'mx2']
    feed('--forget=mx1')
    assert [row['name'] for row in feed.rows('v_collector')] == ['mx2']
    assert not truth_of.differences(made.databases()['mx2'], feed.tables)
    feed('--forget=nobody', code=66)
    feed('--clean')
    assert not truth_of.differences(made.databases()['mx2'], feed.tables)


@long
def test_what_is_cleaned_is_what_nobody_counts(feed, made):
    feed.fresh()
    path = made.databases()['mx1']
    feed(*feed.args('mx1', path))
    # Of attempts that failed, two days ago and now.
    for number, age in ((1, 200000), (2, 0)):
        feed.server.query(
            'INSERT INTO ruad.record_row (batch, seq, n, key, day, messages,'
            ' written) SELECT %d, seq, n, key, day, messages, now() - %d'
            ' FROM ruad.record_row LIMIT 3' % (number, age))
    assert not truth_of.differences(path, feed.tables, ['v_record', 'v_cause'])
    feed('--clean')

    def old():
        return sum(int(server.query(
            'SELECT count() FROM ruad.record_row WHERE batch = 1')[0][0])
            for server in feed.engine.servers)
    end = time.monotonic() + PATIENCE
    while old():
        assert time.monotonic() < end
        time.sleep(.1)
    assert feed.server.query(
        'SELECT count() FROM ruad.record_row WHERE batch = 2') == [['3']]
    assert not truth_of.differences(path, feed.tables)


@pytest.mark.parametrize('args, word', [
    (['--collector=a b'], 'letters'), (['--quorum=x'], 'number'),
    (['--collector=' + 'x' * 101], 'at most 100'),
    (['--cluster=x;'], 'letters')])
def test_bad_options_are_told(feed, args, word):
    assert word in feed(*args, code=64)


@long
def test_with_sql_of_nothing_it_ends(feed, made, tmp_path):
    """It has nothing of what each batch needs."""
    (tmp_path / 'sql').write_text('', encoding='ascii')
    feed.fresh()
    args = feed.args('mx1', made.databases()['mx1'])
    env = {'RUAD_ENGINE_SQL': str(tmp_path / 'sql')}
    assert 'cannot store' in feed(*args, code=75, env=env)
    assert not stages(feed)


def test_without_a_server_it_says_so(feed, made, tmp_path):
    config = tmp_path / 'client.xml'
    config.write_text(chserver.CLIENT.format(chserver.free_ports(1)[0]))
    said = feed('--config=' + str(config), '--collector=x', code=75)
    assert re.search('cannot look for the database ruad; try again', said)


def test_a_config_that_cannot_be_read_is_told_at_once(feed, tmp_path):
    config = str(tmp_path / 'none')
    said = feed('--config=' + config, '--collector=x', code=66)
    assert said.endswith(': cannot read %s\n' % config)


@pytest.fixture
def one(build, clickhouse):
    """One server."""
    feed = chfeed.Feed(build, clickhouse)
    feed.fresh()
    return feed


@pytest.fixture
def alone(one):
    """Its tables may be changed."""
    yield one
    one.server.query('DROP DATABASE IF EXISTS ruad')
    one.create()


def test_another_version_is_not_touched(alone, made):
    args = alone.args('mx1', made.databases()['mx1'])
    alone.server.query('DROP TABLE ruad.version_1')
    alone.server.query('CREATE VIEW ruad.version_99 AS SELECT 1 AS version')
    for one in ['--create'], ['--clean'], ['--forget=mx1'], args:
        said = alone(*one, code=78)
        assert 'version 99, which is newer than this' in said
    alone.server.query('RENAME TABLE ruad.version_99 TO ruad.version_0')
    assert 'version 0, not 1: ruad-feed-clickhouse --create' in alone(
        *args, code=78)
    alone.server.query('DROP TABLE ruad.version_0')
    assert 'make it with ruad-feed-clickhouse --create' in alone(
        *args, code=78)


# The first is seen before anything is stored, and not after five tries.
@pytest.mark.parametrize('change', [
    'DROP TABLE ruad.cursor_row',
    'ALTER TABLE ruad.report_row DROP COLUMN from_domain',
    'ALTER TABLE ruad.record_row DROP COLUMN raw',
    'DROP TABLE ruad.stage_row; CREATE TABLE ruad.stage_row'
    ' (op String, kind String) ENGINE = Memory',
    'DROP TABLE ruad.seen_row'][::1 if ALL else 2])
def test_tables_of_another_shape_are_told(alone, made, change):
    """And what is said to be done about it helps."""
    args = alone.args('mx1', made.databases()['mx1'])
    for sql in change.split('; '):
        alone.server.query(sql)
    said = alone(*args, code=78)
    assert 'Code: ' in said and 'DROP DATABASE ruad, then --create' in said
    alone.server.query('DROP DATABASE ruad')
    alone.create()
    alone(*args)
    assert not truth_of.differences(
        made.databases()['mx1'], alone.tables, ['v_daily'])


def test_a_domain_alone_does_not_read_all_records(one):
    """Of a year with 20 domains, also through a view."""
    one.server.query(
        "INSERT INTO ruad.record_row (batch, seq, n, key, day, date, domain,"
        " messages, dmarc) SELECT 1, intDiv(number, 10), number % 10, '',"
        " 1735689600 + intDiv(number, 500) * 86400, '',"
        " concat('d', toString(intHash32(intDiv(number, 10)) % 20)), 1, 'pass'"
        " FROM (SELECT number FROM system.numbers LIMIT 182500)")
    for table in 'record_row', 'v_daily':
        for where, most in (("domain = 'd3'", 45000),
                            ('day = 1767139200', 20000),
                            ("domain = 'd3' AND day = 1767139200", 4500)):
            _, read = one.server.read('SELECT * FROM ruad.%s WHERE %s' % (
                table, where), **HANDED_DOWN)
            assert read < most, (table, where, read)
