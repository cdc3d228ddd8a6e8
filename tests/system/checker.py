# SPDX-License-Identifier: BSD-2-Clause
"""The one checker of what must hold after every test, whatever was done."""

import base64
import os
import stat
from collections import Counter

import oracle
from dovecot import PASSWORD


def database(path):
    """Whole, all references right, and private."""
    db = oracle.connect(path)
    try:
        assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
        assert db.execute('PRAGMA foreign_key_check').fetchall() == []
        orphans(db)
        # A report without its ledger row would be counted again.
        assert db.execute(
            'SELECT count(*) FROM report WHERE message_id IS NULL'
        ).fetchone() == (0,), 'a report without its mail'
        assert db.execute(
            "SELECT count(*) FROM report r JOIN message m"
            " ON m.id = r.message_id WHERE m.status <> 'stored'"
            # A verified copy takes the place of a mail that was not.
            " AND NOT (m.status = 'duplicate' AND m.verified = 'pass')"
        ).fetchone() == (0,), 'a report of a mail that is not stored'
    finally:
        db.close()
    for suffix in ('', '-wal', '-shm'):
        if os.path.exists(path + suffix):
            mode = stat.S_IMODE(os.stat(path + suffix).st_mode)
            assert mode & 0o027 == 0, '%s%s has mode %o' % (
                path, suffix, mode)


def orphans(db):
    """No record lacks what it refers to by columns that are no keys."""
    for table in 'source', 'profile', 'dkim_list':
        column = table + '_id'
        assert db.execute(
            'SELECT count(*) FROM record_row WHERE %s IS NOT NULL'
            ' AND %s NOT IN (SELECT id FROM %s)' % (column, column, table)
        ).fetchone() == (0,), 'a record without its ' + table


def rows(path, reports):
    lines = oracle.differences(path, reports)
    assert not lines, '\n'.join(lines)


def mails(before, after):
    """Every mail in exactly one folder, byte for byte."""
    union = Counter()
    for folder in after.values():
        union.update(folder)
    lost, more = Counter(before) - union, union - Counter(before)
    assert not lost, '%d mails lost' % sum(lost.values())
    assert not more, '%d mails too much' % sum(more.values())


def no_secret(texts=(), directories=(), secret=PASSWORD, own=()):
    """The password stands in no text and in no file but its own, neither as it
    is nor in base64 or hexadecimal."""
    needles = spellings(secret)
    for text in texts:
        data = text.encode(errors='replace')
        assert not holds(data, needles), 'the password is in the output'
    for directory in directories:
        for parent, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(parent, name)
                if path in own or not os.path.isfile(path):
                    continue
                with open(path, 'rb') as f:
                    assert not holds(f.read(), needles), \
                        'the password is in ' + path


def spellings(secret):
    """What any text with the secret in it must hold, however it is written:
    base64 has three, by where in it the secret begins."""
    data = secret.encode()
    found = [data, data.hex().encode(), data.hex().upper().encode()]
    for skip in range(3):
        whole = base64.b64encode(b'.' * skip + data + b'...')
        # Not the characters that depend on what stands beside it.
        found.append(whole[(skip * 8 + 5) // 6:(skip + len(data)) * 8 // 6])
    return found


def holds(data, needles):
    return any(n in data for n in needles)
