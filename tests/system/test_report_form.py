# SPDX-License-Identifier: BSD-2-Clause
"""The form of the HTML report, its file, what a browser makes of it, and that
nothing a stranger wrote does anything in it."""

import html
import os
import re
import resource
import shlex
import signal
import stat
import subprocess

import pytest

import demo
import gen
from browser import PROGRAM, Browser
from ctl import FAIL, report
from test_questions import tlsrpt
from test_ruactl import EVIL
from webpage import Asked, check_form, year

CSS = os.path.join(os.path.dirname(__file__), '../../src/page/page.css')
PERIOD = ['--since=2025-01-11', '--until=2025-04-10']


@pytest.fixture(scope='module')
def asked(build, tmp_path_factory):
    ctl = Asked(build, tmp_path_factory.mktemp('report'))
    year.make(build, str(ctl.directory / 'db'), 3, 7, 100)
    return ctl


# --- form -------------------------------------------------------------------

def test_the_form_is_right(asked):
    for args in PERIOD, [*PERIOD, 'example.org'], ['--day=2025-02-03'], [
            'example.com']:
        check_form(asked.page(*args), asked.html)


def test_without_reports_a_sentence_says_what_to_do(asked, build, tmp_path):
    """And of the panels only those remain that have something to show."""
    sentences = []
    for args in ['--day=2020-01-01'], ['nix.example'], [
            '--since=2019-12-01', '--until=2020-01-01', 'example.org']:
        page = asked.page(*args)
        check_form(page, asked.html, [])
        assert not page.banner
        sentences.append(' '.join(page.empty.split()))
    assert sentences == [
        'There are no DMARC reports on 2020-01-01: choose other '
        'days with --since and --until; the newest report is of '
        '2025-04-10.',
        'There are no DMARC reports about nix.example: ask receivers for them '
        'with rua=mailto:ADDRESS in its DMARC record, or see which domains '
        'have some with ruactl summary.',
        'There are no DMARC reports about example.org from 2019-12-01 to '
        '2020-01-01: choose other days with --since and --until; the newest '
        'report is of 2025-04-10.']
    own = Asked(build, tmp_path)
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    page = own.page()
    check_form(page, own.html, [])
    assert 'ruad -1' in page.empty and 'ruactl import PATH' in page.empty
    own.put('tls.json', tlsrpt('Google Inc.', 3, [
        ('example.org', 'sts', 100, [('certificate-expired', 'mx', 2)])]))
    own('import', 'tls.json')
    page = own.page()
    check_form(page, own.html, ['tls'])
    assert page.sections['tls'].lead.startswith('98.0% of 102 connections')
    own.put('bad/broken.eml', gen.broken_mail('report', 1))
    own('import', 'bad', code=65)
    page = own.page()
    check_form(page, own.html, ['tls', 'health'])
    assert page.sections['health'].table


def test_colours_can_be_told_apart():
    """WCAG: 4.5 to 1 for text, 3 to 1 for what a picture is made of."""
    with open(CSS, encoding='utf-8') as f:
        themes = re.findall(r':root \{(.*?)\}', f.read(), re.S)
    light = dict(re.findall(r'--([\w-]+): (#\w{6});', themes[0]))
    dark = {**light, **dict(re.findall(r'--([\w-]+): (#\w{6});', themes[1]))}

    def luminance(color):
        parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        return sum(w * (c / 12.92 if c <= .03928 else
                        ((c + .055) / 1.055) ** 2.4)
                   for w, c in zip((.2126, .7152, .0722), parts))

    def contrast(a, b):
        a, b = sorted((luminance(a), luminance(b)))
        return (b + .05) / (a + .05)
    for theme in light, dark:
        for ink, paper in [
                (i, p) for i in ('ink', 'soft', 'link')
                for p in ('page', 'card')] + [
                ('good-ink', 'good-bg'), ('fix-ink', 'fix-bg'),
                ('wait-ink', 'wait-bg'), ('fix-ink', 'card'),
                ('ink', 'track'), ('soft', 'track')]:
            assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper)
        for name in ('both', 'dkim', 'spf', 'fail', 'forwarded', 'unknown',
                     'none', 'quarantine', 'reject'):
            assert contrast(theme[name], theme['card']) >= 3, name
        for a, b in ('both', 'dkim'), ('dkim', 'spf'), (
                'none', 'quarantine'), ('quarantine', 'reject'):
            assert contrast(theme[a], theme[b]) >= 1.4, (a, b)


def test_a_year_of_a_domain_is_small(build, tmp_path):
    own = Asked(build, tmp_path)
    year.make(build, str(tmp_path / 'db'), 1, 15, year.DAYS)
    page = own.page('--since=2025-01-01', '--until=2025-12-31', 'example.org')
    check_form(page, own.html)
    assert len(own.html.encode()) < 200000
    compliance = page.sections['compliance']
    assert len(compliance.table) == 53
    for words, first in ('%d.%d%% in the 28 days from 2025-01-02', 1), (
            '%d.%d%% in the last 28 days', year.DAYS - 28):
        kinds = [(kind, n) for one in year.reports(1, 15, first, first + 28)
                 for kind, n in one.rows]
        good = sum(n for kind, n in kinds if 'pass' in (kind.dkim, kind.spf))
        assert words % divmod(1000 * good // sum(n for _, n in kinds), 10) in \
            compliance.lead


# --- strangers --------------------------------------------------------------

HOSTILE = [*EVIL, '"><img src=x onerror=alert(1)>', "' onload='alert(1)",
           '</title><script>alert(1)</script>', '<!--', ']]>', '&lt;b&gt;',
           '</style><style>*{display:none}', 'http://evil.example/',
           '\u2066\u202e\u2069', 'x' * 10000, '<b>' * 3000, '&' * 4000]


def xml_text(text):
    return ''.join('&#%d;' % ord(c) if ord(c) > 126 or c in '<>&"\'' or
                   ord(c) < 32 and c in '\t\n' else c for c in text
                   if c >= ' ' or c in '\t\n')


def hostile_report(text, number):
    """A report that says it wherever it can say something."""
    return ('<feedback><report_metadata><org_name>{0}</org_name><email>a@b.c'
            '</email><report_id>{0}{1}</report_id><date_range><begin>'
            '1741305600</begin><end>1741391999</end></date_range>'
            '</report_metadata><policy_published><domain>{2}</domain><p>{0}'
            '</p><sp>{0}</sp></policy_published>{3}</feedback>').format(
                xml_text(text), number, 'example.org' if number % 3 else
                xml_text(text[:200]), ''.join(
                    '<record><row><source_ip>192.0.2.{1}</source_ip><count>5'
                    '</count><policy_evaluated><disposition>{2}</disposition>'
                    '<dkim>fail</dkim><spf>fail</spf><reason><type>{0}</type>'
                    '<comment>{0}</comment></reason></policy_evaluated></row>'
                    '<identifiers><header_from>{0}</header_from></identifiers>'
                    '<auth_results><dkim><domain>{0}</domain><selector>{0}'
                    '</selector><result>pass</result></dkim><spf><domain>{0}'
                    '</domain><result>pass</result></spf></auth_results>'
                    '</record>'.format(xml_text(text), number + 1, xml_text(text)
                                        if number % 8 == 0 else 'reject')
                    for _ in range(1))).encode()


@pytest.fixture(scope='module')
def hostile(build, tmp_path_factory):
    own = Asked(build, tmp_path_factory.mktemp('hostile'))
    for i, text in enumerate(HOSTILE):
        own.put('in/%02d.xml' % i, hostile_report(text, i))
        own.put('in/%02d.json' % i, tlsrpt(text, i, [
            (text[:200] if i % 2 else 'example.org', 'sts', 1,
             [(text, text, 2)])]))
        own.put('in/%02d.eml' % i, year.FAILURE.replace(
            'Overdue invoice', re.sub('[\r\n]', '', text)[:900]).replace(
                '%(domain)s', 'example.org').replace('%(id)s', str(i)).replace(
                '%(ip)d', '9').replace(
                '%(date)s', 'Fri, 07 Mar 2025 10:00:00 +0000').encode())
    own('import', 'in')
    for i, text in enumerate(HOSTILE):
        if '<' in text or '"' in text:
            own('sender', 'add', '--', text[:90], 'service',
                '192.0.2.%d' % (i + 1))
    return own


def test_hostile_text_is_text(hostile):
    for args in [], ['example.org'], ['"><script>alert(1)</script>'], [
            '\u202ex'], ['x' * 5000]:
        check_form_of_hostile(hostile.page('--day=2025-03-07', *args),
                              hostile.html)
    page = hostile.page('--day=2025-03-07')
    shown = [row['Reporter'] for row in page.sections['reporters'].table]
    assert len(shown) == 20 and '"><img src=x onerror=alert(1)>' in shown
    assert any(name.endswith('...') and len(name) < 170 for name in shown)
    assert '\\u{202e}' in hostile.html and '\\u{009b}' in hostile.html
    assert hostile.html.count('alert(1)') > 3
    for command in re.findall('<code>(ruactl .*?)</code>', hostile.html):
        assert re.fullmatch(r"[\w .:/='-]+", html.unescape(command))
        assert len(shlex.split(html.unescape(command))) > 1


def check_form_of_hostile(page, text):
    """A URL or a format may stand there, as text."""
    check_form(page, text.replace('<wbr>', '').replace(
        'http://evil.example', 'http evil').replace(
            '%n%s', 'n and s'), list(page.sections) if page.empty else None)


def test_every_command_on_a_page_can_be_run(asked, hostile, build, tmp_path):
    many, seen = Asked(build, tmp_path), set()
    for i in range(60):
        many.put('in/%d.xml' % i, report(domain='d%d.example' % i))
    many('import', 'in')
    for ctl, args in (asked, [*PERIOD, 'example.org']), (asked, PERIOD), (
            hostile, ['--day=2025-03-07']), (
            hostile, ['--day=2025-03-07', 'example.org']), (many, []):
        ctl.page(*args)
        for line in re.findall('<code>ruactl (.*?)</code>', ctl.html):
            line = html.unescape(line)
            if not line.startswith('sender add ') and line != 'import PATH':
                ctl(*shlex.split(line.replace('DOMAIN', 'example.org')))
                seen.add(re.match('(query )?[a-z]+( --[fn]\\w+)?', line).group())
    assert seen >= {'why', 'sources', 'sources --failing', 'sources --new', 'tls',
                    'failures', 'reporters', 'summary', 'ready',
                    'query overrides', 'query policies', 'query selectors',
                    'query subdomains'}, seen


# --- the file ---------------------------------------------------------------

def limit_files():
    """As a full disk; the database's own files are below that."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))


def test_the_file_is_whole_or_the_old_one(asked, tmp_path):
    path = tmp_path / 'x.html'
    old = os.umask(0o027)
    try:
        asked('report', '-o', path, 'example.org')
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert asked('report', '-o', '-', 'example.org')[:2000] == \
        path.read_text()[:2000]
    path.write_text('old')
    link = tmp_path / 'link.html'
    link.symlink_to('x.html')
    asked('report', '--output=%s' % link)
    assert link.is_symlink() and path.read_text().startswith('<!DOCTYPE')
    path.write_text('old')
    done = subprocess.run(
        [asked.program, 'report', '-o', path], env=asked.env, check=False,
        capture_output=True, preexec_fn=limit_files)
    assert done.returncode == 73 and b'cannot write' in done.stderr
    assert path.read_text() == 'old'
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        'link.html', 'x.html']


@pytest.mark.parametrize('args, code, word', [
    ([], 64, 'report needs a file to write to'),
    (['-o', '/'], 73, '/ is not a file'),
    (['-o', '/dev/null'], 73, '/dev/null is not a file'),
    (['-o', 'no/x.html'], 73, 'cannot create no/x.html'),
    (['-o', 'x.html', 'a', 'b'], 64, 'usage: ruactl report'),
    (['-o'], 64, 'requires an argument'),
])
def test_what_cannot_be_written_is_said(asked, args, code, word):
    assert asked('report', *args, code=code) == ''
    assert word in asked.error
    assert not os.path.exists(asked.directory / 'x.html')


# --- in a browser -----------------------------------------------------------

@pytest.fixture(scope='module')
def browser():
    if not os.path.exists(PROGRAM):
        pytest.skip('there is no ' + PROGRAM)
    one = Browser()
    yield one
    one.close()


# Cells of one word, such as quarantine, that take more than one line.
BROKEN_WORDS = (
    '[...document.querySelectorAll("td.s")].filter(e => {'
    ' const r = document.createRange(); r.selectNodeContents(e);'
    ' const tops = [...r.getClientRects()].map(x => x.top);'
    ' return !e.textContent.includes(" ") && new Set(tops).size > 1;'
    '}).map(e => e.textContent)')


# Words that take more than one line; one may break at - and / and at a <wbr>.
CUT_WORDS = r'''(() => {
    const texts = document.createTreeWalker(
        document.body, NodeFilter.SHOW_TEXT), cut = [];
    for (let n; n = texts.nextNode();) {
        if (n.parentElement.closest('code, svg, style, caption, .skip'))
            continue;
        for (const word of n.data.matchAll(/[^\s\-\/]+/g)) {
            const r = document.createRange();
            r.setStart(n, word.index);
            r.setEnd(n, word.index + word[0].length);
            const tops = [...r.getClientRects()].filter(
                x => x.width > 0).map(x => Math.round(x.top));
            if (new Set(tops).size > 1)
                cut.push(word[0]);
        }
    }
    return cut;
})()'''
# Tables that must be scrolled; those behind a line to be clicked may.
WIDE_TABLES = (
    '[...document.querySelectorAll("section > .scroll")].filter('
    'e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)')


def check_in_browser(browser, path):
    browser.open(path)
    assert browser.complaints() == []
    assert browser.requests() == ['file://%s' % path]
    papers = {}
    for dark in False, True:
        # Dark colours change no width.
        for width in (800,) if dark else (360, 800, 1400):
            browser.look(width, dark)
            assert browser.evaluate(
                'document.documentElement.scrollWidth') == width
        papers[dark] = browser.evaluate(
            'getComputedStyle(document.body).backgroundColor')
    assert papers == {False: 'rgb(246, 247, 249)', True: 'rgb(17, 22, 28)'}
    browser.look(800, dark=True, media='print')
    assert browser.evaluate('getComputedStyle(document.body).backgroundColor'
                            ) == 'rgb(255, 255, 255)'
    assert browser.evaluate(
        '[...document.querySelectorAll("nav, .skip")].every('
        'e => getComputedStyle(e).display == "none")')
    # The debugger gave no reason to complain, and the page neither.
    assert browser.complaints() == []


def test_a_browser_shows_it_and_wants_nothing_else(browser, asked):
    for args in [*PERIOD, 'example.org'], PERIOD, ['nix.example']:
        asked.page(*args)
        check_in_browser(browser, asked.directory / 'report.html')


def test_no_word_is_cut_and_no_table_is_too_wide(browser, asked):
    for args in PERIOD, [*PERIOD, 'example.org']:
        asked.page(*args)
        browser.open(asked.directory / 'report.html')
        browser.evaluate('document.querySelectorAll("tr.behind details")'
                         '.forEach(e => e.open = true)')
        assert browser.evaluate('document.querySelectorAll("details[open]")'
                                '.length') > 20
        for width in 390, 800, 1280:
            browser.look(width)
            assert browser.evaluate(CUT_WORDS) == [], width
            assert browser.evaluate(WIDE_TABLES) == [], width
    # The check sees what is cut.
    browser.look(60)
    assert browser.evaluate(CUT_WORDS)


def test_a_browser_shows_the_pictures(browser, asked, tmp_path):
    asked.page(*PERIOD, 'example.org')
    browser.open(asked.directory / 'report.html')
    browser.look(1000)
    bars = browser.evaluate(
        '[...document.querySelectorAll(".plot path, .spark path, .days path")'
        '].map(p => p.getBoundingClientRect()).filter(r => r.width > 1 && '
        'r.height > 1).length')
    assert bars > 40
    browser.screenshot(tmp_path / 'a.png')
    assert (tmp_path / 'a.png').stat().st_size > 50000
    browser.pdf(tmp_path / 'a.pdf')
    assert (tmp_path / 'a.pdf').read_bytes().startswith(b'%PDF')


def test_a_browser_finds_nothing_to_run(browser, hostile):
    hostile.page('--day=2025-03-07')
    check_in_browser(browser, hostile.directory / 'report.html')
    assert browser.evaluate('document.scripts.length') == 0


def test_the_database_of_the_demo(build, tmp_path, browser):
    own = Asked(build, tmp_path)
    for i, data in enumerate(demo.sample_mails()):
        own.put('in/%02d.eml' % i, data)
    own('import', 'in', code=65)
    for args in [], ['example.org']:
        check_form(own.page(*args), own.html)
        check_in_browser(browser, tmp_path / 'report.html')
        for width in 400, 1280:
            browser.look(width)
            assert browser.evaluate(BROKEN_WORDS) == []


# --- what must not stop the answers ------------------------------------------

def test_a_forged_report_of_huge_counts_does_not_stop_any_answer(
        build, tmp_path):
    """SQLite gives up when a sum leaves 64 bits."""
    own = Asked(build, tmp_path)
    own.put('in/a.xml', report(rows=[
        ('192.0.%d.%d' % (i // 250, i % 250), 2 ** 53, FAIL)
        for i in range(1500)]))
    own.put('in/a.json', tlsrpt('O', 0, [
        ('example.org', 'sts', 2 ** 53, [('x', 'mx', 2 ** 53)] * 1500)]))
    own('import', 'in')
    for args in (['summary'], ['sources', 'example.org'], ['reporters'],
                 ['failures', 'example.org'], ['ready'], ['tls'],
                 ['metrics']):
        assert own(*args)
    assert own.page().sections['verdict'].lead
    own.query('SELECT * FROM v_daily')
