# SPDX-License-Identifier: BSD-2-Clause
"""What a server says to people, and what it leaves out, is told."""

import pytest

import rig as rigs
from dovecot import PASSWORD

URL = 'https://accounts.example.com/signin/continue?sarp=1'


@pytest.fixture
def scene(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    return server, m


def lines(result, words):
    return [line for line in result.lines if words in line]


def test_the_address_of_a_webalert_is_shown(rig, scene):
    server, _ = scene
    rig.check_rows = False

    def web(session, tag, _):
        session.send('* NO [WEBALERT %s] Web login required.\r\n'
                     '%s NO [ALERT] Please log in via your web browser\r\n'
                     % (URL, tag))
        return True

    server.hooks['AUTHENTICATE'] = web
    result = rig.run('-1')
    assert result.code == 77
    assert result.log.count(URL) == 1
    assert 'Please log in via your web browser' in result.log
    assert URL in rig.run('-t', '-m', 'own').log


@pytest.mark.parametrize('where', ['untagged', 'login', 'select'])
def test_an_alert_is_said_once(rig, scene, where):
    server, m = scene

    def alert(session, tag, rest):
        words = '[ALERT] Maintenance on Sunday'
        if where == 'login':
            session.ok(tag, words)
            return True
        session.send('* OK %s\r\n' % words)
        return False

    server.hooks['SELECT' if where == 'select' else 'AUTHENTICATE'] = alert
    probe = rig.run('-t', '-m', 'own')
    if where != 'select':
        assert 'WARNING: Maintenance on Sunday' in probe.out
    m.deliver(*rigs.reports('alert', 1))
    first = rig.once()
    assert len(lines(first, 'localhost has a message for you: '
                     'Maintenance on Sunday')) == 1
    assert not lines(rig.once(), 'Maintenance')
    assert rig.query('SELECT alert FROM mailbox') == [
        ('Maintenance on Sunday',)]


@pytest.mark.parametrize('code', [0, 77])
def test_an_alert_with_the_password_in_it_is_not_shown(rig, scene, code):
    server, _ = scene
    rig.check_rows = False

    def repeat(session, tag, rest):
        session.send('* OK [ALERT] you said %s\r\n' % PASSWORD)
        if code:
            session.send(tag + ' NO [AUTHENTICATIONFAILED] no\r\n')
        return bool(code)

    server.hooks['AUTHENTICATE'] = repeat
    result = rig.once('-v', code=code)
    assert 'you said' not in result.log


def test_bandwidth_limits_pass(rig, scene):
    """Gmail's, at the login: no fault of the password, and not for minutes."""
    server, m = scene

    def limit(session, tag, _):
        session.send('%s NO Account exceeded command or bandwidth limits. '
                     '(Failure)\r\n' % tag)
        return True

    server.hooks['AUTHENTICATE'] = limit
    m.options['interval'] = '1s'
    d = rig.start()
    line = d.wait_for('next try')
    d.stop()
    seconds = [int(w) for w in line.replace(',', ' ').split() if w.isdigit()]
    assert seconds and 7200 <= seconds[-1] <= 8000
    assert rig.run('-1').code == 75
    server.hooks.clear()
    m.deliver(*rigs.reports('limit', 1))
    rig.once()


def test_without_uidvalidity_it_says_what_works(rig, scene):
    server, m = scene
    m.deliver(*rigs.reports('validity', 2))

    def none(session, tag, rest):
        session.selected = server.folders['INBOX']
        session.send('* 2 EXISTS\r\n')
        session.ok(tag, '[READ-WRITE] done')
        return True

    server.hooks['SELECT'] = none
    result = rig.run('-1')
    assert result.code == 69
    for words in 'no UIDVALIDITY', 'RFC 3501', 'ruactl import':
        assert words in result.log
    server.hooks.clear()
    rig.once()


@pytest.mark.parametrize('value', [1, 2 ** 31, 2 ** 32 - 1])
def test_every_uidvalidity_is_legal(rig, scene, value):
    server, m = scene
    server.uidvalidity = value
    mails = rigs.reports('value', 3)
    m.deliver(*mails)
    rig.once()
    m.deliver(*rigs.reports('value', 1, first=3))
    rig.once()
    assert rig.query('SELECT DISTINCT uidvalidity FROM message') == [(value,)]
    assert rig.statuses() == {'stored': 4}
