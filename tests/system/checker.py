# SPDX-License-Identifier: BSD-2-Clause
"""The one checker of what must hold after every test, whatever was done."""

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
    """The password stands in no text and in no file but its own."""
    needle = secret.encode()
    for text in texts:
        assert needle not in text.encode(errors='replace'), \
            'the password is in the output'
    for directory in directories:
        for parent, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(parent, name)
                if path in own or not os.path.isfile(path):
                    continue
                with open(path, 'rb') as f:
                    assert needle not in f.read(), \
                        'the password is in ' + path
