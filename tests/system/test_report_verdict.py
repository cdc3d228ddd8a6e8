# SPDX-License-Identifier: BSD-2-Clause
"""What the page says first: how domains stand, the figures beside those of the
days before, and what to do."""

import re

import pytest

from ctl import FAIL, PASS, report
from webpage import Asked, year

ORGS = ('Alpha', 'Beta', 'Gamma')
OWN, BAD, EVIL = '192.0.2.1', '198.51.100.7', '203.0.113.9'


@pytest.fixture
def asked(build, tmp_path):
    own = Asked(build, tmp_path)

    def add(domain, days, rows, p='none', disposition='none'):
        """The same from three reporters on each of the days."""
        for org in ORGS:
            for day in days:
                name = '%s-%s-%d' % (org, domain, day)
                own.put('in/%s.xml' % name, report(
                    org=org, domain=domain, ident=name, day=day, p=p,
                    rows=rows).replace(
                        b'<disposition>none<',
                        b'<disposition>%s<' % disposition.encode()))
        own('import', 'in')
    own.add = add
    return own


def figures(asked):
    """{name: (value, what is said of the days before)}"""
    return {name: (value, note) for name, value, note in re.findall(
        '<div><dt>(.*?)</dt><dd>(.*?)</dd>(?:<dd class="note">(.*?)</dd>)?',
        asked.html)}


DAYS = range(30)
HEADLINES = [
    ([('a.example', 'reject', BAD)],
     '1 domain at p=reject, which loses own mail.'),
    ([('a.example', 'reject', None)], '1 domain at p=reject, which is '
     'protected.'),
    ([('a.example', 'reject', None), ('b.example', 'reject', None)],
     '2 domains at p=reject, both of which are protected.'),
    ([('a.example', 'reject', BAD)] + [
        ('%s.example' % name, 'reject', None) for name in 'bcdef'],
     '6 domains at p=reject, 1 of them loses own mail and 5 are protected.'),
    ([('a.example', 'reject', BAD), ('b.example', 'reject', None),
      ('c.example', 'none', BAD), ('d.example', 'none', None),
      ('e.example', 'quarantine', None), ('f.example', 'none', None)],
     '2 domains at p=reject, 1 of them loses own mail and 1 is protected. '
     '4 other domains, 1 of them has known senders to fix first and 3 are '
     'ready for p=reject.'),
    ([(name + '.example', 'none', None) for name in 'abc'],
     '3 domains, all of which are ready for p=reject.'),
]


@pytest.mark.parametrize('domains, said', HEADLINES)
def test_the_headline_says_what_there_is(asked, domains, said):
    for domain, policy, failing in domains:
        asked.add(domain, DAYS, [(OWN, 100, PASS)] + (
            [(failing, 5, FAIL)] if failing else []), policy)
    asked('sender', 'add', 'Own', 'own', OWN, BAD)
    assert asked.page().sections['verdict'].lead == said


def test_p_reject_that_is_not_in_force_is_not_at_reject(asked):
    asked.add('a.example', DAYS, [(OWN, 100, PASS)], 'reject')
    for path in asked.directory.glob('in/*.xml'):
        path.write_bytes(path.read_bytes().replace(
            b'<pct>100<', b'<pct>50<').replace(b'a.example', b'b.example'))
    asked('import', 'in')
    asked('sender', 'add', 'Own', 'own', OWN)
    assert asked.page().sections['verdict'].lead == (
        '1 domain at p=reject, which is protected. 1 other domain, which is '
        'ready for p=reject.')


def test_the_days_before_are_beside_these(asked):
    asked.add('a.example', range(10), [(OWN, 1000, PASS), (BAD, 100, FAIL)])
    asked.add('a.example', range(10, 20), [(OWN, 1180, PASS), (BAD, 20, FAIL)])
    days = ['--since=2025-03-17', '--until=2025-03-26']
    for args in days, [*days, 'a.example']:
        page = asked.page(*args)
        said = figures(asked)
        assert said['Messages'] == ('36,000', 'before: 33,000 (+3,000)')
        assert said['Failing'] == ('600', 'before: 3,000 (\u22122,400)')
        assert said['Compliant'] == ('98.3%', 'before: 90.9% (+7.4)')
        assert page.sections['verdict'].notes[-1].endswith(
            'Before: the 10 days from 2025-03-07 to 2025-03-16.')
    # There is nothing to compare with where the days are not covered.
    for args in ['--since=2025-03-12', '--until=2025-03-26'], []:
        asked.page(*args)
        assert figures(asked)['Messages'][1] == ''
        assert 'Before: ' not in asked.html


@pytest.mark.parametrize('disposition, said', [
    ('reject', 'Receivers rejected or quarantined 60 of 60 messages from '
     'hostile senders.'),
    ('quarantine', 'Receivers rejected or quarantined 60 of 60 messages from '
     'hostile senders.'),
    ('none', 'Receivers stopped none of 60 messages from hostile senders: '
     'p=reject asks them to.'),
])
def test_hostile_mail_that_is_stopped_is_good_news(asked, disposition, said):
    asked.add('a.example', range(20), [(EVIL, 1, FAIL)], 'reject', disposition)
    asked.add('b.example', range(20), [(OWN, 50, PASS)])
    notes = asked.page().sections['verdict'].notes
    assert not any('hostile senders' in note for note in notes)
    asked('sender', 'add', 'Evil', 'hostile', EVIL)
    page = asked.page()
    (note,) = [note for note in page.sections['verdict'].notes
               if 'hostile senders' in note]
    assert note.endswith(said)
    assert note.startswith('\u2713 stopped') == (disposition != 'none')
    (row,) = [row for row in page.sections['classes'].table
              if row['Kind'] == 'Hostile']
    assert row['Messages'] == '60'
    assert page.sections['classes'].lead == '60 messages failed: 60 hostile.'


def test_one_domain_has_its_to_do_with_the_commands(asked):
    asked.add('a.example', DAYS, [
        (OWN, 100, PASS), (BAD, 3, FAIL), ('192.0.2.50', 2, FAIL),
        (EVIL, 9, FAIL)])
    asked('sender', 'add', 'Own', 'own', OWN, BAD)
    section = asked.page('a.example').sections['verdict']
    assert section.heads == ['To fix', 'To find out, the riskiest first']
    lines = re.findall('<li>(.*?)</li>', asked.html.split(
        'class="todo"', 1)[1].split('</section>')[0])
    ready = asked('ready', 'a.example')
    assert len(lines) == 3
    assert lines[0].startswith('Own, 270 messages failed.')
    assert lines[1].startswith('192.0.2.50, 180 messages failed: ')
    assert lines[2].startswith(EVIL + ', 810 messages failed')
    for line in lines:
        commands = re.findall('<code>(.*?)</code>', line)
        assert commands and all(one in ready for one in commands)
    # The page about all domains has it in the table of readiness alone.
    assert asked.page().sections['verdict'].heads == []


def test_failure_samples_tell_who_sent_them(asked):
    asked.put('failure.eml', year.failure_mail('example.org', 70))
    asked('import', 'failure.eml')
    ip = '203.0.113.71'
    asked.add('example.org', range(20), [(ip, 1, FAIL)])
    (row,) = asked.page('example.org').sections['failures'].table
    assert row['Source'] == ip
    part = asked.html.split('id="failures"')[1]
    assert 'Our printer' not in part
    asked('sender', 'add', 'Our printer', 'own', ip)
    asked.page('example.org')
    part = asked.html.split('id="failures"')[1]
    assert '<span class="note">Our printer</span>' in part


def test_a_subdomain_has_what_its_organization_is_told(asked):
    """It is in From:, and reports about the organization tell of it."""
    asked.add('example.org', range(20), [(OWN, 10, PASS)])
    for path in asked.directory.glob('in/*.xml'):
        path.write_bytes(path.read_bytes().replace(
            b'</record>', b'</record><record><row><source_ip>192.0.2.8'
            b'</source_ip><count>7</count><policy_evaluated><disposition>none'
            b'</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>'
            b'</row><identifiers><header_from>news.example.org</header_from>'
            b'</identifiers><auth_results><spf><domain>x.example</domain>'
            b'<result>fail</result></spf></auth_results></record>').replace(
                b'<report_id>', b'<report_id>2'))
    asked('import', 'in')
    page = asked.page('news.example.org')
    assert figures(asked)['Messages'] == ('420', '')
    assert figures(asked)['Failing'][0] == '420'
    (row,) = page.sections['sources'].table
    assert (row['Sender'], row['Messages']) == ('192.0.2.8', '420')
    assert page.sections['subdomains'].table == []
    whole = asked.page('example.org')
    assert [row['Domain in From:']
            for row in whole.sections['subdomains'].table] == [
        'news.example.org']
