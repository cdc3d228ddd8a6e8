# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed-postgresql: hostile content, beginning anew, versions, roles."""

import json
import os
import shutil
import signal
import socket
import sqlite3

import pytest

import gen
import longform
import truth_of
import world
from ctl import FAIL, PASS, report
from patience import wait_until
from pgfeed import Feed, left
from world import DAY, TODAY


@pytest.fixture
def feed(build, postgres):
    one = Feed(build, postgres)
    one.fresh()
    return one


@pytest.fixture
def own(build, tmp_path):
    return world.Collector(build, tmp_path / 'mx1', 'mx1')


def run(own, *documents):
    world.Step(own, ['import', '-q', own.files(documents)]).run()


def figure(feed, sql):
    return feed.server.psql(sql, database=feed.database).strip()


def messages(feed):
    return int(figure(
        feed, 'SELECT coalesce(sum(messages), 0) FROM ruad.v_daily'))


def line(seq, kind='report', op='put', key=None, **more):
    return json.dumps({
        'op': op, 'kind': kind, 'key': key or '%064x' % seq,
        'epoch': '0' * 16, 'seq': seq, 'cursor': '%s.%d.1' % ('0' * 16, seq),
        'collector': 'mx1', **more})


def put(seq, records=(), key=None, part=1, last=True, **more):
    return line(seq, key=key, part=part, last=last, report={
        'org_name': 'R', 'external_id': str(seq), 'begin_ts': 0, 'end_ts': 0,
        'day': 0, 'domain': 'd.example', 'partial': 0, 'conflict': 0,
        'counted': 1, 'reporter': 'r.example', 'imported_ts': 1, **more},
        records=list(records))


def rec(n=1, count=1, **more):
    return {'n': n, 'ip': '192.0.2.%d' % (n % 250), 'messages': count,
            'cause': 'no_auth', 'header_from': 'd.example', 'auth_dkim': [],
            'auth_spf': [], 'override': [], **more}


@pytest.fixture
def said(feed, tmp_path):
    """A feed that says these lines, whoever asks for it first."""
    program = tmp_path / 'ruactl'
    program.write_text('#!/bin/sh\nmv %s/lines %s/told 2>/dev/null && exec cat'
                       ' %s/told\nexit 0\n' % ((tmp_path,) * 3))
    program.chmod(0o755)
    feed.env['RUACTL'] = str(program)

    def say(*lines, code=0):
        (tmp_path / 'lines').write_text(''.join(
            one + '\n' for one in lines), encoding='utf-8')
        return feed('--collector=mx1', code=code)
    return say


# --- hostile content --------------------------------------------------------------

def test_any_text_arrives_as_it_is(feed, said):
    words = [*world.HOSTILE, 'a\\u0000b', '\x01\x02\x1f', '\r\n', '\\\\.', '',
             'x' * 300000]
    said(*(put(i + 1, [rec(envelope_to=word, header_from=word)],
               org_name=word, external_id=word, domain=word)
           for i, word in enumerate(words)))
    rows = feed.rows('report')
    for column in 'org_name', 'external_id', 'domain':
        assert sorted(row[column] for row in rows) == sorted(words)
    assert sorted(row['envelope_to'] for row in feed.rows('record')) == \
        sorted(words)


def test_a_nul_is_not_stored_and_stops_nothing(feed, said):
    nul = chr(0)
    said(put(1, [rec()], org_name=nul + nul + 'a\\' + nul + '\\\\u0000' + nul))
    assert [row['org_name'] for row in feed.rows('report')] == [
        '\ufffd\ufffda\\\ufffd\\\\u0000\ufffd']


@pytest.mark.parametrize('day', [
    0, -DAY, 253402214400, -62135596800, 2 ** 62 // DAY * DAY,
    -2 ** 62 // DAY * DAY, TODAY + 400 * DAY])
def test_no_day_breaks_a_view_or_makes_a_partition(feed, said, day):
    before = figure(feed, 'SELECT count(*) FROM pg_class WHERE relname LIKE'
                    " 'record_row_%'")
    said(put(1, [rec(count=7)], day=day, begin_ts=day, end_ts=day,
             imported_ts=day))
    found = dict(zip(truth_of.VIEWS, feed.tables(truth_of.VIEWS)))
    assert [row['day'] for row in found['v_daily']] == [day]
    assert figure(feed, 'SELECT count(*) FROM pg_class WHERE relname LIKE'
                  " 'record_row_%'") == before


def test_large_counts_add_up(feed, said):
    said(put(1, [rec(i, 2 ** 40) for i in range(1, 50)]),
         put(2, [rec(1, 2 ** 62)], domain='other.example'))
    assert sorted(row['messages'] for row in feed.rows('v_daily')) == [
        49 << 40, 1 << 62]


def test_what_is_not_of_the_feed_is_refused_and_nothing_is_stored(feed, said):
    before = left(feed.server)
    for bad in longform.some((
            '{"op":"put"', '[]', line(2).replace('mx1', 'mx2'),
            line(2, kind='virus'), put(2, [rec()], part=2),
            put(2, [rec()], part=1, last=False),
            put(2, [{**rec(), 'n': None}])), 2):
        text = said(put(1, [rec()]), bad, code=70)
        assert 'cannot store the changes after 0' in text, bad
        assert left(feed.server) == before
    assert figure(feed, 'SELECT count(*) FROM ruad.report') == '0'


def test_of_a_key_in_one_batch_the_last_word_counts(feed, said):
    key = 'a' * 64
    said(line(1, op='del', key='b' * 64, why='pruned'),
         put(2, [rec(count=1)], key=key), line(3, op='del', key=key),
         put(4, [rec(count=2)], key=key, part=1, last=False),
         put(4, [rec(2, count=3)], key=key, part=2),
         put(5, [rec(count=100)], key='c' * 64, external_id='gone'),
         line(6, op='del', key='c' * 64),
         put(7, [rec(1, 2), rec(2, 3)], key=key, part=1),
         line(8, kind='source', op='del', key='192.0.2.99'))
    assert messages(feed) == 5
    said(put(9, [rec(count=50)], key=key), line(10, op='del', key=key))
    assert (messages(feed), feed.rows('report')) == (0, [])
    assert figure(feed, 'SELECT count(*) FROM ruad.record_row') == '0'


def test_a_report_of_many_parts(feed, own):
    records = 4000 if longform.SHORT else 20000     # three parts, or more
    run(own, report(rows=[('10.%d.%d.%d' % (i >> 16, i >> 8 & 255, i & 255), i,
                           PASS if i % 3 else FAIL) for i in range(records)],
                    day=600))
    feed(*feed.args('mx1', own.database))
    assert not truth_of.differences(own.database, feed.tables)
    assert figure(feed, 'SELECT count(*) FROM ruad.record') == str(records)


# --- beginning anew ---------------------------------------------------------------

def stopped(feed, directory, calls):
    """A ruactl that works so many times."""
    program = directory / 'some'
    program.write_text('#!/bin/sh\necho x >>%s/calls\n[ "$(wc -l <%s/calls)"'
                       ' -le %d ] || exit 75\nexec %s "$@"\n' % (
                           directory, directory, calls, feed.env['RUACTL']))
    program.chmod(0o755)
    return program


@pytest.mark.parametrize('how', ['restored', 'another database', 'forgotten'])
def test_anew_figures_stay_until_all_is_there(feed, own, tmp_path, how):
    def reports(first, last):
        return [report(ident='r%d' % i, day=600, rows=[
            ('192.0.2.%d' % i, 10, PASS)]) for i in range(first, last)]
    run(own, *reports(0, 20))
    db = sqlite3.connect(own.database)
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
    db.close()
    shutil.copy(own.database, tmp_path / 'backup.db')
    run(own, *reports(20, 30))
    feed(*feed.args('mx1', own.database, '--limit=9'))
    assert messages(feed) == 300
    if how == 'forgotten':
        own.sql('DELETE FROM report WHERE id > 25')
        own.sql('UPDATE change SET ts = ts - 31 * 86400')
        own.sql('UPDATE report SET id = id')
        world.Step(own, ['prune', '--older-than=9999d']).run()
        want = 250
    else:
        for tail in '', '-wal', '-shm':
            if os.path.exists(own.database + tail):
                os.unlink(own.database + tail)
        if how == 'restored':
            shutil.copy(tmp_path / 'backup.db', own.database)
        run(own, *reports(3, 26))
        want = 260 if how == 'restored' else 230
    real = feed.env['RUACTL']
    feed.env['RUACTL'] = str(stopped(feed, tmp_path, 3))
    said = feed(*feed.args('mx1', own.database, '--limit=9'), code=75)
    assert 'begin anew' in said and ': beginning anew' in said
    (row,) = feed.rows('v_collector')
    assert (row['generation'], row['cursor'] != '0') == (2, True)
    # Of what is forgotten the last deletion is still told.
    assert messages(feed) >= (290 if how == 'forgotten' else 300)
    feed.env['RUACTL'] = real
    feed(*feed.args('mx1', own.database, '--limit=9'))
    assert messages(feed) == want
    assert not truth_of.differences(own.database, feed.tables)
    feed(*feed.args('mx1', own.database, '--anew'))
    assert feed.rows('v_collector')[0]['generation'] == 3
    assert not truth_of.differences(own.database, feed.tables)


def test_who_is_forgotten_takes_along_only_his_own(feed, build, tmp_path):
    made = world.World(build, tmp_path / 'world', seed=5,
                       size=8 if longform.SHORT else 16)
    made.run()
    feed.all(made.databases())
    assert 'nothing of mx3' in feed('--forget=mx3', code=66)
    assert 'no option --forget' in feed('--forget', code=64)
    feed('--forget=mx1')
    assert not truth_of.differences(made.databases()['mx2'], feed.tables)
    feed('--clean')
    assert not truth_of.differences(made.databases()['mx2'], feed.tables)
    feed('--forget=mx2')
    feed('--clean')
    assert figure(feed, "SELECT relname FROM pg_class WHERE relname LIKE"
                  " 'record_row_%' AND relkind = 'r'") == 'record_row_other'
    assert not any(feed.tables((
        'record_row', 'report_held', 'source_row', 'profile', 'dkim_list',
        'failure_held', 'tls_held', 'tls_policy_row')))


def test_many_consumers_at_once_do_no_harm(feed, own):
    run(own, *(report(ident='r%d' % i, rows=[('192.0.2.%d' % i, 1, PASS)])
               for i in range(60)))
    processes = [feed.start(*feed.args('mx1', own.database, '--limit=5'))
                 for _ in range(4)]
    codes = [(process.wait(), process.stderr.read().decode())
             for process in processes]
    assert {code for code, _ in codes} <= {0, 75}, codes
    assert 0 in [code for code, _ in codes]
    assert messages(feed) == 60
    assert not truth_of.differences(own.database, feed.tables)


def test_two_machines_of_one_name_are_told(feed, own, build, tmp_path):
    other = world.Collector(build, tmp_path / 'other', 'mx1')
    run(own, report(ident='a'))
    run(other, report(ident='b'))
    feed(*feed.args('mx1', own.database))
    feed(*feed.args('mx1', other.database))     # as if it were a new one
    assert [row['external_id'] for row in feed.rows('report')] == ['b']
    said = feed(*feed.args('mx1', own.database), code=64)
    assert 'two databases have the collector name mx1' in said
    assert [row['external_id'] for row in feed.rows('report')] == ['b']
    feed('--forget=mx1')
    feed(*feed.args('mx1', own.database))
    feed(*feed.args('mx2', other.database))
    assert len(feed.rows('report')) == 2


# --- schema and roles ---------------------------------------------------------------

def test_the_schema_is_made_again_without_harm(feed, own):
    run(own, report())
    feed(*feed.args('mx1', own.database))
    figure(feed, 'CREATE VIEW public.mine AS SELECT * FROM ruad.v_daily')
    feed('--create')
    assert messages(feed) == 10
    assert figure(feed, 'SELECT messages FROM public.mine') == '10'
    figure(feed, 'DROP VIEW public.mine')
    assert 'CREATE OR REPLACE VIEW v_daily' in feed('--print-sql')


def test_another_version_is_not_touched(feed, own):
    run(own, report())
    figure(feed, "UPDATE ruad.meta SET value = '99'")
    for args in ['--create'], feed.args('mx1', own.database):
        assert 'version 99, which is newer' in feed(*args, code=78)
    figure(feed, "UPDATE ruad.meta SET value = '0'")
    assert 'version 0, not 1: ruad-feed-postgresql --create' in feed(
        *feed.args('mx1', own.database), code=78)
    for sql in "UPDATE ruad.meta SET value = 'one'", 'DELETE FROM ruad.meta':
        figure(feed, sql)
        for args in ['--create'], feed.args('mx1', own.database):
            assert 'has no version' in feed(*args, code=78)
    figure(feed, 'DROP SCHEMA ruad CASCADE')
    assert '--create' in feed(*feed.args('mx1', own.database), code=78)


def test_without_a_server_it_says_to_try_later(feed, own, tmp_path):
    run(own, report())
    feed.env['PGHOST'] = str(tmp_path)
    assert 'try again later' in feed(*feed.args('mx1', own.database), code=75)


def test_readers_read_what_is_not_personal(feed, own):
    run(own, report(), world.failure(1))
    feed(*feed.args('mx1', own.database))
    figure(feed, 'DROP ROLE IF EXISTS grafana; CREATE ROLE grafana LOGIN'
           ' IN ROLE ruad_reader')

    allowed = ['SELECT * FROM ruad.' + view for view in (
        *truth_of.VIEWS, 'report', 'source', 'tls_report', 'v_collector')]
    refused = ['SELECT * FROM ruad.failure', 'SELECT * FROM ruad.failure_held',
               'DELETE FROM ruad.record_row',
               "SELECT ruad.forget_collector('mx1')"]
    fails = feed.server.psql(
        '\\set ON_ERROR_STOP 0\n' + ''.join(
            '\\o /dev/null\n%s;\n\\o\n\\echo :ERROR\n' % sql
            for sql in allowed + refused), user='grafana').split()
    assert dict(zip(allowed + refused, fails)) == {
        **dict.fromkeys(allowed, 'false'), **dict.fromkeys(refused, 'true')}


def test_an_owner_without_privileges_is_enough(build, postgres, own):
    run(own, report())
    postgres.psql('CREATE ROLE plain LOGIN; CREATE DATABASE plain OWNER plain')
    feed = Feed(build, postgres, database='plain')
    feed.env['PGUSER'] = 'plain'
    feed('--create')
    feed(*feed.args('mx1', own.database))
    assert not truth_of.differences(own.database, feed.tables)


def test_rows_move_into_the_partition_of_their_month(feed):
    figure(feed, "INSERT INTO ruad.record_row (report_id, day, messages, n,"
           " profile_id, changed, cause) SELECT 1, extract(epoch FROM"
           " date '2013-05-07'), 5, 1, 1, false, 'no_auth'")
    assert figure(feed, 'SELECT count(*) FROM ruad.record_row_other') == '1'
    figure(feed, 'SELECT ruad.make_partition(extract(epoch FROM date'
           " '2013-05-31')::bigint)")
    assert figure(feed, 'SELECT count(*) FROM ruad.record_row_other') == '0'
    assert figure(feed, 'SELECT count(*) FROM ruad.record_row_2013_05') == '1'


def keepalive_seconds(port):
    """When the kernel asks next whether the other end of connections to this
    port is still there."""
    with open('/proc/net/tcp', encoding='ascii') as f:
        rows = [line.split() for line in f.readlines()[1:]]
    return [int(row[5].split(':')[1], 16) / os.sysconf('SC_CLK_TCK')
            for row in rows if row[2].endswith(':%04X' % port)
            and row[5].startswith('02:')]


def test_a_server_that_is_cut_off_is_noticed_in_minutes(feed):
    """The kernel's own limit is two hours."""
    with socket.create_server(('127.0.0.1', 0)) as mute:
        port = mute.getsockname()[1]
        other = Feed(os.path.dirname(feed.program), feed.server)
        other.env.update(PGHOST='127.0.0.1', PGPORT=str(port))
        process = other.start('--collector=mx1')
        try:
            wait_until(lambda: keepalive_seconds(port))
            assert max(keepalive_seconds(port)) <= 60
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
