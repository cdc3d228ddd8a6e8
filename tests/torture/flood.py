# SPDX-License-Identifier: BSD-2-Clause
"""A mailbox with very many small report mails, filled in seconds."""

import imaplib
import os
import signal
import socket
import sqlite3
import time

import gen
import rig as rigs
from dovecot import PASSWORD
from patience import PATIENCE, wait_until
from sampler import Sampler

# What Dovecot is to be: fast, and not slower the larger the mailbox is.
OPTIONS = {'location': 'sdbox:~/sdbox', 'extra': 'mail_fsync = never\n'}
STEP = 1000
MARK = b'REPORTNUMBER'


def template():
    """One mail of about 1.5 kB with a mark where its number goes."""
    report = gen.mail('flood', 0, 1).report._replace(
        external_id=MARK.decode())
    text = gen.xml(report, gen.PLAIN)
    text = text.encode() if isinstance(text, str) else text
    head = ('From: reports@example.net\r\nTo: rua@example.org\r\n'
            'Subject: Report\r\nMessage-ID: <%s@example.net>\r\n'
            'Date: Mon, 01 Jan 2024 12:00:00 +0000\r\nMIME-Version: 1.0\r\n'
            'Content-Type: text/xml\r\n\r\n' % MARK.decode())
    return head.encode() + text.replace(b'\r\n', b'\n').replace(
        b'\n', b'\r\n') + b'\r\n'


def fill(server, user, first, count):
    """Mails number first to first + count - 1, into INBOX."""
    mail = template()
    with socket.create_connection(('127.0.0.1', server.port)) as s:
        lines = s.makefile('rb')
        lines.readline()

        def command(data):
            s.sendall(b'a ' + data + b'\r\n')
            for line in lines:
                if line.startswith(b'a '):
                    assert line.startswith(b'a OK'), line
                    return

        command(('LOGIN %s %s' % (user, PASSWORD)).encode())
        for start in range(first, first + count, STEP):
            text = [b'APPEND INBOX']
            for i in range(start, min(start + STEP, first + count)):
                data = mail.replace(MARK, b'%012d' % i)
                text.append(b' {%d+}\r\n' % len(data) + data)
            command(b''.join(text))
        command(b'LOGOUT')


def counts(server, user, *folders):
    """How many mails each of these folders holds."""
    with imaplib.IMAP4('127.0.0.1', server.port) as session:
        session.login(user, PASSWORD)
        found = []
        for folder in folders:
            ok, data = session.select(folder, readonly=True)
            found.append(int(data[0]) if ok == 'OK' else 0)
        return found


# --- what is done with it ------------------------------------------------------

def poll(rig, sampler, limit=64):
    """Everything once, no process above the limit (MB); {role: CPU s}."""
    d = rig.start('-1')
    sampler.start(d.pid)
    code = d.wait(12 * PATIENCE)
    sampler.stop()
    assert code == 0, '\n'.join(d.lines[-20:])
    found = sampler.summary()
    assert all(0 < peak < limit for _, peak, _ in found.values()), found
    return {role: cpu for role, (_, _, cpu) in found.items()}


def all_stored(rig, mailbox, count, folder='Archive'):
    """Every one of them once, in the database and in the folder."""
    assert rig.query('SELECT count(*), count(DISTINCT r.external_id)'
                     ' FROM report r JOIN message m ON m.id = r.message_id'
                     ' JOIN mailbox b ON b.id = m.mailbox_id'
                     ' WHERE b.name = ?', mailbox.name) == [(count, count)]
    assert rig.query("SELECT count(*) FROM message WHERE status <> 'stored'"
                     ) == [(0,)]
    rest = [] if folder == 'INBOX' else ['INBOX']
    assert counts(mailbox.server, mailbox.user, folder, *rest) == \
        [count] + [0] * len(rest)


def stored(rig, mailbox):
    try:
        return rig.query('SELECT count(*) FROM message m JOIN mailbox b'
                         ' ON b.id = m.mailbox_id WHERE b.name = ?',
                         mailbox.name)[0][0]
    except sqlite3.Error:
        return 0                        # there is no database yet


def interrupt(rig, mailbox, count):
    """Stop and kill the first poll under way, then let it go on."""
    fill(mailbox.server, mailbox.user, 0, count)
    d = rig.start()
    wait_until(lambda: stored(rig, mailbox) > count // 10)
    d.signal(signal.SIGTERM)
    assert d.wait() == 0
    first = stored(rig, mailbox)
    assert count // 10 < first < count
    d = rig.start()
    wait_until(lambda: stored(rig, mailbox) > first + count // 10)
    for pid, _ in rigs.children(d.pid):
        os.kill(pid, signal.SIGKILL)
    d.wait_for('died')
    d.kill()
    second = stored(rig, mailbox)
    assert first < second < count
    poll(rig, Sampler())
    all_stored(rig, mailbox, count)
    return first, second


def beside(rig, big, other, count, first=0):
    """What mails of another mailbox, which is polled every second, wait for
    while this one is full: seconds, and the share of all mails of the flood
    that are stored meanwhile.  As often as there is time for.  first: the
    number of the first mail, as mails of another flood are known."""
    fill(big.server, big.user, first, count)
    waits, shares = [], []
    d = rig.start()
    wait_until(lambda: stored(rig, big))
    while stored(rig, big) < count:
        start, before = time.monotonic(), stored(rig, big)
        fill(other.server, other.user, first + count + len(waits), 1)
        wait_until(lambda: stored(rig, other) > len(waits))
        waits.append(time.monotonic() - start)
        shares.append((stored(rig, big) - before) / count)
    wait_until(lambda: counts(big.server, big.user, 'INBOX') == [0])
    assert d.stop() == 0
    all_stored(rig, big, count)
    all_stored(rig, other, len(waits))
    return waits, shares
