# SPDX-License-Identifier: BSD-2-Clause
"""A forged report is never taken for a verified one, nor in its place."""

import json
import os
import re
import subprocess

import pytest

import gen
from patience import PATIENCE

OURS = 'mx.example.net'
RECEIVED = 'Received: from a by b; Sat, 21 Nov 2026 00:00:00 +0000'


def sender(mail):
    return mail.sender.rsplit('@', 1)[1]


def with_header(mail, *lines):
    """The mail as our own server, or a liar, hands it on."""
    head = ''.join(line + '\r\n' for line in lines).format(
        d=sender(mail), ours=OURS)
    return mail._replace(data=head.encode() + mail.data)


PASS = 'Authentication-Results: {ours}; dmarc=pass header.from={d}'
FAIL = 'Authentication-Results: {ours}; dmarc=fail header.from={d}'

# (verified, header lines from the top)
CASES = {
    'pass': ('pass', [PASS]),
    'fail': ('fail', [FAIL]),
    'nothing': ('none', []),
    'below-our-received': ('pass', [RECEIVED, PASS]),
    'below-a-strangers-received': ('none', [RECEIVED, RECEIVED, PASS]),
    'forged-below-ours': ('fail', [FAIL, RECEIVED, PASS]),
    'forged-repeated': ('fail', [FAIL, PASS, PASS]),
    'another-id': ('none', [
        'Authentication-Results: evil.example; dmarc=pass header.from={d}']),
    'id-in-comment': ('none', [
        'Authentication-Results: evil.example ({ours});'
        ' dmarc=pass header.from={d}']),
    'id-with-more': ('none', [
        'Authentication-Results: {ours}.evil.example;'
        ' dmarc=pass header.from={d}']),
    'original': ('none', [
        'Authentication-Results-Original: {ours};'
        ' dmarc=pass header.from={d}']),
    'case': ('pass', [
        'AUTHENTICATION-RESULTS: MX.Example.NET; DMARC=Pass'
        ' Header.From={d}']),
    'folded-with-comments': ('pass', [
        'Authentication-Results:\r\n (a (b)) {ours} (c)\r\n\t1 ;\r\n'
        ' dmarc (d) = pass (p=none; dis=none)\r\n header.from={d}']),
    'in-a-comment': ('fail', [
        'Authentication-Results: {ours}; dkim=fail'
        ' (; dmarc=pass header.from={d})']),
    'in-quotes': ('fail', [
        'Authentication-Results: {ours}; dkim=fail'
        ' reason="; dmarc=pass header.from={d}"']),
    'another-domain': ('fail', [
        'Authentication-Results: {ours}; dmarc=pass'
        ' header.from=evil.example; dkim=pass header.d=evil.example;'
        ' spf=pass smtp.mailfrom=x@evil.example']),
    'two-senders': ('fail', [PASS, 'From: evil@evil.example']),
    'microsoft-unasked': ('none', [
        'Authentication-Results: spf=pass smtp.mailfrom={d};'
        ' dmarc=pass header.from={d}']),
}


@pytest.mark.parametrize('case', CASES)
def test_ruad_parse_believes_only_our_own_server(build, case):
    verified, lines = CASES[case]
    mail = with_header(gen.mail('authres', 1), *lines)
    p = subprocess.run(
        [os.path.join(build, 'ruad-parse'), '--authserv-id=' + OURS],
        input=mail.data, capture_output=True, timeout=PATIENCE)
    assert p.returncode == 0
    assert json.loads(p.stdout.split(b'\n')[0])['verified'] == verified


def test_without_a_name_nobody_is_asked(build):
    mail = with_header(gen.mail('authres', 1), PASS)
    p = subprocess.run([os.path.join(build, 'ruad-parse')], input=mail.data,
                       capture_output=True, timeout=PATIENCE)
    assert 'verified' not in json.loads(p.stdout.split(b'\n')[0])


@pytest.mark.parametrize('arguments', [
    ['--authserv-id='], ['--received-hops=x'], ['--received-hops=-1'],
    ['--authserv-id=x'] * 21])
def test_wrong_options_are_refused(build, arguments):
    p = subprocess.run([os.path.join(build, 'ruad-parse')] + arguments,
                       input=b'', capture_output=True, timeout=PATIENCE)
    assert p.returncode == 64 and p.stderr


def test_the_ledger_says_who_was_verified(rig):
    m = rig.mailbox(authserv_ids=['other.example', OURS], received_hops=2)
    mails = [with_header(gen.mail('ledger', 0), RECEIVED, RECEIVED, PASS),
             with_header(gen.mail('ledger', 1), FAIL),
             gen.mail('ledger', 2)]
    m.deliver(*mails)
    rig.once()
    assert m.counts() == {'Archive': 3}
    assert rig.query('SELECT verified, from_domain FROM message'
                     ' ORDER BY uid') == [
        (v, sender(x)) for v, x in zip(('pass', 'fail', 'none'), mails)]


def test_require_verified_stores_nothing_of_the_others(rig):
    m = rig.mailbox(authserv_ids=[OURS], require_verified=True)
    good = with_header(gen.mail('require', 0), PASS)
    bad = [with_header(gen.mail('require', 1), FAIL), gen.mail('require', 2)]
    person = gen.plain_mail('require', 'hello', 'no report at all')
    m.deliver(good, person)
    m.deliver(*bad, stored=False)
    rig.once()
    assert m.holds('Archive', good)
    assert m.holds('Failed', *bad)
    assert m.holds('INBOX', person)
    reasons = [r for r, in rig.query(
        "SELECT reason FROM message WHERE status = 'failed' ORDER BY uid")]
    assert len(reasons) == 2
    assert all(r.startswith('not authenticated: ') for r in reasons)


def from_a_stranger(mail):
    """The report of another, in the authentic mail of evil.example."""
    data = re.sub(rb'(?m)^From: .*(\r\n[ \t].*)*', b'From: x@evil.example',
                  mail.data, count=1)
    stranger = mail._replace(data=data, sender='x@evil.example')
    return with_header(stranger, PASS)


def test_who_sends_the_report_of_another_is_not_verified(rig):
    m = rig.mailbox(authserv_ids=[OURS])
    mail = from_a_stranger(gen.mail('stranger', 0))
    m.deliver(mail)
    rig.once()
    assert rig.query('SELECT verified, from_domain FROM message') == [
        ('other', 'evil.example')]
    # The real one takes its place, and is.
    m.deliver(with_header(gen.mail('stranger', 0), PASS))
    rig.once()
    assert rig.query('SELECT message.verified, message.from_domain FROM report'
                     ' JOIN message ON message.id = message_id') == [
        ('pass', sender(gen.mail('stranger', 0)))]


def test_require_verified_refuses_the_report_of_another(rig):
    m = rig.mailbox(authserv_ids=[OURS], require_verified=True)
    mail = from_a_stranger(gen.mail('stranger', 1))
    m.deliver(mail, stored=False)
    rig.once()
    assert m.holds('Failed', mail)
    [(reason,)] = rig.query("SELECT reason FROM message")
    assert 'may not send reports of this organization' in reason


@pytest.mark.parametrize('first', ['real', 'forged'])
def test_a_copy_belongs_to_the_verified_mail_in_either_order(rig, first):
    m = rig.mailbox(authserv_ids=[OURS])
    copy = gen.mail('copy', 0)
    real, forged = with_header(copy, PASS), with_header(copy, FAIL)
    for mail in (real, forged) if first == 'real' else (forged, real):
        m.deliver(mail)
        rig.once()
    assert m.counts() == {'Archive': 2}
    assert rig.query('SELECT verified FROM report JOIN message'
                     ' ON message.id = message_id') == [('pass',)]


SAMPLE = b'''From: Receiver <ruf@receiver.example>\r
Subject: failure\r
Content-Type: multipart/report; report-type=feedback-report; boundary=b\r
\r
--b\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: auth-failure\r
Auth-Failure: dmarc\r
Reported-Domain: example.org\r
\r
--b\r
Content-Type: message/rfc822\r
\r
From: someone@example.org\r
X-Private: yes\r
\r
the body\r
--b--\r
'''


@pytest.mark.parametrize('keep', [False, True])
def test_the_header_of_a_sample_is_stored_only_on_request(rig, keep):
    m = rig.mailbox(keep_samples=keep)
    m.deliver(SAMPLE)
    rig.once()
    assert m.counts() == {'Archive': 1}
    assert rig.query('SELECT header_from, sample FROM failure') == [
        ('someone@example.org',
         'From: someone@example.org\nX-Private: yes\n\n' if keep else None)]
