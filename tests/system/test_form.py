# SPDX-License-Identifier: BSD-2-Clause
"""How ruactl's answers look: their width, bars and sparklines."""

import os
import re
import sqlite3

import pytest

from ctl import FAIL, PASS, Ctl, report
from longform import some
from test_questions import TLS, tlsrpt

PLAIN = {'NO_COLOR': '1'}
ASCII = {'NO_COLOR': '1', 'LANG': 'C', 'LC_ALL': 'C'}
LONG = '.'.join(['a' * 61] * 4) + '.org'        # 251 characters
DAYS = 20


def volume(day):
    """Nothing on some days, and all on a few."""
    return 0 if 4 <= day < 8 else 10 * (day + 1)


@pytest.fixture(scope='module')
def shown(build, tmp_path_factory):
    ctl = Ctl(build, tmp_path_factory.mktemp('form'))
    for day in range(DAYS):
        if volume(day):
            ctl.put('in/%d.xml' % day, report(
                ident=str(day), day=day,
                rows=[('192.0.2.1', volume(day), PASS)]))
        for org in 'XYZ':
            ctl.put('in/%s%d.xml' % (org, day), report(
                org * 100, LONG, str(day), day, rows=[
                    ('2001:db8:1111:2222:3333:4444:5555:6666', 99999, FAIL)]))
    for i, one in enumerate(TLS):
        ctl.put('in/%d.json' % i, tlsrpt(*one))
    ctl.put('in/failure.eml', FAILURE.encode())
    ctl('import', 'in')
    return ctl


FAILURE = """From: %(long)s@%(domain)s
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Auth-Failure: dmarc
Delivery-Result: reject
Original-Mail-From: <%(long)s@%(domain)s>
Original-Rcpt-To: <%(long)s@%(domain)s>
Source-IP: 2001:db8:1111:2222:3333:4444:5555:6666
Reported-Domain: %(domain)s
Authentication-Results: mx.%(domain)s; dkim=fail (%(long)s) header.d=%(domain)s
 header.s=%(long)s; spf=fail reason="%(long)s" smtp.mailfrom=%(domain)s;
 dmarc=fail (p=reject) header.from=%(domain)s

--b
Content-Type: text/rfc822-headers

From: %(long)s@%(domain)s
Subject: %(long)s

--b--
""" % {'long': 'long' * 30, 'domain': LONG}
EXPLAINED = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..',
                         'explain')


QUESTIONS = (['sources', LONG], ['sources', LONG, '--new'],
             ['failures', LONG], ['reporters'], ['ready'], ['ready', LONG],
             ['summary'], ['summary', LONG], ['tls'], ['tls', LONG],
             ['status'], ['reports'], ['show', '1'], ['summary', 'x' * 200],
             ['why', LONG, '2001:db8:1111:2222:3333:4444:5555:6666'],
             ['why', LONG, '192.0.2.1'], ['why', 'example.org', '192.0.2.1'],
             ['query'], ['query', 'failing', LONG], ['query', 'domains'],
             ['query', 'tls-failures'], ['sender'], ['--help'])


@pytest.mark.parametrize('columns', [80, 100, 133])
@pytest.mark.parametrize('env', [PLAIN, ASCII])
def test_nothing_wraps_on_a_terminal(shown, columns, env):
    for args in QUESTIONS:
        out = shown.terminal(*args, columns=columns, env=env)
        assert shown.code == 0 and out
        assert max(map(len, out.splitlines())) <= columns, (args, out)
        assert env is PLAIN or out.isascii(), out


@pytest.mark.parametrize('columns, env', [
    (columns, env) for env in (PLAIN, ASCII) for columns in (80, 100, 133)])
def test_what_is_explained_wraps_at_words(shown, columns, env):
    asked = [['failures', '1']] + [
        ['explain', os.path.join(EXPLAINED, name)]
        for name in sorted(os.listdir(EXPLAINED))
        if name.endswith(('.eml', '.mbox')) or name.startswith('reply')]
    assert len(asked) > 15
    for args in some(asked, 3):
        out = shown.terminal(*args, columns=columns, env=env)
        assert shown.code == 0 and len(out.splitlines()) > 2, out
        assert max(map(len, out.splitlines())) <= columns, (args, out)
        assert env is PLAIN or out.isascii(), out


def spark(values, ascii_only):
    """Of at most ten values, computed once more."""
    blocks = '_.:-=+*#' if ascii_only else '\u2581\u2582\u2583\u2584' \
        '\u2585\u2586\u2587\u2588'
    width = min(len(values), 10)
    cuts = [i * len(values) // width for i in range(width + 1)]
    heights = [sum(values[a:b]) / (b - a) for a, b in zip(cuts, cuts[1:])]
    return ''.join(blocks[int(1 + 6 * h / max(heights) + 0.5) if h else 0]
                   for h in heights)


@pytest.mark.parametrize('env, ascii_only', [(PLAIN, False), (ASCII, True)])
def test_sparklines_draw_the_days(shown, env, ascii_only):
    days = ['--since=2025-03-07', '--until=2025-03-26']
    want = spark([volume(day) for day in range(DAYS)], ascii_only)
    assert len(want) == 10 and (want[2:4] in ('__', '\u2581' * 2))
    out = shown.terminal('sources', 'example.org', *days, env=env)
    assert out.splitlines()[-1].endswith(' ' + want)
    out = shown.terminal('summary', 'example.org', *days, env=env)
    assert out.splitlines()[-1].split()[-1] == want
    want = spark([bool(volume(day)) for day in range(DAYS)], ascii_only)
    out = shown.terminal('reporters', *days, env=env)
    line, = [l for l in out.splitlines() if l.startswith('Receiver Inc.')]
    assert line.split()[-1] == want
    want = spark([2 + day if day else 0 for day in range(DAYS)], ascii_only)
    out = shown.terminal('tls', 'example.org', *days, env=env)
    assert want in out


def test_long_values_go_on_below_themselves(shown):
    ident, = shown.query("SELECT max(id) FROM report WHERE domain = '%s'"
                         % LONG)[0]
    out = shown.terminal('show', ident, env=PLAIN)
    assert max(map(len, out.splitlines())) == 80
    assert 'domain       ' + LONG in re.sub('\n {13}', '', out)
    assert re.search('from {9}[XYZ]{67}\n {13}[XYZ]{33}\n', out)
    assert 'domain       %s\n' % LONG in shown('show', ident)


def test_columns_are_left_out_for_want_of_room_only(shown):
    def head(*args, columns):
        return shown.terminal(*args, columns=columns,
                              env=PLAIN).splitlines()[2].split()
    narrow = head('summary', 'example.org', columns=80)
    wide = head('summary', 'example.org', columns=120)
    assert 'reporters' not in narrow and 'reporters' in wide
    assert narrow[-1] == wide[-1] == 'day' and 'by' in narrow
    assert 'by' not in head('sources', LONG, columns=60)


def test_the_server_of_a_mailbox_is_left_out_for_want_of_room(build, tmp_path):
    own = Ctl(build, tmp_path)
    own('import', own.put('in.xml', report()))
    db = sqlite3.connect(own.database)
    db.execute("INSERT INTO mailbox (name, server, username, folder,"
               " last_poll_ts, last_ok_ts, last_error) VALUES ('customer-a',"
               " 'imap.example.org', 'u', 'INBOX', unixepoch() - 700,"
               " unixepoch() - 7000, 'the server cannot be reached')")
    db.commit()
    db.close()
    narrow = own.terminal('status', columns=80, env=PLAIN).splitlines()
    assert max(map(len, narrow)) <= 80 and 'server' not in narrow[0], narrow
    assert 'INBOX' in narrow[1]
    assert ' imap.example.org ' in own.terminal('status', columns=130,
                                                env=PLAIN)


def test_one_day_by_one_reporter_is_told_in_the_singular(build, tmp_path):
    own = Ctl(build, tmp_path)
    own('import', own.put('in.xml', report()))
    assert ('  1 day by 1 reporter; a verdict needs 14 days by 3 reporters.\n'
            in own('ready'))


def test_bars_show_the_share(shown):
    out = shown.terminal('tls', columns=120, env=PLAIN).splitlines()
    bars = [re.search(r'(\d+\.\d)% (.{8}) ', line).groups()
            for line in out[3:5]]
    # 3,615 of 4,290: 53 of 64 eighths.
    assert bars == [('84.2', '\u2588' * 6 + '\u258b '), ('100.0', '\u2588' * 8)]
    out = shown.terminal('tls', columns=120, env=ASCII).splitlines()
    assert '84.2% ######.. ' in out[3]


def test_pictures_are_for_terminals_only(shown):
    for args in some(QUESTIONS, 2):
        for form in 'table', 'csv', 'json', 'jsonl':
            out = shown('--format=' + form, *args)
            assert not re.search('[\u2580-\u259f]', out), (form, args)
    assert 'trend' not in shown('--format=csv', 'summary')
