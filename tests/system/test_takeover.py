# SPDX-License-Identifier: BSD-2-Clause
"""More machines than one, as ruad-scale(7) has it: one that takes over from
another, and two that read the same mailbox."""

import json
import os
import shutil

import pytest

import checker
from patience import wait_until
from rig import Rig, reports


@pytest.fixture
def other(build, rig):
    """A second machine; the mail server is the same."""
    made = Rig(build, rig.server, rig.user)
    yield made
    made.stop()


def same_mailbox(rig, second, **options):
    """own, as both machines have it."""
    m = rig.mailbox(**options)
    second.mailbox(user=m.user, **options)
    return m


def keys(rig):
    return [key for key, in rig.query(
        'SELECT hex(content_sha256) FROM report ORDER BY 1')]


def feed(rig, *args, code=0):
    result = rig.ruactl('feed', '--collector=mx', *args)
    assert result.code == code, result.log
    return [json.loads(line) for line in result.out.splitlines()]


def kill_at_work(rig):
    """As if the machine lost its power: some are stored, of these some filed."""
    daemon = rig.start()
    daemon.wait_for('new messages')
    wait_until(lambda: os.path.exists(rig.database) and len(keys(rig)) > 0)
    daemon.kill()


def take_over(rig, other):
    """What ruad-scale(7) says."""
    other.write_config()
    result = other.ruactl('import', '-c', other.conf, '--mailbox=own')
    assert result.code == 0, result.log
    other.once()
    other.reports = rig.reports
    other.check()


def test_a_standby_with_nothing_takes_over(rig, other):
    m = same_mailbox(rig, other)
    m.deliver(*reports('nothing', 30))
    rig.once()
    m.deliver(*reports('nothing', 200, first=30))
    kill_at_work(rig)
    take_over(rig, other)
    assert m.counts() == {'Archive': 230}
    assert len(keys(other)) == len(set(keys(other))) == 230
    rig.check_rows = False


def test_a_standby_with_a_backup_takes_over(rig, other):
    """What came since is in the archive; the feed says that it begins anew."""
    m = same_mailbox(rig, other)
    m.deliver(*reports('backup', 30))
    rig.once()
    rig.ruactl('sender', 'add', 'ours', 'own', '192.0.2.0/24')
    backup = rig.path('backup.db')
    assert rig.ruactl('backup', backup).code == 0
    at_backup = feed(rig)[-1]['cursor']
    m.deliver(*reports('backup', 30, first=30))
    rig.once()
    cursor = feed(rig)[-1]['cursor']
    m.deliver(*reports('backup', 200, first=60))
    kill_at_work(rig)
    os.makedirs(os.path.dirname(other.database))
    shutil.copy(backup, other.database)
    take_over(rig, other)
    assert m.counts() == {'Archive': 260}
    assert len(keys(other)) == len(set(keys(other))) == 260
    assert other.query('SELECT label FROM sender') == [('ours',)]
    feed(other, '--after=' + cursor, code=65)
    assert len({line['key'] for line in feed(
        other, '--after=' + at_backup, 'report')}) == 230
    assert sorted(line['key'].upper() for line in feed(
        other, '--after=0', 'report')) == keys(other)
    rig.check_rows = False


def test_the_first_one_comes_back(rig, other):
    """It polls on, without what the other one took meanwhile: that is in the
    archive, too."""
    m = same_mailbox(rig, other)
    m.deliver(*reports('back', 10))
    rig.once()
    other.write_config()
    m.deliver(*reports('back', 10, first=10))
    other.once()
    m.deliver(*reports('back', 10, first=20))
    rig.once()
    assert len(keys(rig)) == 20 and len(keys(other)) == 10
    for each in rig, other:
        result = each.ruactl('import', '-c', each.conf, '--mailbox=own')
        assert result.code == 0, result.log
    assert keys(rig) == keys(other) and len(keys(rig)) == 30
    other.reports = rig.reports
    other.check()


def test_two_that_leave_all_in_place_both_have_all(rig, other):
    m = same_mailbox(rig, other, archive='', failed='', other='')
    for first in 0, 20:
        m.deliver(*reports('place', 20, first))
        for each in rig, other:
            each.once()
    assert keys(rig) == keys(other) and len(keys(rig)) == 40
    assert m.counts() == {'INBOX': 40}
    other.reports = rig.reports
    other.check()


def test_two_that_file_share_the_messages_and_lose_none(rig, other):
    """Not what one wants: neither has all."""
    m = same_mailbox(rig, other)
    m.deliver(*reports('share', 300))
    for daemon in [each.start('-1') for each in (rig, other)]:
        daemon.wait()
    # The server may have ended a connection because of the other one.
    rig.once()
    assert set(m.counts()) == {'Archive'}
    assert len(set(keys(rig)) | set(keys(other))) == 300
    for each in rig, other:
        checker.database(each.database)
        assert len(keys(each)) == len(set(keys(each)))
    # The archive may have a message twice; it counts once.
    assert m.counts()['Archive'] >= 300
    m.before.clear()
    assert rig.ruactl('import', '-c', rig.conf, '--mailbox=own').code == 0
    assert len(keys(rig)) == 300
