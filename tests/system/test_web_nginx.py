# SPDX-License-Identifier: BSD-2-Clause
"""ruad-web behind a private nginx, below a path, as ruad-web(8) says."""

import base64
import os
import re
import shutil
import subprocess

import pytest

from ctl import Ctl, mail, report
from dovecot import die_with_parent, free_ports
from patience import wait_until
from test_web import needs_web
from webserver import Page, Web, crawl

NGINX = os.environ.get('RUAD_NGINX') or shutil.which(
    'nginx', path='/usr/sbin:/usr/bin')
SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
USER = base64.b64encode(b'anna:secret').decode()
CONF = '''daemon off; master_process off; pid %(dir)s/pid;
error_log %(dir)s/error.log;
events { }
http {
    access_log off;
    client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/f; uwsgi_temp_path %(dir)s/u;
    scgi_temp_path %(dir)s/s;
    server { listen %(listen)s; %(location)s }
}
'''
pytestmark = pytest.mark.skipif(NGINX is None, reason='no nginx here')


def recipe():
    """The lines of the manual."""
    with open(SOURCE + '/docs/ruad-web.8', encoding='ascii') as f:
        return re.search(r'^location .*?^}$', f.read(), re.M | re.S)[0]


class Behind(Web):
    """What is asked for below a path, with a password."""

    def __init__(self, listen):         # pylint: disable=super-init-not-called
        self.listen = listen

    def ask(self, target, *headers, **how):
        return super().ask('/dmarc' + target, 'Authorization: Basic ' + USER,
                           *headers, **how)


@pytest.fixture
def behind(build, tmp_path):
    needs_web(build)
    ctl = Ctl(build, tmp_path)
    ctl.put('a.eml', mail(report()))
    ctl('import', 'a.eml')
    web = Web(build, tmp_path, ctl.database)
    listen = '127.0.0.1:%d' % free_ports()
    users = ctl.put('users', subprocess.run(
        ['openssl', 'passwd', '-apr1', '-salt', 'saltsalt', 'secret'],
        capture_output=True, check=True).stdout)
    users.write_text('anna:' + users.read_text())
    location = recipe().replace('/run/ruad-web/http.sock', web.path).replace(
        '/etc/nginx/dmarc.users', str(users))
    assert web.path in location and str(users) in location
    ctl.put('nginx.conf', (CONF % {
        'dir': tmp_path, 'listen': listen, 'location': location}).encode())
    nginx = subprocess.Popen(
        [NGINX, '-c', str(tmp_path / 'nginx.conf'), '-p', str(tmp_path)],
        preexec_fn=die_with_parent)
    one = Behind(listen)
    try:
        wait_until(lambda: nginx.poll() is not None or one.is_up())
        yield one
    finally:
        nginx.kill()
        nginx.wait()
        web.stop()


def test_every_link_leads_somewhere_below_the_path(behind):
    seen = {target for target, _ in crawl(behind, each=3)}
    assert len(seen) > 25
    assert {'/', '/d/example.org', '/d/example.org/senders'} <= seen


def test_without_a_password_nobody_sees_anything(behind):
    reply = Web.ask(behind, '/dmarc/')
    assert reply.status == 401 and 'example.org' not in reply.text
    assert Web.ask(behind, '/').status == 404


def test_it_hands_on_what_keeps_browsers_in(behind):
    reply = behind.get('/')
    assert Page(reply.text).titles[0] == 'Overview'
    assert "frame-ancestors 'none'" in reply.headers['content-security-policy']
    assert reply.headers['x-content-type-options'] == 'nosniff'
    assert behind.ask('/', method='POST').status == 405
