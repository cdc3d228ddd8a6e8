# SPDX-License-Identifier: BSD-2-Clause
"""How late a reporter is, and whether it fell silent: the same from ruactl, a
view and the page."""

import email
import time
from email.utils import formatdate

import pytest

from ctl import DAY, mail, report
from webpage import Asked, number

TODAY = int(time.time()) // 86400
FIRST = DAY // 86400            # the day 0 of report()
END = DAY + 86399               # of its period


@pytest.fixture
def asked(build, tmp_path):
    return Asked(build, tmp_path)


def put(asked, org, sent, day=0):
    """A report, in a message of that Date (seconds; None: it has none)."""
    name = '%s-%s-%d' % (org, sent, day)
    message = email.message_from_bytes(mail(
        report(org=org, ident=name, day=day), subject=name))
    if sent is not None:
        message['Date'] = formatdate(sent)
    asked.put('in/%s.eml' % name.replace(' ', '_'), message.as_bytes())


def delays(asked):
    """Hours by reporter, which all three agree on."""
    days = ['--since=2025-03-01', '--until=2025-03-31']
    hours = {row['org_name']: row['avg_delay_hours']
             for row in asked.json('reporters', *days)}
    assert hours == dict(asked.query(
        'SELECT org_name, avg_delay_hours FROM v_reporter'))
    for row in asked.page(*days).sections['reporters'].table:
        count, unit = row['Delay'].split()
        whole = int(hours[row['Reporter']])
        assert (number(count), unit) == (
            (whole // 24, 'days') if whole >= 72 else
            (whole, 'hour' if whole == 1 else 'hours'))
    return hours


def test_the_delay_is_that_of_the_message(asked):
    """Not of an import years later, and never negative."""
    put(asked, 'Two hours', END + 7200)
    put(asked, 'Early', END - 3600)
    put(asked, 'Mixed', END + 3600)
    put(asked, 'Mixed', END + 86400 + 3 * 3600, 1)
    put(asked, 'Week', END + 7 * 86400)
    asked('import', 'in')
    assert delays(asked) == {
        'Two hours': 2, 'Early': 0, 'Mixed': 2, 'Week': 168}


def test_a_date_that_cannot_be_is_not_believed(asked):
    now = int(time.time())
    put(asked, 'No date', None)
    put(asked, 'Epoch', 5)
    put(asked, 'Day before', DAY - 60)
    put(asked, 'Future', now + 90 * 86400)
    asked('import', 'in')
    # The arrival was more than a year after the period.
    assert delays(asked) == dict.fromkeys(
        ('No date', 'Epoch', 'Day before', 'Future'), 8760)


def test_without_a_message_it_is_the_arrival(asked):
    asked.put('in/a.xml', report(day=TODAY - 2 - FIRST))
    asked('import', 'in')
    late = (time.time() - (TODAY - 1) * 86400) / 3600
    ((hours,),) = asked.query('SELECT avg_delay_hours FROM v_reporter')
    assert abs(hours - late) < 1


@pytest.mark.parametrize('name, ages, silent', [
    ('stopped', range(6, 20), True),
    ('a day too few', range(6, 19), False),
    ('a gap', [*range(6, 12), *range(13, 21)], False),
    ('long before the gap', [*range(6, 20), *range(22, 30)], True),
    ('still reports', range(2, 30), False),
    ('three days ago', range(4, 30), False),
])
def test_who_is_silent_is_so_for_the_page_and_the_view(
        asked, name, ages, silent):
    """The other reporter is up to date: two days are not missed yet."""
    for org, those in (name, ages), ('Steady', range(2, 40)):
        for age in those:
            asked.put('in/%s-%d.xml' % (org.replace(' ', '_'), age), report(
                org=org, ident='%s-%d' % (org, age), day=TODAY - age - FIRST))
    asked('import', 'in')
    assert asked.query('SELECT org_name FROM v_silent_reporter') == (
        [(name,)] if silent else [])
    section = asked.page().sections['reporters']
    assert section.lead.endswith('; %d silent.' % silent)
    assert [row['Reporter'] for row in section.table] == ['Steady', name]
    assert ('silent since' in asked.html) == silent
