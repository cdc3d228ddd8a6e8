# SPDX-License-Identifier: BSD-2-Clause
"""The rules of a verdict: command, view and page say the same of the same
reports, at and on both sides of each limit."""

import sqlite3

import pytest

from test_why import GOOD_DKIM, document, one_record
from webpage import Asked, number

DAYS, REPORTERS = 14, 3
ORGS = ['One', 'Two', 'Three']
PASSED = dict(dkim=[GOOD_DKIM], verdict=('pass', 'fail'))
KINDS = ['own', 'service', 'forwarder', 'hostile', None]
# A sender of each kind, and whether a receiver says that it was forwarded:
# other counts, so that sums tell what is in them.
SENT = [(kind, forwarded, 1 << i) for i, (kind, forwarded) in enumerate(
    (kind, forwarded) for kind in KINDS for forwarded in (False, True))]


class World(Asked):
    def fill(self, records, days=DAYS, reporters=REPORTERS, p='none'):
        for day in range(days):
            for org in ORGS[:reporters]:
                self.put('in/%s%d.xml' % (org, day), document(
                    records, p=p, org=org, ident=org + str(day), day=day))
        self('import', 'in')

    def name(self, kind, ip):
        self('sender', 'add', 'The ' + kind, kind, ip)

    def ask(self):
        """What all three say; that of the page is compared in here."""
        row, = self.json('ready')
        with sqlite3.connect(self.database) as db:
            db.row_factory = sqlite3.Row
            view = dict(db.execute('SELECT * FROM v_readiness').fetchone())
        assert view == {key: row[key] for key in view}
        page = self.page()
        got, = page.sections['readiness'].table
        assert [number(got[head]) for head in (
            'Named', 'Forwarded', 'Unknown')] == [
            row['lose_known'], row['lose_forwarded'], row['stop_unknown']]
        got, = page.sections['verdict'].table
        badge = {'too_little': '\u2026 too little data',
                 'fix_senders': '! fix known senders first',
                 'ready': '\u2713 ready for p=reject'}[row['verdict']]
        assert got['Verdict'] == badge
        title = {'too_little': 'too little data',
                 'fix_senders': 'fix known senders first',
                 'ready': 'ready; forwarded mail will suffer'
                 if row['forwarding_suffers'] else 'ready'}[row['verdict']]
        assert 'example.org: %s\n' % title in self('ready')
        suffers = 'Forwarded mail will suffer.' in self.html
        assert suffers == ('; ' in title)
        return row


@pytest.fixture
def world(build, tmp_path):
    return World(build, tmp_path)


def test_each_kind_of_sender_is_in_one_class(world):
    world.fill([one_record(
        count=n, ip='192.0.2.%d' % n if n < 256 else '198.51.100.%d' % (n >> 8),
        reasons=[('forwarded', None)] if forwarded else [])
        for kind, forwarded, n in SENT])
    with sqlite3.connect(world.database) as db:
        ips = dict(db.execute(
            'SELECT messages, ip FROM record JOIN source s ON'
            ' s.id = source_id GROUP BY messages'))
    for kind, _, n in SENT:
        if kind:
            world.name(kind, ips[n])
    row = world.ask()
    want = {'lose_known': 0, 'lose_forwarded': 0, 'stop_unknown': 0}
    for kind, forwarded, n in SENT:
        want['lose_known' if kind in ('own', 'service')
             else 'lose_forwarded' if kind == 'forwarder'
             or (kind is None and forwarded)
             else 'stop_unknown'] += n * DAYS * REPORTERS
    assert {key: row[key] for key in want} == want
    assert row['verdict'] == 'fix_senders'
    classes = {one['Kind']: number(one['Messages'])
               for one in world.page().sections['classes'].table}
    assert sorted(classes.values()) == sorted([*want.values(), 0])


@pytest.mark.parametrize('days, reporters, want', [
    (DAYS, REPORTERS, 'ready'), (DAYS - 1, REPORTERS, 'too_little'),
    (DAYS, REPORTERS - 1, 'too_little')])
def test_a_verdict_needs_days_and_reporters(world, days, reporters, want):
    world.fill([one_record(**PASSED)], days, reporters)
    row = world.ask()
    assert (row['verdict'], row['days'], row['reporters']) == (
        want, days, reporters)
    assert ('a verdict needs 14 days by 3 reporters.' in world('ready')) == (
        want == 'too_little') == (
            'a verdict needs 14 days by 3 reporters.' in world.html)


@pytest.mark.parametrize('forwarded, suffers', [(1, False), (2, True)])
def test_forwarding_suffers_above_one_percent(world, forwarded, suffers):
    world.fill([one_record(count=forwarded, reasons=[('mailing_list', None)]),
                one_record(count=100 - forwarded, **PASSED)])
    row = world.ask()
    assert (row['verdict'], row['forwarding_suffers']) == ('ready', suffers)
