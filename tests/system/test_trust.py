# SPDX-License-Identifier: BSD-2-Clause
"""No credential reaches a server that has not proven to be the one."""

import base64
import re
import time

import pytest

import certs
import gen
import rig as rigs
from dovecot import PASSWORD


def said_nothing_secret(data):
    words = data.upper()
    return b'LOGIN' not in words and b'AUTHENTICATE' not in words and \
        PASSWORD.encode() not in data and \
        base64.b64encode(b'\0rua\0' + PASSWORD.encode()) not in data


def refused(rig, m, code=77):
    """The poll fails for good, at the server's identity."""
    m.deliver(gen.mail('trust', 0), stored=False)
    rig.check_rows = False
    before = rig.server.auth_requests()
    result = rig.run('-1', '-v')
    assert result.code == code, result.log
    assert rig.server.auth_requests() == before
    assert m.counts() == {'INBOX': 1}
    return result.log


@pytest.mark.parametrize('tls', ['implicit', 'starttls'])
@pytest.mark.parametrize('fault', [
    'wrongname', 'selfsigned', 'otherca', 'expired', 'client'])
def test_a_server_with_a_bad_certificate_never_sees_a_login(rig, tls, fault):
    port = rig.server.tls_port if tls == 'implicit' else rig.server.port
    m = rig.mailbox(host=certs.OF[fault], port=port, tls=tls)
    log = refused(rig, m)
    word = {'wrongname': 'not for', 'expired': 'expired',
            'client': 'serverAuth'}.get(fault, 'issuer|sign|trust|CA')
    assert any(w in log for w in word.split('|')), log


@pytest.mark.parametrize('tls', ['implicit', 'starttls'])
@pytest.mark.parametrize('fault', [
    'wrongname', 'selfsigned', 'otherca', 'expired', 'client'])
def test_a_bad_certificate_gets_not_one_byte_of_credentials(
        rig, fake, tls, fault):
    server = fake(tls=tls, cert=fault, greeting=None,
                  capability='IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR')
    m = rig.mailbox(server=server, user='rua', host='127.0.0.1', tls=tls)
    rig.check_rows = False
    assert rig.run('-1', '-v').code == 77
    assert server.sessions, 'nobody came'
    assert not server.logins
    assert said_nothing_secret(server.received)


def test_a_common_name_is_no_name_of_a_host(rig, fake):
    server = fake(cert='commonname')
    m = rig.mailbox(server=server, user='rua', host='localhost')
    rig.check_rows = False
    result = rig.run('-1', '-v')
    assert result.code == 77
    assert 'no subject alternative name' in result.log
    assert server.sessions and not server.logins
    assert said_nothing_secret(server.received)
    server.cert = 'good'                # which is for localhost, too
    m.deliver(gen.mail('common', 0))
    rig.check_rows = True
    rig.once()


def test_the_systems_authorities_do_not_vouch_for_our_server(rig):
    refused(rig, rig.mailbox(ca_file=None))


def test_the_name_must_be_the_one_asked_for(rig):
    m = rig.mailbox(host='127.0.0.1')           # the address is in the name
    m.deliver(gen.mail('name', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}


def test_a_certificate_that_says_nothing_of_a_purpose_is_for_servers_too(rig):
    m = rig.mailbox(host=certs.OF['anypurpose'])
    m.deliver(gen.mail('purpose', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}


def test_a_selfsigned_certificate_that_is_named_is_trusted(rig):
    m = rig.mailbox(host=certs.OF['selfsigned'],
                    ca_file=rig.server.certs + '/selfsigned.crt')
    m.deliver(gen.mail('self', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}


def test_the_pinned_key_is_asked_for_besides_a_good_certificate(rig):
    good = certs.pin(rig.server.certs, 'good')
    m = rig.mailbox(pin_sha256=good)
    m.deliver(gen.mail('pin', 0))
    rig.once()
    assert m.counts() == {'Archive': 1}
    rig.mailboxes.clear()
    refused(rig, rig.mailbox('other', pin_sha256=certs.pin(
        rig.server.certs, 'expired')))
    rig.mailboxes.clear()
    refused(rig, rig.mailbox('self', host=certs.OF['selfsigned'],
                             pin_sha256=certs.pin(rig.server.certs,
                                                  'selfsigned')))


def stripped(session, tag, _):
    session.send('%s NO not today\r\n' % tag)
    return True


def injected(session, tag, _):
    session.send('%s OK begin\r\n* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] evil'
                 '\r\n2 OK evil\r\n3 OK evil\r\n' % tag)
    session.secure()
    return True


@pytest.mark.parametrize('hook', [stripped, injected])
def test_starttls_refused_or_injected_ends_the_session(rig, fake, hook):
    server = fake(tls='starttls',
                  capability='IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR')
    server.hooks['STARTTLS'] = hook
    rig.mailbox(server=server, user='rua', host='127.0.0.1', tls='starttls')
    rig.check_rows = False
    assert rig.run('-1', '-v').code != 0
    assert said_nothing_secret(server.received)


def test_starttls_that_is_not_offered_ends_the_session(rig, fake):
    server = fake(tls='starttls',
                  capability='IMAP4rev1 AUTH=PLAIN SASL-IR')
    server.hooks['STARTTLS'] = stripped
    rig.mailbox(server=server, user='rua', host='127.0.0.1', tls='starttls')
    rig.check_rows = False
    assert rig.run('-1', '-v').code != 0
    assert said_nothing_secret(server.received)


@pytest.mark.parametrize('tls', ['implicit', 'starttls'])
def test_a_session_that_is_open_before_the_login_is_refused(rig, fake, tls):
    server = fake(tls=tls,
                  greeting='* PREAUTH [CAPABILITY IMAP4rev1 MOVE] come in')
    server.hooks['STARTTLS'] = stripped
    m = rig.mailbox(server=server, user='rua', host='127.0.0.1', tls=tls)
    m.deliver(gen.mail('preauth', 0), stored=False)
    rig.check_rows = False
    assert rig.run('-1', '-v').code != 0
    assert said_nothing_secret(server.received)
    assert 'SELECT' not in server.names()


def test_capabilities_from_before_tls_are_forgotten(rig, fake):
    """LOGINDISABLED and the mechanisms count as said inside TLS only."""
    server = fake(tls='starttls',
                  capability='IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR UIDPLUS')
    m = rig.mailbox(server=server, user='rua', host='127.0.0.1',
                    tls='starttls')
    m.deliver(gen.mail('caps', 0))
    rig.once()
    names = server.names()
    first = names.index('STARTTLS')
    assert 'CAPABILITY' in names[first + 1:first + 2]
    assert m.counts() == {'Archive': 1} and 'UID EXPUNGE' in names


def test_a_plain_connection_to_another_machine_is_a_config_error(rig):
    rig.mailbox(host='imap.example.net', tls='none')
    rig.check_rows = False
    assert rig.run('-t').code == 78
    assert rig.run('-1').code == 78


def test_a_wrong_password_is_tried_once_and_said(rig):
    path = rig.write('wrong.pass', 'sesame\n')
    m = rig.mailbox(password_file=path)
    m.deliver(gen.mail('wrong', 0), stored=False)
    rig.check_rows = False
    result = rig.run('-1', '-v')
    assert result.code == 77
    assert m.name + ': ' in result.log and 'sesame' not in result.log
    assert rig.server.login_attempts(m.user) == 1
    assert rig.query('SELECT last_error IS NOT NULL, last_ok_ts'
                     ' FROM mailbox') == [(1, None)]


def test_the_daemon_backs_off_after_a_wrong_password(rig):
    path = rig.write('wrong.pass', 'sesame\n')
    m = rig.mailbox(password_file=path, interval='1s')
    m.deliver(gen.mail('backoff', 0), stored=False)
    rig.check_rows = False
    d = rig.start()
    line = d.wait_for('next try in')
    assert int(re.search(r'in (\d+) s', line)[1]) >= 300
    time.sleep(2)
    assert 1 <= rig.server.login_attempts(m.user) <= 2
    assert d.stop() == 0


def test_one_bad_mailbox_does_not_stop_the_other(rig):
    bad = rig.mailbox('bad', host=certs.OF['expired'])
    good = rig.mailbox('good')
    bad.deliver(gen.mail('bad', 0), stored=False)
    good.deliver(*rigs.reports('good', 3))
    assert rig.run('-1', '-v').code == 77
    assert good.counts() == {'Archive': 3}
    assert bad.counts() == {'INBOX': 1}


@pytest.mark.parametrize('how', ['file readable by others', 'missing file',
                                 'command that fails'])
def test_a_secret_that_cannot_be_had_is_no_crash(rig, how):
    before = rig.server.auth_requests()
    if how == 'file readable by others':
        m = rig.mailbox(password_file=rig.write('open.pass', 'x\n', 0o644))
    elif how == 'missing file':
        m = rig.mailbox(password_file=rig.path('nothing'))
    else:
        m = rig.mailbox(password_file=None, password_command=['/bin/false'])
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code in (77, 78), result.log
    assert m.name in result.log
    assert rig.server.auth_requests() == before


def test_a_password_may_come_from_a_command_or_a_credential(rig):
    one = rig.mailbox('one', password_file=None,
                      password_command=['/bin/cat', rig.password_file])
    one.deliver(gen.mail('command', 0))
    two = rig.mailbox('two', password_file=None,
                      password_credential='own.pass')
    two.deliver(gen.mail('credential', 0))
    ordinary = rig.environment
    rig.environment = lambda: {**ordinary(), 'CREDENTIALS_DIRECTORY': rig.dir}
    rig.once()
    assert one.counts() == two.counts() == {'Archive': 1}


def test_a_credential_that_systemd_does_not_give_is_an_error(rig):
    rig.mailbox(password_file=None, password_credential='own.pass')
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code == 77
    assert 'LoadCredential=own.pass:FILE' in result.log


def test_the_password_is_in_no_argument_and_no_environment(rig, fake):
    server = fake()
    seen = []

    def look(session, tag, _):
        seen.extend(everything_about(d.pid))
        return False

    server.hooks['UID FETCH'] = look
    rig.mailbox(server=server, user='rua').deliver(gen.mail('argv', 0))
    d = rig.start('-1')
    assert d.wait() == 0
    assert len(seen) > 1
    for text in seen:
        assert PASSWORD.encode() not in text


def everything_about(pid):
    found = []
    for what in ('cmdline', 'environ'):
        try:
            with open('/proc/%d/%s' % (pid, what), 'rb') as f:
                found.append(f.read())
        except PermissionError:
            assert what == 'environ'    # which is only root's to read
    for child, _ in rigs.children(pid):
        found += everything_about(child)
    return found


@pytest.mark.parametrize('cert,words', [
    ('nochain', 'is signed by CN=ruad tests: between, an intermediate authority'
     ' whose certificate is missing'),
    ('nochain-private', 'CN=ruad tests: between, whose certificate is missing;'
     ' if it is an intermediate authority'),
    ('otherchain', 'untrusted authority (according to the configured ca_file):'
     ' CN=ruad tests: unknown')])
def test_whose_certificate_is_missing_is_said(rig, fake, cert, words):
    rig.mailbox(server=fake(cert=cert), user='rua')
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code == 77
    assert words in result.log
    assert ('is missing' in result.log) == (cert != 'otherchain')


def test_a_whole_chain_is_trusted(rig, fake):
    rig.mailbox(server=fake(cert='chain'), user='rua')
    rig.check_rows = False
    rig.once()
