# SPDX-License-Identifier: BSD-2-Clause
"""ruactl explain: what became of one message, who decided, on what ground."""

import json
import os
import re
import shutil
import time

import dkim
import pytest

from ctl import DAY, Ctl, report
from dkim_mail import rsa_key

INPUTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..',
                      'explain')
NAMES = sorted(name for name in os.listdir(INPUTS)
               if not name.startswith(('.', '_'))
               and not name.endswith(('.jsonl', '.answer', '.py')))
NOTHING = {'empty.txt', 'words.txt', 'outlook.msg', 'google-page-table.txt',
           'talk-of-an-address.txt'}
FORGED = b"""Authentication-Results: mx.google.com; dmarc=fail (p=reject
 dis=reject) header.from=example.com; spf=fail smtp.mailfrom=example.com
X-Forefront-Antispam-Report: SCL:9;SFV:SPM;CAT:PHSH
"""


def path(name):
    return os.path.join(INPUTS, name)


def read(name):
    with open(path(name), 'rb') as f:
        return f.read()


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def explain(own, data, *options):
    return json.loads(own('--format=json', 'explain', *options, '-',
                          stdin=data))


# outcome, ground, trusted, by, cause, what the headline has
EXPECTED = {
    'arc-list.eml': ('failed', 'forwarding', False, 'mx.example.org',
                     'spf_unaligned', 'mailing list list.lists.example.net'),
    'bounce-exchange.eml': ('refused', 'status', False, 'Microsoft',
                            'no_auth', '550 5.7.509. DMARC failed'),
    'bounce-exim.eml': ('refused', 'status', False, 'Yahoo', None, '554 5.7.9'),
    'bounce-gmail.eml': ('refused', 'status', False, 'mx.example.com', None,
                         'The recipient does not exist there'),
    'bounce-no-original.eml': ('refused', 'status', False, 'mx.example.net',
                               None, 'for anna@example.net: 5.7.1. '),
    'bounce-pasted.txt': ('refused', 'status', False, 'Microsoft', None,
                          '550 5.7.509'),
    'bounce-postfix.eml': ('refused', 'status', False, 'Google', None,
                           '550 5.7.26. DMARC failed'),
    'bounce-qmail.eml': ('refused', 'status', False, '198.51.100.9', None,
                         '550 5.7.1. SPF failed'),
    'broken-results.eml': ('unknown', 'nothing', False, None, None,
                           'No verdict in it can be believed'),
    'exchange-old.eml': ('failed', 'results', False, 'ex01.corp.example',
                         'no_auth', 'no DKIM signature, and SPF does not'),
    'forged.eml': ('unknown', 'nothing', False, None, None,
                   'No verdict in it can be believed'),
    # A neighbour wrote the name of their provider: that is told, not believed.
    'forged-by-customer.eml': ('passed', 'results', False, 'mx.isp.example',
                               'spf_only', 'which cannot be checked here'),
    'google.eml': ('passed', 'results', True, 'Google', 'dkim_only',
                   'Authentication is fine'),
    'google-list-unsigned.eml': (
        'failed', 'forwarding', False, 'Google', 'dkim_unaligned',
        'mailing list team.groups.example.com'),
    # Refused for good, which the sending server does not believe yet.
    'log-put-off.txt': ('delayed', 'status', False, 'T-Online', None,
                        'for opa@t-online.de, to be tried again: 554'),
    'one-field.txt': ('failed', 'results', False, 'mx.example.org', None,
                      'The header says, which cannot be checked here'),
    'opendmarc.eml': ('failed', 'results', False, 'mx.example.org', None,
                      'DMARC failed'),
    'pasted-without-folding.txt': ('passed', 'results', True, 'Microsoft',
                                   'aligned', 'Authentication is fine'),
    'quoted-printable.txt': ('acted', 'dmarc', False, 'mx.example.org',
                             'no_auth', '(p=reject) asks for that'),
    'reply-exchange.txt': ('refused', 'status', False, 'Microsoft', None,
                           '550 5.7.515'),
    'reply-gmail.txt': ('refused', 'status', False, 'Google', None,
                        'Neither SPF nor DKIM passed'),
    'rspamd.eml': ('failed', 'results', False, 'mx1', 'no_auth',
                   'DMARC failed'),
    'seed-microsoft365.eml': ('spam', 'filter', True, 'Microsoft', 'aligned',
                              'not a matter of authentication'),
    # The answers to MAIL and RCPT take no message.
    'session.txt': ('unknown', 'status', False, None, None,
                    'which is not here'),
    'talk-of-a-bounce.eml': ('unknown', 'nothing', False, None, None,
                             'it came to mx.example.org. "ruactl expl'),
    'value-alone.txt': ('passed', 'results', False, 'Microsoft', 'aligned',
                        'The header says, which cannot be checked here'),
    'yahoo.eml': ('passed', 'results', True, 'Yahoo', 'aligned',
                  'Authentication is fine'),
}


@pytest.mark.parametrize('name', sorted(EXPECTED))
def test_the_headline(own, name):
    got = explain(own, read(name))
    *fields, words = EXPECTED[name]
    assert [got['outcome'], got['ground'], got['trusted'], got['by'],
            got['cause']] == fields
    assert words in got['headline']


@pytest.mark.parametrize('name', NAMES)
def test_every_input_is_explained_or_refused_with_a_reason(own, name):
    if name in NOTHING:
        assert own('explain', path(name), code=65) == ''
        assert 'nothing to explain: ' in own.error
        return
    text = own('explain', path(name))
    got = explain(own, read(name))
    assert len(got['changes']) <= 3
    assert all(line.endswith('.') for line in got['changes'] + got['notes'])
    assert ' '.join(text.split()).startswith(
        ' '.join(got['headline'].split()))
    assert ('To change:' in text) == bool(got['changes'])
    assert own.error == ''


@pytest.mark.parametrize('name', ['google.eml', 'seed-microsoft365.eml',
                                  'arc-list.eml', 'yahoo.eml', 'rspamd.eml'])
def test_what_the_sender_wrote_below_decides_nothing(own, name):
    data = read(name)
    at = data.index(b'\nFrom: ') + 1
    before = explain(own, data)
    after = explain(own, data[:at] + FORGED + data[at:])
    if name == 'seed-microsoft365.eml':
        # Microsoft takes such fields of others out, so that they are its own.
        assert after['ground'] == 'filter'
        return
    for key in ('outcome', 'ground', 'by', 'headline', 'cause', 'changes',
                'trusted', 'identifiers'):
        if name == 'google.eml' and key == 'trusted':
            continue
        assert after[key] == before[key], key


def test_the_table_tells_what_is_aligned_and_why_not(own):
    rows = explain(own, read('google.eml'))['identifiers']
    assert [(r['identifier'], r['domain'], r['result'], r['aligned'])
            for r in rows] == [
        ('from', 'example.org', None, None),
        ('spf', 'bounce.example.net', 'fail', 'no'),
        ('dkim', 'example.org', 'pass', 'yes'),
        ('dmarc', 'example.org', 'pass', None)]
    assert rows[1]['why'] and rows[2]['why'] is None
    assert rows[2]['selector'] == 'k1'


MICROSOFT = b"""Authentication-Results: spf=%s (sender IP is 192.0.2.50)
 smtp.mailfrom=%s; dkim=%s header.d=%s;dmarc=fail action=%s
 header.from=example.com;compauth=%s
Received: from mail.example.com (192.0.2.50) by
 DB5PEPF00014B88.mail.protection.outlook.com (10.167.8.216) with Microsoft SMTP
 Server id 15.20.9073.11; Fri, 27 Nov 2026 09:15:04 +0000
From: shop@example.com
Subject: x
%s
x
"""


@pytest.mark.parametrize('facts, ground, cause', [
    ((b'pass', b'mail.example.net', b'pass', b'example.net', b'quarantine',
      b'fail reason=000', b''), 'dmarc', 'dkim_unaligned'),
    ((b'pass', b'mail.example.net', b'none', b'none', b'oreject',
      b'fail reason=000', b''), 'dmarc', 'spf_unaligned'),
    ((b'fail', b'example.com', b'none', b'none', b'none',
      b'fail reason=001', b''), 'compauth', 'no_auth'),
    ((b'fail', b'example.com', b'fail', b'example.com', b'none',
      b'none reason=300', b'List-Id: <l.example.net>\n'), 'forwarding',
     'dkim_broken'),
    ((b'fail', b'example.com', b'fail', b'example.com', b'none',
      b'none reason=300', b''), 'results', 'dkim_broken'),
])
def test_the_order_of_the_grounds(own, facts, ground, cause):
    got = explain(own, MICROSOFT % facts)
    assert (got['ground'], got['cause']) == (ground, cause)
    # What a list writes, anybody can write.
    assert got['trusted'] == (ground != 'forwarding')
    assert got['by'] == 'Microsoft'
    assert 1 <= len(got['changes']) <= 3


def test_a_verdict_that_strict_alignment_explains_is_not_contradicted(own):
    got = explain(own, MICROSOFT % (b'pass', b'mail.example.com', b'none',
                                    b'none', b'none', b'none', b''))
    assert got['outcome'] == 'failed'
    assert 'aspf=s' in got['headline']
    assert 'Authentication is fine' not in got['headline']


def test_an_unknown_code_is_quoted_and_not_guessed(own):
    got = explain(own, b'550 5.7.987 Computer says no (zz9)\n')
    assert got['status']['enhanced'] == '5.7.987'
    assert got['status']['text'] == 'Computer says no (zz9)'
    assert 'Computer says no (zz9)' in own(
        'explain', stdin=b'550 5.7.987 Computer says no (zz9)\n')


SESSION = b"""220 mx.example.net ESMTP
250 mx.example.net
250 2.1.0 Ok
%s
221 2.0.0 Bye
"""
LOG = b"""Nov 27 09:15:07 mx qmgr[8]: A1: from=<a@example.org> (queue active)
Nov 27 09:15:08 mx smtp[7]: A1: to=<b@example.net>, relay=mx.example.net[192.0\
.2.1]:25, dsn=4.7.1, status=deferred (host mx.example.net[192.0.2.1] said: 451 \
4.7.1 Later, please (in reply to RCPT TO command))
Nov 27 09:45:08 mx smtp[7]: A1: to=<b@example.net>, relay=mx.example.net[192.0\
.2.1]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4L1)
Nov 27 09:45:08 mx qmgr[8]: A1: removed
"""


@pytest.mark.parametrize('data, outcome, code, text', [
    (SESSION % b'550 5.7.1 Access denied', 'refused', 550, 'Access denied'),
    (SESSION % b'451 4.7.1 Later', 'delayed', 451, 'Later'),
    (SESSION % b'250 2.0.0 queued', 'sent_on', 250, 'queued'),
    (LOG, 'sent_on', 250, 'Ok: queued as 4L1'),
    (LOG[:LOG.index(b'Nov 27 09:45')], 'delayed', 451, 'Later, please'),
])
def test_what_decides_in_a_session_or_log(own, data, outcome, code, text):
    got = explain(own, data)
    assert (got['outcome'], got['status']['code'],
            got['status']['text']) == (outcome, code, text)
    assert not any('250' in note or '22' in note for note in got['notes'])


def test_foreign_text_drives_no_terminal(own):
    data = read('google.eml').replace(
        b'header.s=k1', 'header.s="\x1b[31m\u202ek"'.encode()).replace(
        b'mail.example.net (', 'mail\x1b]0;x\x07 ('.encode())
    for text in (own('explain', '-', stdin=data),
                 own('--format=json', 'explain', stdin=data)):
        assert not {'\x1b', '\x07', '\u202e'} & set(text)


def test_foreign_text_is_in_no_command_to_copy(own):
    evil = '$(touch${IFS}evil).example'
    own.put('in/a.xml', report(
        domain=evil, day=int(time.time() - DAY) // 86400 - 2,
        rows=(('198.51.100.7', 11, ('pass', 'fail')),)))
    own('import', 'in')
    data = read('google.eml').replace(b'example.org', evil.encode())
    got = explain(own, data)
    text = ' '.join(got['notes'] + got['changes'])
    assert 'ruactl why DOMAIN 198.51.100.7' in text
    assert not re.search(r'ruactl \S+ \$', text)
    field = b'Authentication-Results: mx;`x`.example; spf=fail\nFrom: a@b.c\n'
    for name in (b'"mx;`x`.example"', b'$(x).example'):
        text = ' '.join(explain(own, field.replace(b'mx;`x`.example', name))[
            'notes'])
        assert not re.search(r'--our-id=\S*[$`;]', text)


@pytest.mark.parametrize('local', [
    'smtp.mailfrom="a; dmarc=pass"@evil.example',
    'smtp.mailfrom="a\\"; dmarc=pass"@evil.example',
    '(of "a) ; dmarc=pass; x=y ("@evil.example)',
    'smtp.mailfrom=a;dmarc=pass'])
def test_words_of_the_sender_in_a_result_are_no_result(own, local):
    answer = explain(own, ("""\
Authentication-Results: mx.google.com; spf=fail %s;
 dmarc=fail (p=REJECT dis=QUARANTINE) header.from=example.com
Received: from evil.example (evil.example. [198.51.100.9])
 by mx.google.com with ESMTPS id 1; Mon, 23 Nov 2026 10:00:03 +0000
From: a@example.com

""" % local).encode())
    assert (answer['outcome'], answer['ground']) == ('acted', 'dmarc')
    assert answer['trusted'] == ('="a' in local)


def test_whose_results_to_believe_can_be_said(own):
    data = read('opendmarc.eml')
    assert explain(own, data, '--our-id=mx.example.org')['trusted']
    below = read('rspamd.eml')
    assert not explain(own, below)['trusted']
    assert '--our-id=mx1' in ' '.join(explain(own, below)['notes'])
    assert explain(own, below, '--our-id=mx1')['trusted']
    got = explain(own, data, '--our-id=mx.elsewhere.example')
    assert got['outcome'] != 'passed'


def test_what_cannot_be_is_refused(own):
    own('explain', 'missing.eml', code=66)
    assert 'missing.eml' in own.error
    own('--format=csv', 'explain', path('google.eml'), code=64)
    own('explain', '--our-id=', path('google.eml'), code=64)
    own('explain', 'a', 'b', code=64)
    own('explain', str(own.directory), code=66)


@pytest.mark.parametrize('script, code, words', [
    ('kill -SEGV $$', 65, 'crashed while reading it'),
    ('kill -XCPU $$', 65, 's of CPU'),
    ('kill -KILL $$', 75, 'killed from outside'),
    ('exit 71', 65, 'MB of memory'),
    ('exit 70', 78, 'cannot work here'),
    ('exit 0', 70, 'without its end'),
    (None, 78, 'cannot run'),
])
def test_what_becomes_of_ruad_parse_is_told(own, script, code, words):
    alone = own.directory / 'alone'     # ruactl runs the one beside itself
    alone.mkdir()
    shutil.copy(own.program, alone)
    parse = alone / 'ruad-parse'
    if script is None:                  # no program: it has no format
        parse.write_bytes(b'\0')
    else:
        parse.write_text('#!/bin/sh\n%s\n' % script)
    parse.chmod(0o755)
    own.program = str(alone / 'ruactl')
    assert own('explain', stdin=b'550 5.7.1 no\n', code=code) == ''
    assert words in own.error


def test_nothing_is_stored(own):
    own('explain', path('google.eml'))
    assert not os.path.exists(own.database)


# --- with --dns ---------------------------------------------------------------

def by_name(rows):
    return {(r['kind'], r['domain']): r['result'] for r in rows}


def test_records_of_today_are_told_and_change_no_headline(own, nameserver):
    data = read('google.eml')
    ns = nameserver({'example.org': """
        _dmarc         TXT "v=DMARC1; p=reject"
        k1._domainkey  TXT "v=DKIM1; p="
        """, 'example.net': 'bounce TXT "v=spf1 ip4:198.51.100.0/24 -all"',
        'google.com': '@ TXT "nothing"'})
    before = explain(own, data)
    got = explain(own, data, '--dns', '--server=' + ns.server)
    assert before.pop('dns') is None
    dns = got.pop('dns')
    assert got == before
    assert by_name(dns['signatures']) == {
        ('seal', 'google.com'): 'no_key', ('ams', 'google.com'): 'no_key',
        ('dkim', 'example.org'): 'revoked'}
    assert dns['spf'] == 'pass'     # today, whatever Google found then
    assert (dns['dmarc'], dns['record']) == ('domain', 'v=DMARC1; p=reject')
    text = own('explain', '--dns', '--server=' + ns.server,
               path('google.eml'))
    assert 'which may not be those of then' in text
    assert 'its key was withdrawn' in text


def test_no_answer_is_no_verdict(own, nameserver):
    ns = nameserver({'example.org': None, 'google.com': None})
    dns = explain(own, read('google.eml'), '--dns',
                  '--server=' + ns.server)['dns']
    assert set(by_name(dns['signatures']).values()) == {'no_answer'}
    assert (dns['dmarc'], dns['record']) == ('unknown', None)
    assert dns['arc'] == 'unknown'
    assert dns['spf'] == 'temperror'


def test_a_silent_server_is_waited_for_once(own, fake_nameserver):
    asked = []
    bad = fake_nameserver(lambda question: asked.append(question.name))
    dns = explain(own, read('google.eml'), '--dns',
                  '--server=' + bad.server)['dns']
    assert dns['dmarc'] == 'unknown' and dns['spf'] == 'temperror'
    # All are asked before the first is asked again, and nothing else is.
    assert sorted(asked) == sorted(2 * list(set(asked)))
    assert len(set(asked[:len(asked) // 2])) == len(asked) // 2
    assert {'_dmarc.example.org', 'bounce.example.net',
            'k1._domainkey.example.org'} < set(asked)


def test_a_server_without_dns_is_refused(own):
    own('explain', '--server=127.0.0.1:1', path('google.eml'), code=64)
    assert '--dns' in own.error


def test_a_good_signature_and_what_a_change_does_to_it(own, nameserver):
    pem, public = rsa_key(2048)
    half = len(public) // 2
    ns = nameserver({'example.org': """
        k1._domainkey  TXT "v=DKIM1; p=%s" "%s"
        """ % (public[:half], public[half:])})
    data = (b'From: a@example.org\r\nTo: b@example.net\r\n'
            b'Subject: one\r\n\r\nThe body.\r\n')
    data = dkim.sign(data, b'k1', b'example.org', pem,
                     include_headers=[b'from', b'subject']) + data

    def result(message):
        dns = explain(own, message, '--dns', '--server=' + ns.server)['dns']
        return dns['signatures'][0]['result']
    assert result(data) == 'pass'
    assert result(data.replace(b'The body', b'Another')) == 'body'
    assert result(data.replace(b': one', b': two')) == 'header'


@pytest.mark.parametrize('field', [b'From:\r\n', b'From: b@example.org\r\n'])
def test_what_is_put_above_what_was_signed_is_told(own, nameserver, field):
    pem, public = rsa_key(2048)
    ns = nameserver(zone(public))
    data = dkim.sign(SIGNED % b'example.org', b'k1', b'example.org', pem,
                     include_headers=[b'from', b'subject']) + \
        SIGNED % b'example.org'
    asked = ('--dns', '--server=' + ns.server)
    assert explain(own, data, *asked)['dns']['passes'] == 'yes'
    answer = explain(own, field + data, *asked)
    assert answer['dns']['passes'] is None
    assert any('several addresses in From:' in n for n in answer['notes'])
    answer = explain(own, b'Subject: two\r\n' + data, *asked)
    assert any('subject is there more than once' in n
               for n in answer['notes'])


def test_a_database_that_cannot_be_read_is_told(own):
    words = 'What reports have of it could not be read'
    assert not any(words in n for n in explain(own, read('google.eml'))
                   ['notes'])
    os.makedirs(os.path.dirname(own.database), exist_ok=True)
    with open(own.database, 'wb') as f:
        f.write(b'no database' * 100)
    assert any(words in n for n in explain(own, read('google.eml'))['notes'])


SIGNED = (b'From: a@%s\r\nTo: b@example.net\r\nSubject: one\r\n\r\n'
          b'The body.\r\n')
BORDER = (b'Return-Path: <%s>\r\nReceived: from mail.example.org '
          b'(mail.example.org [192.0.2.50])\r\n\tby mx.firm.example '
          b'(Postfix) with ESMTPS id 1\r\n\tfor <b@firm.example>; Fri, '
          b'01 Jun 2040 10:15:07 +0100 (CET)\r\n')


def signed(domain, key, path=b'a@example.org', **options):
    data = SIGNED % domain
    return BORDER % path + dkim.sign(data, b'k1', b'example.org', key,
                                     **options) + data


def zone(public, dmarc='p=reject'):
    half = len(public) // 2
    return {'example.org': """
        @              TXT "v=spf1 -all"
        mail           TXT "v=spf1 ip4:192.0.2.50 -all"
        k1._domainkey  TXT "v=DKIM1; p=%s" "%s"
        _dmarc         TXT "v=DMARC1; %s"
        """ % (public[:half], public[half:], dmarc), 'org': ''}


def test_the_policy_of_today_says_what_is_aligned(own, nameserver):
    pem, public = rsa_key(2048)
    ns = nameserver(zone(public))
    got = explain(own, signed(b'news.example.org', pem), '--dns',
                  '--server=' + ns.server)['dns']
    assert (got['signatures'][0]['aligned'], got['spf'], got['spf_aligned'],
            got['passes']) == ('yes', 'fail', 'yes', 'yes')
    assert got['signatures'][0]['bits'] == 2048
    ns = nameserver(zone(public, 'p=reject; adkim=s'))
    got = explain(own, signed(b'news.example.org', pem), '--dns',
                  '--server=' + ns.server)['dns']
    assert (got['signatures'][0]['result'], got['signatures'][0]['aligned'],
            got['passes']) == ('pass', 'no', 'no')
    text = own('explain', '--dns', '--server=' + ns.server, '-',
               stdin=signed(b'news.example.org', pem))
    assert 'By all that, DMARC fails today' in text
    assert 'NOT aligned (the policy asks for the very same' in \
        ' '.join(text.split())


def test_the_null_sender_is_judged_by_helo(own, nameserver):
    pem, public = rsa_key(2048)
    ns = nameserver(zone(public))
    got = explain(own, signed(b'example.org', pem, b''), '--dns',
                  '--server=' + ns.server)['dns']
    assert (got['spf_domain'], got['spf'], got['spf_aligned']) == \
        ('mail.example.org', 'pass', 'yes')


def test_what_a_signature_leaves_out_and_a_short_key_are_told(own, nameserver):
    pem, public = rsa_key(1024)
    ns = nameserver(zone(public))

    def text(**options):
        dns = explain(own, signed(b'example.org', pem, **options), '--dns',
                      '--server=' + ns.server)['dns']
        return dns['signatures'][0]['text']
    assert text() == ('it is good; key of 1024 bits, which should have 2,048')
    assert 'only the first 11 bytes of the body are signed (l=)' in \
        text(length=True)


def test_without_an_answer_nobody_says_that_dmarc_fails(own, nameserver):
    pem, public = rsa_key(2048)
    ns = nameserver({**zone(public), 'bounce.example.org': None})
    data = signed(b'example.org', pem, b'a@bounce.example.org').replace(
        b'The body', b'Another')
    dns = explain(own, data, '--dns', '--server=' + ns.server)['dns']
    assert (dns['signatures'][0]['result'], dns['spf']) == \
        ('body', 'temperror')
    assert dns['passes'] == 'unknown'


# --- with a database ----------------------------------------------------------

def test_what_reports_have_of_it_is_told(own):
    today = int(time.time() - DAY) // 86400
    own.put('in/a.xml', report(
        domain='example.org', day=today - 2,
        rows=(('198.51.100.7', 11, ('pass', 'fail')),
              ('198.51.100.7', 1, ('fail', 'fail')),
              ('192.0.2.1', 5, ('pass', 'pass')))))
    own('import', 'in')
    notes = explain(own, read('google.eml'))['notes']
    assert notes == ['In 30 days, reports have 12 messages from 198.51.100.7 '
                     'as example.org, of which 11 passed: ruactl why '
                     'example.org 198.51.100.7.',
                     'Google has sent no report about example.org, so reports '
                     'do not tell what it does with such messages.']
    assert explain(own, read('yahoo.eml'))['notes'] == []


def test_what_reports_have_of_a_subdomain_and_of_other_addresses(own):
    today = int(time.time() - DAY) // 86400
    own.put('in/a.xml', report(
        domain='example.org', day=today - 2,
        rows=(('198.51.100.7', 4, ('pass', 'fail')),)))
    own('import', 'in')
    data = read('google.eml').replace(b'<news@example.org>',
                                      b'<news@a.example.org>')
    assert explain(own, data)['notes'][0] == (
        'In 30 days, reports have 4 messages from 198.51.100.7 as '
        'example.org or another name of it, of which 4 passed: ruactl why '
        'example.org 198.51.100.7.')
    data = read('google.eml').replace(b'[198.51.100.7]', b'[198.51.100.8]')
    assert explain(own, data)['notes'][0] == (
        'In 30 days, reports have no message from 198.51.100.8, but 4 of '
        'example.org from other addresses: ruactl sources example.org.')


def test_whether_the_receiver_reports_at_all(own):
    today = int(time.time() - DAY) // 86400

    def note(name):
        return explain(own, read(name))['notes'][-1]
    own.put('in/a.xml', report(
        'google.com', 'example.org', 'g', today - 40,
        email='noreply-dmarc-support@google.com'))
    own('import', 'in')
    assert note('google.eml').startswith(
        'Google sends reports about example.org, the last for 20')
    own.put('in/b.xml', report('Receiver', 'example.org', 'b', today - 2))
    own('import', 'in')
    assert note('google.eml').startswith(
        'Google has sent no report about example.org since that for 20')
    # Of a bounce it is who refused it.
    assert note('bounce-postfix.eml').startswith('Google has sent no report')
    # The server that gave up is none that would report.
    data = read('bounce-no-host.eml').replace(
        b'Reporting-MTA: dns; mail.example.org', b'Reporting-MTA: dns; '
        b'mail-sor-f41.google.com')
    assert explain(own, data)['notes'] == []


@pytest.mark.parametrize('data, domain', [
    (b'spf=pass smtp.mailfrom=a.example; dmarc=pass header.from=a.example',
     'a.example'),
    (b'  "mx.google.com; dkim=pass header.i=@b.example; spf=pass '
     b'smtp.mailfrom=b.example; dmarc=pass header.from=b.example',
     'b.example'),
    (b'DKIM=pass header.d=c.example; dmarc=pass header.from=c.example\n'
     b'Received-SPF: Pass (x: domain of c.example)\n', 'c.example'),
])
def test_results_without_the_name_of_their_field(own, data, domain):
    got = explain(own, data)
    assert (got['form'], got['outcome'], got['trusted']) == \
        ('pasted', 'passed', False)
    assert got['identifiers'][0]['domain'] == domain


@pytest.mark.parametrize('data', [b'spf = pass', b'spf=', b'spf', b'=pass',
                                  b'colour=red; spf=pass', b'a b; spf=pass'])
def test_other_words_are_no_results(own, data):
    own('explain', '-', stdin=data, code=65)
