# SPDX-License-Identifier: BSD-2-Clause
"""ruactl feed: whoever applies its lines has what the database has."""

import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess

import pytest

from ctl import FAIL, PASS, Ctl, report
from mirror import (CUT, OTHER, WHOLE, Mirror, add, change, feed,
                    import_golden, rows, same)
from patience import PATIENCE

@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


# --- what comes -------------------------------------------------------------

@pytest.fixture(scope='module')
def golden(build, tmp_path_factory):
    made = Ctl(build, tmp_path_factory.mktemp('feed'))
    import_golden(made)
    return made


def test_a_mirror_of_every_kind_of_report(golden):
    same(golden, Mirror().follow(golden))


def test_a_mirror_that_comes_again_and_again(golden):
    mirror, last = Mirror(), None
    while mirror.cursor != last:
        last = mirror.cursor
        mirror.follow(golden, '--limit=7')
    same(golden, mirror)


def test_flat_lines_say_the_same(golden):
    mirror = Mirror().follow(golden)
    kinds, last = {}, None
    for line in feed(golden, '--flat'):
        assert not any(isinstance(value, (dict, list)) or value is None
                       for value in line.values())
        if line['op'] == 'del':
            continue
        kinds.setdefault(line['kind'], []).append(line)
        if line['kind'] in ('record', 'tls_policy', 'tls_failure'):
            assert line['key'] == last
        last = line['key']
    assert len(kinds['report']) == len(mirror.rows['report'])
    assert len(kinds['record']) == sum(
        len(one['records']) for one in mirror.rows['report'].values())
    for line in kinds['record']:
        whole = mirror.rows['report'][line['key']]
        record = whole['records'][line['n'] - 1]
        for name, value in record.items():
            if isinstance(value, (dict, list)):
                assert json.loads(line[name]) == value
            else:
                assert line.get(name) == value, name
        for name in 'domain', 'day', 'reporter', 'external_id', 'counted':
            assert line[name] == whole['report'][name]
    assert [(line['key'], line['n']) for line in kinds['tls_policy']] == [
        (key, policy['n']) for key, one in mirror.rows['tls'].items()
        for policy in one['policies']]
    assert sum(line['failed'] for line in kinds['tls_failure']) == sum(
        failure['failed'] for one in mirror.rows['tls'].values()
        for policy in one['policies'] for failure in policy['failures'])


def test_only_the_kinds_that_are_asked_for(golden):
    every = feed(golden)
    for kind in 'report', 'failure', 'tls', 'source':
        assert feed(golden, kind) == [
            line for line in every if line['kind'] == kind] != []
    assert feed(golden, 'failure', 'tls') == [
        line for line in every if line['kind'] in ('failure', 'tls')]


def test_a_long_report_comes_in_parts_and_in_constant_memory(ctl):
    add(ctl, 'a.xml', report(rows=rows(1)))
    change(ctl, 'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1'
           ' FROM n WHERE i < 100000) INSERT INTO record_row (report_id,'
           ' messages, cause, profile_id, envelope_to)'
           " SELECT 1, i, 6, 1, printf('%.200c', 'x') FROM n")
    done = subprocess.run(
        [ctl.program, 'feed', '--collector=mx1', 'report'], env=ctl.env,
        stdout=subprocess.PIPE, timeout=PATIENCE, check=True,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_AS, (96 << 20, 96 << 20)))
    text = done.stdout.splitlines()
    assert len(text) > 40 and max(map(len, text)) <= 1000000
    lines = [json.loads(line) for line in text]
    assert [line['part'] for line in lines] == list(range(1, len(lines) + 1))
    assert [line['last'] for line in lines] == [False] * (len(lines) - 1) + [
        True]
    mirror = Mirror()
    mirror.apply(lines)
    same_rows = next(iter(mirror.rows['report'].values()))['records']
    assert [one['messages'] for one in same_rows] == [1] + list(
        range(1, 100001))


def test_a_tls_policy_with_many_failures_comes_in_parts(golden, tmp_path):
    shutil.copy(golden.database, tmp_path / 'ruad.db')
    change_path = sqlite3.connect(tmp_path / 'ruad.db')
    with change_path:
        change_path.execute(
            'WITH RECURSIVE n(i) AS (VALUES(1000) UNION ALL SELECT i + 1 FROM n'
            ' WHERE i < 12000) INSERT INTO tls_failure (tls_policy_id, seq,'
            ' result, failed, info) SELECT (SELECT min(id) FROM tls_policy), i,'
            " 'validation-failure', 1, printf('%.300c', 'x') FROM n")
    change_path.close()
    env = dict(golden.env, RUAD_DB=str(tmp_path / 'ruad.db'))
    done = subprocess.run([golden.program, 'feed', 'tls'], env=env,
                          stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert max(map(len, done.stdout.splitlines())) <= 1001000
    mirror = Mirror()
    mirror.apply(lines)
    db = sqlite3.connect(tmp_path / 'ruad.db')
    assert sorted(len(policy['failures']) for one in mirror.rows['tls'].values()
                  for policy in one['policies']) == sorted(
        count for count, in db.execute(
            'SELECT (SELECT count(*) FROM tls_failure WHERE tls_policy_id = id)'
            ' FROM tls_policy'))
    db.close()


# --- changes ----------------------------------------------------------------

def test_a_replaced_report_leaves_and_none_is_doubled(ctl):
    add(ctl, 'cut.xml', CUT)
    add(ctl, 'other.xml', OTHER)
    mirror = Mirror().follow(ctl)
    cut = next(key for key, one in mirror.rows['report'].items()
               if one['report']['partial'])
    add(ctl, 'whole.xml', WHOLE)
    lines = feed(ctl, '--after=' + mirror.cursor, 'report')
    assert [(line['op'], line.get('why')) for line in lines] == [
        ('del', 'replaced'), ('put', None)]
    assert lines[0]['key'] == cut
    same(ctl, mirror.follow(ctl))
    assert sum(record['messages'] for one in mirror.rows['report'].values()
               for record in one['records']) == 21 + 15


def test_the_same_report_again_is_no_change(ctl):
    add(ctl, 'whole.xml', WHOLE)
    mirror = Mirror().follow(ctl)
    add(ctl, 'again.xml', WHOLE)
    assert feed(ctl, '--after=' + mirror.cursor) == []


def test_of_two_that_contradict_each_other_both_come_and_one_counts(ctl):
    add(ctl, 'a.xml', report(rows=[('192.0.2.1', 5, PASS)]))
    mirror = Mirror().follow(ctl)
    add(ctl, 'b.xml', report(rows=[('192.0.2.1', 7, FAIL),
                                   ('192.0.2.2', 1, FAIL)]))
    same(ctl, mirror.follow(ctl))
    assert sorted((one['report']['counted'], one['report']['conflict'],
                   len(one['records']))
                  for one in mirror.rows['report'].values()) == [
        (0, 1, 2), (1, 1, 1)]


def test_a_name_for_a_source_is_a_change_of_the_source(ctl):
    add(ctl, 'whole.xml', WHOLE)
    mirror = Mirror().follow(ctl)
    ctl('sender', 'add', 'shop', 'service', '192.0.2.1', '192.0.2.2')
    lines = feed(ctl, '--after=' + mirror.cursor)
    assert [(line['kind'], line['source']['sender'],
             line['source']['sender_kind']) for line in lines] == [
        ('source', 'shop', 'service')] * 2
    mirror.apply(lines)
    ctl('sender', 'add', 'shop', 'own', '192.0.2.1')
    lines = feed(ctl, '--after=' + mirror.cursor)
    assert [line['source']['sender_kind'] for line in lines] == ['own'] * 2
    mirror.apply(lines)
    ctl('sender', 'remove', 'shop')
    lines = feed(ctl, '--after=' + mirror.cursor)
    assert [line['source']['sender'] for line in lines] == [None] * 2


def test_what_a_look_up_says_of_a_source_is_a_change(ctl):
    add(ctl, 'whole.xml', WHOLE)
    cursor = feed(ctl)[-1]['cursor']
    change(ctl, "UPDATE source SET lookup_next_ts = 7, last_day = last_day + 1")
    assert feed(ctl, '--after=' + cursor) == []
    change(ctl, "UPDATE source SET ptr = 'mx.example', ptr_domain = 'example'"
           " WHERE ip = '192.0.2.3'")
    line, = feed(ctl, '--after=' + cursor)
    assert line['key'] == '192.0.2.3' and line['source']['ptr'] == 'mx.example'


def test_what_sqlite3_deletes_is_told_too(ctl):
    add(ctl, 'whole.xml', WHOLE)
    add(ctl, 'other.xml', OTHER)
    mirror = Mirror().follow(ctl)
    change(ctl, "DELETE FROM report WHERE external_id = 'r1'")
    same(ctl, mirror.follow(ctl))
    assert len(mirror.rows['report']) == 1


def test_what_is_pruned_is_told_as_pruned(golden, tmp_path, build):
    own = Ctl(build, tmp_path)
    add(own, 'whole.xml', WHOLE)
    shutil.copy(golden.database, own.database)
    mirror = Mirror().follow(own)
    own('prune', '--older-than=400d')
    lines = feed(own, '--after=' + mirror.cursor)
    deleted = [line for line in lines if line['op'] == 'del']
    assert {line['why'] for line in deleted} == {'pruned'}
    assert {line['kind'] for line in deleted} == {'report', 'tls', 'failure'}
    mirror.apply(lines)
    same(own, mirror)


@pytest.mark.parametrize('how', ['REPLACE', 'IGNORE'])
def test_who_replaces_a_row_by_its_number_is_told_of(ctl, how):
    """No trigger for deletions hears of it."""
    import_golden(ctl)
    mirror = Mirror().follow(ctl)
    for table in 'report', 'failure', 'tls_report':
        names = [row[1] for row in ctl.query('PRAGMA table_info(%s)' % table)]
        values = ', '.join(
            "X'%s'" % ('ab' * 32) if name == 'content_sha256' else name
            for name in names)
        change(ctl, 'INSERT OR %s INTO %s SELECT %s FROM %s ORDER BY id DESC'
               ' LIMIT 1' % (how, table, values, table))
    mirror.follow(ctl)
    for table in 'report', 'failure', 'tls_report':
        have = mirror.rows[table.replace('_report', '')]
        assert sorted(have) == sorted(key for key, in ctl.query(
            'SELECT lower(hex(content_sha256)) FROM ' + table))
        assert ('ab' * 32 in have) == (how == 'REPLACE')


def test_the_example_of_the_manual_survives_deletions(ctl):
    with open(os.path.dirname(__file__) + '/../../docs/ruactl.1',
              encoding='utf-8') as f:
        program = re.search(r"ruactl feed report \| jq -r '(.*?)'", f.read(),
                            re.S)[1]
    add(ctl, 'gone.xml', report(ident='gone', rows=[('192.0.2.1', 3, FAIL)]))
    add(ctl, 'stays.xml', report(ident='stays', rows=[
        ('192.0.2.2', 4, PASS), ('192.0.2.3', 5, FAIL)]))
    change(ctl, "DELETE FROM report WHERE external_id = 'gone'")
    text = ctl('feed', 'report')
    assert '"op":"del"' in text
    said = subprocess.run(['jq', '-r', program], input=text, text=True,
                          capture_output=True, check=True).stdout
    (key,), = ctl.query('SELECT lower(hex(content_sha256)) FROM report')
    assert said == '%s\t2\t192.0.2.3\t5\n' % key


def test_a_dump_is_refused_until_it_has_its_numbers(ctl):
    """Then the feed goes on where it was."""
    import_golden(ctl)
    mirror = Mirror().follow(ctl)
    numbers = [ctl.query('PRAGMA ' + name)[0][0]
               for name in ('application_id', 'user_version')]
    dump = subprocess.run(['sqlite3', ctl.database, '.dump'],
                          capture_output=True, check=True).stdout
    for tail in '', '-wal', '-shm':
        if os.path.exists(ctl.database + tail):
            os.unlink(ctl.database + tail)
    subprocess.run(['sqlite3', ctl.database], input=dump, check=True)
    ctl('feed', code=78)
    assert 'database of another program' in ctl.error
    subprocess.run(['sqlite3', ctl.database, 'PRAGMA application_id = %s;'
                    ' PRAGMA user_version = %s' % tuple(numbers)], check=True)
    add(ctl, 'new.xml', report(ident='new'))
    same(ctl, mirror.follow(ctl))
    assert mirror.cursor.split('.')[0] == feed(ctl)[0]['epoch']
