# SPDX-License-Identifier: BSD-2-Clause
"""Subdomains as policy domains: they are shown under their organization, once,
and alone to who asks for them by name."""

import re

import pytest

from ctl import FAIL, PASS, report
from test_why import PLAIN
from webpage import Asked, check_form, number

# (policy domain, reporter, day, rows); the names are those of reports.
REPORTS = [
    ('example.org', 'A', 0, [('192.0.2.1', 100, PASS), ('192.0.2.2', 7, FAIL)]),
    ('example.org', 'B', 1, [('192.0.2.1', 50, PASS)]),
    # what old OpenDMARC makes of a mail from a subdomain
    ('news.example.org', 'Old', 1, [('192.0.2.1', 20, PASS),
                                    ('192.0.2.3', 5, FAIL)]),
    ('a.b.example.org', 'Old', 2, [('192.0.2.3', 3, FAIL)]),
    ('notexample.org', 'A', 0, [('192.0.2.9', 1, PASS)]),
    ('example.co.uk', 'A', 0, [('192.0.2.9', 2, PASS)]),
    ('shop.example.co.uk', 'Old', 0, [('192.0.2.9', 4, FAIL)]),
    # an organization that nobody reports on: this may be all one has
    ('dept.example.net', 'A', 0, [('192.0.2.9', 8, PASS)]),
    ('sub.dept.example.net', 'A', 0, [('192.0.2.9', 16, PASS)]),
    ('unknown', 'A', 0, [('192.0.2.9', 32, PASS)]),
]


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    own = Asked(build, tmp_path_factory.mktemp('subdomains'))
    for i, (domain, org, day, rows) in enumerate(REPORTS):
        own.put('in/%d.xml' % i, report(
            org, domain, str(i), day, rows, email='a@%s.example' % org,
            p='reject' if domain == 'example.org' else 'none'))
    own('import', 'in')
    return own


def messages(*domains, ip=None, verdict=None):
    return sum(n for domain, _, _, rows in REPORTS if domain in domains
               for address, n, v in rows
               if ip in (None, address) and verdict in (None, v))


ORG = ('example.org', 'news.example.org', 'a.b.example.org')
UK = ('example.co.uk', 'shop.example.co.uk')


def test_summary_has_each_message_in_one_line(ctl):
    rows = {row['domain']: row for row in ctl.json('summary')}
    assert set(rows) == {'example.org', 'notexample.org', 'example.co.uk',
                         'dept.example.net', 'sub.dept.example.net', 'unknown'}
    assert sum(row['messages'] for row in rows.values()) == messages(
        *(one[0] for one in REPORTS))
    row = rows['example.org']
    assert (row['messages'], row['fail'], row['subdomains']) == (
        messages(*ORG), messages(*ORG, verdict=FAIL), 2)
    assert (row['reports'], row['reporters'], row['policy'],
            row['last_date']) == (4, 3, 'reject', '2025-03-09')
    assert rows['example.co.uk']['messages'] == messages(*UK)
    assert [rows[name]['subdomains'] for name in (
        'example.co.uk', 'notexample.org', 'dept.example.net', 'unknown')] == [
        1, 0, 0, 0]


def test_people_see_how_many_subdomains_a_line_contains(ctl, build, tmp_path):
    head, first = ctl('summary').splitlines()[2:4]
    assert head.split()[-1] == 'subs' and first.split()[-1] == '2'
    assert ' subs' not in ctl('summary', 'news.example.org')
    for width in 60, 80, 120:
        out = ctl.terminal('summary', columns=width, env=PLAIN)
        assert ' subs' in out
        assert max(map(len, out.splitlines())) <= width
    own = Asked(build, tmp_path)
    own.put('a.xml', report(domain='news.example.org'))
    own('import', 'a.xml')
    assert ' subs' not in own('summary')


def test_a_subdomain_answers_for_itself(ctl):
    for domain in 'news.example.org', 'a.b.example.org', 'dept.example.net':
        row, = ctl.json('summary', domain)
        assert (row['domain'], row['messages'], row['subdomains']) == (
            domain, messages(domain), 0)
        assert sum(row['messages'] for row in ctl.json(
            'sources', domain)) == messages(domain)
        row, = ctl.json('ready', domain)
        assert row['messages'] == messages(domain)
    assert {row['ip'] for row in ctl.json(
        'sources', 'news.example.org', '--by=address')} == {
        '192.0.2.1', '192.0.2.3'}
    assert ctl.json('why', 'news.example.org', '192.0.2.2') == []
    assert ctl.json('summary', 'b.example.org') == []


@pytest.mark.parametrize('domain, those', [
    ('example.org', ORG), ('example.co.uk', UK),
    ('example.net', ('dept.example.net', 'sub.dept.example.net')),
    ('notexample.org', ('notexample.org',)), ('unknown', ('unknown',)),
    ('org', ()), ('co.uk', ()), ('xample.org', ())])
def test_every_question_about_a_parent_includes_them(ctl, domain, those):
    addresses = {a for d, _, _, rows in REPORTS if d in those
                 for a, _, _ in rows}
    assert {row['ip']: (row['messages'], row['fail']) for row in ctl.json(
        'sources', domain, '--by=address')} == {
        ip: (messages(*those, ip=ip), messages(*those, ip=ip, verdict=FAIL))
        for ip in addresses}
    failing = ctl.json('failures', domain)['failing']
    assert sum(row['messages'] for row in failing) == messages(
        *those, verdict=FAIL)
    for ip in addresses:
        assert sum(row['messages'] for row in ctl.json(
            'why', domain, ip)) == messages(*those, ip=ip)
        assert re.search('(?m)^%d of %d message' % (
            messages(*those, ip=ip, verdict=FAIL),
            messages(*those, ip=ip)), ctl('why', domain, ip))
    assert [row['messages'] for row in ctl.json('ready', domain)] == [
        messages(*those)] * bool(those)
    assert [row['messages'] for row in ctl.json('summary', domain)] == [
        messages(*those)] * bool(those)
    assert sorted(row['domain'] for row in ctl.json('reports', domain)) == (
        sorted(one[0] for one in REPORTS if one[0] in those))


def test_ready_folds_all_as_summary_does(ctl):
    assert {row['domain']: row['messages'] for row in ctl.json('ready')} == {
        row['domain']: row['messages'] for row in ctl.json('summary')}
    row, = ctl.json('ready', 'example.org')
    assert (row['policy'], row['reporters'], row['days'],
            row['unknown']) == ('reject', 3, 3, 15)


def test_the_period_ends_with_the_newest_of_them(ctl):
    assert ctl('sources', 'example.org').startswith(
        'example.org, 30 days to 2025-03-09\n')
    assert ctl('sources', 'news.example.org').startswith(
        'news.example.org, 30 days to 2025-03-08\n')
    out = ctl('summary', 'example.net', '--day=2025-03-20')
    assert 'Reports exist from 2025-03-07 to 2025-03-07' in out


def test_a_page_folds_them_too(ctl):
    page = ctl.page('--since=2025-03-01', '--until=2025-03-10')
    check_form(page, ctl.html)
    rows = {row['Domain']: number(row['Messages'])
            for row in page.sections['verdict'].table}
    assert rows == {row['domain']: row['messages']
                    for row in ctl.json('summary')}
    page = ctl.page('--since=2025-03-01', '--until=2025-03-10', 'example.org')
    check_form(page, ctl.html)
    assert '%d messages' % messages(*ORG) in ctl.html
    assert {'news.example.org', 'a.b.example.org'} == {
        next(iter(row.values())) for row in page.sections['subdomains'].table}
