# SPDX-License-Identifier: BSD-2-Clause
"""The pages of ruad-web: each figure is that of ruactl, each link leads
somewhere, and their form is right."""

import json
import os
import re
import shlex

import pytest

from ctl import Ctl, mail
from test_questions import tlsrpt
from test_ruactl import UNSAFE
from webpage import ANCHORS, year
from webserver import Page, Web, crawl, follow, kind_of

DAYS, DOMAINS, REPORTERS = 40, 3, 7


def needs_web(build):
    if not os.path.exists(os.path.join(build, 'ruad-web')):
        pytest.skip('ruad-web is not built: libmicrohttpd is missing')


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('web'))
    year.make(build, str(one.directory / 'db'), DOMAINS, REPORTERS, DAYS)
    one.put('tls.json', tlsrpt('google.com', -30, [(
        'example.org', 'sts', 90, [('certificate-expired', 'mx.example.org',
                                    3)])]))
    one.put('broken.eml', mail(b'<feedback><report'))
    one('import', 'tls.json')
    one('import', 'broken.eml', code=65)
    return one


@pytest.fixture(scope='module')
def web(build, ctl):
    one = Web(build, ctl.directory, ctl.database, '-v', '--show-failures')
    yield one
    one.stop()


# The heads of tables, and what programs call the same.
NAMES = {
    'domain': 'domain', 'policy': 'policy', 'messages': 'messages',
    'compliant': 'pass_pct', 'pass': 'pass_pct', 'failing': 'fail',
    'reports': 'reports', 'reporters': 'reporters', 'last day': 'last_date',
    'first day': 'first_date', 'who': 'who', 'addresses': 'addresses',
    'ip': 'ip', 'reporter': 'org_name', 'domains': 'domains',
    'silent': 'days_silent', 'id': 'id', 'date': 'date', 'records': 'records',
    'report id': 'external_id', 'lost': 'lost', 'suffers': 'suffers',
    'stopped': 'stopped', 'unknown': 'unknown', 'dkim': 'dkim', 'spf': 'spf',
    'disposition': 'disposition', 'header from': 'header_from', 'ok': 'ok',
    'failed': 'failed', 'good': 'ok_pct', 'country': 'country',
    'class': 'class', 'kind': 'kind'}


def shown(value):
    """A value of JSON as tables have it."""
    if value is None or value == '':
        return '-'
    return '{:,}'.format(value) if isinstance(value, int) else str(value)


def is_same(name, cell, value):
    if name.endswith('_pct') and value is not None:
        # Rounded down, so that only all of it is 100 %.
        return cell in ('%.1f%%' % (int(value * 10) / 10),
                        '%.1f%%' % value, 'under 0.1%')
    return cell == (str(value) if name == 'id' else shown(value))


def lists_of(answer):
    if isinstance(answer, list):
        return [answer]
    return [rows for rows in answer.values() if isinstance(rows, list)]


def compare(page, answer):
    """The rows of every table are rows of the answer; how many cells."""
    cells = 0
    lists = [rows for rows in lists_of(answer) if rows]
    for table in page.tables:
        names = [(i, NAMES[head]) for i, head in enumerate(table.heads)
                 if head in NAMES]
        rows = next((rows for rows in lists if names and all(
            name in rows[0] for _, name in names)), None)
        if rows is None:
            continue
        for row in table.rows:
            assert any(all(is_same(name, row[i], one[name])
                           for i, name in names) for one in rows), (
                               table.caption, row)
            cells += len(names)
    return cells


def with_format(target, form):
    return target + ('&' if '?' in target else '?') + 'format=' + form


def test_every_page_says_what_ruactl_says(ctl, web):
    """The rows for programs are the same to the byte as those of the command
    that the page names; those for people have the same figures."""
    kinds, cells, commands = set(), 0, set()
    for target, page in crawl(web):
        kind = kind_of(target)
        kinds.add(kind)
        args = shlex.split(page.command)
        assert args.pop(0) == 'ruactl'
        if args[:1] == ['report']:
            args = ['sources' if args[3:4] and args[3][0] != '-' else
                    'summary', *args[3:]]
        reply = web.ask(with_format(target, 'json'))
        if 'dns' in args or 'Nothing came from' in page.words:
            assert reply.status == 404
            continue
        assert reply.status == 200, (target, reply.text)
        if not {'result=', 'find=', 'sort='} & set(
                re.findall(r'\w+=', target)):
            said = ctl('--format=json', *args)
            assert reply.text == said, (target, args)
            assert web.get(with_format(target, 'csv')).body.decode() == \
                ctl('--format=csv', *args).replace('\n', '\r\n').replace(
                    '\r\r\n', '\r\n')
            commands.add(args[0])
        answer = json.loads(reply.text)
        if kind not in ('/d/X', '/all'):
            cells += compare(page, answer)
    assert {'summary', 'sources', 'reports', 'reporters', 'ready', 'tls',
            'status', 'failures', 'show'} <= commands
    assert cells > 2000
    assert kinds == {
        '/', '/all', '/d/X', '/d/X/senders', '/d/X/sender', '/d/X/dns',
        '/d/X/failures', '/reports', '/reporters', '/ready', '/tls',
        '/unreadable', '/collection', '/r/X/X/X', '/a/X'}


def test_a_day_has_its_senders_and_reports(ctl, web):
    target = '/d/example.org/day/2025-02-03'
    page = web.page(target)
    assert page.command == 'ruactl sources example.org --day=2025-02-03'
    answer = ctl.json('sources', 'example.org', '--day=2025-02-03')
    assert json.loads(web.get(with_format(target, 'json')).text) == answer
    senders, reports = page.tables
    assert len(senders.rows) == len(answer) > 3
    assert {row[senders.heads.index('who')] for row in senders.rows} == {
        row['who'] for row in answer}
    listed = ctl.json('reports', 'example.org', '--day=2025-02-03')
    assert [row[0] for row in reports.rows] == [
        str(row['id']) for row in listed]


def test_senders_are_filtered_searched_and_sorted(ctl, web):
    base = '/d/example.org/senders?'
    all_of = ctl.json('sources', 'example.org')

    def who(query):
        table = web.page(base + query).tables[0]
        return [row[table.heads.index('who')] for row in table.rows]
    assert who('') == [row['who'] for row in all_of][:100]
    for only in 'failing', 'unknown', 'new':
        rows = ctl.json('sources', 'example.org', '--' + only)
        page = web.page(base + 'only=' + only)
        assert ('--' + only) in page.command
        assert len(page.tables[0].rows if page.tables else []) == min(
            100, len(rows))
    assert who('sort=name') == sorted(
        (row['who'] for row in all_of), key=str.lower)[:100]
    most = sorted(all_of, key=lambda row: -row['messages'])[0]
    assert who('sort=messages')[0] == most['who']
    worst = sorted(all_of, key=lambda row: -row['fail'])[0]
    assert who('sort=failing')[0] == worst['who']
    assert set(who('find=NEWSLETTER')) == {
        row['who'] for row in all_of if 'newsletter' in row['who'].lower()}
    some = ctl.json('sources', 'example.org', 'Newsletter Inc.')
    assert who('find=' + some[0]['ip']) == ['Newsletter Inc.']
    assert 'None of them' in web.page(base + 'find=nothing-like-it').words


def test_pages_of_rows_have_each_row_once(ctl, web):
    rows, target = [], '/reports?since=2025-01-01'
    while target:
        page = web.page(target)
        rows += [row[0] for row in page.tables[0].rows]
        target = next((follow(target, href) for href in page.hrefs if re.search(
            r'[?&]from=%d' % len(rows), href) and 'format=' not in href), None)
    said = ctl.json('reports', '--since=2025-01-01', '-n', '100000')
    assert rows == [str(row['id']) for row in said]
    assert len(rows) > 300


def test_reports_are_found_by_reporter_id_and_result(ctl, web):
    one = ctl.json('reports')[7]

    def ids(query):
        page = web.page('/reports?since=2025-01-01&' + query)
        return {row[0] for row in page.tables[0].rows} if page.tables else set()
    assert ids('id=' + one['external_id']) == {str(one['id'])}
    assert ids('id=nope') == set()
    rows = ctl.json('reports', '--since=2025-01-01', '-n', '100000')
    good = {str(row['id']) for row in rows if row['pass_pct'] == 100}
    assert ids('result=pass') <= good
    assert not ids('result=fail') & good
    of_one = [row for row in rows if row['org_name'] == 'Yahoo']
    assert ids('reporter=yahoo') == {
        str(row['id']) for row in of_one[:100]}
    assert web.ask('/reports?reporter=nobody').status == 404


def test_a_report_shows_failing_records_first(ctl, web):
    target = next(follow('/reports', href)
                  for href in web.page('/reports').hrefs if '/r/' in href)
    table = web.page(target).tables[-1]
    results = [row[table.heads.index('dkim')] + row[table.heads.index('spf')]
               for row in table.rows]
    failing = [one == 'failfail' for one in results]
    assert failing == sorted(failing, reverse=True)
    only = web.page(target + '?result=fail')
    assert len(only.tables[-1].rows if only.tables else []) == sum(failing)
    parts = target.split('/')
    for wrong in ('/r/example.com/%s/%s' % (parts[3], parts[4]),
                  target[:-1] + ('0' if target[-1] != '0' else '1')):
        assert web.ask(wrong).status == 404


def test_without_reports_a_page_says_so(web):
    for target in ('/?since=2019-01-01&until=2019-01-02', '/d/nix.example',
                   '/d/nix.example/senders', '/reports?domain=nix.example',
                   '/ready?domain=nix.example', '/tls?domain=nix.example',
                   '/d/nix.example/failures', '/a/203.0.113.250',
                   '/d/nix.example/dns', '/reporters?until=2019-01-01'):
        page = web.page(target)
        assert re.search(r'[Nn]o (DMARC )?reports|[Nn]one|[Nn]othing|No TLS|'
                         'No report', page.words), target
    for who in 'x', '203.0.113.250':
        target = '/d/example.org/sender?who=' + who
        assert 'Nothing came from ' + who in web.page(target).words
        assert web.ask(with_format(target, 'json')).status == 404
    assert web.ask('/d/example.org/sender').status == 404


def test_failure_reports_are_shown_only_if_allowed(build, ctl, tmp_path):
    one = Web(build, tmp_path, ctl.database)
    try:
        page = one.page('/d/example.org/failures')
        assert 'not shown here' in page.words
        answer = json.loads(one.get(
            '/d/example.org/failures?format=json').text)
        assert answer['failing'] and 'failures' not in answer
    finally:
        one.stop()


# --- form -------------------------------------------------------------------

def check_landmarks(target, page):
    """All that is read is in a landmark, whose name tells it from others; axe
    says it at length: "make check-axe"."""
    names = {'form': [], 'nav': [], 'section': []}
    for tag, attributes in page.elements:
        if tag in names:
            names[tag].append(attributes[
                'aria-labelledby' if tag == 'section' else 'aria-label'])
        if attributes.get('role') == 'region':
            assert attributes['aria-label'].startswith('Table: ')
    for tag, all_of in names.items():
        assert len(all_of) == len(set(all_of)), (target, tag, all_of)
    assert page.outside in ([], ['To the page']), (target, page.outside)


def check_form(target, text):
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    for tag in 'main', 'h1', 'header', 'style', 'head':
        assert tags.count(tag) == 1, (target, tag)
    assert not {'script', 'link', 'img', 'iframe', 'object', 'embed', 'base',
                'foreignobject', 'use', 'animate'} & set(tags)
    ids = [a['id'] for _, a in page.elements if 'id' in a]
    assert len(ids) == len(set(ids)), target
    labels = 0
    for tag, attributes in page.elements:
        assert not any(name.startswith('on') or name in (
            'style', 'src', 'srcset', 'ping', 'formaction')
            for name in attributes), (target, tag)
        for name in attributes.get('aria-labelledby', '').split():
            assert name in ids
        if attributes.get('href', '').startswith('#'):
            assert attributes['href'][1:] in ids, (target, attributes)
        if tag == 'th':
            assert attributes['scope'] in ('row', 'col')
        assert attributes.get('text-anchor') in ANCHORS
        labels += tag == 'label'
        labels -= tag in ('input', 'select') and \
            attributes.get('type') != 'hidden'
    assert labels == 0, target
    check_landmarks(target, page)
    style = re.search('<style>(.*?)</style>', text, re.S)[1]
    rest = text.replace(style, '')
    assert '://' not in rest
    assert not UNSAFE.search(rest.replace('\t', ''))
    assert not re.search(r'%[sdlf]\b|\(null\)|\bnan\b',
                         rest.replace('%n%s', '')), target
    return page


def test_the_form_of_each_page_is_right(web):
    seen = 0
    for target, _ in crawl(web, each=4):
        check_form(target, web.get(target).text)
        seen += 1
    assert seen > 40
    check_form('/nope', web.get('/nope', 404).text)
