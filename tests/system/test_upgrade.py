# SPDX-License-Identifier: BSD-2-Clause
"""A new ruad over the database of an old one, and the other way round."""

import os
import re
import signal
import sqlite3

import pytest

import gen
from test_service import hear, systemd  # noqa: F401, a fixture

STORE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../store')
NEWEST = 6


def old_database(rig, version=1, records=0):
    """As ruad of then left it; with more records of its first report."""
    os.makedirs(os.path.dirname(rig.database), 0o750, exist_ok=True)
    db = sqlite3.connect(rig.database)
    db.execute('PRAGMA journal_mode = WAL')
    with open('%s/v%d.sql' % (STORE, version), encoding='utf-8') as f:
        db.executescript(f.read())
    db.execute(
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
        ' WHERE i < ?) INSERT INTO record_row SELECT 1000 + i, 1, 1, 1, 1, 0,'
        ' 1, 0, 1, 1, NULL FROM n WHERE ?', (records, records > 0))
    db.commit()
    db.close()
    os.chmod(rig.database, 0o640)
    rig.check_rows = False


def version_of(path):
    db = sqlite3.connect(path)
    try:
        return db.execute('PRAGMA user_version').fetchone()[0]
    finally:
        db.close()


@pytest.mark.parametrize('version', [1, 2, 3])
def test_the_first_start_updates_and_says_so(rig, version):
    m = rig.mailbox()
    old_database(rig, version)
    m.deliver(gen.mail('upgrade', 1))
    log = rig.once().log
    assert '%s: updating it from schema version %d to %d; ' % (
        rig.database, version, NEWEST) in log
    assert re.search(r'%s: updated from schema version %d in \d+\.\d s\n' % (
        re.escape(rig.database), version), log)
    assert version_of(rig.database) == NEWEST
    assert 'updat' not in rig.once().log


def test_it_can_be_backed_up_before(rig):
    """By the new ruactl: the old one is gone."""
    m = rig.mailbox()
    m.deliver(gen.mail('upgrade', 2), stored=False)
    old_database(rig)
    copy = rig.path('before.db')
    result = rig.ruactl('summary')
    assert result.code == 78
    assert 'start ruad once to bring it up to date' in result.log
    assert '"ruactl backup" can copy it' in result.log
    assert rig.ruactl('backup', copy).code == 0
    assert version_of(rig.database) == version_of(copy) == 1
    rig.once()
    assert version_of(rig.database) == NEWEST and version_of(copy) == 1
    # It goes back, and on from there.
    for suffix in '-wal', '-shm':
        if os.path.exists(rig.database + suffix):
            os.remove(rig.database + suffix)
    os.replace(copy, rig.database)
    assert 'updated from schema version 1' in rig.once().log


def test_systemd_waits_as_long_as_it_takes(rig, systemd):  # noqa: F811
    rig.mailbox(interval='1h')
    old_database(rig, records=400000)
    d = rig.start()
    heard = hear(systemd, 'READY=1')
    assert heard[0].startswith('EXTEND_TIMEOUT_USEC=260000000\n'
                               'STATUS=updating the database')
    d.signal(signal.SIGTERM)
    assert d.wait() == 0
    assert version_of(rig.database) == NEWEST


def test_it_can_be_stopped_meanwhile(rig):
    rig.mailbox(interval='1h')
    old_database(rig, records=800000)
    d = rig.start()
    d.wait_for('updating it from schema version 1')
    d.signal(signal.SIGTERM)
    assert d.wait() == 0
    assert not d.count(' error') and not d.count('cannot')
    # All or nothing; a machine may have been fast.
    assert version_of(rig.database) == (
        NEWEST if d.count('updated from schema version 1') else 1)
    db = sqlite3.connect(rig.database)
    assert db.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
    db.close()


def test_a_killed_update_is_begun_anew(rig):
    rig.mailbox(interval='1h')
    old_database(rig, records=800000)
    d = rig.start()
    d.wait_for('updating it from schema version 1')
    d.kill()
    assert version_of(rig.database) in (1, NEWEST)
    rig.mailboxes[0].deliver(gen.mail('upgrade', 3))
    rig.once()
    assert version_of(rig.database) == NEWEST
    assert rig.query('SELECT count(*) FROM record_row WHERE id > 1000')[0][
        0] >= 800000


def test_an_old_ruad_leaves_a_newer_database_alone(rig):
    m = rig.mailbox()
    m.deliver(gen.mail('upgrade', 4))
    rig.once()
    db = sqlite3.connect(rig.database)
    db.execute('PRAGMA user_version = 99')
    db.close()
    said = ('was written by a newer ruad (schema version 99, this one knows '
            '%d): install the newer ruad again, or restore a backup from '
            'before the upgrade' % NEWEST)
    m.deliver(gen.mail('upgrade', 5), stored=False)
    for result in (rig.ruactl('summary'), rig.ruactl('status'),
                   rig.ruactl('import', os.devnull),
                   rig.ruactl('backup', rig.path('x')), rig.run('-1')):
        assert result.code == 78 and said in result.log
    assert rig.ruactl('check').code == 3
    assert m.counts() == {'INBOX': 1, 'Archive': 1}
    db = sqlite3.connect(rig.database)
    db.execute('PRAGMA user_version = %d' % NEWEST)
    db.close()
