# SPDX-License-Identifier: BSD-2-Clause
"""Two collectors with a history, for the tests of engines; truth_of.py says what
is true of both together.

A World has two databases, which real "ruactl import", "prune" and "sender"
fill, step by step; any step may be killed.  Some reports come to both, some are
damaged and replaced, contradict each other, or are pruned.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE + '/../system']

import gen                              # noqa: E402
from ctl import Ctl     # noqa: E402

DAY = 86400
TODAY = int(time.time()) // DAY * DAY
LAST = TODAY - 2 * DAY                  # of data
DOMAINS = ('one.example', 'two.example', 'three.example')
OLD = 400                               # days, after which reports are pruned
# What no engine may trip over.
HOSTILE = ('\\', '\\N', '\\.', "'; DROP SCHEMA ruad; --", '"', '$$', '{"a":1}',
           '\x7f', '\u2028', '\ufeff', '\U0001f4a9', "E'\\x41'", '%s', ':after',
           '\t', ',', 'null', '`id`', '$(id)', '\u202e')

# --- collectors ---------------------------------------------------------------

class Collector:
    """One machine with ruad: its database, and what is done to it."""

    def __init__(self, build, directory, name):
        self.name = name
        self.build = build
        self.directory = directory
        directory.mkdir(parents=True)
        self.ctl = Ctl(build, directory)
        self.database = self.ctl.database
        self.count = 0

    def start(self, *args):
        """A command, in a group of processes that can be killed."""
        return subprocess.Popen(
            [self.ctl.program, *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=self.directory, env=self.ctl.env, start_new_session=True)

    def files(self, documents):
        """The directory with these, to be imported."""
        self.count += 1
        name = 'in%d' % self.count
        for i, data in enumerate(documents):
            kind = 'xml' if data.startswith(b'<') else \
                'json' if data.startswith(b'{') else 'eml'
            self.ctl.put('%s/%d.%s' % (name, i, kind), data)
        return name

    def is_made(self):
        """Whoever made it may have been killed before its tables were there."""
        return os.path.exists(self.database) and bool(self.sql(
            "SELECT 1 FROM sqlite_master WHERE name = 'report'"))

    def sql(self, text, *values):
        db = sqlite3.connect(self.database, timeout=300)
        try:
            db.execute('PRAGMA foreign_keys = ON')
            with db:
                return db.execute(text, values).fetchall()
        finally:
            db.close()


class Step:
    """What happens at one collector: a command, or SQL."""

    def __init__(self, collector, args=None, sql=None):
        self.collector, self.args, self.sql = collector, args, sql

    def start(self):
        """Its process; None: it is done."""
        if self.args:
            return self.collector.start(*self.args)
        if self.collector.is_made():
            self.collector.sql(*self.sql)
        return None

    def run(self):
        process = self.start()
        assert process is None or process.wait() in (0, 1), self.args


# --- reports --------------------------------------------------------------------

def aggregate(rng, index, records, hostile=False, old=False):
    """(gen.Report, its style)"""
    day = TODAY - (OLD + 20) * DAY if old else LAST - rng.randrange(70) * DAY
    reporter = rng.choice(gen.REPORTERS)
    one = gen.mail('engine', index, records=records, reporter=reporter,
                   domain=rng.choice(DOMAINS), day=day).report
    one = one._replace(p=('none', 'quarantine', 'reject')[day // DAY // 9 % 3])
    if hostile:
        word = rng.choice(HOSTILE)
        one = one._replace(
            org_name=word + ' Inc.', external_id='%d %s' % (index, word),
            extra_contact=word * 30, records=[r._replace(
                overrides=(('local_policy', word), ('other', None)),
                auth_dkim=tuple((a[0], word, *a[2:]) for a in r.auth_dkim))
                for r in one.records])
    return one, reporter.style


def xml(one, style):
    return gen.xml(one, style)


def cut(data):
    """Its end did not come."""
    return data[:data.rindex(b'<record>') + 30]


def contradiction(rng, one):
    """The same report, with other numbers."""
    return one._replace(records=[
        r._replace(messages=r.messages + rng.randrange(1, 9))
        for r in one.records])


def shuffled(rng, one):
    records = list(one.records)
    rng.shuffle(records)
    return one._replace(records=records)


def tls(rng, index, failed=None):
    day = LAST - index % 40 * DAY
    date = time.strftime('%Y-%m-%d', time.gmtime(day))
    return json.dumps({
        'organization-name': rng.choice(('TLS One', 'Two \\ "x"')),
        'contact-info': 'a@tls.example', 'report-id': 'tls-%d' % index,
        'date-range': {'start-datetime': date + 'T00:00:00Z',
                       'end-datetime': date + 'T23:59:59Z'},
        'policies': [{
            'policy': {'policy-type': kind, 'policy-domain': DOMAINS[0],
                       'policy-string': ['version: STSv1', 'mode: testing'],
                       'mx-host': ['mx.one.example']},
            'summary': {'total-successful-session-count': index + 3,
                        'total-failure-session-count': failed or index % 4},
            'failure-details': [
                {'result-type': word, 'sending-mta-ip': '192.0.2.5',
                 'receiving-mx-hostname': 'mx.one.example',
                 'failure-reason-code': rng.choice(HOSTILE),
                 'failed-session-count': i + 1}
                for i, word in enumerate(('certificate-expired',
                                          'validation-failure'))]}
            for kind in ('sts', 'tlsa')[:1 + index % 2]]}).encode()


def failure(index):
    return ('From: arf@receiver.example\r\nTo: ruf@one.example\r\n'
            'Subject: failure\r\nMessage-ID: <%d@receiver.example>\r\n'
            'MIME-Version: 1.0\r\nContent-Type: multipart/report;'
            ' report-type=feedback-report; boundary=b\r\n\r\n--b\r\n'
            'Content-Type: text/plain\r\n\r\nA report.\r\n\r\n--b\r\n'
            'Content-Type: message/feedback-report\r\n\r\n'
            'Feedback-Type: auth-failure\r\nUser-Agent: R/1.0\r\nVersion: 1\r\n'
            'Source-IP: 203.0.113.%d\r\nReported-Domain: one.example\r\n'
            'Auth-Failure: dmarc\r\nDelivery-Result: reject\r\n\r\n--b\r\n'
            'Content-Type: text/rfc822-headers\r\n\r\n'
            'From: a@one.example\r\nSubject: %d \\ ","\r\n'
            'Message-ID: <o%d@one.example>\r\n\r\n--b--\r\n' % (
                index, index % 250, index, index)).encode()


# --- the world ------------------------------------------------------------------

class World:
    """size: about so many reports for each collector."""

    def __init__(self, build, directory, seed=1, size=60, records=6):
        self.rng = random.Random(seed)
        self.build, self.directory = build, directory
        self.collectors = [Collector(build, directory / name, name)
                           for name in ('mx1', 'mx2')]
        self.index = 0
        self.steps = self.make(size, records)

    def databases(self):
        return {c.name: c.database for c in self.collectors}

    def next(self):
        self.index += 1
        return self.index

    def bundle(self, records):
        """Documents for each collector: (now, now), (later, later)."""
        rng = self.rng
        now, later = ([], []), ([], [])

        def give(data, where=None):
            for i in (0, 1):
                if where in (None, i):
                    now[i].append(data)
        for _ in range(8):
            chance = rng.random()
            one, style = aggregate(
                rng, self.next(), rng.randrange(1, 2 * records),
                hostile=rng.random() < .2, old=rng.random() < .15)
            if chance < .3:
                give(xml(one, style), rng.randrange(2))
            elif chance < .55:
                give(xml(one, style))
            elif chance < .65:
                give(xml(one, style), 0)
                give(xml(shuffled(rng, one), style), 1)
            elif chance < .8:
                give(cut(xml(one, style)), rng.choice((None, 0, 1)))
                for i in rng.choice(((0, 1), (0,), (1,), ())):
                    later[i].append(xml(one, style))
            elif chance < .9:
                other = contradiction(rng, one)
                give(xml(one, style), 0)
                give(xml(other, style), 1)
                if rng.random() < .5:
                    later[rng.randrange(2)].append(xml(
                        rng.choice((one, other)), style))
            else:
                give(xml(one, style), 0)
                later[0].append(xml(contradiction(rng, one), style))
        index = self.next()
        give(tls(rng, index), rng.choice((None, 0, 1)))
        if rng.random() < .4:
            later[rng.randrange(2)].append(tls(rng, index, failed=9))
        give(failure(index), rng.choice((None, 0, 1)))
        return now, later

    def daily(self):
        """Reports of every day, until some days ago: its reporter is silent
        now; and of years that are not believed."""
        reporter = gen.REPORTERS[1]
        for i in range(20):
            yield xml(gen.mail(
                'daily', i, records=1, domain=DOMAINS[i % 2],
                reporter=reporter._replace(org='Daily', email='d@d.example'),
                day=TODAY - (8 + i) * DAY).report, reporter.style)
        for i, day in enumerate((1262304000, 4102444800, 9000000000)):
            yield xml(gen.mail('years', i, records=2, domain=DOMAINS[i],
                               day=day // DAY * DAY).report, reporter.style)

    def make(self, size, records):
        documents = list(self.daily())
        steps = [Step(c, ['import', '-q', c.files(documents[i * 5:20 + i * 3])])
                 for i, c in enumerate(self.collectors)]
        for _ in range(max(1, size // 8)):
            now, later = self.bundle(records)
            for i, c in enumerate(self.collectors):
                steps.append(Step(c, ['import', '-q', c.files(now[i])]))
            for i, c in enumerate(self.collectors):
                if later[i]:
                    steps.append(Step(c, ['import', '-q', c.files(later[i])]))
            steps.append(self.some_upkeep())
        # Reports of that age are all gone at one of them.
        steps.insert(len(steps) * 2 // 3, Step(
            self.collectors[0], ['prune', '--older-than=%dd' % OLD]))
        return steps

    def some_upkeep(self):
        rng = self.rng
        c = rng.choice(self.collectors)
        ip = rng.choice(gen.known_addresses(rng.choice(DOMAINS)))
        kind = rng.choice(('own', 'service', 'forwarder', 'hostile'))
        return rng.choice((
            Step(c, ['prune', '--older-than=%dd' % OLD]),
            Step(c, ['sender', 'add', '%s %s' % (kind, c.name), kind, ip]),
            Step(c, sql=(
                'UPDATE source SET ptr = ?, ptr_domain = ?, as_name = ?,'
                ' asn = ?, country = ?, lookup_ts = ? WHERE ip = ?',
                'h.%s.example' % c.name, c.name + '.example', HOSTILE[3],
                64500 + rng.randrange(9), 'DE', TODAY - rng.randrange(99),
                ip)),
            Step(c, sql=(
                "UPDATE message SET verified = 'pass', from_domain ="
                " 'receiver.example' WHERE id % 3 = ?", rng.randrange(3))),
            # The feed tells reports, and of their messages what it sees then.
            Step(c, sql=('UPDATE report SET filename = filename'
                         ' WHERE id % 4 = ?', rng.randrange(4)))))

    def settle(self):
        """What was said of messages is told with their reports."""
        for c in self.collectors:
            for table in 'report', 'tls_report', 'failure':
                c.sql('UPDATE %s SET id = id' % table)

    def run(self):
        for step in self.steps:
            step.run()
        self.settle()
