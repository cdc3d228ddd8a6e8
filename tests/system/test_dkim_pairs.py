# SPDX-License-Identifier: BSD-2-Clause
"""Messages that python3-dkim signed, as they were and as they became on the
way: ruad says what is true, and what python3-dkim says, or one of the reasons of
dkim_peer.py explains it.

DKIM_PAIRS=2000 signs as many messages."""

import collections
import copy
import json
import os
import subprocess

import dkim
import pytest

import dkim_arc
import dkim_mail
import dkim_peer
from dkim_mail import SEEN, Keys, Mail

HERE = os.path.dirname(os.path.abspath(__file__))
MESSAGES = int(os.environ.get('DKIM_PAIRS', 60))


@pytest.fixture(scope='module')
def says(tmp_path_factory, build):
    """What ruad says of messages with the records that there are for each: the
    lines of dkim_says.c."""
    top = os.path.dirname(os.path.dirname(HERE))
    where = tmp_path_factory.mktemp('dkim')
    program = str(where / 'dkim_says')
    subprocess.run([os.environ.get('CC', 'cc'), '-std=c17', '-D_GNU_SOURCE',
                    '-O1', '-I' + top + '/src', '-I' + top + '/tests',
                    '-o', program, os.path.join(HERE, 'dkim_says.c'),
                    *('%s/%s.a' % (build, layer) for layer in
                      ('parse', 'dns', 'report', 'base')),
                    '-lhogweed', '-lgmp', '-lnettle', '-lpsl', '-lidn2'],
                   check=True)

    def ask(messages):
        lines = ['now\t%d' % SEEN]
        for i, (message, records) in enumerate(messages):
            path = where / str(i)
            path.write_bytes(message)
            lines.append('zone')
            for name, record in records.items():
                lines.append('\t'.join(('k', name) if record is None
                                       else ('k', name, record)))
            lines.append('m\t%s' % path)
        p = subprocess.run([program], input='\n'.join(lines) + '\n',
                           encoding='utf-8', capture_output=True, check=True)
        found, answers = [], []
        for line in p.stdout.split('\n')[:-1]:
            found.append(line.split('\t'))
            if found[-1][0] == 'arc':
                answers.append(found)
                found = []
        assert len(answers) == len(messages)
        return answers
    return ask


@pytest.fixture(scope='module')
def keys():
    return Keys()


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(dkim, 'time', dkim.time)
    dkim_peer.at(SEEN)


def variants(mail):
    """The message as it is, and damaged in each way that is possible."""
    for damage in (dkim_mail.intact, *dkim_mail.DAMAGES):
        one = mail.copy()
        truth = damage(one)
        if truth is not None:
            yield damage.__name__, one, truth


def test_it_says_what_is_true_and_what_another_implementation_says(
        says, keys):
    results, reasons = collections.Counter(), collections.Counter()
    damages = collections.Counter()
    for first in range(0, MESSAGES, 50):
        asked = [v for seed in range(first, min(first + 50, MESSAGES))
                 for v in variants(Mail(seed, keys))]
        messages = [(m.bytes(), m.records()) for _, m, _ in asked]
        for (name, mail, truth), (message, records), answer in zip(
                asked, messages, says(messages)):
            kind, _, result, _, ends, why, _ = answer[0]
            shown = '%s: %s, but it says %s (%s)\n%s\n%s\n%r' % (
                name, truth, result, why, mail.settings(), records, message)
            assert kind == 'dkim' and len(answer) == 2, shown
            assert result == truth, shown
            assert ends == ('lf' if mail.is_lf else 'crlf'), shown
            reason = dkim_peer.explain(message, records, result)
            assert reason is not None, 'not explained: ' + \
                dkim_peer.judge(message, records) + '\n' + shown
            results[result] += 1
            damages[name] += 1
            if reason:
                reasons[' '.join(reason)] += 1
    print('\n%d messages, %d pairs: %s' % (MESSAGES, sum(results.values()),
                                           dict(results)))
    print(dict(damages))
    for reason, count in reasons.most_common():
        print('%5d %s' % (count, reason))
    # Each reason is needed.  Every kind of damage and of result was met.
    assert set(damages) == {'intact'} | {d.__name__
                                         for d in dkim_mail.DAMAGES}
    assert set(results) == {
        'pass', 'obsolete', 'body', 'header', 'both', 'header_only',
        'malformed', 'revoked', 'no_key', 'no_answer', 'key_type',
        'short_key', 'expired', 'future'}
    assert {name for names in reasons for name in names.split()} == \
        set(dkim_peer.WHY)


def test_a_chain_is_what_is_true_and_what_another_implementation_says(
        says, keys):
    asked = []
    for seed in range(max(5, MESSAGES // 20)):
        chain = dkim_arc.Chain(seed, keys, 1 + seed % 4)
        for change in dkim_arc.CHANGES:
            one = copy.copy(chain)
            one.mail, one.records = chain.mail.copy(), dict(chain.records)
            truth = change(one, one.mail.r)
            if truth is not None:
                asked.append((change.__name__, one, truth))
    messages = [(c.mail.bytes(), c.records) for _, c, _ in asked]
    statuses = collections.Counter()
    for (name, chain, truth), (message, records), answer in zip(
            asked, messages, says(messages)):
        _, status, reason, instance, oldest = answer[-1]
        shown = '%s: %s of %d\n%s\n%s\n%r' % (
            name, truth, chain.sets, answer, records, message)
        assert (status, reason, int(instance)) == truth, shown
        assert dkim_peer.judge_chain(message, records) == \
            {'pass': 'pass', 'fail': 'fail', 'unknown': 'fail'}[status], shown
        if name == 'arc_intact':
            assert oldest == '1', shown
        statuses[name] += 1
    print('\n%d chains: %s' % (len(asked), dict(statuses)))
    assert set(statuses) == {change.__name__ for change in dkim_arc.CHANGES}


# What the messages made by chance do not have, with the RFC that says so.
def plain(keys):
    """A message whose signature is plain; it is signed by sign()."""
    mail = Mail(1, keys)
    mail.is_lf = mail.has_length = False
    mail.algorithm, mail.canon = b'rsa-sha256', (b'relaxed', b'relaxed')
    mail.private, mail.record, mail.other = keys.choose(
        mail.r, mail.algorithm)
    mail.body = b'words  and words\r\n'
    mail.signed = [b'from', b'subject']
    del mail.fields[0]
    return mail


def without_from(mail):
    """RFC 6376, 5.4: From must be signed."""
    mail.signed = [b'subject', b'to']
    mail.sign()
    return 'malformed', 'good'


def itself(mail):
    """RFC 6376, 5.4.2: a field that was not there yet was signed as none."""
    mail.signed.append(b'dkim-signature')
    mail.sign()
    return 'pass', 'bad'


def longer_than_the_body(mail):
    """RFC 6376, 3.5: l= must not be larger than the body."""
    mail.has_length = True
    mail.body = b'a\r\n'
    original = dkim.CanonicalizationPolicy.canonicalize_body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dkim.CanonicalizationPolicy, 'canonicalize_body',
                      lambda self, body: Longer(original(self, body)))
        mail.sign()
    return 'malformed', 'good'


class Longer(bytes):
    def __len__(self):
        return super().__len__() + 5


def blanks_and_no_line_end(mail):
    """RFC 6376, 3.4.4: blanks at the end of a line do not count, and one is
    added if there is none, as it is when the message travels."""
    mail.sign()
    mail.body = mail.body.rstrip() + b' \t'
    return 'pass', 'body'


def blank_before_the_colon(mail):
    """RFC 6376, 3.4.2: relaxed deletes it."""
    mail.sign()
    dkim_mail.replace(mail, dkim_mail.of_name(mail, b'from'),
                      b'From:', b'From :')
    return 'pass', 'bad'


def key_for_another_hash(mail):
    """RFC 6376, 3.6.1: h= of the key."""
    mail.sign()
    mail.record = 'v=DKIM1; h=sha1; p=' + mail.record.split('p=')[1]
    return 'hash', 'good'


def strict_key(mail):
    """RFC 6376, 3.6.1: t=s forbids a subdomain in i=."""
    while b'@news.' not in (mail.fields or [b''])[0]:
        if mail.fields[0].startswith(b'DKIM-'):
            del mail.fields[0]
        mail.sign()
    mail.record = 'v=DKIM1; t=s; p=' + mail.record.split('p=')[1]
    return 'strict', 'good'


@pytest.mark.parametrize('case', (
    without_from, itself, longer_than_the_body, blanks_and_no_line_end,
    blank_before_the_colon, key_for_another_hash, strict_key))
def test_it_keeps_to_the_rfc_where_another_implementation_does_not(
        says, keys, case):
    mail = plain(keys)
    ours, theirs = case(mail)
    message, records = mail.bytes(), mail.records()
    (answer, _), = says([(message, records)])
    assert answer[2] == ours, answer
    assert dkim_peer.judge(message, records, ('from',)) == theirs


def facts_of(build, message):
    """What ruad-parse tells of the signatures, as dkim_says.c has it."""
    p = subprocess.run([build + '/ruad-parse', '--explain'], input=message,
                       capture_output=True, check=True)
    lines = [json.loads(line) for line in p.stdout.splitlines()]
    return [[s['kind'], str(s.get('instance', 0)), s.get('body', 'unknown'),
             'lf' if s.get('was_lf') else 'crlf',
             s.get('fault') or s.get('hash_problem') or '',
             s.get('header_hash', '')]
            for s in lines if s['type'] == 'signature']


def test_ruad_parse_tells_the_same_facts(says, keys, build):
    asked = [mail for seed in range(6)
             for _, mail, _ in variants(Mail(seed, keys))]
    asked += [dkim_arc.Chain(seed, keys, 3).mail for seed in range(3)]
    # Without a body it is a header; a field with a name that is no word may be
    # what is left of another one that lost its folding.
    asked = [m for m in asked if m.body.strip() and
             not any(f.startswith(b'X.Odd') for f in m.fields)]
    assert len(asked) > 50
    messages = [(m.bytes(), {}) for m in asked]
    for (message, _), answer in zip(messages, says(messages)):
        assert facts_of(build, message) == \
            [line[:2] + line[3:] for line in answer[:-1]], message
