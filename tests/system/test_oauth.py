# SPDX-License-Identifier: BSD-2-Clause
"""Login by OAuth: tokens from a token server on loopback, given to a real
Dovecot that asks it whether they are good."""

import base64
import json
import os
import stat
import threading
from collections import Counter

import pytest

import checker
import gen
import rig as rigs
from dovecot import Dovecot
from test_trust import everything_about
from tokend import ACCESS, CLIENT_SECRET, DOVECOT, INTROSPECTION, REFRESH, \
    SECRETS, Tokend


@pytest.fixture(scope='module')
def place(tmp_path_factory, certificates):
    """A token server and a Dovecot that trusts it, for all tests here."""
    tokend = Tokend()
    path = str(tmp_path_factory.mktemp('oauth') / 'dovecot-oauth2.conf')
    with open(path, 'w', encoding='ascii') as f:
        f.write(INTROSPECTION.format(url=tokend.url))
    with Dovecot(certificates=certificates, mechanisms='plain xoauth2',
                 extra=DOVECOT.format(path=path)) as server:
        yield tokend, server
    tokend.close()


@pytest.fixture
def tokend(place, rig):
    """The token server as if new, for this rig's mailbox "own"."""
    t, rig.server = place
    t.__dict__.update(
        user=rig.user + '-own', lifetime=3600, rotate=False, answer=None,
        answers=[], hook=None, requests=[], introspected=[], tokens={},
        refresh=REFRESH + '0')
    rig.secret_file = rig.write('own.secret', CLIENT_SECRET + '\n')
    rig.refresh_file = rig.path('own.refresh')
    yield t
    for d in rig.daemons:
        if d.process.poll() is None:
            d.kill()
        d.reader.join(5)
        rig.outputs.append('\n'.join(d.lines))
    for secret in SECRETS:
        checker.no_secret(rig.outputs, [rig.dir], secret,
                          own=[rig.secret_file, rig.refresh_file])


def oauth2(rig, tokend, **options):
    """What stands in oauth2 = { }; None leaves a key out."""
    group = {'grant': 'client_credentials', 'client_id': 'the client',
             'client_secret_file': rig.secret_file, 'scope': 'mail all',
             'token_url': tokend.url + '/token'}
    group.update(options)
    return {k: v for k, v in group.items() if v is not None}


def mailbox(rig, tokend, **options):
    return rig.mailbox(auth='xoauth2', password_file=None,
                       oauth2=oauth2(rig, tokend, **options))


def refreshing(rig, tokend, **options):
    rig.write('own.refresh', tokend.refresh + '\n')
    return mailbox(rig, tokend, grant='refresh_token',
                   refresh_token_file=rig.refresh_file, **options)


def fails(rig, code, *words):
    """The poll ends like this, with one line that says all of these."""
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code == code, result.log
    assert len(result.lines) == 1, result.log
    assert len(result.log) < 520
    for word in words:
        assert word in result.log
    return result.log


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


# --- how long a token is good --------------------------------------------------

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


# --- whom it is shown -----------------------------------------------------------

@pytest.mark.parametrize('fault', ['wrongname', 'selfsigned', 'expired',
                                   'otherca'])
def test_the_token_never_goes_to_an_unverified_server(
        rig, tokend, fake, fault):
    server = fake(cert=fault, capability='IMAP4rev1 AUTH=XOAUTH2 SASL-IR')
    rig.mailbox(server=server, user='rua', host='127.0.0.1', auth='xoauth2',
                password_file=None, oauth2=oauth2(rig, tokend))
    fails(rig, 77, '127.0.0.1')
    assert server.sessions, 'nobody came'
    assert b'AUTH' not in server.received.upper()
    assert ACCESS.encode() not in server.received
    assert len(tokend.requests) == 1, 'no other token can help'


@pytest.mark.parametrize('fault', ['wrongname', 'selfsigned', 'expired',
                                   'otherca'])
def test_the_client_secret_never_goes_to_an_unverified_token_server(
        rig, tokend, fault):
    bad = Tokend(certificates=rig.server.certs, cert=fault)
    try:
        ca = rig.server.certs + '/ca.crt'
        mailbox(rig, bad, ca_file=ca)
        fails(rig, 77, 'not proven', 'no token from localhost')
        assert bad.requests == [] and bad.connections == 1
        del rig.mailboxes[:]
        mailbox(rig, bad)           # with the system's authorities
        fails(rig, 77, 'not proven', 'no token from localhost')
        assert bad.requests == []
    finally:
        bad.close()


def test_a_token_server_with_an_authority_of_its_own_is_verified(
        rig, tokend):
    good = Tokend(certificates=rig.server.certs, cert='good')
    good.user, good.tokens = tokend.user, tokend.tokens
    try:
        m = mailbox(rig, good, ca_file=rig.server.certs + '/ca.crt')
        m.deliver(gen.mail('https', 0))
        rig.once()
        assert m.counts() == {'Archive': 1}
        assert len(good.requests) == 1
        # The proxy of the environment is for https, and there is none.
        ordinary = rig.environment
        rig.environment = lambda: {
            **ordinary(), 'https_proxy': 'http://127.0.0.1:1',
            'no_proxy': ''}
        result = rig.run('-1')
        assert result.code == 69, result.log
        assert 'cannot be reached' in result.log
        assert len(good.requests) == 1
    finally:
        good.close()


def test_a_secret_in_clear_never_goes_to_a_proxy(rig, tokend):
    m = mailbox(rig, tokend)
    m.deliver(gen.mail('proxy', 0))
    ordinary = rig.environment
    rig.environment = lambda: {
        **ordinary(), 'http_proxy': 'http://127.0.0.1:1',
        'ALL_PROXY': 'http://127.0.0.1:1', 'no_proxy': ''}
    rig.once()
    assert m.counts() == {'Archive': 1}


def test_no_token_is_in_any_argument_or_environment(rig, tokend):
    mailbox(rig, tokend)
    rig.check_rows = False
    seen, started, go = [], [], threading.Event()

    def look(_):
        go.wait(10)
        seen.extend(everything_about(started[0].pid))

    tokend.hook = look
    started.append(rig.start('-1', '-v'))
    go.set()
    assert started[0].wait(30) == 0
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
        assert d.wait(30) == 0
    finally:
        t.close()
    assert found.pop('host') > 0, 'nothing was looked at'
    assert +found == {'access': 20}     # of its length, 2000
    del tokend


# --- what the IMAP server may say ------------------------------------------------

def xoauth2(first):
    """An IMAP server that goes through XOAUTH2, with this as its answer."""
    def hook(session, tag, rest):
        assert rest == 'XOAUTH2'
        session.send('+ \r\n')
        session.heard = base64.b64decode(session.line())
        first(session, tag)
        return True
    return hook


def fake_mailbox(rig, fake, first):
    server = fake(capability='IMAP4rev1 AUTH=XOAUTH2 SASL-IR MOVE')
    server.hooks['AUTHENTICATE'] = xoauth2(first)
    # The token is this command's own secret.
    rig.refresh_file = rig.write('token.txt', ACCESS + 'y' * 5000)
    rig.mailbox(server=server, user='rua@example.org', auth='xoauth2',
                password_file=None,
                token_command=['/bin/cat', rig.refresh_file])
    rig.check_rows = False
    return server


def test_the_challenge_of_a_refusal_is_answered_with_an_empty_line(
        rig, tokend, fake):
    heard = []

    def refuse(session, tag):
        challenge = json.dumps({'status': '400', 'schemes': 'bearer mac',
                                'scope': 'https://mail.google.com/'})
        session.send('+ %s\r\n' % base64.b64encode(
            challenge.encode()).decode())
        heard.append(session.line())
        session.send('%s NO SASL authentication failed\r\n' % tag)

    server = fake_mailbox(rig, fake, refuse)
    log = fails(rig, 77, 'SASL authentication failed (400)')
    assert heard == ['', ''], log       # tried twice
    assert server.sessions[0].heard == (
        b'user=rua@example.org\x01auth=Bearer %s\x01\x01' %
        (ACCESS + 'y' * 5000).encode())
    del tokend


@pytest.mark.parametrize('echo', [
    '{tag} NO what is {token}?', '{tag} BAD {base64}', '* BYE {token}',
    '+ {base64}', '{token}', '{tag} NO {base64}'])
def test_a_server_that_repeats_the_token_is_not_quoted(
        rig, tokend, fake, echo):
    def repeat(session, tag):
        coded = base64.b64encode(session.heard).decode()
        token = session.heard.decode().split('Bearer ')[1].strip('\x01')
        session.send(echo.format(tag=tag, token=token[:4000],
                                 base64=coded[:4000]) + '\r\n')
        session.close()

    fake_mailbox(rig, fake, repeat)
    result = rig.run('-1', '-v')
    assert result.code in (69, 75, 77)
    assert ACCESS not in result.log
    assert base64.b64encode(b'user=rua@example.org\x01auth')[:30].decode() \
        not in result.log
    del tokend


def test_a_login_that_opens_no_mailbox_is_an_error_of_credentials(
        rig, tokend, fake):
    """Microsoft 365 says so only when the mailbox is needed."""
    server = fake_mailbox(rig, fake, lambda s, tag: s.ok(tag))
    for name in ('NAMESPACE', 'LIST', 'SELECT'):
        server.hooks[name] = lambda s, tag, _: s.send(
            '%s BAD User is authenticated but not connected.\r\n'
            % tag) or True
    fails(rig, 77, 'the login of rua@example.org opens no mailbox',
          'ruad-quickstart(7)')
    del tokend


def test_a_server_without_xoauth2_gets_no_token(rig, tokend, fake):
    server = fake()
    rig.mailbox(server=server, user='rua', auth='xoauth2',
                password_file=None, oauth2=oauth2(rig, tokend))
    fails(rig, 77, 'does not offer AUTH=XOAUTH2')
    assert ACCESS.encode() not in server.received


# --- what the token server may say --------------------------------------------------

def entra(number, error='invalid_client', **more):
    text = ('AADSTS%d: Something long winded.\r\nTrace ID: 0000aaaa\r\n'
            'Correlation ID: aaaa0000\r\nTimestamp: 2026-11-09 02:02:12Z'
            % number)
    return (401 if error == 'invalid_client' else 400,
            {'error': error, 'error_description': text,
             'error_codes': [number], 'trace_id': '0000aaaa', **more})


ANSWERS = [
    (entra(7000222), 77, ['the client secret has expired', 'AADSTS7000222',
                          'Certificates & secrets', 'the client)']),
    (entra(7000215), 77, ['the client secret is wrong', 'Value',
                          'AADSTS7000215']),
    (entra(65001, 'invalid_grant'), 77, ['consent is missing',
                                         'AADSTS65001']),
    (entra(90002, 'invalid_request'), 77, ['no such tenant', 'AADSTS90002']),
    (entra(700016, 'unauthorized_client'), 77,
     ['no such application', 'AADSTS700016']),
    (entra(1002012, 'invalid_scope'), 77, ['scope is wrong']),
    (entra(53003, 'access_denied'), 77, ['Conditional Access']),
    (entra(90033, 'temporarily_unavailable'), 75, ['passing fault']),
    (entra(4711, 'interaction_required'), 77,
     ['it refuses', 'interaction_required: AADSTS4711: Something']),
    ((401, {'error': 'invalid_client', 'error_description': 'Unauthorized'}),
     77, ['client_id or the client secret is wrong', 'Unauthorized']),
    ((400, {'error': 'unsupported_grant_type'}), 77, ['token_url']),
    ((400, {'error': 'invalid_grant'}), 77, ['[invalid_grant]']),
    ((500, {'error': 'server_error'}), 75, ['passing fault']),
    ((503, 'Service Unavailable'), 75, ['HTTP 503']),
    ((429, {}), 75, ['asked too often (HTTP 429)']),
    ((404, '<html>not here</html>'), 78, ['not JSON (HTTP 404)',
                                         'is token_url right']),
    ((200, '<html>hello</html>'), 78, ['not JSON']),
    ((200, ''), 78, ['not JSON']),
    ((200, {'expires_in': 3599}), 78, ['no access_token']),
    ((200, {'access_token': 7}), 78, ['no access_token']),
    ((200, []), 78, ['is none of a token endpoint']),
    ((200, {'access_token': ''}), 69, ['is empty']),
    ((200, {'access_token': 'a\x01b'}), 69, ['not ASCII']),
    ((200, {'access_token': 'x' * 20000}), 69, ['longer than']),
    ((200, {'access_token': 'x', 'token_type': 'mac'}), 78, ['Bearer']),
    ((200, 'x' * 100000), 78, ['more than 65536 bytes']),
    ((200, '[' * 60000), 78, ['not JSON']),
    ((302, '', [('Location', 'http://127.0.0.1:1/')]), 78,
     ['elsewhere (HTTP 302)']),
]


@pytest.mark.parametrize('answer, code, words', ANSWERS, ids=[
    '%d-%s' % (i, a[2][0].replace(' ', '-'))
    for i, a in enumerate(ANSWERS)])
def test_what_the_token_server_says_is_explained(
        rig, tokend, answer, code, words):
    m = mailbox(rig, tokend)
    tokend.answer = answer
    before = rig.server.auth_requests()
    log = fails(rig, code, 'own: no token from localhost: ', *words)
    assert 'Trace ID' not in log
    assert rig.server.auth_requests() == before
    assert rig.query('SELECT last_error FROM mailbox')[0][0] in log
    del m


@pytest.mark.parametrize('answer, words', [
    ((400, {'error': 'invalid_grant', 'error_description':
            'Token has been expired or revoked.'}),
     ['has expired or was revoked', 'Token has been expired or revoked.']),
    (entra(700082, 'invalid_grant'), ['has expired', 'AADSTS700082']),
    (entra(50173, 'invalid_grant'), ['was revoked']),
])
def test_a_refresh_token_that_is_no_longer_good_is_said(
        rig, tokend, answer, words):
    refreshing(rig, tokend)
    tokend.answer = answer
    fails(rig, 77, rig.refresh_file, 'get another one', *words)


def test_a_token_server_that_repeats_the_secret_is_not_quoted(rig, tokend):
    refreshing(rig, tokend)
    for secret in (CLIENT_SECRET, tokend.refresh):
        tokend.answer = (400, {'error': secret, 'error_description':
                               'I got %s from you' % secret})
        log = fails(rig, 77, 'it refuses')
        assert 'I got' not in log


def test_a_token_server_that_is_not_there_is_unavailable(rig, tokend):
    mailbox(rig, tokend, token_url='http://127.0.0.1:1/token')
    fails(rig, 69, 'no token from 127.0.0.1', 'cannot be reached')


def test_a_token_server_that_drips_or_floods_is_given_up(rig, tokend):
    """Headers without end; a deadline would end them as well."""
    def flood(handler):
        handler.send_response(200)
        try:
            while True:
                handler.wfile.write(b'X-Flood: ' + b'x' * 8000 + b'\r\n')
        except OSError:
            return True

    tokend.hook = flood
    mailbox(rig, tokend)
    fails(rig, 69, 'no token from localhost')


# --- files -----------------------------------------------------------------------------

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
