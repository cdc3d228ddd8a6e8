# SPDX-License-Identifier: BSD-2-Clause
"""Servers without MOVE: a mail is copied, marked and expunged, and whatever
is lost in between, it is in the archive once."""

import signal

import pytest

import gen
import rig as rigs
from dovecot import digest
from proxy import Proxy
from test_filing import NO_MOVE, NO_UIDPLUS

PLAIN = 'IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE'
STEPS = ['COPY', 'STORE', 'EXPUNGE']


@pytest.fixture
def proxy(special_dovecot):
    made = []

    def make(**options):
        made.append(Proxy(special_dovecot(**options)))
        return made[-1]
    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize('answered', [False, True])
def test_whatever_command_is_the_last_a_mail_is_archived_once(
        rig, proxy, answered):
    """Cut at the first command, the second ..., until nothing is cut."""
    server = proxy(capability=NO_MOVE)
    m = rig.mailbox(server=server)
    mails, cut, seen = [], 0, set()
    while True:
        more = rigs.reports('last', 4, first=len(mails))
        mails += more
        m.deliver(*more)
        server.cut = (cut, answered)
        result = rig.run('-1')
        seen.update(server.commands[cut:cut + 1])
        server.cut = None
        rig.once()
        assert m.holds('Archive', *mails), cut
        if result.code == 0 and len(server.commands) < cut:
            break
        assert result.code in (0, 69), result.log
        cut += 1
    assert {'COPY', 'STORE', 'EXPUNGE', 'FETCH'} <= seen


@pytest.mark.parametrize('done', [False, True])
@pytest.mark.parametrize('step', STEPS)
@pytest.mark.parametrize('more', [' UIDPLUS', ''])
def test_an_answer_that_is_lost_doubles_no_mail(rig, fake, step, done, more):
    if step == 'EXPUNGE' and not more:
        return                          # there is none
    server = fake(capability=PLAIN + more)
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('lost', 7)
    data = m.deliver(*mails)
    name = 'UID ' + step

    def lose(session, tag, rest):
        del server.hooks[name]
        if done:
            session.send = lambda text: None
            getattr(session, 'do_uid_' + step.lower())(tag, rest)
        session.close()
        return True

    server.hooks[name] = lose
    assert rig.run('-1').code == 69
    rig.once()
    if not more:                        # they stay, flagged
        assert m.holds('INBOX', *mails)
        m.before.update(digest(d) for d in data)
    assert m.holds('Archive', *mails)
    assert rig.query('SELECT count(*) FROM message WHERE filed_ts IS NULL'
                     " OR filed_to <> 'Archive'") == [(0,)]
    before = server.names().count('UID COPY')
    rig.once()
    assert server.names().count('UID COPY') == before


def test_killed_between_copy_and_ledger_doubles_no_mail(rig, fake):
    server = fake(capability=PLAIN + ' UIDPLUS')
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('killed', 5)
    m.deliver(*mails)

    def kill(session, tag, rest):
        del server.hooks['UID COPY']
        session.copy(rest)
        for pid, _ in rigs.children(d.pid):
            rigs.os.kill(pid, signal.SIGKILL)
        return True

    server.hooks['UID COPY'] = kill
    d = rig.start('-1')
    assert d.wait() == 70
    rig.once()
    assert m.holds('Archive', *mails)


def test_equal_mails_are_all_kept(rig, fake):
    """Byte for byte the same, one archived before, one copied, one not."""
    server = fake(capability=PLAIN + ' UIDPLUS')
    m = rig.mailbox(server=server, user='rua')
    mail = rigs.reports('equal', 1)[0]
    m.deliver(mail, gen.person_mail())  # that stays, so that UIDs go on
    rig.once()
    m.deliver(mail, mail)

    def half(session, tag, rest):
        del server.hooks['UID COPY']
        session.send = lambda text: None
        session.do_uid_copy(tag, '3 "Archive"')
        session.close()
        return True

    server.hooks['UID COPY'] = half
    assert rig.run('-1').code == 69
    rig.once()
    assert m.holds('Archive', mail, mail, mail)


def test_others_in_the_archive_are_no_copies(rig, fake):
    """Nothing was copied; of the mails there some are as large as ours."""
    server = fake(capability=PLAIN + ' UIDPLUS')
    m = rig.mailbox(server=server, user='rua')
    mails = rigs.reports('others', 3)
    m.deliver(*mails)
    server.folders['Archive'] = {}
    other = [bytes(x.data[:-9]) + b'#######\r\n' for x in mails]
    m.deliver(*other, folder='Archive')

    def cut(session, tag, rest):
        del server.hooks['UID COPY']
        session.close()
        return True

    server.hooks['UID COPY'] = cut
    assert rig.run('-1').code == 69
    rig.once()
    assert m.holds('Archive', *mails, *other)


def test_without_uidplus_real_mails_are_copied_once(rig, proxy):
    server = proxy(capability=NO_UIDPLUS)
    m = rig.mailbox(server=server)
    mails = rigs.reports('flagged', 6)
    data = m.deliver(*mails)
    rig.once()
    cut = server.commands.index('STORE')
    m.before.update(digest(d) for d in data)
    more = rigs.reports('flagged', 6, first=6)
    data = m.deliver(*more)
    m.before.update(digest(d) for d in data)
    # CREATE and SUBSCRIBE are not said again.
    server.cut = (cut - 2, True)
    assert rig.run('-1').code == 69
    assert server.commands[-1] in ('COPY', 'STORE')
    server.cut = None
    rig.once()
    assert m.holds('Archive', *mails, *more)
