# SPDX-License-Identifier: BSD-2-Clause
"""Hostile text in every place that a stranger can fill, on every page and in
every table of ruad-web: nothing of it does anything, or hides what it is, and
each link leads to what it names."""

import csv
import html
import io
import json
import os
import re
from urllib.parse import quote

import pytest

import test_inert
from browser import PROGRAM, Browser
from ctl import Ctl
from dovecot import free_ports
from longform import some
from test_inert import UNSAFE, no_formula
from test_web import check_form, needs_web, rows_of, with_format
from webserver import Page, Web, crawl, follow, kind_of

EVIL = [*test_inert.EVIL.values(), '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)", '</title><script>alert(1)</script>',
        '</style><style>*{display:none}', '<!--', ']]>', '&lt;b&gt;', '&#0;',
        'javascript:alert(1)', '//evil.example/x', '../../x', '..', '.', 'a/b',
        'a/../b', '%2e%2e%2f', '%', '%zz', '#x', 'a?b=c&d=e', 'a b+c', '\\x',
        'a:b', '\u4e2d\u6587', 'e\u0301', 'xn--bcher-kva.example', '-rf',
        'x' * 600, '\u4e2d' * 300, '&' * 2000, '<b>' * 33000]


def xml(e, i):
    """A report with it everywhere; every other time, and if it looks like an
    option, in its domain, too."""
    text = test_inert.aggregate(e)
    if i % 2 or e[0] == '-':
        domain = test_inert.escape(e, {'"': '&quot;'}).encode()
        text = text.replace(b'<domain>example.org</domain><adkim>',
                            b'<domain>%s</domain><adkim>' % domain)
    return text.replace(b'192.0.2.1<', b'192.0.2.%d<' % (i + 1))


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('web-inert'))
    for i, e in enumerate(EVIL):
        one.put('in/%02d.xml' % i, xml(e, i))
        one.put('in/%02d.json' % i, test_inert.tls(e).replace(
            b'"example.org"', json.dumps(e).encode() if i % 2 else
            b'"example.org"'))
        one.put('in/%02df.eml' % i, test_inert.failure(e))
        one.put('in/%02do.eml' % i, test_inert.other(e))
        # Bytes that are no UTF-8, and a NUL, where a header has them.
        one.put('in/%02db.eml' % i, test_inert.failure('@').replace(
            b'@', b'\xff\xc0\x80\0' + e[:40].encode()))
    one('import', 'in', code=65)
    for i, e in enumerate(EVIL):
        if len(e) < 200 and e.isprintable():
            one('sender', 'add', '--', e, 'service', '192.0.2.%d' % (i + 1))
    assert one.query('SELECT count(*) FROM report')[0][0] > len(EVIL) - 5
    return one


@pytest.fixture(scope='module')
def web(build, ctl):
    one = Web(build, ctl.directory, ctl.database, '--show-failures',
              listen='127.0.0.1:%d' % free_ports())
    yield one
    one.stop()
    assert 'killed' not in one.log.read_text()


def links(text):
    """(where to, what is read there) of cells of tables"""
    for href, words in re.findall(
            r'<t[hd][^>]*><a href="([^"]*)">(.*?)</a>', text, re.S):
        yield html.unescape(href), html.unescape(re.sub('<[^>]*>', '', words))


def names_its_page(target):
    return re.match(r'/(d/[^/?]*(\?|$)|d/[^/]*/sender\?|a/)', target)


@pytest.fixture(scope='module')
def pages(web):
    return {target: page.source for target, page in crawl(
        web, '/?since=1000d', most=150, each=7)}


def test_nothing_a_stranger_wrote_does_anything(pages):
    assert len(pages) > 50 and len({kind_of(one) for one in pages}) >= 14
    for target, text in pages.items():
        page = check_form(target, text.replace('%n%s%d', ''))
        assert not any('onerror' in a or 'onmouseover' in a
                       for _, a in page.elements)
    words = ' '.join(pages.values())
    for e in '<img src=x onerror=alert(1)>', '</title><script>', '&lt;b':
        assert html.escape(e, quote=False) in words, e
    assert '\\u{202e}' in words and '\\u{009b}' in words


def test_rows_are_those_of_ruactl_and_no_formulas(ctl, web, pages):
    """CSV and JSON of each page, and that the command which it names says the
    same, whatever is in it: nothing of it is taken for an option."""
    seen = set()
    for target in [*pages, *(
            one + 'since=1000d' for one in (
                '/d/-rf?', '/d/-rf/senders?only=failing&sort=name&find=-rf&',
                '/d/-rf/sender?who=-rf&', '/d/-rf/failures?reporter=-rf&',
                '/d/-rf/sender?who=192.0.2.43&', '/reports?domain=-rf&id=-rf&',
                '/d/example.org/sender?who=-rf&', '/tls?domain=-rf&',
                '/d/-rf/sender?by=network&who=192.0.2.0/24&'))]:
        page = Page(pages[target]) if target in pages else web.page(target)
        for form in 'csv', 'json':
            reply = web.ask(with_format(target, form))
            assert reply.status in (200, 404), target
            if reply.status == 404:
                continue
            seen.add(kind_of(target))
            assert reply.headers['content-type'].startswith(
                'text/csv' if form == 'csv' else 'application/json')
            assert reply.headers['x-content-type-options'] == 'nosniff'
            assert not UNSAFE.search(reply.text.replace('\r\n', '\n'))
            if form == 'json':
                json.loads(reply.text)
                assert reply.text == ctl('--format=json', *rows_of(page))
            else:
                no_formula(reply.text)
                list(csv.reader(io.StringIO(reply.text, newline=''),
                                strict=True))
    assert len(seen) >= 12


def test_each_link_leads_to_what_it_names(web, pages):
    """What is written into a URL is read out of it again."""
    seen = {}
    for target, text in pages.items():
        for href, words in links(text):
            to = follow(target, href)
            if names_its_page(to) and 'format=' not in to:
                seen.setdefault(to, words)
    # Those of the reports that it wrote are the ones that are not plain.
    last = sorted(seen, key=lambda to: (to.count('%'), to))[-40:]
    assert len(last) == 40
    for to in last:
        titles = (Page(pages[to]) if to in pages else web.page(to)).titles
        assert seen[to] == titles[0], (to, seen[to], titles)


def test_a_browser_is_not_moved_by_it(web, pages):
    if not os.path.exists(PROGRAM):
        pytest.skip('there is no ' + PROGRAM)
    browser = Browser()
    try:
        for kind in some((
                '/', '/d/X', '/d/X/senders', '/d/X/sender', '/reports',
                '/r/X/X/X', '/tls', '/d/X/failures', '/unreadable'), 3):
            target = max((one for one in pages if kind_of(one) == kind),
                         key=lambda one: pages[one].count('alert(1)'))
            url = 'http://' + web.listen + target
            events = browser.go(url)
            assert not browser.complaints(), target
            assert not [one for one in events if one.get('method') in (
                'Page.javascriptDialogOpening', 'Page.frameAttached')]
            assert not [one for one in browser.requests() if not
                        one.startswith(('http://' + web.listen,
                                        'data:image/svg'))]
            assert browser.evaluate('document.scripts.length') == 0
    finally:
        browser.close()


def test_of_what_is_no_domain_dns_has_nothing(web):
    for e in '%2e%2e%2f', "' onmouseover='alert(1)", '-rf', '192.0.2.1', '_x.y':
        target = '/d/%s/dns' % quote(e, safe='')
        assert 'Nothing is known of the DNS of this domain' in web.page(
            target).words
        assert web.ask(with_format(target, 'json')).status == 404


def test_hostile_filters_are_text(web):
    """What is asked for comes back as text, in fields of forms as well."""
    for e in ('<script>x()</script>', '"><b>', "'", 'a\u202eb', 'a\nb',
              '%n%s%d'):
        for target in ('/d/example.org/senders?find=', '/reports?id=',
                       '/d/example.org/sender?who=', '/d/', '/a/',
                       '/reports?reporter=', '/?domain=', '/nope/'):
            reply = web.ask(target + quote(e, safe=''))
            assert reply.status in (200, 400, 404), (target, e)
            text = reply.text
            assert not UNSAFE.search(text.replace('\t', ''))
            assert '<script' not in text and '\n\n' not in reply.headers
            check_form(target, re.sub(r'%n%s(%d)?', '', text))
