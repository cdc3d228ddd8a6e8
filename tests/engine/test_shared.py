# SPDX-License-Identifier: BSD-2-Clause
"""What src/engine/feed.sh does is the same whatever the engine, and what stops
a feed is said in one sentence."""

import os
import shutil
import signal
import time

import pytest

import chfeed
import chserver
import pgfeed
import pgserver
import world
from ctl import PASS, report
from patience import PATIENCE


@pytest.fixture(params=['postgresql', 'clickhouse'])
def feed(request, build):
    """One that is empty, and env that can be changed."""
    if request.param == 'postgresql':
        one = pgfeed.Feed(build, request.getfixturevalue('postgres'))
        one.fresh()
    else:
        one = chfeed.Feed(build, request.getfixturevalue('clickhouse'))
        one.fresh()
    return one


@pytest.fixture(params=['postgresql', 'clickhouse'])
def unused(request, build):
    """One that does not come to ask its engine."""
    if request.param == 'postgresql':
        return pgfeed.Feed(build, request.getfixturevalue('postgres'))
    return chfeed.Feed(build, request.getfixturevalue('clickhouse'))


@pytest.fixture
def own(build, tmp_path):
    """A collector with a report of 10 messages."""
    one = world.Collector(build, tmp_path / 'mx1', 'mx1')
    world.Step(one, ['import', '-q', one.files([report(
        rows=[('192.0.2.1', 10, PASS)])])]).run()
    return one


@pytest.mark.parametrize('args, word', [
    (['--limit=0'], 'number'), (['--limit=1234567'], 'number'),
    (['--pause=x'], 'number'), (['--collector='], 'no option --collector='),
    (['--forget'], 'no option --forget'), (['x'], 'no option x')])
def test_bad_options_are_told(unused, args, word):
    assert word in unused(*args, code=64)


def test_its_usage_names_it(unused):
    assert unused('--help').startswith(
        'usage: ' + os.path.basename(unused.program) + ' [--follow]')


def test_what_is_missing_is_told(feed, own, tmp_path):
    args = feed.args('mx1', own.database)
    env = dict(feed.env)
    feed.env['RUAD_ENGINE_SQL'] = str(tmp_path / 'sql')
    assert 'cannot read %s/sql' % tmp_path in feed(*args, code=66)
    feed.env = {**env, 'RUACTL': str(tmp_path / 'ruactl')}
    assert 'cannot run %s/ruactl: install ruad' % tmp_path in feed(
        *args, code=69)
    (tmp_path / 'ruactl').write_text('', encoding='ascii')      # not executable
    assert 'cannot run %s/ruactl: install ruad' % tmp_path in feed(
        *args, code=69)
    feed.env = {**env, 'TMPDIR': str(tmp_path / 'none')}
    assert 'cannot write into %s/none' % tmp_path in feed(*args, code=73)
    (tmp_path / 'bin').mkdir()
    for name in 'uname', 'cat':
        (tmp_path / 'bin' / name).symlink_to('/usr/bin/' + name)
    feed.env = {**env, 'PATH': str(tmp_path / 'bin')}
    assert 'is missing: install it' in feed(*args, code=69)
    feed.env = env
    feed(*args)
    assert [row['messages'] for row in feed.rows('v_daily')] == [10]


def test_a_consumer_that_is_killed_leaves_no_file(feed, own):
    # One that is killed just when it makes its files may leave an empty one.
    before = set(os.listdir(feed.env['TMPDIR']))
    process = feed.start(*feed.args('mx1', own.database, '--follow'))
    end = time.monotonic() + PATIENCE
    while not feed.rows('v_daily'):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(.2)          # it costs more to ask than to wait
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert not [name for name in os.listdir(feed.env['TMPDIR'])
                if name.startswith('ruad-feed.') and name not in before]


def test_clickhouse_says_who_may_not(build, clickhouse, own, tmp_path):
    feed = chfeed.Feed(build, clickhouse)
    with open(feed.server.config, encoding='ascii') as f:
        config = f.read()
    (tmp_path / 'c.xml').write_text(config.replace(
        '</config>', '<user>mallory</user></config>'), encoding='ascii')
    said = feed(*feed.args('mx1', own.database),
                '--config=%s/c.xml' % tmp_path, code=77)
    assert 'Unknown user mallory' in said
    assert 'does not let this user' in said and 'try again' not in said


def test_postgresql_says_who_may_not(build, postgres, own):
    feed = pgfeed.Feed(build, postgres)
    feed.fresh()
    args = feed.args('mx1', own.database)
    feed.env['PGUSER'] = 'mallory'
    said = feed(*args, code=77)
    assert 'role "mallory" does not exist' in said
    assert 'does not let this user' in said and 'try again' not in said
    postgres.psql('DROP ROLE IF EXISTS idle; CREATE ROLE idle LOGIN')
    feed.env['PGUSER'] = 'idle'
    for action in [], ['--create'], ['--clean'], ['--forget=mx1']:
        said = feed(*args, *action, code=77)
        assert 'belongs to postgres, and only its owner may write' in said
    postgres.psql('DROP SCHEMA ruad CASCADE')
    assert 'GRANT CREATE ON DATABASE ruad' in feed('--create', code=77)
    assert '--create' in feed(*args, code=78)
    postgres.psql('GRANT CREATE ON DATABASE ruad TO idle')
    feed('--create')
    feed(*args)
    postgres.psql('DROP OWNED BY idle; DROP ROLE idle')


def test_no_rights_are_not_those_of_a_server_that_is_away(build, tmp_path):
    """Nobody answers."""
    env = {'PATH': '/usr/bin:/bin', 'PGHOST': str(tmp_path)}
    config = tmp_path / 'client.xml'
    config.write_text(chserver.CLIENT.format(chserver.free_ports(1)[0]),
                      encoding='ascii')
    for program, is_there, more in (
            # Debian's psql is a wrapper, and may be there without PostgreSQL.
            ('postgresql', pgserver.programs(), []),
            ('clickhouse', shutil.which('clickhouse-client', path=env['PATH']),
             ['--config=%s' % config])):
        if not is_there:
            continue
        done = world.subprocess.run(
            ['%s/ruad-feed-%s' % (build, program), '--collector=x', *more],
            env={**env, 'RUAD_ENGINE_SQL': '%s/engine/%s.sql' % (
                build, program)}, stdin=world.subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 75, done.stderr
        assert 'try again later' in done.stderr
