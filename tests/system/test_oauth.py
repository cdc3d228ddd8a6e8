# SPDX-License-Identifier: BSD-2-Clause
"""Login by OAuth: tokens from a token server, and what becomes of them."""

import base64
import os
import signal
import stat
import subprocess
import threading
import time
from collections import Counter

import pytest

import gen
import rig as rigs
from oauthrig import fails, mailbox, oauth2, place, refreshing, tokend, \
    xoauth2     # noqa: F401
from patience import PATIENCE, wait_until
from test_idle import idling
from test_longlife import HOUR, world, world_so   # noqa: F401
from test_trust import everything_about
from tokend import ACCESS, CLIENT_SECRET, REFRESH, SECRETS, Tokend

# pylint: disable=redefined-outer-name


# --- the grants --------------------------------------------------------------

def test_client_credentials_log_in(rig, tokend):
    m = mailbox(rig, tokend)
    m.deliver(gen.mail('cc', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}
    (path, form, headers), = tokend.requests
    assert path == '/token'
    assert form == {'grant_type': 'client_credentials', 'scope': 'mail all',
                    'client_id': 'the client',
                    'client_secret': CLIENT_SECRET}
    assert headers['Accept'] == 'application/json'
    assert headers['User-Agent'].startswith('ruad/')
    assert 'Expect' not in headers and 'Authorization' not in headers
    assert tokend.introspected == list(tokend.tokens)


def test_a_refresh_token_logs_in_and_stays_where_it_is(rig, tokend):
    m = refreshing(rig, tokend, scope=None)
    m.deliver(gen.mail('rt', 0))
    inode = os.stat(rig.refresh_file).st_ino
    rig.once()
    assert m.counts() == {'Archive': 1}
    (_, form, _), = tokend.requests
    assert form == {'grant_type': 'refresh_token', 'client_id': 'the client',
                    'client_secret': CLIENT_SECRET,
                    'refresh_token': REFRESH + '0'}
    assert os.stat(rig.refresh_file).st_ino == inode
    assert not os.path.exists(rig.refresh_file + '.new')


def test_a_rotated_refresh_token_takes_the_place_of_the_old_one(rig, tokend):
    tokend.rotate = True
    m = refreshing(rig, tokend)
    rig.write('own.refresh.new', 'left behind\n')
    for i in range(3):
        m.deliver(gen.mail('rotate', i))
        rig.once()
        with open(rig.refresh_file, encoding='ascii') as f:
            assert f.read() == tokend.refresh + '\n'
        assert stat.S_IMODE(os.stat(rig.refresh_file).st_mode) == 0o600
        assert not os.path.exists(rig.refresh_file + '.new')
    assert m.counts() == {'Archive': 3}
    assert len({f['refresh_token'] for _, f, _ in tokend.requests}) == 3


def test_a_token_command_logs_in(rig, tokend):
    """Its second line is nobody's business."""
    program = rig.write('token', '#!/bin/sh\ncat "$1"\necho more\n', 0o755)
    # The token is this command's own secret.
    rig.refresh_file = rig.write('token.txt', tokend.make() + '\n')
    m = rig.mailbox(auth='xoauth2', password_file=None,
                    token_command=[program, rig.refresh_file])
    m.deliver(gen.mail('command', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}
    assert tokend.requests == []


@pytest.mark.parametrize('script, why', [
    ('exit 0', 'it is empty'), ('echo; echo tok', 'it is empty'),
    ('exit 3', 'failed with status 3')])
def test_a_token_command_without_a_token_is_an_error(
        rig, tokend, script, why):
    program = rig.write('token', '#!/bin/sh\n%s\n' % script, 0o755)
    rig.mailbox(auth='xoauth2', password_file=None, token_command=[program])
    assert tokend.requests == []
    fails(rig, 77, 'own: ', program, why)


def test_checking_a_mailbox_takes_a_token_too(rig, tokend):
    mailbox(rig, tokend)
    rig.check_rows = False
    result = rig.run('-t', '-m', 'own')
    assert result.code == 0, result.log
    assert 'XOAUTH2' in result.out


# --- how long a token is good ------------------------------------------------

def test_a_token_that_is_refused_is_renewed_once(rig, tokend):
    m = mailbox(rig, tokend)
    tokend.answers = [(200, {'access_token': ACCESS + 'revoked',
                             'expires_in': 3600, 'token_type': 'bearer'})]
    m.deliver(gen.mail('renew', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}
    assert len(tokend.requests) == 2
    assert tokend.introspected[0] == ACCESS + 'revoked'


def test_a_second_refusal_is_an_error_of_credentials(rig, tokend):
    m = mailbox(rig, tokend)
    tokend.answer = (200, {'access_token': ACCESS + 'revoked'})
    m.deliver(gen.mail('refused', 0), stored=False)
    fails(rig, 77, 'refused the login of ' + m.user + ' by XOAUTH2',
          '(401)', 'ruad-quickstart(7)')
    assert len(tokend.requests) == 2
    assert rig.server.login_attempts(m.user) <= 2
    assert m.counts() == {'INBOX': 1}


def test_the_daemon_backs_off_after_a_refused_token(rig, tokend):
    rig.settings['interval'] = '1s'
    mailbox(rig, tokend)
    rig.check_rows = False
    tokend.answer = (200, {'access_token': ACCESS + 'revoked'})
    d = rig.start()
    line = d.wait_for('next try in')
    assert int(line.split()[-2]) >= 300
    assert d.stop() == 0
    assert len(tokend.requests) == 2


def test_a_session_that_outlives_its_token_is_followed_by_a_new_one(
        rig, tokend, fake, world):      # noqa: F811
    """Microsoft 365 ends sessions when their token expires."""
    server = fake(capability='IMAP4rev1 AUTH=XOAUTH2 MOVE IDLE')
    used = []

    def log_in(session, tag):
        token = session.heard.decode().partition('Bearer ')[2].strip('\1')
        assert token in tokend.tokens
        used.append(token)
        session.ok(tag)

    server.hooks['AUTHENTICATE'] = xoauth2(log_in)
    rig.mailbox(server=server, user='rua', auth='xoauth2', interval='9h',
                password_file=None, oauth2=oauth2(rig, tokend))
    rig.check_rows = False
    d = rig.start('-v')
    wait_until(lambda: idling(server))
    time.sleep(0.5)
    world(suspended=2 * HOUR)
    tokend.tokens.clear()               # it lived for one
    server.sessions[-1].close()
    d.wait_for('lost the session')

    def comes_back():
        d.signal(signal.SIGUSR1)        # instead of half a minute
        return len(server.sessions) > 1
    wait_until(comes_back, look=0.5)
    wait_until(lambda: idling(server))
    assert len(set(used)) == len(used) == len(tokend.requests) == 2
    assert d.stop() == 0


# --- where it is not ---------------------------------------------------------

def test_no_token_is_in_any_argument_or_environment(rig, tokend):
    mailbox(rig, tokend)
    rig.check_rows = False
    seen, started, go = [], [], threading.Event()

    def look(_):
        go.wait(PATIENCE)
        seen.extend(everything_about(started[0].pid))

    tokend.hook = look
    started.append(rig.start('-1', '-v'))
    go.set()
    assert started[0].wait() == 0
    assert len(seen) > 1
    for text in seen:
        for secret in SECRETS:
            assert secret.encode() not in text


def memory(pid):
    """All that a process can write to."""
    with open('/proc/%d/maps' % pid, encoding='utf-8') as maps, \
            open('/proc/%d/mem' % pid, 'rb') as mem:
        for line in maps:
            where, rights = line.split()[:2]
            first, last = (int(x, 16) for x in where.split('-'))
            if 'w' in rights:
                mem.seek(first)
                yield mem.read(last - first)


@pytest.mark.skipif(os.getuid() != 0, reason='only root may look')
@pytest.mark.parametrize('cert', [None, 'good'])
def test_only_the_access_token_stays_in_memory(
        rig, tokend, fake, build, cert):
    """Once, for the next connection.  What bought it is gone."""
    if os.path.basename(build) == 'asan':
        pytest.skip('the shadow of the sanitizer has no end')
    t = Tokend(certificates=rig.server.certs, cert=cert)
    t.rotate = True
    # Long ones: of freed memory, much is soon written over.
    t.secret, t.tail = CLIENT_SECRET + 's3cr3t+!' * 400, 'r3fr3sh-' * 400
    t.refresh += t.tail
    rig.write('own.secret', t.secret)
    pieces = {'host': b'127.0.0.1', 'secret': b's3cr3t+!' * 2,
              'form': b's3cr3t%2B%21' * 2, 'refresh': b'r3fr3sh-' * 2,
              'access': b'x' * 100,
              'base64': base64.b64encode(b'x' * 99)}
    server = fake(capability='IMAP4rev1 AUTH=XOAUTH2 MOVE')
    found = Counter()

    def look(*_):
        pid, = (p for p, name in rigs.children(d.pid) if name == 'ruad')
        for data in memory(pid):
            for name, piece in pieces.items():
                found[name] += data.count(piece)

    server.hooks['AUTHENTICATE'] = xoauth2(lambda s, tag: s.ok(tag))
    server.hooks['SELECT'] = look
    rig.write('own.refresh', t.refresh + '\n')
    rig.mailbox(server=server, user='rua', auth='xoauth2',
                host='127.0.0.1', password_file=None, oauth2=oauth2(
                    rig, t, grant='refresh_token', ca_file=server.ca,
                    refresh_token_file=rig.refresh_file))
    rig.check_rows = False
    ordinary = rig.environment          # freed memory stays as it was left
    rig.environment = lambda: {k: v for k, v in ordinary().items()
                               if k != 'MALLOC_PERTURB_'}
    try:
        d = rig.start('-1')
        assert d.wait() == 0
    finally:
        t.close()
    assert found.pop('host') > 0, 'nothing was looked at'
    assert +found == {'access': 20}     # of its length, 2000
    del tokend


# --- who asks ----------------------------------------------------------------

def asking(rig, tokend, end):
    """ruad, a fetcher of it, and the ruad-fetch that this waits for, which waits
    for an answer until the end."""
    mailbox(rig, tokend)
    rig.check_rows = False
    tokend.hook = lambda _: end.wait(PATIENCE)
    d = rig.start('-1')
    wait_until(lambda: tokend.requests)
    fetcher, = (p for p, name in rigs.children(d.pid) if name == 'ruad')
    (pid, name), = rigs.children(fetcher)
    assert name == 'ruad-fetch'
    return d, fetcher, pid


def is_there(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8') as f:
            return f.read().rpartition(')')[2].split()[0] not in 'ZX'
    except FileNotFoundError:
        return False


@pytest.mark.parametrize('stopped', [True, False])
def test_who_asks_ends_with_who_waits(rig, tokend, build, stopped):
    """And not when its time is up, which that of an older one is before."""
    end = threading.Event()
    tokend.hook = lambda _: end.wait(PATIENCE)
    with subprocess.Popen([build + '/ruad-fetch', '--post', '--seconds=30',
                           tokend.url + '/token'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as older:
        wait_until(lambda: tokend.requests)
        tokend.requests.clear()
        d, fetcher, pid = asking(rig, tokend, end)
        try:
            if stopped:
                d.signal(signal.SIGTERM)
                d.wait()
            else:
                os.kill(fetcher, signal.SIGKILL)
            wait_until(lambda: not is_there(pid))
            assert older.poll() is None
        finally:
            end.set()
            older.kill()


def test_who_asks_may_die(rig, tokend):
    end = threading.Event()
    d, _, pid = asking(rig, tokend, end)
    try:
        os.kill(pid, signal.SIGKILL)
        assert d.wait() == 75
        assert any('no token from localhost: ' in line and
                   line.endswith('/ruad-fetch gave no answer')
                   for line in d.lines), d.lines
    finally:
        end.set()


# --- files -------------------------------------------------------------------

def test_a_new_refresh_token_has_a_place_before_the_old_one_is_spent(
        rig, tokend):
    refreshing(rig, tokend)
    os.mkdir(rig.refresh_file + '.new')         # even root cannot write it
    fails(rig, 77, rig.refresh_file + '.new', '/var/lib/ruad')
    assert tokend.requests == []
    os.rmdir(rig.refresh_file + '.new')


def test_two_folders_of_one_account_do_not_spend_a_token_twice(rig, tokend):
    """Each refresh token is good once, and both mailboxes have the same."""
    tokend.rotate = True
    one = refreshing(rig, tokend)
    two = rig.mailbox('two', user=one.user, folder='Two', auth='xoauth2',
                      password_file=None, oauth2=one.options['oauth2'])
    one.deliver(gen.mail('one', 0))
    two.deliver(gen.mail('two', 0), folder='Two')
    rig.once()
    assert one.counts() == {'Archive': 2}
    assert len({f['refresh_token'] for _, f, _ in tokend.requests}) == 2


@pytest.mark.parametrize('mode, name', [(0o644, 'own.secret'),
                                        (0o640, 'own.refresh')])
def test_a_secret_that_others_may_read_is_refused(rig, tokend, mode, name):
    refreshing(rig, tokend)
    os.chmod(rig.path(name), mode)
    fails(rig, 77, rig.path(name), 'others can read it')
    assert tokend.requests == []


def test_the_client_secret_may_come_from_a_credential_or_a_command(
        rig, tokend):
    ordinary = rig.environment
    rig.environment = lambda: {**ordinary(), 'CREDENTIALS_DIRECTORY': rig.dir}
    m = mailbox(rig, tokend, client_secret_file=None,
                client_secret_credential='own.secret')
    m.deliver(gen.mail('cred', 0))
    rig.once()
    m.options['oauth2'] = oauth2(rig, tokend, client_secret_file=None,
                                 client_secret_command=[
                                     '/bin/cat', rig.secret_file])
    m.deliver(gen.mail('cred', 1))
    rig.once()
    assert m.counts() == {'Archive': 2}


def test_the_effective_config_is_a_config_without_secrets(rig, tokend):
    refreshing(rig, tokend)
    text = rig.run('-T').out
    assert 'refresh_token_file = "%s";' % rig.refresh_file in text
    rig.write('ruad.conf', text)
    again = rig.run('-T', config=False)
    assert again.code == 0 and again.out == text
    rig.check_rows = False
