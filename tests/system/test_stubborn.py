# SPDX-License-Identifier: BSD-2-Clause
"""Servers that do not move mails as they say, refuse to, or give UIDs again:
nothing is lost or doubled, and a healed server puts all right."""

import pytest

import dovecotconf
import gen
import rig as rigs
from fakeimap import members

PLAIN = 'IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE '


def say(words):
    def hook(session, tag, _):
        session.send('%s %s\r\n' % (tag, words))
        return True
    return hook


def all_filed(rig):
    return rig.query("SELECT count(*) FROM message WHERE filed_ts IS NULL"
                     " OR filed_to <> 'Archive'") == [(0,)]


@pytest.fixture
def scene(rig, fake):
    def make(more='MOVE UIDPLUS', count=5):
        server = fake(capability=PLAIN + more)
        m = rig.mailbox(server=server, user='rua')
        rig.mails = rigs.reports('stubborn', count, records=1)
        m.deliver(*rig.mails)
        return server, m
    return make


# --- MOVE that says OK -----------------------------------------------------

def hollow(session, tag, rest):
    session.ok(tag, 'all is well')
    return True


def some(session, tag, rest):
    """Moves the first of them."""
    uids, _, folder = rest.partition(' ')
    first = members(uids, sorted(session.selected))[:1]
    if first:
        session.do_uid_move(tag, '%d %s' % (first[0], folder))
    else:
        session.ok(tag)
    return True


def copies(session, tag, rest):
    """Copies them, and leaves them where they are."""
    session.do_uid_copy(tag, rest)
    return True


def mute(session, tag, rest):
    """Moves them and does not tell."""
    real, session.send = session.send, lambda text: None
    session.do_uid_move(tag, rest)
    session.send = real
    session.ok(tag)
    return True


LIARS = [hollow, some, copies, mute]


@pytest.mark.parametrize('liar', LIARS)
def test_a_move_that_does_not_move_is_found_out(rig, scene, liar):
    server, m = scene()
    server.hooks['UID MOVE'] = liar
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert all_filed(rig)
    assert server.names().count('UID MOVE') <= 3


@pytest.mark.parametrize('liar', [hollow, some, copies])
def test_with_no_other_way_it_is_said(rig, scene, liar):
    server, m = scene('MOVE')
    server.hooks['UID MOVE'] = liar
    result = rig.once()
    if liar is copies:                  # they stay, flagged
        server.folders['INBOX'].clear()
    else:
        assert 'did not, and offers no other way' in result.log
        assert 'archive = ""' in result.log
        check = rig.ruactl('check')
        assert check.code == 1 and 'stay unfiled' in check.out
        server.hooks.clear()
        rig.once()
        assert rig.ruactl('check').code == 0
    assert m.holds('Archive', *rig.mails)


def test_a_copy_that_does_not_copy_expunges_nothing(rig, scene):
    """Of a server that lies with MOVE, COPY is not believed either."""
    server, m = scene()
    server.hooks['UID MOVE'] = server.hooks['UID COPY'] = hollow
    result = rig.run('-1')
    assert result.code == 75
    assert m.holds('INBOX', *rig.mails)
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert all_filed(rig)


# --- MOVE that is refused ----------------------------------------------------

@pytest.mark.parametrize('words', [
    'BAD Command Error. 12', 'NO', 'NO no', 'BAD unknown command'])
def test_a_move_that_is_refused_becomes_a_copy(rig, scene, words):
    server, m = scene()
    server.hooks['UID MOVE'] = say(words)
    result = rig.once()
    assert 'copied and expunged instead' in result.log
    assert m.holds('Archive', *rig.mails)
    assert all_filed(rig)


def test_it_is_remembered_for_the_session(rig, fake):
    server = fake(capability=PLAIN + 'MOVE UIDPLUS IDLE')
    m = rig.mailbox(server=server, user='rua', interval='1s')
    server.hooks['UID MOVE'] = say('BAD Command Error. 12')
    mails = rigs.reports('session', 4)
    d = rig.start()
    for i, mail in enumerate(mails):
        m.deliver(mail)
        d.wait_for('uid %d: ' % (i + 1))
    d.wait_for('own: 1 m', since=len(d.lines) - 2)
    d.stop()
    rig.once()
    assert m.holds('Archive', *mails)
    # By the daemon; who comes after it finds nothing to do.
    assert server.names().count('UID MOVE') == 1


def test_half_of_a_refused_move_is_not_doubled(rig, scene):
    """It copies, and then fails."""
    server, m = scene()

    def half(session, tag, rest):
        session.copy('1:3 ' + rest.partition(' ')[2])
        session.send(tag + ' BAD Command Error. 12\r\n')
        return True

    server.hooks['UID MOVE'] = half
    rig.once()
    assert m.holds('Archive', *rig.mails)


@pytest.mark.parametrize('words', ['BAD Command Error. 12', 'NO'])
def test_with_no_other_way_a_refusal_is_none_of_the_network(
        rig, scene, words):
    server, m = scene('MOVE')
    server.hooks['UID MOVE'] = say(words)
    result = rig.run('-1')
    assert result.code == 75
    assert 'cannot move' in result.log
    assert m.holds('INBOX', *rig.mails)
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)


# --- filing that is refused for good ----------------------------------------

FOR_GOOD = {
    'rights': ('UID MOVE', 'NO [NOPERM] Permission denied', 'the right to'),
    'words': ('UID MOVE', 'NO Permission denied', 'the right to'),
    'quota': ('UID MOVE', 'NO [OVERQUOTA] Quota exceeded', 'quota'),
    'quota in words': ('UID MOVE', 'NO Quota exceeded (mailbox)', 'quota'),
    'read-only': ('UID MOVE', 'NO Mailbox is read-only', 'the right to'),
}


@pytest.mark.parametrize('why', FOR_GOOD)
@pytest.mark.parametrize('idle', ['', ' IDLE'])
def test_what_cannot_be_filed_is_collected(rig, scene, why, idle):
    server, m = scene('MOVE UIDPLUS' + idle)
    command, words, way_out = FOR_GOOD[why]
    m.options['interval'] = '1s'
    server.hooks[command] = say(words)
    d = rig.start()
    d.wait_for('archive = ""; failed = "";')
    more = rigs.reports('more', 3)
    m.deliver(*more)
    d.wait_for('3 new reports')
    d.stop()
    log = '\n'.join(d.lines)
    assert way_out in log and 'polls in a row failed' not in log
    assert len([line for line in d.lines if 'archive = ""' in line]) <= 3
    assert rig.statuses() == {'stored': 8}
    assert m.counts() == {'INBOX': 8}
    assert rig.query('SELECT last_error, unfiled_error IS NULL FROM mailbox'
                     ) == [(None, 0)]
    check = rig.ruactl('check')
    assert check.code == 1 and 'WARNING: own: messages stay' in check.out
    assert 'be filed' in rig.ruactl('status').out
    assert 'messages stay unfiled' in ' '.join(
        rig.ruactl('digest').out.split())
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails, *more)
    assert rig.ruactl('check').code == 0


@pytest.mark.parametrize('words', ['NO [SERVERBUG] oops', 'NO [INUSE] busy'])
def test_what_never_passes_is_no_passing_fault(rig, scene, words):
    server, m = scene()
    server.hooks['UID MOVE'] = say(words)
    assert rig.run('-1').code == 75
    result = rig.once()
    assert 'ask the administrator of the server' in result.log
    assert rig.ruactl('check').code == 1
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert rig.ruactl('check').code == 0


def test_a_folder_that_is_read_only_is_not_copied_from(rig, scene):
    server, m = scene('UIDPLUS')

    def read_only(session, tag, rest):
        session.ok = lambda tag, text='done': session.send(
            '%s OK %s\r\n' % (tag, text.replace('WRITE', 'ONLY')))
        session.do_select(tag, rest)
        del session.ok
        return True

    server.hooks['SELECT'] = read_only
    result = rig.once()
    assert 'only read the folder INBOX' in result.log
    assert 'UID COPY' not in server.names()
    assert m.holds('INBOX', *rig.mails)
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)


def test_rights_of_a_real_server(rig, special_dovecot):
    """RFC 4314, by Dovecot's files: nothing may be put into Archive."""
    server = special_dovecot(extra=dovecotconf.acl())
    m = rig.mailbox(server=server)
    mails = rigs.reports('acl', 3)
    m.deliver(*mails)
    path = server.make_folder(m.user, 'Archive') + '/dovecot-acl'
    with open(path, 'w', encoding='ascii') as f:
        f.write('owner lr\n')
    server.own(path)
    result = rig.once()
    assert 'archive = ""; failed = "";' in result.log
    assert m.counts() == {'INBOX': 3}
    assert rig.ruactl('check').code == 1
    rigs.os.unlink(path)
    rig.once()
    assert m.holds('Archive', *mails)
    assert rig.ruactl('check').code == 0


# --- folders -----------------------------------------------------------------

def listed_as(line):
    def hook(session, tag, rest):
        if rest[-2:] == '""':
            return False
        if line:
            session.send(line)
        session.ok(tag)
        return True
    return hook


@pytest.mark.parametrize('archive,line', [
    ('Archive', '* LIST () "/" "ARCHIVE"\r\n'),
    ('Archive', '* LIST () "/" Archive\r\n'),
    ('Gelöscht/2026', '* LIST () "/" "Gelöscht/2026"\r\n'.encode()),
    ('Gelöscht', ''),
    ('Archive', '')])
@pytest.mark.parametrize('create', [
    'NO Mailbox exists', 'NO [ALREADYEXISTS] is there', 'BAD what',
    'NO [CANNOT] no', 'NO [NOPERM] no'])
def test_a_folder_that_is_there_is_used(rig, fake, archive, line, create):
    server = fake()
    m = rig.mailbox(server=server, user='rua', archive=archive)
    name = archive.replace('ö', '&APY-')
    server.folders[name] = {}
    server.hooks['LIST'] = listed_as(line)
    server.hooks['CREATE'] = say(create)
    mails = rigs.reports('there', 2)
    m.deliver(*mails)
    rig.once()
    assert m.holds(name, *mails)
    assert ('CREATE' in server.names()) == (not line)


def test_a_folder_that_is_neither_there_nor_can_be_made_is_said(rig, scene):
    server, m = scene()
    server.hooks['CREATE'] = say('NO [NOPERM] not for you')
    result = rig.once()
    assert 'cannot create the folder "Archive": not for you' in result.log
    assert 'archive = ""' in result.log
    assert m.holds('INBOX', *rig.mails)
    server.hooks.clear()
    rig.once()
    assert m.holds('Archive', *rig.mails)


# --- UIDs that come again ----------------------------------------------------

def test_a_mail_that_is_back_is_filed_again(rig, scene):
    """From a backup, with its UID; the archive has it as well."""
    server, m = scene()
    rig.once()
    server.folders['INBOX'].update(
        {i + 1: mail.data for i, mail in enumerate(rig.mails[:2])})
    result = rig.once()
    assert 'uid 1: this message was filed and is back' in result.log
    assert m.holds('Archive', *rig.mails)
    assert rig.statuses() == {'stored': 5}
    before = len(server.commands)
    rig.once()
    assert not [c for c in server.commands[before:] if 'BODY' in c[1]]


def test_a_mail_that_is_back_from_an_older_server_is_filed(rig, scene):
    """The archive is as old as the inbox."""
    server, m = scene()
    rig.once()
    server.folders['Archive'].clear()
    server.folders['INBOX'].update(
        {i + 1: mail.data for i, mail in enumerate(rig.mails)})
    rig.once()
    assert m.holds('Archive', *rig.mails)
    assert rig.statuses() == {'stored': 5}


@pytest.mark.parametrize('more', ['MOVE UIDPLUS', 'UIDPLUS'])
def test_another_mail_under_an_old_uid_is_read(rig, scene, more):
    server, m = scene(more)
    rig.once()
    others = rigs.reports('new', 3, records=1)
    m.deliver(*others)
    inbox = server.folders['INBOX']
    for uid, old in zip((1, 2, 4), sorted(inbox)):
        inbox[uid] = inbox.pop(old)
    result = rig.once()
    assert 'uid 4: the server has given this UID to another message' in result.log
    assert m.holds('Archive', *rig.mails, *others)
    assert rig.statuses() == {'stored': 8}
    assert rig.query('SELECT count(*) FROM report') == [(8,)]
    rig.once()


def test_too_large_mails_that_are_back_are_known_by_their_size(rig, fake):
    server = fake()
    rig.settings['limits'] = {'message': '64K'}
    m = rig.mailbox(server=server, user='rua')
    big = [gen.mail('big', i, 3000) for i in range(2)]
    m.deliver(*big, stored=False)
    rig.once()
    server.folders['INBOX'][1] = big[0].data
    server.folders['Failed'].pop(1)
    small = rigs.reports('small', 1)
    rig.reports += [small[0].report]
    m.before.update({rigs.digest(small[0].data): 1})
    server.folders['INBOX'][2] = small[0].data
    rig.once()
    assert m.holds('Archive', *small)
    assert rig.statuses() == {'stored': 1, 'failed': 2}


def test_flagged_mails_are_not_read_at_every_poll(rig, scene):
    """Without UIDPLUS they are listed for ever."""
    server, m = scene('')
    rig.once()
    m.before.update(m.before)
    before = len(server.commands)
    rig.once()
    assert not [c for c in server.commands[before:] if 'BODY' in c[1]]


# --- anything of it, and then a healed server --------------------------------

SICK = {'hollow': hollow, 'some': some, 'copies': copies, 'mute': mute,
        'no': say('NO'), 'no for now': say('NO [INUSE] busy'),
        'bad': say('BAD Command Error. 12'),
        'denied': say('NO [NOPERM] no')}


@pytest.mark.parametrize('more', ['MOVE UIDPLUS', 'MOVE'])
@pytest.mark.parametrize('how', SICK)
def test_two_sick_moves_and_a_healed_server(rig, scene, how, more):
    server, m = scene(more)
    server.hooks['UID MOVE'] = SICK[how]
    for _ in range(2):
        assert rig.run('-1').code in (0, 75)
    server.hooks.clear()
    rig.once()
    if how == 'copies' and more == 'MOVE':
        # There is no way to be rid of one of two, but not of three.
        m.before.update(m.before)
        before = len(server.commands)
        rig.once()
        assert not [c for c in server.commands[before:] if 'BODY' in c[1]]
        return
    assert m.holds('Archive', *rig.mails)
    assert all_filed(rig)
