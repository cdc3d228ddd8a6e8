# SPDX-License-Identifier: BSD-2-Clause
"""What ruactl alerts tells: a year day by day, what must not come and go, and
data that are missing, old or hostile."""

import json
import os
import time

from alertworld import HOUR, own, world_so      # noqa: F401
from ctl import DAY, FAIL, PASS, report
from test_questions import tlsrpt
from test_ruactl import EVIL, UNSAFE


# --- a year -----------------------------------------------------------------

OWN, SECOND = '192.0.2.1', '192.0.2.2'
OTHER, THIRD = '203.0.113.9', '198.51.100.1'
KEY = 's1._domainkey.example.org'
POLICIES = {0: 'none', 100: 'quarantine', 150: 'reject', 250: 'none',
            300: 'reject'}


def policy(p):
    return 'p=%s sp=%s adkim=r aspf=r pct=100' % (p, p)


# (day of the reports, or of what is done before the run; event, state,
# object).  What is of day 60 is seen on day 61 at 8:00.
YEAR = [
    # 14 days by 3 reporters, and then it lasts for 3 days.
    (16, 'verdict_changed', 'on', 'ready'),
    # The second server fails as all others on days 60 to 79.
    (60, 'failures_up', 'on', None),
    (62, 'stopped_passing', 'on', 'Own'),
    (63, 'verdict_changed', 'off', 'ready'),
    (63, 'verdict_changed', 'on', 'fix_senders'),
    (84, 'stopped_passing', 'off', 'Own'),
    (86, 'failures_up', 'off', None),
    (100, 'policy_changed', 'once', policy('quarantine')),
    # Day 79 is 30 days ago, for 3 days.
    (112, 'verdict_changed', 'off', 'fix_senders'),
    (112, 'verdict_changed', 'on', 'ready'),
    # Days 120 to 124, 6 a day.
    (121, 'new_source', 'on', OTHER),
    (150, 'policy_changed', 'once', policy('reject')),
    (153, 'verdict_changed', 'off', 'ready'),
    (153, 'verdict_changed', 'on', 'protected'),
    (154, 'new_source', 'off', OTHER),
    (170, 'unreadable_messages', 'on', None),
    (177, 'unreadable_messages', 'off', None),
    # Days 180 to 189; a week later they are forgotten, for 4 days.
    (180, 'tls_failing', 'on', 'sts'),
    (200, 'tls_failing', 'off', 'sts'),
    # Three does not report days 200 to 219.
    (203, 'silent_reporter', 'on', 'Three'),
    (220, 'silent_reporter', 'off', 'Three'),
    (230, 'mailbox_failing', 'on', 'rua'),
    (237, 'mailbox_failing', 'off', 'rua'),
    (250, 'policy_changed', 'once', policy('none')),
    (253, 'verdict_changed', 'off', 'protected'),
    (253, 'verdict_changed', 'on', 'ready'),
    (270, 'dns_broken', 'on', KEY),
    (277, 'dns_broken', 'off', KEY),
    (300, 'policy_changed', 'once', policy('reject')),
    (303, 'verdict_changed', 'off', 'ready'),
    (303, 'verdict_changed', 'on', 'protected'),
]


def rows_of(day):
    """Own servers, a new source, and forgers that nobody need care for."""
    rows = [(OWN, 200, PASS), (SECOND, 50, FAIL if 60 <= day < 80 else PASS)]
    if day % 2:
        rows.append(('198.18.%d.7' % (day % 200), 1 + day % 3, FAIL))
    if 120 <= day < 125:
        rows.append((OTHER, 2, FAIL))
    return rows


def reports_of(own, day):
    p = POLICIES[max(first for first in POLICIES if first <= day)]
    orgs = ['Big', 'Two'] + ['Three'] * (not 200 <= day < 220)
    documents = own.usual(day, rows_of(day), p, orgs)
    if day == 170:
        documents.append(b'<feedback><report_metadata>')
    failed = 10 if 180 <= day < 190 else 0
    documents.append(tlsrpt('Big', day, [
        ('example.org', 'sts', 100 - failed,
         [('certificate-expired', 'mx.example.org', failed)] * bool(failed))]))
    return documents


def see_dns(own, day):
    """What ruactl dns keeps when it looks each day."""
    for name, value in (
            ('_dmarc.example.org', '"v=DMARC1; p=none; '
             'rua=mailto:rua@example.org"'),
            ('example.org', '"v=spf1 ip4:192.0.2.0/24 -all"'),
            (KEY, None if 270 <= day < 276 else '"v=DKIM1; p=%s"' % GOOD_KEY)):
        status = 'ok' if value else 'no_name'
        if own.query("SELECT 1 FROM (SELECT status FROM dns_record WHERE name"
                     " = '%s' ORDER BY id DESC LIMIT 1) WHERE status = '%s'"
                     % (name, status)):
            own.change('UPDATE dns_record SET last_ts = ? WHERE id = (SELECT'
                       ' max(id) FROM dns_record WHERE name = ?)', own.now,
                       name)
        else:
            own.change('INSERT INTO dns_record (name, type, status, value,'
                       " first_ts, last_ts) VALUES (?, 'TXT', ?, ?, ?, ?)",
                       name, status, value, own.now, own.now)


# A public key, of 2048 bits, that nobody has the other half of.
GOOD_KEY = (
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkEigVlR1j74rDbMN'
    'zDKxbkWNIO2f7/FrfFOWd569vaFe/7TqOLYgL/2YFe2ygeoR9BZ8/zOhs7ZI'
    'yEk2SJHdXpWKTOkjJRSsjcUrqoAKnpGuLfcvaDoxt/kNnJpnY8kkXZypU+NG'
    'jVu5RyZfnnEVPxN+UI5D0jyWOdZbBYVCUnSIAcRZyJZn1hK/zTX45odkiY92'
    'FWGfNmHiTrovrK063uUWEc7tp/5Abu77KChRmIrd+fgI+wGRKl7PPTEnSL8F'
    '2edtOMcukfNW6u1opVN73bN8FXddevva1s6wnXzpS1h5/mWR2a7pZ9GBYBQ5'
    'sbOmPqHEg+OAPLI3p0FeZYTCEwIDAQAB')


def poll(own, day):
    """The mailbox is polled at every hour, but not on days 230 to 235."""
    if not own.query('SELECT 1 FROM mailbox'):
        own.change('INSERT INTO mailbox (name, server, username, folder)'
                   " VALUES ('rua', 'h', 'rua@example.org', 'INBOX')")
    if not 230 <= day < 236:
        own.change('UPDATE mailbox SET last_ok_ts = ?', own.now)


def days_to_look():
    """Each day on which something happens or could too early or too late, with
    those before on which it has to last; of others one a week, and reports of
    days between come together.  ALERT_DAYS=all: each of the year."""
    near = {event[0] + i for event in YEAR for i in range(-4, 2)}
    return [day for day in range(365) if os.environ.get('ALERT_DAYS') == 'all'
            or day in near or day % 7 == 0 or day == 364]


def bring(own, day, days):
    """The reports of these days come before that of the day is looked at."""
    own.at(day + 1, 6)
    # The unreadable one is what ruactl exits with 65 for.
    own('import', *(own.put('in/%d-%d' % (of, i), data) for of in days
                    for i, data in enumerate(reports_of(own, of))),
        code=65 if 170 in days else 0)
    if day == 0:
        own('sender', 'add', 'Own', 'own', '192.0.2.0/24')


def test_a_year_tells_each_event_once_when_it_begins_and_once_when_it_ends(
        own):
    told = []
    keys = {}
    last = -1
    for day in days_to_look():
        bring(own, day, range(last + 1, day + 1))
        last = day
        for hour in (8, 20) if day % 30 == 0 else (8,):
            # A minute later each day: a day has passed, however busy it is.
            own.at(day + 1, hour, day)
            poll(own, day)
            see_dns(own, day)
            for a in own.alerts():
                told.append((day, a['event'], a['state'], a['object']))
                assert a['time'].startswith(
                    time.strftime('%Y-%m-%dT', time.gmtime(own.now)))
                keys.setdefault(a['key'], []).append((a['state'], a['since']))
    assert told == YEAR
    # An event that ends has the key and the time of the one that began.
    for states in keys.values():
        for on, off in zip(states[::2], states[1::2]):
            assert on[0] == off[0] == 'once' or (on[0], off[0]) == (
                'on', 'off') and on[1] == off[1]


# --- what must not come and go ----------------------------------------------

def of_kind(told, *events):
    return [one for one in told if one[1] in events]


def test_what_fails_for_months_is_told_once(own):
    """The days on which it passed are soon too old to be looked at."""
    own.fill(190, lambda day: [
        (OWN, 200, PASS), (SECOND, 20, FAIL if 60 <= day < 160 else PASS)],
        orgs=['Big'])
    own.at(30)
    own('sender', 'add', 'Own', 'own', '192.0.2.0/24')
    assert of_kind(own.walk(50, 180), 'stopped_passing') == [
        (62, 'stopped_passing', 'on', 'Own'),
        (164, 'stopped_passing', 'off', 'Own')]


def test_what_passes_once_in_a_while_has_not_recovered(own):
    own.fill(130, lambda day: [
        (OWN, 200, PASS),
        (SECOND, 20, FAIL if 60 <= day < 100 and day % 5 else PASS)],
        orgs=['Big'])
    own.at(30)
    own('sender', 'add', 'Own', 'own', '192.0.2.0/24')
    assert of_kind(own.walk(50, 129), 'stopped_passing') == [
        (63, 'stopped_passing', 'on', 'Own'),
        (104, 'stopped_passing', 'off', 'Own')]


def test_a_share_that_stays_low_is_told_to_be_the_usual_one(own):
    own.fill(130, lambda day: [
        (OWN, 90, PASS), ('198.51.100.1', 30 * (day >= 60), FAIL)],
        orgs=['Big'])
    assert of_kind(own.walk(50, 129), 'failures_up') == [
        (60, 'failures_up', 'on', None), (90, 'failures_up', 'off', None)]


def test_the_end_of_a_share_says_what_it_is(own):
    own.fill(100, lambda day: [
        (OWN, 90, PASS), ('198.51.100.1', 30 * (60 <= day < 64), FAIL)],
        orgs=['Big'])
    texts = {}
    for day in range(50, 80):
        own.at(day + 1, 8, day)
        for a in own.alerts():
            if a['event'] == 'failures_up':
                texts[a['state']] = a['text']
    # 7 days of 90, of the first with 30 more.
    assert texts == {
        'on': 'example.org: 95.4% compliant, 100.0% in the days before',
        'off': 'example.org: 100.0% compliant again'}


def test_a_verdict_that_comes_and_goes_is_not_told(own):
    """Of 30 days: 1 % and a little more or less is not known."""
    own.fill(120, lambda day: [
        (OWN, 99, PASS), ('198.51.100.%d' % day, 1, FAIL)])
    own.at(30)
    own('sender', 'add', 'Own', 'own', '192.0.2.0/24')
    told = own.walk(40, 45)
    assert of_kind(told, 'verdict_changed') == []
    verdicts = set()
    for day in range(46, 70):
        own.at(day + 1, 8, day)
        # One more or one less, in the last days only.
        own.change('UPDATE record_row SET messages = ? WHERE id IN (SELECT'
                   ' rec.id FROM record_row rec JOIN report rep ON rep.id ='
                   ' rec.report_id WHERE rep.day = ? AND rec.dkim = 0)',
                   1 + 100 * (day % 2), DAY + 30 * 86400)
        verdicts |= {row['verdict'] for row in own.json('ready')}
        assert of_kind([(day, *one) for one in own.told()],
                       'verdict_changed') == []
        if day > 58:
            break
    assert len(verdicts) > 1


def test_a_domain_at_risk_is_told_at_once(own):
    rows = [(OWN, 90, PASS), (SECOND, 10, FAIL)]
    own.fill(40, lambda day: rows[:1 + (day > 35)], p='reject')
    own.at(30)
    own('sender', 'add', 'Own', 'own', '192.0.2.0/24')
    told = own.walk(30, 39)
    assert of_kind(told, 'verdict_changed') == [
        (36, 'verdict_changed', 'on', 'at_risk')]
    # What is on is told on the first run, too.
    own.state.unlink()
    first = own.alerts()
    assert [(a['event'], a['text'], a['command']) for a in first
            if a['event'] == 'verdict_changed'] == [(
                'verdict_changed', 'example.org: p=reject, and 120 messages '
                'from your named senders failed',
                'ruactl ready example.org')]


def test_a_mailbox_that_fails_now_and_then_is_told_once(own):
    own.add(report())
    own.change('INSERT INTO mailbox (name, server, username, folder)'
               " VALUES ('rua', 'h', 'u', 'INBOX')")
    told = []
    for hour in range(48):
        # A minute later each hour: an hour has passed, however busy it is.
        own.at(3, hour, hour)
        failed = 10 <= hour < 20 and hour % 2 == 0
        own.change('UPDATE mailbox SET last_ok_ts = ?, last_error = ?,'
                   ' last_error_class = ?', own.now - 60,
                   'wrong password' if failed else None,
                   'permission' if failed else None)
        told += [(hour, *one) for one in own.told()]
    assert told == [(10, 'mailbox_failing', 'on', 'rua'),
                    (21, 'mailbox_failing', 'off', 'rua')]


def test_nobody_falls_silent_while_nothing_is_collected(own):
    own.fill(30, lambda day: [(OWN, 9, PASS)])
    own.at(30)
    own.change('INSERT INTO mailbox (name, server, username, folder,'
               " last_ok_ts) VALUES ('rua', 'h', 'u', 'INBOX', ?)",
               DAY + 30 * 86400 + 5 * HOUR)
    assert of_kind(own.walk(29, 40), 'mailbox_failing', 'silent_reporter') == [
        (29, 'mailbox_failing', 'on', 'rua')]
    own.at(41)
    own.change('UPDATE mailbox SET last_ok_ts = ?', own.now)
    assert sorted(own.told()) == [
        ('silent_reporter', 'on', org) for org in ('Big', 'Three', 'Two')]


def test_a_new_source_keeps_its_key_when_it_gets_a_name(own):
    own.fill(60, lambda day: [(OWN, 99, PASS)] + [
        (OTHER, 2, FAIL)] * (50 <= day < 55))
    told = own.walk(45, 52)
    assert of_kind(told, 'new_source') == [
        (51, 'new_source', 'on', OTHER)]
    own.change("UPDATE source SET ptr = 'mx.shop.example', ptr_domain ="
               " 'shop.example', asn = 64500, as_name = 'SHOP',"
               " lookup_status = 'ok' WHERE ip = '203.0.113.9'")
    assert [row['who'] for row in own.json(
        'sources', 'example.org', '--failing')] == ['shop.example']
    assert of_kind(own.walk(53, 56), 'new_source') == []
    own('sender', 'add', 'Shop', 'service', OTHER)
    assert ('new_source', 'off', OTHER) in own.told()


def test_a_domain_has_twenty_new_sources_and_the_rest_is_one(own):
    own.fill(60, lambda day: [(OWN, 999, PASS)] + [
        ('203.0.%d.9' % i, 15 + i % 3, FAIL) for i in range(35)] * (
            day == 50), orgs=['Big'])
    new = of_kind(own.walk(45, 70), 'new_source')
    assert len(new) == 22 and {one[:3] for one in new[:21]} == {
        (50, 'new_source', 'on')}
    assert len({one[3] for one in new[:21]}) == 21
    # Day 50 is of the last week up to day 56, and for 4 days.
    assert new[21] == (61, 'new_source', 'off', None)


# --- first runs, old data, hostile data -------------------------------------

def test_two_runs_without_change_say_nothing(own):
    own.fill(40, lambda day: [(OWN, 9, PASS), (SECOND, 9 * (day > 35),
                                                FAIL)])
    own.at(40)
    assert own.told() != []
    for _ in range(3):
        assert own('alerts', '--state=state') == ''
    assert own('alerts', '--state=state', '--format=json') == '[]\n'


def test_a_database_without_reports(own):
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    assert own.told() == own.told() == []


def test_a_database_of_a_day(own):
    own.add(*own.usual(0, [(OWN, 50, PASS), (OTHER, 50, FAIL)]))
    assert own.walk(0, 10) == []


def test_an_old_database_tells_nothing_old(own):
    own.fill(60, lambda day: [(OWN, 99, PASS)] + [
        (OTHER, 9, FAIL), (THIRD, 30, FAIL)] * (day > 50))
    own.at(400)
    assert own.told() == []


def test_what_is_on_stays_while_nothing_comes(own):
    own.fill(60, lambda day: [(OWN, 99, PASS)] + [
        (OTHER, 9, FAIL), (THIRD, 30, FAIL)] * (day > 50))
    assert of_kind(own.walk(45, 59), 'failures_up', 'new_source') == [
        (51, 'failures_up', 'on', None), (51, 'new_source', 'on', THIRD),
        (51, 'new_source', 'on', OTHER)]
    told = own.walk(60, 200, 7)
    assert {one[1] for one in told} == {'silent_reporter'}
    assert len(told) == 3
    own('prune', '--older-than=1d')
    assert not own.query('SELECT 1 FROM report')
    assert own.told() == []


def test_a_report_from_the_future_changes_nothing(own):
    own.fill(60, lambda day: [(OWN, 99, PASS)])
    own.at(50)
    own.add(report('Liar', ident='f', day=40000, p='reject', rows=[
        (OTHER, 999, FAIL)]),
        report('Big', ident='g', day=30000, rows=[(OWN, 1, PASS)]),
        tlsrpt('Liar', 40000, [('example.org', 'sts', 0, [
            ('certificate-expired', 'mx.example.org', 9)])]))
    assert own.walk(50, 59) == []
    # A reporter who is in the future is silent all the same.
    assert [one for one in own.walk(60, 64) if one[3] == 'Big'] == [
        (63, 'silent_reporter', 'on', 'Big')]


def test_missing_values_are_no_trouble(own):
    own.fill(40, lambda day: [(OWN, 99, PASS), (SECOND, 9, FAIL)])
    own.at(40)
    for table, columns in (
            ('report', ('message_id', 'org_email', 'p', 'sp', 'np', 'adkim',
                        'aspf', 'pct', 'testing')),
            ('record_row', ('source_id', 'dkim', 'spf', 'disposition',
                            'dkim_list_id')),
            ('profile', ('header_from', 'envelope_from'))):
        for column in columns:
            own.change('UPDATE %s SET %s = NULL' % (table, column))
    own.change('INSERT INTO mailbox (name, server, username, folder)'
               " VALUES ('', '', '', '')")
    own.change('INSERT INTO message (fetched_ts, sha256, status)'
               " VALUES (?, '', 'failed')", own.now)
    for name in '_dmarc.example.org', '_dmarc.org':
        own.change('INSERT INTO dns_record (name, type, status, first_ts,'
                   " last_ts) VALUES (?, 'TXT', 'none', 0, ?)", name, own.now)
    told = own.told()
    assert {one[0] for one in told} == {
        'mailbox_failing', 'unreadable_messages', 'dns_broken'}
    assert own.told() == []


def test_hostile_text_is_inert(own):
    documents = []
    for i, text in enumerate(EVIL):
        documents += [report(text, text + '.example', '%d %d' % (i, day), day)
                      for day in range(20)]
        documents.append(tlsrpt(text, 24, [(text, text, 1, [
            ('validation-failure', 'mx', 9)])]))
        documents.append(report('Big', text + '.example', 'p%d' % i, 23,
                                p='reject'))
    own.add(*documents)
    own.at(25)
    shown = own('alerts', '--state=shown')
    assert shown.count(': silent for ') > 10
    assert not UNSAFE.search(shown)
    raw = own('alerts', '--state=%s' % own.state, '--format=jsonl')
    assert not UNSAFE.search(raw)
    alerts = [json.loads(line) for line in raw.splitlines()]
    assert len({a['key'] for a in alerts}) == len(alerts) > 10
    for a in alerts:
        assert not UNSAFE.search(a['text']) and not UNSAFE.search(a['command'])
    objects = {a['object'] for a in alerts if a['event'] == 'silent_reporter'}
    assert 'a\u202egnp.exe' in objects
    # The same is known again, whatever is in it.
    assert own('alerts', '--state=%s' % own.state) == ''
    assert own('alerts', '--state=shown') == ''
    for line in own.state.read_text().splitlines():
        assert line.split('\t')[0] in ('ruad-alerts 1', 'mark', 'end')
