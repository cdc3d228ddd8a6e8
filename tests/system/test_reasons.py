# SPDX-License-Identifier: BSD-2-Clause
"""Reasons for not applying a policy: what is forwarding, and what changed
anything, is the same wherever one asks."""

import sqlite3

import pytest

import reasons
from test_why import GOOD_DKIM, GOOD_SPF, document, one_record
from webpage import Asked, number

LONG = ('arc=pass as[2].d=list.example as[2].s=k2 as[1].d=example.org '
        'as[1].s=k1 remote-ip[1]=2001:db8::1a')
FORWARDED = [
    ('local_policy', 'arc=pass'), ('local_policy', 'ARC=Pass'),
    ('local_policy', LONG), ('LOCAL_POLICY', LONG.upper()),
    ('local_policy', 'arc=pass; through a list'),
    ('local_policy', 'arc = pass'), ('local_policy', 'arc: pass'),
    ('local_policy', 'arc-pass'), ('local_policy', '\n   arc=pass'),
    ('local_policy', '(arc=pass)'), ('local_policy', '[arc=pass as[1].d=a]'),
    ('local_policy', '"arc=pass"'), ('local_policy', "' arc=pass'"),
    ('local_policy', 'arc=pass, trusted'), ('local_policy', 'arc="pass"'),
    ('forwarded', None), ('mailing_list', 'arc=none'),
    ('trusted_forwarder', 'by a chain of seals'),
]
NOT = [
    ('local_policy', None), ('local_policy', 'arc=fail'),
    ('local_policy', 'arc=none'), ('local_policy', 'ARC=FAIL as[1].d=pass'),
    ('local_policy', 'arc=none as[1].d=arc=pass'),
    ('local_policy', 'arc=passed'), ('local_policy', 'arcpass'),
    ('local_policy', 'dmarc=pass'), ('local_policy', 'monarc=pass'),
    ('local_policy', 'no arc=pass'), ('local_policy', 'arc=temperror pass'),
    ('local_policy', 'arc'), ('local_policy', 'arc='),
    ('other', 'arc=pass'), ('sampled_out', 'arc=pass'),
    ('policy_test_mode', None), ('other', 'forwarded by somebody'),
]
ALL = FORWARDED + NOT


def address(i):
    return '198.51.100.%d' % (i + 1)


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    own = Asked(build, tmp_path_factory.mktemp('reasons'))
    own.put('a.xml', document([
        one_record(count=1 << i % 8, reasons=[one], ip=address(i))
        for i, one in enumerate(ALL)], p='reject'))
    own('import', 'a.xml')
    return own


def test_the_lists_are_what_the_other_tests_take_for_forwarding():
    for kind, comment in FORWARDED:
        assert reasons.forwarding(kind.lower(), comment), comment
    for one in NOT:
        assert not reasons.forwarding(*one), one


def test_every_view_knows_what_is_forwarded(ctl):
    want = {address(i) for i in range(len(FORWARDED))}
    with sqlite3.connect(ctl.database) as db:
        assert {ip for ip, in db.execute(
            'SELECT s.ip FROM override o JOIN record r ON r.id = o.record_id'
            ' JOIN source s ON s.id = r.source_id WHERE o.forwarding')} == want
        assert db.execute('SELECT count(*), min(forwarding), max(forwarding),'
                          ' min(changed) FROM override').fetchone() == (
            len(ALL), 0, 1, 1)
        assert {ip for ip, in db.execute('SELECT ip FROM v_forwarded')} == want
    assert {row['ip'] for row in ctl.csv(
        'query', 'forwarded', 'example.org')} == want


def test_every_command_counts_the_same(ctl):
    forwarded = sum(1 << i % 8 for i in range(len(FORWARDED)))
    other = sum(1 << i % 8 for i in range(len(ALL))) - forwarded
    ready, = ctl.json('ready', 'example.org')
    assert (ready['suffers'], ready['unknown']) == (
        forwarded, other)
    with sqlite3.connect(ctl.database) as db:
        assert db.execute('SELECT suffers, unknown'
                          ' FROM v_readiness').fetchone() == (forwarded, other)
    page = ctl.page()
    row, = page.sections['readiness'].table
    assert (number(row['Suffers']), number(row['Unknown'])) == (
        forwarded, other)


def test_why_tells_forwarding_in_the_same_way(ctl):
    for i in range(len(ALL)):
        row, = ctl.json('why', 'example.org', address(i))
        assert row['forwarding'] == (i < len(FORWARDED)), ALL[i]
        out = ctl('why', 'example.org', address(i))
        assert ('> Forwarded, without a signature' in out) == (
            i < len(FORWARDED)), out


def test_like_words_for_other_things_are_two_stories(ctl, build, tmp_path):
    own = Asked(build, tmp_path)
    own.put('a.xml', document([
        one_record(count=n, reasons=[('local_policy', comment)])
        for n, comment in ((1, 'arc=fail'), (2, 'arc=pass'), (4, 'arc=none'),
                           (8, LONG))], p='reject'))
    own('import', 'a.xml')
    assert [(row['messages'], row['forwarding'])
            for row in own.json('why', 'example.org', '192.0.2.7')] == [
        (10, True), (5, False)]


# --- what changed the outcome -------------------------------------------------

PASSED = dict(dkim=[GOOD_DKIM], spf=[GOOD_SPF], verdict=('pass', 'pass'))
SUB = dict(header_from='news.example.org')


@pytest.mark.parametrize('record, p, sp, want', [
    (dict(disposition='none'), 'reject', 'reject', True),
    (dict(disposition='quarantine'), 'reject', 'reject', True),
    (dict(disposition='reject'), 'reject', 'reject', False),
    (dict(disposition='none'), 'none', 'none', False),
    (dict(disposition='quarantine'), 'none', 'none', True),
    (dict(disposition='pass'), 'none', 'none', False),
    (dict(disposition='odd'), 'reject', 'reject', False),
    (dict(disposition='none', **PASSED), 'reject', 'reject', False),
    (dict(disposition='pass', **PASSED), 'reject', 'reject', False),
    (dict(disposition='reject', **PASSED), 'none', 'none', True),
    (dict(disposition='none', **SUB), 'reject', 'none', False),
    (dict(disposition='reject', **SUB), 'none', 'reject', False),
    (dict(disposition='none', **SUB), 'reject', 'quarantine', True),
    (dict(disposition='none', **SUB), 'reject', None, True),
    (dict(disposition='none'), None, None, False),
    (dict(disposition='reject'), None, None, True),
])
def test_overrides_are_what_changed_the_outcome(
        build, tmp_path, record, p, sp, want):
    own = Asked(build, tmp_path)
    xml = document([one_record(reasons=[('other', 'because')], **record)],
                   p=p or 'odd').decode()
    own.put('a.xml', xml.replace('<pct>', '<sp>%s</sp><pct>' % sp if sp else
                                 '<pct>').encode())
    own('import', 'a.xml')
    assert [list(row.values()) for row in own.csv('query', 'overrides')] == [
        ['example.org', 'Receiver', 'other', 'because', '1']] * want
    table = own.page().sections['dispositions'].tables
    assert [row['Comment'] for row in table.get(
        'Overrides, most messages first', [])] == ['because'] * want
    with sqlite3.connect(own.database) as db:
        assert db.execute('SELECT changed FROM override').fetchone() == (want,)


ELSEWHERE = ('esp.example', 'mfrom', 'pass')
GUESSED = [     # address, SPF, reasons, kind, whether it is told as forwarding
    ('203.0.113.1', [('example.org', 'mfrom', 'fail')], [], None, True),
    ('203.0.113.2', [('relay.example', 'helo', 'pass')], [], None, True),
    ('203.0.113.3', [ELSEWHERE], [], None, False),
    ('203.0.113.4', [ELSEWHERE], [('forwarded', None)], None, True),
    ('203.0.113.5', [ELSEWHERE], [], 'forwarder', True),
    ('203.0.113.6', [ELSEWHERE], [('forwarded', None)], 'service', False),
    ('203.0.113.7', [], [], 'own', False),
    ('203.0.113.8', [], [('mailing_list', None)], 'hostile', False),
]


def test_who_has_an_envelope_of_its_own_does_not_forward(build, tmp_path):
    own = Asked(build, tmp_path)
    own.put('a.xml', document([
        one_record(10 + i, ip=ip, spf=spf, reasons=why, dkim=[GOOD_DKIM],
                   verdict=('pass', 'fail'))
        for i, (ip, spf, why, _, _) in enumerate(GUESSED)]))
    own('import', 'a.xml')
    for ip, _, _, kind, _ in GUESSED:
        if kind:
            own('sender', 'add', 'The ' + kind, kind, ip)
    assert [(row['ip'], row['messages'], row['fail']) for row in own.csv(
        'query', 'forwarded', 'example.org')] == [
        (ip, str(10 + i), '0') for i, (ip, *_, told) in reversed(
            list(enumerate(GUESSED))) if told]


def test_causes_do_not_take_forwarders_for_services(build, tmp_path):
    """By the admin's kind, or by what a receiver says of a stranger."""
    own = Asked(build, tmp_path)
    elsewhere = dict(spf=[('relay.example', 'mfrom', 'pass')])
    broken = dict(dkim=[('example.org', 's1', 'fail')])
    own.put('a.xml', document([
        one_record(7, ip='192.0.2.1', **elsewhere),
        one_record(5, ip='192.0.2.2', reasons=[('forwarded', None)], **broken),
        one_record(1, ip='192.0.2.3', reasons=[('mailing_list', None)]),
        one_record(3, ip='192.0.2.4')]))
    own('import', 'a.xml')

    def told():
        notes = own.page().sections['causes'].notes
        return [note for note in notes if 'orwarded' in note], [
            note for note in notes if 'such service' in note]

    unsigned = ('It has no good signature of your domain, and only DKIM '
                'survives forwarding: sign all your mail.')
    changed = ('All of it was forwarded. It was changed on the way, which '
               'broke the signature.')
    forwarded, services = told()
    assert len(services) == 1 and len(forwarded) == 2
    assert forwarded[0].startswith(changed)
    assert forwarded[1] == '1 message of it was forwarded. ' + unsigned
    own('sender', 'add', 'Relay', 'forwarder', '192.0.2.1')
    forwarded, services = told()
    assert not services and len(forwarded) == 3
    assert forwarded[0] == 'All of it was forwarded. ' + unsigned
    own('sender', 'add', 'Office', 'own', '192.0.2.2')
    forwarded, services = told()
    assert len(forwarded) == 2 and not any(
        note.startswith(changed) for note in forwarded)
