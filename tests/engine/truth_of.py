# SPDX-License-Identifier: BSD-2-Clause
"""What an engine must say of the databases of several collectors.

truth() makes one database of them: rows are chosen here, in Python, by the rule
of ruad-feed(8), and what its views then say is what an engine must say.
"""

import json
import sqlite3
import subprocess
from collections import Counter

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


# --- databases ----------------------------------------------------------------

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
        merged.insert('failure', row, message_id=None,
                      source_id=row['ip'] and merged.ids['source', row['ip']])
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


# A source of which only the address is known is told with records and failure
# reports that are there; collectors keep those of what was replaced as well.
TOLD = """source_network WHERE id IN (SELECT source_id FROM record_row UNION
    SELECT source_id FROM record_aside UNION SELECT source_id FROM failure UNION
    SELECT id FROM source WHERE sender_id IS NOT NULL OR lookup_ts IS NOT NULL)"""


def networks_differ(path, rows):
    have, least, most = (
        Counter(row['network'] for row in some)
        for some in (rows, ask(path, TOLD), ask(path, 'source_network')))
    return {'lacks': least - have, 'has': have - most} \
        if least - have or have - most else {}


def differences(path, tables, views=tuple(VIEWS)):
    """What is otherwise in an engine than in the database at path, in words.
    tables(views): the engine's rows of each, as dictionaries."""
    found = []
    for view, rows in zip(views, tables(views)):
        if view == 'source_network':
            other = networks_differ(path, rows)
            found += ['%s: %s' % (view, other)] if other else []
            continue
        want = comparable(view, ask(path, view))
        have = comparable(view, rows)
        if want != have:
            lacks = [row for row in want if row not in have][:3]
            more = [row for row in have if row not in want][:3]
            found.append('%s: %d rows, not %d\n  lacks %s\n  has %s' % (
                view, len(have), len(want), lacks, more))
    return found
