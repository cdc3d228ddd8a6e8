# SPDX-License-Identifier: BSD-2-Clause
"""What is released: the archive, the list of libraries, the signature.  (That
the archive can be built is looked at by "make distcheck".)"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from patience import PATIENCE

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
sys.path.insert(0, os.path.join(SOURCE, 'tests'))

pytestmark = pytest.mark.skipif(
    not os.path.exists(os.path.join(SOURCE, '.git')) or
    not shutil.which('autoconf'),
    reason='releases are made in a clone, with autoconf')


def run(*args, cwd, code=0, **env):
    done = subprocess.run(
        args, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE,
        check=False, env={'PATH': os.environ['PATH'], **env})
    assert done.returncode == code, done.stdout + done.stderr
    return done


def git(cwd, *args):
    return run('git', '-c', 'user.name=T', '-c', 'user.email=t@example.org',
               '-c', 'init.defaultBranch=main', '-c', 'safe.directory=*',
               '-c', 'gc.auto=0', *args, cwd=cwd).stdout


@pytest.fixture(scope='module')
def clone(tmp_path_factory):
    """A repository of this tree as it is, committed or not."""
    where = str(tmp_path_factory.mktemp('release') / 'clone')
    os.mkdir(where)
    names = git(SOURCE, 'ls-files', '-z', '--cached', '--others',
                '--exclude-standard').split('\0')
    for name in filter(None, names):
        if os.path.exists(os.path.join(SOURCE, name)):
            target = os.path.join(where, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(SOURCE, name), target,
                         follow_symlinks=False)
    git(where, 'init', '-q')
    git(where, 'add', '-A')
    git(where, 'commit', '-q', '-m', 'one')
    return where


@pytest.fixture(scope='module')
def version(clone):
    return run('etc/release/version.sh', cwd=clone).stdout.strip()


@pytest.fixture(scope='module')
def released(clone, version, tmp_path_factory):
    """The directory with what make dist made."""
    where = str(tmp_path_factory.mktemp('dist'))
    told = run(clone + '/etc/release/dist.sh', cwd=where).stdout
    assert told.startswith('build/ruad-%s.tar.gz: HEAD, database schema '
                           % version)
    return where + '/build'


def read(*path):
    with open(os.path.join(*path), 'rb') as f:
        return f.read()


def test_one_commit_makes_one_archive(clone, version, released, tmp_path):
    name = 'ruad-%s.tar.gz' % version
    run('sh', '-c', 'umask 077; exec "$0"', clone + '/etc/release/dist.sh',
        cwd=tmp_path, TZ='Asia/Tokyo', LC_ALL='C')
    assert read(released, name) == read(tmp_path, 'build', name)


def test_the_archive_is_the_tree_and_a_configure_script(clone, version,
                                                        released):
    tracked = set(filter(None, git(clone, 'ls-files', '-z').split('\0')))
    with tarfile.open('%s/ruad-%s.tar.gz' % (released, version)) as archive:
        members = [m for m in archive.getmembers() if not m.isdir()]
        assert {m.name for m in members} == {
            'ruad-%s/%s' % (version, name) for name in tracked | {'configure'}}
        for m in archive.getmembers():
            assert (m.uid, m.gid, m.uname, m.gname) == (0, 0, '', '')
            assert m.mode & 0o022 == 0
        assert len({m.mtime for m in archive.getmembers()}) == 1
        configure = archive.extractfile('ruad-%s/configure' % version).read()
    assert b"PACKAGE_VERSION='%s'" % version.encode() in configure


def test_a_tag_is_what_is_released(clone, version, tmp_path):
    copy = str(tmp_path / 'copy')
    git(tmp_path, 'clone', '-q', clone, copy)
    git(copy, 'tag', 'v' + version)
    with open(copy + '/later', 'w', encoding='ascii') as f:
        f.write('later')
    git(copy, 'add', '-A')
    git(copy, 'commit', '-q', '-m', 'two')
    told = run(copy + '/etc/release/dist.sh', cwd=tmp_path).stdout
    assert ': v%s, ' % version in told
    with tarfile.open('%s/build/ruad-%s.tar.gz' % (tmp_path, version)) as a:
        assert 'ruad-%s/later' % version not in a.getnames()
    # A tag on a tree of another version is a mistake.
    text = read(copy, 'configure.ac').replace(version.encode(), b'9.9.9', 1)
    with open(copy + '/configure.ac', 'wb') as f:
        f.write(text)
    git(copy, 'tag', 'v9.9.9')
    told = run(copy + '/etc/release/dist.sh', cwd=tmp_path, code=1).stderr
    assert 'v9.9.9 is not version 9.9.9' in told


def test_the_version_is_in_one_place(clone, version):
    """But for those of the changes, where a person writes it."""
    found = git(clone, 'grep', '-lF', version, '--', ':!docs/NEWS',
                ':!tests/golden', ':!etc/debian/changelog').split()
    found = [name for name in found if re.search(
        rb'(?<![\d.])' + re.escape(version.encode()) + rb'(?![\d.])',
        read(clone, name))]
    assert found == ['configure.ac']


def test_every_library_is_in_the_list(released, version):
    from layers import NEEDED
    sbom = json.loads(read(released, 'ruad-%s.spdx.json' % version))
    assert sbom['spdxVersion'] == 'SPDX-2.3'
    packages = {p['SPDXID']: p for p in sbom['packages']}
    assert len(packages) == len(sbom['packages'])
    for p in packages.values():
        assert re.fullmatch(r'SPDXRef-[A-Za-z0-9.-]+', p['SPDXID'])
        assert {'name', 'versionInfo', 'downloadLocation',
                'licenseDeclared'} <= set(p)
    ours = packages['SPDXRef-ruad']
    assert ours['versionInfo'] == version
    assert ours['checksums'] == [{
        'algorithm': 'SHA256', 'checksumValue': hashlib.sha256(
            read(released, 'ruad-%s.tar.gz' % version)).hexdigest()}]
    related = {(r['spdxElementId'], r['relatedSpdxElement'])
               for r in sbom['relationships']
               if r['relationshipType'] == 'DEPENDS_ON'}
    assert related == {('SPDXRef-ruad', name) for name in packages
                       if name != 'SPDXRef-ruad'}
    # What the programs are linked with, by the table that a test keeps true.
    other_names = {'sqlite3': 'sqlite', 'z': 'zlib', 'cares': 'c-ares',
                   'hogweed': 'nettle', 'curl-gnutls': 'curl',
                   'xml2': 'libxml2', 'crypt': 'libxcrypt'}
    linked = set()
    for needs, _ in NEEDED.values():
        linked |= {name[3:] for name in needs.split()} - {'c', 'm'}
    names = {p['name'] for p in packages.values()}
    for library in linked:
        name = other_names.get(library, library)
        assert name in names or 'lib' + name in names, library
    assert not [p['name'] for p in packages.values()
                if p['versionInfo'] == 'NOASSERTION']


@pytest.mark.skipif(not shutil.which('gpg'), reason='there is no gpg')
def test_what_is_signed_can_be_verified(clone, version, tmp_path):
    """With a key of its own, which nobody has seen before or after."""
    home = tmp_path / 'gnupg'
    home.mkdir(mode=0o700)
    key = {'GNUPGHOME': str(home)}
    copy = str(tmp_path / 'copy')
    git(tmp_path, 'clone', '-q', clone, copy)
    run(copy + '/etc/release/dist.sh', cwd=tmp_path)
    sums = 'ruad-%s.sha256' % version
    try:
        run('gpg', '--batch', '--passphrase', '', '--quick-generate-key',
            'Maintainer <maintainer@example.org>', 'ed25519', 'sign',
            cwd=tmp_path, **key)
        run('gpg', '--batch', '--passphrase', '', '--quick-generate-key',
            'Other <other@example.org>', 'ed25519', 'sign',
            cwd=tmp_path, **key)
        # Only what has a tag, and in that the key.
        told = run(copy + '/etc/release/sign.sh', 'maintainer@example.org',
                   cwd=tmp_path, code=1, **key)
        assert 'there is no tag v%s' % version in told.stderr
        git(copy, 'tag', 'v' + version)
        told = run(copy + '/etc/release/sign.sh', cwd=tmp_path, code=1, **key)
        assert 'v%s has no etc/release/key.asc' % version in told.stderr
        published = copy + '/etc/release/key.asc'
        run('gpg', '--armor', '--output', published, '--export',
            'maintainer@example.org', cwd=tmp_path, **key)
        git(copy, 'add', '-A')
        git(copy, 'commit', '-q', '-m', 'the key')
        git(copy, 'tag', '-f', 'v' + version)
        run(copy + '/etc/release/dist.sh', cwd=tmp_path)
        run(copy + '/etc/release/sign.sh', 'maintainer@example.org',
            cwd=tmp_path, **key)
        where = str(tmp_path / 'build')
        ring = str(tmp_path / 'ruad.gpg')
        run('gpg', '--output', ring, '--dearmor', published, cwd=where, **key)
        verify = 'gpgv', '--keyring', ring, sums + '.asc', sums
        told = run(*verify, cwd=where)
        assert 'Good signature from "Maintainer' in told.stderr
        assert len(run('sha256sum', '-c', sums,
                       cwd=where).stdout.splitlines()) == 2
        with open(where + '/' + sums, 'a', encoding='ascii') as f:
            f.write('%064d  other\n' % 0)
        told = run(*verify, cwd=where, code=1)
        assert 'BAD signature' in told.stderr
        # Nor is anything signed whose checksum is wrong.
        run(copy + '/etc/release/dist.sh', cwd=tmp_path)
        with open('%s/ruad-%s.tar.gz' % (where, version), 'ab') as f:
            f.write(b'x')
        os.remove(where + '/' + sums + '.asc')
        run(copy + '/etc/release/sign.sh', 'maintainer@example.org',
            cwd=tmp_path, code=1, **key)
        assert not os.path.exists(where + '/' + sums + '.asc')
        # Nor by a key that users do not have.
        run(copy + '/etc/release/dist.sh', cwd=tmp_path)
        told = run(copy + '/etc/release/sign.sh', 'other@example.org',
                   cwd=tmp_path, code=1, **key)
        assert 'is of another key' in told.stderr
        assert not os.path.exists(where + '/' + sums + '.asc')
    finally:
        run('gpgconf', '--kill', 'all', cwd=tmp_path, **key)
