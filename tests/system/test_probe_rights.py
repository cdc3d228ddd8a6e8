# SPDX-License-Identifier: BSD-2-Clause
"""ruad -t -m tries what a poll needs: may it write, make folders and move,
is there room, can the database be where it is to be; and what it says can be
done is about what was wrong."""

import os
import re
import subprocess

import pytest

import dovecotconf
from dovecot import tied
from patience import PATIENCE

BASIC = 'IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE UIDPLUS MOVE'
NOBODY = 65534


@pytest.fixture(autouse=True)
def nothing_is_stored(rig):
    rig.check_rows = False


def probe(rig, code=0, **run):
    result = rig.run('-t', '-m', 'own', **run)
    assert result.code == code, result.out + result.log
    return result


def warnings(result):
    return re.findall(r'^own: folder  WARNING: (.*)', result.out, re.M)


def rights(server, letters, quota=None):
    """letters: {folder: rights}, or a reply in words of its own."""
    def myrights(session, tag, rest):
        name = rest.strip('"')
        if name not in letters:
            session.send('%s NO [NOPERM] no\r\n' % tag)
        else:
            session.send('* MYRIGHTS "%s" %s\r\n' % (name, letters[name]))
            session.ok(tag)
        return True

    def getquotaroot(session, tag, rest):
        session.send('* QUOTAROOT %s ""\r\n%s' % (rest, quota))
        session.ok(tag)
        return True
    server.hooks['MYRIGHTS'] = myrights
    server.hooks['GETQUOTAROOT'] = getquotaroot


# --- may it ------------------------------------------------------------------

def test_a_folder_that_is_read_only_is_told(rig, fake):
    server = fake()

    def select(session, tag, _):
        session.send('* 0 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n'
                     '%s OK [READ-ONLY] look only\r\n' % tag)
        return True
    server.hooks['SELECT'] = select
    m = rig.mailbox(server=server, user='rua')
    said = warnings(probe(rig))
    assert len(said) == 1 and said[0].startswith(
        'INBOX is read-only for rua: ')
    m.options.update(archive='', failed='')     # nothing is to be moved
    assert warnings(probe(rig)) == []


@pytest.mark.parametrize('inbox, archive, parent, lacks', [
    ('lrswipkxtea', 'lrswipkxtea', 'lrk', []),
    ('lrswipcda', 'lrswipcda', 'lrc', []),          # RFC 2086
    ('"lrte"', '"i"', 'k', []),
    ('lrs', 'lrs', 'lrs', ['move messages out of INBOX (its rights are "lrs"',
                           'put messages into Archive',
                           'create folders in Up']),
    ('lrt', 'lri', 'k', ['move messages out of INBOX']),
    ('lred', 'lri', 'k', ['move messages out of INBOX']),
    ('lte', 'i', 'k', ['read INBOX']),
    ('lrte', 'i', 'lrxc', ['create folders in Up']),
    (None, None, None, []),
    ('""', '""', '""', ['read INBOX', 'move messages out of INBOX',
                        'put messages into Archive',
                        'create folders in Up'])])
def test_what_rights_lack_is_told(rig, fake, inbox, archive, parent, lacks):
    server = fake(capability=BASIC + ' ACL')
    server.folders.update({'Archive': {}, 'Up': {}})
    rights(server, {name: value for name, value in (
        ('INBOX', inbox), ('Archive', archive), ('Up', parent))
        if value is not None})
    rig.mailbox(server=server, user='rua', failed='Up/Failed')
    said = warnings(probe(rig))
    assert len(said) == len(lacks), said
    for words, line in zip(lacks, said):
        assert line.startswith('rua may not ' + words), line


def test_who_does_not_say_is_not_asked(rig, fake):
    server = fake()
    rig.mailbox(server=server, user='rua')
    probe(rig)
    assert not {'MYRIGHTS', 'GETQUOTAROOT'} & set(server.names())


@pytest.mark.parametrize('quota, used, full', [
    ('* QUOTA "" (STORAGE 10 512)\r\n', 'STORAGE 10 of 512 KiB', False),
    ('* QUOTA "" (STORAGE 10 512 MESSAGE 7 7)\r\n',
     'STORAGE 10 of 512 KiB, MESSAGE 7 of 7', True),
    ('* QUOTA a (STORAGE 1 9)\r\n* QUOTA "b c" (STORAGE 9 9)\r\n',
     'STORAGE 1 of 9 KiB, STORAGE 9 of 9 KiB', True),
    ('* QUOTA "" (STORAGE 8589934592 17179869184)\r\n',
     'STORAGE 8589934592 of 17179869184 KiB', False),
    ('* QUOTA "" ()\r\n', None, False),
    ('* QUOTA "" (STORAGE many 5)\r\n', None, False),
    ('* QUOTA (((\r\n', None, False),
    ('', None, False)])
def test_the_quota_is_told_once(rig, fake, quota, used, full):
    server = fake(capability=BASIC + ' QUOTA')
    server.folders['Archive'] = {}
    rights(server, {}, quota)
    rig.mailbox(server=server, user='rua')
    result = probe(rig)
    assert result.out.count('quota of') == (used is not None)
    if used:
        assert 'quota of INBOX: %s used' % used in result.out
    assert bool(warnings(result)) == full


def test_a_dovecot_with_rights_and_a_quota(rig, special_dovecot):
    server = special_dovecot(extra=dovecotconf.acl(quota='1M'))
    m = rig.mailbox(server=server)
    server.make_folder(m.user, 'Archive')
    result = probe(rig)
    assert warnings(result) == []
    assert re.search(r'quota of INBOX: STORAGE \d+ of 1024 KiB used$',
                     result.out, re.M), result.out
    inbox = '%s/mail/%s/Maildir' % (server.root, m.user)
    path = inbox + '/.Archive/dovecot-acl'
    with open(path, 'w', encoding='ascii') as f:
        f.write('owner lr\n')
    os.chmod(path, 0o644)
    assert warnings(probe(rig)) == [
        '%s may not put messages into Archive (its rights are "lr")' % m.user]


# --- where the database is to be -------------------------------------------

def unprivileged(rig, *args):
    """As a user who may not write everywhere."""
    rig.write_config()
    if os.getuid() == 0:
        who = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []}
        os.chmod(rig.dir, 0o755)
        for name in ('ruad.conf', 'own.pass'):
            os.chown(rig.path(name), NOBODY, NOBODY)
    else:
        who = {}
    return subprocess.run(
        **tied([rig.program, '-c', rig.conf, *args], rig.environment()),
        timeout=PATIENCE, text=True, stdin=subprocess.DEVNULL,
        capture_output=True, check=False, **who)


def test_a_good_place_is_told_and_for_whom(rig, fake):
    rig.mailbox(server=fake(), user='rua')
    assert rig.run('-t').lines == []
    assert re.search('^%s: user [a-z0-9_-]+ can write to it$' % re.escape(
        rig.database), probe(rig).out, re.M)
    assert not os.path.exists(os.path.dirname(rig.database))


def test_a_directory_that_cannot_be_made(rig, fake):
    rig.mailbox(server=fake(), user='rua')
    rig.database = rig.path('not/there/ruad.db')
    result = rig.run('-t')
    assert result.code == 0 and len(result.lines) == 1
    assert ': warning: database: the directory %s is missing, and user ' % (
        rig.path('not/there')) in result.log


def test_a_directory_that_is_none(rig, fake):
    rig.mailbox(server=fake(), user='rua')
    rig.write('file', '')
    rig.database = rig.path('file/ruad.db')
    log = rig.run('-t').log
    assert 'cannot write to the directory %s: Not a directory' % rig.path(
        'file') in log


@pytest.mark.parametrize('what, words', [
    ('above', 'cannot create it: Permission denied'),
    ('directory', 'cannot write to the directory'),
    ('file', 'cannot read and write')])
def test_a_place_where_this_user_may_not_write(rig, fake, what, words):
    rig.mailbox(server=fake(), user='rua')
    os.mkdir(rig.path('place'))
    rig.database = rig.path('place/ruad.db')
    if what == 'above':
        rig.database = rig.path('place/db/ruad.db')
    if what == 'file':
        os.chmod(rig.path('place'), 0o777)
        rig.write('place/ruad.db', '', 0o400 if os.getuid() else 0o600)
    else:
        os.chmod(rig.path('place'), 0o555)
    done = unprivileged(rig, '-t')
    assert done.returncode == 0, done.stderr
    assert ': warning: database: ' in done.stderr and words in done.stderr
    assert re.search('user (nobody|%d|[a-z0-9_-]+) cannot' % NOBODY,
                     done.stderr)
    os.chmod(rig.path('place'), 0o755)
    if os.path.exists(rig.database):
        os.unlink(rig.database)


# --- what can be done -----------------------------------------------------

def failed(rig, code, step):
    result = probe(rig, code)
    lines = [line for line in result.lines if ': warning: ' not in line]
    assert lines[0].startswith('own: failed at %s: ' % step), result.log
    return lines[1:]


@pytest.mark.parametrize('setting', ['archive', 'failed', 'other'])
def test_a_bad_target_is_not_blamed_on_the_folder(rig, fake, setting):
    server = fake()

    def namespace(session, tag, _):
        session.send('* NAMESPACE (("" NIL)) NIL NIL\r\n')
        session.ok(tag)
        return True
    server.hooks['NAMESPACE'] = namespace       # no levels there
    rig.mailbox(server=server, user='rua', **{setting: 'Reports/Old'})
    hints = failed(rig, 78, 'folder')
    assert len(hints) == 1
    assert 'own: %s = "Reports/Old" must be' % setting in hints[0]


def test_a_busy_server_is_the_right_one(rig, fake):
    rig.mailbox(server=fake(greeting='* BYE too many connections'),
                user='rua')
    assert failed(rig, 75, 'server') == []


def test_a_login_that_is_not_offered_is_not_a_wrong_password(rig, fake):
    rig.mailbox(server=fake(), user='rua', auth='scram-sha-256')
    assert failed(rig, 77, 'login') == []
