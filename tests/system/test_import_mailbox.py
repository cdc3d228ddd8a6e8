# SPDX-License-Identifier: BSD-2-Clause
"""ruactl import --mailbox: what a poll would read is read from a folder, and
nothing in it changes."""

import os
import re
import signal
import sqlite3
import subprocess

import pytest

import gen
import rig as rigs
from fakeimap import Gone, members
from patience import PATIENCE, wait_until
from test_undelivered import SILENT, Sick

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../golden')


def import_mailbox(rig, *args, code=0, name='own'):
    result = rig.ruactl('import', '-c', rig.write_config(), '--mailbox', name,
                        *args)
    assert result.code == code, (result.code, result.out, result.log)
    return result


def rows(rig, what):
    """What was stored, but for numbers that follow from the order."""
    text = rig.ruactl('--format=jsonl', 'export', what).out
    return sorted(re.sub(r'"(\w*id|imported_ts|message)":\d+,?', '', line)
                  for line in text.splitlines())


def asked(numbers, session):
    return members(numbers, sorted(session.selected))


def forget(rig):
    for suffix in '', '-wal', '-shm':
        os.remove(rig.database + suffix)


def names(server, user, folder):
    """A maildir has the flags in its names, and what is new in a directory."""
    base = server.maildir(user, folder)
    return sorted((d, n) for d in ('new', 'cur')
                  for n in os.listdir(os.path.join(base, d)))


# --- everything anew -----------------------------------------------------------

def test_a_database_is_made_anew_from_the_archive(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('anew', 40), gen.mail('anew', 99, 3000))
    rig.once()
    before = {what: rows(rig, what) for what in ('records', 'reports')}
    assert len(before['reports']) == 41
    files = names(m.server, m.user, 'Archive')
    forget(rig)
    result = import_mailbox(rig)
    assert result.out == ('41 messages: 41 stored, 0 known, 0 other, '
                          '0 failed\n') and not result.log
    assert {what: rows(rig, what) for what in before} == before
    assert names(m.server, m.user, 'Archive') == files
    assert m.counts() == {'Archive': 41}


def test_what_is_known_is_not_stored_twice(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('twice', 10))
    rig.once()
    before = rows(rig, 'records')
    for known in 10, 10:
        result = import_mailbox(rig, '-v')
        assert '%d known' % known in result.out
        assert 'own: Archive: uid 1: known' in result.out
    assert rows(rig, 'records') == before
    # Once for each way that it came in, however often.
    assert rig.query('SELECT count(*), count(DISTINCT path) FROM message') == [
        (20, 10)]
    (path,), = rig.query("SELECT path FROM message WHERE path LIKE '%;UID=1'")
    assert re.fullmatch(r'imap://%s@localhost:%d/Archive;UIDVALIDITY=\d+/;UID=1'
                        % (re.escape(m.user), m.server.tls_port), path)


def test_it_reads_what_a_poll_reads(rig):
    """Also what is odd, damaged or no report."""
    m = rig.mailbox(archive='', failed='', other='')
    odd = []
    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith('.eml'):
            with open(os.path.join(GOLDEN, name), 'rb') as f:
                odd.append(f.read())
    assert len(odd) > 100
    m.deliver(*odd, stored=False)
    rig.check_rows = False
    rig.once()

    def outcomes():
        return sorted(rig.query(
            'SELECT sha256, status, reason, verified FROM message'))
    polled = outcomes()
    kinds = 'records', 'reports', 'failures', 'tls'
    before = {what: rows(rig, what) for what in kinds}
    assert all(before.values())
    assert {status for _, status, _, _ in polled} == {
        'stored', 'duplicate', 'other', 'failed'}
    forget(rig)
    import_mailbox(rig, '--folder=INBOX', code=65)
    assert outcomes() == polled
    assert {what: rows(rig, what) for what in kinds} == before


def test_the_settings_of_the_mailbox_count(rig):
    m = rig.mailbox(archive='', require_verified=True,
                    authserv_ids=['mx.example.org'])
    m.deliver(*rigs.reports('settings', 3), stored=False)
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    assert '3 failed' in result.out and 'not authenticated' in result.out
    rig.settings['limits'] = {'message': '1K'}
    m.options['require_verified'] = False
    result = import_mailbox(rig, '--folder', 'INBOX', code=65)
    assert ('more than the limit of 1024; limits.message in ruad.conf raises it'
            in result.out)
    assert m.counts() == {'INBOX': 3}


def test_a_dry_run_stores_nothing(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('dry', 3), stored=False)
    result = import_mailbox(rig, '-n', '--folder=INBOX')
    assert '3 readable' in result.out
    assert not os.path.exists(rig.database)


def test_the_database_is_that_of_the_configuration(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('usual', 3))
    rig.write_config()
    os.makedirs(os.path.dirname(rig.database))
    done = subprocess.run(
        [os.path.join(rig.build, 'ruactl'), 'import', '-c', rig.conf,
         '--mailbox=own', '--folder=INBOX'], capture_output=True, text=True,
        env=rig.environment(), timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert rig.statuses() == {'stored': 3}


# --- servers -----------------------------------------------------------------

def test_nothing_but_examine_and_fetch_is_said(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('said', 5))
    import_mailbox(rig, '--folder=INBOX')
    said = [name for name, _ in server.commands]
    assert said.count('EXAMINE') == 1
    assert set(said) <= {'CAPABILITY', 'AUTHENTICATE', 'LOGIN', 'NAMESPACE',
                         'EXAMINE', 'UID FETCH', 'FETCH', 'LOGOUT', 'ID'}
    assert not [rest for name, rest in server.commands
                if 'BODY[' in rest], 'only BODY.PEEK sets no flag'


@pytest.mark.parametrize('how', SILENT)
def test_a_message_that_does_not_come_costs_no_other(rig, fake, how):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(gen.mail('silent', 0), gen.mail('silent', 1, 200),
              gen.mail('silent', 2))
    sick = Sick(server, 2, SILENT[how])
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    assert 'own: INBOX: uid 2: failed: the server ' in result.out
    assert rig.statuses() == {'stored': 2}
    sick.parts = True
    assert '1 stored, 2 known' in import_mailbox(rig, '--folder=INBOX').out


@pytest.mark.parametrize('said', ['NO [SERVERBUG] Internal error', 'BAD no'])
def test_many_that_are_refused_are_passed_over(rig, fake, said):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('refused', 60))
    refused = set(range(11, 31))

    def fetch(session, tag, rest):
        numbers, _, items = rest.partition(' ')
        uids = asked(numbers, session)
        if 'BODY' in items and refused & set(uids):
            session.send('%s %s\r\n' % (tag, said))
            return True
        return False
    server.hooks['UID FETCH'] = fetch
    rig.check_rows = False
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    assert rig.statuses() == {'stored': 40}
    for uid in refused:
        assert 'uid %d: failed: the server refuses' % uid in result.out


def test_what_came_before_a_refusal_is_not_asked_for_again(rig, fake):
    """A server that hands over what it can, and then says NO to the whole."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('partly', 40))
    refused, sent = set(range(1, 13)), []

    def fetch(session, tag, rest):
        numbers, _, items = rest.partition(' ')
        uids = asked(numbers, session)
        if 'BODY' not in items or not refused & set(uids):
            return False
        for uid in sorted(set(uids) - refused):
            session.send_mail(uid, uid, items)
            sent.append(uid)
        session.send('%s NO some could not be read\r\n' % tag)
        return True
    server.hooks['UID FETCH'] = fetch
    rig.check_rows = False
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    assert '40 messages: 28 stored, 0 known, 0 other, 12 failed' in result.out
    assert sorted(sent) == list(range(13, 41))


def answer_all_but(server, bad, answer):
    """At those that are bad, do that, and end the session."""
    def fetch(session, tag, rest):
        numbers, _, items = rest.partition(' ')
        if 'BODY' not in items:
            return False
        for uid in asked(numbers, session):
            if uid in bad:
                answer(session, uid)
                session.close()
                raise Gone
            session.send_mail(uid, uid, items)
        session.ok(tag)
        return True
    server.hooks['UID FETCH'] = fetch


@pytest.mark.parametrize('bad, logins', [
    ([7], 4), ([7, 8], 6), ([1, 2, 19, 20], 10), (range(5, 13), 18)],
    ids=['one', 'two', 'both ends', 'eight'])
def test_messages_over_which_the_session_ends_are_passed_over(
        rig, fake, bad, logins):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('culprit', 20))
    answer_all_but(server, bad, lambda session, uid: None)
    rig.check_rows = False
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    for uid in bad:
        assert ('own: INBOX: uid %d: failed: the server ends the session when '
                'it is asked for this message' % uid) in result.out
    assert rig.statuses() == {'stored': 20 - len(bad)}
    assert '20 messages' in result.out
    assert len(server.logins) == logins


@pytest.mark.parametrize('size', [10**6, 10**30])
def test_messages_larger_than_they_were_said_to_be_are_told(rig, fake, size):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    rig.settings['limits'] = {'message': '64K'}
    m.deliver(*rigs.reports('oversize', 40))
    bad = range(11, 31)
    answer_all_but(server, bad, lambda session, uid: session.send(
        '* %d FETCH (UID %d BODY[] {%d}\r\nX' % (uid, uid, size)))
    rig.check_rows = False
    result = import_mailbox(rig, '--folder=INBOX', code=65)
    for uid in bad:
        assert ('own: INBOX: uid %d: failed: %d bytes, more than the limit of '
                '65536; limits.message ' % (uid, min(size, 2**63 - 1))
                ) in result.out
    assert '40 messages: 20 stored, 0 known, 0 other, 20 failed' in result.out
    assert rig.statuses() == {'stored': 20, 'failed': 20}
    # Each costs one session, and one more is for finding the first.
    assert len(server.logins) == 22


def test_a_server_that_only_hangs_up_is_given_up(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('hangup', 20), stored=False)

    def fetch(session, tag, rest):
        if 'BODY' in rest:
            session.close()
            raise Gone
        return False
    server.hooks['UID FETCH'] = fetch
    result = import_mailbox(rig, '--folder=INBOX', code=69)
    assert 'connection closed' in result.log
    assert len(server.logins) < 20


def test_what_came_before_a_server_failed_is_kept(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('before', 30))

    def fetch(session, tag, rest):
        numbers, _, items = rest.partition(' ')
        if 'BODY' not in items:
            return False
        for uid in asked(numbers, session)[:10]:
            session.send_mail(uid, uid, items)
        server.hooks['AUTHENTICATE'] = server.hooks['LOGIN'] = refuse
        session.close()
        raise Gone

    def refuse(session, tag, rest):
        session.send('%s NO [AUTHENTICATIONFAILED] no\r\n' % tag)
        return True
    server.hooks['UID FETCH'] = fetch
    result = import_mailbox(rig, '--folder=INBOX', code=77)
    assert '10 messages: 10 stored' in result.out
    assert rig.statuses() == {'stored': 10}
    server.hooks.clear()
    assert '20 stored, 10 known' in import_mailbox(rig, '--folder=INBOX').out


def gone(pid):
    """Or only waits for whoever reaps orphans here."""
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii') as f:
            return f.read().rpartition(')')[2].split()[0] == 'Z'
    except FileNotFoundError:
        return True


@pytest.mark.parametrize('sig', [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_goes_on(rig, fake, sig):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('stop', 30))
    held = []

    def fetch(session, tag, rest):
        numbers, _, items = rest.partition(' ')
        if 'BODY' not in items:
            return False
        for uid in asked(numbers, session)[:10]:
            session.send_mail(uid, uid, items)
        held.append(session)
        session.stall()
        raise Gone
    server.hooks['UID FETCH'] = fetch
    rig.write_config()
    process = subprocess.Popen(
        [os.path.join(rig.build, 'ruactl'), '-d', rig.database, 'import', '-c',
         rig.conf, '--mailbox=own', '--folder=INBOX'], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=rig.environment())
    # While the server is silent what came is committed: nobody waits for it.
    wait_until(lambda: held and os.path.exists(rig.database) and
               rig.statuses() == {'stored': 10})
    other = sqlite3.connect(rig.database, timeout=PATIENCE)
    other.execute('BEGIN IMMEDIATE')
    other.rollback()
    other.close()
    children = rigs.children(process.pid)
    assert 'ruad' in [name for _, name in children]
    # The configuration can contain passwords.
    for pid, name in [(process.pid, 'ruactl'), *children]:
        with open('/proc/%d/limits' % pid, encoding='ascii') as f:
            assert re.search(r'Max core file size +0 +0 ', f.read()), name
    process.send_signal(sig)
    out, log = process.communicate(timeout=PATIENCE)
    if sig == signal.SIGINT:
        assert process.returncode == 75, log
        assert out.startswith('interrupted, run it again to continue: '
                              '10 messages')
    for pid, _ in children:
        wait_until(lambda p=pid: sig == signal.SIGKILL and gone(p) or
                   not os.path.exists('/proc/%d' % p))
    server.hooks.clear()
    assert '20 stored, 10 known' in import_mailbox(rig, '--folder=INBOX').out


# --- mistakes ----------------------------------------------------------------

@pytest.mark.parametrize('args, code, said', [
    (['--mailbox=none'], 64, 'has no mailbox "none"'),
    (['--mailbox=own', 'file'], 64, 'takes --mailbox or a PATH, not both'),
    (['--mailbox=own', '--limits=records=1'], 64, '--limits is for files'),
    (['--folder=INBOX', 'file'], 64, 'need --mailbox'),
    (['--mailbox=own', '--folder='], 64, '--folder needs a name'),
    ([], 64, 'PATH..., or --mailbox=NAME')])
def test_mistakes_are_told(rig, args, code, said):
    rig.mailbox()
    conf = rig.write_config()
    if '--mailbox=own' in args or '--mailbox=none' in args:
        args = ['-c', conf, *args]
    result = rig.ruactl('import', *args)
    assert result.code == code and said in result.log, result.log


def test_a_folder_that_is_missing_is_told(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('missing', 1), stored=False)
    rig.check_rows = False
    result = import_mailbox(rig, '--folder=Nowhere', code=78)
    assert 'cannot open the folder "Nowhere"' in result.log
    assert m.counts() == {'INBOX': 1}, 'it was not made'


def test_a_password_is_asked_of_nobody_else(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('secret', 1), stored=False)
    os.chmod(rig.password_file, 0o644)
    result = import_mailbox(rig, '--folder=INBOX', code=77)
    assert rig.password_file in result.log
    os.chmod(rig.password_file, 0o600)


def test_serve_folder_is_for_programs(rig):
    rig.mailbox()
    result = rig.run('--serve-folder=INBOX')
    assert result.code == 64 and 'ruactl import --mailbox' in result.log
    assert rig.run('--serve-folder=INBOX', '-m', 'own', '-1').code == 64
