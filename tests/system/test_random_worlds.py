# SPDX-License-Identifier: BSD-2-Clause
"""Worlds made by chance, odder than that of world.py: whoever is named of them,
in whatever order, ready says what the rules of ruactl(1) make of the reports.

WORLDS=300 tries so many, from WORLDS_FROM=N on."""

import os
import random
import sqlite3

import pytest

import world
from test_world import FROM_LOST, FROM_READY, GOOD, World
from world import DAYS, REPORTERS, SERVICES, Row, Truth, fill_mail, mail

WORLDS = int(os.environ.get('WORLDS', 1))
FROM = int(os.environ.get('WORLDS_FROM', 0))
NETWORKS = ('192.0.2.', '198.51.100.', '203.0.113.', '198.18.0.',
            '2001:db8:1::', '2001:db8:2::')
COUNTS = (1, 1, 2, 3, 5, 20, 50, 400, 3000, 10 ** 6)
FORWARDED = (('forwarded', None), ('mailing_list', 'x'),
             ('local_policy', 'arc=pass as[1].d=a.example'))


def forms(n):
    """What the mail of the sender with this number may look like."""
    other = 'f%d.example' % n
    return [
        mail([('{d}', 's1', 'pass')], ('{d}', 'mfrom', 'pass')),
        mail([('{d}', 's1', 'pass')], ('{d}', 'mfrom', 'pass')),
        mail([('{d}', 's2', 'fail')], ('{d}', 'mfrom', 'pass')),
        mail([('news.{d}', 's1', 'pass')], ('a.localdomain', 'mfrom', 'none'),
             'news.{d}'),
        mail([('{d}', 's1', 'pass')], ('{d}', 'mfrom', 'fail')),
        mail([('{d}', 's1', 'fail')], ('{d}', 'mfrom', 'softfail')),
        mail(spf=('bounce.{d}', 'mfrom', 'fail')),
        mail(spf=('{d}', 'mfrom', 'temperror')),
        mail(spf=('web.{d}', 'helo', 'none')),
        mail(spf=('a.localdomain', 'mfrom', 'none')),
        mail(),
        mail([('{d}', 's1', 'permerror')]),
        mail([(other, 'x', 'pass')], (other, 'mfrom', 'pass')),
        mail([(other, 'x', 'pass')], ('a.localdomain', 'mfrom', 'none')),
        mail([(other, 'x', 'fail')], (other, 'mfrom', 'fail')),
        mail([('{d}', 's1', 'fail'), (other, 'x', 'pass')],
             (other, 'mfrom', 'pass'), 'shop.{d}'),
        mail([('xn--bcher-kva.' + other, 'x', 'pass')],
             ('not{d}', 'mfrom', 'fail')),
    ]


def service(rng, domain):
    return rng.choice([
        mail([('{d}', 'em', 'pass'), (domain, 's', 'pass')],
             (domain, 'mfrom', 'pass')),
        mail([(domain, 's', 'pass')], (domain, 'mfrom', 'pass')),
        mail([(domain, 's', 'pass')], ('a.localdomain', 'mfrom', 'none')),
        mail([(domain, 's', 'fail')], (domain, 'mfrom', 'fail'))])


def phases(rng):
    """Of the days, one after the other, with gaps."""
    cuts = sorted(rng.sample(range(1, DAYS), rng.randrange(3)))
    for first, end in zip([0, *cuts], [*cuts, DAYS]):
        if rng.random() < .85:
            yield first, end


def sends(rng, n, total, known):
    """[(first day, end, the form that each reporter sees)] of one sender, which
    may be one of the table of services."""
    if known and rng.random() < .5:
        form = service(rng, known)
        return [(first, end, [form] * total) for first, end in phases(rng)]
    some = []
    for first, end in phases(rng):
        form = rng.choice(forms(n))
        seen = [form] * total
        if rng.random() < .3:           # receivers contradict each other
            seen[rng.randrange(total)] = rng.choice(forms(n))
        reasons = {r: rng.choice(FORWARDED) for r in range(total)
                   if rng.random() < .5} if rng.random() < .2 else {}
        some.append((first, end, [one._replace(
            reasons=reasons) for one in seen]))
    return some


class Made:
    """A world of one seed."""

    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.policies = {domain: rng.choice(('none', 'quarantine', 'reject'))
                         for domain in world.DOMAINS}
        reporters = rng.choice((2, 3, len(REPORTERS)))
        last = rng.choice((DAYS, DAYS, DAYS, 20))
        self.senders, self.rows = [], []
        services = list(SERVICES)       # each name is one sender's
        ips = {rng.choice(NETWORKS) + str(rng.randrange(1, 250))
               for _ in range(rng.randrange(4, 14))}
        for n, ip in enumerate(sorted(ips)):
            one = world.sender(
                'k%d' % n, 'Sender %d' % n, rng.choice(
                    ('own', 'own', 'own', 'service', 'forwarder', 'hostile')),
                [ip], [ip], 0, evidence=None)
            self.senders.append(one)
            known = services.pop() if services and rng.random() < .3 else None
            for domain in rng.sample(list(self.policies), rng.randrange(1, 4)):
                self.send(one, domain, ip, DAYS - last,
                          sends(rng, n, reporters, known))
        if not any(row.day == DAYS - 1 for row in self.rows):
            self.senders.append(world.sender(
                'last', 'Last', 'own', ['192.0.2.251'], ['192.0.2.251'], 0,
                evidence=None))
            self.rows.append(Row('last', 'example.org', 0, DAYS - 1,
                                 '192.0.2.251', 1, fill_mail(
                                     forms(0)[0], 'example.org',
                                     '192.0.2.251')))

    def send(self, one, domain, ip, since, some):
        rng = self.rng
        count, share = rng.choice(COUNTS), rng.choice((1, 1, 1, .5, .1))
        for first, end, seen in some:
            for day in range(max(first, since), end):
                for reporter, form in enumerate(seen):
                    if rng.random() < share:
                        self.rows.append(Row(
                            one.key, domain, reporter, day, ip,
                            rng.randrange(count) + 1,
                            fill_mail(form, domain, ip)))


@pytest.mark.parametrize('seed', range(FROM, FROM + WORLDS))
def test_ready_says_the_truth_of_any_world(build, tmp_path, seed):
    made = Made(seed)
    policies = {domain: p for domain, p in made.policies.items()
                if any(row.domain == domain for row in made.rows)}
    truth = Truth(made.rows, made.senders, policies)
    # A domain is judged by its own newest days.
    for domain in list(policies):
        if max(row.day for row in made.rows
               if row.domain == domain) <= truth.first:
            del policies[domain]
    truth = Truth([row for row in made.rows if row.domain in policies],
                  made.senders, policies)
    one = World(build, tmp_path, truth)
    keys = [s.key for s in made.senders
            if any(row.sender == s.key for row in truth.rows)]
    made.rng.shuffle(keys)
    states = [one.check()]
    check_signs(one)
    for key in keys:
        one.name(key)
        states.append(one.check())
    for n, (before, after) in enumerate(zip(states, states[1:]), 1):
        for domain in after:
            check_step(truth, domain, keys[:n], before[domain].verdict,
                       after[domain].verdict)
    made.rng.shuffle(keys)
    for key in keys:
        one.forget(key)
        if made.rng.random() < .3:
            one.check()
            check_signs(one)
    db = sqlite3.connect(one.database)
    assert db.execute('SELECT count(*) FROM sender').fetchone() == (0,)
    db.close()


def check_step(truth, domain, named, before, after):
    """A name brings a verdict nearer to the truth, and none is good while own
    mail is lost, unless nothing shows that: too little to matter, without a
    name and without a sign."""
    losing = {(owner, ip) for (owner, ip), one in truth.sources[domain].items()
              if truth.senders[owner].kind in world.KNOWN and one.failed}
    todo = truth.todo(domain, named)
    if losing and not any(key[0] in named or todo.get(key) for key in losing):
        return
    assert not losing or after not in GOOD
    far = FROM_LOST if losing else FROM_READY
    assert far.get(after, 0) <= far.get(before, 9), (domain, named)


def check_signs(one):
    for domain in one.truth.policies:
        assert one.signs(domain) == {
            ip: words for (_, ip), words
            in one.truth.todo(domain, one.named).items()}, domain
