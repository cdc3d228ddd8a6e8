# SPDX-License-Identifier: BSD-2-Clause
"""Folders of other namespaces (RFC 2342): a Dovecot with the prefix INBOX. and
a public namespace, and what other servers call theirs."""

import os

import pytest

import dovecotconf
import rig as rigs


@pytest.fixture(params=['Public.', 'Gemeinsame Ordner.', 'Team.'])
def shared(request, special_dovecot):
    prefix = request.param
    made = special_dovecot(separator='.', prefix='INBOX.')
    made.halt()
    # Its mail is where another user's would be, so that a rig finds it.
    with open(made.root + '/dovecot.conf', 'a', encoding='ascii') as f:
        f.write(dovecotconf.public(
            prefix, made.root + '/mail/shared/Maildir'))
    for folder in ('INBOX', 'dmarc', 'Done'):
        made.make_folder('shared', folder)
    made.start()
    return made, prefix.rstrip('.')


def test_shared_folders_of_a_real_server(rig, shared):
    server, name = shared
    m = rig.mailbox(server=server, user='rua', folder=name + '/dmarc',
                    archive=name + '/Done', failed='Failed')
    mails = rigs.reports('shared', 4)
    server.deliver('shared', [x.data for x in mails], 'dmarc')
    rig.reports += [x.report for x in mails]
    result = rig.run('-t', '-m', 'own')
    assert 'shared "%s."' % name in result.out
    assert 'yours "INBOX."' in result.out
    assert '%s/dmarc contains 4 messages, as "%s.dmarc"' % (
        name, name) in result.out
    assert '%s/Done exists, as "%s.Done"' % (name, name) in result.out
    assert 'Failed does not exist and will be created, as "INBOX.Failed"' in \
        result.out
    rig.once()
    found = server.read_folders('shared')
    assert not found['dmarc'] and sum(found['Done'].values()) == 4
    assert m.counts() == {}


def test_a_folder_is_made_in_a_shared_namespace(rig, shared):
    server, name = shared
    rig.mailbox(server=server, user='rua', archive=name + '/New/2026',
                ).deliver(*rigs.reports('made', 2))
    rig.mailboxes.clear()               # they leave the user's own folders
    rig.mailbox('same', server=server, user='rua',
                archive=name + '/New/2026')
    rig.once()
    assert sum(server.read_folders('shared')['New/2026'].values()) == 2


def test_the_servers_own_name_is_understood(rig, shared):
    server, name = shared
    rig.mailbox(server=server, user='rua', folder=name + '.dmarc',
                archive=name + '.Done')
    mails = rigs.reports('server', 2)
    server.deliver('shared', [x.data for x in mails], 'dmarc')
    rig.reports += [x.report for x in mails]
    rig.once()
    assert sum(server.read_folders('shared')['Done'].values()) == 2


# NAMESPACE, what stands in ruad.conf, and the server's name.  From Cyrus's
# and DavMail's manuals.
CYRUS = '(("INBOX." ".")) (("user." ".")) (("" "."))'
CYRUS_ALT = '(("" "/")) (("Other Users/" "/")) (("Shared Folders/" "/"))'
NAMES = [
    (CYRUS, 'user/eve', 'user.eve'),
    (CYRUS, 'user/eve/dmarc', 'user.eve.dmarc'),
    (CYRUS, 'user.eve.dmarc', 'user.eve.dmarc'),
    (CYRUS, 'dmarc', 'INBOX.dmarc'),
    (CYRUS, 'INBOX/dmarc', 'INBOX.dmarc'),
    (CYRUS, 'team/dmarc', 'team.dmarc'),
    (CYRUS_ALT, 'Other Users/eve/dmarc', 'Other Users/eve/dmarc'),
    (CYRUS_ALT, 'Shared Folders/dmarc', 'Shared Folders/dmarc'),
    (CYRUS_ALT, 'dmarc/in', 'dmarc/in'),
    ('(("" "/")) NIL (("Öffentlich/" "/"))', 'dmarc', 'dmarc'),
    ('(("" "/")) NIL (("&ANY-ffentlich/" "/"))', 'Öffentlich/dmarc',
     '&ANY-ffentlich/dmarc'),
    ('(("" "/")) NIL NIL', '/users/eve@example.org/INBOX',
     '/users/eve@example.org/INBOX'),
    (None, '/public/dmarc', '/public/dmarc'),
    ('(("INBOX." ".") ("#mh." ".")) NIL (("#shared." "."))',
     '#shared/dmarc', '#shared.dmarc'),
    ('(("INBOX." ".") ("#mh." ".")) NIL (("#shared." "."))',
     '#mh/dmarc', '#mh.dmarc'),
]


@pytest.mark.parametrize('namespace,folder,name', NAMES)
@pytest.mark.parametrize('use', ['folder', 'archive'])
def test_names_of_other_servers(rig, fake, namespace, folder, name, use):
    server = fake(capability='IMAP4rev1 AUTH=PLAIN SASL-IR MOVE UIDPLUS' +
                  (' NAMESPACE' if namespace else ''))

    def told(session, tag, _):
        session.send('* NAMESPACE %s\r\n' % namespace)
        session.ok(tag)
        return True

    server.hooks['NAMESPACE'] = told
    server.folders[name] = {}
    source = name if use == 'folder' else 'INBOX'
    target = 'INBOX' if use == 'folder' else name
    m = rig.mailbox(server=server, user='rua', **{use: folder})
    if use == 'folder':
        m.options['archive'] = 'INBOX'
    mails = rigs.reports('names', 2)
    m.deliver(*mails, folder=source)
    probe = rig.run('-t', '-m', 'own')
    assert probe.code == 0, probe.log
    if name != folder:
        assert ', as "%s"' % name in probe.out
    rig.once()
    assert m.holds(target, *mails)
    assert 'CREATE' not in server.names()


def test_a_prefix_is_told_even_if_there_is_one_only(rig, special_dovecot):
    server = special_dovecot(separator='/', prefix='INBOX/')
    m = rig.mailbox(server=server)
    m.deliver(stored=False)
    rig.check_rows = False
    out = rig.run('-t', '-m', 'own').out
    assert 'NAMESPACE (separator "/", yours "INBOX/")' in out
    assert 'Archive does not exist and will be created, as "INBOX/Archive"' in out
    assert os.path.isdir(server.root)
