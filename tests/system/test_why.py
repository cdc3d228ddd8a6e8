# SPDX-License-Identifier: BSD-2-Clause
"""ruactl why: what it groups, and what it says about alignment and causes."""

import json
from collections import Counter
from xml.sax.saxutils import escape

import pytest

import reasons
import truth
from ctl import DAY, Ctl
from test_ruactl import EVIL, UNSAFE
from truth import date, group, messages, passes

PLAIN = {'NO_COLOR': '1'}
IP = '192.0.2.7'


def one_record(count=1, dkim=(), spf=(), verdict=('fail', 'fail'),
               header_from='example.org', reasons=(), envelope_from=None,
               ip=IP, disposition='none'):
    """dkim: (d, s, result[, comment]), spf: (domain, scope, result)"""
    def tag(name, value):
        return '' if value is None else '<%s>%s</%s>' % (name, value, name)
    return (
        '<record><row><source_ip>%s</source_ip><count>%d</count>'
        '<policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>'
        '%s</spf>%s</policy_evaluated></row><identifiers>%s<header_from>%s'
        '</header_from></identifiers><auth_results>%s%s</auth_results>'
        '</record>' % (
            ip, count, disposition, *verdict,
            ''.join('<reason><type>%s</type>%s</reason>' % (
                kind, tag('comment', comment)) for kind, comment in reasons),
            tag('envelope_from', envelope_from), header_from,
            ''.join('<dkim>%s%s%s%s</dkim>' % tuple(map(
                tag, ('domain', 'selector', 'result', 'human_result'),
                (*one, None)[:4])) for one in dkim),
            ''.join('<spf>%s%s%s</spf>' % tuple(map(
                tag, ('domain', 'scope', 'result'), one)) for one in spf)))


def document(records, domain='example.org', adkim='r', aspf='r', p='none',
             org='Receiver', ident='r1', day=0):
    begin = DAY + day * 86400
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feedback><report_metadata>'
        '<org_name>%s</org_name><email>a@receiver.example</email><report_id>'
        '%s</report_id><date_range><begin>%d</begin><end>%d</end></date_range>'
        '</report_metadata><policy_published><domain>%s</domain><adkim>%s'
        '</adkim><aspf>%s</aspf><p>%s</p><pct>100</pct></policy_published>'
        '%s</feedback>' % (org, ident, begin, begin + 86399, domain, adkim,
                           aspf, p, ''.join(records))).encode()


@pytest.fixture(scope='module')
def ask(build, tmp_path_factory):
    """Ask about one record; what is said of it, each paragraph a line."""
    number = iter(range(1000))

    def say(record=None, kind=None, domain='example.org', ip=IP, **policy):
        own = Ctl(build, tmp_path_factory.mktemp('why%d' % next(number)))
        own.put('a.xml', document([record], domain, **policy))
        own('import', 'a.xml')
        if kind:
            own('sender', 'add', 'Somebody', kind, ip)
        out = own('why', domain, ip)
        assert max(map(len, out.splitlines())) <= 80
        lines = out.partition('\n\n1. ')[2].splitlines()
        said = []
        for line in lines[3:]:
            if line.startswith('     '):
                said[-1] += ' ' + line.strip()
            else:
                said.append(line.strip())
        said.append(lines[0])
        return said
    return say


# --- alignment --------------------------------------------------------------

OTHER = 'not aligned: %s is not of the organization %s'
STRICT = 'not aligned: the policy is strict and wants exactly %s'
SAME = 'aligned, as From: has the same domain'
SUB = 'aligned, as %s is of the same organization'


@pytest.mark.parametrize('mode, header_from, signed, want', [
    ('r', 'example.org', 'example.org', SAME),
    ('r', 'example.org', 'mail.example.org', SUB % 'example.org'),
    ('r', 'news.example.org', 'example.org', SUB % 'news.example.org'),
    ('r', 'example.org', 'mailer.example', OTHER % (
        'mailer.example', 'example.org')),
    ('r', 'example.org', 'notexample.org', OTHER % (
        'notexample.org', 'example.org')),
    ('s', 'example.org', 'example.org', SAME),
    ('s', 'example.org', 'mail.example.org', STRICT % 'example.org'),
    ('s', 'example.org', 'mailer.example', OTHER % (
        'mailer.example', 'example.org')),
])
def test_alignment_is_explained(ask, mode, header_from, signed, want):
    good = 'pass' if want in (SAME, SUB % header_from) else 'fail'
    said = ask(one_record(
        dkim=[(signed, 'k1', 'pass')], spf=[(signed, 'mfrom', 'pass')],
        header_from=header_from, verdict=(good, good)), adkim=mode, aspf=mode)
    assert said[:2] == [
        'DKIM: the signature d=%s s=k1 is good, and %s.' % (signed, want),
        'SPF: %s (envelope sender) lets this address send, and is %s.' % (signed, want)]
    assert (said[2] == '> Nothing to do.') == (good == 'pass')
    assert not any(line.startswith('Beware') for line in said)


def test_relaxed_and_strict_are_not_mixed_up(ask):
    record = one_record(
        dkim=[('mail.example.org', 'k1', 'pass')],
        spf=[('mail.example.org', 'mfrom', 'pass')], verdict=('fail', 'pass'))
    said = ask(record, adkim='s', aspf='r')
    assert STRICT % 'example.org' in said[0] and SUB % 'example.org' in said[1]
    assert said[2:4] == [
        '> SPF lets it send, so it is one of yours:',
        '> Sign with d=example.org instead of d=mail.example.org, or publish '
        'adkim=r in the policy of example.org.']
    said = ask(one_record(
        dkim=[('mail.example.org', 'k1', 'pass')],
        spf=[('mail.example.org', 'mfrom', 'pass')],
        verdict=('pass', 'fail')), kind='own', adkim='r', aspf='s')
    assert said[2] == (
        '> Use an envelope sender of example.org itself instead of '
        'mail.example.org, or publish aspf=r in the policy of example.org.')


def test_helo_does_not_count(ask):
    said = ask(one_record(spf=[('mx.example.org', 'helo', 'pass'),
                               ('bounce.mailer.example', 'mfrom', 'pass')]))
    assert said[1] == ('SPF: mx.example.org (name in HELO) lets this address '
                       'send, but HELO does not count for DMARC.')
    assert 'bounce.example.org instead of bounce.mailer.example' in said[-2]


def test_helo_counts_for_the_null_sender(ask):
    said = ask(one_record(spf=[('example.org', 'helo', 'pass')],
                          verdict=('fail', 'pass'), envelope_from=''))
    assert said[1:] == [
        'SPF: example.org (name in HELO) lets this address send, and is '
        'aligned, as From: has the same domain.',
        '> SPF lets it send, so it is one of yours:', SIGN,
        '1 message passed: only SPF passes for the domain']


def test_a_verdict_that_cannot_be_is_noted(ask):
    said = ask(one_record(dkim=[('mailer.example', 'k1', 'pass')],
                          spf=[('example.org', 'mfrom', 'pass')],
                          verdict=('pass', 'fail')))
    assert said[2] == ("Beware: the reporter's own verdict, DKIM pass and SPF "
                       'fail, does not follow from this.')
    assert said[3:-1] == ['> Compare with other reporters: this one '
                          'contradicts itself.']


# --- advice -----------------------------------------------------------------

STRANGER = ('> If you do not know this source, it forges your domain or '
            'forwards mail: p=reject would stop it. If you do:')
NAMED = ('> If mailer.example does not send for you, somebody forges your '
         'domain there, or it forwards mail: p=reject would stop it. If it '
         'does:')
RETURN_PATH = ('> Use an envelope sender (return path) of your domain, such as '
               'bounce.example.org instead of mailer.example, and add 192.0.2.7 '
               'to its SPF record.')
SIGN = '> Sign its mail with DKIM, d=example.org.'
GOOD_DKIM = ('example.org', 's1', 'pass')
GOOD_SPF = ('example.org', 'mfrom', 'pass')


def broken(result):
    return dict(dkim=[('example.org', 's1', result)],
                spf=[('mailer.example', 'mfrom', 'pass')])


CASES = [
    # nothing at all
    (dict(), None, [STRANGER, SIGN]),
    (dict(), 'own', [SIGN]),
    (dict(), 'hostile', ['> You named this source hostile: nothing to fix. '
                         'p=reject would stop it.']),
    # a signature of ours that is not good
    (broken('fail'), 'service', [
        '> Compare the key at s1._domainkey.example.org with the one that '
        'signs, and check that nothing changes messages after signing: '
        'footers, filters, gateways.', RETURN_PATH]),
    (broken('permerror'), 'own', [
        '> Publish the key: a TXT record at s1._domainkey.example.org.',
        RETURN_PATH]),
    (broken('temperror'), 'own', [
        '> Check that the name servers of example.org respond: '
        's1._domainkey.example.org could not be looked up.', RETURN_PATH]),
    (broken('policy'), 'own', [
        '> Replace the key at s1._domainkey.example.org: RSA with 2048 bits and '
        'rsa-sha256 is accepted everywhere.', RETURN_PATH]),
    # a service that signs as itself
    (dict(dkim=[('mailer.example', 'k1', 'pass')],
          spf=[('mailer.example', 'mfrom', 'pass')]), None, [
        NAMED,
        '> Have it sign with d=example.org, in addition to or instead of '
        'd=mailer.example: publish the key that it gives you at '
        'SELECTOR._domainkey.example.org.', RETURN_PATH]),
    # SPF
    (dict(dkim=[GOOD_DKIM], spf=[('example.org', 'mfrom', 'softfail')],
          verdict=('pass', 'fail')), 'service', [
        '> Add it to the SPF record of example.org: ip4:192.0.2.7, or the '
        'include: that the service documents.']),
    (dict(dkim=[GOOD_DKIM], spf=[('example.org', 'mfrom', 'none')],
          verdict=('pass', 'fail')), 'own', [
        '> Publish an SPF record at example.org, and add what else sends for '
        'it: "v=spf1 ip4:192.0.2.7 ~all".']),
    (dict(dkim=[GOOD_DKIM], spf=[('example.org', 'mfrom', 'permerror')],
          verdict=('pass', 'fail')), 'own', [
        '> Fix the SPF record of example.org: it is invalid, or needs '
        'more than 10 lookups.']),
    (dict(dkim=[GOOD_DKIM], spf=[('example.org', 'mfrom', 'temperror')],
          verdict=('pass', 'fail')), 'own', [
        '> Check that the name servers of example.org respond: its SPF record '
        'could not be looked up.']),
    (dict(spf=[GOOD_SPF], verdict=('fail', 'pass')), None, [
        '> SPF lets it send, so it is one of yours:', SIGN]),
    # forwarding
    (dict(dkim=[GOOD_DKIM], spf=[('forwarder.example', 'mfrom', 'pass')],
          verdict=('pass', 'fail')), 'forwarder', [
        '> Forwarded: the forwarder cannot pass SPF for you, but the '
        'signature passed. Nothing to do.']),
    (dict(dkim=[GOOD_DKIM], spf=[('forwarder.example', 'mfrom', 'pass')],
          verdict=('pass', 'fail')), None, [
        '> If forwarder.example does not send for you, it forwards your mail: '
        'nothing to do. If it does:', RETURN_PATH.replace(
            'mailer.example', 'forwarder.example')]),
    (dict(dkim=[('example.org', 's1', 'fail')],
          reasons=[('mailing_list', None)]), None, [
        'Reason given: mailing_list, the receiver considers it mail of a '
        'mailing list; it changed nothing.',
        '> Forwarded, and changed on the way, which broke the signature. '
        'Nothing to do; with p=reject receivers refuse such mail unless they '
        'know better.']),
    (dict(reasons=[('forwarded', 'arc=pass')]), None, [
        'Reason given: forwarded, the receiver considers it forwarded '
        '("arc=pass"); it changed nothing.',
        '> Forwarded, without a signature of example.org: only DKIM survives '
        'forwarding. Sign all your mail.']),
    # what a receiver says does not make our own server a forwarder
    (dict(reasons=[('forwarded', None)]), 'own', [
        'Reason given: forwarded, the receiver considers it forwarded; '
        'it changed nothing.', SIGN]),
    # all is well
    (dict(dkim=[GOOD_DKIM], spf=[GOOD_SPF], verdict=('pass', 'pass')),
     'hostile', ['> Nothing to do.']),
]


@pytest.mark.parametrize('record, kind, want', CASES)
def test_advice_is_concrete(ask, record, kind, want):
    said = ask(one_record(**record), kind)
    evidence = max(1, len(record.get('dkim', ()))) + max(
        1, len(record.get('spf', ())))
    assert said[evidence:-1] == want
    assert all(line.startswith(('DKIM: ', 'SPF: '))
               for line in said[:evidence])


def test_an_exception_is_what_changed_something(ask):
    record = one_record(reasons=[('local_policy', ' (ARC=pass as[1].d=a')])
    assert ask(record, p='reject')[2:4] == [
        'Exception: local_policy, the receiver trusts the ARC chain of the '
        'forwarder ("(ARC=pass as[1].d=a").',
        '> Forwarded, without a signature of example.org: only DKIM survives '
        'forwarding. Sign all your mail.']
    record = one_record(reasons=[('local_policy', 'arc=fail')],
                        disposition='quarantine', verdict=('pass', 'pass'),
                        dkim=[GOOD_DKIM], spf=[GOOD_SPF])
    assert ask(record, p='none')[2:4] == [
        'Exception: local_policy, the receiver has its own rules '
        '("arc=fail").', '> Nothing to do.']


def test_what_reject_stops_is_said_in_the_right_tense(ask):
    assert 'p=reject stops it.' in ask(one_record(), p='reject')[2]
    assert 'p=reject stops it.' in ask(
        one_record(), 'hostile', p='reject')[2]


def test_an_ipv6_address_is_listed_as_ip6(ask):
    ip = '2001:db8::25'
    said = ask(one_record(dkim=[GOOD_DKIM], ip=ip, verdict=('pass', 'fail'),
                          spf=[('example.org', 'mfrom', 'fail')]),
               'own', ip=ip)
    assert 'ip6:2001:db8::25, or' in said[-2]


def test_results_are_told_in_words(ask):
    said = ask(one_record(
        dkim=[('example.org', 's1', 'fail', 'body hash'),
              ('a.example', 's2', 'permerror'), ('b.example', None, 'none')],
        spf=[('a.example', 'mfrom', 'neutral')]))
    assert said[:4] == [
        'DKIM: the signature d=example.org s=s1 is bad: the message was changed '
        'after signing, or the key in DNS is a different one ("body hash").',
        'DKIM: the signature d=a.example s=s2 cannot be checked: its key in '
        'DNS is missing or unusable.',
        'DKIM: the signature d=b.example s=(not said) was not checked.',
        'SPF: a.example (envelope sender) says nothing '
        'about this address (neutral).']
    assert ask(one_record())[:2] == [
        'DKIM: the report lists no signature.',
        'SPF: the report lists no result.']


@pytest.mark.parametrize('word, want', [
    ('permfail', 'cannot be checked: its key in DNS is missing or unusable.'),
    ('Temp-Error', 'could not be checked: DNS did not answer.'),
    ('hard fail', 'is bad: the message was changed after signing, or the key '
     'in DNS is a different one.'),
    ('splendid', 'has no known result in the report.'),
    (None, 'has no known result in the report.')])
def test_a_signature_that_is_listed_is_never_denied(ask, word, want):
    said = ask(one_record(dkim=[('example.org', 's1', word)]))
    assert said[0] == 'DKIM: the signature d=example.org s=s1 ' + want
    assert not any('lists no signature' in line for line in said)


def test_a_result_without_a_domain_is_told(ask):
    said = ask(one_record(dkim=[(None, None, 'pass (ok)')]))
    assert said[0].startswith(
        'DKIM: the signature d=(not said) s=(not said) is good, and ')
    assert not any('lists no signature' in line for line in said)


# --- groups -----------------------------------------------------------------

@pytest.fixture(scope='module')
def known(build, tmp_path_factory):
    return truth.Truth(build, tmp_path_factory.mktemp('known'))


def story(row):
    r = row.record
    return (r.header_from, 'pass' if passes(row) else 'fail', r.dkim, r.spf,
            r.cause, r.disposition, row.report.adkim, row.report.aspf,
            r.envelope_from == '' if r.envelope_from is not None else None,
            tuple(a[:3] for a in r.auth_dkim), tuple(
                (s[0], s[1], s[2]) for s in r.auth_spf),
            tuple(o[0] for o in r.overrides),
            any(reasons.forwarding(*o) for o in r.overrides))


def test_like_records_are_one_story(known):
    rows = known.find('example.org', truth.LAST - 29 * 86400)
    often = Counter(row.record.ip for row in rows).most_common(5)
    for ip, count in often:
        want = []
        for key, those in group([row for row in rows if row.record.ip == ip],
                                story).items():
            days = [row.report.day for row in those]
            want.append((key[:8], [list(a) for a in key[9]],
                         [list(s) for s in key[10]], list(key[11]), key[12],
                         messages(those), len(those), date(min(days)),
                         date(max(days)),
                         sorted({row.report.org_name for row in those})))
        got = [((row['header_from'], row['dmarc'], row['dkim'], row['spf'],
                 row['cause'], row['disposition'], row['adkim'], row['aspf']),
                [list(a.values()) for a in row['auth_dkim']],
                [list(s.values()) for s in row['auth_spf']], row['override'],
                row['forwarding'],
                row['messages'], row['records'], row['first_date'],
                row['last_date'], sorted(row['reporters']))
               for row in known.ctl.json('why', 'example.org', ip)]
        assert count > 1 and sorted(map(str, got)) == sorted(map(str, want))
        failed = [row[0][1] == 'fail' for row in got]
        assert failed == sorted(failed, reverse=True)
        counts = [row[5] for row, bad in zip(got, failed) if bad]
        assert counts == sorted(counts, reverse=True)
        out = known.ctl('why', 'example.org', ip).splitlines()
        assert '{:,} of {:,} messages failed DMARC, p={}'.format(
            sum(counts), sum(row[5] for row in got), known.ctl.query(
                "SELECT p FROM report WHERE domain = 'example.org'"
                ' ORDER BY day DESC, id DESC')[0][0]) in out[1:3]


def test_a_thousand_like_records_are_one_paragraph(build, tmp_path):
    own = Ctl(build, tmp_path)
    same = dict(dkim=[('mailer.example', 'k1', 'pass')],
                spf=[('bounce.mailer.example', 'mfrom', 'pass')])
    for i in range(10):
        own.put('in/%d.xml' % i, document(
            [one_record(count=n % 3 + 1, **same) for n in range(100)],
            org='Receiver %d' % (i % 5), ident=str(i), day=i))
    own.put('in/last.xml', document(
        [one_record(dkim=[GOOD_DKIM], spf=[GOOD_SPF],
                    verdict=('pass', 'pass'))], ident='last', day=3))
    own('import', 'in')
    own('sender', 'add', 'Newsletter', 'service', IP)
    out = own('why', 'EXAMPLE.org.', '::ffff:192.0.2.7').splitlines()
    assert out[:6] == [
        'example.org from 192.0.2.7, 30 days to 2025-03-16',
        'Newsletter (service)', '1,990 of 1,991 messages failed DMARC, p=none',
        '', '1. 1,990 messages failed: DKIM signs for another domain',
        '   2025-03-07 to 2025-03-16, 1,000 records by Receiver 0, Receiver 1, '
        'Receiver 2']
    assert out[6] == '     and 2 more'
    assert [line for line in out if line[:2] in ('1.', '2.', '3.')] == [
        out[4], '2. 1 message passed: DKIM and SPF both pass for the domain']
    out = own('why', 'example.org', IP, '-n1').splitlines()
    assert out[-2:] == ['', '1 more like these: -n 2 shows all of them']


# --- whatever is asked ------------------------------------------------------

def test_nothing_found_says_what_to_do(known):
    asked = known.ctl
    assert asked('why', 'nix.example', IP) == (
        'No reports about nix.example.\nAll domains: ruactl summary\n')
    assert asked('why', 'example.org', '203.0.113.250') == (
        'No mail as example.org from 203.0.113.250 in 30 days to %s.\n'
        'Who sent: ruactl sources example.org\n' % max(
            date(r.day) for r in known.reports if r.domain == 'example.org'))
    row = known.find('shop.example')[0]
    ip = row.record.ip
    out = asked('why', 'shop.example', ip, '--day=' + date(truth.LAST))
    if 'No mail' in out:
        assert '--since=' in out
    assert asked.json('why', 'nix.example', IP) == []


def test_wrong_words(known):
    for args in (['why'], ['why', 'example.org', '192.0.2.300'],
                 ['why', 'example.org', IP, 'more']):
        assert known.ctl(*args, code=64) == ''
    known.ctl('why', 'example.org', '192.0.2.300', code=64)
    assert '"192.0.2.300" is not an IP address' in known.ctl.error


def test_an_empty_database_says_what_to_do(build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    assert 'ruad -1' in own('why', 'example.org', IP)


def test_hostile_words_are_inert(build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, text in enumerate(map(escape, EVIL)):
        own.put('in/%02d.xml' % i, document([one_record(
            count=i + 1, dkim=[(text, text, 'fail', text)], header_from=text,
            spf=[(text, 'mfrom', 'pass')], reasons=[(text, text)])],
            org=text, ident='%02d' % i))
    own('import', 'in')
    for form in 'table', 'csv', 'json', 'jsonl':
        out = own('--format=' + form, 'why', 'example.org', IP, '-n99')
        assert not UNSAFE.search(out.replace('\r\n', '\n')), form
        if form == 'jsonl':
            assert len([json.loads(line) for line in out.splitlines()]) == len(
                EVIL)
    for env in PLAIN, {**PLAIN, 'LC_ALL': 'C'}:
        out = own.terminal('why', 'example.org', IP, '-n99', env=env)
        assert max(map(len, out.splitlines())) <= 80


def test_the_command_is_offered_only_where_a_shell_takes_it_as_it_is(
        build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, domain in enumerate(('example.org', '$(reboot).example')):
        own.put('in/%d.xml' % i, document([one_record()], domain))
    own('import', 'in')
    out = own('ready')
    assert out.count('ruactl why') == 2
    assert "ruactl why '$(reboot).example' 192.0.2.7\n" in out
    assert 'ruactl why example.org 192.0.2.7\n' in out
    for command in 'failures', 'why':
        assert 'ruactl why' not in own(command, '$(reboot).example')
    assert 'ruactl why example.org WHO\n' in own('failures', 'example.org')
