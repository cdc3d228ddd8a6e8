# SPDX-License-Identifier: BSD-2-Clause
"""ruactl explain: what to change, with the record to write."""

import json

import pytest

from ctl import Ctl

GOOGLE = """Authentication-Results: mx.google.com;%s
Received: from mail.example.net (mail.example.net. [198.51.100.7])
 by mx.google.com with ESMTPS id 1 for <anna@gmail.example>;
 Fri, 27 Nov 2026 01:15:06 -0800 (PST)
%sFrom: news@example.org
Subject: x

x
"""
SPF_FAIL = ' spf=fail smtp.mailfrom=%s;'
SPF_PASS = ' spf=pass smtp.mailfrom=%s;'
DMARC = ' dmarc=fail (p=REJECT dis=NONE) header.from=example.org'
BOUNCE, HELO = 'bounce.example.org', 'mail.example.net'
KEY = 'SELECTOR._domainkey.example.org TXT "v=DKIM1; k=rsa; p=KEY"'


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def explain(own, text, *options):
    got = json.loads(own('--format=json', 'explain', *options, '-',
                         stdin=text.encode()))
    assert len(got['changes']) == len(got['records']) <= 3
    return got


@pytest.mark.parametrize('results, records', [
    # Another domain signs and sends.
    (SPF_PASS % 'em.example.net' + ' dkim=pass header.d=example.net;' + DMARC,
     [KEY, 'bounce.example.org TXT "v=spf1 ip4:198.51.100.7 ~all"']),
    # Nothing at all.
    (' spf=none smtp.mailfrom=bounce.example.org; dkim=none;' + DMARC,
     [KEY, 'bounce.example.org TXT "v=spf1 ip4:198.51.100.7 ~all"']),
    # The key is missing; of SPF the record is not known.
    (SPF_FAIL % 'example.org' + ' dkim=permerror header.d=example.org '
     'header.s=k1;' + DMARC,
     ['k1._domainkey.example.org TXT "v=DKIM1; k=rsa; p=KEY"', None]),
    # Nothing failed.
    (SPF_PASS % 'example.org' + ' dkim=none; dmarc=pass '
     'header.from=example.org', []),
    (SPF_PASS % 'example.org' + ' dkim=pass header.d=example.org; '
     'dmarc=bestguesspass header.from=example.org',
     ['_dmarc.example.org TXT "v=DMARC1; p=none; '
      'rua=mailto:dmarc@example.org"']),
])
def test_each_change_has_the_record_to_write(own, results, records):
    got = explain(own, GOOGLE % (results, ''))
    assert got['records'] == records
    text = own('explain', '-', stdin=(GOOGLE % (results, '')).encode())
    for record in filter(None, records):
        assert '   %s\n' % record in text, 'it is broken, and cannot be pasted'
    if records and 'dmarc=fail' in results:
        assert 'At the sending server, mail.example.net [198.51.100.7]:' \
            in text
        assert any('there is nothing to change' in n for n in got['notes'])


def test_with_dns_the_whole_record_is_written(own, nameserver):
    ns = nameserver({'example.org': """
        @       TXT "v=spf1 mx include:_spf.example.net ~all"
        _dmarc  TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
        """, 'example.net': '_spf TXT "v=spf1 ip4:192.0.2.0/24 -all"'})
    text = GOOGLE % (SPF_FAIL % 'example.org' + ' dkim=none;' + DMARC, '')
    before = explain(own, text)
    got = explain(own, text, '--dns', '--server=' + ns.server)
    assert got['records'] == [KEY, 'example.org TXT "v=spf1 mx include:'
                              '_spf.example.net ip4:198.51.100.7 ~all"']
    assert got['headline'] == before['headline']
    text = GOOGLE % (SPF_PASS % 'mail.example.org' + ' dkim=pass '
                     'header.d=mail.example.org;' + DMARC, '')
    got = explain(own, text, '--dns', '--server=' + ns.server)
    assert got['records'] == [
        '_dmarc.example.org TXT "v=DMARC1; p=reject; aspf=s"',
        '_dmarc.example.org TXT "v=DMARC1; p=reject; adkim=s"']
    assert 'Sign with d=example.org instead of d=mail.example.org' in \
        got['changes'][0]


@pytest.mark.parametrize('policy, records', [
    ('p=reject', []),
    ('p=reject; adkim=s', []),
    ('p=reject; aspf=s', []),
    ('p=reject; adkim=s; aspf=s', ['_dmarc.example.org TXT "v=DMARC1; '
                                   'p=reject; aspf=s"',
                                   '_dmarc.example.org TXT "v=DMARC1; '
                                   'p=reject; adkim=s"']),
])
def test_what_the_policy_of_today_lets_count_needs_no_change(
        own, nameserver, policy, records):
    ns = nameserver({'example.org': '_dmarc TXT "v=DMARC1; %s"' % policy,
                     'org': ''})
    text = GOOGLE % (SPF_PASS % 'mail.example.org' + ' dkim=pass '
                     'header.d=mail.example.org;' + DMARC, '')
    got = explain(own, text, '--dns', '--server=' + ns.server)
    assert got['records'] == records
    assert len(got['notes']) == (not records)
    assert records or 'it was another record then' in got['notes'][0]
    # The signature that Google saw is not here.
    assert got['dns']['passes'] == 'unknown'


OUTLOOK = ("550 5.7.515 Access denied, sending domain example.org doesn't "
           'meet the required authentication level.')


@pytest.mark.parametrize('zone, dmarc', [
    ('', ['_dmarc.example.org TXT "v=DMARC1; p=none; '
          'rua=mailto:dmarc@example.org"']),
    ('_dmarc TXT "v=DMARC1; p=reject"', []),
    (None, [None]),
])
def test_of_what_is_demanded_together_all_is_to_change(
        own, nameserver, zone, dmarc):
    ns = nameserver({'example.org': zone, 'org': ''})
    got = explain(own, OUTLOOK, '--dns', '--server=' + ns.server)
    assert got['records'] == [KEY, None] + dmarc
    assert got['status']['class'] == 'requirements'
    assert got['changes'][0].startswith('Sign its mail with DKIM')
    assert 'the SPF record of the envelope' in got['changes'][1]
    assert all('Publish a DMARC record for example.org' in change
               for change in got['changes'][2:])
    # A record that would replace a policy is not handed out unasked.
    assert explain(own, OUTLOOK)['records'] == [KEY, None, None]


def test_no_answer_writes_no_record(own, nameserver):
    ns = nameserver({'example.org': None})
    text = GOOGLE % (SPF_FAIL % 'example.org' + ' dkim=none;' + DMARC, '')
    got = explain(own, text, '--dns', '--server=' + ns.server)
    assert got['records'] == [KEY, None]


NULL = 'Return-Path: <>\n'
BOUNCES = 'Return-Path: <anna@bounce.example.org>\n'


@pytest.mark.parametrize('said, path, domain, result', [
    ('spf=pass smtp.mailfrom=anna@bounce.example.org', '', BOUNCE, 'pass'),
    ('spf=pass smtp.mailfrom="<anna@bounce.example.org>"', '', BOUNCE, 'pass'),
    ('spf=pass smtp.mailfrom="<bert@bounce.example.org>"', '', BOUNCE, 'fail'),
    ('spf=pass (mx.google.com: domain of anna@bounce.example.org designates '
     '198.51.100.7 as permitted sender)', '', BOUNCE, 'pass'),
    ('spf=none smtp.mailfrom=none', BOUNCES, BOUNCE, 'pass'),
    ('spf=none smtp.mailfrom=none', NULL, HELO, 'softfail'),
    ('spf=none smtp.mailfrom=none', '', None, None),
    ('spf=pass smtp.mailfrom="<>"', BOUNCES, HELO, 'softfail'),
    ('spf=pass smtp.mailfrom="<>" smtp.helo=bounce.example.org', '', BOUNCE,
     'fail'),
    # DMARC asks of the sender, whatever else was judged.
    ('spf=pass smtp.helo=mail.example.net', BOUNCES, BOUNCE, 'pass'),
    ('spf=pass smtp.helo=mail.example.net', '', None, None),
])
def test_whose_spf_it_is_has_many_spellings(
        own, nameserver, said, path, domain, result):
    ns = nameserver({'example.org': """
        bounce            TXT "v=spf1 exists:%{l}.users.example.org -all"
        anna.users        A   127.0.0.2
        """, 'example.net': 'mail TXT "v=spf1 ~all"'})
    got = explain(own, path + GOOGLE % (' %s;' % said + DMARC, ''), '--dns',
                  '--server=' + ns.server)
    assert (got['dns']['spf_domain'], got['dns']['spf']) == (domain, result)


def test_a_forwarder_is_no_server_of_ours(own):
    way = """Received: from mail.example.org (mail.example.org [192.0.2.50])
 by relay.example.net (Postfix) with ESMTPS id 4
 for <anna@example.net>; Fri, 27 Nov 2026 10:15:05 +0100 (CET)
"""
    results = SPF_FAIL % 'example.org' + DMARC
    got = explain(own, GOOGLE % (results, way))
    assert got['ground'] == 'forwarding'
    assert got['records'][0] == KEY
    assert not any('SPF record' in c for c in got['changes'])
    assert 'It seems that a forwarder sent the message on:' in got['headline']
    got = explain(own, GOOGLE % (results, ''))
    assert got['ground'] == 'results'
    assert any('SPF record' in c for c in got['changes'])


REPLY = {
    'spf': ('550-5.7.26 SPF [example.org] with ip: [192.0.2.7] = did not pass '
            '550 5.7.26 The sender is unauthenticated. Gmail requires all '
            'senders to authenticate with either SPF or DKIM. a1 - gsmtp',
            'ip4:192.0.2.7'),
    'domain': ('550 5.7.509 Access denied, sending domain EXAMPLE.ORG does not '
               'pass DMARC verification and has a DMARC policy of reject.',
               KEY),
    'none': ('550 5.7.40 no DMARC record or policy. a1 - gsmtp', None),
}


@pytest.mark.parametrize('name', sorted(REPLY))
def test_what_an_answer_names_is_used(own, name):
    reply, words = REPLY[name]
    got = explain(own, reply + '\n')
    if words is None:
        assert got['records'] == [None]
    else:
        assert words in ' '.join(got['changes'] +
                                 list(filter(None, got['records'])))


@pytest.mark.parametrize('answer, record', [
    ('450 4.7.25 Client host rejected: cannot find your hostname, '
     '[192.0.2.7]', '7.2.0.192.in-addr.arpa. PTR HOST.'),
    ('550-5.7.25 [2001:db8::7] The IP address sending this message does not '
     'have a PTR record 550 5.7.25 a1 - gsmtp', None),
])
def test_a_ptr_record_is_written_of_the_address_that_is_named(
        own, answer, record):
    got = explain(own, answer + '\n')
    assert got['status']['class'] == 'reverse_dns'
    assert got['records'] == [record]


def test_a_signature_names_the_selector_that_the_receiver_left_out(own):
    way = 'DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k7; h=from; ' \
        'bh=aa==; b=aa==\n'
    got = explain(own, GOOGLE % (' dkim=fail header.d=example.org; spf=fail '
                                 'smtp.mailfrom=example.net;' + DMARC, way))
    assert 'k7._domainkey.example.org' in got['changes'][0]


def test_of_what_nobody_judged_there_is_nothing_to_make_pass(own):
    field = 'X-Forefront-Antispam-Report: SCL:9;SFV:SPM;CAT:SPM;'
    got = explain(own, 'Received: from a.example (192.0.2.1) by '
                  'x.mail.protection.outlook.com; Fri, 27 Nov 2026 09:15:08 '
                  '+0000\nFrom: a@example.org\n%s\n\nx\n' % field)
    assert got['ground'] == 'filter'
    assert not any('DKIM,' in c or 'SPF record' in c for c in got['changes'])
    got = explain(own, GOOGLE % (' dmarc=temperror header.from=example.org',
                                 ''))
    assert (got['outcome'], got['changes']) == ('unknown', [])


def test_what_is_no_name_is_not_pasted(own):
    text = GOOGLE % (' spf=none smtp.mailfrom="a@x y;$(id).example.org"; '
                     'dkim=permerror header.d=example.org header.s="k`id`";' +
                     DMARC, '')
    got = explain(own, text)
    assert all(r is None or '`' not in r and '$' not in r
               for r in got['records'])


def test_a_field_that_was_pasted_alone_tells_whose_it_is(own):
    got = explain(own, 'Authentication-Results: spf=pass (sender IP is '
                  '192.0.2.50) smtp.mailfrom=example.com; dkim=pass '
                  'header.d=example.com; dmarc=pass action=none '
                  'header.from=example.com;compauth=pass reason=100\n')
    rows = [(r['identifier'], r['domain'], r['aligned'])
            for r in got['identifiers']]
    assert rows == [('from', 'example.com', None),
                    ('spf', 'example.com', 'yes'),
                    ('dkim', 'example.com', 'yes'),
                    ('dmarc', 'example.com', None)]
    assert (got['outcome'], got['cause']) == ('passed', 'aligned')
