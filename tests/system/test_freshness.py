# SPDX-License-Identifier: BSD-2-Clause
"""What must be known before any answer: that a mailbox fails, or that the
newest report is old."""

import sqlite3
import time

import pytest

from ctl import DAY, report
from webpage import Asked

TODAY = int(time.time()) // 86400


@pytest.fixture
def asked(build, tmp_path):
    """Its reports are of the days given, counted back from today."""
    own = Asked(build, tmp_path)

    def add(domain, *ages):
        for age in ages:
            own.put('in/%s-%d.xml' % (domain, age), report(
                domain=domain, ident='%s-%d' % (domain, age),
                day=TODAY - age - DAY // 86400))
        own('import', 'in')
    own.add = add
    return own


def poll(asked, name, ok_age=60, error=None, kind=None):
    """A mailbox whose last good poll was so many seconds ago."""
    with sqlite3.connect(asked.database) as db:
        now = int(time.time())
        db.execute('INSERT INTO mailbox (name, server, username, folder,'
                   ' last_poll_ts, last_ok_ts, last_error, last_error_class)'
                   ' VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                   (name, 'h', 'u', 'INBOX', now, ok_age and now - ok_age, error, kind))
    db.close()


@pytest.mark.parametrize('age, said', [
    (0, None), (2, None), (3, None),
    (4, '4 days old'), (59, '59 days old'), (60, '60 days old'),
    (61, '2 months old'), (579, '19 months old'), (729, '23 months old'),
    (731, '2 years old'), (1200, '3 years old'),
])
def test_the_newest_report_is_old_after_three_days(asked, age, said):
    asked.add('example.org', age)
    lines = asked.page().banner
    if said is None:
        assert lines == []
        return
    (line,) = lines
    assert line.startswith('The newest report is %s (%s).' % (
        said, time.strftime('%Y-%m-%d', time.gmtime((TODAY - age) * 86400))))
    assert line.endswith('ruactl import PATH')


def test_a_page_about_a_domain_tells_of_its_reports(asked):
    asked.add('example.org', 1)
    asked.add('example.com', 40, 41)
    assert asked.page().banner == []
    assert asked.page('example.org').banner == []
    (line,) = asked.page('example.com').banner
    assert line.startswith('The newest report about example.com is 40 days '
                           'old (')
    # Days that were chosen do not make it older or newer.
    (again,) = asked.page('example.com', '--since=45d').banner
    assert again == line


def test_what_to_do_depends_on_the_mailboxes(asked):
    asked.add('example.org', 10)
    poll(asked, 'own')
    (line,) = asked.page().banner
    assert 'see that rua= in DNS still names one of them' in line
    poll(asked, 'second', 60, 'no <b> answer', 'network')
    first, second = asked.page().banner
    assert first == ('Mailbox second: no <b> answer. ruad tries again by '
                     'itself: ruactl status')
    assert second.startswith('The newest report is 10 days old (')
    assert 'Newer ones may wait in the mailbox' in second


@pytest.mark.parametrize('ok_age, error, kind, said', [
    (60, None, None, None),
    (23 * 3600, None, None, None),
    (30 * 3600, None, None, 'Mailbox own: no good poll for 30 h. See whether '
     'ruad is running: ruactl status'),
    (None, None, None, 'Mailbox own: no good poll yet. See whether ruad is '
     'running: ruactl status'),
    (60, 'login failed', 'permission', 'Mailbox own: login failed. Nothing is '
     'collected from it until that is fixed: ruactl status'),
    (5 * 86400, 'login failed', 'permission', 'Mailbox own: no good poll for '
     '5 days (login failed). Nothing is collected from it until that is '
     'fixed: ruactl status'),
])
def test_a_mailbox_that_fails_is_said(asked, ok_age, error, kind, said):
    asked.add('example.org', 1)
    poll(asked, 'own', ok_age, error, kind)
    assert asked.page().banner == ([said] if said else [])


def test_many_mailboxes_do_not_hide_the_page(asked):
    asked.add('example.org', 5)
    for i in range(30):
        poll(asked, 'box%02d' % i, 60, 'x', 'permission')
    lines = asked.page().banner
    assert len(lines) == 6
    assert lines[0].startswith('Mailbox box00: x.')
    assert lines[4] == 'and 26 more: ruactl status'
    assert lines[5].startswith('The newest report is 5 days old')
