# SPDX-License-Identifier: BSD-2-Clause
"""Two collectors with a history, for the tests of engines, and the truth about
both together.

A World has two databases, which real "ruactl import", "prune" and "sender"
fill, step by step; any step may be killed.  Some reports come to both, some are
damaged and replaced, contradict each other, or are pruned.

truth() makes one database of some: rows are chosen here, in Python, by the rule
of ruad-feed(8), and what its views then say is what an engine must say.
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

# The views that an engine has, and the columns that are numbers of its own.
VIEWS = {
    'v_record': 'id', 'v_daily': '', 'v_source': '', 'v_source_daily': '',
    'v_unknown': '', 'v_failing': '', 'v_cause': '', 'v_forwarded': '',
    'v_readiness': '', 'v_new_source': '', 'v_reporter': '',
    'v_silent_reporter': '', 'v_override': '', 'v_selector': '',
    'v_policy': '', 'v_subdomain': '', 'v_conflict': 'report_id',
    'v_partial': 'report_id', 'v_unverified': 'report_id', 'v_tls_daily': '',
    'v_tls_failure': '', 'source_network': 'id',
    'record': 'id report_id source_id', 'auth_dkim': 'record_id',
    'auth_spf': 'record_id', 'override': 'record_id'}
# Of what is written in several ways SQLite shows any, and so may an engine.
ANY_CASE = {'v_reporter': 'org_name', 'v_silent_reporter': 'org_name'}


def plain(value, column):
    """As both write it: 1 and 1.0, dates and their texts, JSON and its text."""
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 6)
    if isinstance(value, str) and column in ('raw', 'quirks', 'policy_strings'):
        value = json.loads(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and column == 'imported':
        return value.replace('T', ' ')
    return value


def comparable(view, rows):
    """Rows (dictionaries) in an order of their own, without what may differ."""
    own = VIEWS[view].split()
    fold = ANY_CASE.get(view)
    found = []
    for row in rows:
        found.append(tuple(sorted(
            (name, str(value).lower() if name == fold else plain(value, name))
            for name, value in row.items() if name not in own)))
    return sorted(found, key=repr)


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

    def sql(self, text, *values):
        db = sqlite3.connect(self.database, timeout=300)
        try:
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
        if os.path.exists(self.collector.database):
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


# --- truth ----------------------------------------------------------------------

def load(path):
    """Everything of a database that the feed tells, as dictionaries."""
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True, timeout=300)
    db.row_factory = sqlite3.Row

    def rows(sql, *values):
        return [dict(row) for row in db.execute(sql, values)]
    db.execute('BEGIN')
    found = {'sources': {}, 'reports': [], 'tls': []}
    for row in rows('SELECT s.*, n.label, n.kind FROM source s'
                    ' LEFT JOIN sender n ON n.id = s.sender_id'):
        found['sources'][row['id']] = row
    profiles = {row['id']: row for row in rows('SELECT * FROM profile')}
    for name, key in (('spf_item', 'profile_id'),
                      ('override_item', 'profile_id')):
        for row in rows('SELECT * FROM %s ORDER BY seq' % name):
            profiles[row[key]].setdefault(name, []).append(row)
    lists = {row['id']: {'digest': row['digest'], 'items': []}
             for row in rows('SELECT * FROM dkim_list')}
    for row in rows('SELECT * FROM dkim_item ORDER BY seq'):
        lists[row['dkim_list_id']]['items'].append(row)
    records = {}
    for table in 'record_row', 'record_aside':
        for row in rows('SELECT * FROM %s ORDER BY id' % table):
            row['profile'] = profiles[row['profile_id']]
            row['dkim_list'] = lists.get(row['dkim_list_id'])
            row['source'] = found['sources'].get(row['source_id'])
            records.setdefault(row['report_id'], []).append(row)
    messages = {row['id']: row for row in rows('SELECT * FROM message')}
    for row in rows('SELECT * FROM report ORDER BY id'):
        row['message'] = messages.get(row['message_id'])
        row['records'] = records.get(row['id'], [])
        found['reports'].append(row)
    failures = {}
    for row in rows('SELECT * FROM tls_failure ORDER BY seq'):
        failures.setdefault(row['tls_policy_id'], []).append(row)
    policies = {}
    for row in rows('SELECT * FROM tls_policy ORDER BY id'):
        row['failures'] = failures.get(row['id'], [])
        policies.setdefault(row['tls_report_id'], []).append(row)
    for row in rows('SELECT * FROM tls_report ORDER BY id'):
        row['message'] = messages.get(row['message_id'])
        row['policies'] = policies.get(row['id'], [])
        found['tls'].append(row)
    found['failures'] = rows(
        'SELECT f.*, s.ip FROM failure f LEFT JOIN source s'
        ' ON s.id = f.source_id')
    db.close()
    return found


def ascii_lower(text):
    return ''.join(c.lower() if c < '\x80' else c for c in text)


def report_identity(r):
    return (r['domain'], r['reporter'], r['external_id'], r['begin_ts'],
            r['end_ts'])


def tls_identity(r):
    return (ascii_lower(r['org_name']), r['external_id'], r['begin_ts'],
            r['end_ts'])


def place(collector, r):
    """Of reports of one identity the least counts, if it counts where it is."""
    if 'records' in r:
        messages = sum(row['messages'] for row in r['records'])
        size = len(r['records'])
    else:
        messages = sum(p['ok'] + p['failed'] for p in r['policies'])
        size = len(r['policies'])
    verified = (r['message'] or {}).get('verified') == 'pass'
    return (not r['counted'], not verified, r.get('partial', 0), -messages,
            -size, r['imported_ts'], r['content_sha256'], collector)


def choose(sites, part, identity):
    """The reports that an engine shows, with what it makes of counted and
    conflict: [(collector, report, counted, conflict)]."""
    groups = {}
    for collector, site in sites.items():
        for r in site[part]:
            groups.setdefault(identity(r), []).append(
                (place(collector, r), collector, r))
    chosen = []
    for group in groups.values():
        group.sort(key=lambda one: one[0])
        keys = {}
        for one in group:
            keys.setdefault(one[2]['content_sha256'], []).append(one)
        for same in keys.values():
            _, collector, r = same[0]
            chosen.append((
                collector, r, same[0] is group[0] and r['counted'] == 1,
                len(keys) > 1 or any(x[2]['conflict'] for x in same)))
    return chosen


def best_source(known):
    """known: [(collector, row)] of one address."""
    best = dict(min(known, key=lambda one: (
        one[1]['label'] is None, one[1]['lookup_ts'] is None,
        -(one[1]['lookup_ts'] or 0), one[0]))[1])
    days = [row['first_day'] for _, row in known
            if row['first_day'] is not None]
    best['first_day'] = min(days) if days else None
    return best


class Merged:
    """A database into which rows of others are put."""

    def __init__(self, build, path):
        subprocess.run(
            [build + '/ruactl', '-d', path, 'import', '-q', '/dev/null'],
            check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.db = sqlite3.connect(path)
        self.ids = {}

    def insert(self, table, row, **changes):
        """Columns that the table has not are passed over."""
        names = [r[1] for r in self.db.execute(
            'PRAGMA table_info(%s)' % table)]
        row = {**{k: v for k, v in row.items() if k in names and k != 'id'},
               **changes}
        return self.db.execute('INSERT INTO %s (%s) VALUES (%s)' % (
            table, ', '.join(row), ', '.join('?' * len(row))),
            list(row.values())).lastrowid

    def once(self, table, key, row, **changes):
        found = self.ids.get((table, key))
        if found is None:
            found = self.ids[table, key] = self.insert(table, row, **changes)
        return found

    def source(self, row):
        sender = None
        if row['label'] is not None:
            sender = self.once('sender', row['label'], row)
        return self.once('source', row['ip'], row, sender_id=sender,
                         rule_id=None)

    def profile(self, row):
        key = 'profile', row['digest']
        found = self.ids.get(key)
        if found is None:
            found = self.ids[key] = self.insert('profile', row)
            for name in 'spf_item', 'override_item':
                for item in row.get(name, []):
                    self.insert(name, item, profile_id=found)
        return found

    def dkim_list(self, row):
        if row is None:
            return None
        key = 'dkim_list', row['digest']
        found = self.ids.get(key)
        if found is None:
            found = self.ids[key] = self.insert('dkim_list', row)
            for item in row['items']:
                self.insert('dkim_item', item, dkim_list_id=found)
        return found

    def message(self, row):
        return row and self.insert('message', row, mailbox_id=None)

    def report(self, r, counted, conflict):
        found = self.insert('report', r, counted=int(counted),
                            conflict=int(conflict),
                            message_id=self.message(r['message']))
        for row in r['records']:
            source = row['source'] and self.ids['source', row['source']['ip']]
            self.insert('record_row' if counted else 'record_aside', row,
                        report_id=found, source_id=source,
                        profile_id=self.profile(row['profile']),
                        dkim_list_id=self.dkim_list(row['dkim_list']))

    def tls(self, r, counted, conflict):
        found = self.insert('tls_report', r, counted=int(counted),
                            conflict=int(conflict),
                            message_id=self.message(r['message']))
        for policy in r['policies']:
            policy_id = self.insert('tls_policy', policy, tls_report_id=found)
            for item in policy['failures']:
                self.insert('tls_failure', item, tls_policy_id=policy_id)


def truth(build, databases, path):
    """A database at path with what an engine has of these ({collector: path})
    together."""
    sites = {name: load(one) for name, one in databases.items()}
    merged = Merged(build, path)
    known = {}
    for name, site in sites.items():
        for row in site['sources'].values():
            known.setdefault(row['ip'], []).append((name, row))
    for rows in known.values():
        merged.source(best_source(rows))
    for row in sorted(choose(sites, 'reports', report_identity),
                      key=lambda one: (one[1]['imported_ts'], one[1]['id'])):
        merged.report(*row[1:])
    for row in choose(sites, 'tls', tls_identity):
        merged.tls(*row[1:])
    failures = {}
    for name in sorted(sites):
        for row in sites[name]['failures']:
            failures.setdefault(row['content_sha256'], row)
    for row in failures.values():
        merged.insert('failure', row, message_id=None, source_id=None)
    merged.db.commit()
    merged.db.close()
    return path


def ask(path, view):
    """The rows of a view of a SQLite database."""
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    db.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in db.execute('SELECT * FROM %s' % view)]
    finally:
        db.close()


def differences(path, rows_of, views=tuple(VIEWS)):
    """What is otherwise in an engine than in the database at path, in words.
    rows_of(view): the engine's rows, as dictionaries."""
    found = []
    for view in views:
        want = comparable(view, ask(path, view))
        have = comparable(view, rows_of(view))
        if want != have:
            lacks = [row for row in want if row not in have][:3]
            more = [row for row in have if row not in want][:3]
            found.append('%s: %d rows, not %d\n  lacks %s\n  has %s' % (
                view, len(have), len(want), lacks, more))
    return found
