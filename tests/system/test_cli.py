# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ruad and its exit statuses."""

import re

import pytest

import gen
import rig as rigs
from dovecot import PASSWORD


@pytest.mark.parametrize('option', ['-V', '--version'])
def test_the_version_is_said(rig, option):
    result = rig.run(option)
    assert result.code == 0
    assert re.match(r'ruad \d+\.\d+', result.out)


@pytest.mark.parametrize('option', ['-h', '--help'])
def test_help_names_every_option(rig, option):
    result = rig.run(option)
    assert result.code == 0
    for each in ('-c', '-t', '-T', '-1', '-m', '-n', '-v', '-V'):
        assert each in result.out
    assert all(len(line) <= 80 for line in result.out.splitlines())


@pytest.mark.parametrize('args', [['-x'], ['-1', 'more'], ['-m'],
                                  ['--nonsense']])
def test_a_wrong_command_line_is_a_usage_error(rig, args):
    rig.mailbox()
    result = rig.run(*args)
    assert result.code == 64
    assert result.log and not result.out


def test_a_good_config_passes_the_check(rig):
    rig.mailbox()
    result = rig.run('-t')
    assert result.code == 0, result.log


def test_all_errors_of_a_config_are_said_with_file_and_line(rig):
    rig.write('ruad.conf', 'databse = "x";\ninterval = 15;\n'
              'mailboxes = (\n  { name = "own"; hots = "localhost"; }\n);\n')
    for args in (['-t'], ['-1'], ['-T']):
        result = rig.run(*args, config=False)
        assert result.code == 78
        assert re.search(r'ruad\.conf:1: .*database', result.log)
        assert re.search(r'ruad\.conf:4: .*host', result.log)


def test_a_config_that_is_not_there_is_an_error(rig):
    result = rig.run('-t', config=False)
    assert result.code in (66, 78)
    assert 'ruad.conf' in result.log


def test_a_password_that_others_may_read_is_refused(rig):
    rig.mailbox(password_file=None, password='sesame')
    rig.write_config()
    rig.write('ruad.conf', rig.config(), 0o644)
    result = rig.run('-t', config=False)
    assert result.code in (77, 78)
    assert 'sesame' not in result.log
    rig.write('ruad.conf', rig.config(), 0o600)
    assert rig.run('-t', config=False).code == 0


def test_the_effective_config_hides_the_password(rig):
    rig.mailbox(password_file=None, password=PASSWORD)
    result = rig.run('-T')
    assert result.code == 0
    assert '****' in result.out and PASSWORD not in result.out
    for key in ('interval', 'archive', 'limits', 'port'):
        assert key in result.out
    rig.write('ruad.conf', '')              # it was there, and may be


def test_the_effective_config_is_a_config(rig):
    rig.mailbox()
    text = rig.run('-T').out
    rig.write('ruad.conf', text)
    again = rig.run('-T', config=False)
    assert again.code == 0 and again.out == text


def test_checking_a_mailbox_logs_in_counts_and_changes_nothing(rig):
    m = rig.mailbox()
    m.deliver(*rigs.reports('check', 3), stored=False)
    result = rig.run('-t', '-m', 'own')
    assert result.code == 0, result.log
    assert '3' in result.out + result.log and 'TLS' in result.out + result.log
    assert m.counts() == {'INBOX': 3}
    with pytest.raises(Exception):
        rig.query('SELECT 1')


def test_checking_a_mailbox_says_that_the_password_is_wrong(rig):
    rig.mailbox(password_file=rig.write('wrong.pass', 'sesame\n'))
    assert rig.run('-t', '-m', 'own').code == 77


def test_only_the_named_mailbox_is_polled(rig):
    one, two = rig.mailbox('one'), rig.mailbox('two')
    one.deliver(gen.mail('m', 0))
    two.deliver(gen.mail('m', 1), stored=False)
    rig.once('-m', 'one')
    assert one.counts() == {'Archive': 1}
    assert two.counts() == {'INBOX': 1}


def test_a_mailbox_that_is_not_in_the_config_is_an_error(rig):
    rig.mailbox()
    result = rig.run('-1', '-m', 'nobody')
    assert result.code in (64, 78)
    assert 'nobody' in result.log


def test_a_server_that_is_not_there_is_unavailable(rig):
    m = rig.mailbox(port=1)
    result = rig.run('-1')
    assert result.code in (69, 75)
    assert 'own: ' in result.log and m.options['host'] in result.log
