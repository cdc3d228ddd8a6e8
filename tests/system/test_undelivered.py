# SPDX-License-Identifier: BSD-2-Clause
"""Servers that list a mail and do not hand it over: the others are stored, it
is said, nothing is called failed, and it is stored once it comes."""

import re
import sqlite3

import pytest

import gen
import rig as rigs
from fakeimap import Gone, members

NOTE = (b'From: "Microsoft Exchange Server 2019"\r\nTo: <rua@example.org>\r\n'
        b'Subject: Retrieval using the IMAP4 protocol failed for the following'
        b' message:\r\n 2\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n'
        b'\r\nThe server couldn\'t retrieve the following message:\r\n')


class Sick:
    """What becomes of the mail with this UID when it is asked for."""

    def __init__(self, server, uid, how, listed=None):
        self.server, self.uid, self.how = server, uid, how
        self.parts = False              # the other way works
        self.listed = listed
        server.hooks['UID FETCH'] = server.hooks['FETCH'] = self.fetch

    def heal(self):
        self.server.hooks.clear()

    def fetch(self, session, tag, rest):
        numbers, _, items = rest.partition(' ')
        order = sorted(session.selected)
        by_uid = session.commands[-1][0] == 'UID FETCH'
        uids = (members(numbers, order) if by_uid else
                [order[n - 1] for n in
                 members(numbers, range(1, len(order) + 1))])
        if 'BODY' not in items and not self.listed:
            return False
        for uid in uids:
            if uid != self.uid:
                session.send_mail(order.index(uid) + 1, uid, items)
            elif 'BODY' not in items:
                self.listed(session, order.index(uid) + 1, uid, items)
            elif self.parts and 'HEADER' in items:
                session.send_mail(order.index(uid) + 1, uid, items)
            else:
                answer = self.how(order.index(uid) + 1, uid, items)
                if isinstance(answer, bytes):
                    session.send(answer)
                elif answer:
                    session.send('%s %s\r\n' % (tag, answer))
                    return True
        session.ok(tag)
        return True


def body(data):
    return lambda number, uid, items: (
        b'* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n'
        % (number, uid, len(data), data))


def word(text):
    return lambda number, uid, items: (
        '* %d FETCH (UID %d BODY[] %s)\r\n' % (number, uid, text)).encode()


def parts_of(word_):
    return lambda number, uid, items: (
        '* %d FETCH (UID %d BODY[HEADER] %s BODY[TEXT] %s)\r\n' % (
            number, uid, word_, word_) if 'HEADER' in items else
        '* %d FETCH (UID %d BODY[] %s)\r\n' % (number, uid, word_)).encode()


def nothing(number, uid, items):
    return b''


SILENT = {
    'nothing': nothing,
    'NIL': word('NIL'),
    'empty': word('""'),
    'empty literal': body(b''),
    'parts are NIL': parts_of('NIL'),
    'flags only': lambda number, uid, items: (
        b'* %d FETCH (UID %d FLAGS (\\Seen))\r\n' % (number, uid)),
    'another UID': lambda number, uid, items: (
        b'* %d FETCH (UID 0 BODY[] {1}\r\nx)\r\n' % number),
    'a note of Exchange': body(NOTE),
    'a tenth': lambda number, uid, items: body(
        gen.mail('silent', 1, 200).data[:900])(number, uid, items),
}


def undelivered(rig):
    return rig.query('SELECT uid, tries, reason FROM undelivered')


def make_due(rig):
    db = sqlite3.connect(rig.database)
    db.execute('UPDATE undelivered SET next_ts = 0')
    db.commit()
    db.close()


@pytest.fixture
def scene(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    mails = [gen.mail('silent', 0), gen.mail('silent', 1, 200),
             gen.mail('silent', 2)]
    m.deliver(*mails)
    rig.mails = mails
    return server, m


@pytest.mark.parametrize('how', SILENT)
def test_a_mail_that_does_not_come_stays_and_is_said(rig, scene, how):
    server, m = scene
    sick = Sick(server, 2, SILENT[how])
    result = rig.once()
    warnings = [line for line in result.lines if 'uid 2: the server' in line]
    assert len(warnings) == 1 and 'asked for again' in warnings[0]
    assert rig.statuses() == {'stored': 2}
    assert m.holds('INBOX', rig.mails[1])
    assert m.holds('Archive', rig.mails[0], rig.mails[2])
    (uid, tries, reason), = undelivered(rig)
    assert (uid, tries) == (2, 1) and reason in warnings[0]
    sick.heal()
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert undelivered(rig) == []


@pytest.mark.parametrize('how', SILENT)
def test_it_is_asked_for_in_another_way(rig, scene, how):
    server, m = scene
    Sick(server, 2, SILENT[how]).parts = True
    result = rig.once()
    assert 'uid 2: the server' not in result.log
    assert m.holds('Archive', *rig.mails)
    assert undelivered(rig) == []


def test_it_is_tried_with_growing_distance(rig, scene):
    server, m = scene
    Sick(server, 2, nothing)
    distances = []
    for tries in range(1, 9):
        result = rig.once()
        assert undelivered(rig)[0][1] == tries
        assert (' warning' in result.log or tries == 1 or
                'uid 2: the server' in result.log)
        distances += rig.query('SELECT next_ts - last_ts FROM undelivered')
        if tries >= 2:
            before = len(server.commands)
            rig.once()                  # too early
            assert not [c for c in server.commands[before:]
                        if c[0] == 'UID FETCH' and 'BODY' in c[1]]
            make_due(rig)
    assert [d for d, in distances] == [0, 600, 1800, 5400, 16200, 48600,
                                       86400, 86400]
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert rig.statuses() == {'stored': 3}


@pytest.mark.parametrize('said', ['NO [SERVERBUG] Internal error',
                                  'NO it is broken', 'BAD Command Error. 11',
                                  'NO [UNAVAILABLE] try again later'])
def test_a_mail_that_is_refused_costs_nobody_else(rig, scene, said):
    server, m = scene
    m.deliver(*rigs.reports('others', 60))
    sick = Sick(server, 2, lambda number, uid, items: said)
    for tries in 1, 2:
        result = rig.run('-1')
        assert result.code == 75, result.log
        assert 'uid 2: ' in result.log
        assert said.split('] ')[-1].partition(' ')[2] in result.log
        assert m.counts() == {'INBOX': 1, 'Archive': 62}
        assert undelivered(rig)[0][:2] == (2, tries)
    # From now on it waits, and no poll fails for it.
    assert rig.run('-1').code == 0
    make_due(rig)
    assert rig.run('-1').code == 0
    assert undelivered(rig)[0][1] == 3
    assert rig.statuses() == {'stored': 62}
    sick.heal()
    make_due(rig)
    rig.once()
    assert m.counts() == {'Archive': 63}
    assert undelivered(rig) == []


def test_a_refused_mail_is_found_among_many(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('many', 300, records=1))
    Sick(server, 211, lambda number, uid, items: 'NO broken')
    assert rig.run('-1').code == 75
    assert m.counts() == {'INBOX': 1, 'Archive': 299}
    assert len([c for c in server.commands if 'BODY' in c[1]]) < 25
    assert undelivered(rig)[0][0] == 211
    server.hooks.clear()
    rig.once()


def test_a_server_that_refuses_all_is_not_asked_for_each(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('all', 500, records=1))

    def no(session, tag, rest):
        if 'BODY' in rest:
            session.send(tag + ' NO maintenance\r\n')
            return True
        return False

    server.hooks['UID FETCH'] = no
    assert rig.run('-1').code == 75
    assert len(server.commands) < 80
    server.hooks.clear()
    rig.once()
    assert m.counts() == {'Archive': 500}
    assert undelivered(rig) == []


def test_a_throttled_fetch_blames_no_mail(rig, scene):
    server, m = scene
    Sick(server, 2, lambda number, uid, items: 'NO [THROTTLED] slow down')
    assert rig.run('-1').code == 75
    assert undelivered(rig) == []
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)


def test_a_mail_that_is_gone_is_not_missing(rig, scene):
    """Somebody has removed it since it was listed."""
    server, m = scene

    def gone(number, uid, items):
        server.folders['INBOX'].pop(2, None)
        return b''

    Sick(server, 2, gone)
    result = rig.once()
    assert 'uid 2' not in result.log
    assert undelivered(rig) == []
    rig.mailboxes.clear()               # it is lost, but not by us
    rig.check_rows = False


def test_a_mail_without_a_size_is_fetched(rig, scene):
    server, m = scene

    def listed(session, number, uid, items):
        session.send('* %d FETCH (UID %d)\r\n' % (number, uid))

    sick = Sick(server, 2, nothing, listed)
    sick.parts = True
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert undelivered(rig) == []


def test_a_server_that_knows_no_sizes_is_read(rig, scene):
    server, m = scene

    def unsized(session, tag, rest):
        if 'RFC822.SIZE' not in rest:
            return False
        for number, uid in enumerate(sorted(session.selected), 1):
            session.send('* %d FETCH (UID %d)\r\n' % (number, uid))
        session.ok(tag)
        return True

    server.hooks['UID FETCH'] = server.hooks['FETCH'] = unsized
    rig.once()
    assert m.holds('Archive', *rig.mails)


@pytest.mark.parametrize('line', [
    '', '* {0} FETCH (UID 0 RFC822.SIZE 7)\r\n'], ids=['left out', 'UID 0'])
def test_mails_that_are_counted_and_not_listed_are_said(rig, scene, line):
    server, m = scene

    def listed(session, number, uid, items):
        session.send(line.format(number))

    sick = Sick(server, 2, nothing, listed)
    result = rig.once()
    assert 'counts 1 more message than it lists' in result.log
    assert m.holds('INBOX', rig.mails[1])
    assert [(uid, tries) for uid, tries, _ in undelivered(rig)] == [(0, 1)]
    assert 'counts 1 message more' not in ' '.join(
        line for line in rig.run('-1').lines)
    sick.heal()
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert undelivered(rig) == []


def test_what_is_not_listed_for_once_is_not_called_filed(rig, scene):
    """Stored, not moved, and then the server forgets to list it."""
    server, m = scene

    def no(session, tag, _):
        session.send(tag + ' NO [UNAVAILABLE] not now\r\n')
        return True

    server.hooks['UID MOVE'] = no
    rig.run('-1')
    server.hooks.clear()
    sick = Sick(server, 2, nothing, lambda *_: None)
    rig.once()
    assert rig.query('SELECT uid FROM message WHERE filed_ts IS NOT NULL'
                     ' AND filed_to IS NULL') == []
    sick.heal()
    rig.once()
    assert m.holds('Archive', *rig.mails)


def test_short_is_no_fault_of_a_report_that_is_whole(rig, fake):
    """A server whose sizes are wrong by far."""
    server = fake()
    m = rig.mailbox(server=server, user='rua', other='Rest')
    mails = rigs.reports('short', 3)
    m.deliver(*mails, gen.person_mail())

    def boast(session, tag, rest):
        if 'RFC822.SIZE' not in rest:
            return False
        for number, uid in enumerate(sorted(session.selected), 1):
            session.send('* %d FETCH (UID %d RFC822.SIZE %d)\r\n' % (
                number, uid, 9 * len(session.selected[uid])))
        session.ok(tag)
        return True

    server.hooks['UID FETCH'] = boast
    rig.once()
    assert m.holds('Archive', *mails)
    assert rig.statuses() == {'stored': 3}
    assert [u[0] for u in undelivered(rig)] == [4]
    server.hooks.clear()
    rig.once()
    assert rig.statuses() == {'stored': 3, 'other': 1}


def test_all_who_ask_are_told(rig, scene):
    server, m = scene
    sick = Sick(server, 2, nothing)
    rig.once()
    status = rig.ruactl('status')
    assert 'not handed over' in status.out and 'uid 2' in status.out
    check = rig.ruactl('check')
    assert check.code == 1
    assert re.search(r'own: 1 message not handed over by the server',
                     check.out)
    digest = rig.ruactl('digest')
    assert digest.code == 1 and 'handed over' in ' '.join(digest.out.split())
    sick.heal()
    rig.once()
    assert 'handed over' not in rig.ruactl('status').out
    assert rig.ruactl('check').code == 0
    assert m.holds('Archive', *rig.mails)


def test_what_a_poll_files_first_is_not_asked_for_again(rig, fake):
    """It stands in the list that was made before, but has not come again."""
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('first', 5))

    def lose(session, _tag, _rest):
        session.close()
        raise Gone
    server.hooks['UID MOVE'] = lose
    rig.check_rows = False
    assert rig.run('-1').code == 69
    assert m.counts() == {'INBOX': 5}
    server.hooks.clear()
    before = len(server.commands)
    rig.check_rows = True
    rig.once()
    assert m.counts() == {'Archive': 5}
    asked = [rest for name, rest in server.commands[before:]
             if name == 'UID FETCH' and 'BODY' in rest]
    assert asked == []
