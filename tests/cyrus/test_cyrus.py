# SPDX-License-Identifier: BSD-2-Clause
"""Cyrus IMAP, in each of its ways to name folders."""

import pytest

import rig as rigs

# alternative, slash, what it says, and the name of another user's folder, of a
# shared one, and of our own archive, each in ruad.conf and as it is sent.
WAYS = {
    'traditional': (
        False, False, 'separator ".", yours "INBOX.", other users\' "user.",'
        ' shared ""', ('user/eve', 'user.eve'), ('team/dmarc', 'team.dmarc'),
        ('Archive', 'INBOX.Archive')),
    'slashes': (
        False, True, 'separator "/", yours "INBOX/", other users\' "user/",'
        ' shared ""', ('user/eve', 'user/eve'), ('team/dmarc', 'team/dmarc'),
        ('Archive', 'INBOX/Archive')),
    'alternative': (
        True, True, 'separator "/", yours "", other users\' "Other Users/",'
        ' shared "Shared Folders/"', ('Other Users/eve', 'Other Users/eve'),
        ('Shared Folders/team/dmarc', 'Shared Folders/team/dmarc'),
        ('Archive', 'Archive')),
}


@pytest.fixture(params=WAYS)
def scene(request, cyrus):
    way = WAYS[request.param]
    server = cyrus(alternative=way[0], slash=way[1])
    server.create('user/rua', 'user/eve', 'team', 'team/dmarc', 'team/done')
    return server, way


def told(rig, folder):
    out = rig.run('-t', '-m', 'own').out
    if folder[0] != folder[1]:
        assert ', as "%s"' % folder[1] in out
    return out


def test_our_own_folders(scene, rig):
    server, way = scene
    m = rig.mailbox(server=server, user='rua')
    m.deliver(*rigs.reports('cyrus', 5))
    out = told(rig, way[5])
    assert 'NAMESPACE (%s)' % way[2] in out
    rig.once()
    assert m.counts() == {'Archive': 5}


def test_the_folder_of_another_user(scene, rig):
    server, way = scene
    m = rig.mailbox(server=server, user='rua', folder=way[3][0])
    m.deliver(*rigs.reports('eve', 3), folder='user/eve')
    told(rig, way[3])
    rig.once()
    assert m.counts() == {'Archive': 3}


def test_a_shared_folder_and_one_to_file_to(scene, rig):
    server, way = scene
    done = way[4][0].replace('dmarc', 'done')
    m = rig.mailbox(server=server, user='rua', folder=way[4][0], archive=done)
    m.deliver(*rigs.reports('team', 3), folder='team/dmarc')
    out = told(rig, way[4])
    assert '%s exists' % done in out
    rig.once()
    assert m.counts() == {'team/done': 3}


def test_what_may_not_be_moved_is_collected(scene, rig):
    """Rights (RFC 4314) to read and no more."""
    server, way = scene
    m = rig.mailbox(server=server, user='rua', folder=way[4][0])
    m.deliver(*rigs.reports('read', 2), folder='team/dmarc')
    session = server.login('cyrus')
    name = '"%s"' % 'team/dmarc'.replace('/', server.separator)
    session.setacl(name, 'rua', 'lrs')
    result = rig.once()
    assert 'archive = ""; failed = "";' in result.log
    assert rig.statuses() == {'stored': 2}
    assert rig.ruactl('check').code == 1
    session.setacl(name, 'rua', 'lrswipkxtecda')
    session.logout()
    rig.once()
    assert m.counts() == {'Archive': 2}
