# SPDX-License-Identifier: BSD-2-Clause
"""ruactl dns DOMAIN IP, and check --dns: against a private NSD."""

import json
import sqlite3
import time

import pytest
from ctl import DAY, Ctl
from test_sources import BAD, DOMAIN, OWN, dkim, feedback, record, spf

YESTERDAY = (int(time.time()) - DAY) // 86400 - 1
ZONES = {
    DOMAIN: '''
        @       MX  10 mx
        @       TXT "v=spf1 mx include:esp.example include:big.example ~all"
        _dmarc  TXT "v=DMARC1; p=reject; rua=mailto:rua@example.org"
        mx      A   192.0.2.25
        mx      AAAA 2001:db8::25
        s1._domainkey TXT "v=DKIM1; k=ed25519; p=\
11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        ''',
    'org': '', 'example': '',
    'esp.example': '@ TXT "v=spf1 ip4:198.51.100.0/25 -all"',
    'big.example': '@ TXT "v=spf1 include:a.big.example -all"\n'
                   'a TXT "v=spf1 ip6:2001:db8:77::/48 -all"'}


@pytest.fixture
def own(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl.put('in.xml', feedback(
        record('192.0.2.25', 100, spf(DOMAIN), dkim(DOMAIN), aligned=OWN),
        record('203.0.113.9', 7, spf(DOMAIN, 'fail'), aligned=BAD),
        p='reject', day=YESTERDAY))
    ctl('import', 'in.xml')
    return ctl


@pytest.fixture
def ask(own, nameserver):
    ns = nameserver(ZONES)

    def run(*args, **more):
        return own(*args, '--server=' + ns.server, **more)
    run.ns = ns
    return run


def words(text):
    return ' '.join(text.split())


@pytest.mark.parametrize('ip, verdict', [
    ('192.0.2.25', 'ok pass, by mx'),
    ('2001:db8::25', 'ok pass, by mx'),
    ('198.51.100.9', 'ok pass, by include:esp.example > '
                     'ip4:198.51.100.0/25'),
    ('2001:DB8:77:0::9', 'ok pass, by include:big.example > '
                         'include:a.big.example > ip6:2001:db8:77::/48')])
def test_an_address_that_passes_says_by_which_term(ask, ip, verdict):
    said = words(ask('dns', DOMAIN, ip))
    assert verdict in said
    assert 'publish' not in said


@pytest.mark.parametrize('ip, term', [
    ('203.0.113.9', 'ip4:203.0.113.9'), ('2001:db8:9::1', 'ip6:2001:db8:9::1')])
def test_one_that_does_not_gets_a_record_to_paste(ask, ip, term):
    said = ask('dns', DOMAIN, ip, code=1)
    assert 'ERROR softfail: no term has it, and the record ends with ~all' in (
        words(said))
    line, = (line for line in said.splitlines() if ' TXT ' in line)
    assert line.strip() == (
        'example.org TXT "v=spf1 mx include:esp.example include:big.example '
        '%s ~all"' % term)


def test_what_it_advises_is_right(ask):
    said = ask('dns', DOMAIN, '203.0.113.9', code=1)
    line, = (line for line in said.splitlines() if ' TXT ' in line)
    ask.ns.change({**ZONES, DOMAIN: '@ TXT ' + line.split(' TXT ', 1)[1] +
                   '\n@ MX 10 mx\nmx A 192.0.2.25\nmx AAAA 2001:db8::25'})
    for ip in ('203.0.113.9', '198.51.100.9', '192.0.2.25'):
        assert 'ok pass' in words(ask('dns', DOMAIN, ip))


def test_a_long_record_is_advised_in_strings(own, nameserver):
    """No string of a TXT record has more than 255 bytes."""
    terms = ' '.join('ip4:198.51.100.%d' % n for n in range(20, 40))
    ns = nameserver({**ZONES, DOMAIN: '@ TXT "v=spf1 %s" "%s -all"' % (
        terms[:200], terms[200:])})
    ask = '--server=' + ns.server
    said = own('dns', ask, DOMAIN, '203.0.113.9', code=1)
    line, = (line for line in said.splitlines() if ' TXT ' in line)
    strings = line.split(' TXT ', 1)[1]
    assert max(map(len, strings.split('" "'))) <= 256 and '" "' in strings
    ns.change({**ZONES, DOMAIN: '@ TXT ' + strings})
    for ip in ('203.0.113.9', '198.51.100.20', '198.51.100.39'):
        assert 'ok pass' in words(own('dns', ask, DOMAIN, ip))


@pytest.mark.parametrize('text, said, code', [
    (None, 'ERROR none: example.org has no SPF record', 1),
    ('v=spf1 -ip4:203.0.113.9 +all', 'ERROR fail, by -ip4:203.0.113.9', 1),
    ('v=spf1 +all', 'warn pass, by +all, which lets everybody pass', 0),
    ('v=spf1 ip4:203.0.113.300 -all', 'ERROR permerror: the record is in '
     'error (syntax, ip4:203.0.113.300)', 1),
    ('v=spf1 ?all', 'ERROR neutral: no term has it', 1),
    ('v=spf1 redirect=esp.example', 'ERROR fail: no term has it, and the '
     'record ends with redirect=esp.example > -all', 1)])
def test_every_result_is_told(own, nameserver, text, said, code):
    ns = nameserver({**ZONES, DOMAIN: '@ TXT "%s"' % text if text
                     else 'mx A 192.0.2.1'})
    out = own('dns', '--server=' + ns.server, DOMAIN, '203.0.113.9', code=code)
    assert said in words(out)


def test_programs_get_the_same(ask):
    row, = json.loads(ask('--format=json', 'dns', DOMAIN, '203.0.113.9',
                          code=1))
    assert (row['result'], row['term'], row['messages'], row['pass'],
            row['problem']) == ('softfail', '~all', 7, 0, None)
    row, = json.loads(ask('--format=json', 'dns', DOMAIN, '198.51.100.9'))
    assert (row['result'], row['path'], row['lookups']) == (
        'pass', 'include:esp.example > ip4:198.51.100.0/25', 2)


@pytest.mark.parametrize('behaviour', ['silent', 'servfail', 'refused',
                                       'garbage', 'wrong_id'])
def test_without_an_answer_there_is_no_verdict(own, fake_nameserver,
                                               behaviour):
    server = fake_nameserver(behaviour)
    said = own('dns', '--server=' + server.server, DOMAIN, '203.0.113.9',
               code=69)
    assert 'It cannot be told: example.org' in words(said)
    assert 'none' not in said and 'fail' not in said


def test_what_was_seen_is_known_afterwards(own, ask):
    assert own.json('sources', '--by=address', DOMAIN)[0]['in_spf'] is None
    ask('dns', DOMAIN, '203.0.113.9', code=1)
    rows = {row['ip']: row for row in own.json('sources', '--by=address',
                                               DOMAIN)}
    assert rows['192.0.2.25']['in_spf'] == 'own'
    assert rows['203.0.113.9']['in_spf'] == 'absent'
    assert 'softfail' in own('dns', '--offline', DOMAIN, '203.0.113.9', code=1)


@pytest.mark.parametrize('args, error', [
    ((DOMAIN, '192.0.2.300'), '192.0.2.300'),
    ((DOMAIN, 'mx.example.org'), 'mx.example.org'),
    (('a b', '192.0.2.1'), '"a b" is not a domain name'),
    (('192.0.2.1',), 'ruactl dns DOMAIN IP'),
    (('192.0.2.0/24',), 'ruactl dns DOMAIN IP'),
    (('me@Example.org',), 'did you mean example.org?'),
    (('https://example.org/x',), 'did you mean example.org?'),
    (('s1._domainkey.example.org',), 'did you mean example.org?'),
    (('_dmarc.example',), '"_dmarc.example" is not a domain name'),
    ((DOMAIN, '--selector=s1._domainkey'), '--selector needs the s=')])
def test_nonsense_is_refused(own, args, error):
    own('dns', '--server=127.0.0.1:1', *args, code=64)
    assert error in own.error


# --- check --dns -----------------------------------------------------------

def change(own, sql):
    with sqlite3.connect(own.database) as db:
        db.execute(sql)
    db.close()


@pytest.fixture
def polled(own):
    """A mailbox that is well, so that check has nothing else to say."""
    change(own, "INSERT INTO mailbox (name, server, username, folder,"
               " last_poll_ts, last_ok_ts) VALUES ('own', 'imap.example.org',"
               " 'rua@example.org', 'INBOX', unixepoch(), unixepoch())")
    return own


def check(own, server, *args, code=0):
    return own('check', '--dns', '--server=' + server, *args, code=code)


def test_all_is_well(polled, ask):
    said = check(polled, ask.ns.server)
    assert said.startswith('RUAD OK: 1 mailbox, last good poll')
    assert ', DNS of 1 domain' in said and "'dns'=0;0" in said
    assert 'DNS' not in polled('check')


KEY = 's1._domainkey TXT'


@pytest.mark.parametrize('broken, said', [
    (lambda z: z.replace(KEY, 's9._domainkey TXT'), 'DNS (K1): '),
    (lambda z: z[:z.index('p=11')] + 'p="', 'DNS (K2): '),
    (lambda z: z.replace('v=DMARC1;', 'v=DMARC2;'), 'DNS (D'),
    (lambda z: z.replace('include:esp.example',
                         'include:nothing.example.org'), 'DNS (S6): '),
    (lambda z: z.replace(' mx ', ' mx ' + ' '.join(
        'a:mx%s.example.org' % c for c in 'abcdefgh') + ' ', 1) + '\n' +
     '\n'.join('mx%s A 192.0.2.25' % c for c in 'abcdefgh'), 'DNS (S3): '),
    (lambda z: z.replace('rua@example.org', 'rua@esp.example'),
     'DNS (R')])
def test_what_breaks_is_told(polled, ask, broken, said):
    check(polled, ask.ns.server)
    ask.ns.change({**ZONES, DOMAIN: broken(ZONES[DOMAIN])})
    out = check(polled, ask.ns.server, code=1)
    assert out.startswith('RUAD WARNING: ') and said in out, out
    assert len(out.splitlines()) == 1


def test_a_change_is_told_for_a_day(polled, ask):
    check(polled, ask.ns.server)
    zone = ZONES[DOMAIN].replace('p=reject', 'p=quarantine')
    ask.ns.change({**ZONES, DOMAIN: zone})
    for _ in range(2):
        out = check(polled, ask.ns.server, code=1)
        assert ('DNS (changed): the DMARC record of _dmarc.example.org '
                'changed') in out
    change(polled, 'UPDATE dns_record SET first_ts = first_ts - 86401')
    assert 'changed' not in check(polled, ask.ns.server)


def test_a_change_in_times_to_come_was_seen_by_a_wrong_clock(polled, ask):
    check(polled, ask.ns.server)
    zone = ZONES[DOMAIN].replace('p=reject', 'p=quarantine')
    ask.ns.change({**ZONES, DOMAIN: zone})
    assert 'changed' in check(polled, ask.ns.server, code=1)
    change(polled, 'UPDATE dns_record SET first_ts = first_ts + 9e8,'
                   ' last_ts = last_ts + 9e8')
    assert 'changed' not in check(polled, ask.ns.server)


def test_other_texts_of_the_domain_are_no_change(polled, ask):
    check(polled, ask.ns.server)
    ask.ns.change({**ZONES, DOMAIN: ZONES[DOMAIN] + '\n@ TXT "verify=1"'})
    assert 'OK' in check(polled, ask.ns.server)


def test_silence_is_no_verdict(polled, fake_nameserver):
    server = fake_nameserver('servfail')
    out = check(polled, server.server, code=1)
    assert out.startswith('RUAD WARNING: ')
    assert 'K1' not in out and 'D1' not in out and 'S1' not in out
    assert server.server in out or 'SERVFAIL' in out


def test_domains_can_be_named(polled, ask):
    assert ', DNS of 1 domain' in check(polled, ask.ns.server, DOMAIN)
    out = check(polled, ask.ns.server, DOMAIN, 'esp.example', code=1)
    assert 'DNS (D1): ' in out and 'esp.example' in out
    out = polled('check', 'example.org', code=3)
    assert 'domains are for check --dns' in out
