# SPDX-License-Identifier: BSD-2-Clause
"""ruad -t -m NAME: each step and what it finds; where it fails and what to
do.  It changes nothing."""

import re
import sqlite3

import pytest

import certs
import gen
import rig as rigs
from dovecot import PASSWORD, free_ports

STEPS = ['secret', 'name', 'TCP', 'TLS', 'server', 'login', 'server',
         'folder', 'folder', 'folder']


def probe(rig, code):
    result = rig.run('-t', '-m', 'own')
    assert result.code == code, result.out + result.log
    return result


def steps(result):
    return re.findall(r'^own: (\w+) ', result.out, re.M)


def failed(rig, code, step, *words):
    """It stops at this step, says why, and what can be done."""
    rig.check_rows = False
    result = probe(rig, code)
    lines = [line for line in result.lines if ': warning: ' not in line]
    assert lines[0].startswith('own: failed at %s: ' % step)
    assert len(lines) <= 2, result.log
    for word in words:
        assert word in result.log, result.log
    assert 'own: OK' not in result.out
    return result


def test_every_step_says_what_it_finds(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('probe', 3), stored=False)
    rig.server.make_folder(m.user, 'Failed')
    rig.check_rows = False
    result = probe(rig, 0)
    assert steps(result) == STEPS
    assert result.out.endswith('own: OK\n')
    assert not result.log
    for words in ('secret  the password was found',
                  'name    localhost is ', '127.0.0.1',
                  ' port %d answers after ' % m.server.tls_port,
                  'TLS1.3, certificate for imap.test, localhost, 127.0.0.1,'
                  ' issued by CN=ruad tests: ca, until 2045-01-01 (',
                  'offers AUTH=SCRAM-SHA-256, AUTH=PLAIN',
                  'logged in as ' + m.user + ' by SCRAM-SHA-256',
                  'MOVE, UIDPLUS, IDLE, NAMESPACE',
                  'INBOX contains 3 messages',
                  'Archive does not exist and will be created',
                  'Failed exists'):
        assert words in result.out
    assert 'WARNING' not in result.out


def test_nothing_is_changed(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(gen.mail('look', 0), stored=False)
    rig.check_rows = False
    probe(rig, 0)
    assert set(server.names()) <= {
        'CAPABILITY', 'AUTHENTICATE', 'NAMESPACE', 'LIST', 'SELECT',
        'LOGOUT'}
    assert m.counts() == {'INBOX': 1}
    with pytest.raises(sqlite3.OperationalError):
        rig.query('SELECT 1')


def test_a_certificate_that_ends_soon_is_a_warning(rig):
    rig.mailbox(host=certs.OF['soon'])
    result = probe(rig, 0)
    assert 'TLS     WARNING: the certificate expires in 5 days' in result.out
    assert 'own: OK' in result.out


def test_an_address_that_does_not_answer_is_a_warning(rig):
    """localhost is ::1 first, where no Dovecot of ours listens."""
    rig.mailbox()
    result = probe(rig, 0)
    if '::1' in result.out:
        assert re.search('TCP     WARNING: ::1: Connection refused',
                         result.out)


def test_a_server_that_can_neither_move_nor_expunge_is_a_warning(rig, fake):
    server = fake(capability='IMAP4rev1 AUTH=PLAIN SASL-IR')
    rig.mailbox(server=server, user='rua')
    assert 'WARNING: the server can neither MOVE nor' in probe(rig, 0).out


def test_starttls_has_its_steps_in_its_order(rig, fake):
    server = fake(tls='starttls',
                  capability='IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR')
    rig.mailbox(server=server, user='rua', host='127.0.0.1', tls='starttls')
    assert steps(probe(rig, 0))[:6] == [
        'secret', 'name', 'TCP', 'TLS', 'server', 'login']


def test_a_password_that_is_not_there(rig):
    rig.mailbox(password_file=rig.path('nothing'))
    failed(rig, 77, 'secret', 'nothing', 'No such file')


def test_a_name_that_does_not_exist(rig):
    rig.mailbox(host='imap.invalid')
    result = failed(rig, 69, 'name', 'imap.invalid', 'getent ahosts')
    assert steps(result) == ['secret']


def test_a_port_where_nobody_listens(rig):
    port = free_ports(1)
    rig.mailbox(port=port)
    result = failed(rig, 69, 'TCP', 'port %d: Connection refused' % port,
                    'firewall')
    assert steps(result) == ['secret', 'name']


@pytest.mark.parametrize('cert,why', [
    ('wrongname', 'is for other.test, not for'),
    ('expired', 'expired on 2021-01-01'),
    ('selfsigned', 'untrusted authority'),
    ('otherca', 'untrusted authority')])
def test_a_bad_certificate(rig, cert, why):
    m = rig.mailbox(host=certs.OF[cert])
    before = rig.server.auth_requests()
    result = failed(rig, 77, 'TLS', why, 'openssl s_client -connect %s:%d' % (
        certs.OF[cert], m.server.tls_port))
    assert steps(result) == ['secret', 'name', 'TCP']
    assert rig.server.auth_requests() == before


def test_a_port_that_does_not_speak_tls(rig):
    rig.mailbox(port=rig.server.port)
    failed(rig, 77, 'TLS', 'does not speak TLS')


def test_starttls_that_somebody_takes_away(rig, fake):
    server = fake(tls='starttls', capability='IMAP4rev1 AUTH=PLAIN SASL-IR')

    def stripped(session, tag, _):
        session.send('%s BAD what?\r\n' % tag)
        return True

    server.hooks['STARTTLS'] = stripped
    rig.mailbox(server=server, user='rua', host='127.0.0.1', tls='starttls')
    failed(rig, 77, 'TLS', 'openssl s_client', '-starttls imap')
    assert PASSWORD.encode() not in server.received


def test_a_server_that_is_none_of_imap(rig, fake):
    rig.mailbox(server=fake(greeting='220 smtp.test ESMTP'), user='rua')
    failed(rig, 69, 'server', 'is this the IMAP port')


def test_a_wrong_password(rig):
    rig.mailbox(password_file=rig.write('wrong.pass', 'sesame\n'))
    result = failed(rig, 77, 'login', 'refused the login', 'app password')
    assert 'sesame' not in result.log + result.out


def test_a_login_that_is_refused_for_now_is_nobodys_fault(rig, fake):
    server = fake()

    def busy(session, tag, _):
        session.send('%s NO [UNAVAILABLE] try again later\r\n' % tag)
        return True

    server.hooks['AUTHENTICATE'] = busy
    rig.mailbox(server=server, user='rua')
    assert len(failed(rig, 75, 'login', 'try again later').lines) == 1


def test_a_folder_that_is_not_there(rig):
    m = rig.mailbox(folder='Reports/DMARC')
    m.deliver(stored=False)
    failed(rig, 78, 'folder', 'Reports/DMARC', '"/" between levels')


def test_a_server_cannot_forge_a_step(rig, fake):
    def forged(session, tag, _):
        session.send('%s NO \x1b[2Jgone\r\n' % tag)
        return True

    server = fake()
    server.hooks['AUTHENTICATE'] = forged
    rig.mailbox(server=server, user='rua')
    result = failed(rig, 77, 'login')
    assert '\x1b' not in result.log + result.out
