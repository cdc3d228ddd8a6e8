# SPDX-License-Identifier: BSD-2-Clause
"""The pages of ruad-web: each figure is that of ruactl, each link leads
somewhere, and their form is right."""

import json
import os
import re
import shlex

import pytest

from browser import PROGRAM, Browser
from ctl import PASS, Ctl, mail, report
from dovecot import free_ports
from longform import SHORT, some
from patience import wait_until
from test_questions import tlsrpt
from test_report_form import WIDE_TABLES
from test_ruactl import UNSAFE
from webpage import ANCHORS, number, year
from webserver import Page, Web, crawl, follow, kind_of

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden')
DAYS, DOMAINS, REPORTERS = 365, 2, 3


def needs_web(build):
    if not os.path.exists(os.path.join(build, 'ruad-web')):
        pytest.skip('ruad-web is not built: libmicrohttpd is missing')


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('web'))
    year.make(build, str(one.directory / 'db'), DOMAINS, REPORTERS, DAYS)
    one.put('tls.json', tlsrpt('google.com', 290, [(
        'example.org', 'sts', 90, [('certificate-expired', 'mx.example.org',
                                    3)])]))
    one.put('broken.eml', mail(b'<feedback><report'))
    one('import', 'tls.json')
    one('import', os.path.join(GOLDEN, 'f-2-base64-in-mixed.eml'))
    one('import', 'broken.eml', code=65)
    return one


@pytest.fixture(scope='module')
def web(build, ctl):
    one = Web(build, ctl.directory, ctl.database, '-v', '--show-failures')
    yield one
    one.stop()


FILTERED = [
    '/d/example.org/senders?' + words for words in (
        'only=unknown', 'only=new', 'only=failing&sort=name', 'class=hostile',
        'class=unknown&by=network', 'class=known', 'by=address&sort=last',
        'find=NEWSLETTER', 'find=198.19.10.&by=address', 'from=100',
        'sort=messages&class=forwarded')] + [
    '/d/example.org/day/2025-12-01?class=compliant&sort=failing',
    '/reports?result=fail', '/reports?result=pass&domain=example.org',
    '/reports?reporter=enterprise%20outlook&since=2025-01-01',
    '/reporters?domain=example.org', '/?domain=example.org',
    '/ready?domain=example.org', '/tls?domain=example.org']


@pytest.fixture(scope='module')
def pages(web):
    """What links lead to from the first page, and pages with filters."""
    found = dict(crawl(web, each=5))
    found.update((target, web.page(target)) for target in FILTERED)
    report = next(target for target in found if target.startswith('/r/'))
    found.update((report + '?result=' + word, web.page(
        report + '?result=' + word)) for word in ('fail', 'pass'))
    return found


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
    'failed': 'failed', 'good': 'ok_pct', 'country': 'country', 'mx': 'mx',
    'class': 'class', 'kind': 'kind', 'result': 'result', 'files': 'files',
    'reason': 'reason', 'in spf': 'in_spf'}

# Tables, and where the answer has their rows; those of panels are elsewhere.
ROWS = {
    'Domains': None, 'Senders': None, 'Reports': None, 'Reporters': None,
    'Addresses': None, 'Domains it sent as': None,
    'What p=reject would stop': None, 'Records': 'records',
    'Connections by policy': 'policies', 'What failed': 'failures',
    'Who failed, by reporter': 'failing', 'Failure reports': 'failures',
    'Imported files': 'imported', 'Messages that could not be read': 'failed'}
HISTORY = {'Messages by day', 'Messages by time',
           'Reporters that saw it, most messages first'}


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


def compare(target, table, rows):
    """The rows of a table are those of an answer, from the first one that is
    asked for, one by one; how many cells."""
    start = int((re.search(r'from=(\d+)', target) or [0, 0])[1])
    names = [(i, NAMES[head.lower()]) for i, head in enumerate(table.heads)
             if NAMES.get(head.lower()) in rows[0]]
    assert names, (target, table.heads)
    assert len(table.rows) == min(100, len(rows) - start), (
        target, table.caption)
    for row, one in zip(table.rows, rows[start:]):
        for i, name in names:
            assert is_same(name, row[i], one[name]), (
                target, table.caption, table.heads[i], row[i], one[name])
    return len(names) * len(table.rows)


def with_format(target, form):
    return target + ('&' if '?' in target else '?') + 'format=' + form


def compare_tables(ctl, target, page, answer):
    cells = 0
    for table in page.tables:
        if table.caption in HISTORY:
            continue
        key = ROWS[table.caption]
        rows = answer if key is None else answer[key]
        if kind_of(target) == '/d/X/day/X' and table.caption == 'Reports':
            rows = ctl.json('reports', target.split('/')[2], '-n', '1000',
                            '--day=' + target.split('/')[4][:10])
        cells += compare(target, table, rows)
    return cells


def rows_of(page):
    """What ruactl is to be asked for the rows of a page."""
    words = shlex.split(page.command)
    assert words.pop(0) == 'ruactl'
    if words[0] != 'report':
        return words
    rest = words[3:]
    is_one = '--' in rest or (rest and rest[0][0] != '-')
    return ['sources' if is_one else 'summary', *rest]


def test_every_page_says_what_ruactl_says(ctl, web, pages):
    """The rows for programs are the same to the byte as those of the command
    that the page names; those for people have the same figures."""
    cells, commands = 0, set()
    first = {kind_of(target): target for target in reversed(pages)}
    for target in dict.fromkeys([*first.values(), *some(pages, 12)]):
        page, kind = pages[target], kind_of(target)
        args = rows_of(page)
        reply = web.ask(with_format(target, 'json'))
        if kind == '/d/X/dns' or 'Nothing came from' in page.words:
            assert reply.status == 404, target
            continue
        assert reply.status == 200, (target, reply.text)
        assert reply.text == ctl('--format=json', *args), (target, args)
        assert web.get(with_format(target, 'csv')).body.decode() == \
            ctl('--format=csv', *args).replace('\n', '\r\n').replace(
                '\r\r\n', '\r\n')
        commands.add(args[0])
        if kind not in ('/d/X', '/all'):
            cells += compare_tables(ctl, target, page, json.loads(reply.text))
    assert {'summary', 'sources', 'reports', 'reporters', 'ready', 'tls',
            'status', 'failures', 'show', 'why'} <= commands | {'why'}
    assert cells > (1000 if SHORT else 3000)
    assert {kind_of(target) for target in pages} == {
        '/', '/all', '/d/X', '/d/X/senders', '/d/X/sender', '/d/X/dns',
        '/d/X/failures', '/d/X/day/X', '/reports', '/reporters', '/ready',
        '/tls', '/unreadable', '/collection', '/r/X/X/X', '/a/X'}


def table_of(page, caption):
    return next(table for table in page.tables if table.caption == caption)


def test_the_history_of_a_sender_is_that_of_its_days(ctl, web):
    """Its chart and its reporters, by what is said of single days, and by who
    reports what failed."""
    days = '--since=2025-11-01', '--until=2025-11-30'
    who = 'alumni forwarding'
    page = web.page('/d/example.org/sender?who=alumni%20forwarding'
                    '&since=2025-11-01'
                    '&until=2025-11-30')
    one, = [row for row in ctl.json('sources', 'example.org', *days)
            if row['who'] == who]
    daily = table_of(page, 'Messages by day')
    assert len(daily.rows) == 30
    assert sum(number(row[1]) for row in daily.rows) == one['messages']
    assert sum(number(row[5]) for row in daily.rows) == one['fail'] > 0
    for row in daily.rows[::10]:
        there, = [item for item in ctl.json(
            'sources', 'example.org', '--day=' + row[0])
                  if item['who'] == who]
        assert number(row[1]) == there['messages']
        assert number(row[5]) == there['fail']
        assert '/d/example.org/day/' + row[0] in [
            follow('/d/example.org/sender', href) for href in page.hrefs]
    failing = {}
    for row in ctl.json('failures', 'example.org', *days)['failing']:
        if row['who'] == who:
            failing[row['org_name']] = \
                failing.get(row['org_name'], 0) + row['messages']
    reporters = table_of(page, 'Reporters that saw it, most messages first')
    assert {row[0]: number(row[3]) for row in reporters.rows
            if row[3] != '0'} == failing
    assert sum(number(row[1]) for row in reporters.rows) == one['messages']
    # An address has what it sent as all domains.
    address = ctl.json('198.18.0.10', *days)
    page = web.page('/a/198.18.0.10?since=2025-11-01&until=2025-11-30')
    assert sum(number(row[1]) for row in table_of(
        page, 'Messages by day').rows) == sum(
            row['messages'] for row in address) > 0


def test_panels_lead_to_what_they_name(ctl, web, pages):
    """Senders, addresses, domains, reporters, days and classes of a domain's
    page, and the figures behind these links are those of the page."""
    target = '/d/example.org?since=2025-11-01&until=2025-11-30'
    page = web.page(target)
    links = {follow(target, href) for href in page.hrefs
             if not href.startswith('#')}
    days = 'since=2025-11-01&until=2025-11-30'
    for link in ('/d/example.org/senders?%s&class=unknown' % days,
                 '/d/example.org/sender?%s&who=our%%20servers' % days,
                 '/reports?%s&domain=example.org&reporter=google.com' % days,
                 '/d/example.org/failures?' + days,
                 '/d/example.org/day/2025-11-15',
                 '/tls?since=2025-11-15&until=2025-11-15&domain=example.org'):
        assert link in links, link
    assert any(link.startswith('/a/198.18.') for link in links)
    failing = table_of(page, 'Senders with failing mail')
    rows = ctl.json('sources', 'example.org', '--failing', '--since=2025-11-01',
                    '--until=2025-11-30')
    shown_rows = [row for row in failing.rows if len(row) > 2]
    assert len(shown_rows) == min(20, len(rows)) > 5
    for row, one in zip(shown_rows, rows):
        assert row[0].startswith(one['who'])
        assert (number(row[2]), number(row[3])) == (
            one['fail'], one['messages'])
    # Weeks lead to their days, and a day to those beside it.
    year_of = web.page('/d/example.org?since=2025-01-01&until=2025-12-31')
    assert any('since=2025-05-' in href and 'until=2025-05-' in href
               for href in year_of.hrefs)
    day = '/d/example.org/day/2025-11-15'
    assert {'/d/example.org/day/2025-11-14', '/d/example.org/day/2025-11-16'
            } <= {follow(day, href) for href in web.page(day).hrefs}
    assert not [href for one in pages.values() for href in one.hrefs
                if href == '']


def test_a_day_has_its_senders_and_reports(ctl, web):
    target = '/d/example.org/day/2025-12-03'
    page = web.page(target)
    assert page.command == 'ruactl sources example.org --day=2025-12-03'
    answer = ctl.json('sources', 'example.org', '--day=2025-12-03')
    assert json.loads(web.get(with_format(target, 'json')).text) == answer
    senders, reports = page.tables
    assert len(senders.rows) == len(answer) > 3
    assert {row[senders.heads.index('Who')] for row in senders.rows} == {
        row['who'] for row in answer}
    listed = ctl.json('reports', 'example.org', '--day=2025-12-03')
    assert [row[0] for row in reports.rows] == [
        str(row['id']) for row in listed]


def test_senders_are_filtered_searched_and_sorted(ctl, web):
    base = '/d/example.org/senders?'
    all_of = ctl.json('sources', 'example.org')

    def who(query):
        table = web.page(base + query).tables[0]
        return [row[table.heads.index('Who')] for row in table.rows]
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


def test_pages_of_reports_have_each_one_once_while_others_come(
        build, ctl, tmp_path):
    said = [row['id'] for row in ctl.json(
        'reports', '--since=2025-01-01', '--until=2025-02-28', '-n', '1000')]
    assert 300 < len(said) < 1000
    new = Ctl(build, tmp_path)
    os.mkdir(os.path.dirname(new.database))
    ctl('backup', new.database)
    web, rows, target = Web(build, tmp_path, new.database), [], '/reports?' \
        'since=2025-01-01&until=2025-02-28'
    try:
        for n in range(len(said)):
            page = web.page(target)
            rows += [int(row[0]) for row in page.tables[0].rows]
            answer = json.loads(web.get(with_format(target, 'json')).text)
            assert [row['id'] for row in answer if row['id'] in said] == [
                row for row in rows if row in said]
            if n < 3:       # of the first day, of the last, and between
                new.put('%d.xml' % n, report(ident='n%d' % n, day=(
                    -65, -7, -40)[n]))
                new('import', '%d.xml' % n)
            href = [href for href in page.hrefs
                    if 'before=' in href and 'format=' not in href]
            if not href:
                break
            target = follow(target, href[0])
    finally:
        web.stop()
    assert n > 2
    assert [row for row in rows if row in set(said)] == said
    assert len(set(rows)) == len(rows) > len(said)


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
    of_one = [row for row in rows if row['org_name'] == 'Enterprise Outlook']
    assert ids('reporter=enterprise%20outlook') == {
        str(row['id']) for row in of_one[:100]}
    assert web.ask('/reports?reporter=nobody').status == 404


def test_a_report_shows_failing_records_first(ctl, web):
    target = next(follow('/reports', href)
                  for href in web.page('/reports').hrefs if '/r/' in href)
    table = web.page(target).tables[-1]
    results = [row[table.heads.index('DKIM')] + row[table.heads.index('SPF')]
               for row in table.rows]
    failing = [one == 'failfail' for one in results]
    assert failing == sorted(failing, reverse=True)
    only = web.page(target + '?result=fail')
    assert len(only.tables[-1].rows if only.tables else []) == sum(failing)
    parts = target.split('/')
    for wrong in ('/r/nix.example/%s/%s' % (parts[3], parts[4]),
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
    assert 'ruad-quickstart(7)' not in web.page(
        '/?since=2019-01-01&until=2019-01-02').words
    # A button alone would choose nothing.
    tags = [tag for tag, _ in web.page('/d/nix.example').elements]
    assert not {'form', 'button'} & set(tags)


def test_an_error_speaks_of_the_page_not_of_the_command_line(web):
    for query, said in (
            ('since=x', 'since takes days, as 30d, or a date'),
            ('since=--x', 'not "--x"'), ('until=x', 'until takes a date'),
            ('since=2026-02-02&until=2026-01-01', 'since is later than until'),
            ('result=x', 'result takes fail or pass, not "x"'),
            ('format=xml', 'format takes html, csv or json, not "xml"')):
        words = Page(web.get('/reports?' + query, 400).text).words
        assert said in words, words
        assert not re.search('--(since|until)', words), words
    assert 'There is no such page.' in Page(web.get('/nope', 404).text).words


def test_failure_reports_are_shown_only_if_allowed(
        build, ctl, web, tmp_path):
    one = Web(build, tmp_path, ctl.database)
    try:
        page = one.page('/d/example.org/failures')
        assert 'not shown here' in page.words
        answer = json.loads(one.get(
            '/d/example.org/failures?format=json').text)
        assert answer['failing'] and 'failures' not in answer
        target = '/d/example.org?since=2026-11-20&until=2026-11-22'
        for page, is_shown in ((one.page(target), False),
                               (web.page(target), True)):
            assert ('Grüße' in page.words) == is_shown
        assert 'not shown here' in one.page('/d/example.org').words
    finally:
        one.stop()


def kilobytes(pid, name):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return int(re.search(name + r':\s+(\d+)', f.read())[1])


def test_more_rows_than_a_worker_holds_are_refused(build, tmp_path):
    """Not cut, which nobody would see; and the pages are as they were."""
    needs_web(build)
    ctl = Ctl(build, tmp_path)
    domain = '.'.join(['x' * 60] * 4)
    ctl.put('big.xml', report(domain=domain, rows=[
        ('2001:db8::%x' % n, 1, PASS) for n in range(8000)]))
    ctl('import', 'big.xml')
    web = Web(build, tmp_path, ctl.database)
    try:
        target = next(follow('/reports', href)
                      for href in web.page('/reports').hrefs if '/r/' in href)
        reply = web.ask(with_format(target, 'json'))
        assert reply.status == 400
        assert 'more than 8 MB' in reply.text and 'ruactl show 1' in reply.text
        assert len(web.page(target).tables[0].rows) == 100
        assert json.loads(ctl('--format=json', 'show', '1'))['records'][7999]
        for pid in web.workers():
            assert kilobytes(pid, 'VmHWM') < 48 * 1024
    finally:
        web.stop()


def test_the_memory_of_a_page_is_given_back_when_it_is_quiet(build, tmp_path):
    """It is kept for the next page before."""
    needs_web(build)
    ctl = Ctl(build, tmp_path)
    ctl.put('big.xml', report(rows=[
        ('2001:db8::%x' % n, 1, PASS) for n in range(8000)]))
    ctl('import', 'big.xml')
    web = Web(build, tmp_path, ctl.database, '--workers=1')
    try:
        wait_until(web.children)
        pid = web.children()[0]
        web.page('/d/example.org/senders?by=address')
        peak = kilobytes(pid, 'VmHWM')
        wait_until(lambda: peak - kilobytes(pid, 'VmRSS') > 3000)
    finally:
        web.stop()


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
    assert page.outside in ([], ['Skip to content']), (target, page.outside)


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
    for cell in re.findall(r'<t[hd][^>]* class="n[ "].*?</t[hd]>', text):
        assert '<wbr>' not in cell, (target, cell)
    style = re.search('<style>(.*?)</style>', text, re.S)[1]
    rest = text.replace(style, '')
    assert '://' not in rest
    assert not UNSAFE.search(rest.replace('\t', ''))
    assert not re.search(r'%[sdlf]\b|\(null\)|\bnan\b',
                         rest.replace('%n%s', '')), target
    return page


def test_the_form_of_each_page_is_right(web, pages):
    for target, page in pages.items():
        check_form(target, page.source)
    assert len(pages) > 60
    check_form('/nope', web.get('/nope', 404).text)


# Labels of charts that are one on the other.
LABELS = '''[...document.querySelectorAll(".plot > svg")].flatMap(one => {
    const all = [...one.querySelectorAll("text")].map(
        e => [e.textContent, e.getBoundingClientRect()]).filter(
        ([, r]) => r.width > 0).sort(([, a], [, b]) => a.left - b.left);
    return all.filter(([, r], i) => i > 0 && r.top == all[i - 1][1].top &&
                      r.left < all[i - 1][1].right + 2).map(([t]) => t);
})'''


def test_on_a_telephone_nothing_is_cut_or_covered(build, ctl, tmp_path):
    """The tables that lists are, and the labels of charts, of long times as
    well."""
    if not os.path.exists(PROGRAM):
        pytest.skip('there is no ' + PROGRAM)
    web = Web(build, tmp_path, ctl.database, '--show-failures',
              listen='127.0.0.1:%d' % free_ports())
    browser = Browser()
    sender = '/d/example.org/sender?who=our%20servers'
    try:
        browser.look(360)
        for target in some((
                '/', '/all', '/reports', '/reporters', '/ready', '/tls',
                '/unreadable', '/collection', '/d/example.org/senders',
                '/d/example.org/failures', '/a/198.18.0.10', sender), 2):
            browser.go('http://' + web.listen + target)
            assert browser.evaluate(
                'document.documentElement.scrollWidth') == 360, target
            assert browser.evaluate(WIDE_TABLES) == [], target
        for days in some((7, 30, 90, 365, 400, 600, 1000), 3):
            browser.go('http://%s%s&since=%dd' % (web.listen, sender, days))
            for width in 360, 736, 1280:
                browser.look(width)
                assert browser.evaluate(LABELS) == [], (days, width)
    finally:
        browser.close()
        web.stop()
