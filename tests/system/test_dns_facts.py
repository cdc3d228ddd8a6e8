# SPDX-License-Identifier: BSD-2-Clause
"""What ruactl dns tells of a domain by its reports, and by what was seen in DNS
before: keys in use, policies that reporters saw, senders, mailboxes."""

import sqlite3

import pytest

from ctl import DAY, Ctl, report
from dnszones import (TODAY, TXT, ask, good, key, put_report, reports, told,
                      zone_text)

PASS, SIGNED, FORGED = ('pass', 'pass'), ('pass', 'fail'), ('fail', 'fail')
NAME = 'own.example'
OTHERS = {'example': 'nothing TXT "here"',
          'svc.example': '@ TXT "v=spf1 ip4:198.51.100.0/24 -all"',
          'wild.example': '@ MX 10 mx\nmx A 192.0.2.1\n'
                          '*._report._dmarc TXT "v=DMARC1"'}


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


@pytest.fixture
def serve(nameserver):
    """The good zone, changed."""
    servers = []

    def make(changes=(), name=NAME):
        zones = {**OTHERS, name: zone_text({**good(), **dict(changes)}, name)}
        if servers:
            servers[0].change(zones)
        else:
            servers.append(nameserver(zones))
        return servers[0]
    return make


def change(ctl, sql, *values):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute(sql, values)
    db.close()


def long_ago(ctl, days):
    """What is known of DNS was seen so much earlier."""
    change(ctl, 'UPDATE dns_record SET first_ts = first_ts - ? * 86400', days)


def seen(ctl, **how):
    how.setdefault('rows', (('192.0.2.25', 100, PASS),))
    reports(ctl, NAME, **how)


def one(answer, ident):
    found = [c for c in answer['checks'] if c['id'] == ident]
    assert len(found) == 1, answer['checks']
    return found[0]


# --- keys -------------------------------------------------------------------

def test_without_reports_no_key_is_known(ctl, serve):
    reports(ctl, 'another.example')
    assert told(ask(ctl, serve(), NAME)) == ['K7I']
    assert told(ask(ctl, serve(), '--selector=s1', NAME)) == []


def test_a_selector_can_be_named(ctl, serve):
    seen(ctl)
    answer = ask(ctl, serve(), '--selector=s2', NAME)
    assert told(answer) == ['K1E']
    assert answer['checks'][0]['name'] == 's2._domainkey.' + NAME


def test_a_key_that_never_passed_may_be_a_forgers(ctl, serve):
    seen(ctl, rows=(('198.51.100.1', 50, FORGED),))
    check = one(ask(ctl, serve({'s1._domainkey': []}), NAME), 'K1')
    assert check['severity'] == 'warning' and '50 messages' in check['text']


def test_one_forger_cannot_push_out_the_selectors_of_others(ctl, serve):
    """Forty are asked for: those that most reporters tell of."""
    seen(ctl, org='One', email='a@one.example')
    seen(ctl, org='Two', email='a@two.example')
    day = (TODAY - DAY) // 86400 - 1
    forged = report(domain=NAME, ident='forged', day=day, email='x@x.example',
                    rows=tuple(('198.51.100.%d' % n, 10 ** 9, PASS)
                               for n in range(60))).decode()
    for n in range(60):
        forged = forged.replace('<selector>s1<', '<selector>f%d<' % n, 1)
    ctl('import', ctl.put('forged.xml', forged.encode()))
    answer = ask(ctl, serve({'s1._domainkey': []}), NAME)
    assert 's1._domainkey.' + NAME in [c['name'] for c in answer['checks']]


def test_a_key_that_went_with_its_signatures_is_no_fault(ctl, serve):
    seen(ctl, ago=20)
    seen(ctl, ago=4, rows=())
    answer = ask(ctl, serve({'s1._domainkey': []}), NAME)
    assert told(answer) == []
    assert [f['value'] for f in answer['facts'] if f['key'] == 'retired']


def test_a_key_that_nobody_uses_is_to_be_revoked(ctl, serve):
    seen(ctl, ago=120)
    check = one(ask(ctl, serve(), NAME), 'K6')
    assert check['record'] == \
        's1._domainkey.own.example TXT "v=DKIM1; p="'


@pytest.mark.parametrize('text, expected', [
    ('v=DKIM1; p=%%%', ['K6I']), ('v=DKIM1; t=y; p=' + key(), ['K6I']),
    ('v=DKIM1; p=' + key(1024), ['K6I']),
    ('v=DKIM1; p=' + key(512), ['K3E', 'K6I']),   # others can sign with it
    ('v=DKIM1; p=', []), ('hello', [])],
    ids=['unreadable', 'testing', '1024', '512', 'revoked', 'other'])
def test_a_key_that_nobody_uses_does_no_harm_unless_it_can_be_broken(
        ctl, serve, text, expected):
    seen(ctl, ago=120)
    ns = serve({'s1._domainkey': TXT(text)})
    assert [id for id in told(ask(ctl, ns, NAME)) if id[0] == 'K'] == expected


def test_a_revoked_key_that_is_asked_for(ctl, serve):
    seen(ctl)
    ns = serve({'s2._domainkey': TXT('v=DKIM1; p=')})
    check = one(ask(ctl, ns, '--selector=s2', NAME), 'K2')
    assert check['text'].startswith('s2._domainkey.own.example is revoked')


def test_the_only_key_should_be_changed_once_a_year(ctl, serve):
    seen(ctl)
    ns = serve()
    assert told(ask(ctl, ns, NAME)) == []
    long_ago(ctl, 364)
    assert told(ask(ctl, ns, NAME)) == []
    long_ago(ctl, 3)
    assert 'K8W' in told(ask(ctl, ns, NAME))
    assert 'K8W' in told(ask(ctl, ns, NAME, offline=True))


# --- what receivers saw -----------------------------------------------------

def test_defaults_do_not_differ(ctl, serve):
    """The report says adkim=r, aspf=r, sp=reject and pct=100."""
    seen(ctl)
    answer = ask(ctl, serve({'_dmarc': TXT(
        'v=DMARC1; p=reject; rua=mailto:dmarc@{domain}')}), NAME)
    assert told(answer) == []
    assert [f['value'] for f in answer['facts'] if f['key'] == 'same'] == ['1']


def test_another_policy_is_told_when_it_is_late(ctl, serve):
    seen(ctl)
    seen(ctl, org='y', email='d@yahoo.example', p='none')
    ns = serve()
    first = ask(ctl, ns, NAME)
    assert told(first) == ['P1I', 'P2W']
    assert one(first, 'P1')['name'] == 'yahoo.example'
    assert 'p=none' in one(first, 'P1')['text']
    assert 'p=reject is published now' in one(first, 'P1')['text']
    long_ago(ctl, 2)            # what receivers may be behind
    assert told(ask(ctl, ns, NAME)) == ['P1I', 'P2W']
    long_ago(ctl, 4)
    late = ask(ctl, ns, NAME)
    assert told(late) == ['P1W', 'P2W']
    assert 'yahoo.example still saw p=none' in one(late, 'P1')['text']


def test_what_was_published_when_it_was_seen_is_no_difference(ctl, serve):
    seen(ctl)
    assert told(ask(ctl, serve(), NAME)) == []
    long_ago(ctl, 10)
    ns = serve({'_dmarc': TXT('v=DMARC1; p=quarantine; rua='
                              'mailto:dmarc@{domain}')})
    answer = ask(ctl, ns, NAME)
    assert told(answer) == []
    facts = {(f['group'], f['key']): f['value'] for f in answer['facts']}
    assert facts['seen', 'old'] == '1'
    assert facts['dmarc', 'since'].startswith('changed on ')


def test_another_txt_record_changes_nothing(ctl, serve):
    """That of SPF is the same, and so is the date."""
    seen(ctl)
    ask(ctl, serve(), NAME)
    long_ago(ctl, 10)
    answer = ask(ctl, serve({'@': ['MX 10 mx'] + TXT(
        'v=spf1 mx -all', 'site-verification=1')}), NAME)
    facts = {(f['group'], f['key']): f['value'] for f in answer['facts']}
    assert facts['spf', 'since'].startswith('first seen on ')


# --- reports ----------------------------------------------------------------

def mailbox(ctl, username):
    change(ctl, 'INSERT INTO mailbox (name, server, username, folder)'
                " VALUES ('own', 'imap', ?, 'INBOX')", username)


@pytest.mark.parametrize('record', [[], TXT('v=DMARC1; p=reject')])
@pytest.mark.parametrize('host, allows', [
    ('silent.example', False), ('wild.example', True), (NAME, True)])
def test_who_gets_the_reports_must_allow_it_first(ctl, serve, record, host,
                                                  allows):
    """The record to paste names a mailbox that ruad reads."""
    reports(ctl, 'another.example')
    mailbox(ctl, 'dmarc@' + host)
    answer = ask(ctl, serve({'_dmarc': record}), NAME)
    assert 'rua=mailto:dmarc@' + host in one(
        answer, 'R1' if record else 'D1')['record']
    if allows:
        assert 'R4I' not in told(answer)
    else:
        assert one(answer, 'R4')['record'] == (
            'own.example._report._dmarc.silent.example TXT "v=DMARC1"')


@pytest.mark.parametrize('username, expected', [
    ('dmarc@own.example', ['K7I']), ('DMARC@Own.example', ['K7I']),
    ('dmarc', ['K7I']), ('other@own.example', ['K7I', 'R6W'])])
def test_reports_should_go_to_a_mailbox_of_ours(ctl, serve, username,
                                                expected):
    reports(ctl, 'another.example')
    mailbox(ctl, username)
    answer = ask(ctl, serve(), NAME)
    assert told(answer) == expected
    if 'R6W' in expected:
        assert one(answer, 'R6')['record'] == (
            '_dmarc.own.example TXT "v=DMARC1; p=reject; rua=mailto:'
            'other@own.example,mailto:dmarc@own.example"')


def test_reports_that_come_prove_that_they_come(ctl, serve):
    seen(ctl)
    mailbox(ctl, 'other@own.example')
    assert told(ask(ctl, serve(), NAME)) == []


def test_reports_that_no_longer_come_are_missed(ctl, serve):
    seen(ctl, ago=12)
    reports(ctl, 'another.example')
    answer = ask(ctl, serve(), NAME)
    assert told(answer) == ['R8W']
    assert ' in 11 days' in one(answer, 'R8')['text']


# --- senders ----------------------------------------------------------------

def test_who_signs_should_be_in_the_record(ctl, serve):
    seen(ctl, rows=(('192.0.2.25', 900, PASS), ('203.0.113.9', 50, SIGNED),
                    ('203.0.113.10', 3, SIGNED), ('2001:db8::99', 20, SIGNED),
                    ('203.0.113.11', 50, FORGED)))
    answer = ask(ctl, serve(), NAME)
    assert told(answer) == ['S15W', 'S15W']
    assert [c['record'] for c in answer['checks']] == [
        'own.example TXT "v=spf1 mx ip4:203.0.113.9 -all"',
        'own.example TXT "v=spf1 mx ip6:2001:db8::99 -all"']
    ctl('sender', 'add', 'list', 'forwarder', '203.0.113.9', '2001:db8::99')
    assert told(ask(ctl, serve(), NAME)) == []


@pytest.mark.parametrize('end, pasted', [
    ('?all', '~all'), ('~all', '~all'), ('', ' ~all'), ('-all', '-all'),
    ('?all include:svc.example', '~all include:svc.example'),
    ('redirect=svc.example', 'redirect=svc.example')])
def test_who_is_added_does_not_bring_back_another_end(ctl, serve, end, pasted):
    seen(ctl, rows=(('192.0.2.25', 900, PASS), ('203.0.113.9', 50, SIGNED)))
    zone = {'@': ['MX 10 mx'] + TXT(('v=spf1 mx ' + end).strip())}
    check = one(ask(ctl, serve(zone), NAME), 'S15')
    assert check['text'].endswith('forward, add ip4:203.0.113.9')
    assert check['record'] == ('own.example TXT "v=spf1 mx ip4:203.0.113.9 %s"'
                               % pasted.strip())


@pytest.mark.parametrize('text', [
    'mx include:svc.example ?all', 'include:svc.example mx'])
def test_what_is_removed_does_not_bring_back_another_end(ctl, serve, text):
    seen(ctl)
    seen(ctl, ago=100)
    zone = {'@': ['MX 10 mx'] + TXT('v=spf1 ' + text)}
    assert one(ask(ctl, serve(zone), NAME), 'S14')['record'] == \
        'own.example TXT "v=spf1 mx ~all"'


INCLUDES = {'@': ['MX 10 mx'] + TXT('v=spf1 mx include:svc.example -all')}


def test_an_include_that_nobody_uses_can_go(ctl, serve):
    seen(ctl)
    assert told(ask(ctl, serve(INCLUDES), NAME)) == []  # too early to tell
    seen(ctl, ago=100)
    assert one(ask(ctl, serve(INCLUDES), NAME), 'S14')['record'] == \
        'own.example TXT "v=spf1 mx -all"'
    seen(ctl, org='b', rows=(('198.51.100.7', 1, PASS),))
    assert told(ask(ctl, serve(INCLUDES), NAME)) == []


def test_a_domain_without_mail_should_say_so(ctl, serve):
    reports(ctl, 'another.example')
    quiet = {'@': TXT('v=spf1 ip4:192.0.2.1 -all'), 'mx': [],
             '_dmarc': TXT('v=DMARC1; p=reject; rua=mailto:d@wild.example')}
    answer = ask(ctl, serve(quiet), NAME)
    assert told(answer) == ['K7I', 'S17I', 'X1W']
    assert one(answer, 'S17')['record'] == 'own.example TXT "v=spf1 -all"'
    assert one(answer, 'X1')['record'] == 'own.example MX 0 .'
    quiet['@'] = TXT('v=spf1 -all')
    assert told(ask(ctl, serve(quiet), NAME)) == ['K7I', 'X1W']
    quiet['_dmarc'] = TXT('v=DMARC1; p=none; rua=mailto:d@wild.example')
    answer = ask(ctl, serve(quiet), NAME)
    assert told(answer) == ['B1I', 'K7I', 'S17I', 'X1W']
    assert one(answer, 'S17')['record'] == '_dmarc.own.example TXT ' \
        '"v=DMARC1; p=reject; rua=mailto:d@wild.example"'
    quiet['@'] = TXT('nothing')
    answer = ask(ctl, serve(quiet), NAME)
    assert told(answer) == ['B1I', 'K7I', 'S17I', 'S1E', 'X1W']
    assert one(answer, 'S1')['record'] == 'own.example TXT "v=spf1 -all"'


def test_p_none_is_to_end_when_the_domain_is_ready(ctl, serve):
    none = {'_dmarc': TXT('v=DMARC1; p=none; rua=mailto:dmarc@{domain}')}
    ctl('import', *[put_report(
        ctl, NAME, ago=ago, org=org, email='d@%s.example' % org, p='none',
        rows=(('192.0.2.25', 100, PASS),))
        for ago in range(1, 32) for org in 'abc'])
    ctl('sender', 'add', 'us', 'own', '192.0.2.25')
    answer = ask(ctl, serve(none), NAME)
    assert told(answer) == ['B1I', 'D6W']
    assert one(answer, 'D6')['record'] == \
        '_dmarc.own.example TXT "v=DMARC1; p=reject; ' \
        'rua=mailto:dmarc@own.example"'


# --- subdomains -------------------------------------------------------------

SUB = {'sub': ['MX 10 mx'] + TXT('v=spf1 mx -all')}


@pytest.mark.parametrize('text, expected', [
    (None, ['D15W', 'K7I', 'T2I']),
    ('v=DMARC1; p=reject; rua=mailto:dmarc@{domain}', ['K7I', 'T2I']),
    ('v=DMARC1; p=reject; sp=reject; rua=mailto:dmarc@{domain}',
     ['D8I', 'K7I', 'T2I']),
    ('v=DMARC1; p=reject; psd=n; rua=mailto:dmarc@sub.{domain}',
     ['D13I', 'D14I', 'K7I', 'T2I'])])
def test_a_subdomain_has_the_record_above_it(ctl, serve, text, expected):
    reports(ctl, 'another.example')
    records = {**SUB, '_dmarc.sub': TXT(text) if text else []}
    answer = ask(ctl, serve(records), 'sub.' + NAME)
    assert told(answer) == expected
