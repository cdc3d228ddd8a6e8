# SPDX-License-Identifier: BSD-2-Clause
"""Whether an address is in the SPF record, as far as it was looked up: what
sources, why, ready and the page of an address say of it, without asking."""

import sqlite3

import pytest
from ctl import DAY, Ctl
from test_sources import BAD, DOMAIN, OWN, dkim, feedback, record, spf

SEEN = DAY + 3 * 86400          # 2025-03-10
RECORDS = {
    DOMAIN: 'v=spf1 ip4:192.0.2.0/28 a:mx.example.org include:spf.example.org '
            'include:esp.example include:sendgrid.net -ip4:203.0.113.7 -all',
    'spf.example.org': 'v=spf1 ip4:192.0.2.64/28 ~all',
    'esp.example': 'v=spf1 include:pool.esp.example -all',
    'pool.esp.example': 'v=spf1 ip4:198.51.100.0/25 -all',
    'sendgrid.net': 'v=spf1 ip4:198.51.100.128/25 ~all'}
ADDRESSES = {('mx.example.org', 'A'): '203.0.113.1',
             ('mx.example.org', 'AAAA'): None}


def keep(own, records=RECORDS, addresses=ADDRESSES):
    """As ruactl dns keeps it."""
    rows = [(name, 'TXT', 'ok', '"%s"' % text)
            for name, text in records.items()]
    rows += [(name, kind, 'ok' if value else 'none', value)
             for (name, kind), value in addresses.items()]
    with sqlite3.connect(own.database) as db:
        db.executemany('INSERT INTO dns_record (name, type, status, value,'
                       ' first_ts, last_ts) VALUES (?, ?, ?, ?, %d, %d)'
                       % (SEEN - 86400, SEEN), rows)
    db.close()


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def store(own, *records, **more):
    own.put('in.xml', feedback(*records, **more))
    own('import', 'in.xml')


def passes(ip, count=10):
    return record(ip, count, spf(DOMAIN), dkim(DOMAIN), aligned=OWN)


def fails(ip, count=10):
    return record(ip, count, aligned=BAD)


# address, what the record says, by which term, who it is then, by what
PLACES = [
    ('192.0.2.1', 'own', 'ip4:192.0.2.0/28', 'own SPF', 'own'),
    ('203.0.113.1', 'own', 'a:mx.example.org', 'own SPF', 'own'),
    ('192.0.2.65', 'include', 'include:spf.example.org > ip4:192.0.2.64/28',
     'own SPF', 'own'),
    ('198.51.100.9', 'include',
     'include:esp.example > include:pool.esp.example > ip4:198.51.100.0/25',
     'esp.example', 'include'),
    ('198.51.100.200', 'include',
     'include:sendgrid.net > ip4:198.51.100.128/25', 'SendGrid',
     'include'),
    ('203.0.113.7', 'denied', '-ip4:203.0.113.7', '203.0.113.7', 'address'),
    ('203.0.113.99', 'absent', '-all', '203.0.113.99', 'address'),
    ('2001:db8::9', 'absent', '-all', '2001:db8::9', 'address')]


def by_address(own):
    return {row['ip']: row
            for row in own.json('sources', '--by=address', DOMAIN)}


def test_it_is_said_of_every_source(own):
    store(own, *[fails(place[0]) for place in PLACES])
    assert {row['in_spf'] for row in by_address(own).values()} == {None}
    assert 'in SPF' not in own('sources', '--by=address', DOMAIN)
    keep(own)
    rows = by_address(own)
    whos = {row['ip']: row for row in own.json('sources', '--by=address',
                                               DOMAIN)}
    for ip, state, term, who, evidence in PLACES:
        row = rows[ip]
        assert (ip, row['in_spf'], row['spf_term'], row['evidence']) == (
            ip, state, term, evidence)
        assert (whos[ip]['who'] or ip) == who
    assert 'in SPF' in own('sources', '--by=address', DOMAIN)


@pytest.mark.parametrize('ip, sentence', [
    ('192.0.2.1', 'In the SPF record of example.org by ip4:192.0.2.0/28 '
                  '(looked up on 2025-03-10).'),
    ('203.0.113.99', 'In no term of the SPF record of example.org: if it is '
                     'yours, add ip4:203.0.113.99 (looked up on 2025-03-10).'),
    ('2001:db8::9', 'In no term of the SPF record of example.org: if it is '
                    'yours, add ip6:2001:db8::9 (looked up on 2025-03-10).'),
    ('203.0.113.7', 'The SPF record of example.org does not allow it: '
                    '-ip4:203.0.113.7 (looked up on 2025-03-10).')])
def test_it_is_said_in_words(own, ip, sentence):
    store(own, *[fails(place[0]) for place in PLACES])
    keep(own)
    for command in (('why', DOMAIN, ip), (ip,)):
        assert sentence in ' '.join(own(*command).split())
    if ip == '2001:db8::9':     # the one of its network
        story, = (s for s in own.json('why', DOMAIN) if s['ip'] == ip)
        assert sentence in story['evidence']


def test_who_would_not_be_added_is_not_advised(own):
    store(own, fails('203.0.113.99'))
    keep(own)
    own('sender', 'add', 'A list', 'forwarder', '203.0.113.99')
    text = ' '.join(own('why', DOMAIN, '203.0.113.99').split())
    assert 'In no term of the SPF record of example.org (looked' in text
    assert 'if it is yours' not in text


def test_of_several_addresses_it_is_summed_up(own):
    store(own, *[fails('198.51.100.%d' % i) for i in range(1, 6)],
          *[record('203.0.113.%d' % i, 5, spf('esp.example'), aligned=BAD)
            for i in (50, 51)])
    keep(own)
    text = ' '.join(own('sources', DOMAIN, 'esp.example').split())
    assert ('5 of its 7 addresses are in the SPF record of example.org, by '
            'include:esp.example; 2 in no term: 203.0.113.50, 203.0.113.51 '
            '(looked up on 2025-03-10).') in text


def test_what_was_not_looked_up_is_not_judged(own):
    store(own, *[fails(place[0]) for place in PLACES])
    keep(own, {DOMAIN: RECORDS[DOMAIN]}, {})
    rows = by_address(own)
    # Before the first include it is certain.
    assert rows['192.0.2.1']['in_spf'] == 'own'
    for ip in ('198.51.100.9', '203.0.113.99', '192.0.2.65'):
        assert rows[ip]['in_spf'] is None
        assert 'SPF record of' not in own('why', DOMAIN, ip)


@pytest.mark.parametrize('text, state, words', [
    (None, 'no_record', 'example.org has no SPF record'),
    ('v=spf1 ip4:192.0.2.300 -all', 'error', 'is in error'),
    ('v=spf1 +all', 'include', 'by +all'),
    ('v=spf1 ptr -all', 'depends', 'depends on the message')])
def test_odd_records(own, text, state, words):
    store(own, fails('203.0.113.99'))
    keep(own, {DOMAIN: text or 'x'}, {})
    assert by_address(own)['203.0.113.99']['in_spf'] == state
    assert words in ' '.join(own('why', DOMAIN, '203.0.113.99').split())


def test_an_address_of_the_record_may_be_the_admins(own):
    """Failing mail of nobody that the record names by a term of its own."""
    store(own, passes('198.51.100.200', 1000), fails('203.0.113.1', 2),
          fails('203.0.113.99', 2))
    keep(own)
    rows = by_address(own)
    assert 'spf_record' in rows['203.0.113.1']['signs']
    assert 'spf_record' not in rows['203.0.113.99']['signs']
    assert 'your SPF record has its address' in ' '.join(
        own('why', DOMAIN, '203.0.113.1').split())


def test_a_term_is_foreign_text(own):
    store(own, fails('192.0.2.1'))
    keep(own, {DOMAIN: 'v=spf1 ip4:192.0.2.0/24 x=\\027[31m\\010\\255 -all'},
         {})
    assert '\x1b' not in own('why', DOMAIN, '192.0.2.1')
    keep(own, {DOMAIN: 'v=spf1 \\027[31m'}, {})
    assert '\x1b' not in own('why', DOMAIN, '192.0.2.1')
    assert by_address(own)['192.0.2.1']['in_spf'] == 'error'


@pytest.mark.parametrize('target, state, who', [
    ('other.example', 'own', 'own SPF'),
    ('sendgrid.net', 'include', 'SendGrid')])
def test_a_redirect_is_the_record_itself_unless_it_is_a_services(
        own, target, state, who):
    store(own, fails('203.0.113.99'))
    keep(own, {DOMAIN: 'v=spf1 redirect=' + target,
               target: 'v=spf1 ip4:203.0.113.99 -all'}, {})
    row = by_address(own)['203.0.113.99']
    assert (row['in_spf'], row['who'], row['spf_term']) == (
        state, who, 'redirect=%s > ip4:203.0.113.99' % target)
