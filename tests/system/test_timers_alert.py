# SPDX-License-Identifier: BSD-2-Clause
"""ruad-alert.service under a real systemd, with the hooks that come with it:
what they are told, what arrives, and what is tried again."""

import json
import os

import pytest

from ctl import FAIL
from receivers import HttpHandler, Receiver
from test_systemd import booted         # noqa: F401
from test_timers import host, mail      # noqa: F401
from test_timers import DB, TODAY, parsed, today

# pylint: disable=redefined-outer-name

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')
UNIT = 'ruad-alert.service'
HOOKS = '/usr/local/libexec/ruad/hooks/'
ALERT_D = '/etc/ruad/alert.d/'
STATE = '/var/lib/ruad-alert/state'
SECRET = '/hook/s3cr3t'


@pytest.fixture
def web():
    one = Receiver(HttpHandler)
    yield one
    one.close()


@pytest.fixture
def fails(host):
    """A database with a mailbox whose name and error need care."""
    host.store(today([('192.0.2.1', 5, FAIL)]))
    change(host, "INSERT INTO mailbox (name, server, username, folder, active,"
           " last_ok_ts, last_error, last_error_class) VALUES"
           " ('own \"box\"', 'h', 'u', 'INBOX', 1, %d, 'no \\ \"ü\" \"text\":\"x',"
           " 'permission')" % (TODAY - 7 * 86400))
    return host


def change(host, sql):
    host.machine.must('runuser', '-u', 'ruad', '--', 'sqlite3', DB, sql)


def choose(host, *hooks):
    for name in hooks:
        host.machine.must('ln', '-s', HOOKS + name, ALERT_D)


def events(host):
    """What is to be told now, by another state, which is thrown away."""
    text = host.ruactl('alerts', '--state=/var/lib/ruad/other',
                       '--format=jsonl')
    host.machine.must('sh', '-c', 'rm /var/lib/ruad/other*')
    return [json.loads(line) for line in text.splitlines()]


def timeless(event):
    return {key: value for key, value in event.items() if key != 'time'}


def test_nothing_is_told_where_no_hook_was_chosen(fails):
    fails.start(UNIT)
    assert os.listdir(fails.machine.path('/etc/ruad/alert.d')) == []
    assert os.path.getsize(fails.machine.path(STATE)) > 0


def test_an_alert_comes_by_mail_once(fails, mail):
    choose(fails, 'mail')
    want, = events(fails)
    assert want['event'] == 'mailbox_failing' and '"ü"' in want['text']
    fails.start(UNIT)
    one, = mail.got
    message = parsed(one.data)
    assert message['Subject'] == fails.name + ': DMARC, 1 new'
    assert message['To'] == 'root@localhost'
    assert message.get_content() == (
        'New:\n! %s\n  %s\n\n"ruactl" on %s knows more.\n' % (
            want['text'], want['command'], fails.name))
    fails.start(UNIT)
    assert len(mail.got) == 1


def daily(host, first, last):
    """Reports of each day, so many days ago."""
    change(host, 'BEGIN; %s COMMIT' % ' '.join(
        "INSERT INTO report (org_name, external_id, begin_ts, end_ts, day,"
        " domain, reporter, content_sha256, imported_ts) VALUES ('Daily \\ "
        "\"Mail\"', '%d', %d, %d, %d, 'example.org', 'd', randomblob(32), %d);"
        % (ago, day, day + 86399, day, day)
        for ago in range(first, last - 1, -1)
        for day in [TODAY - ago * 86400]))


def test_what_is_over_comes_by_mail_too(host, mail):
    host.store(today([('192.0.2.1', 5, FAIL)]))
    daily(host, 25, 6)
    choose(host, 'mail')
    want, = events(host)
    assert (want['event'], want['state']) == ('silent_reporter', 'on')
    host.start(UNIT)
    daily(host, 1, 1)
    host.start(UNIT)
    began, ended = [parsed(one.data) for one in mail.got]
    assert want['text'] in began.get_content()
    assert ended['Subject'] == host.name + ': DMARC, 1 over'
    assert ended.get_content().startswith(
        'Over:\n- Daily \\ "Mail": reports again\n\n')


def test_a_program_that_is_missing_is_told_and_tried_again(fails, mail):
    choose(fails, 'mail')
    fails.drop_in(UNIT, 'Environment=RUAD_SENDMAIL=/usr/sbin/none')
    fails.start(UNIT, 75)
    said = fails.said(UNIT)
    assert any('cannot run /usr/sbin/none, which RUAD_SENDMAIL names' in line
               for line in said), said
    assert any('alert.d/mail exited with 69' in line for line in said), said
    fails.drop_in(UNIT)
    fails.start(UNIT)
    assert len(mail.got) == 1


def test_a_webhook_gets_each_event_as_it_is(fails, web):
    fails.example('webhook.conf', UNIT)
    fails.machine.write('/etc/ruad/webhook.curl', (
        'url = "http://127.0.0.1:%d%s"\nheader = "Authorization: Bearer x y"\n'
        % (web.port, SECRET)), 0o600)
    fails.machine.write('/var/tmp/bad.xml', '<feedback><report_metadata>')
    fails.machine.run('runuser', '-u', 'ruad', '--', '/usr/local/bin/ruactl',
                      'import', '/var/tmp/bad.xml')
    choose(fails, 'webhook')
    want = events(fails)
    assert {one['event'] for one in want} == {
        'mailbox_failing', 'unreadable_messages'}
    fails.start(UNIT)
    for path, headers, _ in web.got:
        assert path == SECRET
        assert headers['Content-Type'] == 'application/json'
        assert headers['Authorization'] == 'Bearer x y'
    told = [json.loads(body) for _, _, body in web.got]
    for one in told + want:
        if one['event'] == 'unreadable_messages':
            one.pop('since')        # now
    assert [timeless(one) for one in told] == [timeless(one) for one in want]
    # Nobody saw where they went.
    assert any('--json' in line for line in web.server.seen)
    assert not [line for line in web.server.seen if SECRET in line]
    fails.start(UNIT)
    assert len(web.got) == 2


def test_a_webhook_that_is_down_is_tried_again_and_it_alone(fails, web, mail):
    fails.example('webhook.conf', UNIT)
    fails.machine.write('/etc/ruad/webhook.curl', (
        'url = "http://127.0.0.1:%d/"\n' % web.port), 0o600)
    choose(fails, 'webhook', 'mail')
    web.server.refuses = True
    for _ in range(2):
        fails.start(UNIT, 75)
    said = fails.said(UNIT)
    assert any('webhook: the server did not take an event' in line
               for line in said), said
    assert len(web.server.asked) == 2 and not web.got
    assert len(mail.got) == 1
    web.server.refuses = False
    fails.start(UNIT)
    fails.start(UNIT)
    assert (len(web.got), len(mail.got)) == (1, 1)


def test_without_its_credential_a_webhook_says_so(fails):
    choose(fails, 'webhook')
    fails.start(UNIT, 75)
    said = fails.said(UNIT)
    assert any('there is no credential "webhook"' in line
               for line in said), said


def test_syslog_gets_a_line_for_each_event(fails):
    fails.machine.must('systemctl', 'start', 'systemd-journald-dev-log.socket')
    choose(fails, 'syslog')
    want, = events(fails)
    fails.start(UNIT)
    one, = [entry for entry in fails.machine.journal(
        'SYSLOG_IDENTIFIER=ruad-alert') if int(
            entry['__REALTIME_TIMESTAMP']) >= fails.since]
    assert one['MESSAGE'] == '%s (%s)' % (want['text'], want['command'])
    assert (one['PRIORITY'], one['SYSLOG_FACILITY']) == ('4', '2')


def test_a_hook_needs_no_right_and_has_none(fails):
    fails.machine.write(ALERT_D + 'who', (
        '#!/bin/sh\nexec 2>/dev/null\nid -un; id -Gn\n'
        'cat /etc/ruad/ruad.conf && echo read\n'
        'echo >/var/lib/ruad/x && echo wrote\n'
        'ruactl reports --format=csv | wc -l\n'
        'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status\n'), 0o755)
    fails.start(UNIT)
    # Its other group has no name in there; the journal has the event, too.
    assert sorted(' '.join(line.split()) for line in fails.said(UNIT)[2:]) == [
        '2', 'CapBnd: 0000000000000000', 'CapEff: 0000000000000000',
        'NoNewPrivs: 1', 'ruad-alert', 'ruad-alert nogroup']
    # Who is no longer trusted runs nothing.
    fails.machine.must('chmod', '777', ALERT_D + 'who')
    fails.start(UNIT, 78)
