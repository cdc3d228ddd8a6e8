# SPDX-License-Identifier: BSD-2-Clause
"""What axe finds on the pages of ruad-web and in the reports of ruactl, in both
themes, on a telephone and on a desk: nothing.  "make check-axe"."""

import json
import os
import time

import pytest

import demo_data
import demo_dns
import demo_mail
from browser import Browser
from ctl import Ctl, mail
from dovecot import free_ports
from nameserver import NameServer
from test_questions import tlsrpt
from webserver import Web, crawl, kind_of

TODAY = int(time.time()) // 86400 * 86400
LOOKS = [(width, dark) for width in (1280, 360) for dark in (False, True)]
DAY = '/d/example.org/day/' + time.strftime(
    '%Y-%m-%d', time.gmtime(TODAY - 86400))
RUN = '''axe.run(document, {resultTypes: ['violations']}).then(
    found => JSON.stringify(found.violations.map(one => [one.impact, one.id,
        one.nodes.map(node => node.html.slice(0, 200) + ' '
                      + node.failureSummary)])))'''


@pytest.fixture(scope='module')
def axe():
    with open(os.environ['RUAD_AXE'], encoding='utf-8') as f:
        return f.read()


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    """The month of the demo, with something for every page."""
    one = Ctl(build, tmp_path_factory.mktemp('axe'))
    for i, data in enumerate(demo_data.mails(TODAY) + [
            demo_mail.failure(TODAY)]):
        one.put('in/%d.eml' % i, data)
    one.put('in/tls.json', tlsrpt('google.com', -3, [(
        'example.org', 'sts', 90, [('certificate-expired', 'mx.example.org',
                                    3)])]))
    one('import', 'in')
    one.put('broken.eml', mail(b'<feedback><report'))
    one('import', 'broken.eml', code=65)
    names = NameServer(demo_dns.ZONES)
    names.start()
    try:
        one('dns', '--server=' + names.server)
    finally:
        names.stop()
    return one


@pytest.fixture(scope='module')
def browser():
    one = Browser()
    yield one
    one.close()


def look(browser, axe, url):
    """Everything that axe finds on a page, however it is looked at."""
    found = set()
    browser.go(url)
    browser.evaluate(axe + '; 0')
    for width, dark in LOOKS:
        browser.look(width, dark)
        for impact, name, nodes in json.loads(
                browser.evaluate(RUN, awaitPromise=True)):
            found.update((impact, name, node) for node in nodes)
    return found


def must_be_none(found):
    assert not found, '\n'.join(map(str, sorted(found, key=str)))


def test_pages_of_every_kind(build, ctl, browser, axe):
    web = Web(build, ctl.directory, ctl.database, '--show-failures',
              listen='127.0.0.1:%d' % free_ports())
    try:
        targets = [target for target, _ in crawl(web, each=1)]
        assert len({kind_of(target) for target in targets}) >= 15
        targets += [DAY, '/d/nix.example', '/d/nix.example/senders', '/nope',
                    '/reports?domain=nix.example', '/?since=2019-01-01'
                    '&until=2019-01-02']
        found = set()
        for target in targets:
            found |= {(*one, kind_of(target)) for one in look(
                browser, axe, 'http://' + web.listen + target)}
    finally:
        web.stop()
    must_be_none(found)


def test_a_report(ctl, browser, axe):
    ctl('report', '-o', 'report.html', 'example.org')
    found = look(browser, axe, 'file://%s/report.html' % ctl.directory)
    must_be_none(found)
