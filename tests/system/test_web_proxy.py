# SPDX-License-Identifier: BSD-2-Clause
"""ruad-web behind private web servers, as ruad-web(8) says: below a path, and
at the root of a host of its own, with a password.  Those of them that are
installed are tried; RUAD_CADDY and RUAD_APACHE name others."""

import base64
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from ctl import Ctl, mail, report
from dovecot import free_ports, tied
from patience import wait_until
from test_web import needs_web
from test_web_http import ANNA
from webserver import Page, Web, crawl

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
# "secret" of bcrypt(3), which is all that Caddy takes.
BCRYPT = '$2b$04$saltsaltsaltsaltsaltse9wZgS.lYgco58c1u4uv2bpBRUoZBzse'
USER = base64.b64encode(b'anna:secret').decode()
APACHE_MODULES = ('mpm_event', 'authn_core', 'authn_file', 'auth_basic',
                  'authz_core', 'authz_user', 'alias', 'proxy', 'proxy_http')


def nginx(program, directory, listen, recipe):
    path = directory / 'nginx.conf'
    path.write_text('''daemon off; master_process off; pid %(dir)s/pid;
error_log %(dir)s/error.log;
events { }
http {
    access_log off;
    client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/proxy;
    fastcgi_temp_path %(dir)s/f; uwsgi_temp_path %(dir)s/u;
    scgi_temp_path %(dir)s/s;
    server { listen %(listen)s; %(recipe)s }
}
''' % {'dir': directory, 'listen': listen, 'recipe': recipe})
    return [program, '-c', str(path), '-p', str(directory)]


def caddy(program, directory, listen, recipe):
    path = directory / 'Caddyfile'
    path.write_text('{\nadmin off\nauto_https off\n}\n'
                    'http://:%s {\nbind %s\n%s\n}\n' % (
                        *reversed(listen.split(':')), recipe))
    return [program, 'run', '--adapter', 'caddyfile', '--config', str(path)]


def apache(program, directory, listen, recipe):
    modules = os.path.join(os.path.dirname(program), '../lib/apache2/modules')
    path = directory / 'apache.conf'
    (directory / 'nothing').mkdir(exist_ok=True)
    path.write_text(''.join(
        'LoadModule %s_module %s/mod_%s.so\n' % (name, modules, name)
        for name in APACHE_MODULES) + '''
ServerRoot %(dir)s
DefaultRuntimeDir %(dir)s
PidFile %(dir)s/pid
ErrorLog %(dir)s/error.log
ServerName localhost
User nobody
Group nogroup
DocumentRoot %(dir)s/nothing
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
Listen %(listen)s
%(recipe)s
''' % {'dir': directory, 'listen': listen, 'recipe': recipe})
    return [program, '-X', '-f', str(path)]


# What each begins with in the manual, its program, and where it has users.
SERVERS = {
    'nginx': (nginx, 'nginx', r'location /dmarc/ \{'),
    'caddy': (caddy, 'caddy', r'redir /dmarc /dmarc/'),
    'apache': (apache, 'apache2', r'RedirectMatch '),
}


def program_of(name):
    return os.environ.get('RUAD_' + name.upper()) or shutil.which(
        SERVERS[name][1], path='/usr/sbin:/usr/bin')


def recipe_of(name):
    """The lines of the manual."""
    with open(SOURCE + '/docs/ruad-web.8', encoding='ascii') as f:
        return re.search(r'^(%s.*?)^\.Ed' % SERVERS[name][2], f.read(),
                         re.M | re.S)[1]


def at_root(recipe):
    """As the manual says."""
    return re.sub(r'(?m)^.*/dmarc[ $].*\n', '', recipe).replace(
        '/dmarc/', '/')


class Behind(Web):
    """What is asked for below a path, with a password."""

    def __init__(self, listen, below):  # pylint: disable=super-init-not-called
        self.listen, self.below = listen, below

    def ask(self, target, *headers, **how):
        return super().ask(self.below + target, 'Authorization: Basic ' + USER,
                           *headers, **how)


@pytest.fixture(scope='module')
def web(build):
    """With a socket that whoever the server runs as can use."""
    needs_web(build)
    directory = Path(tempfile.mkdtemp(prefix='ruad-proxy-'))
    os.chmod(directory, 0o755)
    ctl = Ctl(build, directory)
    ctl.put('a.eml', mail(report()))
    ctl('import', 'a.eml')
    one = Web(build, directory, ctl.database)
    os.chmod(one.path, stat.S_IMODE(os.stat(one.path).st_mode) | 0o006)
    yield one
    one.stop()
    shutil.rmtree(directory)


@pytest.fixture(params=[(name, below) for name in SERVERS
                        for below in ('/dmarc', '')],
                ids=lambda param: param[0] + (param[1] or '/'))
def behind(web, request):
    name, below = request.param
    program = program_of(name)
    if program is None:
        pytest.skip('no %s here' % name)
    directory = Path(os.path.dirname(web.path))
    users = directory / 'users'
    users.write_text(ANNA)
    recipe = recipe_of(name) if below else at_root(recipe_of(name))
    assert ('/dmarc' in recipe.replace('/dmarc.users', '')) == bool(below)
    recipe = re.sub(r'/etc/\w+/dmarc\.users', str(users), recipe.replace(
        '/run/ruad-web/http.sock', web.path)).replace('HASH', BCRYPT)
    assert web.path in recipe and (str(users) in recipe or BCRYPT in recipe)
    listen = '127.0.0.1:%d' % free_ports()
    one = Behind(listen, below)
    with open(directory / 'server.log', 'wb') as log:
        server = subprocess.Popen(
            **tied(SERVERS[name][0](program, directory, listen, recipe),
                   {**os.environ, 'HOME': str(directory)}),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: server.poll() is not None or one.is_up())
        assert server.poll() is None, (directory / 'server.log').read_text()
        yield one
    finally:
        server.kill()
        server.wait()


def test_all_of_it_can_be_seen_with_a_password_alone(behind):
    seen = {target for target, _ in crawl(behind, each=2)}
    assert len(seen) > 20
    assert {'/', '/d/example.org', '/d/example.org/senders'} <= {
        target.partition('?')[0] for target in seen}
    assert behind.ask('/a/2001%3Adb8%3A%3A1').status == 200
    reply = Web.ask(behind, behind.below + '/')
    assert reply.status == 401 and 'example.org' not in reply.text
    if behind.below:
        assert 'example.org' not in Web.ask(behind, '/').text
        for target in '/dmarc', '/dmarc/../', '/dmarc/%2e%2e/':
            assert 'example.org' not in Web.ask(behind, target).text
    # What keeps browsers in is handed on, and what is none is not served.
    reply = behind.get('/')
    assert Page(reply.text).titles[0] == 'Overview'
    assert "frame-ancestors 'none'" in reply.headers['content-security-policy']
    assert reply.headers['x-content-type-options'] == 'nosniff'
    assert behind.ask('/', method='POST').status == 405
    assert 'root:' not in behind.ask('/../../etc/passwd').text


def test_an_answer_is_kept_on_the_way(behind):
    """Web servers that pack answers weaken their tags."""
    wait_until(lambda: behind.get('/').headers.get('etag'))
    reply = behind.get('/')
    again = behind.ask('/', 'If-None-Match: ' + reply.headers['etag'])
    assert again.status == 304 or again.headers['etag'] != \
        reply.headers['etag']           # 5 minutes were over
