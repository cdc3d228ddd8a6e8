# SPDX-License-Identifier: BSD-2-Clause
"""What "ruactl help", ruad-questions(7), ruad-quickstart(7) and README tell people
to ask is answered, by the reports of the demo."""

import datetime
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import time

import pytest

from ctl import DAY, FAIL, PASS, Ctl, report
from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))

import demo_data                        # noqa: E402
import demo_dns                         # noqa: E402
import demo_mail                        # noqa: E402
import mmdb                             # noqa: E402

TODAY = int(time.time()) // 86400 * 86400


@pytest.fixture(scope='module')
def own(build, tmp_path_factory):
    """The month of the demo."""
    ctl = Ctl(build, tmp_path_factory.mktemp('asked'))
    for i, data in enumerate(demo_data.mails(TODAY) + [
            demo_mail.failure(TODAY)]):
        ctl.put('in/%d.eml' % i, data)
    ctl('import', 'in')
    return ctl


def test_help_has_ten_questions_whose_commands_work(polled, asking):
    text = polled('help')
    commands = re.findall(r'^  .*\? +ruactl (.*)$', text, re.M)
    assert len(commands) == 10
    assert max(map(len, text.splitlines())) <= 80
    for command in commands:
        on_a_terminal(polled, asking('ruactl ' + command))
    assert 'man ruad-questions' in text and 'man ruad-dmarc' in text
    polled('help', 'x', code=64)


# --- --reporter -------------------------------------------------------------

def test_one_reporter_alone(own):
    rows = own.json('failures', 'example.org', '--reporter=gmx')['failing']
    assert {row['org_name'] for row in rows} == {'GMX'}
    all_rows = own.json('failures', 'example.org')['failing']
    assert rows == [row for row in all_rows if row['org_name'] == 'GMX']
    fail = sum(row['messages'] for row in rows)
    all_messages = own.query(
        "SELECT sum(messages) FROM v_record WHERE org_name = 'GMX'"
        " AND domain = 'example.org'")[0][0]
    assert own('failures', '--reporter', 'Gmx', 'example.org').splitlines()[
        :2] == ['example.org, by GMX, %s' % period(own),
                '%d of {:,} messages failed, from 3 senders'.format(
                    all_messages) % fail]


def period(own):
    return own('sources', 'example.org').split('\n')[0].split(', ')[1]


def test_reports_of_one_reporter(own):
    rows = own.json('reports', '--reporter=YAHOO', '-n', '500')
    assert {row['org_name'] for row in rows} == {'Yahoo'}
    assert len(rows) == demo_data.DAYS * len(demo_data.DOMAINS)
    rows = own.json('reports', '--reporter=YAHOO', 'club.example', '-n', '4')
    assert [row['domain'] for row in rows] == ['club.example'] * 4


@pytest.mark.parametrize('word, near', [
    ('gogle.com', 'google.com'), ('outlook', 'Enterprise Outlook'),
    ('microsoft.com', 'Enterprise Outlook'), ('YAHOOO', 'Yahoo')])
def test_a_reporter_that_is_nearly_one(own, word, near):
    for command in ('reports',), ('failures', 'example.org'):
        own(*command, '--reporter', word, code=66)
        assert own.error == (
            'ruactl: no reporter is called "%s" (did you mean "%s"?): ruactl '
            'reporters lists them\n' % (word, near))


@pytest.mark.parametrize('word', ['example.net', '', 'x' * 5000, '\x1b[m'])
def test_a_reporter_that_nobody_is(own, word):
    own('reports', '--reporter', word, code=66)
    assert own.error.startswith('ruactl: no reporter is called "')
    assert 'did you mean' not in own.error and '\x1b' not in own.error


# --- words ------------------------------------------------------------------

def test_tables_have_causes_in_words_and_programs_their_own(own):
    for command in ('failures', 'example.org'), ('query', 'failing',
                                                 'example.org'):
        shown, data = own(*command), own('--format=csv', *command)
        assert 'no DKIM, no SPF' in shown and 'no_auth' not in shown
        assert 'no_auth' in data and 'no DKIM' not in data


# --- ruad-questions(7) ------------------------------------------------------

DOCS = os.path.join(HERE, '../../docs')
PAGE = os.path.join(DOCS, 'ruad-questions.7')
DMARC = os.path.join(DOCS, 'ruad-dmarc.7')
QUICKSTART = os.path.join(DOCS, 'ruad-quickstart.7')
README = os.path.join(HERE, '../../README')
WRITTEN = datetime.date(2026, 11, 28)   # the last day in its samples


def page(name=PAGE):
    """('question', its words), ('command', a line for a shell) and ('sample',
    lines of which the first is '$ COMMAND'), in the order of the page."""
    with open(name, encoding='utf-8') as f:
        text = f.read().split('.Sh SEE ALSO')[0]
    for part in re.finditer(r'^\.Ss ([^\n]*)|^\.Dl ([^\n]*)|^\.Bd -literal\n(.*?)^\.Ed',
                            text, re.M | re.S):
        question, command, sample = part.groups()
        if question:
            yield 'question', question.replace('\\&', '')
        elif command:
            yield 'command', command.replace('\\(dq', '"')
        else:
            yield 'sample', sample.splitlines()


@pytest.fixture
def polled(build, tmp_path, own):
    """The month of the demo, with a mailbox that was just polled, and single
    messages."""
    ctl = Ctl(build, tmp_path)
    ctl.put('message.eml', demo_mail.MESSAGE)
    ctl.put('bounce.eml', demo_mail.BOUNCE)
    os.makedirs(os.path.dirname(ctl.database))
    own('backup', ctl.database)
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute("INSERT INTO mailbox (name, server, username, folder,"
                   " last_poll_ts, last_ok_ts) VALUES ('own', 'h',"
                   " 'rua@example.org', 'I', unixepoch(), unixepoch())")
    db.close()
    return ctl


@pytest.fixture
def asking(nameserver, tmp_path):
    """Makes of a command one that asks the name server of the demo, if it asks
    any, and that knows an AS."""
    server = nameserver(demo_dns.ZONES).server
    place = str(tmp_path / 'place.mmdb')
    mmdb.write(place, {network: mmdb.flat(*where) for network, where in
                       demo_dns.PLACES.items()})

    def change(command):
        if '--offline' in command or not re.match(
                r'ruactl (dns|lookup|check --dns|explain --dns)\b', command):
            return command
        return command + ' --server=' + server + (
            ' --mmdb=' + place if ' lookup' in command else '')
    return change


def codes(command):
    """Those of success: "dns" tells of errors in DNS, not of its own."""
    return (0, 1) if command.startswith('ruactl dns ') else (0,)


def on_a_terminal(ctl, command):
    assert command.startswith('ruactl ')
    shown = ctl.terminal(*shlex.split(command)[1:], env={'NO_COLOR': '1'})
    assert ctl.code in codes(command), (command, shown)
    return shown


def then(text):
    """A text of the page, if it had been written today."""
    later = datetime.date.fromtimestamp(TODAY - 43200) - WRITTEN
    return re.sub(r'\d{4}-\d\d-\d\d', lambda m: str(
        datetime.date.fromisoformat(m[0]) + later), text)


def has(shown, line):
    """Whether a line is shown, or its columns are the first of one, or what
    is before "..."."""
    start = line.removesuffix('...') if line.endswith(' ...') else line + ' '
    return any(one == line or one.startswith(start)
               for one in shown.splitlines())


def test_the_commands_of_the_page_work_and_its_samples_are_true(
        build, polled, asking):
    count = dict.fromkeys(('question', 'command', 'sample'), 0)
    for kind, what in page():
        count[kind] += 1
        if kind == 'command':
            done = subprocess.run(
                ['sh', '-c', asking(what)], cwd=polled.directory, timeout=PATIENCE,
                capture_output=True, text=True, check=False,
                stdin=subprocess.DEVNULL, env={
                    **polled.env, 'PATH': build + ':/usr/bin:/bin'})
            assert done.returncode in codes(what), (what, done.stdout)
            assert done.stderr == '', what
        elif kind == 'sample':
            shown = on_a_terminal(polled, asking(what[0].lstrip('$ ')))
            for line in what[1:]:
                assert has(shown, then(line)), (line, shown)
    assert count['question'] >= 25 and count['sample'] >= 4
    assert count['command'] > count['question']


def test_an_include_that_nobody_needs_is_named_after_90_days(polled, asking):
    command = asking('ruactl dns example.org')
    assert 'S14' not in on_a_terminal(polled, command)
    polled.put('old.xml', report(day=(TODAY - DAY) // 86400 - 95))
    polled('import', 'old.xml')
    shown = on_a_terminal(polled, command)
    assert '[S14]' in shown and 'include:spf.oldshop.example' in shown
    assert has(shown, ' ' * 8 +
               'example.org TXT "v=spf1 ip4:198.51.100.8/29 -all"')


def test_the_first_questions_of_ruad_quickstart_are_answered(polled):
    first = [what for kind, what in page(QUICKSTART)
             if kind == 'command' and 'ruactl' in what]
    assert len(first) == 4
    for command in first:
        on_a_terminal(polled, command.replace('sudo -u ruad ', ''))


def test_the_samples_of_README_are_true(polled, asking):
    with open(README, encoding='utf-8') as f:
        tour = f.read().split('TRY IT')[0]
    shown, compared = '', 0
    for line in re.findall('^  ((?:[$>] | *\\S).*)', tour, re.M):
        if line.startswith('$ ruactl'):
            shown = on_a_terminal(
                polled, asking(re.split(' {3,}', line[2:])[0]))
        elif shown:
            assert has(shown, then(line)), (line, shown)
            compared += 1
    assert compared > 10


def test_the_page_asks_before_it_answers():
    kinds = [kind for kind, _ in page()]
    assert kinds[0] == 'question'
    for kind, follows in zip(kinds, kinds[1:]):
        assert not (kind == follows == 'question')
    questions = [what for kind, what in page() if kind == 'question']
    assert len(set(questions)) == len(questions)
    assert all(what.endswith('?') for what in questions)


def screen(name):
    done = subprocess.run(['mandoc', '-T', 'utf8', name], check=True,
                          capture_output=True, text=True)
    return re.sub('.\b', '', done.stdout).splitlines()


@pytest.mark.parametrize('name', [PAGE, DMARC])
def test_the_page_fits_on_a_terminal(name):
    assert [line for line in screen(name) if len(line) > 80] == []


def test_ruad_dmarc_is_two_screens():
    lines = screen(DMARC)
    assert 50 < len(lines) <= 110


# --- old reports ------------------------------------------------------------

ABOUT_DATA = (('summary',), ('sources', 'example.org'), ('digest',),
              ('failures', 'example.org'), ('ready',), ('ready', 'example.org'),
              ('why', 'example.org'), ('why', 'example.org', '203.0.113.9'))


def filled(build, directory, *days_ago):
    ctl = Ctl(build, directory)
    ctl.tells_age = True
    for ago in days_ago:
        ctl.put('in/%d.xml' % ago, report(
            ident=str(ago), day=(TODAY - DAY) // 86400 - ago,
            rows=(('192.0.2.1', 10, PASS), ('203.0.113.9', 2, FAIL))))
    ctl('import', 'in')
    return ctl


@pytest.mark.parametrize('command', ABOUT_DATA)
def test_old_reports_are_told_once_above_the_table(build, tmp_path, command):
    ctl = filled(build, tmp_path, 600, 601)
    code = 0
    if command == ('digest',):
        code = subprocess.run([ctl.program, 'digest'], env=ctl.env,
                              check=False, capture_output=True).returncode
    for text in ctl(*command, code=code), ctl.terminal(*command):
        lines = text.splitlines()
        assert lines[0].startswith('! The newest report')
        assert ' is 19 months old (20' in ' '.join(lines[:2])
        assert 'ruactl import PATH' in ' '.join(lines[:4])
        assert text.count('months old') == 1
        assert all(len(line) <= 80 for line in lines[:4])
    assert 'months' not in ctl('--format=json', *command, code=code)


@pytest.mark.parametrize('command', ABOUT_DATA)
def test_new_reports_have_no_age(build, tmp_path, command):
    ctl = filled(build, tmp_path, 2, 600)
    code = 1 if command == ('digest',) and 'Nothing to do' not in \
        ctl.terminal('digest') else 0
    assert 'newest report' not in ctl(*command, code=code)


def test_days_that_are_over_have_no_age(build, tmp_path):
    ctl = filled(build, tmp_path, 600)
    day = str(datetime.date.fromtimestamp(TODAY - 599 * 86400))
    for option in '--day=' + day, '--until=' + day:
        assert 'newest report' not in ctl('summary', option)
    assert 'newest report' in ctl('summary', '--since=' + day)


def test_an_age_is_that_of_the_domain(build, tmp_path):
    ctl = filled(build, tmp_path, 600)
    ctl.put('new.xml', report(domain='example.com', ident='n',
                              day=(TODAY - DAY) // 86400 - 1))
    ctl('import', 'new.xml')
    assert 'newest report' not in ctl('ready')
    assert 'newest report' not in ctl('sources', 'example.com')
    assert ctl('sources', 'example.org').startswith(
        '! The newest report about example.org is 19 months old')


# --- 80 columns -------------------------------------------------------------

WIDE = (('summary',), ('status',), ('sources', 'example.org'),
        ('sources', 'example.org', '--by=network'),
        ('sources', 'example.org', 'Mailchimp'), ('reporters',),
        ('failures', 'example.org'), ('why', 'example.org'), ('ready',),
        ('ready', 'shop.example'), ('reports',), ('digest',), ('tls',),
        ('sender', 'list'), ('198.51.100.77',), ('query', 'overrides'))


@pytest.mark.parametrize('command', WIDE)
def test_eighty_columns_are_enough_for_every_word(own, command):
    lines = own.terminal(*command, env={'NO_COLOR': '1'}).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if '…' in line] == []


def test_who_is_asked_for_is_not_repeated_in_each_row(own):
    out = own('sources', 'example.org', 'Mailchimp').splitlines()
    assert out[0].startswith('Mailchimp, example.org, ')
    assert [line for line in out[1:] if 'Mailchimp' in line] == []
    by_network = own('sources', 'example.org', '198.18.30.0/24',
                     '--by=network')
    assert by_network.count('Mailchimp') == 4
