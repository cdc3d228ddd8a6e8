# SPDX-License-Identifier: BSD-2-Clause
"""ruactl explain: answers of servers, and what became of the message."""

import json

import pytest

from ctl import Ctl

BOUNCE = """From: MAILER-DAEMON@mail.example.org
To: shop@example.org
Date: Wed, 02 Dec 2026 09:15:08 +0000
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; %s
Arrival-Date: Fri, 27 Nov 2026 09:15:07 +0000

Final-Recipient: rfc822; bert@example.net
Action: %s
Status: %s
%s
--B--
"""


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def explain(own, text):
    return json.loads(own('--format=json', 'explain', '-',
                          stdin=text.encode()))


@pytest.mark.parametrize('mta, action, status, more, outcome, by, headline', [
    ('mail.example.org', 'failed', '4.4.1',
     'Diagnostic-Code: X-Postfix; connect to mx.example.net[192.0.2.9]:25: '
     'Connection timed out\n', 'given_up', 'mx.example.net',
     'Never delivered, for bert@example.net: given up by mail.example.org '
     'after 5 days of attempts at mx.example.net: 4.4.1. '),
    ('mail.example.org', 'failed', '4.7.1',
     'Remote-MTA: dns; mx.example.net\n'
     'Diagnostic-Code: smtp; 451 4.7.1 Try again later\n', 'given_up',
     'mx.example.net', 'of attempts at mx.example.net: 451 4.7.1. '),
    ('x.prod.outlook.com', 'failed', '5.4.300',
     'Diagnostic-Code: smtp;550 5.4.300 Message expired -> 451 4.7.1 No\n',
     'given_up', 'x.prod.outlook.com',
     'given up by x.prod.outlook.com after 5 days of attempts at the '
     'receiving server: 550 5.4.300. '),
    ('mail.example.org', 'delayed', '4.4.7', '', 'delayed',
     'mail.example.org',
     'Not delivered yet to the receiving server, for bert@example.net, '
     'to be tried again: 4.4.7. '),
    ('mail.example.org', 'delayed', '4.7.1',
     'Remote-MTA: dns; mx.example.net\n'
     'Diagnostic-Code: smtp; 451 4.7.1 Try again later\n', 'delayed',
     'mx.example.net', 'Put off by mx.example.net, for '),
    ('mail.example.org', 'failed', '5.1.1',
     'Remote-MTA: dns; mx.example.net\n'
     'Diagnostic-Code: smtp; 550 5.1.1 No such user\n', 'refused',
     'mx.example.net', 'Refused by mx.example.net, for bert@example.net: '),
    ('mail.example.org', 'failed', '5.4.4',
     'Diagnostic-Code: X-Postfix; Host or domain name not found\n', 'refused',
     'mail.example.org', 'Not delivered by mail.example.org, for '),
])
def test_what_was_put_off_and_given_up_was_never_delivered(
        own, mta, action, status, more, outcome, by, headline):
    got = explain(own, BOUNCE % (mta, action, status, more))
    assert (got['outcome'], got['ground'], got['by']) == \
        (outcome, 'status', by)
    assert headline in got['headline']


@pytest.mark.parametrize('words', [
    "I'm not going to try again; this message has been in the queue too long.",
    'retry timeout exceeded',
    'retry time not reached for any host after a long failure period',
    'Message could not be delivered for 5 days',
])
def test_words_tell_that_it_was_given_up(own, words):
    got = explain(own, '451 4.7.1 Please come back later\n')
    assert got['outcome'] == 'delayed'
    got = explain(own, '451 4.7.1 Please come back later: %s\n' % words)
    assert got['outcome'] == 'given_up'
    assert got['headline'].startswith('Never delivered: ')


@pytest.mark.parametrize('answer, outcome', [
    ('451 4.4.7 Timed out, will retry', 'delayed'),
    ('550 5.4.7 Delivery time expired', 'given_up'),
    ('450 4.4.7 Message expired', 'given_up'),
])
def test_the_code_alone_ends_attempts_only_if_it_is_permanent(
        own, answer, outcome):
    assert explain(own, answer + '\n')['outcome'] == outcome


@pytest.mark.parametrize('answer, words', [
    ('554 5.6.211 The hamster is upset', 'its first two numbers mean: '
     'Something is wrong with the form of the message.'),
    ('452 4.1.99 Odd', 'its first two numbers mean: '),
    ('552 5.9.1 Odd', 'the number before it means: '),
])
def test_an_unknown_code_is_told_as_such(own, answer, words):
    got = explain(own, answer + '\n')
    assert 'This code is not a known one; ' + words in got['headline']
    assert answer.split(' ', 2)[2] == got['status']['text']


@pytest.mark.parametrize('answer', [
    '220 mx.example.net ESMTP', '221 2.0.0 Bye', '235 2.7.0 Accepted'])
def test_a_greeting_does_not_take_a_message(own, answer):
    got = explain(own, answer + '\n')
    assert got['outcome'] == 'unknown'
    assert got['headline'].startswith('Answered by ')
    assert explain(own, '250 2.0.0 Queued\n')['outcome'] == 'sent_on'


@pytest.mark.parametrize('action, answer, outcome', [
    ('failed', '250 2.0.0 Queued', 'unknown'),
    ('delivered', '550 5.7.26 No', 'unknown'),
    ('relayed', '550 5.7.26 No', 'unknown'),
    ('delivered', '250 2.0.0 Queued', 'sent_on'),
    ('exploded', '550 5.7.26 No', 'refused'),
    ('exploded', '250 2.0.0 Queued', 'sent_on'),
])
def test_a_bounce_that_contradicts_itself_decides_nothing(
        own, action, answer, outcome):
    got = explain(own, BOUNCE % ('mail.example.org', action, '5.0.0',
                                 'Remote-MTA: dns; mx.example.net\n'
                                 'Diagnostic-Code: smtp; %s\n' % answer))
    assert got['outcome'] == outcome
    assert ('contradicts itself' in got['headline']) == (outcome == 'unknown')
