# SPDX-License-Identifier: BSD-2-Clause
"""The dashboard for PostgreSQL shows what that for SQLite shows."""

import datetime
import json
import sqlite3

import pytest

import pgfeed
from test_examples import grafana, load
from world import DAY, TODAY

SOURCE = {'type': 'grafana-postgresql-datasource', 'uid': '${datasource}'}
# Of the collectors, not of mailboxes, which stay with them.
OTHERS = {'Last good poll': 'Last change', 'Mailboxes': 'Collectors'}


@pytest.fixture(scope='module')
def boards(build):
    """Panels by title, of SQLite's and PostgreSQL's."""
    with open(build + '/engine/grafana-postgresql.json',
              encoding='utf-8') as f:
        here = json.load(f)
    assert here['uid'] != load('grafana.json')['uid']
    return [{p['title']: p for p in board['panels']}
            for board in (load('grafana.json'), here)]


@pytest.fixture(scope='module')
def fed(made, build, postgres):
    one = pgfeed.Feed(build, postgres)
    one.fresh()
    one(*one.args('mx1', made.databases()['mx1']))
    return one


def comparable(rows):
    """Numbers and dates are of other types there, and equal rows have no
    order."""
    def one(value):
        if isinstance(value, (int, float)):
            return round(float(value), 6)
        if isinstance(value, str):
            try:
                return str(datetime.date.fromisoformat(value))
            except ValueError:
                pass
        return value
    return sorted(([*map(one, row)] for row in rows), key=repr)


def answers(fed, *queries):
    """To a reader with the search_path of ruad-feed(8)."""
    return fed.server.answers(
        ['SET search_path = ruad; SELECT row_to_json(x) FROM (%s) x' % sql
         for sql in queries], database=fed.database)


def asked(sql, domains):
    """Of all of a panel, whose table ends after 100 lines."""
    return grafana(sql.replace(' LIMIT 100', ''), domains,
                   first=TODAY - 400 * DAY, last=TODAY + DAY)


def test_its_panels_are_those_of_sqlite(boards, fed, made):
    old, new = boards
    assert [OTHERS.get(title, title) for title in old] == list(new)
    db = sqlite3.connect(made.databases()['mx1'])
    domains = [row[0] for row in db.execute('SELECT DISTINCT domain FROM report'
                                            ' UNION SELECT domain FROM'
                                            ' tls_policy')]
    queries = []
    for panel in new.values():
        (target,) = panel['targets']
        assert panel['datasource'] == target['datasource'] == SOURCE
        assert set(target) == {'refId', 'datasource', 'format', 'rawSql',
                               'rawQuery', 'editorMode'}
        queries.append(asked(target['rawSql'], domains))
    filled = 0
    for (title, panel), have in zip(old.items(), answers(fed, *queries)):
        (target,) = panel['targets']
        want = db.execute(asked(target['queryText'], domains))
        names = [column[0] for column in want.description]
        if title in OTHERS:
            assert len(have) == 1
            continue
        filled += bool(have)
        assert all(list(row) == names for row in have), title
        assert comparable(row.values() for row in have) == comparable(want), \
            title
    assert filled > len(old) / 2
    db.close()


def test_its_variables_are_those_of_sqlite(fed, made, build):
    with open(build + '/engine/grafana-postgresql.json',
              encoding='utf-8') as f:
        text = f.read()
    assert 'sqlite' not in text and 'mailbox' not in text
    source, domain = json.loads(text)['templating']['list']
    assert source['query'] == SOURCE['type']
    assert domain['datasource'] == SOURCE
    db = sqlite3.connect(made.databases()['mx1'])
    (have,) = answers(fed, domain['query'])
    assert [tuple(row.values()) for row in have] == \
        db.execute(domain['query']).fetchall()
    db.close()
