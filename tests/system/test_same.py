# SPDX-License-Identifier: BSD-2-Clause
"""The same mail gives the same rows, whatever the locale, the time zone, and,
as far as other builds are there, the compiler."""

import os
import subprocess

import pytest

import same

LOCALES = {'de_DE': 'UTF-8', 'tr_TR': 'UTF-8', 'fa_IR': 'UTF-8',
           'ja_JP': 'EUC-JP'}
ZONES = ('America/St_Johns', 'Pacific/Kiritimati', 'Asia/Kathmandu',
         'Antarctica/Troll', 'XXX-14YYY,M3.5.0,M10.5.0/3', ':/nowhere')


@pytest.fixture(scope='module')
def here(tmp_path_factory, build):
    where = tmp_path_factory.mktemp('same')
    same.inputs(str(where / 'in'))
    found = same.outcome(build, str(where / 'in'), str(where / 'plain'),
                         {'LC_ALL': 'C', 'TZ': 'UTC'})
    assert len(found['report']) > 80 and len(found['export records']) > 200
    assert found['tls_report'] and found['failure']
    return where, found


@pytest.fixture(scope='module')
def locales(tmp_path_factory):
    """Compiled for this test alone: hardly a machine has them."""
    where = tmp_path_factory.mktemp('locales')
    for name, charset in LOCALES.items():
        done = subprocess.run(
            ['localedef', '-i', name, '-f', charset,
             str(where / (name + '.' + charset))],
            capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
    return str(where)


@pytest.mark.parametrize('name', LOCALES)
def test_a_locale_changes_nothing(here, build, locales, name):
    where, plain = here
    env = {'LC_ALL': name + '.' + LOCALES[name], 'LOCPATH': locales}
    known = subprocess.run(['locale', 'charmap'], env={**os.environ, **env},
                           capture_output=True, text=True, check=True)
    assert known.stdout.strip() == LOCALES[name], 'the locale is not in use'
    found = same.outcome(build, str(where / 'in'), str(where / name), env)
    assert same.differences(plain, found) == []


@pytest.mark.parametrize('zone', ZONES)
def test_a_time_zone_changes_nothing(here, build, tmp_path, zone):
    where, plain = here
    found = same.outcome(build, str(where / 'in'), str(tmp_path / 'db'),
                         {'LC_ALL': 'C.UTF-8', 'TZ': zone})
    assert same.differences(plain, found) == []


@pytest.mark.parametrize('other', ['asan', 'clang', 'release'])
def test_a_compiler_changes_nothing(here, build, tmp_path, other):
    where, plain = here
    path = os.path.join(os.path.dirname(build), other)
    if not os.path.exists(path + '/ruactl'):
        pytest.skip('there is no build/%s; make B=%s' % (other, other))
    found = same.outcome(path, str(where / 'in'), str(tmp_path / 'db'),
                         {'LC_ALL': 'C', 'TZ': 'UTC'})
    assert same.differences(plain, found) == []
