# SPDX-License-Identifier: BSD-2-Clause
"""ruactl IP: who an address is, over all domains."""

import pytest

from ctl import Ctl
from test_ruactl import UNSAFE
from test_why import GOOD_DKIM, GOOD_SPF, document, one_record
from test_why_senders import MAILCHIMP

PASSES = dict(dkim=[GOOD_DKIM], spf=[GOOD_SPF], verdict=('pass', 'pass'))


@pytest.fixture(scope='module')
def own(build, tmp_path_factory):
    """An address that passes for one domain and fails for another, beside a
    server of that; and a newsletter handed over by somebody else."""
    asked = Ctl(build, tmp_path_factory.mktemp('address'))
    asked.put('in/a.xml', document([
        one_record(100, ip='192.0.2.77', **PASSES),
        one_record(7, ip='192.0.2.77')], ident='a', day=3))
    asked.put('in/b.xml', document([
        one_record(20, ip='192.0.2.77', header_from='example.net'),
        one_record(9, ip='192.0.2.78', dkim=[('example.net', 's', 'pass')],
                   spf=[('example.net', 'mfrom', 'pass')],
                   header_from='example.net', verdict=('pass', 'pass'))],
        'example.net', ident='b', day=5))
    asked.put('in/c.xml', document([one_record(
        5, ip='198.51.100.1', dkim=MAILCHIMP['dkim'],
        spf=[('mailer.example', 'mfrom', 'pass')])], ident='c', day=4))
    asked.put('in/d.xml', document([one_record(1, ip='203.0.113.9')],
                                   ident='d', day=-60))
    asked('import', 'in')
    return asked


def test_an_address_is_told_over_all_domains(own):
    out = own('192.0.2.77')
    assert out.splitlines() == [
        '192.0.2.77, 30 days to 2025-03-12',
        'It sent from 2025-03-10 to 2025-03-12', '',
        'domain      who     known class   messages compliant failing '
        'first day  last day',
        'example.org own SPF -     unknown      107     93.4%       7 '
        '2025-03-10 2025-03-10',
        'example.net -       -     unknown       20      0.0%      20 '
        '2025-03-12 2025-03-12',
        '',
        "As example.org: own SPF (the domain's SPF record lists it)",
        '  Signs that it may be yours: it is next to servers of yours.',
        '  Why it fails: ruactl why example.org 192.0.2.77',
        '', 'As example.net',
        '  Signs that it may be yours: it is next to servers of yours.',
        '  Why it fails: ruactl why example.net 192.0.2.77']


def test_programs_get_a_row_for_each_domain(own):
    rows = own.json('192.0.2.77')
    assert [(row['domain'], row['who'], row['evidence'], row['class'],
             row['messages'], row['pass'], row['fail'], row['first_date'],
             row['last_date'], row['signs']) for row in rows] == [
        ('example.org', 'own SPF', 'own', 'unknown', 107, 100, 7,
         '2025-03-10', '2025-03-10', ['network']),
        ('example.net', None, 'address', 'unknown', 20, 0, 20,
         '2025-03-12', '2025-03-12', ['network'])]
    assert {row['ip'] for row in rows} == {'192.0.2.77'}
    assert len(own.csv('192.0.2.77')) == 2
    assert own.json('::ffff:192.0.2.77') == rows


def test_it_is_found_under_the_name_that_its_subdomain_has(build, tmp_path):
    """Only domains as which it sent are looked at; of a subdomain with
    reports of its own that is the organization, all of it."""
    own = Ctl(build, tmp_path)
    own.put('in/org.xml', document([one_record(
        40, ip='192.0.2.7', **PASSES)], ident='o'))
    own.put('in/news.xml', document([one_record(
        3, ip='192.0.2.8', header_from='news.example.org')],
        'news.example.org', ident='n'))
    own.put('in/net.xml', document([one_record(
        5, ip='192.0.2.9', header_from='example.net')], 'example.net',
        ident='x'))
    own('import', 'in')
    row, = own.json('192.0.2.8')
    assert (row['domain'], row['messages'], row['signs']) == (
        'example.org', 3, ['network'])
    row, = own.json('192.0.2.9')
    assert (row['domain'], row['messages']) == ('example.net', 5)


def test_the_named_sender_and_who_handed_over_are_said(build, own, tmp_path):
    assert ("As example.org: Mailchimp's mail, handed over by mailer.example"
            ) in own('198.51.100.1')
    named = Ctl(build, tmp_path)
    named.put('a.xml', document([one_record(5, **PASSES)]))
    named('import', 'a.xml')
    named('sender', 'add', 'our office', 'own', '192.0.2.7')
    out = named('192.0.2.7')
    assert out.splitlines()[1] == 'our office (own)'
    assert 'Why it fails' not in out
    row, = named.json('192.0.2.7')
    assert (row['sender'], row['sender_kind'], row['evidence']) == (
        'our office', 'own', 'rule')


def test_what_never_sent_or_not_in_these_days_is_said(own):
    assert own('203.0.113.200') == (
        'No report tells of mail from 203.0.113.200.\n')
    assert own.json('203.0.113.200') == []
    assert own('203.0.113.9') == (
        'No mail from 203.0.113.9 in 30 days to 2025-03-12.\n'
        'It sent from 2025-01-06 to 2025-01-06: --since=2025-01-06\n')
    assert own.json('203.0.113.9', '--since=2025-01-01')[0]['messages'] == 1
    assert own('--since=2025-01-01', '203.0.113.9').startswith(
        '203.0.113.9, 2025-01-01 to ')


def test_an_empty_database_says_what_to_do(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    assert 'ruad -1' in own('192.0.2.1')
    assert own.json('192.0.2.1') == []


@pytest.mark.parametrize('words, want', [
    (['192.0.2.300'], '"192.0.2.300" is not an IP address such as'),
    (['192.0.2'], '"192.0.2" is not an IP address such as'),
    (['2001:db8:::1'], '"2001:db8:::1" is not an IP address such as'),
    (['192.0.2.0/24'], '"192.0.2.0/24" is a network: ask about one address'),
    (['2001:db8::/32'], '"2001:db8::/32" is a network: ask about one'),
    (['192.0.2.1', 'more'], 'usage: ruactl 192.0.2.1'),
    (['in/a.xml'], 'did you mean "import in/a.xml"?'),
    (['example.org'], 'did you mean "summary example.org"?')])
def test_wrong_words(own, words, want):
    assert own(*words, code=64) == ''
    assert want in own.error


def test_it_stays_within_80_columns_and_is_inert(own):
    out = own.terminal('192.0.2.77', env={'NO_COLOR': '1'})
    assert max(map(len, out.splitlines())) <= 80
    assert not UNSAFE.search(out)
