# SPDX-License-Identifier: BSD-2-Clause
"""One internationalised domain is one domain, however reporters and admins
write it, and is shown as people know it where that is safe."""

import pytest

from ctl import FAIL, PASS, Ctl, report

KEY = 'xn--bcher-kva.example'
SHOWN = 'b\u00fccher.example'
SPELLINGS = (KEY, SHOWN, 'B\u00dcCHER.example', 'XN--BCHER-KVA.EXAMPLE',
             'bu\u0308cher.example', 'b\u00fccher\u3002example',
             'b\u00fccher.example.')
ROWS = [('192.0.2.1', 3, PASS), ('192.0.2.2', 1, FAIL)]


@pytest.fixture(scope='module')
def known(build, tmp_path_factory):
    """A report in each spelling, by as many reporters."""
    made = Ctl(build, tmp_path_factory.mktemp('idn'))
    for i, domain in enumerate(SPELLINGS):
        made.put('in/%d.xml' % i, report('R%d' % i, domain, 'r%d' % i,
                                         rows=ROWS))
    made('import', 'in')
    return made


def test_all_spellings_are_one_domain(known):
    n = len(SPELLINGS)
    assert known.query('SELECT DISTINCT domain FROM report') == [(KEY,)]
    assert known.query('SELECT DISTINCT header_from FROM record') == [(KEY,)]
    assert known.query('SELECT domain, messages, pass FROM v_daily') == [
        (KEY, 4 * n, 3 * n)]
    row, = known.json('summary')
    assert (row['domain'], row['messages'], row['reports']) == (
        KEY, 4 * n, n)


def test_alignment_is_of_the_same_labels(known):
    assert known.query(
        "SELECT count(*) FROM report WHERE quirks LIKE '%mismatch%'") == [
            (0,)]
    assert known.query('SELECT DISTINCT cause FROM record ORDER BY cause') == [
        ('aligned',), ('dkim_broken',)]


@pytest.mark.parametrize('domain', SPELLINGS)
def test_an_argument_may_be_any_spelling(known, domain):
    rows = known.json('sources', domain, '--by=address')
    assert {row['ip'] for row in rows} == {'192.0.2.1', '192.0.2.2'}
    assert known.json('summary', domain)[0]['domain'] == KEY
    assert known.json('query', 'causes', domain)
    assert '192.0.2.2' in known('failures', domain)
    assert 'd=' in known('why', domain, '192.0.2.2')


def test_people_see_the_name_programs_the_key(known):
    for command in ('summary', 'reports', 'ready', 'failures'):
        args = [SHOWN] if command == 'failures' else []
        out = known(command, *args)
        assert SHOWN in out and KEY not in out, command
        assert SHOWN not in known(command, *args, '--format=csv')
        ascii = known(command, *args, env={'LANG': 'C', 'LC_ALL': 'C'})
        assert KEY in ascii and SHOWN not in ascii, command
    assert KEY in known('export', 'records', '--format=csv')
    known('report', '-o', 'page.html')
    page = (known.directory / 'page.html').read_text(encoding='utf-8')
    assert SHOWN in page and KEY not in page


@pytest.mark.parametrize('name', [
    '\u0430pple.example',                       # one Cyrillic letter
    '\u0441\u043e\u0441\u0430.example',         # no letter that is not Latin's
    '\u05e9\u05dc\u05d5\u05dd.example'])        # from right to left
def test_what_looks_like_another_name_is_shown_as_its_key(
        build, tmp_path, name):
    own = Ctl(build, tmp_path)
    key = name.encode('idna').decode()
    assert key.startswith('xn--')
    own.put('a.xml', report(domain=name))
    own('import', 'a.xml')
    assert own.query('SELECT domain FROM report') == [(key,)]
    for out in own('summary'), own('sources', name):
        assert key in out and name not in out


def test_a_name_that_is_none_stays_and_is_noted(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('a.xml', report(domain='\u2603.example'))
    own('import', 'a.xml')
    assert own.query('SELECT domain FROM report') == [('\u2603.example',)]
    assert 'no-a-label' in own.query('SELECT quirks FROM report')[0][0]
    assert own.json('summary', '\u2603.example')[0]['messages'] == 10


def test_two_spellings_of_one_report_are_one(build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, domain in enumerate(SPELLINGS):
        own.put('%d.xml' % i, report(domain=domain, rows=ROWS))
        own('import', '%d.xml' % i)
    assert own.query('SELECT count(*), sum(conflict), (SELECT sum(messages)'
                     ' FROM record) FROM report') == [(1, 0, 4)]
