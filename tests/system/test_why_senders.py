# SPDX-License-Identifier: BSD-2-Clause
"""ruactl why of a domain and of a sender: who fails, and what to change."""

import pytest

from ctl import Ctl
from test_ruactl import UNSAFE
from test_why import GOOD_DKIM, GOOD_SPF, document, one_record
from webpage import Asked

MAILCHIMP = dict(dkim=[('mcsv.net', 'k2', 'pass')],
                 spf=[('mail1.mcsv.net', 'mfrom', 'pass')])
PASSES = dict(dkim=[GOOD_DKIM], spf=[GOOD_SPF], verdict=('pass', 'pass'))


def newsletter(ip, count):
    return one_record(count, ip=ip, **MAILCHIMP)


@pytest.fixture(scope='module')
def world(build, tmp_path_factory):
    """Two addresses of Mailchimp fail, so does one beside the own servers; a
    named abuser, a named server, a forwarder, and scanners."""
    own = Ctl(build, tmp_path_factory.mktemp('senders'))
    records = [
        newsletter('198.51.100.1', 900), newsletter('198.51.100.2', 1100),
        one_record(2500, ip='192.0.2.1', **PASSES),
        one_record(40, ip='192.0.2.9', dkim=[('example.org', 's1', 'fail')]),
        one_record(300, ip='203.0.113.66'),
        one_record(70, ip='203.0.114.5', spf=[('example.org', 'mfrom',
                                               'softfail')]),
        one_record(20, ip='203.0.115.5', dkim=[('example.org', 's1', 'fail')],
                   reasons=[('mailing_list', None)]),
        one_record(6, ip='2001:db8:1::1'), one_record(5, ip='203.0.116.1'),
        one_record(4, ip='203.0.116.2'),
        one_record(7, ip='203.0.117.1', header_from='news.example.org')]
    own.put('in/a.xml', document(records, p='quarantine'))
    own.put('in/b.xml', document([one_record(3, ip='203.0.113.7')],
                                 'other.example', ident='other'))
    own('import', 'in')
    own('sender', 'add', 'Abuser', 'hostile', '203.0.113.66')
    own('sender', 'add', 'our office', 'own', '203.0.114.0/24')
    return own


def paragraphs(out):
    """Each paragraph of an answer as one line."""
    return [' '.join(block.split()) for block in out.split('\n\n')]


def test_all_failing_senders_are_gone_through_the_largest_first(world):
    head, *rest = paragraphs(world('why', 'example.org'))
    assert head == ('example.org, 30 days to 2025-03-07 2,452 of 4,952 messages '
                    'failed DMARC, from 8 senders, p=quarantine')
    assert [p.partition(' 2025')[0] for p in rest[:5]] == [
        '1. Mailchimp, by SPF: 2,000 of 2,000 messages failed',
        '2. Abuser (hostile): 300 of 300 messages failed',
        '3. our office (own): 70 of 70 messages failed',
        '4. 192.0.2.9: 40 of 40 messages failed',
        '5. 203.0.115.5: 20 of 20 messages failed']
    assert len(rest) == 7 and rest[6] == 'All about one: ruactl why example.org WHO'
    assert rest[5] == ('4 more sources of which nothing passed, 22 messages: '
                       'forged, as far as reports tell.')


def test_each_class_is_told_what_to_do(world):
    said = paragraphs(world('why', 'example.org'))
    assert '2 addresses, the worst is 198.51.100.2' in said[1]
    assert ('Signs that it may be yours: it is a service that organizations '
            'use.') in said[1]
    # A service that evidence names is called by its name.
    told = ('If Mailchimp does not send for you, somebody forges your domain '
            'there, or it forwards mail: p=reject would stop it. If it does:')
    assert '> %s > Have it sign with d=example.org' % told in said[1]
    for args in (['Mailchimp'], ['198.51.100.1'], []):
        assert world.json('why', 'example.org', *args)[0]['advice'][0] == told
    assert ('If you do not know this source' in said[4])
    assert said[2].endswith('> You named this source hostile: nothing to fix. '
                            'p=reject would stop it.')
    assert ('SPF: example.org (envelope sender) does not list this address '
            '(softfail).') in said[3]
    assert ('> Add it to the SPF record of example.org: ip4:203.0.114.5'
            ) in said[3]
    assert 'If you do not know this source' not in said[3]
    assert ('Signs that it may be yours: it is next to servers of yours.'
            ) in said[4]
    lines = world('why', 'example.org').splitlines()
    named = [lines[i + 1] for i, line in enumerate(lines)
             if line == '   If it is yours, name it:']
    assert named == [
        'ruactl sender add Mailchimp service spf=mcsv.net',
        "ruactl sender add 'own servers' own 192.0.2.9"]
    assert [row['command'] for row in world.json('why', 'example.org')
            if row['command']] == named
    assert 'Forwarded, and changed on the way' in said[5]


def test_a_limit_leaves_out_the_smaller_ones(world):
    out = world('why', 'example.org', '-n2')
    assert '2. Abuser' in out and '3. ' not in out
    assert '3 more like these: -n 5 shows all of them\n' in out
    assert '4 more sources of which nothing passed' in out
    assert [row['who'] for row in world.json('why', 'example.org', '-n2')] == [
        'Mailchimp', 'Abuser']


def test_programs_get_all_senders_with_the_prose(world):
    rows = world.json('why', 'example.org')
    assert [(row['who'], row['basis'], row['kind'], row['class'],
             row['addresses'], row['fail'], row['ip']) for row in rows] == [
        ('Mailchimp', 'spf', None, 'unknown', 2, 2000, '198.51.100.2'),
        ('Abuser', 'rule', 'hostile', 'hostile', 1, 300, '203.0.113.66'),
        ('our office', 'rule', 'own', 'known', 1, 70, '203.0.114.5'),
        ('192.0.2.9', 'address', None, 'unknown', 1, 40, '192.0.2.9'),
        ('203.0.115.5', 'address', None, 'forwarded', 1, 20, '203.0.115.5'),
        ('203.0.116.0/24', 'network', None, 'unknown', 2, 9, '203.0.116.1'),
        ('203.0.117.1', 'address', None, 'unknown', 1, 7, '203.0.117.1'),
        ('2001:db8:1::1', 'address', None, 'unknown', 1, 6, '2001:db8:1::1')]
    for row in rows:
        assert row['fail'] == (row['lost'] + row['suffers'] + row['stopped'] +
                               row['unknown'])
        assert row['evidence'][0].startswith('DKIM: ') and row['advice']
        assert all(isinstance(one, str)
                   for one in row['evidence'] + row['advice'])
    assert rows[3]['signs'] == ['network'] and rows[0]['cause'] == (
        'dkim_unaligned')
    assert [row['who'] for row in world.csv('why', 'example.org')] == [
        row['who'] for row in rows]


def test_a_sender_is_told_over_all_its_addresses(world):
    out = world('why', 'example.org', 'mailCHIMP')
    assert out.splitlines()[:8] == [
        'example.org from Mailchimp, 30 days to 2025-03-07',
        'Mailchimp, by SPF', '2,000 of 2,000 messages failed DMARC, p=quarantine',
        '2 addresses, the worst is 198.51.100.2: 1,100 of 1,100 messages failed',
        'Signs that it may be yours: it is a service that organizations use.',
        '', '1. 2,000 messages failed: DKIM signs for another domain',
        '   2025-03-07, 2 records by Receiver']
    assert '   From 2 addresses, most of it 198.51.100.2\n' in out
    row, = world.json('why', 'example.org', 'Mailchimp')
    assert (row['messages'], row['addresses'], row['ip']) == (
        2000, 2, '198.51.100.2')
    assert row['evidence'] == [
        'DKIM: the signature d=mcsv.net s=k2 is good, and not aligned: mcsv.net '
        'is not of the organization example.org.',
        'SPF: mail1.mcsv.net (envelope sender) lets this address send, and is '
        'not aligned: mail1.mcsv.net is not of the organization example.org.']
    assert row['advice'][1].startswith('Have it sign with d=example.org')


@pytest.mark.parametrize('who, count', [
    ('our office', 70), ('OUR OFFICE', 70), ('203.0.116.0/24', 9),
    ('2001:db8:1::1', 6), ('2001:db8:1:0:0:0:0:1', 6), ('203.0.116.2', 4),
    ('192.0.2.0/24', 2540)])
def test_names_networks_and_addresses(world, who, count):
    rows = world.json('why', 'example.org', who)
    assert sum(row['messages'] for row in rows) == count


def test_an_address_says_whose_it_is(world):
    lines = world('why', 'example.org', '198.51.100.1').splitlines()
    assert lines[:3] == [
        'example.org from 198.51.100.1, 30 days to 2025-03-07',
        'Mailchimp, by SPF', '900 of 900 messages failed DMARC, p=quarantine']
    assert world('why', 'example.org', '203.0.114.5').splitlines()[1] == (
        'our office (own)')


def test_signs_are_told_of_an_address_and_of_nobody_who_was_named(world):
    sign = 'Signs that it may be yours: it is next to servers of yours.\n'
    assert sign in world('why', 'example.org', '192.0.2.9')
    assert 'Signs' not in world('why', 'example.org', '203.0.114.5')
    assert 'Signs' not in world('why', 'example.org', '192.0.2.1')


def test_who_hands_over_is_told_apart_from_whose_mail_it_is(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('a.xml', document([one_record(
        9, dkim=[('mcsv.net', 'k2', 'pass')],
        spf=[('example.net', 'mfrom', 'pass')])]))
    own('import', 'a.xml')
    title = "Mailchimp's mail, handed over by example.net"
    assert own('why', 'example.org', '192.0.2.7').splitlines()[1] == title
    assert '1. %s: 9 of 9 messages failed' % title in own('why', 'example.org')
    row, = own.json('why', 'example.org')
    assert (row['who'], row['author']) == ('example.net', 'Mailchimp')


def test_the_page_calls_a_sender_by_its_name_too(build, tmp_path):
    own = Asked(build, tmp_path)
    own.put('a.xml', document([newsletter('198.51.100.1', 900)], p='reject'))
    own('import', 'a.xml')
    own.page()
    assert ('If Mailchimp does not send for you, somebody forges your domain '
            'there, or it forwards mail: nothing to do, p=reject stops it. If '
            'it does:') in own.html
    assert 'If you do not know this source' not in own.html


def test_an_unknown_name_is_answered_with_the_nearest(world):
    assert world('why', 'example.org', 'Mailchamp', code=66) == ''
    assert ('example.org has no sender "Mailchamp" in these days (did you mean '
            '"Mailchimp"?)') in world.error
    world('why', 'example.org', 'Nobody at all', code=66)
    assert 'did you mean' not in world.error
    world('why', 'example.org', '203.0.99.0/24', code=66)
    assert world('why', 'nix.example', 'Mailchimp') == (
        'No reports about nix.example.\nAll domains: ruactl summary\n')


def test_a_subdomain_answers_from_the_reports_of_its_organization(world):
    assert paragraphs(world('why', 'news.example.org'))[1] == (
        '1 source of which nothing passed, 7 messages: forged, as far as '
        'reports tell.')
    row, = world.json('why', 'news.example.org', '203.0.117.1')
    assert (row['messages'], row['header_from']) == (7, 'news.example.org')
    assert world.json('why', 'news.example.org', '203.0.116.1') == []


def test_nothing_failing_is_said(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('a.xml', document([one_record(5, **PASSES)]))
    own('import', 'a.xml')
    assert own('why', 'example.org').splitlines() == [
        'example.org, 30 days to 2025-03-07',
        'None of 5 messages failed DMARC, p=none']
    assert own.json('why', 'example.org') == []


def test_it_stays_within_80_columns_and_is_inert(world, build, tmp_path):
    for args in ([], ['Mailchimp'], ['198.51.100.1']):
        out = world.terminal('why', 'example.org', *args,
                             env={'NO_COLOR': '1'})
        assert max(map(len, out.splitlines())) <= 80
        assert not UNSAFE.search(out)
