# SPDX-License-Identifier: BSD-2-Clause
"""ruactl sender: what each kind of rule names, before and after the mail came,
what is refused, and what a change is said to have done."""

import itertools
import sqlite3

import pytest

from ctl import Ctl, report
from test_upkeep import dump, named


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def record(ip, count, dkim=None, spf=None, author='example.org'):
    """dkim and spf: 'domain result'."""
    auth = ''
    if dkim:
        auth += ('<dkim><domain>%s</domain><selector>s</selector><result>%s'
                 '</result></dkim>' % tuple(dkim.split()))
    if spf:
        auth += ('<spf><domain>%s</domain><scope>mfrom</scope><result>%s'
                 '</result></spf>' % tuple(spf.split()))
    aligned = ['pass' if one and one.split()[1] == 'pass' and
               one.split()[0].endswith(author) else 'fail'
               for one in (dkim, spf)]
    return ('<record><row><source_ip>%s</source_ip><count>%d</count>'
            '<policy_evaluated><disposition>none</disposition><dkim>%s</dkim>'
            '<spf>%s</spf></policy_evaluated></row><identifiers><header_from>'
            '%s</header_from></identifiers><auth_results>%s</auth_results>'
            '</record>' % (ip, count, *aligned, author, auth))


def write(ctl, name, *records, **more):
    xml = report(rows=(), ident=more.pop('ident', name), **more)
    ctl.put('in/%s.xml' % name, xml.replace(
        b'</feedback>', ''.join(records).encode() + b'</feedback>'))


def put(ctl, name, *records, **more):
    write(ctl, name, *records, **more)
    ctl('import', 'in/%s.xml' % name)


MAIL = {                        # name: records
    'news': [record('192.0.2.1', 5, 'news.example pass', 'news.example pass'),
             record('192.0.2.2', 5, 'k1.news.example pass', 'example.org pass'),
             record('192.0.2.3', 5, 'news.example fail')],
    'handed': [record('198.51.100.1', 5, 'news.example pass',
                      'list.example pass'),
               record('198.51.100.2', 5, 'news.example pass',
                      'b.news.example softfail')],
    'crm': [record('192.0.2.4', 5, 'news.example pass', 'crm.example pass'),
            record('192.0.2.4', 5, 'news.example pass')],
    'range': [record('203.0.113.%d' % i, 5, 'news.example pass')
              for i in (9, 10, 20, 21)],
    'six': [record('2001:db8::%x' % i, 5) for i in (0xf, 0x10, 0x20, 0x21)]}
SENDERS = {                     # name: rules
    'News': ['d=News.Example'],
    'CRM': ['SPF=crm.example.'],
    'range': ['203.0.113.10-203.0.113.20', '2001:DB8::10-2001:db8:0::20'],
    'wide': ['203.0.113.0/24', '2001:db8::/32']}
TRUTH = {'192.0.2.1': 'News', '192.0.2.2': 'News', '192.0.2.3': None,
         '192.0.2.4': 'CRM', '198.51.100.1': None, '198.51.100.2': None,
         '203.0.113.9': 'wide', '203.0.113.10': 'range',
         '203.0.113.20': 'range', '203.0.113.21': 'wide',
         '2001:db8::f': 'wide', '2001:db8::10': 'range',
         '2001:db8::20': 'range', '2001:db8::21': 'wide'}


@pytest.mark.parametrize('order', range(5))
def test_senders_are_the_same_whatever_came_first(ctl, order):
    mail = [('mail', name) for name in MAIL]
    rules = [('rules', name) for name in SENDERS]
    steps = [mail + rules, rules + mail, list(reversed(rules + mail)),
             [one for pair in itertools.zip_longest(mail, rules)
              for one in pair if one],
             list(reversed(mail)) + rules][order]
    if steps[0][0] == 'rules':  # there has to be a database
        put(ctl, 'first', record('192.0.2.1', 1))
    for what, name in steps:
        if what == 'mail':
            put(ctl, name, *MAIL[name])
        else:
            ctl('sender', 'add', name, 'service', *SENDERS[name])
    assert named(ctl) == TRUTH
    # Nothing is left to be done.
    ctl('sender', 'add', 'other', 'own', '10.0.0.1')
    ctl('sender', 'remove', 'other')
    assert named(ctl) == TRUTH


def test_what_is_removed_names_nobody(ctl):
    for name, records in MAIL.items():
        put(ctl, name, *records)
    for name, rules in SENDERS.items():
        ctl('sender', 'add', name, 'service', *rules)
    ctl('sender', 'remove', 'CRM')
    assert named(ctl) == {**TRUTH, '192.0.2.4': 'News'}
    ctl('sender', 'remove', 'range', '203.0.113.10-203.0.113.20')
    assert named(ctl) == {**TRUTH, '192.0.2.4': 'News',
                          '203.0.113.10': 'wide', '203.0.113.20': 'wide'}
    for name in 'range', 'wide', 'News':
        ctl('sender', 'remove', name)
    assert set(named(ctl).values()) == {None}
    put(ctl, 'again', *MAIL['news'])
    assert set(named(ctl).values()) == {None}


def test_a_report_that_replaces_another_names_its_sources(ctl):
    put(ctl, 'a', record('192.0.2.1', 1, 'news.example pass'), ident='one')
    ctl('sender', 'add', 'News', 'service', 'd=news.example')
    put(ctl, 'b', record('192.0.2.1', 1, 'news.example pass'),
        record('192.0.2.2', 1, 'news.example pass'), ident='one')
    assert ctl.query('SELECT count(*) FROM report') == [(1,)]
    assert named(ctl) == {'192.0.2.1': 'News', '192.0.2.2': 'News'}
    # One that contradicts it does not count, and proves nothing.
    put(ctl, 'c', record('192.0.2.3', 1, 'news.example pass'), ident='one')
    assert named(ctl) == {'192.0.2.1': 'News', '192.0.2.2': 'News',
                          '192.0.2.3': None}


REFUSED = [
    ('192.0.2.300', 'is not an IP address: each of its four numbers is 0 to '
     '255'),
    ('192.0.2', 'has four numbers: a network is written 192.0.2.0/24'),
    ('1.2.3.4/33', 'is not a network: the number after the slash is 0 to 32'),
    ('192.0.2.20-192.0.2.10', 'its first address is above its last'),
    ('2001:db8::2-2001:db8::1', 'its first address is above its last'),
    ('192.0.2.1-2001:db8::1', 'one of its ends is an IPv4 address, the other '
     'one IPv6'),
    ('d=', 'lacks its domain (d=example.com)'),
    ('spf=', 'lacks its domain (spf=example.com)'),
    ('d=..', 'has an empty label'),
    ('d=com', 'is a public suffix'),
    ('spf=co.uk', 'is a public suffix'),
    ('co.uk', 'is a public suffix'),
    ('AS0', 'they are AS1 to AS4294967295'),
    ('d=*.example.com', 'write the domain alone'),
    ('d=%s.example' % ('a' * 64), 'longer than 63 bytes'),
    ('.'.join(['a' * 60] * 5) + '.example', 'longer than 253 bytes'),
    ('d=mail.example.1', 'the last label of one is letters'),
    ('d=exa mple.com', 'characters that no domain has'),
    ('localhost', 'use an address, a network')]


@pytest.mark.parametrize('rule, why', REFUSED,
                         ids=[rule[:24] for rule, _ in REFUSED])
def test_nonsense_is_refused_and_changes_nothing(ctl, rule, why):
    put(ctl, 'a', record('192.0.2.1', 1))
    before = dump(ctl.database)
    ctl('sender', 'add', 'a', 'own', '192.0.2.1', rule, code=64)
    assert ctl.error.startswith('ruactl: "%s' % rule[:40]) and \
        why in ctl.error
    assert len(ctl.error.splitlines()) == 1
    assert dump(ctl.database) == before


@pytest.fixture
def busy(ctl):
    """Mail of forty days, of which thirty count."""
    for day in range(40):
        write(ctl, str(day), record('192.0.2.%d' % (day % 10), 100,
                                    'news.example pass'),
              record('198.51.100.7', 7, None, 'crm.example pass'), day=day)
    ctl('import', 'in')
    return ctl


def test_a_change_says_what_it_covers(busy):
    end = '30 days to 2025-04-15'
    assert busy('sender', 'add', 'News', 'service', 'd=news.example') == \
        ('News (service): 0 -> 10 sources, 0 -> 3,000 messages in the %s\n'
         % end)
    assert busy('sender', 'add', 'CRM', 'own', 'spf=crm.example') == \
        'CRM (own): 0 -> 1 source, 0 -> 210 messages in the %s\n' % end
    assert busy('sender', 'remove', 'CRM') == \
        'CRM (own): 1 -> 0 sources, 210 -> 0 messages in the %s\n' % end
    assert busy('sender', 'add', 'half', 'own', '192.0.2.0-192.0.2.4') == \
        'half (own): 0 -> 5 sources, 0 -> 1,500 messages in the %s\n' % end
    assert [(row['label'], row['rules'], row['sources'], row['messages'],
             row['last_date']) for row in busy.json('sender')] == [
        ('half', '192.0.2.0-192.0.2.4', 5, 1500, '2025-04-10'),
        ('News', 'd=news.example', 5, 1500, '2025-04-15')]
    assert busy('sender').startswith('Messages of the %s\n' % end)


def test_rules_are_listed_as_they_can_be_typed(busy):
    rules = ['192.0.2.0/24', '192.0.2.10-192.0.2.20', 'd=news.example',
             'spf=news.example', 'news.example', 'AS64500']
    busy('sender', 'add', 'a b', 'own', *rules)
    (row,) = busy.csv('sender', 'list')
    assert row['rules'].split() == rules
    busy('sender', 'remove', 'a b', *row['rules'].split())
    (row,) = busy.json('sender', 'list')
    assert row['rules'] is None and row['sources'] == 0


@pytest.mark.parametrize('rule, warning', [
    ('10.0.0.0/8', 'no source has an address in it'),
    ('10.0.0.1-10.0.0.9', 'no source has an address in it'),
    ('10.0.0.1', 'no source has this address'),
    ('d=other.example', 'no report shows a passing signature of '
     'other.example'),
    ('spf=other.example', 'no report shows that SPF passed for '
     'other.example'),
    ('mail.example', 'the host names of sources come from a look-up, '
     'and none was made: until then it matches nothing'),
    ('AS64500', 'the autonomous systems of sources come from a look-up, '
     'and none was made: until then it matches nothing')])
def test_a_rule_that_matches_nothing_says_so(busy, rule, warning):
    said = busy('sender', 'add', 'a', 'own', rule)
    assert ' '.join(said.split('Warning: ')[1].split()) == \
        '%s: %s' % (rule, warning)
    assert busy.error == ''
    # It is a rule all the same.
    assert len(busy.json('sender')) == 1
    (row,) = busy.json('sender', 'add', 'a', 'own', rule)
    assert row['warnings'] == ['%s: %s' % (rule, warning)]


def test_a_rule_for_a_name_that_no_source_has(busy):
    assert 'look-up' in busy('sender', 'add', 'a', 'own', 'mail.example')
    db = sqlite3.connect(busy.database)
    with db:
        db.execute("UPDATE source SET asn = 64500, ptr = 'mx.mail.example', "
                   "ptr_domain = 'mail.example' WHERE ip = '192.0.2.1'")
    db.close()
    said = busy('sender', 'add', 'a', 'own', 'xmail.example', 'AS64501')
    assert 'xmail.example: no source has a host name in that domain' in said
    assert 'AS64501: no source is in that AS' in said
    assert 'Warning: mail.example' not in busy(
        'sender', 'add', 'a', 'own', 'mail.example', 'AS64500')
    assert named(busy)['192.0.2.1'] == 'a'


def test_mail_that_somebody_else_handed_over_is_told(ctl):
    put(ctl, 'a', *MAIL['handed'])
    said = ctl('sender', 'add', 'News', 'service', 'd=news.example')
    assert 'News (service): 0 -> 0 sources' in said
    assert 'passed only in mail that somebody else handed over' in \
        ' '.join(said.split())


def test_sources_that_another_rule_takes_are_told(busy):
    busy('sender', 'add', 'half', 'own', '192.0.2.0-192.0.2.4')
    said = ' '.join(busy('sender', 'add', 'News', 'service',
                         'd=news.example').split())
    assert 'News (service): 0 -> 5 sources' in said
    assert ('Warning: d=news.example: 5 of the 10 sources that it matches go '
            'to a narrower or stronger rule of another sender, such as half'
            ) in said
    # Its own stronger rule takes nothing from it.
    assert 'Warning' not in busy('sender', 'add', 'CRM', 'own', '198.51.100.7',
                                 'spf=crm.example')


def test_a_dry_run_tells_the_same_and_changes_nothing(busy):
    busy('sender', 'add', 'CRM', 'own', '198.51.100.7')
    before = dump(busy.database)
    for args in (['add', 'News', 'service', 'd=news.example', '10.0.0.1'],
                 ['add', 'CRM', 'hostile', '192.0.2.1'],
                 ['remove', 'CRM'], ['remove', 'CRM', '198.51.100.7']):
        said = busy('sender', args[0], '-n', *args[1:])
        assert said.endswith('Nothing was changed.\n')
        assert dump(busy.database) == before
        (row,) = busy.json('sender', *args, '--dry-run')
        assert row['dry_run'] is True
        assert dump(busy.database) == before
    said = busy('sender', 'add', '-n', 'News', 'service', 'd=news.example')
    assert said == busy('sender', 'add', 'News', 'service',
                        'd=news.example') + 'Nothing was changed.\n'


def test_another_kind_is_said(busy):
    busy('sender', 'add', 'CRM', 'own', '198.51.100.7')
    assert 'Warning' not in busy('sender', 'add', 'CRM', 'own', '198.51.100.7')
    for more in '-n', '--':
        assert '\nWarning: CRM was own until now\n' in busy(
            'sender', 'add', more, 'CRM', 'hostile', '198.51.100.7')
    (row,) = busy.json('sender', 'add', 'CRM', 'own', '198.51.100.7')
    assert row['warnings'] == ['CRM was hostile until now']


def test_programs_get_a_row(busy):
    (row,) = busy.json('sender', 'add', 'CRM', 'own', '198.51.100.7')
    assert row == {'label': 'CRM', 'kind': 'own', 'sources_before': 0,
                   'sources': 1, 'messages_before': 0, 'messages': 210,
                   'first_date': '2025-03-17', 'last_date': '2025-04-15',
                   'warnings': [], 'dry_run': False}
    (row,) = busy.csv('sender', 'remove', 'CRM')
    assert (row['kind'], row['sources_before'], row['sources'],
            row['messages_before'], row['messages']) == (
                'own', '1', '0', '210', '0')


def test_a_database_without_reports(ctl):
    ctl.put('empty.eml', b'From: a@example.org\n\nHello.\n')
    ctl('import', 'empty.eml')
    assert ctl('sender', 'add', 'own', 'own', '192.0.2.1').startswith(
        'own (own): there is no report yet\n')
    (row,) = ctl.json('sender', 'remove', 'own')
    assert row['first_date'] is None and row['sources'] == 0


def test_a_hostile_name_does_not_drive_the_terminal(busy):
    name = 'a\x1b[31m\u202eb'
    said = busy('sender', 'add', name, 'own', '192.0.2.1')
    assert '\x1b' not in said and '\u202e' not in said
    (row,) = busy.json('sender')
    assert row['label'] == name
    assert '\x1b' not in busy('sender', 'remove', name)


def test_others_see_the_sender_at_once(busy):
    """The mail of a source that came first with this record."""
    busy('sender', 'add', 'News', 'service', 'd=news.example')
    put(busy, 'new', record('203.0.113.5', 3, 'news.example pass'),
        record('203.0.113.6', 3, 'news.example fail'), day=40)
    found = named(busy)
    assert found['203.0.113.5'] == 'News' and found['203.0.113.6'] is None
