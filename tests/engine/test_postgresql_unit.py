# SPDX-License-Identifier: BSD-2-Clause
"""ruad-feed@postgresql.service under a real systemd, set up as ruad-feed(8)
says: not enabled, locked in, and able to do its work."""

import os
import time

import pytest

import pgserver
from ctl import PASS, report
from patience import PATIENCE
from test_systemd import booted         # noqa: F401

# pylint: disable=redefined-outer-name

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0,
                       reason='to boot a systemd, one must be root'),
    pytest.mark.skipif(not pgserver.programs(),
                       reason='PostgreSQL is missing: make deps-engines')]
UNIT = 'ruad-feed@postgresql.service'
SERVER = '''set -e
install -d -o postgres /run/postgresql /var/tmp/pg
runuser -u postgres -- %(bin)s/initdb -D /var/tmp/pg/data -A peer -E UTF8 \
    --locale=C.UTF-8 --no-sync
runuser -u postgres -- %(bin)s/pg_ctl -D /var/tmp/pg/data -w -l /var/tmp/pg/log \
    -o "-k /run/postgresql -c listen_addresses=" start
'''


def run_as(booted, user, *args):
    """Without what is set for tests of whoever runs them."""
    return booted.must(
        'runuser', '-u', user, '--', 'env', '-i', 'LANG=C.UTF-8',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/bin', *args)


def ask(booted, sql):
    return run_as(booted, 'postgres', 'psql', '-XAtq', '-d', 'reports', '-c',
                  sql).strip()


def store(booted, *idents):
    for ident in idents:
        booted.write('/var/tmp/%s.xml' % ident, report(
            ident=ident, rows=[('198.18.0.1', 5, PASS)]).decode())
        run_as(booted, 'ruad', 'ruactl', 'import', '/var/tmp/%s.xml' % ident)


def feed_more(booted, unit, messages):
    """The feed of a report, and two more when that is there; messages() says
    how many the engine has."""
    for idents, want in (((), '5'), (('r2', 'r3'), '15')):
        store(booted, *idents)
        end = time.monotonic() + PATIENCE
        while messages() != want:
            assert booted.show('ActiveState', unit=unit) == {
                'ActiveState': 'active'}, booted.log()
            assert time.monotonic() < end, booted.log()
            time.sleep(.5)


def stop(booted, unit):
    """It ends as it should, and was never started again."""
    booted.must('systemctl', 'stop', unit)
    assert booted.show('Result', 'NRestarts', unit=unit) == {
        'Result': 'success', 'NRestarts': '0'}, booted.log()


@pytest.fixture
def server(booted):
    booted.must('sh', '-c', SERVER % {'bin': pgserver.programs()})
    for line in ('createuser ruad', 'createuser --no-login ruad_reader',
                 'createdb --owner=ruad --encoding=UTF8 --template=template0'
                 ' reports'):
        run_as(booted, 'postgres', *line.split())
    booted.write('/etc/ruad/feed-postgresql.env', 'PGDATABASE=reports\n'
                 'RUAD_OPTIONS=--collector=mx9 --pause=1\n')
    booted.must('install', '-d', '-o', 'ruad', '-g', 'ruad', '-m', '750',
                '/var/lib/ruad')
    run_as(booted, 'ruad', 'PGDATABASE=reports', 'ruad-feed-postgresql',
           '--create')
    yield
    run_as(booted, 'postgres', pgserver.programs() + '/pg_ctl', '-D',
           '/var/tmp/pg/data', '-m', 'immediate', 'stop')


def test_it_feeds_until_it_is_stopped(booted, server):
    del server
    assert booted.run('systemctl', 'is-enabled', UNIT).stdout == 'disabled\n'
    store(booted, 'r1')
    booted.must('systemctl', 'enable', '--now', UNIT)
    try:
        feed_more(booted, UNIT, lambda: ask(
            booted, 'SELECT sum(messages) FROM ruad.v_daily'))
        assert ask(booted, 'SELECT name FROM ruad.v_collector') == 'mx9'
        assert ask(booted, "SELECT has_table_privilege('ruad_reader',"
                   " 'ruad.v_daily', 'SELECT')") == 't'
        stop(booted, UNIT)
    finally:
        booted.must('systemctl', 'disable', '--now', UNIT)
    said = booted.must('systemd-analyze', 'security', '--no-pager', UNIT)
    level = said.rpartition('level for %s:' % UNIT)[2].split()[0]
    assert float(level) <= 1.2, said
