# SPDX-License-Identifier: BSD-2-Clause
"""ruad as a service: signals, reloads, intervals."""

import re
import signal
import time

import pytest

import gen
import rig as rigs
from patience import wait_until


def test_mail_that_arrives_later_is_collected_at_the_next_poll(rig):
    m = rig.mailbox(interval='1s')
    m.deliver(*rigs.reports('later', 2))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 2})
    m.deliver(*rigs.reports('later', 2, first=2))
    wait_until(lambda: m.counts() == {'Archive': 4})
    assert d.stop() == 0


def test_sigusr1_polls_now(rig):
    m = rig.mailbox(interval='1h', idle=False)
    m.deliver(gen.mail('usr1', 0))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 1})
    m.deliver(gen.mail('usr1', 1))
    d.signal(signal.SIGUSR1)
    wait_until(lambda: m.counts() == {'Archive': 2})
    assert d.stop() == 0


def test_verbose_says_where_the_time_went(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('timeline', 50, records=40))
    start = time.monotonic()
    text = rig.once().log
    total = (time.monotonic() - start) * 1000
    said = re.search(
        r'own: took: fetch (\d+) ms, store (\d+), file (\d+), waiting for'
        r' ruad-parse (\d+), other (\d+); parse (\d+) meanwhile', text)
    fetch, store, file, wait, other, parse = map(int, said.groups())
    assert 0 < fetch + store + file + wait + other <= total
    assert store > 0 and file > 0 and parse > 0
    # Nothing came: nothing is said.
    assert 'took' not in rig.once().log


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_it_stops_and_leaves_no_process(rig, number):
    m = rig.mailbox()
    m.deliver(*rigs.reports('stop', 300, records=20))
    d = rig.start()
    wait_until(lambda: rigs.children(d.pid))
    family = [pid for pid, _ in rigs.children(d.pid)]
    d.signal(number)
    assert d.wait() == 0
    for pid in family:
        wait_until(lambda pid=pid: not alive(pid))
    rig.once()
    assert m.counts() == {'Archive': 300}


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid, encoding='ascii') as f:
            return f.read().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def test_sighup_takes_a_new_mailbox_without_a_restart(rig):
    one = rig.mailbox('one', interval='1h')
    one.deliver(gen.mail('hup', 0))
    d = rig.start()
    wait_until(lambda: one.counts() == {'Archive': 1})
    two = rig.mailbox('two', interval='1h')
    two.deliver(gen.mail('hup', 1))
    rig.write_config()
    d.signal(signal.SIGHUP)
    wait_until(lambda: two.counts() == {'Archive': 1})
    rig.mailboxes.remove(one)
    rig.write_config()
    d.signal(signal.SIGHUP)
    wait_until(lambda: rig.query('SELECT name, active FROM mailbox'
                                 ' ORDER BY name') == [('one', 0), ('two', 1)])
    assert d.stop() == 0


def test_sighup_with_a_bad_config_keeps_the_old_one(rig):
    m = rig.mailbox(interval='1s')
    m.deliver(gen.mail('bad', 0))
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 1})
    rig.write('ruad.conf', rig.config().replace('host', 'hots'))
    d.signal(signal.SIGHUP)
    d.wait_for('hots')
    m.deliver(gen.mail('bad', 1))
    wait_until(lambda: m.counts() == {'Archive': 2})
    assert d.stop() == 0


def test_two_at_once_on_one_database_count_nothing_twice(rig):
    m = rig.mailbox()
    mails = rigs.reports('two', 300)
    m.deliver(*mails)
    first, second = rig.start('-1'), rig.start('-1')
    codes = {first.wait(), second.wait()}
    assert codes <= {0, 75}, rigs.tail(first.lines) + rigs.tail(second.lines)
    rig.once()
    assert m.holds('Archive', *mails)


def test_a_server_that_is_away_is_tried_again(rig, special_dovecot):
    server = special_dovecot()
    m = rig.mailbox(server=server, interval='1s')
    server.halt()
    d = rig.start()
    line = d.wait_for('own: ')
    assert 'localhost' in line
    m.deliver(gen.mail('away', 0))
    server.start()
    d.signal(signal.SIGUSR1)
    wait_until(lambda: m.counts() == {'Archive': 1})
    assert d.stop() == 0


def test_every_line_of_the_log_says_which_mailbox(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('log', 3))
    result = rig.once()
    assert result.lines
    for line in result.lines:
        assert line.startswith(('own: ', 'ruad: ')), line


def test_foreign_text_cannot_forge_a_log_line(rig):
    m = rig.mailbox()
    mail = gen.mail('forge', 0, reporter=gen.BY_BOX['xml'][0])
    head, _, body = mail.data.partition(b'\r\n\r\n')
    evil = head.replace(
        b'Subject: ', b'Subject: =?utf-8?B?CmV2aWw6IHVpZCAxOiBbMzFt?= ')
    m.deliver(evil + b'\r\n\r\n' + body, gen.plain_mail(
        'x', '=?utf-8?Q?a=0Aown:_uid_9:_stored_=1B[31m?=', 'hello'))
    rig.reports.append(mail.report)
    result = rig.once()
    assert '\x1b' not in result.log
    assert not [x for x in result.lines if not x.startswith(('own', 'ruad'))]


def test_what_does_not_mend_itself_becomes_an_error(rig):
    """Though the same error is not said again so soon."""
    rig.mailbox(port=1)
    rig.check_rows = False
    d = rig.start()
    for n in range(1, 5):
        wait_until(lambda n=n: d.count('cannot connect') == n)
        assert not d.count('polls in a row failed')
        d.signal(signal.SIGUSR1)
    assert 'own: 5 polls in a row failed' in d.wait_for('polls in a row')
    assert d.stop() == 0
