# SPDX-License-Identifier: BSD-2-Clause
"""docs/examples: the files that other programs read, on a real database."""

import json
import os
import re

import pytest

from test_views import DAY, DOMAINS, LAST, ROOT, ROWS, TLS
from test_views import forwarded
from test_views import db as db         # noqa: F401, the fixture

FIRST = LAST - 60 * DAY
SOURCE = {'type': 'frser-sqlite-datasource', 'uid': '${datasource}'}
# Without mail in any mailbox, and without a damaged report.
EMPTY = {'Last good poll', 'Mailboxes', 'Damaged reports'}


def load(name):
    with open(os.path.join(ROOT, 'docs', 'examples', name),
              encoding='utf-8') as f:
        return json.load(f)


def panels():
    return load('grafana.json')['panels']


def grafana(sql, domains=DOMAINS, first=FIRST, last=LAST + DAY):
    """The query as Grafana sends it to its SQLite plugin."""
    for macro, value in (
            ('${domain:singlequote}', ','.join(
                "'%s'" % d.replace("'", "''") for d in domains)),
            ('$__from', str(first * 1000 + 123)),
            ('$__to', str(last * 1000 - 1))):
        sql = sql.replace(macro, value)
    assert '$' not in sql, sql
    return sql


def rows(db, title, **options):
    (panel,) = [p for p in panels() if p['title'] == title]
    return db.execute(grafana(panel['targets'][0]['queryText'],
                              **options)).fetchall()


@pytest.mark.parametrize('panel', panels(), ids=lambda p: p['title'])
def test_a_panel_of_the_dashboard_can_be_asked(db, panel):
    (target,) = panel['targets']
    assert panel['datasource'] == target['datasource'] == SOURCE
    assert target['queryText'] == target['rawQueryText']
    got = db.execute(grafana(target['queryText']))
    names = [column[0] for column in got.description]
    got = got.fetchall()
    assert got or panel['title'] in EMPTY
    if target['queryType'] == 'time series':
        assert names[0] == 'time' and target['timeColumns'] == ['time']
        assert [row[0] for row in got] == sorted({row[0] for row in got})
        assert all(isinstance(v, (int, float, type(None)))
                   for row in got for v in row)
        # Days, as they are: wider or narrower buckets would mislead.
        assert all(row[0] % DAY == 0 for row in got)
    else:
        assert target['queryType'] == 'table'
    painted = {rule['matcher']['options']
               for rule in panel['fieldConfig']['overrides']}
    assert painted <= set(names)


def test_the_dashboard_is_whole():
    board = load('grafana.json')
    assert board['timezone'] == 'utc' and board['uid'] == 'ruad'
    assert len({p['id'] for p in board['panels']}) == len(board['panels'])
    taken = set()
    for p in board['panels']:
        g = p['gridPos']
        cells = {(x, y) for x in range(g['x'], g['x'] + g['w'])
                 for y in range(g['y'], g['y'] + g['h'])}
        assert g['x'] + g['w'] <= 24 and not cells & taken, p['title']
        taken |= cells
    used = set(re.findall(r'\$\{(\w+)', json.dumps(board)))
    assert used == {v['name'] for v in board['templating']['list']}


def test_the_panels_say_what_is_in_the_reports(db):
    everything = sum(row.messages for row in ROWS)
    assert rows(db, 'Messages')[0][0] == everything
    passed = sum(row.messages for row in ROWS if row.dmarc == 'pass')
    assert rows(db, 'Compliant')[0][0] == pytest.approx(
        100 * passed / everything)
    assert sum(v for row in rows(db, 'Compliance')
               for v in list(row)[1:] if v) == everything
    failed = everything - passed
    for title in ('Causes of failure', 'What receivers did with failing mail'):
        assert sum(v for row in rows(db, title)
                   for v in list(row)[1:] if v) == failed
    assert rows(db, 'Failing, from your own senders')[0][0] + rows(
        db, 'Failing, from unknown sources')[0][0] + sum(
            row.messages for row in ROWS if row.dmarc == 'fail' and
            (row.kind in ('forwarder', 'hostile') or
             row.kind is None and forwarded(row))) == failed
    days = rows(db, 'Whose mail fails')
    assert sum(v for row in days for v in list(row)[1:] if v) == failed
    told = {row['class']: row for row in rows(db, 'All mail, by who sent it')}
    assert sum(row['messages'] for row in told.values()) == everything
    assert sum(row['compliant'] for row in told.values()) == passed
    classes = {'own': 'known', 'service': 'known', 'forwarder': 'forwarded',
               'hostile': 'hostile'}
    for name in ('known', 'forwarded', 'hostile', 'unknown'):
        fails = sum(row.messages for row in ROWS if row.dmarc == 'fail' and
                    classes.get(row.kind, 'forwarded' if forwarded(row)
                                else 'unknown') == name)
        assert told[name]['fail'] == fails > 0
        assert told[name]['messages'] == fails + sum(
            row.messages for row in ROWS if row.dmarc == 'pass' and
            classes.get(row.kind, 'unknown') == name)
        assert sum(row[key] or 0 for row in days for key in row.keys()
                   if key == name or name == 'known' and
                   key in ('own', 'service')) == fails
    assert sum(row[1] + row[2] for row in rows(db, 'TLS')) == sum(
        p['summary']['total-successful-session-count'] +
        p['summary']['total-failure-session-count']
        for one in TLS for p in one['policies'])
    day = [row for row in ROWS if row.day == LAST - 3 * DAY and
           row.domain == DOMAINS[0]]
    assert rows(db, 'Messages', domains=DOMAINS[:1], first=LAST - 3 * DAY,
                last=LAST - 2 * DAY)[0][0] == sum(
                    row.messages for row in day) > 0


def test_variables_of_the_dashboard(db):
    for v in load('grafana.json')['templating']['list']:
        if v['type'] == 'query':
            assert {row[0] for row in db.execute(v['query'])} > set(DOMAINS)


# --- Datasette --------------------------------------------------------------

def shipped():
    """Our queries as forms want them: days as text, nothing behind."""
    directory = os.path.join(ROOT, 'docs', 'examples', 'queries')
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), encoding='utf-8') as f:
            lines = f.read().splitlines()
        about = [line[3:] for line in lines if line.startswith('-- ') and
                 'SPDX' not in line]
        sql = '\n'.join(line for line in lines if not line.startswith('--'))
        for limit in ':since', ':until':
            sql = sql.replace(
                limit, "CAST(strftime('%%s', %s) AS INTEGER)" % limit)
        yield name.removesuffix('.sql'), {'title': about[0],
                                          'sql': sql.rstrip(';')}


def test_datasette_has_the_shipped_queries(db):
    (database,) = load('datasette.json')['databases'].values()
    assert database['queries'] == dict(shipped())
    asked = {'domain': DOMAINS[0], 'ip': ROWS[0].ip,
             'since': '2020-01-01', 'until': '2038-01-01'}
    for query in database['queries'].values():
        db.execute(query['sql'], asked).fetchall()
    assert db.execute(database['queries']['compliance']['sql'],
                      asked).fetchall()


def test_datasette_knows_our_tables(db):
    (database,) = load('datasette.json')['databases'].values()
    for table, about in database['tables'].items():
        columns = [row[1] for row in db.execute(
            'PRAGMA table_info(%s)' % table)]
        assert about['label_column'] in columns and about['description']
