# SPDX-License-Identifier: BSD-2-Clause
"""A ClickHouse of its own: one server, or a cluster of two shards with two
replicas each and their ZooKeeper, on free ports of loopback."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 300
ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar'

SERVER = '''<?xml version="1.0"?>
<yandex>
<logger><level>warning</level><log>{home}/log</log>
<errorlog>{home}/errors</errorlog></logger>
<listen_host>127.0.0.1</listen_host><tcp_port>{port}</tcp_port>
<http_port>{http}</http_port>
<interserver_http_port>{between}</interserver_http_port>
<interserver_http_host>127.0.0.1</interserver_http_host>
<path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path>
<user_files_path>{home}/files/</user_files_path>
<users_config>{home}/users.xml</users_config>
<default_profile>default</default_profile>
<default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size>
<uncompressed_cache_size>0</uncompressed_cache_size>
<timezone>{timezone}</timezone>
{cluster}
</yandex>
'''
# A server that was killed has left its session, which ZooKeeper ends soon.
CLUSTER = '''<zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port>
</node><session_timeout_ms>4000</session_timeout_ms></zookeeper>
<macros><shard>{shard}</shard><replica>{replica}</replica></macros>
<distributed_ddl><path>/ruad/ddl</path></distributed_ddl>
<remote_servers><mail>{shards}</mail></remote_servers>'''
SHARD = '''<shard><internal_replication>true</internal_replication>{}</shard>'''
REPLICA = '<replica><host>127.0.0.1</host><port>{}</port></replica>'
USERS = '''<?xml version="1.0"?>
<yandex><profiles><default/></profiles><quotas><default/></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users></yandex>
'''
CLIENT = '<config><host>127.0.0.1</host><port>{}</port></config>\n'
ZOO = '''tickTime=500
dataDir={home}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
'''


def missing(cluster=False):
    """What is not installed here, or None."""
    need = ['clickhouse-server', 'clickhouse-client']
    if cluster:
        need.append('java')
    path = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
    for name in need:
        if not shutil.which(name, path=path):
            return '%s is not installed: make deps-engines' % name
    if cluster and not os.path.exists(ZOOKEEPER_JAR):
        return 'ZooKeeper is not installed: make deps-engines'
    return None


def free_ports(n):
    """Ports that nobody has now."""
    held = [socket.create_server(('127.0.0.1', 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


class Program:
    """A server with a directory of its own, which kill() and start() keep."""

    def __init__(self, argv, home):
        self.argv = argv
        self.home = home
        self.process = None

    def start(self):
        env = {'PATH': '/usr/bin:/bin:/usr/sbin:/sbin', 'LC_ALL': 'C.UTF-8'}
        with open(self.home + '/out', 'ab') as out:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.home, env=env, start_new_session=True)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def what_it_said(self):
        said = ''
        for name in 'out', 'errors':
            path = self.home + '/' + name
            if os.path.exists(path):
                with open(path, encoding='utf-8', errors='replace') as f:
                    said += f.read()[-3000:]
        return said


class Clickhouse(Program):
    """One server; query() asks it."""

    def __init__(self, home, ports, cluster='', timezone='UTC'):
        port, web, between = ports
        os.mkdir(home)
        server = shutil.which('clickhouse-server',
                              path='/usr/sbin:/usr/bin:/sbin:/bin')
        super().__init__([server, '--config-file=' + home + '/config.xml'],
                         home)
        write(home + '/config.xml', SERVER.format(
            home=home, port=port, http=web, between=between,
            cluster=cluster, timezone=timezone))
        write(home + '/users.xml', USERS)
        self.url = 'http://127.0.0.1:%d/' % web
        self.config = home + '/client.xml'
        write(self.config, CLIENT.format(port))

    def answers(self):
        """Whether it does."""
        try:
            return self.query('SELECT 1') == [['1']]
        except OSError:
            return False

    def wait(self):
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None:
                self.start()            # it did not find its port free
            assert time.monotonic() < end, self.what_it_said()
            time.sleep(.05)

    def ask(self, sql, **settings):
        """The text that it answers; OSError if it cannot."""
        url = self.url + '?' + urllib.parse.urlencode(settings)
        try:
            with urllib.request.urlopen(
                    url, sql.encode(), timeout=PATIENCE) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as e:
            raise AssertionError(
                '%s: %s' % (sql, e.read().decode(errors='replace'))) from e
        except http.client.HTTPException as e:
            raise OSError(e) from e

    def query(self, sql):
        """Its answer as lines of columns."""
        return [line.split('\t') for line in self.ask(sql).splitlines()]

    def rows(self, sql):
        """Names of columns, and rows of what JSON has."""
        answer = json.loads(self.ask(
            sql + ' FORMAT JSONCompact',
            output_format_json_quote_64bit_integers=0))
        return [c['name'] for c in answer['meta']], answer['data']


    def read(self, sql, **settings):
        """Rows of what JSON has, and how many rows of tables were read."""
        answer = json.loads(self.ask(sql + ' FORMAT JSONCompact', **settings))
        return answer['data'], answer['statistics']['rows_read']


class One:
    """with One() as engine: one server; engine.servers are all there are."""

    create = ()

    def __init__(self, timezone='UTC'):
        self.home = tempfile.mkdtemp(prefix='ruad-ch-', dir='/tmp')
        self.zookeeper = None
        self.servers = [Clickhouse(self.home + '/one', free_ports(3),
                                   timezone=timezone)]

    @property
    def first(self):
        return self.servers[0]

    def revive(self):
        """Start what does not run; what a server died of is its own affair."""
        for program in self.programs():
            if program.process.poll() is not None:
                program.start()
        if self.zookeeper:
            self.wait_for_zookeeper()
        for server in self.servers:
            server.wait()

    def programs(self):
        return self.servers + ([self.zookeeper] if self.zookeeper else [])

    def __enter__(self):
        try:
            if self.zookeeper:
                self.zookeeper.start()
                self.wait_for_zookeeper()
            for server in self.servers:
                server.start()
            for server in self.servers:
                server.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *args):
        for program in self.programs():
            program.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def wait_for_zookeeper(self):
        """A server that finds it half started does not survive the first
        CREATE ... ON CLUSTER."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with socket.create_connection(
                        ('127.0.0.1', self.zookeeper_port)) as s:
                    s.sendall(b'srvr')
                    if b'Mode:' in s.recv(4096):
                        return
            except OSError:
                pass
            if self.zookeeper.process.poll() is not None:
                self.zookeeper.start()  # it did not find its port free
            assert time.monotonic() < end, self.zookeeper.what_it_said()
            time.sleep(.05)


class Cluster(One):
    """The cluster "mail": two shards, each with two replicas."""

    create = ('--cluster=mail',)

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix='ruad-ch-', dir='/tmp')
        ports = free_ports(13)
        self.zookeeper_port = ports[12]
        zoo = self.home + '/zookeeper'
        os.mkdir(zoo)
        write(zoo + '/zoo.cfg', ZOO.format(home=zoo, port=ports[12]))
        self.zookeeper = Program(
            ['java', '-Xmx128m', '-cp', ZOOKEEPER_JAR,
             'org.apache.zookeeper.server.ZooKeeperServerMain',
             zoo + '/zoo.cfg'], zoo)
        shards = ''.join(SHARD.format(''.join(
            REPLICA.format(ports[i]) for i in pair))
                         for pair in ((0, 1), (2, 3)))
        self.servers = [
            Clickhouse('%s/%d' % (self.home, i), ports[i:12:4],
                       CLUSTER.format(zookeeper=ports[12], shard=i // 2 + 1,
                                      replica=i % 2 + 1, shards=shards))
            for i in range(4)]
