# SPDX-License-Identifier: BSD-2-Clause
"""What keeps a database in order: ruactl backup, sender and prune."""

import contextlib
import ipaddress
import os
import re
import sqlite3
import stat
import subprocess
import time

import pytest

import checker
from ctl import DAY, FAIL, PASS, Ctl, report
from patience import PATIENCE


@pytest.fixture
def ctl(build, tmp_path):
    made = Ctl(build, tmp_path)
    for i in range(3):
        made.put('in/%d.xml' % i, report(ident=str(i), day=i, rows=(
            ('192.0.2.%d' % i, 10, PASS), ('198.51.100.7', 3, FAIL))))
    made('import', 'in')
    return made


def dump(path):
    db = sqlite3.connect(path)
    try:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        return list(db.iterdump())
    finally:
        db.close()


# --- backup -----------------------------------------------------------------

def test_a_backup_is_the_whole_database_in_one_file(ctl):
    os.umask(0o077)
    try:
        assert ctl('backup', 'copy.db') == '' == ctl.error
    finally:
        os.umask(0o022)
    copy = ctl.directory / 'copy.db'
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    assert [path.name for path in ctl.directory.iterdir()
            if path.name.startswith('copy')] == ['copy.db']
    assert dump(copy) == dump(ctl.database)
    assert ctl('-d', 'copy.db') == ctl()
    ctl.put('new.xml', report(ident='new'))
    ctl('-d', 'copy.db', 'import', 'new.xml')


def test_a_backup_is_of_one_moment_while_others_write(ctl):
    db = sqlite3.connect(ctl.database, isolation_level=None)
    db.execute('BEGIN IMMEDIATE')
    db.execute("UPDATE report SET org_name = 'changed'")
    ctl('backup', 'before.db')
    db.execute('COMMIT')
    ctl('backup', 'after.db')
    names = [ctl.json('-d', name, 'reports')[0]['org_name']
             for name in ('before.db', 'after.db')]
    assert names == ['Receiver Inc.', 'changed']
    db.close()


def test_a_backup_replaces_nothing(ctl):
    there = ctl.put('there', b'mine')
    os.symlink('nowhere', ctl.directory / 'link')
    for name in 'there', 'link', 'db', ctl.database:
        assert ctl('backup', name, code=73) == ''
        assert 'already exists: choose another file name' in ctl.error
    assert there.read_bytes() == b'mine'
    ctl('backup', 'none/copy.db', code=73)
    assert sorted(path.name for path in ctl.directory.iterdir()) == [
        'db', 'in', 'link', 'there']


def test_a_backup_that_does_not_fit_leaves_nothing(ctl):
    done = subprocess.run(
        ['sh', '-c', 'trap "" XFSZ; ulimit -f 40; exec "$0" backup copy.db',
         ctl.program], cwd=ctl.directory, env=ctl.env, capture_output=True,
        timeout=PATIENCE, check=False)
    assert done.returncode == 75, done.stderr
    assert done.stderr.startswith(b'ruactl: ')
    assert not [path for path in ctl.directory.iterdir()
                if path.name.startswith('copy')]
    ctl('-d', 'none.db', 'backup', 'copy.db', code=66)
    assert not (ctl.directory / 'copy.db').exists()


def test_a_backup_of_a_damaged_database_is_none(ctl):
    with sqlite3.connect(ctl.database) as db:
        root, = db.execute("SELECT rootpage FROM sqlite_schema"
                           " WHERE name = 'report_day'").fetchone()
        size, = db.execute('PRAGMA page_size').fetchone()
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
    with open(ctl.database, 'r+b') as f:
        f.seek((root - 1) * size)
        f.write(bytes(size))
    assert ctl('backup', 'copy.db', code=78) == ''
    assert 'is damaged (' in ctl.error and ctl.error.count('\n') == 1
    assert 'no backup was made' in ctl.error
    assert not [path for path in ctl.directory.iterdir()
                if path.name.startswith('copy')]


# --- sender -----------------------------------------------------------------

def named(ctl):
    return dict(ctl.query('SELECT ip, label FROM source '
                          'LEFT JOIN sender ON sender.id = sender_id'))


ADDRESSES = ['192.0.2.0', '192.0.2.127', '192.0.2.128', '192.0.2.255',
             '192.0.3.0', '191.255.255.255', '10.0.0.1', '2001:db8::1',
             '2001:db8:1::1', '2001:db9::', '::1', '255.255.255.255']
NETWORKS = ['192.0.2.0/24', '192.0.2.77/25', '192.0.2.255', '2001:db8::/32',
            '2001:db8:1::/48', '2001:db8::1', '10.0.0.0/8', '10.0.0.1/32']


def add_all(ctl):
    for i, network in enumerate(NETWORKS):
        ctl('sender', 'add', 'net %d' % i, 'own', network)


def expected(ip):
    """The narrowest network that holds it, by Python's own arithmetic."""
    ip = ipaddress.ip_address(ip)
    found = [(net.prefixlen, 'net %d' % i) for i, net in enumerate(
        ipaddress.ip_network(text, strict=False) for text in NETWORKS)
        if net.version == ip.version and ip in net]
    return max(found)[1] if found else None


@pytest.mark.parametrize('order', ['sources first', 'senders first'])
def test_the_narrowest_network_names_a_source(ctl, order):
    if order == 'senders first':
        add_all(ctl)
    ctl.put('x.xml', report(ident='x', rows=[
        (address, 1, PASS) for address in ADDRESSES]))
    ctl('import', 'x.xml')
    if order == 'sources first':
        add_all(ctl)
    found = named(ctl)
    for address in ADDRESSES:
        assert found[address] == expected(address), address
    assert len({expected(address) for address in ADDRESSES}) > 6
    assert [value for value, in ctl.query(
        'SELECT value FROM sender_rule ORDER BY id')] == [
            str(ipaddress.ip_network(text, strict=False))
            for text in NETWORKS]


def test_names_and_systems_match_what_networks_leave(ctl):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute("UPDATE source SET ptr_domain = 'mail.example', "
                   'asn = 64500')
    db.close()
    ctl('sender', 'add', 'as', 'service', 'as64500', 'AS64501')
    assert set(named(ctl).values()) == {'as'}
    ctl('sender', 'add', 'ptr', 'forwarder', 'Mail.Example')
    assert set(named(ctl).values()) == {'ptr'}
    ctl('sender', 'add', 'net', 'hostile', '198.51.100.0/24')
    assert named(ctl) == {'198.51.100.7': 'net', '192.0.2.0': 'ptr',
                          '192.0.2.1': 'ptr', '192.0.2.2': 'ptr'}
    assert ctl.json('sender', 'list') == ctl.json('sender') == [
        {'id': 2, 'label': 'ptr', 'kind': 'forwarder',
         'rules': 'mail.example', 'sources': 3, 'messages': 30,
         'last_day': DAY + 2 * 86400, 'last_date': '2025-03-09'},
        {'id': 3, 'label': 'net', 'kind': 'hostile',
         'rules': '198.51.100.0/24', 'sources': 1, 'messages': 9,
         'last_day': DAY + 2 * 86400, 'last_date': '2025-03-09'},
        {'id': 1, 'label': 'as', 'kind': 'service',
         'rules': 'AS64500 AS64501', 'sources': 0, 'messages': 0,
         'last_day': None, 'last_date': None}]
    ctl('sender', 'remove', 'ptr')
    assert sorted(named(ctl).values()) == ['as', 'as', 'as', 'net']
    ctl('sender', 'remove', 'as', 'AS64500')
    assert sorted(map(str, named(ctl).values())) == ['None'] * 3 + ['net']
    assert ctl.query('SELECT value FROM sender_rule ORDER BY 1') == [
        ('198.51.100.0/24',), ('64501',)]


def test_a_sender_may_be_added_again(ctl):
    ctl('sender', 'add', 'own', 'own', '192.0.2.0')
    ctl('sender', 'add', 'own', 'service', '192.0.2.0', '192.0.2.1')
    assert [(row['kind'], row['rules'], row['sources'])
            for row in ctl.csv('sender')] == [
                ('service', '192.0.2.0/32 192.0.2.1/32', '2')]


@pytest.mark.parametrize('args, code, word', [
    (['add', 'a', 'own'], 64, 'usage: ruactl sender add'),
    (['add', 'a', 'mine', '192.0.2.0'], 64, 'use own, service, forwarder'),
    (['add', '', 'own', '192.0.2.0'], 64, '1 to 100 bytes'),
    (['add', 'a', 'own', '192.0.2.0/33'], 64, 'is not a network'),
    (['add', 'a', 'own', '192.0.2.1', '192.0.2/24'], 64, 'has four numbers'),
    (['add', 'a', 'own', 'AS0'], 64, 'AS1 to AS4294967295'),
    (['add', 'a', 'own', 'localhost'], 64, 'is not a rule'),
    (['add', 'a', 'own', 'a b.example'], 64, 'characters that'),
    (['add', 'a', 'own', '203.0.113.9/24'], 64, 'a rule of another sender'),
    (['remove', 'a'], 66, 'there is no sender "a"'),
    (['remove', 'there', '192.0.2.1'], 66, 'is not a rule of this sender'),
    (['remove'], 64, 'usage: '), (['list', 'a'], 64, 'usage: '),
    (['rename', 'a'], 64, 'usage: ')])
def test_what_cannot_be_changed_changes_nothing(ctl, args, code, word):
    ctl('sender', 'add', 'there', 'own', '203.0.113.0/24')
    before = dump(ctl.database)
    ctl('sender', *args, code=code)
    assert word in ctl.error
    assert dump(ctl.database) == before


def test_no_sender_yet(ctl):
    assert 'ruactl sender add NAME own 192.0.2.0/24' in ctl('sender')
    assert ctl.json('sender', 'list') == []
    ctl('-d', 'none.db', 'sender', 'add', 'a', 'own', '192.0.2.0', code=66)
    assert not (ctl.directory / 'none.db').exists()


def test_a_long_list_does_not_wrap(ctl):
    ctl('sender', 'add', 'n' * 60, 'own', *('192.0.2.%d' % i
                                           for i in range(20)))
    assert max(map(len, ctl.terminal('sender').splitlines())) <= 80


# --- prune ------------------------------------------------------------------

TABLES = 'report', 'tls_report', 'failure', 'message', 'poll', 'dns_record'


@pytest.fixture
def aged(ctl):
    """Reports on every fifth of 500 days, and all that may go with them."""
    today = int(time.time()) // 86400
    for age in range(0, 500, 5):
        ctl.put('aged/%d.xml' % age, report(
            ident='age %d' % age, day=today - age - DAY // 86400,
            rows=[('192.0.2.9', age, PASS), ('192.0.2.8', 1, FAIL)]))
    ctl('import', 'aged')
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute("INSERT INTO mailbox (id, name, server, username, folder)"
                   " VALUES (1, 'main', 'a', 'b', 'c')")
        for age in range(0, 500, 20):
            day = (today - age) * 86400
            for uid, filed in ((age + 1, None), (age + 2, day)):
                db.execute(
                    'INSERT INTO message (mailbox_id, folder, uidvalidity,'
                    ' uid, fetched_ts, sha256, status, filed_ts) VALUES'
                    " (1, 'c', 1, ?, ?, '', 'stored', ?)", (uid, day, filed))
            mail, = db.execute('SELECT max(id) FROM message').fetchone()
            db.execute('INSERT INTO poll (mailbox_id, start_ts) VALUES (1, ?)',
                       (day,))
            db.execute('INSERT INTO failure (message_id, arrival_ts,'
                       ' content_sha256) VALUES (?, ?, randomblob(32))',
                       (mail, None if age % 40 else day))
            if age % 40:
                continue
            # The newest of its name, that of one day, and those before.
            db.execute('INSERT INTO dns_record (name, type, status, first_ts,'
                       ' last_ts) VALUES (?, ?, ?, 0, ?)',
                       ('day%d' % (age % 120), 'TXT' if age < 400 else 'MX',
                        'none', (today - 499 + age) * 86400))
            # A late mail about an old day, and an old one about a late day.
            db.execute('INSERT INTO tls_report (message_id, org_name,'
                       ' external_id, begin_ts, end_ts, day, imported_ts,'
                       ' content_sha256) VALUES (?, ?, ?, ?1, ?1, ?, ?1,'
                       ' randomblob(32))',
                       (mail, 'a', str(age), (today - 499 + age) * 86400))
    db.close()
    return ctl


def rows(ctl):
    """{table: {id: columns}}"""
    found = {}
    db = sqlite3.connect(ctl.database)
    db.row_factory = sqlite3.Row
    for table in TABLES:
        found[table] = {row['id']: dict(row) for row in
                        db.execute('SELECT * FROM ' + table)}
    db.close()
    return found


def old_ones(before, found):
    """Which ids go, by Python."""
    mails = found['message']
    gone = {
        'report': {i for i, r in found['report'].items() if r['day'] < before},
        'tls_report': {i for i, r in found['tls_report'].items()
                       if r['day'] < before},
        'dns_record': {
            i for i, r in found['dns_record'].items()
            if r['last_ts'] < before and any(
                j > i and (o['name'], o['type']) == (r['name'], r['type'])
                for j, o in found['dns_record'].items())},
        'poll': {i for i, r in found['poll'].items()
                 if r['start_ts'] < before},
        'failure': {i for i, r in found['failure'].items()
                    if (mails[r['message_id']]['fetched_ts']
                        if r['arrival_ts'] is None else r['arrival_ts'])
                    < before}}
    kept = {row['message_id'] for table in ('report', 'tls_report', 'failure')
            for i, row in found[table].items() if i not in gone[table]}
    gone['message'] = {
        i for i, r in mails.items() if r['fetched_ts'] < before
        and (r['filed_ts'] is not None or r['mailbox_id'] is None)} - kept
    return gone


@pytest.mark.parametrize('age', [400, 100, 30])
def test_prune_deletes_what_is_old_and_nothing_else(aged, age):
    found = rows(aged)
    before = (int(time.time()) // 86400 - age) * 86400
    gone = old_ones(before, found)
    assert all(gone.values()) and all(
        len(gone[table]) < len(found[table]) for table in TABLES)
    counts = tuple(len(gone[table]) for table in TABLES)
    text = ('%%s: %d reports, %d TLS reports, %d failure reports\n'
            '%%s: %d messages and files, %d polls, %d DNS records\n' % counts)
    text = re.sub(r'\b1 (TLS |failure |DNS )?(report|poll|record)s', r'1 \1\2', text)
    text = text.replace(': 1 messages and files', ': 1 message or file')
    whole = dump(aged.database)
    option = '--older-than=%dd' % age
    assert aged('prune', option, '--dry-run') == text % (
        ('would delete',) * 2)
    assert dump(aged.database) == whole
    assert aged('prune', option) == text % (('deleted',) * 2)
    left = rows(aged)
    for table in TABLES:
        assert set(left[table]) == set(found[table]) - gone[table], table
    assert aged.query('SELECT count(*) FROM record') == [
        (2 * len(left['report']),)]
    for table in 'auth_dkim', 'auth_spf':
        assert aged.query('SELECT count(*) FROM %s' % table) == [
            (2 * len(left['report']),)]
    assert aged.query('PRAGMA foreign_key_check') == []
    with contextlib.closing(sqlite3.connect(aged.database)) as db:
        checker.orphans(db)
    assert aged.query('SELECT count(*) FROM source') == [(6,)]
    assert aged('prune', option) == (
        'deleted: 0 reports, 0 TLS reports, 0 failure reports\n'
        'deleted: 0 messages and files, 0 polls, 0 DNS records\n')


@pytest.mark.parametrize('args', [
    [], ['--dry-run'], ['--older-than=23h'], ['--older-than=0d'],
    ['--older-than=long'], ['--older-than=99999d'], ['--older-than=2d', 'x']])
def test_prune_wants_to_know_how_old(ctl, args):
    before = dump(ctl.database)
    ctl('prune', *args, code=64)
    assert '--older-than' in ctl.error
    assert dump(ctl.database) == before


def test_prune_makes_no_database(ctl):
    ctl('-d', 'none.db', 'prune', '--older-than=9d', code=66)
    assert not (ctl.directory / 'none.db').exists()
