# SPDX-License-Identifier: BSD-2-Clause
"""Login by OAuth: whom a secret is shown, and what servers may say to it."""

import base64
import json

import pytest

import gen
from oauthrig import fails, mailbox, oauth2, place, refreshing, tokend, \
    xoauth2     # noqa: F401
from tokend import ACCESS, CLIENT_SECRET, Tokend

# pylint: disable=redefined-outer-name


# --- whom it is shown --------------------------------------------------------

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
        fails(rig, 77, 'could not be verified', 'no token from localhost')
        assert bad.requests == [] and bad.connections == 1
        del rig.mailboxes[:]
        mailbox(rig, bad)           # with the system's authorities
        fails(rig, 77, 'could not be verified', 'no token from localhost')
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
        assert 'cannot reach it' in result.log
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


# --- what the IMAP server may say --------------------------------------------

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
    fails(rig, 77, 'rua@example.org can log in but has no mailbox',
          'ruad-quickstart(7)')
    del tokend


def test_a_server_without_xoauth2_gets_no_token(rig, tokend, fake):
    server = fake()
    rig.mailbox(server=server, user='rua', auth='xoauth2',
                password_file=None, oauth2=oauth2(rig, tokend))
    fails(rig, 77, 'does not offer AUTH=XOAUTH2')
    assert ACCESS.encode() not in server.received


# --- what the token server may say -------------------------------------------

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
    (entra(90002, 'invalid_request'), 77, ['unknown tenant', 'AADSTS90002']),
    (entra(700016, 'unauthorized_client'), 77,
     ['no such application', 'AADSTS700016']),
    (entra(1002012, 'invalid_scope'), 77, ['scope is wrong']),
    (entra(53003, 'access_denied'), 77, ['Conditional Access']),
    (entra(90033, 'temporarily_unavailable'), 75, ['the service failed temporarily']),
    (entra(4711, 'interaction_required'), 77,
     ['refused', 'interaction_required: AADSTS4711: Something']),
    ((401, {'error': 'invalid_client', 'error_description': 'Unauthorized'}),
     77, ['client_id or the client secret is wrong', 'Unauthorized']),
    ((400, {'error': 'unsupported_grant_type'}), 77, ['token_url']),
    ((400, {'error': 'invalid_grant'}), 77, ['[invalid_grant]']),
    ((500, {'error': 'server_error'}), 75, ['the service failed temporarily']),
    ((503, 'Service Unavailable'), 75, ['HTTP 503']),
    ((429, {}), 75, ['too many requests (HTTP 429)']),
    ((404, '<html>not here</html>'), 78, ['not JSON (HTTP 404)',
                                         'is token_url correct']),
    ((200, '<html>hello</html>'), 78, ['not JSON']),
    ((200, ''), 78, ['not JSON']),
    ((200, {'expires_in': 3599}), 78, ['no access_token']),
    ((200, {'access_token': 7}), 78, ['no access_token']),
    ((200, []), 78, ['is not a token response']),
    ((200, {'access_token': ''}), 69, ['is empty']),
    ((200, {'access_token': 'a\x01b'}), 69, ['not ASCII']),
    ((200, {'access_token': 'x' * 20000}), 69, ['longer than']),
    ((200, {'access_token': 'x', 'token_type': 'mac'}), 78, ['Bearer']),
    ((200, 'x' * 100000), 78, ['longer than 65536 bytes']),
    ((200, '[' * 60000), 78, ['not JSON']),
    ((302, '', [('Location', 'http://127.0.0.1:1/')]), 78,
     ['redirects to another URL (HTTP 302)']),
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
    fails(rig, 77, rig.refresh_file, 'get a new one', *words)


def test_a_token_server_that_repeats_the_secret_is_not_quoted(rig, tokend):
    refreshing(rig, tokend)
    for secret in (CLIENT_SECRET, tokend.refresh):
        tokend.answer = (400, {'error': secret, 'error_description':
                               'I got %s from you' % secret})
        log = fails(rig, 77, 'refused')
        assert 'I got' not in log


def test_a_token_server_that_is_not_there_is_unavailable(rig, tokend):
    mailbox(rig, tokend, token_url='http://127.0.0.1:1/token')
    fails(rig, 69, 'no token from 127.0.0.1', 'cannot reach it')


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
