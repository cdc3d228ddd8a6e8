# SPDX-License-Identifier: BSD-2-Clause
"""ruactl sources: who sends as a domain, and what proves it."""

import pytest
from ctl import DAY, Ctl
from webpage import Asked

DOMAIN = 'example.org'


def auth(kind, domain, result, selector=None, scope=None):
    more = ('<selector>%s</selector>' % selector if selector else
            '<scope>%s</scope>' % scope if scope else '')
    return '<%s><domain>%s</domain>%s<result>%s</result></%s>' % (
        kind, domain, more, result, kind)


def spf(domain, result='pass', scope='mfrom'):
    return auth('spf', domain, result, scope=scope)


def dkim(domain, result='pass', selector='s1'):
    return auth('dkim', domain, result, selector)


def record(ip, count, *results, aligned=('fail', 'fail'), reason='',
           header_from=DOMAIN, envelope=''):
    why = '<reason><type>%s</type></reason>' % reason if reason else ''
    env = '<envelope_from>%s</envelope_from>' % envelope if envelope else ''
    return (
        '<record><row><source_ip>%s</source_ip><count>%d</count>'
        '<policy_evaluated><disposition>none</disposition><dkim>%s</dkim>'
        '<spf>%s</spf>%s</policy_evaluated></row><identifiers>%s<header_from>'
        '%s</header_from></identifiers><auth_results>%s</auth_results>'
        '</record>' % (ip, count, *aligned, why, env, header_from,
                       ''.join(results)))


def feedback(*records, day=0, domain=DOMAIN, org='Receiver', p='none'):
    begin = DAY + day * 86400
    return (
        '<feedback><report_metadata><org_name>%s</org_name><email>d@%s.example'
        '</email><report_id>%s-%d</report_id><date_range><begin>%d</begin>'
        '<end>%d</end></date_range></report_metadata><policy_published>'
        '<domain>%s</domain><p>%s</p></policy_published>%s</feedback>' % (
            org, org.lower(), domain, day, begin, begin + 86399, domain, p,
            ''.join(records))).encode()


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def store(own, *records, **more):
    own.put('in/%s.xml' % abs(hash((records, str(more)))),
            feedback(*records, **more))
    own('import', 'in')


def senders(own, *args):
    return {row['who']: row for row in own.json('sources', *args)}


OWN, BAD = ('pass', 'pass'), ('fail', 'fail')


@pytest.mark.parametrize('results, who, evidence, author', [
    ([spf('bounce.mcsv.net'), dkim('mcsv.net')], 'Mailchimp', 'spf', None),
    ([dkim('mcsv.net')], 'Mailchimp', 'dkim', None),
    ([spf('bounce.example.org'), dkim('mcsv.net')], 'Mailchimp', 'dkim', None),
    ([spf('lists.example.net'), dkim('mcsv.net')],
     'example.net', 'spf', 'Mailchimp'),
    ([spf('other.example')], 'other.example', 'spf', None),
    ([spf('example.org')], 'own SPF', 'own', None),
    # Anybody may claim a domain: what did not pass proves nothing.
    ([spf('mcsv.net', 'fail'), dkim('google.com', 'fail')],
     '192.0.2.1', 'address', None),
    ([spf('mcsv.net', 'softfail'), dkim('mcsv.net')],
     '192.0.2.1', 'address', 'Mailchimp'),
    ([spf('mcsv.net', 'none'), dkim('google.com', 'neutral')],
     '192.0.2.1', 'address', None),
    ([], '192.0.2.1', 'address', None),
    ([spf('x' * 60 + '.mcsv.net'), dkim('.'), dkim('')], 'Mailchimp', 'spf',
     None),
    ([spf('vps1.ovh.net', scope='helo')], '192.0.2.1', 'address', None)])
def test_what_passed_tells_who_it_is(own, results, who, evidence, author):
    store(own, record('192.0.2.1', 7, *results))
    row, = own.json('sources', DOMAIN)
    assert (row['who'], row['evidence'], row['author'], row['addresses'],
            row['messages'], row['fail']) == (who, evidence, author, 1, 7, 7)


def test_a_sender_is_one_row(own):
    store(own, *[record('192.0.2.%d' % i, 10, spf('mcsv.net'))
                 for i in range(1, 6)],
          *[record('198.51.100.%d' % i, 2) for i in range(9)],
          record('203.0.113.5', 3), record('2001:db8:0:1::1', 1),
          record('2001:db8:0:1::2', 1), record('192.0.2.77', 30,
                                               dkim('mcdlv.net')))
    rows = senders(own, DOMAIN)
    assert {who: (row['addresses'], row['messages'], row['evidence'])
            for who, row in rows.items()} == {
        'Mailchimp': (6, 80, 'spf'),
        '198.51.100.0/24': (9, 18, 'network'),
        '203.0.113.5': (1, 3, 'address'),
        '2001:db8:0:1::/64': (2, 2, 'network')}
    assert own('sources', DOMAIN).splitlines()[1] == (
        '4 senders, 18 addresses: 103 messages, 103 failing')
    networks = senders(own, '--by=network', DOMAIN)
    assert {who: row['addresses'] for who, row in networks.items()} == {
        '192.0.2.0/24': 6, '198.51.100.0/24': 9, '203.0.113.5': 1,
        '2001:db8:0:1::/64': 2}
    assert len(own.json('sources', '--by=address', DOMAIN)) == 18


def test_as_whom_else_it_passes_is_said(own):
    """The name is that of most messages; another identity is not kept back."""
    store(own, record('192.0.2.1', 95, spf('mcsv.net')),
          record('192.0.2.1', 4, spf('other.example')),
          record('192.0.2.1', 1, dkim('third.example')),
          record('192.0.2.2', 900, spf('mcsv.net'), dkim('mcsv.net')),
          record('192.0.2.3', 50, spf('example.org'), aligned=OWN),
          record('192.0.2.3', 50, spf('news.example'), spf('example.org')),
          record('192.0.2.4', 9, spf('list.example'), dkim('mcsv.net')),
          record('192.0.2.4', 2, spf('list.example'), dkim('x.example')))
    rows = senders(own, DOMAIN)
    assert {who: row['also'] for who, row in rows.items()} == {
        'Mailchimp': 'other.example', 'own SPF': 'news.example',
        'list.example': 'x.example'}
    assert {row['ip']: row['also'] for row in own.json(
        'sources', '--by=address', DOMAIN)} == {
            '192.0.2.1': 'other.example', '192.0.2.2': None,
            '192.0.2.3': 'news.example', '192.0.2.4': 'x.example'}
    # Of all addresses of a sender, in whole per cent.
    assert own('sources', DOMAIN, 'Mailchimp').splitlines()[1] == (
        'Known by SPF, under 1% passes as other.example')
    for title in ('Mailchimp, by SPF, under 1% passes as other.example',
                  "Mailchimp's mail, handed over by list.example, "
                  '18% passes as x.example'):
        assert title in ' '.join(own('why', DOMAIN).split())
    assert own.json('192.0.2.3')[0]['also'] == 'news.example'
    own('sender', 'add', 'letters', 'service', 'spf=mcsv.net')
    assert senders(own, DOMAIN)['letters']['also'] is None


def test_one_sender_is_opened_by_its_name(own):
    store(own, record('192.0.2.1', 10, spf('mcsv.net')),
          record('192.0.2.9', 20, spf('mcsv.net')),
          record('198.51.100.1', 5), record('198.51.100.2', 5))
    for name in 'Mailchimp', 'mailchimp':
        assert [(row['ip'], row['messages']) for row in own.json(
            'sources', DOMAIN, name)] == [('192.0.2.9', 20), ('192.0.2.1', 10)]
    assert {row['ip'] for row in own.json(
        'sources', DOMAIN, '198.51.100.0/24')} == {
            '198.51.100.1', '198.51.100.2'}
    out = own('sources', DOMAIN, 'Mailchimp').splitlines()
    assert out[0].startswith('Mailchimp, example.org, 30 days to')
    assert out[1] == 'Known by SPF'
    own('sources', DOMAIN, 'Mailchip', code=66)
    assert own.error == (
        'ruactl: example.org has no sender "Mailchip" in these days (did you '
        'mean "Mailchimp"?): ruactl sources example.org lists them\n')


def test_a_customer_of_a_host_is_no_name(own):
    store(own, record('192.0.2.1', 10, spf('a.compute.amazonaws.com')))
    row, = own.json('sources', DOMAIN)
    assert (row['who'], row['evidence'], row['kind']) == (
        '192.0.2.1', 'address', 'host')
    assert 'a customer of' in own('sources', DOMAIN)


def test_a_subdomain_answers_from_its_organization(own):
    store(own, record('192.0.2.1', 10, spf('example.org'), aligned=OWN),
          record('192.0.2.2', 5, header_from='news.example.org'),
          record('192.0.2.3', 3, header_from='a.news.example.org'),
          record('192.0.2.4', 2, header_from='oldnews.example.org'))
    assert {row['ip']: row['messages'] for row in own.json(
        'sources', '--by=address', 'news.example.org')} == {
            '192.0.2.2': 5, '192.0.2.3': 3}
    assert own('sources', 'news.example.org').startswith(
        'news.example.org, 30 days to')
    assert own.json('failures', 'news.example.org')['failing'] != []
    assert own('sources', 'none.example.org') == (
        'No reports about none.example.org.\nAll domains: ruactl summary\n')
    for command in 'summary', 'reports':
        assert own(command, 'news.example.org').endswith(
            'No reports about news.example.org itself: those about example.org '
            'tell of it.\n'
            'Who sends as news.example.org: ruactl sources news.example.org\n')
    # A policy of its own makes reports of its own; nothing counts twice.
    store(own, record('192.0.2.9', 7, header_from='news.example.org'),
          domain='news.example.org')
    assert sum(row['messages'] for row in own.json(
        'sources', 'news.example.org')) == 15
    assert sum(row['messages'] for row in own.json(
        'sources', DOMAIN)) == 27


@pytest.mark.parametrize('typed, near', [
    ('exampel.org', True), ('example.or', True), ('exmple.rg', True),
    ('axampelx.org', False), ('example.net', False), ('x' * 300, False)])
def test_a_mistyped_domain_is_answered_with_the_nearest(own, typed, near):
    store(own, record('192.0.2.1', 10))
    for command in 'summary', 'sources', 'why', 'ready':
        assert own(command, typed).splitlines()[1:] == (
            ['Did you mean example.org?'] if near else []) + [
                'All domains: ruactl summary']


def test_what_failed_is_one_of_four(own):
    store(own, record('192.0.2.1', 1), record('192.0.2.2', 2),
          record('192.0.2.3', 4), record('192.0.2.4', 8, reason='forwarded'),
          record('192.0.2.5', 16))
    for number, kind in (1, 'own'), (2, 'hostile'), (3, 'forwarder'):
        own('sender', 'add', kind, kind, '192.0.2.%d' % number)
    rows = {row['ip']: row for row in own.json(
        'sources', '--by=address', DOMAIN)}
    assert {ip: [key for key in ('lost', 'suffers', 'stopped', 'unknown')
                 if row[key]] for ip, row in rows.items()} == {
        '192.0.2.1': ['lost'], '192.0.2.2': ['stopped'],
        '192.0.2.3': ['suffers'], '192.0.2.4': ['suffers'],
        '192.0.2.5': ['unknown']}
    assert [row['class'] for row in (rows['192.0.2.%d' % i]
                                     for i in range(1, 6))] == [
        'known', 'hostile', 'forwarded', 'forwarded', 'unknown']
    assert [row['ip'] for row in own.json(
        'sources', '--by=address', '--unknown', DOMAIN)] == ['192.0.2.5']


def test_new_is_what_was_not_there_before(own):
    store(own, record('192.0.2.1', 1, spf('mcsv.net')),
          record('198.51.100.1', 1), day=0)
    store(own, record('192.0.2.200', 1, spf('mcsv.net')),
          record('198.51.100.99', 1), record('203.0.113.1', 1),
          record('192.0.2.1', 1, spf('mcsv.net')), day=20)
    assert list(senders(own, '--new', DOMAIN)) == ['203.0.113.1']
    assert {row['ip'] for row in own.json(
        'sources', '--new', '--by=address', DOMAIN)} == {
            '192.0.2.200', '198.51.100.99', '203.0.113.1'}


def test_a_flood_of_addresses_is_shown_whole(own):
    """What is shown is longer than any value of the database may be."""
    n = 100000
    store(own, *['<record><row><source_ip>10.%d.%d.%d</source_ip><count>1'
                 '</count><policy_evaluated><dkim>fail</dkim><spf>fail</spf>'
                 '</policy_evaluated></row><identifiers><header_from>%s'
                 '</header_from></identifiers></record>' % (
                     i >> 16, i >> 8 & 255, i & 255, DOMAIN)
                 for i in range(n)])
    assert len(own.json('sources', '--by=address', DOMAIN)) == n
    row, = own.json('ready', DOMAIN)
    assert row['unknown'] == n == sum(task['messages']
                                      for task in row['todo'])


def test_nonsense_is_refused(own):
    store(own, record('192.0.2.1', 1))
    own('sources', '--by=name', DOMAIN, code=64)
    assert own.error.endswith(
        '--by takes sender, network or address, not "name"\n')


def test_mail_without_an_address_is_there(own):
    store(own, record('', 4), record('192.0.2.1', 1))
    rows = senders(own, DOMAIN)
    assert rows['no address']['messages'] == 4
    assert rows['no address']['addresses'] == 0


def test_who_named_a_sender_is_said_to_people_only(build, tmp_path):
    own = Asked(build, tmp_path)
    store(own, record('192.0.2.1', 7, spf('mcsv.net')), record('192.0.2.9', 2))
    own('sender', 'add', 'the office', 'own', '192.0.2.9')
    row, = [line for line in own('sources', DOMAIN).splitlines()
            if line.startswith('the office')]
    assert row.split()[2:6] == ['own', 'by', 'you', '1']
    assert own('sources', DOMAIN, 'the office').splitlines()[1] == (
        'Known by you')
    row, = [line for line in own('192.0.2.9').splitlines()
            if line.startswith(DOMAIN)]
    assert row.split()[1:5] == ['the', 'office', 'by', 'you']
    own.page()
    assert '<span class="note">own, by you</span>' in own.html
    for args in (['sources', DOMAIN], ['192.0.2.9']):
        rows = own.json(*args)
        assert 'by you' not in str(rows)
        assert ('the office', 'rule') in [
            (row['who'], row['evidence']) for row in rows]
    # Of a story the kind says so already.
    assert own('why', DOMAIN, 'the office').splitlines()[1] == (
        'the office (own)')
