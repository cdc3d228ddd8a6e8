# SPDX-License-Identifier: BSD-2-Clause
"""docs/examples/prometheus-rules.yml, as promtool reads and runs it, and the
numbers that it is about."""

import os
import re
import shutil
import subprocess

import pytest

from ctl import FAIL, Ctl, report
from test_systemd import SOURCE as ROOT

RULES = os.path.join(ROOT, 'docs', 'examples', 'prometheus-rules.yml')
TESTS = os.path.join(ROOT, 'tests', 'system', 'prometheus_tests.yml')

pytestmark = pytest.mark.skipif(
    shutil.which('promtool') is None,
    reason='promtool of the package prometheus is not installed')


def promtool(*args, stdin=None):
    done = subprocess.run(['promtool', *args], input=stdin, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def test_the_rules_can_be_loaded():
    assert '%d rules found' % len(re.findall(
        r'^ +- (?:alert|record):', read(RULES), re.M)) in promtool(
            'check', 'rules', RULES)


def test_each_alert_fires_where_it_must_and_only_there():
    assert 'SUCCESS' in promtool('test', 'rules', TESTS)
    # A case without exp_alerts says that nothing fires.
    cases = re.findall(r'alertname: (\w+)\n( *exp_alerts:)?', read(TESTS))
    fires = {name for name, expected in cases if expected}
    silent = {name for name, expected in cases if not expected}
    alerts = set(re.findall(r'- alert: (\w+)', read(RULES)))
    assert alerts == fires == silent and len(alerts) > 10


def test_what_the_rules_ask_for_is_told(build, tmp_path):
    own = Ctl(build, tmp_path)
    own('import', own.put('r.xml', report(rows=[('192.0.2.1', 5, FAIL)])))
    own('sender', 'add', 'List', 'service', '192.0.2.1')
    told = own('metrics')
    promtool('check', 'metrics', stdin=told)
    names = set(re.findall(r'^# TYPE (\w+)', told, re.M))
    asked = set(re.findall(r'\bruad_\w+', read(RULES)))
    assert asked and asked <= names
    labels = set(re.findall(r'(\w+)=~?"', told))
    used = set(re.findall(r'\$labels\.(\w+)', read(RULES)))
    assert 'domain' in used and used <= labels | {'mailbox', 'reporter'}
