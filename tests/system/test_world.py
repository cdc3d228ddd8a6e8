# SPDX-License-Identifier: BSD-2-Clause
"""A verdict may be obeyed: whoever is named of a world of senders, in whatever
order, what ready says is the truth, and never good while own mail is lost.

WORLD_ORDERS=100 tries as many orders and sets of senders."""

import calendar
import ipaddress
import json
import os
import random
import shlex
import shutil
import sqlite3
import subprocess
import time

import pytest

import world
from ctl import Ctl
from longform import some
from patience import PATIENCE
from truth import date
from world import (
    CLUB, DOMAINS, ORG, SENDERS, SHOP, Answer, Truth, under)

ORDERS = int(os.environ.get('WORLD_ORDERS', 3))
SUBSETS = 7 * ORDERS
KEYS = [one.key for one in SENDERS]
# Good news, on which somebody may publish a policy or leave it in force.
GOOD = 'ready', 'ready_quarantine', 'protected'
# How far each verdict is from the truth, if own mail is lost, and if not.
FROM_LOST = {'fix_senders': 0, 'at_risk': 0, 'check_unknown': 1,
             'name_senders': 1, 'ready_quarantine': 2, 'ready': 3,
             'protected': 3}
FROM_READY = {'ready': 0, 'protected': 0, 'ready_quarantine': 1,
              'check_unknown': 2, 'name_senders': 3}


class World(Ctl):
    """Its database, and who is named in it."""

    def __init__(self, build, directory, truth, origin=None):
        super().__init__(build, directory)
        self.truth, self.named = truth, []
        if origin:
            os.makedirs(os.path.dirname(self.database))
            shutil.copy(origin.database, self.database)
        else:
            world.write(self, truth.rows, truth.policies)
            self('import', 'in')

    def name(self, key):
        one = self.truth.senders[key]
        self('sender', 'add', one.label, one.kind, *one.rules)
        self.named.append(key)

    def forget(self, key):
        self('sender', 'remove', self.truth.senders[key].label)
        self.named.remove(key)

    def become(self, keys):
        """Name these and no others."""
        for key in set(self.named) - set(keys):
            self.forget(key)
        for key in sorted(set(keys) - set(self.named)):
            self.name(key)

    def ready(self):
        """{domain: Answer}, which add up"""
        answers = {}
        for row in self.json('ready'):
            one = Answer(*(row[word] for word in Answer._fields))
            assert one.fail == (one.lost + one.suffers + one.stopped
                                + one.unknown)
            answers[row['domain']] = one
        # The view says the same, but for the verdict.
        with sqlite3.connect(self.database) as db:
            assert dict((row[0], row[1:]) for row in db.execute(
                'SELECT domain, messages, fail, lost, suffers, stopped, unknown'
                ' FROM v_readiness')) == {
                    domain: one[:-1] for domain, one in answers.items()}
        return answers

    def signs(self, domain):
        """{address: words} of the unknown sources that fail"""
        return {row['ip']: set(row['signs']) for row in self.json(
            'sources', domain, '--by=address') if row['unknown']}

    def stand(self, domain):
        """{who: Standing} of all days"""
        since = '--since=' + date(world.FIRST)
        rows = self.json('sources', domain, since)
        found = {row['who']: world.Standing(
            row['evidence'], row['addresses'], row['messages'], row['pass'],
            row['class'], day_of(row['first_date']), day_of(row['last_date']))
            for row in rows}
        assert len(found) == len(rows)          # one row a sender
        return found

    def check(self):
        """What it says is the truth."""
        got = self.ready()
        assert got == {domain: self.truth.judge(domain, self.named)
                       for domain in self.truth.policies}, self.named
        return got


def day_of(text):
    return (calendar.timegm(time.strptime(text, '%Y-%m-%d'))
            - world.FIRST) // 86400


@pytest.fixture(scope='module')
def first(build, tmp_path_factory):
    return World(build, tmp_path_factory.mktemp('world'),
                 Truth(world.make_rows()))


@pytest.fixture
def copy(build, first, tmp_path):
    """The world, and nobody is named."""
    return World(build, tmp_path, first.truth, origin=first)


def shuffled(seed):
    keys = list(KEYS)
    random.Random(seed).shuffle(keys)
    return keys


# --- the truth itself -------------------------------------------------------

def answer(messages, fail, lost=0, suffers=0, stopped=0):
    return Answer(messages, fail, lost, suffers, stopped,
                  fail - lost - suffers - stopped, None)


@pytest.mark.parametrize('p, numbers, more, want', [
    ('none', answer(1000, 0), {}, 'ready'),
    ('none', answer(1000, 0), {'days': 13}, 'too_little'),
    ('none', answer(1000, 0), {'reporters': 2}, 'too_little'),
    ('none', answer(1000, 0), {'reporters': 2, 'age': 30}, 'ready'),
    ('none', answer(1000, 0), {'sends_known': False}, 'ready'),
    ('none', answer(1000, 1), {'sends_known': False}, 'name_senders'),
    ('none', answer(1000, 1, suffers=1), {'sends_known': False}, 'ready'),
    ('none', answer(1000, 10), {}, 'ready'),
    ('none', answer(1000, 11), {}, 'ready_quarantine'),
    ('none', answer(1000, 50), {}, 'ready_quarantine'),
    ('none', answer(1000, 51), {}, 'check_unknown'),
    ('none', answer(1000, 10, suffers=10), {}, 'ready'),
    ('none', answer(1000, 11, suffers=11), {}, 'ready_quarantine'),
    ('none', answer(1000, 900, stopped=900), {}, 'ready'),
    ('none', answer(1000, 1), {'has_sign': True}, 'check_unknown'),
    ('none', answer(1000, 1, lost=1), {}, 'fix_senders'),
    ('reject', answer(1000, 1, lost=1), {}, 'at_risk'),
    ('reject', answer(1000, 1, lost=1), {'pct': 50}, 'fix_senders'),
    ('reject', answer(1000, 1), {'has_sign': True}, 'check_unknown'),
    ('reject', answer(1000, 900), {}, 'protected'),
])
def test_verdicts_by_hand(p, numbers, more, want):
    given = {'days': 14, 'reporters': 3, 'sends_known': True,
             'has_sign': False, **more}
    assert world.judge_numbers(p, numbers, **given) == want


def test_the_world_by_hand():
    truth = Truth(world.make_rows())
    daily = {domain: sum(
        one.by_day.get(domain, 0) for one in SENDERS) for domain in DOMAINS}
    assert daily == {ORG: 425, SHOP: 357, CLUB: 309}
    # The ticket system sends on 20 of the 30 days; two of six receivers say
    # of the alumni, four of the lists, that they forward.
    assert truth.judge(ORG, []) == Answer(
        30 * 425 - 10 * 6, 30 * 95 - 10 * 6, 0, 30 + 60, 0, 30 * 92 - 10 * 6,
        'name_senders')
    assert truth.judge(CLUB, ['mx', 'stopped']) == Answer(
        30 * 309, 30 * 44, 30 * 6, 20 + 20, 0, 30 * 38 - 40, 'at_risk')
    assert {key: words for (key, _), words in truth.todo(ORG, []).items()
            if words} == {
        'forgotten': {'network'}, 'new': {'envelope'},
        'stopped': {'stopped'}, 'letter': {'service', 'regular'},
        'small': {'regular'}}


def test_every_verdict_is_reached():
    truth = Truth(world.make_rows())
    reached = {truth.judge(domain, order[:n]).verdict
               for order in (KEYS, KEYS[::-1], *map(shuffled, range(6)))
               for n in range(len(KEYS) + 1) for domain in DOMAINS}
    assert reached == {
        'name_senders', 'check_unknown', 'fix_senders', 'at_risk',
        'ready_quarantine', 'ready'}    # protected: below, in small


# --- naming -----------------------------------------------------------------

@pytest.mark.parametrize('order', ['forwards', 'backwards', *range(ORDERS)])
def test_each_step_of_naming_says_the_truth(copy, order):
    keys = {'forwards': KEYS, 'backwards': KEYS[::-1]}.get(
        order) or shuffled(order)
    states = [copy.check()]
    for key in keys:
        copy.name(key)
        states.append(copy.check())
    for before, after in zip(states, states[1:]):
        for domain in DOMAINS:
            far = (FROM_LOST if copy.truth.loses_own(domain)
                   else FROM_READY)
            assert (far[after[domain].verdict]
                    <= far[before[domain].verdict])
    assert {domain: one.verdict for domain, one in states[-1].items()} == {
        ORG: 'fix_senders', SHOP: 'ready', CLUB: 'at_risk'}
    for key, state in zip(keys[::-1], states[-2::-1]):
        copy.forget(key)
        assert copy.ready() == state


def test_each_sender_alone(copy):
    for key in KEYS:
        copy.become([key])
        copy.check()


def test_nothing_is_good_while_own_mail_is_lost(copy):
    """Of any senders that are named."""
    rng, good = random.Random(1), 0
    for _ in some(range(SUBSETS), 2):
        share = rng.choice((.2, .5, .8, .9))
        copy.become([key for key in KEYS if rng.random() < share])
        for domain, one in copy.check().items():
            assert not (one.verdict in GOOD
                        and copy.truth.loses_own(domain))
            good += one.verdict in GOOD
    assert good > 3


def test_no_set_of_names_makes_the_truth_good_while_own_mail_is_lost():
    """The rules themselves, of many more than the programs are asked."""
    truth, rng = Truth(world.make_rows()), random.Random(2)
    losing = [domain for domain in DOMAINS if truth.loses_own(domain)]
    assert losing == [ORG, CLUB]
    for _ in range(500):
        share = rng.choice((.2, .5, .8, .9))
        named = [key for key in KEYS if rng.random() < share]
        for domain in losing:
            assert truth.judge(domain, named).verdict not in GOOD


# --- who they are -----------------------------------------------------------

@pytest.mark.parametrize('named', [
    [], ['esp', 'abuser'], KEYS[::2], KEYS[1::2], KEYS],
    ids=['none', 'two', 'even', 'odd', 'all'])
def test_each_sender_is_one_row(copy, named):
    copy.become(named)
    for domain in DOMAINS:
        assert copy.stand(domain) == copy.truth.stand(domain, named)


def test_rules_hold_for_reports_that_come_later(build, first, tmp_path):
    late = Ctl(build, tmp_path)
    for third, senders in enumerate((SENDERS[::2], SENDERS[1::2], [])):
        world.write(late, [row for row in first.truth.rows
                           if row.day // 30 == third], directory=str(third))
        late('import', third)
        for one in senders:
            late('sender', 'add', one.label, one.kind, *one.rules)
    named = World(build, tmp_path / 'named', first.truth, origin=late)
    for domain in DOMAINS:
        assert named.stand(domain) == first.truth.stand(domain, KEYS)
        assert named.signs(domain) == {}


def test_who_wrote_what_another_hands_over_is_said(copy):
    authors = {row['who']: row['author']
               for row in copy.json('sources', ORG)}
    assert {who: author for who, author in authors.items() if author} == {
        'example.net': 'Mailchimp'}
    assert "Mailchimp's mail, handed over by it" in copy('sources', ORG)
    assert 'Google' not in copy('sources', ORG)         # a claim


@pytest.mark.parametrize('named', [[], KEYS[::2], KEYS],
                         ids=['none', 'even', 'all'])
def test_every_sender_that_fails_is_explained(copy, named):
    copy.become(named)
    columns = ('who', 'addresses', 'class', 'messages', 'fail', 'lost',
               'suffers', 'stopped', 'unknown', 'signs')
    for domain in DOMAINS:
        told, known = ([tuple(str(row[column]) for column in columns)
                        for row in rows] for rows in (
            copy.json('why', domain), copy.json('sources', domain)))
        assert set(told) == {row for row in known if row[4] != '0'}
        assert len(told) == len(set(told))
    # Alumni and lists pass as themselves, the abusers as nobody.
    others = ' '.join(copy('why', SHOP).split())
    assert ('108 sources that nobody named, 1,110 messages: forged or '
            'forwarded, as far as reports tell.' in others) == (not named)


def test_signs_are_said_of_each_address(copy):
    for named in ([], ['mx'], ['esp', 'forgotten'], KEYS[::2], KEYS):
        copy.become(named)
        for domain in DOMAINS:
            assert copy.signs(domain) == {
                ip: words for (_, ip), words
                in copy.truth.todo(domain, named).items()}


def test_who_follows_the_list_of_tasks_comes_to_the_truth(copy):
    """Its commands, with the name and the kind that the admin knows.  It is of
    mail that fails; its first words are to name those whose mail passes."""
    copy.name('mx')
    for domain in DOMAINS:
        while True:
            row, = copy.json('ready', domain)
            tasks = [one for one in row['todo'] if one['task'] == 'name']
            assert {one['who'] for one in tasks} == {
                one['who'] for one in copy.json('sources', domain)
                if one['unknown']}
            if not tasks or tasks[0]['messages'] == 1:
                break                           # the bots
            take(copy, shlex.split(tasks[0]['command']))
        assert copy.ready()[domain] == copy.truth.judge(
            domain, [key for key in KEYS if key != 'bots'])


def take(copy, command):
    """Run it, of the sender whose address or domain it names."""
    program, add, what, name, kind, *rules = command
    assert (program, add, what) == ('ruactl', 'sender', 'add')
    one, = {row.sender for row in copy.truth.rows
            for rule in rules if covers(rule, row)}
    one = copy.truth.senders[one]
    assert kind in ('KIND', one.kind)
    copy('sender', 'add', one.label if name == 'NAME' else name, one.kind,
         *rules)


def covers(rule, row):
    what, _, value = rule.partition('=')
    if what == 'd':
        return any(under(d, value) for d, _, result in row.mail.dkim
                   if result == 'pass')
    if what == 'spf':
        return row.mail.spf[2] == 'pass' and under(row.mail.spf[0], value)
    return ipaddress.ip_address(row.ip) in ipaddress.ip_network(rule)


# --- what stopped passing ---------------------------------------------------

def stops(named):
    """What is said of those that stopped, and of no others."""
    def who(key):
        one = world.BY_KEY[key]
        ip, = one.addresses
        return '%s (%s)' % (one.label, ip) if key in named else ip

    def day(number):
        return date(world.FIRST + number * 86400)
    return {
        'mail of %s stopped passing as %s on %s' % (
            who('stopped'), domain, day(world.STOPPED))
        for domain in world.BY_KEY['stopped'].by_day} | {
        'DKIM of %s stopped passing as %s on %s: it still signs with the '
        'selector %s, others with %s' % (
            who('rotated'), domain, day(world.ROTATED), world.OLD_KEY,
            world.NEW_KEY)
        for domain in world.BY_KEY['rotated'].by_day}


def letter(copy):
    done = subprocess.run([copy.program, 'digest', '--format=json'],
                          env=copy.env, stdout=subprocess.PIPE, check=False,
                          timeout=PATIENCE)
    return [row for row in json.loads(done.stdout)['problems']
            if row['kind'] in ('at_risk', 'stopped')]


@pytest.mark.parametrize('named', [
    [], ['mx'], ['rotated'], ['mx', 'stopped'], ['esp', 'letter', 'alias'],
    KEYS], ids=' '.join)
def test_what_stopped_is_told_and_nothing_else(copy, named):
    with sqlite3.connect(copy.database) as db:
        db.execute('INSERT INTO mailbox (name, server, username, folder,'
                   " active, last_ok_ts) VALUES ('own', 's', 'u', 'f', 1, ?)",
                   (int(time.time()),))
    copy.become(named)
    told = letter(copy)
    assert {row['what'] for row in told if row['kind'] == 'stopped'} == stops(
        named)
    assert [row['subject'] for row in told if row['kind'] == 'at_risk'] == (
        [CLUB] if 'stopped' in named else [])
    # As much of it as one line has.
    text = copy('check', code=1).removeprefix('RUAD WARNING: ')
    text = text.partition(' | ')[0].removesuffix('...')
    assert '; '.join(row['what'] for row in told).startswith(text)
    assert 'mail of ' in text and 'with the selector s1' in text


# --- rules by what passed ---------------------------------------------------

@pytest.mark.parametrize('rule, covers_keys', [
    # Not the university, which hands over what they signed.
    ('d=' + ORG, ['mx', 'news', 'rotated', 'stopped']),
    ('spf=' + ORG, ['mx', 'news', 'rotated', 'stopped']),
    ('d=news.' + ORG, ['news']),
    ('spf=alumni.example', ['srs']),
    ('d=mcsv.net', []), ('d=google.com', []), ('spf=google.com', [])])
def test_a_rule_covers_whom_it_proves_and_no_others(copy, rule, covers_keys):
    copy('sender', 'add', 'Somebody', 'own', rule)
    with sqlite3.connect(copy.database) as db:
        assert {ip for ip, in db.execute(
            'SELECT ip FROM source WHERE sender_id IS NOT NULL')} == {
                ip for key in covers_keys
                for ip in world.BY_KEY[key].addresses}
    if rule.startswith('spf=alumni'):
        return                          # of whom the truth knows better
    assert copy.ready() == {domain: copy.truth.judge(domain, covers_keys)
                            for domain in DOMAINS}


def test_who_runs_what_is_suggested_comes_nearer_to_the_truth(copy):
    """It finds whom reports tell of, and takes nobody for another kind."""
    for row in copy.json('sender', 'suggest'):
        program, *command = shlex.split(row['command'])
        assert program == 'ruactl' and command[:2] == ['sender', 'add']
        copy(*command)
    assert copy.json('sender', 'suggest') == []
    with sqlite3.connect(copy.database) as db:
        kinds = dict(db.execute('SELECT ip, kind FROM source LEFT JOIN sender'
                                ' ON sender.id = sender_id'))
    found = []
    for one in SENDERS:
        given = {kinds[ip] for ip in one.addresses}
        assert given in ({one.kind}, {None})
        if given != {None}:
            found.append(one.key)
    assert {one.key for one in SENDERS if one.kind in world.KNOWN} <= set(
        found)
    assert copy.ready() == {domain: copy.truth.judge(domain, found)
                            for domain in DOMAINS}


# --- the SPF record is known --------------------------------------------------

SPF = {ORG: 'v=spf1 ip4:198.51.100.8/29 ip4:198.51.100.16/30'
            ' ip6:2001:db8:25::/64 ip4:198.51.102.5 ip4:203.0.113.5'
            ' include:sendgrid.net -all',
       SHOP: 'v=spf1 redirect=example.org',
       CLUB: 'v=spf1 ip4:198.51.100.8/29 ip6:2001:db8:25::/64 ~all',
       'sendgrid.net': 'v=spf1 ip4:198.19.10.0/23 -all'}


def keep_spf(one):
    with sqlite3.connect(one.database) as db:
        db.executemany(
            "INSERT INTO dns_record (name, type, status, value, first_ts,"
            " last_ts) VALUES (?, 'TXT', 'ok', ?, 1, 2)",
            [(name, '"%s"' % text) for name, text in SPF.items()])
    db.close()


def test_a_known_spf_record_names_and_judges_nobody(copy):
    """Which is an address's evidence, and no word of the admin's."""
    before = {domain: copy.stand(domain) for domain in DOMAINS}
    keep_spf(copy)
    copy.check()
    for key in shuffled('spf'):
        copy.name(key)
        copy.check()
    copy.become([])
    for domain in DOMAINS:
        assert copy.stand(domain) == before[domain]


def test_what_stopped_is_told_with_its_place_in_the_record(copy):
    keep_spf(copy)
    text = ' '.join(copy('why', ORG, '198.18.50.9').split())
    assert 'In no term of the SPF record of example.org' in text
    assert 'ip4:198.18.50.9' in text
