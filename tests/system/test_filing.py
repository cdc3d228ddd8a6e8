# SPDX-License-Identifier: BSD-2-Clause
"""From a mailbox to rows and folders, against servers that behave."""

import hashlib
import imaplib
import os
import ssl

import pytest

import gen
import rig as rigs
from dovecot import PASSWORD, digest
from fakeimap import members

NO_MOVE = 'IMAP4rev1 SASL-IR LITERAL+ UIDPLUS NAMESPACE AUTH=PLAIN'
NO_UIDPLUS = 'IMAP4rev1 SASL-IR LITERAL+ NAMESPACE AUTH=PLAIN'


def test_two_mailboxes_are_polled_side_by_side(rig):
    one, two = rig.mailbox('one'), rig.mailbox('two')
    first, second = rigs.reports('one', 12), rigs.reports('two', 7)
    one.deliver(*first)
    two.deliver(*second)
    rig.once()
    assert one.counts() == {'Archive': 12}
    assert two.counts() == {'Archive': 7}
    assert rig.query(
        'SELECT b.name, count(*) FROM message m JOIN mailbox b'
        ' ON b.id = m.mailbox_id GROUP BY 1') == [('one', 12), ('two', 7)]


@pytest.mark.parametrize('tls', ['implicit', 'starttls'])
@pytest.mark.parametrize('auth', ['auto', 'plain', 'login', 'scram-sha-256'])
def test_reports_arrive_over_every_way_to_log_in(rig, tls, auth):
    port = rig.server.tls_port if tls == 'implicit' else rig.server.port
    m = rig.mailbox(tls=tls, auth=auth, port=port)
    m.deliver(*rigs.reports('login', 2))
    rig.once()
    assert m.counts() == {'Archive': 2}
    log = rig.server.logins(m.user + '>')
    assert len(log) == 1 and ', TLS' in log[0]
    method = {'auto': 'SCRAM-SHA-256'}.get(auth, auth.upper())
    assert 'method=' + method in log[0] or auth == 'login'


def test_the_rows_are_those_of_the_reports(rig):
    """check() compares every field; here the ledger."""
    m = rig.mailbox()
    mails = rigs.reports('rows', 60)
    data = m.deliver(*mails)
    rig.once()
    assert rig.query('SELECT count(*) FROM record') == [
        (sum(len(x.report.records) for x in mails),)]
    have = {row[0]: row[1:] for row in rig.query(
        'SELECT sha256, size, sender, subject, sent_ts, status, filed_to,'
        ' folder, msgid FROM message')}
    for mail, text in zip(mails, data):
        row = have[hashlib.sha256(text).hexdigest()]
        assert row[:7] == (len(text), mail.sender, mail.subject, mail.sent_ts,
                           'stored', 'Archive', 'INBOX')
        assert row[7].strip('<>') == mail.msgid


def test_a_second_poll_finds_nothing_to_do(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('again', 5))
    rig.once()
    before = rig.query('SELECT * FROM message ORDER BY id')
    rig.once()
    assert rig.query('SELECT * FROM message ORDER BY id') == before
    m.deliver(*rigs.reports('again', 3, first=5))
    rig.once()
    assert m.counts() == {'Archive': 8}


def test_a_report_that_comes_twice_counts_once(rig):
    m = rig.mailbox()
    mail = gen.mail('twice', 0)
    m.deliver(mail)
    m.deliver(mail.data.replace(b'Delivered-To: rua', b'Delivered-To: dmarc'))
    rig.once()
    assert rig.statuses() == {'stored': 1, 'duplicate': 1}
    assert m.counts() == {'Archive': 2}


def test_each_kind_of_mail_goes_to_its_folder(rig):
    m = rig.mailbox(archive='Done', failed='Broken', other='Rest')
    good = rigs.reports('kinds', 3)
    m.deliver(*good)
    broken = m.deliver(gen.broken_mail('kinds', 9))
    rest = m.deliver(gen.bounce_mail(), gen.person_mail())
    rig.once()
    assert m.holds('Done', *good)
    assert m.holds('Broken', *broken)
    assert m.holds('Rest', *rest)
    assert rig.statuses() == {'stored': 3, 'failed': 1, 'other': 2}
    reason, = rig.query("SELECT reason FROM message WHERE status = 'failed'")
    assert reason[0]


def test_mail_that_is_no_report_stays_and_is_not_fetched_again(rig, fake):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('stays', 2), gen.person_mail())
    rig.once()
    assert {n: len(f) for n, f in server.folders.items()} == {
        'INBOX': 1, 'Archive': 2}
    assert rig.statuses() == {'stored': 2, 'other': 1}
    before = len(server.commands)
    rig.once()
    assert not [c for c in server.commands[before:] if 'BODY' in c[1]]


def test_empty_folder_names_leave_all_mail_in_place(rig):
    m = rig.mailbox(archive='', failed='')
    m.deliver(*rigs.reports('place', 2), gen.broken_mail('place', 5))
    rig.once()
    rig.once()
    assert m.counts() == {'INBOX': 3}
    assert rig.statuses() == {'stored': 2, 'failed': 1}


def test_missing_folders_are_made_and_subscribed(rig):
    m = rig.mailbox(archive='Reports/DMARC/2026', failed='Reports/Bad')
    m.deliver(*rigs.reports('made', 2), gen.broken_mail('made', 3))
    rig.once()
    assert m.counts() == {'Reports/DMARC/2026': 2, 'Reports/Bad': 1}
    with open(rig.server.maildir(m.user) + '/subscriptions',
              encoding='utf-8') as f:
        assert 'DMARC' in f.read()


@pytest.mark.parametrize('separator', ['.', '/'])
@pytest.mark.parametrize('prefix', ['', 'INBOX'])
@pytest.mark.parametrize('archive', ['Archive', 'Berichte/Gelöscht'])
def test_folders_have_the_servers_separator_and_prefix(
        rig, special_dovecot, separator, prefix, archive):
    server = special_dovecot(separator=separator,
                             prefix=prefix and prefix + separator)
    m = rig.mailbox(server=server, archive=archive)
    m.deliver(*rigs.reports('sep', 3))
    rig.once()
    assert m.counts() == {archive: 3}


def test_reports_are_read_from_another_folder(rig):
    m = rig.mailbox(folder='Eingang/Prüfberichte & mehr')
    m.deliver(*rigs.reports('folder', 3),
              folder='Eingang/Prüfberichte & mehr')
    m.deliver(gen.person_mail())
    rig.once()
    assert m.counts() == {'INBOX': 1, 'Archive': 3}


def test_a_folder_that_is_not_there_is_said(rig):
    m = rig.mailbox(folder='Nirgends')
    m.deliver(gen.person_mail())
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code == 78, result.log
    assert 'Nirgends' in result.log


def test_sdbox_works_as_well_as_maildir(rig, special_dovecot):
    server = special_dovecot(location='sdbox:~/sdbox')
    m = rig.mailbox(server=server)
    session = imaplib.IMAP4_SSL(
        'localhost', server.tls_port,
        ssl_context=ssl.create_default_context(cafile=server.ca))
    session.login(m.user, PASSWORD)
    for mail in rigs.reports('sdbox', 5):
        session.append('INBOX', None, None, mail.data)
        rig.reports.append(mail.report)
    rig.once()
    assert session.select('Archive') == ('OK', [b'5'])
    session.logout()


def test_without_move_mail_is_copied_and_just_it_expunged(
        rig, special_dovecot):
    server = special_dovecot(capability=NO_MOVE)
    m = rig.mailbox(server=server)
    m.deliver(*rigs.reports('nomove', 5))
    mine = deleted_by_somebody(m)
    rig.once()
    assert m.counts() == {'INBOX': 1, 'Archive': 5}
    assert m.holds('INBOX', mine)


def test_without_uidplus_mail_is_flagged_and_this_is_said(
        rig, special_dovecot):
    server = special_dovecot(capability=NO_UIDPLUS)
    m = rig.mailbox(server=server)
    mails = rigs.reports('noplus', 4)
    data = m.deliver(*mails)
    mine = deleted_by_somebody(m)
    result = rig.once()
    assert 'UIDPLUS' in result.log
    flags = server.flags(m.user)
    assert 'T' in flags.pop(digest(mine))
    assert sorted(flags) == sorted(map(digest, data))
    assert all('T' in f for f in flags.values())
    assert m.holds('Archive', *mails)
    # That every mail stands in both folders is what the server cannot spare.
    m.before.update(digest(d) for d in data)
    rig.once()
    assert m.holds('Archive', *mails)


def deleted_by_somebody(m):
    """A mail that another program has flagged \\Deleted: not ours to purge."""
    mine, = m.deliver(gen.person_mail('deleted'))
    cur = m.server.maildir(m.user) + '/cur'
    name = max(os.listdir(cur))
    os.rename(os.path.join(cur, name), os.path.join(cur, name + 'T'))
    return mine


def test_a_new_uidvalidity_counts_nothing_twice(rig, special_dovecot):
    server = special_dovecot()
    m = rig.mailbox(server=server, archive='')
    m.deliver(*rigs.reports('validity', 6))
    rig.once()
    first = rig.query('SELECT DISTINCT uidvalidity FROM message')
    server.halt()
    server.forget_uids(m.user)
    server.start()
    m.deliver(*rigs.reports('validity', 2, first=6))
    m.options['archive'] = 'Archive'
    rig.once()
    assert m.counts() == {'Archive': 8}
    assert len(first) == 1
    assert len(rig.query('SELECT DISTINCT uidvalidity FROM message'
                         ' WHERE filed_ts IS NOT NULL')) >= 1
    assert rig.query('SELECT count(*) FROM report') == [(8,)]


def test_mail_over_the_limit_is_never_downloaded(rig, fake):
    big = gen.mail('big', 0, 3000)
    assert len(big.data) > 65536
    server = fake()
    rig.settings['limits'] = {'message': '64K'}
    m = rig.mailbox(server=server, user='rua')
    small = rigs.reports('small', 3)
    m.deliver(*small)
    m.deliver(big, stored=False)
    rig.once()
    assert m.holds('Failed', big)
    assert m.holds('Archive', *small)
    rows = rig.query("SELECT size, reason FROM message"
                     " WHERE status = 'failed'")
    assert len(rows) == 1 and rows[0][0] == len(big.data) and rows[0][1]
    downloaded = [members(args.split()[0], [1, 2, 3, 4])
                  for name, args in server.commands
                  if name == 'UID FETCH' and 'BODY' in args]
    assert sum(downloaded, []) == [1, 2, 3]


def test_a_large_mail_is_read_whole(rig):
    m = rig.mailbox()
    m.deliver(gen.mail('large', 0, 20000))
    rig.once()
    assert rig.query('SELECT count(*) FROM record') == [(20000,)]


def test_many_mails_take_several_batches(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('many', 2300, records=1))
    rig.once()
    assert m.counts() == {'Archive': 2300}


def test_a_run_files_what_an_earlier_run_stored(rig):
    m = rig.mailbox()
    mails = rigs.reports('earlier', 4)
    m.deliver(*mails)
    archive = rig.server.make_folder(m.user, 'Archive')
    os.chmod(archive + '/cur', 0)
    os.chmod(archive, 0)
    try:
        result = rig.run('-1')
        assert result.code != 0
    finally:
        os.chmod(archive, 0o700)
        os.chmod(archive + '/cur', 0o700)
    assert rig.statuses() == {'stored': 4}
    assert m.counts() == {'INBOX': 4}
    attempts = rig.query('SELECT sum(attempts) FROM message')
    rig.once()
    assert m.holds('Archive', *mails)
    assert rig.query('SELECT sum(attempts) FROM message') == attempts


def test_a_dry_run_changes_nothing(rig):
    m = rig.mailbox()
    mails = rigs.reports('dry', 4)
    m.deliver(*mails, stored=False)
    result = rig.once('-n')
    assert not os.path.exists(rig.database)
    assert m.counts() == {'INBOX': 4}
    assert sum('records' in line for line in result.lines) >= 4
    assert set(os.listdir(rig.dir)) == {'ruad.conf', 'own.pass'}


def test_a_dry_run_beside_a_database_leaves_it_alone(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('dry2', 2))
    rig.once()
    m.deliver(*rigs.reports('dry2', 2, first=2), stored=False)
    before = rig.query('SELECT * FROM message, mailbox, meta')
    rig.once('-n')
    assert rig.query('SELECT * FROM message, mailbox, meta') == before
    assert m.counts() == {'INBOX': 2, 'Archive': 2}
